package checks

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

const minimal = `---
id: own-check
title: A title
message: 'Found at {sink}'
class: own
rule:
  - languages: [python]
    pattern: forbidden(...)
---
# A title
First paragraph with ` + "`code`" + `.

Second paragraph.
## Vulnerable
` + "```python" + `
forbidden(1)  # finding
` + "```" + `
## Safe
` + "```python file=a.py" + `
allowed(1)
` + "```" + `
` + "```python file=b.py" + `
allowed(2)
` + "```" + `
## Ask yourself
1. Is it so,
   really?
2. Why?
`

// An example's server speaks the revision that the line before it says.
func TestExampleRevision(t *testing.T) {
	text := strings.Replace(minimal, "class: own\n", "class: own\nrevisions: ['2026-07-28']\n", 1)
	text = strings.Replace(text, "```python\nforbidden", "```python revision=2026-07-28\nforbidden", 1)
	text = strings.Replace(text, "```python file=a.py\nallowed", "```python file=a.py revision=2025-11-25\nforbidden", 1)
	c, err := parseDocument("own/own-check.md", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	own, err := newCatalogue([]*Check{c})
	if err != nil {
		t.Fatal(err)
	}
	if r := own.TestDocument(c); len(r.Failures) > 0 {
		t.Errorf("tested: %+v", r)
	}
	if _, err := parseDocument("own/own-check.md", []byte(strings.Replace(text, "2026-07-28\nforb", "soon\nforb", 1))); err == nil {
		t.Error("a revision that is no date is read")
	}
}

func TestParseDocument(t *testing.T) {
	c, err := parseDocument("own/own-check.md", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if c.ID != "own-check" || c.Class != "own" || c.Confidence != rule.Medium || !slices.Equal(c.Languages, []source.Language{source.Python}) {
		t.Errorf("read %+v", c)
	}
	if got := c.Summary(); got != "First paragraph with code." {
		t.Errorf("summary %q", got)
	}
	if got := c.Document.Questions; !slices.Equal(got, []string{"Is it so, really?", "Why?"}) {
		t.Errorf("questions %q", got)
	}
	if len(c.Document.Safe) != 1 || len(c.Document.Safe[0].Files) != 2 || c.Document.Safe[0].Files[1].Name != "b.py" {
		t.Errorf("two files that follow each other are no one example: %+v", c.Document.Safe)
	}
	if line := c.Document.Vulnerable[0].Files[0].Line; strings.Split(minimal, "\n")[line-1] != "forbidden(1)  # finding" {
		t.Errorf("the example's first line is not line %d", line)
	}
	own, err := newCatalogue([]*Check{c})
	if err != nil {
		t.Fatal(err)
	}
	if r := own.TestDocument(c); len(r.Failures) > 0 || r.Vulnerable != 1 || r.Safe != 1 {
		t.Errorf("tested: %+v", r)
	}
}

// TestParseDocumentErrors changes one thing in a good document each, and wants
// the line and the reason.
func TestParseDocumentErrors(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"---\nid", "id", "own-check.md:1: a check document begins with a line ---"},
		{"\n---\n#", "\n#", "own-check.md:1: the front matter is not closed"},
		{"title: A title", "titel: A title", "own-check.md:3: unknown key \"titel\": known are by, cause, class, "},
		{"class: own", "title: B", "own-check.md:5: the key \"title\" stands twice"},
		{"id: own-check", "id: other", "own-check.md:2: the id \"other\" is not the name of its file, \"own-check\""},
		{"id: own-check", "id: Own Check", "own-check.md:2: the id \"Own Check\" is not made of lower-case words"},
		{"class: own", "class: [own]", "own-check.md:5: a text is wanted here"},
		{"class: own", "class: own\ncwe: [seventy]", "own-check.md:6: \"seventy\" is no CWE number"},
		{"class: own", "class: own\ncvss: CVSS:4.0/AV:N", "own-check.md:6: CVSS vector"},
		{"class: own", "class: own\nconfidence: sure", "own-check.md:6: the confidence \"sure\" is not low, medium or high"},
		{"class: own", "class: own\nmaps: {owasp: [A1]}", "own-check.md:6: unknown catalogue \"owasp\""},
		{"class: own", "class: own\nmaps: {owasp-mcp: [MCP11]}", "own-check.md:6: \"MCP11\" is no id of owasp-mcp"},
		{"class: own", "class: own\nmatcher: nobody", "own-check.md:6: there is no matcher \"nobody\""},
		{"class: own", "class: own\nfixer: nobody", "own-check.md:6: there is no fixer \"nobody\""},
		{"class: own", "class: own\nby: me", "own-check.md:6: by can only say audit"},
		{"class: own\n", "", "own-check.md:1: the front matter lacks class"},
		{"[python]", "[cobol]", "own-check.md:7: unknown language \"cobol\""},
		{"    pattern: forbidden(...)", "    patern: forbidden(...)", "own-check.md:8: "},
		{"    pattern: forbidden(...)", "    mode: taint\n    pattern-sources: [{mcp: input}]\n    pattern-sinks: [{sink: drain}]", "own-check.md:10: unknown kind of sink \"drain\""},
		{"## Vulnerable", "## Vulnerabel", "own-check.md:14: unknown section \"Vulnerabel\""},
		{"## Safe", "## Vulnerable", "own-check.md:18: the section \"Vulnerable\" stands twice or in the wrong place"},
		{"```python\n", "```\n", "own-check.md:15: an example says its language"},
		{"file=a.py", "file=../a.py", "own-check.md:19: \"file=../a.py\" is not understood"},
		{"```\n## Ask", "## Ask", "the last fenced block is not closed"},
	} {
		text := strings.Replace(minimal, test.old, test.new, 1)
		if text == minimal {
			t.Fatalf("%q is not in the document", test.old)
		}
		if _, err := parseDocument("own/own-check.md", []byte(text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q for %q: error %v, want %q", test.new, test.old, err, test.want)
		}
	}
	if _, err := parseDocument("own/own-check.md", make([]byte, maxDocument+1)); err == nil {
		t.Error("a document of any size is read")
	}
}

// TestTestDocumentFails wants every way in which a document can be wrong to be
// told with its line.
func TestTestDocumentFails(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{"forbidden(1)  # finding", "forbidden(1)", "own-check.md:16: own-check: unexpected: "},
		{"forbidden(1)  # finding", "allowed(1)  # finding", "own-check.md:16: own-check: nothing is reported on this marked line"},
		{"allowed(2)", "forbidden(2)", "own-check.md:23: own-check: false alarm of own-check"},
		{"allowed(2)", "allowed(2", "own-check.md:23: own-check: b.py has a syntax error"},
		{"    pattern: forbidden(...)", "    pattern: forbidden(...)\n    fix: allowed()", "the fixes of this example are not shown under Fixed"},
		{"2. Why?\n", "2. Why?\n## Fixed\n```python\nallowed()\n```\n", "no fix of an example under Vulnerable leads here"},
	} {
		c, err := parseDocument("own/own-check.md", []byte(strings.Replace(minimal, test.old, test.new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		own, err := newCatalogue([]*Check{c})
		if err != nil {
			t.Fatal(err)
		}
		if r := own.TestDocument(c); len(r.Failures) != 1 || !strings.Contains(r.Failures[0], test.want) {
			t.Errorf("%q for %q: %q, want %q", test.new, test.old, r.Failures, test.want)
		}
	}
}

func TestLoad(t *testing.T) {
	c := catalogue(t)
	if same, err := c.Load(filepath.Join(t.TempDir(), "none")); err != nil || same != c {
		t.Errorf("a folder that does not exist: %v", err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("README.md", "# How we write checks")
	write("own-check.md", minimal)
	more, err := c.Load(dir)
	if err != nil || more.ByID("own-check") == nil || c.ByID("own-check") != nil || len(more.All()) != len(c.All())+1 {
		t.Errorf("loaded: %v", err)
	}
	write("command-injection.md", strings.Replace(minimal, "own-check", "command-injection", 1))
	if _, err := c.Load(dir); err == nil || !strings.Contains(err.Error(), "is taken by checks/injection/command-injection.md") {
		t.Errorf("a check of ours is replaced: %v", err)
	}
	write("command-injection.md", "no front matter")
	write("another.md", "none either")
	if _, err := c.Load(dir); err == nil || strings.Count(err.Error(), "begins with a line ---") != 2 {
		t.Errorf("not all faulty documents are named: %v", err)
	}
}

// TestRunSurvivesAPanic wants the findings of other checks, and the name of the
// one that failed.
func TestRunSurvivesAPanic(t *testing.T) {
	good, err := parseDocument("own/own-check.md", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	bad := &Check{ID: "bad-check", Class: "own", Languages: good.Languages, matcher: func(p *rule.Pass) {
		p.Report(rule.Finding{})
		panic("out of luck")
	}}
	c, err := newCatalogue([]*Check{good, bad})
	if err != nil {
		t.Fatal(err)
	}
	found, lost := c.Run(pass("forbidden(1)\n"))
	if len(found) != 1 || found[0].Check != "own-check" {
		t.Errorf("found %+v", found)
	}
	if len(lost) != 1 || !strings.Contains(lost[0], "bad-check") || !strings.Contains(lost[0], "out of luck") {
		t.Errorf("lost %q", lost)
	}
}

// TestRevisions wants a check to be silent for revisions it does not speak of.
func TestRevisions(t *testing.T) {
	own, err := parseDocument("own/own-check.md", []byte(strings.Replace(minimal, "class: own", "class: own\nrevisions: ['2025-11-25']", 1)))
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCatalogue([]*Check{own})
	if err != nil {
		t.Fatal(err)
	}
	for revision, want := range map[string]int{"": 1, "2025-11-25": 1, "2024-11-05": 0} {
		p := pass("forbidden(1)\n")
		p.Revision = revision
		if found, _ := c.Run(p); len(found) != want {
			t.Errorf("revision %q: %d findings, want %d", revision, len(found), want)
		}
	}
}

func pass(python string) *rule.Pass {
	prog := program.Lower("/a.py", source.Parse(source.Python, source.NewText(python), false), nil)
	return &rule.Pass{File: prog, Facts: &mcp.Facts{File: prog}, Flow: &flow.Result{}}
}

// TestFlowsToOneCall wants one finding for all flows into one call.
func TestFlowsToOneCall(t *testing.T) {
	c := catalogue(t)
	entries := []*mcp.Entry{{Name: "first"}, {Name: "second"}, {Name: "third"}}
	p := pass("run(x)\n")
	call := source.Span{Start: 0, End: 6}
	for i, e := range entries {
		p.Flow.Flows = append(p.Flow.Flows, &flow.Flow{
			Kind: mcp.Input, Entry: e, Param: fmt.Sprint("p", i), Sink: flow.Shell, Callee: "subprocess.run", Call: call, Path: "/a.py", Sure: i > 0,
		})
	}
	p.Flow.Flows = append(p.Flow.Flows, &flow.Flow{Kind: mcp.Untrusted, Sink: flow.Shell, Callee: "subprocess.run", Call: source.Span{Start: 1, End: 3}, Path: "/a.py"})
	found, lost := c.Run(p)
	if len(found) != 1 || len(lost) != 0 {
		t.Fatalf("found %+v, lost %q", found, lost)
	}
	f := found[0]
	if want := "second (and 2 more) passes p1 to a shell at subprocess.run"; f.Message != want {
		t.Errorf("message %q, want %q", f.Message, want)
	}
	if f.Check != "command-injection" || f.Tool != "second" || f.Confidence != rule.High || f.Span != call || halves(f.Factors, "tools") != 2 {
		t.Errorf("found %+v", f)
	}
	for _, flow := range p.Flow.Flows {
		flow.Sure = false
	}
	if found, _ = c.Run(p); found[0].Confidence != rule.Low {
		t.Errorf("a path with an assumed step has confidence %s", found[0].Confidence)
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("---\nid: *a\nrule: &a [*a]\n---\n# x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := parseDocument("own/own-check.md", data); err == nil {
			if own, err := newCatalogue([]*Check{c}); err == nil {
				own.Run(pass("forbidden(1)\n"))
			}
		}
	})
}

func TestWhyIsTheLastSentence(t *testing.T) {
	for text, want := range map[string]string{
		"One `thing`.\nThen comes another, e.g. this! And so\n`..` is open.\n\nMore.": "And so .. is open.",
		"Only one.": "Only one.",
		"":          "",
	} {
		c := Check{Document: Document{Introduction: text}}
		if got := c.Why(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
