package program

// The table says what each import of a program leads to; `-` is outside of it.

import (
	"path"
	"testing"

	"mcpaudit/internal/source"
)

func TestModules(t *testing.T) {
	type files map[string]string
	for name, c := range map[string]struct {
		files files
		from  string
		want  map[string]string // by local name: file#name
	}{
		"ecma": {files{
			"src/index.ts":       "import { run as go } from './tools/run.js'\nimport { a, b, c, gone } from './lib'\nimport d from './d.mjs'\nimport * as ns from './tools/run'\nimport { exec } from 'child_process'\nimport { run as far } from '../../outside'\n",
			"src/tools/run.ts":   "export function run(x: string) { return x }\n",
			"src/lib/index.ts":   "export { run as a } from '../tools/run.js'\nexport * from './more'\nimport { hid } from './more'\nexport { hid as c }\n",
			"src/lib/more.ts":    "export const b = 1\nexport function hid() {}\nexport * from './index'\n",
			"src/d.mts":          "export default function main() {}\n",
			"child_process/x.ts": "export function exec() {}\n",
		}, "src/index.ts", map[string]string{
			"go": "src/tools/run.ts#run", "a": "src/tools/run.ts#run", "b": "src/lib/more.ts#b", "c": "src/lib/more.ts#hid", "gone": "-",
			"d": "src/d.mts#main", "ns": "src/tools/run.ts#", "exec": "-", "far": "-",
		}},
		"python": {files{
			"src/app/__init__.py":       "",
			"src/app/server.py":         "from .tools import run, late, loop\nfrom . import guard\nfrom app.guard import check as c\nfrom ..outside import no\nimport app.guard as g\nimport json\nfrom .guard import missing\n",
			"src/app/tools/__init__.py": "from .shell import *\nfrom .loop import loop\n",
			"src/app/tools/shell.py":    "def run(x):\n    return x\nif True:\n    late = 1\n",
			"src/app/tools/loop.py":     "from . import loop\n",
			"src/app/guard.py":          "def check(p):\n    return p\n",
			"src/app/json.py":           "def loads(x): pass\n",
		}, "src/app/server.py", map[string]string{
			"run": "src/app/tools/shell.py#run", "late": "src/app/tools/shell.py#late", "guard": "src/app/guard.py#", "c": "src/app/guard.py#check",
			"no": "-", "g": "src/app/guard.py#", "json": "-", "missing": "-", "loop": "src/app/tools/loop.py#",
		}},
		"go": {files{
			"main.go":              "package main\nimport (\n\t\"example.org/m/tools\"\n\t\"example.org/more/x\"\n\t\"os\"\n)\n",
			"tools/run.go":         "package tools\nfunc Run() {}\n",
			"tools/run_test.go":    "package tools\n",
			"os/os.go":             "package os\n",
			"x/not_that_module.go": "package x\n",
		}, "main.go", map[string]string{"tools": "tools/run.go#", "x": "-", "os": "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			const root = "/srv"
			var all []*File
			var from *File
			for p, text := range c.files {
				lang, _ := map[string]source.Language{".ts": source.TypeScript, ".mts": source.TypeScript, ".py": source.Python, ".go": source.Go}[path.Ext(p)]
				f := Lower(root+"/"+p, source.Parse(lang, source.NewText(text), false), nil)
				all = append(all, f)
				if p == c.from {
					from = f
				}
			}
			var paths []string
			for p := range c.files {
				paths = append(paths, root+"/"+p)
			}
			m := NewModules(NewLayout(root, paths, Manifests{GoModules: map[string]string{root: "example.org/m"}}), all)
			if len(from.Imports) != len(c.want) {
				t.Fatalf("%d imports, want %d", len(from.Imports), len(c.want))
			}
			for i := range from.Imports {
				im := &from.Imports[i]
				got := "-"
				if d, ok := m.Find(from, im); ok {
					got = d.Files[0].Path[len(root)+1:] + "#" + d.Name
					if len(d.Files) != 1 {
						t.Errorf("%s: %d files, want 1", im.Local, len(d.Files))
					}
				}
				if got != c.want[im.Local] {
					t.Errorf("%s leads to %s, want %s", im.Local, got, c.want[im.Local])
				}
			}
		})
	}
}
