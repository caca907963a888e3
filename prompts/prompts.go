// Package prompts holds what mcpaudit asks and says as documents: the questions of
// guided threat modelling, prompts for AI clients, and those of the tutor. A
// contributor adds a question by adding a file to questions/, without Go.
//
// It imports nothing of the house.
package prompts

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

//go:embed questions/*.md
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

// LoadQuestions reads the questions of a folder. The error names the file and what is
// wrong in it.
func LoadQuestions(files fs.FS, dir string) ([]*Question, error) {
	names, err := fs.Glob(files, path.Join(dir, "*.md"))
	if err != nil {
		return nil, err
	}
	var all []*Question
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		q, err := ParseQuestion(string(text))
		if err == nil && q.ID+".md" != path.Base(name) {
			err = fmt.Errorf("its id is %q: want that of the file", q.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, q)
	}
	slices.SortStableFunc(all, func(a, b *Question) int {
		return cmp.Or(slices.Index(Stages, a.Stage)-slices.Index(Stages, b.Stage), a.Order-b.Order, strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// ParseQuestion reads the document of a question.
func ParseQuestion(text string) (*Question, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, body, ok := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n")
	if !ok || !strings.HasPrefix(text, "---\n") {
		return nil, fmt.Errorf("it begins with no front matter: want a line ---, the facts, and another ---")
	}
	q := &Question{}
	d := yaml.NewDecoder(strings.NewReader(head))
	d.KnownFields(true)
	if err := d.Decode(q); err != nil {
		return nil, err
	}
	for i, part := range strings.Split("\n"+body, "\n## ") {
		heading, rest, _ := strings.Cut(part, "\n")
		switch rest = strings.TrimSpace(rest); {
		case i == 0:
			q.Text = strings.TrimSpace(part)
		case heading == "Not sure":
			q.NotSure = rest
		case heading == "What follows":
			q.Follows = rest
		default:
			return nil, fmt.Errorf("there is no section %q: want Not sure and What follows", heading)
		}
	}
	return q, q.check()
}

// check reports what a question lacks.
func (q *Question) check() error {
	switch {
	case q.ID == "":
		return fmt.Errorf("it has no id")
	case !strings.HasSuffix(q.Title, "?"):
		return fmt.Errorf("title %q: want one line that ends with a question mark", q.Title)
	case !slices.Contains(Stages, q.Stage):
		return fmt.Errorf("stage %q: want one of %v", q.Stage, Stages)
	case q.Scope != Server && q.Scope != OfEntry:
		return fmt.Errorf("scope %q: want server or entry", q.Scope)
	case len(q.Answers) < 2:
		return fmt.Errorf("it has %d answers: want two or more", len(q.Answers))
	case q.Text == "" || q.NotSure == "" || q.Follows == "":
		return fmt.Errorf("a part is missing: want the text, then the sections Not sure and What follows")
	}
	seen := map[string]bool{"not-sure": true}
	for i := range q.Answers {
		a := &q.Answers[i]
		if a.ID == "" || a.Says == "" || seen[a.ID] {
			return fmt.Errorf("answer %d: want an id of its own (not-sure is always there) and what it says", i+1)
		}
		seen[a.ID] = true
		if a.Means != Controlled && a.Means != Exposed && a.Means != Neutral {
			return fmt.Errorf("answer %s means %q: want controlled, exposed or neutral", a.ID, a.Means)
		}
		if a.Means == Controlled && a.Control == "" || a.Means == Exposed && a.Risk == "" {
			return fmt.Errorf("answer %s: want the sentence `control:` or `risk:` for the threat model", a.ID)
		}
		for name, v := range a.States {
			if v != 0 && v != 0.5 && v != 1 {
				return fmt.Errorf("answer %s: factor %s is %v: want 0, 0.5 or 1", a.ID, name, v)
			}
		}
	}
	return nil
}
