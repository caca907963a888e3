package flow

// zod.go evaluates the schemas of zod, and those that ajv compiles, as values: what a schema proves of a text that it
// accepts, and of the members of an object. So a schema counts wherever it stands,
// and what parse gives is proven by it.

import (
	"strconv"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
)

// schemaType is the type of a schema. Its text holds what it proves of a value as a
// whole, its fields are the schemas of the members.
const schemaType = "#schema"

func schemaValue(p proofs, fields []field) *value {
	return &value{typ: schemaType, text: strconv.FormatUint(uint64(p), 10), fields: fields, config: true}
}

// proves gives what a schema proves of a value as a whole.
func (v *value) proves() proofs {
	n, err := strconv.ParseUint(v.text, 10, 64)
	if err != nil {
		return 0
	}
	return proofs(n)
}

func (v *value) isSchema() bool { return v != nil && v.typ == schemaType }

// schemaCall follows a call that makes a schema, changes one or holds a value against
// it; ok is false for any other call.
func (f *frame) schemaCall(fn, recv *value, method string, args *arguments) (out *value, ok bool) {
	if f.u.python || f.u.golang {
		return nil, false
	}
	if recv.isSchema() {
		var x *value
		if len(args.pos) > 0 {
			x = args.pos[0]
		}
		switch method {
		case "parse", "parseAsync", "decode":
			return f.accepted(recv, x, 0), true
		case "safeParse", "safeParseAsync", "safeDecode":
			return (&value{form: formObject}).withField("data", f.accepted(recv, x, 0)).withField("success", numberValue).withField("error", configValue), true
		}
		return f.changedSchema(recv, method, args), true
	}
	if out, ok := f.validated(fn, recv, method, args); ok {
		return out, true
	}
	if fn == nil || !strings.HasPrefix(fn.name, "zod.") && !strings.HasPrefix(fn.name, "zod/") {
		return nil, false
	}
	return madeSchema(fn.name[strings.LastIndexByte(fn.name, '.')+1:], args), true
}

// validatorType is the type of a function that ajv compiles: its one field is the
// schema that it tests by.
const validatorType = "#validator"

// validated follows ajv: compile(schema), validate(schema, data), and a call of what
// was compiled.
func (f *frame) validated(fn, recv *value, method string, args *arguments) (*value, bool) {
	switch {
	case fn != nil && fn.typ == validatorType && method == "" && len(args.pos) > 0:
		s, _ := fn.field("schema")
		return f.holds(s, args.pos[0]), true
	case recv == nil || recv.typ != "ajv" && recv.typ != "ajv.default" && recv.typ != "ajv.Ajv" || len(args.pos) == 0:
	case method == "compile":
		return (&value{typ: validatorType, config: true}).withField("schema", f.jsonSchema(args.pos[0])), true
	case method == "validate" && len(args.pos) > 1:
		return f.holds(f.jsonSchema(args.pos[0]), args.pos[1]), true
	}
	return nil, false
}

// jsonSchema gives the schema that an object says in the words of JSON Schema.
func (f *frame) jsonSchema(v *value) *value {
	props, _ := v.field("properties")
	if props == nil {
		return schemaValue(0, nil)
	}
	var list []field
	for _, m := range props.fields {
		var p proofs
		if _, ok := m.v.field("enum"); ok {
			p = proveAll
		}
		if _, ok := m.v.field("const"); ok {
			p = proveAll
		}
		switch t, _ := m.v.field("type"); t.known() {
		case "number", "integer", "boolean":
			p = proveAll
		}
		if t, ok := m.v.field("pattern"); ok && t.isText() {
			p |= f.u.home.regex(t.text, matchSearch).yes
		}
		list = append(list, field{m.name, schemaValue(p, nil)})
	}
	return schemaValue(0, list)
}

// holds gives whether a schema accepts a value, which it proves what the schema says.
func (f *frame) holds(s, x *value) *value {
	t := &tests{}
	if s != nil {
		for _, m := range s.fields {
			if p := m.v.proves(); p != 0 && x != nil {
				t.yes = addProofs(t.yes, whole(f.member(x, m.name, nil), p))
			}
		}
	}
	return &value{form: formNumber, tests: t}
}

// madeSchema gives what a function of the library makes.
func madeSchema(name string, args *arguments) *value {
	var first, second *value
	if len(args.pos) > 0 {
		first = args.pos[0]
	}
	if len(args.pos) > 1 {
		second = args.pos[1]
	}
	switch name {
	case "enum", "nativeEnum", "literal", "number", "int", "int32", "bigint", "boolean", "date", "uuid", "ulid", "cuid", "cuid2", "nanoid", "ipv4", "ipv6", "null", "undefined":
		return schemaValue(proveAll, nil)
	case "object", "strictObject", "looseObject":
		return schemaValue(0, shapeOf(first))
	case "array", "set", "optional", "nullable", "nullish":
		if first.isSchema() {
			return first
		}
	case "preprocess":
		if second.isSchema() {
			return second
		}
	case "union":
		p := proveAll
		for _, e := range asElements(first) {
			if !e.v.isSchema() || e.many {
				p = 0
				break
			}
			p &= e.v.proves()
		}
		return schemaValue(p, nil)
	}
	return schemaValue(0, nil)
}

// shapeOf gives the schemas among the members of an object, or of a schema.
func shapeOf(v *value) []field {
	var out []field
	if v == nil {
		return nil
	}
	for _, m := range v.fields {
		if m.v.isSchema() {
			out = append(out, m)
		}
	}
	return out
}

// changedSchema gives what a method of a schema makes of it.
func (f *frame) changedSchema(s *value, method string, args *arguments) *value {
	var x *value
	if len(args.pos) > 0 {
		x = args.pos[0]
	}
	switch method {
	case "regex":
		if x != nil && isRegexType(x.typ) {
			return schemaValue(s.proves()|f.u.home.regex(x.text, matchSearch).yes, s.fields)
		}
	case "refine":
		return schemaValue(s.proves()|f.refined(x), s.fields)
	case "uuid", "ulid", "cuid", "cuid2", "nanoid", "ipv4", "ipv6", "int":
		return schemaValue(proveAll, nil)
	case "extend", "safeExtend", "augment", "merge":
		return schemaValue(s.proves(), joinShapes(s.fields, shapeOf(x)))
	case "or":
		if x.isSchema() {
			return schemaValue(s.proves()&x.proves(), nil)
		}
		return schemaValue(0, nil)
	case "pipe":
		if x.isSchema() {
			return x
		}
		return schemaValue(0, nil)
	case "transform", "catch", "overwrite", "codec", "and":
		return schemaValue(0, nil)
	}
	return s
}

// joinShapes gives the members of two shapes, those of the second first.
func joinShapes(a, b []field) []field {
	out := append([]field(nil), b...)
	for _, m := range a {
		known := false
		for _, k := range b {
			known = known || k.name == m.name
		}
		if !known {
			out = append(out, m)
		}
	}
	return out
}

// refined gives what it proves of a text that a predicate holds.
func (f *frame) refined(fn *value) proofs {
	if fn == nil || len(fn.fns) == 0 {
		return 0
	}
	n := node{fn: f.id, kind: fromUntrusted, path: schemaType}
	args := &arguments{}
	args.add(&value{atoms: []atom{{node: n}}}, args.span, nil)
	mark, dead := f.mark(), f.dead
	t := f.truthTests(f.invoke(fn, args, nil))
	f.rollback(mark)
	f.dead = dead
	var p proofs
	if t != nil {
		for _, q := range t.yes {
			if q.node == n {
				p |= q.proven
			}
		}
	}
	return p
}

// accepted gives a value that a schema has accepted.
func (f *frame) accepted(s, x *value, depth int) *value {
	if x == nil || depth > maxPath {
		return x
	}
	out := x
	if p := s.proves(); p != 0 && len(x.atoms) > 0 {
		n := *x
		n.digest = 0
		n.atoms = append([]atom(nil), x.atoms...)
		for i := range n.atoms {
			n.atoms[i].proven |= p
		}
		out = &n
	}
	for _, m := range s.fields {
		if m.v.proves() == 0 && len(m.v.fields) == 0 {
			continue
		}
		if y := f.member(x, m.name, nil); y != nil {
			out = out.withField(m.name, f.accepted(m.v, y, depth+1))
		}
	}
	return out
}

// schemaProofs evaluates a schema that the file alone does not tell: what it proves
// of each parameter.
func (f *frame) schemaProofs(v *program.Value) map[string]proofs {
	if f == nil || v == nil {
		return nil
	}
	return proofsOf(f.eval(v))
}

// proofsOf gives what a schema, or an object of schemas, proves by member.
func proofsOf(v *value) map[string]proofs {
	var out map[string]proofs
	for _, m := range shapeOf(v) {
		if p := m.v.proves(); p != 0 {
			if out == nil {
				out = map[string]proofs{}
			}
			out[m.name] = p
		}
	}
	return out
}

// schemas evaluates the schemas that the SDK holds the arguments of a file's entries
// against: parts may stand in other files, or be predicates of the program.
func (u *unit) schemas() map[*mcp.Entry]map[string]proofs {
	var out map[*mcp.Entry]map[string]proofs
	if u.python || u.golang {
		return nil
	}
	probes := map[int]*frame{}
	for _, e := range u.facts.Entries {
		if !e.Enforced() || e.Schema == nil || e.Handler < 0 {
			continue
		}
		f, ok := probes[e.SchemaFunc]
		if !ok {
			f = u.probe(e.SchemaFunc)
			probes[e.SchemaFunc] = f
		}
		if p := f.schemaProofs(e.Schema); p != nil {
			if out == nil {
				out = map[*mcp.Entry]map[string]proofs{}
			}
			out[e] = p
		}
	}
	return out
}
