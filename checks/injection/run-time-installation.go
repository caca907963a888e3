package injection

// run-time-installation.go finds tools that fetch programs and run them: packages
// of no fixed version, and scripts that a shell reads straight from the network.

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	piped      = regexp.MustCompile(`\b(curl|wget)\b[^|;&]*\|\s*(sudo\s+(-\w+\s+)*)?((ba|z|da)?sh|python3?|node)\b`)
	installers = map[string][]string{
		"pip": {"install"}, "pip3": {"install"}, "pipx": {"install"}, "uv": {"add", "install"}, "npm": {"install", "i", "add"}, "pnpm": {"add", "install"},
		"yarn": {"add"}, "bun": {"add", "install"}, "go": {"install"}, "cargo": {"install"}, "gem": {"install"}, "conda": {"install"},
	}
	pinned = regexp.MustCompile(`==|.@v?\d|@$|^[./~]|^-r$|^--requirement|^-e$|^git\+.*@[0-9a-f]{40}`)
	// valued are options that a value stands behind.
	valued  = regexp.MustCompile(`^(--(prefix|target|registry|index-url|extra-index-url|cwd|root|cache|cache-dir|python|workspace|filter|dir|path|name|channel)|-[tiCcwpn])$`)
	says    = regexp.MustCompile(`(?i)install|depend|package|setup|set_up|upgrade`)
	notWord = "*" // a word that the code does not say
)

// runTimeInstallation reports calls that a tool reaches, unless its name says that
// it installs.
func runTimeInstallation(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	seen := map[source.Span]bool{}
	for _, u := range p.Flow.Uses {
		if u.File != p.File || seen[u.Span] || u.Kind != flow.Shell && u.Kind != flow.Program && u.Kind != flow.Argv && u.Kind != flow.Operand {
			continue
		}
		seen[u.Span] = true
		i := slices.IndexFunc(u.Entries, func(e *mcp.Entry) bool { return e.Kind == mcp.Tool && !says.MatchString(e.Name) })
		c, ok := p.CallAt(u.Span)
		if i < 0 || !ok {
			continue
		}
		words := commandWords(c)
		what := ""
		if text := strings.Join(words, " "); piped.MatchString(text) {
			what = "a script from the network"
		} else if what = installs(words); what == "" {
			continue
		}
		p.Report(rule.Finding{Span: u.Span, Tool: u.Entries[i].Name, Parameter: what, Sink: u.Callee})
	}
}

// installs gives the package without a fixed version that a command installs.
func installs(words []string) string {
	for i, w := range words {
		verbs := installers[w[strings.LastIndexByte(w, '/')+1:]]
		if verbs == nil || i > 4 {
			continue
		}
		rest := words[i+1:]
		if w == "uv" && len(rest) > 0 && rest[0] == "pip" {
			rest = rest[1:]
		}
		if len(rest) == 0 || !slices.Contains(verbs, rest[0]) {
			return ""
		}
		for j, name := range rest[1:] {
			switch {
			case valued.MatchString(rest[j]):
			case pinned.MatchString(name), j+2 < len(rest) && strings.HasPrefix(rest[j+2], "=="):
				return ""
			case name == notWord:
				return "a package that is chosen at run time"
			case !strings.HasPrefix(name, "-"):
				return name
			}
		}
		return ""
	}
	return ""
}

// commandWords gives the words of the command that a call starts, as far as the
// code says them.
func commandWords(c rule.Call) []string {
	var words []string
	var add func(v *program.Value, depth int)
	add = func(v *program.Value, depth int) {
		switch {
		case v == nil || depth > 4 || len(words) > 40:
			return
		case v.Op == program.OpKeyword:
			if v.Name == "args" {
				add(v.X, depth+1)
			}
			return
		case v.Op == program.OpObject || v.Op == program.OpFunc:
			return
		case v.Op == program.OpList || v.Op == program.OpTemplate && v.X == nil:
			text := len(words)
			for _, a := range v.Args {
				add(a, depth+1)
			}
			if v.Op == program.OpTemplate && len(words) == text {
				words = append(words, notWord)
			}
			return
		case v.Op == program.OpIdent:
			if b := c.Pass.File.Lookup(c.Func, v.Name); b.Kind == program.BoundLocal && len(b.Assigns) == 1 && b.Assigns[0].Func == c.Func && len(b.Assigns[0].Path) == 0 {
				if list := b.Assigns[0].Value; list != nil && (list.Op == program.OpList || list.Op == program.OpTemplate) {
					add(list, depth+1)
					return
				}
			}
		}
		if s, ok := c.Pass.File.ConstString(c.Func, v); ok {
			words = append(words, strings.Fields(s)...)
		} else if c.Pass.File.Canonical(c.Func, v) == "sys.executable" {
			words = append(words, "python")
		} else {
			words = append(words, notWord)
		}
	}
	for i, a := range c.Value.Args {
		if i == 0 || c.Pass.File.Lang == source.Go || a != nil && (a.Op == program.OpKeyword || a.Op == program.OpList || isList(c, a)) {
			add(a, 0)
		}
	}
	return words
}

// isList reports whether a name stands for a list that is written out.
func isList(c rule.Call, v *program.Value) bool {
	if v.Op != program.OpIdent {
		return false
	}
	b := c.Pass.File.Lookup(c.Func, v.Name)
	return b.Kind == program.BoundLocal && len(b.Assigns) == 1 && b.Assigns[0].Value != nil && b.Assigns[0].Value.Op == program.OpList
}
