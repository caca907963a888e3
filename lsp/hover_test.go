package lsp

import (
	"strings"
	"testing"
)

type hovered struct {
	Contents struct{ Kind, Value string }
	Range    *struct {
		Start, End struct{ Line, Character int }
	}
}

func TestHover(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{"textDocument":{"hover":{"contentFormat":["markdown","plaintext"]}}}`))
	e.open("file:///a.py", "tool x\nBAD BAD\n")
	for _, character := range []int{0, 1, 3} {
		h := call[hovered](e, "textDocument/hover", at("file:///a.py", 1, character))
		if h.Contents.Kind != "markdown" || h.Range == nil || h.Range.End.Character != 3 {
			t.Fatalf("at %d: %+v", character, h)
		}
		for _, want := range []string{
			"**A bad word** · AIVSS ", "the word BAD is said", "Words like &lt;this> hurt.", "**Attack**\n\n```\nsay BAD\n```",
			"**Score**", "- CVSS-B 9.3 · CVSS:4.0/AV:N", "**Ask yourself**\n\n1. Who says it?", "[CWE-78](https://cwe.mitre.org/data/definitions/78.html)", "`bad-word`",
		} {
			if !strings.Contains(h.Contents.Value, want) {
				t.Errorf("%q is not in\n%s", want, h.Contents.Value)
			}
		}
	}
	for _, place := range [][2]int{{0, 0}, {99, 0}} {
		if h := call[any](e, "textDocument/hover", at("file:///a.py", place[0], place[1])); h != nil {
			t.Errorf("at %v: %v", place, h)
		}
	}
}

// TestHoverPlainText: a client that declares no Markdown gets none.
func TestHoverPlainText(t *testing.T) {
	for _, formats := range []string{`["plaintext"]`, `[]`} {
		e := start(t, Options{}, newFake().engine)
		e.initialize(capable(`{"textDocument":{"hover":{"contentFormat":` + formats + `}}}`))
		e.open("file:///a.py", "BAD\n")
		h := call[hovered](e, "textDocument/hover", at("file:///a.py", 0, 0))
		if h.Contents.Kind != "plaintext" || strings.ContainsAny(h.Contents.Value, "*&") || strings.Contains(h.Contents.Value, "](") {
			t.Errorf("%s: %+v", formats, h)
		}
	}
}
