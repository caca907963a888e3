package mcp

// python_types.go reads what Python's type hints prove of a parameter: Literal,
// Enum, Annotated with Field, constrained types, pydantic models, dataclasses
// and typed dicts.

import (
	"strings"

	"mcpaudit/internal/program"
)

// maxMembers bounds how many members of a model are listed.
const maxMembers = 256

// pyParam adds parameter i of a handler to an entry.
func (x *recogniser) pyParam(e *Entry, h *handlerFact, i int, p *program.Param) {
	out := Param{Name: p.Name, Var: p.Name, Span: p.Span.Shift(x.f.Funcs[e.Handler].Start)}
	t := x.typed(e.Handler, p.Type)
	if p.Type != nil {
		x.pyType(t, &out, 8)
	}
	if p.Default != nil && p.Default.Op == program.OpCall && calleeName(p.Default) == "Field" {
		x.pyField(here(e.Handler, p.Default), &out)
	}
	if c, fn := x.pyModel(t, 4); c != nil {
		h.params[len(h.params)-1].named = true
		x.members(c, fn, e, p.Name, 4)
		return
	}
	e.Params = append(e.Params, out)
}

// members lists the fields of a model as parameters.
func (x *recogniser) members(c *program.Class, fn int, e *Entry, carrier string, depth int) {
	if depth == 0 {
		return
	}
	for _, b := range c.Bases {
		if base, at := x.class(here(fn, b)); base != nil && base != c {
			x.members(base, at, e, carrier, depth-1)
		}
	}
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Private || f.Type == nil || f.Name == "model_config" || len(e.Params) >= maxMembers {
			continue
		}
		if f.Type.Op == program.OpIndex && lastName(f.Type.X) == "ClassVar" {
			continue
		}
		out := Param{Name: f.Name, Member: f.Name, Var: carrier, Span: f.Span.Shift(x.f.Funcs[fn].Start)}
		x.pyType(here(fn, f.Type), &out, 8)
		if f.Value != nil && f.Value.Op == program.OpCall && calleeName(f.Value) == "Field" {
			x.pyField(here(fn, f.Value), &out)
		}
		e.Params = append(e.Params, out)
	}
}

// pyModel gives the class of this file that a parameter's type is, if its
// members are the fields of an object.
func (x *recogniser) pyModel(r ref, depth int) (*program.Class, int) {
	if r.v == nil || depth == 0 {
		return nil, 0
	}
	switch r.v.Op {
	case program.OpIndex:
		switch lastName(r.v.X) {
		case "Optional", "Annotated", "Union", "Required", "NotRequired":
			for _, a := range typeArgs(r.v) {
				if c, fn := x.pyModel(r.at(a), depth-1); c != nil {
					return c, fn
				}
			}
		}
	case program.OpBinary:
		for _, a := range r.v.Args {
			if c, fn := x.pyModel(r.at(a), depth-1); c != nil {
				return c, fn
			}
		}
	case program.OpIdent, program.OpConst:
		if builtinTypes[r.v.Name] {
			break
		}
		if c, fn := x.class(r); c != nil && !x.enum(c, fn, 4) && x.structured(c, fn, 4) {
			return c, fn
		}
	}
	return nil, 0
}

// structured reports whether a class is filled field by field from JSON.
func (x *recogniser) structured(c *program.Class, fn, depth int) bool {
	for _, d := range c.Decorators {
		if n := lastName(d); n == "dataclass" || d.Op == program.OpCall && calleeName(d) == "dataclass" {
			return true
		}
	}
	for _, b := range c.Bases {
		switch lastName(b) {
		case "BaseModel", "TypedDict", "NamedTuple", "SQLModel", "RootModel":
			return true
		}
		if base, at := x.class(here(fn, b)); base != nil && base != c && depth > 0 && x.structured(base, at, depth-1) {
			return true
		}
	}
	return false
}

// enum reports whether a class is an Enum.
func (x *recogniser) enum(c *program.Class, fn, depth int) bool {
	for _, b := range c.Bases {
		switch lastName(b) {
		case "Enum", "StrEnum", "IntEnum":
			return true
		}
		if base, at := x.class(here(fn, b)); base != nil && base != c && depth > 0 && x.enum(base, at, depth-1) {
			return true
		}
	}
	return false
}

// typeArgs gives the arguments of a generic type.
func typeArgs(v *program.Value) []*program.Value {
	if len(v.Args) == 1 && v.Args[0] != nil && v.Args[0].Op == program.OpList {
		return v.Args[0].Args
	}
	return v.Args
}

// scalarTypes are types by the name that JSON Schema gives them; after the
// comma stands the format.
var scalarTypes = map[string]string{
	"str": "string", "bytes": "string", "int": "integer", "float": "number", "bool": "boolean", "complex": "number",
	"Decimal": "number", "list": "array", "List": "array", "tuple": "array", "Tuple": "array", "set": "array", "Set": "array",
	"Sequence": "array", "Iterable": "array", "frozenset": "array", "dict": "object", "Dict": "object", "Mapping": "object",
	"UUID": "string,uuid", "UUID4": "string,uuid", "UUID1": "string,uuid", "datetime": "string,date-time", "date": "string,date",
	"time": "string,time", "timedelta": "string,duration", "AnyUrl": "string,uri", "AnyHttpUrl": "string,uri", "HttpUrl": "string,uri", "FileUrl": "string,uri",
	"EmailStr": "string,email", "IPvAnyAddress": "string,ip", "IPv4Address": "string,ipv4", "IPv6Address": "string,ipv6",
	"Path": "string,path", "FilePath": "string,path", "DirectoryPath": "string,path", "SecretStr": "string", "StrictStr": "string",
	"StrictInt": "integer", "StrictBool": "boolean", "StrictFloat": "number",
	"PositiveInt": "integer", "NonNegativeInt": "integer", "NegativeInt": "integer", "PositiveFloat": "number", "NonNegativeFloat": "number",
}

// pyType reads a type expression.
func (x *recogniser) pyType(r ref, out *Param, depth int) {
	if r.v == nil || depth == 0 {
		return
	}
	c := &out.Constraint
	switch r.v.Op {
	case program.OpConst:
		if r.v.Const == program.ConstString {
			x.pyNamedType(r, r.v.Str, out, depth)
		}
	case program.OpIdent, program.OpField:
		x.pyNamedType(r, lastName(r.v), out, depth)
	case program.OpBinary:
		x.pyUnion(r, r.v.Args, out, depth)
	case program.OpCall: // constr(pattern=…), conint(ge=…), as a type
		switch calleeName(r.v) {
		case "constr":
			c.Type = "string"
		case "conint":
			c.Type = "integer"
		case "confloat", "condecimal":
			c.Type = "number"
		case "conlist", "conset":
			c.Type = "array"
		}
		x.pyField(r, out)
	case program.OpIndex:
		args := typeArgs(r.v)
		switch name := lastName(r.v.X); name {
		case "Literal":
			c.Type = "string"
			for _, a := range args {
				if s, ok := x.constant(r.at(a)); ok {
					c.Enum = append(c.Enum, s)
				} else if n := x.number(r.at(a)); n != "" {
					c.Type, c.Enum = "integer", append(c.Enum, n)
				} else if a != nil && a.Op == program.OpConst && a.Const == program.ConstNone {
					continue
				} else {
					c.Enum = nil
					return
				}
			}
		case "Optional", "Union":
			x.pyUnion(r, args, out, depth)
		case "Annotated":
			for i, a := range args {
				if i == 0 {
					x.pyType(r.at(a), out, depth-1)
				} else {
					x.pyMetadata(r.at(a), out)
				}
			}
		case "Required", "NotRequired", "Final", "ReadOnly":
			if len(args) > 0 {
				x.pyType(r.at(args[0]), out, depth-1)
			}
		default:
			x.pyNamedType(r, name, out, depth)
			if c.Type == "array" && len(args) > 0 {
				var item Param
				x.pyType(r.at(args[0]), &item, depth-1)
				c.Items = &item.Constraint
			}
		}
	}
}

func (x *recogniser) pyNamedType(r ref, name string, out *Param, depth int) {
	c := &out.Constraint
	if builtinTypes[name] {
		c.Type = scalarTypes[name]
		return
	}
	if cls, fn := x.class(r); cls != nil {
		switch {
		case x.enum(cls, fn, 4):
			c.Type, c.Enum = "string", x.enumValues(cls, fn)
		default:
			c.Type = "object"
		}
		return
	}
	if r.v.Op == program.OpIdent {
		x.fuel = maxFuel
		if alias := x.named(r); alias.ok() && alias.v != r.v {
			x.pyType(alias, out, depth-1)
			return
		}
	}
	t, format, _ := strings.Cut(scalarTypes[name], ",")
	c.Type, c.Format = t, format
	switch name {
	case "PositiveInt", "NonNegativeInt", "PositiveFloat", "NonNegativeFloat":
		c.Min = "0"
	}
}

// enumValues gives the constant values of an enum's members.
func (x *recogniser) enumValues(c *program.Class, fn int) []string {
	var list []string
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Value == nil {
			continue
		}
		if s, ok := x.constant(here(fn, f.Value)); ok {
			list = append(list, s)
		} else if n := x.number(here(fn, f.Value)); n != "" {
			list = append(list, n)
		} else {
			list = append(list, f.Name)
		}
	}
	return list
}

// pyUnion reads a union: None aside, one type stays as it is; several prove
// only what all of them prove.
func (x *recogniser) pyUnion(r ref, args []*program.Value, out *Param, depth int) {
	var all []Constraint
	for _, a := range args {
		if a == nil || a.Op == program.OpConst && a.Const == program.ConstNone || a.Op == program.OpIdent && a.Name == "None" {
			continue
		}
		var p Param
		x.pyType(r.at(a), &p, depth-1)
		if out.Description.Value == "" {
			out.Description = p.Description
		}
		all = append(all, p.Constraint)
	}
	out.Constraint = union(all)
}

// union gives what a value proves that satisfies one of several constraints.
func union(all []Constraint) Constraint {
	switch len(all) {
	case 0:
		return Constraint{}
	case 1:
		return all[0]
	}
	u := Constraint{Type: all[0].Type}
	enums := true
	for _, c := range all {
		if c.Type != u.Type {
			u.Type = ""
		}
		enums = enums && len(c.Enum) > 0
	}
	if enums {
		for _, c := range all {
			u.Enum = append(u.Enum, c.Enum...)
		}
	}
	return u
}

// pyMetadata reads what stands beside the type in Annotated.
func (x *recogniser) pyMetadata(r ref, out *Param) {
	if r.v == nil {
		return
	}
	if t := x.text(r); t.Constant && r.v.Op != program.OpCall {
		out.Description = t
		return
	}
	d := x.deref(r)
	if d.v.Op != program.OpCall {
		return
	}
	switch calleeName(d.v) {
	case "Field", "StringConstraints", "Query", "Body", "Path":
		x.pyField(d, out)
	case "Gt", "Ge":
		out.Constraint.Min = x.number(d.at(positionalAt(d.v, 0)))
	case "Lt", "Le":
		out.Constraint.Max = x.number(d.at(positionalAt(d.v, 0)))
	case "Doc":
		out.Description = x.text(d.at(positionalAt(d.v, 0)))
	}
}

// pyField reads Field(description=, pattern=, max_length=, ge=, le=, …).
func (x *recogniser) pyField(r ref, out *Param) {
	c := &out.Constraint
	for _, k := range r.v.Args {
		if k == nil || k.Op != program.OpKeyword || k.X == nil {
			continue
		}
		v := r.at(k.X)
		switch k.Name {
		case "description":
			out.Description = x.text(v)
		case "pattern", "regex":
			c.Pattern, _ = x.pattern(v)
		case "max_length":
			c.MaxLen = atoi(x.number(v))
		case "ge", "gt":
			c.Min = x.number(v)
		case "le", "lt":
			c.Max = x.number(v)
		case "alias", "validation_alias":
			if s, ok := x.constant(v); ok && s != "" {
				out.Name = s
			}
		}
	}
}

// pattern reads a regular expression: a string, a regex literal, re.compile(…)
// or new RegExp(…).
func (x *recogniser) pattern(r ref) (string, bool) {
	d := x.deref(r)
	if d.v == nil {
		return "", false
	}
	switch d.v.Op {
	case program.OpRegex:
		if strings.Contains(d.v.Name, "i") {
			return "(?i)" + d.v.Str, true
		}
		return d.v.Str, true
	case program.OpCall, program.OpNew:
		if n := calleeName(d.v); n == "compile" || n == "RegExp" {
			return x.pattern(d.at(positionalAt(d.v, 0)))
		}
		return "", false
	}
	return x.constant(d)
}

// atoi reads a small positive number, 0 for anything else.
func atoi(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 1<<30 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}
