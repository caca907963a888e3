package audit

// surface.go says what a file offers to the outside and what it is able to do: what
// threat models, cards and pictures are made of. It holds on to nothing of the program.

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Surface is what one file offers. It is immutable.
type Surface struct {
	Servers    []mcp.Server
	Entries    []*Exposed // by place
	Transports []mcp.Transport
	Routes     []mcp.Route
	// Uses are calls that no entry reaches: what runs at the start, or for a route.
	Uses []Use
	// Modules are what the file imports, as written.
	Modules []string
	// Secrets are the credentials that the file takes from the environment: Callee is
	// the variable's name.
	Secrets []Use
	// Speaks are parts of the protocol, and of what stands beside it, that the file
	// has to do with: samples, elicits, oauth, dynamic-tools.
	Speaks []string
	// Factors are those of AIVSS that what the entries reach shows, of all of them the
	// highest.
	Factors []aivss.Factor
	// Checked is set where a request to what the file serves over HTTP is asked for
	// credentials, whether always or where somebody has set it up so.
	Checked bool
}

// Exposed is a tool, resource, prompt or completion with what it is able to do.
type Exposed struct {
	EntryInfo
	NameSpan, Span source.Span // the name, and the whole registration; in Path
	Description    string      // as far as it is constant
	URI            string      // of a resource
	Params         []mcp.Param
	// Enforced is set where the SDK holds the arguments against the schema.
	Enforced    bool
	Annotations mcp.Annotations
	// Uses are the calls that it reaches, each callee named once for a kind.
	Uses []Use
	// Returns are what goes back to the model of what the server got from elsewhere.
	Returns []Return
	// Code is a digest of the registration and of the functions that serve it, which
	// changes with any of them.
	Code string
}

// Use is a call that can do something.
type Use struct {
	Kind    flow.SinkKind
	Callee  string
	Mutates bool
	Path    string
	Line    int // from 1
}

// Return is something from elsewhere that goes back to the model.
type Return struct {
	What string
	Path string
	Line int // from 1
}

// maxUses bounds the calls that are named of one entry.
const maxUses = 64

// Surface gives what the file offers, made once.
func (res *FileResult) Surface() *Surface {
	if res.surface == nil {
		return &Surface{}
	}
	return res.surface()
}

// empty reports whether the file offers nothing and does nothing by itself.
func (s *Surface) empty() bool {
	return len(s.Servers)+len(s.Entries)+len(s.Transports)+len(s.Routes)+len(s.Uses)+len(s.Secrets)+len(s.Speaks) == 0
}

// surfaceOf makes the surface of a file of which all is at hand.
func surfaceOf(res *FileResult, seen *flow.Result, gates *mcp.Gates) *Surface {
	facts := res.Facts
	s := &Surface{Servers: facts.Servers, Transports: facts.Transports, Routes: facts.Routes}
	if facts.File != nil {
		for i := range facts.File.Imports {
			s.Modules = append(s.Modules, facts.File.Imports[i].Module)
		}
		slices.Sort(s.Modules)
		s.Modules = slices.Compact(s.Modules)
	}
	known := map[*mcp.Entry]*Exposed{}
	byName := map[string]*Exposed{}
	add := func(e *mcp.Entry, name string, at source.Span, code uint64) {
		x := &Exposed{NameSpan: at, Span: e.Span, URI: e.URI, Params: e.Params, Enforced: e.Enforced(), Annotations: e.Annotations, Code: codeOf(res, e, code)}
		x.Path, x.Kind, x.Name = res.Path, e.Kind.String(), name
		if e.Description.Constant {
			x.Description = e.Description.Value
		}
		for i := range res.Entries {
			if o := &res.Entries[i]; o.Kind == x.Kind && o.Name == name && o.Line == res.Text.LineAt(at.Start)+1 {
				x.EntryInfo = *o
			}
		}
		known[e], byName[x.Kind+" "+name] = x, x
		s.Entries = append(s.Entries, x)
	}
	for i := range seen.Coverage {
		c := &seen.Coverage[i]
		add(c.Entry, c.Name, c.Span, c.Code)
	}
	if len(seen.Coverage) == 0 {
		for _, e := range facts.Entries {
			add(e, e.Name, e.NameSpan, 0)
		}
	}
	of := func(e *mcp.Entry) *Exposed {
		if x := known[e]; x != nil || e == nil {
			return x
		}
		return byName[e.Kind.String()+" "+e.Name]
	}
	s.uses(seen, of)
	if facts.File != nil {
		for _, x := range checks.Shown(&rule.Pass{File: facts.File, Facts: facts, Flow: seen}) {
			s.Factors = append(s.Factors, res.factor(x))
		}
	}
	s.words(res)
	for _, f := range seen.Flows {
		if x := of(f.Entry); x != nil && f.Sink == flow.ResultSink && (f.Kind == mcp.Untrusted || f.Kind == mcp.Remote) {
			r := Return{What: f.What, Path: f.Path, Line: lineIn(res, f.Path, f.Call)}
			if len(x.Returns) < maxUses && !slices.Contains(x.Returns, r) {
				x.Returns = append(x.Returns, r)
			}
		}
	}
	if gates != nil && facts.File != nil {
		for i := range facts.Transports {
			t := &facts.Transports[i]
			s.Checked = s.Checked || t.Kind != mcp.Stdio && gates.Before(facts.File, t.Span, t.Var).Ever()&mcp.AuthGate != 0
		}
	}
	slices.SortStableFunc(s.Entries, func(a, b *Exposed) int { return int(a.NameSpan.Start) - int(b.NameSpan.Start) })
	return s
}

// uses deals the calls out to the entries that reach them.
func (s *Surface) uses(seen *flow.Result, of func(*mcp.Entry) *Exposed) {
	for _, u := range seen.Uses {
		one := Use{Kind: u.Kind, Callee: u.Callee, Mutates: u.Mutates, Path: u.File.Path, Line: u.File.Tree.Text.LineAt(u.Span.Start) + 1}
		reached := false
		for _, e := range u.Entries {
			if x := of(e); x != nil {
				reached = true
				x.Uses = withUse(x.Uses, one)
			}
		}
		if !reached {
			s.Uses = withUse(s.Uses, one)
		}
	}
}

// secretVariable finds a credential that is taken from the environment.
var secretVariable = regexp.MustCompile(`(?:\benviron(?:\.get)?|\bgetenv|\bGetenv|\bLookupEnv|\bprocess\.env)[\[(.'"\s]{1,4}([A-Za-z0-9_]*(?i:token|key|secret|password|passwd|credential)[A-Za-z0-9_]*)`)

// speaking are the words by which a file shows that it has to do with something.
var speaking = map[string][]string{
	"samples":       {"create_message(", "createMessage(", ".CreateMessage("},
	"elicits":       {".elicit(", "elicitInput(", ".Elicit(", "elicit_url("},
	"oauth":         {"/authorize", "oauth-authorization-server", "oauth-protected-resource", "OAuthProvider", "OAuthProxy", "mcpAuthRouter"},
	"dynamic-tools": {"send_tool_list_changed", "sendToolListChanged", "remove_tool(", "RemoveTools(", "DeleteTools("},
}

// words finds what is known by words alone. Where they stand in comments, a question
// too many is asked and no harm is done.
func (s *Surface) words(res *FileResult) {
	if len(s.Entries)+len(s.Transports)+len(s.Servers) == 0 && res.Facts != nil && !res.Facts.Part {
		return
	}
	text := res.Text.String()
	for _, what := range slices.Sorted(maps.Keys(speaking)) {
		if slices.ContainsFunc(speaking[what], func(w string) bool { return strings.Contains(text, w) }) {
			s.Speaks = append(s.Speaks, what)
		}
	}
	if !strings.Contains(text, "env") {
		return
	}
	for _, at := range secretVariable.FindAllStringSubmatchIndex(text, maxUses) {
		s.Secrets = withUse(s.Secrets, Use{Callee: text[at[2]:at[3]], Path: res.Path, Line: res.Text.LineAt(uint32(at[0])) + 1})
	}
}

// withUse adds a call to those that are known, unless the like of it is among them.
func withUse(list []Use, u Use) []Use {
	same := func(o Use) bool { return o.Kind == u.Kind && o.Callee == u.Callee && o.Mutates == u.Mutates }
	if len(list) >= maxUses || slices.ContainsFunc(list, same) {
		return list
	}
	return append(list, u)
}

// lineIn gives the line of a place, 0 where its file is not at hand.
func lineIn(res *FileResult, path string, at source.Span) int {
	if path != res.Path {
		return 0
	}
	return res.Text.LineAt(at.Start) + 1
}

// codeOf gives the digest of an entry: of what serves it, and of how it is registered.
func codeOf(res *FileResult, e *mcp.Entry, served uint64) string {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	registered := uint64(offset)
	for word := range strings.FieldsSeq(res.Text.Slice(e.Span)) {
		for i := range len(word) {
			registered = (registered ^ uint64(word[i])) * prime
		}
		registered = (registered ^ ' ') * prime
	}
	return fmt.Sprintf("%016x", served*prime^registered)
}
