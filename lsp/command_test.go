package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

func execute(command string, arguments ...any) map[string]any {
	return map[string]any{"command": command, "arguments": arguments}
}

// TestExplain: the lesson opens as a file where the client shows documents.
func TestExplain(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	e := start(t, started(), newFake().engine)
	e.answers["window/showDocument"] = map[string]any{"success": true}
	e.initialize(capable(`{"window":{"showDocument":{"support":true}}}`))
	got := call[explained](e, "workspace/executeCommand", execute("mcpaudit.explain", "bad-word"))
	var shown struct {
		URI      string
		External bool
	}
	if err := json.Unmarshal(e.told("window/showDocument", anything), &shown); err != nil || shown.External || shown.URI != got.URI {
		t.Errorf("shown %+v, answered %+v, %v", shown, got, err)
	}
	path, err := source.PathOf(got.URI)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != got.Markdown || !strings.HasPrefix(got.Markdown, "# A bad word\n") {
		t.Errorf("%s holds %q, %v", path, text, err)
	}
	e.fails("workspace/executeCommand", execute("mcpaudit.explain"), -32602)
	e.fails("workspace/executeCommand", execute("mcpaudit.explain", 1), -32602)
	e.fails("workspace/executeCommand", execute("mcpaudit.explain", "no-check"), -32602)
	e.fails("workspace/executeCommand", execute("rm"), -32602)
}

// TestExplainOnSite: with a site the lesson opens there.
func TestExplainOnSite(t *testing.T) {
	e := start(t, started(), newFake().engine)
	e.answers["window/showDocument"] = map[string]any{"success": true}
	e.initializeWith(capable(`{"window":{"showDocument":{"support":true}}}`), json.RawMessage(`{"lessonSite":"https://one.example/"}`))
	if got := call[explained](e, "workspace/executeCommand", execute("mcpaudit.explain", "bad-word")); got.URI != "https://one.example/bad-word" {
		t.Errorf("got %+v", got)
	}
}

// TestExplainWithoutDocuments: elsewhere it is shown as a message, and answered.
func TestExplainWithoutDocuments(t *testing.T) {
	e := start(t, started(), newFake().engine)
	e.initialize(capable(`{}`))
	if got := call[explained](e, "workspace/executeCommand", execute("mcpaudit.explain", "bad-word")); got.URI != "" || got.Title != "A bad word" || got.Markdown == "" {
		t.Errorf("got %+v", got)
	}
	e.told("window/showMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), "A bad word. Words like") })
}

// TestWriteOwn: nothing is written through a link, and no name leads out of the folder.
func TestWriteOwn(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	name, err := writeOwn("lessons", "c", "one")
	if err != nil {
		t.Fatal(err)
	}
	victim := filepath.Join(cache, "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, name); err != nil {
		t.Fatal(err)
	}
	if _, err := writeOwn("lessons", "c", "two"); err == nil {
		t.Error("a link is written to")
	}
	if got, _ := os.ReadFile(victim); string(got) != "mine" {
		t.Errorf("written through the link: %q", got)
	}
	for _, bad := range []string{"../x", "a/b", `a\b`, "", "c:x"} {
		if name, err := writeOwn("lessons", bad, ""); err == nil {
			t.Errorf("%q is written to %s", bad, name)
		}
	}
}

func TestRestartAndCoverage(t *testing.T) {
	dir := write(t, map[string]string{"a.py": "tool x\nBAD\n# mcpaudit: ignore\nBAD\n"})
	e := start(t, started(), newFake().engine)
	e.initialize(capable(`{}`), dir)
	want := coverage{Files: 1, Lines: 5, Entries: 1, Findings: 1, Silenced: 1}
	got := call[coverage](e, "workspace/executeCommand", execute("mcpaudit.showCoverage"))
	if got.Notes == nil || len(got.Notes) != 0 {
		t.Errorf("notes %v", got.Notes)
	}
	if got.Notes = nil; got.Files != want.Files || got.Lines != want.Lines || got.Entries != 1 || got.Findings != 1 || got.Silenced != 1 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	e.told("window/showMessage", anything)
	uri := source.URIOf(filepath.Join(dir, "a.py"))
	e.published(uri)
	if err := os.WriteFile(filepath.Join(dir, "a.py"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	call[any](e, "workspace/executeCommand", execute("mcpaudit.restartAudit"))
	if p := e.published(uri); len(p.Diagnostics) != 0 {
		t.Errorf("got %+v", p)
	}
}
