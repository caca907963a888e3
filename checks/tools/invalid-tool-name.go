package tools

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	validName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`)
	unfit     = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)
)

// invalidToolName reports, once for each file, tools whose written-out name holds what
// the specification does not allow.
func invalidToolName(p *rule.Pass) {
	var f *rule.Finding
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || validName.MatchString(e.Name) || p.TestFile() {
			continue
		}
		at, ok := written(p, e)
		if plain, _ := looksLike(e.Name); !ok || plain != "" {
			continue
		}
		if f != nil {
			if len(f.Related) < rule.MaxRelated {
				f.Related = append(f.Related, rule.Step{Path: p.File.Path, Span: at, Text: "this name holds what a name may not hold, too"})
			}
			continue
		}
		f = &rule.Finding{Span: at, Tool: e.Name}
		if better := strings.Trim(unfit.ReplaceAllString(e.Name, "_"), "_"); validName.MatchString(better) && ascii(e.Name) {
			f.Fixes = renamed(p, e.Name, better)
		}
	}
	if f != nil {
		p.Report(*f)
	}
}

// written gives the place of a tool's name where it stands in the code as a literal.
func written(p *rule.Pass, e *mcp.Entry) (source.Span, bool) {
	text := p.File.Tree.Text
	if inner, ok := unquoted(text.Slice(e.NameSpan)); ok && inner == e.Name {
		return e.NameSpan, true
	}
	// A registration holds it as its own text.
	whole := text.Slice(e.Span)
	for _, mark := range []string{`"`, "'", "`"} {
		if i := strings.Index(whole, mark+e.Name+mark); i >= 0 && e.Name != "" {
			start := e.Span.Start + uint32(i)
			return source.Span{Start: start, End: start + uint32(len(e.Name)) + 2}, true
		}
	}
	return source.Span{}, false
}

func unquoted(code string) (string, bool) {
	if len(code) < 2 || code[0] != code[len(code)-1] || !strings.Contains("\"'`", code[:1]) {
		return "", false
	}
	return code[1 : len(code)-1], true
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// renamed gives the fix that writes another name wherever the file has the old one as
// a text. Others may know the tool by it, so it is not made unseen.
func renamed(p *rule.Pass, from, to string) []rule.Fix {
	var edits []rule.Edit
	text := p.File.Tree.Text.String()
	for _, mark := range []string{`"`, "'", "`"} {
		for at := 0; ; {
			i := strings.Index(text[at:], mark+from+mark)
			if i < 0 {
				break
			}
			start := uint32(at + i + 1)
			edits = append(edits, rule.Edit{Path: p.File.Path, Span: source.Span{Start: start, End: start + uint32(len(from))}, New: to})
			at += i + len(from) + 2
		}
	}
	return []rule.Fix{{Title: "Name it " + to, Edits: edits}}
}
