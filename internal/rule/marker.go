package rule

// marker.go finds the few places of a file that a matcher has to look at, by words
// that stand there. What a function's text holds is found once for each function, so
// that typing elsewhere in the file costs nothing.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Markers are words of which one stands wherever a matcher has something to see. Make
// one set for each matcher, as a package variable. Case counts.
type Markers struct {
	words []string
	held  *program.KeptText[bool]
}

// NewMarkers gives a set of words.
func NewMarkers(words ...string) *Markers {
	m := &Markers{words: words}
	m.held = program.KeepText(m.in)
	return m
}

func (m *Markers) in(text string) bool {
	return slices.ContainsFunc(m.words, func(w string) bool { return strings.Contains(text, w) })
}

// Held reports whether one of the words stands in the file.
func (m *Markers) Held(p *Pass) bool {
	found := false
	m.regions(p, func(source.Span) bool {
		found = true
		return false
	})
	return found
}

// regions calls yield for the parts of the file that hold a word: whole functions that
// stand in no other, and what stands between those.
func (m *Markers) regions(p *Pass, yield func(source.Span) bool) {
	text := p.File.Tree.Text
	at := uint32(0)
	between := func(end uint32) bool {
		s := source.Span{Start: at, End: end}
		return s.Start >= s.End || !m.in(text.Slice(s)) || yield(s)
	}
	for i := 1; i < len(p.File.Funcs); i++ {
		fn := &p.File.Funcs[i]
		if fn.Start < at {
			continue // it stands in the one before
		}
		if !between(fn.Start) {
			return
		}
		at = fn.Start + fn.Len
		if m.held.Of(p.File, i) && !yield(source.Span{Start: fn.Start, End: at}) {
			return
		}
	}
	between(uint32(text.Len()))
}

// places calls yield for each place at which a word begins, in no order.
func (m *Markers) places(p *Pass, yield func(at uint32)) {
	m.regions(p, func(s source.Span) bool {
		text := p.File.Tree.Text.Slice(s)
		for _, word := range m.words {
			for from := 0; ; {
				i := strings.Index(text[from:], word)
				if i < 0 {
					break
				}
				yield(s.Start + uint32(from+i))
				from += i + len(word)
			}
		}
		return true
	})
}

// Funcs gives the functions of the file in whose own text a word stands, in the order of
// the file; 0 is the code outside of all.
func (m *Markers) Funcs(p *Pass) []int {
	var in []int
	m.places(p, func(at uint32) { in = append(in, p.FuncAt(at)) })
	slices.Sort(in)
	return slices.Compact(in)
}

// Lines gives the lines of the file that hold a word, in their order, from 0.
func (m *Markers) Lines(p *Pass) []int {
	var lines []int
	m.places(p, func(at uint32) { lines = append(lines, p.File.Tree.Text.LineAt(at)) })
	slices.Sort(lines)
	return slices.Compact(lines)
}
