package lsp

import (
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// A finding without a fix brings the sketch of a guard, as comments, and only once.
func TestSketchIsOffered(t *testing.T) {
	const text = "def f():\n\tWORSE\n"
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", text)
	actions := call[[]action](e, "textDocument/codeAction", inRange("file:///a.py", 1, 2, 2))
	i := slices.Index(titles(actions), sketchTitle)
	if i < 0 {
		t.Fatalf("got %q", titles(actions))
	}
	after := apply(t, text, actions[i].Edit)
	want := "def f():\n" +
		"\t# mcpaudit: an unfinished guard against bad-word. Adapt it to this code, then remove these marks.\n" +
		"\t# if not polite(x):\n\t#     raise ValueError(\"this call\")\n\tWORSE\n"
	if after != want {
		t.Errorf("got  %q\nwant %q", after, want)
	}
	e.open("file:///a.py", after)
	if got := titles(call[[]action](e, "textDocument/codeAction", inRange("file:///a.py", 4, 2, 2))); slices.Contains(got, sketchTitle) {
		t.Errorf("offered again: %q", got)
	}
}

func TestSketchHere(t *testing.T) {
	const head = "an unfinished guard against c. Adapt it to this code, then remove these marks."
	tests := []struct{ name, path, text, sink, want string }{
		{"script", "/a.ts", "  HERE;\n", "x", "«  // mcpaudit: " + head + "\n  // check(\"x\")\n»  HERE;\n"},
		{"carriage returns", "/a.py", "y\r\nHERE\r\n", "x", "y\r\n«# mcpaudit: " + head + "\r\n# check(\"x\")\r\n»HERE\r\n"},
		{"within a template", "/a.ts", "y();\nx = `\n${HERE}`;\n", "x", "y();\n«// mcpaudit: " + head + "\n// check(\"x\")\n»x = `\n${HERE}`;\n"},
		{"a name with line breaks", "/a.go", "package a\n\nvar x = HERE\n", "x\nimport \"os\"\u2028\r", "package a\n\n«// mcpaudit: " + head + "\n// check(\"x\n// import \"os\"  \")\n»var x = HERE\n"},
		{"nothing but text", "/a.py", "x = \"\"\"" + strings.Repeat("\n", maxSketchClimb+1) + "HERE\"\"\"\n", "x", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			res := &audit.FileResult{Path: test.path, Text: source.NewText(test.text)}
			at := uint32(strings.Index(test.text, "HERE"))
			f := &audit.Finding{Finding: rule.Finding{Check: "c", Sink: test.sink, Span: source.Span{Start: at, End: at + 4}}}
			edits := sketchHere(res, f, "check(\"{sink}\")\n")
			if test.want == "" {
				if edits != nil {
					t.Errorf("got %+v", edits)
				}
				return
			}
			if len(edits) != 1 {
				t.Fatalf("got %+v", edits)
			}
			if got, _ := res.Text.Replace(edits[0].Span, "«"+edits[0].New+"»"); got.String() != test.want {
				t.Errorf("got  %q\nwant %q", got.String(), test.want)
			}
		})
	}
}
