package audit

// pairs_test.go runs the pairs under testdata/pairs: a small vulnerable program
// and its safe twin, which differs by one mechanism only.
//
//	testdata/pairs/<check>/<mechanism>.<python|typescript|javascript|go>.txtar
//
// The comment of the archive says what the pair shows. Its files stand under
// vulnerable/ and safe/, each a whole program. In vulnerable/ every line where a
// finding of level warning or above must stand ends in a comment
//
//	finding: command-injection, argument-injection
//
// and the match is one to one; in safe/ nothing of that level may be found. A
// finding of a flow must lead from its source to its sink. `go test
// ./internal/audit -run Pairs -v` prints counts, precision and recall by class.

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// pair is one archive, its path taken apart.
type pair struct {
	check, mechanism, language string
	vulnerable, safe           []txtar.File
}

var (
	pairName   = regexp.MustCompile(`^([a-z0-9-]+)\.(python|typescript|javascript|go)\.txtar$`)
	pairMarker = regexp.MustCompile(`(?:#|//) finding: (.*)$`)
)

// readPair reads an archive and holds it to the form that this file describes.
func readPair(file string, c *checks.Catalogue) (*pair, error) {
	p := &pair{check: filepath.Base(filepath.Dir(file))}
	m := pairName.FindStringSubmatch(filepath.Base(file))
	if m == nil {
		return nil, fmt.Errorf("the name is not <mechanism>.<language>.txtar")
	}
	p.mechanism, p.language = m[1], m[2]
	if c.ByID(p.check) == nil {
		return nil, fmt.Errorf("the folder %s is not named for a check", p.check)
	}
	archive, err := txtar.ParseFile(file)
	if err != nil {
		return nil, err
	}
	if len(strings.Fields(string(archive.Comment))) < 4 {
		return nil, fmt.Errorf("no sentence at the top says what the pair shows")
	}
	seen := map[string]bool{}
	for _, f := range archive.Files {
		if seen[f.Name] || !filepath.IsLocal(f.Name) {
			return nil, fmt.Errorf("%s: a name that stands twice or leads out of the archive", f.Name)
		}
		seen[f.Name] = true
		switch folder, _, _ := strings.Cut(f.Name, "/"); folder {
		case "vulnerable":
			p.vulnerable = append(p.vulnerable, f)
		case "safe":
			if strings.Contains(string(f.Data), "finding:") {
				return nil, fmt.Errorf("%s: the safe twin expects a finding", f.Name)
			}
			p.safe = append(p.safe, f)
		default:
			return nil, fmt.Errorf("%s: not below vulnerable/ or safe/", f.Name)
		}
		if lang := source.LanguageOf(f.Name); lang != source.None && source.Parse(lang, source.NewText(string(f.Data)), false).Node(0).HasError() {
			return nil, fmt.Errorf("%s: a syntax error", f.Name)
		}
	}
	if len(p.vulnerable) == 0 || len(p.safe) == 0 {
		return nil, fmt.Errorf("one of the twins is missing")
	}
	return p, nil
}

// place is where a finding stands, as a reader of the archive names it.
type place struct {
	file  string
	line  int // from 1
	check string
}

func (p place) String() string { return fmt.Sprintf("%s:%d: %s", p.file, p.line, p.check) }

func comparePlaces(a, b place) int { return strings.Compare(a.String(), b.String()) }

// expected gives what the comments of the vulnerable twin expect.
func (p *pair) expected(c *checks.Catalogue) ([]place, error) {
	var want []place
	own := false
	for _, f := range p.vulnerable {
		for i, line := range strings.Split(string(f.Data), "\n") {
			m := pairMarker.FindStringSubmatch(line)
			if m == nil {
				if strings.Contains(line, "finding:") {
					return nil, fmt.Errorf("%s:%d: not a comment `finding: <check>` at the end of the line", f.Name, i+1)
				}
				continue
			}
			for id := range strings.SplitSeq(m[1], ", ") {
				if c.ByID(id) == nil {
					return nil, fmt.Errorf("%s:%d: no check is called %q", f.Name, i+1, id)
				}
				own = own || id == p.check
				want = append(want, place{f.Name, i + 1, id})
			}
		}
	}
	if !own {
		return nil, fmt.Errorf("no line of vulnerable/ expects a finding of %s", p.check)
	}
	return want, nil
}

// loud gives the findings of level warning or above in the files, one place each.
func loud(t *testing.T, files []txtar.File, c *checks.Catalogue) []place {
	t.Helper()
	root := t.TempDir()
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	folder, _, _ := strings.Cut(files[0].Name, "/")
	rep, err := Scan(context.Background(), []string{filepath.Join(root, folder)}, ScanOptions{Config: config.Default(), Catalogue: c, Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rep.Notes {
		t.Errorf("note on %s: %s", filepath.Base(n.Path), n.Text)
	}
	texts := map[string]*source.Text{}
	for _, f := range rep.Files {
		texts[f.Path] = f.Text
	}
	var found []place
	for _, f := range rep.Findings {
		if f.Level > Warning || f.Suppressed != nil {
			continue
		}
		rel, err := filepath.Rel(root, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		at := place{filepath.ToSlash(rel), 0, f.Check}
		if text := texts[f.Path]; text != nil {
			at.line = text.LineAt(f.Span.Start) + 1
		}
		if len(f.Steps) < 2 && (len(f.Steps) > 0 || c.ByID(f.Check).Follows()) {
			t.Errorf("%v: no path from a source to the sink: %v", at, f.Steps)
		}
		found = append(found, at)
	}
	return found
}

// tally counts what one class of checks got right and wrong.
type tally struct{ pairs, right, unexpected, missed int }

func (n tally) String() string {
	ratio := func(wrong int) string {
		if n.right+wrong == 0 {
			return "-"
		}
		return fmt.Sprintf("%.3f", float64(n.right)/float64(n.right+wrong))
	}
	return fmt.Sprintf("%4d pairs, %4d found, %3d unexpected, %3d missed, precision %s, recall %s",
		n.pairs, n.right, n.unexpected, n.missed, ratio(n.unexpected), ratio(n.missed))
}

func (n tally) plus(o tally) tally {
	return tally{n.pairs + o.pairs, n.right + o.right, n.unexpected + o.unexpected, n.missed + o.missed}
}

// runPair runs both twins and counts by class of the check.
func runPair(t *testing.T, p *pair, c *checks.Catalogue, classes map[string]tally) {
	want, err := p.expected(c)
	if err != nil {
		t.Fatal(err)
	}
	count := func(check string, n tally) {
		class := c.ByID(check).Class
		classes[class] = classes[class].plus(n)
	}
	count(p.check, tally{pairs: 1})
	unmatched := slices.SortedFunc(slices.Values(want), comparePlaces)
	for _, at := range slices.SortedFunc(slices.Values(loud(t, p.vulnerable, c)), comparePlaces) {
		if i := slices.Index(unmatched, at); i >= 0 {
			unmatched = slices.Delete(unmatched, i, i+1)
			count(at.check, tally{right: 1})
			continue
		}
		t.Errorf("%v: not expected", at)
		count(at.check, tally{unexpected: 1})
	}
	for _, at := range unmatched {
		t.Errorf("%v: not found", at)
		count(at.check, tally{missed: 1})
	}
	for _, at := range loud(t, p.safe, c) {
		t.Errorf("%v: found in the safe twin", at)
		count(at.check, tally{unexpected: 1})
	}
}

func TestPairs(t *testing.T) {
	c, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../testdata/pairs/*/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pairs: %v", err)
	}
	classes, languages := map[string]tally{}, map[string]int{}
	for _, file := range files {
		p, err := readPair(file, c)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		languages[p.language]++
		t.Run(p.check+"/"+p.mechanism+"/"+p.language, func(t *testing.T) { runPair(t, p, c, classes) })
	}
	var total tally
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		t.Logf("%-11s %v", class, classes[class])
		total = total.plus(classes[class])
	}
	t.Logf("%-11s %v", "all", total)
	t.Logf("by language: %v", languages)
}

// TestPairForm holds archives that say nothing to being refused.
func TestPairForm(t *testing.T) {
	c, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	const twins = "It shows how a shell is reached.\n-- vulnerable/a.py --\nrun(x)  # finding: command-injection\n-- safe/a.py --\nrun(1)\n"
	for _, test := range []struct{ name, archive, problem string }{
		{"a.python.txtar", twins, ""},
		{"a.ruby.txtar", twins, "the name is not"},
		{"a.python.txtar", strings.TrimPrefix(twins, "It shows how a shell is reached.\n"), "no sentence"},
		{"a.python.txtar", strings.ReplaceAll(twins, "safe/", "vulnerable/b/"), "one of the twins"},
		{"a.python.txtar", strings.ReplaceAll(twins, "safe/", "fixed/"), "not below"},
		{"a.python.txtar", strings.ReplaceAll(twins, "run(1)", "run(1"), "a syntax error"},
		{"a.python.txtar", twins + "# finding: command-injection\n", "the safe twin expects"},
		{"a.python.txtar", strings.ReplaceAll(twins, "  # finding: command-injection", ""), "no line of vulnerable/"},
		{"a.python.txtar", strings.ReplaceAll(twins, "# finding: command", "# finding: sql"), "no line of vulnerable/"},
		{"a.python.txtar", strings.ReplaceAll(twins, "# finding: command", "# finding: commando"), "no check is called"},
		{"a.python.txtar", strings.ReplaceAll(twins, "# finding:", "# a finding:"), "not a comment"},
	} {
		file := filepath.Join(t.TempDir(), "command-injection", test.name)
		if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(test.archive), 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := readPair(file, c)
		if err == nil {
			_, err = p.expected(c)
		}
		if problem := fmt.Sprint(err); (err != nil) != (test.problem != "") || !strings.Contains(problem, test.problem) && err != nil {
			t.Errorf("%s: %s, want %q\n%s", test.name, problem, test.problem, test.archive)
		}
	}
}
