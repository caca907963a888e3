package protocol

// ignored-cancellation.go reports handlers of Go that work on when nobody waits any more.

import (
	"regexp"
	"slices"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// lasting are calls that have to come to an end even when the request is over.
	lasting = regexp.MustCompile(`(?i)shutdown|close|stop|roll_?back|release|unlock|flush|audit|log|cancel|clean|detach|WithoutCancel|notify|publish|background|async|schedule|enqueue|start|init|setup|connect|dial|NewClient|LoadDefaultConfig|session|ping|cache|refresh|token`)
	derives = regexp.MustCompile(`^With(Timeout|Deadline|Cancel|Value|TimeoutCause|DeadlineCause|CancelCause)$`)
)

// ignoredCancellation reports calls of a handler that are given context.Background()
// although the handler has a context of its own.
func ignoredCancellation(p *rule.Pass) {
	if p.File.Lang != source.Go || !p.Facts.Part || p.TestFile() {
		return
	}
	fresh := p.Calls("Background", "TODO")
	if len(fresh) == 0 {
		return
	}
	var found []rule.Finding
	for _, c := range fresh {
		if name := c.Name(); name != "context.Background" && name != "context.TODO" || len(c.Value.Args) > 0 {
			continue
		}
		e := p.Serves(c.Func)
		if e == nil || e.Handler != c.Func {
			continue // what a closure does may outlive the request
		}
		fn := &p.File.Funcs[c.Func]
		ctx := handed(fn.Function)
		taker := takes(fn.Function, c.Value)
		if ctx == "" || taker == nil || lasting.MatchString(taker.X.Name) || outlives(fn.Body, c.Value.Span, 30) || rebound(fn.Function, ctx) {
			continue
		}
		if derives.MatchString(taker.X.Name) && spawns(fn.Function) {
			continue
		}
		found = append(found, rule.Finding{
			Span: c.Span(), Tool: e.Name, Sink: p.File.Canonical(c.Func, taker.X),
			Fixes: []rule.Fix{{Title: "Pass on the context of the request", Edits: []rule.Edit{c.Replace(c.Span(), ctx)}}},
		})
	}
	for _, f := range found {
		p.Report(f)
	}
}

// handed gives the name of the context that a handler is given, empty if it gives none.
func handed(fn *program.Function) string {
	if len(fn.Params) == 0 || fn.Params[0].Name == "_" || fn.Params[0].Type == nil || fn.Params[0].Type.Name != "Context" {
		return ""
	}
	return fn.Params[0].Name
}

// takes gives the call that a value is the first argument of.
func takes(fn *program.Function, arg *program.Value) *program.Value {
	for _, v := range fn.Calls() {
		if len(v.Args) > 0 && v.Args[0] == arg {
			return v
		}
	}
	return nil
}

// outlives reports whether a place is within a statement of go or defer.
func outlives(list []*program.Stmt, at source.Span, depth int) bool {
	for _, s := range list {
		if s == nil || depth == 0 || !s.Span.Contains(at) {
			continue
		}
		if s.Op == program.StmtGo {
			return true
		}
		for _, part := range [][]*program.Stmt{s.Body, s.Else, s.Finally, s.Post} {
			if outlives(part, at, depth-1) {
				return true
			}
		}
		for i := range s.Cases {
			if outlives(s.Cases[i].Body, at, depth-1) {
				return true
			}
		}
	}
	return false
}

// rebound reports whether a function assigns to a name, and means something else by it.
func rebound(fn *program.Function, name string) bool {
	found := false
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		if v == nil && s != nil && s.Op == program.StmtAssign && !found {
			found = slices.ContainsFunc(s.Targets, func(t *program.Value) bool { return t != nil && t.Op == program.OpIdent && t.Name == name })
		}
		return !found
	})
	return found
}

// spawns reports whether a function starts work that may outlive it.
func spawns(fn *program.Function) bool {
	found := false
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		found = found || v == nil && s != nil && s.Op == program.StmtGo && s.Name == "go" || v != nil && v.Op == program.OpCall && v.X != nil && v.X.Name == "Go"
		return !found
	})
	return found
}
