// Package config holds the settings: their names, defaults, meaning and schema,
// and how they are read from the editor, from .mcpaudit.yaml and from flags.
package config

import (
	"maps"
	"time"
)

// FileName is the name of the settings file in the folder it speaks of.
const FileName = ".mcpaudit.yaml"

// Config is one consistent set of settings. Start from Default.
type Config struct {
	// Checks turns checks off or changes their level, by id: off, error,
	// warning, information, hint.
	Checks map[string]string
	// MinConfidence hides findings below it: low, medium, high.
	MinConfidence string
	// Severity maps an AIVSS band (critical, high, medium, low, none) to a level:
	// error, warning, information, hint.
	Severity map[string]string
	// Deployment is where the server runs: local, remote, enterprise; empty
	// means that the transport decides.
	Deployment string
	// Exclude are patterns, as in .gitignore, of files that are not audited,
	// relative to the folder.
	Exclude []string
	// MaxFileSize is the size in bytes above which a file is not audited.
	MaxFileSize int64
	// Revision is the target revision of the specification; empty means that the
	// SDK decides.
	Revision string
	// RulePaths are further rule files or folders, relative to the folder.
	RulePaths []string
	// LessonSite is the base URL of published lessons; empty links to the CWE.
	LessonSite string
	// InlayScores shows scores behind the lines of findings.
	InlayScores bool
	AIVSS       AIVSS
	// Author signs answers; empty is the name of the user's account.
	Author string
	// Depth is how explanations speak: beginner, developer, engineer.
	Depth string
	Tutor Tutor
}

// Tutor are the settings of the conversation with a language model. They come from the
// user's own file alone.
type Tutor struct {
	Endpoint    string // of an OpenAI-compatible service; empty for no tutor
	Model       string
	KeyVariable string // the environment variable with the key; empty for none
	// MaxAnswerTokens and DailyTokens bound an answer and a day.
	MaxAnswerTokens, DailyTokens int
	Timeout                      time.Duration // of an answer
	Price                        float64       // of a million tokens, in the user's currency
	WholeFile                    bool          // whole files are sent, not functions
}

// AIVSS are the settings of scoring.
type AIVSS struct {
	Version    string            // 0.8, 0.5, 0.8-floor
	Threat     string            // attacked, poc, unreported
	Mitigation string            // none, partial, strong
	Factors    map[string]string // by the standard's key: "0", "0.5", "1"
}

// Default gives the settings that hold where nobody says otherwise.
func Default() Config {
	return Config{
		MinConfidence: "low", MaxFileSize: 1_500_000, AIVSS: AIVSS{Version: "0.8", Threat: "poc", Mitigation: "none"}, Depth: "developer",
		Tutor: Tutor{MaxAnswerTokens: 1200, DailyTokens: 200_000, Timeout: 2 * time.Minute},
	}
}

// clone gives settings whose maps can be written to.
func (c Config) clone() Config {
	c.Checks, c.Severity, c.AIVSS.Factors = maps.Clone(c.Checks), maps.Clone(c.Severity), maps.Clone(c.AIVSS.Factors)
	return c
}
