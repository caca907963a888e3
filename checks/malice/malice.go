// Package malice holds the matchers of checks on source that is itself hostile, or
// that hides what it does. Each asks for the deed and not for the look of the text:
// minified bundles, pictures in base64 and test data are no deeds.
package malice

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"encoded-payload":        encodedPayload,
	"hidden-channel":         hiddenChannel,
	"reverse-shell":          reverseShell,
	"silent-copy":            silentCopy,
	"suspicious-destination": suspiciousDestination,
}

// maxDepth bounds how deep into a value is looked, and maxParts how many of its parts.
const (
	maxDepth = 12
	maxParts = 200
)

// within calls yield for a value, what names in it stand for, and all its parts, until
// yield gives false.
func within(p *rule.Pass, at rule.Part, yield func(rule.Part) bool) {
	left := maxParts
	var visit func(at rule.Part, depth int) bool
	visit = func(at rule.Part, depth int) bool {
		if at.Value == nil || depth == 0 || left == 0 {
			return true
		}
		left--
		if !yield(at) {
			return false
		}
		if at.Value.Op == program.OpIdent {
			return visit(origin(p, at), depth-1)
		}
		if !visit(rule.Part{Func: at.Func, Value: at.Value.X}, depth-1) {
			return false
		}
		for _, a := range at.Value.Args {
			if !visit(rule.Part{Func: at.Func, Value: a}, depth-1) {
				return false
			}
		}
		return true
	}
	visit(at, maxDepth)
}

// origin gives what a name stands for where it is assigned once, the part of an outcome
// that it was given included; nothing for any other name.
func origin(p *rule.Pass, at rule.Part) rule.Part {
	if to := p.Written(at); to.Value != at.Value {
		return to
	}
	b := p.File.Lookup(at.Func, at.Value.Name)
	if b.Kind != program.BoundLocal || len(b.Assigns) != 1 || b.Assigns[0].Kind != program.AssignValue {
		return rule.Part{}
	}
	return rule.Part{Func: b.Assigns[0].Func, Value: b.Assigns[0].Value}
}

// toolOf names the tool whose handler a function is, empty if it is none.
func toolOf(p *rule.Pass, fn int) string {
	if e := p.Serves(fn); e != nil {
		return e.Name
	}
	return ""
}
