// Package honesty holds the matchers of checks that compare what a server says
// of itself with what it does.
package honesty

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"annotation-contradiction":       annotationContradiction,
	"description-contradiction":      descriptionContradiction,
	"destructive-hint-contradiction": destructiveHintContradiction,
	"idempotent-contradiction":       idempotentContradiction,
	"open-world-contradiction":       openWorldContradiction,
	"undisclosed-network":            undisclosedNetwork,
}

// contradicts reports that a call contradicts a hint.
func contradicts(p *rule.Pass, e *mcp.Entry, u *flow.Use, hint, why string, fixes []rule.Fix) {
	p.Report(rule.Finding{
		Span: rule.Hint(e, hint), Tool: e.Name, Sink: u.Callee, Fixes: fixes,
		Related: []rule.Step{{Path: u.File.Path, Span: u.Span, Text: why}},
	})
}
