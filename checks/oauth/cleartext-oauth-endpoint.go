package oauth

import (
	"net"
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// endpoints are the names of addresses over which a login's codes and tokens travel.
var endpoints = words(`issuer issuerurl authorizationendpoint tokenendpoint revocationendpoint registrationendpoint introspectionendpoint jwksuri jwksurl
	authorizationurl authorizeurl tokenurl accesstokenurl authurl oauthtokenurl oauthauthorizeurl revocationurl registrationurl redirecturi redirecturl redirecturis
	upstreamauthorizationendpoint upstreamtokenendpoint`)

var cleartext = rule.NewMarkers("http://")

// cleartextEndpoint reports addresses of a login that are reached without encryption
// over a network.
func cleartextEndpoint(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	var found []rule.Finding
	eachGiven(p, cleartext, endpoints, func(g given) {
		values := []*program.Value{g.value}
		if g.value.Op == program.OpList {
			values = g.value.Args
		}
		for _, v := range values {
			if v == nil {
				continue
			}
			for v.Op == program.OpCall && len(v.Args) == 1 && v.Args[0] != nil || v.Op == program.OpNew && len(v.Args) == 1 && v.Args[0] != nil {
				v = v.Args[0] // AnyHttpUrl("http://…"), new URL("http://…")
			}
			if v.Op != program.OpConst || v.Const != program.ConstString || !openNetwork(v.Str) {
				continue
			}
			span := at(p, g.fn, v)
			f := rule.Finding{Span: span, Parameter: g.name, Sink: v.Str}
			if i := strings.Index(p.File.Tree.Text.Slice(span), "http://"); i >= 0 {
				end := source.Span{Start: span.Start + uint32(i), End: span.Start + uint32(i+len("http"))}
				f.Fixes = []rule.Fix{{Title: "Use HTTPS", Edits: []rule.Edit{{Path: p.File.Path, Span: end, New: "https"}}}}
			}
			found = append(found, f)
		}
	})
	if len(found) == 0 || !serves(p) {
		return
	}
	for _, f := range found {
		p.Report(f)
	}
}

var (
	authority = regexp.MustCompile(`^http://([^/?#]+)`)
	// near are hosts of this machine, of a cluster, of a home, and those that stand in for others.
	near = regexp.MustCompile(`(?i)(^|\.)(localhost|local|internal|lan|home|corp|intranet|svc|test|invalid|docker)$|\.svc\.|(^|\.)example\.(com|org|net)$|^your|[<{$%]`)
)

// openNetwork reports whether an address is one of the public network, without
// encryption.
func openNetwork(address string) bool {
	m := authority.FindStringSubmatch(address)
	if m == nil {
		return false
	}
	host := m[1]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); ip != nil {
		return !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsUnspecified() && !ip.IsLinkLocalUnicast()
	}
	return strings.Contains(host, ".") && !near.MatchString(host)
}
