package injection

// environment-from-caller.go finds programs whose environment the caller names
// variables of.

import (
	"slices"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// environmentFromCaller reports environments made of what the caller sends. Where the
// caller chooses the program or the command as well, that says it all.
func environmentFromCaller(p *rule.Pass) {
	var first []*flow.Flow
	chosen, seen := map[source.Span]bool{}, map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		switch {
		case f.Secret != "" || f.Kind != mcp.Input:
		case f.Sink == flow.Shell || f.Sink == flow.Program || f.Sink == flow.Eval:
			chosen[f.Call] = true
		case f.Sink == flow.Environment && f.Whole && !seen[f.Call]:
			seen[f.Call] = true
			first = append(first, f)
		}
	}
	for _, f := range first {
		if chosen[f.Call] || p.TestFile() || !namesVariables(p, f) {
			continue
		}
		found := rule.Finding{Path: f.Path, Span: f.Call, Parameter: f.Param, Sink: f.Callee}
		if f.Entry != nil {
			found.Tool = f.Entry.Name
		}
		if !f.Sure {
			found.Confidence = rule.Low
		}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}

// namesVariables reports whether the environment of a call takes in a mapping as a
// whole. One that is filled name by name holds a caller's values under names that
// the program may well have chosen.
func namesVariables(p *rule.Pass, f *flow.Flow) bool {
	c, ok := p.CallAt(f.Call)
	if f.Path != p.File.Path || !ok {
		return false
	}
	env := c.Keyword("env")
	if env == nil {
		env = c.Option("env")
	}
	return env == nil || takesIn(c, env.X, 0)
}

func takesIn(c rule.Call, v *program.Value, depth int) bool {
	if v == nil || depth > 8 {
		return false
	}
	part := func(x *program.Value) bool { return takesIn(c, x, depth+1) }
	switch v.Op {
	case program.OpField, program.OpIndex:
		name := c.Pass.File.Canonical(c.Func, v)
		return name != "os.environ" && name != "process.env"
	case program.OpIdent:
		b := c.Pass.File.Lookup(c.Func, v.Name)
		if b.Kind == program.BoundLocal && len(b.Assigns) == 1 && b.Assigns[0].Func == c.Func && len(b.Assigns[0].Path) == 0 {
			return part(b.Assigns[0].Value)
		}
		return b.Kind == program.BoundParam
	case program.OpObject, program.OpCall, program.OpLogical, program.OpCond, program.OpBinary:
		return slices.ContainsFunc(v.Args, func(x *program.Value) bool {
			return x != nil && (x.Op != program.OpPair && x.Op != program.OpKeyword) && part(x)
		})
	case program.OpSpread, program.OpCast, program.OpAwait:
		return part(v.X)
	}
	return false
}
