package markup

import (
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	gtext "github.com/yuin/goldmark/text"
)

// TestForeign: a lesson keeps its Markdown and its code, and loses what would
// act: HTML, and links that run something.
func TestForeign(t *testing.T) {
	tests := []struct{ in, want string }{
		{"See [CWE](https://cwe.mitre.org) and `List<String>`.", "See [CWE](https://cwe.mitre.org) and `List<String>`."},
		{"[run](command:mcpaudit.x)", `[run]\(command:mcpaudit.x)`},
		{"[run]( <JavaScript:alert(1)>)", `[run]\( &lt;JavaScript:alert(1)>)`},
		{"[ref]: command:x", `[ref]\: command:x`},
		{"<script>x</script>", "&lt;script>x&lt;/script>"},
		{"<command:x>", "&lt;command:x>"},
		{"```html\n<b>\n```\n<b>", "```html\n<b>\n```\n&lt;b>"},
		{"`<b>` and ` <i>", "`&lt;b>` and ` &lt;i>"},
		{"an end ` that\nnever <b> comes", "an end ` that\nnever &lt;b> comes"},
		{"    ```\n<b>", "    ```\n&lt;b>"},
		{"- x\n  ```\n<b>", "- x\n  ```\n&lt;b>"},
		{"~~~~\n```\n<b>\n~~~\n<i>\n~~~~\n<u>", "~~~~\n```\n<b>\n~~~\n<i>\n~~~~\n&lt;u>"},
	}
	for _, test := range tests {
		if got := Foreign(test.in); got != test.want {
			t.Errorf("%q:\ngot  %q\nwant %q", test.in, got, test.want)
		}
	}
}

func TestClip(t *testing.T) {
	if got := Clip("short", 10); got != "short" {
		t.Errorf("got %q", got)
	}
	got := Clip("text\n```\n"+strings.Repeat("line\n", 100)+"```\n", 50)
	if !strings.HasSuffix(got, "\n```\n…") || len(got) > 60 {
		t.Errorf("got %q", got)
	}
}

// What a model writes does nothing, whatever it is.
func TestUntrusted(t *testing.T) {
	tests := []struct{ in, want string }{
		{"## Head\n\n- **a** and `b<c>`\n", "## Head\n\n- **a** and `b<c>`\n"},
		{"[run](command:mcpaudit.x)", `[run]\(command:mcpaudit.x)`},
		{"![x](https://e/p.png)", `!\[x]\(https&#58;&#47;&#47;e/p.png)`},
		{"see https://e/x and www.e.x or a@b.c", "see https&#58;&#47;&#47;e/x and www&#46;e.x or a&#64;b.c"},
		{"[a][b]\n\n[b]: https://e", "[a]\\[b]\n\n[b]\\: https&#58;&#47;&#47;e"},
		{"<script>x</script><img src=x>", "&lt;script>x&lt;/script>&lt;img src=x>"},
		{"```mermaid\ngraph TD\n```", "```\ngraph TD\n```"},
		{"```python\nx = \"<b>\"\n```\n<b>", "```python\nx = \"<b>\"\n```\n&lt;b>"},
		{"\x1b[31mred\u202e\r\nnext", `\u{1B}[31mred\u{202E}` + "\nnext"},
	}
	for _, test := range tests {
		if got := Untrusted(test.in); got != test.want {
			t.Errorf("%q:\ngot  %q\nwant %q", test.in, got, test.want)
		}
	}
}

// FuzzUntrusted draws the result as pages are drawn, raw HTML and automatic links on.
func FuzzUntrusted(f *testing.F) {
	for _, s := range []string{
		"` <img src=x>", "a `b\n<i>` `c", "- ```\n<img src=x>", "    ```\n<img src=x>", "> ```\n<img>", "[a](x) ![b](http://e) <http://e>", "[x]\n\n[x]:\nhttp://e", "\\`<b>`", "``` ` <b>\n```",
		"~~~\n<b>\n  ~~~\n<i>", "&lt;b&gt; <!-- x -->", "http\u200b://e www.e.x", "[^1]\n\n[^1]: http://e", "`a``<b>``", "- [ ] x\n\n      ```\n<b>", "\t```\n<b>", "1. a\n   ~~~\n<b>\n~~~\n<i>", "ftp://e/x", "[a\n](http://e)", "[a](<\nx>)", "!\n[b](x)",
	} {
		f.Add(s)
	}
	page := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(html.WithUnsafe()))
	f.Fuzz(func(t *testing.T, s string) {
		for name, text := range map[string]string{"untrusted": Untrusted(s), "foreign": Foreign(s)} {
			doc := page.Parser().Parse(gtext.NewReader([]byte(text)))
			ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
				switch n := n.(type) {
				case *ast.RawHTML, *ast.HTMLBlock:
					t.Errorf("%s: HTML in %q of %q", name, text, s)
				case *ast.Image, *ast.Link, *ast.AutoLink:
					if name == "untrusted" {
						t.Errorf("a link in %q of %q", text, s)
					}
					if l, ok := n.(*ast.Link); ok {
						if scheme, _, ok := strings.Cut(strings.ToLower(string(l.Destination)), ":"); ok && slices.Contains([]string{"javascript", "command", "data", "vscode", "file"}, scheme) {
							t.Errorf("%s: a link to %s in %q of %q", name, scheme, text, s)
						}
					}
				}
				return ast.WalkContinue, nil
			})
		}
	})
}
