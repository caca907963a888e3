package lsp

import (
	"path/filepath"
	"testing"

	"go.lsp.dev/protocol"

	"mcpaudit/internal/source"
)

func TestDocumentSymbols(t *testing.T) {
	const text = "tool one\nBAD WORSE\ntool two\n"
	tests := []struct {
		capabilities string
		check        func(t *testing.T, e *editor)
	}{
		{`{"textDocument":{"documentSymbol":{"hierarchicalDocumentSymbolSupport":true}}}`, func(t *testing.T, e *editor) {
			got := call[[]protocol.DocumentSymbol](e, "textDocument/documentSymbol", ofDocument("file:///a.py"))
			if len(got) != 2 || got[0].Name != "one" || got[0].Detail != "tool · 2 findings · worst 9.4 Critical" || got[1].Detail != "tool" || got[1].SelectionRange.Start.Line != 2 {
				t.Errorf("got %+v", got)
			}
		}},
		{`{}`, func(t *testing.T, e *editor) {
			got := call[[]protocol.SymbolInformation](e, "textDocument/documentSymbol", ofDocument("file:///a.py"))
			if len(got) != 2 || got[1].Name != "two" || got[1].Location.URI != "file:///a.py" || got[1].Location.Range.Start.Line != 2 {
				t.Errorf("got %+v", got)
			}
		}},
	}
	for _, test := range tests {
		e := start(t, Options{}, newFake().engine)
		e.initialize(capable(test.capabilities))
		e.open("file:///a.py", text)
		test.check(t, e)
	}
}

func TestWorkspaceSymbols(t *testing.T) {
	dir := write(t, map[string]string{"a.py": "tool read_file\n", "b.py": "tool write_file\n"})
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{}`), dir)
	tests := map[string]int{"": 2, "FILE": 2, "rdf": 1, "x": 0}
	for query, want := range tests {
		got := call[[]protocol.SymbolInformation](e, "workspace/symbol", map[string]any{"query": query})
		if got == nil || len(got) != want {
			t.Errorf("%q: %+v", query, got)
		}
	}
	got := call[[]protocol.SymbolInformation](e, "workspace/symbol", map[string]any{"query": "wr"})
	if string(got[0].Location.URI) != source.URIOf(filepath.Join(dir, "b.py")) || got[0].ContainerName != "tool" {
		t.Errorf("got %+v", got)
	}
}

func TestCodeLens(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{}`))
	e.open("file:///a.py", "tool one\nBAD\ntool two\n")
	got := call[[]protocol.CodeLens](e, "textDocument/codeLens", ofDocument("file:///a.py"))
	if len(got) != 2 || got[0].Command.Title != "tool: 1 finding · worst 9.4 Critical" || got[0].Command.Command != "mcpaudit.explain" ||
		got[1].Command.Title != "tool: no findings" || got[1].Command.Command != "" || got[1].Range.Start != got[1].Range.End || got[1].Range.Start.Line != 2 {
		t.Errorf("got %+v %+v", got[0].Command, got)
	}
}
