package generate

// program.go writes a program of several files that import each other.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mcpaudit/internal/source"
)

// Program writes a server of several files, in Python or TypeScript: one with the
// tools of s, and modules of as many lines with nothing but helpers and one function
// that tools of the server hand their argument to. That of each module but the last
// hands it on to the next; that of the last gives it to a shell. All modules import
// one of shared helpers. It gives the path of the server's file, of the last
// module's, and the number of lines in all, which is at least lines.
func Program(dir string, s Shape, lines int) (server, last string, total int, err error) {
	ext := map[source.Language]string{source.Python: "py", source.TypeScript: "ts"}[s.Lang]
	text := Server(s)
	modules := max(2, (lines-s.Lines)/s.Lines)
	files := map[string]string{}
	var imports, tools strings.Builder
	for i := range modules {
		files[fmt.Sprintf("module%d.%s", i, ext)] = module(s, i, i == modules-1)
		if s.Lang == source.Python {
			fmt.Fprintf(&imports, "from module%d import deliver_%d\n", i, i)
			fmt.Fprintf(&tools, "@mcp.tool()\nasync def hand_over_%d(parcel: str) -> str:\n    \"\"\"Hand a parcel over.\"\"\"\n    return deliver_%d(parcel, %d)\n\n\n", i, i, i)
		} else {
			fmt.Fprintf(&imports, "import { deliver%d } from \"./module%d.js\";\n", i, i)
			fmt.Fprintf(&tools, "server.registerTool(\n  \"hand-over-%d\",\n  { description: \"Hand a parcel over.\", inputSchema: { parcel: z.string() } },\n  async ({ parcel }) => ({ content: [{ type: \"text\", text: await deliver%d(parcel, %d) }] }),\n);\n\n", i, i, i)
		}
	}
	end := strings.LastIndex(text, "if __name__")
	files["shared.py"] = "def trimmed(value: str) -> str:\n    return value.strip()\n"
	if s.Lang != source.Python {
		end = strings.LastIndex(text, "await server.connect")
		delete(files, "shared.py")
		files["shared.ts"] = "export function trimmed(value: string): string {\n  return value.trim();\n}\n"
	}
	server = filepath.Join(dir, "server."+ext)
	files["server."+ext] = imports.String() + text[:end] + tools.String() + text[end:]
	for name, content := range files {
		total += strings.Count(content, "\n")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return "", "", 0, err
		}
	}
	return server, filepath.Join(dir, fmt.Sprintf("module%d.%s", modules-1, ext)), total, nil
}

// module writes a module of helpers with the function that the tools use.
func module(s Shape, i int, last bool) string {
	w := &writer{r: newRand(s.Seed + uint64(i) + 1), lang: s.Lang}
	if s.Lang == source.Python {
		w.printf("import logging\nimport subprocess\n\nfrom shared import trimmed\n")
		if !last {
			w.printf("from module%d import deliver_%d\n", i+1, i+1)
		}
		w.printf("\nlogger = logging.getLogger(__name__)\n\n\n")
	} else {
		w.printf("import { execSync } from \"node:child_process\";\nimport { trimmed } from \"./shared.js\";\n")
		if !last {
			w.printf("import { deliver%d } from \"./module%d.js\";\n", i+1, i+1)
		}
		w.printf("\n")
	}
	for w.lines() < s.Lines/2 {
		w.helper()
	}
	switch {
	case s.Lang == source.Python && last:
		w.printf("def deliver_%d(parcel: str, times: int) -> str:\n    line = f\"deliver {trimmed(parcel)} {times}\"\n    return subprocess.run(line, shell=True, capture_output=True, text=True).stdout\n\n\n", i)
	case s.Lang == source.Python:
		w.printf("def deliver_%d(parcel: str, times: int) -> str:\n    return deliver_%d(trimmed(parcel), times + 1)\n\n\n", i, i+1)
	case last:
		w.printf("export async function deliver%d(parcel: string, times: number): Promise<string> {\n  const line = `deliver ${trimmed(parcel)} ${times}`;\n  return execSync(line).toString();\n}\n\n", i)
	default:
		w.printf("export async function deliver%d(parcel: string, times: number): Promise<string> {\n  return deliver%d(trimmed(parcel), times + 1);\n}\n\n", i, i+1)
	}
	for w.lines() < s.Lines {
		w.helper()
	}
	return w.b.String()
}
