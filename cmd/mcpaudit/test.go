package main

// test.go runs rules against their annotated files and check documents against
// their examples.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
)

func newTest(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "test DIR",
		Short: "Test rules and check documents",
		Long: `test runs each rule in DIR, in Semgrep's syntax, against the annotated file beside
it (comments ruleid: ID, ok: ID and todoruleid: ID speak of the next line), and
each check document against its own examples. A rule passes if it finds exactly
what is expected; one that does not load fails.

Exit codes: 0 all pass, 1 some do not, 2 wrong usage.`,
		Example: `  mcpaudit test .mcpaudit/checks
  mcpaudit test .mcpaudit/checks/own-check.md`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("test wants one folder, such as .mcpaudit/checks")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return testDir(s, args[0]) },
	}
}

func testDir(s streams, dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("there is no folder %s", dir)
	case !info.IsDir() && !strings.HasSuffix(dir, ".md"):
		return fmt.Errorf("%s is neither a folder nor a check document", dir)
	}
	var rep rule.TestReport
	if info.IsDir() {
		if rep, err = rule.TestDir(dir); err != nil {
			return err
		}
	}
	documents, err := testDocuments(dir)
	if err != nil {
		return err
	}
	rep.Results = append(rep.Results, documents...)
	if len(rep.Results) == 0 {
		return fmt.Errorf("%s holds no rule with a test file and no check document%s", dir, untested(rep))
	}
	for _, r := range rep.Results {
		for _, p := range r.Problems {
			fmt.Fprintf(s.out, "FAIL %s %s: %s\n", markup.Plain(r.File), markup.Plain(r.Rule), markup.Plain(p))
		}
	}
	if text := untested(rep); text != "" {
		fmt.Fprintln(s.out, strings.TrimPrefix(text, "; "))
	}
	fmt.Fprintf(s.out, "passed %d of %d (%.1f %%)\n", rep.Passed(), len(rep.Results), rep.Share())
	if rep.Passed() < len(rep.Results) {
		return &exitError{code: exitFindings}
	}
	return nil
}

// untested says how many rules have no test file, or gives "".
func untested(rep rule.TestReport) string {
	if len(rep.Untested) == 0 {
		return ""
	}
	return fmt.Sprintf("; rules without a test file, which do not count: %d", len(rep.Untested))
}

// testDocuments tests the check documents below a folder, together with the
// checks of this program: a safe example has to be safe for all of them. A
// document that does not load fails. One of this program's own, such as its
// author has edited, stands in for the one that was built in.
func testDocuments(dir string) ([]rule.TestResult, error) {
	all, err := checks.Default()
	if err != nil {
		return nil, err
	}
	files, err := ruleFiles(dir)
	if err != nil {
		return nil, err
	}
	var results []rule.TestResult
	var added []string
	for _, file := range files {
		if !strings.HasSuffix(file, ".md") {
			continue
		}
		id := strings.TrimSuffix(filepath.Base(file), ".md")
		with, err := all.Without(id)
		if err == nil {
			with, err = with.Load(file)
		}
		if err != nil {
			results = append(results, rule.TestResult{Rule: id, File: file, Problems: []string{err.Error()}})
			continue
		}
		all, added = with, append(added, id)
	}
	for _, id := range added {
		c := all.ByID(id)
		results = append(results, rule.TestResult{Rule: id, File: c.Path, Problems: all.TestDocument(c).Failures})
	}
	return results, nil
}
