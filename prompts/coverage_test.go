package prompts

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// The questions together speak of each letter of STRIDE and of each entry of the OWASP
// lists for agents and for MCP, the entries by two questions or more.
func TestQuestionsCoverTheThreats(t *testing.T) {
	stride, owasp := map[string]int{}, map[string]int{}
	for _, q := range Questions() {
		for _, s := range q.STRIDE {
			stride[s]++
		}
		for _, id := range slices.Concat(q.ASI, q.MCP) {
			owasp[id]++
		}
	}
	for _, s := range strides {
		if stride[s] < 5 {
			t.Errorf("%d questions are about %s", stride[s], s)
		}
	}
	for i := 1; i <= 10; i++ {
		for _, list := range []string{"ASI", "MCP"} {
			if id := fmt.Sprintf("%s%02d", list, i); owasp[id] < 2 {
				t.Errorf("%d questions are about %s", owasp[id], id)
			}
		}
	}
	if testing.Verbose() {
		t.Log(stride, owasp)
	}
}

// Each factor but tools, which code shows, can be set to each of its values by an answer,
// and two questions about the same thing never set the same factor, so that no answer
// takes back what another said.
func TestAnswersSetEachFactor(t *testing.T) {
	values := map[string]map[float64]bool{}
	by := map[string]string{}
	for _, q := range Questions() {
		own := map[string]bool{}
		for _, a := range q.Answers {
			for name, v := range a.States {
				if values[name] == nil {
					values[name] = map[float64]bool{}
				}
				values[name][v], own[name] = true, true
			}
		}
		for name := range own {
			key := string(q.Scope) + " " + name
			if other := by[key]; other != "" {
				t.Errorf("%s and %s both set %s of the %s", other, q.ID, name, q.Scope)
			}
			by[key] = q.ID
		}
	}
	for _, name := range Factors {
		if name == "tools" {
			if len(values[name]) > 0 {
				t.Error("an answer sets tools, which the code shows")
			}
			continue
		}
		for _, v := range []float64{0, 0.5, 1} {
			if !values[name][v] {
				t.Errorf("no answer sets %s to %v", name, v)
			}
		}
	}
}

// Who sets a factor reads in the question what the answer does to it.
func TestQuestionsNameTheFactorsTheySet(t *testing.T) {
	for _, q := range Questions() {
		for _, a := range q.Answers {
			for name := range a.States {
				if !strings.Contains(q.Follows, name) {
					t.Errorf("%s sets %s and does not say so under What follows", q.ID, name)
				}
			}
		}
	}
}

// A question can be told from the others by its title, and an answer from the others of
// its question, because both are shown without their ids.
func TestTitlesAndAnswersDiffer(t *testing.T) {
	titles := map[string]string{}
	for _, q := range Questions() {
		if other := titles[q.Title]; other != "" {
			t.Errorf("%s and %s have the same title", other, q.ID)
		}
		titles[q.Title] = q.ID
		says := map[string]bool{}
		for _, a := range q.Answers {
			if says[a.Says] {
				t.Errorf("%s says %q twice", q.ID, a.Says)
			}
			says[a.Says] = true
		}
	}
}

// The README for contributors lists every term with what it means, every factor, and
// nothing that is not there.
func TestREADMEListsTheTerms(t *testing.T) {
	data, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, term := range Terms {
		star := " *"
		if term.Entries {
			star = ""
		}
		if row := "| `" + term.Name + "`" + star + " | " + term.Means + " |\n"; !strings.Contains(text, row) {
			t.Errorf("the README lacks %s", row)
		}
	}
	_, table, _ := strings.Cut(text, "| term | ")
	table, _, _ = strings.Cut(table, "\n\n")
	if rows := strings.Count(table, "\n|") - 1; rows != len(Terms) {
		t.Errorf("the README lists %d terms, there are %d", rows, len(Terms))
	}
	if list := "`" + strings.Join(Factors, "`, `") + "`"; !strings.Contains(text, list) {
		t.Errorf("the README lacks %s", list)
	}
}
