package dialogue

import (
	"slices"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// agentRecursion reports functions that ask a language model and call themselves with
// no depth that ends it.
func agentRecursion(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	seen := map[int]bool{}
	for _, u := range p.Flow.Uses {
		if u.Kind != flow.Prompt && u.Kind != flow.Message || u.File != p.File || u.Func <= 0 || seen[u.Func] {
			continue
		}
		seen[u.Func] = true
		fn := p.File.Funcs[u.Func]
		if fn.Name == "" || bounded(fn.Body, maxNesting) || deepened(fn.Function) {
			continue
		}
		self, ok := selfCall(p, u.Func)
		if !ok {
			continue
		}
		f := rule.Finding{
			Span: self.Span(), Tool: tool(p, u.Func), Parameter: fn.Name, Sink: u.Callee,
			Related: []rule.Step{{Path: u.File.Path, Span: head(p, u.Span), Text: "each turn asks the model here"}},
		}
		if len(u.Entries) > 0 && f.Tool == "" {
			f.Tool = u.Entries[0].Name
		}
		p.Report(f)
	}
}

// selfCall gives the call by which a function calls itself.
func selfCall(p *rule.Pass, fn int) (rule.Call, bool) {
	name := p.File.Funcs[fn].Name
	for _, c := range p.Calls(name) {
		if c.Func != fn || c.Value.X == nil {
			continue
		}
		switch x := c.Value.X; x.Op {
		case program.OpIdent:
			if b := p.File.Lookup(fn, name); b.Kind == program.BoundFunc && b.Target == fn {
				return c, true
			}
		case program.OpField:
			if on := x.X; on != nil && on.Op == program.OpIdent && own(&p.File.Funcs[fn], on.Name) {
				return c, true
			}
		}
	}
	return rule.Call{}, false
}

// own reports whether a name is that by which a method knows its object.
func own(fn *program.Placed, name string) bool {
	if fn.Kind != program.KindMethod {
		return false
	}
	if fn.Receiver != nil {
		return fn.Receiver.Name == name
	}
	return name == "this" || name == "self"
}

// deepened reports whether a function has a parameter that is named after a limit.
func deepened(fn *program.Function) bool {
	return slices.ContainsFunc(fn.Params, func(p program.Param) bool { return limiting.MatchString(p.Name) })
}
