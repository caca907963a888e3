package audit

// coverage.go says of what a client can call, read or fetch whether it was found and
// followed.

import (
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
)

// EntryInfo is one thing that a client can call, read or fetch. It holds on to
// nothing of the program.
type EntryInfo struct {
	Kind, Name, SDK string // Name is empty where the code does not tell it
	Path            string
	Line            int // from 1
	// Handler and HandlerLine are where its function stands; Handler is empty where
	// none was found.
	Handler     string
	HandlerLine int
	// Followed is set where the function was found and no bound cut it short.
	Followed bool
	// Gaps are what was not followed; calls of unknown code are among them.
	Gaps []flow.Gap
}

// entryInfos gives the entries that a file registers. Where the flow of values is not
// known, none of them was followed.
func entryInfos(res *FileResult, seen *flow.Result, known bool) []EntryInfo {
	var out []EntryInfo
	add := func(e *mcp.Entry, name string, at uint32) *EntryInfo {
		out = append(out, EntryInfo{Kind: e.Kind.String(), Name: name, SDK: string(e.SDK), Path: res.Path, Line: res.Text.LineAt(at) + 1})
		return &out[len(out)-1]
	}
	for i := range seen.Coverage {
		c := &seen.Coverage[i]
		x := add(c.Entry, c.Name, c.Span.Start)
		x.Handler, x.HandlerLine, x.Followed, x.Gaps = c.Handler, c.Line, c.Followed(), c.Gaps
	}
	if !known {
		for _, e := range res.Facts.Entries {
			x := add(e, e.Name, e.NameSpan.Start)
			x.Gaps = []flow.Gap{{Kind: flow.Bounded, Path: res.Path, Line: x.Line, Text: "the flow of values in this file is not known"}}
		}
	}
	slices.SortStableFunc(out, func(a, b EntryInfo) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}
