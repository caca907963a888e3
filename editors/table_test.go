package editors

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"mcpaudit/editors/internal/drive"
)

var update = flag.Bool("update", false, "write the table in README.md anew")

const tableBegin, tableEnd = "<!-- made from features.json by go test ./editors -update -->\n", "<!-- end -->\n"

// The table in README.md is that of features.json, whose cells the editors' own tests hold.
// In each editor each feature is shown, or it is said why not and what there is instead.
func TestTable(t *testing.T) {
	table := drive.ReadTable(t, "features.json")
	for _, row := range table.Editors {
		for _, feature := range table.Order {
			_, shown := row.Shown[feature]
			why := row.Holes[feature]
			if shown == (why != "") {
				t.Errorf("%s, %s: shown %t, hole %q", row.ID, feature, shown, why)
			}
		}
		for _, cells := range []map[string]string{row.Shown, row.Holes} {
			for feature := range cells {
				if !slices.Contains(table.Order, feature) {
					t.Errorf("%s: there is no feature %s", row.ID, feature)
				}
			}
		}
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatal("README.md has no place for the table")
	}
	made := before + tableBegin + draw(table) + tableEnd + after
	if made == string(text) {
		return
	}
	if !*update {
		t.Fatal("the table in README.md is stale: run go test ./editors -update")
	}
	if err := os.WriteFile("README.md", []byte(made), 0o644); err != nil {
		t.Fatal(err)
	}
}

// draw gives the table, and below it a line for each hole.
func draw(table drive.Table) string {
	var w, holes strings.Builder
	var ruler strings.Builder
	w.WriteString("|")
	for _, row := range table.Editors {
		fmt.Fprintf(&w, " | [%s](%s)", row.Name, row.Page)
		ruler.WriteString("|---")
	}
	fmt.Fprintf(&w, " |\n|---%s|\n| tested", ruler.String())
	for _, row := range table.Editors {
		fmt.Fprintf(&w, " | %s", row.Ran)
	}
	w.WriteString(" |\n")
	for _, feature := range table.Order {
		w.WriteString("| " + table.Features[feature])
		for _, row := range table.Editors {
			cell := row.Shown[feature]
			if cell == "" {
				cell = "–"
			}
			w.WriteString(" | " + cell)
		}
		w.WriteString(" |\n")
	}
	w.WriteString("\nWhat no test has shown:\n\n")
	for _, row := range table.Editors {
		for _, feature := range table.Order {
			if why := row.Holes[feature]; why != "" {
				fmt.Fprintf(&holes, "- %s, %s: %s.\n", row.Name, table.Features[feature], why)
			}
		}
	}
	return w.String() + holes.String() + "\n"
}
