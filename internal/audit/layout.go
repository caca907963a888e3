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
				Name string `json:"name"`
			}
			if data := readManifest(s.Path); data != nil && json.Unmarshal(data, &p) == nil && p.Name != "" {
				m.Packages[p.Name] = dir
			}
		case "tsconfig.json", "jsconfig.json":
			if data := readManifest(s.Path); data != nil {
				if list := aliases(dir, data); list != nil {
					m.Aliases[dir] = list
				}
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

// aliases reads the path aliases of a tsconfig.json, the longest pattern first, and
// last what baseUrl makes of any other name.
func aliases(dir string, data []byte) []program.Alias {
	plain, err := hujson.Standardize(data)
	if err != nil {
		return nil
	}
	var config struct {
		CompilerOptions struct {
			BaseURL *string             `json:"baseUrl"`
			Paths   map[string][]string `json:"paths"`
		} `json:"compilerOptions"`
	}
	if json.Unmarshal(plain, &config) != nil {
		return nil
	}
	o := config.CompilerOptions
	base := dir
	if o.BaseURL != nil {
		base = path.Join(dir, filepath.ToSlash(*o.BaseURL))
	}
	var list []program.Alias
	for pattern, targets := range o.Paths {
		a := program.Alias{Pattern: pattern}
		for _, t := range targets {
			a.Targets = append(a.Targets, path.Join(base, t))
		}
		list = append(list, a)
	}
	sort.Slice(list, func(i, k int) bool {
		if len(list[i].Pattern) != len(list[k].Pattern) {
			return len(list[i].Pattern) > len(list[k].Pattern)
		}
		return list[i].Pattern < list[k].Pattern
	})
	if o.BaseURL != nil {
		list = append(list, program.Alias{Pattern: "*", Targets: []string{base + "/*"}})
	}
	return list
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
