package lsp

// bench_test.go measures what a user feels: the time from a keystroke to its
// diagnostics on the wire, over a connection to the running server, on generated
// files of 5,000 lines with all checks on. Every edit is followed by a pull, or
// for a client that does not pull by its publication; the next edit waits for
// that. States that parse and states that do not are measured apart.
//
//	go test ./lsp -run - -bench Keystroke

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mcpaudit/checks"
	"mcpaudit/internal/audit/generate"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// bench is what is typed and pasted in one language.
type bench struct {
	lang      source.Language
	uri       string
	within    string // begins a line within a function, behind which is typed
	statement string // is typed there
	opening   string // begins a line there that a bracket or quote leaves open
	quotes    []string
	topLevel  string // begins a line outside of functions, before which is pasted
	function  string // is pasted there
}

var benches = []bench{
	{
		lang: source.Python, uri: "file:///bench/server.py",
		within: "    parts = [", statement: "\n    total = compute(value, [1, 2])[0]\n    label = f\"{total}!\"", opening: "\n    x = ",
		quotes: []string{`"`, `'`, `"""`}, topLevel: "def ",
		function: "def pasted_by_hand(value: str) -> str:\n    total = compute(value, [1, 2])\n    return f\"{total}\"\n\n\n",
	},
	{
		lang: source.TypeScript, uri: "file:///bench/server.ts",
		within: "  const parts = [", statement: "\n  const total = compute(value, [1, 2])[0];\n  const label = `${total}!`;", opening: "\n  const x = ",
		quotes: []string{`"`, `'`, "`"}, topLevel: "function ",
		function: "function pastedByHand(value: string): string {\n  const total = compute(value, [1, 2]);\n  return `${total}`;\n}\n\n",
	},
}

// keystroke is one edit with the frame that carries it.
type keystroke struct {
	change map[string]any
	broken bool // the text after it has syntax errors
}

// script collects edits of a text that in the end is as it was.
type script struct {
	bench
	text  *source.Text
	edits []keystroke
}

// replace is one edit.
func (s *script) replace(span source.Span, with string) {
	r := s.text.Range(span, source.UTF16)
	s.text, _ = s.text.Replace(span, with)
	tree := source.Parse(s.lang, s.text, false)
	defer tree.Close()
	s.edits = append(s.edits, keystroke{
		change: map[string]any{"text": with, "range": map[string]any{
			"start": map[string]uint32{"line": r.Start.Line, "character": r.Start.Column},
			"end":   map[string]uint32{"line": r.End.Line, "character": r.End.Column},
		}},
		broken: tree.Node(0).HasError(),
	})
}

// typing types text letter by letter, and takes it away in one edit.
func (s *script) typing(at uint32, text string) {
	end := at
	for _, r := range text {
		s.replace(source.Span{Start: end, End: end}, string(r))
		end += uint32(len(string(r)))
	}
	s.replace(source.Span{Start: at, End: end}, "")
}

// middle gives the first line from the middle on that begins with prefix.
func (s *script) middle(prefix string) int {
	n := s.text.Lines() / 2
	for !strings.HasPrefix(s.text.Line(n), prefix) {
		n++
	}
	return n
}

// behind gives the end of a line within a function.
func (s *script) behind() uint32 {
	n := s.middle(s.within)
	return s.text.LineStart(n) + uint32(len(s.text.Line(n)))
}

// scripts are the edits of the budget.
var scripts = map[string]func(s *script){
	"statement": func(s *script) { s.typing(s.behind(), s.statement) },
	"bracket": func(s *script) {
		for _, bracket := range []string{"(", "[", "{"} {
			s.typing(s.behind(), s.opening+"f"+bracket+"abc")
		}
	},
	"quote": func(s *script) {
		for _, quote := range s.quotes {
			s.typing(s.behind(), s.opening+quote+"abc")
		}
	},
	"paste": func(s *script) {
		for _, times := range []int{1, 10, 50} {
			at := s.text.LineStart(s.middle(s.topLevel))
			pasted := strings.Repeat(s.function, times)
			s.replace(source.Span{Start: at, End: at}, pasted)
			s.replace(source.Span{Start: at, End: at + uint32(len(pasted))}, "")
		}
	},
	"newline": func(s *script) {
		for range 10 {
			s.replace(source.Span{}, "\n")
		}
		for range 10 {
			s.replace(source.Span{End: 1}, "")
		}
	},
}

func BenchmarkKeystroke(b *testing.B) {
	for _, lang := range benches {
		text := generate.Server(generate.Shape{Lang: lang.lang, Lines: 5000, Tools: 60, Flaws: 40, Seed: 1})
		run := func(b *testing.B, name string, pull bool) {
			s := &script{bench: lang, text: source.NewText(text)}
			scripts[name](s)
			if s.text.String() != text {
				b.Fatalf("%s does not end where it began", name)
			}
			keystrokes(b, lang.uri, text, s.edits, pull)
		}
		for _, name := range slices.Sorted(maps.Keys(scripts)) {
			b.Run(fmt.Sprintf("%s/%s/pull", lang.lang, name), func(b *testing.B) { run(b, name, true) })
		}
		// Every finding moves, so every edit publishes.
		b.Run(fmt.Sprintf("%s/newline/push", lang.lang), func(b *testing.B) { run(b, "newline", false) })
	}
}

// BenchmarkKeystrokeInProgram types into a file of 5,000 lines that belongs to a
// program of 40,000: into the file with the tools, and into the module at the other
// end of a chain of imports, whose function decides what is found of the tools. The
// first answer is that to the edited file.
func BenchmarkKeystrokeInProgram(b *testing.B) {
	for _, lang := range benches {
		for _, where := range []string{"server", "module"} {
			b.Run(fmt.Sprintf("%s/%s/pull", lang.lang, where), func(b *testing.B) {
				dir := b.TempDir()
				server, last, lines, err := generate.Program(dir, generate.Shape{Lang: lang.lang, Lines: 5000, Tools: 60, Flaws: 40, Seed: 1}, 40_000)
				if err != nil {
					b.Fatal(err)
				}
				path := server
				if where == "module" {
					path = last
				}
				text, err := os.ReadFile(path)
				if err != nil {
					b.Fatal(err)
				}
				s := &script{bench: lang, text: source.NewText(string(text))}
				if where == "module" {
					// Within the function that all tools lead to.
					marks := map[source.Language]string{source.Python: "    line = f\"deliver", source.TypeScript: "  const line = `deliver"}
					s.within = marks[lang.lang]
				}
				s.typing(s.behind(), s.statement)
				keystrokesIn(b, dir, source.URIOf(path), string(text), s.edits, true)
				b.ReportMetric(float64(lines), "lines")
			})
		}
	}
}

// pipes is one end of a connection through the operating system, as a client has.
type pipes struct{ in, out *os.File }

func (p pipes) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p pipes) Write(b []byte) (int, error) { return p.out.Write(b) }
func (p pipes) Close() error {
	p.out.Close()
	return p.in.Close()
}

func connect(b *testing.B) *editor {
	toServer, fromClient, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	toClient, fromServer, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	e := newEditor(b, pipes{toClient, fromClient})
	o := Options{Catalogue: catalogue(b), Config: config.Default()}
	go func() { e.served <- Serve(b.Context(), pipes{toServer, fromServer}, o) }()
	b.Cleanup(func() {
		e.notify("exit", nil)
		<-e.served
	})
	return e
}

// catalogue gives all checks or, to see what the others cost, those alone that the
// environment variable MCPAUDIT_BENCH_CHECKS names, with commas between them.
func catalogue(tb testing.TB) *checks.Catalogue {
	c, err := checks.Default()
	if ids := os.Getenv("MCPAUDIT_BENCH_CHECKS"); ids != "" && err == nil {
		c, err = c.Only(strings.Split(ids, ","))
	}
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func keystrokes(b *testing.B, uri, text string, edits []keystroke, pull bool) {
	keystrokesIn(b, "", uri, text, edits, pull)
}

// keystrokesIn is keystrokes for a file of a folder; the folder is audited before.
func keystrokesIn(b *testing.B, dir, uri, text string, edits []keystroke, pull bool) {
	e := connect(b)
	p := capable(`{"textDocument":{"publishDiagnostics":{"relatedInformation":true,"codeDescriptionSupport":true,"dataSupport":true,"versionSupport":true}}}`)
	if pull {
		p = capable(`{"textDocument":{"diagnostic":{"relatedInformation":true,"codeDescriptionSupport":true,"dataSupport":true},"publishDiagnostics":{"relatedInformation":true,"codeDescriptionSupport":true,"dataSupport":true,"versionSupport":true}}}`)
	}
	wanted := 30
	if dir != "" {
		wanted = 1
		e.initialize(p, dir)
		e.reply(e.send("workspace/diagnostic", map[string]any{"previousResultIds": []any{}}))
	} else {
		e.initialize(p)
	}
	e.open(uri, text)
	previous := ""
	// settled waits for the diagnostics of a version and gives when they came.
	settled := func(version int) time.Time {
		var m message
		if pull {
			m = e.reply(e.send("textDocument/diagnostic", pullParams(uri, previous)))
			var p pulled
			if err := json.Unmarshal(m.Result, &p); err != nil {
				b.Fatalf("%v: %s %+v", err, m.Result, m.Error)
			}
			if version == 1 && len(p.Items) < wanted {
				b.Fatalf("%d findings, want at least %d", len(p.Items), wanted)
			}
			previous = p.ResultID
		} else {
			m = e.message("textDocument/publishDiagnostics", func(raw json.RawMessage) bool {
				return strings.Contains(string(raw[:min(len(raw), 200)]), fmt.Sprintf(`"version":%d,`, version))
			})
		}
		return m.at
	}
	settled(1)
	latencies := map[bool][]time.Duration{}
	version := 1
	for b.Loop() {
		k := edits[(version-1)%len(edits)]
		version++
		frame, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": map[string]any{
			"textDocument": map[string]any{"uri": uri, "version": version}, "contentChanges": []any{k.change},
		}})
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		e.raw(fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(frame), frame))
		latencies[k.broken] = append(latencies[k.broken], settled(version).Sub(began))
	}
	b.ReportMetric(0, "ns/op") // the percentiles say more
	for broken, all := range latencies {
		state := map[bool]string{false: "valid", true: "broken"}[broken]
		percentiles(b, state, all)
	}
}

// percentiles reports how long something took.
func percentiles(b *testing.B, what string, all []time.Duration) {
	slices.Sort(all)
	for _, percent := range []int{50, 95, 99} {
		at := min(len(all)*percent/100, len(all)-1)
		b.ReportMetric(float64(all[at].Microseconds())/1000, fmt.Sprintf("%s-p%d-ms", what, percent))
	}
}

// BenchmarkCard measures the hover over the registration of a tool, each time after an
// edit: in a file of 5,000 lines, and in a server of 80 tools with flaws.
func BenchmarkCard(b *testing.B) {
	for _, c := range []struct {
		name  string
		shape generate.Shape
		file  string
		begin string // of the line that is hovered
	}{
		{"python 5000 lines", generate.Shape{Lang: source.Python, Lines: 5000, Tools: 45, Flaws: 32, Seed: 3}, "server.py", "@mcp.tool"},
		{"typescript 5000 lines", generate.Shape{Lang: source.TypeScript, Lines: 5000, Tools: 45, Flaws: 32, Seed: 3}, "server.ts", "server.registerTool("},
		{"python 80 tools", generate.Shape{Lang: source.Python, Lines: 2500, Tools: 80, Flaws: 40, Seed: 3}, "server.py", "@mcp.tool"},
	} {
		b.Run(c.name, func(b *testing.B) {
			comment := map[source.Language]string{source.Python: "# 0\n", source.TypeScript: "//0\n"}[c.shape.Lang]
			folder := b.TempDir()
			path := filepath.Join(folder, c.file)
			if err := os.WriteFile(path, []byte(comment+generate.Server(c.shape)), 0o600); err != nil {
				b.Fatal(err)
			}
			o := benchOptions(b)
			e := start(b, o, func(untrusted bool) engine { return newEngine(o, untrusted) })
			e.initialize(capable(markdownClient), folder)
			f := e.openFile(path)
			line := f.line(c.begin)
			card := call[hovered](e, "textDocument/hover", at(f.uri, line, 6)).Contents.Value
			if !strings.Contains(card, "questions answered") {
				b.Fatalf("no card at line %d: %s", line, card)
			}
			var all []time.Duration
			version := 1
			for b.Loop() {
				// The audit of an edit is the keystroke's; the hover comes behind it.
				version++
				e.change(f.uri, version, fmt.Sprint(version%10), 0, 2, 0, 3)
				call[json.RawMessage](e, "textDocument/diagnostic", pullParams(f.uri, ""))
				began := time.Now()
				call[json.RawMessage](e, "textDocument/hover", at(f.uri, line, 6))
				all = append(all, time.Since(began))
			}
			b.ReportMetric(0, "ns/op")
			percentiles(b, "hover", all)
		})
	}
}

// benchOptions are those of a user who has set nothing.
func benchOptions(b *testing.B) Options {
	b.Helper()
	catalogue, err := checks.Default()
	if err != nil {
		b.Fatal(err)
	}
	return Options{Catalogue: catalogue, Config: config.Default()}
}
