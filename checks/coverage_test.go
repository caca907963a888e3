package checks

// coverage_test.go holds the catalogue against what it has to cover, and writes the
// table that says so: go test ./checks -run TestCoverage -update

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

var update = flag.Bool("update", false, "write COVERAGE.md anew")

// The languages of code, as the table shows them, and as documents name them.
var coverageLanguages = []struct{ name, shown string }{
	{"python", "Python"}, {"typescript", "TypeScript"}, {"go", "Go"},
}

// TestCoverage wants a check for each class of threat that shows in source or
// manifest, in each language in which it can occur, and for each statement of the
// specification either a check or the reason why source cannot show it. The table
// of all that must be the one that is checked in.
func TestCoverage(t *testing.T) {
	table := coverage(t)
	if *update {
		if err := os.WriteFile("COVERAGE.md", []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("COVERAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != table {
		t.Error("COVERAGE.md is not what the catalogue says: go test ./checks -run TestCoverage -update")
	}
}

func coverage(t *testing.T) string {
	all := catalogue(t).All()
	threats, err := Threats()
	if err != nil {
		t.Fatal(err)
	}
	statements, err := Specification()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	n := count(all)
	fmt.Fprintf(&b, `# What the catalogue covers

This file is written by a test: `+"`go test ./checks -run TestCoverage -update`"+`.

%d checks; %d of them have a quick fix, %d the sketch of a guard. %d vulnerable examples, %d safe look-alikes, %d fixed programs.

## Classes of threat

A dash stands where a threat cannot occur.

| class | threat | Python | TypeScript, JavaScript | Go | manifests |
|---|---|---|---|---|---|
`, n.checks, n.fixes, n.sketches, n.vulnerable, n.safe, n.fixed)
	for _, threat := range threats {
		fmt.Fprintf(&b, "| %s | %s |", threat.ID, threat.Title)
		if threat.Outside != "" {
			fmt.Fprintf(&b, " not covered: %s | | | |\n", threat.Outside)
			continue
		}
		for _, l := range coverageLanguages {
			b.WriteString(" " + threatCell(t, all, threat, l.name) + " |")
		}
		b.WriteString(" " + manifestCell(t, all, threat) + " |\n")
	}
	b.WriteString("\n## The MCP specification\n\n| statement | level | what it asks | checks |\n|---|---|---|---|\n")
	for _, s := range statements {
		found := with(all, "spec", s.ID)
		cell := links(found)
		switch {
		case s.Unseen != "" && len(found) > 0:
			t.Errorf("%s has checks and a reason why none can be", s.ID)
		case s.Unseen != "":
			cell = "source cannot show it: " + s.Unseen
		case len(found) == 0:
			t.Errorf("no check and no reason for %s: %s", s.ID, s.Statement)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", s.ID, s.Level, strings.ReplaceAll(s.Statement, "|", `\|`), cell)
	}
	return b.String()
}

// with gives the checks that map to an id.
func with(all []*Check, catalogue, id string) []*Check {
	var found []*Check
	for _, c := range all {
		if slices.Contains(c.Maps[catalogue], id) {
			found = append(found, c)
		}
	}
	return found
}

func links(list []*Check) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("[%s](%s/%s.md)", c.ID, c.Class, c.ID))
	}
	return strings.Join(out, ", ")
}

func threatCell(t *testing.T, all []*Check, threat Threat, language string) string {
	var found []*Check
	for _, c := range with(all, "threat", threat.ID) {
		if slices.Contains(c.Languages, languageNames[language]) {
			found = append(found, c)
		}
	}
	occurs := slices.Contains(threat.Languages, language) && slices.Contains(threat.Seen, "code")
	switch {
	case len(found) > 0:
		return links(found)
	case occurs:
		t.Errorf("no check of %s in %s", threat.ID, language)
		return "**none**"
	}
	return "–"
}

// manifestCell names the checks of manifests. A threat that shows in code as well need
// not have one.
func manifestCell(t *testing.T, all []*Check, threat Threat) string {
	var found []*Check
	for _, c := range with(all, "threat", threat.ID) {
		if slices.ContainsFunc(c.Languages, ofManifest) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		if slices.Contains(threat.Seen, "manifest") && len(threat.Languages) == 0 {
			t.Errorf("no check of %s in manifests", threat.ID)
			return "**none**"
		}
		return "–"
	}
	return links(found)
}

// counts is what the catalogue holds.
type counts struct{ checks, fixes, sketches, vulnerable, safe, fixed int }

func count(all []*Check) counts {
	n := counts{checks: len(all)}
	for _, c := range all {
		d := &c.Document
		n.vulnerable, n.safe, n.fixed = n.vulnerable+len(d.Vulnerable), n.safe+len(d.Safe), n.fixed+len(d.Fixed)
		if len(d.Fixed) > 0 {
			n.fixes++
		}
		if len(d.Skeletons) > 0 {
			n.sketches++
		}
	}
	return n
}

// TestEveryCheckOffersHelp wants a fix, or the sketch of a guard, for every language
// that a check claims.
func TestEveryCheckOffersHelp(t *testing.T) {
	for _, c := range catalogue(t).All() {
		if c.byAudit {
			continue
		}
		for _, lang := range c.Languages {
			fixed := slices.ContainsFunc(c.Document.Fixed, func(e Example) bool { return e.Language == lang })
			if !fixed && !ofManifest(lang) && c.Document.Skeleton(lang) == "" {
				t.Errorf("%s: neither a fix nor a skeleton for %s", c.Path, lang)
			}
		}
	}
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fencedBlock  = regexp.MustCompile("(?ms)^(?:```.*?^```|---$.*?^---$)")
)

// TestLinksOfDocuments wants the files that documents link to within the repository
// to be there.
func TestLinksOfDocuments(t *testing.T) {
	names, err := filepath.Glob("*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "COVERAGE.md") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range markdownLink.FindAllStringSubmatch(fencedBlock.ReplaceAllString(string(data), ""), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, ":") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(target))); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

// ofManifest reports whether a language is one of manifests.
func ofManifest(lang source.Language) bool { return lang == source.JSON || lang == source.TOML }
