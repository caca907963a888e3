package threat

// asked.go says which questions apply to a server, which of them are answered, and
// which answers still speak of the code as it is.

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/prompts"
)

// State is how far a question is answered.
type State uint8

// The states.
const (
	Open     State = iota // nobody has answered
	Stale                 // answered, but the code has changed since: asked again
	Unsure                // answered with not sure: asked again, with how to find out
	Answered              // answered
)

// String gives open, stale, not sure or answered.
func (s State) String() string { return [...]string{"open", "stale", "not sure", "answered"}[s] }

// Asked is a question that applies to a server or to one of its entries.
type Asked struct {
	Question *prompts.Question
	Entry    *Entry // nil for the server
	State    State
	Said     *Said           // the last answer, nil if there is none
	Answer   *prompts.Answer // what was said, nil for not sure and for none

	model *Model
}

// Title gives the question with the names put in.
func (a *Asked) Title() string { return a.Fill(a.Question.Title) }

// Fill puts the names into a text of the question. They are text of the audited code:
// give text that is to be shown through the filler of FillWith.
func (a *Asked) Fill(text string) string { return a.FillWith(text, func(s string) string { return s }) }

// FillWith puts the names into a text of the question, each made harmless by show.
func (a *Asked) FillWith(text string, show func(string) string) string {
	tool, parameters := "this server", "its parameters"
	if a.Entry != nil {
		tool = show(a.Entry.Name)
		var names []string
		for i := range a.Entry.Params {
			names = append(names, show(a.Entry.Params[i].Name))
		}
		if len(names) > 0 {
			parameters = strings.Join(names, ", ")
		}
	}
	return strings.NewReplacer("{tool}", tool, "{parameters}", parameters, "{server}", show(a.model.Name)).Replace(text)
}

// File is the file that the question is asked in: the one that registers the entry, or
// any of the server.
func (a *Asked) File() string {
	if a.Entry != nil {
		return a.Entry.Path
	}
	return a.model.Files[0].Path
}

// Again reports whether the question is to be asked: it is open, its answer is stale,
// or somebody was not sure.
func (a *Asked) Again() bool { return a.State != Answered }

// code gives the digest of the code that an answer speaks of.
func (a *Asked) code() string {
	if a.Entry != nil {
		return a.Entry.Code
	}
	return a.model.code
}

// Say gives the answer as it is kept. by is who answers, on the day of at.
func (a *Asked) Say(answer, note, by string, at time.Time) (Said, error) {
	if _, ok := a.Question.Answer(answer); !ok && answer != NotSure {
		return Said{}, fmt.Errorf("the question %s has no answer %q: want one of %s", a.Question.ID, answer, strings.Join(a.choices(), ", "))
	}
	s := Said{Question: a.Question.ID, Answer: answer, Note: note, By: by, At: at.Format(time.DateOnly), Code: a.code()}
	if a.model.Rel != "." {
		s.Server = a.model.Rel
	}
	if a.Entry != nil {
		s.Tool, s.File = a.Entry.Name, a.Entry.Rel
		s.Evidence = a.Entry.evidence()
	}
	return s, nil
}

func (a *Asked) choices() []string {
	var ids []string
	for i := range a.Question.Answers {
		ids = append(ids, a.Question.Answers[i].ID)
	}
	return append(ids, NotSure)
}

// evidence says in words what an answer about the entry speaks of.
func (e *Entry) evidence() string {
	text := fmt.Sprintf("%s:%d", e.Rel, e.Line)
	for i, u := range e.Uses {
		if i == 3 {
			break
		}
		text += ", " + u.Callee
	}
	return text
}

// ask finds the questions that apply and how far they are answered.
func (m *Model) ask(book *Book) {
	m.Asked = nil
	add := func(q *prompts.Question, e *Entry) {
		a := &Asked{Question: q, Entry: e, model: m}
		a.look(book)
		m.Asked = append(m.Asked, a)
	}
	for _, q := range prompts.Questions() {
		if q.Scope == prompts.Server {
			if applies(m.traits, q.When, q.Unless) {
				add(q, nil)
			}
			continue
		}
		for _, e := range m.Entries {
			if applies(e.traits, q.When, q.Unless) {
				add(q, e)
			}
		}
	}
}

// look finds the answer in the book.
func (a *Asked) look(book *Book) {
	if book == nil {
		return
	}
	for i := range book.Answers {
		s := &book.Answers[i]
		if !a.answers(s) {
			continue
		}
		a.Said = s
		a.Answer, _ = a.Question.Answer(s.Answer)
		switch {
		case s.Code != "" && s.Code != a.code():
			a.State = Stale
		case a.Answer == nil:
			a.State = Unsure
		default:
			a.State = Answered
		}
	}
}

// answers reports whether something that was said speaks of this question here.
func (a *Asked) answers(s *Said) bool {
	server := s.Server
	if server == "" {
		server = "."
	}
	if s.Question != a.Question.ID || server != a.model.Rel {
		return false
	}
	if a.Entry == nil {
		return s.Tool == ""
	}
	return s.Tool == a.Entry.Name && (s.File == "" || s.File == a.Entry.Rel)
}

// Of gives the question of an id about an entry, by its name and file, or with an empty
// name about the server; nil if it does not apply.
func (m *Model) Of(question, tool, file string) *Asked {
	for _, a := range m.Asked {
		if a.Question.ID != question {
			continue
		}
		if a.Entry == nil && tool == "" || a.Entry != nil && a.Entry.Name == tool && (file == "" || a.Entry.Rel == file) {
			return a
		}
	}
	return nil
}

// Next gives the question to ask next about an entry, with nil about the server and
// all of its entries: in the order that teaches, stale answers first; nil when all is
// answered. What somebody was not sure of comes when nothing else is left.
func (m *Model) Next(e *Entry) *Asked {
	for _, state := range []State{Stale, Open, Unsure} {
		for _, a := range m.Asked {
			if a.State == state && (e == nil || a.Entry == e) {
				return a
			}
		}
	}
	return nil
}

// About gives the questions of an entry, with nil those of the server itself.
func (m *Model) About(e *Entry) []*Asked {
	var list []*Asked
	for _, a := range m.Asked {
		if a.Entry == e {
			list = append(list, a)
		}
	}
	return list
}

// Count says how many questions apply to an entry, with nil to the server and all of
// its entries, and how many of them are answered.
func (m *Model) Count(e *Entry) (answered, all int) {
	for _, a := range m.Asked {
		if e != nil && a.Entry != e {
			continue
		}
		all++
		if a.State == Answered {
			answered++
		}
	}
	return answered, all
}

// Answers gives the factors that are answered for, as long as the answers speak of the
// code as it is.
func Answers(models []*Model) []audit.Answer {
	var list []audit.Answer
	for _, m := range models {
		for _, a := range m.Asked {
			if a.State != Answered {
				continue
			}
			factors := a.Answer.Factors()
			for _, name := range aivss.FactorNames() {
				half, ok := factors[name]
				if !ok {
					continue
				}
				f := aivss.Factor{Name: name, Half: half, Source: aivss.FromAnswer, Evidence: a.Question.ID + ": " + a.Answer.Says, File: BookFile, Line: a.Said.Line}
				answer := audit.Answer{Folder: m.Folder, Factor: f}
				if a.Entry != nil {
					answer.Tool = a.Entry.Name
				}
				list = append(list, answer)
			}
		}
	}
	return list
}

// Unused gives the answers of a book that speak of nothing: of a question, a server or a
// tool that is not there (any more).
func Unused(book *Book, models []*Model) []Problem {
	report := problems{path: book.Path}
	for i := range book.Answers {
		s := &book.Answers[i]
		q := prompts.ByID(s.Question)
		used := slices.ContainsFunc(models, func(m *Model) bool {
			return slices.ContainsFunc(m.Asked, func(a *Asked) bool { return a.answers(s) })
		})
		switch {
		case q == nil:
			report.add(s.Line, 0, 0, Warning, "unknown-question", fmt.Sprintf("There is no question %q. Completion offers those there are.", s.Question))
		case s.Answer != NotSure && !hasAnswer(q, s.Answer):
			report.add(s.Line, 0, 0, Warning, "unknown-answer", fmt.Sprintf("The question %s has no answer %q.", s.Question, s.Answer))
		case !used:
			report.add(s.Line, 0, 0, Information, "unused-answer", "This answer speaks of nothing that is there now: the tool is gone, was renamed, or does something else. It is kept, and counts for nothing.")
		}
	}
	for _, m := range models {
		for _, a := range m.Asked {
			if a.State == Stale {
				report.add(a.Said.Line, 0, 0, Warning, "stale-answer", "The code that this answer speaks of has changed since, so it does not count. Answer again where the code stands; the answer is kept until then.")
			}
		}
	}
	slices.SortFunc(report.list, func(a, b Problem) int { return a.Line - b.Line })
	return report.list
}

func hasAnswer(q *prompts.Question, id string) bool {
	_, ok := q.Answer(id)
	return ok
}
