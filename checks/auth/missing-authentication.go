package auth

import (
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// missingAuthentication reports HTTP routes that start a program or connect to a
// server of the caller's choice, where nothing before them asks who is calling.
func missingAuthentication(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	found := map[source.Span]*rule.Finding{}
	var order []source.Span
	for _, f := range p.Flow.Flows {
		if f.Entry != nil || f.Kind != mcp.Input || f.Secret != "" || len(f.Steps) == 0 || !decides(f) {
			continue
		}
		route, ok := p.Gates().Route(f.Steps[0].Path, f.Steps[0].Span)
		if !ok || route.Gate.Ever() != 0 {
			continue
		}
		old := found[f.Call]
		if old != nil && (old.Confidence == rule.High || !f.Sure) {
			continue
		}
		if old == nil {
			order = append(order, f.Call)
		}
		found[f.Call] = finding(f, route.Path)
	}
	for _, call := range order {
		p.Report(*found[call])
	}
}

// decides reports whether the caller chooses what is started or connected to. A
// shell is left to command-injection: with authentication it would be no better.
func decides(f *flow.Flow) bool { return f.Sink == flow.Connect || f.Sink == flow.Program }

// finding gives what a flow to a route's caller shows.
func finding(f *flow.Flow, path string) *rule.Finding {
	x := &rule.Finding{
		Path: f.Path, Span: f.Call, Parameter: f.Param, Sink: rule.ShortName(f.Callee), Confidence: rule.High,
		Factors: []rule.Factor{{Name: aivss.Tools, Halves: 2, Text: rule.ShortName(f.Callee) + ", which whoever reaches the route chooses"}},
	}
	if !f.Sure {
		x.Confidence = rule.Medium
	}
	if path != "" {
		x.Message = "Whoever reaches " + path + " decides what " + x.Sink + " starts or connects to: the route asks for no authentication"
	}
	for _, s := range f.Steps {
		x.Steps = append(x.Steps, rule.Step(s))
	}
	return x
}
