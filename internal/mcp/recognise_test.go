package mcp_test

// recognise_test.go runs the recognisers over testdata/<language>/*. What is to
// be found stands in comments beside the code: each fact is one comment that
// begins with a colon (gofmt may set it apart) and stands on the line of the fact, or on the lines
// directly before it. Facts and comments are matched one to one.

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

func TestRecognise(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, path := range files {
		l := source.LanguageOf(path)
		if l == source.None {
			continue
		}
		t.Run(filepath.ToSlash(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			facts := recognise(t, path, string(data))
			compare(t, string(data), describe(facts))
		})
	}
}

// recognise parses, lowers and recognises a text.
func recognise(t testing.TB, path, text string) *mcp.Facts {
	t.Helper()
	tree := source.Parse(source.LanguageOf(path), source.NewText(text), false)
	return mcp.Recognise(program.Lower(path, tree, nil), nil)
}

// compare matches the facts with the comments, one to one.
func compare(t *testing.T, text string, facts []string) {
	t.Helper()
	want := markers(text)
	for _, f := range facts {
		if i := slices.Index(want, f); i >= 0 {
			want = slices.Delete(want, i, i+1)
		} else {
			t.Errorf("unexpected  %s", f)
		}
	}
	for _, w := range want {
		t.Errorf("missing     %s", w)
	}
}

// markers gives the expected facts as "line: fact".
func markers(text string) []string {
	var list []string
	var before []string
	for i, line := range strings.Split(text, "\n") {
		code, fact, ok := cutMarker(line)
		if ok && strings.TrimSpace(code) == "" {
			before = append(before, fact)
			continue
		}
		if strings.TrimSpace(code) == "" {
			continue
		}
		for _, b := range before {
			list = append(list, fmt.Sprintf("%d: %s", i+1, b))
		}
		before = nil
		if ok {
			list = append(list, fmt.Sprintf("%d: %s", i+1, fact))
		}
	}
	return list
}

func cutMarker(line string) (code, fact string, ok bool) {
	for _, mark := range []string{"#: ", "//: ", "// : "} {
		if i := strings.Index(line, mark); i >= 0 {
			return line[:i], strings.TrimSpace(line[i+len(mark):]), true
		}
	}
	return line, "", false
}

// describe writes the facts of a file in the terms of the markers.
func describe(f *mcp.Facts) []string {
	text := f.File.Tree.Text
	line := func(at uint32) int { return int(text.Position(at, source.UTF8).Line) + 1 }
	var list []string
	add := func(at uint32, s string) { list = append(list, fmt.Sprintf("%d: %s", line(at), s)) }
	fn := func(i, from int) string {
		p := f.File.Funcs[i]
		if p.Name != "" {
			return p.Name
		}
		return fmt.Sprintf("λ%+d", line(p.Start)-from)
	}
	for _, s := range f.Servers {
		add(s.Span.Start, strings.TrimRight(fmt.Sprintf("server %s %q %s", s.SDK, s.Name, s.Var), " "))
	}
	for _, e := range f.Entries {
		at := line(e.NameSpan.Start)
		var b strings.Builder
		fmt.Fprintf(&b, "%s %s", e.Kind, e.Name)
		if e.URI != "" {
			fmt.Fprintf(&b, " <%s>", e.URI)
		}
		var params []string
		for _, p := range e.Params {
			params = append(params, param(p))
		}
		fmt.Fprintf(&b, "(%s)", strings.Join(params, ", "))
		switch {
		case e.Handler >= 0:
			fmt.Fprintf(&b, " -> %s", fn(e.Handler, at))
		case e.HandlerName != "":
			fmt.Fprintf(&b, " -> ?%s", e.HandlerName)
		default:
			b.WriteString(" -> ?")
		}
		if e.Branch.Len() > 0 {
			fmt.Fprintf(&b, "[%s]", firstLine(text.String()[e.Branch.Start:e.Branch.End]))
		}
		b.WriteString(quoted(e.Description, text))
		b.WriteString(hints(e.Annotations, text))
		add(e.NameSpan.Start, b.String())
	}
	for _, t := range f.Transports {
		var opts []string
		for k, v := range t.Options {
			opts = append(opts, k+"="+v)
		}
		slices.Sort(opts)
		add(t.Span.Start, strings.TrimRight(fmt.Sprintf("transport %s %s {%s}", t.Kind, t.Host, strings.Join(opts, " ")), " "))
	}
	for _, r := range f.Routes {
		add(r.Span.Start, fmt.Sprintf("route %s %s -> %s", r.Method, r.Path, fn(r.Handler, line(r.Span.Start))))
	}
	describeInputs(f, add)
	return list
}

// describeInputs writes what the outside controls.
func describeInputs(f *mcp.Facts, add func(uint32, string)) {
	for i := range f.File.Funcs {
		p := f.File.Funcs[i]
		p.Walk(func(_ *program.Stmt, v *program.Value) bool {
			if call, ok := f.InputCall(i, v); ok {
				s := "call " + v.X.Name
				if call.Param != "" {
					s += "(" + call.Param + ")"
				}
				if call.Entry != nil {
					s += " of " + call.Entry.Name
				}
				if call.Into >= 0 {
					s += fmt.Sprintf(" into %d", call.Into)
				}
				add(p.Start+v.Span.Start, s)
			}
			return true
		})
	}
	// Inputs of one parameter are one fact.
	type key struct{ fn, param int }
	paths := map[key][]string{}
	var order []key
	for _, in := range f.Inputs() {
		k := key{in.Func, in.Param}
		if _, ok := paths[k]; !ok {
			order = append(order, k)
		}
		s := strings.Join(in.Path, ".")
		if s == "" && !in.Named && in.Entry == nil {
			s = "_"
		}
		if in.Named {
			s += "*"
		}
		if in.Entry != nil {
			s += "=" + in.Entry.Name
		}
		paths[k] = append(paths[k], s)
	}
	for _, k := range order {
		p := f.File.Funcs[k.fn]
		name := p.Params[k.param].Name
		if name == "" {
			name = "{}"
		}
		add(p.Start+p.Params[k.param].Span.Start, fmt.Sprintf("input %s %s", name, strings.Join(paths[k], " ")))
	}
}

// TestEntryAt checks that code is told apart by the branch it stands in.
func TestEntryAt(t *testing.T) {
	f := recognise(t, "x.py", "from mcp.server import Server\ns = Server('a')\n@s.call_tool()\ndef call(name, args):\n    if name == 'a':\n        one(args)\n    two(args)\n")
	text := f.File.Tree.Text.String()
	for _, c := range []struct{ at, want string }{{"one(", "a"}, {"two(", ""}} {
		got := ""
		if e := f.EntryAt(1, uint32(strings.Index(text, c.at))); e != nil {
			got = e.Name
		}
		if got != c.want {
			t.Errorf("at %s: %q, want %q", c.at, got, c.want)
		}
	}
}

// firstLine gives the first line of a branch, cut short.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s[:min(len(s), 24)]
}

// param writes a parameter: name:type{constraints} "description".
func param(p mcp.Param) string {
	s := p.Name
	switch {
	case p.Member != "" && p.Var != "":
		s = p.Var + "." + s
	case p.Member != "" && p.Member != p.Name:
		s += "/" + p.Member
	}
	s += constraint(p.Declared)
	if constraint(p.Declared) != constraint(p.Constraint) {
		s += " unchecked"
		if p.Constraint.Type != "" {
			s += constraint(p.Constraint)
		}
	}
	if p.Description.Value != "" {
		s += fmt.Sprintf(" %q", p.Description.Value)
	}
	return s
}

func constraint(c mcp.Constraint) string {
	s := ""
	if c.Type != "" {
		s = ":" + c.Type
	}
	var list []string
	if len(c.Enum) > 0 {
		list = append(list, strings.Join(c.Enum, "|"))
	}
	if c.Pattern != "" {
		list = append(list, "/"+c.Pattern+"/")
	}
	if c.Format != "" {
		list = append(list, "format="+c.Format)
	}
	if c.MaxLen > 0 {
		list = append(list, fmt.Sprintf("len<=%d", c.MaxLen))
	}
	if c.Min != "" {
		list = append(list, ">="+c.Min)
	}
	if c.Max != "" {
		list = append(list, "<="+c.Max)
	}
	if c.Items != nil && constraint(*c.Items) != "" {
		list = append(list, "of"+constraint(*c.Items))
	}
	if len(list) > 0 {
		s += "{" + strings.Join(list, " ") + "}"
	}
	return s
}

// quoted writes a description, and checks that its place holds its last word.
func quoted(d mcp.Text, text *source.Text) string {
	if d.Value == "" && d.Span.Len() == 0 {
		return ""
	}
	s := fmt.Sprintf(" %q", d.Value)
	if !d.Constant {
		s += "…"
	}
	if words := strings.Fields(d.Value); len(words) > 0 && !strings.Contains(text.String()[d.Span.Start:d.Span.End], words[len(words)-1]) {
		s += " MISPLACED"
	}
	return s
}

func hints(a mcp.Annotations, text *source.Text) string {
	s := ""
	for _, h := range []struct {
		name, span string
		h          mcp.Hint
	}{{"readOnly", "readOnlyHint", a.ReadOnly}, {"destructive", "destructiveHint", a.Destructive},
		{"idempotent", "idempotentHint", a.Idempotent}, {"openWorld", "openWorldHint", a.OpenWorld}} {
		if h.h == mcp.Unset {
			continue
		}
		sign := "+"
		if h.h == mcp.False {
			sign = "-"
		}
		s += " " + sign + h.name
		if at := a.Spans[h.span]; at.Len() == 0 || !strings.Contains(strings.ToLower(strings.ReplaceAll(text.String()[at.Start:at.End], "_", "")), strings.ToLower(h.name)) {
			s += " MISPLACED"
		}
	}
	if a.Title != "" {
		s += fmt.Sprintf(" title=%q", a.Title)
	}
	return s
}
