package report

// baseline.go remembers the findings of today, so that only new ones are shown
// tomorrow.

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"mcpaudit/internal/audit"
)

type baseline struct {
	Version  int             `json:"version"`
	Findings []baselineEntry `json:"findings"`
}

// baselineEntry is one finding: the file, relative to the baseline's folder, and
// the fingerprint decide; the check is there for the person who reads it.
type baselineEntry struct {
	File        string `json:"file"`
	Fingerprint string `json:"fingerprint"`
	Check       string `json:"check"`
}

// Baseline gives the file that remembers the open findings of an audit. It will
// stand in folder, which may move together with what was audited.
func Baseline(rep *audit.Report, folder string) []byte {
	v := view{Report: rep}
	out := baseline{Version: 1, Findings: []baselineEntry{}}
	for _, f := range v.open() {
		out.Findings = append(out.Findings, baselineEntry{fileFrom(folder, f.Path), f.Fingerprint, f.Check})
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(err) // strings and numbers only
	}
	return append(data, '\n')
}

// fileFrom names a file as seen from a folder, wherever it lies.
func fileFrom(folder, path string) string {
	if rel, err := filepath.Rel(folder, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// WithoutBaseline takes the findings that a baseline in folder remembers out of
// an audit and gives their number. An error says why the baseline cannot be read.
func WithoutBaseline(rep *audit.Report, data []byte, folder string) (int, error) {
	var b baseline
	if err := json.Unmarshal(data, &b); err != nil {
		return 0, fmt.Errorf("not a baseline: %w", err)
	}
	if b.Version != 1 {
		return 0, fmt.Errorf("a baseline of version %d, this program reads version 1: write it anew", b.Version)
	}
	type key struct{ file, fingerprint string }
	known := map[key]bool{}
	for _, e := range b.Findings {
		known[key{e.File, e.Fingerprint}] = true
	}
	before := len(rep.Findings)
	rep.Keep(func(f *audit.Finding) bool {
		return f.Suppressed != nil || !known[key{fileFrom(folder, f.Path), f.Fingerprint}]
	})
	return before - len(rep.Findings), nil
}
