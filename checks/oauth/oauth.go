// Package oauth holds the matchers of checks on how a server takes part in OAuth:
// as a proxy, as a client of another service, and in what it says of itself.
package oauth

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"cleartext-oauth-endpoint": cleartextEndpoint,
	"missing-pkce":             missingPKCE,
	"offline-access-scope":     offlineAccessScope,
	"wildcard-scope":           wildcardScope,
	"cookie-without-flags":     cookieWithoutFlags,
	"oauth-state-unchecked":    oauthStateUnchecked,
	"open-redirect":            openRedirect,
	"proxy-without-consent":    proxyWithoutConsent,
	"redirect-uri-not-exact":   redirectURINotExact,
}

// meant gives the value that a name stands for where it has one value, and the
// function whose text that is; the value itself where it is no such name.
func meant(f *program.File, fn int, v *program.Value) (int, *program.Value) {
	for range 4 {
		if v != nil && v.Op == program.OpCast && v.X != nil {
			v = v.X
			continue
		}
		if v == nil || v.Op != program.OpIdent {
			break
		}
		b := f.Lookup(fn, v.Name)
		if b.Kind != program.BoundLocal || len(b.Assigns) != 1 || b.Assigns[0].Kind != program.AssignValue || b.Assigns[0].Value == nil || len(b.Assigns[0].Path) > 0 {
			break
		}
		fn, v = b.Assigns[0].Func, b.Assigns[0].Value
	}
	return fn, v
}

var (
	scopeNames   = rule.NewMarkers("copes")
	offlineScope = rule.NewMarkers("offline_access")
)

// given is a value that is written under a name: in an object, as a keyword or by an
// assignment.
type given struct {
	fn      int
	name    string
	value   *program.Value
	beside  []*program.Value // what is given along with it
	written *program.Value   // the pair or keyword, nil for an assignment
}

// eachGiven calls yield for what a file gives under the names, which are compared as
// plain does. It looks only into functions in which one of the hints stands.
func eachGiven(p *rule.Pass, hints *rule.Markers, names map[string]bool, yield func(given)) {
	for _, i := range hints.Funcs(p) {
		p.File.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool {
			switch {
			case v == nil:
				if s.Op == program.StmtAssign && len(s.Targets) == 1 && s.Value != nil && s.Targets[0] != nil && names[rule.Plain(s.Targets[0].Name)] {
					yield(given{fn: i, name: s.Targets[0].Name, value: s.Value})
				}
			case v.Op == program.OpObject || v.Op == program.OpCall || v.Op == program.OpNew:
				for _, a := range v.Args {
					if a != nil && (a.Op == program.OpPair || a.Op == program.OpKeyword) && a.X != nil && names[rule.Plain(a.Name)] {
						yield(given{fn: i, name: a.Name, value: a.X, beside: v.Args, written: a})
					}
				}
			}
			return true
		})
	}
}

// words makes a set of the words of a text.
func words(text string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		m[w] = true
	}
	return m
}

// at gives the place of a value of a function, absolute.
func at(p *rule.Pass, fn int, v *program.Value) source.Span {
	return v.Span.Shift(p.File.Funcs[fn].Start)
}

// serves reports whether the file belongs to a program with an MCP server.
func serves(p *rule.Pass) bool {
	if p.Facts.Part {
		return true
	}
	s := p.Server()
	return s.Servers > 0 || len(s.Entries) > 0
}

// withoutElement gives the edit that takes an element out of a list on which there are
// more.
func withoutElement(p *rule.Pass, fn int, list []*program.Value, i int) rule.Edit {
	span := at(p, fn, list[i])
	if i > 0 {
		span.Start = at(p, fn, list[i-1]).End
	} else {
		span.End = at(p, fn, list[1]).Start
	}
	return rule.Edit{Path: p.File.Path, Span: span}
}
