package program

// dump_test.go writes programs down in a form that people read, and compares
// the lowering of testdata/<language>/*.txt with what stands there.

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

var update = flag.Bool("update", false, "write the dumps of testdata anew")

// dump gives a file as text: a line per statement, functions where they stand.
func dump(f *File) string {
	d := dumper{}
	for _, im := range f.Imports {
		d.line("import %s", importString(im))
	}
	for _, e := range f.Exports {
		d.line("export %s = local %q module %q from %q value %s", e.Name, e.Local, e.Module, e.From, d.value(e.Value))
	}
	if f.Package != "" {
		d.line("package %s", f.Package)
	}
	if f.Top.Doc != "" {
		d.line("doc %q", f.Top.Doc)
	}
	d.body(f.Top.Body)
	for _, t := range f.Truncated {
		d.line("truncated %v %s", t.Span, t.Reason)
	}
	return d.b.String()
}

func importString(im Import) string {
	s := fmt.Sprintf("%q", im.Module)
	if im.Star {
		s += " *"
	}
	if im.Name != "" {
		s += "." + im.Name
	}
	if im.Full != "" {
		s += " full " + im.Full
	}
	if im.Local != "" {
		s += " as " + im.Local
	}
	if im.Type {
		s += " type"
	}
	if im.Func > 0 {
		s += fmt.Sprintf(" in #%d", im.Func)
	}
	return s
}

type dumper struct {
	b      strings.Builder
	indent int
}

func (d *dumper) line(format string, args ...any) {
	fmt.Fprintf(&d.b, "%s%s\n", strings.Repeat("  ", d.indent), fmt.Sprintf(format, args...))
}

func (d *dumper) body(list []*Stmt) {
	for _, s := range list {
		d.stmt(s)
	}
}

func (d *dumper) block(head string, list []*Stmt) {
	d.line("%s", head)
	d.indent++
	d.body(list)
	d.indent--
}

func (d *dumper) values(list []*Value) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, d.value(v))
	}
	return strings.Join(parts, ", ")
}

func (d *dumper) stmt(s *Stmt) {
	decl := ""
	if s.Decl {
		decl = "decl "
	}
	typ := ""
	if s.Type != nil {
		typ = ": " + d.value(s.Type)
	}
	switch s.Op {
	case StmtExpr:
		d.line("%s", d.value(s.Value))
	case StmtAssign:
		op := "="
		if s.Name != "" {
			op = s.Name
		}
		d.line("%s%s%s %s %s", decl, d.values(s.Targets), typ, op, d.value(s.Value))
	case StmtIf:
		d.block("if "+d.value(s.Value), s.Body)
	case StmtWhile:
		d.block("while "+d.value(s.Value), s.Body)
	case StmtFor:
		word := " of "
		if s.Name != "" {
			word = " " + s.Name + " "
		}
		d.block("for "+decl+d.values(s.Targets)+word+d.value(s.Value), s.Body)
	case StmtSwitch:
		d.line("switch %s", d.value(s.Value))
		d.cases("case", s.Cases)
	case StmtReturn:
		d.line("return %s", d.value(s.Value))
	case StmtThrow:
		d.line("throw %s", d.value(s.Value))
	case StmtTry:
		d.block("try", s.Body)
		d.cases("catch", s.Cases)
	case StmtWith:
		d.block("with "+d.values(s.Targets)+" = "+d.value(s.Value), s.Body)
	case StmtBreak, StmtContinue:
		d.line("%s", strings.TrimSpace(map[StmtOp]string{StmtBreak: "break ", StmtContinue: "continue "}[s.Op]+s.Name))
	case StmtFunc:
		d.fn(s.Func)
	case StmtClass:
		d.class(s.Class)
	case StmtBlock:
		d.block("block "+s.Name, s.Body)
	case StmtGo:
		d.line("%s %s", s.Name, d.value(s.Value))
	case StmtDelete:
		d.line("delete %s", d.values(s.Targets))
	case StmtAssert:
		d.line("assert %s", d.value(s.Value))
	case StmtImport:
		d.line("import statement %s", s.Name)
	}
	if s.Else != nil {
		d.block("else", s.Else)
	}
	if s.Finally != nil {
		d.block("finally", s.Finally)
	}
	if s.Post != nil {
		d.block("post", s.Post)
	}
}

func (d *dumper) cases(word string, list []Case) {
	for _, c := range list {
		head := word + " " + d.values(c.Values)
		if len(c.Targets) > 0 {
			head += " binds " + d.values(c.Targets)
		}
		if c.Guard != nil {
			head += " if " + d.value(c.Guard)
		}
		if c.Default {
			head += " default"
		}
		if c.Fallthrough {
			head += " fallthrough"
		}
		d.block(head, c.Body)
	}
}

func (d *dumper) fn(fn *Function) {
	for _, v := range fn.Decorators {
		d.line("@%s", d.value(v))
	}
	d.block(d.signature(fn), fn.Body)
}

func (d *dumper) signature(fn *Function) string {
	var b strings.Builder
	for _, f := range []struct {
		on   bool
		word string
	}{{fn.Async, "async "}, {fn.Generator, "generator "}, {fn.Static, "static "}} {
		if f.on {
			b.WriteString(f.word)
		}
	}
	b.WriteString([...]string{"top", "func", "method", "closure"}[fn.Kind])
	if fn.Receiver != nil {
		fmt.Fprintf(&b, " (%s)", d.param(fn.Receiver))
	}
	if fn.Name != "" {
		b.WriteString(" " + fn.Name)
	}
	var params []string
	for i := range fn.Params {
		params = append(params, d.param(&fn.Params[i]))
	}
	fmt.Fprintf(&b, "(%s)", strings.Join(params, ", "))
	if fn.Results != nil {
		b.WriteString(" -> " + d.values(fn.Results))
	}
	if fn.Doc != "" {
		fmt.Fprintf(&b, " doc %q", fn.Doc)
	}
	return b.String()
}

func (d *dumper) param(p *Param) string {
	s := [...]string{"", "keyword ", "rest ", "kwrest "}[p.Kind] + p.Name
	if p.Pattern != nil {
		s += d.value(p.Pattern)
	}
	if p.Type != nil {
		s += ": " + d.value(p.Type)
	}
	if p.Default != nil {
		s += " = " + d.value(p.Default)
	}
	return s
}

func (d *dumper) class(c *Class) {
	for _, v := range c.Decorators {
		d.line("@%s", d.value(v))
	}
	head := "class " + c.Name
	if c.Interface {
		head = "interface " + c.Name
	}
	if c.Bases != nil {
		head += "(" + d.values(c.Bases) + ")"
	}
	if c.Doc != "" {
		head += fmt.Sprintf(" doc %q", c.Doc)
	}
	d.line("%s", head)
	d.indent++
	for _, f := range c.Fields {
		s := "field " + f.Name
		if f.Static {
			s = "static " + s
		}
		if f.Private {
			s = "private " + s
		}
		if f.Type != nil {
			s += ": " + d.value(f.Type)
		}
		if f.Value != nil {
			s += " = " + d.value(f.Value)
		}
		if f.Tag != "" {
			s += " tag " + f.Tag
		}
		if f.Doc != "" {
			s += fmt.Sprintf(" doc %q", f.Doc)
		}
		d.line("%s", s)
	}
	for _, m := range c.Methods {
		d.fn(m)
	}
	d.body(c.Body)
	d.indent--
}

// inlined gives what write writes as one text within a value.
func (d *dumper) inlined(write func(*dumper)) string {
	in := dumper{indent: d.indent + 1}
	write(&in)
	return "\n" + strings.TrimRight(in.b.String(), "\n")
}

func (d *dumper) value(v *Value) string {
	if v == nil {
		return "-"
	}
	opt := ""
	if v.Optional {
		opt = "?"
	}
	arg := func(i int) string {
		if i < len(v.Args) {
			return d.value(v.Args[i])
		}
		return "-"
	}
	switch v.Op {
	case OpIdent:
		return v.Name
	case OpConst:
		switch v.Const {
		case ConstString:
			return strconv.Quote(v.Str)
		case ConstBytes:
			return "b" + strconv.Quote(v.Str)
		}
		return v.Str
	case OpField:
		return d.value(v.X) + opt + "." + v.Name
	case OpIndex:
		return d.value(v.X) + opt + "[" + d.values(v.Args) + "]"
	case OpSlice:
		return d.value(v.X) + opt + "[slice " + d.values(v.Args) + "]"
	case OpCall:
		return d.value(v.X) + opt + "(" + d.values(v.Args) + ")"
	case OpNew:
		return "new " + d.value(v.X) + "(" + d.values(v.Args) + ")"
	case OpTemplate:
		tag := ""
		if v.X != nil {
			tag = d.value(v.X)
		}
		return tag + "template(" + d.values(v.Args) + ")"
	case OpBinary, OpLogical, OpCompare:
		return "(" + arg(0) + " " + v.Name + " " + arg(1) + ")"
	case OpUnary:
		return "(" + v.Name + " " + arg(0) + ")"
	case OpCond:
		return "(" + arg(0) + " ? " + arg(1) + " : " + arg(2) + ")"
	case OpList:
		return v.Name + "[" + d.values(v.Args) + "]"
	case OpObject:
		typ := ""
		if v.X != nil {
			typ = d.value(v.X)
		}
		return typ + "{" + d.values(v.Args) + "}"
	case OpPair:
		if len(v.Args) > 0 {
			return "(" + arg(0) + "): " + d.value(v.X)
		}
		return v.Name + ": " + d.value(v.X)
	case OpKeyword:
		return v.Name + "=" + d.value(v.X)
	case OpSpread:
		return "..." + d.value(v.X)
	case OpFunc:
		return d.inlined(func(in *dumper) { in.fn(v.Func) })
	case OpClass:
		return d.inlined(func(in *dumper) { in.class(v.Class) })
	case OpAwait:
		return "(await " + d.value(v.X) + ")"
	case OpYield:
		return "(" + strings.TrimSpace("yield "+v.Name) + " " + d.value(v.X) + ")"
	case OpAssign:
		return "(" + arg(0) + " :=" + v.Name + " " + d.value(v.X) + ")"
	case OpCast:
		return "cast(" + d.value(v.X) + " as " + arg(0) + ")"
	case OpCompr:
		return strings.TrimSpace("compr "+v.Name) + "(" + d.value(v.X) + " " + d.values(v.Args) + ")"
	case OpCompFor:
		s := "for " + arg(0) + " of " + d.value(v.X)
		if len(v.Args) > 1 {
			s += " if " + d.values(v.Args[1:])
		}
		return s
	case OpRegex:
		return "/" + v.Str + "/" + v.Name
	case OpType:
		return "type<" + v.Name + ">"
	}
	return "unknown" + v.Name + "(" + d.values(v.Args) + ")"
}

// TestLowering compares each testdata/<language>/*.txt: cases of a source and
// its dump, parted by lines of --- and ===.
func TestLowering(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*/*.txt")
	if len(paths) == 0 {
		t.Fatal("no test data")
	}
	for _, path := range paths {
		lang := languageNamed(t, filepath.Base(filepath.Dir(path)))
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for i, c := range strings.Split(string(data), "\n===\n") {
			src, want, _ := strings.Cut(c, "\n---\n")
			tree := source.Parse(lang, source.NewText(src), false)
			f := Lower(path, tree, nil)
			got := strings.TrimRight(dump(f), "\n")
			if i > 0 {
				out.WriteString("\n===\n")
			}
			out.WriteString(src + "\n---\n" + got)
			checkForm(t, f)
			if want = strings.TrimRight(want, "\n"); got != want && !*update {
				t.Errorf("%s, case %d: lowering of\n%s\ngives\n%s\nwant\n%s", path, i+1, src, got, want)
			}
		}
		if *update {
			if err := os.WriteFile(path, []byte(out.String()+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func languageNamed(t *testing.T, name string) source.Language {
	for l := source.Python; l <= source.Go; l++ {
		if l.String() == name {
			return l
		}
	}
	t.Fatalf("no language is named %s", name)
	return source.None
}
