package manifest

import (
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// unsafeAddress reports addresses that a client opens or loads for its user and that
// run a script, name a file of the user, or fetch a picture in the clear.
func unsafeAddress(p *rule.Pass) {
	judge := func(what string, v *source.Value, picture bool) {
		address := strings.ToLower(strings.TrimSpace(v.Str()))
		scheme, _, ok := strings.Cut(address, ":")
		if !ok {
			return
		}
		f := rule.Finding{Parameter: what, Sink: scheme + ":"}
		switch {
		case scheme == "javascript" || scheme == "vbscript" || scheme == "file":
		case scheme == "data" && (!picture || !strings.HasPrefix(address, "data:image/")):
		case scheme == "http" && picture && cleartextHost(address) != "":
			f.Fixes = withTLS(p, v)
		default:
			return
		}
		f.Span = v.Span
		p.Report(f)
	}
	icons := func(doc *source.Value) {
		for _, icon := range doc.Get("icons").List() {
			judge("an icon", icon.Get("src"), true)
		}
	}
	if entry := root(p, mcp.RegistryEntry); entry != nil {
		judge("the website", pick(entry, "websiteUrl", "website_url"), false)
		icons(entry)
	}
	if bundle := root(p, mcp.Bundle); bundle != nil {
		for _, key := range []string{"homepage", "documentation", "support"} {
			judge("the "+key+" page", bundle.Get(key), false)
		}
		judge("the page of the author", bundle.Get("author", "url"), false)
		judge("the icon", bundle.Get("icon"), true)
		icons(bundle)
	}
}
