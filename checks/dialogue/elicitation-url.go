package dialogue

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// elicitationURLSensitive reports pages for the user whose address carries something
// that opens doors for whoever reads it.
func elicitationURLSensitive(p *rule.Pass) {
	for _, a := range asks(p, link) {
		if a.url.Value == nil {
			continue
		}
		if name := sensitiveQuery(spelled(p, a.url, maxDepth)); name != "" {
			p.Report(rule.Finding{Span: p.SpanOf(a.url), Tool: tool(p, a.call.Func), Parameter: name, Sink: a.call.Value.X.Name})
		}
	}
}

var (
	// queryPair is a parameter of a URL with its value.
	queryPair = regexp.MustCompile(`(?:^|[?&#])([\w.-]+)=(\{[^}]*\}+|[^&#]*)`)
	// opening are the names of parameters that give access by themselves.
	opening = regexp.MustCompile(`^(?:(?:access|id|refresh|auth|bearer|login|session) )?token$|^(?:jwt|api ?key|secret|client secret|password|passwd|pwd|sig|signature|x amz signature|x goog signature|auth|authorization)$`)
	// sessions are parameters whose value may be the session of the protocol.
	sessions = regexp.MustCompile(`^(?:mcp )?session(?: ?id)?$|^sid$`)
	// sessionValue is a value that names the session of the protocol.
	sessionValue = regexp.MustCompile(`(?i)(?:ctx|context|extra|transport|req(?:uest)?|mcp)[\w.()\[\]"']*\.?session_?id|^\{session_?id\}$`)
	// marker values stand for the request, not for a right.
	markerValue = regexp.MustCompile(`(?i)elicit|nonce|state|csrf|request_?id|flow|one_?time|placeholder`)
)

// sensitiveQuery gives the name of the first parameter of a URL that gives access.
func sensitiveQuery(address string) string {
	_, query, ok := strings.Cut(address, "?")
	if !ok {
		return ""
	}
	for _, m := range queryPair.FindAllStringSubmatch("?"+query, 16) {
		name, value := inWords(m[1]), m[2]
		if value == "" || markerValue.MatchString(value) {
			continue
		}
		if opening.MatchString(name) || sessions.MatchString(name) && sessionValue.MatchString(value) {
			return m[1]
		}
	}
	return ""
}

// cleartextElicitationURL reports pages for the user that are opened without TLS,
// other than those of this very machine.
func cleartextElicitationURL(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, a := range asks(p, link) {
		if a.url.Value == nil {
			continue
		}
		address := spelled(p, a.url, maxDepth)
		if !remoteCleartext(address) {
			continue
		}
		span := p.SpanOf(a.url)
		f := rule.Finding{Span: span, Tool: tool(p, a.call.Func), Sink: a.call.Value.X.Name}
		if at := strings.Index(p.File.Tree.Text.Slice(span), "http://"); at >= 0 {
			start := span.Start + uint32(at)
			f.Fixes = []rule.Fix{{
				Title:     "Open the page over https",
				Edits:     []rule.Edit{{Path: p.File.Path, Span: source.Span{Start: start, End: start + uint32(len("http"))}, New: "https"}},
				Preferred: true,
			}}
		}
		if !seen[span] {
			seen[span] = true
			p.Report(f)
		}
	}
}

// remoteCleartext reports whether a text is an http address of another machine.
func remoteCleartext(address string) bool {
	rest, ok := strings.CutPrefix(address, "http://")
	if !ok || rest == "" || rest[0] == '{' {
		return false
	}
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	if strings.ContainsAny(host, "{}") && !strings.Contains(host, ":{") {
		return false
	}
	host, _, _ = strings.Cut(host, ":{")
	u, err := url.Parse("http://" + host)
	if err != nil {
		return false
	}
	name := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(name); ip != nil {
		return !ip.IsLoopback() && !ip.IsUnspecified()
	}
	return name != "localhost" && !strings.HasSuffix(name, ".localhost") && name != "host.docker.internal" && strings.Contains(name, ".")
}
