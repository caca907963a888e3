package dialogue

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// promptFetchedText reports prompts that put text of another server into their own: what
// a prompt returns stands in the conversation as a word of the user. A prompt that is
// fetched as a whole is one that is kept elsewhere.
func promptFetchedText(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	seen := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		if f.Sink != flow.ResultSink || f.Kind != mcp.Remote || f.Whole || !f.Sure || f.Entry == nil || f.Entry.Kind != mcp.Prompt || f.Path != p.File.Path || seen[f.Call] || marks(p, f.Entry) {
			continue
		}
		seen[f.Call] = true
		found := rule.Finding{Span: f.Call, Tool: f.Entry.Name, Parameter: f.What}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}
