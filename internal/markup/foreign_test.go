package markup

import (
	"strings"
	"testing"
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
