// Package files holds the matchers and fixers of checks on files that a server
// writes: where they go, and who else may read or change them.
package files

import "mcpaudit/internal/rule"

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"agent-configuration-write":  agentConfigurationWrite,
	"archive-extraction":         archiveExtraction,
	"predictable-temporary-file": predictableTemporaryFile,
	"startup-file-write":         startupFileWrite,
	"world-writable-file":        worldWritableFile,
}

// Fixers are the fixers of this class, by the name that documents give.
var Fixers = map[string]func(*rule.Pass, *rule.Finding) []rule.Fix{
	"extract-data":         extractData,
	"named-temporary-file": namedTemporaryFile,
	"owner-only":           ownerOnly,
}
