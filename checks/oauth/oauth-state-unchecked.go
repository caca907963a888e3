package oauth

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// codeRead is where a request's code is read.
	codeRead = regexp.MustCompile(`(?:query_params|args|params|query|searchParams|Query\(\)|form|qs)(?:\.get|\.Get)?[(\[]\s*["']code["']|\bquery\.code\b|(?:FormValue|QueryParam|\.Query|\.query)\(\s*"code"|\{[^{}\n]*\bcode\b[^{}\n]*\}\s*=\s*(?:await\s+)?(?:req|request|ctx|c)\.query\b`)
	// exchange is in code that turns a code into a token.
	exchange = regexp.MustCompile(`(?i)authorization_code|(?:exchange\w*|fetch_?token|get_?tokens?|get_?access_?token|request_?token|\w*code_?for_?tokens?)\(`)
	// handsOn is a call that is given the whole request, or all that was asked.
	handsOn = regexp.MustCompile(`[A-Za-z_]\w*\(\s*(?:[^()]*,\s*)?(?:req|request|ctx|r|params|query|searchParams|request\.url|req\.url|str\(request\.url\)|url)\s*[,)]`)
	// verifier is a secret of this login, which the code is bound to.
	verifier = regexp.MustCompile(`(?i)verifier|pkce`)
)

// oauthStateUnchecked reports callbacks of a login that exchange the code of any
// request, and logins whose state is the same for all.
func oauthStateUnchecked(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls("AuthCodeURL", "authorization_url", "create_authorization_url", "generateAuthUrl", "authorizeURL", "authorizationUrl") {
		if v := stateOf(c); v != nil {
			if s, ok := p.File.ConstString(c.Func, v); ok && s != "" {
				p.Report(rule.Finding{
					Span: c.At(v), Parameter: "state", Sink: c.Value.X.Name,
					Message: "Every login sends the same state, so it proves nothing: an attacker can send it too, and end a login of theirs in a user's browser",
				})
			}
		}
	}
	whole := p.File.Tree.Text.String()
	if !holds(whole, `"code"`, "'code'", ".code", "code }", "code,") || !holds(whole, "authorization_code", "xchange", "oken(", "okens(") {
		return
	}
	seen := map[int]bool{}
	for _, at := range codeRead.FindAllStringIndex(whole, 20) {
		span := source.Span{Start: uint32(at[0]), End: uint32(at[1])}
		fn := innermost(p.File, span)
		if fn <= 0 || seen[fn] {
			continue
		}
		seen[fn] = true
		body := text(p, fn)
		if !exchange.MatchString(body) || strings.Contains(strings.ToLower(body), "state") || verifier.MatchString(body) || handsOn.MatchString(body) {
			continue
		}
		p.Report(rule.Finding{Span: span, Parameter: "code", Sink: exchange.FindString(body)})
	}
}

// holds reports whether a text holds one of the parts.
func holds(text string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// stateOf gives what a call that makes the address of a login gives as state.
func stateOf(c rule.Call) *program.Value {
	if c.Pass.File.Lang == source.Go {
		if c.Value.X.Name == "AuthCodeURL" && len(c.Value.Args) > 0 {
			return c.Arg(0)
		}
		return nil
	}
	for _, v := range []*program.Value{c.Keyword("state"), c.Option("state")} {
		if v != nil {
			return v.X
		}
	}
	return nil
}

// innermost gives the index of the innermost function around a place.
func innermost(f *program.File, at source.Span) int {
	best := 0
	for i := range f.Funcs {
		fn := &f.Funcs[i]
		if i > 0 && (source.Span{Start: fn.Start, End: fn.Start + fn.Len}).Contains(at) {
			best = i
		}
	}
	return best
}
