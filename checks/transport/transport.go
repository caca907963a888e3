// Package transport holds the matchers of checks on how a server is reached and
// how it reaches others.
package transport

import "mcpaudit/internal/rule"

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"bind-all-interfaces":       bindAllInterfaces,
	"cleartext-address":         cleartextAddress,
	"dns-rebinding":             dnsRebinding,
	"permissive-cors":           permissiveCORS,
	"shared-server":             sharedServer,
	"stdout-pollution":          stdoutPollution,
	"tunnel-opened":             tunnelOpened,
	"webhook-without-signature": webhookWithoutSignature,
}

// Fixers are the fixers of this class, by the name that documents give.
var Fixers = map[string]func(*rule.Pass, *rule.Finding) []rule.Fix{
	"write-to-stderr": writeToStderr,
}
