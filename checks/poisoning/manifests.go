package poisoning

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/source"
)

// maxTexts is how many texts of a manifest are read.
const maxTexts = 2_000

// manifestTexts gives the texts of a manifest that a client shows or hands to the
// model before the server has said a word: what the server, its tools and its prompts
// are called, and what they do.
func manifestTexts(m *mcp.Manifest) []told {
	var all []told
	add := func(tool, what string, v *source.Value) {
		if v.Str() != "" && len(all) < maxTexts {
			all = append(all, told{tool, what, v.Text, v.Span})
		}
	}
	entries := func(kind string, list *source.Value) {
		for _, e := range list.List() {
			name := e.Get("name").Str()
			add(name, "name", e.Get("name"))
			add(name, "title", e.Get("title"))
			add(name, "description", e.Get("description"))
			if kind == "prompt" {
				add(name, "text", e.Get("text"))
			}
			if properties := e.Get("inputSchema", "properties"); properties != nil {
				for _, p := range properties.Members {
					add(name, "description of the parameter "+p.Key, p.Value.Get("description"))
				}
			}
		}
	}
	switch m.Kind {
	case mcp.RegistryEntry:
		add("", "title", m.Root.Get("title"))
		add("", "description", m.Root.Get("description"))
	case mcp.Bundle:
		add("", "title", m.Root.Get("display_name"))
		add("", "description", m.Root.Get("description"))
		entries("tool", m.Root.Get("tools"))
		entries("prompt", m.Root.Get("prompts"))
		// What a platform answers in the server's place, before it is started.
		if meta := m.Root.Get("_meta"); meta != nil {
			for _, platform := range meta.Members {
				answers := platform.Value.Get("static_responses")
				add("", "instructions", answers.Get("initialize", "instructions"))
				entries("tool", answers.Get("tools/list", "tools"))
			}
		}
	}
	return all
}
