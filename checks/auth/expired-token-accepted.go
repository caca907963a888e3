package auth

import (
	"strings"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// expiredTokenAccepted reports verification of a request's token that does not ask
// whether the token is over.
func expiredTokenAccepted(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls("decode", "decode_complete", "verify", "WithoutClaimsValidation") {
		span, edits := ignoresEnd(p, c)
		if edits == nil {
			continue
		}
		if text, inbound := place(p, c.Func); !inbound && c.Func > 0 || looksAtEnd(text) {
			continue
		}
		p.Report(rule.Finding{Span: span, Sink: c.Text(c.Value.X), Parameter: "the token",
			Fixes: []rule.Fix{{Title: "Refuse tokens that are over", Edits: edits, Preferred: true}}})
	}
}

// looksAtEnd reports whether code asks for the end of a token by itself.
func looksAtEnd(text string) bool {
	for _, word := range []string{`["exp"]`, `['exp']`, `.get("exp"`, `.exp `, `.exp)`, `.exp*`, `ExpiresAt`, `GetExpirationTime`, `Validate(`} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// ignoresEnd gives the place where a call is told to accept tokens that are over, and
// the edits that take it back.
func ignoresEnd(p *rule.Pass, c rule.Call) (source.Span, []rule.Edit) {
	switch {
	case p.File.Lang == source.Python && pyDecode(c):
		// Without a signature nothing counts: unverified-token.
		if pair := option(p, c, "verify_exp"); is(pair, "false") && !is(option(p, c, "verify_signature"), "false") {
			return p.SpanOf(pair), []rule.Edit{anew(p, pair, "True")}
		}
	case p.File.Lang.ECMAScript() && of(c, "jsonwebtoken") && c.Value.X.Name == "verify":
		if pair := option(p, c, "ignoreExpiration"); is(pair, "true") {
			return p.SpanOf(pair), []rule.Edit{anew(p, pair, "false")}
		}
	case p.File.Lang == source.Go && c.Value.X.Name == "WithoutClaimsValidation" && strings.Contains(c.Name(), "jwt"):
		text, span := p.File.Tree.Text.String(), c.Span()
		cut := span
		before, after := strings.TrimRight(text[:span.Start], " \t\n"), strings.TrimLeft(text[span.End:], " ")
		switch {
		case strings.HasSuffix(before, ","):
			cut.Start = uint32(len(before)) - 1
		case strings.HasPrefix(after, ","):
			cut.End = uint32(len(text) - len(strings.TrimLeft(after[1:], " ")))
		case !strings.HasSuffix(before, "("):
			return span, nil
		}
		return span, []rule.Edit{{Path: p.File.Path, Span: cut}}
	}
	return source.Span{}, nil
}
