package oauth

import (
	"regexp"
	"strings"

	"mcpaudit/internal/rule"
)

var (
	// asksUser is in code that shows the user who wants to log in.
	asksUser = regexp.MustCompile(`(?i)approv|consent|dialog|render|confirm|html`)
	redirect = regexp.MustCompile(`(?i)redirect\w*\(|["']location["']`)
	// takesLogin is in code that reads the request by which a client begins a login here.
	takesLogin = regexp.MustCompile(`(?:query_params|Query\(\)|FormValue|args|req\.query|searchParams|request\.query)[^\n]{0,40}(?:client_id|redirect_uri|code_challenge)`)
	// registers is in code by which clients make themselves known.
	registers = regexp.MustCompile(`/register|registration_endpoint`)
	// ownClient is in code that begins a login elsewhere under an identity of its own.
	ownClient = regexp.MustCompile(`AuthCodeURL\(|client_id["']?\s*[:,=\]]+\s*(?:[A-Z_]*CLIENT_ID|os\.|process\.env|config\.|settings\.|self\.|env\.)`)
)

// proxyWithoutConsent reports proxies for logins that send the browser on to the
// provider, under the one identity they have there, without asking for which client.
func proxyWithoutConsent(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	consentOff(p)
	for _, c := range p.Calls("parseAuthRequest") {
		if body := p.FuncText(c.Func); c.Func > 0 && redirect.MatchString(body) && !asksUser.MatchString(body) {
			p.Report(rule.Finding{Span: c.Span(), Sink: "parseAuthRequest"})
		}
	}
	whole := p.File.Tree.Text.String()
	told := map[int]bool{}
	for _, c := range p.Calls("Redirect", "RedirectResponse", "redirect") {
		if c.Func == 0 || told[c.Func] {
			continue
		}
		body := p.FuncText(c.Func)
		if !takesLogin.MatchString(body) || !ownClient.MatchString(body) || !registers.MatchString(whole) || asksUser.MatchString(whole) || !serves(p) {
			continue
		}
		told[c.Func] = true
		p.Report(rule.Finding{Span: c.Span(), Sink: c.Value.X.Name})
	}
}

var consentSwitch = rule.NewMarkers("require_authorization_consent")

// consentOff reports proxies of FastMCP whose page of consent is turned off.
func consentOff(p *rule.Pass) {
	if !consentSwitch.Held(p) {
		return
	}
	for i := range p.File.Funcs {
		for _, v := range p.File.Funcs[i].Calls() {
			c := rule.Call{Pass: p, Func: i, Value: v}
			off := c.Keyword("require_authorization_consent")
			if off == nil || !rule.IsFalse(off.X) || !strings.HasPrefix(c.Name(), "fastmcp.") {
				continue
			}
			p.Report(rule.Finding{
				Span: c.At(off), Sink: v.X.Name,
				Fixes: []rule.Fix{{Title: "Ask the user for each client", Preferred: true, Edits: []rule.Edit{c.Replace(c.At(off.X), "True")}}},
			})
		}
	}
}
