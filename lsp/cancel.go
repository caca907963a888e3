package lsp

// cancel.go serves $/cancelRequest and window/workDoneProgress/cancel: what runs,
// by the id of its request and by the token of its progress.

import (
	"context"
	"encoding/json"
	"sync"
)

// live are the running requests and progresses, each with its cancel function.
type live struct {
	mu       sync.Mutex
	requests map[string]*context.CancelFunc
	progress map[string]context.CancelFunc
}

// begin registers a request. The returned function ends it.
func (l *live) begin(parent context.Context, id json.RawMessage) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	key, _ := canonicalID(id) // the stream has let only valid ids through
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.requests == nil {
		l.requests = map[string]*context.CancelFunc{}
	}
	l.requests[key] = &cancel
	return ctx, func() {
		cancel()
		l.mu.Lock()
		defer l.mu.Unlock()
		// A client that uses an id twice must not lose the younger request.
		if l.requests[key] == &cancel {
			delete(l.requests, key)
		}
	}
}

// cancelRequest cancels the request that the params name, if it still runs. An
// id that is no id names none.
func (l *live) cancelRequest(params json.RawMessage) {
	var p struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	key, ok := canonicalID(p.ID)
	l.mu.Lock()
	defer l.mu.Unlock()
	if cancel := l.requests[key]; ok && cancel != nil {
		(*cancel)()
	}
}

// cancelAll cancels every running request, as shutdown does.
func (l *live) cancelAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, cancel := range l.requests {
		(*cancel)()
	}
	for _, cancel := range l.progress {
		cancel()
	}
}

// watch registers what a progress token stands for until the context ends.
func (l *live) watch(ctx context.Context, token json.RawMessage, cancel context.CancelFunc) {
	key := string(token)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.progress == nil {
		l.progress = map[string]context.CancelFunc{}
	}
	l.progress[key] = cancel
	context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.progress, key)
	})
}

// cancelProgress cancels what the token in the params stands for.
func (l *live) cancelProgress(params json.RawMessage) {
	var p struct {
		Token json.RawMessage `json:"token"`
	}
	if json.Unmarshal(params, &p) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if cancel := l.progress[string(p.Token)]; cancel != nil {
		cancel()
	}
}
