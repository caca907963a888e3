// Package schema holds the matchers of checks on what a tool says it takes and gives.
package schema

import (
	"slices"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Matchers are the matchers of this class, by the name that documents give.
var Matchers = map[string]rule.Matcher{
	"incomplete-input-schema": incompleteInputSchema,
	"output-schema-unmet":     outputSchemaUnmet,
	"untyped-parameter":       untypedParameter,
}

// incompleteInputSchema reports input schemas that are written as JSON Schema and do
// not say that they describe an object, or say that they describe something else.
func incompleteInputSchema(p *rule.Pass) {
	seen := map[*program.Value]bool{}
	for _, e := range p.Facts.Entries {
		v := e.Schema
		if e.Kind != mcp.Tool || v == nil || v.Op != program.OpObject || seen[v] || rule.Open(v) {
			continue
		}
		seen[v] = true
		keys := keysOf(p.File.Lang)
		kind, properties := rule.Pair(v, keys.kind), rule.Pair(v, keys.properties)
		if properties == nil || rule.Pair(v, "$ref") != nil {
			continue
		}
		at := rule.Part{Func: e.SchemaFunc, Value: v}
		if m := p.Member(at, keys.properties).Value; m == nil || m.Op != program.OpObject {
			continue // something else than JSON Schema, such as a shape of zod
		}
		switch {
		case kind == nil:
			if p.File.Lang == source.Go && !jsonSchema(v) {
				continue
			}
			p.Report(rule.Finding{Span: p.SpanOf(at), Tool: e.Name, Sink: "no type", Fixes: sayObject(p, at, keys)})
		case kind.X != nil && kind.X.Op == program.OpConst && kind.X.Const == program.ConstString && kind.X.Str != "object":
			span := p.SpanOf(rule.Part{Func: e.SchemaFunc, Value: kind.X})
			p.Report(rule.Finding{
				Span: span, Tool: e.Name, Sink: "the type " + kind.X.Str,
				Fixes: []rule.Fix{{Title: "Say that the arguments are an object", Preferred: true, Edits: []rule.Edit{{
					Path: p.File.Path, Span: span, New: keys.quoted,
				}}}},
			})
		}
	}
}

// keys are how a language writes the parts of a schema.
type keys struct{ kind, properties, first, quoted string }

func keysOf(lang source.Language) keys {
	switch lang {
	case source.Python:
		return keys{"type", "properties", `"type": "object"`, `"object"`}
	case source.Go:
		return keys{"Type", "Properties", `Type: "object"`, `"object"`}
	}
	return keys{"type", "properties", `type: "object"`, `"object"`}
}

// jsonSchema reports whether a struct of Go is one of the package for JSON Schema.
func jsonSchema(v *program.Value) bool { return v.X != nil && v.X.Name == "Schema" }

// sayObject puts the type before the first part of a schema.
func sayObject(p *rule.Pass, at rule.Part, k keys) []rule.Fix {
	if len(at.Value.Args) == 0 || at.Value.Args[0] == nil {
		return nil
	}
	first := p.SpanOf(rule.Part{Func: at.Func, Value: at.Value.Args[0]})
	text := p.File.Tree.Text
	before := text.Slice(source.Span{Start: text.LineStart(text.LineAt(first.Start)), End: first.Start})
	separator := ", "
	if strings.TrimSpace(before) == "" {
		separator = ",\n" + before // each part has a line of its own
	}
	return []rule.Fix{{
		Title: "Say that the arguments are an object", Preferred: true,
		Edits: []rule.Edit{{Path: p.File.Path, Span: source.Span{Start: first.Start, End: first.Start}, New: k.first + separator}},
	}}
}

// outputSchemaUnmet reports tools that declare what they give and give text alone.
func outputSchemaUnmet(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Handler < 0 || e.Elsewhere {
			continue
		}
		declared, ok := outputSchema(p, e)
		if !ok || !textAlone(p, e) {
			continue
		}
		p.Report(rule.Finding{Span: declared, Tool: e.Name})
	}
}

// outputSchema gives the place at which a registration declares an output schema.
func outputSchema(p *rule.Pass, e *mcp.Entry) (source.Span, bool) {
	c, ok := p.CallAt(e.Span)
	if !ok {
		return source.Span{}, false
	}
	if k := c.Keyword("outputSchema"); k != nil {
		return c.At(k), k.X != nil && k.X.Const != program.ConstNone
	}
	for _, a := range c.Value.Args {
		at := p.Written(rule.Part{Func: c.Func, Value: a})
		switch {
		case at.Value == nil:
		case at.Value.Op == program.OpObject:
			for _, name := range []string{"outputSchema", "OutputSchema"} {
				if pair := rule.Pair(at.Value, name); pair != nil {
					return p.SpanOf(rule.Part{Func: at.Func, Value: pair}), true
				}
			}
		case at.Value.Op == program.OpCall && at.Value.X != nil && at.Value.X.Name == "NewTool":
			for _, option := range at.Value.Args {
				if option != nil && option.Op == program.OpCall && option.X != nil && strings.HasSuffix(nameOf(option.X), "OutputSchema") {
					return p.SpanOf(rule.Part{Func: at.Func, Value: option}), true
				}
			}
		}
	}
	return source.Span{}, false
}

// nameOf gives the last name of what is called, type arguments left out.
func nameOf(v *program.Value) string {
	if v.Op == program.OpIndex && v.X != nil {
		v = v.X
	}
	return v.Name
}

// textAlone reports whether each result of a handler is written out and holds text and
// nothing structured.
func textAlone(p *rule.Pass, e *mcp.Entry) bool {
	fn := &p.File.Funcs[e.Handler]
	results, sure := 0, true
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		if v != nil {
			return false
		}
		if s.Op != program.StmtReturn || s.Value == nil {
			return true
		}
		if e.Branch.Len() > 0 && !e.Branch.Contains(s.Span.Shift(fn.Start)) {
			return true
		}
		switch text, failed := resultOf(p, e.Handler, s.Value); {
		case failed:
		case text:
			results++
		default:
			sure = false
		}
		return true
	})
	return sure && results > 0
}

// resultOf says whether a returned value is text alone, or the report of a failure.
func resultOf(p *rule.Pass, fn int, v *program.Value) (text, failed bool) {
	if p.File.Lang == source.Go {
		if v.Op != program.OpList || len(v.Args) == 0 || v.Args[0] == nil {
			return false, false
		}
		v = v.Args[0]
		if v.Const == program.ConstNone && v.Op == program.OpConst {
			return false, true
		}
	}
	at := p.Written(rule.Part{Func: fn, Value: v})
	v = at.Value
	switch {
	case v.Op == program.OpObject && !rule.Open(v):
		for _, name := range []string{"isError", "IsError"} {
			if rule.Pair(v, name) != nil {
				return false, true
			}
		}
		structured := rule.Pair(v, "structuredContent") != nil || rule.Pair(v, "StructuredContent") != nil
		return !structured && (rule.Pair(v, "content") != nil || rule.Pair(v, "Content") != nil), false
	case v.Op == program.OpCall && v.X != nil && (v.X.Name == "NewToolResultError" || v.X.Name == "NewToolResultErrorFromErr"):
		return false, true
	case v.Op == program.OpCall && v.X != nil && v.X.Name == "NewToolResultText":
		return true, false
	case p.File.Lang == source.Python && v.Op == program.OpList && v.Name != "tuple" && v.Name != "set":
		return len(v.Args) > 0 && !slices.ContainsFunc(v.Args, func(a *program.Value) bool {
			return a == nil || a.Op != program.OpCall || a.X == nil || a.X.Name != "TextContent"
		}), false
	}
	return false, false
}

// untypedParameter reports parameters of tools that change something, for which the
// schema takes anything at all.
func untypedParameter(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Elsewhere {
			continue
		}
		for _, param := range e.Params {
			if param.Declared.Type != "" || len(param.Declared.Enum) > 0 || param.Span.Len() == 0 || !takesAnything(p, param.Span) {
				continue
			}
			if !slices.ContainsFunc(p.Uses(e), p.Changes) {
				continue
			}
			p.Report(rule.Finding{Span: param.Span, Tool: e.Name, Parameter: param.Name})
			break // one for each tool: the habit is the cause
		}
	}
}

// takesAnything reports whether a declaration says in so many words that any value will do.
func takesAnything(p *rule.Pass, at source.Span) bool {
	text := p.File.Tree.Text.Slice(at)
	if at.Len() > 400 {
		return false
	}
	switch {
	case p.File.Lang == source.Python:
		_, kind, ok := strings.Cut(text, ":")
		kind, _, _ = strings.Cut(kind, "=")
		kind = strings.TrimSpace(kind)
		return ok && (kind == "Any" || kind == "typing.Any" || kind == "object")
	case p.File.Lang.ECMAScript():
		return strings.Contains(text, "z.any()") || strings.Contains(text, "z.unknown()")
	}
	fields := strings.Fields(text)
	return len(fields) >= 2 && (fields[1] == "any" || fields[1] == "interface{}" || fields[1] == "json.RawMessage")
}
