// Package neovim tests the language server and the plugin in real Neovims.
package neovim

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"mcpaudit/editors/internal/drive"
)

// Somebody opens the demo server in a headless Neovim, sees its flaws, hovers, applies a
// fix and sees the finding clear; in another they answer a question of the threat model;
// and in one they use all that the plugin has. So they do in a newer Neovim beside the
// system's, which .ci/run fetches.
func TestNeovim(t *testing.T) {
	names := []string{"nvim"}
	if newer := os.Getenv("MCPAUDIT_NVIM"); newer != "" {
		names = append(names, newer)
	} else if os.Getenv("CI") == "true" {
		t.Error("MCPAUDIT_NVIM names no newer Neovim, and under CI it has to")
	}
	var steps strings.Builder
	for _, name := range names {
		for _, script := range []string{"e2e.lua", "model.lua", "plugin.lua", "enable.lua"} {
			e := drive.Find(t, name, "apt-get install neovim")
			e.File("lua/mcpaudit.lua")
			out, err := exec.Command(e.Path, "--version").Output()
			if err != nil {
				t.Fatalf("%s: %v", e.Path, err)
			}
			version, _, _ := strings.Cut(string(out), "\n")
			if script == "enable.lua" && (strings.HasPrefix(version, "NVIM v0.7.") || strings.HasPrefix(version, "NVIM v0.10.")) {
				continue // there is no vim.lsp.enable yet
			}
			t.Run(version+" "+script, func(t *testing.T) {
				steps.WriteString(e.Run(t, "--headless", "-u", e.File("testdata/"+script), "--noplugin", "-n", "server.py"))
			})
		}
	}
	if len(names) > 1 {
		drive.Shows(t, drive.ReadTable(t, "../features.json"), "neovim", steps.String())
	}
}
