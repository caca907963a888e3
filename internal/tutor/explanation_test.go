package tutor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/checks"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// audited gives the audit of a server's file, and its sources.
func audited(t *testing.T, text string) (*checks.Catalogue, *audit.Report, Sources) {
	t.Helper()
	catalogue, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "server.py")
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	rep, err := audit.Scan(context.Background(), []string{name}, audit.ScanOptions{Config: config.Default(), Catalogue: catalogue})
	if err != nil {
		t.Fatal(err)
	}
	return catalogue, rep, Sources{Text: func(string) *source.Text { return source.NewText(text) }, Name: filepath.Base}
}

func one(t *testing.T, rep *audit.Report, check string) *audit.Finding {
	t.Helper()
	for _, f := range rep.Findings {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("no %s", check)
	return nil
}

const shellServer = "import subprocess\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP(\"s\")\n\n@mcp.tool(name=NAME)\ndef export(style: str) -> str:\n    line = \"pandoc \" + style\n    return subprocess.run(line, shell=True, timeout=5).stdout\n"

func server(name string) string { return strings.Replace(shellServer, "NAME", name, 1) }

// A finding is explained with its own tool, parameter, lines and score, to each reader
// what they need.
func TestExplain(t *testing.T) {
	catalogue, rep, sources := audited(t, server(`"export"`))
	f := one(t, rep, "command-injection")
	c := catalogue.ByID(f.Check)
	for depth, want := range map[Depth][]string{
		Beginner:  {"## In simple words", "## What happens here, step by step\n\n1. `server.py:6`: the caller chooses style\n   `def export(style: str) -> str:`", "a call of `export` with such a value in `style`", "Safe code looks like this:\n\n```python\n", "## Ask yourself"},
		Developer: {"## Path\n\n1. `server.py:6`", "## Attack", "## How to stop it", "## When it is not a problem", "## Ask yourself"},
		Engineer:  {"## Score\n\n`8.4 + ", "| tools | 1.0 | static: subprocess.run", "| local (here) | 8.4 | AR:L/MAV:L/MUI:P |", "## For experts", "[CWE-78](https://cwe.mitre.org/data/definitions/78.html)", "confidence high: source, path and the missing guard were all seen", "## Limits of the check"},
	} {
		got := Explain(c, f, sources, depth)
		for _, part := range append(want, "# A tool argument reaches a shell\n\nexport passes style to a shell at subprocess.run\n", "- **Where**: `server.py:8`\n- **Tool**: `export`\n- **Parameter**: `style`\n- **Score**: AIVSS 8.9 of 10, High") {
			if !strings.Contains(got, part) {
				t.Errorf("%s lacks %q:\n%s", depth, part, got)
			}
		}
		if strings.Contains(got, "{tool}") || strings.Contains(got, "```go") {
			t.Errorf("%s: what is not this reader's stands there:\n%s", depth, got)
		}
	}
	if strings.Contains(Explain(c, f, sources, Beginner), "CVSS") {
		t.Error("a beginner gets vectors")
	}
}

// Every check explains a finding of its own first example at each depth.
func TestExplainEveryCheck(t *testing.T) {
	catalogue, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range catalogue.All() {
		f := &audit.Finding{Title: c.Title}
		f.Check, f.Path, f.Message, f.Confidence = c.ID, "server.py", c.Message, c.Confidence
		for _, d := range Depths {
			got := Explain(c, f, Sources{Text: func(string) *source.Text { return nil }, Name: filepath.Base}, d)
			if !strings.Contains(got, "## ") || len(got) < 400 {
				t.Errorf("%s at %s:\n%s", c.ID, d, got)
			}
		}
	}
}

// What the code calls itself stays text.
func TestExplainHostileNames(t *testing.T) {
	catalogue, rep, sources := audited(t, server("\"<img src=x> [a](command:b) `c` \\u202e\\n## Trusted\""))
	f := one(t, rep, "command-injection")
	for _, d := range Depths {
		got := Explain(catalogue.ByID(f.Check), f, sources, d)
		plain := strings.ReplaceAll(got, "`", "")
		if strings.Contains(got, "\u202e") || strings.Contains(got, "\n## Trusted") || strings.Contains(strings.SplitN(got, "- **Where**", 2)[0], "](command:") && !strings.Contains(got, `\](command:`) || strings.HasPrefix(plain, "<img") {
			t.Errorf("%s:\n%s", d, got)
		}
	}
}
