package lsp

// dispatch.go leads each message to its feature: what is served in which phase
// of the connection, and a fence around every request.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// request answers one method. It runs in a goroutine of its own, on a view
// taken behind everything that the client sent before.
type request func(ctx context.Context, s *server, v *view, params json.RawMessage) (any, error)

// notification takes one method's message. It runs on the owner.
type notification func(s *server, params json.RawMessage) error

// requests and notifications are the methods that are served while the
// connection runs. Those of the connection's own life stand in handle.
var requests = map[string]request{
	"textDocument/hover":          typed(hover),
	"textDocument/codeAction":     typed(codeAction),
	"textDocument/completion":     typed(completion),
	"codeAction/resolve":          typed(resolveCodeAction),
	"textDocument/codeLens":       typed(codeLens),
	"textDocument/inlayHint":      typed(inlayHint),
	"textDocument/documentSymbol": typed(documentSymbol),
	"textDocument/diagnostic":     typed(documentDiagnostic),
	"workspace/diagnostic":        typed(workspaceDiagnostic),
	"workspace/symbol":            typed(workspaceSymbol),
	"workspace/executeCommand":    typed(executeCommand),
}

var notifications = map[string]notification{
	"initialized":                         initialized,
	"textDocument/didOpen":                told(didOpen),
	"textDocument/didChange":              told(didChange),
	"textDocument/didClose":               told(didClose),
	"textDocument/didSave":                told(didSave),
	"workspace/didChangeWatchedFiles":     told(didChangeWatchedFiles),
	"workspace/didChangeWorkspaceFolders": told(didChangeWorkspaceFolders),
	"workspace/didChangeConfiguration":    told(didChangeConfiguration),
}

// typed decodes the params of a request.
func typed[P any](do func(context.Context, *server, *view, P) (any, error)) request {
	return func(ctx context.Context, s *server, v *view, raw json.RawMessage) (any, error) {
		p, err := decodeParams[P](raw)
		if err != nil {
			return nil, err
		}
		return do(ctx, s, v, p)
	}
}

// told decodes the params of a notification.
func told[P any](do func(*server, P) error) notification {
	return func(s *server, raw json.RawMessage) error {
		p, err := decodeParams[P](raw)
		if err != nil {
			return err
		}
		return do(s, p)
	}
}

func decodeParams[P any](raw json.RawMessage) (P, error) {
	var p P
	if absent(raw) {
		return p, jsonrpc2.NewError(jsonrpc2.InvalidParams, "params are missing")
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "params: %v", err)
	}
	return p, nil
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// handle is called by the reader with one message after the other. It waits for
// nothing but the owner's mailbox.
func (s *server) handle(_ context.Context, _ jsonrpc2.Replier, req jsonrpc2.Request) error {
	params := json.RawMessage(req.Params())
	call, ok := req.(*jsonrpc2.Call)
	if !ok {
		s.handleNotification(req.Method(), params)
		return nil
	}
	id := json.RawMessage(fmt.Sprint(call.ID()))
	switch at := phase(s.phase.Load()); {
	case req.Method() == "initialize" && at == uninitialized:
		s.guarded("initialize", func() {
			result, err := s.initialize(params)
			s.answer(id, "initialize", result, err)
		})
	case at == uninitialized:
		s.answer(id, req.Method(), nil, jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "the server waits for the request initialize"))
	case req.Method() == "initialize":
		s.answer(id, "initialize", nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server is initialized already"))
	case at == down:
		s.answer(id, req.Method(), nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server is shut down and waits for exit"))
	case req.Method() == "shutdown":
		s.phase.Store(int32(down))
		s.live.cancelAll()
		s.answer(id, "shutdown", nil, nil)
	default:
		s.handleRequest(id, req.Method(), params)
	}
	return nil
}

func (s *server) handleNotification(method string, params json.RawMessage) {
	switch method {
	case "exit":
		select {
		case <-s.left:
		default:
			close(s.left)
		}
		return
	case "$/setTrace":
		s.log.setTrace(params)
		return
	}
	if phase(s.phase.Load()) != running {
		return
	}
	switch method {
	case "$/cancelRequest":
		s.live.cancelRequest(params)
		return
	case "window/workDoneProgress/cancel":
		s.live.cancelProgress(params)
		return
	}
	take := notifications[method]
	if take == nil {
		return // the protocol lets unknown notifications be dropped
	}
	s.post(func() {
		if err := take(s, params); err != nil {
			s.log.warn("%s: %v", method, err)
		}
	})
}

// handleRequest registers the request, so that it can be cancelled at once, and
// starts it on a view that holds every edit sent before it.
func (s *server) handleRequest(id json.RawMessage, method string, params json.RawMessage) {
	do := requests[method]
	if do == nil {
		s.answer(id, method, nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "%s is not served", quoted(method)))
		return
	}
	ctx, done := s.live.begin(s.ctx, id)
	s.work.begin()
	s.post(func() {
		v := s.view()
		go func() {
			defer s.work.end()
			defer done()
			s.run(ctx, id, method, func() (any, error) { return do(ctx, s, v, params) })
		}()
	})
}

// run answers a request, whatever becomes of it.
func (s *server) run(ctx context.Context, id json.RawMessage, method string, do func() (any, error)) {
	defer func() {
		if r := recover(); r != nil {
			s.log.panicked(method, r, debug.Stack())
			s.answer(id, method, nil, jsonrpc2.Errorf(jsonrpc2.InternalError, "%s failed: %v", method, r))
		}
	}()
	result, err := do()
	if ctx.Err() != nil {
		err = protocol.ErrRequestCancelled
	}
	s.answer(id, method, result, err)
}

func (s *server) answer(id json.RawMessage, method string, result any, err error) {
	if err == nil {
		s.stream.reply(id, result, nil)
		return
	}
	var fault *jsonrpc2.Error
	if !errors.As(err, &fault) {
		fault = jsonrpc2.NewError(jsonrpc2.InternalError, err.Error())
	}
	if fault.Code == jsonrpc2.InternalError {
		s.log.warn("%s: %v", method, err)
	}
	s.stream.reply(id, nil, fault)
}

// guarded runs do and outlives its panic.
func (s *server) guarded(what string, do func()) {
	defer func() {
		if r := recover(); r != nil {
			s.log.panicked(what, r, debug.Stack())
		}
	}()
	do()
}
