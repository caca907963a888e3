package flow

import (
	"strings"
	"testing"
	"testing/fstest"

	"mcpaudit/internal/source"
)

func TestModelsLoad(t *testing.T) {
	for _, l := range []source.Language{source.Python, source.TypeScript, source.Go} {
		if ms := modelsOf(l); ms == nil {
			t.Errorf("%s: no models", l)
		}
	}
}

func TestModelsAreStrict(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "- for: [a.b]\n  sinkz: []\n", "sinkz"},
		{"unknown sink", "- for: [a.b]\n  sinks: [{kind: shel, arg: 0}]\n", `unknown sink "shel"`},
		{"unknown proof", "- for: [a.b]\n  tests: [contaned]\n", `"contaned"`},
		{"no name", "- result: keep\n", "needs the names"},
		{"given twice", "- for: [a.b, a.b]\n  result: keep\n", "given twice"},
		{"unknown result", "- for: [a.b]\n  result: kept\n", `unknown result "kept"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readModels(fstest.MapFS{"m/x.yaml": {Data: []byte(tt.text)}}, "m")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}
