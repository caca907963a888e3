// Package manifest holds the matchers of checks on what a server tells registries,
// clients and installers of itself: server.json, the manifest of a bundle,
// package.json and pyproject.toml.
package manifest

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = bounded(map[string]rule.Matcher{
	"broad-permission":              broadPermission,
	"bundle-secret-not-sensitive":   bundleSecretNotSensitive,
	"cleartext-remote":              cleartextRemote,
	"environment-secret-not-marked": environmentSecretNotMarked,
	"install-script":                installScript,
	"namespace-mismatch":            namespaceMismatch,
	"secret-value-in-manifest":      secretValueInManifest,
	"setting-in-shell-command":      settingInShellCommand,
	"undeclared-environment":        undeclaredEnvironment,
	"undeclared-tool":               undeclaredTool,
	"unpinned-launcher":             unpinnedLauncher,
	"unpinned-package":              unpinnedPackage,
	"unpinned-source-dependency":    unpinnedSourceDependency,
	"unsafe-address":                unsafeAddress,
})

// maxFindings is how many findings a check makes of one manifest. Who reads that many
// will look for the rest, and a stranger's manifest cannot drown all others.
const maxFindings = 50

func bounded(all map[string]rule.Matcher) map[string]rule.Matcher {
	for name, m := range all {
		all[name] = func(p *rule.Pass) {
			n := 0
			own := *p
			own.Report = func(f rule.Finding) {
				if n++; n <= maxFindings {
					p.Report(f)
				}
			}
			m(&own)
		}
	}
	return all
}

// root gives what a manifest of one of the kinds holds, nil for any other file.
func root(p *rule.Pass, kinds ...mcp.ManifestKind) *source.Value {
	m := p.Facts.Manifest
	if m == nil || !slices.Contains(kinds, m.Kind) || p.TestFile() {
		return nil
	}
	return m.Root
}

// pick gives the first of several keys that is there: a key of server.json was
// written with underscores before September 2025.
func pick(v *source.Value, keys ...string) *source.Value {
	for _, key := range keys {
		if found := v.Get(key); found != nil {
			return found
		}
	}
	return nil
}

// members gives those of an object.
func members(v *source.Value) []source.Member {
	if v == nil {
		return nil
	}
	return v.Members
}

// input is a value that a registry entry asks of the user or passes to the server.
type input struct {
	object *source.Value
	what   string // environment variable, header, argument
	name   string
	span   source.Span // of the name
}

// inputs gives those of all packages and remotes of a registry entry, and last the
// variables within each.
func inputs(entry *source.Value) []input {
	var all []input
	named := func(what string, list *source.Value) {
		for _, o := range list.List() {
			i := input{object: o, what: what, name: o.Get("name").Str(), span: o.Span}
			if name := o.Get("name"); name != nil {
				i.span = name.Span
			}
			all = append(all, i)
			value := pick(o, "value", "default").Str()
			for _, m := range members(o.Get("variables")) {
				v := input{object: m.Value, what: what, name: m.Key, span: m.Span}
				if before, _, ok := strings.Cut(value, "={"+m.Key+"}"); ok && environmentName.MatchString(before) {
					v.name = before
				}
				all = append(all, v)
			}
		}
	}
	for _, pkg := range entry.Get("packages").List() {
		named("environment variable", pick(pkg, "environmentVariables", "environment_variables"))
		named("argument", pick(pkg, "runtimeArguments", "runtime_arguments"))
		named("argument", pick(pkg, "packageArguments", "package_arguments"))
		named("header", pkg.Get("transport", "headers"))
	}
	for _, remote := range entry.Get("remotes").List() {
		named("header", remote.Get("headers"))
	}
	return all
}

var environmentName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// withMember gives the edit that puts a member at the end of an object, laid out as
// the member before it.
func withMember(p *rule.Pass, object *source.Value, member string) []rule.Edit {
	if object.Kind != source.Object || len(object.Members) == 0 {
		return nil
	}
	text := p.File.Tree.Text
	last := object.Members[len(object.Members)-1]
	line := text.LineAt(last.Span.Start)
	before := ", "
	if start := text.LineStart(line); strings.TrimSpace(text.Slice(source.Span{Start: start, End: last.Span.Start})) == "" {
		before = ",\n" + text.Slice(source.Span{Start: start, End: last.Span.Start})
		if start > 1 && text.String()[start-2] == '\r' {
			before = ",\r" + before[1:]
		}
	}
	at := last.Value.Span.End
	return []rule.Edit{{Path: p.File.Path, Span: source.Span{Start: at, End: at}, New: before + member}}
}

// marked gives the fix that sets a member of an object to true.
func marked(p *rule.Pass, object *source.Value, key, title string) []rule.Fix {
	edits := withMember(p, object, `"`+key+`": true`)
	if m := object.Member(key); m != nil {
		edits = []rule.Edit{{Path: p.File.Path, Span: m.Value.Span, New: "true"}}
	}
	if edits == nil {
		return nil
	}
	return []rule.Fix{{Title: title, Edits: edits, Preferred: true}}
}

// unfilled reports whether a text is a template that a release fills in.
func unfilled(s string) bool { return strings.ContainsAny(s, "${}<>%") }
