package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/threat"
)

// demoServer copies a server of testdata into the working directory of the test.
func demoServer(t *testing.T, name string) {
	t.Helper()
	from, err := filepath.Abs(filepath.Join("..", "..", "testdata", "servers", name))
	if err != nil {
		t.Fatal(err)
	}
	inTree(t, nil)
	if err := os.CopyFS(".", os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// autonomy gives the factor of the finding of a check as the JSON shows it.
func autonomy(t *testing.T, check string, args ...string) string {
	t.Helper()
	s, _ := scan(t, args...)
	for _, f := range s.Findings {
		if f.Check != check || f.Score == nil {
			continue
		}
		for _, factor := range f.Score.Factors {
			if factor.Name == "autonomy" {
				return factor.Value + " " + factor.Source
			}
		}
	}
	return ""
}

// What was answered about a tool scores its findings, on the command line as in the
// editor, whether all of the server is named or one file; not in a tree that is not
// trusted, and not when the code has changed.
func TestAnswersScoreFindings(t *testing.T) {
	demoServer(t, "python-notes")
	write(t, threat.BookFile, "answers:\n- {question: who-confirms, tool: export_note, answer: nobody}\n")
	for _, c := range []struct{ args, want string }{
		{".", "1.0 answer"}, {"server.py", "1.0 answer"}, {"--untrusted .", "0.5 default"},
	} {
		if got := autonomy(t, "command-injection", strings.Fields(c.args)...); got != c.want {
			t.Errorf("scan %s: autonomy %s, want %s", c.args, got, c.want)
		}
	}
	if got := autonomy(t, "sql-injection", "."); got != "0.5 default" {
		t.Errorf("another tool has %s", got)
	}
	if s, _ := scan(t, "--untrusted", "."); s.Summary.Ignored != 1 {
		t.Errorf("%d ignored", s.Summary.Ignored)
	}
	write(t, threat.BookFile, "answers:\n- {question: who-confirms, tool: export_note, answer: nobody, code: 0123456789abcdef}\n")
	if got := autonomy(t, "command-injection", "."); got != "0.5 default" {
		t.Errorf("a stale answer gives %s", got)
	}
}

// What is wrong with the answers is told and costs nobody the audit.
func TestAnswersThatDoNotHoldAreTold(t *testing.T) {
	demoServer(t, "python-notes")
	for _, c := range []struct{ book, want string }{
		{"answers:\n- {question: who-confirms, tool: export_note, answer: nobody, code: 0123456789abcdef}\n", "threat-model.yaml:2: The code that this answer speaks of has changed"},
		{"answers:\n<<<<<<< ours\n=======\n>>>>>>> theirs\n", "threat-model.yaml:2: A merge conflict stands in lines 2 to 4"},
		{"answers:\n- {question: \"\\e[31m\", answer: x}\n", `There is no question`},
		{"answers: {\n", "cannot be read as YAML"},
	} {
		write(t, threat.BookFile, c.book)
		got := mcpaudit(t, "scan", "--format", "json")
		if got.code != exitOK || !strings.Contains(got.err, c.want) || strings.Contains(got.err, "\x1b") || !strings.Contains(got.out, "command-injection") {
			t.Errorf("%q: code %d, %s", c.book, got.code, got.err)
		}
	}
	// Through a link nobody reads.
	write(t, "elsewhere.yaml", "answers:\n- {question: who-confirms, tool: export_note, answer: nobody}\n")
	if err := os.Remove(threat.BookFile); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../elsewhere.yaml", threat.BookFile); err != nil {
		t.Skip(err)
	}
	if got := autonomy(t, "command-injection", "."); got != "0.5 default" {
		t.Errorf("through a link: %s", got)
	}
}
