package malice

// hidden-channel.go finds data that leaves in a place where nobody looks for it: in
// the names that are asked of the DNS, or in characters without width.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// lookups ask for the address of a name.
var lookups = map[string]bool{
	"socket.gethostbyname": true, "socket.getaddrinfo": true, "socket.gethostbyname_ex": true, "dns.resolver.resolve": true, "dns.resolver.query": true,
	"dns.lookup": true, "dns.resolve": true, "dns.resolve4": true, "dns.resolveTxt": true, "dns/promises.lookup": true,
	"dns/promises.resolve": true, "dns/promises.resolve4": true, "dns/promises.resolveTxt": true,
	"net.LookupHost": true, "net.LookupIP": true, "net.LookupTXT": true, "net.LookupAddr": true,
}

var lookupNames = []string{
	"gethostbyname", "getaddrinfo", "gethostbyname_ex", "resolve", "query", "lookup", "resolve4", "resolveTxt", "LookupHost", "LookupIP", "LookupTXT", "LookupAddr",
}

// widthless stand where a character without width is written out.
var widthless = rule.NewMarkers("200b", "200B", "\u200b", "200c", "200C", "\u200c")

// hiddenChannel reports names that are asked of the DNS and have encoded data in them,
// and texts that are written in characters without width.
func hiddenChannel(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls(lookupNames...) {
		if name := c.Arg(0); name != nil && lookups[c.Name()] && carriesData(p, rule.Part{Func: c.Func, Value: name}) {
			p.Report(rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Sink: c.Name(), Parameter: "encoded data"})
		}
	}
	if !widthless.Held(p) {
		return
	}
	for _, c := range p.Calls("replace", "replaceAll", "join", "NewReplacer", "translate", "ReplaceAll") {
		if writesInvisibly(c) {
			p.Report(rule.Finding{Span: c.Span(), Tool: toolOf(p, c.Func), Sink: c.Value.X.Name, Parameter: "a text", Message: invisibleMessage(p, c)})
		}
	}
}

func invisibleMessage(p *rule.Pass, c rule.Call) string {
	who := toolOf(p, c.Func)
	if who == "" {
		who = "This server"
	}
	return who + " writes data in characters without width, which nobody sees"
}

// carriesData reports whether a host name is put together of a fixed domain and
// encoded data.
func carriesData(p *rule.Pass, at rule.Part) bool {
	domain, data := false, false
	within(p, at, func(part rule.Part) bool {
		v := part.Value
		switch {
		case v.Op == program.OpFunc:
			return false
		case v.Op == program.OpConst && v.Const == program.ConstString:
			domain = domain || strings.Count(v.Str, ".") >= 1 && strings.HasPrefix(v.Str, ".")
		case v.Op == program.OpCall && v.X != nil:
			data = data || encoder(p, part)
		}
		return true
	})
	return domain && data
}

// encoders write data in letters and digits.
var encoders = map[string]bool{
	"base64.b64encode": true, "base64.b32encode": true, "base64.b16encode": true, "base64.urlsafe_b64encode": true, "binascii.hexlify": true,
	"btoa": true, "encoding/hex.EncodeToString": true, "encoding/base64.StdEncoding.EncodeToString": true,
	"encoding/base64.URLEncoding.EncodeToString": true, "encoding/base32.StdEncoding.EncodeToString": true,
	"encoding/base64.RawURLEncoding.EncodeToString": true,
}

func encoder(p *rule.Pass, at rule.Part) bool {
	v := at.Value
	if encoders[p.File.Canonical(at.Func, v.X)] {
		return true
	}
	if v.X.Op != program.OpField {
		return false
	}
	switch v.X.Name {
	case "hex": // bytes.hex() in Python
		return len(v.Args) == 0
	case "toString": // Buffer.from(x).toString("hex")
		return len(v.Args) == 1 && v.Args[0] != nil && (v.Args[0].Str == "hex" || strings.HasPrefix(v.Args[0].Str, "base64") || v.Args[0].Str == "base32")
	}
	return false
}

// writesInvisibly reports whether a call writes the digits 0 and 1 as two characters
// without width.
func writesInvisibly(c rule.Call) bool {
	hidden := map[rune]bool{}
	digits := map[string]bool{}
	look := func(v *program.Value) {
		within(c.Pass, rule.Part{Func: c.Func, Value: v}, func(part rule.Part) bool {
			if part.Value.Op == program.OpConst && part.Value.Const != program.ConstBool {
				if text := part.Value.Str; text == "0" || text == "1" {
					digits[text] = true
				} else if r := []rune(text); len(r) == 1 && strings.ContainsRune("\u200b\u200c\u200d\u2060\ufeff", r[0]) {
					hidden[r[0]] = true
				}
			}
			return true
		})
	}
	look(c.Value.X)
	for _, a := range c.Value.Args {
		look(a)
	}
	return len(hidden) >= 2 && len(digits) > 0
}
