package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"mcpaudit/internal/report"
)

var hostile = filepath.Join("testdata", "hostile")

// TestUntrustedTreeSilencesNothing compares what is found in the hostile
// repository with the comments in it, one to one, and counts what it tried.
func TestUntrustedTreeSilencesNothing(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	var want []string
	comment := regexp.MustCompile(`# finding: ([a-z0-9-]+)`)
	server := filepath.Join(hostile, "server.py")
	for i, line := range strings.Split(read(t, server), "\n") {
		for _, m := range comment.FindAllStringSubmatch(line, -1) {
			want = append(want, fmt.Sprintf("%s %s:%d", m[1], filepath.ToSlash(server), i+1))
		}
	}
	s, code := scan(t, hostile, "--untrusted", "--fail-on", "high")
	var got []string
	for _, place := range s.places() {
		if strings.Contains(place, filepath.ToSlash(server)) {
			got = append(got, place)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if code != exitFindings {
		t.Errorf("code %d", code)
	}
	// One settings file, one check document, three comments.
	if s.Summary.Suppressed != 0 || s.Summary.Ignored != 5 {
		t.Errorf("summary %+v", s.Summary)
	}
}

// evil are names that steer a terminal, a runner, a browser or a reader.
var evil = []string{
	"\x1b[2J\x1b]0;owned\x07.py",
	"a\n::error file=x::owned\n.py",
	"b%0A::add-mask::x.py",
	"c`</code>[x](command:evil)<img src=x onerror=alert(1)>.py",
	"d|e|\u202egnp.\u2066\u200b.py",
	"f g#?&%41;,=.py",
	"\t tab.py",
	"@user #1 https:evil.example.py",
}

func evilTree(t *testing.T) {
	t.Helper()
	inTree(t, nil)
	name := `"` + `\x1b[31m\u202e` + "`<b>|\\n::error::owned [x](command:evil)" + `"`
	server := strings.Replace(shell, "@mcp.tool()", "@mcp.tool(name="+name+")", 1)
	server = strings.Replace(server, "+ host)", "+ host)  # \x1b[31m\u202e ::error::code <img src=x>\n", 1)
	for _, name := range evil {
		write(t, name, server)
	}
	write(t, "silenced.py", strings.Replace(shell, "+ host)", "+ host)  # mcpaudit: ignore[command-injection] \x1b[31m\u202e<img src=x>](command:evil) ::error::reason", 1))
	write(t, "\x1b[31mbinary\n::error::.py", "\x00")
	if runtime.GOOS == "linux" { // elsewhere a name is text
		write(t, "\x9b31m\xff.py", "\x00")
	}
}

// TestNothingSteersTheReader runs over names, code and reasons that try to.
func TestNothingSteersTheReader(t *testing.T) {
	evilTree(t)
	for _, format := range report.Formats {
		got := mcpaudit(t, "scan", "--format", string(format))
		if got.code != exitOK || got.err != "" {
			t.Fatalf("%s: code %d: %s", format, got.code, got.err)
		}
		if strings.Count(got.out, "command-injection") < len(evil) {
			t.Errorf("%s: not all is reported:\n%s", format, got.out)
		}
		for i, r := range got.out {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) || r == utf8.RuneError {
				t.Errorf("%s: %U gets through: %q", format, r, got.out[max(0, i-30):min(len(got.out), i+30)])
				break
			}
		}
	}
}

// A runner takes each line that begins with :: for a command.
func TestNothingSpeaksToTheRunner(t *testing.T) {
	evilTree(t)
	command := regexp.MustCompile(`^::(error|warning|notice) file=[^:,\n]+,(line=\d+,endLine=\d+,col=\d+,endColumn=\d+,)?title=[^:,\n]+::`)
	for line := range strings.Lines(mcpaudit(t, "scan", "--format", "github").out) {
		if !command.MatchString(line) {
			t.Errorf("not one of our commands: %q", line)
		}
	}
	for line := range strings.Lines(mcpaudit(t, "scan").out) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("as text: %q", line)
		}
	}
}

// What a Markdown reader sees are our links and no HTML.
func TestMarkdownHoldsOurMarkupAlone(t *testing.T) {
	evilTree(t)
	out := []byte(mcpaudit(t, "scan", "--format", "markdown").out)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(out))
	err := ast.Walk(doc, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if enter && !strings.HasPrefix(string(n.Destination), "https://cwe.mitre.org/") {
				t.Errorf("a link to %s", n.Destination)
			}
		case *ast.RawHTML, *ast.HTMLBlock, *ast.Image, *ast.AutoLink:
			if enter {
				t.Errorf("a %s in\n%s", n.Kind(), out)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Machines get names as they are, in their own escapes.
func TestNamesSurviveInJSONAndSARIF(t *testing.T) {
	evilTree(t)
	s, _ := scan(t, "--check", "command-injection")
	var names []string
	for _, f := range s.Findings {
		if f.Suppressed == nil {
			names = append(names, f.Location.File)
		}
	}
	want := slices.Sorted(slices.Values(evil))
	slices.Sort(names)
	if !slices.Equal(names, want) {
		t.Errorf("JSON names %q, want %q", names, want)
	}
	var log struct {
		Runs []struct {
			Results []struct {
				Suppressions []any
				Locations    []struct {
					PhysicalLocation struct{ ArtifactLocation struct{ URI string } }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(mcpaudit(t, "scan", "--format", "sarif", "--check", "command-injection").out), &log); err != nil {
		t.Fatal(err)
	}
	names = nil
	for _, r := range log.Runs[0].Results {
		if len(r.Suppressions) == 0 {
			uri, err := url.Parse(r.Locations[0].PhysicalLocation.ArtifactLocation.URI)
			if err != nil || uri.Scheme != "" || uri.RawQuery != "" || uri.Fragment != "" {
				t.Errorf("no relative URI: %+v, %v", uri, err)
				continue
			}
			names = append(names, uri.Path)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, want) {
		t.Errorf("SARIF names %q, want %q", names, want)
	}
}
