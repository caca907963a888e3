package dialogue

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// samplingContext reports requests to the client's model that ask for messages of
// this server or of all servers to be put in.
func samplingContext(p *rule.Pass) {
	for _, a := range asks(p, sampling) {
		c := a.context
		if c.Value == nil || c.Value.Op != program.OpConst || c.Value.Str != "allServers" && c.Value.Str != "thisServer" {
			continue
		}
		f := rule.Finding{Span: p.SpanOf(c), Tool: tool(p, a.call.Func), Parameter: c.Value.Str, Sink: a.call.Value.X.Name}
		if at := strings.Index(p.TextOf(c), c.Value.Str); at >= 0 {
			start := f.Span.Start + uint32(at)
			f.Fixes = []rule.Fix{{
				Title:     "Ask for no context",
				Edits:     []rule.Edit{{Path: p.File.Path, Span: source.Span{Start: start, End: start + uint32(len(c.Value.Str))}, New: "none"}},
				Preferred: true,
			}}
		}
		p.Report(f)
	}
}

// samplingLoop reports endless loops around a request to the client's model that
// nothing but the model's own answer ends.
func samplingLoop(p *rule.Pass) {
	seen := map[*program.Stmt]bool{}
	for _, a := range asks(p, sampling) {
		fn := p.File.Funcs[a.call.Func]
		loop := around(fn.Body, a.call.Value.Span, maxNesting)
		if loop == nil || seen[loop] || bounded(loop.Body, maxNesting) {
			continue
		}
		seen[loop] = true
		p.Report(rule.Finding{
			Span: a.call.Span(), Tool: tool(p, a.call.Func), Sink: a.call.Value.X.Name,
			Related: []rule.Step{{Path: p.File.Path, Span: head(p, loop.Span.Shift(fn.Start)), Text: "this loop has no end of its own"}},
		})
	}
}

// head gives the first line of a span.
func head(p *rule.Pass, s source.Span) source.Span {
	if at := strings.IndexByte(p.File.Tree.Text.Slice(s), '\n'); at > 0 {
		s.End = s.Start + uint32(at)
	}
	return s
}

// maxNesting bounds how deep statements are looked into.
const maxNesting = 40

// around gives the innermost endless loop around a place.
func around(list []*program.Stmt, at source.Span, depth int) *program.Stmt {
	if depth == 0 {
		return nil
	}
	for _, s := range list {
		if s == nil || !s.Span.Contains(at) {
			continue
		}
		for _, block := range blocks(s) {
			if inner := around(block, at, depth-1); inner != nil {
				return inner
			}
		}
		if s.Op == program.StmtWhile && endless(s.Value) && len(s.Post) == 0 {
			return s
		}
	}
	return nil
}

// blocks gives the lists of statements that a statement holds.
func blocks(s *program.Stmt) [][]*program.Stmt {
	all := [][]*program.Stmt{s.Body, s.Else, s.Finally}
	for i := range s.Cases {
		all = append(all, s.Cases[i].Body)
	}
	return all
}

// endless reports whether the condition of a loop always holds.
func endless(v *program.Value) bool {
	return v == nil || v.Op == program.OpConst && (v.Str == "true" || v.Str == "1")
}

// limiting is what a limit is called.
var limiting = regexp.MustCompile(`(?i)max|limit|budget|attempt|retr|deadline|timeout|remaining|round|turn|step|iteration|depth|count|cancel|abort|elapsed|expired|done\(|ctx\.Err`)

// bounded reports whether a loop ends for another reason than what the model says: a
// number is compared, or something that is named after a limit is asked, before it leaves.
func bounded(list []*program.Stmt, depth int) bool {
	if depth == 0 {
		return true
	}
	for _, s := range list {
		if s == nil {
			continue
		}
		if s.Op == program.StmtIf && counts(s.Value, maxDepth) && (leaves(s.Body, depth-1) || leaves(s.Else, depth-1)) {
			return true
		}
		if s.Op == program.StmtSwitch {
			for i := range s.Cases {
				for _, v := range s.Cases[i].Values {
					if counts(v, maxDepth) {
						return true
					}
				}
			}
		}
		for _, block := range blocks(s) {
			if bounded(block, depth-1) {
				return true
			}
		}
	}
	return false
}

// leaves reports whether a block ends a loop.
func leaves(list []*program.Stmt, depth int) bool {
	for _, s := range list {
		if s == nil || depth == 0 {
			continue
		}
		switch s.Op {
		case program.StmtBreak, program.StmtReturn, program.StmtThrow:
			return true
		}
		for _, block := range blocks(s) {
			if leaves(block, depth-1) {
				return true
			}
		}
	}
	return false
}

func isNumber(v *program.Value) bool {
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstNumber
}

// counts reports whether a condition compares numbers or asks for a limit.
func counts(v *program.Value, depth int) bool {
	if v == nil || depth == 0 {
		return v != nil
	}
	switch v.Op {
	case program.OpCompare:
		if strings.ContainsAny(v.Name, "<>") || slices.ContainsFunc(v.Args, isNumber) {
			return true
		}
	case program.OpIdent:
		return limiting.MatchString(v.Name)
	case program.OpField:
		return limiting.MatchString(v.Name) || counts(v.X, depth-1)
	case program.OpCall:
		return counts(v.X, depth-1)
	case program.OpConst:
		return false
	}
	for _, a := range v.Args {
		if counts(a, depth-1) {
			return true
		}
	}
	return v.X != nil && counts(v.X, depth-1)
}
