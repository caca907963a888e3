package mcp

// python_low.go reads the low-level Python servers.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// pyLowDecorator reads @server.call_tool() and its kin, of mcp 1.x.
func (x *recogniser) pyLowDecorator(fn int, sdk SDK, name string) {
	f := x.f.Funcs[fn]
	first := 0
	if x.pyReceiver(f, 0) {
		first = 1
	}
	arg := func(i int) place { return place{first + i, nil} }
	h := lowHandler{sdk: sdk, fn: fn, span: source.Span{Start: f.Start, End: x.funcEnd(fn)}}
	need := 2
	switch name {
	case "call_tool":
		for _, d := range f.Decorators {
			if k := keyword(d, "validate_input"); k != nil && x.hint(x.decorator(fn, k)) == False {
				h.unchecked = true
			}
		}
		h.kind, h.name, h.args = Tool, arg(0), arg(1)
	case "get_prompt":
		h.kind, h.name, h.args = Prompt, arg(0), arg(1)
	case "read_resource":
		h.kind, h.name, h.args, need = Resource, arg(0), arg(0), 1
	case "completion":
		h.kind, h.name, h.args = Completion, arg(0), place{first + 1, []string{"value"}}
	default:
		return
	}
	if len(f.Params) >= first+need {
		x.low = append(x.low, h)
	}
}

// pyLowServer reads Server(on_call_tool=…) of mcp 2.x, whose handlers take a
// context and the request's params, and tells whether it is that.
func (x *recogniser) pyLowServer(r ref) bool {
	two := false
	for _, k := range r.v.Args {
		if k == nil || k.Op != program.OpKeyword || !strings.HasPrefix(k.Name, "on_") {
			continue
		}
		two = true
		idx, _, skip := x.handler(r.at(k.X))
		if idx < 0 {
			x.pyLowElsewhere(k.Name, r, k)
			continue
		}
		f := x.f.Funcs[idx]
		p := skip + 1
		if x.pyReceiver(f, 0) {
			p++
		}
		if p >= len(f.Params) {
			continue
		}
		h := lowHandler{sdk: PythonV2, fn: idx, span: x.span(r.at(k)), name: place{p, []string{"name"}}, args: place{p, []string{"arguments"}}, unchecked: true}
		switch k.Name {
		case "on_call_tool":
			h.kind = Tool
		case "on_get_prompt":
			h.kind = Prompt
		case "on_read_resource":
			h.kind, h.name = Resource, place{p, []string{"uri"}}
		case "on_completion":
			h.kind, h.args = Completion, place{p, []string{"argument", "value"}}
		default:
			continue
		}
		x.low = append(x.low, h)
		if h.kind == Tool || h.kind == Prompt {
			x.facts.handlers = append(x.facts.handlers, handlerFact{fn: idx, params: []carrier{
				{param: p, path: []string{"request_state"}}, {param: p, path: []string{"input_responses"}}}})
		}
	}
	return two
}

// pyLowElsewhere keeps a handler that another file defines: a function of a context
// and the request's params.
func (x *recogniser) pyLowElsewhere(name string, r ref, k *program.Value) {
	h := lowHandler{sdk: PythonV2, fn: -1, span: x.span(r.at(k)), name: place{1, []string{"name"}}, args: place{1, []string{"arguments"}}, unchecked: true}
	switch name {
	case "on_call_tool":
		h.kind = Tool
	case "on_get_prompt":
		h.kind = Prompt
	case "on_read_resource":
		h.kind, h.name = Resource, place{1, []string{"uri"}}
	default:
		return
	}
	x.registerLow(h, r.at(k.X))
}

// pyDeclared reads types.Tool(name=…, inputSchema=…), the declaration of a tool
// that a low-level handler serves.
func (x *recogniser) pyDeclared(r ref) {
	c := x.canon(r.at(r.v.X))
	_, name := splitCanonical(c)
	if !strings.HasPrefix(c, "mcp.types.") && !strings.HasPrefix(c, "mcp_types.") && c != "mcp."+name && !strings.HasPrefix(c, "mcp.server.lowlevel.") {
		return
	}
	e := &Entry{SDK: PythonV1, Handler: -1, Span: x.span(r), NameSpan: x.span(r)}
	if strings.HasPrefix(c, "mcp_types.") {
		e.SDK, e.checked = PythonV2, checkedNot
	}
	switch name {
	case "Tool":
		e.Kind = Tool
	case "Prompt":
		e.Kind = Prompt
	default:
		return
	}
	x.declaration(e, func(key string) ref { return r.at(keyword(r.v, key)) })
}

// declaration fills an entry from the members of its declaration.
func (x *recogniser) declaration(e *Entry, get func(string) ref) {
	n := get("name")
	if !n.ok() {
		return
	}
	t := x.nameText(n)
	if !t.Constant || t.Value == "" {
		return
	}
	e.Name, e.NameSpan = t.Value, t.Span
	e.Description = x.text(get("description"))
	if a := get("annotations"); a.ok() {
		x.annotations(a, &e.Annotations)
	}
	if title := get("title"); title.ok() && e.Annotations.Title == "" {
		e.Annotations.Title, _ = x.constant(title)
	}
	schema := get("inputSchema")
	if !schema.ok() {
		schema = get("input_schema")
	}
	if schema.ok() {
		x.schema(e, schema)
	}
	if e.Kind == Prompt {
		x.elements(get("arguments"), func(a ref) { x.promptArgument(e, a) })
	}
	x.declare(e)
}

// promptArgument reads one declared argument of a prompt.
func (x *recogniser) promptArgument(e *Entry, r ref) {
	d := x.deref(r)
	get := func(key string) ref {
		switch d.v.Op {
		case program.OpObject:
			x.fuel = maxFuel
			if v := x.pair(d, key); v.ok() {
				return v
			}
			return x.pair(d, strings.ToUpper(key[:1])+key[1:])
		case program.OpCall:
			return d.at(keyword(d.v, key))
		}
		return ref{}
	}
	name, ok := x.constant(get("name"))
	if !ok || len(e.Params) >= maxMembers {
		return
	}
	e.Params = append(e.Params, Param{Name: name, Member: name, Span: x.span(d), Description: x.text(get("description")), Constraint: Constraint{Type: "string"}})
}
