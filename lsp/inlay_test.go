package lsp

import (
	"encoding/json"
	"fmt"
	"testing"
)

// A hint stands behind each line with a finding, with the worst score of the line, within
// the range that is asked about, and only if the setting asks for hints.
func TestInlayScores(t *testing.T) {
	const text, uri = "a GOOD line\nBAD and BAD here\r\n# mcpaudit: ignore x -- y\nBAD\n  BAD\n", "file:///a.py"
	about := func(from, to int) map[string]any {
		p := ofDocument(uri)
		p["range"] = map[string]any{"start": map[string]int{"line": from, "character": 0}, "end": map[string]int{"line": to, "character": 0}}
		return p
	}
	tests := []struct {
		name, options string
		from, to      int
		want          string
	}{
		{"asked for", `{"inlayScores":true}`, 0, 9, "1:16 9.4 Critical +1; 4:5 9.4 Critical; "},
		{"of a part", `{"inlayScores":true}`, 2, 9, "4:5 9.4 Critical; "},
		{"by default", `{}`, 0, 9, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := start(t, started(), newFake().engine)
			e.initializeWith(capable(`{"textDocument":{"inlayHint":{}}}`), json.RawMessage(test.options))
			e.open(uri, text)
			got := ""
			for _, h := range call[[]inlayScore](e, "textDocument/inlayHint", about(test.from, test.to)) {
				got += fmt.Sprintf("%d:%d %s; ", h.Position.Line, h.Position.Character, h.Label)
				if h.Tooltip != "the word BAD is said" {
					t.Errorf("the tooltip is %q", h.Tooltip)
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Hints are offered to those who show them, who are asked to look again when scores change.
func TestInlayHintsAreDeclared(t *testing.T) {
	for _, shows := range []bool{true, false} {
		e := start(t, started(), newFake().engine)
		client := `{}`
		if shows {
			client = `{"textDocument":{"inlayHint":{}},"workspace":{"inlayHint":{"refreshSupport":true}}}`
		}
		result := e.initialize(capable(client))
		if _, offered := result["inlayHintProvider"]; offered != shows {
			t.Errorf("shows %t, offered %t", shows, offered)
		}
		e.notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"inlayScores": true}})
		if shows {
			e.told("workspace/inlayHint/refresh", anything)
		}
	}
}
