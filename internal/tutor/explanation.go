package tutor

// explanation.go explains a finding without any model: the lesson of its check, filled
// with this code's own tool, parameter, path and score, for the reader who is reading.

import (
	"fmt"
	"slices"
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Depth is how an explanation speaks.
type Depth string

// The depths.
const (
	Beginner  Depth = "beginner"  // to somebody new to security
	Developer Depth = "developer" // to somebody who writes the server
	Engineer  Depth = "engineer"  // to somebody who judges how bad it is
)

// Depths lists the depths, in the order of what they take for granted.
var Depths = []Depth{Beginner, Developer, Engineer}

// Readers say whom a depth speaks to.
var Readers = map[Depth]string{Beginner: "new to security", Developer: "a developer", Engineer: "a security engineer"}

// ParseDepth reads a depth; an empty one is that of a developer.
func ParseDepth(name string) (Depth, error) {
	if name == "" {
		return Developer, nil
	}
	if !slices.Contains(Depths, Depth(name)) {
		return "", fmt.Errorf("there is no depth %q: want beginner, developer or engineer", name)
	}
	return Depth(name), nil
}

// maxSafe is the length in bytes above which an example of safe code is left to the
// lesson.
const maxSafe = 4000

// explaining is an explanation in the making. What it writes of the audited code and of
// the lesson, which may be a stranger's, is made harmless.
type explaining struct {
	strings.Builder
	check   *checks.Check
	finding *audit.Finding
	sources Sources
}

// Explain explains a finding in Markdown at a depth.
func Explain(c *checks.Check, f *audit.Finding, s Sources, d Depth) string {
	e := &explaining{check: c, finding: f, sources: s}
	fmt.Fprintf(e, "# %s\n\n", markup.Inline(f.Title))
	e.facts()
	sections := &c.Document
	switch d {
	case Beginner:
		e.lesson("", sections.Introduction)
		e.lesson("In simple words", sections.Sections[checks.SectionBeginners])
		e.path("What happens here, step by step")
		e.attack("What an attacker does")
		e.remedy("What to do")
		e.lesson("Ask yourself", sections.Sections[checks.SectionAsk])
	case Engineer:
		e.score()
		e.path("Path")
		e.attack("Attack")
		e.lesson("For experts", sections.Sections[checks.SectionExperts])
		e.standing()
		e.lesson("When it is not a problem", sections.Sections[checks.SectionNoProblem])
		e.lesson("Limits of the check", sections.Sections[checks.SectionLimits])
	default:
		first, _, _ := strings.Cut(sections.Introduction, "\n\n")
		e.lesson("", first)
		e.path("Path")
		e.attack("Attack")
		e.remedy("How to stop it")
		e.lesson("When it is not a problem", sections.Sections[checks.SectionNoProblem])
		e.lesson("Ask yourself", sections.Sections[checks.SectionAsk])
	}
	return strings.TrimRight(e.String(), "\n") + "\n"
}

// facts say what was found, where, and how bad it is.
func (e *explaining) facts() {
	f := e.finding
	fmt.Fprintf(e, "%s\n\n", markup.Inline(f.Message))
	add := func(what, says string) {
		if says != "" {
			fmt.Fprintf(e, "- **%s**: %s\n", what, says)
		}
	}
	add("Where", e.place(f.Path, f.Span))
	add("Tool", code(f.Tool))
	add("Parameter", code(f.Parameter))
	score := "none of its own: it helps other flaws, or hurts the service"
	if f.Score.Scored {
		score = fmt.Sprintf("AIVSS %s of 10, %s", f.Score.AIVSS, f.Score.Band)
		if f.Score.Deployment != "" {
			score += ", for a server that is " + string(f.Score.Deployment)
		}
	}
	add("Score", score)
	add("Confidence", f.Confidence.String())
	e.WriteByte('\n')
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return markup.ShortCode(s)
}

// place names a place, as code.
func (e *explaining) place(path string, at source.Span) string {
	text := e.sources.Text(path)
	if text == nil || int(at.Start) > text.Len() {
		return code(e.sources.Name(path))
	}
	return code(fmt.Sprintf("%s:%d", e.sources.Name(path), text.LineAt(at.Start)+1))
}

// lesson writes a part of the lesson with the names of this code put in.
func (e *explaining) lesson(heading, body string) {
	if body = strings.TrimSpace(body); body == "" {
		return
	}
	if heading != "" {
		fmt.Fprintf(e, "## %s\n\n", heading)
	}
	f := e.finding
	named := rule.Finding{Tool: markup.Inline(f.Tool), Parameter: markup.Inline(f.Parameter), Sink: markup.Inline(f.Sink)}
	fmt.Fprintf(e, "%s\n\n", checks.Fill(markup.Foreign(body), &named))
}

// attack tells the attack, which the lesson shows on a server of its own.
func (e *explaining) attack(heading string) {
	f, body := e.finding, e.check.Document.Sections[checks.SectionAttack]
	if strings.TrimSpace(body) != "" && f.Tool != "" && f.Parameter != "" {
		body = "In your code this is a call of " + markup.ShortCode(f.Tool) + " with such a value in " + markup.ShortCode(f.Parameter) + ". The example is of another server.\n\n" + body
	}
	e.lesson(heading, body)
}

// path writes the steps from where the text comes in to where it does harm, with the
// lines of code.
func (e *explaining) path(heading string) {
	f := e.finding
	steps := f.Steps
	if len(steps) == 0 {
		steps = []rule.Step{{Path: f.Path, Span: f.Span, Text: "here"}}
	}
	fmt.Fprintf(e, "## %s\n\n", heading)
	for i, s := range steps {
		fmt.Fprintf(e, "%d. %s: %s\n", i+1, e.place(s.Path, s.Span), markup.Inline(s.Text))
		if text := e.sources.Text(s.Path); text != nil && int(s.Span.Start) <= text.Len() {
			line := strings.TrimSpace(text.Line(text.LineAt(s.Span.Start)))
			fmt.Fprintf(e, "   %s\n", markup.ShortCode(line))
		}
	}
	e.WriteByte('\n')
	for _, r := range f.Related {
		fmt.Fprintf(e, "See also %s: %s\n\n", e.place(r.Path, r.Span), markup.Inline(r.Text))
	}
}

// remedy says what stops it: a fix that is at hand, the guard to write, and safe code in
// the reader's language.
func (e *explaining) remedy(heading string) {
	fmt.Fprintf(e, "## %s\n\n", heading)
	f := e.finding
	for _, fix := range f.Fixes {
		fmt.Fprintf(e, "- A quick fix is at hand in the editor: %s\n", markup.Inline(fix.Title))
	}
	if len(f.Fixes) > 0 {
		e.WriteByte('\n')
	}
	lang := source.LanguageOf(f.Path)
	if sketch := e.check.Document.Skeleton(lang); sketch != "" {
		fmt.Fprintf(e, "The guard to write:\n\n%s\n", markup.Block(lang.String(), sketch))
	}
	for i := range e.check.Document.Safe {
		x := &e.check.Document.Safe[i]
		if x.Language != lang && !(x.Language == source.TypeScript && lang.ECMAScript()) || len(x.Files[0].Text) > maxSafe {
			continue
		}
		fmt.Fprintf(e, "Safe code looks like this:\n\n%s\n", markup.Block(x.Language.String(), x.Files[0].Text))
		break
	}
}

// score writes the score with all that it came from.
func (e *explaining) score() {
	s := &e.finding.Score
	fmt.Fprintf(e, "## Score\n\n%s\n\n", markup.ShortCode(s.Formula()))
	if !s.Scored {
		return
	}
	fmt.Fprintf(e, "- CVSS 4.0, base: %s, %s\n", s.Base.CVSS, markup.ShortCode(s.Base.Vector.String()))
	if s.Deployment != "" {
		fmt.Fprintf(e, "- CVSS 4.0, %s: %s, %s. %s\n", s.Deployment, s.CVSS, markup.ShortCode(s.Vector.String()), markup.Inline(s.Reason))
	}
	e.WriteByte('\n')
	rows, zero := FactorRows(s)
	e.table(FactorHead, rows)
	if len(zero) > 0 {
		fmt.Fprintf(e, "0.0 by default: %s.\n\n", strings.Join(zero, ", "))
	}
	e.table(DeploymentHead, DeploymentRows(s))
}

func (e *explaining) table(head Row, rows []Row) {
	line := func(r Row) {
		for _, c := range r {
			e.WriteString("| " + strings.ReplaceAll(strings.ReplaceAll(markup.Inline(c), `\|`, "|"), "|", `\|`) + " ")
		}
		e.WriteString("|\n")
	}
	line(head)
	e.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, r := range rows {
		line(r)
	}
	e.WriteByte('\n')
}

// standing says where the flaw stands in the catalogues of others, and why we are as sure
// as we are.
func (e *explaining) standing() {
	f := e.finding
	fmt.Fprintf(e, "## Standing\n\n- check %s, class %s\n", markup.ShortCode(f.Check), markup.Inline(f.Class))
	for _, n := range f.CWE {
		fmt.Fprintf(e, "- [CWE-%d](https://cwe.mitre.org/data/definitions/%d.html)\n", n, n)
	}
	var names []string
	for name := range e.check.Maps {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(e, "- %s: %s\n", markup.Inline(name), markup.Inline(strings.Join(e.check.Maps[name], ", ")))
	}
	fmt.Fprintf(e, "- confidence %s: %s\n\n", f.Confidence, confidenceWords[f.Confidence])
}

var confidenceWords = map[rule.Confidence]string{
	rule.High: "source, path and the missing guard were all seen", rule.Medium: "a part of it is inferred: what the caller controls, what the call does, or whether something stands before it",
	rule.Low: "the path leads through code that was not seen, or the judgement depends on what the code does not say",
}
