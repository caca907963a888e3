package sessions

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// handles are parameters by which a caller names what was kept for it.
	handles = words(`sessionid handle statehandle handleid jobid taskid exportid reportid uploadid downloadid conversationid threadid cartid basketid draftid`)
	// principals are in code that asks who is calling.
	principals = regexp.MustCompile(`(?i)principal|user|owner|tenant|subject|\bsub\b|auth|account|token|claims|caller|identity|clientid|client_id|\bactor|member|mine\b|permission|context\(|ctx\.Value`)
	// asksWho are the calls by which a program asks its callers for a token.
	asksWho = []string{"requireBearerAuth", "RequireBearerToken", "AuthSettings", "RemoteAuthProvider", "JWTVerifier", "OAuthProxy", "GitHubProvider", "GoogleProvider", "AzureProvider", "Auth0Provider", "BearerAuthProvider", "mcpAuthRouter"}
)

// unboundStateHandle reports tools that give what was kept under an identifier to
// whoever names it, in a server that knows who is calling.
func unboundStateHandle(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Handler <= 0 || e.Handler >= len(p.File.Funcs) || e.Branch.Len() > 0 {
			continue
		}
		param := handleOf(e)
		if param == nil || principals.MatchString(p.FuncText(e.Handler)) {
			continue
		}
		span, store := looksUp(p, e.Handler, param)
		if store == "" || !overHTTP(p) || !knowsCallers(p) {
			continue
		}
		p.Report(rule.Finding{Span: span, Tool: e.Name, Parameter: param.Name, Sink: store})
	}
}

// handleOf gives the parameter of a tool that names something kept, nil if none.
func handleOf(e *mcp.Entry) *mcp.Param {
	for i := range e.Params {
		if handles[rule.Plain(e.Params[i].Name)] {
			return &e.Params[i]
		}
	}
	return nil
}

// knowsCallers reports whether the program asks its callers for a token.
func knowsCallers(p *rule.Pass) bool {
	calls := p.Server().Calls
	for _, name := range asksWho {
		if calls[name] {
			return true
		}
	}
	return false
}

// looksUp finds where a handler reads a variable of the whole program by the parameter,
// and gives that variable's name.
func looksUp(p *rule.Pass, fn int, param *mcp.Param) (at source.Span, store string) {
	f := &p.File.Funcs[fn]
	f.Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v == nil || store != "" {
			return store == ""
		}
		var kept, by *program.Value
		switch {
		case v.Op == program.OpIndex && len(v.Args) == 1:
			kept, by = v.X, v.Args[0]
		case v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpField && (v.X.Name == "get" || v.X.Name == "Load" || v.X.Name == "pop") && len(v.Args) > 0:
			kept, by = v.X.X, v.Args[0]
		default:
			return true
		}
		if kept != nil && kept.Op == program.OpIdent && isParam(p, fn, by, param) && startsEmpty(p, fn, kept.Name) {
			at, store = v.Span.Shift(f.Start), kept.Name
		}
		return true
	})
	return at, store
}

// isParam reports whether a value is the tool's parameter.
func isParam(p *rule.Pass, fn int, v *program.Value, param *mcp.Param) bool {
	if v == nil {
		return false
	}
	switch v.Op {
	case program.OpField:
		return rule.Plain(v.Name) == rule.Plain(param.Name)
	case program.OpCall:
		return len(v.Args) > 0 && v.Args[0] != nil && v.Args[0].Op == program.OpConst && v.Args[0].Str == param.Name
	case program.OpIdent:
		b := p.File.Lookup(fn, v.Name)
		if b.Kind == program.BoundParam {
			return rule.Plain(v.Name) == rule.Plain(param.Name)
		}
		return b.Kind == program.BoundLocal && b.Func == fn && len(b.Assigns) == 1 && b.Assigns[0].Value != nil && b.Assigns[0].Value.Op != program.OpIdent && isParam(p, fn, b.Assigns[0].Value, param)
	}
	return false
}

// startsEmpty reports whether a name is a variable of the whole program that begins as
// an empty map, so that the program itself fills it.
func startsEmpty(p *rule.Pass, fn int, name string) bool {
	b := p.File.Lookup(fn, name)
	if b.Kind != program.BoundLocal || b.Func != 0 || len(b.Assigns) == 0 {
		return false
	}
	a := b.Assigns[0]
	if a.Value == nil {
		return a.Type != nil && strings.Contains(p.File.Tree.Text.Slice(a.Type.Span), "sync.Map")
	}
	switch a.Value.Op {
	case program.OpObject:
		return len(a.Value.Args) == 0
	case program.OpNew:
		return a.Value.X != nil && a.Value.X.Name == "Map" && len(a.Value.Args) == 0
	case program.OpCall:
		return a.Value.X != nil && (a.Value.X.Name == "dict" && len(a.Value.Args) == 0 || a.Value.X.Name == "make")
	}
	return false
}
