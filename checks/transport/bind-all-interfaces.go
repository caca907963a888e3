package transport

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// bindAllInterfaces reports servers over HTTP whose address, as written in the
// source, is that of every interface. Where the program shows authentication, or
// starts its server over stdio alone, nothing is reported; nor is it in tests.
// Of a server that dns-rebinding reports, an address that is merely left out is
// told there: it is open to more than it should be for one reason.
func bindAllInterfaces(p *rule.Pass) {
	found := bindings(p)
	if len(found) == 0 || authenticates(p.File) {
		return
	}
	implied := len(unchecked(p)) > 0
	for _, f := range found {
		if implied && f.Sink == noHost || p.Gates().Before(p.File, f.Span, "").Ever()&mcp.AuthGate != 0 {
			continue
		}
		p.Report(f)
	}
}

// noHost stands for the address where none is given.
const noHost = "no host given"

// bindings gives the places of a file that bind every interface.
func bindings(p *rule.Pass) []rule.Finding {
	if !p.Facts.Part || stdioOnly(p.Facts) || p.TestFile() {
		return nil
	}
	b := binding{Pass: p, seen: map[source.Span]bool{}}
	for i := range p.File.Funcs {
		b.fn = i
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && (v.Op == program.OpCall || v.Op == program.OpNew || v.Op == program.OpObject) {
				b.visit(v)
			}
			return true
		})
	}
	return b.found
}

func stdioOnly(f *mcp.Facts) bool {
	return len(f.Transports) > 0 && !slices.ContainsFunc(f.Transports, func(t mcp.Transport) bool { return t.Kind != mcp.Stdio })
}

// authentication are names that show that a server asks who is calling.
var authentication = regexp.MustCompile(`(?i)^auth$|auth(enticat|oriz(e|ation)|_?middleware|_?provider|_?server|_?settings)|(require|verify|check|bearer|basic|jwt|mcp)_?\w{0,8}auth|token_?verif|verif\w{0,12}token|oauth`)

func authenticates(f *program.File) bool {
	found := false
	for i := range f.Funcs {
		f.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && !found {
				switch v.Op {
				case program.OpIdent, program.OpField, program.OpKeyword:
					found = authentication.MatchString(v.Name)
				case program.OpCall:
					found = readsAuthorization(v)
				}
			}
			return !found
		})
	}
	return found
}

// readsAuthorization reports whether a call reads the header of that name.
func readsAuthorization(v *program.Value) bool {
	if v.X == nil || v.X.Op != program.OpField || len(v.Args) == 0 || v.Args[0] == nil || v.Args[0].Op != program.OpConst {
		return false
	}
	return slices.Contains([]string{"get", "header", "Get", "GetHeader"}, v.X.Name) && strings.EqualFold(v.Args[0].Str, "authorization")
}

type binding struct {
	*rule.Pass
	fn    int
	seen  map[source.Span]bool
	found []rule.Finding
}

// hostNames are the keywords and properties that name the address to listen on.
var hostNames = []string{"host", "hostname", "bind_address"}

func (b *binding) visit(v *program.Value) {
	switch {
	case b.File.Lang == source.Go:
		b.goServer(v)
	case v.Op == program.OpObject:
	case b.File.Lang == source.Python:
		b.pythonServer(v)
	default:
		b.ecmaServer(v)
	}
}

// pythonHosts are the calls that take the address of a server as a keyword.
var pythonHosts = regexp.MustCompile(`(^|\.)(FastMCP|MCPServer|run|run_async|run_http_async|run_streamable_http_async|run_sse_async|serve|Config|run_app|TCPSite|run_simple)$`)

func (b *binding) pythonServer(v *program.Value) {
	if !pythonHosts.MatchString(b.callee(v.X)) {
		return
	}
	for _, a := range v.Args {
		if a != nil && a.Op == program.OpKeyword && slices.Contains(hostNames, a.Name) {
			b.host(v, a.X)
		}
	}
}

func (b *binding) ecmaServer(v *program.Value) {
	if v.X == nil || v.Op != program.OpCall || v.X.Op != program.OpField && v.X.Op != program.OpIdent {
		return
	}
	switch v.X.Name {
	case "listen":
		b.listen(v)
	case "serve", "start":
		for _, a := range v.Args {
			b.option(v, a, 2)
		}
	}
}

// option looks for a host among the properties of an object, and of the
// objects in it.
func (b *binding) option(call, v *program.Value, depth int) {
	if v == nil || v.Op != program.OpObject || depth == 0 {
		return
	}
	for _, pair := range v.Args {
		switch {
		case pair == nil || pair.Op != program.OpPair:
		case slices.Contains(hostNames, pair.Name):
			b.host(call, pair.X)
		default:
			b.option(call, pair.X, depth-1)
		}
	}
}

// listen judges Node's listen(port, host?, …). Without a host it binds every
// interface; it takes the host as its second argument, if that is no number
// and no callback.
func (b *binding) listen(v *program.Value) {
	if len(v.Args) == 0 || v.Args[0] == nil {
		return
	}
	if port := v.Args[0]; port.Op == program.OpObject {
		b.option(v, port, 1)
		return
	}
	if path, ok := b.File.ConstString(b.fn, v.Args[0]); ok && strings.Contains(path, "/") {
		return // a Unix socket
	}
	if len(v.Args) > 1 && v.Args[1] != nil {
		switch host := v.Args[1]; {
		case host.Op == program.OpConst && host.Const == program.ConstString:
			b.host(v, host)
			return
		case host.Op != program.OpFunc:
			// A host or a callback in a variable: not judged unless its text is known.
			b.host(v, host)
			return
		}
	}
	end := b.abs(v.Args[0].Span).End
	b.report(v, rule.Medium, noHost, rule.Edit{Span: source.Span{Start: end, End: end}, New: `, "127.0.0.1"`})
}

// goListeners are the calls that take an address as an argument, and which.
var goListeners = map[string]int{
	"net/http.ListenAndServe": 0, "net/http.ListenAndServeTLS": 0, "net.Listen": 1,
	"ListenAndServe": 0, "Start": 0, "Run": 0,
}

func (b *binding) goServer(v *program.Value) {
	if v.Op == program.OpObject {
		if name := b.File.Canonical(b.fn, v.X); name == "net/http.Server" {
			for _, pair := range v.Args {
				if pair != nil && pair.Op == program.OpPair && pair.Name == "Addr" {
					b.goAddress(v, pair.X)
				}
			}
		}
		return
	}
	if v.X == nil {
		return
	}
	name := b.File.Canonical(b.fn, v.X)
	at, ok := goListeners[name]
	if !ok && v.X.Op == program.OpField {
		at, ok = goListeners[v.X.Name]
	}
	if ok && at < len(v.Args) {
		b.goAddress(v, v.Args[at])
	}
}

var everyAddress = regexp.MustCompile(`^(0\.0\.0\.0|\[::\])?:\d*$`)

// goAddress judges an address as Go writes it: host:port, where no host is
// every interface. Of an address that is put together its beginning decides.
func (b *binding) goAddress(call, v *program.Value) {
	if v == nil {
		return
	}
	if text, ok := b.File.ConstString(b.fn, v); ok {
		if everyAddress.MatchString(text) {
			b.literal(call, v, text, "127.0.0.1"+text[strings.LastIndex(text, ":"):])
		}
		return
	}
	first := v
	switch {
	case v.Op == program.OpBinary && v.Name == "+" && len(v.Args) > 0:
		for first.Op == program.OpBinary && len(first.Args) > 0 && first.Args[0] != nil {
			first = first.Args[0]
		}
	case v.Op == program.OpCall && b.File.Canonical(b.fn, v.X) == "fmt.Sprintf" && len(v.Args) > 0 && v.Args[0] != nil:
		first = v.Args[0]
	default:
		return
	}
	if text, ok := b.File.ConstString(b.fn, first); ok && (strings.HasPrefix(text, ":") || strings.HasPrefix(text, "0.0.0.0:")) {
		b.report(call, rule.Medium, text+"…")
	}
}

// everyHost are hosts that stand for every interface.
var everyHost = []string{"0.0.0.0", "::", "[::]"}

// host judges a host. One that is read from the environment with a default is
// judged by the default, with less confidence.
func (b *binding) host(call, v *program.Value) {
	if v == nil {
		return
	}
	if text, ok := b.File.ConstString(b.fn, v); ok {
		if slices.Contains(everyHost, text) {
			b.literal(call, v, text, "127.0.0.1")
		}
		return
	}
	var fallback *program.Value
	switch {
	case v.Op == program.OpLogical && len(v.Args) == 2:
		fallback = v.Args[1]
	case v.Op == program.OpCall && len(v.Args) == 2 && strings.HasSuffix(b.callee(v.X), "env") || v.Op == program.OpCall && len(v.Args) == 2 && strings.HasSuffix(b.callee(v.X), "environ.get"):
		fallback = v.Args[1]
	}
	if fallback == nil {
		return
	}
	if text, ok := b.File.ConstString(b.fn, fallback); ok && slices.Contains(everyHost, text) {
		b.report(call, rule.Medium, text)
	}
}

// literal reports an address that is written out; it can be rewritten in place
// if the call itself holds it.
func (b *binding) literal(call, v *program.Value, address, loopback string) {
	if v.Op != program.OpConst {
		b.report(call, rule.High, address)
		return
	}
	quoted := b.File.Tree.Text.Slice(b.abs(v.Span))
	if strings.Count(quoted, address) != 1 {
		b.report(call, rule.High, address)
		return
	}
	b.report(call, rule.High, address, rule.Edit{Span: b.abs(v.Span), New: strings.Replace(quoted, address, loopback, 1)})
}

func (b *binding) report(call *program.Value, c rule.Confidence, address string, edits ...rule.Edit) {
	span := b.abs(call.Span)
	if b.seen[span] {
		return
	}
	b.seen[span] = true
	f := rule.Finding{Span: span, Confidence: c, Sink: address}
	if len(edits) > 0 {
		edits[0].Path = b.File.Path
		// Not preferred: in a container the server would no longer be reached.
		f.Fixes = []rule.Fix{{Title: "Listen on this machine only", Edits: edits}}
	}
	b.found = append(b.found, f)
}

func (b *binding) abs(s source.Span) source.Span { return s.Shift(b.File.Funcs[b.fn].Start) }

func (b *binding) callee(v *program.Value) string {
	if v == nil {
		return ""
	}
	if name := b.File.Canonical(b.fn, v); name != "" {
		return name
	}
	return v.Name
}
