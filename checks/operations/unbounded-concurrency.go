package operations

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// limitsWidth is in a file that limits how much it does at once, or how long a list may be.
var limitsWidth = regexp.MustCompile(`(?i)semaphore|p-?limit|p-?map|bottleneck|setlimit|concurrency|throttl|worker_?pool|limiter|max_?(items|urls|batch|count|parallel|length|size)`)

// unboundedConcurrency reports tools that begin one thing for each element of a list that
// the caller sends, all at once.
func unboundedConcurrency(p *rule.Pass) {
	if !shipped(p) || len(p.Facts.Entries) == 0 {
		return
	}
	h := habit{pass: p}
	var each func(c rule.Call) *program.Value
	names := []string{"gather"}
	switch {
	case p.File.Lang == source.Python:
		each = gathered
	case p.File.Lang == source.Go:
		goEach(&h)
		names = nil
	default:
		names, each = []string{"all", "allSettled"}, mapped
	}
	for _, c := range calls(p, names) {
		list := each(c)
		if list == nil {
			continue
		}
		if e := callersList(p, c.Func, list); e != nil {
			h.addOf(e.Name, c)
		}
	}
	if len(h.places) > 0 && !limitsWidth.MatchString(p.File.Tree.Text.String()) {
		h.report("this begins as many at once as the caller asks for as well", "", false)
	}
}

func calls(p *rule.Pass, names []string) []rule.Call {
	if len(names) == 0 {
		return nil
	}
	return p.Calls(names...)
}

// goEach takes the loops of Go over a list of the caller's that start a goroutine each turn.
func goEach(h *habit) {
	p := h.pass
	if text := p.File.Tree.Text.String(); !strings.Contains(text, "go func(") && !strings.Contains(text, ".Go(") {
		return
	}
	seen := map[int]bool{}
	for _, e := range p.Facts.Entries {
		if e.Handler < 0 || seen[e.Handler] {
			continue
		}
		seen[e.Handler] = true
		fn := &p.File.Funcs[e.Handler]
		for _, s := range fn.Body {
			if s.Op != program.StmtFor || s.Value == nil || !startsGoroutine(s.Body) || callersList(p, e.Handler, s.Value) == nil {
				continue
			}
			span := s.Span.Shift(fn.Start)
			if s.Body[0].Span.Start > s.Span.Start {
				span.End = s.Value.Span.End + fn.Start
			}
			h.places = append(h.places, place{span: span, tool: e.Name, sink: "go"})
		}
	}
}

// startsGoroutine reports whether one of some statements starts a goroutine.
func startsGoroutine(list []*program.Stmt) bool {
	for _, s := range list {
		switch {
		case s.Op == program.StmtGo && s.Name == "go":
			return true
		case s.Op == program.StmtExpr && s.Value != nil && s.Value.Op == program.OpCall && s.Value.X != nil && s.Value.X.Name == "Go":
			return true
		}
	}
	return false
}

// gathered gives what asyncio.gather(*[f(x) for x in list]) goes through.
func gathered(c rule.Call) *program.Value {
	a := c.Value.Args
	if c.Name() != "asyncio.gather" || len(a) == 0 || a[0] == nil || a[0].Op != program.OpSpread {
		return nil
	}
	compr := a[0].X
	if compr == nil || compr.Op != program.OpCompr || len(compr.Args) != 1 || compr.Args[0].Op != program.OpCompFor {
		return nil
	}
	return compr.Args[0].X
}

// mapped gives what Promise.all(list.map(f)) goes through.
func mapped(c rule.Call) *program.Value {
	a := c.Arg(0)
	if c.Value.X.Op != program.OpField || c.Value.X.X == nil || c.Value.X.X.Name != "Promise" ||
		a == nil || a.Op != program.OpCall || a.X == nil || a.X.Op != program.OpField || a.X.Name != "map" {
		return nil
	}
	return a.X.X
}

// callersList gives the tool whose parameter a list is, unless its schema limits it.
func callersList(p *rule.Pass, fn int, list *program.Value) *mcp.Entry {
	if list.Op != program.OpIdent && list.Op != program.OpField {
		return nil
	}
	if list.Op == program.OpIdent && p.File.Lookup(fn, list.Name).Kind != program.BoundParam {
		return nil
	}
	for _, e := range p.Facts.Entries {
		if !within(p.File, fn, e.Handler) {
			continue
		}
		if param := e.Param(list.Name); param != nil && param.Declared.MaxLen == 0 && param.Constraint.MaxLen == 0 {
			return e
		}
	}
	return nil
}

// within reports whether a function is another or stands in it.
func within(f *program.File, fn, outer int) bool {
	for ; fn > 0; fn = f.Funcs[fn].Parent {
		if fn == outer {
			return true
		}
	}
	return false
}
