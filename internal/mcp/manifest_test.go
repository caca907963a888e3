package mcp_test

import (
	"maps"
	"strings"
	"testing"

	"mcpaudit/internal/mcp"
)

func TestManifestVersions(t *testing.T) {
	for _, c := range []struct {
		name, data string
		want       map[string]string
	}{
		{"package.json", `{"dependencies": {"@modelcontextprotocol/sdk": "^1.25.1", "x": "latest", "local": "file:../x", "alias": "npm:zod@4.0.1"},
			"devDependencies": {"@modelcontextprotocol/sdk": "1.0.0", "fastmcp": ">=3.2 <4"}, "peerDependencies": 7}`,
			map[string]string{"@modelcontextprotocol/sdk": "1.25.1", "x": "", "local": "", "zod": "4.0.1", "fastmcp": "3.2"}},
		{"a/b/pyproject.toml", "[project]\ndependencies = ['mcp[cli]>=1.2.0,<2', 'FastMCP ~= 2.11; python_version>\"3.9\"', 'x @ https://a/b-1.0.whl', 'y<3']\n" +
			"[dependency-groups]\ndev = ['ruff==0.1.0', {include-group = 'test'}]\n[tool.poetry.dependencies]\npoet_ry = {version = '^3.1'}\n",
			map[string]string{"mcp": "1.2.0", "fastmcp": "2.11", "x": "", "y": "", "ruff": "0.1.0", "poet-ry": "3.1"}},
		{"requirements-dev.txt", "# comment\nmcp==1.23.0  # pinned\n-r other.txt\nhttpx\n", map[string]string{"mcp": "1.23.0", "httpx": ""}},
		{`C:\x\go.mod`, "module m\n\ngo 1.26\n\nrequire github.com/mark3labs/mcp-go v0.32.0\nrequire (\n\tgithub.com/modelcontextprotocol/go-sdk v1.4.0 // indirect\n)\nreplace a => b v1.0.0\n",
			map[string]string{"github.com/mark3labs/mcp-go": "0.32.0", "github.com/modelcontextprotocol/go-sdk": "1.4.0"}},
		{"Cargo.toml", "[dependencies]\nx = '1'", nil},
		{"\ufeffpackage.json", "{}", nil},
		{"package.json", "\ufeff{}", map[string]string{}},
	} {
		got, err := mcp.ManifestVersions(c.name, []byte(c.data))
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	for _, c := range []struct{ name, data, err string }{
		{"package.json", "[]", "package.json: "},
		{"pyproject.toml", "= 1", "pyproject.toml: "},
		{"package.json", strings.Repeat(" ", 5<<20), "more than"},
	} {
		if _, err := mcp.ManifestVersions(c.name, []byte(c.data)); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.err)
		}
	}
}

// TestPackages checks that each SDK's package is one that a manifest can name.
func TestPackages(t *testing.T) {
	for _, s := range []mcp.SDK{mcp.PythonV1, mcp.PythonV2, mcp.PythonFastMCP, mcp.TypeScriptV1, mcp.TypeScriptV2, mcp.TSFastMCP,
		mcp.TSFramework, mcp.TSHandler, mcp.GoOfficial, mcp.GoMark3Labs, mcp.GoMetoro} {
		if s.Package() == "" {
			t.Errorf("%s has no package", s)
		}
	}
}

func FuzzManifestVersions(f *testing.F) {
	f.Add("package.json", []byte(`{"dependencies":{"a":"^1"}}`))
	f.Add("pyproject.toml", []byte("[project]\ndependencies=['a>1']"))
	f.Add("go.mod", []byte("require (\na v1\n)"))
	f.Add("requirements.txt", []byte("a[b]>=1"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		versions, err := mcp.ManifestVersions(name, data)
		if err != nil && versions != nil {
			t.Errorf("both versions and an error: %v, %v", versions, err)
		}
	})
}
