package mcp

// golang_options.go reads the options of mcp-go's tools, prompts and parameters.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// goOption reads one option of mcp.NewTool or mcp.NewPrompt.
func (x *recogniser) goOption(e *Entry, r ref) {
	d := x.deref(r)
	if d.v == nil || d.v.Op != program.OpCall || len(e.Params) >= maxMembers {
		return
	}
	arg := d.at(positionalAt(d.v, 0))
	typ := ""
	switch name := calleeName(d.v); name {
	case "WithDescription", "WithPromptDescription", "WithResourceDescription", "WithTemplateDescription":
		e.Description = x.text(arg)
		return
	case "WithToolTitle", "WithTitleAnnotation", "WithPromptTitle", "WithResourceTitle", "WithTemplateTitle":
		e.Annotations.Title, _ = x.constant(arg)
		return
	case "WithToolAnnotation":
		x.annotations(arg, &e.Annotations)
		return
	case "WithReadOnlyHintAnnotation", "WithDestructiveHintAnnotation", "WithIdempotentHintAnnotation", "WithOpenWorldHintAnnotation":
		x.goHint(e, d, strings.TrimSuffix(strings.TrimPrefix(name, "With"), "Annotation"), arg)
		return
	case "WithRawInputSchema":
		x.schema(e, arg)
		return
	case "WithInputSchema":
		if d.v.X.Op == program.OpIndex && len(d.v.X.Args) > 0 {
			x.goStruct(e, d.at(typeArgs(d.v.X)[0]))
		}
		return
	case "WithString", "WithArgument":
		typ = "string"
	case "WithNumber":
		typ = "number"
	case "WithInteger":
		typ = "integer"
	case "WithBoolean":
		typ = "boolean"
	case "WithObject":
		typ = "object"
	case "WithArray":
		typ = "array"
	case "WithAny":
	default:
		return
	}
	name, ok := x.constant(arg)
	if !ok {
		return
	}
	p := Param{Name: name, Member: name, Span: x.span(d), Constraint: Constraint{Type: typ}}
	for _, o := range d.v.Args[1:] {
		x.goProperty(&p, d.at(o))
	}
	e.Params = append(e.Params, p)
}

func (x *recogniser) goHint(e *Entry, d ref, name string, arg ref) {
	a := &e.Annotations
	h := map[string]*Hint{"ReadOnlyHint": &a.ReadOnly, "DestructiveHint": &a.Destructive, "IdempotentHint": &a.Idempotent, "OpenWorldHint": &a.OpenWorld}[name]
	if *h = x.hint(arg); *h == Unset {
		return
	}
	if a.Spans == nil {
		a.Spans = map[string]source.Span{}
	}
	at := x.span(d)
	a.Spans[strings.ToLower(name[:1])+name[1:]] = at
	if a.Span.Len() == 0 {
		a.Span = at
	}
	a.Span = source.Span{Start: min(a.Span.Start, at.Start), End: max(a.Span.End, at.End)}
}

// goProperty reads one option of a parameter.
func (x *recogniser) goProperty(p *Param, r ref) {
	d := x.deref(r)
	if d.v == nil || d.v.Op != program.OpCall {
		return
	}
	arg := d.at(positionalAt(d.v, 0))
	c := &p.Constraint
	switch calleeName(d.v) {
	case "Description", "ArgumentDescription":
		p.Description = x.text(arg)
	case "Enum":
		for _, a := range d.v.Args {
			if s, ok := x.constant(d.at(a)); ok {
				c.Enum = append(c.Enum, s)
			} else if a != nil && a.Op == program.OpSpread {
				c.Enum = append(c.Enum, x.constants(d.at(a.X))...)
			} else {
				c.Enum = nil
				return
			}
		}
	case "Pattern":
		c.Pattern, _ = x.constant(arg)
	case "MaxLength":
		c.MaxLen = atoi(x.number(arg))
	case "Min":
		c.Min = x.number(arg)
	case "Max":
		c.Max = x.number(arg)
	case "WithStringItems":
		c.Items = &Constraint{Type: "string"}
	case "WithStringEnumItems":
		c.Items = &Constraint{Type: "string", Enum: x.constants(arg)}
	case "WithNumberItems":
		c.Items = &Constraint{Type: "number"}
	case "WithIntegerItems":
		c.Items = &Constraint{Type: "integer"}
	case "WithBooleanItems":
		c.Items = &Constraint{Type: "boolean"}
	case "Items":
		var item Param
		x.jsonProperty(arg, &item, 4)
		c.Items = &item.Constraint
	}
}
