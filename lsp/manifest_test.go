package lsp

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// TestManifestInTheEditor opens a manifest, breaks it, mends it, and asks what can be
// done about what is found: nothing that JSON, which has no comments, cannot hold.
func TestManifestInTheEditor(t *testing.T) {
	const text = `{"name": "io.github.acme/notes", "remotes": [{"type": "sse", "url": "http://notes.example.com/sse"}]}` + "\n"
	dir := write(t, map[string]string{"server.json": text})
	uri := source.URIOf(filepath.Join(dir, "server.json"))
	o := Options{Catalogue: catalogue(t), Config: config.Default()}
	e := start(t, o, func(untrusted bool) engine { return newEngine(o, untrusted) })
	e.initialize(capable(minimalClient), dir)
	e.open(uri, text)
	if got := e.published(uri); len(got.Diagnostics) != 1 || got.Diagnostics[0].Code != "cleartext-remote" {
		t.Fatalf("%+v", got)
	}
	got := call[[]action](e, "textDocument/codeAction", inRange(uri, 0, 70, 75))
	if want := []string{"Use https", "Explain this threat: The registry entry sends clients to a server without TLS", "Accept this risk: draft an exception for cleartext-remote", "Fix all that mcpaudit can fix safely"}; !slices.Equal(titles(got), want) {
		t.Errorf("offered %q, want %q", titles(got), want)
	}
	// What is known of the whole folder may bring the diagnostics of a version once more.
	of := func(version int) publication {
		got := e.published(uri)
		for got.Version == nil || *got.Version < version {
			got = e.published(uri)
		}
		return got
	}
	e.change(uri, 2, "{", 0, 0, 0, 0)
	if got := of(2); len(got.Diagnostics) != 0 {
		t.Errorf("while it is broken: %+v", got)
	}
	e.change(uri, 3, "", 0, 0, 0, 1)
	if got := of(3); len(got.Diagnostics) != 1 {
		t.Errorf("when it is whole again: %+v", got)
	}
	e.open(source.URIOf(filepath.Join(dir, "other.json")), text)
	if got := call[[]action](e, "textDocument/codeAction", inRange(source.URIOf(filepath.Join(dir, "other.json")), 0, 70, 75)); len(got) != 0 || strings.Contains(strings.Join(titles(got), ""), "https") {
		t.Errorf("a file of another name is audited: %q", titles(got))
	}
}
