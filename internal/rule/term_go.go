package rule

// term_go.go makes terms of Go.

import (
	"strings"
	"sync"

	"mcpaudit/internal/source"
)

var goDialect = sync.OnceValue(func() *dialect {
	k := map[string]kind{
		"source_file":                 {op: opBlock, build: buildBlock()},
		"block":                       {op: opBlock, build: buildBlock("empty_statement")},
		"statement_list":              {op: opBlock, build: buildBlock("empty_statement")},
		"expression_statement":        {wrap: true},
		"parenthesized_expression":    {wrap: true},
		"literal_element":             {wrap: true},
		"selector_expression":         {op: opField, build: buildFields("operand", "field")},
		"qualified_type":              {op: opField, build: buildFields("package", "name")},
		"index_expression":            {op: opIndex, build: buildFields("operand", "index")},
		"slice_expression":            {op: opIndex, build: goSlice},
		"call_expression":             {op: opCall, build: goCall},
		"type_conversion_expression":  {op: opCall, build: buildFields("type", "operand")},
		"interpreted_string_literal":  {op: opStr, build: goString},
		"raw_string_literal":          {op: opStr, build: goRawString},
		"rune_literal":                {op: opOther, build: buildText},
		"int_literal":                 {op: opNumber},
		"float_literal":               {op: opNumber},
		"true":                        {op: opLit, build: buildLit},
		"false":                       {op: opLit, build: buildLit},
		"nil":                         {op: opLit, build: buildLit},
		"binary_expression":           {op: opBinary, build: buildOperator("left", "right")},
		"unary_expression":            {op: opUnary, build: buildOperator("operand")},
		"variadic_argument":           {op: opSpread, build: buildSpread("*")},
		"short_var_declaration":       {op: opAssign, build: goShortVar},
		"assignment_statement":        {op: opAssign, build: goAssign},
		"var_declaration":             {op: opGroup, build: goVar},
		"const_declaration":           {op: opGroup, build: goVar},
		"var_spec":                    {op: opAssign, build: goVarSpec},
		"const_spec":                  {op: opAssign, build: goVarSpec},
		"expression_list":             {op: opList, build: buildTuple},
		"composite_literal":           {op: opComposite, build: goComposite},
		"literal_value":               {op: opComposite, build: goLiteralValue},
		"keyed_element":               {op: opPair, build: goKeyed},
		"function_declaration":        {op: opFunc, build: goFunc("def")},
		"method_declaration":          {op: opFunc, build: goFunc("def")},
		"func_literal":                {op: opFunc, build: goFunc("expr")},
		"parameter_list":              {op: opParams, build: goParams},
		"return_statement":            {op: opReturn, build: goReturn},
		"if_statement":                {op: opIf, build: goIf},
		"for_statement":               {op: opFor, build: goFor},
		"expression_switch_statement": {op: opSwitch, build: goSwitch},
		"type_switch_statement":       {op: opSwitch, build: goSwitch},
		"select_statement":            {op: opSwitch, build: goSwitch},
		"expression_case":             {op: opCase, build: goCase},
		"type_case":                   {op: opCase, build: goCase},
		"communication_case":          {op: opCase, build: goCase},
		"default_case":                {op: opCase, build: goCase},
		"import_declaration":          {op: opGroup, build: goImport},
		"inc_statement":               {op: opUnary, build: goStep("++")},
		"dec_statement":               {op: opUnary, build: goStep("--")},
	}
	for _, name := range []string{"identifier", "field_identifier", "type_identifier", "package_identifier", "blank_identifier", "label_name"} {
		k[name] = kind{op: opName}
	}
	return newDialect(source.Go, k)
})

func dialectOf(l source.Language) *dialect {
	switch l {
	case source.Python:
		return pythonDialect()
	case source.JavaScript:
		return javaScriptDialect()
	case source.TypeScript:
		return typeScriptDialect()
	case source.TSX:
		return tsxDialect()
	case source.Go:
		return goDialect()
	}
	return nil
}

func goStep(operator string) builder {
	return func(f *file, t *term) {
		buildFirst(f, t)
		t.str = operator
	}
}

func goSlice(f *file, t *term) {
	s := f.made(opOther, t.id, "slice", f.field(t.id, "start"), f.field(t.id, "end"), f.field(t.id, "capacity"))
	t.kids = []*term{f.field(t.id, "operand"), s}
}

func goCall(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "function")}
	if a, ok := f.fieldNode(t.id, "arguments"); ok {
		t.kids = append(t.kids, f.named(a)...)
	}
}

func goString(f *file, t *term) {
	_, body := splitQuotes(f.tree.TextOf(t.id))
	t.str = unescape(body)
}

func goRawString(f *file, t *term) {
	t.str = strings.Trim(f.tree.TextOf(t.id), "`")
}

// goSingle gives the only element of an expression list, or the list.
func goSingle(f *file, t *term) *term {
	if t != nil && t.op == opList && f.tree.Kind(t.id) == "expression_list" {
		if f.open(t); len(t.kids) == 1 {
			return t.kids[0]
		}
	}
	return t
}

func goShortVar(f *file, t *term) {
	t.str, t.decl = "=", true
	t.kids = []*term{goSingle(f, f.field(t.id, "left")), goSingle(f, f.field(t.id, "right")), nil}
}

func goAssign(f *file, t *term) {
	t.str = f.fieldText(t.id, "operator")
	t.kids = []*term{goSingle(f, f.field(t.id, "left")), goSingle(f, f.field(t.id, "right")), nil}
}

func goVar(f *file, t *term) {
	n := t.id
	if l, ok := f.childOf(n, "var_spec_list"); ok {
		n = l
	}
	for c := range f.tree.NamedChildren(n) {
		if k := f.tree.Kind(c); k == "var_spec" || k == "const_spec" {
			t.kids = append(t.kids, f.term(c))
		}
	}
}

func goVarSpec(f *file, t *term) {
	t.str, t.decl = "=", true
	names := f.fieldsOf(t.id, "name")
	t.kids = []*term{nil, goSingle(f, f.field(t.id, "value")), f.field(t.id, "type")}
	switch len(names) {
	case 0:
	case 1:
		t.kids[0] = names[0]
	default:
		t.kids[0] = f.made(opList, t.id, "tuple", names...)
	}
	p := f.tree.Node(t.id).Parent
	if k := f.tree.Kind(p); (k == "var_declaration" || k == "const_declaration") && !f.hasToken(p, "(") {
		t.span.Start = f.tree.Node(p).Start
	}
}

func goComposite(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "type")}
	if b, ok := f.fieldNode(t.id, "body"); ok {
		t.kids = append(t.kids, f.named(b)...)
	}
}

// goLiteralValue is an element whose type is left out: {A: 1} within []T{…}.
func goLiteralValue(f *file, t *term) {
	if f.tree.Kind(f.tree.Node(t.id).Parent) == "composite_literal" {
		t.op = opNone
		return
	}
	t.kids = append([]*term{nil}, f.named(t.id)...)
}

func goKeyed(f *file, t *term) {
	if k := f.named(t.id); len(k) == 2 {
		t.kids = k
		return
	}
	buildOther(f, t)
	t.op = opOther
}

func goFunc(str string) builder {
	return func(f *file, t *term) {
		t.str = str
		t.kids = []*term{f.field(t.id, "name"), f.field(t.id, "parameters"), f.field(t.id, "result"), f.block(t.id, "body"), nil, f.field(t.id, "receiver")}
		if t.kids[3] == nil {
			t.kids[3] = f.made(opBlock, t.id, "")
		}
	}
}

// goParams gives each name a parameter of its own: a, b int are two.
func goParams(f *file, t *term) {
	for c := range f.tree.NamedChildren(t.id) {
		str := ""
		if f.tree.Kind(c) == "variadic_parameter_declaration" {
			str = "*"
		}
		typ := f.field(c, "type")
		names := f.fieldsOf(c, "name")
		if len(names) == 0 {
			t.kids = append(t.kids, f.made(opParam, c, str, nil, typ, nil))
		}
		for _, n := range names {
			p := f.made(opParam, n.id, str, n, typ, nil)
			if len(names) == 1 {
				p.span = f.tree.Span(c)
			}
			t.kids = append(t.kids, p)
		}
	}
}

func goReturn(f *file, t *term) {
	buildFirst(f, t)
	t.kids[0] = goSingle(f, t.kids[0])
}

func goIf(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "condition"), f.block(t.id, "consequence"), f.block(t.id, "alternative"), f.field(t.id, "initializer")}
}

func goFor(f *file, t *term) {
	body := f.block(t.id, "body")
	if c, ok := f.childOf(t.id, "range_clause"); ok {
		t.op = opForIn
		t.str = "of"
		t.kids = []*term{goSingle(f, f.field(c, "left")), f.field(c, "right"), body}
		return
	}
	t.kids = []*term{nil, nil, nil, body}
	if c, ok := f.childOf(t.id, "for_clause"); ok {
		t.kids = []*term{f.field(c, "initializer"), f.field(c, "condition"), f.field(c, "update"), body}
		return
	}
	for _, k := range f.named(t.id) {
		if k != body {
			t.op, t.kids = opWhile, []*term{k, body}
			return
		}
	}
}

func goSwitch(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "value")}
	for c := range f.tree.NamedChildren(t.id) {
		if strings.HasSuffix(f.tree.Kind(c), "_case") {
			t.kids = append(t.kids, f.term(c))
		}
	}
}

func goCase(f *file, t *term) {
	body := f.made(opBlock, t.id, "")
	t.kids = []*term{nil, body}
	for c := range f.tree.NamedChildren(t.id) {
		switch f.grammar.FieldName(f.tree.Node(c).Field) {
		case "value", "type":
			v := f.term(c)
			if f.open(v); v.op != opList {
				v = f.made(opList, c, "tuple", v)
			}
			t.kids[0] = v
		default:
			body.kids = f.addStatement(body.kids, f.term(c))
		}
	}
}

func goImport(f *file, t *term) {
	n := t.id
	if l, ok := f.childOf(n, "import_spec_list"); ok {
		n = l
	}
	for c := range f.tree.NamedChildren(n) {
		if f.tree.Kind(c) == "import_spec" {
			spec := f.made(opImport, c, "module", f.field(c, "path"), nil, f.field(c, "name"))
			if n == t.id {
				spec.span = t.span
			}
			t.kids = append(t.kids, spec)
		}
	}
}
