package flow

// bench_test.go measures a cold analysis, by the line, and that of a keystroke
// within one function of a large file.

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// largeServer writes a server of 40 tools and about 5,000 lines, in which no
// two functions are equal.
func largeServer(lang source.Language) (name, text string) {
	var b strings.Builder
	if lang == source.Python {
		b.WriteString("import os\nimport subprocess\nfrom pathlib import Path\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('large')\nROOT = Path('/srv').resolve()\n")
		for i := range 40 {
			fmt.Fprintf(&b, "\n\n@mcp.tool()\ndef tool_%d(path: str, word: str, count: int = %d) -> str:\n    \"\"\"Tool %d.\"\"\"\n    full = (ROOT / path).resolve()\n    if not full.is_relative_to(ROOT):\n        raise ValueError('outside')\n    out = subprocess.run(['grep', '-m', str(count), '--', helper_%d_0(word), str(full)], capture_output=True)\n    return out.stdout.decode()\n", i, i, i, i)
			for k := range 14 {
				fmt.Fprintf(&b, "\n\ndef helper_%d_%d(value, limit=%d):\n    result = []\n    for part in value.split(','):\n        if len(part) > limit:\n            part = part[:limit] + '%d'\n        result.append(part.strip().lower())\n    return ' '.join(result) + helper_%d_%d(value)[0]\n", i, k, k+i, i*k, i, max(0, k-1))
			}
		}
		return "large.py", b.String()
	}
	b.WriteString("import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { execFile } from 'child_process';\nimport path from 'path';\nimport fs from 'fs/promises';\nimport { z } from 'zod';\nconst server = new McpServer({ name: 'large', version: '1' });\nconst ROOT = path.resolve('/srv');\n")
	for i := range 40 {
		fmt.Fprintf(&b, "\nserver.registerTool('tool_%d', { description: 'Tool %d', inputSchema: { file: z.string(), word: z.string(), count: z.number() } }, async ({ file, word, count }) => {\n  const full = path.resolve(ROOT, file);\n  if (!full.startsWith(ROOT + path.sep)) {\n    throw new Error('outside %d');\n  }\n  execFile('grep', ['-m', String(count), '--', helper_%d_0(word), full]);\n  return { content: [{ type: 'text', text: await fs.readFile(full, 'utf8') }] };\n});\n", i, i, i, i)
		for k := range 12 {
			fmt.Fprintf(&b, "\nfunction helper_%d_%d(value: string, limit = %d): string {\n  const result: string[] = [];\n  for (let part of value.split(',')) {\n    if (part.length > limit) {\n      part = part.slice(0, limit) + '%d';\n    }\n    result.push(part.trim().toLowerCase());\n  }\n  return result.join(' ') + helper_%d_%d(value)[0];\n}\n", i, k, k+i, i*k, i, max(0, k-1))
		}
	}
	return "large.ts", b.String()
}

func BenchmarkCold(b *testing.B) {
	for _, lang := range []source.Language{source.Python, source.TypeScript} {
		b.Run(lang.String(), func(b *testing.B) {
			name, text := largeServer(lang)
			src := source.NewText(text)
			facts := mcp.Recognise(program.Lower(name, source.Parse(lang, src, false), nil), nil)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				Analyse(facts, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(src.Lines()), "ns/line")
		})
	}
}

func BenchmarkKeystroke(b *testing.B) {
	for _, lang := range []source.Language{source.Python, source.TypeScript} {
		b.Run(lang.String(), func(b *testing.B) {
			name, content := largeServer(lang)
			text := source.NewText(content)
			tree := source.Parse(lang, text, true)
			prog := program.Lower(name, tree, nil)
			facts := mcp.Recognise(prog, nil)
			res := Analyse(facts, nil)
			at := uint32(strings.Index(content, "outside"))
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				next, e := text.Replace(source.Span{Start: at, End: at}, "x")
				tree2 := tree.Reparse([]source.Edit{e}, next)
				tree.Close()
				tree, text = tree2, next
				prog = program.Lower(name, tree, prog)
				facts = mcp.Recognise(prog, facts)
				b.StartTimer()
				res = Analyse(facts, res)
			}
			b.StopTimer()
			tree.Close()
		})
	}
}

// TestTwoAtOnce analyses one version's successor twice at the same time, as
// happens when an analysis that was overtaken has not ended yet.
func TestTwoAtOnce(t *testing.T) {
	name, content := largeServer(source.Python)
	facts, first := analyseText(name, content)
	var got [4]string
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i] = transcript(Analyse(facts, first)) })
	}
	wg.Wait()
	for i := range got {
		if got[i] != transcript(first) {
			t.Errorf("analysis %d differs: %s", i, firstDifference(got[i], transcript(first)))
		}
	}
}
