package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Where one function serves many tools, each reaches what its own branch calls, however
// deep, and what is called for all of them.
func TestEntriesReachWhatTheirBranchCalls(t *testing.T) {
	for name, text := range map[string]string{
		"server.ts": `import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { readFileSync, rmSync, writeFileSync, appendFileSync } from "node:fs";

const server = new Server({ name: "notes", version: "1.0.0" }, { capabilities: { tools: {} } });

function keep() { store(); }
function store() { writeFileSync("/srv/notes.md", "kept"); }
function reset() { rmSync("/srv/notes"); }
function resetAll() { reset(); }
function note() { appendFileSync("/srv/calls", "called"); }

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    { name: "read", description: "Read.", inputSchema: { type: "object" } },
    { name: "look", description: "Read.", inputSchema: { type: "object" } },
    { name: "keep", description: "Keep.", inputSchema: { type: "object" } },
    { name: "clear", description: "Clear.", inputSchema: { type: "object" } },
  ],
}));

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  note();
  switch (request.params.name) {
    case "look":
    case "read":
      return { content: [{ type: "text", text: String(readFileSync("/srv/notes.md")) }] };
    case "keep":
      keep();
      return { content: [] };
    case "clear":
      resetAll();
      return { content: [] };
  }
  throw new Error("no such tool");
});
`,
		"server.py": `import os
from mcp import types
from mcp.server import Server

server = Server("notes")


def keep():
    store()


def store():
    open("/srv/notes.md", "w").write("kept")


def reset():
    os.remove("/srv/notes")


def reset_all():
    reset()


def note():
    open("/srv/calls", "a").write("called")


@server.list_tools()
async def list_tools():
    return [
        types.Tool(name="read", description="Read.", inputSchema={"type": "object"}),
        types.Tool(name="look", description="Read.", inputSchema={"type": "object"}),
        types.Tool(name="keep", description="Keep.", inputSchema={"type": "object"}),
        types.Tool(name="clear", description="Clear.", inputSchema={"type": "object"}),
    ]


@server.call_tool()
async def call_tool(name, arguments):
    note()
    if name in ("look", "read"):
        return open("/srv/notes.md").read()
    elif name == "keep":
        keep()
    elif name == "clear":
        reset_all()
    return []
`,
	} {
		facts, result := analyseText(name, text)
		got := map[string][]string{}
		for _, e := range facts.Entries {
			got[e.Name] = nil
		}
		for _, u := range result.Uses {
			for _, e := range u.Entries {
				got[e.Name] = append(got[e.Name], string(u.Kind)+" in "+u.File.Funcs[u.Func].Name)
			}
		}
		for tool, want := range map[string][]string{
			"read": {"path-read", "path-write in note"}, "look": {"path-read", "path-write in note"},
			"keep": {"path-write in note", "path-write in store"}, "clear": {"path-delete in reset", "path-write in note"},
		} {
			slices.Sort(got[tool])
			have := fmt.Sprint(got[tool])
			if len(got[tool]) != len(want) || slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(have, w) }) {
				t.Errorf("%s: %s reaches %s, want %q", name, tool, have, want)
			}
		}
	}
}

func TestHoldsWord(t *testing.T) {
	for code, want := range map[string]bool{
		"run()": true, "this.run(x)": true, "a.run": true, "runAll(); run()": true, "run": true,
		"runAll()": false, "rerun()": false, "$run": false, "run_": false, "ärun": false, "": false,
	} {
		if got := holdsWord(code, "run"); got != want {
			t.Errorf("%q: %t", code, got)
		}
	}
}
