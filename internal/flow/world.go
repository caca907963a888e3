package flow

// world.go analyses the files of one program together, and again after edits. A
// function is followed once; what other files know of it are its summary and the
// names at the top level of its file. Files are taken in an order that follows from
// their imports and paths alone, so no result depends on the order of edits.

import (
	"slices"
	"sort"
	"strings"
	"sync"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// World is the files of one program that are analysed together. It holds the last
// analysis, from which the next takes over what an edit cannot have changed. It may
// be used by several goroutines; they take turns.
type World struct {
	mu      sync.Mutex
	modules *program.Modules
	members map[string]*member // by path
	byID    map[uint64]*home
	// packages are the names and methods of Go's packages, by the first file.
	packages map[string]*goPackage

	stack []site // functions in progress
	low   int    // the lowest place on the stack whose unfinished summary was used
	cache map[site]provisional
	hops  int // imports that are being looked up
	spare []scratch

	special specials
}

// member is one file of a world.
type member struct {
	path    string
	facts   *mcp.Facts
	home    *home
	unit    *unit               // nil where there is nothing to follow
	before  map[uint64]*summary // of the unit before
	needs   []string            // paths of the files whose change can change this one
	imports []string            // those of them that it imports, or that stand beside it in its package
	outer   uint64              // digest of what others can see
	flows   []*Flow             // that begin here, by place
	uses    []*Use
	notes   []Note
	covered []Coverage
	touches map[string]bool // the other files that flows and uses from here have places in
	result  *Result
	changed bool // in this analysis
	fresh   bool // followed anew in this analysis
	shown   bool // others see it otherwise now
	// served are its functions that registrations elsewhere name, links what its own
	// registrations lead to, with their digests.
	served             []served
	links              []linked
	servedSum, linkSum uint64
	// handed are its registrations whose handlers callers bring.
	handed []*mcp.Registration
	// schemas are what schemas of other files prove of the parameters of entries.
	schemas   map[*mcp.Entry]map[string]proofs
	wantedSum uint64 // digest of the functions that say something
	// shape is what it declares for implementers, the types of other packages that
	// implement its interfaces.
	shape        *goShape
	implementers map[string][]implementer
	implementSum uint64
}

// goPackage is what the files of a package of Go share.
type goPackage struct {
	names   map[string]*home
	methods map[methodKey]*home
	digest  uint64 // of which methods there are
}

// provisional is a summary of a circle that is being followed, with the place on the
// stack of the circle's head.
type provisional struct {
	sum *summary
	low int
}

// site is a function of a version of a file.
type site struct {
	u *unit
	i int
}

func (s site) id() uint64              { return s.u.ids[s.i] }
func (s site) placed() *program.Placed { return &s.u.file.Funcs[s.i] }

// NewWorld gives a world without files.
func NewWorld() *World {
	return &World{members: map[string]*member{}, byID: map[uint64]*home{}, packages: map[string]*goPackage{}, cache: map[site]provisional{}}
}

// Analyse follows the flows of the files that all holds; modules knows what their
// imports bind, and is nil for files that stand alone. Files that the last analysis
// had and this one has not are gone. The results stand in the order of the facts: a
// flow stands with the file of its sink, a use with the file that it stands in and
// with those whose entries reach it. A file of which nothing changed keeps the same
// result.
func (w *World) Analyse(all []*mcp.Facts, modules *program.Modules) []*Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.modules = modules
	w.special = specials{done: map[specialKey]*summary{}, busy: map[site]int{}}
	order, edges := w.take(all)
	w.run(order, edges)
	w.serve(order)
	w.want(order)
	w.assemble(order)
	results := make([]*Result, len(all))
	for i, facts := range all {
		results[i] = &Result{}
		if facts != nil && facts.File != nil {
			results[i] = w.members[facts.File.Path].result
		}
	}
	for _, m := range w.members {
		m.changed, m.fresh = false, false
	}
	w.special, w.spare = specials{}, nil
	return results
}

// take makes the members those of all, and gives the groups of members that import
// each other in circles, each group after those that it needs; edges says whether
// files came or went, so that any import may mean something else now.
func (w *World) take(all []*mcp.Facts) (order [][]*member, moved bool) {
	present := make(map[string]bool, len(all))
	reshaped := false
	for _, facts := range all {
		if facts == nil || facts.File == nil {
			continue
		}
		path := facts.File.Path
		present[path] = true
		m := w.members[path]
		if m == nil {
			m = &member{path: path, result: &Result{}}
			w.members[path] = m
			moved = true
		}
		if m.home == nil || m.facts != nil && m.facts.File.Lang != facts.File.Lang {
			m.home = &home{world: w, patterns: map[string]regexFact{}, interests: map[*program.Function]interest{}}
			m.before = nil
		}
		if m.facts != facts {
			if w.modules != nil && (m.facts == nil || m.facts.File != facts.File) {
				reshaped = w.reads(m, facts.File) || reshaped
			}
			m.facts, m.changed = facts, true
		}
	}
	for path, m := range w.members {
		if !present[path] {
			m.drop(w)
			delete(w.members, path)
			moved = true
		}
	}
	if moved && w.modules != nil {
		for _, m := range w.members {
			w.reads(m, m.facts.File)
		}
	}
	if (moved || reshaped) && w.modules != nil {
		w.implement()
	}
	return w.groups(), moved
}

// reads finds what a member imports and what it declares that others may implement,
// and reports whether either is not what it was.
func (w *World) reads(m *member, f *program.File) bool {
	var imports []string
	for _, o := range w.modules.Needs(f) {
		imports = append(imports, o.Path)
	}
	shape := goShapeOf(f)
	same := m.shape != nil && m.shape.sum == shape.sum && slices.Equal(imports, m.imports)
	m.shape = shape
	if !same {
		m.imports, m.needs = imports, imports
	}
	return !same
}

// drop forgets the functions of a member.
func (m *member) drop(w *World) {
	if m.unit == nil {
		return
	}
	for _, id := range m.unit.ids {
		if w.byID[id] == m.home {
			delete(w.byID, id)
		}
	}
}

// groups gives the members by circles of imports, needed ones first (Tarjan's
// strongly connected components, without recursion: chains of imports may be long).
func (w *World) groups() [][]*member {
	paths := make([]string, 0, len(w.members))
	for p := range w.members {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	type visit struct {
		index, low int
		on         bool
	}
	type frame struct {
		path string
		next int
	}
	seen := make(map[string]*visit, len(paths))
	var open []string
	var out [][]*member
	for _, root := range paths {
		if seen[root] != nil {
			continue
		}
		var work []frame
		enter := func(p string) {
			n := len(seen)
			seen[p] = &visit{n, n, true}
			open = append(open, p)
			work = append(work, frame{p, 0})
		}
		enter(root)
		for len(work) > 0 {
			top := &work[len(work)-1]
			v := seen[top.path]
			if needs := w.members[top.path].needs; top.next < len(needs) {
				p := needs[top.next]
				top.next++
				if w.members[p] == nil {
					continue
				}
				if o := seen[p]; o == nil {
					enter(p)
				} else if o.on {
					v.low = min(v.low, o.index)
				}
				continue
			}
			path := top.path
			work = work[:len(work)-1]
			if len(work) > 0 {
				parent := seen[work[len(work)-1].path]
				parent.low = min(parent.low, v.low)
			}
			if v.low != v.index {
				continue
			}
			var group []*member
			for {
				p := open[len(open)-1]
				open = open[:len(open)-1]
				seen[p].on = false
				group = append(group, w.members[p])
				if p == path {
					break
				}
			}
			slices.SortFunc(group, func(a, b *member) int { return strings.Compare(a.path, b.path) })
			out = append(out, group)
		}
	}
	return out
}

// run follows what changed and what can depend on it.
func (w *World) run(order [][]*member, moved bool) {
	// stirred are the files that others may see otherwise now, and those that need
	// one: a name may come through them.
	stirred := map[string]bool{}
	for _, group := range order {
		changed, near := moved, false
		for _, m := range group {
			changed = changed || m.changed
			for _, p := range m.needs {
				near = near || stirred[p]
			}
		}
		if near {
			for _, m := range group {
				stirred[m.path] = true
			}
		}
		if !changed && !near {
			continue
		}
		if moved || !w.refresh(group) {
			w.renewAll(group)
		}
		for _, m := range group {
			if m.shown {
				stirred[m.path], m.shown = true, false
			}
		}
	}
}

// renewAll follows a group anew.
func (w *World) renewAll(group []*member) {
	for _, m := range group {
		w.renew(m)
	}
	for _, m := range group {
		if m.unit != nil && m.unit.begins() {
			m.unit.summary(0)
		}
	}
	for _, m := range group {
		w.finish(m)
	}
}

// begins reports whether the top level of a file is followed whoever asks for it, or
// was asked for in the last version.
func (u *unit) begins() bool { return len(u.roots()) > 0 || u.prev[u.ids[0]] != nil }

// finish follows what is left of a member and finds whether others see it otherwise
// than before.
func (w *World) finish(m *member) {
	if m.unit != nil {
		m.unit.run()
	}
	if len(w.members) == 1 {
		return // nobody else looks
	}
	if outer := m.unit.outerDigest(); outer != m.outer {
		m.outer, m.shown = outer, true
	}
}

// maxRounds bounds how often a group is gone over until nothing in it is stale.
const maxRounds = 6

// refresh follows the members of a group that changed anew, and of the others only the
// functions that what they took from other files does not hold for any more. It gives
// up, and reports false, where circles or classes make that less than certain.
func (w *World) refresh(group []*member) bool {
	if w.circled(group) {
		return false
	}
	for _, m := range group {
		if m.changed {
			w.renew(m)
		}
	}
	for _, m := range group {
		if m.changed && m.unit != nil && m.unit.begins() {
			m.unit.summary(0)
		}
	}
	for _, m := range group {
		if m.changed {
			w.finish(m)
		}
	}
	if len(group) == 1 && group[0].changed {
		return true
	}
	for range maxRounds {
		again := false
		for _, m := range group {
			if m.unit == nil {
				continue
			}
			done, ok := m.unit.refresh()
			if !ok {
				return false
			}
			if done {
				again, m.fresh, m.shown = true, true, true
				m.outer++ // as others see it, it is another one
			}
		}
		if !again || len(group) == 1 {
			return !w.circled(group)
		}
	}
	return false
}

// circled reports whether functions of the members of a group that changed call
// functions of others in circles. What such functions say of each other is found
// together or not at all.
func (w *World) circled(group []*member) bool {
	if len(group) == 1 {
		return false
	}
	changed := make(map[*home]bool, 1)
	c := circles{index: map[site]int{}, low: map[site]int{}}
	for _, m := range group {
		if m.changed {
			changed[m.home] = true
		}
	}
	for _, m := range group {
		if !m.changed || m.unit == nil {
			continue
		}
		for i, s := range m.unit.sums {
			if s != nil && c.index[site{m.unit, i}] == 0 {
				c.visit(site{m.unit, i})
			}
		}
	}
	for _, circle := range c.found {
		in := 0
		for _, at := range circle {
			if changed[at.u.home] {
				in++
			}
		}
		if in > 0 && in < len(circle) {
			return true
		}
	}
	return false
}

// circles finds which functions call each other in circles (Tarjan's strongly
// connected components).
type circles struct {
	index, low map[site]int // from 1
	open       []site
	found      [][]site // those of more than one function
}

func (c *circles) visit(at site) {
	n := len(c.index) + 1
	c.index[at], c.low[at] = n, n
	c.open = append(c.open, at)
	if s := at.u.sums[at.i]; s != nil {
		for _, callee := range s.callees {
			o, k, ok := at.u.at(callee.id)
			if !ok {
				continue
			}
			next := site{o, k}
			if c.index[next] == 0 {
				c.visit(next)
				c.low[at] = min(c.low[at], c.low[next])
			} else if c.low[next] > 0 {
				c.low[at] = min(c.low[at], c.index[next])
			}
		}
	}
	if c.low[at] != n {
		return
	}
	k := len(c.open) - 1
	for c.open[k] != at {
		k--
	}
	if len(c.open)-k > 1 {
		c.found = append(c.found, slices.Clone(c.open[k:]))
	}
	for _, done := range c.open[k:] {
		c.low[done] = 0
	}
	c.open = c.open[:k]
}

// refresh follows those functions again that took something from other files which is
// not what it was, and those of this file that call them as far as they change. done
// says that there were any; ok is false where the file has to be followed as a whole.
func (u *unit) refresh() (done, ok bool) {
	if u.inherits() {
		return false, false
	}
	var stale []int
	for i, s := range u.sums {
		if s == nil || u.foreignHolds(i, s) {
			continue
		}
		stale = append(stale, i)
	}
	if len(stale) == 0 {
		return false, true
	}
	callers := map[uint64][]int{}
	for i, s := range u.sums {
		if s != nil {
			for _, c := range s.callees {
				callers[c.id] = append(callers[c.id], i)
			}
		}
	}
	u.budget, u.prev = maxBudget, nil
	for range maxRounds {
		before := make([]*summary, len(stale))
		for k, i := range stale {
			p := &u.file.Funcs[i]
			if s := u.sums[i]; p.Kind == program.KindTop || p.Parent > 0 || len(p.Nested) > 0 || p.Class != nil || s.circular || len(s.writes) > 0 {
				return true, false // what stands around it or in it may depend on it
			}
			before[k] = u.sums[i]
			u.sums[i], u.frames[i], u.state[i] = nil, nil, stateNew
		}
		next := map[int]bool{}
		for k, i := range stale {
			s := u.summary(i)
			if s == nil || s.circular {
				return true, false
			}
			if !s.same(before[k]) {
				for _, c := range callers[u.ids[i]] {
					next[c] = true
				}
			}
		}
		if len(next) == 0 {
			return true, true
		}
		stale = stale[:0]
		for i := range next {
			stale = append(stale, i)
		}
		slices.Sort(stale)
	}
	return true, false
}

// inherits reports whether a class of the file extends one of another.
func (u *unit) inherits() bool {
	for _, ci := range u.classes {
		for _, b := range ci.bases {
			if b != nil && b.class.home != nil && b.class.home != u.home {
				return true
			}
		}
	}
	return false
}

// foreignHolds reports whether all that function i took from other files is still what
// it was, so that following it again would find the same.
func (u *unit) foreignHolds(i int, s *summary) bool {
	if u.golang && u.file.Funcs[i].Class == nil && s.class != u.packageMethods() {
		return false
	}
	for _, c := range s.callees {
		if _, own := u.byID[c.id]; own {
			continue
		}
		o, k, ok := u.at(c.id)
		if !ok {
			return false
		}
		if t := o.summary(k); t == nil || t.sum() != c.sum {
			return false
		}
	}
	for _, d := range s.deps {
		switch {
		case d.module != nil:
			if !d.holds() {
				return false
			}
		case d.own:
			if u.importNamed(i, d.name).sum() != d.sum {
				return false
			}
		case d.around:
			if v, found := u.around(d.name); found == d.missing || found && v.sum() != d.sum {
				return false
			}
		default:
			if v, found := u.importAround(i, d.name); found && (d.missing || v.sum() != d.sum) {
				return false
			}
		}
	}
	return true
}

// renew gives a member a unit for its facts.
func (w *World) renew(m *member) {
	m.drop(w)
	m.fresh = true
	if m.unit != nil {
		m.before, m.home.interests = m.unit.kept(m.before), m.unit.interests
	}
	m.unit = nil
	if len(m.facts.File.Funcs) == 0 {
		return
	}
	m.unit = newUnit(m.facts, m.home, m.before, w)
	for _, id := range m.unit.ids {
		w.byID[id] = m.home
	}
	if m.facts.File.Lang == source.Go && w.modules != nil {
		clear(w.packages)
	}
}

// kept gives the summaries for the next version: those of this one, and of the one
// before where nobody asked, perhaps as all that call the function were taken over.
func (u *unit) kept(before map[uint64]*summary) map[uint64]*summary {
	out := make(map[uint64]*summary, len(u.sums))
	for i, s := range u.sums {
		if s == nil {
			if s = before[u.ids[i]]; s == nil || s.fn != u.file.Funcs[i].Function {
				continue
			}
		}
		out[u.ids[i]] = s
	}
	return out
}

// outerDigest gives the digest of what other files can see of this one.
func (u *unit) outerDigest() uint64 {
	d := newDigester()
	if u == nil {
		return uint64(d)
	}
	for i, s := range u.sums {
		if s != nil {
			d.num(u.ids[i])
			d.num(s.sum())
		}
	}
	for i := range u.file.Exports {
		e := &u.file.Exports[i]
		d.str(e.Name)
		d.str(e.Local)
		d.str(e.Module)
		d.str(e.From)
	}
	for i := range u.file.Imports {
		im := &u.file.Imports[i]
		d.str(im.Module)
		d.str(im.Name)
		d.str(im.Local)
	}
	if top := u.frames[0]; top != nil {
		names := make([]string, 0, len(top.slots))
		for name := range top.slots {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			if v := top.vars[top.slots[name]]; !v.lazy() {
				d.str(name)
				d.num(v.sum())
			}
		}
	} else {
		for _, name := range program.Declared(u.file) {
			d.str(name) // others may look for it and ask for the top level then
		}
	}
	d.num(u.goMethods)
	d.num(u.implementSum())
	return uint64(d)
}

// assemble makes the results of what was followed anew, and of what has places in
// files whose text changed.
func (w *World) assemble(order [][]*member) {
	again := map[string]bool{} // files whose result is to be put together anew
	for _, group := range order {
		for _, m := range group {
			due := m.fresh || m.changed
			for p := range m.touches {
				o := w.members[p]
				due = due || o == nil || o.changed || o.fresh
			}
			if !due {
				continue
			}
			again[m.path] = true
			for _, f := range m.flows {
				again[f.Place().Path] = true
			}
			m.assemble()
			for _, f := range m.flows {
				again[f.Place().Path] = true
			}
		}
	}
	into := map[string][]*Flow{}
	for _, group := range order {
		for _, m := range group {
			for _, f := range m.flows {
				if again[f.Place().Path] {
					into[f.Place().Path] = append(into[f.Place().Path], f)
				}
			}
		}
	}
	for path := range again {
		m := w.members[path]
		if m == nil {
			continue
		}
		flows := into[path]
		sortFlows(flows)
		m.result = &Result{Flows: flows, Uses: m.uses, Notes: m.notes, Coverage: m.covered, world: w}
	}
}

// assemble puts together what begins in a member.
func (m *member) assemble() {
	m.flows, m.uses, m.notes, m.covered, m.touches = nil, nil, nil, nil, map[string]bool{}
	if m.unit == nil {
		return
	}
	b := &assembly{u: m.unit, m: m, seen: map[flowKey]*Flow{}}
	b.assemble()
	b.coverage(m.unit.world)
	reached := map[*mcp.Entry][]*Use{}
	for _, u := range m.uses {
		for _, e := range u.Entries {
			reached[e] = append(reached[e], u)
		}
	}
	for _, f := range m.flows {
		f.Reached = reached[f.Entry]
	}
	if m.unit.budget < 0 {
		m.notes = append(m.notes, Note{source.Span{}, "the file is too large to follow all of its values"})
	}
}

// sortFlows orders flows by place, and by what they begin with where that is one.
func sortFlows(flows []*Flow) {
	first := func(f *Flow) Step {
		if len(f.Steps) == 0 {
			return Step{}
		}
		return f.Steps[0]
	}
	sort.SliceStable(flows, func(i, k int) bool {
		x, y := flows[i], flows[k]
		if x.Call.Start != y.Call.Start {
			return x.Call.Start < y.Call.Start
		}
		if x.Arg.Start != y.Arg.Start {
			return x.Arg.Start < y.Arg.Start
		}
		if x.Sink != y.Sink {
			return x.Sink < y.Sink
		}
		if x.Param != y.Param {
			return x.Param < y.Param
		}
		a, b := first(x), first(y)
		if a.Path != b.Path {
			return a.Path < b.Path
		}
		return a.Span.Start < b.Span.Start
	})
}

// lean remembers that what is in progress used the unfinished summary of a function.
func (w *World) lean(on site) {
	for at, s := range w.stack {
		if s == on {
			w.low = min(w.low, at)
			return
		}
	}
}

// at finds a function by its identity, in this file or another.
func (u *unit) at(id uint64) (*unit, int, bool) {
	if i, ok := u.byID[id]; ok {
		return u, i, true
	}
	if h := u.world.byID[id]; h != nil {
		if i, ok := h.cur.byID[id]; ok {
			return h.cur, i, true
		}
	}
	return nil, 0, false
}

// top gives the frame of a file's top level, as far as it is known.
func (u *unit) top() *frame {
	if u.state[0] == stateBusy {
		u.world.lean(site{u, 0})
	}
	return u.frameOf(0)
}

// unitOf gives the unit of a file of the program, nil if it has none.
func (w *World) unitOf(f *program.File) *unit {
	if m := w.members[f.Path]; m != nil {
		return m.unit
	}
	return nil
}
