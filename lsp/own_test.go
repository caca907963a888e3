package lsp

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.lsp.dev/protocol"

	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
)

// pulledItems is a report of diagnostics that were asked for.
type pulledItems struct{ Items []diagnostic }

// pulls gives the diagnostics of a file, each as line, from 0, and code.
func (f *file) pulls() (all []string) {
	f.e.t.Helper()
	for _, d := range call[pulledItems](f.e, "textDocument/diagnostic", ofDocument(f.uri)).Items {
		all = append(all, place(d))
	}
	return all
}

func place(d diagnostic) string {
	return strings.Repeat(" ", int(d.Range.Start.Line)) + d.Code
}

func (f *file) has(code string) bool {
	return slices.ContainsFunc(f.pulls(), func(d string) bool { return strings.TrimSpace(d) == code })
}

const accepted = `id: EX-001
name: Reports are exported through a shell
status: accepted
check: command-injection
justification: The style is one of three constants
scope:
  code: subprocess\.run
review: 2199-01-01
`

// An accepted risk is drafted by an action, says itself what it still lacks, silences
// its finding when it is complete, and is unused when the code is gone.
func TestAcceptARiskInTheEditor(t *testing.T) {
	e, folder := demo(t, "python-notes", strings.Replace(markdownClient, `{"textDocument"`, `{"window":{"showDocument":{"support":true}},"textDocument"`, 1), nil)
	e.answers["window/showDocument"] = map[string]any{"success": true}
	f := e.openFile(filepath.Join(folder, "server.py"))
	line := f.line("done = subprocess.run(command")
	var draft *protocol.Command
	for _, a := range call[[]action](e, "textDocument/codeAction", inRange(f.uri, line, 11, 11, "quickfix")) {
		if a.Title == "Accept this risk: draft an exception for command-injection" {
			draft = a.Command
		}
	}
	if draft == nil {
		t.Fatal("nothing drafts an exception")
	}
	got := call[drafted](e, "workspace/executeCommand", map[string]any{"command": draft.Command, "arguments": draft.Arguments})
	if got.Path != filepath.Join(folder, ".mcpaudit", "exceptions", "EX-001-command-injection.yaml") {
		t.Fatalf("drafted %+v", got)
	}
	e.told("window/showDocument", anything)
	x := e.openFile(got.Path)
	if !x.has("no-justification") || !f.has("command-injection") {
		t.Errorf("the draft: %q; the code: %q", x.pulls(), f.pulls())
	}
	x.edit("Write here why this is no risk, or why it is worth taking.", "The style is one of three constants.")
	x.edit("proposed", "accepted")
	eventually(t, "the finding is silenced", func() bool { return !f.has("command-injection") })
	if all := x.pulls(); len(all) != 0 {
		t.Errorf("the exception: %q", all)
	}
	f.edit("shell=True", "shell=True, env={}")
	eventually(t, "the finding is back", func() bool { return f.has("command-injection") })
	eventually(t, "the exception is unused", func() bool { return x.has("unused") })
}

// What is wrong stands where it is written, for clients that pull and that do not.
func TestDiagnosticsOfTheThreatModel(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{threat.BookFile, "answers:\n- question: who-confirmz\n  answer: nobody\n", " unknown-question"},
		{threat.BookFile, "answers:\n- {question: who-confirms, tool: export_note, answer: nobody, code: 0000000000000000}\n", " stale-answer"},
		{threat.BookFile, "answers:\n<<<<<<< a\n=======\n>>>>>>> b\n", " merge-conflict"},
		{threat.ExceptionFolder + "/a.yaml", strings.Replace(accepted, "2199", "2020", 1), "       expired"},
		{threat.ExceptionFolder + "/a.yaml", strings.Replace(accepted, "name:", "nam:", 1), " unknown-key"},
		{threat.ExceptionFolder + "/a.yaml", accepted, ""},
		{"other/threat-model.yaml", "answers: 1\n", ""},
	} {
		e, folder := demo(t, "python-notes", markdownClient, nil)
		name := filepath.Join(folder, filepath.FromSlash(c.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		f := e.openFile(name)
		if got := f.pulls(); (c.want == "") != (len(got) == 0) || len(got) > 0 && !slices.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}

		p, folder := demo(t, "python-notes", `{}`, nil)
		uri := source.URIOf(filepath.Join(folder, filepath.FromSlash(c.name)))
		if err := os.MkdirAll(filepath.Join(folder, filepath.FromSlash(filepath.Dir(c.name))), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(c.name)), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		p.open(uri, c.text)
		if got := p.published(uri).Diagnostics; (c.want == "") != (len(got) == 0) || len(got) > 0 && !slices.ContainsFunc(got, func(d diagnostic) bool { return place(d) == c.want }) {
			t.Errorf("published %+v, want %q", got, c.want)
		}
	}
}

// In a workspace that is not trusted nothing is accepted, and nothing is drafted.
func TestUntrustedWorkspaceAcceptsNothing(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, map[string]any{"untrusted": true})
	name := filepath.Join(folder, filepath.FromSlash(threat.ExceptionFolder), "a.yaml")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(accepted), 0o644); err != nil {
		t.Fatal(err)
	}
	f := e.openFile(filepath.Join(folder, "server.py"))
	x := e.openFile(name)
	if got := x.pulls(); !slices.Equal(got, []string{"not-trusted"}) || !f.has("command-injection") {
		t.Errorf("the exception: %q", got)
	}
	for _, a := range call[[]action](e, "textDocument/codeAction", inRange(f.uri, f.line("done = subprocess.run(command"), 11, 11)) {
		if strings.HasPrefix(a.Title, "Accept this risk") {
			t.Errorf("offered: %s", a.Title)
		}
	}
	e.fails("workspace/executeCommand", execute(commandDraft, f.uri, "none"), -32602)
}
