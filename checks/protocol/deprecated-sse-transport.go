package protocol

// deprecated-sse-transport.go reports servers that clients reach over HTTP+SSE alone.

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// deprecatedSSETransport leaves a server alone that opens the newer transport as well:
// it serves older clients on purpose.
func deprecatedSSETransport(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	var found []rule.Finding
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind == mcp.StreamableHTTP {
			return
		}
		if t.Kind == mcp.SSE {
			found = append(found, rule.Finding{Span: t.Span, Sink: t.Name, Fixes: streamable(p, t)})
		}
	}
	if len(found) == 0 || p.Server().Transports[mcp.StreamableHTTP] {
		return
	}
	once(p, found, "opened here as well")
}

// streamable gives the fix that opens the newer transport in the same call, where the
// call is the same but for its name. Clients have to be told of the new address, so it
// is not to be made unseen.
func streamable(p *rule.Pass, t *mcp.Transport) []rule.Fix {
	c, ok := p.CallAt(t.Span)
	if !ok {
		return nil
	}
	const title = "Open Streamable HTTP instead"
	switch p.File.Lang {
	case source.Python:
		if t.Version != "" && t.SDK == mcp.PythonV1 && !mcp.AtLeast(t.Version, "1.8.0") {
			return nil
		}
		chosen := c.Arg(0)
		if k := c.Keyword("transport"); k != nil {
			chosen = k.X
		}
		if chosen != nil && chosen.Op == program.OpConst && chosen.Str == "sse" {
			return rewrite(p, c.At(chosen), "sse", "streamable-http", title, false)
		}
	case source.Go:
		options := c.Arg(1)
		if c.Value.X.Name == "NewSSEHandler" && len(c.Value.Args) == 2 && options != nil && options.Op == program.OpConst && options.Const == program.ConstNone {
			return rewrite(p, c.At(c.Value.X), "NewSSEHandler", "NewStreamableHTTPHandler", title, false)
		}
	}
	return nil
}
