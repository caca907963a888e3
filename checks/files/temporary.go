package files

// temporary.go finds temporary files whose names others know before they are there.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// predictableTemporaryFile reports names that are chosen before the file is made, and
// fixed names in the folder that all accounts of a machine share. The first place is
// told, and the others beside it.
func predictableTemporaryFile(p *rule.Pass) {
	var found []rule.Finding
	if p.File.Lang == source.Python && p.Facts.Part && !p.TestFile() {
		for _, c := range p.Calls("mktemp") {
			if c.Name() == "tempfile.mktemp" {
				found = append(found, rule.Finding{Span: c.Span(), Sink: "tempfile.mktemp"})
			}
		}
	}
	fixed := map[string]int{}
	for _, w := range writes(p) {
		if !strings.HasPrefix(w.path, "/tmp/") || strings.Contains(w.path, unknownPart) {
			continue
		}
		if i, ok := fixed[w.path]; ok {
			if len(found[i].Related) < 12 {
				found[i].Related = append(found[i].Related, rule.Step{Path: p.File.Path, Span: w.use.Span, Text: "the same file is written here"})
			}
			continue
		}
		fixed[w.path] = len(found)
		found = append(found, rule.Finding{Span: w.use.Span, Sink: w.use.Callee})
	}
	for _, f := range found {
		p.Report(f)
	}
}

// namedTemporaryFile makes the file together with its name.
func namedTemporaryFile(p *rule.Pass, f *rule.Finding) []rule.Fix {
	c, ok := p.CallAt(f.Span)
	if !ok || c.Name() != "tempfile.mktemp" || c.Value.X.Op != program.OpField || c.Arg(0) != nil || c.Spreads() {
		return nil
	}
	callee := c.At(c.Value.X)
	callee.Start = callee.End - uint32(len("mktemp"))
	last := "delete=False).name"
	if len(c.Value.Args) > 0 {
		last = ", " + last
	}
	end := c.Span().End
	return []rule.Fix{{
		Title: "Make the file together with its name",
		Edits: []rule.Edit{
			c.Replace(callee, "NamedTemporaryFile"),
			c.Replace(source.Span{Start: end - 1, End: end}, last),
		},
		Preferred: true,
	}}
}
