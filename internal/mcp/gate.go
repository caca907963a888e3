package mcp

// gate.go finds the checks that stand before what a program serves over HTTP:
// middleware of libraries, and the project's own, which is known by what its
// body does. A gate reads the Host header, the Origin header or a credential of
// the request and refuses on the outcome.

import (
	"slices"
	"strings"
	"sync"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Gate says what an HTTP request is asked before it is served, always or only where a
// setting says so.
type Gate uint8

// The things that a request is asked. They are bits.
const (
	HostGate   Gate = 1 << iota // its Host header
	OriginGate                  // its Origin header
	AuthGate                    // a secret that the caller has

	everyGate = HostGate | OriginGate | AuthGate
)

// Always gives what a request is asked where nobody has set anything.
func (g Gate) Always() Gate { return g & everyGate }

// Ever gives what a request is asked at all: what it is asked always, and what it is
// asked where a variable of the environment or a flag says so.
func (g Gate) Ever() Gate { return (g | g>>4) & everyGate }

// whereSet gives the gates as those that stand only where something is set.
func (g Gate) whereSet() Gate { return g&^everyGate | g&everyGate<<4 }

// Gates finds the gates of the files of one program. It may be shared.
type Gates struct {
	modules *program.Modules // nil where a file is looked at alone
	files   []*program.File

	mu        sync.Mutex
	byFile    map[*program.File]*fileGates
	importers map[*program.File][]*program.File
	unset     unset
}

// NewGates takes the files of a program, and what tells how they import each
// other, nil where there is but one.
func NewGates(files []*program.File, modules *program.Modules) *Gates {
	g := &Gates{files: files, modules: modules, byFile: map[*program.File]*fileGates{}}
	g.unset.find = g.find
	return g
}

// find gives what an import binds in a file of the program.
func (g *Gates) find(from *program.File, im *program.Import) (program.Definition, bool) {
	if g.modules == nil {
		return program.Definition{}, false
	}
	return g.modules.Find(from, im)
}

// needs gives the files that a file imports, and those beside it in Go's package.
func (g *Gates) needs(f *program.File) []*program.File {
	if g.modules == nil {
		return nil
	}
	return g.modules.Needs(f)
}

// Before gives what a request is asked before it reaches the code at a place of
// a file. name is the variable that holds what stands there, empty if none: a
// gate that wraps it counts.
func (g *Gates) Before(f *program.File, at source.Span, name string) Gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.gathered(f).before(at, name)
	for _, o := range g.users(f) {
		for _, u := range g.gathered(o).uses {
			if u.route == nil || u.route.reaches(g, o, f) {
				all |= u.before(source.Span{})
			}
		}
	}
	// What a file imports may be the application that it serves with.
	for _, o := range g.needs(f) {
		for _, u := range g.gathered(o).uses {
			if u.route == nil {
				all |= u.before(source.Span{})
			}
		}
	}
	return all
}

// Listens reports whether a file, or one that it imports or that imports it,
// opens a web server.
func (g *Gates) Listens(f *program.File) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, o := range append(append([]*program.File{f}, g.users(f)...), g.needs(f)...) {
		if listens(o) {
			return true
		}
	}
	return false
}

// listeners are the calls of ECMAScript that open a web server.
var listeners = wordSet(`listen serve createServer startHTTPServer`)

func listens(f *program.File) bool {
	found := false
	for i := range f.Funcs {
		f.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			found = found || v != nil && v.Op == program.OpCall && v.X != nil && listeners[lastName(v.X)]
			return !found
		})
	}
	return found
}

// GatedRoute is a route with what a request to it is asked.
type GatedRoute struct {
	Path string // empty if it is not constant
	Gate Gate
}

// Route gives the route that the code at a place serves; ok is false where it is
// not seen to serve one.
func (g *Gates) Route(file string, at source.Span) (r GatedRoute, ok bool) {
	for _, f := range g.files {
		if f.Path != file {
			continue
		}
		g.mu.Lock()
		for _, o := range g.gathered(f).routes {
			if o.covers(at, "") {
				r.Path, ok = o.path, true
			}
		}
		g.mu.Unlock()
		if ok {
			r.Gate = g.Before(f, at, "")
		}
		return r, ok
	}
	return r, false
}

// fileGates is what one file shows.
type fileGates struct {
	g *Gates
	f *program.File
	// own says which functions refuse by themselves, made which give a function
	// that does.
	own, made []Gate
	judged    bool
	uses      []gateUse
	routes    []*route

	gatheredUses bool
	index        *functionIndex
	peers        []*program.File
	peersKnown   bool
}

// gateUse is a place where a gate is put before something.
type gateUse struct {
	gate   Gate
	prefix string // the path that it is limited to, empty for all
	route  *route // the one registration that it stands in, nil for all that the program serves
	// unless is the branch around that is not taken where nothing is set, empty if
	// there is none; absolute.
	unless source.Span
}

// before gives what the use asks before a place of its file, of another file if empty.
func (u *gateUse) before(at source.Span) Gate {
	if u.unless.Len() > 0 && (at.Len() == 0 || !u.unless.Contains(at)) {
		return u.gate.whereSet()
	}
	return u.gate
}

// route is one registration of HTTP handlers.
type route struct {
	path  string
	spans []source.Span // of the registration and the handlers that it names
	names map[string]bool
}

func (r *route) covers(at source.Span, name string) bool {
	if name != "" && r.names[name] {
		return true
	}
	for _, s := range r.spans {
		if s.Contains(at) {
			return true
		}
	}
	return false
}

// reaches reports whether a registration in file from names something that it
// imports from file to.
func (r *route) reaches(g *Gates, from, to *program.File) bool {
	for i := range from.Imports {
		im := &from.Imports[i]
		if !r.names[im.Local] {
			continue
		}
		if d, ok := g.find(from, im); ok && slices.Contains(d.Files, to) {
			return true
		}
	}
	return false
}

// functionIndex finds the functions of a file.
type functionIndex struct {
	byFunc           map[*program.Function]int
	methods, topmost map[string]int // the first of a name
}

func (fg *fileGates) functions() *functionIndex {
	if fg.index != nil {
		return fg.index
	}
	x := &functionIndex{byFunc: make(map[*program.Function]int, len(fg.f.Funcs)), methods: map[string]int{}, topmost: map[string]int{}}
	for i := range fg.f.Funcs {
		fn := fg.f.Funcs[i].Function
		x.byFunc[fn] = i
		byName := x.topmost
		switch fn.Kind {
		case program.KindMethod:
			byName = x.methods
		case program.KindFunction:
		default:
			continue
		}
		if _, taken := byName[fn.Name]; !taken {
			byName[fn.Name] = i
		}
	}
	fg.index = x
	return x
}

// peersOnce gives the other files of a Go package, asked for once.
func (fg *fileGates) peersOnce() []*program.File {
	if !fg.peersKnown {
		fg.peers, fg.peersKnown = fg.g.peers(fg.f), true
	}
	return fg.peers
}

// of gives what is known of a file so far. Judging a function looks at the
// bodies of others and never at judgements, so the order of the files is all one.
func (g *Gates) of(f *program.File) *fileGates {
	fg := g.byFile[f]
	if fg == nil {
		fg = &fileGates{g: g, f: f}
		g.byFile[f] = fg
	}
	return fg
}

// gathered gives a file with the places where its gates are put.
func (g *Gates) gathered(f *program.File) *fileGates {
	fg := g.of(f)
	if !fg.gatheredUses {
		fg.gatheredUses = true
		fg.gather()
	}
	return fg
}

// before gives the gates before a place of this file that this file shows.
func (fg *fileGates) before(at source.Span, name string) Gate {
	var all, elsewhere Gate
	for i := range fg.f.Funcs {
		fn := &fg.f.Funcs[i]
		if i > 0 && fg.own[i] != 0 && (source.Span{Start: fn.Start, End: fn.Start + fn.Len}).Contains(at) {
			all |= fg.own[i]
		}
	}
	routed, paths := false, []string(nil)
	for _, r := range fg.routes {
		if r.covers(at, name) {
			routed = true
			paths = append(paths, r.path)
		}
	}
	for _, u := range fg.uses {
		switch {
		case u.route == nil && within(paths, u.prefix), u.route != nil && u.route.covers(at, name):
			all |= u.before(at)
		case u.route != nil:
			elsewhere |= u.before(at)
		}
	}
	if !routed {
		all |= elsewhere // it is not seen where it is served
	}
	return all
}

// within reports whether one of the paths lies below the prefix; unknown ones do.
func within(paths []string, prefix string) bool {
	prefix = strings.TrimRight(prefix, "*/")
	if prefix == "" || len(paths) == 0 {
		return true
	}
	for _, p := range paths {
		if p == "" || strings.HasPrefix(p, prefix) {
			return true
		}
	}
	return false
}

// users gives the files that import a file, directly or through others; of a
// Go package the files beside it as well.
func (g *Gates) users(f *program.File) []*program.File {
	if g.importers == nil {
		g.importers = map[*program.File][]*program.File{}
		for _, o := range g.files {
			for _, to := range g.needs(o) {
				g.importers[to] = append(g.importers[to], o)
			}
		}
	}
	seen := map[*program.File]bool{f: true}
	var list []*program.File
	for work := []*program.File{f}; len(work) > 0; work = work[1:] {
		for _, o := range g.importers[work[0]] {
			if !seen[o] {
				seen[o] = true
				list, work = append(list, o), append(work, o)
			}
		}
	}
	return list
}

// peers gives the other files of a Go package.
func (g *Gates) peers(f *program.File) []*program.File {
	if f.Lang != source.Go || g.modules == nil {
		return nil
	}
	return slices.DeleteFunc(g.modules.Siblings(f), func(o *program.File) bool { return o == f })
}

// maxGateHops bounds how many calls a judgement follows.
const maxGateHops = 4

// judgeAll finds the functions that refuse, and those that make them.
func (fg *fileGates) judgeAll() {
	if fg.judged {
		return
	}
	fg.judged = true
	fg.own, fg.made = make([]Gate, len(fg.f.Funcs)), make([]Gate, len(fg.f.Funcs))
	if fg.f.Tree == nil || fg.f.Tree.Text == nil {
		return
	}
	text := fg.f.Tree.Text.String()
	for i := range fg.f.Funcs {
		fn := &fg.f.Funcs[i]
		end := min(int(fn.Start+fn.Len), len(text))
		if i == 0 || int(fn.Start) > end || !worthJudging(text[fn.Start:end]) {
			continue
		}
		j := newGatekeeper(fg, i)
		fg.own[i] = j.judge()
	}
	for i := len(fg.f.Funcs) - 1; i > 0; i-- {
		if p := fg.f.Funcs[i].Parent; p > 0 && fg.own[i]|fg.made[i] != 0 {
			if found, always := fg.returns(p, i); found && always {
				fg.made[p] |= fg.own[i] | fg.made[i]
			} else if found {
				fg.made[p] |= (fg.own[i] | fg.made[i]).whereSet()
			}
		}
	}
}

// returns reports whether function p gives the function i that stands in it, and
// whether it does so where nothing is set.
func (fg *fileGates) returns(p, i int) (found, always bool) {
	inner := fg.f.Funcs[i].Function
	fg.f.Funcs[p].Walk(func(s *program.Stmt, v *program.Value) bool {
		if v == nil && s.Op == program.StmtReturn && s.Value != nil {
			eachPart(s.Value, func(v *program.Value) {
				if v.Op == program.OpFunc && v.Func == inner || v.Op == program.OpIdent && inner.Name != "" && v.Name == inner.Name {
					found = true
				}
			})
		}
		return !found
	})
	return found, found && !fg.passesFirst(p, source.Span{Start: fg.f.Funcs[i].Start - fg.f.Funcs[p].Start, End: fg.f.Funcs[i].Start - fg.f.Funcs[p].Start + inner.Len})
}

// eachPart calls yield for a value and all parts of it.
func eachPart(v *program.Value, yield func(*program.Value)) {
	if v == nil {
		return
	}
	yield(v)
	eachPart(v.X, yield)
	for _, a := range v.Args {
		eachPart(a, yield)
	}
}

// target is a function or class of the program that a value names.
type target struct {
	fg *fileGates
	fn int            // -1 for a class
	c  *program.Class // nil for a function
}

// gate gives what the function refuses by, or what the class's methods do.
func (t target) gate() Gate {
	t.fg.judgeAll()
	if t.c == nil {
		return t.fg.own[t.fn] | t.fg.made[t.fn]
	}
	var all Gate
	for _, m := range t.c.Methods {
		if i, ok := t.fg.functions().byFunc[m]; ok {
			all |= t.fg.own[i] | t.fg.made[i]
		}
	}
	return all
}

// resolve finds the function or class of the program that a value names; known
// is false for what is declared outside of the program or cannot be told.
func (fg *fileGates) resolve(fn int, v *program.Value) (t target, known bool) {
	switch {
	case v == nil:
	case v.Op == program.OpFunc:
		if i, ok := fg.functions().byFunc[v.Func]; ok {
			return target{fg: fg, fn: i}, true
		}
	case v.Op == program.OpIdent:
		return fg.named(fn, v.Name)
	case v.Op == program.OpField:
		if v.X != nil && v.X.Op == program.OpIdent {
			if b := fg.f.Lookup(fn, v.X.Name); b.Kind == program.BoundImport && b.Import != nil {
				if d, ok := fg.g.find(fg.f, b.Import); ok && d.Name == "" {
					return fg.g.declared(d.Files, v.Name)
				}
				return target{}, false
			}
		}
		return fg.method(v.Name)
	}
	return target{}, false
}

func (fg *fileGates) named(fn int, name string) (target, bool) {
	b := fg.f.Lookup(fn, name)
	switch b.Kind {
	case program.BoundFunc:
		return target{fg: fg, fn: b.Target}, true
	case program.BoundClass:
		return target{fg: fg, fn: -1, c: b.Class}, true
	case program.BoundImport:
		if d, ok := fg.g.find(fg.f, b.Import); ok && d.Name != "" {
			return fg.g.declared(d.Files, d.Name)
		}
	case program.BoundLocal:
		for i := range b.Assigns {
			if v := b.Assigns[i].Value; v != nil && v.Op == program.OpFunc {
				return fg.resolve(b.Func, v)
			}
		}
	case program.Unbound:
		if fg.f.Lang == source.Go {
			return fg.g.declared(fg.peersOnce(), name)
		}
	}
	return target{}, false
}

// declared finds a function or class by its name at the top level of files.
func (g *Gates) declared(files []*program.File, name string) (target, bool) {
	for _, f := range files {
		if f.Lang == source.Go {
			if i, ok := g.of(f).functions().topmost[name]; ok {
				return target{fg: g.of(f), fn: i}, true
			}
			continue
		}
		if t, ok := g.of(f).named(0, name); ok {
			return t, true
		}
	}
	return target{}, false
}

// method finds the one method of a name, in the file or its Go package.
func (fg *fileGates) method(name string) (target, bool) {
	if i, ok := fg.functions().methods[name]; ok {
		return target{fg: fg, fn: i}, true
	}
	for _, f := range fg.peersOnce() {
		if i, ok := fg.g.of(f).functions().methods[name]; ok {
			return target{fg: fg.g.of(f), fn: i}, true
		}
	}
	return target{}, false
}
