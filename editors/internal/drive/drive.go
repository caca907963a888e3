// Package drive runs a real editor on a copy of the demo server, for the tests of the
// editors.
package drive

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	// The program is built by a command that the test cache does not see through.
	_ "mcpaudit/lsp"
)

// Editor is an editor with a server to edit.
type Editor struct {
	Path string // of its program
	Work string // the folder with the demo server
	Bin  string // the language server
	here string
}

// Find finds an editor by its name, or by its path if the environment has it. Without it
// the test is skipped, except under CI.
func Find(t *testing.T, name, install string) *Editor {
	t.Helper()
	path, err := exec.LookPath(name) // a path is taken as it is
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not there, and under CI it has to be: %s", name, install)
		}
		t.Skipf("%s is not there: %s", name, install)
	}
	e := &Editor{Path: path, Work: t.TempDir(), Bin: filepath.Join(t.TempDir(), "mcpaudit")}
	if out, err := exec.Command("go", "build", "-o", e.Bin, "mcpaudit/cmd/mcpaudit").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if e.here, err = os.Getwd(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(e.Work, os.DirFS(filepath.Join("..", "..", "testdata", "servers", "python-notes"))); err != nil {
		t.Fatal(err)
	}
	return e
}

// File gives the path of a file in the folder of the test. It is read here, so that the
// test cache knows of it.
func (e *Editor) File(name string) string {
	name = filepath.Join(e.here, filepath.FromSlash(name))
	if _, err := os.ReadFile(name); err != nil {
		panic(err)
	}
	return name
}

// Environment gives that of the editor: a home of its own, and where our things are.
func (e *Editor) Environment(t *testing.T) []string {
	home := t.TempDir()
	return append(os.Environ(), "MCPAUDIT_BIN="+e.Bin, "MCPAUDIT_PLUGIN="+e.here, "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "XDG_CACHE_HOME="+home)
}

// Run runs the editor, which has to end well, and logs what it prints.
func (e *Editor) Run(t *testing.T, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, e.Path, arguments...)
	c.Dir, c.Env, c.WaitDelay = e.Work, e.Environment(t), 5*time.Second
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(e.Path), err, out)
	}
	t.Logf("%s", out)
	return string(out)
}
