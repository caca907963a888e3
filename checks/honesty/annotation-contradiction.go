// Package honesty holds the matchers of checks that compare what a server says
// of itself with what it does.
package honesty

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"annotation-contradiction": annotationContradiction,
}

// annotationContradiction reports tools with readOnlyHint true that reach a
// change. What may be either (a command, a POST, a query that is not written
// out) is left alone: many such calls only read.
func annotationContradiction(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Annotations.ReadOnly != mcp.True {
			continue
		}
		for _, u := range p.Flow.Uses {
			if !u.Mutates || !slices.Contains(u.Entries, e) || !changes(p, u) {
				continue
			}
			hint, ok := e.Annotations.Spans["readOnlyHint"]
			if !ok {
				hint = e.Annotations.Span
			}
			p.Report(rule.Finding{
				Span: hint, Tool: e.Name, Sink: u.Callee,
				Related: []rule.Step{{Path: u.File.Path, Span: u.Span, Text: "this call changes something"}},
				Fixes:   withoutReadOnly(p, hint),
			})
			break
		}
	}
}

var (
	// ownTraces are places where a server keeps what means nothing to others.
	ownTraces = regexp.MustCompile(`(?i)cache|te?mp|\blogs?\b|log_?(file|dir|path)`)
	folders   = regexp.MustCompile(`(?i)(mkdir|makedirs|mkdirall|ensuredir|mkdirp|mkdirsync)$`)
	writing   = regexp.MustCompile("(?is)^[a-z]{0,2}[\"'`]{1,3}\\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE|DROP|CREATE|ALTER|TRUNCATE|GRANT)\\b")
	sending   = regexp.MustCompile(`(?i)\.(put|patch|delete)$|method["']?\s*[:=]\s*["'](PUT|PATCH|DELETE)["']|Method(Put|Patch|Delete)\b`)
)

// changes reports whether a mutating use is beyond doubt a change of something
// that others see.
func changes(p *rule.Pass, u *flow.Use) bool {
	text := u.File.Tree.Text
	switch u.Kind {
	case flow.PathDelete, flow.PathWrite:
		return !folders.MatchString(u.Callee) && !ownTraces.MatchString(text.Slice(u.Span))
	case flow.Query:
		return writing.MatchString(text.Slice(u.Arg))
	case flow.Request, flow.Body:
		return sending.MatchString(u.Callee) || sending.MatchString(text.Slice(u.Span))
	}
	return false
}

// withoutReadOnly rewrites the hint's value. A client then asks before each
// call, so it is safe without a look.
func withoutReadOnly(p *rule.Pass, hint source.Span) []rule.Fix {
	text := p.File.Tree.Text.Slice(hint)
	for yes, no := range map[string]string{"true": "false", "True": "False"} {
		if at := strings.LastIndex(text, yes); at >= 0 && strings.Count(strings.ToLower(text), "true") == 1 {
			start := hint.Start + uint32(at)
			span := source.Span{Start: start, End: start + uint32(len(yes))}
			return []rule.Fix{{
				Title:     "Say that the tool changes something",
				Edits:     []rule.Edit{{Path: p.File.Path, Span: span, New: no}},
				Preferred: true,
			}}
		}
	}
	return nil
}
