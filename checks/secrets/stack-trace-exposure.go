package secrets

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// stackTraceExposure reports stack traces that a tool returns.
func stackTraceExposure(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		if f.Secret != "error" || f.Sink != flow.ResultSink || f.Entry == nil || !f.Sure || seen[f.Call] {
			continue
		}
		seen[f.Call] = true
		found := rule.Finding{Path: f.Path, Span: f.Call, Tool: f.Entry.Name}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}
