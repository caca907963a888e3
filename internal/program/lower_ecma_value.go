package program

// lower_ecma_value.go lowers the expressions and patterns of JavaScript and
// TypeScript. A pattern has the form of the expression it looks like: OpObject,
// OpList and OpSpread, with OpAssign for a target that has a default.

import (
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"mcpaudit/internal/source"
)

// expr lowers the expression, pattern or property at n.
func (e *ecma) expr(n source.NodeID) *Value { return e.named(n, "") }

// named lowers an expression; doc is the comment before the declaration that
// gives it its name, which matters to functions and classes.
func (e *ecma) named(n source.NodeID, doc string) *Value {
	if !e.enter(n) {
		e.leave()
		return e.value(OpUnknown, n)
	}
	v := e.exprWithin(n, doc)
	e.leave()
	return v
}

// valueIn lowers the child in field f, or gives an empty OpUnknown where broken
// code lacks it.
func (e *ecma) valueIn(n source.NodeID, f source.Field) *Value {
	if c := e.child(n, f); c != 0 {
		return e.expr(c)
	}
	return e.absent(n)
}

// absent stands for what broken code lacks: it is empty, at the start of n.
func (e *ecma) absent(n source.NodeID) *Value {
	v := e.value(OpUnknown, n)
	v.Span.End = v.Span.Start
	return v
}

// optional lowers the expression at n, nil for 0.
func (e *ecma) optional(n source.NodeID) *Value {
	if n == 0 {
		return nil
	}
	return e.expr(n)
}

func (e *ecma) exprWithin(n source.NodeID, doc string) *Value {
	switch k := e.kindOf(n); k {
	case ecmaIdent, ecmaPropertyName, ecmaTypeName:
		return e.ident(n)
	case ecmaString:
		return e.constant(ConstString, n, e.stringText(n))
	case ecmaNumber:
		return e.constant(ConstNumber, n, e.textOf(n))
	case ecmaBool:
		return e.constant(ConstBool, n, e.textOf(n))
	case ecmaNull, ecmaUndefined:
		return e.constant(ConstNone, n, e.textOf(n))
	case ecmaTemplate:
		return e.template(n, n, nil)
	case ecmaRegex:
		return e.regex(n)
	case ecmaMember:
		return e.memberExpression(n)
	case ecmaSubscript:
		return e.subscript(n)
	case ecmaCall:
		return e.call(n)
	case ecmaNew:
		return e.newExpression(n)
	case ecmaMeta:
		return e.metaProperty(n)
	case ecmaAwait:
		v := e.value(OpAwait, n)
		v.X = e.firstIn(n)
		return v
	case ecmaSpread:
		v := e.value(OpSpread, n)
		v.X = e.firstIn(n)
		return v
	case ecmaYield:
		v := e.value(OpYield, n)
		if e.has(n, ecmaTokStar) {
			v.Name = "from"
		}
		v.X = e.optional(e.first(n))
		return v
	case ecmaTernary:
		v := e.value(OpCond, n)
		v.Args = e.list(e.valueIn(n, e.condition), e.valueIn(n, e.consequence), e.valueIn(n, e.alternative))
		return v
	case ecmaBinary:
		return e.binary(n)
	case ecmaUnary:
		v := e.value(OpUnary, n)
		if op := e.child(n, e.operator); op != 0 {
			v.Name = e.textOf(op)
		}
		v.Args = e.list(e.valueIn(n, e.argument))
		return v
	case ecmaUpdate:
		return e.update(n)
	case ecmaAssignment, ecmaAugmented, ecmaAssignmentPattern:
		return e.assignment(n)
	case ecmaShorthand:
		// Only an object or its pattern holds one; it pairs a name with itself.
		return e.ident(n)
	case ecmaArray:
		v := e.value(OpList, n)
		v.Args = e.elements(n, true)
		return v
	case ecmaObject:
		return e.objectLiteral(n)
	case ecmaFunctionExpression, ecmaArrow, ecmaFunctionDeclaration, ecmaMethod:
		kind := KindClosure
		if k == ecmaMethod {
			kind = KindMethod
		}
		v := e.value(OpUnknown, n)
		if fn := e.function(n, kind, 0, doc); fn != nil {
			v.Op, v.Func = OpFunc, fn
		}
		return v
	case ecmaClassExpression, ecmaClassDeclaration:
		v := e.value(OpClass, n)
		v.Class = e.classOf(n, doc)
		return v
	case ecmaAs, ecmaNonNull, ecmaTypeAssertion, ecmaInstantiation:
		return e.cast(n, k)
	case ecmaJSXElement, ecmaJSXSelfClosing:
		return e.jsx(n)
	case ecmaJSXText, ecmaHTMLEntity:
		return e.constant(ConstString, n, unescapeHTML(e.textOf(n)))
	case ecmaParenthesized, ecmaJSXExpression, ecmaComputedName, ecmaSubstitution:
		return e.wrapped(n, doc)
	default:
		return e.unknown(n)
	}
}

// firstIn lowers the first child of n.
func (e *ecma) firstIn(n source.NodeID) *Value {
	if c := e.first(n); c != 0 {
		return e.expr(c)
	}
	return e.absent(n)
}

// wrapped lowers what stands in brackets: one expression, or the debris of
// several.
func (e *ecma) wrapped(n source.NodeID, doc string) *Value {
	c := e.first(n)
	if c == 0 {
		return e.absent(n)
	}
	for more := e.nodes[c].Next; more < e.nodes[n].Next; more = e.nodes[more].Next {
		if !e.skip(more) {
			return e.unknown(n)
		}
	}
	return e.named(c, doc)
}

// unknown keeps the parts of what has no form of its own, or no place in the
// grammar. Statements among them go before the statement being lowered.
func (e *ecma) unknown(n source.NodeID) *Value {
	v := e.value(OpUnknown, n)
	k := e.kindOf(n)
	if k == ecmaSequence {
		v.Name = ","
	}
	mark := len(e.values)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			continue
		}
		switch ck := e.kindOf(c); {
		case ck >= ecmaTypeName, ck == ecmaTypeParameters:
		case ck > ecmaError && ck < ecmaIdent, ck == ecmaMethod, ck == ecmaFieldDefinition:
			e.statement(c)
		default:
			p := e.expr(c)
			e.values = append(e.values, p)
		}
	}
	v.Args = e.takeValues(mark)
	if k == ecmaSequence && allConst(v.Args[:max(0, len(v.Args)-1)]) && len(v.Args) > 0 {
		// (0, m.f)(x), as compilers write a call without this, is m.f(x).
		return v.Args[len(v.Args)-1]
	}
	return v
}

func allConst(list []*Value) bool {
	for _, v := range list {
		if v.Op != OpConst {
			return false
		}
	}
	return true
}

// elements lowers arguments or the elements of a list; a hole in a list keeps
// its place.
func (e *ecma) elements(n source.NodeID, holes bool) []*Value {
	if e.kindOf(n) == ecmaTemplate {
		return e.list(e.template(n, n, nil))
	}
	mark := len(e.values)
	filled := false
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			if holes && e.kindOf(c) == ecmaTokComma {
				if !filled {
					e.values = append(e.values, e.absent(c))
				}
				filled = false
			}
			continue
		}
		v := e.expr(c)
		e.values = append(e.values, v)
		filled = true
	}
	return e.takeValues(mark)
}

func (e *ecma) regex(n source.NodeID) *Value {
	v := e.value(OpRegex, n)
	if p := e.child(n, e.pattern); p != 0 {
		v.Str = e.textOf(p)
	}
	if f := e.child(n, e.flags); f != 0 {
		v.Name = e.textOf(f)
	}
	return v
}

func (e *ecma) memberExpression(n source.NodeID) *Value {
	v := e.value(OpField, n)
	v.Optional = e.has(n, ecmaTokOptional)
	if p := e.child(n, e.property); p != 0 {
		v.Name = e.textOf(p)
	}
	v.X = e.valueIn(n, e.object)
	return v
}

func (e *ecma) newExpression(n source.NodeID) *Value {
	v := e.value(OpNew, n)
	v.X = e.valueIn(n, e.constructor)
	if a := e.child(n, e.arguments); a != 0 {
		v.Args = e.elements(a, false)
	}
	return v
}

// update lowers ++ and --.
func (e *ecma) update(n source.NodeID) *Value {
	v := e.value(OpAssign, n)
	v.Args = e.list(e.valueIn(n, e.argument))
	if op := e.child(n, e.operator); op != 0 {
		v.Name, v.X = e.textOf(op), e.one(op)
	}
	return v
}

func (e *ecma) subscript(n source.NodeID) *Value {
	v := e.value(OpIndex, n)
	v.Optional = e.has(n, ecmaTokOptional)
	v.X = e.valueIn(n, e.object)
	i := e.valueIn(n, e.index)
	v.Args = e.list(i)
	if i.Op == OpConst && i.Const == ConstString {
		v.Name = i.Str
	}
	return v
}

func (e *ecma) call(n source.NodeID) *Value {
	f, a := e.child(n, e.callee), e.child(n, e.arguments)
	var callee *Value
	if f != 0 {
		callee = e.expr(f)
	} else {
		callee = e.absent(n)
	}
	if a != 0 && e.kindOf(a) == ecmaTemplate {
		return e.template(n, a, callee)
	}
	v := e.value(OpCall, n)
	v.X, v.Optional = callee, e.has(n, ecmaTokOptional)
	if a != 0 {
		v.Args = e.elements(a, false)
	}
	if callee.Op == OpIdent {
		e.noteRequire(v)
	}
	return v
}

// metaProperty lowers new.target.
func (e *ecma) metaProperty(n source.NodeID) *Value {
	v := e.value(OpField, n)
	base, name, _ := strings.Cut(e.textOf(n), ".")
	v.Name = strings.TrimSpace(name)
	x := e.value(OpIdent, n)
	x.Name = strings.TrimSpace(base)
	x.Span.End = x.Span.Start + uint32(len(x.Name))
	v.X = x
	return v
}

// ecmaOperator gives the form of a binary operator and its name where that is
// not what is written.
func ecmaOperator(op string) (Op, string) {
	switch op {
	case "&&":
		return OpLogical, "and"
	case "||":
		return OpLogical, "or"
	case "??":
		return OpLogical, op
	case "===":
		return OpCompare, "=="
	case "!==":
		return OpCompare, "!="
	case "==", "!=", "<", "<=", ">", ">=", "in", "instanceof":
		return OpCompare, op
	}
	return OpBinary, op
}

func (e *ecma) binary(n source.NodeID) *Value {
	v := e.value(OpUnknown, n)
	if op := e.child(n, e.operator); op != 0 {
		v.Op, v.Name = ecmaOperator(e.textOf(op))
	}
	left := e.valueIn(n, e.left)
	v.Args = e.list(left, e.valueIn(n, e.right))
	return v
}

func (e *ecma) assignment(n source.NodeID) *Value {
	v := e.value(OpAssign, n)
	if op := e.child(n, e.operator); op != 0 {
		v.Name = e.textOf(op)
	}
	v.Args = e.list(e.valueIn(n, e.left))
	v.X = e.valueIn(n, e.right)
	return v
}

func (e *ecma) cast(n source.NodeID, k ecmaKind) *Value {
	v := e.value(OpCast, n)
	var x, t source.NodeID
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		switch ck := e.kindOf(c); {
		case ck == ecmaTypeArguments && k == ecmaTypeAssertion:
			t = e.first(c)
		case e.skip(c), ck == ecmaTypeArguments:
		case x == 0:
			x = c
		case t == 0:
			t = c
		}
	}
	if x == 0 {
		return e.absent(n)
	}
	if k == ecmaInstantiation {
		return e.expr(x)
	}
	v.X = e.expr(x)
	if t != 0 {
		v.Args = e.list(e.typeOf(t))
	}
	return v
}

// objectLiteral lowers an object or its pattern.
func (e *ecma) objectLiteral(n source.NodeID) *Value {
	v := e.value(OpObject, n)
	mark := len(e.values)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			p := e.member(c)
			e.values = append(e.values, p)
		}
	}
	v.Args = e.takeValues(mark)
	return v
}

// member lowers one part of an object or its pattern.
func (e *ecma) member(n source.NodeID) *Value {
	switch e.kindOf(n) {
	case ecmaPair:
		v := e.value(OpPair, n)
		e.pairKey(v, e.child(n, e.key))
		v.X = e.valueIn(n, e.val)
		return v
	case ecmaShorthand:
		v := e.value(OpPair, n)
		v.Name, v.X = e.textOf(n), e.ident(n)
		return v
	case ecmaAssignmentPattern:
		v := e.value(OpPair, n)
		v.X = e.expr(n)
		if v.X.Op == OpAssign {
			v.Name = v.X.Args[0].Name
		}
		return v
	case ecmaMethod:
		v := e.value(OpPair, n)
		e.pairKey(v, e.child(n, e.name))
		v.X = e.named(n, e.commentBefore(n, e.comment))
		return v
	default:
		return e.expr(n)
	}
}

// pairKey sets the key of a pair: a name where it is constant.
func (e *ecma) pairKey(v *Value, key source.NodeID) {
	if key == 0 {
		return
	}
	var computed *Value
	if v.Name, computed = e.propertyName(key); computed != nil {
		v.Args = e.list(computed)
	}
}

// propertyName gives the name of a property, or its expression where the name
// is computed from one that is not constant.
func (e *ecma) propertyName(n source.NodeID) (string, *Value) {
	switch e.kindOf(n) {
	case ecmaString:
		return e.stringText(n), nil
	case ecmaComputedName:
		v := e.expr(n)
		if v.Op == OpConst && v.Const <= ConstNumber {
			return v.Str, nil
		}
		return "", v
	}
	return e.textOf(n), nil
}

// template lowers the template literal at t as a value at n; tag is its tag.
func (e *ecma) template(n, t source.NodeID, tag *Value) *Value {
	v := e.value(OpTemplate, n)
	v.X = tag
	mark := len(e.values)
	from, end := e.nodes[t].Start, e.nodes[t].End
	if from < end && e.text[from] == '`' {
		from++
	}
	for c, last := t+1, e.nodes[t].Next; c < last; c = e.nodes[c].Next {
		if e.kindOf(c) != ecmaSubstitution && e.kindOf(c) != ecmaError {
			continue
		}
		e.templateText(t, from, e.nodes[c].Start)
		p := e.expr(c)
		e.values = append(e.values, p)
		from = e.nodes[c].End
	}
	if end > from && e.text[end-1] == '`' {
		end--
	}
	e.templateText(t, from, end)
	if tag == nil && len(e.values) == mark {
		v.Op = OpConst
		return v
	}
	if tag == nil && len(e.values) == mark+1 && e.values[mark].Op == OpConst && e.values[mark].Const == ConstString {
		v.Op, v.Str = OpConst, e.values[mark].Str
		e.values = e.values[:mark]
		return v
	}
	v.Args = e.takeValues(mark)
	return v
}

// templateText adds the text of a template between two bytes of the file.
func (e *ecma) templateText(t source.NodeID, from, to uint32) {
	if from >= to {
		return
	}
	v := e.constant(ConstString, t, unescapeECMA(e.cut(from, to)))
	v.Span = source.Span{Start: from - e.fn.start, End: to - e.fn.start}
	e.values = append(e.values, v)
}

// stringText decodes a string literal, quotes and all. Within JSX there are no
// escapes but those of HTML.
func (e *ecma) stringText(n source.NodeID) string {
	s := e.textOf(n)
	if s == "" {
		return s
	}
	quote := s[0]
	s = s[1:]
	if len(s) > 0 && s[len(s)-1] == quote {
		s = s[:len(s)-1]
	}
	if e.kindOf(e.nodes[n].Parent) == ecmaJSXAttribute {
		return unescapeHTML(s)
	}
	return unescapeECMA(s)
}

func unescapeHTML(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return html.UnescapeString(s)
}

// unescapeECMA decodes the escapes of strings and templates (ECMA-262, 12.9.4),
// the old octal ones included. A lone surrogate becomes U+FFFD.
func unescapeECMA(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for ; i >= 0; i = strings.IndexByte(s, '\\') {
		b = append(b, s[:i]...)
		r, size := escapeECMA(s[i:])
		if utf16.IsSurrogate(r) {
			low, n := rune(0), 0
			if rest := s[i+size:]; strings.HasPrefix(rest, `\u`) {
				low, n = escapeECMA(rest)
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				size += n
			}
		}
		if r >= 0 {
			b = utf8.AppendRune(b, r)
		}
		s = s[i+size:]
	}
	return string(append(b, s...))
}

// escapeECMA decodes the escape that s begins with. It gives -1 for one that
// stands for nothing, and the number of bytes it takes.
func escapeECMA(s string) (rune, int) {
	if len(s) < 2 {
		return '\\', len(s)
	}
	switch c := s[1]; c {
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'r':
		return '\r', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'v':
		return '\v', 2
	case '\n':
		return -1, 2
	case '\r':
		if len(s) > 2 && s[2] == '\n' {
			return -1, 3
		}
		return -1, 2
	case 'x':
		if r, ok := hex(s[2:], 2); ok {
			return r, 4
		}
		return 'x', 2
	case 'u':
		if strings.HasPrefix(s[2:], "{") {
			if end := strings.IndexByte(s[:min(len(s), 16)], '}'); end > 0 {
				if r, ok := hex(s[3:end], end-3); ok && r <= utf8.MaxRune {
					return r, end + 1
				}
			}
		} else if r, ok := hex(s[2:], 4); ok {
			return r, 6
		}
		return 'u', 2
	case '0', '1', '2', '3', '4', '5', '6', '7':
		r, n := rune(0), 1
		for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '7' && r*8 < 256 {
			r, n = r*8+rune(s[n]-'0'), n+1
		}
		return r, n
	}
	r, size := utf8.DecodeRuneInString(s[1:])
	if r == '\u2028' || r == '\u2029' {
		r = -1
	}
	return r, 1 + size
}

// hex reads n hexadecimal digits.
func hex(s string, n int) (rune, bool) {
	if n == 0 || n > len(s) {
		return 0, false
	}
	var r rune
	for i := range n {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
		if r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, true
}

// jsx lowers an element: a call of its tag, or the list of its children where
// it has no tag.
func (e *ecma) jsx(n source.NodeID) *Value {
	v := e.value(OpCall, n)
	v.Name = "jsx"
	open := n
	if e.kindOf(n) == ecmaJSXElement {
		if open = e.child(n, e.openTag); open == 0 {
			return e.unknown(n)
		}
	}
	mark := len(e.values)
	for c, end := open+1, e.nodes[open].Next; c < end; c = e.nodes[c].Next {
		switch k := e.kindOf(c); {
		case e.skip(c):
		case e.nodes[c].Field == e.name:
			v.X = e.expr(c)
		case k == ecmaJSXAttribute:
			a := e.jsxAttribute(c)
			e.values = append(e.values, a)
		case k == ecmaTypeArguments:
		default:
			a := e.expr(c)
			e.values = append(e.values, a)
		}
	}
	if open != n {
		e.jsxChildren(n)
	}
	v.Args = e.takeValues(mark)
	if v.X == nil {
		v.Op = OpList
	}
	return v
}

func (e *ecma) jsxChildren(n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		switch k := e.kindOf(c); {
		case e.skip(c), k == ecmaJSXOpening, k == ecmaJSXClosing:
		case k == ecmaJSXText && strings.TrimSpace(e.textOf(c)) == "":
		case k == ecmaJSXExpression && e.first(c) == 0: // a comment
		default:
			a := e.expr(c)
			e.values = append(e.values, a)
		}
	}
}

func (e *ecma) jsxAttribute(n source.NodeID) *Value {
	v := e.value(OpKeyword, n)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		switch {
		case e.skip(c):
		case v.Name == "":
			v.Name = e.textOf(c)
		default:
			v.X = e.expr(c)
		}
	}
	if v.X == nil {
		v.X = e.constant(ConstBool, n, "true")
	}
	return v
}
