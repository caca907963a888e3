// Package emacs tests the language server and the package in a real Emacs.
package emacs

import (
	"os"
	"path/filepath"
	"testing"

	"mcpaudit/editors/internal/drive"
)

// Eglot opens the demo server, sees, hovers, fixes and sees the finding clear; the package
// explains, asks, and shows the threat model.
func TestEmacs(t *testing.T) {
	e := drive.Find(t, "emacs", "apt-get install emacs-nox elpa-eglot")
	drive.Shows(t, drive.ReadTable(t, e.File("../features.json")), "emacs", e.Run(t, "-q", "--batch", "-l", e.File("testdata/eglot.el")))
}

// With lsp-mode the audit runs beside another server of the buffer, and all that works in
// eglot works there.
func TestLSPMode(t *testing.T) {
	e := drive.Find(t, "emacs", "apt-get install emacs-nox")
	e.File("testdata/other.py")
	for _, name := range []string{"lsp-mode", "flycheck"} {
		if found, err := filepath.Glob("/usr/share/emacs/site-lisp/elpa-src/" + name + "-*"); err != nil || len(found) == 0 {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not there, and under CI it has to be: apt-get install elpa-%s", name, name)
			}
			t.Skipf("%s is not there: apt-get install elpa-%s", name, name)
		}
	}
	drive.Shows(t, drive.ReadTable(t, e.File("../features.json")), "lsp-mode", e.Run(t, "-q", "--batch", "-l", e.File("testdata/lsp-mode.el")))
}
