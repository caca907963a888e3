package main

// render.go shows Markdown in a terminal: prose wrapped to its width, code as it
// stands, so that both can be read and copied.

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// The looks of what is told apart, as parameters of the SGR escape.
const (
	lookHeading = "1;33"
	lookCode    = "36"
	lookStrong  = "1"
	lookLink    = "4"
	lookFinding = "31"
)

// renderer writes one document.
type renderer struct {
	strings.Builder
	source []byte
	width  int
	color  bool
}

// renderMarkdown gives Markdown for a terminal of a width in columns. Its text
// must be visible already.
func renderMarkdown(markdown string, width int, color bool) string {
	r := &renderer{source: []byte(markdown), width: width, color: color}
	doc := goldmark.DefaultParser().Parse(text.NewReader(r.source))
	r.blocks(doc, "")
	return r.String()
}

func (r *renderer) paint(look, s string) string {
	if !r.color || look == "" || s == "" {
		return s
	}
	return "\x1b[" + look + "m" + s + "\x1b[0m"
}

// body is how far text stands to the right of headings.
const body = "  "

// blocks writes the blocks in a node, each line of which begins with indent.
func (r *renderer) blocks(parent ast.Node, indent string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if r.Len() > 0 && !strings.HasSuffix(r.String(), "\n\n") {
			r.WriteByte('\n')
		}
		switch n := n.(type) {
		case *ast.Heading:
			r.WriteString(r.paint(lookHeading, strings.Join(plainWords(r.words(n, "")), " ")) + "\n")
		case *ast.Paragraph, *ast.TextBlock:
			r.prose(n, indent+body, indent+body)
		case *ast.List:
			r.list(n, indent)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			r.code(n, indent+body+body)
		default:
			if n.Type() == ast.TypeBlock && n.HasChildren() {
				r.blocks(n, deeper(indent))
				continue
			}
			r.code(n, indent+body)
		}
	}
}

// deeper indents by one step more, as long as that leaves room for text.
func deeper(indent string) string {
	if len(indent) < 20 {
		indent += body
	}
	return indent
}

func (r *renderer) list(list *ast.List, indent string) {
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		lead := "• "
		if list.IsOrdered() {
			lead = fmt.Sprintf("%d. ", number)
			number++
		}
		indent := deeper(indent)
		rest := indent + strings.Repeat(" ", runewidth.StringWidth(lead))
		for n := item.FirstChild(); n != nil; n = n.NextSibling() {
			switch n := n.(type) {
			case *ast.Paragraph, *ast.TextBlock:
				first := rest
				if n == item.FirstChild() {
					first = indent + lead
				}
				r.prose(n, first, rest)
			case *ast.List:
				r.list(n, rest[:min(len(rest), 20)])
			default:
				r.code(n, deeper(rest))
			}
		}
	}
}

// markedLine is a line of an example on which a check reports something.
var markedLine = regexp.MustCompile(`(#|//)\s*finding\s*$`)

func (r *renderer) code(n ast.Node, indent string) {
	lines := n.Lines()
	for i := range lines.Len() {
		at := lines.At(i)
		line := strings.ReplaceAll(strings.TrimRight(string(at.Value(r.source)), "\r\n"), "\t", "    ")
		look := ""
		if markedLine.MatchString(line) {
			look = lookFinding
		}
		if line != "" {
			line = indent + r.paint(look, line)
		}
		r.WriteString(line + "\n")
	}
}

// piece is a stretch of a word with one look.
type piece struct{ text, look string }

// word is what no line break may part.
type word []piece

func (w word) width() (n int) {
	for _, p := range w {
		n += runewidth.StringWidth(p.text)
	}
	return n
}

func plainWords(words []word) []string {
	var out []string
	for _, w := range words {
		var b strings.Builder
		for _, p := range w {
			b.WriteString(p.text)
		}
		out = append(out, b.String())
	}
	return out
}

// prose writes the words of a block in lines, the first of which begins with
// first and the others with rest.
func (r *renderer) prose(n ast.Node, first, rest string) {
	r.WriteString(first)
	used, fresh := runewidth.StringWidth(first), true
	for _, w := range r.words(n, "") {
		if !fresh && used+1+w.width() > r.width {
			r.WriteString("\n" + rest)
			used, fresh = runewidth.StringWidth(rest), true
		}
		if !fresh {
			r.WriteByte(' ')
			used++
		}
		for _, p := range w {
			r.WriteString(r.paint(p.look, p.text))
		}
		used, fresh = used+w.width(), false
	}
	r.WriteByte('\n')
}

// words gives the words of a block or an inline node.
func (r *renderer) words(n ast.Node, look string) []word {
	var l line
	r.inline(&l, n, look)
	return l.words
}

// line collects words. It is open while nothing parts the next piece from the
// last word.
type line struct {
	words []word
	open  bool
}

func (l *line) add(text, look string) {
	for i, part := range strings.Split(strings.ReplaceAll(text, "\n", " "), " ") {
		if i > 0 {
			l.open = false
		}
		if part == "" {
			continue
		}
		if !l.open {
			l.words = append(l.words, nil)
		}
		last := len(l.words) - 1
		l.words[last] = append(l.words[last], piece{part, look})
		l.open = true
	}
}

func (r *renderer) inline(l *line, parent ast.Node, look string) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			l.add(string(n.Value(r.source)), look)
			if n.SoftLineBreak() || n.HardLineBreak() {
				l.open = false
			}
		case *ast.String:
			l.add(string(n.Value), look)
		case *ast.CodeSpan:
			code := strings.Join(plainWords(r.words(n, "")), " ")
			if !r.color {
				code = "`" + code + "`"
			}
			l.add(code, lookCode)
		case *ast.Emphasis:
			r.inline(l, n, lookStrong)
		case *ast.Link:
			r.inline(l, n, look)
			l.add(" "+string(n.Destination), lookLink)
		case *ast.AutoLink:
			l.add(string(n.URL(r.source)), lookLink)
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				at := n.Segments.At(i)
				l.add(string(at.Value(r.source)), look)
			}
		default:
			r.inline(l, n, look)
		}
	}
}
