// Package editors holds the set-ups of editors; here is what their configurations have in
// common.
package editors

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

var comments = regexp.MustCompile(`(?m)^\s*//.*$`)

// Every configuration can be read, and starts the server by the same command.
func TestConfigurationsCanBeRead(t *testing.T) {
	for _, name := range []string{"sublime/LSP-mcpaudit.sublime-settings", "kate/lsp.json", "claude-code/.lsp.json", "claude-code/.claude-plugin/plugin.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(comments.ReplaceAll(text, nil), &value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.HasSuffix(name, "plugin.json") && (!strings.Contains(string(text), `"mcpaudit"`) || !strings.Contains(string(text), `"serve"`)) {
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
