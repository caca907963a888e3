package lsp

// progress.go reports work that takes time: $/progress, on a token of the
// client's or on one that the server sets up.

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mcpaudit/internal/markup"
)

// progressStep is the shortest time between two reports.
const progressStep = 100 * time.Millisecond

var progressTokens atomic.Int64

// progress is one piece of work that the client watches. Without a token it
// reports to nobody.
type progress struct {
	server *server
	mu     sync.Mutex
	token  json.RawMessage // nil until the client knows it
	ended  bool
	last   time.Time
}

// startProgress sets up a progress that the client can cancel. The client may
// take its time to accept it; the work does not wait for that.
func (s *server) startProgress(ctx context.Context, cancel context.CancelFunc, title string) *progress {
	p := &progress{server: s}
	if !s.client.Window.WorkDoneProgress {
		return p
	}
	token := json.RawMessage(strconv.Quote(fmt.Sprintf("mcpaudit-%d", progressTokens.Add(1))))
	s.background("window/workDoneProgress/create", func() {
		peer, stop := context.WithCancel(s.peer)
		defer stop()
		defer context.AfterFunc(ctx, stop)()
		if _, err := s.conn.Call(peer, "window/workDoneProgress/create", map[string]any{"token": json.RawMessage(token)}, nil); err != nil {
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.ended {
			return
		}
		s.live.watch(ctx, token, cancel)
		p.token = token
		p.begin(title, true)
	})
	return p
}

func (p *progress) begin(title string, cancellable bool) {
	p.send(workDone{Kind: "begin", Title: title, Cancellable: cancellable, Percentage: new(uint32)})
}

func (p *progress) send(value workDone) {
	p.server.log.notify("$/progress", progressParams{Token: p.token, Value: value})
}

// report says how many of how many are done.
func (p *progress) report(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token == nil || p.ended || time.Since(p.last) < progressStep || total == 0 {
		return
	}
	p.last = time.Now()
	percentage := uint32(100 * done / total)
	p.send(workDone{Kind: "report", Message: fmt.Sprintf("%d of %d files", done, total), Percentage: &percentage})
}

// say tells what the work has come to.
func (p *progress) say(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token == nil || p.ended || time.Since(p.last) < progressStep {
		return
	}
	p.last = time.Now()
	p.send(workDone{Kind: "report", Message: markup.Short(message)})
}

func (p *progress) end(message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token != nil && !p.ended {
		p.send(workDone{Kind: "end", Message: message})
	}
	p.ended = true
}
