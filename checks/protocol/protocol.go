// Package protocol holds the matchers of checks that hold a server against the
// specification of MCP, by the revision that it targets.
package protocol

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"deprecated-logging":           deprecatedLogging,
	"deprecated-sse-transport":     deprecatedSSETransport,
	"embedded-newline":             embeddedNewline,
	"header-body-mismatch":         headerBodyMismatch,
	"icon-address":                 iconAddress,
	"ignored-cancellation":         ignoredCancellation,
	"logging-without-level":        loggingWithoutLevel,
	"malformed-header-parameter":   malformedHeaderParameter,
	"missing-discover":             missingDiscover,
	"negative-lifetime":            negativeLifetime,
	"progress-flood":               progressFlood,
	"protocol-session":             protocolSession,
	"protocol-version-unchecked":   protocolVersionUnchecked,
	"public-cache-of-private-data": publicCacheOfPrivateData,
	"remote-schema-reference":      remoteSchemaReference,
	"reserved-error-code":          reservedErrorCode,
	"sensitive-header-parameter":   sensitiveHeaderParameter,
	"server-initiated-request":     serverInitiatedRequest,
	"unbounded-schema":             unboundedSchema,
}

// stateless is the revision that took sessions and requests of the server out of the
// protocol, and deprecated much that went with them.
const stateless = "2026-07-28"

// migrates reports whether what that revision removed or deprecated is worth a note:
// where the server is known to target it, not where that is open.
func migrates(p *rule.Pass) bool {
	return p.Facts.Part && p.Revision >= stateless && !p.TestFile()
}

// once reports a habit at its first place, and names the others.
func once(p *rule.Pass, found []rule.Finding, again string) {
	if len(found) == 0 {
		return
	}
	slices.SortFunc(found, func(a, b rule.Finding) int { return int(a.Span.Start) - int(b.Span.Start) })
	first := found[0]
	for _, f := range found[1:min(len(found), 1+rule.MaxRelated)] {
		first.Related = append(first.Related, rule.Step{Path: p.File.Path, Span: f.Span, Text: again})
	}
	p.Report(first)
}

// rewrite gives the fix that puts a text in place of another within a span, where that
// stands there once.
func rewrite(p *rule.Pass, at source.Span, from, to, title string, preferred bool) []rule.Fix {
	text := p.File.Tree.Text.Slice(at)
	if strings.Count(text, from) != 1 {
		return nil
	}
	start := at.Start + uint32(strings.Index(text, from))
	edit := rule.Edit{Path: p.File.Path, Span: source.Span{Start: start, End: start + uint32(len(from))}, New: to}
	return []rule.Fix{{Title: title, Edits: []rule.Edit{edit}, Preferred: preferred}}
}

// toolOf gives the name of the entry that a function serves, empty if it is not known.
func toolOf(p *rule.Pass, fn int) string {
	if e := p.Serves(fn); e != nil {
		return e.Name
	}
	return ""
}

// bare gives the value within awaits and casts.
func bare(v *program.Value) *program.Value {
	for v != nil && (v.Op == program.OpAwait || v.Op == program.OpCast) {
		v = v.X
	}
	return v
}
