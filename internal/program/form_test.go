package program

// form_test.go checks what every lowering promises of positions.

import (
	"testing"

	"mcpaudit/internal/source"
)

// checkForm fails where a span leaves its function or its enclosing value or
// statement, or where functions are not listed as they are nested.
func checkForm(t *testing.T, f *File) {
	t.Helper()
	size := uint32(f.Tree.Text.Len())
	for i, p := range f.Funcs {
		if p.Start+p.Len > size {
			t.Fatalf("function %d ends at %d, the text at %d", i, p.Start+p.Len, size)
		}
		if i == 0 != (p.Parent < 0) || p.Parent >= i {
			t.Fatalf("function %d has parent %d", i, p.Parent)
		}
		if i > 0 && f.Funcs[i-1].node >= p.node {
			t.Fatalf("function %d stands before function %d", i, i-1)
		}
		c := formChecker{t: t, fn: p.Function}
		for j := range p.Params {
			c.within(p.Params[j].Span, source.Span{End: p.Len})
		}
		c.stmts(p.Body, source.Span{End: p.Len})
	}
}

type formChecker struct {
	t  *testing.T
	fn *Function
}

func (c formChecker) within(inner, outer source.Span) {
	c.t.Helper()
	if inner.Start > inner.End || !outer.Contains(inner) {
		c.t.Fatalf("in %q: span %v is not within %v", c.fn.Name, inner, outer)
	}
}

func (c formChecker) stmts(list []*Stmt, outer source.Span) {
	for _, s := range list {
		c.within(s.Span, outer)
		for _, v := range s.Targets {
			c.value(v, s.Span)
		}
		c.value(s.Value, s.Span)
		c.value(s.Type, s.Span)
		for _, l := range [][]*Stmt{s.Body, s.Else, s.Finally, s.Post} {
			c.stmts(l, s.Span)
		}
		for _, k := range s.Cases {
			for _, l := range [][]*Value{k.Values, k.Targets, {k.Guard}} {
				for _, v := range l {
					c.value(v, s.Span)
				}
			}
			c.stmts(k.Body, s.Span)
		}
		if s.Class != nil {
			c.class(s.Class, s.Span)
		}
	}
}

func (c formChecker) class(k *Class, outer source.Span) {
	c.within(k.Span, outer)
	for _, f := range k.Fields {
		c.within(f.Span, k.Span)
		c.value(f.Value, k.Span)
		c.value(f.Type, k.Span)
	}
	c.stmts(k.Body, k.Span)
}

func (c formChecker) value(v *Value, outer source.Span) {
	if v == nil {
		return
	}
	c.within(v.Span, outer)
	c.value(v.X, v.Span)
	for _, a := range v.Args {
		c.value(a, v.Span)
	}
	if v.Class != nil {
		c.class(v.Class, v.Span)
	}
	if v.Op == OpFunc && v.Func == nil {
		c.t.Fatalf("OpFunc without a function at %v", v.Span)
	}
}
