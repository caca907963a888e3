package rule

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

func fileOf(name, code string) *program.File {
	l := source.LanguageOf(name)
	return &program.File{Path: name, Lang: l, Tree: source.Parse(l, source.NewText(code), false)}
}

func setOf(t testing.TB, yaml string) *Set {
	t.Helper()
	rules, err := ParseFile("r.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	set, err := Compile(rules)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestFindings looks at what a finding carries besides its place.
func TestFindings(t *testing.T) {
	set := setOf(t, `
rules:
  - id: fixed
    languages: [python]
    severity: ERROR
    message: "$F of $X and $OTHER"
    metadata: {confidence: HIGH}
    pattern: $F($X, shell=True)
    fix: $F($X)
  - id: rewritten
    languages: [python]
    severity: ERROR
    message: m
    pattern: get("...")
    fix-regex: {regex: '(http)://(\w+)', replacement: '\1s://\2', count: 1}
  - id: flowing
    languages: [python]
    severity: ERROR
    message: $S
    mode: taint
    pattern-sources: [{pattern: src()}]
    pattern-sinks: [{pattern: snk($S)}]
`)
	code := "call(a.b, shell=True)\nget('http://x http://y')\nx = src()\nsnk(x)\n"
	got := set.Run(&Input{File: fileOf("a.py", code)})
	if len(got) != 3 {
		t.Fatalf("%d findings: %+v", len(got), got)
	}
	if f := got[0]; f.Message != "call of a.b and $OTHER" || f.Confidence != High || len(f.Fixes) != 1 || f.Fixes[0].Edits[0].New != "call(a.b)" || f.Fixes[0].Preferred {
		t.Errorf("fixed: %+v", f)
	}
	if f := got[1]; len(f.Fixes) != 1 || f.Fixes[0].Edits[0].New != "get('https://x http://y')" {
		t.Errorf("rewritten: %+v", f)
	}
	if f := got[2]; f.Message != "x" || len(f.Steps) != 2 || code[f.Steps[0].Span.Start:f.Steps[0].Span.End] != "src()" || f.Steps[1].Span != f.Span {
		t.Errorf("flowing: %+v", f)
	}
}

func TestPaths(t *testing.T) {
	r := &Rule{Include: []string{"*.py", "/web/**/x.js"}, Exclude: []string{"tests/", "gen_*.py"}}
	for name, want := range map[string]bool{
		"a.py": true, "src/a.py": true, "/abs/src/a.py": true, "src/tests/a.py": false, "src/gen_a.py": false,
		"a.go": false, "web/a/b/x.js": true, "web/x.js": true, "src/web/x.js": false, "tests.py": true, `src\tests\a.py`: false,
	} {
		if got := r.appliesTo(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// TestOperators: mcp: and sink: are resolved by whoever runs the set.
func TestOperators(t *testing.T) {
	set := setOf(t, `
rules:
  - id: flow
    languages: [python]
    severity: ERROR
    message: m
    mode: taint
    pattern-sources: [{mcp: input}]
    pattern-sanitizers: [{pattern: clean(...)}]
    pattern-sinks: [{sink: shell}, {pattern: run(...)}]
  - id: described
    languages: [python]
    severity: ERROR
    message: m
    patterns:
      - mcp: description
      - pattern: '"=~/secret/"'
`)
	code := "def tool(x, y):\n    run(clean(x))\n    run(y)\n    d('secret')\n    start(x)\n"
	in := &Input{File: fileOf("a.py", code)}
	if got := set.Run(in); len(got) != 0 {
		t.Errorf("without an answer: %+v", got)
	}
	at := func(text string) source.Span {
		i := uint32(strings.Index(code, text))
		return source.Span{Start: i, End: i + uint32(len(text))}
	}
	in.Sources = func(kind string) []source.Span {
		return map[string][]source.Span{"input": {at("x"), at("y")}, "description": {at("'secret'")}}[kind]
	}
	in.Sinks = func(kind string) []source.Span {
		return map[string][]source.Span{"shell": {at("start(x)")}}[kind]
	}
	var ids []string
	for _, f := range set.Run(in) {
		ids = append(ids, f.Check+" "+code[f.Span.Start:f.Span.End])
	}
	if want := []string{"flow run(y)", "described 'secret'", "flow start(x)"}; !slices.Equal(ids, want) {
		t.Errorf("%q, want %q", ids, want)
	}
}

// TestHostile runs costly patterns on programs made to be costly: a search that
// would not end is given up, and says so.
func TestHostile(t *testing.T) {
	set := setOf(t, `
rules:
  - id: sequences
    languages: [python, javascript, go]
    severity: ERROR
    message: m
    pattern: |
      $A = $B
      ...
      $C = $A
      ...
      $D = $C
      ...
      $E = $D
  - id: deep
    languages: [python, javascript, go]
    severity: ERROR
    message: m
    pattern: f(<... f(<... f(<... $X ...>) ...>) ...>, <... zzz($X) ...>)
  - id: arguments
    languages: [python, javascript, go]
    severity: ERROR
    message: m
    pattern: f(..., $A, ..., $B, ..., $C, ..., $A, $B, $C, ..., nothing)
  - id: taint
    languages: [python, javascript, go]
    severity: ERROR
    message: m
    mode: taint
    pattern-sources: [{pattern: a}]
    pattern-sinks: [{pattern: f(...)}]
`)
	for name, code := range map[string]string{
		"parens.py":      "x = " + strings.Repeat("(", 20000) + "a" + strings.Repeat(")", 20000),
		"calls.py":       strings.Repeat("f(", 5000) + "a, zzz, nothing" + strings.Repeat(")", 5000),
		"lists.js":       "let " + strings.Repeat("[", 5000) + "a" + strings.Repeat("]", 5000) + " = f(a);",
		"assigns.py":     strings.Repeat("a = b\n", 5000),
		"arguments.js":   "f(" + strings.Repeat("a, ", 3000) + "zzz, nothing, 1)",
		"lambdas.js":     strings.Repeat("(a) => { f(a); ", 1000) + strings.Repeat("}", 1000),
		"functions.py":   nested(200, "def f(a):", "f(a)"),
		"elifs.py":       "if a:\n  f(a)\n" + strings.Repeat("elif a:\n  f(a)\n", 4000),
		"loops.py":       nested(80, "while a:", "f(a)"),
		"variables.py":   manyVariables(3000),
		"blocks.go":      "package p\nfunc f() {" + strings.Repeat("{", 2000) + "f(a)" + strings.Repeat("}", 2000) + "}",
		"unfinished.js":  strings.Repeat("f({a: `${", 3000),
		"destructure.js": "function g(" + strings.Repeat("{a: ", 3000) + "a" + strings.Repeat("}", 3000) + ") { f(a) }",
	} {
		t.Run(name, func(t *testing.T) {
			notes := 0
			set.Run(&Input{File: fileOf(name, code), Note: func(*Rule, string) { notes++ }})
			if name == "assigns.py" && notes == 0 {
				t.Error("nothing says that the search was given up")
			}
		})
	}
}

func nested(depth int, head, body string) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + head + "\n")
	}
	b.WriteString(strings.Repeat(" ", depth) + body + "\n")
	return b.String()
}

func manyVariables(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "v%d = a\nif v%d:\n  o.m%d = v%d\nf(v%d)\n", i, i, i, i, i)
	}
	return b.String()
}

// FuzzRun: no rule file and no program makes the engine panic.
func FuzzRun(f *testing.F) {
	f.Add("rules: [{id: a, message: $X, severity: ERROR, languages: [python, js, go], pattern: 'f($X, ...)', fix: 'g($X)'}]", "f(1, 2)")
	f.Add("rules:\n  - id: a\n    message: m\n    severity: ERROR\n    languages: [python, js]\n    mode: taint\n    pattern-sources: [{pattern: a}]\n    pattern-sinks: [{pattern: f(...)}]", "def f(a):\n  f(a)")
	f.Add("rules: [{id: a, message: m, severity: ERROR, languages: [generic], pattern: '<$A ... >'}]", "<a b>")
	f.Fuzz(func(t *testing.T, yaml, code string) {
		if len(yaml) > 4000 || len(code) > 4000 {
			return
		}
		rules, _ := ParseFile("r.yaml", []byte(yaml))
		set, _ := Compile(rules)
		for _, name := range []string{"a.py", "a.js", "a.tsx", "a.go"} {
			for _, x := range set.Run(&Input{File: fileOf(name, code)}) {
				if x.Span.End > uint32(len(code)) || x.Span.Start > x.Span.End {
					t.Fatalf("finding at %v of %d bytes", x.Span, len(code))
				}
			}
		}
	})
}

// FuzzPattern: no pattern and no program makes the matcher panic, and a
// pattern matches what it is, if it has no holes.
func FuzzPattern(f *testing.F) {
	for _, c := range [][2]string{{"f($X, ...)", "f(1)"}, {"$X = $Y\n...\n$Z", "a = b\nc"}, {"<... f ...>", "g(f)"}, {"class $A: ...", "class A: pass"},
		{"f\"...{$X}...\"", "f\"a{b}\""}, {"`...${$X}`", "`a${b}`"}, {"($X: T)", "x"}, {"$...A", "b"}, {"{..., a: 1}", "x = {a: 1}"}} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, text, code string) {
		if len(text) > 500 || len(code) > 2000 {
			return
		}
		for _, name := range []string{"a.py", "a.ts", "a.go"} {
			file := fileOf(name, code)
			p, err := compilePattern(family(file.Lang), text)
			if err != nil {
				continue
			}
			fl := newFile(file.Tree)
			m := &matcher{file: fl}
			for _, h := range m.run(p, newBuckets(fl, nil)) {
				if h.span.End > uint32(len(code)) || h.span.Start > h.span.End {
					t.Fatalf("match at %v of %d bytes", h.span, len(code))
				}
			}
		}
	})
}

// BenchmarkSet shows what further rules cost on one file of 2,000 lines: those
// whose names do not occur, and those of which each matches.
func BenchmarkSet(b *testing.B) {
	var code strings.Builder
	for i := range 500 {
		fmt.Fprintf(&code, "def handler_%d(request, value):\n    data = parse_%d(request.get('k%d'), mode=%d)\n    if data:\n        store_%d(data, value)\n", i, i, i, i, i)
	}
	for _, kind := range []string{"absent", "present"} {
		for _, n := range []int{10, 100, 1000} {
			var y strings.Builder
			y.WriteString("rules:\n")
			for i := range n {
				name := fmt.Sprintf("parse_%d", i%500)
				if kind == "absent" {
					name = fmt.Sprintf("library_%d.call", i)
				}
				fmt.Fprintf(&y, "  - id: r%d\n    message: $X\n    severity: ERROR\n    languages: [python]\n    patterns:\n      - pattern: %s($X, ...)\n      - pattern-inside: |\n          def $F(...):\n            ...\n", i, name)
			}
			set := setOf(b, y.String())
			file := fileOf("a.py", code.String())
			b.Run(fmt.Sprintf("%s/%d", kind, n), func(b *testing.B) {
				for b.Loop() {
					set.Run(&Input{File: file})
				}
			})
		}
	}
}

// TestShared: one set and one tree serve any number of goroutines.
func TestShared(t *testing.T) {
	set := setOf(t, "rules: [{id: a, message: $X, severity: ERROR, languages: [python], patterns: [{pattern: 'f($X)'}, "+
		"{metavariable-comparison: {comparison: \"re.match('x', $X)\"}}]}]")
	file := fileOf("a.py", strings.Repeat("f('xy')\n", 50))
	counts := make(chan int)
	for range 4 {
		go func() { counts <- len(set.Run(&Input{File: file})) }()
	}
	for range 4 {
		if n := <-counts; n != 50 {
			t.Errorf("%d findings", n)
		}
	}
}
