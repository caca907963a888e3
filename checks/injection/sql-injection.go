package injection

import (
	"fmt"
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// comparison is what stands before a place at which a value can be bound.
var comparison = regexp.MustCompile(`(?i)(=|<|>|\(|,|\bLIKE|\bLIMIT|\bOFFSET|\bAND|\bBETWEEN)\s*$`)

// bindParameters puts a place into a query of sqlite3 where a value was put in,
// and hands the value over beside it. It does so only where every value stands
// alone, in quotes or after a comparison.
func bindParameters(p *rule.Pass, f *rule.Finding) []rule.Fix {
	c, ok := callAt(p, f)
	if !ok || !strings.HasPrefix(c.Name(), "sqlite3.") || len(c.Value.Args) != 1 {
		return nil
	}
	query := c.Value.Args[0]
	if query == nil || query.Op != program.OpTemplate || query.X != nil {
		return nil
	}
	raw := c.Text(query)
	if len(raw) < 3 || raw[0] != 'f' && raw[0] != 'F' || raw[1] != '"' && raw[1] != '\'' || strings.Contains(raw, "{{") || strings.Contains(raw, "}}") {
		return nil
	}
	start := query.Span.Start
	var text strings.Builder
	var values []string
	done := 1 // without the f
	for _, part := range query.Args {
		if part == nil || part.Op == program.OpConst {
			continue
		}
		from, to := int(part.Span.Start-start)-1, int(part.Span.End-start)+1
		if from < done || to > len(raw) || raw[from] != '{' || raw[to-1] != '}' {
			return nil // a format or a conversion of the value
		}
		before := raw[done:from]
		quote := raw[from-1]
		switch {
		case (quote == '\'' || quote == '"') && to < len(raw) && raw[to] == quote && from-1 > 1 && comparison.MatchString(raw[done:from-1]):
			before, to = before[:len(before)-1], to+1
		case !comparison.MatchString(before):
			return nil
		}
		text.WriteString(before + "?")
		values = append(values, c.Text(part))
		done = to
	}
	if len(values) == 0 {
		return nil
	}
	text.WriteString(raw[done:])
	tuple := "(" + strings.Join(values, ", ") + ")"
	if len(values) == 1 {
		tuple = "(" + values[0] + ",)"
	}
	return []rule.Fix{{
		Title: "Hand the values over beside the query",
		Edits: []rule.Edit{c.Replace(source.Span{Start: c.At(query).Start, End: c.At(query).End}, fmt.Sprintf("%s, %s", text.String(), tuple))},
	}}
}
