package source

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	sitter "github.com/smacker/go-tree-sitter"
)

var languages = []Language{Python, JavaScript, TypeScript, TSX, Go}

// generate writes a file of at least n lines in which no two functions are equal.
func generate(l Language, n int) string {
	var b strings.Builder
	if l == Go {
		b.WriteString("package tools\n\n")
	}
	const python = `def tool_%[1]d(path: str, n: int = %[1]d) -> str:
    base = '/srv/%[1]d'
    if n > %[1]d:
        return base + path
    for i in range(n):
        base += f'{i}-{path}'
    return open(base).read()

`
	const javascript = "function tool%[1]d(path, n = %[1]d) {\n  const base = `/srv/%[1]d/${path}`;\n  if (n > %[1]d) {\n    return base + path;\n  }\n" +
		"  for (const x of [1, n]) {\n    console.error(x, base);\n  }\n  return readFile(base, { encoding: 'utf8' });\n}\n\n"
	const golang = `func tool%[1]d(path string, n int) string {
	base := "/srv/%[1]d"
	if n > %[1]d {
		return base + path
	}
	for i := range n {
		base += strconv.Itoa(i) + path
	}
	return read(base)
}

`
	text := map[Language]string{Python: python, JavaScript: javascript, TypeScript: strings.Replace(javascript, "path,", "path: string,", 1), Go: golang}
	text[TSX] = text[TypeScript]
	lines := strings.Count(text[l], "\n")
	for i := range (n + lines - 1) / lines {
		fmt.Fprintf(&b, text[l], i)
	}
	return b.String()
}

// binding walks a text with the binding's own cursor.
func binding(l Language, text *Text) (nodes []string) {
	p := sitter.NewParser()
	defer p.Close()
	p.SetLanguage(GrammarOf(l).sitter)
	tree, err := p.ParseCtx(context.Background(), nil, text.Bytes())
	if err != nil {
		panic(err) // only for want of a language, or at a limit that is not set
	}
	defer tree.Close()
	c := sitter.NewTreeCursor(tree.RootNode())
	defer c.Close()
	depth := 0
	for {
		n := c.CurrentNode()
		nodes = append(nodes, fmt.Sprint(depth, n.Type(), n.StartByte(), n.EndByte(), c.CurrentFieldName(), n.IsNamed(), n.IsError(), n.IsMissing(), n.IsExtra(), n.HasError()))
		if c.GoToFirstChild() {
			depth++
			continue
		}
		for !c.GoToNextSibling() {
			if !c.GoToParent() {
				return nodes
			}
			depth--
		}
	}
}

// The tree is what the binding says it is. This fails when the binding's runtime
// changes what tree.c declares of it.
func TestParseIsTheBindings(t *testing.T) {
	for _, l := range languages {
		for _, src := range []string{"", " ", generate(l, 30), "# é\nx = (1 +\n", generate(l, 10) + "\n}) 'x\n", "a(b, \x00, \xff)\r\n"} {
			tree := Parse(l, NewText(src), false)
			var got []string
			depth := make([]int, tree.Len())
			for i := range tree.Nodes() {
				n := tree.Node(NodeID(i))
				if i > 0 {
					depth[i] = depth[n.Parent] + 1
				}
				got = append(got, fmt.Sprint(depth[i], tree.Kind(NodeID(i)), n.Start, n.End, tree.FieldName(n.Field), n.Named(), n.Error(), n.Missing(), n.Extra(), n.HasError()))
			}
			if want := binding(l, tree.Text); !slices.Equal(got, want) {
				t.Errorf("%s %.40q: the trees differ:\n%s\nwant\n%s", l, src, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

func sameNodes(t *testing.T, what string, got, want *Tree) {
	t.Helper()
	if n := got.samePrefix(want.nodes); n < max(len(got.nodes), len(want.nodes)) {
		t.Fatalf("%s: %d nodes, a fresh parse has %d, they differ from node %d", what, len(got.nodes), len(want.nodes), n)
	}
}

// checkPrior checks that what a tree says was unchanged was, and that no node is
// said to come from two places.
func checkPrior(t *testing.T, what string, tree, old *Tree) {
	t.Helper()
	for n := range NodeID(tree.Len()) {
		o, ok := tree.Prior(n)
		if !ok {
			continue
		}
		if int(o) >= old.Len() || tree.TextOf(n) != old.TextOf(o) || tree.Kind(n) != old.Kind(o) || tree.nodes[n].Next-n != old.nodes[o].Next-o {
			t.Fatalf("%s: node %d %+v is not what node %d was", what, n, tree.nodes[n], o)
		}
		if n+1 < tree.nodes[n].Next {
			if child, ok := tree.Prior(n + 1); !ok || child != o+1 {
				t.Fatalf("%s: node %d is unchanged, its child is not", what, n)
			}
		}
	}
}

func checkEdit(t *testing.T, l Language, tree *Tree, s Span, with string) *Tree {
	t.Helper()
	what := fmt.Sprintf("%s, %v becomes %q", l, s, with)
	text, edit := tree.Text.Replace(s, with)
	fresh := NewText(text.s)
	if !slices.Equal(text.lines, fresh.lines) || text.crs != fresh.crs {
		t.Fatalf("%s: lines %v, a fresh scan finds %v", what, text.lines, fresh.lines)
	}
	next := tree.Reparse([]Edit{edit}, text)
	want := Parse(l, text, false)
	checkPrior(t, what, next, tree)
	for n := range next.nodes {
		if node := next.nodes[n]; node.Next <= NodeID(n) || n > 0 && node.Parent >= NodeID(n) {
			t.Fatalf("%s: node %d does not enclose what is below it: %+v", what, n, node)
		}
	}
	if next.Settled() {
		sameNodes(t, what, next, want)
	}
	if settled := next.Settle(); settled != next {
		sameNodes(t, what+", settled", settled, want)
		checkPrior(t, what+", settled", settled, next)
		next.Close()
		return settled
	}
	sameNodes(t, what+", settled", next, want)
	return next
}

// fuzzTexts are what the random edits put in.
var fuzzTexts = []string{
	"", "x", " ", "\n", "\r", "\r\n", "(", ")", "[", "{", "}", "é", "'", "\"", "`", "'''", "# c\n", "/*", "*/", ".", ",", ":", "=", "\t",
	"if x:\n  y = 1\n", "def f(a):\n    return a\n", "function f() { return 1 }\n", "func f() {}\n", "\n\n\n", "    ", "${", "\xff",
}

// FuzzEdits edits a small file: each byte triple is a place, a length and a text.
func FuzzEdits(f *testing.F) {
	r := rand.New(rand.NewSource(1))
	for l := range languages {
		edits := make([]byte, 3*20)
		r.Read(edits)
		f.Add(byte(l), edits)
	}
	f.Fuzz(func(t *testing.T, lang byte, edits []byte) {
		l := languages[int(lang)%len(languages)]
		tree := Parse(l, NewText(generate(l, 30)), true)
		for range 40 {
			if len(edits) < 3 {
				break
			}
			at := uint32(int(edits[0]) * tree.Text.Len() / 255)
			tree = checkEdit(t, l, tree, Span{at, at + uint32(edits[1]%4)}, fuzzTexts[int(edits[2])%len(fuzzTexts)])
			edits = edits[3:]
		}
		tree.Close()
	})
}

func TestReparseManyEdits(t *testing.T) {
	for _, l := range languages {
		r := rand.New(rand.NewSource(1))
		for range 10 {
			tree := Parse(l, NewText(generate(l, 60)), true)
			for range 20 {
				at := uint32(r.Intn(tree.Text.Len()))
				tree = checkEdit(t, l, tree, Span{at, at + uint32(r.Intn(4))}, fuzzTexts[r.Intn(len(fuzzTexts))])
			}
			tree.Close()
		}
	}
}

func TestReparseSeveralEdits(t *testing.T) {
	for _, l := range languages {
		tree := Parse(l, NewText(generate(l, 100)), true)
		r := rand.New(rand.NewSource(2))
		for range 50 {
			text, edits := tree.Text, []Edit(nil)
			for range 1 + r.Intn(4) {
				at := uint32(r.Intn(text.Len()))
				var e Edit
				text, e = text.Replace(Span{at, at + uint32(r.Intn(2))}, []string{"x", " ", "\n\n", "y = 1;\n"}[r.Intn(4)])
				edits = append(edits, e)
			}
			next := tree.Reparse(edits, text)
			checkPrior(t, l.String(), next, tree)
			settled := next.Settle()
			sameNodes(t, l.String(), settled, Parse(l, text, false))
			if settled != next {
				next.Close()
			}
			tree = settled
		}
		tree.Close()
	}
}

// Every function but the edited one is known to be what it was, wherever the edit
// is and though it breaks the text.
func TestReparseKeepsWhatIsUnchanged(t *testing.T) {
	for _, l := range languages {
		src := generate(l, 400)
		for _, c := range []struct{ name, before, with string }{
			{"a letter", "base + path", "x"},
			{"a space at a line's end", "base + path\n", " "},
			{"an open bracket", "base + path", "("},
			{"a blank line grows", "\n\n", "  "},
			{"a new line at the top", src[:5], "\n"},
		} {
			at := uint32(len(src) / 2)
			if i := strings.Index(src[at:], c.before); i >= 0 && c.name != "a new line at the top" {
				at += uint32(i) + uint32(len(strings.TrimRight(c.before, "\n")))
				if c.before == "\n\n" {
					at++
				}
			} else {
				at = 0
			}
			tree := Parse(l, NewText(src), true)
			text, edit := tree.Text.Replace(Span{at, at}, c.with)
			next := tree.Reparse([]Edit{edit}, text)
			known, functions := 0, 0
			for n := range next.Children(0) {
				if strings.HasPrefix(next.Kind(n), "function_de") {
					functions++
					if _, ok := next.Prior(n); ok {
						known++
					}
				}
			}
			if functions < 30 || known < functions-3 { // a repair may reach into its neighbours
				t.Errorf("%s, %s: of %d functions %d are known to be unchanged", l, c.name, functions, known)
			}
			next.Close()
		}
	}
}

// An unclosed quote changes the state in which Python's scanner reads all that
// follows, and the parser makes it anew; it is recognised all the same.
func TestReparseRecognisesWhatWasMadeAnew(t *testing.T) {
	tree := Parse(Python, NewText(generate(Python, 400)), true)
	at := uint32(strings.Index(tree.Text.s[tree.Text.Len()/2:], "base + path") + tree.Text.Len()/2)
	text, edit := tree.Text.Replace(Span{at, at}, "'")
	next := tree.Reparse([]Edit{edit}, text)
	defer next.Close()
	last := NodeID(0)
	for n := range next.Children(0) {
		last = n
	}
	if _, ok := next.Prior(last); !ok || !next.Node(0).HasError() {
		t.Errorf("the last function, %q, is not known to be unchanged", next.TextOf(last))
	}
}

// On this text tree-sitter's error recovery is quadratic.
func TestParseAbandons(t *testing.T) {
	t.Parallel()
	text := NewText(strings.Repeat(`"`, 300_000))
	tree := Parse(TypeScript, text, true)
	if !tree.Abandoned() || tree.Len() != 1 || !tree.Node(0).Error() || tree.Span(0) != (Span{0, 300_000}) {
		t.Fatalf("abandoned %v, %d nodes", tree.Abandoned(), tree.Len())
	}
	next, edit := text.Replace(Span{10, 300_000}, ";")
	again := tree.Reparse([]Edit{edit}, next)
	defer again.Close()
	if again.Abandoned() {
		t.Error("a short text is abandoned")
	}
	sameNodes(t, "after an abandoned text", again, Parse(TypeScript, next, false))
}

func TestTreeAccess(t *testing.T) {
	tree := Parse(Python, NewText("# c\ndef f(a, b=1):\n  return a\n"), false)
	f := NodeID(0)
	for n := range tree.NamedChildren(0) {
		f = n
	}
	if tree.Kind(f) != "function_definition" {
		t.Fatalf("the last named child is %s", tree.Kind(f))
	}
	name, ok := tree.Child(f, tree.Field("name"))
	if !ok || tree.TextOf(name) != "f" {
		t.Errorf("the name is %q", tree.TextOf(name))
	}
	if _, ok := tree.Child(f, tree.Field("no such field")); ok {
		t.Error("a field that does not exist has a node")
	}
	var kinds []string
	for n := range tree.Children(f) {
		kinds = append(kinds, tree.Kind(n))
	}
	if got := strings.Join(kinds, " "); got != "def identifier parameters : block" {
		t.Errorf("children %s", got)
	}
	for _, c := range []struct {
		span Span
		kind string
	}{
		{Span{8, 9}, "identifier"}, {Span{8, 8}, "identifier"}, {Span{10, 15}, "parameters"}, {Span{4, 20}, "function_definition"},
		{Span{0, 3}, "comment"}, {Span{0, 9}, "module"}, {Span{0, 999}, "module"}, {Span{999, 999}, "module"},
	} {
		if got := tree.Kind(tree.At(c.span)); got != c.kind {
			t.Errorf("at %v stands %s, want %s", c.span, got, c.kind)
		}
	}
	if _, ok := tree.Prior(0); ok {
		t.Error("a first parse has a prior")
	}
}

func BenchmarkParse(b *testing.B) {
	for _, l := range []Language{Python, TypeScript, Go} {
		text := NewText(generate(l, 5000))
		b.Run(l.String(), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				Parse(l, text, false)
			}
		})
	}
}

// BenchmarkFlatten walks a whole tree; its cost is a part of BenchmarkParse.
func BenchmarkFlatten(b *testing.B) {
	for _, l := range []Language{Python, TypeScript, Go} {
		tree := Parse(l, NewText(generate(l, 5000)), true)
		b.Run(l.String(), func(b *testing.B) {
			b.SetBytes(int64(tree.Text.Len()))
			for b.Loop() {
				tree.flatten(nil, hull{})
			}
		})
		tree.Close()
	}
}

// BenchmarkReparse edits text, tree and nodes of a 5,000-line file.
func BenchmarkReparse(b *testing.B) {
	for _, l := range []Language{Python, TypeScript, Go} {
		for _, c := range []struct {
			name, with string
			top        bool
		}{{"space", " ", false}, {"bracket", "(", false}, {"quote", "'", false}, {"line-at-top", "\n", true}} {
			b.Run(l.String()+"/"+c.name, func(b *testing.B) {
				text := NewText(generate(l, 5000))
				tree := Parse(l, text, true)
				r := rand.New(rand.NewSource(1))
				typing := true
				at := uint32(0)
				for b.Loop() {
					s, with := Span{at, at + uint32(len(c.with))}, ""
					if typing {
						if !c.top {
							line := r.Intn(text.Lines())
							at = text.lines[line] + uint32(len(text.Line(line)))
						}
						s, with = Span{at, at}, c.with
					}
					typing = !typing
					next, edit := text.Replace(s, with)
					tree = tree.Reparse([]Edit{edit}, next)
					text = next
				}
				tree.Close()
			})
		}
	}
}
