package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// checks --site writes the pages where it is told to, and nowhere else.
func TestSite(t *testing.T) {
	inTree(t, map[string]string{"full/thesis.txt": "x"})
	if r := mcpaudit(t, "checks", "--site", "lessons"); r.code != exitOK || !strings.Contains(r.out, "open "+filepath.Join("lessons", "index.html")) {
		t.Fatalf("%+v", r)
	}
	if !strings.Contains(read(t, "lessons/checks/path-traversal.html"), "Ask yourself") {
		t.Error("the page of a check lacks its questions")
	}
	if err := os.Symlink("lessons", "link"); err != nil {
		t.Skip("this file system has no links")
	}
	for args, want := range map[string]string{
		"--site full":                    "other files",
		"--site link":                    "is a link",
		"--site lessons --class auth":    "whole catalogue",
		"--site lessons path":            "whole catalogue",
		"--site full" + "/thesis.txt":    "thesis.txt",
		"--site lessons --language json": "whole catalogue",
	} {
		if r := mcpaudit(t, append([]string{"checks"}, strings.Fields(args)...)...); r.code != exitUsage || !strings.Contains(r.err, want) {
			t.Errorf("%s: %+v", args, r)
		}
	}
	if entries, _ := os.ReadDir("full"); len(entries) != 1 {
		t.Errorf("%d files in the folder that was left alone", len(entries))
	}
}

// explain --web opens the page of the check among those of the catalogue, and says
// where it is if no browser can be opened.
func TestExplainInBrowser(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the stand-in for a browser is that of Linux")
	}
	inTree(t, map[string]string{"bin/xdg-open": "#!/bin/sh\necho \"$1\" >\"$OPENED\"\n"})
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod("bin/xdg-open", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("OPENED", filepath.Join(dir, "opened"))
	page := filepath.Join(dir, "cache", "mcpaudit", "lessons", "checks", "sql-injection.html")
	if r := mcpaudit(t, "explain", "sql-injection", "--web"); r.code != exitOK {
		t.Fatalf("%+v", r)
	}
	if got := strings.TrimSpace(read(t, "opened")); got != "file://"+page {
		t.Errorf("opened %s, want %s", got, page)
	}
	if err := os.Remove("bin/xdg-open"); err != nil {
		t.Fatal(err)
	}
	if r := mcpaudit(t, "explain", "sql-injection", "--web"); r.code == exitOK || !strings.Contains(r.err, page) {
		t.Errorf("without a browser: %+v", r)
	}
}
