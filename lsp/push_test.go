package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcpaudit/internal/source"
)

// write makes files in a folder of the test's own and gives the folder.
func write(t testing.TB, files map[string]string) string {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// settle waits until all that was sent before is worked off.
func (e *editor) settle() {
	e.t.Helper()
	call[any](e, "workspace/executeCommand", map[string]any{"command": commandCoverage})
	time.Sleep(3 * restDelay)
}

func TestDiagnosticMembers(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{"textDocument":{"publishDiagnostics":{"relatedInformation":true,"codeDescriptionSupport":true,"dataSupport":true,"versionSupport":true}}}`))
	e.open("file:///a%20b.py", "tool run\nBAD\n")
	p := e.published("file:///a%20b.py")
	if len(p.Diagnostics) != 1 {
		t.Fatalf("got %+v", p)
	}
	d := p.Diagnostics[0]
	if d.Severity != 1 || d.Source != "mcpaudit" || d.Code != "bad-word" || d.CodeDescription.Href != "https://cwe.mitre.org/data/definitions/78.html" {
		t.Errorf("got %+v", d)
	}
	if !strings.HasPrefix(d.Message, "the word BAD is said (AIVSS ") {
		t.Errorf("message %q", d.Message)
	}
	if len(d.RelatedInformation) != 1 || d.RelatedInformation[0].Message != "said here" || d.RelatedInformation[0].Location.URI != "file:///a%20b.py" {
		t.Errorf("related %+v", d.RelatedInformation)
	}
	if d.Data.Tool != "run" || d.Data.Confidence != "high" || d.Data.Fingerprint == "" || len(d.Data.Fixes) != 1 || d.Data.Score == nil ||
		d.Data.Score.AIVSS == 0 || !strings.HasPrefix(d.Data.Score.Vectors[0], "CVSS:4.0/") {
		t.Errorf("data %+v", d.Data)
	}
}

// Of several findings in a line the worst comes first, as some editors show them.
func TestTheWorstOfALineComesFirst(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, folder := demo(t, "python-notes", `{}`, nil)
	f := e.openFile(filepath.Join(folder, "server.py"))
	got := ""
	line := -1
	for _, d := range e.published(f.uri).Diagnostics {
		if d.Range.Start.Line < line {
			t.Errorf("line %d comes behind line %d", d.Range.Start.Line, line)
		}
		line = d.Range.Start.Line
		if line == f.line("done = subprocess.run(command") || line == f.line("client.get(url") {
			got += d.Code + " "
		}
	}
	if want := "command-injection process-without-timeout server-side-request-forgery unlimited-read "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRelatedInformationOnlyWhereDeclared(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{}`))
	e.open("file:///a.py", "tool run\nBAD\n")
	if d := e.published("file:///a.py").Diagnostics[0]; d.RelatedInformation != nil {
		t.Errorf("got %+v", d.RelatedInformation)
	}
}

// TestPublishOnlyChanges: an edit that changes no diagnostic publishes nothing.
func TestPublishOnlyChanges(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", "BAD\n")
	e.published("file:///a.py")
	e.change("file:///a.py", 2, "x", 1, 0, 1, 0)
	e.settle()
	e.change("file:///a.py", 3, " ", 0, 0, 0, 0)
	if p := e.published("file:///a.py"); *p.Version != 3 {
		t.Errorf("an edit below published %+v", p)
	}
	e.change("file:///a.py", 4, "GOOD", 0, 1, 0, 4)
	if p := e.published("file:///a.py"); len(p.Diagnostics) != 0 || *p.Version != 4 {
		t.Errorf("after the fix: %+v", p)
	}
	e.settle()
	if n := e.count("textDocument/publishDiagnostics"); n != 0 {
		t.Errorf("%d further publications", n)
	}
}

// TestStaleWorkIsCancelled: an edit ends the audit of what it replaces, whose
// result is never published.
func TestStaleWorkIsCancelled(t *testing.T) {
	f := newFake()
	f.audits = make(chan string, 10)
	e := start(t, Options{}, f.engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", "SLOW BAD\n")
	if text := <-f.audits; text != "SLOW BAD\n" {
		t.Fatalf("audit of %q", text)
	}
	e.change("file:///a.py", 2, "", 0, 0, 0, 5)
	if p := e.published("file:///a.py"); *p.Version != 2 || len(p.Diagnostics) != 1 {
		t.Errorf("got %+v", p)
	}
}

// TestDiskAndEditor follows one file through its life: on disk, open, edited,
// closed, gone.
func TestDiskAndEditor(t *testing.T) {
	dir := write(t, map[string]string{"a.py": "BAD\n", "clean.py": "fine\n"})
	path := filepath.Join(dir, "a.py")
	uri := source.URIOf(path)
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient), dir)
	if p := e.published(uri); len(p.Diagnostics) != 1 || p.Version != nil {
		t.Errorf("on disk: %+v", p)
	}
	e.open(uri, "BAD\n")
	if p := e.published(uri); len(p.Diagnostics) != 1 || *p.Version != 1 {
		t.Errorf("open: %+v", p)
	}
	e.change(uri, 2, "fine", 0, 0, 0, 3)
	if p := e.published(uri); len(p.Diagnostics) != 0 {
		t.Errorf("edited: %+v", p)
	}
	e.notify("textDocument/didClose", ofDocument(uri))
	if p := e.published(uri); len(p.Diagnostics) != 1 || p.Version != nil {
		t.Errorf("closed: %+v", p)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	e.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": uri, "type": 3}}})
	if p := e.published(uri); len(p.Diagnostics) != 0 {
		t.Errorf("gone: %+v", p)
	}
	e.settle()
	if n := e.count("textDocument/publishDiagnostics"); n != 0 {
		t.Errorf("%d further publications", n)
	}
}

// TestClosedOutsideOfFolders: a file that is no part of the workspace is
// forgotten when it is closed.
func TestClosedOutsideOfFolders(t *testing.T) {
	outside := source.URIOf(filepath.Join(write(t, map[string]string{"a.py": "BAD\n"}), "a.py"))
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient), t.TempDir())
	e.open(outside, "BAD\n")
	e.published(outside)
	e.notify("textDocument/didClose", ofDocument(outside))
	if p := e.published(outside); len(p.Diagnostics) != 0 {
		t.Errorf("got %+v", p)
	}
}

// TestFolderChanges: the findings of a folder come and go with it.
func TestFolderChanges(t *testing.T) {
	one, two := write(t, map[string]string{"a.py": "BAD\n"}), write(t, map[string]string{"b.py": "BAD\n"})
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient), one)
	e.published(source.URIOf(filepath.Join(one, "a.py")))
	folder := func(path string) []any { return []any{map[string]any{"uri": source.URIOf(path), "name": "x"}} }
	e.notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": map[string]any{"added": folder(two), "removed": folder(one)}})
	if p := e.published(source.URIOf(filepath.Join(two, "b.py"))); len(p.Diagnostics) != 1 {
		t.Errorf("added: %+v", p)
	}
	if p := e.published(source.URIOf(filepath.Join(one, "a.py"))); len(p.Diagnostics) != 0 {
		t.Errorf("removed: %+v", p)
	}
}

// TestRegistration: what can only be registered at run time is.
func TestRegistration(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{"workspace":{"didChangeWatchedFiles":{"dynamicRegistration":true},"didChangeConfiguration":{"dynamicRegistration":true}}}`))
	var p struct {
		Registrations []struct{ ID, Method string }
	}
	if err := json.Unmarshal(e.told("client/registerCapability", anything), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Registrations) != 2 || p.Registrations[0].Method != "workspace/didChangeWatchedFiles" || p.Registrations[1].Method != "workspace/didChangeConfiguration" {
		t.Errorf("got %+v", p)
	}
}

// TestProgress: the audit of a workspace reports on itself, and can be stopped.
func TestProgress(t *testing.T) {
	dir := write(t, map[string]string{"a.py": "SLOW\n"})
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{"window":{"workDoneProgress":true}}`), dir)
	var begin struct {
		Token json.RawMessage
		Value struct {
			Kind        string
			Cancellable bool
		}
	}
	kind := func(want string) json.RawMessage {
		return e.told("$/progress", func(p json.RawMessage) bool { return strings.Contains(string(p), `"kind":"`+want+`"`) })
	}
	if err := json.Unmarshal(kind("begin"), &begin); err != nil || !begin.Value.Cancellable {
		t.Fatalf("got %+v, %v", begin, err)
	}
	e.notify("window/workDoneProgress/cancel", map[string]any{"token": begin.Token})
	if end := kind("end"); !strings.Contains(string(end), string(begin.Token)) {
		t.Errorf("got %s", end)
	}
}
