package flow

// eval.go evaluates expressions: what a value is made of and where it comes from.

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// eval gives what is known of an expression.
func (f *frame) eval(v *program.Value) *value {
	if v == nil {
		return nil
	}
	if f.u.budget--; f.u.budget < 0 {
		return nil
	}
	switch v.Op {
	case program.OpIdent:
		return f.load(v.Name)
	case program.OpConst:
		return constant(v)
	case program.OpField:
		x := f.eval(v.X)
		if s := f.secretMember(x, v.Name, v.Span); s != nil {
			return s
		}
		return f.withCredential(v, f.member(x, v.Name, v))
	case program.OpIndex:
		return f.withCredential(v, f.subscript(v))
	case program.OpSlice:
		return f.slice(v)
	case program.OpCall, program.OpNew:
		return f.withCredential(v, f.call(v))
	case program.OpTemplate:
		if v.X != nil {
			return f.tagged(v)
		}
		return f.concat(v.Args, v.Span)
	case program.OpBinary:
		return f.binary(v)
	case program.OpUnary:
		return f.unary(v)
	case program.OpLogical:
		return f.logical(v)
	case program.OpCompare:
		return f.compare(v)
	case program.OpCond:
		return f.cond(v)
	case program.OpList:
		return f.list(v)
	case program.OpObject:
		return f.object(v)
	case program.OpKeyword, program.OpSpread, program.OpPair, program.OpAwait:
		return f.eval(v.X)
	case program.OpFunc:
		return f.funcValue(v.Func)
	case program.OpClass:
		return f.classValue(v.Class)
	case program.OpYield:
		x := f.bake(f.eval(v.X))
		f.yields(x)
		return nil
	case program.OpAssign:
		x := f.eval(v.X)
		if len(v.Args) > 0 {
			if v.Name != "" && v.Name != "=" {
				x = f.augment(f.eval(v.Args[0]), x, v.Name, v.Span)
			}
			f.assign(v.Args[0], x, v.Span, false)
		}
		return x
	case program.OpCast:
		return f.cast(v)
	case program.OpCompr:
		return f.comprehension(v)
	case program.OpRegex:
		return &value{typ: regexType, text: regexFlags(v.Name) + v.Str}
	case program.OpUnknown:
		var out *value
		for _, a := range v.Args {
			out = out.withAtoms(all(f.eval(a)))
		}
		return out
	}
	return nil
}

func constant(v *program.Value) *value {
	switch v.Const {
	case program.ConstString, program.ConstBytes:
		return textValue(v.Str)
	case program.ConstNone:
		return noneValue
	case program.ConstBool:
		if v.Str == "true" || v.Str == "True" {
			return trueValue
		}
		return falseValue
	}
	return &value{form: formNumber, text: v.Str}
}

// load gives the value of a name.
func (f *frame) load(name string) *value {
	if s, ok := f.slots[name]; ok {
		if v := f.vars[s]; v.lazy() {
			v = f.u.resolved(v)
			f.sum.depend(dep{own: true, name: name}, v)
			return v
		}
		return f.vars[s]
	}
	if w, ok := f.written(name); ok {
		if v, known := f.outer(name); known {
			return join(v, w)
		}
		return w
	}
	if v, ok := f.outer(name); ok {
		return v
	}
	if name == "this" {
		return nil
	}
	return f.u.builtin(name)
}

// outer looks a name up in the functions around this one and remembers that
// what was found here depends on it.
func (f *frame) outer(name string) (*value, bool) {
	for p := f.u.file.Funcs[f.index].Parent; p >= 0; p = f.u.file.Funcs[p].Parent {
		pf := f.u.frameOf(p)
		if pf == nil {
			continue
		}
		if s, ok := pf.slots[name]; ok {
			v := pf.vars[s]
			if v.lazy() {
				v = f.u.resolved(v)
			}
			f.depend(name, p, v)
			return v, true
		}
		if pf.binding {
			f.u.world.lean(site{f.u, p}) // it may be bound yet
		}
	}
	if v, ok := f.u.around(name); ok {
		f.depend(name, elsewhere, v)
		return v, true
	}
	f.depend(name, nobody, nil)
	return nil, false
}

// member gives a member of a value. at is the expression, for its place.
func (f *frame) member(x *value, name string, at *program.Value) *value {
	if x == nil {
		return nil
	}
	if x.form == formModule {
		return f.moduleMember(x, name)
	}
	if x.isSchema() && name == "shape" {
		return x
	}
	if m, ok := x.field(name); ok {
		return f.memberFallback(x, m, name)
	}
	if m, ok := f.memberOfClasses(x, name); ok {
		return m
	}
	if x.name != "" && len(x.fns) == 0 {
		full := f.u.memberName(x, name)
		return f.named(full, x, at)
	}
	if x.typ != "" {
		if m := f.u.ms.values[x.typ+"."+name]; m != nil {
			return f.applyValue(m, x, at)
		}
		if f.u.ms.call(x.typ+"."+name) != nil || len(x.atoms) == 0 {
			return &value{name: x.typ + "." + name, recv: x}
		}
	}
	if m := f.u.ms.values["*."+name]; m != nil {
		return f.applyValue(m, x, at)
	}
	if len(x.atoms) == 0 {
		if x.config {
			return configValue
		}
		return nil
	}
	return &value{atoms: memberAtoms(x.atoms, name)}
}

// memberOfClasses gives a member that the class of a value says, or any of those of
// which it may be.
func (f *frame) memberOfClasses(x *value, name string) (*value, bool) {
	ci := x.class.info()
	if ci == nil {
		return nil, false
	}
	if len(x.others) == 0 {
		return f.classMember(x, ci, name, 0)
	}
	out, found := f.classMember(x.as(x.class), ci, name, 0)
	defer func(was bool) { f.unlikely = was }(f.unlikely)
	f.unlikely = true
	for _, c := range x.others {
		ci := c.info()
		if ci == nil {
			continue
		}
		m, ok := f.classMember(x.as(c), ci, name, 0)
		if ok && m != nil && len(m.fns) > 0 {
			n := *m
			n.digest, n.fns = 0, slices.Clone(m.fns)
			for i := range n.fns {
				n.fns[i].other = true
			}
			m = &n
		}
		switch {
		case !ok:
		case !found:
			out, found = m, true
		default:
			out = join(out, m)
		}
	}
	return out, found
}

// memberFallback adds what is known of the whole: a member of an object that
// the outside filled may have come from there as well.
func (f *frame) memberFallback(x, m *value, name string) *value {
	if m == nil && len(x.atoms) > 0 && x.form != formInstance {
		return &value{atoms: memberAtoms(x.atoms, name)}
	}
	return m
}

func memberAtoms(list []atom, name string) []atom {
	out := make([]atom, len(list))
	for i, a := range list {
		if a.part != partAddr {
			a.node = a.node.member(name)
			a.part = partNone
		}
		out[i] = a
	}
	return out
}

// named gives the value behind a canonical name.
func (f *frame) named(full string, recv *value, at *program.Value) *value {
	if m := f.u.ms.values[full]; m != nil {
		v := f.applyValue(m, recv, at)
		n := &value{}
		if v != nil {
			*n = *v
			n.digest = 0
		}
		n.name = full
		return n
	}
	v := &value{name: full, config: true}
	if recv != nil && recv.recv != nil {
		v.recv = recv.recv
	}
	return v
}

func cutID(cut uint32, fn uint64, span source.Span) uint32 {
	d := digester(fn)
	d.num(uint64(cut))
	d.span(span)
	if c := uint32(d); c != 0 {
		return c
	}
	return 1
}

// cut gives the origins of a piece of a value: what is proven of it says
// nothing of the rest.
func (f *frame) cut(list []atom, span source.Span) []atom {
	out := make([]atom, len(list))
	for i, a := range list {
		a.proven |= f.proven(a.node) &^ (proveMember | proveContained | proveHost | provePublic | proveQuoted | proveEscaped | proveNoDash)
		a.node.cut = cutID(a.cut, f.id, span)
		a.part, a.lang = partNone, noLanguage
		a.flags &^= flagResolved
		out[i] = a
	}
	return out
}

// change gives the origins of a value made anew, of which nothing is proven.
func (f *frame) change(list []atom, span source.Span) []atom {
	out := make([]atom, len(list))
	for i, a := range list {
		a.proven = 0
		a.node.cut = cutID(a.cut, f.id, span)
		a.part, a.lang = partNone, noLanguage
		a.flags &^= flagResolved | flagPartial | flagOpaque
		a.prefix = ""
		out[i] = a
	}
	return out
}

func (f *frame) subscript(v *program.Value) *value {
	x := f.eval(v.X)
	var key *value
	if len(v.Args) > 0 {
		key = f.eval(v.Args[0])
	}
	if key.isText() {
		if m := f.secretMember(x, key.text, v.Span); m != nil {
			return m
		}
		return f.member(x, key.text, v)
	}
	if x == nil {
		return nil
	}
	if key != nil && key.form == formNumber && key.text != "" {
		return f.elemAt(x, atoi(key.text), v.Span)
	}
	if m := f.secretMember(x, "", v.Span); m != nil {
		return m
	}
	out := f.elements(x)
	if key.hasAtoms() && !x.hasAtoms() {
		// What is found under a key shows that the key is one of those there are.
		out = out.withTests(f.memberOf(key, x, v.Span))
	}
	return out
}

// atoi reads a small number; anything else is -1.
func atoi(s string) int {
	n := 0
	if s == "" || len(s) > 6 {
		return -1
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// elemAt gives the element at a constant index.
func (f *frame) elemAt(x *value, i int, span source.Span) *value {
	if x == nil {
		return nil
	}
	if x.form == formList {
		for k, e := range x.elems {
			if e.many {
				break
			}
			if k == i {
				return e.v
			}
		}
		return f.elements(x)
	}
	if len(x.atoms) == 0 {
		return f.elements(x)
	}
	n := &value{}
	n.atoms = make([]atom, len(x.atoms))
	for k, a := range x.atoms {
		if a.part == partAddr {
			n.atoms[k] = a
			continue
		}
		a.proven |= f.proven(a.node) &^ (proveMember | proveContained | proveHost)
		m := a.node.member(itoa(i))
		if m == a.node {
			m.cut = cutID(a.cut, f.id, source.Span{Start: uint32(i)})
		}
		a.node = m
		a.part = partNone
		if i == 0 {
			a.part = partFirst
		}
		n.atoms[k] = a
	}
	return n
}

// unpacked gives an element that is taken out of several at once: nobody takes the
// first character of a text so.
func unpacked(v *value) *value {
	if v == nil {
		return nil
	}
	for i := range v.atoms {
		if v.atoms[i].part == partFirst {
			n := *v
			n.digest, n.atoms = 0, append([]atom(nil), v.atoms...)
			for k := i; k < len(n.atoms); k++ {
				if n.atoms[k].part == partFirst {
					n.atoms[k].part = partNone
				}
			}
			return &n
		}
	}
	return v
}

func itoa(i int) string {
	if i >= 0 && i < 10 {
		return "0123456789"[i : i+1]
	}
	return "n"
}

// elements gives any element of a collection.
func (f *frame) elements(x *value) *value {
	if x == nil {
		return nil
	}
	var out *value
	first := true
	add := func(v *value) {
		if first {
			out, first = v, false
		} else {
			out = join(out, v)
		}
	}
	for i, e := range x.elems {
		if i > maxElems {
			break
		}
		add(e.v)
	}
	if x.form == formObject {
		for _, m := range x.fields {
			add(m.v)
		}
	}
	if len(x.atoms) > 0 {
		add(&value{atoms: x.atoms})
	}
	if first && x.config {
		return configValue
	}
	return out
}

func (f *frame) slice(v *program.Value) *value {
	x := f.eval(v.X)
	var from, to *value
	if len(v.Args) > 0 {
		from = f.eval(v.Args[0])
	}
	if len(v.Args) > 1 {
		to = f.eval(v.Args[1])
	}
	if x == nil {
		return nil
	}
	start := 0
	if from != nil {
		start = -1
		if from.form == formNumber {
			start = atoi(from.text)
		}
	}
	if x.form == formList && start >= 0 && to == nil && len(v.Args) < 2 || x.form == formList && start >= 0 && len(v.Args) >= 2 && v.Args[1] == nil {
		n := *x
		n.digest = 0
		n.elems = nil
		for k, e := range x.elems {
			if e.many || k >= start {
				n.elems = append(n.elems, e)
			}
		}
		return &n
	}
	if x.form == formList {
		return &value{form: formList, elems: joinElems(x.elems, nil, 0), atoms: x.atoms}
	}
	if start == 0 && to != nil && to.form == formNumber && to.text == "1" {
		return f.elemAt(x, 0, v.Span)
	}
	if len(x.atoms) == 0 {
		return x.loosened()
	}
	return excerpt(&value{atoms: f.cut(x.atoms, v.Span), typ: x.typ}, v.Args, from, to)
}

// maxText bounds the texts that are built up.
const maxText = 4096

// concat gives the text that parts make together.
func (f *frame) concat(parts []*program.Value, span source.Span) *value {
	vals := make([]*value, len(parts))
	for i, p := range parts {
		vals[i] = f.asText(f.eval(p))
	}
	return f.concatValues(vals, span)
}

func (f *frame) concatValues(parts []*value, span source.Span) *value {
	out := &value{form: formText}
	before := ""    // the fixed text before the next part, since the last unknown one
	opaque := false // an unknown part came before
	for i, p := range parts {
		atoms := all(p)
		if len(atoms) > 0 {
			list := make([]atom, len(atoms))
			for k, a := range atoms {
				if len(parts) > 1 {
					a = a.behind(i > 0 && (opaque || before != ""))
					a.flags |= flagPartial
				}
				if i > 0 && (opaque || before != "") {
					a.flags |= flagBehind
				}
				if opaque {
					a.flags |= flagOpaque
					a.prefix = before
				} else if a.flags&flagOpaque == 0 {
					a.prefix = limit(before + a.prefix)
				}
				list[k] = a
			}
			out.atoms = unionAtoms(out.atoms, list)
		}
		switch {
		case p.isText() || p != nil && p.form == formNumber && p.text != "":
			out.filled = out.filled || p.text != ""
			before = limit(before + p.text)
			if out.form == formText {
				out.text = before
			}
		case p != nil && p.form == formPrefix && !opaque:
			before = limit(before + p.text)
			if out.form == formText {
				out.form, out.text = formPrefix, before
			}
			before, opaque = "", true
		default:
			if out.form == formText {
				out.form = formPrefix
			}
			before, opaque = "", true
		}
		if i == len(parts)-1 && p != nil {
			out.endsSep = p.endsSep || p.isText() && endsInSep(p.text)
		}
	}
	if len(out.atoms) > 0 {
		lang := shown(skeleton(parts))
		text := "is put into a text"
		if lang.strong() {
			text = "is put into the text of a query (" + lang.String() + ")"
		}
		out.atoms = f.stepAtoms(out.atoms, span, text)
		f.inQuery(out.atoms, lang)
	} else if out.form != formText {
		out.config = true
	}
	return out
}

func limit(s string) string {
	if len(s) > maxText {
		return s[:maxText]
	}
	return s
}

// tagged evaluates a template with a tag: what the tag does with the parts is
// the tag's own affair; sql`…` and the like bind them.
func (f *frame) tagged(v *program.Value) *value {
	tag := f.eval(v.X)
	args := &arguments{span: v.Span}
	for _, a := range v.Args {
		if a.Op != program.OpConst {
			args.pos = append(args.pos, f.eval(a))
			args.spans = append(args.spans, a.Span)
		}
	}
	if tag != nil && tag.name != "" {
		if m := f.u.ms.calls[tag.name+"``"]; m != nil {
			return f.applyModel(m, tag.name, v.X, args, v)
		}
	}
	parts, k := make([]*value, len(v.Args)), 0
	for i, a := range v.Args {
		if a.Op == program.OpConst {
			parts[i] = textValue(a.Str)
		} else {
			parts[i], k = args.pos[k], k+1
		}
	}
	switch {
	case plainTag.MatchString(calleeName(v.X)):
		return f.concatValues(parts, v.Span)
	case shown(skeleton(parts)).strong():
		// A tag on the text of a query is there to bind its values.
		return configValue
	}
	return f.unsure((&value{}).withAtoms(atomsOf(args.pos)))
}

// plainTag are tags that leave the text as it is.
var plainTag = regexp.MustCompile(`(?i)^(raw|dedent|outdent|endent|gql|graphql|html|css|markdown|md|unsafe|stripIndents?|oneLine|codeBlock)$`)

// unsure marks a value as one that came through a call that is not known.
func (f *frame) unsure(v *value) *value {
	if v == nil || len(v.atoms) == 0 {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = append([]atom(nil), v.atoms...)
	for i := range n.atoms {
		n.atoms[i].flags |= flagUnsure
	}
	return &n
}

func (f *frame) binary(v *program.Value) *value {
	if len(v.Args) < 2 {
		return nil
	}
	if v.Name == "+" {
		return f.sum2(v)
	}
	a, b := f.eval(v.Args[0]), f.eval(v.Args[1])
	switch v.Name {
	case "%":
		if a.known() != "" || a.hasAtoms() && b != nil && b.form == formList {
			return f.percent(a, b, v.Span)
		}
	case "/":
		if f.u.python && (isPath(a) || isPath(b) || a == nil || a.form == formUnknown || a.form == formText) {
			return f.joinPath([]*value{a, b}, v.Span, pathType)
		}
	case "|":
		if a != nil && (a.form == formObject || a.form == formList) {
			return join(a, b)
		}
		if len(all(a)) > 0 || len(all(b)) > 0 {
			return join(a, b)
		}
	case "&":
		if f.u.python && (a != nil && a.form == formList || b != nil && b.form == formList) {
			return f.common(a, b)
		}
	case "-":
		if f.u.python && a.hasAtoms() && b != nil && b.form == formList {
			return f.rest(a, b, v.Span)
		}
	case "*":
		if a != nil && a.form == formList {
			return &value{form: formList, elems: joinElems(a.elems, nil, 0)}
		}
	}
	return numberValue
}

// sum2 evaluates a chain of additions without going down its left side by
// recursion, as generated code has chains of thousands.
func (f *frame) sum2(v *program.Value) *value {
	var parts []*program.Value
	x := v
	for x.Op == program.OpBinary && x.Name == "+" && len(x.Args) == 2 {
		parts = append(parts, x.Args[1])
		x = x.Args[0]
	}
	parts = append(parts, x)
	vals := make([]*value, len(parts))
	lists, numbers := false, true
	for i := range parts {
		p := f.eval(parts[len(parts)-1-i])
		vals[i] = p
		lists = lists || p != nil && p.form == formList
		numbers = numbers && p != nil && p.form == formNumber
	}
	switch {
	case numbers:
		return numberValue
	case lists:
		out := &value{form: formList}
		for _, p := range vals {
			out.elems = append(out.elems, asElements(p)...)
		}
		out.elems = boundElems(out.elems)
		return out
	}
	return f.concatValues(vals, v.Span)
}

// asElements gives the elements that a value contributes when it is spread.
func asElements(v *value) []element {
	if v == nil {
		return []element{{nil, true}}
	}
	if v.form == formList {
		out := v.elems
		if len(v.atoms) > 0 {
			out = append(out[:len(out):len(out)], element{&value{atoms: v.atoms}, true})
		}
		return out
	}
	if len(v.atoms) > 0 {
		return []element{{&value{atoms: v.atoms}, true}}
	}
	return []element{{nil, true}}
}

// percent evaluates Python's % on a text.
func (f *frame) percent(format, args *value, span source.Span) *value {
	var vals []*value
	if args != nil && args.form == formList {
		for _, e := range args.elems {
			vals = append(vals, e.v)
		}
	} else {
		vals = []*value{args}
	}
	return f.fill(format, vals, nil, span, '%')
}

// fill puts values into the places of a format: % verbs, or {} with names.
func (f *frame) fill(format *value, vals []*value, names []field, span source.Span, mark byte) *value {
	text := format.known()
	var parts []*value
	next := 0
	take := func(name string) *value {
		if name != "" {
			for _, n := range names {
				if n.name == name {
					return n.v
				}
			}
			if i := atoi(name); i >= 0 && i < len(vals) {
				return vals[i]
			}
			for _, v := range vals {
				if m, ok := v.field(name); ok {
					return m
				}
			}
			return nil
		}
		if next < len(vals) {
			next++
			return vals[next-1]
		}
		return nil
	}
	for text != "" && len(parts) < 64 {
		at, end, name := nextPlace(text, mark)
		if at < 0 {
			break
		}
		if at > 0 {
			parts = append(parts, textValue(text[:at]))
		}
		part := take(name)
		if mark == '%' && end > 0 && text[end-1] == 'q' {
			part = quoted(part)
		}
		parts = append(parts, part)
		text = text[end:]
	}
	if text != "" {
		parts = append(parts, textValue(text))
	}
	for ; next < len(vals) && next < 64 && mark == '%'; next++ {
		parts = append(parts, vals[next])
	}
	if format == nil || format.form != formText {
		parts = append(parts, format, nil)
		parts = append(parts, vals...)
		for _, n := range names {
			parts = append(parts, n.v)
		}
	}
	return f.concatValues(parts, span)
}

// nextPlace finds the next place in a format, the end of it and its name.
func nextPlace(s string, mark byte) (at, end int, name string) {
	if mark == '%' {
		for i := 0; i+1 < len(s); i++ {
			if s[i] != '%' {
				continue
			}
			if s[i+1] == '%' {
				i++
				continue
			}
			j := i + 1
			if s[j] == '(' {
				if k := strings.IndexByte(s[j:], ')'); k > 0 {
					name = s[j+1 : j+k]
					j += k + 1
				}
			}
			for j < len(s) && strings.IndexByte("+-# 0123456789.[]*", s[j]) >= 0 {
				j++
			}
			return i, min(j+1, len(s)), name
		}
		return -1, 0, ""
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '{' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '{' {
			i++
			continue
		}
		k := strings.IndexByte(s[i:], '}')
		if k < 0 {
			return -1, 0, ""
		}
		name = s[i+1 : i+k]
		if c := strings.IndexAny(name, ":!.["); c >= 0 {
			name = name[:c]
		}
		return i, i + k + 1, name
	}
	return -1, 0, ""
}

func (f *frame) unary(v *program.Value) *value {
	if len(v.Args) == 0 {
		return nil
	}
	x := f.eval(v.Args[0])
	switch v.Name {
	case "not", "!":
		n := &value{form: formNumber}
		if is, known := x.truth(); known {
			n = boolValue(!is)
		}
		if t := f.truthTests(x); t != nil {
			c := *n
			c.tests = t.flip()
			return &c
		}
		return n
	case "&", "*", "<-":
		return x
	case "typeof":
		if !x.hasAtoms() {
			return nil
		}
		return &value{atoms: parted(x.atoms, partType)}
	case "void", "delete":
		return noneValue
	case "-":
		if x != nil && x.form == formNumber && x.text != "" {
			return &value{form: formNumber, text: "-" + x.text}
		}
	}
	return numberValue
}

func (a absence) flipped() absence {
	switch a {
	case absentIfFalse:
		return absentIfTrue
	case absentIfTrue:
		return absentIfFalse
	}
	return a
}

func boolValue(b bool) *value {
	if b {
		return trueValue
	}
	return falseValue
}

// parted gives origins as a component of what they are.
func parted(list []atom, p component) []atom {
	out := make([]atom, len(list))
	for i, a := range list {
		a.part = p
		out[i] = a
	}
	return out
}

func (f *frame) cond(v *program.Value) *value {
	if len(v.Args) < 3 {
		return nil
	}
	c := f.eval(v.Args[0])
	side := func(x *program.Value, truth bool) (out *value, ok bool) {
		mark, unset := f.mark(), f.unset
		f.assume(c, truth)
		if ok = !f.dead; ok {
			out = f.bake(f.eval(x))
		}
		f.rollback(mark)
		f.dead, f.unset = false, unset
		return out, ok
	}
	a, aok := side(v.Args[1], true)
	b, bok := side(v.Args[2], false)
	switch {
	case !aok:
		return b
	case !bok:
		return a
	}
	out := join(a, b)
	if out != nil && a != nil && b != nil {
		f.condTests(&out, c, a, b)
	}
	return out
}

// condTests gives the tests of c ? a : b where a and b are themselves tests.
func (f *frame) condTests(out **value, c, a, b *value) {
	ct := f.truthTests(c)
	if ct == nil || a.form != formNumber || b.form != formNumber {
		return
	}
	get := func(v *value, truth bool, base []proof) (list []proof, possible bool) {
		if is, known := v.truth(); known && is != truth {
			return nil, false
		}
		list = base
		if v.tests != nil {
			if truth {
				list = addProofs(list, v.tests.yes)
			} else {
				list = addProofs(list, v.tests.no)
			}
		}
		return list, true
	}
	both := func(truth bool) []proof {
		x, xok := get(a, truth, ct.yes)
		y, yok := get(b, truth, ct.no)
		switch {
		case xok && yok:
			return meet(x, y)
		case xok:
			return x
		}
		return y
	}
	n := **out
	n.digest = 0
	n.tests = &tests{yes: both(true), no: both(false)}
	*out = &n
}

// bake writes what is proven here into the origins of a value, so that it
// stays with the value where the proof itself is left behind.
func (f *frame) bake(v *value) *value {
	if v == nil || len(f.facts) == 0 {
		return v
	}
	return f.bakeDepth(v, 0)
}

func (f *frame) bakeDepth(v *value, depth int) *value {
	if v == nil || depth > 3 {
		return v
	}
	n := v
	changed := func() *value {
		if n == v {
			again := *v
			again.digest = 0
			n = &again
		}
		return n
	}
	for i, a := range v.atoms {
		p := f.proven(a.node)
		if a.proven|p == a.proven {
			continue
		}
		if n := changed(); &n.atoms[0] == &v.atoms[0] {
			n.atoms = append([]atom(nil), v.atoms...)
		}
		n.atoms[i].proven |= p
	}
	for i, e := range v.elems {
		if b := f.bakeDepth(e.v, depth+1); b != e.v {
			if n := changed(); &n.elems[0] == &v.elems[0] {
				n.elems = append([]element(nil), v.elems...)
			}
			n.elems[i].v = b
		}
	}
	for i, m := range v.fields {
		if b := f.bakeDepth(m.v, depth+1); b != m.v {
			if n := changed(); &n.fields[0] == &v.fields[0] {
				n.fields = append([]field(nil), v.fields...)
			}
			n.fields[i].v = b
		}
	}
	return n
}

func (f *frame) list(v *program.Value) *value {
	out := &value{form: formList}
	elem := f.elementType(v)
	for _, a := range v.Args {
		if a == nil {
			out.elems = append(out.elems, element{})
			continue
		}
		if a.Op == program.OpSpread {
			out.elems = append(out.elems, asElements(f.eval(a.X))...)
			continue
		}
		if a.Op == program.OpPair {
			out.elems = append(out.elems, element{v: f.eval(a.X)})
			continue
		}
		out.elems = append(out.elems, element{v: f.ofType(elem, f.eval(a))})
	}
	out.elems = boundElems(out.elems)
	return out
}

// elementType gives the type of the elements of a literal of a slice or map in Go,
// nil if it is none of the program's.
func (f *frame) elementType(v *program.Value) *typeInfo {
	if !f.u.golang {
		return nil
	}
	t := v.X
	switch {
	case v.Op == program.OpList:
		_, name, ok := strings.Cut(v.Name, "]")
		if !ok {
			return nil
		}
		pkg, name, ok := strings.Cut(strings.TrimLeft(name, "*"), ".")
		t = &program.Value{Op: program.OpIdent, Name: pkg, Span: v.Span}
		if ok {
			t = &program.Value{Op: program.OpField, Name: name, X: t, Span: v.Span}
		}
	case t != nil && t.Op == program.OpType && len(t.Args) == 2:
		t = t.Args[1]
	default:
		return nil
	}
	if info := f.typeOf(t); info != nil && info.class.home != nil {
		return info
	}
	return nil
}

// ofType gives an element that is written without its type.
func (f *frame) ofType(t *typeInfo, v *value) *value {
	if t == nil || v == nil || v.class.home != nil || v.form != formObject && v.form != formList || len(v.atoms)+len(v.fns) > 0 {
		return v
	}
	n := *v
	n.digest, n.form, n.class = 0, formObject, t.class
	return f.positional(&n)
}

// positional gives the fields of a struct literal that is written without names.
func (f *frame) positional(v *value) *value {
	ci := v.class.info()
	if ci == nil || !f.u.golang || len(v.fields) > 0 || len(ci.bases) > 0 || len(v.elems) != len(ci.class.Fields) {
		return v
	}
	for i, e := range v.elems {
		v.fields = append(v.fields, field{ci.class.Fields[i].Name, e.v})
	}
	v.elems = nil
	return v
}

func (f *frame) object(v *program.Value) *value {
	out := &value{form: formObject}
	if v.X != nil {
		t := f.typeOf(v.X)
		if t != nil {
			out.typ, out.class = t.typ, t.class
		}
	}
	elem := f.elementType(v)
	for _, a := range v.Args {
		switch {
		case a.Op == program.OpSpread:
			x := f.eval(a.X)
			if x == nil {
				continue
			}
			out.atoms = unionAtoms(out.atoms, x.atoms)
			for _, m := range x.fields {
				out = out.withField(m.name, m.v)
			}
		case a.Op == program.OpPair && a.Name != "":
			out = out.withField(a.Name, f.ofType(elem, f.eval(a.X)))
		case a.Op == program.OpPair:
			var key *value
			if len(a.Args) > 0 {
				key = f.eval(a.Args[0])
			}
			x := f.eval(a.X)
			if key.isText() {
				out = out.withField(key.text, x)
				continue
			}
			out.atoms = unionAtoms(out.atoms, all(x))
			out.atoms = unionAtoms(out.atoms, all(key))
			if x != nil && len(x.fns) > 0 {
				out.fields = append(out.fields, field{"\x00" + itoa(len(out.fields)), x})
			}
		case a.Op == program.OpFunc && !f.u.golang: // a method
			x := f.funcValue(a.Func)
			if a.Func != nil && a.Func.Name != "" {
				out = out.withField(a.Func.Name, x)
			}
		default:
			out.elems = append(out.elems, element{v: f.eval(a)})
		}
	}
	out = f.positional(out)
	if len(out.elems) > 0 {
		out.elems = boundElems(out.elems)
		if len(out.fields) == 0 && out.class.home == nil {
			out.form = formList
		}
	}
	return out
}

// cast evaluates a value that is said to be of a type.
func (f *frame) cast(v *program.Value) *value {
	x := f.eval(v.X)
	if len(v.Args) == 0 {
		return x
	}
	t := f.typeOf(v.Args[0])
	if t == nil {
		return x
	}
	if f.u.golang && t.harmless {
		return numberValue
	}
	if x != nil && x.typ == "" && (t.typ != "" || t.class.home != nil) {
		n := *x
		n.digest = 0
		n.typ, n.class = t.typ, t.class
		return &n
	}
	return x
}

func (f *frame) comprehension(v *program.Value) *value {
	mark, unset := f.mark(), f.unset
	var over []atom
	for _, c := range v.Args {
		if c.Op != program.OpCompFor || len(c.Args) == 0 {
			continue
		}
		from := f.elements(f.eval(c.X))
		over = unionAtoms(over, all(from))
		f.assign(c.Args[0], from, c.Span, true)
		for _, test := range c.Args[1:] {
			f.assume(f.eval(test), true)
		}
	}
	f.dead = false
	x := f.eval(v.X)
	some := f.someTests(x, over, mark)
	x = f.bake(x)
	f.rollback(mark)
	f.unset = unset
	if v.X != nil && v.X.Op == program.OpPair {
		out := &value{atoms: all(x), form: formObject}
		if x.callableLater() {
			out = out.withField(entryName(out), x)
		}
		return out
	}
	out := &value{form: formList, elems: []element{{x, true}}}
	if some != nil {
		out.fields = []field{{someField, &value{form: formNumber, tests: some}}}
	}
	return out
}

// someField holds what it proves that some element of a comprehension is true.
const someField = "\x00some"

// someTests gives what it proves that one element of a comprehension passes its
// conditions and is true: all but what is said of the elements themselves.
func (f *frame) someTests(x *value, over []atom, mark int) *tests {
	list := f.snapshot(mark).facts
	if t := f.truthTests(x); t != nil {
		list = addProofs(list, t.yes)
	}
	t := &tests{}
	for _, p := range list {
		own := false
		for i := range over {
			own = own || over[i].node == p.node
		}
		if !own {
			t.yes = withProof(t.yes, p)
		}
	}
	if len(t.yes) == 0 {
		return nil
	}
	return t
}
