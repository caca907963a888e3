package prompts

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// Every question loads, and they come in the order that teaches: what is worth
// protecting first, then who would want it.
func TestQuestionsLoad(t *testing.T) {
	all, err := LoadQuestions(documents, "questions")
	if err != nil {
		t.Fatal(err)
	}
	place := map[Stage]int{}
	for i, s := range Stages {
		place[s] = i
	}
	asked := map[Stage]map[Scope]int{}
	for i, q := range all {
		if i > 0 && (place[all[i-1].Stage] > place[q.Stage] || all[i-1].Stage == q.Stage && all[i-1].Order > q.Order) {
			t.Errorf("%s comes before %s", all[i-1].ID, q.ID)
		}
		if asked[q.Stage] == nil {
			asked[q.Stage] = map[Scope]int{}
			if (q.Stage == Asset || q.Stage == Attacker) && q.Scope != Server {
				t.Errorf("the stage %s begins with %s, which is not asked of the server", q.Stage, q.ID)
			}
		}
		asked[q.Stage][q.Scope]++
	}
	for _, s := range Stages {
		if asked[s][Server] == 0 || asked[s][OfEntry] == 0 {
			t.Errorf("the stage %s asks %d questions of the server and %d of its entries", s, asked[s][Server], asked[s][OfEntry])
		}
	}
	for _, q := range all {
		if got := ByID(q.ID); got == nil || got.Title != q.Title {
			t.Errorf("%s is not found by its id", q.ID)
		}
	}
	if ByID("no-such-question") != nil {
		t.Error("a question that does not exist is found")
	}
}

// good is a question in which nothing is wrong.
const good = `---
id: q
title: What does {tool} do?
stage: asset
order: 1
scope: entry
when: [tool+network, "check:path-traversal"]
unless: [remote]
stride: [tampering]
owasp-asi: [ASI02]
owasp-mcp: [MCP10]
checks: [path-traversal]
answers:
  - {id: a, says: A, means: neutral}
  - {id: b, says: B, means: controlled, control: It is done, factors: {autonomy: 0.5}}
  - {id: c, says: C, means: exposed, risk: It is not done}
---
Text of {tool}, {parameters} and {server}.

` + "```" + `
## no heading
` + "```" + `

## Not sure
Look.

## What follows
Things.
`

func TestParseQuestion(t *testing.T) {
	q, err := ParseQuestion(strings.ReplaceAll(good, "\n", "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(q.Text, "## no heading\n```") || q.NotSure != "Look." || q.Follows != "Things." {
		t.Errorf("text %q, not sure %q, follows %q", q.Text, q.NotSure, q.Follows)
	}
	b, ok := q.Answer("b")
	if !ok || b.Factors()["autonomy"] != 1 || b.Control != "It is done" {
		t.Errorf("answer b is %+v", b)
	}
	if _, ok := q.Answer("d"); ok {
		t.Error("there is an answer d")
	}
}

// What is wrong with a question is said with its file, its line and what is wanted.
func TestQuestionErrors(t *testing.T) {
	for _, c := range []struct{ old, with, want string }{
		{"---\nid", "id", "d/q.md:1: it begins with no facts"},
		{"id: q", "id: [", "d/q.md:2: this is not the YAML"},
		{"id: q", "id: Q", "d/q.md:2: id \"Q\": want lower-case words"},
		{"id: q", "id: other", "d/q.md:2: its id is \"other\": want that of the file, \"q\""},
		{"do?", "do", "d/q.md:3: title"},
		{"do?", strings.Repeat("do ", 30) + "?", "at most 80 characters"},
		{"{tool} do?", "{name} do?", "nothing to put in for {name}"},
		{"stage: asset", "stage: assets", "d/q.md:4: stage"},
		{"order: 1\n", "", "order 0: want"},
		{"order: 1", "order: first", "d/q.md:5: this is not the YAML"},
		{"scope: entry", "scope: tool", "d/q.md:6: scope"},
		{"scope: entry", "scope: server", "d/q.md:3: title: there is nothing to put in for {tool}"},
		{"scope: entry", "scope: entry\ncolour: red", "d/q.md:7: there is no key \"colour\""},
		{"tool+network", "tool+nets", "d/q.md:7: when: there is no term \"nets\""},
		{"[remote]", "[secrets]", "d/q.md:8: unless: \"secrets\" is known of a server only"},
		{"check:path", "check:../path", "there is no term"},
		{"[remote]", "&x [remote]\ny: *x", "refers to another place"},
		{"[tampering]", "[tempering]", "d/q.md:9: stride: there is no \"tempering\""},
		{"[tampering]", "[]", "d/q.md:9: stride is empty"},
		{"ASI02", "ASI11", "d/q.md:10: owasp-asi: there is no \"ASI11\""},
		{"MCP10", "MCP1", "d/q.md:11: owasp-mcp: there is no \"MCP1\""},
		{"owasp-asi: [ASI02]\nowasp-mcp: [MCP10]\n", "", "are empty"},
		{"checks: [path-traversal]", "checks: [Path]", "d/q.md:12: checks: \"Path\" is no id"},
		{"id: b, ", "id: a, ", "d/q.md:15: answer 2 has the id \"a\""},
		{"id: b, ", "id: not-sure, ", "want an id of its own"},
		{"id: b, ", "id: b, colour: red, ", "d/q.md:15: there is no key \"colour\""},
		{"says: B, ", "", "d/q.md:15: answer b says \"\""},
		{"says: B", "says: " + strings.Repeat("b", 101), "at most 100 characters"},
		{"says: B", "says: 'B {tool}'", "nothing to put in for {tool} here: take it out"},
		{"means: neutral", "means: good", "d/q.md:14: answer a means \"good\""},
		{", control: It is done", "", "`control:`"},
		{"means: neutral", "means: neutral, control: It is done", "`control:`"},
		{", risk: It is not done", "", "`risk:`"},
		{"means: neutral", "means: neutral, risk: It is not done", "`risk:`"},
		{"autonomy: 0.5", "autonomy: 2", "factor autonomy is 2"},
		{"autonomy", "selfmod", "no factor \"selfmod\""},
		{"  - {id: a", "  - x\n  - {id: a", "d/q.md:14: want id, says"},
		{"Text of {tool}, {parameters} and {server}.\n\n```\n## no heading\n```\n", "", "it says nothing"},
		{"Text of {tool}", strings.Repeat("Text ", 250), "at most 1000"},
		{"Text of {tool}", "Text of {name}", "d/q.md:18: there is nothing to put in for {name}"},
		{"## Not sure", "## Unsure", "d/q.md:24: there is no section \"Unsure\""},
		{"## What follows\nThings.\n", "", "\"What follows\" is missing"},
		{"Look.", "", "d/q.md:24: the section \"Not sure\" is empty"},
		{"Things.", "Things.\n\n## Not sure\nAgain.", "d/q.md:30: the section \"Not sure\" stands here a second time"},
		{"Look.", "Look.\xff", "not UTF-8"},
		{"Look.", strings.Repeat("Look. ", 20_000), "larger than"},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("no %q", c.old)
		}
		files := fstest.MapFS{"d/q.md": {Data: []byte(strings.Replace(good, c.old, c.with, 1))}}
		_, err := LoadQuestions(files, "d")
		if fault := (*Error)(nil); err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &fault) || fault.File != "d/q.md" {
			t.Errorf("%.40q for %q: %v, want %s", c.with, c.old, err, c.want)
		}
	}
}

// An answer list of one, or of five, is refused: a question offers a choice that fits
// into a menu.
func TestQuestionOffersAChoice(t *testing.T) {
	from, to := strings.Index(good, "  - {id: a"), strings.Index(good, "---\nText")
	for n, fine := range map[int]bool{0: false, 1: false, 2: true, 4: true, 5: false} {
		list := ""
		for i := range n {
			list += "  - {id: " + string(rune('a'+i)) + ", says: A, means: neutral}\n"
		}
		if _, err := ParseQuestion(good[:from] + list + good[to:]); (err == nil) != fine {
			t.Errorf("%d answers: %v", n, err)
		}
	}
}

// Whatever the text, it is a question in which nothing is missing, or an error in one of
// its lines.
func FuzzParseQuestion(f *testing.F) {
	f.Add(good)
	f.Add("---\nid: q\n---\n")
	f.Add("---\nanswers: &a [*a]\n---\n")
	f.Add("---\n? {a: b}\n: c\n---\n## x")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuestion(text)
		if fault := (*Error)(nil); err != nil && (!errors.As(err, &fault) || fault.Line < 1 || fault.Line > strings.Count(text, "\n")+2) {
			t.Fatalf("%q: %#v", text, err)
		}
		if err == nil && (q.ID == "" || len(q.Answers) < 2 || q.Text == "" || q.NotSure == "" || q.Follows == "") {
			t.Fatalf("%q gives %+v", text, q)
		}
	})
}

func BenchmarkLoadQuestions(b *testing.B) {
	for b.Loop() {
		if _, err := LoadQuestions(documents, "questions"); err != nil {
			b.Fatal(err)
		}
	}
}
