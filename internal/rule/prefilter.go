package rule

// prefilter.go tells cheaply that a regular expression cannot match: a text
// that lacks a literal which every match holds needs no closer look.

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// Prefiltered is a regular expression behind a test for the literals without
// which it cannot match, regardless of case.
type Prefiltered struct {
	*regexp.Regexp
	// needs are sets of literals in lower case; a match holds one of each.
	needs [][]string
}

// Prefilter compiles a constant expression. It panics where the expression is
// wrong, as regexp.MustCompile does.
func Prefilter(expr string) *Prefiltered {
	p := &Prefiltered{Regexp: regexp.MustCompile(expr)}
	if parsed, err := syntax.Parse(expr, syntax.Perl); err == nil {
		p.needs = needs(parsed)
	}
	return p
}

// Folded gives a text in the form that Possible takes.
func Folded(s string) string {
	// U+017F folds to s, and lower case leaves it alone.
	return strings.ReplaceAll(strings.ToLower(s), "ſ", "s")
}

// Possible reports whether the expression can match a text that Folded gave.
func (p *Prefiltered) Possible(folded string) bool {
	for _, set := range p.needs {
		found := false
		for _, literal := range set {
			if strings.Contains(folded, literal) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// needs gives sets of literals of which every match of re holds one each. A
// literal of a single letter says too little to be worth the look.
func needs(re *syntax.Regexp) [][]string {
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) > 1 {
			return [][]string{{Folded(string(re.Rune))}}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpConcat:
		var all [][]string
		for _, sub := range re.Sub {
			all = append(all, needs(sub)...)
		}
		return all
	case syntax.OpAlternate:
		var union []string
		for _, sub := range re.Sub {
			best := rarest(needs(sub))
			if best == nil {
				return nil
			}
			union = append(union, best...)
		}
		return [][]string{union}
	}
	return nil
}

// rarest gives the set whose shortest literal is longest, nil of none.
func rarest(sets [][]string) []string {
	var best []string
	length := 0
	for _, set := range sets {
		shortest := len(set[0])
		for _, literal := range set {
			shortest = min(shortest, len(literal))
		}
		if shortest > length {
			best, length = set, shortest
		}
	}
	return best
}
