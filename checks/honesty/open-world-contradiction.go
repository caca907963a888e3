package honesty

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// openWorldContradiction reports tools with openWorldHint false whose caller names
// the address that a request goes to. A tool that speaks with one service alone may
// call that service its closed world.
func openWorldContradiction(p *rule.Pass) {
	said := map[*mcp.Entry]bool{}
	for _, f := range p.Flow.Flows {
		e := f.Entry
		if e == nil || e.Kind != mcp.Tool || e.Elsewhere || e.Annotations.OpenWorld != mcp.False || said[e] {
			continue
		}
		if f.Kind != mcp.Input || f.Secret != "" || f.Sink != flow.Request && f.Sink != flow.Navigate || !f.Sure || !anyHost(f) {
			continue
		}
		said[e] = true
		p.Report(rule.Finding{
			Span: rule.Hint(e, "openWorldHint"), Tool: e.Name, Parameter: f.Param, Sink: f.Callee,
			Related: []rule.Step{{Path: f.Path, Span: f.Call, Text: "this request goes where the caller says"}},
			Fixes:   p.Flip(rule.Hint(e, "openWorldHint"), "false", "true", "Say that the tool reaches the outside world"),
		})
	}
}

// anyHost reports whether the outside chooses the host of a request.
func anyHost(f *flow.Flow) bool {
	return f.Whole || f.Prefix == "http://" || f.Prefix == "https://"
}
