package secrets

import (
	"cmp"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// exits are the sinks by which a secret leaves the server for many eyes.
var exits = map[flow.SinkKind]string{
	flow.Log: "a log", flow.Stdout: "standard output", flow.ResultSink: "its result",
}

// secretExposure reports secrets, whole environments and credentials of callers that
// reach a log or a result, and parameters with the name of a secret that reach a log: the model
// that sent them knows them already.
func secretExposure(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		exit, ok := exits[f.Sink]
		if !ok || !f.Sure || seen[f.Call] {
			continue // code that is not seen may mask the secret
		}
		if f.Entry == nil && !p.Facts.Part && f.Sink != flow.Log {
			continue // a program for people, which shows them what they gave it
		}
		found := rule.Finding{Path: f.Path, Span: f.Call, Sink: cmp.Or(f.Callee, exit), Confidence: rule.Medium}
		switch {
		case f.Secret == "environment":
			found.Parameter, found.Confidence = "the whole environment", rule.High
		case f.Secret == "secret":
			found.Parameter = cmp.Or(f.Param, "a secret")
		case f.Secret == "credential":
			found.Parameter = "the caller's credential"
		case f.Secret == "" && f.Kind == mcp.Input && f.Sink != flow.ResultSink && IsSecretName(f.Param):
			found.Parameter = f.Param
		default:
			continue
		}
		if f.Sink == flow.ResultSink {
			found.Sink = exit
		}
		if f.Entry != nil {
			found.Tool = f.Entry.Name
		}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		seen[f.Call] = true
		p.Report(found)
	}
}
