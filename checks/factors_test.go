package checks

// The factors that code shows, each by a program that shows it and a twin that does not,
// in three languages.

import (
	"fmt"
	"maps"
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

// goServer takes what stands after //annotate at the start of the code into the
// registration.
func goServer(imports, code string) string {
	annotations := ""
	if rest, ok := strings.CutPrefix(code, "//annotate "); ok {
		annotations, code, _ = strings.Cut(rest, "\n")
	}
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
	mcp.AddTool(server, &mcp.Tool{
		Name: "note", Description: "A note.",
		` + annotations + `
	}, note)
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

// three gives the programs of a case, each by what it imports and its tool, called note.
func three(python, ecma, golang [2]string) [3]string {
	return [3]string{pythonServer(python[0], python[1]), ecmaServer(ecma[0], ecma[1]), goServer(golang[0], golang[1])}
}

const (
	pyTool   = "@mcp.tool()\ndef note(text: str, count: int = 1) -> str:\n    \"\"\"A note.\"\"\"\n"
	ecmaTool = "server.registerTool(\"note\", { inputSchema: { text: z.string(), count: z.number() } }, async ({ text, count }) => {\n"
	ecmaEnd  = "  return { content: [{ type: \"text\", text: \"done\" }] };\n});\n"
	goEnd    = "	return &mcp.CallToolResult{}, nil, nil\n}\n"
)

// factorCases are programs in Python, TypeScript and Go, by what they show.
var factorCases = map[string][3]string{
	"language, tools and autonomy: a command line that the caller writes": three(
		[2]string{"import subprocess", pyTool + `    subprocess.run(text, shell=True, timeout=9)  # shows tools 1.0, language 1.0, autonomy 1.0
    return "done"
`},
		[2]string{`import { execSync } from "node:child_process";`, ecmaTool + `  execSync(text, { timeout: 9000 }); // shows tools 1.0, language 1.0, autonomy 1.0
` + ecmaEnd},
		[2]string{"	\"os/exec\"\n", goHead + `	exec.CommandContext(ctx, "sh", "-c", in.Text).Run() // shows tools 1.0, language 1.0, autonomy 1.0
` + goEnd}),
	"a command line that takes a number": three(
		[2]string{"import subprocess", pyTool + `    subprocess.run(f"ping -c {count} localhost", shell=True, timeout=9)  # shows tools 1.0
    return "done"
`},
		[2]string{`import { execSync } from "node:child_process";`, ecmaTool + "  execSync(`ping -c ${count} localhost`, { timeout: 9000 }); // shows tools 1.0\n" + ecmaEnd},
		[2]string{"	\"os/exec\"\n	\"strconv\"\n", goHead + `	exec.CommandContext(ctx, "sh", "-c", "ping localhost -c "+strconv.Itoa(in.Count)).Run() // shows tools 1.0
` + goEnd}),
	"a tool that computes": three(
		[2]string{"", pyTool + `    return text.upper() * count
`},
		[2]string{"", ecmaTool + `  text.repeat(count);
` + ecmaEnd},
		[2]string{"	\"strings\"\n", goHead + `	_ = strings.Repeat(in.Text, in.Count)
` + goEnd}),
	"context: a file of the author's choice": three(
		[2]string{"", pyTool + `    return open("/srv/notes.md").read()  # shows context 0.5
`},
		[2]string{`import { readFileSync } from "node:fs";`, ecmaTool + `  readFileSync("/srv/notes.md"); // shows context 0.5
` + ecmaEnd},
		[2]string{"	\"os\"\n", goHead + `	os.ReadFile("/srv/notes.md") // shows context 0.5
` + goEnd}),
	"context: a file of the caller's choice": three(
		[2]string{"", pyTool + `    return open(text).read()  # shows context 1.0
`},
		[2]string{`import { readFileSync } from "node:fs";`, ecmaTool + `  readFileSync(text); // shows context 1.0
` + ecmaEnd},
		[2]string{"	\"os\"\n", goHead + `	os.ReadFile(in.Text) // shows context 1.0
` + goEnd}),
	"persistence and tools: a file is written": three(
		[2]string{"", pyTool + `    open("/srv/notes.md", "w").write(text)  # shows tools 0.5, persistence 0.5
    return "done"
`},
		[2]string{`import { writeFileSync } from "node:fs";`, ecmaTool + `  writeFileSync("/srv/notes.md", text); // shows tools 0.5, persistence 0.5
` + ecmaEnd},
		[2]string{"	\"os\"\n", goHead + `	os.WriteFile("/srv/notes.md", []byte(in.Text), 0o600) // shows tools 0.5, persistence 0.5
` + goEnd}),
	"a file that the server keeps for itself is written": three(
		[2]string{"", pyTool + `    open("/var/cache/notes.md", "w").write(text)  # shows tools 0.5
    return "done"
`},
		[2]string{`import { writeFileSync } from "node:fs";`, ecmaTool + `  writeFileSync("/var/cache/notes.md", text); // shows tools 0.5
` + ecmaEnd},
		[2]string{"	\"os\"\n", goHead + `	os.WriteFile("/var/cache/notes.md", []byte(in.Text), 0o600) // shows tools 0.5
` + goEnd}),
	"persistence and tools: a row is kept": three(
		[2]string{"import sqlite3", `db = sqlite3.connect("notes.db")


` + pyTool + `    db.execute("INSERT INTO notes VALUES (?)", (text,))  # shows tools 0.5, context 0.5, persistence 0.5
    return "done"
`},
		[2]string{`import pg from "pg";`, `const db = new pg.Pool();

` + ecmaTool + `  await db.query("INSERT INTO notes VALUES ($1)", [text]); // shows tools 0.5, context 0.5, persistence 0.5
` + ecmaEnd},
		[2]string{"	\"database/sql\"\n", `var db *sql.DB

` + goHead + `	db.ExecContext(ctx, "INSERT INTO notes VALUES (?)", in.Text) // shows tools 0.5, context 0.5, persistence 0.5
` + goEnd}),
	"a row is looked up, in a table that is there from the start": three(
		[2]string{"import sqlite3", `db = sqlite3.connect("notes.db")


` + pyTool + `    db.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT)")  # shows context 0.5
    return str(db.execute("SELECT text FROM notes WHERE text = ?", (text,)).fetchall())
`},
		[2]string{`import pg from "pg";`, `const db = new pg.Pool();

` + ecmaTool + `  await db.query("CREATE TABLE IF NOT EXISTS notes (text TEXT)"); // shows context 0.5
  await db.query("SELECT text FROM notes WHERE text = $1", [text]);
` + ecmaEnd},
		[2]string{"	\"database/sql\"\n", `var db *sql.DB

` + goHead + `	db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS notes (text TEXT)") // shows context 0.5
	db.QueryContext(ctx, "SELECT text FROM notes WHERE text = ?", in.Text)
` + goEnd}),
	"language and tools: a query that the caller has a part in": three(
		[2]string{"import sqlite3", `db = sqlite3.connect("notes.db")


` + pyTool + `    return str(db.execute(f"SELECT text FROM notes WHERE text = '{text}'").fetchall())  # shows tools 1.0, context 1.0, language 1.0
`},
		[2]string{`import pg from "pg";`, `const db = new pg.Pool();

` + ecmaTool + "  await db.query(`SELECT text FROM notes WHERE text = '${text}'`); // shows tools 1.0, context 1.0, language 1.0\n" + ecmaEnd},
		[2]string{"	\"database/sql\"\n", `var db *sql.DB

` + goHead + `	db.QueryContext(ctx, "SELECT text FROM notes WHERE text = '"+in.Text+"'") // shows tools 1.0, context 1.0, language 1.0
` + goEnd}),
	"autonomy: a folder is removed": three(
		[2]string{"import shutil", pyTool + `    shutil.rmtree("/srv/notes")  # shows tools 0.5, autonomy 1.0
    return "done"
`},
		[2]string{`import { rmSync } from "node:fs";`, ecmaTool + `  rmSync("/srv/notes", { recursive: true }); // shows tools 0.5, autonomy 1.0
` + ecmaEnd},
		[2]string{"	\"os\"\n", goHead + `	os.RemoveAll("/srv/notes") // shows tools 0.5, autonomy 1.0
` + goEnd}),
	"a folder is removed where the caller confirms it": three(
		[2]string{"import shutil", `@mcp.tool()
def note(confirm: bool = False) -> str:
    """A note."""
    if confirm:
        shutil.rmtree("/srv/notes")  # shows tools 0.5
    return "done"
`},
		[2]string{`import { rmSync } from "node:fs";`, `server.registerTool("note", { inputSchema: { confirm: z.boolean() } }, async ({ confirm }) => {
  if (confirm) rmSync("/srv/notes", { recursive: true }); // shows tools 0.5
` + ecmaEnd},
		[2]string{"	\"os\"\n", goHead + `	if answer, err := req.Session.Elicit(ctx, &mcp.ElicitParams{Message: "Really?"}); err == nil && answer.Action == "accept" {
		os.RemoveAll("/srv/notes") // shows tools 0.5
	}
` + goEnd}),
	"autonomy: a folder is removed, and the client is told": three(
		[2]string{"import shutil", `@mcp.tool(annotations=ToolAnnotations(destructiveHint=True))  # shows autonomy 0.5
def note() -> str:
    """A note."""
    shutil.rmtree("/srv/notes")  # shows tools 0.5
    return "done"
`},
		[2]string{`import { rmSync } from "node:fs";`, `server.registerTool("note", {
  annotations: { destructiveHint: true }, // shows autonomy 0.5
}, async () => {
  rmSync("/srv/notes", { recursive: true }); // shows tools 0.5
` + ecmaEnd},
		[2]string{"	\"os\"\n", "//annotate Annotations: &mcp.ToolAnnotations{DestructiveHint: &yes}, // shows autonomy 0.5\nvar yes = true\n" + goHead + `	os.RemoveAll("/srv/notes") // shows tools 0.5
` + goEnd}),
	"autonomy: a folder is removed by what is declared to read": three(
		[2]string{"import shutil", `@mcp.tool(annotations=ToolAnnotations(readOnlyHint=True))
def note() -> str:
    """A note."""
    shutil.rmtree("/srv/notes")  # shows tools 0.5, autonomy 1.0
    return "done"
`},
		[2]string{`import { rmSync } from "node:fs";`, `server.registerTool("note", { annotations: { readOnlyHint: true } }, async () => {
  rmSync("/srv/notes", { recursive: true }); // shows tools 0.5, autonomy 1.0
` + ecmaEnd},
		[2]string{"	\"os\"\n", "//annotate Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},\n" + goHead + `	os.RemoveAll("/srv/notes") // shows tools 0.5, autonomy 1.0
` + goEnd}),
	"non_determinism: the client's model is asked": three(
		[2]string{"from mcp.server.fastmcp import Context\nfrom mcp.types import SamplingMessage, TextContent", `@mcp.tool()
async def note(text: str, ctx: Context) -> str:
    """A note."""
    messages = [SamplingMessage(role="user", content=TextContent(type="text", text="Name a color."))]
    await ctx.session.create_message(messages=messages, max_tokens=100)  # shows non_determinism 1.0
    return "done"
`},
		[2]string{"", ecmaTool + `  await server.server.createMessage({ // shows non_determinism 1.0
    messages: [{ role: "user", content: { type: "text", text: "Name a color." } }], maxTokens: 100,
  });
` + ecmaEnd},
		[2]string{"", goHead + `	req.Session.CreateMessage(ctx, &mcp.CreateMessageParams{ // shows non_determinism 1.0
		Messages: []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: "Name a color."}}}, MaxTokens: 100,
	})
` + goEnd}),
	"a sample of numbers": three(
		[2]string{"import random", pyTool + `    return str(random.sample(range(100), count))
`},
		[2]string{`import { bus } from "./bus.js";`, ecmaTool + `  bus.createMessage("note");
` + ecmaEnd},
		[2]string{"	\"notes.example/bus\"\n", goHead + `	bus.CreateMessage(ctx, in.Text)
` + goEnd}),
	"persistence and tools: a text is kept in a vector store": three(
		[2]string{"import chromadb", `store = chromadb.PersistentClient("notes.db").get_or_create_collection("notes")


` + pyTool + `    store.add(ids=["1"], documents=[text])  # shows tools 0.5, persistence 1.0
    return "done"
`},
		[2]string{`import { ChromaClient } from "chromadb";`, ecmaTool + `  const store = await new ChromaClient().getOrCreateCollection({ name: "notes" });
  await store.add({ ids: ["1"], documents: [text] }); // shows tools 0.5, persistence 1.0
` + ecmaEnd},
		[2]string{"	\"github.com/philippgille/chromem-go\"\n", `var store, _ = chromem.NewDB().CreateCollection("notes", nil, nil)

` + goHead + `	store.AddDocument(ctx, chromem.Document{ID: "1", Content: in.Text}) // shows tools 0.5, persistence 1.0
` + goEnd}),
	"a text is kept for this one call": three(
		[2]string{"", pyTool + `    kept = set()
    kept.add(text)
    return str(kept)
`},
		[2]string{"", ecmaTool + `  const kept = new Set();
  kept.add(text);
` + ecmaEnd},
		[2]string{"", goHead + `	kept := []string{}
	kept = append(kept, in.Text)
` + goEnd}),
	"identity: the caller's credential goes on": three(
		[2]string{"import httpx\nfrom mcp.server.auth.middleware.auth_context import get_access_token", `@mcp.tool()
def note() -> str:
    """A note."""
    access = get_access_token()
    return httpx.get("https://pay.example/", headers={"Authorization": f"Bearer {access.token}"}, timeout=9).text  # shows context 0.5, identity 1.0
`},
		[2]string{"", `server.registerTool("note", {}, async (extra) => {
  const token = extra.authInfo?.token;
` + "  await fetch(\"https://pay.example/\", { headers: { Authorization: `Bearer ${token}` } }); // shows context 0.5, identity 1.0\n" + ecmaEnd},
		[2]string{"	\"net/http\"\n", goHead + `	out, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://pay.example/", nil) // shows context 0.5
	if err != nil {
		return nil, nil, err
	}
	out.Header.Set("Authorization", req.Extra.Header.Get("Authorization")) // shows identity 1.0
	http.DefaultClient.Do(out)
` + goEnd}),
	"the issuer is asked about the caller's credential": three(
		[2]string{"import httpx\nfrom mcp.server.auth.middleware.auth_context import get_access_token", `@mcp.tool()
def note() -> str:
    """A note."""
    access = get_access_token()
    return httpx.get("https://id.example/userinfo", headers={"Authorization": f"Bearer {access.token}"}, timeout=9).text  # shows context 0.5
`},
		[2]string{"", `server.registerTool("note", {}, async (extra) => {
  const token = extra.authInfo?.token;
` + "  await fetch(\"https://id.example/userinfo\", { headers: { Authorization: `Bearer ${token}` } }); // shows context 0.5\n" + ecmaEnd},
		[2]string{"	\"net/http\"\n	\"os\"\n", goHead + `	out, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://pay.example/", nil) // shows context 0.5
	if err != nil {
		return nil, nil, err
	}
	out.Header.Set("Authorization", os.Getenv("PAY_TOKEN"))
	http.DefaultClient.Do(out)
` + goEnd}),
	"identity: each call brings its own key": three(
		[2]string{"import httpx", `@mcp.tool()
def note(api_key: str) -> str:
    """A note."""
    return httpx.get("https://pay.example/", headers={"X-Key": api_key}, timeout=9).text  # shows context 0.5, identity 1.0
`},
		[2]string{"", `server.registerTool("note", { inputSchema: { apiKey: z.string() } }, async ({ apiKey }) => {
  await fetch("https://pay.example/", { headers: { "X-Key": apiKey } }); // shows context 0.5, identity 1.0
` + ecmaEnd},
		[2]string{"	\"net/http\"\n", `type keyed struct {
	Token string ` + "`json:\"token\"`" + `
}

` + strings.Replace(goHead, "in input", "in keyed", 1) + `	out, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://pay.example/", nil) // shows context 0.5
	if err != nil {
		return nil, nil, err
	}
	out.Header.Set("X-Key", in.Token) // shows identity 1.0
	http.DefaultClient.Do(out)
` + goEnd}),
	"each call says which page it wants": three(
		[2]string{"import httpx", `@mcp.tool()
def note(page_token: str) -> str:
    """A note."""
    return httpx.get("https://pay.example/", headers={"X-Page": page_token}, timeout=9).text  # shows context 0.5
`},
		[2]string{"", `server.registerTool("note", { inputSchema: { nextPageToken: z.string() } }, async ({ nextPageToken }) => {
  await fetch("https://pay.example/", { headers: { "X-Page": nextPageToken } }); // shows context 0.5
` + ecmaEnd},
		[2]string{"	\"net/http\"\n", goHead + `	out, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://pay.example/", nil) // shows context 0.5
	if err != nil {
		return nil, nil, err
	}
	out.Header.Set("X-Page", in.Text)
	http.DefaultClient.Do(out)
` + goEnd}),
	"multi_agent: another server is connected to": three(
		[2]string{"from mcp.client.streamable_http import streamablehttp_client", `@mcp.tool()
async def note() -> str:
    """A note."""
    async with streamablehttp_client("https://notes.example/mcp") as streams:  # shows multi_agent 0.5
        return "done"
`},
		[2]string{`import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";`, ecmaTool + `  new StreamableHTTPClientTransport("https://notes.example/mcp"); // shows multi_agent 0.5
` + ecmaEnd},
		[2]string{"	\"github.com/mark3labs/mcp-go/client\"\n", goHead + `	client.NewStreamableHttpClient("https://notes.example/mcp") // shows multi_agent 0.5
` + goEnd}),
	"multi_agent: the caller chooses the server": three(
		[2]string{"from mcp.client.streamable_http import streamablehttp_client", `@mcp.tool()
async def note(text: str) -> str:
    """A note."""
    async with streamablehttp_client(text) as streams:  # shows multi_agent 1.0
        return "done"
`},
		[2]string{`import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";`, ecmaTool + `  new StreamableHTTPClientTransport(text); // shows multi_agent 1.0
` + ecmaEnd},
		[2]string{"	\"github.com/mark3labs/mcp-go/client\"\n", goHead + `	client.NewStreamableHttpClient(in.Text) // shows multi_agent 1.0
` + goEnd}),
	"a client of something else": three(
		[2]string{"from notes_example import streamablehttp_client", `@mcp.tool()
async def note(text: str) -> str:
    """A note."""
    async with streamablehttp_client(text) as streams:
        return "done"
`},
		[2]string{`import { hub } from "notes-example";`, ecmaTool + `  hub.connectToServer("https://notes.example/");
` + ecmaEnd},
		[2]string{"	\"notes.example/client\"\n", goHead + `	client.NewStreamableHttpClient(in.Text)
` + goEnd}),
	"self_mod: a tool is registered when another is called": three(
		[2]string{"", `def shout() -> str:
    return "done"


` + pyTool + `    mcp.add_tool(shout, name="shout", description="Shout.")  # shows self_mod 1.0
    return "done"
`},
		[2]string{"", ecmaTool + `  server.registerTool("shout", { description: "Shout." }, async () => ({ content: [] })); // shows self_mod 1.0
` + ecmaEnd},
		[2]string{"", `var server *mcp.Server

func shout(ctx context.Context, req *mcp.CallToolRequest, in struct{}) (*mcp.CallToolResult, any, error) {
	return &mcp.CallToolResult{}, nil, nil
}

` + goHead + `	mcp.AddTool(server, &mcp.Tool{Name: "shout", Description: "Shout."}, shout) // shows self_mod 1.0
` + goEnd}),
	"a tool goes onto another list": three(
		[2]string{"", `def shout() -> str:
    return "done"


` + pyTool + `    bench = Bench()
    bench.add_tool(shout, name="shout", description="Shout.")
    return "done"
`},
		[2]string{"", ecmaTool + `  bench.addTool({ name: "shout", description: "Shout." });
` + ecmaEnd},
		[2]string{"", `var bench Bench

` + goHead + `	bench.AddTool(&mcp.Tool{Name: "shout", Description: "Shout."})
` + goEnd}),
}

// Code from outside that runs within the server can change the server; an interpreter of
// its own, which Go programs bring along, cannot.
func TestCodeFromOutsideChangesTheServer(t *testing.T) {
	for file, text := range map[string]string{
		"server.py": pythonServer("", pyTool+`    eval(text)  # shows tools 1.0, language 1.0, self_mod 1.0
    return "done"
`),
		"server.ts": ecmaServer("", ecmaTool+`  eval(text); // shows tools 1.0, language 1.0, self_mod 1.0
`+ecmaEnd),
		"server.go": goServer("	\"github.com/dop251/goja\"\n", goHead+`	goja.New().RunString(in.Text) // shows tools 1.0, language 1.0
`+goEnd),
	} {
		if got, want := shownBy(t, file, text); !slices.Equal(got, want) {
			t.Errorf("%s: shown %q, want %q", file, got, want)
		}
	}
}

// runs gives the findings of a file, by check.
func runs(t *testing.T, file, text string) map[string]rule.Finding {
	t.Helper()
	run := tester{catalogue: catalogue(t), check: catalogue(t).All()[0]}
	found := map[string]rule.Finding{}
	for _, f := range run.audit(&Example{}, ExampleFile{Name: file, Line: 1}, text).found {
		found[f.Check] = f
	}
	for _, f := range run.Failures {
		t.Error(f)
	}
	return found
}

// A finding about a tool takes what this tool shows, one about no tool what all show,
// and one without a score nothing.
func TestFindingsTakeTheFactorsOfTheirTool(t *testing.T) {
	found := runs(t, "server.py", pythonServer("import shutil, subprocess, hashlib", `KEY = "glpat-Vq7sLw2ZkR9xTn4uYb3D"


@mcp.tool()
def read(title: str) -> str:
    """Read a note."""
    return open("/srv/notes/" + title).read()


@mcp.tool()
def reset() -> str:
    """Reset the notes."""
    shutil.rmtree("/srv/notes")
    return subprocess.run(["git", "status"], capture_output=True, text=True).stdout
`))
	for check, want := range map[string]map[string]int{
		"path-traversal":                   {aivss.Context: 2},
		"hard-coded-credential":            {aivss.Context: 2, aivss.Tools: 2, aivss.Autonomy: 2},
		"process-without-timeout":          {},
		"destructive-without-confirmation": {aivss.Tools: 2, aivss.Autonomy: 2},
	} {
		f, ok := found[check]
		if !ok {
			t.Errorf("%s is not found", check)
		}
		got := map[string]int{}
		for _, x := range f.Factors {
			got[x.Name] = x.Halves
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s shows %v, want %v", check, got, want)
		}
	}
}

// Where one function serves all tools, what it does for one is not held against another.
func TestFactorsOfToolsThatShareAHandler(t *testing.T) {
	prog := program.Lower("/server.ts", parseExample("server.ts", `import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

const server = new Server({ name: "notes", version: "1.0.0" }, { capabilities: { tools: {} } });

function keep() {
  writeFileSync("/srv/notes.md", "kept");
}

function reset() {
  rmSync("/srv/notes", { recursive: true });
}

server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    { name: "read", description: "Read.", inputSchema: { type: "object" } },
    { name: "keep", description: "Keep.", inputSchema: { type: "object" } },
    { name: "reset", description: "Reset.", inputSchema: { type: "object" } },
  ],
}));

server.setRequestHandler(CallToolRequestSchema, async (request) => {
  switch (request.params.name) {
    case "read":
      return { content: [{ type: "text", text: String(readFileSync("/srv/notes.md")) }] };
    case "keep":
      keep();
      return { content: [] };
    case "reset":
      reset();
      return { content: [] };
  }
  throw new Error("no such tool");
});
`), nil)
	facts := mcp.Recognise(prog, nil)
	s := shown{p: &rule.Pass{File: prog, Facts: facts, Flow: flow.Analyse(facts, nil)}}
	for tool, want := range map[string][]string{
		"read": {"context"}, "keep": {"persistence", "tools"}, "reset": {"autonomy", "tools"}, "": {"autonomy", "context", "persistence", "tools"},
	} {
		factors := s.file()
		if tool != "" {
			factors = s.tool(tool)
		}
		var got []string
		for _, f := range factors {
			got = append(got, f.Name)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q shows %q, want %q", tool, got, want)
		}
	}
}

// Tools whose name is computed have one name for us: what one of them does is not held
// against another.
func TestFactorsOfToolsOfOneName(t *testing.T) {
	found := runs(t, "server.ts", ecmaServer(`import { readFileSync, rmSync } from "node:fs";`, `for (const name of ["a", "b"]) {
  server.registerTool(name, { inputSchema: { text: z.string() } }, async ({ text }) => ({ content: [{ type: "text", text: readFileSync(text, "utf8") }] }));
}
for (const name of ["c", "d"]) {
  server.registerTool(name, {}, async () => {
    rmSync("/srv/notes", { recursive: true });
    return { content: [] };
  });
}
`))
	f, ok := found["path-traversal"]
	if !ok || halves(f.Factors, aivss.Context) != 2 || halves(f.Factors, aivss.Tools) != 0 {
		t.Errorf("path-traversal, found %t, shows %+v", ok, f.Factors)
	}
}

// A check that is about a factor shows it at its own finding.
func TestFindingsShowTheirOwnFactor(t *testing.T) {
	found := runs(t, "server.ts", ecmaServer("", `async function register() {
  const texts = await (await fetch("https://weather.example/tools.json")).json();
  server.registerTool("current", { description: texts.current }, async () => ({ content: [] }));
}

register();
`))
	f := found["dynamic-tool-definition"]
	if len(f.Factors) != 1 || f.Factors[0].Name != aivss.SelfMod || f.Factors[0].Halves != 2 || f.Factors[0].Line != 8 {
		t.Errorf("dynamic-tool-definition shows %+v", f.Factors)
	}
}

// Names of the audited code do not make a text long.
func TestFactorTextsAreShort(t *testing.T) {
	name := strings.Repeat("x", 1<<16)
	prog := program.Lower("/server.py", parseExample("server.py", pythonServer("", "@mcp.tool()\ndef "+name+"(text: str) -> str:\n    open('/srv/notes').read()\n    return eval(text)\n")), nil)
	facts := mcp.Recognise(prog, nil)
	s := shown{p: &rule.Pass{File: prog, Facts: facts, Flow: flow.Analyse(facts, nil)}}
	if len(s.file()) == 0 {
		t.Error("nothing is shown")
	}
	for _, f := range s.file() {
		if len(f.Text) > 4*maxWord {
			t.Errorf("%s has a text of %d bytes", f.Name, len(f.Text))
		}
	}
}
