package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	for _, c := range []struct {
		text  string
		lines []string
	}{
		{"", []string{""}},
		{"a", []string{"a"}},
		{"a\n", []string{"a", ""}},
		{"a\nb", []string{"a", "b"}},
		{"a\r\nb", []string{"a", "b"}},
		{"a\rb", []string{"a", "b"}},
		{"a\r", []string{"a", ""}},
		{"\r\n\r\n", []string{"", "", ""}},
		{"\n\r\n\r", []string{"", "", "", ""}},
		{"a\r\r\nb", []string{"a", "", "b"}},
		{"a\u2028b\vc\fd\u0085e", []string{"a\u2028b\vc\fd\u0085e"}}, // the protocol knows three line ends
	} {
		text := NewText(c.text)
		var lines []string
		for n := range text.Lines() {
			lines = append(lines, text.Line(n))
			if got := text.LineAt(text.LineStart(n)); got != n {
				t.Errorf("%q: line %d starts in line %d", c.text, n, got)
			}
		}
		if !slices.Equal(lines, c.lines) {
			t.Errorf("%q: lines %q, want %q", c.text, lines, c.lines)
		}
	}
}

// Every byte offset of a text, with its place in the three encodings.
func TestPosition(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // line:utf16/utf8/utf32 of each offset, offsets within a character left out
	}{
		{"ab\nc", "0:0/0/0 0:1/1/1 0:2/2/2 1:0/0/0 1:1/1/1"},
		{"é𝄞x", "0:0/0/0 0:1/2/1 0:3/6/2 0:4/7/3"},
		{"日本\r\nx", "0:0/0/0 0:1/3/1 0:2/6/2 0:3/7/3 1:0/0/0 1:1/1/1"},
		{"a\rb", "0:0/0/0 0:1/1/1 1:0/0/0 1:1/1/1"},
		{"e\u0301", "0:0/0/0 0:1/1/1 0:2/3/2"},
		{"\xff\xc3a", "0:0/0/0 0:1/1/1 0:2/2/2 0:3/3/3"},               // a byte that is no character counts as one
		{"\xed\xa0\x80", "0:0/0/0 0:1/1/1 0:2/2/2 0:3/3/3"},            // half a surrogate pair is no character
		{"\xf0\x9d\x84", "0:0/0/0 0:1/1/1 0:2/2/2 0:3/3/3"},            // nor is the beginning of one
		{"\ufffd\n\ufeffa", "0:0/0/0 0:1/3/1 1:0/0/0 1:1/3/1 1:2/4/2"}, // but these are
	} {
		text := NewText(c.text)
		offsets := []uint32{uint32(len(c.text))}
		for i := range c.text {
			offsets = append(offsets, uint32(i))
		}
		slices.Sort(offsets)
		var got []string
		for _, o := range offsets {
			a, b, d := text.Position(o, UTF16), text.Position(o, UTF8), text.Position(o, UTF32)
			got = append(got, fmt.Sprintf("%d:%d/%d/%d", a.Line, a.Column, b.Column, d.Column))
			if b.Line != a.Line || d.Line != a.Line {
				t.Errorf("%q: byte %d is in lines %d, %d, %d", c.text, o, a.Line, b.Line, d.Line)
			}
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%q:\n%s, want\n%s", c.text, got, c.want)
		}
	}
	text := NewText("ab\nc")
	for _, o := range []uint32{4, 5, 1 << 31} {
		if p := text.Position(o, UTF16); p != (Position{1, 1}) {
			t.Errorf("byte %d, past the end, is at %v", o, p)
		}
	}
}

func TestOffset(t *testing.T) {
	for _, c := range []struct {
		text string
		enc  Encoding
		at   Position
		want uint32
	}{
		{"ab\ncd", UTF16, Position{0, 0}, 0},
		{"ab\ncd", UTF16, Position{1, 1}, 4},
		{"ab\ncd", UTF16, Position{0, 9}, 2}, // past the line's end
		{"ab\r\ncd", UTF16, Position{0, 3}, 2},
		{"ab\rcd", UTF16, Position{0, 9}, 2},
		{"ab\ncd", UTF16, Position{1, 1 << 31}, 5},
		{"ab\ncd", UTF16, Position{2, 0}, 5}, // past the last line
		{"ab\ncd", UTF16, Position{1<<32 - 1, 1<<32 - 1}, 5},
		{"ab\n", UTF16, Position{1, 0}, 3},
		{"", UTF16, Position{0, 0}, 0},
		{"", UTF8, Position{3, 3}, 0},
		{"a𝄞b", UTF16, Position{0, 1}, 1},
		{"a𝄞b", UTF16, Position{0, 2}, 1}, // between the halves of a pair
		{"a𝄞b", UTF16, Position{0, 3}, 5},
		{"a𝄞b", UTF16, Position{0, 4}, 6},
		{"a𝄞b", UTF8, Position{0, 2}, 1}, // within a character
		{"a𝄞b", UTF8, Position{0, 4}, 1},
		{"a𝄞b", UTF8, Position{0, 5}, 5},
		{"a𝄞b", UTF32, Position{0, 2}, 5},
		{"a\xff\xfeb", UTF16, Position{0, 3}, 3},
		{"a\xff\xfeb", UTF8, Position{0, 3}, 3},
		{"a\ufffdb", UTF8, Position{0, 4}, 4},
		{"a\ufffdb", UTF8, Position{0, 3}, 1},
		{"x\n日本語", UTF16, Position{1, 2}, 8},
	} {
		if got := NewText(c.text).Offset(c.at, c.enc); got != c.want {
			t.Errorf("%q, encoding %d: %v is byte %d, want %d", c.text, c.enc, c.at, got, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	text := NewText("ab\ncd")
	for _, c := range []struct {
		r    Range
		want Span
	}{
		{Range{Position{0, 1}, Position{1, 1}}, Span{1, 4}},
		{Range{Position{1, 1}, Position{0, 1}}, Span{4, 4}}, // ends before it starts
		{Range{Position{0, 0}, Position{9, 9}}, Span{0, 5}},
	} {
		if got := text.Span(c.r, UTF16); got != c.want {
			t.Errorf("%v is %v, want %v", c.r, got, c.want)
		}
	}
	for s, want := range map[Span]string{{1, 4}: "b\nc", {3, 99}: "cd", {99, 100}: "", {4, 4}: ""} {
		if got := text.Slice(s); got != want {
			t.Errorf("%v holds %q, want %q", s, got, want)
		}
	}
	if r := text.Range(Span{1, 4}, UTF16); r != (Range{Position{0, 1}, Position{1, 1}}) {
		t.Errorf("range %v", r)
	}
}

func TestReplace(t *testing.T) {
	for _, c := range []struct {
		text string
		at   Span
		with string
		want string
	}{
		{"abc", Span{1, 2}, "xy", "axyc"},
		{"abc", Span{3, 3}, "d", "abcd"},
		{"abc", Span{9, 99}, "d", "abcd"},
		{"abc", Span{2, 1}, "x", "axbc"},
		{"", Span{0, 0}, "\r\n", "\r\n"},
		{"a\r\nb", Span{2, 3}, "", "a\rb"}, // the end of a line falls apart
		{"a\rb", Span{2, 2}, "\n", "a\r\nb"},
		{"a\nb", Span{1, 1}, "\r", "a\r\nb"},
		{"a\r\nb", Span{2, 2}, "x", "a\rx\nb"},
		{"\n\n", Span{1, 1}, "\r", "\n\r\n"},
		{"a\r\n\r\nb", Span{1, 4}, "", "a\nb"},
	} {
		got, edit := NewText(c.text).Replace(c.at, c.with)
		want := NewText(c.want)
		if got.String() != c.want || !slices.Equal(got.lines, want.lines) || got.crs != want.crs {
			t.Errorf("%q, %v by %q: %q with lines %v, want %q with %v", c.text, c.at, c.with, got, got.lines, c.want, want.lines)
		}
		if edit.New != c.with || edit.Span.End > uint32(len(c.text)) || edit.Span.Start > edit.Span.End {
			t.Errorf("%q, %v by %q: edit %+v", c.text, c.at, c.with, edit)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for name, want := range map[string]Language{
		"a.py": Python, "A.PY": Python, "a.pyw": Python, "a.js": JavaScript, "a.mjs": JavaScript, "a.cjs": JavaScript, "a.jsx": JavaScript,
		"a.ts": TypeScript, "a.mts": TypeScript, "a.cts": TypeScript, "a.tsx": TSX, "a.go": Go, "/x.d/a.ts": TypeScript, "d.ts": TypeScript,
		"a.d.ts": None, "a.D.TS": None, "a.d.mts": None, "a.d.cts": None, "a.pyi": None, "a.rs": None, "py": None, "": None, "a.py/": None,
	} {
		if got := LanguageOf(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// What an editor is told to send is what is read.
func TestExtensions(t *testing.T) {
	want := []string{".cjs", ".cts", ".go", ".js", ".jsx", ".mjs", ".mts", ".py", ".pyw", ".ts", ".tsx"}
	if got := Extensions(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
