package mcp

// recognise.go drives recognition: it decides whether a file has to do with an
// MCP server, gathers the calls worth a closer look once per function, and
// hands them to the recogniser of the language.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// site is a call worth a closer look.
type site struct {
	v    *program.Value  // OpCall, OpNew, or OpObject in Go
	stmt *program.Stmt   // the statement it stands in; nil outside the body
	in   []*program.Stmt // the loops around it, outermost first
	// outer is the innermost call that it is an argument of, nil if none.
	outer *program.Value
}

type entryKey struct {
	kind EntryKind
	name string
}

// callback is a call that a closure is handed to, in function fn.
type callback struct {
	fn   int
	call *program.Value
}

// recogniser holds what is needed while one file is read.
type recogniser struct {
	f       *program.File
	facts   *Facts
	index   map[*program.Function]int
	sites   [][]site // by function
	returns map[int]ref
	servers map[serverKey]serverFact
	low     []lowHandler
	tools   []*Entry                // declared apart from their handlers, in the low-level way
	taken   map[*program.Value]bool // read already, as part of something else
	// constructors are the calls that make high-level servers.
	constructors []ref
	// listenHost is the address that a web server beside the SDK listens on.
	listenHost string
	// validates is set where mcp-go's server is told to check arguments.
	validates bool
	fuel      int // steps left for the value being followed
	work      int // steps taken for the whole file
	turns     int // entries made by registrations in loops
	// callers are the calls of functions of this file, as far as they were asked for.
	callers map[int][]ref
	// declared are tools by kind and name, wired the functions that serve an entry.
	declared map[entryKey]*Entry
	wired    map[int]bool
	// callbacks are the calls that closures are handed to.
	callbacks map[*program.Function]callback
	// methods are Go's methods by name, loose its tool literals not yet taken.
	methods map[string][]int
	loose   []looseTool
	// unset asks what switches are where nothing is set.
	unset unset
}

// Recognise gives the facts of one file. With the previous version's facts,
// what the edit left untouched is not searched again; prev may be nil.
func Recognise(f *program.File, prev *Facts) *Facts {
	facts := &Facts{File: f}
	if f.Lang.Data() {
		facts.Manifest = ReadManifest(f.Path, f.Tree)
		return facts
	}
	words := wordsOf(f.Lang)
	if words == nil || !mentions(f) {
		return facts
	}
	n := len(f.Funcs)
	facts.sites, facts.index = make([][]site, n), make(map[*program.Function]int, n)
	for i := range f.Funcs {
		facts.index[f.Funcs[i].Function] = i
	}
	x := newRecogniser(f, facts)
	for i := range f.Funcs {
		fn := f.Funcs[i].Function
		if prev != nil {
			if k, ok := prev.index[fn]; ok {
				facts.sites[i] = prev.sites[k]
				continue
			}
		}
		facts.sites[i] = gather(fn, words)
	}
	for i, list := range x.sites {
		for _, s := range list {
			if len(s.v.Args) > 0 && s.v.Args[0] != nil && s.v.Args[0].Op == program.OpFunc {
				x.callbacks[s.v.Args[0].Func] = callback{i, s.v}
			}
		}
	}
	switch {
	case f.Lang == source.Python:
		x.python()
	case f.Lang.ECMAScript():
		x.ecma()
	case f.Lang == source.Go:
		x.golang()
	}
	x.ownProtocol()
	x.finish()
	return facts
}

// newRecogniser gives a recogniser for a file that has found nothing yet.
func newRecogniser(f *program.File, facts *Facts) *recogniser {
	index := facts.index
	if index == nil {
		index = make(map[*program.Function]int, len(f.Funcs))
		for i := range f.Funcs {
			index[f.Funcs[i].Function] = i
		}
	}
	return &recogniser{
		f: f, facts: facts, sites: facts.sites, index: index, callbacks: map[*program.Function]callback{}, declared: map[entryKey]*Entry{},
		wired: map[int]bool{}, returns: map[int]ref{}, servers: map[serverKey]serverFact{}, taken: map[*program.Value]bool{},
	}
}

// sdkModules are the modules whose import makes a file part of a server, by
// the beginning of their name.
var sdkModules = map[bool][]string{
	true: {"mcp", "fastmcp", "mcp_types"}, // Python: the first part of a dotted name
	false: {
		"@modelcontextprotocol/", "fastmcp", "mcp-framework", "mcp-handler", "@vercel/mcp-adapter", "agents/mcp",
		"github.com/modelcontextprotocol/go-sdk", "github.com/mark3labs/mcp-go", "github.com/metoro-io/mcp-golang",
	},
}

// clientModule reports whether a module belongs to the other side of the protocol: a
// file that imports nothing else serves nothing.
func clientModule(m string) bool {
	return strings.HasPrefix(m, "@modelcontextprotocol/client") || strings.HasPrefix(m, "@modelcontextprotocol/inspector") ||
		strings.HasPrefix(m, "@modelcontextprotocol/sdk/client") || strings.HasPrefix(m, "mcp.client") || strings.HasPrefix(m, "fastmcp.client")
}

// importsSDK reports whether the file imports a server's SDK.
func importsSDK(f *program.File) bool {
	python := f.Lang == source.Python
	for i := range f.Imports {
		m := f.Imports[i].Module
		if n := f.Imports[i].Name; clientModule(m) || python && (strings.HasPrefix(n, "Client") || strings.HasPrefix(n, "StdioServerParam")) {
			continue
		}
		for _, p := range sdkModules[python] {
			if !strings.HasPrefix(m, p) {
				continue
			}
			if rest := m[len(p):]; rest == "" || strings.HasSuffix(p, "/") || rest[0] == '.' && python || rest[0] == '/' {
				return true
			}
		}
	}
	return false
}

// webModules are the web frameworks whose routes are read, by the beginning of
// their module's name.
var webModules = []string{
	"express", "hono", "@hono/", "fastify", "fastapi", "starlette", "flask", "quart", "sanic", "aiohttp", "net/http",
	"github.com/gin-gonic/gin", "github.com/labstack/echo", "github.com/gofiber/fiber", "github.com/go-chi/chi", "github.com/gorilla/mux",
}

// importsWeb reports whether the file imports a web framework.
func importsWeb(f *program.File) bool {
	for i := range f.Imports {
		m := f.Imports[i].Module
		for _, w := range webModules {
			if rest, ok := strings.CutPrefix(m, w); ok && (rest == "" || rest[0] == '.' || rest[0] == '/' || strings.HasSuffix(w, "/")) {
				return true
			}
		}
	}
	return false
}

// mentions reports whether the file can hold anything of a server: it imports
// an SDK or a web framework, or its text has the words by which a server of another file is used.
func mentions(f *program.File) bool {
	if importsSDK(f) || importsWeb(f) {
		return true
	}
	if f.Tree == nil || f.Tree.Text == nil {
		return false
	}
	s := f.Tree.Text.String()
	switch {
	case mentionsRemote(f, s), speaks(s):
		return true
	case f.Lang == source.Python:
		return strings.Contains(s, "mcp") && (strings.Contains(s, ".run") && strings.Contains(s, "transport") || strings.Contains(s, ".tool") || strings.Contains(s, ".resource") || strings.Contains(s, ".prompt") || strings.Contains(s, "add_tool"))
	case f.Lang.ECMAScript():
		return strings.Contains(s, ".registerTool(") || strings.Contains(s, ".registerResource(") || strings.Contains(s, ".registerPrompt(") ||
			(strings.Contains(s, "mcp") || strings.Contains(s, "Mcp") || strings.Contains(s, "zod")) && (strings.Contains(s, ".tool(") || strings.Contains(s, ".addTool("))
	}
	return false
}

// gather finds the calls of a function whose callee's last name is one of words.
func gather(fn *program.Function, words map[string]bool) []site {
	g := gatherer{words: words}
	for _, d := range fn.Decorators {
		g.value(nil, d)
	}
	for i := range fn.Params {
		g.value(nil, fn.Params[i].Default)
	}
	g.stmts(fn.Body)
	return g.list
}

// gatherer is Walk with the loops around each site.
type gatherer struct {
	words map[string]bool
	list  []site
	loops []*program.Stmt
	outer *program.Value
}

func (g *gatherer) stmts(list []*program.Stmt) {
	for _, s := range list {
		if s == nil {
			continue
		}
		for _, t := range s.Targets {
			g.value(s, t)
		}
		g.value(s, s.Value)
		if s.Class != nil {
			g.class(s, s.Class)
		}
		if s.Op == program.StmtFor {
			g.loops = append(g.loops[:len(g.loops):len(g.loops)], s)
		}
		g.stmts(s.Body)
		if s.Op == program.StmtFor {
			g.loops = g.loops[:len(g.loops)-1]
		}
		for i := range s.Cases {
			g.stmts(s.Cases[i].Body)
		}
		g.stmts(s.Else)
		g.stmts(s.Finally)
		g.stmts(s.Post)
	}
}

func (g *gatherer) class(s *program.Stmt, c *program.Class) {
	for i := range c.Fields {
		g.value(s, c.Fields[i].Value)
	}
	g.stmts(c.Body)
}

func (g *gatherer) value(s *program.Stmt, v *program.Value) {
	if v == nil {
		return
	}
	switch v.Op {
	case program.OpIdent, program.OpConst:
		return
	case program.OpCall, program.OpNew:
		if g.words[calleeName(v)] {
			g.list = append(g.list, site{v, s, g.loops, g.outer})
		}
	case program.OpObject:
		if v.X != nil && g.words[lastName(v.X)] {
			g.list = append(g.list, site{v, s, g.loops, g.outer})
		}
	}
	g.value(s, v.X)
	outer := g.outer
	if v.Op == program.OpCall {
		g.outer = v
	}
	for _, a := range v.Args {
		g.value(s, a)
	}
	g.outer = outer
	if v.Class != nil {
		g.class(s, v.Class)
	}
}

// calleeName gives the last name of what is called, generics aside.
func calleeName(v *program.Value) string {
	if v == nil || v.X == nil {
		return ""
	}
	return lastName(v.X)
}

// lastName gives the last name of a dotted name, type arguments aside.
func lastName(v *program.Value) string {
	for v != nil {
		switch v.Op {
		case program.OpIdent, program.OpField:
			return v.Name
		case program.OpIndex, program.OpUnary, program.OpCast:
			if v.Op == program.OpUnary && len(v.Args) > 0 {
				v = v.Args[0]
				continue
			}
			v = v.X
		default:
			return ""
		}
	}
	return ""
}

// finish sorts what was found and separates the entries without a handler.
func (x *recogniser) finish() {
	x.pairLowLevel()
	f := x.facts
	for i := range f.Transports {
		if t := &f.Transports[i]; t.Host == "" && (t.Kind == SSE || t.Kind == StreamableHTTP) {
			t.Host = x.listenHost
		}
	}
	byText := func(a, b *Entry) int {
		if a.Span.Start != b.Span.Start {
			return int(int64(a.Span.Start) - int64(b.Span.Start))
		}
		return strings.Compare(a.Name, b.Name)
	}
	slices.SortStableFunc(f.Entries, byText)
	for _, e := range f.Entries {
		x.enforce(e)
		if e.Handler < 0 {
			f.Unfollowed = append(f.Unfollowed, e)
		}
	}
	for _, r := range f.Registrations {
		if r.low == nil {
			continue
		}
		for _, e := range f.Unfollowed {
			if e.Kind == r.low.kind {
				r.declared = append(r.declared, e)
			}
		}
	}
	slices.SortStableFunc(f.Transports, func(a, b Transport) int { return int(int64(a.Span.Start) - int64(b.Span.Start)) })
	slices.SortStableFunc(f.Routes, func(a, b Route) int { return int(int64(a.Span.Start) - int64(b.Span.Start)) })
	f.byFunc = make(map[int][]int, len(f.handlers))
	for i := range f.handlers {
		f.byFunc[f.handlers[i].fn] = append(f.byFunc[f.handlers[i].fn], i)
	}
	f.Part = importsSDK(x.f) || len(f.Entries) > 0 || len(f.Servers) > 0 || len(f.Transports) > 0
	if !f.Part {
		f.Transports = nil
		if len(f.Routes) == 0 {
			f.keepRemote()
		}
	}
}

// enforce leaves of each parameter's constraint what the SDK checks.
func (x *recogniser) enforce(e *Entry) {
	if e.Kind != Tool || e.SDK == GoMark3Labs && x.validates {
		e.checked = checkedFully // what is no tool has texts alone
	}
	for i := range e.Params {
		p := &e.Params[i]
		p.Declared = p.Constraint
		switch e.checked {
		case checkedTypes:
			p.Constraint = Constraint{Type: p.Constraint.Type}
		case checkedNot:
			p.Constraint = Constraint{}
		}
	}
}

// add records an entry.
func (x *recogniser) add(e *Entry) {
	x.facts.Entries = append(x.facts.Entries, e)
	if e.Handler >= 0 && e.Branch.Len() == 0 {
		x.wired[e.Handler] = true
	}
}

// declare records an entry that a low-level handler serves.
func (x *recogniser) declare(e *Entry) {
	x.tools = append(x.tools, e)
	if k := (entryKey{e.Kind, e.Name}); x.declared[k] == nil {
		x.declared[k] = e
	}
}
