package files

// archive-extraction.go finds archives whose members are written to wherever
// their names say.

import (
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// memberName is what the models call the name of a member.
const memberName = "the name of an archive's member"

// archiveExtraction reports archives from outside that are unpacked as they are,
// and names of members that become the path of a file without a check.
func archiveExtraction(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		named := f.Kind == mcp.Untrusted && f.What == memberName && f.Sink == flow.PathWrite
		if f.Secret != "" || !named && f.Sink != flow.Unpack || seen[f.Call] || f.Path != p.File.Path || p.TestFile() {
			continue
		}
		seen[f.Call] = true
		found := rule.Finding{Span: f.Call, Parameter: f.Param, Sink: f.Callee}
		if f.Entry != nil {
			found.Tool = f.Entry.Name
		}
		if !f.Sure {
			found.Confidence = rule.Low
		}
		for _, s := range f.Steps {
			found.Steps = append(found.Steps, rule.Step(s))
		}
		p.Report(found)
	}
}

// extractData lets Python's tarfile refuse members that lead elsewhere.
func extractData(p *rule.Pass, f *rule.Finding) []rule.Fix {
	if p.File.Lang != source.Python {
		return nil
	}
	c, ok := p.CallAt(f.Span)
	if !ok || c.Spreads() || c.Value.X.Op != program.OpField {
		return nil
	}
	switch c.Value.X.Name {
	case "extractall", "extract", "unpack_archive":
	default:
		return nil
	}
	add := `filter="data"`
	end := c.Span().End - 1
	if n := len(c.Value.Args); n > 0 && c.Value.Args[n-1] != nil {
		add, end = ", "+add, c.At(c.Value.Args[n-1]).End
	}
	return []rule.Fix{{
		Title:     `Refuse members that lead elsewhere, with filter="data"`,
		Edits:     []rule.Edit{c.Replace(source.Span{Start: end, End: end}, add)},
		Preferred: true,
	}}
}
