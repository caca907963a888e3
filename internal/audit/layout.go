package audit

// layout.go reads from a tree's manifests how its files name each other, and groups
// the files that do: each group is analysed together.

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/tailscale/hujson"
	"golang.org/x/mod/modfile"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// layoutOf reads the manifests that were found. One that cannot be read, is a link
// or is broken says nothing.
func layoutOf(root string, files []string, manifests []Source) *program.Layout {
	m := program.Manifests{GoModules: map[string]string{}, Python: map[string]bool{}, Packages: map[string]string{}, Aliases: map[string][]program.Alias{}}
	for _, f := range files {
		if filepath.Base(f) == "setup.py" {
			m.Python[path.Dir(filepath.ToSlash(f))] = true
		}
	}
	for _, s := range manifests {
		dir := path.Dir(filepath.ToSlash(s.Path))
		switch name := filepath.Base(s.Path); name {
		case "go.mod":
			if data := readManifest(s.Path); data != nil {
				if module := modfile.ModulePath(data); module != "" {
					m.GoModules[dir] = module
				}
			}
		case "pyproject.toml", "requirements.txt":
			m.Python[dir] = true
		case "package.json":
			var p struct {
				Name    string                     `json:"name"`
				Imports map[string]json.RawMessage `json:"imports"`
			}
			if data := readManifest(s.Path); data != nil && json.Unmarshal(data, &p) == nil {
				if p.Name != "" {
					m.Packages[p.Name] = dir
				}
				m.Aliases[dir] = append(m.Aliases[dir], subpaths(dir, p.Imports)...)
			}
		case "tsconfig.json", "jsconfig.json":
			if data := readManifest(s.Path); data != nil {
				m.Aliases[dir] = append(m.Aliases[dir], aliases(root, dir, data)...)
			}
		}
	}
	return program.NewLayout(root, files, m)
}

// readManifest reads a regular file of a bounded size, nil for anything else.
func readManifest(file string) []byte {
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxManifest {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return data
}

// maxExtends bounds how many configurations one tsconfig.json is followed through.
const maxExtends = 8

// aliases reads the path aliases of a tsconfig.json, the longest pattern first, and
// last what baseUrl makes of any other name. What it does not say itself stands in
// the configuration of the tree that it extends.
func aliases(root, dir string, data []byte) []program.Alias {
	var paths map[string][]string
	var base string // what paths are joined to
	all := ""       // the folder that any other name may be a path from
	for range maxExtends {
		plain, err := hujson.Standardize(data)
		if err != nil {
			break
		}
		var config struct {
			Extends         json.RawMessage `json:"extends"`
			CompilerOptions struct {
				BaseURL *string             `json:"baseUrl"`
				Paths   map[string][]string `json:"paths"`
			} `json:"compilerOptions"`
		}
		if json.Unmarshal(plain, &config) != nil {
			break
		}
		o := config.CompilerOptions
		if o.BaseURL != nil && all == "" {
			all = path.Join(dir, filepath.ToSlash(*o.BaseURL))
		}
		if o.Paths != nil && paths == nil {
			paths, base = o.Paths, dir
			if o.BaseURL != nil {
				base = path.Join(dir, filepath.ToSlash(*o.BaseURL))
			}
		}
		var next string
		if json.Unmarshal(config.Extends, &next) != nil || !strings.HasPrefix(next, ".") {
			break
		}
		if next = path.Join(dir, filepath.ToSlash(next)); path.Ext(next) != ".json" {
			next += ".json"
		}
		if !encloses(filepath.FromSlash(root), filepath.FromSlash(next)) {
			break
		}
		if data = readManifest(filepath.FromSlash(next)); data == nil {
			break
		}
		dir = path.Dir(next)
	}
	var list []program.Alias
	for pattern, targets := range paths {
		a := program.Alias{Pattern: pattern}
		for _, t := range targets {
			a.Targets = append(a.Targets, path.Join(base, t))
		}
		list = append(list, a)
	}
	longestFirst(list)
	if all != "" {
		list = append(list, program.Alias{Pattern: "*", Targets: []string{all + "/*"}})
	}
	return list
}

// subpaths reads the imports of a package.json: names that begin with # and stand
// for files of the package, perhaps one for each condition.
func subpaths(dir string, imports map[string]json.RawMessage) []program.Alias {
	var list []program.Alias
	for pattern, raw := range imports {
		a := program.Alias{Pattern: pattern}
		var one string
		var each map[string]json.RawMessage
		switch {
		case json.Unmarshal(raw, &one) == nil:
			a.Targets = []string{path.Join(dir, one)}
		case json.Unmarshal(raw, &each) == nil:
			for _, name := range []string{"development", "types", "import", "node", "require", "default"} {
				if json.Unmarshal(each[name], &one) == nil && one != "" {
					a.Targets = append(a.Targets, path.Join(dir, one))
				}
			}
		}
		if strings.HasPrefix(pattern, "#") && len(a.Targets) > 0 {
			list = append(list, a)
		}
	}
	longestFirst(list)
	return list
}

// longestFirst orders aliases as they are tried.
func longestFirst(list []program.Alias) {
	sort.Slice(list, func(i, k int) bool {
		if len(list[i].Pattern) != len(list[k].Pattern) {
			return len(list[i].Pattern) > len(list[k].Pattern)
		}
		return list[i].Pattern < list[k].Pattern
	})
}

// withManifests gives the paths of files and of manifests: what a manifest says may
// hold of files further down.
func withManifests(paths []string, manifests []Source) []string {
	all := slices.Clone(paths)
	for _, m := range manifests {
		all = append(all, m.Path)
	}
	return all
}

// groups gives the files that import each other, in whatever way, together, as
// indices into paths: the largest group first. imported are the modules that each
// file names.
func groups(layout *program.Layout, paths []string, imported [][]string) [][]int {
	index := make(map[string]int, len(paths))
	for i, p := range paths {
		index[filepath.ToSlash(p)] = i
	}
	parent := make([]int, len(paths))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	join := func(i int, to []string) {
		for _, p := range to {
			if k, ok := index[p]; ok {
				if a, b := find(i), find(k); a != b {
					parent[max(a, b)] = min(a, b)
				}
			}
		}
	}
	for i, p := range paths {
		for _, m := range imported[i] {
			join(i, layout.Resolve(p, m))
		}
		if source.LanguageOf(p) == source.Go {
			if s := layout.Siblings(p); len(s) > 0 {
				join(i, s[:1])
			}
		}
	}
	byRoot := map[int][]int{}
	for i := range paths {
		r := find(i)
		byRoot[r] = append(byRoot[r], i)
	}
	out := make([][]int, 0, len(byRoot))
	for _, g := range byRoot {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b []int) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return a[0] - b[0]
	})
	return out
}

// commonFolder gives the folder that all paths lie below.
func commonFolder(paths []string) string {
	if len(paths) == 0 {
		return "/"
	}
	dir := filepath.Dir(paths[0])
	for _, p := range paths[1:] {
		for !encloses(dir, p) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)
		}
	}
	return strings.TrimSuffix(filepath.ToSlash(dir), "/") + "/"
}
