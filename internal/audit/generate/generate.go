// Package generate writes MCP servers for benchmarks: believable in shape, of
// any size, with a known number of tools and flaws, and no two functions equal,
// so that nothing is fast merely because it was seen before.
package generate

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"mcpaudit/internal/source"
)

// Shape says what a generated server holds.
type Shape struct {
	Lang  source.Language // Python, TypeScript or Go
	Lines int             // at least
	Tools int
	Flaws int // tools among them that pass their argument to a shell, a file or a request unchecked
	Seed  uint64
}

// Server writes one file.
func Server(s Shape) string {
	w := &writer{r: newRand(s.Seed), lang: s.Lang}
	w.header(s)
	helpersPerTool := 0
	for i := range s.Tools {
		w.tool(i, i < s.Flaws)
		left := s.Lines - w.lines()
		if rest := s.Tools - i - 1; rest > 0 {
			helpersPerTool = left / rest / 14
		}
		for range helpersPerTool {
			w.helper()
		}
	}
	for w.lines() < s.Lines-6 {
		w.helper()
	}
	w.footer()
	return w.b.String()
}

// Workspace writes a workspace of servers with at least the given number of
// lines in all, a third each in Python, TypeScript and Go, and gives the number
// of lines written.
func Workspace(dir string, lines, perFile int) (int, error) {
	total := 0
	ext := map[source.Language]string{source.Python: "py", source.TypeScript: "ts", source.Go: "go"}
	for i := 0; total < lines; i++ {
		lang := []source.Language{source.Python, source.TypeScript, source.Go}[i%3]
		text := Server(Shape{Lang: lang, Lines: perFile, Tools: perFile / 100, Flaws: perFile / 1000, Seed: uint64(i)})
		total += strings.Count(text, "\n")
		sub := filepath.Join(dir, fmt.Sprintf("server%03d", i))
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("server.%s", ext[lang])), []byte(text), 0o644); err != nil {
			return 0, err
		}
	}
	return total, nil
}

type writer struct {
	b    strings.Builder
	r    *rand.Rand
	lang source.Language
	n    int // functions so far
	nl   int
	read int
}

func (w *writer) lines() int {
	w.nl += strings.Count(w.b.String()[w.read:], "\n")
	w.read = w.b.Len()
	return w.nl
}

func (w *writer) printf(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

var words = strings.Fields("account archive backup batch branch bucket cache calendar channel cluster column config contact cursor customer dataset device digest document domain draft entry event export feature field folder forecast gateway group header history image import index invoice issue job journal label layer ledger license limit link list locale log mail map market member merge message metric model module monitor notice object offer order owner packet page panel parcel parser patch payment period phase plan policy pool post price profile project quota range rate record region release report request result review role route rule sample schedule schema scope score segment series session setting shape shard signal site slot snapshot source stage state status stock store stream summary table tag target task team template thread ticket token topic trace track trend unit update usage vendor version view volume window worker zone")

func (w *writer) word() string { return words[w.r.IntN(len(words))] }

// name gives a name that no other function has.
func (w *writer) name() string {
	w.n++
	a, b := w.word(), w.word()
	if w.lang == source.Python {
		return fmt.Sprintf("%s_%s_%d", a, b, w.n)
	}
	return fmt.Sprintf("%s%s%d", a, strings.ToUpper(b[:1])+b[1:], w.n)
}

func (w *writer) header(s Shape) {
	switch w.lang {
	case source.Python:
		w.printf("import json\nimport logging\nimport os\nimport subprocess\nfrom pathlib import Path\n\nimport httpx\nfrom mcp.server.fastmcp import FastMCP\n\nlogger = logging.getLogger(__name__)\nmcp = FastMCP(\"generated-%d\")\nBASE = Path(\"/srv/data\").resolve()\nAPI = \"https://api.example.com\"\n\n\n", s.Seed)
	case source.Go:
		w.printf("package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"log\"\n\t\"net/http\"\n\t\"os\"\n\t\"os/exec\"\n\t\"strings\"\n\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n\nvar _ = strings.ToUpper\nvar _ = os.Getenv\nvar _ = http.StatusOK\n\n")
	default:
		w.printf("import { exec, execFile } from \"node:child_process\";\nimport * as fs from \"node:fs/promises\";\nimport path from \"node:path\";\nimport { promisify } from \"node:util\";\nimport { McpServer } from \"@modelcontextprotocol/sdk/server/mcp.js\";\nimport { StdioServerTransport } from \"@modelcontextprotocol/sdk/server/stdio.js\";\nimport { z } from \"zod\";\n\nconst run = promisify(exec);\nconst runFile = promisify(execFile);\nconst server = new McpServer({ name: \"generated-%d\", version: \"1.0.0\" });\nconst BASE = \"/srv/data\";\n\n", s.Seed)
	}
}

func (w *writer) footer() {
	switch w.lang {
	case source.Python:
		w.printf("if __name__ == \"__main__\":\n    mcp.run(transport=\"stdio\")\n")
	case source.Go:
		w.printf("func main() {\n\ts := server.NewMCPServer(\"generated\", \"1.0.0\")\n\tregister(s)\n\tif err := server.ServeStdio(s); err != nil {\n\t\tlog.Fatal(err)\n\t}\n}\n\nfunc register(s *server.MCPServer) {\n")
		for i := 1; i <= w.n; i++ {
			w.printf("\tregister%d(s)\n", i)
		}
		w.printf("}\n")
	default:
		w.printf("await server.connect(new StdioServerTransport());\n")
	}
}

// tool writes a tool. A flawed one hands its argument on unchecked, a sound one
// checks it first.
func (w *writer) tool(i int, flawed bool) {
	a, b := w.word(), w.word()
	kind := i % 3
	name := w.name()
	switch w.lang {
	case source.Python:
		w.printf("@mcp.tool()\nasync def %s(%s: str, limit: int = %d) -> str:\n    \"\"\"Show the %s of a %s.\"\"\"\n", name, a, w.r.IntN(900)+10, b, a)
		w.pythonBody(kind, flawed, a, b)
	case source.Go:
		w.goTool(kind, flawed, name, a, b)
	default:
		w.printf("server.registerTool(\n  \"%s\",\n  { description: \"Show the %s of a %s.\", inputSchema: { %s: z.string(), limit: z.number().int().max(%d) } },\n  async ({ %s, limit }) => {\n", name, b, a, a, w.r.IntN(900)+10, a)
		w.ecmaBody(kind, flawed, a, b)
		w.printf("  },\n);\n\n")
	}
}

func (w *writer) pythonBody(kind int, flawed bool, a, b string) {
	switch {
	case flawed && kind == 0:
		w.printf("    command = f\"%s-cli show {%s} --limit {limit}\"\n    done = subprocess.run(command, shell=True, capture_output=True, text=True)\n    return done.stdout\n\n\n", b, a)
	case flawed && kind == 1:
		w.printf("    target = BASE / \"%s\" / %s\n    with open(target, encoding=\"utf-8\") as handle:\n        return handle.read(limit)\n\n\n", b, a)
	case flawed:
		w.printf("    async with httpx.AsyncClient(timeout=%d) as client:\n        answer = await client.get(%s)\n        return answer.text[:limit]\n\n\n", w.r.IntN(50)+5, a)
	case kind == 0:
		w.printf("    if %s not in {\"%s\", \"%s\"}:\n        raise ValueError(\"unknown %s\")\n    done = subprocess.run([\"%s-cli\", \"show\", \"--\", %s], capture_output=True, text=True)\n    return done.stdout[:limit]\n\n\n", a, w.word(), w.word(), a, b, a)
	case kind == 1:
		w.printf("    target = (BASE / %s).resolve()\n    if not target.is_relative_to(BASE):\n        raise ValueError(\"outside of %s\")\n    return target.read_text(encoding=\"utf-8\")[:limit]\n\n\n", a, b)
	default:
		w.printf("    async with httpx.AsyncClient(timeout=%d) as client:\n        answer = await client.get(f\"{API}/%s\", params={\"q\": %s, \"n\": limit})\n        answer.raise_for_status()\n        return json.dumps(answer.json())\n\n\n", w.r.IntN(50)+5, b, a)
	}
}

func (w *writer) ecmaBody(kind int, flawed bool, a, b string) {
	switch {
	case flawed && kind == 0:
		w.printf("    const { stdout } = await run(`%s-cli show ${%s} --limit ${limit}`);\n    return { content: [{ type: \"text\", text: stdout }] };\n", b, a)
	case flawed && kind == 1:
		w.printf("    const text = await fs.readFile(path.join(BASE, \"%s\", %s), \"utf8\");\n    return { content: [{ type: \"text\", text: text.slice(0, limit) }] };\n", b, a)
	case flawed:
		w.printf("    const answer = await fetch(%s, { signal: AbortSignal.timeout(%d) });\n    return { content: [{ type: \"text\", text: (await answer.text()).slice(0, limit) }] };\n", a, w.r.IntN(9000)+500)
	case kind == 0:
		w.printf("    if (![\"%s\", \"%s\"].includes(%s)) {\n      throw new Error(\"unknown %s\");\n    }\n    const { stdout } = await runFile(\"%s-cli\", [\"show\", \"--\", %s]);\n    return { content: [{ type: \"text\", text: stdout.slice(0, limit) }] };\n", w.word(), w.word(), a, a, b, a)
	case kind == 1:
		w.printf("    const target = path.resolve(BASE, %s);\n    if (!target.startsWith(BASE + path.sep)) {\n      throw new Error(\"outside of %s\");\n    }\n    return { content: [{ type: \"text\", text: (await fs.readFile(target, \"utf8\")).slice(0, limit) }] };\n", a, b)
	default:
		w.printf("    const answer = await fetch(`https://api.example.com/%s?q=${encodeURIComponent(%s)}&n=${limit}`);\n    return { content: [{ type: \"text\", text: JSON.stringify(await answer.json()) }] };\n", b, a)
	}
}

func (w *writer) goTool(kind int, flawed bool, name, a, b string) {
	w.printf("func register%d(s *server.MCPServer) {\n\ts.AddTool(mcp.NewTool(%q, mcp.WithDescription(\"Show the %s of a %s.\"), mcp.WithString(%q, mcp.Required())),\n\t\tfunc(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {\n\t\t\t%s, err := req.RequireString(%q)\n\t\t\tif err != nil {\n\t\t\t\treturn mcp.NewToolResultError(err.Error()), nil\n\t\t\t}\n", w.n, name, b, a, a, "v"+a, a)
	v := "v" + a
	switch {
	case flawed && kind == 0:
		w.printf("\t\t\tout, err := exec.CommandContext(ctx, \"sh\", \"-c\", fmt.Sprintf(\"%s-cli show %%s\", %s)).Output()\n", b, v)
	case flawed && kind == 1:
		w.printf("\t\t\tout, err := os.ReadFile(\"/srv/%s/\" + %s)\n", b, v)
	case flawed:
		w.printf("\t\t\tanswer, err := http.Get(%s)\n\t\t\tif err != nil {\n\t\t\t\treturn nil, err\n\t\t\t}\n\t\t\tout := []byte(answer.Status)\n", v)
	default:
		w.printf("\t\t\tif %s != %q && %s != %q {\n\t\t\t\treturn mcp.NewToolResultError(\"unknown %s\"), nil\n\t\t\t}\n\t\t\tout, err := exec.CommandContext(ctx, \"%s-cli\", \"show\", \"--\", %s).Output()\n", v, w.word(), v, w.word(), a, b, v)
	}
	w.printf("\t\t\tif err != nil {\n\t\t\t\treturn nil, fmt.Errorf(\"%s: %%w\", err)\n\t\t\t}\n\t\t\treturn mcp.NewToolResultText(string(out)), nil\n\t\t})\n}\n\n", b)
}

// helper writes a function that is no tool, in one of several shapes.
func (w *writer) helper() {
	name, a, b, c := w.name(), w.word(), w.word(), w.word()
	n, m := w.r.IntN(1000)+2, w.r.IntN(90)+3
	switch w.lang {
	case source.Python:
		w.pythonHelper(name, a, b, c, n, m)
	case source.Go:
		w.printf("func register%d(*server.MCPServer) {}\n\n", w.n)
		w.printf("// %s sums up the %s of each %s.\nfunc %s(%ss []string, limit int) (map[string]int, error) {\n\tout := make(map[string]int, limit)\n\tfor i, item := range %ss {\n\t\tif i > %d {\n\t\t\treturn nil, fmt.Errorf(\"too many %ss: %%d\", i)\n\t\t}\n\t\tkey := strings.TrimSpace(item) + \"-%s\"\n\t\tout[key] += len(item) * %d\n\t}\n\treturn out, nil\n}\n\n", name, b, a, name, a, a, n, a, c, m)
	default:
		w.ecmaHelper(name, a, b, c, n, m)
	}
}

func (w *writer) pythonHelper(name, a, b, c string, n, m int) {
	switch w.n % 3 {
	case 0:
		w.printf("def %s(%ss: list[dict], limit: int = %d) -> dict[str, int]:\n    \"\"\"Sum up the %s of each %s.\"\"\"\n    totals: dict[str, int] = {}\n    for index, item in enumerate(%ss):\n        if index > limit:\n            break\n        key = str(item.get(\"%s\", \"\")).strip().lower()\n        if not key:\n            continue\n        totals[key] = totals.get(key, 0) + int(item.get(\"%s\", %d))\n    return {k: v for k, v in totals.items() if v > %d}\n\n\n", name, a, n, b, a, a, c, b, m, m)
	case 1:
		w.printf("def %s(%s, %s=None):\n    parts = [f\"%s={%s}\"]\n    if %s is not None:\n        parts.append(f\"%s={%s!r:>%d}\")\n    try:\n        text = \"&\".join(parts)\n    except TypeError as error:\n        logger.warning(\"%s failed: %%s\", error)\n        return \"\"\n    else:\n        return text.ljust(%d)\n\n\n", name, a, b, c, a, b, b, b, m, name, n)
	default:
		w.printf("class %s:\n    \"\"\"A %s with its %s.\"\"\"\n\n    def __init__(self, %s: str, size: int = %d) -> None:\n        self.%s = %s\n        self.size = size\n\n    def grow(self, by: int = %d) -> \"%s\":\n        if by <= 0:\n            raise ValueError(f\"cannot grow by {by}\")\n        self.size += by\n        return self\n\n\n", strings.ToUpper(name[:1])+name[1:], a, b, a, n, a, a, m, strings.ToUpper(name[:1])+name[1:])
	}
}

func (w *writer) ecmaHelper(name, a, b, c string, n, m int) {
	switch w.n % 3 {
	case 0:
		w.printf("function %s(%ss: Array<Record<string, unknown>>, limit = %d): Map<string, number> {\n  const totals = new Map<string, number>();\n  for (const [index, item] of %ss.entries()) {\n    if (index > limit) {\n      break;\n    }\n    const key = String(item.%s ?? \"\").trim().toLowerCase();\n    if (!key) continue;\n    totals.set(key, (totals.get(key) ?? 0) + Number(item.%s ?? %d));\n  }\n  return new Map([...totals].filter(([, v]) => v > %d));\n}\n\n", name, a, n, a, c, b, m, m)
	case 1:
		w.printf("const %s = (%sValue: string, %sOther?: string): string => {\n  const parts = [`%s=${%sValue}`];\n  if (%sOther !== undefined) {\n    parts.push(`%s=${%sOther.padStart(%d)}`);\n  }\n  try {\n    return parts.join(\"&\").padEnd(%d);\n  } catch (error) {\n    console.error(\"%s failed\", error);\n    return \"\";\n  }\n};\n\n", name, a, b, c, a, b, b, b, m, n, name)
	default:
		w.printf("export class %s {\n  private %sSize = %d;\n\n  constructor(private readonly %sName: string) {}\n\n  grow(by = %d): this {\n    if (by <= 0) {\n      throw new Error(`cannot grow ${this.%sName} by ${by}`);\n    }\n    this.%sSize += by;\n    return this;\n  }\n}\n\n", strings.ToUpper(name[:1])+name[1:], b, n, a, m, a, b)
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }
