package manifest

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// unpinnedPackage reports packages of a registry entry that do not say which release
// is meant, or bundles without the hash that they are to have.
func unpinnedPackage(p *rule.Pass) {
	entry := root(p, mcp.RegistryEntry)
	for _, pkg := range entry.Get("packages").List() {
		name := pick(pkg, "identifier", "name")
		version := pkg.Get("version")
		if name.Str() == "" || unfilled(name.Str()) || unfilled(version.Str()) {
			continue
		}
		f := rule.Finding{Span: spanOf(version, name), Parameter: name.Str()}
		switch strings.ToLower(pick(pkg, "registryType", "registry_type", "registry_name").Str()) {
		case "npm", "pypi", "nuget", "cargo":
			if !loose(version.Str()) {
				continue
			}
			f.Sink = "no version"
			if version.Str() != "" {
				f.Sink = "the version " + version.Str()
			}
		case "oci", "docker":
			tag := imageTag(name.Str())
			if tag == "" {
				tag = version.Str()
			}
			if tag != "" && tag != "latest" {
				continue
			}
			f.Sink, f.Span = "no version", name.Span
			if tag != "" {
				f.Sink = "the tag latest"
			}
		case "mcpb":
			if pick(pkg, "fileSha256", "file_sha256").Str() != "" {
				continue
			}
			f.Sink, f.Span = "no fileSha256", name.Span
		default:
			continue
		}
		p.Report(f)
	}
}

// looseVersion is a version that stands for whatever is newest, or for many.
var looseVersion = regexp.MustCompile(`(?i)^$|^(latest|next|beta|main|master|\*|x)$|^[\^~><]|[*|]|\.x$`)

func loose(version string) bool { return looseVersion.MatchString(strings.TrimSpace(version)) }

// imageTag gives the tag of an image, or the digest.
func imageTag(image string) string {
	if _, digest, ok := strings.Cut(image, "@"); ok {
		return digest
	}
	_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return tag
}
