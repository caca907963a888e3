// Package prompts holds what mcpaudit asks and says as documents: the questions of
// guided threat modelling, prompts for AI clients, and those of the tutor. A
// contributor adds a question by adding a file to questions/, without Go.
//
// It imports nothing of the house.
package prompts

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed questions/*.md clients/*.md
var documents embed.FS

// Stage is the place of a question in the order that teaches.
type Stage string

// The stages, in their order.
const (
	Asset       Stage = "asset"       // what is worth protecting
	Attacker    Stage = "attacker"    // who would want it, and what they can do
	Entry       Stage = "entry"       // where they get in
	Boundary    Stage = "boundary"    // where trust changes
	Consequence Stage = "consequence" // what comes of it
	Control     Stage = "control"     // what stands in the way
)

// Stages lists the stages in the order that teaches.
var Stages = []Stage{Asset, Attacker, Entry, Boundary, Consequence, Control}

// Scope is what a question is asked of.
type Scope string

// The scopes.
const (
	Server  Scope = "server" // once for a server
	OfEntry Scope = "entry"  // of each tool, resource or prompt that it applies to
)

// Meaning is what an answer says of the risk.
type Meaning string

// The meanings.
const (
	Controlled Meaning = "controlled" // a control is in place
	Exposed    Meaning = "exposed"    // a risk stands
	Neutral    Meaning = "neutral"
)

// Question is one question of the threat model.
type Question struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"` // one short line that ends with a question mark
	Stage Stage  `yaml:"stage"`
	Order int    `yaml:"order"` // within the stage
	Scope Scope  `yaml:"scope"`
	// When names what must be true of the server or the entry: one of them, each of
	// which may be several joined by +. None is always. Unless names what must not.
	When   []string `yaml:"when"`
	Unless []string `yaml:"unless"`
	STRIDE []string `yaml:"stride"`
	ASI    []string `yaml:"owasp-asi"`
	MCP    []string `yaml:"owasp-mcp"`
	Checks []string `yaml:"checks"` // lessons to read on

	Answers []Answer `yaml:"answers"`

	Text    string `yaml:"-"` // Markdown: what is asked, and why it matters
	NotSure string `yaml:"-"` // how to find out
	Follows string `yaml:"-"` // what each answer means
}

// Answer is one of the answers to a question.
type Answer struct {
	ID    string  `yaml:"id"`
	Says  string  `yaml:"says"` // the label of a button
	Means Meaning `yaml:"means"`
	// States are the AIVSS factors that the answer states, by the keys of the AIVSS 0.8
	// report schema: 0, 0.5 or 1.
	States map[string]float64 `yaml:"factors"`
	// Control is the sentence for what is in place, Risk the one for what remains.
	Control string `yaml:"control"`
	Risk    string `yaml:"risk"`
}

// Factors gives the factors that the answer states, in halves: 0, 1 or 2.
func (a *Answer) Factors() map[string]int {
	halves := map[string]int{}
	for name, v := range a.States {
		halves[name] = int(2 * v)
	}
	return halves
}

// Answer gives an answer of the question by its id.
func (q *Question) Answer(id string) (*Answer, bool) {
	i := slices.IndexFunc(q.Answers, func(a Answer) bool { return a.ID == id })
	if i < 0 {
		return nil, false
	}
	return &q.Answers[i], true
}

var loaded = sync.OnceValues(func() ([]*Question, error) { return LoadQuestions(documents, "questions") })

// Questions gives the questions in the order that teaches. It panics where a document
// that is built in does not load, which a test excludes.
func Questions() []*Question {
	all, err := loaded()
	if err != nil {
		panic(err)
	}
	return all
}

// ByID gives a question, nil for none.
func ByID(id string) *Question {
	for _, q := range Questions() {
		if q.ID == id {
			return q
		}
	}
	return nil
}

// LoadQuestions reads the questions of a folder, those of a file each, in the order that
// teaches. An error is an *Error, with the file and the line.
func LoadQuestions(files fs.FS, dir string) ([]*Question, error) {
	all, err := load(files, dir, ParseQuestion, func(q *Question) string { return q.ID })
	slices.SortStableFunc(all, func(a, b *Question) int {
		return cmp.Or(slices.Index(Stages, a.Stage)-slices.Index(Stages, b.Stage), a.Order-b.Order, strings.Compare(a.ID, b.ID))
	})
	return all, err
}

// load reads the documents of a folder, each named for its id.
func load[T any](files fs.FS, dir string, parse func(text string) (*T, error), id func(*T) string) ([]*T, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.md"))
	if err != nil {
		return nil, err
	}
	var all []*T
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		one, err := parse(string(text))
		if err == nil && id(one)+".md" != path.Base(name) {
			err = wrong(2, "its id is %q: want that of the file, %q", id(one), strings.TrimSuffix(path.Base(name), ".md"))
		}
		if fault := (*Error)(nil); errors.As(err, &fault) {
			fault.File = name
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// The bounds of what is shown in little room: lenses, menus, messages, hovers.
const (
	maxTitle    = 80
	maxSays     = 100
	maxSentence = 120
	maxText     = 1000
	maxAnswers  = 4
)

// ParseQuestion reads the document of a question. An error is an *Error, with the line.
func ParseQuestion(text string) (*Question, error) {
	d, err := readDocument(text)
	if err != nil {
		return nil, err
	}
	if err := allow(d.head, "id", "title", "stage", "order", "scope", "when", "unless", "stride", "owasp-asi", "owasp-mcp", "checks", "answers"); err != nil {
		return nil, err
	}
	for _, n := range d.items("answers") {
		if err := allow(n, "id", "says", "means", "factors", "control", "risk"); err != nil {
			return nil, err
		}
	}
	q := &Question{Text: d.text}
	if err := d.decode(q); err != nil {
		return nil, err
	}
	if err := d.fill(map[string]*string{"Not sure": &q.NotSure, "What follows": &q.Follows}); err != nil {
		return nil, err
	}
	for _, check := range []func(*document) error{q.check, q.checkLists, q.checkAnswers, q.checkText} {
		if err := check(d); err != nil {
			return nil, err
		}
	}
	return q, nil
}

// check reports what is wrong with the first facts.
func (q *Question) check(d *document) error {
	switch {
	case !identifier.MatchString(q.ID):
		return wrong(d.at("id"), "id %q: want lower-case words joined by -, the name of the file", q.ID)
	case !oneLine(q.Title, maxTitle) || !strings.HasSuffix(q.Title, "?"):
		return wrong(d.at("title"), "title %q: want one line of at most %d characters that ends with a question mark", q.Title, maxTitle)
	case !slices.Contains(Stages, q.Stage):
		return wrong(d.at("stage"), "stage %q: want one of %v", q.Stage, Stages)
	case q.Order < 1:
		return wrong(d.at("order"), "order %d: want the place within the stage, from 1", q.Order)
	case q.Scope != Server && q.Scope != OfEntry:
		return wrong(d.at("scope"), "scope %q: want server or entry", q.Scope)
	}
	return nil
}

// checkLists reports a member of a list that means nothing.
func (q *Question) checkLists(d *document) error {
	for key, list := range map[string][]string{"when": q.When, "unless": q.Unless} {
		for _, member := range list {
			if err := checkTerm(member, q.Scope); err != nil {
				return wrong(d.at(key), "%s: %v", key, err)
			}
		}
	}
	for _, s := range q.STRIDE {
		if !slices.Contains(strides, s) {
			return wrong(d.at("stride"), "stride: there is no %q: want %s", s, strings.Join(strides, ", "))
		}
	}
	for key, list := range map[string][]string{"owasp-asi": q.ASI, "owasp-mcp": q.MCP} {
		prefix := strings.ToUpper(strings.TrimPrefix(key, "owasp-"))
		for _, member := range list {
			number, err := strconv.Atoi(strings.TrimPrefix(member, prefix))
			if err != nil || number < 1 || number > 10 || member != fmt.Sprintf("%s%02d", prefix, number) {
				return wrong(d.at(key), "%s: there is no %q: want %s01 to %s10", key, member, prefix, prefix)
			}
		}
	}
	for _, c := range q.Checks {
		if !identifier.MatchString(c) {
			return wrong(d.at("checks"), "checks: %q is no id of a check: 'mcpaudit checks' lists them", c)
		}
	}
	switch {
	case len(q.STRIDE) == 0:
		return wrong(d.at("stride"), "stride is empty: say which of %s the question is about", strings.Join(strides, ", "))
	case len(q.ASI)+len(q.MCP) == 0:
		return wrong(2, "owasp-asi and owasp-mcp are empty: say which entries of these lists the question is about")
	}
	return nil
}

// checkAnswers reports what is wrong with the answers.
func (q *Question) checkAnswers(d *document) error {
	if len(q.Answers) < 2 || len(q.Answers) > maxAnswers {
		return wrong(d.at("answers"), "it has %d answers: want two to %d", len(q.Answers), maxAnswers)
	}
	seen := map[string]bool{"not-sure": true}
	for i := range q.Answers {
		a, line := &q.Answers[i], d.items("answers")[i].Line+1
		switch {
		case !identifier.MatchString(a.ID) || seen[a.ID]:
			return wrong(line, "answer %d has the id %q: want an id of its own, lower-case words joined by - (not-sure is always there)", i+1, a.ID)
		case !oneLine(a.Says, maxSays):
			return wrong(line, "answer %s says %q: want one line of at most %d characters", a.ID, a.Says, maxSays)
		case a.Means != Controlled && a.Means != Exposed && a.Means != Neutral:
			return wrong(line, "answer %s means %q: want controlled, exposed or neutral", a.ID, a.Means)
		case (a.Means == Controlled) != (a.Control != "") || a.Control != "" && !oneLine(a.Control, maxSentence):
			return wrong(line, "answer %s: an answer that means controlled, and no other, has `control:`, one line of at most %d characters for the threat model", a.ID, maxSentence)
		case (a.Means == Exposed) != (a.Risk != "") || a.Risk != "" && !oneLine(a.Risk, maxSentence):
			return wrong(line, "answer %s: an answer that means exposed, and no other, has `risk:`, one line of at most %d characters for the threat model", a.ID, maxSentence)
		}
		seen[a.ID] = true
		if err := blanks(a.Says + a.Control + a.Risk); err != nil {
			return wrong(line, "answer %s: %v", a.ID, err)
		}
		for _, name := range sortedKeys(a.States) {
			if !slices.Contains(Factors, name) {
				return wrong(line, "answer %s: there is no factor %q: want one of %s", a.ID, name, strings.Join(Factors, ", "))
			}
			if v := a.States[name]; v != 0 && v != 0.5 && v != 1 {
				return wrong(line, "answer %s: factor %s is %v: want 0, 0.5 or 1", a.ID, name, v)
			}
		}
	}
	return nil
}

// checkText reports what is wrong with the prose.
func (q *Question) checkText(d *document) error {
	switch n := utf8.RuneCountInString(q.Text); {
	case n == 0:
		return wrong(d.textLine, "it says nothing between the facts and the first section: tell what is asked, and why it matters")
	case n > maxText:
		return wrong(d.textLine, "the text has %d characters: want at most %d, it is shown in a hover", n, maxText)
	}
	known := []string{"server"}
	if q.Scope == OfEntry {
		known = []string{"tool", "parameters", "server"}
	}
	if err := blanks(q.Title, known...); err != nil {
		return wrong(d.at("title"), "title: %v", err)
	}
	if err := blanks(q.Text+q.NotSure+q.Follows, known...); err != nil {
		return wrong(d.textLine, "%v", err)
	}
	return nil
}
