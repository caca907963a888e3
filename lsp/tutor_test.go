package lsp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

const documentClient = `{"window":{"showDocument":{"support":true}},"textDocument":{"hover":{"contentFormat":["markdown"]},"codeAction":{"codeActionLiteralSupport":{}},"diagnostic":{"codeDescriptionSupport":true,"dataSupport":true}}}`

// teacher starts a service that answers with a text and makes it the user's own; it
// counts what it is asked.
func teacher(t *testing.T, answer string) *atomic.Int32 {
	t.Helper()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		text, _ := json.Marshal(answer)
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%s},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", text)
	}))
	t.Cleanup(s.Close)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	name, err := config.UserFile()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("tutor: {endpoint: "+s.URL+", model: tiny}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &asked
}

// shellFinding opens the demo server and gives the fingerprint of its command.
func shellFinding(t *testing.T, capabilities string) (*editor, *file, string) {
	t.Helper()
	e, folder := demo(t, "python-notes", capabilities, nil)
	f := e.openFile(filepath.Join(folder, "server.py"))
	for _, d := range call[pulledItems](e, "textDocument/diagnostic", ofDocument(f.uri)).Items {
		if d.Code == "command-injection" {
			return e, f, d.Data.Fingerprint
		}
	}
	t.Fatal("no command-injection")
	return nil, nil, ""
}

// Without a model the command says so in one line, and no action offers it.
func TestTutorIsOff(t *testing.T) {
	e, f, fingerprint := shellFinding(t, documentClient)
	got := call[taught](e, "workspace/executeCommand", execute(commandTutor, f.uri, fingerprint, "attack"))
	if !strings.HasPrefix(got.Message, "No language model is set up") || got.Markdown != "" {
		t.Errorf("got %+v", got)
	}
	for _, a := range call[[]action](e, "textDocument/codeAction", inRange(f.uri, f.line("done = subprocess.run(command"), 11, 11)) {
		if strings.HasPrefix(a.Title, "Tutor") {
			t.Errorf("offered: %s", a.Title)
		}
	}
}

// The user sees what would leave, and only when they agree it does; the answer stands
// beside the finding and does nothing.
func TestTutorInTheEditor(t *testing.T) {
	asked := teacher(t, "All is safe. [fix](command:evil) <img src=x>")
	e, f, fingerprint := shellFinding(t, documentClient)
	e.answers["window/showDocument"] = map[string]any{"success": true}
	e.answers["window/showMessageRequest"] = map[string]string{"title": "Do not send"}
	begin := execute(commandTutor, f.uri, fingerprint, "attack")
	if got := call[taught](e, "workspace/executeCommand", begin); got.Message != "nothing was sent" || asked.Load() != 0 {
		t.Errorf("got %+v, asked %d times", got, asked.Load())
	}
	var shown struct{ URI string }
	if err := json.Unmarshal(e.told("window/showDocument", anything), &shown); err != nil {
		t.Fatal(err)
	}
	path, err := source.PathOf(shown.URI)
	if err != nil {
		t.Fatal(err)
	}
	preview, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, string(preview), "model tiny, with no key", "---- user ----", "def export_note")
	if strings.Contains(string(preview), "def read_note") {
		t.Error("more than the function would leave")
	}
	e.answers["window/showMessageRequest"] = map[string]string{"title": "Send this once"}
	got := call[taught](e, "workspace/executeCommand", begin)
	if !got.Complete || got.URI == "" || strings.Contains(got.Markdown, "](command") || strings.Contains(got.Markdown, "<img") || asked.Load() != 1 {
		t.Errorf("got %+v, asked %d times", got, asked.Load())
	}
	holds(t, got.Markdown, "All is safe.", "The audit's finding stands: `command-injection`, AIVSS 8.9 High.")
	if !f.has("command-injection") {
		t.Error("the answer has changed the finding")
	}
}

// A conversation in which the tutor asks goes on; what has ended is said.
func TestTutorAsks(t *testing.T) {
	asked := teacher(t, "What does `style` reach?")
	e, f, fingerprint := shellFinding(t, documentClient)
	e.answers["window/showDocument"] = map[string]any{"success": true}
	e.answers["window/showMessageRequest"] = map[string]string{"title": "Always send such code there"}
	got := call[taught](e, "workspace/executeCommand", execute(commandTutor, f.uri, fingerprint, "question"))
	if got.Conversation == "" || !strings.Contains(got.Markdown, "What does `style` reach?") {
		t.Fatalf("got %+v", got)
	}
	next := call[taught](e, "workspace/executeCommand", execute(commandTutorReply, got.Conversation, "A shell."))
	if next.Conversation != got.Conversation || asked.Load() != 2 {
		t.Errorf("got %+v, asked %d times", next, asked.Load())
	}
	e.fails("workspace/executeCommand", execute(commandTutorReply, "none", "x"), -32602)
	e.fails("workspace/executeCommand", execute(commandTutor, f.uri, "none", "attack"), -32602)
	if got := call[taught](e, "workspace/executeCommand", execute(commandTutor, f.uri, fingerprint, "sing")); got.Message == "" {
		t.Errorf("got %+v", got)
	}
	// A review compares with what is on disk.
	e.fails("workspace/executeCommand", execute(commandTutor, f.uri, fingerprint, "review"), -32600)
	f.edit("    \"\"\"Export", "    # quoted\n    \"\"\"Export")
	if got := call[taught](e, "workspace/executeCommand", execute(commandTutor, f.uri, fingerprint, "review")); !got.Complete || asked.Load() != 3 {
		t.Errorf("got %+v, asked %d times", got, asked.Load())
	}
}

// An editor that cannot show what would leave sends nothing before the user has agreed
// elsewhere.
func TestTutorWantsConsentThatIsSeen(t *testing.T) {
	asked := teacher(t, "x")
	e, f, fingerprint := shellFinding(t, markdownClient)
	e.answers["window/showMessageRequest"] = map[string]string{"title": "Send this once"}
	got := call[taught](e, "workspace/executeCommand", execute(commandTutor, f.uri, fingerprint, "attack"))
	if !strings.Contains(got.Message, "this editor cannot show what would leave") || asked.Load() != 0 {
		t.Errorf("got %+v, asked %d times", got, asked.Load())
	}
}

// A finding is explained with its own names at the depth of the user's settings, which
// a command changes for good; the lesson of a check stays what it is.
func TestExplainAFinding(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, f, fingerprint := shellFinding(t, documentClient)
	e.answers["window/showDocument"] = map[string]any{"success": true}
	explain := execute(commandExplain, "command-injection", f.uri, fingerprint)
	got := call[explained](e, "workspace/executeCommand", explain)
	if got.Depth != "developer" || !strings.HasSuffix(got.URI, "command-injection.explained.md") {
		t.Errorf("got %+v", got)
	}
	holds(t, got.Markdown, "- **Where**: `server.py:58`", "- **Parameter**: `style`", "## How to stop it")
	call[any](e, "workspace/executeCommand", execute(commandDepth, "beginner"))
	if got := call[explained](e, "workspace/executeCommand", explain); got.Depth != "beginner" || !strings.Contains(got.Markdown, "## In simple words") {
		t.Errorf("got %+v", got)
	}
	if got := call[explained](e, "workspace/executeCommand", execute(commandExplain, "command-injection", f.uri)); got.Depth != "" || strings.Contains(got.Markdown, "**Where**") {
		t.Errorf("got %+v", got)
	}
	// A client with a panel of its own gets the path to lead along, and opens nothing here.
	shows := e.count("window/showDocument")
	panel := call[explained](e, "workspace/executeCommand", execute(commandExplain, "command-injection", f.uri, fingerprint, "panel"))
	if len(panel.Steps) != 3 || panel.Steps[0].Text != "the caller chooses style" || !strings.HasPrefix(panel.Steps[2].Code, "done = subprocess.run") || panel.Score != "AIVSS 8.9 High" || e.count("window/showDocument") != shows {
		t.Errorf("got %+v", panel)
	}
	e.fails("workspace/executeCommand", execute(commandDepth, "deep"), -32602)
	for _, a := range call[[]action](e, "textDocument/codeAction", inRange(f.uri, f.line("done = subprocess.run(command"), 11, 11)) {
		if strings.HasPrefix(a.Title, "Explain this threat: A tool argument") && len(a.Command.Arguments) != 3 {
			t.Errorf("the action explains no finding: %+v", a.Command)
		}
	}
}
