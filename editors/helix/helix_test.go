// Package helix tests the language server in a real Helix, in a terminal.
package helix

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	text = strings.Replace(text, `args = ["serve"]`, `args = ["serve"]`+"\nconfig = { inlayScores = true }", 1)
	for name, text := range map[string]string{"languages.toml": text, "config.toml": "[editor.lsp]\ndisplay-inlay-hints = true\n"} {
		if err := os.WriteFile(filepath.Join(home, "helix", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	screen := &screen{t: t, tmux: tmux, socket: filepath.Join(t.TempDir(), "tmux")}
	screen.run("-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "50", "-c", e.Work,
		fmt.Sprintf("env TERM=screen-256color HOME=%s XDG_CONFIG_HOME=%s XDG_CACHE_HOME=%s %s server.py", home, home, home, e.Path))
	t.Cleanup(func() { _ = exec.Command(tmux, "-S", screen.socket, "kill-server").Run() })
	screen.sees("", "An MCP server that keeps notes")
	screen.keys(":58", "Enter")
	screen.keys("w", "w", "w", "l")
	screen.sees("[findings]", "passes style to a shell")
	screen.sees("[status]", "●") // Helix counts in its status line
	screen.keys("Space", "k")
	screen.sees("[hover]", "The server builds a command line as text")
	screen.keys("Escape")
	screen.sees("[inlay]", "# finding: command-injection 8.9 High")
	screen.keys("Space", "d")
	screen.sees("[list]", "sql-injection")
	screen.keys("Escape")
	screen.act("Explain this threat")
	screen.sees("", "A tool argument reaches a shell. The server builds") // as a message: Helix opens no documents
	screen.act("Accept this risk")
	screen.exists("[accept]", filepath.Join(e.Work, ".mcpaudit", "exceptions", "EX-001-command-injection.yaml"))
	screen.keys(":55", "Enter")
	screen.keys("w", "w")
	screen.act("export_note gives to the model? → Only")
	screen.exists("[answer]", filepath.Join(e.Work, ".mcpaudit", "threat-model.yaml"))
	screen.keys("Space", "a")
	screen.sees("", "Show the threat model of notes") // the last entry
	screen.keys("Up", "Enter")
	screen.sees("", "mcpaudit model writes it")
	screen.keys(":100", "Enter")
	screen.keys("f=", "l")
	screen.sees("", "Certificates are not verified")
	screen.act("Verify certificates")
	screen.never("", "verify=False")
	screen.never("[fix]", "Certificates are not verified")
	screen.keys(":q!", "Enter")
	drive.Shows(t, drive.ReadTable(t, e.File("../features.json")), "helix", screen.steps.String())
}

// screen is a terminal that is looked at.
type screen struct {
	t            *testing.T
	tmux, socket string
	steps        strings.Builder
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
			fmt.Fprintf(&s.steps, "ok %s\n", what)
			s.t.Logf("ok %s", what)
			return
		}
	}
	s.t.Fatalf("%s: never\n%s", what, text)
}

// sees waits for words; the step shows a feature of the table, or none.
func (s *screen) sees(feature, words string) {
	s.t.Helper()
	s.wait(feature+" sees "+words, func(text string) bool { return strings.Contains(text, words) })
}

func (s *screen) never(feature, words string) {
	s.t.Helper()
	s.wait(feature+" no more "+words, func(text string) bool { return !strings.Contains(text, words) })
}

func (s *screen) exists(feature, name string) {
	s.t.Helper()
	s.wait(feature+" there is "+filepath.Base(name), func(string) bool { _, err := os.Stat(name); return err == nil })
}

// act chooses one of the code actions at the cursor.
func (s *screen) act(title string) {
	s.t.Helper()
	s.keys("Space", "a")
	s.sees("", title)
	// Helix draws the chosen entry of a menu in reverse.
	chosen := regexp.MustCompile(`7m\x1b\[38;5;0m\x1b\[48;5;15m[^\x1b]*` + regexp.QuoteMeta(title))
	for range 15 {
		if chosen.MatchString(s.run("capture-pane", "-p", "-e")) {
			s.keys("Enter")
			return
		}
		s.keys("Down")
	}
	s.t.Fatalf("%s is not reached\n%s", title, s.run("capture-pane", "-p"))
}
