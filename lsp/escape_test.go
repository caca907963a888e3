package lsp

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a sentence, with 'quotes'", "a sentence, with 'quotes'"},
		{"two\nlines\tand\r\nmore", "two lines and  more"},
		{"\x1b[31mred\x07", `\u{1B}[31mred\u{7}`},
		{"a\u202eb\u200bc\U000e0041d", `a\u{202E}b\u{200B}c\u{E0041}d`},
		{"\ufeff\ufe0f\u2028", `\u{FEFF}\u{FE0F}\u{2028}`},
		{"größe 😀 名前", "größe 😀 名前"},
		{"bad\xffutf8", `bad\u{FFFD}utf8`},
		{strings.Repeat("x", 3000), strings.Repeat("x", maxShown) + "…"},
	}
	for _, test := range tests {
		if got := plain(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	tests := []struct{ in, want string }{
		{"subprocess.run gets cmd", "subprocess.run gets cmd"},
		{"[click](command:evil)", `\[click\]\(command&#58;evil\)`},
		{"<img src=x onerror=y>", `&lt;img src\=x onerror\=y&gt;`},
		{"![x](http://e/p.png)", `\!\[x\]\(http&#58;//e/p.png\)`},
		{"www.evil.example a@b.c", `www\.evil.example a&#64;b.c`},
		{"**bold** `code` _it_", "\\*\\*bold\\*\\* \\`code\\` \\_it\\_"},
		{"# head\n---", `\# head \-\-\-`},
		{"1. list", `1\. list`},
		{"read-only $(alert)", `read-only \$\(alert\)`},
		{"&lt;b&gt;", "&amp;lt;b&amp;gt;"},
	}
	for _, test := range tests {
		if got := markdown(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}

func TestCode(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a.b", "`a.b`"}, {"a`b", "``a`b``"}, {"`", "`` ` ``"}, {"", "`  `"}, {"x``", "``` x`` ```"},
	}
	for _, test := range tests {
		if got := code(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}
