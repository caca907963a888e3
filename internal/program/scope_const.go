package program

// scope_const.go folds constants: which text a value has, whoever runs the code.

import (
	"strings"

	"mcpaudit/internal/source"
)

// maxText bounds the length of a folded text.
const maxText = 1 << 14

// folded is a folded text, or that there is none.
type folded struct {
	text string
	ok   bool
}

// ConstString gives the text of a value that is a constant string: literals,
// their concatenation and formatting, names that are assigned once, constants
// of classes, enums and objects.
func (f *File) ConstString(fn int, v *Value) (string, bool) {
	if v == nil {
		return "", false
	}
	if v.Op == OpConst { // the most frequent case needs no scope
		return v.Str, v.Const == ConstString || v.Const == ConstBytes
	}
	m := f.scopes()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text(fn, v, 0)
}

// text folds a value.
func (m *fileMemo) text(fn int, v *Value, hops int) (string, bool) {
	if v == nil || hops > maxHops {
		return "", false
	}
	if v.Op == OpConst {
		return v.Str, v.Const == ConstString || v.Const == ConstBytes
	}
	s, ok := m.compound(fn, v, hops)
	if !ok || len(s) > maxText {
		return "", false
	}
	return s, true
}

func (m *fileMemo) compound(fn int, v *Value, hops int) (string, bool) {
	switch v.Op {
	case OpIdent:
		return m.namedText(fn, v.Name, hops)
	case OpTemplate:
		if v.X != nil {
			return "", false
		}
		return m.concat(fn, v.Args, "", hops)
	case OpBinary:
		if len(v.Args) != 2 {
			break
		}
		if v.Name == "+" {
			return m.sum(fn, v, hops)
		}
		if v.Name == "%" && m.f.Lang == source.Python {
			args := []*Value{v.Args[1]}
			if v.Args[1].Op == OpList {
				args = v.Args[1].Args
			}
			return m.format(fn, v.Args[0], args, '%', hops)
		}
	case OpCast:
		return m.text(fn, v.X, hops)
	case OpCall:
		return m.callText(fn, v, hops)
	case OpField, OpIndex:
		if v.Name != "" {
			return m.memberText(fn, v, hops)
		}
	}
	return "", false
}

// sum folds a + b, of which one at least must be a string.
func (m *fileMemo) sum(fn int, v *Value, hops int) (string, bool) {
	a, b := v.Args[0], v.Args[1]
	if isNumber(a) && isNumber(b) {
		return "", false
	}
	left, ok := m.part(fn, a, hops)
	if !ok {
		return "", false
	}
	right, ok := m.part(fn, b, hops)
	return left + right, ok
}

func isNumber(v *Value) bool { return v != nil && v.Op == OpConst && v.Const == ConstNumber }

// part folds a part of a text, where a plain number or a boolean stands for its
// digits or its name.
func (m *fileMemo) part(fn int, v *Value, hops int) (string, bool) {
	if v != nil && v.Op == OpConst && (v.Const == ConstNumber || v.Const == ConstBool) {
		if v.Const == ConstBool && m.f.Lang == source.Python {
			return strings.ToUpper(v.Str[:1]) + v.Str[1:], true
		}
		return v.Str, true
	}
	return m.text(fn, v, hops)
}

func (m *fileMemo) concat(fn int, list []*Value, sep string, hops int) (string, bool) {
	var b strings.Builder
	for i, a := range list {
		s, ok := m.part(fn, a, hops)
		if !ok || b.Len()+len(s) > maxText {
			return "", false
		}
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s)
	}
	return b.String(), true
}

// namedText folds a name that has one value.
func (m *fileMemo) namedText(fn int, name string, hops int) (string, bool) {
	scope := m.declaring(fn, name)
	if scope < 0 {
		return "", false
	}
	key := nameIn{scope, name}
	if t, ok := m.texts[key]; ok {
		return t.text, t.ok
	}
	m.texts[key] = folded{} // what refers to itself is not constant
	var t folded
	if a, ok := m.single(fn, name); ok {
		t.text, t.ok = m.text(a.Func, a.Value, hops+1)
	}
	m.texts[key] = t
	return t.text, t.ok
}

// single gives the only assignment to a name, if it has one and gives the name
// the whole of a value.
func (m *fileMemo) single(fn int, name string) (Assign, bool) {
	b := m.lookup(fn, name)
	if b.Kind != BoundLocal || len(b.Assigns) != 1 {
		return Assign{}, false
	}
	a := b.Assigns[0]
	return a, a.Kind == AssignValue && a.Value != nil && a.Path == nil
}

// callText folds the calls that make texts of texts.
func (m *fileMemo) callText(fn int, v *Value, hops int) (string, bool) {
	if v.X == nil {
		return "", false
	}
	if v.X.Op == OpField {
		switch method := v.X.Name; {
		case method == "join" && m.f.Lang == source.Python && len(v.Args) == 1 && v.Args[0].Op == OpList:
			if sep, ok := m.text(fn, v.X.X, hops); ok {
				return m.concat(fn, v.Args[0].Args, sep, hops)
			}
			return "", false
		case method == "join" && m.ecma() && v.X.X != nil && v.X.X.Op == OpList:
			sep := ","
			if len(v.Args) > 0 {
				var ok bool
				if sep, ok = m.text(fn, v.Args[0], hops); !ok {
					return "", false
				}
			}
			return m.concat(fn, v.X.X.Args, sep, hops)
		case method == "format" && m.f.Lang == source.Python:
			return m.format(fn, v.X.X, v.Args, '{', hops)
		case method == "concat" && m.ecma():
			return m.concat(fn, append([]*Value{v.X.X}, v.Args...), "", hops)
		case (method == "strip" || method == "trim") && len(v.Args) == 0:
			s, ok := m.text(fn, v.X.X, hops)
			return strings.TrimSpace(s), ok
		}
	}
	if m.f.Lang == source.Go && v.X.Op != OpField || len(v.Args) == 0 {
		return "", false
	}
	switch m.resolve(fn, v.X, hops).name {
	case "textwrap.dedent", "inspect.cleandoc", "dedent":
		s, ok := m.text(fn, v.Args[0], hops)
		return cleanDoc(s), ok
	case "fmt.Sprintf":
		return m.format(fn, v.Args[0], v.Args[1:], '%', hops)
	case "strings.Join":
		if v.Args[0].Op == OpList && len(v.Args) == 2 {
			if sep, ok := m.text(fn, v.Args[1], hops); ok {
				return m.concat(fn, v.Args[0].Args, sep, hops)
			}
		}
	}
	return "", false
}

// format folds a format of constants: %s and %d, and {} with or without a
// number or a name, as mark says. Anything finer is not folded.
func (m *fileMemo) format(fn int, format *Value, args []*Value, mark byte, hops int) (string, bool) {
	s, ok := m.text(fn, format, hops)
	if !ok {
		return "", false
	}
	var b strings.Builder
	next := 0
	for {
		i := strings.IndexByte(s, mark)
		if i < 0 {
			b.WriteString(s)
			return b.String(), b.Len() <= maxText
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		if s == "" {
			return "", false
		}
		var arg *Value
		if mark == '%' {
			verb := s[0]
			s = s[1:]
			if verb == '%' {
				b.WriteByte('%')
				continue
			}
			if !strings.ContainsRune("sdv", rune(verb)) || next >= len(args) {
				return "", false
			}
			arg, next = args[next], next+1
		} else {
			end := strings.IndexByte(s, '}')
			if end < 0 {
				return "", false
			}
			if arg = formatArg(s[:end], args, &next); arg == nil {
				return "", false
			}
			s = s[end+1:]
		}
		text, ok := m.part(fn, arg, hops)
		if !ok || b.Len()+len(text) > maxText {
			return "", false
		}
		b.WriteString(text)
	}
}

// formatArg gives the argument that a replacement field of str.format names.
func formatArg(field string, args []*Value, next *int) *Value {
	if field == "" {
		*next++
		if *next <= len(args) && args[*next-1].Op != OpKeyword {
			return args[*next-1]
		}
		return nil
	}
	if len(field) == 1 && field[0] >= '0' && field[0] <= '9' {
		if i := int(field[0] - '0'); i < len(args) && args[i].Op != OpKeyword {
			return args[i]
		}
		return nil
	}
	for _, a := range args {
		if a.Op == OpKeyword && a.Name == field {
			return a.X
		}
	}
	return nil
}

// memberText folds a constant of a class, an enum or an object literal.
func (m *fileMemo) memberText(fn int, v *Value, hops int) (string, bool) {
	if v.X != nil && v.X.Op == OpIdent {
		a, ok := m.single(fn, v.X.Name)
		for ok && a.Value.Op == OpCast && a.Value.X != nil { // as const
			a.Value = a.Value.X
		}
		if ok && a.Value.Op == OpObject {
			return m.text(a.Func, m.object(a.Value)[v.Name], hops+1)
		}
	}
	x := v
	if x.Name == "value" && x.X != nil && x.X.Op == OpField { // of an enum's member
		x = x.X
	}
	r := m.resolve(fn, x.X, hops)
	if r.class == nil {
		return "", false
	}
	own := m.class(r.class).own[x.Name]
	if len(own.assigns) != 1 || own.method != nil {
		return "", false
	}
	return m.text(own.assigns[0].Func, own.assigns[0].Value, hops+1)
}

// object gives the members of an object literal by their constant keys; one
// that spreads another has none that are certain.
func (m *fileMemo) object(v *Value) map[string]*Value {
	if members, ok := m.objects[v]; ok {
		return members
	}
	members := make(map[string]*Value, len(v.Args))
	for _, p := range v.Args {
		if p.Op != OpPair || len(p.Args) > 0 {
			members = nil
			break
		}
		members[p.Name] = p.X
	}
	m.objects[v] = members
	return members
}
