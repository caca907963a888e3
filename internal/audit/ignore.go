package audit

// ignore.go reads .gitignore files and says which paths they leave out, as
// gitignore(5) describes. The libraries at hand fall short of it (negation below
// nested files, anchoring, bounded cost on hostile patterns) or bring a whole
// git implementation along.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxIgnoreSize is the size in bytes above which an ignore file is not honoured:
// every rule is tried on every path.
const maxIgnoreSize = 64 << 10

// ignoreRule is one line of an ignore file.
type ignoreRule struct {
	pattern  string // slash-separated, without leading and trailing slash
	negated  bool
	dirOnly  bool
	anchored bool // matches the path from the file's folder, not the last name
}

// ignoreLevel holds the rules of one folder and leads to those of the folders
// above it. A nil level ignores nothing.
type ignoreLevel struct {
	dir   string // slash-separated, absolute, without trailing slash
	rules []ignoreRule
	above *ignoreLevel
}

// parseIgnore reads the lines of an ignore file.
func parseIgnore(text string) []ignoreRule {
	var rules []ignoreRule
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
			line = line[:len(line)-1]
		}
		if line == "" || line[0] == '#' {
			continue
		}
		var r ignoreRule
		if line[0] == '!' {
			r.negated, line = true, line[1:]
		}
		if strings.HasSuffix(line, "/") {
			r.dirOnly, line = true, strings.TrimSuffix(line, "/")
		}
		r.anchored = strings.Contains(line, "/")
		r.pattern = strings.TrimPrefix(line, "/")
		if r.pattern != "" {
			rules = append(rules, r)
		}
	}
	return rules
}

// within gives the level of a folder with rules of its own.
func (l *ignoreLevel) within(dir string, rules []ignoreRule) *ignoreLevel {
	if len(rules) == 0 {
		return l
	}
	return &ignoreLevel{dir: strings.TrimSuffix(filepath.ToSlash(dir), "/"), rules: rules, above: l}
}

// readIgnore reads an ignore file, if there is one. Like git it does not follow a
// link. The reason says why a file that is there does not count.
func readIgnore(file string) (rules []ignoreRule, reason string) {
	info, err := os.Lstat(file)
	switch {
	case err != nil: // not there; nor is info/exclude where .git is a file
		return nil, ""
	case !info.Mode().IsRegular():
		return nil, "not a regular file, so its rules do not count"
	case info.Size() > maxIgnoreSize:
		return nil, fmt.Sprintf("too large for its rules to count: %d bytes, the limit is %d", info.Size(), maxIgnoreSize)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Sprintf("cannot be read: %v", plain(err))
	}
	return parseIgnore(string(text)), ""
}

// ignores reports whether a path, slash-separated and absolute, is left out.
// Rules of a deeper folder win over those above it, and within a file the last.
func (l *ignoreLevel) ignores(path string, dir bool) bool {
	name := path[strings.LastIndexByte(path, '/')+1:]
	for ; l != nil; l = l.above {
		rel := strings.TrimPrefix(path, l.dir+"/")
		for i := len(l.rules) - 1; i >= 0; i-- {
			r := &l.rules[i]
			if r.dirOnly && !dir {
				continue
			}
			subject := name
			if r.anchored {
				subject = rel
			}
			if wildmatch(r.pattern, subject) {
				return !r.negated
			}
		}
	}
	return false
}

// excludes reports whether a path relative to the level's folder is left out,
// itself or with a folder that it lies in.
func (l *ignoreLevel) excludes(rel string) bool {
	for i, c := range rel {
		if c == '/' && l.ignores("/"+rel[:i], true) {
			return true
		}
	}
	return l.ignores("/"+rel, false)
}

// Matches reports whether a path, slash-separated and relative to a folder, lies in what
// patterns name, which are written as in a .gitignore of that folder.
func Matches(patterns []string, rel string) bool {
	level := &ignoreLevel{rules: parseIgnore(strings.Join(patterns, "\n"))}
	return level.excludes(rel)
}

// wildmatch matches a slash-separated path by git's rules: "*" and "?" stay
// within a name, "**" as a whole name stands for any number of names. The cost is
// bounded by the product of the lengths, whatever the pattern.
func wildmatch(pattern, path string) bool {
	return matchNames(strings.Split(pattern, "/"), strings.Split(path, "/"))
}

// matchNames matches name by name. Backing up to the last "**" alone is enough:
// an earlier one could only have taken fewer names than it did.
func matchNames(pattern, names []string) bool {
	p, n, star, from := 0, 0, -1, 0
	for n < len(names) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			if p == len(pattern)-1 {
				return true // a trailing "/**" is everything inside
			}
			star, from = p, n
			p++
		case p < len(pattern) && matchName(pattern[p], names[n]):
			p++
			n++
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	return p == len(pattern)
}

// matchName matches one name with "*", "?", "[…]" and "\".
func matchName(pattern, name string) bool {
	p, n, star, from := 0, 0, -1, 0
	for n < len(name) {
		if p < len(pattern) {
			if pattern[p] == '*' {
				star, from = p, n
				p++
				continue
			}
			if width, ok := matchByte(pattern[p:], name[n]); ok {
				p += width
				n++
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, n = star+1, from
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchByte matches the first element of a pattern against a byte and gives the
// element's length. An unclosed bracket matches nothing, as in git.
func matchByte(pattern string, c byte) (int, bool) {
	switch pattern[0] {
	case '?':
		return 1, true
	case '\\':
		return 2, len(pattern) > 1 && pattern[1] == c
	case '[':
		return matchBracket(pattern, c)
	}
	return 1, pattern[0] == c
}

func matchBracket(pattern string, c byte) (int, bool) {
	i := 1
	negated := i < len(pattern) && (pattern[i] == '!' || pattern[i] == '^')
	if negated {
		i++
	}
	found := false
	for first := true; i < len(pattern) && (first || pattern[i] != ']'); first = false {
		if class, ok := strings.CutPrefix(pattern[i:], "[:"); ok {
			if name, _, ok := strings.Cut(class, ":]"); ok {
				found = found || inClass(name, c)
				i += len(name) + 4
				continue
			}
		}
		var lo, hi byte
		lo, i = bracketByte(pattern, i)
		hi = lo
		if i+1 < len(pattern) && pattern[i] == '-' && pattern[i+1] != ']' {
			hi, i = bracketByte(pattern, i+1)
		}
		found = found || lo <= c && c <= hi
	}
	if i >= len(pattern) {
		return 0, false
	}
	return i + 1, found != negated
}

func bracketByte(pattern string, i int) (byte, int) {
	if pattern[i] == '\\' && i+1 < len(pattern) {
		i++
	}
	return pattern[i], i + 1
}

// inClass reports whether a byte is of a POSIX class in the C locale.
func inClass(class string, c byte) bool {
	lower, upper, digit := 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9'
	graph := '!' <= c && c <= '~'
	switch class {
	case "alpha":
		return lower || upper
	case "lower":
		return lower
	case "upper":
		return upper
	case "digit":
		return digit
	case "alnum":
		return lower || upper || digit
	case "xdigit":
		return digit || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
	case "punct":
		return graph && !lower && !upper && !digit
	case "graph":
		return graph
	case "print":
		return graph || c == ' '
	case "blank":
		return c == ' ' || c == '\t'
	case "space":
		return c == ' ' || '\t' <= c && c <= '\r'
	case "cntrl":
		return c < ' ' || c == 0x7f
	}
	return false
}
