// Package lsp is the language server: it keeps an editor's files and the audit
// of them together and speaks the Language Server Protocol, 3.17 and what newer
// clients ask for beyond it. It knows no programming language and no check.
//
// There is one file per feature. One goroutine, the owner, applies edits in the
// order in which they come; every request reads a snapshot taken behind all that
// came before it, in a goroutine of its own.
package lsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/jsonrpc2"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
	"mcpaudit/internal/tutor"
)

// Options are what a server starts with.
type Options struct {
	// Version of the program, for the client to show.
	Version string
	// Catalogue are the checks that run.
	Catalogue *checks.Catalogue
	// Rules gives the catalogue with the rules and check documents of further
	// files and folders, which settings and workspaces name; nil is never.
	Rules func(paths []string) (*checks.Catalogue, error)
	// Config are the settings below those of the editor and the folders.
	Config config.Config
	// Untrusted ignores what the workspace says about its own audit. The client
	// can ask for the same with the initialization option "untrusted".
	Untrusted bool
	// Jobs is how many files are audited at once; 0 is one per processor.
	Jobs int
	// Log receives a line per event of note; nil is none.
	Log io.Writer
}

// ErrNoShutdown says that the client left without the request shutdown, for
// which the protocol prescribes exit code 1.
var ErrNoShutdown = errors.New("the client left without asking for a shutdown")

// drainTime is how long a leaving client is given to take what it asked for.
const drainTime = 5 * time.Second

// phase is the stage of the connection's life.
type phase int32

const (
	uninitialized phase = iota
	running
	down // after shutdown
)

// server is one connection.
type server struct {
	options Options
	stream  *stream
	conn    jsonrpc2.Conn
	log     *logger
	live    live
	phase   atomic.Int32
	left    chan struct{} // closed by the notification exit
	work    busy

	// ctx ends with the connection; everything in the background hangs on it.
	ctx    context.Context
	cancel context.CancelFunc
	mail   chan func() // to the owner
	// peer ends when nothing more can come from the client: what waits for its
	// answer waits in vain.
	peer context.Context
	gone context.CancelFunc

	// Set by initialize, before anything else runs, and never again.
	client   capabilities
	pulls    bool // the client pulls diagnostics, so none are pushed
	encoding source.Encoding

	untrusted    bool
	commandLinks bool // the client executes those of our hovers

	owned
	published published
	answered  answered
	hot       busy // audits of edited files: everything else waits for them

	conversations conversations
	budget        *tutor.Budget
}

// serverGC is the garbage collector's target in percent while a server runs. Each
// keystroke makes a tree that the next one replaces; at the usual 100 the collector
// takes a third of the time of a keystroke, for a heap of some tens of megabytes.
const serverGC = 200

// Serve speaks with one client until it leaves. The error is nil after shutdown
// and exit, [ErrNoShutdown] where either is missing, and that of the context or
// of the connection otherwise. A caller whose stream is the process's own should
// end the process afterwards: the reader may still wait on a stream that the
// client left open.
func Serve(ctx context.Context, rwc io.ReadWriteCloser, o Options) error {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(serverGC))
	}
	return serve(ctx, rwc, o, func(untrusted bool) engine { return newEngine(o, untrusted) })
}

func serve(ctx context.Context, rwc io.ReadWriteCloser, o Options, start func(untrusted bool) engine) error {
	s := &server{
		budget:  tutor.NewBudget(),
		options: o, stream: newStream(rwc),
		left: make(chan struct{}), mail: make(chan func(), 256),
	}
	s.owned.start = start
	s.ctx, s.cancel = context.WithCancel(ctx)
	defer s.cancel()
	s.peer, s.gone = context.WithCancel(s.ctx)
	defer s.gone()
	s.log = newLogger(o.Log, s.stream)
	s.stream.observe = s.log.trace
	s.conn = jsonrpc2.NewConn(s.stream)
	go s.own()
	s.conn.Go(s.ctx, s.handle)

	var err error
	select {
	case <-ctx.Done():
		err = ctx.Err()
	case <-s.left:
	case <-s.conn.Done():
		if err = s.conn.Err(); errors.Is(err, io.EOF) {
			err = nil
		}
		s.gone()
		s.settle()
	}
	drained, stop := context.WithTimeout(context.Background(), drainTime)
	defer stop()
	s.stream.drain(drained)
	s.cancel()
	closed := s.stream.Close()
	switch {
	case err != nil:
		return fmt.Errorf("connection to the client: %w", err)
	case phase(s.phase.Load()) != down:
		return ErrNoShutdown
	}
	if errors.Is(closed, io.ErrClosedPipe) {
		closed = nil
	}
	return closed
}

// settle lets the requests that came before the end of the stream be answered.
func (s *server) settle() {
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		handed := make(chan struct{})
		s.post(func() { close(handed) })
		select {
		case <-handed:
		case <-s.ctx.Done():
		}
		s.work.wait()
	}()
	select {
	case <-answered:
	case <-time.After(drainTime):
	}
}

// post gives the owner something to do, after all that was posted before.
func (s *server) post(do func()) {
	select {
	case s.mail <- do:
	case <-s.ctx.Done():
	}
}

// own is the owner: the one goroutine that changes the workspace.
func (s *server) own() {
	for {
		select {
		case do := <-s.mail:
			s.guarded("a change of the workspace", do)
		case <-s.ctx.Done():
			return
		}
	}
}

// background runs do in a goroutine of its own that the connection's end waits
// for, and that a panic does not take the process with.
func (s *server) background(what string, do func()) {
	s.work.begin()
	go func() {
		defer s.work.end()
		s.guarded(what, do)
	}()
}

// busy counts what runs. Unlike a WaitGroup it may grow again from zero while
// somebody waits.
type busy struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed at zero, nil if nobody waits
}

func (b *busy) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.n++
}

func (b *busy) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n--; b.n == 0 && b.idle != nil {
		close(b.idle)
		b.idle = nil
	}
}

// wait returns at a time at which nothing runs.
func (b *busy) wait() {
	b.mu.Lock()
	if b.n == 0 {
		b.mu.Unlock()
		return
	}
	if b.idle == nil {
		b.idle = make(chan struct{})
	}
	idle := b.idle
	b.mu.Unlock()
	<-idle
}
