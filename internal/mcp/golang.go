package mcp

// golang.go recognises servers written in Go with the official SDK, mark3labs'
// mcp-go and metoro's mcp-golang.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// The paths under which the SDKs are imported, as canonical names begin.
const (
	officialPath = "github.com/modelcontextprotocol/go-sdk/"
	mark3Path    = "github.com/mark3labs/mcp-go/"
	metoroPath   = "github.com/metoro-io/mcp-golang"
)

// goWords are the last names of the calls and literals worth a look.
var goWords = wordSet(`NewServer NewMCPServer AddTool AddTools SetTools AddSessionTool AddSessionTools AddTaskTool AddResource AddResources
	AddResourceTemplate AddResourceTemplates AddPrompt AddPrompts RegisterTool RegisterResource RegisterPrompt
	Tool ServerTool ServerResource ServerResourceTemplate ServerPrompt NewTool NewToolWithRawSchema ServerOptions
	ServeStdio NewStdioServer NewSSEServer NewStreamableHTTPServer Start StdioTransport NewStdioTransport NewStreamableHTTPHandler
	NewSSEHandler SSEHTTPHandler NewStdioServerTransport NewHTTPTransport NewGinTransport WithAddr ListenAndServe ListenAndServeTLS Server
	HandleFunc Handle HandlerFunc Get Post Put Delete Patch GET POST PUT DELETE PATCH
	WithTitleAnnotation WithToolAnnotation WithReadOnlyHintAnnotation WithDestructiveHintAnnotation
	WithIdempotentHintAnnotation WithOpenWorldHintAnnotation`)

func (x *recogniser) golang() {
	for i := range x.f.Funcs {
		for _, s := range x.sites[i] {
			if !x.taken[s.v] {
				x.goSite(here(i, s.v), s)
			}
		}
	}
	for i := range x.f.Funcs {
		x.goReturnedPair(i)
	}
	x.goDeclared()
	x.goSignatures()
}

// goSignatures takes functions of a handler's signature for handlers, where no
// registration of this file names them, and notes where else a request goes.
func (x *recogniser) goSignatures() {
	known := map[int]bool{}
	for i := range x.facts.handlers {
		known[x.facts.handlers[i].fn] = true
	}
	x.goTagged(known)
	for i := range x.f.Funcs {
		f := x.f.Funcs[i]
		if known[i] || len(f.Params) == 0 {
			continue
		}
		if h, ok := x.goHTTPHandler(i); ok {
			x.facts.handlers = append(x.facts.handlers, h)
			continue
		}
		for k := range f.Params {
			t := x.goTypeText(i, f.Params[k].Type)
			if !strings.HasSuffix(t, "CallToolRequest") {
				continue
			}
			c := x.canon(here(i, bareType(f.Params[k].Type)))
			if !strings.HasPrefix(c, mark3Path) && !strings.HasPrefix(c, officialPath) {
				continue
			}
			h := handlerFact{fn: i, request: k + 1}
			if len(f.Results) > 1 && strings.HasSuffix(x.goTypeText(i, f.Results[0]), "CallToolResult") {
				h.params = []carrier{{param: k, path: []string{"Params", "Arguments"}, named: true}}
				if k+1 < len(f.Params) && len(f.Results) == 3 {
					h.params = append(h.params, carrier{param: k + 1, named: true})
				}
			}
			x.facts.handlers = append(x.facts.handlers, h)
			break
		}
	}
}

// goTagged reads tool.Must(name, description, handler), where a package of the
// project's own makes tools by reflection: the handler takes a struct whose fields
// have jsonschema tags, so the caller fills it.
func (x *recogniser) goTagged(known map[int]bool) {
	handlers := map[string]int{}
	for i := range x.f.Funcs {
		f := x.f.Funcs[i]
		if known[i] || f.Name == "" || len(f.Params) != 2 || len(f.Results) == 0 || x.goTypeText(i, f.Params[0].Type) != "context.Context" ||
			x.goTypeText(i, f.Results[len(f.Results)-1]) != "error" {
			continue
		}
		c, _ := x.goClass(x.typed(i, f.Params[1].Type))
		if c != nil && slices.ContainsFunc(c.Fields, func(d program.ClassField) bool { return tagValue(d.Tag, "jsonschema") != "" }) {
			handlers[f.Name] = i
		}
	}
	if len(handlers) == 0 {
		return
	}
	for i := range x.f.Funcs {
		x.f.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpCall && len(v.Args) > 1 {
				x.goTaggedCall(here(i, v), handlers, known)
			}
			return true
		})
	}
}

// goTaggedCall adds the entry of a call that takes a name and one of the handlers.
func (x *recogniser) goTaggedCall(r ref, handlers map[string]int, known map[int]bool) {
	e := &Entry{Kind: Tool, SDK: GoMark3Labs, Handler: -1, Span: x.span(r), NameSpan: x.span(r), checked: checkedTypes}
	for _, a := range r.v.Args {
		switch t := x.nameText(r.at(a)); {
		case a == nil:
		case t.Constant && e.Name == "":
			e.Name, e.NameSpan = t.Value, t.Span
		case t.Constant && e.Description.Value == "":
			e.Description = x.text(r.at(a))
		case e.Handler < 0 && (a.Op == program.OpIdent || a.Op == program.OpField):
			if i, ok := handlers[a.Name]; ok && !known[i] {
				e.Handler, e.HandlerName = i, a.Name
			}
		}
	}
	if e.Name == "" || e.Handler < 0 {
		return
	}
	known[e.Handler] = true
	x.goHandler(e, e.Handler, 0, true)
	x.add(e)
}

// bareType gives a type without its pointers.
func bareType(t *program.Value) *program.Value {
	for t != nil && t.Op == program.OpUnary && len(t.Args) > 0 {
		t = t.Args[0]
	}
	return t
}

// goOptions are options of a tool that speak for a registration of the
// project's own, where no mcp.NewTool takes them.
var goOptions = wordSet(`WithTitleAnnotation WithToolAnnotation WithReadOnlyHintAnnotation WithDestructiveHintAnnotation
	WithIdempotentHintAnnotation WithOpenWorldHintAnnotation`)

// goWrapped reads MustTool(name, description, handler, mcp.With…): a function
// of the project's own that takes the options of mcp.NewTool.
func (x *recogniser) goWrapped(r ref, s site) {
	outer := s.outer
	if outer == nil || x.taken[outer] || !strings.HasPrefix(x.canon(r.at(r.v.X)), mark3Path) {
		return
	}
	x.taken[outer] = true
	if strings.HasPrefix(x.canon(r.at(outer.X)), mark3Path) {
		return // mcp.NewTool itself
	}
	e := &Entry{Kind: Tool, SDK: GoMark3Labs, Handler: -1, Span: x.span(r.at(outer)), NameSpan: x.span(r.at(outer)), checked: checkedTypes}
	skip := 0
	var given ref
	for _, a := range outer.Args {
		switch t := x.nameText(r.at(a)); {
		case a == nil:
		case t.Constant && e.Name == "":
			e.Name, e.NameSpan = t.Value, t.Span
		case t.Constant && e.Description.Value == "":
			e.Description = x.text(r.at(a))
		case e.Handler < 0 && (a.Op == program.OpIdent || a.Op == program.OpField || a.Op == program.OpFunc):
			e.Handler, e.HandlerName, skip = x.handler(r.at(a))
			given = r.at(a)
		default:
			x.goOption(e, r.at(a))
		}
	}
	if e.Name == "" || e.Handler < 0 && e.HandlerName == "" {
		return
	}
	if e.Handler >= 0 {
		x.goHandler(e, e.Handler, skip, true)
	} else {
		x.register(e, given, Registration{skip: skip, tool: true})
	}
	x.add(e)
}

func (x *recogniser) goSite(r ref, s site) {
	if r.v.Op == program.OpObject {
		x.goLiteral(r, s)
		return
	}
	name := calleeName(r.v)
	switch name {
	case "NewServer", "NewMCPServer":
		x.goServer(r, s)
	case "AddTool", "AddTaskTool", "AddSessionTool", "AddResource", "AddResourceTemplate", "AddPrompt":
		x.goAdd(r, s, name)
	case "AddTools", "SetTools", "AddSessionTools", "AddResources", "AddResourceTemplates", "AddPrompts":
		// Their elements are literals, which are sites of their own.
	case "RegisterTool", "RegisterResource", "RegisterPrompt":
		x.goRegister(r, s, name)
	case "HandleFunc", "Handle", "HandlerFunc", "Get", "Post", "Put", "Delete", "Patch", "GET", "POST", "PUT", "DELETE", "PATCH":
		x.goRoute(r, name)
	default:
		if goOptions[name] {
			x.goWrapped(r, s)
			return
		}
		x.goTransport(r, s, name)
	}
}

// goServer records a server object.
func (x *recogniser) goServer(r ref, s site) {
	fact := x.classify(x.canon(r.at(r.v.X)))
	if fact.level == noServer {
		return
	}
	srv := Server{SDK: fact.sdk, Span: x.span(r), Var: assigned(s, r.v)}
	switch fact.sdk {
	case GoMark3Labs:
		for _, a := range r.v.Args {
			if calleeName(a) == "WithInputSchemaValidation" {
				x.validates = true
			}
		}
		srv.Name, _ = x.constant(r.at(positionalAt(r.v, 0)))
	case GoOfficial:
		if d := x.deref(r.at(positionalAt(r.v, 0))); d.ok() && d.v.Op == program.OpObject {
			srv.Name, _ = x.constant(x.pair(d, "Name"))
		}
	}
	x.facts.Servers = append(x.facts.Servers, srv)
}

// goKind tells what a method registers.
func goKind(name string) EntryKind {
	switch {
	case strings.Contains(name, "Resource"):
		return Resource
	case strings.Contains(name, "Prompt"):
		return Prompt
	}
	return Tool
}

// goAdd reads mcp.AddTool(server, tool, handler), server.AddTool(tool, handler)
// and the same for resources and prompts.
func (x *recogniser) goAdd(r ref, s site, name string) {
	callee := r.v.X
	for callee.Op == program.OpIndex { // explicit type arguments
		callee = callee.X
	}
	if callee.Op != program.OpField {
		return
	}
	args := r.v.Args
	sdk := SDK("")
	typed := false
	if c := x.canon(r.at(callee)); strings.HasPrefix(c, officialPath) && strings.HasSuffix(c, "/mcp.AddTool") && !strings.Contains(c, "Server") {
		if len(args) < 3 {
			return
		}
		sdk, typed, args = GoOfficial, true, args[1:]
	} else if fact := x.server(r.at(callee.X)); fact.level != noServer {
		sdk = fact.sdk
	} else {
		return
	}
	if name == "AddSessionTool" && len(args) > 0 {
		args = args[1:]
	}
	x.each(r, s, func(r ref) {
		switch len(args) {
		case 1: // server.AddTool(getIssue(client))
			x.goPairCall(goKind(name), sdk, r, r.at(args[0]))
		case 2:
			x.goEntry(goRegistration{kind: goKind(name), sdk: sdk, typed: typed, span: x.span(r), what: r.at(args[0]), fn: r.at(args[1]), in: x.turnsOf(r, s)})
		}
	})
}

// goPairCall reads a registration that is handed both results of a call.
func (x *recogniser) goPairCall(kind EntryKind, sdk SDK, r, call ref) {
	if call.v == nil || call.v.Op != program.OpCall {
		return
	}
	x.fuel = maxFuel
	idx, name := x.callee(call.at(call.v.X))
	if idx >= 0 {
		return // read where it is returned
	}
	if name != "" {
		e := &Entry{Kind: kind, SDK: sdk, Name: name, NameSpan: x.span(call), Span: x.span(r), Handler: -1, HandlerName: name}
		x.register(e, call, Registration{})
		x.add(e)
	}
}

// goReturnedPair reads func getIssue(…) (tool mcp.Tool, handler
// server.ToolHandlerFunc), which returns what is registered elsewhere.
func (x *recogniser) goReturnedPair(fn int) {
	f := x.f.Funcs[fn]
	if len(f.Results) != 2 {
		return
	}
	t := bareType(f.Results[0])
	kind := Tool
	sdk := SDK("")
	switch c := x.canon(here(fn, t)); c {
	case mark3Path + "mcp.Tool":
		sdk = GoMark3Labs
	case officialPath + "mcp.Tool":
		sdk = GoOfficial
	case mark3Path + "mcp.Prompt":
		sdk, kind = GoMark3Labs, Prompt
	case mark3Path + "mcp.Resource", mark3Path + "mcp.ResourceTemplate":
		sdk, kind = GoMark3Labs, Resource
	default:
		return
	}
	f.Walk(func(s *program.Stmt, v *program.Value) bool {
		if v == nil && s.Op == program.StmtReturn && s.Value != nil && s.Value.Op == program.OpList && len(s.Value.Args) == 2 {
			l := s.Value.Args
			if l[0] != nil && l[1] != nil && !(l[1].Op == program.OpConst && l[1].Const == program.ConstNone) {
				x.goEntry(goRegistration{kind: kind, sdk: sdk, span: s.Span.Shift(f.Start), what: here(fn, l[0]), fn: here(fn, l[1])})
			}
		}
		return v == nil
	})
}

// goRegistration is one registration.
type goRegistration struct {
	kind  EntryKind
	sdk   SDK
	typed bool // the handler has its arguments as a struct of its own
	span  source.Span
	what  ref
	fn    ref
	in    []Turn // the loops around
}

// goEntry adds an entry for a registration.
func (x *recogniser) goEntry(reg goRegistration) {
	idx, fnName, skip := x.handler(reg.fn)
	e := &Entry{Kind: reg.kind, SDK: reg.sdk, Handler: idx, HandlerName: fnName, Span: reg.span, NameSpan: reg.span}
	d := x.deref(reg.what)
	switch {
	case d.v == nil:
	case d.v.Op == program.OpObject:
		x.taken[d.v] = true
		x.goToolLiteral(e, d)
	case d.v.Op == program.OpCall:
		x.goMade(e, d)
	}
	nameless := e.Name == "" && e.URI == "" && idx < 0 // nothing to know it by in this file
	if reg.sdk == GoMark3Labs || reg.kind == Tool && !reg.typed {
		e.checked = checkedNot
	}
	if wrapper := x.deref(reg.fn); wrapper.v != nil && wrapper.v.Op == program.OpCall {
		if n := calleeName(wrapper.v); n == "NewTypedToolHandler" || n == "NewStructuredToolHandler" {
			reg.typed, e.checked = true, checkedTypes
		}
	}
	if idx >= 0 {
		x.goHandler(e, idx, skip, reg.typed)
	} else {
		more := Registration{skip: skip, tool: reg.typed, Turns: reg.in}
		if nameless {
			more.Name = d.v
		}
		x.register(e, reg.fn, more)
	}
	if !nameless {
		x.add(e)
	}
}

// goToolLiteral reads mcp.Tool{…}, mcp.Resource{…}, mcp.Prompt{…}.
func (x *recogniser) goToolLiteral(e *Entry, d ref) {
	get := func(k string) ref {
		x.fuel = maxFuel
		return x.pair(d, k)
	}
	if n := get("Name"); n.ok() {
		if t := x.nameText(n); t.Value != "" {
			e.Name, e.NameSpan = t.Value, t.Span
		}
	}
	e.Description = x.text(get("Description"))
	x.annotations(get("Annotations"), &e.Annotations)
	if t := get("Title"); t.ok() && e.Annotations.Title == "" {
		e.Annotations.Title, _ = x.constant(t)
	}
	for _, k := range []string{"URI", "URITemplate"} {
		if u := get(k); u.ok() {
			e.URI, _ = x.constant(u)
		}
	}
	for _, k := range []string{"InputSchema", "RawInputSchema"} {
		if s := get(k); s.ok() {
			x.schema(e, s)
		}
	}
	if e.Kind == Prompt {
		x.elements(get("Arguments"), func(a ref) { x.promptArgument(e, a) })
	}
	for _, v := range templateVariables(e.URI) {
		e.Params = append(e.Params, Param{Name: v, Member: v, Span: e.NameSpan, Constraint: Constraint{Type: "string"}})
	}
}

// goMade reads mcp.NewTool(name, options…), mcp.NewResource(uri, name,
// options…), mcp.NewPrompt(name, options…).
func (x *recogniser) goMade(e *Entry, d ref) {
	if !strings.HasPrefix(x.canon(d.at(d.v.X)), mark3Path) {
		return
	}
	x.taken[d.v] = true
	nameArg, from := 0, 1
	name := calleeName(d.v)
	switch name {
	case "NewResource", "NewResourceTemplate":
		e.URI, _ = x.constant(d.at(positionalAt(d.v, 0)))
		nameArg, from = 1, 2
		for _, v := range templateVariables(e.URI) {
			e.Params = append(e.Params, Param{Name: v, Member: v, Span: x.span(d.at(d.v.Args[0])), Constraint: Constraint{Type: "string"}})
		}
	case "NewTool", "NewPrompt":
	case "NewToolWithRawSchema":
		e.Description = x.text(d.at(positionalAt(d.v, 1)))
		if s := d.at(positionalAt(d.v, 2)); s.ok() {
			x.schema(e, s)
		}
	default:
		return
	}
	if n := d.at(positionalAt(d.v, nameArg)); n.ok() {
		if t := x.nameText(n); t.Value != "" {
			e.Name, e.NameSpan = t.Value, t.Span
		}
	}
	for i, a := range d.v.Args {
		switch {
		case i < from || a == nil || name == "NewToolWithRawSchema":
		case a.Op == program.OpSpread:
			x.elements(d.at(a.X), func(o ref) { x.goOption(e, o) })
		default:
			x.goOption(e, d.at(a))
		}
	}
}

// goHandler says what the outside controls of a handler's parameters: the
// request, and the arguments as a struct where the handler has them.
func (x *recogniser) goHandler(e *Entry, idx, skip int, typed bool) {
	f := x.f.Funcs[idx]
	h := handlerFact{entry: e, fn: idx}
	for i := skip; i < len(f.Params); i++ {
		p := &f.Params[i]
		t := x.goTypeText(idx, p.Type)
		switch {
		case strings.HasSuffix(t, "context.Context"):
		case strings.HasSuffix(t, "Request") && !typed || strings.HasSuffix(t, ".CallToolRequest"):
			h.request = i + 1
			switch {
			case e.Kind == Resource && fixed(e.URI):
			case e.Kind == Resource:
				h.params = append(h.params, carrier{param: i, path: []string{"Params", "URI"}}, carrier{param: i, path: []string{"Params", "Arguments"}, named: true})
			default:
				h.params = append(h.params, carrier{param: i, path: []string{"Params", "Arguments"}, named: true})
			}
			if e.SDK == GoOfficial {
				h.params = append(h.params, carrier{param: i, path: []string{"Extra", "Header"}})
			} else {
				h.params = append(h.params, carrier{param: i, path: []string{"Header"}})
			}
			if e.SDK == GoOfficial && e.Kind == Tool {
				h.params = append(h.params, carrier{param: i, path: []string{"Params", "RequestState"}}, carrier{param: i, path: []string{"Params", "InputResponses"}})
			}
		case typed || e.SDK == GoMetoro:
			h.params = append(h.params, carrier{param: i, named: true})
			if len(e.Params) == 0 {
				x.goStruct(e, x.typed(idx, p.Type))
			} else {
				x.goMembers(e, x.typed(idx, p.Type))
			}
			typed = false // what follows is the caller's own
			if e.SDK == GoMetoro {
				x.facts.handlers = append(x.facts.handlers, h)
				return
			}
		}
	}
	x.facts.handlers = append(x.facts.handlers, h)
}

// goTypeText gives the text of a type, pointers aside.
func (x *recogniser) goTypeText(fn int, t *program.Value) string {
	if t == nil {
		return ""
	}
	s := t.Span.Shift(x.f.Funcs[fn].Start)
	return strings.TrimLeft(x.f.Tree.Text.Slice(s), "* ")
}

// goLiteral reads server.ServerTool{Tool: …, Handler: …} and its kin, options
// with a completion handler, and transports that are literals.
func (x *recogniser) goLiteral(r ref, s site) {
	c := x.canon(r.at(r.v.X))
	_, name := splitCanonical(c)
	switch {
	case strings.HasPrefix(c, mark3Path):
		what := map[string]string{"ServerTool": "Tool", "ServerResource": "Resource", "ServerResourceTemplate": "Template", "ServerPrompt": "Prompt"}[name]
		if what == "" {
			return
		}
		x.fuel = maxFuel
		tool, fn := x.pair(r, what), x.pair(r, "Handler")
		if tool.ok() && fn.ok() {
			x.each(r, s, func(t ref) {
				tool.env, fn.env = t.env, t.env
				x.goEntry(goRegistration{kind: goKind(name), sdk: GoMark3Labs, span: x.span(r), what: tool, fn: fn})
			})
		}
	case strings.HasPrefix(c, officialPath):
		switch name {
		case "ServerOptions":
			x.goCompletion(r)
		case "StdioTransport":
			x.facts.Transports = append(x.facts.Transports, Transport{Kind: Stdio, Span: x.span(r)})
		case "Tool":
			x.loose = append(x.loose, looseTool{r, s})
		}
	case c == "net/http.Server":
		x.fuel = maxFuel
		if a, ok := x.constant(x.pair(r, "Addr")); ok {
			x.listenHost = a
		}
	}
}

func (x *recogniser) goCompletion(r ref) {
	x.fuel = maxFuel
	fn := x.pair(r, "CompletionHandler")
	if !fn.ok() {
		return
	}
	idx, name, _ := x.handler(fn)
	if idx < 0 {
		return
	}
	e := &Entry{Kind: Completion, SDK: GoOfficial, Name: "completion/complete", NameSpan: x.span(fn), Span: x.span(fn), Handler: idx, HandlerName: name,
		Params: []Param{{Name: "value", Member: "Value", Span: x.span(fn), Constraint: Constraint{Type: "string"}}}}
	h := handlerFact{entry: e, fn: idx}
	for i := range x.f.Funcs[idx].Params {
		if strings.HasSuffix(x.goTypeText(idx, x.f.Funcs[idx].Params[i].Type), "CompleteRequest") {
			h.params = []carrier{{param: i, path: []string{"Params", "Argument"}, named: true}, {param: i, path: []string{"Params", "Context"}}}
		}
	}
	x.facts.handlers = append(x.facts.handlers, h)
	x.add(e)
}

// looseTool is a tool literal that no registration of a known form has taken.
type looseTool struct {
	r ref
	s site
}

// goDeclared reads tool literals that a call of the project's own takes
// together with a function that is handed a request: NewTool(toolset,
// mcp.Tool{…}, func(ctx, req *mcp.CallToolRequest, args map[string]any) …).
func (x *recogniser) goDeclared() {
	for _, l := range x.loose {
		if x.taken[l.r.v] || l.s.outer == nil {
			continue
		}
		for _, a := range l.s.outer.Args {
			if a == nil || a.Op != program.OpFunc {
				continue
			}
			idx, ok := x.index[a.Func]
			if !ok {
				continue
			}
			request := -1
			for i := range a.Func.Params {
				if strings.HasSuffix(x.goTypeText(idx, a.Func.Params[i].Type), "mcp.CallToolRequest") {
					request = i
				}
			}
			if request >= 0 {
				x.goEntry(goRegistration{kind: Tool, sdk: GoOfficial, typed: request+1 < len(a.Func.Params), span: x.span(l.r.at(l.s.outer)), what: l.r, fn: l.r.at(a)})
				break
			}
		}
	}
}

// goRegister reads metoro's server.RegisterTool(name, description, handler).
func (x *recogniser) goRegister(r ref, s site, name string) {
	if r.v.X.Op != program.OpField || len(r.v.Args) < 3 {
		return
	}
	if fact := x.server(r.at(r.v.X.X)); fact.sdk != GoMetoro {
		return
	}
	x.each(r, s, func(r ref) {
		args := r.v.Args
		kind := goKind(name)
		idx, fnName, skip := x.handler(r.at(args[len(args)-1]))
		e := &Entry{Kind: kind, SDK: GoMetoro, Handler: idx, HandlerName: fnName, Span: x.span(r), checked: checkedTypes}
		if kind == Resource {
			e.URI, _ = x.constant(r.at(args[0]))
			args = args[1:]
		}
		t := x.nameText(r.at(args[0]))
		e.Name, e.NameSpan = t.Value, t.Span
		if len(args) > 1 {
			e.Description = x.text(r.at(args[1]))
		}
		if idx >= 0 {
			x.goHandler(e, idx, skip, kind != Resource)
		} else {
			x.register(e, r.at(args[len(args)-1]), Registration{skip: skip, tool: kind != Resource, Turns: x.turnsOf(r, s)})
		}
		x.add(e)
	})
}

// goMethod gives the method of this file that a selector names: of the type of
// its receiver where that is known, else the only one of that name.
func (x *recogniser) goMethod(r ref, name string) int {
	want := ""
	if base := r.v.X; base != nil && base.Op == program.OpIdent {
		if p := x.receiver(r.scope, base.Name); p != nil {
			want = x.goTypeText(r.scope, p.Type)
		} else if b := x.lookup(r.scope, base.Name); b.kind == boundParam && b.param < len(x.f.Funcs[b.fn].Params) {
			want = x.goTypeText(b.fn, x.f.Funcs[b.fn].Params[b.param].Type)
		} else if b.kind == boundImport {
			return -1
		}
	}
	want, _, _ = strings.Cut(want, "[")
	if x.methods == nil {
		x.methods = map[string][]int{}
		for i := range x.f.Funcs {
			if f := x.f.Funcs[i]; f.Receiver != nil {
				x.methods[f.Name] = append(x.methods[f.Name], i)
			}
		}
	}
	found := -1
	for _, i := range x.methods[name] {
		if want != "" {
			t, _, _ := strings.Cut(x.goTypeText(i, x.f.Funcs[i].Receiver.Type), "[")
			if t == want {
				return i
			}
			continue
		}
		if found >= 0 {
			return -1
		}
		found = i
	}
	return found
}
