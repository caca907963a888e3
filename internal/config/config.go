// Package config holds the settings: their names, defaults, meaning and schema,
// and how they are read from the editor, from .mcpaudit.yaml and from flags.
package config

// Config is one consistent set of settings. The zero value is not usable;
// start from Default.
type Config struct {
	// Checks turns checks off or changes their level, by id: off, error,
	// warning, information, hint.
	Checks map[string]string
	// MinConfidence hides findings below it: low, medium, high.
	MinConfidence string
	// Severity maps an AIVSS band (critical, high, medium, low, none) to a level.
	Severity map[string]string
	// Deployment is where the server runs: local, remote, enterprise; empty
	// means that the transport decides.
	Deployment string
	// Exclude are globs of files that are not audited, relative to the folder.
	Exclude []string
	// MaxFileSize is the size in bytes above which a file is not audited.
	MaxFileSize int64
	// Revision is the target revision of the specification; empty means that the
	// SDK decides.
	Revision string
	// RulePaths are further rule files or folders.
	RulePaths []string
	// LessonSite is the base URL of published lessons; empty links to the CWE.
	LessonSite string
	AIVSS      AIVSS
}

// AIVSS are the settings of scoring.
type AIVSS struct {
	Version    string            // 0.8, 0.5, 0.8-floor
	Threat     string            // attacked, poc, unreported
	Mitigation string            // none, partial, strong
	Factors    map[string]string // by schema key: "0", "0.5", "1"
}

// Default gives the settings that hold where nobody says otherwise.
func Default() Config {
	return Config{MinConfidence: "low", MaxFileSize: 1_500_000, AIVSS: AIVSS{Version: "0.8", Threat: "poc", Mitigation: "none"}}
}
