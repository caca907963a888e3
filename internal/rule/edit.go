package rule

// edit.go makes the edits that fixes of several checks need.

import (
	"path"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// ImportModule gives the edit that makes a module of the standard library known
// under its own name: import os in Python, "os" in Go. There is none where the
// file imports it already, or where the language has nothing of the kind.
func ImportModule(f *program.File, module string) []Edit {
	for _, im := range f.Imports {
		if im.Module == module && im.Func == 0 && im.Name == "" && (im.Local == module || im.Local == path.Base(module)) {
			return nil
		}
	}
	switch f.Lang {
	case source.Python:
		return []Edit{importPython(f, module)}
	case source.Go:
		return []Edit{importGo(f, module)}
	}
	return nil
}

// importPython puts the import in its order among those of the standard library
// at the top of the file, or into a group of its own before all others.
func importPython(f *program.File, module string) Edit {
	text := f.Tree.Text
	insert := func(at uint32, line string) Edit {
		return Edit{Path: f.Path, Span: source.Span{Start: at, End: at}, New: line}
	}
	top := uint32(0)
	var group []*program.Stmt
	for _, s := range f.Top.Body {
		switch {
		case len(group) == 0 && (s.Op == program.StmtExpr && s.Value.Op == program.OpConst || s.Op == program.StmtImport && s.Name == "__future__"):
			top = lineAfter(text, s.Span.End)
			continue
		case s.Op == program.StmtImport && (len(group) == 0 || text.LineAt(s.Span.Start) == text.LineAt(group[len(group)-1].Span.End)+1):
			group = append(group, s)
			continue
		}
		break
	}
	if len(group) == 0 {
		return insert(top, "import "+module+"\n")
	}
	at := text.LineStart(text.LineAt(group[0].Span.Start))
	if !slices.ContainsFunc(group, func(s *program.Stmt) bool { return slices.Contains(pythonLibrary, s.Name) }) {
		return insert(at, "import "+module+"\n\n")
	}
	for _, s := range group {
		if strings.HasPrefix(text.Slice(s.Span), "import ") && s.Name < module {
			at = lineAfter(text, s.Span.End)
		}
	}
	return insert(at, "import "+module+"\n")
}

// pythonLibrary are modules of the standard library that servers import, enough
// to tell its group of imports from others.
var pythonLibrary = []string{
	"abc", "argparse", "ast", "asyncio", "base64", "collections", "contextlib", "csv", "dataclasses", "datetime", "enum", "functools",
	"glob", "hashlib", "html", "http", "io", "itertools", "json", "logging", "math", "os", "pathlib", "pickle", "platform", "random", "re",
	"secrets", "shlex", "shutil", "signal", "socket", "sqlite3", "ssl", "string", "subprocess", "sys", "tempfile", "textwrap", "threading",
	"time", "traceback", "typing", "urllib", "uuid", "warnings", "xml", "zipfile",
}

// importGo puts the import into the first group of imports, in its order.
func importGo(f *program.File, module string) Edit {
	text := f.Tree.Text
	at, indent, last := uint32(0), "", -1
	for _, im := range f.Imports {
		line := text.LineAt(im.Span.Start)
		grouped := !strings.HasPrefix(strings.TrimSpace(text.Line(line)), "import")
		switch {
		case last < 0:
			at = text.LineStart(line)
			if grouped {
				indent = "\t"
			}
		case last+1 != line:
			// The first group is over.
			return goImportEdit(f, at, indent, module)
		}
		last = line
		if im.Module < module {
			at = lineAfter(text, im.Span.End)
		}
	}
	if last < 0 {
		at = lineAfter(text, uint32(strings.Index(text.String(), "package ")))
	}
	return goImportEdit(f, at, indent, module)
}

func goImportEdit(f *program.File, at uint32, indent, module string) Edit {
	line := indent + "\"" + module + "\"\n"
	if indent == "" {
		line = "import \"" + module + "\"\n"
	}
	return Edit{Path: f.Path, Span: source.Span{Start: at, End: at}, New: line}
}

// lineAfter gives the start of the line that follows a place.
func lineAfter(text *source.Text, at uint32) uint32 {
	if line := text.LineAt(at) + 1; line < text.Lines() {
		return text.LineStart(line)
	}
	return uint32(text.Len())
}

// Apply gives the text with edits made. An edit that is given twice is made
// once; of edits that overlap the first is made.
func Apply(text string, edits []Edit) string {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return int(a.Span.Start) - int(b.Span.Start) })
	var b strings.Builder
	at := uint32(0)
	var last *Edit
	for i := range edits {
		e := &edits[i]
		if e.Span.Start < at || int(e.Span.End) > len(text) || last != nil && *last == *e {
			continue
		}
		b.WriteString(text[at:e.Span.Start])
		b.WriteString(e.New)
		at, last = e.Span.End, e
	}
	return b.String() + text[at:]
}

// ImportNamed gives the name under which a member of a module of Node.js is known in
// a file, and the edit that makes it known where it is not. ok is false where the
// name is taken.
func ImportNamed(f *program.File, module, member string) (name string, edits []Edit, ok bool) {
	var first *program.Import
	for i := range f.Imports {
		im := &f.Imports[i]
		if im.Func != 0 || im.Type {
			continue
		}
		if first == nil || im.Span.Start < first.Span.Start {
			first = im
		}
		if strings.TrimPrefix(im.Module, "node:") != module {
			continue
		}
		if im.Name == member {
			return im.Local, nil, true
		}
		if (im.Name == "" || im.Name == "default") && im.Local != "" {
			return im.Local + "." + member, nil, true
		}
	}
	if f.Lookup(0, member).Kind != program.Unbound {
		return "", nil, false
	}
	text, at, quote := f.Tree.Text, uint32(0), `"`
	line := ""
	if first != nil {
		n := text.LineAt(first.Span.Start)
		at, line = text.LineStart(n), text.Line(n)
		if strings.Contains(text.Slice(first.Span), "'") || strings.Contains(line, "'") {
			quote = "'"
		}
	} else if strings.HasPrefix(text.String(), "#!") {
		at = lineAfter(text, 0)
	}
	from := quote + "node:" + module + quote
	made := "import { " + member + " } from " + from + ";\n"
	if strings.Contains(line, "require(") {
		made = "const { " + member + " } = require(" + from + ");\n"
	}
	return member, []Edit{{Path: f.Path, Span: source.Span{Start: at, End: at}, New: made}}, true
}

// Compatible gives the edits of those fixes that can be made at once, in their order:
// one that touches an edit before it is left out, and comes up again when the others
// are made. An edit that several fixes share is made once. Edits without a path are of
// the file at path.
func Compatible(path string, fixes []Fix) []Edit {
	var all []Edit
	for _, fix := range fixes {
		var edits []Edit
		for _, e := range fix.Edits {
			if e.Path == "" {
				e.Path = path
			}
			if !slices.Contains(all, e) {
				edits = append(edits, e)
			}
		}
		if !slices.ContainsFunc(edits, func(e Edit) bool { return conflicts(e, all) }) {
			all = append(all, edits...)
		}
	}
	return all
}

// conflicts reports whether e cannot be made together with the others: it
// overlaps one, or inserts at the place where another inserts or begins.
func conflicts(e Edit, others []Edit) bool {
	return slices.ContainsFunc(others, func(o Edit) bool {
		return e.Path == o.Path && (e.Span.Start < o.Span.End && o.Span.Start < e.Span.End || e.Span.Start == o.Span.Start)
	})
}
