package audit

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/source"
)

const entryWithSecret = `{
  "name": "io.github.acme/notes",
  "packages": [{"registryType": "npm", "identifier": "notes", "version": "1.0.0",
    "environmentVariables": [{"name": "NOTES_TOKEN"}]}]
}
`

// checksOf gives the findings of a result about manifests, by check.
func checksOf(res *FileResult) string {
	var all []string
	for _, f := range res.Findings {
		if f.Class == "manifest" {
			all = append(all, f.Check)
		}
	}
	return strings.Join(all, " ")
}

func TestScanAuditsManifests(t *testing.T) {
	dir := tree(t, map[string]string{
		"a/server.json":       entryWithSecret,
		"b/server.json":       `{"swagger": "2.0"}`,
		"c/manifest.json":     `{"manifest_version": 3, "name": "an extension of a browser"}`,
		"d/package.json":      `{"name": "shop"}`,
		"e/server.json":       `{"name": "io.github.acme/notes-mcp", "packages": [`,
		"f/server.json":       strings.Repeat(" ", maxManifest) + entryWithSecret,
		"g/server.json":       "-> ../a/server.json",
		"h/server.json":       strings.Repeat(`{"mcp":`, 100_000),
		"i/server.json":       "\ufeff" + entryWithSecret,
		"node_modules/x.json": "",
	})
	o := options(t)
	rep, err := Scan(context.Background(), []string{dir}, ScanOptions{Config: o.Config, Catalogue: o.Catalogue})
	if err != nil {
		t.Fatal(err)
	}
	var found, notes, skipped []string
	for _, f := range rep.Findings {
		rel, _ := filepath.Rel(dir, f.Path)
		found = append(found, filepath.ToSlash(rel)+" "+f.Check)
	}
	for _, n := range rep.Notes {
		rel, _ := filepath.Rel(dir, n.Path)
		notes = append(notes, filepath.ToSlash(rel)+" "+n.Text)
	}
	for _, s := range rep.Skipped {
		rel, _ := filepath.Rel(dir, s.Path)
		skipped = append(skipped, filepath.ToSlash(rel)+" "+s.Reason)
	}
	for what, pair := range map[string][2]string{
		"findings": {strings.Join(found, "\n"), "a/server.json environment-secret-not-marked\ni/server.json environment-secret-not-marked"},
		"notes":    {strings.Join(notes, "\n"), "e/server.json line 1: is not valid JSON, so nothing of it was checked\nh/server.json line 1: is not valid JSON, so nothing of it was checked"},
		"skipped":  {strings.Join(skipped, "\n"), "f/server.json too large: 1048752 bytes, the limit is 1048576"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s:\n%s\nwant\n%s", what, pair[0], pair[1])
		}
	}
	if rep.Audited != 4 {
		t.Errorf("%d files audited, want the four that are or may be a server's", rep.Audited)
	}
}

// TestManifestWhileItIsTyped edits a manifest as an editor does, through states in
// which it cannot be read.
func TestManifestWhileItIsTyped(t *testing.T) {
	dir := tree(t, map[string]string{"server.json": "{}", "server.py": "x = 1\n"})
	path := filepath.Join(dir, "server.json")
	w := New(options(t))
	w.SetFolders([]string{dir})
	if !w.Open(path, 1, entryWithSecret) {
		t.Fatal("the manifest is not audited")
	}
	version := int32(1)
	audited := func() *FileResult {
		t.Helper()
		sameAsFresh(t, w, path)
		res, err := w.Snapshot().Audit(context.Background(), path)
		if err != nil || res.Version != version {
			t.Fatalf("version %d, error %v", res.Version, err)
		}
		return res
	}
	insert := func(after, text string) {
		t.Helper()
		version++
		old := w.Snapshot().Text(path)
		at := uint32(strings.Index(old.String(), after) + len(after))
		r := old.Range(source.Span{Start: at, End: at}, source.UTF16)
		if err := w.Change(path, version, []ContentChange{{Range: &r, Text: text}}, source.UTF16); err != nil {
			t.Fatal(err)
		}
	}
	if got := checksOf(audited()); got != "environment-secret-not-marked" {
		t.Errorf("at first: %q", got)
	}
	insert(`"NOTES_TOKEN"`, `, "isSecret"`)
	if res := audited(); checksOf(res) != "" || len(res.Notes) != 1 {
		t.Errorf("while it is broken: %q, notes %v", checksOf(res), res.Notes)
	}
	insert(`"isSecret"`, `: false`)
	if got := checksOf(audited()); got != "environment-secret-not-marked" {
		t.Errorf("when it is whole again: %q", got)
	}
	insert(`"isSecret": `, `true, "x": `)
	if got := checksOf(audited()); got != "" {
		t.Errorf("when it is mended: %q", got)
	}
	w.Close(path)
	if res, err := w.Snapshot().Audit(context.Background(), path); err == nil {
		t.Errorf("what stands on disk is no server's manifest, but was audited: %v", res.Findings)
	}
	if err := os.WriteFile(path, []byte(entryWithSecret), 0o644); err != nil {
		t.Fatal(err)
	}
	w.FileChanged(path)
	all, err := w.Snapshot().AuditAll(context.Background(), nil)
	if err != nil || len(all) != 2 || checksOf(all[0]) != "environment-secret-not-marked" {
		t.Errorf("%d files, error %v", len(all), err)
	}
}

// TestSuppressionInTOML wants the comments of a manifest to count, where it has any.
func TestSuppressionInTOML(t *testing.T) {
	const text = "[project]\nname = 'notes-mcp'\n[tool.uv]\nextra-index-url = [\n  'https://reader:Kq7vTz2mWx9p@packages.acme.io', # mcpaudit: ignore[secret-value-in-manifest] ours\n]\n"
	dir := tree(t, map[string]string{"pyproject.toml": text})
	o := options(t)
	rep, err := Scan(context.Background(), []string{dir}, ScanOptions{Config: o.Config, Catalogue: o.Catalogue})
	if err != nil || len(rep.Findings) != 1 || rep.Findings[0].Suppressed == nil || rep.Findings[0].Suppressed.Reason != "ours" {
		t.Errorf("%v, error %v", rep.Findings, err)
	}
}
