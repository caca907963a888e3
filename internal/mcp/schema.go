package mcp

// schema.go reads JSON Schemas written as literals: Python dicts, JavaScript
// objects, Go maps and jsonschema.Schema values, and texts of JSON.

import (
	"encoding/json"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// schema reads an input schema into an entry: a JSON Schema, or what is
// converted to one (Model.model_json_schema(), zodToJsonSchema(S)).
func (x *recogniser) schema(e *Entry, r ref) {
	d := x.deref(r)
	if d.v == nil {
		return
	}
	e.Schema, e.SchemaFunc = d.v, d.fn
	switch d.v.Op {
	case program.OpObject:
		x.jsonProperties(e, d)
	case program.OpCall:
		x.converted(e, d)
	case program.OpConst:
		if d.v.Const == program.ConstString || d.v.Const == program.ConstBytes {
			rawSchema(e, d.v.Str, x.span(d))
		}
	}
}

// converted reads the calls that make a JSON Schema of something else.
func (x *recogniser) converted(e *Entry, d ref) {
	name := calleeName(d.v)
	switch name {
	case "model_json_schema", "schema":
		if d.v.X.Op == program.OpField {
			if c, fn := x.class(d.at(d.v.X.X)); c != nil {
				x.members(c, fn, e, "", 4)
			}
		}
	case "RawMessage", "byte", "parse", "loads", "MustCompile":
		if s, ok := x.constant(d.at(positionalAt(d.v, 0))); ok {
			rawSchema(e, s, x.span(d))
			return
		}
		if a := d.at(positionalAt(d.v, 0)); a.ok() && a.v.Op == program.OpCall {
			x.converted(e, a)
		}
	case "zodToJsonSchema", "toJSONSchema", "toJsonSchema", "fromJsonSchema", "jsonSchemaAdapter", "convertZodToJsonSchema":
		if a := d.at(positionalAt(d.v, 0)); a.ok() {
			x.anySchema(e, a)
		}
	default:
		x.zodObject(e, d, 6)
	}
}

// jsonProperties reads the properties of an object schema.
func (x *recogniser) jsonProperties(e *Entry, d ref) {
	x.fuel = maxFuel
	props := x.pair(d, "properties")
	if !props.ok() {
		props = x.pair(d, "Properties")
	}
	if !props.ok() {
		return
	}
	x.pairs(x.deref(props), func(key string, p, v ref) {
		if len(e.Params) >= maxMembers || slices.ContainsFunc(e.Params, func(q Param) bool { return q.Name == key }) {
			return
		}
		out := Param{Name: key, Member: key, Span: x.span(p)}
		x.jsonProperty(v, &out, 6)
		e.Params = append(e.Params, out)
	})
}

// jsonProperty reads the schema of one value.
func (x *recogniser) jsonProperty(r ref, out *Param, depth int) {
	d := x.deref(r)
	if d.v == nil || d.v.Op != program.OpObject || depth == 0 {
		return
	}
	c := &out.Constraint
	x.pairs(d, func(key string, _, v ref) {
		switch strings.ToLower(key[:1]) + key[1:] {
		case "type":
			c.Type, _ = x.constant(v)
		case "description":
			out.Description = x.text(v)
		case "pattern":
			c.Pattern, _ = x.constant(v)
		case "format":
			c.Format, _ = x.constant(v)
		case "maxLength":
			c.MaxLen = atoi(x.number(v))
		case "minimum", "exclusiveMinimum":
			c.Min = x.number(v)
		case "maximum", "exclusiveMaximum":
			c.Max = x.number(v)
		case "enum":
			c.Enum = x.constants(v)
		case "const":
			if s, ok := x.constant(v); ok {
				c.Enum = []string{s}
			}
		case "items":
			var item Param
			x.jsonProperty(v, &item, depth-1)
			c.Items = &item.Constraint
		case "anyOf", "oneOf":
			var all []Constraint
			x.elements(v, func(a ref) {
				var p Param
				x.jsonProperty(a, &p, depth-1)
				if p.Constraint.Type != "null" {
					all = append(all, p.Constraint)
				}
			})
			if c.Type == "" {
				*c = union(all)
			}
		}
	})
}

// constants gives the elements of a list whose elements are all constant.
func (x *recogniser) constants(r ref) []string {
	var list []string
	ok := true
	d := x.deref(r)
	// Object.values(Enum) and [e.value for e in Enum] give an enum's values.
	if d.v != nil && d.v.Op == program.OpCall && len(d.v.Args) == 1 {
		if c, fn := x.class(d.at(d.v.Args[0])); c != nil {
			return x.enumValues(c, fn)
		}
	}
	if d.v != nil && d.v.Op == program.OpCompr && len(d.v.Args) == 1 {
		if c, fn := x.class(d.at(d.v.Args[0].X)); c != nil {
			return x.enumValues(c, fn)
		}
	}
	x.elements(r, func(e ref) {
		s, constant := x.constant(e)
		if !constant {
			if s = x.number(e); s == "" {
				ok = false
				return
			}
		}
		list = append(list, s)
	})
	if !ok {
		return nil
	}
	return list
}

// rawSchema reads a schema from a text of JSON. All its parts are placed at the
// text as a whole.
func rawSchema(e *Entry, s string, at source.Span) {
	type property struct {
		Type        any    `json:"type"`
		Description string `json:"description"`
		Pattern     string `json:"pattern"`
		Format      string `json:"format"`
		MaxLength   int    `json:"maxLength"`
		Enum        []any  `json:"enum"`
	}
	var schema struct {
		Properties map[string]property `json:"properties"`
	}
	if len(s) > 1<<20 || json.Unmarshal([]byte(s), &schema) != nil {
		return
	}
	names := make([]string, 0, len(schema.Properties))
	for n := range schema.Properties {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names[:min(len(names), maxMembers)] {
		p := schema.Properties[n]
		out := Param{Name: n, Member: n, Span: at, Constraint: Constraint{Pattern: p.Pattern, Format: p.Format, MaxLen: p.MaxLength}}
		out.Constraint.Type, _ = p.Type.(string)
		if p.Description != "" {
			out.Description = Text{Value: p.Description, Span: at, Constant: true}
		}
		for _, v := range p.Enum {
			if t, ok := v.(string); ok {
				out.Constraint.Enum = append(out.Constraint.Enum, t)
			}
		}
		e.Params = append(e.Params, out)
	}
}
