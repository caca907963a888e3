package source

// language.go says which languages are read and by which grammar.

import (
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/golang"
	"github.com/smacker/go-tree-sitter/javascript"
	"github.com/smacker/go-tree-sitter/python"
	"github.com/smacker/go-tree-sitter/typescript/tsx"
	"github.com/smacker/go-tree-sitter/typescript/typescript"
)

// Language is a language that the audit reads.
type Language uint8

// The languages. None is a file that is not audited as source.
const (
	None Language = iota
	Python
	JavaScript
	TypeScript
	TSX
	Go
	JSON // manifests alone, as TOML
	TOML
	numLanguages
)

var languageNames = [numLanguages]string{"", "python", "javascript", "typescript", "tsx", "go", "json", "toml"}

// String gives the language's name in lower case, as in rules and reports.
func (l Language) String() string { return languageNames[l] }

// ECMAScript reports whether l is JavaScript or one of its supersets.
func (l Language) ECMAScript() bool { return l == JavaScript || l == TypeScript || l == TSX }

// Data reports whether l is a language of documents that hold values and no code.
func (l Language) Data() bool { return l == JSON || l == TOML }

// manifests are the documents that are audited, by name.
var manifests = map[string]Language{"package.json": JSON, "server.json": JSON, "manifest.json": JSON, "pyproject.toml": TOML}

// extensions are those of source, in lower case.
var extensions = map[string]Language{
	".py": Python, ".pyw": Python,
	".js": JavaScript, ".mjs": JavaScript, ".cjs": JavaScript, ".jsx": JavaScript,
	".ts": TypeScript, ".mts": TypeScript, ".cts": TypeScript,
	".tsx": TSX,
	".go":  Go,
}

// LanguageOf gives the language of a file by its name, or None. Files that hold
// declarations alone (.d.ts, .pyi) are None: nothing in them runs. Of documents those
// that may be a server's manifest have a language.
func LanguageOf(name string) Language {
	name = strings.ToLower(name)
	for _, ext := range []string{".d.ts", ".d.mts", ".d.cts"} {
		if strings.HasSuffix(name, ext) {
			return None
		}
	}
	if l, ok := manifests[name[strings.LastIndexAny(name, `/\`)+1:]]; ok {
		return l
	}
	return extensions[path.Ext(name)]
}

// Extensions gives those of the files that are audited as source, in order.
func Extensions() []string { return slices.Sorted(maps.Keys(extensions)) }

// Symbol is the number of a node kind within one grammar.
type Symbol uint16

// SymbolError marks text that the grammar could not place.
const SymbolError Symbol = 0xFFFF

// Grammar gives the names of one language's node kinds and fields.
type Grammar struct {
	Language Language
	sitter   *sitter.Language
	symbols  []string
	named    []bool
	fields   []string
	byName   map[string][]Symbol
}

var grammars [numLanguages]func() *Grammar

func init() {
	for l, get := range map[Language]func() *sitter.Language{
		Python:     python.GetLanguage,
		JavaScript: javascript.GetLanguage,
		TypeScript: typescript.GetLanguage,
		TSX:        tsx.GetLanguage,
		Go:         golang.GetLanguage,
	} {
		grammars[l] = sync.OnceValue(func() *Grammar { return newGrammar(l, get()) })
	}
	for _, l := range []Language{JSON, TOML} {
		grammars[l] = sync.OnceValue(func() *Grammar { return dataGrammar(l) })
	}
}

// GrammarOf gives the grammar of l, or nil for None.
func GrammarOf(l Language) *Grammar {
	if l >= numLanguages || grammars[l] == nil {
		return nil
	}
	return grammars[l]()
}

func newGrammar(l Language, lang *sitter.Language) *Grammar {
	g := &Grammar{Language: l, sitter: lang, byName: map[string][]Symbol{}}
	for s := range lang.SymbolCount() {
		name := lang.SymbolName(sitter.Symbol(s))
		g.symbols = append(g.symbols, name)
		g.named = append(g.named, lang.SymbolType(sitter.Symbol(s)) == sitter.SymbolTypeRegular)
		g.byName[name] = append(g.byName[name], Symbol(s))
	}
	g.fields = []string{""}
	for i := 1; ; i++ {
		name := lang.FieldName(i)
		if name == "" {
			break
		}
		g.fields = append(g.fields, name)
	}
	return g
}

// SymbolName gives the name of a node kind, such as "call_expression" or "+".
func (g *Grammar) SymbolName(s Symbol) string {
	if s == SymbolError {
		return "ERROR"
	}
	if int(s) < len(g.symbols) {
		return g.symbols[s]
	}
	return ""
}

// SymbolCount gives one more than the highest symbol that is not SymbolError.
func (g *Grammar) SymbolCount() int { return len(g.symbols) }

// Symbols gives every symbol of that name: a grammar may hold several, and a
// name may stand for a named node and for a token.
func (g *Grammar) Symbols(name string) []Symbol { return g.byName[name] }

// Field gives the number of a field, or 0 where the grammar has no such field.
func (g *Grammar) Field(name string) Field {
	for i, f := range g.fields {
		if i > 0 && f == name {
			return Field(i)
		}
	}
	return 0
}

// FieldName gives the name of a field, and "" for 0.
func (g *Grammar) FieldName(f Field) string {
	if int(f) < len(g.fields) {
		return g.fields[f]
	}
	return ""
}
