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
	// ownPlaces say of a function that the file it writes is such a place.
	ownPlaces = regexp.MustCompile(`(?i)cache|tmpdir|temp_?(dir|file)|tmp_?(dir|file)|mk(d|dir)?temp|mkstemp|createtemp|named_?temporary`)
	// sessions is in the name of a function that ends what the server opened to read.
	sessions = regexp.MustCompile(`(?i)session|log_?out|clean_?up|tear_?down|dispose`)
	folders  = regexp.MustCompile(`(?i)(mkdir|makedirs|mkdirall|ensuredir|mkdirp|mkdirsync|mkdirtemp|createtemp|mkdtemp(sync)?)$`)
	writing  = regexp.MustCompile("(?is)^[a-z]{0,2}[\"'`]{1,3}\\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE|DROP|CREATE|ALTER|TRUNCATE|GRANT)\\b")
	sending  = regexp.MustCompile(`(?i)\.(put|patch|delete)$|method["']?\s*[:=]\s*["'](PUT|PATCH|DELETE)["']|Method(Put|Patch|Delete)\b`)
)

// changes reports whether a mutating use is beyond doubt a change of something
// that others see.
func changes(p *rule.Pass, u *flow.Use) bool {
	text := u.File.Tree.Text
	switch u.Kind {
	case flow.PathDelete, flow.PathWrite:
		return !folders.MatchString(u.Callee) && !ownTraces.MatchString(text.Slice(u.Span)) && !ownPlaces.MatchString(around(u))
	case flow.Query:
		return writing.MatchString(text.Slice(u.Arg))
	case flow.Request, flow.Body:
		return (sending.MatchString(u.Callee) || sending.MatchString(text.Slice(u.Span))) && !sessions.MatchString(u.File.Funcs[u.Func].Name)
	}
	return false
}

// around gives the helper that a use stands in and the name of its class, but nothing
// of one that goes on for pages, of a file's top level, or of the handler of a tool.
func around(u *flow.Use) string {
	f := u.File.Funcs[u.Func]
	if u.Func == 0 || f.Len > 4096 || slices.ContainsFunc(u.Entries, func(e *mcp.Entry) bool { return e.Handler == u.Func && !e.Elsewhere }) {
		return ""
	}
	out := u.File.Tree.Text.Slice(source.Span{Start: f.Start, End: f.Start + f.Len})
	if f.Class != nil {
		out = f.Class.Name + " " + out
	}
	return out
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
