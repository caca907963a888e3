package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// result is what a run of the command left behind.
type result struct {
	code     int
	out, err string
}

// TestMain keeps the settings of whoever runs the tests out of them.
func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "mcpaudit-cmd-*")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_CONFIG_HOME", folder)
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// mcpaudit runs the command in this process.
func mcpaudit(t *testing.T, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, streams{strings.NewReader(""), &out, &err})
	return result{code, out.String(), err.String()}
}

// inTree makes a folder of files and makes it the working directory. It counts
// as the root of a repository, so that no settings above it hold.
func inTree(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, ".git/HEAD", "ref: refs/heads/main\n")
	for name, text := range files {
		write(t, name, text)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// shell is a server with a command injection on line 9, band High; weak is one
// with pollution of its channel on line 8, band Low; clean has no flaw.
const (
	head = `import subprocess
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("demo")


@mcp.tool()
`
	shell = head + `def ping(host: str) -> str:
    return subprocess.getoutput("ping -c 1 " + host)


mcp.run(transport="stdio")
`
	weak = head + `def ping() -> str:
    return "pong"


print("starting")
mcp.run(transport="stdio")
`
	clean = head + `def ping() -> str:
    return "pong"


mcp.run(transport="stdio")
`
)

// TestUsage says what is wrong, where, and what to do, with exit code 2.
func TestUsage(t *testing.T) {
	inTree(t, map[string]string{"server.py": clean, "known.json": "[]", "folder/x.txt": "", "empty/x.txt": ""})
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"scna"}, `there is no command "scna": did you mean scan?`},
		{[]string{"server.py"}, `there is no command "server.py"; to audit it: mcpaudit scan server.py`},
		{[]string{"frobnicate"}, `there is no command "frobnicate": there are ask, checks, `},
		{[]string{"scan", "--frobnicate"}, "unknown flag: --frobnicate; see 'mcpaudit scan --help'"},
		{[]string{"scan", "nowhere"}, "nowhere\": no such file or directory"},
		{[]string{"scan", ".", "nowhere"}, "nowhere\": no such file or directory"},
		{[]string{"scan", "--format", "yaml"}, `"yaml" for "--format" flag: want one of text, json, sarif, markdown, github`},
		{[]string{"scan", "--fail-on", "severe"}, "want one of critical, high, medium, low, never"},
		{[]string{"scan", "--min-confidence", "some"}, "want one of low, medium, high"},
		{[]string{"scan", "--context", "cloud"}, "want one of local, remote, enterprise"},
		{[]string{"scan", "--jobs", "-1"}, "--jobs -1: want a number of files, or 0"},
		{[]string{"scan", "--jobs", "many"}, `invalid argument "many" for "--jobs"`},
		{[]string{"scan", "--check", "comand-injection"}, `--check: there is no check "comand-injection": did you mean command-injection?`},
		{[]string{"scan", "--check", "ssrf"}, "did you mean server-side-request-forgery?"},
		{[]string{"scan", "--check", "nothing-like-it"}, "'mcpaudit checks' lists them all"},
		{[]string{"scan", "--rules", "nowhere.yaml"}, "rules: there is no file or folder nowhere.yaml"},
		{[]string{"scan", "--rules", "empty"}, "--rules: the folder empty holds no rule file"},
		{[]string{"scan", "--update-baseline"}, "--update-baseline needs --baseline FILE"},
		{[]string{"scan", "--baseline", "none.json"}, "there is no baseline none.json yet: write one with --update-baseline"},
		{[]string{"scan", "--baseline", "known.json"}, "--baseline: known.json: not a baseline"},
		{[]string{"scan", "--output", "no/folder/out"}, "--output: there is no folder no/folder"},
		{[]string{"scan", "--output", "server.py/out"}, "--output: "},
		{[]string{"scan", "--output", "folder"}, "--output: folder is a folder"},
		{[]string{"explain"}, "explain wants one check"},
		{[]string{"explain", "sql"}, `there is no check "sql": did you mean sql-injection?`},
		{[]string{"explain", "nothing-like-it"}, `there is no check "nothing-like-it"; 'mcpaudit checks' lists them all`},
		{[]string{"test"}, "test wants one folder"},
		{[]string{"test", "nowhere"}, "there is no folder nowhere"},
		{[]string{"test", "server.py"}, "server.py is neither a folder nor a check document"},
		{[]string{"test", "empty"}, "empty holds no rule with a test file and no check document"},
		{[]string{"version", "now"}, "unknown command"},
		{[]string{"serve", "now"}, "unknown command"},
	} {
		got := mcpaudit(t, c.args...)
		if got.code != exitUsage || !strings.HasPrefix(got.err, "mcpaudit: ") || !strings.Contains(got.err, c.want) {
			t.Errorf("%q: code %d, want 2 and %q; said\n%s", c.args, got.code, c.want, got.err)
		}
		if got.out != "" {
			t.Errorf("%q: printed %q", c.args, got.out)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for args, want := range map[string]string{
		"":              "Usage:",
		"--help":        "mcpaudit scan ",
		"help scan":     "Exit codes:",
		"scan --help":   "--fail-on critical|high|medium|low|never",
		"checks --help": "Examples:",
		"test --help":   "ruleid:",
		"serve --help":  "Language Server Protocol",
		"version":       "AIVSS 0.8, CVSS 4.0",
		"--version":     "mcpaudit version ",
	} {
		got := mcpaudit(t, strings.Fields(args)...)
		if got.code != exitOK || got.err != "" || !strings.Contains(got.out, want) {
			t.Errorf("%q: code %d, stderr %q, want %q in\n%s", args, got.code, got.err, want, got.out)
		}
		for line := range strings.Lines(got.out) {
			if len(line) > 121 {
				t.Errorf("%q: a line of %d bytes: %s", args, len(line), line)
			}
		}
	}
}

func TestInterrupt(t *testing.T) {
	inTree(t, map[string]string{"server.py": shell})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, err bytes.Buffer
	code := run(ctx, []string{"scan", "--fail-on", "low"}, streams{strings.NewReader(""), &out, &err})
	if code != exitInterrupted || err.String() != "mcpaudit: interrupted\n" || out.Len() > 0 {
		t.Errorf("code %d, stderr %q, stdout %q", code, err.String(), out.String())
	}
}
