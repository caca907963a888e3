package flow

// implement.go finds the types of other packages of Go that have all the methods of
// an interface. Neither package need import the other, so a file that declares an
// interface is said to need the files with these methods: it is followed after them,
// and again when they change.

import (
	"path"
	"slices"
	"sort"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// goShape is what a file of Go declares that decides who implements what.
type goShape struct {
	interfaces map[string][]string // their methods, by name
	methods    []methodKey
	sum        uint64
}

// implementer is a type of another package with all the methods of an interface.
type implementer struct {
	typ     string // with its folder
	methods map[string]*member
}

// name gives the name of the type within its package.
func (im *implementer) name() string { return im.typ[strings.LastIndexByte(im.typ, '.')+1:] }

// implementers gives the types of other packages that implement an interface which
// the file declares.
func (u *unit) implementers(name string) []implementer {
	if m := u.world.members[u.file.Path]; m != nil {
		return m.implementers[name]
	}
	return nil
}

// maxCandidates bounds how many types may have a method for the others of an
// interface to be looked at: what everything has tells nothing apart.
const maxCandidates = 64

// goShapeOf gives what a file declares.
func goShapeOf(f *program.File) *goShape {
	s := &goShape{interfaces: map[string][]string{}}
	if f.Lang != source.Go || len(f.Funcs) == 0 || strings.HasSuffix(f.Path, "_test.go") {
		return s
	}
	d := newDigester()
	for _, st := range f.Funcs[0].Body {
		if st.Op != program.StmtClass || st.Class == nil || !st.Class.Interface || len(st.Class.Bases) > 0 || len(st.Class.Fields) == 0 {
			continue
		}
		var names []string
		d.str(st.Class.Name)
		for i := range st.Class.Fields {
			names = append(names, st.Class.Fields[i].Name)
			d.str(st.Class.Fields[i].Name)
		}
		s.interfaces[st.Class.Name] = names
	}
	for i := range f.Funcs {
		if p := &f.Funcs[i]; p.Receiver != nil {
			k := methodKey{receiverName(p.Receiver.Type), p.Name}
			s.methods = append(s.methods, k)
			d.str(k.typ)
			d.str(k.name)
		}
	}
	s.sum = uint64(d)
	return s
}

// implement finds, after files changed what they declare or import, which types
// implement the interfaces of each file, and adds what that file needs for it.
func (w *World) implement() {
	paths := make([]string, 0, len(w.members))
	some := false
	for p, m := range w.members {
		paths = append(paths, p)
		some = some || m.shape != nil && len(m.shape.interfaces) > 0
	}
	sort.Strings(paths)
	types, byMethod := map[string]map[string]*member{}, map[string][]string{}
	if some {
		for _, p := range paths {
			m := w.members[p]
			for _, k := range m.shape.methods {
				t := path.Dir(p) + "." + k.typ
				if types[t] == nil {
					types[t] = map[string]*member{}
				}
				if types[t][k.name] == nil {
					types[t][k.name] = m
					byMethod[k.name] = append(byMethod[k.name], t)
				}
			}
		}
	}
	together := w.connected(paths)
	for _, p := range paths {
		m := w.members[p]
		found := map[string][]implementer{}
		for name, methods := range m.shape.interfaces {
			if list := implementersOf(p, methods, types, byMethod, together); len(list) > 0 {
				found[name] = list
			}
		}
		m.implemented(found)
	}
}

// implementersOf gives the types of other packages with all the methods of an
// interface, none where there are more than are followed.
func implementersOf(at string, methods []string, types map[string]map[string]*member, byMethod map[string][]string, together map[string]string) []implementer {
	few := byMethod[methods[0]]
	for _, name := range methods[1:] {
		if len(byMethod[name]) < len(few) {
			few = byMethod[name]
		}
	}
	if len(few) > maxCandidates {
		return nil
	}
	var out []implementer
	for _, t := range few {
		im := implementer{typ: t, methods: map[string]*member{}}
		for _, name := range methods {
			if o := types[t][name]; o != nil && together[o.path] == together[at] && path.Dir(o.path) != path.Dir(at) {
				im.methods[name] = o
			}
		}
		if len(im.methods) == len(methods) {
			out = append(out, im)
		}
	}
	if len(out) > maxImplementations {
		return nil
	}
	slices.SortFunc(out, func(a, b implementer) int { return strings.Compare(a.typ, b.typ) })
	return out
}

// implemented remembers who implements the interfaces of a file.
func (m *member) implemented(found map[string][]implementer) {
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	d := newDigester()
	m.needs = slices.Clone(m.imports)
	for _, name := range names {
		d.str(name)
		for _, im := range found[name] {
			d.str(im.typ)
			for _, o := range im.methods {
				m.needs = append(m.needs, o.path)
			}
		}
	}
	slices.Sort(m.needs)
	m.needs = slices.DeleteFunc(slices.Compact(m.needs), func(p string) bool { return p == m.path })
	m.implementers = found
	if sum := uint64(d); sum != m.implementSum {
		m.implementSum = sum
		m.changed = true
	}
}

// connected names, for each file, the files that imports connect it with.
func (w *World) connected(paths []string) map[string]string {
	root := make(map[string]string, len(paths))
	find := func(p string) string {
		for root[p] != p {
			root[p] = root[root[p]]
			p = root[p]
		}
		return p
	}
	for _, p := range paths {
		root[p] = p
	}
	for _, p := range paths {
		for _, q := range w.members[p].imports {
			if w.members[q] != nil {
				a, b := find(p), find(q)
				root[max(a, b)] = min(a, b)
			}
		}
	}
	out := make(map[string]string, len(paths))
	for _, p := range paths {
		out[p] = find(p)
	}
	return out
}

// implementSum gives the digest of who implements the interfaces of a file.
func (u *unit) implementSum() uint64 {
	if m := u.world.members[u.file.Path]; m != nil {
		return m.implementSum
	}
	return 0
}
