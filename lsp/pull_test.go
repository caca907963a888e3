package lsp

import (
	"path/filepath"
	"testing"

	"mcpaudit/internal/source"
)

const pullingClient = `{"textDocument":{"diagnostic":{"codeDescriptionSupport":true,"dataSupport":true}},"workspace":{"diagnostics":{"refreshSupport":true}}}`

type pulled struct {
	Kind, ResultID string
	Items          []diagnostic
}

func pullParams(uri, previous string) map[string]any {
	p := ofDocument(uri)
	if previous != "" {
		p["previousResultId"] = previous
	}
	return p
}

func TestPull(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	if caps := e.initialize(capable(pullingClient)); caps["diagnosticProvider"] == nil {
		t.Error("no diagnosticProvider")
	}
	e.open("file:///a.py", "BAD\n")
	first := call[pulled](e, "textDocument/diagnostic", pullParams("file:///a.py", ""))
	if first.Kind != "full" || len(first.Items) != 1 || first.ResultID == "" {
		t.Fatalf("first: %+v", first)
	}
	e.change("file:///a.py", 2, "\n", 1, 0, 1, 0)
	same := call[pulled](e, "textDocument/diagnostic", pullParams("file:///a.py", first.ResultID))
	if same.Kind != "unchanged" || same.ResultID != first.ResultID || same.Items != nil {
		t.Errorf("unchanged: %+v", same)
	}
	e.change("file:///a.py", 3, "GOOD", 0, 0, 0, 3)
	fixed := call[pulled](e, "textDocument/diagnostic", pullParams("file:///a.py", first.ResultID))
	if fixed.Kind != "full" || fixed.Items == nil || len(fixed.Items) != 0 {
		t.Errorf("fixed: %+v", fixed)
	}
	for _, uri := range []string{"untitled:x", "file:///not/there.py"} {
		if got := call[pulled](e, "textDocument/diagnostic", pullParams(uri, "")); got.Kind != "full" || got.Items == nil {
			t.Errorf("%s: %+v", uri, got)
		}
	}
	e.settle()
	if n := e.count("textDocument/publishDiagnostics"); n != 0 {
		t.Errorf("%d publications to a client that pulls", n)
	}
}

// TestPullOfReplacedVersion: an edit ends the pull of the version before it.
func TestPullOfReplacedVersion(t *testing.T) {
	f := newFake()
	f.audits = make(chan string, 10)
	e := start(t, Options{}, f.engine)
	e.initialize(capable(pullingClient))
	e.open("file:///a.py", "SLOW\n")
	id := e.send("textDocument/diagnostic", pullParams("file:///a.py", ""))
	<-f.audits
	e.change("file:///a.py", 2, "fine", 0, 0, 0, 4)
	m := e.reply(id)
	if m.Error == nil || m.Error.Code != -32802 || string(m.Error.Data) != `{"retriggerRequest":true}` {
		t.Errorf("got %s %+v", m.Result, m.Error)
	}
}

type workspacePulled struct {
	Items []struct {
		URI     string
		Version *int
		pulled
	}
}

func TestWorkspacePull(t *testing.T) {
	dir := write(t, map[string]string{"bad.py": "BAD\n", "clean.py": "\n", "open.py": "\n"})
	uri := func(name string) string { return source.URIOf(filepath.Join(dir, name)) }
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(pullingClient), dir)
	e.open(uri("open.py"), "WORSE\n")
	first := call[workspacePulled](e, "workspace/diagnostic", map[string]any{"previousResultIds": []any{}, "workDoneToken": "t"})
	if len(first.Items) != 2 || first.Items[0].URI != uri("bad.py") || first.Items[0].Version != nil || len(first.Items[0].Items) != 1 ||
		first.Items[1].URI != uri("open.py") || *first.Items[1].Version != 1 {
		t.Fatalf("first: %+v", first)
	}
	e.told("$/progress", anything)
	previous := []any{
		map[string]string{"uri": uri("bad.py"), "value": first.Items[0].ResultID},
		map[string]string{"uri": uri("gone.py"), "value": "old"},
		map[string]string{"uri": "untitled:x", "value": "old"},
	}
	again := call[workspacePulled](e, "workspace/diagnostic", map[string]any{"previousResultIds": previous})
	kinds := map[string]string{}
	for _, item := range again.Items {
		kinds[item.URI] = item.Kind
	}
	if len(kinds) != 3 || kinds[uri("bad.py")] != "unchanged" || kinds[uri("gone.py")] != "full" || kinds[uri("open.py")] != "full" {
		t.Errorf("again: %v", kinds)
	}
	partial := call[workspacePulled](e, "workspace/diagnostic", map[string]any{"previousResultIds": []any{}, "partialResultToken": 7})
	if partial.Items == nil || len(partial.Items) != 0 {
		t.Errorf("with partial results the answer holds %+v", partial)
	}
}

// TestRefresh: what changes by anything but an edit is pulled again when the
// server asks for it.
func TestRefresh(t *testing.T) {
	e := start(t, Options{}, newFake().engine)
	e.initialize(capable(pullingClient))
	e.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []any{map[string]any{"uri": "file:///x.py", "type": 2}}})
	e.told("workspace/diagnostic/refresh", anything)
}
