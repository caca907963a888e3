package flow

// A handler in another file is found through what the registration names, and again
// when the registering file changes.

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// workspace analyses versions of a few files together.
type workspace struct {
	t     *testing.T
	world *World
	facts map[string]*mcp.Facts
	texts map[string]string
}

func (w *workspace) set(path, text string) {
	if w.texts[path] == text {
		return
	}
	w.texts[path] = text
	tree := source.Parse(source.LanguageOf(path), source.NewText(text), false)
	w.facts[path] = mcp.Recognise(program.Lower(path, tree, nil), w.facts[path])
}

// flows gives what the files show, one flow a line, the files in the order given.
func (w *workspace) flows(world *World, order []string) string {
	var files []*program.File
	var facts []*mcp.Facts
	for _, p := range order {
		files, facts = append(files, w.facts[p].File), append(facts, w.facts[p])
	}
	modules := program.NewModules(program.NewLayout("/s", order, program.Manifests{}), files)
	var lines []string
	for _, r := range world.Analyse(facts, modules) {
		for _, f := range r.Flows {
			name := ""
			if f.Entry != nil {
				name = f.Entry.Name
			}
			lines = append(lines, fmt.Sprintf("%s: %s %s", name, f.Path, describe(f)))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestHandlerElsewhere(t *testing.T) {
	const head = "import { Server } from '@modelcontextprotocol/sdk/server/index.js'\nimport { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\nimport { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'\nimport { z } from 'zod'\nimport * as h from './h.js'\nconst server = new McpServer({ name: 'a', version: '1' })\n"
	w := &workspace{t: t, world: NewWorld(), facts: map[string]*mcp.Facts{}, texts: map[string]string{}}
	w.set("/s/h.ts", "import { exec } from 'child_process'\nexport const run = async ({ cmd }) => { exec(cmd) }\nexport const look = async ({ q }) => { exec('x ' + q) }\nexport const all = { a: { name: 'first', handler: run }, b: { name: 'second', handler: look } }\nexport async function call(request) {\n  switch (request.params.name) {\n  case 'one': exec(request.params.arguments.c); break\n  case 'two': return {}\n  }\n}\nexport const wrap = (fn) => async (args) => { await fn(args) }\n")
	for _, c := range []struct{ name, text, want string }{
		{"by name", "server.registerTool('go', { inputSchema: { cmd: z.string() } }, h.run)\n", "go: /s/h.ts shell cmd"},
		{"renamed", "server.registerTool('walk', { inputSchema: { cmd: z.string() } }, h.run)\n", "walk: /s/h.ts shell cmd"},
		{"another handler", "server.registerTool('walk', { inputSchema: { q: z.string() } }, h.look)\n", "walk: /s/h.ts shell q"},
		{"a schema that leaves no choice", "server.registerTool('go', { inputSchema: { cmd: z.enum(['ls']) } }, h.run)\n", ""},
		{"none", "", ""},
		{"wrapped", "server.registerTool('go', { inputSchema: { cmd: z.string() } }, h.wrap(h.run))\n", "go: /s/h.ts shell cmd"},
		{"in a loop", "for (const t of Object.values(h.all)) { server.tool(t.name, { cmd: z.string() }, t.handler) }\n", "first: /s/h.ts shell cmd\nsecond: /s/h.ts shell q"},
		{"by forEach", "Object.values(h.all).forEach(({ name, handler }) => { server.tool(name, { cmd: z.string() }, handler) })\n", "first: /s/h.ts shell cmd\nsecond: /s/h.ts shell q"},
		{"low-level", "const low = new Server({ name: 'a', version: '1' }, {})\nlow.setRequestHandler(CallToolRequestSchema, h.call)\n", "one: /s/h.ts shell c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.set("/s/a.ts", head+c.text)
			orders := [][]string{{"/s/a.ts", "/s/h.ts"}, {"/s/h.ts", "/s/a.ts"}}
			for _, order := range orders {
				if got := w.flows(w.world, order); got != c.want {
					t.Errorf("after the edit, in order %v: got\n%s\nwant\n%s", order, got, c.want)
				}
				if got := w.flows(NewWorld(), order); got != c.want {
					t.Errorf("afresh, in order %v: got\n%s\nwant\n%s", order, got, c.want)
				}
			}
		})
	}
}

// A schema of another file counts, and counts again when that file changes.
func TestSchemaElsewhere(t *testing.T) {
	w := &workspace{t: t, world: NewWorld(), facts: map[string]*mcp.Facts{}, texts: map[string]string{}}
	w.set("/s/a.ts", "import { exec } from 'child_process'\nimport { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'\nimport { Shape, Whole } from './h.js'\nconst server = new McpServer({ name: 'a', version: '1' })\n"+
		"server.registerTool('go', { inputSchema: Shape }, async ({ cmd }) => { exec(cmd) })\nserver.tool('raw', {}, async (args) => { exec(Whole.parse(args).cmd) })\n")
	for _, c := range []struct{ name, schema, want string }{
		{"open", "z.string()", "go: /s/a.ts shell cmd\nraw: /s/a.ts shell cmd"},
		{"a list of values", "z.enum(['ls'])", ""},
		{"open again", "z.string().min(1)", "go: /s/a.ts shell cmd\nraw: /s/a.ts shell cmd"},
		{"a predicate", "z.string().refine((s) => /^[a-z]+$/.test(s))", ""},
		{"changed afterwards", "z.enum(['ls']).transform((s) => s)", "go: /s/a.ts shell cmd\nraw: /s/a.ts shell cmd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.set("/s/h.ts", "import { z } from 'zod'\nexport const Shape = { cmd: "+c.schema+" }\nexport const Whole = z.object(Shape)\n")
			for _, order := range [][]string{{"/s/a.ts", "/s/h.ts"}, {"/s/h.ts", "/s/a.ts"}} {
				if got := w.flows(w.world, order); got != c.want {
					t.Errorf("after the edit, in order %v: got\n%s\nwant\n%s", order, got, c.want)
				}
				if got := w.flows(NewWorld(), order); got != c.want {
					t.Errorf("afresh, in order %v: got\n%s\nwant\n%s", order, got, c.want)
				}
			}
		})
	}
}
