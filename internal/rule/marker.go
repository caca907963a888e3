package rule

// marker.go finds the few places of a file that a matcher has to look at, by words
// that stand there. What a function's text holds is found once for each function, so
// that typing elsewhere in the file costs nothing.

import (
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/cespare/xxhash/v2"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Markers are words of which one stands wherever a matcher has something to see. Make
// one set for each matcher, as a package variable. Case counts.
type Markers struct {
	words []string
	bit   int // among all sets
}

// allMarkers are the sets of all matchers. It is complete once the packages are
// initialised, before any file is looked at.
var allMarkers []*Markers

// NewMarkers gives a set of words, of two bytes or more each.
func NewMarkers(words ...string) *Markers {
	m := &Markers{words: words, bit: len(allMarkers)}
	allMarkers = append(allMarkers, m)
	return m
}

// markSet says of each set whether one of its words stands in a text.
type markSet []uint64

// heads leads from the first two bytes of a word to the words that begin so: all words
// of all sets are looked for in one pass.
type heads struct {
	bucket  [1 << 16]uint8 // into buckets, 0 for none
	buckets [][]headed
}

// headed is a word with the sets that it belongs to.
type headed struct {
	word string
	bits []int
}

var headsOnce = sync.OnceValue(func() *heads {
	bits := map[string][]int{}
	for _, m := range allMarkers {
		for _, w := range m.words {
			bits[w] = append(bits[w], m.bit)
		}
	}
	h := &heads{buckets: make([][]headed, 1)}
	for _, w := range slices.Sorted(maps.Keys(bits)) {
		at := &h.bucket[head(w, 0)]
		if *at == 0 {
			if len(h.buckets) > math.MaxUint8 {
				panic("more beginnings of markers than there is room for")
			}
			*at = uint8(len(h.buckets))
			h.buckets = append(h.buckets, nil)
		}
		h.buckets[*at] = append(h.buckets[*at], headed{w, bits[w]})
	}
	return h
})

func head(text string, i int) uint16 { return uint16(text[i])<<8 | uint16(text[i+1]) }

func marksOf(text string) markSet {
	h := headsOnce()
	found := make(markSet, (len(allMarkers)+63)/64)
	for i := 0; i+1 < len(text); i++ {
		b := h.bucket[head(text, i)]
		if b == 0 {
			continue
		}
		for _, w := range h.buckets[b] {
			if strings.HasPrefix(text[i:], w.word) {
				for _, bit := range w.bits {
					found[bit/64] |= 1 << (bit % 64)
				}
			}
		}
	}
	return found
}

func (m markSet) has(of *Markers) bool { return m[of.bit/64]&(1<<(of.bit%64)) != 0 }

func (m markSet) add(o markSet) {
	for i := range m {
		m[i] |= o[i]
	}
}

// recent remembers what pieces of text between functions hold: nearly all of them stand
// there again at the next keystroke.
type recent struct {
	mu    sync.Mutex
	marks map[uint64]markSet // by the hash of the text
}

// maxRecent is how many pieces are remembered before all are forgotten.
const maxRecent = 1 << 12

var recentMarks recent

func (r *recent) of(text string) markSet {
	key := xxhash.Sum64String(text)
	r.mu.Lock()
	found, known := r.marks[key]
	r.mu.Unlock()
	if known {
		return found
	}
	found = marksOf(text)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.marks == nil || len(r.marks) >= maxRecent {
		r.marks = map[uint64]markSet{}
	}
	r.marks[key] = found
	return found
}

var markedFunctions = program.KeepText(marksOf)

// region is a part of a file: a whole function that stands in no other, or what stands
// between two of them.
type region struct {
	span  source.Span
	marks markSet
}

// marked gives the regions of the file and what all of them hold.
func (p *Pass) marked() ([]region, markSet) {
	if p.held != nil {
		return p.regions, p.held
	}
	text := p.File.Tree.Text
	p.held = make(markSet, (len(allMarkers)+63)/64)
	at := uint32(0)
	add := func(r region) {
		p.regions = append(p.regions, r)
		p.held.add(r.marks)
	}
	between := func(end uint32) {
		if s := (source.Span{Start: at, End: end}); s.Start < s.End && strings.TrimSpace(text.Slice(s)) != "" {
			add(region{s, recentMarks.of(text.Slice(s))})
		}
	}
	for i := 1; i < len(p.File.Funcs); i++ {
		fn := &p.File.Funcs[i]
		if fn.Start < at {
			continue // it stands in the one before
		}
		between(fn.Start)
		at = fn.Start + fn.Len
		add(region{source.Span{Start: fn.Start, End: at}, markedFunctions.Of(p.File, i)})
	}
	between(uint32(text.Len()))
	return p.regions, p.held
}

// Held reports whether one of the words stands in the file.
func (m *Markers) Held(p *Pass) bool {
	_, held := p.marked()
	return held.has(m)
}

// places calls yield for each place at which a word begins, in no order.
func (m *Markers) places(p *Pass, yield func(at uint32)) {
	regions, held := p.marked()
	if !held.has(m) {
		return
	}
	for i := range regions {
		if !regions[i].marks.has(m) {
			continue
		}
		start := regions[i].span.Start
		text := p.File.Tree.Text.Slice(regions[i].span)
		for _, word := range m.words {
			for from := 0; ; {
				i := strings.Index(text[from:], word)
				if i < 0 {
					break
				}
				yield(start + uint32(from+i))
				from += i + len(word)
			}
		}
	}
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
