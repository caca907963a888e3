package manifest

import (
	"net"
	"net/url"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// cleartextRemote reports remote servers that clients are told to reach without TLS.
func cleartextRemote(p *rule.Pass) {
	entry := root(p, mcp.RegistryEntry)
	for _, remote := range entry.Get("remotes").List() {
		at := remote.Get("url")
		if host := cleartextHost(at.Str()); host != "" {
			p.Report(rule.Finding{Span: at.Span, Parameter: host, Fixes: withTLS(p, at)})
		}
	}
}

// cleartextHost gives the host of an http address on a public network, or "".
func cleartextHost(address string) string {
	if !strings.HasPrefix(strings.ToLower(address), "http://") {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || unfilled(u.Host) {
		return ""
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if ip := net.ParseIP(host); ip != nil {
		if ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() {
			return ""
		}
		return host
	}
	if !strings.Contains(host, ".") {
		return "" // localhost, the name of a container
	}
	for _, local := range []string{".localhost", ".local", ".internal", ".lan", ".test", ".home.arpa"} {
		if strings.HasSuffix(host, local) {
			return ""
		}
	}
	return host
}

// withTLS gives the fix that writes https, unless the address names a port.
func withTLS(p *rule.Pass, at *source.Value) []rule.Fix {
	raw := p.File.Tree.Text.Slice(at.Span)
	u, err := url.Parse(at.Str())
	if err != nil || u.Port() != "" || !strings.HasPrefix(strings.ToLower(raw), `"http://`) {
		return nil
	}
	end := at.Span.Start + uint32(len(`"http`))
	return []rule.Fix{{Title: "Use https", Edits: []rule.Edit{{Path: p.File.Path, Span: source.Span{Start: end, End: end}, New: "s"}}, Preferred: true}}
}
