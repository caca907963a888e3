package transport

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// dnsRebinding reports transports over HTTP that take a request whatever its
// Host header says, where nothing before them asks for the header, for the
// origin or for a credential.
func dnsRebinding(p *rule.Pass) {
	found := unchecked(p)
	if len(found) == 0 {
		return
	}
	for _, b := range bindings(p) {
		if b.Sink == noHost {
			found[0].Related = append(found[0].Related, rule.Step{Path: p.File.Path, Span: b.Span, Text: "no host is given, so the server listens on every network interface"})
		}
	}
	for _, f := range found {
		p.Report(f)
	}
}

// unchecked gives the transports of a file that DNS rebinding reaches.
func unchecked(p *rule.Pass) (found []rule.Finding) {
	if !p.Facts.Part || p.TestFile() {
		return nil
	}
	type cause struct {
		kind mcp.TransportKind
		fn   int
	}
	seen := map[cause]bool{}
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind != mcp.SSE && t.Kind != mcp.StreamableHTTP || !served(p, t) {
			continue
		}
		check, since := t.ChecksHost()
		if check != mcp.HostUnchecked {
			continue
		}
		var gate mcp.Gate
		if !bare(p.File, t) {
			gate = p.Gates().Before(p.File, t.Span, t.Var)
		}
		if gate.Always() != 0 {
			continue
		}
		// One application may open several of a kind: that is one cause.
		c := cause{kind: t.Kind}
		if p.File.Lang == source.Go || p.File.Lang == source.Python {
			c.fn = innermost(p.File, t.Span)
		}
		if seen[c] {
			continue
		}
		seen[c] = true
		f := rule.Finding{Span: t.Span, Sink: opener(t), Confidence: rule.High}
		if since != "" {
			f.Confidence = rule.Medium
			f.Message = "Any web page can reach this server by DNS rebinding: " + f.Sink + " checks no Host header before version " + since + " of its SDK"
		}
		if gate != 0 {
			f.Confidence = rule.Medium
			f.Message = "Any web page can reach this server by DNS rebinding: what stands before " + f.Sink + " checks nothing unless it is configured to"
		}
		found = append(found, f)
	}
	return found
}

// opener names what opens a transport so that a reader finds it.
func opener(t *mcp.Transport) string {
	switch t.SDK {
	case mcp.PythonV1, mcp.PythonFastMCP:
		if strings.HasPrefix(t.Name, "run") {
			return "FastMCP." + t.Name
		}
	case mcp.PythonV2:
		return "MCPServer." + t.Name
	}
	return t.Name
}

// platformExports are the names by which platforms find the handlers of a file,
// which they serve and route to by the Host header.
var platformExports = regexp.MustCompile(`^(default|GET|POST|handler|fetch)$`)

// served reports whether a transport is served by the program itself: nothing in
// the program may listen where a platform calls what the file exports.
func served(p *rule.Pass, t *mcp.Transport) bool {
	if !p.File.Lang.ECMAScript() || p.Gates().Listens(p.File) {
		return true
	}
	if strings.HasPrefix(t.Name, "WebStandard") || strings.HasPrefix(t.Name, "PerRequest") || t.Name == "StreamableHTTPTransport" {
		return false
	}
	for i := range p.File.Exports {
		if platformExports.MatchString(p.File.Exports[i].Name) {
			return false
		}
	}
	return true
}

// bare reports whether a Go transport is served with nothing before it: by its
// own Start, or as the one handler of http.ListenAndServe.
func bare(f *program.File, t *mcp.Transport) bool {
	if f.Lang != source.Go || t.Given["WithStreamableHTTPServer"] || t.Given["WithHTTPServer"] || t.Open {
		return false
	}
	found := false
	for i := range f.Funcs {
		at := f.Funcs[i].Start
		isIt := func(v *program.Value) bool {
			return v != nil && (v.Span.Shift(at) == t.Span || v.Op == program.OpIdent && v.Name == t.Var && t.Var != "" && len(f.Lookup(i, v.Name).Assigns) == 1)
		}
		f.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpField {
				switch v.X.Name {
				case "Start":
					found = found || isIt(v.X.X) && t.SDK == mcp.GoMark3Labs
				case "ListenAndServe", "ListenAndServeTLS":
					found = found || len(v.Args) > 1 && isIt(v.Args[len(v.Args)-1])
				}
			}
			return !found
		})
	}
	return found
}
