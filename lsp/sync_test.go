package lsp

import (
	"testing"
	"unicode/utf8"

	"mcpaudit/internal/source"
)

// TestIncrementalChange edits a text with characters of one, two and four bytes
// in each encoding. The column of BAD is that of the encoding.
func TestIncrementalChange(t *testing.T) {
	tests := []struct {
		encoding  string
		character int // of BAD in "é😀BAD"
	}{{"utf-8", 6}, {"utf-16", 3}, {"utf-32", 2}}
	for _, test := range tests {
		t.Run(test.encoding, func(t *testing.T) {
			e := start(t, Options{}, newFake().engine)
			got := e.initialize(capable(`{"general":{"positionEncodings":["utf-99","` + test.encoding + `"]},"textDocument":{"publishDiagnostics":{"versionSupport":true}}}`))
			if got["positionEncoding"] != test.encoding {
				t.Errorf("negotiated %v", got["positionEncoding"])
			}
			e.open("file:///a.py", "x = 1\r\né😀GOOD\r\n")
			e.published("file:///a.py")
			e.change("file:///a.py", 2, "BAD", 1, test.character, 1, test.character+4)
			p := e.published("file:///a.py")
			if *p.Version != 2 || len(p.Diagnostics) != 1 {
				t.Fatalf("got %+v", p)
			}
			r := p.Diagnostics[0].Range
			if r.Start.Line != 1 || r.Start.Character != test.character || r.End.Character != test.character+3 {
				t.Errorf("range %+v", r)
			}
		})
	}
}

func TestEncodingDefault(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	if got := e.initialize(capable(`{}`))["positionEncoding"]; got != "utf-16" {
		t.Errorf("without an offer: %v", got)
	}
}

// TestFullChangeAndInsertion: a change without a range replaces everything, one
// with an empty range at the beginning inserts.
func TestFullChangeAndInsertion(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", "BAD\nBAD\n")
	e.published("file:///a.py")
	e.change("file:///a.py", 2, "WORSE ", 0, 0, 0, 0)
	if p := e.published("file:///a.py"); len(p.Diagnostics) != 3 {
		t.Errorf("after the insertion: %+v", p)
	}
	e.change("file:///a.py", 3, "BAD")
	if p := e.published("file:///a.py"); len(p.Diagnostics) != 1 || *p.Version != 3 {
		t.Errorf("after the replacement: %+v", p)
	}
}

// TestSeveralChanges: each change stands on the text that the one before left.
func TestSeveralChanges(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", "one\n")
	e.published("file:///a.py")
	change := func(text string, line, from, to int) map[string]any {
		return map[string]any{"text": text, "range": inRange("", line, from, to)["range"]}
	}
	e.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": "file:///a.py", "version": 5},
		"contentChanges": []any{change("\nB", 0, 3, 3), change("AD", 1, 1, 1), map[string]any{"text": "x BAD"}, change("", 0, 0, 2)},
	})
	p := e.published("file:///a.py")
	if len(p.Diagnostics) != 1 || *p.Version != 5 || p.Diagnostics[0].Range.Start.Line != 0 || p.Diagnostics[0].Range.Start.Character != 0 {
		t.Errorf("got %+v", p)
	}
}

// TestChangeThatPanics: where applying an edit fails, the audit is given the
// whole text, and the next edit stands on it.
func TestChangeThatPanics(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", "x\n")
	e.published("file:///a.py")
	e.change("file:///a.py", 2, "BROKEN CHANGE ", 0, 0, 0, 0)
	e.change("file:///a.py", 3, " BAD", 0, 15, 0, 15)
	p := e.published("file:///a.py")
	if len(p.Diagnostics) != 1 || p.Diagnostics[0].Range.Start.Character != 16 {
		t.Errorf("got %+v", p)
	}
}

// TestUnopened: what speaks of files that are not open, or not files, is dropped
// and said.
func TestUnopened(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.change("file:///a.py", 2, "BAD")
	e.told("window/logMessage", anything)
	e.notify("textDocument/didClose", ofDocument("file:///a.py"))
	e.told("window/logMessage", anything)
	for _, uri := range []string{"untitled:Untitled-1", "vscode-remote://ssh/a.py", "git:/a.py", "", "%zz", "file://"} {
		e.open(uri, "BAD")
		e.told("window/logMessage", anything)
		if got := call[any](e, "textDocument/hover", at(uri, 0, 0)); got != nil {
			t.Errorf("hover on %q: %v", uri, got)
		}
	}
	if n := e.count("textDocument/publishDiagnostics"); n != 0 {
		t.Errorf("%d publications", n)
	}
}

// FuzzMinimal: the change that minimal gives leads to the new text, in every
// encoding.
func FuzzMinimal(f *testing.F) {
	f.Add("a\r\nb", "a\nb")
	f.Add("é", "è")
	f.Add("😀\r", "😁\r\n")
	f.Add("x\r\n\r\ny", "x\r\n\r\n\r\ny")
	f.Add("", "\r")
	f.Fuzz(func(t *testing.T, old, with string) {
		if !utf8.ValidString(old) || !utf8.ValidString(with) {
			t.Skip("the decoder of messages lets only valid text through")
		}
		for _, enc := range encodings {
			text := source.NewText(old)
			c := minimal(text, with, enc)
			if got, _ := text.Replace(text.Span(*c.Range, enc), c.Text); got.String() != with {
				t.Errorf("%q to %q by %+v: got %q", old, with, c, got.String())
			}
		}
	})
}
