package source

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// generate writes a file of about n lines in which no two functions are equal.
func generate(l Language, n int) string {
	var b strings.Builder
	for i := 0; strings.Count(b.String(), "\n") < n; i++ {
		if l == Python {
			fmt.Fprintf(&b, "def tool_%d(path: str, n: int = %d) -> str:\n    base = '/srv/%d'\n    if n > %d:\n        return base + path\n    for i in range(n):\n        base += f'{i}-{path}'\n    return open(base).read()\n\n", i, i, i, i)
		} else {
			fmt.Fprintf(&b, "function tool%d(path: string, n = %d) {\n  const base = `/srv/%d/${path}`;\n  if (n > %d) {\n    return base + path;\n  }\n  for (const x of [1, n]) {\n    console.error(x, base);\n  }\n  return readFile(base, { encoding: 'utf8' });\n}\n\n", i, i, i, i)
		}
	}
	return b.String()
}

func sameNodes(t *testing.T, got, want *Tree) {
	t.Helper()
	if len(got.nodes) != len(want.nodes) {
		t.Fatalf("%d nodes, fresh parse has %d", len(got.nodes), len(want.nodes))
	}
	for i := range got.nodes {
		g, w := got.nodes[i], want.nodes[i]
		g.id, w.id = 0, 0
		if g != w {
			t.Fatalf("node %d (%s): %+v, fresh parse has %+v (%s)", i, got.Kind(NodeID(i)), g, w, want.Kind(NodeID(i)))
		}
	}
}

func TestReparseEqualsFreshParse(t *testing.T) {
	for _, l := range []Language{Python, TypeScript} {
		text := NewText(generate(l, 200))
		tree := Parse(l, text, true)
		r := rand.New(rand.NewSource(1))
		bits := []string{"x", " ", "\n", "(", ")", "é", "\r\n", "'", "# c\n", "if x:\n  y = 1\n", ""}
		for i := range 400 {
			at := uint32(r.Intn(text.Len()))
			s := Span{at, at + uint32(r.Intn(3))}
			next, edit := text.Replace(s, bits[r.Intn(len(bits))])
			fresh := NewText(next.s)
			if fmt.Sprint(fresh.lines, fresh.crs) != fmt.Sprint(next.lines, next.crs) {
				t.Fatalf("edit %d: lines differ from a fresh scan after replacing %v by %q", i, s, edit.New)
			}
			tree = tree.Reparse([]Edit{edit}, next)
			text = next
			if again := Parse(l, text, false); !again.Node(0).HasError() {
				sameNodes(t, tree, again)
			}
			for n := range tree.nodes {
				if node := tree.nodes[n]; node.Next <= NodeID(n) || (n > 0 && node.Parent >= NodeID(n)) {
					t.Fatalf("edit %d: node %d does not enclose its children: %+v", i, n, node)
				}
			}
		}
		tree.Close()
	}
}

func BenchmarkParse(b *testing.B) {
	for _, l := range []Language{Python, TypeScript} {
		text := NewText(generate(l, 5000))
		b.Run(l.String(), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				Parse(l, text, false)
			}
		})
	}
}

func BenchmarkReparse(b *testing.B) {
	for _, l := range []Language{Python, TypeScript} {
		b.Run(l.String(), func(b *testing.B) {
			text := NewText(generate(l, 5000))
			tree := Parse(l, text, true)
			r := rand.New(rand.NewSource(1))
			b.ResetTimer()
			for b.Loop() {
				line := uint32(r.Intn(text.Lines()))
				at := text.lines[line] + uint32(len(text.Line(int(line))))
				next, edit := text.Replace(Span{at, at}, " ")
				tree = tree.Reparse([]Edit{edit}, next)
				text = next
			}
			tree.Close()
		})
	}
}
