package flow

// special.go follows a function again for callers that hand it functions: what a
// parameter is that is called, and which method of a subclass takes the place of
// one of its own. A decorator is such a caller.

import (
	"cmp"
	"slices"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// ask is a value that a function calls without knowing what it is: a parameter, or
// a member of one. have is the method that it takes a member for, 0 for none.
type ask struct {
	node
	have uint64
}

// The bounds of what is followed for single callers.
const (
	maxAsks    = 32   // of one function
	maxSpecial = 2000 // in one analysis
	maxDeep    = 6    // within each other
	maxWithin  = 2    // of one function within itself
)

// specialKey is a function with what its callers hand it.
type specialKey struct {
	site
	env uint64
}

// specials are the functions that were followed for their callers.
type specials struct {
	done  map[specialKey]*summary
	busy  map[site]int // how often each is being followed
	deep  int
	count int
}

func (s *summary) ask(a ask) {
	if s == nil || len(s.asks) >= maxAsks || slices.Contains(s.asks, a) {
		return
	}
	s.asks = append(s.asks, a)
}

// askFor remembers that a value is called of which only its origin is known.
func (f *frame) askFor(v *value) {
	if v == nil || f.sum == nil {
		return
	}
	for i := range v.atoms {
		if a := &v.atoms[i]; a.kind == fromParam && a.cut == 0 && a.part == partNone && i < 4 {
			f.sum.ask(ask{node: a.node})
		}
	}
}

// known gives what a caller handed in for a value, or the value itself.
func (f *frame) known(v *value) *value {
	if len(f.env) == 0 || v == nil || len(v.fns) > 0 {
		return v
	}
	for i := range v.atoms {
		if a := &v.atoms[i]; a.kind == fromParam && a.cut == 0 && a.part == partNone {
			if e := f.env[a.node]; e != nil {
				return e
			}
		}
	}
	return v
}

// ownMethod gives the method that stands for one of the receiver's own, where the
// receiver may be of a subclass.
func (f *frame) ownMethod(recv, m *value, name string) *value {
	if recv == nil || m == nil || f.sum == nil || len(recv.atoms) != 1 || len(m.fns) != 1 {
		return m
	}
	a := &recv.atoms[0]
	if a.fn != f.id || a.kind != fromParam || a.param != thisParam || a.path != "" {
		return m
	}
	n := a.node.member(name)
	if e := f.env[n]; e != nil {
		return e
	}
	if c := m.fns[0]; f.u.mayBeOverridden(c, name) {
		f.sum.ask(ask{node: n, have: c.id})
	}
	return m
}

// mayBeOverridden reports whether a method is one that subclasses are there to
// replace: another class of the file declares it as well, or its body does nothing.
func (u *unit) mayBeOverridden(c callable, name string) bool {
	if u.overridden == nil {
		u.overridden = map[string]int{}
		for i := range u.file.Funcs {
			if p := &u.file.Funcs[i]; p.Class != nil && !p.Class.Interface {
				u.overridden[p.Name]++
			}
		}
	}
	if u.overridden[name] > 1 {
		return true
	}
	o := c.home.cur
	i, ok := o.byID[c.id]
	return ok && emptyBody(o.file.Funcs[i].Function)
}

// emptyBody reports whether a function does nothing but refuse.
func emptyBody(fn *program.Function) bool {
	for _, s := range fn.Body {
		if s.Op != program.StmtThrow && !(s.Op == program.StmtExpr && (s.Value == nil || s.Value.Op == program.OpConst || s.Value.Op == program.OpUnknown)) {
			return false
		}
	}
	return true
}

// specialised gives the summary of a function for what this call hands it, nil
// where it hands it nothing that the function asks for.
func (f *frame) specialised(at site, s *summary, sub *substitution) *summary {
	var env map[node]*value
	for _, a := range s.asks {
		v, _, ok := sub.argument(a.node.fn, int(a.param))
		if !ok {
			if v = f.env[a.node]; v == nil {
				f.sum.ask(a)
				continue
			}
		} else {
			v = f.known(f.project(v, a.path))
		}
		if v != nil && len(v.fns) == 0 && v.form == formList {
			v = f.elements(v) // each of them is called in turn
		}
		if v == nil || len(v.fns) == 0 && v.name == "" {
			f.askFor(v)
			continue
		}
		if a.have != 0 && !slices.ContainsFunc(v.fns, func(c callable) bool { return c.id != a.have }) {
			continue
		}
		if env == nil {
			env = map[node]*value{}
		}
		env[a.node] = f.bake(v)
	}
	if env == nil {
		return nil
	}
	t := at.u.special(at.i, env)
	if t == nil {
		return nil
	}
	for _, c := range t.callees {
		if c.id != f.id && !slices.ContainsFunc(f.sum.callees, func(have calleeRef) bool { return have.id == c.id }) {
			f.sum.callees = append(f.sum.callees, c)
		}
	}
	for _, id := range t.reach {
		f.reaches(id)
	}
	if len(t.mayReach) > 0 {
		was := f.unlikely
		f.unlikely = true
		for _, id := range t.mayReach {
			f.reaches(id)
		}
		f.unlikely = was
	}
	for _, a := range t.asks {
		if _, _, ok := sub.argument(a.node.fn, int(a.param)); !ok && a.node.fn != at.id() {
			f.sum.ask(a)
		}
	}
	return t
}

// special follows function i, which was followed before, with what env says of
// values that it asks for.
func (u *unit) special(i int, env map[node]*value) *summary {
	w := u.world
	at := site{u, i}
	if u.state[i] != stateDone || w.special.busy[at] >= maxWithin || w.special.deep >= maxDeep || u.budget < 0 {
		return nil
	}
	key := specialKey{at, envDigest(env)}
	if s, ok := w.special.done[key]; ok {
		return s
	}
	if w.special.count++; w.special.count > maxSpecial {
		u.note(i, "more callers hand functions to this one than are followed")
		return nil
	}
	w.special.busy[at]++
	w.special.deep++
	low, frame := w.low, u.frames[i]
	w.low = len(w.stack)
	s := u.followWith(i, env)
	whole := w.low >= len(w.stack)
	w.low = min(low, w.low)
	u.frames[i] = frame
	w.special.busy[at]--
	w.special.deep--
	if whole {
		w.special.done[key] = s
	}
	return s
}

// envDigest gives the digest of what callers hand in, in an order that does not vary.
func envDigest(env map[node]*value) uint64 {
	list := make([]proof, 0, len(env))
	for n := range env {
		list = append(list, proof{node: n})
	}
	sortProofs(list)
	d := newDigester()
	for _, p := range list {
		d.node(p.node)
		d.num(env[p.node].sum())
	}
	return uint64(d)
}

// ownHits adds the ways that begin within a function and exist for this caller only.
func (f *frame) ownHits(special, s *summary, site source.Span) {
	for i := range special.hits {
		h := special.hits[i]
		if h.kind == fromParam || h.again || slices.ContainsFunc(s.hits, func(o hit) bool {
			return o.node == h.node && o.sink == h.sink && o.fn == h.fn && o.call == h.call
		}) {
			continue
		}
		h.site = site
		f.addHit(h)
	}
}

// decorate gives a function as its decorators leave it, as far as they are
// functions of the program.
func (f *frame) decorate(fn *program.Function, v *value) *value {
	for k := len(fn.Decorators) - 1; k >= 0; k-- {
		d := fn.Decorators[k]
		head := d
		for head != nil && head.Op == program.OpCall {
			head = head.X
		}
		if head == nil || head.Op != program.OpIdent && head.Op != program.OpField {
			continue
		}
		deco := f.eval(head)
		if deco == nil || len(deco.fns) == 0 {
			continue
		}
		dead := f.dead
		if d != head {
			deco = f.eval(d)
		}
		if deco != nil && len(deco.fns) > 0 {
			args := &arguments{span: d.Span}
			args.add(v, d.Span, nil)
			if out := f.invoke(deco, args, nil); out != nil && len(out.fns) > 0 {
				v = &value{fns: out.fns}
			}
		}
		f.dead = dead
	}
	return v
}

// entryHits gives the ways from the parameters of a handler to sinks. Where
// decorators of the program wrap it, a value first passes through them.
func (u *unit) entryHits(i int, s *summary) []hit {
	p := &u.file.Funcs[i]
	if len(p.Decorators) == 0 || p.Parent < 0 || p.Class != nil || len(s.hits) == 0 || u.frames[p.Parent] == nil {
		return s.hits
	}
	pf := u.frames[p.Parent]
	k, ok := pf.slots[p.Name]
	if !ok {
		return s.hits
	}
	v := pf.vars[k]
	if v == nil || len(v.fns) != 1 || v.fns[0].id == u.ids[i] {
		return s.hits
	}
	f := u.newFrame(i)
	args := &arguments{}
	byName := u.takesNames(v.fns[0], p)
	for k := range p.Params {
		q := &p.Params[k]
		x := f.paramValue(q, k)
		if byName {
			args.keys = append(args.keys, field{q.Name, x})
			args.kspans = append(args.kspans, q.Span)
		} else {
			args.add(x, q.Span, nil)
		}
	}
	f.invoke(v, args, nil)
	if !slices.Contains(f.sum.reach, u.ids[i]) {
		return s.hits // what the decorator does with it is not seen
	}
	slices.SortStableFunc(f.sum.hits, func(a, b hit) int { return cmp.Compare(a.call.Start, b.call.Start) })
	return f.sum.hits
}

// takesNames reports whether a wrapper takes the arguments of what it wraps by name.
func (u *unit) takesNames(c callable, p *program.Placed) bool {
	o := c.home.cur
	i, ok := o.byID[c.id]
	if !ok {
		return false
	}
	names := map[string]bool{}
	for k := range o.file.Funcs[i].Params {
		q := &o.file.Funcs[i].Params[k]
		if q.Kind == program.ParamKwRest {
			return true
		}
		names[q.Name] = true
	}
	for k := range p.Params {
		if !names[p.Params[k].Name] {
			return false
		}
	}
	return true
}
