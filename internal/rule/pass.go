package rule

// pass.go declares what a check written in Go is handed.

import (
	"path"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
)

// Pass is one file with all that is known of it, and the way to report.
type Pass struct {
	File  *program.File
	Facts *mcp.Facts
	Flow  *flow.Result
	// Revision of the specification that the server targets, such as
	// 2025-11-25; empty if it is not known.
	Revision string
	// Manifests gives the manifests of the server that the file belongs to, those for
	// a registry and of bundles; nil where they are not known.
	Manifests func() []*mcp.Manifest
	// Program gives what finds what stands before the code of this file in all files
	// of its program; it is nil, or gives nil, where the file is looked at alone.
	Program func() *mcp.Gates
	// Whole gives the view of all files of its program; nil like Program.
	Whole func() *Server
	// Urgent is set where somebody waits for this one file, so that its checks are
	// to run side by side. Program and Whole are then called from two goroutines.
	Urgent bool

	gates   *mcp.Gates
	server  *Server
	regions []region // with what they hold, see marker.go
	held    markSet
	calls   map[string][]Call // by the last name of the callee
	uses    map[*mcp.Entry][]*flow.Use
	deeds   map[*flow.Use]deed
	// Report takes a finding. Where Check, Path, Message or Confidence is left
	// empty, the check's own stands in.
	Report func(Finding)
}

// Twin gives the same file for checks that run at the same time. What nearly every file
// is asked for is found before, once for both.
func (p *Pass) Twin() *Pass {
	p.Calls()
	p.Uses(nil)
	p.marked()
	return &Pass{
		File: p.File, Facts: p.Facts, Flow: p.Flow, Revision: p.Revision, Program: p.Program, Whole: p.Whole, Manifests: p.Manifests,
		calls: p.calls, uses: p.uses, regions: p.regions, held: p.held,
	}
}

// Matcher is a check whose logic cannot be said as a rule. It may panic; what
// it reported before then is lost.
type Matcher func(p *Pass)

// Gates finds what a request is asked before it reaches code of this file.
func (p *Pass) Gates() *mcp.Gates {
	if p.gates == nil && p.Program != nil {
		p.gates = p.Program()
	}
	if p.gates == nil {
		p.gates = mcp.NewGates([]*program.File{p.File}, nil)
	}
	return p.gates
}

// TestFile reports whether the file holds tests, by its name or that of its
// folder: what stands there is not shipped.
func (p *Pass) TestFile() bool {
	name := strings.ReplaceAll(p.File.Path, "\\", "/")
	switch path.Base(path.Dir(name)) {
	case "test", "tests", "__tests__", "spec", "mocks", "__mocks__", "fixtures":
		return true
	}
	base := path.Base(name)
	stem := strings.TrimSuffix(base, path.Ext(base))
	return strings.HasPrefix(base, "test_") || strings.HasSuffix(stem, "_test") || base == "conftest.py" ||
		strings.HasSuffix(stem, ".test") || strings.HasSuffix(stem, ".spec") || strings.HasSuffix(stem, ".stories")
}
