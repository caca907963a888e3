package tutor

import (
	"strings"
	"testing"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// spanIn gives the place of some words.
func spanIn(t *testing.T, text, words string) source.Span {
	t.Helper()
	at := strings.Index(text, words)
	if at < 0 {
		t.Fatalf("no %q", words)
	}
	return source.Span{Start: uint32(at), End: uint32(at + len(words))}
}

// Of the code the functions on the path leave, with how they are registered, and nothing
// else; whole files where the user wants that.
func TestWhatLeaves(t *testing.T) {
	files := map[string]string{
		"/w/server.py": "SECRET = 1\n\n@mcp.tool()\ndef export(style):\n    return run(style)\n\ndef other():\n    pass\n",
		"/w/lib.py":    "def before():\n    pass\n\ndef run(x):\n    subprocess.run(x, shell=True)\n",
		"/w/a.ts":      "const hidden = 1;\nserver.tool(\"x\", { y: z.string() }, async ({ y }) => {\n  exec(y);\n});\nconst after = 2;\n",
		"/w/b.go":      "package b\n\nvar hidden = 1\n\nfunc serve(name string) {\n\texec.Command(name)\n}\n",
		"/w/top.py":    strings.Repeat("a = 1\n", 20) + "os.system(b)\n" + strings.Repeat("c = 1\n", 20),
	}
	s := Sources{
		Text: func(path string) *source.Text {
			if text, ok := files[path]; ok {
				return source.NewText(text)
			}
			return nil
		},
		Name: func(path string) string { return strings.TrimPrefix(path, "/w/") },
	}
	finding := func(path, words string, steps ...rule.Step) *audit.Finding {
		return &audit.Finding{Finding: rule.Finding{Check: "c", Path: path, Span: spanIn(t, files[path], words), Steps: steps}}
	}
	for _, c := range []struct {
		name  string
		f     *audit.Finding
		whole bool
		want  []Excerpt
	}{
		{"across files", finding("/w/lib.py", "shell=True", rule.Step{Path: "/w/server.py", Span: spanIn(t, files["/w/server.py"], "style")}, rule.Step{Path: "/w/lib.py", Span: spanIn(t, files["/w/lib.py"], "run(x")}), false, []Excerpt{
			{"lib.py", 4, "def run(x):\n    subprocess.run(x, shell=True)"},
			{"server.py", 3, "@mcp.tool()\ndef export(style):\n    return run(style)"},
		}},
		{"a handler with its registration", finding("/w/a.ts", "exec(y)"), false, []Excerpt{{"a.ts", 2, "server.tool(\"x\", { y: z.string() }, async ({ y }) => {\n  exec(y);\n});"}}},
		{"a Go function", finding("/w/b.go", "exec.Command"), false, []Excerpt{{"b.go", 5, "func serve(name string) {\n\texec.Command(name)\n}"}}},
		{"at the top", finding("/w/top.py", "os.system(b)"), false, []Excerpt{{"top.py", 13, strings.Repeat("a = 1\n", 8) + "os.system(b)\n" + strings.TrimSuffix(strings.Repeat("c = 1\n", 8), "\n")}}},
		{"a file that is gone", &audit.Finding{Finding: rule.Finding{Path: "/w/gone.py"}}, false, nil},
		{"the whole file", finding("/w/b.go", "exec.Command"), true, []Excerpt{{"b.go", 1, files["/w/b.go"]}}},
	} {
		got := About(c.f, s, c.whole)
		if len(got.Code) != len(c.want) || (got.Scope == Files) != c.whole {
			t.Errorf("%s: %+v", c.name, got.Code)
			continue
		}
		for i := range c.want {
			if got.Code[i] != c.want[i] {
				t.Errorf("%s: got %+q, want %+q", c.name, got.Code[i].Text, c.want[i].Text)
			}
		}
	}
}
