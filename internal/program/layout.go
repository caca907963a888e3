package program

// layout.go knows which files a program has and what a module's name leads to
// among them: by path alone, so that files can be told apart before they are read.

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mcpaudit/internal/source"
)

// Layout is the set of files under one root, with what its manifests say of how
// they name each other. It is immutable.
type Layout struct {
	root     string // with slashes
	files    map[string]source.Language
	packages map[string][]string // Go's, by folder, sorted
	Manifests
}

// Manifests is what the manifests under a root say of module names. All folders
// are clean, absolute and written with slashes.
type Manifests struct {
	// GoModules are the module paths of go.mod files, by folder.
	GoModules map[string]string
	// Python are the folders with a Python project's manifest: imports do not
	// lead above them.
	Python map[string]bool
	// Packages are the folders of npm packages, by the package's name.
	Packages map[string]string
	// Aliases are the path aliases of tsconfig.json files, by folder.
	Aliases map[string][]Alias
}

// Alias maps the modules that match Pattern, in which one * stands for anything,
// to the files that Targets name, relative to a folder that they are joined to.
type Alias struct {
	Pattern string
	Targets []string // absolute, with slashes; a * takes what matched
}

// NewLayout takes the files under a root.
func NewLayout(root string, paths []string, m Manifests) *Layout {
	l := &Layout{root: clean(root), files: make(map[string]source.Language, len(paths)), packages: map[string][]string{}, Manifests: m}
	for _, p := range paths {
		p = clean(p)
		lang := source.LanguageOf(p)
		if lang.Data() {
			continue // nothing in it can be imported as code
		}
		l.files[p] = lang
		if lang == source.Go && !strings.HasSuffix(p, "_test.go") {
			l.packages[path.Dir(p)] = append(l.packages[path.Dir(p)], p)
		}
	}
	for _, list := range l.packages {
		slices.Sort(list)
	}
	return l
}

func clean(p string) string { return path.Clean(filepath.ToSlash(p)) }

// Resolve gives the files that a module's name, as a file writes it, leads to:
// none for what is outside of the program, several for a package of Go.
func (l *Layout) Resolve(from, module string) []string {
	from = clean(from)
	switch lang := l.files[from]; {
	case lang == source.Go:
		return l.goPackage(from, module)
	case lang == source.Python:
		return l.python(from, module)
	case lang.ECMAScript():
		if f := l.ecma(from, module); f != "" {
			return []string{f}
		}
	}
	return nil
}

// Siblings gives the files that share a package of Go with a file, itself included.
func (l *Layout) Siblings(of string) []string {
	of = clean(of)
	if l.files[of] != source.Go {
		return nil
	}
	return l.packages[path.Dir(of)]
}

// ecmaSuffixes are tried in this order; TypeScript writes the suffix of what it
// compiles to, so .js may mean .ts.
var (
	ecmaSuffixes = []string{".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"}
	ecmaSources  = map[string][]string{".js": {".ts", ".tsx"}, ".jsx": {".tsx"}, ".mjs": {".mts"}, ".cjs": {".cts"}}
)

func (l *Layout) ecma(from, module string) string {
	if module == "." || module == ".." || strings.HasPrefix(module, "./") || strings.HasPrefix(module, "../") {
		return l.ecmaFile(path.Join(path.Dir(from), module))
	}
	for dir := path.Dir(from); l.within(dir); dir = path.Dir(dir) {
		for _, a := range l.Aliases[dir] {
			rest, ok := matchAlias(a.Pattern, module)
			if !ok {
				continue
			}
			for _, t := range a.Targets {
				if f := l.ecmaFile(clean(strings.Replace(t, "*", rest, 1))); f != "" {
					return f
				}
			}
		}
		if dir == path.Dir(dir) {
			break
		}
	}
	return l.npmPackage(module)
}

// npmPackage resolves a package of the same workspace: its sources, as what it
// publishes is built from them.
func (l *Layout) npmPackage(module string) string {
	parts := strings.SplitN(module, "/", 3)
	n := 1
	if strings.HasPrefix(module, "@") {
		n = 2
	}
	if len(parts) < n {
		return ""
	}
	dir, ok := l.Packages[strings.Join(parts[:n], "/")]
	if !ok {
		return ""
	}
	rest := strings.Join(parts[n:], "/")
	if rest == "" {
		rest = "index"
	}
	for _, base := range []string{"/src/", "/", "/lib/"} {
		if f := l.ecmaFile(dir + base + rest); f != "" {
			return f
		}
	}
	return ""
}

func matchAlias(pattern, module string) (rest string, ok bool) {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return "", pattern == module
	}
	if len(module) < len(before)+len(after) || !strings.HasPrefix(module, before) || !strings.HasSuffix(module, after) {
		return "", false
	}
	return module[len(before) : len(module)-len(after)], true
}

func (l *Layout) ecmaFile(p string) string {
	if l.files[p].ECMAScript() {
		return p
	}
	ext := path.Ext(p)
	for _, to := range ecmaSources[ext] {
		if f := strings.TrimSuffix(p, ext) + to; l.files[f] != source.None {
			return f
		}
	}
	for _, base := range []string{p, p + "/index"} {
		for _, ext := range ecmaSuffixes {
			if l.files[base+ext] != source.None {
				return base + ext
			}
		}
	}
	return ""
}

// python resolves relative modules from the file's package, and absolute ones
// from the folders that can stand in the search path: the file's own and those
// above it that are no packages, up to the project's, and src below that.
func (l *Layout) python(from, module string) []string {
	dir := path.Dir(from)
	name := strings.TrimLeft(module, ".")
	way := strings.ReplaceAll(name, ".", "/")
	if dots := len(module) - len(name); dots > 0 {
		for range dots - 1 {
			if dir == l.root {
				return nil
			}
			dir = path.Dir(dir)
		}
		return l.pythonAt(path.Join(dir, way))
	}
	top := l.root
	for d := dir; l.within(d); d = path.Dir(d) {
		if l.files[d+"/__init__.py"] == source.None {
			if f := l.pythonAt(path.Join(d, way)); f != nil {
				return f
			}
		}
		if l.Python[d] {
			top = d
			break
		}
		if d == path.Dir(d) {
			break
		}
	}
	return l.pythonAt(path.Join(top, "src", way))
}

func (l *Layout) within(dir string) bool {
	return dir == l.root || strings.HasPrefix(dir, strings.TrimSuffix(l.root, "/")+"/")
}

func (l *Layout) pythonAt(p string) []string {
	for _, f := range []string{p + ".py", p + "/__init__.py"} {
		if l.files[f] == source.Python {
			return []string{f}
		}
	}
	return nil
}

// goPackage gives the files of a package of the module that a file belongs to.
func (l *Layout) goPackage(from, module string) []string {
	for dir := path.Dir(from); l.within(dir); dir = path.Dir(dir) {
		if name, ok := l.GoModules[dir]; ok {
			if module == name {
				return l.packages[dir]
			}
			if rest, ok := strings.CutPrefix(module, name+"/"); ok {
				return l.packages[path.Join(dir, rest)]
			}
			break
		}
		if dir == path.Dir(dir) {
			break
		}
	}
	// Another module of the same repository.
	for dir, name := range l.GoModules {
		if rest, ok := strings.CutPrefix(module, name); ok && (rest == "" || rest[0] == '/') {
			if list := l.packages[path.Join(dir, rest)]; list != nil {
				return list
			}
		}
	}
	return nil
}
