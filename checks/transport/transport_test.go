package transport

import (
	"fmt"
	"testing"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// found gives what a matcher reports on a server, as "line: sink".
func found(name, text string, m rule.Matcher) []string {
	prog := program.Lower(name, source.Parse(source.LanguageOf(name), source.NewText(text), false), nil)
	facts := mcp.Recognise(prog, nil)
	var all []string
	m(&rule.Pass{File: prog, Facts: facts, Flow: flow.Analyse(facts, nil), Report: func(f rule.Finding) {
		all = append(all, fmt.Sprintf("%d: %s", prog.Tree.Text.LineAt(f.Span.Start)+1, f.Sink))
	}})
	return all
}

const pythonHead = "from mcp.server.fastmcp import FastMCP\nimport os, uvicorn\nmcp = FastMCP('x')\n"

const tsHead = `import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import express from "express";
const app = express();
`

const goHead = "package main\n\nimport (\n\t\"fmt\"\n\t\"net\"\n\t\"net/http\"\n\n\t\"github.com/modelcontextprotocol/go-sdk/mcp\"\n)\n\nvar _ = mcp.NewServer\n\nfunc start(h http.Handler, port int) {\n"

func TestBindAllInterfaces(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"a.py", pythonHead + "uvicorn.run(mcp.streamable_http_app(), host='0.0.0.0', port=8000)", []string{"4: 0.0.0.0"}},
		{"a.py", pythonHead + "mcp.run(transport='sse', host='::')", []string{"4: ::"}},
		{"a.py", pythonHead + "HOST = '0.0.0.0'\nmcp.run(transport='sse', host=HOST)", []string{"5: 0.0.0.0"}},
		{"a.py", pythonHead + "mcp.run(transport='sse', host=os.getenv('HOST', '0.0.0.0'))", []string{"4: 0.0.0.0"}},
		{"a.py", pythonHead + "mcp.run(transport='sse', host=os.environ.get('HOST') or '0.0.0.0')", []string{"4: 0.0.0.0"}},
		{"a.py", pythonHead + "mcp.run(transport='sse', host='127.0.0.1')", nil},
		{"a.py", pythonHead + "mcp.run(transport='sse', host=os.getenv('HOST', 'localhost'))", nil},
		{"a.py", pythonHead + "mcp.run(transport='sse', host=config.host)", nil},
		{"a.py", pythonHead + "mcp.run(transport='stdio', host='0.0.0.0')", nil},
		{"a.py", "import uvicorn\nuvicorn.run(app, host='0.0.0.0')", nil}, // no MCP server
		{"a.py", pythonHead + "app.add_middleware(BearerAuthMiddleware)\nuvicorn.run(app, host='0.0.0.0')", nil},
		{"a.py", pythonHead + "check(host='0.0.0.0')", nil},

		{"a.ts", tsHead + "app.listen(3000);", []string{"4: no host given"}},
		{"a.ts", tsHead + "app.listen(PORT, () => console.error('up'));", []string{"4: no host given"}},
		{"a.ts", tsHead + "app.listen(3000, '0.0.0.0');", []string{"4: 0.0.0.0"}},
		{"a.ts", tsHead + "app.listen({ port: 3000, host: '::' });", []string{"4: ::"}},
		{"a.ts", tsHead + "serve({ fetch: app.fetch, hostname: '0.0.0.0' });", []string{"4: 0.0.0.0"}},
		{"a.ts", tsHead + "app.listen(3000, process.env.HOST ?? '0.0.0.0');", []string{"4: 0.0.0.0"}},
		{"a.ts", tsHead + "app.listen(3000, '127.0.0.1');", nil},
		{"a.ts", tsHead + "app.listen(3000, host);", nil},
		{"a.ts", tsHead + "app.listen('/tmp/mcp.sock');", nil},
		{"a.ts", tsHead + "app.listen({ port: 3000, host: 'localhost' });", nil},
		{"a.ts", tsHead + "app.use((req, res, next) => check(req.get('Authorization')) ? next() : res.end());\napp.listen(3000);", nil},
		{"a.ts", tsHead + "app.use(requireBearerAuth({ verifier }));\napp.listen(3000);", nil},
		{"a.ts", "app.listen(3000);", nil}, // no MCP server

		{"a.go", goHead + "\thttp.ListenAndServe(\":8080\", h)\n}\n", []string{"14: :8080"}},
		{"a.go", goHead + "\thttp.ListenAndServe(\"0.0.0.0:8080\", h)\n}\n", []string{"14: 0.0.0.0:8080"}},
		{"a.go", goHead + "\thttp.ListenAndServe(fmt.Sprintf(\":%d\", port), h)\n}\n", []string{"14: :%d…"}},
		{"a.go", goHead + "\ts := &http.Server{Addr: \":8080\", Handler: h}\n\ts.ListenAndServe()\n}\n", []string{"14: :8080"}},
		{"a.go", goHead + "\tnet.Listen(\"tcp\", \"[::]:8080\")\n}\n", []string{"14: [::]:8080"}},
		{"a.go", goHead + "\thttp.ListenAndServe(\"localhost:8080\", h)\n}\n", nil},
		{"a.go", goHead + "\thttp.ListenAndServe(fmt.Sprintf(\"127.0.0.1:%d\", port), h)\n}\n", nil},
		{"a_test.go", goHead + "\thttp.ListenAndServe(\":8080\", h)\n}\n", nil},
		{"a.go", goHead + "\tnet.Listen(\"unix\", \"/tmp/mcp.sock\")\n}\n", nil},
	} {
		if got := found(test.name, test.text, bindAllInterfaces); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s:\n%s\nreported %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

// TestStdoutPollution holds what the start of a server has beside it.
func TestStdoutPollution(t *testing.T) {
	tool := "@mcp.tool()\ndef a() -> str:\n    helper()\n    return ''\n\ndef helper():\n    print('x')\n\n"
	for _, test := range []struct {
		text string
		want []string
	}{
		{tool + "mcp.run()", []string{"10: print"}},
		{tool + "mcp.run(transport='sse')", nil},
		{"def unused():\n    print('x')\n\nmcp.run()", nil},
		{"def main():\n    print('x')\n    mcp.run()\nmain()", []string{"5: print"}},
		{"def main():\n    print('x')\n    try:\n        mcp.run()\n    finally:\n        print('bye')\nmain()", []string{"5: print"}},
		{"def main():\n    if help:\n        print('x')\n        return\n    mcp.run()\nmain()", nil},
		{"import sys\ndef main():\n    print('x', file=sys.stderr)\n    mcp.run()\nmain()", nil},
	} {
		if got := found("a.py", pythonHead+test.text, stdoutPollution); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s\nreported %q, want %q", test.text, got, test.want)
		}
	}
}
