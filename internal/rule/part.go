package rule

// part.go finds the values that a file writes out, behind the names they are given.

import (
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Part is a value as it is written, with the function whose text it stands in.
type Part struct {
	Func  int // index into File.Funcs
	Value *program.Value
}

// maxHops bounds how many names lead to a value.
const maxHops = 4

// Written gives the value that a name stands for where it is assigned once and
// written out in this file, and the value itself else.
func (p *Pass) Written(at Part) Part {
	for range maxHops {
		if at.Value == nil {
			return at
		}
		switch {
		case at.Value.Op == program.OpUnary && at.Value.Name == "&" && len(at.Value.Args) == 1:
			at.Value = at.Value.Args[0]
		case at.Value.Op == program.OpCast:
			at.Value = at.Value.X
		case at.Value.Op == program.OpIdent:
			b := p.File.Lookup(at.Func, at.Value.Name)
			if b.Kind != program.BoundLocal || len(b.Assigns) != 1 {
				return at
			}
			to := b.Assigns[0]
			if to.Kind != program.AssignValue || to.Value == nil || len(to.Path) > 0 {
				return at
			}
			at = Part{to.Func, to.Value}
		default:
			return at
		}
	}
	return at
}

// Member gives what an object that is written out holds under a name.
func (p *Pass) Member(object Part, name string) Part {
	if object.Value == nil || object.Value.Op != program.OpObject {
		return Part{}
	}
	for _, pair := range object.Value.Args {
		if pair != nil && pair.Op == program.OpPair && pair.Name == name {
			return p.Written(Part{object.Func, pair.X})
		}
	}
	return Part{}
}

// SpanOf gives the place of a part, absolute.
func (p *Pass) SpanOf(a Part) source.Span { return a.Value.Span.Shift(p.File.Funcs[a.Func].Start) }

// TextOf gives the text of a part as it is written.
func (p *Pass) TextOf(a Part) string { return p.File.Tree.Text.Slice(p.SpanOf(a)) }

// Serves gives the entry whose handler a function is or stands in, nil if none is known.
func (p *Pass) Serves(fn int) *mcp.Entry {
	for ; fn > 0; fn = p.File.Funcs[fn].Parent {
		for _, e := range p.Facts.Entries {
			if e.Handler == fn && !e.Elsewhere {
				return e
			}
		}
	}
	return nil
}

// FuncText gives the source of a function, what is nested in it included; of the code
// outside of all functions it gives the whole file.
func (p *Pass) FuncText(fn int) string {
	if fn == 0 {
		return p.File.Tree.Text.String()
	}
	f := &p.File.Funcs[fn]
	return p.File.Tree.Text.Slice(source.Span{Start: f.Start, End: f.Start + f.Len})
}

// IsTrue reports whether a value is the constant true.
func IsTrue(v *program.Value) bool { return isBool(v, "true") }

// IsFalse reports whether a value is the constant false.
func IsFalse(v *program.Value) bool { return isBool(v, "false") }

func isBool(v *program.Value, word string) bool {
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstBool && v.Str == word
}

var joiners = strings.NewReplacer("_", "", "-", "")

// Plain gives a name without what styles of writing differ in.
func Plain(name string) string { return strings.ToLower(joiners.Replace(name)) }
