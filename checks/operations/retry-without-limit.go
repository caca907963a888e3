package operations

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// retryWithoutLimit reports loops that send a request again until it succeeds, and have no
// other end. A loop that has no end at all is a service of its own and left alone.
func retryWithoutLimit(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	if !slices.ContainsFunc(p.File.Funcs, func(f program.Placed) bool { return loopsForEver.Of(f.Function) }) {
		return
	}
	seen := map[int]bool{}
	for _, c := range requestCalls(p) {
		if seen[c.Func] || !loopsForEver.Of(p.File.Funcs[c.Func].Function) {
			continue
		}
		seen[c.Func] = true
		fn := &p.File.Funcs[c.Func]
		loop := endlessRetry(p, fn.Body, fn.Start, c.Span(), 0)
		if loop == nil || !p.Facts.Part && p.Server().Servers == 0 {
			continue
		}
		text := p.File.Tree.Text
		span := loop.Span.Shift(fn.Start)
		if end := text.LineAt(span.Start) + 1; end < text.Lines() {
			span.End = min(span.End, text.LineStart(end)-1)
		}
		p.Report(rule.Finding{
			Span: span, Sink: c.Text(c.Value.X),
			Related: []rule.Step{{Path: p.File.Path, Span: c.Span(), Text: "this is sent again until it succeeds"}},
		})
	}
}

// loopsForEver says of a function that it holds a loop whose condition always holds.
var loopsForEver = program.Keep(func(fn *program.Function) bool {
	found := false
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		found = found || v == nil && s.Op == program.StmtWhile && always(s.Value)
		return v == nil && !found
	})
	return found
})

// requestCalls gives the calls that send a request.
func requestCalls(p *rule.Pass) (found []rule.Call) {
	modules := []string{"requests.", "httpx.", "aiohttp.", "urllib.request.", "axios.", "net/http."}
	if !p.File.Lang.ECMAScript() && !p.Imports("requests", "httpx", "aiohttp", "urllib", "net/http") {
		return nil
	}
	for _, c := range p.Calls(append(verbs, "fetch", "urlopen", "Get", "Head", "Post", "Do", "axios")...) {
		name := c.Name()
		if name == "fetch" || name == "axios" || name == "node-fetch" {
			found = append(found, c)
			continue
		}
		for _, m := range modules {
			if strings.HasPrefix(name, m) {
				found = append(found, c)
				break
			}
		}
	}
	return found
}

// maxNesting bounds how deep statements are searched.
const maxNesting = 40

// endlessRetry gives the loop around a call that ends only when the call succeeds.
func endlessRetry(p *rule.Pass, list []*program.Stmt, at uint32, call source.Span, depth int) *program.Stmt {
	if depth > maxNesting {
		return nil
	}
	for _, s := range list {
		if !s.Span.Shift(at).Contains(call) {
			continue
		}
		if s.Op == program.StmtWhile && always(s.Value) && retries(p, s, at, call) {
			return s
		}
		for _, inner := range parts(s) {
			if found := endlessRetry(p, inner, at, call, depth+1); found != nil {
				return found
			}
		}
	}
	return nil
}

// always reports whether a condition holds for ever.
func always(v *program.Value) bool {
	return v == nil || v.Op == program.OpConst && (v.Const == program.ConstBool && v.Str == "true" || v.Const == program.ConstNumber && v.Str == "1")
}

// parts gives the lists of statements within one.
func parts(s *program.Stmt) [][]*program.Stmt {
	lists := [][]*program.Stmt{s.Body, s.Else, s.Finally}
	for i := range s.Cases {
		lists = append(lists, s.Cases[i].Body)
	}
	return lists
}

// retries reports whether a loop goes round again whenever the call fails, and is left
// where it does not.
func retries(p *rule.Pass, loop *program.Stmt, at uint32, call source.Span) bool {
	if p.File.Lang == source.Go {
		return goRetries(loop.Body)
	}
	again, done := false, false
	for _, s := range loop.Body {
		if s.Op != program.StmtTry {
			// An exit outside of what is tried may be a count or a deadline.
			if s.Op == program.StmtReturn || s.Op == program.StmtBreak {
				done = true
			} else if leaves([]*program.Stmt{s}, 0) {
				return false
			}
			continue
		}
		if !s.Span.Shift(at).Contains(call) || len(s.Cases) == 0 {
			return false
		}
		for i := range s.Cases {
			if leaves(s.Cases[i].Body, 0) {
				return false
			}
		}
		again = true
		done = done || leaves(s.Body, 0) || leaves(s.Else, 0)
		if leaves(s.Finally, 0) {
			return false
		}
	}
	return again && done
}

// leaves reports whether statements leave the loop that they stand in.
func leaves(list []*program.Stmt, depth int) bool {
	for _, s := range list {
		switch s.Op {
		case program.StmtReturn, program.StmtBreak, program.StmtThrow:
			return true
		}
		if depth > maxNesting {
			return true
		}
		for _, inner := range parts(s) {
			if leaves(inner, depth+1) {
				return true
			}
		}
	}
	return false
}

// goRetries judges a loop of Go: if err != nil { …; continue }, and a return after it.
func goRetries(body []*program.Stmt) bool {
	again, done := false, false
	for _, s := range body {
		switch s.Op {
		case program.StmtReturn, program.StmtBreak:
			done = true
		case program.StmtIf:
			if len(s.Else) == 0 && failed(s.Value) && len(s.Body) > 0 && s.Body[len(s.Body)-1].Op == program.StmtContinue && !leaves(s.Body, 0) {
				again = true
				continue
			}
			return false
		case program.StmtExpr, program.StmtAssign, program.StmtGo:
		default:
			return false
		}
	}
	return again && done
}

// failed is err != nil.
func failed(v *program.Value) bool {
	return v != nil && v.Op == program.OpCompare && v.Name == "!=" && len(v.Args) == 2 &&
		v.Args[0] != nil && v.Args[0].Op == program.OpIdent && strings.HasPrefix(strings.ToLower(v.Args[0].Name), "err") && isNone(v.Args[1])
}
