package flow

// value.go holds what is known of a value while a function is followed: where
// it comes from, what it is made of, and what has been proven of it. Values are
// immutable; nil is a value of which nothing is known and which no source
// reaches.

import (
	"slices"
	"strings"

	"mcpaudit/internal/source"
)

// originKind tells what a value comes from.
type originKind uint8

const (
	fromParam     originKind = iota // a parameter of the function that is summarised, or of one around it
	fromRequest                     // a call on a request that gives what the outside chose
	fromUntrusted                   // fetched from elsewhere
	fromSecret                      // a secret, an environment, an error: what says which
	fromRemote                      // fetched from another server
)

// node is what a proof speaks of: an origin, a member of it, or a piece cut out
// of it. It is comparable and means the same in every version of a file.
type node struct {
	fn    uint64 // identity of the function that owns the parameter or holds the source
	cut   uint32 // 0 for the whole; else the piece
	param int16  // index, or thisParam
	kind  originKind
	path  string // members from the parameter, each led by a NUL; for a source what it is
}

const thisParam = -1

const pathSep = "\x00"

// maxPath bounds the members that are told apart below a parameter.
const maxPath = 5

// member gives the node of a member.
func (n node) member(name string) node {
	if n.kind != fromParam && n.kind != fromRequest || n.cut != 0 || strings.Count(n.path, pathSep) >= maxPath {
		return n
	}
	n.path += pathSep + name
	return n
}

// atomFlags say what happened to a value on its way.
type atomFlags uint8

const (
	flagPartial  atomFlags = 1 << iota // other text stands beside it
	flagOpaque                         // unknown text stands before it
	flagUnsure                         // an unknown call lies on the way
	flagResolved                       // part of a path whose dots or links are resolved
	flagLooked                         // an address that a name was resolved to
	flagBehind                         // text stands before it that an absolute path does not displace
	flagRooted                         // part of an absolute path whose dots were resolved, so none leads above it
)

// atom is one origin of a value.
type atom struct {
	node
	proven proofs
	part   component
	flags  atomFlags
	lang   language // of the query whose text it is part of
	prefix string   // fixed text before it
	steps  *step
}

// step is one step of a path, the newest first.
type step struct {
	prev *step
	fn   uint64
	span source.Span // relative to fn
	text string
	n    int
	lang language // of the query whose text is built here
}

// maxSteps bounds the steps of a path.
const maxSteps = 24

func (s *step) length() int {
	if s == nil {
		return 0
	}
	return s.n
}

func (s *step) add(fn uint64, span source.Span, text string) *step {
	if s != nil && (s.n >= maxSteps || s.fn == fn && s.span == span) {
		return s
	}
	n := 1
	if s != nil {
		n = s.n + 1
	}
	return &step{prev: s, fn: fn, span: span, text: text, n: n}
}

// concat gives the steps of a followed by those of b.
func concatSteps(a, b *step) *step {
	if b == nil {
		return a
	}
	if a == nil {
		return b
	}
	p := concatSteps(a, b.prev)
	out := p.add(b.fn, b.span, b.text)
	if out != p {
		out.lang = b.lang
	}
	return out
}

// form is what a value is known to be.
type form uint8

const (
	formUnknown  form = iota
	formText          // text is the constant text
	formPrefix        // text is what a text begins with
	formNumber        // a number or a boolean; text as written
	formNone          // None, null, undefined, nil
	formList          // elems
	formObject        // fields
	formClass         // class is the class itself
	formInstance      // class, fields
	formModule        // class.home is that of the file, class.id names it
	formImport        // looked up when it is read: class.home is that of the importing file, class.id the import's index
)

// value is what is known of a value.
type value struct {
	atoms   []atom
	form    form
	endsSep bool   // a text that ends in a path separator
	filled  bool   // with formPrefix, a text that is not empty: some part of it is fixed
	config  bool   // of unknown content, not chosen by the caller: configuration
	text    string // see form; the expression of a regular expression
	name    string // canonical name of the module, function or class that it is
	typ     string // canonical name of the type that it is an instance of
	elems   []element
	fields  []field
	fns     []callable
	class   classRef
	others  []classRef // classes of which it may be one as well, with the same form
	recv    *value     // the receiver of the bound method name
	tests   *tests
	split   *split // set for words of a text that the caller of the function knows
	digest  uint64 // of all this, 0 before it is asked for
	fixed   bool   // with a digest: no caller knows more of it
}

// split says which words of a parameter a value stands for: the first one or, with
// rest, those behind it. A caller that knows how the text begins knows them.
type split struct {
	of   *value
	rest bool
}

// element is one element of a list, or with many any number of them.
type element struct {
	v    *value
	many bool
}

type field struct {
	name string
	v    *value
}

// callable is a function of the program as a value.
type callable struct {
	home  *home
	id    uint64 // identity of the function
	recv  *value
	bound []*value // leading arguments that are bound already
	keys  []field  // arguments that are bound by name
	binds *binding // parameters of functions around it, for a closure that was returned
	// other is set for a method of one of several classes, but the first.
	other bool
}

// binding gives arguments to the parameters of a function that has returned.
type binding struct {
	next *binding
	id   uint64
	args *arguments
}

// classRef names a class of the program.
type classRef struct {
	home *home
	id   uint64
}

func (c classRef) info() *classInfo {
	if c.home == nil {
		return nil
	}
	u := c.home.cur
	if ci := u.classes[c.id]; ci != nil || len(u.state) == 0 || u.state[0] != stateNew {
		return ci
	}
	u.summary(0) // a file's classes are known once its top level was followed
	return u.classes[c.id]
}

// maxFields, maxElems and maxAtoms bound what is told apart.
const (
	maxFields = 64
	maxElems  = 64
	maxAtoms  = 12
	maxFns    = 24
)

func textValue(s string) *value { return &value{form: formText, text: s, endsSep: endsInSep(s)} }

func endsInSep(s string) bool {
	return strings.HasSuffix(s, "/") || strings.HasSuffix(s, `\`)
}

var (
	noneValue   = &value{form: formNone}
	numberValue = &value{form: formNumber}
	trueValue   = &value{form: formNumber, text: "true"}
	falseValue  = &value{form: formNumber, text: "false"}
	configValue = &value{config: true}
)

func (v *value) isText() bool { return v != nil && v.form == formText }
func (v *value) isNone() bool { return v != nil && v.form == formNone }
func (v *value) known() string { // the constant text, or what the text begins with
	if v != nil && (v.form == formText || v.form == formPrefix) {
		return v.text
	}
	return ""
}

// hasAtoms reports whether a source or parameter reaches the value as a whole.
func (v *value) hasAtoms() bool { return v != nil && len(v.atoms) > 0 }

// truth tells whether a value is known to be true or false.
func (v *value) truth() (is, known bool) {
	if v == nil {
		return false, false
	}
	if v.typ == errorType {
		return true, true
	}
	switch v.form {
	case formNone:
		return false, true
	case formText:
		return v.text != "", v.text != "" || len(v.atoms) == 0
	case formPrefix:
		return true, v.text != "" || v.filled
	case formNumber:
		switch v.text {
		case "true", "True", "1":
			return true, true
		case "false", "False", "0":
			return false, true
		}
	case formObject, formInstance, formClass:
		return true, true
	case formList:
		if len(v.elems) > 0 && !v.elems[0].many {
			return true, true
		}
	}
	if len(v.fns) > 0 {
		return true, true
	}
	return false, false
}

// nonEmpty reports whether a value is a text that is not empty.
func (v *value) nonEmpty() bool {
	return v.form == formText && v.text != "" || v.form == formPrefix && (v.text != "" || v.filled)
}

// errorType is the type of what makes an error: it is never nil.
const errorType = "error"

// field gives the known member, and whether it is known.
func (v *value) field(name string) (*value, bool) {
	if v == nil {
		return nil, false
	}
	for i := range v.fields {
		if v.fields[i].name == name {
			return v.fields[i].v, true
		}
	}
	return nil, false
}

// withField gives the value with a member set.
func (v *value) withField(name string, m *value) *value {
	n := &value{form: formObject}
	if v != nil {
		*n = *v
		n.digest = 0
		n.tests = nil
	}
	if len(n.fields) >= maxFields {
		n.atoms = unionAtoms(n.atoms, all(m))
		return n
	}
	fields := make([]field, 0, len(n.fields)+1)
	set := false
	for _, f := range n.fields {
		if f.name == name {
			f.v, set = m, true
		}
		fields = append(fields, f)
	}
	if !set {
		fields = append(fields, field{name, m})
	}
	n.fields = fields
	return n
}

// withAtoms gives the value with more origins.
func (v *value) withAtoms(a []atom) *value {
	if len(a) == 0 {
		return v
	}
	n := &value{}
	if v != nil {
		*n = *v
		n.digest = 0
	}
	n.atoms = unionAtoms(n.atoms, a)
	return n
}

// all gives the origins of a value and of everything in it.
func all(v *value) []atom { return gather(nil, v, 0) }

func gather(into []atom, v *value, depth int) []atom {
	if v == nil || depth > 6 {
		return into
	}
	if into == nil {
		into = v.atoms
	} else {
		into = unionAtoms(into, v.atoms)
	}
	for i := range v.fields {
		into = gather(into, v.fields[i].v, depth+1)
	}
	for i := range v.elems {
		into = gather(into, v.elems[i].v, depth+1)
	}
	return into
}

// unionAtoms joins two sets of origins. An origin in both is proven what both
// prove, and is as bare as the barer.
func unionAtoms(a, b []atom) []atom {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := a[:len(a):len(a)]
	copied := false
	for _, y := range b {
		i := 0
		for i < len(out) && (out[i].node != y.node || out[i].part != y.part) {
			i++
		}
		if i == len(out) {
			if len(out) < maxAtoms {
				out = append(out, y)
				copied = true
			}
			continue
		}
		j := joinAtom(out[i], y)
		if j != out[i] {
			if !copied {
				out = append([]atom(nil), out...)
				copied = true
			}
			out[i] = j
		}
	}
	return out
}

func joinAtom(x, y atom) atom {
	x.proven &= y.proven
	x.prefix = joinPrefix(x, y)
	x.flags = x.flags&y.flags&(flagPartial|flagOpaque|flagResolved|flagLooked|flagBehind|flagRooted) | x.flags&y.flags&flagUnsure
	if x.lang == noLanguage {
		x.lang = y.lang
	}
	if y.steps != nil && (x.steps == nil || y.steps.n < x.steps.n) {
		x.steps = y.steps
	}
	return x
}

// joinPrefix gives the text before one of two places at which an origin stands:
// that of the place further ahead, or what both texts begin with. Where either
// text fixes the host of an address, so does the outcome.
func joinPrefix(x, y atom) string {
	switch {
	case x.prefix == y.prefix:
		return x.prefix
	case x.flags&flagOpaque != y.flags&flagOpaque:
		if x.flags&flagOpaque != 0 {
			return y.prefix
		}
		return x.prefix
	}
	p := commonPrefix(x.prefix, y.prefix)
	if !hostFixed(p, false) && hostFixed(x.prefix, false) && hostFixed(y.prefix, false) {
		return min(x.prefix, y.prefix)
	}
	return p
}

func commonPrefix(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// join gives what holds of both values.
func join(a, b *value) *value { return joinDepth(a, b, 0) }

func joinDepth(a, b *value, depth int) *value {
	if a == b || depth > 6 {
		return a
	}
	if a == nil || b == nil {
		one := a
		if a == nil {
			one = b
		}
		return one.loosened()
	}
	// None beside a value is the value: what is asked later is whether it is
	// there, and an absent value does no harm.
	if a.isNone() && (b.hasAtoms() || b.form != formUnknown || b.typ != "" || len(b.fns) > 0) {
		return b.loosenedText()
	}
	if b.isNone() && (a.hasAtoms() || a.form != formUnknown || a.typ != "" || len(a.fns) > 0) {
		return a.loosenedText()
	}
	n := &value{atoms: unionAtoms(a.atoms, b.atoms), endsSep: a.endsSep && b.endsSep, filled: a.nonEmpty() && b.nonEmpty(), config: a.config || b.config}
	if a.name == b.name {
		n.name, n.recv = a.name, joinDepth(a.recv, b.recv, depth+1)
	}
	n.typ = a.typ
	if n.typ == "" {
		n.typ = b.typ
	}
	n.class = a.class
	if n.class.home == nil {
		n.class = b.class
	}
	joinForm(n, a, b, depth)
	n.others = joinClasses(n, a, b)
	n.fns = joinFns(a.fns, b.fns)
	n.tests = joinTests(a.tests, b.tests)
	return n
}

// joinClasses gives the classes beside its own of which n, what is known of a and of
// b, may be one.
func joinClasses(n, a, b *value) []classRef {
	if n.form != formInstance && n.form != formClass && n.form != formObject || n.class.home == nil {
		return nil
	}
	var out []classRef
	for _, v := range []*value{a, b} {
		if v.form != n.form || v.class.home == nil {
			continue
		}
		for i := -1; i < len(v.others); i++ {
			c := v.class
			if i >= 0 {
				c = v.others[i]
			}
			if c != n.class && len(out) < maxFns && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// as gives an instance, or a class, of several ones as one of them alone.
func (v *value) as(c classRef) *value {
	n := *v
	n.digest, n.class, n.others = 0, c, nil
	return &n
}

// joinForm sets the form of n, what is known of a and of b.
func joinForm(n, a, b *value, depth int) {
	switch {
	case a.form == b.form:
		n.form = a.form
		switch a.form {
		case formText, formPrefix:
			n.text = a.text
			if a.text != b.text {
				n.form, n.text = formPrefix, commonPrefix(a.text, b.text)
				n.config = n.config || n.text == ""
			}
		case formNumber:
			if a.text == b.text {
				n.text = a.text
			}
		case formList:
			n.elems = joinElems(a.elems, b.elems, depth)
		}
	case a.known() != "" && b.known() != "":
		n.form, n.text = formPrefix, commonPrefix(a.text, b.text)
	case a.form == formList || b.form == formList:
		n.form = formList
		one := a.elems
		if b.form == formList {
			one = b.elems
		}
		n.elems = joinElems(one, nil, depth)
	case a.form == formObject || a.form == formInstance:
		n.form = a.form
	case b.form == formObject || b.form == formInstance:
		n.form = b.form
	}
	if len(a.fields)+len(b.fields) > 0 {
		n.fields = joinFields(a.fields, b.fields, depth)
	}
}

func joinFields(a, b []field, depth int) []field {
	out := make([]field, 0, max(len(a), len(b)))
	for _, f := range a {
		for _, g := range b {
			if g.name == f.name {
				f.v = joinDepth(f.v, g.v, depth+1)
				break
			}
		}
		out = append(out, f)
	}
	for _, g := range b {
		found := false
		for _, f := range a {
			if f.name == g.name {
				found = true
				break
			}
		}
		if !found && len(out) < maxFields {
			out = append(out, g)
		}
	}
	return out
}

// joinElems joins lists: what both begin with stays, the rest may be there any
// number of times.
func joinElems(a, b []element, depth int) []element {
	if len(b) > len(a) {
		a, b = b, a
	}
	out := make([]element, 0, len(a))
	for i, e := range a {
		if i < len(b) && e.many == b[i].many {
			out = append(out, element{joinDepth(e.v, b[i].v, depth+1), e.many})
			continue
		}
		for ; i < len(a); i++ {
			out = append(out, element{a[i].v, true})
			if i < len(b) {
				out = append(out, element{b[i].v, true})
			}
		}
		break
	}
	return boundElems(out)
}

// boundElems folds the elements past the bound into one.
func boundElems(list []element) []element {
	if len(list) <= maxElems {
		return list
	}
	last := element{many: true}
	for _, e := range list[maxElems-1:] {
		last.v = join(last.v, e.v)
	}
	return append(list[:maxElems-1:maxElems-1], last)
}

func joinFns(a, b []callable) []callable {
	if len(a) == 0 {
		return b
	}
	out := a
	for _, y := range b {
		found := false
		for i := range a {
			if a[i].home == y.home && a[i].id == y.id {
				found = true
				if out[i].other && !y.other {
					out = slices.Clone(out)
					out[i].other = false
				}
				if r := joinReceivers(out[i].recv, y.recv); r != out[i].recv {
					out = slices.Clone(out)
					out[i].recv = r
				}
				break
			}
		}
		if !found && len(out) < maxFns {
			out = append(out[:len(out):len(out)], y)
		}
	}
	return out
}

// joinReceivers gives the receiver of a method that both values inherit: what it calls
// on itself is what the class of either says.
func joinReceivers(a, b *value) *value {
	if a == nil || b == nil || a.form != b.form || a.class == b.class && len(b.others) == 0 ||
		a.class.home == nil || b.class.home == nil {
		return a
	}
	return join(a, b)
}

// loosened gives the value as one of which another, unknown one may stand
// instead: its origins, its type and its functions stay, its text does not.
func (v *value) loosened() *value {
	if v == nil || v.form == formUnknown && v.name == "" && v.tests == nil && !v.endsSep {
		return v
	}
	n := *v
	n.digest = 0
	n.tests, n.endsSep, n.filled = nil, false, false
	switch v.form {
	case formText, formPrefix, formNumber, formNone:
		n.form, n.text, n.config = formUnknown, "", true
	case formList:
		n.elems = joinElems(v.elems, nil, 0)
	}
	return &n
}

// loosenedText gives the value as one that may be absent.
func (v *value) loosenedText() *value {
	if v.form == formText || v.form == formNumber || v.tests != nil {
		n := *v
		n.digest, n.tests = 0, nil
		switch v.form {
		case formText:
			n.form, n.config = formPrefix, true
		case formNumber:
			n.text = ""
		}
		return &n
	}
	return v
}
