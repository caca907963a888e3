package checks

// example.go tests a check document by its own examples.

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tailscale/hujson"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Tested is the outcome of testing one document by its examples.
type Tested struct {
	Check                   string
	Path                    string // of the document
	Vulnerable, Safe, Fixed int    // examples run
	// Failures say what is not as the document promises, each with the
	// document's file and line; empty if all is well.
	Failures []string
}

// TestDocument runs the examples of a check of the catalogue. Under Vulnerable
// the check must report the marked lines (a comment "finding" at the end), one
// to one. An example of JSON may hold comments, though a manifest may not: they are
// white space to the audit. Manifests stand beside the other files of their example. Under Safe no check of the catalogue may report anything that has a
// score. The fixes of the findings must turn each Vulnerable example that has
// any into the Fixed example of the same language, in their order, and the
// check must not report there what had a fix. A Skeleton is code that can be read.
func (c *Catalogue) TestDocument(check *Check) Tested {
	t := tester{catalogue: c, check: check, Tested: Tested{Check: check.ID, Path: check.Path}}
	if check.byAudit {
		return t.Tested
	}
	doc := &check.Document
	if len(doc.Vulnerable) == 0 || len(doc.Safe) == 0 {
		t.failf(1, "a check shows at least one example under %s and one under %s", sectionVulnerable, sectionSafe)
	}
	fixed := map[source.Language][]Example{}
	for _, e := range doc.Fixed {
		fixed[e.Language] = append(fixed[e.Language], e)
	}
	for _, e := range doc.Vulnerable {
		if after := t.vulnerable(e); after != nil {
			want := fixed[e.Language]
			if len(want) == 0 {
				t.failf(e.Files[0].Line, "the fixes of this example are not shown under %s; they give:\n%s", sectionFixed, after[0])
				continue
			}
			fixed[e.Language] = want[1:]
			t.fixed(e, want[0], after)
		}
	}
	for _, left := range fixed {
		for _, e := range left {
			t.failf(e.Files[0].Line, "no fix of an example under %s leads here", sectionVulnerable)
		}
	}
	for _, e := range doc.Safe {
		t.safe(e)
	}
	for _, e := range doc.Skeletons {
		for _, f := range e.Files {
			tree := parseExample(f.Name, f.Text)
			t.parses(f, f.Line, tree)
			tree.Close()
		}
	}
	return t.Tested
}

type tester struct {
	catalogue *Catalogue
	check     *Check
	Tested
	unfixed int // findings of the last vulnerable example that have no fix
}

func (t *tester) failf(line int, format string, args ...any) {
	t.Failures = append(t.Failures, fmt.Sprintf("%s:%d: %s: %s", t.Path, line, t.Check, fmt.Sprintf(format, args...)))
}

// audited is one file of an example after its audit.
type audited struct {
	text  *source.Text
	tree  *source.Tree
	found []rule.Finding
}

// parseExample parses a file of an example. Comments in JSON count as white space.
func parseExample(name, text string) *source.Tree {
	lang := source.LanguageOf(name)
	if plain, err := hujson.Standardize([]byte(text)); err == nil && lang == source.JSON {
		text = string(plain)
	}
	return source.Parse(lang, source.NewText(text), false)
}

const exampleFolder = "/example/"

// manifests gives those of the example's files that tell of its server.
func (e *Example) manifests() (all []*mcp.Manifest) {
	for _, f := range e.Files {
		if lang := source.LanguageOf(f.Name); lang.Data() {
			if m := mcp.ReadManifest(exampleFolder+f.Name, parseExample(f.Name, f.Text)); m != nil {
				all = append(all, m)
			}
		}
	}
	return all
}

// audit runs the whole catalogue over one file of an example, as of a server that
// speaks the revision that the example names.
func (t *tester) audit(e *Example, f ExampleFile, text string) audited {
	a := audited{text: source.NewText(text), tree: parseExample(f.Name, text)}
	prog := program.Lower(exampleFolder+f.Name, a.tree, nil)
	facts := mcp.Recognise(prog, nil)
	found, lost := t.catalogue.Run(&rule.Pass{
		File: prog, Facts: facts, Flow: flow.Analyse(facts, nil), Revision: e.Revision, Manifests: e.manifests,
	})
	for _, l := range lost {
		t.failf(f.Line, "%s", l)
	}
	a.found = found
	return a
}

// line gives the line of a finding within its file, from 0.
func (a audited) line(f *rule.Finding) int { return a.text.LineAt(f.Span.Start) }

var marker = regexp.MustCompile(`(#|//)\s*finding\s*$`)

func (t *tester) vulnerable(e Example) (after []string) {
	t.Vulnerable++
	changed := false
	t.unfixed = 0
	for _, f := range e.Files {
		a := t.audit(&e, f, f.Text)
		t.parses(f, f.Line, a.tree)
		want := map[int]bool{}
		for i := range a.text.Lines() {
			if marker.MatchString(a.text.Line(i)) {
				want[i] = true
			}
		}
		var edits []rule.Edit
		for i := range a.found {
			found := &a.found[i]
			if found.Check != t.check.ID {
				continue
			}
			line := a.line(found)
			if !want[line] {
				t.failf(f.Line+line, "unexpected: %s", found.Message)
			}
			delete(want, line)
			if len(found.Fixes) == 0 {
				t.unfixed++
			} else {
				edits = append(edits, found.Fixes[0].Edits...)
			}
		}
		for _, line := range sortedLines(want) {
			t.failf(f.Line+line, "nothing is reported on this marked line")
		}
		changed = changed || len(edits) > 0
		after = append(after, rule.Apply(f.Text, edits))
	}
	if !changed {
		return nil
	}
	return after
}

func sortedLines(m map[int]bool) []int {
	var lines []int
	for line := range m {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

// fixed compares what the fixes made with what the document promises.
func (t *tester) fixed(before, want Example, after []string) {
	t.Fixed++
	unfixed := t.unfixed
	if len(want.Files) != len(before.Files) {
		t.failf(want.Files[0].Line, "the example under %s has %d files, this one %d", sectionVulnerable, len(before.Files), len(want.Files))
		return
	}
	left := 0
	for i, f := range want.Files {
		if f.Text != after[i] {
			line, got, wanted := firstDifference(after[i], f.Text)
			t.failf(f.Line+line, "the fix writes %q, this line is %q", got, wanted)
		}
		a := t.audit(&before, f, after[i])
		t.parses(f, f.Line, a.tree)
		for j := range a.found {
			if a.found[j].Check == t.check.ID {
				left++
			}
		}
	}
	if left != unfixed {
		t.failf(want.Files[0].Line, "after the fixes %d findings of this check are left, not %d", left, unfixed)
	}
}

func firstDifference(got, want string) (line int, gotLine, wantLine string) {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		gotLine, wantLine = "", ""
		if i < len(g) {
			gotLine = g[i]
		}
		if i < len(w) {
			wantLine = w[i]
		}
		if gotLine != wantLine || i >= len(g) || i >= len(w) {
			return i, gotLine, wantLine
		}
	}
	return 0, "", ""
}

func (t *tester) safe(e Example) {
	t.Safe++
	for _, f := range e.Files {
		a := t.audit(&e, f, f.Text)
		t.parses(f, f.Line, a.tree)
		for i := range a.found {
			found := &a.found[i]
			other := t.catalogue.ByID(found.Check)
			if other != t.check && other.Vector == (aivss.Vector{}) {
				continue // hygiene, Information at most
			}
			t.failf(f.Line+a.line(found), "false alarm of %s: %s", found.Check, found.Message)
		}
	}
}

// parses reports an example with a syntax error: it would prove nothing.
func (t *tester) parses(f ExampleFile, first int, tree *source.Tree) {
	for i := range tree.Nodes() {
		if n := tree.Node(source.NodeID(i)); n.Error() || n.Missing() {
			t.failf(first+tree.Text.LineAt(n.Start), "%s has a syntax error", f.Name)
			return
		}
	}
}
