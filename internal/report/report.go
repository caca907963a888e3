// Package report writes an audit for its readers: people at a terminal, other
// programs, code scanning services, pull requests. Everything that comes from
// the audited code is hostile and is escaped for where it is shown.
package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/source"
)

// Format is a way to write an audit.
type Format string

// The formats.
const (
	Text     Format = "text"
	JSON     Format = "json"
	SARIF    Format = "sarif"
	Markdown Format = "markdown"
	GitHub   Format = "github"
)

// Formats lists the formats.
var Formats = []Format{Text, JSON, SARIF, Markdown, GitHub}

// Options say how an audit is written.
type Options struct {
	Color bool
	// Width is that of the terminal in columns; 0 where there is none.
	Width int
	// Base is the folder that paths are shown relative to, where they lie below
	// it: the working directory.
	Base string
	// Coverage has each tool listed with how far it was followed.
	Coverage bool
	// Version is the version of this tool.
	Version string
	// Check gives the check of an id, or nil. May be nil.
	Check func(id string) *checks.Check
}

// Write writes an audit. An error is the writer's, or names an unknown format.
func Write(w io.Writer, f Format, rep *audit.Report, o Options) error {
	v := view{Report: rep, Options: o, files: map[string]*audit.FileResult{}}
	for _, file := range rep.Files {
		v.files[file.Path] = file
	}
	switch f {
	case Text:
		return v.text(w)
	case JSON:
		return v.json(w)
	case SARIF:
		return v.sarif(w)
	case Markdown:
		return v.markdown(w)
	case GitHub:
		return v.github(w)
	}
	return fmt.Errorf("unknown format %q: want one of %v", f, Formats)
}

// view is an audit with what all formats ask of it.
type view struct {
	*audit.Report
	Options
	files map[string]*audit.FileResult
}

// check gives the check of an id, or nil.
func (v *view) check(id string) *checks.Check {
	if v.Check == nil {
		return nil
	}
	return v.Check(id)
}

// path gives a path as people read it.
func (v *view) path(path string) string {
	if rel, err := filepath.Rel(v.Base, path); v.Base != "" && err == nil && filepath.IsLocal(rel) {
		path = rel
	}
	return filepath.ToSlash(path)
}

// place gives line and column, from 1, of a span in a file; zeros where the
// file is not at hand.
func (v *view) place(path string, s source.Span) (start, end source.Position) {
	file := v.files[path]
	if file == nil {
		return
	}
	r := file.Text.Range(s, source.UTF16)
	r.Start.Line, r.Start.Column = r.Start.Line+1, r.Start.Column+1
	r.End.Line, r.End.Column = r.End.Line+1, r.End.Column+1
	return r.Start, r.End
}

// open gives the findings that nothing silences.
func (v *view) open() []*audit.Finding {
	return slices.DeleteFunc(slices.Clone(v.Findings), func(f *audit.Finding) bool { return f.Suppressed != nil })
}

// bands counts the open findings by band, worst first, unscored ones last.
func (v *view) bands() string {
	count := map[string]int{}
	for _, f := range v.open() {
		count[band(f)]++
	}
	var parts []string
	for _, b := range []string{"critical", "high", "medium", "low", "unscored"} {
		if count[b] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[b], b))
		}
	}
	return strings.Join(parts, ", ")
}

// band gives the band of a finding in lower case, or unscored.
func band(f *audit.Finding) string {
	if f.Band == aivss.None {
		return "unscored"
	}
	return strings.ToLower(f.Band.String())
}

// Reaching counts the open findings in the given band or a worse one: what
// --fail-on asks.
func Reaching(rep *audit.Report, bar aivss.Band) int {
	n := 0
	for _, f := range rep.Findings {
		if f.Suppressed == nil && f.Band >= bar {
			n++
		}
	}
	return n
}

// reason says why a finding is silenced, with the exception that does it.
func reason(f *audit.Finding) string {
	if f.Suppressed.Exception != "" {
		return f.Suppressed.Reason + " (" + f.Suppressed.Exception + ")"
	}
	return f.Suppressed.Reason
}

func count(n int, one string) string { return plural(n, one, one+"s") }

func plural(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d %s", n, many)
}
