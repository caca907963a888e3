package tutor

// learn.go makes a path through a reader's own server, in the four phases of an audit:
// awareness, guided analysis, risk evaluation, remediation. Each step is a concept, a
// finding to study, a question of the threat model, or a check of understanding made of
// facts of their own code. It needs no model and sends nothing.

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/threat"
	"mcpaudit/prompts"
)

// Phase is a part of the path.
type Phase uint8

// The phases, in their order.
const (
	Awareness Phase = iota
	Analysis
	Evaluation
	Remediation
)

// Phases lists the phases.
var Phases = []Phase{Awareness, Analysis, Evaluation, Remediation}

// String names the phase.
func (p Phase) String() string {
	return [...]string{"Awareness", "Guided analysis", "Risk evaluation", "Remediation"}[p]
}

// Lesson is one step of the path.
type Lesson struct {
	ID      string // the same as long as the code says the same
	Phase   Phase
	Title   string
	Text    string // Markdown, harmless
	Choices []Choice
	// Right is the place of the right choice, and Why says why; for a check of
	// understanding alone.
	Right int
	Why   string
	// Asked is the question of the threat model that the step asks, nil for none. Its
	// answer goes where all such answers go.
	Asked *threat.Asked
}

// Choice is one way to answer: its label is Markdown.
type Choice struct{ ID, Label string }

// Check reports whether the step checks what was understood.
func (l *Lesson) Check() bool { return len(l.Choices) > 0 && l.Asked == nil }

// The outcomes of a step, as they are kept.
const (
	Read     = "read"
	Knew     = "right"
	Missed   = "wrong"
	Answered = "answered"
	Skipped  = "skipped"
)

// maxStudied is how many findings are studied, each of another check; maxAsked how many
// questions a phase asks.
const (
	maxStudied = 3
	maxAsked   = 2
)

// course is a path in the making.
type course struct {
	model   *threat.Model
	check   func(id string) *checks.Check
	sources Sources
	depth   Depth
	path    []*Lesson
	asked   map[*threat.Asked]bool
}

// Course gives the path through a server.
func Course(m *threat.Model, check func(id string) *checks.Check, s Sources, d Depth) []*Lesson {
	c := &course{model: m, check: check, sources: s, depth: d, asked: map[*threat.Asked]bool{}}
	c.awareness()
	c.analysis()
	c.evaluation()
	c.remediation()
	return c.path
}

func (c *course) add(l *Lesson) { c.path = append(c.path, l) }

// awareness: what the server can do, who chooses what it gets, what it protects.
func (c *course) awareness() {
	m := c.model
	c.add(&Lesson{ID: "what-it-can-do", Phase: Awareness, Title: "What your server can do", Text: c.abilities()})
	if e := c.withParameter(); e != nil {
		p := e.Params[0].Name
		c.add(c.quiz(&Lesson{
			ID: "who-chooses-" + digest(e.Name, p), Phase: Awareness, Title: fmt.Sprintf("Who chooses the value of %s in a call of %s?", markup.ShortCode(p), markup.ShortCode(e.Name)),
			Why: "The model fills in the arguments, and it follows what it reads: a web page, a mail, an issue. So whoever wrote that text may choose the value.",
		}, "Whoever wrote a text that the model has read", "You, when you write the server", "The operator, when the server starts"))
	}
	if m.Triple.Count() > 0 {
		c.add(&Lesson{ID: fmt.Sprintf("together-%d", m.Triple.Count()), Phase: Awareness, Title: "Three capabilities that are dangerous together", Text: c.together()})
	}
	c.ask(Awareness, nil, prompts.Asset, prompts.Attacker)
}

// abilities says what the server can do, with the entries that do it.
func (c *course) abilities() string {
	m := c.model
	var b strings.Builder
	b.WriteString("A client's model calls the tools of your server by itself. What they can do, it can do, and so can whoever steers it by what it reads.\n\n")
	seen := 0
	for _, a := range m.Abilities {
		var names []string
		for _, e := range m.Entries {
			if threat.Can(e.Abilities, a.Capability) {
				names = append(names, markup.ShortCode(e.Name))
			}
		}
		if len(names) > 6 {
			names = append(names[:6:6], fmt.Sprintf("%d more", len(names)-6))
		}
		who := strings.Join(names, ", ")
		if who == "" {
			who = "the server itself"
		}
		fmt.Fprintf(&b, "- **%s**: %s\n", a.Capability, who)
		seen++
	}
	if seen == 0 {
		b.WriteString("Nothing was seen that it reaches beyond its own answers. That is the safest kind; keep it so as it grows.\n")
	}
	return b.String()
}

// together says which of the three dangerous capabilities the server has.
func (c *course) together() string {
	t := &c.model.Triple
	var b strings.Builder
	b.WriteString("Each may be harmless alone. Together they let the text of a stranger take your data out: it is read, it tells the model what to fetch, and where to send it.\n\n")
	for _, part := range []struct {
		what string
		list []*threat.Entry
	}{{"reads what is private", t.Private}, {"takes in what strangers write", t.Untrusted}, {"can get something out", t.Out}} {
		var names []string
		for i, e := range part.list {
			if i == 6 {
				names = append(names, fmt.Sprintf("%d more", len(part.list)-i))
				break
			}
			names = append(names, markup.ShortCode(e.Name))
		}
		if len(names) == 0 {
			names = []string{"nothing that was seen"}
		}
		fmt.Fprintf(&b, "- %s: %s\n", part.what, strings.Join(names, ", "))
	}
	fmt.Fprintf(&b, "\nYour server has %d of the three. A client adds those of its other servers.\n", t.Count())
	return b.String()
}

// withParameter gives the entry with the worst findings that takes a parameter.
func (c *course) withParameter() *threat.Entry {
	for _, e := range c.model.Entries {
		if len(e.Params) > 0 && e.Name != "" {
			return e
		}
	}
	return nil
}

// analysis: findings to study, and where the text of a stranger gets through.
func (c *course) analysis() {
	studied := c.studied()
	for _, f := range studied {
		check := c.check(f.Check)
		c.add(&Lesson{ID: "study-" + f.Fingerprint, Phase: Analysis, Title: "Study a finding of yours: " + markup.Inline(f.Title), Text: Explain(check, f, c.sources, c.depth)})
		if l := c.whichLine(f); l != nil {
			c.add(l)
		}
		for _, e := range c.model.Entries {
			if e.Name == f.Tool && slices.Contains(e.Findings, f) {
				c.ask(Analysis, e, prompts.Entry, prompts.Boundary)
			}
		}
	}
	if len(studied) > 0 {
		return
	}
	// Nothing was found: the lessons that fit what the server does.
	for _, a := range c.model.Abilities {
		if check := c.check(lessons[a.Capability]); check != nil && len(c.of(Analysis)) < maxStudied {
			c.add(&Lesson{ID: "lesson-" + check.ID, Phase: Analysis, Title: "Nothing was found. Read what to keep away: " + markup.Inline(check.Title), Text: markup.Foreign(check.Document.Introduction + "\n\n## Ask yourself\n\n" + check.Document.Sections[checks.SectionAsk])})
		}
	}
	c.ask(Analysis, nil, prompts.Entry, prompts.Boundary)
}

func (c *course) of(p Phase) (list []*Lesson) {
	for _, l := range c.path {
		if l.Phase == p {
			list = append(list, l)
		}
	}
	return list
}

// lessons are those for a server that can do something and was found without a flaw.
var lessons = map[threat.Capability]string{
	threat.RunsCommands: "command-injection", threat.RunsCode: "code-injection", threat.WritesFiles: "path-traversal", threat.DeletesFiles: "path-traversal", threat.ReadsFiles: "path-traversal",
	threat.Database: "sql-injection", threat.Network: "server-side-request-forgery", threat.Secrets: "secret-exposure",
}

// studied gives the findings to study: the worst of each of the first checks that have a
// lesson.
func (c *course) studied() (list []*audit.Finding) {
	for _, f := range c.model.Findings {
		if len(list) < maxStudied && c.check(f.Check) != nil && !slices.ContainsFunc(list, func(o *audit.Finding) bool { return o.Check == f.Check }) {
			list = append(list, f)
		}
	}
	return list
}

// whichLine asks where the text of a stranger does harm, with the lines of its path and
// its neighbours to choose from; nil where there are too few.
func (c *course) whichLine(f *audit.Finding) *Lesson {
	if len(f.Steps) < 2 {
		return nil
	}
	last := f.Steps[len(f.Steps)-1]
	right := c.line(last)
	choices := []string{right}
	for _, s := range f.Steps[:len(f.Steps)-1] {
		if l := c.line(s); l != "" && !slices.Contains(choices, l) {
			choices = append(choices, l)
		}
	}
	if right == "" || len(choices) < 2 {
		return nil
	}
	if len(choices) > 4 {
		choices = choices[:4]
	}
	return c.quiz(&Lesson{
		ID: "which-line-" + f.Fingerprint, Phase: Analysis, Title: "In which of these lines does the text of an attacker take effect?",
		Why: fmt.Sprintf("There it %s. The lines before only carry it; that is where a check can still stand.", markup.Inline(strings.TrimSpace(last.Text))),
	}, choices...)
}

// line gives a line of code with its place.
func (c *course) line(s rule.Step) string {
	text := c.sources.Text(s.Path)
	if text == nil || int(s.Span.Start) > text.Len() {
		return ""
	}
	n := text.LineAt(s.Span.Start)
	return markup.ShortCode(fmt.Sprintf("%d: %s", n+1, strings.TrimSpace(text.Line(n))))
}

// evaluation: how bad it is, and where.
func (c *course) evaluation() {
	worst, ok := c.model.Worst()
	if !ok {
		c.add(&Lesson{ID: "no-score", Phase: Evaluation, Title: "How bad would it be?", Text: "No finding of yours has a score. A score has two parts: CVSS says how bad the flaw is and how easily it is reached, AIVSS adds what it means that a model is in the middle: how much it decides by itself, with which tools, and who watches.\n"})
		c.ask(Evaluation, nil, prompts.Consequence, prompts.Control)
		return
	}
	f := c.model.Findings[0]
	rows, _ := FactorRows(&worst)
	var b strings.Builder
	fmt.Fprintf(&b, "The worst finding of yours, %s, has the score\n\n    %s\n\nThe first number is CVSS 4.0: how bad the flaw is, and how easily it is reached where your server runs. The rest is AIVSS: what it adds that a model is in the middle. The factors behind it:\n\n", markup.Inline(f.Message), worst.Formula())
	for _, r := range rows {
		fmt.Fprintf(&b, "- %s %s: %s\n", r[0], r[1], markup.Inline(r[2]))
	}
	c.add(&Lesson{ID: "score-" + f.Fingerprint, Phase: Evaluation, Title: "How the score comes about", Text: b.String()})
	c.add(c.quiz(&Lesson{
		ID: "band-" + digest(f.Fingerprint, worst.AIVSS.String()), Phase: Evaluation, Title: fmt.Sprintf("Which band does a score of %s belong to?", worst.AIVSS),
		Why: "Critical begins at 9.0, High at 7.0, Medium at 4.0, Low at 0.1.",
	}, bands(worst.Band)...))
	if l := whichDeployment(f, &worst); l != nil {
		c.add(c.quiz(l, l.Choices[0].Label, l.Choices[1].Label, l.Choices[2].Label))
	}
	c.ask(Evaluation, nil, prompts.Consequence)
}

// bands gives the names of the bands, the right one first.
func bands(right aivss.Band) []string {
	list := []string{right.String()}
	for _, b := range []aivss.Band{aivss.Low, aivss.Medium, aivss.High, aivss.Critical} {
		if b != right {
			list = append(list, b.String())
		}
	}
	return list
}

// whichDeployment asks where a finding is worst; nil where two are alike. Its choices are
// unordered yet, the right one first.
func whichDeployment(f *audit.Finding, s *aivss.Score) *Lesson {
	words := map[aivss.Deployment]string{
		aivss.Local: "on the machine of one user", aivss.Remote: "as a service for many users over a network", aivss.Enterprise: "inside a company's network",
	}
	list := slices.Clone(s.Deployments[:])
	slices.SortStableFunc(list, func(a, b aivss.Result) int { return cmp.Compare(b.AIVSS, a.AIVSS) })
	if list[0].AIVSS == list[1].AIVSS {
		return nil
	}
	l := &Lesson{
		ID: "deployment-" + f.Fingerprint, Phase: Evaluation, Title: "The same code is a different risk elsewhere. Where would this finding be worst?",
		Why: fmt.Sprintf("AIVSS %s there, %s and %s in the others: who can reach the server, and whose data it holds, decides.", list[0].AIVSS, list[1].AIVSS, list[2].AIVSS),
	}
	for _, r := range list {
		l.Choices = append(l.Choices, Choice{Label: words[r.Deployment]})
	}
	return l
}

// remediation: what to do first, and what stays.
func (c *course) remediation() {
	var scored []*audit.Finding
	for _, f := range c.model.Findings {
		if f.Score.Scored && !slices.ContainsFunc(scored, func(o *audit.Finding) bool { return o.Score.AIVSS == f.Score.AIVSS }) {
			scored = append(scored, f)
		}
	}
	if len(scored) >= 2 {
		var choices []string
		for _, f := range scored[:min(len(scored), 4)] {
			choices = append(choices, markup.Inline(f.Message))
		}
		c.add(c.quiz(&Lesson{
			ID: "first-" + scored[0].Fingerprint, Phase: Remediation, Title: "Which of these findings would you mend first?",
			Why: fmt.Sprintf("It has the highest score, AIVSS %s. Where scores are alike, mend first what strangers reach without a login.", scored[0].Score.AIVSS),
		}, choices...))
	}
	for _, f := range c.studied() {
		e := &explaining{check: c.check(f.Check), finding: f, sources: c.sources}
		e.facts()
		e.remedy("How to stop it")
		e.lesson("When it is not a problem", e.check.Document.Sections[checks.SectionNoProblem])
		c.add(&Lesson{ID: "mend-" + f.Fingerprint, Phase: Remediation, Title: "Mend it: " + markup.Inline(f.Title), Text: e.String()})
	}
	c.ask(Remediation, nil, prompts.Control)
	c.add(&Lesson{ID: "what-remains", Phase: Remediation, Title: "What remains", Text: "Run `mcpaudit scan` after each change, in CI with `--fail-on high`. What your team decides to live with goes into `" + threat.ExceptionFolder + "`, with a reason and a day of review. `mcpaudit model` writes down what is left, for those who install your server.\n"})
}

// ask adds the next questions of the threat model that are open, about an entry or with
// nil about the server, of some stages.
func (c *course) ask(p Phase, about *threat.Entry, stages ...prompts.Stage) {
	n := 0
	for _, a := range c.model.Asked {
		if n == maxAsked || a.Entry != about || !slices.Contains(stages, a.Question.Stage) || c.asked[a] {
			continue
		}
		c.asked[a] = true
		n++
		name := ""
		if a.Entry != nil {
			name = a.Entry.Name
		}
		l := &Lesson{ID: "ask-" + digest(a.Question.ID, name), Phase: p, Title: a.FillWith(a.Question.Title, markup.Inline), Text: a.FillWith(markup.Foreign(a.Question.Text), markup.Inline), Asked: a}
		for i := range a.Question.Answers {
			l.Choices = append(l.Choices, Choice{a.Question.Answers[i].ID, a.FillWith(a.Question.Answers[i].Says, markup.Inline)})
		}
		l.Choices = append(l.Choices, Choice{threat.NotSure, "Not sure: tell me how to find out"})
		c.add(l)
	}
}

// quiz puts choices, the right one first, into an order that is the same every time and
// tells nothing.
func (c *course) quiz(l *Lesson, labels ...string) *Lesson {
	right := labels[0]
	slices.SortFunc(labels, func(a, b string) int { return strings.Compare(digest(l.ID, a), digest(l.ID, b)) })
	l.Choices = nil
	for i, label := range labels {
		l.Choices = append(l.Choices, Choice{fmt.Sprint(i + 1), label})
		if label == right {
			l.Right = i
		}
	}
	return l
}

func digest(parts ...string) string {
	h := fnv.New64a()
	for _, p := range parts {
		fmt.Fprintf(h, "%d %s ", len(p), p) // a hash takes everything
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// Take takes an answer to a step, by the number of the choice from 1 or by its id, and
// gives the outcome with what to say to it.
func (l *Lesson) Take(answer string) (outcome, says string, err error) {
	answer = strings.TrimSpace(answer)
	if len(l.Choices) == 0 {
		if answer != "" {
			return "", "", fmt.Errorf("this step asks nothing: go on without an answer")
		}
		return Read, "", nil
	}
	for i, c := range l.Choices {
		if answer != fmt.Sprint(i+1) && answer != c.ID {
			continue
		}
		switch {
		case l.Asked != nil && c.ID == threat.NotSure:
			return Answered, l.Asked.FillWith(markup.Foreign(l.Asked.Question.NotSure), markup.Inline), nil
		case l.Asked != nil:
			return Answered, l.Asked.FillWith(markup.Foreign(l.Asked.Question.Follows), markup.Inline), nil
		case i == l.Right:
			return Knew, "Right. " + l.Why, nil
		default:
			return Missed, fmt.Sprintf("Not quite: it is %d, %s. %s", l.Right+1, l.Choices[l.Right].Label, l.Why), nil
		}
	}
	return "", "", fmt.Errorf("%q is none of the answers: want a number from 1 to %d", answer, len(l.Choices))
}

// Choice gives the id of the choice that an answer names, empty for none.
func (l *Lesson) Choice(answer string) string {
	for i, c := range l.Choices {
		if answer == fmt.Sprint(i+1) || answer == c.ID {
			return c.ID
		}
	}
	return ""
}

// Progress is what was done of the paths through the user's servers, by the folder of the
// server. It is kept in the user's own folder.
type Progress struct {
	Servers map[string]map[string]string `yaml:"servers"` // folder, step, outcome
}

// LoadProgress reads it.
func LoadProgress() (*Progress, error) {
	p := &Progress{}
	err := readOwn("learn.yaml", p)
	if p.Servers == nil {
		p.Servers = map[string]map[string]string{}
	}
	return p, err
}

// Save writes it, atomically.
func (p *Progress) Save() error { return writeOwn("learn.yaml", p) }

// Done gives the outcome of a step in a server, empty if it is to come. A question of the
// threat model is done as long as its answer holds.
func (p *Progress) Done(folder string, l *Lesson) string {
	outcome := p.Servers[folder][l.ID]
	if l.Asked == nil || outcome == Skipped {
		return outcome
	}
	if l.Asked.State == threat.Answered || l.Asked.State == threat.Unsure {
		return Answered
	}
	return ""
}

// Set keeps the outcome of a step.
func (p *Progress) Set(folder string, l *Lesson, outcome string) {
	if p.Servers[folder] == nil {
		p.Servers[folder] = map[string]string{}
	}
	p.Servers[folder][l.ID] = outcome
}

// Next gives the first step that is to come, nil when the path is at its end.
func (p *Progress) Next(folder string, path []*Lesson) *Lesson {
	for _, l := range path {
		if p.Done(folder, l) == "" {
			return l
		}
	}
	return nil
}

// Count says how many steps of a phase are done, those skipped included, and how many
// there are.
func (p *Progress) Count(folder string, path []*Lesson, phase Phase) (done, all int) {
	for _, l := range path {
		if l.Phase == phase {
			all++
			if p.Done(folder, l) != "" {
				done++
			}
		}
	}
	return done, all
}
