package auth

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// routeOutsideAuthentication reports transports that take any request, in a file where
// others ask who is calling.
func routeOutsideAuthentication(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() || len(p.Facts.Transports) < 2 {
		return
	}
	var guarded *mcp.Transport
	var open []*mcp.Transport
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind != mcp.SSE && t.Kind != mcp.StreamableHTTP {
			continue
		}
		switch gate := p.Gates().Before(p.File, t.Span, t.Var); {
		case gate.Always()&mcp.AuthGate != 0:
			guarded = t
		case gate.Ever()&mcp.AuthGate == 0:
			open = append(open, t)
		}
	}
	if guarded == nil {
		return // nobody is asked anywhere: that is another matter
	}
	for _, t := range open {
		p.Report(rule.Finding{
			Span: t.Span, Sink: t.Name,
			Related: []rule.Step{{Path: p.File.Path, Span: guarded.Span, Text: "whoever comes this way is asked for a credential"}},
		})
	}
}
