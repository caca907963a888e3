package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// home gives the test a configuration folder of its own, and the settings file in it.
func home(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv("HOME", dir)
	t.Setenv("AppData", dir)
	name, err := UserFile()
	if err != nil {
		t.Fatal(err)
	}
	if text != "" {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// The user's own file chooses what nobody else may.
func TestUserFile(t *testing.T) {
	home(t, "depth: engineer\nauthor: Ada\nminConfidence: high\ntutor: {endpoint: http://127.0.0.1:1/v1, model: m, keyVariable: K, maxAnswerTokens: 9, dailyTokens: 8, timeout: 7, price: 0.5, wholeFile: true}\n")
	got, problems := Default().WithUserFile()
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	want := Tutor{Endpoint: "http://127.0.0.1:1/v1", Model: "m", KeyVariable: "K", MaxAnswerTokens: 9, DailyTokens: 8, Timeout: 7 * time.Second, Price: 0.5, WholeFile: true}
	if got.Depth != "engineer" || got.Author != "Ada" || got.MinConfidence != "high" || got.Tutor != want {
		t.Errorf("got %+v", got)
	}
}

// Neither a workspace nor an editor, which mixes in what workspaces say, can choose
// where code is sent, to whom, and with which key.
func TestOnlyTheUserSetsTheTutor(t *testing.T) {
	home(t, "")
	for _, s := range table {
		if !s.fileOnly {
			continue
		}
		group, name, ok := strings.Cut(s.key, ".")
		text := s.key + ": x\n"
		if ok {
			text = group + ": {" + name + ": x}\n"
		}
		if got, problems := Default().WithFile(FileName, []byte(text)); len(problems) != 1 || !strings.Contains(problems[0].Text, "your own settings file alone") || got.Tutor != Default().Tutor {
			t.Errorf("%s in a workspace: %v", s.key, problems)
		}
		json := `{"` + s.key + `": "x"}`
		if ok {
			json = `{"` + group + `": {"` + name + `": "x"}}`
		}
		if got, problems := Default().WithJSON([]byte(json)); len(problems) != 1 || !strings.Contains(problems[0].Text, "your own settings file alone") || got.Tutor != Default().Tutor {
			t.Errorf("%s in an editor: %v", s.key, problems)
		}
	}
}

// A setting is written where it belongs, and what else stands there stays.
func TestSetUser(t *testing.T) {
	name := home(t, "")
	if err := SetUser("depth", "beginner"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("# mine\ndepth: beginner # for now\nauthor: Ada\ntutor:\n  model: m # small\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"depth": "engineer", "tutor.endpoint": "http://localhost:1/v1"} {
		if err := SetUser(key, value); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# mine\n", "depth: engineer # for now\n", "author: Ada\n", "  model: m # small\n", "  endpoint: http://localhost:1/v1\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if err := SetUser("depth", "deep"); err == nil || !strings.Contains(err.Error(), "is none of beginner") {
		t.Errorf("a value that is none: %v", err)
	}
	if err := SetUser("dept", "x"); err == nil || !strings.Contains(err.Error(), "did you mean depth") {
		t.Errorf("a setting that is none: %v", err)
	}
	if err := os.WriteFile(name, []byte("a: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := SetUser("depth", "engineer"); err == nil {
		t.Error("a file that cannot be read is written over")
	}
}
