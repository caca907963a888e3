package program

// scope_ecma.go resolves what only JavaScript and TypeScript have: functions
// kept in object literals, and the exports of a CommonJS file used within it.

// maxLiteralDepth bounds how many object literals one member is looked for in.
const maxLiteralDepth = 4

// literalMember resolves a member of an object literal or of this file's own
// exports. It reports false where v is neither.
func (m *fileMemo) literalMember(fn int, v *Value, hops int) (ref, bool) {
	if v.Name == "" || v.X == nil {
		return ref{}, false
	}
	if m.isExports(fn, v.X) {
		return m.ownExport(v.Name, hops), true
	}
	object, home := m.literal(fn, v.X, 0)
	if object == nil {
		return ref{}, false
	}
	part, ok := m.object(object)[v.Name]
	if !ok || v.X.Op == OpIdent && m.memberWritten(v.X.Name, v.Name) {
		return ref{}, true
	}
	return m.resolve(home, part, hops+1), true
}

// literal gives the object literal that v is, by a name that is assigned once or
// as a member of another, and the function in whose text it stands.
func (m *fileMemo) literal(fn int, v *Value, depth int) (*Value, int) {
	if v == nil || depth > maxLiteralDepth {
		return nil, 0
	}
	switch v.Op {
	case OpObject:
		if v.X == nil {
			return v, fn
		}
	case OpCast:
		return m.literal(fn, v.X, depth+1)
	case OpIdent:
		if a, ok := m.single(fn, v.Name); ok {
			return m.literal(a.Func, a.Value, depth+1)
		}
	case OpField:
		object, home := m.literal(fn, v.X, depth+1)
		if object != nil && !(v.X.Op == OpIdent && m.memberWritten(v.X.Name, v.Name)) {
			return m.literal(home, m.object(object)[v.Name], depth+1)
		}
	}
	return nil, 0
}

// memberWritten reports whether any code of the file assigns to a member of a
// name after its literal.
func (m *fileMemo) memberWritten(base, field string) bool {
	if m.written == nil {
		m.written = map[[2]string]bool{}
		for i := range m.f.Funcs {
			for _, w := range m.f.Funcs[i].memo.fields {
				m.written[[2]string{w.base, w.field}] = true
			}
		}
	}
	return m.written[[2]string{base, field}]
}

// isExports reports whether v is exports or module.exports of the file itself.
func (m *fileMemo) isExports(fn int, v *Value) bool {
	if v.Op == OpField && v.Name == "exports" && v.X != nil && v.X.Op == OpIdent && v.X.Name == "module" {
		return m.declaring(fn, "module") < 0
	}
	return v.Op == OpIdent && v.Name == "exports" && m.declaring(fn, "exports") < 0
}

// ownExport resolves what the file exports under a name, if that is one thing.
func (m *fileMemo) ownExport(name string, hops int) ref {
	if m.exports == nil {
		m.exports = map[string]*Export{}
		for i := range m.f.Exports {
			x := &m.f.Exports[i]
			if _, twice := m.exports[x.Name]; twice {
				x = nil
			}
			m.exports[m.f.Exports[i].Name] = x
		}
	}
	x := m.exports[name]
	switch {
	case x == nil:
		return ref{}
	case x.Local != "":
		return m.name(0, x.Local, hops+1)
	}
	return m.resolve(0, x.Value, hops+1)
}
