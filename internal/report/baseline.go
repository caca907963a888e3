package report

// baseline.go remembers the findings of today, so that only new ones are shown
// tomorrow.

import (
	"encoding/json"
	"fmt"
	"slices"

	"mcpaudit/internal/audit"
)

type baseline struct {
	Version      int             `json:"version"`
	Fingerprints []baselineEntry `json:"findings"`
}

// baselineEntry carries the check and the place for the person who reads the
// file; the fingerprint alone decides.
type baselineEntry struct {
	Fingerprint string `json:"fingerprint"`
	Check       string `json:"check"`
	File        string `json:"file"`
}

// Baseline gives the file that remembers the open findings of an audit.
func Baseline(rep *audit.Report, base string) []byte {
	v := view{Report: rep, Options: Options{Base: base}}
	out := baseline{Version: 1, Fingerprints: []baselineEntry{}}
	for _, f := range v.open() {
		out.Fingerprints = append(out.Fingerprints, baselineEntry{f.Fingerprint, f.Check, v.path(f.Path)})
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(err) // strings and numbers only
	}
	return append(data, '\n')
}

// WithoutBaseline takes the findings that a baseline remembers out of an audit
// and gives their number. An error says why the baseline cannot be read.
func WithoutBaseline(rep *audit.Report, data []byte) (int, error) {
	var b baseline
	if err := json.Unmarshal(data, &b); err != nil {
		return 0, fmt.Errorf("not a baseline: %w", err)
	}
	if b.Version != 1 {
		return 0, fmt.Errorf("a baseline of version %d, this program reads version 1: write it anew", b.Version)
	}
	known := map[string]bool{}
	for _, e := range b.Fingerprints {
		known[e.Fingerprint] = true
	}
	before := len(rep.Findings)
	rep.Findings = slices.DeleteFunc(rep.Findings, func(f *audit.Finding) bool { return f.Suppressed == nil && known[f.Fingerprint] })
	return before - len(rep.Findings), nil
}
