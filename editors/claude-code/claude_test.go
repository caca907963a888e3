// Package claudecode tests the plugin in a real Claude Code, which speaks to a model that
// is played here: no account, no key, no network.
package claudecode

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mcpaudit/editors/internal/drive"
)

// find finds Claude Code.
func find(t *testing.T) *drive.Editor {
	name := os.Getenv("MCPAUDIT_CLAUDE")
	if name == "" {
		name = "claude"
	}
	return drive.Find(t, name, ".ci/run installs it from npm, and MCPAUDIT_CLAUDE names it")
}

// claude runs Claude Code with nothing of the environment but what is said here, and gives
// what it prints. Addresses that are not of this machine lead nowhere.
func claude(t *testing.T, e *drive.Editor, home string, more []string, arguments ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, e.Path, arguments...)
	c.Dir, c.WaitDelay = e.Work, 5*time.Second
	c.Env = append([]string{
		"HOME=" + home, "PATH=" + filepath.Dir(e.Bin) + ":/usr/bin:/bin", "HTTPS_PROXY=http://127.0.0.1:9", "NO_PROXY=127.0.0.1",
		"DISABLE_AUTOUPDATER=1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
	}, more...)
	out, err := c.CombinedOutput()
	return string(out), err
}

// marketplace copies what `/plugin marketplace add` reads of a clone.
func marketplace(t *testing.T) string {
	t.Helper()
	clone := t.TempDir()
	for _, name := range []string{".claude-plugin", "editors/claude-code"} {
		if err := os.CopyFS(filepath.Join(clone, name), os.DirFS(filepath.Join("..", "..", name))); err != nil {
			t.Fatal(err)
		}
	}
	return clone
}

// The plugin and the marketplace that offers it are what Claude Code takes, without a
// warning. What is broken is refused, so the former says something.
func TestValidator(t *testing.T) {
	e := find(t)
	validate := func(folder string) (string, error) {
		return claude(t, e, t.TempDir(), nil, "plugin", "validate", "--strict", folder)
	}
	clone := marketplace(t)
	for _, folder := range []string{clone, filepath.Join(clone, "editors", "claude-code")} {
		if out, err := validate(folder); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	for broken, edit := range map[string][2]string{
		"a name with a space":         {`"name": "mcpaudit"`, `"name": "mcp audit"`},
		"a server without a command":  {`"command": "mcpaudit",`, ``},
		"a key that is none":          {`"args":`, `"arguments":`},
		"an extension without a dot":  {`".py":`, `"py":`},
		"a member that nobody reads":  {`"lspServers":`, `"languageServers":`},
		"a text that is not all JSON": {`"license"`, `license`},
	} {
		t.Run(broken, func(t *testing.T) {
			clone := marketplace(t)
			manifest := filepath.Join(clone, "editors", "claude-code", ".claude-plugin", "plugin.json")
			text, err := os.ReadFile(manifest)
			if err != nil {
				t.Fatal(err)
			}
			worse := strings.Replace(string(text), edit[0], edit[1], 1)
			if worse == string(text) {
				t.Fatalf("plugin.json has no %s", edit[0])
			}
			if err := os.WriteFile(manifest, []byte(worse), 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := validate(filepath.Join(clone, "editors", "claude-code")); err == nil {
				t.Errorf("taken:\n%s", out)
			}
		})
	}
}

// An agent writes a server. What it wrote is audited at once and it is told; it asks why,
// fixes a flaw, and is told what is left. The plugin is installed as its page says.
func TestAgent(t *testing.T) {
	e := find(t)
	file := filepath.Join(e.Work, "server.py")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	line := 1 + bytes.Count(text[:bytes.Index(text, []byte("subprocess.run("))], []byte("\n"))
	home := t.TempDir()
	for _, arguments := range [][]string{{"marketplace", "add", marketplace(t)}, {"install", "mcpaudit@mcpaudit"}} {
		if out, err := claude(t, e, home, nil, append([]string{"plugin"}, arguments...)...); err != nil {
			t.Fatalf("%q: %v\n%s", arguments, err, out)
		}
	}

	m := &model{turns: []turn{
		{tool: "Write", input: map[string]any{"file_path": file, "content": string(text)}},
		{shows: "findings", sees: []string{"<new-diagnostics>", "export_note passes style to a shell", "Certificates are not verified"}},
		{tool: "LSP", input: map[string]any{"operation": "hover", "filePath": file, "line": line, "character": 13}},
		{shows: "hover", sees: []string{"The server builds a command line as text"}},
		{tool: "Edit", input: map[string]any{"file_path": file, "old_string": "verify=False", "new_string": "verify=True"}},
		{shows: "fix", sees: []string{"<new-diagnostics>", "export_note passes style to a shell"}, never: "Certificates are not verified"},
	}}
	service := httptest.NewServer(m)
	defer service.Close()
	out, err := claude(t, e, home, []string{"ANTHROPIC_BASE_URL=" + service.URL, "ANTHROPIC_API_KEY=none"},
		"-p", "Write the server.", "--allowedTools", "Write", "Edit", "Bash", "LSP")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.Lock()
	defer m.Unlock()
	if m.wrong != "" {
		t.Fatal(m.wrong)
	}
	if m.at != len(m.turns) {
		t.Fatalf("the conversation ended at turn %d of %d:\n%s", m.at, len(m.turns), out)
	}
	drive.Shows(t, drive.ReadTable(t, e.File("../features.json")), "claude-code", m.steps.String())
}

// turn is one of the agent's: it calls a tool, or waits until it is told all of some words,
// and then never another.
type turn struct {
	tool  string
	input any
	sees  []string
	shows string // the feature of the table of editors that this shows
	never string
}

// model plays a model that follows a script.
type model struct {
	sync.Mutex
	turns  []turn
	at     int // the next turn
	waited int // in this turn
	steps  strings.Builder
	wrong  string // what it was not told, or was told wrongly
}

// conversation is what of a request counts here.
type conversation struct {
	Model    string
	Stream   bool
	Tools    []struct{ Name string }
	Messages []struct {
		Role    string
		Content json.RawMessage
	}
}

func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var c conversation
	body, err := io.ReadAll(r.Body)
	if err != nil || r.URL.Path != "/v1/messages" || json.Unmarshal(body, &c) != nil {
		http.NotFound(w, r)
		return
	}
	tool, input := "", any(nil)
	// Those without tools are asked beside the conversation, for a title.
	if slices.ContainsFunc(c.Tools, func(tool struct{ Name string }) bool { return tool.Name == "Write" }) {
		tool, input = m.next(c.news())
	}
	answer(w, c, tool, input)
}

// news is what came after the agent's last turn.
func (c conversation) news() string {
	var news strings.Builder
	for _, message := range slices.Backward(c.Messages) {
		if message.Role == "assistant" {
			break
		}
		news.Write(message.Content)
	}
	return news.String()
}

// next gives the tool that is called next, or none at the end.
func (m *model) next(news string) (tool string, input any) {
	m.Lock()
	defer m.Unlock()
	for m.at < len(m.turns) && m.wrong == "" {
		turn := m.turns[m.at]
		if turn.tool != "" {
			m.at++
			return turn.tool, turn.input
		}
		told := !slices.ContainsFunc(turn.sees, func(words string) bool { return !strings.Contains(news, words) })
		switch {
		case told && turn.never != "" && strings.Contains(news, turn.never):
			m.wrong = fmt.Sprintf("still %q in\n%s", turn.never, news)
		case told:
			fmt.Fprintf(&m.steps, "ok [%s]\n", turn.shows)
			m.at, m.waited = m.at+1, 0
		case m.waited == 40:
			m.wrong = fmt.Sprintf("never %q in\n%s", turn.sees, news)
		default:
			m.waited++
			return "Bash", map[string]any{"command": "sleep 0.5", "description": "Wait"}
		}
	}
	return "", nil
}

// answer calls a tool, or without one says that all is done.
func answer(w http.ResponseWriter, c conversation, tool string, input any) {
	id := fmt.Sprint(len(c.Messages)) // messages of one name would be one message
	block, delta, reason := map[string]any{"type": "text", "text": ""}, map[string]any{"type": "text_delta", "text": "Done."}, "end_turn"
	if tool != "" {
		arguments, _ := json.Marshal(input)
		block = map[string]any{"type": "tool_use", "id": "toolu_" + id, "name": tool, "input": map[string]any{}}
		delta, reason = map[string]any{"type": "input_json_delta", "partial_json": string(arguments)}, "tool_use"
	}
	if !c.Stream {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": "msg_" + id, "type": "message", "role": "assistant", "model": c.Model, "content": []any{map[string]any{"type": "text", "text": "Done."}},
			"stop_reason": "end_turn", "usage": map[string]any{"input_tokens": 1, "output_tokens": 1},
		})
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	for _, event := range []map[string]any{
		{"type": "message_start", "message": map[string]any{
			"id": "msg_" + id, "type": "message", "role": "assistant", "model": c.Model, "content": []any{}, "usage": map[string]any{"input_tokens": 1, "output_tokens": 1},
		}},
		{"type": "content_block_start", "index": 0, "content_block": block},
		{"type": "content_block_delta", "index": 0, "delta": delta},
		{"type": "content_block_stop", "index": 0},
		{"type": "message_delta", "delta": map[string]any{"stop_reason": reason}, "usage": map[string]any{"output_tokens": 1}},
		{"type": "message_stop"},
	} {
		data, _ := json.Marshal(event)
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event["type"], data)
	}
}
