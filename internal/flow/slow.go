package flow

// slow.go tells which regular expressions a backtracking engine may take
// exponential time for. The expression is made an automaton whose states are the
// places of its characters (Glushkov's construction, which counts in how many ways
// one place follows another). The time is exponential where some text leads from a
// state back to itself in two ways, and where what stands behind can fail.

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"mcpaudit/internal/program"
)

// The bounds of what is looked into.
const (
	maxSlowText  = 500
	maxPlaces    = 96
	maxSlowSteps = 200_000
)

// slowMatch records that a value is matched with an expression that may take
// exponential time. Go's engine never does.
func (f *frame) slowMatch(m *model, name string, args *arguments, v *program.Value) {
	if f.u.golang || m.Match == "" && m.Result != deriveReplace && m.Result != deriveMatches && m.Result != deriveEach {
		return
	}
	subject, span, _ := args.at(m.Subject, "string")
	pattern, _, _ := args.at(m.Pattern, "pattern")
	if pattern == nil || !subject.hasAtoms() || !isRegexType(pattern.typ) && !(f.u.python && m.Match != "" && pattern.isText()) {
		return
	}
	if f.u.home.regex(pattern.text, cmpMatch(m.Match)).slow {
		f.hit(SlowMatch, subject, name, v.Span, span, nil)
	}
}

// cmpMatch gives how a call matches; those that give all matches search.
func cmpMatch(style matchStyle) matchStyle {
	if style == "" {
		return matchSearch
	}
	return style
}

// slowPattern reports whether a backtracking engine may take exponential time for
// an expression. What this form cannot say, as a look around or back, is taken for
// quick.
func slowPattern(pattern string, style matchStyle) bool {
	if len(pattern) > maxSlowText || !strings.ContainsAny(pattern, "*+{") || strings.ContainsRune(pattern, '\n') {
		return false
	}
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.Contains(pattern, look) {
			return false
		}
	}
	pattern = strings.ReplaceAll(strings.ReplaceAll(pattern, `\Z`, `\z`), `\/`, `/`)
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil || !nests(re, false, 0) {
		return false
	}
	a := automaton{follow: map[[2]int]int{}}
	e := a.build(re, false)
	if style == matchFull {
		end := a.place(nil, true)
		e = a.concat(e, end)
	}
	return !a.failed && a.exponential(e)
}

// nests reports whether a loop without bound repeats more than one character at a
// time: without such a loop no text leads back in two ways.
func nests(re *syntax.Regexp, looped bool, depth int) bool {
	if depth > 200 {
		return false
	}
	inner := looped
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		inner = true
	case syntax.OpRepeat:
		inner = looped || re.Max < 0
	case syntax.OpConcat, syntax.OpAlternate:
		if looped {
			return true
		}
	}
	if looped && inner && (re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpRepeat || re.Op == syntax.OpQuest) {
		return true
	}
	return slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return nests(s, inner, depth+1) })
}

// automaton is what an expression is made into. Every place has the characters
// that it takes, as ranges; a place that takes none asks something of where it is.
type automaton struct {
	chars  [][]rune
	asks   []bool
	follow map[[2]int]int // in how many ways, 2 for more
	next   [][]int
	failed bool
}

// fragment is a part of an expression: in how many ways it may be empty, and at
// which places it begins and ends.
type fragment struct {
	empty       int
	first, last map[int]int
}

func atMostTwo(n int) int { return min(n, 2) }

func (a *automaton) place(chars []rune, asks bool) fragment {
	if len(a.chars) >= maxPlaces {
		a.failed = true
		return fragment{}
	}
	i := len(a.chars)
	a.chars, a.asks = append(a.chars, chars), append(a.asks, asks)
	return fragment{first: map[int]int{i: 1}, last: map[int]int{i: 1}}
}

// join makes that what ends one part is followed by what begins another.
func (a *automaton) join(last, first map[int]int) {
	for p, n := range last {
		for q, k := range first {
			a.follow[[2]int{p, q}] = atMostTwo(a.follow[[2]int{p, q}] + n*k)
		}
	}
}

func plus(x, y map[int]int, times int) map[int]int {
	out := map[int]int{}
	for p, n := range x {
		out[p] = n
	}
	if times > 0 {
		for p, n := range y {
			out[p] = atMostTwo(out[p] + n*times)
		}
	}
	return out
}

func (a *automaton) concat(x, y fragment) fragment {
	a.join(x.last, y.first)
	return fragment{empty: atMostTwo(x.empty * y.empty), first: plus(x.first, y.first, x.empty), last: plus(y.last, x.last, y.empty)}
}

func (a *automaton) loop(x fragment) fragment {
	a.join(x.last, x.first)
	x.empty = min(x.empty, 1)
	return x
}

// build makes the part of an expression. Within a loop nothing may be asked of
// where a match is: that would take ways away which are counted here.
func (a *automaton) build(re *syntax.Regexp, looped bool) fragment {
	if a.failed {
		return fragment{}
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return fragment{empty: 1}
	case syntax.OpLiteral:
		e := fragment{empty: 1}
		for _, r := range re.Rune {
			chars := []rune{r, r}
			if re.Flags&syntax.FoldCase != 0 {
				for c := unicode.SimpleFold(r); c != r; c = unicode.SimpleFold(c) {
					chars = append(chars, c, c)
				}
			}
			e = a.concat(e, a.place(chars, false))
		}
		return e
	case syntax.OpCharClass:
		return a.place(re.Rune, false)
	case syntax.OpAnyCharNotNL:
		return a.place([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}, false)
	case syntax.OpAnyChar:
		return a.place([]rune{0, unicode.MaxRune}, false)
	case syntax.OpBeginText, syntax.OpBeginLine, syntax.OpEndText, syntax.OpEndLine, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		a.failed = a.failed || looped
		if len(a.chars) == 0 {
			return fragment{empty: 1}
		}
		return a.place(nil, true)
	case syntax.OpCapture:
		return a.build(re.Sub[0], looped)
	case syntax.OpConcat:
		e := fragment{empty: 1}
		for _, s := range re.Sub {
			e = a.concat(e, a.build(s, looped))
		}
		return e
	case syntax.OpAlternate:
		var e fragment
		for _, s := range re.Sub {
			x := a.build(s, looped)
			e = fragment{empty: atMostTwo(e.empty + x.empty), first: plus(e.first, x.first, 1), last: plus(e.last, x.last, 1)}
		}
		return e
	case syntax.OpQuest:
		e := a.build(re.Sub[0], looped)
		e.empty = 1
		return e
	case syntax.OpStar:
		e := a.loop(a.build(re.Sub[0], true))
		e.empty = 1
		return e
	case syntax.OpPlus:
		return a.loop(a.build(re.Sub[0], true))
	case syntax.OpRepeat:
		return a.repeat(re, looped)
	}
	a.failed = true
	return fragment{}
}

// repeat writes a counted repetition out.
func (a *automaton) repeat(re *syntax.Regexp, looped bool) fragment {
	e := fragment{empty: 1}
	for i := range re.Min {
		x := a.build(re.Sub[0], looped || re.Max < 0)
		if re.Max < 0 && i == re.Min-1 {
			x = a.loop(x)
		}
		e = a.concat(e, x)
		if a.failed {
			return e
		}
	}
	switch {
	case re.Max < 0 && re.Min == 0:
		x := a.loop(a.build(re.Sub[0], true))
		x.empty = 1
		return x
	case re.Max < 0:
		return e
	}
	// What may be left out stands within each other: (x(x)?)?.
	var tail fragment
	for i := re.Min; i < re.Max && !a.failed; i++ {
		x := a.build(re.Sub[0], looped)
		if i > re.Min {
			x = a.concat(x, tail)
		}
		x.empty = 1
		tail = x
	}
	if re.Max > re.Min {
		e = a.concat(e, tail)
	}
	return e
}

// exponential reports whether some text leads from a state back to itself in two
// ways, and may fail behind it.
func (a *automaton) exponential(e fragment) bool {
	n := len(a.chars)
	a.next = make([][]int, n)
	for p := range n {
		for q := range n {
			if a.follow[[2]int{p, q}] > 0 {
				a.next[p] = append(a.next[p], q)
			}
		}
	}
	parts := connected(n, func(p int) []int { return a.next[p] })
	for _, part := range parts {
		if len(part) == 1 && a.follow[[2]int{part[0], part[0]}] == 0 {
			continue
		}
		if chars := a.twoWays(part); chars != nil && a.canFail(part, chars, e) {
			return true
		}
	}
	return false
}

// twoWays gives the characters of a text that leads from a state of a component
// back to it in two ways, by one edge that is there twice, or by pairs of states
// that come together again; nil where there is none.
func (a *automaton) twoWays(part []int) []rune {
	index := map[int]int{}
	for i, p := range part {
		index[p] = i
	}
	next := make([][]int, len(part))
	for i, p := range part {
		for _, q := range a.next[p] {
			if j, ok := index[q]; ok {
				if a.follow[[2]int{p, q}] > 1 {
					return a.around(q, p)
				}
				next[i] = append(next[i], j)
			}
		}
	}
	n, left := len(part), maxSlowSteps
	pairs := connected(n*n, func(at int) []int {
		var out []int
		for _, p := range next[at/n] {
			for _, q := range next[at%n] {
				if left--; left < 0 {
					return nil
				}
				if overlap(a.chars[part[p]], a.chars[part[q]]) {
					out = append(out, p*n+q)
				}
			}
		}
		return out
	})
	if left < 0 {
		return nil
	}
	for _, c := range pairs {
		same, apart := false, false
		var chars []rune
		for _, at := range c {
			same, apart = same || at/n == at%n, apart || at/n != at%n
			chars = append(append(chars, a.chars[part[at/n]]...), a.chars[part[at%n]]...)
		}
		if same && apart {
			return chars
		}
	}
	return nil
}

// around gives the characters on the shortest way from one place to another.
func (a *automaton) around(from, to int) []rune {
	before := map[int]int{from: from}
	queue := []int{from}
	for len(queue) > 0 && queue[0] != to {
		p := queue[0]
		queue = queue[1:]
		for _, q := range a.next[p] {
			if _, ok := before[q]; !ok {
				before[q] = p
				queue = append(queue, q)
			}
		}
	}
	chars := slices.Clone(a.chars[to])
	for p := to; p != from; {
		p = before[p]
		chars = append(chars, a.chars[p]...)
	}
	return chars
}

// canFail reports whether a text of the given characters that went around in a
// component can go on so that nothing matches any more.
func (a *automaton) canFail(part []int, chars []rune, e fragment) bool {
	in := map[int]bool{}
	var all []rune
	for _, p := range part {
		if e.last[p] > 0 {
			return false // it may always stop there
		}
		in[p] = true
		all = append(all, a.chars[p]...)
	}
	var visit []int
	distinct, asks := true, false
	for _, p := range part {
		for _, q := range a.next[p] {
			if !in[q] {
				distinct = distinct && !overlap(a.chars[q], chars)
				asks = asks || a.asks[q]
				visit = append(visit, q)
			}
		}
	}
	if distinct && !asks {
		return true // the text ends there
	}
	seen := map[int]bool{}
	for len(visit) > 0 {
		p := visit[len(visit)-1]
		visit = visit[:len(visit)-1]
		if seen[p] {
			continue
		}
		seen[p] = true
		if e.last[p] > 0 && !a.asks[p] {
			return false // it may stop before the text does
		}
		all = append(all, a.chars[p]...)
		visit = append(visit, a.next[p]...)
	}
	return !covers(all)
}

// overlap reports whether two sets of ranges have a character in common.
func overlap(x, y []rune) bool {
	for i := 0; i+1 < len(x); i += 2 {
		for j := 0; j+1 < len(y); j += 2 {
			if x[i] <= y[j+1] && y[j] <= x[i+1] {
				return true
			}
		}
	}
	return false
}

// covers reports whether ranges hold every character of ASCII.
func covers(x []rune) bool {
	for r := rune(0); r < 128; r++ {
		if !overlap(x, []rune{r, r}) {
			return false
		}
	}
	return true
}

// connected gives the strongly connected components of a graph (Tarjan's, without
// recursion).
func connected(n int, next func(int) []int) [][]int {
	type visit struct {
		node int
		rest []int
	}
	order, low, on := make([]int, n), make([]int, n), make([]bool, n)
	var out [][]int
	var stack []int
	count := 0
	for root := range n {
		if order[root] != 0 {
			continue
		}
		work := []visit{{node: root}}
		for len(work) > 0 {
			v := &work[len(work)-1]
			if order[v.node] == 0 {
				count++
				order[v.node], low[v.node] = count, count
				stack, on[v.node] = append(stack, v.node), true
				v.rest = next(v.node)
			}
			if len(v.rest) > 0 {
				w := v.rest[0]
				v.rest = v.rest[1:]
				switch {
				case order[w] == 0:
					work = append(work, visit{node: w})
				case on[w]:
					low[v.node] = min(low[v.node], order[w])
				}
				continue
			}
			node := v.node
			work = work[:len(work)-1]
			if len(work) > 0 {
				up := work[len(work)-1].node
				low[up] = min(low[up], low[node])
			}
			if low[node] == order[node] {
				i := slices.Index(stack, node)
				part := slices.Clone(stack[i:])
				for _, p := range part {
					on[p] = false
				}
				stack = stack[:i]
				out = append(out, part)
			}
		}
	}
	return out
}
