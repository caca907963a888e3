package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/config"
)

var update = flag.Bool("update", false, "write the run that the README shows anew")

// readme gives the README, from the root of the repository, where it stays.
func readme(t *testing.T) string {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	return read(t, "README.md")
}

// between gives what stands after one text and before the next.
func between(t *testing.T, s, before, after string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, before)
	s, _, closed := strings.Cut(s, after)
	if !ok || !closed {
		t.Fatalf("the README has no %q … %q", before, after)
	}
	return s
}

// The run that the README shows is what it would show today.
func TestREADMECapture(t *testing.T) {
	text := readme(t)
	command, want, _ := strings.Cut(between(t, text, "```console\n$ mcpaudit ", "```"), "\n")
	got := mcpaudit(t, strings.Fields(command)...)
	if *update {
		write(t, "README.md", strings.Replace(text, want, got.out, 1))
		return
	}
	if got.code != exitOK || got.out != want {
		t.Errorf("%s now gives (go test ./cmd/mcpaudit -run README -update)\n%s\nthe README shows\n%s", command, got.out, want)
	}
}

// Its settings are right, and they are all there are.
func TestREADMESettings(t *testing.T) {
	text := readme(t)
	section := between(t, text, "## Settings\n", "\n## ")
	example := between(t, section, "```yaml\n", "```")
	if _, problems := config.Default().WithFile(config.FileName, []byte(example)); len(problems) > 0 {
		t.Errorf("%v", problems)
	}
	type object struct{ Properties map[string]json.RawMessage }
	var schema, inner object
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for name, value := range schema.Properties {
		if !regexp.MustCompile(`(?m)^` + name + `:`).MatchString(example) {
			t.Errorf("the setting %s is missing", name)
		}
		if json.Unmarshal(value, &inner) == nil && name == "aivss" {
			for part := range inner.Properties {
				if !strings.Contains(example, "\n  "+part+":") {
					t.Errorf("the setting %s.%s is missing", name, part)
				}
			}
		}
	}
}

// Its check passes its own tests.
func TestREADMECheck(t *testing.T) {
	check := between(t, readme(t), "````markdown\n", "````")
	id := between(t, check, "id: ", "\n")
	inTree(t, map[string]string{".mcpaudit/checks/" + id + ".md": check})
	if got := mcpaudit(t, "test", ".mcpaudit/checks"); got.code != exitOK {
		t.Errorf("code %d: %s%s", got.code, got.out, got.err)
	}
}

// Every command, flag and file that it names exists.
func TestREADMENamesWhatExists(t *testing.T) {
	text := readme(t)
	for _, m := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(text, -1) {
		if strings.Contains(m[1], "://") {
			continue
		}
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("a link to %s: %v", m[1], err)
		}
	}
	root := newRoot(streams{})
	var names, flags []string
	for _, c := range root.Commands() {
		c.InitDefaultHelpFlag()
		names = append(names, c.Name())
		for _, word := range strings.Fields(c.Flags().FlagUsages()) {
			if strings.HasPrefix(word, "--") {
				flags = append(flags, word)
			}
		}
	}
	for _, m := range regexp.MustCompile("(?m)(?:^ {4}|`|run: )mcpaudit ([a-z]+)").FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) {
			t.Errorf("there is no command %s", m[1])
		}
	}
	text = strings.Replace(text, between(t, text, "```console\n", "```"), "", 1)
	text = regexp.MustCompile(`(?m)^ {4}(code|npm) .*$`).ReplaceAllString(text, "") // which have flags of their own
	for _, flag := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(text, -1) {
		if !slices.Contains(flags, flag) {
			t.Errorf("there is no flag %s", flag)
		}
	}
}
