package flow

// incremental_test.go checks that what is taken over from an earlier version is
// what a fresh analysis finds, and that hostile programs end in bounded time.

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// transcript gives all that a result says, one item a line.
func transcript(r *Result) string {
	var b strings.Builder
	for _, f := range r.Flows {
		entry := ""
		if f.Entry != nil {
			entry = f.Entry.Name
		}
		fmt.Fprintf(&b, "flow %s %s %s %v %v %v %q %v\n", entry, describe(f), f.Callee, f.Call, f.Arg, f.Whole, f.Prefix, f.Failed)
		for _, s := range f.Steps {
			fmt.Fprintf(&b, "  %v %s\n", s.Span, s.Text)
		}
	}
	for _, u := range r.Uses {
		fmt.Fprintf(&b, "use %s %s %d %v %v %v", u.Kind, u.Callee, u.Func, u.Span, u.Arg, u.Mutates)
		for _, e := range u.Entries {
			fmt.Fprintf(&b, " %s", e.Name)
		}
		fmt.Fprintln(&b)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note %v %s\n", n.Span, n.Text)
	}
	return b.String()
}

// snippets are what the edits put in: whole lines and broken pieces.
var snippets = []string{"\n", " ", "x", "\n\n\n", "# note\n", "// note\n", "(", "\"", "return None\n", "name", "command + ", "+ path", "", "", ""}

func TestTakenOverEqualsFresh(t *testing.T) {
	files, _ := filepath.Glob("testdata/*/*")
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(7, uint64(len(data))))
			for range 6 {
				editing(t, file, string(data), r, 25)
			}
		})
	}
}

// editing makes a number of edits and compares after each. Half of them are
// taken back by the next one, as people do.
func editing(t *testing.T, file, content string, r *rand.Rand, edits int) {
	lang := source.LanguageOf(file)
	text := source.NewText(content)
	tree := source.Parse(lang, text, true)
	defer func() { tree.Close() }()
	prog := program.Lower(file, tree, nil)
	facts := mcp.Recognise(prog, nil)
	res := Analyse(facts, nil)
	var undo func() (source.Span, string)
	for i := range edits {
		var span source.Span
		var with string
		if undo != nil && r.IntN(2) == 0 {
			span, with = undo()
			undo = nil
		} else {
			span, with = randomEdit(text, r)
			old := text.Slice(span)
			at, n := span.Start, uint32(len(with))
			undo = func() (source.Span, string) { return source.Span{Start: at, End: at + n}, old }
		}
		next, e := text.Replace(span, with)
		tree2 := tree.Reparse([]source.Edit{e}, next)
		tree.Close()
		text, tree = next, tree2
		prog = program.Lower(file, tree, prog)
		facts = mcp.Recognise(prog, facts)
		res = Analyse(facts, res)
		fresh := Analyse(facts, nil)
		if got, want := transcript(res), transcript(fresh); got != want {
			t.Fatalf("edit %d, %v by %q: taken over and fresh differ\n%s", i, span, with, firstDifference(got, want))
		}
	}
}

func randomEdit(text *source.Text, r *rand.Rand) (source.Span, string) {
	n := uint32(text.Len())
	at := uint32(r.IntN(int(n) + 1))
	if r.IntN(3) > 0 {
		// Within a line, at the start of a word, where people edit.
		line := r.IntN(text.Lines())
		at = text.LineStart(line) + uint32(len(text.Line(line))-len(strings.TrimLeft(text.Line(line), " \t")))
	}
	end := at
	if r.IntN(4) == 0 {
		end = min(n, at+uint32(r.IntN(12)))
	}
	return source.Span{Start: at, End: end}, snippets[r.IntN(len(snippets))]
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			end := "(end)"
			if i < len(w) {
				end = w[i]
			}
			return fmt.Sprintf("taken over: %s\nfresh:      %s", g[i], end)
		}
	}
	return "fresh has more: " + w[len(g)]
}

// hostile programs are large or deep in ways that nobody writes by hand.
var hostile = map[string]func() string{
	"switch.ts": func() string {
		var b strings.Builder
		b.WriteString(serverTS + "server.tool('t', {c: z.string(), d: z.string()}, async ({c, d}) => {\n let out = '';\n switch (c) {\n")
		for i := range 10000 {
			fmt.Fprintf(&b, "  case 'x%d': out += d + %d; exec(out); break;\n", i, i)
		}
		b.WriteString(" }\n});\n")
		return b.String()
	},
	"chain.py": func() string {
		var b strings.Builder
		b.WriteString(serverPy)
		for i := range 3000 {
			fmt.Fprintf(&b, "def f%d(a):\n    return f%d(a + 'x')\n", i, i+1)
		}
		b.WriteString("def f3000(a):\n    os.system(a)\n@mcp.tool()\ndef t(a: str):\n    f0(a)\n")
		return b.String()
	},
	"mutual.py": func() string {
		var b strings.Builder
		b.WriteString(serverPy)
		for i := range 60 {
			fmt.Fprintf(&b, "def f%d(a, b):\n", i)
			for k := range 60 {
				fmt.Fprintf(&b, "    f%d(b, a + %q)\n", k, fmt.Sprint(i))
			}
			b.WriteString("    os.system(a)\n")
		}
		b.WriteString("@mcp.tool()\ndef t(a: str):\n    f0(a, a)\n")
		return b.String()
	},
	"long.py": func() string {
		var b strings.Builder
		b.WriteString(serverPy + "@mcp.tool()\ndef t(a: str):\n    x = []\n")
		for i := range 5000 {
			fmt.Fprintf(&b, "    v%d = a + str(v%d)\n    x.append(v%d)\n    if v%d:\n        os.system(v%d)\n", i, max(0, i-1), i, i, i)
		}
		return b.String()
	},
	"loops.py": func() string {
		var b strings.Builder
		b.WriteString(serverPy + "@mcp.tool()\ndef t(a: str):\n")
		for i := range 60 {
			b.WriteString(strings.Repeat(" ", i+4) + "for a in a:\n")
		}
		b.WriteString(strings.Repeat(" ", 64) + "os.system(a)\n")
		return b.String()
	},
	"closures.ts": func() string {
		n := 60
		return serverTS + "server.tool('t', {c: z.string()}, async ({c}) => {\n" + strings.Repeat("[1].map(() => {", n) + "exec(c)" + strings.Repeat("})", n) + "});\n"
	},
	"breaks.go": func() string {
		var b strings.Builder
		b.WriteString("package main\nimport (\n\"context\"\n\"os\"\n\"github.com/modelcontextprotocol/go-sdk/mcp\"\n)\ntype in struct{ A string `json:\"a\"` }\n" +
			"func main() { s := mcp.NewServer(nil, nil); mcp.AddTool(s, &mcp.Tool{Name: \"t\"}, t) }\n" +
			"func t(ctx context.Context, r *mcp.CallToolRequest, i in) (*mcp.CallToolResult, any, error) {\n a := i.A\n for {\n")
		for i := range 5000 {
			fmt.Fprintf(&b, "  a += %q\n  if a == \"\" { break }\n  os.Remove(a)\n", fmt.Sprint(i))
		}
		b.WriteString(" }\n return nil, nil, nil\n}\n")
		return b.String()
	},
	"sum.py": func() string {
		return serverPy + "@mcp.tool()\ndef t(a: str):\n    os.system(" + strings.Repeat("a + ", 20000) + "a)\n"
	},
}

const (
	serverPy = "import os\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n"
	serverTS = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nimport { exec } from 'child_process';\nimport { z } from 'zod';\nconst server = new McpServer({name: 'x', version: '1'});\n"
)

func TestHostileProgramsEnd(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			src := source.NewText(text())
			facts := mcp.Recognise(program.Lower(name, source.Parse(source.LanguageOf(name), src, false), nil), nil)
			done := make(chan *Result, 1)
			start := time.Now()
			go func() { done <- Analyse(facts, nil) }()
			select {
			case r := <-done:
				t.Logf("%d lines: %v, %d flows, notes %v", src.Lines(), time.Since(start), len(r.Flows), r.Notes)
				if len(r.Flows) == 0 && len(r.Notes) == 0 {
					t.Error("neither a flow nor a note: silence would be taken for safety")
				}
			case <-time.After(20 * time.Second):
				t.Fatal("no end in sight")
			}
		})
	}
}

func FuzzAnalyse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(filepath.Ext(file), string(data[:min(len(data), 3000)]))
	}
	f.Fuzz(func(t *testing.T, ext, text string) {
		if source.LanguageOf("x"+ext) == source.None || len(text) > 20000 {
			t.Skip()
		}
		facts, r := analyseText("x"+ext, text)
		for _, fl := range r.Flows {
			if int(fl.Call.End) > len(text) || int(fl.Arg.End) > len(text) || len(fl.Steps) == 0 {
				t.Errorf("flow out of the text: %+v", fl)
			}
		}
		if again := Analyse(facts, r); transcript(again) != transcript(r) {
			t.Errorf("a second analysis differs: %s", firstDifference(transcript(again), transcript(r)))
		}
	})
}

// TestHostileImportsEnd: chains, circles and fans of imports end in bounded time, with
// what flows through them or a note.
func TestHostileImportsEnd(t *testing.T) {
	server := serverPy + "from m0 import f0\n@mcp.tool()\ndef t(a: str):\n    f0(a)\n"
	programs := map[string]func(files map[string]string){
		"chain": func(files map[string]string) {
			for i := range 2000 {
				files[fmt.Sprintf("m%d.py", i)] = fmt.Sprintf("from m%d import f%d\ndef f%d(a):\n    return f%d(a)\n", i+1, i+1, i, i+1)
			}
			files["m2000.py"] = "import os\ndef f2000(a):\n    os.system(a)\n"
		},
		"circle": func(files map[string]string) {
			for i := range 300 {
				files[fmt.Sprintf("m%d.py", i)] = fmt.Sprintf("import os\nfrom m%d import f%d\ndef f%d(a):\n    f%d(a + 'x')\n    os.system(a)\n", (i+1)%300, (i+1)%300, i, (i+1)%300)
			}
		},
		"everything imports everything": func(files map[string]string) {
			for i := range 40 {
				var b strings.Builder
				for k := range 40 {
					fmt.Fprintf(&b, "from m%d import *\nfrom m%d import f%d as g%d\n", k, k, k, k)
				}
				fmt.Fprintf(&b, "import os\ndef f%d(a):\n", i)
				for k := range 40 {
					fmt.Fprintf(&b, "    g%d(a)\n    f%d(a)\n", k, k)
				}
				b.WriteString("    os.system(a)\n")
				files[fmt.Sprintf("m%d.py", i)] = b.String()
			}
		},
		"re-exports in circles": func(files map[string]string) {
			for i := range 300 {
				files[fmt.Sprintf("m%d.py", i)] = fmt.Sprintf("from m%d import *\nfrom m%d import f0\n", (i+1)%300, (i+7)%300)
			}
			files["server.py"] += "    os.system(a)\n"
		},
	}
	for name, write := range programs {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"server.py": server}
			write(files)
			done := make(chan int, 1)
			start := time.Now()
			go func() {
				var all []*program.File
				var facts []*mcp.Facts
				var paths []string
				for p, text := range files {
					f := program.Lower("/s/"+p, source.Parse(source.Python, source.NewText(text), false), nil)
					all, facts, paths = append(all, f), append(facts, mcp.Recognise(f, nil)), append(paths, f.Path)
				}
				said := 0
				for _, r := range NewWorld().Analyse(facts, program.NewModules(program.NewLayout("/s", paths, program.Manifests{}), all)) {
					said += len(r.Flows) + len(r.Notes)
				}
				done <- said
			}()
			select {
			case said := <-done:
				t.Logf("%d files: %v, %d flows and notes", len(files), time.Since(start), said)
				if said == 0 {
					t.Error("neither a flow nor a note: silence would be taken for safety")
				}
			case <-time.After(40 * time.Second):
				t.Fatal("no end in sight")
			}
		})
	}
}

// TestTypesAreReadOnce: literal types within types, and many that look the same, cost
// what their text does, and none of it is left out.
func TestTypesAreReadOnce(t *testing.T) {
	const server = "import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\nconst s = new McpServer({ name: 'a', version: '1' })\n"
	var same strings.Builder
	same.WriteString("export interface Paths {\n")
	for i := range 20_000 {
		fmt.Fprintf(&same, "  p%d: { query?: never; header?: never }\n", i)
	}
	same.WriteString("}\n")
	for name, text := range map[string]string{
		"within each other": "export interface A " + strings.Repeat("{ a: ", 60) + "string" + strings.Repeat(" }", 60) + "\n",
		"the same":          same.String(),
	} {
		t.Run(name, func(t *testing.T) {
			done := make(chan []Note, 1)
			go func() {
				_, r := analyseText("a.ts", server+text)
				done <- r.Notes
			}()
			select {
			case notes := <-done:
				if len(notes) > 0 {
					t.Errorf("left out: %v", notes)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("no end in sight")
			}
		})
	}
}
