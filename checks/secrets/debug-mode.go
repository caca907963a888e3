package secrets

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// frameworks are the calls that take debug, and what it shows to whoever makes a request
// fail.
var frameworks = map[string]string{
	"flask.Flask().run":                "a console that runs Python",
	"quart.Quart().run":                "a console that runs Python",
	"fastapi.FastAPI":                  "the code around the error",
	"fastapi.applications.FastAPI":     "the code around the error",
	"starlette.applications.Starlette": "the code around the error",
	"mcp.server.fastmcp.FastMCP":       "the code around the error",
}

// debugMode reports web frameworks that are told to answer errors with what only a
// developer should see.
func debugMode(p *rule.Pass) {
	if p.TestFile() || !p.Imports("flask", "quart", "fastapi", "starlette", "mcp") {
		return
	}
	for _, c := range p.Calls("run", "FastAPI", "Starlette", "FastMCP") {
		on := c.Keyword("debug")
		shown, known := frameworks[c.Name()]
		if !known || on == nil || !rule.IsTrue(on.X) || c.Value.X.Name == "FastMCP" && !servesHTTP(p.Facts) {
			continue
		}
		p.Report(rule.Finding{
			Span: c.Span(), Sink: c.Text(c.Value.X), Parameter: shown,
			Fixes: []rule.Fix{{Title: "Turn the debug mode off", Edits: []rule.Edit{c.Replace(c.At(on.X), "False")}, Preferred: true}},
		})
	}
}

// servesHTTP reports whether a file opens a transport over the network.
func servesHTTP(f *mcp.Facts) bool {
	for i := range f.Transports {
		if f.Transports[i].Kind != mcp.Stdio {
			return true
		}
	}
	return false
}
