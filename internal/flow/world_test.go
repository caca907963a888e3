package flow

// A flow through two files ends at the sink, and a guard in another file ends it.

import (
	"sort"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

func TestTogether(t *testing.T) {
	const server = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\nimport { z } from 'zod'\nimport { run } from './tools/run.js'\nconst server = new McpServer({ name: 'a', version: '1' })\nserver.tool('go', { cmd: z.string() }, async ({ cmd }) => { run(cmd) })\n"
	const pyServer = "from mcp.server.fastmcp import FastMCP\nfrom .run import run\nmcp = FastMCP('a')\n@mcp.tool()\ndef go(cmd: str) -> str:\n    run(cmd)\n    return 'done'\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"typescript":       {map[string]string{"/s/a.ts": server, "/s/tools/run.ts": "import { exec } from 'child_process'\nexport function run(c: string) { exec(c) }\n"}, "/s/tools/run.ts shell cmd"},
		"typescript safe":  {map[string]string{"/s/a.ts": server, "/s/tools/run.ts": "import { exec } from 'child_process'\nimport { check } from '../check.js'\nexport function run(c: string) { check(c); exec(c) }\n", "/s/check.ts": "export function check(c: string) { if (!/^[a-z0-9]+$/.test(c)) { throw new Error('no') } }\n"}, ""},
		"python":           {map[string]string{"/s/p/a.py": pyServer, "/s/p/run.py": "import os\ndef run(c):\n    os.system(c)\n"}, "/s/p/run.py shell cmd"},
		"python safe":      {map[string]string{"/s/p/a.py": pyServer, "/s/p/run.py": "import os\nfrom .check import check\ndef run(c):\n    check(c)\n    os.system(c)\n", "/s/p/check.py": "def check(c):\n    if c not in ('ls', 'df'):\n        raise ValueError(c)\n"}, ""},
		"python circle":    {map[string]string{"/s/p/a.py": pyServer, "/s/p/run.py": "import os\nfrom .more import more\ndef run(c):\n    more(c)\n", "/s/p/more.py": "import os\nfrom .run import run\ndef more(c):\n    if c:\n        run(c)\n    os.system(c)\n"}, "/s/p/more.py shell cmd"},
		"typescript class": {map[string]string{"/s/a.ts": "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\nimport { z } from 'zod'\nimport { Fetcher } from './f.js'\nimport * as ns from './f.js'\nimport def from './f.js'\nconst server = new McpServer({ name: 'a', version: '1' })\nserver.tool('go', { url: z.string() }, async ({ url }) => { await new Fetcher().get(url) })\nserver.tool('st', { b: z.string() }, async ({ b }) => { await ns.Fetcher.all(b) })\nserver.tool('df', { c: z.string() }, async ({ c }) => { await def.x(c) })\n", "/s/f.ts": "import { exec } from 'child_process'\nexport class Fetcher { get(u: string) { exec(u) }\n static all(u: string) { exec('x ' + u) } }\nexport default { x: (u: string) => exec('y ' + u) }\n"}, "/s/f.ts shell url/s/f.ts shell b/s/f.ts shell c"},
		"go package":       {map[string]string{"/s/main.go": "package main\nimport (\n\"context\"\n\"github.com/mark3labs/mcp-go/mcp\"\n\"github.com/mark3labs/mcp-go/server\"\n\"example.org/s/run\"\n)\nfunc main() {\n s := server.NewMCPServer(\"a\", \"1\")\n s.AddTool(mcp.NewTool(\"go\", mcp.WithString(\"c\")), handle)\n}\nfunc handle(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n r := run.Runner{}\n other(req.GetString(\"d\", \"\"))\n return r.Do(req.GetString(\"c\", \"\"))\n}\n", "/s/other.go": "package main\nimport \"os/exec\"\nfunc other(x string) { exec.Command(\"sh\", \"-c\", x).Run() }\n", "/s/run/run.go": "package run\ntype Runner struct{}\n", "/s/run/do.go": "package run\nimport \"os/exec\"\nfunc (r Runner) Do(x string) (any, error) { return nil, exec.Command(\"sh\", \"-c\", x).Run() }\n"}, "/s/other.go shell d/s/run/do.go shell c"},
	} {
		t.Run(name, func(t *testing.T) {
			var files []*program.File
			var facts []*mcp.Facts
			var order []string
			for p := range c.files {
				order = append(order, p)
			}
			sort.Strings(order)
			for _, p := range order {
				text := c.files[p]
				f := program.Lower(p, source.Parse(source.LanguageOf(p), source.NewText(text), false), nil)
				files, facts = append(files, f), append(facts, mcp.Recognise(f, nil))
			}
			got := ""
			var paths []string
			for p := range c.files {
				paths = append(paths, p)
			}
			modules := program.NewModules(program.NewLayout("/s", paths, program.Manifests{GoModules: map[string]string{"/s": "example.org/s"}}), files)
			for i, r := range NewWorld().Analyse(facts, modules) {
				for _, f := range r.Flows {
					got += facts[i].File.Path + " " + describe(f)
					if f.Path != facts[i].File.Path || f.Steps[0].Path == f.Path {
						t.Errorf("the flow of %s begins in %s and stands with %s", f.Path, f.Steps[0].Path, facts[i].File.Path)
					}
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
