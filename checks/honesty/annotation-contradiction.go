package honesty

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// annotationContradiction reports tools with readOnlyHint true that reach a
// change. What may be either (a command, a POST, a query that is not written
// out) is left alone: many such calls only read.
func annotationContradiction(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Annotations.ReadOnly != mcp.True {
			continue
		}
		for _, u := range p.Uses(e) {
			if !u.Mutates || !p.Changes(u) {
				continue
			}
			contradicts(p, e, u, "readOnlyHint", "this call changes something",
				p.Flip(rule.Hint(e, "readOnlyHint"), "true", "false", "Say that the tool changes something"))
			break
		}
	}
}
