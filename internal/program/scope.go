package program

// scope.go resolves names: what a name is bound to in the scopes around it.
// What a function's own text says of its names is found once and stays with
// the function for as long as it is taken over from version to version; the
// rest is found on demand and stays with the file.

import (
	"strconv"
	"strings"
	"sync"

	"mcpaudit/internal/source"
)

// BindingKind says what a name is bound to.
type BindingKind uint8

// The kinds of binding.
const (
	Unbound     BindingKind = iota // not in this file: a builtin, a global, a name that a star import may bring
	BoundLocal                     // assigned: Assigns
	BoundParam                     // parameter Param of function Func; Assigns if it is assigned to as well
	BoundFunc                      // the function Target
	BoundClass                     // Class
	BoundImport                    // Import
)

// Receiver stands in Binding.Param for Go's receiver, which is not in Params.
const Receiver = -1

// Binding is what a name is bound to.
type Binding struct {
	Kind  BindingKind
	Func  int // index into File.Funcs of the function in whose scope the name stands
	Param int // index into its Params, or Receiver
	// Path leads from the parameter to what is bound where the parameter is a pattern.
	Path   []string
	Target int // index into File.Funcs
	Class  *Class
	Import *Import
	// Assigns are the assignments to the name in the order of their text, also
	// those that nested functions make. A name that is bound in several ways is
	// BoundLocal, and its functions and classes stand here as values.
	Assigns []Assign
}

// AssignKind says how a name gets a value.
type AssignKind uint8

// The kinds of assignment.
const (
	AssignValue   AssignKind = iota // Value itself, or what Path leads to
	AssignElement                   // an element of Value: for … in Value
	AssignWith                      // what the context manager Value gives
	AssignOther                     // in a way that is not followed: an exception, a match, +=
)

// Assign is one assignment to a name.
type Assign struct {
	Kind AssignKind
	Func int   // index into File.Funcs of the function whose text it stands in
	Stmt *Stmt // nil within an expression
	// Value is assigned, relative to Func; nil for a declaration without one.
	Value *Value
	// Path leads from the value to what is bound where the target is a
	// pattern: member names, [0] for elements, [*] for the rest.
	Path []string
	// Type is the declared type, nil if none.
	Type *Value
}

// Lookup gives what a name is bound to for code in function fn. Blocks have no
// scope of their own: a name that several blocks declare is one name.
func (f *File) Lookup(fn int, name string) Binding {
	m := f.scopes()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lookup(fn, name)
}

// local is what one function's text says of a name in its scope.
type local struct {
	param   int // index into Params plus one, -1 for the receiver, 0 for none
	path    []string
	funcs   []*Function
	classes []*Class
	assigns []Assign // Func is not set
	imports []int    // into Function.imports
}

// functionMemo is what a function's own text says of names.
type functionMemo struct {
	kept    sync.Map // by *Kept
	once    sync.Once
	names   map[string]*local
	writes  []write      // to names that are not declared here
	fields  []fieldWrite // self.x = …, this.x = …
	classes []*Class     // all that stand in the function's text

	callsOnce sync.Once
	calls     []*Value
}

type write struct {
	name   string
	global bool
	Assign
}

type fieldWrite struct {
	base, field string
	Assign
}

// scope gives the function's memo, filled.
func (fn *Function) scope(lang source.Language) *functionMemo {
	m := fn.memo
	m.once.Do(func() {
		b := binder{fn: fn, m: m, python: lang == source.Python, golang: lang == source.Go}
		m.names = make(map[string]*local, len(fn.Params)+4)
		b.function()
	})
	return m
}

// binder gathers the names of one function.
type binder struct {
	fn             *Function
	m              *functionMemo
	python, golang bool
}

func (b *binder) local(name string) *local {
	l := b.m.names[name]
	if l == nil {
		l = &local{}
		b.m.names[name] = l
	}
	return l
}

func (b *binder) function() {
	fn := b.fn
	if fn.Receiver != nil && fn.Receiver.Name != "" {
		b.local(fn.Receiver.Name).param = -1
	}
	if fn.Kind == KindClosure && fn.Name != "" { // the name of a function expression is seen within
		l := b.local(fn.Name)
		l.funcs = append(l.funcs, fn)
	}
	for i := range fn.Params {
		p := &fn.Params[i]
		if p.Name != "" {
			b.local(p.Name).param = i + 1
		}
		b.pattern(p.Pattern, i+1)
	}
	for i, im := range fn.imports {
		if im.Local != "" {
			l := b.local(im.Local)
			l.imports = append(l.imports, i)
		}
		if im.guessed {
			b.otherNames(im, i)
		}
	}
	fn.Walk(func(s *Stmt, v *Value) bool {
		if v != nil {
			return b.value(v)
		}
		return b.stmt(s)
	})
}

// otherNames enters the names that a Go package may have as well where its path
// is no name: filepath-securejoin is securejoin, go-sqlite3 is sqlite3.
func (b *binder) otherNames(im Import, i int) {
	last := withoutVersion(im.Module)
	last = last[strings.LastIndexByte(last, '/')+1:]
	if !strings.ContainsAny(last, "-.") {
		return
	}
	for _, name := range append(strings.FieldsFunc(last, func(r rune) bool { return r == '-' || r == '.' }), strings.ReplaceAll(last, "-", "")) {
		if b.m.names[name] == nil && name != "go" {
			b.local(name).imports = []int{i}
		}
	}
}

// pattern declares the names of a destructured parameter.
func (b *binder) pattern(v *Value, param int) {
	if v == nil {
		return
	}
	b.targets(v, nil, nil, func(name string, _ *Value, path []string) {
		l := b.local(name)
		l.param, l.path = param, path
	})
}

func (b *binder) stmt(s *Stmt) bool {
	switch s.Op {
	case StmtAssign:
		kind := AssignValue
		if s.Name != "" {
			kind = AssignOther
		}
		for _, t := range s.Targets {
			b.assign(t, Assign{Kind: kind, Stmt: s, Value: s.Value, Type: s.Type}, s.Decl)
		}
	case StmtFor:
		for i, t := range s.Targets {
			kind := AssignElement
			if len(s.Targets) == 2 && i == 0 {
				kind = AssignOther // Go's key
			}
			b.assign(t, Assign{Kind: kind, Stmt: s, Value: s.Value}, s.Decl)
		}
	case StmtWith:
		for _, t := range s.Targets {
			b.assign(t, Assign{Kind: AssignWith, Stmt: s, Value: s.Value}, true)
		}
	case StmtTry, StmtSwitch:
		for i := range s.Cases {
			for _, t := range s.Cases[i].Targets {
				b.assign(t, Assign{Kind: AssignOther, Stmt: s, Value: s.Value}, true)
			}
		}
	case StmtFunc:
		if s.Func.Name != "" && s.Func.Receiver == nil {
			l := b.local(s.Func.Name)
			l.funcs = append(l.funcs, s.Func)
		}
	case StmtClass:
		l := b.local(s.Class.Name)
		l.classes = append(l.classes, s.Class)
		b.class(s.Class)
		return false // a class body is a scope that nobody sees
	}
	return true
}

func (b *binder) value(v *Value) bool {
	switch v.Op {
	case OpAssign:
		if len(v.Args) > 0 {
			kind := AssignValue
			if v.Name != "" {
				kind = AssignOther
			}
			b.assign(v.Args[0], Assign{Kind: kind, Value: v.X}, false)
		}
	case OpCompFor:
		if len(v.Args) > 0 {
			b.assign(v.Args[0], Assign{Kind: AssignElement, Value: v.X}, true)
		}
	case OpClass:
		if v.Class.Name != "" && b.m.names[v.Class.Name] == nil { // seen within the class alone, which has no scope here
			b.local(v.Class.Name).classes = []*Class{v.Class}
		}
		b.class(v.Class)
		return false
	}
	return true
}

// class notes a class, and those that stand in its body.
func (b *binder) class(c *Class) {
	b.m.classes = append(b.m.classes, c)
	note := func(v *Value) {
		if v != nil && v.Op == OpClass {
			b.class(v.Class)
		}
	}
	for i := range c.Fields {
		note(c.Fields[i].Value)
		note(c.Fields[i].Type)
	}
	for _, s := range c.Body {
		if s.Op == StmtClass {
			b.class(s.Class)
		}
	}
}

// assign enters an assignment to a target; without decl, in a language that
// declares, it is a write to a name of some scope around.
func (b *binder) assign(target *Value, a Assign, decl bool) {
	b.targets(target, a.Value, nil, func(name string, value *Value, path []string) {
		a := a
		a.Value, a.Path = value, path
		if b.python {
			for _, o := range b.fn.outer {
				if o.name == name {
					b.m.writes = append(b.m.writes, write{name, o.global, a})
					return
				}
			}
		} else if !decl {
			b.m.writes = append(b.m.writes, write{name: name, Assign: a})
			return
		}
		l := b.local(name)
		l.assigns = append(l.assigns, a)
	})
	if target != nil && target.Op == OpField && target.X != nil && target.X.Op == OpIdent {
		b.m.fields = append(b.m.fields, fieldWrite{target.X.Name, target.Name, a})
	}
}

// targets calls bind for each name of an assignment's target, with the value
// and the way from it that leads to what the name is bound to.
func (b *binder) targets(t, value *Value, path []string, bind func(name string, value *Value, path []string)) {
	if t == nil {
		return
	}
	down := func(step string) []string { return append(path[:len(path):len(path)], step) }
	switch t.Op {
	case OpIdent:
		bind(t.Name, value, path)
	case OpAssign: // with a default
		if len(t.Args) > 0 {
			b.targets(t.Args[0], value, path, bind)
		}
	case OpCast, OpSpread:
		b.targets(t.X, value, path, bind)
	case OpList:
		// (a, b) = (x, y) is a = x, b = y.
		parts := value != nil && len(path) == 0 && value.Op == OpList && len(value.Args) == len(t.Args) && !spreads(value.Args) && !spreads(t.Args)
		rest := false
		for i, e := range t.Args {
			if parts {
				b.targets(e, value.Args[i], nil, bind)
				continue
			}
			if i == 0 && b.commaOK(value) && len(path) == 0 {
				b.targets(e, value, nil, bind)
				continue
			}
			rest = rest || e != nil && e.Op == OpSpread
			if rest {
				b.targets(e, value, down("[*]"), bind)
			} else {
				b.targets(e, value, down("["+strconv.Itoa(i)+"]"), bind)
			}
		}
	case OpObject:
		for _, e := range t.Args {
			switch {
			case e == nil:
			case e.Op == OpPair && len(e.Args) == 0:
				b.targets(e.X, value, down(e.Name), bind)
			case e.Op == OpPair:
				b.targets(e.X, value, down("[*]"), bind)
			default:
				b.targets(e, value, down("[*]"), bind)
			}
		}
	}
}

// commaOK reports whether v is a Go expression that gives a value and whether
// there is one.
func (b *binder) commaOK(v *Value) bool {
	return b.golang && v != nil && (v.Op == OpIndex || v.Op == OpCast || v.Op == OpUnary && v.Name == "<-")
}

func spreads(list []*Value) bool {
	for _, v := range list {
		if v != nil && v.Op == OpSpread {
			return true
		}
	}
	return false
}

// fileMemo is what has been found out of a file's names.
type fileMemo struct {
	once sync.Once
	mu   sync.Mutex
	f    *File
	// index finds functions, home the function in whose text a class stands.
	index   map[*Function]int
	home    map[*Class]int
	imports []int // per function, where its imports begin in File.Imports
	writes  map[nameIn][]Assign
	methods map[goMethod]int
	classes map[*Class]*classMemo

	// Found on demand.
	bindings map[nameIn]Binding
	refs     map[nameIn]ref
	texts    map[nameIn]folded
	objects  map[*Value]map[string]*Value
	written  map[[2]string]bool // members of names that are assigned to
	exports  map[string]*Export
}

// nameIn is a name in the scope of one function.
type nameIn struct {
	fn   int
	name string
}

// goMethod is a method of a type by their names.
type goMethod struct{ typ, name string }

// classMemo is what has been found out of a class's members.
type classMemo struct {
	own     map[string]member
	members map[string]ref // inherited ones too, on demand
}

// member is what a class has under one name itself: a method, or a field with
// all that is assigned to it.
type member struct {
	method  *Function
	assigns []Assign
}

// scopes gives the file's memo, with the scopes of all functions gathered.
func (f *File) scopes() *fileMemo {
	m := f.memo
	m.once.Do(func() {
		m.f = f
		m.index = make(map[*Function]int, len(f.Funcs))
		m.home = map[*Class]int{}
		m.imports = make([]int, len(f.Funcs))
		m.writes = map[nameIn][]Assign{}
		m.methods = map[goMethod]int{}
		m.classes = map[*Class]*classMemo{}
		m.bindings = map[nameIn]Binding{}
		m.refs = map[nameIn]ref{}
		m.texts = map[nameIn]folded{}
		m.objects = map[*Value]map[string]*Value{}
		at := 0
		for i := range f.Funcs {
			fn := f.Funcs[i].Function
			m.index[fn] = i
			m.imports[i] = at
			at += len(fn.imports)
			for _, c := range fn.scope(f.Lang).classes {
				m.home[c] = i
			}
			if fn.Receiver != nil {
				if name := typeName(fn.Receiver.Type); name != "" {
					m.methods[goMethod{name, fn.Name}] = i
				}
			}
		}
		for i := range f.Funcs {
			m.gather(i)
		}
	})
	return m
}

// class gives what is known of a class's members.
func (m *fileMemo) class(c *Class) *classMemo {
	k := m.classes[c]
	if k != nil {
		return k
	}
	k = &classMemo{own: make(map[string]member, len(c.Fields)+len(c.Methods)), members: map[string]ref{}}
	m.classes[c] = k
	home := m.home[c]
	for i := range c.Fields {
		f := &c.Fields[i]
		own := k.own[f.Name]
		own.assigns = append(own.assigns, Assign{Func: home, Value: f.Value, Type: f.Type})
		k.own[f.Name] = own
	}
	for _, fn := range c.Methods {
		if own := k.own[fn.Name]; own.method == nil || fn.getter {
			own.method = fn
			k.own[fn.Name] = own
		}
	}
	return k
}

// gather enters what a function assigns outside of its own scope.
func (m *fileMemo) gather(fn int) {
	memo := m.f.Funcs[fn].memo
	for _, w := range memo.writes {
		scope := 0
		if !w.global {
			scope = m.declaring(m.writeFrom(fn), w.name)
		}
		if scope < 0 {
			if m.f.Lang == source.Go {
				continue // a variable of another file of the package
			}
			scope = 0
		}
		a := w.Assign
		a.Func = fn
		m.writes[nameIn{scope, w.name}] = append(m.writes[nameIn{scope, w.name}], a)
	}
	for _, w := range memo.fields {
		class := m.classOfSelf(fn, w.base)
		if class == nil {
			continue
		}
		a := w.Assign
		a.Func = fn
		k := m.class(class)
		own := k.own[w.field]
		own.assigns = append(own.assigns, a)
		k.own[w.field] = own
	}
}

// writeFrom gives the function at which the search for a written name begins:
// Python's nonlocal begins outside.
func (m *fileMemo) writeFrom(fn int) int {
	if m.f.Lang == source.Python {
		return max(0, m.f.Funcs[fn].Parent)
	}
	return fn
}

// declaring gives the innermost function around fn, fn included, in whose scope
// a name stands, or -1.
func (m *fileMemo) declaring(fn int, name string) int {
	for i := fn; i >= 0; i = m.f.Funcs[i].Parent {
		p := &m.f.Funcs[i]
		for _, o := range p.outer {
			if o.name == name && o.global {
				return 0
			}
		}
		if _, ok := p.memo.names[name]; ok {
			return i
		}
	}
	if len(m.writes[nameIn{0, name}]) > 0 {
		return 0
	}
	return -1
}

// classOfSelf gives the class whose instance a name is in function fn: self in
// a Python method and the closures in it, this in ECMAScript.
func (m *fileMemo) classOfSelf(fn int, name string) *Class {
	if m.f.Lang.ECMAScript() {
		if name != "this" {
			return nil
		}
		for i := fn; i >= 0; i = m.f.Funcs[i].Parent {
			if c := m.f.Funcs[i].Class; c != nil {
				return c
			}
		}
		return nil
	}
	if m.f.Lang != source.Python {
		return nil
	}
	scope := m.declaring(fn, name)
	if scope < 0 {
		return nil
	}
	p := &m.f.Funcs[scope]
	if p.Class == nil || len(p.Params) == 0 || p.Params[0].Name != name || p.Kind != KindMethod {
		return nil
	}
	for _, d := range p.Decorators {
		if d.Op == OpIdent && d.Name == "staticmethod" {
			return nil
		}
	}
	return p.Class
}

// lookup is Lookup with the lock held.
func (m *fileMemo) lookup(fn int, name string) Binding {
	scope := m.declaring(fn, name)
	if scope < 0 {
		return Binding{}
	}
	key := nameIn{scope, name}
	b, ok := m.bindings[key]
	if !ok {
		b = m.bindingIn(scope, name)
		m.bindings[key] = b
	}
	return b
}

// bindingIn gives what a name is bound to in the scope of one function.
func (m *fileMemo) bindingIn(scope int, name string) Binding {
	b := Binding{Func: scope}
	p := &m.f.Funcs[scope]
	l := p.memo.names[name]
	more := m.writes[nameIn{scope, name}]
	if l == nil {
		b.Kind, b.Assigns = BoundLocal, more
		return b
	}
	n := len(l.assigns) + len(more)
	if n > 0 {
		b.Assigns = make([]Assign, 0, n)
		for _, a := range l.assigns {
			a.Func = scope
			b.Assigns = append(b.Assigns, a)
		}
		b.Assigns = append(b.Assigns, more...)
	}
	switch {
	case l.param != 0:
		b.Kind, b.Path = BoundParam, l.path
		if b.Param = l.param - 1; l.param < 0 {
			b.Param = Receiver
		}
	case len(l.imports) > 0 && m.onlyImports(l, b.Assigns):
		b.Kind = BoundImport
		b.Import = &m.f.Imports[m.imports[scope]+l.imports[0]]
	case len(l.funcs) == 1 && n == 0 && l.classes == nil:
		b.Kind, b.Target = BoundFunc, m.index[l.funcs[0]]
	case len(l.classes) == 1 && n == 0 && l.funcs == nil:
		b.Kind, b.Class = BoundClass, l.classes[0]
	default:
		b.Kind = BoundLocal
		for _, fn := range l.funcs {
			b.Assigns = append(b.Assigns, Assign{Func: scope, Value: &Value{Op: OpFunc, Func: fn}})
		}
		for _, c := range l.classes {
			b.Assigns = append(b.Assigns, Assign{Func: scope, Value: &Value{Op: OpClass, Class: c}})
		}
	}
	return b
}

// onlyImports reports whether a name that is imported is nothing else: besides
// the import there may be the call of require that makes it, and the None that
// stands in where a module is missing.
func (m *fileMemo) onlyImports(l *local, assigns []Assign) bool {
	for _, a := range assigns {
		if a.Value != nil && !isNone(a.Value) && !isRequire(a.Value) {
			return false
		}
	}
	return len(l.funcs) == 0 && len(l.classes) == 0
}

func isNone(v *Value) bool { return v.Op == OpConst && v.Const == ConstNone }

// isRequire reports whether v is require(…) or import(…), or a member of it.
func isRequire(v *Value) bool {
	_, _, call := moduleOf(v)
	return call != nil
}

// typeName gives the name of a type that is declared in this package: T of *T,
// T[K], T.
func typeName(t *Value) string {
	for t != nil {
		switch t.Op {
		case OpIdent:
			return t.Name
		case OpUnary:
			if len(t.Args) == 0 {
				return ""
			}
			t = t.Args[0]
		case OpIndex:
			t = t.X
		default:
			return ""
		}
	}
	return ""
}

// DeclaresOuter reports whether fn says of a name that it is bound outside of
// fn, by Python's global and nonlocal.
func (fn *Function) DeclaresOuter(name string) bool {
	for _, o := range fn.outer {
		if o.name == name {
			return true
		}
	}
	return false
}
