package transport

import (
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// stdoutPollution reports writing to standard output in a file that starts a
// server over stdio: in what tools, resources and prompts reach, and beside the
// start itself. What stands in a branch of the start-up (--help, --version) is
// left alone, since it may end there.
func stdoutPollution(p *rule.Pass) {
	starts := stdioStarts(p)
	if len(starts) == 0 {
		return
	}
	for _, u := range p.Flow.Uses {
		if u.Kind != flow.Stdout || u.File != p.File {
			continue
		}
		f := rule.Finding{Span: u.Span, Sink: u.Callee}
		switch {
		case len(u.Entries) > 0:
			f.Tool = u.Entries[0].Name
		case !slices.ContainsFunc(starts, func(s start) bool { return s.beside(p.File, u) }):
			continue
		}
		p.Report(f)
	}
}

// start is one place where a server is started over stdio.
type start struct {
	fn   int // index into File.Funcs
	span source.Span
}

func stdioStarts(p *rule.Pass) []start {
	var starts []start
	for _, t := range p.Facts.Transports {
		if t.Kind == mcp.Stdio {
			starts = append(starts, start{innermost(p.File, t.Span), t.Span})
		}
	}
	return starts
}

// innermost gives the function whose own text holds a span.
func innermost(f *program.File, s source.Span) int {
	best := 0
	for i := range f.Funcs {
		whole := source.Span{Start: f.Funcs[i].Start, End: f.Funcs[i].Start + f.Funcs[i].Len}
		if i > 0 && whole.Contains(s) {
			best = i
		}
	}
	return best
}

// beside reports whether a call stands in the same list of statements as the
// start, or in one around it, not within a branch.
func (s start) beside(f *program.File, u *flow.Use) bool {
	if u.Func != s.fn {
		return false
	}
	at := f.Funcs[s.fn].Start
	return together(f.Funcs[s.fn].Body, at, s.span, u.Span)
}

// together descends along the statements that hold the start and looks for the
// call among the plain statements beside them.
func together(list []*program.Stmt, at uint32, start, call source.Span) bool {
	var next []*program.Stmt
	for _, st := range list {
		span := st.Span.Shift(at)
		holdsStart := span.Contains(start)
		if span.Contains(call) && plain(st.Op) {
			return slices.ContainsFunc(list, func(o *program.Stmt) bool { return o.Span.Shift(at).Contains(start) })
		}
		if holdsStart {
			next = inside(st, at, start)
		}
	}
	return next != nil && together(next, at, start, call)
}

func plain(op program.StmtOp) bool { return op == program.StmtExpr || op == program.StmtAssign }

// inside gives the list of statements within st that holds a span.
func inside(st *program.Stmt, at uint32, s source.Span) []*program.Stmt {
	lists := [][]*program.Stmt{st.Body, st.Else, st.Finally}
	for i := range st.Cases {
		lists = append(lists, st.Cases[i].Body)
	}
	for _, list := range lists {
		for _, inner := range list {
			if inner.Span.Shift(at).Contains(s) {
				return list
			}
		}
	}
	return nil
}

// writeToStderr gives the rewrite that sends the text to standard error.
func writeToStderr(p *rule.Pass, f *rule.Finding) []rule.Fix {
	text := p.File.Tree.Text.Slice(f.Span)
	var edits []rule.Edit
	replace := func(from, to int, with string) {
		edits = append(edits, rule.Edit{
			Path: p.File.Path, New: with,
			Span: source.Span{Start: f.Span.Start + uint32(from), End: f.Span.Start + uint32(to)},
		})
	}
	switch p.File.Lang {
	case source.Python:
		if !strings.HasPrefix(text, "print(") || !strings.HasSuffix(text, ")") {
			return nil
		}
		inner := strings.TrimSpace(text[len("print(") : len(text)-1])
		comma := ", "
		switch {
		case inner == "":
			comma = ""
		case strings.HasSuffix(inner, ","):
			comma = " "
		}
		end := len(strings.TrimRight(text[:len(text)-1], " \t\r\n"))
		replace(end, end, comma+"file=sys.stderr")
		edits = append(edits, rule.ImportModule(p.File, "sys")...)
	case source.Go:
		name, _, ok := strings.Cut(text, "(")
		if to, known := map[string]string{"fmt.Println": "fmt.Fprintln", "fmt.Printf": "fmt.Fprintf", "fmt.Print": "fmt.Fprint"}[name]; ok && known {
			comma := ", "
			if strings.TrimSpace(text[len(name)+1:]) == ")" {
				comma = ""
			}
			replace(0, len(name)+1, to+"(os.Stderr"+comma)
			edits = append(edits, rule.ImportModule(p.File, "os")...)
		}
	default:
		for _, name := range []string{"console.log", "console.info", "console.debug"} {
			if strings.HasPrefix(text, name+"(") {
				replace(0, len(name), "console.error")
			}
		}
	}
	if len(edits) == 0 {
		return nil
	}
	return []rule.Fix{{Title: "Write to standard error", Edits: edits, Preferred: true}}
}
