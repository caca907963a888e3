package markup

// foreign.go makes Markdown that somebody else wrote safe to show as Markdown.

import (
	"regexp"
	"strings"
)

// link is the target of a Markdown link or of a reference.
var link = regexp.MustCompile(`(?i)(\]\(\s*<?|^\s*\[[^\]]*\]:\s*<?)([a-z][a-z0-9+.-]*):`)

// Foreign neutralises what a lesson from somebody else's folder could do to the
// reader: raw HTML, and links that are neither http, https nor mailto. Code stays.
func Foreign(text string) string {
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimLeft(line, " ")
		mark := trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`~"))]
		switch {
		case fence == "" && len(mark) >= 3:
			fence = mark
		case fence != "" && strings.HasPrefix(mark, fence) && strings.TrimSpace(trimmed[len(mark):]) == "":
			fence = ""
		case fence == "":
			line = safeLine(line)
		}
		b.WriteString(line)
	}
	return b.String()
}

func safeLine(line string) string {
	line = link.ReplaceAllStringFunc(line, func(m string) string {
		switch scheme := strings.ToLower(link.FindStringSubmatch(m)[2]); scheme {
		case "http", "https", "mailto":
			return m
		}
		return strings.NewReplacer("](", `]\(`, "]:", `]\:`).Replace(m)
	})
	// Code spans keep their angle brackets; outside of them one begins HTML.
	var b strings.Builder
	for i, part := range strings.Split(line, "`") {
		if i > 0 {
			b.WriteByte('`')
		}
		if i%2 == 0 {
			part = strings.ReplaceAll(part, "<", "&lt;")
		}
		b.WriteString(part)
	}
	return b.String()
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
