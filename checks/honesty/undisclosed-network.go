package honesty

import (
	"net/url"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// nearby are words of a tool whose work needs nobody else; afar are those of one that
// may well speak with somebody.
var (
	nearby = strings.Fields(`file files path folder directory text string note notes time date timezone clock calculate math add adds sum number numbers
		count counts words hash format formats convert converts json csv sort regex encode decode read reads write writes memory local todo password uuid
		random line lines document markdown diff`)
	afar = strings.Fields(`http https api apis url urls uri web internet online remote server servers service services cloud send sends sent post posts
		upload uploads share shares sync syncs submit report reports notify notification webhook telemetry analytics metrics message messages email mail slack
		translate weather search fetch fetches download downloads request requests host website site page network client backend publish chat model llm ai
		embedding summarize summary transcribe account login token feedback track`)
	// common are parts of a host name that say nothing of who has it.
	common = strings.Fields("www api app apis com net org dev cloud hooks gateway prod www2 http rest data")
)

// undisclosedNetwork reports requests that carry what a tool was given to a fixed
// host that no name and no description of the server speaks of, where the tool is
// described as doing something that needs no network and nobody looks at the answer.
func undisclosedNetwork(p *rule.Pass) {
	said := map[source.Span]bool{}
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Elsewhere || e.Handler < 0 || !slices.ContainsFunc(p.Uses(e), func(u *flow.Use) bool { return u.Kind == flow.Request }) || !worksNearby(e) {
			continue
		}
		for _, u := range p.Uses(e) {
			if u.Kind != flow.Request || u.File != p.File || said[u.Span] || !inside(p.File, u.Func, e.Handler) {
				continue
			}
			call, ok := p.CallAt(u.Span)
			if !ok || !ignored(call) {
				continue
			}
			carried := carries(call, e)
			host := fixedHost(call)
			if carried == "" || host == "" || mentioned(p, host) {
				continue
			}
			said[u.Span] = true
			p.Report(rule.Finding{Span: u.Span, Tool: e.Name, Parameter: carried, Sink: host})
		}
	}
}

// inside reports whether a function is another one or stands in it.
func inside(f *program.File, i, of int) bool {
	for i > 0 && i != of {
		i = f.Funcs[i].Parent
	}
	return i == of
}

// carries gives what of the things that a handler was given a request is given, "" for none. Values
// are followed through the assignments of the handler; a length says nothing of a text.
func carries(c rule.Call, e *mcp.Entry) string {
	handler := &c.Pass.File.Funcs[e.Handler]
	from := map[string]string{}
	for i := range e.Params {
		if v := e.Params[i].Var; v != "" {
			from[v] = e.Params[i].Name
		}
	}
	for i := range handler.Params {
		p := &handler.Params[i]
		if p.Pattern != nil && p.Pattern.Op == program.OpObject {
			for _, pair := range p.Pattern.Args {
				if pair != nil && pair.Op == program.OpPair && pair.X != nil && pair.X.Op == program.OpIdent {
					from[pair.X.Name] = pair.Name
				}
			}
			continue
		}
		if _, known := from[p.Name]; !known && !slices.Contains(notGiven, p.Name) {
			from[p.Name] = "its arguments"
		}
	}
	handler.Walk(func(s *program.Stmt, v *program.Value) bool {
		if s != nil && v == nil && s.Op == program.StmtAssign {
			if what := mentions(s.Value, from, 0); what != "" {
				for _, t := range rule.Targets(s) {
					if t != nil && t.Op == program.OpIdent && t.Name != "_" && t.Name != "err" && from[t.Name] == "" {
						from[t.Name] = what
					}
				}
			}
		}
		return v == nil
	})
	for _, arg := range c.Value.Args {
		if what := mentions(arg, from, 0); what != "" {
			return what
		}
	}
	return ""
}

// notGiven are parameters of a handler that carry nothing of the caller's.
var notGiven = strings.Fields("_ ctx context extra self cls")

// mentions gives what a value is made of, given what names stand for.
func mentions(v *program.Value, from map[string]string, depth int) string {
	if v == nil || depth > 40 || v.Op == program.OpFunc {
		return ""
	}
	switch {
	case v.Op == program.OpIdent:
		return from[v.Name]
	case v.Op == program.OpField && v.Name == "length", v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpIdent && v.X.Name == "len":
		return ""
	}
	if v.Op == program.OpCall && v.X != nil && len(v.Args) > 0 && v.Args[0] != nil && v.Args[0].Const == program.ConstString && v.Args[0].Op == program.OpConst &&
		mentions(v.X, from, depth+1) == "its arguments" {
		return v.Args[0].Str
	}
	if what := mentions(v.X, from, depth+1); what != "" {
		return what
	}
	for _, a := range v.Args {
		if what := mentions(a, from, depth+1); what != "" {
			return what
		}
	}
	return ""
}

// worksNearby reports whether a tool speaks of something that needs no network.
func worksNearby(e *mcp.Entry) bool {
	told := rule.Words(e.Name + " " + e.Description.Value + " " + e.Annotations.Title)
	for i := range e.Params {
		told = append(told, rule.Words(e.Params[i].Name+" "+e.Params[i].Description.Value)...)
	}
	return e.Description.Constant && e.Annotations.OpenWorld != mcp.True &&
		slices.ContainsFunc(told, func(w string) bool { return slices.Contains(nearby, w) }) &&
		!slices.ContainsFunc(told, func(w string) bool { return slices.Contains(afar, w) })
}

// fixedHost gives the host of the address that a call is given as a constant text, or
// one with a constant beginning.
func fixedHost(c rule.Call) string {
	for _, arg := range c.Value.Args {
		if arg == nil {
			continue
		}
		if arg.Op == program.OpKeyword {
			if arg.Name != "url" {
				continue
			}
			arg = arg.X
		}
		text, ok := c.Pass.File.ConstString(c.Func, arg)
		if !ok && arg.Op == program.OpTemplate && len(arg.Args) > 0 {
			text, ok = c.Pass.File.ConstString(c.Func, arg.Args[0])
			ok = ok && strings.Count(text, "/") > 2
		}
		if !ok || !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || !strings.Contains(u.Hostname(), ".") || strings.HasSuffix(u.Hostname(), ".local") || strings.HasSuffix(u.Hostname(), ".internal") ||
			strings.HasPrefix(u.Hostname(), "127.") || strings.HasPrefix(u.Hostname(), "10.") || strings.HasPrefix(u.Hostname(), "192.168.") {
			return ""
		}
		return strings.ToLower(u.Hostname())
	}
	return ""
}

// mentioned reports whether a name or a description of the server, or a module that
// it imports, speaks of a host.
func mentioned(p *rule.Pass, host string) bool {
	var told strings.Builder
	for i := range p.Facts.Servers {
		told.WriteString(p.Facts.Servers[i].Name + " ")
	}
	whole := p.Server()
	for i := range whole.Entries {
		told.WriteString(whole.Entries[i].Name + " " + whole.Entries[i].Description + " ")
	}
	for module := range whole.Modules {
		told.WriteString(module + " ")
	}
	all := strings.ToLower(told.String())
	labels := strings.Split(host, ".")
	for _, label := range labels[:len(labels)-1] {
		for _, part := range strings.Split(label, "-") {
			if len(part) > 2 && !slices.Contains(common, part) && strings.Contains(all, part) {
				return true
			}
		}
	}
	return false
}

// ignored reports whether nobody looks at what a call gives: it stands by itself, or
// its answer is closed and no more.
func ignored(c rule.Call) bool {
	s, _ := c.Statement()
	if s == nil || s.Op != program.StmtAssign {
		return s != nil
	}
	to := rule.Targets(s)
	if len(to) == 0 || to[0] == nil || to[0].Op != program.OpIdent {
		return false
	}
	fn := &c.Pass.File.Funcs[c.Func]
	return to[0].Name == "_" || onlyClosed(c.Pass.File.Tree.Text.String()[fn.Start+s.Span.End:fn.Start+fn.Len], to[0].Name)
}

// onlyClosed reports whether a Go function does no more with an answer than to close it.
func onlyClosed(rest, name string) bool {
	for {
		i := strings.Index(rest, name+".")
		if i < 0 {
			return true
		}
		rest = rest[i+len(name):]
		if !strings.HasPrefix(rest, ".Body.Close()") {
			return false
		}
	}
}
