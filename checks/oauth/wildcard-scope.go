package oauth

import (
	"regexp"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// scopeLists are the names of the lists of scopes that a server asks for or offers.
var scopeLists = words(`scopessupported requiredscopes validscopes defaultscopes supportedscopes`)

// everything is a scope that stands for all that there is.
var everything = regexp.MustCompile(`(?i)^(\*|all|full[-_]?access|superuser|\*[:.]\*|[\w.-]+[:.]\*)$`)

// wildcardScope reports lists of scopes with one that allows everything.
func wildcardScope(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	eachGiven(p, scopeNames, scopeLists, func(g given) {
		if g.value.Op != program.OpList {
			return
		}
		list := g.value.Args
		for i, v := range list {
			if v == nil || v.Op != program.OpConst || v.Const != program.ConstString || !everything.MatchString(v.Str) || !serves(p) {
				continue
			}
			f := rule.Finding{Span: at(p, g.fn, v), Parameter: v.Str, Sink: g.name}
			if n := rule.Plain(g.name); len(list) > 1 && (n == "scopessupported" || n == "supportedscopes") {
				f.Fixes = []rule.Fix{{Title: "Leave the scope for everything out", Edits: []rule.Edit{withoutElement(p, g.fn, list, i)}}}
			}
			p.Report(f)
			return
		}
	})
}
