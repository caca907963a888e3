package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"mcpaudit/internal/report"
)

// scanned is what the tests read of the JSON format.
type scanned struct {
	Findings []struct {
		Check, Confidence, Tool, Fingerprint string
		Location                             struct {
			File string
			Line int
		}
		Score *struct {
			Band, Deployment string
			Factors          []struct{ Name, Value, Source string }
		}
		Suppressed *struct{ Reason, Exception string }
	}
	Tools []struct {
		Name     string
		Findings int
		Worst    string
		Followed bool
		Handler  *struct{ File string }
		Gaps     []struct{ Kind, File, Text string }
	}
	Skipped []struct{ Path, Reason string }
	Notes   []struct{ Path, Text string }
	Summary struct{ Files, Lines, Tools, NotFollowed, Findings, Suppressed, Skipped, Ignored int }
}

// scan runs mcpaudit scan --format json and gives its exit code too.
func scan(t *testing.T, args ...string) (scanned, int) {
	t.Helper()
	got := mcpaudit(t, append([]string{"scan", "--format", "json"}, args...)...)
	var s scanned
	if err := json.Unmarshal([]byte(got.out), &s); err != nil {
		t.Fatalf("scan %q: %v; code %d, stderr %s", args, err, got.code, got.err)
	}
	return s, got.code
}

// places gives check, file and line of each finding that is not suppressed.
func (s scanned) places() []string {
	var all []string
	for _, f := range s.Findings {
		if f.Suppressed == nil {
			all = append(all, fmt.Sprintf("%s %s:%d", f.Check, f.Location.File, f.Location.Line))
		}
	}
	return all
}

func wantPlaces(t *testing.T, s scanned, want ...string) {
	t.Helper()
	if got := s.places(); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestExitCodes(t *testing.T) {
	inTree(t, map[string]string{
		"shell.py": shell, "weak.py": weak, "clean.py": clean,
		"silenced.py": strings.Replace(shell, "+ host)", "+ host)  # mcpaudit: ignore[command-injection] host is a literal", 1),
		"binary.py":   "\x00\x01", "empty/readme.txt": "",
	})
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"shell.py"}, 0},
		{[]string{"shell.py", "--fail-on", "never"}, 0},
		{[]string{"shell.py", "--fail-on", "critical"}, 0},
		{[]string{"shell.py", "--fail-on", "high"}, 1},
		{[]string{"shell.py", "--fail-on", "medium"}, 1},
		{[]string{"shell.py", "--fail-on", "low"}, 1},
		{[]string{"shell.py", "--fail-on", "critical", "--context", "remote"}, 1},
		{[]string{"weak.py", "--fail-on", "medium"}, 0},
		{[]string{"weak.py", "--fail-on", "low"}, 1},
		{[]string{"weak.py", "shell.py", "--fail-on", "high"}, 1},
		{[]string{"clean.py", "--fail-on", "low"}, 0},
		{[]string{"silenced.py", "--fail-on", "low"}, 0},
		{[]string{"silenced.py", "--fail-on", "low", "--untrusted"}, 1},
		{[]string{"shell.py", "--fail-on", "low", "--check", "sql-injection"}, 0},
		{[]string{"shell.py", "--fail-on", "low", "--check", "sql-injection", "--check", "command-injection"}, 1},
		{[]string{"binary.py", "--fail-on", "low"}, 0},
		{[]string{"empty", "--fail-on", "low"}, 0},
		{[]string{"--fail-on", "low"}, 1},
	} {
		for _, format := range report.Formats {
			got := mcpaudit(t, append([]string{"scan", "--format", string(format)}, c.args...)...)
			if got.code != c.want {
				t.Errorf("scan %q as %s: code %d, want %d; %s", c.args, format, got.code, c.want, got.err)
			}
			if said := strings.Contains(got.err, "--fail-on"); said != (c.want == exitFindings) {
				t.Errorf("scan %q as %s: code %d and stderr %q", c.args, format, got.code, got.err)
			}
		}
	}
}

func TestPathsAndSkipped(t *testing.T) {
	inTree(t, map[string]string{
		"server.py": shell, "src/weak.py": weak, "notes.txt": "no source", "binary.py": "\x00\x01", "latin.py": "# caf\xe9\n",
		".gitignore": "generated/\n", "generated/server.py": shell, "node_modules/x/index.js": "eval(1)",
		"big.py": strings.Repeat("# long\n", 300), ".mcpaudit.yaml": "maxFileSize: 2000\n",
	})
	s, _ := scan(t)
	wantPlaces(t, s, "command-injection server.py:9", "stdout-pollution src/weak.py:12")
	var skipped []string
	for _, x := range s.Skipped {
		skipped = append(skipped, x.Path+": "+x.Reason)
	}
	want := []string{"big.py: too large: 2100 bytes, the limit is 2000", "binary.py: a binary file", "latin.py: not UTF-8"}
	if !slices.Equal(skipped, want) || s.Summary.Skipped != 3 || s.Summary.Files != 2 {
		t.Errorf("skipped %q, summary %+v; want %q", skipped, s.Summary, want)
	}
	text := mcpaudit(t, "scan").out
	for _, line := range want {
		if strings.Count(text, "skipped "+line+"\n") != 1 {
			t.Errorf("want %q once in\n%s", line, text)
		}
	}

	s, _ = scan(t, "generated/server.py", "generated/server.py", "generated")
	wantPlaces(t, s, "command-injection generated/server.py:9")
	s, _ = scan(t, "src", "notes.txt")
	wantPlaces(t, s, "stdout-pollution src/weak.py:12")
	if len(s.Skipped) != 1 || s.Skipped[0].Path != "notes.txt" {
		t.Errorf("a named file that is no source: %+v", s.Skipped)
	}
}

func TestNothingToAuditIsSaid(t *testing.T) {
	inTree(t, map[string]string{"readme.txt": "", "plain/script.py": "print(1)\n"})
	if got := mcpaudit(t, "scan"); !strings.Contains(got.out, "1 file, 2 lines") || !strings.Contains(got.out, "No tool, resource or prompt of an MCP server was recognised") {
		t.Errorf("no server: %s", got.out)
	}
	if err := os.RemoveAll("plain"); err != nil {
		t.Fatal(err)
	}
	if got := mcpaudit(t, "scan"); !strings.HasPrefix(got.out, "nothing audited") {
		t.Errorf("no source: %s", got.out)
	}
}

func TestMinConfidence(t *testing.T) {
	inTree(t, map[string]string{"server.py": strings.Replace(shell, `subprocess.getoutput("ping -c 1 " + host)`, `subprocess.run(["git", "log", host], timeout=10)`, 1)})
	s, _ := scan(t)
	if len(s.Findings) != 1 || s.Findings[0].Confidence != "medium" {
		t.Fatalf("want one finding of medium confidence to leave out: %+v", s.Findings)
	}
	s, code := scan(t, "--min-confidence", "high", "--fail-on", "low")
	if len(s.Findings) != 0 || code != 0 {
		t.Errorf("code %d, found %+v", code, s.Findings)
	}
	// The flag wins over the settings, in both directions.
	write(t, ".mcpaudit.yaml", "minConfidence: high\n")
	if s, _ := scan(t); len(s.Findings) != 0 {
		t.Errorf("the settings do not hold: %+v", s.Findings)
	}
	if s, _ := scan(t, "--min-confidence", "low"); len(s.Findings) != 1 {
		t.Errorf("the flag does not win: %+v", s.Findings)
	}
}

func TestContext(t *testing.T) {
	inTree(t, map[string]string{"server.py": shell})
	for context, band := range map[string]string{"local": "High", "remote": "Critical", "enterprise": "Critical"} {
		s, _ := scan(t, "--context", context)
		if len(s.Findings) != 1 || s.Findings[0].Score.Deployment != context || s.Findings[0].Score.Band != band {
			t.Errorf("%s: %+v", context, s.Findings)
		}
	}
}

// TestCheckRunsAlone also wants the tools to count what is left, and a check
// that the settings turn off to run when it is asked for.
func TestCheckRunsAlone(t *testing.T) {
	inTree(t, map[string]string{
		"server.py":      strings.Replace(shell, "mcp.run", "print('starting')\nmcp.run", 1),
		".mcpaudit.yaml": "checks: {stdout-pollution: off}\n",
	})
	s, _ := scan(t)
	wantPlaces(t, s, "command-injection server.py:9")
	if s.Tools[0].Findings != 1 || s.Tools[0].Worst != "high" {
		t.Errorf("tools %+v", s.Tools)
	}
	s, _ = scan(t, "--check", "stdout-pollution")
	wantPlaces(t, s, "stdout-pollution server.py:12")
	if s.Tools[0].Findings != 0 || s.Tools[0].Worst != "" {
		t.Errorf("tools count what is not shown: %+v", s.Tools)
	}
}

func TestBaseline(t *testing.T) {
	inTree(t, map[string]string{"src/server.py": shell})
	got := mcpaudit(t, "scan", "--baseline", "known.json", "--update-baseline", "--fail-on", "low")
	if got.code != exitOK || !strings.Contains(got.err, "wrote known.json") {
		t.Fatalf("code %d: %s", got.code, got.err)
	}
	known := func(want int, args ...string) {
		t.Helper()
		s, code := scan(t, append(args, "--baseline", "known.json", "--fail-on", "low")...)
		if len(s.Findings) != want || code != min(want, 1) {
			t.Errorf("%q: code %d, found %v, want %d", args, code, s.places(), want)
		}
	}
	known(0)
	known(0, "src")
	known(0, "src/server.py")
	write(t, "src/server.py", "# Lines above move it,\n# and it is still known.\n"+shell)
	known(0, ".")
	write(t, "src/server.py", strings.Replace(shell, "ping -c 1", "ping -c 2", 1))
	known(1)
	write(t, "src/server.py", shell)
	write(t, "other/server.py", shell)
	known(1)

	// It moves with the tree, and from wherever it is used.
	if err := os.Remove("other/server.py"); err != nil {
		t.Fatal(err)
	}
	t.Chdir("src")
	s, code := scan(t, "--baseline", "../known.json", "--fail-on", "low")
	if len(s.Findings) != 0 || code != 0 {
		t.Errorf("from src: code %d, found %v", code, s.places())
	}
}

func TestOutput(t *testing.T) {
	inTree(t, map[string]string{"server.py": shell})
	straight := mcpaudit(t, "scan", "--format", "sarif").out
	write(t, "audit.sarif", "old and longer than nothing")
	if err := os.Chmod("audit.sarif", 0o640); err != nil {
		t.Fatal(err)
	}
	got := mcpaudit(t, "scan", "--format", "sarif", "-o", "audit.sarif")
	if got.code != exitOK || got.out != "" || got.err != "" || read(t, "audit.sarif") != straight {
		t.Errorf("code %d, stdout %q, stderr %q; the file has %d bytes, want %d", got.code, got.out, got.err, len(read(t, "audit.sarif")), len(straight))
	}
	if info, err := os.Stat("audit.sarif"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("its mode became %v, %v", info.Mode(), err)
	}
	if dash := mcpaudit(t, "scan", "--format", "sarif", "-o", "-"); dash.out != straight {
		t.Errorf("-o - wrote %d bytes to stdout, want %d", len(dash.out), len(straight))
	}
	left, err := filepath.Glob(".*audit*")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// A tree may hold links where the user's usual file names lead.
func TestOutputGoesThroughNoLink(t *testing.T) {
	victim := filepath.Join(t.TempDir(), "victim")
	write(t, victim, "precious")
	inTree(t, map[string]string{"server.py": shell, "deep/real/x.txt": ""})
	for name, target := range map[string]string{"file.json": victim, "folder": filepath.Dir(victim), "deep/folder": filepath.Dir(victim), "dangling": victim + "-not"} {
		if err := os.Symlink(target, name); err != nil {
			t.Skipf("no links here: %v", err)
		}
	}
	for _, name := range []string{"file.json", "folder/victim", "deep/folder/victim", "deep/folder/new", "dangling"} {
		abs, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"-o", name}, {"-o", abs}, {"--baseline", name, "--update-baseline"}} {
			got := mcpaudit(t, append([]string{"scan"}, args...)...)
			if got.code != exitUsage || !strings.Contains(got.err, "is a link, and nothing is written through links") {
				t.Errorf("%q: code %d: %s", args, got.code, got.err)
			}
		}
	}
	if read(t, victim) != "precious" {
		t.Error("written through a link")
	}
	if entries, err := os.ReadDir(filepath.Dir(victim)); err != nil || len(entries) != 1 {
		t.Errorf("beside the link's target stand %v, %v", entries, err)
	}
}

func TestOutputToADevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("devices have no path")
	}
	inTree(t, map[string]string{"server.py": shell})
	if got := mcpaudit(t, "scan", "-o", os.DevNull); got.code != exitUsage || !strings.Contains(got.err, "is not a regular file") {
		t.Errorf("code %d: %s", got.code, got.err)
	}
}

// Whatever runs at once, the audit reads the same.
func TestJobsChangeNothing(t *testing.T) {
	files := map[string]string{}
	for i := range 40 {
		name := fmt.Sprintf("pkg%02d/server.py", i%7*10+i)
		files[name] = strings.Replace([]string{shell, weak, clean}[i%3], "ping", fmt.Sprintf("ping_%d", i), 1)
	}
	files["a.py"], files["z.py"] = "\x00", "\xff"
	inTree(t, files)
	for _, format := range report.Formats {
		one := mcpaudit(t, "scan", "--format", string(format), "--jobs", "1")
		for range 3 {
			if many := mcpaudit(t, "scan", "--format", string(format), "--jobs", "8"); many != one {
				t.Fatalf("%s: --jobs 8 gives\n%s\n--jobs 1\n%s", format, many.out, one.out)
			}
		}
	}
}

func TestSARIFOfAScan(t *testing.T) {
	inTree(t, map[string]string{"src/my server.py": shell, "silenced.py": strings.Replace(shell, "+ host)", "+ host)  # mcpaudit: ignore[command-injection] host is a literal", 1)})
	got := mcpaudit(t, "scan", "--format", "sarif")
	log, err := sarif.FromString(got.out)
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if len(run.Tool.Driver.Rules) != 1 || len(run.Results) != 2 {
		t.Fatalf("%d rules, %d results", len(run.Tool.Driver.Rules), len(run.Results))
	}
	r := run.Tool.Driver.Rules[0]
	if !slices.Contains(r.Properties.Tags, "external/cwe/cwe-078") || r.Properties.Properties["security-severity"] != "9.3" {
		t.Errorf("properties %+v", r.Properties)
	}
	if r.Help == nil || !strings.Contains(*r.Help.Markdown, "## Attack") || *r.HelpURI == "" {
		t.Error("no help")
	}
	silenced, open := run.Results[0], run.Results[1]
	if len(silenced.Suppressions) != 1 || *silenced.Suppressions[0].Justification != "host is a literal" || len(open.Suppressions) != 0 {
		t.Errorf("suppressions %+v and %+v", silenced.Suppressions, open.Suppressions)
	}
	at := open.Locations[0].PhysicalLocation
	if *at.ArtifactLocation.URI != "src/my%20server.py" || *at.ArtifactLocation.URIBaseID != "%SRCROOT%" || *at.Region.StartLine != 9 {
		t.Errorf("it stands at %+v", at)
	}
	steps := open.CodeFlows[0].ThreadFlows[0].Locations
	if first, last := steps[0].Location.PhysicalLocation.Region, steps[len(steps)-1].Location.PhysicalLocation.Region; *first.StartLine != 8 || *last.StartLine != 9 {
		t.Errorf("the flow leads from line %d to line %d", *first.StartLine, *last.StartLine)
	}
	if len(open.PartialFingerprints) != 1 || open.Properties.Properties["aivss"] == nil {
		t.Errorf("fingerprints %v, properties %v", open.PartialFingerprints, open.Properties)
	}
}

// The README's first command, and what the issue asks of it.
func TestDemoServers(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	s, code := scan(t, "testdata/servers")
	if code != exitOK || s.Summary.Findings < 16 {
		t.Errorf("code %d, %d findings", code, s.Summary.Findings)
	}
	for _, f := range s.Findings {
		if strings.Contains(f.Location.File, "-safe/") {
			t.Errorf("on a safe twin: %s at %s:%d", f.Check, f.Location.File, f.Location.Line)
		}
	}
	if _, code := scan(t, "testdata/servers", "--fail-on", "high"); code != exitFindings {
		t.Errorf("--fail-on high: code %d", code)
	}
	if _, code := scan(t, "testdata/servers/python-notes-safe", "testdata/servers/typescript-repo-safe", "--fail-on", "low"); code != exitOK {
		t.Errorf("--fail-on low on the safe twins: code %d", code)
	}
}

// Silence about a tool that could not be followed is never mistaken for safety.
func TestExplainCoverage(t *testing.T) {
	inTree(t, map[string]string{
		"server.py": `from mcp.server.fastmcp import FastMCP
from handlers import run
from gone import lost
from big import much
from library import transform

mcp = FastMCP("a")
mcp.add_tool(run)
mcp.add_tool(lost)
mcp.add_tool(much)

@mcp.tool()
def shout(text: str) -> str:
    return transform(text)

@mcp.tool()
def add(a: int, b: int) -> int:
    return a + b
`,
		"handlers.py":    "import os\ndef run(command: str) -> str:\n    os.system(command)\n    return 'done'\n",
		"big.py":         "def much(x: str) -> str:\n    return x\n" + strings.Repeat("# long\n", 200),
		".mcpaudit.yaml": "maxFileSize: 1000\n",
	})
	s, _ := scan(t, "--explain-coverage")
	var got []string
	for _, tool := range s.Tools {
		line := tool.Name
		if tool.Followed {
			line += " in " + tool.Handler.File
		}
		for _, g := range tool.Gaps {
			line += "; " + g.Kind + " " + g.Text
		}
		got = append(got, fmt.Sprintf("%s; %d findings", line, tool.Findings))
	}
	want := []string{
		"run in handlers.py; 1 findings",
		"lost; handler its handler comes from gone, which is not among the files that are audited; 0 findings",
		"much; handler its handler comes from big, which is not among the files that are audited; 0 findings",
		"shout in server.py; unknown call a call of unknown code receives the input: transform; 0 findings",
		"add in server.py; 0 findings",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s.Summary.NotFollowed != 2 {
		t.Errorf("%d are said not to be followed, want 2", s.Summary.NotFollowed)
	}
	if got := mcpaudit(t, "scan"); !strings.Contains(got.out, "2 of 5 entry points could not be followed") || !strings.Contains(got.out, "--explain-coverage") {
		t.Errorf("the summary hides it:\n%s", got.out)
	}
	if got := mcpaudit(t, "scan", "--explain-coverage"); !strings.Contains(got.out, "coverage of 5 entry points: 3 followed, 1 of them not into all that they call; 2 not followed") {
		t.Errorf("the list says\n%s", got.out)
	}
}
