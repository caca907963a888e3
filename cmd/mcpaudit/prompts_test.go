package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"mcpaudit/prompts"
)

// prompts lists every prompt with its arguments, and prints one with them filled in.
func TestPrompts(t *testing.T) {
	list := mcpaudit(t, "prompts")
	if list.code != exitOK {
		t.Fatal(list.err)
	}
	for _, c := range prompts.Clients() {
		if !strings.Contains(list.out, c.ID+"\n  "+c.Description+"\n") {
			t.Errorf("%s is not listed", c.ID)
		}
		for _, a := range c.Arguments {
			if !strings.Contains(list.out, "--arg "+a.Name+"=… ") {
				t.Errorf("the argument %s of %s is not listed", a.Name, c.ID)
			}
		}
	}
	got := mcpaudit(t, "prompts", "single-check", "--arg", "check=path-traversal", "--arg", "path=a=b/")
	if got.code != exitOK || !strings.HasPrefix(got.out, "# Teach one kind of flaw") || !strings.Contains(got.out, "the check: `path-traversal`\n- PATH, where to look: `a=b/`\n") {
		t.Errorf("code %d: %s%s", got.code, got.out, got.err)
	}
}

// prompts --questions lists every question below its stage, and prints one with its
// answers.
func TestPromptsQuestions(t *testing.T) {
	list := mcpaudit(t, "prompts", "--questions")
	if list.code != exitOK {
		t.Fatal(list.err)
	}
	var stage string
	var listed []string
	for line := range strings.Lines(list.out) {
		if strings.HasPrefix(line, "  ") {
			q := prompts.ByID(strings.Fields(line)[0])
			if q == nil || string(q.Stage) != stage || !strings.Contains(line, q.Title) {
				t.Errorf("below %s stands %s", stage, line)
				continue
			}
			listed = append(listed, q.ID)
		} else {
			stage = strings.TrimSpace(line)
		}
	}
	if len(listed) != len(prompts.Questions()) {
		t.Errorf("%d of %d questions are listed", len(listed), len(prompts.Questions()))
	}
	got := mcpaudit(t, "prompts", "--questions", "who-writes-there", "who-confirms")
	for _, part := range []string{
		"# Who can write the text that {tool} gives to the model?\n", "of which one of these is true: returns-untrusted; not where one of these is: network, opens-browser\n",
		"\n\n# Does a person confirm before {tool} changes something?\n", "- `nobody` (exposed; autonomy 1.0): No, the model calls it by itself\n",
		"`mcpaudit explain destructive-without-confirmation`\n", "\n## Not sure\n", "\n## What follows\n",
	} {
		if !strings.Contains(got.out, part) {
			t.Errorf("%q is not in\n%s%s", part, got.out, got.err)
		}
	}
}

// Wrong usage is code 2, with what to do.
func TestPromptsUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"singlecheck", "did you mean single-check?"},
		{"zzz", "'mcpaudit prompts' lists them all"},
		{"single-check", "wants the argument check"},
		{"single-check --arg check", "want NAME=VALUE"},
		{"single-check --arg check=a --arg check=b", "each name once"},
		{"single-check --arg check=a --arg other=b", "no argument \"other\""},
		{"single-check targeted-evaluation", "wants one prompt"},
		{"--arg check=a", "--arg wants a prompt"},
		{"--questions --arg check=a", "leave out --arg"},
		{"--questions file-root", "did you mean file-roots?"},
	} {
		if got := mcpaudit(t, append([]string{"prompts"}, strings.Fields(c.args)...)...); got.code != exitUsage || !strings.Contains(got.err, c.want) || got.out != "" {
			t.Errorf("prompts %s: code %d, %q, want %s", c.args, got.code, got.err, c.want)
		}
	}
}

// Every command and flag that a prompt or a question tells its reader to use exists.
func TestPromptsNameWhatExists(t *testing.T) {
	commands := map[string]*cobra.Command{}
	for _, c := range newRoot(streams{}).Commands() {
		commands[c.Name()] = c
	}
	texts := map[string]string{}
	for _, c := range prompts.Clients() {
		texts[c.ID] = strings.Join([]string{c.Inputs, c.Outputs, c.Steps, c.Safety}, "\n")
	}
	for _, q := range prompts.Questions() {
		texts[q.ID] = strings.Join([]string{q.Text, q.NotSure, q.Follows}, "\n")
	}
	span := regexp.MustCompile("`([^`]+)`")
	used := 0
	for id, text := range texts {
		for _, m := range span.FindAllStringSubmatch(text, -1) {
			words := strings.Fields(m[1])
			if len(words) < 2 || words[0] != "mcpaudit" {
				continue
			}
			used++
			c := commands[words[1]]
			if c == nil {
				t.Errorf("%s: there is no command in %q", id, m[1])
				continue
			}
			for i, w := range words[2:] {
				name, ok := strings.CutPrefix(w, "--")
				if !ok {
					continue
				}
				flag := c.Flags().Lookup(name)
				if flag == nil {
					t.Errorf("%s: %s has no flag --%s", id, words[1], name)
				} else if choice, ok := flag.Value.(*oneOf); ok && i+3 < len(words) && !slices.Contains(choice.values, words[i+3]) {
					t.Errorf("%s: --%s cannot be %s", id, name, words[i+3])
				}
			}
		}
		scan := commands["scan"].Flags()
		for _, flag := range regexp.MustCompile("`--([a-z-]+)").FindAllStringSubmatch(text, -1) {
			if prompts.ClientByID(id) != nil && scan.Lookup(flag[1]) == nil {
				t.Errorf("%s: there is no flag --%s", id, flag[1])
			}
		}
	}
	if used < 15 {
		t.Errorf("only %d commands were seen", used)
	}
}
