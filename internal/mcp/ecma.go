package mcp

// ecma.go recognises servers written in TypeScript and JavaScript: the official
// SDK, versions 1 and 2 (McpServer and Server), npm's fastmcp, mcp-framework,
// mcp-handler and Cloudflare's McpAgent.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// ecmaWords are the last names of the calls worth a look.
var ecmaWords = wordSet(`McpServer Server FastMCP MCPServer tool registerTool resource registerResource prompt registerPrompt
	addTool addTools addResource addResources addResourceTemplate addResourceTemplates addPrompt addPrompts setRequestHandler
	StdioServerTransport SSEServerTransport StreamableHTTPTransport StreamableHTTPServerTransport NodeStreamableHTTPServerTransport
	WebStandardStreamableHTTPServerTransport PerRequestHTTPServerTransport serveStdio createMcpHandler createMcpExpressApp
	createMcpFastifyApp createMcpHonoApp start listen serve serveSSE mount
	get post put delete patch all use route on forEach map createServer`)

func (x *recogniser) ecma() {
	for i := range x.f.Funcs {
		for _, s := range x.sites[i] {
			if s.v.X != nil {
				x.ecmaSite(here(i, s.v), s)
			}
		}
	}
	for i := range x.f.Funcs {
		x.frameworkClasses(i)
	}
	x.ecmaRemote()
}

func (x *recogniser) ecmaSite(r ref, s site) {
	name := calleeName(r.v)
	switch name {
	case "McpServer", "Server", "FastMCP", "MCPServer":
		if r.v.Op == program.OpNew {
			x.ecmaServer(r, s)
		}
	case "tool", "registerTool", "resource", "registerResource", "prompt", "registerPrompt":
		x.ecmaRegister(r, s, name)
	case "addTool", "addTools", "addResource", "addResources", "addResourceTemplate", "addResourceTemplates", "addPrompt", "addPrompts":
		x.addObjects(r, s, name)
	case "setRequestHandler":
		x.requestHandler(r)
	default:
		if !x.ecmaTransport(r, s, name) {
			x.ecmaRoute(r, s, name)
		}
	}
}

// ecmaServer records a server object.
func (x *recogniser) ecmaServer(r ref, s site) {
	fact := x.classify(x.canon(r.at(r.v.X)) + "()")
	if fact.level == noServer {
		return
	}
	srv := Server{SDK: fact.sdk, Span: x.span(r), Var: assigned(s, r.v)}
	info := x.deref(r.at(positionalAt(r.v, 0)))
	if info.ok() && info.v.Op == program.OpObject {
		srv.Name, _ = x.constant(x.pair(info, "name"))
	}
	x.facts.Servers = append(x.facts.Servers, srv)
	if fact.sdk == TSFramework {
		x.frameworkTransport(r, info)
	}
}

// registration is one call of registerTool and its kin, read into its parts.
type registration struct {
	kind   EntryKind
	sdk    SDK
	name   ref
	desc   ref
	schema ref
	hints  ref
	title  ref
	uri    ref
	fn     ref
	// args is set where the handler takes the arguments first.
	args    bool
	in      []Turn // the loops around
	guessed bool   // the server is taken for one by its name and use alone
}

// ecmaRegister reads server.tool(…), server.registerTool(…) and the same for
// resources and prompts, in the loops around.
func (x *recogniser) ecmaRegister(r ref, s site, method string) {
	if r.v.Op != program.OpCall || r.v.X.Op != program.OpField || len(r.v.Args) < 2 {
		return
	}
	fact := x.server(r.at(r.v.X.X))
	if fact.level == noServer && !x.looksRegistered(r, method) {
		return
	}
	if fact.level == noServer {
		fact = x.guess()
	}
	each := func(r, at ref) {
		reg := registration{sdk: fact.sdk, name: r.at(r.v.Args[0]), guessed: fact.guessed}
		switch method {
		case "registerTool", "registerPrompt":
			reg.kind = Tool
			if method == "registerPrompt" {
				reg.kind = Prompt
			}
			if len(r.v.Args) < 3 {
				return
			}
			reg.fn = r.at(r.v.Args[2])
			x.config(&reg, r.at(r.v.Args[1]))
		case "tool", "prompt":
			reg.kind = Tool
			if method == "prompt" {
				reg.kind = Prompt
			}
			x.overloads(&reg, r)
		default:
			reg.kind = Resource
			reg.uri = r.at(r.v.Args[1])
			last := len(r.v.Args) - 1
			reg.fn = r.at(r.v.Args[last])
			if last > 2 || last == 3 {
				x.config(&reg, r.at(r.v.Args[2]))
			}
		}
		reg.in = x.turnsOf(r, s)
		x.ecmaEntry(reg, r, at)
	}
	x.each(r, s, func(r ref) { x.eachCaller(r, each) })
}

// looksRegistered reports whether a call on an object that another file made
// has the shape that only a registration has.
func (x *recogniser) looksRegistered(r ref, method string) bool {
	recv := r.v.X.X
	if recv.Op != program.OpIdent && recv.Op != program.OpField {
		return false
	}
	if recv.Op == program.OpIdent {
		b := x.lookup(r.scope, recv.Name)
		if b.kind == boundImport && b.imp != nil && !x.local(b.imp.Module) || b.kind == boundValue && !x.imported(b.v) || b.kind == boundFunc || b.kind == boundClass || b.kind == boundNothing {
			return false
		}
		if b.kind == boundParam && b.param < len(x.f.Funcs[b.fn].Params) && x.f.Funcs[b.fn].Params[b.param].Type != nil {
			// A type of another file may stand for the server; one that is
			// known to be something else has been declined already.
			t := x.f.Funcs[b.fn].Params[b.param].Type
			if c := x.canon(here(b.fn, t)); c != "" && !strings.HasPrefix(c, ".") && !servantName(c) {
				return false
			}
		}
	}
	switch method {
	case "registerTool", "registerPrompt":
		if len(r.v.Args) != 3 {
			return false
		}
		cfg := x.deref(r.at(r.v.Args[1]))
		if cfg.v == nil || cfg.v.Op != program.OpObject {
			return false
		}
		for _, k := range []string{"description", "inputSchema", "argsSchema", "annotations", "title"} {
			x.fuel = maxFuel
			if x.pair(cfg, k).ok() {
				return true
			}
		}
		return false
	case "registerResource":
		return len(r.v.Args) == 4 && importsSDK(x.f)
	}
	if importsSDK(x.f) {
		return servantName(lastName(recv)) || lastName(recv) == "server"
	}
	return method == "tool" && x.toolShaped(r)
}

// toolShaped reports whether the arguments of a call are those of tool(name,
// [description], schema, handler), with a schema that can be nothing else.
func (x *recogniser) toolShaped(r ref) bool {
	n := len(r.v.Args)
	if n < 3 || r.v.Args[n-1] == nil || r.v.Args[n-1].Op != program.OpFunc {
		return false
	}
	if _, ok := x.constant(r.at(r.v.Args[0])); !ok {
		return false
	}
	for _, a := range r.v.Args[1 : n-1] {
		d := x.deref(r.at(a))
		if d.v == nil || d.v.Op != program.OpObject {
			continue
		}
		for _, p := range d.v.Args {
			if p == nil || p.Op != program.OpPair || !x.zodMade(d.at(p.X)) {
				return false
			}
		}
		return len(d.v.Args) > 0
	}
	return false
}

// zodMade reports whether a value is made by calls on zod.
func (x *recogniser) zodMade(r ref) bool {
	for depth := 0; r.v != nil && depth < 24; depth++ {
		switch r.v.Op {
		case program.OpCall, program.OpField:
			r.v = r.v.X
		case program.OpIdent:
			b := x.lookup(r.scope, r.v.Name)
			return b.kind == boundImport && b.imp != nil && strings.HasPrefix(b.imp.Module, "zod")
		default:
			return false
		}
	}
	return false
}

// imported reports whether a value comes from a call into another file.
func (x *recogniser) imported(v *program.Value) bool {
	for v != nil && (v.Op == program.OpAwait || v.Op == program.OpCast) {
		v = v.X
	}
	if v == nil || v.Op != program.OpCall || v.X == nil || v.X.Op != program.OpIdent {
		return false
	}
	b := x.lookup(0, v.X.Name)
	return b.kind == boundImport && b.imp != nil && x.local(b.imp.Module)
}

// config reads the object that registerTool takes second.
func (x *recogniser) config(reg *registration, r ref) {
	d := x.deref(r)
	if d.v == nil {
		return
	}
	get := func(name string) ref {
		x.fuel = maxFuel
		if d.v.Op == program.OpObject {
			return x.pair(d, name)
		}
		return x.member(d, name)
	}
	reg.desc, reg.hints, reg.title = get("description"), get("annotations"), get("title")
	if reg.schema = get("inputSchema"); !reg.schema.ok() {
		if reg.schema = get("argsSchema"); !reg.schema.ok() {
			reg.schema = get("paramsSchema")
		}
	}
	// Without a schema the handler is given the context alone, unless the
	// configuration stands in another file.
	reg.args = reg.schema.ok() || d.v.Op != program.OpObject
}

// overloads reads tool(name, [description], [schema], [annotations], cb).
func (x *recogniser) overloads(reg *registration, r ref) {
	last := len(r.v.Args) - 1
	for last > 1 && r.v.Args[last] != nil && r.v.Args[last].Op == program.OpObject && r.v.Args[last-1] != nil && r.v.Args[last-1].Op == program.OpFunc {
		last-- // what stands behind the handler is none
	}
	reg.fn = r.at(r.v.Args[last])
	rest := r.v.Args[1:last]
	if len(rest) > 0 {
		if t := x.deref(r.at(rest[0])); x.textual(t) {
			reg.desc = r.at(rest[0])
			rest = rest[1:]
		} else if len(rest) > 1 && t.v.Op != program.OpObject && t.v.Op != program.OpCall {
			// An unknown value before another: a description from elsewhere.
			reg.desc = r.at(rest[0])
			rest = rest[1:]
		}
	}
	for _, a := range rest {
		d := x.deref(r.at(a))
		if d.v != nil && d.v.Op == program.OpObject && x.hinting(d) {
			reg.hints = d
		} else if !reg.schema.ok() {
			reg.schema = r.at(a)
		} else {
			reg.hints = r.at(a)
		}
	}
	reg.args = reg.schema.ok()
}

// textual reports whether a value is a text.
func (x *recogniser) textual(d ref) bool {
	if d.v == nil {
		return false
	}
	if _, ok := x.f.ConstString(d.scope, d.v); ok {
		return true
	}
	switch d.v.Op {
	case program.OpTemplate:
		return true
	case program.OpBinary:
		return d.v.Name == "+"
	case program.OpCall:
		return d.v.X != nil && d.v.X.Op == program.OpField && (isTrim(d.v.X.Name) || d.v.X.Name == "join" || d.v.X.Name == "replace")
	}
	return false
}

// hinting reports whether an object literal holds annotations, not a schema.
func (x *recogniser) hinting(d ref) bool {
	if len(d.v.Args) == 0 {
		return false
	}
	for _, a := range d.v.Args {
		if a == nil || a.Op != program.OpPair {
			return false
		}
		if a.Name != "title" && !strings.HasSuffix(a.Name, "Hint") {
			return false
		}
		if a.X != nil && a.X.Op == program.OpCall {
			return false
		}
	}
	return true
}

// ecmaEntry adds an entry for a registration r, which at asks for.
func (x *recogniser) ecmaEntry(reg registration, r, at ref) {
	idx, fnName, skip := x.handler(reg.fn)
	if idx >= 0 {
		if to, name, k, ok := x.handedOn(idx, r); ok {
			idx, fnName, skip = to, name, k
		}
	}
	e := &Entry{Kind: reg.kind, SDK: reg.sdk, Handler: idx, HandlerName: fnName, Span: x.span(at)}
	name := x.nameText(reg.name)
	e.Name, e.NameSpan = name.Value, name.Span
	nameless := !name.Constant && idx < 0 // nothing to know it by in this file
	if nameless {
		e.Name = ""
	}
	e.Description = x.text(reg.desc)
	if reg.hints.ok() {
		x.annotations(reg.hints, &e.Annotations)
	}
	if reg.title.ok() && e.Annotations.Title == "" {
		e.Annotations.Title, _ = x.constant(reg.title)
	}
	if reg.schema.ok() {
		x.anySchema(e, reg.schema)
	}
	if reg.uri.ok() {
		x.resourceURI(e, reg.uri)
	}
	if k, ok := x.brings(idx, reg.name); ok {
		e.Name, e.Handler = "", -1
		x.register(e, ref{}, Registration{Func: reg.name.scope, Name: reg.name.v, Stands: idx, skip: k, args: true, Doubtful: true})
		return
	}
	if idx >= 0 {
		x.ecmaHandler(e, idx, skip, reg)
	} else {
		more := Registration{skip: skip, args: reg.args, Turns: reg.in, Doubtful: reg.guessed}
		if nameless {
			more.Name = reg.name.v
			more.args = true // whether there is a schema is not known either
		}
		x.register(e, reg.fn, more)
	}
	if !nameless {
		x.add(e)
	}
}

// resourceURI reads a resource's address: a text, or new ResourceTemplate(text,
// { complete }).
func (x *recogniser) resourceURI(e *Entry, r ref) {
	d := x.deref(r)
	if d.v.Op == program.OpNew && len(d.v.Args) > 0 {
		e.URI, _ = x.constant(d.at(d.v.Args[0]))
		for _, v := range templateVariables(e.URI) {
			e.Params = append(e.Params, Param{Name: v, Member: v, Span: x.span(d.at(d.v.Args[0])), Constraint: Constraint{Type: "string"}})
		}
		if len(d.v.Args) > 1 {
			x.completions(e, d.at(d.v.Args[1]))
		}
		return
	}
	e.URI, _ = x.constant(r)
}

// completions reads { complete: { variable: value => … } } of a template.
func (x *recogniser) completions(e *Entry, r ref) {
	d := x.deref(r)
	if d.v.Op != program.OpObject {
		return
	}
	x.fuel = maxFuel
	c := x.pair(d, "complete")
	if !c.ok() {
		return
	}
	x.pairs(x.deref(c), func(key string, p, v ref) { x.completion(key, e.SDK, x.span(p), v) })
}

// completion adds the completion of one variable, value => values.
func (x *recogniser) completion(name string, sdk SDK, at source.Span, fn ref) {
	idx, fnName, _ := x.handler(fn)
	if idx < 0 || name == "" {
		return
	}
	e := &Entry{Kind: Completion, SDK: sdk, Name: name, NameSpan: at, Span: at, Handler: idx, HandlerName: fnName}
	if f := x.f.Funcs[idx]; len(f.Params) > 0 {
		e.Params = []Param{{Name: name, Var: f.Params[0].Name, Span: at, Constraint: Constraint{Type: "string"}}}
		x.facts.handlers = append(x.facts.handlers, handlerFact{entry: e, fn: idx, params: []carrier{{param: 0}}})
	}
	x.add(e)
}

// templateVariables gives the variables of a URI template (RFC 6570).
func templateVariables(uri string) []string {
	var list []string
	for len(list) < maxMembers {
		_, rest, ok := strings.Cut(uri, "{")
		if !ok {
			break
		}
		var inner string
		if inner, uri, ok = strings.Cut(rest, "}"); !ok {
			break
		}
		for _, v := range strings.Split(strings.TrimLeft(inner, "+#./;?&"), ",") {
			if v, _, _ = strings.Cut(strings.TrimRight(v, "*"), ":"); v != "" {
				list = append(list, v)
			}
		}
	}
	return list
}

// ecmaHandler says what the outside controls of a handler's parameters.
func (x *recogniser) ecmaHandler(e *Entry, idx, skip int, reg registration) {
	f := x.f.Funcs[idx]
	h := handlerFact{entry: e, fn: idx}
	if e.Kind == Resource {
		if skip < len(f.Params) && !fixed(e.URI) {
			h.params = append(h.params, carrier{param: skip})
		}
		if skip+1 < len(f.Params) && len(e.Params) > 0 {
			h.params = append(h.params, carrier{param: skip + 1, named: true})
		}
	} else if reg.args && skip < len(f.Params) {
		h.params = append(h.params, carrier{param: skip, named: true})
	}
	extra := len(h.params) + skip
	if e.Kind != Resource && extra < len(f.Params) && e.SDK == TypeScriptV1 {
		h.params = append(h.params, carrier{param: extra, path: []string{"requestInfo", "headers"}})
	}
	x.facts.handlers = append(x.facts.handlers, h)
}

// fixed reports whether a resource's address leaves the caller no choice.
func fixed(uri string) bool { return uri != "" && !strings.Contains(uri, "{") }

// addObjects reads addTool({name, description, parameters, execute}) of npm's
// fastmcp, its plural, and the same for resources and prompts.
func (x *recogniser) addObjects(r ref, s site, method string) {
	if r.v.Op != program.OpCall || r.v.X.Op != program.OpField || len(r.v.Args) == 0 {
		return
	}
	fact := x.server(r.at(r.v.X.X))
	if fact.level == noServer {
		return
	}
	if fact.guessed {
		fact.sdk = TSFastMCP
	}
	kind := Tool
	switch {
	case strings.HasPrefix(method, "addResource"):
		kind = Resource
	case strings.HasPrefix(method, "addPrompt"):
		kind = Prompt
	}
	x.each(r, s, func(r ref) {
		arg := r.at(r.v.Args[0])
		if strings.HasSuffix(method, "s") {
			n := 0
			x.elements(arg, func(o ref) {
				if n++; x.turn() {
					x.objectEntry(kind, fact, x.deref(o), o, nil)
				}
			})
			if n == 0 {
				x.registerObject(kind, fact, r, ref{}, []Turn{{Func: arg.scope, Over: arg.v}})
			}
			return
		}
		x.objectEntry(kind, fact, x.deref(arg), r, x.turnsOf(r, s))
	})
}

// registerObject keeps a tool that is one object of another file; without an object
// each element that the turns give is one.
func (x *recogniser) registerObject(kind EntryKind, fact serverFact, at, object ref, in []Turn) {
	e := &Entry{Kind: kind, SDK: fact.sdk, Handler: -1, Span: x.span(at), NameSpan: x.span(at)}
	x.register(e, ref{}, Registration{Func: at.scope, Object: object.v, Turns: in, Doubtful: fact.guessed, args: true})
}

// objectEntry adds an entry for a tool, resource or prompt that is one object.
func (x *recogniser) objectEntry(kind EntryKind, fact serverFact, d, at ref, in []Turn) {
	if d.v == nil {
		return
	}
	if d.v.Op != program.OpObject {
		x.registerObject(kind, fact, ref{fn: at.fn, scope: d.scope, v: at.v}, d, in)
		return
	}
	sdk := fact.sdk
	get := func(keys ...string) ref {
		for _, k := range keys {
			x.fuel = maxFuel
			if v := x.pair(d, k); v.ok() {
				return v
			}
		}
		return ref{}
	}
	reg := registration{kind: kind, sdk: sdk, name: get("name"), desc: get("description"), title: get("title"), hints: get("annotations"),
		schema: get("parameters", "inputSchema"), uri: get("uri", "uriTemplate"), fn: get("execute", "load", "handler")}
	if !reg.name.ok() {
		return
	}
	idx, fnName, skip := x.handler(reg.fn)
	e := &Entry{Kind: kind, SDK: sdk, Handler: idx, HandlerName: fnName, Span: x.span(d)}
	if at.fn == d.fn && at.v.Span.Start <= d.v.Span.Start && d.v.Span.End <= at.v.Span.End {
		e.Span = x.span(at)
	}
	t := x.nameText(reg.name)
	e.Name, e.NameSpan = t.Value, t.Span
	e.Description = x.text(reg.desc)
	x.annotations(reg.hints, &e.Annotations)
	if reg.title.ok() && e.Annotations.Title == "" {
		e.Annotations.Title, _ = x.constant(reg.title)
	}
	if reg.schema.ok() {
		x.anySchema(e, reg.schema)
	}
	if reg.uri.ok() {
		e.URI, _ = x.constant(reg.uri)
	}
	x.elements(get("arguments"), func(a ref) { x.promptArgument(e, a) })
	if idx >= 0 {
		h := handlerFact{entry: e, fn: idx}
		if skip < len(x.f.Funcs[idx].Params) && (kind != Resource || len(e.Params) > 0) {
			h.params = []carrier{{param: skip, named: true}}
		}
		x.facts.handlers = append(x.facts.handlers, h)
	} else {
		x.register(e, reg.fn, Registration{skip: skip, args: true, Turns: in})
	}
	x.add(e)
}

// requestSchemas are the requests of a low-level server by the name of their
// schema or method.
var requestSchemas = map[string]EntryKind{
	"CallToolRequestSchema": Tool, "tools/call": Tool, "ReadResourceRequestSchema": Resource, "resources/read": Resource,
	"GetPromptRequestSchema": Prompt, "prompts/get": Prompt, "CompleteRequestSchema": Completion, "completion/complete": Completion,
}

// requestHandler reads server.setRequestHandler(CallToolRequestSchema, async
// request => …) and the lists of tools and prompts.
func (x *recogniser) requestHandler(r ref) {
	if r.v.Op != program.OpCall || r.v.X.Op != program.OpField || len(r.v.Args) < 2 {
		return
	}
	first := r.at(r.v.Args[0])
	name, ok := x.constant(first)
	byName := ok
	if !ok {
		name = lastName(first.v)
		if c := x.canon(first); c != "" {
			_, name = splitCanonical(c)
		}
	}
	kind, known := requestSchemas[name]
	list := name == "ListToolsRequestSchema" || name == "tools/list" || name == "ListPromptsRequestSchema" || name == "prompts/list"
	if !known && !list {
		return
	}
	fact := x.server(r.at(r.v.X.X))
	if fact.level == noServer {
		if byName || !importsSDK(x.f) {
			return
		}
		fact = x.guess()
	}
	fn := r.at(r.v.Args[len(r.v.Args)-1])
	idx, _, skip := x.handler(fn)
	if list {
		kind := Tool
		if strings.Contains(name, "rompt") {
			kind = Prompt
		}
		if idx >= 0 {
			x.listed(kind, fact.sdk, idx)
		}
		return
	}
	if idx >= 0 && skip >= len(x.f.Funcs[idx].Params) {
		return
	}
	request := func(path ...string) place { return place{skip, append([]string{"params"}, path...)} }
	h := lowHandler{kind: kind, sdk: fact.sdk, fn: idx, span: x.span(r), name: request("name"), args: request("arguments")}
	switch kind {
	case Resource:
		h.name = request("uri")
	case Completion:
		h.args = request("argument", "value")
	}
	if idx < 0 {
		x.registerLow(h, fn)
		return
	}
	x.low = append(x.low, h)
	if kind == Tool {
		x.facts.handlers = append(x.facts.handlers, handlerFact{fn: idx, params: []carrier{
			{param: skip, path: []string{"params", "requestState"}}, {param: skip, path: []string{"params", "inputResponses"}}}})
	}
}

// listed reads the tools or prompts that a list handler returns.
func (x *recogniser) listed(kind EntryKind, sdk SDK, idx int) {
	ret := x.deref(x.returned(idx))
	if !ret.ok() || ret.v.Op != program.OpObject {
		return
	}
	key := "tools"
	if kind == Prompt {
		key = "prompts"
	}
	x.fuel = maxFuel
	list := x.pair(ret, key)
	if !list.ok() {
		return
	}
	x.elements(list, func(o ref) {
		if !x.turn() {
			return
		}
		d := x.deref(o)
		if d.v == nil || d.v.Op != program.OpObject {
			return
		}
		e := &Entry{Kind: kind, SDK: sdk, Handler: -1, Span: x.span(d), NameSpan: x.span(d), checked: checkedNot}
		x.declaration(e, func(k string) ref {
			x.fuel = maxFuel
			return x.pair(d, k)
		})
		if v := x.toolFunction(o, d); v.ok() && e.Name != "" {
			if i, fnName, skip := x.handler(v); i >= 0 {
				e.Handler, e.HandlerName = i, fnName
				x.memberInputs(e, i, skip)
			}
		}
	})
}

// toolFunction gives the function of a declared tool that carries it along: in
// itself, or in the object that it was mapped from.
func (x *recogniser) toolFunction(o, d ref) ref {
	x.fuel = maxFuel
	if v := x.handlerMember(d); v.ok() {
		return v
	}
	for e := o.env; e != nil; e = e.next {
		if b := x.deref(e.val); b.v != nil && b.v.Op == program.OpObject {
			x.fuel = maxFuel
			if v := x.handlerMember(b); v.ok() {
				return v
			}
		}
	}
	return ref{}
}

// eachCallback binds the parameters of the callbacks around a site that run
// over a known list: tools.forEach(t => server.tool(t.name, …)).
func (x *recogniser) eachCallback(r ref, yield func(ref)) {
	fn := r.scope
	if !x.f.Lang.ECMAScript() || fn <= 0 || x.f.Funcs[fn].Kind != program.KindClosure || len(x.f.Funcs[fn].Params) == 0 {
		yield(r)
		return
	}
	c, ok := x.callbacks[x.f.Funcs[fn].Function]
	if name := calleeName(c.call); !ok || name != "forEach" && name != "map" || c.call.X.Op != program.OpField {
		yield(r)
		return
	}
	n := 0
	x.elements(here(c.fn, c.call.X.X), func(e ref) {
		if n++; x.turn() {
			yield(x.bindParam(r, x.f.Funcs[fn].Params[0], e))
		}
	})
	if n == 0 {
		yield(r)
	}
}

// frameworkClasses reads class X extends MCPTool { execute(input) } of
// mcp-framework.
func (x *recogniser) frameworkClasses(fn int) {
	visit := func(c *program.Class) {
		for _, b := range c.Bases {
			for b.Op == program.OpIndex {
				b = b.X
			}
			canon := x.canon(here(fn, b))
			if !strings.HasPrefix(canon, "mcp-framework") {
				continue
			}
			switch _, n := splitCanonical(canon); n {
			case "MCPTool":
				x.frameworkEntry(c, fn, Tool, "execute")
			case "MCPPrompt":
				x.frameworkEntry(c, fn, Prompt, "generateMessages")
			case "MCPResource":
				x.frameworkEntry(c, fn, Resource, "read")
			}
		}
	}
	if !x.framework() {
		return
	}
	x.f.Funcs[fn].Walk(func(s *program.Stmt, v *program.Value) bool {
		if v == nil && s.Class != nil {
			visit(s.Class)
		} else if v != nil && v.Op == program.OpClass && v.Class != nil {
			visit(v.Class)
		}
		return true
	})
}

// framework reports whether the file imports mcp-framework.
func (x *recogniser) framework() bool {
	for i := range x.f.Imports {
		if strings.HasPrefix(x.f.Imports[i].Module, "mcp-framework") {
			return true
		}
	}
	return false
}

func (x *recogniser) frameworkEntry(c *program.Class, fn int, kind EntryKind, method string) {
	e := &Entry{Kind: kind, SDK: TSFramework, Handler: x.method(c, fn, method), HandlerName: method, Span: c.Span.Shift(x.f.Funcs[fn].Start)}
	e.NameSpan = e.Span
	if t := x.nameText(x.classField(c, fn, "name")); t.Value != "" {
		e.Name, e.NameSpan = t.Value, t.Span
	}
	e.Description = x.text(x.classField(c, fn, "description"))
	x.annotations(x.classField(c, fn, "annotations"), &e.Annotations)
	e.URI, _ = x.constant(x.classField(c, fn, "uri"))
	if s := x.classField(c, fn, "schema"); s.ok() {
		x.anySchema(e, s)
	}
	if e.Handler >= 0 {
		h := handlerFact{entry: e, fn: e.Handler}
		if len(x.f.Funcs[e.Handler].Params) > 0 {
			h.params = []carrier{{param: 0, named: true}}
		}
		x.facts.handlers = append(x.facts.handlers, h)
	}
	x.add(e)
}
