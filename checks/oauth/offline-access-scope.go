package oauth

import (
	"slices"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// resourceNames are what metadata of a protected resource says besides.
var resourceNames = words(`resource authorizationservers resourcename resourceserverurl resourceurl resourcedocumentation`)

// offlineAccessScope reports offline_access among the scopes that a server says are
// needed to use it.
func offlineAccessScope(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	eachGiven(p, offlineScope, scopeLists, func(g given) {
		if rule.Plain(g.name) != "requiredscopes" && !slices.ContainsFunc(g.beside, func(v *program.Value) bool { return v != nil && resourceNames[rule.Plain(v.Name)] }) {
			return // of an authorization server, which may well offer it
		}
		list := g.value.Args
		if g.value.Op != program.OpList {
			return
		}
		for i, v := range list {
			if v == nil || v.Op != program.OpConst || v.Str != "offline_access" || !serves(p) {
				continue
			}
			f := rule.Finding{Span: at(p, g.fn, v), Parameter: v.Str, Sink: g.name}
			if len(list) > 1 {
				f.Fixes = []rule.Fix{{Title: "Leave offline_access to the client", Preferred: true, Edits: []rule.Edit{withoutElement(p, g.fn, list, i)}}}
			}
			p.Report(f)
			return
		}
	})
}
