// Package injection holds the matchers and fixers of checks on values that a tool is given
// and that change the meaning of a command, a query or an object.
package injection

import (
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"environment-from-caller": environmentFromCaller,
	"html-injection":          htmlInjection,
	"run-time-installation":   runTimeInstallation,
}

// Fixers are the fixers of this class, by the name that documents give.
var Fixers = map[string]func(*rule.Pass, *rule.Finding) []rule.Fix{
	"bind-parameters": bindParameters,
	"safe-loader":     safeLoader,
	"shell-to-list":   shellToList,
}

// callAt gives the call that covers exactly the finding, in a file of Python.
func callAt(p *rule.Pass, f *rule.Finding) (rule.Call, bool) {
	if p.File.Lang != source.Python {
		return rule.Call{}, false
	}
	return p.CallAt(f.Span)
}
