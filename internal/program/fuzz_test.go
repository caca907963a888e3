package program

// fuzz_test.go checks on any text that lowering does not fail, keeps its
// promises of positions, and gives after an edit what a fresh lowering gives.

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"mcpaudit/internal/source"
)

func FuzzLower(f *testing.F) {
	for _, seed := range []string{
		"def f(a):\n  return lambda b: a+b\n",
		"class A { @D() m(a, b = () => 1) { return `x${a}` } }\nexport const f = async ({ a }) => a?.b",
		"package p\nfunc f(a int) error { return func() error { return nil }() }\n",
		"server.tool('x', { a: z.string() }, async ({ a }) => {\n  const { exec } = require('child_process');\n  exec(a)\n",
		"function f(a {\n if (x) { exec(a) \n}\nclass { static {",
		"<a b={c}>{...d}</a>",
		"import os as o\nclass A(B):\n  x = o.y\n  def __init__(self, c: 'o.Z'):\n    self.c = c\n    self.d = f\"{o}{self.x}\"\n  def m(self):\n    with self.c.open() as (g, *h):\n      return [i for i in g if (j := i)]\n",
		"package p\nimport (\n\"os/exec\"\n)\ntype T struct { *exec.Cmd; f func() }\nfunc (t *T) M() (n int, err error) { v, ok := t.f.(X); switch v := v.(type) { case int: return }; return }\n",
		"class A extends B { #x = 1; constructor(private y: C) { super(); this.z = y.q; } get v() { return this.#x } }\nenum E { A = 'a', B }\n",
	} {
		for l := source.Python; l <= source.Go; l++ {
			f.Add(uint8(l), seed, uint16(len(seed)/2), uint8(1), "x")
			f.Add(uint8(l), seed, uint16(3), uint8(0), "// c\n")
		}
	}
	f.Fuzz(func(t *testing.T, lang uint8, src string, at uint16, cut uint8, with string) {
		l := source.Python + source.Language(lang)%(source.Go-source.Python+1)
		checkEdit(t, l, src, source.Span{Start: uint32(at), End: uint32(at) + uint32(cut)}, with)
	})
}

// checkEdit lowers a text, edits it, and compares the lowering that takes
// functions over with one from the start.
func checkEdit(t *testing.T, l source.Language, src string, at source.Span, with string) {
	t.Helper()
	text := source.NewText(src)
	tree := source.Parse(l, text, true)
	before := Lower("f", tree, nil)
	checkForm(t, before)
	next, edit := text.Replace(at, with)
	tree = tree.Reparse([]source.Edit{edit}, next)
	defer tree.Close()
	after := Lower("f", tree, before)
	checkForm(t, after)
	fresh := Lower("f", tree, nil)
	if got, want := dump(after), dump(fresh); got != want {
		t.Fatalf("%v: after replacing %v by %q in %q, lowering gives\n%s\na fresh one\n%s", l, at, with, src, got, want)
	}
	if len(after.Funcs) != len(fresh.Funcs) {
		t.Fatalf("%d functions, a fresh lowering has %d", len(after.Funcs), len(fresh.Funcs))
	}
	for i := range fresh.Funcs {
		a, b := after.Funcs[i], fresh.Funcs[i]
		if a.Start != b.Start || a.Len != b.Len || a.Parent != b.Parent || a.Hash != b.Hash || a.NameSpan != b.NameSpan {
			t.Fatalf("function %d: %+v, a fresh lowering has %+v", i, a, b)
		}
	}
	if !reflect.DeepEqual(after.Imports, fresh.Imports) {
		t.Fatalf("imports %+v, a fresh lowering has %+v", after.Imports, fresh.Imports)
	}
	resolveAll(before) // so that after takes over what is known of names
	if got, want := resolveAll(after), resolveAll(fresh); got != want {
		t.Fatalf("%v: after replacing %v by %q in %q, names resolve to\n%s\nafresh to\n%s", l, at, with, src, got, want)
	}
}

// resolveAll resolves and folds every value of a file.
func resolveAll(f *File) string {
	var b strings.Builder
	for i := range f.Funcs {
		f.Funcs[i].Walk(func(_ *Stmt, v *Value) bool {
			if v == nil {
				return true
			}
			text, ok := f.ConstString(i, v)
			b.WriteString(f.Canonical(i, v) + " " + strconv.Itoa(target(f, i, v)) + " " + text + strconv.FormatBool(ok))
			if v.Op == OpIdent {
				bound := f.Lookup(i, v.Name)
				b.WriteString(" " + strconv.Itoa(int(bound.Kind)) + " " + strconv.Itoa(len(bound.Assigns)))
			}
			b.WriteByte('\n')
			return true
		})
	}
	return b.String()
}

// TestTakesOver shows that an edit in one closure leaves its siblings, and what
// is nested in them, the same objects.
func TestTakesOver(t *testing.T) {
	for l, src := range map[source.Language]string{
		source.TypeScript: "function outer() {\n" + strings.Repeat("  server.tool('x', { a: z.string() }, async ({ a }) => {\n    const b = a + `1${a}`;\n    return list.map(x => f(x, b, { c: 1 }));\n  });\n", 20) + "}\n",
		source.Python:     "def outer():\n" + strings.Repeat("  @tool(name='x')\n  def f(a: str, b: int = 2):\n    c = a + f'{b}'\n    return [c, lambda x: g(x, c, {'c': 1})]\n", 20),
		source.Go:         "package p\nfunc outer() {\n" + strings.Repeat("\ts.AddTool(mcp.NewTool(\"x\"), func(a, b string) (string, error) {\n\t\tc := a + \"1\" + b\n\t\treturn run(func() { f(a, b, c, d) }), nil\n\t})\n", 20) + "}\n",
	} {
		text := source.NewText(src)
		tree := source.Parse(l, text, true)
		before := Lower("f", tree, nil)
		at := uint32(len(src)/2 + strings.Index(src[len(src)/2:], "1"))
		next, edit := text.Replace(source.Span{Start: at, End: at + 1}, "12")
		tree = tree.Reparse([]source.Edit{edit}, next)
		after := Lower("f", tree, before)
		tree.Close()
		was := map[*Function]bool{}
		for i := range before.Funcs {
			was[before.Funcs[i].Function] = true
		}
		same := 0
		for i := range after.Funcs {
			if was[after.Funcs[i].Function] {
				same++
				was[after.Funcs[i].Function] = false // no function stands in two places
			}
		}
		// The top, the outer function and at most one closure with its own.
		if same < len(after.Funcs)-4 {
			t.Errorf("%v: %d of %d functions were taken over", l, same, len(after.Funcs))
		}
	}
}

// TestTakesOverWithoutItsSurroundings shows that a function which is taken over
// is given the comment and the kind that it has now.
func TestTakesOverWithoutItsSurroundings(t *testing.T) {
	for _, c := range []struct {
		lang           source.Language
		src, old, with string
	}{
		{source.Go, "package p\n\n// First.\nfunc f(a, b int) int { return g(a, b, a+b) }\n", "First", "Second"},
		{source.TypeScript, "/** First. */\nfunction f(a, b) { return g(a, b, a + b); }\n", "First", "Second"},
		{source.Python, "# First.\ndef f(a, b): return g(a, b, a + b)\n", "First", "Second"},
		{source.Python, "if C:\n  def f(a, b): return g(a, b, a + b)\n", "if", "class"},
	} {
		at := uint32(strings.Index(c.src, c.old))
		checkEdit(t, c.lang, c.src, source.Span{Start: at, End: at + uint32(len(c.old))}, c.with)
	}
}

// TestKeepsNoText shows that a function which an edit made anew does not hold
// on to the whole text of that version.
func TestKeepsNoText(t *testing.T) {
	for _, l := range []source.Language{source.TypeScript, source.Python, source.Go} {
		src := generate(l, 50)
		text := source.NewText(src)
		tree := source.Parse(l, text, true)
		before := Lower("f", tree, nil)
		at := uint32(strings.Index(src, "base"))
		next, edit := text.Replace(source.Span{Start: at, End: at}, "x")
		tree = tree.Reparse([]source.Edit{edit}, next)
		after := Lower("f", tree, before)
		tree.Close()
		whole := next.String()
		start := uintptr(unsafe.Pointer(unsafe.StringData(whole)))
		held := func(s string) bool {
			at := uintptr(unsafe.Pointer(unsafe.StringData(s)))
			return s != "" && at >= start && at < start+uintptr(len(whole))
		}
		for _, p := range after.Funcs[1:] {
			if held(p.Name) || held(p.Doc) {
				t.Errorf("%v: function %q holds the text", l, p.Name)
			}
			p.Walk(func(_ *Stmt, v *Value) bool {
				if v != nil && (held(v.Name) || held(v.Str)) {
					t.Errorf("%v: a value %q %q in %q holds the text", l, v.Name, v.Str, p.Name)
				}
				return true
			})
		}
	}
}

func TestDeepNesting(t *testing.T) {
	const n = 20000
	for l, list := range map[source.Language][]string{
		source.Python:     {"x = " + strings.Repeat("(", n), "x = " + strings.Repeat("[", n) + strings.Repeat("]", n), strings.Repeat("lambda: ", n) + "1", "x" + strings.Repeat(".a", n), "x = 1" + strings.Repeat("+1", n)},
		source.JavaScript: {strings.Repeat("{", n), strings.Repeat("(", n), "x = " + strings.Repeat("[", n) + strings.Repeat("]", n), strings.Repeat("()=>", n) + "1", "x" + strings.Repeat(".a", n), "x = 1" + strings.Repeat("+1", n), strings.Repeat("if (a) {} else ", n) + "{}", strings.Repeat("<a>", n), strings.Repeat("`${", n), "var {a:" + strings.Repeat("{a:", n), strings.Repeat("class A { a = ", n), "a" + strings.Repeat("=a", n)},
		source.TypeScript: {"let x: " + strings.Repeat("A<", n) + "B" + strings.Repeat(">", n), "type A = " + strings.Repeat("{a: ", n), "type A = B" + strings.Repeat("|C", n), "type A = B" + strings.Repeat("&{a:1}", n), "x as " + strings.Repeat("(", n), strings.Repeat("function f(a = ", n), strings.Repeat("namespace A { ", n), strings.Repeat("@A(class {", n), "class A extends " + strings.Repeat("B<", n)},
		source.Go:         {"package p\nvar x = " + strings.Repeat("(", n), "package p\nvar x = 1" + strings.Repeat("+1", n), "package p\nvar x " + strings.Repeat("[]", n) + "int", "package p\nfunc f() {" + strings.Repeat("{", n)},
	} {
		for _, src := range list {
			tree := source.Parse(l, source.NewText(src), false)
			f := Lower("f", tree, nil)
			checkForm(t, f)
		}
	}
}

func BenchmarkLower(b *testing.B) {
	for _, l := range []source.Language{source.Python, source.TypeScript, source.Go} {
		text := source.NewText(generate(l, 5000))
		tree := source.Parse(l, text, false)
		b.Run(l.String()+"/parse", func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				source.Parse(l, text, false)
			}
		})
		b.Run(l.String()+"/lower", func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				Lower("f", tree, nil)
			}
		})
	}
}

// BenchmarkLowerEdit is the lowering after one character has been typed.
func BenchmarkLowerEdit(b *testing.B) {
	for _, l := range []source.Language{source.Python, source.TypeScript, source.Go} {
		src := generate(l, 5000)
		text := source.NewText(src)
		tree := source.Parse(l, text, true)
		before := Lower("f", tree, nil)
		at := uint32(len(src)/2 + strings.Index(src[len(src)/2:], "base") + 4)
		next, edit := text.Replace(source.Span{Start: at, End: at}, "x")
		tree = tree.Reparse([]source.Edit{edit}, next)
		b.Run(l.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Lower("f", tree, before).scopes()
			}
		})
		tree.Close()
	}
}

// generate writes a file of about n lines in which no two functions are equal.
func generate(l source.Language, n int) string {
	form := map[source.Language]string{
		source.Python:     "@mcp.tool()\nasync def tool_%(path: str, n: int = %) -> str:\n    \"\"\"Reads %.\"\"\"\n    base = '/srv/%'\n    if n > %:\n        return base + path\n    for i in range(n):\n        base += f'{i}-{path}'\n    return open(base).read()\n\n",
		source.TypeScript: "server.registerTool('tool%', { description: 'Reads %', inputSchema: { path: z.string(), n: z.number().int() } },\n  async ({ path, n }) => {\n    const base = `/srv/%/${path}`;\n    if (n > %) {\n      return base + path;\n    }\n    for (const x of [1, n]) {\n      console.error(x, base);\n    }\n    return { content: [{ type: 'text', text: await readFile(base, { encoding: 'utf8' }) }] };\n  });\n\n",
		source.Go:         "func tool%(ctx context.Context, path string, n int) (string, error) {\n\tbase := \"/srv/%\" + path\n\tif n > % {\n\t\treturn base, nil\n\t}\n\tfor i := range n {\n\t\tbase += fmt.Sprint(i, path)\n\t}\n\tdata, err := os.ReadFile(base)\n\treturn string(data), err\n}\n\n",
	}[l]
	var b strings.Builder
	if l == source.Go {
		b.WriteString("package p\n")
	}
	lines := strings.Count(form, "\n")
	for i := 0; i*lines < n; i++ {
		b.WriteString(strings.ReplaceAll(form, "%", strconv.Itoa(i)))
	}
	return b.String()
}
