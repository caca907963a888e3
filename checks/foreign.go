package checks

// foreign.go takes in rules that are not of this catalogue: Semgrep's, or a
// team's own in its syntax.

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mcpaudit/internal/rule"
)

// classForeign is the class of checks that come from a rule file.
const classForeign = "rules"

// WithRules gives the catalogue with rules added. Rules that share an id or do
// not compile are an error, which names all of them.
func (c *Catalogue) WithRules(rules []*rule.Rule) (*Catalogue, error) {
	if len(rules) == 0 {
		return c, nil
	}
	set, err := rule.Compile(rules)
	if err != nil {
		return nil, err
	}
	n := &Catalogue{all: slices.Clone(c.all), byID: maps.Clone(c.byID), patterns: c.patterns, foreign: set}
	for _, r := range rules {
		if other := n.byID[r.ID]; other != nil {
			return nil, fmt.Errorf("%s:%d: the id %q is taken by %s", r.File, r.Line, r.ID, other.Path)
		}
		check := foreignCheck(r)
		n.byID[r.ID] = check
		n.all = append(n.all, check)
	}
	return n, nil
}

var cweNumber = regexp.MustCompile(`(?i)\bcwe-(\d{1,6})\b`)

// foreignCheck describes a rule as far as it describes itself.
func foreignCheck(r *rule.Rule) *Check {
	title, _, _ := strings.Cut(strings.TrimSpace(r.Message), "\n")
	title, _, _ = strings.Cut(title, ". ")
	check := &Check{
		ID: r.ID, Title: strings.TrimSuffix(title, "."), Message: r.Message, Class: classForeign, Severity: strings.ToUpper(r.Severity),
		Confidence: rule.Medium, Languages: r.Languages, Path: fmt.Sprintf("%s:%d", r.File, r.Line), Lesson: r.Message + "\n", byAudit: true,
	}
	for _, m := range cweNumber.FindAllStringSubmatch(fmt.Sprint(r.Metadata["cwe"]), -1) {
		if n, err := strconv.Atoi(m[1]); err == nil && !slices.Contains(check.CWE, n) {
			check.CWE = append(check.CWE, n)
		}
	}
	return check
}

// runForeign runs the added rules over a file. A panic loses their findings of
// this file.
func (c *Catalogue) runForeign(p *rule.Pass) (found []rule.Finding, notes []string) {
	if c.foreign == nil {
		return nil, nil
	}
	defer func() {
		if r := recover(); r != nil {
			found, notes = nil, append(notes, fmt.Sprintf("the added rules failed on this file and their findings are missing (%v): please report it", r))
		}
	}()
	in := input(p)
	in.Note = func(r *rule.Rule, text string) { notes = append(notes, r.ID+": "+text) }
	return c.foreign.Run(&in), notes
}
