package auth

import (
	"regexp"
	"strings"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// queries stand where the query of an address is read.
var queries = rule.NewMarkers("query", "Query", "searchParams", "request.args")

var (
	// tokenFromQuery is where a request's credential is read from its address.
	tokenFromQuery = regexp.MustCompile(`(?i)(?:\breq(?:uest)?\.query(?:\.|\[\s*["'])|\bsearchParams\.get\(\s*["']|\bquery_params(?:\.get\(|\[)\s*["']|\brequest\.args(?:\.get\(|\[)\s*["']|\.URL\.Query\(\)\.Get\(\s*"|\bc\.req\.query\(\s*["'])(access_?token|api[_-]?key|auth_?token|bearer(?:_?token)?|mcp_?token|token)\b`)
	// refuses is in code that turns callers away.
	refuses = regexp.MustCompile(`\b401\b|\b403\b|StatusUnauthorized|StatusForbidden|HTTP_401|(?i)unauthori[sz]ed`)
	// onceOnly is in code that reads a token which opens one thing, once.
	onceOnly = regexp.MustCompile(`(?i)reset|confirm|invit|unsubscribe|e-?mail|magic|one_?time|callback|challenge|webhook|csrf|download|signed|ticket|nonce|share|expires`)
)

// tokenInURL reports servers that take the credential of a caller from the address of the
// request.
func tokenInURL(p *rule.Pass) {
	if p.TestFile() || standIn.MatchString(p.File.Path) {
		return
	}
	text := p.File.Tree.Text
	var first *rule.Finding
	for _, line := range queries.Lines(p) {
		at := tokenFromQuery.FindStringSubmatchIndex(text.Line(line))
		if at == nil {
			continue
		}
		whole, start := text.Line(line), text.LineStart(line)
		span := source.Span{Start: start + uint32(at[0]), End: start + uint32(at[1])}
		if in := around(p, span); in == "" || !refuses.MatchString(in) || onceOnly.MatchString(in) || commented(whole, at[0]) {
			continue
		}
		if first == nil {
			first = &rule.Finding{Span: span, Parameter: whole[at[2]:at[3]], Sink: whole[at[0]:at[1]]}
		} else if len(first.Related) < rule.MaxRelated {
			first.Related = append(first.Related, rule.Step{Path: p.File.Path, Span: span, Text: "a credential is read from the address here too"})
		}
	}
	if first != nil {
		p.Report(*first)
	}
}

// around gives the text of the innermost function around a place, empty for none.
func around(p *rule.Pass, at source.Span) string {
	best := ""
	for i := 1; i < len(p.File.Funcs); i++ {
		fn := &p.File.Funcs[i]
		if s := (source.Span{Start: fn.Start, End: fn.Start + fn.Len}); s.Contains(at) {
			best = p.File.Tree.Text.Slice(s)
		}
	}
	return best
}

// commented reports whether a place stands in a comment of its line.
func commented(text string, at int) bool {
	line := text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "*")
}
