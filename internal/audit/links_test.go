package audit

// A workspace of files that import each other: after any edits, in whichever files
// and order, the findings are those of a fresh audit, and an edit in one file is seen
// in the files that depend on it.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/source"
)

// linked are programs of several files; each has findings that lead from one to
// another, a circle of imports, and a guard in a file of its own.
var linked = map[string]map[string]string{
	"python": {
		"pyproject.toml":    "[project]\nname = \"app\"\ndependencies = [\"mcp>=1.9\"]\n",
		"app/__init__.py":   "from .guard import check\n",
		"app/server.py":     "from mcp.server.fastmcp import FastMCP\nfrom . import tools\nfrom .tools import run, Runner, TABLE\nfrom app import check\n\nmcp = FastMCP('app')\nrunner = Runner('sh')\n\n@mcp.tool()\ndef go(command: str) -> str:\n    \"\"\"Runs.\"\"\"\n    return run(command)\n\n@mcp.tool()\ndef safe(command: str) -> str:\n    \"\"\"Runs.\"\"\"\n    check(command)\n    return tools.run(command)\n\n@mcp.tool()\ndef method(line: str) -> str:\n    \"\"\"Runs.\"\"\"\n    return runner.go(line)\n\n@mcp.tool()\ndef table(op: str, arg: str) -> str:\n    \"\"\"Runs.\"\"\"\n    return TABLE[op](arg)\n",
		"app/tools.py":      "import subprocess\nfrom . import deep\n\nclass Runner:\n    def __init__(self, shell):\n        self.shell = shell\n\n    def go(self, line):\n        return deep.execute(line)\n\ndef run(command):\n    return deep.execute(command, 1)\n\ndef other(x):\n    return subprocess.run(x, shell=True)\n\nTABLE = {'a': run, 'b': other}\n",
		"app/deep.py":       "import os\n\ndef execute(line, n=0):\n    from . import tools\n    if n > 3:\n        return tools.run(line)\n    return os.system(line)\n",
		"app/guard.py":      "import re\n\ndef check(value):\n    if not re.fullmatch(r'[a-z]+', value):\n        raise ValueError(value)\n    return value\n",
		"app/alone.py":      "import os\n\ndef nothing(x):\n    return os.path.join('a', x)\n",
		"app/audit.py":      "def audited(mcp, name):\n    def decorator(function):\n        async def wrapper(*args, **kwargs):\n            return await function(*args, **kwargs)\n        mcp.tool(name=name)(wrapper)\n        return wrapper\n    return decorator\n",
		"app/notes.py":      "from .audit import audited\nfrom .tools import run\n\nclass Notes:\n    def __init__(self, mcp):\n        audited(mcp, 'note')(self.note)\n\n    async def note(self, text: str) -> str:\n        return run(text)\n",
		"other/__init__.py": "",
	},
	"typescript": {
		"package.json":        "{\"name\": \"app\", \"dependencies\": {\"@modelcontextprotocol/sdk\": \"^1.20.0\"}}\n",
		"tsconfig.json":       "{\n  // aliases\n  \"compilerOptions\": {\"baseUrl\": \".\", \"paths\": {\"@lib/*\": [\"src/lib/*\"]}}\n}\n",
		"src/index.ts":        "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\nimport { z } from 'zod'\nimport { run, Runner, handlers } from './tools/index.js'\nimport { check } from '@lib/check'\n\nconst server = new McpServer({ name: 'app', version: '1' })\nconst runner = new Runner()\n\nserver.tool('go', { command: z.string() }, async ({ command }) => run(command))\nserver.tool('safe', { command: z.string() }, async ({ command }) => { check(command); return run(command) })\nserver.tool('method', { line: z.string() }, async (args) => runner.go(args.line))\nserver.tool('table', { op: z.string(), arg: z.string() }, async ({ op, arg }) => handlers[op](arg))\n",
		"src/tools/index.ts":  "export * from './run.js'\nexport { Runner } from './runner'\nimport { run } from './run.js'\nexport const handlers: Record<string, (x: string) => unknown> = { run, other: (x) => run('echo ' + x) }\n",
		"src/tools/run.ts":    "import { exec } from 'child_process'\nimport { quote } from './runner'\nexport function run(command: string) {\n  exec(quote(command))\n  return { content: [{ type: 'text' as const, text: 'done' }] }\n}\n",
		"src/tools/runner.ts": "import { run } from './run'\nexport class Runner {\n  private prefix = 'x'\n  go(line: string) { return run(`${this.prefix} ${line}`) }\n}\nexport function quote(s: string) { return s }\n",
		"src/define.ts":       "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\nexport function define(server: McpServer, name: string, shape: any, work: (args: any) => any) {\n  server.registerTool(name, { inputSchema: shape }, async (args: any) => work(args))\n}\n",
		"src/more.ts":         "import { z } from 'zod'\nimport { define } from './define'\nimport { run } from './tools/run'\nexport function more(server: any) {\n  define(server, 'more', { line: z.string() }, async ({ line }) => run(line))\n}\n",
		"src/lib/check.ts":    "export function check(value: string) {\n  if (!/^[a-z]+$/.test(value)) throw new Error('no')\n}\n",
	},
	"classes": {
		"package.json":  "{\"name\": \"app\", \"dependencies\": {\"@modelcontextprotocol/sdk\": \"^1.20.0\"}}\n",
		"src/index.ts":  "import { Tools } from './server.js'\n\nconst tools = new Tools('x')\ntools.start()\n",
		"src/log.ts":    "export class Log {\n  constructor(private name: string) {}\n  info(text: string) { console.error(this.name + text) }\n}\nexport const log = new Log('app')\n",
		"src/shell.ts":  "import { exec } from 'child_process'\nimport { Log, log } from './log.js'\nexport class Shell {\n  private log: Log\n  constructor() { this.log = log }\n  run(command: string) {\n    this.log.info(command)\n    exec(command)\n    return 'done'\n  }\n}\n",
		"src/words.ts":  "import { Log } from './log.js'\nexport class Words {\n  constructor(private log: Log) {}\n  first(line: string) { this.log.info(line); return line.split(' ')[0] }\n}\nexport const isLine = (x: any): x is { line: string } => typeof x.line === 'string'\n",
		"src/server.ts": "import { Server } from '@modelcontextprotocol/sdk/server/index.js'\nimport { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'\nimport { Shell } from './shell.js'\nimport { Words, isLine } from './words.js'\nimport { log, Log } from './log.js'\n\nexport class Tools {\n  private server: Server\n  private shell: Shell\n  private words: Words\n  private log: Log\n  constructor(name: string) {\n    this.server = new Server({ name, version: '1' }, { capabilities: { tools: {} } })\n    this.log = log\n    this.shell = new Shell()\n    this.words = new Words(this.log)\n    this.setup()\n  }\n  private setup() {\n    this.server.setRequestHandler(CallToolRequestSchema, async (request) => {\n      const args = request.params.arguments\n      if (!isLine(args)) throw new Error('no')\n      switch (request.params.name) {\n        case 'go': return this.go(args)\n        default: return { content: [{ type: 'text', text: this.words.first(args.line) }] }\n      }\n    })\n  }\n  private async go(args: { line: string }) {\n    return { content: [{ type: 'text', text: this.shell.run(this.words.first(args.line)) }] }\n  }\n  start() { this.log.info('up') }\n}\n",
	},
	"python classes": {
		"pyproject.toml":  "[project]\nname = \"app\"\ndependencies = [\"mcp>=1.2\"]\n",
		"app/__init__.py": "",
		"app/main.py":     "from app.server import Tools\n\ntools = Tools('x')\ntools.mcp.run()\n",
		"app/log.py":      "class Log:\n    def __init__(self, name):\n        self.name = name\n\n    def info(self, text):\n        print(self.name + text)\n\nlog = Log('app')\n",
		"app/shell.py":    "import os\nfrom .log import log, Log\n\nclass Base:\n    prefix = 'echo '\n    def start(self, command):\n        os.system(self.prefix + command)\n        return 'done'\n\nclass Shell(Base):\n    def __init__(self, log: Log = log):\n        self.log = log\n\n    def run(self, command):\n        self.log.info(command)\n        return self.start(command)\n",
		"app/words.py":    "class Words:\n    def __init__(self, log):\n        self.log = log\n\n    def first(self, line):\n        self.log.info(line)\n        return line.split(' ')[0]\n\ndef is_line(x):\n    return isinstance(x, str) and x.isalnum()\n",
		"app/server.py":   "from mcp.server.fastmcp import FastMCP\nfrom .shell import Shell\nfrom .words import Words, is_line\nfrom .log import log\n\n\nclass Tools:\n    def __init__(self, name):\n        self.mcp = FastMCP(name)\n        self.shell = Shell()\n        self.words = Words(log)\n        self.setup()\n\n    def setup(self):\n        @self.mcp.tool()\n        def go(line: str) -> str:\n            return self.go(line)\n\n        @self.mcp.tool()\n        def safe(line: str) -> str:\n            if not is_line(line):\n                raise ValueError(line)\n            return self.shell.run(line)\n\n        self.mcp.tool()(self.other)\n\n    def go(self, line):\n        return self.shell.run(self.words.first(line))\n\n    def other(self, line: str) -> str:\n        return self.go(line)\n",
	},
	"go structs": {
		"go.mod":         "module example.org/app\n\ngo 1.24\n\nrequire github.com/mark3labs/mcp-go v0.43.0\n",
		"main.go":        "package main\n\nimport (\n\t\"example.org/app/shell\"\n\t\"example.org/app/tools\"\n)\n\nfunc main() {\n\ttools.New(shell.New(\"sh\")).Serve()\n}\n",
		"shell/shell.go": "package shell\n\nimport \"os/exec\"\n\ntype Shell struct{ name string }\n\nfunc New(name string) *Shell { return &Shell{name: name} }\n\nfunc (s *Shell) Run(line string) string {\n\tout, _ := exec.Command(\"sh\", \"-c\", line).Output()\n\treturn string(out)\n}\n",
		"tools/tools.go": "package tools\n\nimport (\n\t\"context\"\n\n\t\"example.org/app/shell\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n\ntype Tools struct {\n\tserver *server.MCPServer\n\tshell  *shell.Shell\n}\n\nfunc New(sh *shell.Shell) *Tools {\n\tt := &Tools{server: server.NewMCPServer(\"app\", \"1\"), shell: sh}\n\tt.setup()\n\treturn t\n}\n\nfunc (t *Tools) setup() {\n\tt.server.AddTool(mcp.NewTool(\"go\", mcp.WithString(\"line\")), t.handle)\n}\n\nfunc (t *Tools) Serve() { server.ServeStdio(t.server) }\n\nfunc (t *Tools) handle(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\treturn t.answer(req.GetString(\"line\", \"\")), nil\n}\n",
		"tools/go.go":    "package tools\n\nimport (\n\t\"strings\"\n\n\t\"github.com/mark3labs/mcp-go/mcp\"\n)\n\nfunc first(line string) string { return strings.Fields(line)[0] }\n\nfunc (t *Tools) answer(line string) *mcp.CallToolResult {\n\treturn mcp.NewToolResultText(t.walk(first(line), 3))\n}\n",
		"tools/walk.go":  "package tools\n\nfunc (t *Tools) walk(line string, depth int) string {\n\tif depth == 0 {\n\t\treturn t.shell.Run(line)\n\t}\n\treturn t.step(line+\" \", depth)\n}\n",
		"tools/step.go":  "package tools\n\nfunc (t *Tools) step(line string, depth int) string {\n\tif line == \"\" {\n\t\treturn again(line, depth)\n\t}\n\treturn t.walk(line, depth-1)\n}\n\nfunc again(line string, depth int) string {\n\tif depth > 2 {\n\t\treturn other(line, depth)\n\t}\n\treturn line\n}\n",
		"tools/other.go": "package tools\n\nimport \"os/exec\"\n\nfunc other(line string, depth int) string {\n\tif depth == 5 {\n\t\texec.Command(\"sh\", \"-c\", line).Run()\n\t}\n\treturn again(line, depth-1)\n}\n",
	},
	"go": {
		"go.mod":             "module example.org/app\n\ngo 1.24\n\nrequire github.com/mark3labs/mcp-go v0.43.0\n",
		"main.go":            "package main\n\nimport (\n\t\"context\"\n\n\t\"example.org/app/history\"\n\t\"example.org/app/run\"\n\t\"example.org/app/store\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n\nfunc main() {\n\ts := server.NewMCPServer(\"app\", \"1\")\n\ts.AddTool(mcp.NewTool(\"go\", mcp.WithString(\"command\")), handle)\n\ts.AddTool(mcp.NewTool(\"safe\", mcp.WithString(\"command\")), safe)\n\ts.AddTool(mcp.NewTool(\"named\", mcp.WithString(\"line\")), named)\n\th := &history.Tools{Source: store.New()}\n\ts.AddTool(mcp.NewTool(\"log\", mcp.WithString(\"branch\")), h.Log)\n\tserver.ServeStdio(s)\n}\n\nfunc handle(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\tr := run.Runner{Shell: \"sh\"}\n\treturn mcp.NewToolResultText(r.Do(req.GetString(\"command\", \"\"))), nil\n}\n",
		"safe.go":            "package main\n\nimport (\n\t\"context\"\n\n\t\"example.org/app/run\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n)\n\nfunc safe(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\tc := req.GetString(\"command\", \"\")\n\tif err := check(c); err != nil {\n\t\treturn nil, err\n\t}\n\treturn mcp.NewToolResultText(run.Runner{}.Do(c)), nil\n}\n",
		"check.go":           "package main\n\nimport (\n\t\"errors\"\n\t\"regexp\"\n)\n\nvar word = regexp.MustCompile(`^[a-z]+$`)\n\nfunc check(c string) error {\n\tif !word.MatchString(c) {\n\t\treturn errors.New(\"no\")\n\t}\n\treturn nil\n}\n",
		"named.go":           "package main\n\nimport (\n\t\"context\"\n\n\t\"example.org/app/run\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n)\n\nfunc named(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\treturn mcp.NewToolResultText(run.Named(req.GetString(\"name\", \"\"), req.GetString(\"line\", \"\"))), nil\n}\n",
		"run/table.go":       "package run\n\nimport \"os/exec\"\n\ntype operation func(line string) string\n\nvar table = map[string]operation{}\n\nfunc register(name string, o operation) { table[name] = o }\n\nfunc init() {\n\tregister(\"bash\", bash)\n}\n\nfunc Named(name, line string) string { return table[name](line) }\n\nfunc bash(line string) string {\n\tout, _ := exec.Command(\"bash\", \"-c\", line).Output()\n\treturn string(out)\n}\n",
		"history/history.go": "package history\n\nimport (\n\t\"context\"\n\n\t\"github.com/mark3labs/mcp-go/mcp\"\n)\n\ntype Source interface {\n\tRead(branch string) string\n\tClose() error\n}\n\ntype Tools struct{ Source Source }\n\nfunc (t *Tools) Log(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\treturn mcp.NewToolResultText(t.Source.Read(req.GetString(\"branch\", \"\"))), nil\n}\n",
		"store/store.go":     "package store\n\nimport \"os/exec\"\n\ntype store struct{}\n\nfunc New() *store { return &store{} }\n\nfunc (s *store) Read(branch string) string {\n\tout, _ := exec.Command(\"sh\", \"-c\", \"git log \"+branch).Output()\n\treturn string(out)\n}\n",
		"store/close.go":     "package store\n\nfunc (s *store) Close() error { return nil }\n",
		"run/run.go":         "package run\n\ntype Runner struct{ Shell string }\n",
		"run/do.go":          "package run\n\nimport \"os/exec\"\n\nfunc (r Runner) Do(line string) string {\n\tout, _ := exec.Command(\"sh\", \"-c\", line).Output()\n\treturn string(out)\n}\n",
	},
}

// project writes the files and gives a workspace of them.
func project(t *testing.T, files map[string]string) (dir string, w *Workspace) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w = New(options(t))
	w.SetFolders([]string{dir})
	return dir, w
}

// showAll writes what a reader would see of a whole workspace.
func showAll(t *testing.T, w *Workspace, dir string) string {
	t.Helper()
	results, err := w.Snapshot().AuditAll(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, res := range results {
		if text := show(res); text != "" {
			rel, _ := filepath.Rel(dir, res.Path)
			fmt.Fprintf(&b, "== %s\n%s", rel, text)
		}
	}
	return b.String()
}

// settleAll lets the typing pause in all open files.
func settleAll(t *testing.T, w *Workspace) {
	t.Helper()
	for path := range w.open {
		if _, err := w.Snapshot().Settle(context.Background(), path); err != nil {
			t.Fatal(err)
		}
	}
}

// sameAsFreshWorkspace asks that a workspace shows what one shows that opens the same
// texts for the first time, in another order.
func sameAsFreshWorkspace(t *testing.T, w *Workspace, dir string) {
	t.Helper()
	fresh := New(options(t))
	fresh.SetFolders([]string{dir})
	var paths []string
	for p := range w.open {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	slices.Reverse(paths)
	for _, p := range paths {
		fresh.Open(p, w.open[p].version, w.open[p].text.String())
	}
	settleAll(t, w)
	got, want := showAll(t, w, dir), showAll(t, fresh, dir)
	if got != want {
		var texts strings.Builder
		for _, p := range paths {
			fmt.Fprintf(&texts, "== %s\n%s\n", p, w.open[p].text)
		}
		t.Fatalf("after edits:\n%s\nfrom nothing:\n%s\nopen:\n%s", got, want, &texts)
	}
	for _, p := range paths {
		fresh.Close(p)
	}
}

func TestFilesTogetherAreTheSameAfterAnyEdits(t *testing.T) {
	for name, files := range linked {
		t.Run(name, func(t *testing.T) {
			var code []string
			for f := range files {
				if source.LanguageOf(f) != source.None {
					code = append(code, f)
				}
			}
			slices.Sort(code)
			for _, seed := range []uint64{0, 2, 3, 13, 24, 43, 57, 73} { // those that once found a difference, and one more
				dir, w := project(t, files)
				if showAll(t, w, dir) == "" {
					t.Fatal("nothing is found before the edits, so nothing can be lost")
				}
				anyEdits(t, w, dir, code, rand.New(rand.NewPCG(seed, uint64(len(files)))))
			}
		})
	}
}

// anyEdits opens, edits and closes files at random, and compares now and then.
func anyEdits(t *testing.T, w *Workspace, dir string, code []string, r *rand.Rand) {
	t.Helper()
	rounds := 150
	if testing.Short() {
		rounds = 20
	}
	for round := range rounds {
		path := filepath.Join(dir, filepath.FromSlash(code[r.IntN(len(code))]))
		if w.open[path] == nil {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w.Open(path, 1, string(text))
		} else if r.IntN(6) == 0 {
			w.Close(path)
			continue
		}
		text := w.open[path].text
		line := r.IntN(text.Lines())
		var c ContentChange
		switch r.IntN(4) {
		case 0: // a line goes, and comes back when the file is closed
			c = ContentChange{Range: &source.Range{Start: source.Position{Line: uint32(line)}, End: source.Position{Line: uint32(line + 1)}}}
		case 1:
			c = ContentChange{Range: &source.Range{Start: source.Position{Line: uint32(line)}, End: source.Position{Line: uint32(line)}}, Text: "\n"}
		default:
			at := source.Position{Line: uint32(line), Column: uint32(r.IntN(len(text.Line(line)) + 1))}
			c = ContentChange{Range: &source.Range{Start: at, End: at}, Text: bits[r.IntN(len(bits))]}
		}
		if err := w.Change(path, int32(round+2), []ContentChange{c}, source.UTF16); err != nil {
			t.Fatal(err)
		}
		if round%3 == 0 {
			sameAsFreshWorkspace(t, w, dir)
		} else if _, err := w.Snapshot().Audit(context.Background(), path); err != nil {
			t.Fatal(err)
		}
	}
	sameAsFreshWorkspace(t, w, dir)
}

// TestAnEditIsSeenInDependentFiles: the guard and the sink each stand in another file
// than the tool.
func TestAnEditIsSeenInDependentFiles(t *testing.T) {
	dir, w := project(t, linked["python"])
	sink, guard := filepath.Join(dir, "app/deep.py"), filepath.Join(dir, "app/guard.py")
	tools := func() string {
		res, err := w.Snapshot().Audit(context.Background(), sink)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, f := range res.Findings {
			all = append(all, f.Message)
		}
		return strings.Join(all, ", ")
	}
	before := tools()
	text, _ := os.ReadFile(guard)
	w.Open(guard, 1, string(text))
	if got := tools(); got != before || before == "" {
		t.Fatalf("with the guard's file open: %q, closed: %q", got, before)
	}
	if err := w.Change(guard, 2, []ContentChange{{Text: strings.Replace(string(text), "raise ValueError(value)", "pass", 1)}}, source.UTF16); err != nil {
		t.Fatal(err)
	}
	if got := tools(); got == before {
		t.Errorf("without the guard: still %q", got)
	}
	w.Close(guard)
	if got := tools(); got != before {
		t.Errorf("with the guard again: %q, want %q", got, before)
	}
}

// A factor is told with the line that shows it, in whichever file of the program, and
// the line moves with what is typed there.
func TestFactorsAreShownAcrossFiles(t *testing.T) {
	files := map[string]string{
		"pyproject.toml": "[project]\nname = \"app\"\ndependencies = [\"mcp>=1.9\"]\n",
		"app/other.py":   "from mcp.server.fastmcp import FastMCP\nfrom .deep import peek\n\nmcp = FastMCP('app')\n\n@mcp.tool()\ndef other(name: str) -> str:\n    \"\"\"Shows.\"\"\"\n    return peek(name)\n",
		"app/server.py":  "from mcp.server.fastmcp import FastMCP\nfrom .deep import look\nfrom .shell import run\n\nmcp = FastMCP('app')\n\n@mcp.tool()\ndef show(name: str) -> str:\n    \"\"\"Shows.\"\"\"\n    run()\n    return look(name)\n",
		"app/deep.py":    "def look(name):\n    return open(name).read()\n\ndef peek(name):\n    return open(name).read()\n",
		"app/shell.py":   "import os\n\ndef run():\n    os.system('make')\n",
	}
	dir, w := project(t, files)
	deep, shell := filepath.Join(dir, "app", "deep.py"), filepath.Join(dir, "app", "shell.py")
	w.Open(deep, 1, files["app/deep.py"])
	w.Open(shell, 1, files["app/shell.py"])
	shows := func(want ...string) {
		t.Helper()
		var got []string
		for _, f := range auditOf(t, w, deep).Findings {
			for _, x := range f.Score.Factors {
				if f.Tool == "show" && x.Source == aivss.FromCode {
					got = append(got, fmt.Sprintf("%s %s %s:%d", x.Name, x.Value(), x.File, x.Line))
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("shown %q, want %q", got, want)
		}
	}
	shows("tools 1.0 app/shell.py:4", "context 1.0 app/deep.py:2")
	for i, path := range []string{shell, deep} {
		if err := w.Change(path, 2, []ContentChange{{Text: "# one line more\n" + files["app/"+filepath.Base(path)]}}, source.UTF16); err != nil {
			t.Fatal(err)
		}
		shows("tools 1.0 app/shell.py:5", fmt.Sprintf("context 1.0 app/deep.py:%d", 2+i))
	}
}
