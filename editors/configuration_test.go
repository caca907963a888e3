// Package editors holds the set-ups of editors; here is what their configurations have in
// common.
package editors

import (
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
	for _, name := range []string{"sublime/LSP-mcpaudit.sublime-settings", "kate/lsp.json", "claude-code/.claude-plugin/plugin.json"} {
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
