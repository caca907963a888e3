// Package injection holds the fixers of checks on values that a tool is given
// and that change the meaning of a command, a query or an object.
package injection

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Fixers are the fixers of this class, by the name that documents give.
var Fixers = map[string]func(*rule.Pass, *rule.Finding) []rule.Fix{
	"bind-parameters": bindParameters,
	"safe-loader":     safeLoader,
	"shell-to-list":   shellToList,
}

// call is a call of the audited file with the function that it stands in.
type call struct {
	*rule.Pass
	fn    int
	value *program.Value
}

// callAt gives the call that covers exactly the finding, in a file of Python.
func callAt(p *rule.Pass, f *rule.Finding) (call, bool) {
	c := call{Pass: p}
	if p.File.Lang != source.Python {
		return c, false
	}
	for i := range p.File.Funcs {
		fn := &p.File.Funcs[i]
		if f.Span.Start < fn.Start || f.Span.End > fn.Start+fn.Len {
			continue
		}
		want := source.Span{Start: f.Span.Start - fn.Start, End: f.Span.End - fn.Start}
		fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpCall && v.Span == want && v.X != nil {
				c.fn, c.value = i, v
			}
			return v == nil || v.Span.Contains(want)
		})
	}
	return c, c.value != nil
}

// name gives the canonical name of what is called.
func (c call) name() string { return c.File.Canonical(c.fn, c.value.X) }

func (c call) abs(s source.Span) source.Span { return s.Shift(c.File.Funcs[c.fn].Start) }

func (c call) text(v *program.Value) string { return c.File.Tree.Text.Slice(c.abs(v.Span)) }

// keyword gives a keyword argument, or nil.
func (c call) keyword(name string) *program.Value {
	for _, a := range c.value.Args {
		if a != nil && a.Op == program.OpKeyword && a.Name == name {
			return a
		}
	}
	return nil
}

func (c call) replace(s source.Span, with string) rule.Edit {
	return rule.Edit{Path: c.File.Path, Span: s, New: with}
}

// without removes a keyword argument that is not the first, and the comma
// before it.
func (c call) without(keyword *program.Value) rule.Edit {
	span := c.abs(keyword.Span)
	text := c.File.Tree.Text.String()
	for span.Start > 0 && text[span.Start-1] != ',' {
		span.Start--
	}
	span.Start--
	return c.replace(span, "")
}
