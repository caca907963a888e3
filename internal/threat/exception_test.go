package threat

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mcpaudit/internal/audit"
)

var someDay = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func codes(found []Problem) string {
	var all []string
	for _, p := range found {
		all = append(all, p.Code)
	}
	return strings.Join(all, " ")
}

const plainException = "id: EX-001\nname: n\nstatus: accepted\ncheck: path-traversal\njustification: j\nscope: {paths: [a.py], code: open}\nreview: 2027-11-23\n"

// What is wrong with an exception is told, each thing once, where it stands.
func TestReadException(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{plainException, ""},
		{strings.Replace(plainException, "2027-11-23", "2026-11-23", 1), "review-near"},
		{strings.Replace(plainException, "2027-11-23", "2026-11-22", 1), "expired"},
		{strings.Replace(plainException, "2027-11-23", "soon", 1), "not-a-day"},
		{strings.Replace(plainException, "accepted", "fine", 1), "unknown-status"},
		{strings.Replace(plainException, "accepted", "proposed", 1), "proposed"},
		{strings.Replace(plainException, "id: EX-001\n", "", 1), "missing-id"},
		{strings.Replace(plainException, "paths: [a.py], code: open", "path: [a.py], code: open", 1), "unknown-key"},
		{strings.Replace(plainException, "{paths: [a.py], code: open}", "x", 1), "not-a-mapping"},
		{strings.Replace(plainException, "check: path-traversal", "check: [path-traversal, nothing]", 1), "unknown-check"},
		{strings.Replace(plainException, "check: path-traversal", "check: {}", 1), "not-a-text not-a-text"},
		{strings.Replace(plainException, "paths: [a.py], code: open", "paths: ['**']", 1), "over-wide"},
		{strings.Replace(plainException, "code: open", "code: (a", 1), "not-a-pattern"},
		{plainException + "id: EX-002\n", "twice"},
		{plainException + "---\n" + plainException, "two-documents"},
		{"", "empty"},
		{"- a\n", "not-a-mapping"},
		{"a: [", "not-yaml"},
		{"id: &a [*a]\n", "not-yaml"},
		{strings.Repeat("# x\n", 20_000), "too-large"},
	} {
		e, found := ReadException("x.yaml", []byte(c.text), ExceptionContext{Checks: []string{"path-traversal"}, Today: someDay})
		if got := codes(found); got != c.want && !(c.want == "not-yaml" && strings.Contains(got, "not-")) {
			t.Errorf("%.200q: told %q, want %q", c.text, got, c.want)
		}
		fine := c.want == "" || c.want == "review-near" || c.want == "over-wide" || c.want == "unknown-key"
		if e.Holds(someDay) != fine {
			t.Errorf("%.200q: holds %t", c.text, !fine)
		}
	}
}

// A draft can be read, silences nothing until somebody has written why, and then
// silences its finding and no other.
func TestDraftOfAnException(t *testing.T) {
	root := demo(t, "python-notes")
	rep := audited(t, root)
	for _, f := range rep.Findings {
		res := rep.Files[slices.IndexFunc(rep.Files, func(r *audit.FileResult) bool { return r.Path == f.Path })]
		path, text, err := Draft(root, f, res, someDay)
		if err != nil {
			t.Fatal(err)
		}
		c := ExceptionContext{Checks: []string{f.Check}, Today: someDay}
		e, found := ReadException(path, text, c)
		if codes(found) != "no-justification" || e.Holds(someDay) {
			t.Errorf("%s\ntold %s", text, codes(found))
		}
		done := strings.Replace(strings.Replace(string(text), justifyTemplate, "Because.", 1), "proposed", "accepted", 1)
		if e, found = ReadException(path, []byte(done), c); len(found) > 0 || !e.Holds(someDay) {
			t.Errorf("%s\ntold %s", done, codes(found))
		}
		for _, o := range rep.Findings {
			if covers := e.Covers(root, o, res); o.Check == f.Check && covers != (o == f) {
				t.Errorf("%s: the finding in line %d is covered: %t\n%s", f.Check, res.Text.LineAt(o.Span.Start)+1, covers, done)
			}
		}
	}
}

// Drafts take the next free number, are written beside each other, never over a file and
// never through a link.
func TestWriteDraft(t *testing.T) {
	root := demo(t, "python-notes")
	rep := audited(t, root)
	f, res := rep.Findings[0], rep.Files[0]
	for _, want := range []string{"EX-001-", "EX-002-", "EX-003-"} {
		path, text, err := Draft(root, f, res, someDay)
		if err != nil || !strings.HasPrefix(filepath.Base(path), want) {
			t.Fatalf("%v: %s", err, path)
		}
		if err := WriteDraft(root, path, text); err != nil {
			t.Fatal(err)
		}
		if err := WriteDraft(root, path, text); err == nil {
			t.Error("written over a file")
		}
	}
	other := demo(t, "python-notes")
	if err := os.Symlink(root, filepath.Join(other, ".mcpaudit")); err != nil {
		t.Skip(err)
	}
	path, text, err := Draft(other, f, res, someDay)
	if err == nil {
		err = WriteDraft(other, path, text)
	}
	if err == nil {
		t.Error("written through a link")
	}
}

// An exception that silences too much is told.
func TestExceptionForTooMuch(t *testing.T) {
	x := &Exceptions{context: ExceptionContext{Checks: []string{"path-traversal"}, Today: someDay}}
	x.Add("a.yaml", []byte(plainException))
	var findings []*audit.Finding
	for range maxSilenced + 1 {
		findings = append(findings, &audit.Finding{Suppressed: &audit.Suppression{Exception: "EX-001"}})
	}
	if uses, told := x.Uses(findings); codes(told) != "over-wide" || uses[0].Used != maxSilenced+1 {
		t.Errorf("%+v: %s", uses, codes(told))
	}
}

func FuzzReadException(f *testing.F) {
	f.Add(plainException)
	f.Add("id: &a [*a, *a]\nscope: {paths: [!, \"**\", \"/\"], code: '(((a*)*)*)*'}\n")
	f.Fuzz(func(t *testing.T, text string) {
		e, found := ReadException("x.yaml", []byte(text), ExceptionContext{Checks: []string{"path-traversal"}, Today: someDay})
		if e.Holds(someDay) && (e.ID == "" || e.Justification == "" || len(e.Checks) == 0 || e.Review.IsZero()) {
			t.Errorf("%q holds: %+v", text, e)
		}
		for _, p := range found {
			if p.Line < 1 || p.Text == "" || p.Code == "" {
				t.Errorf("%q: %+v", text, p)
			}
		}
	})
}
