package flow

// ecma.go follows what only ECMAScript has: functions called through call and
// apply, getters, maps of functions, and modules that are what they export.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
)

// mapType is the type of ECMAScript's Map. What is known to stand under a key is a
// field of it.
const mapType = "Map"

// newMap gives new Map([[key, value], …]).
func (f *frame) newMap(args *arguments) *value {
	out := &value{form: formObject, typ: mapType}
	if len(args.pos) == 0 {
		return out
	}
	from := args.pos[0]
	if from != nil && from.typ == mapType {
		return from
	}
	for _, e := range asElements(from) {
		if e.v != nil && e.v.form == formList && len(e.v.elems) == 2 {
			out = out.withEntry(e.v.elems[0].v, e.v.elems[1].v)
		} else {
			out = out.withAtoms(all(e.v))
		}
	}
	return out
}

// withEntry gives a map with something under a key. Under one that is not known it
// may be found whatever is looked up.
func (v *value) withEntry(key, x *value) *value {
	name := entryName(v)
	if key.isText() {
		name = key.text
	}
	return v.withField(name, x).withAtoms(key.originsOnly())
}

// entryName gives a name for what a collection holds under a key that is not known.
func entryName(v *value) string { return "\x00" + itoa(len(v.fields)) }

func (v *value) originsOnly() []atom {
	if v == nil {
		return nil
	}
	return v.atoms
}

// setEntry follows map.set(key, value); ok is false for anything but a map.
func (f *frame) setEntry(recv *value, callee *program.Value, args *arguments) bool {
	if recv == nil || recv.typ != mapType || callee.Name != "set" || len(args.pos) != 2 || callee.X == nil {
		return false
	}
	f.handOn(args)
	f.assign(callee.X, recv.withEntry(args.pos[0], args.pos[1]), args.span, false)
	return true
}

// applied follows fn.call(this, …) and fn.apply(this, […]).
func (f *frame) applied(recv *value, method string, args *arguments, at *program.Value) (*value, bool) {
	if f.u.python || f.u.golang || recv == nil || len(recv.fns) == 0 || method != "call" && method != "apply" {
		return nil, false
	}
	n := *args
	n.pos, n.spans, n.exprs = nil, nil, nil
	if len(args.pos) > 0 {
		n.recv = args.pos[0]
		n.pos, n.spans, n.exprs = args.pos[1:], args.spans[1:], args.exprs[1:]
	}
	if method == "apply" {
		list := n.pos
		n.pos, n.spans, n.exprs = nil, nil, nil
		if len(list) > 0 {
			if x := list[0]; x != nil && x.form == formList && !hasMany(x) {
				for _, e := range x.elems {
					n.add(e.v, args.span, nil)
				}
			} else {
				n.spread = x
			}
		}
	}
	return f.invoke(recv, &n, at), true
}

// itself gives what a module is where it is used as a value of its own: what it
// exports as a whole by module.exports.
func (f *frame) itself(v *value) *value {
	if v == nil || v.form != formModule || f.u.python || f.u.golang {
		return v
	}
	if m := f.moduleMember(v, "default"); m != nil {
		return m
	}
	return v
}

// namespace gives a module as an object with what it exports.
func (f *frame) namespace(v *value) *value {
	if v == nil || v.form != formModule || f.u.world.modules == nil {
		return v
	}
	out := &value{form: formObject}
	for _, name := range f.u.world.modules.Exported(v.class.home.cur.file) {
		if m := f.moduleMember(v, name); m != nil {
			out = out.withField(name, m)
		}
	}
	return out
}

// overModule reports whether a call runs over the members of an object.
func overModule(name string) bool {
	return slices.Contains([]string{"Object.values", "Object.entries", "Object.assign"}, strings.TrimPrefix(name, "*."))
}
