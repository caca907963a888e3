package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.lsp.dev/protocol"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
)

// demo starts an editor with a copy of a demo server and its real audit.
func demo(t testing.TB, name, capabilities string, options any) (e *editor, folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("..", "testdata", "servers", name))); err != nil {
		t.Fatal(err)
	}
	catalogue, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Catalogue: catalogue, Config: config.Default()}
	e = start(t, o, func(untrusted bool) engine { return newEngine(o, untrusted) })
	e.initializeWith(capable(capabilities), options, folder)
	return e, folder
}

const markdownClient = `{"textDocument":{"hover":{"contentFormat":["markdown"]},"codeAction":{"codeActionLiteralSupport":{},"isPreferredSupport":true},"diagnostic":{"codeDescriptionSupport":true,"dataSupport":true}}}`

// file is an open document of the demo server.
type file struct {
	e         *editor
	uri, text string
	version   int
}

func (e *editor) openFile(path string) *file {
	e.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	f := &file{e: e, uri: source.URIOf(path), text: string(text), version: 1}
	e.open(f.uri, f.text)
	return f
}

// line gives the line, from 0, that holds some words.
func (f *file) line(words string) int {
	f.e.t.Helper()
	before, _, ok := strings.Cut(f.text, words)
	if !ok {
		f.e.t.Fatalf("no %q in the file", words)
	}
	return strings.Count(before, "\n")
}

func (f *file) edit(old, with string) {
	f.e.t.Helper()
	f.line(old)
	f.text = strings.Replace(f.text, old, with, 1)
	f.version++
	f.e.change(f.uri, f.version, f.text)
}

func (f *file) hover(words string) string {
	f.e.t.Helper()
	return call[hovered](f.e, "textDocument/hover", at(f.uri, f.line(words), 6)).Contents.Value
}

// score gives the parts of a finding's hover that speak of autonomy and of the score.
func (f *file) factor(words string) string {
	f.e.t.Helper()
	line := f.line(words)
	column := strings.Index(strings.Split(f.text, "\n")[line], words)
	text := call[hovered](f.e, "textDocument/hover", at(f.uri, line, column)).Contents.Value
	for l := range strings.Lines(text) {
		if strings.Contains(l, "autonomy") {
			return l
		}
	}
	return ""
}

// eventually waits for something that the server does in its own time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never comes to pass that %s", what)
		}
	}
}

func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

// A hover asks, an answer is given, the factor and the three scores change, the file
// shows it, the code is edited, the answer turns stale and is asked again.
func TestQuestionIsAskedAnsweredAndAskedAgain(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, nil)
	f := e.openFile(filepath.Join(folder, "server.py"))

	// The card tells what the tool can do and asks.
	card := f.hover("def import_page")
	holds(t, card, "**tool import_page**", "writes files (`pathlib.Path.write_text` line 68)", "`url` (any text)",
		"this server has 3 of the three", "**Found**", "questions answered", "Answer by a code action or the lens")

	// The code actions of the line answer the question that the card asks. Others
	// come before the one about confirmation.
	var answered []string
	var first, last recorded
	for range 30 {
		var actions []action
		for _, a := range call[[]action](e, "textDocument/codeAction", inRange(f.uri, f.line("def import_page"), 0, 0)) {
			if a.Kind == kindThreatModel {
				actions = append(actions, a)
			}
		}
		if len(actions) == 0 {
			break
		}
		holds(t, f.hover("def import_page"), strings.TrimSuffix(strings.Split(actions[0].Title, " → ")[0], "?"))
		pick := actions[0]
		for _, a := range actions {
			if strings.Contains(a.Title, "→ Yes, a person reads and confirms every call") {
				pick = a
			}
		}
		last = call[recorded](e, "workspace/executeCommand", pick.Command)
		if len(answered) == 0 {
			first = last
		}
		answered = append(answered, last.Question)
		if last.Question == "who-confirms" {
			break
		}
	}
	if last.Question != "who-confirms" || last.Answer != "every-call" {
		t.Fatalf("answered %v, the last %+v", answered, last)
	}
	if len(last.Scores) != 3 {
		t.Fatalf("scores %+v", last.Scores)
	}
	for i, s := range last.Scores {
		if s.After == first.Scores[i].Before {
			t.Errorf("%s: the score stays at %s", s.Deployment, s.After)
		}
	}
	holds(t, f.factor("client.get(url"), "| 0.0 |", "answer: who-confirms")

	book, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(threat.BookFile)))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, string(book), "- question: who-confirms\n    tool: import_page\n    file: server.py\n    answer: every-call\n", "evidence: server.py:6", "code: ", "by: ", "at: ")

	// An edit of the tool makes its answers stale: the factor falls back, and the lens
	// and the hover ask again.
	f.edit("timeout=20", "timeout=21")
	eventually(t, "the answer turns stale", func() bool {
		return !strings.Contains(f.factor("client.get(url"), "answer")
	})
	holds(t, f.hover("def import_page"), "The code has changed since")
	again := false
	for _, l := range call[[]protocol.CodeLens](e, "textDocument/codeLens", ofDocument(f.uri)) {
		again = again || strings.HasPrefix(l.Command.Title, "asks again, the code has changed: ")
	}
	if !again {
		t.Error("no lens asks again")
	}

	// Taken back, the edit leaves the answer as good as it was.
	f.edit("timeout=21", "timeout=20")
	eventually(t, "the answer holds again", func() bool {
		return strings.Contains(f.factor("client.get(url"), "answer")
	})
}

// A client that executes command links gets them, encoded so that no name of the code
// can end them; others get none.
func TestCommandLinks(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, map[string]any{"commandLinks": true})
	f := e.openFile(filepath.Join(folder, "server.py"))
	holds(t, f.hover("def import_page"), "](command:mcpaudit.answer?%5B%22file%3A%2F%2F")
	e, folder = demo(t, "python-notes", markdownClient, nil)
	f = e.openFile(filepath.Join(folder, "server.py"))
	if text := f.hover("def import_page"); strings.Contains(text, "command:") {
		t.Errorf("a command link in\n%s", text)
	}
	link := commandLink("c", "x](y)+ \")")
	if strings.ContainsAny(strings.TrimPrefix(link, "command:c?"), `()[]" +`) {
		t.Errorf("link %s", link)
	}
}

// The lens asks by a message with the answers as buttons, and not sure brings how to
// find out.
func TestLensAsksByMessage(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, nil)
	f := e.openFile(filepath.Join(folder, "server.py"))
	e.answers["window/showMessageRequest"] = map[string]string{"title": "Not sure: tell me how to find out"}
	var lens *protocol.Command
	for _, l := range call[[]protocol.CodeLens](e, "textDocument/codeLens", ofDocument(f.uri)) {
		if strings.HasPrefix(l.Command.Title, "asks: ") && int(l.Range.Start.Line) == f.line("def import_page") {
			lens = l.Command
		}
	}
	if lens == nil {
		t.Fatal("no lens asks about import_page")
	}
	r := call[recorded](e, "workspace/executeCommand", lens)
	if r.Answer != threat.NotSure || r.Markdown == "" || !strings.HasPrefix(r.Message, "To find out: ") {
		t.Errorf("got %+v", r)
	}
	e.told("window/showMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), "To find out: ") })
}

// In an untrusted workspace nobody reads the answers, and none is kept.
func TestUntrustedWorkspaceKeepsNoAnswers(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, map[string]any{"untrusted": true})
	if err := os.MkdirAll(filepath.Join(folder, ".mcpaudit"), 0o700); err != nil {
		t.Fatal(err)
	}
	book := "answers:\n  - question: who-confirms\n    tool: import_page\n    file: server.py\n    answer: every-call\n"
	if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(threat.BookFile)), []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	f := e.openFile(filepath.Join(folder, "server.py"))
	e.notify("textDocument/didSave", ofDocument(source.URIOf(filepath.Join(folder, filepath.FromSlash(threat.BookFile)))))
	holds(t, f.hover("def import_page"), "not trusted")
	if text := f.factor("client.get(url"); strings.Contains(text, "answer") {
		t.Errorf("the answer counts: %s", text)
	}
	for _, a := range call[[]action](e, "textDocument/codeAction", inRange(f.uri, f.line("def import_page"), 0, 0)) {
		if a.Kind == kindThreatModel && a.Command.Command != commandModel {
			t.Errorf("offered: %s", a.Title)
		}
	}
	e.fails("workspace/executeCommand", map[string]any{"command": commandAnswer, "arguments": []string{f.uri, "import_page", "who-confirms", "nobody"}}, -32600)
}

// A book with a merge conflict is not written over, and says so.
func TestConflictedBookIsNotWritten(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, nil)
	name := filepath.Join(folder, filepath.FromSlash(threat.BookFile))
	conflict := "answers:\n<<<<<<< ours\n=======\n>>>>>>> theirs\n"
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(conflict), 0o600); err != nil {
		t.Fatal(err)
	}
	f := e.openFile(filepath.Join(folder, "server.py"))
	m := e.reply(e.send("workspace/executeCommand", map[string]any{"command": commandAnswer, "arguments": []string{f.uri, "import_page", "who-confirms", "nobody"}}))
	if m.Error == nil || !strings.Contains(m.Error.Message, "has errors") {
		t.Errorf("got %s %+v", m.Result, m.Error)
	}
	if kept, _ := os.ReadFile(name); string(kept) != conflict {
		t.Errorf("the file is now %q", kept)
	}
}

// codeSpan is a span of Markdown code, in which nothing is markup.
var codeSpan = regexp.MustCompile("`[^`\n]*`")

// Names of the code that look like markup, links or commands stay text in the card.
func TestCardEscapesTheCode(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "server.py")
	hostile := "from mcp.server.fastmcp import FastMCP\nimport subprocess\nmcp = FastMCP(\"x](command:evil) <img src=x>\")\n\n@mcp.tool(name=\"a](command:evil) ![x](http://e/x.png)\")\ndef run(cmd: str) -> str:\n    \"\"\"Run.\"\"\"\n    return subprocess.run(cmd, shell=True).stdout\n"
	if err := os.WriteFile(path, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	catalogue, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Catalogue: catalogue, Config: config.Default()}
	e := start(t, o, func(untrusted bool) engine { return newEngine(o, untrusted) })
	e.initializeWith(capable(markdownClient), map[string]any{"commandLinks": true}, folder)
	f := e.openFile(path)
	for _, words := range []string{"@mcp.tool(name=", "mcp = FastMCP"} {
		text := f.hover(words)
		if text == "" {
			t.Fatalf("no card at %s", words)
		}
		rest := codeSpan.ReplaceAllString(strings.ReplaceAll(text, "](command:mcpaudit.answer?", ""), "")
		for _, bad := range []string{`[^\\]\]\(command:`, `<img`, `!\[x`, `[^\\]\]\(http`} {
			if regexp.MustCompile(bad).MatchString(rest) {
				t.Errorf("%q is in\n%s", bad, text)
			}
		}
	}
}
