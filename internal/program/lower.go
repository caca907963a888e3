package program

// lower.go is the way from a syntax tree to a program: what the lowerings of
// all languages share. It walks the flat tree once, keeps the depth of the walk
// in bounds, allocates values in slabs that belong to one function, and takes
// functions over from the previous version where the edit left them alone.

import (
	"sort"
	"strings"

	"github.com/cespare/xxhash/v2"

	"mcpaudit/internal/source"
)

// maxDepth bounds how deep functions, statements and values nest, all told.
// What lies deeper becomes OpUnknown and is named in File.Truncated. It keeps
// every recursion over a program short, whatever the audited text holds.
const maxDepth = 400

const tooDeep = "nested too deeply to be analysed"

// Lower gives the program of a tree. With the previous version of the file,
// functions that the edit left untouched are taken over as they are; prev must
// be the program of the tree that tree was reparsed from.
func Lower(path string, tree *source.Tree, prev *File) *File {
	f := &File{Path: path, Lang: tree.Language, Tree: tree, memo: &fileMemo{}}
	l := lowering{
		tree:  tree,
		nodes: tree.Nodes(),
		text:  tree.Text.String(),
		own:   tree.Text.String(),
		file:  f,
		prev:  prev,
	}
	if tree.Abandoned() {
		f.Truncated = []Truncation{{tree.Span(0), "took too long to parse"}}
	}
	if tree.Fault != nil {
		f.Truncated = []Truncation{{tree.Fault.Span, tree.Fault.Reason}}
	}
	var body func()
	switch {
	case tree.Language == source.Python:
		body = newPython(&l).file
	case tree.Language.ECMAScript():
		body = (&ecma{lowering: &l, ecmaGrammar: ecmaGrammars[tree.Language]()}).program
	case tree.Language == source.Go:
		body = newGolang(&l).file
	default:
		body = func() {}
	}
	f.Top = l.build(0, 0, uint32(len(l.text)), KindTop, "", body)
	f.place(f.Top, 0, 0, -1, nil)
	return f
}

// place lists fn and what is nested in it.
func (f *File) place(fn *Function, start uint32, node source.NodeID, parent int, class *Class) {
	at := len(f.Funcs)
	f.Funcs = append(f.Funcs, Placed{Function: fn, Start: start, Parent: parent, Class: class, node: node})
	for _, im := range fn.imports {
		im.Span = im.Span.Shift(start)
		im.Func = at
		f.Imports = append(f.Imports, im)
	}
	for _, n := range fn.Nested {
		f.place(n.Func, start+n.Offset, node+n.node, at, n.class)
	}
}

// lowering is the state of one walk.
type lowering struct {
	tree  *source.Tree
	nodes []source.Node
	text  string
	// own is the text from byte ownStart on that names are cut from. After an
	// edit it is a copy for each function: one that stays for many versions would
	// else keep the whole text of the version it was made in.
	own      string
	ownStart uint32
	file     *File
	prev     *File
	fn       *building
	depth    int
	// class is the class whose body is being lowered, directly in fn.
	class *Class
	// values and stmts are stacks on which lists grow before their length is known.
	values []*Value
	stmts  []*Stmt
	// earlier is made when it is first asked for; nil without a previous version.
	earlier *earlier
}

// building is a function while it is made. Its slabs belong to it alone, so
// that a function which is taken over keeps nothing else alive.
type building struct {
	*Function
	node   source.NodeID
	start  uint32
	values []Value
	stmts  []Stmt
	refs   []*Value
	nodes  int // in the function's tree
	peak   int // the deepest the walk has been within
	cut    bool
}

// build lowers the function that starts at byte start and belongs to node n.
func (l *lowering) build(n source.NodeID, start, end uint32, kind Kind, doc string, body func()) *Function {
	outer, class := l.fn, l.class
	own, ownStart := l.own, l.ownStart
	if l.prev != nil && kind != KindTop {
		l.own, l.ownStart, doc = strings.Clone(l.text[start:end]), start, strings.Clone(doc)
	}
	b := &building{
		Function: &Function{Kind: kind, Doc: doc, Len: end - start, memo: &functionMemo{}},
		node:     n,
		start:    start,
		peak:     l.depth,
		nodes:    int(l.nodes[n].Next - n),
	}
	b.textHash = xxhash.Sum64String(l.text[start:end])
	b.Hash = mixDoc(b.textHash, doc)
	l.fn, l.class = b, nil
	depth := l.depth
	body()
	b.height, b.whole = b.peak-depth, !b.cut
	sort.Slice(b.Nested, func(i, j int) bool { return b.Nested[i].node < b.Nested[j].node })
	l.fn, l.class = outer, class
	l.own, l.ownStart = own, ownStart
	return b.Function
}

// chunk gives the size of a slab. One item in share nodes is what code comes to;
// what that does not cover comes in small slabs, so that little is left over.
func (b *building) chunk(share int, first bool) int {
	if first {
		return min(256, max(2, b.nodes/share))
	}
	return min(64, max(4, b.nodes/(8*share)))
}

func mixDoc(hash uint64, doc string) uint64 {
	if doc == "" {
		return hash
	}
	return hash*0x9E3779B97F4A7C15 ^ xxhash.Sum64String(doc)
}

// nested gives the function of node n, which is nested in the one being
// lowered: taken over from the previous version, or lowered by body. doc is the
// comment before it. It gives nil where the nesting is too deep.
func (l *lowering) nested(n source.NodeID, kind Kind, doc string, body func()) *Function {
	return l.nestedFrom(n, n, kind, doc, body)
}

// nestedFrom is nested for a function that begins before its own node n, at its
// sibling first, as TypeScript's methods do with their decorators.
func (l *lowering) nestedFrom(first, n source.NodeID, kind Kind, doc string, body func()) *Function {
	if !l.enter(n) {
		l.leave()
		return nil
	}
	start, end := l.nodes[first].Start, l.nodes[n].End
	fn := l.takeOver(first, n, kind, doc)
	if fn != nil {
		l.fn.peak = max(l.fn.peak, l.depth+fn.height)
	} else {
		outer := l.fn
		fn = l.build(first, start, end, kind, doc, body)
		outer.peak = max(outer.peak, l.depth+fn.height)
		outer.cut = outer.cut || !fn.whole
	}
	l.fn.Nested = append(l.fn.Nested, NestedFunc{
		Func: fn, Offset: start - l.fn.start, node: first - l.fn.node, class: l.class,
	})
	l.leave()
	return fn
}

// takeOver finds the function that the previous version had with the text and
// the nodes from first to the end of n. What these do not say, its kind and the
// comment before it, is corrected in a copy.
func (l *lowering) takeOver(first, n source.NodeID, kind Kind, doc string) *Function {
	if l.prev == nil {
		return nil
	}
	if l.earlier == nil {
		l.earlier = newEarlier(l.prev)
	}
	at := 0
	hash := xxhash.Sum64String(l.text[l.nodes[first].Start:l.nodes[n].End])
	if from, ok := l.tree.Prior(n); ok && from >= n-first {
		if at = l.earlier.at(from - (n - first)); at != 0 && l.prev.Funcs[at].textHash != hash {
			at = 0
		}
	}
	if at == 0 {
		// The parser may make nodes anew that the edit left as they were:
		// Python's functions, which end where the indentation does, seldom survive.
		if at = l.earlier.find(hash); at == 0 || !l.sameNodes(first, n, l.prev.Funcs[at].node) {
			return nil
		}
	}
	fn := l.prev.Funcs[at].Function
	if !fn.whole || l.depth+fn.height > maxDepth || !l.earlier.take(at) {
		return nil
	}
	inner := doc
	if fn.ownDoc {
		inner = fn.Doc
	}
	if fn.Kind == kind && fn.Doc == inner {
		return fn
	}
	c := *fn
	c.Kind, c.Doc, c.memo = kind, strings.Clone(inner), &functionMemo{}
	if !fn.ownDoc {
		c.Hash = mixDoc(c.textHash, doc)
	}
	return &c
}

// earlier is the functions of the previous version, each to be taken over once.
type earlier struct {
	funcs  []Placed
	taken  []bool
	byText map[uint64]int // the first function of a text's hash
	next   []int          // the next one of the same hash, or 0
}

func newEarlier(f *File) *earlier {
	e := &earlier{
		funcs:  f.Funcs,
		taken:  make([]bool, len(f.Funcs)),
		byText: make(map[uint64]int, len(f.Funcs)),
		next:   make([]int, len(f.Funcs)),
	}
	for i := len(f.Funcs) - 1; i > 0; i-- {
		hash := f.Funcs[i].textHash
		e.next[i] = e.byText[hash]
		e.byText[hash] = i
	}
	return e
}

// at gives the index of the function at a node, or 0.
func (e *earlier) at(n source.NodeID) int {
	i := sort.Search(len(e.funcs), func(i int) bool { return e.funcs[i].node >= n })
	if i == len(e.funcs) || e.funcs[i].node != n {
		return 0
	}
	return i
}

// find gives the index of the first function with a hash that is left, or 0.
func (e *earlier) find(hash uint64) int {
	i := e.byText[hash]
	for i > 0 && e.taken[i] {
		i = e.next[i]
		e.byText[hash] = i
	}
	return i
}

// take takes function i with what is nested in it. It reports whether all of it
// was left: no function may stand in two places of a file.
func (e *earlier) take(i int) bool {
	end := i + 1
	for end < len(e.funcs) && e.funcs[end].Parent >= i {
		end++
	}
	for _, t := range e.taken[i:end] {
		if t {
			return false
		}
	}
	for j := i; j < end; j++ {
		e.taken[j] = true
	}
	return true
}

// sameNodes reports whether the nodes from first to the end of n are those that
// the previous tree has from node old on.
func (l *lowering) sameNodes(first, n, old source.NodeID) bool {
	was := l.prev.Tree.Nodes()
	count := l.nodes[n].Next - first
	if int(old+count) > len(was) {
		return false
	}
	moved := l.nodes[first].Start - was[old].Start
	for i := range count {
		a, b := &l.nodes[first+i], &was[old+i]
		if a.Symbol != b.Symbol || a.Start-b.Start != moved || a.End-b.End != moved || a.Next-first != b.Next-old ||
			a.Field != b.Field && i > 0 || a.Missing() != b.Missing() || a.Extra() != b.Extra() {
			return false
		}
	}
	return true
}

// enter goes one level down to node n and reports whether that is still within
// bounds; if not, the part is named as left out. Each enter has its leave.
func (l *lowering) enter(n source.NodeID) bool {
	l.depth++
	if l.depth > l.fn.peak {
		l.fn.peak = l.depth
	}
	if l.depth <= maxDepth {
		return true
	}
	l.leaveOut(n)
	return false
}

func (l *lowering) leave() { l.depth-- }

// leaveOut names a node that is too deep.
func (l *lowering) leaveOut(n source.NodeID) {
	l.fn.cut = true
	l.file.Truncated = append(l.file.Truncated, Truncation{l.tree.Span(n), tooDeep})
}

// span gives the place of a node, relative to the function being lowered.
func (l *lowering) span(n source.NodeID) source.Span {
	node := &l.nodes[n]
	return source.Span{Start: node.Start - l.fn.start, End: node.End - l.fn.start}
}

// textOf gives the text of a node, without a copy.
func (l *lowering) textOf(n source.NodeID) string { return l.cut(l.nodes[n].Start, l.nodes[n].End) }

// cut gives the text between two bytes of the file, which stand in the function
// being lowered.
func (l *lowering) cut(start, end uint32) string { return l.own[start-l.ownStart : end-l.ownStart] }

// child gives the first child of n in a field, or 0, which is no node's child.
func (l *lowering) child(n source.NodeID, f source.Field) source.NodeID {
	for c, end := n+1, l.nodes[n].Next; c < end; c = l.nodes[c].Next {
		if l.nodes[c].Field == f {
			return c
		}
	}
	return 0
}

// firstNamed gives the first named child of n that is no comment, or 0.
func (l *lowering) firstNamed(n source.NodeID) source.NodeID {
	for c, end := n+1, l.nodes[n].Next; c < end; c = l.nodes[c].Next {
		if l.meant(c) {
			return c
		}
	}
	return 0
}

// meant reports whether a node is named and not an extra such as a comment.
func (l *lowering) meant(n source.NodeID) bool { return l.nodes[n].Named() && !l.nodes[n].Extra() }

// value makes a value at node n.
func (l *lowering) value(op Op, n source.NodeID) *Value {
	b := l.fn
	if len(b.values) == 0 {
		b.values = make([]Value, b.chunk(4, b.values == nil))
	}
	v := &b.values[0]
	b.values = b.values[1:]
	v.Op, v.Span = op, l.span(n)
	return v
}

func (l *lowering) ident(n source.NodeID) *Value {
	v := l.value(OpIdent, n)
	v.Name = l.textOf(n)
	return v
}

func (l *lowering) constant(c Const, n source.NodeID, text string) *Value {
	v := l.value(OpConst, n)
	v.Const, v.Str = c, text
	return v
}

// list gives a list of values.
func (l *lowering) list(vs ...*Value) []*Value {
	b := l.fn
	if cap(b.refs)-len(b.refs) < len(vs) {
		b.refs = make([]*Value, 0, max(len(vs), b.chunk(6, b.refs == nil)))
	}
	at := len(b.refs)
	b.refs = append(b.refs, vs...)
	return b.refs[at:len(b.refs):len(b.refs)]
}

// takeValues ends a list that began when l.values had length mark.
func (l *lowering) takeValues(mark int) []*Value {
	if len(l.values) == mark {
		return nil
	}
	list := l.list(l.values[mark:]...)
	l.values = l.values[:mark]
	return list
}

// stmt makes a statement at node n and adds it to the list that is growing.
func (l *lowering) stmt(op StmtOp, n source.NodeID) *Stmt {
	s := l.newStmt(op, n)
	l.stmts = append(l.stmts, s)
	return s
}

func (l *lowering) newStmt(op StmtOp, n source.NodeID) *Stmt {
	b := l.fn
	if len(b.stmts) == 0 {
		b.stmts = make([]Stmt, b.chunk(13, b.stmts == nil))
	}
	s := &b.stmts[0]
	b.stmts = b.stmts[1:]
	s.Op, s.Span = op, l.span(n)
	return s
}

// takeStmts ends a list that began when l.stmts had length mark.
func (l *lowering) takeStmts(mark int) []*Stmt {
	if len(l.stmts) == mark {
		return nil
	}
	list := append([]*Stmt(nil), l.stmts[mark:]...)
	l.stmts = l.stmts[:mark]
	return list
}

// bind adds an import to the scope of the function being lowered. Its span is
// relative to that function.
func (l *lowering) bind(im Import) { l.fn.imports = append(l.fn.imports, im) }

// commentBefore gives the text of the comments that stand directly before node
// n, each on lines of its own, with their marks taken off.
func (l *lowering) commentBefore(n source.NodeID, comment source.Symbol) string {
	first, start := n, l.nodes[n].Start
	for first > 0 && l.nodes[first-1].Symbol == comment {
		c := &l.nodes[first-1]
		if c.End > start || strings.Count(l.text[c.End:start], "\n") > 1 || !l.startsLine(c.Start) {
			break
		}
		first, start = first-1, c.Start
	}
	if first == n {
		return ""
	}
	var parts []string
	for c := first; c < n; c++ {
		parts = append(parts, stripComment(l.textOf(c)))
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// startsLine reports whether only blanks stand before a byte on its line.
func (l *lowering) startsLine(at uint32) bool {
	for at > 0 {
		at--
		switch l.text[at] {
		case ' ', '\t', '\r':
		default:
			return l.text[at] == '\n'
		}
	}
	return true
}

// stripComment takes the marks off a comment: //, #, /* */ and the asterisks
// that begin its lines.
func stripComment(c string) string {
	switch {
	case strings.HasPrefix(c, "//"):
		return strings.TrimSpace(c[2:])
	case strings.HasPrefix(c, "#"):
		return strings.TrimSpace(c[1:])
	}
	c = strings.TrimSuffix(strings.TrimPrefix(c, "/*"), "*/")
	if !strings.Contains(c, "\n") {
		return strings.TrimSpace(strings.Trim(c, "*"))
	}
	lines := strings.Split(c, "\n")
	for i, s := range lines {
		s = strings.TrimLeft(strings.TrimRight(s, " \t\r"), " \t")
		s = strings.TrimPrefix(strings.TrimLeft(s, "*"), " ")
		lines[i] = s
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// table maps the symbols of a grammar by the names of node kinds; both the
// named node and the token of a name are entered. A name that the grammar does
// not have is a mistake in the lowering and panics when the table is built.
func table[T any](g *source.Grammar, byName map[string]T) []T {
	t := make([]T, g.SymbolCount())
	for name, v := range byName {
		symbols := g.Symbols(name)
		if len(symbols) == 0 {
			panic("program: " + g.Language.String() + " has no node kind " + name)
		}
		for _, s := range symbols {
			t[s] = v
		}
	}
	return t
}

// at gives a table's entry for a symbol, the zero value for those of errors.
func at[T any](t []T, s source.Symbol) T {
	if int(s) < len(t) {
		return t[s]
	}
	var none T
	return none
}
