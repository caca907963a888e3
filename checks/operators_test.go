package checks

import (
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// A rule of a user's own may mix our operators with patterns: what the outside
// controls, what a description says, what returns to the model.
func TestRulesMayUseOurOperators(t *testing.T) {
	rules, err := rule.ParseFile("own.yaml", []byte(`
rules:
  - {id: launches, languages: [python], severity: ERROR, message: launched, mode: taint,
     pattern-sources: [{mcp: input}], pattern-sinks: [{pattern: launch(...)}], pattern-sanitizers: [{pattern: vetted(...)}]}
  - {id: runs, languages: [python], severity: ERROR, message: run, mode: taint,
     pattern-sources: [{pattern: "load(...)"}], pattern-sinks: [{sink: shell}]}
  - id: shouts
    languages: [python]
    severity: INFO
    message: shouted
    patterns: [{mcp: description}, {pattern-regex: "[A-Z]{5,}"}]
  - id: answers
    languages: [python]
    severity: INFO
    message: answered
    patterns: [{mcp: result}, {pattern: "raw($X)"}]
`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalogue(t).WithRules(rules)
	if err != nil {
		t.Fatal(err)
	}
	code := `import os
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("x")

@mcp.tool()
def start(name: str) -> str:
    """LOUDLY start it."""
    launch(name)  # launches
    launch(vetted(name))
    os.system(load("boot"))  # runs
    return raw("x")  # answers

def quiet(name):
    """LOUDLY too."""
    launch(name)
    return raw(name)
`
	text := source.NewText(code)
	file := program.Lower("/x/server.py", source.Parse(source.Python, text, false), nil)
	facts := mcp.Recognise(file, nil)
	found, lost := c.Run(&rule.Pass{File: file, Facts: facts, Flow: flow.Analyse(facts, nil)})
	if len(lost) > 0 {
		t.Error(lost)
	}
	var got []string
	for _, f := range found {
		if c.ByID(f.Check).Class == classForeign {
			got = append(got, f.Check+": "+strings.TrimSpace(text.Line(text.LineAt(f.Span.Start))))
		}
	}
	want := []string{
		"shouts: \"\"\"LOUDLY start it.\"\"\"", "launches: launch(name)  # launches",
		"runs: os.system(load(\"boot\"))  # runs", "answers: return raw(\"x\")  # answers",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
