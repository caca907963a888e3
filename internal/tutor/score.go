package tutor

// score.go takes a score apart into rows, for hovers and explanations.

import (
	"fmt"
	"strings"

	"mcpaudit/internal/aivss"
)

// Row is a row of a table. Its cells are plain text and may hold that of the audited code.
type Row []string

// FactorHead and DeploymentHead are the heads of the tables.
var (
	FactorHead     = Row{"factor", "value", "from", "AIVSS if it were"}
	DeploymentHead = Row{"deployment", "CVSS", "environment", "AIVSS"}
)

// FactorRows gives a row for each factor that counts, and the names of those that are
// zero by default.
func FactorRows(s *aivss.Score) (rows []Row, zero []string) {
	for _, f := range s.Factors {
		if f.Half == 0 && f.Source == aivss.FromDefault {
			zero = append(zero, f.Name)
			continue
		}
		from := f.Evidence
		if f.File != "" && f.Line > 0 {
			from += fmt.Sprintf(" (%s:%d)", f.File, f.Line)
		}
		rows = append(rows, Row{f.Name, f.Value(), f.Source.String() + ": " + from, whatIf(s, f)})
	}
	return append(rows, Row{"sum", aivss.Tenths(5 * s.FactorSum).String(), "of 10.0", ""}), zero
}

// whatIf gives the score as it would be with the other values of a factor.
func whatIf(s *aivss.Score, f aivss.Factor) string {
	var parts []string
	for half := range 3 {
		if half == f.Half {
			continue
		}
		if other, err := s.WhatIf(f.Name, half); err == nil {
			parts = append(parts, fmt.Sprintf("%s: %s", aivss.Tenths(5*half), other.AIVSS))
		}
	}
	return strings.Join(parts, ", ")
}

// DeploymentRows gives the score in each deployment, the one in force marked.
func DeploymentRows(s *aivss.Score) (rows []Row) {
	for i := range s.Deployments {
		r := &s.Deployments[i]
		name := string(r.Deployment)
		if r.Deployment == s.Deployment {
			name += " (here)"
		}
		metrics, _ := r.Deployment.Environment()
		rows = append(rows, Row{name, r.CVSS.String(), metrics, r.AIVSS.String() + " " + r.Band.String()})
	}
	return rows
}
