package rule

// term_ecma.go makes terms of JavaScript, TypeScript and TSX.

import (
	"strings"
	"sync"

	"mcpaudit/internal/source"
)

var (
	javaScriptDialect = sync.OnceValue(func() *dialect { return newDialect(source.JavaScript, ecmaKinds()) })
	typeScriptDialect = sync.OnceValue(func() *dialect { return newDialect(source.TypeScript, ecmaKinds()) })
	tsxDialect        = sync.OnceValue(func() *dialect { return newDialect(source.TSX, ecmaKinds()) })
)

func ecmaKinds() map[string]kind {
	k := map[string]kind{
		"program":                         {op: opBlock, build: buildBlock("empty_statement", "hash_bang_line")},
		"statement_block":                 {op: opBlock, build: buildBlock("empty_statement")},
		"class_body":                      {op: opBlock, build: jsClassBody},
		"expression_statement":            {wrap: true},
		"parenthesized_expression":        {follow: nil, wrap: true},
		"type_annotation":                 {wrap: true},
		"decorator":                       {wrap: true},
		"template_substitution":           {wrap: true},
		"computed_property_name":          {wrap: true},
		"jsx_expression":                  {wrap: true},
		"non_null_expression":             {wrap: true},
		"as_expression":                   {op: opOther, build: buildOther},
		"export_statement":                {follow: []string{"declaration", "value"}},
		"this":                            {op: opName},
		"super":                           {op: opName},
		"import":                          {op: opName},
		"undefined":                       {op: opLit, build: buildLit},
		"true":                            {op: opLit, build: buildLit},
		"false":                           {op: opLit, build: buildLit},
		"null":                            {op: opLit, build: buildLit},
		"number":                          {op: opNumber},
		"regex":                           {op: opRegex, build: buildText},
		"string":                          {op: opStr, build: jsString},
		"template_string":                 {op: opStr, build: jsTemplate},
		"member_expression":               {op: opField, build: buildFields("object", "property")},
		"nested_identifier":               {op: opField, build: jsNested},
		"subscript_expression":            {op: opIndex, build: buildFields("object", "index")},
		"call_expression":                 {op: opCall, build: jsCall("function")},
		"new_expression":                  {op: opNew, build: jsCall("constructor")},
		"spread_element":                  {op: opSpread, build: buildSpread("*")},
		"rest_pattern":                    {op: opSpread, build: buildSpread("*")},
		"binary_expression":               {op: opBinary, build: buildOperator("left", "right")},
		"unary_expression":                {op: opUnary, build: buildOperator("argument")},
		"update_expression":               {op: opUnary, build: buildOperator("argument")},
		"ternary_expression":              {op: opCond, build: buildFields("condition", "consequence", "alternative")},
		"assignment_expression":           {op: opAssign, build: jsAssign},
		"augmented_assignment_expression": {op: opAssign, build: buildOperator("left", "right")},
		"assignment_pattern":              {op: opParam, build: buildFields("left", "", "right")},
		"object_assignment_pattern":       {op: opParam, build: buildFields("left", "", "right")},
		"lexical_declaration":             {op: opGroup, build: jsDeclaration},
		"variable_declaration":            {op: opGroup, build: jsDeclaration},
		"variable_declarator":             {op: opAssign, build: jsDeclarator},
		"public_field_definition":         {op: opAssign, build: jsField},
		"field_definition":                {op: opAssign, build: jsField},
		"object":                          {op: opObject, build: jsObject},
		"object_pattern":                  {op: opObject, build: jsObject},
		"pair":                            {op: opPair, build: jsPair},
		"pair_pattern":                    {op: opPair, build: jsPair},
		"array":                           {op: opList, build: buildList("list")},
		"array_pattern":                   {op: opList, build: buildList("list")},
		"arrow_function":                  {op: opFunc, build: jsArrow},
		"function":                        {op: opFunc, build: jsFunc("expr")},
		"function_expression":             {op: opFunc, build: jsFunc("expr")},
		"generator_function":              {op: opFunc, build: jsFunc("expr")},
		"function_declaration":            {op: opFunc, build: jsFunc("def")},
		"generator_function_declaration":  {op: opFunc, build: jsFunc("def")},
		"method_definition":               {op: opFunc, build: jsFunc("method")},
		"formal_parameters":               {op: opParams, build: pyParams},
		"required_parameter":              {op: opParam, build: tsParam},
		"optional_parameter":              {op: opParam, build: tsParam},
		"class":                           {op: opClass, build: jsClass},
		"class_declaration":               {op: opClass, build: jsClass},
		"abstract_class_declaration":      {op: opClass, build: jsClass},
		"return_statement":                {op: opReturn, build: buildFirst},
		"throw_statement":                 {op: opThrow, build: buildFirst},
		"await_expression":                {op: opAwait, build: buildFirst},
		"yield_expression":                {op: opYield, build: buildFirst},
		"if_statement":                    {op: opIf, build: jsIf},
		"while_statement":                 {op: opWhile, build: jsWhile},
		"do_statement":                    {op: opWhile, build: jsWhile},
		"for_statement":                   {op: opFor, build: jsFor},
		"for_in_statement":                {op: opForIn, build: jsForIn},
		"try_statement":                   {op: opTry, build: jsTry},
		"catch_clause":                    {op: opCatch, build: jsCatch},
		"switch_statement":                {op: opSwitch, build: jsSwitch},
		"switch_case":                     {op: opCase, build: jsCase},
		"switch_default":                  {op: opCase, build: jsCase},
		"import_statement":                {op: opGroup, build: jsImport},
		"jsx_element":                     {op: opElement, build: jsxElement},
		"jsx_self_closing_element":        {op: opElement, build: jsxElement},
		"jsx_fragment":                    {op: opElement, build: jsxElement},
		"jsx_attribute":                   {op: opAttribute, build: jsxAttribute},
		"jsx_text":                        {op: opText, build: buildText},
	}
	for _, name := range []string{"identifier", "property_identifier", "private_property_identifier", "statement_identifier",
		"shorthand_property_identifier", "shorthand_property_identifier_pattern", "type_identifier", "predefined_type"} {
		k[name] = kind{op: opName}
	}
	return k
}

func jsClassBody(f *file, t *term) {
	var decorators []*term
	for c := range f.tree.NamedChildren(t.id) {
		m := f.term(c)
		if f.tree.Kind(c) == "decorator" {
			decorators = append(decorators, m)
			continue
		}
		if m.op == opFunc && len(decorators) > 0 {
			f.open(m)
			m.kids[4] = f.made(opDecorators, c, "", decorators...)
			m.span.Start = decorators[0].span.Start
		}
		decorators = nil
		t.kids = f.addStatement(t.kids, m)
	}
}

func jsString(f *file, t *term) {
	_, body := splitQuotes(f.tree.TextOf(t.id))
	t.str = unescape(body)
}

func jsTemplate(f *file, t *term) {
	var pieces []*term
	at := t.span.Start + 1
	piece := func(to uint32, n source.NodeID) {
		if at < to {
			p := f.made(opStr, n, unescape(f.tree.Text.Slice(source.Span{Start: at, End: to})))
			p.span, p.piece = source.Span{Start: at, End: to}, true
			pieces = append(pieces, p)
		}
	}
	plain := true
	for c := range f.tree.NamedChildren(t.id) {
		if f.tree.Kind(c) == "template_substitution" {
			plain = false
			piece(f.tree.Node(c).Start, t.id)
			pieces = append(pieces, f.term(c))
			at = f.tree.Node(c).End
		}
	}
	if plain {
		_, body := splitQuotes(f.tree.TextOf(t.id))
		t.str = unescape(body)
		return
	}
	piece(t.span.End-1, t.id)
	t.op, t.kids = opTemplate, pieces
}

func jsNested(f *file, t *term) {
	buildFields("object", "property")(f, t)
	if t.kids[0] == nil || t.kids[1] == nil {
		buildOther(f, t)
		t.op = opOther
	}
}

func jsCall(callee string) builder {
	return func(f *file, t *term) {
		t.kids = []*term{f.field(t.id, callee)}
		a, ok := f.fieldNode(t.id, "arguments")
		if !ok {
			return
		}
		if f.tree.Kind(a) == "template_string" {
			// A tagged template is a call of its own kind.
			t.op, t.str = opOther, "tagged_template"
			t.kids = append(t.kids, f.term(a))
			return
		}
		t.kids = append(t.kids, f.named(a)...)
	}
}

func jsAssign(f *file, t *term) {
	buildFields("left", "right", "")(f, t)
	t.str = "="
}

func jsDeclaration(f *file, t *term) {
	for c := range f.tree.NamedChildren(t.id) {
		if f.tree.Kind(c) == "variable_declarator" {
			t.kids = append(t.kids, f.term(c))
		}
	}
}

// jsDeclarator covers its whole declaration where it is the only one in it.
func jsDeclarator(f *file, t *term) {
	buildFields("name", "value", "type")(f, t)
	t.str, t.decl = "=", true
	p := f.tree.Node(t.id).Parent
	count := 0
	for range f.tree.NamedChildren(p) {
		count++
	}
	if count == 1 {
		t.span.Start = f.tree.Node(p).Start
	}
}

func jsField(f *file, t *term) {
	name := f.field(t.id, "name")
	if name == nil {
		name = f.field(t.id, "property")
	}
	t.kids = []*term{name, f.field(t.id, "value"), f.field(t.id, "type")}
	t.str, t.decl = "=", true
}

func jsObject(f *file, t *term) {
	for c := range f.tree.NamedChildren(t.id) {
		k := f.term(c)
		switch k.op {
		case opName:
			k = f.made(opPair, c, "", k, k)
		case opParam:
			f.open(k)
			k = f.made(opPair, c, "", k.kids[0], k)
		}
		t.kids = append(t.kids, k)
	}
}

// jsPair gives a key in quotes the form of one without.
func jsPair(f *file, t *term) {
	buildFields("key", "value")(f, t)
	if k := t.kids[0]; k != nil && k.op == opStr {
		if f.open(k); isIdent(k.str) {
			t.kids[0] = f.made(opName, k.id, k.str)
		}
	}
}

func jsArrow(f *file, t *term) {
	t.str = "arrow"
	t.async = f.hasToken(t.id, "async")
	params := f.field(t.id, "parameters")
	if p := f.field(t.id, "parameter"); p != nil {
		params = f.made(opParams, p.id, "", asParam(f, p))
	}
	t.kids = []*term{nil, params, f.field(t.id, "return_type"), f.field(t.id, "body"), nil, nil}
}

func jsFunc(str string) builder {
	return func(f *file, t *term) {
		t.str = str
		t.async = f.hasToken(t.id, "async")
		t.kids = []*term{f.field(t.id, "name"), f.field(t.id, "parameters"), f.field(t.id, "return_type"), f.field(t.id, "body"), nil, nil}
	}
}

func tsParam(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "pattern"), f.field(t.id, "type"), f.field(t.id, "value")}
	if p := t.kids[0]; p != nil && p.op == opSpread {
		f.open(p)
		t.str, t.kids[0] = p.str, p.kids[0]
	}
	var decorators []*term
	for c := range f.tree.NamedChildren(t.id) {
		if f.tree.Kind(c) == "decorator" {
			decorators = append(decorators, f.term(c))
		}
	}
	if decorators != nil {
		t.kids = append(t.kids, f.made(opDecorators, t.id, "", decorators...))
	}
}

func jsClass(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "name"), nil, f.field(t.id, "body"), nil}
	if h, ok := f.childOf(t.id, "class_heritage"); ok {
		bases := f.made(opBases, h, "")
		t.kids[1] = bases
		for c := range f.tree.NamedChildren(h) {
			switch f.tree.Kind(c) {
			case "extends_clause":
				bases.kids = append(bases.kids, f.fieldsOf(c, "value")...)
			case "implements_clause":
				bases.kids = append(bases.kids, f.named(c)...)
			default:
				bases.kids = append(bases.kids, f.term(c))
			}
		}
	}
	jsDecorators(f, t)
}

// jsDecorators collects the decorators before a class and before its export.
func jsDecorators(f *file, t *term) {
	var list []*term
	from := t.id
	if p := f.tree.Node(t.id).Parent; f.tree.Kind(p) == "export_statement" {
		from = p
		t.span = f.tree.Span(p)
		for c := range f.tree.NamedChildren(p) {
			if f.tree.Kind(c) == "decorator" {
				list = append(list, f.term(c))
			}
		}
	}
	for c := range f.tree.NamedChildren(t.id) {
		if f.tree.Kind(c) == "decorator" {
			list = append(list, f.term(c))
		}
	}
	if list != nil {
		t.kids[3] = f.made(opDecorators, from, "", list...)
	}
}

func jsIf(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "condition"), f.block(t.id, "consequence"), nil, nil}
	if e, ok := f.fieldNode(t.id, "alternative"); ok {
		for c := range f.tree.NamedChildren(e) {
			t.kids[2] = f.blockOf(c)
			break
		}
	}
}

func jsWhile(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "condition"), f.block(t.id, "body")}
}

func jsFor(f *file, t *term) {
	buildFields("initializer", "condition", "increment")(f, t)
	for i, k := range t.kids {
		if k != nil && k.op == opGroup && len(f.open(k).kids) == 1 {
			t.kids[i] = k.kids[0]
		}
	}
	t.kids = append(t.kids, f.block(t.id, "body"))
}

func jsForIn(f *file, t *term) {
	t.str = f.fieldText(t.id, "operator")
	t.decl = f.fieldText(t.id, "kind") != ""
	t.kids = []*term{f.field(t.id, "left"), f.field(t.id, "right"), f.block(t.id, "body")}
}

func jsTry(f *file, t *term) {
	t.kids = []*term{f.block(t.id, "body"), f.made(opHandlers, t.id, ""), nil, nil}
	if h := f.field(t.id, "handler"); h != nil {
		t.kids[1].kids = []*term{h}
	}
	if c, ok := f.fieldNode(t.id, "finalizer"); ok {
		t.kids[3] = f.block(c, "body")
		if t.kids[3] == nil {
			if b, ok := f.childOf(c, "statement_block"); ok {
				t.kids[3] = f.term(b)
			}
		}
	}
}

func jsCatch(f *file, t *term) {
	t.kids = []*term{nil, f.field(t.id, "parameter"), f.block(t.id, "body")}
}

func jsSwitch(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "value")}
	if b, ok := f.fieldNode(t.id, "body"); ok {
		t.kids = append(t.kids, f.named(b)...)
	}
}

func jsCase(f *file, t *term) {
	body := f.made(opBlock, t.id, "")
	for _, k := range f.fieldsOf(t.id, "body") {
		body.kids = f.addStatement(body.kids, k)
	}
	t.kids = []*term{nil, body}
	if v := f.field(t.id, "value"); v != nil {
		t.kids[0] = f.made(opList, t.id, "tuple", v)
	}
}

func jsImport(f *file, t *term) {
	src := f.field(t.id, "source")
	if src == nil {
		return
	}
	clause, ok := f.childOf(t.id, "import_clause")
	if !ok {
		if req, ok := f.childOf(t.id, "import_require_clause"); ok {
			if id, ok := f.childOf(req, "identifier"); ok {
				t.kids = append(t.kids, f.importAt(t.id, "namespace", f.field(req, "source"), nil, f.term(id)))
			}
			return
		}
		t.kids = []*term{f.importAt(t.id, "side", src, nil, nil)}
		return
	}
	for c := range f.tree.NamedChildren(clause) {
		switch f.tree.Kind(c) {
		case "identifier":
			t.kids = append(t.kids, f.importAt(t.id, "default", src, nil, f.term(c)))
		case "namespace_import":
			for _, k := range f.named(c) {
				t.kids = append(t.kids, f.importAt(t.id, "namespace", src, nil, k))
			}
		case "named_imports":
			for s := range f.tree.NamedChildren(c) {
				t.kids = append(t.kids, f.importAt(t.id, "from", src, f.field(s, "name"), f.field(s, "alias")))
			}
		}
	}
}

func jsxElement(f *file, t *term) {
	open := t.id
	if o, ok := f.fieldNode(t.id, "open_tag"); ok {
		open = o
	}
	attrs := f.made(opAttributes, open, "", f.fieldsOf(open, "attribute")...)
	t.kids = []*term{f.field(open, "name"), attrs}
	for c := range f.tree.NamedChildren(t.id) {
		switch f.tree.Kind(c) {
		case "jsx_opening_element", "jsx_closing_element":
		case "jsx_text":
			if strings.TrimSpace(f.tree.TextOf(c)) != "" {
				t.kids = append(t.kids, f.term(c))
			}
		default:
			if c > open && f.tree.Node(c).Field == 0 {
				t.kids = append(t.kids, f.term(c))
			}
		}
	}
}

func jsxAttribute(f *file, t *term) {
	t.kids = append(f.named(t.id), nil)[:2]
}
