package flow

// frame.go holds the state in which the body of a function is followed:
// variables and proofs, changed in place with a trail, so that a branch costs
// what it changes and not what it could change.

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// proof says that something is proven of a node.
type proof struct {
	node
	proven proofs
}

// absence says when a condition shows that configuration is missing.
type absence uint8

const (
	absentNever absence = iota
	absentIfFalse
	absentIfTrue
)

// tests is what the truth of a value proves.
type tests struct {
	yes, no []proof
	absent  absence
	chars   *charTest // of a condition on a character
}

func joinTests(a, b *tests) *tests {
	if a == nil || b == nil {
		return nil
	}
	return &tests{yes: meet(a.yes, b.yes), no: meet(a.no, b.no)}
}

// maxProofs bounds what one condition is remembered to prove.
const maxProofs = 64

// meet gives what both lists prove.
func meet(a, b []proof) []proof {
	var out []proof
	for _, x := range a {
		for _, y := range b {
			if x.node == y.node && x.proven&y.proven != 0 {
				out = withProof(out, proof{x.node, x.proven & y.proven})
			}
		}
	}
	return out
}

// addProofs gives what either list proves.
func addProofs(a, b []proof) []proof {
	if len(a) == 0 {
		return b
	}
	out := a[:len(a):len(a)]
	for _, p := range b {
		out = withProof(out, p)
	}
	return out
}

// withProof adds to a list that holds each node once, so that lists do not grow
// each time conditions are joined. The list is copied before it is changed.
func withProof(list []proof, p proof) []proof {
	for i, have := range list {
		if have.node == p.node {
			if have.proven|p.proven != have.proven {
				list = append([]proof(nil), list...)
				list[i].proven |= p.proven
			}
			return list
		}
	}
	if len(list) >= maxProofs {
		return list
	}
	return append(list, p)
}

// frame is the state of one function that is being followed.
type frame struct {
	u     *unit
	index int
	fn    *program.Function
	id    uint64
	sum   *summary

	slots   map[string]int
	vars    []*value
	at      source.Span // the statement that is being followed
	births  map[*program.Function]map[node]proofs
	dead    bool
	unset   bool // configuration is known to be missing here
	binding bool // its imports are being bound, which may lead back to it
	loops   []*loopState

	sent     map[string][]atom // what is put into channels
	received map[string][]atom // what channels hold that are made here

	// refused is what an error of the calls in a try statement proves; raised counts
	// what may throw there besides.
	refused []proof
	raised  int

	self string          // the name of the receiver, if any
	env  map[node]*value // what a caller hands in, see special.go
	// validating counts the validators that are being followed within each other.
	validating int
	exits      []exit
	cleared    bool // some of the hits are found to be harmless
	failed     []failedProof
	unlikely   bool        // what is followed now is of one of several classes, not of the first
	kept       [crowds]int // how many of sum.hits are of each crowd
	scratch
}

// scratch is what a frame needs only while its function is followed. What was used
// once is kept for the next function: most are small, and there are many.
type scratch struct {
	trail    []change
	facts    map[node]proofs
	provedAt map[node]source.Span // the statement that last proved something
	seen     map[hitKey]int       // index into sum.hits
	touched  []int32              // for join, per slot
}

// maxScratch bounds the maps that are kept for the next function: clearing one costs
// what it once held.
const maxScratch = 32

func (w *World) takeScratch() scratch {
	if n := len(w.spare); n > 0 {
		s := w.spare[n-1]
		w.spare = w.spare[:n-1]
		return s
	}
	return scratch{facts: map[node]proofs{}, provedAt: map[node]source.Span{}, seen: map[hitKey]int{}}
}

// giveScratch takes back what a frame does not need any more.
func (w *World) giveScratch(s scratch) {
	if len(s.facts) > maxScratch || len(s.provedAt) > maxScratch || len(s.seen) > maxScratch {
		return
	}
	clear(s.facts)
	clear(s.provedAt)
	clear(s.seen)
	s.trail, s.touched = s.trail[:0], s.touched[:0]
	w.spare = append(w.spare, s)
}

type change struct {
	slot   int // -1 for a proof
	old    *value
	node   node
	proven proofs
}

// delta is what a branch leaves behind.
type delta struct {
	vars  []slotValue
	facts []proof
	unset bool
}

type slotValue struct {
	slot int
	v    *value
}

type loopState struct {
	mark   int
	label  string
	breaks []delta
	nexts  []delta
	isLoop bool
	// over are the nodes of what is run over, and known what was proven of them and
	// their members before: what one element passed says nothing of the others when
	// the way leaves from within the loop.
	over  []node
	known map[node]proofs
	cost  int
}

// exit is one way out of a function.
type exit struct {
	v     *value
	facts map[node]proofs
	unset bool
}

// failedProof is a check that does not prove what it seems to.
type failedProof struct {
	node
	fn     uint64
	span   source.Span // relative to fn
	reason string
	// proven is what the check holds, or would hold if it was effective.
	proven proofs
}

// maxFailed bounds the checks that are remembered of one function.
const maxFailed = 64

// fails records a check of an origin that does not prove what it seems to, and
// gives what it holds all the same.
func (f *frame) fails(n node, span source.Span, reason string, p proofs) proof {
	f.keepFailed(failedProof{n, f.id, span, reason, p})
	return proof{n, p}
}

// slot gives the place of a local variable.
func (f *frame) slot(name string) int {
	if s, ok := f.slots[name]; ok {
		return s
	}
	s := len(f.vars)
	f.slots[name] = s
	f.vars = append(f.vars, nil)
	f.touched = append(f.touched, 0)
	return s
}

func (f *frame) set(slot int, v *value) {
	if f.vars[slot] == v {
		return
	}
	f.trail = append(f.trail, change{slot: slot, old: f.vars[slot]})
	f.vars[slot] = v
}

// prove adds to what is proven of a node.
func (f *frame) prove(n node, p proofs) {
	old := f.facts[n]
	if old|p == old {
		return
	}
	f.trail = append(f.trail, change{slot: -1, node: n, proven: old})
	f.facts[n] = old | p
	if f.provedAt != nil {
		f.provedAt[n] = f.at
	}
}

func (f *frame) proveList(list []proof) {
	for _, p := range list {
		f.prove(p.node, p.proven)
	}
}

// proven gives what is proven of a node here, by itself or by what holds it.
func (f *frame) proven(n node) proofs {
	return provenIn(f.facts, n)
}

// provenIn gives what facts prove of a node: of it, or of what it is a member of.
func provenIn(facts map[node]proofs, n node) proofs {
	if len(facts) == 0 {
		return 0
	}
	p := facts[n]
	for n.cut == 0 && n.kind <= fromRequest && n.path != "" {
		i := len(n.path) - 1
		for i > 0 && n.path[i] != 0 {
			i--
		}
		n.path = n.path[:i]
		p |= facts[n]
	}
	return p
}

func (f *frame) mark() int { return len(f.trail) }

// snapshot gives what has changed since the mark, without undoing it.
func (f *frame) snapshot(mark int) delta {
	d := delta{unset: f.unset}
	for i := mark; i < len(f.trail); i++ {
		c := &f.trail[i]
		if c.slot < 0 {
			d.facts = append(d.facts, proof{c.node, f.facts[c.node]})
		} else if f.touched[c.slot] == 0 {
			f.touched[c.slot] = 1
			d.vars = append(d.vars, slotValue{c.slot, f.vars[c.slot]})
		}
	}
	for i, v := range d.vars {
		f.touched[v.slot] = 0
		if len(d.facts) > 0 {
			// What holds on this way holds of what was set on it, wherever the ways lead.
			d.vars[i].v = f.bake(v.v)
		}
	}
	return d
}

// rollback undoes what has changed since the mark.
func (f *frame) rollback(mark int) {
	for i := len(f.trail) - 1; i >= mark; i-- {
		c := &f.trail[i]
		if c.slot >= 0 {
			f.vars[c.slot] = c.old
		} else if c.proven == 0 {
			delete(f.facts, c.node)
		} else {
			f.facts[c.node] = c.proven
		}
	}
	f.trail = f.trail[:mark]
}

// branch runs one branch and undoes it; ok is false where it does not come out
// at its end.
func (f *frame) branch(run func()) (d delta, ok bool) {
	mark, unset := f.mark(), f.unset
	run()
	if ok = !f.dead; ok {
		d = f.snapshot(mark)
	}
	f.rollback(mark)
	f.dead, f.unset = false, unset
	return d, ok
}

// merge continues with what the branches left behind; none of them coming out
// ends the way. Where configuration is missing on some ways only, the others
// say what is proven: an operator who configures nothing wants no limit.
func (f *frame) merge(ways []delta) {
	if len(ways) == 0 {
		f.dead = true
		return
	}
	if len(ways) == 1 {
		for _, v := range ways[0].vars {
			f.set(v.slot, v.v)
		}
		f.proveList(ways[0].facts)
		f.unset = ways[0].unset
		return
	}
	var slots []int
	acc := map[int]*value{}
	for _, w := range ways {
		for _, v := range w.vars {
			if f.touched[v.slot] == 0 {
				acc[v.slot] = v.v
				slots = append(slots, v.slot)
			} else {
				acc[v.slot] = join(acc[v.slot], v.v)
			}
			f.touched[v.slot]++
		}
	}
	for _, s := range slots {
		v := acc[s]
		if int(f.touched[s]) < len(ways) {
			v = join(v, f.vars[s])
		}
		v = f.flagTests(s, v, ways)
		f.touched[s] = 0
		f.set(s, v)
	}
	f.mergeFacts(ways)
}

// maxFlagWays and maxFlagVars bound what is looked through for flags.
const (
	maxFlagWays = 8
	maxFlagVars = 256
)

// flagTests adds to a variable that is true on some ways and false on others what
// holds on each: a flag, or a list of errors, that is asked about later.
func (f *frame) flagTests(slot int, v *value, ways []delta) *value {
	if v == nil || v.tests != nil || len(ways) > maxFlagWays || len(ways[0].vars)*len(ways) > maxFlagVars {
		return v
	}
	var t tests
	counts, facts := [2]int{}, false
	for i := range ways {
		w := &ways[i]
		facts = facts || len(w.facts) > 0
		x := f.vars[slot]
		for k := range w.vars {
			if w.vars[k].slot == slot {
				x = w.vars[k].v
			}
		}
		is, known := f.flag(x)
		facts = facts || !known && x != nil && x.tests != nil
		for side, list := range []*[]proof{&t.no, &t.yes} {
			if known && is != (side == 1) {
				continue
			}
			holds := w.facts
			if !known && x != nil && x.tests != nil {
				own := x.tests.no
				if side == 1 {
					own = x.tests.yes
				}
				holds = addProofs(holds, own)
			}
			if counts[side]++; counts[side] == 1 {
				*list = holds
			} else {
				*list = meet(*list, holds)
			}
		}
	}
	if !facts || counts[0] == len(ways) && counts[1] == len(ways) || len(t.yes)+len(t.no) == 0 {
		return v
	}
	out := &tests{yes: finals(t.yes), no: finals(t.no)}
	if own := f.truthTests(v); own != nil {
		out.no, out.absent = addProofs(out.no, own.no), own.absent
	}
	return v.withTests(out)
}

// finals gives each node once, with all that is proven of it.
func finals(list []proof) []proof {
	var out []proof
	for _, p := range list {
		out = withProof(out, p)
	}
	return out
}

// flag tells whether a value is true, where an empty list may be asked as well.
func (f *frame) flag(v *value) (is, known bool) {
	if v != nil && v.form == formList && f.u.python {
		if len(v.elems) == 0 && len(v.atoms) == 0 {
			return false, true
		}
		for _, e := range v.elems {
			if !e.many {
				return true, true
			}
		}
	}
	return v.truth()
}

func (f *frame) mergeFacts(ways []delta) {
	count, unset := 0, true
	for _, w := range ways {
		unset = unset && w.unset
	}
	type tally struct {
		p proofs
		n int
	}
	acc := map[node]tally{}
	var order []node
	for _, w := range ways {
		if w.unset && !unset {
			continue
		}
		count++
		// One branch may name a node several times, each time with its final
		// proof; it counts once.
		for i, p := range w.facts {
			if repeated(w.facts[:i], p.node) {
				continue
			}
			t, ok := acc[p.node]
			if !ok {
				t.p = p.proven
				order = append(order, p.node)
			}
			t.p &= p.proven
			t.n++
			acc[p.node] = t
		}
	}
	for _, n := range order {
		if t := acc[n]; t.n == count {
			f.prove(n, t.p)
		}
	}
	f.unset = unset
}

func repeated(list []proof, n node) bool {
	if len(list) > 16 {
		list = list[len(list)-16:]
	}
	for _, p := range list {
		if p.node == n {
			return true
		}
	}
	return false
}

// assume continues with what a condition proves. It ends the way where the
// condition is known to come out otherwise.
func (f *frame) assume(v *value, truth bool) {
	if is, known := v.truth(); known && is != truth && (v.form == formNumber && v.text != "" || v.form == formNone) && len(v.atoms) == 0 && v.tests == nil {
		f.dead = true
		return
	}
	t := f.truthTests(v)
	if t == nil {
		return
	}
	if truth {
		f.proveList(t.yes)
		f.unset = f.unset || t.absent == absentIfTrue
	} else {
		f.proveList(t.no)
		f.unset = f.unset || t.absent == absentIfFalse
	}
}

// truthTests gives what the truth of a value proves: a value that is false is
// empty or absent, and does no harm.
func (f *frame) truthTests(v *value) *tests {
	if v == nil {
		return nil
	}
	if v.tests != nil {
		return v.tests
	}
	if len(v.atoms) > 0 {
		t := &tests{}
		for i := range v.atoms {
			a := &v.atoms[i]
			switch {
			case a.flags&flagPartial != 0 || a.part != partNone:
			case a.flags&flagUnsure != 0 && f.u.golang:
				// What a call that is not known gave is nil: most often an error,
				// so what it was given may have been checked.
				t.no = append(t.no, proof{a.node, proveDoubt})
			default:
				t.no = append(t.no, proof{a.node, proveAll | proveAbsent})
			}
		}
		return t
	}
	if v.config || v.isEmptyList() {
		return &tests{absent: absentIfFalse}
	}
	return nil
}

// stepAtoms adds a step to origins.
func (f *frame) stepAtoms(list []atom, span source.Span, text string) []atom {
	out := make([]atom, len(list))
	for i, a := range list {
		a.steps = a.steps.add(f.id, span, text)
		out[i] = a
	}
	return out
}
