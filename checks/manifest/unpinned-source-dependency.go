package manifest

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// unpinnedSourceDependency reports dependencies that come from the newest state of a
// repository, or in the clear, so that nobody knows what will be installed.
func unpinnedSourceDependency(p *rule.Pass) {
	report := func(name, why string, span source.Span) {
		p.Report(rule.Finding{Span: span, Parameter: name, Sink: why})
	}
	if pkg := root(p, mcp.NodePackage); pkg != nil {
		for _, key := range []string{"dependencies", "optionalDependencies"} {
			for _, m := range members(pkg.Get(key)) {
				if why := movingSource(m.Value.Str()); why != "" {
					report(m.Key, why, m.Value.Span)
				}
			}
		}
	}
	project := root(p, mcp.PythonProject)
	if project == nil {
		return
	}
	for _, v := range project.Get("project", "dependencies").List() {
		name, address, ok := strings.Cut(v.Str(), "@")
		address, _, _ = strings.Cut(strings.TrimSpace(address), " ;")
		if why := movingRequirement(address); ok && why != "" {
			report(strings.TrimSpace(name), why, v.Span)
		}
	}
	needed := map[string]bool{}
	for _, v := range project.Get("project", "dependencies").List() {
		needed[normalised(requirement.FindString(v.Str()))] = true
	}
	tables := func(list []source.Member, always bool) {
		for _, m := range list {
			t := m.Value
			if t.Get("git").Str() == "" || !always && !needed[normalised(m.Key)] {
				continue
			}
			if t.Get("rev").Str() != "" || t.Get("tag").Str() != "" {
				continue
			}
			why := "the newest commit of a repository"
			if b := t.Get("branch").Str(); b != "" {
				why = "the newest commit of the branch " + b
			}
			report(m.Key, why, m.Span)
		}
	}
	tables(members(project.Get("tool", "uv", "sources")), false)
	tables(members(project.Get("tool", "poetry", "dependencies")), true)
}

var requirement = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*`)

func normalised(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
}

// repository is how package.json names one: with its protocol, its host, or as
// user/name, which means GitHub.
var repository = regexp.MustCompile(`^(?:git(?:\+(?:https?|ssh|file))?://|(?:github|gitlab|bitbucket|gist):|https?://(?:www\.)?(?:github|gitlab|bitbucket)\.[a-z]+/[^/]+/[^/#]+(?:\.git)?(?:#|$)|[A-Za-z0-9_-]+/[A-Za-z0-9._-]+(?:#|$))`)

// moving is what a branch is called that goes on.
var moving = regexp.MustCompile(`(?i)^(?:main|master|dev|develop|trunk|head|next)?$`)

// movingSource says what a dependency of package.json leads to if that changes, or
// gives "".
func movingSource(spec string) string {
	if strings.HasPrefix(spec, "http://") && cleartextHost(spec) != "" {
		return "an address without TLS"
	}
	if !repository.MatchString(spec) {
		return ""
	}
	if _, ref, _ := strings.Cut(spec, "#"); moving.MatchString(ref) {
		return "the newest commit of a repository"
	}
	return ""
}

// movingRequirement says the same of an address of a Python requirement.
func movingRequirement(address string) string {
	if strings.HasPrefix(address, "http://") && cleartextHost(address) != "" && !strings.Contains(address, "#sha256=") {
		return "an address without TLS"
	}
	rest, ok := strings.CutPrefix(address, "git+")
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "#")
	_, rest, _ = strings.Cut(rest, "://")
	_, path, _ := strings.Cut(rest, "/")
	if _, ref, _ := strings.Cut(path, "@"); moving.MatchString(ref) {
		return "the newest commit of a repository"
	}
	return ""
}
