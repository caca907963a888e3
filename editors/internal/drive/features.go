package drive

// features.go compares what a test has shown of an editor with what the table of editors
// says of it.

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
)

// Table is features.json: what can be done in which editor.
type Table struct {
	Features map[string]string // id: what it is
	Order    []string          `json:"-"` // of Features, as in the file
	Editors  []Row
}

// Row is what the table says of one editor.
type Row struct {
	ID, Name, Page string
	Ran            string            // what the tests ran; empty if they did not
	Shown          map[string]string // by feature: how it is reached
	Holes          map[string]string // by feature: why no test shows it, and what there is instead
}

// ReadTable reads features.json.
func ReadTable(t *testing.T, name string) Table {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var table Table
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, m := range regexp.MustCompile(`(?m)^    "(\w+)": "`).FindAllSubmatch(text, -1) {
		table.Order = append(table.Order, string(m[1]))
	}
	if !slices.Equal(slices.Sorted(slices.Values(table.Order)), slices.Sorted(maps.Keys(table.Features))) {
		t.Fatalf("%s: features stand one on a line, indented by four", name)
	}
	return table
}

var tag = regexp.MustCompile(`ok \[(\w+)\]`)

// Shows compares the features that a test's steps name, each as "ok [feature] what", with
// those that the table says are shown in that editor: one to one.
func Shows(t *testing.T, table Table, editor, steps string) {
	t.Helper()
	at := slices.IndexFunc(table.Editors, func(r Row) bool { return r.ID == editor })
	if at < 0 {
		t.Fatalf("the table has no editor %s", editor)
	}
	var shown []string
	for _, m := range tag.FindAllStringSubmatch(steps, -1) {
		shown = append(shown, m[1])
	}
	slices.Sort(shown)
	shown = slices.Compact(shown)
	if said := slices.Sorted(maps.Keys(table.Editors[at].Shown)); !slices.Equal(shown, said) {
		t.Errorf("the test shows %q, and features.json says %q of %s", shown, said, editor)
	}
}
