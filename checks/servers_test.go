package checks

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/source"
)

var planted = regexp.MustCompile(`finding: ([a-z-]+)`)

// TestDemoServers compares what is found in the demo servers with the comments
// on their lines, one to one. A twin has no comments and so no findings.
func TestDemoServers(t *testing.T) {
	root := filepath.Join("..", "testdata", "servers")
	flaws, files := 0, 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || source.LanguageOf(name) == source.None {
			return err
		}
		if !source.LanguageOf(name).Data() {
			files++
		}
		rel, _ := filepath.Rel(root, name)
		t.Run(filepath.ToSlash(rel), func(t *testing.T) { flaws += compareWithComments(t, name) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files != 4 {
		t.Errorf("%d servers, want two and their twins", files)
	}
	t.Logf("%d planted flaws", flaws)
}

// compareWithComments fails where a file's scored findings are not those of its
// comments, and gives the number of the comments.
func compareWithComments(t *testing.T, name string) int {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c := catalogue(t)
	run := tester{catalogue: c, check: c.All()[0]}
	a := run.audit(&Example{}, ExampleFile{Name: filepath.Base(name)}, string(data))
	for _, f := range run.Failures {
		t.Error(f)
	}
	want := map[int][]string{}
	flaws := 0
	for i := range a.text.Lines() {
		for _, m := range planted.FindAllStringSubmatch(a.text.Line(i), -1) {
			want[i] = append(want[i], m[1])
			flaws++
		}
	}
	for i := range a.found {
		f := &a.found[i]
		line := a.line(f)
		if at := slices.Index(want[line], f.Check); at >= 0 {
			want[line] = slices.Delete(want[line], at, at+1)
		} else if c.ByID(f.Check).Vector != (aivss.Vector{}) {
			t.Errorf("line %d: unexpected %s: %s", line+1, f.Check, f.Message)
		}
	}
	for line, left := range want {
		if len(left) > 0 {
			t.Errorf("line %d: not reported: %s", line+1, strings.Join(left, ", "))
		}
	}
	return flaws
}

// TestHostileRepository audits the repository that attacks its auditor. What it
// says of itself changes nothing; nesting and long texts end in bounded time.
func TestHostileRepository(t *testing.T) {
	root := filepath.Join("..", "testdata", "hostile")
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	flaws := 0
	for _, entry := range entries {
		if source.LanguageOf(entry.Name()) != source.None {
			t.Run(entry.Name(), func(t *testing.T) { flaws += compareWithComments(t, filepath.Join(root, entry.Name())) })
		}
	}
	if flaws < 9 {
		t.Errorf("%d planted flaws, want nine or more", flaws)
	}
}
