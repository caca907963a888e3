package dialogue

import (
	"regexp"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// declinedElicitationIgnored reports questions to the user whose answer nobody looks
// at, or of which only the content is asked for a no, before something is removed or
// sent: whoever declines or closes the form has no content.
func declinedElicitationIgnored(p *rule.Pass) {
	for _, a := range asks(p, form) {
		s, next := a.call.Statement()
		if s == nil || s.Op == program.StmtGo {
			continue
		}
		name, ok := answer(s)
		if !ok {
			continue
		}
		fn := &p.File.Funcs[a.call.Func]
		text := p.File.Tree.Text
		rest := text.String()[fn.Start+s.Span.End : fn.Start+fn.Len]
		if name != "" && !unheard(rest, name) {
			continue
		}
		u := afterwards(p, a.call)
		if u == nil {
			continue
		}
		p.Report(rule.Finding{
			Span: a.call.Span(), Tool: tool(p, a.call.Func), Sink: u.Callee,
			Related: []rule.Step{{Path: p.File.Path, Span: u.Span, Text: "this happens whatever the user answers"}},
			Fixes:   heard(p, a.call, s, next, name),
		})
	}
}

// answer gives the variable that a statement puts the answer into, "" for none. ok is
// false where parts of it are taken at once.
func answer(s *program.Stmt) (name string, ok bool) {
	if s.Op == program.StmtExpr {
		return "", true
	}
	to := rule.Targets(s)
	if len(to) == 0 || to[0] == nil || to[0].Op != program.OpIdent || s.Name != "" && s.Name != "=" && s.Name != ":=" {
		return "", false
	}
	if to[0].Name == "_" {
		return "", true
	}
	return to[0].Name, true
}

// saidNo is a look at the content alone that lets all pass that has none.
var saidNo = regexp.MustCompile(`^\.content\?\.\w+\s*===?\s*(false|["'\x60]\w+["'\x60])\)\s*\{?\s*(return|throw)\b`)

// unheard reports whether the code that follows a question does nothing with the
// answer but to ask its content for a no.
func unheard(rest, name string) bool {
	for {
		i := strings.Index(rest, name)
		if i < 0 {
			return true
		}
		before, after := byte(' '), rest[i+len(name):]
		if i > 0 {
			before = rest[i-1]
		}
		if !partOfName(before) && (after == "" || !partOfName(after[0])) && !saidNo.MatchString(after) {
			return false
		}
		rest = after
	}
}

func partOfName(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// afterwards gives what the same function removes or sends after a call.
func afterwards(p *rule.Pass, c rule.Call) *flow.Use {
	for _, u := range p.Flow.Uses {
		if u.File == p.File && u.Func == c.Func && u.Span.Start > c.Span().End && (p.Removes(u) || p.Sweeps(u)) {
			return u
		}
	}
	return nil
}

// heard gives the fix that ends the tool where the user did not accept.
func heard(p *rule.Pass, c rule.Call, s, next *program.Stmt, name string) []rule.Fix {
	fn := &p.File.Funcs[c.Func]
	text := p.File.Tree.Text
	at := s.Span.Shift(fn.Start)
	line := text.Line(text.LineAt(at.Start))
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch strings.TrimSpace(text.Slice(source.Span{Start: text.LineStart(text.LineAt(at.Start)), End: at.Start})) {
	case "", "const", "let", "var":
	default:
		return nil
	}
	var edits []rule.Edit
	put := func(from, to uint32, new string) {
		edits = append(edits, rule.Edit{Path: p.File.Path, Span: source.Span{Start: from, End: to}, New: new})
	}
	end := at.End
	if strings.HasPrefix(text.String()[end:], ";") {
		end++
	}
	guard := ""
	switch p.File.Lang {
	case source.Python:
		if name == "" {
			put(at.Start, at.Start, "answer = ")
		}
		guard = "if NAME.action != \"accept\":\n" + indent + "    raise ValueError(\"the user did not accept\")"
	case source.Go:
		results := failure(p, fn)
		if name != "" || s.Op != program.StmtAssign || next == nil || next.Op != program.StmtIf || results == "" {
			return nil
		}
		first := c.At(rule.Targets(s)[0])
		put(first.Start, first.End, "answer")
		if !strings.Contains(text.Slice(source.Span{Start: first.End, End: at.End}), ":=") {
			return nil
		}
		end = next.Span.Shift(fn.Start).End
		guard = "if answer.Action != \"accept\" {\n" + indent + "\treturn " + results + "errors.New(\"the user did not accept\")\n" + indent + "}"
		edits = append(edits, rule.ImportModule(p.File, "errors")...)
	default:
		if name == "" {
			put(at.Start, at.Start, "const answer = ")
		}
		guard = "if (NAME.action !== \"accept\") throw new Error(\"the user did not accept\");"
	}
	if name == "" {
		name = "answer"
	}
	if tail, _, _ := strings.Cut(text.String()[end:], "\n"); strings.HasPrefix(strings.TrimSpace(tail), "#") || strings.HasPrefix(strings.TrimSpace(tail), "//") {
		end += uint32(len(strings.TrimRight(tail, "\r")))
	}
	put(end, end, "\n"+indent+strings.ReplaceAll(guard, "NAME", name))
	return []rule.Fix{{Title: "Go on only if the user accepts", Edits: edits, Preferred: true}}
}

// failure gives the results before the error that a function of Go fails with, "" where
// one of them has no nil.
func failure(p *rule.Pass, fn *program.Placed) string {
	out := ""
	for i, r := range fn.Results {
		typ := p.File.Tree.Text.Slice(r.Span.Shift(fn.Start))
		switch {
		case i == len(fn.Results)-1:
			if typ != "error" {
				return ""
			}
		case strings.HasPrefix(typ, "*"), typ == "any", strings.HasPrefix(typ, "[]"), strings.HasPrefix(typ, "map["):
			out += "nil, "
		default:
			return ""
		}
	}
	return out
}
