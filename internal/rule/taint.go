package rule

// taint.go runs rules in taint mode with Semgrep's default meaning: within a
// function, every operation passes taint on, only what the rule names as a
// sanitizer stops it. Rules that use the operators mcp: and sink: are about whole
// programs and guards, which Input.Flow knows.
//
// It is an abstract execution of the structured statements. A state says which
// variables are tainted; branches are run apart and joined, loops are run until
// nothing changes.

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"mcpaudit/internal/source"
)

// maxTaintSteps bounds the work of one rule on one file.
const maxTaintSteps = 5_000_000

// maxLoopTurns bounds how often a loop's body is run, and maxLoopNesting how
// deep loops are run more than once.
const (
	maxLoopTurns   = 3
	maxLoopNesting = 3
	maxTaintDepth  = 1500
	maxOrigins     = 12
)

// origin is a match of a source.
type origin struct {
	label string
	at    found
}

// taints are the origins a value may come from.
type taints []*origin

func (t taints) union(o taints) taints {
	if len(t) == 0 {
		return o
	}
	for _, x := range o {
		if len(t) >= maxOrigins {
			break
		}
		if !slices.Contains(t, x) {
			t = append(t[:len(t):len(t)], x)
		}
	}
	return t
}

// state says which variables are tainted, by their dotted path. An entry
// without origins is known to be clean.
type state map[string]taints

// place is a match of one source, sink, sanitizer or propagator.
type place struct {
	found
	by     *TaintPattern
	origin *origin     // of a source
	to     source.Span // of a propagator
}

// places finds the matches that cover a span.
type places struct {
	list   []place // by start
	maxEnd []uint32
	steps  *int // counts the work
}

func newPlaces(list []place, steps *int) *places {
	sort.SliceStable(list, func(i, j int) bool { return list[i].span.Start < list[j].span.Start })
	p := &places{list: list, maxEnd: make([]uint32, len(list)), steps: steps}
	end := uint32(0)
	for i, x := range list {
		end = max(end, x.span.End)
		p.maxEnd[i] = end
	}
	return p
}

// covering calls fn for every match that holds s.
func (p *places) covering(s source.Span, fn func(*place)) {
	i := sort.Search(len(p.list), func(i int) bool { return p.list[i].span.Start > s.Start })
	for i--; i >= 0 && p.maxEnd[i] >= s.End; i-- {
		*p.steps++
		if p.list[i].span.Contains(s) {
			fn(&p.list[i])
		}
	}
}

// tainter runs one taint rule on one file.
type tainter struct {
	*run
	sources, sinks, sanitizers, propagators *places

	pending map[source.Span]taints
	done    map[source.NodeID]bool // functions that were run
	steps   int
	depth   int
	loops   int
	over    bool
	flows   []taintFlow
	seen    map[[2]source.Span]bool
	members map[string]bool // variables of which a member was assigned
}

type taintFlow struct {
	sink   *place
	origin *origin
}

func (r *run) taint(name string) []Finding {
	t := r.rule.Taint
	if r.f == nil {
		return nil
	}
	x := &tainter{run: r, pending: map[source.Span]taints{}, done: map[source.NodeID]bool{}, members: map[string]bool{}, seen: map[[2]source.Span]bool{}}
	sinks := r.places(t.Sinks)
	if len(sinks) == 0 {
		return nil
	}
	sources := r.places(t.Sources)
	if len(sources) == 0 {
		return nil
	}
	for i := range sources {
		sources[i].origin = &origin{label: sources[i].by.Label, at: sources[i].found}
	}
	x.sinks, x.sources = newPlaces(sinks, &x.steps), newPlaces(sources, &x.steps)
	x.sanitizers = newPlaces(x.withoutConflicts(r.places(t.Sanitizers)), &x.steps)
	x.propagators = newPlaces(x.directed(r.places(t.Propagators)), &x.steps)
	x.runAll()
	if x.over {
		r.note("the taint analysis was given up after %d steps", maxTaintSteps)
	}
	return x.findings(name)
}

func (r *run) places(ps []*TaintPattern) []place {
	var out []place
	for _, p := range ps {
		for _, x := range r.eval(&p.Formula) {
			out = append(out, place{found: x, by: p})
		}
	}
	return out
}

// withoutConflicts drops the sanitizers that say they yield to a source or sink
// at the same place.
func (x *tainter) withoutConflicts(list []place) []place {
	return slices.DeleteFunc(list, func(p place) bool {
		conflict := false
		if p.by.NotConflict {
			same := func(o *place) { conflict = conflict || o.span == p.span }
			x.sources.covering(p.span, same)
			x.sinks.covering(p.span, same)
		}
		return conflict
	})
}

// directed gives propagators the span of what they propagate from, and to.
func (x *tainter) directed(list []place) []place {
	var out []place
	for _, p := range list {
		from, ok1 := p.env.get(p.by.From)
		to, ok2 := p.env.get(p.by.To)
		if ok1 && ok2 {
			p.span, p.to = from.span, to.span
			out = append(out, p)
		}
	}
	return out
}

// runAll runs the file's own code and every function that is not run inline.
func (x *tainter) runAll() {
	x.exec(x.f.term(0), state{})
	for i := range x.f.tree.Nodes() {
		n := source.NodeID(i)
		if x.f.kindOf(n).op == opFunc && !x.done[n] {
			x.function(x.f.open(x.f.term(n)), state{})
		}
		if x.over {
			return
		}
	}
}

// function runs the body of a function on a state of its own.
func (x *tainter) function(fn *term, s state) taints {
	if x.done[fn.id] && len(s) == 0 {
		return nil
	}
	x.done[fn.id] = true
	for _, params := range []*term{fn.kids[1], fn.kids[5]} {
		if params == nil {
			continue
		}
		for _, p := range x.f.open(params).kids {
			x.param(x.f.open(p), s)
		}
	}
	body := fn.kids[3]
	if body == nil {
		return nil
	}
	if body.op != opBlock {
		return x.eval(body, s)
	}
	x.exec(body, s)
	return nil
}

// param binds a parameter: tainted where a source is exactly it.
func (x *tainter) param(p *term, s state) {
	if p.op != opParam || p.kids[0] == nil {
		return
	}
	var t taints
	for _, span := range []source.Span{p.span, p.kids[0].span} {
		x.sources.covering(span, func(src *place) {
			if src.span == span {
				t = t.union(taints{src.origin})
			}
		})
	}
	if p.kids[2] != nil {
		t = t.union(x.eval(p.kids[2], s))
	}
	x.bindParam(p.kids[0], t, s)
}

// bindParam binds every name of a parameter's pattern.
func (x *tainter) bindParam(target *term, t taints, s state) {
	if x.tick() {
		return
	}
	x.depth++
	defer func() { x.depth-- }()
	switch x.f.open(target); target.op {
	case opName:
		own := t
		x.sources.covering(target.span, func(src *place) {
			if src.span == target.span {
				own = own.union(taints{src.origin})
			}
		})
		x.assign(target, own, s)
	case opObject, opList, opSpread, opPair, opParam:
		for i, k := range target.kids {
			if k != nil && (target.op != opPair || i == 1) && (target.op != opParam || i == 0) {
				x.bindParam(k, t, s)
			}
		}
	}
}

// clone copies a state; the copy is part of the work that is bounded.
func (x *tainter) clone(s state) state {
	x.steps += len(s)
	return maps.Clone(s)
}

func (x *tainter) tick() bool {
	x.steps++
	if x.steps > maxTaintSteps || x.depth > maxTaintDepth {
		x.over = true
	}
	return x.over
}

// exec runs a statement. It reports whether the code after it is not reached.
func (x *tainter) exec(t *term, s state) (left bool) {
	if t == nil || x.tick() {
		return false
	}
	x.depth++
	defer func() { x.depth-- }()
	switch x.f.open(t); t.op {
	case opBlock, opGroup:
		for _, k := range t.kids {
			if x.exec(k, s) {
				left = true
				break
			}
		}
		return left
	case opIf:
		x.exec(t.kids[3], s)
		x.eval(t.kids[0], s)
		return x.branches(s, t.kids[1], t.kids[2])
	case opWhile:
		x.loop(s, func(s state) { x.eval(t.kids[0], s); x.exec(t.kids[1], s) })
	case opFor:
		x.exec(t.kids[0], s)
		x.loop(s, func(s state) { x.eval(t.kids[1], s); x.exec(t.kids[3], s); x.exec(t.kids[2], s) })
	case opForIn:
		v := x.eval(t.kids[1], s)
		x.loop(s, func(s state) { x.target(t.kids[0], v, s); x.exec(t.kids[2], s) })
	case opTry:
		return x.try(t, s)
	case opWith:
		for _, item := range x.f.open(t.kids[0]).kids {
			if v := x.eval(item.kids[0], s); item.kids[1] != nil {
				x.target(item.kids[1], v, s)
			}
		}
		return x.exec(t.kids[1], s)
	case opSwitch:
		x.eval(t.kids[0], s)
		x.cases(t.kids[1:], s)
	case opReturn, opThrow:
		x.eval(t, s)
		return true
	case opClass:
		for _, k := range t.kids[2:] {
			x.exec(k, x.clone(s))
		}
	case opFunc:
		if t.kids[4] != nil {
			for _, d := range x.f.open(t.kids[4]).kids {
				x.eval(d, s)
			}
		}
		if t.str != "def" && t.str != "method" {
			x.eval(t, s)
		}
	case opImport:
	case opOther:
		x.eval(t, s)
		return t.str == "continue_statement" || t.str == "break_statement" || strings.HasPrefix(t.str, "continue") || strings.HasPrefix(t.str, "break")
	default:
		x.eval(t, s)
	}
	return false
}

// branches runs two alternatives and joins what they leave.
func (x *tainter) branches(s state, then, otherwise *term) bool {
	a, b := x.clone(s), x.clone(s)
	leftA := x.exec(then, a)
	leftB := x.exec(otherwise, b)
	switch {
	case leftA && leftB:
		return true
	case leftA:
		replace(s, b)
	case leftB:
		replace(s, a)
	default:
		replace(s, join(a, b))
	}
	return false
}

func (x *tainter) cases(cases []*term, s state) {
	out := x.clone(s)
	for _, c := range cases {
		if x.f.open(c); c.op != opCase {
			continue
		}
		in := x.clone(s)
		x.eval(c.kids[0], in)
		x.exec(c.kids[1], in)
		out = join(out, in)
	}
	replace(s, out)
}

func (x *tainter) try(t *term, s state) bool {
	before := x.clone(s)
	left := x.exec(t.kids[0], s)
	if !left {
		x.exec(t.kids[2], s)
	}
	caught := join(before, s)
	out := state(nil)
	if !left {
		out = x.clone(s)
	}
	for _, h := range x.f.open(t.kids[1]).kids {
		in := x.clone(caught)
		if x.f.open(h); len(h.kids) < 3 {
			continue
		}
		if h.kids[1] != nil {
			x.target(h.kids[1], nil, in)
		}
		if x.exec(h.kids[2], in) {
			continue
		}
		if out == nil {
			out = in
		} else {
			out = join(out, in)
		}
	}
	gone := out == nil
	if gone {
		out = caught
	}
	replace(s, out)
	return x.exec(t.kids[3], s) || gone
}

// loop runs a body until the state no longer grows.
func (x *tainter) loop(s state, body func(state)) {
	x.loops++
	defer func() { x.loops-- }()
	turns := maxLoopTurns
	if x.loops > maxLoopNesting {
		turns = 1
	}
	for range turns {
		in := x.clone(s)
		body(in)
		out := join(s, in)
		same := maps.EqualFunc(out, s, func(a, b taints) bool { return len(a) == len(b) })
		replace(s, out)
		if same {
			return
		}
	}
}

func replace(s, with state) {
	clear(s)
	maps.Copy(s, with)
}

// join unites two states: a variable is tainted if it is in either.
func join(a, b state) state {
	out := maps.Clone(a)
	for k, v := range b {
		if old, ok := out[k]; ok {
			out[k] = old.union(v)
		} else {
			out[k] = v
		}
	}
	// What is known to be clean on one side only is as its owner says.
	for k, v := range out {
		_, inA := a[k]
		_, inB := b[k]
		if len(v) == 0 && inA != inB {
			delete(out, k)
		}
	}
	return out
}

// path gives the dotted path by which a state knows an expression, or "".
func (x *tainter) path(t *term) string {
	var parts []string
	for range 8 {
		if t == nil {
			return ""
		}
		switch x.f.open(t); t.op {
		case opName:
			parts = append(parts, t.str)
			slices.Reverse(parts)
			return strings.Join(parts, ".")
		case opField:
			if t.kids[1] == nil {
				return ""
			}
			parts = append(parts, t.kids[1].str)
			t = t.kids[0]
		case opIndex:
			key := t.kids[1]
			if key == nil || key.op != opStr && key.op != opNumber {
				return ""
			}
			parts = append(parts, "["+x.f.open(key).str+"]")
			t = t.kids[0]
		default:
			return ""
		}
	}
	return ""
}

// known gives the taint of a variable or member: its own, that of what it is a
// member of, and that of its members.
func (x *tainter) known(path string, s state) taints {
	if t, ok := s[path]; ok {
		return t.union(x.ofMembers(path, s))
	}
	for p := path; ; {
		i := strings.LastIndexByte(p, '.')
		if i < 0 {
			return x.ofMembers(path, s)
		}
		p = p[:i]
		if t, ok := s[p]; ok {
			return t
		}
	}
}

// ofMembers gives the taint of the members of a variable.
func (x *tainter) ofMembers(path string, s state) taints {
	if !x.members[path] {
		return nil
	}
	var t taints
	x.steps += len(s)
	for k, v := range s {
		if isMember(k, path) {
			t = t.union(v)
		}
	}
	return t
}

// isMember reports whether one dotted path is below another.
func isMember(path, of string) bool {
	return len(path) > len(of) && strings.HasPrefix(path, of) && path[len(of)] == '.'
}

// assign gives a variable its new taint and forgets its members.
func (x *tainter) assign(t *term, v taints, s state) {
	path := x.path(t)
	if path == "" {
		// An element of unknown index taints the whole.
		if x.f.open(t); t.op == opIndex || t.op == opField {
			if p := x.path(t.kids[0]); p != "" && len(v) > 0 {
				s[p] = s[p].union(v)
			}
		}
		return
	}
	if x.members[path] {
		x.steps += len(s)
		for k := range s {
			if isMember(k, path) {
				delete(s, k)
			}
		}
	}
	for p := path; ; {
		i := strings.LastIndexByte(p, '.')
		if i < 0 {
			break
		}
		p = p[:i]
		x.members[p] = true
	}
	s[path] = v
}

// target assigns to a pattern: a variable, a member, or several.
func (x *tainter) target(t *term, v taints, s state) {
	if t == nil || x.tick() {
		return
	}
	x.depth++
	defer func() { x.depth-- }()
	switch x.f.open(t); t.op {
	case opList, opObject, opSpread:
		for _, k := range t.kids {
			x.target(k, v, s)
		}
	case opPair:
		x.target(t.kids[1], v, s)
	case opParam:
		x.target(t.kids[0], v, s)
	default:
		x.sources.covering(t.span, func(src *place) {
			if src.span == t.span {
				v = v.union(taints{src.origin})
			}
		})
		if x.sanitized(t.span, true) {
			v = nil
		}
		if t.op == opIndex {
			x.eval(t.kids[1], s)
		}
		x.assign(t, v, s)
		x.sink(t, v)
	}
}

// eval gives the taint of an expression.
func (x *tainter) eval(t *term, s state) taints { return x.evalPart(t, s, true) }

// evalPart gives the taint of an expression; without whole, of a variable whose
// member alone is used, so that the taint of other members does not count.
func (x *tainter) evalPart(t *term, s state, whole bool) taints {
	if t == nil || x.tick() {
		return nil
	}
	x.depth++
	defer func() { x.depth-- }()
	x.f.open(t)
	var v taints
	if t.op == opName && !whole {
		v = s[t.str]
	} else {
		v = x.value(t, s)
	}
	if pending, ok := x.pending[t.span]; ok {
		v = v.union(pending)
	}
	if x.clean(t, s) {
		return nil
	}
	v = x.source(t, v, s)
	x.propagate(t, v, s)
	x.reach(t, v, !whole && (t.op == opName || t.op == opField))
	return v
}

// value gives what the parts of an expression pass on.
func (x *tainter) value(t *term, s state) taints {
	switch t.op {
	case opName:
		return x.known(t.str, s)
	case opField:
		obj := x.evalPart(t.kids[0], s, false)
		if p := x.path(t); p != "" {
			if v, ok := s[p]; ok {
				return v
			}
		}
		return x.member(t, obj, s)
	case opIndex:
		obj := x.eval(t.kids[0], s)
		idx := x.eval(t.kids[1], s)
		if !x.rule.options.safeIndexes {
			obj = obj.union(idx)
		}
		if p := x.path(t); p != "" {
			if v, ok := s[p]; ok {
				return v
			}
		}
		return obj
	case opStr, opNumber, opLit, opRegex, opText, opImport:
		return nil
	case opCall, opNew:
		return x.call(t, s)
	case opAssign:
		return x.assignment(t, s)
	case opFunc:
		return x.closure(t, s)
	case opClass:
		x.exec(t, s)
		return nil
	case opCond:
		x.eval(t.kids[0], s)
		return x.eval(t.kids[1], s).union(x.eval(t.kids[2], s))
	case opBinary:
		v := x.eval(t.kids[0], s).union(x.eval(t.kids[1], s))
		switch t.str {
		case "==", "!=", "<", ">", "<=", ">=", "in", "not in", "is", "is not", "instanceof":
			if x.rule.options.safeComparisons || x.rule.options.safeBooleans {
				return nil
			}
		}
		return v
	case opPair:
		return x.eval(t.kids[1], s)
	case opKeyword:
		return x.eval(t.kids[1], s)
	case opBlock, opIf, opWhile, opFor, opForIn, opTry, opWith, opSwitch, opGroup:
		x.exec(t, s)
		return nil
	}
	return x.comprehension(t, s)
}

// member gives the taint of a member that the state does not know: that of its
// object, where the object itself is tainted.
func (x *tainter) member(t *term, obj taints, s state) taints {
	p := x.path(t.kids[0])
	if p == "" {
		return obj
	}
	if own, ok := s[p]; ok && len(own) == 0 {
		// Only other members are tainted, unless the object is a source itself.
		var v taints
		x.sources.covering(t.kids[0].span, func(src *place) { v = v.union(taints{src.origin}) })
		return v
	}
	if x.members[p] && x.path(t) != "" {
		v := s[p]
		x.sources.covering(t.kids[0].span, func(src *place) { v = v.union(taints{src.origin}) })
		return v
	}
	return obj
}

// comprehension unites the parts of an expression; a generator's variables are
// bound first.
func (x *tainter) comprehension(t *term, s state) taints {
	if t.op == opOther && (strings.HasSuffix(t.str, "_comprehension") || t.str == "generator_expression") {
		for _, k := range t.kids {
			if x.f.open(k); k.op == opOther && k.str == "for_in_clause" && len(k.kids) == 2 {
				x.target(k.kids[0], x.eval(k.kids[1], s), s)
			}
		}
	}
	var v taints
	for _, k := range t.kids {
		v = v.union(x.eval(k, s))
	}
	return v
}

func (x *tainter) call(t *term, s state) taints {
	var v taints
	if callee := t.kids[0]; callee != nil {
		if x.f.open(callee); callee.op != opName || t.op == opNew {
			v = x.eval(callee, s)
		} else {
			// A name is called, not read; a source or sink may still be on it.
			x.sink(callee, x.source(callee, nil, s))
		}
	}
	for _, a := range t.kids[1:] {
		w := x.eval(a, s)
		if !x.rule.options.safeFunctions {
			v = v.union(w)
		}
	}
	if !x.rule.options.assignPropagation {
		return nil
	}
	return v
}

func (x *tainter) assignment(t *term, s state) taints {
	v := x.eval(t.kids[1], s)
	target := t.kids[0]
	if target == nil {
		return v
	}
	if t.str != "=" && t.str != ":=" {
		v = v.union(x.eval(target, s))
	}
	if t.kids[1] == nil && t.decl {
		v = nil
	}
	value := t.kids[1]
	if x.f.open(target); target.op == opList && value != nil && value.op == opList && len(value.kids) == len(target.kids) {
		for i, k := range target.kids {
			x.target(k, x.eval(value.kids[i], s), s)
		}
		return v
	}
	x.target(target, v, s)
	return v
}

// closure runs a function where it is written, on a copy of the state: what it
// does to outer variables may have happened.
func (x *tainter) closure(fn *term, s state) taints {
	in := x.clone(s)
	v := x.function(fn, in)
	names := map[string]bool{}
	for _, p := range x.f.open(fn.kids[1]).kids {
		if x.f.open(p); len(p.kids) > 0 {
			if n := x.path(p.kids[0]); n != "" {
				names[n] = true
			}
		}
	}
	for k, t := range in {
		head, _, _ := strings.Cut(k, ".")
		if !names[head] && len(t) > 0 {
			s[k] = s[k].union(t)
		}
	}
	return v
}

// sanitized reports whether a sanitizer covers a span.
func (x *tainter) sanitized(s source.Span, exact bool) bool {
	yes := false
	x.sanitizers.covering(s, func(p *place) {
		yes = yes || p.span == s || !exact && !p.by.Exact
	})
	return yes
}

// clean applies sanitizers to an expression.
func (x *tainter) clean(t *term, s state) bool {
	yes := false
	x.sanitizers.covering(t.span, func(p *place) {
		if p.span != t.span && p.by.Exact {
			return
		}
		yes = true
		if p.by.BySideEffect {
			if path := x.path(t); path != "" {
				s[path] = nil
			}
		}
	})
	return yes
}

// source adds the sources that an expression is.
func (x *tainter) source(t *term, v taints, s state) taints {
	x.sources.covering(t.span, func(p *place) {
		if p.span != t.span && (p.by.Exact || p.by.BySideEffect) {
			return
		}
		if p.by.requires != nil && !holdsLabels(p.by.requires, v) {
			return
		}
		v = v.union(taints{p.origin})
		if p.by.BySideEffect {
			if path := x.path(t); path != "" {
				s[path] = s[path].union(taints{p.origin})
			}
		}
	})
	return v
}

// propagate passes taint on as the rule's propagators say.
func (x *tainter) propagate(t *term, v taints, s state) {
	if len(v) == 0 {
		return
	}
	x.propagators.covering(t.span, func(p *place) {
		if p.span != t.span {
			return
		}
		x.pending[p.to] = x.pending[p.to].union(v)
		if to := x.termAt(p.to); to != nil {
			if path := x.path(to); path != "" {
				s[path] = s[path].union(v)
			}
		}
	})
}

// sink reports the sinks that a tainted expression reaches.
func (x *tainter) sink(t *term, v taints) { x.reach(t, v, false) }

// reach reports the sinks that hold a tainted expression. A variable of which
// only a member is used reaches a sink that is exactly it.
func (x *tainter) reach(t *term, v taints, exact bool) {
	if len(v) == 0 {
		return
	}
	x.sinks.covering(t.span, func(p *place) {
		if p.span != t.span && (exact || p.by.Exact) {
			return
		}
		var from *origin
		if p.by.requires != nil {
			if !holdsLabels(p.by.requires, v) {
				return
			}
			from = v[0]
		} else {
			for _, o := range v {
				if o.label == "" && x.agree(o, p) {
					from = o
					break
				}
			}
		}
		if from == nil {
			return
		}
		key := [2]source.Span{p.span, from.at.span}
		if !x.seen[key] {
			x.seen[key] = true
			x.flows = append(x.flows, taintFlow{p, from})
		}
	})
}

// agree reports whether the metavariables of source and sink are equal, where
// the rule asks for it.
func (x *tainter) agree(o *origin, p *place) bool {
	if !x.rule.options.unifyMetavars {
		return true
	}
	_, ok := x.compatible(o.at.env, p.env)
	return ok
}

// holdsLabels evaluates `requires` on the labels of a value.
func holdsLabels(e expr, v taints) bool {
	return truth(e(func(name string) any {
		return slices.ContainsFunc(v, func(o *origin) bool { return o.label == name })
	}))
}

// findings reports each sink once, from its first source.
func (x *tainter) findings(name string) []Finding {
	var out []Finding
	seen := map[source.Span]bool{}
	for _, fl := range x.flows {
		if seen[fl.sink.span] {
			continue
		}
		seen[fl.sink.span] = true
		f := x.finding(name, fl.sink.found, x.message(fl.sink.env, fl.origin.at.env))
		f.Steps = []Step{
			{Path: name, Span: fl.origin.at.span, Text: "The value comes from here."},
			{Path: name, Span: fl.sink.span, Text: "It is used here."},
		}
		out = append(out, f)
	}
	return out
}
