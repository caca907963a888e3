package checks

import (
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// variants are ways to write the same program.
var variants = []struct {
	name string
	of   func(string) string
}{
	{"as it stands", func(s string) string { return s }},
	{"with carriage returns", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
	{"with deeper indentation", func(s string) string { return strings.ReplaceAll(s, "    ", "        ") }},
}

// TestFixAllOfExamples makes the preferred fixes of each vulnerable example again and
// again, as fix-all does: it ends within a few rounds, each round leaves code that can
// be read, and in the end no preferred fix is left. Each fix by itself, preferred or
// not, leaves code that can be read, and the finding is gone.
func TestFixAllOfExamples(t *testing.T) {
	c := catalogue(t)
	checks, fixes := 0, 0
	for _, check := range c.All() {
		if len(check.Document.Fixed) == 0 {
			continue
		}
		checks++
		run := &tester{catalogue: c, check: check}
		for i := range check.Document.Vulnerable {
			e := &check.Document.Vulnerable[i]
			for _, f := range e.Files {
				for _, v := range variants {
					text := v.of(f.Text)
					fixAll(t, run, e, f, v.name, text)
					fixes += fixEach(t, run, e, f, v.name, text)
				}
			}
		}
		for _, failure := range run.Failures {
			t.Error(failure)
		}
	}
	t.Logf("%d checks with fixes, %d fixes made one by one", checks, fixes)
}

// maxRounds is how often fix-all may be needed: fixes that touch each other take turns.
const maxRounds = 4

func fixAll(t *testing.T, run *tester, e *Example, f ExampleFile, how, text string) {
	before := broken(f.Name, text)
	for round := 0; ; round++ {
		a := run.audit(e, f, text)
		var preferred []rule.Fix
		for i := range a.found {
			if k := slices.IndexFunc(a.found[i].Fixes, func(fix rule.Fix) bool { return fix.Preferred }); k >= 0 {
				preferred = append(preferred, a.found[i].Fixes[k])
			}
		}
		edits := rule.Compatible(exampleFolder+f.Name, preferred)
		if len(edits) == 0 {
			return
		}
		if round == maxRounds {
			t.Errorf("%s:%d %s: fix-all does not end:\n%s", run.check.Path, f.Line, how, text)
			return
		}
		next := rule.Apply(text, edits)
		if next == text || broken(f.Name, next) && !before {
			t.Errorf("%s:%d %s: fix-all gives:\n%s", run.check.Path, f.Line, how, next)
			return
		}
		text = next
	}
}

func fixEach(t *testing.T, run *tester, e *Example, f ExampleFile, how, text string) (made int) {
	a := run.audit(e, f, text)
	before := broken(f.Name, text)
	count := func(found []rule.Finding, id string) (n int) {
		for i := range found {
			if found[i].Check == id {
				n++
			}
		}
		return n
	}
	for i := range a.found {
		for _, fix := range a.found[i].Fixes {
			made++
			after := rule.Apply(text, fix.Edits)
			b := run.audit(e, f, after)
			if broken(f.Name, after) && !before {
				t.Errorf("%s:%d %s: %q breaks the code:\n%s", run.check.Path, f.Line, how, fix.Title, after)
			} else if left := count(b.found, a.found[i].Check); left >= count(a.found, a.found[i].Check) {
				t.Errorf("%s:%d %s: %q leaves %s:\n%s", run.check.Path, f.Line, how, fix.Title, a.found[i].Check, after)
			}
			if strings.Contains(text, "\r\n") && strings.Count(after, "\n") != strings.Count(after, "\r\n") {
				t.Errorf("%s:%d: %q mixes line ends:\n%q", run.check.Path, f.Line, fix.Title, after)
			}
		}
	}
	return made
}

// broken reports whether a file cannot be read.
func broken(name, text string) bool {
	tree := parseExample(name, text)
	if tree.Language.Data() {
		return tree.Fault != nil
	}
	defer tree.Close()
	return slices.ContainsFunc(tree.Nodes(), func(n source.Node) bool { return n.Error() || n.Missing() })
}
