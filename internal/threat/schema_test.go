package threat

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/xeipuuv/gojsonschema"
)

// properties gives the descriptions of the keys of an object in a schema.
func properties(t *testing.T, name string, at ...string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var node any
	if err := json.Unmarshal(data, &node); err != nil {
		t.Fatal(err)
	}
	for _, key := range append(at, "properties") {
		node = node.(map[string]any)[key]
	}
	docs := map[string]string{}
	for k, v := range node.(map[string]any) {
		docs[k] = v.(map[string]any)["description"].(string)
	}
	return docs
}

// The schemas that editors use say the same as what reads the files.
func TestSchemasAgreeWithTheReaders(t *testing.T) {
	if got := properties(t, "exception.schema.json"); !maps.Equal(got, exceptionKeys) {
		t.Errorf("exceptions: %v", got)
	}
	if got := properties(t, "exception.schema.json", "properties", "scope"); !maps.Equal(got, scopeKeys) {
		t.Errorf("scope: %v", got)
	}
	if got := properties(t, "threat-model.schema.json", "properties", "answers", "items"); !maps.Equal(got, keys) {
		t.Errorf("answers: %v", got)
	}
	if got := slices.Sorted(maps.Keys(properties(t, "threat-model.schema.json"))); !slices.Equal(got, []string{"answers", "version"}) {
		t.Errorf("the top: %q", got)
	}
}

// What is drafted and what is kept is valid by them.
func TestSchemasTakeWhatIsWritten(t *testing.T) {
	root := demo(t, "python-notes")
	rep := audited(t, root)
	_, draft, err := Draft(root, rep.Findings[0], rep.Files[0], someDay)
	if err != nil {
		t.Fatal(err)
	}
	m := only(t, Models(rep.Files, root, nil))
	book, _, err := LoadBook(root)
	if err != nil {
		t.Fatal(err)
	}
	said, err := m.Asked[0].Say(NotSure, "later", "Ada", someDay)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := book.With(said)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"exception.schema.json": draft, "threat-model.schema.json": answers} {
		schema, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var value map[string]any
		if err := yaml.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		if _, ok := value["review"]; ok {
			value["review"] = someDay.AddDate(0, 6, 0).Format("2006-01-02") // editors read a day as text
		}
		res, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(schema), gojsonschema.NewGoLoader(value))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range res.Errors() {
			t.Errorf("%s: %s in\n%s", name, e, text)
		}
	}
}
