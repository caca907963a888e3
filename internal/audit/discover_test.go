package audit

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

// tree writes a folder: a name that ends in a slash is a folder, a text that
// begins with "-> " is a link to the rest.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	// The folder's own links would make it lie outside itself.
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(path, 0o755)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			if target, ok := strings.CutPrefix(files[name], "-> "); ok {
				err = os.Symlink(target, path)
			} else {
				err = os.WriteFile(path, []byte(files[name]), 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func rels(sources []Source) string {
	var names []string
	for _, s := range sources {
		names = append(names, s.Rel)
	}
	return strings.Join(names, " ")
}

func TestDiscover(t *testing.T) {
	for _, c := range []struct {
		name      string
		files     map[string]string
		roots     []string // relative; the folder itself if empty
		untrusted bool
		want      string // Rel of each file
		manifests string
		skipped   []string // "path: reason", the path relative
		installed int
		ignored   int
	}{
		{
			name: "every language and manifest, declarations and other files silently left out",
			files: map[string]string{
				"a.py": "", "b.js": "", "c.mjs": "", "d.cjs": "", "e.jsx": "", "f.ts": "", "g.mts": "", "h.cts": "", "i.tsx": "", "j.go": "", "K.PY": "",
				"x.d.ts": "", "x.d.mts": "", "x.pyi": "", "README.md": "", "logo.png": "", "empty/": "",
				"package.json": "", "pyproject.toml": "", "go.mod": "", "server.json": "", "manifest.json": "", "requirements.txt": "", "other.json": "",
			},
			want:      "K.PY a.py b.js c.mjs d.cjs e.jsx f.ts g.mts h.cts i.tsx j.go manifest.json package.json pyproject.toml server.json",
			manifests: "go.mod manifest.json package.json pyproject.toml requirements.txt server.json",
		},
		{
			name:  "the files of a folder come before its folders",
			files: map[string]string{"b/z.py": "", "b/a/y.py": "", "a/x.py": "", "z.py": ""},
			want:  "z.py a/x.py b/z.py b/a/y.py",
		},
		{
			name: "installed code",
			files: map[string]string{
				"src/a.py": "", ".git/hooks/h.py": "", "node_modules/x/i.js": "", "web/node_modules/x/i.js": "",
				".venv/bin/x.py": "", ".venv/lib/x.py": "", "odd/pyvenv.cfg": "", "odd/x.py": "", "lib/site-packages/x.py": "",
				"vendor/modules.txt": "", "vendor/x.go": "",
				"app/vendor/mine.py": "", "app/env/mine.py": "", "dist/mine.js": "", "build/mine.js": "",
			},
			want:      "app/env/mine.py app/vendor/mine.py build/mine.js dist/mine.js src/a.py",
			installed: 7,
		},
		{
			name: "a stranger's folders of installed code are named and its .gitignore does not count",
			files: map[string]string{
				".gitignore": "*.py", "a.py": "", "src/pyvenv.cfg": "", "src/server.py": "", "node_modules/x.js": "",
			},
			untrusted: true,
			want:      "a.py",
			skipped: []string{
				"node_modules: a folder of installed JavaScript packages",
				"src: a Python virtual environment",
			},
			installed: 2,
		},
		{
			name: "nested .gitignore files, negation, and no return below an ignored folder",
			files: map[string]string{
				".gitignore": "*.gen.py\n/build/\ntmp/\n", "a.gen.py": "", "a.py": "", "build/b.py": "", "src/build/kept.py": "",
				"src/.gitignore": "!keep.gen.py\nlocal.py\n", "src/keep.gen.py": "", "src/local.py": "", "local.py": "",
				"tmp/.gitignore": "!x.py\n", "tmp/x.py": "",
			},
			want:    "a.py local.py src/keep.gen.py src/build/kept.py",
			ignored: 4,
		},
		{
			name: "an ignore file that does not count",
			files: map[string]string{
				"a/.gitignore": strings.Repeat("x.py\n", 20_000), "a/x.py": "", "b/.gitignore": "-> ../rules", "b/x.py": "", "rules": "x.py\n",
				"c/.git": "gitdir: elsewhere\n", "c/x.py": "",
			},
			want: "a/x.py b/x.py c/x.py",
			skipped: []string{
				"a/.gitignore: too large for its rules to count: 100000 bytes, the limit is 65536",
				"b/.gitignore: not a regular file, so its rules do not count",
			},
		},
		{
			name: "a root in a repository obeys the files above it",
			files: map[string]string{
				".git/info/exclude": "excluded.py\n", ".gitignore": "x.py\n", "sub/x.py": "", "sub/y.py": "", "sub/excluded.py": "",
			},
			roots:   []string{"sub"},
			want:    "y.py",
			ignored: 2,
		},
		{
			name: "a root is audited even if ignored",
			files: map[string]string{
				".git/": "", ".gitignore": "build/\nout/**\n*.gen.py\n", "build/a.py": "", "out/deep/b.py": "", "c.gen.py": "", "node_modules/p/d.js": "", "node_modules/p/node_modules/q/e.js": "",
			},
			roots:     []string{"build", "out/deep", "c.gen.py", "node_modules/p", "node_modules/p/node_modules/q/e.js"},
			want:      "a.py b.py c.gen.py d.js e.js",
			installed: 1,
		},
		{
			name:  "a file under two roots is audited once",
			files: map[string]string{"a/b/x.py": "", "a/y.py": ""},
			roots: []string{"a/b/x.py", "a", "a/b", "a"},
			want:  "x.py y.py",
		},
		{
			name: "links",
			files: map[string]string{
				"root/a.py": "", "outside/b.py": "",
				"root/alias.py": "-> a.py", "root/out.py": "-> ../outside/b.py", "root/outdir": "-> ../outside",
				"root/up/loop": "-> ..", "root/one.py": "-> two.py", "root/two.py": "-> one.py", "root/gone.py": "-> nowhere.py",
				"root/gone": "-> nowhere", "root/notes": "-> ../outside/b.py",
			},
			roots: []string{"root"},
			want:  "a.py",
			skipped: []string{
				"root/gone.py: the link leads nowhere",
				"root/one.py: a symlink loop",
				"root/out.py: the link leads out of the folder that is audited",
				"root/outdir: the link leads out of the folder that is audited",
				"root/two.py: a symlink loop",
				"root/up/loop: a symlink loop: the link leads back to a folder it stands in",
			},
		},
		{
			name:    "a named file of no language",
			files:   map[string]string{"a.rs": "", "b.pyi": ""},
			roots:   []string{"a.rs", "b.pyi"},
			skipped: []string{"a.rs: not a language that is audited", "b.pyi: not a language that is audited"},
		},
		{
			name:  "hostile names",
			files: map[string]string{"a\nb\x1b[31m.py": "", "-rf.py": "", "..py": "", "x\xff.py": "", "*.py": "", "[a].py": ""},
			want:  "*.py -rf.py ..py [a].py a\nb\x1b[31m.py x\xff.py",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := tree(t, c.files)
			roots := []string{dir}
			if c.roots != nil {
				roots = nil
				for _, r := range c.roots {
					roots = append(roots, filepath.Join(dir, filepath.FromSlash(r)))
				}
			}
			d, err := Discover(context.Background(), roots, DiscoverOptions{Untrusted: c.untrusted})
			if err != nil {
				t.Fatal(err)
			}
			var skipped []string
			for _, s := range d.Skipped {
				rel, _ := filepath.Rel(dir, s.Path)
				skipped = append(skipped, filepath.ToSlash(rel)+": "+s.Reason)
			}
			slices.Sort(skipped)
			if got := rels(d.Files); got != c.want {
				t.Errorf("files %q, want %q", got, c.want)
			}
			if got := rels(d.Manifests); got != c.manifests {
				t.Errorf("manifests %q, want %q", got, c.manifests)
			}
			if !slices.Equal(skipped, c.skipped) {
				t.Errorf("skipped %q, want %q", skipped, c.skipped)
			}
			if d.Installed != c.installed || d.Ignored != c.ignored {
				t.Errorf("%d installed, %d ignored, want %d and %d", d.Installed, d.Ignored, c.installed, c.ignored)
			}
			for _, s := range d.Files {
				if !filepath.IsAbs(s.Path) || s.Lang != source.LanguageOf(s.Rel) {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

func TestDiscoverErrors(t *testing.T) {
	dir := tree(t, map[string]string{"a.py": "", "loop": "-> loop"})
	for _, root := range []string{"missing", "loop"} {
		_, err := Discover(context.Background(), []string{dir, filepath.Join(dir, root)}, DiscoverOptions{})
		if err == nil || !strings.Contains(err.Error(), root) {
			t.Errorf("%s: error %v does not name it", root, err)
		}
	}
	if _, err := Discover(context.Background(), []string{filepath.Join(dir, "missing")}, DiscoverOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v is not fs.ErrNotExist", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	nested := tree(t, map[string]string{"a/b.py": ""})
	if _, err := Discover(ctx, []string{nested}, DiscoverOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled walk ends with %v", err)
	}
}

// The tests may run as a user whom no permission stops, so the failure is made.
func TestDiscoverUnreadableFolder(t *testing.T) {
	dir := tree(t, map[string]string{"a/x.py": "", "b/y.py": "", "c/z.py": ""})
	w := &walker{seen: map[string]bool{}, readDir: func(path string) ([]fs.DirEntry, error) {
		if filepath.Base(path) == "b" {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
		}
		return readDir(path)
	}}
	if err := w.root(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	want := []Skip{{filepath.Join(dir, "b"), "the folder cannot be read: permission denied"}}
	if rels(w.Files) != "a/x.py c/z.py" || !slices.Equal(w.Skipped, want) {
		t.Errorf("files %q, skipped %v", rels(w.Files), w.Skipped)
	}
	if err := w.root(context.Background(), filepath.Join(dir, "b")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("an unreadable root gives %v", err)
	}
}

func TestDiscoverDeepNesting(t *testing.T) {
	dir := tree(t, nil)
	deep := filepath.Join(dir, strings.Repeat("d"+string(filepath.Separator), 1000))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Skip("the file system nests no deeper:", err)
	}
	if err := os.WriteFile(filepath.Join(deep, "x.py"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Discover(context.Background(), []string{dir}, DiscoverOptions{})
	if err != nil || len(d.Files) != 1 || len(d.Skipped) != 0 {
		t.Errorf("%d files, skipped %v, error %v", len(d.Files), d.Skipped, err)
	}
}

func TestLoad(t *testing.T) {
	code := "def tool(path):\n    return open(path).read()\n"
	js := strings.Repeat("function a(){for(var b=0;b<c.length;b++)d(c[b],e(b));return f(g)};", 40)
	for _, c := range []struct {
		name, file, text string
		opt              DiscoverOptions
		reason           string // "" is a text
	}{
		{"code", "a.py", code, DiscoverOptions{}, ""},
		{"empty", "a.py", "", DiscoverOptions{}, ""},
		{"byte order mark", "a.py", "\ufeff" + code, DiscoverOptions{}, ""},
		{"binary", "a.py", "\x7fELF\x00\x01", DiscoverOptions{}, "a binary file"},
		{"UTF-16", "a.py", "\xff\xfed\x00e\x00", DiscoverOptions{}, "not UTF-8: it is encoded in UTF-16"},
		{"Latin-1", "a.py", "# caf\xe9\n", DiscoverOptions{}, "not UTF-8"},
		{"cut rune", "a.py", "# caf\xc3", DiscoverOptions{}, "not UTF-8"},
		{"at the limit", "a.py", "123456", DiscoverOptions{MaxSize: 6}, ""},
		{"over the limit", "a.py", "1234567", DiscoverOptions{MaxSize: 6}, "too large: 7 bytes, the limit is 6"},
		{"over the default limit", "a.py", strings.Repeat("a = 1\n", 300_000), DiscoverOptions{}, "too large: 1800000 bytes, the limit is 1500000"},
		{"named and over the limit", "a.py", "1234567", DiscoverOptions{MaxSize: 6, Named: true}, "too large: 7 bytes, the limit is 6"},

		{"Go's mark", "a.go", "// Code generated by stringer; DO NOT EDIT.\n\npackage a\n", DiscoverOptions{}, "generated code"},
		{"protoc's mark", "a.py", "# -*- coding: utf-8 -*-\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\n", DiscoverOptions{}, "generated code"},
		{"@generated", "a.ts", "/**\n * @generated SignedSource<<abc>>\n */\n", DiscoverOptions{}, "generated code"},
		{"generated and named", "a.ts", "// @generated\n", DiscoverOptions{Named: true}, ""},
		{"generated, says a stranger", "a.ts", "// @generated\n", DiscoverOptions{Untrusted: true}, ""},
		{"a mark in a string", "a.py", "HEADER = '# @generated'\n", DiscoverOptions{}, ""},
		{"prose about generated code", "a.py", "# Code generated by a model is run here.\n# mail x@generated.example\n", DiscoverOptions{}, ""},
		{"a mark far below", "a.py", strings.Repeat("a = 1\n", 1000) + "# @generated\n", DiscoverOptions{}, ""},

		{"minified", "a.js", js, DiscoverOptions{}, "minified code"},
		{"minified under a licence", "a.js", "/*! MIT\n" + strings.Repeat(" * words of the licence\n", 20) + "*/\n" + js, DiscoverOptions{}, "minified code"},
		{"minified by name", "a.min.js", "f();\n", DiscoverOptions{}, "minified code"},
		{"minified and named", "a.js", js, DiscoverOptions{Named: true}, ""},
		{"minified, of a stranger", "a.js", js, DiscoverOptions{Untrusted: true}, "minified code"},
		{"an image in a string", "a.ts", "const logo = '" + strings.Repeat("iVBORw0KGgoAAAANSUhEUg", 500) + "';\n" + strings.Repeat("f(1);\n", 20), DiscoverOptions{}, ""},
		{"data on one line", "a.ts", "export const rows = [" + strings.Repeat(`{"id": 1, "name": "x"}, `, 200) + "];\nf();\n", DiscoverOptions{}, ""},
		{"a long description", "a.ts", "server.tool('a', '" + strings.Repeat("This tool does a thing. ", 100) + "');\n", DiscoverOptions{}, ""},
		{"short lines dense with calls", "a.js", strings.ReplaceAll(js, ";", ";\n"), DiscoverOptions{}, ""},

		{"webpack", "a.js", "/******/ (() => {\n/******/ \tfunction __webpack_require__(moduleId) {\n", DiscoverOptions{}, "a bundle that carries its dependencies"},
		{"esbuild", "a.js", "// ../node_modules/zod/lib/index.mjs\nvar z = 1;\n// src/index.ts\nf();\n", DiscoverOptions{}, "a bundle that carries its dependencies"},
		{"a comment about node_modules", "a.js", "// node_modules are not read here\nf();\n", DiscoverOptions{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(tree(t, map[string]string{c.file: c.text}), c.file)
			text, skip := Load(path, c.opt)
			switch {
			case c.reason == "" && skip != nil:
				t.Errorf("skipped: %s", skip.Reason)
			case c.reason == "" && text.String() != strings.TrimPrefix(c.text, "\ufeff"):
				t.Errorf("text %.40q", text.String())
			case c.reason != "" && (skip == nil || *skip != Skip{path, c.reason}):
				t.Errorf("skip %v, want %q", skip, c.reason)
			}
		})
	}
	dir := tree(t, nil)
	if _, skip := Load(dir, DiscoverOptions{}); skip == nil || skip.Reason != "not a regular file" {
		t.Errorf("a folder gives %v", skip)
	}
	if _, skip := Load(filepath.Join(dir, "gone.py"), DiscoverOptions{}); skip == nil || skip.Reason != "cannot be read: no such file or directory" {
		t.Errorf("a missing file gives %v", skip)
	}
}
