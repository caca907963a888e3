package mcp

// golang_types.go reads what Go types and their tags prove of parameters.

import (
	"strings"

	"mcpaudit/internal/program"
)

// goStruct reads the fields of the struct that a handler takes its arguments as.
func (x *recogniser) goStruct(e *Entry, r ref) {
	c, fn := x.goClass(r)
	if c == nil {
		return
	}
	e.Schema, e.SchemaFunc = r.v, r.fn
	x.goFields(e, c, fn, 4)
}

// goClass gives the struct of this file that a type names.
func (x *recogniser) goClass(r ref) (*program.Class, int) {
	return x.class(r.at(bareType(r.v)))
}

func (x *recogniser) goFields(e *Entry, c *program.Class, fn, depth int) {
	for i := range c.Fields {
		f := &c.Fields[i]
		name, tag := goJSONName(f)
		if name == "" || len(e.Params) >= maxMembers {
			continue
		}
		p := Param{Name: name, Member: f.Name, Span: f.Span.Shift(x.f.Funcs[fn].Start)}
		x.goType(here(fn, f.Type), &p.Constraint, 6)
		goSchemaTag(tag, &p)
		e.Params = append(e.Params, p)
	}
	for _, b := range c.Bases { // embedded
		if base, at := x.goClass(here(fn, b)); base != nil && base != c && depth > 0 {
			x.goFields(e, base, at, depth-1)
		}
	}
}

// goMembers adds, to parameters that a schema has named, the struct's fields
// that carry them.
func (x *recogniser) goMembers(e *Entry, r ref) {
	c, _ := x.goClass(r)
	if c == nil {
		return
	}
	for i := range c.Fields {
		name, _ := goJSONName(&c.Fields[i])
		for k := range e.Params {
			if e.Params[k].Name == name {
				e.Params[k].Member = c.Fields[i].Name
			}
		}
	}
}

// goJSONName gives the name of a field in JSON, and its jsonschema tag; no name
// where it is not read from JSON.
func goJSONName(f *program.ClassField) (name, schema string) {
	name, _, _ = strings.Cut(tagValue(f.Tag, "json"), ",")
	switch {
	case name == "-", name == "" && (f.Name == "" || f.Name[0] >= 'a' && f.Name[0] <= 'z' || f.Name[0] == '_'):
		return "", ""
	case name == "":
		name = f.Name
	}
	return name, tagValue(f.Tag, "jsonschema")
}

// tagValue gives the value of one key of a struct tag, as reflect.StructTag
// does, of any text.
func tagValue(tag, key string) string {
	for tag != "" {
		tag = strings.TrimLeft(tag, " ")
		k, rest, ok := strings.Cut(tag, `:"`)
		if !ok {
			return ""
		}
		end := 0
		for end < len(rest) && rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(rest) {
			return ""
		}
		if k == key {
			return strings.ReplaceAll(strings.ReplaceAll(rest[:end], `\"`, `"`), `\\`, `\`)
		}
		tag = rest[end+1:]
	}
	return ""
}

// goSchemaTag reads a jsonschema tag: a description as a whole, or, as
// invopop/jsonschema has it, required,description=…,enum=….
func goSchemaTag(tag string, p *Param) {
	if tag == "" {
		return
	}
	describe := func(s string) { p.Description = Text{Value: s, Span: p.Span, Constant: true} }
	first, _, _ := strings.Cut(tag, ",")
	if key, _, has := strings.Cut(first, "="); !invopopKeys[key] || !has && key != "required" && key != "omitempty" {
		describe(tag)
		return
	}
	c := &p.Constraint
	for _, part := range strings.Split(strings.ReplaceAll(tag, `\,`, "\x00"), ",") {
		key, val, _ := strings.Cut(strings.ReplaceAll(part, "\x00", ","), "=")
		switch key {
		case "description":
			describe(val)
		case "enum":
			c.Enum = append(c.Enum, val)
		case "pattern":
			c.Pattern = val
		case "format":
			c.Format = val
		case "maxLength":
			c.MaxLen = atoi(val)
		case "minimum", "exclusiveMinimum":
			c.Min = val
		case "maximum", "exclusiveMaximum":
			c.Max = val
		}
	}
}

var invopopKeys = wordSet(`required description enum pattern format maxLength minLength minimum maximum exclusiveMinimum
	exclusiveMaximum title default example type anchor omitempty minItems maxItems uniqueItems nullable oneof_required`)

// goType reads a Go type.
func (x *recogniser) goType(r ref, c *Constraint, depth int) {
	t := x.goTypeText(r.fn, r.v)
	switch {
	case depth == 0 || t == "":
	case t == "string":
		c.Type = "string"
	case t == "bool":
		c.Type = "boolean"
	case strings.HasPrefix(t, "int"), strings.HasPrefix(t, "uint"), t == "byte", t == "rune":
		if !strings.HasPrefix(t, "interface") {
			c.Type = "integer"
		}
	case strings.HasPrefix(t, "float"):
		c.Type = "number"
	case t == "[]byte":
		c.Type = "string"
	case strings.HasPrefix(t, "["):
		c.Type = "array"
		var item Constraint
		_, elem, _ := strings.Cut(t, "]")
		goScalar(strings.TrimLeft(elem, "*"), &item)
		c.Items = &item
	case strings.HasPrefix(t, "map["), strings.HasPrefix(t, "struct{"), strings.HasPrefix(t, "struct {"):
		c.Type = "object"
	case t == "time.Time":
		c.Type, c.Format = "string", "date-time"
	case t == "time.Duration":
		c.Type = "integer"
	case t == "url.URL":
		c.Type, c.Format = "string", "uri"
	default:
		if cls, fn := x.goClass(r); cls != nil {
			c.Type = "object"
			if len(cls.Fields) == 0 && len(cls.Bases) == 1 {
				c.Type = ""
				x.goType(here(fn, cls.Bases[0]), c, depth-1)
			}
		}
	}
}

// goScalar reads the name of a basic type.
func goScalar(t string, c *Constraint) {
	switch {
	case t == "string":
		c.Type = "string"
	case t == "bool":
		c.Type = "boolean"
	case strings.HasPrefix(t, "int") && !strings.HasPrefix(t, "interface"), strings.HasPrefix(t, "uint"):
		c.Type = "integer"
	case strings.HasPrefix(t, "float"):
		c.Type = "number"
	}
}
