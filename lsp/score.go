package lsp

// score.go takes a score apart for a reader: the sum, where each factor comes from, what
// the score would be with another, and the three deployments side by side.

import (
	"fmt"
	"strings"

	"go.lsp.dev/protocol"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/tutor"
)

// score writes the score of a finding with all that it came from.
func (w *writer) score(f *audit.Finding) {
	s := &f.Score
	if !s.Scored {
		fmt.Fprintf(w, "%s: %s; confidence %s\n\n", w.bold("Score"), s.Formula(), f.Confidence)
		return
	}
	fmt.Fprintf(w, "%s: %s; confidence %s\n\n", w.bold("Score"), w.code(s.Formula()), f.Confidence)
	for _, p := range s.Parts() {
		switch {
		case strings.HasPrefix(p.Name, "CVSS"):
			fmt.Fprintf(w, "- %s %s · %s\n", w.text(p.Name), w.text(p.Value), w.text(p.Detail))
		case p.Name == "threat" || p.Name == "mitigation" && s.MitigationPercent != 100:
			fmt.Fprintf(w, "- %s %s · %s\n", p.Name, p.Value, w.text(p.Detail))
		}
	}
	w.WriteByte('\n')
	w.factors(s)
	w.deployments(s)
}

// factors writes a row for each factor that counts, and names the others on one line.
func (w *writer) factors(s *aivss.Score) {
	rows, none := tutor.FactorRows(s)
	w.table(tutor.FactorHead, rows)
	if len(none) > 0 {
		fmt.Fprintf(w, "0.0 by default: %s. The setting %s says what you know better, and so do answers.\n\n", w.text(strings.Join(none, ", ")), w.code("aivss.factors"))
	}
}

// deployments writes the score in each deployment.
func (w *writer) deployments(s *aivss.Score) {
	w.table(tutor.DeploymentHead, tutor.DeploymentRows(s))
}

// table writes rows: as a table of Markdown, or aligned as plain text. Cells are text
// that is escaped here.
func (w *writer) table(head tutor.Row, rows []tutor.Row) {
	if w.format == protocol.Markdown {
		cell := func(s string) string { return strings.ReplaceAll(w.text(s), "|", "\\|") }
		line := func(cells tutor.Row) {
			for _, c := range cells {
				w.WriteString("| " + cell(c) + " ")
			}
			w.WriteString("|\n")
		}
		line(head)
		w.WriteString(strings.Repeat("|---", len(head)) + "|\n")
		for _, r := range rows {
			line(r)
		}
		w.WriteByte('\n')
		return
	}
	for _, r := range append([]tutor.Row{head}, rows...) {
		for i, c := range r {
			c = w.text(c)
			width := 0
			if i < len(r)-1 {
				for _, o := range append([]tutor.Row{head}, rows...) {
					width = max(width, len([]rune(w.text(o[i]))))
				}
			}
			fmt.Fprintf(w, "%-*s  ", width, c)
		}
		w.WriteByte('\n')
	}
	w.WriteByte('\n')
}
