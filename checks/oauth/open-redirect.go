package oauth

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// requestNames are what handlers call the whole request.
var requestNames = map[string]bool{"r": true, "req": true, "request": true, "c": true, "ctx": true, "w": true}

// openRedirect reports redirects to an address that the request brings along. An
// address that the code replaces by another in some case is left alone: what decides
// over that is the check.
func openRedirect(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	seen := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		if f.Sink != flow.Redirect || f.Kind != mcp.Input || f.Secret != "" || !f.Sure || len(f.Failed) > 0 || f.Path != p.File.Path || seen[f.Call] || replaced(p, f) {
			continue
		}
		seen[f.Call] = true
		found := rule.Finding{Span: f.Call, Parameter: f.Param, Sink: f.Callee, Confidence: rule.High}
		if requestNames[f.Param] || f.Param == "" {
			found.Parameter = "an address from the request"
		}
		if f.Entry != nil {
			found.Tool = f.Entry.Name
		}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}

// replaced reports whether the address of a redirect is a variable that gets its value
// in several places.
func replaced(p *rule.Pass, f *flow.Flow) bool {
	c, ok := p.CallAt(f.Call)
	if !ok {
		return false
	}
	for _, a := range c.Value.Args {
		if a == nil {
			continue
		}
		if a.Op == program.OpKeyword {
			a = a.X
		}
		if a != nil && a.Op == program.OpIdent && c.At(a) == f.Arg || a != nil && a.Op == program.OpIdent && f.Arg.Contains(c.At(a)) {
			if b := p.File.Lookup(c.Func, a.Name); len(b.Assigns) > 1 {
				return true
			}
		}
	}
	return false
}
