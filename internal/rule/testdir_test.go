package rule

import (
	"slices"
	"strings"
	"testing"
)

// TestAnnotatedRules runs the rules of testdata against the programs beside
// them; together they are the specification of search and taint mode.
func TestAnnotatedRules(t *testing.T) {
	report, err := TestDir("testdata/rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if len(r.Problems) > 0 {
			t.Errorf("%s: %s", r.Rule, strings.Join(r.Problems, "; "))
		}
	}
	if len(report.Results) < 16 || len(report.Untested) > 0 {
		t.Errorf("%d rules were tested, %v were not", len(report.Results), report.Untested)
	}
}

// TestDirReports sees what a test run says of rules that are wrong.
func TestDirReports(t *testing.T) {
	report, err := TestDir("testdata/wrong")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, r := range report.Results {
		got[r.Rule] = r.Problems
	}
	if want := []string{"wrong.py:4: missed", "wrong.py:2: unexpected"}; !slices.Equal(got["disagrees"], want) {
		t.Errorf("disagrees: %q, want %q", got["disagrees"], want)
	}
	if p := got["unreadable"]; len(p) != 1 || !strings.Contains(p[0], `wrong.yaml:12: unsupported key "join"`) {
		t.Errorf("unreadable: %q", p)
	}
	if report.Passed() != 0 || report.Share() != 0 {
		t.Errorf("%d passed, %v %%", report.Passed(), report.Share())
	}
}
