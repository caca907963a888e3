package mcp_test

import (
	"testing"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/source"
)

func TestReadManifest(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       mcp.ManifestKind
	}{
		{"server.json", `{"name": "io.github.a/b", "packages": [{"registryType": "npm"}]}`, mcp.RegistryEntry},
		{"server.json", `{"$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"}`, mcp.RegistryEntry},
		{"server.json", `{"name": "http.server", "attributes": [{"a": 1}], "packages": ["a"]}`, 0},
		{"server.json", `["name"]`, 0},
		{"x/manifest.json", `{"dxt_version": "0.1", "server": {"type": "node"}}`, mcp.Bundle},
		{"manifest.json", `{"manifest_version": "0.3", "server": {"mcp_config": {}}}`, mcp.Bundle},
		{"manifest.json", `{"manifest_version": 3, "name": "an extension of a browser", "background": {}}`, 0},
		{"package.json", `{"dependencies": {"@modelcontextprotocol/sdk": "^1.0.0"}}`, mcp.NodePackage},
		{"package.json", `{"name": "weather-mcp"}`, mcp.NodePackage},
		{"package.json", `{"name": "shop", "dependencies": {"express": "^5.0.0"}}`, 0},
		{"pyproject.toml", "[project]\nname = 'notes'\ndependencies = ['mcp[cli]>=1.2']\n", mcp.PythonProject},
		{"pyproject.toml", "[tool.poetry.dependencies]\nFastMCP = '^2'\n", mcp.PythonProject},
		{"pyproject.toml", "[dependency-groups]\ndev = ['mcp', {include-group = 'x'}]\n", mcp.PythonProject},
		{"pyproject.toml", "[project]\nname = 'shop'\ndescription = 'mcp'\n", 0},
		{"pyproject.toml", "[project\n", 0},
	} {
		tree := source.Parse(source.LanguageOf(test.name), source.NewText(test.text), false)
		got := mcp.ReadManifest(test.name, tree)
		switch {
		case got == nil && test.want != 0:
			t.Errorf("%s %s: no manifest, want kind %d", test.name, test.text, test.want)
		case got != nil && got.Kind != test.want:
			t.Errorf("%s %s: kind %d, want %d", test.name, test.text, got.Kind, test.want)
		}
	}
}
