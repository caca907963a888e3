package flow

// call.go follows calls: of functions of the program by their summaries, of
// library functions by their models, of anything else by a stated default: the
// result carries what went in, and the way is no longer sure.

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// arguments are what a call is given.
type arguments struct {
	recv   *value
	pos    []*value
	spans  []source.Span // of pos
	keys   []field
	kspans []source.Span
	spread *value // what was spread behind the last known position
	exprs  []*program.Value
	span   source.Span
}

// at gives the argument at a position or by a keyword, with its place.
func (a *arguments) at(i int, key string) (*value, source.Span, bool) {
	if key != "" {
		for k := range a.keys {
			if a.keys[k].name == key {
				return a.keys[k].v, a.kspans[k], true
			}
		}
	}
	if i == thisParam {
		return a.recv, a.span, a.recv != nil
	}
	if i >= 0 && i < len(a.pos) {
		return a.pos[i], a.spans[i], true
	}
	if a.spread != nil && i >= keywordOnly && len(a.spread.fields) == 0 {
		return nil, a.span, false // a list that is spread gives no keywords
	}
	if a.spread != nil && i >= len(a.pos) {
		if key != "" && len(a.spread.fields) > 0 {
			if m, ok := a.spread.field(key); ok {
				return m, a.span, true
			}
			return nil, a.span, false
		}
		return a.spread, a.span, true
	}
	return nil, source.Span{}, false
}

// keywordOnly is the index that models give to an argument that has a name alone.
const keywordOnly = 99

// arguments evaluates what a call is given.
func (f *frame) arguments(v *program.Value) *arguments {
	a := &arguments{span: v.Span}
	for _, x := range v.Args {
		switch {
		case x == nil:
		case x.Op == program.OpKeyword:
			a.keys = append(a.keys, field{x.Name, f.known(f.eval(x.X))})
			a.kspans = append(a.kspans, spanOf(x.X, x.Span))
		case x.Op == program.OpSpread:
			s := f.eval(x.X)
			if s != nil && s.form == formList && a.spread == nil && !hasMany(s) {
				for _, e := range s.elems {
					a.add(e.v, x.Span, nil)
				}
				continue
			}
			a.spread = behind(a.spread, s)
		case a.spread != nil && a.spread.form == formList:
			n := &value{form: formList, elems: append(slices.Clone(a.spread.elems), element{v: f.eval(x)})}
			a.spread = n
		default:
			a.add(f.known(f.eval(x)), x.Span, x)
		}
	}
	return a
}

// behind gives what is spread after something else that is.
func behind(first, next *value) *value {
	if first != nil && first.form == formList && next != nil && (next.form == formList || next.form == formUnknown) {
		return &value{form: formList, atoms: first.atoms, elems: boundElems(append(slices.Clone(first.elems), asElements(next)...))}
	}
	if out := join(first, next); out != nil {
		return out
	}
	return configValue
}

func hasMany(v *value) bool {
	for _, e := range v.elems {
		if e.many {
			return true
		}
	}
	return len(v.atoms) > 0
}

func (a *arguments) add(v *value, span source.Span, expr *program.Value) {
	a.pos = append(a.pos, v)
	a.spans = append(a.spans, span)
	a.exprs = append(a.exprs, expr)
}

func spanOf(v *program.Value, or source.Span) source.Span {
	if v == nil {
		return or
	}
	return v.Span
}

// everything gives the origins of all that a call is given.
func (a *arguments) everything() []atom {
	out := all(a.recv)
	for _, p := range a.pos {
		out = unionAtoms(out, all(p))
	}
	for _, k := range a.keys {
		out = unionAtoms(out, all(k.v))
	}
	return unionAtoms(out, all(a.spread))
}

// call evaluates a call or a construction.
func (f *frame) call(v *program.Value) *value {
	callee := v.X
	if callee == nil {
		f.arguments(v)
		return nil
	}
	for callee.Op == program.OpCast && callee.X != nil {
		callee = callee.X
	}
	var recv, fn *value
	method := ""
	if callee.Op == program.OpField {
		method = callee.Name
		if callee.X != nil && (callee.X.Op == program.OpIdent && callee.X.Name == "super" || isSuperCall(callee.X)) {
			recv = f.superValue()
		} else {
			recv = f.eval(callee.X)
		}
		fn = f.itself(f.callMember(recv, method, callee))
		if recv != nil && recv.form == formModule {
			// A function of a module of the program: the module is no receiver.
			recv, method = nil, ""
		}
	} else if callee.Op == program.OpIdent && callee.Name == "super" {
		return f.superCall(v)
	} else {
		if m, ok := f.required(v); ok {
			return m
		}
		if fn = f.itself(f.known(f.eval(callee))); fn != nil && len(fn.fns) == 0 && fn.name == "" && fn.form != formClass {
			f.askFor(fn)
		}
	}
	args := f.arguments(v)
	if ci := recv.classInfo(); fn == nil && ci != nil && recv.form == formClass && fromData[method] && ci.isModel(0) && len(args.pos) > 0 {
		out := f.spreadFields(ci, &value{form: formInstance, class: recv.class}, args.pos[0])
		f.checkWhole(ci, out, args)
		return out
	}
	if method != "" && f.u.facts.Entered() {
		if in, ok := f.requestValue(v, args); ok {
			return in
		}
	}
	if out, ok := f.applied(recv, method, args, v); ok {
		return out
	}
	if out, ok := f.schemaCall(fn, recv, method, args); ok {
		return out
	}
	if callee.Op == program.OpField && f.setEntry(recv, callee, args) {
		return recv
	}
	switch {
	case fn != nil && fn.recv != nil:
		args.recv = fn.recv
	case fn != nil && fn.name != "" && recv != nil && recv.name != "":
		// A function of a module: the module is no receiver.
	case f.u.python && recv != nil && recv.form == formClass && fn != nil && len(fn.fns) == 1 && fn.fns[0].recv == nil:
		// A method that is called through its class is handed its receiver.
	default:
		args.recv = recv
	}
	if fn != nil {
		if names, ok := fn.field(recordField); ok {
			return f.record(names, args)
		}
		if ci := fn.class.info(); fn.form == formClass && ci != nil {
			return f.constructAny(fn, ci, args, v)
		}
		if len(fn.fns) == 0 && fn.form == formInstance && f.u.python {
			if m, ok := f.dunder(fn, "__call__"); ok {
				args.recv = fn
				fn = m
			}
		}
		if len(fn.fns) > 0 {
			return f.invoke(fn, args, v)
		}
		if fn.name != "" {
			if out, ok := f.library(fn.name, args.rebound(fn), v); ok {
				return out
			}
		}
	}
	if method != "" {
		if m := f.u.ms.calls["*."+method]; m != nil {
			args.recv = recv
			f.unknownQuery(method, args, v, false)
			return f.applyModel(m, "*."+method, callee, args, v)
		}
	}
	f.unknownQuery(calleeName(callee), args, v, false)
	if answers[method] && !f.u.python && !f.u.golang && len(args.pos) > 0 && looksLikePage(args.pos[0]) {
		f.use(Markup, method, v.Span, args.spans[0], false)
		f.hit(Markup, args.pos[0], method, v.Span, args.spans[0], nil)
	}
	if callee.Op == program.OpIdent && len(args.pos) > 0 {
		f.give(fn, args.pos[0])
	}
	return f.unknown(fn, recv, method, args, v)
}

// answers are the methods with which ECMAScript's web frameworks answer a request.
var answers = map[string]bool{"send": true, "end": true, "html": true, "write": true}

// required gives what require("m") and import("m") give: the module, or of one
// of the program what the file imports of it.
func (f *frame) required(v *program.Value) (*value, bool) {
	name := v.X.Name
	if f.u.python || f.u.golang || v.X.Op != program.OpIdent || name != "require" && name != "import" || len(v.Args) == 0 {
		return nil, false
	}
	m := v.Args[0]
	if _, own := f.slots[name]; own || m == nil || m.Op != program.OpConst || m.Const != program.ConstString {
		return nil, false
	}
	if !strings.HasPrefix(m.Str, ".") {
		return f.u.named(canonicalModule(m.Str, false)), true
	}
	out := configValue
	for k := range f.u.file.Imports {
		im := &f.u.file.Imports[k]
		switch {
		case im.Module != m.Str:
		case im.Name == "" || im.Name == "*":
			return f.u.importValue(k), true
		default:
			out = out.withField(im.Name, f.u.importValue(k))
		}
	}
	return out, true
}

// callMember gives the member of a receiver that is about to be called.
func (f *frame) callMember(recv *value, name string, at *program.Value) *value {
	if recv == nil {
		return nil
	}
	m := f.known(f.member(recv, name, at))
	if m == nil || len(m.fns) == 0 && m.name == "" && m.form != formClass && m.form != formModule {
		if f.u.ms.calls["*."+name] == nil {
			f.askFor(m)
		}
		return nil
	}
	return f.ownMethod(recv, m, name)
}

// library applies the model of a canonical name.
func (f *frame) library(name string, args *arguments, v *program.Value) (*value, bool) {
	if v.Op == program.OpNew && name == mapType && !f.u.python && !f.u.golang {
		return f.newMap(args), true
	}
	if v.Op == program.OpNew && name == "Set" && len(args.pos) == 1 && args.pos[0].isText() && !args.pos[0].hasAtoms() {
		return args.pos[0], true // the set of its characters
	}
	if m := f.u.ms.call(name); m != nil {
		return f.applyModel(m, name, v.X, args, v), true
	}
	if v.Op == program.OpNew || f.u.hasType(name) {
		// An instance of a class of a library.
		out := &value{typ: name, config: true}
		out.atoms = args.everything()
		if v.Op == program.OpNew {
			f.handOn(args)
		}
		return out, true
	}
	return nil, false
}

// requestValue reads calls on a request, a context or a session that give what
// the outside chose.
func (f *frame) requestValue(v *program.Value, args *arguments) (*value, bool) {
	in, ok := f.u.facts.InputCall(f.index, v)
	if !ok {
		return nil, false
	}
	if m := f.u.ms.calls["*."+v.X.Name]; m != nil {
		// What the client is asked goes out, whatever comes back.
		for i := range m.Sinks {
			if s := &m.Sinks[i]; s.Kind == Prompt || s.Kind == Message {
				f.sink(m, s, v.X.Name, args, v)
			}
		}
	}
	n := node{fn: f.id, kind: fromRequest}
	if in.Kind == mcp.Untrusted {
		n.kind = fromUntrusted
		n.path = "what the client answered"
	} else if in.Param != "" {
		n.path = pathSep + in.Param
	}
	a := atom{node: n, steps: (*step)(nil).add(f.id, v.Span, "reads what the caller chose")}
	x := &value{atoms: []atom{a}}
	if in.Into >= 0 {
		if in.Into < len(args.exprs) && args.exprs[in.Into] != nil {
			f.fillInto(args.exprs[in.Into], x)
			if f.u.golang && strings.Contains(calleeName(v.X), "Bind") {
				return f.bound(f.eval(args.exprs[in.Into])), true
			}
		}
		return nil, true
	}
	return x, true
}

// bound gives the error of a call of gin's, or of what follows it, that fills a struct:
// where there is none, the fields keep to their tags.
func (f *frame) bound(v *value) *value {
	if list := enforced(v, "binding"); len(list) > 0 {
		return &value{tests: &tests{no: list}}
	}
	return nil
}

// fillInto adds origins to the variable that an argument points to.
func (f *frame) fillInto(expr *program.Value, x *value) {
	for expr != nil && (expr.Op == program.OpUnary || expr.Op == program.OpCast) {
		if expr.Op == program.OpCast {
			expr = expr.X
		} else if len(expr.Args) > 0 {
			expr = expr.Args[0]
		} else {
			return
		}
	}
	if expr == nil || expr.Op != program.OpIdent && expr.Op != program.OpField {
		return
	}
	cur := f.eval(expr)
	if cur != nil && cur.name != "" {
		return // os.Stdout and the like: what is written there does not come back
	}
	f.changed(expr, x)
	n := cur.withAtoms(all(x))
	if n != nil && len(n.fields) > 0 {
		c := *n
		c.fields, c.digest = nil, 0
		n = &c
	}
	f.assign(expr, n, expr.Span, false)
}

// changed remembers that what a parameter points to, or a collection that it is,
// has more in it when the function returns.
func (f *frame) changed(expr *program.Value, x *value) {
	if expr == nil || expr.Op != program.OpIdent || f.sum == nil || len(all(x)) == 0 {
		return
	}
	if i, ok := f.paramNamed(expr.Name); ok {
		f.sum.effect(i, "", &value{atoms: all(x)})
	}
}

// unknown is the default for a call of which nothing is known.
func (f *frame) unknown(fn, recv *value, method string, args *arguments, v *program.Value) *value {
	f.handOn(args)
	atoms := all(recv)
	if fn != nil && recv == nil {
		atoms = fn.atoms
	}
	var given []atom
	for _, p := range args.pos {
		if p != nil && len(p.fns) > 0 {
			continue
		}
		given = unionAtoms(given, all(p))
	}
	for _, k := range args.keys {
		given = unionAtoms(given, all(k.v))
	}
	given = unionAtoms(given, all(args.spread))
	f.remember(v, given)
	if name := calleeName(v.X); recv == nil && checkName.MatchString(name) {
		// By its name it checks what it is given. That is no proof, but a doubt;
		// where the function is the program's own and stands in another file,
		// nothing can be said until files are linked.
		p := proveDoubt
		if fn != nil && f.u.ownModule(fn.name) {
			p |= proveElsewhere
		}
		for i := range given {
			f.prove(given[i].node, p)
		}
	}
	list := unionAtoms(atoms, given)
	if len(list) == 0 {
		return configValue
	}
	out := make([]atom, len(list))
	for i, a := range list {
		a.proven |= f.proven(a.node)
		answer := recv != nil && executes(method, langSQL)
		if !a.lang.strong() || answer {
			a.flags |= flagUnsure
			a.flags &^= flagPartial
			a.prefix, a.lang = "", noLanguage
		}
		if answer {
			a.node.cut = cutID(a.cut, f.id, v.Span) // what a query gives is no query
		}
		a.part = partNone
		a.steps = a.steps.add(f.id, v.Span, "passes through a call that is not followed")
		out[i] = a
	}
	x := &value{atoms: out}
	if v.Op == program.OpNew && fn != nil && fn.name != "" {
		x.typ = fn.name
	}
	return x
}

var checkName = regexp.MustCompile(`(?i)^_?(validate|valid|check|assert|ensure|verify|sanitize|sanitise|is_?[A-Z_]|require|guard|authorize|resolve|safe|within)`)

// calleeName gives the last name of a callee.
func calleeName(v *program.Value) string {
	if v == nil {
		return ""
	}
	return v.Name
}

// handOn remembers the functions that are handed to a call: it may call them.
func (f *frame) handOn(args *arguments) {
	each := func(v *value) {
		if v == nil {
			return
		}
		for _, c := range v.fns {
			f.reaches(c.id)
		}
		for _, m := range v.fields {
			if m.v != nil {
				for _, c := range m.v.fns {
					f.reaches(c.id)
				}
			}
		}
	}
	for _, p := range args.pos {
		each(p)
	}
	for _, k := range args.keys {
		each(k.v)
	}
}

func isSuper(v *program.Value) bool {
	return v != nil && v.Op == program.OpIdent && v.Name == "super"
}

func isSuperCall(v *program.Value) bool {
	return v != nil && v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpIdent && v.X.Name == "super"
}

// superValue gives the receiver as an instance of the class it extends.
func (f *frame) superValue() *value {
	p := &f.u.file.Funcs[f.index]
	ci := f.u.classOf[p.Class]
	if ci == nil || f.self == "" {
		return nil
	}
	n := *f.load(f.self)
	n.digest = 0
	for _, b := range ci.bases {
		if b != nil && b.class.home != nil {
			n.class = b.class
			return &n
		}
	}
	n.class, n.form = classRef{}, formUnknown
	return &n
}

// superCall runs the constructor of the class that is extended.
func (f *frame) superCall(v *program.Value) *value {
	args := f.arguments(v)
	base := f.superValue()
	ci := base.classInfo()
	if ci == nil {
		return nil
	}
	if s, ok := ci.method("constructor", 0); ok {
		args.recv = base
		return f.invoke(&value{fns: []callable{{home: s.u.home, id: s.id(), recv: base}}}, args, v)
	}
	return nil
}

func (v *value) classInfo() *classInfo {
	if v == nil {
		return nil
	}
	return v.class.info()
}

// funcValue gives a function of the program as a value.
func (f *frame) funcValue(fn *program.Function) *value {
	if fn == nil {
		return nil
	}
	i, ok := f.u.index[fn]
	if !ok {
		return nil
	}
	f.born(fn)
	if f.u.fnValues == nil {
		f.u.fnValues = make([]*value, len(f.u.ids))
	}
	if f.u.fnValues[i] == nil {
		f.u.fnValues[i] = &value{fns: []callable{{home: f.u.home, id: f.u.ids[i]}}}
	}
	return f.u.fnValues[i]
}

// born remembers what is proven where a closure is made: whoever calls it calls it
// later.
func (f *frame) born(fn *program.Function) {
	old, again := f.births[fn]
	if len(f.facts) == 0 || f.binding {
		if again {
			f.births[fn] = nil
		}
		return
	}
	now := map[node]proofs{}
	for n, p := range f.facts {
		if again {
			p &= old[n]
		}
		if p != 0 {
			now[n] = p
		}
	}
	if f.births == nil {
		f.births = map[*program.Function]map[node]proofs{}
	}
	f.births[fn] = now
}

// defineFunc binds a nested function to its name.
func (f *frame) defineFunc(fn *program.Function) {
	v := f.funcValue(fn)
	if v == nil || fn.Name == "" {
		return
	}
	f.set(f.slot(fn.Name), v)
}

// invoke calls functions of the program.
func (f *frame) invoke(fn *value, args *arguments, at *program.Value) *value {
	var out *value
	leaves, first := true, true
	var shared []proof // what every one of several proves
	for _, c := range fn.fns {
		r, always, gone := f.invokeOne(c, args, at, len(fn.fns) == 1)
		if gone {
			continue
		}
		leaves = false
		if first {
			shared = always
		} else {
			shared = provenByBoth(shared, always)
		}
		if first {
			out, first = r, false
		} else {
			out = join(out, r)
		}
	}
	if leaves && len(fn.fns) > 0 {
		f.dead = true
	}
	f.proveList(shared)
	return out
}

// provenByBoth gives what two lists both prove.
func provenByBoth(a, b []proof) []proof {
	var out []proof
	for _, p := range a {
		var q proofs
		for _, o := range b {
			if o.node == p.node {
				q |= o.proven
			}
		}
		if p.proven &= q; p.proven != 0 {
			out = append(out, p)
		}
	}
	return out
}

// invokeOne calls one function. always is what it proves where it is one of several.
func (f *frame) invokeOne(c callable, args *arguments, at *program.Value, only bool) (out *value, always []proof, leaves bool) {
	u := c.home.cur
	i, ok := u.byID[c.id]
	if !ok {
		return nil, nil, false
	}
	if c.other && !f.unlikely {
		f.unlikely = true
		defer func() { f.unlikely = false }()
	}
	f.reaches(c.id)
	f.raised++
	s := u.summary(i)
	if s == nil {
		return f.unsure((&value{}).withAtoms(args.everything())), nil, false
	}
	f.calls(site{u, i}, s)
	full := *args
	if c.recv != nil {
		full.recv = c.recv
	}
	if len(c.bound) > 0 {
		full.pos = append(append([]*value(nil), c.bound...), args.pos...)
		spans := make([]source.Span, len(c.bound), len(full.pos))
		for k := range spans {
			spans[k] = args.span
		}
		full.spans = append(spans, args.spans...)
	}
	if len(c.keys) > 0 {
		// What the call names itself comes first, and so counts.
		full.keys = append(append([]field(nil), args.keys...), c.keys...)
		full.kspans = append([]source.Span(nil), args.kspans...)
		for range c.keys {
			full.kspans = append(full.kspans, args.span)
		}
	}
	sub := &substitution{f: f, bind: &binding{id: c.id, args: &full, next: c.binds}, call: at, text: passedTo(u.file.Funcs[i].Name), foreign: u != f.u}
	if len(s.asks) > 0 {
		if special := f.specialised(site{u, i}, s, sub); special != nil {
			var place source.Span
			if at != nil {
				place = at.Span
			}
			f.ownHits(special, s, place)
			s = special
		}
	}
	f.applyHits(s, sub, at)
	f.applyGives(s, sub)
	if s.leaves && len(s.hits) >= 0 && s.ret == nil && !s.many {
		return nil, nil, true
	}
	if !only {
		always = sub.proofs(s.always)
	} else {
		f.inherit(s, sub)
		f.proveList(sub.proofs(s.always))
		for i := range s.given {
			if sub.configured(s.given[i].node) {
				f.proveList(sub.proofs(s.given[i].proofs))
			}
		}
	}
	f.applyEffects(s, sub, args, at, only)
	out = sub.value(s.ret)
	if s.many && !managesContext(u.file.Funcs[i].Function) {
		out = &value{form: formList, elems: []element{{out, true}}}
	}
	return out, always, false
}

// managesContext reports whether a generator gives the one value of a with.
func managesContext(fn *program.Function) bool {
	return hasDecorator(fn, "contextmanager") || hasDecorator(fn, "asynccontextmanager")
}

// applyEffects sets what the callee sets: members of its arguments and
// variables around it. Where it is one of several that may be called, what was
// there before may still be.
func (f *frame) applyEffects(s *summary, sub *substitution, args *arguments, at *program.Value, only bool) {
	for _, e := range s.effects {
		var expr *program.Value
		switch {
		case at == nil || at.X == nil:
		case e.param == thisParam:
			if at.X.Op == program.OpField {
				expr = at.X.X
			}
			if args.recv == nil && f.u.python && len(args.exprs) > 0 {
				expr = args.exprs[0]
			}
		case e.param < len(args.exprs):
			expr = args.exprs[e.param]
		}
		for expr != nil && expr.Op == program.OpUnary && len(expr.Args) > 0 {
			expr = expr.Args[0]
		}
		if f.self != "" && at != nil && (isSuperCall(expr) || e.param == thisParam && isSuper(at.X) || isSuper(expr)) {
			expr = &program.Value{Op: program.OpIdent, Name: f.self, Span: at.Span}
		}
		if expr == nil || expr.Op != program.OpIdent && expr.Op != program.OpField {
			continue
		}
		if e.name == itemsField {
			f.assign(expr, f.eval(expr).withItems(sub.value(e.v)), at.Span, false)
			continue
		}
		if e.name == "" {
			f.fillInto(expr, sub.value(e.v))
			continue
		}
		x := sub.value(e.v)
		if !only {
			if have, ok := f.eval(expr).field(e.name); ok {
				x = join(have, x)
			}
		}
		f.setMember(expr, e.name, x, at.Span)
	}
	if sub.foreign {
		return // what it writes are variables of its own file
	}
	for _, w := range s.writes {
		x := sub.value(w.v)
		if k, ok := f.slots[w.name]; ok {
			f.set(k, join(f.vars[k], x))
		} else if f.sum != nil {
			f.sum.write(w.name, x)
		}
	}
}

// applyHits takes over the ways to sinks of a callee, as far as something
// leads into them here.
func (f *frame) applyHits(s *summary, sub *substitution, at *program.Value) {
	var site source.Span
	if at != nil {
		site = at.Span
	}
	for i := range s.hits {
		h := &s.hits[i]
		if h.kind != fromParam || h.again {
			continue // told of where it happens, or looked at anew below
		}
		for _, a := range sub.atom(h.atom) {
			n := *h
			n.atom, n.site = a, site
			f.keepHit(n)
		}
	}
	f.applyStarts(s, sub, site)
}

// harmless reports whether a value does no harm at a sink by where it stands
// in the text.
func harmless(kind SinkKind, a *atom) bool {
	partial, opaque := a.flags&flagPartial != 0, a.flags&flagOpaque != 0
	if a.flags&flagUnsure != 0 && !severe(kind) {
		return true
	}
	switch kind {
	case Argv, Operand:
		// Something stands before it, so it cannot be an option of its own; behind
		// mere dashes it names the option.
		return partial && (opaque || strings.Trim(a.prefix, "-") != "")
	case Program:
		return partial && (opaque || a.prefix != "") && !strings.HasSuffix(a.prefix, "/")
	case PathRead, PathWrite, PathDelete:
		return a.flags&flagBehind != 0 && a.proven&proveNoDots != 0
	case Open:
		return partial && (hostFixed(a.prefix, opaque) || strings.HasPrefix(a.prefix, "http://") || strings.HasPrefix(a.prefix, "https://"))
	case Request, Navigate, Redirect, Connect:
		return partial && hostFixed(a.prefix, opaque)
	}
	return false
}

// severe reports whether a sink is reported of a value that came through an
// unknown call. What such a call makes of a path, an id or a URL is as often a
// thing of the call's own as it is what went in; a text that is run is rarely so.
func severe(kind SinkKind) bool {
	switch kind {
	case Shell, Eval, Sandbox, Template, Query, Deserialize, Program, Connect, Log, Stdout, ResultSink, Body, Prompt, Message, Memory:
		return true
	}
	return false
}

// passedTo is the sentence of a step into a function.
func passedTo(name string) string {
	if name == "" {
		return "is passed on"
	}
	return "is passed to " + name
}

// substitution puts the arguments of a call in the place of the parameters of
// a summary.
type substitution struct {
	f    *frame
	bind *binding
	call *program.Value
	text string // of the step into the callee
	busy int
	// foreign is set where the callee stands in another file.
	foreign bool
}

// argument gives what stands for a parameter; ok is false for a parameter of a
// function that has not been called here.
func (s *substitution) argument(fn uint64, param int) (*value, source.Span, bool) {
	for b := s.bind; b != nil; b = b.next {
		if b.id != fn {
			continue
		}
		v, span := b.args.param(s.f, fn, param)
		return v, span, true
	}
	return nil, source.Span{}, false
}

// param gives the argument for a parameter of function fn.
func (a *arguments) param(f *frame, fn uint64, param int) (*value, source.Span) {
	u, i, ok := f.u.at(fn)
	if param == thisParam {
		if ok && a.recv == nil && len(a.pos) > 0 && u.python && u.file.Funcs[i].Class != nil && !u.file.Funcs[i].Static {
			return a.pos[0], a.span
		}
		return a.recv, a.span
	}
	if !ok {
		return nil, a.span
	}
	p := &u.file.Funcs[i]
	if param >= len(p.Params) {
		return nil, a.span
	}
	shift := 0
	if f.u.python && p.Class != nil && !p.Static && len(p.Params) > 0 {
		// self takes the first place, except where the method is called
		// through its class.
		if a.recv != nil {
			shift = 1
		}
	}
	q := &p.Params[param]
	switch q.Kind {
	case program.ParamRest:
		out := &value{form: formList}
		for k := max(0, param-shift); k < len(a.pos); k++ {
			out.elems = append(out.elems, element{v: a.pos[k]})
		}
		if a.spread != nil {
			out.elems = append(out.elems, asElements(a.spread)...)
		}
		return out, a.span
	case program.ParamKwRest:
		out := &value{form: formObject}
		for _, k := range a.keys {
			out = out.withField(k.name, k.v)
		}
		if a.spread != nil {
			out = out.withAtoms(all(a.spread))
		}
		return out, a.span
	}
	for k := range a.keys {
		if a.keys[k].name == q.Name && k < len(a.kspans) {
			return a.keys[k].v, a.kspans[k]
		}
	}
	if k := param - shift; k >= 0 && k < len(a.pos) && q.Kind != program.ParamKeyword {
		if k < len(a.spans) {
			return a.pos[k], a.spans[k]
		}
		return a.pos[k], a.span
	}
	if a.spread != nil {
		if f.u.python {
			return f.member(a.spread, q.Name, nil), a.span
		}
		return f.elements(a.spread), a.span
	}
	return nil, a.span
}

// project follows members into a value.
func (f *frame) project(v *value, path string) *value {
	for path != "" && v != nil {
		path = path[1:]
		name := path
		if i := strings.Index(path, pathSep); i >= 0 {
			name, path = path[:i], path[i:]
		} else {
			path = ""
		}
		if m, ok := v.field(name); ok {
			v = f.memberFallback(v, m, name)
			continue
		}
		if v.form == formList {
			v = f.elemAt(v, atoi(name), source.Span{})
			continue
		}
		if len(v.atoms) > 0 {
			v = &value{atoms: memberAtoms(v.atoms, name)}
			continue
		}
		if v.class.home != nil || v.typ != "" || v.name != "" {
			v = f.member(v, name, nil)
			continue
		}
		return nil
	}
	return v
}

// atom gives the origins that stand for one of the callee's.
func (s *substitution) atom(a atom) []atom {
	if a.kind != fromParam {
		return []atom{a}
	}
	v, span, ok := s.argument(a.node.fn, int(a.param))
	if !ok {
		a.proven |= s.f.proven(a.node) // of a function around the callee
		return []atom{a}
	}
	v = s.f.project(v, a.path)
	from := all(v)
	if len(from) == 0 {
		return nil
	}
	out := make([]atom, len(from))
	for i, x := range from {
		x.proven |= s.f.proven(x.node)
		out[i] = compose(x, a, s.f.id, span, s.text)
	}
	return out
}

// compose gives x after what happened to a in the callee.
func compose(x, a atom, fn uint64, span source.Span, text string) atom {
	steps := x.steps
	if span.End > 0 {
		steps = steps.add(fn, span, text)
	}
	out := x
	out.steps = concatSteps(steps, a.steps)
	if a.cut != 0 {
		d := digester(x.cut)
		d.num(uint64(a.cut))
		out.node.cut = uint32(d) | 1
		out.flags &^= flagResolved
		out.proven &^= proveMember | proveContained | proveHost | provePublic | proveQuoted | proveEscaped | proveNoDash
	}
	if x.lang != noLanguage {
		a.proven &^= proveEscaped // of a text that is a query already
	}
	out.proven = (out.proven | a.proven).of(&x)
	if a.part != partNone {
		out.part = a.part
	}
	switch {
	case a.lang != noLanguage:
		out.lang = a.lang
	case a.cut != 0:
		out.lang = noLanguage
	case x.lang.strong():
		// What the text of a query passes through does not take the value out.
		a.flags &^= flagUnsure
	}
	if a.flags&flagPartial != 0 {
		out.flags &^= flagRooted
	}
	out.flags |= a.flags
	if a.flags&flagPartial != 0 {
		switch {
		case a.flags&flagOpaque != 0:
			out.prefix = a.prefix
		case x.flags&flagOpaque == 0:
			out.prefix = limit(a.prefix + x.prefix)
		}
	}
	return out
}

func (s *substitution) atoms(list []atom) []atom {
	var out []atom
	for _, a := range list {
		out = unionAtoms(out, s.atom(a))
	}
	return out
}

// proofs gives what proofs of the callee's nodes say of what stands for them.
func (s *substitution) proofs(list []proof) []proof {
	var out []proof
	for _, p := range list {
		if p.kind != fromParam {
			out = append(out, p)
			continue
		}
		v, _, ok := s.argument(p.node.fn, int(p.param))
		if !ok {
			out = append(out, p)
			continue
		}
		if p.cut != 0 {
			continue
		}
		v = s.f.project(v, p.path)
		for _, a := range all(v) {
			q := proof{a.node, p.proven}
			switch a.part {
			case partNone:
			case partHost, partOrigin:
				if q.proven&proveMember == 0 {
					q.proven &= proveHost | provePublic | proveLiteral
				} else {
					q.proven = proveHost
				}
			case partAddr:
				q.proven &= provePublic | proveLiteral
			case partScheme:
				if q.proven&proveMember == 0 {
					continue
				}
				q.proven = proveWeb
			default:
				continue
			}
			if a.prefix != "" || a.flags&flagOpaque != 0 {
				q.proven &^= proveNoDash
			}
			q.proven = q.proven.of(&a)
			if q.proven != 0 {
				out = append(out, q)
			}
		}
	}
	return out
}

// configured reports whether what stands for an input of the callee is the
// operator's: it is there, or the operator wants no limit.
func (s *substitution) configured(n node) bool {
	v, _, ok := s.argument(n.fn, int(n.param))
	if v = s.f.project(v, n.path); !ok || v == nil || v.isNone() {
		return false
	}
	for _, a := range all(v) {
		// A parameter of a function around this one was given when the server
		// was made, unless that function is a handler itself.
		if a.kind != fromParam || a.fn == s.f.id || s.f.u.handles(a.fn) {
			return false
		}
	}
	return true
}

// value gives a value of the callee as the caller sees it.
func (s *substitution) value(v *value) *value {
	if v == nil || s.busy > 8 {
		return v
	}
	s.busy++
	defer func() { s.busy-- }()
	if len(v.atoms) == 1 && (v.form == formUnknown || v.form == formInstance && len(v.fields) == 0) && len(v.fns) == 0 && v.name == "" {
		if out, ok := s.same(v); ok {
			return out
		}
	}
	if v.sum(); v.fixed {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = s.atoms(v.atoms)
	if len(v.elems) > 0 {
		n.elems = make([]element, len(v.elems))
		for i, e := range v.elems {
			n.elems[i] = element{s.value(e.v), e.many}
		}
	}
	if len(v.fields) > 0 {
		n.fields = make([]field, len(v.fields))
		for i, m := range v.fields {
			n.fields[i] = field{m.name, s.value(m.v)}
		}
	}
	if len(v.fns) > 0 {
		n.fns = make([]callable, len(v.fns))
		for i, c := range v.fns {
			n.fns[i] = s.callable(c)
		}
	}
	if v.tests != nil {
		n.tests = &tests{yes: s.proofs(v.tests.yes), no: s.proofs(v.tests.no), absent: v.tests.absent, chars: s.chars(v.tests.chars)}
	}
	n.recv = s.value(v.recv)
	if v.split != nil {
		n.split = nil
		if of := s.value(v.split.of); of != nil && of.split == nil && of.form != formList {
			n.split = &split{of: of, rest: v.split.rest}
		}
	}
	return &n
}

// chars gives a test of characters of the callee as the caller sees it.
func (s *substitution) chars(c *charTest) *charTest {
	if c == nil {
		return nil
	}
	n := *c
	n.of = nil
	for _, o := range c.of {
		for _, p := range s.proofs([]proof{{o, proveDoubt}}) {
			n.of = append(n.of, p.node)
		}
	}
	return &n
}

// same gives the argument itself where the callee hands it back as it was, so
// that nothing of what is known of it is lost.
func (s *substitution) same(v *value) (*value, bool) {
	a := v.atoms[0]
	if a.kind != fromParam || a.cut != 0 || a.flags&^flagUnsure != 0 || a.part != partNone {
		return nil, false
	}
	x, span, ok := s.argument(a.node.fn, int(a.param))
	if !ok {
		return nil, false
	}
	x = s.f.project(x, a.path)
	if v.form == formInstance && (x == nil || x.class.home == nil && x.form != formObject && len(x.fns) == 0) {
		return nil, false // all that is known is the type that the callee declares
	}
	if x == nil {
		if v.tests == nil {
			return nil, true
		}
		return &value{tests: &tests{yes: s.proofs(v.tests.yes), no: s.proofs(v.tests.no)}}, true
	}
	n := *x
	n.digest = 0
	n.atoms = make([]atom, len(x.atoms))
	for i, b := range x.atoms {
		b.proven |= s.f.proven(b.node)
		n.atoms[i] = compose(b, a, s.f.id, span, s.text)
	}
	n.elems, n.fields = provenElems(n.elems, a.proven, 0), provenFields(n.fields, a.proven, 0)
	if n.typ == "" {
		n.typ = v.typ
	}
	if v.tests != nil {
		n.tests = &tests{yes: s.proofs(v.tests.yes), no: s.proofs(v.tests.no), absent: v.tests.absent, chars: s.chars(v.tests.chars)}
	}
	return &n, true
}

// alsoProven gives a value of which, and of all that it holds, something more is proven.
func (v *value) alsoProven(p proofs, depth int) *value {
	if v == nil || depth > 3 {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = make([]atom, len(v.atoms))
	for i, a := range v.atoms {
		a.proven = (a.proven | p).of(&a)
		n.atoms[i] = a
	}
	n.elems, n.fields = provenElems(v.elems, p, depth+1), provenFields(v.fields, p, depth+1)
	return &n
}

func provenElems(list []element, p proofs, depth int) []element {
	if p == 0 || len(list) == 0 {
		return list
	}
	out := make([]element, len(list))
	for i, e := range list {
		out[i] = element{e.v.alsoProven(p, depth), e.many}
	}
	return out
}

func provenFields(list []field, p proofs, depth int) []field {
	if p == 0 || len(list) == 0 {
		return list
	}
	out := make([]field, len(list))
	for i, m := range list {
		out[i] = field{m.name, m.v.alsoProven(p, depth)}
	}
	return out
}

// callable binds what a closure that leaves its function still holds.
func (s *substitution) callable(c callable) callable {
	c.recv = s.value(c.recv)
	if len(c.bound) > 0 {
		bound := make([]*value, len(c.bound))
		for i, b := range c.bound {
			bound[i] = s.value(b)
		}
		c.bound = bound
	}
	if len(c.keys) > 0 {
		keys := make([]field, len(c.keys))
		for i, k := range c.keys {
			keys[i] = field{k.name, s.value(k.v)}
		}
		c.keys = keys
	}
	n := 0
	for b := c.binds; b != nil; b = b.next {
		n++
	}
	if n < 4 && s.bind != nil {
		c.binds = &binding{next: c.binds, id: s.bind.id, args: s.bind.args}
	}
	return c
}
