// Package vscode holds the extension of VS Code; here is what keeps it in step with the
// server.
package vscode

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/audit/generate"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

var update = flag.Bool("update", false, "write what is made from the server anew")

// own are the settings of the extension itself.
var own = map[string]any{
	"mcpaudit.auditView.follow": map[string]any{
		"type": "boolean", "default": true, "scope": "window", "description": "The audit view goes to what was found on the line of the cursor.",
	},
	"mcpaudit.server.path": map[string]any{
		"type": "string", "default": "", "scope": "machine", "description": "A server of your own in place of the one in the package: the path of a program mcpaudit.",
	},
	"mcpaudit.statusBar": map[string]any{
		"type": "boolean", "default": true, "scope": "window", "description": "Show the worst score in the status bar.",
	},
	"mcpaudit.trace.server": map[string]any{
		"type": "string", "enum": []any{"off", "messages", "verbose"}, "default": "off", "scope": "window", "description": "What the log tells of the messages between editor and server.",
	},
}

// The settings of the extension are those of the server, made from the same table.
func TestSettingsAreThoseOfTheServer(t *testing.T) {
	want := map[string]any{}
	for key, o := range config.EditorSettings() {
		want["mcpaudit."+key] = o
	}
	for key, o := range own {
		want[key] = o
	}
	data, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	made, err := json.MarshalIndent(want, "      ", "  ")
	if err != nil {
		t.Fatal(err)
	}
	begin := bytes.Index(data, []byte(`"configuration": { "title": "mcpaudit", "properties": `))
	end := bytes.Index(data, []byte("\n  \"scripts\""))
	if begin < 0 || end < begin {
		t.Fatal("package.json has no configuration that is made here")
	}
	begin += len(`"configuration": { "title": "mcpaudit", "properties": `)
	whole := append(append(append([]byte{}, data[:begin]...), made...), append([]byte(" }\n  },"), data[end:]...)...)
	if bytes.Equal(whole, data) {
		return
	}
	if !*update {
		t.Fatal("the settings in package.json are stale: run go test ./editors/vscode -update")
	}
	if err := os.WriteFile("package.json", whole, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The schemas in the package are those of the server.
func TestSchemasAreThoseOfTheServer(t *testing.T) {
	for name, from := range map[string]string{
		"settings.json": "../../internal/config/schema.json", "threat-model.json": "../../internal/threat/threat-model.schema.json", "exception.json": "../../internal/threat/exception.schema.json",
	} {
		want, err := os.ReadFile(filepath.FromSlash(from))
		if err != nil {
			t.Fatal(err)
		}
		name = filepath.Join("schemas", name)
		if *update {
			if err := os.MkdirAll("schemas", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale (%v): run go test ./editors/vscode -update", name, err)
		}
	}
}

var large = flag.String("large", "", "write the server of 5,000 lines that the editor's tests edit into this file")

// The large server is what it is called.
func TestLargeServer(t *testing.T) {
	text := generate.Server(generate.Shape{Lang: source.Python, Lines: 5000, Tools: 60, Flaws: 40, Seed: 1})
	if n := strings.Count(text, "\n"); n < 5000 || n > 5600 {
		t.Errorf("%d lines", n)
	}
	if *large != "" {
		if err := os.WriteFile(*large, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
