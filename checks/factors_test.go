package checks

// The factors that code shows, each by a program that shows it and a twin that does not,
// in three languages.

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

func halves(factors []rule.Factor, name string) int {
	for _, f := range factors {
		if f.Name == name {
			return f.Halves
		}
	}
	return 0
}

// shownBy gives what the tools of a program show together. A comment `shows NAME VALUE`
// stands on the line of what shows a factor.
func shownBy(t *testing.T, name, text string) (got, want []string) {
	t.Helper()
	prog := program.Lower("/"+name, parseExample(name, text), nil)
	facts := mcp.Recognise(prog, nil)
	s := shown{p: &rule.Pass{File: prog, Facts: facts, Flow: flow.Analyse(facts, nil)}}
	if len(facts.Entries) == 0 {
		t.Fatalf("no tool is found in %s", text)
	}
	for _, f := range s.file() {
		if f.Path != "/"+name {
			t.Errorf("%s is shown by %s in %q", f.Name, f.Text, f.Path)
		}
		got = append(got, fmt.Sprintf("%d: %s %s", f.Line, f.Name, aivss.Factor{Half: f.Halves}.Value()))
	}
	lines := source.NewText(text)
	for i := range lines.Lines() {
		_, comment, _ := strings.Cut(lines.Line(i), " shows ")
		for shows := range strings.SplitSeq(strings.TrimSpace(comment), ", ") {
			if shows != "" {
				want = append(want, fmt.Sprintf("%d: %s", i+1, shows))
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	return got, want
}

func pythonServer(imports, code string) string {
	return imports + `
from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations

mcp = FastMCP("notes")

` + code
}

func ecmaServer(imports, code string) string {
	return `import { z } from "zod";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
` + imports + `
const server = new McpServer({ name: "notes", version: "1.0.0" });

` + code
}

func goServer(imports, code string) string {
	return `package main

import (
	"context"
` + imports + `
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type input struct {
	Text string ` + "`json:\"text\"`" + `
	Count int ` + "`json:\"count\"`" + `
}

` + code + `
func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "notes", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "note", Description: "A note."}, note)
	server.Run(context.Background(), &mcp.StdioTransport{})
}
`
}

const goHead = "func note(ctx context.Context, req *mcp.CallToolRequest, in input) (*mcp.CallToolResult, any, error) {\n"

// TestFactorsFromCode wants each factor at the line that shows it, and nothing besides.
func TestFactorsFromCode(t *testing.T) {
	for name, c := range factorCases {
		for i, text := range c {
			file := [...]string{"server.py", "server.ts", "server.go"}[i]
			got, want := shownBy(t, file, text)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: shown %q, want %q\n%s", name, file, got, want, text)
			}
		}
	}
}

// factorCases are programs in Python, TypeScript and Go, by what they show.
var factorCases = map[string][3]string{
	"a command line that the caller writes": {
		pythonServer("import subprocess", `@mcp.tool()
def note(text: str) -> str:
    """A note."""
    return subprocess.run(text, shell=True, timeout=9, capture_output=True, text=True).stdout  # shows tools 1.0, language 1.0, autonomy 1.0
`),
		ecmaServer(`import { execSync } from "node:child_process";`, `server.registerTool("note", { inputSchema: { text: z.string() } }, async ({ text }) => {
  const out = execSync(text, { timeout: 9000 }); // shows tools 1.0, language 1.0, autonomy 1.0
  return { content: [{ type: "text", text: String(out) }] };
});
`),
		goServer(`	"os/exec"
`, goHead+`	out, err := exec.CommandContext(ctx, "sh", "-c", in.Text).Output() // shows tools 1.0, language 1.0, autonomy 1.0
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(out)}}}, nil, err
}
`),
	},
	"a number in a command line": {
		pythonServer("import subprocess", `@mcp.tool()
def note(count: int) -> str:
    """A note."""
    return subprocess.run(f"ping -c {count} localhost", shell=True, timeout=9, capture_output=True, text=True).stdout  # shows tools 1.0
`),
		ecmaServer(`import { execSync } from "node:child_process";`, "server.registerTool(\"note\", { inputSchema: { count: z.number() } }, async ({ count }) => {\n"+
			"  const out = execSync(`ping -c ${count} localhost`, { timeout: 9000 }); // shows tools 1.0\n"+`  return { content: [{ type: "text", text: String(out) }] };
});
`),
		goServer(`	"os/exec"
	"strconv"
`, goHead+`	out, err := exec.CommandContext(ctx, "ping", "-c", strconv.Itoa(in.Count), "localhost").Output() // shows tools 1.0
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(out)}}}, nil, err
}
`),
	},
}
