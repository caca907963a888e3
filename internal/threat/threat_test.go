package threat

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
)

// audited audits a tree.
func audited(t testing.TB, root string) *audit.Report {
	t.Helper()
	catalogue, err := checks.Default()
	if err != nil {
		t.Fatal(err)
	}
	rep, err := audit.Scan(context.Background(), []string{root}, audit.ScanOptions{Config: config.Default(), Catalogue: catalogue})
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// scan gives the models of a tree, with what its book says.
func scan(t *testing.T, root string) ([]*Model, *Book) {
	t.Helper()
	rep := audited(t, root)
	book, found, err := LoadBook(root)
	if err != nil || len(found) > 0 {
		t.Fatalf("%v, %+v", err, found)
	}
	return Models(rep.Files, root, book), book
}

func demo(t *testing.T, name string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS(filepath.Join("..", "..", "testdata", "servers", name))); err != nil {
		t.Fatal(err)
	}
	return root
}

func only(t *testing.T, models []*Model) *Model {
	t.Helper()
	if len(models) != 1 {
		t.Fatalf("%d servers", len(models))
	}
	return models[0]
}

func entry(t *testing.T, m *Model, name string) *Entry {
	t.Helper()
	for _, e := range m.Entries {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("no entry %s", name)
	return nil
}

// The model of the demo server says what its tools can do.
func TestAbilitiesOfTheDemoServer(t *testing.T) {
	models, _ := scan(t, demo(t, "python-notes"))
	m := only(t, models)
	if m.Name != "notes" || m.Rel != "." {
		t.Errorf("name %q in %q", m.Name, m.Rel)
	}
	for name, want := range map[string][]Capability{
		"read_note":    {ReadsFiles, ReturnsUntrusted},
		"search_notes": {Database, ReturnsUntrusted},
		"export_note":  {RunsCommands, ReturnsUntrusted},
		"import_page":  {WritesFiles, Network},
	} {
		var got []Capability
		for _, a := range entry(t, m, name).Abilities {
			got = append(got, a.Capability)
			if len(a.Uses) == 0 || a.Uses[0].Line == 0 {
				t.Errorf("%s: no call shows %s", name, a.Capability)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if m.Triple.Count() != 3 {
		t.Errorf("the server has %d of the three dangerous capabilities", m.Triple.Count())
	}
}

// Each question of an entry is one that its capabilities call for, in the order that
// teaches.
func TestQuestionsFollowTheCode(t *testing.T) {
	models, _ := scan(t, demo(t, "python-notes"))
	m := only(t, models)
	for name, want := range map[string]string{
		"read_note":   "what-lies-there file-roots",
		"export_note": "which-shell who-confirms",
		"import_page": "what-lies-there file-roots fetch-addresses fetched-text who-confirms",
	} {
		var got []string
		for _, a := range m.About(entry(t, m, name)) {
			if slices.Contains(strings.Fields("what-lies-there file-roots fetch-addresses fetched-text who-confirms which-shell database-role"), a.Question.ID) {
				got = append(got, a.Question.ID)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is asked %v, want %s", name, got, want)
		}
	}
}

// An answer is kept with who, when, the tool and the evidence; it counts while the code
// is as it was, turns stale with the code and is asked again, and nothing is lost.
func TestAnswerLivesAndTurnsStale(t *testing.T) {
	root := demo(t, "python-notes")
	models, _ := scan(t, root)
	m := only(t, models)
	asked := m.Of("who-confirms", "export_note", "server.py")
	if asked == nil || asked.State != Open {
		t.Fatalf("asked %+v", asked)
	}
	said, err := asked.Say("nobody", "runs in a pipeline", "Ada", time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	if err := Record(root, said); err != nil {
		t.Fatal(err)
	}
	models, book := scan(t, root)
	m = only(t, models)
	asked = m.Of("who-confirms", "export_note", "server.py")
	if asked.State != Answered || asked.Said.By != "Ada" || asked.Said.At != "2026-11-23" || !strings.HasPrefix(asked.Said.Evidence, "server.py:") {
		t.Fatalf("%s: %+v", asked.State, asked.Said)
	}
	answers := Answers(models)
	if len(answers) != 1 || answers[0].Tool != "export_note" || answers[0].Factor.Name != "autonomy" || answers[0].Factor.Half != 2 {
		t.Fatalf("answers %+v", answers)
	}
	if found := Unused(book, models); len(found) > 0 {
		t.Errorf("problems %+v", found)
	}

	server := filepath.Join(root, "server.py")
	text, err := os.ReadFile(server)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(old, with string) {
		t.Helper()
		if !strings.Contains(string(text), old) {
			t.Fatalf("no %q in the server", old)
		}
		if err := os.WriteFile(server, []byte(strings.Replace(string(text), old, with, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		models, book = scan(t, root)
		asked = only(t, models).Of("who-confirms", "export_note", "server.py")
	}
	edit(`"""Read the note with this title."""`, `"""Read the note of this title."""`)
	if asked.State != Answered {
		t.Errorf("an edit of another tool: %s", asked.State)
	}
	edit("notes.md -o export.pdf", "notes.md --output export.pdf")
	if asked.State != Stale || len(Answers(models)) != 0 {
		t.Fatalf("an edit of the tool: %s, answers %+v", asked.State, Answers(models))
	}
	if next := only(t, models).Next(nil); next != asked {
		t.Errorf("asked next: %s", next.Question.ID)
	}
	if found := Unused(book, models); len(found) != 1 || found[0].Code != "stale-answer" || found[0].Line != asked.Said.Line {
		t.Errorf("problems %+v", found)
	}
	if kept, _ := os.ReadFile(filepath.Join(root, filepath.FromSlash(BookFile))); !strings.Contains(string(kept), "runs in a pipeline") {
		t.Errorf("the answer is lost: %s", kept)
	}
}

// What somebody wrote into the book by hand stays when an answer is added or replaced.
func TestBookKeepsHandEdits(t *testing.T) {
	b, found := ReadBook("x", []byte(`# ours
version: 1
answers:
  # asked Ada about this
  - question: who-sees
    answer: partly # until March
    by: Bob
`))
	if len(found) > 0 {
		t.Fatalf("%+v", found)
	}
	text, err := b.With(Said{Question: "file-roots", Tool: "read", File: "a.py", Answer: "one-folder", By: "Ada", At: "2026-11-23"})
	if err != nil {
		t.Fatal(err)
	}
	want := `# ours
version: 1
answers:
  # asked Ada about this
  - question: who-sees
    answer: partly # until March
    by: Bob
  - question: file-roots
    tool: read
    file: a.py
    answer: one-folder
    by: Ada
    at: "2026-11-23"
`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	b, _ = ReadBook("x", text)
	text, err = b.With(Said{Question: "who-sees", Answer: "full", By: "Ada"})
	if err != nil || !strings.Contains(string(text), "# asked Ada about this\n  - question: who-sees\n    answer: full\n    by: Ada\n") {
		t.Errorf("%v, got\n%s", err, text)
	}
}

// What is wrong with a book is told with its line, and such a book is not written.
func TestBookProblems(t *testing.T) {
	for _, c := range []struct {
		what, text, code string
		line             int
		writes           bool
	}{
		{"a merge conflict", "version: 1\nanswers:\n<<<<<<< ours\n  - question: a\n=======\n>>>>>>> theirs\n", "merge-conflict", 3, false},
		{"no YAML", "answers: [\n", "not-yaml", 1, false},
		{"an unknown key", "answers:\n  - question: a\n    answer: b\n    toll: x\n", "unknown-key", 4, true},
		{"no answer", "answers:\n  - question: a\n", "missing-answer", 2, false},
		{"a list for a text", "answers:\n  - question: [a]\n    answer: b\n", "not-a-text", 2, false},
		{"an answer given twice", "answers:\n  - {question: a, answer: b}\n  - {question: a, answer: c}\n", "answered-twice", 3, true},
		{"another version", "version: 2\n", "unknown-version", 1, false},
		{"no mapping", "- a\n", "not-a-mapping", 1, false},
	} {
		b, found := ReadBook("x", []byte(c.text))
		if len(found) != 1 || found[0].Code != c.code || found[0].Line != c.line {
			t.Errorf("%s: %+v", c.what, found)
		}
		if _, err := b.With(Said{Question: "q", Answer: "a"}); (err == nil) != c.writes {
			t.Errorf("%s: writing gives %v", c.what, err)
		}
	}
}

// A book is never written through a link.
func TestRecordRefusesLinks(t *testing.T) {
	elsewhere := t.TempDir()
	for _, link := range []string{".mcpaudit", BookFile} {
		root := t.TempDir()
		if link == BookFile {
			if err := os.Mkdir(filepath.Join(root, ".mcpaudit"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		target := filepath.Join(elsewhere, "target")
		if err := os.MkdirAll(target, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(root, filepath.FromSlash(link))); err != nil {
			t.Skip("no links here")
		}
		if err := Record(root, Said{Question: "q", Answer: "a"}); err == nil {
			t.Errorf("%s is a link, and was written through", link)
		}
		if left, _ := os.ReadDir(target); len(left) > 0 {
			t.Errorf("written: %v", left)
		}
	}
}

func FuzzReadBook(f *testing.F) {
	f.Add("version: 1\nanswers:\n  - question: a\n    answer: b\n")
	f.Add("answers: &a [*a]\n")
	f.Add("? {a: b}\n: c\n")
	f.Fuzz(func(t *testing.T, text string) {
		b, _ := ReadBook("x", []byte(text))
		with, err := b.With(Said{Question: "q", Answer: "a"})
		if err != nil {
			return
		}
		again, found := ReadBook("x", with)
		if slices.ContainsFunc(found, func(p Problem) bool { return p.Severity == Error }) {
			t.Fatalf("%q became %q: %+v", text, with, found)
		}
		if !slices.ContainsFunc(again.Answers, func(s Said) bool { return s.Question == "q" && s.Tool == "" }) {
			t.Fatalf("%q became %q without the answer", text, with)
		}
	})
}

// The factors of a server are what its tools do, whether or not that is dangerous; a
// setting has the last word.
func TestFactorsOfAServerWithoutFindings(t *testing.T) {
	m := modelOf(t, `from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")


@mcp.tool()
def keep(text: str) -> str:
    """Keep a note."""
    open("/srv/notes.md", "a").write(text)
    return "kept"
`)
	if _, scored := m.Worst(); scored {
		t.Fatal("there is a finding")
	}
	factor := func() string {
		for _, f := range m.Factors {
			if f.Name == aivss.Tools {
				return fmt.Sprintf("%s %s: %s, %s:%d", f.Value(), f.Source, f.Evidence, f.File, f.Line)
			}
		}
		return ""
	}
	if got, want := factor(), "0.5 static: open in keep, server.py:9"; got != want {
		t.Errorf("tools: %q, want %q", got, want)
	}
	m.raise(aivss.Factor{Name: aivss.Tools, Half: 0, Source: aivss.FromUser, Evidence: "set in the configuration"})
	m.raise(aivss.Factor{Name: aivss.Tools, Half: 2, Source: aivss.FromCode, Evidence: "a shell"})
	if got, want := factor(), "0.0 config: set in the configuration, :0"; got != want {
		t.Errorf("tools: %q, want %q", got, want)
	}
}
