package generate

import (
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

func TestServersParseCleanAndAreAsLargeAsAsked(t *testing.T) {
	for _, lang := range []source.Language{source.Python, source.TypeScript, source.Go} {
		text := Server(Shape{Lang: lang, Lines: 5000, Tools: 40, Flaws: 30, Seed: 1})
		if n := strings.Count(text, "\n"); n < 5000 || n > 5500 {
			t.Errorf("%s: %d lines, want 5000 to 5500", lang, n)
		}
		tree := source.Parse(lang, source.NewText(text), false)
		for id := range source.NodeID(tree.Len()) {
			if n := tree.Node(id); n.Error() || n.Missing() {
				t.Fatalf("%s: syntax error at line %d: %q", lang, tree.Text.LineAt(n.Start)+1, tree.TextOf(id))
			}
		}
	}
}
