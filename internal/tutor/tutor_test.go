package tutor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mcpaudit/internal/config"
)

// service is a scripted service: each request is answered by the next function.
type service struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // bodies
	headers  []http.Header
	opened   atomic.Int32 // connections
}

func scripted(t *testing.T, answers ...func(http.ResponseWriter, *http.Request)) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		n := len(s.requests)
		s.requests, s.headers = append(s.requests, string(body)), append(s.headers, r.Header)
		s.mu.Unlock()
		answers[min(n, len(answers)-1)](w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	quick(t)
	return s
}

// quick makes the bounds small, and gives the test a folder of its own.
func quick(t *testing.T) {
	t.Helper()
	limits = bounds{connect: time.Second, first: 200 * time.Millisecond, idle: 200 * time.Millisecond, tries: 3, backoff: time.Millisecond, wait: 50 * time.Millisecond, answer: 2000, body: 20_000}
	t.Cleanup(func() { limits = standard })
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
}

// bodies gives what was sent, request by request.
func (s *service) bodies() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// header gives that of a request.
func (s *service) header(n int) http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.headers[n]
}

func (s *service) settings() config.Config {
	c := config.Default()
	c.Tutor.Endpoint, c.Tutor.Model, c.Tutor.Timeout = s.URL+"/v1", "tiny", 5*time.Second
	return c
}

// streams answers with a stream of pieces, ended as the protocol wants.
func streams(pieces ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, p := range pieces {
			chunk(w, p, "")
		}
		chunk(w, "", "stop")
		fmt.Fprint(w, `data: {"choices":[],"usage":{"total_tokens":42}}`+"\n\ndata: [DONE]\n\n")
	}
}

func chunk(w http.ResponseWriter, text, finish string) {
	choice := map[string]any{"index": 0, "delta": map[string]string{"content": text}}
	if finish != "" {
		choice["finish_reason"] = finish
	}
	data, _ := json.Marshal(map[string]any{"choices": []any{choice}})
	fmt.Fprintf(w, "data: %s\n\n", data)
	w.(http.Flusher).Flush()
}

func status(code int, body string, header ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}
}

var someSubject = Subject{
	Check: "command-injection", Title: "A tool argument reaches a shell", Message: "export passes style to a shell", Tool: "export", Parameter: "style", Place: "server.py:3", Score: "AIVSS 8.9 High",
	Language: "python", Code: []Excerpt{{Path: "server.py", Line: 1, Text: "def export(style):\n    subprocess.run('x ' + style, shell=True)\n"}},
}

func begin(t *testing.T, c config.Config, act Act, s Subject, text string) *Conversation {
	t.Helper()
	v, err := New(c, act, s, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func fresh() *Budget { return &Budget{day: func() string { return "today" }} }

// An answer comes line by line, whole, with what it cost.
func TestAnswer(t *testing.T) {
	s := scripted(t, streams("The sh", "ell runs\nwhat `st", "yle` says."))
	c := s.settings()
	c.Tutor.Price = 2
	v := begin(t, c, Ask, someSubject, "Why?")
	var lines []string
	a, err := v.Send(t.Context(), Agree(v), fresh(), func(l string) { lines = append(lines, l) })
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(lines, "|"); got != "The shell runs|what `style` says." || !a.Complete || a.Tokens != 42 || a.Cost != 84e-6 || a.Markdown() != "The shell runs\nwhat `style` says." {
		t.Errorf("%q, %+v", got, a)
	}
	var request map[string]any
	if err := json.Unmarshal([]byte(s.bodies()[0]), &request); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"tools", "functions", "tool_choice", "function_call"} {
		if _, ok := request[key]; ok {
			t.Errorf("the model gets %s", key)
		}
	}
	if request["max_tokens"] != 1200.0 || request["stream"] != true || request["model"] != "tiny" {
		t.Errorf("sent %v", request)
	}
	if s.header(0).Get("Authorization") != "" {
		t.Error("a key is sent that nobody set")
	}
}

// Nothing leaves before consent: not a connection is opened.
func TestNothingLeavesBeforeConsent(t *testing.T) {
	s := scripted(t, streams("x"))
	v := begin(t, s.settings(), Ask, someSubject, "Why?")
	other := begin(t, func() config.Config { c := s.settings(); c.Tutor.Model = "other"; return c }(), Ask, someSubject, "Why?")
	elsewhere := begin(t, func() config.Config { c := s.settings(); c.Tutor.Endpoint = s.URL + "/v2"; return c }(), Ask, someSubject, "Why?")
	wider := someSubject
	wider.Scope = Files
	whole := begin(t, s.settings(), Ask, wider, "Why?")
	v.Preview()
	for name, consent := range map[string]*Consent{"none": nil, "empty": {}, "another model": Agree(other), "another service": Agree(elsewhere)} {
		var e *Error
		if _, err := v.Send(t.Context(), consent, fresh(), nil); !errors.As(err, &e) || e.Kind != NoConsent {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e *Error
	if _, err := whole.Send(t.Context(), Agree(v), fresh(), nil); !errors.As(err, &e) || e.Kind != NoConsent {
		t.Errorf("consent to functions sends files: %v", err)
	}
	if got, err := Recorded(v); got != nil || err != nil {
		t.Errorf("an agreement that nobody gave: %+v %v", got, err)
	}
	if s.opened.Load() != 0 {
		t.Errorf("%d connections before consent", s.opened.Load())
	}
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err != nil || s.opened.Load() != 1 {
		t.Errorf("%v, %d connections", err, s.opened.Load())
	}
}

// Consent is kept for a service, a model and a scope, and can be withdrawn.
func TestConsentIsKept(t *testing.T) {
	s := scripted(t, streams("x"))
	v := begin(t, s.settings(), Ask, someSubject, "Why?")
	if _, err := Always(v); err != nil {
		t.Fatal(err)
	}
	if c, err := Recorded(v); err != nil || !c.covers(v) {
		t.Errorf("%+v %v", c, err)
	}
	c := s.settings()
	c.Tutor.Model = "other"
	if got, err := Recorded(begin(t, c, Ask, someSubject, "Why?")); got != nil || err != nil {
		t.Errorf("%+v %v", got, err)
	}
	if n, err := Withdraw(); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if got, err := Recorded(v); got != nil || err != nil {
		t.Errorf("after it was withdrawn: %+v %v", got, err)
	}
}

// What is shown before the first send is what goes on the wire.
func TestPreviewIsWhatLeaves(t *testing.T) {
	s := scripted(t, streams("x"))
	v := begin(t, s.settings(), Attack, someSubject, "")
	preview := v.Preview()
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Messages []struct{ Role, Content string }
	}
	if err := json.Unmarshal([]byte(s.bodies()[0]), &sent); err != nil || len(sent.Messages) != 2 {
		t.Fatalf("%v: %s", err, s.bodies()[0])
	}
	for _, m := range sent.Messages {
		if !strings.Contains(preview, "---- "+m.Role+" ----\n"+m.Content+"\n") {
			t.Errorf("not shown: %s", m.Content)
		}
	}
}

// Secrets do not leave, wherever they stand.
func TestSecretsDoNotLeave(t *testing.T) {
	s := scripted(t, streams("x"))
	secret := map[string]string{
		"a GitHub token": "ghp_aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zAcCeD", "an AWS key": "AKIAQWERTYUIOPASDFGH", "a password": "correct-horse-battery", "a URL": "Sup3rS3cretOne",
		"a bearer": "abcdef.123456-xyz", "a private key": "MIIEowIBAAKCAQEA", "a random text": "q7Zk2LmN9pRs4TuV6wXy8AbC1dEf3GhJ", "a digest": "9e107d9d372bb6826bd81d3542a419d6",
	}
	code := fmt.Sprintf("TOKEN = %q\nKEY = %q\npassword = %q\nurl = \"postgres://u:%s@h/d\"\nheaders = \"Bearer %s\"\npem = \"\"\"-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\"\"\"\nblob = %q\nsum = %q\n",
		secret["a GitHub token"], secret["an AWS key"], secret["a password"], secret["a URL"], secret["a bearer"], secret["a private key"], secret["a random text"], secret["a digest"])
	subject := someSubject
	subject.Code = []Excerpt{{"server.py", 1, code}}
	subject.Message = "it holds " + secret["a GitHub token"]
	v := begin(t, s.settings(), Ask, subject, "Is "+secret["an AWS key"]+" a key?")
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Reply("And " + secret["a GitHub token"] + "?"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err != nil {
		t.Fatal(err)
	}
	for name, text := range secret {
		for _, body := range s.bodies() {
			if strings.Contains(body, text) {
				t.Errorf("%s leaves", name)
			}
		}
	}
	if v.Masked < len(secret)+2 {
		t.Errorf("%d masked", v.Masked)
	}
}

// The faults of a service: what is tried again, what is said, and what of an answer that
// came is kept.
func TestFaults(t *testing.T) {
	stall := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	head := func(then func(w http.ResponseWriter, r *http.Request)) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			chunk(w, "The beginning\n", "")
			then(w, r)
		}
	}
	fine := streams("fine")
	for _, c := range []struct {
		name    string
		answers []func(http.ResponseWriter, *http.Request)
		kind    Kind   // of the error, empty for none
		holds   string // in the error, or in the note
		tries   int
	}{
		{"silence before the first byte", list(stall), Stalled, "in time", 1},
		{"silence in the middle", list(head(stall)), "", "has stopped answering", 1},
		{"an end in the middle", list(head(func(http.ResponseWriter, *http.Request) {})), "", "the connection ended before it did", 1},
		{"a broken connection", list(head(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })), "", "broke off", 1},
		{"429, then fine", list(status(429, `{"error":{"message":"slow"}}`), fine), "", "", 2},
		{"429 with a short wait, then fine", list(status(429, "", "Retry-After", "0.02"), fine), "", "", 2},
		{"429 with a long wait", list(status(429, `{"error":{"message":"quota"}}`, "Retry-After", "3600"), fine), Overloaded, "It says: quota", 1},
		{"429 again and again", list(status(429, "")), Overloaded, "takes no more requests", 3},
		{"500, then fine", list(status(500, "oops"), fine), "", "", 2},
		{"500 again and again", list(status(500, "\x1b[31moops")), Failed, `status 500: try again later. It says: \x1b[31moops`, 3},
		{"no key", list(status(401, `{"error":{"message":"no"}}`)), NoKey, "tutor.keyVariable", 1},
		{"refused", list(status(403, `{"error":{"message":"region"}}`)), Refused, "It says: region", 1},
		{"no such model", list(status(404, `{"error":{"message":"no such model","code":"model_not_found"}}`)), UnknownModel, "has no model tiny", 1},
		{"too long", list(status(400, `{"error":{"message":"too long","code":"context_length_exceeded"}}`)), TooLong, "more than the model tiny takes", 1},
		{"malformed JSON", list(raw("data: {\"choices\": [\n\n")), Malformed, "no answer of the protocol", 1},
		{"malformed JSON in the middle", list(head(raw("data: {{{\n\n"))), "", "broke off", 1},
		{"a page", list(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>")
		}), Malformed, "answered with text/html", 1},
		{"no text", list(streams()), Malformed, "without text", 1},
		{"a line without end", list(raw("data: " + strings.Repeat("x", 100_000))), Malformed, "sends more than any answer has", 1},
		{"an answer without end", list(endless), "", "longer than any that is shown", 1},
		{"a redirect", list(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}), Refused, "which is not followed", 1},
		{"an error in the stream", list(raw("data: {\"error\":{\"message\":\"boom\"}}\n\n")), Refused, "boom", 1},
		{"cut by the bound", list(head(func(w http.ResponseWriter, _ *http.Request) {
			chunk(w, "", "length")
			fmt.Fprint(w, "data: [DONE]\n\n")
		})), "", "tutor.maxAnswerTokens allows no more", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scripted(t, c.answers...)
			v := begin(t, s.settings(), Ask, someSubject, "Why?")
			a, err := v.Send(t.Context(), Agree(v), fresh(), nil)
			var e *Error
			switch {
			case c.kind == "" && err != nil, c.kind != "" && !errors.As(err, &e), e != nil && e.Kind != c.kind:
				t.Fatalf("error %v, want %q", err, c.kind)
			case e != nil && !strings.Contains(e.Text, c.holds):
				t.Errorf("said %q, want %q", e.Text, c.holds)
			case e != nil && strings.ContainsAny(e.Text, "\x1b\n"):
				t.Errorf("said %q", e.Text)
			case a != nil && (!strings.Contains(a.Note, c.holds) || a.Complete != (c.holds == "") || a.Plain() == ""):
				t.Errorf("got %+v", a)
			}
			if len(s.bodies()) != c.tries {
				t.Errorf("%d tries, want %d", len(s.bodies()), c.tries)
			}
		})
	}
}

func list(all ...func(http.ResponseWriter, *http.Request)) []func(http.ResponseWriter, *http.Request) {
	return all
}

func raw(text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, text)
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	for r.Context().Err() == nil {
		chunk(w, "word and word and word ", "")
	}
}

// Where nobody listens, where the name leads nowhere, and where the certificate is
// nobody's, it is said.
func TestUnreachable(t *testing.T) {
	quick(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	for endpoint, want := range map[string]string{"http://" + l.Addr().String(): "cannot be reached", "https://nowhere.invalid/v1": "cannot be reached", tls.URL: "certificate"} {
		c := config.Default()
		c.Tutor.Endpoint, c.Tutor.Model = endpoint, "tiny"
		v := begin(t, c, Ask, someSubject, "Why?")
		var e *Error
		if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); !errors.As(err, &e) || e.Kind != Unreachable || !strings.Contains(e.Text, want) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// The reader can stop it at once, before and in the middle of an answer.
func TestStop(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"before": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"middle": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			chunk(w, "one\n", "")
			<-r.Context().Done()
		},
	} {
		s := scripted(t, answer)
		limits.first, limits.idle = time.Minute, time.Minute
		v := begin(t, s.settings(), Ask, someSubject, "Why?")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		began := time.Now()
		if _, err := v.Send(ctx, Agree(v), fresh(), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

// A day's tokens bound what is sent, and the count is kept.
func TestBudget(t *testing.T) {
	s := scripted(t, streams("x"))
	c := s.settings()
	c.Tutor.DailyTokens = 3000
	v := begin(t, c, Ask, someSubject, "Why?")
	day := "2026-11-23"
	b := &Budget{day: func() string { return day }, kept: true}
	if _, err := v.Send(t.Context(), Agree(v), b, nil); err != nil {
		t.Fatal(err)
	}
	again := &Budget{day: b.day, kept: true}
	if err := again.take(1, 42); err == nil {
		t.Error("the count of the day is lost")
	}
	again.used(2900)
	opened := s.opened.Load()
	var e *Error
	if _, err := begin(t, c, Ask, someSubject, "Why?").Send(t.Context(), Agree(v), again, nil); !errors.As(err, &e) || e.Kind != Spent || s.opened.Load() != opened {
		t.Errorf("%v, %d connections", err, s.opened.Load()-opened)
	}
	day = "2026-11-24"
	if err := again.take(1, 42); err != nil {
		t.Errorf("on another day: %v", err)
	}
}

// Which addresses and keys are used, and which are refused before anything leaves.
func TestEndpointsAndKeys(t *testing.T) {
	quick(t)
	for endpoint, want := range map[string]string{
		"":                              Off,
		"example.com":                   "is no address of a service",
		"ftp://example.com":             "is no address of a service",
		"http://example.com/v1":         "would send your code unencrypted",
		"http://192.168.1.2/v1":         "would send your code unencrypted",
		"https://user:pw@example.com":   "holds more than an address",
		"https://example.com/v1?key=1":  "holds more than an address",
		"http://127.0.0.1.evil.com/v1":  "would send your code unencrypted",
		"http://localhost.evil.com/v1":  "would send your code unencrypted",
		"http://[::1]:8080/v1":          "",
		"http://localhost:11434/v1":     "",
		"https://api.example.com/v1":    "",
		"https://api.example.com:8/v1/": "",
	} {
		c := config.Default()
		c.Tutor.Endpoint, c.Tutor.Model = endpoint, "m"
		_, err := New(c, Ask, someSubject, "Why?")
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", endpoint, err, want)
		}
	}
	s := scripted(t, streams("x"))
	t.Setenv("OPENAI_API_KEY", "sk-other")
	t.Setenv("MY_KEY", "sk-mine")
	c := s.settings()
	c.Tutor.KeyVariable = "MY_KEY"
	v := begin(t, c, Ask, someSubject, "Why?")
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err != nil || s.header(0).Get("Authorization") != "Bearer sk-mine" {
		t.Errorf("%v, key %q", err, s.header(0).Get("Authorization"))
	}
	if strings.Contains(v.Preview(), "sk-mine") {
		t.Error("the key is shown")
	}
	c.Tutor.KeyVariable = "NO_SUCH_KEY"
	v = begin(t, c, Ask, someSubject, "Why?")
	var e *Error
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); !errors.As(err, &e) || e.Kind != NoKey || len(s.bodies()) != 1 {
		t.Errorf("%v", err)
	}
}

// A conversation goes on, within its bounds.
func TestQuestionsAndAnswers(t *testing.T) {
	s := scripted(t, streams("What does `style` reach?"))
	v := begin(t, s.settings(), Question, someSubject, "")
	if err := v.Reply("too early"); err == nil {
		t.Error("an answer before the question")
	}
	for range maxTurns {
		if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err != nil {
			t.Fatal(err)
		}
		if err := v.Reply("A shell."); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.Send(t.Context(), Agree(v), fresh(), nil); err != nil {
		t.Fatal(err)
	}
	if err := v.Reply("more"); err == nil || !strings.Contains(err.Error(), "begin another") {
		t.Errorf("turn %d: %v", maxTurns+1, err)
	}
	if last := s.bodies()[len(s.bodies())-1]; strings.Count(last, "A shell.") != maxTurns || strings.Count(last, "What does `style` reach?") != maxTurns {
		t.Error("what was said before is not sent again")
	}
	for _, c := range []struct {
		act     Act
		text    string
		subject Subject
	}{{Ask, "", someSubject}, {Ask, strings.Repeat("x", maxQuestion+1), someSubject}, {Review, "", someSubject}, {"sing", "", someSubject}} {
		if _, err := New(s.settings(), c.act, c.subject, c.text); err == nil {
			t.Errorf("%s %.20q begins", c.act, c.text)
		}
	}
}
