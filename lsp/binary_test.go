package lsp

// binary_test.go drives the program itself over pipes, with all its checks, on
// the demo servers and on the hostile repository.

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mcpaudit/internal/source"
)

// binary builds the program once for all tests of this run.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mcpaudit-lsp-")
	if err != nil {
		return "", err
	}
	built = dir
	bin := filepath.Join(dir, "mcpaudit")
	if out, err := exec.Command("go", "build", "-o", bin, "mcpaudit/cmd/mcpaudit").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	// The settings of whoever runs the tests do not count.
	folder, err := os.MkdirTemp("", "mcpaudit-lsp-*")
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_CONFIG_HOME", folder)
	code := m.Run()
	os.RemoveAll(folder)
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// built is the folder that binary has made.
var built string

// process is a running server.
type process struct {
	*editor
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended chan error
}

type stdio struct {
	io.ReadCloser
	io.WriteCloser
}

func (s stdio) Close() error { return errors.Join(s.WriteCloser.Close(), s.ReadCloser.Close()) }

func launch(t testing.TB, flags ...string) *process {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, append([]string{"serve"}, flags...)...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{editor: newEditor(t, stdio{stdout, stdin}), cmd: cmd, stdin: stdin, ended: make(chan error, 1)}
	go func() { p.ended <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended where the test went well
	return p
}

// exits waits for the process to end with that code.
func (p *process) exits(code int) {
	p.t.Helper()
	select {
	case <-p.ended:
		if got := p.cmd.ProcessState.ExitCode(); got != code {
			p.t.Errorf("exit code %d, want %d", got, code)
		}
	case <-time.After(patience):
		p.t.Fatal("the process does not end")
	}
}

// TestBinaryExit: the process ends on exit, with the code that the protocol
// prescribes, though its stdin stays open.
func TestBinaryExit(t *testing.T) {
	p := launch(t)
	p.initialize(capable(minimalClient))
	call[any](p.editor, "shutdown", nil)
	p.notify("exit", nil)
	p.exits(0)

	p = launch(t)
	p.notify("exit", nil)
	p.exits(1)

	p = launch(t)
	p.stdin.Close()
	p.exits(1)

	p = launch(t, "--stdio")
	p.raw("\x00\x01garbage\r\n\r\nContent-Length: 4\r\n\r\nnope")
	if m := p.reply("null"); m.Error == nil || m.Error.Code != -32700 {
		t.Errorf("got %+v", m)
	}
	p.initialize(capable(minimalClient))
	p.stdin.Close()
	p.exits(1)
}

var planted = regexp.MustCompile(`(?:#|//) finding: ([a-z-]+)`)

// plantedIn gives "line check" for each flaw that a text marks, sorted.
func plantedIn(text string) []string {
	var marks []string
	for i, line := range strings.Split(text, "\n") {
		for _, m := range planted.FindAllStringSubmatch(line, -1) {
			marks = append(marks, fmt.Sprintf("%d %s", i, m[1]))
		}
	}
	slices.Sort(marks)
	return marks
}

func found(diagnostics []diagnostic) []string {
	var all []string
	for _, d := range diagnostics {
		all = append(all, fmt.Sprintf("%d %s", d.Range.Start.Line, d.Code))
	}
	slices.Sort(all)
	return all
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "testdata", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// scanned gives "file line check" for each finding of the command line.
func scanned(t *testing.T, dir string) []string {
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "scan", "--format", "json", ".")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Findings []struct {
			Check    string
			Location struct {
				File string
				Line int
			}
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range report.Findings {
		all = append(all, fmt.Sprintf("%s %d %s", f.Location.File, f.Location.Line, f.Check))
	}
	slices.Sort(all)
	return all
}

// TestBinaryDemo: the editor is told of the demo servers what the command line
// says of them.
func TestBinaryDemo(t *testing.T) {
	dir := testdata(t, "servers")
	p := launch(t)
	p.initialize(capable(pullingClient), dir)
	want := scanned(t, dir)
	var got []string
	for _, report := range call[workspacePulled](p.editor, "workspace/diagnostic", map[string]any{"previousResultIds": []any{}}).Items {
		path, err := source.PathOf(report.URI)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report.Items {
			got = append(got, fmt.Sprintf("%s %d %s", filepath.ToSlash(rel), d.Range.Start.Line+1, d.Code))
		}
	}
	slices.Sort(got)
	if len(want) < 10 || !slices.Equal(got, want) {
		t.Errorf("\ngot  %q\nwant %q", got, want)
	}
}

// TestBinaryHostile: where the workspace is not trusted, nothing in it changes
// the audit, and nothing of it acts on the reader.
func TestBinaryHostile(t *testing.T) {
	dir := testdata(t, "hostile")
	text, err := os.ReadFile(filepath.Join(dir, "server.py"))
	if err != nil {
		t.Fatal(err)
	}
	uri := source.URIOf(filepath.Join(dir, "server.py"))
	p := launch(t)
	p.initializeWith(capable(`{"textDocument":{"diagnostic":{"codeDescriptionSupport":true,"dataSupport":true},"hover":{"contentFormat":["markdown"]},"publishDiagnostics":{"relatedInformation":true,"codeDescriptionSupport":true,"dataSupport":true,"versionSupport":true}}}`),
		json.RawMessage(`{"untrusted":true}`), dir)
	p.open(uri, string(text))
	got := call[pulled](p.editor, "textDocument/diagnostic", pullParams(uri, ""))
	if want := plantedIn(string(text)); len(want) == 0 || !slices.Equal(found(got.Items), want) {
		t.Errorf("\ngot  %q\nwant %q", found(got.Items), want)
	}
	invisible := regexp.MustCompile(`[\p{Cc}\p{Cf}]`)
	active := regexp.MustCompile(`<[a-zA-Z/!]|[^\\]\]\((?:command|javascript|data|file|vscode)`)
	for _, d := range got.Items {
		shown := []string{d.Message}
		for _, r := range d.RelatedInformation {
			shown = append(shown, r.Message)
		}
		for _, s := range shown {
			if invisible.MatchString(s) {
				t.Errorf("shown: %q", s)
			}
		}
		h := call[hovered](p.editor, "textDocument/hover", at(uri, d.Range.Start.Line, d.Range.Start.Character))
		// Code stands between backticks, where nothing acts.
		for i, part := range strings.Split(h.Contents.Value, "`") {
			if i%2 == 0 && (active.MatchString(part) || invisible.MatchString(strings.ReplaceAll(part, "\n", ""))) {
				t.Errorf("hover: %q", part)
			}
		}
	}
	for _, name := range []string{"textDocument/documentSymbol", "textDocument/codeLens"} {
		m := p.reply(p.send(name, ofDocument(uri)))
		if m.Error != nil || invisible.Match(m.Result) {
			t.Errorf("%s: %s %+v", name, m.Result, m.Error)
		}
	}
	seen := call[coverage](p.editor, "workspace/executeCommand", execute(commandCoverage))
	if seen.Ignored == 0 || seen.Silenced != 0 || seen.Files < 5 {
		t.Errorf("coverage %+v", seen)
	}
	p.told("window/logMessage", func(m json.RawMessage) bool { return strings.Contains(string(m), ".mcpaudit.yaml is ignored") })
	p.told("window/logMessage", func(m json.RawMessage) bool { return strings.Contains(string(m), "the checks in") })
	if m := p.reply(p.send("workspace/executeCommand", execute(commandExplain, "friendly-advice"))); m.Error == nil {
		t.Errorf("a check of the workspace explains itself: %s", m.Result)
	}
}

// BenchmarkStart measures the time from the start of the process to the first
// diagnostics of a file that is opened as soon as the protocol allows.
//
//	go test ./lsp -run - -bench Start
func BenchmarkStart(b *testing.B) {
	path := filepath.Join("..", "testdata", "servers", "python-notes", "server.py")
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := binary(); err != nil {
		b.Fatal(err)
	}
	var all []time.Duration
	for b.Loop() {
		began := time.Now()
		p := launch(b)
		p.initialize(capable(minimalClient))
		p.open("file:///demo/server.py", string(text))
		all = append(all, p.message("textDocument/publishDiagnostics", anything).at.Sub(began))
		p.notify("exit", nil)
		<-p.ended
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(0, "ns/op")
}
