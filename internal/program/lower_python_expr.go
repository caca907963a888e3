package program

// lower_python_expr.go makes the values of a Python tree.

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mcpaudit/internal/source"
)

func pythonExprs() map[string]pythonExpr {
	constant := func(c Const, text string) pythonExpr {
		return func(p *python, n source.NodeID) *Value { return p.constant(c, n, text) }
	}
	asWritten := func(c Const) pythonExpr {
		return func(p *python, n source.NodeID) *Value { return p.constant(c, n, p.textOf(n)) }
	}
	list := func(name string) pythonExpr {
		return func(p *python, n source.NodeID) *Value {
			v := p.value(OpList, n)
			v.Name, v.Args = name, p.children(n)
			return v
		}
	}
	ident := func(p *python, n source.NodeID) *Value { return p.ident(n) }
	comprehension := func(name string) pythonExpr {
		return func(p *python, n source.NodeID) *Value { return p.comprehension(n, name) }
	}
	return map[string]pythonExpr{
		"identifier": ident, "print": ident, "exec": ident, "await": (*python).await,
		"true": constant(ConstBool, "true"), "false": constant(ConstBool, "false"),
		"none": asWritten(ConstNone), "integer": asWritten(ConstNumber), "float": asWritten(ConstNumber),
		"ellipsis": func(p *python, n source.NodeID) *Value {
			v := p.value(OpUnknown, n)
			v.Name = "..."
			return v
		},
		"string": (*python).str, "concatenated_string": (*python).str,
		"attribute": (*python).attribute, "member_type": (*python).memberType,
		"subscript": (*python).subscript, "generic_type": (*python).genericType, "slice": (*python).slice,
		"call": (*python).call,
		"list": list(""), "list_pattern": list(""), "tuple": list("tuple"), "tuple_pattern": list("tuple"),
		"pattern_list": list("tuple"), "expression_list": list("tuple"), "set": list("set"),
		"dictionary": func(p *python, n source.NodeID) *Value {
			v := p.value(OpObject, n)
			v.Args = p.children(n)
			return v
		},
		"pair": (*python).pair, "keyword_argument": (*python).keyword,
		"list_splat": (*python).splat, "list_splat_pattern": (*python).splat, "splat_type": (*python).splat,
		"parenthesized_list_splat": (*python).inner, "dictionary_splat": (*python).mappingSplat,
		"dictionary_splat_pattern": (*python).mappingSplat,
		"parenthesized_expression": (*python).inner, "type": (*python).inner, "as_pattern_target": (*python).inner,
		"interpolation":   (*python).inner,
		"binary_operator": (*python).binary, "union_type": (*python).union,
		"unary_operator": (*python).unary, "not_operator": (*python).not,
		"boolean_operator": (*python).logical, "comparison_operator": (*python).compare,
		"conditional_expression": (*python).conditional, "named_expression": (*python).named,
		"lambda": (*python).lambda, "yield": (*python).yield,
		"list_comprehension": comprehension("list"), "set_comprehension": comprehension("set"),
		"dictionary_comprehension": comprehension("dict"), "generator_expression": comprehension("generator"),
		"constrained_type": func(p *python, n source.NodeID) *Value {
			v := p.value(OpType, n)
			v.Name = p.textOf(n)
			return v
		},
	}
}

func (p *python) await(n source.NodeID) *Value {
	v := p.value(OpAwait, n)
	v.X = p.optional(p.firstNamed(n))
	return v
}

func (p *python) yield(n source.NodeID) *Value {
	p.fn.Generator = true
	v := p.value(OpYield, n)
	if list := p.children(n); len(list) == 1 {
		v.X = list[0]
	} else if len(list) > 1 {
		v.X = p.value(OpList, n)
		v.X.Name, v.X.Args = "tuple", list
	}
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if !p.nodes[c].Named() && p.textOf(c) == "from" {
			v.Name = "from"
		}
	}
	return v
}

func (p *python) attribute(n source.NodeID) *Value {
	v := p.value(OpField, n)
	v.X = p.optional(p.child(n, p.fObject))
	if a := p.child(n, p.fAttribute); a != 0 {
		v.Name = p.textOf(a)
	}
	return v
}

func (p *python) memberType(n source.NodeID) *Value {
	v := p.value(OpField, n)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch {
		case !p.meant(c):
		case v.X == nil:
			v.X = p.expression(c)
		default:
			v.Name = p.textOf(c)
		}
	}
	return v
}

func (p *python) subscript(n source.NodeID) *Value {
	v := p.value(OpIndex, n)
	v.X = p.optional(p.child(n, p.fValue))
	mark := len(p.values)
	slice := false
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.nodes[c].Field == p.fSubscript && p.meant(c) {
			slice = p.part(c) == pySlice
			p.values = append(p.values, p.expression(c))
		}
	}
	v.Args = p.takeValues(mark)
	switch {
	case len(v.Args) > 1:
		p.tuple(v, n)
	case len(v.Args) == 1 && slice:
		v.Op, v.Args = OpSlice, v.Args[0].Args
	case len(v.Args) == 1 && v.Args[0].Op == OpConst && v.Args[0].Const == ConstString:
		v.Name = v.Args[0].Str
	}
	return v
}

// tuple makes v's several arguments one.
func (p *python) tuple(v *Value, n source.NodeID) {
	t := p.value(OpList, n)
	t.Name, t.Args = "tuple", v.Args
	t.Span = source.Span{Start: v.Args[0].Span.Start, End: v.Args[len(v.Args)-1].Span.End}
	v.Args = p.list(t)
}

func (p *python) genericType(n source.NodeID) *Value {
	v := p.value(OpIndex, n)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch {
		case !p.meant(c):
		case v.X == nil:
			v.X = p.expression(c)
		default:
			v.Args = p.children(c)
		}
	}
	if len(v.Args) > 1 {
		p.tuple(v, n)
	}
	return v
}

// slice gives the bounds of a slice; on its own, within a tuple of subscripts,
// it has no X.
func (p *python) slice(n source.NodeID) *Value {
	v := p.value(OpSlice, n)
	var bounds [3]*Value
	i, last := 0, 0
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) == pyColon && i < 2 {
			i++
		} else if p.meant(c) {
			bounds[i], last = p.expression(c), i
		}
	}
	v.Args = p.list(bounds[:max(last+1, 2)]...)
	return v
}

func (p *python) call(n source.NodeID) *Value {
	v := p.value(OpCall, n)
	v.X = p.optional(p.child(n, p.fFunction))
	if args := p.child(n, p.fArguments); args != 0 {
		v.Args = p.arguments(args)
	}
	return v
}

// arguments lowers an argument list; a bare generator is its only argument.
func (p *python) arguments(n source.NodeID) []*Value {
	if at(p.onExpr, p.nodes[n].Symbol) != nil {
		return p.list(p.expression(n))
	}
	return p.children(n)
}

func (p *python) keyword(n source.NodeID) *Value {
	v := p.value(OpKeyword, n)
	if name := p.child(n, p.fName); name != 0 {
		v.Name = p.textOf(name)
	}
	v.X = p.optional(p.child(n, p.fValue))
	return v
}

func (p *python) pair(n source.NodeID) *Value {
	v := p.value(OpPair, n)
	p.key(v, p.optional(p.child(n, p.fKey)))
	v.X = p.optional(p.child(n, p.fValue))
	return v
}

func (p *python) key(pair, key *Value) {
	if key != nil && key.Op == OpConst {
		pair.Name = key.Str
	} else if key != nil {
		pair.Args = p.list(key)
	}
}

func (p *python) splat(n source.NodeID) *Value {
	v := p.value(OpSpread, n)
	v.X = p.optional(p.firstNamed(n))
	return v
}

func (p *python) mappingSplat(n source.NodeID) *Value {
	v := p.splat(n)
	v.Name = "**"
	return v
}

func (p *python) binary(n source.NodeID) *Value { return p.infix(OpBinary, n) }

func (p *python) logical(n source.NodeID) *Value { return p.infix(OpLogical, n) }

func (p *python) infix(op Op, n source.NodeID) *Value {
	v := p.value(op, n)
	var left, right *Value
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.nodes[c].Field {
		case p.fLeft:
			left = p.expression(c)
		case p.fRight:
			right = p.expression(c)
		case p.fOperator:
			v.Name = p.textOf(c)
		}
	}
	if left == nil || right == nil {
		return p.unknown(n)
	}
	v.Args = p.list(left, right)
	return v
}

// union lowers X | Y of a type.
func (p *python) union(n source.NodeID) *Value {
	args := p.children(n)
	if len(args) == 0 {
		return p.unknown(n)
	}
	v := args[0]
	for _, right := range args[1:] {
		b := p.value(OpBinary, n)
		b.Name, b.Args = "|", p.list(v, right)
		b.Span.End = right.Span.End
		v = b
	}
	return v
}

func (p *python) unary(n source.NodeID) *Value {
	v := p.not(n)
	if op := p.child(n, p.fOperator); op != 0 {
		v.Name = p.textOf(op)
	}
	return v
}

func (p *python) not(n source.NodeID) *Value {
	v := p.value(OpUnary, n)
	v.Name = "not"
	v.Args = p.list(p.optional(p.child(n, p.fArgument)))
	return v
}

// compare lowers a chain of comparisons to those of neighbours.
func (p *python) compare(n source.NodeID) *Value {
	var all, left *Value
	op := ""
	depth := p.depth
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.nodes[c].Field == p.fOperators {
			op = p.textOf(c)
			if p.part(c) == pyNone && strings.ContainsAny(op, " \t\n\\") {
				op = strings.Join(strings.Fields(op), " ")
			}
			continue
		}
		if !p.meant(c) {
			continue
		}
		right := p.expression(c)
		if left != nil {
			cmp := p.value(OpCompare, n)
			cmp.Name, cmp.Args = op, p.list(left, right)
			cmp.Span = source.Span{Start: left.Span.Start, End: right.Span.End}
			if all == nil {
				all = cmp
			} else {
				if !p.enter(c) {
					break
				}
				and := p.value(OpLogical, n)
				and.Name, and.Args = "and", p.list(all, cmp)
				and.Span.End = cmp.Span.End
				all = and
			}
		}
		left = right
	}
	p.depth = depth
	if all == nil {
		return p.unknown(n)
	}
	return all
}

func (p *python) conditional(n source.NodeID) *Value {
	args := p.children(n)
	if len(args) != 3 {
		return p.unknown(n)
	}
	v := p.value(OpCond, n)
	v.Args = p.list(args[1], args[0], args[2])
	return v
}

func (p *python) named(n source.NodeID) *Value {
	v := p.value(OpAssign, n)
	v.Args = p.list(p.optional(p.child(n, p.fName)))
	v.X = p.optional(p.child(n, p.fValue))
	return v
}

func (p *python) comprehension(n source.NodeID, name string) *Value {
	v := p.value(OpCompr, n)
	v.Name = name
	v.X = p.optional(p.child(n, p.fBody))
	mark := len(p.values)
	var clause *Value
	conds := 0
	end := func() {
		if clause != nil {
			clause.Args = p.takeValues(conds)
			p.values = append(p.values, clause)
		}
	}
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.part(c) {
		case pyForIn:
			end()
			clause = p.value(OpCompFor, c)
			conds = len(p.values)
			p.values = append(p.values, p.optional(p.child(c, p.fLeft)))
			clause.X = p.optional(p.child(c, p.fRight))
		case pyIfClause:
			if cond := p.firstNamed(c); cond != 0 && clause != nil {
				p.values = append(p.values, p.expression(cond))
				clause.Span.End = p.span(c).End
			}
		}
	}
	end()
	v.Args = p.takeValues(mark)
	return v
}

// pieces gathers the parts of a string: neighbouring constant texts become one.
type pieces struct {
	texts []string
	first [1]string
	span  source.Span
	bytes bool
}

func (s *pieces) add(text string, span source.Span) {
	if s.texts == nil {
		s.texts, s.span = s.first[:0], span
	}
	s.texts = append(s.texts, text)
	s.span.End = span.End
}

func (s *pieces) join() string {
	if len(s.texts) == 1 {
		return s.texts[0]
	}
	return strings.Join(s.texts, "")
}

// str lowers a string or several next to each other.
func (p *python) str(n source.NodeID) *Value {
	var s pieces
	mark := len(p.values)
	if p.part(n) == pyConcat {
		for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
			if p.part(c) == pyString {
				p.strParts(&s, c)
			}
		}
	} else {
		p.strParts(&s, n)
	}
	if len(p.values) == mark {
		kind := ConstString
		if s.bytes {
			kind = ConstBytes
		}
		return p.constant(kind, n, s.join())
	}
	p.flush(&s, n)
	v := p.value(OpTemplate, n)
	v.Args = p.takeValues(mark)
	return v
}

// flush ends a constant part of a template.
func (p *python) flush(s *pieces, n source.NodeID) {
	if s.texts == nil {
		return
	}
	c := p.constant(ConstString, n, s.join())
	c.Span = s.span
	p.values = append(p.values, c)
	s.texts = nil
}

// strParts adds the parts of one string literal: texts to s, values to p.values.
func (p *python) strParts(s *pieces, n source.NodeID) {
	var raw, format bool
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.part(c) {
		case pyStringStart:
			for _, b := range []byte(p.textOf(c)) {
				switch b | 0x20 {
				case 'r':
					raw = true
				case 'b':
					s.bytes = true
				case 'f', 't':
					format = true
				}
			}
		case pyStringContent:
			text := p.textOf(c)
			if !raw && strings.IndexByte(text, '\\') >= 0 {
				text = unescapePython(text, s.bytes)
			}
			if strings.IndexByte(text, '\r') >= 0 && strings.IndexByte(p.textOf(c), '\r') >= 0 {
				text = strings.ReplaceAll(text, "\r\n", "\n")
			}
			if format && strings.ContainsAny(text, "{}") {
				text = strings.ReplaceAll(strings.ReplaceAll(text, "{{", "{"), "}}", "}")
			}
			s.add(text, p.span(c))
		case pyInterpolation:
			p.flush(s, c)
			p.interpolation(c)
		}
	}
}

// interpolation adds the value in braces, and those within its format.
func (p *python) interpolation(n source.NodeID) {
	if !p.enter(n) {
		p.leave()
		return
	}
	if e := p.child(n, p.fExpression); e != 0 {
		p.values = append(p.values, p.expression(e))
	} else {
		p.values = append(p.values, p.unknown(n))
	}
	if f := p.child(n, p.fFormat); f != 0 {
		for c := f + 1; c < p.nodes[f].Next; c = p.nodes[c].Next {
			if part := p.part(c); part == pyFormatExpr || part == pyInterpolation {
				p.interpolation(c)
			}
		}
	}
	p.leave()
}

// unescapePython decodes the escapes of a Python string. An escape that Python
// does not know stays as it is, and so does \N{…}.
func unescapePython(s string, bytes bool) string {
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		n := 2
		switch c := s[1]; c {
		case '\n':
		case '\r':
			if len(s) > 2 && s[2] == '\n' {
				n = 3
			}
		case '\\', '\'', '"':
			b.WriteByte(c)
		case 'a', 'b', 'f', 'n', 'r', 't', 'v':
			b.WriteByte("\a\b\f\n\r\t\v"[strings.IndexByte("abfnrtv", c)])
		case 'x':
			n = hexEscape(&b, s, 2, bytes)
		case 'u', 'U':
			digits := 4
			if c == 'U' {
				digits = 8
			}
			if bytes {
				b.WriteString(s[:2])
			} else {
				n = hexEscape(&b, s, digits, false)
			}
		case '0', '1', '2', '3', '4', '5', '6', '7':
			for n < len(s) && n < 4 && s[n] >= '0' && s[n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(s[1:n], 8, 16)
			writeCode(&b, v, bytes)
		default:
			b.WriteString(s[:2])
		}
		s = s[n:]
	}
}

// hexEscape decodes \x, \u or \U with so many digits and gives the escape's
// length; one that is malformed stays as it is.
func hexEscape(b *strings.Builder, s string, digits int, bytes bool) int {
	if len(s) >= 2+digits {
		if v, err := strconv.ParseUint(s[2:2+digits], 16, 32); err == nil {
			writeCode(b, v, bytes)
			return 2 + digits
		}
	}
	b.WriteString(s[:2])
	return 2
}

func writeCode(b *strings.Builder, v uint64, bytes bool) {
	if bytes {
		b.WriteByte(byte(v))
	} else if v <= utf8.MaxRune {
		b.WriteRune(rune(v))
	} else {
		b.WriteRune(utf8.RuneError)
	}
}

// pythonPatterns lowers the patterns of a match. Names that a pattern binds are
// gathered in bound.
type pythonPatterns struct {
	p     *python
	bound []*Value
}

// top adds the alternatives of a case to p.values; a pattern that matches
// anything adds none.
func (m *pythonPatterns) top(n source.NodeID) {
	p := m.p
	c := p.firstNamed(n)
	if c == 0 {
		return
	}
	if p.part(c) == pyUnionPattern {
		for k := c + 1; k < p.nodes[c].Next; k = p.nodes[k].Next {
			if p.meant(k) {
				p.values = append(p.values, m.pattern(k))
			}
		}
		return
	}
	if p.part(c) == pyDottedName && p.nodes[c+1].Next == p.nodes[c].Next {
		m.pattern(c) // a single name binds, whatever comes
		return
	}
	p.values = append(p.values, m.pattern(c))
}

func (m *pythonPatterns) pattern(n source.NodeID) *Value {
	p := m.p
	if !p.enter(n) {
		p.leave()
		return p.value(OpUnknown, n)
	}
	v := m.form(n)
	p.leave()
	return v
}

func (m *pythonPatterns) form(n source.NodeID) *Value {
	p := m.p
	switch p.tree.Kind(n) {
	case "case_pattern":
		if c := p.firstNamed(n); c != 0 {
			return m.pattern(c)
		}
		return p.ident(n) // _
	case "identifier", "dotted_name":
		return m.name(n)
	case "integer", "float":
		v := p.constant(ConstNumber, n, p.textOf(n))
		if p.part(n-1) == pyMinus {
			v.Str = "-" + v.Str
		}
		return v
	case "list_pattern", "tuple_pattern":
		v := p.value(OpList, n)
		v.Args = m.parts(n)
		return v
	case "union_pattern":
		v := p.value(OpUnknown, n)
		v.Args = m.parts(n)
		return v
	case "splat_pattern":
		v := p.value(OpSpread, n)
		if c := p.firstNamed(n); c != 0 {
			v.X = m.name(c)
		}
		return v
	case "dict_pattern":
		return m.dict(n)
	case "class_pattern":
		v := p.value(OpCall, n)
		mark := len(p.values)
		for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
			switch {
			case !p.meant(c):
			case v.X == nil:
				v.X = p.dottedValue(c)
			default:
				p.values = append(p.values, m.pattern(c))
			}
		}
		v.Args = p.takeValues(mark)
		return v
	case "keyword_pattern":
		v := p.value(OpKeyword, n)
		for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
			switch {
			case !p.meant(c):
			case v.Name == "":
				v.Name = p.textOf(c)
			default:
				v.X = m.pattern(c)
			}
		}
		return v
	case "as_pattern":
		parts := m.parts(n)
		if len(parts) == 0 {
			return p.value(OpUnknown, n)
		}
		return parts[0]
	}
	return p.expression(n)
}

func (m *pythonPatterns) parts(n source.NodeID) []*Value {
	p := m.p
	mark := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.meant(c) {
			p.values = append(p.values, m.pattern(c))
		}
	}
	return p.takeValues(mark)
}

// name lowers a name of a pattern: one of a single part binds, a dotted one is
// compared with.
func (m *pythonPatterns) name(n source.NodeID) *Value {
	v := m.p.dottedValue(n)
	if v.Op == OpIdent && v.Name != "_" {
		m.bound = append(m.bound, v)
	}
	return v
}

// dottedValue lowers a dotted name as identifier and fields.
func (p *python) dottedValue(n source.NodeID) *Value {
	var v *Value
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) != pyIdentifier {
			continue
		}
		if v == nil {
			v = p.ident(c)
			continue
		}
		f := p.value(OpField, n)
		f.Span.End = p.span(c).End
		f.X, f.Name = v, p.textOf(c)
		v = f
	}
	if v == nil {
		return p.ident(n)
	}
	return v
}

func (m *pythonPatterns) dict(n source.NodeID) *Value {
	p := m.p
	v := p.value(OpObject, n)
	mark := len(p.values)
	var pair *Value
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch {
		case !p.meant(c):
		case p.nodes[c].Field == p.fKey:
			pair = p.value(OpPair, c)
			p.key(pair, m.pattern(c))
			p.values = append(p.values, pair)
		case p.nodes[c].Field == p.fValue && pair != nil:
			pair.X = m.pattern(c)
			pair.Span.End = pair.X.Span.End
		default:
			p.values = append(p.values, m.pattern(c))
		}
	}
	v.Args = p.takeValues(mark)
	return v
}
