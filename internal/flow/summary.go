package flow

// summary.go follows one function and says what callers have to know of it:
// which of its inputs reach which sinks, its result and its other inputs, and
// what is proven when it returns.

import (
	"maps"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
	"slices"
)

// summary is what is known of a function. It is immutable once made.
type summary struct {
	fn      *program.Function
	class   uint64 // what the class around it says
	hits    []hit
	starts  []*process // processes of which callers may know more
	uses    []use
	ret     *value
	asks    []ask   // what it calls without knowing what it is
	always  []proof // proven of its inputs whenever it returns
	given   []given // and where one of its inputs is there
	failed  []failedProof
	effects []effect
	gives   []give  // what it hands to functions that it does not know
	writes  []field // variables of functions around it that it sets
	leaves  bool    // it never returns
	throws  bool    // it may throw
	many    bool    // a generator
	// circular is set where it was made with a summary that was not finished.
	circular bool
	callees  []calleeRef
	reach    []uint64 // functions it calls or hands on, by identity
	// mayReach are those of them that are methods of one of several classes, of which
	// the first is among reach: they may run, but another may run instead.
	mayReach []uint64
	deps     []dep
	classes  []*classInfo
	inputs   uint64   // what enters it from outside
	notes    []string // what could not be followed
	unknown  []unknownCall
	frame    *frame // its variables, for the functions nested in it
	digest   uint64
}

// given is what a function proves where one of its inputs is there: a check
// against a limit that may not be configured.
type given struct {
	node
	proofs []proof
}

// maxGiven bounds the inputs of a function of which that is kept.
const maxGiven = 4

// hit is a way from an input to a sink.
type hit struct {
	atom
	sink    SinkKind
	callee  string
	fn      uint64      // the function with the sink
	call    source.Span // relative to fn
	arg     source.Span // relative to fn
	site    source.Span // the call in the summarised function that leads there, or the sink itself; relative to it
	options map[string]string
	failed  []failedProof
	again   bool // of a process in starts
}

type hitKey struct {
	node
	part component
	sink SinkKind
	fn   uint64
	call uint32
	site uint32
}

// use is a call that can do something.
type use struct {
	kind    SinkKind
	callee  string
	call    source.Span
	arg     source.Span
	mutates bool
}

// effect is a member of an argument that the function sets.
type effect struct {
	param int
	name  string
	v     *value
}

type calleeRef struct{ id, sum uint64 }

// dep is a variable of a function around it, or a name of another module, that was
// read.
type dep struct {
	module  *home // whose name it is, nil for one around the function
	own     bool  // it is an import of the function itself
	around  bool  // no function around it has it: it is another file's or nobody's
	name    string
	sum     uint64
	missing bool
}

// maxHits bounds the ways of one crowd that are kept of one function.
const maxHits = 300

// crowds are the kinds of sinks that are bounded together: what is written out, what
// may be a query, and all that does something. A function that hands calls out to
// dozens of tools has hundreds of ways to logs, which must not displace the others.
const crowds = 3

func crowdOf(kind SinkKind) int {
	switch kind {
	case Log, Stdout, ResultSink:
		return 0
	case pending:
		return 1
	}
	return 2
}

func (s *summary) write(name string, v *value) {
	for i := range s.writes {
		if s.writes[i].name == name {
			s.writes[i].v = join(s.writes[i].v, v)
			return
		}
	}
	s.writes = append(s.writes, field{name, v})
}

// written gives what this function has put into a variable of one around it.
func (f *frame) written(name string) (*value, bool) {
	if f.sum == nil {
		return nil, false
	}
	for _, w := range f.sum.writes {
		if w.name == name {
			return w.v, true
		}
	}
	return nil, false
}

func (s *summary) effect(param int, name string, v *value) {
	for i := range s.effects {
		if s.effects[i].param == param && s.effects[i].name == name {
			s.effects[i].v = join(s.effects[i].v, v)
			return
		}
	}
	if len(s.effects) < 128 {
		s.effects = append(s.effects, effect{param, name, v})
	}
}

func (s *summary) same(o *summary) bool {
	return s != nil && o != nil && s.sum() == o.sum()
}

// sum gives the digest of what callers see.
func (s *summary) sum() uint64 {
	if s.digest != 0 {
		return s.digest
	}
	d := newDigester()
	for i := range s.hits {
		h := &s.hits[i]
		d.atoms([]atom{h.atom})
		d.str(string(h.sink))
		d.str(h.callee)
		d.num(h.fn)
		d.span(h.call)
		d.span(h.arg)
		d.str(h.options["program"])
		for _, x := range h.failed {
			d.failed(x)
		}
	}
	for _, p := range s.starts {
		d.process(p)
	}
	s.sumAsks(&d)
	d.num(s.ret.sum())
	d.proofs(s.always)
	for _, g := range s.given {
		d.node(g.node)
		d.proofs(g.proofs)
	}
	for _, x := range s.failed {
		d.failed(x)
	}
	for _, e := range s.effects {
		d.num(uint64(e.param + 2))
		d.str(e.name)
		d.num(e.v.sum())
	}
	for _, g := range s.gives {
		d.node(g.node)
		d.num(g.v.sum())
	}
	for _, w := range s.writes {
		d.str(w.name)
		d.num(w.v.sum())
	}
	if s.leaves {
		d.num(1)
	}
	if s.throws {
		d.num(3)
	}
	if s.many {
		d.num(2)
	}
	s.digest = uint64(d)
	if s.digest == 0 {
		s.digest = 1
	}
	return s.digest
}

// sumAsks adds all that a caller depends on that hands functions in: it follows
// the function's text again.
func (s *summary) sumAsks(d *digester) {
	if len(s.asks) == 0 {
		return
	}
	for _, a := range s.asks {
		d.node(a.node)
		d.num(a.have)
	}
	d.num(s.fn.Hash)
	for _, c := range s.callees {
		d.num(c.id)
		d.num(c.sum)
	}
	for _, x := range s.deps {
		d.str(x.name)
		d.num(x.sum)
	}
}

// follow follows function i from its beginning.
func (u *unit) follow(i int) *summary { return u.followWith(i, nil) }

// newFrame gives the state at the beginning of function i.
func (u *unit) newFrame(i int) *frame {
	p := &u.file.Funcs[i]
	return &frame{
		u: u, index: i, fn: p.Function, id: u.ids[i], slots: map[string]int{}, scratch: u.world.takeScratch(),
		sum: &summary{fn: p.Function, class: u.classDigest(i), inputs: u.inputDigest(i)},
	}
}

// followWith follows function i with what a caller says of values it asks for.
func (u *unit) followWith(i int, env map[node]*value) *summary {
	p := &u.file.Funcs[i]
	f := u.newFrame(i)
	f.env = env
	u.frames[i] = f
	f.enter(p)
	f.block(p.Body)
	if len(f.sent) > 0 {
		// What receives from a channel may have been started before something is
		// sent, so the function is followed again with what its channels hold.
		sent := f.sent
		u.forget(i)
		f = u.newFrame(i)
		f.env, f.received = env, sent
		u.frames[i] = f
		f.enter(p)
		f.block(p.Body)
	}
	if !f.dead {
		f.leave(noneValue)
	}
	if i == 0 {
		f.initialise()
		f.exports()
	}
	f.escaped()
	return f.finish()
}

// forget drops what is known of the functions nested in function i.
func (u *unit) forget(i int) {
	for _, n := range u.file.Funcs[i].Nested {
		if k, ok := u.index[n.Func]; ok && u.state[k] != stateBusy {
			u.state[k], u.sums[k], u.frames[k] = stateNew, nil, nil
			delete(u.world.cache, site{u, k})
			u.forget(k)
		}
	}
}

// enter binds imports, nested functions and parameters.
func (f *frame) enter(p *program.Placed) {
	for _, n := range p.Nested {
		if n.Func.Kind == program.KindFunction && n.Func.Name != "" {
			f.defineFunc(n.Func)
		}
	}
	f.binding = true
	for _, k := range f.u.imports[f.index] {
		if im := &f.u.file.Imports[k]; im.Local != "" && !im.Star {
			v := f.u.importValue(k)
			if !v.lazy() {
				f.sum.depend(dep{own: true, name: im.Local}, v)
			}
			f.set(f.slot(im.Local), v)
		}
	}
	f.binding = false
	if p.Class != nil && (!p.Static || !f.u.python) {
		self := f.selfValue(p)
		switch {
		case p.Receiver != nil:
			f.self = p.Receiver.Name
		case f.u.python && len(p.Params) > 0:
			f.self = p.Params[0].Name
		default:
			f.self = "this"
		}
		if f.self != "" {
			f.set(f.slot(f.self), self)
		}
	} else if p.Receiver != nil && p.Receiver.Name != "" {
		f.self = p.Receiver.Name
		v := f.paramValue(p.Receiver, thisParam)
		f.set(f.slot(f.self), v)
	}
	for k := range p.Params {
		q := &p.Params[k]
		if k == 0 && q.Name != "" && q.Name == f.self {
			continue
		}
		v := f.paramValue(q, k)
		if q.Name != "" {
			f.set(f.slot(q.Name), v)
		}
		if q.Pattern != nil {
			f.assign(q.Pattern, v, q.Span, true)
		}
		if p.Name == "constructor" && p.Class != nil && q.Name != "" && hasField(p.Class, q.Name) {
			f.sum.effect(thisParam, q.Name, v)
		}
	}
}

func hasField(c *program.Class, name string) bool {
	for i := range c.Fields {
		if c.Fields[i].Name == name && c.Fields[i].Value == nil {
			return true
		}
	}
	return false
}

// paramValue gives the value of a parameter, of which only its type is known.
func (f *frame) paramValue(q *program.Param, k int) *value {
	t := f.typeOf(q.Type)
	v := &value{}
	if t != nil {
		if t.harmless && q.Kind == program.ParamPlain {
			if f.u.golang && isChar(q.Type) {
				// What is found out of a character, its text may be asked about.
				return &value{atoms: []atom{{node: node{fn: f.id, param: int16(k), kind: fromParam}}}}
			}
			return numberValue
		}
		v.typ, v.class = t.typ, t.class
		if v.class.home != nil {
			v.form = formInstance
		}
	}
	if q.Default != nil && q.Type == nil {
		if d := f.eval(q.Default); d != nil && d.form == formUnknown && d.name == "" && len(d.fns) == 0 {
			v.typ = d.typ
		}
	}
	v.atoms = []atom{{node: node{fn: f.id, param: int16(k), kind: fromParam}}}
	return v
}

// paramNamed gives the place of the parameter that a name refers to.
func (f *frame) paramNamed(name string) (int, bool) {
	if name != "" && name == f.self {
		return thisParam, true
	}
	for k := range f.fn.Params {
		if f.fn.Params[k].Name == name {
			return k, true
		}
	}
	return 0, false
}

// The owners of a name that no function around has.
const (
	elsewhere = -1 // another file
	nobody    = -2
)

// depend remembers that what was found depends on a variable of a function
// around this one.
func (f *frame) depend(name string, owner int, v *value) {
	if f.sum == nil {
		return
	}
	f.sum.depend(dep{name: name, missing: owner == nobody, around: owner <= elsewhere}, v)
}

func (s *summary) depend(d dep, v *value) {
	for i := range s.deps {
		if s.deps[i].name == d.name && s.deps[i].module == d.module && s.deps[i].own == d.own {
			return
		}
	}
	switch {
	case d.module != nil && d.name == methodsOfPackage:
		d.sum = d.module.cur.packageMethods()
	case !d.missing:
		d.sum = v.sum()
	}
	s.deps = append(s.deps, d)
}

// leave ends the way with a result.
func (f *frame) leave(v *value) {
	v = f.bake(v)
	var facts map[node]proofs
	if len(f.facts) > 0 {
		facts = maps.Clone(f.facts)
	}
	if len(f.loops) > 0 {
		f.beyond(facts)
		v = f.ofOne(v)
	}
	if len(f.exits) < 512 {
		f.exits = append(f.exits, exit{v, facts, f.unset})
	}
	f.dead = true
}

// yields takes what a generator gives as one of its results.
func (f *frame) yields(v *value) {
	if len(f.exits) < 512 {
		f.sum.many = true
		f.exits = append(f.exits, exit{v: v, unset: true})
	}
}

// finish makes the summary of what was followed.
func (f *frame) finish() *summary {
	s := f.sum
	s.frame = &frame{id: f.id, slots: f.slots, vars: f.vars}
	f.u.frames[f.index] = s.frame
	exits := f.exits
	f.exits = nil
	if len(exits) == 0 {
		s.leaves = f.fn.Kind != program.KindTop
	}
	configured := exits[:0:0]
	for _, e := range exits {
		if !e.unset {
			configured = append(configured, e)
		}
	}
	if len(configured) == 0 {
		configured = exits
	}
	if f.u.golang {
		f.severalResults(exits)
	}
	for i, e := range exits {
		if i == 0 {
			s.ret = e.v
		} else {
			s.ret = join(s.ret, e.v)
		}
	}
	s.always = exitProofs(configured, func(e *exit) ([]proof, bool) { return nil, true })
	s.given = givenProofs(configured)
	s.ret = resultTests(s.ret, configured, f.u.golang)
	late := exitProofs(configured, func(e *exit) ([]proof, bool) { return nil, !e.v.refuses() })
	if f.cleared {
		s.hits = slices.DeleteFunc(s.hits, func(h hit) bool { return h.enough(h.sink) })
	}
	for i := range s.hits {
		f.lateCheck(&s.hits[i], late)
		f.attachFailed(&s.hits[i])
	}
	for _, x := range f.failed {
		if x.kind == fromParam && x.reason != LateCheck && len(s.failed) < maxFailed/4 {
			s.failed = append(s.failed, x)
		}
	}
	f.u.world.giveScratch(f.scratch)
	f.scratch, f.failed, f.births = scratch{}, nil, nil
	return s
}

// severalResults tells apart the results of a call that is returned as it is, where
// other ways out write them one by one.
func (f *frame) severalResults(exits []exit) {
	n := 0
	for i := range exits {
		if v := exits[i].v; v != nil && v.form == formList && !hasMany(v) {
			n = max(n, len(v.elems))
		}
	}
	if n < 2 {
		return
	}
	for i := range exits {
		v := exits[i].v
		if v != nil && v.form == formList {
			continue
		}
		list := &value{form: formList}
		for k := range n {
			list.elems = append(list.elems, element{v: f.resultAt(v, k, n)})
		}
		exits[i].v = list
	}
}

// exitProofs gives what every exit that may count proves, in its state and by
// its value.
func exitProofs(exits []exit, of func(*exit) ([]proof, bool)) []proof {
	var out map[node]proofs
	for i := range exits {
		extra, counts := of(&exits[i])
		if !counts {
			continue
		}
		here := exits[i].facts
		if len(extra) > 0 {
			here = make(map[node]proofs, len(exits[i].facts)+len(extra))
			for n, p := range exits[i].facts {
				here[n] = p
			}
			for _, p := range extra {
				here[p.node] |= p.proven
			}
		}
		if out == nil {
			out = make(map[node]proofs, len(here))
			for n, p := range here {
				out[n] = p
			}
			continue
		}
		for n, p := range out {
			if q := here[n] & p; q != 0 {
				out[n] = q
			} else {
				delete(out, n)
			}
		}
	}
	return sorted(out)
}

// givenProofs gives what holds of the exits at which an input is there, for each
// input that is known to be missing at others.
func givenProofs(exits []exit) []given {
	var out []given
	for i := range exits {
		for _, p := range sorted(exits[i].facts) {
			if p.proven&proveAbsent == 0 || p.kind != fromParam || p.cut != 0 || len(out) == maxGiven || hasGiven(out, p.node) {
				continue
			}
			list := exitProofs(exits, func(e *exit) ([]proof, bool) { return nil, e.facts[p.node]&proveAbsent == 0 })
			if len(list) > 0 {
				out = append(out, given{p.node, list})
			}
		}
	}
	return out
}

func hasGiven(list []given, n node) bool {
	for i := range list {
		if list[i].node == n {
			return true
		}
	}
	return false
}

// sorted gives proofs in an order that does not vary.
func sorted(m map[node]proofs) []proof {
	if len(m) == 0 {
		return nil
	}
	out := make([]proof, 0, len(m))
	for n, p := range m {
		out = append(out, proof{n, p})
	}
	sortProofs(out)
	return out
}

// resultTests adds to the result what its truth proves, and that of its parts:
// the error of Go's results, the ok of a result object.
func resultTests(ret *value, exits []exit, golang bool) *value {
	if len(exits) == 0 {
		return ret
	}
	base := ret
	tests := valueTests(exits, func(e *exit) *value { return e.v })
	if ret == nil && tests == nil {
		return nil
	}
	n := &value{}
	if ret != nil {
		*n = *base
		n.digest = 0
	}
	n.tests = tests
	if n.form == formList && !hasMany(n) {
		elems := append([]element(nil), n.elems...)
		for i := range elems {
			t := valueTests(exits, func(e *exit) *value {
				if e.v == nil || e.v.form != formList || i >= len(e.v.elems) {
					return nil
				}
				return e.v.elems[i].v
			})
			elems[i].v = elems[i].v.withTests(t)
		}
		n.elems = elems
		if golang {
			n.tests = nil
		}
	}
	if n.form == formObject || n.form == formInstance {
		fields := append([]field(nil), n.fields...)
		for i := range fields {
			t := valueTests(exits, func(e *exit) *value {
				m, ok := e.v.field(fields[i].name)
				if !ok && e.v.classInfo() != nil {
					return e.v.classInfo().decls[fields[i].name]
				}
				if !ok {
					return noneValue
				}
				return m
			})
			fields[i].v = fields[i].v.withTests(t)
		}
		n.fields = fields
	}
	return n
}

func (v *value) withTests(t *tests) *value {
	if t == nil {
		return v
	}
	n := &value{}
	if v != nil {
		*n = *v
		n.digest = 0
	}
	n.tests = t
	return n
}

// valueTests gives what the truth and the falsity of a part of the result prove.
func valueTests(exits []exit, part func(*exit) *value) *tests {
	side := func(truth bool) []proof {
		return exitProofs(exits, func(e *exit) ([]proof, bool) {
			v := part(e)
			if is, known := v.truth(); known && is != truth {
				return nil, false
			}
			if v == nil || v.tests == nil {
				return nil, true
			}
			if truth {
				return v.tests.yes, true
			}
			return v.tests.no, true
		})
	}
	t := &tests{yes: side(true), no: side(false)}
	if len(exits) == 1 {
		if v := part(&exits[0]); v != nil && v.tests != nil {
			t.chars = v.tests.chars
		}
	}
	if len(t.yes)+len(t.no) == 0 && t.chars == nil {
		return nil
	}
	return t
}

// refuses reports whether a result says that the call was refused: the error
// among Go's results, or the isError of a tool's.
func (v *value) refuses() bool {
	if v == nil {
		return false
	}
	if n := len(v.elems); v.form == formList && n > 0 {
		last := v.elems[n-1].v
		return last != nil && last.typ == errorType
	}
	m, ok := v.field("isError")
	is, known := m.truth()
	return v.typ == errorType || ok && known && is
}

// lateCheck records that a check which holds whenever the function does not refuse
// comes after what it should protect.
func (f *frame) lateCheck(h *hit, late []proof) {
	for _, p := range late {
		if p.node == h.node && p.proven&proveAll != proveAll && p.proven.enough(h.sink) && f.provedAt[p.node].Start >= h.site.End {
			f.fails(p.node, f.provedAt[p.node], LateCheck, p.proven)
		}
	}
}

// attachFailed adds the checks that fail to protect a hit.
func (f *frame) attachFailed(h *hit) {
	for i := range f.failed {
		x := f.failed[i]
		if !x.about(h.node) || !x.matters(h) || x.reason == LateCheck && x.fn == f.id && x.span.Start < h.site.End {
			continue
		}
		known := false
		for _, y := range h.failed {
			known = known || y.span == x.span && y.reason == x.reason
		}
		if !known && len(h.failed) < 4 {
			h.failed = append(h.failed[:len(h.failed):len(h.failed)], x)
		}
	}
}

// hit records that a value reaches a sink, unless what is proven of it makes
// it harmless there.
func (f *frame) hit(kind SinkKind, v *value, callee string, call, arg source.Span, options map[string]string) {
	for _, a := range all(v) {
		f.hitAtom(kind, a, callee, call, arg, options)
	}
}

func (f *frame) hitAtom(kind SinkKind, a atom, callee string, call, arg source.Span, options map[string]string) {
	a.proven |= f.proven(a.node)
	f.keepHit(hit{atom: a, sink: kind, callee: callee, fn: f.id, call: call, arg: arg, site: call, options: options})
}

// keepHit adds a hit unless it is harmless. What is sent along with a request,
// or handed to something that executes queries, is a query where its text shows.
func (f *frame) keepHit(h hit) {
	if (h.sink == pending || h.sink == Body) && h.lang != noLanguage {
		q := h
		q.sink = Query
		f.keepHit(q)
	}
	if h.sink == pending && (h.lang != noLanguage || h.kind != fromParam) {
		return
	}
	if h.enough(h.sink) || harmless(h.sink, &h.atom) {
		return
	}
	f.addHit(h)
}

func (f *frame) addHit(h hit) {
	k := hitKey{h.node, h.part, h.sink, h.fn, h.call.Start, 0}
	if h.sink == Query || h.sink == pending {
		k.site = h.site.Start // each text that is built is a cause of its own
	}
	if i, ok := f.seen[k]; ok {
		// The shorter way is told: one that runs in circles says no more.
		if old := &f.sum.hits[i]; h.steps.length() < old.steps.length() {
			*old = h
		}
		return
	}
	pool := &f.kept[crowdOf(h.sink)]
	if *pool >= maxHits {
		f.u.note(f.index, "more ways lead through this function than are kept")
		return
	}
	*pool++
	f.seen[k] = len(f.sum.hits)
	f.sum.hits = append(f.sum.hits, h)
}

// escaped adds what the closures of this function do with its own values:
// somebody may call them.
func (f *frame) escaped() {
	if f.fn.Kind == program.KindTop {
		return
	}
	for _, n := range f.fn.Nested {
		i, ok := f.u.index[n.Func]
		if !ok || !f.u.worthwhile(i) {
			continue
		}
		s := f.u.summary(i)
		if s == nil {
			continue
		}
		f.calls(site{f.u, i}, s)
		place := source.Span{Start: n.Offset, End: n.Offset + n.Func.Len}
		for _, h := range s.hits {
			if h.kind != fromParam || h.node.fn == f.u.ids[i] {
				continue
			}
			h.proven |= provenIn(f.births[n.Func], h.node)
			if !h.enough(h.sink) {
				h.site, h.again = place, false
				f.addHit(h)
			}
		}
	}
}

// calls remembers that this function depends on the summary of another.
func (f *frame) calls(at site, s *summary) {
	id := at.id()
	for _, c := range f.sum.callees {
		if c.id == id {
			return
		}
	}
	f.sum.callees = append(f.sum.callees, calleeRef{id, s.sum()})
}

// reaches remembers that this function calls another or hands it on.
func (f *frame) reaches(id uint64) {
	if f.sum == nil {
		return
	}
	list := &f.sum.reach
	if f.unlikely {
		list = &f.sum.mayReach
	}
	if !slices.Contains(*list, id) {
		*list = append(*list, id)
	}
}
