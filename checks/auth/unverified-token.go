package auth

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// verifiedBeside is in a file that verifies tokens as well, so that what is read unverified may be
// no more than the name of the key, or that asks the issuer.
var verifiedBeside = regexp.MustCompile(`(?i)introspect|user_?info|jwks|jwt_?verify\s*\(|get_?signing_?key|createRemote|\bverify_signature["']?\s*[:=]\s*true|(jwt|jsonwebtoken|jws)\.verify\(|\.verifyIdToken\(|oidc\.|ParseWithClaims\(|jwt\.Parse\(`)

// unverifiedToken reports tokens of requests that are read without a look at their
// signature, and verification that is content with a token that has none.
func unverifiedToken(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls("decode", "decode_complete", "get_unverified_claims", "decodeJwt", "jwtDecode", "ParseUnverified", "verify", "jwtVerify", "WithValidMethods") {
		if none := unsigned(p, c); none.Value != nil {
			p.Report(rule.Finding{Span: p.SpanOf(none), Sink: c.Text(c.Value.X), Parameter: "the token", Fixes: withoutNone(p, none),
				Message: c.Text(c.Value.X) + " accepts the algorithm none, so a token without any signature is as good as one of the issuer"})
			continue
		}
		if !unread(p, c) {
			continue
		}
		text, inbound := place(p, c.Func)
		if !inbound || verifies(p, c) || answered.MatchString(text) || strings.Contains(c.Text(c.Value), "id_token") || strings.Contains(c.Text(c.Value), "idToken") {
			continue
		}
		p.Report(rule.Finding{Span: c.Span(), Sink: c.Text(c.Value.X), Parameter: "the token", Fixes: verifySignature(p, c)})
	}
}

// unread reports whether a call reads a token without a look at its signature.
func unread(p *rule.Pass, c rule.Call) bool {
	switch c.Value.X.Name {
	case "decode", "decode_complete":
		if p.File.Lang == source.Python {
			old := c.Keyword("verify")
			return pyDecode(c) && (is(option(p, c, "verify_signature"), "false") || old != nil && is(rule.Part{Value: old}, "false"))
		}
		return p.File.Lang.ECMAScript() && of(c, "jsonwebtoken")
	case "get_unverified_claims":
		return strings.HasPrefix(c.Name(), "jose.")
	case "decodeJwt":
		return of(c, "jose")
	case "jwtDecode":
		return of(c, "jwt-decode")
	case "ParseUnverified":
		return p.File.Lang == source.Go && imports(p.File, "jwt")
	}
	return false
}

// verifies reports whether the file verifies tokens besides this call.
func verifies(p *rule.Pass, c rule.Call) bool {
	if p.File.Lang != source.Python {
		return verifiedBeside.MatchString(p.File.Tree.Text.String())
	}
	for _, other := range p.Calls("decode", "decode_complete") {
		if pyDecode(other) && !unread(p, other) {
			return true
		}
	}
	// With a key at hand this very call was meant to verify.
	return len(verifySignature(p, c)) == 0 && verifiedBeside.MatchString(p.File.Tree.Text.String())
}

// unsigned gives the text none in the list of algorithms that a call accepts.
func unsigned(p *rule.Pass, c rule.Call) rule.Part {
	list := rule.Part{Func: c.Func}
	switch name := c.Value.X.Name; {
	case p.File.Lang == source.Python && name == "decode" && pyDecode(c):
		if k := c.Keyword("algorithms"); k != nil {
			list.Value = k.X
		}
	case p.File.Lang.ECMAScript() && (name == "verify" && of(c, "jsonwebtoken") || name == "jwtVerify" && of(c, "jose")):
		if pair := option(p, c, "algorithms"); pair.Value != nil {
			list = rule.Part{Func: pair.Func, Value: pair.Value.X}
		}
	case p.File.Lang == source.Go && name == "WithValidMethods" && strings.Contains(c.Name(), "jwt"):
		list.Value = c.Arg(0)
	}
	if list = p.Written(list); list.Value == nil || list.Value.Op != program.OpList {
		return rule.Part{}
	}
	for _, a := range list.Value.Args {
		if a != nil && a.Op == program.OpConst && a.Const == program.ConstString && strings.EqualFold(a.Str, "none") {
			return rule.Part{Func: list.Func, Value: a}
		}
	}
	return rule.Part{}
}

// withoutNone takes the word none out of a list that names other algorithms too.
func withoutNone(p *rule.Pass, none rule.Part) []rule.Fix {
	text, span := p.File.Tree.Text.String(), p.SpanOf(none)
	switch rest := strings.TrimLeft(text[span.End:], " "); {
	case strings.HasPrefix(rest, ","):
		span.End = uint32(len(text)-len(rest)) + 1
		span.End += uint32(len(text[span.End:]) - len(strings.TrimLeft(text[span.End:], " ")))
	case strings.HasSuffix(strings.TrimRight(text[:span.Start], " "), ","):
		span.Start = uint32(len(strings.TrimRight(text[:span.Start], " "))) - 1
	default:
		return nil
	}
	return []rule.Fix{{Title: "Accept signed tokens only", Edits: []rule.Edit{{Path: p.File.Path, Span: span}}}}
}

// verifySignature turns the verification on where the call has the key and the algorithms
// that it takes.
func verifySignature(p *rule.Pass, c rule.Call) []rule.Fix {
	key := c.Arg(1)
	if k := c.Keyword("key"); k != nil {
		key = k.X
	}
	pair := option(p, c, "verify_signature")
	if p.File.Lang != source.Python || pair.Value == nil || key == nil || key.Op == program.OpConst || c.Keyword("algorithms") == nil {
		return nil
	}
	return []rule.Fix{{Title: "Verify the signature", Edits: []rule.Edit{anew(p, pair, "True")}}}
}
