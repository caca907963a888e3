// Package operations holds the matchers of checks on how a server behaves under
// load and over time: limits, waiting, cost, and what is written down of its work.
package operations

import (
	"fmt"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"allowed-root-too-wide":    allowedRootTooWide,
	"blocking-call-in-async":   blockingCallInAsync,
	"log-tampering":            logTampering,
	"missing-audit-log":        missingAuditLog,
	"missing-rate-limit":       missingRateLimit,
	"model-call-without-limit": modelCallWithoutLimit,
	"process-as-root":          processAsRoot,
	"process-without-timeout":  processWithoutTimeout,
	"retry-without-limit":      retryWithoutLimit,
	"superuser-connection":     superuserConnection,
	"unbounded-concurrency":    unboundedConcurrency,
	"unlimited-read":           unlimitedRead,
	"request-without-timeout":  requestWithoutTimeout,
}

// habit is what recurs in a file: its first place is the finding, and the others
// are named beside it.
type habit struct {
	pass   *rule.Pass
	places []place
}

// place is one place of a habit.
type place struct {
	span  source.Span
	sink  string
	tool  string
	edits []rule.Edit // that mend it; nil where no rewrite is safe
}

func (h *habit) add(c rule.Call, sink string, edits ...rule.Edit) {
	h.places = append(h.places, place{span: c.Span(), sink: sink, edits: edits})
}

// addOf takes a place that a tool is seen to reach.
func (h *habit) addOf(tool string, c rule.Call, edits ...rule.Edit) {
	h.places = append(h.places, place{span: c.Span(), sink: c.Text(c.Value.X), tool: tool, edits: edits})
}

// report tells of the habit once. The fix mends every place that can be, with the
// imports that it takes.
func (h *habit) report(again, title string, preferred bool, imports ...rule.Edit) {
	if len(h.places) == 0 {
		return
	}
	slices.SortFunc(h.places, func(a, b place) int { return int(a.span.Start) - int(b.span.Start) })
	first := h.places[0]
	f := rule.Finding{Span: first.span, Sink: first.sink, Tool: first.tool}
	var edits []rule.Edit
	mended := 0
	for i, o := range h.places {
		if i > 0 && i <= rule.MaxRelated {
			f.Related = append(f.Related, rule.Step{Path: h.pass.File.Path, Span: o.span, Text: again})
		}
		if len(o.edits) > 0 {
			mended++
			edits = append(edits, o.edits...)
		}
	}
	if mended > 0 {
		if mended > 1 {
			title = fmt.Sprintf("%s (%d places)", title, mended)
		}
		f.Fixes = []rule.Fix{{Title: title, Edits: append(edits, imports...), Preferred: preferred && mended == len(h.places)}}
	}
	h.pass.Report(f)
}

// shipped reports whether the file is part of a server: no test of it, and no page that
// a browser shows.
func shipped(p *rule.Pass) bool {
	return p.Facts.Part && !p.TestFile() && !strings.HasSuffix(p.File.Path, ".tsx") && !strings.HasSuffix(p.File.Path, ".jsx")
}

// toolCalls gives the calls of the file to one of a module's functions that a tool,
// resource or prompt is seen to reach, each once, with its name.
func toolCalls(p *rule.Pass, module string, yield func(c rule.Call, function, tool string)) {
	p.Reached(func(u *flow.Use) bool { return strings.HasPrefix(u.Callee, module+".") }, func(u *flow.Use, c rule.Call) {
		yield(c, strings.TrimPrefix(u.Callee, module+"."), u.Entries[0].Name)
	})
}

// overHTTP reports whether the server takes requests over the network.
func overHTTP(s *rule.Server) bool {
	return s.Transports[mcp.SSE] || s.Transports[mcp.StreamableHTTP]
}

func isNone(v *program.Value) bool {
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstNone
}

func isList(v *program.Value) bool { return v != nil && v.Op == program.OpList }

func isObject(v *program.Value) bool { return v != nil && v.Op == program.OpObject }
