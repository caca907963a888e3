package main

import (
	"strings"
	"testing"

	"mcpaudit/internal/config"
)

// ownSettings gives the test a settings file of the user.
func ownSettings(t *testing.T, text string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	name, err := config.UserFile()
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, text)
}

// The user's own settings hold below those of the project and below flags, for a tree
// that is not trusted too; what is wrong with them is said.
func TestOwnSettings(t *testing.T) {
	inTree(t, map[string]string{"shell.py": shell})
	ownSettings(t, "checks: {command-injection: off}\n")
	for _, args := range []string{".", "--untrusted ."} {
		if s, _ := scan(t, strings.Fields(args)...); len(s.places()) != 0 {
			t.Errorf("scan %s found %q", args, s.places())
		}
	}
	write(t, ".mcpaudit.yaml", "checks: {command-injection: error}\n")
	if s, _ := scan(t); len(s.places()) != 1 {
		t.Errorf("the project says otherwise: %q", s.places())
	}
	ownSettings(t, "dept: beginner\n")
	if got := mcpaudit(t, "scan"); got.code != exitUsage || !strings.Contains(got.err, "settings.yaml:1: dept: there is no such setting: did you mean depth?") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
}
