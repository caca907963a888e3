package mcp

// own.go reads servers that speak the protocol without an SDK: a function that tells
// "tools/list" from "tools/call" by the method of a message, or a table from methods
// to functions. The message's parameters are what the caller chose.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

const (
	callMethod = "tools/call"
	listMethod = "tools/list"
)

// speaks reports whether a text has the methods that a server must tell apart.
func speaks(text string) bool {
	return strings.Contains(text, callMethod) && strings.Contains(text, listMethod)
}

// ownProtocol finds the functions that serve messages by their method.
func (x *recogniser) ownProtocol() {
	if x.f.Tree == nil || x.f.Tree.Text == nil || importsSDK(x.f) || !speaks(x.f.Tree.Text.String()) {
		return
	}
	if slices.ContainsFunc(x.f.Imports, func(im program.Import) bool { return clientModule(im.Module) }) {
		return // what a client tells apart, its own user chose
	}
	for i := range x.f.Funcs {
		o := ownServer{x: x, fn: i}
		x.f.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool {
			switch {
			case v == nil && s != nil && s.Op == program.StmtSwitch:
				for k := range s.Cases {
					for _, c := range s.Cases[k].Values {
						o.tell(c, s.Value, caseSpan(s, k))
					}
				}
			case v == nil && s != nil && s.Op == program.StmtIf && len(s.Body) > 0 && s.Value != nil:
				o.condition(s.Value, source.Span{Start: s.Body[0].Span.Start, End: s.Body[len(s.Body)-1].Span.End}, 4)
			case v != nil && v.Op == program.OpObject:
				x.ownTable(i, v)
			}
			return true
		})
		if o.lists && o.method != nil {
			o.serve()
		}
	}
}

// ownServer is a function that may serve messages.
type ownServer struct {
	x     *recogniser
	fn    int
	lists bool
	// method is the value that is compared with tools/call, branch what runs then.
	method *program.Value
	branch source.Span
}

// tell notes that a value is told to be a method.
func (o *ownServer) tell(literal, method *program.Value, branch source.Span) {
	if literal == nil || method == nil {
		return
	}
	switch name, _ := o.x.constant(here(o.fn, literal)); name {
	case listMethod:
		o.lists = true
	case callMethod:
		if o.method == nil {
			o.method, o.branch = method, branch
		}
	}
}

func (o *ownServer) condition(v *program.Value, branch source.Span, depth int) {
	switch {
	case v == nil || depth == 0 || len(v.Args) != 2:
	case v.Op == program.OpLogical:
		o.condition(v.Args[0], branch, depth-1)
		o.condition(v.Args[1], branch, depth-1)
	case v.Op == program.OpCompare && v.Name == "==":
		o.tell(v.Args[0], v.Args[1], branch)
		o.tell(v.Args[1], v.Args[0], branch)
	}
}

// serve says where the caller's parameters enter: with a parameter of the function, or
// with the call that gave it the message.
func (o *ownServer) serve() {
	x := o.x
	at := source.Span{Start: x.f.Funcs[o.fn].Start + o.method.Span.Start, End: x.f.Funcs[o.fn].Start + o.method.Span.End}
	h := lowHandler{kind: Tool, sdk: NoSDK, fn: o.fn, span: at, unchecked: true}
	p, ok := x.placeOf(o.fn, o.method)
	switch {
	case ok && p.fn == o.fn && len(p.path) > 0 && strings.EqualFold(lastOf(p.path), "method"):
		params := "params"
		if lastOf(p.path) == "Method" {
			params = "Params"
		}
		h.fill(p.param, append(p.path[:len(p.path)-1:len(p.path)-1], params))
	case ok && p.fn == o.fn && len(p.path) == 0:
		i := slices.IndexFunc(x.f.Funcs[o.fn].Params, func(q program.Param) bool { return strings.Contains(strings.ToLower(q.Name), "param") })
		if i < 0 {
			return
		}
		h.fill(i, nil)
	default:
		o.received(at)
		return
	}
	x.ownHandler(h)
}

// fill says where the handler finds the parameters of the message.
func (h *lowHandler) fill(param int, path []string) {
	name, arguments := "name", "arguments"
	if lastOf(path) == "Params" {
		name, arguments = "Name", "Arguments"
	}
	h.name = place{param, append(path[:len(path):len(path)], name)}
	h.args = place{param, append(path[:len(path):len(path)], arguments)}
}

// ownHandler records a handler. In Go all of the message's parameters are the caller's:
// they are decoded before a name is asked for.
func (x *recogniser) ownHandler(h lowHandler) {
	x.low = append(x.low, h)
	if x.f.Lang != source.Go {
		return
	}
	x.facts.handlers = append(x.facts.handlers, handlerFact{fn: h.fn, params: []carrier{{param: h.args.param, path: h.args.path[:len(h.args.path)-1]}}})
}

// received takes the call that gives the function its message for what the outside
// controls: JSON.parse(line), await request.json(), json.Unmarshal(line, &message).
func (o *ownServer) received(at source.Span) {
	x := o.x
	root := o.method
	for root.Op != program.OpIdent {
		switch {
		case root.Op == program.OpCall && root.X != nil && root.X.Op == program.OpField && root.X.Name == "get":
			root = root.X.X
		case (root.Op == program.OpField || root.Op == program.OpIndex || root.Op == program.OpCast) && root.X != nil:
			root = root.X
		default:
			return
		}
	}
	e := &Entry{Kind: Tool, SDK: NoSDK, Name: callMethod, Handler: o.fn, HandlerName: x.f.Funcs[o.fn].Name, Span: at, NameSpan: at, checked: checkedNot}
	e.Branch = o.branch.Shift(x.f.Funcs[o.fn].Start)
	found := false
	for range 4 { // method = message.get("method"); message = json.loads(line)
		b := x.f.Lookup(o.fn, root.Name)
		if b.Kind != program.BoundLocal || len(b.Assigns) == 0 || len(b.Assigns) > maxAssigns {
			break
		}
		if x.f.Lang == source.Go {
			found = x.decoded(b.Func, root.Name, e)
		}
		var next *program.Value
		for _, a := range b.Assigns {
			v := a.Value
			for v != nil && (v.Op == program.OpAwait || v.Op == program.OpCast) {
				v = v.X
			}
			if v == nil || a.Func != o.fn && a.Func != b.Func {
				continue
			}
			from := v
			for from.Op == program.OpField || from.Op == program.OpIndex || from.Op == program.OpCall && from.X != nil && from.X.Op == program.OpField && from.X.Name == "get" {
				if from.Op == program.OpCall {
					from = from.X
				}
				if from.X == nil {
					break
				}
				from = from.X
			}
			switch {
			case from.Op == program.OpIdent && from.Name != root.Name && (v != from || len(a.Path) > 0):
				next = from
			case v.Op == program.OpCall:
				x.message(a.Func, v, -1, e)
				found = true
			}
		}
		if found || next == nil {
			break
		}
		root = next
	}
	if !found && !x.requestBody(o.fn, root) {
		return
	}
	x.add(e)
}

// requestBody reports whether a name is the request of a route, whose body is known
// to be the caller's.
func (x *recogniser) requestBody(fn int, root *program.Value) bool {
	b := x.f.Lookup(fn, root.Name)
	return b.Kind == program.BoundParam && slices.ContainsFunc(x.facts.Routes, func(r Route) bool { return r.Handler == b.Func })
}

// message notes that a call in a function gives a message, as its outcome or through a pointer.
func (x *recogniser) message(fn int, call *program.Value, into int, e *Entry) {
	if x.facts.messages == nil {
		x.facts.messages = map[*program.Value]InputCall{}
	}
	x.facts.messagesIn = append(x.facts.messagesIn, fn)
	x.facts.messages[call] = InputCall{Kind: Input, Into: into, Entry: e}
}

// decoded finds the calls of a function that fill a variable of a name, in Go.
func (x *recogniser) decoded(fn int, name string, e *Entry) bool {
	found := false
	x.f.Funcs[fn].Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v == nil || v.Op != program.OpCall || v.X == nil || v.X.Name != "Unmarshal" && v.X.Name != "Decode" && v.X.Name != "ReadJSON" {
			return true
		}
		for i, a := range v.Args {
			if a != nil && a.Op == program.OpUnary && a.Name == "&" && len(a.Args) == 1 && a.Args[0] != nil && a.Args[0].Op == program.OpIdent && a.Args[0].Name == name {
				x.message(fn, v, i, e)
				found = true
			}
		}
		return true
	})
	return found
}

// ownTable reads { "tools/list": list, "tools/call": call }.
func (x *recogniser) ownTable(fn int, table *program.Value) {
	lists, call := false, (*program.Value)(nil)
	for _, p := range table.Args {
		if p == nil || p.Op != program.OpPair {
			continue
		}
		key := p.Name
		if key == "" && len(p.Args) > 0 {
			key, _ = x.constant(here(fn, p.Args[0]))
		}
		lists = lists || key == listMethod
		if key == callMethod {
			call = p.X
		}
	}
	if !lists || call == nil {
		return
	}
	idx, _, skip := x.handler(here(fn, call))
	if idx < 0 {
		return
	}
	params := x.f.Funcs[idx].Params
	i := slices.IndexFunc(params, func(q program.Param) bool { return strings.Contains(strings.ToLower(q.Name), "param") })
	message := slices.IndexFunc(params, func(q program.Param) bool {
		n := strings.ToLower(q.Name)
		return n == "request" || n == "req" || n == "message" || n == "msg"
	})
	h := lowHandler{kind: Tool, sdk: NoSDK, fn: idx, span: x.span(here(fn, call)), unchecked: true}
	switch {
	case i >= skip:
		h.fill(i, nil)
	case message >= skip && x.f.Lang == source.Go:
		h.fill(message, []string{"Params"})
	case message >= skip:
		h.fill(message, []string{"params"})
	default:
		return
	}
	x.ownHandler(h)
}
