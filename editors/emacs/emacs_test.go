// Package emacs tests the language server and the package in a real Emacs.
package emacs

import (
	"testing"

	"mcpaudit/editors/internal/drive"
)

// Eglot opens the demo server, sees, hovers, fixes and sees the finding clear; the package
// explains, asks, and shows the threat model.
func TestEmacs(t *testing.T) {
	e := drive.Find(t, "emacs", "apt-get install emacs-nox elpa-eglot")
	drive.Shows(t, drive.ReadTable(t, e.File("../features.json")), "emacs", e.Run(t, "-q", "--batch", "-l", e.File("testdata/eglot.el")))
}
