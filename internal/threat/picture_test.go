package threat

import (
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var shots = flag.String("pictures", "", "write the pictures of the tests into this folder, to look at them")

// tools makes a server of n tools, a tenth of them flawed.
func tools(n int) string {
	var b strings.Builder
	b.WriteString("import subprocess, sqlite3, pathlib, requests\nfrom mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP(\"tools\")\nBASE = pathlib.Path(\"/srv/notes\")\nDB = sqlite3.connect(\"notes.db\")\n")
	for i := range n {
		body := []string{
			"return (BASE / \"index.txt\").read_text()",
			"return str(DB.execute(\"SELECT body FROM notes WHERE title = ?\", (name,)).fetchall())",
			"return requests.get(\"https://api.example.com/v1\", timeout=5).text",
			"return name.upper()",
			"(BASE / \"last.txt\").write_text(name)\n    return \"kept\"",
		}[i%5]
		switch i {
		case 2:
			body = "return subprocess.run(\"convert \" + name, shell=True, capture_output=True, timeout=5).stdout.decode()"
		case 7:
			body = "return requests.get(name, timeout=5).text"
		case 11:
			body = "return (BASE / name).read_text()"
		}
		fmt.Fprintf(&b, "\n\n@mcp.tool()\ndef tool_%02d(name: str) -> str:\n    \"\"\"Do the work of number %d.\"\"\"\n    %s\n", i, i, body)
	}
	b.WriteString("\n\nif __name__ == \"__main__\":\n    mcp.run(transport=\"streamable-http\", host=\"0.0.0.0\")\n")
	return b.String()
}

func modelOf(t *testing.T, source string) *Model {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "server.py"), []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	models, _ := scan(t, root)
	return only(t, models)
}

// Pictures of few, some and many tools: what is worst has a box of its own, in front;
// the rest stands together, and nothing is lost.
func TestPictureOfAnySize(t *testing.T) {
	for _, n := range []int{3, 15, 80} {
		m := modelOf(t, tools(n))
		p := m.Draw()
		svg := p.SVG(Auto)
		wellFormed(t, svg)
		if *shots != "" {
			for _, theme := range Themes {
				name := filepath.Join(*shots, fmt.Sprintf("tools-%d-%s.svg", n, theme))
				if err := os.WriteFile(name, []byte(p.SVG(theme)), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(*shots, fmt.Sprintf("tools-%d.mmd", n)), []byte(p.Mermaid()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if p.Entries[0].Name != "tool_02" || !p.Entries[0].Worst.Scored {
			t.Errorf("%d tools: %q is in front", n, p.Entries[0].Name)
		}
		if len(p.Entries) > 24 {
			t.Errorf("%d tools: %d boxes", n, len(p.Entries))
		}
		together := 0
		for _, b := range p.Entries {
			if many := regexp.MustCompile(`^(\d+) tools$`).FindStringSubmatch(b.Kind); many != nil {
				var k int
				fmt.Sscan(many[1], &k)
				together += k
			} else if b.Kind == "tool" {
				together++
			}
		}
		if together != n {
			t.Errorf("%d tools: the picture shows %d", n, together)
		}
		if (n > 10) != (p.Folded != "") {
			t.Errorf("%d tools: folded %q", n, p.Folded)
		}
	}
}

// The arrow of a finding ends where its text gets through, with the score; others are
// plain.
func TestArrowsOfFindings(t *testing.T) {
	p := modelOf(t, tools(3)).Draw()
	var got []string
	for _, a := range p.Arrows {
		to := "server"
		if a.To != nil {
			to = a.To.ID
		}
		got = append(got, fmt.Sprintf("%s %s %t", a.From.Name, to, a.Worst.Scored))
	}
	want := []string{"AI client server false", "Others server true", "tool_02 shell true", "tool_01 database false", "tool_00 files false"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// Each drawing is the same every time.
func TestPicturesAreTheSameEveryTime(t *testing.T) {
	source := tools(15)
	a, b := modelOf(t, source).Draw(), modelOf(t, source).Draw()
	if a.SVG(Auto) != b.SVG(Auto) || a.Mermaid() != b.Mermaid() {
		t.Error("two drawings of one server differ")
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	d.Strict = true
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			if !slices.Contains([]string{"svg", "title", "desc", "style", "rect", "path", "text"}, e.Name.Local) {
				t.Errorf("an element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
					t.Errorf("an attribute %s", a.Name.Local)
				}
			}
		}
	}
}

// mermaidLine is every form of line that a drawing is made of.
var mermaidLine = regexp.MustCompile(`^(?:flowchart LR|  (?:    )?\w+(?:\(\[|\[)"[^"\n` + "`" + `]*"(?:\]\)|\])|    \w+\["[^"\n` + "`" + `]*"\]|  subgraph \w+ \["[^"\n]*"\]|  end|  \w+ (?:-->|==>)(?:\|"[^"\n]*"\|)? \w+|  linkStyle \d+ stroke:#\w+|  classDef \w+ [a-z0-9:#,-]+|  class [\w,]+ \w+|  style \w+ [a-z0-9:, -]+)$`)

func FuzzPicture(f *testing.F) {
	for _, s := range []string{
		"notes", "end", "a\"] --> b", "<script>alert(1)</script>", "]]>", "`**x**`", "click n0 \"javascript:alert(1)\"", "%%{init: {}}%%", "#quot;", "\x00\u202e", strings.Repeat("x", 9000), "日本語の道具", "a\nend\nb", "&lt;",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, note string) {
		b, to := &Box{ID: "e0", Kind: "tool", Name: name, Notes: []string{note}, Count: 1}, &Box{ID: "shell", Name: note}
		p := &Picture{Title: name, Subtitle: note, Warning: note, Actors: []*Box{{ID: "client", Name: name, Notes: []string{note}}}, Entries: []*Box{b}, Inside: []*Box{to},
			Arrows: []*Arrow{{From: b, To: to, Label: note}}, Folded: note}
		wellFormed(t, p.SVG(Dark))
		for line := range strings.Lines(p.Mermaid()) {
			line = strings.TrimSuffix(line, "\n")
			rest := strings.NewReplacer("<b>", "", "</b>", "", "<br/>", "").Replace(line)
			if !mermaidLine.MatchString(line) || strings.Contains(strings.NewReplacer("-->", "", "==>", "").Replace(rest), "<") {
				t.Errorf("%q makes the line %q", name, line)
			}
		}
	})
}
