package mcp

// document.go recognises the manifests of a server: the documents that tell a
// registry, a client or an installer what it is and how it is started.

import (
	"path"
	"strings"

	"mcpaudit/internal/source"
)

// ManifestKind says for whom a manifest is.
type ManifestKind uint8

// The kinds of manifest.
const (
	// RegistryEntry is a server.json, as the MCP registry lists servers.
	RegistryEntry ManifestKind = iota + 1
	// Bundle is the manifest.json of an MCPB (once DXT) bundle.
	Bundle
	// NodePackage is the package.json of a package that speaks MCP.
	NodePackage
	// PythonProject is the pyproject.toml of a project that speaks MCP.
	PythonProject
)

// Manifest is a manifest of a server. It is immutable.
type Manifest struct {
	Kind ManifestKind
	Path string
	Root *source.Value
}

// Name gives the name of the manifest's file.
func (m *Manifest) Name() string { return path.Base(strings.ReplaceAll(m.Path, `\`, "/")) }

// ReadManifest gives the manifest that a document is: by its name, and by whether
// what it holds has to do with MCP; nil where it has not, or cannot be read.
func ReadManifest(file string, tree *source.Tree) *Manifest {
	root := tree.Data
	if root == nil || root.Kind != source.Object {
		return nil
	}
	m := &Manifest{Path: file, Root: root}
	switch strings.ToLower(m.Name()) {
	case "server.json":
		if !registryEntry(root) {
			return nil
		}
		m.Kind = RegistryEntry
	case "manifest.json":
		if root.Get("server").Member("type") == nil && root.Get("server").Member("mcp_config") == nil ||
			root.Member("manifest_version") == nil && root.Member("dxt_version") == nil {
			return nil // of a browser extension, a web application, …
		}
		m.Kind = Bundle
	case "package.json":
		if !nodeSpeaks(root) {
			return nil
		}
		m.Kind = NodePackage
	case "pyproject.toml":
		if !pythonSpeaks(root) {
			return nil
		}
		m.Kind = PythonProject
	default:
		return nil
	}
	return m
}

func registryEntry(root *source.Value) bool {
	if strings.Contains(root.Get("$schema").Str(), "modelcontextprotocol") {
		return true
	}
	many := func(key string) bool {
		list := root.Get(key).List()
		return len(list) > 0 && list[0].Kind == source.Object
	}
	return root.Get("name").Str() != "" && (many("packages") || many("remotes"))
}

// Speaks reports whether the name of a package is that of one for MCP.
func Speaks(name string) bool {
	return strings.Contains(name, "mcp") || strings.Contains(name, "modelcontextprotocol")
}

func nodeSpeaks(root *source.Value) bool {
	if Speaks(root.Get("name").Str()) || root.Member("mcpName") != nil {
		return true
	}
	for _, key := range []string{"dependencies", "peerDependencies", "optionalDependencies", "devDependencies"} {
		if list := root.Get(key); list != nil {
			for _, m := range list.Members {
				if Speaks(m.Key) {
					return true
				}
			}
		}
	}
	return false
}

func pythonSpeaks(root *source.Value) bool {
	if Speaks(normalise(root.Get("project", "name").Str())) || Speaks(normalise(root.Get("tool", "poetry", "name").Str())) {
		return true
	}
	if list := root.Get("tool", "poetry", "dependencies"); list != nil {
		for _, m := range list.Members {
			if Speaks(normalise(m.Key)) {
				return true
			}
		}
	}
	speaks := false
	for _, list := range []*source.Value{root.Get("project", "dependencies"), root.Get("project", "optional-dependencies"), root.Get("dependency-groups")} {
		list.Strings(func(v *source.Value) {
			m := requirementName.FindStringSubmatch(v.Text)
			speaks = speaks || m != nil && Speaks(normalise(m[1]))
		})
	}
	return speaks
}
