package rule

// testdir.go runs rules against the annotated programs that stand beside them,
// as Semgrep's own test mode does: x.yaml is tested by x.py, x.test.py, x.js, …
// A comment `ruleid: a, b` promises a finding of each on the line after it,
// `ok: a` promises none.

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// TestReport is what a run of rule tests gives.
type TestReport struct {
	Results []TestResult
	// Untested names the rules without a test file.
	Untested []string
}

// TestResult is the outcome of one rule.
type TestResult struct {
	Rule string
	File string // the rule file
	// Problems say what went wrong, one line each; empty if the rule passed.
	Problems []string
}

// Passed counts the rules that passed.
func (r TestReport) Passed() int {
	n := 0
	for _, t := range r.Results {
		if len(t.Problems) == 0 {
			n++
		}
	}
	return n
}

// Share gives the passed rules in percent of all that have a test, 0 if none.
func (r TestReport) Share() float64 {
	if len(r.Results) == 0 {
		return 0
	}
	return 100 * float64(r.Passed()) / float64(len(r.Results))
}

// maxTestFile bounds the size of a file that is read as a rule or its test.
const maxTestFile = 4 << 20

// TestDir runs every rule file below a folder against the test files next to
// it. The error is about the folder; what is wrong with a rule is its result.
func TestDir(dir string) (TestReport, error) {
	var report TestReport
	files := map[string][]string{} // folder → names
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() {
			files[filepath.Dir(p)] = append(files[filepath.Dir(p)], d.Name())
		}
		return nil
	})
	if err != nil {
		return report, err
	}
	dirs := make([]string, 0, len(files))
	for d := range files {
		dirs = append(dirs, d)
	}
	sort.Strings(dirs)
	for _, d := range dirs {
		sort.Strings(files[d])
		for _, name := range files[d] {
			if isRuleFile(name) {
				testFile(&report, d, name, files[d])
			}
		}
	}
	return report, nil
}

func isRuleFile(name string) bool {
	ext := filepath.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && !strings.Contains(name, ".test.") && !strings.Contains(name, ".fixed.")
}

// testsOf gives the test files of a rule file.
func testsOf(rule string, names []string) []string {
	stem := strings.TrimSuffix(rule, filepath.Ext(rule))
	var out []string
	for _, n := range names {
		rest, ok := strings.CutPrefix(n, stem+".")
		if ok && n != rule && !isRuleFile(n) && !strings.Contains(rest, "fixed") && !strings.Contains(strings.TrimPrefix(rest, "test."), ".") {
			out = append(out, n)
		}
	}
	return out
}

func testFile(report *TestReport, dir, name string, names []string) {
	file := filepath.Join(dir, name)
	data, err := readTestFile(file)
	if err != nil {
		report.Results = append(report.Results, TestResult{Rule: name, File: file, Problems: []string{err.Error()}})
		return
	}
	if !looksLikeRules(data) {
		return
	}
	tests := testsOf(name, names)
	rules, parseErr := ParseFile(file, data)
	ids := map[string]bool{}
	for _, id := range ruleIDs(data) {
		ids[id] = true
		if len(tests) == 0 {
			report.Untested = append(report.Untested, id)
		}
	}
	if len(tests) == 0 {
		return
	}
	results := map[string]*TestResult{}
	for _, id := range ruleIDs(data) {
		results[id] = &TestResult{Rule: id, File: file}
	}
	for _, r := range rules {
		set, err := Compile([]*Rule{r})
		res := results[r.ID]
		if res == nil {
			continue
		}
		if err != nil {
			res.Problems = append(res.Problems, strings.Split(err.Error(), "\n")...)
			continue
		}
		for _, t := range tests {
			res.Problems = append(res.Problems, testRule(set, r, filepath.Join(dir, t))...)
		}
		delete(ids, r.ID)
		if r.Text || len(res.Problems) > 0 {
			continue
		}
	}
	for _, id := range ruleIDs(data) {
		res := results[id]
		if res == nil {
			continue
		}
		if ids[id] && len(res.Problems) == 0 {
			why := "the rule could not be read"
			if parseErr != nil {
				why = strings.Split(parseErr.Error(), "\n")[0]
			}
			res.Problems = []string{why}
		}
		report.Results = append(report.Results, *res)
		delete(results, id)
	}
}

func readTestFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxTestFile {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxTestFile)
	}
	return os.ReadFile(name)
}

var (
	rulesKey   = regexp.MustCompile(`(?m)^rules\s*:`)
	ruleIDLine = regexp.MustCompile(`(?m)^\s*(?:-\s+)?id\s*:\s*["']?([^\s"'#]+)`)
	annotation = regexp.MustCompile(`\b(todo|pro|deep|todopro)?-?(ruleid|rule|ok|todook)\s*:\s*(.+)`)
)

func looksLikeRules(data []byte) bool { return rulesKey.Match(data) }

// ruleIDs gives the ids in a file, also of rules that do not parse: they count.
func ruleIDs(data []byte) []string {
	var out []string
	for _, m := range ruleIDLine.FindAllSubmatch(data, -1) {
		if id := string(m[1]); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// testRule compares what a rule finds in one file with what the file promises.
func testRule(set *Set, r *Rule, name string) []string {
	data, err := readTestFile(name)
	if err != nil {
		return []string{err.Error()}
	}
	text := source.NewText(string(data))
	in := &Input{Path: name, Text: text.String(), IgnorePaths: true}
	if l := source.LanguageOf(name); l != source.None {
		in.File = &program.File{Path: name, Lang: l, Tree: source.Parse(l, text, false)}
	}
	var problems []string
	in.Note = func(_ *Rule, s string) { problems = append(problems, fmt.Sprintf("%s: %s", filepath.Base(name), s)) }
	want, ignore := expectations(text, r.ID)
	got := map[int]bool{}
	for _, f := range set.Run(in) {
		got[text.LineAt(f.Span.Start)+1] = true
	}
	for _, line := range sortedLines(want) {
		if !got[line] && !ignore[line] {
			problems = append(problems, fmt.Sprintf("%s:%d: missed", filepath.Base(name), line))
		}
	}
	for _, line := range sortedLines(got) {
		if !want[line] && !ignore[line] {
			problems = append(problems, fmt.Sprintf("%s:%d: unexpected", filepath.Base(name), line))
		}
	}
	return problems
}

func sortedLines(m map[int]bool) []int {
	out := make([]int, 0, len(m))
	for l := range m {
		out = append(out, l)
	}
	sort.Ints(out)
	return out
}

// expectations reads the annotations for one rule: the lines on which it must
// find something, and those of which the author says that today's answer is
// known to be wrong. Annotations may stand one under the other.
func expectations(text *source.Text, id string) (want, ignore map[int]bool) {
	want, ignore = map[int]bool{}, map[int]bool{}
	var expect, skip bool
	for i := range text.Lines() {
		m := annotation.FindStringSubmatch(text.Line(i))
		if m != nil && !strings.ContainsAny(strings.TrimSpace(text.Line(i))[:1], "#/<-*{;") {
			m = nil
		}
		if m == nil {
			if expect {
				want[i+1] = true
			}
			if skip {
				ignore[i+1] = true
			}
			expect, skip = false, false
			continue
		}
		if !slices.Contains(annotationIDs(m[3]), id) {
			continue
		}
		switch {
		case m[1] != "" || m[2] == "todook":
			skip = true
		case m[2] == "ruleid" || m[2] == "rule":
			expect = true
		}
	}
	return want, ignore
}

// annotationIDs splits the ids of an annotation and drops the comment's end.
func annotationIDs(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool {
		return c == ',' || c == ' ' || c == '\t' || c == '*' || c == '>' || c == '}' || c == '\r'
	})
}
