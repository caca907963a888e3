package flow

// handed.go finds the handlers that callers hand to functions which register them:
// audited(server, "name")(handler) where the function that comes out of audited is
// what calls the SDK. Each call of such a function is a registration.

import (
	"slices"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// handing is a call that may hand a function on, or a decorator.
type handing struct {
	in        int // the function in whose scope it is written
	callee    *program.Value
	call      *program.Value    // nil for a decorator
	decorated *program.Function // of a decorator
	span      source.Span       // absolute
}

// The bounds of what is looked at for one registration: calls, and functions that
// hand on what they were handed.
const (
	maxHandings = 512
	maxHandedOn = 3
)

// serveHanded finds what callers hand to the function that makes a registration, and
// tells whether it is one that they have to.
func (w *World) serveHanded(m *member, reg *mcp.Registration) bool {
	f := m.unit.probe(reg.Func)
	if f == nil {
		return false
	}
	seen := map[handlerKey]bool{}
	for _, n := range m.unit.brought(f, reg) {
		w.eachHanded(m, n, 0, func(o *member, h handing, sub *substitution, c callable) {
			i, ok := c.home.cur.byID[c.id]
			if !ok || len(seen) >= maxServed {
				return
			}
			name := ""
			if x := f.eval(reg.Name); sub != nil && x != nil {
				x = sub.value(x)
				name = x.known()
				if !x.isText() {
					name = ""
				}
			}
			if name == "" {
				name = c.home.cur.file.Funcs[i].Name
			}
			var accepts map[string]proofs
			if e := reg.Entry; e.Schema != nil && len(e.Params) == 0 && e.SchemaFunc == reg.Func && sub != nil {
				accepts = proofsOf(sub.value(f.eval(e.Schema)))
			}
			w.link(o, reg.For(name, h.span), named{at: site{c.home.cur, i}, filled: len(c.bound), name: name, proofs: accepts}, seen)
		})
	}
	return len(seen) > 0
}

// brought gives the parameters of functions of the file that hold the handler of a
// registration made in f.
func (u *unit) brought(f *frame, reg *mcp.Registration) []node {
	var out []node
	if i := reg.Stands; i > 0 && i < len(u.sums) {
		if s := u.summary(i); s != nil {
			for _, a := range s.asks {
				if a.have == 0 && a.path == "" && a.fn != u.ids[i] && !slices.Contains(out, a.node) {
					out = append(out, a.node)
				}
			}
		}
		return out
	}
	if reg.Handler == nil || reg.Handler.Op != program.OpIdent {
		return nil
	}
	v := f.eval(reg.Handler)
	if v == nil || len(v.fns) > 0 {
		return nil
	}
	for i := range v.atoms {
		if a := &v.atoms[i]; a.kind == fromParam && a.cut == 0 && a.path == "" && a.part == partNone && a.param >= 0 {
			out = append(out, a.node)
		}
	}
	return out
}

// eachHanded yields the functions that calls hand in for a parameter. A call that hands
// in a parameter of its own function leads to the callers of that one; sub is nil then.
func (w *World) eachHanded(m *member, n node, depth int, yield func(*member, handing, *substitution, callable)) {
	at, ok := m.unit.byID[n.fn]
	if !ok || depth >= maxHandedOn {
		return
	}
	outer := at
	for p := m.unit.file.Funcs[outer].Parent; p > 0; p = m.unit.file.Funcs[p].Parent {
		outer = p
	}
	for _, o := range w.callersOf(m, m.unit.file.Funcs[outer].Name) {
		frames := map[int]*frame{}
		for _, h := range o.unit.handings(m.unit.file.Funcs[outer].Name) {
			f, done := frames[h.in]
			if !done {
				f = o.unit.probe(h.in)
				frames[h.in] = f
			}
			if f == nil {
				continue
			}
			v, sub, ok := f.handedBy(h, n)
			if !ok || v == nil {
				continue
			}
			if depth > 0 {
				sub = nil
			}
			for _, c := range f.functionsOf(v, 3) {
				yield(o, h, sub, c)
			}
			if len(v.fns) > 0 {
				continue
			}
			for i := range v.atoms {
				if a := &v.atoms[i]; a.kind == fromParam && a.cut == 0 && a.path == "" && a.part == partNone && a.param >= 0 && a.node != n {
					w.eachHanded(o, a.node, depth+1, yield)
				}
			}
		}
	}
}

// handedBy gives what a call hands in for a parameter, if it calls the function whose
// parameter that is.
func (f *frame) handedBy(h handing, n node) (*value, *substitution, bool) {
	callee := f.eval(h.callee)
	if callee == nil {
		return nil, nil, false
	}
	for _, c := range callee.fns {
		if c.id != n.fn {
			continue
		}
		args := &arguments{span: h.callee.Span}
		if h.call != nil {
			args = f.arguments(h.call)
		} else {
			args.add(f.funcValue(h.decorated), h.callee.Span, nil)
		}
		if c.recv != nil {
			args.recv = c.recv
		}
		args.pos = append(slices.Clone(c.bound), args.pos...)
		sub := &substitution{f: f, bind: &binding{next: c.binds, id: c.id, args: args}}
		v, _, ok := sub.argument(n.fn, int(n.param))
		if v == nil || len(v.fns) == 0 || h.call == nil {
			return v, sub, ok
		}
		// A function that another one wraps is the one that is meant.
		for k, a := range h.call.Args {
			if a != nil && a.Op == program.OpCall && k < len(args.pos) && args.pos[k] == v {
				if inner := f.wrappedHandler(a); inner != nil {
					v = inner
				}
			}
		}
		return v, sub, ok
	}
	return nil, nil, false
}

// callersOf gives the members that may call a function of m by its name, in an order
// that does not vary.
func (w *World) callersOf(m *member, name string) []*member {
	if name == "" {
		return nil
	}
	out := []*member{m}
	for _, o := range w.members {
		if o == m || o.unit == nil || o.unit.file.Lang != m.unit.file.Lang {
			continue
		}
		if slices.Contains(o.needs, m.path) || slices.ContainsFunc(o.unit.file.Imports, func(im program.Import) bool { return im.Name == name }) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out[1:], func(a, b *member) int {
		if a.path < b.path {
			return -1
		}
		return 1
	})
	return out
}

// handings gives the calls of the file whose callee leads to a name, by itself or as
// another file's name for it.
func (u *unit) handings(name string) []handing {
	if list, ok := u.handed[name]; ok {
		return list
	}
	names := map[string]bool{name: true}
	for i := range u.file.Imports {
		if im := &u.file.Imports[i]; im.Name == name && im.Local != "" {
			names[im.Local] = true
		}
	}
	list := []handing{}
	for i := range u.file.Funcs {
		p := &u.file.Funcs[i]
		for _, d := range p.Decorators {
			if d != nil && names[headName(d)] && len(list) < maxHandings {
				list = append(list, handing{in: max(p.Parent, 0), callee: d, decorated: p.Function, span: d.Span.Shift(p.Start)})
			}
		}
		p.Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpCall && len(v.Args) > 0 && names[headName(v)] && len(list) < maxHandings {
				list = append(list, handing{in: i, callee: v.X, call: v, span: v.Span.Shift(p.Start)})
			}
			return true
		})
	}
	if u.handed == nil {
		u.handed = map[string][]handing{}
	}
	u.handed[name] = list
	return list
}

// headName gives the name by which a call, or what a call gives that is called in
// turn, names its function.
func headName(v *program.Value) string {
	for v != nil && v.Op == program.OpCall {
		v = v.X
	}
	if v != nil && (v.Op == program.OpIdent || v.Op == program.OpField) {
		return v.Name
	}
	return ""
}
