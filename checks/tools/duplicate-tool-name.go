package tools

import (
	"regexp"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// registrar is how a registration begins: the server object and what is called on it.
var registrar = regexp.MustCompile(`^@?\s*([\w.$]+)\.(tool|registerTool|addTool|AddTool|RegisterTool)\b\s*\(?\s*([\w.]*)`)

// maxCompared bounds the pairs of a file whose places are compared.
const maxCompared = 100

// duplicateToolName reports a tool that is registered on a server object under the name
// of another, in the same block of code.
func duplicateToolName(p *rule.Pass) {
	type place struct{ server, name string }
	first := map[place]*mcp.Entry{}
	compared := 0
	times := map[string]int{}
	for _, e := range p.Facts.Entries {
		times[e.Name]++
	}
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Name == "" || times[e.Name] < 2 || p.TestFile() {
			continue
		}
		server := registeredOn(p, e)
		if server == "" {
			continue
		}
		at := place{server, e.Name}
		other, taken := first[at]
		if !taken {
			first[at] = e
			continue
		}
		if other.Span == e.Span || !isName(p, e) {
			continue
		}
		if compared++; compared > maxCompared {
			return
		}
		if block := blockOf(p, e); block == nil || block != blockOf(p, other) {
			continue
		}
		p.Report(rule.Finding{
			Span: e.NameSpan, Tool: e.Name, Sink: server,
			Related: []rule.Step{{Path: p.File.Path, Span: other.NameSpan, Text: "the first tool of this name"}},
		})
	}
}

// isName reports whether a tool's name is one that clients see, not the identifier that holds it.
func isName(p *rule.Pass, e *mcp.Entry) bool {
	if _, ok := written(p, e); ok {
		return true
	}
	return p.File.Lang == source.Python && e.Handler > 0 && !e.Elsewhere && p.File.Funcs[e.Handler].Name == e.Name
}

// registeredOn gives the server object that a tool is registered on, "" where that is not plain.
func registeredOn(p *rule.Pass, e *mcp.Entry) string {
	m := registrar.FindStringSubmatch(p.File.Tree.Text.Slice(e.Span))
	if m == nil {
		return ""
	}
	if p.File.Lang == source.Go && e.SDK == mcp.GoOfficial && m[1] == "mcp" {
		return m[3]
	}
	return m[1]
}

// blockOf gives the first statement of the innermost block that a registration is a
// statement of.
func blockOf(p *rule.Pass, e *mcp.Entry) *program.Stmt {
	best, at := -1, e.Span
	for i := range p.File.Funcs {
		fn := &p.File.Funcs[i]
		if fn.Start <= at.Start && at.End <= fn.Start+fn.Len && (i != e.Handler || e.Elsewhere) && (best < 0 || fn.Len <= p.File.Funcs[best].Len) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	fn := &p.File.Funcs[best]
	return innermost(fn.Body, source.Span{Start: at.Start - fn.Start, End: at.Start - fn.Start + 1})
}

func innermost(list []*program.Stmt, at source.Span) *program.Stmt {
	for _, s := range list {
		if s == nil || !s.Span.Contains(at) {
			continue
		}
		for _, part := range [][]*program.Stmt{s.Body, s.Else, s.Finally, s.Post} {
			if in := innermost(part, at); in != nil {
				return in
			}
		}
		for i := range s.Cases {
			if in := innermost(s.Cases[i].Body, at); in != nil {
				return in
			}
		}
		return list[0]
	}
	return nil
}
