// Package auth holds the matchers of checks on who may call a server, and on
// whose behalf it acts.
package auth

import "mcpaudit/internal/rule"

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"client-name-trusted":       clientNameTrusted,
	"missing-resource-metadata": missingResourceMetadata,
	"caller-stated-role":        callerStatedRole,
	"constant-token-verifier":   constantTokenVerifier,
	"expired-token-accepted":    expiredTokenAccepted,

	"missing-authentication": missingAuthentication,

	"route-outside-authentication": routeOutsideAuthentication,
	"timing-unsafe-comparison":     timingUnsafeComparison,
	"token-audience-unchecked":     tokenAudienceUnchecked,
	"token-in-url":                 tokenInURL,
	"token-passthrough":            tokenPassthrough,
	"unverified-token":             unverifiedToken,
}
