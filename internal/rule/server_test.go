package rule

import (
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

func viewedFile(path, text string) (*mcp.Facts, *flow.Result) {
	file := program.Lower(path, source.Parse(source.Python, source.NewText(text), false), nil)
	facts := mcp.Recognise(file, nil)
	return facts, flow.Analyse(facts, nil)
}

const viewedServer = `import os
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")


@mcp.tool()
def forget(name: str) -> str:
    """Forget a note."""
    os.remove("/srv/notes/fixed")
    return name


mcp.run(transport="sse")
`

// The view joins what the files show, and is the same view after an edit that
// changes places alone.
func TestServer(t *testing.T) {
	facts, result := viewedFile("/a.py", viewedServer)
	more, moreResult := viewedFile("/b.py", "import logging\nlogging.getLogger('x')\n")
	views := NewViews()
	s := views.Together([]*mcp.Facts{facts, more, nil}, []*flow.Result{result, moreResult, nil})
	if len(s.Entries) != 1 || s.Entries[0].Name != "forget" || s.Entries[0].Description != "Forget a note." {
		t.Fatalf("entries: %+v", s.Entries)
	}
	if !s.Entries[0].Reaches(flow.PathDelete) || s.Entries[0].Reaches(flow.Shell) {
		t.Errorf("forget does %v", s.Entries[0].Does)
	}
	if !s.Imports("logging") || s.Imports("winston") || !s.Calls["getLogger"] || !s.Transports[mcp.SSE] || s.Servers != 1 {
		t.Errorf("view: %+v", s)
	}
	shifted, shiftedResult := viewedFile("/a.py", "\n\n"+viewedServer)
	again := views.Together([]*mcp.Facts{shifted, more}, []*flow.Result{shiftedResult, moreResult})
	if !s.Equal(again) {
		t.Error("the view changes with the place of a line")
	}
	if alone := views.Together([]*mcp.Facts{shifted}, []*flow.Result{shiftedResult}); s.Equal(alone) {
		t.Error("the view does not notice that a file is gone")
	}
	views.Keep([]*flow.Result{moreResult})
	if len(views.parts) != 1 {
		t.Errorf("%d files are kept, want 1", len(views.parts))
	}
}

// Markers find functions and lines by words, those of nested functions with the
// innermost, and the same as a search through the whole text.
func TestMarkers(t *testing.T) {
	const text = "import x\nkey = 'state'\n\n\ndef a():\n    def b():\n        return 'state'\n    return b\n\n\ndef c():\n    return 'stat'\n"
	facts, result := viewedFile("/a.py", text)
	p := &Pass{File: facts.File, Facts: facts, Flow: result}
	m := NewMarkers("state", "nowhere")
	var names []string
	for _, i := range m.Funcs(p) {
		names = append(names, p.File.Funcs[i].Name)
	}
	if got := strings.Join(names, ","); got != ",b" {
		t.Errorf("functions %q, want the top and b", got)
	}
	if got := m.Lines(p); !slices.Equal(got, []int{1, 6}) {
		t.Errorf("lines %v", got)
	}
	if !m.Held(p) || NewMarkers("nowhere").Held(p) {
		t.Error("what is held is not known")
	}
}
