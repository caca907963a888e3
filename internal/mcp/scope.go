package mcp

// scope.go narrows program's name resolution to what recognition asks: the one
// thing that a name stands for.

import (
	"strings"

	"mcpaudit/internal/program"
)

type boundKind uint8

const (
	boundNothing boundKind = iota
	boundParam
	boundValue // a variable with one assignment; None and null do not count
	boundFunc
	boundClass
	boundImport
)

// bound is what a name stands for.
type bound struct {
	kind  boundKind
	fn    int // the function in whose scope it is bound, or whose text the value stands in
	param int
	v     *program.Value
	path  []string // the way into v, where the name is destructured from it
	index int      // of the function it is
	class *program.Class
	imp   *program.Import
}

func (x *recogniser) lookup(scope int, name string) bound {
	b := x.f.Lookup(scope, name)
	switch b.Kind {
	case program.BoundParam:
		return bound{kind: boundParam, fn: b.Func, param: b.Param}
	case program.BoundFunc:
		return bound{kind: boundFunc, fn: b.Func, index: b.Target}
	case program.BoundClass:
		return bound{kind: boundClass, fn: b.Func, class: b.Class}
	case program.BoundImport:
		return bound{kind: boundImport, fn: b.Func, imp: b.Import}
	case program.BoundLocal:
		var one *program.Assign
		for i := range b.Assigns {
			a := &b.Assigns[i]
			if a.Value == nil || a.Value.Op == program.OpConst && a.Value.Const == program.ConstNone {
				continue
			}
			if one != nil || a.Kind != program.AssignValue {
				return bound{}
			}
			one = a
		}
		if one != nil {
			return bound{kind: boundValue, fn: one.Func, v: one.Value, path: one.Path}
		}
	}
	return bound{}
}

// into follows a path of member names and [i] elements into a value.
func (x *recogniser) into(r ref, path []string) ref {
	for _, key := range path {
		if !r.ok() {
			return r
		}
		if n, ok := strings.CutPrefix(key, "["); ok {
			d := x.follow(r)
			i := atoi(strings.TrimSuffix(n, "]"))
			if d.v.Op != program.OpList || i >= len(d.v.Args) || d.v.Args[i] == nil {
				return ref{}
			}
			r = d.at(d.v.Args[i])
			continue
		}
		r = x.member(r, key)
	}
	return r
}
