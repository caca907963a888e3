// Package vim tests the language server in a real Vim with ALE.
package vim

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcpaudit/editors/internal/drive"
)

// Somebody opens the demo server in Vim, sees a finding, hovers, fixes one and sees it
// clear.
func TestVim(t *testing.T) {
	const install = "apt-get install vim vim-ale"
	e := drive.Find(t, "vim", install)
	if _, err := os.Stat("/usr/share/vim-ale"); err != nil { // where Debian puts it
		if os.Getenv("CI") == "true" {
			t.Fatal("ALE is not there, and under CI it has to be: " + install)
		}
		t.Skip("ALE is not there: " + install)
	}
	// Vim wants a terminal.
	c := exec.Command("script", "-qec", "vim -N -u "+e.File("testdata/ale.vim")+" -n server.py", os.DevNull)
	e.File("mcpaudit.vim")
	c.Dir, c.Env, c.WaitDelay = e.Work, append(e.Environment(t), "TERM=xterm"), 5*time.Second
	out, err := c.CombinedOutput()
	steps, read := os.ReadFile(filepath.Join(e.Work, "steps.txt"))
	if err != nil || read != nil || !strings.HasSuffix(string(steps), "PASS\n") {
		t.Fatalf("%v, %v\n%s\n%q", err, read, steps, out)
	}
	t.Logf("%s", steps)
	drive.Shows(t, drive.ReadTable(t, e.File("../features.json")), "vim", string(steps))
}
