package manifest

import (
	"strings"

	"mcpaudit/checks/secrets"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// secretValueInManifest reports credentials that are written into a manifest: in the
// form of a known one anywhere, or random-looking where a secret is asked for.
func secretValueInManifest(p *rule.Pass) {
	doc := root(p, mcp.RegistryEntry, mcp.Bundle, mcp.NodePackage, mcp.PythonProject)
	if doc == nil {
		return
	}
	seen := map[*source.Value]bool{}
	report := func(what string, v *source.Value, c rule.Confidence) {
		if !seen[v] {
			seen[v] = true
			p.Report(rule.Finding{Span: v.Span, Parameter: what, Confidence: c})
		}
	}
	doc.Strings(func(v *source.Value) {
		if what := secrets.Known(v.Text); what != "" {
			report(what, v, rule.High)
		}
	})
	named := func(name string, v *source.Value) {
		if secretName(strings.ReplaceAll(name, "-", "_")) && secrets.Random(v.Str(), name) {
			report("A value for "+name, v, rule.Medium)
		}
	}
	switch p.Facts.Manifest.Kind {
	case mcp.RegistryEntry:
		for _, i := range inputs(doc) {
			named(i.name, i.object.Get("value"))
			named(i.name, i.object.Get("default"))
		}
	case mcp.Bundle:
		for _, m := range members(doc.Get("server", "mcp_config", "env")) {
			named(m.Key, m.Value)
		}
		for _, m := range members(doc.Get("user_config")) {
			named(m.Key, m.Value.Get("default"))
		}
	}
}
