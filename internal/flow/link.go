package flow

// link.go says what the names of one file mean in another: imports, members of
// modules, and the names that the files of a package of Go share.

import (
	"mcpaudit/internal/program"
)

// maxHops bounds how many imports are looked up for one.
const maxHops = 32

// lazy reports whether a value is an import that is looked up when it is read,
// because the file that it names was being followed when it was bound.
func (v *value) lazy() bool { return v != nil && v.form == formImport }

// linked gives what import k of the file binds in another file of the program, nil
// if it is none of the program's.
func (u *unit) linked(k int) *value {
	w := u.world
	if w.modules == nil {
		return nil
	}
	d, ok := w.modules.Find(u.file, &u.file.Imports[k])
	if !ok {
		return nil
	}
	if d.Name != "" {
		for _, f := range d.Files {
			if o := w.unitOf(f); o != nil && o.state[0] == stateBusy {
				return &value{form: formImport, class: classRef{u.home, uint64(k)}}
			}
		}
	}
	v, _ := w.defined(d)
	return v
}

// resolved gives what a lazy import means.
func (u *unit) resolved(v *value) *value {
	w := u.world
	o := v.class.home.cur
	k := int(v.class.id)
	if k < len(o.file.Imports) && w.modules != nil && w.hops < maxHops {
		w.hops++
		defer func() { w.hops-- }()
		if d, ok := w.modules.Find(o.file, &o.file.Imports[k]); ok {
			if x, ok := w.defined(d); ok {
				return x
			}
		}
	}
	return nil
}

// exportSlot names the variable that holds what a module exports without a name of
// its own. No name of a program has a space.
func exportSlot(name string) string { return "export " + name }

// exports evaluates what the file exports without a local name.
func (f *frame) exports() {
	for i := range f.u.file.Exports {
		if e := &f.u.file.Exports[i]; e.Local == "" && e.Module == "" && e.Value != nil {
			dead := f.dead
			f.dead = false
			f.set(f.slot(exportSlot(e.Name)), f.eval(e.Value))
			f.dead = dead
		}
	}
}

// defined gives the value of a definition.
func (w *World) defined(d program.Definition) (*value, bool) {
	if len(d.Files) == 0 {
		return nil, false
	}
	if d.Name == "" {
		return w.module(d.Files[0]), true
	}
	for _, f := range d.Files {
		u := w.unitOf(f)
		if u == nil {
			continue
		}
		top := u.top()
		if top == nil {
			continue
		}
		for _, name := range []string{d.Name, exportSlot(d.Name)} {
			if s, ok := top.slots[name]; ok && !u.importsAs(name) {
				v := top.vars[s]
				if v.lazy() {
					v = u.resolved(v)
				}
				return v, true
			}
		}
	}
	return nil, false
}

// importsAs reports whether a name at the top level of a file of Go is an import,
// which other files of the package do not see.
func (u *unit) importsAs(name string) bool {
	if !u.golang {
		return false
	}
	for i := range u.file.Imports {
		if u.file.Imports[i].Local == name {
			return true
		}
	}
	return false
}

// module gives a file, or the package of Go that it belongs to, as a value.
func (w *World) module(f *program.File) *value {
	u := w.unitOf(f)
	if u == nil {
		return nil
	}
	d := newDigester()
	d.str(f.Path)
	return &value{form: formModule, class: classRef{u.home, uint64(d)}}
}

// exported gives a name that a module shows.
func (u *unit) exported(name string) (*value, bool) {
	w := u.world
	if w.modules == nil || w.hops >= maxHops {
		return nil, false
	}
	w.hops++
	defer func() { w.hops-- }()
	if u.golang {
		if h := u.goPackage().names[name]; h != nil {
			return w.defined(program.Definition{Files: []*program.File{h.cur.file}, Name: name})
		}
		return nil, false
	}
	d, ok := w.modules.Member(u.file, name)
	if !ok {
		return nil, false
	}
	return w.defined(d)
}

// moduleMember gives a member of a module.
func (f *frame) moduleMember(x *value, name string) *value {
	h := x.class.home
	v, ok := h.cur.exported(name)
	if f.sum != nil {
		f.sum.depend(dep{module: h, name: name, missing: !ok}, v)
	}
	if !ok {
		return nil
	}
	return v
}

// methodsOfPackage stands, as the name of a dependency, for which methods a package
// of Go has. No name of a program has a space.
const methodsOfPackage = "its methods"

// holds reports whether a name of another module is what it was.
func (d dep) holds() bool {
	if d.name == methodsOfPackage {
		return d.sum == d.module.cur.packageMethods()
	}
	v, found := d.module.cur.exported(d.name)
	return found == !d.missing && (!found || v.sum() == d.sum)
}

// around gives a name that other files bring into a file without its naming them: of
// the same package of Go, or by `from module import *`.
func (u *unit) around(name string) (*value, bool) {
	w := u.world
	if w.modules == nil {
		return nil, false
	}
	if u.golang {
		if h := u.goPackage().names[name]; h != nil && h != u.home {
			return w.defined(program.Definition{Files: []*program.File{h.cur.file}, Name: name})
		}
	}
	if u.stars == nil {
		u.stars = []*home{}
		for _, f := range w.modules.Stars(u.file) {
			if o := w.unitOf(f); o != nil {
				u.stars = append(u.stars, o.home)
			}
		}
	}
	if u.python && len(name) > 0 && name[0] == '_' {
		return nil, false
	}
	for _, h := range u.stars {
		if v, ok := h.cur.exported(name); ok {
			return v, true
		}
	}
	return nil, false
}

// noPackage is that of a file which shares nothing.
var noPackage = &goPackage{}

// goPackage gives what the files of the file's package share.
func (u *unit) goPackage() *goPackage {
	w := u.world
	if w.modules == nil {
		return noPackage
	}
	if p := w.packages[u.packageKey]; p != nil {
		return p
	}
	files := w.modules.Siblings(u.file)
	if len(files) == 0 {
		return noPackage
	}
	key := files[0].Path
	u.packageKey = key
	if p := w.packages[key]; p != nil {
		return p
	}
	p := &goPackage{names: map[string]*home{}, methods: map[methodKey]*home{}}
	d := newDigester()
	for _, f := range files {
		o := w.unitOf(f)
		if o == nil {
			continue
		}
		for _, name := range program.Declared(f) {
			if p.names[name] == nil {
				p.names[name] = o.home
			}
		}
		for k := range o.byMethod {
			p.methods[k] = o.home
		}
		d.num(o.goMethods)
		d.num(o.implementSum())
	}
	p.digest = uint64(d)
	w.packages[key] = p
	return p
}

// packageMethods gives the digest of which methods the package has.
func (u *unit) packageMethods() uint64 {
	if !u.golang {
		return 0
	}
	if u.world.modules == nil {
		return u.goMethods
	}
	return u.goPackage().digest
}
