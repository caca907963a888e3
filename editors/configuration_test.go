// Package editors holds the set-ups of editors; here is what their configurations have in
// common.
package editors

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"mcpaudit/internal/source"
)

var comments = regexp.MustCompile(`(?m)^\s*//.*$`)

// Every configuration can be read, and starts the server by the same command.
func TestConfigurationsCanBeRead(t *testing.T) {
	for _, name := range []string{"sublime/LanguageServers.sublime-settings", "kate/lsp.json", "claude-code/.claude-plugin/plugin.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(comments.ReplaceAll(text, nil), &value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(string(text), `"mcpaudit"`) || !strings.Contains(string(text), `"serve"`) {
			t.Errorf("%s does not start mcpaudit serve", name)
		}
	}
	var helix struct {
		Servers map[string]struct {
			Command string
			Args    []string
		} `toml:"language-server"`
	}
	text, err := os.ReadFile("helix/languages.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := toml.Unmarshal(text, &helix); err != nil || helix.Servers["mcpaudit"].Command != "mcpaudit" || len(helix.Servers["mcpaudit"].Args) != 1 {
		t.Errorf("helix/languages.toml: %v, %+v", err, helix)
	}
}

// Where a configuration names files, it names all that are audited and no others.
func TestConfigurationsNameTheFilesThatAreAudited(t *testing.T) {
	var claude struct {
		Servers map[string]struct{ ExtensionToLanguage map[string]string } `json:"lspServers"`
	}
	text, err := os.ReadFile("claude-code/.claude-plugin/plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &claude); err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(claude.Servers["mcpaudit"].ExtensionToLanguage)), source.Extensions(); !slices.Equal(got, want) {
		t.Errorf("claude-code: %q, want %q", got, want)
	}
}

// The extension of Zed serves every language that is audited, under the names of the
// protocol, and its two manifests are of one version.
func TestZed(t *testing.T) {
	var extension struct {
		ID, Version   string
		SchemaVersion int `toml:"schema_version"`
		Servers       map[string]struct {
			Languages   []string
			LanguageIDs map[string]string `toml:"language_ids"`
		} `toml:"language_servers"`
	}
	var crate struct {
		Package struct{ Version string }
		Lib     struct {
			Types []string `toml:"crate-type"`
		}
	}
	for name, into := range map[string]any{"zed/extension.toml": &extension, "zed/Cargo.toml": &crate} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := toml.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if extension.ID != "mcpaudit" || extension.SchemaVersion != 1 || extension.Version == "" || extension.Version != crate.Package.Version {
		t.Errorf("extension.toml: %+v, but Cargo.toml has version %s", extension, crate.Package.Version)
	}
	if !slices.Equal(crate.Lib.Types, []string{"cdylib"}) {
		t.Errorf("Zed loads a cdylib, not %q", crate.Lib.Types)
	}
	server := extension.Servers["mcpaudit"]
	ids := map[string]string{"Python": "python", "JavaScript": "javascript", "TypeScript": "typescript", "TSX": "typescriptreact", "Go": "go"}
	if !maps.Equal(server.LanguageIDs, ids) {
		t.Errorf("language_ids: %v, want %v", server.LanguageIDs, ids)
	}
	if got, want := slices.Sorted(slices.Values(server.Languages)), slices.Sorted(maps.Keys(ids)); !slices.Equal(got, want) {
		t.Errorf("languages: %q, want %q", got, want)
	}
}

// The server of Sublime Text is switched on, for every language that is audited.
func TestSublime(t *testing.T) {
	text, err := os.ReadFile("sublime/LanguageServers.sublime-settings")
	if err != nil {
		t.Fatal(err)
	}
	var servers map[string]struct {
		Enabled  bool
		Command  []string
		Selector string
		Settings map[string]any
	}
	decoder := json.NewDecoder(bytes.NewReader(comments.ReplaceAll(text, nil)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&servers); err != nil {
		t.Fatal(err)
	}
	server := servers["mcpaudit"]
	if !server.Enabled || !slices.Equal(server.Command, []string{"mcpaudit", "serve"}) {
		t.Errorf("%+v", server)
	}
	scopes := strings.Split(server.Selector, " | ")
	if want := []string{"source.python", "source.js", "source.jsx", "source.ts", "source.tsx", "source.go"}; !slices.Equal(scopes, want) {
		t.Errorf("%q, want %q", scopes, want)
	}
}
