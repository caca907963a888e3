package mcp_test

// fuzz_test.go checks on any text that recognition neither panics nor loses
// itself, that all places it names lie within the text, and that facts made
// with the previous version's are the same as fresh ones.

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

func FuzzRecognise(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*")
	for _, path := range files {
		if data, err := os.ReadFile(path); err == nil && source.LanguageOf(path) != source.None {
			f.Add(uint8(source.LanguageOf(path)), string(data), uint32(len(data)/2), uint32(10), "x(")
		}
	}
	f.Fuzz(func(t *testing.T, lang uint8, text string, at, n uint32, with string) {
		l := source.Language(lang%5) + source.Python
		before := source.NewText(strings.ToValidUTF8(text, "?"))
		tree := source.Parse(l, before, true)
		defer tree.Close()
		old := program.Lower("a", tree, nil)
		facts := mcp.Recognise(old, nil)
		inside(t, facts)

		at = min(at, uint32(before.Len()))
		s := source.Span{Start: at, End: min(at+n, uint32(before.Len()))}
		after, edit := before.Replace(s, strings.ToValidUTF8(with, "?"))
		if !strings.Contains(strings.ToValidUTF8(after.String(), "\x00"), "\x00") {
			next := tree.Reparse([]source.Edit{edit}, after)
			defer next.Close()
			file := program.Lower("a", next, old)
			got, want := describe(mcp.Recognise(file, facts)), describe(mcp.Recognise(file, nil))
			if !slices.Equal(got, want) {
				t.Errorf("with the previous facts:\n%s\nfresh:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	})
}

// inside checks that all places lie within the text.
func inside(t *testing.T, f *mcp.Facts) {
	size := uint32(f.File.Tree.Text.Len())
	check := func(what string, s source.Span) {
		if s.Start > s.End || s.End > size {
			t.Errorf("%s at %v in a text of %d bytes", what, s, size)
		}
	}
	for _, e := range f.Entries {
		check("entry", e.Span)
		check("name", e.NameSpan)
		check("description", e.Description.Span)
		check("branch", e.Branch)
		check("annotations", e.Annotations.Span)
		for _, s := range e.Annotations.Spans {
			check("hint", s)
		}
		for _, p := range e.Params {
			check("parameter", p.Span)
			check("parameter's description", p.Description.Span)
		}
		if e.Handler >= len(f.File.Funcs) {
			t.Errorf("handler %d of %d functions", e.Handler, len(f.File.Funcs))
		}
	}
	for _, tr := range f.Transports {
		check("transport", tr.Span)
	}
	for _, s := range f.Servers {
		check("server", s.Span)
	}
	for _, in := range f.Inputs() {
		if in.Func >= len(f.File.Funcs) || in.Param >= len(f.File.Funcs[in.Func].Params) {
			t.Errorf("input %+v does not exist", in)
		}
	}
	describe(f)
}

// TestBounded checks that a hostile file costs no more than its size allows:
// values that spread each other and loops in loops would take for ever.
func TestBounded(t *testing.T) {
	var py, ts strings.Builder
	py.WriteString("from mcp.server.fastmcp import FastMCP\nm = FastMCP('x')\na00 = [f]\n")
	ts.WriteString("import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';\nconst m = new McpServer({name: 'x'});\nconst a00 = {x: z.string()};\n")
	for i := range 60 {
		p, n := itoa(i), itoa(i+1)
		py.WriteString("a" + n + " = [*a" + p + ", *a" + p + "]\n")
		ts.WriteString("const a" + n + " = {...a" + p + ", ...a" + p + "};\n")
	}
	for i := range 6 {
		py.WriteString(strings.Repeat(" ", i) + "for f" + itoa(i) + " in a60:\n")
	}
	py.WriteString("      m.add_tool(f0)\n")
	ts.WriteString("m.tool('t', a60, async (a) => a);\nm.registerTool('u', a60, wrap(wrap(a60, a60), wrap(a60, wrap(a60))));\n")
	recognise(t, "a.py", py.String())
	recognise(t, "a.ts", ts.String())
}

func itoa(i int) string { return string([]byte{'0' + byte(i/10), '0' + byte(i%10)}) }
