package lsp

// An edit in one file is seen in the open files that depend on it: published anew, or
// asked to be pulled anew.

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

const (
	dependentServer = "from mcp.server.fastmcp import FastMCP\nfrom guard import check\nfrom run import run\n\nmcp = FastMCP('app')\n\n@mcp.tool()\ndef go(command: str) -> str:\n    \"\"\"Run a command.\"\"\"\n    check(command)\n    return run(command)\n"
	dependentRun    = "import subprocess\n\ndef run(command):\n    return subprocess.run(command, shell=True)\n"
	dependentGuard  = "import re\n\ndef check(value):\n    if not re.fullmatch(r'[a-z]+', value):\n        raise ValueError(value)\n"
)

func dependents(t *testing.T, capabilities string) (e *editor, run, guard string) {
	t.Helper()
	dir := write(t, map[string]string{"server.py": dependentServer, "run.py": dependentRun, "guard.py": dependentGuard})
	o := Options{Catalogue: catalogue(t), Config: config.Default()}
	e = start(t, o, func(untrusted bool) engine { return newEngine(o, untrusted) })
	e.initialize(capable(capabilities), dir)
	return e, source.URIOf(filepath.Join(dir, "run.py")), source.URIOf(filepath.Join(dir, "guard.py"))
}

func TestAnEditIsPublishedInDependentFiles(t *testing.T) {
	e, run, guard := dependents(t, minimalClient)
	e.open(run, dependentRun)
	if p := e.published(run); len(p.Diagnostics) != 0 {
		t.Fatalf("with the guard: %+v", p.Diagnostics)
	}
	e.open(guard, dependentGuard)
	e.published(guard)
	e.change(guard, 2, "pass", 4, 8, 4, 31)
	for {
		p := e.published(run)
		if len(p.Diagnostics) == 0 {
			continue // the workspace was still being read
		}
		if d := p.Diagnostics[0]; len(p.Diagnostics) != 1 || d.Code != "command-injection" {
			t.Fatalf("without the guard: %+v", p.Diagnostics)
		}
		break
	}
	e.change(guard, 3, "raise ValueError(value)", 4, 8, 4, 12)
	if p := e.published(run); len(p.Diagnostics) != 0 {
		t.Errorf("with the guard again: %+v", p.Diagnostics)
	}
}

func TestAnEditAsksToPullDependentFilesAnew(t *testing.T) {
	e, run, guard := dependents(t, `{"textDocument":{"diagnostic":{"codeDescriptionSupport":true,"dataSupport":true}},"workspace":{"diagnostics":{"refreshSupport":true}}}`)
	refresh := func() {
		e.message("workspace/diagnostic/refresh", func(json.RawMessage) bool { return true })
	}
	pull := func(uri string) []json.RawMessage {
		t.Helper()
		return call[struct{ Items []json.RawMessage }](e, "textDocument/diagnostic", pullParams(uri, "")).Items
	}
	e.open(run, dependentRun)
	e.open(guard, dependentGuard)
	if items := pull(run); len(items) != 0 {
		t.Fatalf("with the guard: %s", items)
	}
	e.change(guard, 2, "pass", 4, 8, 4, 31)
	pull(guard)
	refresh()
	if items := pull(run); len(items) != 1 {
		t.Errorf("without the guard: %s", items)
	}
}
