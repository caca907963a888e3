package markup

// foreign.go makes Markdown that somebody else wrote safe to show as Markdown: a lesson
// from a stranger's folder, and what a language model answers.

import (
	"fmt"
	"regexp"
	"strings"
)

// link is the target of a Markdown link or of a reference.
var link = regexp.MustCompile(`(?i)(\]\(\s*<?|^\s*\[[^\]]*\]:\s*<?)([a-z][a-z0-9+.-]*):`)

// Foreign neutralises what a lesson from somebody else's folder could do to the
// reader: raw HTML, and links that are neither http, https nor mailto. Code stays.
func Foreign(text string) string {
	return outsideCode(text, func(line string) string {
		line = link.ReplaceAllStringFunc(line, func(m string) string {
			switch scheme := strings.ToLower(link.FindStringSubmatch(m)[2]); scheme {
			case "http", "https", "mailto":
				return m
			}
			return strings.NewReplacer("](", `]\(`, "]:", `]\:`).Replace(m)
		})
		return strings.ReplaceAll(line, "<", "&lt;")
	}, func(info string) string { return info })
}

// untrusted are the signs that begin a link, an image, a reference or HTML.
var untrusted = strings.NewReplacer("<", "&lt;", "](", `]\(`, "][", `]\[`, "]:", `]\:`, "![", `!\[`, "@", "&#64;")

// shownLanguages are the languages in which untrusted code may be coloured. Others could
// be drawn: as diagrams, as mathematics, as HTML.
var shownLanguages = regexp.MustCompile(`^(?:python|typescript|javascript|tsx|jsx|go|json|yaml|toml|bash|sh|shell|sql|diff|text|http)?$`)

// Untrusted gives what a language model wrote as Markdown that does nothing: headings,
// lists, emphasis and code stay; links, images and HTML are shown as they are written,
// addresses are no links, and characters that cannot be seen are written out.
func Untrusted(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return outsideCode(Visible(text, true, len(text)+1), func(line string) string {
		line = untrusted.Replace(line)
		return linked.ReplaceAllStringFunc(line, func(m string) string {
			var b strings.Builder
			for _, r := range m {
				if r == ':' || r == '/' || r == '.' {
					fmt.Fprintf(&b, "&#%d;", r)
				} else {
					b.WriteRune(r)
				}
			}
			return b.String()
		})
	}, func(info string) string {
		if shownLanguages.MatchString(info) {
			return info
		}
		return ""
	})
}

// outsideCode rewrites Markdown line by line, and leaves code as it is. What only some
// readers take for code is rewritten: a fence counts where it begins at the margin, and
// a span where it ends on its line and so does every other of its paragraph. infos says
// what may stand behind the mark of a fence.
func outsideCode(text string, rewrite, infos func(string) string) string {
	var b strings.Builder
	var paragraph []string
	flush := func() {
		code := spansEnd(paragraph)
		for _, line := range paragraph {
			if !code {
				b.WriteString(rewrite(line))
				continue
			}
			for i, part := range spans(line) {
				if i%2 == 0 {
					part = rewrite(part)
				}
				b.WriteString(part)
			}
		}
		paragraph = paragraph[:0]
	}
	fence := ""
	for line := range strings.Lines(text) {
		mark := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		if tilde := line[:len(line)-len(strings.TrimLeft(line, "~"))]; tilde != "" {
			mark = tilde
		}
		switch {
		case fence != "":
			trimmed := strings.TrimLeft(line, " ")
			if len(line)-len(trimmed) <= 3 && strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]+" \t\n") == "" {
				fence = ""
			}
			b.WriteString(line)
		case len(mark) >= 3 && !strings.Contains(line[len(mark):], "`"):
			flush()
			fence = mark
			end := ""
			if strings.HasSuffix(line, "\n") {
				end = "\n"
			}
			b.WriteString(mark + infos(strings.TrimSpace(line[len(mark):])) + end)
		case strings.TrimSpace(line) == "":
			flush()
			b.WriteString(line)
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return b.String()
}

// spansEnd reports whether every code span that begins on one of the lines ends there.
func spansEnd(lines []string) bool {
	for _, line := range lines {
		if strings.Contains(line, "\\`") || len(spans(line)) == 0 {
			return false
		}
	}
	return true
}

// spans parts a line into text and code spans by turns, the marks with the code, and
// gives nothing where a span does not end.
func spans(line string) []string {
	var parts []string
	for {
		at := strings.IndexByte(line, '`')
		if at < 0 {
			return append(parts, line)
		}
		mark := line[at : len(line)-len(strings.TrimLeft(line[at:], "`"))]
		rest := line[at+len(mark):]
		end := closing(rest, len(mark))
		if end < 0 {
			return nil
		}
		parts = append(parts, line[:at], line[at:at+len(mark)+end+len(mark)])
		line = rest[end+len(mark):]
	}
}

// closing finds a run of exactly n backticks.
func closing(s string, n int) int {
	for i := 0; i < len(s); {
		at := strings.IndexByte(s[i:], '`')
		if at < 0 {
			return -1
		}
		i += at
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			return i
		}
		i += run
	}
	return -1
}

// Clip shortens Markdown to whole lines of at most n bytes, and closes a fence
// that it cuts through.
func Clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	cut := strings.LastIndexByte(text[:n], '\n')
	text = text[:max(cut, 0)]
	if strings.Count(text, "\n```")%2 == 1 {
		text += "\n```"
	}
	return text + "\n…"
}
