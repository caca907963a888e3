package rule

import (
	"slices"
	"testing"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// matchesOf gives the texts that a rule of one pattern matches in a program.
func matchesOf(t *testing.T, l source.Language, pattern, code string) []string {
	t.Helper()
	r := &Rule{ID: "x", Languages: []source.Language{l}, Match: &Formula{Op: OpPattern, Text: pattern}}
	r.options.constants = true
	set, err := Compile([]*Rule{r})
	if err != nil {
		t.Fatal(err)
	}
	text := source.NewText(code)
	var out []string
	for _, f := range set.Run(&Input{File: &program.File{Path: "x", Lang: l, Tree: source.Parse(l, text, false)}}) {
		out = append(out, text.Slice(f.Span))
	}
	return out
}

// TestPatterns is the specification of what a pattern matches: the texts are
// all of its matches, in order.
func TestPatterns(t *testing.T) {
	const (
		py = source.Python
		js = source.JavaScript
		ts = source.TypeScript
		gl = source.Go
	)
	for _, c := range []struct {
		lang    source.Language
		pattern string
		code    string
		want    []string
	}{
		// Names and their imports.
		{py, "subprocess.run(...)", "import subprocess\nsubprocess.run(a)", []string{"subprocess.run(a)"}},
		{py, "subprocess.run(...)", "from subprocess import run as r\nr(a)", []string{"r(a)"}},
		{py, "subprocess.run(...)", "import subprocess as s\ns.run(a)\ns.call(a)", []string{"s.run(a)"}},
		{py, "subprocess.run(...)", "run(a)", nil},
		{js, "child_process.exec(...)", "import { exec as e } from 'node:child_process';\ne(a);", []string{"e(a)"}},
		{js, "child_process.exec(...)", "const { exec } = require('child_process');\nexec(a);", []string{"exec(a)"}},
		{js, "child_process.exec(...)", "const cp = require('node:child_process'); const run = promisify(cp.exec); run(a)", []string{"run(a)"}},
		{gl, "exec.Command(...)", "package p\nimport e \"os/exec\"\nfunc f() { e.Command(a) }", []string{"e.Command(a)"}},
		// Arguments.
		{py, "f(..., $X)", "f(1, 2)", []string{"f(1, 2)"}},
		{py, "f($X)", "f(1, 2)\nf(a=1)", nil},
		{py, "f(..., b=2, ...)", "f(1, b=2)\nf(b=2, a=1)\nf(b=3)", []string{"f(1, b=2)", "f(b=2, a=1)"}},
		{py, "f(shell=True, ...)", "flag = True\nf(x, shell=flag)", []string{"f(x, shell=flag)"}},
		{py, "f($...ARGS, $X)", "f(1, 2, 3)", []string{"f(1, 2, 3)"}},
		// Strings and constants.
		{py, `f("...")`, "f('a')\nf(r'b')\nf(x)\nf(f'{x}')", []string{"f('a')", "f(r'b')"}},
		{py, `f("ab")`, "x = 'a' + 'b'\nf(x)\nf('a' 'b')", []string{"f(x)", "f('a' 'b')"}},
		{py, `f("=~/^ab/")`, "f('abc')\nf('cab')", []string{"f('abc')"}},
		{js, "f(`...${$X}...`)", "f(`a${b}c`); f(`a`)", []string{"f(`a${b}c`)"}},
		{js, `f("a")`, "f('a'); f(`a`);", []string{"f('a')", "f(`a`)"}},
		// Unification.
		{py, "$X == $X", "a.b == a.b\na == b", []string{"a.b == a.b"}},
		{py, "$_ == $_", "a == b", []string{"a == b"}},
		// Statements.
		{py, "$X = f()\n...\ng($X)", "def h():\n  a = f()\n  if b:\n    g(a)\n  g(b)", []string{"a = f()\n  if b:\n    g(a)"}},
		{py, "a()\nb()", "a()\nb()\na()\nc()\nb()", []string{"a()\nb()"}},
		{py, "def $F(...):\n  ...\n  return $X", "@d\nasync def f(a, b=1):\n  x()\n  return a", []string{"@d\nasync def f(a, b=1):\n  x()\n  return a"}},
		{py, "class $C(Base):\n  ...", "class A(Base, B):\n  x = 1\nclass D: pass", []string{"class A(Base, B):\n  x = 1"}},
		{py, "if $X:\n  a()", "if x:\n  a()\nelse:\n  b()", []string{"if x:\n  a()\nelse:\n  b()"}},
		{js, "function $F(...) { ... return $X; }", "const f = (a) => { b(); return 1; };", []string{"const f = (a) => { b(); return 1; }"}},
		{js, "$X = 1", "var a = 1; let b = 1; c = 1; d = 2;", []string{"var a = 1", "let b = 1", "c = 1"}},
		{js, "var $X = 1", "const a = 1; c = 1;", []string{"const a = 1"}},
		{gl, "$X := f()", "package p\nfunc g() {\n\ta := f()\n\tvar b = f()\n}", []string{"a := f()", "var b = f()"}},
		// Objects, chains, deep expressions, types.
		{js, "f({..., a: 1, ...})", "f({b: 2, 'a': 1}); f({a: 2});", []string{"f({b: 2, 'a': 1})"}},
		{py, "{..., 'a': 1, ...}", "x = {'b': 2, 'a': 1}", []string{"{'b': 2, 'a': 1}"}},
		{js, "a. ... .b()", "a.x().y.b(); a.b(); c.b();", []string{"a.x().y.b()", "a.b()"}},
		{py, "f(<... x ...>)", "f(g(1, [x]))\nf(y)", []string{"f(g(1, [x]))"}},
		{gl, "($R : *http.Request).URL", "package p\nfunc h(r *http.Request, s S) { a(r.URL, s.URL) }", []string{"r.URL"}},
		{ts, "f(($X: Foo))", "function g(a: Foo, b: Bar) { f(a); f(b); }", []string{"f(a)"}},
		{gl, "tls.Config{..., InsecureSkipVerify: true, ...}", "package p\nvar c = &tls.Config{A: 1, InsecureSkipVerify: true}", []string{"tls.Config{A: 1, InsecureSkipVerify: true}"}},
		{source.TSX, "<$E dangerouslySetInnerHTML={$X} />", "const a = <div id='x' dangerouslySetInnerHTML={y}>z</div>;", []string{"<div id='x' dangerouslySetInnerHTML={y}>z</div>"}},
	} {
		got := matchesOf(t, c.lang, c.pattern, c.code)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q on %q\n got %q\nwant %q", c.lang, c.pattern, c.code, got, c.want)
		}
	}
}
