package tools

import (
	"slices"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// unannotatedDestructiveTool reports, once for each file, tools that remove something
// and have no annotations. Those of which another check says more are left to it.
func unannotatedDestructiveTool(p *rule.Pass) {
	var f *rule.Finding
	var edits []rule.Edit
	for _, e := range p.Facts.Entries {
		if !silent(e) || e.SDK == mcp.NoSDK || rule.LooksOnly(e) || p.TestFile() {
			continue
		}
		i := slices.IndexFunc(p.Uses(e), p.Removes)
		if i < 0 || unasked(p, e) != nil {
			continue
		}
		u := p.Uses(e)[i]
		edits = append(edits, annotated(p, e)...)
		if f == nil {
			f = &rule.Finding{Span: e.NameSpan, Tool: e.Name, Sink: u.Callee, Related: []rule.Step{{Path: u.File.Path, Span: u.Span, Text: "this call removes something"}}}
		} else if len(f.Related) < rule.MaxRelated {
			f.Related = append(f.Related, rule.Step{Path: p.File.Path, Span: e.NameSpan, Text: e.Name + " removes something too, and has no annotations"})
		}
	}
	if f == nil {
		return
	}
	if len(edits) > 0 {
		f.Fixes = []rule.Fix{{Title: "Say that the tool removes something", Edits: edits, Preferred: true}}
	}
	p.Report(*f)
}

// annotated gives the edits that tell clients that a tool is destructive, none where
// the registration has no short form for it.
func annotated(p *rule.Pass, e *mcp.Entry) []rule.Edit {
	switch e.SDK {
	case mcp.PythonV1, mcp.PythonFastMCP:
		return annotatedPython(p, e)
	case mcp.TypeScriptV1, mcp.TypeScriptV2, mcp.TSFastMCP, mcp.TSHandler:
		return annotatedECMA(p, e)
	}
	return nil
}

// annotatedPython adds annotations= to the decorator of a tool.
func annotatedPython(p *rule.Pass, e *mcp.Entry) []rule.Edit {
	if e.Handler <= 0 || e.Elsewhere {
		return nil
	}
	fn := &p.File.Funcs[e.Handler]
	for _, d := range fn.Decorators {
		call := d
		if d.Op == program.OpCall {
			call = d.X
		}
		if call == nil || call.Op != program.OpField || call.Name != "tool" {
			continue
		}
		at := d.Span.Shift(fn.Start)
		text := p.File.Tree.Text.Slice(at)
		given := "annotations=ToolAnnotations(destructiveHint=True)"
		edit := rule.Edit{Path: p.File.Path, Span: source.Span{Start: at.End, End: at.End}, New: "(" + given + ")"}
		if d.Op == program.OpCall {
			if !strings.HasSuffix(text, ")") || strings.Contains(text, "\n") || strings.HasSuffix(strings.TrimRight(strings.TrimSuffix(text, ")"), " "), ",") {
				return nil
			}
			edit.Span = source.Span{Start: at.End - 1, End: at.End - 1}
			edit.New = given
			if len(d.Args) > 0 {
				edit.New = ", " + given
			}
		}
		return append([]rule.Edit{edit}, importAnnotations(p.File)...)
	}
	return nil
}

// importAnnotations makes ToolAnnotations known, after the last import of the SDK at
// the top of the file.
func importAnnotations(f *program.File) []rule.Edit {
	for _, im := range f.Imports {
		if im.Func == 0 && im.Local == "ToolAnnotations" {
			return nil
		}
	}
	var last *program.Stmt
	for _, s := range f.Top.Body {
		if s.Op == program.StmtImport && (s.Name == "mcp" || s.Name == "fastmcp" || strings.HasPrefix(s.Name, "mcp.") || strings.HasPrefix(s.Name, "fastmcp.")) {
			last = s
		}
	}
	if last == nil {
		return nil
	}
	return []rule.Edit{{Path: f.Path, Span: source.Span{Start: last.Span.End, End: last.Span.End}, New: "\nfrom mcp.types import ToolAnnotations"}}
}

// annotatedECMA adds annotations to the object that describes a tool.
func annotatedECMA(p *rule.Pass, e *mcp.Entry) []rule.Edit {
	call, ok := p.CallAt(e.Span)
	if !ok {
		return nil
	}
	var config *program.Value
	switch call.Value.X.Name {
	case "registerTool":
		config = call.Arg(1)
	case "addTool":
		config = call.Arg(0)
	}
	if config == nil || config.Op != program.OpObject || len(config.Args) == 0 {
		return nil
	}
	last := config.Args[len(config.Args)-1]
	if last == nil || last.Op != program.OpPair {
		return nil
	}
	at := call.At(last)
	text := p.File.Tree.Text
	between := ", "
	line := text.Line(text.LineAt(at.Start))
	if indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; at.Start == text.LineStart(text.LineAt(at.Start))+uint32(len(indent)) {
		between = ",\n" + indent
	}
	return []rule.Edit{{Path: p.File.Path, Span: source.Span{Start: at.End, End: at.End}, New: between + "annotations: { destructiveHint: true }"}}
}
