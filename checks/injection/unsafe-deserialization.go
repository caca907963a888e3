package injection

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// safeLoader loads YAML with yaml.safe_load.
func safeLoader(p *rule.Pass, f *rule.Finding) []rule.Fix {
	c, ok := callAt(p, f)
	if !ok || c.Value.X.Op != program.OpField || len(c.Value.Args) == 0 {
		return nil
	}
	name := c.Value.X.Name
	switch c.Name() {
	case "yaml.load", "yaml.unsafe_load", "yaml.full_load":
	default:
		return nil
	}
	end := c.At(c.Value.X).End
	edits := []rule.Edit{c.Replace(source.Span{Start: end - uint32(len(name)), End: end}, "safe_load")}
	switch loader := c.Keyword("Loader"); {
	case loader != nil:
		edits = append(edits, c.Without(loader))
	case len(c.Value.Args) > 1:
		return nil // the loader is the second of several positional arguments
	}
	return []rule.Fix{{Title: "Load plain data only, with yaml.safe_load", Edits: edits, Preferred: true}}
}
