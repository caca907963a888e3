package mcp_test

import (
	"testing"

	"mcpaudit/internal/mcp"
)

// TestChecksHost holds what transports do by themselves, by version and option.
func TestChecksHost(t *testing.T) {
	for _, test := range []struct {
		sdk                 mcp.SDK
		version, name, text string
		want                mcp.HostCheck
	}{
		{mcp.PythonV1, "1.22.0", "a.py", "from mcp.server.fastmcp import FastMCP\nm = FastMCP('a')\nm.run(transport='sse')\n", mcp.HostUnchecked},
		{mcp.PythonV1, "1.23.0", "a.py", "from mcp.server.fastmcp import FastMCP\nm = FastMCP('a')\nm.run(transport='sse')\n", mcp.HostChecked},
		{mcp.PythonV1, "", "a.py", "from mcp.server.fastmcp import FastMCP\nm = FastMCP('a')\nm.run(transport='sse')\n", mcp.HostUnknown},
		{mcp.PythonV1, "1.23.0", "a.py", "from mcp.server.fastmcp import FastMCP\nm = FastMCP('a', host='0.0.0.0')\nm.run(transport='sse')\n", mcp.HostUnchecked},
		{mcp.PythonV1, "1.23.0", "a.py", "import uvicorn\nfrom mcp.server.fastmcp import FastMCP\nm = FastMCP('a')\nuvicorn.run(m.streamable_http_app(), host='0.0.0.0')\n", mcp.HostChecked},
		{mcp.PythonFastMCP, "2.14.0", "a.py", "from fastmcp import FastMCP\nm = FastMCP('a')\nm.run(transport=chosen, host=host, port=port)\n", mcp.HostUnchecked},
		{mcp.PythonV1, "1.22.0", "a.py", "from mcp.server.fastmcp import FastMCP\nm = FastMCP('a', transport_security=settings)\nm.run(transport='sse')\n", mcp.HostChecked},
		{mcp.PythonV1, "1.23.0", "a.py", "from mcp.server.fastmcp import FastMCP\nfrom mcp.server.transport_security import TransportSecuritySettings\nm = FastMCP('a', transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False))\nm.run(transport='sse')\n", mcp.HostUnchecked},
		{mcp.PythonV1, "1.23.0", "a.py", "from mcp.server.sse import SseServerTransport\ns = SseServerTransport('/m')\n", mcp.HostUnchecked},
		{mcp.PythonV1, "1.23.0", "a.py", "from mcp.server.sse import SseServerTransport\ns = SseServerTransport('/m', security_settings=x)\n", mcp.HostChecked},
		{mcp.PythonFastMCP, "2.14.0", "a.py", "from fastmcp import FastMCP\nm = FastMCP('a')\nm.run(transport='http')\n", mcp.HostUnchecked},
		{mcp.PythonFastMCP, "4.1.0", "a.py", "from fastmcp import FastMCP\nm = FastMCP('a')\nm.run(transport='http', host_origin_protection='auto')\n", mcp.HostChecked},
		{mcp.PythonFastMCP, "4.1.0", "a.py", "from fastmcp import FastMCP\nm = FastMCP('a')\nm.run(transport='http', **options)\n", mcp.HostUnknown},
		{mcp.TypeScriptV1, "1.30.0", "a.ts", "import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';\nnew StreamableHTTPServerTransport({ sessionIdGenerator: undefined });\n", mcp.HostUnchecked},
		{mcp.TypeScriptV1, "1.30.0", "a.ts", "import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';\nnew StreamableHTTPServerTransport({ enableDnsRebindingProtection: true, allowedHosts });\n", mcp.HostChecked},
		{mcp.TypeScriptV1, "1.30.0", "a.ts", "import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';\nnew StreamableHTTPServerTransport({ enableDnsRebindingProtection: false, allowedHosts });\n", mcp.HostUnchecked},
		{mcp.TypeScriptV1, "1.30.0", "a.ts", "import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';\nnew StreamableHTTPServerTransport({ enableDnsRebindingProtection: true });\n", mcp.HostUnchecked},
		{mcp.TypeScriptV1, "1.30.0", "a.ts", "import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';\nnew StreamableHTTPServerTransport({ ...protection() });\n", mcp.HostUnknown},
		{mcp.TSFastMCP, "4.0.0", "a.ts", "import { FastMCP } from 'fastmcp';\nconst s = new FastMCP({ name: 'a' });\ns.start({ transportType: 'httpStream', httpStream: { port: 8080 } });\n", mcp.HostUnchecked},
		{mcp.GoOfficial, "1.3.1", "a.go", "package a\n\nimport \"github.com/modelcontextprotocol/go-sdk/mcp\"\n\nvar h = mcp.NewStreamableHTTPHandler(get, nil)\n", mcp.HostUnchecked},
		{mcp.GoOfficial, "1.4.0", "a.go", "package a\n\nimport \"github.com/modelcontextprotocol/go-sdk/mcp\"\n\nvar h = mcp.NewStreamableHTTPHandler(get, nil)\n", mcp.HostChecked},
		{mcp.GoOfficial, "1.4.0", "a.go", "package a\n\nimport \"github.com/modelcontextprotocol/go-sdk/mcp\"\n\nvar h = mcp.NewSSEHandler(get, nil)\n", mcp.HostUnchecked},
		{mcp.GoOfficial, "1.8.0", "a.go", "package a\n\nimport \"github.com/modelcontextprotocol/go-sdk/mcp\"\n\nvar h = mcp.NewSSEHandler(get, &mcp.SSEOptions{DisableLocalhostProtection: true})\n", mcp.HostUnchecked},
		{mcp.GoMark3Labs, "0.55.1", "a.go", "package a\n\nimport \"github.com/mark3labs/mcp-go/server\"\n\nvar h = server.NewStreamableHTTPServer(s)\n", mcp.HostUnchecked},
		{mcp.GoMark3Labs, "1.0.0", "a.go", "package a\n\nimport \"github.com/mark3labs/mcp-go/server\"\n\nvar h = server.NewStreamableHTTPServer(s)\n", mcp.HostChecked},
		{mcp.GoMark3Labs, "1.0.0", "a.go", "package a\n\nimport \"github.com/mark3labs/mcp-go/server\"\n\nvar h = server.NewSSEServer(s, server.WithSSEDisableLocalhostProtection(true))\n", mcp.HostUnchecked},
	} {
		f := recognise(t, test.name, test.text)
		if len(f.Transports) != 1 || f.Transports[0].SDK != test.sdk {
			t.Errorf("%s\ntransports %+v, want one of %s", test.text, f.Transports, test.sdk)
			continue
		}
		tr := f.Transports[0]
		tr.Version = test.version
		if got, _ := tr.ChecksHost(); got != test.want {
			t.Errorf("%s\nof version %q: %d, want %d", test.text, test.version, got, test.want)
		}
	}
}
