package checks

import (
	"testing"

	"mcpaudit/internal/source"
)

func catalogue(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDocumentsAreComplete asks of our own documents what a user's may leave out.
func TestDocumentsAreComplete(t *testing.T) {
	for _, check := range catalogue(t).All() {
		doc := &check.Document
		for _, title := range sectionTitles {
			if doc.Sections[title] == "" && title != SectionFixed && !check.byAudit {
				t.Errorf("%s: no section %q", check.Path, title)
			}
		}
		if check.byAudit {
			continue
		}
		if len(doc.Questions) < 2 {
			t.Errorf("%s: %d questions under %q, want two or more", check.Path, len(doc.Questions), SectionAsk)
		}
		if len(doc.Safe) < 2 {
			t.Errorf("%s: %d examples under %q, want two or more look-alikes", check.Path, len(doc.Safe), SectionSafe)
		}
		if len(check.Maps) == 0 || len(check.CWE) == 0 {
			t.Errorf("%s: not mapped to other catalogues", check.Path)
		}
		for _, lang := range check.Languages {
			has := func(list []Example) bool {
				for _, e := range list {
					if e.Language == lang {
						return true
					}
				}
				return false
			}
			if !has(doc.Vulnerable) || !has(doc.Safe) {
				t.Errorf("%s: claims %s without an example under %q and %q", check.Path, languageName(lang), SectionVulnerable, SectionSafe)
			}
		}
	}
}

func languageName(l source.Language) string { return l.String() }
