package protocol

// unbounded-schema.go reports schemas of the caller that are made into validators as
// they are.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// bounds is what a function asks that limits a schema, by depth, size or time.
var bounds = regexp.MustCompile(`(?i)depth|size|limit|bound|nest|max_?|too_?(deep|large|big)|\blen\(|\.length|timeout|wait_for|worker|subprocess`)

// unboundedSchema looks at the handlers of tools that compile a parameter of theirs.
func unboundedSchema(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	for _, c := range p.Calls("compile", "compileAsync", "validate", "Draft202012Validator", "Draft201909Validator", "Draft7Validator", "Draft4Validator") {
		schema := compiled(p, c)
		e := p.Serves(c.Func)
		if schema == nil || e == nil || e.Handler != c.Func || !chosen(p, c.Func, schema) {
			continue
		}
		fn := &p.File.Funcs[c.Func]
		if bounds.MatchString(p.File.Tree.Text.Slice(source.Span{Start: fn.Start, End: fn.Start + fn.Len})) {
			continue
		}
		p.Report(rule.Finding{Span: c.Span(), Tool: e.Name, Parameter: c.Text(schema), Sink: c.Value.X.Name})
	}
}

// compiled gives the schema that a call makes a validator of; nil for other calls.
func compiled(p *rule.Pass, c rule.Call) *program.Value {
	if p.File.Lang == source.Python {
		name := c.Name()
		if !strings.HasPrefix(name, "jsonschema.") {
			return nil
		}
		if k := c.Keyword("schema"); k != nil {
			return k.X
		}
		if c.Value.X.Name == "validate" {
			return c.Arg(1)
		}
		return c.Arg(0)
	}
	if !p.File.Lang.ECMAScript() || c.Value.X.Op != program.OpField || c.Value.X.X == nil {
		return nil
	}
	made := bare(p.Written(rule.Part{Func: c.Func, Value: c.Value.X.X}).Value)
	if made == nil || made.Op != program.OpNew || made.X == nil || !strings.HasPrefix(made.X.Name, "Ajv") {
		return nil
	}
	return c.Arg(0)
}

// chosen reports whether a value is an argument of the handler, or one of its members.
func chosen(p *rule.Pass, fn int, v *program.Value) bool {
	v = bare(v)
	for v != nil && (v.Op == program.OpField || v.Op == program.OpIndex) {
		v = bare(v.X)
	}
	if v == nil || v.Op != program.OpIdent {
		return false
	}
	b := p.File.Lookup(fn, v.Name)
	return b.Kind == program.BoundParam && b.Func == fn && b.Param >= 0 && len(b.Assigns) == 0 && (b.Param == 0 || p.File.Lang == source.Python)
}
