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
	"agent-recursion":              agentRecursion,
	"cleartext-elicitation-url":    cleartextElicitationURL,
	"declined-elicitation-ignored": declinedElicitationIgnored,
	"elicitation-url-sensitive":    elicitationURLSensitive,
	"elicited-secret":              elicitedSecret,
	"link-in-form":                 linkInForm,
	"memory-poisoning":             memoryPoisoning,
	"model-prompt-injection":       modelPromptInjection,
	"prompt-fetched-text":          promptFetchedText,
	"sampling-context":             samplingContext,
	"sampling-loop":                samplingLoop,
	"secret-in-prompt":             secretInPrompt,
	"unmarked-untrusted-output":    unmarkedUntrustedOutput,
}

// mode says what a server asks of the client.
type mode uint8

const (
	form     mode = iota // to have the user fill in a form
	link                 // to send the user to a page
	sampling             // to have the client's model answer
)

// ask is one request of the server to the client.
type ask struct {
	call rule.Call
	mode mode
	// message is what the user reads, schema the form, url the page, context the
	// choice of other servers' messages, each with a nil value where it is not written.
	message, schema, url, context rule.Part
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
	given := func(i int, names ...string) rule.Part {
		for _, name := range names {
			if k := c.Keyword(name); k != nil {
				return c.Pass.Written(rule.Part{Func: c.Func, Value: k.X})
			}
		}
		if i < 0 {
			return rule.Part{}
		}
		return c.Pass.Written(rule.Part{Func: c.Func, Value: c.Arg(i)})
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
	object := c.Pass.Written(rule.Part{Func: c.Func, Value: c.Arg(0)})
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
		method := c.Pass.Member(object, "method")
		if method.Value == nil || method.Value.Op != program.OpConst {
			return ask{}, false
		}
		switch method.Value.Str {
		case "elicitation/create":
		case "sampling/createMessage":
			a.mode = sampling
		default:
			return ask{}, false
		}
		object = c.Pass.Member(object, "params")
	default:
		return ask{}, false
	}
	if object.Value == nil || object.Value.Op != program.OpObject {
		return ask{}, false
	}
	return a.fill(c.Pass, object, "message", "requestedSchema", "url", "includeContext", "mode"), true
}

// askGo reads a call of the Go SDKs.
func askGo(c rule.Call) (ask, bool) {
	a := ask{mode: form}
	var object rule.Part
	switch c.Value.X.Name {
	case "Elicit", "CreateMessage", "CreateMessageWithTools":
		object = c.Pass.Written(rule.Part{Func: c.Func, Value: c.Arg(1)})
		if c.Value.X.Name != "Elicit" {
			a.mode = sampling
		}
	case "RequestElicitation":
		object = c.Pass.Member(c.Pass.Written(rule.Part{Func: c.Func, Value: c.Arg(1)}), "Params")
	case "RequestSampling":
		object = c.Pass.Member(c.Pass.Written(rule.Part{Func: c.Func, Value: c.Arg(1)}), "CreateMessageParams")
		a.mode = sampling
	case "RequestURLElicitation":
		return ask{mode: link, url: c.Pass.Written(rule.Part{Func: c.Func, Value: c.Arg(3)}), message: c.Pass.Written(rule.Part{Func: c.Func, Value: c.Arg(4)})}, c.Arg(3) != nil
	default:
		return ask{}, false
	}
	if object.Value == nil || object.Value.Op != program.OpObject {
		return ask{}, false
	}
	return a.fill(c.Pass, object, "Message", "RequestedSchema", "URL", "IncludeContext", "Mode"), true
}

// fill takes the members of an object of parameters by their names in a language.
func (a ask) fill(p *rule.Pass, object rule.Part, message, schema, url, context, how string) ask {
	a.message, a.schema, a.url, a.context = p.Member(object, message), p.Member(object, schema), p.Member(object, url), p.Member(object, context)
	if m := p.Member(object, how); a.url.Value != nil || m.Value != nil && (m.Value.Str == "url" || m.Value.Name == "ElicitationModeURL") {
		a.mode = link
	}
	return a
}

// maxDepth bounds how deep a text is nested that is put together of others.
const maxDepth = 6

// spelled gives a text as far as it is written out; each value in it stands as its
// source between braces.
func spelled(p *rule.Pass, a rule.Part, depth int) string {
	if a.Value == nil || depth == 0 {
		return ""
	}
	v := a.Value
	inner := func(x *program.Value) string {
		return spelled(p, p.Written(rule.Part{Func: a.Func, Value: x}), depth-1)
	}
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
	return "{" + p.TextOf(a) + "}"
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
	if e := p.Serves(fn); e != nil {
		return e.Name
	}
	return ""
}
