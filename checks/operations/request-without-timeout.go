package operations

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// requestWithoutTimeout reports requests of a server to others that may wait for ever.
// Where a library has a bound of its own, only its removal is reported.
func requestWithoutTimeout(p *rule.Pass) {
	if !shipped(p) {
		return
	}
	h := habit{pass: p}
	var imports []rule.Edit
	switch {
	case p.File.Lang == source.Python:
		pythonRequests(&h)
	case p.File.Lang == source.Go:
		if goRequests(&h) {
			imports = rule.ImportModule(p.File, "time")
		}
	default:
		fetches(&h)
		axiosRequests(&h)
	}
	h.report("this request has no time limit either", "Wait 30 seconds at most", false, imports...)
}

// verbs are the methods that send a request, in Python's libraries and in axios.
var verbs = []string{"get", "post", "put", "patch", "delete", "head", "options", "request"}

func pythonRequests(h *habit) {
	p := h.pass
	if p.Imports("requests") {
		adapted := len(p.Calls("mount")) > 0 // an adapter may know a limit
		for _, c := range p.Calls(verbs...) {
			name := c.Name()
			session := strings.HasPrefix(name, "requests.Session().") || strings.HasPrefix(name, "requests.session().")
			if !session && name != "requests."+c.Value.X.Name || session && adapted {
				continue
			}
			unlimited(h, c)
		}
	}
	if p.Imports("urllib") && len(p.Calls("setdefaulttimeout")) == 0 {
		for _, c := range p.Calls("urlopen") {
			if c.Name() == "urllib.request.urlopen" && c.Arg(2) == nil {
				unlimited(h, c)
			}
		}
	}
	if p.Imports("httpx") && len(p.Calls("stream", "aiter_lines", "aiter_text", "aiter_bytes", "iter_lines", "connect_sse", "aconnect_sse")) == 0 {
		for _, c := range p.Calls(append(verbs, "Client", "AsyncClient")...) {
			if strings.TrimPrefix(c.Name(), "httpx.") == c.Value.X.Name {
				removed(h, c, "timeout")
			}
		}
	}
	if p.Imports("aiohttp") {
		for _, c := range p.Calls("ClientTimeout") {
			if c.Name() == "aiohttp.ClientTimeout" && c.Keyword("sock_read") == nil {
				removed(h, c, "total")
			}
		}
	}
}

// unlimited takes a call that waits for ever unless it is told for how long.
func unlimited(h *habit, c rule.Call) {
	switch {
	case c.Spreads():
	case c.Keyword("timeout") == nil:
		h.add(c, c.Text(c.Value.X), c.With("timeout=30"))
	default:
		removed(h, c, "timeout")
	}
}

// removed takes a call that is told to wait for ever.
func removed(h *habit, c rule.Call, keyword string) {
	if k := c.Keyword(keyword); k != nil && isNone(k.X) {
		h.add(c, c.Text(c.Value.X), c.Replace(c.At(k.X), "30"))
	}
}

// goRequests takes the requests that know neither a limit nor a context. It reports
// whether a rewrite needs the package time.
func goRequests(h *habit) bool {
	p := h.pass
	if !p.Imports("net/http") {
		return false
	}
	inContext := len(p.Calls("NewRequestWithContext", "WithContext")) > 0
	const limit = "Timeout: 30 * time.Second"
	made := map[rule.Edit]bool{} // one client may send many requests
	for _, c := range p.Calls("Get", "Head", "Post", "PostForm", "Do") {
		method := c.Value.X.Name
		if method == "Do" && inContext || c.Value.X.Op != program.OpField {
			continue
		}
		switch name := c.Name(); name {
		case "net/http." + method, "net/http.DefaultClient." + method:
			callee, pkg := c.Value.X, c.Value.X.X
			if name != "net/http."+method {
				if pkg.Op != program.OpField {
					continue // a variable that holds the default client
				}
				pkg = pkg.X
			}
			h.add(c, c.Text(callee), c.Replace(c.At(callee), "(&"+c.Text(pkg)+".Client{"+limit+"})."+method))
		default:
			if literal, in, ok := clientLiteral(c); ok {
				edit := in.WithPair(literal, limit)
				if made[edit] {
					h.add(c, c.Text(c.Value.X))
				} else {
					h.add(c, c.Text(c.Value.X), edit)
				}
				made[edit] = true
			}
		}
	}
	for _, o := range h.places {
		if len(o.edits) > 0 {
			return true
		}
	}
	return false
}

// clientLiteral gives the http.Client, written out without a limit and without a
// transport of its own, that a method is called on. in is a call in whose function the
// literal stands.
func clientLiteral(c rule.Call) (literal *program.Value, in rule.Call, ok bool) {
	v, in := c.Value.X.X, c
	if v != nil && v.Op == program.OpIdent {
		b := c.Pass.File.Lookup(c.Func, v.Name)
		if len(b.Assigns) != 1 || b.Assigns[0].Value == nil || len(b.Assigns[0].Path) > 0 {
			return nil, in, false
		}
		v, in.Func = b.Assigns[0].Value, b.Assigns[0].Func
	}
	if v != nil && v.Op == program.OpUnary && v.Name == "&" && len(v.Args) == 1 {
		v = v.Args[0]
	}
	if !isObject(v) || v.X == nil || c.Pass.File.Canonical(in.Func, v.X) != "net/http.Client" || rule.Open(v) {
		return nil, in, false
	}
	return v, in, rule.Pair(v, "Timeout") == nil && rule.Pair(v, "Transport") == nil
}

// fetches takes calls of fetch without a signal that ends them.
func fetches(h *habit) {
	p := h.pass
	if len(p.Calls("AbortController", "race")) > 0 {
		return // by which a file limits requests in another way
	}
	const signal = "signal: AbortSignal.timeout(30_000)"
	for _, c := range p.Calls("fetch") {
		switch c.Name() {
		case "fetch", "node-fetch", "undici.fetch", "cross-fetch", "globalThis.fetch":
		default:
			continue
		}
		if c.Spreads() || strings.Contains(c.Text(c.Value), "event-stream") {
			continue
		}
		options := c.Arg(1)
		switch {
		case len(c.Value.Args) == 1 && c.Arg(0) != nil && !isObject(c.Arg(0)) && c.Arg(0).Op != program.OpNew:
			if url := c.Arg(0); url.Op == program.OpIdent && strings.HasPrefix(strings.ToLower(url.Name), "req") {
				continue // a Request, with a signal of its own
			}
			h.add(c, c.Text(c.Value.X), c.With("{ "+signal+" }"))
		case isObject(options) && rule.Pair(options, "signal") == nil && rule.Pair(options, "timeout") == nil && rule.Pair(options, "dispatcher") == nil:
			h.add(c, c.Text(c.Value.X), c.WithPair(options, signal))
		}
	}
}

// axiosConfig is where each method of axios takes its configuration.
var axiosConfig = map[string]int{"get": 1, "delete": 1, "head": 1, "options": 1, "post": 2, "put": 2, "patch": 2, "request": 0, "create": 0}

// axiosRequests takes requests by axios, which waits for ever.
func axiosRequests(h *habit) {
	p := h.pass
	if !p.Imports("axios") || strings.Contains(p.File.Tree.Text.String(), "defaults.timeout") {
		return
	}
	const limit = "timeout: 30_000"
	for _, c := range p.Calls(append(verbs, "create")...) {
		method := c.Value.X.Name
		if name := c.Name(); name != "axios."+method && name != "axios.default."+method || c.Spreads() {
			continue
		}
		at := axiosConfig[method]
		config := c.Arg(at)
		switch {
		case isObject(config) && rule.Pair(config, "timeout") == nil && rule.Pair(config, "signal") == nil:
			h.add(c, c.Text(c.Value.X), c.WithPair(config, limit))
		case config == nil && len(c.Value.Args) == at:
			h.add(c, c.Text(c.Value.X), c.With("{ "+limit+" }"))
		}
	}
}
