package flow

// unit.go analyses the functions of one file, each once, and takes over from
// the last version what an edit cannot have changed.

import (
	"slices"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// unit is one version of one file under analysis.
type unit struct {
	file   *program.File
	facts  *mcp.Facts
	ms     *models
	home   *home
	world  *World // the files analysed with this one
	python bool
	golang bool

	ids   []uint64       // identity of each function, stable across versions
	byID  map[uint64]int // the other way
	index map[*program.Function]int
	// byMethod finds Go's methods; goMethods is the digest of which there are.
	byMethod  map[methodKey]int
	goMethods uint64
	// packageKey is the path of the first file of Go's package, once it is known.
	packageKey string
	stars      []*home        // of the files whose names this one binds without naming them
	entering   map[int]uint64 // what enters each function from outside
	imports    map[int][]int  // indices into File.Imports, by function
	sums       []*summary
	wanted     []bool // the functions that roots of any file lead to
	rooted     []int  // see roots
	state      []uint8
	frames     []*frame
	classes    map[uint64]*classInfo
	// overridden counts the classes of the file that declare a method, by its name.
	overridden map[string]int
	handed     map[string][]handing // see handings
	stores     []keeping            // where the file keeps the caller's credential
	classOf    map[*program.Class]*classInfo
	builtins   map[string]*value // see builtin
	fnValues   []*value          // of the functions, as values
	twins      map[twin]uint64   // identities of classes, by what they declare
	twinned    map[uint64]uint64 // how many classes declare the same
	prev       map[uint64]*summary
	valid      map[*summary]bool
	checking   map[*summary]bool // those whose validity is being found out
	interests  map[*program.Function]interest
	budget     int
}

// home is where the functions of one file are found, in whichever version is
// being analysed. Values that outlive a version refer to it.
type home struct {
	world    *World
	cur      *unit
	patterns map[string]regexFact
	// interests are those of the functions of the last version.
	interests map[*program.Function]interest
}

const (
	stateNew uint8 = iota
	stateBusy
	stateDone
)

// The bounds of one analysis: steps of evaluation for a file, and how deep
// calls are followed.
const (
	maxBudget = 4_000_000
	maxCalls  = 120
)

func newUnit(facts *mcp.Facts, h *home, prev map[uint64]*summary, w *World) *unit {
	f := facts.File
	n := len(f.Funcs)
	u := &unit{
		file: f, facts: facts, ms: modelsOf(f.Lang), home: h, world: w,
		python: f.Lang == source.Python, golang: f.Lang == source.Go,
		ids: make([]uint64, n), byID: make(map[uint64]int, n), index: make(map[*program.Function]int, n),
		imports: map[int][]int{}, byMethod: map[methodKey]int{}, entering: enterings(facts), sums: make([]*summary, n), wanted: make([]bool, n), state: make([]uint8, n), frames: make([]*frame, n),
		classes: map[uint64]*classInfo{}, classOf: map[*program.Class]*classInfo{}, twins: map[twin]uint64{}, twinned: map[uint64]uint64{}, prev: prev, valid: map[*summary]bool{}, checking: map[*summary]bool{}, interests: make(map[*program.Function]interest, n), budget: maxBudget,
	}
	h.cur = u
	u.identify()
	u.stores = u.keepings()
	for i := range f.Imports {
		fn := f.Imports[i].Func
		u.imports[fn] = append(u.imports[fn], i)
	}
	return u
}

// identify gives each function a number that an edit elsewhere does not change:
// made of its name, of how many of that name stand before it, and of the
// function around it.
func (u *unit) identify() {
	for i := range u.file.Funcs {
		p := &u.file.Funcs[i]
		u.index[p.Function] = i
		d := newDigester()
		if p.Parent >= 0 {
			d.num(u.ids[p.Parent])
		} else {
			d.str(u.file.Path)
		}
		d.str(p.Name)
		d.num(uint64(p.Kind))
		if p.Class != nil {
			d.str(p.Class.Name)
		}
		for {
			if _, taken := u.byID[uint64(d)]; !taken {
				break
			}
			d.num(1)
		}
		u.ids[i] = uint64(d)
		u.byID[uint64(d)] = i
		if p.Receiver != nil {
			u.byMethod[methodKey{receiverName(p.Receiver.Type), p.Name}] = i
		}
	}
	if len(u.byMethod) > 0 {
		d := newDigester()
		for i := range u.file.Funcs {
			if p := &u.file.Funcs[i]; p.Receiver != nil {
				d.str(receiverName(p.Receiver.Type))
				d.str(p.Name)
			}
		}
		u.goMethods = uint64(d)
	}
}

// note says that something in function i could not be followed.
func (u *unit) note(i int, text string) {
	if f := u.frames[i]; f != nil && f.sum != nil && !slices.Contains(f.sum.notes, text) {
		f.sum.notes = append(f.sum.notes, text)
	}
}

// frameOf gives the frame of a function that stands around another. Top comes
// first of all.
func (u *unit) frameOf(i int) *frame {
	if u.frames[i] == nil && u.state[i] == stateNew {
		u.summary(i)
	}
	return u.frames[i]
}

// summary gives the summary of a function.
func (u *unit) summary(i int) *summary {
	w := u.world
	switch {
	case u.state[i] == stateDone:
		return u.sums[i]
	case u.state[i] == stateBusy:
		u.world.lean(site{u, i})
		return u.sums[i]
	case w.cache[site{u, i}].sum != nil:
		c := w.cache[site{u, i}]
		w.low = min(w.low, c.low)
		return c.sum
	case len(w.stack) >= maxCalls:
		// It is said of the last function: what notes the top level of a file has is
		// not read where no root leads to it.
		for k := len(w.stack) - 1; k >= 0; k-- {
			if at := w.stack[k]; at.i != 0 || k == 0 {
				at.u.note(at.i, "calls nest too deeply to be followed")
				break
			}
		}
		return nil
	}
	if p := u.file.Funcs[i].Parent; p >= 0 && u.state[p] == stateNew {
		u.summary(p)
		if u.state[i] == stateDone {
			return u.sums[i]
		}
	}
	s := u.prev[u.ids[i]]
	holds := s != nil && u.holds(s, i)
	if u.state[i] == stateDone {
		return u.sums[i] // whoever was asked on the way asked for it
	}
	if holds {
		u.adopt(s, i)
		return s
	}
	return u.compute(i)
}

// compute follows a function. One that calls itself, in whatever way, is
// followed again until what it says of itself no longer changes, three times at
// most; what its partners said meanwhile is thrown away.
func (u *unit) compute(i int) *summary {
	w := u.world
	outer := w.low
	at := len(w.stack)
	w.stack = append(w.stack, site{u, i})
	u.state[i] = stateBusy
	u.sums[i] = nil
	var s *summary
	for turn := 0; ; turn++ {
		w.low = at + 1
		s = u.follow(i)
		if w.low > at || turn == 2 || s.same(u.sums[i]) {
			break
		}
		u.sums[i] = s
		if w.low < at {
			break
		}
		clear(w.cache)
	}
	w.stack = w.stack[:at]
	// A function that calls only itself depends on its own text; a larger circle
	// is followed anew with every version.
	s.circular = w.low < at || w.low == at && len(w.cache) > 0
	s.callees = slices.DeleteFunc(s.callees, func(c calleeRef) bool { return c.id == u.ids[i] })
	if w.low < at {
		// Part of a larger circle: what is known so far holds for this turn.
		u.state[i] = stateNew
		w.cache[site{u, i}] = provisional{s, w.low}
		w.low = min(w.low, outer)
		return s
	}
	if at == 0 || w.low <= at {
		// The head of a circle keeps what its partners found in the last turn. What
		// was found while a file's top level was followed is found anew when it is
		// asked for: only now are all names bound.
		for k, c := range w.cache {
			if c.low < at {
				continue // that of a larger circle
			}
			if u.file.Funcs[i].Kind != program.KindTop {
				k.u.sums[k.i], k.u.state[k.i] = c.sum, stateDone
			}
			delete(w.cache, k)
		}
	}
	w.low = outer
	u.sums[i], u.state[i] = s, stateDone
	return s
}

// holds reports whether the summary of an earlier version says what following
// function i again would: its text is the same, and so is all it depends on.
func (u *unit) holds(s *summary, i int) bool {
	if ok, known := u.valid[s]; known {
		return ok && !u.checking[s]
	}
	if s.circular || s.fn != u.file.Funcs[i].Function || s.inputs != u.inputDigest(i) || s.class != u.classDigest(i) {
		return false
	}
	u.valid[s] = true // what is nested in the function may ask for it meanwhile
	u.checking[s] = true
	ok := u.check(s, i)
	delete(u.checking, s)
	u.valid[s] = ok
	return ok
}

func (u *unit) check(s *summary, i int) bool {
	for _, d := range s.deps {
		if d.module != nil {
			if !d.holds() {
				return false
			}
			continue
		}
		if d.own {
			if u.importNamed(i, d.name).sum() != d.sum {
				return false
			}
			continue
		}
		if d.missing && u.bindingAround(i) {
			return false // it may be bound yet
		}
		v, found, same := u.lookAround(i, d.name)
		if !same && (found == d.missing || found && v.sum() != d.sum) {
			return false
		}
	}
	for _, c := range s.callees {
		o, k, ok := u.at(c.id)
		if !ok {
			return false
		}
		if t := o.prev[c.id]; t != nil && o.state[k] == stateNew && o.holds(t, k) {
			if t.sum() != c.sum {
				return false
			}
			continue
		}
		if o.state[k] == stateBusy || o == u && u.within(k, i) {
			return false
		}
		if t := o.summary(k); t == nil || t.sum() != c.sum {
			return false
		}
	}
	return true
}

// inputDigest gives the digest of what enters function i, or one around it,
// from outside: by that calls on a request are known.
func (u *unit) inputDigest(i int) uint64 {
	if !u.facts.Entered() {
		return 0
	}
	d := newDigester()
	for ; i >= 0; i = u.file.Funcs[i].Parent {
		d.num(u.entering[i])
	}
	for _, k := range u.stores {
		d.str(k.store)
		d.str(k.member)
	}
	return uint64(d)
}

// enterings gives a digest for each function that the outside controls a
// parameter of.
func enterings(facts *mcp.Facts) map[int]uint64 {
	out := map[int]uint64{}
	for _, in := range facts.Inputs() {
		d := digester(out[in.Func])
		d.num(uint64(in.Param)<<8 | uint64(in.Kind))
		for _, p := range in.Path {
			d.str(p)
		}
		out[in.Func] = uint64(d)
	}
	for _, i := range facts.Receivers() {
		d := digester(out[i])
		d.str("receives")
		out[i] = uint64(d)
	}
	return out
}

// within reports whether function k stands in function i.
func (u *unit) within(k, i int) bool {
	for k >= 0 && k != i {
		k = u.file.Funcs[k].Parent
	}
	return k == i
}

// bindingAround reports whether a function around function i is binding its imports.
func (u *unit) bindingAround(i int) bool {
	for p := u.file.Funcs[i].Parent; p >= 0; p = u.file.Funcs[p].Parent {
		if f := u.frames[p]; f != nil && f.binding {
			return true
		}
	}
	return false
}

// lookAround looks a name up in the functions around function i. same says that
// it is found in a function that is being taken over as it was.
func (u *unit) lookAround(i int, name string) (v *value, found, same bool) {
	for p := u.file.Funcs[i].Parent; p >= 0; p = u.file.Funcs[p].Parent {
		pf := u.frames[p]
		taken := false
		if u.state[p] == stateNew {
			if t := u.prev[u.ids[p]]; t != nil && u.valid[t] {
				pf, taken = t.frame, true
			} else {
				pf = u.frameOf(p)
			}
		}
		if pf == nil {
			continue
		}
		if k, ok := pf.slots[name]; ok {
			v := pf.vars[k]
			if v.lazy() {
				return u.resolved(v), true, false
			}
			return v, true, taken
		}
	}
	v, found = u.around(name)
	return v, found, false
}

// adopt takes over a summary of an earlier version, with those of the functions
// nested in it that it was made with: they saw its variables as they stood then.
func (u *unit) adopt(s *summary, i int) {
	u.sums[i], u.state[i] = s, stateDone
	for _, c := range s.classes {
		again := *c
		again.state = nil // the constructor may have changed, or stand in another file
		u.classes[c.id] = &again
		u.classOf[c.class] = &again
	}
	u.frames[i] = s.frame
	for _, c := range s.callees {
		if k, ok := u.byID[c.id]; ok && u.state[k] == stateNew && u.within(k, i) {
			if t := u.prev[c.id]; t != nil && u.valid[t] {
				u.adopt(t, k)
			}
		}
	}
}

// builtin gives the value of a name that nothing in the file binds.
func (u *unit) builtin(name string) *value {
	v := u.builtins[name]
	if v == nil {
		if u.builtins == nil {
			u.builtins = map[string]*value{}
		}
		v = u.newBuiltin(name)
		u.builtins[name] = v
	}
	return v
}

func (u *unit) newBuiltin(name string) *value {
	if m := u.ms.values[name]; m != nil {
		f := &frame{u: u}
		if v := f.applyValue(m, nil, nil); v != nil {
			n := *v
			n.name = name
			return &n
		}
	}
	return &value{name: name}
}

// handles reports whether a function of the file is given what the outside chose.
func (u *unit) handles(fn uint64) bool {
	i, ok := u.byID[fn]
	return ok && slices.ContainsFunc(u.facts.Inputs(), func(in mcp.InputParam) bool { return in.Func == i })
}

// importValue gives what an import binds.
func (u *unit) importValue(k int) *value {
	if v := u.linked(k); v != nil {
		return v
	}
	im := &u.file.Imports[k]
	module := canonicalModule(im.Module, u.golang)
	switch {
	case im.Full != "":
		return u.named(im.Local)
	case im.Name == "" || im.Name == "default" || im.Name == "*":
		return u.named(module)
	}
	return u.named(memberOfModule(module, im.Name))
}

// importAround gives what an import in a function around function i binds now; found
// is false where the name is not that of an import.
func (u *unit) importAround(i int, name string) (v *value, found bool) {
	for p := u.file.Funcs[i].Parent; p >= 0; p = u.file.Funcs[p].Parent {
		pf := u.frames[p]
		if pf == nil {
			continue
		}
		if k, ok := pf.slots[name]; ok {
			if v := pf.vars[k]; v.lazy() {
				return u.resolved(v), true
			}
			return nil, false
		}
	}
	return nil, false
}

// importNamed gives what the import of a name in function i binds now.
func (u *unit) importNamed(i int, name string) *value {
	for _, k := range u.imports[i] {
		if u.file.Imports[k].Local != name {
			continue
		}
		v := u.importValue(k)
		if v.lazy() {
			v = u.resolved(v)
		}
		return v
	}
	return nil
}

// named gives the value behind a canonical name without an expression.
func (u *unit) named(name string) *value {
	f := &frame{u: u}
	return f.named(name, nil, nil)
}

// memberName gives the canonical name of a member.
func (u *unit) memberName(x *value, name string) string {
	return memberOfModule(x.name, name)
}
