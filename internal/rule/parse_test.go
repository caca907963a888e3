package rule

import (
	"strings"
	"testing"
)

// TestParseErrors: whatever a rule says that is not understood is an error with
// file, line and the word in question.
func TestParseErrors(t *testing.T) {
	const head = "rules:\n  - id: a\n    message: m\n    severity: ERROR\n    languages: [python]\n"
	for _, c := range []struct{ name, yaml, want string }{
		{"key of a file", "rulez: []\n", `r.yaml:1: unsupported key "rulez" in a rule file`},
		{"key of a rule", head + "    pattern: f()\n    join: x\n", `r.yaml:7: unsupported key "join" in a rule`},
		{"key in patterns", head + "    patterns:\n      - pattern: f()\n        semgrep-internal: 1\n", `r.yaml:8: unsupported key "semgrep-internal" in patterns`},
		{"option", head + "    pattern: f()\n    options: {generic_engine: x}\n", `r.yaml:7: unsupported key "generic_engine" in options`},
		{"mode", head + "    pattern: f()\n    mode: join\n", `r.yaml:7: unsupported mode "join"`},
		{"version", head + "    pattern: f()\n    min-version: 9.0.0\n", `r.yaml:7: min-version 9.0.0`},
		{"no pattern", head, `r.yaml:2: rule a: no pattern`},
		{"foreign language", "rules:\n  - id: a\n    languages: [cobol]\n    pattern: f()\n", `none of its languages (cobol) is read by mcpaudit`},
		{"bad regex", head + "    patterns:\n      - pattern-regex: '('\n", `r.yaml:7: regular expression`},
		{"comparison", head + "    patterns:\n      - pattern: f($X)\n      - metavariable-comparison: {metavariable: $X, comparison: 'os($X)'}\n", `r.yaml:8: comparison "os($X)": unsupported function os`},
		{"taint without sinks", head + "    mode: taint\n    pattern-sources: [{pattern: f()}]\n", `mode taint needs pattern-sources and pattern-sinks`},
		{"mcp", head + "    pattern-either: [{mcp: outside}]\n", `r.yaml:6: mcp: "outside" is none of input, untrusted`},
		{"analyzer", head + "    patterns:\n      - pattern: f($X)\n      - metavariable-analysis: {metavariable: $X, analyzer: luck}\n", `unsupported analyzer "luck"`},
	} {
		rules, err := ParseFile("r.yaml", []byte(c.yaml))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		if len(rules) > 0 {
			t.Errorf("%s: the rule was read all the same", c.name)
		}
	}
}

// TestCompileErrors: a pattern that is not code of the rule's language is an
// error of that rule; the others still run.
func TestCompileErrors(t *testing.T) {
	rules, err := ParseFile("r.yaml", []byte("rules:\n"+
		"  - {id: bad, message: m, severity: ERROR, languages: [python], pattern: 'f(('}\n"+
		"  - {id: good, message: m, severity: ERROR, languages: [python], pattern: 'f()'}\n"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := Compile(rules)
	if err == nil || !strings.Contains(err.Error(), `r.yaml:2: rule bad: pattern "f((" is not python`) {
		t.Errorf("error %v", err)
	}
	if r := set.Rules(); len(r) != 1 || r[0].ID != "good" {
		t.Errorf("rules %v", r)
	}
}

// TestAliasesOfAliases: a file that is short on disk and huge unfolded is
// refused at a bound.
func TestAliasesOfAliases(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 {pattern: f()}\n")
	for i := 1; i < 30; i++ {
		prev := "*a" + string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10))
		if i == 1 {
			prev = "*a0"
		}
		b.WriteString("a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ": &a" + string(rune('0'+i/10)) + string(rune('0'+i%10)) +
			" {pattern-either: [" + prev + ", " + prev + "]}\n")
	}
	b.WriteString("rules:\n  - {id: a, message: m, severity: ERROR, languages: [python], patterns: [*a29]}\n")
	if _, err := ParseFile("r.yaml", []byte(b.String())); err == nil || !strings.Contains(err.Error(), "unfold to more than") {
		t.Errorf("error %v", err)
	}
}

func TestExpressions(t *testing.T) {
	values := map[string]any{"$N": 1024.0, "$S": "admin_x", "$L": []any{"a", 2.0}, "A": true, "B": false}
	for s, want := range map[string]bool{
		"$N < 2048":                       true,
		"$N * 2 == 2048":                  true,
		"$N ** 2 > 1000000 and $N != 0":   true,
		"$N / 0 == 1":                     false,
		"int('0x10') == 16":               true,
		"len($S) == 7":                    true,
		"str($N) == '1024'":               true,
		"re.match('adm', $S)":             true,
		"re.match('x', $S)":               false,
		"'a' in $L and 3 not in $L":       true,
		"'min' in $S":                     true,
		"not ($N == 1024) or $S == 'x'":   false,
		"$MISSING == 1":                   false,
		"A and not B":                     true,
		"-$N < 0 and $N % 1000 == 24":     true,
		"$S == \"admin_x\" and True":      true,
		"[1, 2] == [1, 2]":                false,
		"$N in [1024, 2048] or $S < 'a'":  true,
		"float('1.5') > 1 and $S > 'adm'": true,
	} {
		e, err := parseExpr(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if got := truth(e(func(name string) any { return values[name] })); got != want {
			t.Errorf("%s is %v, want %v", s, got, want)
		}
	}
	for _, s := range []string{"", "1 +", "(1", "f(1)", "'a", "1 2", strings.Repeat("(", 200) + "1"} {
		if _, err := parseExpr(s); err == nil {
			t.Errorf("%q was parsed", s)
		}
	}
}
