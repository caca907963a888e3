package program

// lower_ecma_kinds.go holds the node kinds of the grammars of JavaScript,
// TypeScript and TSX under one numbering.

import (
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
