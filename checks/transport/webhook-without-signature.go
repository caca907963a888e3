package transport

import (
	"regexp"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	webhookPath = regexp.MustCompile(`(?i)(^|[/_-])web-?_?hooks?([/_-]|$)`)
	// verifies is in a file that asks a message who sent it.
	verifies = regexp.MustCompile(`(?i)signature|hmac|verif|x-hub|svix|construct_?event|timing_?safe|compare_digest|constant_?time|secret|bearer|authoriz`)
	// readsBody is a handler that does something with what it is sent.
	readsBody = regexp.MustCompile(`(?i)\.body\b|\.json\(|get_json|\.form\b|\.data\b|bindjson|\.bind\(|decode\(|parsebody|payload`)
)

// webhookWithoutSignature reports routes that are webhooks by their path and act on what
// they are sent, where nothing in the file asks for a signature or a secret.
func webhookWithoutSignature(p *rule.Pass) {
	if len(p.Facts.Routes) == 0 || p.TestFile() {
		return
	}
	for i := range p.Facts.Routes {
		r := &p.Facts.Routes[i]
		if !webhookPath.MatchString(r.Path) || r.Method != "" && r.Method != "POST" || r.Handler < 0 {
			continue
		}
		fn := &p.File.Funcs[r.Handler]
		handler := p.File.Tree.Text.Slice(source.Span{Start: fn.Start, End: fn.Start + fn.Len})
		if !readsBody.MatchString(handler) {
			continue
		}
		if verifies.MatchString(p.File.Tree.Text.String()) {
			return
		}
		if !p.Facts.Part && p.Server().Servers == 0 || p.Gates().Before(p.File, r.Span, "").Ever()&mcp.AuthGate != 0 {
			continue
		}
		p.Report(rule.Finding{Span: r.Span, Sink: r.Path})
	}
}
