package program

// lower_python_stmt.go makes the statements of a Python tree.

import (
	"strings"

	"mcpaudit/internal/source"
)

func pythonStmts() map[string]pythonStmt {
	none := func(*python, source.NodeID) {}
	return map[string]pythonStmt{
		"expression_statement":    (*python).expressionStmt,
		"assignment":              (*python).assignment,
		"augmented_assignment":    (*python).augmented,
		"return_statement":        (*python).returnStmt,
		"raise_statement":         (*python).raise,
		"delete_statement":        (*python).deleteStmt,
		"assert_statement":        (*python).assert,
		"pass_statement":          none,
		"break_statement":         func(p *python, n source.NodeID) { p.stmt(StmtBreak, n) },
		"continue_statement":      func(p *python, n source.NodeID) { p.stmt(StmtContinue, n) },
		"if_statement":            (*python).ifStmt,
		"for_statement":           (*python).forStmt,
		"while_statement":         (*python).whileStmt,
		"try_statement":           (*python).tryStmt,
		"with_statement":          (*python).withStmt,
		"match_statement":         (*python).matchStmt,
		"function_definition":     func(p *python, n source.NodeID) { p.funcStmt(n, n) },
		"class_definition":        func(p *python, n source.NodeID) { p.classStmt(n, n) },
		"decorated_definition":    (*python).decorated,
		"import_statement":        (*python).importStmt,
		"import_from_statement":   (*python).importFrom,
		"future_import_statement": none,
		"global_statement":        func(p *python, n source.NodeID) { p.outerNames(n, true) },
		"nonlocal_statement":      func(p *python, n source.NodeID) { p.outerNames(n, false) },
		"print_statement":         (*python).printStmt,
		"exec_statement":          (*python).execStmt,
		"type_alias_statement":    (*python).typeAlias,
		"block":                   (*python).statements,
	}
}

// statements lowers the statements among the children of n. Text that the
// grammar could not place is searched for statements and calls.
func (p *python) statements(n source.NodeID) {
	if !p.enter(n) {
		p.leave()
		return
	}
	for c, end := n+1, p.nodes[n].Next; c < end; c = p.nodes[c].Next {
		if p.nodes[c].Extra() && !p.nodes[c].Error() {
			continue
		}
		if f := at(p.onStmt, p.nodes[c].Symbol); f != nil {
			f(p, c)
		} else if p.nodes[c].Error() {
			p.statements(c)
		} else if p.nodes[c].Named() && p.nodes[c].Next > c+1 && at(p.onExpr, p.nodes[c].Symbol) != nil {
			p.stmt(StmtExpr, c).Value = p.expression(c)
		}
	}
	p.leave()
}

// salvage searches the text directly below a compound statement that the
// grammar could not place.
func (p *python) salvage(n source.NodeID) {
	if !p.nodes[n].HasError() {
		return
	}
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.nodes[c].Error() {
			p.statements(c)
		}
	}
}

// body lowers the statements below the child of n in field f to a list.
func (p *python) body(n source.NodeID, f source.Field) []*Stmt {
	return p.blockOf(p.child(n, f))
}

func (p *python) blockOf(block source.NodeID) []*Stmt {
	if block == 0 {
		return nil
	}
	mark := len(p.stmts)
	p.statements(block)
	return p.takeStmts(mark)
}

func (p *python) expressionStmt(n source.NodeID) {
	mark := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if f := at(p.onStmt, p.nodes[c].Symbol); f != nil {
			f(p, c)
		} else if p.meant(c) {
			p.values = append(p.values, p.expression(c))
		}
	}
	switch list := p.takeValues(mark); len(list) {
	case 0:
	case 1:
		p.stmt(StmtExpr, n).Value = list[0]
	default:
		v := p.value(OpList, n)
		v.Name, v.Args = "tuple", list
		p.stmt(StmtExpr, n).Value = v
	}
}

// assignment lowers a = b = value, which the grammar nests to the right.
func (p *python) assignment(n source.NodeID) {
	s := p.stmt(StmtAssign, n)
	mark := len(p.values)
	for depth := 0; ; depth++ {
		if left := p.child(n, p.fLeft); left != 0 {
			p.values = append(p.values, p.expression(left))
		}
		if t := p.child(n, p.fType); t != 0 {
			s.Type = p.expression(t)
		}
		right := p.child(n, p.fRight)
		if right == 0 {
			break
		}
		if p.part(right) != pyAssignment {
			s.Value = p.expression(right)
			break
		}
		n = right
	}
	s.Targets = p.takeValues(mark)
}

func (p *python) augmented(n source.NodeID) {
	s := p.stmt(StmtAssign, n)
	if left := p.child(n, p.fLeft); left != 0 {
		s.Targets = p.list(p.expression(left))
	}
	if op := p.child(n, p.fOperator); op != 0 {
		s.Name = p.textOf(op)
	}
	s.Value = p.optional(p.child(n, p.fRight))
}

func (p *python) returnStmt(n source.NodeID) {
	p.stmt(StmtReturn, n).Value = p.optional(p.firstNamed(n))
}

func (p *python) raise(n source.NodeID) {
	s := p.stmt(StmtThrow, n)
	if c := p.firstNamed(n); c != 0 && p.nodes[c].Field == 0 {
		s.Value = p.expression(c)
	}
}

func (p *python) deleteStmt(n source.NodeID) {
	s := p.stmt(StmtDelete, n)
	if c := p.firstNamed(n); c != 0 {
		v := p.expression(c)
		s.Targets = p.list(v)
		if v.Op == OpList {
			s.Targets = v.Args
		}
	}
}

func (p *python) assert(n source.NodeID) {
	p.stmt(StmtAssert, n).Value = p.optional(p.firstNamed(n))
}

// ifStmt lowers an if with its elif clauses, each of which is the else of the
// one before.
func (p *python) ifStmt(n source.NodeID) {
	p.salvage(n)
	s := p.stmt(StmtIf, n)
	p.condition(s, n)
	depth := p.depth
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.part(c) {
		case pyElif:
			if !p.enter(c) {
				p.depth = depth
				return
			}
			next := p.newStmt(StmtIf, c)
			next.Span.End = s.Span.End
			p.condition(next, c)
			s.Else = []*Stmt{next}
			s = next
		case pyElse:
			s.Else = p.body(c, p.fBody)
		}
	}
	p.depth = depth
}

func (p *python) condition(s *Stmt, n source.NodeID) {
	typeOnly := p.typeOnly
	if c := p.child(n, p.fCondition); c != 0 {
		s.Value = p.expression(c)
		text := p.textOf(c)
		p.typeOnly = typeOnly || text == "TYPE_CHECKING" || strings.HasSuffix(text, ".TYPE_CHECKING")
	}
	s.Body = p.body(n, p.fConsequence)
	p.typeOnly = typeOnly
}

func (p *python) forStmt(n source.NodeID) {
	p.salvage(n)
	s := p.stmt(StmtFor, n)
	if left := p.child(n, p.fLeft); left != 0 {
		s.Targets = p.list(p.expression(left))
	}
	s.Value = p.optional(p.child(n, p.fRight))
	s.Body = p.body(n, p.fBody)
	if e := p.child(n, p.fAlternative); e != 0 {
		s.Else = p.body(e, p.fBody)
	}
}

func (p *python) whileStmt(n source.NodeID) {
	p.salvage(n)
	s := p.stmt(StmtWhile, n)
	s.Value = p.optional(p.child(n, p.fCondition))
	s.Body = p.body(n, p.fBody)
	if e := p.child(n, p.fAlternative); e != 0 {
		s.Else = p.body(e, p.fBody)
	}
}

func (p *python) tryStmt(n source.NodeID) {
	p.salvage(n)
	s := p.stmt(StmtTry, n)
	s.Body = p.body(n, p.fBody)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.part(c) {
		case pyExcept:
			s.Cases = append(s.Cases, p.except(c))
		case pyElse:
			s.Else = p.body(c, p.fBody)
		case pyFinally:
			s.Finally = p.blockOf(p.lastBlock(c))
		}
	}
}

func (p *python) lastBlock(n source.NodeID) (block source.NodeID) {
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) == pyBlock {
			block = c
		}
	}
	return block
}

func (p *python) except(n source.NodeID) Case {
	var h Case
	if c := p.firstNamed(n); c != 0 && p.part(c) != pyBlock {
		if p.part(c) == pyAsPattern {
			if alias := p.child(c, p.fAlias); alias != 0 {
				h.Targets = p.list(p.expression(alias))
			}
			c = p.firstNamed(c)
		}
		if v := p.optional(c); v != nil && v.Op == OpList {
			h.Values = v.Args
		} else if v != nil {
			h.Values = p.list(v)
		}
	}
	h.Default = len(h.Values) == 0
	h.Body = p.blockOf(p.lastBlock(n))
	return h
}

// withStmt nests a statement for each item.
func (p *python) withStmt(n source.NodeID) {
	p.salvage(n)
	end := p.span(n).End
	var outer, inner *Stmt
	depth := p.depth
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) != pyWithClause {
			continue
		}
		for item := c + 1; item < p.nodes[c].Next; item = p.nodes[item].Next {
			if p.part(item) != pyWithItem {
				continue
			}
			if !p.enter(item) {
				break
			}
			s := p.newStmt(StmtWith, item)
			s.Span.End = end
			p.withItem(s, item)
			if outer == nil {
				outer = s
				s.Span = p.span(n)
			} else {
				inner.Body = []*Stmt{s}
			}
			inner = s
		}
	}
	body := p.body(n, p.fBody)
	p.depth = depth
	if outer == nil {
		p.stmts = append(p.stmts, body...)
		return
	}
	inner.Body = append(inner.Body, body...)
	p.stmts = append(p.stmts, outer)
}

func (p *python) withItem(s *Stmt, item source.NodeID) {
	v := p.child(item, p.fValue)
	if v != 0 && p.part(v) == pyAsPattern {
		if alias := p.child(v, p.fAlias); alias != 0 {
			s.Targets = p.list(p.expression(alias))
		}
		v = p.firstNamed(v)
	}
	s.Value = p.optional(v)
}

func (p *python) importStmt(n source.NodeID) {
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		name := c
		im := Import{Type: p.typeOnly, Span: p.span(c)}
		switch p.part(c) {
		case pyAliased:
			name = p.child(c, p.fName)
			im.Module = p.dotted(name)
			if alias := p.child(c, p.fAlias); alias != 0 {
				im.Local = p.textOf(alias)
			}
		case pyDottedName:
			im.Full = p.dotted(name)
			im.Module, _, _ = strings.Cut(im.Full, ".")
			if im.Local = im.Module; im.Full == im.Module {
				im.Full = ""
			}
		default:
			continue
		}
		p.bind(im)
		p.stmt(StmtImport, n).Name = p.dotted(name)
	}
}

func (p *python) importFrom(n source.NodeID) {
	module := ""
	if m := p.child(n, p.fModule); m != 0 {
		module = p.dotted(m)
	}
	p.stmt(StmtImport, n).Name = module
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		im := Import{Module: module, Type: p.typeOnly, Span: p.span(c)}
		switch part := p.part(c); {
		case part == pyWildcard:
			im.Star = true
		case p.nodes[c].Field != p.fName:
			continue
		case part == pyAliased:
			im.Name = p.dotted(p.child(c, p.fName))
			if alias := p.child(c, p.fAlias); alias != 0 {
				im.Local = p.textOf(alias)
			}
		default:
			im.Name = p.dotted(c)
			im.Local = im.Name
		}
		p.bind(im)
	}
}

// dotted gives the text of a dotted name without the blanks that may stand in it.
func (p *python) dotted(n source.NodeID) string {
	if n == 0 {
		return ""
	}
	text := p.textOf(n)
	if strings.ContainsAny(text, " \t\r\n\\") {
		return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
			return r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == '\\'
		}), "")
	}
	return text
}

func (p *python) outerNames(n source.NodeID, global bool) {
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) == pyIdentifier {
			p.fn.outer = append(p.fn.outer, outerName{p.textOf(c), global})
		}
	}
}

// printStmt lowers Python 2's print as a call.
func (p *python) printStmt(n source.NodeID) {
	call := p.value(OpCall, n)
	call.X = p.ident(n + 1)
	mark := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch {
		case p.part(c) == pyChevron:
			if to := p.firstNamed(c); to != 0 {
				kw := p.value(OpKeyword, c)
				kw.Name, kw.X = "file", p.expression(to)
				p.values = append(p.values, kw)
			}
		case p.nodes[c].Field == p.fArgument && p.meant(c):
			p.values = append(p.values, p.expression(c))
		}
	}
	call.Args = p.takeValues(mark)
	p.stmt(StmtExpr, n).Value = call
}

// execStmt lowers Python 2's exec as a call.
func (p *python) execStmt(n source.NodeID) {
	call := p.value(OpCall, n)
	call.X = p.ident(n + 1)
	mark := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.meant(c) {
			p.values = append(p.values, p.expression(c))
		}
	}
	call.Args = p.takeValues(mark)
	p.stmt(StmtExpr, n).Value = call
}

// typeAlias lowers type X = …, an assignment of a type expression.
func (p *python) typeAlias(n source.NodeID) {
	s := p.stmt(StmtAssign, n)
	s.Decl = true
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch {
		case !p.meant(c):
		case s.Targets == nil:
			v := p.expression(c)
			if v.Op == OpIndex { // its type parameters
				v = v.X
			}
			s.Targets = p.list(v)
		default:
			s.Value = p.expression(c)
		}
	}
}

func (p *python) matchStmt(n source.NodeID) {
	s := p.stmt(StmtSwitch, n)
	mark := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.nodes[c].Field == p.fSubject {
			p.values = append(p.values, p.expression(c))
		}
	}
	if list := p.takeValues(mark); len(list) == 1 {
		s.Value = list[0]
	} else if len(list) > 1 {
		s.Value = p.value(OpList, n)
		s.Value.Name, s.Value.Args = "tuple", list
		s.Value.Span = source.Span{Start: list[0].Span.Start, End: list[len(list)-1].Span.End}
	}
	p.matchCases(s, n)
}

func (p *python) matchCases(s *Stmt, n source.NodeID) {
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.part(c) {
		case pyBlock:
			for k := c + 1; k < p.nodes[c].Next; k = p.nodes[k].Next {
				if p.part(k) == pyCaseClause {
					s.Cases = append(s.Cases, p.matchCase(k))
				}
			}
		case pyCaseClause:
			s.Cases = append(s.Cases, p.matchCase(c))
		}
	}
}

func (p *python) matchCase(n source.NodeID) Case {
	var k Case
	mark := len(p.values)
	pats := pythonPatterns{p: p}
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) == pyCasePattern {
			pats.top(c)
		}
	}
	k.Values = p.takeValues(mark)
	k.Targets = pats.bound
	if g := p.child(n, p.fGuard); g != 0 {
		k.Guard = p.optional(p.firstNamed(g))
	}
	k.Default = len(k.Values) == 0 && k.Guard == nil
	k.Body = p.body(n, p.fConsequence)
	return k
}
