package protocol

// migration.go notes what servers do that the revision they target took out of the
// protocol, or asks them to give up.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// What stands in files that are looked at closer.
var (
	inputRequests  = rule.NewMarkers("inputRequired", "InputRequiredResult", "InputRequests")
	sessionGetter  = rule.NewMarkers("GetSessionID")
	sessionHeaders = rule.NewMarkers(sessionHeader)
)

// pushed are the calls by which a server sends a request of its own, and what they ask for.
var pushed = map[source.Language]map[string]string{
	source.Python: {
		"elicit": "an input of the user", "elicit_form": "an input of the user", "elicit_url": "a visit of the user to a page",
		"create_message": "an answer of the client's model", "list_roots": "the client's roots",
	},
	source.TypeScript: {
		"elicitInput": "an input of the user", "createMessage": "an answer of the client's model", "requestSampling": "an answer of the client's model",
		"listRoots": "the client's roots",
	},
	source.Go: {
		"Elicit": "an input of the user", "CreateMessage": "an answer of the client's model", "CreateMessageWithTools": "an answer of the client's model",
		"ListRoots": "the client's roots", "RequestElicitation": "an input of the user", "RequestURLElicitation": "a visit of the user to a page",
		"RequestSampling": "an answer of the client's model", "RequestRoots": "the client's roots",
	},
}

// asker are names of what a server reaches the client by.
var asker = regexp.MustCompile(`(?i)^(ctx|context|session|ss|server|mcpReq|mcp_?server|srv|s)$|session$|server$`)

// family gives the language whose names a file uses.
func family(p *rule.Pass) source.Language {
	if p.File.Lang.ECMAScript() {
		return source.TypeScript
	}
	return p.File.Lang
}

// serverInitiatedRequest reports requests that a server sends to the client, where it
// targets a revision in which only clients send requests.
func serverInitiatedRequest(p *rule.Pass) {
	if !migrates(p) || inputRequests.Held(p) {
		return // or serves clients of both kinds
	}
	names := pushed[family(p)]
	var found []rule.Finding
	for name, what := range names {
		for _, c := range p.Calls(name) {
			on := c.Value.X.X
			if c.Func == 0 || c.Value.X.Op != program.OpField || on == nil || !asker.MatchString(on.Name) {
				continue
			}
			found = append(found, rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Parameter: what, Sink: on.Name + "." + name})
		}
	}
	once(p, found, "asks the client here as well")
}

// levels are Python's calls that send a line of the log to the client.
var levels = map[string]bool{"debug": true, "info": true, "warning": true, "error": true, "log": true}

// deprecatedLogging reports lines of the log that are sent to the client.
func deprecatedLogging(p *rule.Pass) {
	if !migrates(p) {
		return
	}
	var found []rule.Finding
	add := func(c rule.Call) {
		found = append(found, rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Sink: c.Value.X.Name})
	}
	switch family(p) {
	case source.Python:
		for _, c := range p.Calls("debug", "info", "warning", "error", "log") {
			if on := c.Value.X.X; on != nil && on.Op == program.OpIdent && levels[c.Value.X.Name] && contextOf(p, c.Func, on.Name) {
				add(c)
			}
		}
		for _, c := range p.Calls("send_log_message") {
			add(c)
		}
	case source.Go:
		for _, c := range p.Calls("NewLoggingHandler", "SendLogMessageToClient", "SendLogMessageToSpecificClient") {
			add(c)
		}
		for _, c := range p.Calls("Log") {
			if len(c.Value.Args) == 2 && strings.Contains(c.Text(c.Value.Args[1]), "LoggingMessageParams") {
				add(c)
			}
		}
	default:
		for _, c := range p.Calls("sendLoggingMessage") {
			add(c)
		}
	}
	once(p, found, "sends a line of the log here as well")
}

// contextOf reports whether a name is the context that the SDK hands to a function.
func contextOf(p *rule.Pass, fn int, name string) bool {
	b := p.File.Lookup(fn, name)
	if b.Kind != program.BoundParam || b.Param < 0 {
		return false
	}
	t := p.File.Funcs[b.Func].Params[b.Param].Type
	if t != nil && t.Op == program.OpIndex {
		t = t.X
	}
	return t != nil && t.Name == "Context" && strings.HasPrefix(p.File.Canonical(b.Func, t), "mcp.")
}

const sessionHeader = "mcp-session-id"

// protocolSession reports what a server does with the sessions of the protocol.
func protocolSession(p *rule.Pass) {
	if !migrates(p) {
		return
	}
	var found []rule.Finding
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind != mcp.StreamableHTTP || !t.Given["sessionIdGenerator"] {
			continue
		}
		c, ok := p.CallAt(t.Span)
		if !ok {
			continue
		}
		if pair := c.Option("sessionIdGenerator"); pair != nil && pair.X != nil && !(pair.X.Op == program.OpConst && pair.X.Const == program.ConstNone) && pair.X.Name != "undefined" {
			found = append(found, rule.Finding{Span: c.At(pair), Sink: "sessionIdGenerator"})
		}
	}
	if p.File.Lang == source.Go && sessionGetter.Held(p) {
		for _, c := range p.Calls("NewServer") {
			for _, a := range c.Value.Args {
				options := p.Written(rule.Part{Func: c.Func, Value: a})
				if options.Value == nil || options.Value.Op != program.OpObject {
					continue
				}
				for _, pair := range options.Value.Args {
					if pair != nil && pair.Op == program.OpPair && pair.Name == "GetSessionID" {
						found = append(found, rule.Finding{Span: p.SpanOf(rule.Part{Func: options.Func, Value: pair}), Sink: "GetSessionID"})
					}
				}
			}
		}
	}
	for _, c := range p.Calls("get", "Get", "header") {
		if a := c.Arg(0); a != nil && a.Op == program.OpConst && strings.EqualFold(a.Str, sessionHeader) {
			found = append(found, rule.Finding{Span: c.Span(), Sink: "Mcp-Session-Id"})
		}
	}
	if p.File.Lang.ECMAScript() && sessionHeaders.Held(p) {
		found = append(found, indexed(p)...)
	}
	once(p, found, "relies on a session here as well")
}

// indexed gives the places at which the header of the session is taken out of an object.
func indexed(p *rule.Pass) []rule.Finding {
	var found []rule.Finding
	for i := range p.File.Funcs {
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpIndex && v.Name == sessionHeader {
				found = append(found, rule.Finding{Span: v.Span.Shift(p.File.Funcs[i].Start), Sink: "Mcp-Session-Id"})
			}
			return true
		})
	}
	return found
}
