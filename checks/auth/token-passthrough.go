package auth

import (
	"regexp"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// asking are the addresses at which a token is asked about or exchanged: there its
// issuer is told the token, and nobody else.
var asking = regexp.MustCompile(`(?i)introspect|userinfo|tokeninfo|token_info|oauth2?/token|/token\b|verify`)

// Asks reports whether a call asks the issuer of a token about it, or exchanges it there.
func Asks(call string) bool { return asking.MatchString(call) }

// tokenPassthrough reports a caller's credential that a tool sends on in a header of
// its own request.
func tokenPassthrough(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		if f.Secret != "credential" || f.Sink != flow.Header || f.Entry == nil || !f.Sure || seen[f.Call] {
			continue
		}
		if f.Path != p.File.Path || Asks(p.File.Tree.Text.Slice(f.Call)) {
			continue
		}
		seen[f.Call] = true
		found := rule.Finding{Path: f.Path, Span: f.Call, Tool: f.Entry.Name, Parameter: "the caller's credential", Sink: f.Callee, Confidence: rule.Medium}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}
