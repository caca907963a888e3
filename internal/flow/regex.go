package flow

// regex.go says what it proves of a text that it matches a regular expression:
// whether the whole of it is bound, and which characters its alphabet leaves out.

import (
	"regexp/syntax"
	"strings"
	"unicode"
)

const (
	regexType = "RegExp"
	// maxPattern bounds the expressions that are looked into.
	maxPattern = 2000
)

// regexFact is what a match proves.
type regexFact struct {
	yes, no  proofs
	anchored bool     // the whole text is bound
	reason   string   // which mistake, if any
	lone     *charSet // the characters, where it is one class of them
	slow     bool     // a backtracking engine may take exponential time
}

// regexFlags gives ECMAScript's flags in the form of a prefix.
func regexFlags(flags string) string {
	out := ""
	for _, c := range flags {
		if c == 'i' || c == 'm' || c == 's' {
			out += string(c)
		}
	}
	if out == "" {
		return ""
	}
	return "(?" + out + ")"
}

// regex looks into an expression, once for each.
func (h *home) regex(pattern string, style matchStyle) regexFact {
	key := string(style) + ":" + pattern
	if r, ok := h.patterns[key]; ok {
		return r
	}
	r := lookInto(pattern, style)
	r.slow = slowPattern(pattern, style)
	if len(h.patterns) > 1000 {
		clear(h.patterns)
	}
	h.patterns[key] = r
	return r
}

func lookInto(pattern string, style matchStyle) regexFact {
	if len(pattern) > maxPattern {
		return regexFact{}
	}
	bare, noDash := withoutLookaround(pattern)
	re, err := syntax.Parse(bare, syntax.Perl)
	if err != nil {
		return regexFact{}
	}
	start := style == matchFull || style == matchStart || anchored(re, true)
	end := style == matchFull || anchored(re, false)
	var a alphabet
	a.collect(re, 0)
	f := regexFact{lone: loneClass(re)}
	p := a.proofs()
	if start && (noDash || !mayBeginWith(re, '-')) {
		p |= proveNoDash
	} else {
		p &^= proveNoDash
	}
	switch {
	case start && end:
		f.yes, f.anchored = p, true
		if strings.HasPrefix(literalPrefix(re), "http") {
			f.yes |= proveWeb
		}
	case start:
		f.yes = p & proveNoDash
		if prefix := literalPrefix(re); urlHost(prefix) {
			f.yes |= proveHost
		}
		if strings.HasPrefix(literalPrefix(re), "http") {
			f.yes |= proveWeb
		}
	}
	if !f.anchored && p&(proveNoMeta|proveNoSep|proveNoQuote|proveIdent) != 0 && !a.any && !a.odd() {
		f.reason = LoosePattern
	}
	f.deny(re, start, end)
	return f
}

// deny looks at an expression that finds what is forbidden: one character
// anywhere, or dots.
func (f *regexFact) deny(re *syntax.Regexp, start, end bool) {
	if start || end {
		if re.Op == syntax.OpConcat && len(re.Sub) == 2 && start && re.Sub[1].Op == syntax.OpLiteral && string(re.Sub[1].Rune) == "-" {
			f.no = proveNoDash
		}
		return
	}
	var a alphabet
	switch re.Op {
	case syntax.OpCharClass, syntax.OpLiteral, syntax.OpAlternate:
		a.collect(re, 0)
	case syntax.OpPlus:
		a.collect(re, 0)
	default:
		return
	}
	if re.Op == syntax.OpLiteral && len(re.Rune) > 1 {
		if string(re.Rune) == ".." {
			f.no, f.reason = proveNoDots, ""
		}
		return
	}
	if !a.has(shellMeta + "/.") {
		return
	}
	f.reason = ""
	// What is not in the class is what may remain.
	rest := alphabet{}
	for r := rune(0); r < 128; r++ {
		rest.ascii[r] = !a.ascii[r]
	}
	f.no = rest.proofs() &^ (proveNoDash | proveNoDots)
	if a.ascii['.'] {
		f.no |= proveNoDots
	}
	if f.no&(proveNoMeta|proveIdent) == 0 && strings.ContainsFunc(shellMeta, func(r rune) bool { return a.ascii[r] }) {
		f.reason = DenyList
	}
}

// withoutLookaround cuts out what RE2 has not; noDash says that a lookahead at
// the start forbids a dash there.
func withoutLookaround(s string) (bare string, noDash bool) {
	for _, open := range []string{"(?!", "(?=", "(?<!", "(?<="} {
		for {
			i := strings.Index(s, open)
			if i < 0 {
				break
			}
			depth, j := 0, i
			for ; j < len(s); j++ {
				if s[j] == '\\' {
					j++
				} else if s[j] == '(' {
					depth++
				} else if s[j] == ')' {
					if depth--; depth == 0 {
						break
					}
				}
			}
			if j >= len(s) {
				return s, noDash
			}
			if open == "(?!" && (i == 0 || s[:i] == "^") && s[i+3:j] == "-" {
				noDash = true
			}
			s = s[:i] + s[j+1:]
		}
	}
	s = strings.ReplaceAll(s, `\Z`, `\z`)
	s = strings.ReplaceAll(s, `\/`, `/`)
	return s, noDash
}

// anchored reports whether every match begins at the start, or ends at the end.
func anchored(re *syntax.Regexp, start bool) bool {
	switch re.Op {
	case syntax.OpBeginText:
		return start
	case syntax.OpEndText:
		return !start
	case syntax.OpConcat:
		if len(re.Sub) == 0 {
			return false
		}
		if start {
			return anchored(re.Sub[0], start)
		}
		return anchored(re.Sub[len(re.Sub)-1], start)
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			if !anchored(s, start) {
				return false
			}
		}
		return true
	case syntax.OpCapture:
		return anchored(re.Sub[0], start)
	}
	return false
}

// alphabet is the set of characters that an expression may match.
type alphabet struct {
	ascii [128]bool
	other bool // beyond ASCII
	any   bool // nearly everything
}

func (a *alphabet) collect(re *syntax.Regexp, depth int) {
	if depth > 200 {
		a.everything()
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			a.add(r)
			if re.Flags&syntax.FoldCase != 0 {
				a.add(unicode.ToUpper(r))
				a.add(unicode.ToLower(r))
			}
		}
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
				if r >= 128 {
					a.other = true
					break
				}
				a.ascii[r] = true
			}
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		a.everything()
		if re.Op == syntax.OpAnyCharNotNL {
			a.any = true
		}
	}
	for _, s := range re.Sub {
		a.collect(s, depth+1)
	}
}

func (a *alphabet) add(r rune) {
	if r >= 128 || r < 0 {
		a.other = true
		return
	}
	a.ascii[r] = true
}

func (a *alphabet) everything() {
	for i := range a.ascii {
		a.ascii[i] = true
	}
	a.other, a.any = true, true
}

func (a *alphabet) has(chars string) bool {
	for i := 0; i < len(chars); i++ {
		if a.ascii[chars[i]] {
			return true
		}
	}
	return false
}

// odd reports whether the alphabet has no letter or digit at all, as that of a
// pattern that looks for single signs.
func (a *alphabet) odd() bool {
	for r := rune(0); r < 128; r++ {
		if a.ascii[r] && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

// proofs gives what the alphabet leaves out.
func (a *alphabet) proofs() proofs {
	var p proofs
	if !a.has(`/\`) {
		p |= proveNoSep
	}
	if !a.ascii['.'] {
		p |= proveNoDots
	}
	if !a.ascii['-'] {
		p |= proveNoDash
	}
	if !a.has(shellMeta) {
		p |= proveNoMeta
	}
	if !a.has("'\"`\\") {
		p |= proveNoQuote
	}
	if !a.has("()[]{}.;=`'\"\\") {
		p |= proveNoCode
	}
	ident := true
	for r := rune(0); r < 128; r++ {
		if a.ascii[r] && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			ident = false
		}
	}
	if ident {
		p |= proveIdent
	}
	return p
}

// mayBeginWith reports whether a match may begin with c.
func mayBeginWith(re *syntax.Regexp, c rune) bool {
	first, _ := firstOf(re, c, 0)
	return first
}

// firstOf reports whether a match may begin with c, and whether it may be empty.
func firstOf(re *syntax.Regexp, c rune, depth int) (begins, empty bool) {
	if depth > 200 {
		return true, true
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune) > 0 && re.Rune[0] == c, len(re.Rune) == 0
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= c && c <= re.Rune[i+1] {
				return true, false
			}
		}
		return false, false
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true, false
	case syntax.OpStar, syntax.OpQuest:
		b, _ := firstOf(re.Sub[0], c, depth+1)
		return b, true
	case syntax.OpPlus, syntax.OpCapture:
		return firstOf(re.Sub[0], c, depth+1)
	case syntax.OpRepeat:
		b, e := firstOf(re.Sub[0], c, depth+1)
		return b, e || re.Min == 0
	case syntax.OpConcat:
		for _, s := range re.Sub {
			b, e := firstOf(s, c, depth+1)
			if b {
				return true, false
			}
			if !e {
				return false, false
			}
		}
		return false, true
	case syntax.OpAlternate:
		for _, s := range re.Sub {
			b, e := firstOf(s, c, depth+1)
			begins, empty = begins || b, empty || e
		}
		return begins, empty
	}
	return false, true
}

// literalPrefix gives the fixed text that every match begins with.
func literalPrefix(re *syntax.Regexp) string {
	out := ""
	if re.Op == syntax.OpConcat {
		for _, s := range re.Sub {
			switch {
			case s.Op == syntax.OpBeginText:
			case s.Op == syntax.OpLiteral:
				out += string(s.Rune)
			case s.Op == syntax.OpAnyCharNotNL && strings.Contains(out, "://"):
				out += "." // a dot that was meant literally
			case s.Op == syntax.OpQuest && strings.HasPrefix("https", out):
				out += "s"
			default:
				return out
			}
		}
	}
	return out
}

// urlHost reports whether a URL that begins like this has its host fixed.
func urlHost(prefix string) bool {
	i := strings.Index(prefix, "://")
	if i < 0 {
		return false
	}
	rest := prefix[i+3:]
	return strings.IndexAny(rest, "/?#") > 0
}

// groupFact says what a group of an expression allows; -1 is the last group that
// there is, or the whole where there is none, as findall gives it.
func (h *home) groupFact(pattern string, which int) proofs {
	if len(pattern) > maxPattern {
		return 0
	}
	bare, _ := withoutLookaround(pattern)
	re, err := syntax.Parse(bare, syntax.Perl)
	if err != nil {
		return 0
	}
	if which < 0 {
		which = re.MaxCap()
	}
	if which == 0 {
		return h.regex("^(?:"+pattern+")$", matchFull).yes
	}
	sub := capture(re, which)
	if sub == nil {
		return 0
	}
	return h.regex("^(?:"+sub.Sub[0].String()+")$", matchFull).yes
}

// capture finds a group by its number.
func capture(re *syntax.Regexp, which int) *syntax.Regexp {
	if re.Op == syntax.OpCapture && re.Cap == which {
		return re
	}
	for _, s := range re.Sub {
		if c := capture(s, which); c != nil {
			return c
		}
	}
	return nil
}

// groupNamed gives the number of a group that has a name, -1 for none.
func (h *home) groupNamed(pattern, name string) int {
	if len(pattern) > maxPattern {
		return -1
	}
	bare, _ := withoutLookaround(pattern)
	re, err := syntax.Parse(bare, syntax.Perl)
	if err != nil {
		return -1
	}
	for i, n := range re.CapNames() {
		if n == name && i > 0 {
			return i
		}
	}
	return -1
}
