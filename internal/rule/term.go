package rule

// term.go holds the form in which patterns and programs are compared. A term
// is a syntax node stripped of what does not matter to a match: parentheses,
// semicolons, quotes, the grammar's own wrappers. The same few operators serve
// every language, so the matcher is written once.
//
// Terms are made on demand, one level at a time: a rule that needs three calls
// of a file pays for three calls.

import (
	"strings"

	"mcpaudit/internal/source"
)

// op is the form of a term. The comment gives the layout of its kids; an
// absent kid is nil.
type op uint8

const (
	opNone       op = iota // a token or a wrapper, never matched
	opOther                // any other node; str is the grammar's kind (and the text of a leaf), kids its named children
	opName                 // str is the name
	opStr                  // str is the decoded text
	opTemplate             // pieces: opStr and values
	opNumber               // str is the text
	opLit                  // str is true, false, null, undefined, …
	opRegex                // str is the text
	opField                // object, name
	opIndex                // object, index
	opCall                 // callee, arguments…
	opNew                  // class, arguments…
	opKeyword              // name, value
	opSpread               // value; str is * or **
	opBinary               // left, right; str is the operator
	opUnary                // operand; str is the operator
	opAssign               // target, value or nil, type or nil; str is the operator, decl says if it declares
	opCond                 // condition, then, else
	opList                 // elements; str is list, tuple or set
	opObject               // opPair, opSpread, opFunc
	opPair                 // key, value
	opComposite            // Go's T{…}: type, elements…
	opFunc                 // name, opParams, result, body, opDecorators, receiver; str is def, expr, arrow or method
	opParams               // parameters
	opParam                // name or pattern, type, default; str is *, ** or empty
	opClass                // name, opBases, body, opDecorators
	opBases                // base classes
	opDecorators           // decorator expressions
	opBlock                // statements
	opGroup                // several statements in one node: imports, declarations
	opReturn               // value
	opThrow                // value
	opAwait                // value
	opYield                // value
	opIf                   // condition, then, else, initialiser
	opWhile                // condition, body
	opFor                  // initialiser, condition, step, body
	opForIn                // target, iterated, body
	opTry                  // body, opHandlers, else, finally
	opHandlers             // opCatch…
	opCatch                // type, name, body
	opWith                 // opWithItems, body
	opWithItems            // opWithItem…
	opWithItem             // value, name
	opSwitch               // value, opCase…
	opCase                 // values (opList or nil), body
	opImport               // module, member, alias; str is module, from, default, namespace or side
	opElement              // JSX: name, opAttributes, children…
	opAttributes           // JSX attributes
	opAttribute            // JSX: name, value
	opText                 // JSX text
	numOps
)

// term is one node of the form. Terms of a file are shared between the rules
// that run on it, by one goroutine.
type term struct {
	op    op
	decl  bool
	async bool
	ready bool
	piece bool // literal text within a template
	id    source.NodeID
	str   string
	kids  []*term
	span  source.Span
	build builder
}

// builder fills str and kids of a term from its node.
type builder func(f *file, t *term)

// kind says how nodes of one symbol become terms.
type kind struct {
	op    op
	build builder
	// wrap is set where the node stands for its only named child.
	wrap bool
	// follow names the fields, first found first taken, of the child that the
	// node stands for.
	follow []string
}

// dialect is a language's way from nodes to terms.
type dialect struct {
	grammar *source.Grammar
	kinds   []kind
	fields  map[string]source.Field
}

// file is a syntax tree seen as terms.
type file struct {
	*dialect
	tree  *source.Tree
	memo  []*term
	slab  []term
	cut   bool // blocks nested too deep were left out of sequences
	flat  map[*term]*flatBlock
	index *index // of names; made on demand
}

func newFile(tree *source.Tree) *file {
	return &file{dialect: dialectOf(tree.Language), tree: tree, memo: make([]*term, tree.Len())}
}

func newDialect(l source.Language, table map[string]kind) *dialect {
	g := source.GrammarOf(l)
	d := &dialect{grammar: g, kinds: make([]kind, g.SymbolCount()), fields: map[string]source.Field{}}
	for s := range d.kinds {
		k, ok := table[g.SymbolName(source.Symbol(s))]
		if !ok {
			k = kind{op: opOther, build: buildOther}
		}
		d.kinds[s] = k
	}
	for f := source.Field(1); ; f++ {
		name := g.FieldName(f)
		if name == "" {
			return d
		}
		d.fields[name] = f
	}
}

// kindOf gives the kind of a node.
func (f *file) kindOf(n source.NodeID) kind {
	node := f.tree.Node(n)
	if !node.Named() || node.Extra() {
		return kind{}
	}
	if node.Symbol == source.SymbolError || int(node.Symbol) >= len(f.kinds) {
		return kind{op: opOther, build: buildOther}
	}
	return f.kinds[node.Symbol]
}

// term gives the term of a node, without its kids.
func (f *file) term(n source.NodeID) *term {
	if t := f.memo[n]; t != nil {
		return t
	}
	at := n
	k := f.kindOf(at)
	for k.wrap || k.follow != nil {
		if k.follow != nil {
			at, k = f.follow(at, k)
			continue
		}
		inner, count := at, 0
		for c := range f.tree.NamedChildren(at) {
			if count == 0 {
				inner = c
			}
			count++
		}
		if count == 0 || count > 1 && f.tree.Kind(at) == "expression_statement" {
			k = kind{op: opList, build: buildTuple}
			break
		}
		at = inner
		k = f.kindOf(at)
	}
	t := f.memo[at]
	if t == nil || at == n {
		t = f.alloc()
		*t = term{op: k.op, id: at, span: f.tree.Span(at), build: k.build}
		if k.op == opName || k.op == opNumber {
			t.str, t.ready = f.tree.TextOf(at), true
		}
		f.memo[at] = t
	}
	f.memo[n] = t
	return t
}

// follow gives the child that a node stands for; the node itself, as a group of
// nothing, where there is none.
func (f *file) follow(n source.NodeID, k kind) (source.NodeID, kind) {
	for _, field := range k.follow {
		if c, ok := f.fieldNode(n, field); ok {
			return c, f.kindOf(c)
		}
	}
	return n, kind{op: opOther, build: buildOther}
}

func (f *file) alloc() *term {
	if len(f.slab) == 0 {
		f.slab = make([]term, 256)
	}
	t := &f.slab[0]
	f.slab = f.slab[1:]
	return t
}

// open fills a term's kids.
func (f *file) open(t *term) *term {
	if t != nil && !t.ready {
		t.ready = true
		if t.build != nil {
			t.build(f, t)
		}
	}
	return t
}

// made gives a term that no single node stands for.
func (f *file) made(o op, at source.NodeID, str string, kids ...*term) *term {
	t := f.alloc()
	*t = term{op: o, id: at, str: str, kids: kids, span: f.tree.Span(at), ready: true}
	return t
}

// field gives the term of the child in a field, or nil.
func (f *file) field(n source.NodeID, name string) *term {
	if c, ok := f.fieldNode(n, name); ok {
		return f.term(c)
	}
	return nil
}

// fieldNode gives the first child in a field that is no token of punctuation.
func (f *file) fieldNode(n source.NodeID, name string) (source.NodeID, bool) {
	return f.tree.Child(n, f.fields[name])
}

// fieldText gives the text of the child in a field.
func (f *file) fieldText(n source.NodeID, name string) string {
	if c, ok := f.fieldNode(n, name); ok {
		return f.tree.TextOf(c)
	}
	return ""
}

// fieldsOf gives the terms of all named children in a field.
func (f *file) fieldsOf(n source.NodeID, name string) []*term {
	var out []*term
	want := f.fields[name]
	for c := range f.tree.NamedChildren(n) {
		if f.tree.Node(c).Field == want {
			out = append(out, f.term(c))
		}
	}
	return out
}

// named gives the terms of all named children.
func (f *file) named(n source.NodeID) []*term {
	var out []*term
	for c := range f.tree.NamedChildren(n) {
		out = append(out, f.term(c))
	}
	return out
}

// childOf gives the first named child of a kind.
func (f *file) childOf(n source.NodeID, kinds ...string) (source.NodeID, bool) {
	for c := range f.tree.NamedChildren(n) {
		k := f.tree.Kind(c)
		for _, want := range kinds {
			if k == want {
				return c, true
			}
		}
	}
	return 0, false
}

// hasToken reports whether a child of n is that token.
func (f *file) hasToken(n source.NodeID, token string) bool {
	for c := range f.tree.Children(n) {
		if node := f.tree.Node(c); node.End-node.Start == uint32(len(token)) && f.tree.TextOf(c) == token {
			return true
		}
	}
	return false
}

// statements gives the statements under a node, those of groups in place.
func (f *file) statements(n source.NodeID, skip ...string) []*term {
	var out []*term
next:
	for c := range f.tree.NamedChildren(n) {
		k := f.tree.Kind(c)
		for _, s := range skip {
			if s == k {
				continue next
			}
		}
		out = f.addStatement(out, f.term(c))
	}
	return out
}

func (f *file) addStatement(out []*term, t *term) []*term {
	if t.op == opGroup {
		return append(out, f.open(t).kids...)
	}
	if t.op == opNone {
		return out
	}
	return append(out, t)
}

// block gives the body in a field as a block: a single statement is a block of one.
func (f *file) block(n source.NodeID, field string) *term {
	c, ok := f.fieldNode(n, field)
	if !ok {
		return nil
	}
	return f.blockOf(c)
}

func (f *file) blockOf(n source.NodeID) *term {
	t := f.term(n)
	if t.op == opBlock {
		return t
	}
	return f.made(opBlock, n, "", f.addStatement(nil, t)...)
}

// text gives the source text of a term.
func (f *file) text(t *term) string { return f.tree.Text.Slice(t.span) }

func buildOther(f *file, t *term) {
	t.str = f.tree.Kind(t.id)
	t.kids = f.named(t.id)
	if len(t.kids) == 0 {
		t.str = f.tree.TextOf(t.id)
	}
}

func buildTuple(f *file, t *term) { t.str, t.kids = "tuple", f.named(t.id) }

func buildList(str string) builder {
	return func(f *file, t *term) { t.str, t.kids = str, f.named(t.id) }
}

func buildBlock(skip ...string) builder {
	return func(f *file, t *term) { t.kids = f.statements(t.id, skip...) }
}

// buildFields fills kids from fields, in order.
func buildFields(names ...string) builder {
	return func(f *file, t *term) {
		t.kids = make([]*term, len(names))
		for i, name := range names {
			t.kids[i] = f.field(t.id, name)
		}
	}
}

// buildOperator fills an operator term: str from the field operator.
func buildOperator(names ...string) builder {
	fields := buildFields(names...)
	return func(f *file, t *term) {
		fields(f, t)
		t.str = operatorName(f.fieldText(t.id, "operator"))
	}
}

// operatorName maps operators that mean the same to one spelling.
func operatorName(s string) string {
	switch s {
	case "===":
		return "=="
	case "!==", "<>":
		return "!="
	case "&&":
		return "and"
	case "||":
		return "or"
	case "!":
		return "not"
	}
	return s
}

// buildFirst fills kids with the first named child, or nil.
func buildFirst(f *file, t *term) {
	t.kids = []*term{nil}
	for c := range f.tree.NamedChildren(t.id) {
		t.kids[0] = f.term(c)
		return
	}
}

func buildLit(f *file, t *term) {
	t.str = f.tree.TextOf(t.id)
	switch t.str {
	case "True":
		t.str = "true"
	case "False":
		t.str = "false"
	case "None", "nil":
		t.str = "null"
	}
}

func buildText(f *file, t *term) { t.str = f.tree.TextOf(t.id) }

// splitQuotes gives what stands between the quotes of a string and its prefix.
func splitQuotes(s string) (prefix, body string) {
	i := strings.IndexAny(s, "\"'`")
	if i < 0 {
		return "", s
	}
	prefix, s = s[:i], s[i:]
	q := s[:1]
	if strings.HasPrefix(s, q+q+q) && len(s) >= 6 {
		return prefix, strings.TrimSuffix(s[3:], q+q+q)
	}
	return prefix, strings.TrimSuffix(s[1:], q)
}

// unescape decodes the escapes that the languages share. One that it does not
// know stays as written.
func unescape(s string) string {
	if !strings.Contains(s, "\\") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '\n':
		case '\\', '\'', '"', '`':
			b.WriteByte(s[i])
		case 'x':
			i += unescapeHex(&b, s[i:], 2)
		case 'u':
			i += unescapeHex(&b, s[i:], 4)
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// unescapeHex writes the character whose digits follow s[0] and gives the
// number of digits read.
func unescapeHex(b *strings.Builder, s string, digits int) int {
	if len(s) < digits+1 {
		b.WriteString("\\" + s[:1])
		return 0
	}
	r := rune(0)
	for _, c := range []byte(s[1 : digits+1]) {
		v := strings.IndexByte("0123456789abcdef", c|0x20)
		if v < 0 {
			b.WriteString("\\" + s[:1])
			return 0
		}
		r = r<<4 | rune(v)
	}
	b.WriteRune(r)
	return digits
}

// isIdent reports whether s is a plain identifier.
func isIdent(s string) bool {
	for i, c := range s {
		if c != '_' && c != '$' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') && c < 0x80 {
			return false
		}
	}
	return s != ""
}
