package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/threat"
)

// writes opens a file of the threat model with a text, in which | is where somebody
// writes.
func writes(t *testing.T, e *editor, folder, name, text string) (f *file, line, column int) {
	t.Helper()
	before, after, ok := strings.Cut(text, "|")
	if !ok {
		t.Fatalf("no | in %q", text)
	}
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(before+after), 0o644); err != nil {
		t.Fatal(err)
	}
	return e.openFile(path), strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n') - 1
}

// Keys, questions, their answers, tools and checks are offered where they fit, and
// nothing is offered in any other file.
func TestCompletionInTheThreatModel(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // among what is offered
		not        []string
	}{
		{threat.BookFile, "|", []string{"version", "answers"}, []string{"question"}},
		{threat.BookFile, "answers:\n  - |", []string{"question", "tool", "answer"}, []string{"version"}},
		{threat.BookFile, "answers:\n  - question: x\n    |", []string{"tool", "note"}, []string{"question"}},
		{threat.BookFile, "answers:\n  - question: |", []string{"who-confirms", "file-roots"}, nil},
		{threat.BookFile, "answers:\n  - question: file-roots\n    answer: x\n  - question: who-confirms\n    answer: |\n", []string{"nobody", "every-call", "not-sure"}, []string{"one-folder"}},
		{threat.BookFile, "answers:\n  - question: who-confirms\n    tool: |", []string{"export_note", "sync"}, nil},
		{threat.BookFile, "answers:\n  - question: who-confirms\n    file: |", []string{"server.py"}, nil},
		{threat.ExceptionFolder + "/a.yaml", "id: EX-001\n|", []string{"status", "scope"}, []string{"id", "paths"}},
		{threat.ExceptionFolder + "/a.yaml", "scope:\n  |", []string{"paths", "code"}, []string{"id"}},
		{threat.ExceptionFolder + "/a.yaml", "check: |", []string{"command-injection"}, nil},
		{threat.ExceptionFolder + "/a.yaml", "check:\n  - |", []string{"command-injection"}, nil},
		{threat.ExceptionFolder + "/a.yaml", "status: ac|", []string{"accepted", "proposed", "retired"}, nil},
		{"other.yaml", "status: |", nil, []string{"accepted"}},
		{"server.py", "import |", nil, []string{"os"}},
	} {
		e, folder := demo(t, "python-notes", markdownClient, nil)
		f, line, column := writes(t, e, folder, c.name, c.text)
		var got []string
		for _, i := range call[[]struct{ Label string }](e, "textDocument/completion", at(f.uri, line, column)) {
			got = append(got, i.Label)
		}
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%q in %s: no %s in %q", c.text, c.name, w, got)
			}
		}
		for _, n := range c.not {
			if slices.Contains(got, n) {
				t.Errorf("%q in %s offers %s", c.text, c.name, n)
			}
		}
	}
}

// What a key, a question and a check mean is said where they stand.
func TestHoverInTheThreatModel(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{threat.BookFile, "answers:\n  - ques|tion: who-confirms\n", "The id of the question that is answered."},
		{threat.BookFile, "answers:\n  - question: who-|confirms\n", "**Does a person confirm before the tool changes something?**"},
		{threat.BookFile, "answers:\n  - question: who-confirms\n    answer: no|body\n", "- `nobody`: "},
		{threat.ExceptionFolder + "/a.yaml", "rev|iew: 2027-01-01\n", "The day until which it holds"},
		{threat.ExceptionFolder + "/a.yaml", "check: comm|and-injection\n", "**A tool argument reaches a shell**"},
		{threat.ExceptionFolder + "/a.yaml", "nonsense|: x\n", ""},
		{"other.yaml", "review|: x\n", ""},
	} {
		e, folder := demo(t, "python-notes", markdownClient, nil)
		f, line, column := writes(t, e, folder, c.name, c.text)
		got := call[hovered](e, "textDocument/hover", at(f.uri, line, column)).Contents.Value
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%q in %s: %q, want %q", c.text, c.name, got, c.want)
		}
	}
}

// Completion is claimed for these files alone, and only where that can be said.
func TestCompletionIsRegisteredForTheThreatModelAlone(t *testing.T) {
	e := start(t, started(), newFake().engine)
	result := e.initialize(capable(`{"textDocument":{"completion":{"dynamicRegistration":true}}}`))
	if _, ok := result["completionProvider"]; ok {
		t.Error("completion is claimed everywhere")
	}
	e.told("client/registerCapability", func(p json.RawMessage) bool {
		return strings.Contains(string(p), `"textDocument/completion"`) && strings.Contains(string(p), ".mcpaudit/")
	})
}
