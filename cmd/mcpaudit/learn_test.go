package main

import (
	"bufio"
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"mcpaudit/internal/threat"
)

var (
	stepLine   = regexp.MustCompile(`(?m)^\*(Awareness|Guided analysis|Risk evaluation|Remediation), step (\d+) of (\d+)\*$`)
	choiceLine = regexp.MustCompile(`(?m)^\d+\. `)
)

// Somebody goes the whole path through the demo server: each phase comes in its turn,
// each step once, questions are answered where the editor answers them, and in the end
// there is nothing left.
func TestLearnTheWholePath(t *testing.T) {
	demoServer(t, "python-notes")
	ownSettings(t, "author: Ada\n")
	out := mcpaudit(t, "learn").out
	seen := map[string]int{}
	var order []string
	for range 100 {
		at := stepLine.FindStringSubmatch(out)
		if at == nil {
			break
		}
		_, title, _ := strings.Cut(out[strings.Index(out, at[0]):], "## ")
		title, _, _ = strings.Cut(title, "\n")
		seen[title]++
		if len(order) == 0 || order[len(order)-1] != at[1] {
			order = append(order, at[1])
		}
		args := []string{"learn", "--next"}
		if strings.Contains(out, "Answer with --answer") {
			args = []string{"learn", "--answer", "1"}
		}
		got := mcpaudit(t, args...)
		if got.code != exitOK {
			t.Fatalf("%q: code %d, %s after\n%s", args, got.code, got.err, out)
		}
		out = got.out
	}
	if len(seen) < 20 || order[0] != "Awareness" || order[len(order)-1] != "Remediation" || !strings.Contains(out, "You are through. Of ") || !strings.Contains(out, "Remediation      ████████████████████ ") {
		t.Errorf("steps %v, phases %q, at the end:\n%s", seen, order, out)
	}
	book := read(t, threat.BookFile)
	for _, part := range []string{"question: assets-behind", "by: Ada", "tool: search_notes"} {
		if !strings.Contains(book, part) {
			t.Errorf("%q is not in\n%s", part, book)
		}
	}
	if got := mcpaudit(t, "learn", "--reset"); got.code != exitOK || !strings.Contains(got.out, "Guided analysis  ") || strings.Contains(got.out, "Guided analysis  ████████████████████") {
		t.Errorf("after --reset: %s", got.out)
	}
	if read(t, threat.BookFile) != book {
		t.Error("--reset takes answers back")
	}
}

// A wrong answer is told with the right one, and why; a skipped step does not come back;
// what is kept holds for this server alone.
func TestLearnAnswers(t *testing.T) {
	demoServer(t, "python-notes")
	ownSettings(t, "")
	if got := mcpaudit(t, "learn", "--answer", "1"); got.code != exitUsage || !strings.Contains(got.err, "this step asks nothing") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	quiz := mcpaudit(t, "learn", "--next").out
	right := ""
	for _, line := range strings.Split(quiz, "\n") {
		if strings.Contains(line, "Whoever wrote a text that the model has read") {
			right, _, _ = strings.Cut(line, ".")
		}
	}
	if right == "" || len(choiceLine.FindAllString(quiz, -1)) != 3 {
		t.Fatalf("no check of understanding: %s", quiz)
	}
	if got := mcpaudit(t, "learn", "--answer", "7"); got.code != exitUsage || !strings.Contains(got.err, "want a number from 1 to 3") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	wrong := "1"
	if right == "1" {
		wrong = "2"
	}
	if got := mcpaudit(t, "learn", "--answer", wrong); !strings.Contains(got.out, "Not quite: it is "+right+", Whoever wrote") {
		t.Errorf("a wrong answer: %s", got.out)
	}
	mcpaudit(t, "learn", "--reset")
	mcpaudit(t, "learn", "--next")
	if got := mcpaudit(t, "learn", "--answer", right); !strings.HasPrefix(got.out, "Right. ") {
		t.Errorf("the right answer: %s", got.out)
	}
	before := mcpaudit(t, "learn").out
	if got := mcpaudit(t, "learn", "--skip"); got.out == before || strings.Contains(mcpaudit(t, "learn").out, stepLine.FindString(before)) {
		t.Error("a skipped step comes back")
	}
	if got := mcpaudit(t, "learn", "--status"); !strings.Contains(got.out, "Awareness        ████████████░░░░░░░░ 3 of 5") {
		t.Errorf("status: %s", got.out)
	}
	source := read(t, "server.py")
	inTree(t, map[string]string{"server.py": source})
	if got := mcpaudit(t, "learn", "--status"); !strings.Contains(got.out, "Awareness        ░░░░░░░░░░░░░░░░░░░░ 0 of 5") {
		t.Errorf("of another folder: %s", got.out)
	}
}

// A server without findings has a path as well, and what is no server is said.
func TestLearnWithoutFindings(t *testing.T) {
	demoServer(t, "python-notes-safe")
	ownSettings(t, "")
	got := mcpaudit(t, "learn", "--status")
	if got.code != exitOK || strings.Contains(got.out, " 0 of 0") {
		t.Errorf("code %d, %s%s", got.code, got.out, got.err)
	}
	inTree(t, map[string]string{"a.py": "print(1)\n"})
	if got := mcpaudit(t, "learn"); got.code != exitUsage || !strings.Contains(got.err, "there is no MCP server") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
}

// In a terminal it waits for answers, says what is none, and leaves when it is told to.
func TestLearnDialog(t *testing.T) {
	demoServer(t, "python-notes")
	ownSettings(t, "")
	var out, errors bytes.Buffer
	l, err := (&learnFlags{}).load(t.Context(), streams{nil, &out, &errors}, ".")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.converse(bufio.NewReader(strings.NewReader("\nx\ns\nq\n"))); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"[Enter goes on, s skips, q leaves]", `"x" is none of the answers: want a number from 1 to 3`, "[1 to 3, s skips, q leaves]", "Awareness        ████████░░░░░░░░░░░░ 2 of 5"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in\n%s", part, out.String())
		}
	}
	if _, err := os.Stat(".mcpaudit"); err == nil {
		t.Error("something is written that nobody answered")
	}
}
