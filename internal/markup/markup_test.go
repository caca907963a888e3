package markup

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzEscape(f *testing.F) {
	f.Add("a`b[c](d)<e>\x1b\u202e")
	f.Add("\x9b31m\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{Plain(s), Markdown(s), Code(s), XML(s)} {
			if strings.IndexFunc(out, Hidden) >= 0 || !utf8.ValidString(out) {
				t.Errorf("%q lets something hidden through: %q", s, out)
			}
		}
		if strings.ContainsAny(XML(s), "<>\"") || strings.ContainsAny(Markdown(s), "<") {
			t.Errorf("%q keeps HTML: %q", s, Markdown(s))
		}
	})
}
