package program

// lower_ecma.go lowers JavaScript, TypeScript and TSX: here their statements.
// The node kinds are in lower_ecma_kinds.go, functions in lower_ecma_func.go,
// expressions and patterns in lower_ecma_value.go, classes and types in
// lower_ecma_class.go, imports and exports in lower_ecma_module.go.
//
// What the form leaves open is settled so:
//
//   - && || ?? are named and, or, ??; === and !== are == and !=; ! stays !;
//   - i++ assigns, as a statement with the operator ++ and the value 1;
//   - for (a; b; c) is a, then a StmtWhile; do body while (c) is an endless
//     StmtWhile that ends in if (!c) break; for (k in o) is a StmtFor named in;
//   - a labelled statement is a StmtBlock with the label as its name;
//   - adjoining cases of a switch without statements between them are one Case;
//   - a namespace is a StmtBlock, so that the code in it finds its names;
//   - an interface, a type alias and an enum are a Class: an alias has the
//     aliased type as its base unless that is a type literal, an enum has
//     constant static fields; a type literal within a type is an OpClass;
//   - a parameter of a constructor with an accessibility is a field as well;
//   - a JSX element is an OpCall named jsx of its tag: attributes are
//     OpKeyword, then come the children; a fragment is an OpList named jsx;
//   - a comma expression is an OpUnknown named "," with its parts, as a
//     statement several statements; a hole in a list is an empty OpUnknown;
//   - import(m) is an OpCall of the name import, this and super are names;
//   - code that the grammar could not place is searched for statements, which
//     stand before the statement that holds them.

import "mcpaudit/internal/source"

// ecma lowers one file.
type ecma struct {
	*lowering
	*ecmaGrammar
	namespace int // how many namespaces enclose what is being lowered
}

func (e *ecma) kindOf(n source.NodeID) ecmaKind {
	s := e.nodes[n].Symbol
	if s == source.SymbolError {
		return ecmaError
	}
	return e.kinds[s]
}

// skip reports whether a child says nothing: a token, or a comment. Text that
// the parser skipped is an extra as well, and is not passed over.
func (e *ecma) skip(n source.NodeID) bool {
	node := &e.nodes[n]
	return !node.Named() || node.Extra() && !node.Error()
}

// first gives the first child of n that is not skipped, or 0.
func (e *ecma) first(n source.NodeID) source.NodeID {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			return c
		}
	}
	return 0
}

// has reports whether n has a child of a kind, as a token is.
func (e *ecma) has(n source.NodeID, k ecmaKind) bool {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.kindOf(c) == k {
			return true
		}
	}
	return false
}

// program lowers the root, a program or whatever stands in its place.
func (e *ecma) program() {
	mark := len(e.stmts)
	e.statements(0)
	e.fn.Body = e.takeStmts(mark)
}

// statements lowers the children of n as statements of the list that grows.
func (e *ecma) statements(n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			e.statement(c)
		}
	}
}

// block lowers a statement as a list of its own: those of a block, or itself.
func (e *ecma) block(n source.NodeID) []*Stmt {
	if n == 0 {
		return nil
	}
	mark := len(e.stmts)
	if e.kindOf(n) == ecmaBlock {
		e.statements(n)
	} else {
		e.statement(n)
	}
	return e.takeStmts(mark)
}

// statement adds what n says to the list that grows.
func (e *ecma) statement(n source.NodeID) {
	if e.enter(n) {
		e.statementWithin(n)
	}
	e.leave()
}

func (e *ecma) statementWithin(n source.NodeID) {
	switch k := e.kindOf(n); k {
	case ecmaExpressionStatement:
		if c := e.first(n); c != 0 {
			e.expressionStatement(n, c)
		}
	case ecmaDeclaration:
		e.declare(n)
	case ecmaFunctionDeclaration:
		e.functionStatement(n, e.commentBefore(n, e.comment))
	case ecmaClassDeclaration, ecmaInterface, ecmaTypeAlias, ecmaEnum:
		e.classStatement(n)
	case ecmaBlock:
		body := e.block(n)
		e.stmt(StmtBlock, n).Body = body
	case ecmaIf:
		e.ifStatement(n)
	case ecmaSwitch:
		e.switchStatement(n)
	case ecmaFor:
		e.forStatement(n)
	case ecmaForIn:
		e.forInStatement(n)
	case ecmaWhile:
		cond := e.valueIn(n, e.condition)
		body := e.block(e.child(n, e.body))
		s := e.stmt(StmtWhile, n)
		s.Value, s.Body = cond, body
	case ecmaDo:
		e.doStatement(n)
	case ecmaTry:
		e.tryStatement(n)
	case ecmaWith:
		v := e.valueIn(n, e.object)
		body := e.block(e.child(n, e.body))
		s := e.stmt(StmtWith, n)
		s.Value, s.Body = v, body
	case ecmaBreak, ecmaContinue:
		op := StmtBreak
		if k == ecmaContinue {
			op = StmtContinue
		}
		s := e.stmt(op, n)
		if l := e.child(n, e.label); l != 0 {
			s.Name = e.textOf(l)
		}
	case ecmaReturn, ecmaThrow:
		v := e.optional(e.first(n))
		op := StmtReturn
		if k == ecmaThrow {
			op = StmtThrow
		}
		e.stmt(op, n).Value = v
	case ecmaLabeled:
		body := e.block(e.child(n, e.body))
		s := e.stmt(StmtBlock, n)
		s.Body = body
		if l := e.child(n, e.label); l != 0 {
			s.Name = e.textOf(l)
		}
	case ecmaImport:
		e.importStatement(n)
	case ecmaImportAlias:
		e.importAlias(n)
	case ecmaExport:
		e.exportStatement(n)
	case ecmaAmbient:
		e.ambient(n)
	case ecmaNamespace:
		e.namespace++
		body := e.block(e.child(n, e.body))
		e.namespace--
		e.stmt(StmtBlock, n).Body = body
	case ecmaNothing:
	default:
		e.salvage(n)
	}
}

// ambient lowers what follows declare: a declaration, or a block of them.
func (e *ecma) ambient(n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) && e.kindOf(c) != ecmaPropertyName {
			e.statement(c)
		}
	}
}

// salvage searches code that the grammar could not place. Bare names and
// constants there say nothing: they may be parameters or words of a comment.
func (e *ecma) salvage(n source.NodeID) {
	switch k := e.kindOf(n); {
	case k == ecmaMethod:
		if fn := e.function(n, KindMethod, 0, ""); fn != nil {
			e.stmt(StmtFunc, n).Func = fn
		}
	case k <= ecmaError, k >= ecmaPair && k < ecmaTypeName:
		e.statements(n)
	case k >= ecmaTypeName, k <= ecmaString, k == ecmaRegex, k == ecmaJSXText, k == ecmaHTMLEntity:
	default:
		e.expressionStatement(n, n)
	}
}

// expressionStatement lowers expression c, which stands as statement n.
func (e *ecma) expressionStatement(n, c source.NodeID) {
	switch e.kindOf(c) {
	case ecmaNamespace, ecmaFunctionDeclaration, ecmaClassDeclaration:
		e.statement(c)
	case ecmaAssignment, ecmaAugmented:
		e.assignStatement(n, c)
	case ecmaUpdate:
		target, op := e.valueIn(c, e.argument), e.child(c, e.operator)
		s := e.stmt(StmtAssign, n)
		s.Targets, s.Value = e.list(target), e.one(op)
		s.Name = e.textOf(op)
	case ecmaSequence:
		for p, end := c+1, e.nodes[c].Next; p < end; p = e.nodes[p].Next {
			if !e.skip(p) {
				e.expressionAs(p, p)
			}
		}
	case ecmaParenthesized:
		if in := e.first(c); in != 0 && e.nodes[in].Next == e.nodes[c].Next-1 {
			e.expressionAs(n, in)
			return
		}
		e.stmtExpr(n, c)
	case ecmaUnary:
		if op := e.child(c, e.operator); op != 0 && e.textOf(op) == "delete" {
			target := e.valueIn(c, e.argument)
			e.stmt(StmtDelete, n).Targets = e.list(target)
			return
		}
		e.stmtExpr(n, c)
	case ecmaError:
		e.statements(c)
	default:
		e.stmtExpr(n, c)
	}
}

// expressionAs is expressionStatement one level down.
func (e *ecma) expressionAs(n, c source.NodeID) {
	if e.enter(c) {
		e.expressionStatement(n, c)
	}
	e.leave()
}

func (e *ecma) stmtExpr(n, c source.NodeID) {
	v := e.expr(c)
	e.stmt(StmtExpr, n).Value = v
}

// one gives the constant 1, which stands at an operator ++ or --.
func (e *ecma) one(op source.NodeID) *Value { return e.constant(ConstNumber, op, "1") }

// assignStatement lowers an assignment as a statement; a = b = v has two targets.
func (e *ecma) assignStatement(n, c source.NodeID) {
	mark := len(e.values)
	op := e.child(c, e.operator)
	right := source.NodeID(0)
	for {
		target := e.valueIn(c, e.left)
		e.values = append(e.values, target)
		if right = e.child(c, e.right); right == 0 || op != 0 || e.kindOf(right) != ecmaAssignment {
			break
		}
		c = right
	}
	targets := e.takeValues(mark)
	v := e.absent(n)
	if right != 0 {
		doc := ""
		if e.makesFunction(right) {
			doc = e.commentBefore(n, e.comment)
		}
		v = e.named(right, doc)
	}
	s := e.stmt(StmtAssign, n)
	s.Targets, s.Value = targets, v
	s.Decl = e.has(n, ecmaTokUsing) || e.has(c, ecmaTokUsing)
	if op != 0 {
		s.Name = e.textOf(op)
		return
	}
	for _, t := range targets {
		e.bindRequire(t, v)
		e.exportAssignment(t, v, s.Span)
	}
}

// makesFunction reports whether an expression is a function or class, which a
// comment before the whole statement describes.
func (e *ecma) makesFunction(n source.NodeID) bool {
	k := e.kindOf(n)
	return k == ecmaArrow || k == ecmaFunctionExpression || k == ecmaClassExpression
}

// declare lowers a declaration of variables, one statement for each.
func (e *ecma) declare(n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		switch {
		case e.skip(c):
		case e.kindOf(c) != ecmaDeclarator:
			e.statement(c)
		default:
			var target, typ, v *Value
			for p, last := c+1, e.nodes[c].Next; p < last; p = e.nodes[p].Next {
				switch f := e.nodes[p].Field; {
				case e.skip(p):
				case f == e.name:
					target = e.expr(p)
				case f == e.typ:
					typ = e.typeOf(p)
				case f == e.val:
					doc := ""
					if e.makesFunction(p) {
						doc = e.commentBefore(e.declarationOf(n), e.comment)
					}
					v = e.named(p, doc)
				default:
					e.salvage(p)
				}
			}
			s := e.stmt(StmtAssign, c)
			s.Decl, s.Targets, s.Type, s.Value = true, e.list(target), typ, v
			e.bindRequire(target, v)
		}
	}
}

// declarationOf gives the outermost node of a declaration: its export.
func (e *ecma) declarationOf(n source.NodeID) source.NodeID {
	if p := e.nodes[n].Parent; p != n && e.kindOf(p) == ecmaExport {
		return p
	}
	return n
}

func (e *ecma) functionStatement(n source.NodeID, doc string) {
	if fn := e.function(n, KindFunction, 0, doc); fn != nil {
		e.stmt(StmtFunc, n).Func = fn
	}
}

func (e *ecma) ifStatement(n source.NodeID) {
	cond := e.valueIn(n, e.condition)
	body := e.block(e.child(n, e.consequence))
	var els []*Stmt
	if a := e.child(n, e.alternative); a != 0 {
		if c := e.first(a); c != 0 {
			els = e.block(c)
		}
	}
	s := e.stmt(StmtIf, n)
	s.Value, s.Body, s.Else = cond, body, els
}

func (e *ecma) forStatement(n source.NodeID) {
	var cond *Value
	var body, post []*Stmt
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			continue
		}
		switch e.nodes[c].Field {
		case e.initializer:
			e.statement(c)
		case e.condition:
			// A statement in older grammars, with its semicolon.
			if e.kindOf(c) == ecmaExpressionStatement {
				cond = e.optional(e.first(c))
			} else if e.kindOf(c) != ecmaNothing {
				cond = e.expr(c)
			}
		case e.increment:
			mark := len(e.stmts)
			e.expressionAs(c, c)
			post = e.takeStmts(mark)
		case e.body:
			body = e.block(c)
		default:
			e.salvage(c)
		}
	}
	s := e.stmt(StmtWhile, n)
	s.Value, s.Body, s.Post = cond, body, post
}

func (e *ecma) forInStatement(n source.NodeID) {
	target := e.valueIn(n, e.left)
	v := e.valueIn(n, e.right)
	body := e.block(e.child(n, e.body))
	s := e.stmt(StmtFor, n)
	s.Targets, s.Value, s.Body = e.list(target), v, body
	s.Decl = e.child(n, e.kind) != 0
	if op := e.child(n, e.operator); op != 0 && e.textOf(op) == "in" {
		s.Name = "in"
	}
}

func (e *ecma) doStatement(n source.NodeID) {
	b, c := e.child(n, e.body), e.child(n, e.condition)
	mark := len(e.stmts)
	if b != 0 {
		e.stmts = append(e.stmts, e.block(b)...)
	}
	if c != 0 {
		not := e.value(OpUnary, c)
		not.Name = "!"
		not.Args = e.list(e.expr(c))
		out := e.newStmt(StmtBreak, c)
		s := e.stmt(StmtIf, c)
		s.Value, s.Body = not, []*Stmt{out}
	}
	body := e.takeStmts(mark)
	e.stmt(StmtWhile, n).Body = body
}

func (e *ecma) tryStatement(n source.NodeID) {
	body := e.block(e.child(n, e.body))
	var cases []Case
	var finally []*Stmt
	if h := e.child(n, e.handler); h != 0 {
		var c Case
		if p := e.child(h, e.parameter); p != 0 {
			c.Targets = e.list(e.expr(p))
		}
		c.Body = e.block(e.child(h, e.body))
		cases = []Case{c}
	}
	if f := e.child(n, e.finalizer); f != 0 {
		finally = e.block(e.child(f, e.body))
	}
	s := e.stmt(StmtTry, n)
	s.Body, s.Cases, s.Finally = body, cases, finally
}

func (e *ecma) switchStatement(n source.NodeID) {
	v := e.valueIn(n, e.val)
	var cases []Case
	if b := e.child(n, e.body); b != 0 {
		cases = e.cases(b)
	}
	s := e.stmt(StmtSwitch, n)
	s.Value, s.Cases = v, cases
}

// cases lowers the body of a switch.
func (e *ecma) cases(n source.NodeID) []Case {
	var cases []Case
	var open Case // labels that no statement has followed yet
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		k := e.kindOf(c)
		switch {
		case e.skip(c):
			continue
		case k == ecmaSwitchDefault:
			open.Default = true
		case k != ecmaSwitchCase:
			e.statement(c)
			continue
		}
		mark := len(e.stmts)
		for p, last := c+1, e.nodes[c].Next; p < last; p = e.nodes[p].Next {
			switch {
			case e.skip(p):
			case e.nodes[p].Field == e.val:
				open.Values = append(open.Values, e.expr(p))
			default:
				e.statement(p)
			}
		}
		if open.Body = e.takeStmts(mark); len(open.Body) == 0 && e.moreCases(e.nodes[c].Next, end) {
			continue
		}
		open.Fallthrough = !ends(open.Body) && e.moreCases(e.nodes[c].Next, end)
		// `case x: { … }` is the same as without the braces.
		if len(open.Body) == 1 && open.Body[0].Op == StmtBlock && open.Body[0].Name == "" {
			open.Body = open.Body[0].Body
		}
		cases = append(cases, open)
		open = Case{}
	}
	return cases
}

func (e *ecma) moreCases(c, end source.NodeID) bool {
	for ; c < end; c = e.nodes[c].Next {
		if k := e.kindOf(c); k == ecmaSwitchCase || k == ecmaSwitchDefault {
			return true
		}
	}
	return false
}

// ends reports whether control never runs past the end of a list of statements.
func ends(list []*Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1]; s.Op {
	case StmtBreak, StmtContinue, StmtReturn, StmtThrow:
		return true
	case StmtBlock:
		return s.Name == "" && ends(s.Body)
	case StmtIf:
		return ends(s.Body) && ends(s.Else)
	case StmtTry:
		if ends(s.Finally) {
			return true
		}
		for i := range s.Cases {
			if !ends(s.Cases[i].Body) {
				return false
			}
		}
		return ends(s.Body)
	}
	return false
}
