package tutor

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcpaudit/internal/config"
)

// llama starts llama.cpp's own server with a tiny model. MCPAUDIT_LLAMA is a Python with
// the packages that testdata/llama.py wants; .ci/run makes one.
func llama(t *testing.T) config.Config {
	t.Helper()
	python := os.Getenv("MCPAUDIT_LLAMA")
	if python == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("MCPAUDIT_LLAMA is not set: .ci/run sets it")
		}
		t.Skip("MCPAUDIT_LLAMA names no Python with xllamacpp and gguf: .ci/run makes one")
	}
	quick(t)
	limits = standard
	c := exec.Command(python, filepath.Join("testdata", "llama.py"), t.TempDir())
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = c.Wait() // how it ends is of no interest
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = c.Process.Kill()
			<-done
		}
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server does not start: %v", err)
	}
	s := config.Default()
	s.Tutor.Endpoint, s.Tutor.Model = strings.TrimSpace(address)+"/v1", "tiny"
	return s
}

// With a real server of the protocol: an answer of meaningless words streams in, is
// counted and cut where it should be, a conversation goes on, and stopping stops it.
func TestRealServer(t *testing.T) {
	c := llama(t)
	c.Tutor.MaxAnswerTokens = 40
	v := begin(t, c, Question, someSubject, "")
	for range 2 {
		a, err := v.Send(t.Context(), Agree(v), fresh(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Tokens < 40 || a.Plain() == "" {
			t.Errorf("got %+v", a)
		}
		if !a.Complete && !strings.Contains(a.Note, "tutor.maxAnswerTokens") {
			t.Errorf("it ends with %q", a.Note)
		}
		if err := v.Reply("A shell."); err != nil {
			t.Fatal(err)
		}
	}
	long := someSubject
	long.Code = []Excerpt{{"server.py", 1, strings.Repeat("x = f(y, z)\n", 1900)}}
	v = begin(t, c, Ask, long, "Why?")
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err == nil || !strings.Contains(err.Error(), "more than the model tiny takes") {
		t.Errorf("too much for its context: %v", err)
	}
}
