package audit

// manifest.go finds the version of the SDK that a server is written with, in the
// manifest nearest to its file.

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/source"
)

// manifests remembers what the manifests of folders say. It may be shared.
type manifests struct {
	mu      sync.Mutex
	folders map[string]map[string]string // by folder; nil where there is none
	servers map[string]serverFolder
}

// serverFolder is what a folder holds that tells of a server.
type serverFolder struct {
	manifests []*mcp.Manifest
	end       bool // it is the top of a project: what lies above speaks of others
}

func newManifests() *manifests {
	return &manifests{folders: map[string]map[string]string{}, servers: map[string]serverFolder{}}
}

// maxManifest is the size in bytes above which a manifest is not read, and
// maxClimb how many folders above a file are looked at.
const (
	maxManifest = 1 << 20
	maxClimb    = 12
)

// near gives the versions that the manifest nearest to a file names, by package.
func (m *manifests) near(path string) map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir := filepath.Dir(path)
	for range maxClimb {
		versions, known := m.folders[dir]
		if !known {
			versions = readManifests(dir)
			m.folders[dir] = versions
		}
		if versions != nil {
			return versions
		}
		up := filepath.Dir(dir)
		if up == dir {
			break
		}
		dir = up
	}
	return nil
}

// speakMCP reports whether a manifest of the folders above a file names a package
// for MCP. Where none does, the routes of the file are no MCP server's.
func (m *manifests) speakMCP(path string) bool {
	for range maxClimb {
		up := filepath.Dir(path)
		if up == path {
			break
		}
		for name := range m.near(path) {
			if mcp.Speaks(name) {
				return true
			}
		}
		path = up
	}
	return false
}

// readManifests reads the manifests of one folder. One that is a link, too large
// or broken says nothing.
func readManifests(dir string) map[string]string {
	var all map[string]string
	for _, name := range manifestNames {
		file := filepath.Join(dir, name)
		info, err := os.Lstat(file)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxManifest {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		versions, err := mcp.ManifestVersions(name, data)
		if err != nil || versions == nil {
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		for k, v := range versions {
			all[k] = v
		}
	}
	return all
}

// serving gives the manifests of the server that a file belongs to: a server.json and
// the manifest of a bundle, from the folders between the file and the top of its
// project. A bundle that lies below the top tells of what it packs.
func (m *manifests) serving(path string) []*mcp.Manifest {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir := filepath.Dir(path)
	var all []*mcp.Manifest
	for range maxClimb {
		folder, known := m.servers[dir]
		if !known {
			folder = readServerFolder(dir)
			m.servers[dir] = folder
		}
		all = append(all, folder.manifests...)
		up := filepath.Dir(dir)
		if folder.end || up == dir {
			break
		}
		dir = up
	}
	return all
}

// projectFiles are what the top folder of a project holds.
var projectFiles = []string{"package.json", "pyproject.toml", "go.mod", ".git"}

func readServerFolder(dir string) serverFolder {
	var f serverFolder
	for _, name := range []string{"server.json", "manifest.json"} {
		file := filepath.Join(dir, name)
		if data := readManifest(file); data != nil {
			text := source.NewText(strings.TrimPrefix(string(data), "\ufeff"))
			if found := mcp.ReadManifest(file, source.Parse(source.JSON, text, false)); found != nil {
				f.manifests = append(f.manifests, found)
			}
		}
	}
	for _, name := range projectFiles {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			f.end = true
		}
	}
	return f
}

// notServers is why a document is left alone that only has the name of a manifest.
const notServers = "not a manifest of an MCP server"

// unfitManifest says why a document is not audited, or gives nil. One that cannot be
// read is audited where it seems to be a server's: the result says what is wrong.
func unfitManifest(path string, text *source.Text) *Skip {
	if size := int64(text.Len()); size > maxManifest {
		return &Skip{path, tooLarge(size, maxManifest)}
	}
	tree := source.Parse(source.LanguageOf(path), text, false)
	if tree.Fault != nil && mcp.Speaks(text.String()) || mcp.ReadManifest(path, tree) != nil {
		return nil
	}
	return &Skip{path, notServers}
}

// identify gives the facts of a file with the versions of its servers and transports filled in,
// and the revision of the specification that they target: the oldest of theirs. A file
// without a server targets what the SDK of its tools does.
func (m *manifests) identify(path string, facts *mcp.Facts) (with *mcp.Facts, revision string) {
	if !facts.Part && len(facts.Routes) > 0 && !m.speakMCP(path) {
		facts = facts.WithoutRoutes()
	}
	if len(facts.Servers)+len(facts.Transports)+len(facts.Entries) == 0 {
		return facts, ""
	}
	versions := m.near(path)
	speaks := func(sdk mcp.SDK, version string) {
		if r := mcp.Revision(sdk, version); r != "" && (revision == "" || r < revision) {
			revision = r
		}
	}
	if len(facts.Servers) == 0 {
		for _, e := range facts.Entries {
			speaks(e.SDK, versions[e.SDK.Package()])
		}
	}
	known := *facts // the facts of an earlier version may share what is in them
	known.Servers = slices.Clone(facts.Servers)
	for i := range known.Servers {
		s := &known.Servers[i]
		s.Version = versions[s.SDK.Package()]
		speaks(s.SDK, s.Version)
	}
	known.Transports = slices.Clone(facts.Transports)
	for i := range known.Transports {
		t := &known.Transports[i]
		t.Version = versions[t.SDK.Package()]
	}
	return &known, revision
}
