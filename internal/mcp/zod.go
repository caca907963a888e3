package mcp

// zod.go reads what zod schemas (versions 3 and 4), and what looks like them
// (valibot's and TypeBox's objects), prove of parameters.

import (
	"slices"
	"strings"

	"mcpaudit/internal/program"
)

// anySchema reads a schema of any kind into an entry's parameters.
func (x *recogniser) anySchema(e *Entry, r ref) {
	d := x.deref(r)
	if d.v == nil {
		return
	}
	e.Schema, e.SchemaFunc = d.v, d.fn
	if d.v.Op == program.OpObject {
		x.fuel = maxFuel
		if p := x.pair(d, "properties"); p.ok() {
			if t := x.pair(d, "type"); t.ok() {
				if s, _ := x.constant(t); s == "object" {
					x.jsonProperties(e, d)
					return
				}
			}
		}
		x.shape(e, d, 6)
		return
	}
	if d.v.Op == program.OpCall {
		switch calleeName(d.v) {
		case "fromJsonSchema", "jsonSchemaAdapter", "jsonSchema", "zodToJsonSchema", "toJSONSchema", "toJsonSchema":
			x.anySchema(e, d.at(positionalAt(d.v, 0)))
			return
		}
	}
	x.zodObject(e, d, 6)
}

// shape reads { name: z.string(), … }.
func (x *recogniser) shape(e *Entry, d ref, depth int) {
	if d.v == nil || d.v.Op != program.OpObject || depth == 0 {
		return
	}
	for _, a := range d.v.Args {
		if a == nil || len(e.Params) >= maxMembers {
			continue
		}
		switch a.Op {
		case program.OpPair:
			x.fuel = maxFuel
			name := x.key(d.at(a))
			if name == "" {
				continue
			}
			out := Param{Name: name, Member: name, Span: x.span(d.at(a))}
			x.zod(d.at(a.X), &out, 24)
			if i := slices.IndexFunc(e.Params, func(p Param) bool { return p.Name == name }); i >= 0 {
				e.Params[i] = out
				continue
			}
			e.Params = append(e.Params, out)
		case program.OpSpread:
			s := x.deref(d.at(a.X))
			switch {
			case s.v == d.v:
			case s.v.Op == program.OpObject:
				x.shape(e, s, depth-1)
			case s.v.Op == program.OpField && s.v.Name == "shape":
				x.zodObject(e, x.deref(s.at(s.v.X)), depth-1)
			}
		}
	}
}

// zodObject reads z.object({…}) with what is called on it.
func (x *recogniser) zodObject(e *Entry, d ref, depth int) {
	if d.v == nil || depth == 0 {
		return
	}
	if d.v.Op == program.OpField && d.v.Name == "shape" {
		x.zodObject(e, x.deref(d.at(d.v.X)), depth-1)
		return
	}
	if d.v.Op != program.OpCall || d.v.X == nil {
		return
	}
	name := calleeName(d.v)
	arg := d.at(positionalAt(d.v, 0))
	switch name {
	case "object", "strictObject", "looseObject", "Object", "type", "defineSchema", "interface":
		x.shape(e, x.deref(arg), depth)
		return
	case "extend", "safeExtend", "augment", "merge", "and", "intersection", "intersect":
		if d.v.X.Op == program.OpField {
			x.zodObject(e, x.deref(d.at(d.v.X.X)), depth-1)
		}
		if a := x.deref(arg); a.ok() {
			if a.v.Op == program.OpObject {
				x.shape(e, a, depth-1)
			} else {
				x.zodObject(e, a, depth-1)
			}
		}
		return
	case "discriminatedUnion", "union":
		list := arg
		if name == "discriminatedUnion" {
			list = d.at(positionalAt(d.v, 1))
		}
		x.elements(list, func(m ref) {
			var each Entry
			x.zodObject(&each, x.deref(m), depth-1)
			for _, p := range each.Params {
				i := slices.IndexFunc(e.Params, func(q Param) bool { return q.Name == p.Name })
				if i < 0 {
					e.Params = append(e.Params, p)
				} else {
					e.Params[i].Constraint = union([]Constraint{e.Params[i].Constraint, p.Constraint})
				}
			}
		})
		return
	case "optional", "nullable", "lazy", "preprocess", "nullish":
		inner := arg
		if name == "preprocess" {
			inner = d.at(positionalAt(d.v, 1))
		}
		if inner.ok() && inner.v.Op != program.OpFunc {
			x.zodObject(e, x.deref(inner), depth-1)
			return
		}
	}
	if d.v.X.Op == program.OpField { // .strict(), .describe(…), .partial(), .refine(…)
		x.zodObject(e, x.deref(d.at(d.v.X.X)), depth-1)
	}
}

// zod reads one value's schema.
func (x *recogniser) zod(r ref, out *Param, depth int) {
	d := x.deref(r)
	if d.v == nil || depth == 0 {
		return
	}
	if d.v.Op == program.OpObject {
		x.fuel = maxFuel
		// { type: z.string(), description: "…" } of mcp-framework, or JSON Schema.
		if t := x.pair(d, "type"); t.ok() {
			if _, constant := x.constant(t); constant {
				x.jsonProperty(d, out, 6)
				return
			}
			x.zod(t, out, depth-1)
			if desc := x.pair(d, "description"); desc.ok() {
				out.Description = x.text(desc)
			}
		}
		return
	}
	if d.v.Op == program.OpCall && calleeName(d.v) == "completable" && d.v.X.Op == program.OpIdent {
		x.zod(d.at(positionalAt(d.v, 0)), out, depth-1)
		x.completion(out.Name, TypeScriptV1, x.span(d), d.at(positionalAt(d.v, 1)))
		return
	}
	if d.v.Op != program.OpCall || d.v.X == nil || d.v.X.Op != program.OpField {
		return
	}
	method := d.v.X.Name
	recv := d.at(d.v.X.X)
	arg := func(i int) ref { return d.at(positionalAt(d.v, i)) }
	if x.zodBase(recv) {
		x.zodMake(d, method, arg, out, depth)
		return
	}
	x.zod(recv, out, depth-1)
	x.zodCheck(d, method, arg, out, depth)
}

// zodBase reports whether a value is the schema library itself: z, z.coerce,
// z.iso.
func (x *recogniser) zodBase(r ref) bool {
	if r.v == nil {
		return false
	}
	if r.v.Op == program.OpField && (r.v.Name == "coerce" || r.v.Name == "iso" || r.v.Name == "z") {
		r.v = r.v.X
	}
	if r.v == nil || r.v.Op != program.OpIdent {
		return false
	}
	b := x.lookup(r.scope, r.v.Name)
	if b.kind == boundImport && b.imp != nil {
		return true
	}
	return b.kind == boundNothing || b.kind == boundParam
}

// zodTypes are the schemas by the type that JSON Schema gives them; after the
// comma stands the format.
var zodTypes = map[string]string{
	"string": "string", "number": "number", "int": "integer", "int32": "integer", "uint32": "integer", "int64": "integer", "bigint": "integer",
	"float32": "number", "float64": "number", "boolean": "boolean", "stringbool": "boolean", "array": "array", "tuple": "array", "set": "array",
	"object": "object", "strictObject": "object", "looseObject": "object", "record": "object", "map": "object", "date": "string,date-time",
	"url": "string,uri", "httpUrl": "string,uri", "email": "string,email", "uuid": "string,uuid", "uuidv4": "string,uuid", "guid": "string,uuid",
	"cuid": "string,cuid", "cuid2": "string,cuid2", "ulid": "string,ulid", "nanoid": "string,nanoid", "ipv4": "string,ipv4", "ipv6": "string,ipv6",
	"hostname": "string,hostname", "hex": "string,hex", "base64": "string,base64", "base64url": "string,base64url", "datetime": "string,date-time", "time": "string,time", "duration": "string,duration",
	"String": "string", "Number": "number", "Integer": "integer", "Boolean": "boolean", "Array": "array",
}

// zodMake reads the call that makes a schema.
func (x *recogniser) zodMake(d ref, name string, arg func(int) ref, out *Param, depth int) {
	c := &out.Constraint
	if d.v.X.X.Op == program.OpField && d.v.X.X.Name == "iso" && name == "date" {
		c.Type, c.Format = "string", "date"
		return
	}
	switch name {
	case "enum", "nativeEnum", "picklist":
		c.Type = "string"
		a := x.deref(arg(0))
		if !a.ok() {
			return
		}
		if cls, fn := x.class(a); cls != nil {
			c.Enum = x.enumValues(cls, fn)
			return
		}
		if a.v.Op == program.OpObject {
			x.pairs(a, func(_ string, _, v ref) {
				if s, ok := x.constant(v); ok {
					c.Enum = append(c.Enum, s)
				}
			})
			return
		}
		c.Enum = x.constants(a)
	case "literal":
		a := x.deref(arg(0))
		if a.ok() && a.v.Op == program.OpList {
			c.Type, c.Enum = "string", x.constants(a)
		} else if s, ok := x.constant(a); ok {
			c.Type, c.Enum = "string", []string{s}
		} else if n := x.number(a); n != "" {
			c.Type, c.Enum = "number", []string{n}
		} else if x.hint(a) != Unset {
			c.Type = "boolean"
		}
	case "union", "or", "xor":
		var all []Constraint
		x.elements(arg(0), func(m ref) {
			var p Param
			x.zod(m, &p, depth-1)
			if p.Constraint.Type != "null" {
				all = append(all, p.Constraint)
			}
		})
		*c = union(all)
	case "optional", "nullable", "nullish":
		x.zod(arg(0), out, depth-1)
	case "preprocess":
		x.zod(arg(1), out, depth-1)
	case "lazy":
		x.fuel = maxFuel
		if idx, _ := x.callee(arg(0)); idx >= 0 {
			x.zod(x.returned(idx), out, depth-1)
		}
	case "null", "undefined", "void":
		c.Type = "null"
	case "array", "set":
		c.Type = "array"
		var item Param
		x.zod(arg(0), &item, depth-1)
		c.Items = &item.Constraint
	default:
		t, format, _ := strings.Cut(zodTypes[name], ",")
		c.Type, c.Format = t, format
		if c.Type != "" {
			x.description(d, arg(0), out)
		}
	}
}

// description reads { description: "…" } given to a schema's constructor.
func (x *recogniser) description(d, a ref, out *Param) {
	if a = x.deref(a); a.ok() && a.v.Op == program.OpObject {
		if t := x.pair(a, "description"); t.ok() {
			out.Description = x.text(t)
		}
		if t := x.pair(a, "pattern"); t.ok() {
			out.Constraint.Pattern, _ = x.pattern(t)
		}
	}
}

// zodCheck reads one call on a schema.
func (x *recogniser) zodCheck(d ref, name string, arg func(int) ref, out *Param, depth int) {
	c := &out.Constraint
	text := c.Type == "string" || c.Type == "array"
	switch name {
	case "describe":
		out.Description = x.text(arg(0))
	case "meta", "openapi":
		x.description(d, arg(0), out)
	case "regex":
		c.Pattern, _ = x.pattern(arg(0))
	case "max", "lte", "lt", "length", "maxLength":
		n := x.number(arg(0))
		switch {
		case text && name != "length" || name == "length":
			c.MaxLen = atoi(n)
		default:
			c.Max = n
		}
	case "min", "gte", "gt":
		if !text {
			c.Min = x.number(arg(0))
		}
	case "positive", "nonnegative":
		c.Min = "0"
	case "int", "safe":
		c.Type = "integer"
	case "url", "email", "uuid", "cuid", "cuid2", "ulid", "nanoid", "ipv4", "ipv6", "datetime", "date", "time", "base64", "guid", "hostname":
		if _, format, ok := strings.Cut(zodTypes[name], ","); ok {
			c.Format = format
		}
		if name == "date" {
			c.Format = "date"
		}
	case "ip", "cidr", "emoji", "jwt":
		c.Format = name
	case "array":
		item := *c
		*c = Constraint{Type: "array", Items: &item}
	case "or":
		var p Param
		x.zod(arg(0), &p, depth-1)
		*c = union([]Constraint{*c, p.Constraint})
	case "and":
		*c = Constraint{}
	case "transform", "catch", "overwrite", "codec":
		*c = Constraint{}
	case "default", "prefault":
		// A default is as good as what passes: the author wrote it.
	case "pipe":
		next := Param{}
		x.zod(arg(0), &next, depth-1)
		*c = next.Constraint
	case "startsWith", "endsWith", "includes":
		if s, ok := x.constant(arg(0)); ok && c.Pattern == "" && name == "startsWith" {
			c.Pattern = "^" + quoteMeta(s)
		}
	}
}

func quoteMeta(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
