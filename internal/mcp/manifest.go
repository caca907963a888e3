package mcp

// manifest.go reads from a manifest which version of an SDK a server is written
// for.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxManifest is the size, in bytes, above which a manifest is not read.
const maxManifest = 4 << 20

// ManifestVersions gives the lowest version that a manifest allows of each
// package it depends on, by the package's name: package.json, pyproject.toml,
// requirements*.txt and go.mod. A dependency without a version has the empty
// string. Python's names are normalised as PEP 503 says. The name decides the
// format; a name of no known manifest gives nil and no error.
func ManifestVersions(name string, data []byte) (map[string]string, error) {
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	var read func([]byte) (map[string]string, error)
	switch {
	case base == "package.json":
		read = packageJSON
	case base == "pyproject.toml":
		read = pyproject
	case base == "go.mod":
		read = goMod
	case strings.HasPrefix(base, "requirements") && strings.HasSuffix(base, ".txt"):
		read = requirements
	default:
		return nil, nil
	}
	if len(data) > maxManifest {
		return nil, fmt.Errorf("%s: %d bytes are more than the %d a manifest may have", base, len(data), maxManifest)
	}
	versions, err := read(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", base, err)
	}
	return versions, nil
}

// number is the first version within a range such as ^1.2.3 or >=1.2,<2.
var number = regexp.MustCompile(`\d+(?:\.\d+)*(?:[-+.]?[0-9A-Za-z]+)*`)

func packageJSON(data []byte) (map[string]string, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for _, key := range []string{"peerDependencies", "optionalDependencies", "devDependencies", "dependencies"} {
		var list map[string]any
		if json.Unmarshal(m[key], &list) != nil {
			continue
		}
		for name, v := range list {
			spec, _ := v.(string)
			if at := strings.LastIndexByte(spec, '@'); strings.HasPrefix(spec, "npm:") && at > len("npm:") {
				name, spec = spec[len("npm:"):at], spec[at+1:]
			}
			if strings.ContainsAny(spec, "/:") && !strings.HasPrefix(spec, "workspace:") {
				spec = "" // a path, a repository
			}
			versions[name] = lowest(spec)
		}
	}
	return versions, nil
}

// lowest gives the first version that a range names, unless it is an upper bound.
func lowest(spec string) string {
	for _, part := range strings.FieldsFunc(spec, func(r rune) bool { return r == ',' || r == '|' || r == ' ' }) {
		if strings.HasPrefix(part, "<") || strings.HasPrefix(part, "!") {
			continue
		}
		if v := number.FindString(part); v != "" {
			return v
		}
	}
	return ""
}

func pyproject(data []byte) (map[string]string, error) {
	var m map[string]any
	if err := toml.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	versions := map[string]string{}
	list := func(v any) {
		items, _ := v.([]any)
		for _, item := range items {
			if s, ok := item.(string); ok {
				requirement(s, versions)
			}
		}
	}
	groups := func(v any) {
		table, _ := v.(map[string]any)
		for _, g := range table {
			list(g)
		}
	}
	project, _ := m["project"].(map[string]any)
	groups(m["dependency-groups"])
	groups(project["optional-dependencies"])
	list(project["dependencies"])
	tool, _ := m["tool"].(map[string]any)
	poetry, _ := tool["poetry"].(map[string]any)
	deps, _ := poetry["dependencies"].(map[string]any)
	for name, v := range deps {
		if table, ok := v.(map[string]any); ok {
			v = table["version"]
		}
		spec, _ := v.(string)
		versions[normalise(name)] = lowest(spec)
	}
	return versions, nil
}

func requirements(data []byte) (map[string]string, error) {
	versions := map[string]string{}
	for line := range strings.Lines(string(data)) {
		requirement(strings.TrimSpace(line), versions)
	}
	return versions, nil
}

// requirementName is the name and the extras that a PEP 508 requirement begins with.
var requirementName = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$`)

// requirement reads a line such as mcp[cli]>=1.2,<2; python_version > "3.9".
func requirement(s string, versions map[string]string) {
	s, _, _ = strings.Cut(s, "#")
	s, _, _ = strings.Cut(s, ";")
	m := requirementName.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return
	}
	spec := strings.Trim(m[2], " ()")
	if strings.HasPrefix(spec, "@") {
		spec = "" // a URL
	}
	versions[normalise(m[1])] = lowest(spec)
}

var separators = regexp.MustCompile(`[-_.]+`)

func normalise(name string) string { return strings.ToLower(separators.ReplaceAllString(name, "-")) }

func goMod(data []byte) (map[string]string, error) {
	versions := map[string]string{}
	block := ""
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "//")
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
			continue
		case block != "":
			if f[0] == ")" {
				block = ""
				continue
			}
			f = append([]string{block}, f...)
		case len(f) == 2 && f[1] == "(":
			block = f[0]
			continue
		}
		if f[0] == "require" && len(f) == 3 {
			versions[strings.Trim(f[1], `"`)] = strings.TrimPrefix(f[2], "v")
		}
	}
	return versions, nil
}
