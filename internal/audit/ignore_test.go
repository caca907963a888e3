package audit

import (
	"strings"
	"testing"
)

// The cases follow gitignore(5) and agree with git check-ignore.
func TestIgnore(t *testing.T) {
	for _, c := range []struct {
		rules string
		path  string // a trailing slash is a folder
		want  bool
	}{
		{"a.py", "a.py", true},
		{"a.py", "x/y/a.py", true},
		{"/a.py", "a.py", true},
		{"/a.py", "x/a.py", false},
		{"x/a.py", "x/a.py", true},
		{"x/a.py", "y/x/a.py", false},
		{"*.py", "x/a.py", true},
		{"*.py", "a.pyc", false},
		{"a*c", "abbc", true},
		{"a*b*c", "a/b/c", false},
		{"x/*", "x/a", true},
		{"x/*", "x/y/a", false}, // git leaves out x/y, and so does the walk
		{"x/*", "x/y/", true},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"d/", "d/", true},
		{"d/", "d", false},
		{"d/", "x/d/", true},
		{"/d/", "x/d/", false},
		{"**/a", "a", true},
		{"**/a", "x/y/a", true},
		{"**/x/a", "y/x/a", true},
		{"x/**", "x/a", true},
		{"x/**", "x/y/a", true},
		{"x/**", "x/", false},
		{"x/**/a", "x/a", true},
		{"x/**/a", "x/y/z/a", true},
		{"x/**/a", "y/a", false},
		{"x/**/y/**/a", "x/1/y/2/y/3/a", true},
		{"a**b", "axxb", true},
		{"x/a**b", "x/a/b", false},
		{"*.py\n!a.py", "a.py", false},
		{"!a.py\n*.py", "a.py", true},
		{"*.py\n!/a.py", "x/a.py", true},
		{"# a.py", "# a.py", false},
		{`\#a`, "#a", true},
		{`\!a`, "!a", true},
		{"a ", "a", true},
		{`a\ `, "a ", true},
		{"a\r\nb\r\n", "b", true},
		{"\ufeffa", "a", true},
		{"[ab].py", "b.py", true},
		{"[!ab].py", "b.py", false},
		{"[^ab].py", "c.py", true},
		{"[a-c]x", "bx", true},
		{"[a-c]x", "dx", false},
		{"[]a]x", "]x", true},
		{"[a-]x", "-x", true},
		{`[\]]x`, "]x", true},
		{"[[:digit:]]x", "7x", true},
		{"[[:digit:]]x", "ax", false},
		{"[[:upper:]_]x", "_x", true},
		{"[a", "[a", false},
		{`a\*b`, "a*b", true},
		{`a\*b`, "axb", false},
		{"a\\", "a\\", false},
		{"/", "a", false},
		{"é.py", "é.py", true},
	} {
		path, dir := strings.CutSuffix(c.path, "/")
		l := &ignoreLevel{dir: "/r", rules: parseIgnore(c.rules)}
		if got := l.ignores("/r/"+path, dir); got != c.want {
			t.Errorf("%q ignores %q: %v, want %v", c.rules, c.path, got, c.want)
		}
	}
}

// A matcher that backs up to each star does not come back from these patterns.
func TestIgnoreHostilePattern(t *testing.T) {
	for pattern, path := range map[string]string{
		strings.Repeat("*a", 200) + "b":    strings.Repeat("a", 5000),
		strings.Repeat("**/a/", 200) + "b": strings.Repeat("a/", 2000) + "c",
	} {
		if wildmatch(pattern, path) {
			t.Errorf("%.20q matches", pattern)
		}
	}
}
