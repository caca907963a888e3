package protocol

// icon-address.go reports the addresses of icons and websites that clients refuse, or
// would do harm by following.

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// What stands in files that are looked at closer.
var (
	iconWords   = rule.NewMarkers("icons")
	goIconWords = rule.NewMarkers("Icons", "WebsiteURL")
)

var (
	unsafeScheme = regexp.MustCompile(`(?i)^\s*(javascript|vbscript|file|ftp|wss?|about|blob):`)
	loopback     = regexp.MustCompile(`(?i)^http://(localhost|127\.0\.0\.1|\[::1\])([:/]|$)`)
	scripted     = regexp.MustCompile(`(?i)<script|<foreignObject|\son[a-z]+\s*=|href\s*=\s*["']?\s*javascript:`)
)

// iconAddress looks at the icons of the server and of what it offers, and at its website.
func iconAddress(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	for _, a := range addresses(p) {
		at := p.Written(a.Part)
		if at.Value == nil || at.Value.Op != program.OpConst || at.Value.Const != program.ConstString {
			continue
		}
		text := at.Value.Str
		f := rule.Finding{Span: p.SpanOf(at), Parameter: a.what}
		switch {
		case unsafeScheme.MatchString(text):
			f.Sink = "an address of the kind " + strings.ToLower(unsafeScheme.FindStringSubmatch(text)[1]) + ": is refused"
		case a.what == "the website":
			continue
		case strings.HasPrefix(text, "http://") && !loopback.MatchString(text):
			f.Sink = "it is fetched without encryption"
			f.Fixes = rewrite(p, f.Span, "http://", "https://", "Fetch it over HTTPS", true)
		case drawnScript(text):
			f.Sink = "the drawing runs a script"
		default:
			continue
		}
		p.Report(f)
	}
}

// address is where an icon or a website is said to be.
type address struct {
	rule.Part
	what string
}

// described are the calls of TypeScript's SDKs that take a description of a server or of
// what it offers.
var described = []string{"McpServer", "Server", "registerTool", "registerResource", "registerPrompt"}

func addresses(p *rule.Pass) []address {
	var all []address
	switch family(p) {
	case source.Python:
		for _, c := range p.Calls("Icon") {
			if !strings.HasPrefix(c.Name(), "mcp.") {
				continue
			}
			v := c.Arg(0)
			if k := c.Keyword("src"); k != nil {
				v = k.X
			}
			all = append(all, address{rule.Part{Func: c.Func, Value: v}, "the icon"})
		}
		for _, c := range p.Calls("FastMCP", "MCPServer", "Server") {
			if k := c.Keyword("website_url"); k != nil {
				all = append(all, address{rule.Part{Func: c.Func, Value: k.X}, "the website"})
			}
		}
		return all
	case source.TypeScript:
		for _, c := range p.Calls(described...) {
			for _, a := range c.Value.Args {
				object := p.Written(rule.Part{Func: c.Func, Value: a})
				if object.Value == nil || object.Value.Op != program.OpObject {
					continue
				}
				for _, pair := range object.Value.Args {
					all = append(all, addressed(p, object.Func, pair)...)
				}
			}
		}
		// Lists of tools that a server writes out by itself.
		if len(p.Calls("setRequestHandler")) == 0 || !iconWords.Held(p) {
			return all
		}
	case source.Go:
		if !goIconWords.Held(p) {
			return nil
		}
	}
	seen := map[*program.Value]bool{}
	for _, a := range all {
		seen[a.Value] = true
	}
	for i := range p.File.Funcs {
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			for _, a := range addressed(p, i, v) {
				if !seen[a.Value] {
					seen[a.Value] = true
					all = append(all, a)
				}
			}
			return true
		})
	}
	return all
}

// addressed gives the addresses in a pair of a description.
func addressed(p *rule.Pass, fn int, pair *program.Value) []address {
	if pair == nil || pair.Op != program.OpPair || pair.X == nil {
		return nil
	}
	switch pair.Name {
	case "websiteUrl", "WebsiteURL":
		return []address{{rule.Part{Func: fn, Value: pair.X}, "the website"}}
	case "icons", "Icons":
	default:
		return nil
	}
	list := p.Written(rule.Part{Func: fn, Value: pair.X})
	if list.Value == nil || list.Value.Op != program.OpList {
		return nil
	}
	var all []address
	for _, icon := range list.Value.Args {
		if icon == nil || icon.Op != program.OpObject {
			continue
		}
		for _, member := range icon.Args {
			if member != nil && member.Op == program.OpPair && (member.Name == "src" || member.Name == "Src" || member.Name == "Source") {
				all = append(all, address{rule.Part{Func: list.Func, Value: member.X}, "the icon"})
			}
		}
	}
	return all
}

// drawnScript reports whether a data address holds a drawing in SVG with a script.
func drawnScript(text string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(text), "data:image/svg+xml")
	if !ok {
		return false
	}
	head, _, _ := strings.Cut(rest, ",")
	_, body, _ := strings.Cut(text, ",")
	if strings.Contains(head, ";base64") {
		decoded, err := base64.StdEncoding.DecodeString(body)
		return err == nil && scripted.Match(decoded)
	}
	if plain, err := url.PathUnescape(body); err == nil {
		body = plain
	}
	return scripted.MatchString(body)
}
