package rule

// set.go compiles rules into a set and runs it. The set shares what the rules
// have in common: a pattern that several rules use is matched once, the names a
// rule needs are looked up before any of it runs, and the nodes of a file are
// sorted by form and name once for all.

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Set is a number of rules ready to run. It is immutable and may be used by
// any number of goroutines.
type Set struct {
	rules    []*Rule
	patterns map[patternKey]*pattern
	generic  map[string]*genericPattern
	words    map[string]int
	shapes   [256]uint64 // of the words: by first byte, a bit for each length
	// byLanguage lists the rules that run on a language; None those on any text.
	byLanguage map[source.Language][]*Rule
}

// patternKey tells patterns apart that are compiled apart.
type patternKey struct {
	family   source.Language
	text     string
	symbolic bool
}

// Input is what a set runs on.
type Input struct {
	// File is the program; its Tree and Path are used. A file without a tree is
	// run as text, by the rules that are for any text.
	File *program.File
	// Path and Text stand in for a file that is no program.
	Path string
	Text string
	// Sources and Sinks resolve the operators `mcp:` and `sink:` to the places
	// they mean. Without them the operators match nothing.
	Sources func(kind string) []source.Span
	Sinks   func(kind string) []source.Span
	// Note is told, where it is set, that a rule was given up on this input.
	Note func(rule *Rule, text string)
	// IgnorePaths runs rules whatever their paths say: a rule's own test.
	IgnorePaths bool
}

// family gives the language by whose grammar a language's patterns are parsed.
func family(l source.Language) source.Language {
	if l.ECMAScript() {
		return source.JavaScript
	}
	return l
}

// Compile compiles rules into a set. The error joins every pattern that cannot
// be parsed, with file, line and rule; rules without fault are in the set.
func Compile(rules []*Rule) (*Set, error) {
	s := &Set{patterns: map[patternKey]*pattern{}, generic: map[string]*genericPattern{}, words: map[string]int{}, byLanguage: map[source.Language][]*Rule{}}
	var errs []error
	for _, r := range rules {
		before := len(errs)
		for _, l := range r.Languages {
			r.formulas(func(f *Formula) { errs = s.compile(r, f, l, errs) })
		}
		if r.Text {
			r.formulas(func(f *Formula) { errs = s.compileText(r, f, r.TextRegex, errs) })
		}
		if len(errs) > before {
			continue
		}
		s.rules = append(s.rules, r)
		for _, l := range r.Languages {
			s.byLanguage[l] = append(s.byLanguage[l], r)
		}
		if r.Text {
			s.byLanguage[source.None] = append(s.byLanguage[source.None], r)
		}
	}
	return s, errors.Join(errs...)
}

// Rules gives the rules of the set.
func (s *Set) Rules() []*Rule { return s.rules }

// formulas calls fn for the roots of all formulas of a rule.
func (r *Rule) formulas(fn func(*Formula)) {
	if r.Match != nil {
		fn(r.Match)
	}
	if r.Taint != nil {
		for _, ps := range [][]*TaintPattern{r.Taint.Sources, r.Taint.Sinks, r.Taint.Sanitizers, r.Taint.Propagators} {
			for _, p := range ps {
				fn(&p.Formula)
			}
		}
	}
}

// compile compiles the patterns of a formula for one language.
func (s *Set) compile(r *Rule, f *Formula, l source.Language, errs []error) []error {
	if f.Op == OpPattern {
		key := patternKey{family(l), f.Text, r.options.symbolic}
		if _, done := s.patterns[key]; done {
			return errs
		}
		p, err := compilePattern(key.family, f.Text)
		if err != nil {
			return append(errs, fmt.Errorf("%s:%d: rule %s: %w", r.File, f.Line, r.ID, err))
		}
		p.symbolic = r.options.symbolic
		s.patterns[key] = p
		for _, w := range p.words {
			if _, ok := s.words[w]; !ok {
				s.words[w] = len(s.words)
				s.shapes[w[0]] |= 1 << min(len(w), 63)
			}
		}
	}
	for _, k := range f.Kids {
		errs = s.compile(r, k, l, errs)
	}
	for _, c := range f.Conditions {
		if c.Formula == nil {
			continue
		}
		switch c.Language {
		case "generic", "regex":
			errs = s.compileText(r, c.Formula, c.Language == "regex", errs)
		case "":
			errs = s.compile(r, c.Formula, l, errs)
		case "python", "py":
			errs = s.compile(r, c.Formula, source.Python, errs)
		case "javascript", "js", "typescript", "ts":
			errs = s.compile(r, c.Formula, source.JavaScript, errs)
		case "go", "golang":
			errs = s.compile(r, c.Formula, source.Go, errs)
		default:
			errs = append(errs, fmt.Errorf("%s:%d: rule %s: metavariable-pattern in unsupported language %q", r.File, c.Line, r.ID, c.Language))
		}
	}
	return errs
}

// compileText compiles a formula for text that is no source.
func (s *Set) compileText(r *Rule, f *Formula, isRegex bool, errs []error) []error {
	if f.Op == OpPattern {
		p, err := compileGeneric(f.Text, isRegex)
		if err != nil {
			return append(errs, fmt.Errorf("%s:%d: rule %s: %w", r.File, f.Line, r.ID, err))
		}
		s.generic[f.Text] = p
	}
	for _, k := range f.Kids {
		errs = s.compileText(r, k, isRegex, errs)
	}
	for _, c := range f.Conditions {
		if c.Formula != nil {
			errs = s.compileText(r, c.Formula, isRegex, errs)
		}
	}
	return errs
}

// patternOf gives the compiled pattern of a leaf for a language.
func (s *Set) patternOf(f *Formula, l source.Language, r *Rule) *pattern {
	return s.patterns[patternKey{family(l), f.Text, r.options.symbolic}]
}

// wordsOf tells which of the set's words a file holds.
func (s *Set) wordsOf(f *file) []bool {
	out := make([]bool, len(s.words))
	mark := func(w string) {
		// Few words of a file are words of the set: their first byte and their
		// length tell most of the others off.
		if w == "" || s.shapes[w[0]]&(1<<min(len(w), 63)) == 0 {
			return
		}
		if i, ok := s.words[w]; ok {
			out[i] = true
		}
	}
	for i := range f.tree.Nodes() {
		n := source.NodeID(i)
		switch f.kindOf(n).op {
		case opName, opLit:
			mark(f.tree.TextOf(n))
		case opStr:
			// A module's name, or the key of an object, is a name in a pattern.
			if node := f.tree.Node(n); node.End-node.Start < 80 {
				for part := range strings.FieldsFuncSeq(f.tree.TextOf(n), func(c rune) bool { return c < utf8.RuneSelf && c != '$' && !isWordByte(byte(c)) }) {
					mark(part)
				}
			}
		case opCall:
			if k := f.tree.Kind(n); strings.HasSuffix(k, "_statement") {
				mark(strings.TrimSuffix(k, "_statement"))
			}
		}
	}
	mark("__future__")
	return out
}

// Run runs the set on one input. Findings come in the order of their place.
func (s *Set) Run(in *Input) []Finding {
	var out []Finding
	name, text := in.Path, in.Text
	if in.File != nil {
		name = in.File.Path
		if t := in.File.Tree; t != nil {
			text = t.Text.String()
			out = s.runOn(in, name, text, t, s.byLanguage[t.Language])
		}
	}
	out = append(out, s.runOn(in, name, text, nil, s.byLanguage[source.None])...)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Span.Start < out[j].Span.Start })
	return out
}

func (s *Set) runOn(in *Input, name, text string, tree *source.Tree, rules []*Rule) []Finding {
	if len(rules) == 0 {
		return nil
	}
	r := &run{set: s, in: in, text: text, hits: map[*pattern][]found{}, regexes: map[*Formula][]found{}}
	if tree != nil {
		r.f, r.lang = newFile(tree), tree.Language
		r.words = s.wordsOf(r.f)
	}
	var out []Finding
	for _, rule := range rules {
		if !in.IgnorePaths && !rule.appliesTo(name) {
			continue
		}
		r.rule, r.pairs, r.notes = rule, 0, map[string]bool{}
		if rule.Taint != nil {
			out = append(out, r.taint(name)...)
		} else if r.possible(rule.Match) {
			out = append(out, r.search(name)...)
		}
		if in.Note != nil {
			for n := range r.notes {
				in.Note(rule, n)
			}
		}
	}
	return out
}

func (r *run) search(name string) []Finding {
	var out []Finding
	seen := map[source.Span][]string{}
	for _, x := range r.eval(r.rule.Match) {
		message := r.message(x.env, nil)
		if slices.Contains(seen[x.span], message) {
			continue
		}
		seen[x.span] = append(seen[x.span], message)
		out = append(out, r.finding(name, x, message))
	}
	return out
}

// finding makes a finding of a match.
func (r *run) finding(name string, x found, message string) Finding {
	f := Finding{Check: r.rule.ID, Message: message, Path: name, Span: x.span, Confidence: r.rule.confidence()}
	if fix, ok := r.fix(name, x); ok {
		f.Fixes = []Fix{fix}
	}
	return f
}

// confidence gives what the rule's metadata says of itself, medium if nothing.
func (r *Rule) confidence() Confidence {
	s, _ := r.Metadata["confidence"].(string)
	switch strings.ToUpper(s) {
	case "HIGH":
		return High
	case "LOW":
		return Low
	}
	return Medium
}

// message fills a rule's metavariables in.
func (r *run) message(e, more *env) string { return r.fill(r.rule.Message, e, more) }

// fill replaces metavariables by the text they stand for; one that is bound to
// nothing stays.
func (r *run) fill(s string, envs ...*env) string {
	if !strings.Contains(s, "$") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i + 1
		if s[i] == '$' {
			if strings.HasPrefix(s[j:], "...") {
				j += 3
			}
			for j < len(s) && isWordByte(s[j]) {
				j++
			}
			if text, ok := r.lookup(s[i:j], envs); ok {
				b.WriteString(text)
				i = j
				continue
			}
		}
		b.WriteString(s[i:j])
		i = j
	}
	return b.String()
}

// lookup gives a metavariable's text. A name may run on into the text after
// it, so shorter names are tried too.
func (r *run) lookup(name string, envs []*env) (string, bool) {
	for _, e := range envs {
		if v, ok := e.get(name); ok {
			return r.written(v), true
		}
	}
	return "", false
}

// appliesTo reports whether the rule's paths let it run on a file.
func (r *Rule) appliesTo(name string) bool {
	name = strings.TrimPrefix(strings.ReplaceAll(name, "\\", "/"), "/")
	matches := func(globs []string) bool {
		return slices.ContainsFunc(globs, func(g string) bool { return globMatch(g, name) })
	}
	return (len(r.Include) == 0 || matches(r.Include)) && !matches(r.Exclude)
}

// globMatch matches a glob with any run of a path's segments, as a line of
// .gitignore does: *.py, tests/, src/**/x.go.
func globMatch(glob, name string) bool {
	anchored := strings.HasPrefix(glob, "/")
	want := strings.Split(strings.Trim(strings.TrimPrefix(glob, "./"), "/"), "/")
	have := strings.Split(name, "/")
	if anchored {
		return globSegments(want, have)
	}
	for i := range have {
		if globSegments(want, have[i:]) {
			return true
		}
	}
	return false
}

// globSegments matches whole segments from the start; what follows is inside
// the folder that matched.
func globSegments(want, have []string) bool {
	// reach[j] says that the segments of the glob so far match have[:j].
	reach := make([]bool, len(have)+1)
	reach[0] = true
	for _, w := range want {
		next := make([]bool, len(have)+1)
		for j, ok := range reach {
			if !ok {
				continue
			}
			if w == "**" {
				for k := j; k <= len(have); k++ {
					next[k] = true
				}
			} else if j < len(have) {
				if m, err := path.Match(w, have[j]); err == nil && m {
					next[j+1] = true
				}
			}
		}
		reach = next
	}
	return slices.Contains(reach, true)
}
