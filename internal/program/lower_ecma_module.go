package program

// lower_ecma_module.go finds what a JavaScript or TypeScript file imports and
// exports: by ES modules, by CommonJS, by import(), and by what compilers make
// of the one for the other.

import (
	"strings"

	"mcpaudit/internal/source"
)

// moduleName gives the name of a module as the audit knows it.
func moduleName(s string) string { return strings.TrimPrefix(s, "node:") }

// importStatement lowers `import … from 'm'`, `import 'm'`, and TypeScript's
// `import x = require('m')`.
func (e *ecma) importStatement(n source.NodeID) {
	im := Import{Span: e.span(n)}
	var clause source.NodeID
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		switch k := e.kindOf(c); {
		case k == ecmaTokType || k == ecmaOther && e.textOf(c) == "typeof":
			im.Type = true
		case k == ecmaImportClause:
			clause = c
		case k == ecmaImportRequire:
			clause = c
			if s := e.child(c, e.sourceField); s != 0 {
				im.Module = moduleName(e.stringText(s))
			}
		case e.nodes[c].Field == e.sourceField:
			im.Module = moduleName(e.stringText(c))
		case k == ecmaError:
			e.salvage(c)
		}
	}
	e.stmt(StmtImport, n).Name = im.Module
	if im.Module == "" {
		return
	}
	if clause == 0 {
		e.bind(im)
		return
	}
	required := e.kindOf(clause) == ecmaImportRequire
	for c, end := clause+1, e.nodes[clause].Next; c < end; c = e.nodes[c].Next {
		b := im
		switch e.kindOf(c) {
		case ecmaIdent:
			if !e.nodes[c].Named() { // the word require
				continue
			}
			if b.Local = e.textOf(c); !required {
				b.Name = "default"
			}
			e.bind(b)
		case ecmaNamespaceImport:
			if l := e.first(c); l != 0 {
				b.Local = e.textOf(l)
				e.bind(b)
			}
		case ecmaNamedImports:
			e.namedImports(b, c)
		}
	}
}

func (e *ecma) namedImports(im Import, n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.kindOf(c) != ecmaSpecifier {
			continue
		}
		b := im
		b.Span = e.span(c)
		b.Type = b.Type || e.has(c, ecmaTokType)
		b.Name, b.Local = e.specifier(c)
		e.bind(b)
	}
}

// specifier gives the two names of `a as b`, which are the same in `a`.
func (e *ecma) specifier(n source.NodeID) (name, alias string) {
	if c := e.child(n, e.name); c != 0 {
		name, _ = e.propertyName(c)
	}
	alias = name
	if c := e.child(n, e.alias); c != 0 {
		alias, _ = e.propertyName(c)
	}
	return name, alias
}

// importAlias lowers `import N = A.B`, which declares N.
func (e *ecma) importAlias(n source.NodeID) {
	local := e.first(n)
	if local == 0 {
		return
	}
	target := e.expr(local)
	var v *Value
	for c := e.nodes[local].Next; c < e.nodes[n].Next; c = e.nodes[c].Next {
		if !e.skip(c) {
			v = e.expr(c)
		}
	}
	s := e.stmt(StmtAssign, n)
	s.Decl, s.Targets, s.Value = true, e.list(target), v
}

// noteRequire records the module of a call require('m') or import('m').
func (e *ecma) noteRequire(call *Value) {
	if m, ok := required(call); ok {
		e.bind(Import{Module: m, Span: call.Span})
	}
}

// required gives the module of a call require('m') or import('m').
func required(v *Value) (string, bool) {
	if v.Op == OpCall && v.X.Op == OpIdent && (v.X.Name == "require" || v.X.Name == "import") && len(v.Args) > 0 &&
		v.Args[0].Op == OpConst && v.Args[0].Const == ConstString {
		return moduleName(v.Args[0].Str), true
	}
	return "", false
}

// moduleOf gives the module that v is, or the member of one, as a dotted name.
// It looks through await, casts and the helpers of compilers.
func moduleOf(v *Value) (module, member string, call *Value) {
	for v != nil {
		switch v.Op {
		case OpAwait, OpCast:
			v = v.X
			continue
		case OpField:
			if member != "" {
				member = "." + member
			}
			member = v.Name + member
			v = v.X
			continue
		case OpCall:
			if m, ok := required(v); ok {
				return m, member, v
			}
			if len(v.Args) > 0 && interop(v.X) {
				v = v.Args[0]
				continue
			}
		}
		break
	}
	return "", "", nil
}

// interop reports whether v is one of the helpers by which compiled code wraps
// a CommonJS module.
func interop(v *Value) bool {
	if v.Op != OpIdent && v.Op != OpField {
		return false
	}
	switch v.Name {
	case "__importStar", "__importDefault", "__toESM", "_interopRequireDefault", "_interopRequireWildcard",
		"_interop_require_default", "_interop_require_wildcard":
		return true
	}
	return false
}

// bindRequire records the names that an assignment of a module binds.
func (e *ecma) bindRequire(target, v *Value) {
	if v == nil {
		return
	}
	module, member, call := moduleOf(v)
	if call == nil {
		return
	}
	// The call itself has been noted as an import that binds nothing.
	last := len(e.fn.imports) - 1
	e.bindPattern(Import{Module: module, Name: member}, target)
	if last >= 0 && len(e.fn.imports) > last+1 && e.fn.imports[last].Span == call.Span && e.fn.imports[last].Local == "" {
		e.fn.imports = append(e.fn.imports[:last], e.fn.imports[last+1:]...)
	}
}

// bindPattern binds the names of a pattern to the members that they take.
func (e *ecma) bindPattern(im Import, target *Value) {
	switch target.Op {
	case OpIdent:
		im.Local, im.Span = target.Name, target.Span
		e.bind(im)
	case OpAssign:
		e.bindPattern(im, target.Args[0])
	case OpObject:
		for _, p := range target.Args {
			if p.Op != OpPair || p.Name == "" {
				continue
			}
			member := im
			if member.Name != "" {
				member.Name += "."
			}
			member.Name += p.Name
			e.bindPattern(member, p.X)
		}
	}
}

// export records an export. Only what stands at the top of a file is one.
func (e *ecma) export(x Export) {
	if e.fn.Kind == KindTop && e.namespace == 0 {
		e.file.Exports = append(e.file.Exports, x)
	}
}

// exportStatement lowers export in all its forms.
func (e *ecma) exportStatement(n source.NodeID) {
	x := Export{Span: e.span(n)}
	if s := e.child(n, e.sourceField); s != 0 {
		x.Module = moduleName(e.stringText(s))
		e.stmt(StmtImport, n).Name = x.Module
	}
	if e.has(n, ecmaTokNamespace) { // export as namespace N, for scripts
		return
	}
	isDefault, typeOnly := e.has(n, ecmaTokDefault), false
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		switch k := e.kindOf(c); {
		case k == ecmaTokStar:
			x.Name, x.From = "*", "*"
			e.export(x)
		case k == ecmaTokType && !e.nodes[c].Named():
			typeOnly = true
		case e.skip(c), k == ecmaDecorator, e.nodes[c].Field == e.sourceField:
		case k == ecmaNamespaceExport:
			if l := e.first(c); l != 0 {
				x.Name, _ = e.propertyName(l)
				x.From = "*"
				e.export(x)
			}
		case k == ecmaExportClause:
			if !typeOnly {
				e.exportClause(x, c)
			}
		case e.nodes[c].Field == e.declaration:
			e.exportDeclaration(x, c, isDefault)
		case k == ecmaError:
			e.salvage(c)
		default: // the value of export default, or of TypeScript's export =
			v := e.named(c, e.commentBefore(n, e.comment))
			e.stmt(StmtExpr, n).Value = v
			x.Name = "default"
			e.exportValue(x, v)
		}
	}
}

func (e *ecma) exportClause(x Export, n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.kindOf(c) != ecmaSpecifier || e.has(c, ecmaTokType) {
			continue
		}
		one := x
		one.Span = e.span(c)
		if one.Module != "" {
			one.From, one.Name = e.specifier(c)
		} else {
			one.Local, one.Name = e.specifier(c)
		}
		e.export(one)
	}
}

// exportDeclaration lowers a declaration and exports what it declares.
func (e *ecma) exportDeclaration(x Export, n source.NodeID, isDefault bool) {
	mark := len(e.stmts)
	if e.kindOf(n) == ecmaFunctionDeclaration {
		e.functionStatement(n, e.commentBefore(e.declarationOf(n), e.comment))
	} else {
		e.statement(n)
	}
	for _, s := range e.stmts[mark:] {
		one := x
		one.Span = s.Span
		switch {
		case s.Op == StmtFunc:
			one.Local = s.Func.Name
		case s.Op == StmtClass:
			one.Local = s.Class.Name
		case s.Op == StmtAssign && s.Decl:
			for _, t := range s.Targets {
				e.exportPattern(one, t)
			}
			continue
		default:
			continue
		}
		if one.Name = one.Local; isDefault {
			one.Name = "default"
		}
		e.export(one)
	}
}

// exportPattern exports every name that a pattern binds.
func (e *ecma) exportPattern(x Export, target *Value) {
	switch target.Op {
	case OpIdent:
		x.Name, x.Local, x.Span = target.Name, target.Name, target.Span
		e.export(x)
	case OpAssign:
		e.exportPattern(x, target.Args[0])
	case OpPair, OpSpread:
		if target.X != nil {
			e.exportPattern(x, target.X)
		}
	case OpObject, OpList:
		for _, p := range target.Args {
			e.exportPattern(x, p)
		}
	}
}

// exportValue exports v: by its name where it has one, as a re-export where it
// is a module, else as a value.
func (e *ecma) exportValue(x Export, v *Value) {
	module, member, call := moduleOf(v)
	switch {
	case v.Op == OpIdent:
		x.Local = v.Name
	case call != nil && member == "" && x.Name == "default":
		x.Name, x.Module, x.From = "*", module, "*"
	case call != nil:
		if member == "" {
			member = "*"
		}
		x.Module, x.From = module, member
	default:
		x.Value = v
	}
	e.export(x)
}

// exportAssignment records what CommonJS exports by an assignment: the value
// of module.exports as the default export, and its members by their names.
func (e *ecma) exportAssignment(target, v *Value, span source.Span) {
	name, ok := exported(target)
	if !ok || v.Op == OpUnary && v.Name == "void" { // exports.x = void 0 only announces x
		return
	}
	x := Export{Name: name, Span: span}
	if name == "" {
		x.Name = "default"
		if v.Op == OpObject {
			e.exportObject(v)
		}
	}
	e.exportValue(x, v)
}

// exported gives the name that an assignment to v exports, empty for the module
// itself.
func exported(v *Value) (string, bool) {
	whole := func(v *Value) bool {
		return v.Op == OpField && v.Name == "exports" && v.X.Op == OpIdent && v.X.Name == "module"
	}
	switch {
	case whole(v):
		return "", true
	case v.Op == OpField && (v.X.Op == OpIdent && v.X.Name == "exports" || whole(v.X)):
		return v.Name, true
	}
	return "", false
}

func (e *ecma) exportObject(v *Value) {
	for _, p := range v.Args {
		switch {
		case p.Op == OpPair && p.Name != "":
			e.exportValue(Export{Name: p.Name, Span: p.Span}, p.X)
		case p.Op == OpSpread:
			if module, member, call := moduleOf(p.X); call != nil && member == "" {
				e.export(Export{Name: "*", Module: module, From: "*", Span: p.Span})
			}
		}
	}
}
