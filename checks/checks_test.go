package checks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
			if doc.Sections[title] == "" && title != sectionFixed && title != sectionSkeleton && !check.byAudit {
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
			t.Errorf("%s: %d examples under %q, want two or more look-alikes", check.Path, len(doc.Safe), sectionSafe)
		}
		if len(check.Maps["threat"]) == 0 || len(check.CWE) == 0 {
			t.Errorf("%s: not mapped to a class of threat and a CWE", check.Path)
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
				t.Errorf("%s: claims %s without an example under %q and %q", check.Path, lang, sectionVulnerable, sectionSafe)
			}
		}
	}
}

// TestMapsName wants every id that a document maps to to exist.
func TestMapsName(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "catalogues.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		name, ids, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for _, id := range strings.Fields(ids) {
			known[name+" "+id] = true
		}
	}
	threats, err := Threats()
	if err != nil {
		t.Fatal(err)
	}
	for _, threat := range threats {
		known["threat "+threat.ID] = true
	}
	statements, err := Specification()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		known["spec "+s.ID] = true
	}
	for _, check := range catalogue(t).All() {
		for name, ids := range check.Maps {
			for _, id := range ids {
				if !known[name+" "+id] {
					t.Errorf("%s: there is no %s in %s", check.Path, id, name)
				}
			}
		}
	}
}
