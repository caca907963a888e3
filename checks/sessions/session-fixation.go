package sessions

import (
	"regexp"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	sessionHeader = regexp.MustCompile(`(?i)^(x-)?(mcp-)?session-id$`)
	// keptElsewhere says that an unknown identifier is looked for where it may be known.
	keptElsewhere = regexp.MustCompile(`(?i)redis|restor|persist|rehydrat|resum|stored|isvalid|valid_?session|verif|database|\bkv\b|durable`)
	sessionMap    = regexp.MustCompile(`(?i)session|transport|client|conn|context|state`)
	countingMap   = regexp.MustCompile(`(?i)count|rate|limit|seen|last|time|metric`)
)

// sessionWord is within the name of the header.
var sessionWord = rule.NewMarkers("ession-")

// sessionFixation reports servers that open a session under an identifier that the
// client made up.
func sessionFixation(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls("StreamableHTTPServerTransport", "NodeStreamableHTTPServerTransport", "WebStandardStreamableHTTPServerTransport") {
		generatorTakesOver(p, c)
	}
	for _, i := range sessionWord.Funcs(p) {
		if i == 0 {
			continue
		}
		w := fixing{p: p, fn: i}
		w.block(p.File.Funcs[i].Body, false, 0)
	}
}

// generatorTakesOver reports a transport whose generator gives what the request's
// header says.
func generatorTakesOver(p *rule.Pass, c rule.Call) {
	pair := c.Option("sessionIdGenerator")
	if pair == nil || pair.X == nil || pair.X.Op != program.OpFunc || pair.X.Func == nil || len(pair.X.Func.Params) > 0 || keptElsewhere.MatchString(p.FuncText(c.Func)) {
		return
	}
	for i := range p.File.Funcs {
		f := &p.File.Funcs[i]
		if f.Function != pair.X.Func || len(f.Body) != 1 || f.Body[0].Op != program.StmtReturn || f.Body[0].Value == nil {
			continue
		}
		v := f.Body[0].Value
		if !fromHeader(p.File, i, v, 4) {
			return
		}
		found := rule.Finding{Span: v.Span.Shift(f.Start), Parameter: "mcp-session-id", Sink: c.Value.X.Name}
		if name, edits, ok := rule.ImportNamed(p.File, "crypto", "randomUUID"); ok {
			edits = append(edits, rule.Edit{Path: p.File.Path, Span: found.Span, New: name + "()"})
			found.Fixes = []rule.Fix{{Title: "Make an identifier for each session", Preferred: true, Edits: edits}}
		}
		p.Report(found)
		return
	}
}

// fromHeader reports whether a value is what the request names as its session.
func fromHeader(f *program.File, fn int, v *program.Value, depth int) bool {
	if v == nil || depth == 0 {
		return false
	}
	switch v.Op {
	case program.OpIdent:
		b := f.Lookup(fn, v.Name)
		if b.Kind != program.BoundLocal || len(b.Assigns) != 1 || len(b.Assigns[0].Path) > 0 {
			return false
		}
		return fromHeader(f, b.Assigns[0].Func, b.Assigns[0].Value, depth-1)
	case program.OpCast, program.OpAwait:
		return fromHeader(f, fn, v.X, depth)
	case program.OpUnary, program.OpLogical:
		return len(v.Args) > 0 && v.Name != "and" && v.Name != "!" && v.Name != "not" && fromHeader(f, fn, v.Args[0], depth-1)
	case program.OpIndex:
		return sessionHeader.MatchString(v.Name) && v.X != nil && (v.X.Name == "headers" || v.X.Name == "Header")
	case program.OpCall:
		if v.X == nil || len(v.Args) == 0 || v.Args[0] == nil {
			return false
		}
		switch v.X.Name {
		case "get", "Get", "header", "GetHeader":
			return v.Args[0].Op == program.OpConst && sessionHeader.MatchString(v.Args[0].Str)
		case "String", "str":
			return fromHeader(f, fn, v.Args[0], depth-1)
		}
	}
	return false
}

// fixing looks through one function for a session that is stored under the request's
// identifier where it was not found.
type fixing struct {
	p    *rule.Pass
	fn   int
	done bool
}

// block looks through statements; miss says that they run where the identifier is
// unknown.
func (w *fixing) block(list []*program.Stmt, miss bool, depth int) {
	if depth > 20 {
		return
	}
	for _, s := range list {
		if s == nil || w.done {
			return
		}
		if miss && (s.Op == program.StmtAssign || s.Op == program.StmtExpr) {
			w.stores(s)
		}
		inBody, inElse := miss, miss
		if s.Op == program.StmtIf {
			switch w.asks(s.Value) {
			case unknown:
				inBody = true
			case known:
				inElse = true
			}
		}
		w.block(s.Body, inBody, depth+1)
		w.block(s.Else, inElse, depth+1)
		w.block(s.Finally, miss, depth+1)
		for i := range s.Cases {
			w.block(s.Cases[i].Body, miss, depth+1)
		}
	}
}

// answer is what a condition asks of the session.
type answer uint8

const (
	other answer = iota
	known
	unknown
)

// asks says whether a condition holds for sessions that are known, or for those that
// are not.
func (w *fixing) asks(v *program.Value) answer {
	if v == nil {
		return other
	}
	switch v.Op {
	case program.OpCompare:
		if len(v.Args) != 2 || v.Args[0] == nil {
			return other
		}
		switch v.Name {
		case "not in":
			if fromHeader(w.p.File, w.fn, v.Args[0], 4) {
				return unknown
			}
		case "in":
			if fromHeader(w.p.File, w.fn, v.Args[0], 4) {
				return known
			}
		case "==", "is":
			if v.Args[1] != nil && v.Args[1].Const == program.ConstNone && v.Args[1].Op == program.OpConst && w.looksUp(v.Args[0]) {
				return unknown
			}
		}
	case program.OpUnary:
		if (v.Name == "!" || v.Name == "not") && len(v.Args) == 1 && w.looksUp(v.Args[0]) {
			return unknown
		}
	case program.OpLogical:
		if (v.Name == "and" || v.Name == "&&") && len(v.Args) == 2 {
			return max(w.asks(v.Args[0]), w.asks(v.Args[1]))
		}
	default:
		if w.looksUp(v) {
			return known
		}
	}
	return other
}

// looksUp reports whether a value is the outcome of a look-up by the identifier.
func (w *fixing) looksUp(v *program.Value) bool {
	f := w.p.File
	fn := w.fn
	if v != nil && v.Op == program.OpIdent {
		b := f.Lookup(fn, v.Name)
		if b.Kind != program.BoundLocal || len(b.Assigns) == 0 {
			return false
		}
		v, fn = b.Assigns[0].Value, b.Assigns[0].Func
	}
	if v == nil {
		return false
	}
	switch v.Op {
	case program.OpIndex:
		return len(v.Args) == 1 && fromHeader(f, fn, v.Args[0], 4)
	case program.OpCall:
		if v.X == nil || v.X.Op != program.OpField || len(v.Args) == 0 {
			return false
		}
		switch v.X.Name {
		case "get", "has", "Load":
			return fromHeader(f, fn, v.Args[0], 4)
		}
	}
	return false
}

// stores reports a statement that keeps something under the identifier.
func (w *fixing) stores(s *program.Stmt) {
	var kept, under *program.Value
	switch {
	case s.Op == program.StmtAssign && len(s.Targets) == 1 && s.Targets[0] != nil && s.Targets[0].Op == program.OpIndex && len(s.Targets[0].Args) == 1:
		kept, under = s.Targets[0].X, s.Targets[0].Args[0]
	case s.Op == program.StmtExpr && s.Value != nil && s.Value.Op == program.OpCall && s.Value.X != nil && s.Value.X.Op == program.OpField && len(s.Value.Args) == 2:
		if n := s.Value.X.Name; n != "set" && n != "Store" {
			return
		}
		kept, under = s.Value.X.X, s.Value.Args[0]
	default:
		return
	}
	if kept == nil || !sessionMap.MatchString(kept.Name) || countingMap.MatchString(kept.Name) || !fromHeader(w.p.File, w.fn, under, 4) || keptElsewhere.MatchString(w.p.FuncText(w.fn)) {
		return
	}
	w.done = true
	start := w.p.File.Funcs[w.fn].Start
	w.p.Report(rule.Finding{Span: source.Span{Start: s.Span.Start + start, End: s.Span.End + start}, Parameter: "the session id of the request", Sink: kept.Name})
}
