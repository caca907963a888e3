package honesty

import (
	"slices"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// descriptionContradiction reports tools without annotations whose name and
// description speak of looking alone and that remove something.
func descriptionContradiction(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		a := &e.Annotations
		if e.Kind != mcp.Tool || a.ReadOnly != mcp.Unset || a.Destructive != mcp.Unset || !e.Description.Constant && e.Description.Value != "" {
			continue
		}
		i := slices.IndexFunc(p.Uses(e), p.Removes)
		if i < 0 || !rule.LooksOnly(e) {
			continue
		}
		u := p.Uses(e)[i]
		p.Report(rule.Finding{
			Span: e.NameSpan, Tool: e.Name, Sink: u.Callee,
			Related: []rule.Step{{Path: u.File.Path, Span: u.Span, Text: "this call changes something"}},
		})
	}
}
