package auth

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// issuersKeys is what the keys of an issuer are called that serves others as well.
	issuersKeys = regexp.MustCompile(`(?i)jwk|keyset|getkey|get_?signing_?key|keyfunc`)
	// asksAudience is in code that looks at the audience by itself.
	asksAudience = regexp.MustCompile(`(?i)\baud\b|audience|\bazp\b|client_?id|resource`)
)

// tokenAudienceUnchecked reports verification of a request's token by the keys of an
// issuer that does not ask for whom the token was made. A key of the server's own
// signs for nobody else and is left alone.
func tokenAudienceUnchecked(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls("decode", "jwtVerify", "verify", "JWTVerifier", "Parse", "ParseWithClaims") {
		at, wrong := anyAudience(p, c)
		if !wrong {
			continue
		}
		if text, inbound := place(p, c.Func); c.Func > 0 && c.Value.X.Name != "JWTVerifier" && (!inbound || asksElsewhere(p, c, text)) {
			continue
		}
		p.Report(rule.Finding{Span: at, Sink: c.Text(c.Value.X), Parameter: "the token"})
	}
}

// asksElsewhere reports whether the code around a call, itself left out, speaks of an audience.
func asksElsewhere(p *rule.Pass, c rule.Call, text string) bool {
	own := c.Text(c.Value)
	return asksAudience.MatchString(strings.Replace(text, own, "", 1))
}

// anyAudience reports whether a call accepts tokens for anybody, and where.
func anyAudience(p *rule.Pass, c rule.Call) (source.Span, bool) {
	switch {
	case p.File.Lang == source.Python && c.Value.X.Name == "decode":
		// PyJWT refuses a token with an audience where none is given; this turns it off.
		pair := option(p, c, "verify_aud")
		if pyDecode(c) && is(pair, "false") && !is(option(p, c, "verify_signature"), "false") && keys(p, c, c.Arg(1), c.Keyword("key")) {
			return p.SpanOf(pair), true
		}
	case p.File.Lang == source.Python && c.Value.X.Name == "JWTVerifier":
		ok := strings.HasPrefix(c.Name(), "fastmcp.") && c.Keyword("audience") == nil && c.Keyword("jwks_uri") != nil && !c.Spreads()
		return c.Span(), ok
	case p.File.Lang.ECMAScript() && (c.Value.X.Name == "jwtVerify" && of(c, "jose") || c.Value.X.Name == "verify" && of(c, "jsonwebtoken")):
		if !keys(p, c, c.Arg(1), nil) || c.Spreads() || len(c.Value.Args) > 4 {
			return source.Span{}, false
		}
		if v := c.Arg(2); v != nil {
			object := p.Written(rule.Part{Func: c.Func, Value: v})
			if object.Value.Op != program.OpObject && object.Value.Op != program.OpFunc || spreads(object.Value) || member(object, "audience").Value != nil {
				return source.Span{}, false
			}
		}
		return c.Span(), true
	case p.File.Lang == source.Go && strings.Contains(c.Name(), "golang-jwt/jwt"):
		n := 1
		if c.Value.X.Name == "ParseWithClaims" {
			n = 2
		}
		if !keys(p, c, c.Arg(n), nil) || c.Spreads() || strings.Contains(c.Name(), "NewParser") {
			return source.Span{}, false
		}
		return c.Span(), !strings.Contains(c.Text(c.Value), "WithAudience")
	}
	return source.Span{}, false
}

func spreads(v *program.Value) bool {
	for _, a := range v.Args {
		if a != nil && a.Op == program.OpSpread {
			return true
		}
	}
	return false
}

// keys reports whether a token is verified by the keys of an issuer.
func keys(p *rule.Pass, c rule.Call, v, keyword *program.Value) bool {
	if keyword != nil {
		v = keyword.X
	}
	if v == nil {
		return false
	}
	return issuersKeys.MatchString(c.Text(v)) || issuersKeys.MatchString(p.TextOf(p.Written(rule.Part{Func: c.Func, Value: v})))
}
