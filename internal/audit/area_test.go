package audit

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
)

// ownCheck is a check document with which a folder forbids a function.
const ownCheck = `---
id: own-check
title: A forbidden call
message: forbidden is called
class: injection
cwe: [1]
maps: {owasp-mcp: [MCP05]}
confidence: high
rule:
  - languages: [python]
    pattern: forbidden(...)
---
# A forbidden call
It is forbidden.
## Vulnerable
` + "```python\nforbidden()  # finding\n```\n## Safe\n```python\nallowed()\n```\n"

// flawed has a finding of a check of ours, and forbidden one of ownCheck.
const (
	flawed    = "import requests\n\nrequests.get('https://example.org', verify=False)\n"
	forbidden = "forbidden()\n"
)

// folders is a workspace on disk.
type folders struct {
	*Workspace
	t   *testing.T
	dir string
}

func newFolders(t *testing.T, files map[string]string, open ...string) *folders {
	t.Helper()
	f := &folders{New(options(t)), t, t.TempDir()}
	for name, text := range files {
		file := f.path(name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f.folders(open...)
	return f
}

func (f *folders) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

func (f *folders) folders(names ...string) {
	var paths []string
	for _, name := range names {
		paths = append(paths, f.path(name))
	}
	f.SetFolders(paths)
}

// set changes the settings of a folder, "" for the files in none.
func (f *folders) set(name string, change func(c *config.Config)) {
	folder := ""
	if name != "" {
		folder = f.path(name)
	}
	c := f.Snapshot().Config(folder)
	change(&c)
	f.SetConfig(folder, c)
}

func level(of string) func(c *config.Config) {
	return func(c *config.Config) { c.Checks = map[string]string{"tls-verification-disabled": of} }
}

func exclude(patterns ...string) func(c *config.Config) {
	return func(c *config.Config) { c.Exclude = patterns }
}

// results gives the audit of all files by name.
func (f *folders) results(s *Snapshot) map[string]*FileResult {
	f.t.Helper()
	all, err := s.AuditAll(context.Background(), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	named := map[string]*FileResult{}
	for _, res := range all {
		name, err := filepath.Rel(f.dir, res.Path)
		if err != nil {
			f.t.Fatal(err)
		}
		named[filepath.ToSlash(name)] = res
	}
	return named
}

// shows compares what is found in the files of a snapshot: "name: check level, …".
func (f *folders) shows(when string, s *Snapshot, want ...string) {
	f.t.Helper()
	var got []string
	results := f.results(s)
	for _, name := range slices.Sorted(maps.Keys(results)) {
		var found []string
		for _, x := range results[name].Findings {
			found = append(found, x.Check+" "+x.Level.String())
		}
		got = append(got, name+": "+strings.Join(found, ", "))
	}
	if !slices.Equal(got, want) {
		f.t.Errorf("%s:\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEachFolderHasItsSettings(t *testing.T) {
	f := newFolders(t, map[string]string{
		"a/x.py": flawed, "a/gen/x.py": flawed, "b/x.py": flawed, "b/gen/x.py": flawed, "c/x.py": flawed, "out/x.py": "",
	}, "a", "b", "c")
	f.Open(f.path("out/x.py"), 1, flawed)
	f.Open(f.path("b/x.py"), 1, flawed)
	f.set("a", level("off"))
	f.set("b", level("hint"))
	f.set("b", exclude("/gen/"))
	before := f.Snapshot()
	want := []string{
		"a/gen/x.py: ", "a/x.py: ",
		"b/x.py: tls-verification-disabled hint",
		"c/x.py: tls-verification-disabled error",
		"out/x.py: tls-verification-disabled error",
	}
	f.shows("at first", before, want...)

	f.set("a", exclude("x.py"))
	f.set("b", exclude())
	f.set("b", level("warning"))
	f.set("", level("information"))
	f.shows("changed", f.Snapshot(),
		"b/gen/x.py: tls-verification-disabled warning", "b/x.py: tls-verification-disabled warning",
		"c/x.py: tls-verification-disabled error",
		"out/x.py: tls-verification-disabled information",
	)
	f.shows("the snapshot from before", before, want...)

	c := f.Snapshot().Config("")
	f.SetConfig(f.path("unknown"), c)
	f.SetCatalogue(f.path("unknown"), nil)
}

func TestEachFolderHasItsLimitOfSize(t *testing.T) {
	f := newFolders(t, map[string]string{"a/x.py": flawed, "b/x.py": flawed}, "a", "b")
	f.set("a", func(c *config.Config) { c.MaxFileSize = 10 })
	f.shows("on disk", f.Snapshot(), "b/x.py: tls-verification-disabled error")
	if _, err := f.Snapshot().Audit(context.Background(), f.path("a/x.py")); !errors.Is(err, ErrNotAudited) {
		t.Errorf("audit of a/x.py: %v, want ErrNotAudited", err)
	}
	for name, want := range map[string]bool{"a/x.py": false, "b/x.py": true, "out/x.py": true} {
		if got := f.Open(f.path(name), 1, flawed); got != want {
			t.Errorf("open %s: %t, want %t", name, got, want)
		}
	}
}

func TestEachFolderHasItsChecks(t *testing.T) {
	f := newFolders(t, map[string]string{"own-check.md": ownCheck, "a/x.py": forbidden, "b/x.py": forbidden}, "a", "b")
	own, err := f.Snapshot().Catalogue("").Load(f.path("own-check.md"))
	if err != nil {
		t.Fatal(err)
	}
	f.SetCatalogue(f.path("a"), own)
	f.shows("of a", f.Snapshot(), "a/x.py: own-check information", "b/x.py: ")
	for path, want := range map[string]*checks.Catalogue{f.path("a/x.py"): own, f.path("b/x.py"): f.areas[0].catalogue, "": f.areas[0].catalogue} {
		if got := f.Snapshot().Catalogue(path); got != want {
			t.Errorf("the catalogue of %q is another", path)
		}
	}
	// A suppression of the check is known where the check is.
	f.Open(f.path("b/x.py"), 1, "# mcpaudit: ignore[own-check] we may\nforbidden()\n")
	f.Open(f.path("a/x.py"), 1, "# mcpaudit: ignore[own-check] we may\nforbidden()\n")
	f.shows("suppressed", f.Snapshot(), "a/x.py: own-check information", "b/x.py: unused-suppression information")
}

// TestAFileBelongsToTheNearestFolder: of folders in each other, the inner one
// holds, and gives its files back when it goes.
func TestAFileBelongsToTheNearestFolder(t *testing.T) {
	files := map[string]string{"a/x.py": flawed, "a/b/x.py": flawed, "a/bb/x.py": flawed, "a/b/c/x.py": flawed}
	for _, order := range [][]string{{"a", "a/b"}, {"a/b", "a"}} {
		f := newFolders(t, files, order...)
		f.Open(f.path("a/b/c/x.py"), 1, flawed)
		f.set("a", level("hint"))
		f.set("a/b", level("warning"))
		f.shows("both", f.Snapshot(),
			"a/b/c/x.py: tls-verification-disabled warning", "a/b/x.py: tls-verification-disabled warning",
			"a/bb/x.py: tls-verification-disabled hint", "a/x.py: tls-verification-disabled hint")
		if got := f.results(f.Snapshot())["a/b/x.py"].Rel; got != "x.py" {
			t.Errorf("a/b/x.py is shown as %s, want x.py", got)
		}
		f.folders("a")
		f.shows("the outer one", f.Snapshot(),
			"a/b/c/x.py: tls-verification-disabled hint", "a/b/x.py: tls-verification-disabled hint",
			"a/bb/x.py: tls-verification-disabled hint", "a/x.py: tls-verification-disabled hint")
		if got := f.results(f.Snapshot())["a/b/x.py"].Rel; got != "b/x.py" {
			t.Errorf("a/b/x.py is shown as %s, want b/x.py", got)
		}
		f.folders()
		f.shows("none", f.Snapshot(), "a/b/c/x.py: tls-verification-disabled error")
		f.folders("a")
		f.shows("again", f.Snapshot(),
			"a/b/c/x.py: tls-verification-disabled error", "a/b/x.py: tls-verification-disabled error",
			"a/bb/x.py: tls-verification-disabled error", "a/x.py: tls-verification-disabled error")
	}
}

// TestAChangeCostsNoMoreThanItMust: results are kept where a change cannot matter.
func TestAChangeCostsNoMoreThanItMust(t *testing.T) {
	changed := func(name string) func(*folders) {
		return func(f *folders) { f.FileChanged(f.path(name)) }
	}
	tests := []struct {
		name   string
		change func(f *folders)
		anew   string // the files that are judged anew
	}{
		{"settings of a folder", func(f *folders) { f.set("a", level("hint")) }, "a/open.py a/x.py"},
		{"settings of the inner folder", func(f *folders) { f.set("b/in", level("hint")) }, "b/in/x.py"},
		{"settings of the outer folder", func(f *folders) { f.set("b", level("hint")) }, "b/open.py b/x.py"},
		{"settings of files in no folder", func(f *folders) { f.set("", level("hint")) }, "out.py"},
		{"checks of a folder", func(f *folders) { f.SetCatalogue(f.path("a"), f.areas[0].catalogue) }, "a/open.py a/x.py"},
		{"a file", changed("a/x.py"), "a/x.py"},
		{"an open file", changed("a/open.py"), ""},
		{"a manifest", changed("a/package.json"), "a/open.py a/x.py out.py"},
		{"a manifest of the outer folder", changed("b/go.mod"), "b/in/x.py b/open.py b/x.py out.py"},
		{"a manifest of the inner folder", changed("b/in/go.mod"), "b/in/x.py out.py"},
		{"a manifest above all", changed("pyproject.toml"), "a/open.py a/x.py b/in/x.py b/open.py b/x.py out.py"},
		{"the same folders", func(f *folders) { f.folders("b/in", "b", "a") }, ""},
		{"a folder less", func(f *folders) { f.folders("b", "b/in") }, "a/open.py"},
		{"the inner folder less", func(f *folders) { f.folders("a", "b") }, "b/in/x.py b/x.py"},
		{"a folder more", func(f *folders) { f.folders("a", "b", "b/in", "c") }, ""},
		{"everything", func(f *folders) { f.Renew() }, "a/open.py a/x.py b/in/x.py b/open.py b/x.py out.py"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFolders(t, map[string]string{"a/x.py": flawed, "b/x.py": flawed, "b/in/x.py": flawed, "c/empty": ""}, "a", "b", "b/in")
			for _, name := range []string{"a/open.py", "b/open.py", "out.py"} {
				f.Open(f.path(name), 1, flawed)
			}
			before := f.results(f.Snapshot())
			test.change(f)
			after := f.results(f.Snapshot())
			var anew []string
			for _, name := range slices.Sorted(maps.Keys(after)) {
				if after[name] != before[name] {
					anew = append(anew, name)
				}
			}
			if got := strings.Join(anew, " "); got != test.anew {
				t.Errorf("judged anew: %s, want %s", got, test.anew)
			}
		})
	}
}

func TestNewFilesAndIgnoreFilesAreSeenInTheirFolder(t *testing.T) {
	f := newFolders(t, map[string]string{"r/.git/HEAD": "", "r/a/x.py": "", "r/b/x.py": ""}, "r/a", "r/b")
	f.shows("at first", f.Snapshot(), "r/a/x.py: ", "r/b/x.py: ")
	for name, text := range map[string]string{"r/a/new.py": "", "r/.gitignore": "x.py\n"} {
		if err := os.WriteFile(f.path(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		f.FileChanged(f.path(name))
	}
	f.shows("afterwards", f.Snapshot(), "r/a/new.py: ")
}

// A folder that is gone costs the others nothing.
func TestAMissingFolderHoldsNoFiles(t *testing.T) {
	dir := t.TempDir()
	here := filepath.Join(dir, "here")
	if err := os.Mkdir(here, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(here, "client.py"), []byte("import requests\n\nrequests.get('https://example.org', verify=False)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w := New(options(t))
	w.SetFolders([]string{filepath.Join(dir, "gone"), here})
	results, err := w.Snapshot().AuditAll(context.Background(), nil)
	if err != nil || len(results) != 1 || len(results[0].Findings) != 1 {
		t.Fatalf("%d results, %v; want the one file with its finding", len(results), err)
	}
}
