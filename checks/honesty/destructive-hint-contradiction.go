package honesty

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// destructiveHintContradiction reports tools with destructiveHint false that remove
// something. Where readOnlyHint is true the hint means nothing, and another check
// tells of the change.
func destructiveHintContradiction(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Annotations.Destructive != mcp.False || e.Annotations.ReadOnly == mcp.True {
			continue
		}
		for _, u := range p.Uses(e) {
			if !p.Removes(u) {
				continue
			}
			contradicts(p, e, u, "destructiveHint", "this call removes something",
				p.Flip(rule.Hint(e, "destructiveHint"), "false", "true", "Say that the tool removes something"))
			break
		}
	}
}
