package main

import (
	"strings"
	"testing"
)

// A finding is explained where it stands, at the depth that is asked for, or else at the
// one that the user's own settings remember, without any model.
func TestExplainPlace(t *testing.T) {
	demoServer(t, "python-notes")
	got := mcpaudit(t, "explain", "server.py:58")
	if got.code != exitOK || !strings.HasPrefix(got.out, "# A tool argument reaches a shell\n") || !strings.Contains(got.out, "## How to stop it") || !strings.Contains(got.out, "Written for a developer; for new to security: `--depth beginner`") || !strings.Contains(got.out, "# A tool waits for a program without end") {
		t.Errorf("code %d, %s%s", got.code, got.out, got.err)
	}
	ownSettings(t, "depth: engineer\n")
	if got := mcpaudit(t, "explain", "server.py:58:12"); !strings.Contains(got.out, "## Score") {
		t.Errorf("not at the depth of the settings: %s%s", got.out, got.err)
	}
	if got := mcpaudit(t, "explain", "server.py:58", "--depth", "beginner"); !strings.Contains(got.out, "## In simple words") {
		t.Errorf("not at the depth of the flag: %s%s", got.out, got.err)
	}
	if got := mcpaudit(t, "explain", "server.py:56"); !strings.HasPrefix(got.out, "There is nothing in that line; this is the nearest, at `server.py:58`.") {
		t.Errorf("the nearest: %s%s", got.out, got.err)
	}
	for args, want := range map[string]string{"gone.py:1": "no such file", ".:1": "is a folder", "pyproject.toml:1": "nothing was found", "path-traversal --depth beginner": "--depth is for a finding"} {
		if got := mcpaudit(t, append([]string{"explain"}, strings.Fields(args)...)...); got.code != exitUsage || !strings.Contains(got.err, want) {
			t.Errorf("explain %s: code %d, %s", args, got.code, got.err)
		}
	}
}
