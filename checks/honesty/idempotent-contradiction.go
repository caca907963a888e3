package honesty

import (
	"regexp"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

var (
	// appending is a way to write at the end of a file.
	appending = regexp.MustCompile(`(?i)\bappendFile(Sync)?\s*\(|\bO_APPEND\b|,\s*(mode\s*=\s*)?["']a[bt+]{0,2}["']|\.open\(\s*(mode\s*=\s*)?["']a[bt+]{0,2}["']|flags?["']?\s*:\s*["']a["']|append\s*:\s*true`)
	inserting = regexp.MustCompile("(?is)^[a-z]{0,2}[\"'`]{1,3}\\s*INSERT\\s+INTO\\s+([\\w.\"`]+)\\s*\\(([^)]*)\\)\\s*(VALUES)\\b")
	// settled is what makes a second insertion the same as the first, or fail.
	settled = regexp.MustCompile(`(?i)ON\s+CONFLICT|ON\s+DUPLICATE|NOT\s+EXISTS|OR\s+(IGNORE|REPLACE)`)
	// keys are columns whose value tells a row from others, so that it is not inserted twice.
	keys = regexp.MustCompile(`(?i)\b(id|\w*_id|uuid|key|slug|name|email|url|path|code|hash|sku|username|title)\b`)
	// trails are tables and files that record who did what, and are no effect of the tool.
	trails = regexp.MustCompile(`(?i)audit|log|histor|event|trace|metric|usage|cache|stat`)
)

// idempotentContradiction reports tools with idempotentHint true that do more with
// each call: they append to a file, add a row that no key tells from the last, or
// send a mail.
func idempotentContradiction(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Annotations.Idempotent != mcp.True || e.Annotations.ReadOnly == mcp.True {
			continue
		}
		for _, u := range p.Uses(e) {
			if !adds(p, u) {
				continue
			}
			contradicts(p, e, u, "idempotentHint", "this call adds something each time",
				p.Flip(rule.Hint(e, "idempotentHint"), "true", "false", "Say that each call counts"))
			break
		}
	}
}

// adds reports whether a use beyond doubt does the same thing once more with each call.
func adds(p *rule.Pass, u *flow.Use) bool {
	text := u.File.Tree.Text
	switch u.Kind {
	case flow.PathWrite:
		call := text.Slice(u.Span)
		return appending.MatchString(call) && !trails.MatchString(call) && p.Changes(u)
	case flow.Query:
		m := inserting.FindStringSubmatch(text.Slice(u.Arg))
		return m != nil && !settled.MatchString(text.Slice(u.Arg)) && !trails.MatchString(m[1]) && !keys.MatchString(m[2])
	}
	return u.Kind == flow.Send
}
