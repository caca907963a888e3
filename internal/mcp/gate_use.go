package mcp

// gate_use.go finds where gates are put: at a route, before all routes, around
// a handler, or as an option of a server.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// libraryGates are what libraries bring, by the beginning of the canonical name.
var libraryGates = []struct {
	prefix string
	gate   Gate
}{
	{"starlette.middleware.trustedhost.", HostGate}, {"fastapi.middleware.trustedhost.", HostGate},
	{"mcp.server.transport_security.", HostGate | OriginGate},
	{"starlette.middleware.authentication.", AuthGate}, {"starlette.authentication.requires", AuthGate},
	{"mcp.server.auth.middleware.", AuthGate}, {"fastmcp.server.auth.", AuthGate}, {"fastapi.security.", AuthGate},
	{"flask_httpauth.", AuthGate}, {"flask_login.login_required", AuthGate}, {"flask_jwt_extended.", AuthGate},
	{"fastapi_users.", AuthGate}, {"aiohttp_security.", AuthGate},

	{"@modelcontextprotocol/sdk/server/auth/middleware/", AuthGate}, {"@modelcontextprotocol/express.requireBearerAuth", AuthGate},
	{"@modelcontextprotocol/sdk/server/middleware/hostHeaderValidation", HostGate},
	{"express-jwt", AuthGate}, {"express-basic-auth", AuthGate}, {"express-oauth2-jwt-bearer", AuthGate}, {"passport", AuthGate},
	{"hono/bearer-auth", AuthGate}, {"hono/basic-auth", AuthGate}, {"hono/jwt", AuthGate}, {"hono/jwk", AuthGate}, {"@hono/clerk-auth", AuthGate},
	{"@fastify/bearer-auth", AuthGate}, {"@fastify/basic-auth", AuthGate}, {"@fastify/jwt", AuthGate}, {"@fastify/auth", AuthGate},
	{"@clerk/", AuthGate}, {"@auth/", AuthGate}, {"@cloudflare/workers-oauth-provider", AuthGate}, {"koa-jwt", AuthGate}, {"koa-basic-auth", AuthGate},
	{"host-validation", HostGate},

	{"github.com/modelcontextprotocol/go-sdk/auth.RequireBearerToken", AuthGate},
	{"github.com/go-chi/chi/middleware.BasicAuth", AuthGate}, {"github.com/go-chi/jwtauth.", AuthGate}, {"github.com/gin-gonic/gin.BasicAuth", AuthGate},
	{"github.com/labstack/echo/middleware.BasicAuth", AuthGate}, {"github.com/labstack/echo/middleware.KeyAuth", AuthGate},
	{"github.com/labstack/echo-jwt", AuthGate}, {"github.com/auth0/go-jwt-middleware", AuthGate}, {"github.com/abbot/go-http-auth", AuthGate},
	{"github.com/unrolled/secure.", HostGate}, {"github.com/gofiber/fiber/middleware/keyauth", AuthGate}, {"github.com/gofiber/fiber/middleware/basicauth", AuthGate},
}

// hostMiddleware are the names of the SDKs' middleware that checks the Host header.
var hostMiddleware = wordSet(`hostHeaderValidation localhostHostValidation hostHeaderValidationResponse`)

func libraryGate(canonical string) Gate {
	for _, l := range libraryGates {
		if strings.HasPrefix(canonical, l.prefix) {
			return l.gate
		}
	}
	_, name := splitCanonical(strings.TrimSuffix(canonical, "()"))
	if strings.HasPrefix(canonical, "@modelcontextprotocol/") {
		switch {
		case hostMiddleware[name]:
			return HostGate
		case name == "originValidation" || name == "localhostOriginValidation" || name == "originValidationResponse":
			return OriginGate
		case name == "requireBearerAuth":
			return AuthGate
		}
	}
	return 0
}

// unseenGate are names of middleware whose code is not at hand that say that it
// asks who is calling. Where the code is at hand, it decides.
var unseenGate = regexp.MustCompile(`(?i)auth(enticat|oriz|_?middleware|_?guard|_?required|_?handler|$)|(require|verify|check|ensure|validate)_?\w{0,12}(auth|token|api_?key|session|host|origin|user|login)|bearer|jwt|api_?key|(host|origin)_?(valid|check|guard)|rebind|trusted_?host|login_?required|protect$`)

// routeMethods are the methods that register a handler for a path.
var routeMethods = wordSet(`get post put delete patch all any head options on route handle handlefunc method methodfunc mount
	add_route add_api_route add_url_rule add_get add_post api_route websocket_route websocket router match`)

// routeMakers are the constructors of Starlette that do.
var routeMakers = wordSet(`Route Mount WebSocketRoute`)

// gather finds the routes of the file, and then the gates that are put.
func (fg *fileGates) gather() {
	fg.judgeAll()
	if fg.f.Tree == nil || fg.f.Tree.Text == nil {
		return
	}
	for i := range fg.f.Funcs {
		fg.decorated(i)
		fg.f.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool {
			if s != nil && v != nil && v.Op == program.OpCall && v.X != nil {
				fg.route(i, v)
			}
			return true
		})
	}
	for i := range fg.f.Funcs {
		u := useFinder{fg: fg, fn: i}
		fn := fg.f.Funcs[i].Function
		for _, d := range fn.Decorators {
			u.visit(d, d, false)
		}
		for k := range fn.Params {
			u.visit(fn.Params[k].Default, fn.Params[k].Default, false)
			u.visit(fn.Params[k].Type, fn.Params[k].Type, false)
		}
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			switch {
			case v != nil:
				return false // visited with its statement
			case s.Op == program.StmtReturn:
				u.visit(s.Value, nil, false)
			case s.Value != nil:
				u.visit(s.Value, nil, false)
			}
			if s.Class != nil {
				for k := range s.Class.Fields {
					u.visit(s.Class.Fields[k].Value, nil, false)
				}
			}
			return true
		})
	}
}

// decorated takes a function with a route's decorator for one.
func (fg *fileGates) decorated(i int) {
	fn := &fg.f.Funcs[i]
	for _, d := range fn.Decorators {
		if d == nil || d.Op != program.OpCall || d.X == nil || d.X.Op != program.OpField || !routeMethods[strings.ToLower(d.X.Name)] && d.X.Name != "custom_route" {
			continue
		}
		r := &route{names: map[string]bool{fn.Name: true}, spans: []source.Span{{Start: fn.Start, End: fn.Start + fn.Len}}}
		if len(d.Args) > 0 {
			r.path, _ = fg.f.ConstString(max(fn.Parent, 0), d.Args[0])
		}
		fg.routes = append(fg.routes, r)
	}
}

// maxRoutes bounds how many routes of a file are told apart: each gate is held
// against all of them.
const maxRoutes = 2048

// route reads app.get("/path", …, handler) and what is like it.
func (fg *fileGates) route(fn int, v *program.Value) {
	if len(fg.routes) >= maxRoutes {
		return
	}
	name := lastName(v.X)
	switch {
	case v.X.Op == program.OpField && routeMethods[strings.ToLower(name)] && len(v.Args) >= 2:
	case v.X.Op == program.OpField && name == "route" && len(v.Args) == 1 && v.Args[0] != nil && v.Args[0].Op == program.OpObject:
	case v.X.Op == program.OpIdent && routeMakers[name] && len(v.Args) >= 2:
	default:
		return
	}
	if v.Args[0] == nil {
		return
	}
	r := &route{names: map[string]bool{}, spans: []source.Span{fg.span(fn, v.Span)}}
	path, constant := fg.f.ConstString(fn, v.Args[0])
	if _, rest, ok := strings.Cut(path, " "); ok {
		path = rest // Go's "POST /mcp"
	}
	if constant && path != "" && path[0] != '/' && path[0] != '*' {
		return // headers.get("host", ""), and what else has a method of that name
	}
	r.path = path
	for _, a := range v.Args {
		eachPart(a, func(p *program.Value) {
			if p.Op != program.OpIdent && p.Op != program.OpField {
				return
			}
			r.names[p.Name] = true
			if t, ok := fg.resolve(fn, p); ok && t.c == nil && t.fg == fg && t.fn > 0 {
				h := &fg.f.Funcs[t.fn]
				r.spans = append(r.spans, source.Span{Start: h.Start, End: h.Start + h.Len})
			}
		})
	}
	fg.routes = append(fg.routes, r)
}

// useFinder looks for gates in the text of one function.
type useFinder struct {
	fg  *fileGates
	fn  int
	use *program.Value // the call of use() around, which may name a path
	// off is set within a part of an expression that is not taken where nothing is set.
	off bool
}

// visit looks at a value. call is the innermost call, list or object that it is
// a part of, nil if none; callee is set for what is called.
func (u *useFinder) visit(v, call *program.Value, callee bool) {
	if v == nil {
		return
	}
	switch v.Op {
	case program.OpIdent, program.OpField, program.OpFunc:
		if gate := u.gate(v, call, callee); gate != 0 {
			u.add(v, gate)
		}
		if v.Op == program.OpField {
			u.visit(v.X, call, false)
		}
		return
	case program.OpKeyword, program.OpPair:
		if gate := u.option(v, call); gate != 0 {
			around := u.off
			u.off = u.off || u.fg.g.unset.value(u.fg.f, u.fn, v.X).kind == settingNone
			u.add(v, gate)
			u.off = around
		}
	case program.OpCond, program.OpLogical:
		u.choice(v, call)
		return
	case program.OpCall, program.OpNew:
		if gate := u.helper(v); gate != 0 {
			u.add(v, gate)
		}
		u.visit(v.X, v, true)
		around := u.use
		if lastName(v.X) == "use" {
			u.use = v
		}
		for _, a := range v.Args {
			u.visit(a, v, false)
		}
		u.use = around
		return
	}
	inner := call
	if v.Op == program.OpList || v.Op == program.OpObject {
		inner = v
		if call != nil {
			inner = call
		}
	}
	u.visit(v.X, inner, false)
	for _, a := range v.Args {
		u.visit(a, inner, false)
	}
}

// choice looks at the parts of cond ? a : b and of cond && a.
func (u *useFinder) choice(v, call *program.Value) {
	if len(v.Args) < 2 {
		return
	}
	inner := call
	u.visit(v.Args[0], inner, false)
	around := u.off
	on, known := u.fg.g.unset.truth(u.fg.f, u.fn, v.Args[0])
	for i, a := range v.Args[1:] {
		switch {
		case v.Op == program.OpCond:
			u.off = around || known && on == (i == 1)
		case v.Name == "and":
			u.off = around || known && !on
		}
		u.visit(a, inner, false)
	}
	u.off = around
}

func (u *useFinder) add(v *program.Value, gate Gate) {
	at := u.fg.span(u.fn, v.Span)
	if u.off || v.Op == program.OpIdent && u.fg.g.unset.value(u.fg.f, u.fn, v).kind == settingNone {
		gate = gate.whereSet()
	}
	use := gateUse{gate: gate}
	if around := u.fg.g.unset.around(u.fg.f, u.fn, v.Span); around.Len() > 0 && !u.serves(around) {
		use.unless = u.fg.span(u.fn, around)
	}
	for _, r := range u.fg.routes {
		for _, s := range r.spans {
			if s.Contains(at) {
				use.route = r
			}
		}
	}
	if use.route == nil && u.use != nil && len(u.use.Args) > 1 {
		use.prefix, _ = u.fg.f.ConstString(u.fn, u.use.Args[0])
	}
	u.fg.uses = append(u.fg.uses, use)
}

// serves reports whether a branch opens the server or names its routes: then it is one
// way to run it, and no part of it.
func (u *useFinder) serves(branch source.Span) bool {
	at := u.fg.span(u.fn, branch)
	for _, r := range u.fg.routes {
		if len(r.spans) > 0 && at.Contains(r.spans[0]) {
			return true
		}
	}
	found := false
	u.fg.f.Funcs[u.fn].Walk(func(s *program.Stmt, v *program.Value) bool {
		if v != nil && (v.Op == program.OpCall || v.Op == program.OpNew) && v.X != nil && branch.Contains(v.Span) {
			found = found || servers.MatchString(lastName(v.X))
		}
		return !found
	})
	return found
}

// servers are the calls that make or open a web server or a transport.
var servers = regexp.MustCompile(`(?i)^(listen\w*|serve\w*|run\w*|start\w*|createServer|\w*transport|\w*app|NewSSEServer|New\w*Handler|NewStreamable\w*|Starlette|FastAPI|express)$`)

// gate tells what a name or closure is, where it stands for a gate.
func (u *useFinder) gate(v, call *program.Value, callee bool) Gate {
	if v.Op == program.OpFunc && (call == nil || u.fg.made[u.fn] != 0) {
		return 0 // a definition, or what a maker of gates gives
	}
	t, known := u.fg.resolve(u.fn, v)
	if known && v.Op != program.OpField {
		if t.c == nil && t.fg == u.fg && u.fg.f.Funcs[t.fn].Parent == u.fn && u.fg.made[u.fn] != 0 {
			return 0 // what a maker of gates gives by name
		}
		return t.gate()
	}
	if c := u.fg.f.Canonical(u.fn, v); c != "" {
		if gate := libraryGate(c); gate != 0 {
			if callee && gate&HostGate != 0 && call != nil && u.switchedOff(call) || !callee && strings.HasSuffix(c, "TransportSecuritySettings()") {
				return 0 // where the settings are made, they are judged
			}
			return gate
		}
	}
	if known {
		if gate := t.gate(); gate != 0 {
			return gate
		}
		return 0
	}
	if call == nil || v.Op == program.OpFunc || len(v.Name) > 80 || !hasGateWord(strings.ToLower(v.Name)) || !unseenGate.MatchString(v.Name) {
		return 0
	}
	// Code that is not at hand: taken for what it is called where it is put
	// before a handler.
	if (v.Op == program.OpField || u.unseen(v.Name)) && (callee && u.wraps(call) || !callee && u.puts(call)) {
		return AuthGate
	}
	return 0
}

// unseen reports whether a name stands for code that is not at hand, or for what
// such code has made.
func (u *useFinder) unseen(name string) bool {
	b := u.fg.f.Lookup(u.fn, name)
	switch b.Kind {
	case program.BoundImport, program.BoundParam, program.Unbound:
		return true
	case program.BoundLocal:
		for i := range b.Assigns {
			if made := b.Assigns[i].Value; made != nil && (made.Op == program.OpCall || made.Op == program.OpNew) {
				_, known := u.fg.resolve(b.Assigns[i].Func, made.X)
				return !known
			}
		}
	}
	return false
}

// putters are the methods that put middleware before handlers.
var putters = wordSet(`use add_middleware addHook register With Use Group Depends Security Middleware middleware before_request preHandler Wrap chain Chain add_dependency`)

// puts reports whether a call puts its arguments before handlers.
func (u *useFinder) puts(call *program.Value) bool {
	name := lastName(call.X)
	return call.Op == program.OpCall && (putters[name] || routeMethods[strings.ToLower(name)])
}

// wraps reports whether a call's outcome can be a handler: it is handed a
// handler, or stands where middleware stands.
func (u *useFinder) wraps(call *program.Value) bool {
	for _, a := range call.Args {
		if a != nil && (a.Op == program.OpFunc || handlerName.MatchString(lastName(a))) {
			return true
		}
	}
	return false
}

var handlerName = regexp.MustCompile(`(?i)handler|^mux$|^next$|router|^app$|srv$|server$|^h$|^req$|request$`)

// switchedOff recognises TransportSecuritySettings(enable_dns_rebinding_protection=False),
// and what the environment turns on.
func (u *useFinder) switchedOff(call *program.Value) bool {
	v := keyword(call, "enable_dns_rebinding_protection")
	is := u.fg.g.unset.value(u.fg.f, u.fn, v)
	return is.kind == settingBool && !is.on
}

// authOptions are the options by which servers and frameworks take authentication.
var authOptions = wordSet(`auth token_verifier auth_server_provider auth_provider authenticate authProvider oauth verifyClient`)

// option recognises FastMCP(auth=…), new FastMCP({ authenticate }) and the like.
func (u *useFinder) option(v, call *program.Value) Gate {
	if call == nil || !authOptions[v.Name] || v.X == nil || v.X.Op == program.OpConst {
		return 0
	}
	switch lastName(call.X) {
	case "FastMCP", "MCPServer", "run", "run_async", "run_http_async", "http_app", "WebSocketServer", "startHTTPServer", "mount":
		return AuthGate
	}
	return 0
}

// helper recognises createMcpExpressApp(), which checks the Host header unless
// it is to listen on every interface.
func (u *useFinder) helper(v *program.Value) Gate {
	name := lastName(v.X)
	if name != "createMcpExpressApp" && name != "createMcpHonoApp" && name != "createMcpFastifyApp" {
		return 0
	}
	gate := HostGate
	if len(v.Args) > 0 && v.Args[0] != nil && v.Args[0].Op == program.OpObject {
		for _, p := range v.Args[0].Args {
			if p == nil || p.Op != program.OpPair {
				continue
			}
			if p.Name == "allowedHosts" {
				return HostGate
			}
			if host, ok := u.fg.f.ConstString(u.fn, p.X); p.Name == "host" && ok && host != "127.0.0.1" && host != "localhost" && host != "::1" {
				gate = 0
			}
		}
	}
	return gate
}
