package rule

// call.go gives matchers and fixers the calls of a file by name.

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Call is a call or a construction in the audited file.
type Call struct {
	Pass  *Pass
	Func  int // index into File.Funcs of the function that it stands in
	Value *program.Value
}

// Calls gives the calls of the file whose callee's last name is one of names, as
// get in requests.get, by function. The name decides nothing: ask Name for what it
// means.
func (p *Pass) Calls(names ...string) []Call {
	if p.calls == nil {
		p.calls = map[string][]Call{}
		for i := range p.File.Funcs {
			for _, v := range p.File.Funcs[i].Calls() {
				if v.X.Name != "" {
					p.calls[v.X.Name] = append(p.calls[v.X.Name], Call{Pass: p, Func: i, Value: v})
				}
			}
		}
	}
	if len(names) == 1 {
		return p.calls[names[0]]
	}
	var all []Call
	for _, name := range names {
		all = append(all, p.calls[name]...)
	}
	return all
}

// CallAt gives the call that covers exactly a span of the file.
func (p *Pass) CallAt(span source.Span) (Call, bool) {
	for i := p.FuncAt(span.Start); i >= 0; i = p.File.Funcs[i].Parent {
		fn := &p.File.Funcs[i]
		for _, v := range fn.Calls() {
			if v.Span.Shift(fn.Start) == span {
				return Call{Pass: p, Func: i, Value: v}, true
			}
		}
	}
	return Call{}, false
}

// Name gives the canonical name of what is called, such as subprocess.run.
func (c Call) Name() string { return c.Pass.File.Canonical(c.Func, c.Value.X) }

// Span gives the place of the call, absolute.
func (c Call) Span() source.Span { return c.At(c.Value) }

// At gives the place of a value of the function, absolute.
func (c Call) At(v *program.Value) source.Span {
	return v.Span.Shift(c.Pass.File.Funcs[c.Func].Start)
}

// Text gives the source of a value of the function.
func (c Call) Text(v *program.Value) string { return c.Pass.File.Tree.Text.Slice(c.At(v)) }

// Arg gives a positional argument, or nil.
func (c Call) Arg(i int) *program.Value {
	if i >= len(c.Value.Args) || c.Value.Args[i] == nil || c.Value.Args[i].Op == program.OpKeyword {
		return nil
	}
	return c.Value.Args[i]
}

// Keyword gives a keyword argument, its name included, or nil.
func (c Call) Keyword(name string) *program.Value {
	for _, a := range c.Value.Args {
		if a != nil && a.Op == program.OpKeyword && a.Name == name {
			return a
		}
	}
	return nil
}

// Option gives the pair of a name in an object that is an argument, as in
// fetch(url, {timeout: 1}), or nil.
func (c Call) Option(name string) *program.Value {
	for _, a := range c.Value.Args {
		if a == nil || a.Op != program.OpObject {
			continue
		}
		for _, pair := range a.Args {
			if pair != nil && pair.Op == program.OpPair && pair.Name == name {
				return pair
			}
		}
	}
	return nil
}

// Spreads reports whether arguments or options come from a value that is not
// written out, so that what is not seen may still be given.
func (c Call) Spreads() bool {
	for _, a := range c.Value.Args {
		if a == nil {
			continue
		}
		if a.Op == program.OpSpread {
			return true
		}
		if a.Op == program.OpObject {
			for _, part := range a.Args {
				if part != nil && part.Op == program.OpSpread {
					return true
				}
			}
		}
	}
	return false
}

// Replace gives the edit that writes a text over a span of the file.
func (c Call) Replace(s source.Span, with string) Edit {
	return Edit{Path: c.Pass.File.Path, Span: s, New: with}
}

// Without gives the edit that removes an argument that is not the first, and the
// comma before it.
func (c Call) Without(arg *program.Value) Edit {
	span := c.At(arg)
	text := c.Pass.File.Tree.Text.String()
	for span.Start > 0 && text[span.Start-1] != ',' {
		span.Start--
	}
	span.Start--
	return c.Replace(span, "")
}

// Targets gives what a statement assigns to; Go puts several into one list.
func Targets(s *program.Stmt) []*program.Value {
	if len(s.Targets) == 1 && s.Targets[0] != nil && s.Targets[0].Op == program.OpList {
		return s.Targets[0].Args
	}
	return s.Targets
}

// Awaited gives a call without what waits for it or takes its failure.
func Awaited(v *program.Value) *program.Value {
	for v != nil {
		switch {
		case v.Op == program.OpAwait:
			v = v.X
		case v.Op == program.OpUnary && v.Name == "void" && len(v.Args) > 0:
			v = v.Args[0]
		case v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpField && (v.X.Name == "catch" || v.X.Name == "finally"):
			v = v.X.X
		default:
			return v
		}
	}
	return v
}

// Statement gives the statement that consists of a call, or assigns its outcome, with
// the one that follows it in the same block; nil for none.
func (c Call) Statement() (at, next *program.Stmt) {
	return statementOf(c.Pass.File.Funcs[c.Func].Body, c.Value)
}

func statementOf(list []*program.Stmt, call *program.Value) (at, next *program.Stmt) {
	for i, s := range list {
		if s == nil || !s.Span.Contains(call.Span) {
			continue
		}
		if (s.Op == program.StmtExpr || s.Op == program.StmtAssign || s.Op == program.StmtGo) && Awaited(s.Value) == call {
			if i+1 < len(list) {
				next = list[i+1]
			}
			return s, next
		}
		for _, part := range [][]*program.Stmt{s.Body, s.Else, s.Finally, s.Post} {
			if at, next := statementOf(part, call); at != nil {
				return at, next
			}
		}
		for k := range s.Cases {
			if at, next := statementOf(s.Cases[k].Body, call); at != nil {
				return at, next
			}
		}
	}
	return nil, nil
}
