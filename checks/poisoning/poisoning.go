// Package poisoning holds the matchers of checks on what a server tells the
// model about itself: names, titles and descriptions.
package poisoning

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"cross-tool-order":     crossToolOrder,
	"escape-sequence":      escapeSequence,
	"hidden-instructions":  hiddenInstructions,
	"invisible-characters": invisibleCharacters,
	"preference-wording":   preferenceWording,
	"side-note-parameter":  sideNoteParameter,
}

// Fixers are the fixers of this class, by the name that documents give.
var Fixers = map[string]func(*rule.Pass, *rule.Finding) []rule.Fix{
	"drop-invisible": dropInvisible,
}

// told is one text that reaches the model.
type told struct {
	tool  string // the entry it belongs to
	what  string // description, name, description of the parameter x
	value string
	span  source.Span // absolute, of the literal
}

// texts gives every text of the entries that is written in this file.
func texts(f *mcp.Facts) []told {
	if f.Manifest != nil {
		return manifestTexts(f.Manifest)
	}
	var all []told
	for _, entries := range [][]*mcp.Entry{f.Entries, f.Unfollowed} {
		for _, e := range entries {
			add := func(what, value string, span source.Span) {
				if value != "" && span.Len() > 0 {
					all = append(all, told{e.Name, what, value, span})
				}
			}
			add("name", e.Name, e.NameSpan)
			add("title", e.Annotations.Title, e.Annotations.Spans["title"])
			add("description", e.Description.Value, e.Description.Span)
			for i := range e.Params {
				p := &e.Params[i]
				add("name of the parameter "+p.Name, p.Name, p.Span)
				add("description of the parameter "+p.Name, p.Description.Value, p.Description.Span)
			}
		}
	}
	return all
}
