// Package checks holds the catalogue: one Markdown document per check, in one
// folder per threat class, which is the lesson, the metadata, the rule and the
// tests of that check at once.
//
// The line that opens a fenced example says its language, and after it may say
// file=NAME, for an example of several files, and revision=2026-07-28, the revision
// of the specification that the example's server speaks. Without it that is not
// known, as for a server without a manifest, and a check that only speaks of a
// server that is known to be of some revision is silent.
package checks

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Check is one check of the catalogue.
type Check struct {
	ID, Title, Message, Class string
	CWE                       []int
	Maps                      map[string][]string // ids in other catalogues, by catalogue
	Vector                    aivss.Vector        // the zero Vector for hygiene
	Confidence                rule.Confidence
	// Severity is the level of a foreign rule, empty for a check of ours.
	Severity string
	// Languages are those it claims; TypeScript stands for ECMAScript in all
	// its forms.
	Languages []source.Language
	// Revisions of the specification it holds for; empty is all.
	Revisions []string
	Path      string // of the document
	Lesson    string // what the document says, as Markdown, without the front matter
	Document  Document

	flows    []flowRule
	guards   []string // the reasons for which a check of the audited program fails
	patterns []*rule.Rule
	matcher  rule.Matcher
	fixer    fixer
	fixTitle string // of the fixes that patterns make
	byAudit  bool   // reported by the audit itself
	// ofValue is set where the flaw is a value that nobody checks, so that all calls
	// that it reaches in a file have one cause; else each call is one.
	ofValue bool
}

// Summary gives the first paragraph of the lesson as plain text.
func (c *Check) Summary() string {
	first, _, _ := strings.Cut(c.Document.Introduction, "\n\n")
	return strings.Join(strings.Fields(strings.ReplaceAll(first, "`", "")), " ")
}

// Why gives the last sentence of that paragraph as plain text: what comes of the
// flaw. It is empty for a rule that has no lesson.
func (c *Check) Why() string {
	text := c.Summary()
	if ends := sentenceEnd.FindAllStringIndex(text, -1); len(ends) > 0 {
		text = text[ends[len(ends)-1][1]-1:]
	}
	return text
}

var sentenceEnd = regexp.MustCompile(`[.!?] +[A-Z]`)

// Follows reports whether the check follows values: each of its findings then has
// a path from a source to a sink.
func (c *Check) Follows() bool { return len(c.flows) > 0 }

// Catalogue is a set of checks, ready to run. It is immutable.
type Catalogue struct {
	all      []*Check
	byID     map[string]*Check
	guards   map[string]*Check // by the reason for which a check fails
	patterns *rule.Set         // those of all checks, dispatched together
	foreign  *rule.Set         // nil without rules
}

// ByID gives a check, or nil.
func (c *Catalogue) ByID(id string) *Check { return c.byID[id] }

// All gives every check, sorted by class and id. Do not write to it.
func (c *Catalogue) All() []*Check { return c.all }

//go:embed */*.md
var documents embed.FS

// Default gives the checks that this program brings along.
var Default = sync.OnceValues(func() (*Catalogue, error) {
	var all []*Check
	names, err := fs.Glob(documents, "*/*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := documents.ReadFile(name)
		if err != nil {
			return nil, err
		}
		check, err := parseDocument("checks/"+name, data)
		if err != nil {
			return nil, err
		}
		if folder := path.Base(path.Dir(name)); folder != check.Class {
			return nil, fmt.Errorf("checks/%s: the class %q is not the name of its folder", name, check.Class)
		}
		all = append(all, check)
	}
	return newCatalogue(all)
})

func newCatalogue(all []*Check) (*Catalogue, error) {
	slices.SortFunc(all, func(a, b *Check) int {
		return strings.Compare(a.Class+"\x00"+a.ID, b.Class+"\x00"+b.ID)
	})
	c := &Catalogue{all: all, byID: map[string]*Check{}, guards: map[string]*Check{}}
	for _, check := range all {
		if other := c.byID[check.ID]; other != nil {
			return nil, fmt.Errorf("%s: the id %q is taken by %s", check.Path, check.ID, other.Path)
		}
		c.byID[check.ID] = check
		for _, reason := range check.guards {
			if other := c.guards[reason]; other != nil {
				return nil, fmt.Errorf("%s: the reason %q is that of %s", check.Path, reason, other.Path)
			}
			c.guards[reason] = check
		}
	}
	var patterns []*rule.Rule
	for _, check := range all {
		patterns = append(patterns, check.patterns...)
	}
	var err error
	c.patterns, err = rule.Compile(patterns)
	return c, err
}

// Load gives the catalogue with the check documents of a folder added, such as
// a user's .mcpaudit/checks. A folder that does not exist adds nothing. Links
// are not followed, and a README is no check. An error names the document and
// the line; where several documents do not load, all are named.
func (c *Catalogue) Load(dir string) (*Catalogue, error) {
	var added []*Check
	var failed []error
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !strings.HasSuffix(name, ".md") || strings.EqualFold(entry.Name(), "README.md") {
			return err
		}
		check, err := loadDocument(name)
		if err != nil {
			failed = append(failed, err)
			return nil
		}
		added = append(added, check)
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return nil, err
	case len(failed) > 0:
		return nil, errors.Join(failed...)
	}
	return newCatalogue(append(slices.Clone(c.all), added...))
}

// Only gives the catalogue with the checks of the given ids alone.
func (c *Catalogue) Only(ids []string) (*Catalogue, error) {
	return newCatalogue(slices.DeleteFunc(slices.Clone(c.all), func(check *Check) bool { return !slices.Contains(ids, check.ID) }))
}

// Without gives the catalogue without one of its checks, if it has it.
func (c *Catalogue) Without(id string) (*Catalogue, error) {
	if c.byID[id] == nil {
		return c, nil
	}
	return newCatalogue(slices.DeleteFunc(slices.Clone(c.all), func(check *Check) bool { return check.ID == id }))
}

func loadDocument(name string) (*Check, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxDocument {
		return nil, fmt.Errorf("%s:1: the document has %d bytes: at most %d are read", name, info.Size(), maxDocument)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return parseDocument(filepath.ToSlash(name), data)
}
