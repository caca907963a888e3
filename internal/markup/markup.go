// Package markup makes text from audited code harmless where it is shown: in a terminal,
// in Markdown, in XML.
package markup

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain gives s as one line of visible characters: whatever steers a terminal,
// reorders text or cannot be seen is written out as an escape. Tabs become a
// space each, so that columns hold.
func Plain(s string) string {
	if strings.IndexFunc(s, Hidden) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			fmt.Fprintf(&b, `\x%02x`, s[i]) // a file's name may be any bytes
		case r == '\t':
			b.WriteByte(' ')
		case !Hidden(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// Hidden reports whether a reader cannot see a character, or it moves what stands around.
func Hidden(r rune) bool {
	return !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r)
}

// Markdown gives s so that Markdown shows it as it is: no markup, no link,
// no HTML.
func Markdown(s string) string {
	var b strings.Builder
	for _, r := range Plain(s) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == ':' || r == '@':
			// A bare address becomes a link, and a name a mention, without markup.
			fmt.Fprintf(&b, "&#%d;", r)
		case strings.ContainsRune("\\`*_{}[]()#+-.!|~>$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Code gives s as an inline code span, whatever backticks it holds.
func Code(s string) string {
	s = Plain(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if s == "" || len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + s + fence
}

// Block gives text as a fenced code block of a language, whatever
// fences it holds.
func Block(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	var b strings.Builder
	b.WriteString(fence + language + "\n")
	for line := range strings.Lines(text) {
		b.WriteString(Plain(strings.TrimRight(line, "\r\n")) + "\n")
	}
	b.WriteString(fence + "\n")
	return b.String()
}

// XML gives s as text or as the value of an attribute of XML, such as SVG.
func XML(s string) string {
	return xmlText.Replace(Plain(s))
}

var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")
