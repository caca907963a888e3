// Package audit drives the audit: it keeps the workspace, applies edits, runs
// the checks on what changed and scores what they find. The command line, the
// editor and every other face go through it, so that all see the same.
package audit

import (
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Level is how loudly a finding is shown.
type Level uint8

// The levels, with the numbers of LSP's DiagnosticSeverity.
const (
	Error Level = iota + 1
	Warning
	Information
	HintLevel
)

// String gives error, warning, information or hint.
func (l Level) String() string {
	return [...]string{"", "error", "warning", "information", "hint"}[l]
}

// Finding is a finding with all that is needed to show it.
type Finding struct {
	rule.Finding
	Title string // the check's title
	Class string
	CWE   []int
	Level Level
	Score aivss.Score // of the chosen deployment; Score.Scored is false for hygiene
	// Band is what level and bar follow: the band of the score, or where a rule
	// has a severity in its place, the band that it stands for.
	Band aivss.Band
	// Fingerprint identifies the finding across edits elsewhere in the file.
	Fingerprint string
	// Suppressed is set where a comment or an exception silences the finding, with the reason.
	Suppressed *Suppression
}

// Suppression is a comment `mcpaudit: ignore[check-id] reason`, or an exception that
// accepts a risk.
type Suppression struct {
	Checks []string
	Reason string
	Span   source.Span // the comment, absolute
	File   bool        // it speaks for the whole file: ignore-file
	// Exception is the id of the exception that accepts the finding, in place of a
	// comment; empty for a comment.
	Exception string
}

// FileResult is the audit of one version of one file. It is immutable.
type FileResult struct {
	Path    string
	Rel     string // relative to its root, with slashes; for people and reports
	Version int32  // the editor's version; 0 for a file on disk
	Text    *source.Text
	Facts   *mcp.Facts
	// Findings are sorted by place; suppressed ones are among them.
	Findings []*Finding
	// Entries are what a client can call, read or fetch, by place, with how far each
	// was followed.
	Entries []EntryInfo
	// Settled is false while syntax errors make the result provisional:
	// Snapshot.Settle gives the final one.
	Settled bool
	// Ignored counts the suppression comments of an untrusted tree.
	Ignored int
	// Notes say what was lost: a check that panicked, a part that was too deep.
	Notes []string

	// seen, gates and server are what it is judged with and what may change without
	// the file; the latter two only where a check asked for them.
	seen   *flow.Result
	gates  *mcp.Gates
	server *rule.Server
	// surface gives what the file offers, once.
	surface func() *Surface
	// among are the files, none of them open, that it was audited together with.
	among []string
}

// holds reports whether a result is that of the same flow of values and, where they
// count, of the same program around the file.
func (res *FileResult) holds(seen *flow.Result, around *surroundings) bool {
	return res != nil && res.seen == seen && (res.gates == nil || res.gates == around.gates) &&
		(res.server == nil || res.server.Equal(around.view()))
}
