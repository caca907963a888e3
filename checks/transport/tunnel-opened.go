package transport

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// tunnels are the calls that make a local address public, by the end of their canonical
// name, and the module that they come from.
var tunnels = map[string]*regexp.Regexp{
	"connect":          regexp.MustCompile(`^(pyngrok\.|@?ngrok\b)`),
	"forward":          regexp.MustCompile(`^(ngrok\.|@ngrok/ngrok\b)`),
	"run_with_ngrok":   regexp.MustCompile(`^flask_ngrok\.`),
	"try_cloudflare":   regexp.MustCompile(`^pycloudflared\.`),
	"localtunnel":      regexp.MustCompile(`^localtunnel$`),
	"startTunnel":      regexp.MustCompile(`^untun\b`),
	"quick":            regexp.MustCompile(`^cloudflared\b`),
	"Listen":           regexp.MustCompile(`^golang\.ngrok\.com/ngrok`),
	"ListenAndForward": regexp.MustCompile(`^golang\.ngrok\.com/ngrok`),
}

var (
	// tunnelCommand is a program that opens a tunnel, with what makes it do so.
	tunnelCommand = regexp.MustCompile(`(?i)^["'` + "`" + `]?(\S*/)?(ngrok["',\s]+(http|tcp|start)\b|cloudflared["',\s]+tunnel\b|localtunnel["',\s]+--port|lt["',\s]+--port)`)
	// askedFor is a switch by which somebody asks for the tunnel.
	askedFor = regexp.MustCompile(`(?i)tunnel|ngrok|public|share|expose|remote|cloudflare`)
	// guardedTunnel is an option by which the tunnel itself asks who is calling.
	guardedTunnel = regexp.MustCompile(`(?i)basic_?auth|oauth|oidc|\bauth\b|verify_?(webhook|upstream)|ip_?restriction|allow_?cidr|traffic_?policy|mutual_?tls`)
)

// tunnelOpened reports tunnels from the internet to the server that its source opens
// without anybody asking for it, where nothing asks who is calling.
func tunnelOpened(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	for name, module := range tunnels {
		for _, c := range p.Calls(name) {
			if module.MatchString(c.Name()) {
				tunnel(p, c)
			}
		}
	}
	for _, c := range p.Calls("run", "Popen", "call", "check_call", "system", "spawn", "exec", "execSync", "spawnSync", "execFile", "Command", "CommandContext") {
		if len(c.Value.Args) == 0 || c.Value.Args[0] == nil {
			continue
		}
		words := c.Text(c.Value)
		words = strings.TrimLeft(words[len(c.Text(c.Value.X)):], "([ctx, ")
		if tunnelCommand.MatchString(words) {
			tunnel(p, c)
		}
	}
}

func tunnel(p *rule.Pass, c rule.Call) {
	fn := &p.File.Funcs[c.Func]
	if guardedTunnel.MatchString(c.Text(c.Value)) || askedFor.MatchString(fn.Name) || underSwitch(p, fn.Body, fn.Start, c.Span(), 0) {
		return
	}
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind != mcp.Stdio && p.Gates().Before(p.File, t.Span, t.Var).Ever()&mcp.AuthGate != 0 {
			return
		}
	}
	p.Report(rule.Finding{Span: c.Span(), Sink: c.Text(c.Value.X)})
}

// maxNesting bounds how deep statements are searched.
const maxNesting = 40

// underSwitch reports whether a call stands in a branch that a switch of that meaning
// leads to.
func underSwitch(p *rule.Pass, list []*program.Stmt, at uint32, call source.Span, depth int) bool {
	if depth > maxNesting {
		return true
	}
	for _, s := range list {
		span := s.Span.Shift(at)
		if !span.Contains(call) {
			continue
		}
		if s.Op == program.StmtIf && s.Value != nil && askedFor.MatchString(p.File.Tree.Text.Slice(s.Value.Span.Shift(at))) {
			return true
		}
		if inner := inside(s, at, call); inner != nil {
			return underSwitch(p, inner, at, call, depth+1)
		}
	}
	return false
}
