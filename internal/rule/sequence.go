package rule

// sequence.go matches statements: a body, or statements in a row. An ellipsis
// between statements reaches into nested blocks, as in Semgrep: what follows it
// may stand in a branch of what it skips.

import (
	"strings"

	"mcpaudit/internal/source"
)

// flatBlock is a block with the statements nested in it in the order of their
// text, and where each statement of its own stands among them.
type flatBlock struct {
	list []*term
	at   []int
}

// flatten gives the statements of a block and of the blocks within.
func (f *file) flatten(b *term) *flatBlock {
	if f.flat == nil {
		f.flat = map[*term]*flatBlock{}
	}
	if fb := f.flat[b]; fb != nil {
		return fb
	}
	fb := &flatBlock{}
	f.flat[b] = fb
	for _, s := range f.open(b).kids {
		fb.at = append(fb.at, len(fb.list))
		f.flattenInto(fb, s, 0)
	}
	return fb
}

// maxBlockDepth bounds the nesting of blocks that a sequence looks into.
const maxBlockDepth = 300

func (f *file) flattenInto(fb *flatBlock, t *term, depth int) {
	if t == nil || depth > maxBlockDepth {
		f.cut = f.cut || t != nil
		return
	}
	if t.op != opBlock {
		fb.list = append(fb.list, t)
	}
	block := func(b *term) {
		if b != nil && b.op == opBlock {
			for _, s := range f.open(b).kids {
				f.flattenInto(fb, s, depth+1)
			}
		}
	}
	switch f.open(t); t.op {
	case opBlock:
		block(t)
	case opIf:
		if t.kids[3] != nil {
			fb.list = append(fb.list, t.kids[3])
		}
		block(t.kids[1])
		block(t.kids[2])
	case opFor:
		if t.kids[0] != nil {
			fb.list = append(fb.list, t.kids[0])
		}
		block(t.kids[3])
	case opWhile, opWith:
		block(t.kids[1])
	case opForIn, opCatch, opClass:
		block(t.kids[2])
	case opFunc:
		block(t.kids[3])
	case opTry:
		block(t.kids[0])
		for _, h := range f.open(t.kids[1]).kids {
			if f.open(h); len(h.kids) == 3 {
				block(h.kids[2])
			}
		}
		block(t.kids[2])
		block(t.kids[3])
	case opSwitch:
		for _, c := range t.kids[1:] {
			if f.open(c); c.op == opCase {
				block(c.kids[1])
			}
		}
	default:
		f.flattenClosures(fb, t, depth)
	}
}

// flattenClosures adds the bodies of functions within an expression.
func (f *file) flattenClosures(fb *flatBlock, t *term, depth int) {
	last := f.tree.Node(t.id).Next
	for n := t.id + 1; n < last; n++ {
		if f.kindOf(n).op == opFunc {
			fn := f.open(f.term(n))
			if b := fn.kids[3]; b != nil && b.op == opBlock {
				for _, s := range f.open(b).kids {
					f.flattenInto(fb, s, depth+1)
				}
			}
			n = f.tree.Node(n).Next - 1
		}
	}
}

func hasEllipsis(ps []*pat) bool {
	for _, p := range ps {
		if p != nil && (p.hole == holeEllipsis || p.hole == holeMetaList) {
			return true
		}
	}
	return false
}

// statementsIn matches the whole of a body.
func (m *matcher) statementsIn(p *pat, t *term, e *env, k cont) bool {
	ts := m.open(t).kids
	if hasEllipsis(p.kids) {
		if onlyEllipsis(p.kids) {
			return k(e)
		}
		ts = m.flatten(t).list
	}
	return m.sequence(p.kids, ts, !hasEllipsis(p.kids), 0, e, func(e *env, _ uint32) bool { return k(e) })
}

// sequence matches statements in a row. Unless whole is set, statements may
// follow. It goes on with where the last statement matched ends.
func (m *matcher) sequence(ps []*pat, ts []*term, whole bool, end uint32, e *env, k func(*env, uint32) bool) bool {
	if m.step() {
		return true
	}
	if len(ps) == 0 {
		// What is nested in the last statement belongs to it.
		return (!whole || len(ts) == 0 || ts[len(ts)-1].span.End <= end) && k(e, end)
	}
	if p := ps[0]; p != nil && p.hole == holeEllipsis {
		if len(ps) == 1 {
			for _, t := range ts {
				end = max(end, t.span.End)
			}
			return k(e, end)
		}
		for i := 0; i <= len(ts); i++ {
			if m.sequence(ps[1:], ts[i:], whole, end, e, k) {
				return true
			}
		}
		return false
	}
	if len(ts) == 0 {
		return false
	}
	t := ts[0]
	return m.statement(ps[0], t, e, func(e *env) bool {
		end := max(end, t.span.End)
		if m.sequence(ps[1:], ts[1:], whole, end, e, k) {
			return true
		}
		// The next statement may also be the one after all that t holds.
		after := 1
		for after < len(ts) && ts[after].span.End <= t.span.End {
			after++
		}
		return after > 1 && len(ps) > 1 && m.sequence(ps[1:], ts[after:], whole, end, e, k)
	})
}

// statement matches one statement. An expression as a pattern matches wherever
// it stands in the statement, nested blocks and functions left out.
func (m *matcher) statement(p *pat, t *term, e *env, k cont) bool {
	if m.match(p, t, e, k) {
		return true
	}
	if p == nil || p.hole != holeNone || !isExpression(p.op) {
		return m.over
	}
	last := m.tree.Node(t.id).Next
	for n := t.id; n < last; n++ {
		if m.step() {
			return true
		}
		o := m.kindOf(n).op
		if o == opBlock || o == opFunc || o == opCatch || o == opCase || m.tree.Kind(n) == "elif_clause" || m.tree.Kind(n) == "else_clause" {
			n = m.tree.Node(n).Next - 1
			continue
		}
		if o == p.op || p.op == opField && o == opName {
			if c := m.memoTerm(n); c != nil && c != t {
				if m.match(p, c, e, k) {
					return true
				}
			}
		}
		if m.over {
			return true
		}
	}
	return false
}

// isExpression reports whether terms of that form can be part of an expression.
func isExpression(o op) bool {
	switch o {
	case opName, opStr, opTemplate, opNumber, opField, opIndex, opCall, opNew, opBinary, opUnary, opCond, opList, opObject,
		opComposite, opAwait, opYield, opAssign:
		return true
	}
	return false
}

// hit is one match of a pattern.
type hit struct {
	span source.Span
	env  *env
}

// run gives every match of a pattern in a file.
func (m *matcher) run(p *pattern, in *buckets) []hit {
	var hits []hit
	if p.root == nil {
		for _, b := range in.blocks() {
			m.runSequence(p.seq, b, &hits)
		}
		return hits
	}
	for _, n := range in.candidates(p.root) {
		t := m.term(n)
		if t.op == opGroup {
			for _, s := range m.open(t).kids {
				m.at(p.root, s, &hits)
			}
			continue
		}
		m.at(p.root, t, &hits)
		if m.over {
			break
		}
	}
	return hits
}

// at adds the matches of p with t itself.
func (m *matcher) at(p *pat, t *term, hits *[]hit) {
	m.match(p, t, nil, func(e *env) bool {
		*hits = addHit(m, *hits, hit{t.span, e})
		return m.over
	})
}

// addHit leaves out what the last hits say already.
func addHit(m *matcher, hits []hit, h hit) []hit {
	for i := len(hits) - 1; i >= 0 && i >= len(hits)-8; i-- {
		if hits[i].span == h.span && sameEnv(hits[i].env, h.env) {
			return hits
		}
	}
	if len(hits) >= maxFound {
		m.over = true
		return hits
	}
	return append(hits, h)
}

// sameEnv reports whether two environments bind the same places.
func sameEnv(a, b *env) bool {
	for a != nil && b != nil {
		if a == b {
			return true
		}
		if a.name != b.name || a.val.span != b.val.span || a.val.text != b.val.text {
			return false
		}
		a, b = a.next, b.next
	}
	return a == b
}

func (m *matcher) runSequence(ps []*pat, b *term, hits *[]hit) {
	ts := m.open(b).kids
	deep := hasEllipsis(ps)
	var fb *flatBlock
	if deep {
		fb = m.flatten(b)
	}
	for i, t := range ts {
		if i > 0 && ps[0].hole == holeEllipsis {
			// One that begins with an ellipsis begins with the block.
			return
		}
		rest := ts[i:]
		if deep {
			rest = fb.list[fb.at[i]:]
		}
		m.sequence(ps, rest, false, 0, nil, func(e *env, end uint32) bool {
			*hits = addHit(m, *hits, hit{source.Span{Start: t.span.Start, End: end}, e})
			return m.over
		})
		if m.over {
			return
		}
	}
}

// buckets sorts the nodes of a file by form and by name, once for all patterns.
type buckets struct {
	f      *file
	words  map[string]int
	byOp   [numOps][]source.NodeID
	byName map[bucketName][]source.NodeID
	bodies []*term
}

type bucketName struct {
	op   op
	name string
}

// newBuckets sorts the nodes of a file. Nodes are filed under the names that
// words holds, and those with a $, which are never words; nil is all.
func newBuckets(f *file, words map[string]int) *buckets {
	b := &buckets{f: f, words: words, byName: map[bucketName][]source.NodeID{}}
	for i := range f.tree.Nodes() {
		n := source.NodeID(i)
		k := f.kindOf(n)
		if k.op == opNone || k.wrap || k.follow != nil {
			continue
		}
		b.byOp[k.op] = append(b.byOp[k.op], n)
		switch k.op {
		case opCall, opNew:
			b.call(k.op, n)
		case opField:
			if f.tree.Kind(n) != "dotted_name" { // the name of a module, no expression
				b.name(opField, b.lastOf(n), n)
			}
		case opName:
			name := f.tree.TextOf(n)
			b.name(opName, name, n)
			for _, other := range f.names().aliases[name] {
				b.name(opName, other, n)
			}
		case opStr, opBinary, opFor:
			// These may turn out to be another form.
			if t := f.open(f.term(n)); t.op != k.op {
				b.byOp[t.op] = append(b.byOp[t.op], n)
			}
		}
	}
	return b
}

// call files a call under the last name of its callee.
func (b *buckets) call(o op, n source.NodeID) {
	f := b.f
	callee, ok := f.fieldNode(n, "function")
	if !ok {
		callee, ok = f.fieldNode(n, "constructor")
	}
	if !ok || f.kindOf(callee).wrap {
		t := f.open(f.term(n))
		if t.kids[0] != nil {
			b.name(o, b.lastOf(t.kids[0].id), n)
		}
		return
	}
	if a, ok := f.fieldNode(n, "arguments"); ok && f.tree.Kind(a) == "template_string" {
		b.byOp[opOther] = append(b.byOp[opOther], n)
	}
	if f.kindOf(callee).op == opName {
		name := f.tree.TextOf(callee)
		b.name(o, name, n)
		for _, other := range f.names().aliases[name] {
			b.name(o, other, n)
		}
		return
	}
	b.name(o, b.lastOf(callee), n)
}

// lastOf gives the last name of a chain: c of a.b.c.
func (b *buckets) lastOf(n source.NodeID) string {
	last := ""
	switch k := b.f.kindOf(n); k.op {
	case opName:
		return b.f.tree.TextOf(n)
	case opField:
		for c := range b.f.tree.NamedChildren(n) {
			last = b.f.tree.TextOf(c)
		}
	case opCall:
		// A statement that is a call: print and exec.
		last = strings.TrimSuffix(b.f.tree.Kind(n), "_statement")
	}
	return last
}

// name files a node under a name.
func (b *buckets) name(o op, name string, n source.NodeID) {
	if name == "" {
		return
	}
	if b.words != nil && !strings.Contains(name, "$") {
		if _, ok := b.words[name]; !ok {
			return
		}
	}
	key := bucketName{o, name}
	b.byName[key] = append(b.byName[key], n)
}

// lastName gives the literal name that a callee or chain must end in.
func lastName(p *pat) string {
	if p == nil || p.hole != holeNone {
		return ""
	}
	switch p.op {
	case opName:
		return p.str
	case opField:
		return lastName(p.kids[1])
	}
	return ""
}

// candidates gives the nodes that can match p.
func (b *buckets) candidates(p *pat) []source.NodeID {
	switch p.hole {
	case holeMeta, holeTyped, holeDeep, holeEllipsis, holeMetaList:
		var out []source.NodeID
		for _, n := range b.expressions() {
			if p.hole != holeDeep {
				if k := b.f.kindOf(n).op; k == opName && !b.f.isValue(n) {
					continue
				}
			}
			out = append(out, n)
		}
		return out
	}
	switch p.op {
	case opCall, opNew:
		if name := lastName(p.kids[0]); name != "" {
			return b.byName[bucketName{p.op, name}]
		}
	case opField:
		if name := lastName(p); name != "" {
			out := b.byName[bucketName{opField, name}]
			for _, n := range b.byName[bucketName{opName, name}] {
				if b.f.isValue(n) {
					out = append(out[:len(out):len(out)], n)
				}
			}
			return out
		}
	case opName:
		var out []source.NodeID
		for _, n := range b.byName[bucketName{opName, p.str}] {
			if b.f.isValue(n) {
				out = append(out, n)
			}
		}
		return out
	case opImport:
		return b.byOp[opGroup]
	case opFunc:
		if p.str == "def" && b.f.tree.Language.ECMAScript() {
			return append(append(append([]source.NodeID{}, b.byOp[opFunc]...), b.byOp[opAssign]...), b.byOp[opPair]...)
		}
	case opStr:
		// A name that stands for a constant matches as the constant.
		out := append([]source.NodeID{}, b.byOp[opStr]...)
		for _, n := range b.byOp[opName] {
			if b.f.isValue(n) && b.f.value(b.f.term(n)) != nil {
				out = append(out, n)
			}
		}
		return out
	case opTemplate:
		return append(append([]source.NodeID{}, b.byOp[opTemplate]...), b.byOp[opStr]...)
	case opForIn, opWhile:
		return append(append([]source.NodeID{}, b.byOp[p.op]...), b.byOp[opFor]...)
	}
	return b.byOp[p.op]
}

// expressions gives all nodes that are expressions.
func (b *buckets) expressions() []source.NodeID {
	var out []source.NodeID
	for o, ns := range b.byOp {
		if isExpression(op(o)) || op(o) == opLit || op(o) == opFunc || op(o) == opElement || op(o) == opRegex || op(o) == opOther {
			out = append(out, ns...)
		}
	}
	return out
}

// isValue reports whether a name is an expression: not a member's name, a key,
// a parameter or the name of a definition.
func (f *file) isValue(n source.NodeID) bool {
	node := f.tree.Node(n)
	switch f.grammar.FieldName(node.Field) {
	case "attribute", "property", "field", "key", "name", "alias", "label", "parameter", "pattern", "package", "path":
		return f.tree.Kind(node.Parent) == "variable_declarator" || f.tree.Kind(node.Parent) == "named_expression" || f.tree.Kind(node.Parent) == "jsx_attribute"
	}
	switch f.tree.Kind(n) {
	case "property_identifier", "field_identifier", "type_identifier", "package_identifier", "statement_identifier":
		return false
	}
	return f.kindOf(node.Parent).op != opParams && f.tree.Kind(node.Parent) != "dotted_name"
}

// blocks gives every list of statements.
func (b *buckets) blocks() []*term {
	if b.bodies == nil {
		b.bodies = []*term{}
		for _, n := range b.byOp[opBlock] {
			b.bodies = append(b.bodies, b.f.term(n))
		}
		for _, n := range b.byOp[opCase] {
			if t := b.f.open(b.f.term(n)); t.op == opCase && t.kids[1] != nil && t.kids[1].id == t.id {
				b.bodies = append(b.bodies, t.kids[1])
			}
		}
	}
	return b.bodies
}
