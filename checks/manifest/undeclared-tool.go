package manifest

import (
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// undeclaredTool reports tools that a bundle's list of its tools leaves out.
func undeclaredTool(p *rule.Pass) {
	if len(p.Facts.Entries) == 0 || p.Manifests == nil || p.TestFile() {
		return
	}
	for _, m := range p.Manifests() {
		list := m.Root.Get("tools").List()
		if m.Kind != mcp.Bundle || len(list) == 0 || m.Root.Get("tools_generated").True() {
			continue
		}
		declared := map[string]bool{}
		for _, t := range list {
			declared[t.Get("name").Str()] = true
		}
		if !namesTools(p, declared) {
			continue // it lists titles, or the tools of another server
		}
		var f *rule.Finding
		for _, e := range p.Facts.Entries {
			if !fixedName(p, e) || declared[e.Name] {
				continue
			}
			if f == nil {
				f = &rule.Finding{Span: e.NameSpan, Tool: e.Name, Sink: m.Name()}
			} else if len(f.Related) < rule.MaxRelated {
				f.Related = append(f.Related, rule.Step{Path: p.File.Path, Span: e.NameSpan, Text: e.Name + " is not listed either"})
			}
		}
		if f != nil {
			p.Report(*f)
		}
		return
	}
}

// namesTools reports whether half of a list, or more, are names of tools of the server.
func namesTools(p *rule.Pass, declared map[string]bool) bool {
	known := map[string]bool{}
	for _, e := range p.Facts.Entries {
		if fixedName(p, e) && declared[e.Name] {
			known[e.Name] = true
		}
	}
	if p.Whole != nil {
		if server := p.Whole(); server != nil {
			for _, e := range server.Entries {
				if e.Kind == mcp.Tool && declared[e.Name] {
					known[e.Name] = true
				}
			}
		}
	}
	return len(known) > 0 && 2*len(known) >= len(declared)
}

// fixedName reports whether an entry is a tool whose name stands in the file: as a
// text, or as the name of the function that it is.
func fixedName(p *rule.Pass, e *mcp.Entry) bool {
	if e.Kind != mcp.Tool || e.Name == "" {
		return false
	}
	written := p.File.Tree.Text.Slice(e.NameSpan)
	if strings.ContainsAny(written, "\"'`") {
		return strings.Contains(written, e.Name)
	}
	return p.File.Lang == source.Python && written == e.Name && strings.ToLower(written) == written
}
