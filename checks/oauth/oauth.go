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
	"cookie-without-flags":   cookieWithoutFlags,
	"oauth-state-unchecked":  oauthStateUnchecked,
	"redirect-uri-not-exact": redirectURINotExact,
}

// plain gives a name without what styles of writing differ in.
func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// text gives the source of a function, what is nested in it included.
func text(p *rule.Pass, fn int) string {
	f := &p.File.Funcs[fn]
	if fn == 0 {
		return p.File.Tree.Text.String()
	}
	return p.File.Tree.Text.Slice(source.Span{Start: f.Start, End: f.Start + f.Len})
}

// isTrue and isFalse report whether a value is the constant.
func isTrue(v *program.Value) bool {
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstBool && v.Str == "true"
}

func isFalse(v *program.Value) bool {
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstBool && v.Str == "false"
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
