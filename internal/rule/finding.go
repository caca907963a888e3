// Package rule reads rules in Semgrep's syntax, matches them, and declares what
// a check reports: a Finding.
package rule

import (
	"strings"

	"mcpaudit/internal/source"
)

// Confidence says how sure a finding is.
type Confidence uint8

// The levels of confidence. High only where source, path and the missing guard
// are all seen.
const (
	Low Confidence = iota + 1
	Medium
	High
)

// String gives low, medium or high.
func (c Confidence) String() string {
	return [...]string{"", "low", "medium", "high"}[c]
}

// Finding is one cause of concern at one place. It holds plain, unescaped text;
// whoever shows it escapes it for where it is shown.
type Finding struct {
	Check string // the check's id
	// Protects is set where a check of the audited program fails: the id of the
	// check for the harm that it should have kept away.
	Protects   string
	Message    string      // one sentence, {tool}, {parameter} and {sink} filled in
	Path       string      // the file, as program.File.Path
	Span       source.Span // absolute, in the file's text
	Confidence Confidence
	Tool       string // the tool, resource or prompt that it starts from, empty if none
	Parameter  string
	Sink       string // the code of the sink, shortened: subprocess.run
	// Steps lead from the source to the sink, both included; empty for a
	// finding without a path.
	Steps []Step
	// Others are the paths to further sinks, where one value that nobody checks
	// reaches several and they are told of together.
	Others [][]Step
	// Factors are those of the ten AIVSS factors that this code shows, each once. May
	// be nil.
	Factors []Factor
	Fixes   []Fix
	// Related places in plain words, such as the annotation a handler contradicts.
	Related []Step
}

// Factor is one of the ten AIVSS factors as code shows it.
type Factor struct {
	Name   string // its schema key in version 0.8
	Halves int    // 0, 1 or 2
	Text   string // what shows it, in plain words: subprocess.run in export_note
	Path   string // of the file that shows it, and the line; empty and 0 where it is not known
	Line   int    // from 1
}

// Step is one step of a path, with a short sentence.
type Step struct {
	Path string
	Span source.Span
	Text string
}

// Fix is a rewrite that removes the finding.
type Fix struct {
	Title string
	Edits []Edit
	// Preferred marks the one that fix-all applies. It must be safe to apply
	// without a look.
	Preferred bool
}

// Edit replaces a span of a file. Imports that a fix needs are edits too.
type Edit struct {
	Path string
	Span source.Span
	New  string
}

// MaxRelated bounds the places that a finding names besides its own.
const MaxRelated = 12

// ShortName leaves the module's path out of a canonical name.
func ShortName(callee string) string {
	if i := strings.LastIndexByte(callee, '/'); i >= 0 {
		callee = callee[i+1:]
	}
	if i := strings.LastIndex(callee, ".js."); i >= 0 {
		callee = callee[i+len(".js."):]
	}
	return callee
}
