package rule

// names.go knows what the names of a file stand for: the imported thing, the
// assigned value, the declared type. It looks at one file and follows a name
// only where the text leaves no choice.

import (
	"slices"
	"strings"

	"mcpaudit/internal/source"
)

// maxResolve bounds how many names are followed one after another.
const maxResolve = 8

// definition is one place at which a name gets a value.
type definition struct {
	at    source.NodeID
	value *term // nil where the value is not known: a parameter, a loop variable
	typ   *term
	// opaque is set where the name is changed in place, so no value is its value.
	opaque bool
	// hides is set where the name is a new one, so an import of an outer scope
	// does not show through.
	hides bool
}

// importedName is one import that binds a name, in the order of the text.
type importedName struct {
	at   source.NodeID
	path []string
}

type scopedName struct {
	scope source.NodeID
	name  string
}

// index holds the names of a file.
type index struct {
	imports map[scopedName][]importedName
	aliases map[string][]string // local name → last names of what it may be imported as
	defs    map[scopedName][]definition
	scopes  []source.NodeID // of each node: the function or class whose body holds it
}

// names gives the file's index, made at the first use.
func (f *file) names() *index {
	if f.index == nil {
		f.index = &index{imports: map[scopedName][]importedName{}, aliases: map[string][]string{}, defs: map[scopedName][]definition{}}
		f.indexNames()
	}
	return f.index
}

func (f *file) indexNames() {
	type open struct{ scope, next source.NodeID }
	f.index.scopes = make([]source.NodeID, f.tree.Len())
	stack := []open{{0, source.NodeID(f.tree.Len())}}
	for i := 1; i < f.tree.Len(); i++ {
		n := source.NodeID(i)
		for n >= stack[len(stack)-1].next {
			stack = stack[:len(stack)-1]
		}
		scope := stack[len(stack)-1].scope
		f.index.scopes[n] = scope
		k := f.kindOf(n)
		if k.wrap || k.follow != nil {
			continue
		}
		switch k.op {
		case opFunc, opClass:
			t := f.open(f.term(n))
			if name := t.kids[0]; name != nil && name.op == opName && (t.str == "def" || k.op == opClass) {
				f.define(scope, name, t, nil, true)
			}
			stack = append(stack, open{n, f.tree.Node(n).Next})
			if k.op == opFunc {
				f.defineParams(n, t)
			}
		case opAssign:
			f.indexAssign(scope, f.open(f.term(n)))
		case opForIn, opFor:
			if t := f.open(f.term(n)); t.op == opForIn {
				f.define(scope, t.kids[0], nil, nil, false)
			}
		case opWith:
			for _, item := range f.open(f.term(n)).kids[0].kids {
				if item.kids[1] != nil {
					f.define(scope, item.kids[1], nil, nil, false)
				}
			}
		case opCatch:
			if t := f.open(f.term(n)); t.kids[1] != nil {
				f.define(scope, t.kids[1], nil, nil, false)
			}
		case opUnary:
			if t := f.open(f.term(n)); t.str == "++" || t.str == "--" {
				f.define(scope, t.kids[0], nil, nil, true)
			}
		case opGroup:
			for _, t := range f.open(f.term(n)).kids {
				if t.op == opImport {
					f.indexImport(scope, t)
				}
			}
		}
	}
}

func (f *file) defineParams(fn source.NodeID, t *term) {
	for _, params := range []*term{t.kids[1], t.kids[5]} {
		if params == nil {
			continue
		}
		for _, p := range f.open(params).kids {
			if f.open(p); p.op == opParam && p.kids[0] != nil {
				f.define(fn, p.kids[0], nil, p.kids[1], false)
			}
		}
	}
}

// maxTargetDepth bounds the nesting of a destructuring pattern.
const maxTargetDepth = 40

// define records every name that a target binds.
func (f *file) define(scope source.NodeID, target, value, typ *term, opaque bool) {
	f.defineIn(scope, target, definition{value: value, typ: typ, opaque: opaque}, 0)
}

func (f *file) defineIn(scope source.NodeID, target *term, d definition, depth int) {
	if target == nil || depth > maxTargetDepth {
		return
	}
	switch f.open(target); target.op {
	case opName:
		key := scopedName{scope, target.str}
		d.at, d.hides = target.id, f.tree.Language != source.Python || d.value == nil
		f.index.defs[key] = append(f.index.defs[key], d)
	case opList, opObject, opPair, opSpread, opParam:
		for i, k := range target.kids {
			if target.op == opPair && i == 0 || target.op == opParam && i > 0 {
				continue
			}
			f.defineIn(scope, k, definition{}, depth+1)
		}
	}
}

func (f *file) indexAssign(scope source.NodeID, t *term) {
	if t.op != opAssign || len(t.kids) < 2 {
		return
	}
	if f.kindOf(f.tree.Node(t.id).Parent).op == opBlock && f.tree.Kind(f.tree.Node(t.id).Parent) == "class_body" {
		return
	}
	var typ *term
	if len(t.kids) > 2 {
		typ = t.kids[2]
	}
	if t.str != "=" {
		f.define(scope, t.kids[0], nil, nil, true)
		return
	}
	target, value := t.kids[0], t.kids[1]
	if target != nil && value != nil && target.op == opList {
		f.open(target)
		if f.open(value); value.op == opList && len(value.kids) == len(target.kids) {
			for i, k := range target.kids {
				f.define(scope, k, value.kids[i], nil, false)
			}
			return
		}
		if f.tree.Language == source.Go && len(target.kids) > 0 {
			// x, err := f() gives x the type of f's result.
			f.define(scope, target, nil, nil, false)
			return
		}
	}
	if target == nil || value == nil && typ == nil {
		if target != nil && t.decl {
			return
		}
	}
	f.define(scope, target, value, typ, false)
	if f.tree.Language.ECMAScript() && value != nil {
		f.indexRequire(scope, target, value)
	}
}

// modulePath splits a module's name into the parts by which patterns name it.
func (f *file) modulePath(module *term) []string {
	f.open(module)
	switch module.op {
	case opStr:
		s := strings.TrimPrefix(module.str, "node:")
		if strings.HasPrefix(s, ".") || s == "" {
			return nil
		}
		parts := strings.Split(s, "/")
		if f.tree.Language == source.Go {
			return parts[len(parts)-1:]
		}
		return parts
	case opName:
		if strings.HasPrefix(module.str, ".") {
			return nil
		}
		return []string{module.str}
	case opField:
		return f.dotted(module)
	}
	return nil
}

// dotted gives a.b.c as its parts, nil if t is anything else.
func (f *file) dotted(t *term) []string {
	var parts []string
	for range 16 {
		switch f.open(t); t.op {
		case opName:
			parts = append(parts, t.str)
			slices.Reverse(parts)
			return parts
		case opField:
			if t.kids[0] == nil || t.kids[1] == nil || t.kids[1].op != opName {
				return nil
			}
			parts = append(parts, t.kids[1].str)
			t = t.kids[0]
		default:
			return nil
		}
	}
	return nil
}

func (f *file) indexImport(scope source.NodeID, t *term) {
	path := f.modulePath(t.kids[0])
	if path == nil {
		return
	}
	local := ""
	switch {
	case t.kids[2] != nil:
		local = t.kids[2].str
	case t.kids[1] != nil:
		local = t.kids[1].str
	default:
		return
	}
	if t.kids[1] != nil && t.str == "from" {
		member := f.dotted(t.kids[1])
		if member == nil || member[0] == "*" {
			return
		}
		path = append(slices.Clone(path), member...)
	}
	if local != "" && local != "_" && local != "." {
		f.index.imported(scope, t.id, local, path)
	}
}

// imported records that a local name stands for an imported thing.
func (ix *index) imported(scope, at source.NodeID, local string, path []string) {
	key := scopedName{scope, local}
	ix.imports[key] = append(ix.imports[key], importedName{at, path})
	if last := path[len(path)-1]; last != local && !slices.Contains(ix.aliases[local], last) {
		ix.aliases[local] = append(ix.aliases[local], last)
	}
}

// indexRequire reads require() and promisify(), plain and destructured.
func (f *file) indexRequire(scope source.NodeID, target, value *term) {
	path := f.requirePath(value, 0)
	if path == nil {
		return
	}
	switch f.open(target); target.op {
	case opName:
		f.index.imported(scope, target.id, target.str, path)
	case opObject:
		for _, p := range target.kids {
			if f.open(p); p.op != opPair || p.kids[0] == nil || p.kids[0].op != opName || p.kids[1] == nil {
				continue
			}
			local := p.kids[1]
			if f.open(local); local.op == opParam {
				local = local.kids[0]
			}
			if local != nil && local.op == opName {
				f.index.imported(scope, local.id, local.str, append(slices.Clone(path), p.kids[0].str))
			}
		}
	}
}

func (f *file) requirePath(t *term, depth int) []string {
	if t == nil || depth > maxResolve {
		return nil
	}
	switch f.open(t); t.op {
	case opAwait:
		return f.requirePath(t.kids[0], depth+1)
	case opField:
		if path := f.requirePath(t.kids[0], depth+1); path != nil && t.kids[1] != nil {
			return append(slices.Clone(path), t.kids[1].str)
		}
	case opCall:
		if len(t.kids) != 2 || t.kids[0] == nil {
			return nil
		}
		callee := f.dotted(t.kids[0])
		if len(callee) == 0 {
			return nil
		}
		switch callee[len(callee)-1] {
		case "require", "import":
			if len(callee) == 1 && f.open(t.kids[1]).op == opStr {
				return f.modulePath(t.kids[1])
			}
		case "promisify":
			return f.resolve(t.kids[1])
		}
	}
	return nil
}

// resolve gives the imported thing that a name or a chain of members stands
// for, nil where it is none.
func (f *file) resolve(t *term) []string {
	path := f.dotted(t)
	if path == nil {
		return nil
	}
	full := f.importOf(path[0], t.id)
	if full == nil || len(full)+len(path) > 24 {
		return nil
	}
	if len(full) == 1 && full[0] == path[0] {
		return nil
	}
	return append(slices.Clone(full), path[1:]...)
}

// importOf gives what a name is imported as where it stands, nil if an inner
// definition hides the import.
func (f *file) importOf(name string, at source.NodeID) []string {
	ix := f.names()
	if len(ix.imports) == 0 {
		return nil
	}
	scope := f.scopeOf(at)
	for range maxScopes {
		key := scopedName{scope, name}
		if list := ix.imports[key]; list != nil {
			for i := len(list) - 1; i >= 0; i-- {
				if list[i].at < at {
					return list[i].path
				}
			}
		}
		if f.kindOf(scope).op != opClass && slices.ContainsFunc(ix.defs[key], func(d definition) bool { return d.hides }) || scope == 0 {
			return nil
		}
		scope = ix.scopes[scope]
	}
	return nil
}

// scopeOf gives the function or class whose body holds a node, 0 for the file.
// The name of a definition belongs to the scope around it.
func (f *file) scopeOf(n source.NodeID) source.NodeID {
	scope := f.names().scopes[n]
	if scope != 0 && f.tree.Node(n).Parent == scope && f.tree.Node(n).Field == f.fields["name"] {
		return f.index.scopes[scope]
	}
	return scope
}

// maxScopes bounds the functions around a place that are searched for a name.
const maxScopes = 64

// variableScope gives the scope whose variable a name is, 0 for the file's and
// for names that are not defined here.
func (f *file) variableScope(t *term) source.NodeID {
	ix := f.names()
	scope := f.scopeOf(t.id)
	for range maxScopes {
		if scope == 0 || ix.defs[scopedName{scope, t.str}] != nil {
			return scope
		}
		scope = ix.scopes[scope]
	}
	return 0
}

// definitions gives the definitions of a name as seen from a node, and whether
// they stand in the node's own function.
func (f *file) definitions(name string, at source.NodeID) ([]definition, bool) {
	ix := f.names()
	scope := f.scopeOf(at)
	own := true
	for range maxScopes {
		if d := ix.defs[scopedName{scope, name}]; d != nil && (own || f.kindOf(scope).op != opClass) {
			return d, own
		}
		if scope == 0 {
			return nil, false
		}
		scope, own = ix.scopes[scope], false
	}
	return nil, false
}

// value gives the expression whose value a name has at its place, or nil.
func (f *file) value(t *term) *term {
	if t.op != opName {
		return nil
	}
	defs, own := f.definitions(t.str, t.id)
	if len(defs) == 0 {
		return nil
	}
	if !own {
		if len(defs) == 1 && !defs[0].opaque {
			return defs[0].value
		}
		return nil
	}
	best := -1
	for i, d := range defs {
		if d.at < t.id && (d.value == nil || f.tree.Node(t.id).Start >= d.value.span.End) {
			best = i
		}
	}
	if best < 0 || defs[best].opaque || defs[best].value == nil {
		return nil
	}
	d := defs[best]
	if len(defs) > 1 && !f.dominates(d, defs, t.id) {
		return nil
	}
	return d.value
}

// dominates reports whether d is the definition that reaches a use among
// several: its block holds the use, and no loop brings a later one back.
func (f *file) dominates(d definition, defs []definition, use source.NodeID) bool {
	within := func(n, of source.NodeID) bool { return n >= of && n < f.tree.Node(of).Next }
	block := d.at
	for block != 0 && f.kindOf(block).op != opBlock {
		block = f.tree.Node(block).Parent
	}
	if !within(use, block) {
		return false
	}
	for n := use; n != 0; n = f.tree.Node(n).Parent {
		if o := f.kindOf(n).op; (o == opFor || o == opForIn || o == opWhile) && !within(d.at, n) {
			for _, other := range defs {
				if within(other.at, n) {
					return false
				}
			}
		}
	}
	return true
}

// constant gives the constant that an expression is known to be: a term of
// opStr, opNumber or opLit, or nil.
func (f *file) constant(t *term, depth int) *term {
	if t == nil || depth > maxResolve {
		return nil
	}
	switch f.open(t); t.op {
	case opStr, opNumber, opLit:
		return t
	case opName:
		if v := f.value(t); v != nil {
			return f.constant(v, depth+1)
		}
	case opBinary:
		if t.str != "+" {
			return nil
		}
		l, r := f.constant(t.kids[0], depth+1), f.constant(t.kids[1], depth+1)
		if l != nil && r != nil && l.op == opStr && r.op == opStr && len(l.str)+len(r.str) < 1<<16 {
			return f.made(opStr, t.id, l.str+r.str)
		}
	case opTemplate:
		var b strings.Builder
		for _, k := range t.kids {
			c := f.constant(k, depth+1)
			if c == nil || c.op == opLit || b.Len() > 1<<16 {
				return nil
			}
			b.WriteString(c.str)
		}
		return f.made(opStr, t.id, b.String())
	}
	return nil
}

// typeOf gives the type that the text shows an expression to have, or "".
func (f *file) typeOf(t *term, depth int) string {
	if t == nil || depth > maxResolve {
		return ""
	}
	switch f.open(t); t.op {
	case opName:
		defs, _ := f.definitions(t.str, t.id)
		for i := len(defs) - 1; i >= 0; i-- {
			if d := defs[i]; d.typ != nil {
				return normalType(f.text(d.typ))
			} else if d.value != nil && d.value.id != t.id {
				if s := f.typeOf(d.value, depth+1); s != "" {
					return s
				}
			}
		}
	case opNew, opComposite:
		if t.kids[0] != nil {
			return normalType(f.text(t.kids[0]))
		}
	case opStr, opTemplate:
		if f.tree.Language == source.Python {
			return "str"
		}
		return "string"
	case opNumber:
		if f.tree.Language.ECMAScript() {
			return "number"
		}
		if strings.ContainsAny(t.str, ".") {
			return "float"
		}
		return "int"
	case opBinary, opUnary:
		switch t.str {
		case "==", "!=", "<", ">", "<=", ">=", "in", "not in", "is", "is not", "instanceof", "not":
			if f.tree.Language.ECMAScript() {
				return "boolean"
			}
			return "bool"
		}
		if t.str == "&" && t.op == opUnary {
			if s := f.typeOf(t.kids[0], depth+1); s != "" {
				return "*" + s
			}
		}
	case opLit:
		if t.str == "true" || t.str == "false" {
			if f.tree.Language.ECMAScript() {
				return "boolean"
			}
			return "bool"
		}
	case opCall:
		if f.tree.Language == source.Go && t.kids[0] != nil {
			if t.kids[0].op == opName && (t.kids[0].str == "string" || t.kids[0].str == "int") {
				return t.kids[0].str
			}
			if t.kids[0].op == opOther {
				return normalType(f.text(t.kids[0]))
			}
		}
	}
	return ""
}
