package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// site waits until findings link to that site, which shows which settings hold.
func (e *editor) site(uri, want string) {
	e.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		p := call[pulled](e, "textDocument/diagnostic", pullParams(uri, ""))
		got := p.Items[0].CodeDescription.Href
		if strings.HasPrefix(got, want) {
			return
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("the lesson is at %s, want %s", got, want)
		}
		time.Sleep(time.Millisecond)
	}
}

func started() Options { return Options{Config: config.Default()} }

func TestInitializationOptions(t *testing.T) {
	for _, options := range []string{`{"lessonSite":"https://one.example"}`, `{"mcpaudit":{"lessonSite":"https://one.example"}}`} {
		e := start(t, started(), newFake().engine)
		e.initializeWith(capable(pullingClient), json.RawMessage(options))
		e.open("file:///a.py", "BAD\n")
		e.site("file:///a.py", "https://one.example/bad-word")
	}
}

// TestPulledConfiguration: the client's section is pulled, and pulled again when
// it changes, over the initialization options.
func TestPulledConfiguration(t *testing.T) {
	e := start(t, started(), newFake().engine)
	e.answers["workspace/configuration"] = []any{map[string]any{"lessonSite": "https://two.example"}}
	e.initializeWith(capable(`{"textDocument":{"diagnostic":{"codeDescriptionSupport":true,"dataSupport":true}},"workspace":{"configuration":true}}`), json.RawMessage(`{"lessonSite":"https://one.example"}`))
	e.open("file:///a.py", "BAD\n")
	e.told("workspace/configuration", func(p json.RawMessage) bool { return strings.Contains(string(p), `"section":"mcpaudit"`) })
	e.site("file:///a.py", "https://two.example/")
	e.notify("workspace/didChangeConfiguration", map[string]any{"settings": nil})
	e.told("workspace/configuration", anything)
	e.site("file:///a.py", "https://two.example/")
}

// Each folder has the settings that the editor gives for it, also one that comes later,
// and what is wrong with them is said once.
func TestPulledConfigurationOfFolders(t *testing.T) {
	one, two := write(t, map[string]string{"a.py": ""}), write(t, map[string]string{"a.py": ""})
	f := newFake()
	e := start(t, started(), f.engine)
	wrong := map[string]any{"wat": 1}
	e.answers["workspace/configuration"] = []any{wrong, map[string]any{"minConfidence": "high", "wat": 1}, nil}
	e.initialize(capable(`{"workspace":{"configuration":true}}`), one, two)
	e.told("window/logMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), "wat") })
	e.settle()
	if got := minConfidence(f, one) + " " + minConfidence(f, two); got != "high low" {
		t.Errorf("got %s", got)
	}
	if n := e.count("window/logMessage"); n != 0 {
		t.Errorf("the mistake is said %d times more", n)
	}
	asked := func(folder string) {
		t.Helper()
		e.told("workspace/configuration", func(p json.RawMessage) bool {
			return strings.Contains(string(p), `"scopeUri":"`+source.URIOf(folder)+`"`)
		})
	}
	asked(two)
	three := write(t, map[string]string{"a.py": ""})
	e.notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": map[string]any{"added": []any{map[string]string{"uri": source.URIOf(three)}}, "removed": []any{}}})
	asked(three)
}

// TestPushedConfiguration: a client that cannot be asked sends its settings, with
// or without our section around them.
func TestPushedConfiguration(t *testing.T) {
	e := start(t, started(), newFake().engine)
	e.initialize(capable(pullingClient))
	e.open("file:///a.py", "BAD\n")
	for _, site := range []string{"https://one.example", "https://two.example"} {
		e.notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"mcpaudit": map[string]any{"lessonSite": site}}})
		e.site("file:///a.py", site)
	}
	e.notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"lessonSide": "x"}})
	e.told("window/logMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), "lessonSide") })
}

func minConfidence(f *fake, folder string) string { return f.configs[folder].MinConfidence }

// TestSettingsFile: the folder's file holds over the editor's settings, is read
// again when it changes, and not at all where the workspace is not trusted.
func TestSettingsFile(t *testing.T) {
	dir := write(t, map[string]string{".mcpaudit.yaml": "minConfidence: high\n"})
	file := filepath.Join(dir, ".mcpaudit.yaml")
	f := newFake()
	e := start(t, started(), f.engine)
	e.initialize(capable(pullingClient), dir)
	e.settle()
	if got := minConfidence(f, dir); got != "high" {
		t.Errorf("at first %s", got)
	}
	if err := os.WriteFile(file, []byte("minConfidence: medium\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": source.URIOf(file), "type": 2}}})
	e.settle()
	if got := minConfidence(f, dir); got != "medium" {
		t.Errorf("after the change on disk %s", got)
	}
	if err := os.WriteFile(file, []byte("minConfidence: 7\nwat: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e.notify("textDocument/didSave", ofDocument(source.URIOf(file)))
	for _, key := range []string{"minConfidence", "wat"} {
		e.told("window/logMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), key) })
	}
	e.settle()
	if got := minConfidence(f, dir); got != "low" {
		t.Errorf("after the mistake %s", got)
	}
}

func TestUntrusted(t *testing.T) {
	dir := write(t, map[string]string{".mcpaudit.yaml": "minConfidence: high\n"})
	tests := []struct {
		name    string
		options Options
		initial string
	}{
		{"by the program", Options{Config: config.Default(), Untrusted: true}, `{}`},
		{"by the editor", started(), `{"untrusted":true}`},
		{"by the editor, in our section", started(), `{"mcpaudit":{"untrusted":true}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, untrusted := newFake(), false
			e := start(t, test.options, func(u bool) engine { untrusted = u; return f })
			e.initializeWith(capable(pullingClient), json.RawMessage(test.initial), dir)
			e.settle()
			if !untrusted || minConfidence(f, dir) != "low" {
				t.Errorf("untrusted %t, settings %+v", untrusted, f.configs)
			}
			e.fails("workspace/executeCommand", map[string]any{"command": "x"}, -32602)
		})
	}
}

// TestRules: the checks of a workspace join the catalogue, again when they change,
// unless the workspace is not trusted.
func TestRules(t *testing.T) {
	dir := write(t, map[string]string{".mcpaudit/checks/mine.md": "", "rules/x.yaml": "", ".mcpaudit.yaml": "rules: [rules]\n"})
	mine := filepath.Join(dir, ".mcpaudit", "checks", "mine.md")
	for _, untrusted := range []bool{false, true} {
		var loaded []string
		o := started()
		o.Untrusted = untrusted
		o.Rules = func(paths []string) (*checks.Catalogue, error) {
			loaded = append(loaded, strings.Join(paths, " "))
			return nil, nil
		}
		f := newFake()
		e := start(t, o, f.engine)
		e.initialize(capable(pullingClient), dir)
		e.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": source.URIOf(mine), "type": 2}}})
		e.notify("textDocument/didSave", ofDocument(source.URIOf(mine)))
		e.settle()
		want := strings.Repeat(","+filepath.Join(dir, "rules")+" "+filepath.Dir(mine), 3)
		if untrusted {
			want = ""
		}
		if got := strings.Join(append([]string{""}, loaded...), ","); got != want || len(f.catalogues) != len(loaded) {
			t.Errorf("untrusted %t: loaded %q, want %q", untrusted, got, want)
		}
	}
}
