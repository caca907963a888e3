package mcp

// dispatch.go reads low-level servers: tools are declared in one place and one
// handler serves them all, by a switch or ifs on the name, a map of handlers,
// or another function that it forwards to.

import (
	"slices"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// place is where a function finds something: a parameter and the way into it.
type place struct {
	param int
	path  []string
}

// lowHandler is a handler of a whole kind of request.
type lowHandler struct {
	kind EntryKind
	sdk  SDK
	fn   int
	name place // the tool's or prompt's name, the resource's URI
	args place
	span source.Span // the registration
	// unchecked is set where the arguments are not held against the schema.
	unchecked bool
}

// pairLowLevel joins low-level handlers with the entries declared apart.
func (x *recogniser) pairLowLevel() {
	for _, h := range x.low {
		if h.kind == Tool || h.kind == Prompt {
			x.dispatchAll(h)
		} else {
			x.wholeEntry(h)
		}
	}
	registered := map[entryKey]bool{}
	for _, e := range x.facts.Entries {
		registered[entryKey{e.Kind, e.Name}] = true
	}
	for _, e := range x.tools {
		if e.Handler >= 0 || !registered[entryKey{e.Kind, e.Name}] {
			x.add(e)
		}
	}
}

// wholeEntry adds the one entry of a handler that is not dispatched.
func (x *recogniser) wholeEntry(h lowHandler) {
	e := &Entry{Kind: h.kind, SDK: h.sdk, Handler: h.fn, HandlerName: x.f.Funcs[h.fn].Name, Span: h.span, NameSpan: h.span}
	if n := x.f.Funcs[h.fn].NameSpan; n.Len() > 0 {
		e.NameSpan = n.Shift(x.f.Funcs[h.fn].Start)
	}
	fact := handlerFact{entry: e, fn: h.fn}
	switch h.kind {
	case Resource:
		e.Name = "resources/read"
		e.Params = []Param{{Name: "uri", Member: lastOf(h.name.path), Span: e.NameSpan, Constraint: Constraint{Type: "string", Format: "uri"}}}
		if len(h.name.path) == 0 {
			e.Params[0].Var = x.f.Funcs[h.fn].Params[h.name.param].Name
		}
		fact.params = []carrier{{param: h.name.param, path: h.name.path}}
	case Completion:
		e.Name = "completion/complete"
		e.Params = []Param{{Name: "value", Member: "value", Span: e.NameSpan, Constraint: Constraint{Type: "string"}}}
		fact.params = []carrier{{param: h.args.param, path: h.args.path}}
	case Tool:
		e.Name = "tools/call"
		fact.params = []carrier{{param: h.args.param, path: h.args.path, named: true}}
	case Prompt:
		e.Name = "prompts/get"
		fact.params = []carrier{{param: h.args.param, path: h.args.path, named: true}}
	}
	x.facts.handlers = append(x.facts.handlers, fact)
	x.add(e)
}

func lastOf(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return path[len(path)-1]
}

// dispatcher follows one low-level handler.
type dispatcher struct {
	x     *recogniser
	h     lowHandler
	seen  map[int]bool
	found map[string]*Entry
}

// dispatchAll finds the branch or function that serves each declared entry, and
// entries that are served but declared in another file.
func (x *recogniser) dispatchAll(h lowHandler) {
	if h.unchecked {
		for _, e := range x.tools {
			if e.Kind == h.kind {
				e.checked = checkedNot
			}
		}
	}
	d := &dispatcher{x: x, h: h, seen: map[int]bool{}, found: map[string]*Entry{}}
	d.enter(h.fn, h.name, h.args, 3)
	if len(d.found) > 0 {
		return
	}
	// Nothing is told apart: the handler serves all that is declared.
	var mine []*Entry
	for _, e := range x.tools {
		if e.Kind == h.kind && e.Handler < 0 {
			mine = append(mine, e)
		}
	}
	if len(mine) == 0 {
		// The catch-all has been added by enter as input; it needs a name.
		x.wholeEntry(h)
		return
	}
	for _, e := range mine {
		e.Handler, e.HandlerName = h.fn, x.f.Funcs[h.fn].Name
	}
	if len(mine) == 1 {
		for i := range x.facts.handlers {
			if f := &x.facts.handlers[i]; f.fn == h.fn && f.entry == nil {
				f.entry = mine[0]
			}
		}
	}
}

// enter reads a function that knows the name and the arguments at places.
func (d *dispatcher) enter(fn int, name, args place, depth int) {
	if d.seen[fn] || depth == 0 {
		return
	}
	d.seen[fn] = true
	x := d.x
	fact := handlerFact{fn: fn, params: []carrier{{param: args.param, path: args.path, named: true}, {param: name.param, path: name.path}}}
	x.facts.handlers = append(x.facts.handlers, fact)
	type forward struct {
		fn         int
		name, args place
	}
	var forwards []forward
	walkNested(x.f, fn, func(at int, s *program.Stmt, v *program.Value) {
		switch {
		case v == nil && s.Op == program.StmtSwitch:
			d.cases(at, fn, s, name)
		case v == nil && s.Op == program.StmtIf:
			d.branch(at, fn, s, name)
		case v != nil && v.Op == program.OpIndex && len(v.Args) == 1 && d.is(at, fn, v.Args[0], name):
			d.table(here(at, v.X))
		case v != nil && v.Op == program.OpCall && v.X != nil:
			if f := v.X; f.Op == program.OpField && f.Name == "get" && len(v.Args) > 0 && d.is(at, fn, v.Args[0], name) {
				d.table(here(at, f.X))
				return
			}
			if f, ok := d.forwarded(at, fn, v, name, args); ok {
				forwards = append(forwards, forward{f.fn, f.name, f.args})
			}
		}
	})
	for _, f := range forwards {
		d.enter(f.fn, f.name, f.args, depth-1)
	}
}

// walkNested walks a function and the closures within it.
func walkNested(f *program.File, fn int, yield func(at int, s *program.Stmt, v *program.Value)) {
	f.Funcs[fn].Walk(func(s *program.Stmt, v *program.Value) bool { yield(fn, s, v); return true })
	for i := fn + 1; i < len(f.Funcs); i++ {
		in := false
		for p := f.Funcs[i].Parent; p >= fn; p = f.Funcs[p].Parent {
			if p == fn {
				in = true
				break
			}
		}
		if !in {
			if f.Funcs[i].Start >= f.Funcs[fn].Start+f.Funcs[fn].Len {
				return
			}
			continue
		}
		f.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool { yield(i, s, v); return true })
	}
}

// is reports whether a value in function at is what function fn has at a place.
func (d *dispatcher) is(at, fn int, v *program.Value, p place) bool {
	got, ok := d.x.placeOf(at, v)
	return ok && got.fn == fn && got.param == p.param && slices.Equal(got.path, p.path)
}

// placed is a place of a function.
type placed struct {
	fn int
	place
}

// placeOf follows a value to the parameter it is taken from.
func (x *recogniser) placeOf(fn int, v *program.Value) (placed, bool) {
	var path []string
	for range 16 {
		if v == nil {
			return placed{}, false
		}
		switch v.Op {
		case program.OpCast, program.OpAwait:
			v = v.X
		case program.OpLogical: // arguments ?? {}
			v = v.Args[0]
		case program.OpCall: // request.get("params", {})
			if x.f.Lang != source.Python || v.X == nil || v.X.Op != program.OpField || v.X.Name != "get" || constantAt(v, 0) == "" {
				return placed{}, false
			}
			path = append(path, v.Args[0].Str)
			v = v.X.X
		case program.OpField:
			path = append(path, v.Name)
			v = v.X
		case program.OpIndex:
			if v.Name == "" {
				return placed{}, false
			}
			path = append(path, v.Name)
			v = v.X
		case program.OpIdent:
			p, next, more := x.placeOfName(fn, v)
			if next.v != nil {
				fn, v = next.fn, next.v
				slices.Reverse(more)
				path = append(path, more...)
				continue
			}
			if p.param < 0 {
				return placed{}, false
			}
			path = append(path, reversed(p.path)...)
			slices.Reverse(path)
			p.path = path
			return p, true
		default:
			return placed{}, false
		}
	}
	return placed{}, false
}

func reversed(s []string) []string {
	s = slices.Clone(s)
	slices.Reverse(s)
	return s
}

// placeOfName follows a name: to a parameter, plain or destructured, or to the
// value that it is assigned.
func (x *recogniser) placeOfName(fn int, v *program.Value) (placed, ref, []string) {
	b := x.lookup(fn, v.Name)
	switch b.kind {
	case boundValue:
		if b.v != v {
			return placed{}, here(b.fn, b.v), slices.Clone(b.path)
		}
	case boundParam:
		p := placed{b.fn, place{b.param, nil}}
		if ps := x.f.Funcs[b.fn].Params; b.param < len(ps) && ps[b.param].Pattern != nil {
			path, ok := patternPath(ps[b.param].Pattern, v.Name, 6)
			if !ok {
				break
			}
			p.path = path
		}
		return p, ref{}, nil
	}
	return placed{fn: -1, place: place{param: -1}}, ref{}, nil
}

// patternPath gives the way to a name within a destructuring pattern.
func patternPath(p *program.Value, name string, depth int) ([]string, bool) {
	if p == nil || depth == 0 {
		return nil, false
	}
	switch p.Op {
	case program.OpIdent:
		return nil, p.Name == name
	case program.OpAssign:
		if len(p.Args) > 0 {
			return patternPath(p.Args[0], name, depth-1)
		}
	case program.OpObject:
		for _, a := range p.Args {
			if a != nil && a.Op == program.OpPair {
				if path, ok := patternPath(a.X, name, depth-1); ok {
					return append([]string{a.Name}, path...), true
				}
			}
		}
	}
	return nil, false
}

// cases reads a switch on the name.
func (d *dispatcher) cases(at, fn int, s *program.Stmt, name place) {
	if !d.is(at, fn, s.Value, name) {
		return
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		for _, v := range c.Values {
			span := caseSpan(s, i)
			if n, ok := d.x.constant(here(at, v)); ok {
				d.serve(n, at, here(at, v), span)
			}
		}
	}
}

// caseSpan covers a case: its values and its body.
func caseSpan(s *program.Stmt, i int) source.Span {
	c := &s.Cases[i]
	span := c.Values[0].Span
	if n := len(c.Body); n > 0 {
		span.End = c.Body[n-1].Span.End
	}
	return span
}

// branch reads if name == "x", if name in ("x", "y"), and what or joins.
func (d *dispatcher) branch(at, fn int, s *program.Stmt, name place) {
	if len(s.Body) == 0 {
		return
	}
	span := source.Span{Start: s.Body[0].Span.Start, End: s.Body[len(s.Body)-1].Span.End}
	d.compared(at, fn, s.Value, name, span, s, 8)
}

func (d *dispatcher) compared(at, fn int, v *program.Value, name place, span source.Span, s *program.Stmt, depth int) {
	if v == nil || depth == 0 {
		return
	}
	switch v.Op {
	case program.OpLogical:
		if v.Name == "or" || v.Name == "and" {
			for _, a := range v.Args {
				d.compared(at, fn, a, name, span, s, depth-1)
			}
		}
	case program.OpCompare:
		if len(v.Args) != 2 {
			return
		}
		l, r := v.Args[0], v.Args[1]
		switch v.Name {
		case "==", "is", "===":
			if !d.is(at, fn, l, name) {
				l, r = r, l
			}
			if d.is(at, fn, l, name) {
				if n, ok := d.x.constant(here(at, r)); ok {
					d.serve(n, at, here(at, r), span)
				}
			}
		case "!=", "is not", "!==":
			// if (name !== "x") throw …: the rest of the function serves x.
			if d.is(at, fn, l, name) && leaves(s.Body) {
				if n, ok := d.x.constant(here(at, r)); ok {
					f := d.x.f.Funcs[at]
					d.serve(n, at, here(at, r), source.Span{Start: s.Span.End, End: f.Len})
				}
			}
		case "in":
			if d.is(at, fn, l, name) {
				d.x.elements(here(at, r), func(e ref) {
					if n, ok := d.x.constant(e); ok {
						d.serve(n, at, e, span)
					}
				})
			}
		}
	}
}

// leaves reports whether a body ends by leaving the function.
func leaves(body []*program.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	switch body[len(body)-1].Op {
	case program.StmtReturn, program.StmtThrow:
		return true
	}
	return false
}

// serve says that a part of function at serves the entry of a name.
func (d *dispatcher) serve(name string, at int, lit ref, branch source.Span) {
	e := d.entry(name, lit)
	if e == nil || e.Handler >= 0 {
		return
	}
	e.Handler, e.HandlerName = at, d.x.f.Funcs[at].Name
	e.Branch = branch.Shift(d.x.f.Funcs[at].Start)
}

// entry gives the declared entry of a name, or a new one for a tool that
// another file declares.
func (d *dispatcher) entry(name string, lit ref) *Entry {
	if name == "" || len(d.found) >= maxTurns {
		return nil
	}
	if e := d.found[name]; e != nil {
		return e
	}
	if e := d.x.declared[entryKey{d.h.kind, name}]; e != nil {
		d.found[name] = e
		return e
	}
	e := &Entry{Kind: d.h.kind, SDK: d.h.sdk, Name: name, Handler: -1, NameSpan: d.x.span(lit), Span: d.x.span(lit)}
	d.found[name] = e
	d.x.declare(e)
	return e
}

// table reads a map from names to handlers.
func (d *dispatcher) table(r ref) {
	x := d.x
	r = x.deref(r)
	if r.v == nil {
		return
	}
	x.fuel = maxFuel
	x.eachValue(r, true, func(p ref) {
		var key, val ref
		switch {
		case p.v.Op == program.OpPair:
			key, val = p.at(keyValue(p.v)), p.at(p.v.X)
		case p.v.Op == program.OpList && len(p.v.Args) == 2:
			key, val = p.at(p.v.Args[0]), p.at(p.v.Args[1])
		default:
			return
		}
		fuel := x.fuel
		n, ok := x.constant(key)
		if ok {
			d.handle(n, key, val)
		}
		x.fuel = fuel
	})
}

// handle says that a function serves the entry of a name.
func (d *dispatcher) handle(name string, key, val ref) {
	x := d.x
	idx, fnName, skip := x.handler(val)
	if idx < 0 && fnName == "" {
		return
	}
	e := d.entry(name, key)
	if e == nil || e.Handler >= 0 {
		return
	}
	e.Handler, e.HandlerName = idx, fnName
	if idx >= 0 {
		x.memberInputs(e, idx, skip)
	}
}

// memberInputs says that a handler takes the entry's parameters: as the members
// of its first parameter, or one by one where it has parameters of their names.
func (x *recogniser) memberInputs(e *Entry, fn, skip int) {
	f := x.f.Funcs[fn]
	fact := handlerFact{entry: e, fn: fn}
	var open []int
	for i := range f.Params {
		p := &f.Params[i]
		if x.f.Lang == source.Python && (x.pyReceiver(f, i) || x.pyInjected(fn, p)) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		open = append(open, i)
	}
	byName := false
	for _, i := range open {
		if q := e.Param(f.Params[i].Name); q != nil && f.Params[i].Pattern == nil && x.f.Lang == source.Python {
			q.Var, q.Member = f.Params[i].Name, ""
			fact.params = append(fact.params, carrier{param: i})
			byName = true
		}
	}
	if !byName && len(open) > 0 {
		fact.params = append(fact.params, carrier{param: open[0], named: true})
	}
	x.facts.handlers = append(x.facts.handlers, fact)
}

// forwarded reads a call that hands the name and the arguments on to another
// function of this file.
func (d *dispatcher) forwarded(at, fn int, v *program.Value, name, args place) (f struct {
	fn         int
	name, args place
}, ok bool) {
	f.name.param, f.args.param = -1, -1
	for i, a := range v.Args {
		if a == nil || a.Op == program.OpConst {
			continue
		}
		got, known := d.x.placeOf(at, a)
		if !known || got.fn != fn {
			continue
		}
		switch {
		case got.param == name.param && slices.Equal(got.path, name.path):
			f.name = place{i, nil}
		case got.param == args.param && slices.Equal(got.path, args.path):
			f.args = place{i, nil}
		case got.param == name.param && len(got.path) < len(name.path) && slices.Equal(got.path, name.path[:len(got.path)]):
			// The request as a whole.
			f.name = place{i, name.path[len(got.path):]}
			f.args = place{i, args.path[min(len(got.path), len(args.path)):]}
		}
	}
	if f.name.param < 0 {
		return f, false
	}
	d.x.fuel = maxFuel
	idx, _ := d.x.callee(here(at, v.X))
	if idx < 0 || idx == fn {
		return f, false
	}
	shift := 0
	if d.x.f.Lang == source.Python && v.X.Op == program.OpField && d.x.pyReceiver(d.x.f.Funcs[idx], 0) {
		shift = 1
	}
	f.name.param += shift
	if f.args.param < 0 {
		f.args = f.name
	} else {
		f.args.param += shift
	}
	if n := len(d.x.f.Funcs[idx].Params); f.name.param >= n || f.args.param >= n {
		return f, false
	}
	f.fn = idx
	return f, true
}
