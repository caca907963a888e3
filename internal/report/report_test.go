package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is an audit with one finding of each form, and with names and texts
// that try to steer whoever shows them.
func sample(t *testing.T) *audit.Report {
	t.Helper()
	code := "# «é» a first line\ndef find(name):\n    command = 'ls ' + name\n\tos.system(command)  # \x1b[31m\u202e`x`\nprint('done')\n"
	text := source.NewText(code)
	span := func(of string) source.Span {
		i := uint32(strings.Index(code, of))
		return source.Span{Start: i, End: i + uint32(len(of))}
	}
	path := filepath.Join(string(filepath.Separator), "src", "srv %41", "ser\x1b[2Jver.py")
	vector, err := aivss.ParseVector("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
	if err != nil {
		t.Fatal(err)
	}
	profile, err := aivss.DefaultProfile().With(aivss.Factor{Name: aivss.Tools, Half: 2, Source: aivss.FromCode, Evidence: "os.system in find", File: "server.py", Line: 4})
	if err != nil {
		t.Fatal(err)
	}
	score, err := aivss.Compute(vector, profile, aivss.Settings{Deployment: aivss.Local})
	if err != nil {
		t.Fatal(err)
	}
	shell := &audit.Finding{
		Finding: rule.Finding{
			Check: "command-injection", Message: "[click](command:evil) find passes name to a shell at os.system\n::error::fake", Path: path, Span: span("os.system(command)"),
			Confidence: rule.High, Tool: "find", Parameter: "name", Sink: "os.system",
			Factors: []rule.Factor{{Name: aivss.Tools, Halves: 2, Text: "os.system in find", Path: path, Line: 4}},
			Steps:   []rule.Step{{Path: path, Span: span("name"), Text: "the model chooses name"}, {Path: path, Span: span("'ls ' + name"), Text: "it becomes part of a command"}, {Path: path, Span: span("os.system(command)"), Text: "a shell runs it"}},
			Fixes:   []rule.Fix{{Title: "Pass a list", Edits: []rule.Edit{{Path: path, Span: span("os.system(command)"), New: "subprocess.run(['ls', name])"}}}},
		},
		Title: "A tool argument reaches a shell", Class: "injection", CWE: []int{78, 77}, Level: audit.Error, Score: score, Band: score.Band, Fingerprint: "aa",
	}
	hygiene := &audit.Finding{
		Finding: rule.Finding{Check: "stdout-pollution", Message: "print writes to the protocol's channel", Path: path, Span: span("print('done')"), Confidence: rule.Medium},
		Title:   "Output on the channel", Class: "transport", CWE: []int{436}, Level: audit.Information, Fingerprint: "bb",
	}
	silenced := *hygiene
	silenced.Fingerprint, silenced.Suppressed = "cc", &audit.Suppression{Reason: "only <b>before</b> start"}
	res := &audit.FileResult{Path: path, Rel: "ser\x1b[2Jver.py", Text: text, Facts: &mcp.Facts{}, Findings: []*audit.Finding{shell, hygiene, &silenced}}
	return &audit.Report{
		Roots: []string{filepath.Dir(path)}, Files: []*audit.FileResult{res}, Findings: res.Findings, Audited: 1, Lines: 6, Ignored: 1,
		Tools: []audit.ToolInfo{
			{EntryInfo: audit.EntryInfo{
				Kind: "tool", Name: "find|<img>", SDK: "python-mcp-1", Path: path, Line: 2, Handler: path, HandlerLine: 2, Followed: true,
				Gaps: []flow.Gap{{Kind: flow.UnknownCall, Path: path, Line: 3, Text: "a call of unknown code receives the input: x\u202ey"}},
			}, Findings: 1, Worst: shell},
			{EntryInfo: audit.EntryInfo{
				Kind: "tool", Name: "lost\x1b", SDK: "python-mcp-1", Path: path, Line: 4,
				Gaps: []flow.Gap{{Kind: flow.NoHandler, Path: path, Line: 4, Text: "its handler comes from <b>x</b>\n::error::fake"}},
			}},
		},
		Skipped: []audit.Skip{{Path: "/src/srv %41/big\n.py", Reason: "too large: 9 bytes, the limit is 8"}},
		Notes:   []audit.Note{{Path: path, Text: "the data flow failed\x1b"}},
	}
}

func render(t *testing.T, f Format) string {
	t.Helper()
	var b bytes.Buffer
	vector, err := aivss.ParseVector("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N")
	if err != nil {
		t.Fatal(err)
	}
	lessons := map[string]*checks.Check{"command-injection": {
		ID: "command-injection", Vector: vector, Confidence: rule.High, Lesson: "# A tool argument reaches a shell\nThe server asks a shell.\n",
		Document: checks.Document{Introduction: "The server asks a shell to run a command line that holds a tool argument. Whoever chooses the argument\nthen runs programs with the rights of your server, and reads what it may read."},
	}}
	o := Options{Base: filepath.Join(string(filepath.Separator), "src"), Version: "test", Coverage: true, Check: func(id string) *checks.Check { return lessons[id] }}
	if err := Write(&b, f, sample(t), o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormatsAreAsRecorded(t *testing.T) {
	for _, f := range Formats {
		got := render(t, f)
		name := filepath.Join("testdata", "report."+string(f))
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s: run go test ./internal/report -update and read the difference", f, name)
		}
	}
}

// No format hands on a byte that steers a terminal or reorders text.
func TestNothingHiddenGetsThrough(t *testing.T) {
	for _, f := range Formats {
		got := render(t, f)
		if strings.ContainsAny(got, "\x1b\u202e\x07") {
			t.Errorf("%s lets a control character through", f)
		}
		if f == GitHub {
			for line := range strings.Lines(got) {
				if !strings.HasPrefix(line, "::error file=") && !strings.HasPrefix(line, "::notice") {
					t.Errorf("a command of the audited code: %q", line)
				}
			}
		}
		if f == Markdown && (strings.Contains(got, "](command:") || strings.Contains(got, "<img") || strings.Contains(got, "<b>")) {
			t.Errorf("markup of the audited code got through:\n%s", got)
		}
	}
}

func TestSARIFValidates(t *testing.T) {
	parsed, err := sarif.FromString(render(t, SARIF))
	if err != nil {
		t.Fatal(err)
	}
	if err := parsed.Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestJSONValidates(t *testing.T) {
	schema, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	res, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewStringLoader(render(t, JSON)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range res.Errors() {
		t.Error(e)
	}
}

// A factor that code shows is told with its place, the file named as everywhere in the
// report; one by default has none.
func TestJSONSaysWhereAFactorIsShown(t *testing.T) {
	var got struct {
		Findings []struct {
			Location struct{ File string }
			Score    *struct {
				Factors []struct {
					Name, Value, Source, Evidence, File string
					Line                                int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(render(t, JSON)), &got); err != nil {
		t.Fatal(err)
	}
	f := got.Findings[0]
	for _, x := range f.Score.Factors {
		switch x.Name {
		case "tools":
			if x.Value != "1.0" || x.Source != "static" || x.Evidence != "os.system in find" || x.File != f.Location.File || x.Line != 4 {
				t.Errorf("tools: %+v; the finding is in %q", x, f.Location.File)
			}
		default:
			if x.Source != "default" || x.File != "" || x.Line != 0 {
				t.Errorf("%+v", x)
			}
		}
	}
}

func TestBaselineHidesWhatItRemembers(t *testing.T) {
	rep := sample(t)
	data := Baseline(rep, "/src")
	if strings.Contains(string(data), "/src") {
		t.Errorf("the baseline holds only where it was made:\n%s", data)
	}
	again := sample(t)
	fresh, elsewhere := *again.Findings[0], *again.Findings[0]
	fresh.Fingerprint, elsewhere.Path = "new", "/src/other.py"
	again.Findings = append(again.Findings, &fresh, &elsewhere)
	hidden, err := WithoutBaseline(again, data, "/src")
	if err != nil || hidden != 2 {
		t.Fatalf("hid %d, %v; want 2", hidden, err)
	}
	if len(again.Findings) != 3 || again.Findings[0].Suppressed == nil || again.Findings[1] != &fresh || again.Findings[2] != &elsewhere {
		t.Errorf("left %+v; want the suppressed one, the new one and that of another file", again.Findings)
	}
	for _, bad := range []string{"", "[]", `{"version": 2}`} {
		if _, err := WithoutBaseline(rep, []byte(bad), "/src"); err == nil {
			t.Errorf("%q was taken for a baseline", bad)
		}
	}
}

func TestReaching(t *testing.T) {
	rep := sample(t)
	for bar, want := range map[aivss.Band]int{aivss.Critical: 0, aivss.High: 1, aivss.Low: 1} {
		if got := Reaching(rep, bar); got != want {
			t.Errorf("%d findings reach %s, want %d", got, bar, want)
		}
	}
}
