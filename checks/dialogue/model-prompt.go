package dialogue

import (
	"slices"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// modelPromptInjection reports instructions to a language model that a caller's value
// or fetched text is put into. A value that is the whole instruction is what the tool
// offers to choose.
func modelPromptInjection(p *rule.Pass) {
	told(p, []flow.SinkKind{flow.Prompt}, func(f *flow.Flow) (string, bool) {
		if f.Secret != "" || f.Whole || f.Kind == mcp.NoSource {
			return "", false
		}
		if f.Kind == mcp.Input {
			return f.Param, f.Param != ""
		}
		return f.What, f.What != ""
	})
}

// secretInPrompt reports secrets and whole environments that a language model is told.
func secretInPrompt(p *rule.Pass) {
	told(p, []flow.SinkKind{flow.Prompt, flow.Message}, func(f *flow.Flow) (string, bool) {
		switch f.Secret {
		case "environment":
			return "the whole environment", true
		case "secret":
			return "a secret", true
		case "credential":
			return "the caller's credential", true
		}
		return "", false
	})
}

// memoryPoisoning reports fetched text that is kept for later without a word on where
// it comes from.
func memoryPoisoning(p *rule.Pass) {
	told(p, []flow.SinkKind{flow.Memory}, func(f *flow.Flow) (string, bool) {
		return f.What, f.Secret == "" && (f.Kind == mcp.Remote || f.Kind == mcp.Untrusted)
	})
}

// told reports the flows into sinks of some kinds whose source is of interest, one for
// each call.
func told(p *rule.Pass, sinks []flow.SinkKind, of func(*flow.Flow) (name string, ok bool)) {
	type call struct {
		path string
		span source.Span
	}
	seen := map[call]bool{}
	for _, f := range p.Flow.Flows {
		if !slices.Contains(sinks, f.Sink) || !f.Sure || f.Entry == nil || seen[call{f.Path, f.Call}] {
			continue
		}
		name, ok := of(f)
		if !ok {
			continue
		}
		seen[call{f.Path, f.Call}] = true
		found := rule.Finding{Path: f.Path, Span: f.Call, Tool: f.Entry.Name, Parameter: name, Sink: f.Callee}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}
