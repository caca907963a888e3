package rule

// match.go compares patterns with terms. It is written with continuations, so
// that every way in which an ellipsis can match is tried and a metavariable
// bound too early is bound anew. Steps are counted; a search that would not end
// is given up and reported, never cut in silence.

import (
	"strings"

	"mcpaudit/internal/source"
)

// maxSteps bounds the work of one pattern on one file.
const maxSteps = 3_000_000

// maxEqualDepth bounds the nesting to which two terms are compared.
const maxEqualDepth = 250

// binding is what a metavariable stands for: a term, several terms in a row,
// or a piece of text.
type binding struct {
	term *term
	list []*term
	span source.Span
	text string
	// isText is set where the metavariable stands for text, not for a term.
	isText bool
}

// env is an immutable list of bindings, the newest first.
type env struct {
	name string
	val  binding
	next *env
}

func (e *env) get(name string) (binding, bool) {
	for ; e != nil; e = e.next {
		if e.name == name {
			return e.val, true
		}
	}
	return binding{}, false
}

// cont goes on with a match; it returns true to end the search.
type cont func(e *env) bool

// matcher runs one pattern on one file.
type matcher struct {
	*file
	symbolic bool
	steps    int
	// over is set when the search was given up.
	over  bool
	depth int
}

func (m *matcher) step() bool {
	m.steps++
	if m.steps > maxSteps {
		m.over = true
	}
	return m.over
}

// bind goes on if name can stand for b.
func (m *matcher) bind(e *env, name string, b binding, k cont) bool {
	if name == "$_" {
		return k(e)
	}
	if old, ok := e.get(name); ok {
		if !m.sameBinding(old, b) {
			return false
		}
		return k(e)
	}
	return k(&env{name, b, e})
}

func (m *matcher) bindTerm(e *env, name string, t *term, k cont) bool {
	return m.bind(e, name, binding{term: t, span: t.span}, k)
}

// sameBinding reports whether two uses of a metavariable stand for equal code.
func (m *matcher) sameBinding(a, b binding) bool {
	switch {
	case a.list != nil || b.list != nil:
		if len(a.list) != len(b.list) {
			return false
		}
		for i := range a.list {
			if !m.equal(a.list[i], b.list[i], 0) {
				return false
			}
		}
		return true
	case a.term != nil && b.term != nil:
		if m.equal(a.term, b.term, 0) {
			return true
		}
		if m.symbolic {
			x, y := m.meaning(a.term), m.meaning(b.term)
			return (x != a.term || y != b.term) && m.equal(x, y, 0)
		}
		return false
	}
	return m.bindingText(a) == m.bindingText(b)
}

// meaning follows a name through what it was assigned.
func (m *matcher) meaning(t *term) *term {
	for range maxResolve {
		v := m.value(t)
		if v == nil {
			break
		}
		t = v
	}
	return t
}

// bindingText gives the text a metavariable stands for, a string's without quotes.
func (m *matcher) bindingText(b binding) string {
	if b.isText {
		return b.text
	}
	if b.term != nil && b.term.op == opStr {
		return m.open(b.term).str
	}
	if b.term != nil && b.term.op == opName {
		return b.term.str
	}
	return m.tree.Text.Slice(b.span)
}

// equal reports whether two terms are the same code.
func (m *matcher) equal(a, b *term, depth int) bool {
	if a == b {
		return true
	}
	if a == nil || b == nil || depth > maxEqualDepth || m.step() {
		return false
	}
	m.open(a)
	m.open(b)
	if a.op != b.op || a.str != b.str || len(a.kids) != len(b.kids) {
		return false
	}
	if a.op == opName && depth == 0 && !m.sameVariable(a, b) {
		return false
	}
	for i := range a.kids {
		if i == 1 && a.op == opField || i == 0 && (a.op == opPair || a.op == opKeyword) {
			if a.kids[i] != nil && b.kids[i] != nil && a.kids[i].op == opName && b.kids[i].op == opName {
				if a.kids[i].str != b.kids[i].str {
					return false
				}
				continue
			}
		} else if x, y := a.kids[i], b.kids[i]; x != nil && y != nil && x.op == opName && y.op == opName {
			if x.str != y.str || !m.sameVariable(x, y) {
				return false
			}
			continue
		}
		if !m.equal(a.kids[i], b.kids[i], depth+1) {
			return false
		}
	}
	return true
}

// sameVariable reports whether two equal names are one variable: names of
// different functions' own variables are not.
func (m *matcher) sameVariable(a, b *term) bool {
	return a.id == b.id || m.variableScope(a) == m.variableScope(b)
}

// match goes on for every way in which t is what p says.
func (m *matcher) match(p *pat, t *term, e *env, k cont) bool {
	if p == nil {
		return t == nil && k(e)
	}
	if p.hole == holeEllipsis {
		return k(e)
	}
	if t == nil || m.step() {
		return m.over
	}
	m.depth++
	defer func() { m.depth-- }()
	if m.depth > 2000 {
		m.over = true
		return true
	}
	m.open(t)
	switch p.hole {
	case holeMeta:
		if t.op == opNone || t.op == opKeyword || t.op == opPair && p.op == opName || t.piece {
			return false
		}
		return m.bindTerm(e, p.mv, t, k)
	case holeMetaList:
		return m.bind(e, p.mv, binding{list: []*term{t}, span: t.span}, k)
	case holeTyped:
		if !m.hasType(t, p.typ) {
			return false
		}
		return m.bindTerm(e, p.mv, t, k)
	case holeDeep:
		return m.deep(p.kids[0], t, e, k)
	case holeAnyText, holeRegex, holeText:
		return m.matchText(p, t, e, k)
	}
	if m.matchForm(p, t, e, k) {
		return true
	}
	return m.matchMeaning(p, t, e, k)
}

// matchMeaning matches what a name stands for, where its text did not match.
func (m *matcher) matchMeaning(p *pat, t *term, e *env, k cont) bool {
	switch p.op {
	case opStr, opNumber, opLit:
		if t.op == opStr || t.op == opNumber || t.op == opLit {
			return false
		}
		c := m.constant(t, 0)
		return c != nil && c.op == p.op && c.str == p.str && k(e)
	case opField, opName:
		if t.op == opName || t.op == opField {
			if path := m.resolve(t); path != nil {
				if q := m.chain(path, t); q.op != t.op || !m.equal(q, t, 0) {
					if m.matchForm(p, q, e, k) {
						return true
					}
				}
			}
		}
	}
	if m.symbolic && t.op == opName && p.op != opName {
		if v := m.value(t); v != nil && v != t {
			return m.match(p, v, e, k)
		}
	}
	return false
}

// chain makes a.b.c of a path, at the place of t.
func (m *matcher) chain(path []string, t *term) *term {
	x := m.made(opName, t.id, path[0])
	x.span = t.span
	for _, part := range path[1:] {
		name := m.made(opName, t.id, part)
		name.span = t.span
		x = m.made(opField, t.id, "", x, name)
		x.span = t.span
	}
	return x
}

// matchText matches "...", "=~/re/" and "$X" with a constant string.
func (m *matcher) matchText(p *pat, t *term, e *env, k cont) bool {
	c := t
	if p.op == opRegex || t.op == opRegex {
		if p.op != t.op || len(t.str) < 2 {
			return false
		}
		body := t.str[1:max(1, strings.LastIndexByte(t.str, '/'))]
		return m.bind(e, p.mv, binding{isText: true, text: body, span: source.Span{Start: t.span.Start + 1, End: t.span.Start + 1 + uint32(len(body))}}, k)
	}
	if p.backtick && !strings.HasPrefix(m.text(t), "`") {
		return false
	}
	if p.backtick && p.hole == holeAnyText && t.op == opTemplate {
		return k(e)
	}
	if t.op != opStr {
		if t.op == opText && p.hole == holeText {
			return m.bind(e, p.mv, binding{isText: true, text: t.str, span: t.span}, k)
		}
		if t.op == opName && p.hole == holeText && m.tree.Language.ECMAScript() && m.tree.Node(t.id).Field == m.fields["key"] {
			return m.bind(e, p.mv, binding{isText: true, text: t.str, span: t.span}, k)
		}
		if c = m.constant(t, 0); c == nil || c.op != opStr {
			return false
		}
	}
	switch p.hole {
	case holeAnyText:
		return k(e)
	case holeRegex:
		ok, err := p.re.match(c.str)
		m.over = m.over || err != nil
		return ok && k(e)
	}
	b := binding{isText: true, text: c.str, span: c.span}
	if written := m.text(c); len(written) >= 2 {
		if at := strings.Index(written, c.str); at > 0 {
			b.span = source.Span{Start: c.span.Start + uint32(at), End: c.span.Start + uint32(at+len(c.str))}
		}
	}
	return m.bind(e, p.mv, b, k)
}

// hasType reports whether the text shows that t is of the type.
func (m *matcher) hasType(t *term, typ string) bool {
	got := m.typeOf(t, 0)
	if got == "" {
		return false
	}
	if got == typ {
		return true
	}
	// Rules name the basic types by any language's word.
	switch got {
	case "str":
		return typ == "string"
	case "number":
		return typ == "int" || typ == "float"
	case "boolean":
		return typ == "bool"
	}
	if i := strings.LastIndexByte(got, '.'); i >= 0 && !strings.Contains(typ, ".") {
		return got[i+1:] == typ
	}
	return false
}

// deep goes on for every match of p in t or below it.
func (m *matcher) deep(p *pat, t *term, e *env, k cont) bool {
	if m.match(p, t, e, k) {
		return true
	}
	last := m.tree.Node(t.id).Next
	for n := t.id; n < last; n++ {
		if m.step() {
			return true
		}
		c := m.memoTerm(n)
		if c == nil || c == t || !t.span.Contains(c.span) || c.span == t.span && c.op == t.op {
			continue
		}
		if m.match(p, c, e, k) {
			return true
		}
		if m.over {
			return true
		}
	}
	return false
}

// memoTerm gives the term that stands for node n itself, nil where n is a token
// or a wrapper of another.
func (m *matcher) memoTerm(n source.NodeID) *term {
	k := m.kindOf(n)
	if k.op == opNone || k.wrap || k.follow != nil {
		return nil
	}
	return m.term(n)
}

// matchForm matches node for node.
func (m *matcher) matchForm(p *pat, t *term, e *env, k cont) bool {
	if p.op != t.op {
		return m.matchAcross(p, t, e, k)
	}
	switch p.op {
	case opName, opStr, opNumber, opLit, opRegex:
		return p.str == t.str && k(e)
	case opText:
		return p.str == strings.TrimSpace(t.str) && k(e)
	case opField:
		return m.matchField(p, t, e, k)
	case opCall, opNew:
		return m.kidAt(p, t, 0, e, func(e *env) bool { return m.args(p.kids[1:], t.kids[1:], e, k) })
	case opComposite:
		return m.kidAt(p, t, 0, e, func(e *env) bool { return m.entries(p.kids[1:], t.kids[1:], false, e, k) })
	case opObject:
		return m.entries(p.kids, t.kids, m.tree.Language.ECMAScript(), e, k)
	case opTemplate, opList:
		return p.str == t.str && m.list(p.kids, t.kids, e, k)
	case opBlock:
		return m.statementsIn(p, t, e, k)
	case opParams:
		return m.list(p.kids, t.kids, e, k)
	case opParam:
		return p.str == t.str && m.optional(p, t, e, k, 1, 2)
	case opFunc:
		return m.matchFunc(p, t, e, k)
	case opClass:
		return m.matchClass(p, t, e, k)
	case opAssign:
		return m.matchAssign(p, t, e, k)
	case opBinary:
		return m.matchBinary(p, t, e, k)
	case opIf:
		return m.optional(p, t, e, k, 2, 3)
	case opTry:
		return m.optional(p, t, e, k, 2, 3)
	case opFor, opForIn, opWith, opReturn, opWhile, opThrow, opYield:
		return m.optional(p, t, e, k)
	case opHandlers, opDecorators, opBases, opWithItems, opAttributes:
		return m.subset(p.kids, t.kids, e, k)
	case opSwitch:
		return m.kidAt(p, t, 0, e, func(e *env) bool { return m.subset(p.kids[1:], t.kids[1:], e, k) })
	case opImport:
		return m.matchImport(p, t, e, k)
	case opElement:
		return m.matchElement(p, t, e, k)
	case opAttribute:
		if p.kids[1] == nil {
			return m.match(p.kids[0], t.kids[0], e, k)
		}
		return m.each(p.kids, t.kids, e, k)
	}
	if p.str == "set_comprehension" && t.str == "dictionary_comprehension" && p.kids[0] != nil && p.kids[0].hole == holeEllipsis {
		return m.list(p.kids, t.kids, e, k)
	}
	return p.str == t.str && m.list(p.kids, t.kids, e, k)
}

// matchAcross matches forms that mean the same.
func (m *matcher) matchAcross(p *pat, t *term, e *env, k cont) bool {
	switch p.op {
	case opFunc:
		// function f() {} is const f = () => {} and {f: () => {}}.
		if p.str != "def" || len(t.kids) < 2 || t.kids[1] == nil || !m.tree.Language.ECMAScript() {
			return false
		}
		fn := m.open(t.kids[1])
		if t.op != opAssign && t.op != opPair || fn.op != opFunc || fn.kids[0] != nil {
			return false
		}
		return m.nameOf(p.kids[0], t.kids[0], e, func(e *env) bool { return m.funcRest(p, fn, e, k) })
	case opBlock:
		// A body of one statement without braces, and an arrow's expression.
		if len(p.kids) == 1 && p.kids[0] != nil {
			if p.kids[0].op == opReturn && len(p.kids[0].kids) == 1 {
				return m.match(p.kids[0].kids[0], t, e, k)
			}
			return m.match(p.kids[0], t, e, k)
		}
		return len(p.kids) > 0 && m.list(p.kids, []*term{t}, e, k)
	case opAwait:
		return false
	}
	return false
}

// kidAt matches one kid and goes on.
func (m *matcher) kidAt(p *pat, t *term, i int, e *env, k cont) bool {
	if i >= len(p.kids) || i >= len(t.kids) {
		return false
	}
	return m.match(p.kids[i], t.kids[i], e, k)
}

// each matches kids one by one.
func (m *matcher) each(ps []*pat, ts []*term, e *env, k cont) bool {
	if len(ps) == 0 {
		return k(e)
	}
	var t *term
	if len(ts) > 0 {
		t, ts = ts[0], ts[1:]
	}
	return m.match(ps[0], t, e, func(e *env) bool { return m.each(ps[1:], ts, e, k) })
}

// optional matches kids one by one; those at the places named may be absent in
// the pattern and present in the program.
func (m *matcher) optional(p *pat, t *term, e *env, k cont, places ...int) bool {
	var from func(i int, e *env) bool
	from = func(i int, e *env) bool {
		if i == len(p.kids) {
			return k(e)
		}
		if p.kids[i] == nil {
			for _, o := range places {
				if o == i {
					return from(i+1, e)
				}
			}
		}
		var kid *term
		if i < len(t.kids) {
			kid = t.kids[i]
		}
		return m.match(p.kids[i], kid, e, func(e *env) bool { return from(i+1, e) })
	}
	return from(0, e)
}

// matchField matches members, and chains with a gap: a. ... .b
func (m *matcher) matchField(p *pat, t *term, e *env, k cont) bool {
	inner := p.kids[0]
	if inner != nil && inner.op == opField && inner.hole == holeNone && inner.kids[1] != nil && inner.kids[1].hole == holeEllipsis {
		return m.match(p.kids[1], t.kids[1], e, func(e *env) bool { return m.receiver(inner.kids[0], t.kids[0], e, k) })
	}
	return m.each(p.kids, t.kids, e, k)
}

// receiver matches p with t or with any receiver further left in t's chain.
func (m *matcher) receiver(p *pat, t *term, e *env, k cont) bool {
	for range 1000 {
		if t == nil {
			return false
		}
		if m.match(p, t, e, k) {
			return true
		}
		switch m.open(t); t.op {
		case opField, opCall, opIndex, opAwait:
			t = t.kids[0]
		default:
			return false
		}
	}
	return false
}

// list matches two lists in order; an ellipsis takes any number.
func (m *matcher) list(ps []*pat, ts []*term, e *env, k cont) bool {
	if m.step() {
		return true
	}
	if len(ps) == 0 {
		return len(ts) == 0 && k(e)
	}
	p := ps[0]
	if p != nil && p.hole == holeEllipsis {
		if len(ps) == 1 {
			return k(e)
		}
		for i := 0; i <= len(ts); i++ {
			if m.list(ps[1:], ts[i:], e, k) {
				return true
			}
		}
		return false
	}
	if p != nil && p.hole == holeMetaList {
		for i := len(ts); i >= 0; i-- {
			if m.bind(e, p.mv, m.several(ts[:i]), func(e *env) bool { return m.list(ps[1:], ts[i:], e, k) }) {
				return true
			}
		}
		return false
	}
	if len(ts) == 0 {
		return false
	}
	return m.match(p, ts[0], e, func(e *env) bool { return m.list(ps[1:], ts[1:], e, k) })
}

// several binds terms in a row.
func (m *matcher) several(ts []*term) binding {
	b := binding{list: append([]*term{}, ts...)}
	if len(ts) > 0 {
		b.span = source.Span{Start: ts[0].span.Start, End: ts[len(ts)-1].span.End}
	}
	return b
}

// args matches arguments: by position in order, by keyword in any order.
func (m *matcher) args(ps []*pat, ts []*term, e *env, k cont) bool {
	for i, p := range ps {
		if p == nil || p.op != opKeyword || p.hole != holeNone {
			continue
		}
		rest := append(append([]*pat{}, ps[:i]...), ps[i+1:]...)
		for j, t := range ts {
			if t.op != opKeyword {
				continue
			}
			m.open(t)
			if m.each(p.kids, t.kids, e, func(e *env) bool { return m.args(rest, m.without(ts, j), e, k) }) {
				return true
			}
		}
		return false
	}
	return m.list(ps, ts, e, k)
}

// without gives a list without its j-th term.
func (m *matcher) without(ts []*term, j int) []*term {
	m.steps += len(ts) / 8
	return append(append(make([]*term, 0, len(ts)), ts[:j]...), ts[j+1:]...)
}

// entries matches the entries of an object in any order. With open it may hold
// more than the pattern says; otherwise an ellipsis says so.
func (m *matcher) entries(ps []*pat, ts []*term, open bool, e *env, k cont) bool {
	keyed := true
	for _, p := range ps {
		if p == nil || p.hole == holeEllipsis {
			open = true
		} else if p.op != opPair {
			keyed = false
		}
	}
	if !keyed {
		for _, p := range ps {
			if p != nil && p.hole == holeNone && p.op != opPair && p.op != opSpread && p.op != opFunc {
				return m.list(ps, ts, e, k)
			}
		}
	}
	return m.anyOrder(ps, ts, open, e, k)
}

// subset matches each pattern with another term, in any order.
func (m *matcher) subset(ps []*pat, ts []*term, e *env, k cont) bool {
	return m.anyOrder(ps, ts, true, e, k)
}

func (m *matcher) anyOrder(ps []*pat, ts []*term, open bool, e *env, k cont) bool {
	if m.step() {
		return true
	}
	for len(ps) > 0 && (ps[0] == nil || ps[0].hole == holeEllipsis) {
		ps = ps[1:]
	}
	if len(ps) == 0 {
		return (open || len(ts) == 0) && k(e)
	}
	for j, t := range ts {
		if m.match(ps[0], t, e, func(e *env) bool { return m.anyOrder(ps[1:], m.without(ts, j), open, e, k) }) {
			return true
		}
	}
	return false
}

func (m *matcher) matchBinary(p *pat, t *term, e *env, k cont) bool {
	if p.str != t.str {
		return false
	}
	if m.each(p.kids, t.kids, e, k) {
		return true
	}
	// a and ... matches at any length of the chain.
	if r := p.kids[1]; r != nil && r.hole == holeEllipsis && t.kids[0] != nil && m.open(t.kids[0]).op == opBinary && t.kids[0].str == p.str {
		return m.matchBinary(p, t.kids[0], e, k)
	}
	return false
}

func (m *matcher) matchAssign(p *pat, t *term, e *env, k cont) bool {
	if p.str != t.str || p.decl && !t.decl && m.tree.Language.ECMAScript() {
		return false
	}
	if t.kids[1] == nil && p.kids[1] != nil {
		return false
	}
	return m.optional(p, t, e, k, 2)
}

func (m *matcher) matchFunc(p *pat, t *term, e *env, k cont) bool {
	switch p.str {
	case "def", "method":
		if t.str == "arrow" || t.str == "expr" && t.kids[0] == nil {
			if p.kids[0] == nil || p.kids[0].hole != holeEllipsis {
				return false
			}
		}
	default:
		if t.str == "def" && (p.kids[0] == nil || p.kids[0].hole != holeEllipsis) || t.str == "method" && p.kids[0] == nil && p.str == "arrow" {
			return false
		}
	}
	if p.kids[0] == nil {
		return m.funcRest(p, t, e, k)
	}
	return m.nameOf(p.kids[0], t.kids[0], e, func(e *env) bool { return m.funcRest(p, t, e, k) })
}

// nameOf matches a name that is declared: an import that has the same name
// does not matter.
func (m *matcher) nameOf(p *pat, t *term, e *env, k cont) bool {
	if p == nil || p.hole == holeEllipsis {
		return k(e)
	}
	if t == nil {
		return false
	}
	if p.hole == holeNone && p.op == opName {
		return t.op == opName && p.str == t.str && k(e)
	}
	return m.match(p, t, e, k)
}

// funcRest matches all of a function but its name.
func (m *matcher) funcRest(p *pat, t *term, e *env, k cont) bool {
	if p.async && !t.async {
		return false
	}
	body := func(e *env) bool {
		if p.kids[3] == nil {
			return k(e)
		}
		return m.match(p.kids[3], t.kids[3], e, k)
	}
	result := func(e *env) bool {
		if p.kids[2] == nil {
			return body(e)
		}
		return m.match(p.kids[2], t.kids[2], e, body)
	}
	params := func(e *env) bool {
		if p.kids[1] == nil {
			return result(e)
		}
		return m.match(p.kids[1], t.kids[1], e, result)
	}
	receiver := func(e *env) bool {
		if p.kids[5] == nil {
			return params(e)
		}
		return m.match(p.kids[5], t.kids[5], e, params)
	}
	if p.kids[4] == nil {
		return receiver(e)
	}
	return m.match(p.kids[4], t.kids[4], e, receiver)
}

func (m *matcher) matchClass(p *pat, t *term, e *env, k cont) bool {
	body := func(e *env) bool {
		if p.kids[2] == nil || t.kids[2] == nil {
			return p.kids[2] == nil && k(e)
		}
		return m.subset(p.kids[2].kids, m.open(t.kids[2]).kids, e, k)
	}
	bases := func(e *env) bool {
		if p.kids[1] == nil {
			return body(e)
		}
		if t.kids[1] == nil {
			return onlyEllipsis(p.kids[1].kids) && body(e)
		}
		return m.match(p.kids[1], t.kids[1], e, body)
	}
	name := func(e *env) bool {
		if p.kids[0] == nil {
			return bases(e)
		}
		return m.nameOf(p.kids[0], t.kids[0], e, bases)
	}
	if p.kids[3] == nil {
		return name(e)
	}
	return m.match(p.kids[3], t.kids[3], e, name)
}

func onlyEllipsis(ps []*pat) bool {
	for _, p := range ps {
		if p == nil || p.hole != holeEllipsis {
			return false
		}
	}
	return true
}

func (m *matcher) matchElement(p *pat, t *term, e *env, k cont) bool {
	return m.kidAt(p, t, 0, e, func(e *env) bool {
		return m.kidAt(p, t, 1, e, func(e *env) bool {
			if len(p.kids) == 2 {
				return k(e)
			}
			return m.list(p.kids[2:], t.kids[2:], e, k)
		})
	})
}

// matchImport matches imports by what they import, whatever their form.
func (m *matcher) matchImport(p *pat, t *term, e *env, k cont) bool {
	alias := func(e *env) bool {
		if p.kids[2] == nil {
			return k(e)
		}
		local := t.kids[2]
		if local == nil {
			local = t.kids[1]
		}
		if local == nil {
			return false
		}
		return m.match(p.kids[2], local, e, k)
	}
	if p.str == t.str || p.str == "namespace" && t.str == "default" {
		if p.str == "module" && p.kids[2] == nil && m.packageOf(p.kids[0], t.kids[0], e, k) {
			return true
		}
		return m.moduleOf(p.kids[0], t.kids[0], e, func(e *env) bool {
			if p.kids[1] == nil {
				return t.kids[1] == nil && alias(e)
			}
			if t.kids[1] == nil {
				return false
			}
			return m.match(p.kids[1], t.kids[1], e, alias)
		})
	}
	if p.str == "side" {
		return m.moduleOf(p.kids[0], t.kids[0], e, k)
	}
	if p.str == "module" && t.str == "from" && p.kids[2] == nil {
		// import a.b is from a import b, and from a.b import c.
		return m.match(p.kids[0], t.kids[0], e, k) || m.fromAsModule(p, t, e, k) || m.packageOf(p.kids[0], t.kids[0], e, k)
	}
	return false
}

// packageOf matches a module with the packages that hold it: import a is
// import a.b as well.
func (m *matcher) packageOf(p *pat, t *term, e *env, k cont) bool {
	if t == nil || p == nil || p.hole != holeNone {
		return false
	}
	for range 16 {
		if m.open(t); t.op != opField {
			return false
		}
		if t = t.kids[0]; m.match(p, t, e, k) {
			return true
		}
	}
	return false
}

// moduleOf compares the names of modules, node:fs with fs as well.
func (m *matcher) moduleOf(p *pat, t *term, e *env, k cont) bool {
	if p != nil && t != nil && p.op == opStr && p.hole == holeNone && m.open(t).op == opStr {
		return strings.TrimPrefix(p.str, "node:") == strings.TrimPrefix(t.str, "node:") && k(e)
	}
	return m.match(p, t, e, k)
}

func (m *matcher) fromAsModule(p *pat, t *term, e *env, k cont) bool {
	module, member := m.dotted(t.kids[0]), m.dotted(t.kids[1])
	if module == nil || member == nil {
		return false
	}
	return m.matchForm(p.kids[0], m.chain(append(module, member...), t.kids[0]), e, k)
}
