package mcp

// inputs.go says which values the outside controls.

import (
	"strings"

	"mcpaudit/internal/program"
)

// carrier is a parameter of a function that carries input.
type carrier struct {
	param int
	path  []string
	named bool // its members are the entry's parameters
}

// handlerFact is a function that input enters.
type handlerFact struct {
	entry  *Entry // nil where it serves several, or a route
	fn     int
	params []carrier
	// request is the parameter whose methods give input, -1 if there is none.
	// It is stored plus one, so that zero is none.
	request int
	kind    SourceKind // NoSource is Input
}

// Entered reports whether the outside can control values of this file.
func (f *Facts) Entered() bool { return f.Part || len(f.Routes) > 0 || len(f.handlers) > 0 }

// WithoutRoutes gives the facts of a file whose routes are those of another program.
func (f *Facts) WithoutRoutes() *Facts {
	if f.Part || len(f.Routes) == 0 {
		return f
	}
	bare := *f
	bare.Routes = nil
	bare.keepRemote()
	return &bare
}

// keepRemote lets go of all that enters but what another server chooses.
func (f *Facts) keepRemote() {
	all := f.handlers
	f.handlers, f.byFunc = nil, map[int][]int{}
	for _, h := range all {
		if h.kind == Remote {
			f.byFunc[h.fn] = append(f.byFunc[h.fn], len(f.handlers))
			f.handlers = append(f.handlers, h)
		}
	}
}

// Inputs gives the parameters of the file's functions that the outside
// controls, in the order in which their functions were found.
func (f *Facts) Inputs() []InputParam {
	var list []InputParam
	for i := range f.handlers {
		h := &f.handlers[i]
		for _, c := range h.params {
			list = append(list, InputParam{Func: h.fn, Param: c.param, Path: c.path, Entry: h.entry, Kind: max(h.kind, Input), Named: c.named})
		}
	}
	return list
}

// Receivers gives the functions, by index, that receive messages of the protocol by
// themselves, see InputCall.
func (f *Facts) Receivers() []int { return f.messagesIn }

// requestMethods are methods of a request, or of the framework's context, that
// give what the caller chose; the value says how.
var requestMethods = map[string]readBy{
	// mcp-go's CallToolRequest: the first argument is the parameter's name.
	// GetInt and its kin give numbers and booleans, which carry no text.
	"GetString": byName, "RequireString": byName, "GetStringSlice": byName, "RequireStringSlice": byName,
	"GetArguments": whole, "GetRawArguments": whole, "BindArguments": intoFirst,
	// net/http's Request.
	"FormValue": byName, "PostFormValue": byName, "PathValue": byName, "Cookie": byName, "FormFile": byName,
	"UserAgent": whole, "Referer": whole, "BasicAuth": whole, "Cookies": whole,
	// Starlette, Hono, Express, Fastify.
	"json": whole, "body": whole, "form": whole, "text": whole, "formData": whole, "parseBody": whole, "arrayBuffer": whole,
	// gin, echo and fiber.
	"Query": byName, "DefaultQuery": byName, "QueryParam": byName, "Param": byName, "Params": byName, "PostForm": byName, "GetHeader": byName,
	"GetRawData": whole, "Body": whole, "ShouldBindJSON": intoFirst, "BindJSON": intoFirst, "ShouldBind": intoFirst, "Bind": intoFirst,
	"ShouldBindQuery": intoFirst, "BindQuery": intoFirst, "ShouldBindUri": intoFirst, "BindUri": intoFirst, "ShouldBindHeader": intoFirst, "BindHeader": intoFirst,
	"ShouldBindWith": intoFirst, "ShouldBindBodyWith": intoFirst, "ShouldBindBodyWithJSON": intoFirst, "MustBindWith": intoFirst, "BodyParser": intoFirst,
	"query": byName, "queries": byName, "param": byName, "header": byName, "get": byName, "stream": whole, "valid": whole,
}

// readBy says how a method reads.
type readBy uint8

const (
	whole     readBy = iota + 1 // all there is
	byName                      // the parameter that the first argument names
	intoFirst                   // into what the first argument points to
)

// clientAnswers are calls whose result the client or its user chose: answers
// to elicitation and sampling, and the client's roots.
var clientAnswers = wordSet(`elicit elicit_form elicit_url elicitInput create_message createMessage sample
	list_roots listRoots ListRoots Elicit CreateMessage RequestElicitation RequestSampling requestSampling`)

// InputCall tells whether the value v of function fn is a call on a request,
// a context or a session that gives what the outside chose, such as
// req.GetString("path") or await ctx.elicit(…).
func (f *Facts) InputCall(fn int, v *program.Value) (InputCall, bool) {
	if m, ok := f.messages[v]; ok {
		return m, true
	}
	if !f.Entered() || v == nil || v.Op != program.OpCall || v.X == nil || v.X.Op != program.OpField || v.X.X == nil {
		return InputCall{}, false
	}
	name := v.X.Name
	if at, ok := requestFunctions[name]; ok && len(v.Args) > 0 {
		if h := f.requestOf(fn, v.Args[0]); h != nil {
			call := InputCall{Kind: Input, Into: -1, Entry: f.sole(h.fn)}
			call.Param = constantAt(v, at)
			return call, true
		}
	}
	if clientAnswers[name] {
		return f.answer(fn, v)
	}
	how, ok := requestMethods[name]
	if !ok {
		return InputCall{}, false
	}
	h := f.requestOf(fn, v.X.X)
	if h == nil {
		return InputCall{}, false
	}
	call := InputCall{Kind: Input, Into: -1, Entry: f.sole(h.fn)}
	switch how {
	case intoFirst:
		call.Into = 0
	case byName:
		call.Param = constantAt(v, 0)
	}
	return call, true
}

// constantAt gives the constant text of an argument, empty if there is none.
func constantAt(v *program.Value, i int) string {
	if i < 0 || i >= len(v.Args) || v.Args[i] == nil || v.Args[i].Op != program.OpConst || v.Args[i].Const != program.ConstString {
		return ""
	}
	return v.Args[i].Str
}

// requestFunctions are functions of routers that are handed the request and give
// what the caller chose: chi's and gorilla/mux's. The number is the argument that
// names the parameter.
var requestFunctions = map[string]int{"URLParam": 1, "Vars": -1}

// requestOf gives the handler whose request the value is: the parameter itself,
// or Hono's c.req, seen from the handler or a closure in it.
func (f *Facts) requestOf(fn int, v *program.Value) *handlerFact {
	for v != nil && v.Op == program.OpField && (v.Name == "req" || v.Name == "raw" || v.Name == "request") {
		v = v.X
	}
	if v == nil || v.Op != program.OpIdent {
		return nil
	}
	for depth := 0; fn >= 0 && depth < 64; depth++ {
		if p := paramNamed(f.File.Funcs[fn].Function, v.Name); p >= 0 {
			for _, i := range f.byFunc[fn] {
				if h := &f.handlers[i]; h.request == p+1 {
					return h
				}
			}
			return nil
		}
		fn = f.File.Funcs[fn].Parent
	}
	return nil
}

func paramNamed(fn *program.Function, name string) int {
	for i := range fn.Params {
		if fn.Params[i].Name == name {
			return i
		}
	}
	return -1
}

// answer recognises a question to the client: on a context, a session, a
// server or what a handler is given beside its arguments.
func (f *Facts) answer(fn int, v *program.Value) (InputCall, bool) {
	recv := strings.ToLower(lastName(v.X.X))
	switch {
	case recv == "":
		return InputCall{}, false
	case strings.Contains(recv, "ctx"), strings.Contains(recv, "context"), strings.Contains(recv, "session"),
		strings.Contains(recv, "server"), strings.Contains(recv, "mcp"), recv == "extra", recv == "this", recv == "self":
		return InputCall{Kind: Input, Into: -1, Entry: f.entryOf(fn)}, true
	}
	return InputCall{}, false
}

// sole gives the one entry that a function serves, nil if it serves several.
func (f *Facts) sole(fn int) *Entry {
	var one *Entry
	for _, i := range f.byFunc[fn] {
		if e := f.handlers[i].entry; e != nil && one != nil && e != one {
			return nil
		} else if e != nil {
			one = e
		}
	}
	return one
}

// entryOf gives the entry whose handler fn is or stands in, if it is one.
func (f *Facts) entryOf(fn int) *Entry {
	for depth := 0; fn >= 0 && depth < 64; depth++ {
		if len(f.byFunc[fn]) > 0 {
			return f.sole(fn)
		}
		fn = f.File.Funcs[fn].Parent
	}
	return nil
}

// EntryAt gives the entry that the code at a place of function fn serves: by
// its branch where the function serves several, else the one whose handler it
// is; nil if that cannot be said. The place is absolute.
func (f *Facts) EntryAt(fn int, at uint32) *Entry {
	var whole *Entry
	count := 0
	for _, e := range f.Entries {
		if e.Handler != fn {
			continue
		}
		if e.Branch.Len() > 0 {
			if e.Branch.Start <= at && at < e.Branch.End {
				return e
			}
			continue
		}
		whole = e
		count++
	}
	if count == 1 {
		return whole
	}
	return nil
}
