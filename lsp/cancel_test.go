package lsp

import (
	"encoding/json"
	"testing"
)

// TestCancellation cancels requests with every kind of id while others go on.
func TestCancellation(t *testing.T) {
	for _, id := range []string{"7", `"seven"`, `""`, "5000000000", "-1"} {
		t.Run(id, func(t *testing.T) {
			f := newFake()
			f.audits = make(chan string, 10)
			e := start(t, Options{}, f.engine)
			e.initialize(capable(pullingClient))
			e.open("file:///slow.py", "SLOW\n")
			e.open("file:///a.py", "BAD\n")
			e.write(map[string]any{"jsonrpc": "2.0", "id": json.RawMessage(id), "method": "textDocument/hover", "params": at("file:///slow.py", 0, 0)})
			<-f.audits
			if got := call[any](e, "textDocument/hover", at("file:///a.py", 0, 0)); got == nil {
				t.Error("a request waits behind another")
			}
			e.notify("$/cancelRequest", map[string]any{"id": json.RawMessage(id)})
			if m := e.reply(id); m.Error == nil || m.Error.Code != -32800 {
				t.Errorf("got %s %+v", m.Result, m.Error)
			}
			e.notify("$/cancelRequest", map[string]any{"id": json.RawMessage(id)})
			e.notify("$/cancelRequest", map[string]any{"id": map[string]any{}})
			e.notify("$/cancelRequest", nil)
			call[any](e, "shutdown", nil)
		})
	}
}

// TestShutdownCancels: shutdown does not wait for what runs.
func TestShutdownCancels(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(pullingClient))
	e.open("file:///slow.py", "SLOW\n")
	id := e.send("textDocument/hover", at("file:///slow.py", 0, 0))
	call[any](e, "shutdown", nil)
	if m := e.reply(id); m.Error == nil || m.Error.Code != -32800 {
		t.Errorf("got %s %+v", m.Result, m.Error)
	}
}
