package injection

// html-injection.go finds pages into which values are put as they come.

import (
	"regexp"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// answering are the names that the answer to a request has in ECMAScript.
var answering = regexp.MustCompile(`(?i)^(res|resp|response|reply|c|ctx|context)$`)

// htmlInjection reports values of a request, or of another server, that become part
// of a page which a browser shows.
func htmlInjection(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		if f.Secret != "" || f.Sink != flow.Markup || f.Kind != mcp.Input && f.Kind != mcp.Remote || !f.Sure || f.Path != p.File.Path || seen[f.Call] || p.TestFile() {
			continue
		}
		seen[f.Call] = true
		c, ok := p.CallAt(f.Call)
		if !ok || !answersRequest(c) {
			continue
		}
		found := rule.Finding{Span: f.Call, Parameter: f.Param, Sink: f.Callee}
		if f.Entry != nil {
			found.Tool = f.Entry.Name
		}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}

// answersRequest reports whether what a call writes goes to a browser.
func answersRequest(c rule.Call) bool {
	switch {
	case c.Pass.File.Lang == source.Go:
		w := c.Arg(0)
		if w == nil || w.Op != program.OpIdent {
			return false
		}
		b := c.Pass.File.Lookup(c.Func, w.Name)
		if b.Kind != program.BoundParam || b.Param < 0 || b.Param >= len(c.Pass.File.Funcs[b.Func].Params) {
			return false
		}
		typ := c.Pass.File.Funcs[b.Func].Params[b.Param].Type
		return typ != nil && typ.Name == "ResponseWriter"
	case c.Pass.File.Lang.ECMAScript():
		v := c.Value.X
		for v != nil && (v.Op == program.OpField || v.Op == program.OpCall) {
			v = v.X
		}
		return v != nil && v.Op == program.OpIdent && answering.MatchString(v.Name)
	}
	return true
}
