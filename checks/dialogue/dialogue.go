// Package dialogue holds the matchers of checks on what a server says to users and
// models by way of the client: elicitation, sampling, completion.
package dialogue

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"cleartext-elicitation-url": cleartextElicitationURL,
	"elicitation-url-sensitive": elicitationURLSensitive,
	"elicited-secret":           elicitedSecret,
	"link-in-form":              linkInForm,
	"sampling-context":          samplingContext,
	"sampling-loop":             samplingLoop,
}

// mode says what a server asks of the client.
type mode uint8

const (
	form     mode = iota // to have the user fill in a form
	link                 // to send the user to a page
	sampling             // to have the client's model answer
)

// part is a value as it is written, with the function whose text it stands in.
type part struct {
	fn int // index into File.Funcs
	v  *program.Value
}

// ask is one request of the server to the client.
type ask struct {
	call rule.Call
	mode mode
	// message is what the user reads, schema the form, url the page, context the
	// choice of other servers' messages, each with a nil value where it is not written.
	message, schema, url, context part
}

// asked are the last names of calls that ask something of the client.
var asked = []string{
	"elicit", "elicit_form", "elicit_with_validation", "elicit_url", "Elicit", "ElicitRequestFormParams", "ElicitRequestParams", "ElicitRequestURLParams",
	"create_message", "sample", "Sample",
	"elicitInput", "elicitInputStream", "elicitUrl", "createMessage", "requestSampling", "sendRequest",
	"RequestElicitation", "RequestURLElicitation", "CreateMessage", "CreateMessageWithTools", "RequestSampling",
}

// asks gives the requests to the client that a file makes.
func asks(p *rule.Pass, modes ...mode) []ask {
	if !p.Facts.Part || p.TestFile() {
		return nil
	}
	var all []ask
	for _, c := range p.Calls(asked...) {
		var a ask
		ok := false
		switch p.File.Lang {
		case source.Python:
			a, ok = askPython(c)
		case source.Go:
			a, ok = askGo(c)
		default:
			a, ok = askECMA(c)
		}
		if ok && slices.Contains(modes, a.mode) {
			a.call = c
			all = append(all, a)
		}
	}
	return all
}

// askPython reads a call of the Python SDKs.
func askPython(c rule.Call) (ask, bool) {
	given := func(i int, names ...string) part {
		for _, name := range names {
			if k := c.Keyword(name); k != nil {
				return written(c.Pass, part{c.Func, k.X})
			}
		}
		if i < 0 {
			return part{}
		}
		return written(c.Pass, part{c.Func, c.Arg(i)})
	}
	schemas := []string{"schema", "response_type", "requestedSchema", "requested_schema"}
	switch c.Value.X.Name {
	case "elicit", "elicit_form":
		return ask{mode: form, message: given(0, "message"), schema: given(1, schemas...)}, true
	case "Elicit":
		return ask{mode: form, message: given(0, "message"), schema: given(1, schemas...)}, strings.HasPrefix(c.Name(), "mcp.")
	case "elicit_with_validation":
		return ask{mode: form, message: given(1, "message"), schema: given(2, schemas...)}, true
	case "ElicitRequestFormParams", "ElicitRequestParams":
		return ask{mode: form, message: given(-1, "message"), schema: given(-1, schemas...)}, true
	case "elicit_url":
		return ask{mode: link, message: given(0, "message"), url: given(1, "url")}, true
	case "ElicitRequestURLParams":
		return ask{mode: link, message: given(-1, "message"), url: given(-1, "url")}, true
	case "create_message", "sample", "Sample":
		return ask{mode: sampling, context: given(-1, "include_context")}, samples(c)
	}
	return ask{}, false
}

// samples reports whether a call of Python asks the client's model, not some other
// library that has messages to create or sets to sample.
func samples(c rule.Call) bool {
	name := c.Name()
	if strings.HasPrefix(name, "mcp.") || strings.HasPrefix(name, "fastmcp.") {
		return true
	}
	on := c.Value.X.X
	if on == nil {
		return false
	}
	if c.Value.X.Name == "create_message" {
		return on.Name == "session" || strings.HasSuffix(on.Name, "_session")
	}
	return c.Value.X.Name == "sample" && (on.Name == "ctx" || on.Name == "context")
}

// askECMA reads a call of the TypeScript SDKs.
func askECMA(c rule.Call) (ask, bool) {
	object := written(c.Pass, part{c.Func, c.Arg(0)})
	a := ask{mode: form}
	switch c.Value.X.Name {
	case "elicitInput", "elicitInputStream":
	case "elicit":
		if on := c.Value.X.X; on == nil || on.Name != "inputRequired" {
			return ask{}, false
		}
	case "elicitUrl":
		a.mode = link
	case "createMessage", "requestSampling":
		a.mode = sampling
	case "sendRequest":
		method := member(c.Pass, object, "method")
		if method.v == nil || method.v.Op != program.OpConst {
			return ask{}, false
		}
		switch method.v.Str {
		case "elicitation/create":
		case "sampling/createMessage":
			a.mode = sampling
		default:
			return ask{}, false
		}
		object = member(c.Pass, object, "params")
	default:
		return ask{}, false
	}
	if object.v == nil || object.v.Op != program.OpObject {
		return ask{}, false
	}
	return a.fill(c.Pass, object, "message", "requestedSchema", "url", "includeContext", "mode"), true
}

// askGo reads a call of the Go SDKs.
func askGo(c rule.Call) (ask, bool) {
	a := ask{mode: form}
	var object part
	switch c.Value.X.Name {
	case "Elicit", "CreateMessage", "CreateMessageWithTools":
		object = written(c.Pass, part{c.Func, c.Arg(1)})
		if c.Value.X.Name != "Elicit" {
			a.mode = sampling
		}
	case "RequestElicitation":
		object = member(c.Pass, written(c.Pass, part{c.Func, c.Arg(1)}), "Params")
	case "RequestSampling":
		object = member(c.Pass, written(c.Pass, part{c.Func, c.Arg(1)}), "CreateMessageParams")
		a.mode = sampling
	case "RequestURLElicitation":
		return ask{mode: link, url: written(c.Pass, part{c.Func, c.Arg(3)}), message: written(c.Pass, part{c.Func, c.Arg(4)})}, c.Arg(3) != nil
	default:
		return ask{}, false
	}
	if object.v == nil || object.v.Op != program.OpObject {
		return ask{}, false
	}
	return a.fill(c.Pass, object, "Message", "RequestedSchema", "URL", "IncludeContext", "Mode"), true
}

// fill takes the members of an object of parameters by their names in a language.
func (a ask) fill(p *rule.Pass, object part, message, schema, url, context, how string) ask {
	a.message, a.schema, a.url, a.context = member(p, object, message), member(p, object, schema), member(p, object, url), member(p, object, context)
	if m := member(p, object, how); a.url.v != nil || m.v != nil && (m.v.Str == "url" || m.v.Name == "ElicitationModeURL") {
		a.mode = link
	}
	return a
}

// maxHops bounds how many names lead to a value.
const maxHops = 4

// written gives the value that a name stands for where it is assigned once and
// written out in this file, and the value itself else.
func written(p *rule.Pass, at part) part {
	for range maxHops {
		if at.v == nil {
			return at
		}
		switch {
		case at.v.Op == program.OpUnary && at.v.Name == "&" && len(at.v.Args) == 1:
			at.v = at.v.Args[0]
		case at.v.Op == program.OpCast:
			at.v = at.v.X
		case at.v.Op == program.OpIdent:
			b := p.File.Lookup(at.fn, at.v.Name)
			if b.Kind != program.BoundLocal || len(b.Assigns) != 1 {
				return at
			}
			to := b.Assigns[0]
			if to.Kind != program.AssignValue || to.Value == nil || len(to.Path) > 0 {
				return at
			}
			at = part{to.Func, to.Value}
		default:
			return at
		}
	}
	return at
}

// member gives what an object that is written out holds under a name.
func member(p *rule.Pass, object part, name string) part {
	if object.v == nil || object.v.Op != program.OpObject {
		return part{}
	}
	for _, pair := range object.v.Args {
		if pair != nil && pair.Op == program.OpPair && pair.Name == name {
			return written(p, part{object.fn, pair.X})
		}
	}
	return part{}
}

// span gives the place of a part, absolute.
func (a part) span(p *rule.Pass) source.Span { return a.v.Span.Shift(p.File.Funcs[a.fn].Start) }

// source gives the text of a part as it is written.
func (a part) source(p *rule.Pass) string { return p.File.Tree.Text.Slice(a.span(p)) }

// maxDepth bounds how deep a text is nested that is put together of others.
const maxDepth = 6

// spelled gives a text as far as it is written out; each value in it stands as its
// source between braces.
func spelled(p *rule.Pass, a part, depth int) string {
	if a.v == nil || depth == 0 {
		return ""
	}
	v := a.v
	inner := func(x *program.Value) string { return spelled(p, written(p, part{a.fn, x}), depth-1) }
	switch v.Op {
	case program.OpConst:
		if v.Const == program.ConstString {
			return v.Str
		}
	case program.OpTemplate:
		var b strings.Builder
		for _, x := range v.Args {
			if x != nil {
				b.WriteString(inner(x))
			}
		}
		return b.String()
	case program.OpBinary:
		if v.Name == "+" && len(v.Args) == 2 {
			return inner(v.Args[0]) + inner(v.Args[1])
		}
	case program.OpCall, program.OpNew:
		if text, ok := formatted(v, inner); ok {
			return text
		}
	}
	return "{" + a.source(p) + "}"
}

// formatted gives the text that a call makes of a format or of a query's pairs.
func formatted(v *program.Value, inner func(*program.Value) string) (string, bool) {
	if v.X == nil || len(v.Args) == 0 || v.Args[0] == nil {
		return "", false
	}
	switch v.X.Name {
	case "Sprintf":
		pieces := strings.Split(inner(v.Args[0]), "%")
		text := pieces[0]
		for i, piece := range pieces[1:] {
			if i+1 < len(v.Args) && v.Args[i+1] != nil {
				text += inner(v.Args[i+1])
			}
			text += piece[min(1, len(piece)):]
		}
		return text, true
	case "urlencode", "URLSearchParams":
		object := v.Args[0]
		if object.Op != program.OpObject {
			return "", false
		}
		var pairs []string
		for _, pair := range object.Args {
			if pair != nil && pair.Op == program.OpPair && pair.X != nil {
				pairs = append(pairs, pair.Name+"="+inner(pair.X))
			}
		}
		return strings.Join(pairs, "&"), true
	}
	return "", false
}

// tool gives the name of the entry that a function serves, empty if it is not known.
func tool(p *rule.Pass, fn int) string {
	for ; fn > 0; fn = p.File.Funcs[fn].Parent {
		for _, e := range p.Facts.Entries {
			if e.Handler == fn && !e.Elsewhere {
				return e.Name
			}
		}
	}
	return ""
}
