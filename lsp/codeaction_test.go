package lsp

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.lsp.dev/protocol"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

type action struct {
	Title       string                  `json:"title"`
	Kind        string                  `json:"kind,omitempty"`
	IsPreferred bool                    `json:"isPreferred,omitempty"`
	Diagnostics []diagnostic            `json:"diagnostics,omitempty"`
	Edit        *protocol.WorkspaceEdit `json:"edit,omitempty"`
	Command     *protocol.Command       `json:"command,omitempty"`
	Data        json.RawMessage         `json:"data,omitempty"`
}

func titles(actions []action) []string {
	var all []string
	for _, a := range actions {
		all = append(all, a.Title)
	}
	return all
}

// apply gives the text after the edits of one document, which may come in either form.
func apply(t *testing.T, text string, edit *protocol.WorkspaceEdit) string {
	t.Helper()
	if edit == nil {
		t.Fatal("no edit")
	}
	edits := slices.Concat(edit.Changes["file:///a.py"])
	for _, d := range edit.DocumentChanges {
		edits = append(edits, d.Edits...)
	}
	s := source.NewText(text)
	for _, e := range slices.Backward(edits) {
		s, _ = s.Replace(s.Span(sourceRange(e.Range), source.UTF16), e.NewText)
	}
	return s.String()
}

var everyTitle = []string{
	"Say GOOD", "Ignore bad-word here: false alarm", "Ignore bad-word here: accepted risk",
	"Ignore bad-word in this file: accepted risk", "Explain this threat: A bad word", "Fix all that mcpaudit can fix safely",
}

func TestCodeActions(t *testing.T) {
	const text = "def f():\n\tBAD\n"
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", text)
	tests := []struct {
		name string
		only []string
		want []string
	}{
		{"all", nil, everyTitle},
		{"quick fixes", []string{"quickfix"}, everyTitle[:5]},
		{"source", []string{"source"}, everyTitle[5:]},
		{"fixAll", []string{"source.fixAll"}, everyTitle[5:]},
		{"ours", []string{"source.fixAll.mcpaudit"}, everyTitle[5:]},
		{"another's", []string{"source.fixAll.mcpauditor", "refactor"}, nil},
	}
	for _, test := range tests {
		got := call[[]action](e, "textDocument/codeAction", inRange("file:///a.py", 1, 2, 2, test.only...))
		if got == nil || !slices.Equal(titles(got), test.want) {
			t.Errorf("%s: %q", test.name, titles(got))
		}
	}
	results := map[string]string{
		"Say GOOD":                                    "def f():\n\tGOOD\n",
		"Ignore bad-word here: false alarm":           "def f():\n\t# mcpaudit: ignore[bad-word] false alarm\n\tBAD\n",
		"Ignore bad-word in this file: accepted risk": "# mcpaudit: ignore-file[bad-word] accepted risk\ndef f():\n\tBAD\n",
		"Fix all that mcpaudit can fix safely":        "def f():\n\tGOOD\n",
	}
	actions := call[[]action](e, "textDocument/codeAction", inRange("file:///a.py", 1, 2, 2))
	for _, a := range actions {
		if want, ok := results[a.Title]; ok && apply(t, text, a.Edit) != want {
			t.Errorf("%s gives %q", a.Title, apply(t, text, a.Edit))
		}
		if a.Kind == "quickfix" && (len(a.Diagnostics) != 1 || a.Diagnostics[0].Code != "bad-word") {
			t.Errorf("%s has the diagnostics %+v", a.Title, a.Diagnostics)
		}
	}
	if !actions[0].IsPreferred || actions[4].Command.Command != "mcpaudit.explain" {
		t.Errorf("got %+v", actions)
	}
	if got := call[[]action](e, "textDocument/codeAction", inRange("file:///a.py", 0, 0, 4)); !slices.Equal(titles(got), everyTitle[5:]) {
		t.Errorf("away from the finding: %q", titles(got))
	}
	if got := call[[]action](e, "textDocument/codeAction", inRange("untitled:x", 0, 0, 4)); got == nil || len(got) != 0 {
		t.Errorf("no file: %q", titles(got))
	}
}

// Kate asks about one diagnostic with the range of the whole document, and gets what is
// about that one. A selection of all that names no diagnostic gets all.
func TestCodeActionsOfADiagnostic(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", "BAD\n\nBAD\n\nBAD\n")
	ask := func(sources ...string) []string {
		diagnostics := []any{}
		for i, source := range sources {
			line := 2 + 2*i
			diagnostics = append(diagnostics, map[string]any{"message": "?", "source": source, "range": map[string]any{
				"start": map[string]any{"line": line, "character": 0}, "end": map[string]any{"line": line, "character": 3},
			}})
		}
		var fixes []string
		for _, title := range titles(call[[]action](e, "textDocument/codeAction", map[string]any{
			"textDocument": map[string]any{"uri": "file:///a.py"}, "context": map[string]any{"diagnostics": diagnostics},
			"range": map[string]any{"start": map[string]any{"line": 0, "character": 0}, "end": map[string]any{"line": 5, "character": 0}},
		})) {
			if title == "Say GOOD" {
				fixes = append(fixes, title)
			}
		}
		return fixes
	}
	for _, test := range []struct {
		sources []string
		want    int
	}{{nil, 3}, {[]string{"mcpaudit"}, 1}, {[]string{"mcpaudit", "mcpaudit"}, 2}, {[]string{"pylsp"}, 3}, {[]string{"pylsp", "mcpaudit"}, 1}} {
		if got := ask(test.sources...); len(got) != test.want {
			t.Errorf("%q: %d fixes, want %d", test.sources, len(got), test.want)
		}
	}
}

// TestResolve: a client that can resolve edits gets them then, for the document
// as it stands by then, with its version.
func TestResolve(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	caps := e.initialize(capable(`{"workspace":{"workspaceEdit":{"documentChanges":true}},"textDocument":{"codeAction":
		{"codeActionLiteralSupport":{},"dataSupport":true,"resolveSupport":{"properties":["edit"]}}}}`))
	if provider := caps["codeActionProvider"].(map[string]any); provider["resolveProvider"] != true {
		t.Errorf("got %v", provider)
	}
	e.open("file:///a.py", "BAD\n")
	actions := call[[]action](e, "textDocument/codeAction", inRange("file:///a.py", 0, 0, 0))
	if !slices.Equal(titles(actions), everyTitle) || actions[0].Edit != nil {
		t.Fatalf("got %+v", actions)
	}
	whole := call[[]json.RawMessage](e, "textDocument/codeAction", inRange("file:///a.py", 0, 0, 0))[0]
	e.change("file:///a.py", 2, "\n", 0, 0, 0, 0)
	resolved := call[action](e, "codeAction/resolve", whole)
	if got := apply(t, "\nBAD\n", resolved.Edit); got != "\nGOOD\n" || resolved.Title != "Say GOOD" {
		t.Errorf("got %q", got)
	}
	if v := resolved.Edit.DocumentChanges[0].TextDocument.Version; v == nil || *v != 2 {
		t.Errorf("version %v", v)
	}
	e.change("file:///a.py", 3, "")
	e.fails("codeAction/resolve", whole, -32801)
	if got := call[action](e, "codeAction/resolve", map[string]any{"title": "not ours"}); got.Title != "not ours" {
		t.Errorf("got %+v", got)
	}
	e.fails("codeAction/resolve", map[string]any{"data": map[string]any{"uri": "untitled:x", "deed": "fix"}}, -32801)
}

// TestCommandsForOldClients: a client without code action literals gets commands.
func TestCommandsForOldClients(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{}`))
	e.open("file:///a.py", "BAD\n")
	got := call[[]protocol.Command](e, "textDocument/codeAction", inRange("file:///a.py", 0, 0, 0))
	if len(got) != 1 || got[0].Command != "mcpaudit.explain" || got[0].Arguments[0] != "bad-word" {
		t.Errorf("got %+v", got)
	}
}

// TestFixAllConverges: fixes that touch each other are made one after the other,
// an edit that they share is made once, and in the end none is left.
func TestFixAllConverges(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	text := "BADBAD BAD\nBAD WORSE\n"
	e.open("file:///a.py", text)
	for version := 2; ; version++ {
		got := call[[]action](e, "textDocument/codeAction", inRange("file:///a.py", 0, 0, 0, "source.fixAll.mcpaudit"))
		if len(got) == 0 {
			break
		}
		if version > 5 {
			t.Fatalf("no end: %q", text)
		}
		text = apply(t, text, got[0].Edit)
		e.change("file:///a.py", version, text)
	}
	if text != "GOODGOOD GOOD\nGOOD WORSE\n" {
		t.Errorf("got %q", text)
	}
}

func TestPreferredFixes(t *testing.T) {
	span := func(from, to uint32) source.Span { return source.Span{Start: from, End: to} }
	fix := func(edits ...rule.Edit) *audit.Finding {
		return &audit.Finding{Finding: rule.Finding{Fixes: []rule.Fix{{Preferred: true, Edits: edits}}}}
	}
	shared := rule.Edit{Span: span(0, 0), New: "import sys\n"}
	one, two := rule.Edit{Span: span(10, 20), New: "1"}, rule.Edit{Span: span(30, 40), New: "2"}
	tests := []struct {
		name     string
		findings []*audit.Finding
		want     int // edits
	}{
		{"an import shared by two", []*audit.Finding{fix(shared, one), fix(shared, two)}, 3},
		{"overlapping", []*audit.Finding{fix(one), fix(rule.Edit{Span: span(15, 18), New: "3"})}, 1},
		{"different insertions at one place", []*audit.Finding{fix(shared), fix(rule.Edit{Span: span(0, 0), New: "import os\n"})}, 1},
		{"adjacent", []*audit.Finding{fix(one), fix(rule.Edit{Span: span(20, 25)})}, 2},
		{"half of a fix is none", []*audit.Finding{fix(one), fix(two, rule.Edit{Span: span(12, 13)})}, 1},
		{"another file", []*audit.Finding{fix(one), fix(rule.Edit{Path: "/b.py", Span: span(10, 20)})}, 2},
		{"not preferred", []*audit.Finding{{Finding: rule.Finding{Fixes: []rule.Fix{{Edits: []rule.Edit{one}}}}}}, 0},
	}
	for _, test := range tests {
		if got := preferredFixes(&audit.FileResult{Path: "/a.py", Findings: test.findings}); len(got) != test.want {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}

// TestSuppressHere puts the comment where the language has comments. «» stands
// around what is inserted.
func TestSuppressHere(t *testing.T) {
	const python, above = "  # mcpaudit: ignore[c] why", "# mcpaudit: ignore[c] why\n"
	tests := []struct{ name, path, text, want string }{
		{"indented", "/a.py", "if x:\n    HERE\n", "if x:\n«    " + above + "»    HERE\n"},
		{"carriage returns", "/a.py", "x\r\nHERE\r\n", "x\r\n«# mcpaudit: ignore[c] why\r\n»HERE\r\n"},
		{"within brackets", "/a.py", "f(\n  HERE)\n", "f(\n«  " + above + "»  HERE)\n"},
		{"continued line", "/a.py", "x = 1 + \\\n  HERE\n", "x = 1 + \\\n  HERE«" + python + "»\n"},
		{"within a string", "/a.py", "x = f\"\"\"\n {HERE}\n\"\"\"\n", ""},
		{"end of a string", "/a.py", "x = f\"\"\"\n {HERE}\"\"\"\n", "x = f\"\"\"\n {HERE}\"\"\"«" + python + "»\n"},
		{"script", "/a.ts", "  HERE;\n", "«  // mcpaudit: ignore[c] why\n»  HERE;\n"},
		{"within a template", "/a.ts", "x = `\n${HERE}`;\n", "x = `\n${HERE}`;«  // mcpaudit: ignore[c] why»\n"},
		{"within JSX", "/a.tsx", "x = <a>\n {HERE}\n</a>;\n", "x = <a>\n« {/* mcpaudit: ignore[c] why */}\n» {HERE}\n</a>;\n"},
		{"Go", "/a.go", "package a\n\nvar x = HERE\n", "package a\n\n«// mcpaudit: ignore[c] why\n»var x = HERE\n"},
		{"broken before", "/a.py", "def (:\nHERE\n", "def (:\n«" + above + "»HERE\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			res := &audit.FileResult{Path: test.path, Text: source.NewText(test.text)}
			at := uint32(strings.Index(test.text, "HERE"))
			f := &audit.Finding{Finding: rule.Finding{Check: "c", Span: source.Span{Start: at, End: at + 4}}}
			edits := suppressHere(res, f, "why")
			if test.want == "" {
				if edits != nil {
					t.Errorf("got %+v", edits)
				}
				return
			}
			if len(edits) != 1 || edits[0].Path != test.path {
				t.Fatalf("got %+v", edits)
			}
			if got, _ := res.Text.Replace(edits[0].Span, "«"+edits[0].New+"»"); got.String() != test.want {
				t.Errorf("got  %q\nwant %q", got.String(), test.want)
			}
		})
	}
}

func TestSuppressInFile(t *testing.T) {
	const words = "mcpaudit: ignore-file[c] why\n"
	tests := []struct{ name, path, text, want string }{
		{"docstring", "/a.py", "\"\"\"Doc.\"\"\"\n", "# " + words + "\"\"\"Doc.\"\"\"\n"},
		{"interpreter and coding", "/a.py", "#!/usr/bin/python\n# -*- coding: utf-8 -*-\nx\n", "#!/usr/bin/python\n# -*- coding: utf-8 -*-\n# " + words + "x\n"},
		{"interpreter", "/a.js", "#!/usr/bin/env node\nx\n", "#!/usr/bin/env node\n// " + words + "\nx\n"},
		{"build constraint", "/a.go", "//go:build linux\n\npackage a\n", "// " + words + "\n//go:build linux\n\npackage a\n"},
		{"empty", "/a.py", "", "# " + words},
	}
	for _, test := range tests {
		res := &audit.FileResult{Path: test.path, Text: source.NewText(test.text)}
		edits := suppressInFile(res, &audit.Finding{Finding: rule.Finding{Check: "c"}}, "why")
		if got, _ := res.Text.Replace(edits[0].Span, edits[0].New); got.String() != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got.String(), test.want)
		}
	}
}
