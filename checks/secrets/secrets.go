// Package secrets holds the matchers of checks on credentials: where they are
// kept, and where they come out.
package secrets

import (
	"regexp"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"credential-file":       credentialFile,
	"debug-mode":            debugMode,
	"default-secret":        defaultSecret,
	"hard-coded-credential": hardCodedCredential,
	"headers-in-log":        headersInLog,
	"secret-exposure":       secretExposure,
	"stack-trace-exposure":  stackTraceExposure,
}

// secretName is what a variable, parameter or property is called whose value is
// a secret. The name must end so: token_url and tokenType are no secrets.
var secretName = regexp.MustCompile(`(?i)(^|[_-]|[a-z0-9])(password|passwd|passphrase|pwd|secret|token|api_?key|secret_?key|access_?key|private_?key|auth_?key|client_?secret|credentials?)$`)

// countedName is a plural of tokens that a model counts, not keeps.
var countedName = regexp.MustCompile(`(?i)(max|min|num|next|page|continuation|cursor|cancel(lation)?|csrf|stop|pad|eos|bos|unk|progress|sync|pagination)_?token$`)

// IsSecretName reports whether what has a name is a secret.
func IsSecretName(name string) bool {
	return secretName.MatchString(name) && !countedName.MatchString(name)
}

// Known names the credential that a text holds in a known form, or gives "".
func Known(text string) string {
	if f := knownForm(text); f != nil {
		return f.Name
	}
	return ""
}

// Random reports whether the value of something with the name of a secret looks like
// one, and not like an example.
func Random(value, name string) bool {
	return !exampleName.MatchString(name) && random(value, isPassword(name))
}

// isText reports whether a value is a text that is written out and not empty.
func isText(v *program.Value) bool {
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstString && v.Str != ""
}
