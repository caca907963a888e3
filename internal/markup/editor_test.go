package markup

import (
	"strings"
	"testing"
)

func TestShort(t *testing.T) {
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
		if got := Short(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}

func TestInline(t *testing.T) {
	tests := []struct{ in, want string }{
		{"read_note gets cmd at subprocess.run (1.0): a-b", "read_note gets cmd at subprocess.run (1.0): a-b"},
		{"CVSS:4.0/AV:N/AC:L", "CVSS:4.0/AV:N/AC:L"},
		{"[click](command:evil)", `\[click\](command:evil)`},
		{"<command:evil>", `&lt;command:evil&gt;`},
		{"<img src=x onerror=y>", `&lt;img src=x onerror=y&gt;`},
		{"![x](http://e/p.png)", `!\[x\](http&#58;&#47;&#47;e/p.png)`},
		{"see http://a https://b //c", "see http&#58;&#47;&#47;a https&#58;&#47;&#47;b &#47;&#47;c"},
		{"WWW.evil.example a@b.c mailto:x", `WWW&#46;evil.example a&#64;b.c mailto&#58;x`},
		{"**bold** `code` _it_ __init__ ~~no~~", "\\*\\*bold\\*\\* \\`code\\` \\_it\\_ \\_\\_init\\_\\_ \\~\\~no\\~\\~"},
		{"# head\n---", `\# head ---`},
		{"---", `\---`},
		{"> quote", `&gt; quote`},
		{"1. list", `1\. list`},
		{"12) list", `12\) list`},
		{"+ list", `\+ list`},
		{"|a|b|", `\|a|b|`},
		{"9.3", "9.3"},
		{"-1 -x", "-1 -x"},
		{"$(alert) $x", `\$(alert) $x`},
		{"&lt;b&gt;", "&amp;lt;b&amp;gt;"},
		{"    code", "code"},
		{"", ""},
	}
	for _, test := range tests {
		if got := Inline(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}

func TestShortCode(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a.b", "`a.b`"}, {"a`b", "``a`b``"}, {"`", "`` ` ``"}, {"", "`  `"}, {"x``", "``` x`` ```"},
	}
	for _, test := range tests {
		if got := ShortCode(test.in); got != test.want {
			t.Errorf("%q: got %q, want %q", test.in, got, test.want)
		}
	}
}
