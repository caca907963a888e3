package source

// text.go holds the text of one version of a file, finds its lines, applies
// edits and converts positions.

import (
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Span is a range of bytes, [Start, End).
type Span struct{ Start, End uint32 }

// Len gives the number of bytes.
func (s Span) Len() uint32 { return s.End - s.Start }

// Contains reports whether o lies within s.
func (s Span) Contains(o Span) bool { return s.Start <= o.Start && o.End <= s.End }

// Shift moves a span by n bytes.
func (s Span) Shift(n uint32) Span { return Span{s.Start + n, s.End + n} }

// Encoding is the unit in which a position counts within its line.
type Encoding uint8

// The position encodings of LSP 3.17. UTF16 is the protocol's default.
const (
	UTF16 Encoding = iota
	UTF8
	UTF32
)

// Position is a place in a text: a line, counted from 0, and a column within
// it, counted from 0 in the units of an encoding.
type Position struct{ Line, Column uint32 }

// Range is a range of positions, [Start, End).
type Range struct{ Start, End Position }

// Text is the immutable text of one version of a file, in UTF-8.
type Text struct {
	s     string
	lines []uint32 // where each line starts
	crs   int      // carriage returns that end a line of their own
}

// NewText makes a text. Lines end at \n, \r\n or \r, as the protocol says.
func NewText(s string) *Text {
	t := &Text{s: s, lines: make([]uint32, 1, 1+strings.Count(s, "\n"))}
	t.lines, t.crs = appendLines(t.lines, s, 0, s)
	return t
}

// appendLines adds the starts of the lines that end within part, which begins
// at byte base of whole.
func appendLines(lines []uint32, part string, base int, whole string) ([]uint32, int) {
	crs := 0
	for i := 0; i < len(part); i++ {
		j := strings.IndexAny(part[i:], "\n\r")
		if j < 0 {
			break
		}
		i += j
		if part[i] == '\r' {
			if at := base + i + 1; at < len(whole) && whole[at] == '\n' {
				continue
			}
			crs++
		}
		lines = append(lines, uint32(base+i+1))
	}
	return lines, crs
}

// String gives the text.
func (t *Text) String() string { return t.s }

// Bytes gives the text as bytes that must not be written to.
func (t *Text) Bytes() []byte { return unsafe.Slice(unsafe.StringData(t.s), len(t.s)) }

// Len gives the length in bytes.
func (t *Text) Len() int { return len(t.s) }

// Slice gives the text of a span, cut to the text's own end.
func (t *Text) Slice(s Span) string {
	end := min(int(s.End), len(t.s))
	return t.s[min(int(s.Start), end):end]
}

// Lines gives the number of lines; a text without a line end has one.
func (t *Text) Lines() int { return len(t.lines) }

// Line gives the text of a line, counted from 0, without its line end.
func (t *Text) Line(n int) string {
	return strings.TrimRight(t.s[t.lines[n]:t.lineEnd(n)], "\r\n")
}

// LineStart gives the byte at which a line starts.
func (t *Text) LineStart(n int) uint32 { return t.lines[n] }

// LineAt gives the line, counted from 0, that holds a byte.
func (t *Text) LineAt(offset uint32) int {
	return sort.Search(len(t.lines), func(i int) bool { return t.lines[i] > offset }) - 1
}

func (t *Text) lineEnd(n int) int {
	if n+1 < len(t.lines) {
		return int(t.lines[n+1])
	}
	return len(t.s)
}

// Position converts a byte offset. An offset past the end is the end.
func (t *Text) Position(offset uint32, enc Encoding) Position {
	offset = min(offset, uint32(len(t.s)))
	line := t.LineAt(offset)
	return Position{uint32(line), columns(t.s[t.lines[line]:offset], enc)}
}

// Range converts a span.
func (t *Text) Range(s Span, enc Encoding) Range {
	return Range{t.Position(s.Start, enc), t.Position(s.End, enc)}
}

// Offset converts a position. A line past the end is the end of the text, a
// column past the line's end is the line's end, as the protocol says; a column
// within a character is its start.
func (t *Text) Offset(p Position, enc Encoding) uint32 {
	if int(p.Line) >= len(t.lines) {
		return uint32(len(t.s))
	}
	line := t.Line(int(p.Line))
	return t.lines[p.Line] + bytesOf(line, p.Column, enc)
}

// Span converts a range; one that ends before it starts is empty at its start.
func (t *Text) Span(r Range, enc Encoding) Span {
	s := Span{t.Offset(r.Start, enc), t.Offset(r.End, enc)}
	s.End = max(s.Start, s.End)
	return s
}

// columns counts the units of an encoding in s.
func columns(s string, enc Encoding) uint32 {
	if enc == UTF8 {
		return uint32(len(s))
	}
	n := uint32(0)
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i, n = i+1, n+1
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i, n = i+size, n+units(r, enc)
	}
	return n
}

// bytesOf gives the length of the longest prefix of s within col units.
func bytesOf(s string, col uint32, enc Encoding) uint32 {
	n := uint32(0)
	for i, r := range s {
		w := units(r, enc)
		if enc == UTF8 {
			w = uint32(max(1, utf8.RuneLen(r)))
			if r == utf8.RuneError {
				_, size := utf8.DecodeRuneInString(s[i:])
				w = uint32(size)
			}
		}
		if n+w > col {
			return uint32(i)
		}
		n += w
	}
	return uint32(len(s))
}

func units(r rune, enc Encoding) uint32 {
	if enc == UTF16 && r >= 0x10000 {
		return 2
	}
	return 1
}

// Edit replaces the bytes of Span by New. It carries what the parser has to
// know of both texts, so it is made by Text.Replace alone.
type Edit struct {
	Span Span
	New  string

	// What the parser is told to have changed: from start to oldEnd in the old
	// text, to newEnd in the new one.
	start, oldEnd, newEnd place
}

// place is a place in a text as the parser counts: its byte, and its row and
// column, where lines end at \n only and columns are bytes.
type place struct{ byte, row, column uint32 }

// Replace gives the text in which New stands for the bytes of s, and the edit
// that leads there.
func (t *Text) Replace(s Span, with string) (*Text, Edit) {
	s.End = min(s.End, uint32(len(t.s)))
	s.Start = min(s.Start, s.End)
	var b strings.Builder
	b.Grow(len(t.s) - int(s.Len()) + len(with))
	b.WriteString(t.s[:s.Start])
	b.WriteString(with)
	b.WriteString(t.s[s.End:])
	n := &Text{s: b.String()}
	n.spliceLines(t, s, len(with))
	wide := t.widen(s)
	return n, Edit{
		Span: s, New: with,
		start: t.place(wide.Start), oldEnd: t.place(wide.End), newEnd: n.place(wide.End - s.Len() + uint32(len(with))),
	}
}

// widen gives the span of an edit with the last byte before it and the first
// token after it that are not blank or comment. Python's blocks end with tokens
// of no width, before the blanks that lead to the next statement. When an edit
// changes these blanks alone, tree-sitter finds that statement, and in the same
// node all that follow it, already while it makes those tokens, takes their state
// to differ and drops the rest of the file. With a wider edit the statement
// starts later than the tokens.
func (t *Text) widen(s Span) Span {
	for s.Start > 0 {
		s.Start--
		if !blank(t.s[s.Start]) {
			break
		}
	}
	for int(s.End) < len(t.s) {
		c := t.s[s.End]
		s.End++
		if c == '#' {
			if line := strings.IndexByte(t.s[s.End:], '\n'); line >= 0 {
				s.End += uint32(line)
			} else {
				s.End = uint32(len(t.s))
			}
		} else if !blank(c) {
			break
		}
	}
	return s
}

func blank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// spliceLines keeps the old text's lines before and after the edit. A line end
// depends on the byte before and after it, so one byte on either side is
// scanned again.
func (n *Text) spliceLines(old *Text, s Span, inserted int) {
	if old.crs > 0 {
		*n = *NewText(n.s)
		return
	}
	from := s.Start
	if from > 0 {
		from--
	}
	upTo := min(len(n.s), int(s.Start)+inserted+1)
	delta := uint32(inserted) - s.Len()
	keep := sort.Search(len(old.lines), func(i int) bool { return old.lines[i] > from })
	tail := sort.Search(len(old.lines), func(i int) bool { return old.lines[i] > min(s.End+1, uint32(len(old.s))) })
	n.lines = make([]uint32, 0, len(old.lines)+8)
	n.lines = append(n.lines, old.lines[:keep]...)
	n.lines, n.crs = appendLines(n.lines, n.s[from:upTo], int(from), n.s)
	for _, l := range old.lines[tail:] {
		n.lines = append(n.lines, l+delta)
	}
}

func (t *Text) place(offset uint32) place {
	if t.crs == 0 {
		line := t.LineAt(offset)
		return place{offset, uint32(line), offset - t.lines[line]}
	}
	before := t.s[:offset]
	return place{offset, uint32(strings.Count(before, "\n")), offset - uint32(strings.LastIndexByte(before, '\n')+1)}
}

// LineEnd gives the line end that the text uses, by its first line.
func (t *Text) LineEnd() string {
	if i := strings.IndexByte(t.s, '\n'); i > 0 && t.s[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
