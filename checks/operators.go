package checks

// operators.go answers the operators of ours in rules that patterns are part of:
// `mcp:` and `sink:` name places in a file, and the rule says what holds there.

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// input gives what rules with patterns run on. The places are looked for only if
// a rule asks.
func input(p *rule.Pass) rule.Input {
	o := operators{p}
	return rule.Input{File: p.File, Sources: o.mcp, Sinks: o.sink}
}

type operators struct{ *rule.Pass }

// mcp gives the places that an `mcp:` operator means.
func (o operators) mcp(kind string) []source.Span {
	var spans []source.Span
	add := func(s source.Span) {
		if s.Len() > 0 {
			spans = append(spans, s)
		}
	}
	switch kind {
	case "input":
		o.outside(mcp.Input, add)
	case "untrusted":
		o.outside(mcp.Untrusted, add)
		o.outside(mcp.Remote, add)
	case "remote":
		o.outside(mcp.Remote, add)
	case "tool", "resource", "prompt":
		for _, e := range o.Facts.Entries {
			if e.Kind.String() == kind {
				add(e.Span)
			}
		}
	case "transport":
		for _, t := range o.Facts.Transports {
			add(t.Span)
		}
	case "description":
		for _, e := range o.Facts.Entries {
			add(e.Description.Span)
			for _, param := range e.Params {
				add(param.Description.Span)
			}
		}
	case "result":
		o.results(add)
	}
	return spans
}

// outside gives the parameters and calls that carry what the outside chose, or
// what the server fetched.
func (o operators) outside(kind mcp.SourceKind, add func(source.Span)) {
	for _, in := range o.Facts.Inputs() {
		if in.Kind == kind {
			fn := o.File.Funcs[in.Func]
			add(fn.Params[in.Param].Span.Shift(fn.Start))
		}
	}
	if !o.Facts.Part {
		return
	}
	for i := range o.File.Funcs {
		fn := o.File.Funcs[i]
		fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpCall {
				if call, ok := o.Facts.InputCall(i, v); ok && call.Kind == kind {
					add(v.Span.Shift(fn.Start))
				}
			}
			return true
		})
	}
}

// results gives what the handlers of entries return.
func (o operators) results(add func(source.Span)) {
	seen := map[int]bool{}
	for _, e := range o.Facts.Entries {
		if e.Handler < 0 || seen[e.Handler] {
			continue
		}
		seen[e.Handler] = true
		fn := o.File.Funcs[e.Handler]
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			if v == nil && s.Op == program.StmtReturn && s.Value != nil {
				add(s.Value.Span.Shift(fn.Start))
			}
			return true
		})
	}
}

// sink gives the arguments that the models call a sink of that kind.
func (o operators) sink(kind string) []source.Span {
	var spans []source.Span
	for _, u := range o.Flow.Uses {
		if u.Kind != flow.SinkKind(kind) || u.File != o.File {
			continue
		}
		if u.Arg.Len() > 0 {
			spans = append(spans, u.Arg)
		} else {
			spans = append(spans, u.Span)
		}
	}
	return spans
}
