package lsp

// escape.go makes audited text harmless for where it is shown. Messages, names
// and code come from files that strangers write.

import (
	"fmt"
	"strings"
	"unicode"
)

// maxShown is the longest piece of audited text that is shown.
const maxShown = 2000

// plain gives text for a plain-text field: on one line, with control, invisible
// and direction-changing characters written out, and no longer than maxShown.
func plain(s string) string { return visible(s, false, maxShown) }

// visible writes out what a reader could not see, in the first limit bytes. Line
// ends stay where lines says.
func visible(s string, lines bool, limit int) string {
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

// markdownSpecial are the characters that mean something to any of the Markdown
// dialects that editors render, HTML and autolinks included.
const markdownSpecial = "\\`*_{}[]()<>#+-.!|~&:/@=^$\"'"

// markdown gives text that Markdown shows as it is: no markup, no HTML, no link,
// no command.
func markdown(s string) string {
	s = plain(s)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&':
			b.WriteString("&amp;")
		case c == ':' || c == '@':
			// A character reference keeps autolinks from forming and reads the same.
			fmt.Fprintf(&b, "&#%d;", c)
		case strings.IndexByte(markdownSpecial, c) >= 0 && !ordinary(s, i):
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// ordinary reports whether the punctuation at i is that of a sentence or of a
// dotted name, which no dialect reads as markup.
func ordinary(s string, i int) bool {
	switch s[i] {
	case '\'', '"', '/':
		return true
	case '.':
		// "1." begins a list, "www." a link.
		return i > 0 && (s[i-1] < '0' || s[i-1] > '9') && !strings.HasSuffix(strings.ToLower(s[:i]), "www")
	case '-':
		return i > 0 && s[i-1] != ' ' && s[i-1] != '-' && i+1 < len(s) && s[i+1] != '-'
	}
	return false
}

// code gives text as Markdown code, whatever backticks it holds.
func code(s string) string {
	s = plain(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) == "" {
		s = " " + s + " "
	}
	return fence + s + fence
}
