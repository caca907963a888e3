package mcp_test

// bench_test.go measures recognition on generated servers of 5,000 lines and 40
// tools in which no two functions are equal: cold, against parsing the same
// text, and after a keystroke.

import (
	"fmt"
	"strings"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// server gives a server's text in a language.
func server(l source.Language) string {
	var b strings.Builder
	head := map[source.Language]string{
		source.Python:     "import os\nfrom typing import Annotated\nfrom pydantic import Field\nfrom mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP('bench')\n",
		source.TypeScript: "import { McpServer } from \"@modelcontextprotocol/sdk/server/mcp.js\";\nimport { z } from \"zod\";\nimport fs from \"node:fs\";\nconst server = new McpServer({ name: \"bench\", version: \"1\" });\n",
		source.Go:         "package main\n\nimport (\n\t\"context\"\n\t\"os\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n\nfunc register(s *server.MCPServer) {\n",
	}
	b.WriteString(head[l])
	for i := range 40 {
		switch l {
		case source.Python:
			fmt.Fprintf(&b, "\n@mcp.tool()\nasync def tool_%d(path: Annotated[str, Field(pattern=r'^[a-z]+$', max_length=%d)], limit: int = %d, tags: list[str] | None = None) -> str:\n    \"\"\"Read file number %d.\"\"\"\n", i, i+5, i, i)
			for k := range 115 {
				fmt.Fprintf(&b, "    v%d = helper_%d(path, os.path.join('a%d', tags[%d]) if limit > %d else {'k%d': [v, %d]})\n", k, i, k, k, i, k, i)
			}
			fmt.Fprintf(&b, "    return v%d\n\n\ndef helper_%d(a, b):\n    return a + str(b) + '%d'\n", i, i, i)
		case source.TypeScript:
			fmt.Fprintf(&b, "server.registerTool(\n  \"tool_%d\",\n  { description: \"Read file number %d\", inputSchema: { path: z.string().regex(/^[a-z]+$/).max(%d).describe(\"The path\"), limit: z.number().int().min(1), tags: z.array(z.string()).optional() }, annotations: { readOnlyHint: true } },\n  async ({ path, limit, tags }) => {\n", i, i, i+5)
			for k := range 116 {
				fmt.Fprintf(&b, "    const v%d = helper%d(path, limit > %d ? fs.readFileSync(`a%d${tags[%d]}`) : { k%d: [limit, %d] });\n", k, i, i, k, k, k, i)
			}
			fmt.Fprintf(&b, "    return { content: [{ type: \"text\", text: v1 }] };\n  },\n);\nfunction helper%d(a, b) {\n  return a + String(b) + \"%d\";\n}\n", i, i)
		case source.Go:
			fmt.Fprintf(&b, "\ts.AddTool(mcp.NewTool(\"tool_%d\", mcp.WithDescription(\"Read file number %d\"), mcp.WithString(\"path\", mcp.Required(), mcp.Pattern(`^[a-z]+$`), mcp.MaxLength(%d)), mcp.WithNumber(\"limit\", mcp.Min(1))),\n\t\tfunc(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n", i, i, i+5)
			for k := range 120 {
				fmt.Fprintf(&b, "\t\t\tv%d, err := os.ReadFile(request.GetString(\"path\", \"d%d\") + names[%d].x(%d))\n", k, k, k, i)
			}
			b.WriteString("\t\t\treturn nil, nil\n\t\t})\n")
		}
	}
	if l == source.Go {
		b.WriteString("}\n")
	}
	return b.String()
}

var benchLanguages = []source.Language{source.Python, source.TypeScript, source.Go}

// BenchmarkParse is what recognition is measured against.
func BenchmarkParse(b *testing.B) {
	for _, l := range benchLanguages {
		text := source.NewText(server(l))
		b.Run(l.String(), func(b *testing.B) {
			for b.Loop() {
				source.Parse(l, text, false)
			}
		})
	}
}

func BenchmarkRecognise(b *testing.B) {
	for _, l := range benchLanguages {
		tree := source.Parse(l, source.NewText(server(l)), false)
		b.Run("cold/"+l.String(), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				f := program.Lower("a", tree, nil) // what is known of names goes with the file
				b.StartTimer()
				if n := len(mcp.Recognise(f, nil).Entries); n != 40 {
					b.Fatalf("%d entries", n)
				}
			}
		})
	}
	for _, l := range benchLanguages {
		b.Run("keystroke/"+l.String(), func(b *testing.B) { keystrokes(b, l) })
	}
}

// keystrokes types and removes a letter in the middle of the file.
func keystrokes(b *testing.B, l source.Language) {
	text := source.NewText(server(l))
	at := uint32(strings.Index(text.String()[text.Len()/2:], "v1") + text.Len()/2 + 1)
	tree := source.Parse(l, text, true)
	defer func() { tree.Close() }()
	file := program.Lower("a", tree, nil)
	facts := mcp.Recognise(file, nil)
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		span, with := source.Span{Start: at, End: at}, "x"
		if i%2 == 1 {
			span.End, with = at+1, ""
		}
		next, edit := tree.Text.Replace(span, with)
		tree = tree.Reparse([]source.Edit{edit}, next)
		file = program.Lower("a", tree, file)
		b.StartTimer()
		facts = mcp.Recognise(file, facts)
	}
	if len(facts.Entries) != 40 {
		b.Fatalf("%d entries", len(facts.Entries))
	}
}
