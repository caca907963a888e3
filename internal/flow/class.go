package flow

// class.go knows the classes of the program: their members, what their
// constructors leave in their fields, and the types that annotations name.

import (
	"slices"
	"sort"
	"strings"

	"mcpaudit/internal/program"
)

// classInfo is a class of the program.
type classInfo struct {
	id    uint64
	class *program.Class
	owner uint64 // identity of the function whose body declares it
	home  *home
	bases []*value
	decls map[string]*value // declared fields
	state map[string]*value // fields with what the constructor leaves in them
	// schema is what the declarations prove of the fields, nil for nothing.
	schema *schema
	// wrapped are the methods that decorators of the program wrap.
	wrapped map[string]*value
	busy    bool
}

// classValue registers a class where its declaration is executed.
func (f *frame) classValue(c *program.Class) *value {
	if c == nil {
		return nil
	}
	ci := &classInfo{class: c, owner: f.id, home: f.u.home, decls: map[string]*value{}}
	v := &value{form: formClass}
	d := digester(f.id)
	d.str(c.Name)
	for _, m := range c.Methods {
		d.str(m.Name)
	}
	for _, b := range c.Bases {
		if b.Op != program.OpKeyword {
			x := f.eval(b)
			ci.bases = append(ci.bases, x)
			d.num(x.sum())
		}
	}
	types := make([]*typeInfo, len(c.Fields))
	for i := range c.Fields {
		fd := &c.Fields[i]
		x := f.eval(fd.Value)
		types[i] = f.typeOf(fd.Type)
		if x == nil {
			x = ofType(types[i])
		}
		ci.decls[fd.Name] = x
		d.str(fd.Name)
		d.num(x.sum())
		if fd.Static || f.u.python {
			v.fields = append(v.fields, field{fd.Name, x})
		}
	}
	for _, m := range c.Methods {
		raw := f.funcValue(m)
		if w := f.decorate(m, raw); w != raw && w != nil {
			if ci.wrapped == nil {
				ci.wrapped = map[string]*value{}
			}
			ci.wrapped[m.Name] = w
			d.str(m.Name)
			d.num(w.sum())
		}
	}
	// The identity says what the class declares, so whoever depends on the class
	// as a value depends on that.
	ci.id = f.classID(c, uint64(d))
	v.class = classRef{f.u.home, ci.id}
	for i := range c.Fields {
		if fd := &c.Fields[i]; fd.Static && namesType(fd.Type, c.Name) {
			v = ci.single(v, fd.Name)
		}
	}
	ci.schema = f.schemaOf(ci, types)
	f.u.classes[ci.id] = ci
	f.u.classOf[c] = ci
	if f.sum != nil {
		f.sum.classes = append(f.sum.classes, ci)
	}
	f.block(c.Body)
	return v
}

// twin is a class and the digest of what it declares.
type twin struct {
	class   *program.Class
	content uint64
}

// classID gives the identity of a class of the frame that declares what content is
// the digest of. Of several that declare the same each has its own.
func (f *frame) classID(c *program.Class, content uint64) uint64 {
	if f.sum == nil {
		return content
	}
	t := twin{c, content}
	if id, ok := f.u.twins[t]; ok {
		return id
	}
	id := content
	for n := f.u.twinned[content]; ; {
		if n > 0 {
			d := digester(content)
			d.num(n)
			id = uint64(d)
		}
		n++
		if old := f.u.classes[id]; old == nil || old.class == c {
			f.u.twinned[content] = n
			break
		}
	}
	f.u.twins[t] = id
	return id
}

// ofType gives what the declared type of a field says of it.
func ofType(t *typeInfo) *value {
	if t == nil || t.typ == "" && t.class.home == nil {
		return configValue
	}
	x := &value{typ: t.typ, class: t.class}
	if t.class.home != nil {
		x.form = formInstance
	}
	return x
}

// single gives a class of which a static field holds an instance, once there is one.
func (ci *classInfo) single(v *value, name string) *value {
	if have, ok := v.field(name); ok && have != nil && !have.isNone() && have != configValue {
		return v
	}
	one := &value{form: formInstance, class: v.class, config: true}
	ci.decls[name] = one
	return v.withField(name, one)
}

// namesType reports whether a type is one by its name, or that or none.
func namesType(t *program.Value, name string) bool {
	if t == nil || name == "" {
		return false
	}
	if t.Op == program.OpBinary && len(t.Args) == 2 {
		return isNoneType(t.Args[1]) && namesType(t.Args[0], name) || isNoneType(t.Args[0]) && namesType(t.Args[1], name)
	}
	return t.Op == program.OpIdent && t.Name == name
}

// method finds a method of a class or of its bases in the program.
func (ci *classInfo) method(name string, depth int) (site, bool) {
	if ci == nil || depth > 8 {
		return site{}, false
	}
	u := ci.home.cur
	for _, m := range ci.class.Methods {
		if m.Name == name {
			if i, ok := u.index[m]; ok {
				return site{u, i}, true
			}
		}
	}
	if u.golang {
		if s, ok := u.goMethod(ci.class.Name, name); ok {
			return s, true
		}
	}
	for _, b := range ci.bases {
		if b == nil {
			continue
		}
		if s, ok := b.class.info().method(name, depth+1); ok {
			return s, true
		}
	}
	return site{}, false
}

// wrapper gives a method as decorators of the program leave it, nil where none does.
func (ci *classInfo) wrapper(name string, depth int) *value {
	if ci == nil || depth > 8 {
		return nil
	}
	if w := ci.wrapped[name]; w != nil {
		return w
	}
	for _, m := range ci.class.Methods {
		if m.Name == name {
			return nil
		}
	}
	for _, b := range ci.bases {
		if w := b.classInfo().wrapper(name, depth+1); w != nil {
			return w
		}
	}
	return nil
}

// boundWrapper gives a wrapper with the receiver as its first argument.
func boundWrapper(x, w *value) *value {
	n := *w
	n.digest = 0
	n.fns = make([]callable, len(w.fns))
	for i, c := range w.fns {
		c.bound = append([]*value{x}, c.bound...)
		n.fns[i] = c
	}
	return &n
}

// constructor finds the constructor of a class or of its bases.
func (ci *classInfo) constructor() (site, bool) {
	for _, name := range []string{"__init__", "constructor"} {
		if s, ok := ci.method(name, 0); ok {
			return s, true
		}
	}
	return site{}, false
}

// methodKey names a method of Go, which stands beside its type.
type methodKey struct{ typ, name string }

// goMethod finds a method of a type of this package of Go.
func (u *unit) goMethod(typeName, name string) (site, bool) {
	if i, ok := u.byMethod[methodKey{typeName, name}]; ok {
		return site{u, i}, true
	}
	if h := u.goPackage().methods[methodKey{typeName, name}]; h != nil {
		if i, ok := h.cur.byMethod[methodKey{typeName, name}]; ok {
			return site{h.cur, i}, true
		}
	}
	return site{}, false
}

func receiverName(t *program.Value) string {
	for t != nil {
		switch {
		case t.Op == program.OpIdent:
			return t.Name
		case t.Op == program.OpUnary && len(t.Args) > 0:
			t = t.Args[0]
		case t.Op == program.OpIndex:
			t = t.X
		default:
			return ""
		}
	}
	return ""
}

// maxImplementations bounds how many types may implement an interface for a call
// of its methods to be followed into all of them.
const maxImplementations = 4

// implementations gives what a method of an interface of Go may be: that of each
// type of its package with all of its methods.
func (ci *classInfo) implementations(x *value, name string) []callable {
	u := ci.home.cur
	if !u.golang || !ci.class.Interface || len(ci.bases) > 0 {
		return nil
	}
	var types []string
	note := func(k methodKey) {
		if k.name != name {
			return
		}
		for i := range ci.class.Fields {
			if _, ok := u.goMethod(k.typ, ci.class.Fields[i].Name); !ok {
				return
			}
		}
		if !slices.Contains(types, k.typ) {
			types = append(types, k.typ)
		}
	}
	for k := range u.byMethod {
		note(k)
	}
	for k := range u.goPackage().methods {
		note(k)
	}
	others := u.implementers(ci.class.Name)
	if len(types)+len(others) > maxImplementations {
		return nil
	}
	slices.Sort(types)
	var out []callable
	for _, t := range types {
		if s, ok := u.goMethod(t, name); ok {
			out = append(out, callable{home: s.u.home, id: s.id(), recv: x})
		}
	}
	for _, im := range others {
		m := im.methods[name]
		if m == nil || m.unit == nil {
			continue
		}
		if i, ok := m.unit.byMethod[methodKey{im.name(), name}]; ok {
			out = append(out, callable{home: m.home, id: m.unit.ids[i], recv: x})
		}
	}
	return out
}

// classMember gives a member of an instance or of a class.
func (f *frame) classMember(x *value, ci *classInfo, name string, depth int) (*value, bool) {
	if u := ci.home.cur; u.golang && u != f.u && f.sum != nil {
		f.sum.depend(dep{module: ci.home, name: methodsOfPackage}, nil)
	}
	if fns := ci.implementations(x, name); len(fns) > 0 {
		for _, c := range fns {
			f.reaches(c.id)
		}
		return &value{fns: fns}, true
	}
	if w := ci.wrapper(name, 0); w != nil && x.form != formClass {
		return boundWrapper(x, w), true
	}
	if s, ok := ci.method(name, 0); ok {
		return f.boundMethod(x, s)
	}
	if x.form != formClass {
		state := stateOf(ci, site{f.u, f.index})
		f.constructorOf(ci)
		if v, ok := state[name]; ok {
			return f.stateMember(x, v, name), true
		}
	}
	for _, b := range ci.bases {
		if b == nil || depth > 8 {
			continue
		}
		if bi := b.class.info(); bi != nil {
			if v, ok := f.classMember(x, bi, name, depth+1); ok {
				return v, true
			}
		} else if b.name != "" && (f.u.ms.calls[b.name+"."+name] != nil || f.u.ms.values[b.name+"."+name] != nil) {
			return &value{name: b.name + "." + name, recv: x}, true
		}
	}
	return nil, false
}

// stateMember gives a field of which the constructor says what it is, with
// what this very instance brings.
func (f *frame) stateMember(x, v *value, name string) *value {
	if len(x.atoms) == 0 {
		return v
	}
	ci := x.class.info()
	if ci != nil && ci.schema != nil {
		if c := ci.schema.fields[name]; c != nil && c.harmless {
			return numberValue
		}
	}
	n := &value{}
	if v != nil {
		*n = *v
		n.digest = 0
	}
	n.atoms = unionAtoms(memberAtoms(x.atoms, name), n.atoms)
	return f.checkedField(ci, name, n)
}

func (f *frame) boundMethod(x *value, s site) (*value, bool) {
	p := s.placed()
	c := callable{home: s.u.home, id: s.id()}
	if !p.Static && (x.form != formClass || hasDecorator(p.Function, "classmethod")) {
		c.recv = x
	}
	f.reaches(c.id)
	v := &value{fns: []callable{c}}
	if p.Getter() || hasDecorator(p.Function, "property") || hasDecorator(p.Function, "cached_property") {
		return f.invoke(v, &arguments{}, nil), true
	}
	return v, true
}

func hasDecorator(fn *program.Function, name string) bool {
	for _, d := range fn.Decorators {
		if d.Op == program.OpIdent && d.Name == name || d.Op == program.OpField && d.Name == name {
			return true
		}
	}
	return false
}

// stateOf gives what is known of the fields of a fresh instance, for the function
// that asks. While the constructor is being followed, that is not all.
func stateOf(ci *classInfo, asks site) map[string]*value {
	if ci.state != nil {
		return ci.state
	}
	ctor, ok := ci.constructor()
	if ok && ctor == asks {
		return ci.decls
	}
	unfinished := ok && ctor.u.state[ctor.i] == stateBusy
	if ci.busy && !unfinished {
		return nil
	}
	defer func(was bool) { ci.busy = was }(ci.busy)
	ci.busy = true
	state := make(map[string]*value, len(ci.decls))
	for name, v := range ci.decls {
		state[name] = v
	}
	if ok {
		if s := ctor.u.summary(ctor.i); s != nil {
			for _, e := range s.effects {
				if e.param == thisParam {
					state[e.name] = withoutParams(e.v)
				}
			}
		}
	}
	if !ok || ctor.u.state[ctor.i] == stateDone {
		ci.state = state
	}
	return state
}

// withoutParams gives a value without what came in through parameters: another
// instance may have been made with other arguments.
func withoutParams(v *value) *value {
	if v == nil {
		return configValue
	}
	n := *v
	n.digest = 0
	n.atoms = nil
	n.tests = nil
	for i := range v.atoms {
		if v.atoms[i].kind != fromParam {
			n.atoms = append(n.atoms, v.atoms[i])
		}
	}
	if len(n.atoms) == 0 && n.form == formUnknown && n.name == "" && n.typ == "" {
		n.config = true
	}
	for i := range v.elems {
		if len(all(v.elems[i].v)) > 0 {
			n.elems, n.form = madeElements(v), formUnknown
			if n.elems != nil {
				n.form = formList
			}
			break
		}
	}
	if len(n.fields) > 0 {
		fields := make([]field, len(n.fields))
		for i, m := range n.fields {
			fields[i] = field{m.name, withoutParams(m.v)}
		}
		n.fields = fields
	}
	return &n
}

// madeElements gives the elements of a list without what came in through parameters,
// where all of them are instances or functions of the program: what their methods do
// is known whatever they were made with.
func madeElements(v *value) []element {
	out := make([]element, len(v.elems))
	for i, e := range v.elems {
		if e.v == nil || e.v.form != formInstance && len(e.v.fns) == 0 {
			return nil
		}
		out[i] = element{withoutParams(e.v), true}
	}
	return out
}

// classDigest gives the digest of what the class around function i says.
func (u *unit) classDigest(i int) uint64 {
	p := &u.file.Funcs[i]
	if p.Class == nil {
		// Go's methods stand beside their types, so any function may find one.
		return u.packageMethods()
	}
	d := newDigester()
	ci := u.classOf[p.Class]
	if ci == nil {
		return uint64(d)
	}
	d.num(ci.id)
	state := stateOf(ci, site{u, i})
	names := make([]string, 0, len(state))
	for name := range state {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		d.str(name)
		d.num(state[name].sum())
	}
	for _, b := range ci.bases {
		d.num(b.sum())
	}
	return uint64(d)
}

// selfValue gives the receiver of a method.
func (f *frame) selfValue(p *program.Placed) *value {
	v := &value{atoms: []atom{{node: node{fn: f.id, param: thisParam, kind: fromParam}}}}
	if ci := f.u.classOf[p.Class]; ci != nil {
		v.form, v.class = formInstance, classRef{f.u.home, ci.id}
		if p.Static || hasDecorator(p.Function, "classmethod") {
			v.form = formClass
		}
		f.constructorOf(ci)
	}
	return v
}

// dunder gives a method by which the language itself uses an instance.
func (f *frame) dunder(x *value, name string) (*value, bool) {
	ci := x.classInfo()
	if ci == nil || x.form != formInstance {
		return nil, false
	}
	s, ok := ci.method(name, 0)
	if !ok {
		return nil, false
	}
	return f.boundMethod(x, s)
}

// asText gives an instance as the text that its class makes of it.
func (f *frame) asText(v *value) *value {
	if !f.u.python || v == nil || v.form != formInstance || f.validating > 2 {
		return v
	}
	for _, name := range []string{"__format__", "__str__", "__repr__"} {
		m, ok := f.dunder(v, name)
		if !ok {
			continue
		}
		f.validating++
		dead := f.dead
		out := f.invoke(m, &arguments{recv: v, span: f.at}, nil)
		f.dead = dead
		f.validating--
		return out
	}
	return v
}

// constructorOf remembers that this function depends on what the constructor of
// a class does.
func (f *frame) constructorOf(ci *classInfo) {
	ctor, ok := ci.constructor()
	if !ok || ctor == (site{f.u, f.index}) || f.sum == nil {
		return
	}
	if ctor.u.state[ctor.i] == stateDone && ctor.u.sums[ctor.i] != nil {
		f.calls(ctor, ctor.u.sums[ctor.i])
	}
}

// constructAny makes an instance of each of the classes that a value may be.
func (f *frame) constructAny(fn *value, ci *classInfo, args *arguments, at *program.Value) *value {
	out := f.construct(ci, args, at)
	defer func(was bool) { f.unlikely = was }(f.unlikely)
	for _, c := range fn.others {
		if ci := c.info(); ci != nil {
			f.unlikely = true
			out = join(out, f.construct(ci, args, at))
		}
	}
	return out
}

// construct makes an instance of a class of the program.
func (f *frame) construct(ci *classInfo, args *arguments, at *program.Value) *value {
	v := &value{form: formInstance, class: classRef{ci.home, ci.id}}
	ctor, ok := ci.constructor()
	var s *summary
	if ok {
		s = ctor.u.summary(ctor.i)
		f.reaches(ctor.id())
	}
	if s != nil {
		f.calls(ctor, s)
		full := *args
		full.recv = v
		sub := &substitution{f: f, bind: &binding{id: ctor.id(), args: &full}, call: at, text: passedTo(ci.class.Name)}
		f.applyHits(s, sub, at)
		for _, e := range s.effects {
			if e.param == thisParam {
				v = v.withField(e.name, sub.value(e.v))
			}
		}
		f.proveList(sub.proofs(s.always))
		return v
	}
	if isEnum(ci) {
		// An enumeration gives one of its members, or throws.
		for _, p := range args.pos {
			f.proveList(whole(p, proveAll))
		}
		return configValue
	}
	// A dataclass, a model, a struct: its fields are its arguments.
	for i, p := range args.pos {
		if i < len(ci.class.Fields) {
			name := ci.class.Fields[i].Name
			v = v.withField(name, f.checkedField(ci, name, p))
		}
	}
	for _, k := range args.keys {
		v = v.withField(k.name, f.checkedField(ci, k.name, k.v))
	}
	if args.spread != nil {
		v = f.spreadFields(ci, v, args.spread)
	}
	f.checkWhole(ci, v, args)
	return v
}

// spreadFields gives an instance whose fields are those of a mapping.
func (f *frame) spreadFields(ci *classInfo, v, from *value) *value {
	if from == nil {
		return v
	}
	v = v.withAtoms(from.atoms)
	for _, m := range from.fields {
		v = v.withField(m.name, f.checkedField(ci, m.name, m.v))
	}
	for _, e := range from.elems {
		v = v.withAtoms(all(e.v))
	}
	return v
}

// typeInfo is what an annotation says.
type typeInfo struct {
	typ      string
	class    classRef
	harmless bool // a number, a truth value, a fixed choice
}

var harmlessTypes = map[string]bool{
	"int": true, "float": true, "bool": true, "complex": true, "number": true, "boolean": true, "bigint": true,
	"int8": true, "int16": true, "int32": true, "int64": true, "uint": true, "uint8": true, "uint16": true, "uint32": true, "uint64": true,
	"float32": true, "float64": true, "byte": true, "rune": true, "uuid.UUID": true, "UUID": true, "datetime.datetime": true, "datetime.date": true,
	"decimal.Decimal": true, "time.Duration": true, "time.Time": true, "Date": true, "github.com/google/uuid.UUID": true,
	"pydantic.PositiveInt": true, "pydantic.NonNegativeInt": true, "pydantic.UUID4": true,
}

// typeOf gives what a type expression says, nil for nothing.
func (f *frame) typeOf(t *program.Value) *typeInfo {
	for depth := 0; t != nil && depth < 8; depth++ {
		switch t.Op {
		case program.OpIdent, program.OpField:
			if t.Op == program.OpIdent && harmlessTypes[t.Name] {
				return &typeInfo{harmless: true}
			}
			v := f.eval(t)
			if v == nil {
				return nil
			}
			if harmlessTypes[v.name] {
				return &typeInfo{harmless: true}
			}
			if ci := v.class.info(); v.form == formClass && ci != nil {
				if isEnum(ci) {
					return &typeInfo{harmless: true}
				}
				return &typeInfo{class: v.class}
			}
			if v.name == "" || !strings.Contains(v.name, ".") && f.u.ms.calls[v.name] == nil && !f.u.hasType(v.name) {
				return nil
			}
			return &typeInfo{typ: v.name}
		case program.OpUnary:
			if len(t.Args) == 0 {
				return nil
			}
			t = t.Args[0]
		case program.OpBinary: // X | None
			if len(t.Args) != 2 {
				return nil
			}
			if isNoneType(t.Args[1]) {
				t = t.Args[0]
			} else if isNoneType(t.Args[0]) {
				t = t.Args[1]
			} else if allConstants(t) {
				return &typeInfo{harmless: true}
			} else {
				return nil
			}
		case program.OpIndex:
			name := ""
			if t.X != nil {
				name = t.X.Name
			}
			if f.u.golang {
				t = t.X // a generic type with its arguments
				continue
			}
			switch name {
			case "Optional", "Annotated", "Final", "Required", "NotRequired", "Promise", "Awaitable", "Readonly", "Partial":
				if len(t.Args) == 0 {
					return nil
				}
				t = t.Args[0]
				if t != nil && t.Op == program.OpList && len(t.Args) > 0 {
					t = t.Args[0]
				}
			case "Literal":
				return &typeInfo{harmless: true}
			default:
				return nil
			}
		case program.OpClass:
			if v := f.classValue(t.Class); v != nil {
				return &typeInfo{class: v.class}
			}
			return nil
		case program.OpConst:
			if t.Const == program.ConstString && f.u.python {
				return nil
			}
			return &typeInfo{harmless: t.Const != program.ConstNone}
		default:
			return nil
		}
	}
	return nil
}

// hasType reports whether the models know methods of a type.
func (u *unit) hasType(name string) bool { return u.ms.types[name] }

func isNoneType(t *program.Value) bool {
	return t != nil && (t.Op == program.OpConst && t.Const == program.ConstNone || t.Op == program.OpIdent && (t.Name == "None" || t.Name == "undefined"))
}

func allConstants(t *program.Value) bool {
	for t != nil && t.Op == program.OpBinary && len(t.Args) == 2 {
		if t.Args[1] == nil || t.Args[1].Op != program.OpConst {
			return false
		}
		t = t.Args[0]
	}
	return t != nil && t.Op == program.OpConst
}

func isEnum(ci *classInfo) bool {
	for _, b := range ci.bases {
		if b != nil && (strings.HasPrefix(b.name, "enum.") || b.name == "Enum") {
			return true
		}
	}
	return false
}
