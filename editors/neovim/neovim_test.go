// Package neovim tests the language server in a real Neovim.
package neovim

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	// The program is built by a command that the test cache does not see through.
	_ "mcpaudit/lsp"
)

// TestNeovim opens the vulnerable demo server in a headless Neovim, which sees
// its flaws, hovers, applies a fix and sees the finding clear; in another that answers a
// question of the threat model; and in one that uses all that the plugin has. Without
// Neovim it is skipped, except under CI.
func TestNeovim(t *testing.T) {
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("nvim is not installed, and under CI it has to be: apt-get install neovim")
		}
		t.Skip("nvim is not installed: apt-get install neovim")
	}
	bin := filepath.Join(t.TempDir(), "mcpaudit")
	if out, err := exec.Command("go", "build", "-o", bin, "mcpaudit/cmd/mcpaudit").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	editors := []string{nvim}
	// A newer one beside the system's; .ci/run fetches it.
	if newer := os.Getenv("MCPAUDIT_NVIM"); newer != "" {
		editors = append(editors, newer)
	} else if os.Getenv("CI") == "true" {
		t.Error("MCPAUDIT_NVIM names no newer Neovim, and under CI it has to")
	}
	for _, editor := range editors {
		out, err := exec.Command(editor, "--version").Output()
		if err != nil {
			t.Fatalf("%s: %v", editor, err)
		}
		version, _, _ := strings.Cut(string(out), "\n")
		for _, name := range []string{"e2e.lua", "model.lua", "plugin.lua"} {
			t.Run(version+" "+name, func(t *testing.T) { drive(t, editor, bin, name) })
		}
	}
}

// drive runs a script in a Neovim that has the demo server open.
func drive(t *testing.T, nvim, bin, name string) {
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(filepath.Join("..", "..", "testdata", "servers", "python-notes"))); err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	// For the same reason the scripts are opened here before Neovim reads them.
	for _, script := range []string{"testdata/" + name, "lua/mcpaudit.lua"} {
		if _, err := os.ReadFile(script); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, nvim, "--headless", "-u", filepath.Join(here, "testdata", name), "--noplugin", "-n", "server.py")
	cmd.Dir = work
	cmd.WaitDelay = 5 * time.Second
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "MCPAUDIT_BIN="+bin, "MCPAUDIT_PLUGIN="+here, "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("nvim: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}
