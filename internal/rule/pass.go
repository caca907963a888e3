package rule

// pass.go declares what a check written in Go is handed.

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
)

// Pass is one file with all that is known of it, and the way to report.
type Pass struct {
	File  *program.File
	Facts *mcp.Facts
	Flow  *flow.Result
	// Report takes a finding. Where Check, Path, Message or Confidence is left
	// empty, the check's own stands in.
	Report func(Finding)
}

// Matcher is a check whose logic cannot be said as a rule. It may panic; what
// it reported before then is lost.
type Matcher func(p *Pass)
