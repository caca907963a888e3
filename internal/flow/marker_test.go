package flow

// marker_test.go runs the programs under testdata. What is expected stands in
// the source, at the line of the call that does the harm:
//
//	subprocess.run(cmd, shell=True)  # flow: shell command
//
// names the kind of sink and the parameter, or secret, environment, error,
// untrusted for other sources. A ? after it says that the path is not sure,
// (reason) a guard that fails. The match is one to one.

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

var marker = regexp.MustCompile(`(?:#|//) flow: (.*)$`)

// analyseText gives the result for a program.
func analyseText(name, text string) (*mcp.Facts, *Result) {
	tree := source.Parse(source.LanguageOf(name), source.NewText(text), false)
	facts := mcp.Recognise(program.Lower(name, tree, nil), nil)
	return facts, Analyse(facts, nil)
}

// describe gives a flow in the words of the markers.
func describe(f *Flow) string {
	who := f.Param
	switch {
	case f.Secret != "":
		who = f.Secret
	case f.Kind == mcp.Untrusted || f.Kind == mcp.Remote:
		who = "untrusted"
	}
	s := string(f.Sink) + " " + who
	if !f.Sure {
		s += "?"
	}
	var reasons []string
	for _, g := range f.Failed {
		reasons = append(reasons, g.Reason)
	}
	if len(reasons) > 0 {
		s += " (" + strings.Join(reasons, " ") + ")"
	}
	return s
}

func TestPrograms(t *testing.T) {
	for _, lang := range []string{"python", "typescript", "go"} {
		files, err := filepath.Glob("testdata/" + lang + "/*")
		if err != nil || len(files) == 0 {
			t.Fatalf("no programs for %s: %v", lang, err)
		}
		for _, file := range files {
			t.Run(lang+"/"+filepath.Base(file), func(t *testing.T) { checkProgram(t, file) })
		}
	}
}

func checkProgram(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := source.NewText(string(data))
	var want []string
	for i := range text.Lines() {
		if m := marker.FindStringSubmatch(text.Line(i)); m != nil {
			for _, w := range strings.Split(m[1], ", ") {
				want = append(want, fmt.Sprintf("%d: %s", i+1, strings.TrimSpace(w)))
			}
		}
	}
	_, r := analyseText(file, string(data))
	var got []string
	for _, f := range r.Flows {
		if (f.Kind == mcp.Untrusted || f.Kind == mcp.Remote) && f.Sink == ResultSink {
			continue // nearly every tool returns what it fetched
		}
		got = append(got, fmt.Sprintf("%d: %s", text.LineAt(f.Call.Start)+1, describe(f)))
		checkSteps(t, f, text)
	}
	for _, d := range difference(want, got) {
		t.Errorf("missing    %s:%s", file, d)
	}
	for _, d := range difference(got, want) {
		t.Errorf("unexpected %s:%s", file, d)
	}
	for _, n := range r.Notes {
		t.Errorf("note %s: %s", file, n.Text)
	}
}

// checkSteps checks that every step of a flow stands in the file and says something.
func checkSteps(t *testing.T, f *Flow, text *source.Text) {
	t.Helper()
	if len(f.Steps) < 2 {
		t.Errorf("%s at line %d: %d steps, want the source and the sink at least", describe(f), text.LineAt(f.Call.Start)+1, len(f.Steps))
	}
	for _, s := range f.Steps {
		if s.Text == "" || s.Span.Len() == 0 || int(s.Span.End) > text.Len() {
			t.Errorf("%s: bad step %+v", describe(f), s)
		}
	}
}

// difference gives what is in a and not in b, as multisets.
func difference(a, b []string) []string {
	count := map[string]int{}
	for _, x := range b {
		count[x]++
	}
	var out []string
	for _, x := range a {
		if count[x] > 0 {
			count[x]--
			continue
		}
		out = append(out, x)
	}
	sort.Strings(out)
	return out
}
