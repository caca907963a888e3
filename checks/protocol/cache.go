package protocol

// cache.go reads what a server says to caches of its results.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// What stands in files that are looked at closer.
var (
	goCaching = rule.NewMarkers("Cacheable", "CacheScope", "CacheHints")
	caching   = rule.NewMarkers("cacheScope", "cacheHint")
)

// hint is what is said to caches at one place.
type hint struct {
	fn     int            // whose text it stands in
	at     source.Span    // all of it, absolute
	scope  *program.Value // nil where it is not said
	ttl    *program.Value
	method string // the method whose results it is said of, where it is said of all
	// open is set where the SDK takes a scope that is not said for public.
	open bool
}

// hints gives what a file says to caches.
func hints(p *rule.Pass) []hint {
	if !p.Facts.Part || p.TestFile() {
		return nil
	}
	switch p.File.Lang {
	case source.Python:
		return pythonHints(p)
	case source.Go:
		if !goCaching.Held(p) {
			return nil
		}
		return goHints(p)
	default:
		if !caching.Held(p) {
			return nil
		}
		return ecmaHints(p)
	}
}

func pythonHints(p *rule.Pass) []hint {
	var all []hint
	method := map[*program.Value]string{}
	for _, c := range p.Calls("MCPServer", "Server", "CacheHint", "ListToolsResult", "ListResourcesResult", "ListResourceTemplatesResult", "ListPromptsResult", "ReadResourceResult", "DiscoverResult") {
		if k := c.Keyword("cache_hints"); k != nil {
			if table := p.Written(rule.Part{Func: c.Func, Value: k.X}).Value; table != nil && table.Op == program.OpObject {
				for _, pair := range table.Args {
					if pair != nil && pair.Op == program.OpPair && pair.X != nil {
						method[pair.X] = pair.Name
					}
				}
			}
			continue
		}
		h := hint{fn: c.Func, at: c.Span()}
		for _, a := range c.Value.Args {
			if a == nil || a.Op != program.OpKeyword {
				continue
			}
			switch a.Name {
			case "scope", "cache_scope", "cacheScope":
				h.scope = a.X
			case "ttl_ms", "ttlMs":
				h.ttl = a.X
			}
		}
		if h.scope != nil || h.ttl != nil {
			h.method = method[c.Value]
			all = append(all, h)
		}
	}
	// The table may stand after the calls in it.
	for i := range all {
		for v, name := range method {
			if v.Span.Shift(p.File.Funcs[all[i].fn].Start) == all[i].at {
				all[i].method = name
			}
		}
	}
	return all
}

func ecmaHints(p *rule.Pass) []hint {
	var all []hint
	seen := map[*program.Value]bool{}
	take := func(fn int, object *program.Value, method string, surely bool) {
		if object == nil || object.Op != program.OpObject || seen[object] {
			return
		}
		h := hint{fn: fn, at: object.Span.Shift(p.File.Funcs[fn].Start), method: method}
		for _, pair := range object.Args {
			if pair == nil || pair.Op != program.OpPair {
				continue
			}
			switch pair.Name {
			case "cacheScope":
				h.scope = pair.X
			case "ttlMs":
				h.ttl = pair.X
			}
		}
		if h.scope != nil || surely && h.ttl != nil {
			seen[object] = true
			all = append(all, h)
		}
	}
	for i := range p.File.Funcs {
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			switch {
			case v == nil:
			case v.Op == program.OpPair && v.Name == "cacheHint":
				take(i, v.X, "", true)
			case v.Op == program.OpPair && v.Name == "cacheHints" && v.X != nil && v.X.Op == program.OpObject:
				for _, pair := range v.X.Args {
					if pair != nil && pair.Op == program.OpPair {
						take(i, pair.X, pair.Name, true)
					}
				}
			case v.Op == program.OpObject:
				take(i, v, "", false)
			}
			return true
		})
	}
	return all
}

func goHints(p *rule.Pass) []hint {
	var all []hint
	for i := range p.File.Funcs {
		start := p.File.Funcs[i].Start
		p.File.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool {
			switch {
			case v == nil && s != nil && s.Op == program.StmtAssign && len(s.Targets) == 1 && s.Value != nil && s.Targets[0] != nil && s.Targets[0].Op == program.OpField:
				switch s.Targets[0].Name {
				case "CacheScope":
					all = append(all, hint{fn: i, at: s.Span.Shift(start), scope: s.Value})
				case "TTLMs":
					all = append(all, hint{fn: i, at: s.Span.Shift(start), ttl: s.Value})
				}
			case v != nil && v.Op == program.OpObject && v.X != nil && v.X.Name == "Cacheable":
				h := hint{fn: i, at: v.Span.Shift(start), open: strings.Contains(p.File.Canonical(i, v.X), "modelcontextprotocol/go-sdk")}
				for _, pair := range v.Args {
					if pair == nil || pair.Op != program.OpPair {
						continue
					}
					switch pair.Name {
					case "CacheScope":
						h.scope = pair.X
					case "TTLMs":
						h.ttl = pair.X
					}
				}
				all = append(all, h)
			}
			return true
		})
	}
	for _, c := range p.Calls("WithCacheHints", "WithMethodCacheHints") {
		h := hint{fn: c.Func, at: c.Span(), ttl: c.Arg(0), scope: c.Arg(1), method: "resources/read"}
		if c.Value.X.Name == "WithMethodCacheHints" {
			h.ttl, h.scope, h.method = c.Arg(1), c.Arg(2), ""
			if m := c.Arg(0); m != nil && (m.Name == "MethodResourcesRead" || m.Str == "resources/read") {
				h.method = "resources/read"
			} else {
				h.method = "other"
			}
		}
		all = append(all, h)
	}
	return all
}

// public reports whether everybody may be given what is cached.
func (h *hint) public() bool {
	if h.scope == nil {
		return h.open && h.ttl != nil && !(h.ttl.Op == program.OpConst && h.ttl.Str == "0")
	}
	return h.scope.Op == program.OpConst && h.scope.Str == "public" || h.scope.Name == "CacheScopePublic"
}

// publicCacheOfPrivateData reports results that may be given to everybody although
// what makes them asks who the caller is.
func publicCacheOfPrivateData(p *rule.Pass) {
	for _, h := range hints(p) {
		if !h.public() {
			continue
		}
		e, fns := h.makers(p)
		for _, fn := range fns {
			at, ok := identity(p, fn, 2)
			if !ok {
				continue
			}
			f := rule.Finding{Span: h.at, Related: []rule.Step{{Path: p.File.Path, Span: at, Text: "the result depends on who asks"}}, Fixes: h.private(p)}
			if h.scope != nil {
				f.Span = h.scope.Span.Shift(p.File.Funcs[h.fn].Start)
			}
			if e == nil {
				e = p.Serves(fn)
			}
			if e != nil {
				f.Tool = e.Name
			}
			p.Report(f)
			break
		}
	}
}

// private gives the fix that keeps what is cached to the caller.
func (h *hint) private(p *rule.Pass) []rule.Fix {
	const title = "Keep what is cached to the caller"
	if h.scope == nil {
		end := h.ttl.Span.Shift(p.File.Funcs[h.fn].Start).End
		edit := rule.Edit{Path: p.File.Path, Span: source.Span{Start: end, End: end}, New: `, CacheScope: "private"`}
		return []rule.Fix{{Title: title, Edits: []rule.Edit{edit}, Preferred: true}}
	}
	at := h.scope.Span.Shift(p.File.Funcs[h.fn].Start)
	if h.scope.Op == program.OpConst {
		return rewrite(p, at, "public", "private", title, true)
	}
	return rewrite(p, at, "CacheScopePublic", "CacheScopePrivate", title, true)
}

// makers gives the functions that make the results that a hint is said of, and the
// entry where it is one.
func (h *hint) makers(p *rule.Pass) (*mcp.Entry, []int) {
	if h.method != "" {
		var fns []int
		for _, e := range p.Facts.Entries {
			if h.method == "resources/read" && e.Kind == mcp.Resource && e.Handler > 0 && !e.Elsewhere {
				fns = append(fns, e.Handler)
			}
		}
		return nil, fns
	}
	for _, e := range p.Facts.Entries {
		if e.Span.Contains(h.at) && e.Kind == mcp.Resource && e.Handler > 0 && !e.Elsewhere && e.Handler != h.fn {
			return e, []int{e.Handler}
		}
	}
	if h.fn > 0 {
		return nil, []int{h.fn}
	}
	return nil, nil
}

var (
	// telling are what says of a caller who it is or what it may see.
	telling = map[string]bool{
		"client_id": true, "scopes": true, "subject": true, "claims": true, "clientId": true, "extra": true, "UserID": true, "Scopes": true, "Extra": true, "sub": true,
	}
	logging = regexp.MustCompile(`(?i)^(log(ger|ging)?|slog|console|print|debug|info|warn(ing)?|error)$`)
	owner   = regexp.MustCompile(`(?i)user|tenant|principal|account|identity|auth`)
)

// identity gives the place at which a function, or one of this file that it calls,
// asks who the caller is, other than to write it into a log.
func identity(p *rule.Pass, fn, depth int) (at source.Span, found bool) {
	if depth == 0 {
		return at, false
	}
	start := p.File.Funcs[fn].Start
	var helpers []int
	p.File.Funcs[fn].Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v == nil || found {
			return !found
		}
		switch v.Op {
		case program.OpCall:
			if v.X == nil {
				return true
			}
			if logging.MatchString(v.X.Name) || v.X.X != nil && logging.MatchString(v.X.X.Name) {
				return false
			}
			if p.File.Lang == source.Go && v.X.Name == "Value" && len(v.Args) == 1 && v.Args[0] != nil &&
				owner.MatchString(p.TextOf(rule.Part{Func: fn, Value: v.Args[0]})) {
				at, found = v.Span.Shift(start), true
				return false
			}
			if v.X.Op == program.OpIdent {
				if b := p.File.Lookup(fn, v.X.Name); b.Kind == program.BoundFunc && b.Target != fn {
					helpers = append(helpers, b.Target)
				}
			}
		case program.OpField:
			if telling[v.Name] && caller(p, fn, v.X, 4) {
				at, found = v.Span.Shift(start), true
				return false
			}
		}
		return true
	})
	for _, helper := range helpers {
		if found {
			break
		}
		at, found = identity(p, helper, depth-1)
	}
	return at, found
}

// caller reports whether a value is what the SDK knows of the caller.
func caller(p *rule.Pass, fn int, v *program.Value, depth int) bool {
	v = bare(v)
	if v == nil || depth == 0 {
		return false
	}
	switch v.Op {
	case program.OpField:
		return v.Name == "authInfo" || v.Name == "TokenInfo"
	case program.OpCall:
		return v.X != nil && (v.X.Name == "get_access_token" || v.X.Name == "TokenInfoFromContext")
	case program.OpIdent:
		if v.Name == "authInfo" {
			return true
		}
		b := p.File.Lookup(fn, v.Name)
		for i := range b.Assigns {
			if a := b.Assigns[i]; i < 4 && a.Kind == program.AssignValue && len(a.Path) == 0 && caller(p, a.Func, a.Value, depth-1) {
				return true
			}
		}
	case program.OpLogical:
		for _, a := range v.Args {
			if caller(p, fn, a, depth-1) {
				return true
			}
		}
	}
	return false
}

// negativeLifetime reports lifetimes that are over before they begin.
func negativeLifetime(p *rule.Pass) {
	for _, h := range hints(p) {
		if h.ttl == nil || h.ttl.Op != program.OpUnary || h.ttl.Name != "-" || len(h.ttl.Args) != 1 || h.ttl.Args[0] == nil ||
			h.ttl.Args[0].Op != program.OpConst || h.ttl.Args[0].Const != program.ConstNumber || strings.Trim(h.ttl.Args[0].Str, "0_.") == "" {
			continue
		}
		at := h.ttl.Span.Shift(p.File.Funcs[h.fn].Start)
		p.Report(rule.Finding{Span: at, Tool: toolOf(p, h.fn), Parameter: p.File.Tree.Text.Slice(at), Fixes: []rule.Fix{{
			Title: "Say that it is stale at once", Edits: []rule.Edit{{Path: p.File.Path, Span: at, New: "0"}}, Preferred: true,
		}}})
	}
}
