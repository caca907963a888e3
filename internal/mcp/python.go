package mcp

// python.go recognises servers written with the Python SDKs: mcp 1.x
// (mcp.server.fastmcp.FastMCP and mcp.server.lowlevel.Server), mcp 2.x
// (mcp.server.MCPServer, Server(on_call_tool=…)) and fastmcp 2 to 4.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// pythonWords are the last names of the calls worth a look.
var pythonWords = wordSet(`FastMCP MCPServer Server FastMCPApp Tool Resource ResourceTemplate Prompt
	tool resource prompt add_tool add_resource add_prompt add_template from_function completion
	run run_async run_stdio_async run_sse_async run_streamable_http_async run_http_async
	streamable_http_app sse_app http_app stdio_server SseServerTransport StreamableHTTPSessionManager
	StreamableHTTPServerTransport Config OAuthClientProvider custom_route Route add_route add_api_route add_url_rule`)

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

func (x *recogniser) python() {
	for i := range x.f.Funcs {
		for _, d := range x.f.Funcs[i].Decorators {
			x.pyDecorator(i, d)
		}
	}
	for i := range x.f.Funcs {
		for _, s := range x.sites[i] {
			if !x.taken[s.v] {
				x.pySite(here(i, s.v), s)
			}
		}
	}
}

// pyDecorator reads one decorator of function fn.
func (x *recogniser) pyDecorator(fn int, d *program.Value) {
	r := x.decorator(fn, d)
	var call *program.Value
	callee := d
	if d.Op == program.OpCall {
		call, callee = d, d.X
	}
	if callee == nil {
		return
	}
	if callee.Op == program.OpIdent {
		x.pyPlainDecorator(fn, r, call, callee)
		return
	}
	if callee.Op != program.OpField {
		return
	}
	kind, ok := pyKinds[callee.Name]
	if !ok {
		x.pyRoute(fn, r, call, callee)
		return
	}
	s := x.server(r.at(callee.X))
	switch {
	case s.level == highLevel:
		x.taken[d] = true
		reg := source.Span{Start: x.span(r).Start, End: x.funcEnd(fn)}
		if callee.Name == "custom_route" {
			x.customRoute(fn, r, call)
			return
		}
		x.pyEntry(pyRegistration{kind: kind, sdk: s.sdk, fn: fn, span: reg, call: r.at(call)})
	case s.level == lowLevel:
		x.taken[d] = true
		x.pyLowDecorator(fn, s.sdk, callee.Name)
	}
}

// pyKinds are the decorators of a server by what they register.
var pyKinds = map[string]EntryKind{
	"tool": Tool, "resource": Resource, "prompt": Prompt, "completion": Completion, "custom_route": Tool,
	"call_tool": Tool, "read_resource": Resource, "get_prompt": Prompt, "list_tools": Tool,
}

// pyPlainDecorator reads @tool of fastmcp.tools and @mcp_tool of its mixin.
func (x *recogniser) pyPlainDecorator(fn int, r ref, call, callee *program.Value) {
	kind, ok := pyKinds[strings.TrimPrefix(callee.Name, "mcp_")]
	if !ok {
		return
	}
	switch x.canon(r.at(callee)) {
	case "fastmcp.tools.tool", "fastmcp.tools.function_tool.tool", "fastmcp.prompts.prompt", "fastmcp.resources.resource",
		"fastmcp.prompts.function_prompt.prompt", "fastmcp.resources.function_resource.resource",
		"fastmcp.contrib.mcp_mixin.mcp_tool", "fastmcp.contrib.mcp_mixin.mcp_resource", "fastmcp.contrib.mcp_mixin.mcp_prompt",
		"fastmcp.contrib.mcp_mixin.mcp_mixin.mcp_tool":
		reg := source.Span{Start: x.span(r).Start, End: x.funcEnd(fn)}
		x.pyEntry(pyRegistration{kind: kind, sdk: PythonFastMCP, fn: fn, span: reg, call: r.at(call)})
	}
}

// funcEnd gives where the heading of a function ends: a registration by
// decorator covers the decorator and the signature.
func (x *recogniser) funcEnd(fn int) uint32 {
	f := x.f.Funcs[fn]
	end := f.NameSpan.End
	for i := range f.Params {
		end = max(end, f.Params[i].Span.End)
	}
	return f.Start + end
}

// pyRegistration is one registration of a function.
type pyRegistration struct {
	kind EntryKind
	sdk  SDK
	fn   int    // the handler, -1 if it is in another file
	name string // the handler's name
	skip int    // how many parameters are filled already
	span source.Span
	call ref // the call with the registration's arguments; its v may be nil
	from int // the index of the first positional argument that is not the handler
	// given is what names the handler, for one in another file, and in the loops
	// around.
	given ref
	in    []Turn
}

// pyEntry adds an entry for a registered function.
func (x *recogniser) pyEntry(reg pyRegistration) {
	e := &Entry{Kind: reg.kind, SDK: reg.sdk, Handler: reg.fn, HandlerName: reg.name, Span: reg.span, NameSpan: reg.span}
	call := reg.call.v
	if reg.fn >= 0 {
		f := x.f.Funcs[reg.fn]
		e.Name, e.HandlerName = f.Name, f.Name
		if f.NameSpan.Len() > 0 && (reg.span.Contains(f.NameSpan.Shift(f.Start)) || e.Name != "") {
			e.NameSpan = f.NameSpan.Shift(f.Start)
		}
	} else {
		e.Name = reg.name
	}
	nameArg, uriArg := keyword(call, "name"), (*program.Value)(nil)
	if nameArg == nil {
		nameArg = keyword(call, "name_or_fn")
	}
	first := positionalAt(call, reg.from)
	if reg.kind == Resource {
		if uriArg = keyword(call, "uri"); uriArg == nil {
			if uriArg = keyword(call, "uri_template"); uriArg == nil {
				uriArg = first
			}
		}
		e.URI, _ = x.constant(reg.call.at(uriArg))
	} else if nameArg == nil && reg.kind != Completion {
		nameArg = first
	}
	if nameArg != nil {
		if t := x.nameText(reg.call.at(nameArg)); t.Constant || t.Value != "" && reg.fn < 0 {
			e.Name, e.NameSpan = t.Value, t.Span
		}
	}
	if d := keyword(call, "description"); d != nil {
		e.Description = x.text(reg.call.at(d))
	} else if reg.fn >= 0 {
		e.Description = x.docstring(reg.fn)
	}
	x.annotations(reg.call.at(keyword(call, "annotations")), &e.Annotations)
	if t := keyword(call, "title"); t != nil && e.Annotations.Title == "" {
		e.Annotations.Title, _ = x.constant(reg.call.at(t))
	}
	if reg.fn >= 0 && reg.kind != Completion && x.standsIn(reg.fn) {
		e.Handler = -1
		x.register(e, ref{}, Registration{Func: reg.call.scope, Name: nameArg, Stands: reg.fn, Doubtful: true})
		return
	}
	if reg.fn >= 0 {
		x.pyHandler(e, reg.skip)
	} else if reg.given.ok() {
		x.register(e, reg.given, Registration{skip: reg.skip, Turns: reg.in, Name: nameArg, ownName: nameArg == nil && reg.kind != Completion})
	}
	x.add(e)
}

// standsIn reports whether a function takes whatever comes and calls one with it that
// a function around was given: it is registered in that one's place.
func (x *recogniser) standsIn(fn int) bool {
	f := x.f.Funcs[fn]
	rest := slices.ContainsFunc(f.Params, func(p program.Param) bool { return p.Kind == program.ParamRest || p.Kind == program.ParamKwRest })
	if f.Parent <= 0 || f.Class != nil || !rest {
		return false
	}
	found := false
	f.Walk(func(_ *program.Stmt, v *program.Value) bool {
		if !found && v != nil && v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpIdent {
			b := x.lookup(fn, v.X.Name)
			found = b.kind == boundParam && b.fn != fn
		}
		return !found
	})
	return found
}

// docstring gives the text of a function's docstring at its place.
func (x *recogniser) docstring(fn int) Text {
	f := x.f.Funcs[fn]
	if f.Doc == "" || len(f.Body) == 0 || f.Body[0].Op != program.StmtExpr || f.Body[0].Value == nil {
		return Text{}
	}
	v := f.Body[0].Value
	if v.Op != program.OpConst || v.Const != program.ConstString {
		return Text{}
	}
	return Text{Value: f.Doc, Span: v.Span.Shift(f.Start), Constant: true}
}

// pyHandler reads the parameters that the outside fills.
func (x *recogniser) pyHandler(e *Entry, skip int) {
	f := x.f.Funcs[e.Handler]
	x.facts.handlers = append(x.facts.handlers, handlerFact{entry: e, fn: e.Handler})
	h := &x.facts.handlers[len(x.facts.handlers)-1]
	if e.Kind == Completion {
		x.pyCompletion(e, h, f)
		return
	}
	for i := range f.Params {
		p := &f.Params[i]
		if x.pyReceiver(f, i) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if p.Name == "" || p.Kind == program.ParamRest || x.pyInjected(e.Handler, p) {
			continue
		}
		h.params = append(h.params, carrier{param: i})
		if p.Kind == program.ParamKwRest {
			h.params[len(h.params)-1].named = true
			continue
		}
		x.pyParam(e, h, i, p)
	}
}

// pyReceiver reports whether parameter i is self or cls.
func (x *recogniser) pyReceiver(f program.Placed, i int) bool {
	if i != 0 || f.Class == nil || f.Static {
		return false
	}
	for _, d := range f.Decorators {
		if d.Op == program.OpIdent && d.Name == "staticmethod" {
			return false
		}
	}
	return true
}

// pyInjected reports whether the framework fills a parameter, not the caller.
func (x *recogniser) pyInjected(fn int, p *program.Param) bool {
	if p.Type != nil && x.injectedType(x.typed(fn, p.Type), 4) {
		return true
	}
	if p.Type == nil && (p.Name == "ctx" || p.Name == "context") {
		return true
	}
	return p.Default != nil && p.Default.Op == program.OpCall && injectors[calleeName(p.Default)]
}

// injectors are the calls that mark a parameter as filled by the framework.
var injectors = wordSet(`Depends Resolve CurrentContext OptionalCurrentContext CurrentFastMCP CurrentRequest
	CurrentHeaders CurrentAccessToken TokenClaim CurrentDocket CurrentWorker Progress Security`)

// contextTypes are the types that stand for the framework itself.
var contextTypes = wordSet(`Context ServerSession RequestContext ServerRequestContext AccessToken Progress FastMCP`)

// builtinTypes need no looking up: nobody gives these names to something else.
var builtinTypes = wordSet(`str int float bool bytes list dict tuple set None`)

func (x *recogniser) injectedType(r ref, depth int) bool {
	if r.v == nil || depth == 0 {
		return false
	}
	switch r.v.Op {
	case program.OpConst:
		name, _, _ := strings.Cut(r.v.Str, "[")
		_, name = splitCanonical(strings.TrimSpace(name))
		return r.v.Const == program.ConstString && name == "Context"
	case program.OpIdent, program.OpField:
		if builtinTypes[r.v.Name] {
			return false
		}
		if !contextTypes[lastName(r.v)] {
			if c := x.canon(r); c != "" {
				return strings.HasSuffix(c, ".Context") && (strings.HasPrefix(c, "mcp.") || strings.HasPrefix(c, "fastmcp."))
			}
			return false
		}
		if r.v.Name == "Context" {
			return true
		}
		c := x.canon(r)
		return strings.HasPrefix(c, "mcp.") || strings.HasPrefix(c, "fastmcp.")
	case program.OpIndex:
		switch lastName(r.v.X) {
		case "Annotated":
			for i, a := range typeArgs(r.v) {
				if i == 0 && x.injectedType(r.at(a), depth-1) || i > 0 && a != nil && a.Op == program.OpCall && injectors[calleeName(a)] {
					return true
				}
			}
			return false
		case "Optional", "Union":
			for _, a := range typeArgs(r.v) {
				if x.injectedType(r.at(a), depth-1) {
					return true
				}
			}
			return false
		}
		return x.injectedType(r.at(r.v.X), depth-1)
	case program.OpBinary:
		for _, a := range r.v.Args {
			if x.injectedType(r.at(a), depth-1) {
				return true
			}
		}
	}
	return false
}

func (x *recogniser) pyCompletion(e *Entry, h *handlerFact, f program.Placed) {
	members := [][]string{{"uri", "name"}, {"value", "name"}, {"arguments"}}
	k := 0
	for i := range f.Params {
		if x.pyReceiver(f, i) {
			continue
		}
		if k < len(members) {
			for _, m := range members[k] {
				h.params = append(h.params, carrier{param: i, path: []string{m}})
			}
			k++
		}
	}
	e.Name = "completion/complete"
	e.Params = append(e.Params, Param{Name: "value", Member: "value", Span: e.NameSpan, Constraint: Constraint{Type: "string"}})
}

// annotations reads ToolAnnotations(readOnlyHint=True), a dict, an object or a
// Go literal of hints.
func (x *recogniser) annotations(r ref, a *Annotations) {
	if r.v == nil {
		return
	}
	d := x.deref(r)
	set := func(name string, place source.Span, v ref) {
		var h *Hint
		switch name {
		case "title", "Title":
			a.Title, _ = x.constant(v)
			return
		case "readOnlyHint", "read_only_hint", "ReadOnlyHint":
			h, name = &a.ReadOnly, "readOnlyHint"
		case "destructiveHint", "destructive_hint", "DestructiveHint":
			h, name = &a.Destructive, "destructiveHint"
		case "idempotentHint", "idempotent_hint", "IdempotentHint":
			h, name = &a.Idempotent, "idempotentHint"
		case "openWorldHint", "open_world_hint", "OpenWorldHint":
			h, name = &a.OpenWorld, "openWorldHint"
		default:
			return
		}
		if *h = x.hint(v); *h != Unset {
			if a.Spans == nil {
				a.Spans = map[string]source.Span{}
			}
			a.Spans[name] = place
		}
	}
	switch d.v.Op {
	case program.OpCall, program.OpNew:
		a.Span = x.span(d)
		for _, k := range d.v.Args {
			if k != nil && k.Op == program.OpKeyword && k.X != nil {
				set(k.Name, x.span(d.at(k)), d.at(k.X))
			}
		}
	case program.OpObject:
		a.Span = x.span(d)
		x.pairs(d, func(key string, p, v ref) { set(key, x.span(p), v) })
	}
}

// pySite reads one call.
func (x *recogniser) pySite(r ref, s site) {
	v := r.v
	if v.Op != program.OpCall || v.X == nil {
		return
	}
	name := calleeName(v)
	// recv.tool(…)(fn) is the decorator written as a call.
	if v.X.Op == program.OpCall {
		return
	}
	switch name {
	case "FastMCP", "MCPServer", "Server", "FastMCPApp":
		x.pyServer(r, s)
	case "OAuthClientProvider":
		x.pyRemote(r)
	case "tool", "prompt", "resource", "completion":
		x.pyCallForm(r, s)
	case "add_tool", "add_prompt", "add_resource", "add_template":
		x.pyAdd(r, s)
	case "from_function":
		if k, ok := x.pyComponent(r.at(v.X.X)); ok && v.X.Op == program.OpField {
			x.pyFromFunction(k, r, s)
		}
	case "Tool", "Resource", "ResourceTemplate", "Prompt":
		x.pyDeclared(r)
	default:
		x.pyTransport(r, s)
		x.pyRouteCall(r, name)
	}
}

// pyServer records a server object.
func (x *recogniser) pyServer(r ref, s site) {
	fact := x.classify(x.canon(r.at(r.v.X)))
	if fact.level == noServer {
		return
	}
	srv := Server{SDK: fact.sdk, Span: x.span(r), Var: assigned(s, r.v)}
	name := keyword(r.v, "name")
	if name == nil {
		name = positionalAt(r.v, 0)
	}
	if name != nil {
		srv.Name, _ = x.constant(r.at(name))
	}
	if fact.level == lowLevel {
		if x.pyLowServer(r) {
			srv.SDK = PythonV2
		}
	} else {
		x.constructors = append(x.constructors, r)
		x.elements(r.at(keyword(r.v, "tools")), func(t ref) {
			if t.v.Op == program.OpCall {
				return // Tool.from_function(…), which is a site of its own
			}
			idx, n, skip := x.handler(t)
			if idx < 0 && n == "" {
				return
			}
			x.pyEntry(pyRegistration{kind: Tool, sdk: fact.sdk, fn: idx, name: n, skip: skip, span: x.span(t), given: t})
		})
	}
	x.facts.Servers = append(x.facts.Servers, srv)
}

// assigned gives the variable or field that a statement binds a value to.
func assigned(s site, v *program.Value) string {
	if s.stmt == nil || s.stmt.Op != program.StmtAssign || len(s.stmt.Targets) == 0 {
		return ""
	}
	val := s.stmt.Value
	for val != nil && (val.Op == program.OpCast || val.Op == program.OpAwait) {
		val = val.X
	}
	if val != v {
		return ""
	}
	return lastName(s.stmt.Targets[0])
}

// pyCallForm reads recv.tool(fn, …) and recv.tool(…)(fn), with the loops around.
func (x *recogniser) pyCallForm(r ref, s site) {
	if r.v.X.Op != program.OpField {
		return
	}
	fact := x.server(r.at(r.v.X.X))
	if fact.level != highLevel {
		return
	}
	kind := pyKinds[r.v.X.Name]
	// The call that this one is the callee of holds the function.
	if outer := x.outerCall(r, s); outer != nil {
		if fn := positionalAt(outer, 0); fn != nil {
			x.each(r, s, func(r ref) {
				idx, n, skip := x.handler(r.at(fn))
				x.pyEntry(pyRegistration{kind: kind, sdk: fact.sdk, fn: idx, name: n, skip: skip, span: x.span(r.at(outer)), call: r, given: r.at(fn), in: x.turnsOf(r, s)})
			})
		}
		return
	}
	fn := positionalAt(r.v, 0)
	if fn == nil {
		return
	}
	x.each(r, s, func(r ref) {
		idx, n, skip := x.handler(r.at(fn))
		if idx < 0 && fn.Op != program.OpIdent && fn.Op != program.OpField {
			return
		}
		if idx < 0 {
			if _, constant := x.constant(r.at(fn)); constant {
				return
			}
		}
		x.pyEntry(pyRegistration{kind: kind, sdk: fact.sdk, fn: idx, name: n, skip: skip, span: x.span(r), call: r, from: 1, given: r.at(fn), in: x.turnsOf(r, s)})
	})
}

// outerCall gives the call whose callee r.v is: recv.tool()(fn).
func (x *recogniser) outerCall(r ref, s site) *program.Value {
	if s.stmt == nil || s.stmt.Value == nil {
		return nil
	}
	if v := s.stmt.Value; v.Op == program.OpCall && v.X == r.v {
		return v
	}
	return nil
}

// pyAdd reads recv.add_tool(fn) and recv.add_tool(Tool.from_function(fn)).
func (x *recogniser) pyAdd(r ref, s site) {
	if r.v.X.Op != program.OpField {
		return
	}
	fact := x.server(r.at(r.v.X.X))
	if fact.level != highLevel {
		return
	}
	kind := Tool
	switch r.v.X.Name {
	case "add_prompt":
		kind = Prompt
	case "add_resource", "add_template":
		kind = Resource
	}
	fn := positionalAt(r.v, 0)
	for _, k := range []string{"fn", "tool", "prompt", "resource"} {
		if fn == nil {
			fn = keyword(r.v, k)
		}
	}
	if fn == nil {
		return
	}
	x.each(r, s, func(r ref) {
		d := x.deref(r.at(fn))
		if d.v.Op == program.OpCall && calleeName(d.v) == "from_function" {
			return // a site of its own
		}
		if d.v.Op == program.OpFunc || !x.decoratedEntry(d) {
			idx, n, skip := x.handler(r.at(fn))
			if idx < 0 && (kind != Tool || d.v.Op == program.OpCall) {
				e := &Entry{Kind: kind, SDK: fact.sdk, Handler: -1, Span: x.span(r), NameSpan: x.span(r)}
				x.register(e, r.at(fn), Registration{Turns: x.turnsOf(r, s), ownName: true})
				return
			}
			if idx >= 0 && x.wired[idx] {
				return
			}
			x.pyEntry(pyRegistration{kind: kind, sdk: fact.sdk, fn: idx, name: n, skip: skip, span: x.span(r), call: r, from: 1, given: r.at(fn), in: x.turnsOf(r, s)})
		}
	})
}

// decoratedEntry reports whether a value names a function that a decorator has
// registered already.
func (x *recogniser) decoratedEntry(r ref) bool {
	x.fuel = maxFuel
	idx, _ := x.callee(r)
	return idx >= 0 && x.wired[idx]
}

// pyComponent tells whether a value is the SDK's Tool, Prompt or Resource class.
func (x *recogniser) pyComponent(r ref) (EntryKind, bool) {
	c := x.canon(r)
	if !strings.HasPrefix(c, "mcp.") && !strings.HasPrefix(c, "fastmcp.") {
		return 0, false
	}
	switch _, name := splitCanonical(c); name {
	case "Tool", "FunctionTool":
		return Tool, true
	case "Prompt", "FunctionPrompt":
		return Prompt, true
	case "Resource", "FunctionResource", "ResourceTemplate", "FunctionResourceTemplate":
		return Resource, true
	}
	return 0, false
}

func (x *recogniser) pyFromFunction(kind EntryKind, r ref, s site) {
	sdk := PythonV1
	if strings.HasPrefix(x.canon(r.at(r.v.X.X)), "fastmcp.") {
		sdk = PythonFastMCP
	}
	fn := keyword(r.v, "fn")
	from := 0
	if fn == nil {
		fn, from = positionalAt(r.v, 0), 1
	}
	if fn == nil {
		return
	}
	x.each(r, s, func(r ref) {
		idx, n, skip := x.handler(r.at(fn))
		x.pyEntry(pyRegistration{kind: kind, sdk: sdk, fn: idx, name: n, skip: skip, span: x.span(r), call: r, from: from, given: r.at(fn), in: x.turnsOf(r, s)})
	})
}

// each calls yield once for each turn of the loops around a site whose elements
// are known, with the loop's variables bound, or once as it stands.
func (x *recogniser) each(r ref, s site, yield func(ref)) {
	x.eachTurn(r, s.in, yield)
}

// maxTurns bounds how many entries the registrations in loops may make.
const maxTurns = 2048

// turn takes one turn of such a loop, and tells whether there was one left.
func (x *recogniser) turn() bool {
	x.turns++
	return x.turns <= maxTurns
}

func (x *recogniser) eachTurn(r ref, loops []*program.Stmt, yield func(ref)) {
	if len(loops) == 0 {
		x.eachCallback(r, yield)
		return
	}
	loop := loops[0]
	n := 0
	if loop.Value != nil && len(loop.Targets) > 0 {
		x.elements(x.loopSource(r.at(loop.Value)), func(e ref) {
			if n++; !x.turn() {
				return
			}
			var inner ref
			switch {
			case len(loop.Targets) == 1:
				inner = x.bindTarget(r, loop.Targets[0], e)
			case x.f.Lang == source.Go && e.v.Op == program.OpPair:
				inner = x.bindTarget(x.bindTarget(r, loop.Targets[0], e.at(keyValue(e.v))), loop.Targets[1], e.at(e.v.X))
			default:
				inner = x.bindTarget(r, loop.Targets[1], e)
			}
			x.eachTurn(inner, loops[1:], yield)
		})
	}
	if n == 0 {
		x.eachTurn(r, loops[1:], yield)
	}
}

// loopSource gives what a loop runs over: in Python a dict gives its keys, in
// Go a map gives its pairs.
func (x *recogniser) loopSource(r ref) ref {
	d := x.deref(r)
	if d.v.Op == program.OpObject && x.f.Lang == source.Go {
		list := &program.Value{Op: program.OpList, Args: d.v.Args, Span: d.v.Span}
		return d.at(list)
	}
	return r
}
