package flow

// promise.go follows what functions hand to the functions that they were given:
// new Promise((resolve) => … resolve(v)) is worth v.

import (
	"slices"

	"mcpaudit/internal/program"
)

// give is what a function, or one nested in it, calls a parameter with that is not
// known: of itself or of a function around it.
type give struct {
	node
	v *value
}

// The bounds of what is looked through for what an executor hands out.
const (
	maxGives     = 8
	maxExecutors = 16 // functions nested in it
)

// give remembers that a value of which only its origin is known is called with x.
func (f *frame) give(fn, x *value) {
	if fn == nil || x == nil || f.sum == nil || len(fn.atoms) != 1 || len(fn.fns) > 0 {
		return
	}
	a := &fn.atoms[0]
	if a.kind != fromParam || a.param == thisParam || a.path != "" || a.cut != 0 || a.part != partNone {
		return
	}
	f.sum.give(a.node, f.bake(x))
}

func (s *summary) give(n node, v *value) {
	for i := range s.gives {
		if s.gives[i].node == n {
			s.gives[i].v = join(s.gives[i].v, v)
			return
		}
	}
	if len(s.gives) < maxGives {
		s.gives = append(s.gives, give{n, v})
	}
}

// applyGives takes over what a callee hands to functions that it does not know.
func (f *frame) applyGives(s *summary, sub *substitution) {
	for _, g := range s.gives {
		if fn, _, ok := sub.argument(g.node.fn, int(g.param)); ok {
			f.give(fn, sub.value(g.v))
		} else if f.sum != nil {
			f.sum.give(g.node, sub.value(g.v))
		}
	}
}

// handedOut gives what functions hand to their first parameter, by themselves or in
// what is nested in them: somebody will call that.
func (f *frame) handedOut(fn *value) *value {
	var out *value
	for _, c := range fn.fns {
		u := c.home.cur
		i, ok := u.byID[c.id]
		if !ok || u.python || u.golang {
			continue
		}
		to := node{fn: c.id, kind: fromParam}
		for _, k := range u.inside(i, maxExecutors) {
			s := u.summary(k)
			if s == nil {
				continue
			}
			f.calls(site{u, k}, s)
			at := slices.IndexFunc(s.gives, func(g give) bool { return g.node == to })
			if at < 0 {
				continue
			}
			sub := &substitution{f: f, bind: &binding{id: u.ids[k], args: &arguments{}, next: c.binds}, text: passedTo(u.file.Funcs[k].Name), foreign: u != f.u}
			if v := sub.value(s.gives[at].v); out == nil {
				out = v
			} else if v != nil {
				out = join(out, v)
			}
		}
	}
	return out
}

// inside gives function i with those nested in it, as many as asked for.
func (u *unit) inside(i, most int) []int {
	list := []int{i}
	for at := 0; at < len(list) && len(list) < most; at++ {
		for _, n := range u.file.Funcs[list[at]].Nested {
			if k, ok := u.index[n.Func]; ok && n.Func.Kind != program.KindTop && len(list) < most {
				list = append(list, k)
			}
		}
	}
	return list
}
