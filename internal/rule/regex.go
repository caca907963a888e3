package rule

// regex.go compiles regular expressions: RE2 where it can say them, otherwise
// a backtracking engine under a time limit.

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
)

// regexTimeout bounds one search of the backtracking engine.
const regexTimeout = 200 * time.Millisecond

// regex is a compiled regular expression.
type regex interface {
	// find gives the byte offsets of the first match and of its groups, as
	// regexp.FindSubmatchIndex does, or nil.
	find(s string) []int
	// all gives every match that does not overlap the one before.
	all(s string) [][]int
	names() []string
}

// compileRegex compiles an expression in PCRE's syntax.
func compileRegex(expr string) (regex, error) {
	if re, err := regexp.Compile(goSyntax(expr)); err == nil {
		return linear{re}, nil
	}
	re, err := regexp2.Compile(strings.ReplaceAll(expr, "(?P<", "(?<"), regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", shorten(expr), err)
	}
	re.MatchTimeout = regexTimeout
	return backtracking{re}, nil
}

// goSyntax writes what PCRE spells differently: \Z and \h.
func goSyntax(expr string) string {
	return strings.NewReplacer(`\\`, `\\`, `\Z`, `\z`, `\h`, `[ \t]`, `\'`, `'`, `\"`, `"`, `\/`, `/`, `\<`, `<`, `\>`, `>`, `\@`, `@`, `\=`, `=`, `\:`, `:`, `\,`, `,`,
		`\;`, `;`, `\!`, `!`, `\%`, `%`, `\&`, `&`, `\#`, `#`, "\\`", "`", `\~`, `~`, `\ `, ` `).Replace(expr)
}

type linear struct{ re *regexp.Regexp }

func (l linear) find(s string) []int  { return l.re.FindStringSubmatchIndex(s) }
func (l linear) all(s string) [][]int { return l.re.FindAllStringSubmatchIndex(s, -1) }
func (l linear) names() []string      { return l.re.SubexpNames() }

type backtracking struct{ re *regexp2.Regexp }

func (b backtracking) find(s string) []int {
	m, err := b.re.FindStringMatch(s)
	if err != nil || m == nil {
		return nil
	}
	return groupOffsets(s, m)
}

func (b backtracking) all(s string) [][]int {
	var out [][]int
	m, err := b.re.FindStringMatch(s)
	for err == nil && m != nil {
		out = append(out, groupOffsets(s, m))
		m, err = b.re.FindNextMatch(m)
	}
	return out
}

func (b backtracking) names() []string {
	names := b.re.GetGroupNames()
	for i, n := range names {
		if n != "" && n[0] >= '0' && n[0] <= '9' {
			names[i] = ""
		}
	}
	return names
}

// groupOffsets converts regexp2's runes to bytes.
func groupOffsets(s string, m *regexp2.Match) []int {
	toByte := func(runes int) int {
		n := 0
		for i := range s {
			if n == runes {
				return i
			}
			n++
		}
		return len(s)
	}
	var out []int
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			out = append(out, -1, -1)
			continue
		}
		out = append(out, toByte(g.Index), toByte(g.Index+g.Length))
	}
	return out
}
