package source

import (
	"fmt"
	"strings"
	"testing"
)

// show writes a value with the text at its place.
func show(v *Value, text *Text) string {
	switch v.Kind {
	case Object:
		var parts []string
		for _, m := range v.Members {
			parts = append(parts, fmt.Sprintf("%s=%s", text.Slice(m.Span), show(m.Value, text)))
		}
		return "{" + strings.Join(parts, " ") + "}"
	case Array:
		var parts []string
		for _, e := range v.Elements {
			parts = append(parts, show(e, text))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprintf("%s<%s>", text.Slice(v.Span), v.Text)
}

func TestDocuments(t *testing.T) {
	for _, test := range []struct {
		lang       Language
		text, want string
	}{
		{JSON, `{"a": "x\u0041", "a": [1, true, null, {"b": {}}]}`, `{"a"="x\u0041"<xA> "a"=[1<1> true<true> null<null> {"b"={}}]}`},
		{JSON, ` "s" `, `"s"<s>`},
		{TOML, "a = 'x' # c\nb.'c d' = [1, # one\n# two\n [\"y\"]]\n[t.u]\nk = {v = 2, w = [true]}\n[[l]]\nx = 1979-05-27\n[[l]]\n[l.m]\ny = 1\n",
			`{a='x'<x> b={'c d'=[1<1> ["y"<y>]]} t={u={k={v=2<2> w=[true<true>]}}} l=[{x=1979-05-27<1979-05-27>} {m={y=1<1>}}]}`},
	} {
		text := NewText(test.text)
		tree := Parse(test.lang, text, false)
		if tree.Fault != nil {
			t.Errorf("%s: %s", test.text, tree.Fault.Reason)
		} else if got := show(tree.Data, text); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.text, got, test.want)
		}
	}
}

func TestDocumentsThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		lang     Language
		text, at string
	}{
		{JSON, `{"a": 1,}`, "}"},
		{JSON, `{"a": // no`, "/"},
		{JSON, ``, ""},
		{JSON, `{"a`, "a"},
		{JSON, strings.Repeat("[", 300) + strings.Repeat("]", 300), "["},
		{JSON, strings.Repeat("[", 1<<20), "["},
		{TOML, "a = 1\nb = ", " "},
		{TOML, "a = " + strings.Repeat("[", 1<<20), "["},
		{TOML, "a = " + strings.Repeat("[", 300) + strings.Repeat("]", 300), "a"},
		{TOML, strings.Repeat("a.", 1<<19) + "b = 1", "a"},
		{TOML, "[" + strings.Repeat("a.", 1<<19) + "b]", "["},
	} {
		text := NewText(test.text)
		tree := Parse(test.lang, text, false)
		name := test.text[:min(len(test.text), 20)]
		if tree.Data != nil || tree.Fault == nil || !tree.Node(0).HasError() {
			t.Errorf("%s: %v, %v", name, tree.Data, tree.Fault)
		} else if got := text.Slice(tree.Fault.Span); got != test.at {
			t.Errorf("%s: the fault is at %q, want %q", name, got, test.at)
		}
	}
}

func TestValueOfNothing(t *testing.T) {
	tree := Parse(JSON, NewText(`{"a": {"b": "x"}, "a": {"b": "y", "t": true, "l": [1]}}`), false)
	a := tree.Data.Get("a")
	if a.Get("b").Str() != "y" || !a.Get("t").True() || len(a.Get("l").List()) != 1 {
		t.Errorf("the last of two members does not count: %v", a)
	}
	if none := a.Get("c", "d"); none.Str() != "" || none.True() || none.List() != nil || none.Member("x") != nil {
		t.Error("what is not there has a value")
	}
}

// TestManyMembers holds the reading of a document to a time that grows with it.
func TestManyMembers(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&b, "k%d.a = 1\n", i)
	}
	if tree := Parse(TOML, NewText(b.String()), false); tree.Fault != nil || len(tree.Data.Members) != 60_000 {
		t.Errorf("%v", tree.Fault)
	}
}

// TestCommentsOfDocuments finds the comments of TOML, which are nodes as in code.
func TestCommentsOfDocuments(t *testing.T) {
	text := NewText("# one\na = [ # two\n# three\n1] # four\n")
	tree := Parse(TOML, text, false)
	var got []string
	for c := range tree.Children(0) {
		got = append(got, tree.Kind(c)+tree.TextOf(c))
	}
	if want := "comment# one comment# two comment# three comment# four"; strings.Join(got, " ") != want {
		t.Errorf("%q", got)
	}
	if n := tree.At(Span{12, 13}); tree.TextOf(n) != "# two" {
		t.Errorf("at 12 stands %q", tree.TextOf(n))
	}
}

func FuzzDocument(f *testing.F) {
	f.Add(true, `{"a": ["x", 1, null, {"b": "\u0000"}]}`)
	f.Add(false, "a.b = 'x' # c\n[[t]]\nv = {k = [1, 2]}\n[t.'']\n\"\" = \"\"\"\nz\"\"\"")
	f.Fuzz(func(t *testing.T, isJSON bool, s string) {
		lang := TOML
		if isJSON {
			lang = JSON
		}
		text := NewText(s)
		tree := Parse(lang, text, true)
		if (tree.Data == nil) == (tree.Fault == nil) {
			t.Fatalf("%v and %v", tree.Data, tree.Fault)
		}
		if tree.Fault != nil && int(tree.Fault.Span.End) > len(s) {
			t.Errorf("the fault is beyond the text: %v", tree.Fault.Span)
		}
		end := uint32(0)
		for c := range tree.Children(0) {
			if n := tree.Node(c); n.Start < end || int(n.End) > len(s) {
				t.Errorf("the comment at %d stands before %d or beyond the text", n.Start, end)
			} else {
				end = n.End
			}
		}
		var check func(v *Value)
		place := func(s2 Span) {
			if s2.End < s2.Start || int(s2.End) > len(s) {
				t.Errorf("the place %v is none of the text", s2)
			}
		}
		check = func(v *Value) {
			place(v.Span)
			for _, e := range v.Elements {
				check(e)
			}
			for _, m := range v.Members {
				place(m.Span)
				check(m.Value)
			}
		}
		if tree.Data != nil {
			check(tree.Data)
		}
	})
}
