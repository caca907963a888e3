package tools

import (
	"fmt"
	"regexp"
	"slices"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// OtherServer is what a flow says of what another MCP server answers.
const OtherServer = "what a remote MCP server says"

// keptTools is how code reaches the tools that a server of Python has registered.
var keptTools = regexp.MustCompile(`_tool_manager|\._tools\b|\bget_tool\(`)

// dynamicToolDefinition reports tools whose name or description comes from an answer
// over the network or from a database, and descriptions that a handler writes anew.
func dynamicToolDefinition(p *rule.Pass) {
	for _, f := range described(p) {
		if (f.What == "the answer to a request" || f.What == "the database") && !connects(p) {
			p.Report(definition(f))
		}
	}
	rewritten(p)
	changingDescriptions(p)
}

// mirroredToolDefinition reports, once for each file, tools that are registered with the
// words of another MCP server.
func mirroredToolDefinition(p *rule.Pass) {
	for _, f := range described(p) {
		if f.What == OtherServer || connects(p) {
			p.Report(definition(f))
			return
		}
	}
}

// connects reports whether the program is a client of other MCP servers as well, as
// gateways are: what it fetches of tools is theirs.
func connects(p *rule.Pass) bool {
	whole := p.Server()
	return whole.Calls["ClientSession"] || whole.Calls["NewClient"] && p.File.Lang == source.Go ||
		whole.Imports("mcp/client", "mcp.client", "sdk/client", "modelcontextprotocol/client", "fastmcp.client", "mcp-go/client")
}

// described gives the flows of what was fetched into the name or the description of
// a tool, one for each registration.
func described(p *rule.Pass) []*flow.Flow {
	if p.TestFile() {
		return nil
	}
	var all []*flow.Flow
	for _, f := range p.Flow.Flows {
		if f.Sink == flow.Describe && f.Secret == "" && f.Kind != mcp.Input && f.Sure &&
			!slices.ContainsFunc(all, func(o *flow.Flow) bool { return o.Path == f.Path && o.Call == f.Call }) {
			all = append(all, f)
		}
	}
	return all
}

func definition(f *flow.Flow) rule.Finding {
	out := rule.Finding{Path: f.Path, Span: f.Call, Parameter: f.What, Sink: f.Callee}
	if f.Arg.Len() > 0 {
		out.Span.End = max(f.Call.Start, min(f.Call.End, f.Arg.End))
	}
	for _, s := range f.Steps {
		out.Steps = append(out.Steps, rule.Step(s))
	}
	return out
}

// rewriters stand where what a tool says is written anew.
var rewriters = rule.NewMarkers(".description =", "__doc__ =", ".update({")

// rewritten reports assignments to the description of a registered tool in code that
// runs when a tool is called.
func rewritten(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() || !rewriters.Held(p) {
		return
	}
	r := rewriting{p: p, serves: map[int]*mcp.Entry{}, handles: map[string]bool{}}
	for _, e := range p.Facts.Entries {
		if e.Kind == mcp.Tool {
			r.know(e)
		}
	}
	for i := range p.File.Funcs {
		e := r.servedBy(i)
		if e == nil {
			continue
		}
		fn := &p.File.Funcs[i]
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			if s != nil && v == nil && s.Op == program.StmtAssign && len(s.Targets) == 1 {
				if t := s.Targets[0]; t != nil && t.Op == program.OpField && (t.Name == "description" || t.Name == "__doc__") && r.isTool(fn, t.X) {
					report(p, e, s.Span.Shift(fn.Start))
				}
			}
			return v == nil
		})
	}
	for _, c := range p.Calls("update") {
		e := r.servedBy(c.Func)
		if e != nil && c.Option("description") != nil && c.Value.X.Op == program.OpField && r.isTool(&p.File.Funcs[c.Func], c.Value.X.X) {
			report(p, e, c.Span())
		}
	}
}

func report(p *rule.Pass, e *mcp.Entry, at source.Span) {
	p.Report(rule.Finding{
		Span: at, Tool: e.Name,
		Message: fmt.Sprintf("A call of %s writes the description of a tool anew, after the user has approved it", e.Name),
	})
}

// rewriting is what it takes to know a tool that is written anew.
type rewriting struct {
	p      *rule.Pass
	serves map[int]*mcp.Entry // tools by the function that serves them
	// handles are the names under which code knows registered tools: what a registration
	// gave, and in Python the function itself.
	handles map[string]bool
}

// assigned is the variable that a registration is put into.
var assigned = regexp.MustCompile(`([\w$]+)\s?:?=\s?(?:await\s)?$`)

func (r *rewriting) know(e *mcp.Entry) {
	f := r.p.File
	if e.Handler > 0 && !e.Elsewhere {
		r.serves[e.Handler] = e
		if f.Lang == source.Python {
			r.handles[f.Funcs[e.Handler].Name] = true
		}
	}
	before := f.Tree.Text.Slice(source.Span{Start: e.Span.Start - min(e.Span.Start, 60), End: e.Span.Start})
	if m := assigned.FindStringSubmatch(before); m != nil {
		r.handles[m[1]] = true
	}
}

// servedBy gives the tool that a function serves, or stands in the handler of.
func (r *rewriting) servedBy(i int) *mcp.Entry {
	for ; i > 0; i = r.p.File.Funcs[i].Parent {
		if e := r.serves[i]; e != nil {
			return e
		}
	}
	return nil
}

// isTool reports whether a value is a registered tool, by its name or as one that is
// taken out of the server.
func (r *rewriting) isTool(fn *program.Placed, v *program.Value) bool {
	if v == nil {
		return false
	}
	return v.Op == program.OpIdent && r.handles[v.Name] || keptTools.MatchString(r.p.File.Tree.Text.Slice(v.Span.Shift(fn.Start)))
}
