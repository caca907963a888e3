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

// regexTimeout bounds one use of the backtracking engine.
const regexTimeout = 200 * time.Millisecond

// regex is a compiled regular expression. The error of its methods says that
// the search was given up after regexTimeout; RE2 never gives up.
type regex interface {
	match(s string) (bool, error)
	// all gives the byte offsets of every match that does not overlap the one
	// before, and of its groups, as regexp.FindAllStringSubmatchIndex does.
	all(s string) ([][]int, error)
	names() []string
}

// compileRegex compiles an expression in PCRE's syntax.
func compileRegex(expr string) (regex, error) {
	if re, err := regexp.Compile(goSyntax.Replace(expr)); err == nil {
		return linear{re}, nil
	}
	re, err := regexp2.Compile(strings.ReplaceAll(expr, "(?P<", "(?<"), regexp2.None)
	if err != nil {
		return nil, fmt.Errorf("regular expression %q: %w", shorten(expr), err)
	}
	re.MatchTimeout = regexTimeout
	return backtracking{re}, nil
}

// goSyntax writes what PCRE spells differently: \Z, \h, and a backslash before
// punctuation that needs none.
var goSyntax = strings.NewReplacer(`\\`, `\\`, `\Z`, `\z`, `\h`, `[ \t]`, `\'`, `'`, `\"`, `"`, `\/`, `/`, `\<`, `<`, `\>`, `>`,
	`\@`, `@`, `\=`, `=`, `\:`, `:`, `\,`, `,`, `\;`, `;`, `\!`, `!`, `\%`, `%`, `\&`, `&`, `\#`, `#`, "\\`", "`", `\~`, `~`, `\ `, ` `)

type linear struct{ re *regexp.Regexp }

func (l linear) match(s string) (bool, error)  { return l.re.MatchString(s), nil }
func (l linear) all(s string) ([][]int, error) { return l.re.FindAllStringSubmatchIndex(s, -1), nil }
func (l linear) names() []string               { return l.re.SubexpNames() }

type backtracking struct{ re *regexp2.Regexp }

func (b backtracking) match(s string) (bool, error) { return b.re.MatchString(s) }

func (b backtracking) all(s string) ([][]int, error) {
	var out [][]int
	deadline := time.Now().Add(regexTimeout)
	// The engine counts in runes.
	bytes := make([]int, 0, len(s)+1)
	for i := range s {
		bytes = append(bytes, i)
	}
	bytes = append(bytes, len(s))
	m, err := b.re.FindStringMatch(s)
	for err == nil && m != nil {
		out = append(out, groupOffsets(bytes, m))
		if time.Now().After(deadline) {
			return out, fmt.Errorf("regular expression %q was given up after %v", shorten(b.re.String()), regexTimeout)
		}
		m, err = b.re.FindNextMatch(m)
	}
	return out, err
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

// groupOffsets gives the offsets of a match and its groups in bytes.
func groupOffsets(bytes []int, m *regexp2.Match) []int {
	var out []int
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			out = append(out, -1, -1)
			continue
		}
		out = append(out, bytes[g.Index], bytes[g.Index+g.Length])
	}
	return out
}
