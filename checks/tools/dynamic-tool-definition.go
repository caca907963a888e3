package tools

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// otherServer is what a flow says of what another MCP server answers.
const otherServer = "what a remote MCP server says"

// keptTools is how code reaches the tools that a server of Python has registered.
var keptTools = regexp.MustCompile(`_tool_manager|\._tools\b|\bget_tool\(`)

// dynamicToolDefinition reports tools whose name or description comes from an answer
// over the network or from a database, and descriptions that a handler writes anew.
func dynamicToolDefinition(p *rule.Pass) {
	for _, f := range described(p) {
		if f.What == "the answer to a request" || f.What == "the database" {
			p.Report(definition(f))
		}
	}
	rewritten(p)
}

// mirroredToolDefinition reports, once for each file, tools that are registered with the
// words of another MCP server.
func mirroredToolDefinition(p *rule.Pass) {
	for _, f := range described(p) {
		if f.What == otherServer {
			p.Report(definition(f))
			return
		}
	}
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

// rewritten reports assignments to the description of a registered tool in code that
// runs when a tool is called.
func rewritten(p *rule.Pass) {
	text := p.File.Tree.Text.String()
	if !p.Facts.Part || p.TestFile() || !strings.Contains(text, ".description =") && !strings.Contains(text, "__doc__ =") && !strings.Contains(text, ".update({") {
		return
	}
	for i := range p.File.Funcs {
		e := servedBy(p, i)
		if e == nil {
			continue
		}
		fn := &p.File.Funcs[i]
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			if s != nil && v == nil && s.Op == program.StmtAssign && len(s.Targets) == 1 {
				if t := s.Targets[0]; t != nil && t.Op == program.OpField && (t.Name == "description" || t.Name == "__doc__") && isTool(p, fn, t.X) {
					report(p, e, s.Span.Shift(fn.Start))
				}
			}
			return v == nil
		})
	}
	for _, c := range p.Calls("update") {
		e := servedBy(p, c.Func)
		if e != nil && c.Option("description") != nil && c.Value.X.Op == program.OpField && isTool(p, &p.File.Funcs[c.Func], c.Value.X.X) {
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

// servedBy gives the tool that a function serves, or stands in the handler of.
func servedBy(p *rule.Pass, i int) *mcp.Entry {
	for ; i > 0; i = p.File.Funcs[i].Parent {
		for _, e := range p.Facts.Entries {
			if e.Kind == mcp.Tool && e.Handler == i && !e.Elsewhere {
				return e
			}
		}
	}
	return nil
}

// isTool reports whether a value is a registered tool: what a registration gave, the
// handler of one in Python, or one that is taken out of the server.
func isTool(p *rule.Pass, fn *program.Placed, v *program.Value) bool {
	if v == nil {
		return false
	}
	if keptTools.MatchString(p.File.Tree.Text.Slice(v.Span.Shift(fn.Start))) {
		return true
	}
	if v.Op != program.OpIdent {
		return false
	}
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool {
			continue
		}
		if p.File.Lang == source.Python && e.Handler > 0 && !e.Elsewhere && p.File.Funcs[e.Handler].Name == v.Name {
			return true
		}
		if strings.HasSuffix(strings.TrimRight(p.File.Tree.Text.String()[:e.Span.Start], " "), v.Name+" =") {
			return true
		}
	}
	return false
}
