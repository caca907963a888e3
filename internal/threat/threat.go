// Package threat makes the threat model of a server: what it offers, what it can do,
// what was found in it, what its people have answered about it, and what is still to be
// asked. It judges nothing by itself: the audit found it, and people answered.
package threat

// The files that a folder keeps its threat model in, with slashes, relative to it.
const (
	BookFile        = ".mcpaudit/threat-model.yaml"
	ExceptionFolder = ".mcpaudit/exceptions"
)

// Severity says how much a problem matters.
type Severity uint8

// The severities, with the numbers of LSP's DiagnosticSeverity.
const (
	Error Severity = iota + 1
	Warning
	Information
)

// Problem is something about a file of the threat model that its people should know.
type Problem struct {
	Path string // of the file
	// Line and Column are where it stands, from 1, and EndColumn where it ends, in
	// bytes; Column 0 is the whole line.
	Line, Column, EndColumn int
	Severity                Severity
	Code                    string // short and stable: stale-answer, merge-conflict
	Text                    string // what is wrong and what to do; may hold text of the file
}
