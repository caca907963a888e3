package audit

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func TestTheNearestManifestTellsTheVersion(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	server := "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n@mcp.tool()\ndef f(a: str) -> str:\n    return a\n"
	write("requirements.txt", "mcp==1.9.0\n")
	write("a/server.py", server)
	write("b/pyproject.toml", "[project]\nname = 'b'\ndependencies = ['mcp>=1.24.0']\n")
	write("b/src/b/server.py", server)
	w := New(options(t))
	w.SetFolders([]string{dir})
	version := func(name string) string {
		t.Helper()
		res, err := w.Snapshot().Audit(context.Background(), filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Facts.Servers) != 1 {
			t.Fatalf("%s: %d servers, want 1", name, len(res.Facts.Servers))
		}
		return res.Facts.Servers[0].Version
	}
	if got := version("a/server.py"); got != "1.9.0" {
		t.Errorf("a: version %q, want 1.9.0 of the folder above", got)
	}
	if got := version("b/src/b/server.py"); got != "1.24.0" {
		t.Errorf("b: version %q, want 1.24.0 of its own manifest", got)
	}
	write("requirements.txt", "mcp==1.30.0\n")
	w.FileChanged(filepath.Join(dir, "requirements.txt"))
	if got := version("a/server.py"); got != "1.30.0" {
		t.Errorf("a: version %q after the manifest changed, want 1.30.0", got)
	}
}

// TestRoutesBelongToTheirProgram holds the routes of a file without an SDK to what
// the manifests above it say.
func TestRoutesBelongToTheirProgram(t *testing.T) {
	route := "import express from 'express';\nconst app = express();\napp.get('/x', (req, res) => res.send(req.query.q));\n"
	for _, test := range []struct {
		manifest string
		want     int
	}{
		{`{"dependencies": {"express": "^5.0.0"}}`, 0},
		{`{"dependencies": {"express": "^5.0.0", "@modelcontextprotocol/sdk": "^1.12.0"}}`, 1},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"package.json": test.manifest, "src/web.ts": route} {
			file := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		w := New(options(t))
		w.SetFolders([]string{dir})
		res, err := w.Snapshot().Audit(context.Background(), filepath.Join(dir, "src", "web.ts"))
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Facts.Routes) != test.want {
			t.Errorf("%s: %d routes, want %d", test.manifest, len(res.Facts.Routes), test.want)
		}
	}
}
