package rule

// generic.go matches patterns on text that is no source: words and punctuation
// in order, white space aside. A metavariable is one word; an ellipsis skips up
// to ten lines, and each further one ten more.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/source"
)

// genericLines is how many line ends one ellipsis may cross.
const genericLines = 10

// maxGenericSteps bounds the work of one pattern on one text.
const maxGenericSteps = 1_000_000

// genericPattern is a pattern for any text: its parts in order, or a regular
// expression.
type genericPattern struct {
	parts []genericPart
	re    regex
}

type genericPart struct {
	text  string // a word or a character of punctuation
	mv    string // a metavariable, $...X included
	lines int    // of an ellipsis
}

var genericToken = regexp.MustCompile(`\$\.\.\.[A-Z_][A-Z_0-9]*|\$[A-Z_][A-Z_0-9]*|\.\.\.|[\pL\pN_]+|\S`)

// compileGeneric compiles a pattern for any text. For the language regex, the
// pattern is a regular expression.
func compileGeneric(text string, isRegex bool) (*genericPattern, error) {
	if isRegex {
		re, err := compileRegex("(?m)" + text)
		return &genericPattern{re: re}, err
	}
	p := &genericPattern{}
	for _, tok := range genericToken.FindAllString(text, -1) {
		last := len(p.parts) - 1
		switch {
		case tok == "..." && last >= 0 && p.parts[last].lines > 0 && p.parts[last].mv == "":
			p.parts[last].lines += genericLines
		case tok == "...":
			p.parts = append(p.parts, genericPart{lines: genericLines})
		case strings.HasPrefix(tok, "$...") && len(tok) > 4:
			p.parts = append(p.parts, genericPart{mv: tok, lines: genericLines})
		case metaName.MatchString(tok):
			p.parts = append(p.parts, genericPart{mv: tok})
		default:
			p.parts = append(p.parts, genericPart{text: tok})
		}
	}
	for len(p.parts) > 1 && p.parts[0].lines > 0 && p.parts[0].mv == "" {
		p.parts = p.parts[1:]
	}
	return p, nil
}

// textToken is a word or a character of punctuation of a text.
type textToken struct {
	span source.Span
	line int
}

// textTokens splits a text.
func textTokens(text string) []textToken {
	var out []textToken
	line, at := 0, 0
	for _, m := range textTokenRegexp.FindAllStringIndex(text, -1) {
		line += strings.Count(text[at:m[0]], "\n")
		at = m[0]
		out = append(out, textToken{source.Span{Start: uint32(m[0]), End: uint32(m[1])}, line})
	}
	return out
}

var textTokenRegexp = regexp.MustCompile(`[\pL\pN_]+|\S`)

// genericMatcher matches one pattern on one text.
type genericMatcher struct {
	text   string
	tokens []textToken
	steps  int
}

func (g *genericMatcher) word(i int) string {
	return g.text[g.tokens[i].span.Start:g.tokens[i].span.End]
}

// generic gives the matches of a pattern in the run's text.
func (r *run) generic(p *genericPattern) []found {
	if p.re != nil {
		return r.regexHits(p.re)
	}
	if r.tokens == nil {
		r.tokens = textTokens(r.text)
	}
	g := &genericMatcher{text: r.text, tokens: r.tokens}
	var out []found
	for i := 0; i < len(g.tokens); i++ {
		if end, e, ok := g.match(p.parts, i, nil); ok && end > i {
			out = append(out, found{hit: hit{source.Span{Start: g.tokens[i].span.Start, End: g.tokens[end-1].span.End}, e}})
		}
		if g.steps > maxGenericSteps {
			r.note("a pattern for text was given up after %d steps", maxGenericSteps)
			break
		}
	}
	return out
}

// match matches parts from token i on and gives one past the last token.
func (g *genericMatcher) match(parts []genericPart, i int, e *env) (int, *env, bool) {
	if g.steps++; g.steps > maxGenericSteps {
		return 0, nil, false
	}
	if len(parts) == 0 {
		return i, e, true
	}
	part := parts[0]
	if part.lines == 0 {
		if i >= len(g.tokens) {
			return 0, nil, false
		}
		w := g.word(i)
		if part.mv == "" {
			if part.text != w {
				return 0, nil, false
			}
			return g.match(parts[1:], i+1, e)
		}
		if !textWord.MatchString(w) {
			return 0, nil, false
		}
		if old, ok := e.get(part.mv); ok {
			if old.text != w {
				return 0, nil, false
			}
		} else {
			e = &env{part.mv, binding{isText: true, text: w, span: g.tokens[i].span}, e}
		}
		return g.match(parts[1:], i+1, e)
	}
	from := 0
	if i > 0 {
		from = g.tokens[i-1].line
	} else if i < len(g.tokens) {
		from = g.tokens[i].line
	}
	for j := i; j <= len(g.tokens); j++ {
		if j > i && g.tokens[j-1].line-from > part.lines {
			break
		}
		if len(parts) == 1 {
			// A last ellipsis takes all it may.
			for j < len(g.tokens) && g.tokens[j].line-from <= part.lines {
				j++
			}
		}
		inner := e
		if part.mv != "" && j > i {
			span := source.Span{Start: g.tokens[i].span.Start, End: g.tokens[j-1].span.End}
			inner = &env{part.mv, binding{isText: true, text: g.text[span.Start:span.End], span: span}, e}
		}
		if end, out, ok := g.match(parts[1:], j, inner); ok {
			return end, out, true
		}
	}
	return 0, nil, false
}

var textWord = regexp.MustCompile(`^[\pL\pN_]+$`)
