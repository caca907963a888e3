// Package helix tests the language server in a real Helix, in a terminal.
package helix

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcpaudit/editors/internal/drive"
)

// Somebody opens the demo server in Helix with the configuration of this folder, sees a
// finding, reads why, sees what a tool asks, and fixes one.
func TestHelix(t *testing.T) {
	name := os.Getenv("MCPAUDIT_HELIX")
	if name == "" {
		name = "hx"
	}
	e := drive.Find(t, name, ".ci/trixie-editors fetches it, and MCPAUDIT_HELIX names it")
	tmux, err := exec.LookPath("tmux")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tmux is not there, and under CI it has to be: apt-get install tmux")
		}
		t.Skip("tmux is not there: apt-get install tmux")
	}
	home := t.TempDir()
	config, err := os.ReadFile(e.File("languages.toml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(config), `command = "mcpaudit"`, fmt.Sprintf("command = %q", e.Bin), 1)
	// The other servers are not there.
	text = strings.Replace(text, `["ruff", "jedi", "pylsp", "mcpaudit"]`, `["mcpaudit"]`, 1)
	if err := os.MkdirAll(filepath.Join(home, "helix"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "helix", "languages.toml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	screen := &screen{t: t, tmux: tmux, socket: filepath.Join(t.TempDir(), "tmux")}
	screen.run("-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "50", "-c", e.Work,
		fmt.Sprintf("env TERM=screen-256color HOME=%s XDG_CONFIG_HOME=%s XDG_CACHE_HOME=%s %s server.py", home, home, home, e.Path))
	t.Cleanup(func() { _ = exec.Command(tmux, "-S", screen.socket, "kill-server").Run() })
	screen.sees("An MCP server that keeps notes")
	screen.keys(":58", "Enter")
	screen.keys("w", "w", "w", "l")
	screen.sees("passes style to a shell")
	screen.keys("Space", "k")
	screen.sees("The server builds a command line as text")
	screen.keys("Escape")
	screen.keys(":55", "Enter")
	screen.keys("w", "w")
	screen.keys("Space", "a")
	screen.sees("export_note")
	screen.sees("Show the threat model of notes")
	screen.keys("Escape")
	screen.keys(":100", "Enter")
	screen.keys("f=", "l")
	screen.sees("Certificates are not verified")
	screen.keys("Space", "a")
	screen.sees("Verify certificates")
	screen.keys("Enter")
	screen.never("verify=False")
	screen.never("Certificates are not verified")
	screen.keys(":q!", "Enter")
}

// screen is a terminal that is looked at.
type screen struct {
	t            *testing.T
	tmux, socket string
}

func (s *screen) run(arguments ...string) string {
	s.t.Helper()
	out, err := exec.Command(s.tmux, append([]string{"-S", s.socket}, arguments...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %q: %v\n%s", arguments, err, out)
	}
	return string(out)
}

func (s *screen) keys(keys ...string) {
	s.t.Helper()
	s.run(append([]string{"send-keys"}, keys...)...)
	time.Sleep(300 * time.Millisecond) // people are no faster
}

func (s *screen) wait(what string, holds func(text string) bool) {
	s.t.Helper()
	text := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if text = s.run("capture-pane", "-p"); holds(text) {
			s.t.Logf("ok %s", what)
			return
		}
	}
	s.t.Fatalf("%s: never\n%s", what, text)
}

func (s *screen) sees(words string) {
	s.t.Helper()
	s.wait("sees "+words, func(text string) bool { return strings.Contains(text, words) })
}

func (s *screen) never(words string) {
	s.t.Helper()
	s.wait("no more "+words, func(text string) bool { return !strings.Contains(text, words) })
}
