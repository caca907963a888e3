package markup

// editor.go escapes for editors, some of which show Markdown as it was written: no
// more than it takes, and no longer than a reader reads.

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is the longest piece of audited text that is shown.
const maxShown = 2000

// Short gives text for a plain-text field: on one line, with control, invisible
// and direction-changing characters written out, and no longer than maxShown.
func Short(s string) string { return Visible(s, false, maxShown) }

// Visible writes out what a reader could not see, in the first limit bytes. Line
// ends stay where lines says.
func Visible(s string, lines bool, limit int) string {
	var b strings.Builder
	for i, r := range s {
		if i >= limit {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\n' && lines:
			b.WriteByte('\n')
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case r == unicode.ReplacementChar, unicode.Is(unicode.C, r), r == '\u2028', r == '\u2029',
			r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
			fmt.Fprintf(&b, `\u{%X}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// leading finds what makes a block at the beginning of a line: headings, rules,
// lists, tables. Its groups are the character to escape.
var leading = regexp.MustCompile(`^(?:([#=|])|([+-])(?:[ -]|$)|\d+([.)])(?: |$))`)

// linked is what the dialects with automatic links make one of.
var linked = regexp.MustCompile(`(?i)(?:\w:)?//|\b(?:mailto|xmpp|tel):|\bwww\.`)

// Inline gives text that Markdown shows as it is, in any of the dialects that
// editors render: no markup, no HTML, no link, no command. It escapes no more than
// that takes, because some editors show the text unrendered.
func Inline(s string) string {
	s = strings.TrimSpace(Short(s))
	var b strings.Builder
	if groups := leading.FindStringSubmatchIndex(s); groups != nil {
		at := slices.Max(groups[2:]) // of the one group that took part
		b.WriteString(s[:at-1] + `\` + s[at-1:at])
		s = s[at:]
	}
	links := linked.FindAllStringIndex(s, -1)
	for i := 0; i < len(s); i++ {
		for len(links) > 0 && links[0][1] <= i {
			links = links[1:]
		}
		inLink := len(links) > 0 && links[0][0] <= i
		switch c := s[i]; {
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&':
			b.WriteString("&amp;")
		case c == '@' || inLink && (c == ':' || c == '/' || c == '.'):
			// A character reference reads the same and no link forms around it.
			fmt.Fprintf(&b, "&#%d;", c)
		case strings.IndexByte("\\`*[]~", c) >= 0, c == '_' && !withinWord(s, i), c == '$' && strings.HasPrefix(s[i+1:], "("):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// withinWord reports whether the byte at i has letters or digits on both sides,
// where an underscore is no markup.
func withinWord(s string, i int) bool {
	alphanumeric := func(c byte) bool { return c >= utf8.RuneSelf || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' }
	return i > 0 && i+1 < len(s) && alphanumeric(s[i-1]) && alphanumeric(s[i+1])
}

// ShortCode gives text as an inline code span, whatever backticks it holds.
func ShortCode(s string) string {
	s = Short(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) == "" {
		s = " " + s + " "
	}
	return fence + s + fence
}
