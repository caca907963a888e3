package flow

// stmt.go follows statements. Branches that leave take no part in what comes
// after them: that is how a guard works.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

func (f *frame) block(list []*program.Stmt) {
	for _, s := range list {
		if f.dead || s == nil {
			return
		}
		f.stmt(s)
	}
}

func (f *frame) stmt(s *program.Stmt) {
	if f.u.budget--; f.u.budget < 0 {
		return
	}
	f.at = s.Span
	if s.Value != nil {
		f.at = s.Value.Span
	}
	switch s.Op {
	case program.StmtExpr, program.StmtGo:
		f.exprStmt(s)
	case program.StmtAssign:
		f.assignStmt(s)
	case program.StmtIf:
		f.ifStmt(s)
	case program.StmtWhile, program.StmtFor:
		f.loop(s)
	case program.StmtSwitch:
		f.switchStmt(s)
	case program.StmtReturn:
		f.leave(f.eval(s.Value))
	case program.StmtThrow:
		f.eval(s.Value)
		f.sum.throws = true
		f.dead = true
		f.raised++
	case program.StmtTry:
		f.try(s)
	case program.StmtWith:
		x := f.eval(s.Value)
		for _, t := range s.Targets {
			f.assign(t, x, s.Span, true)
		}
		f.block(s.Body)
	case program.StmtBreak, program.StmtContinue:
		f.jump(s)
	case program.StmtFunc:
		if s.Func != nil {
			f.defineFunc(s.Func)
			if k, ok := f.slots[s.Func.Name]; ok && len(s.Func.Decorators) > 0 {
				f.set(k, f.decorate(s.Func, f.vars[k]))
			}
		}
	case program.StmtClass:
		if s.Class != nil {
			v := f.classValue(s.Class)
			if s.Class.Name != "" {
				f.set(f.slot(s.Class.Name), v)
			}
		}
	case program.StmtBlock:
		f.labelled(s)
	case program.StmtDelete:
		for _, t := range s.Targets {
			f.eval(t)
		}
	case program.StmtAssert:
		f.assume(f.eval(s.Value), true)
	}
}

// exprStmt follows an expression whose value is not used. A test whose outcome
// nobody looks at protects nothing.
func (f *frame) exprStmt(s *program.Stmt) {
	v := f.eval(s.Value)
	if v != nil && v.tests != nil && s.Value != nil {
		x := s.Value
		for x.Op == program.OpAwait && x.X != nil {
			x = x.X
		}
		if x.Op == program.OpCall {
			for _, p := range v.tests.yes {
				if p.proven&^f.proven(p.node)&^proveDoubt != 0 {
					f.fails(p.node, x.Span, IgnoredResult, p.proven)
				}
			}
		}
	}
}

func (f *frame) assignStmt(s *program.Stmt) {
	x := f.eval(s.Value)
	if s.Name == "<-" && f.u.golang && len(s.Targets) == 1 {
		f.send(s.Targets[0], x)
		return
	}
	if s.Name != "" && s.Name != "=" && s.Name != ":=" && len(s.Targets) > 0 {
		x = f.augment(f.eval(s.Targets[0]), x, s.Name, s.Span)
	}
	if f.u.golang {
		targets := s.Targets
		if len(targets) == 1 && targets[0].Op == program.OpList {
			targets = targets[0].Args
		}
		if len(targets) > 1 {
			f.assignMany(s, targets, x)
			return
		}
	}
	if s.Value == nil && !s.Decl {
		return
	}
	if s.Type != nil && (x == nil || x.isNone()) {
		x = f.declaredAs(s.Type, x)
	}
	if v := s.Value; len(f.received) > 0 && len(s.Targets) == 1 && v != nil && v.Op == program.OpCall && calleeName(v.X) == "make" {
		x = x.withAtoms(f.received[s.Targets[0].Name])
	}
	for _, t := range s.Targets {
		f.assign(t, f.fixedList(t, x), s.Span, s.Decl)
	}
}

// emptyMark is the text of a list at the top of a file that nothing is put into.
const emptyMark = "#empty"

func (v *value) isEmptyList() bool { return v != nil && v.form == formList && v.text == emptyMark }

// fixedList gives a list that is written empty at the top of a file: one that
// functions of the file fill is configuration, any other stays empty.
func (f *frame) fixedList(target *program.Value, x *value) *value {
	if f.index != 0 || x == nil || x.form != formList || len(x.elems)+len(x.atoms) > 0 || target.Op != program.OpIdent {
		return x
	}
	if f.u.fills(target.Name) {
		return configValue
	}
	return &value{form: formList, text: emptyMark}
}

// filling are the methods and functions that put something into a list.
var filling = map[string]bool{
	"append": true, "extend": true, "add": true, "update": true, "insert": true, "push": true, "unshift": true, "splice": true, "concat": true, "assign": true, "set": true,
}

// fills reports whether anything in the file may put something into the list
// behind a name, or hands the list on to what may.
func (u *unit) fills(name string) bool {
	for _, e := range u.file.Exports {
		if e.Local == name || e.Name == name {
			return true
		}
	}
	named := func(v *program.Value) bool { return v != nil && v.Op == program.OpIdent && v.Name == name }
	declared, found := 0, false
	for i := range u.file.Funcs {
		u.file.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool {
			switch {
			case v == nil && s.Op == program.StmtAssign:
				for _, t := range s.Targets {
					if named(t) {
						declared++
					} else if t.Op == program.OpIndex && named(t.X) {
						found = true
					}
				}
			case v == nil:
			case v.Op == program.OpAssign && len(v.Args) > 0 && named(v.Args[0]):
				declared++
			case v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpField && named(v.X.X) && filling[v.X.Name]:
				found = true
			case v.Op == program.OpUnary && v.Name == "&" && len(v.Args) > 0 && named(v.Args[0]):
				found = true
			}
			return !found
		})
		if found || declared > 1 {
			return true
		}
	}
	return false
}

// send puts a value into a channel, beside what is in it already.
func (f *frame) send(channel *program.Value, x *value) {
	atoms := all(f.bake(x))
	if len(atoms) == 0 {
		return
	}
	f.changed(channel, &value{atoms: atoms})
	if channel.Op == program.OpIdent {
		if f.sent == nil {
			f.sent = map[string][]atom{}
		}
		f.sent[channel.Name] = unionAtoms(f.sent[channel.Name], atoms)
	}
	f.assign(channel, f.eval(channel).withAtoms(atoms), channel.Span, false)
}

// declaredAs gives what is known of a variable that nothing is assigned to yet:
// its type, as whoever fills it in keeps to it.
func (f *frame) declaredAs(typ *program.Value, x *value) *value {
	t := f.typeOf(typ)
	if t == nil || t.typ == "" && t.class.home == nil {
		return x
	}
	v := &value{typ: t.typ, class: t.class, config: true}
	if t.class.home != nil {
		v.form = formInstance
	}
	return v
}

// assignMany assigns Go's several values.
func (f *frame) assignMany(s *program.Stmt, targets []*program.Value, x *value) {
	v := s.Value
	if v != nil && v.Op == program.OpList && len(v.Args) == len(targets) {
		for i, t := range targets {
			f.assign(t, unpacked(f.elemAt(x, i, s.Span)), s.Span, s.Decl)
		}
		return
	}
	if v != nil && (v.Op == program.OpCall) {
		for i, t := range targets {
			f.assign(t, f.resultAt(x, i, len(targets)), s.Span, s.Decl)
		}
		return
	}
	// v, ok := m[k], x.(T), <-c
	f.assign(targets[0], x, s.Span, s.Decl)
	ok := &value{form: formNumber}
	if v != nil && v.Op == program.OpIndex && len(v.Args) > 0 {
		ok.tests = f.memberOf(f.eval(v.Args[0]), f.eval(v.X), v.Span)
	}
	if x.hasAtoms() {
		t := &tests{}
		if ok.tests != nil {
			*t = *ok.tests
		}
		t.no = addProofs(t.no, whole(x, proveAll))
		ok.tests = t
	}
	f.assign(targets[1], ok, s.Span, s.Decl)
}

// resultAt gives one of several results of a call. The result of a call of
// which nothing is known stands for the first of them.
func (f *frame) resultAt(x *value, i, n int) *value {
	if x == nil {
		return nil
	}
	if x.form == formList && len(x.elems) == n {
		return x.elems[i].v
	}
	if x.form == formNumber && x.tests != nil && n > 1 {
		// A boolean, with an error that says nothing beside it.
		if i == 0 {
			return x
		}
		return configValue2
	}
	if i == n-1 && n > 1 {
		// The error: nothing of what went in is harmful in it, but where the
		// call may have checked, its outcome says so.
		if x.tests == nil {
			return configValue2
		}
		return &value{tests: x.tests.flip(), config: false}
	}
	if x.tests != nil {
		c := *x
		c.digest, c.tests = 0, nil
		return &c
	}
	return x
}

// configValue2 is an error of which nothing is known: its presence is neither
// configuration nor chosen by the caller.
var configValue2 = &value{tests: &tests{}}

// augment gives the value of x op= y.
func (f *frame) augment(old, x *value, op string, span source.Span) *value {
	switch op {
	case "+=", "+":
		if old != nil && old.form == formList {
			n := &value{form: formList, atoms: old.atoms}
			n.elems = boundElems(append(old.elems[:len(old.elems):len(old.elems)], asElements(x)...))
			return n
		}
		if old != nil && old.form == formNumber && (x == nil || x.form == formNumber) {
			return numberValue
		}
		return f.concatValues([]*value{old, x}, span)
	case "/=", "/":
		if isPath(old) {
			return f.joinPath([]*value{old, x}, span, old.typ)
		}
	case "||=", "??=", "|=", "|", "||", "??":
		return join(old, x)
	case "&&=", "&&":
		return x
	}
	return numberValue
}

// assign binds a target to a value.
func (f *frame) assign(t *program.Value, x *value, span source.Span, decl bool) {
	if t == nil {
		return
	}
	switch t.Op {
	case program.OpIdent:
		if t.Name == "_" && !f.u.python {
			return
		}
		f.bind(t.Name, x, decl)
	case program.OpField:
		f.setMember(t.X, t.Name, x, span)
	case program.OpIndex:
		if t.Name != "" {
			f.setMember(t.X, t.Name, x, span)
			return
		}
		if len(t.Args) > 0 {
			if k := f.eval(t.Args[0]); k.isText() {
				f.setMember(t.X, k.text, x, span)
				return
			}
		}
		if t.X.Op == program.OpIdent && f.register(t.X.Name, "\x00"+itoa(len(f.sum.writes)), x) {
			return
		}
		base := f.eval(t.X)
		if x != nil && len(all(x)) == 0 && len(x.fns) == 0 && x.form != formInstance {
			return
		}
		if base != nil && base.form == formList {
			n := *base
			n.digest = 0
			n.elems = boundElems(append(joinElems(base.elems, nil, 0), element{x, true}))
			f.assign(t.X, &n, span, false)
			return
		}
		n := base.withAtoms(all(x))
		if base != nil && base.form == formObject && x.callableLater() {
			n = n.withField(entryName(base), x) // whatever is looked up, it may be what is found
		}
		f.assign(t.X, n, span, false)
	case program.OpList:
		f.assignList(t, x, span, decl)
	case program.OpObject:
		f.assignObject(t, x, span, decl)
	case program.OpAssign: // a default
		if len(t.Args) > 0 {
			f.assign(t.Args[0], join(x, f.eval(t.X)), span, decl)
		}
	case program.OpSpread:
		f.assign(t.X, x, span, decl)
	case program.OpCast:
		f.assign(t.X, x, span, decl)
	case program.OpUnary: // *p = x
		if len(t.Args) > 0 {
			f.changed(t.Args[0], x)
			f.assign(t.Args[0], x, span, decl)
		}
	}
}

// callableLater reports whether a value that is entered into a collection is one that may be
// called: an instance, a function, or a parameter as it came.
func (x *value) callableLater() bool {
	if x == nil {
		return false
	}
	if x.form == formInstance || len(x.fns) > 0 {
		return true
	}
	return x.form == formUnknown && len(x.atoms) == 1 && x.atoms[0].kind == fromParam && x.atoms[0].cut == 0 && x.atoms[0].flags == 0 && x.atoms[0].part == partNone
}

// register enters a value under a key into a collection of a function around this
// one. A key that is not known has a name that no other has.
func (f *frame) register(name, key string, x *value) bool {
	if _, local := f.slots[name]; local || x == nil || f.fn.Kind == program.KindTop {
		return false
	}
	if p := f.ownerOf(name); p < 0 {
		return false
	}
	f.sum.write(name, &value{form: formObject, fields: []field{{key, x}}})
	return true
}

// initialise takes over the functions that a file's init functions enter into
// variables of the file: tables that are filled before anything is looked up.
func (f *frame) initialise() {
	if !f.u.golang {
		return
	}
	for i := range f.u.file.Funcs {
		p := &f.u.file.Funcs[i]
		if p.Name != "init" || p.Parent != 0 || p.Receiver != nil {
			continue
		}
		s := f.u.summary(i)
		if s == nil {
			continue
		}
		f.calls(site{f.u, i}, s)
		for _, w := range s.writes {
			if k, ok := f.slots[w.name]; ok && holdsFunctions(w.v) {
				f.set(k, join(f.vars[k], w.v))
			}
		}
	}
}

// holdsFunctions reports whether a collection has functions of the program.
func holdsFunctions(v *value) bool {
	return v != nil && slices.ContainsFunc(v.fields, func(m field) bool { return m.v != nil && len(m.v.fns) > 0 })
}

func (f *frame) assignList(t *program.Value, x *value, span source.Span, decl bool) {
	for i, a := range t.Args {
		if a == nil {
			continue
		}
		if a.Op == program.OpSpread {
			rest := x
			if x != nil && x.form == formList {
				n := &value{form: formList, atoms: x.atoms}
				for k, e := range x.elems {
					if k >= i || e.many {
						n.elems = append(n.elems, e)
					}
				}
				rest = n
			}
			f.assign(a.X, rest, span, decl)
			continue
		}
		f.assign(a, unpacked(f.elemAt(x, i, span)), span, decl)
	}
}

func (f *frame) assignObject(t *program.Value, x *value, span source.Span, decl bool) {
	for _, a := range t.Args {
		switch a.Op {
		case program.OpPair:
			name := a.Name
			if name == "" && len(a.Args) > 0 {
				if k := f.eval(a.Args[0]); k.isText() {
					name = k.text
				}
			}
			target := a.X
			if target == nil {
				target = &program.Value{Op: program.OpIdent, Name: name, Span: a.Span}
			}
			f.assign(target, f.member(x, name, a), span, decl)
		case program.OpSpread:
			f.assign(a.X, x, span, decl)
		case program.OpIdent:
			f.bind(a.Name, f.member(x, a.Name, a), decl)
		}
	}
}

// bind sets a variable: a local one, or one of a function around this one.
func (f *frame) bind(name string, x *value, decl bool) {
	if s, ok := f.slots[name]; ok {
		f.set(s, x)
		return
	}
	if !decl && (!f.u.python || f.fn.DeclaresOuter(name)) {
		if p := f.ownerOf(name); p >= 0 {
			f.sum.write(name, x)
			return
		}
	}
	f.set(f.slot(name), x)
}

// ownerOf gives the function around this one that has a variable of that name.
func (f *frame) ownerOf(name string) int {
	for p := f.u.file.Funcs[f.index].Parent; p >= 0; p = f.u.file.Funcs[p].Parent {
		if pf := f.u.frameOf(p); pf != nil {
			if s, ok := pf.slots[name]; ok {
				f.depend(name, p, pf.vars[s])
				return p
			}
		}
	}
	f.depend(name, nobody, nil)
	return nobody
}

// setMember sets a member of what an expression names.
func (f *frame) setMember(base *program.Value, name string, x *value, span source.Span) {
	if base == nil {
		return
	}
	for base.Op == program.OpCast && base.X != nil {
		base = base.X
	}
	if base.Op == program.OpIdent {
		if i, ok := f.paramNamed(base.Name); ok {
			f.sum.effect(i, name, f.bake(x))
		}
		cur := f.load(base.Name)
		if _, local := f.slots[base.Name]; !local {
			if f.u.golang && x != nil && len(x.fns) > 0 {
				f.register(base.Name, name, x)
			}
			return
		}
		f.set(f.slot(base.Name), cur.withField(name, x))
		return
	}
	if base.Op == program.OpField || base.Op == program.OpIndex {
		f.assign(base, f.eval(base).withField(name, x), span, false)
	}
}

func (f *frame) ifStmt(s *program.Stmt) {
	c := f.eval(s.Value)
	side := func(truth bool, body []*program.Stmt) (d delta, checks []proof, ok bool) {
		d, ok = f.branch(func() {
			f.assume(c, truth)
			f.notNil(s.Value, truth)
			mark := f.mark()
			f.block(body)
			checks = f.snapshot(mark).facts
		})
		return d, checks, ok
	}
	yes, first, yok := side(true, s.Body)
	no, second, nok := side(false, s.Else)
	var ways []delta
	if yok {
		ways = append(ways, yes)
	}
	if nok {
		ways = append(ways, no)
	}
	if yok && nok {
		f.oneBranch(first, no)
		f.oneBranch(second, yes)
	}
	if s.Value != nil {
		f.at = s.Value.Span
	}
	f.merge(ways)
}

// notNil says of the errors that a condition finds not to be nil that they are
// errors: what returns them fails.
func (f *frame) notNil(c *program.Value, truth bool) {
	for c != nil && f.u.golang {
		switch {
		case c.Op == program.OpUnary && c.Name == "!" && len(c.Args) == 1:
			c, truth = c.Args[0], !truth
		case c.Op == program.OpLogical && (c.Name == "and") == truth && len(c.Args) == 2:
			f.notNil(c.Args[0], truth)
			c = c.Args[1]
		case c.Op == program.OpCompare && (c.Name == "!=") == truth && (c.Name == "!=" || c.Name == "==") && len(c.Args) == 2 &&
			c.Args[0].Op == program.OpIdent && c.Args[1].Op == program.OpConst && c.Args[1].Const == program.ConstNone:
			if k, ok := f.slots[c.Args[0].Name]; ok {
				if v := f.vars[k]; v == nil || len(v.atoms)+len(v.fields)+len(v.fns) == 0 && v.form == formUnknown && v.typ == "" && v.name == "" {
					f.set(k, &value{typ: errorType})
				}
			}
			return
		default:
			return
		}
	}
}

// oneBranch records checks that are made within one branch only. The condition of
// the branch itself tells cases apart and is no check.
func (f *frame) oneBranch(checks []proof, without delta) {
	if without.unset {
		return
	}
	for _, p := range checks {
		if p.proven&proveAll == proveAll || p.proven&(proveContained|proveNoMeta|proveIdent|proveHost|provePublic|proveNoDash) == 0 || f.facts[p.node] == p.proven {
			continue
		}
		elsewhere := false
		for _, q := range without.facts {
			elsewhere = elsewhere || q.node == p.node
		}
		if !elsewhere {
			f.fails(p.node, f.provedAt[p.node], OneBranch, p.proven)
		}
	}
}

// maxLoops bounds how often a body is followed; after that what may still come
// round is left out.
const maxLoops = 2

// maxNested bounds how deep loops are followed more than once.
const maxNested = 4

func (f *frame) loop(s *program.Stmt) {
	l := &loopState{isLoop: true, label: s.Name}
	f.loops = append(f.loops, l)
	var over *value
	if s.Op == program.StmtFor {
		over = f.eval(s.Value)
	}
	through := over // what each turn is for one element of
	if x := indexed(s); x != nil {
		through = f.eval(x)
	}
	var outs []delta
	mark := f.mark()
	l.mark = mark
	endless := s.Op == program.StmtWhile && s.Value == nil
	turns := maxLoops
	if len(f.loops) > maxNested {
		turns = 1 // twice at every level would double the cost with each
	}
	for turn := 0; turn < turns && !f.dead; turn++ {
		unset := f.unset
		var c *value
		if s.Op == program.StmtWhile && s.Value != nil {
			c = f.eval(s.Value)
		}
		if !endless && (turn > 0 || s.Op == program.StmtFor || c != nil) {
			// The way out before this turn.
			out, ok := f.branch(func() {
				if c != nil {
					f.assume(c, false)
				}
			})
			if ok && turn == 0 {
				outs = append(outs, rebase(f, mark, out))
			}
		}
		l.nexts = nil
		body, ok := f.branch(func() {
			if c != nil {
				f.assume(c, true)
			}
			f.runOver(l, through)
			f.forTargets(s, over)
			f.block(s.Body)
		})
		ways := l.nexts
		if ok {
			ways = append(ways, body)
		}
		f.unset = unset
		if len(ways) == 0 {
			f.dead = true
			break
		}
		after, _ := f.branch(func() {
			f.merge(ways)
			f.block(s.Post)
		})
		f.afterTurn(through, after, endless)
	}
	f.loops = f.loops[:len(f.loops)-1]
	var ways []delta
	if !f.dead && !endless {
		if len(s.Else) > 0 {
			f.block(s.Else)
		}
		if !f.dead {
			ways = append(ways, f.snapshot(mark))
		}
	} else if f.dead && !endless {
		ways = append(ways, outs...)
	}
	ways = append(ways, l.breaks...)
	f.rollback(mark)
	f.dead = false
	f.merge(ways)
}

// rebase gives what has changed since an earlier mark than the one d began at.
func rebase(f *frame, mark int, d delta) delta {
	base := f.snapshot(mark)
	base.vars = append(base.vars, d.vars...)
	base.facts = append(base.facts, d.facts...)
	base.unset = d.unset
	return base
}

// afterTurn joins the state after a turn with the one before it. What a turn
// proves of the elements of a collection holds of the collection afterwards: if
// there was no turn, there was no element.
func (f *frame) afterTurn(over *value, after delta, endless bool) {
	var keep []proof
	if !endless && len(all(over)) == 0 {
		// The networks that an address is looked for in are those that there are.
		for _, p := range after.facts {
			if q := p.proven & (provePublic | proveLiteral); q != 0 {
				keep = append(keep, proof{p.node, q})
			}
		}
	}
	if over != nil {
		atoms := all(over)
		for _, p := range after.facts {
			for i := range atoms {
				if atoms[i].node == p.node {
					keep = append(keep, p)
				}
			}
		}
	}
	if endless {
		f.merge([]delta{after})
	} else {
		f.merge([]delta{after, {unset: f.unset}})
	}
	f.proveList(keep)
}

// runOver remembers what a loop runs over and what is proven of it.
func (f *frame) runOver(l *loopState, over *value) {
	l.over, l.known = nil, nil
	for _, a := range all(over) {
		l.over = append(l.over, a.node)
	}
	if len(l.over) == 0 {
		return
	}
	l.known = map[node]proofs{}
	for n, p := range f.facts {
		if l.runsOver(n) {
			l.known[n] = p
		}
	}
}

// runsOver reports whether a node is what the loop runs over or a member of it.
func (l *loopState) runsOver(n node) bool {
	for _, o := range l.over {
		if n.fn == o.fn && n.param == o.param && n.kind == o.kind && n.cut == o.cut && strings.HasPrefix(n.path, o.path) {
			return true
		}
	}
	return false
}

// beyond takes away from what is proven where the way leaves loops what one element
// alone has passed.
func (f *frame) beyond(facts map[node]proofs) {
	for i := len(f.loops) - 1; i >= 0; i-- {
		l := f.loops[i]
		if len(l.over) == 0 {
			continue
		}
		for n := range facts {
			if !l.runsOver(n) {
				continue
			}
			if p := l.known[n]; p != 0 {
				facts[n] = p
			} else {
				delete(facts, n)
			}
		}
	}
}

// ofOne gives a result without what its truth proves of one element of a loop.
func (f *frame) ofOne(v *value) *value {
	if v == nil || v.tests == nil {
		return v
	}
	strip := func(list []proof) []proof {
		return slices.DeleteFunc(slices.Clone(list), func(p proof) bool {
			return slices.ContainsFunc(f.loops, func(l *loopState) bool { return l.runsOver(p.node) })
		})
	}
	n := *v
	n.digest = 0
	n.tests = &tests{yes: strip(v.tests.yes), no: strip(v.tests.no), absent: v.tests.absent}
	return &n
}

func (f *frame) forTargets(s *program.Stmt, over *value) {
	if s.Op != program.StmtFor {
		return
	}
	x := f.elements(over)
	switch {
	case f.u.golang && len(s.Targets) == 2:
		var key *value
		if over.hasAtoms() && over.form != formList {
			key = &value{atoms: over.atoms}
		}
		f.assign(s.Targets[0], key, s.Span, true)
		f.assign(s.Targets[1], x, s.Span, true)
	case f.u.golang && len(s.Targets) == 1:
		if over.hasAtoms() && over.form != formList {
			f.assign(s.Targets[0], x, s.Span, true)
		} else {
			f.assign(s.Targets[0], numberValue, s.Span, true)
		}
	default:
		for _, t := range s.Targets {
			f.assign(t, x, s.Span, true)
		}
	}
}

// jump follows break and continue.
func (f *frame) jump(s *program.Stmt) {
	for i := len(f.loops) - 1; i >= 0; i-- {
		l := f.loops[i]
		if s.Op == program.StmtContinue && !l.isLoop {
			continue
		}
		if s.Name != "" && l.label != s.Name {
			continue
		}
		// A body full of breaks would otherwise copy its state at each.
		if l.cost++; l.cost < 256 {
			d := f.snapshot(l.mark)
			if s.Op == program.StmtContinue {
				l.nexts = append(l.nexts, d)
			} else {
				d.facts = slices.DeleteFunc(d.facts, func(p proof) bool { return l.runsOver(p.node) && l.known[p.node] != p.proven })
				l.breaks = append(l.breaks, d)
			}
		}
		break
	}
	f.dead = true
}

// labelled follows a block, which a label lets break out of.
func (f *frame) labelled(s *program.Stmt) {
	f.block(s.Body)
}

func (f *frame) switchStmt(s *program.Stmt) {
	x := f.eval(s.Value)
	var l *loopState
	if !f.u.python {
		l = &loopState{mark: f.mark(), label: s.Name}
		f.loops = append(f.loops, l)
	}
	var ways []delta
	var fall *delta
	hasDefault := false
	for i := range s.Cases {
		c := &s.Cases[i]
		hasDefault = hasDefault || c.Default && c.Guard == nil
		d, ok := f.branch(func() {
			if fall != nil {
				// Only the variables: what the case before proved holds on one
				// of the two ways in.
				f.merge([]delta{{vars: fall.vars}, {}})
			}
			f.caseTests(s, c, x)
			for _, t := range c.Targets {
				f.assign(t, f.elements(x), s.Span, true)
			}
			if c.Guard != nil {
				f.assume(f.eval(c.Guard), true)
			}
			f.block(c.Body)
		})
		fall = nil
		switch {
		case ok && c.Fallthrough && i+1 < len(s.Cases):
			fall = &d
		case ok:
			ways = append(ways, d)
		}
	}
	if l != nil {
		f.loops = f.loops[:len(f.loops)-1]
		ways = append(ways, l.breaks...)
	}
	if !hasDefault {
		ways = append(ways, delta{unset: f.unset})
	}
	f.merge(ways)
}

// caseTests assumes what a case compares with.
func (f *frame) caseTests(s *program.Stmt, c *program.Case, x *value) {
	if len(c.Values) == 0 {
		return
	}
	if s.Value == nil {
		if len(c.Values) == 1 {
			f.assume(f.eval(c.Values[0]), true)
		}
		return
	}
	if !x.hasAtoms() {
		return
	}
	if f.u.golang && s.Name == "type" {
		for _, v := range c.Values {
			if t := f.typeOf(v); t == nil || !t.harmless {
				return
			}
		}
		f.proveList(whole(x, proveAll))
		return
	}
	var yes []proof
	for i, v := range c.Values {
		if v.Op != program.OpConst && v.Op != program.OpField && v.Op != program.OpIdent {
			return
		}
		y := f.eval(v)
		var t *tests
		if c := f.charTests(x, y, "=="); c != nil && c.exact {
			t = &tests{}
			t.withChars(c)
		} else {
			t = f.equal(x, y, v.Span)
		}
		if t == nil {
			return
		}
		if i == 0 {
			yes = t.yes
		} else {
			yes = meet(yes, t.yes)
		}
	}
	f.proveList(yes)
}

// onlyResolves reports whether all that a body does is to resolve a path: try { p =
// realpath(p) } catch {}. One that cannot be resolved leads to nothing that is there.
func onlyResolves(s *program.Stmt, body *delta) bool {
	if len(s.Body) != 1 || len(body.vars) != 1 || !body.vars[0].v.hasAtoms() {
		return false
	}
	for _, a := range body.vars[0].v.atoms {
		if a.flags&flagResolved == 0 {
			return false
		}
	}
	return true
}

func (f *frame) try(s *program.Stmt) {
	outer, raised := f.refused, f.raised
	f.refused = nil
	body, bok := f.branch(func() {
		f.block(s.Body)
		f.block(s.Else)
	})
	refused := f.refused
	f.refused = outer
	if f.raised != raised {
		refused = nil // an error may be one that the program itself threw
	}
	var ways []delta
	if bok {
		ways = append(ways, body)
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		if bok && len(c.Body) == 0 && onlyResolves(s, &body) {
			continue
		}
		d, ok := f.branch(func() {
			// A handler may begin after any statement of the body: its variables
			// may be set, nothing is proven.
			if bok {
				f.merge([]delta{{vars: body.vars}, {}})
			}
			f.proveList(refused)
			for _, t := range c.Targets {
				f.assign(t, nil, s.Span, true)
			}
			f.block(c.Body)
		})
		if ok {
			ways = append(ways, d)
		}
	}
	f.merge(ways)
	if len(s.Finally) > 0 {
		dead := f.dead
		f.dead = false
		f.block(s.Finally)
		f.dead = f.dead || dead
	}
}
