package lsp

import (
	"errors"
	"io"
	"testing"
)

const minimalClient = `{"textDocument":{"publishDiagnostics":{"relatedInformation":true,"codeDescriptionSupport":true,"dataSupport":true,"versionSupport":true},"codeAction":{"codeActionLiteralSupport":{"codeActionKind":{"valueSet":[]}},"isPreferredSupport":true}}}`

func TestLifecycle(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.fails("textDocument/hover", at("file:///a.py", 0, 0), -32002)
	e.fails("shutdown", nil, -32002)
	e.initialize(capable(minimalClient))
	e.fails("initialize", map[string]any{"capabilities": map[string]any{}}, -32600)
	e.fails("textDocument/rename", at("file:///a.py", 0, 0), -32601)
	e.fails("textDocument/hover", nil, -32602)
	e.fails("textDocument/hover", []int{1}, -32602)
	e.notify("$/unknown", nil)
	e.notify("textDocument/unknown", map[string]any{})
	if got := call[any](e, "shutdown", map[string]any{}); got != nil {
		t.Errorf("shutdown answers %v, want null", got)
	}
	e.fails("textDocument/hover", at("file:///a.py", 0, 0), -32600)
	e.fails("shutdown", nil, -32600)
	e.notify("exit", nil)
	if err := <-e.served; err != nil {
		t.Errorf("exit after shutdown: %v", err)
	}
}

func TestLeavingWithoutShutdown(t *testing.T) {
	tests := []struct {
		name  string
		leave func(e *editor)
		want  error
	}{
		{"exit at once", func(e *editor) { e.notify("exit", nil) }, ErrNoShutdown},
		{"exit while running", func(e *editor) { e.initialize(capable("{}")); e.notify("exit", nil) }, ErrNoShutdown},
		{"end of stream", func(e *editor) { e.conn.Close() }, ErrNoShutdown},
		{"end within a header", func(e *editor) { e.raw("Content-Le"); e.conn.Close() }, io.ErrUnexpectedEOF},
		{"end within a body", func(e *editor) { e.raw("Content-Length: 10\r\n\r\n{"); e.conn.Close() }, io.ErrUnexpectedEOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := start(t, Options{}, newFake().engine)
			test.leave(e)
			if err := <-e.served; !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestPanicInRequest(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(minimalClient))
	e.open("file:///a.py", "PANIC")
	e.fails("textDocument/hover", at("file:///a.py", 0, 0), -32603)
	e.change("file:///a.py", 2, "tool x", 0, 0, 0, 5)
	if got := e.published("file:///a.py"); len(got.Diagnostics) != 0 || *got.Version != 2 {
		t.Errorf("after the panic: %+v", got)
	}
}
