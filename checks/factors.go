package checks

// factors.go says what a file shows of the ten agentic factors of AIVSS, and by which
// line. What code does not show beyond doubt stays at the default; so does opacity, for
// no code shows that all it does is recorded somewhere.

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mcpaudit/checks/auth"
	"mcpaudit/checks/tools"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// authority is the factor "tools" of a call that a tool makes, in halves: 1 for
	// scoped writing, 2 for broad authority: a program is started, a service loses
	// what it holds.
	authority = map[flow.SinkKind]int{
		flow.Shell: 2, flow.Program: 2, flow.Eval: 2, flow.Sandbox: 2, flow.Destroy: 2,
		flow.PathWrite: 1, flow.PathDelete: 1, flow.Unpack: 1, flow.Query: 1, flow.Send: 1, flow.Memory: 1,
	}
	// command is the factor "tools" of a call that takes a value from outside where it
	// does harm.
	command = map[flow.SinkKind]int{
		flow.Shell: 2, flow.Program: 2, flow.Eval: 2, flow.Sandbox: 2, flow.Template: 2, flow.Deserialize: 2, flow.Query: 2, flow.WholeQuery: 2,
		flow.Argv: 1, flow.Operand: 1, flow.PathWrite: 1, flow.PathDelete: 1, flow.Body: 1, flow.Open: 1,
	}
	// surroundings are what tells a tool of the world around it, the factor "context":
	// 1 for what the server's author chose, 2 where the caller chooses what is read.
	surroundings = map[flow.SinkKind]int{flow.PathRead: 1, flow.Request: 1, flow.Navigate: 1, flow.Query: 1, flow.WholeQuery: 1, flow.SearchQuery: 1}
	// obeying are the sinks that do what words tell them, the factor "language".
	obeying = map[flow.SinkKind]bool{
		flow.Shell: true, flow.Eval: true, flow.Sandbox: true, flow.Template: true, flow.Query: true, flow.WholeQuery: true, flow.Prompt: true, flow.Message: true,
	}

	// credentials are parameters by which a caller hands over a credential.
	credentials = regexp.MustCompile(`(?i)(token|api_?key|password|access_?key|secret)$`)
	// cursors are parameters that end like a credential and say where a list goes on.
	cursors = regexp.MustCompile(`(?i)page|next|cursor|continu|max`)
	// itself is code that is run within the server's own process, where it can change
	// whatever the server is made of.
	itself = regexp.MustCompile(`^(?:builtins\.)?(?:eval|exec)$|^(?:new )?Function$|^(?:node:)?vm\.`)
	// keeps are statements that put something into a database, and settles those that
	// get it ready.
	keeps   = regexp.MustCompile("(?is)^[a-z]{0,2}[\"'`]{1,3}\\s*(?:INSERT|UPDATE|REPLACE|MERGE)\\b")
	settles = regexp.MustCompile("(?is)^[a-z]{0,2}[\"'`]{1,3}\\s*(?:CREATE\\s[^;]*\\bIF\\s+NOT\\s+EXISTS|PRAGMA|BEGIN|COMMIT|ROLLBACK|SET|USE)\\b")
	// servers is how code names a server that a tool is added to.
	servers = regexp.MustCompile(`(?i)(?:server|mcp)$`)
)

// ofCheck are the factors that a check's own finding shows.
var ofCheck = map[string]rule.Factor{
	"dynamic-tool-definition":   {Name: aivss.SelfMod, Halves: 2, Text: "what a tool says of itself comes from elsewhere"},
	"agent-configuration-write": {Name: aivss.SelfMod, Halves: 1, Text: "what tells AI clients what to do is written"},
	"mirrored-tool-definition":  {Name: aivss.MultiAgent, Halves: 1, Text: "the tools of another server are offered"},
}

// show puts into the findings of a file what it shows of the factors: of the tool that
// a finding speaks of, or of all its tools where it speaks of none. An error is a panic,
// which leaves findings at the defaults.
func (c *Catalogue) show(p *rule.Pass, found []rule.Finding) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the factors of this file could not be found and stay at their defaults (%v): please report it", r)
		}
	}()
	s := shown{p: p}
	for i := range found {
		f := &found[i]
		check := c.ByID(f.Check)
		if f.Protects != "" {
			check = c.ByID(f.Protects)
		}
		if check == nil || check.Vector == (aivss.Vector{}) {
			continue // it has no score
		}
		l := list{p: p, factors: f.Factors}
		if own, ok := ofCheck[f.Check]; ok {
			own.Path, own.Line = f.Path, l.line(f.Path, f.Span)
			l.raise(own)
		}
		switch {
		case f.Tool != "":
			l.add(s.tool(f.Tool))
		case len(f.Factors) == 0:
			l.add(s.file())
		}
		f.Factors = l.factors
	}
	return nil
}

// Shown gives the factors that all entries of a file show together, of each the highest;
// none where looking for them fails, which the audit of the file says.
func Shown(p *rule.Pass) (factors []rule.Factor) {
	defer func() {
		if recover() != nil {
			factors = nil
		}
	}()
	s := shown{p: p}
	return s.file()
}

// shown keeps what the entries of a file show, each looked at once.
type shown struct {
	p     *rule.Pass
	flows map[*mcp.Entry][]*flow.Flow // nil before the first question
	own   map[*mcp.Entry]bool         // those that the file registers itself
	named map[string][]*mcp.Entry
	known map[*mcp.Entry][]rule.Factor
	all   *list
}

// prepare finds the entries of the file and what flows in each.
func (s *shown) prepare() {
	if s.flows != nil {
		return
	}
	s.flows, s.own = map[*mcp.Entry][]*flow.Flow{}, map[*mcp.Entry]bool{}
	s.named, s.known = map[string][]*mcp.Entry{}, map[*mcp.Entry][]rule.Factor{}
	seen := map[*mcp.Entry]bool{}
	know := func(e *mcp.Entry) {
		if e != nil && !seen[e] {
			seen[e] = true
			s.named[e.Name] = append(s.named[e.Name], e)
		}
	}
	for _, e := range s.p.Facts.Entries {
		s.own[e] = !e.Elsewhere
		know(e)
	}
	for i := range s.p.Flow.Coverage {
		know(s.p.Flow.Coverage[i].Entry)
	}
	for _, f := range s.p.Flow.Flows {
		know(f.Entry)
		s.flows[f.Entry] = append(s.flows[f.Entry], f)
	}
}

// tool gives what the entry of a name shows: nothing where several have the name, as
// those do whose name is computed.
func (s *shown) tool(name string) []rule.Factor {
	s.prepare()
	if len(s.named[name]) != 1 {
		return nil
	}
	return s.entry(s.named[name][0])
}

func (s *shown) entry(e *mcp.Entry) []rule.Factor {
	if factors, ok := s.known[e]; ok {
		return factors
	}
	l := list{p: s.p}
	l.entry(e, s.flows[e], s.uses(e), s.own[e])
	s.known[e] = l.factors
	return l.factors
}

// file gives what all entries of the file show together.
func (s *shown) file() []rule.Factor {
	if s.all == nil {
		s.prepare()
		s.all = &list{p: s.p}
		for _, e := range s.p.Facts.Entries {
			s.all.add(s.entry(e))
		}
		for _, u := range s.p.Flow.Uses {
			if len(u.Entries) > 0 {
				s.all.reached(u)
			}
		}
	}
	return s.all.factors
}

// uses gives the calls that an entry reaches for sure. Where one function serves many
// entries, what it calls for one of them is not done for the others.
func (s *shown) uses(e *mcp.Entry) []*flow.Use {
	all := s.p.Uses(e)
	if flows := s.flows[e]; len(all) == 0 && len(flows) > 0 {
		all = flows[0].Reached // of an entry of another file
	}
	if !shared(e, all) {
		return all
	}
	if e.Branch.Len() == 0 {
		return nil
	}
	if !s.own[e] {
		return all
	}
	f := &s.p.File.Funcs[e.Handler]
	handler := source.Span{Start: f.Start, End: f.Start + f.Len}
	return slices.DeleteFunc(slices.Clone(all), func(u *flow.Use) bool {
		// Of the handler's own calls those of other branches are left out already, of its
		// closures not.
		return u.File == s.p.File && u.Func != e.Handler && handler.Contains(u.Span) && !e.Branch.Contains(u.Span)
	})
}

// shared reports whether one function serves an entry and others, given what it reaches.
func shared(e *mcp.Entry, uses []*flow.Use) bool {
	return slices.ContainsFunc(uses, func(u *flow.Use) bool {
		return slices.ContainsFunc(u.Entries, func(o *mcp.Entry) bool { return o != e && o.Handler == e.Handler && o.Elsewhere == e.Elsewhere })
	})
}

// ofFlow gives what a flow shows by itself.
func ofFlow(p *rule.Pass, f *flow.Flow) []rule.Factor {
	l := list{p: p}
	l.flow(f)
	return l.factors
}

// list holds factors, the highest of each and of equal ones the first.
type list struct {
	p       *rule.Pass
	factors []rule.Factor
}

func (l *list) raise(f rule.Factor) {
	for i := range l.factors {
		if has := &l.factors[i]; has.Name == f.Name {
			if f.Halves > has.Halves {
				*has = f
			}
			return
		}
	}
	l.factors = append(l.factors, f)
}

func (l *list) add(all []rule.Factor) {
	for _, f := range all {
		l.raise(f)
	}
}

// higher reports whether a factor would be higher with a value.
func (l *list) higher(name string, halves int) bool {
	for i := range l.factors {
		if l.factors[i].Name == name {
			return halves > l.factors[i].Halves
		}
	}
	return halves > 0
}

// use raises a factor by a call.
func (l *list) use(name string, halves int, u *flow.Use, more string) {
	if l.higher(name, halves) {
		l.raise(rule.Factor{Name: name, Halves: halves, Text: words(u) + more, Path: u.File.Path, Line: u.File.Tree.Text.LineAt(u.Span.Start) + 1})
	}
}

// through raises a factor by the call that a flow ends in.
func (l *list) through(name string, halves int, f *flow.Flow, text string) {
	if l.higher(name, halves) {
		l.raise(rule.Factor{Name: name, Halves: halves, Text: text, Path: f.Path, Line: l.line(f.Path, f.Call)})
	}
}

// maxWord bounds the names of the audited code that a text repeats.
const maxWord = 60

func word(s string) string { return markup.Clip(s, maxWord) }

// words say of a call what it is and where it stands: subprocess.run in export_note.
func words(u *flow.Use) string {
	text := word(rule.ShortName(u.Callee))
	if name := inFunction(u); name != "" {
		text += " in " + word(name)
	}
	return text
}

// inFunction gives the name of the function that a call stands in.
func inFunction(u *flow.Use) string {
	for i := u.Func; i > 0; i = u.File.Funcs[i].Parent {
		if name := u.File.Funcs[i].Name; name != "" {
			return name
		}
	}
	return ""
}

// line gives the line of a place, 0 where its file is not at hand.
func (l *list) line(path string, at source.Span) int {
	if f := l.fileAt(path); f != nil {
		return f.Tree.Text.LineAt(at.Start) + 1
	}
	return 0
}

func (l *list) fileAt(path string) *program.File {
	if path == l.p.File.Path {
		return l.p.File
	}
	in := func(u *flow.Use) bool { return u.File.Path == path }
	if i := slices.IndexFunc(l.p.Flow.Uses, in); i >= 0 {
		return l.p.Flow.Uses[i].File
	}
	for _, f := range l.p.Flow.Flows {
		if i := slices.IndexFunc(f.Reached, in); i >= 0 && f.Path == path {
			return f.Reached[i].File
		}
	}
	return nil
}

// flow adds what one flow shows.
func (l *list) flow(f *flow.Flow) {
	callee := word(rule.ShortName(f.Callee))
	if f.Secret != "" {
		if f.Secret == "credential" && f.Sure && f.Entry != nil && (f.Sink == flow.Header || f.Sink == flow.Request || f.Sink == flow.Body) && !l.asks(f) {
			l.through(aivss.Identity, 2, f, "the caller's credential goes on by "+callee)
		}
		return
	}
	l.through(aivss.Tools, command[f.Sink], f, callee+" takes a value from outside")
	if f.Kind == mcp.Remote && f.What == tools.OtherServer && len(f.Steps) > 0 {
		first := f.Steps[0]
		if l.higher(aivss.MultiAgent, 1) {
			l.raise(rule.Factor{Name: aivss.MultiAgent, Halves: 1, Text: "another MCP server is asked", Path: first.Path, Line: l.line(first.Path, first.Span)})
		}
	}
	if f.Sure && (f.Sink == flow.Eval || f.Sink == flow.Sandbox) && itself.MatchString(f.Callee) {
		l.through(aivss.SelfMod, 2, f, callee+" runs code from outside within the server")
	}
	if f.Kind != mcp.Input {
		return
	}
	param := word(f.Param)
	if surroundings[f.Sink] > 0 {
		l.through(aivss.Context, 2, f, "the caller chooses what "+callee+" reads")
	}
	if !f.Sure || f.Entry == nil || f.Param == "" {
		return
	}
	if obeying[f.Sink] && free(f.Entry.Param(f.Param)) {
		l.through(aivss.Language, 2, f, "the free text "+param+" reaches "+callee)
	}
	if f.Sink == flow.Connect && f.Whole && strings.ContainsAny(f.Callee, "./") {
		l.through(aivss.MultiAgent, 2, f, param+" chooses the server that "+callee+" connects to")
	}
	if f.Sink == flow.Header && credentials.MatchString(f.Param) && !cursors.MatchString(f.Param) {
		l.through(aivss.Identity, 2, f, "each call brings its own "+param)
	}
}

// asks reports whether a flow tells a token to nobody but its issuer.
func (l *list) asks(f *flow.Flow) bool {
	in := l.fileAt(f.Path)
	return in == nil || auth.Asks(in.Tree.Text.Slice(f.Call))
}

// maxTerm is the longest text that is a term at most and no order to do something.
const maxTerm = 32

// free reports whether a parameter is a text that can say anything.
func free(x *mcp.Param) bool {
	if x == nil {
		return false
	}
	c := &x.Constraint
	return (c.Type == "string" || c.Type == "") && len(c.Enum) == 0 && c.Pattern == "" && c.Format == "" && (c.MaxLen == 0 || c.MaxLen > maxTerm)
}

// entry adds what one entry shows, given what flows in it, the calls that it reaches,
// and whether the file registers it itself.
func (l *list) entry(e *mcp.Entry, flows []*flow.Flow, uses []*flow.Use, own bool) {
	for _, f := range flows {
		l.flow(f)
	}
	for _, u := range uses {
		l.reached(u)
		if e.Kind == mcp.Tool && l.higher(aivss.Autonomy, 2) && (l.commits(u) || commanded(u, flows)) {
			l.committed(e, u, own)
		}
	}
}

// commits reports whether a call removes something, sends something out or changes
// something at a service.
func (l *list) commits(u *flow.Use) bool {
	return l.p.Removes(u) || l.p.Sweeps(u) || (u.Kind == flow.Request || u.Kind == flow.Body) && l.p.Changes(u)
}

// commanded reports whether the caller writes the whole command line of a call, and so
// can have anything done.
func commanded(u *flow.Use, flows []*flow.Flow) bool {
	return u.Kind == flow.Shell && slices.ContainsFunc(flows, func(f *flow.Flow) bool {
		return f.Secret == "" && f.Kind == mcp.Input && f.Whole && f.Sure && f.Sink == u.Kind && f.Call == u.Span && f.Path == u.File.Path
	})
}

// reached adds what a call shows that an entry reaches.
func (l *list) reached(u *flow.Use) {
	if (u.Mutates || u.Kind == flow.Memory) && !(u.Kind == flow.Query && settles.MatchString(argument(u))) {
		l.use(aivss.Tools, authority[u.Kind], u, "")
	}
	l.use(aivss.Context, surroundings[u.Kind], u, "")
	switch u.Kind {
	case flow.Prompt, flow.Message:
		l.use(aivss.NonDeterminism, 2, u, " asks a model")
	case flow.Memory:
		l.use(aivss.Persistence, 2, u, " keeps text for later conversations")
	case flow.PathWrite:
		if l.higher(aivss.Persistence, 1) && l.p.Changes(u) {
			l.use(aivss.Persistence, 1, u, " writes what outlives the call")
		}
	case flow.Query:
		if l.higher(aivss.Persistence, 1) && keeps.MatchString(argument(u)) && !strings.Contains(u.File.Tree.Text.String(), ":memory:") {
			l.use(aivss.Persistence, 1, u, " writes what outlives the call")
		}
	case flow.Connect:
		if strings.ContainsAny(u.Callee, "./") { // any method may be called connectToServer
			l.use(aivss.MultiAgent, 1, u, " connects to another MCP server")
		}
	case flow.Describe:
		if registers(u) {
			l.use(aivss.SelfMod, 2, u, " registers a tool while the server runs")
		}
	}
}

func argument(u *flow.Use) string { return u.File.Tree.Text.Slice(u.Arg) }

// registers reports whether a call adds a tool to a server, not to something else that
// has tools.
func registers(u *flow.Use) bool {
	switch name := u.Callee[strings.LastIndexByte(u.Callee, '.')+1:]; name {
	case "registerTool":
		return true
	case "AddTool":
		return strings.HasPrefix(u.Callee, "github.com/modelcontextprotocol/go-sdk/")
	case "add_tool", "addTool", "tool":
		call := u.File.Tree.Text.Slice(u.Span)
		on, _, ok := strings.Cut(call, "."+name+"(")
		return ok && servers.MatchString(on)
	}
	return false
}

// committed raises autonomy by a call that commits: to the most where neither an
// annotation nor the code asks before it. What another file registers is judged by its
// annotations alone, for its text is not at hand.
func (l *list) committed(e *mcp.Entry, u *flow.Use, own bool) {
	switch a := &e.Annotations; {
	case a.ReadOnly == mcp.True:
		l.use(aivss.Autonomy, 2, u, ", which the client takes for reading")
	case a.Destructive == mcp.True:
		if at, ok := a.Spans["destructiveHint"]; ok && own && l.higher(aivss.Autonomy, 1) {
			l.raise(rule.Factor{Name: aivss.Autonomy, Halves: 1, Text: "destructiveHint tells the client to ask", Path: l.p.File.Path, Line: l.line(l.p.File.Path, at)})
		}
	case a.Destructive == mcp.Unset && e.SDK == mcp.GoMark3Labs: // it says of each tool that it is destructive
	case own && !tools.Confirmed(l.p, e, u):
		l.use(aivss.Autonomy, 2, u, ", before which nobody is asked")
	}
}
