package program

// scope_canonical.go says what a value is called in full: through imports,
// aliases, instances kept in variables and fields, and declared types.

import (
	"slices"
	"strings"

	"mcpaudit/internal/source"
)

// maxCanonical bounds the length of a canonical name, so that hostile chains of
// aliases cost nothing.
const maxCanonical = 400

// maxHops bounds how many names one resolution goes through.
const maxHops = 60

// Canonical gives the full name of what a value refers to, in the terms of the
// module it comes from, or nothing where that is not known. Code in function fn
// of
//
//	from subprocess import run as r         calls r(…)           subprocess.run
//	import { exec as e } from 'child_process'     e(…)           child_process.exec
//	const run = promisify(exec)                   run(…)         child_process.exec
//	fs.promises.readFile(…)                                      fs/promises.readFile
//	import "os/exec"                              exec.Command   os/exec.Command
//	conn = sqlite3.connect(db)                    conn.execute   sqlite3.connect().execute
//	self.db = new Database(f)                     this.db.run    Database().run
//	func f(db *sql.DB)                            db.Query       database/sql.DB.Query
//	def f(conn: sqlite3.Connection)               conn.execute   sqlite3.Connection.execute
//
// The result of a call is named with (), what has only a declared type by that
// type. A name that nothing in the file binds is a builtin or a global and
// stands for itself; one that a parameter, a variable or a function of the file
// binds never does. ECMAScript's default import of a module is the module. The
// major version in a Go package's path (/v2, .v3) is left out. What
// promisify makes of a function is not told apart from it.
func (f *File) Canonical(fn int, v *Value) string {
	m := f.scopes()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.resolve(fn, v, 0).name
}

// ref is what a value refers to: something outside of the file by name, or a
// class, an instance of one, or a function of the file.
type ref struct {
	name     string
	class    *Class
	instance bool
	fn       int // index into File.Funcs plus one
}

func (r ref) known() bool { return r.name != "" || r.class != nil || r.fn > 0 }

func (m *fileMemo) ecma() bool { return m.f.Lang.ECMAScript() }

// resolve gives what v refers to in function fn.
func (m *fileMemo) resolve(fn int, v *Value, hops int) ref {
	if v == nil || hops > maxHops {
		return ref{}
	}
	switch v.Op {
	case OpIdent:
		return m.name(fn, v.Name, hops)
	case OpField:
		if m.ecma() {
			if r, ok := m.literalMember(fn, v, hops); ok {
				return r
			}
		}
		return m.member(m.resolve(fn, v.X, hops), v.Name, hops)
	case OpIndex:
		if v.Name != "" && m.ecma() {
			return m.member(m.resolve(fn, v.X, hops), v.Name, hops)
		}
		if m.f.Lang == source.Go { // f[T]
			if r := m.resolve(fn, v.X, hops); r.fn > 0 || r.class != nil && !r.instance || r.name != "" && !strings.Contains(r.name, "()") {
				return r
			}
		}
	case OpCall:
		return m.call(fn, v, hops)
	case OpNew:
		return m.result(m.resolve(fn, v.X, hops), hops)
	case OpAwait, OpSpread:
		return m.resolve(fn, v.X, hops)
	case OpAssign:
		return m.resolve(fn, v.X, hops)
	case OpCast:
		if m.f.Lang == source.Go && len(v.Args) > 0 {
			return m.instanceOf(fn, v.Args[0], hops)
		}
		if r := m.resolve(fn, v.X, hops); r.known() || len(v.Args) == 0 {
			return r
		}
		return m.instanceOf(fn, v.Args[0], hops)
	case OpUnary:
		if (v.Name == "&" || v.Name == "*") && len(v.Args) > 0 {
			return m.resolve(fn, v.Args[0], hops)
		}
	case OpObject:
		if v.X != nil {
			return m.instanceOf(fn, v.X, hops)
		}
	case OpLogical:
		if v.Name == "and" || len(v.Args) != 2 {
			break
		}
		if r := m.resolve(fn, v.Args[0], hops); r.known() {
			return r
		}
		return m.resolve(fn, v.Args[1], hops)
	case OpFunc:
		if i, ok := m.index[v.Func]; ok {
			return ref{fn: i + 1}
		}
	case OpClass:
		return ref{class: v.Class}
	}
	return ref{}
}

// name resolves a name.
func (m *fileMemo) name(fn int, name string, hops int) ref {
	if class := m.classOfSelf(fn, name); class != nil {
		return ref{class: class, instance: true}
	}
	if name == "super" && m.ecma() {
		if class := m.enclosingClass(fn); class != nil {
			return m.base(class, hops)
		}
	}
	scope := m.declaring(fn, name)
	if scope < 0 {
		return ref{name: m.global(name)}
	}
	key := nameIn{scope, name}
	if r, ok := m.refs[key]; ok {
		return r
	}
	m.refs[key] = ref{} // what refers to itself is not known
	r := m.binding(m.lookup(fn, name), hops+1)
	m.refs[key] = r
	return r
}

func (m *fileMemo) global(name string) string {
	if m.ecma() {
		switch name {
		case "this", "super", "undefined":
			return ""
		}
	}
	return name
}

func (m *fileMemo) binding(b Binding, hops int) ref {
	switch b.Kind {
	case BoundImport:
		return ref{name: m.imported(b.Import)}
	case BoundFunc:
		return ref{fn: b.Target + 1}
	case BoundClass:
		return ref{class: b.Class}
	case BoundParam:
		if len(b.Assigns) > 0 || b.Path != nil {
			return ref{}
		}
		p := &m.f.Funcs[b.Func]
		if b.Param == Receiver {
			return m.instanceOf(b.Func, p.Receiver.Type, hops)
		}
		param := &p.Params[b.Param]
		if param.Kind == ParamRest || param.Kind == ParamKwRest {
			return ref{}
		}
		if p.Class != nil && b.Param == 0 && m.f.Lang == source.Python && param.Name == "cls" {
			return ref{class: p.Class}
		}
		if param.Type == nil && param.Default != nil && param.Default.Op != OpConst {
			return m.resolve(b.Func, param.Default, hops)
		}
		return m.instanceOf(b.Func, param.Type, hops)
	case BoundLocal:
		return m.assigned(b.Assigns, hops)
	}
	return ref{}
}

// assigned gives what all assignments to a name agree on, None aside, or else
// what its declared type says.
func (m *fileMemo) assigned(list []Assign, hops int) ref {
	if len(list) > 12 {
		return ref{}
	}
	var all ref
	agree := true
	for i := range list {
		a := &list[i]
		if a.Value == nil && a.Type != nil || a.Kind == AssignValue && a.Value != nil && isNone(a.Value) {
			continue
		}
		r := m.assignment(a, hops)
		if !r.known() || all.known() && r != all {
			agree = false
			break
		}
		all = r
	}
	if agree && all.known() {
		return all
	}
	for i := range list {
		if a := &list[i]; a.Type != nil && a.Path == nil {
			return m.instanceOf(a.Func, a.Type, hops)
		}
	}
	return ref{}
}

func (m *fileMemo) assignment(a *Assign, hops int) ref {
	var r ref
	switch {
	case a.Kind == AssignOther || a.Kind == AssignElement:
		return r
	case a.Value == nil:
	case a.Kind == AssignWith:
		r = m.resolve(a.Func, a.Value, hops)
	default:
		r = m.resolve(a.Func, a.Value, hops)
		for _, step := range a.Path {
			switch {
			case step == "[0]" && m.f.Lang == source.Go:
				// the first of several results
			case strings.HasPrefix(step, "["):
				return ref{}
			default:
				r = m.member(r, step, hops)
			}
		}
	}
	return r
}

// imported gives the full name of an import.
func (m *fileMemo) imported(im *Import) string {
	module := im.Module
	switch {
	case m.f.Lang == source.Go:
		return withoutVersion(module)
	case im.Name == "" || im.Name == "default" && m.ecma():
		return module
	case m.f.Lang == source.Python && strings.HasSuffix(module, "."):
		return module + im.Name
	}
	for _, name := range strings.Split(im.Name, ".") {
		module = m.join(module, name)
	}
	return module
}

func (m *fileMemo) join(base, name string) string {
	if m.ecma() {
		switch {
		case base == "globalThis" || base == "window" || base == "global":
			return name
		case name == "promises" && (base == "fs" || base == "dns"), name == "promises" && (base == "stream" || base == "timers"):
			return base + "/promises"
		case name == "default" && !strings.HasSuffix(base, ")"):
			return base
		}
	}
	if len(base)+len(name) > maxCanonical {
		return ""
	}
	return base + "." + name
}

// withoutVersion takes the major version out of a Go package's path:
// gopkg.in/yaml.v3 is gopkg.in/yaml, github.com/jackc/pgx/v5/pgxpool is
// github.com/jackc/pgx/pgxpool.
func withoutVersion(path string) string {
	for i := 1; i+2 < len(path); i++ {
		if path[i] != '/' && path[i] != '.' || path[i+1] != 'v' {
			continue
		}
		end := i + 2
		for end < len(path) && path[end] >= '0' && path[end] <= '9' {
			end++
		}
		if end > i+2 && (end == len(path) || path[end] == '/') {
			return path[:i] + path[end:]
		}
	}
	return path
}

// member resolves a member of what r refers to.
func (m *fileMemo) member(r ref, name string, hops int) ref {
	if hops > maxHops {
		return ref{}
	}
	if r.class != nil {
		return m.classMember(r, name, hops+1)
	}
	if r.name == "" {
		return ref{}
	}
	return ref{name: m.join(r.name, name)}
}

// classMember resolves a member of a class of this file or of its instance:
// its method, what is kept in its field, or what its base has of that name.
func (m *fileMemo) classMember(r ref, name string, hops int) ref {
	if m.f.Lang == source.Go {
		if i, ok := m.methods[goMethod{r.class.Name, name}]; ok {
			return ref{fn: i + 1}
		}
	}
	k := m.class(r.class)
	if found, ok := k.members[name]; ok {
		return found
	}
	k.members[name] = ref{} // what refers to itself is not known
	var found ref
	own, declared := k.own[name]
	switch {
	case own.method != nil:
		if i, ok := m.index[own.method]; ok {
			found.fn = i + 1
			if own.method.getter || decoratedBy(own.method, "property", "cached_property") {
				found = m.returned(i, hops)
			}
		}
	case declared:
		found = m.assigned(own.assigns, hops)
	default:
		found = m.inherited(r.class, name, m.home[r.class], hops)
	}
	k.members[name] = found
	return found
}

// inherited resolves a member that a class does not have itself. Of a base
// outside of the file nobody knows what it has: the first is taken, and in Go,
// where several may be embedded, only one that is alone.
func (m *fileMemo) inherited(c *Class, name string, home, hops int) ref {
	var outside ref
	count := 0
	for _, b := range c.Bases {
		if b.Op == OpKeyword {
			continue
		}
		base := m.instanceOf(home, b, hops)
		switch {
		case m.f.Lang == source.Go && embeddedName(b) == name:
			return base
		case base.class == c:
		case base.class != nil:
			v := m.member(base, name, hops)
			if v.fn > 0 || v.known() && m.f.Lang != source.Go {
				return v
			}
			if v.known() {
				outside, count = v, count+1
			}
		case base.name != "":
			if count++; count == 1 {
				outside = m.member(base, name, hops)
			}
		}
	}
	if count > 1 && m.f.Lang == source.Go {
		return ref{}
	}
	return outside
}

// embeddedName gives the name by which a Go struct holds an embedded type.
func embeddedName(t *Value) string {
	for t != nil && (t.Op == OpIndex || t.Op == OpUnary && len(t.Args) > 0) {
		if t.Op == OpIndex {
			t = t.X
		} else {
			t = t.Args[0]
		}
	}
	if t == nil {
		return ""
	}
	return t.Name
}

// call resolves what a call gives.
func (m *fileMemo) call(fn int, v *Value, hops int) ref {
	if v.X == nil {
		return ref{}
	}
	callee := m.resolve(fn, v.X, hops)
	switch m.f.Lang {
	case source.Python:
		switch callee.name {
		case "__import__", "importlib.import_module":
			if text, ok := m.arg(fn, v, 0); ok {
				return ref{name: text}
			}
		case "getattr":
			if text, ok := m.arg(fn, v, 1); ok {
				return m.member(m.resolve(fn, v.Args[0], hops), text, hops)
			}
		case "super":
			if class := m.enclosingClass(fn); class != nil {
				return m.base(class, hops)
			}
		}
	case source.Go:
	default:
		switch {
		case callee.name == "require" || callee.name == "import":
			if text, ok := m.arg(fn, v, 0); ok {
				return ref{name: strings.TrimPrefix(text, "node:")}
			}
		case callee.name == "util.promisify" && len(v.Args) > 0:
			return m.resolve(fn, v.Args[0], hops)
		case v.X.Op == OpField && v.X.Name == "bind" && len(v.Args) > 0:
			return m.resolve(fn, v.X.X, hops)
		}
	}
	return m.result(callee, hops)
}

func (m *fileMemo) arg(fn int, call *Value, i int) (string, bool) {
	if len(call.Args) <= i {
		return "", false
	}
	return m.text(fn, call.Args[i], 0)
}

func (m *fileMemo) enclosingClass(fn int) *Class {
	for i := fn; i >= 0; i = m.f.Funcs[i].Parent {
		if c := m.f.Funcs[i].Class; c != nil {
			return c
		}
	}
	return nil
}

// base gives an instance of a class's first base.
func (m *fileMemo) base(c *Class, hops int) ref {
	home, ok := m.home[c]
	if !ok || len(c.Bases) == 0 {
		return ref{}
	}
	return m.instanceOf(home, c.Bases[0], hops+1)
}

// result resolves what calling r gives: an instance, or what the only return
// of a function of this file gives, or its declared type.
func (m *fileMemo) result(r ref, hops int) ref {
	switch {
	case hops > maxHops:
	case r.class != nil && !r.instance:
		return ref{class: r.class, instance: true}
	case r.class != nil:
	case r.fn > 0:
		return m.returned(r.fn-1, hops+1)
	case r.name != "" && len(r.name) < maxCanonical:
		return ref{name: r.name + "()"}
	}
	return ref{}
}

func (m *fileMemo) returned(fn int, hops int) ref {
	p := &m.f.Funcs[fn]
	manager := p.Generator && decoratedBy(p.Function, "contextmanager", "asynccontextmanager")
	if p.Generator && !manager {
		return ref{}
	}
	key := nameIn{fn, "()"}
	if r, ok := m.refs[key]; ok {
		return r
	}
	m.refs[key] = ref{}
	var out ref
	if returns := m.returns(p.Function, manager); len(returns) == 1 {
		v := returns[0]
		if m.f.Lang == source.Go && v.Op == OpList && len(v.Args) > 0 {
			v = v.Args[0]
		}
		out = m.resolve(fn, v, hops)
	}
	if !out.known() && len(p.Results) > 0 && !manager {
		out = m.instanceOf(fn, p.Results[0], hops)
	}
	m.refs[key] = out
	return out
}

// decoratedBy reports whether a function has a decorator of one of these names,
// whatever module it comes from.
func decoratedBy(fn *Function, names ...string) bool {
	for _, d := range fn.Decorators {
		if (d.Op == OpIdent || d.Op == OpField) && slices.Contains(names, d.Name) {
			return true
		}
	}
	return false
}

// returns gives the values that a function returns, or yields, None left out.
func (m *fileMemo) returns(fn *Function, yields bool) []*Value {
	var list []*Value
	fn.Walk(func(s *Stmt, v *Value) bool {
		switch {
		case v == nil:
			if !yields && s.Op == StmtReturn && s.Value != nil && !isNone(s.Value) {
				list = append(list, s.Value)
			}
			return s.Op != StmtClass
		case yields && v.Op == OpYield && v.X != nil:
			list = append(list, v.X)
		}
		return yields
	})
	return list
}

// instanceOf resolves a type expression to an instance of the type.
func (m *fileMemo) instanceOf(fn int, t *Value, hops int) ref {
	if t == nil || hops > maxHops {
		return ref{}
	}
	switch t.Op {
	case OpIdent:
		if primitive[t.Name] {
			return ref{}
		}
		return m.instance(m.name(fn, t.Name, hops))
	case OpField:
		return m.instance(m.resolve(fn, t, hops))
	case OpUnary:
		if len(t.Args) > 0 {
			return m.instanceOf(fn, t.Args[0], hops+1)
		}
	case OpBinary:
		var only ref
		for _, a := range t.Args {
			if a == nil || isNone(a) {
				continue
			}
			r := m.instanceOf(fn, a, hops+1)
			if only.known() || !r.known() {
				return ref{}
			}
			only = r
		}
		return only
	case OpIndex:
		return m.generic(fn, t, hops)
	case OpConst:
		if t.Const == ConstString && m.f.Lang == source.Python {
			return m.quoted(fn, t.Str, hops)
		}
	}
	return ref{}
}

// instance turns a class into its instance.
func (m *fileMemo) instance(r ref) ref {
	if r.fn > 0 {
		return ref{}
	}
	r.instance = r.class != nil
	return r
}

// primitive are type names that say nothing of where a value comes from.
var primitive = map[string]bool{
	"str": true, "int": true, "float": true, "bool": true, "bytes": true, "dict": true, "list": true, "tuple": true, "set": true,
	"object": true, "type": true, "Any": true, "any": true, "string": true, "number": true, "boolean": true, "unknown": true,
	"void": true, "never": true, "undefined": true, "null": true, "symbol": true, "bigint": true, "byte": true, "rune": true,
	"int8": true, "int16": true, "int32": true, "int64": true, "uint": true, "uint8": true, "uint16": true, "uint32": true,
	"uint64": true, "float32": true, "float64": true, "error": true, "uintptr": true, "complex64": true, "complex128": true,
	"Function": true, "Object": true, "Array": true, "Record": true, "Partial": true,
}

// generic resolves a type with arguments: what merely wraps another is that
// other type.
func (m *fileMemo) generic(fn int, t *Value, hops int) ref {
	if t.X == nil || len(t.Args) == 0 || t.Args[0] == nil {
		return ref{}
	}
	name := t.X.Name
	args := t.Args
	if len(args) == 1 && args[0].Op == OpList && args[0].Name == "tuple" {
		args = args[0].Args
	}
	switch name {
	case "Optional", "Annotated", "Final", "ClassVar", "Promise", "Awaitable", "Readonly", "NonNullable", "Required":
		if len(args) > 0 {
			return m.instanceOf(fn, args[0], hops+1)
		}
	case "Union":
		union := Value{Op: OpBinary, Args: args}
		return m.instanceOf(fn, &union, hops+1)
	}
	return m.instanceOf(fn, t.X, hops+1)
}

// quoted resolves a type that Python code names in a string.
func (m *fileMemo) quoted(fn int, text string, hops int) ref {
	text = strings.TrimSpace(text)
	if len(text) > maxCanonical || strings.ContainsAny(text, " [](),|") {
		return ref{}
	}
	first, rest, more := strings.Cut(text, ".")
	if first == "" || primitive[first] {
		return ref{}
	}
	r := m.name(fn, first, hops)
	for more {
		first, rest, more = strings.Cut(rest, ".")
		r = m.member(r, first, hops)
	}
	return m.instance(r)
}
