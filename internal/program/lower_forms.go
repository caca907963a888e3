package program

import "mcpaudit/internal/source"

// lower_forms.go lowers expressions by a table: what the lowerings of Python and
// Go, whose grammars have a kind of node for each form, share.

// expressions lowers the expressions of one language; P is its lowering.
type expressions[P any] struct {
	*lowering
	self  *P
	forms []func(*P, source.NodeID) *Value // by symbol
}

// expression lowers one expression or type.
func (e *expressions[P]) expression(n source.NodeID) *Value {
	if !e.enter(n) {
		e.leave()
		return e.value(OpUnknown, n)
	}
	var v *Value
	if f := at(e.forms, e.nodes[n].Symbol); f != nil {
		v = f(e.self, n)
	} else {
		v = e.unknown(n)
	}
	e.leave()
	return v
}

// optional lowers the expression at n, and gives nil for no node.
func (e *expressions[P]) optional(n source.NodeID) *Value {
	if n == 0 {
		return nil
	}
	return e.expression(n)
}

// unknown keeps the expressions below a node that has no form of its own.
func (e *expressions[P]) unknown(n source.NodeID) *Value {
	v := e.value(OpUnknown, n)
	mark := len(e.values)
	for c := n + 1; c < e.nodes[n].Next; c = e.nodes[c].Next {
		if e.nodes[c].Error() || e.meant(c) && at(e.forms, e.nodes[c].Symbol) != nil {
			e.values = append(e.values, e.expression(c))
		}
	}
	v.Args = e.takeValues(mark)
	return v
}

// children lowers all named children.
func (e *expressions[P]) children(n source.NodeID) []*Value {
	mark := len(e.values)
	for c := n + 1; c < e.nodes[n].Next; c = e.nodes[c].Next {
		if e.meant(c) || e.nodes[c].Error() {
			e.values = append(e.values, e.expression(c))
		}
	}
	return e.takeValues(mark)
}

// inner lowers what a node that only wraps another holds.
func (e *expressions[P]) inner(n source.NodeID) *Value {
	if c := e.firstNamed(n); c != 0 {
		return e.expression(c)
	}
	return e.unknown(n)
}
