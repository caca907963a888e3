package auth

import (
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// wellKnown stands where the metadata is served by hand.
var wellKnown = rule.NewMarkers("oauth-protected-resource")

// metadataCalls are the calls by which an SDK serves the metadata, or does so by itself.
var metadataCalls = []string{
	"mcpAuthMetadataRouter", "mcpAuthRouter", "ProtectedResourceMetadataHandler", "protectedHandler", "createProtectedResourceMetadataRouter",
	"metadataHandler", "protectedResourceHandler", "withMcpAuth", "AuthSettings", "RemoteAuthProvider", "OAuthProxy", "OAuthProvider",
}

// missingResourceMetadata reports servers that ask for a bearer token by means of an SDK
// and do not say where clients get one.
func missingResourceMetadata(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() || wellKnown.Held(p) {
		return
	}
	for _, c := range p.Calls("requireBearerAuth", "RequireBearerToken", "BearerAuthBackend", "RequireAuthMiddleware") {
		name := c.Name()
		if !strings.Contains(name, "modelcontextprotocol") && !strings.HasPrefix(name, "mcp.server.auth") {
			continue
		}
		if c.Option("resourceMetadataUrl") != nil || strings.Contains(c.Text(c.Value), "ResourceMetadataURL") || strings.Contains(c.Text(c.Value), "resource_metadata_url") {
			return
		}
		s := p.Server()
		for _, call := range metadataCalls {
			if s.Calls[call] {
				return
			}
		}
		if !s.Transports[mcp.StreamableHTTP] && !s.Transports[mcp.SSE] {
			return
		}
		p.Report(rule.Finding{Span: c.Span(), Sink: c.Value.X.Name})
		return
	}
}
