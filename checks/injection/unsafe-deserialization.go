package injection

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// safeLoader loads YAML with yaml.safe_load.
func safeLoader(p *rule.Pass, f *rule.Finding) []rule.Fix {
	c, ok := callAt(p, f)
	if !ok || c.value.X.Op != program.OpField || len(c.value.Args) == 0 {
		return nil
	}
	name := c.value.X.Name
	switch c.name() {
	case "yaml.load", "yaml.unsafe_load", "yaml.full_load":
	default:
		return nil
	}
	end := c.abs(c.value.X.Span).End
	edits := []rule.Edit{c.replace(source.Span{Start: end - uint32(len(name)), End: end}, "safe_load")}
	switch loader := c.keyword("Loader"); {
	case loader != nil:
		edits = append(edits, c.without(loader))
	case len(c.value.Args) > 1:
		return nil // the loader is the second of several positional arguments
	}
	return []rule.Fix{{Title: "Load plain data only, with yaml.safe_load", Edits: edits, Preferred: true}}
}
