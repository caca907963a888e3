package flow

// derive.go gives the results of Python's functions that pair elements, make
// classes of names, and look members up by name.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

func first(list []*value) *value {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// common gives what two collections share: where one is fixed, so is that.
func (f *frame) common(a, b *value) *value {
	for _, v := range []*value{a, b} {
		if v != nil && v.form == formList && len(all(v)) == 0 {
			return v.loosened()
		}
	}
	return join(a, b)
}

// rest gives what a collection has beyond another. Where that is nothing, it
// consists of what the other holds.
func (f *frame) rest(a, b *value, span source.Span) *value {
	if !a.hasAtoms() || b == nil || b.form != formList {
		return a
	}
	n := &value{atoms: a.atoms, tests: &tests{}}
	if t := f.memberOf(a, b, span); t != nil {
		n.tests.no = t.yes
	}
	return n
}

const matchType = "re.Match"

// matchResult gives a match, a list of matches, or a list of the texts that match.
func (f *frame) matchResult(m *model, args *arguments, span source.Span) *value {
	subject, _, _ := args.at(m.Subject, "string")
	pattern, _, _ := args.at(m.Pattern, "pattern")
	text := ""
	if pattern != nil && (isRegexType(pattern.typ) || pattern.isText()) {
		text = pattern.text
	}
	if m.Result == deriveMatches {
		n := &value{atoms: f.cut(all(subject), span)}
		if text != "" {
			n = n.provenAs(f.u.home.groupFact(text, -1))
		}
		return &value{form: formList, elems: []element{{n, true}}}
	}
	n := &value{atoms: all(subject), typ: matchType, text: text, tests: &tests{}}
	if m.Result == deriveEach {
		return &value{form: formList, elems: []element{{n, true}}}
	}
	return n
}

// provenAs gives a value of which all origins are proven more.
func (v *value) provenAs(p proofs) *value {
	if p == 0 || !v.hasAtoms() {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = append([]atom(nil), v.atoms...)
	for i := range n.atoms {
		n.atoms[i].proven |= p
	}
	return &n
}

// group gives what a group of an expression matched: a piece of the subject that
// has the characters which the group allows.
func (f *frame) group(args *arguments, span source.Span) *value {
	m := args.recv
	if !m.hasAtoms() {
		return configValue
	}
	piece := &value{atoms: f.cut(m.atoms, span)}
	which := 0
	if k := first(args.pos); k != nil {
		switch {
		case k.form == formNumber && k.text != "":
			which = atoi(k.text)
		case k.isText() && m.text != "":
			which = f.u.home.groupNamed(m.text, k.text)
		}
	}
	if m.text == "" || which < 0 {
		return piece
	}
	return piece.provenAs(f.u.home.groupFact(m.text, which))
}

// deriveOne gives the result of a call that has a meaning of its own.
func (f *frame) deriveOne(m *model, args *arguments, v *program.Value) *value {
	switch m.Result {
	case deriveRows:
		row := &value{form: formList}
		for _, p := range args.pos {
			row.elems = append(row.elems, element{v: f.pieceOf(p, v.Span)})
		}
		if args.spread != nil {
			row.elems = append(row.elems, element{f.elements(f.elements(args.spread)), true})
		}
		return &value{form: formList, elems: []element{{row, true}}}
	case deriveNumbered:
		if len(args.pos) == 0 {
			return nil
		}
		row := &value{form: formList, elems: []element{{v: numberValue}, {v: f.pieceOf(args.pos[0], v.Span)}}}
		return &value{form: formList, elems: []element{{row, true}}}
	case deriveRecord:
		if len(args.pos) < 2 {
			return nil
		}
		return &value{fields: []field{{recordField, recordNames(args.pos[1])}}}
	case deriveNamed:
		return f.namedMember(args, v)
	case deriveCommon:
		return f.common(args.recv, first(args.pos))
	case deriveRest:
		return f.rest(args.recv, first(args.pos), v.Span)
	case deriveModule:
		if name := first(args.pos); name.isText() && !name.hasAtoms() {
			return f.u.named(name.text)
		}
		return f.unsure((&value{}).withAtoms(args.everything()))
	case deriveMatch, deriveMatches, deriveEach:
		return f.matchResult(m, args, v.Span)
	case deriveGroup:
		return f.group(args, v.Span)
	}
	return nil
}

// pieceOf gives any element of a collection. What is said of a character of a text,
// or of one element of what the caller sent, says nothing of the whole.
func (f *frame) pieceOf(v *value, span source.Span) *value {
	if v != nil && len(v.elems) == 0 && v.hasAtoms() {
		return &value{atoms: f.cut(v.atoms, span)}
	}
	return f.elements(v)
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
