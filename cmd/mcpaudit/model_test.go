package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each format of model, for one server and for several.
func TestModelFormats(t *testing.T) {
	demoServer(t, "python-notes")
	for _, c := range []struct{ format, begins, holds string }{
		{"document", "# Threat model: notes\n", "## Open questions"},
		{"mermaid", "```mermaid\nflowchart LR\n", "search_notes"},
		{"svg", "<svg xmlns=", "prefers-color-scheme"},
		{"json", "{\n  \"version\"", `"name": "notes"`},
	} {
		got := mcpaudit(t, "model", "--format", c.format)
		if got.code != exitOK || !strings.HasPrefix(got.out, c.begins) || !strings.Contains(got.out, c.holds) || got.err != "" {
			t.Errorf("%s: code %d, %q, %.200s", c.format, got.code, got.err, got.out)
		}
	}
	if got := mcpaudit(t, "model", "server.py", "--format", "svg", "--theme", "dark", "-o", "dark.svg"); got.code != exitOK || got.out != "" || strings.Contains(read(t, "dark.svg"), "prefers-color-scheme") {
		t.Errorf("code %d, %s%s", got.code, got.out, got.err)
	}
}

// Into a folder go document, picture and data, which name each other.
func TestModelIntoFolder(t *testing.T) {
	demoServer(t, "python-notes")
	got := mcpaudit(t, "model", "--output", "docs/")
	if got.code != exitOK || got.out != "" || strings.Count(got.err, "wrote docs") != 3 {
		t.Fatalf("code %d, %s%s", got.code, got.out, got.err)
	}
	if text := read(t, filepath.Join("docs", "model.md")); !strings.Contains(text, "](model.svg)") || strings.Contains(text, "```mermaid") {
		t.Errorf("the document: %.400s", text)
	}
	if text := read(t, filepath.Join("docs", "model.json")); !json.Valid([]byte(text)) {
		t.Errorf("no JSON: %.100s", text)
	}
	if !strings.HasPrefix(read(t, filepath.Join("docs", "model.svg")), "<svg") {
		t.Error("no picture")
	}
}

// Several servers are written side by side, and one of them is chosen by its folder.
func TestModelOfSeveralServers(t *testing.T) {
	demoServer(t, "python-notes")
	for _, name := range []string{"server.py", "pyproject.toml"} {
		write(t, filepath.Join("second", name), read(t, name))
	}
	if got := mcpaudit(t, "model", "--format", "svg"); got.code != exitUsage || !strings.Contains(got.err, "there are 2 servers, and an SVG shows one") || !strings.Contains(got.err, "notes (in second)") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	if got := mcpaudit(t, "model", "--format", "svg", "--server", "second"); got.code != exitOK || !strings.HasPrefix(got.out, "<svg") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	if got := mcpaudit(t, "model", "--server", "third"); got.code != exitUsage || !strings.Contains(got.err, `there is no server "third"`) {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	if got := mcpaudit(t, "model"); strings.Count(got.out, "# Threat model: notes") != 2 {
		t.Errorf("code %d, %.100s", got.code, got.out)
	}
	if got := mcpaudit(t, "model", "--output", "all/"); got.code != exitOK {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	for _, name := range []string{"model-notes.svg", "model-notes-2.svg", "model-notes-2.md", "model-notes.json"} {
		read(t, filepath.Join("all", name))
	}
}

// The answers count here as in scan; a tree that is not trusted has none. Nothing is
// written through a link, and what is no server is said.
func TestModelOfOthers(t *testing.T) {
	demoServer(t, "python-notes")
	write(t, ".mcpaudit/threat-model.yaml", "answers:\n- {question: fetch-addresses, tool: import_page, answer: anywhere, by: Ada}\n")
	if got := mcpaudit(t, "model"); !strings.Contains(got.out, "Known to stand, by the answers:") {
		t.Errorf("the answer is not in %s", got.out)
	}
	if got := mcpaudit(t, "model", "--untrusted"); strings.Contains(got.out, "Known to stand") {
		t.Error("the answer of a tree that is not trusted counts")
	}
	write(t, "mine", "mine")
	if err := os.Symlink("mine", "out.md"); err != nil {
		t.Skip(err)
	}
	if got := mcpaudit(t, "model", "-o", "out.md"); got.code != exitUsage || !strings.Contains(got.err, "is a link") || read(t, "mine") != "mine" {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	if err := os.MkdirAll("docs", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../mine", filepath.Join("docs", "model.svg")); err != nil {
		t.Fatal(err)
	}
	if got := mcpaudit(t, "model", "-o", "docs"); got.code != exitUsage || read(t, "mine") != "mine" {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	inTree(t, map[string]string{"a.py": "print(1)\n"})
	if got := mcpaudit(t, "model"); got.code != exitUsage || !strings.Contains(got.err, "there is no MCP server in .") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	if got := mcpaudit(t, "model", "a", "b"); got.code != exitUsage {
		t.Errorf("code %d", got.code)
	}
}

// The picture in the README is what the command draws.
func TestPictureOfTheREADME(t *testing.T) {
	name := filepath.Join("..", "..", "testdata", "pictures", "threat-model.svg")
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	demoServer(t, "python-notes")
	if got := mcpaudit(t, "model", "--format", "svg"); got.out != string(want) {
		t.Error("testdata/pictures/threat-model.svg is not what `mcpaudit model testdata/servers/python-notes --format svg` gives: write it anew with --output")
	}
}
