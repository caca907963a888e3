package rule

// around.go says what stands around a value, so that a check can tell what the
// value is for.

import (
	"sort"

	"mcpaudit/internal/program"
)

// Around gives the statement of function fn that holds a value, nil if there is
// none, and the values that it stands in, outermost first.
func (p *Pass) Around(fn int, v *program.Value) (*program.Stmt, []*program.Value) {
	var in *program.Stmt
	var chain []*program.Value
	done := false
	p.File.Funcs[fn].Walk(func(s *program.Stmt, x *program.Value) bool {
		switch {
		case done:
			return false
		case x == nil:
			return true
		case x == v:
			in, done = s, true
			return false
		case !x.Span.Contains(v.Span):
			return false
		}
		for len(chain) > 0 && !chain[len(chain)-1].Span.Contains(x.Span) {
			chain = chain[:len(chain)-1]
		}
		chain = append(chain, x)
		return true
	})
	if !done {
		return nil, nil
	}
	return in, chain
}

// AroundFunc is Around for a function within another: the statement and the values
// of the enclosing function that it stands in, its own value left out. outer is the
// enclosing function, -1 if there is none.
func (p *Pass) AroundFunc(fn int) (outer int, s *program.Stmt, chain []*program.Value) {
	outer = p.File.Funcs[fn].Parent
	if outer < 0 {
		return -1, nil, nil
	}
	var own *program.Value
	p.File.Funcs[outer].Walk(func(_ *program.Stmt, x *program.Value) bool {
		if x != nil && x.Op == program.OpFunc && x.Func == p.File.Funcs[fn].Function {
			own = x
		}
		return own == nil
	})
	if own == nil {
		return outer, nil, nil
	}
	s, chain = p.Around(outer, own)
	return outer, s, chain
}

// FuncAt gives the index of the innermost function around a place of the file.
func (p *Pass) FuncAt(at uint32) int {
	funcs := p.File.Funcs
	i := sort.Search(len(funcs), func(i int) bool { return funcs[i].Start > at }) - 1
	for i > 0 && funcs[i].Start+funcs[i].Len <= at {
		i = funcs[i].Parent
	}
	return max(i, 0)
}
