package mcp

// wrapper.go reads registrations that a function of the program makes for its
// callers: tool("name", schema, handler) where tool itself calls registerTool. Each
// call of such a function is a registration.

import (
	"mcpaudit/internal/program"
)

// eachCaller gives a registration once for each call of the function around it that
// hands it the name, with what that call hands in, and the call; else as it stands.
func (x *recogniser) eachCaller(r ref, yield func(r, at ref)) {
	name := r.v.Args[0]
	for name != nil && (name.Op == program.OpField || name.Op == program.OpCast) {
		name = name.X
	}
	if name == nil || name.Op != program.OpIdent || r.bound(name.Name) {
		yield(r, r)
		return
	}
	b := x.lookup(r.scope, name.Name)
	if b.kind != boundParam || b.fn <= 0 {
		yield(r, r)
		return
	}
	n := 0
	for _, call := range x.callersOf(b.fn) {
		if !x.turn() {
			break
		}
		with := r
		for k := range x.f.Funcs[b.fn].Params {
			if k < len(call.v.Args) && call.v.Args[k] != nil && call.v.Args[k].Op != program.OpSpread {
				with = x.bindParam(with, x.f.Funcs[b.fn].Params[k], call.at(call.v.Args[k]))
			}
		}
		n++
		yield(with, call)
	}
	if n == 0 {
		yield(r, r)
	}
}

// bound reports whether a name is bound to one value here.
func (r ref) bound(name string) bool {
	for e := r.env; e != nil; e = e.next {
		if e.name == name {
			return true
		}
	}
	return false
}

// callersOf gives the calls of a function of this file by its name.
func (x *recogniser) callersOf(fn int) []ref {
	if x.callers == nil {
		x.callers = map[int][]ref{}
		for i := range x.f.Funcs {
			x.f.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
				if v != nil && v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpIdent && x.work < maxWork {
					x.fuel = maxFuel
					if idx, _ := x.callee(here(i, v.X)); idx > 0 {
						x.callers[idx] = append(x.callers[idx], here(i, v))
					}
				}
				return true
			})
		}
	}
	return x.callers[fn]
}

// handed gives the function of the registering call's that a callee is, or where the
// callee is what a wrapper made, the one that the wrapper was handed: it hands on what
// it is called with, or it would be no wrapper. fn is -1 if there is none.
func (x *recogniser) handed(r ref) (fn int, name string) {
	if r.v.Op == program.OpCall {
		for _, a := range r.v.Args {
			if a != nil && a.Op == program.OpIdent && r.bound(a.Name) {
				if fn, name := x.callee(r.at(a)); fn >= 0 {
					return fn, name
				}
			}
		}
		return -1, ""
	}
	head := r.v
	for head.Op == program.OpField && head.X != nil {
		head = head.X
	}
	if head.Op != program.OpIdent || !r.bound(head.Name) {
		return -1, ""
	}
	return x.callee(r)
}

// handedOn gives the function that a handler hands its arguments on to, where the
// registration's caller brought that function; skip is its parameter that takes them.
func (x *recogniser) handedOn(idx int, r ref) (to int, name string, skip int, ok bool) {
	p := x.f.Funcs[idx].Params
	if r.env == nil || len(p) == 0 || p[0].Name == "" {
		return 0, "", 0, false
	}
	walkNested(x.f, idx, func(at int, _ *program.Stmt, v *program.Value) {
		if ok || v == nil || v.Op != program.OpCall || v.X == nil {
			return
		}
		x.fuel = maxFuel
		fn, n := x.handed(ref{fn: at, scope: at, v: v.X, env: r.env})
		for k, a := range v.Args {
			for a != nil && a.Op == program.OpCast {
				a = a.X
			}
			if fn >= 0 && fn != idx && a != nil && a.Op == program.OpIdent && a.Name == p[0].Name && k < len(x.f.Funcs[fn].Params) {
				to, name, skip, ok = fn, n, k, true
				return
			}
		}
	})
	return to, name, skip, ok
}

// brings reports whether the function around a registration is given the name that it
// registers, and the function that the handler hands its arguments on to: its callers
// are in other files. skip is that function's parameter that takes them.
func (x *recogniser) brings(idx int, name ref) (skip int, ok bool) {
	if idx < 0 || name.v == nil || name.v.Op != program.OpIdent || name.bound(name.v.Name) || len(x.f.Funcs[idx].Params) == 0 {
		return 0, false
	}
	around := x.lookup(name.scope, name.v.Name)
	first := x.f.Funcs[idx].Params[0].Name
	if around.kind != boundParam || first == "" {
		return 0, false
	}
	walkNested(x.f, idx, func(at int, _ *program.Stmt, v *program.Value) {
		if ok || v == nil || v.Op != program.OpCall || v.X == nil || v.X.Op != program.OpIdent {
			return
		}
		if b := x.lookup(at, v.X.Name); b.kind != boundParam || b.fn != around.fn {
			return
		}
		for k, a := range v.Args {
			for a != nil && a.Op == program.OpCast {
				a = a.X
			}
			if a != nil && a.Op == program.OpIdent && a.Name == first {
				skip, ok = k, true
				return
			}
		}
	})
	return skip, ok
}
