package manifest

import (
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// bundleSecretNotSensitive reports settings of a bundle that ask for a secret and are
// shown and stored like any other text.
func bundleSecretNotSensitive(p *rule.Pass) {
	bundle := root(p, mcp.Bundle)
	for _, m := range members(bundle.Get("user_config")) {
		if m.Value.Get("type").Str() != "string" || m.Value.Get("sensitive").True() {
			continue
		}
		title := strings.ToLower(strings.TrimSpace(m.Value.Get("title").Str()))
		title = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(title, "(optional)"), "(required)"))
		if !secretName(m.Key) && !secretName(strings.ReplaceAll(title, " ", "_")) {
			continue
		}
		f := rule.Finding{Span: m.Span, Parameter: m.Key, Fixes: marked(p, m.Value, "sensitive", "Mark "+m.Key+" as sensitive")}
		if m.Value.Member("sensitive") != nil {
			f.Confidence = rule.Low // somebody said that it is none
		}
		p.Report(f)
	}
}
