package checks

// factors.go says what a file shows of the agentic factors of AIVSS.

import (
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
)

// authority is the factor "tools" that a use shows, in halves: 1 for scoped
// reading and writing, 2 for broad authority such as a shell or a query.
var authority = map[flow.SinkKind]int{
	flow.Shell: 2, flow.Program: 2, flow.Eval: 2, flow.Sandbox: 2, flow.Template: 2, flow.Deserialize: 2, flow.Query: 2, flow.WholeQuery: 2,
	flow.Argv: 1, flow.Operand: 1, flow.PathWrite: 1, flow.PathDelete: 1, flow.Body: 1, flow.Open: 1,
}

// surroundings is the factor "context" that a use shows, in halves: 1 for what
// the server's author chose, 2 where the caller chooses what is read.
var surroundings = map[flow.SinkKind]int{flow.PathRead: 1, flow.Request: 1, flow.Navigate: 1, flow.Query: 1, flow.WholeQuery: 1, flow.SearchQuery: 1}

// factors gives what is seen of the entry that a flow starts from: its own
// sink, and all that the entry reaches.
func factors(f *flow.Flow) map[string]int {
	seen := map[string]int{}
	raise := func(name string, halves int) {
		if halves > seen[name] {
			seen[name] = halves
		}
	}
	raise(aivss.Tools, authority[f.Sink])
	if surroundings[f.Sink] > 0 && f.Kind == mcp.Input {
		raise(aivss.Context, 2)
	}
	for _, u := range f.Reached {
		if u.Mutates || authority[u.Kind] == 2 {
			raise(aivss.Tools, authority[u.Kind])
		}
		raise(aivss.Context, surroundings[u.Kind])
	}
	if len(seen) == 0 {
		return nil
	}
	return seen
}
