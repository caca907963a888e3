package poisoning

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// invisibleCharacters reports texts for the model that hold characters which
// people do not see, outside their proper use: emoji sequences, text that is
// written from right to left, scripts that need joiners.
func invisibleCharacters(p *rule.Pass) {
	unseen(p, func(c class) bool { return c != classControl })
}

// escapeSequence reports texts for the model that hold characters which command
// the terminal that shows them.
func escapeSequence(p *rule.Pass) {
	unseen(p, func(c class) bool { return c == classControl })
}

// unseen reports texts for the model with characters of some classes that are not in
// their proper use.
func unseen(p *rule.Pass, wanted func(class) bool) {
	seen := map[source.Span]bool{}
	for _, t := range texts(p.Facts) {
		if seen[t.span] || plainText(t.value) {
			continue
		}
		what, sure := hidden([]rune(t.value), wanted)
		if what == "" {
			continue
		}
		seen[t.span] = true
		f := rule.Finding{Span: t.span, Tool: visible(t.tool), Parameter: visible(t.what), Sink: what, Confidence: rule.Medium}
		if sure {
			f.Confidence = rule.High
		}
		p.Report(f)
	}
}

// plainText reports whether s holds printable ASCII and white space alone, as
// nearly every text does.
func plainText(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x7f || c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// visible gives a name as people see it.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if classOf(r) != 0 {
			return -1
		}
		return r
	}, s)
}

// class groups the characters that are not seen.
type class uint8

const (
	classNone class = iota
	classControl
	classTag
	classOverride // direction overrides and embeddings
	classIsolate
	classMark // direction marks
	classJoiner
	classSelector
	classZeroWidth
	classFiller
)

var classNames = [...]string{
	classControl: "a terminal control character", classTag: "invisible tag characters", classOverride: "a direction override",
	classIsolate: "a direction isolate", classMark: "a direction mark", classJoiner: "a zero-width joiner",
	classSelector: "variation selectors", classZeroWidth: "a zero-width character", classFiller: "an invisible filler",
}

func classOf(r rune) class {
	switch {
	case r == '\n', r == '\t', r == '\r', r == '\f', r == '\v', r >= ' ' && r < 0x7f:
		return classNone
	case r < ' ', r >= 0x7f && r < 0xa0 && r != 0x85:
		return classControl
	case r >= 0xE0000 && r <= 0xE007F:
		return classTag
	case r >= 0x202A && r <= 0x202E:
		return classOverride
	case r >= 0x2066 && r <= 0x2069:
		return classIsolate
	case r == 0x200E, r == 0x200F, r == 0x061C:
		return classMark
	case r == 0x200C, r == 0x200D:
		return classJoiner
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
		return classSelector
	case r == 0x200B, r >= 0x2060 && r <= 0x2064, r >= 0x206A && r <= 0x206F, r == 0xFEFF:
		return classZeroWidth
	case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x180E:
		return classFiller
	}
	return classNone
}

// hidden names the first character of a wanted class that is not in its proper use, and says
// whether its purpose can hardly be honest. The name is empty if there is none.
func hidden(text []rune, wanted func(class) bool) (what string, sure bool) {
	rightToLeft := false
	for _, r := range text {
		rightToLeft = rightToLeft || unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam)
	}
	for i, r := range text {
		c := classOf(r)
		if c == classNone || !wanted(c) || proper(text, i, c, rightToLeft) {
			continue
		}
		name := fmt.Sprintf("%s (U+%04X)", classNames[c], r)
		switch c {
		case classControl, classTag, classOverride:
			return name, true
		}
		return name, run(text, i) > 1
	}
	return "", false
}

// run counts the invisible characters from i on.
func run(text []rune, i int) int {
	n := 0
	for ; i < len(text) && classOf(text[i]) != classNone; i++ {
		n++
	}
	return n
}

// proper reports whether the character at i is where its kind belongs.
func proper(text []rune, i int, c class, rightToLeft bool) bool {
	before, after := rune(0), rune(0)
	if i > 0 {
		before = text[i-1]
	}
	if i+1 < len(text) {
		after = text[i+1]
	}
	switch c {
	case classTag:
		return flagSequence(text, i)
	case classOverride:
		// Embeddings are old-fashioned but honest around text of the other
		// direction; overrides (U+202D, U+202E) are not.
		return rightToLeft && text[i] != 0x202D && text[i] != 0x202E
	case classIsolate, classMark:
		return rightToLeft
	case classJoiner:
		return joins(before) && joins(after) || emoji(before) && emoji(after)
	case classSelector:
		return before > 0x7f && classOf(before) == classNone || strings.ContainsRune("#*0123456789", before) && before != 0
	case classZeroWidth:
		if text[i] == 0xFEFF && i == 0 {
			return true // a byte order mark
		}
		return text[i] == 0x200B && unicode.In(before, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	case classFiller:
		return unicode.In(before, unicode.Hangul, unicode.Mongolian) || unicode.In(after, unicode.Hangul, unicode.Mongolian)
	}
	return false
}

// joins reports whether a letter is of a script in which joiners have a
// meaning.
func joins(r rune) bool {
	return r > 0x5ff && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
		unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Balinese, unicode.Javanese)
}

// emoji reports whether a character can be part of an emoji: a symbol, a
// modifier, or the selector that asks for its coloured form.
func emoji(r rune) bool {
	return r == 0xFE0F || r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2190 && r <= 0x2BFF || r == 0x3030 || r == 0x303D
}

// flagSequence reports whether the tag at i belongs to a flag: a black flag,
// letters as tags, the cancel tag.
func flagSequence(text []rune, i int) bool {
	start := i
	for start > 0 && classOf(text[start-1]) == classTag {
		start--
	}
	end := i
	for end+1 < len(text) && classOf(text[end]) == classTag && text[end] != 0xE007F {
		end++
	}
	return start > 0 && text[start-1] == 0x1F3F4 && text[end] == 0xE007F && end-start <= 6
}

// escapes are the ways in which the languages write a character by its number,
// and terminal sequences that begin with one.
var escapes = regexp.MustCompile(`(\\(?:x1[bB]|u001[bB]|033|e))\[[0-9;?]*[A-Za-z]|\x1b\[[0-9;?]*[A-Za-z]|\\u\{([0-9A-Fa-f]{1,6})\}|\\U([0-9A-Fa-f]{8})|\\u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})`)

// dropInvisible removes the characters that are not seen from the literal,
// written as they are or by their number. A text in which some of them are in
// their proper use is left to its author.
func dropInvisible(p *rule.Pass, f *rule.Finding) []rule.Fix {
	old := p.File.Tree.Text.Slice(f.Span)
	proper := false
	keep := func(s string, r rune) string {
		if classOf(r) == classNone {
			return s
		}
		return ""
	}
	clean := escapes.ReplaceAllStringFunc(old, func(s string) string {
		m := escapes.FindStringSubmatch(s)
		for _, hex := range []string{m[2], m[3], m[6], m[7]} {
			if n, err := strconv.ParseUint(hex, 16, 32); err == nil && hex != "" {
				return keep(s, rune(n))
			}
		}
		if m[4] != "" { // a surrogate pair
			high, _ := strconv.ParseUint(m[4], 16, 32)
			low, _ := strconv.ParseUint(m[5], 16, 32)
			return keep(s, rune(0x10000+(high-0xD800)<<10+(low-0xDC00)))
		}
		return "" // a terminal sequence
	})
	for _, r := range clean {
		proper = proper || r > 0x7f && (emoji(r) || joins(r) || unicode.In(r, unicode.Hebrew))
	}
	clean = visible(clean)
	if proper || clean == old {
		return nil
	}
	return []rule.Fix{{
		Title:     "Remove the characters that cannot be seen",
		Edits:     []rule.Edit{{Path: p.File.Path, Span: f.Span, New: clean}},
		Preferred: true,
	}}
}
