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

// goHTTPHandler reads a function of the signature that net/http gives handlers. It
// may be registered in another file, or be the ServeHTTP of a type.
func (x *recogniser) goHTTPHandler(fn int) (handlerFact, bool) {
	f := x.f.Funcs[fn]
	if len(f.Params) != 2 || len(f.Results) > 0 || x.canon(here(fn, f.Params[0].Type)) != "net/http.ResponseWriter" ||
		x.canon(here(fn, bareType(f.Params[1].Type))) != "net/http.Request" {
		return handlerFact{}, false
	}
	return x.goRequest(fn)
}

// goRequest says which parameter of a function is a request to a route.
func (x *recogniser) goRequest(fn int) (handlerFact, bool) {
	h := handlerFact{fn: fn}
	for i := range x.f.Funcs[fn].Params {
		switch x.goTypeText(fn, x.f.Funcs[fn].Params[i].Type) {
		case "http.Request":
			h.request = i + 1
			for _, m := range httpPaths {
				h.params = append(h.params, carrier{param: i, path: []string{m}})
			}
		case "gin.Context", "echo.Context", "fiber.Ctx":
			h.request = i + 1
		}
	}
	return h, h.request != 0
}

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
	h, ok := x.goRequest(idx)
	if !ok {
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
