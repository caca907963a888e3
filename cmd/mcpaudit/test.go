package main

// test.go runs rules against their annotated files and check documents against
// their examples.

import (
	"fmt"

	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/report"
	"mcpaudit/internal/rule"
)

func newTest(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "test DIR",
		Short: "Test rules and check documents",
		Long: `test runs each rule in DIR, in Semgrep's syntax, against the annotated file beside
it (comments ruleid: ID, ok: ID and todoruleid: ID speak of the next line), and
each check document against its own examples. A rule passes if it finds exactly
what is expected; a rule that does not load fails.

Exit codes: 0 all pass, 1 some do not, 2 wrong usage.`,
		Example: "  mcpaudit test .mcpaudit/checks",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return testDir(s, args[0]) },
	}
}

func testDir(s streams, dir string) error {
	rep, err := rule.TestDir(dir)
	if err != nil {
		return err
	}
	documents, err := testDocuments(dir)
	if err != nil {
		return err
	}
	rep.Results = append(rep.Results, documents...)
	if len(rep.Results) == 0 {
		return fmt.Errorf("%s holds no rule with a test file and no check document", dir)
	}
	for _, r := range rep.Results {
		for _, p := range r.Problems {
			fmt.Fprintf(s.out, "FAIL %s %s: %s\n", report.Plain(r.File), report.Plain(r.Rule), report.Plain(p))
		}
	}
	fmt.Fprintf(s.out, "passed %d of %d (%.1f %%)\n", rep.Passed(), len(rep.Results), rep.Share())
	if rep.Passed() < len(rep.Results) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// testDocuments tests the check documents below a folder, together with the
// checks of this program: a safe example has to be safe for all of them.
func testDocuments(dir string) ([]rule.TestResult, error) {
	own, err := checks.Default()
	if err != nil {
		return nil, err
	}
	all, err := own.Load(dir)
	if err != nil {
		return nil, err
	}
	var results []rule.TestResult
	for _, c := range all.All() {
		if own.ByID(c.ID) == nil {
			results = append(results, rule.TestResult{Rule: c.ID, File: c.Path, Problems: all.TestDocument(c).Failures})
		}
	}
	return results, nil
}
