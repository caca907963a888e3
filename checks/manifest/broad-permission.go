package manifest

import (
	"regexp"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// everything is a folder that holds all of a disk, or all that its user has.
var everything = regexp.MustCompile(`(?i)^(?:/|/home/?|/users/?|/root/?|~/?|\$\{?HOME\}?/?|%userprofile%\\?|[a-z]:[\\/]?|[a-z]:[\\/]users[\\/]?)$`)

var home = regexp.MustCompile(`(?i)^(?:~|\$\{?HOME|%userprofile)`)

// broadPermission reports settings of a bundle that give a server the whole disk or
// home unless the user narrows them.
func broadPermission(p *rule.Pass) {
	for _, m := range members(root(p, mcp.Bundle).Get("user_config")) {
		if kind := m.Value.Get("type").Str(); kind != "directory" && kind != "file" {
			continue
		}
		given := m.Value.Get("default")
		if given == nil {
			continue
		}
		list := given.List()
		if given.Kind == source.String {
			list = []*source.Value{given}
		}
		for _, v := range list {
			if v.Kind == source.String && everything.MatchString(v.Text) {
				what := "the whole disk"
				if home.MatchString(v.Text) {
					what = "the whole home folder"
				}
				p.Report(rule.Finding{Span: v.Span, Parameter: m.Key, Sink: what, Fixes: []rule.Fix{{
					Title: "Begin with the documents folder",
					Edits: []rule.Edit{{Path: p.File.Path, Span: v.Span, New: `"${DOCUMENTS}"`}},
				}}})
			}
		}
	}
}
