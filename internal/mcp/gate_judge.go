package mcp

// gate_judge.go judges one function: does it read the Host header, the Origin
// header or a credential of a request, and refuse on the outcome?

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// gateWords are words of which a gate has one, as names and texts write them.
var gateWords = strings.Fields("auth Auth AUTH host Host HOST origin Origin ORIGIN header Header HEADER key Key KEY token Token TOKEN secret Secret SECRET cookie Cookie COOKIE session Session SESSION bearer Bearer BEARER")

// worthJudging tells by its text alone whether a function can be a gate. It is asked
// of every function, where a regular expression would take longer than the judging.
func worthJudging(text string) bool {
	return len(text) < 1<<16 && slices.ContainsFunc(gateWords, func(w string) bool { return strings.Contains(text, w) })
}

// gateNames are in every name that speaks of a gate or a credential. To look for them
// costs a tenth of what the expressions do that tell which.
var gateNames = strings.Fields("auth bearer jwt key token secret signature password cookie session credentials host origin rebind login protect user")

// hasGateWord reports whether a name in lower case can speak of a gate or a credential.
func hasGateWord(lower string) bool {
	return slices.ContainsFunc(gateNames, func(w string) bool { return strings.Contains(lower, w) })
}

// gatekeeper judges one function of a file.
type gatekeeper struct {
	fg *fileGates
	fn int
	// from are the names that hold something of the headers, with what.
	from map[string]Gate
	hops int
	// work bounds the steps taken.
	work int
}

func newGatekeeper(fg *fileGates, fn int) *gatekeeper {
	return &gatekeeper{fg: fg, fn: fn, from: map[string]Gate{}, hops: maxGateHops, work: 1 << 16}
}

// judge gives what the function refuses by.
func (j *gatekeeper) judge() Gate {
	body := j.fg.f.Funcs[j.fn].Body
	j.params()
	for range 4 {
		before := len(j.from)
		j.spread(body, 0)
		if len(j.from) == before {
			break
		}
	}
	return j.decide(body)
}

// params takes the parameters that a framework fills with a credential.
func (j *gatekeeper) params() {
	for i := range j.fg.f.Funcs[j.fn].Params {
		p := &j.fg.f.Funcs[j.fn].Params[i]
		if p.Name == "" {
			continue
		}
		if gate := credentialType(p.Type) | credentialType(p.Default); gate != 0 {
			j.from[p.Name] |= gate
		}
		// FastAPI fills `authorization: str = Header()` by the parameter's name.
		if p.Default != nil && (calleeName(p.Default) == "Header" || calleeName(p.Default) == "Cookie") {
			j.from[p.Name] |= headerGate(strings.ReplaceAll(p.Name, "_", "-"))
		}
	}
}

// credentialType tells FastAPI's types and dependencies that give a credential.
func credentialType(t *program.Value) Gate {
	var gate Gate
	eachPart(t, func(v *program.Value) {
		if v.Op == program.OpIdent || v.Op == program.OpField {
			switch {
			case v.Name == "HTTPAuthorizationCredentials", v.Name == "HTTPBasicCredentials", v.Name == "HTTPBearer", v.Name == "APIKeyHeader",
				v.Name == "APIKeyQuery", v.Name == "OAuth2PasswordBearer", v.Name == "bearer_scheme", v.Name == "api_key_header":
				gate |= AuthGate
			}
		}
	})
	return gate
}

// spread notes the names that take something of the headers. ctx is what the
// branch around has been decided by: a flag that is set in it tells of it.
func (j *gatekeeper) spread(list []*program.Stmt, ctx Gate) {
	for _, s := range list {
		if s == nil || j.work <= 0 {
			continue
		}
		j.work--
		inner := ctx
		bits := j.reads(s.Value)
		switch s.Op {
		case program.StmtAssign, program.StmtFor, program.StmtWith:
			for _, t := range s.Targets {
				j.bind(t, s.Value, bits|ctx)
			}
		case program.StmtIf, program.StmtWhile, program.StmtSwitch:
			inner |= bits
		}
		j.inlined(s.Value, ctx)
		j.spread(s.Body, inner)
		for i := range s.Cases {
			j.spread(s.Cases[i].Body, inner)
		}
		j.spread(s.Else, inner)
		j.spread(s.Finally, ctx)
		j.spread(s.Post, ctx)
	}
}

// bind gives names of a target what the value has; a pattern such as
// { host, origin } takes single headers.
func (j *gatekeeper) bind(t, from *program.Value, bits Gate) {
	if t == nil {
		return
	}
	switch t.Op {
	case program.OpIdent:
		if bits != 0 && t.Name != "_" {
			j.from[t.Name] |= bits
		}
	case program.OpList:
		for _, a := range t.Args {
			j.bind(a, from, bits)
		}
	case program.OpObject:
		for _, a := range t.Args {
			if a == nil || a.X == nil {
				continue
			}
			own := bits
			if a.Op == program.OpPair && headerBag(from) {
				own |= headerGate(a.Name)
			}
			j.bind(a.X, from, own)
		}
	}
}

// inlined looks into closures that are handed to a call together with a
// credential: jwt.verify(token, secret, (err) => …).
func (j *gatekeeper) inlined(v *program.Value, ctx Gate) {
	eachPart(v, func(c *program.Value) {
		if c.Op != program.OpCall && c.Op != program.OpNew {
			return
		}
		bits := ctx
		for _, a := range c.Args {
			if a != nil && a.Op != program.OpFunc {
				bits |= j.reads(a)
			}
		}
		if bits == 0 {
			return
		}
		for _, a := range c.Args {
			if a == nil || a.Op != program.OpFunc || j.work <= 0 {
				continue
			}
			for i := range a.Func.Params {
				if a.Func.Params[i].Name != "" {
					j.from[a.Func.Params[i].Name] |= bits
				}
			}
			j.work--
			j.spread(a.Func.Body, bits)
		}
	})
}

// decide looks for a decision on what was read whose one way refuses.
func (j *gatekeeper) decide(list []*program.Stmt) Gate {
	var gate Gate
	for i, s := range list {
		if s == nil || j.work <= 0 {
			continue
		}
		j.work--
		switch s.Op {
		case program.StmtIf:
			gate |= j.decideIf(s, list[i+1:])
			if j.passes(s) {
				return gate | j.decide(list[i+1:]).whereSet()
			}
			continue
		case program.StmtSwitch:
			bits := j.reads(s.Value)
			for k := range s.Cases {
				own := bits
				for _, v := range s.Cases[k].Values {
					own |= j.reads(v)
				}
				if own != 0 && j.refuses(s.Cases[k].Body, own) {
					gate |= own
				}
			}
		case program.StmtTry:
			if bits := j.readsIn(s.Body); bits&AuthGate != 0 {
				for k := range s.Cases {
					if j.refuses(s.Cases[k].Body, bits) {
						gate |= AuthGate
					}
				}
			}
		case program.StmtAssert:
			gate |= j.reads(s.Value)
		}
		gate |= j.decideIn(s.Value)
		gate |= j.decide(s.Body)
		for k := range s.Cases {
			gate |= j.decide(s.Cases[k].Body)
		}
		gate |= j.decide(s.Else) | j.decide(s.Finally)
	}
	return gate
}

// decideIf looks for a decision that an if makes, or that its branches do. rest follows it.
func (j *gatekeeper) decideIf(s *program.Stmt, rest []*program.Stmt) Gate {
	var gate Gate
	body, other := j.decide(s.Body), j.decide(s.Else)
	if bits := j.reads(s.Value); bits != 0 {
		switch {
		case j.refuses(s.Else, bits):
			other |= bits
		case j.refuses(s.Body, bits):
			body |= bits
		case leavesList(s.Body) && j.refuses(rest, bits):
			gate |= bits
		}
	}
	if body|other == 0 {
		return gate | j.decideIn(s.Value)
	}
	switch on, known := j.unset(s.Value); {
	case !known:
	case on && !j.turnsAway(s.Body):
		other = other.whereSet()
	case !on && !j.turnsAway(s.Else):
		body = body.whereSet()
	}
	return gate | body | other | j.decideIn(s.Value)
}

// unset tells what a condition is where nothing is set.
func (j *gatekeeper) unset(v *program.Value) (on, known bool) {
	return j.fg.g.unset.truth(j.fg.f, j.fn, v)
}

// passes reports whether an if lets a request pass where nothing is set, and ends.
func (j *gatekeeper) passes(s *program.Stmt) bool {
	if !leavesList(s.Body) || j.turnsAway(s.Body) {
		return false
	}
	on, known := j.unset(s.Value)
	return known && on
}

// turnsAway reports whether statements answer with an error, or with false.
func (j *gatekeeper) turnsAway(list []*program.Stmt) bool {
	if j.refuses(list, everyGate) {
		return true
	}
	found := false
	for _, s := range list {
		if s == nil {
			continue
		}
		if s.Op == program.StmtReturn && s.Value != nil && s.Value.Op == program.OpConst && s.Value.Const == program.ConstBool && s.Value.Str == "false" {
			return true
		}
		eachPart(s.Value, func(v *program.Value) {
			number := v.Op == program.OpConst && v.Const == program.ConstNumber && len(v.Str) == 3 && (v.Str[0] == '4' || v.Str[0] == '5')
			status := v.Op == program.OpField && strings.HasPrefix(v.Name, "Status") && v.Name != "StatusOK"
			found = found || number || status || exitNames[calleeName(v)]
		})
	}
	return found
}

// passesFirst reports whether function p of the file returns something else before the
// place inner where nothing is set, or whether inner stands in a branch that is not taken then.
func (fg *fileGates) passesFirst(p int, inner source.Span) bool {
	if fg.g.unset.around(fg.f, p, inner).Len() > 0 {
		return true
	}
	j := newGatekeeper(fg, p)
	for _, s := range fg.f.Funcs[p].Body {
		switch {
		case s == nil:
		case s.Span.Contains(inner), s.Span.Start >= inner.Start:
			return false
		case s.Op == program.StmtIf && j.passes(s):
			return true
		}
	}
	return false
}

// decideIn looks for a decision within an expression: ok ? next() : refuse(),
// and for one within a closure that is handed a credential.
func (j *gatekeeper) decideIn(v *program.Value) Gate {
	var gate Gate
	eachPart(v, func(c *program.Value) {
		switch c.Op {
		case program.OpCond, program.OpLogical:
			if len(c.Args) < 2 {
				return
			}
			if bits := j.reads(c.Args[0]); bits != 0 {
				for _, a := range c.Args[1:] {
					if j.refusal(a, bits) {
						gate |= bits
					}
				}
			}
		case program.OpCall:
			var bits Gate
			for _, a := range c.Args {
				if a != nil && a.Op != program.OpFunc {
					bits |= j.reads(a)
				}
			}
			if bits == 0 || j.work <= 0 {
				return
			}
			for _, a := range c.Args {
				if a != nil && a.Op == program.OpFunc {
					j.work--
					gate |= j.decide(a.Func.Body)
				}
			}
		}
	})
	return gate
}

// leavesList reports whether statements end by leaving, or by calling on.
func leavesList(list []*program.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch last := list[len(list)-1]; last.Op {
	case program.StmtReturn, program.StmtContinue, program.StmtBreak:
		return true
	}
	return false
}

// refuses reports whether statements answer the request with a refusal.
func (j *gatekeeper) refuses(list []*program.Stmt, bits Gate) bool {
	for _, s := range list {
		if s == nil || j.work <= 0 {
			continue
		}
		j.work--
		if s.Op == program.StmtThrow {
			return true
		}
		if j.refusal(s.Value, bits) || j.refuses(s.Body, bits) || j.refuses(s.Else, bits) {
			return true
		}
		for _, t := range s.Targets {
			// ctx.status = 401
			if t != nil && t.Op == program.OpField && j.refusal(t, bits) {
				return true
			}
		}
	}
	return false
}

var refusalNames = regexp.MustCompile(`(?i)unauthori[sz]ed|forbidden|misdirected|_40[13]_|access_?denied|(invalid|bad)_?(host|origin|token)|^reject|denied`)

// refusal reports whether an expression is a refusal, by its status, or calls a
// function of the project that is one.
func (j *gatekeeper) refusal(v *program.Value, bits Gate) bool {
	found := false
	eachPart(v, func(p *program.Value) {
		switch p.Op {
		case program.OpConst:
			switch {
			case p.Const == program.ConstNumber:
				found = found || p.Str == "401" || p.Str == "403" || p.Str == "421" || p.Str == "400" && bits&(HostGate|OriginGate) != 0
			case p.Const == program.ConstString:
				found = found || len(p.Str) < 200 && refusalNames.MatchString(p.Str)
			}
		case program.OpIdent, program.OpField:
			found = found || refusalNames.MatchString(p.Name) || bits&(HostGate|OriginGate) != 0 && p.Name == "StatusBadRequest" ||
				p.Op == program.OpField && p.Name == "destroy"
		case program.OpCall:
			if !found && j.hops > 0 && p.X != nil {
				if t, ok := j.fg.resolve(j.fn, p.X); ok && t.c == nil && t.fg == j.fg && t.fn != j.fn && t.fn > 0 {
					j.hops--
					found = j.refuses(t.fg.f.Funcs[t.fn].Body, bits)
					j.hops++
				}
			}
		}
	})
	return found
}

// readsIn gives what statements read.
func (j *gatekeeper) readsIn(list []*program.Stmt) Gate {
	var bits Gate
	for i, s := range list {
		if s == nil || j.work <= 0 {
			continue
		}
		j.work--
		bits |= j.reads(s.Value) | j.readsIn(s.Body)
		if s.Op == program.StmtIf && i+1 < len(list) && j.passes(s) {
			return bits | j.readsIn(list[i+1:]).whereSet()
		}
	}
	return bits
}

// reads gives what an expression takes of the request's headers.
func (j *gatekeeper) reads(v *program.Value) Gate {
	if v == nil || j.work <= 0 {
		return 0
	}
	j.work--
	var bits Gate
	switch v.Op {
	case program.OpFunc:
		return 0
	case program.OpIdent:
		return j.from[v.Name]
	case program.OpField:
		bits = fieldGate(v)
	case program.OpIndex:
		if name := j.text(v.Args, v.Name); name != "" && (headerBag(v.X) || bagName.MatchString(rootName(v.X))) {
			bits = headerGate(name)
		} else if name == "" && headerBag(v.X) && bagName.MatchString(rootName(v.X)) {
			bits = AuthGate // a header that the settings name
		}
	case program.OpCall:
		bits = j.callGate(v)
	case program.OpCompare:
		bits = j.compared(v)
	}
	bits |= j.reads(v.X)
	for _, a := range v.Args {
		bits |= j.reads(a)
	}
	return bits
}

// compared recognises b"host" in headers, and name == b"host" in a loop over them.
func (j *gatekeeper) compared(v *program.Value) Gate {
	var bits Gate
	for i, a := range v.Args {
		if a == nil || a.Op != program.OpConst || len(v.Args) != 2 {
			continue
		}
		o := v.Args[1-i]
		if v.Name == "in" && headerBag(o) || v.Name == "==" && o != nil && (lastName(o) == "name" || lastName(o) == "key" || lastName(o) == "k") {
			bits |= headerGate(a.Str)
		}
	}
	return bits
}

func (j *gatekeeper) text(args []*program.Value, name string) string {
	if name != "" || len(args) == 0 || args[0] == nil {
		return name
	}
	s, _ := j.fg.f.ConstString(j.fn, args[0])
	if s == "" && args[0].Op == program.OpConst {
		s = args[0].Str // bytes
	}
	return s
}

// getters are the methods that give a header, a cookie or a parameter by its name.
var getters = wordSet(`get header Get GetHeader getHeader Header peek getlist getAll FormValue Query query QueryParam Cookie cookie Peek Values get_header`)

// callGate recognises headers.get("host"), r.Header.Get("Origin"), r.BasicAuth(),
// and functions of the project that read a header of what they are given.
func (j *gatekeeper) callGate(v *program.Value) Gate {
	name := calleeName(v)
	if name == "BasicAuth" && len(v.Args) == 0 {
		return AuthGate
	}
	if len(v.Args) > 0 && getters[name] && v.X.Op == program.OpField {
		if recv := v.X.X; headerBag(recv) || bagName.MatchString(rootName(recv)) || j.from[rootName(recv)] != 0 {
			return headerGate(j.text(v.Args, ""))
		}
	}
	if name == "getCookie" || name == "get_bearer_token" || name == "getBearerToken" {
		return AuthGate
	}
	if j.hops <= 0 || v.X == nil || len(v.Args) == 0 || v.Op != program.OpCall {
		return 0
	}
	t, ok := j.fg.resolve(j.fn, v.X)
	if !ok || t.c != nil || t.fn <= 0 || t.fg == j.fg && t.fn == j.fn {
		return 0
	}
	fn := &t.fg.f.Funcs[t.fn]
	if len(fn.Params) == 0 || !returnsValue(fn.Function) || !handsOnRequest(v) {
		return 0
	}
	in := &gatekeeper{fg: t.fg, fn: t.fn, from: map[string]Gate{}, hops: j.hops - 1, work: min(j.work, 1<<12)}
	j.work -= 1 << 8
	return in.readsIn(fn.Body)
}

// handsOnRequest reports whether a call is given a request or its headers.
func handsOnRequest(v *program.Value) bool {
	for _, a := range v.Args {
		if a != nil && (headerBag(a) || bagName.MatchString(rootName(a))) {
			return true
		}
	}
	return false
}

func returnsValue(fn *program.Function) bool {
	found := false
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		found = found || v == nil && s.Op == program.StmtReturn && s.Value != nil
		return v == nil && !found
	})
	return found
}

// bagName are the names under which frameworks hand over a request or what
// belongs to it.
var bagName = regexp.MustCompile(`(?i)^(_?req|request|r|c|ctx|context|conn|connection|websocket|ws|scope|handshake|info|event|httpreq\w*|\w*request|\w*_?headers?|header|searchparams|url|params|query|cookies)$`)

// headerBag reports whether a value is the headers of a request.
func headerBag(v *program.Value) bool {
	for v != nil && (v.Op == program.OpCast || v.Op == program.OpLogical && len(v.Args) > 0) {
		if v.Op == program.OpLogical {
			v = v.Args[0]
		} else {
			v = v.X
		}
	}
	if v == nil {
		return false
	}
	if v.Op == program.OpCall {
		for _, a := range v.Args {
			if headerBag(a) {
				return true // dict(scope["headers"])
			}
		}
		return strings.Contains(strings.ToLower(calleeName(v)), "header")
	}
	name := strings.ToLower(lastName(v))
	if v.Op == program.OpIndex && v.Name != "" {
		name = strings.ToLower(v.Name)
	}
	return strings.Contains(name, "header")
}

// rootName gives the first name of a dotted expression.
func rootName(v *program.Value) string {
	for v != nil {
		switch v.Op {
		case program.OpIdent:
			return v.Name
		case program.OpField, program.OpIndex, program.OpCall, program.OpCast, program.OpAwait:
			v = v.X
		default:
			return ""
		}
	}
	return ""
}

// fieldGate recognises req.headers.host, req.hostname, r.Host, request.url.hostname,
// req.cookies and req.session.
func fieldGate(v *program.Value) Gate {
	if v.X == nil {
		return 0
	}
	root := bagName.MatchString(rootName(v.X))
	switch name := strings.ToLower(v.Name); {
	case headerBag(v.X):
		return headerGate(v.Name)
	case !root:
	case name == "host" || name == "hostname" || name == "netloc":
		if v.X.Op == program.OpIdent && strings.ToLower(v.X.Name) != "url" || v.X.Op == program.OpField && (v.X.Name == "url" || v.X.Name == "base_url") {
			return HostGate
		}
	case v.X.Op == program.OpField && (v.X.Name == "cookies" || v.X.Name == "session" || v.X.Name == "query" || v.X.Name == "query_params"):
		return headerGate(v.Name) | sessionGate(v.X.Name)
	}
	return 0
}

func sessionGate(name string) Gate {
	if name == "session" {
		return AuthGate
	}
	return 0
}

var credentialName = regexp.MustCompile(`(?i)^(proxy-)?authorization$|api[-_]?key|token|secret|signature|password|^cookie$|session$|^x-[a-z-]*(auth|key)$|^credentials$|^auth$|^key$`)

// headerGate tells what a header, cookie or query parameter of a name shows.
func headerGate(name string) Gate {
	switch lower := strings.ToLower(name); {
	case lower == "host", lower == "x-forwarded-host", lower == ":authority":
		return HostGate
	case lower == "origin":
		return OriginGate
	case lower == "mcp-session-id", lower == "sessionid", lower == "session_id", lower == "x-session-id", strings.Contains(lower, "csrf"):
		return 0 // names a session, proves nothing
	case len(lower) < 64 && hasGateWord(lower) && credentialName.MatchString(lower):
		return AuthGate
	}
	return 0
}

// span gives the absolute place of a value of function fn.
func (fg *fileGates) span(fn int, s source.Span) source.Span { return s.Shift(fg.f.Funcs[fn].Start) }
