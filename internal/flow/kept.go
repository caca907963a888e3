package flow

// kept.go follows the caller's credential through what a file keeps for a request: a
// variable of the context, AsyncLocalStorage, a map of sessions, a value of Go's
// context. Where a file puts the credential of a request there, what it reads from
// there is that credential.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
)

// keeping is a place that holds the caller's credential: the store, and the member of
// what is stored, empty for the whole of it.
type keeping struct{ store, member string }

// contextStore leads the names of keys of Go's context.
const contextStore = "ctx\x00"

// maxKeepings bounds the places of one file.
const maxKeepings = 16

// keepings finds where a file keeps the caller's credential. Only functions whose text
// speaks of the header are looked at.
func (u *unit) keepings() []keeping {
	if !u.facts.Entered() || u.file.Tree == nil || u.file.Tree.Text == nil {
		return nil
	}
	text := u.file.Tree.Text.String()
	if !strings.Contains(text, "uthorization") {
		return nil
	}
	var out []keeping
	for i := range u.file.Funcs {
		p := &u.file.Funcs[i]
		end := min(int(p.Start+p.Len), len(text))
		if i == 0 || int(p.Start) > end || !strings.Contains(text[p.Start:end], "uthorization") {
			continue
		}
		k := keeper{u: u, fn: i, names: map[string]bool{}}
		k.look()
		for _, x := range k.out {
			if len(out) < maxKeepings && !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	return out
}

// keeper looks at one function.
type keeper struct {
	u     *unit
	fn    int
	names map[string]bool // variables that hold the credential
	out   []keeping
}

func (k *keeper) look() {
	k.u.file.Funcs[k.fn].Walk(func(s *program.Stmt, v *program.Value) bool {
		switch {
		case v == nil && s != nil && s.Op == program.StmtAssign:
			held := k.held(s.Value)
			for _, t := range s.Targets {
				switch {
				case t == nil:
				case t.Op == program.OpIdent && held:
					k.names[t.Name] = true
				case t.Op == program.OpList && held:
					for _, a := range t.Args {
						if a != nil && a.Op == program.OpIdent {
							k.names[a.Name] = true
						}
					}
				case t.Op == program.OpIndex:
					k.keep(k.store(t.X), s.Value)
				}
			}
		case v != nil && v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpField:
			k.call(v)
		}
		return true
	})
}

// call reads X.set(value), X.set(key, value), X.run(value, next), context.WithValue(ctx, key, value).
func (k *keeper) call(v *program.Value) {
	switch name := v.X.Name; {
	case name == "set" && (len(v.Args) == 1 || len(v.Args) == 2):
		k.keep(k.store(v.X.X), v.Args[len(v.Args)-1])
	case (name == "run" || name == "enterWith") && len(v.Args) > 0:
		k.keep(k.store(v.X.X), v.Args[0])
	case name == "WithValue" && len(v.Args) == 3 && k.u.golang:
		if key := keyOf(v.Args[1]); key != "" {
			k.keep(contextStore+key, v.Args[2])
		}
	}
}

// store gives the name of a variable of the file that stands for itself.
func (k *keeper) store(v *program.Value) string { return k.u.storeName(k.fn, v) }

func (u *unit) storeName(fn int, v *program.Value) string {
	if v == nil || v.Op != program.OpIdent {
		return ""
	}
	if b := u.file.Lookup(fn, v.Name); b.Kind != program.BoundLocal || b.Func != 0 {
		return ""
	}
	return v.Name
}

// keyOf names the key of a value of Go's context: tokenKey, tokenKey{}, "token".
func keyOf(v *program.Value) string {
	for v != nil {
		switch v.Op {
		case program.OpIdent, program.OpField:
			return v.Name
		case program.OpConst:
			return v.Str
		case program.OpObject, program.OpCall, program.OpCast:
			v = v.X
		default:
			return ""
		}
	}
	return ""
}

func (k *keeper) keep(store string, v *program.Value) {
	switch {
	case store == "" || v == nil:
	case k.held(v):
		k.out = append(k.out, keeping{store: store})
	case v.Op == program.OpObject:
		for _, p := range v.Args {
			if p != nil && p.Op == program.OpPair && p.Name != "" && k.held(p.X) {
				k.out = append(k.out, keeping{store: store, member: p.Name})
			}
		}
	}
}

// requests are what handlers call what the caller sent.
var requests = map[string]bool{"req": true, "request": true, "r": true, "c": true, "ctx": true, "context": true, "extra": true, "info": true, "headers": true, "get_http_headers": true}

// textual are the methods that give a text or parts of it.
var textual = map[string]bool{
	"split": true, "replace": true, "trim": true, "slice": true, "substring": true, "substr": true, "strip": true, "removeprefix": true, "toString": true,
	"partition": true, "TrimPrefix": true, "TrimSpace": true, "Split": true, "CutPrefix": true, "Fields": true, "SplitN": true, "Cut": true,
}

// held reports whether a value is the credential of a request, or a part of its text.
func (k *keeper) held(v *program.Value) bool {
	if v == nil {
		return false
	}
	if base := presented(v); base != nil {
		return fromRequestNamed(base)
	}
	switch v.Op {
	case program.OpIdent:
		return k.names[v.Name]
	case program.OpCast, program.OpIndex, program.OpSlice:
		return k.held(v.X)
	case program.OpLogical, program.OpTemplate:
		return slices.ContainsFunc(v.Args, k.held)
	case program.OpBinary:
		return v.Name == "+" && slices.ContainsFunc(v.Args, k.held)
	case program.OpCond:
		return len(v.Args) == 3 && (k.held(v.Args[1]) || k.held(v.Args[2]))
	case program.OpCall:
		switch {
		case v.X == nil:
		case v.X.Op == program.OpIdent && (v.X.Name == "String" || v.X.Name == "str"):
			return len(v.Args) == 1 && k.held(v.Args[0])
		case v.X.Op == program.OpField && textual[v.X.Name]:
			return k.held(v.X.X) || k.u.golang && len(v.Args) > 0 && k.held(v.Args[0])
		}
	}
	return false
}

// fromRequestNamed reports whether an expression begins with a request, by its name.
func fromRequestNamed(v *program.Value) bool {
	for v != nil {
		switch v.Op {
		case program.OpIdent:
			return requests[v.Name]
		case program.OpField, program.OpIndex, program.OpCall, program.OpCast, program.OpAwait:
			v = v.X
		default:
			return false
		}
	}
	return false
}

// withKept adds to x, the value of a call or index v, the credential that the file
// keeps where v reads.
func (f *frame) withKept(v *program.Value, x *value) *value {
	if len(f.u.stores) == 0 || f.index < 0 {
		return x
	}
	store := ""
	switch {
	case v.Op == program.OpIndex:
		store = f.u.storeName(f.index, v.X)
	case v.Op != program.OpCall || v.X == nil || v.X.Op != program.OpField:
	case v.X.Name == "get" || v.X.Name == "getStore":
		store = f.u.storeName(f.index, v.X.X)
	case v.X.Name == "Value" && len(v.Args) == 1 && f.u.golang:
		store = contextStore + keyOf(v.Args[0])
	}
	if store == "" {
		return x
	}
	for _, k := range f.u.stores {
		switch {
		case k.store != store:
		case k.member == "":
			x = x.withAtoms(f.source(credential, v.Span).atoms)
		default:
			if x == nil || x.form != formObject {
				x = &value{form: formObject}
			}
			x = x.withField(k.member, f.source(credential, v.Span))
		}
	}
	return x
}
