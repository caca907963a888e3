package sessions

import (
	"regexp"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// proves is in code that finds out whether a state is the one that it made.
var proves = regexp.MustCompile(`(?i)hmac|timingSafeEqual|compare_digest|ConstantTimeCompare|verif|jwt|decrypt|unseal|unsign|fernet|itsdangerous|serializer|secretbox|\.Open\(|aead|signature|paseto|subtle`)

// requestState is the name of what a client brings back.
var requestState = rule.NewMarkers("equestState", "request_state")

// unsignedRequestState reports state that comes back from a client and is read without
// a proof that the server made it.
func unsignedRequestState(p *rule.Pass) {
	if p.TestFile() || !requestState.Held(p) {
		return
	}
	whole := p.File.Tree.Text.String()
	type reading struct {
		fn   int
		span source.Span
		name string
	}
	var all []reading
	for _, c := range p.Calls("loads", "parse", "Unmarshal", "b64decode", "urlsafe_b64decode", "from", "atob", "DecodeString", "model_validate_json", "literal_eval") {
		if readsState(p, c.Func, c.Value.Args, 6) {
			all = append(all, reading{c.Func, c.Span(), c.Value.X.Name})
		}
	}
	if len(all) == 0 || proves.MatchString(whole) {
		return
	}
	told := map[int]bool{}
	for i, r := range all {
		inner := false
		for j, o := range all {
			inner = inner || i != j && o.span.Contains(r.span)
		}
		if inner || told[r.fn] {
			continue
		}
		told[r.fn] = true
		p.Report(rule.Finding{Span: r.span, Parameter: "requestState", Sink: r.name})
	}
}

// readsState reports whether values hold the state that a request brings back.
func readsState(p *rule.Pass, fn int, list []*program.Value, depth int) bool {
	if depth == 0 {
		return false
	}
	for _, v := range list {
		if v == nil {
			continue
		}
		switch v.Op {
		case program.OpField, program.OpIndex:
			if rule.Plain(v.Name) == "requeststate" {
				return true
			}
		case program.OpIdent:
			if rule.Plain(v.Name) == "requeststate" {
				return true
			}
			if b := p.File.Lookup(fn, v.Name); b.Kind == program.BoundLocal && len(b.Assigns) > 0 && b.Assigns[0].Value != nil && b.Assigns[0].Func == fn && readsState(p, fn, []*program.Value{b.Assigns[0].Value}, depth-1) {
				return true
			}
			continue
		case program.OpFunc, program.OpClass:
			continue
		}
		if readsState(p, fn, []*program.Value{v.X}, depth-1) || readsState(p, fn, v.Args, depth-1) {
			return true
		}
	}
	return false
}
