package report

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"one two", []string{"one two"}},
		{"one  two three", []string{"one two", "three"}},
		{"a/path/that/is/long x", []string{"a/path/that/is/long", "x"}},
		{"日本語 日本", []string{"日本語", "日本"}}, // two columns each
	} {
		if got := wrap(c.text, 8); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestWindowShowsTheMark(t *testing.T) {
	long := strings.Repeat("a", 50) + "MARK" + strings.Repeat("z", 50)
	for _, c := range []struct {
		text  string
		at    int
		shown string
		moved int
	}{
		{"short", 3, "short", 0},
		{"at the start " + strings.Repeat("x", 30), 3, "at the start xxxxxx…", 0},
		{long, 50, "…aaaaaaMARKzzzzzzzz…", 43},
		{strings.Repeat("日", 25) + "MARK", 50, "…日日日MARK", 43},
	} {
		shown, moved := window(c.text, c.at, 20)
		if shown != c.shown || moved != c.moved {
			t.Errorf("%q: %q moved by %d, want %q by %d", c.text, shown, moved, c.shown, c.moved)
		}
	}
}

// steps renders the steps that lead through two files, told by what they mark.
func steps(t *testing.T, width int, marks ...[3]string) string {
	t.Helper()
	texts := map[string]string{
		"/src/a.py": "def find(name):\n    return run(name + ' and a long text, longer than the terminal is wide', name)\n",
		"/src/b.py": "\tdef run(x): os.system(x)\n",
	}
	v := view{Report: &audit.Report{}, Options: Options{Base: "/src", Width: width}, files: map[string]*audit.FileResult{}}
	for path, text := range texts {
		v.files[path] = &audit.FileResult{Path: path, Text: source.NewText(text)}
	}
	var all []rule.Step
	for _, m := range marks {
		i := uint32(strings.Index(texts[m[0]], m[1]))
		all = append(all, rule.Step{Path: m[0], Span: source.Span{Start: i, End: i + uint32(len(m[1]))}, Text: m[2]})
	}
	var out bytes.Buffer
	b := bufio.NewWriter(&out)
	v.textFrames(b, "/src/a.py", all)
	b.Flush()
	return out.String()
}

func TestFramesOfAPath(t *testing.T) {
	got := steps(t, 60,
		[3]string{"/src/a.py", "name", "the caller chooses name"},
		[3]string{"/src/a.py", "name +", "is put into a text"},
		[3]string{"/src/a.py", "name +", "is passed on"},
		[3]string{"/src/b.py", "os.system(x)", "a shell runs it, whatever stands in it"},
		[3]string{"/elsewhere.py", "", "and a file that is not at hand"},
	)
	want := `      1 │ def find(name):
        │          ^^^^ the caller chooses name
      2 │ return run(name + ' and a long text, longer than …
        │            ^^^^^^ is put into a text
        │            is passed on
     in b.py:1
      1 │ def run(x): os.system(x)
        │             ^^^^^^^^^^^^
        │             a shell runs it, whatever stands in it
          and a file that is not at hand
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever the code is, no line of a frame is wider than the terminal.
func FuzzFrame(f *testing.F) {
	f.Add("x = 日本語 + '\x1b[31m' \u202e\t\t", uint8(4), uint8(9))
	f.Add(strings.Repeat("wide", 100), uint8(200), uint8(250))
	f.Fuzz(func(t *testing.T, text string, from, to uint8) {
		n := source.NewText(text)
		start, end := min(int(from), len(text)), min(int(to), len(text))
		v := view{Report: &audit.Report{}, Options: Options{Width: 80}, files: map[string]*audit.FileResult{"/a.py": {Text: n}}}
		var out bytes.Buffer
		b := bufio.NewWriter(&out)
		v.textFrames(b, "/a.py", []rule.Step{{Path: "/a.py", Span: source.Span{Start: uint32(start), End: uint32(max(start, end))}, Text: "note"}})
		b.Flush()
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			if strings.IndexFunc(line, markup.Hidden) >= 0 || runewidth.StringWidth(line) > 80 {
				t.Errorf("%q shows %q, %d columns", text, line, runewidth.StringWidth(line))
			}
		}
	})
}
