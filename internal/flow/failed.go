package flow

// failed.go knows the checks that look like protection and are none: what they
// hold all the same travels with the value, as what is proven does, so that a
// check is named only where the value did pass it on its way to the sink.

import (
	"slices"

	"mcpaudit/internal/mcp"
)

// The reasons for which a check fails.
const (
	BarePrefix     = "prefix-without-separator"
	BareHost       = "prefix-within-host"
	BareSuffix     = "suffix-without-dot"
	UnresolvedPath = "unresolved-path"
	LoosePattern   = "unanchored-regex"
	WidePattern    = "over-wide-regex"
	DenyList       = "deny-list"
	LiteralAddress = "literal-address"
	EmptyList      = "empty-allow-list"
	IgnoredResult  = "result-ignored"
	OneBranch      = "one-branch"
	LateCheck      = "check-after-use"
)

// failing has a sentence for each reason.
var failing = map[string]string{
	BarePrefix:     "the prefix does not end in a separator, so a sibling directory with a longer name passes",
	BareHost:       "the prefix ends within the host, so a longer host name passes",
	BareSuffix:     "the suffix does not begin with a dot, so another domain that ends alike passes",
	UnresolvedPath: "the check looks at the path before its dots and links are resolved",
	LoosePattern:   "the expression need not match the whole text",
	WidePattern:    "the expression lets characters pass that do harm here",
	DenyList:       "a list of forbidden characters always lacks one",
	LiteralAddress: "the check looks at the host as written, not at the address that it resolves to",
	EmptyList:      "the list of what is allowed is empty, and then everything passes",
	IgnoredResult:  "the outcome of the check is not looked at",
	OneBranch:      "the check is made on one branch only",
	LateCheck:      "the check comes after the value was used",
}

// Reasons gives the reasons for which a check fails, sorted.
func Reasons() []string {
	var out []string
	for r := range failing {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

// concerns are the sinks that a check would protect if it did not fail, by what
// it holds.
var concerns = map[proofs][]SinkKind{
	proveBadPrefix:    {PathRead, PathWrite, PathDelete, Request, Redirect, Open},
	proveBadSuffix:    {Request, Redirect, Open},
	proveBelow:        {PathRead, PathWrite, PathDelete},
	proveLiteral:      {Request, Redirect},
	proveLoosePattern: {Shell, Argv, Operand, Program, PathRead, PathWrite, PathDelete, Request, Redirect, Open, Query, Eval, Sandbox, Template},
	proveWidePattern:  {Shell, Argv, Operand, Program, PathRead, PathWrite, PathDelete, Query, Eval, Sandbox, Template},
	proveDenied:       {Shell, Eval, Sandbox, Template},
	proveUnlisted:     {Shell, Argv, Operand, Program, PathRead, PathWrite, PathDelete, Request, Redirect, Open, Query, WholeQuery, Eval, Sandbox, Template},
}

// matters reports whether a check that fails stands between a value and a sink:
// the value passed it, or it would protect the sink if it had an effect.
func (x *failedProof) matters(h *hit) bool {
	switch x.reason {
	case IgnoredResult, OneBranch, LateCheck:
		return x.proven.enough(h.sink)
	}
	return h.proven&x.proven != 0 && slices.Contains(concerns[x.proven], h.sink)
}

// about reports whether a check is one of an origin: of just that, or of the
// whole parameter that it is part of.
func (x *failedProof) about(n node) bool {
	return x.node == n || n.cut == 0 && x.cut == 0 && x.node.fn == n.fn && x.node.param == n.param && x.kind == n.kind && x.path == ""
}

// inherit takes over the checks of a callee's parameters that fail, as checks of
// what is handed over.
func (f *frame) inherit(s *summary, sub *substitution) {
	for i := range s.failed {
		x := s.failed[i]
		for _, a := range sub.atom(atom{node: x.node}) {
			y := x
			y.node = a.node
			f.keepFailed(y)
		}
	}
}

// keepFailed keeps a check that fails, once.
func (f *frame) keepFailed(x failedProof) {
	if len(f.failed) < maxFailed && !slices.Contains(f.failed, x) {
		f.failed = append(f.failed, x)
	}
}

// schemaFails reports whether the schema of a parameter asks for a pattern that
// does not keep away what does harm at the sink.
func schemaFails(f *Flow, h *hit) (FailedGuard, bool) {
	if f.Entry == nil || f.Kind != mcp.Input || h.cut != 0 {
		return FailedGuard{}, false
	}
	p := f.Entry.Param(f.Param)
	if p == nil || p.Constraint.Pattern == "" || p.Span.Len() == 0 {
		return FailedGuard{}, false
	}
	r := lookInto(p.Constraint.Pattern, matchSearch)
	reason, holds := LoosePattern, proveLoosePattern
	switch {
	case r.anchored:
		reason, holds = WidePattern, proveWidePattern
	case r.reason != LoosePattern:
		return FailedGuard{}, false
	}
	if !slices.Contains(concerns[holds], h.sink) {
		return FailedGuard{}, false
	}
	return FailedGuard{Span: p.Span, Reason: reason, Text: failing[reason]}, true
}
