package program

// lower_ecma_func.go lowers the functions of JavaScript and TypeScript, with
// their decorators and parameters.

import (
	"strings"

	"mcpaudit/internal/source"
)

// function lowers the function at n, with the decorators that stand before it
// from node first on, or 0. It gives nil where the nesting is too deep.
func (e *ecma) function(n source.NodeID, kind Kind, first source.NodeID, doc string) *Function {
	if first == 0 {
		first = n
	}
	return e.nestedFrom(first, n, kind, doc, func() { e.functionBody(first, n) })
}

func (e *ecma) functionBody(first, n source.NodeID) {
	fn := e.fn.Function
	mark := len(e.values)
	for d := first; d < n; d = e.nodes[d].Next {
		e.decoratorInto(d)
	}
	stmts := len(e.stmts)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		node := &e.nodes[c]
		if !node.Named() || node.Extra() && !node.Error() {
			switch e.kindOf(c) {
			case ecmaTokAsync:
				fn.Async = true
			case ecmaTokStar:
				fn.Generator = true
			case ecmaTokStatic:
				fn.Static = true
			case ecmaTokGet:
				fn.getter = true
			}
			continue
		}
		switch node.Field {
		case 0:
			if e.kindOf(c) == ecmaError {
				e.salvage(c)
			}
		case e.decorator:
			e.decoratorInto(c)
		case e.name:
			fn.Name, _ = e.propertyName(c)
			fn.NameSpan = e.span(c)
		case e.parameters:
			fn.Params = e.params(c)
		case e.parameter:
			fn.Params = []Param{e.param(c)}
		case e.returnType:
			fn.Results = e.list(e.typeOf(c))
		case e.body:
			if e.kindOf(c) == ecmaBlock {
				e.statements(c)
			} else {
				v := e.expr(c)
				e.stmt(StmtReturn, c).Value = v
			}
		}
	}
	fn.Body = e.takeStmts(stmts)
	fn.Decorators = e.takeValues(mark)
}

// decoratorInto adds a decorator to the list of values that grows.
func (e *ecma) decoratorInto(n source.NodeID) {
	if e.kindOf(n) == ecmaDecorator {
		if c := e.first(n); c != 0 {
			v := e.expr(c)
			e.values = append(e.values, v)
		}
	}
}

// params lowers a parameter list. TypeScript's this is no parameter.
func (e *ecma) params(n source.NodeID) []Param {
	count := 0
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			count++
		}
	}
	params := make([]Param, 0, count)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			continue
		}
		if e.kindOf(c) == ecmaError {
			e.salvage(c)
			continue
		}
		if p := e.child(c, e.pattern); p != 0 && e.textOf(p) == "this" {
			continue
		}
		params = append(params, e.param(c))
	}
	return params
}

func (e *ecma) param(n source.NodeID) Param {
	p := Param{Span: e.span(n)}
	pattern := n
	if e.kindOf(n) == ecmaParameter {
		pattern = 0
		for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
			switch f := e.nodes[c].Field; {
			case e.skip(c):
			case f == e.pattern:
				pattern = c
			case f == e.typ:
				p.Type = e.typeOf(c)
			case f == e.val:
				p.Default = e.expr(c)
			}
		}
	}
	if pattern != 0 {
		e.paramPattern(&p, pattern)
	}
	return p
}

func (e *ecma) paramPattern(p *Param, n source.NodeID) {
	switch e.kindOf(n) {
	case ecmaSpread:
		p.Kind = ParamRest
		if c := e.first(n); c != 0 && e.kindOf(c) != ecmaSpread {
			e.paramPattern(p, c)
		}
	case ecmaAssignmentPattern:
		p.Default = e.optional(e.child(n, e.right))
		if c := e.child(n, e.left); c != 0 && e.kindOf(c) != ecmaAssignmentPattern {
			e.paramPattern(p, c)
		}
	case ecmaObject, ecmaArray:
		p.Pattern = e.expr(n)
	default:
		p.Name = strings.TrimSpace(e.textOf(n))
	}
}
