package mcp

// python_transport.go reads what opens the transports of Python servers, and
// HTTP routes of their own.

import (
	"strconv"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// pyTransport reads the calls that open a transport.
func (x *recogniser) pyTransport(r ref, s site) {
	name := calleeName(r.v)
	t := Transport{SDK: PythonV1, Name: name, Var: assigned(s, r.v), Span: x.span(r)}
	switch name {
	case "stdio_server":
		if strings.HasPrefix(x.canon(r.at(r.v.X)), "mcp.") {
			t.Kind = Stdio
			x.facts.Transports = append(x.facts.Transports, t)
		}
		return
	case "SseServerTransport", "StreamableHTTPSessionManager", "StreamableHTTPServerTransport":
		if !strings.HasPrefix(x.canon(r.at(r.v.X)), "mcp.") {
			return
		}
		t.Kind = StreamableHTTP
		if name == "SseServerTransport" {
			t.Kind = SSE
		}
		x.options(r, &t)
		x.facts.Transports = append(x.facts.Transports, t)
		return
	case "run", "Config":
		if c := x.canon(r.at(r.v.X)); c == "uvicorn.run" || c == "uvicorn.Config" {
			if h, ok := x.constant(r.at(keyword(r.v, "host"))); ok {
				x.listenHost = h
			}
			return
		}
	}
	kind, ok := pyRuns[name]
	if !ok || r.v.X.Op != program.OpField {
		return
	}
	fact := x.server(r.at(r.v.X.X))
	if fact.level != highLevel && (fact.level != lowLevel || !strings.HasSuffix(name, "_app")) {
		return
	}
	t.Kind, t.SDK, t.Elsewhere = kind, fact.sdk, fact.guessed
	if name == "run" || name == "run_async" || name == "http_app" {
		arg := keyword(r.v, "transport")
		if arg == nil && name != "http_app" {
			arg = positionalAt(r.v, 0)
		}
		if arg != nil {
			v, constant := x.constant(r.at(arg))
			t.Kind = pyTransports[v]
			if !constant {
				t.Kind = ""
				if keyword(r.v, "port") != nil || keyword(r.v, "host") != nil {
					t.Kind = StreamableHTTP // stdio takes neither
				}
			}
		}
	}
	x.options(r, &t)
	if t.Kind != Stdio {
		for _, c := range x.constructors {
			x.options(c, &t)
		}
	}
	x.facts.Transports = append(x.facts.Transports, t)
}

// pyRuns are the methods that open a transport, with the one they open.
var pyRuns = map[string]TransportKind{
	"run": Stdio, "run_async": Stdio, "run_stdio_async": Stdio, "run_sse_async": SSE, "run_streamable_http_async": StreamableHTTP,
	"run_http_async": StreamableHTTP, "streamable_http_app": StreamableHTTP, "http_app": StreamableHTTP, "sse_app": SSE,
}

var pyTransports = map[string]TransportKind{"stdio": Stdio, "sse": SSE, "streamable-http": StreamableHTTP, "http": StreamableHTTP}

// options keeps the constant keyword options of a call, the host above all.
func (x *recogniser) options(r ref, t *Transport) {
	for _, k := range r.v.Args {
		if k == nil || k.Op != program.OpKeyword || k.X == nil {
			t.Open = t.Open || k != nil && k.Op == program.OpSpread && k.Name == "**"
			continue
		}
		t.given(k.Name, k.X)
		if k.Name == "transport_security" || k.Name == "security_settings" {
			x.securitySettings(t, k.Name, r.at(k.X))
		}
		if _, set := t.Options[k.Name]; set {
			continue
		}
		x.option(t, k.Name, r.at(k.X))
	}
}

// securitySettings notes TransportSecuritySettings(enable_dns_rebinding_protection=False).
func (x *recogniser) securitySettings(t *Transport, name string, v ref) {
	d := x.deref(v)
	if d.v == nil || d.v.Op != program.OpCall {
		return
	}
	if off := d.at(keyword(d.v, "enable_dns_rebinding_protection")); x.hint(off) != False && x.switched(off) != False {
		return
	}
	if t.Options == nil {
		t.Options = map[string]string{}
	}
	t.Options[name] = "false"
}

// given notes that an option is given, unless it is None.
func (t *Transport) given(name string, v *program.Value) {
	if v != nil && v.Op == program.OpConst && v.Const == program.ConstNone {
		return
	}
	if t.Given == nil {
		t.Given = map[string]bool{}
	}
	t.Given[name] = true
}

// option keeps one option if its value is constant.
func (x *recogniser) option(t *Transport, name string, v ref) {
	s, ok := x.constant(v)
	if !ok {
		if h := x.hint(v); h == True {
			s, ok = "true", true
		} else if h == False {
			s, ok = "false", true
		} else if n := x.number(v); n != "" {
			s, ok = n, true
		} else if h := x.switched(v); h != Unset {
			s, ok = strconv.FormatBool(h == True), true
		}
	}
	if !ok {
		return
	}
	if t.Options == nil {
		t.Options = map[string]string{}
	}
	t.Options[name] = s
	if name == "host" && t.Host == "" || name == "hostname" && t.Host == "" {
		t.Host = s
	}
}

// switched reads a switch that the environment decides, as it is where nothing is set.
func (x *recogniser) switched(r ref) Hint {
	if r.v == nil {
		return Unset
	}
	switch s := x.unset.value(x.f, r.scope, r.v); {
	case s.kind != settingBool:
		return Unset
	case s.on:
		return True
	}
	return False
}

// pyWeb are the constructors of web applications and routers.
func pyWeb(c string) bool {
	c = strings.TrimSuffix(c, "()")
	switch c {
	case "fastapi.FastAPI", "fastapi.APIRouter", "flask.Flask", "flask.Blueprint", "starlette.applications.Starlette",
		"quart.Quart", "sanic.Sanic", "aiohttp.web.RouteTableDef", "starlette.routing.Router":
		return true
	}
	return strings.HasPrefix(c, "fastapi.") && (strings.HasSuffix(c, ".FastAPI") || strings.HasSuffix(c, ".APIRouter"))
}

// pyRoute reads @app.get("/path") of FastAPI, Flask, Starlette and aiohttp.
func (x *recogniser) pyRoute(fn int, r ref, call, callee *program.Value) {
	method := strings.ToUpper(callee.Name)
	switch callee.Name {
	case "get", "post", "put", "delete", "patch", "head", "options":
	case "route", "api_route", "websocket":
		method = ""
	default:
		return
	}
	c := x.canon(r.at(callee.X))
	if call == nil || !pyWeb(c) {
		return
	}
	path, _ := x.constant(r.at(positionalAt(call, 0)))
	x.pyRouteHandler(fn, method, path, x.span(r), strings.HasPrefix(c, "fastapi."))
}

// customRoute reads @mcp.custom_route("/path", methods=[…]).
func (x *recogniser) customRoute(fn int, r ref, call *program.Value) {
	path, _ := x.constant(r.at(positionalAt(call, 0)))
	method := ""
	x.elements(r.at(keyword(call, "methods")), func(m ref) {
		if s, ok := x.constant(m); ok && method == "" {
			method = s
		}
	})
	x.pyRouteHandler(fn, method, path, x.span(r), false)
}

// pyRouteCall reads Route("/path", endpoint), app.add_route and the like.
func (x *recogniser) pyRouteCall(r ref, name string) {
	var fn *program.Value
	c := x.canon(r.at(r.v.X))
	switch name {
	case "Route":
		if !strings.HasPrefix(c, "starlette.") && !strings.HasPrefix(c, "fastapi.") {
			return
		}
		if fn = keyword(r.v, "endpoint"); fn == nil {
			fn = positionalAt(r.v, 1)
		}
	case "add_route", "add_api_route":
		if fn = keyword(r.v, "endpoint"); fn == nil {
			fn = positionalAt(r.v, 1)
		}
	case "add_url_rule":
		if fn = keyword(r.v, "view_func"); fn == nil {
			fn = positionalAt(r.v, 2)
		}
	}
	if fn == nil || name != "Route" && (r.v.X.Op != program.OpField || !pyWeb(x.canon(r.at(r.v.X.X)))) {
		return
	}
	if idx, _, _ := x.handler(r.at(fn)); idx >= 0 {
		path, _ := x.constant(r.at(positionalAt(r.v, 0)))
		x.pyRouteHandler(idx, "", path, x.span(r), name == "add_api_route")
	}
}

// requestPaths are what the caller controls of a Starlette request.
var requestPaths = []string{"query_params", "path_params", "headers", "cookies", "url", "json", "body", "form", "stream",
	"query", "match_info", "rel_url", "post", "text", "read"}

// pyRouteHandler records a route and what enters through it.
func (x *recogniser) pyRouteHandler(fn int, method, path string, span source.Span, typed bool) {
	x.facts.Routes = append(x.facts.Routes, Route{Method: method, Path: path, Handler: fn, Span: span})
	f := x.f.Funcs[fn]
	h := handlerFact{fn: fn}
	for i := range f.Params {
		p := &f.Params[i]
		if x.pyReceiver(f, i) || p.Name == "" {
			continue
		}
		isRequest := p.Name == "request" || p.Name == "req"
		if p.Type != nil {
			isRequest = lastName(p.Type) == "Request" || lastName(p.Type) == "WebSocket"
		}
		switch {
		case isRequest:
			h.request = i + 1
			for _, m := range requestPaths {
				h.params = append(h.params, carrier{param: i, path: []string{m}})
			}
		case typed && !x.pyInjected(fn, p) && !backgroundTypes[lastName(p.Type)]:
			h.params = append(h.params, carrier{param: i})
		case !typed && p.Type == nil && strings.Contains(path, p.Name): // Flask's <name>
			h.params = append(h.params, carrier{param: i})
		}
	}
	x.facts.handlers = append(x.facts.handlers, h)
}

// backgroundTypes are parameters that FastAPI fills itself.
var backgroundTypes = wordSet(`BackgroundTasks Response HTTPConnection SecurityScopes`)
