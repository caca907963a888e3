package rule

// formula.go evaluates combinations of patterns on one file, with Semgrep's
// meaning of ranges: a conjunction keeps the smaller of two matches of which one
// holds the other, an inside only limits, a not removes what it equals.

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"mcpaudit/internal/source"
)

// found is a match of a formula. An inside match only says where others may be.
type found struct {
	hit
	inside bool
}

// maxFound bounds the matches of one pattern or formula, maxPairs how many of
// them one rule compares with each other.
const (
	maxFound = 20_000
	maxPairs = 10_000_000
)

// run is the evaluation of a set on one input.
type run struct {
	set     *Set
	in      *Input
	f       *file // nil for a text that is no source
	text    string
	lang    source.Language
	words   []bool // by word number of the set
	buckets *buckets
	hits    map[*pattern][]found
	regexes map[*Formula][]found
	tokens  []textToken // of a text that is no source
	rule    *Rule
	pairs   int
	notes   map[string]bool
}

// note records once that a rule was given up on this file.
func (r *run) note(format string, args ...any) {
	r.notes[fmt.Sprintf(format, args...)] = true
}

// possible reports whether a formula can match at all, by the names it needs.
func (r *run) possible(f *Formula) bool {
	switch f.Op {
	case OpPattern:
		if r.f == nil {
			return r.set.generic[f.Text] != nil
		}
		p := r.set.patternOf(f, r.lang, r.rule)
		if p == nil {
			return false
		}
		for _, w := range p.words {
			if !r.words[r.set.words[w]] {
				return false
			}
		}
	case OpAnd:
		for _, k := range f.Kids {
			if k.Op != OpNot && k.Op != OpNotInside && !r.possible(k) {
				return false
			}
		}
	case OpOr:
		for _, k := range f.Kids {
			if r.possible(k) {
				return true
			}
		}
		return false
	case OpInside:
		return r.possible(f.Kids[0])
	}
	return true
}

// eval gives the matches of a formula. They are shared: do not write to them.
func (r *run) eval(f *Formula) []found {
	switch f.Op {
	case OpPattern:
		if !r.possible(f) {
			return nil
		}
		return r.pattern(f)
	case OpRegex:
		return r.regex(f)
	case OpAnd:
		return r.and(f, nil)
	case OpOr:
		var out []found
		for _, k := range f.Kids {
			out = append(out, r.eval(k)...)
			if len(out) > maxFound {
				r.note("too many matches are combined")
				return out[:maxFound]
			}
		}
		return out
	case OpInside:
		out := append([]found(nil), r.eval(f.Kids[0])...)
		for i := range out {
			out[i].inside = true
		}
		return out
	case OpMCP:
		return r.spans(r.in.Sources, f.Text)
	case OpSinkKind:
		return r.spans(r.in.Sinks, f.Text)
	}
	return nil
}

// spans asks the input for the places that an operator of ours means.
func (r *run) spans(ask func(string) []source.Span, name string) []found {
	if ask == nil {
		return nil
	}
	var out []found
	for _, s := range ask(name) {
		out = append(out, found{hit: hit{span: s}})
	}
	return out
}

// pattern gives the matches of code, from the first use on from memory.
func (r *run) pattern(f *Formula) []found {
	if r.f == nil {
		if g := r.set.generic[f.Text]; g != nil {
			return r.generic(g)
		}
		return nil
	}
	p := r.set.patternOf(f, r.lang, r.rule)
	if p == nil {
		return nil
	}
	hits, ok := r.hits[p]
	if !ok {
		m := &matcher{file: r.f, symbolic: p.symbolic}
		for _, h := range m.run(p, r.bucketsOf()) {
			hits = append(hits, found{hit: h})
		}
		r.noteSteps(m, p)
		r.hits[p] = hits
	}
	return hits
}

func (r *run) bucketsOf() *buckets {
	if r.buckets == nil {
		r.buckets = newBuckets(r.f, r.set.words)
	}
	return r.buckets
}

// regex gives the matches of a regular expression in the text of the file.
func (r *run) regex(f *Formula) []found {
	if out, ok := r.regexes[f]; ok {
		return out
	}
	out := r.regexHits(f.re)
	r.regexes[f] = out
	return out
}

// regexHits gives the matches of a regular expression; its groups are bound by
// number and name.
func (r *run) regexHits(re regex) []found {
	var out []found
	names := re.names()
	matches, err := re.all(r.text)
	if err != nil {
		r.note("%v", err)
	}
	for _, m := range matches {
		h := hit{span: source.Span{Start: uint32(m[0]), End: uint32(m[1])}}
		for g := 1; g*2+1 < len(m); g++ {
			if m[g*2] < 0 {
				continue
			}
			b := binding{isText: true, text: r.text[m[g*2]:m[g*2+1]], span: source.Span{Start: uint32(m[g*2]), End: uint32(m[g*2+1])}}
			h.env = &env{"$" + strconv.Itoa(g), b, h.env}
			if g < len(names) && names[g] != "" {
				h.env = &env{"$" + names[g], b, h.env}
			}
		}
		out = append(out, found{hit: h})
	}
	return out
}

// and evaluates a conjunction. With within, the conjunction is asked of that
// place: one that only excludes starts from it.
func (r *run) and(f *Formula, within *found) []found {
	var pos, neg []*Formula
	for _, k := range f.Kids {
		switch {
		case k.Op == OpNot || k.Op == OpNotInside:
			neg = append(neg, k)
		case !r.possible(k):
			return nil
		default:
			pos = append(pos, k)
		}
	}
	var out []found
	if len(pos) == 0 {
		start := found{hit: hit{span: source.Span{Start: 0, End: uint32(len(r.text))}}}
		if within != nil {
			start = *within
		}
		out = []found{start}
	}
	// What is rarest first would be best; what limits without matching comes last.
	for _, inside := range []bool{false, true} {
		for _, k := range pos {
			if (k.Op == OpInside) != inside {
				continue
			}
			switch {
			case out == nil:
				out = r.evalWithin(k, within)
			case inside && within == nil:
				out = r.intersect(out, r.eval(k.Kids[0]), true)
			default:
				out = r.intersect(out, r.evalWithin(k, within), false)
			}
			if len(out) == 0 {
				return nil
			}
		}
	}
	for _, k := range neg {
		out = r.subtract(out, k, within)
		if len(out) == 0 {
			return nil
		}
	}
	for _, c := range f.Conditions {
		kept := out[:0:0]
		for _, x := range out {
			kept = append(kept, r.holds(c, x)...)
		}
		out = kept
	}
	for _, names := range f.Focus {
		out = r.focus(names, out)
	}
	return out
}

func (r *run) evalWithin(f *Formula, within *found) []found {
	if within == nil {
		return r.eval(f)
	}
	return r.nested(f, *within)
}

// compatible joins two environments, or reports that they contradict.
func (r *run) compatible(a, b *env) (*env, bool) {
	if a == nil {
		return b, true
	}
	if b == nil || a == b {
		return a, true
	}
	m := &matcher{file: r.f, symbolic: r.rule.options.symbolic}
	for x := b; x != nil; x = x.next {
		if old, ok := a.get(x.name); ok {
			if r.f == nil {
				if old.text != x.val.text {
					return nil, false
				}
			} else if !m.sameBinding(old, x.val) {
				return nil, false
			}
			continue
		}
		a = &env{x.name, x.val, a}
	}
	return a, true
}

// intersect keeps of each two matches the inner one. With inside, bs only limit.
func (r *run) intersect(as, bs []found, inside bool) []found {
	var out []found
	seen := map[source.Span][]*env{}
	add := func(x found) {
		for _, e := range seen[x.span] {
			if sameEnv(e, x.env) {
				return
			}
		}
		seen[x.span] = append(seen[x.span], x.env)
		out = append(out, x)
	}
	for _, a := range as {
		if r.pairs += len(bs); r.pairs > maxPairs {
			r.note("too many matches are combined")
			return out
		}
		for _, b := range bs {
			keep, other := a, b
			limits := inside || b.inside
			switch {
			case b.span.Contains(a.span) && (!a.inside || limits):
			case a.span.Contains(b.span) && (!limits || a.inside):
				keep, other = b, a
			default:
				continue
			}
			if e, ok := r.compatible(keep.env, other.env); ok {
				keep.env = e
				keep.inside = a.inside && limits
				add(keep)
			}
		}
		if len(out) > maxFound {
			r.note("too many matches are combined")
			return out
		}
	}
	return out
}

// subtract removes the matches that a negation excludes.
func (r *run) subtract(out []found, neg *Formula, within *found) []found {
	inner := neg.Kids[0]
	if within == nil && !r.possible(inner) {
		return out
	}
	fs := r.evalWithin(inner, within)
	if len(fs) == 0 {
		return out
	}
	kept := out[:0:0]
	for _, x := range out {
		excluded := false
		if r.pairs += len(fs); r.pairs > maxPairs {
			// Nothing is reported that the negation might have excluded.
			r.note("too many matches are combined")
			return nil
		}
		for _, y := range fs {
			hit := x.span == y.span
			if neg.Op == OpNotInside || y.inside {
				hit = y.span.Contains(x.span)
			} else if inner.Op == OpRegex {
				hit = x.span.Contains(y.span) || y.span.Contains(x.span)
			}
			if hit {
				if _, ok := r.compatible(x.env, y.env); ok {
					excluded = true
					break
				}
			}
		}
		if !excluded {
			kept = append(kept, x)
		}
	}
	return kept
}

// focus narrows matches to what metavariables stand for.
func (r *run) focus(names []string, xs []found) []found {
	var out []found
	for _, x := range xs {
		for _, name := range names {
			b, ok := x.env.get(name)
			if !ok || !x.span.Contains(b.span) && !b.span.Contains(x.span) {
				continue
			}
			y := x
			if !b.span.Contains(x.span) {
				y.span = b.span
			}
			y.inside = false
			out = append(out, y)
		}
	}
	return out
}

// nested evaluates a formula on what a metavariable stands for: x.span is its
// place.
func (r *run) nested(f *Formula, x found) []found {
	switch f.Op {
	case OpAnd:
		return r.and(f, &x)
	case OpOr:
		var out []found
		for _, k := range f.Kids {
			out = append(out, r.nested(k, x)...)
		}
		return out
	case OpPattern:
		if out := r.itself(f, x); out != nil {
			return out
		}
	case OpRegex:
		return r.regexWithin(f, x)
	}
	fs := r.eval(f)
	var out []found
	for _, y := range fs {
		if f.Op != OpInside && !x.span.Contains(y.span) || f.Op == OpInside && !y.span.Contains(x.span) && !x.span.Contains(y.span) {
			continue
		}
		if e, ok := r.compatible(x.env, y.env); ok {
			y.env = e
			out = append(out, y)
		}
	}
	return out
}

// itself matches a pattern with the very term at x, so that a name that stands
// for a constant counts as the constant.
func (r *run) itself(f *Formula, x found) []found {
	p := r.set.patternOf(f, r.lang, r.rule)
	if p == nil || p.root == nil || r.f == nil {
		return nil
	}
	t := r.termAt(x.span)
	if t == nil {
		return nil
	}
	m := &matcher{file: r.f, symbolic: p.symbolic}
	var out []found
	m.match(p.root, t, x.env, func(e *env) bool {
		out = append(out, found{hit: hit{x.span, e}})
		return false
	})
	r.noteSteps(m, p)
	return out
}

// noteSteps notes what a matcher left out.
func (r *run) noteSteps(m *matcher, p *pattern) {
	if m.over {
		r.note("pattern %q was given up after %d steps", shorten(p.text), maxSteps)
	}
	if m.cut {
		r.note("blocks nested more than %d deep are left out", maxBlockDepth)
	}
}

// termAt gives the outermost term that covers exactly a span.
func (r *run) termAt(s source.Span) *term {
	n := r.f.tree.At(s)
	for n != 0 {
		p := r.f.tree.Node(n).Parent
		if t := r.f.term(p); p == 0 || t.span != s {
			break
		}
		n = p
	}
	if t := r.f.term(n); t.span == s {
		return t
	}
	return nil
}

func (r *run) regexWithin(f *Formula, x found) []found {
	text := r.text[x.span.Start:x.span.End]
	var out []found
	matches, err := f.re.all(text)
	if err != nil {
		r.note("%v", err)
	}
	for _, m := range matches {
		out = append(out, found{hit: hit{source.Span{Start: x.span.Start + uint32(m[0]), End: x.span.Start + uint32(m[1])}, x.env}})
	}
	return out
}

// holds gives the match, with what the condition bound further, if it holds.
func (r *run) holds(c *Condition, x found) []found {
	var b binding
	if c.Variable != "" {
		var ok bool
		if b, ok = x.env.get(c.Variable); !ok {
			if c.Kind != MetavariableComparison {
				return nil
			}
		}
	}
	ok := false
	switch c.Kind {
	case MetavariableRegex:
		ok = r.matches(c.re, r.written(b))
		if !ok && c.Constant && b.term != nil {
			if k := r.f.constant(b.term, 0); k != nil {
				ok = r.matches(c.re, k.str)
			}
		}
	case MetavariableComparison:
		ok = truth(c.expr(func(name string) any { return r.valueOf(c, name, x.env) }))
	case MetavariableType:
		if b.term != nil {
			m := &matcher{file: r.f}
			for _, t := range c.Types {
				ok = ok || m.hasType(b.term, t)
			}
		}
	case MetavariableAnalysis:
		if c.Analyzer == "entropy" {
			ok = highEntropy(strings.Trim(r.written(b), "\"'`"))
		} else {
			ok = backtracks(strings.Trim(r.written(b), "\"'`/"))
		}
	case MetavariablePattern:
		return r.metavariablePattern(c, b, x)
	}
	if ok {
		return []found{x}
	}
	return nil
}

// matches reports whether a regular expression matches; a search that is given
// up is noted.
func (r *run) matches(re regex, s string) bool {
	ok, err := re.match(s)
	if err != nil {
		r.note("%v", err)
	}
	return ok
}

func (r *run) metavariablePattern(c *Condition, b binding, x found) []found {
	if c.Language != "" || b.isText && r.f != nil {
		if sub := r.sub(c.Language, b); sub != nil {
			for _, y := range sub.and(c.Formula, &found{hit: hit{span: source.Span{End: uint32(len(sub.text))}, env: nil}}) {
				_ = y
				return []found{x}
			}
			return nil
		}
	}
	at := found{hit: hit{b.span, x.env}}
	var out []found
	for _, y := range r.and(c.Formula, &at) {
		z := x
		z.env = y.env
		out = append(out, z)
	}
	return out
}

// sub makes a run on the content of a string, in another language or as text.
func (r *run) sub(language string, b binding) *run {
	text := b.text
	if !b.isText {
		text = r.written(b)
		if r.f != nil && b.term != nil {
			if k := r.f.constant(b.term, 0); k != nil && k.op == opStr {
				text = k.str
			}
		}
	}
	s := &run{set: r.set, in: r.in, text: text, rule: r.rule, notes: r.notes, lang: source.None,
		hits: map[*pattern][]found{}, regexes: map[*Formula][]found{}, words: r.words}
	lang := source.None
	switch language {
	case "":
		lang = r.lang
	case "python", "py":
		lang = source.Python
	case "javascript", "js":
		lang = source.JavaScript
	case "typescript", "ts":
		lang = source.TypeScript
	case "go", "golang":
		lang = source.Go
	}
	if lang != source.None {
		s.lang = lang
		s.f = newFile(source.Parse(lang, source.NewText(text), false))
		s.words = nil
		s.words = r.set.wordsOf(s.f)
	}
	return s
}

// written gives the source text of a binding.
func (r *run) written(b binding) string {
	if b.isText {
		return b.text
	}
	return r.text[min(int(b.span.Start), len(r.text)):min(int(b.span.End), len(r.text))]
}

// valueOf gives a metavariable's value for a comparison.
func (r *run) valueOf(c *Condition, name string, e *env) any {
	b, ok := e.get(name)
	if !ok {
		return nil
	}
	if b.isText {
		if c.Base != 0 {
			if n, ok := number(strings.TrimSpace(b.text), c.Base); ok {
				return n
			}
		}
		if n, ok := number(b.text, 0); ok && (c.Strip || isDigits(b.text)) {
			return n
		}
		return b.text
	}
	if b.term != nil {
		switch k := r.f.constant(b.term, 0); {
		case k == nil:
		case k.op == opNumber:
			if n, ok := number(k.str, 0); ok {
				return n
			}
		case k.op == opLit:
			if k.str == "null" {
				return nil
			}
			return k.str == "true"
		default:
			base := 0
			if c.Base != 0 {
				base = c.Base
			}
			if n, ok := number(k.str, base); ok && (c.Strip || c.Base != 0) {
				return n
			}
			return k.str
		}
		if v := r.number(b.term, 0); !math.IsNaN(v) {
			return v
		}
	}
	s := r.written(b)
	if n, ok := number(s, 0); ok {
		return n
	}
	return s
}

func isDigits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool { return !unicode.IsDigit(c) }) < 0
}

// number evaluates arithmetic of constants, NaN where it is none.
func (r *run) number(t *term, depth int) float64 {
	if t == nil || depth > maxResolve {
		return math.NaN()
	}
	if k := r.f.constant(t, depth); k != nil && k.op == opNumber {
		if n, ok := number(k.str, 0); ok {
			return n
		}
	}
	switch r.f.open(t); {
	case t.op == opUnary && t.str == "-":
		return -r.number(t.kids[0], depth+1)
	case t.op == opBinary:
		if n, ok := arithmetic(t.str, r.number(t.kids[0], depth+1), r.number(t.kids[1], depth+1)).(float64); ok {
			return n
		}
	}
	return math.NaN()
}

// highEntropy reports whether a text looks like a key rather than like words:
// no blanks, several characters, and letters and digits in an order in which
// no word has them.
func highEntropy(s string) bool {
	if len(s) < 12 || strings.ContainsAny(s, " \t\n") {
		return false
	}
	distinct := map[rune]bool{}
	consonants, longest, changes := 0, 0, 0
	last := 0
	for _, c := range s {
		distinct[c] = true
		class := 1
		switch {
		case unicode.IsDigit(c):
			class = 2
		case unicode.IsUpper(c):
			class = 3
		case !unicode.IsLetter(c):
			class = 4
		}
		if last != 0 && class != last {
			changes++
		}
		last = class
		if class != 2 && class != 4 && !strings.ContainsRune("aeiouyAEIOUY", c) {
			consonants++
		} else {
			consonants = 0
		}
		longest = max(longest, consonants)
	}
	return len(distinct) >= 4 && (longest >= 6 || changes*3 >= len(s))
}

// backtracks reports whether a regular expression repeats what repeats.
func backtracks(s string) bool {
	var open []bool // whether the group so far holds a repetition
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			for i++; i < len(s) && s[i] != ']'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '(':
			open = append(open, false)
		case '+', '*':
			if len(open) > 0 {
				open[len(open)-1] = true
			}
		case ')':
			if len(open) == 0 {
				continue
			}
			inner := open[len(open)-1]
			open = open[:len(open)-1]
			if inner && i+1 < len(s) && (s[i+1] == '+' || s[i+1] == '*') {
				return true
			}
			if inner && len(open) > 0 {
				open[len(open)-1] = true
			}
		}
	}
	return false
}
