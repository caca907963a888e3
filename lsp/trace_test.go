package lsp

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestTrace(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(`{}`))
	traced := func(verbose bool) func(json.RawMessage) bool {
		return func(raw json.RawMessage) bool {
			var p struct{ Message, Verbose string }
			return json.Unmarshal(raw, &p) == nil && strings.Contains(p.Message, "textDocument/hover") && strings.Contains(p.Verbose, "a.py") == verbose
		}
	}
	call[any](e, "textDocument/hover", at("file:///a.py", 0, 0))
	if n := e.count("$/logTrace"); n != 0 {
		t.Errorf("%d traces while off", n)
	}
	e.notify("$/setTrace", map[string]any{"value": "messages"})
	call[any](e, "textDocument/hover", at("file:///a.py", 0, 0))
	e.told("$/logTrace", traced(false))
	e.notify("$/setTrace", map[string]any{"value": "verbose"})
	call[any](e, "textDocument/hover", at("file:///a.py", 0, 0))
	e.told("$/logTrace", traced(true))
	for _, value := range []any{"loud", 3, nil} {
		e.notify("$/setTrace", map[string]any{"value": value})
	}
	e.notify("$/setTrace", map[string]any{"value": "off"})
	call[any](e, "textDocument/hover", at("file:///a.py", 0, 0))
}

// TestLog: --log tells of messages and holds the stack of a panic, which the
// client does not get.
func TestLog(t *testing.T) {
	var log lockedBuffer
	e := start(t, Options{Log: &log}, newFake().engine)
	e.initialize(capable(`{}`))
	e.open("file:///a.py", "PANIC\n")
	shown := e.told("window/logMessage", anything)
	if strings.Contains(string(shown), "goroutine") {
		t.Errorf("the client is told %s", shown)
	}
	e.fails("textDocument/hover", at("file:///a.py", 0, 0), -32603)
	for _, want := range []string{"textDocument/didOpen", "the text says so", "goroutine"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is not in the log", want)
		}
	}
}

// TestOnce: what was said is not repeated because a number in it moves.
func TestOnce(t *testing.T) {
	var log lockedBuffer
	l := newLogger(&log, nil)
	for i := range 3 {
		l.once("line %d: too deep", i)
	}
	l.once("another")
	if got := strings.Count(log.String(), "level=WARN"); got != 2 {
		t.Errorf("got %d warnings:\n%s", got, log.String())
	}
}
