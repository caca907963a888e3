package report

// text.go writes an audit for a person at a terminal.

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/source"
)

// maxFrame is the length in characters at which a line of code is cut.
const maxFrame = 110

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

func (v *view) text(w io.Writer) error {
	b := bufio.NewWriter(w)
	silenced := 0
	for _, f := range v.Findings {
		if f.Suppressed != nil {
			silenced++
			continue
		}
		v.textFinding(b, f)
	}
	if silenced > 0 {
		fmt.Fprintf(b, "%s\n", v.paint(dim, count(silenced, "finding")+" suppressed:"))
		for _, f := range v.Findings {
			if f.Suppressed != nil {
				start, _ := v.place(f.Path, f.Span)
				fmt.Fprintf(b, "  %s:%d %s: %s\n", Plain(v.path(f.Path)), start.Line, f.Check, Plain(f.Suppressed.Reason))
			}
		}
		fmt.Fprintln(b)
	}
	for _, s := range v.Skipped {
		fmt.Fprintf(b, "%s %s: %s\n", v.paint(dim, "skipped"), Plain(v.path(s.Path)), Plain(s.Reason))
	}
	for _, n := range v.Notes {
		fmt.Fprintf(b, "%s %s\n", v.paint(yellow, "note"), Plain(n))
	}
	if len(v.Skipped)+len(v.Notes) > 0 {
		fmt.Fprintln(b)
	}
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
	fmt.Fprintf(b, "%s:%d:%d  %s  %s\n", v.paint(bold, Plain(v.path(f.Path))), start.Line, start.Column, v.paint(style, score), f.Check)
	fmt.Fprintf(b, "  %s\n", Plain(f.Message))
	if len(f.Steps) > 1 {
		for i, s := range f.Steps {
			v.textFrame(b, s.Path, s.Span, fmt.Sprintf("%d. %s", i+1, s.Text))
		}
	} else {
		v.textFrame(b, f.Path, f.Span, "")
		for _, s := range f.Related {
			v.textFrame(b, s.Path, s.Span, s.Text)
		}
	}
	why := f.Title + "."
	if f.Score.Scored {
		why += fmt.Sprintf(" AIVSS %s: %s (CVSS 4.0 %s", f.Score.Version, f.Score.Formula(), f.Score.CVSS)
		if f.Score.Deployment != "" {
			why += ", " + string(f.Score.Deployment)
		}
		why += ")"
	}
	fmt.Fprintf(b, "  %s %s; confidence %s; %s\n\n", v.paint(dim, "why"), Plain(why), f.Confidence, v.paint(dim, "mcpaudit explain "+f.Check))
}

// textFrame shows the line of a span with a mark below it.
func (v *view) textFrame(b *bufio.Writer, path string, s source.Span, note string) {
	start, end := v.place(path, s)
	if start.Line == 0 {
		fmt.Fprintf(b, "  %s\n", Plain(note))
		return
	}
	line := v.files[path].Text.Line(int(start.Line) - 1)
	from := Plain(line[:min(len(line), int(s.Start-v.files[path].Text.LineStart(int(start.Line)-1)))])
	full := Plain(line)
	indent := len(full) - len(strings.TrimLeft(full, " "))
	indent = min(indent, len(from))
	at := utf8.RuneCountInString(from) - indent
	shown := []rune(full[indent:])
	cut := 0
	if at > maxFrame*2/3 {
		cut = at - maxFrame/3
		shown, at = shown[cut:], at-cut+1
		shown = append([]rune{'…'}, shown...)
	}
	if len(shown) > maxFrame {
		shown = append(shown[:maxFrame:maxFrame], '…')
	}
	width := 1
	if end.Line == start.Line {
		width = max(1, utf8.RuneCountInString(Plain(v.files[path].Text.Slice(s))))
	} else {
		width = max(1, len(shown)-at)
	}
	width = max(1, min(width, len(shown)-at))
	fmt.Fprintf(b, "  %s %s\n", v.paint(dim, fmt.Sprintf("%5d │", start.Line)), string(shown))
	mark := strings.Repeat(" ", max(0, at)) + v.paint(red, strings.Repeat("^", width))
	if note != "" {
		mark += " " + v.paint(cyan, Plain(note))
	}
	fmt.Fprintf(b, "  %s %s\n", v.paint(dim, "      │"), mark)
}

func (v *view) textSummary(b *bufio.Writer) {
	open := v.open()
	if len(open) == 0 {
		fmt.Fprintf(b, "%s", v.paint(bold, "no findings"))
	} else {
		fmt.Fprintf(b, "%s (%s)", v.paint(bold, count(len(open), "finding")), v.bands())
	}
	fmt.Fprintf(b, " in %s of code, %s; %s", count(v.Audited, "file"), count(v.Lines, "line"), count(len(v.Tools), "entry point"))
	if n := len(v.Findings) - len(open); n > 0 {
		fmt.Fprintf(b, "; %d suppressed", n)
	}
	if n := len(v.Skipped); n > 0 {
		fmt.Fprintf(b, "; %d skipped", n)
	}
	if v.Ignored > 0 {
		fmt.Fprintf(b, "; %s of the untrusted tree ignored", count(v.Ignored, "suppression or setting"))
	}
	fmt.Fprintln(b)
}
