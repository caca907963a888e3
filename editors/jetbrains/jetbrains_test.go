// Package jetbrains holds the template for LSP4IJ; here is what keeps it in step with the
// server.
package jetbrains

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

var update = flag.Bool("update", false, "write what is made from the server anew")

// The template has what LSP4IJ reads and nothing beside, starts the server, and maps the
// files that are audited to the languages of the protocol.
func TestTemplate(t *testing.T) {
	text, err := os.ReadFile("mcpaudit/template.json")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		ID, Name            string
		ProgramArgs         map[string]string
		ExpandConfiguration bool
		FileTypeMappings    []struct {
			FileType   struct{ Patterns []string }
			LanguageID string
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&template); err != nil {
		t.Fatal(err)
	}
	if template.ID != "mcpaudit" || template.Name == "" || !maps.Equal(template.ProgramArgs, map[string]string{"default": "mcpaudit serve"}) {
		t.Errorf("%+v", template)
	}
	if !template.ExpandConfiguration {
		t.Error("settings with dotted keys would not reach the server")
	}
	languages := map[string]string{}
	for _, m := range template.FileTypeMappings {
		for _, pattern := range m.FileType.Patterns {
			languages[strings.TrimPrefix(pattern, "*")] = m.LanguageID
		}
	}
	if got, want := slices.Sorted(maps.Keys(languages)), source.Extensions(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for extension, id := range languages {
		want := source.LanguageOf("a" + extension).String()
		switch extension {
		case ".jsx":
			want = "javascriptreact"
		case ".tsx":
			want = "typescriptreact"
		}
		if id != want {
			t.Errorf("%s is %q, want %q", extension, id, want)
		}
	}
}

// The schema of the settings is the server's, made from the same table.
func TestSettingsAreThoseOfTheServer(t *testing.T) {
	properties := map[string]any{}
	for key, o := range config.EditorSettings() {
		delete(o.(map[string]any), "scope") // VS Code's alone
		properties["mcpaudit."+key] = o
	}
	want, err := json.MarshalIndent(map[string]any{
		"$schema": "http://json-schema.org/draft-07/schema#", "title": "Settings of mcpaudit", "type": "object", "additionalProperties": false, "properties": properties,
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	const name = "mcpaudit/settings.schema.json"
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale (%v): run go test ./editors/jetbrains -update", name, err)
	}
}
