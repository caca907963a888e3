package checks

import (
	"strings"
	"testing"
)

// Messages are filled in from names and words of the code: every placeholder is
// replaced, and no word comes twice in a row.
func TestMessagesReadAsSentences(t *testing.T) {
	c := catalogue(t)
	for _, check := range c.All() {
		run := tester{catalogue: c, check: check}
		for _, e := range check.Document.Vulnerable {
			for _, file := range e.Files {
				for _, f := range run.audit(&e, file, file.Text).found {
					if f.Check != check.ID {
						continue
					}
					if f.Message == "" || strings.ContainsAny(f.Message, "{}") {
						t.Errorf("%s:%d: the message is not filled in: %q", check.Path, file.Line, f.Message)
					}
					words := strings.Fields(strings.ToLower(f.Message))
					for i := 1; i < len(words); i++ {
						if words[i] == words[i-1] {
							t.Errorf("%s:%d: %q comes twice in a row: %q", check.Path, file.Line, words[i], f.Message)
						}
					}
				}
			}
		}
	}
}

// The number of an element is not the name of a parameter.
func TestMessagesNameNoNumber(t *testing.T) {
	run := tester{catalogue: catalogue(t), check: catalogue(t).ByID("path-traversal")}
	found := run.audit(&Example{}, ExampleFile{Name: "index.ts", Line: 1}, `import fs from "node:fs";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const server = new Server({ name: "demo", version: "1.0.0" }, { capabilities: { tools: {} } });
server.setRequestHandler(CallToolRequestSchema, async (request) => {
  for (const [key, value] of Object.entries(request.params.arguments ?? {})) {
    fs.readFileSync(value as string);
  }
  return { content: [] };
});
`).found
	if len(found) == 0 {
		t.Fatal("nothing found")
	}
	for _, f := range found {
		if strings.Contains(f.Message, " 1 ") {
			t.Errorf("the message names an element by its number: %q", f.Message)
		}
	}
}

// A value that nobody checks is one finding, which tells of all the calls that it
// reaches and follows the shortest way.
func TestOneValueIsOneFinding(t *testing.T) {
	run := tester{catalogue: catalogue(t), check: catalogue(t).ByID("path-traversal")}
	found := run.audit(&Example{}, ExampleFile{Name: "server.py", Line: 1}, `from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")


def size(path):
    return len(open(path).read())


@mcp.tool()
def show(name: str) -> str:
    text = open("/srv/" + name).read()
    return text + str(size("/srv/" + name))
`).found
	if len(found) != 1 {
		t.Fatalf("%d findings, want 1", len(found))
	}
	f := found[0]
	if f.Message != "show lets name choose any file at open (and 1 more)" {
		t.Errorf("the message is %q", f.Message)
	}
	if len(f.Related) != 1 || len(f.Others) != 1 {
		t.Errorf("related %v, %d others", f.Related, len(f.Others))
	}
}
