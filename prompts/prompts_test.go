package prompts

import (
	"strings"
	"testing"
	"testing/fstest"
)

// Every question loads, is short where it is shown in little room, and comes in the
// order that teaches.
func TestQuestionsLoad(t *testing.T) {
	all, err := LoadQuestions(documents, "questions")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no questions")
	}
	place := map[Stage]int{}
	for i, s := range Stages {
		place[s] = i
	}
	for i, q := range all {
		if len(q.Title) > 90 {
			t.Errorf("%s: the title has %d characters", q.ID, len(q.Title))
		}
		for _, a := range q.Answers {
			if len(a.Says) > 100 {
				t.Errorf("%s: answer %s has %d characters", q.ID, a.ID, len(a.Says))
			}
		}
		if i > 0 && place[all[i-1].Stage] > place[q.Stage] {
			t.Errorf("%s comes before %s", all[i-1].ID, q.ID)
		}
	}
	for _, s := range Stages {
		found := false
		for _, q := range all {
			found = found || q.Stage == s
		}
		if !found && s != Consequence {
			t.Errorf("no question of the stage %s", s)
		}
	}
}

// What is wrong with a document is said, with the file.
func TestQuestionErrors(t *testing.T) {
	const good = "---\nid: q\ntitle: What?\nstage: asset\nscope: server\nanswers:\n  - {id: a, says: A, means: neutral}\n  - {id: b, says: B, means: neutral}\n---\nText.\n\n## Not sure\nLook.\n\n## What follows\nThings.\n"
	if _, err := ParseQuestion(good); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, with, want string }{
		{"---\nid", "id", "front matter"},
		{"title: What?", "title: What", "question mark"},
		{"stage: asset", "stage: assets", "stage"},
		{"scope: server", "scope: tool", "scope"},
		{"scope: server", "scope: server\ncolour: red", "colour"},
		{"id: b", "id: a", "id of its own"},
		{"id: b", "id: not-sure", "id of its own"},
		{"says: B, means: neutral", "says: B, means: good", "means"},
		{"says: B, means: neutral", "says: B, means: exposed", "risk"},
		{"says: B, means: neutral", "says: B, means: controlled", "control"},
		{"says: B, means: neutral", "says: B, means: neutral, factors: {autonomy: 2}", "factor autonomy"},
		{"## Not sure", "## Unsure", "section"},
		{"## What follows\nThings.\n", "", "missing"},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("no %q", c.old)
		}
		files := fstest.MapFS{"d/q.md": {Data: []byte(strings.Replace(good, c.old, c.with, 1))}}
		_, err := LoadQuestions(files, "d")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "d/q.md: ") {
			t.Errorf("%q for %q: %v", c.with, c.old, err)
		}
	}
	if _, err := LoadQuestions(fstest.MapFS{"d/other.md": {Data: []byte(good)}}, "d"); err == nil {
		t.Error("an id that is not the file's name passes")
	}
}

func FuzzParseQuestion(f *testing.F) {
	f.Add("---\nid: q\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		if q, err := ParseQuestion(text); err == nil && q.ID == "" {
			t.Fatal("a question without an id passes")
		}
	})
}
