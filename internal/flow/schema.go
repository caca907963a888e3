package flow

// schema.go knows what the declaration of a class proves of its fields: their
// types, the constraints that a model states, and the validators that it runs.

import (
	"strings"

	"mcpaudit/internal/program"
)

// maxValidators bounds the validators of one class that are followed.
const maxValidators = 32

// modelBases are the classes of libraries that check what their fields are given.
var modelBases = map[string]bool{
	"pydantic.BaseModel": true, "pydantic.main.BaseModel": true, "pydantic.RootModel": true, "pydantic_settings.BaseSettings": true, "sqlmodel.SQLModel": true,
}

// fromData are the methods by which a model makes an instance of a mapping.
var fromData = map[string]bool{"model_validate": true, "model_validate_json": true, "parse_obj": true, "parse_raw": true}

// fieldCheck is what the declaration of a field says.
type fieldCheck struct {
	harmless bool
	proven   proofs
	run      []*value // functions that are given the value and give it back
}

// schema is what a class says of its fields.
type schema struct {
	fields map[string]*fieldCheck
	whole  []*program.Function // validators of the whole instance
}

// schemaOf reads the declaration of a class, where its body is followed. types are
// what the types of its fields say.
func (f *frame) schemaOf(ci *classInfo, types []*typeInfo) *schema {
	s := &schema{fields: map[string]*fieldCheck{}}
	checked := ci.isModel(0)
	for i := range ci.class.Fields {
		fd := &ci.class.Fields[i]
		c := f.checkOf(fd.Type, types[i], checked, 0)
		if checked {
			f.fieldCall(c, fd.Value)
		}
		if c.harmless || c.proven != 0 || len(c.run) > 0 {
			s.fields[fd.Name] = c
		}
	}
	if checked {
		f.validators(ci, s)
	}
	if len(s.fields) == 0 && len(s.whole) == 0 {
		return nil
	}
	return s
}

// isModel reports whether a class checks its fields when an instance is made.
func (ci *classInfo) isModel(depth int) bool {
	if ci == nil || depth > 8 {
		return false
	}
	for _, b := range ci.bases {
		if b != nil && (modelBases[b.name] || b.class.info().isModel(depth+1)) {
			return true
		}
	}
	for _, d := range ci.class.Decorators {
		if d.Op == program.OpCall {
			d = d.X
		}
		if d != nil && d.Op == program.OpField && d.Name == "dataclass" && d.X != nil && strings.HasPrefix(d.X.Name, "pydantic") {
			return true
		}
	}
	return false
}

// typeCheck reads a type: one that leaves harmless values only and, where the
// type is checked at all, Annotated with constraints and pydantic's calls.
func (f *frame) typeCheck(t *program.Value, checked bool, depth int) *fieldCheck {
	if t == nil || depth > 4 {
		return &fieldCheck{}
	}
	return f.checkOf(t, f.typeOf(t), checked, depth)
}

// checkOf is typeCheck where it is known what the type itself says.
func (f *frame) checkOf(t *program.Value, info *typeInfo, checked bool, depth int) *fieldCheck {
	c := &fieldCheck{}
	if info != nil && info.harmless {
		c.harmless = true
		return c
	}
	if !checked || t == nil {
		return c
	}
	switch t.Op {
	case program.OpBinary: // X | None
		for i, a := range t.Args {
			if len(t.Args) == 2 && isNoneType(t.Args[1-i]) {
				return f.typeCheck(a, checked, depth+1)
			}
		}
	case program.OpCall:
		f.fieldCall(c, t)
	case program.OpIndex:
		if t.X == nil || len(t.Args) == 0 {
			return c
		}
		args := t.Args
		if len(args) == 1 && args[0] != nil && args[0].Op == program.OpList {
			args = args[0].Args
		}
		switch t.X.Name {
		case "Optional":
			return f.typeCheck(args[0], checked, depth+1)
		case "Annotated":
			if len(args) > 0 {
				*c = *f.typeCheck(args[0], checked, depth+1)
			}
			for _, a := range args[min(1, len(args)):] {
				f.fieldCall(c, a)
			}
		}
	}
	return c
}

// fieldCall reads Field(…), constr(…), StringConstraints(…) and the validators of
// Annotated.
func (f *frame) fieldCall(c *fieldCheck, v *program.Value) {
	if v == nil || v.Op != program.OpCall || v.X == nil {
		return
	}
	switch v.X.Name {
	case "conint", "confloat", "condecimal":
		c.harmless = true
	case "Field", "constr", "StringConstraints", "Query", "Path", "Body", "Header", "Form":
		for _, a := range v.Args {
			if a != nil && a.Op == program.OpKeyword && (a.Name == "pattern" || a.Name == "regex") {
				if p := f.eval(a.X); p.isText() {
					c.proven |= f.u.home.regex(p.text, matchSearch).yes
				} else if p != nil && isRegexType(p.typ) {
					c.proven |= f.u.home.regex(p.text, matchStart).yes
				}
			}
		}
	case "AfterValidator", "BeforeValidator", "PlainValidator":
		if len(v.Args) > 0 && len(c.run) < maxValidators {
			if fn := f.eval(v.Args[0]); fn != nil && len(fn.fns) > 0 {
				c.run = append(c.run, fn)
			}
		}
	}
}

// validators finds the methods that check fields, or the whole.
func (f *frame) validators(ci *classInfo, s *schema) {
	n := 0
	for _, m := range ci.class.Methods {
		i, ok := f.u.index[m]
		if !ok || n >= maxValidators {
			continue
		}
		for _, d := range m.Decorators {
			if d.Op != program.OpCall || d.X == nil {
				continue
			}
			switch d.X.Name {
			case "field_validator", "validator":
				n++
				fn := &value{fns: []callable{{home: f.u.home, id: f.u.ids[i], recv: &value{form: formClass, class: classRef{ci.home, ci.id}}}}}
				for _, a := range d.Args {
					if a.Op != program.OpConst || a.Const != program.ConstString {
						continue
					}
					c := s.fields[a.Str]
					if c == nil {
						c = &fieldCheck{}
						s.fields[a.Str] = c
					}
					c.run = append(c.run, fn)
				}
			case "model_validator":
				if afterMode(d) {
					n++
					s.whole = append(s.whole, m)
				}
			}
		}
	}
}

// afterMode reports whether a validator of the whole runs on the finished instance.
func afterMode(d *program.Value) bool {
	for _, a := range d.Args {
		if a.Op == program.OpKeyword && a.Name == "mode" {
			return a.X != nil && a.X.Str == "after"
		}
	}
	return false
}

// checkedField gives a field of an instance after what its declaration proves.
func (f *frame) checkedField(ci *classInfo, name string, v *value) *value {
	if ci == nil || ci.schema == nil || v == nil {
		return v
	}
	c := ci.schema.fields[name]
	if c == nil {
		return v
	}
	if c.harmless {
		if len(all(v)) == 0 {
			return v
		}
		return numberValue
	}
	if c.proven != 0 && v.hasAtoms() {
		n := *v
		n.digest = 0
		n.atoms = append([]atom(nil), v.atoms...)
		for i := range n.atoms {
			n.atoms[i].proven |= c.proven
		}
		v = &n
	}
	for _, fn := range c.run {
		if f.sum == nil || f.validating > 2 {
			break
		}
		f.validating++
		dead := f.dead
		args := &arguments{span: f.at}
		args.add(v, f.at, nil)
		out := f.invoke(fn, args, nil)
		f.dead = dead
		f.validating--
		if out != nil {
			v = f.bake(out)
		}
	}
	return v
}

// checkWhole runs what checks an instance as a whole.
func (f *frame) checkWhole(ci *classInfo, v *value, args *arguments) {
	if ci == nil || ci.schema == nil || f.validating > 2 {
		return
	}
	for _, m := range ci.schema.whole {
		u := ci.home.cur
		i, ok := u.index[m]
		if !ok {
			continue
		}
		f.validating++
		dead := f.dead
		f.invoke(&value{fns: []callable{{home: ci.home, id: u.ids[i], recv: v}}}, &arguments{span: args.span, recv: v}, nil)
		f.dead = dead
		f.validating--
	}
}
