package program

// modules.go finds what an import binds when that stands in another file of the
// same program. It looks at the lowered files alone and never at the disk.

import (
	"slices"
	"strings"

	"mcpaudit/internal/source"
)

// Modules is a set of lowered files that may import each other. It is immutable.
type Modules struct {
	layout *Layout
	files  map[string]*File
}

// Definition is where an imported name is declared.
type Definition struct {
	// Files are the file, or for a Go package all its files.
	Files []*File
	// Name is the name at top level; empty for the module itself. The default
	// export of ECMAScript that has no name is called default.
	Name string
}

// maxModuleHops bounds how many modules are asked for one name: re-exports may run in
// circles, and `export *` may fan out.
const maxModuleHops = 64

// NewModules takes files of a layout. Those of the layout that are not among them
// count as outside of the program.
func NewModules(l *Layout, files []*File) *Modules {
	m := &Modules{layout: l, files: make(map[string]*File, len(files))}
	for _, f := range files {
		m.files[clean(f.Path)] = f
	}
	return m
}

// Find gives what an import of a file binds, through re-exports; ok is false for
// what is outside of the program and for a name that no file declares.
func (m *Modules) Find(from *File, imp *Import) (Definition, bool) {
	if imp.Star {
		return Definition{}, false
	}
	s := search{m: m, seen: map[place]bool{}}
	module := imp.Module
	if imp.Full != "" {
		// `import a.b` binds a.
		module, _, _ = strings.Cut(imp.Full, ".")
	}
	return s.member(from, module, imp.Name)
}

// Siblings gives the files of the Go package that a file belongs to, itself
// included; nil in other languages.
func (m *Modules) Siblings(f *File) []*File {
	return m.lowered(m.layout.Siblings(f.Path))
}

// Needs gives the files that a file's imports and re-exports name, without those
// that these lead on to, and the other files of its package in Go: a change in
// them can change what the file's names mean. Each is listed once, in the order of
// their paths.
func (m *Modules) Needs(f *File) []*File {
	var paths []string
	add := func(module string) { paths = append(paths, m.layout.Resolve(f.Path, module)...) }
	for i := range f.Imports {
		im := &f.Imports[i]
		switch {
		case f.Lang != source.Python:
			add(im.Module)
		case im.Full != "":
			for k := range im.Full {
				if im.Full[k] == '.' {
					add(im.Full[:k])
				}
			}
			add(im.Full)
		default:
			add(im.Module)
			if im.Name != "" {
				add(submodule(im.Module, im.Name))
			}
		}
	}
	for i := range f.Exports {
		if f.Exports[i].Module != "" {
			add(f.Exports[i].Module)
		}
	}
	paths = append(paths, m.layout.Siblings(f.Path)...)
	slices.Sort(paths)
	paths = slices.Compact(paths)
	self := clean(f.Path)
	return m.lowered(slices.DeleteFunc(paths, func(p string) bool { return p == self }))
}

// lowered gives those of the files that are there.
func (m *Modules) lowered(paths []string) []*File {
	var out []*File
	for _, p := range paths {
		if f := m.files[p]; f != nil {
			out = append(out, f)
		}
	}
	return out
}

// Stars gives the files whose names a file binds without naming them: by
// `from module import *` and by Go's dot import.
func (m *Modules) Stars(f *File) []*File {
	var out []*File
	for i := range f.Imports {
		if im := &f.Imports[i]; im.Star {
			out = append(out, m.lowered(m.layout.Resolve(f.Path, im.Module))...)
		}
	}
	return out
}

func submodule(module, name string) string {
	if strings.HasSuffix(module, ".") {
		return module + name
	}
	return module + "." + name
}

type place struct {
	file *File
	name string
}

// search follows one name from module to module.
type search struct {
	m    *Modules
	seen map[place]bool
}

// member gives a name of a module that a file imports.
func (s *search) member(from *File, module, name string) (Definition, bool) {
	files := s.m.lowered(s.m.layout.Resolve(from.Path, module))
	if from.Lang == source.Go {
		return Definition{files, name}, len(files) > 0
	}
	if name == "" || name == "*" {
		return Definition{files, ""}, len(files) > 0
	}
	if len(files) > 0 {
		if d, ok := s.declared(files[0], name); ok {
			return d, true
		}
	}
	if from.Lang == source.Python {
		// What is no name of the package may be a module in it.
		if sub := s.m.lowered(s.m.layout.Resolve(from.Path, submodule(module, name))); len(sub) > 0 {
			return Definition{sub, ""}, true
		}
	}
	return Definition{}, false
}

// declared gives the place where a name that a file shows is declared.
func (s *search) declared(f *File, name string) (Definition, bool) {
	at := place{f, name}
	if s.seen[at] || len(s.seen) >= maxModuleHops {
		return Definition{}, false
	}
	s.seen[at] = true
	if f.Lang != source.Python {
		return s.exported(f, name)
	}
	if declares(f.Top.Body, name) {
		return Definition{[]*File{f}, name}, true
	}
	return s.imported(f, name, true)
}

// exported looks a name up in the exports of an ECMAScript module.
func (s *search) exported(f *File, name string) (Definition, bool) {
	for i := range f.Exports {
		e := &f.Exports[i]
		switch {
		case e.Name != name:
		case e.Module != "":
			return s.member(f, e.Module, e.From)
		case e.Local == "":
			return Definition{[]*File{f}, name}, e.Value != nil
		default:
			if d, ok := s.imported(f, e.Local, false); ok {
				return d, true
			}
			return Definition{[]*File{f}, e.Local}, true
		}
	}
	if name == "default" {
		return Definition{}, false // `export *` leaves it out
	}
	for i := range f.Exports {
		if e := &f.Exports[i]; e.Name == "*" && e.Module != "" {
			if d, ok := s.member(f, e.Module, name); ok {
				return d, true
			}
		}
	}
	return Definition{}, false
}

// imported looks a name up among what a file imports at its top level.
func (s *search) imported(f *File, name string, stars bool) (Definition, bool) {
	for i := range f.Imports {
		im := &f.Imports[i]
		if im.Func != 0 || im.Full != "" {
			continue
		}
		if im.Local == name && !im.Star || im.Star && stars && !strings.HasPrefix(name, "_") {
			if d, ok := s.member(f, im.Module, im.memberName(name)); ok {
				return d, true
			}
		}
	}
	return Definition{}, false
}

// memberName gives the name that an import takes for a local one.
func (im *Import) memberName(local string) string {
	if im.Star {
		return local
	}
	return im.Name
}

// declares reports whether statements bind a name, also on a branch.
func declares(body []*Stmt, name string) bool {
	found := false
	binders(body, func(n string) bool {
		found = n == name
		return !found
	})
	return found
}

// binders gives the names that statements bind, also on a branch, until yield says
// that it has enough.
func binders(body []*Stmt, yield func(name string) bool) {
	for work := [][]*Stmt{body}; len(work) > 0; {
		list := work[len(work)-1]
		work = work[:len(work)-1]
		for _, s := range list {
			name := ""
			switch {
			case s.Op == StmtFunc && s.Func != nil:
				name = s.Func.Name
			case s.Op == StmtClass && s.Class != nil:
				name = s.Class.Name
			}
			if name != "" && !yield(name) {
				return
			}
			for _, t := range s.Targets {
				if t != nil && t.Op == OpIdent && !yield(t.Name) {
					return
				}
			}
			work = append(work, s.Body, s.Else, s.Finally)
			for i := range s.Cases {
				work = append(work, s.Cases[i].Body)
			}
		}
	}
}

// Member gives a name that a file shows to those that import it: through
// re-exports, and in Python a module within the package that the file is.
func (m *Modules) Member(f *File, name string) (Definition, bool) {
	s := search{m: m, seen: map[place]bool{}}
	if d, ok := s.declared(f, name); ok {
		return d, true
	}
	if f.Lang == source.Python && strings.HasSuffix(clean(f.Path), "/__init__.py") {
		if sub := m.lowered(m.layout.Resolve(f.Path, "."+name)); len(sub) > 0 {
			return Definition{sub, ""}, true
		}
	}
	return Definition{}, false
}

// Declared gives the names that a file binds at its top level, imports aside, in no
// order and perhaps some twice.
func Declared(f *File) []string {
	var names []string
	binders(f.Top.Body, func(name string) bool {
		names = append(names, name)
		return true
	})
	return names
}

// Exported gives the names that a module of ECMAScript shows to those that import it
// as a whole, through `export *` too, sorted.
func (m *Modules) Exported(f *File) []string {
	var names []string
	seen := map[*File]bool{f: true}
	for work := []*File{f}; len(work) > 0 && len(seen) <= maxModuleHops; {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		for i := range at.Exports {
			e := &at.Exports[i]
			if e.Name != "*" {
				if e.Name != "default" || at == f {
					names = append(names, e.Name)
				}
				continue
			}
			for _, next := range m.lowered(m.layout.Resolve(at.Path, e.Module)) {
				if !seen[next] {
					seen[next] = true
					work = append(work, next)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
