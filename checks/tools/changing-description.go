package tools

// changing-description.go finds descriptions that depend on how often or when the
// tools are listed; dynamic-tool-definition tells of them.

import (
	"fmt"
	"regexp"
	"slices"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	counted = regexp.MustCompile(`([A-Za-z_]\w*)\s*(?:\+\+|\+=\s*1\b)|\+\+([A-Za-z_]\w*)`)
	clocks  = regexp.MustCompile(`\b(?:Date\.now|new\s+Date|Math\.random|random\.\w+|time\.time|time\.Now|(?:datetime|date)\.(?:now|today|utcnow)|rand\.\w+)\s*\(`)
)

var (
	// steps stand where something is counted, and times where the time or chance is asked.
	steps = rule.NewMarkers("++", "+= 1", "+=1")
	times = rule.NewMarkers("Date", "random", "time.", "date.", "rand.")
)

// changingDescriptions reports tools whose description is one of two texts, by a
// counter, the time or chance.
func changingDescriptions(p *rule.Pass) {
	var open []*mcp.Entry
	for _, e := range p.Facts.Entries {
		if e.Kind == mcp.Tool && !e.Description.Constant && e.Description.Span.Len() > 0 {
			open = append(open, e)
		}
	}
	if len(open) == 0 || p.TestFile() {
		return
	}
	counters := map[string]bool{}
	for _, line := range steps.Lines(p) {
		for _, m := range counted.FindAllStringSubmatch(p.File.Tree.Text.Line(line), -1) {
			counters[m[1]+m[2]] = true
		}
	}
	if len(counters) == 0 && !times.Held(p) {
		return
	}
	for i := range p.File.Funcs {
		fn := &p.File.Funcs[i]
		here := source.Span{Start: fn.Start, End: fn.Start + fn.Len}
		if !slices.ContainsFunc(open, func(e *mcp.Entry) bool { return here.Contains(e.Description.Span) }) {
			continue
		}
		bySpan := map[source.Span]*mcp.Entry{}
		for _, e := range open {
			bySpan[e.Description.Span] = e
		}
		fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v == nil {
				return true
			}
			e := bySpan[v.Span.Shift(fn.Start)]
			if e == nil {
				return true
			}
			delete(bySpan, e.Description.Span)
			for _, condition := range conditions(fn, v) {
				why := unsteady(p.File.Tree.Text.Slice(condition.Span.Shift(fn.Start)), condition, counters)
				if why == "" {
					continue
				}
				p.Report(rule.Finding{
					Span: e.Description.Span, Tool: e.Name,
					Related: []rule.Step{{Path: p.File.Path, Span: condition.Span.Shift(fn.Start), Text: "this decides which text is shown"}},
					Message: fmt.Sprintf("%s is described in one way or another depending on %s, so what the user approved may not be what comes next", e.Name, why),
				})
				break
			}
			return true
		})
	}
}

// conditions gives what decides between the texts that a value may be.
func conditions(fn *program.Placed, v *program.Value) []*program.Value {
	switch v.Op {
	case program.OpCond:
		return v.Args[:1]
	case program.OpIdent:
		return decides(fn.Body, v.Name, nil)
	}
	return nil
}

// decides gives the conditions under which statements assign to a name.
func decides(list []*program.Stmt, name string, within *program.Value) (all []*program.Value) {
	for _, s := range list {
		if s == nil {
			continue
		}
		under := within
		if s.Op == program.StmtIf {
			under = s.Value
		}
		if s.Op == program.StmtAssign && slices.ContainsFunc(s.Targets, func(t *program.Value) bool { return t != nil && t.Op == program.OpIdent && t.Name == name }) {
			if within != nil {
				all = append(all, within)
			}
			if s.Value != nil && s.Value.Op == program.OpCond {
				all = append(all, s.Value.Args[0])
			}
		}
		for _, part := range [][]*program.Stmt{s.Body, s.Else, s.Finally, s.Post} {
			all = append(all, decides(part, name, under)...)
		}
		for i := range s.Cases {
			all = append(all, decides(s.Cases[i].Body, name, under)...)
		}
	}
	return all
}

// unsteady says on what a condition depends that is another at the next look, "" if on
// nothing of the kind.
func unsteady(text string, v *program.Value, counters map[string]bool) string {
	if clocks.MatchString(text) {
		return "the time or on chance"
	}
	if v.Op == program.OpCompare || v.Op == program.OpLogical || v.Op == program.OpBinary || v.Op == program.OpUnary {
		for _, part := range v.Args {
			if part == nil {
				continue
			}
			if part.Op == program.OpIdent || part.Op == program.OpField {
				if counters[part.Name] {
					return "how often " + part.Name + " was counted"
				}
				continue
			}
			if why := unsteady("", part, counters); why != "" {
				return why
			}
		}
	}
	return ""
}
