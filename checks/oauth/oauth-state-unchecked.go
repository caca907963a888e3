package oauth

import (
	"regexp"
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
	seen := map[int]bool{}
	for _, span := range codesRead(p) {
		fn := p.FuncAt(span.Start)
		if fn <= 0 || seen[fn] {
			continue
		}
		seen[fn] = true
		body := p.FuncText(fn)
		if !exchange.MatchString(body) || strings.Contains(strings.ToLower(body), "state") || verifier.MatchString(body) || handsOn.MatchString(body) {
			continue
		}
		p.Report(rule.Finding{Span: span, Parameter: "code", Sink: exchange.FindString(body)})
	}
}

// maxLine is the length of a line above which nothing is looked for in it: nobody has
// written it by hand.
const maxLine = 500

var codeWords = rule.NewMarkers("code")

// codesRead gives the places at which a request's code is read.
func codesRead(p *rule.Pass) (found []source.Span) {
	text := p.File.Tree.Text
	if !codeWords.Held(p) {
		return nil
	}
	whole := text.String()
	for from := 0; len(found) < 20; {
		i := strings.Index(whole[from:], "code")
		if i < 0 {
			break
		}
		at := from + i
		from = at + len("code")
		if at == 0 || from >= len(whole) || !strings.ContainsRune("\"'.{ ,", rune(whole[at-1])) || !strings.ContainsRune("\"' ,;)}\n", rune(whole[from])) {
			continue
		}
		n := text.LineAt(uint32(at))
		start, line := text.LineStart(n), text.Line(n)
		if len(line) > maxLine || !strings.Contains(line, "uery") && !strings.Contains(line, "aram") && !strings.Contains(line, "args") && !strings.Contains(line, "orm") {
			continue
		}
		if m := codeRead.FindStringIndex(line); m != nil {
			found = append(found, source.Span{Start: start + uint32(m[0]), End: start + uint32(m[1])})
			from = max(from, int(start)+len(line))
		}
	}
	return found
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
