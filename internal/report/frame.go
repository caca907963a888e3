package report

// frame.go shows lines of audited code with marks below them.

import (
	"bufio"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
)

// gutter is the width in columns of what stands left of the code.
const gutter = 10

// maxShown is how many bytes of a line are looked at on each side of a mark.
const maxShown = 1000

// frame is one line of code with the marks of the steps that lie on it.
type frame struct {
	path  string
	line  uint32 // from 1
	text  string // visible, without its indentation
	marks []mark
}

// mark is a stretch of a line, in columns of what is shown of it.
type mark struct {
	at, width int
	note      string
}

// textFrames shows the steps, those that follow each other on one line in one
// frame. Where a step is in another file than what stands above it, a line says
// in which.
func (v *view) textFrames(b *bufio.Writer, path string, steps []rule.Step) {
	var last *frame
	flush := func() {
		if last == nil {
			return
		}
		if last.path != path {
			path = last.path
			fmt.Fprintf(b, "  %s %s:%d\n", v.paint(dim, "   in"), markup.Plain(v.path(path)), last.line)
		}
		v.textFrame(b, last)
		last = nil
	}
	for _, s := range steps {
		f := v.frame(s)
		if f == nil {
			flush()
			v.textWrapped(b, strings.Repeat(" ", gutter), markup.Plain(s.Text))
			continue
		}
		if last != nil && last.path == f.path && last.line == f.line && last.text == f.text {
			last.marks = append(last.marks, f.marks...)
			continue
		}
		flush()
		last = f
	}
	flush()
}

// frame gives the frame of one step, or nil where the file is not at hand.
func (v *view) frame(s rule.Step) *frame {
	file := v.files[s.Path]
	start, end := v.place(s.Path, s.Span)
	if file == nil {
		return nil
	}
	line := file.Text.Line(int(start.Line) - 1)
	at := min(len(line), int(s.Span.Start-file.Text.LineStart(int(start.Line)-1)))
	// Of a line without end only what can be shown is looked at.
	left, right := max(0, at-maxShown), min(len(line), at+maxShown)
	before := strings.ToValidUTF8(line[left:at], "")
	after := strings.ToValidUTF8(line[at:right], "")
	marked := after
	if end.Line == start.Line {
		marked = after[:min(len(after), int(s.Span.End-s.Span.Start))]
	}
	before = markup.Plain(before)
	shown := before + markup.Plain(after)
	indent := min(len(shown)-len(strings.TrimLeft(shown, " ")), len(before))
	rest := markup.Plain(strings.ToValidUTF8(marked, ""))
	m := mark{at: runewidth.StringWidth(before[indent:]), width: max(1, runewidth.StringWidth(rest)), note: markup.Plain(s.Text)}
	return &frame{path: s.Path, line: start.Line, text: shown[indent:], marks: []mark{m}}
}

// textFrame shows a frame. A line that is too long is cut so that its first mark
// can be seen.
func (v *view) textFrame(b *bufio.Writer, f *frame) {
	width := v.width() - gutter
	from := f.marks[0].at
	for _, m := range f.marks {
		from = min(from, m.at)
	}
	text, cut := window(f.text, from, width)
	fmt.Fprintf(b, "  %s %s\n", v.paint(dim, fmt.Sprintf("%5d │", f.line)), text)
	edge := v.paint(dim, "      │")
	for i, m := range f.marks {
		at := min(max(0, m.at-cut), width-1)
		line := strings.Repeat("^", max(1, min(m.width, runewidth.StringWidth(text)-at)))
		room := width - at - len(line) - 1
		again := i > 0 && f.marks[i-1].at == m.at && f.marks[i-1].width == m.width
		if !again {
			fmt.Fprintf(b, "  %s %s%s", edge, strings.Repeat(" ", at), v.paint(red, line))
			if m.note != "" && runewidth.StringWidth(m.note) <= room {
				fmt.Fprintf(b, " %s\n", v.paint(cyan, m.note))
				continue
			}
			b.WriteByte('\n')
		}
		if m.note == "" {
			continue
		}
		at = max(0, min(at, width-runewidth.StringWidth(m.note)))
		for _, line := range wrap(m.note, width-at) {
			fmt.Fprintf(b, "  %s %s%s\n", edge, strings.Repeat(" ", at), v.paint(cyan, line))
		}
	}
}

// window cuts text to width columns so that column at and what follows it can be
// seen, and gives how many columns the rest has moved to the left.
func window(text string, at, width int) (shown string, moved int) {
	if runewidth.StringWidth(text) <= width {
		return text, 0
	}
	if at > width*2/3 {
		// The cut falls between characters, which may be two columns wide.
		for moved < at-width/3 {
			r, size := utf8.DecodeRuneInString(text)
			moved += runewidth.RuneWidth(r)
			text = text[size:]
		}
		text, moved = "…"+text, moved-1
	}
	return runewidth.Truncate(text, width, "…"), moved
}
