package flow

// derive.go gives the results of Python's functions that pair elements, make
// classes of names, and look members up by name.

import (
	"strings"

	"mcpaudit/internal/program"
)

// deriveOne gives the result of a call that has a meaning of its own.
func (f *frame) deriveOne(d derivation, args *arguments, v *program.Value) *value {
	switch d {
	case deriveRows:
		row := &value{form: formList}
		for _, p := range args.pos {
			row.elems = append(row.elems, element{v: f.elements(p)})
		}
		if args.spread != nil {
			row.elems = append(row.elems, element{f.elements(f.elements(args.spread)), true})
		}
		return &value{form: formList, elems: []element{{row, true}}}
	case deriveNumbered:
		if len(args.pos) == 0 {
			return nil
		}
		row := &value{form: formList, elems: []element{{v: numberValue}, {v: f.elements(args.pos[0])}}}
		return &value{form: formList, elems: []element{{row, true}}}
	case deriveRecord:
		if len(args.pos) < 2 {
			return nil
		}
		return &value{fields: []field{{recordField, recordNames(args.pos[1])}}}
	case deriveNamed:
		return f.namedMember(args, v)
	}
	return nil
}

// recordField holds the names of the fields that a class is made of at run time.
const recordField = "\x00record"

// recordNames gives the names as a list, which are written as one or as a text.
func recordNames(v *value) *value {
	if !v.isText() {
		return v
	}
	out := &value{form: formList}
	for _, name := range strings.Fields(strings.ReplaceAll(v.text, ",", " ")) {
		out.elems = append(out.elems, element{v: textValue(name)})
	}
	out.elems = boundElems(out.elems)
	return out
}

// record makes an instance of such a class: a tuple whose elements have names.
func (f *frame) record(names *value, args *arguments) *value {
	out := &value{form: formList}
	for i, e := range names.elems {
		if !e.v.isText() || e.many {
			return f.unsure((&value{}).withAtoms(args.everything()))
		}
		x, _, _ := args.at(i, e.v.text)
		out.elems = append(out.elems, element{v: x})
		out.fields = append(out.fields, field{e.v.text, x})
	}
	return out
}

// maxNamed bounds the methods that a name which is not known may stand for.
const maxNamed = 64

// namedMember gives the member that a name stands for: one, those that begin with
// the known part of the name, or any method.
func (f *frame) namedMember(args *arguments, v *program.Value) *value {
	if len(args.pos) < 2 || args.pos[0] == nil {
		return nil
	}
	x, name := args.pos[0], args.pos[1]
	if name.isText() && !name.hasAtoms() {
		out := f.member(x, name.text, v)
		if len(args.pos) > 2 {
			out = join(out, args.pos[2])
		}
		return out
	}
	var out *value
	start := name.known()
	for ci, depth := x.class.info(), 0; ci != nil && depth < 8; depth++ {
		for _, m := range ci.class.Methods {
			if !strings.HasPrefix(m.Name, start) || strings.HasPrefix(m.Name, "__") || out != nil && len(out.fns) >= maxNamed {
				continue
			}
			if b := f.member(x, m.Name, v); b != nil && len(b.fns) > 0 {
				out = join(out, b)
			}
		}
		next := (*classInfo)(nil)
		for _, b := range ci.bases {
			if i := b.classInfo(); i != nil {
				next = i
				break
			}
		}
		ci = next
	}
	if out == nil && len(x.atoms) > 0 {
		return &value{atoms: x.atoms}
	}
	return out
}
