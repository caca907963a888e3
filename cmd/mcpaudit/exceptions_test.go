package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// exception gives the text of an exception that accepts the command of the demo server,
// with some of its lines changed.
func exception(changes ...string) string {
	text := `id: EX-001
name: Reports are exported through a shell
status: accepted
check: command-injection
justification: The style is one of three constants, checked in front
scope:
  paths: [/server.py]
  code: subprocess\.run
review: 2199-01-01
`
	for i := 0; i+1 < len(changes); i += 2 {
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return text
}

// silenced gives the check and the exception of each finding that one silences.
func silenced(t *testing.T, args ...string) []string {
	t.Helper()
	s, _ := scan(t, args...)
	var all []string
	for _, f := range s.Findings {
		if f.Suppressed != nil && f.Suppressed.Exception != "" {
			all = append(all, f.Check+" "+f.Suppressed.Exception)
		}
	}
	return all
}

// An exception silences what fits its check, its paths and its code, until its review
// and only when it is accepted. Whatever of that is not so, the finding stands.
func TestExceptionSilences(t *testing.T) {
	for _, c := range []struct {
		name, text string
		args       string
		want       string
		told       string
	}{
		{"all fits", exception(), ".", "[command-injection EX-001]", ""},
		{"one file is named", exception(), "server.py", "[command-injection EX-001]", ""},
		{"the tree is not trusted", exception(), "--untrusted .", "[]", ""},
		{"it is proposed", exception("accepted", "proposed"), ".", "[]", ""},
		{"it is retired", exception("accepted", "retired"), ".", "[]", ""},
		{"it has expired", exception("2199", "2020"), ".", "[]", "was to be reviewed by 2020-01-01, so it silences nothing any more"},
		{"another check", exception("command-injection", "path-traversal", "subprocess", "subprocess2"), ".", "[]", "silences nothing any more: the finding is gone"},
		{"another path", exception("/server.py", "/other.py"), ".", "[]", "silences nothing any more"},
		{"other code", exception("subprocess", "os\\.system"), ".", "[]", "silences nothing any more"},
		{"a list of checks", exception("check: command-injection", "check: [command-injection, path-traversal]"), ".", "[command-injection EX-001]", ""},
		{"no such check", exception("command-injection", "comand-injection"), ".", "[]", `There is no check "comand-injection": did you mean command-injection?`},
		{"everywhere", exception("scope:\n  paths: [/server.py]\n  code: subprocess\\.run\n", ""), ".", "[command-injection EX-001]", "silences its check everywhere"},
		{"a pattern that fits all", exception("code: subprocess\\.run", "code: .*"), ".", "[command-injection EX-001]", "This pattern fits all code"},
		{"no reason yet", exception("The style is one of three constants, checked in front", "Write here why this is no risk, or why it is worth taking."), ".", "[]", "Nobody has written why yet"},
		{"a typing error", exception("justification:", "justificaton:"), ".", "[]", "did you mean justification?"},
		{"no pattern", exception(`subprocess\.run`, `'subprocess('`), ".", "[]", "This is no regular expression"},
		{"a merge conflict", "<<<<<<< ours\n" + exception() + "=======\n>>>>>>> theirs\n", ".", "[]", "A merge conflict stands in lines 1 to "},
	} {
		t.Run(c.name, func(t *testing.T) {
			demoServer(t, "python-notes")
			write(t, ".mcpaudit/exceptions/EX-001.yaml", c.text)
			if got := fmt.Sprint(silenced(t, strings.Fields(c.args)...)); got != c.want {
				t.Errorf("silenced %s, want %s", got, c.want)
			}
			got := mcpaudit(t, append([]string{"scan"}, strings.Fields(c.args)...)...)
			if (c.told == "") != (got.err == "") || !strings.Contains(got.err, c.told) {
				t.Errorf("told %q, want %q", got.err, c.told)
			}
		})
	}
}

// Of two exceptions with one id the second silences nothing, and says so.
func TestExceptionsWithOneID(t *testing.T) {
	demoServer(t, "python-notes")
	write(t, ".mcpaudit/exceptions/a.yaml", exception())
	write(t, ".mcpaudit/exceptions/b.yml", exception("command-injection", "path-traversal", "subprocess\\.run", "read_text"))
	write(t, ".mcpaudit/exceptions/notes.txt", "no exception")
	if got := fmt.Sprint(silenced(t, ".")); got != "[command-injection EX-001]" {
		t.Errorf("silenced %s", got)
	}
	if got := mcpaudit(t, "scan"); !strings.Contains(got.err, "b.yml:1: a.yaml has the id EX-001 already") {
		t.Errorf("told %s", got.err)
	}
}

// What is accepted stays visible in every format, with why.
func TestExceptionsInEveryFormat(t *testing.T) {
	demoServer(t, "python-notes")
	write(t, ".mcpaudit/exceptions/EX-001.yaml", exception())
	write(t, ".mcpaudit/exceptions/EX-002.yaml", exception("EX-001", "EX-002", "2199", "2020"))
	for format, want := range map[string][]string{
		"text":     {"server.py:58: command-injection: The style is one of three constants, checked in front (EX-001)"},
		"markdown": {"`command-injection` at `server.py:58`: The style is one of three constants, checked in front \\(EX\\-001\\)"},
		"json":     {`"exception": "EX-001"`, `"state": "used"`, `"state": "expired"`},
		"sarif":    {`"kind": "external"`, `"justification": "EX-001: The style is one of three constants, checked in front"`},
		"github":   {"::warning file=.mcpaudit/exceptions/EX-002.yaml,line=9,title=accepted risk::EX-002: This exception was to be reviewed"},
	} {
		got := mcpaudit(t, "scan", "--format", format)
		for _, part := range want {
			if !strings.Contains(got.out, part) {
				t.Errorf("%s lacks %q", format, part)
			}
		}
	}
	if got := mcpaudit(t, "model"); !strings.Contains(got.out, "## Accepted risks") || !strings.Contains(got.out, "EX-001: The style is one of three constants") {
		t.Errorf("the threat model does not show it: %s", got.out)
	}
}

// The list says what has become of each.
func TestListOfExceptions(t *testing.T) {
	demoServer(t, "python-notes")
	if got := mcpaudit(t, "exceptions"); got.code != exitOK || !strings.Contains(got.out, "no accepted risks") {
		t.Errorf("code %d, %s", got.code, got.out)
	}
	write(t, ".mcpaudit/exceptions/EX-001.yaml", exception())
	want := "ID      STATE  SILENCES  CHECKS             REVIEW      NAME\n" +
		"EX-001  used   1         command-injection  2199-01-01  Reports are exported through a shell\n"
	if got := mcpaudit(t, "exceptions"); got.code != exitOK || got.out != want || got.err != "" {
		t.Errorf("code %d, %s%s", got.code, got.out, got.err)
	}
	write(t, ".mcpaudit/exceptions/EX-002.yaml", exception("EX-001", "\"\\e[31mEX\"", "subprocess", "gone"))
	got := mcpaudit(t, "exceptions", "server.py")
	if got.code != exitFindings || strings.Contains(got.out, "\x1b") || !strings.Contains(got.out, "unused") || !strings.Contains(got.err, "something is wrong with 1 of 2") {
		t.Errorf("code %d, %s%s", got.code, got.out, got.err)
	}
}

// An exception says nothing of what lies outside its folder, whatever it names.
func TestExceptionStaysInItsFolder(t *testing.T) {
	demoServer(t, "python-notes")
	source := read(t, "server.py")
	inTree(t, map[string]string{
		"a/server.py": source, "b/server.py": source,
		"a/.mcpaudit/exceptions/x.yaml": exception("[/server.py]", `["../b/**", "**"]`),
	})
	s, _ := scan(t, "a", "b")
	for _, f := range s.Findings {
		if f.Suppressed != nil {
			t.Errorf("%s in %s is silenced", f.Check, f.Location.File)
		}
	}
	out := mcpaudit(t, "scan", "--format", "json", "a").out
	if !json.Valid([]byte(out)) || !strings.Contains(out, "names nothing below this folder") {
		t.Error("the path that leads out is not told")
	}
}
