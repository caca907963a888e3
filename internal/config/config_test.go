package config

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestSchemaIsCurrent(t *testing.T) {
	const name = "schema.json"
	if *update {
		if err := os.WriteFile(name, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != string(Schema()) {
		t.Fatalf("%s is stale (%v): run go test ./internal/config -update", name, err)
	}
}

func TestSettingsFile(t *testing.T) {
	for _, c := range []struct {
		name, text string
		change     func(*Config)
		problems   []string
	}{
		{name: "nothing", text: "", change: func(*Config) {}},
		{name: "only a comment", text: "# later\n", change: func(*Config) {}},
		{
			name: "all of it",
			text: "checks: {sql-injection: off, path-traversal: error}\nminConfidence: medium\nseverity: {medium: error}\ndeployment: remote\nexclude: [tests/, '*_gen.py']\nmaxFileSize: 99\nrevision: 2025-06-18\nrules: [rules/]\naivss: {version: 0.5, threat: unreported, mitigation: partial, factors: {autonomy: 1, tools: 0.5}}\n",
			change: func(c *Config) {
				c.Checks = map[string]string{"sql-injection": "off", "path-traversal": "error"}
				c.MinConfidence, c.Deployment, c.MaxFileSize, c.Revision = "medium", "remote", 99, "2025-06-18"
				c.Severity = map[string]string{"medium": "error"}
				c.Exclude, c.RulePaths = []string{"tests/", "*_gen.py"}, []string{"rules/"}
				c.AIVSS = AIVSS{"0.5", "unreported", "partial", map[string]string{"autonomy": "1", "tools": "0.5"}}
			},
		},
		{name: "auto leaves it to the server", text: "deployment: auto\n", change: func(*Config) {}},
		{
			name: "a wrong setting does not cost the one beside it", text: "minConfidense: high\nmaxFileSize: 7\n",
			change:   func(c *Config) { c.MaxFileSize = 7 },
			problems: []string{"f.yaml:1: minConfidense: there is no such setting: did you mean minConfidence?"},
		},
		{
			name: "a wrong value names those that are right", text: "deployment: cloud\n", change: func(*Config) {},
			problems: []string{`f.yaml:1: deployment: "cloud" is none of auto, local, remote, enterprise`},
		},
		{
			name: "wrong forms", text: "maxFileSize: -1\nexclude: tests\nchecks: [a]\nseverity: {enormous: error, low: [1]}\naivss: 3\n",
			change: func(c *Config) { c.Severity = map[string]string{} },
			problems: []string{
				"f.yaml:1: maxFileSize: want a whole number above 0",
				"f.yaml:2: exclude: want a list",
				"f.yaml:3: checks: want values by name",
				`f.yaml:4: severity: "enormous" is none of critical, high, medium, low, none`,
				"f.yaml:4: severity.low: want a single value",
				"f.yaml:5: aivss: want settings by name",
			},
		},
		{
			name: "what a workspace may not choose", text: "lessonSite: https://evil.example\n", change: func(*Config) {},
			problems: []string{"f.yaml:1: lessonSite: a workspace cannot choose this: set it in your editor's user settings"},
		},
		{name: "no YAML", text: "a: [b\n", change: func(*Config) {}, problems: []string{"f.yaml:1: not valid YAML: did not find expected ',' or ']'"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := Default().WithFile("f.yaml", []byte(c.text))
			want := Default()
			c.change(&want)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			var texts []string
			for _, p := range problems {
				texts = append(texts, p.Error())
			}
			if !reflect.DeepEqual(texts, c.problems) {
				t.Errorf("problems\n  %s\nwant\n  %s", strings.Join(texts, "\n  "), strings.Join(c.problems, "\n  "))
			}
		})
	}
}

func TestSettingsOfAnEditor(t *testing.T) {
	base := Default()
	base.Checks = map[string]string{"a": "off"}
	got, problems := base.WithJSON([]byte(`{"checks":{"b":"hint"},"lessonSite":"https://lessons.example","maxFileSize":10,"deployment":null}`))
	if len(problems) > 0 || got.LessonSite != "https://lessons.example" || got.MaxFileSize != 10 || got.Checks["a"] != "off" || got.Checks["b"] != "hint" {
		t.Errorf("got %+v, problems %v", got, problems)
	}
	if len(base.Checks) != 1 {
		t.Error("the settings it started from were changed")
	}
	if _, problems := base.WithJSON([]byte(`[`)); len(problems) != 1 {
		t.Errorf("broken JSON: %v", problems)
	}
	if same, problems := base.WithJSON([]byte(`null`)); len(problems) != 0 || !reflect.DeepEqual(same, base) {
		t.Errorf("null: %+v, %v", same, problems)
	}
}

func FuzzWithFile(f *testing.F) {
	f.Add([]byte("checks: {a: off}\naivss: {factors: {tools: 1}}\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems := Default().WithFile("f.yaml", data)
		for _, p := range problems {
			if p.Error() == "" {
				t.Error("a problem without words")
			}
		}
		if c.MaxFileSize <= 0 || c.MinConfidence == "" {
			t.Errorf("unusable settings: %+v", c)
		}
	})
}
