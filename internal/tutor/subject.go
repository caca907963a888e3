package tutor

// subject.go takes from a finding what a conversation is about: the facts of the audit,
// and of the code no more than the functions on its path.

import (
	"fmt"
	"slices"
	"strings"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// maxExcerpts bounds the functions that leave, around the bound of lines where there is
// no function.
const (
	maxExcerpts = 6
	around      = 8
)

// Sources gives the code that a finding speaks of.
type Sources struct {
	Text func(path string) *source.Text // nil for a file that is gone
	Name func(path string) string       // the path as it may be shown: relative to the workspace
}

// About gives the subject of a finding.
func About(f *audit.Finding, s Sources, wholeFiles bool) Subject {
	sub := Subject{Check: f.Check, Title: f.Title, Message: f.Message, Tool: f.Tool, Parameter: f.Parameter, Language: source.LanguageOf(f.Path).String(), Scope: Functions}
	if text := s.Text(f.Path); text != nil {
		sub.Place = fmt.Sprintf("%s:%d", s.Name(f.Path), text.LineAt(min(f.Span.Start, uint32(text.Len())))+1)
	}
	if f.Score.Scored {
		sub.Score = fmt.Sprintf("AIVSS %s %s", f.Score.AIVSS, f.Score.Band)
	}
	if wholeFiles {
		sub.Scope = Files
	}
	sub.Code = s.excerpts(f, wholeFiles)
	return sub
}

// excerpts gives the functions that the path of a finding leads through, that of the
// finding itself first.
func (s Sources) excerpts(f *audit.Finding, whole bool) []Excerpt {
	var list []Excerpt
	taken := map[string][]source.Span{}
	for _, step := range append([]rule.Step{{Path: f.Path, Span: f.Span}}, f.Steps...) {
		text := s.Text(step.Path)
		if text == nil || int(step.Span.End) > text.Len() || len(list) == maxExcerpts {
			continue
		}
		span := source.Span{End: uint32(text.Len())}
		if !whole {
			span = function(step.Path, text, step.Span)
		}
		if slices.ContainsFunc(taken[step.Path], func(o source.Span) bool { return o.Start <= span.Start && span.End <= o.End }) {
			continue
		}
		taken[step.Path] = append(taken[step.Path], span)
		list = append(list, Excerpt{Path: s.Name(step.Path), Line: text.LineAt(span.Start) + 1, Text: text.Slice(span)})
	}
	return list
}

// functions are the kinds of node that are a function, in all grammars.
var functions = []string{
	"function_definition", "function_declaration", "function_expression", "function", "generator_function_declaration", "arrow_function", "method_definition", "method_declaration", "func_literal", "lambda",
}

// function gives the whole lines of the function that a place stands in, with its
// decorators or the call that registers it; without one some lines around the place.
func function(path string, text *source.Text, at source.Span) source.Span {
	tree := source.Parse(source.LanguageOf(path), text, false)
	defer tree.Release()
	var found source.NodeID
	for n := tree.At(at); n != 0; n = tree.Node(n).Parent {
		if slices.Contains(functions, tree.Kind(n)) {
			found = n
			break
		}
	}
	if found == 0 {
		line := text.LineAt(at.Start)
		first, last := max(line-around, 0), min(line+around, text.Lines()-1)
		return source.Span{Start: text.LineStart(first), End: lineEnd(text, last)}
	}
	for n := tree.Node(found).Parent; n != 0; n = tree.Node(n).Parent {
		kind := tree.Kind(n)
		if kind == "decorated_definition" || kind == "call_expression" && lines(text, tree.Span(n)) <= lines(text, tree.Span(found))+30 {
			found = n
			break
		}
		if kind != "arguments" && kind != "argument_list" && kind != "pair" && kind != "object" {
			break
		}
	}
	span := tree.Span(found)
	return source.Span{Start: text.LineStart(text.LineAt(span.Start)), End: lineEnd(text, text.LineAt(span.End))}
}

func lines(text *source.Text, s source.Span) int {
	return text.LineAt(s.End) - text.LineAt(s.Start) + 1
}

// lineEnd gives the end of a line, without its line break.
func lineEnd(text *source.Text, line int) uint32 {
	return text.LineStart(line) + uint32(len(strings.TrimRight(text.Line(line), "\r\n")))
}
