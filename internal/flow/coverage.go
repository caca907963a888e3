package flow

// coverage.go says of each entry whether its handler was found, and what on the way
// from there could not be followed, so that silence is not taken for safety.

import (
	"slices"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// GapKind says why something was not followed.
type GapKind string

// The kinds of gap.
const (
	// NoHandler is an entry whose function was not found.
	NoHandler GapKind = "handler"
	// Bounded is a part that was left out because a bound was reached.
	Bounded GapKind = "bound"
	// UnknownCall is a call of code that nothing is known of, which received what
	// the caller chose. What it gives back counts as coming from all that it got,
	// and is not sure; what it does besides is not seen.
	UnknownCall GapKind = "unknown call"
)

// Gap is something that was not followed.
type Gap struct {
	Kind GapKind
	Path string
	Line int // from 1
	Text string
}

// Coverage says how far an entry was followed.
type Coverage struct {
	Entry *mcp.Entry
	Name  string      // the entry's, as the handler's file tells it
	Span  source.Span // where it is registered or, for want of that, written; absolute
	// Handler and Line are the path of the file with the handler and its line, from
	// 1; Handler is empty where none was found.
	Handler string
	Line    int
	Gaps    []Gap
	// Code is a digest of the functions that the entry reaches: it changes with any
	// of them, but not with where they stand or how they are laid out. 0 where no
	// handler was found.
	Code uint64
}

// textDigest is the digest of a function's text, white space apart.
var textDigest = program.KeepText(func(text string) uint64 {
	d := newDigester()
	for word := range strings.FieldsSeq(text) {
		d.str(word)
	}
	return uint64(d)
})

// Followed reports whether the handler was found and no bound cut it short. Calls of
// unknown code leave an entry followed: there is a default for them.
func (c *Coverage) Followed() bool {
	return !slices.ContainsFunc(c.Gaps, func(g Gap) bool { return g.Kind != UnknownCall })
}

// The bounds of what is told: calls remembered of a function, and gaps of an entry.
const (
	maxUnknown = 16
	maxGaps    = 32
)

// unknownCall is a call of unknown code in a function, relative to it.
type unknownCall struct{ call, callee source.Span }

// remember keeps a call of unknown code that receives something from outside.
func (f *frame) remember(v *program.Value, given []atom) {
	if f.sum == nil || v.X == nil || len(f.sum.unknown) >= maxUnknown {
		return
	}
	for i := range given {
		if k := given[i].kind; k != fromParam && k != fromRequest {
			continue
		}
		c := unknownCall{v.Span, v.X.Span}
		if !slices.Contains(f.sum.unknown, c) {
			f.sum.unknown = append(f.sum.unknown, c)
		}
		return
	}
}

// coverage says how far the entries that the file registers were followed. w finds
// entries that another file serves under the same name.
func (b *assembly) coverage(w *World) {
	linked := map[*mcp.Entry][]linked{}
	for _, l := range b.m.links {
		linked[l.reg.Entry] = append(linked[l.reg.Entry], l)
	}
	regs := map[*mcp.Entry]*mcp.Registration{}
	for _, r := range b.u.facts.Registrations {
		regs[r.Entry] = r
	}
	for _, e := range b.u.facts.Entries {
		switch {
		case e.Handler >= 0 && e.Handler < len(b.u.sums):
			b.cover(e, e, site{b.u, e.Handler})
		case linked[e] != nil:
			b.coverLinked(e, linked[e])
		case regs[e] != nil && slices.Contains(b.m.handed, regs[e]):
		case !w.servedElsewhere(e, b.m):
			b.m.covered = append(b.m.covered, Coverage{Entry: e, Name: e.Name, Span: e.NameSpan, Gaps: []Gap{b.noHandler(e, regs[e])}})
		}
	}
	for _, l := range b.m.links {
		if !slices.Contains(b.u.facts.Registrations, l.reg) {
			b.coverLinked(l.reg.Entry, linked[l.reg.Entry])
		}
	}
	for _, r := range b.u.facts.Registrations {
		if slices.Contains(b.u.facts.Entries, r.Entry) {
			continue
		}
		if l := linked[r.Entry]; l != nil {
			b.coverLinked(r.Entry, l)
		} else if r.Entry.SDK != "" && !r.Doubtful {
			b.m.covered = append(b.m.covered, Coverage{Entry: r.Entry, Span: r.Entry.NameSpan, Gaps: []Gap{b.noHandler(r.Entry, r)}})
		}
	}
}

// coverLinked covers what a registration leads to: entries there, unless that file
// has them as its own.
func (b *assembly) coverLinked(e *mcp.Entry, list []linked) {
	for _, l := range list {
		for _, x := range l.entries {
			b.cover(e, x, l.at)
		}
	}
}

// cover covers one entry: of what it reaches, all that was not followed.
func (b *assembly) cover(e, as *mcp.Entry, from site) {
	c := Coverage{Entry: e, Name: as.Name, Span: e.NameSpan, Handler: from.u.file.Path, Line: lineOf(from.u, from.placed().Start)}
	seen := map[site]bool{}
	for work := []site{from}; len(work) > 0; {
		at := work[0]
		work = work[1:]
		if seen[at] || len(c.Gaps) >= maxGaps {
			continue
		}
		seen[at] = true
		b.touch(at.u)
		c.Code += textDigest.Of(at.u.file, at.i) // whatever the order
		s := at.u.sums[at.i]
		if s == nil {
			if at == from || at.u.budget < 0 {
				c.Gaps = append(c.Gaps, Gap{Bounded, at.u.file.Path, lineOf(at.u, at.placed().Start), "the file is too large to follow all of its values"})
			}
			continue
		}
		b.gaps(&c, as, at, s)
		for _, list := range [][]uint64{s.reach, s.mayReach} {
			for _, id := range list {
				if o, k, ok := at.u.at(id); ok {
					work = append(work, site{o, k})
				}
			}
		}
		for _, n := range at.placed().Nested {
			if k, ok := at.u.index[n.Func]; ok && n.Func.Kind == program.KindClosure {
				work = append(work, site{at.u, k})
			}
		}
	}
	b.m.covered = append(b.m.covered, c)
}

// gaps adds what could not be followed in one function.
func (b *assembly) gaps(c *Coverage, as *mcp.Entry, at site, s *summary) {
	start := at.placed().Start
	for _, x := range s.unknown {
		span := x.call.Shift(start)
		if as.Handler == at.i && as.Branch.Len() > 0 && !as.Branch.Contains(span) {
			continue
		}
		if len(c.Gaps) < maxGaps {
			c.Gaps = append(c.Gaps, Gap{UnknownCall, at.u.file.Path, lineOf(at.u, span.Start), "a call of unknown code receives the input: " + calledName(at.u, x.callee.Shift(start))})
		}
	}
	for _, text := range s.notes {
		c.Gaps = append(c.Gaps, Gap{Bounded, at.u.file.Path, lineOf(at.u, start), text})
	}
}

// noHandler says why an entry has no handler.
func (b *assembly) noHandler(e *mcp.Entry, reg *mcp.Registration) Gap {
	g := Gap{Kind: NoHandler, Path: b.u.file.Path, Line: lineOf(b.u, e.Span.Start), Text: "no function that serves it was found"}
	if reg == nil {
		return g
	}
	v := reg.Handler
	if v == nil {
		v = reg.Object
	}
	for v != nil && v.Op != program.OpIdent {
		v = v.X
	}
	g.Text = "what it is registered with does not lead to a function"
	if v == nil {
		return g
	}
	for i := range b.u.file.Imports {
		im := &b.u.file.Imports[i]
		if im.Local != v.Name {
			continue
		}
		g.Text = "its handler comes from " + im.Module
		if w := b.u.world; w.modules != nil {
			if _, ok := w.modules.Find(b.u.file, im); ok {
				g.Text += ", where no function was found for it"
				return g
			}
		}
		g.Text += ", which is not among the files that are audited"
		return g
	}
	return g
}

// servedElsewhere reports whether another file has an entry of that kind and name
// with a handler: it declares what that file serves.
func (w *World) servedElsewhere(e *mcp.Entry, m *member) bool {
	if e.Name == "" {
		return false
	}
	for _, o := range w.members {
		for _, x := range o.facts.Entries {
			if x != e && x.Kind == e.Kind && x.Name == e.Name && x.Handler >= 0 {
				return true
			}
		}
		for i := range o.served {
			for _, x := range o.served[i].entries {
				if x.Kind == e.Kind && x.Name == e.Name && o != m {
					return true
				}
			}
		}
	}
	return false
}

// lineOf gives the line, from 1, of an absolute place in a file.
func lineOf(u *unit, at uint32) int {
	if u.file.Tree == nil || u.file.Tree.Text == nil {
		return 1
	}
	return u.file.Tree.Text.LineAt(at) + 1
}

// maxCalledName bounds the text of what is called.
const maxCalledName = 60

// calledName gives what is called, as written, on one line.
func calledName(u *unit, callee source.Span) string {
	if u.file.Tree == nil || u.file.Tree.Text == nil {
		return ""
	}
	s := strings.Join(strings.Fields(limitTo(u.file.Tree.Text.Slice(callee), 4*maxCalledName)), " ")
	if r := []rune(s); len(r) > maxCalledName {
		s = string(r[:maxCalledName]) + "…"
	}
	return s
}
