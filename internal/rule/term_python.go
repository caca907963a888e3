package rule

// term_python.go makes terms of Python's syntax.

import (
	"strings"
	"sync"

	"mcpaudit/internal/source"
)

var pythonDialect = sync.OnceValue(func() *dialect {
	return newDialect(source.Python, map[string]kind{
		"module":                   {op: opBlock, build: buildBlock()},
		"block":                    {op: opBlock, build: buildBlock()},
		"expression_statement":     {wrap: true},
		"parenthesized_expression": {wrap: true},
		"type":                     {wrap: true},
		"decorator":                {wrap: true},
		"interpolation":            {wrap: true},
		"as_pattern_target":        {wrap: true},
		"identifier":               {op: opName},
		"dotted_name":              {op: opField, build: pyDotted},
		"attribute":                {op: opField, build: buildFields("object", "attribute")},
		"subscript":                {op: opIndex, build: pySubscript},
		"slice":                    {op: opOther, build: pySlice},
		"call":                     {op: opCall, build: pyCall},
		"print_statement":          {op: opCall, build: pyPrint},
		"exec_statement":           {op: opCall, build: pyPrint},
		"keyword_argument":         {op: opKeyword, build: buildFields("name", "value")},
		"list_splat":               {op: opSpread, build: buildSpread("*")},
		"dictionary_splat":         {op: opSpread, build: buildSpread("**")},
		"list_splat_pattern":       {op: opSpread, build: buildSpread("*")},
		"dictionary_splat_pattern": {op: opSpread, build: buildSpread("**")},
		"string":                   {op: opStr, build: pyString},
		"concatenated_string":      {op: opStr, build: pyConcatenated},
		"integer":                  {op: opNumber},
		"float":                    {op: opNumber},
		"true":                     {op: opLit, build: buildLit},
		"false":                    {op: opLit, build: buildLit},
		"none":                     {op: opLit, build: buildLit},
		"ellipsis":                 {op: opLit, build: buildLit},
		"binary_operator":          {op: opBinary, build: buildOperator("left", "right")},
		"boolean_operator":         {op: opBinary, build: buildOperator("left", "right")},
		"comparison_operator":      {op: opBinary, build: pyComparison},
		"not_operator":             {op: opUnary, build: pyNot},
		"unary_operator":           {op: opUnary, build: buildOperator("argument")},
		"conditional_expression":   {op: opCond, build: pyConditional},
		"assignment":               {op: opAssign, build: pyAssign},
		"augmented_assignment":     {op: opAssign, build: buildOperator("left", "right")},
		"named_expression":         {op: opAssign, build: pyWalrus},
		"list":                     {op: opList, build: buildList("list")},
		"list_pattern":             {op: opList, build: buildList("list")},
		"tuple":                    {op: opList, build: buildTuple},
		"tuple_pattern":            {op: opList, build: buildTuple},
		"pattern_list":             {op: opList, build: buildTuple},
		"expression_list":          {op: opList, build: buildTuple},
		"set":                      {op: opList, build: buildList("set")},
		"dictionary":               {op: opObject, build: buildList("")},
		"pair":                     {op: opPair, build: buildFields("key", "value")},
		"lambda":                   {op: opFunc, build: pyLambda},
		"parameters":               {op: opParams, build: pyParams},
		"lambda_parameters":        {op: opParams, build: pyParams},
		"default_parameter":        {op: opParam, build: buildFields("name", "", "value")},
		"typed_default_parameter":  {op: opParam, build: buildFields("name", "type", "value")},
		"typed_parameter":          {op: opParam, build: pyTypedParam},
		"function_definition":      {op: opFunc, build: pyFunc},
		"decorated_definition":     {follow: []string{"definition"}},
		"class_definition":         {op: opClass, build: pyClass},
		"return_statement":         {op: opReturn, build: buildFirst},
		"raise_statement":          {op: opThrow, build: buildFirst},
		"await":                    {op: opAwait, build: buildFirst},
		"yield":                    {op: opYield, build: buildFirst},
		"if_statement":             {op: opIf, build: pyIf},
		"while_statement":          {op: opWhile, build: pyWhile},
		"for_statement":            {op: opForIn, build: pyFor},
		"try_statement":            {op: opTry, build: pyTry},
		"except_clause":            {op: opCatch, build: pyExcept},
		"except_group_clause":      {op: opCatch, build: pyExcept},
		"with_statement":           {op: opWith, build: pyWith},
		"import_statement":         {op: opGroup, build: pyImport},
		"import_from_statement":    {op: opGroup, build: pyImportFrom},
		"future_import_statement":  {op: opGroup, build: pyImportFrom},
		"match_statement":          {op: opSwitch, build: pyMatch},
		"case_clause":              {op: opCase, build: pyCase},
	})
})

func buildSpread(str string) builder {
	return func(f *file, t *term) {
		buildFirst(f, t)
		t.str = str
	}
}

// pyDotted turns a.b.c into nested fields, so that imports compare with uses.
func pyDotted(f *file, t *term) {
	parts := f.named(t.id)
	if len(parts) == 0 {
		t.op = opNone
		return
	}
	x := parts[0]
	for i, p := range parts[1:] {
		y := f.made(opField, t.id, "", x, p)
		if i == len(parts)-2 {
			t.kids = y.kids
			return
		}
		x = y
	}
	t.op, t.str = opName, x.str
}

func pySubscript(f *file, t *term) {
	idx := f.fieldsOf(t.id, "subscript")
	t.kids = []*term{f.field(t.id, "value"), nil}
	switch len(idx) {
	case 0:
	case 1:
		t.kids[1] = idx[0]
	default:
		t.kids[1] = f.made(opList, t.id, "tuple", idx...)
	}
}

func pySlice(f *file, t *term) {
	t.str = "slice"
	t.kids = []*term{nil, nil, nil}
	i := 0
	for c := range f.tree.Children(t.id) {
		if f.tree.Node(c).Named() {
			t.kids[i] = f.term(c)
		} else if i < 2 {
			i++
		}
	}
}

func pyCall(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "function")}
	if a, ok := f.fieldNode(t.id, "arguments"); ok {
		if f.tree.Kind(a) == "generator_expression" {
			t.kids = append(t.kids, f.term(a))
		} else {
			t.kids = append(t.kids, f.named(a)...)
		}
	}
}

// pyPrint reads Python 2's print and exec statements as the calls they became.
func pyPrint(f *file, t *term) {
	name := f.made(opName, t.id, strings.TrimSuffix(f.tree.Kind(t.id), "_statement"))
	t.kids = append([]*term{name}, f.named(t.id)...)
}

func pyString(f *file, t *term) {
	start, ok := f.childOf(t.id, "string_start")
	if !ok {
		_, t.str = splitQuotes(f.tree.TextOf(t.id))
		return
	}
	prefix := strings.ToLower(strings.TrimRight(f.tree.TextOf(start), "\"'"))
	raw := strings.Contains(prefix, "r")
	decode := func(s string) string {
		if raw {
			return s
		}
		return unescape(s)
	}
	if !strings.Contains(prefix, "f") {
		from, to := f.tree.Node(start).End, t.span.End
		if end, ok := f.childOf(t.id, "string_end"); ok {
			to = f.tree.Node(end).Start
		}
		t.str = decode(f.tree.Text.Slice(source.Span{Start: from, End: to}))
		return
	}
	t.op = opTemplate
	for c := range f.tree.NamedChildren(t.id) {
		switch f.tree.Kind(c) {
		case "string_content":
			piece := f.made(opStr, c, decode(f.tree.TextOf(c)))
			piece.piece = true
			t.kids = append(t.kids, piece)
		case "interpolation":
			t.kids = append(t.kids, f.term(c))
		}
	}
}

// pyConcatenated folds adjacent literals.
func pyConcatenated(f *file, t *term) {
	var pieces []*term
	folded, plain := "", true
	for _, k := range f.named(t.id) {
		f.open(k)
		if k.op == opStr {
			folded += k.str
			pieces = append(pieces, k)
		} else {
			plain = false
			pieces = append(pieces, k.kids...)
		}
	}
	if plain {
		t.str = folded
		return
	}
	t.op, t.kids = opTemplate, pieces
}

func pyComparison(f *file, t *term) {
	t.kids = f.named(t.id)
	var ops []string
	for c := range f.tree.Children(t.id) {
		if f.tree.Node(c).Field == f.fields["operators"] {
			ops = append(ops, f.tree.TextOf(c))
		}
	}
	t.str = operatorName(strings.Join(ops, ","))
	if len(t.kids) != 2 {
		t.op = opOther
	}
}

func pyNot(f *file, t *term) {
	t.str, t.kids = "not", []*term{f.field(t.id, "argument")}
}

func pyConditional(f *file, t *term) {
	if k := f.named(t.id); len(k) == 3 {
		t.kids = []*term{k[1], k[0], k[2]}
		return
	}
	buildOther(f, t)
	t.op = opOther
}

func pyAssign(f *file, t *term) {
	buildFields("left", "right", "type")(f, t)
	t.str = "="
}

func pyWalrus(f *file, t *term) {
	buildFields("name", "value", "")(f, t)
	t.str = "="
}

func pyLambda(f *file, t *term) {
	t.str = "arrow"
	p := f.field(t.id, "parameters")
	if p == nil {
		p = f.made(opParams, t.id, "")
	}
	t.kids = []*term{nil, p, nil, f.field(t.id, "body"), nil, nil}
}

func pyParams(f *file, t *term) {
	for _, k := range f.named(t.id) {
		t.kids = append(t.kids, asParam(f, k))
	}
}

// asParam gives a bare name or pattern the form of a parameter.
func asParam(f *file, k *term) *term {
	switch k.op {
	case opParam:
		return k
	case opSpread:
		f.open(k)
		return f.made(opParam, k.id, k.str, k.kids[0], nil, nil)
	}
	return f.made(opParam, k.id, "", k, nil, nil)
}

func pyTypedParam(f *file, t *term) {
	t.kids = []*term{nil, f.field(t.id, "type"), nil}
	for _, k := range f.named(t.id) {
		if k != t.kids[1] {
			f.open(k)
			if k.op == opSpread {
				t.str, k = k.str, k.kids[0]
			}
			t.kids[0] = k
			return
		}
	}
}

func pyFunc(f *file, t *term) {
	t.str = "def"
	t.async = f.hasToken(t.id, "async")
	t.kids = []*term{f.field(t.id, "name"), f.field(t.id, "parameters"), f.field(t.id, "return_type"), f.block(t.id, "body"), nil, nil}
	if p := f.tree.Node(t.id).Parent; f.tree.Kind(p) == "decorated_definition" {
		t.kids[4] = pyDecorators(f, p)
		t.span = f.tree.Span(p)
	}
}

func pyClass(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "name"), nil, f.block(t.id, "body"), nil}
	if b, ok := f.fieldNode(t.id, "superclasses"); ok {
		t.kids[1] = f.made(opBases, b, "", f.named(b)...)
	}
	if p := f.tree.Node(t.id).Parent; f.tree.Kind(p) == "decorated_definition" {
		t.kids[3] = pyDecorators(f, p)
		t.span = f.tree.Span(p)
	}
}

func pyDecorators(f *file, n source.NodeID) *term {
	var list []*term
	for c := range f.tree.NamedChildren(n) {
		if f.tree.Kind(c) == "decorator" {
			list = append(list, f.term(c))
		}
	}
	return f.made(opDecorators, n, "", list...)
}

func pyIf(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "condition"), f.block(t.id, "consequence"), nil, nil}
	at := t
	for c := range f.tree.NamedChildren(t.id) {
		switch f.tree.Kind(c) {
		case "elif_clause":
			next := f.made(opIf, c, "", f.field(c, "condition"), f.block(c, "consequence"), nil, nil)
			at.kids[2] = f.made(opBlock, c, "", next)
			at = next
		case "else_clause":
			at.kids[2] = f.block(c, "body")
		}
	}
}

func pyWhile(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "condition"), f.block(t.id, "body")}
}

func pyFor(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "left"), f.field(t.id, "right"), f.block(t.id, "body")}
}

func pyTry(f *file, t *term) {
	t.kids = []*term{f.block(t.id, "body"), f.made(opHandlers, t.id, ""), nil, nil}
	for c := range f.tree.NamedChildren(t.id) {
		switch f.tree.Kind(c) {
		case "except_clause", "except_group_clause":
			t.kids[1].kids = append(t.kids[1].kids, f.term(c))
		case "else_clause":
			t.kids[2] = f.block(c, "body")
		case "finally_clause":
			if b, ok := f.childOf(c, "block"); ok {
				t.kids[3] = f.term(b)
			}
		}
	}
}

func pyExcept(f *file, t *term) {
	t.kids = []*term{nil, nil, nil}
	for c := range f.tree.NamedChildren(t.id) {
		switch f.tree.Kind(c) {
		case "block":
			t.kids[2] = f.term(c)
		case "as_pattern":
			parts := f.named(c)
			t.kids[0] = parts[0]
			if len(parts) > 1 {
				t.kids[1] = parts[1]
			}
		default:
			if t.kids[0] == nil {
				t.kids[0] = f.term(c)
			} else {
				t.kids[1] = f.term(c)
			}
		}
	}
}

func pyWith(f *file, t *term) {
	t.async = f.hasToken(t.id, "async")
	items := f.made(opWithItems, t.id, "")
	t.kids = []*term{items, f.block(t.id, "body")}
	if clause, ok := f.childOf(t.id, "with_clause"); ok {
		for c := range f.tree.NamedChildren(clause) {
			items.kids = append(items.kids, pyWithItem(f, c)...)
		}
	}
}

// pyWithItem reads one item; parentheses around several come as a tuple.
func pyWithItem(f *file, n source.NodeID) []*term {
	v, ok := f.fieldNode(n, "value")
	if !ok {
		return nil
	}
	switch f.tree.Kind(v) {
	case "as_pattern":
		return []*term{pyAsItem(f, v)}
	case "tuple":
		var out []*term
		for c := range f.tree.NamedChildren(v) {
			if f.tree.Kind(c) == "as_pattern" {
				out = append(out, pyAsItem(f, c))
			} else {
				out = append(out, f.made(opWithItem, c, "", f.term(c), nil))
			}
		}
		return out
	}
	return []*term{f.made(opWithItem, n, "", f.term(v), nil)}
}

func pyAsItem(f *file, n source.NodeID) *term {
	parts := f.named(n)
	item := f.made(opWithItem, n, "", parts[0], nil)
	if len(parts) > 1 {
		item.kids[1] = parts[1]
	}
	return item
}

func pyImport(f *file, t *term) {
	for c := range f.tree.NamedChildren(t.id) {
		if f.tree.Kind(c) == "aliased_import" {
			t.kids = append(t.kids, f.importAt(t.id, "module", f.field(c, "name"), nil, f.field(c, "alias")))
		} else {
			t.kids = append(t.kids, f.importAt(t.id, "module", f.term(c), nil, nil))
		}
	}
}

// importAt makes an import that covers the whole statement.
func (f *file) importAt(n source.NodeID, str string, module, member, alias *term) *term {
	f.open(module)
	f.open(member)
	return f.made(opImport, n, str, module, member, alias)
}

func pyImportFrom(f *file, t *term) {
	module := f.field(t.id, "module_name")
	if module == nil {
		module = f.made(opName, t.id, "__future__")
	}
	if module.op == opOther {
		f.open(module)
		module = f.made(opName, module.id, f.tree.TextOf(module.id))
	}
	mod, _ := f.fieldNode(t.id, "module_name")
	for c := range f.tree.NamedChildren(t.id) {
		if c == mod && mod != 0 {
			continue
		}
		switch f.tree.Kind(c) {
		case "aliased_import":
			t.kids = append(t.kids, f.importAt(t.id, "from", module, f.field(c, "name"), f.field(c, "alias")))
		case "wildcard_import":
			t.kids = append(t.kids, f.importAt(t.id, "from", module, f.made(opName, c, "*"), nil))
		default:
			t.kids = append(t.kids, f.importAt(t.id, "from", module, f.term(c), nil))
		}
	}
}

func pyMatch(f *file, t *term) {
	t.kids = []*term{f.field(t.id, "subject")}
	if b, ok := f.fieldNode(t.id, "body"); ok {
		for c := range f.tree.NamedChildren(b) {
			t.kids = append(t.kids, f.term(c))
		}
	}
}

func pyCase(f *file, t *term) {
	values := f.made(opList, t.id, "tuple")
	for c := range f.tree.NamedChildren(t.id) {
		if f.tree.Kind(c) == "case_pattern" {
			values.kids = append(values.kids, f.term(c))
		}
	}
	t.kids = []*term{values, f.block(t.id, "consequence")}
}
