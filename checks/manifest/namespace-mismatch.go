package manifest

import (
	"net/url"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// namespaceMismatch reports a registry entry in the name of one account of GitHub
// whose sources are those of another.
func namespaceMismatch(p *rule.Pass) {
	entry := root(p, mcp.RegistryEntry)
	name, repository := entry.Get("name"), entry.Get("repository", "url")
	rest, ok := strings.CutPrefix(strings.ToLower(name.Str()), "io.github.")
	if !ok || repository == nil {
		return
	}
	account, _, ok := strings.Cut(rest, "/")
	owner := githubOwner(repository.Str())
	if !ok || owner == "" || unfilled(account) || unfilled(owner) || strings.EqualFold(account, owner) {
		return
	}
	p.Report(rule.Finding{Span: name.Span, Parameter: account, Sink: owner, Related: []rule.Step{{Path: p.File.Path, Span: repository.Span, Text: "the sources are those of " + owner}}})
}

// githubOwner gives the account that an address of GitHub belongs to, or "".
func githubOwner(address string) string {
	u, err := url.Parse(strings.TrimPrefix(address, "git+"))
	if err != nil || !strings.EqualFold(strings.TrimPrefix(u.Hostname(), "www."), "github.com") {
		return ""
	}
	owner, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return owner
}
