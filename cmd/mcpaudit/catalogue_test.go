package main

import (
	"fmt"
	"strings"
	"testing"
)

// evalRule is a rule in Semgrep's syntax; ownCheck a check document.
const (
	evalRule = `rules:
  - id: no-eval
    pattern: eval(...)
    message: Do not eval.
    languages: [python]
    severity: ERROR
`
	ownCheck = `---
id: own-check
title: Nothing is forbidden twice
message: '{sink} is forbidden'
class: own
cwe: [1]
confidence: high
rule:
  - languages: [python]
    pattern: forbidden(...)
---
# Nothing is forbidden twice
It is forbidden. Whoever calls it is told so.
## Vulnerable
` + "```python\nforbidden(1)  # finding\n```\n## Safe\n```python\nallowed(1)\n```\n"
)

func TestRules(t *testing.T) {
	inTree(t, map[string]string{
		"app.py": "x = eval('1')\nforbidden(2)\n", "rules/eval.yaml": evalRule, "rules/eval.py": "# ruleid: no-eval\neval(1)\n",
		"rules/eval.test.yaml": "not: a rule", "rules/.hidden.yml": "not: a rule", "rules/deep/own-check.md": ownCheck, "rules/README.md": "# Ours",
	})
	s, code := scan(t, "app.py", "--rules", "rules", "--fail-on", "high")
	wantPlaces(t, s, "no-eval app.py:1", "own-check app.py:2")
	if code != exitFindings {
		t.Errorf("severity ERROR stands for High: code %d", code)
	}
	s, _ = scan(t, "app.py", "--rules", "rules/eval.yaml")
	wantPlaces(t, s, "no-eval app.py:1")
	s, _ = scan(t, "app.py", "--rules", "rules/deep/own-check.md", "--rules", "rules/eval.yaml", "--check", "own-check")
	wantPlaces(t, s, "own-check app.py:2")
}

// TestRulesThatDoNotLoad wants file, line and key of all that is wrong, and
// nothing audited.
func TestRulesThatDoNotLoad(t *testing.T) {
	wrong := strings.Replace(evalRule, "pattern:", "patern:", 1)
	for _, c := range []struct {
		name  string
		files map[string]string
		args  []string
		want  []string
	}{
		{"unknown key", map[string]string{"r.yaml": wrong}, []string{"--rules", "r.yaml"}, []string{`r.yaml:3: unsupported key "patern"`}},
		{"broken pattern", map[string]string{"r.yaml": strings.Replace(evalRule, "eval(...)", "'eval(('", 1)}, []string{"--rules", "r.yaml"}, []string{"r.yaml:3: "}},
		{"no YAML", map[string]string{"r.yaml": "rules: [\n"}, []string{"--rules", "r.yaml"}, []string{"r.yaml:"}},
		{"all of a folder", map[string]string{"r/a.yaml": wrong, "r/b.yml": wrong, "r/own-check.md": strings.Replace(ownCheck, "cwe:", "cvv:", 1)}, []string{"--rules", "r"},
			[]string{`r/a.yaml:3: unsupported key "patern"`, `r/b.yml:3: unsupported key "patern"`, `r/own-check.md:6: unknown key "cvv"`}},
		{"an id twice", map[string]string{"a.yaml": evalRule, "b.yaml": evalRule}, []string{"--rules", "a.yaml", "--rules", "b.yaml"}, []string{`b.yaml:2: `, `"no-eval"`, `a.yaml`}},
		{"an id of ours", map[string]string{"r.yaml": strings.Replace(evalRule, "no-eval", "sql-injection", 1)}, []string{"--rules", "r.yaml"}, []string{"r.yaml:2: ", `"sql-injection" is taken`}},
		{"of the settings", map[string]string{"r/a.yaml": wrong, ".mcpaudit.yaml": "rules: [r]\n"}, nil, []string{`r/a.yaml:3: unsupported key "patern"`}},
		{"of the project", map[string]string{".mcpaudit/checks/own-check.md": strings.Replace(ownCheck, "cwe:", "cvv:", 1)}, nil, []string{`.mcpaudit/checks/own-check.md:6: unknown key "cvv"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inTree(t, c.files)
			write(t, "app.py", shell)
			got := mcpaudit(t, append([]string{"scan"}, c.args...)...)
			if got.code != exitUsage || got.out != "" {
				t.Errorf("code %d, printed %q", got.code, got.out)
			}
			for _, want := range c.want {
				if !strings.Contains(got.err, want) {
					t.Errorf("want %q in\n%s", want, got.err)
				}
			}
		})
	}
}

func TestChecksOfTheProject(t *testing.T) {
	inTree(t, map[string]string{
		"src/app.py": "x = eval('1')\nforbidden(2)\n", ".mcpaudit/checks/own-check.md": ownCheck,
		".mcpaudit.yaml": "rules: [rules/eval.yaml]\n", "rules/eval.yaml": evalRule,
	})
	want := []string{"no-eval src/app.py:1", "own-check src/app.py:2"}
	s, _ := scan(t)
	wantPlaces(t, s, want...)
	s, _ = scan(t, "src/app.py")
	wantPlaces(t, s, want...)
	if got := mcpaudit(t, "scan"); !strings.Contains(got.out, "why    Whoever calls it is told so.") {
		t.Errorf("the lesson of an own check is not at hand:\n%s", got.out)
	}
	t.Chdir("src")
	if got := mcpaudit(t, "explain", "own-check"); got.code != exitOK || !strings.Contains(got.out, "It is forbidden.") {
		t.Errorf("explain: code %d, %s%s", got.code, got.out, got.err)
	}
	if got := mcpaudit(t, "checks", "own-check"); got.code != exitOK || !strings.Contains(got.out, "own-check") || !strings.Contains(got.out, "1 check;") {
		t.Errorf("checks: code %d, %s%s", got.code, got.out, got.err)
	}
	s, _ = scan(t, "--untrusted", "..")
	if len(s.Findings) != 0 || s.Summary.Ignored != 2 {
		t.Errorf("untrusted: found %v, ignored %d", s.places(), s.Summary.Ignored)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "minConfidense: high\n", ".mcpaudit.yaml:1: minConfidense: there is no such setting: did you mean minConfidence?"},
		{"wrong value", "\ndeployment: cloud\n", `.mcpaudit.yaml:2: deployment: "cloud" is none of auto, local, remote, enterprise`},
		{"no YAML", "a: [\n", ".mcpaudit.yaml:"},
		{"what is for users alone", "lessonSite: https://x.example\n", ".mcpaudit.yaml:1: lessonSite: a workspace cannot choose this"},
		{"too much", "# " + strings.Repeat("x", 1<<20), "larger than 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inTree(t, map[string]string{"server.py": shell, ".mcpaudit.yaml": c.text})
			if got := mcpaudit(t, "scan"); got.code != exitUsage || !strings.Contains(got.err, c.want) || got.out != "" {
				t.Errorf("code %d, want %q in %q", got.code, c.want, got.err)
			}
			if _, code := scan(t, "--untrusted", "--fail-on", "high"); code != exitFindings {
				t.Errorf("--untrusted: code %d", code)
			}
		})
	}
}

// Each path has the settings of its own project: the nearest above it, within
// its repository, and none that is a link.
func TestSettingsOfEachPath(t *testing.T) {
	off := "checks: {command-injection: off}\n"
	inTree(t, map[string]string{
		"server.py": shell, "quiet/.mcpaudit.yaml": off, "quiet/deep/server.py": shell,
		"quiet/repository/.git/HEAD": "", "quiet/repository/server.py": shell,
	})
	s, _ := scan(t, "server.py", "quiet/deep/server.py", "quiet/repository")
	wantPlaces(t, s, "command-injection server.py:9", "command-injection quiet/repository/server.py:9")
	if s.Summary.Files != 3 {
		t.Errorf("summary %+v", s.Summary)
	}
	s, _ = scan(t, "quiet/deep")
	wantPlaces(t, s)
	s, _ = scan(t, "server.py", ".", "quiet/repository/server.py")
	wantPlaces(t, s, "command-injection server.py:9", "command-injection quiet/deep/server.py:9", "command-injection quiet/repository/server.py:9")
}

func TestCheckList(t *testing.T) {
	inTree(t, nil)
	all := mcpaudit(t, "checks")
	lines := strings.Count(all.out, "\n")
	if all.code != exitOK || lines < 17 || !strings.Contains(all.out, fmt.Sprintf("\n%d checks;", lines-2)) {
		t.Errorf("code %d, %d lines:\n%s", all.code, lines, all.out)
	}
	for _, c := range []struct {
		args      string
		has, lack string
	}{
		{"CWE-22", "path-traversal ", "sql-injection "},
		{"cwe-89", "sql-injection ", "path-traversal "},
		{"mcp05 shell", "command-injection ", "sql-injection "},
		{"--class transport", "bind-all-interfaces ", "sql-injection "},
		{"--language go", "path-traversal ", "unsafe-deserialization "},
		{"--language javascript", "unsafe-deserialization ", "no-such "},
		{"--class injection --language go sql", "sql-injection ", "path-traversal "},
	} {
		got := mcpaudit(t, append([]string{"checks"}, strings.Fields(c.args)...)...)
		if got.code != exitOK || !strings.Contains(got.out, c.has) || strings.Contains(got.out, c.lack) {
			t.Errorf("checks %s: code %d, want %q and not %q in\n%s", c.args, got.code, c.has, c.lack, got.out)
		}
	}
	for _, args := range []string{"no-such-word", "--class no-such-class", "sql no-such-word"} {
		if got := mcpaudit(t, append([]string{"checks"}, strings.Fields(args)...)...); got.code != exitFindings || got.out != "" || !strings.Contains(got.err, "no check fits") {
			t.Errorf("checks %s: code %d, %q, %q", args, got.code, got.out, got.err)
		}
	}
	write(t, "rules.yaml", evalRule)
	if got := mcpaudit(t, "checks", "--rules", "rules.yaml", "no-eval"); !strings.Contains(got.out, "no-eval ") {
		t.Errorf("--rules: %s%s", got.out, got.err)
	}
}

// In a pipe a lesson is the Markdown that stands in the document, and what a
// machine would be told besides.
func TestExplain(t *testing.T) {
	inTree(t, nil)
	got := mcpaudit(t, "explain", "command-injection")
	if got.code != exitOK || got.err != "" || strings.Contains(got.out, "\x1b") {
		t.Fatalf("code %d, stderr %q, escapes: %v", got.code, got.err, strings.Contains(got.out, "\x1b"))
	}
	for _, want := range []string{"# A tool argument reaches a shell\n", "## Attack\n", "```python\n", "## This check\n", "CVSS:4.0/AV:N", "CWE-78", "MCP05", "mcpaudit: ignore[command-injection] why"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in the lesson", want)
		}
	}
	write(t, ".mcpaudit/checks/own-check.md", strings.Replace(ownCheck, "It is", "It \x1b[31mis\u202e", 1))
	if got := mcpaudit(t, "explain", "own-check"); !strings.Contains(got.out, `It \x1b[31mis\u{202e} forbidden`) {
		t.Errorf("a lesson steers the terminal: %q %s", got.out, got.err)
	}
	// What does not load is no reason to withhold a lesson of ours.
	write(t, ".mcpaudit.yaml", "nonsense: 1\n")
	if got := mcpaudit(t, "explain", "command-injection"); got.code != exitOK {
		t.Errorf("code %d: %s", got.code, got.err)
	}
	if got := mcpaudit(t, "explain", "own-check"); got.code != exitUsage || !strings.Contains(got.err, ".mcpaudit.yaml:1: nonsense") {
		t.Errorf("code %d: %s", got.code, got.err)
	}
}

func TestTest(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		dir   string
		code  int
		want  []string // the last one ends the output
	}{
		{"a rule passes", map[string]string{"r/eval.yaml": evalRule, "r/eval.py": "# ruleid: no-eval\neval(1)\n# ok: no-eval\nprint(1)\n"}, "r", 0, []string{"passed 1 of 1 (100.0 %)\n"}},
		{"it misses", map[string]string{"r/eval.yaml": evalRule, "r/eval.py": "# ruleid: no-eval\nprint(1)\n"}, "r", 1, []string{"FAIL r/eval.yaml no-eval: eval.py:2: missed\n", "passed 0 of 1 (0.0 %)\n"}},
		{"it finds too much", map[string]string{"r/eval.yaml": evalRule, "r/eval.py": "# ok: no-eval\neval(1)\n"}, "r", 1, []string{"eval.py:2: unexpected\n", "passed 0 of 1 (0.0 %)\n"}},
		{"what is known to be wrong does not count", map[string]string{"r/eval.yaml": evalRule, "r/eval.py": "# todoruleid: no-eval\nprint(1)\n"}, "r", 0, []string{"passed 1 of 1 (100.0 %)\n"}},
		{"it does not load", map[string]string{"r/eval.yaml": strings.Replace(evalRule, "pattern:", "patern:", 1), "r/eval.py": ""}, "r", 1, []string{`r/eval.yaml:3: unsupported key "patern"`, "passed 0 of 1 (0.0 %)\n"}},
		{"a document passes", map[string]string{"r/own-check.md": ownCheck}, "r", 0, []string{"passed 1 of 1 (100.0 %)\n"}},
		{"a document alone", map[string]string{"r/own-check.md": ownCheck}, "r/own-check.md", 0, []string{"passed 1 of 1 (100.0 %)\n"}},
		{"its examples lie", map[string]string{"r/own-check.md": strings.Replace(ownCheck, "forbidden(1)  # finding", "forbidden(1)", 1)}, "r", 1, []string{"r/own-check.md:16: own-check: unexpected", "passed 0 of 1 (0.0 %)\n"}},
		{"a document does not load", map[string]string{"r/own-check.md": "none", "r/eval.yaml": evalRule, "r/eval.py": "# ruleid: no-eval\neval(1)\n"}, "r", 1,
			[]string{"FAIL r/own-check.md own-check: r/own-check.md:1: ", "passed 1 of 2 (50.0 %)\n"}},
		{"without a test file", map[string]string{"r/eval.yaml": evalRule, "r/own-check.md": ownCheck}, "r", 0, []string{"rules without a test file, which do not count: 1\n", "passed 1 of 1 (100.0 %)\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inTree(t, c.files)
			got := mcpaudit(t, "test", c.dir)
			if got.code != c.code || got.err != "" || !strings.HasSuffix(got.out, c.want[len(c.want)-1]) {
				t.Errorf("code %d, want %d; stderr %q", got.code, c.code, got.err)
			}
			for _, want := range c.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("want %q in\n%s", want, got.out)
				}
			}
		})
	}
}

// Whoever edits a check of ours tests the file, not what was built in.
func TestTestOfOurOwnChecks(t *testing.T) {
	ours := mcpaudit(t, "explain", "sql-injection")
	if ours.code != exitOK {
		t.Fatal(ours.err)
	}
	edited := strings.NewReplacer("own-check", "sql-injection", "forbidden(1)  # finding", "allowed(1)  # finding").Replace(ownCheck)
	inTree(t, map[string]string{"checks/own/sql-injection.md": edited})
	if got := mcpaudit(t, "test", "checks"); got.code != exitFindings || !strings.Contains(got.out, "nothing is reported on this marked line") {
		t.Errorf("code %d: %s%s", got.code, got.out, got.err)
	}
}
