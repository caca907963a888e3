package program

// lower_ecma_class.go lowers classes, enums, interfaces and type expressions.

import (
	"strconv"
	"strings"

	"mcpaudit/internal/source"
)

// classStatement lowers a declaration that makes a Class.
func (e *ecma) classStatement(n source.NodeID) {
	c := e.classOf(n, e.commentBefore(e.declarationOf(n), e.comment))
	e.stmt(StmtClass, n).Class = c
}

// classOf lowers the class, interface, type alias or enum at n.
func (e *ecma) classOf(n source.NodeID, doc string) *Class {
	c := &Class{Doc: doc, Span: e.span(n)}
	outer := e.class
	e.class = c
	mark := len(e.values)
	if p := e.declarationOf(n); p != n {
		for d := p + 1; d < n; d = e.nodes[d].Next {
			e.decoratorInto(d)
		}
	}
	kind := e.kindOf(n)
	c.Interface = kind == ecmaInterface || kind == ecmaTypeAlias
	for d, end := n+1, e.nodes[n].Next; d < end; d = e.nodes[d].Next {
		switch k := e.kindOf(d); {
		case e.skip(d):
		case k == ecmaDecorator:
			e.decoratorInto(d)
		case e.nodes[d].Field == e.name:
			c.Name = e.textOf(d)
		case k == ecmaHeritage, k == ecmaImplements:
			c.Bases = append(c.Bases, e.bases(d)...)
		case k == ecmaError:
			e.salvage(d)
		case e.nodes[d].Field == e.body && kind == ecmaEnum:
			e.enumMembers(c, d)
		case e.nodes[d].Field == e.body:
			e.classMembers(c, d)
		case e.nodes[d].Field == e.val && kind == ecmaTypeAlias:
			e.aliased(c, d)
		}
	}
	c.Decorators = e.takeValues(mark)
	e.class = outer
	return c
}

// aliased enters what a type alias stands for: the fields of a type literal,
// also as a part of an intersection, or a base.
func (e *ecma) aliased(c *Class, n source.NodeID) {
	switch e.kindOf(n) {
	case ecmaObjectType:
		e.classMembers(c, n)
	case ecmaIntersection:
		if e.enter(n) {
			for p, end := n+1, e.nodes[n].Next; p < end; p = e.nodes[p].Next {
				if !e.skip(p) {
					e.aliased(c, p)
				}
			}
		}
		e.leave()
	default:
		c.Bases = append(c.Bases, e.typeOf(n))
	}
}

// bases lowers a heritage clause. `extends Base<T>` is an OpIndex like any
// other generic type.
func (e *ecma) bases(n source.NodeID) []*Value {
	if !e.enter(n) {
		e.leave()
		return nil
	}
	mark := len(e.values)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			continue
		}
		switch k := e.kindOf(c); {
		case k == ecmaExtends, k == ecmaImplements:
			bases := e.bases(c)
			e.values = append(e.values, bases...)
		case k == ecmaTypeArguments:
			if len(e.values) > mark {
				base := e.values[len(e.values)-1]
				e.values[len(e.values)-1] = e.generic(base, c)
			}
		case k >= ecmaTypeName:
			v := e.typeOf(c)
			e.values = append(e.values, v)
		default:
			v := e.expr(c)
			e.values = append(e.values, v)
		}
	}
	e.leave()
	return e.takeValues(mark)
}

// classMembers lowers the body of a class or interface.
func (e *ecma) classMembers(c *Class, n source.NodeID) {
	var decorators source.NodeID // the first of those before the next member
	var last source.NodeID       // the member before
	mark := len(e.stmts)
	for m, end := n+1, e.nodes[n].Next; m < end; last, m = m, e.nodes[m].Next {
		if e.skip(m) {
			continue
		}
		k := e.kindOf(m)
		if k == ecmaDecorator {
			if decorators == 0 {
				decorators = m
			}
			continue
		}
		switch k {
		case ecmaMethod:
			e.method(c, m, decorators)
		case ecmaFieldDefinition:
			e.field(c, m)
		case ecmaMethodSignature, ecmaAbstractSignature:
			if e.misread(m) {
				e.misreadCall(m, last)
				break
			}
			// In a class it declares an overload, unless it is abstract.
			if name := e.child(m, e.name); name != 0 && (c.Interface || k == ecmaAbstractSignature) {
				f := e.fieldOf(m, name)
				f.Type = e.value(OpType, m)
				f.Type.Name = e.textOf(m)
				c.Fields = append(c.Fields, f)
			}
		case ecmaStaticBlock:
			body := e.block(e.child(m, e.body))
			e.stmts = append(e.stmts, body...)
		case ecmaIndexSignature:
		case ecmaError:
			if e.enter(m) {
				e.classMembers(c, m)
			}
			e.leave()
		default:
			e.statement(m)
		}
		decorators = 0
	}
	c.Body = append(c.Body, e.takeStmts(mark)...)
}

// misread reports whether the signature of a method is a call: in a class that
// lacks its closing brace, f(1, x => y); reads as an overload whose parameters
// are expressions.
func (e *ecma) misread(n source.NodeID) bool {
	params := e.child(n, e.parameters)
	if params == 0 {
		return false
	}
	for p, end := params+1, e.nodes[params].Next; p < end; p = e.nodes[p].Next {
		if pattern := e.child(p, e.pattern); pattern != 0 && e.kindOf(pattern) == ecmaNonNull {
			return true
		}
	}
	return false
}

// misreadCall lowers such a call as a statement. The base of its callee, as in
// base.f(1), is the text that the parser skipped before it.
func (e *ecma) misreadCall(n, last source.NodeID) {
	name, params := e.child(n, e.name), e.child(n, e.parameters)
	if name == 0 {
		return
	}
	first := n
	callee := e.ident(name)
	if last != 0 && e.kindOf(last) == ecmaError && strings.HasSuffix(strings.TrimSpace(e.textOf(last)), ".") {
		first = last
		base := e.absent(last)
		for c, end := last+1, e.nodes[last].Next; c < end; c = e.nodes[c].Next {
			if e.skip(c) {
				continue
			}
			base = e.ident(c)
		}
		callee.Op, callee.X, callee.Span.Start = OpField, base, base.Span.Start
	}
	v := e.value(OpCall, n)
	v.X, v.Span.Start = callee, callee.Span.Start
	mark := len(e.values)
	for p, end := params+1, e.nodes[params].Next; p < end; p = e.nodes[p].Next {
		pattern := e.child(p, e.pattern)
		if pattern == 0 {
			continue
		}
		a := e.expr(pattern)
		if a.Op == OpCast {
			a = a.X
		}
		e.values = append(e.values, a)
	}
	v.Args = e.takeValues(mark)
	s := e.stmt(StmtExpr, first)
	s.Value, s.Span.Start, s.Span.End = v, v.Span.Start, v.Span.End
}

// method lowers a method, with the decorators that stand before it from node
// first on. A constructor's parameters with an accessibility become fields.
func (e *ecma) method(c *Class, n, first source.NodeID) {
	before := n
	if first != 0 {
		before = first
	}
	fn := e.function(n, KindMethod, first, e.commentBefore(before, e.comment))
	if fn == nil {
		return
	}
	c.Methods = append(c.Methods, fn)
	if fn.Name != "constructor" {
		return
	}
	params := e.child(n, e.parameters)
	if params == 0 {
		return
	}
	for p, end := params+1, e.nodes[params].Next; p < end; p = e.nodes[p].Next {
		if e.kindOf(p) != ecmaParameter || !e.has(p, ecmaAccessibility) && !e.has(p, ecmaTokReadonly) && !e.has(p, ecmaTokOverride) {
			continue
		}
		name := e.child(p, e.pattern)
		if name == 0 || e.kindOf(name) != ecmaIdent {
			continue
		}
		f := e.fieldOf(p, name)
		if t := e.child(p, e.typ); t != 0 {
			f.Type = e.typeOf(t)
		}
		c.Fields = append(c.Fields, f)
	}
}

// fieldOf gives the field that n declares under a name.
func (e *ecma) fieldOf(n, name source.NodeID) ClassField {
	f := ClassField{Span: e.span(n), Doc: e.commentBefore(n, e.comment)}
	f.Name, _ = e.propertyName(name)
	f.Private = strings.HasPrefix(e.textOf(name), "#")
	for c := n + 1; c < name; c = e.nodes[c].Next {
		switch e.kindOf(c) {
		case ecmaTokStatic:
			f.Static = true
		case ecmaAccessibility:
			f.Private = f.Private || e.textOf(c) == "private"
		}
	}
	return f
}

// field lowers a field of a class or interface. What its decorators do is kept
// in the class's body.
func (e *ecma) field(c *Class, n source.NodeID) {
	name := e.child(n, e.name)
	if name == 0 {
		name = e.child(n, e.property)
	}
	if name == 0 {
		return
	}
	f := e.fieldOf(n, name)
	for p, end := n+1, e.nodes[n].Next; p < end; p = e.nodes[p].Next {
		switch field := e.nodes[p].Field; {
		case e.skip(p), p == name:
		case e.kindOf(p) == ecmaDecorator:
			if d := e.first(p); d != 0 {
				e.stmtExpr(p, d)
			}
		case field == e.typ:
			f.Type = e.typeOf(p)
		case field == e.val:
			f.Value = e.named(p, f.Doc)
		case e.kindOf(p) == ecmaError:
			e.salvage(p)
		}
	}
	c.Fields = append(c.Fields, f)
}

// enumMembers lowers the body of an enum. A member without a value counts on
// from the one before it, where that is a plain number.
func (e *ecma) enumMembers(c *Class, n source.NodeID) {
	next, known := 0, true
	for m, end := n+1, e.nodes[n].Next; m < end; m = e.nodes[m].Next {
		if e.skip(m) {
			continue
		}
		name := m
		var v *Value
		if e.kindOf(m) == ecmaEnumAssignment {
			if name = e.child(m, e.name); name == 0 {
				continue
			}
			v = e.optional(e.child(m, e.val))
			known = false
			if v != nil && v.Op == OpConst && v.Const == ConstNumber {
				i, err := strconv.Atoi(v.Str)
				next, known = i, err == nil
			}
		} else if e.nodes[m].Field != e.name {
			e.salvage(m)
			continue
		} else if known {
			v = e.constant(ConstNumber, m, strconv.Itoa(next))
		}
		next++
		f := ClassField{Static: true, Value: v, Span: e.span(m), Doc: e.commentBefore(m, e.comment)}
		f.Name, _ = e.propertyName(name)
		c.Fields = append(c.Fields, f)
	}
}

// typeOf lowers a type.
func (e *ecma) typeOf(n source.NodeID) *Value {
	if !e.enter(n) {
		e.leave()
		return e.value(OpUnknown, n)
	}
	v := e.typeWithin(n)
	e.leave()
	return v
}

func (e *ecma) typeWithin(n source.NodeID) *Value {
	switch k := e.kindOf(n); k {
	case ecmaTypeName, ecmaIdent:
		return e.ident(n)
	case ecmaNestedTypeName:
		v := e.value(OpField, n)
		if name := e.child(n, e.name); name != 0 {
			v.Name = e.textOf(name)
		}
		v.X = e.valueIn(n, e.module)
		return v
	case ecmaMember, ecmaString, ecmaNumber, ecmaBool, ecmaNull, ecmaUndefined, ecmaUnary, ecmaTemplate:
		return e.expr(n)
	case ecmaTypeWrapper:
		if c := e.first(n); c != 0 {
			return e.typeOf(c)
		}
		return e.absent(n)
	case ecmaGenericType:
		name, args := e.child(n, e.name), e.child(n, e.typeArguments)
		if name == 0 {
			return e.absent(n)
		}
		base := e.typeOf(name)
		if args == 0 {
			return base
		}
		v := e.generic(base, args)
		v.Span = e.span(n)
		return v
	case ecmaUnion, ecmaIntersection:
		return e.typeOperator(n, k)
	case ecmaArrayType:
		v := e.value(OpIndex, n)
		v.X = e.absent(n)
		v.X.Op, v.X.Name = OpIdent, "Array"
		v.Args = e.list(e.typeIn(n))
		return v
	case ecmaTuple:
		v := e.value(OpList, n)
		v.Name = "tuple"
		v.Args = e.types(n)
		return v
	case ecmaObjectType:
		v := e.value(OpClass, n)
		v.Class = &Class{Interface: true, Span: v.Span}
		e.classMembers(v.Class, n)
		return v
	case ecmaTypeQuery:
		v := e.value(OpUnary, n)
		v.Name, v.Args = "typeof", e.list(e.firstIn(n))
		return v
	case ecmaParameter: // an element of a tuple with a name
		if t := e.child(n, e.typ); t != 0 {
			return e.typeOf(t)
		}
	}
	v := e.value(OpType, n)
	v.Name = e.textOf(n)
	return v
}

// typeIn lowers the first type within n.
func (e *ecma) typeIn(n source.NodeID) *Value {
	if c := e.first(n); c != 0 {
		return e.typeOf(c)
	}
	return e.absent(n)
}

// types lowers the types within n.
func (e *ecma) types(n source.NodeID) []*Value {
	mark := len(e.values)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			v := e.typeOf(c)
			e.values = append(e.values, v)
		}
	}
	return e.takeValues(mark)
}

// generic gives base with the type arguments at n.
func (e *ecma) generic(base *Value, n source.NodeID) *Value {
	v := e.value(OpIndex, n)
	v.Span.Start = min(v.Span.Start, base.Span.Start)
	v.X = base
	if v.Args = e.types(n); len(v.Args) > 1 {
		args := e.value(OpList, n)
		args.Name, args.Args = "tuple", v.Args
		v.Args = e.list(args)
	}
	return v
}

// typeOperator lowers a union or intersection: an OpBinary named | or &. One
// with a leading operator has a single part.
func (e *ecma) typeOperator(n source.NodeID, k ecmaKind) *Value {
	name := "|"
	if k == ecmaIntersection {
		name = "&"
	}
	var v *Value
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			continue
		}
		right := e.typeOf(c)
		if v == nil {
			v = right
			continue
		}
		both := e.value(OpBinary, n)
		both.Name, both.Args = name, e.list(v, right)
		v = both
	}
	if v == nil {
		return e.absent(n)
	}
	return v
}
