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

// permissiveCORS reports servers that let the scripts of every web page read their
// answers where that gives the page something: the browser's credentials, or a server on
// the user's own machine that asks for none. A star without either is left alone: what
// anybody may fetch, a page may fetch too.
func permissiveCORS(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	c := crossOrigin{Pass: p}
	switch {
	case p.File.Lang == source.Python:
		c.python()
	case p.File.Lang == source.Go:
		c.golang()
	default:
		c.ecma()
	}
	c.reflected()
	if c.star == nil || c.found || !onLoopback(p) || authenticates(p.File) {
		return
	}
	var gate mcp.Gate
	open := false
	for i := range p.Facts.Transports {
		t := &p.Facts.Transports[i]
		if t.Kind == mcp.Stdio {
			continue
		}
		if checksOrigin(p.File, t) {
			return
		}
		open = true
		gate |= p.Gates().Before(p.File, t.Span, t.Var)
	}
	if !open {
		return
	}
	if gate |= p.Gates().Before(p.File, c.star.Span(), ""); gate.Ever()&(mcp.AuthGate|mcp.OriginGate) != 0 {
		return
	}
	sink := c.star.Text(c.star.Value.X)
	p.Report(rule.Finding{
		Span: c.star.Span(), Sink: sink, Confidence: rule.Medium,
		Message: "Any web page can call this server on the user's machine and read the answers: " + sink + " allows every origin, and no credential is asked for",
	})
}

// checksOrigin reports whether a transport asks for the origin of a request by itself, or
// may: the SDKs of Python and Go do along with the Host header.
func checksOrigin(f *program.File, t *mcp.Transport) bool {
	if f.Lang.ECMAScript() {
		return t.Open || t.Given["allowedOrigins"]
	}
	check, _ := t.ChecksHost()
	return check != mcp.HostUnchecked
}

// crossOrigin looks for what a file says of other origins.
type crossOrigin struct {
	*rule.Pass
	found bool
	star  *rule.Call // that allows every origin without credentials; nil if none
}

// credentials reports a call that allows every origin with credentials. on is where it
// says so.
func (x *crossOrigin) credentials(c rule.Call, on *program.Value, off string) {
	x.found = true
	f := rule.Finding{Span: c.Span(), Sink: c.Text(c.Value.X)}
	if on != nil {
		f.Fixes = []rule.Fix{{Title: "Send no credentials across origins", Edits: []rule.Edit{c.Replace(c.At(on), off)}}}
	}
	x.Report(f)
}

func (x *crossOrigin) allowsAll(c rule.Call) {
	if x.star == nil {
		x.star = &c
	}
}

func (x *crossOrigin) python() {
	for _, c := range x.Calls("add_middleware", "Middleware", "CORSMiddleware") {
		if c.Value.X.Name != "CORSMiddleware" {
			if a := c.Arg(0); a == nil || a.Name != "CORSMiddleware" {
				continue
			}
		}
		origins, regex, with := c.Keyword("allow_origins"), c.Keyword("allow_origin_regex"), c.Keyword("allow_credentials")
		all := origins != nil && x.holds(c, origins.X, "*")
		if text, ok := x.keywordText(c, regex); ok && (text == ".*" || text == "https?://.*") {
			all = true
		}
		switch {
		case !all:
		case with != nil && rule.IsTrue(with.X):
			x.credentials(c, with.X, "False")
		case with == nil || with.X.Op == program.OpConst:
			x.allowsAll(c)
		}
	}
	for _, c := range x.Calls("CORS") {
		if c.Name() != "flask_cors.CORS" || c.Spreads() || c.Keyword("resources") != nil {
			continue
		}
		origins, with := c.Keyword("origins"), c.Keyword("supports_credentials")
		if origins != nil && !x.holds(c, origins.X, "*") {
			continue
		}
		if with != nil && rule.IsTrue(with.X) {
			x.credentials(c, with.X, "False")
		} else if with == nil {
			x.allowsAll(c)
		}
	}
}

func (x *crossOrigin) keywordText(c rule.Call, k *program.Value) (string, bool) {
	if k == nil {
		return "", false
	}
	return x.File.ConstString(c.Func, k.X)
}

// holds reports whether a value is a text, or a list with a text, that is one of some.
func (x *crossOrigin) holds(c rule.Call, v *program.Value, texts ...string) bool {
	if v == nil {
		return false
	}
	if v.Op == program.OpList {
		return slices.ContainsFunc(v.Args, func(a *program.Value) bool {
			s, ok := x.File.ConstString(c.Func, a)
			return ok && slices.Contains(texts, s)
		})
	}
	s, ok := x.File.ConstString(c.Func, v)
	return ok && slices.Contains(texts, s)
}

func (x *crossOrigin) ecma() {
	for _, c := range x.Calls("cors", "register", "enableCors") {
		var options *program.Value
		switch {
		case c.Value.X.Name == "cors" && strings.HasSuffix(strings.TrimSuffix(c.Name(), ".default"), "cors") ||
			strings.HasSuffix(c.Name(), "/cors.cors"), c.Value.X.Name == "enableCors":
			options = c.Arg(0)
		case c.Value.X.Name == "register" && c.Arg(0) != nil && strings.HasPrefix(x.File.Canonical(c.Func, c.Arg(0)), "@fastify/cors"):
			options = c.Arg(1)
		default:
			continue
		}
		if options == nil {
			x.allowsAll(c)
			continue
		}
		if options.Op != program.OpObject || rule.Open(options) {
			continue
		}
		origin, with := rule.Pair(options, "origin"), rule.Pair(options, "credentials")
		credentials := with != nil && rule.IsTrue(with.X)
		switch {
		case credentials && origin != nil && (rule.IsTrue(origin.X) || allowsEvery(origin.X)):
			x.credentials(c, with.X, "false")
		case !credentials && (origin == nil || rule.IsTrue(origin.X) || allowsEvery(origin.X) || x.holds(c, origin.X, "*")):
			x.allowsAll(c)
		}
	}
	x.stars("setHeader", "header", "set", "append")
}

// allowsEvery reports whether a function says yes to every origin: it gives back what
// it is given, gives true, or calls back with true, and does nothing else.
func allowsEvery(v *program.Value) bool {
	if v == nil || v.Op != program.OpFunc || len(v.Func.Body) != 1 {
		return false
	}
	s := v.Func.Body[0]
	said := s.Value
	if said == nil || s.Op != program.StmtReturn && s.Op != program.StmtExpr {
		return false
	}
	if said.Op == program.OpCall {
		return len(said.Args) == 2 && rule.IsTrue(said.Args[1])
	}
	return s.Op == program.StmtReturn && (rule.IsTrue(said) ||
		said.Op == program.OpIdent && len(v.Func.Params) > 0 && said.Name == v.Func.Params[0].Name)
}

// corsOptions are the options of Go's libraries.
var corsOptions = []string{
	"github.com/rs/cors.Options", "github.com/go-chi/cors.Options", "github.com/gin-contrib/cors.Config", "github.com/labstack/echo/middleware.CORSConfig",
}

func (x *crossOrigin) golang() {
	for _, c := range x.Calls("New", "Handler", "CORSWithConfig", "AllowAll") {
		if c.Value.X.Name == "AllowAll" {
			if c.Name() == "github.com/rs/cors.AllowAll" || c.Name() == "github.com/go-chi/cors.AllowAll" {
				x.allowsAll(c)
			}
			continue
		}
		options := c.Arg(0)
		if options == nil || options.Op != program.OpObject || options.X == nil || rule.Open(options) ||
			!slices.Contains(corsOptions, x.File.Canonical(c.Func, options.X)) {
			continue
		}
		with := rule.Pair(options, "AllowCredentials")
		credentials := with != nil && rule.IsTrue(with.X)
		every := false // asked for each origin, or matched by a pattern, and so sent back
		for _, name := range []string{"AllowOriginFunc", "AllowOriginRequestFunc", "AllowOriginVaryRequestFunc"} {
			if pair := rule.Pair(options, name); pair != nil {
				every = every || allowsEvery(pair.X)
			}
		}
		star := false
		for _, name := range []string{"AllowedOrigins", "AllowOrigins"} {
			if pair := rule.Pair(options, name); pair != nil {
				every = every || x.holds(c, pair.X, "https://*", "http://*")
				star = star || x.holds(c, pair.X, "*")
			}
		}
		switch {
		case credentials && every:
			x.credentials(c, with.X, "false")
		case !credentials && (every || star):
			x.allowsAll(c)
		}
	}
	x.stars("Set", "Add")
}

// stars looks for the header that is written by hand.
func (x *crossOrigin) stars(setters ...string) {
	for _, c := range x.Calls(setters...) {
		if isHeader(c, "Access-Control-Allow-Origin") && x.holds(c, c.Arg(1), "*") {
			x.allowsAll(c)
		}
	}
}

func isHeader(c rule.Call, name string) bool {
	a := c.Arg(0)
	return a != nil && a.Op == program.OpConst && strings.EqualFold(a.Str, name)
}

// judgesOrigin is in the text of a function that lets some origins in and not others.
var judgesOrigin = regexp.MustCompile(`(?i)(allow|trust|permit|valid|known|safe|white)\w*\(?_?origin|origins|origin\w*\.(startswith|endswith|includes|match|indexof|has)|==|!=|\.test\(|\.has\(|\.includes\(|contains\(|hasprefix\(|hassuffix\(|matchstring\(| in `)

// readsOrigin is a value that is the Origin header of the request.
var readsOrigin = regexp.MustCompile(`(?i)headers?\.origin\b|headers?(\.get\(|\[)\s*["']origin["']|\.(get|header)\(\s*["']origin["']\s*\)`)

// reflected looks for functions that send the caller's own origin back, and allow
// credentials, without a look at it.
func (x *crossOrigin) reflected() {
	seen := map[int]bool{} // functions, each of which is judged once
	for _, c := range x.Calls("setHeader", "header", "set", "append", "Set", "Add") {
		if !isHeader(c, "Access-Control-Allow-Origin") || c.Arg(1) == nil || seen[c.Func] {
			continue
		}
		seen[c.Func] = true
		origin := c.Text(c.Arg(1))
		if a := c.Arg(1); a.Op == program.OpIdent {
			if b := x.File.Lookup(c.Func, a.Name); len(b.Assigns) == 1 && b.Assigns[0].Value != nil && len(b.Assigns[0].Path) == 0 {
				in := c
				in.Func = b.Assigns[0].Func
				origin = in.Text(b.Assigns[0].Value)
			}
		}
		fn := &x.File.Funcs[c.Func]
		if !readsOrigin.MatchString(origin) || c.Func == 0 || judgesOrigin.MatchString(x.File.Tree.Text.Slice(source.Span{Start: fn.Start, End: fn.Start + fn.Len})) {
			continue
		}
		for _, o := range x.Calls(c.Value.X.Name) {
			if o.Func == c.Func && isHeader(o, "Access-Control-Allow-Credentials") && o.Arg(1) != nil && strings.Trim(o.Text(o.Arg(1)), `"'`+"`") == "true" {
				on := o.Arg(1)
				if on.Op != program.OpConst || on.Const != program.ConstString {
					on = nil
				}
				quote := `"`
				if on != nil {
					quote = o.Text(on)[:1]
				}
				x.credentials(c, on, quote+"false"+quote)
				break
			}
		}
	}
}

// loopbackAddress is an address that only this machine reaches.
var loopbackAddress = regexp.MustCompile(`^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])(:\d*)?$`)

// onLoopback reports whether the file starts a server for this machine alone.
func onLoopback(p *rule.Pass) bool {
	for _, c := range p.Calls("listen", "serve", "run", "run_app", "Config", "ListenAndServe", "Start", "Listen") {
		values := make([]*program.Value, 0, len(c.Value.Args))
		for i, a := range c.Value.Args {
			switch {
			case a == nil:
			case a.Op == program.OpKeyword:
				if slices.Contains(hostNames, a.Name) {
					values = append(values, a.X)
				}
			case a.Op == program.OpObject:
				for _, name := range hostNames {
					if pair := rule.Pair(a, name); pair != nil {
						values = append(values, pair.X)
					}
				}
			case i < 2:
				values = append(values, a)
			}
		}
		for _, v := range values {
			if text, ok := p.File.ConstString(c.Func, v); ok && loopbackAddress.MatchString(text) {
				return true
			}
		}
	}
	return false
}
