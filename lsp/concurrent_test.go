package lsp

// concurrent_test.go edits a real file while requests of every kind are under
// way, with the real engine and all checks. Under the race detector it shows
// that snapshots share nothing that changes; in the end the diagnostics are those
// of the text as if it had been opened so.

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

func realOptions(t *testing.T) Options {
	return Options{Catalogue: catalogue(t), Config: config.Default()}
}

func realEngine(o Options) func(bool) engine {
	return func(untrusted bool) engine { return newEngine(o, untrusted) }
}

func TestConcurrentRequests(t *testing.T) {
	for _, name := range []string{"python-notes/server.py", "typescript-repo/src/index.ts"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			dir := testdata(t, "servers")
			path := filepath.Join(dir, name)
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			uri := source.URIOf(path)
			e := start(t, realOptions(t), realEngine(realOptions(t)))
			e.initialize(capable(pullingClient), dir)
			e.open(uri, string(raw))
			text := source.NewText(string(raw))
			r := rand.New(rand.NewPCG(1, 2))
			pieces := []string{"", "x", "\n", "(", ")", "\"", "'", "é😀", "    return eval(x)\n", "# mcpaudit: ignore[code-injection] test\n", string(raw[200:900])}
			var asked []string
			version := 1
			for range 60 {
				from := uint32(r.IntN(text.Len() + 1))
				span := source.Span{Start: from, End: min(from+uint32(r.IntN(30)), uint32(text.Len()))}
				place := text.Range(span, source.UTF16)
				// The positions of a span within a character are those around it.
				span = text.Span(place, source.UTF16)
				piece := pieces[r.IntN(len(pieces))]
				text, _ = text.Replace(span, piece)
				version++
				e.change(uri, version, piece, int(place.Start.Line), int(place.Start.Column), int(place.End.Line), int(place.End.Column))
				line := r.IntN(100)
				asked = append(asked,
					e.send("textDocument/diagnostic", pullParams(uri, "")),
					e.send("textDocument/hover", at(uri, line, 10)),
					e.send("textDocument/codeAction", inRange(uri, line, 0, 80)),
					e.send("textDocument/codeLens", ofDocument(uri)),
					e.send("textDocument/documentSymbol", ofDocument(uri)))
				if r.IntN(4) == 0 {
					e.notify("$/cancelRequest", map[string]any{"id": json.RawMessage(asked[r.IntN(len(asked))])})
				}
				if r.IntN(10) == 0 {
					asked = append(asked, e.send("workspace/diagnostic", map[string]any{"previousResultIds": []any{}}))
				}
			}
			for _, id := range asked {
				if m := e.reply(id); m.Error != nil && !slices.Contains([]int{-32800, -32802}, m.Error.Code) {
					t.Errorf("%d %s", m.Error.Code, m.Error.Message)
				}
			}
			edited := call[pulled](e, "textDocument/diagnostic", pullParams(uri, ""))
			e.notify("textDocument/didClose", ofDocument(uri))
			e.open(uri, text.String())
			if fresh := call[pulled](e, "textDocument/diagnostic", pullParams(uri, "")); fresh.ResultID != edited.ResultID {
				t.Errorf("after the edits %q\nopened afresh  %q", found(edited.Items), found(fresh.Items))
			}
		})
	}
}
