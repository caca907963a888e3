package mcp

// ecma_transport.go reads what opens the transports of TypeScript servers, and
// HTTP routes of their own.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// ecmaTransport reads the calls that open a transport, and tells whether it is one.
func (x *recogniser) ecmaTransport(r ref, s site, name string) bool {
	t := Transport{SDK: TypeScriptV1, Name: name, Var: assigned(s, r.v), Span: x.span(r)}
	opts := ref{}
	switch name {
	case "StdioServerTransport", "serveStdio":
		t.Kind = Stdio
	case "SSEServerTransport":
		t.Kind, opts = SSE, r.at(positionalAt(r.v, 2))
	case "StreamableHTTPServerTransport", "StreamableHTTPTransport", "NodeStreamableHTTPServerTransport", "WebStandardStreamableHTTPServerTransport", "PerRequestHTTPServerTransport":
		t.Kind, opts = StreamableHTTP, r.at(positionalAt(r.v, 0))
	case "createMcpHandler":
		t.Kind, opts = StreamableHTTP, r.at(positionalAt(r.v, 1))
	case "createMcpExpressApp", "createMcpFastifyApp", "createMcpHonoApp":
		if host := x.deref(r.at(positionalAt(r.v, 0))); host.ok() && host.v.Op == program.OpObject {
			if h, ok := x.constant(x.pair(host, "host")); ok {
				x.listenHost = h
			}
		}
		return true
	case "start":
		return x.fastmcpStart(r)
	case "listen":
		x.listening(r)
		return false
	case "serve", "serveSSE", "mount":
		// McpAgent's MyMCP.serve("/mcp").
		if r.v.X.Op != program.OpField || !x.agentClass(r.at(r.v.X.X)) {
			return false
		}
		t.Kind, t.SDK = StreamableHTTP, TSHandler
		if name != "serve" {
			t.Kind = SSE
		}
		x.facts.Transports = append(x.facts.Transports, t)
		return true
	default:
		return false
	}
	if c := x.canon(r.at(r.v.X)); !strings.HasPrefix(c, "@modelcontextprotocol/") && !strings.HasPrefix(c, "mcp-handler") &&
		!strings.HasPrefix(c, "@vercel/mcp-adapter") && !strings.HasPrefix(c, "agents/mcp") && !strings.HasPrefix(c, "@hono/mcp") {
		return false
	} else if strings.HasPrefix(c, "@hono/mcp") {
		t.SDK = TypeScriptV1 // whose server it carries
	} else if !strings.HasPrefix(c, "@modelcontextprotocol/") {
		t.SDK = TSHandler
	} else if !strings.HasPrefix(c, "@modelcontextprotocol/sdk") {
		t.SDK = TypeScriptV2
	}
	t.Open = opts.ok() && x.open(opts)
	x.objectOptions(&t, opts)
	x.facts.Transports = append(x.facts.Transports, t)
	return true
}

// open reports whether options may hold more than is seen: they, or a part that
// is spread into them, come from elsewhere.
func (x *recogniser) open(r ref) bool {
	d := x.deref(r)
	if d.v == nil || d.v.Op != program.OpObject {
		return true
	}
	for _, a := range d.v.Args {
		if a != nil && a.Op == program.OpSpread {
			if o := x.deref(d.at(a.X)); o.v == nil || o.v.Op != program.OpObject {
				return true
			}
		}
	}
	return false
}

// objectOptions keeps the constant options of an object literal.
func (x *recogniser) objectOptions(t *Transport, r ref) {
	d := x.deref(r)
	if d.v == nil || d.v.Op != program.OpObject {
		return
	}
	x.pairs(d, func(key string, _, v ref) {
		t.given(key, v.v)
		x.option(t, key, v)
		if o := x.deref(v); o.v != nil && (o.v.Op == program.OpList || o.v.Op == program.OpFunc || o.v.Op == program.OpCall) {
			if t.Options == nil {
				t.Options = map[string]string{}
			}
			if _, set := t.Options[key]; !set {
				t.Options[key] = "…"
			}
		}
	})
}

// agentClass reports whether a value is a class that extends McpAgent.
func (x *recogniser) agentClass(r ref) bool {
	c, fn := x.class(r)
	if c == nil {
		return false
	}
	for _, b := range c.Bases {
		for b.Op == program.OpIndex {
			b = b.X
		}
		if _, n := splitCanonical(x.canon(here(fn, b))); n == "McpAgent" {
			return true
		}
	}
	return false
}

// fastmcpStart reads server.start({ transportType, httpStream }) of npm's fastmcp.
func (x *recogniser) fastmcpStart(r ref) bool {
	if r.v.X.Op != program.OpField {
		return false
	}
	if fact := x.server(r.at(r.v.X.X)); fact.sdk != TSFastMCP {
		return false
	}
	t := Transport{Kind: Stdio, SDK: TSFastMCP, Name: "start", Span: x.span(r)}
	opts := x.deref(r.at(positionalAt(r.v, 0)))
	if opts.ok() && opts.v.Op == program.OpObject {
		switch kind, ok := x.constant(x.pair(opts, "transportType")); {
		case kind == "httpStream":
			t.Kind = StreamableHTTP
		case kind == "sse":
			t.Kind = SSE
		case !ok && x.pair(opts, "transportType").ok():
			t.Kind = ""
		}
		x.objectOptions(&t, opts)
		for _, k := range []string{"httpStream", "sse"} {
			x.fuel = maxFuel
			x.objectOptions(&t, x.pair(opts, k))
		}
	}
	x.facts.Transports = append(x.facts.Transports, t)
	return true
}

// frameworkTransport reads new MCPServer({ transport: { type, options } }).
func (x *recogniser) frameworkTransport(r, cfg ref) {
	t := Transport{Kind: Stdio, SDK: TSFramework, Name: "MCPServer", Span: x.span(r)}
	if cfg.ok() && cfg.v.Op == program.OpObject {
		x.fuel = maxFuel
		if d := x.deref(x.pair(cfg, "transport")); d.v != nil && d.v.Op == program.OpObject {
			switch kind, _ := x.constant(x.pair(d, "type")); kind {
			case "sse":
				t.Kind = SSE
			case "http-stream":
				t.Kind = StreamableHTTP
			}
			x.objectOptions(&t, x.pair(d, "options"))
		}
	}
	x.facts.Transports = append(x.facts.Transports, t)
}

// listening reads the host of app.listen(port, host).
func (x *recogniser) listening(r ref) {
	if len(r.v.Args) >= 2 {
		if h, ok := x.constant(r.at(r.v.Args[1])); ok {
			x.listenHost = h
		}
	}
	if o := x.deref(r.at(positionalAt(r.v, 0))); o.v != nil && o.v.Op == program.OpObject {
		if h, ok := x.constant(x.pair(o, "host")); ok {
			x.listenHost = h
		}
	}
}

// ecmaWeb tells which web framework a value belongs to, by its canonical name.
func ecmaWeb(c string) string {
	c = strings.ReplaceAll(c, "()", "")
	switch {
	case c == "express" || strings.HasPrefix(c, "express."), c == "router.Router", strings.HasSuffix(c, ".createMcpExpressApp"):
		return "express"
	case c == "hono.Hono", c == "@hono/zod-openapi.OpenAPIHono", strings.HasSuffix(c, ".createMcpHonoApp"):
		return "hono"
	case c == "fastify" || strings.HasPrefix(c, "fastify."), strings.HasSuffix(c, ".createMcpFastifyApp"):
		return "fastify"
	}
	return ""
}

// routePaths are what the caller controls of a request.
var routePaths = []string{"query", "body", "params", "headers", "cookies", "url", "originalUrl", "path", "hostname", "rawBody", "files", "file"}

// nodeServer reads http.createServer(handler): what it serves is not told apart, so
// it is no route, but the caller controls the request.
func (x *recogniser) nodeServer(r ref) {
	switch x.canon(r.at(r.v.X)) {
	case "http.createServer", "https.createServer", "http2.createServer", "http2.createSecureServer":
	default:
		return
	}
	for _, a := range r.v.Args {
		if idx, _, _ := x.handler(r.at(a)); idx >= 0 && len(x.f.Funcs[idx].Params) > 0 {
			x.facts.handlers = append(x.facts.handlers, handlerFact{fn: idx, params: []carrier{{path: []string{"url"}}, {path: []string{"headers"}}}})
		}
	}
}

// ecmaRoute reads app.get("/path", handler) of Express, Fastify and Hono.
func (x *recogniser) ecmaRoute(r ref, s site, name string) {
	switch name {
	case "get", "post", "put", "delete", "patch", "all":
	case "createServer":
		x.nodeServer(r)
		return
	default:
		return
	}
	if r.v.Op != program.OpCall || r.v.X.Op != program.OpField || len(r.v.Args) < 2 {
		return
	}
	kind := ecmaWeb(x.canon(r.at(r.v.X.X)))
	if kind == "" {
		return
	}
	path, ok := x.constant(r.at(r.v.Args[0]))
	if !ok {
		return
	}
	method := strings.ToUpper(name)
	if name == "all" {
		method = ""
	}
	for _, a := range r.v.Args[1:] {
		if a == nil || a.Op == program.OpCall && a != r.v.Args[len(r.v.Args)-1] {
			continue
		}
		idx, _, _ := x.handler(r.at(a))
		if idx < 0 || len(x.f.Funcs[idx].Params) == 0 {
			continue
		}
		x.facts.Routes = append(x.facts.Routes, Route{Method: method, Path: path, Handler: idx, Span: source.Span{Start: x.span(r).Start, End: x.span(r.at(r.v.Args[0])).End}})
		h := handlerFact{fn: idx, request: 1}
		if kind != "hono" {
			for _, m := range routePaths {
				h.params = append(h.params, carrier{param: 0, path: []string{m}})
			}
		}
		x.facts.handlers = append(x.facts.handlers, h)
	}
}
