package mcp

// server.go tells which values are server objects, by the class or constructor
// their canonical name shows, and which SDK they belong to.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// level is how a server object is used.
type level uint8

const (
	noServer  level = iota
	highLevel       // tools are registered one by one
	lowLevel        // requests are handled as a whole
)

// serverFact is what a value is as a server.
type serverFact struct {
	sdk   SDK
	level level
	// guessed is set where the object comes from elsewhere and only its name
	// and the way it is used speak for it.
	guessed bool
}

type serverKey struct {
	scope int
	name  string
}

// server tells what a value is as a server.
func (x *recogniser) server(r ref) serverFact {
	if r.v == nil {
		return serverFact{}
	}
	if r.v.Op != program.OpIdent {
		return x.findServer(r, 4)
	}
	key := serverKey{r.scope, r.v.Name}
	s, ok := x.servers[key]
	if !ok {
		s = x.findServer(r, 4)
		x.servers[key] = s
	}
	return s
}

func (x *recogniser) findServer(r ref, depth int) serverFact {
	if r.v == nil || depth == 0 {
		return serverFact{}
	}
	if s := x.classify(x.canon(r)); s.level != noServer {
		return s
	}
	switch r.v.Op {
	case program.OpIdent:
		if r.v.Name == "self" || r.v.Name == "this" {
			if s := x.ownServer(r.scope); s.level != noServer {
				return s
			}
		}
		return x.namedServer(r, depth)
	case program.OpCall:
		return x.madeServer(r, depth)
	case program.OpNew:
		if s := x.classify(x.canon(r.at(r.v.X)) + "()"); s.level != noServer {
			return s
		}
		return x.reexported(r)
	case program.OpCast, program.OpAwait:
		return x.findServer(r.at(r.v.X), depth-1)
	case program.OpUnary:
		return x.findServer(r.at(r.v.Args[0]), depth-1)
	case program.OpLogical, program.OpCond:
		for i := len(r.v.Args) - 1; i >= 0 && (i > 0 || r.v.Op == program.OpLogical); i-- {
			if s := x.findServer(r.at(r.v.Args[i]), depth-1); s.level != noServer {
				return s
			}
		}
	case program.OpField:
		// The low-level server inside a high-level one.
		if r.v.Name == "server" || r.v.Name == "_mcp_server" || r.v.Name == "Server" {
			if s := x.findServer(r.at(r.v.X), depth-1); s.level == highLevel && !s.guessed {
				return serverFact{s.sdk, lowLevel, false}
			}
		}
		x.fuel = maxFuel
		if v := x.member(r.at(r.v.X), r.v.Name); v.ok() && v.v != r.v {
			if s := x.findServer(v, depth-1); s.level != noServer {
				return s
			}
		}
		return x.fieldServer(r)
	}
	return serverFact{}
}

// ownServer judges self and this in a class that extends a server's.
func (x *recogniser) ownServer(scope int) serverFact {
	c, fn := x.enclosingClass(scope)
	if c == nil {
		return serverFact{}
	}
	for _, b := range c.Bases {
		if s := x.classify(x.canon(here(fn, b))); s.level != noServer {
			return s
		}
	}
	return serverFact{}
}

// reexported recognises new McpServer(…) of a class that another file of the project
// hands on from the SDK.
func (x *recogniser) reexported(r ref) serverFact {
	if c := r.v.X; c != nil && c.Op == program.OpIdent && c.Name == "McpServer" {
		if b := x.lookup(r.scope, c.Name); b.kind == boundImport && b.imp != nil && x.local(b.imp.Module) {
			return x.guess()
		}
	}
	return serverFact{}
}

// namedServer follows a name to a parameter, a value or another file.
func (x *recogniser) namedServer(r ref, depth int) serverFact {
	b := x.lookup(r.scope, r.v.Name)
	switch b.kind {
	case boundNothing:
		for _, a := range x.f.Lookup(r.scope, r.v.Name).Assigns {
			if a.Kind == program.AssignValue && a.Value != nil && len(a.Path) == 0 && a.Value != r.v {
				if s := x.findServer(here(a.Func, a.Value), depth-1); s.level != noServer {
					return s
				}
			}
		}
	case boundParam:
		return x.paramServer(b, r.v.Name)
	case boundValue:
		x.fuel = maxFuel
		if val := x.into(ref{fn: b.fn, scope: b.fn, v: b.v}, b.path); val.ok() && val.v != r.v {
			return x.findServer(val, depth-1)
		}
	case boundImport:
		if b.imp != nil && x.local(b.imp.Module) && servantName(r.v.Name) {
			return x.guess()
		}
	}
	return serverFact{}
}

// local reports whether a module can be one of the project's own.
func (x *recogniser) local(module string) bool {
	if x.f.Lang == source.Python {
		return !strings.HasPrefix(module, "mcp.") && module != "mcp" && !strings.HasPrefix(module, "fastmcp")
	}
	return strings.HasPrefix(module, ".") || strings.HasPrefix(module, "@/") || strings.HasPrefix(module, "~/") || strings.HasPrefix(module, "#")
}

// servantName reports whether a name says that it holds an MCP server.
func servantName(name string) bool { return strings.Contains(strings.ToLower(name), "mcp") }

// paramServer judges a parameter by its declared type, by the call its
// function is handed to, and at last by its name.
func (x *recogniser) paramServer(b bound, name string) serverFact {
	fn := x.f.Funcs[b.fn]
	if b.param < 0 || b.param >= len(fn.Params) {
		return serverFact{}
	}
	p := &fn.Params[b.param]
	if p.Type != nil {
		t := p.Type
		if t.Op == program.OpConst && t.Const == program.ConstString {
			if s := x.byTypeName(t.Str); s.level != noServer {
				return s
			}
		}
		for t.Op == program.OpUnary && len(t.Args) > 0 {
			t = t.Args[0]
		}
		if t.Op == program.OpIndex {
			t = t.X
		}
		return x.classify(x.canon(x.typed(b.fn, t)))
	}
	if s := x.factoryParam(b.fn); s.level != noServer && b.param == 0 {
		return s
	}
	if servantName(name) {
		return x.guess()
	}
	return serverFact{}
}

// byTypeName judges a forward reference such as "FastMCP".
func (x *recogniser) byTypeName(t string) serverFact {
	for i := range x.f.Imports {
		if x.f.Imports[i].Local == t {
			return x.classify(x.f.Imports[i].Module + "." + x.f.Imports[i].Name)
		}
	}
	return serverFact{}
}

// factoryParam recognises createMcpHandler(server => …), where the framework
// makes the server.
func (x *recogniser) factoryParam(fn int) serverFact {
	c, ok := x.callbacks[x.f.Funcs[fn].Function]
	if !ok || c.call.Op != program.OpCall || calleeName(c.call) != "createMcpHandler" {
		return serverFact{}
	}
	if n := x.canon(here(c.fn, c.call.X)); strings.HasPrefix(n, "mcp-handler") || strings.HasPrefix(n, "@vercel/mcp-adapter") {
		return serverFact{TSHandler, highLevel, false}
	}
	return serverFact{}
}

// guess gives the SDK that the file's imports suggest for a server that another
// file made.
func (x *recogniser) guess() serverFact {
	s := serverFact{PythonV1, highLevel, true}
	if x.f.Lang != source.Python {
		s.sdk = TypeScriptV1
	}
	for i := range x.f.Imports {
		m := x.f.Imports[i].Module
		switch {
		case x.f.Lang == source.Python && (m == "fastmcp" || strings.HasPrefix(m, "fastmcp.")):
			s.sdk = PythonFastMCP
		case x.f.Lang == source.Python && strings.HasPrefix(m, "mcp.server.mcpserver"), m == "mcp_types":
			s.sdk = PythonV2
		case strings.HasPrefix(m, "@modelcontextprotocol/server"):
			s.sdk = TypeScriptV2
		}
	}
	return s
}

// madeServer follows a call of a function of this file that gives a server.
func (x *recogniser) madeServer(r ref, depth int) serverFact {
	if s := x.classify(x.canon(r.at(r.v.X)) + "()"); s.level != noServer {
		return s
	}
	x.fuel = maxFuel
	idx, _ := x.callee(r.at(r.v.X))
	if idx < 0 {
		return serverFact{}
	}
	for _, t := range x.f.Funcs[idx].Results {
		for t != nil && (t.Op == program.OpUnary || t.Op == program.OpIndex) {
			if t.Op == program.OpIndex {
				t = t.X
			} else {
				t = t.Args[0]
			}
		}
		if s := x.classify(x.canon(here(idx, t))); s.level != noServer {
			return s
		}
	}
	if ret := x.returned(idx); ret.ok() {
		return x.findServer(ret, depth-1)
	}
	return serverFact{}
}

// fieldServer judges self.mcp and this.server by the declared field, by what
// the class's methods assign to it, and at last by its name.
func (x *recogniser) fieldServer(r ref) serverFact {
	base := r.v.X
	if base == nil || base.Op != program.OpIdent {
		return serverFact{}
	}
	self := base.Name == "self" || base.Name == "this"
	if recv := x.receiver(r.scope, base.Name); !self && recv == nil {
		return serverFact{}
	}
	if c, fn := x.enclosingClass(r.scope); c != nil && self {
		for i := range c.Fields {
			if c.Fields[i].Name != r.v.Name {
				continue
			}
			if t := c.Fields[i].Type; t != nil {
				if t.Op == program.OpIndex {
					t = t.X
				}
				if s := x.classify(x.canon(here(fn, t))); s.level != noServer {
					return s
				}
			}
		}
		if s := x.assignedField(c, r.v.Name); s.level != noServer {
			return s
		}
	}
	if servantName(r.v.Name) && importsSDK(x.f) {
		return x.guess()
	}
	return serverFact{}
}

// assignedField looks for self.name = value in the methods of a class.
func (x *recogniser) assignedField(c *program.Class, name string) serverFact {
	var found serverFact
	for _, m := range c.Methods {
		idx, ok := x.index[m]
		if !ok || found.level != noServer {
			continue
		}
		m.Walk(func(s *program.Stmt, v *program.Value) bool {
			if v != nil {
				return false
			}
			if s.Op == program.StmtAssign && len(s.Targets) == 1 && found.level == noServer {
				if t := s.Targets[0]; t.Op == program.OpField && t.Name == name && t.X != nil && t.X.Op == program.OpIdent && (t.X.Name == "self" || t.X.Name == "this") {
					if s.Value != nil && !(s.Value.Op == program.OpField && s.Value.Name == name) {
						found = x.findServer(here(idx, s.Value), 3)
					}
				}
			}
			return true
		})
	}
	return found
}

// classify tells what a canonical name is as a server: an instance made by a
// constructor, or a value of a declared type.
func (x *recogniser) classify(c string) serverFact {
	if c == "" {
		return serverFact{}
	}
	c = strings.TrimSuffix(c, "()")
	switch {
	case x.f.Lang == source.Python:
		return classifyPython(c)
	case x.f.Lang.ECMAScript():
		return classifyECMA(c)
	default:
		return classifyGo(c)
	}
}

func classifyPython(c string) serverFact {
	module, name := splitCanonical(c)
	switch {
	case strings.HasPrefix(c, "fastmcp."):
		switch name {
		case "FastMCP", "FastMCPApp", "LocalProvider":
			return serverFact{PythonFastMCP, highLevel, false}
		case "from_openapi", "from_fastapi", "as_proxy", "from_client":
			if strings.HasSuffix(module, ".FastMCP") {
				return serverFact{PythonFastMCP, highLevel, false}
			}
		}
	case strings.HasPrefix(c, "mcp."):
		switch name {
		case "FastMCP":
			return serverFact{PythonV1, highLevel, false}
		case "MCPServer":
			return serverFact{PythonV2, highLevel, false}
		case "Server":
			if strings.HasPrefix(c, "mcp.server.") {
				return serverFact{PythonV1, lowLevel, false}
			}
		}
	}
	return serverFact{}
}

func classifyECMA(c string) serverFact {
	_, name := splitCanonical(c)
	switch {
	case strings.HasPrefix(c, "@modelcontextprotocol/server"), strings.HasPrefix(c, "@modelcontextprotocol/core"):
		switch name {
		case "McpServer":
			return serverFact{TypeScriptV2, highLevel, false}
		case "Server":
			return serverFact{TypeScriptV2, lowLevel, false}
		}
	case strings.HasPrefix(c, "@modelcontextprotocol/sdk"):
		switch name {
		case "McpServer":
			return serverFact{TypeScriptV1, highLevel, false}
		case "Server":
			return serverFact{TypeScriptV1, lowLevel, false}
		}
	case strings.HasPrefix(c, "fastmcp") && name == "FastMCP":
		return serverFact{TSFastMCP, highLevel, false}
	case strings.HasPrefix(c, "mcp-framework") && name == "MCPServer":
		return serverFact{TSFramework, highLevel, false}
	}
	return serverFact{}
}

func classifyGo(c string) serverFact {
	switch {
	case strings.HasPrefix(c, "github.com/modelcontextprotocol/go-sdk/"):
		if strings.HasSuffix(c, "/mcp.NewServer") || strings.HasSuffix(c, "/mcp.Server") {
			return serverFact{GoOfficial, highLevel, false}
		}
	case strings.HasPrefix(c, "github.com/mark3labs/mcp-go/"):
		if strings.HasSuffix(c, "/server.NewMCPServer") || strings.HasSuffix(c, "/server.MCPServer") {
			return serverFact{GoMark3Labs, highLevel, false}
		}
	case strings.HasPrefix(c, "github.com/metoro-io/mcp-golang"):
		if strings.HasSuffix(c, ".NewServer") || strings.HasSuffix(c, ".Server") {
			return serverFact{GoMetoro, highLevel, false}
		}
	}
	return serverFact{}
}

// splitCanonical splits a canonical name before its last part.
func splitCanonical(c string) (module, name string) {
	i := strings.LastIndexByte(c, '.')
	if i < 0 {
		return "", c
	}
	return c[:i], c[i+1:]
}
