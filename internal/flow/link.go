package flow

// link.go is the seam at which files meet.

import "mcpaudit/internal/program"

// Linker says what an import binds when it is part of the program.
type Linker interface {
	// Link gives what imp of file refers to; ok is false for what is outside of
	// the program.
	Link(file *program.File, imp *program.Import) (t Target, ok bool)
}

// Target is something of another file that an import binds.
type Target struct {
	// Result is the analysis of the other file.
	Result *Result
	// Name is the name at its top level; empty for the module itself.
	Name string
}

// value gives what is known of the target.
func (t Target) value() *value {
	if t.Result == nil || t.Result.unit == nil {
		return nil
	}
	top := t.Result.unit.frameOf(0)
	if top == nil {
		return nil
	}
	if t.Name != "" {
		if s, ok := top.slots[t.Name]; ok {
			return top.vars[s]
		}
		return nil
	}
	v := &value{form: formObject}
	for name, s := range top.slots {
		v = v.withField(name, top.vars[s])
	}
	return v
}

// alone is the Linker of a file that is analysed by itself.
type alone struct{}

func (alone) Link(*program.File, *program.Import) (Target, bool) { return Target{}, false }
