package program

// scope_test.go resolves names in the sources of testdata/<language>/*.scope:
// what stands after --- is each call's canonical name, in the order of the
// functions. A call of constant(…) shows its arguments folded, a call of
// bound(…) what its arguments are bound to, a call of target(…) which function
// of the file they are.

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mcpaudit/internal/source"
)

func TestScope(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*/*.scope")
	if len(paths) == 0 {
		t.Fatal("no test data")
	}
	for _, path := range paths {
		lang := languageNamed(t, filepath.Base(filepath.Dir(path)))
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		src, want, _ := strings.Cut(string(data), "\n---\n")
		f := Lower(path, source.Parse(lang, source.NewText(src), false), nil)
		got := resolutions(f)
		if *update {
			if err := os.WriteFile(path, []byte(src+"\n---\n"+got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, got, want)
		}
	}
}

func resolutions(f *File) string {
	var b strings.Builder
	for i := range f.Funcs {
		p := &f.Funcs[i]
		p.Walk(func(_ *Stmt, v *Value) bool {
			if v == nil || v.Op != OpCall && v.Op != OpNew || v.X == nil {
				return true
			}
			abs := v.Span.Shift(p.Start)
			fmt.Fprintf(&b, "%d: ", f.Tree.Text.LineAt(abs.Start)+1)
			var args []string
			for _, a := range v.Args {
				args = append(args, resolution(f, i, v.X.Name, a))
			}
			callee := v.X.Span.Shift(p.Start)
			switch v.X.Name {
			case "constant", "bound", "target":
				fmt.Fprintf(&b, "%s %s\n", v.X.Name, strings.Join(args, ", "))
				return false
			}
			name := f.Canonical(i, v.X)
			if name == "" {
				name = "-"
			}
			fmt.Fprintf(&b, "%s is %s\n", strings.ReplaceAll(f.Tree.Text.Slice(callee), "\n", " "), name)
			return true
		})
	}
	return b.String()
}

// target gives the function of the file that a value refers to, or -1.
func target(f *File, fn int, v *Value) int {
	m := f.scopes()
	r := m.resolve(fn, v, 0)
	if r.class != nil && !r.instance {
		for _, name := range []string{"__init__", "constructor"} {
			if c := m.member(r, name, 0); c.fn > 0 {
				return c.fn - 1
			}
		}
	}
	return r.fn - 1
}

func resolution(f *File, fn int, what string, v *Value) string {
	switch what {
	case "constant":
		if s, ok := f.ConstString(fn, v); ok {
			return strconv.Quote(s)
		}
		return "none"
	case "target":
		i := target(f, fn, v)
		if i < 0 {
			return "none"
		}
		return fmt.Sprintf("line %d", f.Tree.Text.LineAt(f.Funcs[i].Start)+1)
	case "bound":
		b := f.Lookup(fn, v.Name)
		s := [...]string{"unbound", "local", "param", "func", "class", "import"}[b.Kind]
		switch b.Kind {
		case Unbound:
			return s
		case BoundParam:
			s += " " + strconv.Itoa(b.Param) + strings.Join(b.Path, ".")
		case BoundFunc:
			s += " " + f.Funcs[b.Target].Name
		case BoundClass:
			s += " " + b.Class.Name
		case BoundImport:
			s += " " + b.Import.Module
		}
		s += " of " + strconv.Quote(f.Funcs[b.Func].Name)
		for _, a := range b.Assigns {
			s += fmt.Sprintf(" %s%s", [...]string{"value", "element", "with", "other"}[a.Kind], strings.Join(a.Path, "."))
		}
		return s
	}
	return ""
}

// TestScopeIsShared resolves two versions of a file, which share functions, in
// several goroutines; it is worth most under the race detector.
func TestScopeIsShared(t *testing.T) {
	src := generate(source.Python, 200)
	text := source.NewText(src)
	tree := source.Parse(source.Python, text, true)
	before := Lower("f", tree, nil)
	at := uint32(strings.Index(src, "base"))
	next, edit := text.Replace(source.Span{Start: at, End: at}, "x")
	tree = tree.Reparse([]source.Edit{edit}, next)
	defer tree.Close()
	after := Lower("f", tree, before)
	var wg sync.WaitGroup
	for range 3 {
		for _, f := range []*File{before, after} {
			wg.Go(func() {
				for i := range f.Funcs {
					f.Funcs[i].Walk(func(_ *Stmt, v *Value) bool {
						if v != nil {
							f.Canonical(i, v)
							f.ConstString(i, v)
						}
						return true
					})
				}
			})
		}
	}
	wg.Wait()
	if name := after.Canonical(1, &Value{Op: OpIdent, Name: "open"}); name != "open" {
		t.Errorf("open is %q", name)
	}
}
