package checks

import "testing"

// TestExamples runs every example of every document.
func TestExamples(t *testing.T) {
	c := catalogue(t)
	vulnerable, safe, fixed := 0, 0, 0
	for _, check := range c.All() {
		t.Run(check.ID, func(t *testing.T) {
			r := c.TestDocument(check)
			for _, f := range r.Failures {
				t.Error(f)
			}
			vulnerable, safe, fixed = vulnerable+r.Vulnerable, safe+r.Safe, fixed+r.Fixed
		})
	}
	t.Logf("%d checks: %d vulnerable, %d safe and %d fixed examples", len(c.All()), vulnerable, safe, fixed)
}
