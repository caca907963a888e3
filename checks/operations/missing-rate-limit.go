package operations

import (
	"regexp"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// limiter is in the names of what limits how often somebody may call.
var limiter = regexp.MustCompile(`(?i)rate_?limit|limiter|throttl|quota|too_?many_?requests|token_?bucket`)

// knowing is in the names of what finds out who is calling.
var knowing = regexp.MustCompile(`(?i)auth|verify|bearer|compare_?digest|timingSafeEqual|ConstantTime`)

// limiterModules are words in the names of modules that do.
var limiterModules = []string{"rate_limit", "ratelimit", "rate-limit", "rate_limiting", "limiter", "slowapi", "throttl", "x/time/rate", "tollbooth", "quota", "httprate", "limits"}

// missingRateLimit reports servers that know their callers over HTTP and limit none of
// them anywhere in the program. A server that knows no callers lacks more than that.
func missingRateLimit(p *rule.Pass) {
	if !shipped(p) {
		return
	}
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind != mcp.SSE && t.Kind != mcp.StreamableHTTP {
			continue
		}
		s := p.Server()
		if len(s.Entries) == 0 || s.Imports(limiterModules...) {
			return
		}
		knows := s.Imports("auth", "jwt", "jose")
		for name := range s.Calls {
			if limiter.MatchString(name) {
				return
			}
			knows = knows || knowing.MatchString(name)
		}
		if !knows && !t.Given["auth"] {
			return // what stands before the transport is not looked for in vain
		}
		if p.Gates().Before(p.File, t.Span, t.Var).Ever()&mcp.AuthGate == 0 && !t.Given["auth"] {
			continue
		}
		p.Report(rule.Finding{Span: t.Span, Sink: t.Name})
		return
	}
}
