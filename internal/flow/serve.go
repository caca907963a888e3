package flow

// serve.go finds the handlers that a registration takes from another file: what it
// names is evaluated as the program would, and the function that comes out is read
// as the handler there.

import (
	"maps"
	"slices"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
)

// served is a function that registrations of other files name, or of this one in a
// way that only evaluation can tell.
type served struct {
	fn      int
	entries []*mcp.Entry
	inputs  []mcp.InputParam
}

// linked is what a registration leads to.
type linked struct {
	reg     *mcp.Registration
	at      site
	entries []*mcp.Entry // as its handler's file sees them; none where it is an entry there already
}

// named is a handler with the name under which it is registered.
type named struct {
	at     site
	filled int
	name   string
	proofs map[string]proofs // of the schema, where evaluation tells it
}

// The bounds of what registrations may lead to: elements of a list that is run
// over, and handlers of one registration.
const (
	maxServedElems = 256
	maxServed      = 512
)

// serve finds the handlers of all registrations. It runs when all files are
// followed, so what it finds depends on the files alone.
func (w *World) serve(order [][]*member) {
	type before struct{ served, links uint64 }
	old := map[*member]before{}
	for _, m := range w.members {
		old[m] = before{m.servedSum, m.linkSum}
		m.served, m.links, m.servedSum, m.linkSum, m.schemas, m.handed = nil, nil, 0, 0, nil, nil
	}
	for _, group := range order {
		for _, m := range group {
			if m.unit == nil {
				continue
			}
			for e, p := range m.unit.schemas() {
				m.accepts(e, p)
			}
			for _, reg := range m.facts.Registrations {
				w.serveOne(m, reg)
			}
		}
	}
	for m, b := range old {
		if m.servedSum != b.served || m.linkSum != b.links {
			m.fresh = true
		}
	}
}

// accepts remembers what the schema of an entry proves of its parameters.
func (m *member) accepts(e *mcp.Entry, p map[string]proofs) {
	if len(p) == 0 {
		return
	}
	if m.schemas == nil {
		m.schemas = map[*mcp.Entry]map[string]proofs{}
	}
	m.schemas[e] = p
	var sum uint64 // in no order
	for name, q := range p {
		d := newDigester()
		d.str(e.Name)
		d.str(name)
		d.num(uint64(q))
		sum += uint64(d)
	}
	m.servedSum += sum
}

// handlerKey is a handler under a name.
type handlerKey struct {
	at   site
	name string
}

func (w *World) serveOne(m *member, reg *mcp.Registration) {
	if reg.Stands > 0 {
		w.serveHanded(m, reg)
		return
	}
	seen := map[handlerKey]bool{}
	for _, n := range m.unit.handlersOf(reg) {
		w.link(m, reg, n, seen)
	}
	if len(seen) == 0 && w.serveHanded(m, reg) {
		m.handed = append(m.handed, reg)
	}
}

// link makes a handler serve a registration of m.
func (w *World) link(m *member, reg *mcp.Registration, n named, seen map[handlerKey]bool) {
	key := handlerKey{n.at, n.name}
	if seen[key] || len(seen) >= maxServed {
		return
	}
	seen[key] = true
	o := w.members[n.at.u.file.Path]
	entries, inputs, own := o.facts.Serve(n.at.i, n.filled, reg, n.name)
	if len(entries) == 0 && !own {
		return
	}
	n.at.u.summary(n.at.i)
	m.links = append(m.links, linked{reg, n.at, entries})
	d := digester(m.linkSum)
	d.num(n.at.id())
	for _, e := range entries {
		d.str(e.Name)
	}
	m.linkSum = uint64(d)
	if len(entries) == 0 {
		return
	}
	o.served = append(o.served, served{n.at.i, entries, inputs})
	if len(reg.Entry.Params) == 0 {
		for _, e := range entries {
			o.accepts(e, n.proofs)
		}
	}
	d = digester(o.servedSum)
	d.num(n.at.id())
	for _, e := range entries {
		d.num(uint64(e.Kind))
		d.str(e.Name)
		d.span(e.Branch)
		for i := range e.Params {
			d.str(e.Params[i].Name)
			d.str(e.Params[i].Constraint.Pattern)
			d.str(e.Params[i].Constraint.Type)
			d.num(uint64(len(e.Params[i].Constraint.Enum)))
		}
	}
	for i := range inputs {
		d.num(uint64(inputs[i].Param))
	}
	o.servedSum = uint64(d)
}

// probe gives a frame in which function i has run.
func (u *unit) probe(i int) *frame {
	if i < 0 || i >= len(u.sums) {
		return nil
	}
	u.summary(i)
	from := u.frames[i]
	if from == nil {
		return nil
	}
	fn := u.file.Funcs[i].Function
	f := &frame{
		u: u, index: i, fn: fn, id: u.ids[i], slots: maps.Clone(from.slots), vars: slices.Clone(from.vars), scratch: u.world.takeScratch(), sum: &summary{fn: fn},
	}
	f.touched = make([]int32, len(from.vars))
	return f
}

// handlersOf evaluates what a registration names, once for each turn of the loops
// around it.
func (u *unit) handlersOf(reg *mcp.Registration) []named {
	f := u.probe(reg.Func)
	if f == nil {
		return nil
	}
	var out []named
	f.turns(reg.Turns, nil, func(elem *value) {
		if len(out) >= maxServed {
			return
		}
		handler, name := elem, ""
		if reg.Object != nil {
			handler = f.eval(reg.Object)
		}
		if reg.Handler != nil {
			handler = nil
			if reg.Handler.Op == program.OpCall {
				handler = f.wrappedHandler(reg.Handler)
			}
			if handler == nil {
				handler = f.eval(reg.Handler)
			}
			name = f.nameOf(reg.Name)
		} else {
			name = f.nameIn(handler)
		}
		var accepts map[string]proofs
		switch e := reg.Entry; {
		case e.Schema != nil && len(e.Params) == 0 && e.SchemaFunc == reg.Func:
			accepts = f.schemaProofs(e.Schema)
		case reg.Handler == nil && handler != nil && !u.python && !u.golang:
			for _, key := range []string{"inputSchema", "parameters", "schema"} {
				if accepts = proofsOf(f.member(handler, key, nil)); accepts != nil {
					break
				}
			}
		}
		for _, c := range f.functionsOf(handler, 3) {
			if i, ok := c.home.cur.byID[c.id]; ok {
				out = append(out, named{at: site{c.home.cur, i}, filled: len(c.bound), name: name, proofs: accepts})
			}
		}
	})
	return out
}

// turns binds what loops run over and yields in the innermost.
func (f *frame) turns(list []mcp.Turn, elem *value, yield func(*value)) {
	if len(list) == 0 {
		yield(elem)
		return
	}
	t := list[0]
	in := f
	if t.Func != f.index {
		if in = f.u.probe(t.Func); in == nil {
			return
		}
	}
	bind := func(key, x *value) {
		switch {
		case t.Param != nil && t.Param.Pattern != nil:
			f.assign(t.Param.Pattern, x, t.Param.Span, true)
		case t.Param != nil && t.Param.Name != "":
			f.set(f.slot(t.Param.Name), x)
		case t.Target != nil:
			f.assign(t.Target, x, t.Target.Span, true)
		}
		if t.Key != nil {
			f.assign(t.Key, key, t.Key.Span, true)
		}
		f.turns(list[1:], x, yield)
	}
	over := in.eval(t.Over)
	switch {
	case over == nil:
		bind(nil, nil)
	case over.form == formList && len(over.elems) > 0:
		for i, e := range over.elems {
			if i < maxServedElems {
				bind(nil, e.v)
			}
		}
	case over.form == formObject && len(over.fields) > 0:
		for _, m := range over.fields {
			bind(textValue(m.name), m.v)
		}
	default:
		bind(nil, f.elements(over))
	}
}

// wrappedHandler gives the function that a call is handed to wrap, nil if there is
// none or the call says more of what comes out.
func (f *frame) wrappedHandler(call *program.Value) *value {
	for _, a := range call.Args {
		if a != nil && a.Op == program.OpKeyword {
			a = a.X
		}
		if a == nil || a.Op != program.OpIdent && a.Op != program.OpField && a.Op != program.OpFunc {
			continue
		}
		if v := f.eval(a); v != nil && len(v.fns) > 0 {
			if made := f.eval(call); made != nil && len(made.fns) > 0 && len(made.fns[0].bound) > 0 {
				return made
			}
			return v
		}
	}
	return nil
}

// functionsOf gives the functions that a value is, or holds where a tool holds its
// handler.
func (f *frame) functionsOf(v *value, depth int) []callable {
	if v == nil || depth == 0 {
		return nil
	}
	if len(v.fns) > 0 {
		return v.fns
	}
	if v.form == formList {
		// Go's results of a call: a tool and its function.
		for i := len(v.elems) - 1; i >= 0 && len(v.elems) <= 3; i-- {
			if fns := f.functionsOf(v.elems[i].v, depth-1); len(fns) > 0 {
				return fns
			}
		}
		return nil
	}
	if v.form != formObject && v.form != formInstance {
		return nil
	}
	for _, name := range mcp.HandlerNames() {
		if m := f.member(v, name, nil); m != nil && len(m.fns) > 0 {
			return m.fns
		}
	}
	return nil
}

// nameOf evaluates what gives an entry's name: a text, or a tool that has it.
func (f *frame) nameOf(v *program.Value) string {
	if v == nil {
		return ""
	}
	x := f.eval(v)
	if x.isText() {
		return x.text
	}
	return f.nameIn(x)
}

// nameIn gives the name that a tool as an object has.
func (f *frame) nameIn(x *value) string {
	if x == nil || x.form != formObject && x.form != formInstance {
		return ""
	}
	for _, key := range []string{"name", "Name"} {
		if m := f.member(x, key, nil); m.isText() {
			return m.text
		}
	}
	return ""
}
