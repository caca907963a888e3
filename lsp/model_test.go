package lsp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

// The threat model opens as a document beside its picture, in the user's own folder, and
// comes as the answer too.
func TestShowThreatModel(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache)
	e, folder := demo(t, "python-notes", `{"window":{"showDocument":{"support":true}}}`, nil)
	e.answers["window/showDocument"] = map[string]any{"success": true}
	f := e.openFile(filepath.Join(folder, "server.py"))
	got := call[shownModel](e, "workspace/executeCommand", execute("mcpaudit.showThreatModel", f.uri, "dark"))
	if got.Name != "notes" || got.URI == "" || !strings.Contains(got.SVG, "</svg>") || strings.Contains(got.SVG, "prefers-color-scheme") || !strings.HasPrefix(got.Mermaid, "flowchart LR\n") {
		t.Errorf("got %.300s", got)
	}
	holds(t, got.Markdown, "# Threat model: notes", "```mermaid\n", "## Residual risk by deployment")
	var shown struct{ URI string }
	if err := json.Unmarshal(e.told("window/showDocument", anything), &shown); err != nil || shown.URI != got.URI {
		t.Errorf("%v: shown %q, answered %q", err, shown.URI, got.URI)
	}
	path, err := source.PathOf(got.URI)
	if err != nil || !strings.HasPrefix(path, cache) {
		t.Fatalf("%v: %s", err, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	picture := strings.TrimSuffix(filepath.Base(path), ".md") + ".svg"
	holds(t, string(text), "![The threat model as a picture]("+picture+")")
	if svg, err := os.ReadFile(filepath.Join(filepath.Dir(path), picture)); err != nil || string(svg) != got.SVG {
		t.Errorf("the picture beside it: %v", err)
	}
}

// Without a file it is the server with the worst finding; without support for documents
// the answer and one line are all; what makes no sense is refused.
func TestShowThreatModelElsewhere(t *testing.T) {
	e, folder := demo(t, "python-notes", `{}`, nil)
	if got := call[shownModel](e, "workspace/executeCommand", execute("mcpaudit.showThreatModel")); got.URI != "" || got.Name != "notes" || got.Markdown == "" {
		t.Errorf("got %.300s", got)
	}
	e.told("window/showMessage", func(p json.RawMessage) bool { return strings.Contains(string(p), "notes: 8 tools") })
	e.fails("workspace/executeCommand", execute("mcpaudit.showThreatModel", source.URIOf(filepath.Join(folder, "server.py")), "pink"), -32602)
	empty := write(t, map[string]string{"a.py": "print(1)\n"})
	e.fails("workspace/executeCommand", execute("mcpaudit.showThreatModel", source.URIOf(filepath.Join(empty, "a.py"))), -32602)
}

// The models of all folders come as data, with the scores in each deployment.
func TestModelsAsData(t *testing.T) {
	e, folder := demo(t, "python-notes", `{}`, nil)
	got := call[[]struct {
		Folder string
		Models struct {
			Servers []struct {
				Name     string
				Findings []struct {
					Check       string
					Deployments map[string]struct{ Band string }
				}
			}
		}
	}](e, "workspace/executeCommand", execute("mcpaudit.models"))
	if len(got) != 1 || got[0].Folder != source.URIOf(folder) || len(got[0].Models.Servers) != 1 {
		t.Fatalf("got %+v", got)
	}
	if f := got[0].Models.Servers[0].Findings[0]; f.Check != "sql-injection" || f.Deployments["remote"].Band != "Critical" {
		t.Errorf("got %+v", f)
	}
}
