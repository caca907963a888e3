package report

// text.go writes an audit for a person at a terminal.

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
)

// defaultWidth is the width in columns where there is no terminal to ask, and
// narrowest the one below which lines are left to the terminal to break.
const (
	defaultWidth = 100
	narrowest    = 60
)

const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	yellow = "1;33"
	blue   = "1;34"
	cyan   = "36"
)

func (v *view) paint(style, s string) string {
	if !v.Color {
		return s
	}
	return "\x1b[" + style + "m" + s + "\x1b[0m"
}

// width gives the width in columns to write for.
func (v *view) width() int {
	if v.Width == 0 {
		return defaultWidth
	}
	return max(v.Width, narrowest)
}

func (v *view) text(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, f := range v.open() {
		v.textFinding(b, f)
	}
	v.textSuppressed(b)
	for _, s := range v.Skipped {
		fmt.Fprintf(b, "%s %s: %s\n", v.paint(dim, "skipped"), markup.Plain(v.path(s.Path)), markup.Plain(s.Reason))
	}
	for _, n := range v.Notes {
		fmt.Fprintf(b, "%s %s: %s\n", v.paint(yellow, "note"), markup.Plain(v.path(n.Path)), markup.Plain(n.Text))
	}
	if len(v.Skipped)+len(v.Notes) > 0 {
		fmt.Fprintln(b)
	}
	v.textCoverage(b)
	v.textSummary(b)
	return b.Flush()
}

func (v *view) textFinding(b *bufio.Writer, f *audit.Finding) {
	start, _ := v.place(f.Path, f.Span)
	style := map[audit.Level]string{audit.Error: red, audit.Warning: yellow}[f.Level]
	if style == "" {
		style = blue
	}
	score := f.Level.String()
	if f.Score.Scored {
		score = fmt.Sprintf("%s %s", f.Score.Band, f.Score.AIVSS)
	}
	place := fmt.Sprintf("%s:%d:%d", markup.Plain(v.path(f.Path)), start.Line, start.Column)
	between := "  "
	if runewidth.StringWidth(place)+len(score)+len(f.Check)+4 > v.width() {
		between = "\n  " // the place stays whole, so that it can be clicked
	}
	fmt.Fprintf(b, "%s%s%s  %s\n", v.paint(bold, place), between, v.paint(style, score), f.Check)
	v.textWrapped(b, "  ", markup.Plain(f.Message))
	fmt.Fprintln(b)
	steps := numbered(f.Steps)
	if len(steps) < 2 {
		steps = []rule.Step{{Path: f.Path, Span: f.Span}}
	}
	v.textFrames(b, f.Path, append(steps, f.Related...))
	fmt.Fprintln(b)
	if c := v.check(f.Check); c != nil && c.Why() != "" {
		v.textWrapped(b, "  "+v.paint(dim, "why")+"    ", markup.Plain(c.Why()))
	}
	facts := "none of its own"
	if s := &f.Score; s.Scored {
		facts = fmt.Sprintf("AIVSS %s: %s; CVSS 4.0: %s, %s", s.Version, s.Formula(), s.CVSS, s.Deployment)
	}
	facts += "; confidence " + f.Confidence.String()
	v.textWrapped(b, "  "+v.paint(dim, "score")+"  ", facts)
	fmt.Fprintln(b)
}

// numbered gives the steps of a path with their numbers.
func numbered(steps []rule.Step) []rule.Step {
	out := make([]rule.Step, len(steps))
	for i, s := range steps {
		s.Text = fmt.Sprintf("%d. %s", i+1, s.Text)
		out[i] = s
	}
	return out
}

// textWrapped writes visible text behind a lead, broken into lines that all
// begin where the first does.
func (v *view) textWrapped(b *bufio.Writer, lead, text string) {
	indent := strings.Repeat(" ", columns(lead))
	for i, line := range wrap(text, v.width()-len(indent)) {
		if i > 0 {
			lead = indent
		}
		fmt.Fprintf(b, "%s%s\n", lead, line)
	}
}

// columns gives the columns that text takes on a terminal, colours aside.
func columns(s string) int {
	n := 0
	for part := range strings.SplitSeq(s, "\x1b[") {
		if n > 0 || strings.HasPrefix(s, "\x1b[") {
			if _, after, ok := strings.Cut(part, "m"); ok {
				part = after
			}
		}
		n += runewidth.StringWidth(part)
	}
	return n
}

// wrap breaks text at spaces into lines of at most width columns; a word that is
// longer stays whole, so that it can be copied.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		w := runewidth.StringWidth(word)
		if used > 0 && used+1+w > width {
			lines = append(lines, line)
			line, used = "", 0
		}
		if used > 0 {
			line += " "
			used++
		}
		line += word
		used += w
	}
	return append(lines, line)
}

// textSuppressed names what comments and exceptions silence, with their reasons.
func (v *view) textSuppressed(b *bufio.Writer) {
	n := len(v.Findings) - len(v.open())
	if n == 0 {
		return
	}
	fmt.Fprintf(b, "%s\n", v.paint(dim, count(n, "finding")+" suppressed:"))
	for _, f := range v.Findings {
		if f.Suppressed != nil {
			start, _ := v.place(f.Path, f.Span)
			fmt.Fprintf(b, "  %s:%d: %s: %s\n", markup.Plain(v.path(f.Path)), start.Line, f.Check, markup.Plain(reason(f)))
		}
	}
	fmt.Fprintln(b)
}

func (v *view) textSummary(b *bufio.Writer) {
	open := v.open()
	var s strings.Builder
	switch {
	case v.Audited == 0:
		s.WriteString(v.paint(bold, "nothing audited") + ": there is no Python, TypeScript, JavaScript or Go file here")
	case len(open) == 0:
		s.WriteString(v.paint(bold, "no findings"))
	default:
		fmt.Fprintf(&s, "%s (%s)", v.paint(bold, count(len(open), "finding")), v.bands())
	}
	if v.Audited > 0 {
		fmt.Fprintf(&s, " in %s, %s; %s", count(v.Audited, "file"), count(v.Lines, "line"), count(len(v.Tools), "entry point"))
	}
	if n := len(v.Findings) - len(open); n > 0 {
		fmt.Fprintf(&s, "; %d suppressed", n)
	}
	if n := len(v.Skipped); n > 0 {
		fmt.Fprintf(&s, "; %d skipped", n)
	}
	if v.Ignored > 0 {
		fmt.Fprintf(&s, "; ignored %s of the untrusted tree", plural(v.Ignored, "setting, suppression or check", "settings, suppressions or checks"))
	}
	v.textWrapped(b, "", s.String())
	if text := v.notFollowed(); text != "" {
		if !v.Coverage {
			text += "; --explain-coverage says why"
		}
		v.textWrapped(b, "", v.paint(yellow, "note")+" "+text)
	}
	if v.Audited > 0 && len(v.Tools) == 0 {
		v.textWrapped(b, "", "No tool, resource or prompt of an MCP server was recognised, so nothing was followed from one.")
	}
	if worst := v.worst(open); worst != nil {
		v.textWrapped(b, "", v.paint(dim, "learn more: mcpaudit explain "+worst.Check))
	}
}

// worst gives the finding with the highest band and score of those that have a
// lesson, the first of equals, or nil.
func (v *view) worst(findings []*audit.Finding) *audit.Finding {
	var w *audit.Finding
	for _, f := range findings {
		if c := v.check(f.Check); c == nil || c.Why() == "" {
			continue
		}
		if w == nil || f.Band > w.Band || f.Band == w.Band && f.Score.AIVSS > w.Score.AIVSS {
			w = f
		}
	}
	return w
}
