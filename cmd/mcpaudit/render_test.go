package main

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"mcpaudit/checks"
)

func TestRenderMarkdown(t *testing.T) {
	const markdown = "# The title\nProse that is **long enough** to be\nbroken at `a code\nspan`, and 日本語 too.\n\n- one item that is longer than a line is wide\n  - below it\n- two\n\n3. third\n4. fourth\n\n## Code\n```go\nfunc f() {\n\tg() // finding\n\n}\n```\nSee [the page](https://example.org/a-long/address) or <https://example.org>.\n\n> quoted\n"
	for _, c := range []struct {
		name  string
		color bool
		want  string
	}{
		{"plain", false, `The title

  Prose that is long enough to
  be broken at ` + "`a code span`,\n" + `  and 日本語 too.

  • one item that is longer
    than a line is wide
      • below it
  • two

  3. third
  4. fourth

Code

    func f() {
        g() // finding

    }

  See the page
  https://example.org/a-long/address
  or https://example.org.

    quoted
`},
		{"in colour", true, "\x1b[1;33mThe title\x1b[0m\n\n  Prose that is \x1b[1mlong\x1b[0m \x1b[1menough\x1b[0m to\n  be broken at \x1b[36ma\x1b[0m \x1b[36mcode\x1b[0m \x1b[36mspan\x1b[0m,\n  and 日本語 too.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := renderMarkdown(markdown, 30, c.color); !strings.HasPrefix(got, c.want) || !c.color && got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// Every lesson fits the terminal but for code and addresses, and loses no word.
func TestLessonsRender(t *testing.T) {
	all, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all.All() {
		got := renderMarkdown(c.Lesson, 80, false)
		for line := range strings.Lines(got) {
			line = strings.TrimRight(line, "\n")
			if runewidth.StringWidth(line) > 80 && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s: %d columns: %s", c.ID, runewidth.StringWidth(line), line)
			}
		}
		for _, word := range []string{"Attack\n", "Vulnerable\n", "Learn more\n", "https://"} {
			if strings.Contains(c.Lesson, word) != strings.Contains(got, word) {
				t.Errorf("%s: %q in the lesson or in what is shown, not in both", c.ID, word)
			}
		}
	}
}

func FuzzRenderMarkdown(f *testing.F) {
	f.Add("# a\n- b\n  1. `c`\n\n    d\n> e\n<b>\n[f](g)\n***\n")
	f.Fuzz(func(t *testing.T, markdown string) {
		renderMarkdown(visible(markdown), 40, true)
	})
}
