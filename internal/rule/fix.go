package rule

// fix.go makes the edits of fix and fix-regex.

import (
	"regexp"
	"strings"
)

// fix gives the rule's rewrite of a match. Foreign rules do not say that their
// fix is safe to apply unseen, so it is not marked as preferred.
func (r *run) fix(name string, x found) (Fix, bool) {
	old := r.text[x.span.Start:x.span.End]
	text := ""
	switch {
	case r.rule.Fix != "":
		text = r.fill(strings.TrimSuffix(r.rule.Fix, "\n"), x.env)
	case r.rule.FixRegex != nil:
		if text = r.rule.FixRegex.apply(old); text == old {
			return Fix{}, false
		}
	default:
		return Fix{}, false
	}
	return Fix{Title: "Fix: " + r.rule.ID, Edits: []Edit{{Path: name, Span: x.span, New: text}}}, true
}

var groupReference = regexp.MustCompile(`\\(\d)|\\g<(\w+)>`)

// apply replaces in s, at most Count times.
func (f *FixRegex) apply(s string) string {
	var b strings.Builder
	at := 0
	matches, err := f.re.all(s)
	if err != nil {
		return s
	}
	for i, m := range matches {
		if f.Count > 0 && i >= f.Count {
			break
		}
		b.WriteString(s[at:m[0]])
		b.WriteString(groupReference.ReplaceAllStringFunc(f.Replacement, func(ref string) string {
			g := int(strings.Trim(ref, `\g<>`)[0] - '0')
			if g*2+1 < len(m) && m[g*2] >= 0 {
				return s[m[g*2]:m[g*2+1]]
			}
			return ""
		}))
		at = m[1]
	}
	return b.String() + s[at:]
}
