package mcp

// resolve.go follows a value to what it stands for within the file: through
// names, fields of object literals, loop variables, wrappers and factories.

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// maxFuel bounds how many steps following one value may take, maxWork how many
// a whole file may: what one step leads to may branch.
const (
	maxFuel = 96
	maxWork = 1 << 18
)

// step takes one step, and tells whether there was one left.
func (x *recogniser) step() bool {
	x.fuel--
	x.work++
	return x.fuel >= 0 && x.work < maxWork
}

// ref is a value with what is needed to read it.
type ref struct {
	fn    int // its positions are relative to this function
	scope int // its names are looked up in this function
	v     *program.Value
	env   *env
}

// env binds loop variables to one element of what the loop runs over.
type env struct {
	name string
	val  ref
	next *env
}

func (r ref) at(v *program.Value) ref { r.v = v; return r }
func (r ref) ok() bool                { return r.v != nil }

func (r ref) bind(name string, val ref) ref {
	if name != "" {
		r.env = &env{name, val, r.env}
	}
	return r
}

// here gives a reference to a value of function fn.
func here(fn int, v *program.Value) ref { return ref{fn: fn, scope: fn, v: v} }

// typed gives a reference to a type in the signature of function fn: its names
// are those around the function, which may have a parameter of the same name.
func (x *recogniser) typed(fn int, t *program.Value) ref {
	return ref{fn: fn, scope: max(x.f.Funcs[fn].Parent, 0), v: t}
}

// decorator gives a reference to a decorator of function fn: it is written in
// the scope around the function.
func (x *recogniser) decorator(fn int, v *program.Value) ref {
	return ref{fn: fn, scope: max(x.f.Funcs[fn].Parent, 0), v: v}
}

// span gives the absolute place of a value.
func (x *recogniser) span(r ref) source.Span {
	if r.v == nil {
		return source.Span{}
	}
	return r.v.Span.Shift(x.f.Funcs[r.fn].Start)
}

// canon gives the canonical name of a value.
func (x *recogniser) canon(r ref) string {
	if r.v == nil {
		return ""
	}
	return x.f.Canonical(r.scope, r.v)
}

// deref follows a value to the expression that makes it. Where it cannot be
// followed, the last value reached is given.
func (x *recogniser) deref(r ref) ref {
	x.fuel = maxFuel
	return x.follow(r)
}

func (x *recogniser) follow(r ref) ref {
	for r.v != nil && x.step() {
		var next ref
		switch r.v.Op {
		case program.OpCast, program.OpAwait, program.OpSpread:
			next = r.at(r.v.X)
		case program.OpUnary:
			if (r.v.Name == "&" || r.v.Name == "*") && len(r.v.Args) > 0 {
				next = r.at(r.v.Args[0])
			}
		case program.OpAssign:
			next = r.at(r.v.X)
		case program.OpIdent:
			next = x.named(r)
		case program.OpField:
			next = x.member(r.at(r.v.X), r.v.Name)
		case program.OpIndex:
			next = x.indexed(r)
		case program.OpCall:
			if n := calleeName(r.v); (n == "freeze" || n == "deepcopy" || n == "cleandoc" || n == "dedent") && len(r.v.Args) > 0 {
				next = r.at(r.v.Args[0])
			}
		}
		if next.v == nil {
			return r
		}
		r = next
	}
	return r
}

// named follows an identifier to the one value it is bound to.
func (x *recogniser) named(r ref) ref {
	for e := r.env; e != nil; e = e.next {
		if e.name == r.v.Name {
			return e.val
		}
	}
	b := x.lookup(r.scope, r.v.Name)
	if b.kind != boundValue {
		return ref{}
	}
	return x.into(ref{fn: b.fn, scope: b.fn, v: b.v, env: r.env}, b.path)
}

// indexed follows a[key] where the key is constant.
func (x *recogniser) indexed(r ref) ref {
	key := r.v.Name
	if key == "" && len(r.v.Args) == 1 {
		if s, ok := x.constant(r.at(r.v.Args[0])); ok {
			key = s
		}
	}
	if key == "" {
		return ref{}
	}
	return x.member(r.at(r.v.X), key)
}

// member gives the value of a field: of an object literal, of a class, or of
// the instance that a method runs on.
func (x *recogniser) member(r ref, name string) ref {
	if r.v == nil || !x.step() {
		return ref{}
	}
	if r.v.Op == program.OpIdent && (r.v.Name == "this" || r.v.Name == "self" || r.v.Name == "cls") {
		if c, fn := x.enclosingClass(r.scope); c != nil {
			return x.classField(c, fn, name)
		}
		return ref{}
	}
	base := x.follow(r)
	switch base.v.Op {
	case program.OpObject:
		return x.pair(base, name)
	case program.OpCall, program.OpNew:
		if c, fn := x.class(base.at(base.v.X)); c != nil {
			if v := keyword(base.v, name); v != nil {
				return base.at(v)
			}
			return x.classField(c, fn, name)
		}
		if v := keyword(base.v, name); v != nil {
			return base.at(v)
		}
	case program.OpIdent, program.OpClass:
		if c, fn := x.class(base); c != nil {
			return x.classField(c, fn, name)
		}
	}
	return ref{}
}

func (x *recogniser) classField(c *program.Class, fn int, name string) ref {
	for i := range c.Fields {
		if c.Fields[i].Name == name && c.Fields[i].Value != nil {
			return here(fn, c.Fields[i].Value)
		}
	}
	return ref{}
}

// pair gives the value of a key of an object literal, spreads included.
func (x *recogniser) pair(r ref, name string) ref {
	for i := len(r.v.Args) - 1; i >= 0 && x.fuel > 0; i-- {
		a := r.v.Args[i]
		switch {
		case a == nil:
		case a.Op == program.OpPair && (a.Name == name || a.Name == "" && len(a.Args) == 1 && x.keyIs(r.at(a.Args[0]), name)):
			return r.at(a.X)
		case a.Op == program.OpSpread:
			if !x.step() {
				return ref{}
			}
			if base := x.follow(r.at(a.X)); base.v != nil && base.v.Op == program.OpObject && base.v != r.v {
				if v := x.pair(base, name); v.ok() {
					return v
				}
			}
		}
	}
	return ref{}
}

func (x *recogniser) keyIs(r ref, name string) bool {
	s, ok := x.constant(r)
	return ok && s == name
}

// key gives the constant key of a pair.
func (x *recogniser) key(r ref) string {
	if r.v.Name != "" || len(r.v.Args) == 0 {
		return r.v.Name
	}
	s, _ := x.constant(r.at(r.v.Args[0]))
	return s
}

// pairs calls yield for each pair of an object literal with a constant key,
// spreads included.
func (x *recogniser) pairs(r ref, yield func(key string, pair, val ref)) {
	x.fuel = maxFuel
	x.eachPair(r, yield)
}

func (x *recogniser) eachPair(r ref, yield func(string, ref, ref)) {
	if r.v == nil || r.v.Op != program.OpObject {
		return
	}
	for _, a := range r.v.Args {
		if a == nil {
			continue
		}
		switch a.Op {
		case program.OpPair:
			fuel := x.fuel
			if k := x.key(r.at(a)); k != "" {
				yield(k, r.at(a), r.at(a.X))
			}
			x.fuel = fuel
		case program.OpSpread:
			fuel := x.fuel
			if x.step() {
				if base := x.follow(r.at(a.X)); base.v != r.v {
					x.eachPair(base, yield)
				}
			}
			x.fuel = fuel
		}
	}
}

// elements calls yield for each element of a list: literals, spreads, what
// .map runs over, and the values of an object literal where over says so.
func (x *recogniser) elements(r ref, yield func(ref)) {
	x.fuel = maxFuel
	x.eachElement(r, yield)
}

func (x *recogniser) eachElement(r ref, yield func(ref)) {
	r = x.follow(r)
	if r.v == nil || !x.step() {
		return
	}
	switch r.v.Op {
	case program.OpList:
		for _, a := range r.v.Args {
			if a == nil {
				continue
			}
			fuel := x.fuel
			if x.work++; x.work > maxWork {
				return
			}
			if a.Op == program.OpSpread {
				x.eachElement(r.at(a.X), yield)
			} else {
				yield(r.at(a))
			}
			x.fuel = fuel
		}
	case program.OpCompr:
		x.comprehension(r, yield)
	case program.OpCall:
		x.elementsOfCall(r, yield)
	}
}

// comprehension gives its element once for each element that it runs over.
func (x *recogniser) comprehension(r ref, yield func(ref)) {
	if len(r.v.Args) != 1 || r.v.Args[0].Op != program.OpCompFor || len(r.v.Args[0].Args) == 0 {
		return
	}
	loop := r.v.Args[0]
	x.eachElement(r.at(loop.X), func(e ref) {
		yield(x.bindTarget(r.at(r.v.X), loop.Args[0], e))
	})
}

// elementsOfCall follows the calls that give a list: Object.values(o),
// Object.entries(o), d.values(), d.items(), list.map(t => …), [].concat(…),
// Array.from(m.values()).
func (x *recogniser) elementsOfCall(r ref, yield func(ref)) {
	name := calleeName(r.v)
	var recv ref
	if r.v.X.Op == program.OpField {
		recv = r.at(r.v.X.X)
	}
	switch name {
	case "values", "entries", "items":
		over := recv
		if len(r.v.Args) == 1 && recv.ok() && recv.v.Op == program.OpIdent && recv.v.Name == "Object" {
			over = r.at(r.v.Args[0])
		}
		x.eachValue(x.follow(over), name != "values", yield)
	case "map", "flatMap":
		x.mapped(r, recv, yield)
	case "from", "list", "tuple", "sorted", "freeze":
		if len(r.v.Args) > 0 {
			x.eachElement(r.at(r.v.Args[0]), yield)
		}
	case "filter", "slice", "sort", "toSorted", "flat":
		if recv.ok() {
			x.eachElement(recv, yield)
		}
	case "concat":
		if recv.ok() {
			x.eachElement(recv, yield)
		}
		for _, a := range r.v.Args {
			x.eachElement(r.at(a), yield)
		}
	default:
		if ret := x.result(r); ret.ok() {
			x.eachElement(ret, yield)
		}
	}
}

// eachValue gives the values of an object literal or of new Map([[k, v]]), or,
// with both, its pairs as the OpPair values themselves.
func (x *recogniser) eachValue(r ref, both bool, yield func(ref)) {
	if r.v == nil {
		return
	}
	switch r.v.Op {
	case program.OpObject:
		x.eachPair(r, func(_ string, p, v ref) {
			if both {
				yield(p)
			} else {
				yield(v)
			}
		})
	case program.OpNew:
		if lastName(r.v.X) == "Map" && len(r.v.Args) == 1 {
			x.eachElement(r.at(r.v.Args[0]), func(e ref) {
				if both {
					yield(e)
				} else if e = x.follow(e); e.v.Op == program.OpList && len(e.v.Args) == 2 {
					yield(e.at(e.v.Args[1]))
				}
			})
		}
	}
}

// mapped gives what list.map(t => value) makes of each element.
func (x *recogniser) mapped(r, recv ref, yield func(ref)) {
	if !recv.ok() || len(r.v.Args) == 0 || r.v.Args[0] == nil || r.v.Args[0].Op != program.OpFunc {
		return
	}
	idx, ok := x.index[r.v.Args[0].Func]
	if !ok {
		return
	}
	ret := x.returned(idx)
	if !ret.ok() || len(r.v.Args[0].Func.Params) == 0 {
		return
	}
	p := r.v.Args[0].Func.Params[0]
	x.eachElement(recv, func(e ref) {
		val := ret
		val.env = r.env
		yield(x.bindParam(val, p, e))
	})
}

// bindParam binds what a parameter takes to one value.
func (x *recogniser) bindParam(r ref, p program.Param, e ref) ref {
	if p.Pattern != nil {
		return x.bindTarget(r, p.Pattern, e)
	}
	return r.bind(p.Name, e)
}

// bindTarget binds the names of a loop target or pattern to the parts of one element.
func (x *recogniser) bindTarget(r ref, t *program.Value, e ref) ref {
	switch t.Op {
	case program.OpIdent:
		return r.bind(t.Name, e)
	case program.OpAssign:
		if len(t.Args) > 0 {
			return x.bindTarget(r, t.Args[0], e)
		}
	case program.OpObject:
		for _, p := range t.Args {
			if p == nil || p.Op != program.OpPair || p.X == nil {
				continue
			}
			if v := x.member(e, p.Name); v.ok() {
				r = x.bindTarget(r, p.X, v)
			}
		}
	case program.OpList:
		el := x.follow(e)
		switch {
		case el.v == nil:
		case el.v.Op == program.OpPair && len(t.Args) == 2:
			if t.Args[0] != nil && t.Args[0].Op == program.OpIdent {
				r = r.bind(t.Args[0].Name, el.at(keyValue(el.v)))
			}
			if t.Args[1] != nil {
				r = x.bindTarget(r, t.Args[1], el.at(el.v.X))
			}
		case el.v.Op == program.OpList:
			for i, p := range t.Args {
				if p != nil && i < len(el.v.Args) && el.v.Args[i] != nil {
					r = x.bindTarget(r, p, el.at(el.v.Args[i]))
				}
			}
		}
	}
	return r
}

// keyValue gives the key of a pair as a value.
func keyValue(p *program.Value) *program.Value {
	if len(p.Args) > 0 {
		return p.Args[0]
	}
	return &program.Value{Op: program.OpConst, Const: program.ConstString, Str: p.Name, Span: source.Span{Start: p.Span.Start, End: p.Span.Start + uint32(len(p.Name))}}
}

// result gives what a call of a function of this file returns, if that is one
// expression.
func (x *recogniser) result(r ref) ref {
	if r.v == nil || r.v.Op != program.OpCall || !x.step() {
		return ref{}
	}
	if idx, _ := x.callee(r.at(r.v.X)); idx >= 0 {
		return x.returned(idx)
	}
	return ref{}
}

// returned gives the value that function idx returns, followed within it; the
// last return counts where there are several.
func (x *recogniser) returned(idx int) ref {
	if r, ok := x.returns[idx]; ok {
		return r
	}
	x.returns[idx] = ref{}
	var last *program.Value
	fn := x.f.Funcs[idx].Function
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		if v == nil && s.Op == program.StmtReturn && s.Value != nil {
			last = s.Value
		}
		return v == nil
	})
	if last != nil && last.Op == program.OpList && x.f.Lang == source.Go && len(last.Args) > 0 {
		last = last.Args[0]
	}
	r := here(idx, last)
	x.returns[idx] = r
	return r
}

// class gives the class a value names, and the function it is declared in.
func (x *recogniser) class(r ref) (*program.Class, int) {
	for depth := 0; r.v != nil && depth < 4; depth++ {
		switch r.v.Op {
		case program.OpClass:
			return r.v.Class, r.fn
		case program.OpIdent:
			b := x.lookup(r.scope, r.v.Name)
			switch b.kind {
			case boundClass:
				return b.class, b.fn
			case boundValue:
				r = ref{fn: b.fn, scope: b.fn, v: b.v}
				continue
			}
			return nil, 0
		case program.OpUnary:
			if len(r.v.Args) == 0 {
				return nil, 0
			}
			r = r.at(r.v.Args[0])
		case program.OpIndex:
			r = r.at(r.v.X)
		case program.OpConst: // a forward reference in Python
			b := x.lookup(r.scope, r.v.Str)
			if r.v.Const != program.ConstString || b.kind != boundClass {
				return nil, 0
			}
			return b.class, b.fn
		default:
			return nil, 0
		}
	}
	return nil, 0
}

// enclosingClass gives the class whose method fn is, or runs within.
func (x *recogniser) enclosingClass(fn int) (*program.Class, int) {
	for i := 0; fn >= 0 && i < 64; i++ {
		p := &x.f.Funcs[fn]
		if p.Class != nil {
			return p.Class, max(p.Parent, 0)
		}
		fn = p.Parent
	}
	return nil, 0
}

// method gives the index of a class's method, bases of this file included.
func (x *recogniser) method(c *program.Class, fn int, name string) int {
	for depth := 0; c != nil && depth < 4; depth++ {
		for _, m := range c.Methods {
			if m.Name == name {
				if i, ok := x.index[m]; ok {
					return i
				}
			}
		}
		if len(c.Bases) == 0 {
			break
		}
		next, at := x.class(here(fn, c.Bases[0]))
		if next == c {
			break
		}
		c, fn = next, at
	}
	return -1
}

// callee gives the function of this file that a value names, or -1 with the
// name under which another file may supply it.
func (x *recogniser) callee(r ref) (int, string) {
	if r.v == nil {
		return -1, ""
	}
	switch r.v.Op {
	case program.OpFunc:
		if i, ok := x.index[r.v.Func]; ok {
			return i, r.v.Func.Name
		}
	case program.OpCast:
		return x.callee(r.at(r.v.X))
	case program.OpIdent:
		for e := r.env; e != nil; e = e.next {
			if e.name == r.v.Name && e.val.v != r.v {
				return x.callee(e.val)
			}
		}
		b := x.lookup(r.scope, r.v.Name)
		switch b.kind {
		case boundFunc:
			return b.index, r.v.Name
		case boundValue:
			if x.step() && len(b.path) == 0 && b.v != r.v {
				return x.callee(ref{fn: b.fn, scope: b.fn, v: b.v})
			}
		}
		return -1, r.v.Name
	case program.OpField:
		return x.calleeField(r)
	}
	return -1, ""
}

// calleeField follows a method: of the class around, of an instance, of a
// class, or a function held by an object literal.
func (x *recogniser) calleeField(r ref) (int, string) {
	name := r.v.Name
	base := r.v.X
	if base == nil || !x.step() {
		return -1, name
	}
	var c *program.Class
	var fn int
	switch {
	case base.Op == program.OpIdent && (base.Name == "this" || base.Name == "self" || base.Name == "cls"):
		c, fn = x.enclosingClass(r.scope)
	case base.Op == program.OpIdent:
		if p := x.receiver(r.scope, base.Name); p != nil {
			c, fn = x.class(here(r.scope, p.Type))
		} else if c, fn = x.class(r.at(base)); c == nil {
			made := x.follow(r.at(base))
			if made.v.Op == program.OpCall || made.v.Op == program.OpNew || made.v.Op == program.OpObject {
				c, fn = x.class(made.at(made.v.X))
			}
		}
	}
	if c != nil {
		if i := x.method(c, fn, name); i >= 0 {
			return i, name
		}
	}
	if x.f.Lang == source.Go {
		if i := x.goMethod(r, name); i >= 0 {
			return i, name
		}
	}
	if v := x.member(r.at(base), name); v.ok() && v.v != r.v {
		if i, _ := x.callee(v); i >= 0 {
			return i, name
		}
	}
	return -1, name
}

// receiver gives Go's receiver of that name of the functions around.
func (x *recogniser) receiver(fn int, name string) *program.Param {
	for i := 0; fn >= 0 && i < 64; i++ {
		if p := x.f.Funcs[fn].Receiver; p != nil && p.Name == name {
			return p
		}
		fn = x.f.Funcs[fn].Parent
	}
	return nil
}

// handler follows a registration's handler: a function by any name, one that is
// wrapped, made by a factory, or bound. Skip is how many of its first
// parameters the wrapping has already filled.
func (x *recogniser) handler(r ref) (idx int, name string, skip int) {
	x.fuel = maxFuel
	return x.handlerAt(r, 6)
}

func (x *recogniser) handlerAt(r ref, depth int) (int, string, int) {
	if r.v == nil || depth == 0 {
		return -1, "", 0
	}
	if i, name := x.callee(r); i >= 0 {
		return i, name, 0
	}
	r0 := r
	if r.v.Op != program.OpCall {
		r = x.follow(r)
	}
	switch r.v.Op {
	case program.OpCall:
		if i, name, skip := x.wrapped(r, depth); i >= 0 || name != "" {
			return i, name, skip
		}
	case program.OpCond:
		return x.handlerAt(r.at(r.v.Args[1]), depth-1)
	case program.OpLogical:
		return x.handlerAt(r.at(r.v.Args[0]), depth-1)
	case program.OpObject:
		if v := x.handlerMember(r); v.ok() {
			return x.handlerAt(v, depth-1)
		}
	default:
		if i, name := x.callee(r); i >= 0 {
			return i, name, 0
		}
	}
	_, name := x.callee(r0)
	return -1, name, 0
}

// wrapped follows what a call makes of a function: fn.bind(this), partial(fn,
// a), wrap(fn), wrap(options, fn), makeHandler(client), NewTypedToolHandler(fn).
func (x *recogniser) wrapped(r ref, depth int) (int, string, int) {
	name := calleeName(r.v)
	if name == "bind" && r.v.X.Op == program.OpField {
		i, n, _ := x.handlerAt(r.at(r.v.X.X), depth-1)
		return i, n, max(len(r.v.Args)-1, 0)
	}
	unfollowed := ""
	for k, a := range r.v.Args {
		if a == nil {
			continue
		}
		if a.Op == program.OpKeyword {
			a = a.X
		}
		if a.Op != program.OpFunc && a.Op != program.OpIdent && a.Op != program.OpField && a.Op != program.OpCall {
			continue
		}
		if !x.step() {
			return -1, "", 0
		}
		i, n, skip := x.handlerAt(r.at(a), depth-1)
		if i >= 0 && a.Op != program.OpCall || i >= 0 && depth > 1 {
			if name == "partial" && k == 0 {
				skip += positional(r.v) - 1
			}
			return i, n, skip
		}
		if unfollowed == "" && a.Op == program.OpIdent && n != "" && x.lookup(r.scope, n).kind == boundImport {
			unfollowed = n
		}
	}
	if i, _ := x.callee(r.at(r.v.X)); i >= 0 {
		if ret := x.returned(i); ret.ok() {
			if j, n, skip := x.handlerAt(ret, depth-1); j >= 0 {
				return j, n, skip
			}
		}
		return -1, "", 0
	}
	return -1, unfollowed, 0
}

// handlerNames are the members of a tool object that hold its function.
var handlerNames = []string{"handler", "execute", "handle", "run", "call", "callback", "cb", "fn", "func", "function", "Handler", "Func"}

// handlerMember gives the member of a tool object that holds its function.
func (x *recogniser) handlerMember(r ref) ref {
	for _, n := range handlerNames {
		if v := x.pair(r, n); v.ok() {
			return v
		}
	}
	return ref{}
}
