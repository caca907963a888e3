package mcp

// values.go reads what values say: texts, numbers, booleans and the arguments of
// a call.

import (
	"strings"

	"mcpaudit/internal/program"
)

// constant folds a value to a string.
func (x *recogniser) constant(r ref) (string, bool) {
	if r.v == nil {
		return "", false
	}
	if r.v.Op == program.OpConst && r.v.Const == program.ConstString {
		return r.v.Str, true
	}
	if s, ok := x.f.ConstString(r.scope, r.v); ok {
		return s, true
	}
	d := x.follow(r)
	if d.v == nil || d.v == r.v {
		return "", false
	}
	if d.v.Op == program.OpConst && d.v.Const == program.ConstString {
		return d.v.Str, true
	}
	return x.f.ConstString(d.scope, d.v)
}

// text gives a text meant for the model, at the place where it is written.
func (x *recogniser) text(r ref) Text {
	if r.v == nil {
		return Text{}
	}
	d := x.deref(r)
	for d.v.Op == program.OpCall && d.v.X != nil && d.v.X.Op == program.OpField && isTrim(d.v.X.Name) && len(d.v.Args) == 0 {
		d = x.deref(d.at(d.v.X.X))
	}
	t := Text{Span: x.span(d)}
	if s, ok := x.f.ConstString(d.scope, d.v); ok {
		t.Value, t.Constant = s, true
		return t
	}
	var b strings.Builder
	x.parts(d, &b, 64)
	t.Value = b.String()
	return t
}

// nameText gives an entry's name, or the identifier that holds it. Its place is where it is used, or, where a
// loop makes several entries, where each is written.
func (x *recogniser) nameText(r ref) Text {
	t := x.text(r)
	if r.ok() && r.env == nil {
		t.Span = x.span(r)
	}
	if !t.Constant && r.ok() {
		t.Value = lastName(r.v)
	}
	return t
}

func isTrim(name string) bool {
	return name == "trim" || name == "strip" || name == "trimStart" || name == "trimEnd" || name == "lstrip" || name == "rstrip"
}

// parts writes the constant parts of a built text.
func (x *recogniser) parts(r ref, b *strings.Builder, depth int) {
	if r.v == nil || depth == 0 || b.Len() > 1<<16 {
		return
	}
	switch r.v.Op {
	case program.OpTemplate, program.OpBinary, program.OpLogical, program.OpList:
		for _, a := range r.v.Args {
			x.parts(r.at(a), b, depth-1)
		}
	case program.OpCond:
		for _, a := range r.v.Args[1:] {
			x.parts(r.at(a), b, depth-1)
		}
	case program.OpCall:
		if r.v.X != nil && r.v.X.Op == program.OpField {
			x.parts(r.at(r.v.X.X), b, depth-1)
		}
		for _, a := range r.v.Args {
			if a != nil && a.Op != program.OpKeyword {
				x.parts(r.at(a), b, depth-1)
			}
		}
	default:
		if s, ok := x.f.ConstString(r.scope, r.v); ok {
			b.WriteString(s)
		}
	}
}

// hint reads a boolean, and Go's pointer helpers around one.
func (x *recogniser) hint(r ref) Hint {
	for range 4 {
		d := x.deref(r)
		if d.v == nil {
			return Unset
		}
		switch {
		case d.v.Op == program.OpConst && d.v.Const == program.ConstBool:
			if strings.EqualFold(d.v.Str, "true") {
				return True
			}
			return False
		case d.v.Op == program.OpIdent && (d.v.Name == "true" || d.v.Name == "True"):
			return True
		case d.v.Op == program.OpIdent && (d.v.Name == "false" || d.v.Name == "False"):
			return False
		case d.v.Op == program.OpCall && len(d.v.Args) == 1:
			r = d.at(d.v.Args[0])
		default:
			return Unset
		}
	}
	return Unset
}

// number reads a number as it is written, and Go's pointer helpers around one.
func (x *recogniser) number(r ref) string {
	for range 4 {
		d := x.deref(r)
		if d.v == nil {
			return ""
		}
		switch {
		case d.v.Op == program.OpConst && d.v.Const == program.ConstNumber:
			return strings.ReplaceAll(d.v.Str, "_", "")
		case d.v.Op == program.OpUnary && d.v.Name == "-" && len(d.v.Args) == 1:
			if n := x.number(d.at(d.v.Args[0])); n != "" {
				return "-" + n
			}
			return ""
		case d.v.Op == program.OpCall && len(d.v.Args) == 1:
			r = d.at(d.v.Args[0])
		default:
			return ""
		}
	}
	return ""
}

// keyword gives the value of a keyword argument, or nil.
func keyword(call *program.Value, name string) *program.Value {
	if call == nil {
		return nil
	}
	for _, a := range call.Args {
		if a != nil && a.Op == program.OpKeyword && a.Name == name {
			return a.X
		}
	}
	return nil
}

// positionalAt gives the i-th positional argument, or nil.
func positionalAt(call *program.Value, i int) *program.Value {
	if call == nil {
		return nil
	}
	for _, a := range call.Args {
		if a == nil || a.Op == program.OpKeyword {
			continue
		}
		if a.Op == program.OpSpread {
			return nil
		}
		if i == 0 {
			return a
		}
		i--
	}
	return nil
}

// positional counts the positional arguments.
func positional(call *program.Value) int {
	n := 0
	for _, a := range call.Args {
		if a != nil && a.Op != program.OpKeyword {
			n++
		}
	}
	return n
}
