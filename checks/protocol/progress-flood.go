package protocol

// progress-flood.go reports loops that tell the client of each piece of a stream.

import (
	"strconv"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// pieces are calls that give a stream piece by piece, and calls that ask for the next.
var pieces = map[string]bool{
	"iter_content": true, "iter_lines": true, "iter_bytes": true, "iter_text": true, "iter_raw": true, "iter_chunked": true, "iter_any": true,
	"aiter_lines": true, "aiter_bytes": true, "aiter_text": true, "aiter_raw": true, "readlines": true, "open": true,
	"createReadStream": true, "createInterface": true, "Scan": true, "ReadString": true, "ReadBytes": true,
}

// tooMany is a number of turns of which nobody wants to hear one by one.
const tooMany = 10000

// progressFlood looks at loops over the pieces of a stream, the lines of a file, or very
// many numbers. What a condition stands before is not sent each time.
func progressFlood(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	var found []rule.Finding
	for _, c := range p.Calls("report_progress", "send_progress_notification", "NotifyProgress", "sendNotification", "notification", "reportProgress") {
		if strings.HasSuffix(strings.ToLower(c.Value.X.Name), "notification") && p.File.Lang.ECMAScript() {
			if method := p.Member(p.Written(rule.Part{Func: c.Func, Value: c.Arg(0)}), "method").Value; method == nil || method.Str != "notifications/progress" {
				continue
			}
		}
		loop := eachTurn(p.File.Funcs[c.Func].Body, c.Value.Span, nil, 30)
		if loop == nil || !streams(p, c.Func, loop) {
			continue
		}
		at := loop.Span.Shift(p.File.Funcs[c.Func].Start)
		if end := strings.IndexByte(p.File.Tree.Text.Slice(at), '\n'); end > 0 {
			at.End = at.Start + uint32(end)
		}
		found = append(found, rule.Finding{
			Span: c.Span(), Tool: toolOf(p, c.Func), Sink: c.Value.X.Name, Related: []rule.Step{{Path: p.File.Path, Span: at, Text: "once for each turn of this loop"}},
		})
	}
	for _, f := range found {
		p.Report(f)
	}
}

// eachTurn gives the innermost loop each turn of which comes to a place; nil where a
// condition stands between.
func eachTurn(list []*program.Stmt, at source.Span, loop *program.Stmt, depth int) *program.Stmt {
	for _, s := range list {
		if s == nil || depth == 0 || !s.Span.Contains(at) {
			continue
		}
		inner := loop
		switch s.Op {
		case program.StmtFor, program.StmtWhile:
			inner = s
		case program.StmtIf, program.StmtSwitch:
			inner = nil
		}
		for _, part := range [][]*program.Stmt{s.Body, s.Else, s.Finally} {
			for _, x := range part {
				if x != nil && x.Span.Contains(at) {
					return eachTurn(part, at, inner, depth-1)
				}
			}
		}
		for i := range s.Cases {
			for _, x := range s.Cases[i].Body {
				if x != nil && x.Span.Contains(at) {
					return eachTurn(s.Cases[i].Body, at, inner, depth-1)
				}
			}
		}
		return inner
	}
	return loop
}

// streams reports whether a loop goes through a stream, the lines of a file, or very
// many numbers, and neither waits nor leaves turns out.
func streams(p *rule.Pass, fn int, loop *program.Stmt) bool {
	for _, s := range loop.Body {
		if s != nil && s.Op == program.StmtIf {
			for _, x := range s.Body {
				if x != nil && x.Op == program.StmtContinue {
					return false
				}
			}
		}
	}
	over := bare(p.Written(rule.Part{Func: fn, Value: loop.Value}).Value)
	if over != nil && over.Op == program.OpCall && over.X != nil && over.X.Name == "enumerate" && len(over.Args) > 0 {
		over = bare(p.Written(rule.Part{Func: fn, Value: over.Args[0]}).Value)
	}
	if over == nil {
		return false
	}
	if over.Op == program.OpIdent { // with open(path) as file: for line in file
		for _, a := range p.File.Lookup(fn, over.Name).Assigns {
			if a.Kind == program.AssignWith && len(a.Path) == 0 {
				over = bare(a.Value)
			}
		}
	}
	if over == nil || over.Op != program.OpCall || over.X == nil {
		return false
	}
	if over.X.Name == "range" && len(over.Args) == 1 && over.Args[0] != nil && over.Args[0].Op == program.OpConst {
		n, err := strconv.Atoi(strings.ReplaceAll(over.Args[0].Str, "_", ""))
		return err == nil && n >= tooMany
	}
	return pieces[over.X.Name]
}
