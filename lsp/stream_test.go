package lsp

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"
)

func frame(body string) string {
	return "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// TestTolerance sends what a broken client may send and asks for the error that
// JSON-RPC prescribes. Afterwards the connection still works.
func TestTolerance(t *testing.T) {
	const ping = `{"jsonrpc":"2.0","id":"ping","method":"textDocument/none"}`
	tests := []struct {
		name, bytes string
		id          string // of the error, null for JSON-RPC's null
		code        int    // 0: no error at all
	}{
		{"lower-case header", "content-length: 2\n\n{}", "null", -32600},
		{"bare line feeds", "Content-Length: 2\n\n{}", "null", -32600},
		{"further headers", "X-Any: x\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", "null", -32600},
		{"wrong charset", "Content-Type: application/json; charset=latin1\r\nContent-Length: 2\r\n\r\n{}", "null", -32700},
		{"no header", ping + "\r\n\r\n", "null", -32700},
		{"no length", "Content-Type: utf-8\r\nfoo\r\n\r\n", "null", -32700},
		{"negative length", "Content-Length: -5\r\n\r\n", "null", -32700},
		{"huge length", "Content-Length: 99999999999999999999\r\n\r\n", "null", -32700},
		{"large length", "Content-Length: 1000000000000\r\n\r\n", "null", -32700},
		{"empty body", "Content-Length: 0\r\n\r\n", "null", -32700},
		{"length too short", "Content-Length: 3\r\n\r\n" + ping, "null", -32700},
		{"not JSON", frame("hello"), "null", -32700},
		{"truncated JSON", frame(`{"jsonrpc":"2.0",`), "null", -32700},
		{"binary", frame("\x00\xff\xfe\x80"), "null", -32700},
		{"deep nesting", frame(strings.Repeat("[", 1<<20)), "null", -32700},
		{"deep params", frame(`{"jsonrpc":"2.0","id":1,"method":"x","params":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`), "1", -32601},
		{"batch", frame(`[{"jsonrpc":"2.0","id":1,"method":"x"}]`), "null", -32600},
		{"empty batch", frame(`[]`), "null", -32600},
		{"string", frame(`"x"`), "null", -32600},
		{"null", frame(`null`), "null", -32600},
		{"no version", frame(`{"id":7,"method":"x"}`), "7", -32600},
		{"old version", frame(`{"jsonrpc":"1.0","id":7,"method":"x"}`), "7", -32600},
		{"method of wrong type", frame(`{"jsonrpc":"2.0","id":7,"method":1}`), "7", -32600},
		{"params of wrong type", frame(`{"jsonrpc":"2.0","id":7,"method":"x","params":"bar"}`), "7", -32600},
		{"null id", frame(`{"jsonrpc":"2.0","id":null,"method":"x"}`), "null", -32600},
		{"id of wrong type", frame(`{"jsonrpc":"2.0","id":{},"method":"x"}`), "null", -32600},
		{"large id", frame(`{"jsonrpc":"2.0","id":9007199254740991,"method":"x"}`), "9007199254740991", -32601},
		{"empty id", frame(`{"jsonrpc":"2.0","id":"","method":"x"}`), `""`, -32601},
		{"odd id", frame(`{"jsonrpc":"2.0","id":"a\"\u00e9\n","method":"x"}`), `"a\"\u00e9\n"`, -32601},
		{"null params", frame(`{"jsonrpc":"2.0","id":7,"method":"x","params":null}`), "7", -32601},
		{"answer to nothing", frame(`{"jsonrpc":"2.0","id":77,"result":1}`), "", 0},
		{"answer with odd id", frame(`{"jsonrpc":"2.0","id":"x","error":{"code":1}}`), "", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := start(t, Options{}, newFake().engine)
			e.initialize(capable("{}"))
			e.raw(test.bytes)
			if test.code != 0 {
				m := e.reply(test.id)
				if m.Error == nil || m.Error.Code != test.code {
					t.Errorf("got %s %+v, want %d", m.Result, m.Error, test.code)
				}
			}
			e.raw("\r\n" + frame(ping))
			if m := e.reply(`"ping"`); m.Error == nil || m.Error.Code != -32601 {
				t.Errorf("afterwards: got %s %+v", m.Result, m.Error)
			}
		})
	}
}

// TestSecondAnswer: a client that answers twice must not block the reader.
func TestSecondAnswer(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{"workspace":{"configuration":true}}`))
	e.told("workspace/configuration", anything)
	for range 5 {
		e.raw(frame(`{"jsonrpc":"2.0","id":1,"result":[null]}`))
	}
	e.fails("x", nil, -32601)
}

// FuzzProtocol: whatever comes in, the server neither crashes nor hangs, and all
// it says is framed JSON.
func FuzzProtocol(f *testing.F) {
	init := frame(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}`) + frame(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
	for _, seed := range []string{
		"", "\r\n\r\n", "Content-Length: 1\r\n\r\n", frame("{}"), frame("[]"), init,
		init + frame(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.py","version":1,"text":"BAD tool x"}}}`) +
			frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a.py","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":1},"end":{"line":9,"character":0}},"text":"x"},{"text":"BAD"}]}}`) +
			frame(`{"jsonrpc":"2.0","id":2,"method":"textDocument/codeAction","params":{"textDocument":{"uri":"file:///a.py"},"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":3}}}}`) +
			frame(`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}`),
		init + frame(`{"jsonrpc":"2.0","id":2,"method":"shutdown"}`) + frame(`{"jsonrpc":"2.0","method":"exit"}`),
		init + frame(`{"jsonrpc":"2.0","id":"x","method":"workspace/symbol","params":{"query":""}}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		served := make(chan error, 1)
		go func() {
			served <- serve(t.Context(), struct {
				io.Reader
				io.Writer
				io.Closer
			}{bytes.NewReader(in), &out, io.NopCloser(nil)}, Options{}, newFake().engine)
		}()
		select {
		case <-served:
		case <-time.After(patience):
			t.Fatal("the server hangs")
		}
		checkFrames(t, out.Bytes())
	})
}

// checkFrames fails unless out is a sequence of frames with JSON in them.
func checkFrames(t *testing.T, out []byte) {
	for len(out) > 0 {
		head, rest, ok := bytes.Cut(out, []byte("\r\n\r\n"))
		n, err := strconv.Atoi(strings.TrimPrefix(string(head), "Content-Length: "))
		if !ok || err != nil || n > len(rest) || !json.Valid(rest[:n]) {
			t.Fatalf("the server wrote %q", out)
		}
		out = rest[n:]
	}
}
