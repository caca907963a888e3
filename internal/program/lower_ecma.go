package program

// lower_ecma.go lowers JavaScript, TypeScript and TSX: the tables of their
// grammars, functions and statements. Expressions and patterns are in
// lower_ecma_value.go, classes and types in lower_ecma_class.go, imports and
// exports in lower_ecma_module.go.
//
// What the form leaves open is settled so:
//
//   - && || ?? are named and, or, ??; === and !== are == and !=; ! stays !;
//   - i++ assigns, as a statement with the operator ++ and the value 1;
//   - for (a; b; c) is a, then a StmtWhile; do body while (c) is an endless
//     StmtWhile that ends in if (!c) break; for (k in o) is a StmtFor named in;
//   - a labelled statement is a StmtBlock with the label as its name;
//   - adjoining cases of a switch without statements between them are one Case;
//   - a namespace is a StmtBlock, so that the code in it finds its names;
//   - an interface, a type alias and an enum are a Class: an alias has the
//     aliased type as its base unless that is a type literal, an enum has
//     constant static fields; a type literal within a type is an OpClass;
//   - a parameter of a constructor with an accessibility is a field as well;
//   - a JSX element is an OpCall named jsx of its tag: attributes are
//     OpKeyword, then come the children; a fragment is an OpList named jsx;
//   - a comma expression is an OpUnknown named "," with its parts, as a
//     statement several statements; a hole in a list is an empty OpUnknown;
//   - import(m) is an OpCall of the name import, this and super are names;
//   - code that the grammar could not place is searched for statements, which
//     stand before the statement that holds them.

import (
	"strings"
	"sync"

	"mcpaudit/internal/source"
)

// ecmaKind is a node kind, the same number in the three grammars.
type ecmaKind uint8

const (
	ecmaOther ecmaKind = iota // a token, or what only its parent knows to read
	ecmaError

	// Statements.
	ecmaExpressionStatement
	ecmaDeclaration
	ecmaFunctionDeclaration
	ecmaClassDeclaration
	ecmaBlock
	ecmaIf
	ecmaSwitch
	ecmaFor
	ecmaForIn
	ecmaWhile
	ecmaDo
	ecmaTry
	ecmaWith
	ecmaBreak
	ecmaContinue
	ecmaReturn
	ecmaThrow
	ecmaLabeled
	ecmaNothing // empty and debugger statements, overload signatures
	ecmaImport
	ecmaImportAlias
	ecmaExport
	ecmaAmbient
	ecmaNamespace
	ecmaInterface
	ecmaTypeAlias
	ecmaEnum

	// Expressions and patterns.
	ecmaIdent
	ecmaUndefined
	ecmaNull
	ecmaBool
	ecmaNumber
	ecmaString
	ecmaTemplate
	ecmaRegex
	ecmaParenthesized
	ecmaMember
	ecmaSubscript
	ecmaCall
	ecmaNew
	ecmaMeta
	ecmaAwait
	ecmaYield
	ecmaSpread
	ecmaTernary
	ecmaBinary
	ecmaUnary
	ecmaUpdate
	ecmaAssignment
	ecmaAugmented
	ecmaSequence
	ecmaArray
	ecmaObject
	ecmaAssignmentPattern
	ecmaFunctionExpression
	ecmaArrow
	ecmaClassExpression
	ecmaAs
	ecmaNonNull
	ecmaTypeAssertion
	ecmaInstantiation
	ecmaJSXElement
	ecmaJSXSelfClosing
	ecmaJSXExpression
	ecmaJSXText
	ecmaHTMLEntity

	// Parts.
	ecmaPair
	ecmaShorthand
	ecmaComputedName
	ecmaMethod
	ecmaMethodSignature
	ecmaAbstractSignature
	ecmaFieldDefinition
	ecmaStaticBlock
	ecmaIndexSignature
	ecmaDecorator
	ecmaParameter
	ecmaParameters
	ecmaAccessibility
	ecmaTypeArguments
	ecmaDeclarator
	ecmaSubstitution
	ecmaImportClause
	ecmaNamedImports
	ecmaNamespaceImport
	ecmaImportRequire
	ecmaSpecifier
	ecmaExportClause
	ecmaNamespaceExport
	ecmaHeritage
	ecmaExtends
	ecmaImplements
	ecmaSwitchCase
	ecmaSwitchDefault
	ecmaCatch
	ecmaElse
	ecmaFinally
	ecmaEnumAssignment
	ecmaJSXAttribute
	ecmaJSXOpening
	ecmaJSXClosing
	ecmaPropertyName
	ecmaTypeParameters

	// Types.
	ecmaTypeName
	ecmaNestedTypeName
	ecmaGenericType
	ecmaUnion
	ecmaIntersection
	ecmaArrayType
	ecmaTypeWrapper // one type within
	ecmaTuple
	ecmaObjectType
	ecmaTypeQuery
	ecmaOtherType

	// Tokens that decide.
	ecmaTokAsync
	ecmaTokStar
	ecmaTokStatic
	ecmaTokGet
	ecmaTokReadonly
	ecmaTokOverride
	ecmaTokComma
	ecmaTokOptional
	ecmaTokDefault
	ecmaTokEquals
	ecmaTokType
	ecmaTokUsing
	ecmaTokNamespace
)

// ecmaKinds are the kinds that all three grammars have.
var ecmaKinds = map[string]ecmaKind{
	"expression_statement": ecmaExpressionStatement, "lexical_declaration": ecmaDeclaration, "variable_declaration": ecmaDeclaration,
	"function_declaration": ecmaFunctionDeclaration, "generator_function_declaration": ecmaFunctionDeclaration,
	"class_declaration": ecmaClassDeclaration, "statement_block": ecmaBlock, "if_statement": ecmaIf,
	"switch_statement": ecmaSwitch, "for_statement": ecmaFor, "for_in_statement": ecmaForIn, "while_statement": ecmaWhile,
	"do_statement": ecmaDo, "try_statement": ecmaTry, "with_statement": ecmaWith, "break_statement": ecmaBreak,
	"continue_statement": ecmaContinue, "return_statement": ecmaReturn, "throw_statement": ecmaThrow,
	"labeled_statement": ecmaLabeled, "empty_statement": ecmaNothing, "debugger_statement": ecmaNothing,
	"import_statement": ecmaImport, "export_statement": ecmaExport,

	"identifier": ecmaIdent, "this": ecmaIdent, "super": ecmaIdent, "private_property_identifier": ecmaIdent,
	"shorthand_property_identifier_pattern": ecmaShorthand, "shorthand_property_identifier": ecmaShorthand,
	"import": ecmaIdent, "undefined": ecmaUndefined, "null": ecmaNull, "true": ecmaBool, "false": ecmaBool,
	"string": ecmaString, "template_string": ecmaTemplate, "regex": ecmaRegex,
	"parenthesized_expression": ecmaParenthesized, "member_expression": ecmaMember, "subscript_expression": ecmaSubscript,
	"call_expression": ecmaCall, "new_expression": ecmaNew, "meta_property": ecmaMeta, "await_expression": ecmaAwait,
	"yield_expression": ecmaYield, "spread_element": ecmaSpread, "rest_pattern": ecmaSpread,
	"ternary_expression": ecmaTernary, "binary_expression": ecmaBinary, "unary_expression": ecmaUnary,
	"update_expression": ecmaUpdate, "assignment_expression": ecmaAssignment,
	"augmented_assignment_expression": ecmaAugmented, "sequence_expression": ecmaSequence, "array": ecmaArray,
	"array_pattern": ecmaArray, "object": ecmaObject, "object_pattern": ecmaObject,
	"assignment_pattern": ecmaAssignmentPattern, "object_assignment_pattern": ecmaAssignmentPattern,
	"function_expression": ecmaFunctionExpression, "generator_function": ecmaFunctionExpression, "arrow_function": ecmaArrow,
	"class": ecmaClassExpression, "number": ecmaNumber,

	"pair": ecmaPair, "pair_pattern": ecmaPair, "computed_property_name": ecmaComputedName, "property_identifier": ecmaPropertyName,
	"method_definition": ecmaMethod, "class_static_block": ecmaStaticBlock, "decorator": ecmaDecorator,
	"formal_parameters": ecmaParameters, "variable_declarator": ecmaDeclarator, "template_substitution": ecmaSubstitution,
	"import_clause": ecmaImportClause, "named_imports": ecmaNamedImports, "namespace_import": ecmaNamespaceImport,
	"import_specifier": ecmaSpecifier, "export_clause": ecmaExportClause, "export_specifier": ecmaSpecifier,
	"namespace_export": ecmaNamespaceExport, "class_heritage": ecmaHeritage, "switch_case": ecmaSwitchCase,
	"switch_default": ecmaSwitchDefault, "catch_clause": ecmaCatch, "else_clause": ecmaElse, "finally_clause": ecmaFinally,

	"async": ecmaTokAsync, "*": ecmaTokStar, "get": ecmaTokGet, "static": ecmaTokStatic, ",": ecmaTokComma,
	"optional_chain": ecmaTokOptional, "default": ecmaTokDefault, "=": ecmaTokEquals,
}

// ecmaKindsJSX are added in JavaScript and TSX.
var ecmaKindsJSX = map[string]ecmaKind{
	"jsx_element": ecmaJSXElement, "jsx_self_closing_element": ecmaJSXSelfClosing, "jsx_expression": ecmaJSXExpression,
	"jsx_text": ecmaJSXText, "html_character_reference": ecmaHTMLEntity, "jsx_attribute": ecmaJSXAttribute,
	"jsx_opening_element": ecmaJSXOpening, "jsx_closing_element": ecmaJSXClosing,
}

// ecmaKindsJS are added in JavaScript alone.
var ecmaKindsJS = map[string]ecmaKind{"field_definition": ecmaFieldDefinition}

// ecmaKindsTS are added in TypeScript and TSX.
var ecmaKindsTS = map[string]ecmaKind{
	"abstract_class_declaration": ecmaClassDeclaration, "function_signature": ecmaNothing, "import_alias": ecmaImportAlias,
	"ambient_declaration": ecmaAmbient, "module": ecmaNamespace, "internal_module": ecmaNamespace,
	"interface_declaration": ecmaInterface, "type_alias_declaration": ecmaTypeAlias, "enum_declaration": ecmaEnum,

	"as_expression": ecmaAs, "satisfies_expression": ecmaAs, "non_null_expression": ecmaNonNull,
	"instantiation_expression": ecmaInstantiation,

	"public_field_definition": ecmaFieldDefinition, "property_signature": ecmaFieldDefinition,
	"method_signature": ecmaMethodSignature, "abstract_method_signature": ecmaAbstractSignature,
	"index_signature": ecmaIndexSignature, "call_signature": ecmaIndexSignature, "construct_signature": ecmaIndexSignature,
	"required_parameter": ecmaParameter, "optional_parameter": ecmaParameter, "accessibility_modifier": ecmaAccessibility,
	"type_arguments": ecmaTypeArguments, "type_parameters": ecmaTypeParameters, "import_require_clause": ecmaImportRequire,
	"extends_clause": ecmaExtends, "extends_type_clause": ecmaImplements, "implements_clause": ecmaImplements,
	"enum_assignment": ecmaEnumAssignment,

	"type_identifier": ecmaTypeName, "predefined_type": ecmaTypeName, "this_type": ecmaTypeName,
	"nested_type_identifier": ecmaNestedTypeName, "nested_identifier": ecmaMember, "generic_type": ecmaGenericType,
	"union_type": ecmaUnion, "intersection_type": ecmaIntersection, "array_type": ecmaArrayType, "readonly_type": ecmaTypeWrapper,
	"parenthesized_type": ecmaTypeWrapper, "type_annotation": ecmaTypeWrapper, "literal_type": ecmaTypeWrapper,
	"optional_type": ecmaTypeWrapper, "constraint": ecmaTypeWrapper, "default_type": ecmaTypeWrapper, "tuple_type": ecmaTuple,
	"object_type": ecmaObjectType, "interface_body": ecmaObjectType, "type_query": ecmaTypeQuery,
	"rest_type": ecmaOtherType, "constructor_type": ecmaOtherType, "template_literal_type": ecmaOtherType,
	"infer_type": ecmaOtherType, "conditional_type": ecmaOtherType, "type_predicate": ecmaOtherType,
	"index_type_query": ecmaOtherType, "lookup_type": ecmaOtherType, "existential_type": ecmaOtherType,
	"flow_maybe_type": ecmaOtherType, "function_type": ecmaOtherType, "asserts": ecmaOtherType,
	"asserts_annotation": ecmaTypeWrapper, "type_predicate_annotation": ecmaTypeWrapper,

	"readonly": ecmaTokReadonly, "override_modifier": ecmaTokOverride, "type": ecmaTokType, "using": ecmaTokUsing, "namespace": ecmaTokNamespace, "?.": ecmaTokOptional,
}

// ecmaGrammar is what the lowering knows of one of the three grammars.
type ecmaGrammar struct {
	kinds   []ecmaKind
	comment source.Symbol

	alias, alternative, argument, arguments, attribute, body, condition, consequence, constructor, declaration, decorator,
	finalizer, flags, callee, handler, increment, index, initializer, kind, label, left, module, name, object, openTag,
	operator, parameter, parameters, pattern, property, returnType, right, sourceField, typ, typeArguments, val, key source.Field
}

var ecmaGrammars = map[source.Language]func() *ecmaGrammar{
	source.JavaScript: sync.OnceValue(func() *ecmaGrammar { return newECMAGrammar(source.JavaScript, ecmaKindsJSX, ecmaKindsJS) }),
	source.TypeScript: sync.OnceValue(func() *ecmaGrammar {
		// `<T>x` casts in TypeScript and opens an element in TSX.
		return newECMAGrammar(source.TypeScript, ecmaKindsTS, map[string]ecmaKind{"type_assertion": ecmaTypeAssertion})
	}),
	source.TSX: sync.OnceValue(func() *ecmaGrammar { return newECMAGrammar(source.TSX, ecmaKindsTS, ecmaKindsJSX) }),
}

func newECMAGrammar(l source.Language, more ...map[string]ecmaKind) *ecmaGrammar {
	g := source.GrammarOf(l)
	names := map[string]ecmaKind{}
	for _, m := range append(more, ecmaKinds) {
		for name, k := range m {
			names[name] = k
		}
	}
	e := &ecmaGrammar{kinds: table(g, names), comment: g.Symbols("comment")[0]}
	for name, f := range map[string]*source.Field{
		"alias": &e.alias, "alternative": &e.alternative, "argument": &e.argument, "arguments": &e.arguments,
		"attribute": &e.attribute, "body": &e.body, "condition": &e.condition, "consequence": &e.consequence,
		"constructor": &e.constructor, "declaration": &e.declaration, "decorator": &e.decorator, "finalizer": &e.finalizer,
		"flags": &e.flags, "function": &e.callee, "handler": &e.handler, "increment": &e.increment, "index": &e.index,
		"initializer": &e.initializer, "key": &e.key, "kind": &e.kind, "label": &e.label, "left": &e.left,
		"module": &e.module, "name": &e.name, "object": &e.object, "open_tag": &e.openTag, "operator": &e.operator,
		"parameter": &e.parameter, "parameters": &e.parameters, "pattern": &e.pattern, "property": &e.property,
		"return_type": &e.returnType, "right": &e.right, "source": &e.sourceField, "type": &e.typ,
		"type_arguments": &e.typeArguments, "value": &e.val,
	} {
		if *f = g.Field(name); *f == 0 {
			*f = noField
		}
	}
	return e
}

// noField stands for a field that a grammar lacks: no node has it.
const noField source.Field = 255

// ecma lowers one file.
type ecma struct {
	*lowering
	*ecmaGrammar
	namespace int // how many namespaces enclose what is being lowered
}

func (e *ecma) kindOf(n source.NodeID) ecmaKind {
	s := e.nodes[n].Symbol
	if s == source.SymbolError {
		return ecmaError
	}
	return e.kinds[s]
}

// skip reports whether a child says nothing: a token, or a comment. Text that
// the parser skipped is an extra as well, and is not passed over.
func (e *ecma) skip(n source.NodeID) bool {
	node := &e.nodes[n]
	return !node.Named() || node.Extra() && !node.Error()
}

// first gives the first child of n that is not skipped, or 0.
func (e *ecma) first(n source.NodeID) source.NodeID {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			return c
		}
	}
	return 0
}

// has reports whether n has a child of a kind, as a token is.
func (e *ecma) has(n source.NodeID, k ecmaKind) bool {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.kindOf(c) == k {
			return true
		}
	}
	return false
}

// file lowers the program node, or whatever stands in its place.
func (e *ecma) program() {
	mark := len(e.stmts)
	e.statements(0)
	e.fn.Body = e.takeStmts(mark)
}

// statements lowers the children of n as statements of the list that grows.
func (e *ecma) statements(n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			e.statement(c)
		}
	}
}

// block lowers a statement as a list of its own: those of a block, or itself.
func (e *ecma) block(n source.NodeID) []*Stmt {
	if n == 0 {
		return nil
	}
	mark := len(e.stmts)
	if e.kindOf(n) == ecmaBlock {
		e.statements(n)
	} else {
		e.statement(n)
	}
	return e.takeStmts(mark)
}

// statement adds what n says to the list that grows.
func (e *ecma) statement(n source.NodeID) {
	if e.enter(n) {
		e.statementWithin(n)
	}
	e.leave()
}

func (e *ecma) statementWithin(n source.NodeID) {
	switch k := e.kindOf(n); k {
	case ecmaExpressionStatement:
		if c := e.first(n); c != 0 {
			e.expressionStatement(n, c)
		}
	case ecmaDeclaration:
		e.declare(n)
	case ecmaFunctionDeclaration:
		e.functionStatement(n, e.commentBefore(n, e.comment))
	case ecmaClassDeclaration, ecmaInterface, ecmaTypeAlias, ecmaEnum:
		e.classStatement(n)
	case ecmaBlock:
		body := e.block(n)
		e.stmt(StmtBlock, n).Body = body
	case ecmaIf:
		e.ifStatement(n)
	case ecmaSwitch:
		e.switchStatement(n)
	case ecmaFor:
		e.forStatement(n)
	case ecmaForIn:
		e.forInStatement(n)
	case ecmaWhile:
		cond := e.valueIn(n, e.condition)
		body := e.block(e.child(n, e.body))
		s := e.stmt(StmtWhile, n)
		s.Value, s.Body = cond, body
	case ecmaDo:
		e.doStatement(n)
	case ecmaTry:
		e.tryStatement(n)
	case ecmaWith:
		v := e.valueIn(n, e.object)
		body := e.block(e.child(n, e.body))
		s := e.stmt(StmtWith, n)
		s.Value, s.Body = v, body
	case ecmaBreak, ecmaContinue:
		op := StmtBreak
		if k == ecmaContinue {
			op = StmtContinue
		}
		s := e.stmt(op, n)
		if l := e.child(n, e.label); l != 0 {
			s.Name = e.textOf(l)
		}
	case ecmaReturn, ecmaThrow:
		v := e.optional(e.first(n))
		op := StmtReturn
		if k == ecmaThrow {
			op = StmtThrow
		}
		e.stmt(op, n).Value = v
	case ecmaLabeled:
		body := e.block(e.child(n, e.body))
		s := e.stmt(StmtBlock, n)
		s.Body = body
		if l := e.child(n, e.label); l != 0 {
			s.Name = e.textOf(l)
		}
	case ecmaImport:
		e.importStatement(n)
	case ecmaImportAlias:
		e.importAlias(n)
	case ecmaExport:
		e.exportStatement(n)
	case ecmaAmbient:
		e.ambient(n)
	case ecmaNamespace:
		e.namespace++
		body := e.block(e.child(n, e.body))
		e.namespace--
		e.stmt(StmtBlock, n).Body = body
	case ecmaNothing:
	default:
		e.salvage(n)
	}
}

// ambient lowers what follows declare: a declaration, or a block of them.
func (e *ecma) ambient(n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) && e.kindOf(c) != ecmaPropertyName {
			e.statement(c)
		}
	}
}

// salvage searches code that the grammar could not place. Bare names and
// constants there say nothing: they may be parameters or words of a comment.
func (e *ecma) salvage(n source.NodeID) {
	switch k := e.kindOf(n); {
	case k == ecmaMethod:
		if fn := e.function(n, KindMethod, 0, ""); fn != nil {
			e.stmt(StmtFunc, n).Func = fn
		}
	case k <= ecmaError, k >= ecmaPair && k < ecmaTypeName:
		e.statements(n)
	case k >= ecmaTypeName, k <= ecmaString, k == ecmaRegex, k == ecmaJSXText, k == ecmaHTMLEntity:
	default:
		e.expressionStatement(n, n)
	}
}

// expressionStatement lowers expression c, which stands as statement n.
func (e *ecma) expressionStatement(n, c source.NodeID) {
	switch e.kindOf(c) {
	case ecmaNamespace, ecmaFunctionDeclaration, ecmaClassDeclaration:
		e.statement(c)
	case ecmaAssignment, ecmaAugmented:
		e.assignStatement(n, c)
	case ecmaUpdate:
		target, op := e.valueIn(c, e.argument), e.child(c, e.operator)
		s := e.stmt(StmtAssign, n)
		s.Targets, s.Value = e.list(target), e.one(op)
		s.Name = e.textOf(op)
	case ecmaSequence:
		for p, end := c+1, e.nodes[c].Next; p < end; p = e.nodes[p].Next {
			if !e.skip(p) {
				e.expressionAs(p, p)
			}
		}
	case ecmaParenthesized:
		if in := e.first(c); in != 0 && e.nodes[in].Next == e.nodes[c].Next-1 {
			e.expressionAs(n, in)
			return
		}
		e.stmtExpr(n, c)
	case ecmaUnary:
		if op := e.child(c, e.operator); op != 0 && e.textOf(op) == "delete" {
			target := e.valueIn(c, e.argument)
			e.stmt(StmtDelete, n).Targets = e.list(target)
			return
		}
		e.stmtExpr(n, c)
	case ecmaError:
		e.statements(c)
	default:
		e.stmtExpr(n, c)
	}
}

// expressionAs is expressionStatement one level down.
func (e *ecma) expressionAs(n, c source.NodeID) {
	if e.enter(c) {
		e.expressionStatement(n, c)
	}
	e.leave()
}

func (e *ecma) stmtExpr(n, c source.NodeID) {
	v := e.expr(c)
	e.stmt(StmtExpr, n).Value = v
}

// one gives the constant 1, which stands at an operator ++ or --.
func (e *ecma) one(op source.NodeID) *Value { return e.constant(ConstNumber, op, "1") }

// assignStatement lowers an assignment as a statement; a = b = v has two targets.
func (e *ecma) assignStatement(n, c source.NodeID) {
	mark := len(e.values)
	op := e.child(c, e.operator)
	right := source.NodeID(0)
	for {
		target := e.valueIn(c, e.left)
		e.values = append(e.values, target)
		if right = e.child(c, e.right); right == 0 || op != 0 || e.kindOf(right) != ecmaAssignment {
			break
		}
		c = right
	}
	targets := e.takeValues(mark)
	v := e.absent(n)
	if right != 0 {
		doc := ""
		if e.makesFunction(right) {
			doc = e.commentBefore(n, e.comment)
		}
		v = e.named(right, doc)
	}
	s := e.stmt(StmtAssign, n)
	s.Targets, s.Value = targets, v
	s.Decl = e.has(n, ecmaTokUsing) || e.has(c, ecmaTokUsing)
	if op != 0 {
		s.Name = e.textOf(op)
		return
	}
	for _, t := range targets {
		e.bindRequire(t, v)
		e.exportAssignment(t, v, s.Span)
	}
}

// makesFunction reports whether an expression is a function or class, which a
// comment before the whole statement describes.
func (e *ecma) makesFunction(n source.NodeID) bool {
	k := e.kindOf(n)
	return k == ecmaArrow || k == ecmaFunctionExpression || k == ecmaClassExpression
}

// declare lowers a declaration of variables, one statement for each.
func (e *ecma) declare(n source.NodeID) {
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		switch {
		case e.skip(c):
		case e.kindOf(c) != ecmaDeclarator:
			e.statement(c)
		default:
			var target, typ, v *Value
			for p, last := c+1, e.nodes[c].Next; p < last; p = e.nodes[p].Next {
				switch f := e.nodes[p].Field; {
				case e.skip(p):
				case f == e.name:
					target = e.expr(p)
				case f == e.typ:
					typ = e.typeOf(p)
				case f == e.val:
					doc := ""
					if e.makesFunction(p) {
						doc = e.commentBefore(e.declarationOf(n), e.comment)
					}
					v = e.named(p, doc)
				default:
					e.salvage(p)
				}
			}
			s := e.stmt(StmtAssign, c)
			s.Decl, s.Targets, s.Type, s.Value = true, e.list(target), typ, v
			e.bindRequire(target, v)
		}
	}
}

// declarationOf gives the outermost node of a declaration: its export.
func (e *ecma) declarationOf(n source.NodeID) source.NodeID {
	if p := e.nodes[n].Parent; p != n && e.kindOf(p) == ecmaExport {
		return p
	}
	return n
}

func (e *ecma) functionStatement(n source.NodeID, doc string) {
	if fn := e.function(n, KindFunction, 0, doc); fn != nil {
		e.stmt(StmtFunc, n).Func = fn
	}
}

func (e *ecma) ifStatement(n source.NodeID) {
	cond := e.valueIn(n, e.condition)
	body := e.block(e.child(n, e.consequence))
	var els []*Stmt
	if a := e.child(n, e.alternative); a != 0 {
		if c := e.first(a); c != 0 {
			els = e.block(c)
		}
	}
	s := e.stmt(StmtIf, n)
	s.Value, s.Body, s.Else = cond, body, els
}

func (e *ecma) forStatement(n source.NodeID) {
	var cond *Value
	var body, post []*Stmt
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			continue
		}
		switch e.nodes[c].Field {
		case e.initializer:
			e.statement(c)
		case e.condition:
			// A statement in older grammars, with its semicolon.
			if e.kindOf(c) == ecmaExpressionStatement {
				cond = e.optional(e.first(c))
			} else if e.kindOf(c) != ecmaNothing {
				cond = e.expr(c)
			}
		case e.increment:
			mark := len(e.stmts)
			e.expressionAs(c, c)
			post = e.takeStmts(mark)
		case e.body:
			body = e.block(c)
		default:
			e.salvage(c)
		}
	}
	s := e.stmt(StmtWhile, n)
	s.Value, s.Body, s.Post = cond, body, post
}

func (e *ecma) forInStatement(n source.NodeID) {
	target := e.valueIn(n, e.left)
	v := e.valueIn(n, e.right)
	body := e.block(e.child(n, e.body))
	s := e.stmt(StmtFor, n)
	s.Targets, s.Value, s.Body = e.list(target), v, body
	s.Decl = e.child(n, e.kind) != 0
	if op := e.child(n, e.operator); op != 0 && e.textOf(op) == "in" {
		s.Name = "in"
	}
}

func (e *ecma) doStatement(n source.NodeID) {
	b, c := e.child(n, e.body), e.child(n, e.condition)
	mark := len(e.stmts)
	if b != 0 {
		e.stmts = append(e.stmts, e.block(b)...)
	}
	if c != 0 {
		not := e.value(OpUnary, c)
		not.Name = "!"
		not.Args = e.list(e.expr(c))
		out := e.newStmt(StmtBreak, c)
		s := e.stmt(StmtIf, c)
		s.Value, s.Body = not, []*Stmt{out}
	}
	body := e.takeStmts(mark)
	e.stmt(StmtWhile, n).Body = body
}

func (e *ecma) tryStatement(n source.NodeID) {
	body := e.block(e.child(n, e.body))
	var cases []Case
	var finally []*Stmt
	if h := e.child(n, e.handler); h != 0 {
		var c Case
		if p := e.child(h, e.parameter); p != 0 {
			c.Targets = e.list(e.expr(p))
		}
		c.Body = e.block(e.child(h, e.body))
		cases = []Case{c}
	}
	if f := e.child(n, e.finalizer); f != 0 {
		finally = e.block(e.child(f, e.body))
	}
	s := e.stmt(StmtTry, n)
	s.Body, s.Cases, s.Finally = body, cases, finally
}

func (e *ecma) switchStatement(n source.NodeID) {
	v := e.valueIn(n, e.val)
	var cases []Case
	if b := e.child(n, e.body); b != 0 {
		cases = e.cases(b)
	}
	s := e.stmt(StmtSwitch, n)
	s.Value, s.Cases = v, cases
}

// cases lowers the body of a switch.
func (e *ecma) cases(n source.NodeID) []Case {
	var cases []Case
	var open Case // labels that no statement has followed yet
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		k := e.kindOf(c)
		switch {
		case e.skip(c):
			continue
		case k == ecmaSwitchDefault:
			open.Default = true
		case k != ecmaSwitchCase:
			e.statement(c)
			continue
		}
		mark := len(e.stmts)
		for p, last := c+1, e.nodes[c].Next; p < last; p = e.nodes[p].Next {
			switch {
			case e.skip(p):
			case e.nodes[p].Field == e.val:
				open.Values = append(open.Values, e.expr(p))
			default:
				e.statement(p)
			}
		}
		if open.Body = e.takeStmts(mark); len(open.Body) == 0 && e.moreCases(e.nodes[c].Next, end) {
			continue
		}
		open.Fallthrough = !ends(open.Body) && e.moreCases(e.nodes[c].Next, end)
		// `case x: { … }` is the same as without the braces.
		if len(open.Body) == 1 && open.Body[0].Op == StmtBlock && open.Body[0].Name == "" {
			open.Body = open.Body[0].Body
		}
		cases = append(cases, open)
		open = Case{}
	}
	return cases
}

func (e *ecma) moreCases(c, end source.NodeID) bool {
	for ; c < end; c = e.nodes[c].Next {
		if k := e.kindOf(c); k == ecmaSwitchCase || k == ecmaSwitchDefault {
			return true
		}
	}
	return false
}

// ends reports whether control never runs past the end of a list of statements.
func ends(list []*Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch s := list[len(list)-1]; s.Op {
	case StmtBreak, StmtContinue, StmtReturn, StmtThrow:
		return true
	case StmtBlock:
		return s.Name == "" && ends(s.Body)
	case StmtIf:
		return ends(s.Body) && ends(s.Else)
	case StmtTry:
		if ends(s.Finally) {
			return true
		}
		for i := range s.Cases {
			if !ends(s.Cases[i].Body) {
				return false
			}
		}
		return ends(s.Body)
	}
	return false
}

// function lowers the function at n, with the decorators that stand before it
// from node first on, or 0. It gives nil where the nesting is too deep.
func (e *ecma) function(n source.NodeID, kind Kind, first source.NodeID, doc string) *Function {
	if first == 0 {
		first = n
	}
	return e.nestedFrom(first, n, kind, doc, func() { e.functionBody(first, n) })
}

func (e *ecma) functionBody(first, n source.NodeID) {
	fn := e.fn.Function
	mark := len(e.values)
	for d := first; d < n; d = e.nodes[d].Next {
		e.decoratorInto(d)
	}
	stmts := len(e.stmts)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		node := &e.nodes[c]
		if !node.Named() || node.Extra() && !node.Error() {
			switch e.kindOf(c) {
			case ecmaTokAsync:
				fn.Async = true
			case ecmaTokStar:
				fn.Generator = true
			case ecmaTokStatic:
				fn.Static = true
			case ecmaTokGet:
				fn.getter = true
			}
			continue
		}
		switch node.Field {
		case 0:
			if e.kindOf(c) == ecmaError {
				e.salvage(c)
			}
		case e.decorator:
			e.decoratorInto(c)
		case e.name:
			fn.Name, _ = e.propertyName(c)
			fn.NameSpan = e.span(c)
		case e.parameters:
			fn.Params = e.params(c)
		case e.parameter:
			fn.Params = []Param{e.param(c)}
		case e.returnType:
			fn.Results = e.list(e.typeOf(c))
		case e.body:
			if e.kindOf(c) == ecmaBlock {
				e.statements(c)
			} else {
				v := e.expr(c)
				e.stmt(StmtReturn, c).Value = v
			}
		}
	}
	fn.Body = e.takeStmts(stmts)
	fn.Decorators = e.takeValues(mark)
}

// decoratorInto adds a decorator to the list of values that grows.
func (e *ecma) decoratorInto(n source.NodeID) {
	if e.kindOf(n) == ecmaDecorator {
		if c := e.first(n); c != 0 {
			v := e.expr(c)
			e.values = append(e.values, v)
		}
	}
}

// params lowers a parameter list. TypeScript's this is no parameter.
func (e *ecma) params(n source.NodeID) []Param {
	count := 0
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if !e.skip(c) {
			count++
		}
	}
	params := make([]Param, 0, count)
	for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
		if e.skip(c) {
			continue
		}
		if e.kindOf(c) == ecmaError {
			e.salvage(c)
			continue
		}
		if p := e.child(c, e.pattern); p != 0 && e.textOf(p) == "this" {
			continue
		}
		params = append(params, e.param(c))
	}
	return params
}

func (e *ecma) param(n source.NodeID) Param {
	p := Param{Span: e.span(n)}
	pattern := n
	if e.kindOf(n) == ecmaParameter {
		pattern = 0
		for c, end := n+1, e.nodes[n].Next; c < end; c = e.nodes[c].Next {
			switch f := e.nodes[c].Field; {
			case e.skip(c):
			case f == e.pattern:
				pattern = c
			case f == e.typ:
				p.Type = e.typeOf(c)
			case f == e.val:
				p.Default = e.expr(c)
			}
		}
	}
	if pattern != 0 {
		e.paramPattern(&p, pattern)
	}
	return p
}

func (e *ecma) paramPattern(p *Param, n source.NodeID) {
	switch e.kindOf(n) {
	case ecmaSpread:
		p.Kind = ParamRest
		if c := e.first(n); c != 0 && e.kindOf(c) != ecmaSpread {
			e.paramPattern(p, c)
		}
	case ecmaAssignmentPattern:
		p.Default = e.optional(e.child(n, e.right))
		if c := e.child(n, e.left); c != 0 && e.kindOf(c) != ecmaAssignmentPattern {
			e.paramPattern(p, c)
		}
	case ecmaObject, ecmaArray:
		p.Pattern = e.expr(n)
	default:
		p.Name = strings.TrimSpace(e.textOf(n))
	}
}
