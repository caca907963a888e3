package program

// lower_go_expr.go makes the values of a Go tree, types among them.

import "mcpaudit/internal/source"

func goExprs() map[string]goExpr {
	asWritten := func(c Const) goExpr {
		return func(p *golang, n source.NodeID) *Value { return p.constant(c, n, p.textOf(n)) }
	}
	ident := func(p *golang, n source.NodeID) *Value { return p.ident(n) }
	str := func(p *golang, n source.NodeID) *Value {
		return p.constant(ConstString, n, unquoteGo(p.textOf(n)))
	}
	return map[string]goExpr{
		"identifier": ident, "blank_identifier": ident, "type_identifier": ident, "package_identifier": ident,
		"field_identifier": ident, "iota": ident, "label_name": ident,
		"int_literal": asWritten(ConstNumber), "float_literal": asWritten(ConstNumber),
		"imaginary_literal": asWritten(ConstNumber), "rune_literal": asWritten(ConstNumber),
		"nil": asWritten(ConstNone), "true": asWritten(ConstBool), "false": asWritten(ConstBool),
		"interpreted_string_literal": str, "raw_string_literal": str,
		"selector_expression": (*golang).selector, "qualified_type": (*golang).selector,
		"index_expression": (*golang).index, "slice_expression": (*golang).sliceExpr,
		"call_expression": (*golang).call, "variadic_argument": (*golang).spread,
		"type_assertion_expression": (*golang).cast, "type_conversion_expression": (*golang).conversion,
		"type_instantiation_expression": (*golang).instantiation, "generic_type": (*golang).instantiation,
		"composite_literal": (*golang).composite, "func_literal": (*golang).funcLit,
		"unary_expression": (*golang).unary, "binary_expression": (*golang).binary,
		"parenthesized_expression": (*golang).inner, "parenthesized_type": (*golang).inner,
		"type_constraint": (*golang).inner, "literal_element": (*golang).inner,
		"pointer_type": (*golang).pointer, "type_elem": (*golang).union,
		"slice_type": (*golang).typeParts, "array_type": (*golang).typeParts, "map_type": (*golang).typeParts,
		"implicit_length_array_type": (*golang).typeParts, "channel_type": (*golang).typeParts,
		"function_type": (*golang).typeText, "negated_type": (*golang).typeText, "interface_type": (*golang).typeText,
		"struct_type": (*golang).structType, "literal_value": func(p *golang, n source.NodeID) *Value {
			return p.literal(n, n, 0)
		},
		"expression_list": func(p *golang, n source.NodeID) *Value {
			v := p.value(OpList, n)
			v.Args = p.children(n)
			return v
		},
	}
}

func (p *golang) selector(n source.NodeID) *Value {
	v := p.value(OpField, n)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.nodes[c].Field {
		case p.fOperand, p.fPackage:
			v.X = p.expression(c)
		case p.fField, p.fName:
			v.Name = p.textOf(c)
		}
	}
	return v
}

func (p *golang) index(n source.NodeID) *Value {
	v := p.value(OpIndex, n)
	v.X = p.optional(p.child(n, p.fOperand))
	if i := p.optional(p.child(n, p.fIndex)); i != nil {
		v.Args = p.list(i)
		if i.Op == OpConst && i.Const == ConstString {
			v.Name = i.Str
		}
	}
	return v
}

func (p *golang) sliceExpr(n source.NodeID) *Value {
	v := p.value(OpSlice, n)
	v.X = p.optional(p.child(n, p.fOperand))
	v.Args = p.list(p.optional(p.child(n, p.fStart)), p.optional(p.child(n, p.fEnd)))
	if c := p.child(n, p.fCapacity); c != 0 {
		v.Args = p.list(v.Args[0], v.Args[1], p.expression(c))
	}
	return v
}

func (p *golang) call(n source.NodeID) *Value {
	v := p.value(OpCall, n)
	if fn := p.child(n, p.fFunction); fn != 0 {
		v.X = p.expression(fn)
		if types := p.child(n, p.fTypeArguments); types != 0 {
			v.X = p.instantiate(v.X, types)
		}
	}
	if args := p.child(n, p.fArguments); args != 0 {
		v.Args = p.children(args)
	}
	return v
}

// instantiate makes x[types…].
func (p *golang) instantiate(x *Value, types source.NodeID) *Value {
	v := p.value(OpIndex, types)
	v.Span.Start = x.Span.Start
	v.X, v.Args = x, p.children(types)
	if len(v.Args) > 1 {
		t := p.value(OpList, types)
		t.Name, t.Args = "tuple", v.Args
		v.Args = p.list(t)
	}
	return v
}

func (p *golang) instantiation(n source.NodeID) *Value {
	typ := p.child(n, p.fType)
	if typ == 0 {
		return p.unknown(n)
	}
	x := p.expression(typ)
	if types := p.child(n, p.fTypeArguments); types != 0 {
		return p.instantiate(x, types)
	}
	rest := p.nodes[typ].Next
	for ; rest < p.nodes[n].Next; rest = p.nodes[rest].Next {
		if p.meant(rest) {
			v := p.value(OpIndex, n)
			v.X, v.Args = x, p.list(p.expression(rest))
			return v
		}
	}
	return x
}

func (p *golang) spread(n source.NodeID) *Value {
	v := p.value(OpSpread, n)
	v.X = p.optional(p.firstNamed(n))
	return v
}

func (p *golang) cast(n source.NodeID) *Value {
	v := p.value(OpCast, n)
	v.X = p.optional(p.child(n, p.fOperand))
	if t := p.child(n, p.fType); t != 0 {
		v.Args = p.list(p.expression(t))
	}
	return v
}

// conversion lowers []byte(x). To the grammar f[T](x) is one as well; here it
// is a call.
func (p *golang) conversion(n source.NodeID) *Value {
	v := p.cast(n)
	if t := p.child(n, p.fType); t != 0 && p.part(t) == goGeneric {
		args := p.list(v.X)
		v.Op, v.X, v.Args = OpCall, v.Args[0], args
	}
	return v
}

func (p *golang) unary(n source.NodeID) *Value {
	v := p.value(OpUnary, n)
	if op := p.child(n, p.fOperator); op != 0 {
		v.Name = p.textOf(op)
	}
	v.Args = p.list(p.optional(p.child(n, p.fOperand)))
	return v
}

func (p *golang) pointer(n source.NodeID) *Value {
	v := p.value(OpUnary, n)
	v.Name, v.Args = "*", p.children(n)
	return v
}

// union lowers the constraint A | B.
func (p *golang) union(n source.NodeID) *Value {
	list := p.children(n)
	if len(list) == 1 {
		return list[0]
	}
	return p.typeText(n)
}

func (p *golang) binary(n source.NodeID) *Value {
	var left, right *Value
	op := ""
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.nodes[c].Field {
		case p.fLeft:
			left = p.expression(c)
		case p.fRight:
			right = p.expression(c)
		case p.fOperator:
			op = p.textOf(c)
		}
	}
	if left == nil || right == nil {
		return p.unknown(n)
	}
	v := p.value(OpBinary, n)
	v.Name, v.Args = op, p.list(left, right)
	switch op {
	case "&&":
		v.Op, v.Name = OpLogical, "and"
	case "||":
		v.Op, v.Name = OpLogical, "or"
	case "==", "!=", "<", "<=", ">", ">=":
		v.Op = OpCompare
	}
	return v
}

// typeText keeps a type as its text.
func (p *golang) typeText(n source.NodeID) *Value {
	v := p.value(OpType, n)
	v.Name = p.textOf(n)
	return v
}

// typeParts keeps a type as its text, with the types of its elements.
func (p *golang) typeParts(n source.NodeID) *Value {
	v := p.typeText(n)
	mark := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if f := p.nodes[c].Field; f == p.fElement || f == p.fKey || f == p.fValue {
			p.values = append(p.values, p.expression(c))
		}
	}
	v.Args = p.takeValues(mark)
	return v
}

func (p *golang) structType(n source.NodeID) *Value {
	v := p.value(OpClass, n)
	v.Class = &Class{Span: p.span(n)}
	p.structFields(v.Class, n)
	return v
}

func (p *golang) composite(n source.NodeID) *Value {
	body, typ := p.child(n, p.fBody), p.child(n, p.fType)
	if body == 0 {
		return p.unknown(n)
	}
	v := p.literal(n, body, typ)
	if typ == 0 {
		return v
	}
	if v.Op == OpList {
		v.Name = p.textOf(typ)
	} else {
		v.X = p.expression(typ)
	}
	return v
}

// literal lowers the braces of a composite literal to a value at node n. typ is
// its type as far as the text says it, or 0.
func (p *golang) literal(n, body, typ source.NodeID) *Value {
	v := p.value(OpObject, n)
	var element source.NodeID
	part := goNone
	if typ != 0 {
		part = p.part(typ)
	}
	switch part {
	case goSlice:
		v.Op = OpList
		element = p.child(typ, p.fElement)
	case goMap:
		element = p.child(typ, p.fValue)
	}
	mark := len(p.values)
	for c := body + 1; c < p.nodes[body].Next; c = p.nodes[c].Next {
		switch p.part(c) {
		case goElement:
			p.values = append(p.values, p.element(c, element))
		case goKeyed:
			key := p.firstNamed(c)
			if key == 0 || p.nodes[key].Next >= p.nodes[c].Next {
				continue
			}
			value := key
			for k := p.nodes[key].Next; k < p.nodes[c].Next; k = p.nodes[k].Next {
				if p.meant(k) {
					value = k
				}
			}
			x := p.element(value, element)
			if v.Op == OpList { // {3: x} says at which index x stands
				p.values = append(p.values, x)
				continue
			}
			p.values = append(p.values, p.pair(c, key, x, part == goMap))
		default:
			if p.nodes[c].Error() {
				p.values = append(p.values, p.expression(c))
			}
		}
	}
	v.Args = p.takeValues(mark)
	return v
}

// element lowers one element, whose type the literal around it may say.
func (p *golang) element(n, typ source.NodeID) *Value {
	inner := p.firstNamed(n)
	if inner == 0 || p.part(inner) != goLiteralValue {
		return p.expression(n)
	}
	if !p.enter(inner) {
		p.leave()
		return p.value(OpUnknown, inner)
	}
	if typ != 0 && p.part(typ) == goPointer {
		typ = p.firstNamed(typ)
	}
	v := p.literal(inner, inner, typ)
	if v.Op == OpList {
		v.Name = p.textOf(typ)
	}
	p.leave()
	return v
}

// pair makes a pair; a name is a constant key in a struct, not in a map.
func (p *golang) pair(n, key source.NodeID, x *Value, inMap bool) *Value {
	v := p.value(OpPair, n)
	v.X = x
	k := p.expression(key)
	if k.Op == OpConst || k.Op == OpIdent && !inMap {
		if v.Name = k.Str; k.Op == OpIdent {
			v.Name = k.Name
		}
	} else {
		v.Args = p.list(k)
	}
	return v
}
