package lsp

// trace.go is what the server says about itself: the log of --log, messages in
// the client's own log, and $/logTrace as $/setTrace asks for.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	fastjson "github.com/segmentio/encoding/json"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/markup"
)

// The levels of $/setTrace.
const (
	traceOff int32 = iota
	traceMessages
	traceVerbose
)

var traceLevels = map[string]int32{"off": traceOff, "messages": traceMessages, "verbose": traceVerbose}

// maxTraced is how much of a message's params verbose tracing shows.
const maxTraced = 16 << 10

type logger struct {
	file   *slog.Logger // nil without --log
	stream *stream
	level  atomic.Int32

	mu    sync.Mutex
	said  map[string]bool // what once has told
	ready bool            // the client may be sent messages
	early []protocol.LogMessageParams
}

func newLogger(w io.Writer, s *stream) *logger {
	l := &logger{stream: s}
	if w != nil {
		l.file = slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return l
}

// info writes to the log file alone: what happened in the ordinary way.
func (l *logger) info(format string, args ...any) {
	if l.file != nil {
		l.file.Info(fmt.Sprintf(format, args...))
	}
}

// warn tells the client and the log file of what the user may have to know.
func (l *logger) warn(format string, args ...any) {
	l.tell(protocol.MessageTypeWarning, slog.LevelWarn, fmt.Sprintf(format, args...))
}

// maxSaid bounds what is remembered of messages. Beyond it, there is silence.
const maxSaid = 1000

// once warns of what has not been warned of. Numbers make no difference, so that
// a message about a line is not repeated while the line moves.
func (l *logger) once(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	key := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, message)
	l.mu.Lock()
	said := l.said[key] || len(l.said) >= maxSaid
	if !said {
		if l.said == nil {
			l.said = map[string]bool{}
		}
		l.said[key] = true
	}
	l.mu.Unlock()
	if !said {
		l.warn("%s", message)
	}
}

func (l *logger) tell(kind protocol.MessageType, level slog.Level, message string) {
	if l.file != nil {
		l.file.Log(context.Background(), level, message)
	}
	m := protocol.LogMessageParams{Type: kind, Message: markup.Short(message)}
	l.mu.Lock()
	ready := l.ready
	if !ready && len(l.early) < maxSaid {
		l.early = append(l.early, m)
	}
	l.mu.Unlock()
	if ready {
		l.notify("window/logMessage", m)
	}
}

// open says that the client may be sent messages, beginning with those that came
// too early.
func (l *logger) open() {
	l.mu.Lock()
	early := l.early
	l.early, l.ready = nil, true
	l.mu.Unlock()
	for _, m := range early {
		l.notify("window/logMessage", m)
	}
}

func (l *logger) isOpen() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ready
}

// panicked records a panic that was survived. The stack goes to the log file only.
func (l *logger) panicked(what string, reason any, stack []byte) {
	l.tell(protocol.MessageTypeError, slog.LevelError, fmt.Sprintf("%s failed and was given up: %v", what, reason))
	if l.file != nil {
		l.file.Debug("stack", "of", what, "stack", string(stack))
	}
}

func (l *logger) notify(method string, params any) {
	encoded, err := fastjson.Marshal(params)
	if err != nil {
		l.info("%s could not be sent: %v", method, err)
		return
	}
	l.stream.notify(method, encoded)
}

// setTrace takes the params of $/setTrace. A level that does not exist is ignored.
func (l *logger) setTrace(params json.RawMessage) {
	var p struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(params, &p) == nil {
		l.setTraceLevel(p.Value)
	}
}

func (l *logger) setTraceLevel(name string) {
	if level, ok := traceLevels[name]; ok {
		l.level.Store(level)
	}
}

// trace tells the client of one message, as it asked for.
func (l *logger) trace(direction, method, id string, payload []byte) {
	if l.file != nil {
		l.file.Debug("message", "direction", direction, "method", method, "id", id, "bytes", len(payload))
	}
	level := l.level.Load()
	if level == traceOff || method == "$/logTrace" || !l.isOpen() {
		return
	}
	p := struct {
		Message string `json:"message"`
		Verbose string `json:"verbose,omitempty"`
	}{Message: direction + " " + method}
	if id != "" {
		p.Message += " (" + id + ")"
	}
	if level == traceVerbose {
		p.Verbose = string(payload[:min(len(payload), maxTraced)])
	}
	l.notify("$/logTrace", p)
}
