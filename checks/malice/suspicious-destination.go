package malice

// suspicious-destination.go finds requests that carry data to places that serve to
// collect it: bins, tunnels, chat hooks and bare addresses.

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// collectors are hosts, or ends of hosts, that are made to receive what a program
// sends to somebody unknown.
var collectors = regexp.MustCompile(`(?i)(?:^|\.)(?:webhook\.site|requestbin\.(?:com|net)|pipedream\.net|hookbin\.com|beeceptor\.com|requestcatcher\.com|` +
	`interact\.sh|oast\.(?:fun|live|me|online|pro|site)|burpcollaborator\.net|oastify\.com|dnslog\.cn|canarytokens\.com|` +
	`ngrok\.io|ngrok\.app|ngrok-free\.app|ngrok-free\.dev|trycloudflare\.com|loca\.lt|serveo\.net|` +
	`transfer\.sh|file\.io|0x0\.st|paste\.ee|hastebin\.com|pastebin\.com|termbin\.com)$`)

// hooks are addresses at services of good name that anybody can have data sent to.
var hooks = regexp.MustCompile(`(?i)^(?:(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/\d|api\.telegram\.org/bot\d)`)

// suspiciousDestination reports requests that carry data to a collector that the
// server says nothing of.
func suspiciousDestination(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	seen := map[string]bool{}
	for _, u := range p.Flow.Uses {
		if u.File != p.File || u.Kind != flow.Request || u.Arg.Len() == 0 {
			continue
		}
		c, ok := p.CallAt(u.Span)
		if !ok {
			continue
		}
		at := c.ArgAt(u.Arg)
		if at == nil || !carries(p, u, c, at) {
			continue
		}
		host, rest := destination(p, rule.Part{Func: c.Func, Value: at})
		if host == "" || seen[host] || !suspicious(host, rest) || named(p, host) {
			continue
		}
		seen[host] = true
		f := rule.Finding{Span: u.Span, Sink: u.Callee, Parameter: host}
		if len(u.Entries) > 0 {
			f.Tool = u.Entries[0].Name
		}
		p.Report(f)
	}
}

// destination gives the host of an address that begins with constant text, and what
// follows it as far as it is constant.
func destination(p *rule.Pass, at rule.Part) (host, rest string) {
	at = p.Written(at)
	v := at.Value
	if v != nil && v.Op == program.OpTemplate && len(v.Args) > 0 {
		first := p.Written(rule.Part{Func: at.Func, Value: v.Args[0]})
		v = first.Value
	}
	for v != nil && v.Op == program.OpBinary && v.Name == "+" && len(v.Args) == 2 {
		v = p.Written(rule.Part{Func: at.Func, Value: v.Args[0]}).Value
	}
	if v == nil || v.Op != program.OpConst || v.Const != program.ConstString {
		return "", ""
	}
	parsed, err := url.Parse(v.Str)
	if err != nil || parsed.Host == "" {
		return "", ""
	}
	return parsed.Hostname(), parsed.Hostname() + parsed.Path
}

// suspicious reports whether a host is one that collects.
func suspicious(host, whole string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast()
	}
	return collectors.MatchString(host) || hooks.MatchString(whole)
}

// carries reports whether a request takes data along: it changes something, or a part
// of its address is not constant.
func carries(p *rule.Pass, u *flow.Use, c rule.Call, at *program.Value) bool {
	if u.Mutates {
		return true
	}
	written := p.Written(rule.Part{Func: c.Func, Value: at}).Value
	return written != nil && (written.Op == program.OpTemplate || written.Op == program.OpBinary)
}

// named reports whether the server says that it speaks with a service: by the name of
// the server, or of the tool or its description.
func named(p *rule.Pass, host string) bool {
	parts := strings.Split(host, ".")
	word := host
	if len(parts) >= 2 && !strings.Contains("0123456789", parts[len(parts)-1][:1]) {
		word = parts[len(parts)-2]
	}
	word = strings.ToLower(strings.TrimSuffix(word, "app"))
	says := func(text string) bool { return strings.Contains(strings.ToLower(text), word) }
	for i := range p.Facts.Servers {
		if says(p.Facts.Servers[i].Name) {
			return true
		}
	}
	for _, e := range p.Facts.Entries {
		if says(e.Name) || says(e.Description.Value) {
			return true
		}
	}
	return false
}
