package mcp

// golang_transport.go reads what opens the transports of Go servers, and HTTP
// routes of their own.

import (
	"strings"

	"mcpaudit/internal/program"
)

// goTransport reads the calls that open a transport.
func (x *recogniser) goTransport(r ref, s site, name string) {
	c := x.canon(r.at(r.v.X))
	t := Transport{Name: name, Var: assigned(s, r.v), Span: x.span(r)}
	switch name {
	case "ListenAndServe", "ListenAndServeTLS":
		if strings.HasPrefix(c, "net/http.") && len(r.v.Args) > 1 {
			if a, ok := x.constant(r.at(r.v.Args[0])); ok {
				x.listenHost = a
			}
		}
		return
	case "Start", "WithAddr":
		if strings.HasPrefix(c, mark3Path) || strings.HasPrefix(c, metoroPath) {
			if a, ok := x.constant(r.at(positionalAt(r.v, 0))); ok {
				x.listenHost = a
			}
		}
		return
	case "ServeStdio", "NewStdioServer", "NewStdioTransport", "NewStdioServerTransport":
		t.Kind = Stdio
	case "NewSSEServer", "NewSSEHandler":
		t.Kind = SSE
	case "NewStreamableHTTPServer", "NewStreamableHTTPHandler", "NewHTTPTransport", "NewGinTransport":
		t.Kind = StreamableHTTP
	default:
		return
	}
	switch {
	case strings.HasPrefix(c, mark3Path):
		t.SDK = GoMark3Labs
	case strings.HasPrefix(c, officialPath):
		t.SDK = GoOfficial
	case strings.HasPrefix(c, metoroPath):
		t.SDK = GoMetoro
	default:
		return
	}
	for _, a := range r.v.Args {
		if a != nil && a.Op == program.OpSpread {
			known := false
			x.elements(r.at(a.X), func(o ref) {
				known = true
				x.goTransportOption(&t, x.deref(o))
			})
			t.Open = t.Open || !known
			continue
		}
		x.goTransportOption(&t, x.deref(r.at(a)))
	}
	x.facts.Transports = append(x.facts.Transports, t)
}

// goTransportOption reads one argument of a constructor: a struct of options, or
// one functional option.
func (x *recogniser) goTransportOption(t *Transport, o ref) {
	switch {
	case o.v == nil:
	case o.v.Op == program.OpObject:
		x.pairs(o, func(key string, _, v ref) {
			t.given(key, v.v)
			x.option(t, key, v)
		})
	case o.v.Op == program.OpCall && strings.HasPrefix(calleeName(o.v), "With") && len(o.v.Args) > 0:
		t.given(calleeName(o.v), o.v.Args[0])
		x.option(t, calleeName(o.v), o.at(o.v.Args[0]))
	}
}

// httpPaths are what the caller controls of an http.Request.
var httpPaths = []string{"URL", "Header", "Body", "Form", "PostForm", "MultipartForm", "Host", "RequestURI"}

// goRoute reads http.HandleFunc("/path", handler), a mux's, and routers whose
// handlers take a *http.Request or gin's and echo's context.
func (x *recogniser) goRoute(r ref, name string) {
	if r.v.X.Op != program.OpField || len(r.v.Args) == 0 {
		return
	}
	fn := r.at(r.v.Args[len(r.v.Args)-1])
	if name == "Handle" || fn.v == nil || fn.v.Op == program.OpCall && calleeName(fn.v) == "HandlerFunc" {
		return // http.HandlerFunc(f) is a site of its own
	}
	path, ok := "", true
	if name != "HandlerFunc" {
		if len(r.v.Args) < 2 {
			return
		}
		path, ok = x.constant(r.at(r.v.Args[0]))
	} else if x.canon(r.at(r.v.X)) != "net/http.HandlerFunc" {
		return
	}
	idx, _, _ := x.handler(fn)
	if !ok || idx < 0 {
		return
	}
	h := handlerFact{fn: idx}
	for i := range x.f.Funcs[idx].Params {
		switch x.goTypeText(idx, x.f.Funcs[idx].Params[i].Type) {
		case "http.Request":
			h.request = i + 1
			for _, m := range httpPaths {
				h.params = append(h.params, carrier{param: i, path: []string{m}})
			}
		case "gin.Context", "echo.Context", "fiber.Ctx":
			h.request = i + 1
		}
	}
	if h.request == 0 {
		return
	}
	method, rest, both := strings.Cut(path, " ")
	if !both {
		method, rest = "", path
	}
	switch name {
	case "HandleFunc", "HandlerFunc":
	default:
		method = strings.ToUpper(name)
	}
	x.facts.Routes = append(x.facts.Routes, Route{Method: method, Path: rest, Handler: idx, Span: x.span(r)})
	x.facts.handlers = append(x.facts.handlers, h)
}
