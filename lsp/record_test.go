package lsp

// record_test.go writes down what clients and servers of the tests say to each other, for
// metamodel.py, which holds it against the protocol:
//
//	go test ./lsp -args -record DIR

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var recordInto = flag.String("record", "", "write the sessions of the tests into this folder")

var sessions atomic.Int64

// session is one connection's file: a line for each message, and who sent it.
type session struct {
	mu   sync.Mutex
	file *os.File
}

// record begins a session; nil where nothing is recorded.
func record(t testing.TB) *session {
	if *recordInto == "" {
		return nil
	}
	name := fmt.Sprintf("%04d-%s.jsonl", sessions.Add(1), strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '_'
		}
		return r
	}, t.Name()))
	file, err := os.Create(filepath.Join(*recordInto, name))
	if err != nil {
		t.Fatal(err)
	}
	s := &session{file: file}
	t.Cleanup(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.file.Close()
		s.file = nil
	})
	return s
}

func (s *session) add(from string, message json.RawMessage) {
	if s == nil || !json.Valid(message) {
		return
	}
	line, err := json.Marshal(map[string]any{"from": from, "message": message})
	if err != nil {
		panic(err) // it is valid
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil { // the test may have ended
		fmt.Fprintf(s.file, "%s\n", line)
	}
}
