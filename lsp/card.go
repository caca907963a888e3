package lsp

// card.go writes the card that opens over a registration: what the tool can do, who
// controls it, what it gives back, what was found in it, and what to ask next.

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"go.lsp.dev/protocol"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
	"mcpaudit/prompts"
)

// The bounds of a card: it is read at a glance.
const (
	maxCardCalls    = 3
	maxCardParams   = 12
	maxCardFindings = 5
	maxCardNames    = 3
)

// registrationAt gives the entry whose registration begins at a line, nil for none. A
// registration may go on for a whole handler; its beginning is what speaks of the entry.
func registrationAt(m *threat.Model, res *audit.FileResult, line int) *threat.Entry {
	for _, e := range m.Entries {
		if e.Path != res.Path {
			continue
		}
		first, last := res.Text.LineAt(min(e.Span.Start, e.NameSpan.Start)), res.Text.LineAt(e.NameSpan.End)
		if e.Span.Len() == 0 {
			first = last
		}
		if first <= line && line <= last {
			return e
		}
	}
	return nil
}

// serverAt reports whether the server object is made at a line.
func serverAt(res *audit.FileResult, line int) bool {
	for _, s := range res.Surface().Servers {
		if res.Text.LineAt(s.Span.Start) == line {
			return true
		}
	}
	return false
}

// card writes the card of an entry.
func (w *writer) card(s *server, v *view, res *audit.FileResult, m *threat.Model, e *threat.Entry) {
	title := w.bold(e.Kind + " " + w.text(e.Name))
	if score, ok := e.Worst(); ok {
		title += fmt.Sprintf(" · worst AIVSS %s %s", score.AIVSS, score.Band)
	}
	answered, all := m.Count(e)
	fmt.Fprintf(w, "%s · %d of %d questions answered\n\n", title, answered, all)
	w.item("Can", w.abilities(m, e.Abilities, "do nothing outside this program, as far as it was followed"))
	w.item("Takes", w.takes(e))
	w.item("Gives back", w.returns(m, e))
	w.item("Beside it", w.triple(&m.Triple))
	if !e.Followed {
		w.item("Not seen", "parts of this code could not be followed: `mcpaudit scan --explain-coverage` names them")
	}
	w.WriteByte('\n')
	w.found(v, m, e.Findings)
	w.next(s, v, res, m, e)
}

// serverCard writes the card of a server.
func (w *writer) serverCard(s *server, v *view, res *audit.FileResult, m *threat.Model) {
	title := w.bold("MCP server " + w.text(m.Name))
	if score, ok := m.Worst(); ok {
		title += fmt.Sprintf(" · worst AIVSS %s %s", score.AIVSS, score.Band)
	}
	answered, all := m.Count(nil)
	fmt.Fprintf(w, "%s · %s · %d of %d questions answered\n\n", title, entriesOf(m), answered, all)
	w.item("Can", w.abilities(m, m.Abilities, "do nothing outside this program, as far as it was followed"))
	var ways []string
	for i := range m.Transports {
		t := &m.Transports[i]
		way := string(t.Kind)
		if t.Host != "" {
			way += " on " + w.code(t.Host)
		}
		ways = append(ways, way)
	}
	if len(ways) > 0 {
		reached := strings.Join(dedupe(ways), ", ")
		if m.Checked {
			reached += "; requests are asked for credentials"
		}
		w.item("Reached by", reached)
	}
	w.item("Together", w.triple(&m.Triple))
	w.WriteByte('\n')
	w.found(v, m, m.Findings)
	w.next(s, v, res, m, nil)
}

func entriesOf(m *threat.Model) string {
	count := map[string]int{}
	for _, e := range m.Entries {
		count[e.Kind]++
	}
	var parts []string
	for _, kind := range []mcp.EntryKind{mcp.Tool, mcp.Resource, mcp.Prompt, mcp.Completion} {
		if n := count[kind.String()]; n == 1 {
			parts = append(parts, "1 "+kind.String())
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, kind))
		}
	}
	if len(parts) == 0 {
		return "no tools"
	}
	return strings.Join(parts, ", ")
}

func dedupe(list []string) []string {
	seen := map[string]bool{}
	var kept []string
	for _, s := range list {
		if !seen[s] {
			kept = append(kept, s)
		}
		seen[s] = true
	}
	return kept
}

func (w *writer) item(what, says string) {
	if says != "" {
		fmt.Fprintf(w, "- %s: %s\n", w.bold(what), says)
	}
}

// abilities says what calls show, each with where.
func (w *writer) abilities(m *threat.Model, list []threat.Ability, none string) string {
	var parts []string
	for _, a := range list {
		if a.Capability == threat.ReturnsUntrusted {
			continue // said by what is given back
		}
		var calls []string
		for i, u := range a.Uses {
			if i == maxCardCalls {
				calls = append(calls, fmt.Sprintf("%d more", len(a.Uses)-i))
				break
			}
			calls = append(calls, w.code(u.Callee)+" "+w.place(m, u.Path, u.Line))
		}
		parts = append(parts, a.Capability.String()+" ("+strings.Join(calls, ", ")+")")
	}
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, "; ")
}

// place names a line, with its file where that is another than the card's.
func (w *writer) place(m *threat.Model, path string, line int) string {
	if path == w.here || path == "" {
		return fmt.Sprintf("line %d", line)
	}
	rel, err := filepath.Rel(m.Folder, path)
	if err != nil {
		rel = filepath.Base(path)
	}
	return w.text(fmt.Sprintf("%s:%d", filepath.ToSlash(rel), line))
}

// takes says what the caller chooses, and what holds it.
func (w *writer) takes(e *threat.Entry) string {
	if len(e.Params) == 0 {
		return "nothing from the caller"
	}
	var parts []string
	for i := range e.Params {
		if i == maxCardParams {
			parts = append(parts, fmt.Sprintf("%d more", len(e.Params)-i))
			break
		}
		p := &e.Params[i]
		parts = append(parts, w.code(p.Name)+" ("+w.text(threat.Holds(p, e.Enforced))+")")
	}
	return strings.Join(parts, ", ") + ": chosen by the model, and so by whoever wrote what it has read"
}

// returns says what of others goes back to the model.
func (w *writer) returns(m *threat.Model, e *threat.Entry) string {
	if len(e.Returns) == 0 {
		return "nothing of others that was seen"
	}
	var parts []string
	for i, r := range e.Returns {
		if i == maxCardCalls {
			parts = append(parts, fmt.Sprintf("%d more", len(e.Returns)-i))
			break
		}
		what := w.text(r.What)
		if what == "" {
			what = "what it got from elsewhere"
		}
		if r.Line > 0 {
			what += " (" + w.place(m, r.Path, r.Line) + ")"
		}
		parts = append(parts, what)
	}
	return strings.Join(parts, ", ") + ": untrusted, the model may follow what stands in it"
}

// triple says which of the three dangerous capabilities come together.
func (w *writer) triple(t *threat.Triple) string {
	if t.Count() == 0 {
		return ""
	}
	var parts []string
	for _, part := range []struct {
		what string
		list []*threat.Entry
	}{{"reads what is private", t.Private}, {"takes in what strangers write", t.Untrusted}, {"can get something out", t.Out}} {
		if len(part.list) == 0 {
			continue
		}
		var names []string
		for i, e := range part.list {
			if i == maxCardNames {
				names = append(names, "…")
				break
			}
			names = append(names, w.code(e.Name))
		}
		parts = append(parts, part.what+" ("+strings.Join(names, ", ")+")")
	}
	says := fmt.Sprintf("this server has %d of the three capabilities that are dangerous together: %s", t.Count(), strings.Join(parts, "; "))
	if t.Count() == 3 {
		says += ". One text of a stranger can chain them"
	}
	return says
}

// found lists findings, the worst first.
func (w *writer) found(v *view, m *threat.Model, list []*audit.Finding) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n\n", w.bold("Found"))
	for i, f := range list {
		if i == maxCardFindings {
			fmt.Fprintf(w, "- %d more\n", len(list)-i)
			break
		}
		score := "not scored"
		if f.Score.Scored {
			score = fmt.Sprintf("%s %s", f.Score.AIVSS, f.Score.Band)
		}
		line := 0
		if text := v.text(f.Path); text != nil {
			line = text.LineAt(f.Span.Start) + 1
		}
		fmt.Fprintf(w, "- %s · %s · %s\n", score, w.text(f.Message), w.place(m, f.Path, line))
	}
	w.WriteByte('\n')
}

// next asks the next question about an entry, with nil about the whole server.
func (w *writer) next(s *server, v *view, res *audit.FileResult, m *threat.Model, e *threat.Entry) {
	a := m.Next(e)
	if a == nil {
		w.WriteString("All questions about this are answered, for the code as it is.\n")
		return
	}
	fmt.Fprintf(w, "%s\n\n", w.bold(w.ask(a)))
	if a.State == threat.Stale {
		fmt.Fprintf(w, "The code has changed since %s answered this on %s: %s\n\n", w.text(orPath(a.Said.By, "somebody")), w.text(a.Said.At), w.text(saidLabel(a)))
	}
	body := a.Question.Text
	if a.State == threat.Unsure {
		body = "To find out:\n\n" + a.Question.NotSure
	}
	if w.format == protocol.Markdown {
		body = a.FillWith(markup.Foreign(body), w.text)
	} else {
		body = a.FillWith(markup.Visible(body, true, len(body)), w.text)
	}
	fmt.Fprintf(w, "%s\n\n", body)
	if v.home(res.Path) == "" {
		w.WriteString("Answers are kept in a workspace folder: open one to answer.\n")
		return
	}
	if s.untrusted {
		w.WriteString("Answers are not read or kept, because the workspace is not trusted.\n")
		return
	}
	for _, c := range choices(a) {
		if s.commandLinks && w.format == protocol.Markdown {
			fmt.Fprintf(w, "- [%s](%s)\n", markup.Inline(c.label), commandLink(commandAnswer, answerArguments(v, a, c.id)...))
		} else {
			fmt.Fprintf(w, "- %s\n", w.text(c.label))
		}
	}
	if !s.commandLinks || w.format != protocol.Markdown {
		w.WriteString("\nAnswer by a code action or the lens on this line.\n")
	}
}

// ask gives the question with its place in the order that teaches.
func (w *writer) ask(a *threat.Asked) string {
	stage := 1
	for i, s := range prompts.Stages {
		if s == a.Question.Stage {
			stage = i + 1
		}
	}
	return fmt.Sprintf("%s (%s, step %d of %d)", a.FillWith(a.Question.Title, w.text), a.Question.Stage, stage, len(prompts.Stages))
}

// saidLabel gives what was answered, in the words of the question.
func saidLabel(a *threat.Asked) string {
	if a.Answer != nil {
		return a.Answer.Says
	}
	return a.Said.Answer
}

// choice is one way to answer.
type choice struct{ id, label string }

// choices gives the ways to answer a question; not sure is always among them.
func choices(a *threat.Asked) []choice {
	var list []choice
	for i := range a.Question.Answers {
		list = append(list, choice{a.Question.Answers[i].ID, a.Question.Answers[i].Says})
	}
	return append(list, choice{threat.NotSure, "Not sure: tell me how to find out"})
}

// answerArguments are the arguments of mcpaudit.answer.
func answerArguments(v *view, a *threat.Asked, answer string) []any {
	tool := ""
	if a.Entry != nil {
		tool = a.Entry.Name
	}
	return []any{v.uri(a.File()), tool, a.Question.ID, answer}
}

// commandLink gives the target of a link that executes one of our commands. Nothing of
// the audited code can end it: it is a URL's query.
func commandLink(command string, arguments ...any) string {
	encoded, err := json.Marshal(arguments)
	if err != nil {
		return ""
	}
	return "command:" + command + "?" + strings.NewReplacer("+", "%20", "(", "%28", ")", "%29").Replace(url.QueryEscape(string(encoded)))
}

// hoverCard writes the card for a place into w, and gives the span that it speaks of;
// false where no card belongs there.
func (w *writer) hoverCard(s *server, v *view, res *audit.FileResult, m *threat.Model, at uint32) (source.Span, bool) {
	if m == nil {
		return source.Span{}, false
	}
	w.here = res.Path
	line := res.Text.LineAt(at)
	if e := registrationAt(m, res, line); e != nil {
		w.card(s, v, res, m, e)
		return e.NameSpan, true
	}
	if serverAt(res, line) {
		w.serverCard(s, v, res, m)
		start := res.Text.LineStart(line)
		return source.Span{Start: start, End: start + uint32(len(res.Text.Line(line)))}, true
	}
	return source.Span{}, false
}
