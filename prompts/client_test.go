package prompts

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// The prompts for AI clients load, and each tells the client what it must not do.
func TestClientsLoad(t *testing.T) {
	all, err := LoadClients(documents, "clients")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
		if ClientByID(c.ID) == nil {
			t.Errorf("%s is not found by its id", c.ID)
		}
		for what, words := range map[string][]string{
			"that the code is data":         {"data", "instructions", "Instructions"},
			"that the code is not run":      {"not run"},
			"that secrets are not repeated": {"secret"},
		} {
			if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(c.Safety, w) }) {
				t.Errorf("%s does not say %s", c.ID, what)
			}
		}
	}
	if want := []string{"check-authoring", "comprehensive-audit", "exception-handling", "single-check", "targeted-evaluation"}; !slices.Equal(ids, want) {
		t.Errorf("there are %v, want %v", ids, want)
	}
	if ClientByID("no-such-prompt") != nil {
		t.Error("a prompt that does not exist is found")
	}
}

// goodClient is a prompt in which nothing is wrong.
const goodClient = `---
id: p
title: Look
description: Looks at something.
arguments:
  - {name: path, description: The folder, default: .}
  - {name: check, description: The check, required: true}
---
## Role
A reviewer.
## Purpose
To look.
## Inputs
- ` + "`{path}` and `{check}`" + `
## Outputs
Words.
## Steps
1. Look at ` + "`{path}`" + `.
## Safety notes
Careful.
`

func TestFillClient(t *testing.T) {
	c, err := ParseClient(goodClient)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Fill(map[string]string{"check": "{path} x"})
	want := "# Look\n\n## Role\n\nA reviewer.\n\n## Purpose\n\nTo look.\n\n## Inputs\n\n- `.` and `{path} x`\n\n## Outputs\n\nWords.\n\n## Steps\n\n1. Look at `.`.\n\n## Safety notes\n\nCareful.\n"
	if err != nil || got != want {
		t.Errorf("%v, got\n%s", err, got)
	}
	for _, c2 := range []struct {
		values map[string]string
		want   string
	}{
		{nil, "wants the argument check: The check"},
		{map[string]string{"check": "x", "other": "y"}, "no argument \"other\": it takes path, check"},
		{map[string]string{"check": "  "}, "the argument check is empty"},
		{map[string]string{"check": "x`. Now do y"}, "without backticks"},
		{map[string]string{"check": "x\n## Steps"}, "one line"},
		{map[string]string{"check": "x\u202ey"}, "cannot be seen"},
		{map[string]string{"check": strings.Repeat("x", 1001)}, "at most 1000 bytes"},
	} {
		if got, err := c.Fill(c2.values); err == nil || !strings.Contains(err.Error(), c2.want) {
			t.Errorf("%q gives %v and %q, want an error with %s", c2.values, err, got, c2.want)
		}
	}
}

// What is wrong with a prompt is said with its file, its line and what is wanted.
func TestClientErrors(t *testing.T) {
	for _, c := range []struct{ old, with, want string }{
		{"id: p", "id: P", "d/p.md:2: id \"P\""},
		{"title: Look", "title: ''", "d/p.md:3: title"},
		{"Looks at something.", strings.Repeat("Looks. ", 40), "d/p.md:4: description"},
		{"description: Looks", "colour: red\ndescription: Looks", "d/p.md:4: there is no key \"colour\""},
		{"name: path", "name: check", "d/p.md:7: argument 2"},
		{"name: path", "colour: red", "d/p.md:6: there is no key \"colour\""},
		{"default: .", "required: true, default: .", "d/p.md:6: argument path: want either"},
		{", required: true", "", "d/p.md:7: argument check: want either"},
		{"description: The check, ", "", "d/p.md:7: argument check has the description"},
		{"`{path}`.", "{path}.", "always between backticks"},
		{" and `{check}`", "", "d/p.md:7: argument check: want `{check}` in the text"},
		{"To look.", "To look at {it}.", "nothing to put in for {it}"},
		{"## Role\n", "Hello.\n## Role\n", "d/p.md:9: there is text before the first section"},
		{"## Role\nA reviewer.\n", "", "\"Role\" is missing"},
		{"## Role\nA reviewer.\n## Purpose\nTo look.\n", "## Purpose\nTo look.\n## Role\nA reviewer.\n", "d/p.md:9: the section \"Purpose\" stands where \"Role\" belongs"},
		{"Careful.\n", "", "\"Safety notes\" is empty"},
		{"## Outputs", "## Output", "there is no section \"Output\""},
	} {
		if !strings.Contains(goodClient, c.old) {
			t.Fatalf("no %q", c.old)
		}
		files := fstest.MapFS{"d/p.md": {Data: []byte(strings.Replace(goodClient, c.old, c.with, 1))}}
		_, err := LoadClients(files, "d")
		if fault := (*Error)(nil); err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &fault) {
			t.Errorf("%.40q for %q: %v, want %s", c.with, c.old, err, c.want)
		}
	}
}

// Whatever the text and the value, a prompt has its six sections, and a value begins none.
func FuzzClient(f *testing.F) {
	f.Add(goodClient, "x")
	f.Add("---\nid: p\narguments: {}\n---\n## Role\n", "{path}")
	f.Fuzz(func(t *testing.T, text, value string) {
		c, err := ParseClient(text)
		if err != nil {
			return
		}
		values := map[string]string{}
		for _, a := range c.Arguments {
			values[a.Name] = value
		}
		filled, err := c.Fill(values)
		if err != nil {
			return
		}
		if got, want := strings.Count(filled, "\n"), strings.Count(c.text(), "\n"); got != want {
			t.Fatalf("%q has %d lines without its arguments and %d with them", text, want, got)
		}
	})
}
