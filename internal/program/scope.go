package program

// scope.go resolves names: what a name is bound to in the scopes around it,
// what a callee is called in full, and which texts are constant. Everything is
// found out on demand and kept: what a function's own text says stays with the
// function, the rest with the file.

import "strings"

type fileMemo struct{}
type functionMemo struct{}

// BindingKind says what a name is bound to.
type BindingKind uint8

// The kinds of binding.
const (
	Unbound     BindingKind = iota // not in this file: a builtin, a global, a name that a star import may bring
	BoundLocal                     // assigned: Assigns
	BoundParam                     // parameter Param of function Func; Assigns if it is assigned to as well
	BoundFunc                      // the function Target
	BoundClass                     // Class
	BoundImport                    // Import
)

// Binding is what a name is bound to.
type Binding struct {
	Kind    BindingKind
	Func    int // index into File.Funcs of the function in whose scope the name stands
	Param   int // index into its Params
	Target  int // index into File.Funcs
	Class   *Class
	Import  *Import
	Assigns []Assign // in the order of their text; several functions or classes of one name are listed here too
}

// AssignKind says how a name gets a value.
type AssignKind uint8

// The kinds of assignment.
const (
	AssignValue   AssignKind = iota // Value itself
	AssignElement                   // an element of Value: for … in Value
	AssignWith                      // what the context manager Value gives
	AssignOther                     // in a way that is not followed: an exception, a match, +=
)

// Assign is one assignment to a name.
type Assign struct {
	Kind AssignKind
	Func int // index into File.Funcs of the function whose text it stands in
	Stmt *Stmt
	// Value is assigned, relative to Func; nil for a declaration without one.
	Value *Value
	// Path leads from the value to what is bound where the target is a
	// pattern: member names, and [0] for elements.
	Path []string
	// Type is the declared type, nil if none.
	Type *Value
}

// Lookup gives what a name is bound to for code in function fn.
func (f *File) Lookup(fn int, name string) Binding { return Binding{} }

// Canonical gives the full name of what a value refers to, in the terms of the
// module that it comes from: subprocess.run for r after from subprocess import
// run as r. It is empty where that is not known.
func (f *File) Canonical(fn int, v *Value) string {
	switch v.Op {
	case OpIdent:
		for _, im := range f.Imports {
			if im.Local == v.Name {
				return strings.TrimSuffix(im.Module+"."+im.Name, ".")
			}
		}
		return v.Name
	case OpField:
		if x := f.Canonical(fn, v.X); x != "" {
			return x + "." + v.Name
		}
	}
	return ""
}

// ConstString gives the text of a value that is a constant string.
func (f *File) ConstString(fn int, v *Value) (string, bool) {
	if v.Op == OpConst && v.Const == ConstString {
		return v.Str, true
	}
	return "", false
}
