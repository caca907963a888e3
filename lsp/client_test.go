package lsp

// client_test.go is the other end of the connection: an editor that records all
// it is told, and an engine whose findings can be read off the text.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// message is any message from the server.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *wireError      `json:"error"`
	at     time.Time       // when it had come whole
}

type wireError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// editor is a client. Its requests block, and what the server sends of its own
// accord is kept until somebody asks for it.
type editor struct {
	t    testing.TB
	conn io.ReadWriteCloser
	// answers gives the results of the server's requests by method; absent is null.
	answers map[string]any
	served  chan error // what serve returned
	session *session   // what went to and fro, where that is recorded

	mu      sync.Mutex
	changed sync.Cond
	next    int
	replies map[string]message
	inbox   []message // notifications and requests of the server
	eof     bool
}

// start connects an editor to a server and does not initialize it.
func start(t testing.TB, o Options, engine func(untrusted bool) engine) *editor {
	near, far := net.Pipe()
	e := newEditor(t, near)
	go func() { e.served <- serve(t.Context(), far, o, engine) }()
	t.Cleanup(func() { near.Close() })
	return e
}

func newEditor(t testing.TB, conn io.ReadWriteCloser) *editor {
	e := &editor{t: t, conn: conn, answers: map[string]any{}, served: make(chan error, 1), replies: map[string]message{}, session: record(t)}
	e.changed.L = &e.mu
	go e.read()
	return e
}

func (e *editor) read() {
	in := bufio.NewReader(e.conn)
	for {
		var length int
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				e.mu.Lock()
				e.eof = true
				e.changed.Broadcast()
				e.mu.Unlock()
				return
			}
			if line = strings.TrimSpace(line); line == "" {
				break
			}
			fmt.Sscanf(line, "Content-Length: %d", &length)
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			continue
		}
		e.session.add("server", body)
		m := message{at: time.Now()}
		if err := json.Unmarshal(body, &m); err != nil {
			e.t.Errorf("the server sent %q: %v", body, err)
			continue
		}
		e.mu.Lock()
		if m.Method == "" {
			e.replies[string(m.ID)] = m
		} else {
			e.inbox = append(e.inbox, m)
		}
		e.changed.Broadcast()
		e.mu.Unlock()
		if m.Method != "" && m.ID != nil {
			go e.write(map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": e.answers[m.Method]})
		}
	}
}

func (e *editor) write(m any) {
	body, err := json.Marshal(m)
	if err != nil {
		e.t.Error(err)
	}
	e.session.add("client", body)
	e.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (e *editor) raw(frame string) {
	// The pipe is closed where the server has left, which is for the test to notice.
	_, _ = io.WriteString(e.conn, frame)
}

// wait waits until ready, which is called with the lock held, reports true.
func (e *editor) wait(what string, ready func() bool) {
	e.t.Helper()
	late := time.AfterFunc(patience, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.changed.Broadcast()
	})
	defer late.Stop()
	deadline := time.Now().Add(patience)
	e.mu.Lock()
	defer e.mu.Unlock()
	for !ready() {
		if e.eof || time.Now().After(deadline) {
			e.t.Fatalf("%s did not come (connection closed: %t)", what, e.eof)
		}
		e.changed.Wait()
	}
}

// send starts a request and gives its id.
func (e *editor) send(method string, params any) string {
	e.mu.Lock()
	e.next++
	id := strconv.Itoa(e.next)
	e.mu.Unlock()
	e.write(map[string]any{"jsonrpc": "2.0", "id": e.next, "method": method, "params": params})
	return id
}

// reply waits for the answer to the request with that id, as JSON.
func (e *editor) reply(id string) message {
	e.t.Helper()
	var m message
	e.wait("the answer to "+id, func() bool {
		var ok bool
		m, ok = e.replies[id]
		delete(e.replies, id)
		return ok
	})
	return m
}

// call makes a request that must succeed.
func call[T any](e *editor, method string, params any) T {
	e.t.Helper()
	m := e.reply(e.send(method, params))
	if m.Error != nil {
		e.t.Fatalf("%s: %d %s", method, m.Error.Code, m.Error.Message)
	}
	var result T
	if err := json.Unmarshal(m.Result, &result); err != nil {
		e.t.Fatalf("%s: %v in %s", method, err, m.Result)
	}
	return result
}

// fails makes a request that must fail with that code.
func (e *editor) fails(method string, params any, code int) *wireError {
	e.t.Helper()
	m := e.reply(e.send(method, params))
	if m.Error == nil || m.Error.Code != code {
		e.t.Fatalf("%s: got %s %+v, want error %d", method, m.Result, m.Error, code)
	}
	return m.Error
}

func (e *editor) notify(method string, params any) {
	e.write(map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
}

// told waits for a message of the server that fits and takes it from the inbox.
func (e *editor) told(method string, fits func(params json.RawMessage) bool) json.RawMessage {
	e.t.Helper()
	return e.message(method, fits).Params
}

func (e *editor) message(method string, fits func(params json.RawMessage) bool) message {
	e.t.Helper()
	var found message
	e.wait(method, func() bool {
		i := slices.IndexFunc(e.inbox, func(m message) bool { return m.Method == method && fits(m.Params) })
		if i < 0 {
			return false
		}
		found = e.inbox[i]
		e.inbox = slices.Delete(e.inbox, i, i+1)
		return true
	})
	return found
}

// count gives how many messages of a method are in the inbox.
func (e *editor) count(method string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, m := range e.inbox {
		if m.Method == method {
			n++
		}
	}
	return n
}

func anything(json.RawMessage) bool { return true }

// diagnostic is a diagnostic as an editor sees it.
type diagnostic struct {
	Range struct {
		Start struct{ Line, Character int }
		End   struct{ Line, Character int }
	}
	Severity           int
	Code               string
	CodeDescription    *struct{ Href string }
	Source             string
	Message            string
	Tags               []int
	RelatedInformation []struct {
		Location struct{ URI string }
		Message  string
	}
	Data diagnosticJSON
}

type diagnosticJSON struct {
	Fingerprint, Tool, Confidence string
	Score                         *struct {
		AIVSS   float64
		Vectors []string
	}
	Fixes []struct{ Title string }
}

type publication struct {
	URI         string
	Version     *int
	Diagnostics []diagnostic
}

// published waits for the next publication for a document.
func (e *editor) published(uri string) publication {
	e.t.Helper()
	var p publication
	e.told("textDocument/publishDiagnostics", func(params json.RawMessage) bool {
		p = publication{}
		if strings.Contains(string(params), `"diagnostics":null`) {
			e.t.Error("diagnostics are null")
		}
		return json.Unmarshal(params, &p) == nil && p.URI == uri
	})
	return p
}

// capable gives client capabilities from JSON.
func capable(members string) json.RawMessage { return json.RawMessage(members) }

// initialize brings the connection up with those capabilities and folders.
func (e *editor) initialize(capabilities json.RawMessage, folders ...string) map[string]any {
	e.t.Helper()
	return e.initializeWith(capabilities, nil, folders...)
}

func (e *editor) initializeWith(capabilities json.RawMessage, options any, folders ...string) map[string]any {
	e.t.Helper()
	list := []map[string]string{}
	for _, f := range folders {
		list = append(list, map[string]string{"uri": source.URIOf(f), "name": filepath.Base(f)})
	}
	result := call[struct{ Capabilities map[string]any }](e, "initialize", map[string]any{
		"processId": nil, "rootUri": nil, "capabilities": capabilities, "workspaceFolders": list, "initializationOptions": options,
	})
	e.notify("initialized", map[string]any{})
	return result.Capabilities
}

func (e *editor) open(uri, text string) {
	e.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "python", "version": 1, "text": text}})
}

// change replaces a range, given as line, character, line, character.
func (e *editor) change(uri string, version int, text string, at ...int) {
	change := map[string]any{"text": text}
	if len(at) == 4 {
		change["range"] = map[string]any{
			"start": map[string]int{"line": at[0], "character": at[1]}, "end": map[string]int{"line": at[2], "character": at[3]},
		}
	}
	e.notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": uri, "version": version}, "contentChanges": []any{change},
	})
}

func at(uri string, line, character int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": map[string]int{"line": line, "character": character}}
}

func ofDocument(uri string) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}}
}

func inRange(uri string, line, from, to int, only ...string) map[string]any {
	p := ofDocument(uri)
	p["range"] = map[string]any{"start": map[string]int{"line": line, "character": from}, "end": map[string]int{"line": line, "character": to}}
	p["context"] = map[string]any{"diagnostics": []any{}, "only": only}
	return p
}

// fake is an engine that finds words: BAD with a safe fix, WORSE without one,
// "tool NAME". SLOW waits to be cancelled and PANIC panics.
type fake struct {
	folders []string
	open    map[string]fakeFile
	configs map[string]config.Config // by folder
	// audits is told of every audit that begins.
	audits     chan string
	catalogues []string // the folders whose catalogues were set
}

type fakeFile struct {
	version int32
	text    *source.Text
}

func newFake() *fake {
	return &fake{open: map[string]fakeFile{}, configs: map[string]config.Config{"": config.Default()}}
}

func (f *fake) engine(bool) engine { return f }

func (f *fake) SetFolders(folders []string)              { f.folders = folders }
func (f *fake) SetConfig(folder string, c config.Config) { f.configs[folder] = c }
func (f *fake) SetCatalogue(folder string, _ *checks.Catalogue) {
	f.catalogues = append(f.catalogues, folder)
}
func (f *fake) SetKnowledge(string, *audit.Knowledge) {}
func (f *fake) Renew()                                {}
func (f *fake) FileChanged(string)                    {}
func (f *fake) Close(path string)                     { delete(f.open, path) }

func (f *fake) Open(path string, version int32, text string) bool {
	f.open[path] = fakeFile{version, source.NewText(text)}
	return true
}

func (f *fake) Change(path string, version int32, changes []audit.ContentChange, enc source.Encoding) error {
	file := f.open[path]
	for _, c := range changes {
		if strings.Contains(c.Text, "BROKEN CHANGE") {
			panic("broken change")
		}
		file.text, _ = file.text.Replace(file.text.Span(*c.Range, enc), c.Text)
	}
	f.open[path] = fakeFile{version, file.text}
	return nil
}

func (f *fake) snapshot() snapshot {
	return &fakeSnapshot{folders: f.folders, open: maps.Clone(f.open), configs: maps.Clone(f.configs), audits: f.audits}
}

type fakeSnapshot struct {
	folders []string
	open    map[string]fakeFile
	configs map[string]config.Config
	audits  chan string
}

func (s *fakeSnapshot) Folders() []string { return s.folders }

func (s *fakeSnapshot) Config(path string) config.Config {
	for _, folder := range s.folders {
		if within(path, []string{folder}) {
			return s.configs[folder]
		}
	}
	return s.configs[""]
}

func (s *fakeSnapshot) check(string, string) *checks.Check { return nil }

func (s *fakeSnapshot) checkIDs(string) []string { return []string{"bad-word"} }

func (s *fakeSnapshot) lesson(_, check string) lesson {
	if check != "bad-word" {
		return lesson{}
	}
	return lesson{
		Title: "A bad word", Why: "Words like <this> hurt.", Attack: "```\nsay BAD\n```",
		Questions: "1. Who says it?", Whole: "# A bad word\nWords like <this> hurt.\n",
		Sketch: "if not polite(x):\n    raise ValueError(\"{sink}\")\n",
	}
}

var words = regexp.MustCompile(`BAD|WORSE|tool \w+`)

func (s *fakeSnapshot) Glance(ctx context.Context, path string) (*audit.FileResult, bool, error) {
	res, err := s.Audit(ctx, path)
	return res, true, err
}

func (s *fakeSnapshot) Text(path string) *source.Text {
	res, err := s.Audit(context.Background(), path)
	if err != nil {
		return nil
	}
	return res.Text
}

func (s *fakeSnapshot) Audit(ctx context.Context, path string) (*audit.FileResult, error) {
	file, ok := s.open[path]
	if !ok {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		file.text = source.NewText(string(data))
	}
	text := file.text.String()
	if s.audits != nil {
		s.audits <- text
	}
	if strings.Contains(text, "SLOW") {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if strings.Contains(text, "PANIC") {
		panic("the text says so")
	}
	res := &audit.FileResult{Path: path, Rel: filepath.Base(path), Version: file.version, Text: file.text, Facts: &mcp.Facts{}}
	tool := ""
	for _, m := range words.FindAllStringIndex(text, -1) {
		span, word := source.Span{Start: uint32(m[0]), End: uint32(m[1])}, text[m[0]:m[1]]
		if name, ok := strings.CutPrefix(word, "tool "); ok {
			tool = name
			res.Facts.Entries = append(res.Facts.Entries, &mcp.Entry{Kind: mcp.Tool, Name: name, NameSpan: source.Span{Start: span.Start + 5, End: span.End}, Span: span})
			continue
		}
		res.Findings = append(res.Findings, fakeFinding(path, text, tool, word, span, len(res.Findings)))
	}
	return res, nil
}

func fakeFinding(path, text, tool, word string, span source.Span, n int) *audit.Finding {
	vector, _ := aivss.ParseVector("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
	score, err := aivss.Compute(vector, aivss.DefaultProfile(), aivss.Settings{})
	if err != nil {
		panic(err)
	}
	f := &audit.Finding{
		Finding: rule.Finding{Check: "bad-word", Message: "the word " + word + " is said", Path: path, Span: span, Confidence: rule.High, Tool: tool},
		Title:   "A bad word", CWE: []int{78}, Level: audit.Error, Score: score, Fingerprint: fmt.Sprintf("%s-%d", word, n),
	}
	if tool != "" {
		f.Steps = []rule.Step{{Path: path, Span: span, Text: "said here"}}
	}
	if word == "BAD" {
		f.Fixes = []rule.Fix{{Title: "Say GOOD", Preferred: true, Edits: []rule.Edit{{Path: path, Span: span, New: "GOOD"}}}}
	}
	before := text[:span.Start]
	if i := strings.LastIndex(before, "mcpaudit: ignore"); i >= 0 && strings.Count(before[i:], "\n") <= 1 {
		f.Suppressed = &audit.Suppression{Reason: "the text says so"}
	}
	return f
}

func (s *fakeSnapshot) Files(context.Context) ([]string, error) {
	paths := map[string]bool{}
	for _, folder := range s.folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && source.LanguageOf(path) != source.None {
				paths[path] = true
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for path := range s.open {
		paths[path] = true
	}
	return slices.Sorted(maps.Keys(paths)), nil
}

func (s *fakeSnapshot) AuditAll(ctx context.Context, progress func(done, total int)) ([]*audit.FileResult, error) {
	files, err := s.Files(ctx)
	var results []*audit.FileResult
	for i, path := range files {
		res, err := s.Audit(ctx, path)
		if err != nil {
			return nil, err
		}
		results = append(results, res)
		progress(i+1, len(files))
	}
	return results, err
}
