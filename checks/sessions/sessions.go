// Package sessions holds the matchers of checks on what a server keeps from one
// request to the next: sessions, handles, and the state that clients send back.
package sessions

import (
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"predictable-identifier":        predictableIdentifier,
	"request-state-without-binding": requestStateWithoutBinding,
	"session-fixation":              sessionFixation,
	"shared-user-state":             sharedUserState,
	"unbound-state-handle":          unboundStateHandle,
	"unsigned-request-state":        unsignedRequestState,
}

// overHTTP reports whether the program serves several clients, over HTTP.
func overHTTP(p *rule.Pass) bool {
	opened := p.Server().Transports
	return opened[mcp.StreamableHTTP] || opened[mcp.SSE]
}

// nameOf gives the name that a target of an assignment ends in: sid of self.sid and
// of session["sid"].
func nameOf(v *program.Value) string {
	if v == nil {
		return ""
	}
	switch v.Op {
	case program.OpIdent, program.OpField, program.OpIndex:
		return v.Name
	}
	return ""
}

// words makes a set of the words of a text.
func words(text string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		m[w] = true
	}
	return m
}
