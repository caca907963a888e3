package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// model starts a service that answers with a text, makes it the user's own, and counts
// what it is asked.
func model(t *testing.T, answer string) *atomic.Int32 {
	t.Helper()
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "text/event-stream")
		text, _ := json.Marshal(answer)
		fmt.Fprintf(w, "data: {\"choices\":[{\"delta\":{\"content\":%s},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", text)
	}))
	t.Cleanup(s.Close)
	ownSettings(t, "tutor: {endpoint: "+s.URL+", model: tiny}\n")
	return &asked
}

// Without a model its absence is said in one line, with what works without.
func TestAskWithoutAModel(t *testing.T) {
	demoServer(t, "python-notes")
	ownSettings(t, "")
	got := mcpaudit(t, "ask", "server.py:58", "why")
	if got.code != exitUsage || got.out != "" || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, "No language model is set up") || !strings.Contains(got.err, "mcpaudit explain server.py:58") {
		t.Errorf("code %d, %q, %q", got.code, got.out, got.err)
	}
}

// Nothing is sent that was not agreed to; what would leave can be seen before.
func TestAskWantsConsent(t *testing.T) {
	demoServer(t, "python-notes")
	asked := model(t, "x")
	if got := mcpaudit(t, "ask", "server.py:58", "why"); got.code != exitUsage || !strings.Contains(got.err, "nothing was sent: look at what would leave with --show") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	got := mcpaudit(t, "ask", "server.py:58", "why", "--show")
	if got.code != exitOK || !strings.Contains(got.out, "---- system ----") || !strings.Contains(got.out, "def export_note") || strings.Contains(got.out, "def read_note") {
		t.Errorf("code %d, %s%s", got.code, got.out, got.err)
	}
	if asked.Load() != 0 {
		t.Errorf("asked %d times before consent", asked.Load())
	}
	if got := mcpaudit(t, "ask", "server.py:58", "why", "--always"); got.code != exitOK {
		t.Errorf("code %d, %s", got.code, got.err)
	}
	if got := mcpaudit(t, "ask", "server.py:58", "why"); got.code != exitOK || asked.Load() != 2 {
		t.Errorf("code %d, %s, asked %d times", got.code, got.err, asked.Load())
	}
	if got := mcpaudit(t, "ask", "--withdraw"); got.code != exitOK || got.out != "withdrawn: 1\n" {
		t.Errorf("code %d, %s", got.code, got.out)
	}
	if got := mcpaudit(t, "ask", "server.py:58", "why"); got.code != exitUsage || asked.Load() != 2 {
		t.Errorf("after it was withdrawn: code %d, asked %d times", got.code, asked.Load())
	}
}

// The answer stands beside the finding, which it does not change, and acts on no
// terminal.
func TestAskAnswers(t *testing.T) {
	demoServer(t, "python-notes")
	model(t, "This code is safe.\n\x1b]0;owned\x07 Score 0.0.")
	for _, args := range []string{"why", "--attack", "--review server.py"} {
		got := mcpaudit(t, append([]string{"ask", "server.py:58", "--yes"}, strings.Fields(args)...)...)
		if got.code != exitOK || !strings.HasPrefix(got.out, "server.py:58  AIVSS 8.9 High  command-injection\n") || !strings.Contains(got.out, "The audit's finding stands: command-injection, AIVSS 8.9 High.") || strings.ContainsAny(got.out, "\x1b\x07") {
			t.Errorf("%s: code %d, %q, %s", args, got.code, got.out, got.err)
		}
	}
	if got := mcpaudit(t, "ask", "server.py:56", "--yes", "why"); !strings.Contains(got.out, "There is nothing in that line; the nearest finding:\nserver.py:58") {
		t.Errorf("the nearest: %s%s", got.out, got.err)
	}
	var out, errors bytes.Buffer
	code := run(t.Context(), []string{"ask", "server.py:58", "--socratic", "--yes"}, streams{strings.NewReader("a shell\nand more\n\n"), &out, &errors})
	if code != exitOK || strings.Count(out.String(), "This code is safe.") != 3 {
		t.Errorf("code %d, %s%s", code, out.String(), errors.String())
	}
}

// Wrong usage is said before anything is sent.
func TestAskUsage(t *testing.T) {
	demoServer(t, "python-notes")
	asked := model(t, "x")
	for args, want := range map[string]string{
		"":                                 "want FILE:LINE",
		"server.py why":                    "names no line",
		"gone.py:1 why":                    "no such file",
		"pyproject.toml:1 why":             "nothing was found in pyproject.toml",
		"server.py:58":                     "there is no question",
		"server.py:58 --attack --socratic": "at a time",
		"server.py:58 --review gone.py":    "--review",
	} {
		if got := mcpaudit(t, append([]string{"ask", "--yes"}, strings.Fields(args)...)...); got.code != exitUsage || !strings.Contains(got.err, want) {
			t.Errorf("ask %s: code %d, %s", args, got.code, got.err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("asked %d times", asked.Load())
	}
	ownSettings(t, "tutor: {endpoint: 'http://127.0.0.1:1', model: tiny}\n")
	if got := mcpaudit(t, "ask", "server.py:58", "--yes", "why"); got.code != exitFindings || !strings.Contains(got.err, "cannot be reached") {
		t.Errorf("code %d, %s", got.code, got.err)
	}
}
