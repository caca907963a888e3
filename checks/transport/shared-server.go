package transport

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// sharedServer reports server objects of the TypeScript SDK that are connected
// to a transport for each client, and stateless transports that serve all
// requests. Both route an answer by the number of the request, which clients
// choose, to whoever came last.
func sharedServer(p *rule.Pass) {
	if !p.Facts.Part || !p.File.Lang.ECMAScript() || p.TestFile() {
		return
	}
	var s *sharing // made for the first transport that asks for it: most files have none
	seen := map[source.Span]bool{}
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind != mcp.SSE && t.Kind != mcp.StreamableHTTP || !mixesAnswers(t) {
			continue
		}
		if s == nil {
			s = newSharing(p)
		}
		call, ok := s.shared(t)
		if !ok || seen[call] {
			continue
		}
		seen[call] = true
		f := rule.Finding{Span: call, Sink: t.Name, Confidence: rule.High}
		if t.Version == "" {
			f.Confidence = rule.Medium
		}
		p.Report(f)
	}
}

// mixesAnswers reports whether the version of the SDK lets a server or a
// transport be used for several clients; from 1.26.0 it refuses.
func mixesAnswers(t *mcp.Transport) bool {
	return t.SDK == mcp.TypeScriptV1 && !mcp.AtLeast(t.Version, "1.26.0")
}

// sharing finds what requests share.
type sharing struct {
	*rule.Pass
	handlers map[int]bool // functions that run once for each request
	index    map[*program.Function]int
}

func newSharing(p *rule.Pass) *sharing {
	s := &sharing{Pass: p, handlers: map[int]bool{}, index: make(map[*program.Function]int, len(p.File.Funcs))}
	for i := range p.File.Funcs {
		s.index[p.File.Funcs[i].Function] = i
	}
	for i := range p.File.Funcs {
		s.gatherHandlers(i)
	}
	return s
}

// requestMethods are the calls that take functions to be run for each request.
var requestMethods = map[string]bool{
	"get": true, "post": true, "put": true, "delete": true, "all": true, "use": true, "on": true, "route": true, "createServer": true, "serve": true,
}

func (s *sharing) gatherHandlers(fn int) {
	s.File.Funcs[fn].Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v == nil || v.Op != program.OpCall || v.X == nil || !requestMethods[v.X.Name] {
			return true
		}
		for _, a := range v.Args {
			if i := s.function(fn, a); i > 0 {
				s.handlers[i] = true
			}
		}
		return true
	})
}

// function gives the function of this file that a value is, or -1.
func (s *sharing) function(fn int, v *program.Value) int {
	if v == nil {
		return -1
	}
	if v.Op == program.OpIdent {
		b := s.File.Lookup(fn, v.Name)
		if b.Kind == program.BoundFunc {
			return b.Target
		}
		if b.Kind != program.BoundLocal || len(b.Assigns) != 1 || b.Assigns[0].Value == nil {
			return -1
		}
		v = b.Assigns[0].Value
	}
	if v.Op == program.OpFunc {
		if i, ok := s.index[v.Func]; ok {
			return i
		}
	}
	return -1
}

// handler gives the function around fn that runs once for each request, or -1.
func (s *sharing) handler(fn int) int {
	for ; fn > 0; fn = s.File.Funcs[fn].Parent {
		if s.handlers[fn] {
			return fn
		}
	}
	return -1
}

// within reports whether function fn is h or stands in it.
func (s *sharing) within(fn, h int) bool {
	for ; fn >= 0; fn = s.File.Funcs[fn].Parent {
		if fn == h {
			return true
		}
	}
	return false
}

// shared gives the call by which a transport makes clients share a server, or the
// transport itself where they share that.
func (s *sharing) shared(t *mcp.Transport) (source.Span, bool) {
	h := s.handler(innermost(s.File, t.Span))
	if h < 0 {
		if t.Kind == mcp.StreamableHTTP && !t.Given["sessionIdGenerator"] && !t.Open && s.servesAll(t) {
			return t.Span, true
		}
		return source.Span{}, false
	}
	var found source.Span
	for i := range s.File.Funcs {
		if !s.within(i, h) {
			continue
		}
		s.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v == nil || v.Op != program.OpCall || v.X == nil || v.X.Op != program.OpField || v.X.Name != "connect" || len(v.Args) == 0 || v.Args[0] == nil {
				return true
			}
			at := s.File.Funcs[i].Start
			if a := v.Args[0]; (a.Op == program.OpIdent && a.Name == t.Var && t.Var != "" || a.Span.Shift(at) == t.Span) && s.outlives(i, v.X.X, h) {
				found = v.Span.Shift(at)
			}
			return true
		})
	}
	return found, found.Len() > 0
}

// outlives reports whether a server object is there before the request that
// function h serves: a variable of the code around it, or a field of an object
// that the code around it belongs to.
func (s *sharing) outlives(fn int, v *program.Value, h int) bool {
	for v != nil && v.Op == program.OpField && v.X != nil {
		v = v.X
	}
	if v == nil || v.Op != program.OpIdent {
		return false
	}
	if v.Name == "this" {
		return s.File.Funcs[h].Kind == program.KindClosure
	}
	b := s.File.Lookup(fn, v.Name)
	switch b.Kind {
	case program.BoundImport:
		return true
	case program.BoundParam:
		return !s.within(b.Func, h)
	case program.BoundLocal:
		if s.within(b.Func, h) {
			return false
		}
		// One that the handler itself assigns is made for the request.
		for _, a := range b.Assigns {
			if s.within(a.Func, h) {
				return false
			}
		}
		return true
	}
	return false
}

// servesAll reports whether a transport made outside of a handler is handed the
// requests within one.
func (s *sharing) servesAll(t *mcp.Transport) bool {
	found := false
	for i := range s.File.Funcs {
		if s.handler(i) < 0 {
			continue
		}
		s.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpField && v.X.Name == "handleRequest" && v.X.X != nil && v.X.X.Op == program.OpIdent && v.X.X.Name == t.Var && t.Var != "" {
				b := s.File.Lookup(i, t.Var)
				found = found || b.Kind == program.BoundLocal && len(b.Assigns) == 1 && s.handler(b.Func) < 0
			}
			return !found
		})
	}
	return found
}
