package program

// lower_go.go makes the program of a Go tree: tables, functions, types and
// statements. Expressions stand in lower_go_expr.go.
//
// What the form leaves open is settled so:
//
//   - several targets of := and = are one OpList, and so are several values;
//     constants and variables that are declared with a value each are a
//     statement each;
//   - named results are declared by the body's first statements, and a bare
//     return returns them;
//   - a loop over one variable has _ for the other;
//   - && and || are named and, or; i++ is an assignment named ++ of 1; ch <- v is
//     an assignment named <-;
//   - a labelled statement is a StmtBlock with the label as its name, a goto a
//     break to its label;
//   - select is a bare StmtSwitch, each of whose cases begins with its
//     communication; a type switch is named type, its cases hold the types;
//   - panic(x) throws the call itself;
//   - an embedded type is a base; a type that is neither struct nor interface
//     has its underlying type as its base; the methods of an interface are
//     fields; methods of other types are functions of their own;
//   - an OpType of a slice, array, map, channel or pointer has its element types
//     as Args; a value without a key in a struct literal stands there as it is.

import (
	"go/token"
	"path"
	"strconv"
	"strings"
	"sync"

	"mcpaudit/internal/source"
)

type goExpr = func(*golang, source.NodeID) *Value

type goStmt func(*golang, source.NodeID)

// goPart tells apart the nodes that are parts of others.
type goPart uint8

const (
	goNone goPart = iota
	goBlock
	goForClause
	goRangeClause
	goCase
	goDefaultCase
	goCommunication
	goFallthrough
	goParameter
	goVariadic
	goParameterList
	goSpec
	goStruct
	goInterface
	goStructFields
	goField
	goMethodElem
	goTypeElem
	goSlice
	goMap
	goLiteralValue
	goKeyed
	goElement
	goExprList
	goDefine
	goInc
	goPointer
	goGeneric
)

func goParts() map[string]goPart {
	return map[string]goPart{
		"block": goBlock, "for_clause": goForClause, "range_clause": goRangeClause,
		"expression_case": goCase, "type_case": goCase, "default_case": goDefaultCase,
		"communication_case": goCommunication, "fallthrough_statement": goFallthrough,
		"parameter_declaration": goParameter, "variadic_parameter_declaration": goVariadic,
		"parameter_list": goParameterList, "const_spec": goSpec, "var_spec": goSpec, "struct_type": goStruct,
		"interface_type": goInterface, "field_declaration_list": goStructFields, "field_declaration": goField,
		"method_elem": goMethodElem, "type_elem": goTypeElem, "slice_type": goSlice, "array_type": goSlice,
		"implicit_length_array_type": goSlice, "map_type": goMap, "literal_value": goLiteralValue,
		"keyed_element": goKeyed, "literal_element": goElement, "expression_list": goExprList, ":=": goDefine,
		"++": goInc, "--": goInc, "pointer_type": goPointer, "generic_type": goGeneric,
	}
}

// goGrammar is what the lowering knows of the grammar.
type goGrammar struct {
	onExpr              []goExpr
	onStmt              []goStmt
	parts               []goPart
	comment, typeSwitch source.Symbol

	fAlias, fAlternative, fArguments, fBody, fCapacity, fChannel, fCommunication, fCondition, fConsequence, fElement, fEnd,
	fField, fFunction, fIndex, fInitializer, fKey, fLabel, fLeft, fName, fOperand, fOperator, fPackage, fParameters, fPath,
	fReceiver, fResult, fRight, fStart, fTag, fType, fTypeArguments, fUpdate, fValue source.Field
}

var goTables = sync.OnceValue(func() *goGrammar {
	g := source.GrammarOf(source.Go)
	t := &goGrammar{
		onExpr: table(g, goExprs()), onStmt: table(g, goStmts()), parts: table(g, goParts()),
		comment: g.Symbols("comment")[0], typeSwitch: g.Symbols("type_switch_statement")[0],
	}
	for name, f := range map[string]*source.Field{
		"alias": &t.fAlias, "alternative": &t.fAlternative, "arguments": &t.fArguments, "body": &t.fBody,
		"capacity": &t.fCapacity, "channel": &t.fChannel, "communication": &t.fCommunication, "condition": &t.fCondition,
		"consequence": &t.fConsequence, "element": &t.fElement, "end": &t.fEnd, "field": &t.fField, "function": &t.fFunction,
		"index": &t.fIndex, "initializer": &t.fInitializer, "key": &t.fKey, "label": &t.fLabel, "left": &t.fLeft,
		"name": &t.fName, "operand": &t.fOperand, "operator": &t.fOperator, "package": &t.fPackage,
		"parameters": &t.fParameters, "path": &t.fPath, "receiver": &t.fReceiver, "result": &t.fResult, "right": &t.fRight,
		"start": &t.fStart, "tag": &t.fTag, "type": &t.fType, "type_arguments": &t.fTypeArguments, "update": &t.fUpdate,
		"value": &t.fValue,
	} {
		*f = g.Field(name)
	}
	return t
})

// golang lowers one file.
type golang struct {
	expressions[golang]
	*goGrammar
	results []source.NodeID // the names of the results of the function being lowered
}

func newGolang(l *lowering) *golang {
	p := &golang{goGrammar: goTables()}
	p.expressions = expressions[golang]{l, p, p.onExpr}
	return p
}

func goStmts() map[string]goStmt {
	none := func(*golang, source.NodeID) {}
	return map[string]goStmt{
		"package_clause": (*golang).packageClause, "import_declaration": (*golang).imports,
		"function_declaration": (*golang).funcStmt, "method_declaration": (*golang).funcStmt,
		"type_declaration": (*golang).types, "const_declaration": (*golang).specs, "var_declaration": (*golang).specs,
		"expression_statement": (*golang).expressionStmt, "send_statement": (*golang).send,
		"inc_statement": (*golang).step, "dec_statement": (*golang).step,
		"assignment_statement": (*golang).assignment, "short_var_declaration": (*golang).assignment,
		"receive_statement": (*golang).receive,
		"return_statement":  (*golang).returnStmt, "go_statement": (*golang).goStmt, "defer_statement": (*golang).goStmt,
		"if_statement": (*golang).ifStmt, "for_statement": (*golang).forStmt,
		"expression_switch_statement": (*golang).switchStmt, "type_switch_statement": (*golang).switchStmt,
		"select_statement": (*golang).switchStmt, "labeled_statement": (*golang).labeled,
		"break_statement": (*golang).jump, "goto_statement": (*golang).jump, "continue_statement": (*golang).jump,
		"block": func(p *golang, n source.NodeID) {
			body := p.blockOf(n)
			p.stmt(StmtBlock, n).Body = body
		},
		"empty_statement": none, "fallthrough_statement": none,
	}
}

func (p *golang) part(n source.NodeID) goPart { return at(p.parts, p.nodes[n].Symbol) }

func (p *golang) file() {
	mark := len(p.stmts)
	p.fn.ownDoc = true
	p.statements(0)
	p.fn.Body = p.takeStmts(mark)
}

// statements lowers the statements among the children of n. Text that the
// grammar could not place is searched for statements and calls.
func (p *golang) statements(n source.NodeID) {
	if !p.enter(n) {
		p.leave()
		return
	}
	for c, end := n+1, p.nodes[n].Next; c < end; c = p.nodes[c].Next {
		p.statement(c)
	}
	p.leave()
}

func (p *golang) statement(c source.NodeID) {
	node := &p.nodes[c]
	switch f := at(p.onStmt, node.Symbol); {
	case node.Extra() && !node.Error():
	case f != nil:
		if p.enter(c) {
			f(p, c)
		}
		p.leave()
	case node.Error():
		p.statements(c)
	case node.Named() && node.Next > c+1 && at(p.onExpr, node.Symbol) != nil:
		v := p.expression(c)
		p.stmt(StmtExpr, c).Value = v
	}
}

func (p *golang) blockOf(n source.NodeID) []*Stmt {
	if n == 0 {
		return nil
	}
	mark := len(p.stmts)
	p.statements(n)
	return p.takeStmts(mark)
}

func (p *golang) packageClause(n source.NodeID) {
	if name := p.firstNamed(n); name != 0 {
		p.lowering.file.Package = p.textOf(name)
		p.fn.Doc = p.commentBefore(n, p.comment)
	}
}

// imports binds the packages of an import declaration, at whatever depth the
// specifications stand.
func (p *golang) imports(n source.NodeID) {
	for c := n + 1; c < p.nodes[n].Next; c++ {
		literal := p.child(c, p.fPath)
		if literal == 0 {
			continue
		}
		im := Import{Module: unquoteGo(p.textOf(literal)), Span: p.span(c)}
		name := p.child(c, p.fName)
		switch {
		case name == 0:
			im.Local, im.guessed = goPackageName(im.Module), true
		case p.textOf(name) == ".":
			im.Star = true
		case p.textOf(name) != "_":
			im.Local = p.textOf(name)
		}
		p.bind(im)
		p.stmt(StmtImport, c).Name = im.Module
	}
}

// goPackageName gives the name that a package has by convention: the last part
// of its path without a major version, a leading go- and a trailing -go.
func goPackageName(module string) string {
	name := path.Base(withoutVersion(module))
	if s := strings.TrimSuffix(strings.TrimPrefix(name, "go-"), "-go"); s != "" {
		name = s
	}
	name, _, _ = strings.Cut(name, ".")
	return strings.ReplaceAll(name, "-", "_")
}

func (p *golang) funcStmt(n source.NodeID) {
	kind := KindFunction
	if p.child(n, p.fReceiver) != 0 {
		kind = KindMethod
	}
	fn := p.nested(n, kind, p.commentBefore(n, p.comment), func() { p.function(n) })
	if fn != nil {
		p.stmt(StmtFunc, n).Func = fn
	}
}

// function fills the function being built.
func (p *golang) function(n source.NodeID) {
	fn := p.fn.Function
	outer := p.results
	p.results = nil
	stmts := len(p.stmts)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.nodes[c].Field {
		case p.fName:
			fn.Name, fn.NameSpan = p.textOf(c), p.span(c)
		case p.fReceiver:
			if list := p.params(c); len(list) > 0 {
				fn.Receiver = &list[0]
			}
		case p.fParameters:
			fn.Params = p.params(c)
		case p.fResult:
			p.result(c)
		case p.fBody:
			p.statements(c)
		default:
			if p.nodes[c].Error() {
				p.statements(c)
			}
		}
	}
	fn.Body = p.takeStmts(stmts)
	p.results = outer
}

// result enters the result types, and declares named results.
func (p *golang) result(n source.NodeID) {
	if p.part(n) != goParameterList {
		p.fn.Results = p.list(p.expression(n))
		return
	}
	mark := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		typ := p.child(c, p.fType)
		if typ == 0 {
			continue
		}
		named := false
		for k := c + 1; k < typ; k = p.nodes[k].Next {
			if p.nodes[k].Field != p.fName || !p.nodes[k].Named() {
				continue
			}
			named = true
			p.results = append(p.results, k)
			s := p.stmt(StmtAssign, c)
			s.Decl, s.Targets, s.Type = true, p.list(p.ident(k)), p.expression(typ)
			p.values = append(p.values, s.Type)
		}
		if !named {
			p.values = append(p.values, p.expression(typ))
		}
	}
	p.fn.Results = p.takeValues(mark)
}

func (p *golang) params(n source.NodeID) []Param {
	var params []Param
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		kind := ParamPlain
		switch p.part(c) {
		case goParameter:
		case goVariadic:
			kind = ParamRest
		default:
			continue
		}
		typ := p.optional(p.child(c, p.fType))
		first := len(params)
		for k := c + 1; k < p.nodes[c].Next; k = p.nodes[k].Next {
			if p.nodes[k].Field == p.fName && p.nodes[k].Named() {
				params = append(params, Param{Name: p.textOf(k), Kind: kind, Type: typ, Span: p.span(k)})
			}
		}
		switch len(params) - first {
		case 0:
			params = append(params, Param{Kind: kind, Type: typ, Span: p.span(c)})
		case 1:
			params[first].Span = p.span(c)
		}
	}
	return params
}

func (p *golang) funcLit(n source.NodeID) *Value {
	fn := p.nested(n, KindClosure, "", func() { p.function(n) })
	v := p.value(OpFunc, n)
	if v.Func = fn; fn == nil {
		v.Op = OpUnknown
	}
	return v
}

// types lowers a type declaration to classes.
func (p *golang) types(n source.NodeID) {
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		name, typ := p.child(c, p.fName), p.child(c, p.fType)
		if name == 0 {
			continue
		}
		k := &Class{Name: p.textOf(name), Span: p.span(c), Doc: p.commentBefore(c, p.comment)}
		if k.Doc == "" {
			k.Doc = p.commentBefore(n, p.comment)
		}
		p.stmt(StmtClass, c).Class = k
		if typ != 0 {
			p.underlying(k, typ)
		}
	}
}

func (p *golang) underlying(k *Class, typ source.NodeID) {
	switch p.part(typ) {
	case goStruct:
		p.structFields(k, typ)
	case goInterface:
		k.Interface = true
		p.interfaceElems(k, typ)
	default:
		k.Bases = []*Value{p.expression(typ)}
	}
}

func (p *golang) structFields(k *Class, n source.NodeID) {
	for list := n + 1; list < p.nodes[n].Next; list = p.nodes[list].Next {
		if p.part(list) != goStructFields {
			continue
		}
		for c := list + 1; c < p.nodes[list].Next; c = p.nodes[c].Next {
			if p.part(c) == goField {
				p.structField(k, c)
			}
		}
	}
}

func (p *golang) structField(k *Class, n source.NodeID) {
	t := p.child(n, p.fType)
	if t == 0 {
		return
	}
	f := ClassField{Type: p.expression(t), Span: p.span(n)}
	if tag := p.child(n, p.fTag); tag != 0 {
		f.Tag = unquoteGo(p.textOf(tag))
	}
	if f.Doc = p.commentBefore(n, p.comment); f.Doc == "" {
		f.Doc = p.commentAfter(n)
	}
	named := false
	for c := n + 1; c < t; c = p.nodes[c].Next {
		if p.nodes[c].Field == p.fName && p.nodes[c].Named() {
			named = true
			f.Name = p.textOf(c)
			f.Private = !token.IsExported(f.Name)
			k.Fields = append(k.Fields, f)
		}
	}
	if !named {
		k.Bases = append(k.Bases, f.Type)
	}
}

// commentAfter gives the comment that stands behind n on its line.
func (p *golang) commentAfter(n source.NodeID) string {
	for c := p.nodes[n].Next; int(c) < len(p.nodes); c++ {
		node := &p.nodes[c]
		if strings.Contains(p.text[p.nodes[n].End:node.Start], "\n") {
			break
		}
		if node.Symbol == p.comment {
			return stripComment(p.textOf(c))
		}
		if node.Named() {
			break
		}
	}
	return ""
}

func (p *golang) interfaceElems(k *Class, n source.NodeID) {
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch p.part(c) {
		case goMethodElem:
			if name := p.child(c, p.fName); name != 0 {
				k.Fields = append(k.Fields, ClassField{
					Name: p.textOf(name), Type: p.typeText(c), Span: p.span(c), Doc: p.commentBefore(c, p.comment),
				})
			}
		case goTypeElem:
			k.Bases = append(k.Bases, p.expression(c))
		}
	}
}

// specs lowers the constants or variables of a declaration.
func (p *golang) specs(n source.NodeID) {
	if !p.enter(n) {
		p.leave()
		return
	}
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) == goSpec {
			p.spec(c)
		} else if p.nodes[c].Named() {
			p.specs(c)
		}
	}
	p.leave()
}

func (p *golang) spec(n source.NodeID) {
	names := len(p.values)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.nodes[c].Field == p.fName && p.nodes[c].Named() {
			p.values = append(p.values, p.ident(c))
		}
	}
	targets := p.takeValues(names)
	typ := p.optional(p.child(n, p.fType))
	var values []*Value
	if v := p.child(n, p.fValue); v != 0 {
		values = p.exprList(v)
	}
	if len(values) != len(targets) && len(values) > 0 {
		s := p.stmt(StmtAssign, n)
		s.Decl, s.Type = true, typ
		s.Targets, s.Value = p.list(p.several(targets)), p.several(values)
		return
	}
	for i, t := range targets {
		s := p.stmt(StmtAssign, n)
		s.Decl, s.Type, s.Targets = true, typ, p.list(t)
		if len(values) > 0 {
			s.Value = values[i]
		}
	}
}

// several makes one value of a list: itself, or an OpList.
func (p *golang) several(list []*Value) *Value {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	v := p.value(OpList, p.fn.node)
	v.Args = list
	v.Span = source.Span{Start: list[0].Span.Start, End: list[len(list)-1].Span.End}
	return v
}

// exprList lowers an expression list, or a single expression.
func (p *golang) exprList(n source.NodeID) []*Value {
	if p.part(n) == goExprList {
		return p.children(n)
	}
	return p.list(p.expression(n))
}

func (p *golang) listIn(n source.NodeID, f source.Field) *Value {
	c := p.child(n, f)
	if c == 0 {
		return nil
	}
	return p.several(p.exprList(c))
}

func (p *golang) expressionStmt(n source.NodeID) {
	c := p.firstNamed(n)
	if c == 0 {
		return
	}
	v := p.expression(c)
	op := StmtExpr
	if v.Op == OpCall && v.X != nil && v.X.Op == OpIdent && v.X.Name == "panic" {
		op = StmtThrow
	}
	p.stmt(op, n).Value = v
}

func (p *golang) send(n source.NodeID) {
	ch, v := p.optional(p.child(n, p.fChannel)), p.optional(p.child(n, p.fValue))
	s := p.stmt(StmtAssign, n)
	s.Name, s.Value = "<-", v
	if ch != nil {
		s.Targets = p.list(ch)
	}
}

func (p *golang) step(n source.NodeID) {
	s := p.stmt(StmtAssign, n)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch {
		case p.part(c) == goInc:
			s.Name, s.Value = p.textOf(c), p.constant(ConstNumber, c, "1")
		case p.meant(c):
			s.Targets = p.list(p.expression(c))
		}
	}
}

func (p *golang) assignment(n source.NodeID) {
	target, v := p.listIn(n, p.fLeft), p.listIn(n, p.fRight)
	s := p.stmt(StmtAssign, n)
	s.Value = v
	if target != nil {
		s.Targets = p.list(target)
	}
	if op := p.child(n, p.fOperator); op == 0 {
		s.Decl = true
	} else if text := p.textOf(op); text != "=" {
		s.Name = text
	}
}

// receive lowers the communication of a select's case.
func (p *golang) receive(n source.NodeID) {
	if p.child(n, p.fLeft) == 0 {
		v := p.optional(p.child(n, p.fRight))
		p.stmt(StmtExpr, n).Value = v
		return
	}
	p.assignment(n)
	p.stmts[len(p.stmts)-1].Decl = p.has(n, goDefine)
}

func (p *golang) has(n source.NodeID, part goPart) bool {
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if p.part(c) == part {
			return true
		}
	}
	return false
}

func (p *golang) returnStmt(n source.NodeID) {
	var v *Value
	if c := p.firstNamed(n); c != 0 {
		v = p.several(p.exprList(c))
	} else if len(p.results) > 0 {
		mark := len(p.values)
		for _, r := range p.results {
			id := p.value(OpIdent, n)
			id.Name = p.textOf(r)
			p.values = append(p.values, id)
		}
		v = p.several(p.takeValues(mark))
	}
	p.stmt(StmtReturn, n).Value = v
}

func (p *golang) goStmt(n source.NodeID) {
	v := p.optional(p.firstNamed(n))
	s := p.stmt(StmtGo, n)
	s.Name, s.Value = p.textOf(n+1), v
}

func (p *golang) labeled(n source.NodeID) {
	mark := len(p.stmts)
	label := p.child(n, p.fLabel)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		if c != label {
			p.statement(c)
		}
	}
	body := p.takeStmts(mark)
	s := p.stmt(StmtBlock, n)
	s.Body = body
	if label != 0 {
		s.Name = p.textOf(label)
	}
}

func (p *golang) jump(n source.NodeID) {
	op := StmtBreak
	if p.textOf(n+1) == "continue" {
		op = StmtContinue
	}
	s := p.stmt(op, n)
	if label := p.firstNamed(n); label != 0 {
		s.Name = p.textOf(label)
	}
}

func (p *golang) ifStmt(n source.NodeID) {
	if init := p.child(n, p.fInitializer); init != 0 {
		p.statement(init)
	}
	cond := p.optional(p.child(n, p.fCondition))
	body := p.blockOf(p.child(n, p.fConsequence))
	var els []*Stmt
	if a := p.child(n, p.fAlternative); a != 0 {
		if p.part(a) == goBlock {
			els = p.blockOf(a)
		} else {
			mark := len(p.stmts)
			p.statement(a)
			els = p.takeStmts(mark)
		}
	}
	s := p.stmt(StmtIf, n)
	s.Value, s.Body, s.Else = cond, body, els
}

func (p *golang) forStmt(n source.NodeID) {
	var cond *Value
	var post []*Stmt
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch {
		case p.nodes[c].Field == p.fBody || !p.meant(c):
		case p.part(c) == goRangeClause:
			p.rangeStmt(n, c)
			return
		case p.part(c) == goForClause:
			if init := p.child(c, p.fInitializer); init != 0 {
				p.statement(init)
			}
			cond = p.optional(p.child(c, p.fCondition))
			if update := p.child(c, p.fUpdate); update != 0 {
				mark := len(p.stmts)
				p.statement(update)
				post = p.takeStmts(mark)
			}
		default:
			cond = p.expression(c)
		}
	}
	body := p.blockOf(p.child(n, p.fBody))
	s := p.stmt(StmtWhile, n)
	s.Value, s.Body, s.Post = cond, body, post
}

func (p *golang) rangeStmt(n, clause source.NodeID) {
	s := p.newStmt(StmtFor, n)
	if left := p.child(clause, p.fLeft); left != 0 {
		s.Targets = p.exprList(left)
		if len(s.Targets) == 1 {
			other := p.value(OpIdent, left)
			other.Name = "_"
			s.Targets = p.list(s.Targets[0], other)
		}
		s.Decl = p.has(clause, goDefine)
	}
	s.Value = p.optional(p.child(clause, p.fRight))
	s.Body = p.blockOf(p.child(n, p.fBody))
	p.stmts = append(p.stmts, s)
}

// switchStmt lowers switch, type switch and select.
func (p *golang) switchStmt(n source.NodeID) {
	if init := p.child(n, p.fInitializer); init != 0 {
		p.statement(init)
	}
	s := p.newStmt(StmtSwitch, n)
	s.Value = p.optional(p.child(n, p.fValue))
	var bound []*Value
	if p.nodes[n].Symbol == p.typeSwitch {
		s.Name = "type"
		if alias := p.child(n, p.fAlias); alias != 0 {
			bound = p.exprList(alias)
		}
	}
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch part := p.part(c); part {
		case goCase, goDefaultCase, goCommunication:
			k := p.caseOf(c)
			k.Default, k.Targets = part == goDefaultCase, bound
			s.Cases = append(s.Cases, k)
		}
	}
	p.stmts = append(p.stmts, s)
}

func (p *golang) caseOf(n source.NodeID) Case {
	var k Case
	values, stmts := len(p.values), len(p.stmts)
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		switch field := p.nodes[c].Field; {
		case !p.nodes[c].Named():
		case field == p.fValue && p.part(c) == goExprList:
			for e := c + 1; e < p.nodes[c].Next; e = p.nodes[e].Next {
				if p.meant(e) {
					p.values = append(p.values, p.expression(e))
				}
			}
		case field == p.fValue || field == p.fType:
			p.values = append(p.values, p.expression(c))
		case p.part(c) == goFallthrough:
			k.Fallthrough = true
		default:
			p.statement(c)
		}
	}
	k.Values, k.Body = p.takeValues(values), p.takeStmts(stmts)
	return k
}

// unquoteGo decodes a Go string or rune literal; one that is malformed is given
// without its quotes.
func unquoteGo(text string) string {
	if len(text) >= 2 && text[0] == '`' && text[len(text)-1] == '`' {
		text = text[1 : len(text)-1]
		if strings.IndexByte(text, '\r') >= 0 {
			text = strings.ReplaceAll(text, "\r", "")
		}
		return text
	}
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' && strings.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1]
	}
	if s, err := strconv.Unquote(text); err == nil {
		return s
	}
	return strings.Trim(text, "\"`'")
}
