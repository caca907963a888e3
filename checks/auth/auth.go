// Package auth holds the matchers of checks on who may call a server, and on
// whose behalf it acts.
package auth

import "mcpaudit/internal/rule"

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"caller-stated-role":     callerStatedRole,
	"missing-authentication": missingAuthentication,
	"token-passthrough":      tokenPassthrough,
}
