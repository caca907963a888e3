package program

// lower_python.go makes the program of a Python tree: the tables, functions and
// classes. Statements stand in lower_python_stmt.go, expressions in
// lower_python_expr.go.

import (
	"strings"
	"sync"

	"mcpaudit/internal/source"
)

type pythonExpr = func(*python, source.NodeID) *Value

type pythonStmt func(*python, source.NodeID)

// pythonGrammar is what the lowering knows of the grammar.
type pythonGrammar struct {
	onExpr []pythonExpr
	onStmt []pythonStmt

	comment, decorator                                                 source.Symbol
	fAlias, fAlternative, fArgument, fArguments, fAttribute, fBody     source.Field
	fCondition, fConsequence, fDefinition, fExpression, fFormat        source.Field
	fFunction, fGuard, fKey, fLeft, fModule, fName, fObject, fOperator source.Field
	fOperators, fParameters, fReturn, fRight, fSubject, fSubscript     source.Field
	fSuperclasses, fType, fValue                                       source.Field
	parts                                                              []pythonPart
}

// pythonPart tells apart the nodes that are parts of others.
type pythonPart uint8

const (
	pyNone pythonPart = iota
	pyIdentifier
	pyDefaultParam
	pyTypedParam
	pyTypedDefaultParam
	pyRest
	pyKwRest
	pyTuplePattern
	pyKeywordOnly
	pyClass
	pyElif
	pyElse
	pyExcept
	pyFinally
	pyBlock
	pyAsPattern
	pyForIn
	pyIfClause
	pySlice
	pyColon
	pyMinus
	pyStringStart
	pyStringContent
	pyInterpolation
	pyFormatExpr
	pyDottedName
	pyAliased
	pyWildcard
	pyWithClause
	pyWithItem
	pyCaseClause
	pyCasePattern
	pyAssignment
	pyUnionPattern
	pyString
	pyConcat
	pyChevron
	pyAsync
)

var pythonTables = sync.OnceValue(func() *pythonGrammar {
	g := source.GrammarOf(source.Python)
	one := func(name string) source.Symbol { return g.Symbols(name)[0] }
	return &pythonGrammar{
		onExpr:  table(g, pythonExprs()),
		onStmt:  table(g, pythonStmts()),
		parts:   table(g, pythonParts()),
		comment: one("comment"), decorator: one("decorator"),

		fAlias: g.Field("alias"), fAlternative: g.Field("alternative"), fArgument: g.Field("argument"),
		fArguments: g.Field("arguments"), fAttribute: g.Field("attribute"), fBody: g.Field("body"),
		fCondition: g.Field("condition"), fConsequence: g.Field("consequence"),
		fDefinition: g.Field("definition"), fExpression: g.Field("expression"), fFormat: g.Field("format_specifier"),
		fFunction: g.Field("function"), fGuard: g.Field("guard"), fKey: g.Field("key"), fLeft: g.Field("left"),
		fModule: g.Field("module_name"), fName: g.Field("name"), fObject: g.Field("object"),
		fOperator: g.Field("operator"), fOperators: g.Field("operators"), fParameters: g.Field("parameters"),
		fReturn: g.Field("return_type"), fRight: g.Field("right"), fSubject: g.Field("subject"),
		fSubscript: g.Field("subscript"), fSuperclasses: g.Field("superclasses"), fType: g.Field("type"),
		fValue: g.Field("value"),
	}
})

func pythonParts() map[string]pythonPart {
	return map[string]pythonPart{
		"identifier": pyIdentifier, "default_parameter": pyDefaultParam, "typed_parameter": pyTypedParam,
		"typed_default_parameter": pyTypedDefaultParam, "list_splat_pattern": pyRest,
		"dictionary_splat_pattern": pyKwRest, "tuple_pattern": pyTuplePattern, "keyword_separator": pyKeywordOnly,
		"class_definition": pyClass, "elif_clause": pyElif,
		"else_clause": pyElse, "except_clause": pyExcept, "except_group_clause": pyExcept,
		"finally_clause": pyFinally, "block": pyBlock, "as_pattern": pyAsPattern, "for_in_clause": pyForIn,
		"if_clause": pyIfClause, "slice": pySlice, ":": pyColon, "-": pyMinus, "string_start": pyStringStart,
		"string_content": pyStringContent, "interpolation": pyInterpolation,
		"format_expression": pyFormatExpr,
		"dotted_name":       pyDottedName, "aliased_import": pyAliased, "wildcard_import": pyWildcard,
		"with_clause": pyWithClause, "with_item": pyWithItem, "case_clause": pyCaseClause,
		"case_pattern": pyCasePattern, "assignment": pyAssignment, "union_pattern": pyUnionPattern,
		"string": pyString, "concatenated_string": pyConcat, "chevron": pyChevron, "async": pyAsync,
	}
}

// python lowers one file.
type python struct {
	expressions[python]
	*pythonGrammar
	typeOnly bool // within if TYPE_CHECKING
}

func newPython(l *lowering) *python {
	p := &python{pythonGrammar: pythonTables()}
	p.expressions = expressions[python]{l, p, p.onExpr}
	return p
}

func (p *python) part(n source.NodeID) pythonPart { return at(p.parts, p.nodes[n].Symbol) }

func (p *python) file() {
	mark := len(p.stmts)
	p.fn.ownDoc = true
	p.statements(0)
	p.fn.Body = p.takeStmts(mark)
	p.fn.Doc = docstring(p.fn.Body)
}

// decorated lowers a function or class definition with its decorators.
func (p *python) decorated(n source.NodeID) {
	def := p.child(n, p.fDefinition)
	switch {
	case def == 0:
		p.statements(n)
	case p.part(def) == pyClass:
		p.classStmt(n, def)
	default:
		p.funcStmt(n, def)
	}
}

func (p *python) funcStmt(n, def source.NodeID) {
	kind := KindFunction
	if p.class != nil {
		kind = KindMethod
	}
	fn := p.nested(n, kind, p.commentBefore(n, p.comment), func() { p.function(n, def) })
	if fn == nil {
		return
	}
	if p.class != nil {
		p.class.Methods = append(p.class.Methods, fn)
	}
	p.stmt(StmtFunc, n).Func = fn
}

// function fills the function being built from its definition def, which
// stands in n.
func (p *python) function(n, def source.NodeID) {
	fn := p.fn.Function
	typeOnly := p.typeOnly
	p.typeOnly = false
	fn.Decorators = p.decorators(n, def)
	for _, d := range fn.Decorators {
		fn.Static = fn.Static || d.Op == OpIdent && d.Name == "staticmethod"
	}
	for c := def + 1; c < p.nodes[def].Next; c = p.nodes[c].Next {
		if p.part(c) == pyAsync {
			fn.Async = true
		}
	}
	if name := p.child(def, p.fName); name != 0 {
		fn.Name, fn.NameSpan = p.textOf(name), p.span(name)
	}
	if ps := p.child(def, p.fParameters); ps != 0 {
		fn.Params = p.params(ps)
	}
	if r := p.child(def, p.fReturn); r != 0 {
		fn.Results = p.list(p.expression(r))
	}
	mark := len(p.stmts)
	p.salvage(def)
	if body := p.child(def, p.fBody); body != 0 {
		p.statements(body)
	}
	fn.Body = p.takeStmts(mark)
	if doc := docstring(fn.Body); doc != "" {
		fn.Doc, fn.ownDoc, fn.Hash = doc, true, fn.textHash
	}
	p.typeOnly = typeOnly
}

func (p *python) decorators(n, def source.NodeID) []*Value {
	mark := len(p.values)
	for c := n + 1; c < def; c = p.nodes[c].Next {
		if p.nodes[c].Symbol == p.decorator {
			if e := p.firstNamed(c); e != 0 {
				p.values = append(p.values, p.expression(e))
			}
		}
	}
	return p.takeValues(mark)
}

func (p *python) params(n source.NodeID) []Param {
	var params []Param
	kind := ParamPlain
	for c := n + 1; c < p.nodes[n].Next; c = p.nodes[c].Next {
		part := p.part(c)
		switch part {
		case pyKeywordOnly:
			kind = ParamKeyword
			continue
		case pyIdentifier, pyDefaultParam, pyTypedParam, pyTypedDefaultParam, pyRest, pyKwRest, pyTuplePattern:
		default:
			continue
		}
		param := Param{Kind: kind, Span: p.span(c)}
		name := c
		switch part {
		case pyDefaultParam, pyTypedDefaultParam:
			name = p.child(c, p.fName)
			param.Default = p.optional(p.child(c, p.fValue))
		case pyTypedParam:
			name = p.firstNamed(c)
		}
		param.Type = p.optional(p.child(c, p.fType))
		switch p.part(name) {
		case pyRest:
			param.Kind, kind = ParamRest, ParamKeyword
			name = p.firstNamed(name)
		case pyKwRest:
			param.Kind = ParamKwRest
			name = p.firstNamed(name)
		case pyTuplePattern:
			param.Pattern = p.expression(name)
			name = 0
		}
		if name != 0 {
			param.Name = p.textOf(name)
		}
		params = append(params, param)
	}
	return params
}

// lambda lowers an anonymous function, whose body is what it returns.
func (p *python) lambda(n source.NodeID) *Value {
	fn := p.nested(n, KindClosure, "", func() {
		if ps := p.child(n, p.fParameters); ps != 0 {
			p.fn.Params = p.params(ps)
		}
		if body := p.child(n, p.fBody); body != 0 {
			s := p.newStmt(StmtReturn, body)
			s.Value = p.expression(body)
			p.fn.Body = []*Stmt{s}
		}
	})
	v := p.value(OpFunc, n)
	if v.Func = fn; fn == nil {
		v.Op = OpUnknown
	}
	return v
}

func (p *python) classStmt(n, def source.NodeID) {
	p.salvage(def)
	c := &Class{Span: p.span(n)}
	s := p.stmt(StmtClass, n)
	s.Class = c
	c.Decorators = p.decorators(n, def)
	if name := p.child(def, p.fName); name != 0 {
		c.Name = p.textOf(name)
	}
	if bases := p.child(def, p.fSuperclasses); bases != 0 {
		c.Bases = p.arguments(bases)
	}
	if body := p.child(def, p.fBody); body != 0 {
		outer := p.class
		p.class = c
		mark := len(p.stmts)
		p.statements(body)
		c.Body = p.classBody(c, p.stmts[mark:])
		p.stmts = p.stmts[:mark]
		p.class = outer
	}
	if c.Doc = docstring(c.Body); c.Doc == "" {
		c.Doc = p.commentBefore(n, p.comment)
	}
}

// classBody takes fields and methods out of a class's statements.
func (p *python) classBody(c *Class, list []*Stmt) []*Stmt {
	var rest []*Stmt
	for _, s := range list {
		switch {
		case s.Op == StmtFunc:
		case s.Op == StmtAssign && s.Name == "" && len(s.Targets) == 1 && s.Targets[0].Op == OpIdent:
			name := s.Targets[0].Name
			c.Fields = append(c.Fields, ClassField{
				Name: name, Type: s.Type, Value: s.Value, Span: s.Span, Private: strings.HasPrefix(name, "_"),
			})
		default:
			rest = append(rest, s)
		}
	}
	return rest
}

// docstring gives the string that a body begins with, cleaned as
// inspect.cleandoc does: the first line trimmed, the others without their
// common indentation.
func docstring(body []*Stmt) string {
	if len(body) == 0 || body[0].Op != StmtExpr || body[0].Value == nil {
		return ""
	}
	v := body[0].Value
	if v.Op != OpConst || v.Const != ConstString {
		return ""
	}
	return cleanDoc(v.Str)
}

func cleanDoc(s string) string {
	if !strings.Contains(s, "\n") {
		return strings.TrimSpace(s)
	}
	lines := strings.Split(strings.ReplaceAll(s, "\t", "        "), "\n")
	margin := -1
	for _, l := range lines[1:] {
		if body := strings.TrimLeft(l, " "); strings.TrimSpace(body) != "" {
			if indent := len(l) - len(body); margin < 0 || indent < margin {
				margin = indent
			}
		}
	}
	lines[0] = strings.TrimSpace(lines[0])
	for i, l := range lines[1:] {
		lines[i+1] = strings.TrimRight(l[min(len(l), max(margin, 0)):], " \r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
