package rule

// pattern.go parses patterns. A pattern is code with holes; the holes are
// rewritten to names no program uses, the grammar of the language parses the
// rest, and the names are turned back into holes.

import (
	"fmt"
	"regexp"
	"strings"

	"mcpaudit/internal/source"
)

// hole says what a pattern node matches besides itself.
type hole uint8

const (
	holeNone     hole = iota // what it says
	holeMeta                 // $X: any one term
	holeEllipsis             // ...: any number of terms in a list, any term elsewhere
	holeMetaList             // $...X: any number of terms, bound together
	holeDeep                 // <... x ...>: a term that holds x
	holeTyped                // ($X: T): a term of that type
	holeAnyText              // "...": any constant string
	holeRegex                // "=~/re/": a constant string that matches
	holeText                 // "$X": the content of a constant string
)

// pat is a node of a pattern; its op and kids are those of term.
type pat struct {
	op    op
	hole  hole
	decl  bool
	async bool
	// backtick is set for a template literal, which no plain string is.
	backtick bool
	str      string
	mv       string // the metavariable, with its $
	typ      string
	re       regex
	kids     []*pat
}

// pattern is a compiled pattern of one language.
type pattern struct {
	text  string
	lang  source.Language
	root  *pat   // nil for a sequence
	seq   []*pat // statements in order
	words []string
	mvs   []string // metavariables it binds
	// symbolic lets a name stand for the value it was assigned.
	symbolic bool
}

// Names that stand for holes while a pattern is parsed.
const (
	markMeta     = "Mcp_V_"
	markMetaList = "Mcp_E_"
	markEllipsis = "Mcp_Ellipsis"
	markDeep     = "Mcp_Deep"
	markTyped    = "Mcp_Typed"
)

// maxPatternDepth bounds the nesting of a pattern, and so the matcher's
// recursion.
const maxPatternDepth = 120

var (
	metaName      = regexp.MustCompile(`^\$[A-Z_][A-Z_0-9]*$`)
	metaListName  = regexp.MustCompile(`^\$\.\.\.[A-Z_][A-Z_0-9]*$`)
	metaStart     = regexp.MustCompile(`^\$([A-Z_][A-Z_0-9]*)`)
	metaListHead  = regexp.MustCompile(`^\$\.\.\.([A-Z_][A-Z_0-9]*)`)
	typedHead     = regexp.MustCompile(`^\(\s*(\$[A-Z_][A-Z_0-9]*)\s*:\s*([^:()]+(?:\([^()]*\))?)\s*\)`)
	typedArgument = regexp.MustCompile(`^(\$[A-Z_][A-Z_0-9]*)\s*:\s*([A-Za-z_][\w.]*)`)
	fieldHead     = regexp.MustCompile(`^(\w+|"[^"]*"|'[^']*')\s*:[^:=]`)
	regexText     = regexp.MustCompile(`(?s)^=~/(.*)/([imsx]*)$`)
	marks         = regexp.MustCompile(`Mcp_V_([A-Z_0-9]+)|Mcp_E_([A-Z_0-9]+)|Mcp_Ellipsis`)
	wordLike      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// compilePattern parses the text of a pattern in one language.
func compilePattern(lang source.Language, text string) (*pattern, error) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil, fmt.Errorf("empty pattern")
	}
	rewritten := rewrite(lang, trimmed)
	f, block := parsePattern(lang, rewritten)
	if f == nil {
		return nil, fmt.Errorf("pattern %q is not %s", shorten(trimmed), lang)
	}
	c := &patternCompiler{f: f}
	p := &pattern{text: text, lang: lang}
	for _, t := range block {
		n, err := c.compile(t, 0)
		if err != nil {
			return nil, err
		}
		p.seq = append(p.seq, n)
	}
	if len(p.seq) == 0 {
		return nil, fmt.Errorf("pattern %q holds no code", shorten(trimmed))
	}
	if len(p.seq) == 1 {
		p.root, p.seq = p.seq[0], nil
	}
	p.words, p.mvs = c.words, c.mvs
	return p, nil
}

func shorten(s string) string {
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}

// parsePattern tries the forms that a fragment of the language can have, and
// gives the statements of the first that parses without an error.
func parsePattern(lang source.Language, text string) (*file, []*term) {
	try := func(l source.Language, before, after string, down int) (*file, []*term) {
		tree := source.Parse(l, source.NewText(before+text+after), false)
		for i := range tree.Nodes() {
			if n := tree.Node(source.NodeID(i)); n.Error() || n.Missing() {
				return nil, nil
			}
		}
		f := newFile(tree)
		b := f.open(f.term(0))
		for range down {
			if b == nil || len(b.kids) == 0 {
				return nil, nil
			}
			b = f.open(b.kids[0])
			if b.op == opFunc {
				b = f.open(b.kids[3])
			} else if b.op == opClass {
				b = f.open(b.kids[2])
			}
		}
		if b == nil || b.op != opBlock && b.op != opObject {
			return nil, nil
		}
		return f, b.kids
	}
	type form struct {
		lang          source.Language
		before, after string
		down          int
	}
	var forms []form
	switch lang {
	case source.Python:
		forms = []form{{lang, "", "\n", 0}, {lang, "(", ")", 0}, {lang, "{", "}", 1}, {lang, "", "\n    pass\n", 0}, {lang, "", "\ndef Mcp_Ellipsis(Mcp_Ellipsis): Mcp_Ellipsis\n", 0}}
	case source.Go:
		forms = []form{{lang, "", "\n", 0}, {lang, "func _() {\n", "\n}\n", 1}, {lang, "var _ = ", "\n", 0}}
	default:
		for _, l := range []source.Language{source.TSX, source.TypeScript, source.JavaScript} {
			if strings.HasPrefix(text, "{") {
				forms = append(forms, form{l, "(", ")", 0})
			}
			if fieldHead.MatchString(text) {
				forms = append(forms, form{l, "({", "})", 1})
			}
			forms = append(forms, form{l, "", "\n", 0}, form{l, "(", ")", 0},
				form{l, "async function f() {", "\n}", 1}, form{l, "class C {", "\n}", 1}, form{l, "", "\nclass C {}", 0})
		}
	}
	for _, fm := range forms {
		if f, b := try(fm.lang, fm.before, fm.after, fm.down); f != nil && len(b) > 0 {
			if fm.before == "var _ = " {
				f.open(b[0])
				b = b[0].kids[1:2]
			}
			return f, b
		}
	}
	return nil, nil
}

// rewrite puts names in the place of holes.
func rewrite(lang source.Language, s string) string {
	r := rewriter{lang: lang, in: s}
	r.run()
	return r.out.String()
}

type rewriter struct {
	lang  source.Language
	in    string
	out   strings.Builder
	stack []byte // open brackets
	deep  int
}

func (r *rewriter) run() {
	for i := 0; i < len(r.in); {
		rest := r.in[i:]
		c := rest[0]
		if m := metaListHead.FindStringSubmatch(rest); m != nil {
			r.out.WriteString(markMetaList + m[1])
			i += len(m[0])
			continue
		}
		if m := typedHead.FindStringSubmatch(rest); m != nil && r.typed(i, len(m[0])) {
			fmt.Fprintf(&r.out, "%s(%s%s, %q)", markTyped, markMeta, m[1][1:], strings.Join(strings.Fields(m[2]), " "))
			i += len(m[0])
			continue
		}
		if m := typedArgument.FindStringSubmatch(rest); m != nil && r.lang == source.Python && r.argument() {
			fmt.Fprintf(&r.out, "%s(%s%s, %q)", markTyped, markMeta, m[1][1:], m[2])
			i += len(m[0])
			continue
		}
		if m := metaStart.FindStringSubmatch(rest); m != nil {
			if r.attributeValue() {
				r.out.WriteString("{" + markMeta + m[1] + "}")
			} else {
				r.out.WriteString(markMeta + m[1])
			}
			i += len(m[0])
			continue
		}
		switch {
		case strings.HasPrefix(rest, "<..."):
			r.out.WriteString(markDeep + "(")
			r.deep++
			i += 4
		case strings.HasPrefix(rest, "...>") && r.deep > 0:
			r.out.WriteString(")")
			r.deep--
			i += 4
		case strings.HasPrefix(rest, "..."):
			i += r.ellipsis(i)
		case c == '"' || c == '\'' || c == '`':
			n := quoted(r.lang, rest)
			r.out.WriteString(inString(rest[:n]))
			i += n
		default:
			r.bracket(c)
			r.out.WriteByte(c)
			i++
		}
	}
}

func (r *rewriter) bracket(c byte) {
	switch c {
	case '(', '[', '{':
		r.stack = append(r.stack, c)
	case ')', ']', '}':
		if len(r.stack) > 0 {
			r.stack = r.stack[:len(r.stack)-1]
		}
	}
}

// argument reports whether a call's arguments are open, not a definition's
// parameters.
func (r *rewriter) argument() bool {
	out := r.out.String()
	line := out[strings.LastIndexByte(out, '\n')+1:]
	return len(r.stack) > 0 && r.stack[len(r.stack)-1] == '(' && !strings.Contains(line, "def ") && !strings.Contains(line, "lambda ")
}

// attributeValue reports whether the value of a JSX attribute is next.
func (r *rewriter) attributeValue() bool {
	return strings.HasPrefix(r.in, "<") && r.lang != source.Python && r.lang != source.Go && len(r.stack) == 0 && strings.HasSuffix(r.out.String(), "=")
}

// typed reports whether ($X: T) at i is a typed metavariable, not a parameter.
func (r *rewriter) typed(i, n int) bool {
	before := strings.TrimRight(r.in[:i], " \t\n")
	if before != "" {
		c := before[len(before)-1]
		if c == '_' || c == ')' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			word := before[strings.LastIndexFunc(before, func(c rune) bool { return c < 'a' || c > 'z' })+1:]
			return word == "return" || word == "await" || word == "in" || word == "range" || word == "not"
		}
	}
	after := strings.TrimLeft(r.in[i+n:], " \t\n")
	return !strings.HasPrefix(after, "=>") && (r.lang != source.Go || !strings.HasSuffix(before, "func"))
}

// ellipsis writes the ellipsis at i in the form that its place allows and gives
// its length.
func (r *rewriter) ellipsis(i int) int {
	before := r.in[:i]
	after := strings.TrimLeft(r.in[i+3:], " \t\n")
	trimmed := strings.TrimRight(before, " \t\n")
	last := byte('{')
	if trimmed != "" {
		last = trimmed[len(trimmed)-1]
	}
	within := byte(0)
	if len(r.stack) > 0 {
		within = r.stack[len(r.stack)-1]
	}
	switch r.lang {
	case source.Python:
		if within == '{' && (last == '{' || last == ',') && (strings.HasPrefix(after, ",") || strings.HasPrefix(after, "}")) {
			r.out.WriteString("**")
		}
		r.out.WriteString(markEllipsis)
		return 3
	case source.Go:
		// xs... spreads an argument.
		if after != "" && after[0] == ')' && trimmed != "" && trimmed == before && isIdent(string(last)) && within == '(' {
			r.out.WriteString("...")
			return 3
		}
	default:
		if r.attributeValue() {
			r.out.WriteString("{" + markEllipsis + "}")
			return 3
		}
		// ...xs spreads a value.
		if len(r.in) > i+3 && (isIdent(r.in[i+3:i+4]) || r.in[i+3] == '$') && (within == '(' || within == '[' || within == '{') && (last == ',' || last == within) {
			r.out.WriteString("...")
			return 3
		}
	}
	r.out.WriteString(markEllipsis)
	ownLine := strings.Contains(before[len(trimmed):], "\n") || trimmed == ""
	statement := (within == '{' || within == 0) && !strings.HasPrefix(r.in, "<") && !strings.HasPrefix(after, "=") && !strings.HasPrefix(after, ":=")
	if statement && (last == '{' || last == '}' || last == ';' || ownLine && last != ',' && last != '(' && last != '=' && last != '.') &&
		!strings.HasPrefix(after, ",") && !strings.HasPrefix(after, "}") && !strings.HasPrefix(after, ".") && after != "" {
		r.out.WriteString(";")
	}
	return 3
}

// quoted gives the length of the string that s begins with.
func quoted(lang source.Language, s string) int {
	q := s[:1]
	if lang == source.Python && strings.HasPrefix(s, q+q+q) {
		if end := strings.Index(s[3:], q+q+q); end >= 0 {
			return end + 6
		}
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && (q != "`" || lang != source.Go):
			i++
		case s[i] == q[0]:
			return i + 1
		}
	}
	return 1
}

// inString rewrites the holes of interpolated parts; what is mere text turns
// back when the pattern is compiled.
func inString(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		rest := s[i:]
		if m := metaListHead.FindStringSubmatch(rest); m != nil {
			b.WriteString(markMetaList + m[1])
			i += len(m[0])
		} else if m := metaStart.FindStringSubmatch(rest); m != nil {
			b.WriteString(markMeta + m[1])
			i += len(m[0])
		} else if strings.HasPrefix(rest, "...") {
			b.WriteString(markEllipsis)
			i += 3
		} else {
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// restore turns the marks in a text back into what the author wrote.
func restore(s string) string {
	if !strings.Contains(s, "Mcp_") {
		return s
	}
	return marks.ReplaceAllStringFunc(s, func(m string) string {
		switch {
		case m == markEllipsis:
			return "..."
		case strings.HasPrefix(m, markMeta):
			return "$" + m[len(markMeta):]
		}
		return "$..." + m[len(markMetaList):]
	})
}

type patternCompiler struct {
	f     *file
	words []string
	mvs   []string
}

func (c *patternCompiler) compile(t *term, depth int) (*pat, error) {
	if t == nil {
		return nil, nil
	}
	if depth > maxPatternDepth {
		return nil, fmt.Errorf("pattern is nested more than %d deep", maxPatternDepth)
	}
	c.f.open(t)
	p := &pat{op: t.op, str: t.str, decl: t.decl, async: t.async}
	switch t.op {
	case opName:
		c.name(p)
		return p, nil
	case opStr:
		p.backtick = strings.HasPrefix(c.f.text(t), "`") && c.f.tree.Language.ECMAScript()
		return p, c.str(p)
	case opText:
		if s := strings.TrimSpace(restore(t.str)); s == "..." {
			p.hole = holeEllipsis
		} else {
			p.str = s
		}
		return p, nil
	case opNumber, opLit, opRegex:
		p.str = restore(p.str)
		if body := strings.Trim(p.str, "/"); t.op == opRegex && metaName.MatchString(body) {
			p.hole, p.mv = holeText, body
			c.mvs = append(c.mvs, p.mv)
		}
		return p, nil
	case opCall:
		if done, err := c.marked(p, t, depth); done || err != nil {
			return p, err
		}
	}
	for _, k := range t.kids {
		kp, err := c.compile(k, depth+1)
		if err != nil {
			return nil, err
		}
		p.kids = append(p.kids, kp)
	}
	if t.op == opOther {
		p.str = restore(p.str)
	}
	collapse(p)
	return p, nil
}

// name tells a hole from a plain name.
func (c *patternCompiler) name(p *pat) {
	switch {
	case p.str == markEllipsis:
		p.hole = holeEllipsis
	case strings.HasPrefix(p.str, markMetaList):
		p.hole, p.mv = holeMetaList, "$..."+p.str[len(markMetaList):]
		c.mvs = append(c.mvs, p.mv)
	case strings.HasPrefix(p.str, markMeta) && metaName.MatchString(restore(p.str)):
		p.hole, p.mv = holeMeta, restore(p.str)
		c.mvs = append(c.mvs, p.mv)
	default:
		p.str = restore(p.str)
		if wordLike.MatchString(p.str) {
			c.words = append(c.words, p.str)
		}
	}
}

func (c *patternCompiler) str(p *pat) error {
	p.str = restore(p.str)
	switch {
	case p.str == "...":
		p.hole = holeAnyText
	case metaName.MatchString(p.str) || metaListName.MatchString(p.str):
		p.hole, p.mv = holeText, p.str
		c.mvs = append(c.mvs, p.mv)
	default:
		if m := regexText.FindStringSubmatch(p.str); m != nil {
			expr := m[1]
			if m[2] != "" {
				expr = "(?" + strings.ReplaceAll(m[2], "x", "") + ")" + expr
			}
			re, err := compileRegex(expr)
			if err != nil {
				return err
			}
			p.hole, p.re = holeRegex, re
		}
	}
	return nil
}

// marked reads the calls that stand for <... x ...> and ($X: T).
func (c *patternCompiler) marked(p *pat, t *term, depth int) (bool, error) {
	callee := t.kids[0]
	if callee == nil || callee.op != opName || len(t.kids) < 2 {
		return false, nil
	}
	switch callee.str {
	case markDeep:
		inner, err := c.compile(t.kids[1], depth+1)
		p.hole, p.kids = holeDeep, []*pat{inner}
		return true, err
	case markTyped:
		if len(t.kids) == 3 {
			p.hole, p.mv = holeTyped, restore(t.kids[1].str)
			p.typ = normalType(restore(c.f.open(t.kids[2]).str))
			c.mvs = append(c.mvs, p.mv)
			return true, nil
		}
	}
	return false, nil
}

// collapse turns nodes that hold nothing but an ellipsis into the ellipsis.
func collapse(p *pat) {
	is := func(i int) bool {
		return i < len(p.kids) && p.kids[i] != nil && (p.kids[i].hole == holeEllipsis || p.kids[i].hole == holeMetaList)
	}
	absent := func(i int) bool { return i >= len(p.kids) || p.kids[i] == nil }
	from := -1
	switch p.op {
	case opParam:
		// Go reads "..., x T" as two names of one type.
		if is(0) && absent(2) {
			from = 0
		} else if absent(0) && is(1) {
			from = 1
		}
	case opSpread:
		if p.str == "**" && is(0) {
			from = 0
		}
	case opPair:
		if is(0) && is(1) {
			from = 0
		}
	case opAssign:
		if p.decl && is(0) && absent(1) && absent(2) {
			from = 0
		}
	case opAttribute, opWithItem:
		if is(0) && absent(1) {
			from = 0
		}
	case opTemplate:
		for _, k := range p.kids {
			if k.hole == holeAnyText {
				k.hole = holeEllipsis
			}
		}
	case opOther:
		if len(p.kids) == 1 && is(0) && strings.HasPrefix(p.str, "field_declaration") && p.str != "field_declaration_list" {
			from = 0
		}
	}
	if from >= 0 {
		*p = *p.kids[from]
	}
}

// normalType gives a type's text without blanks.
func normalType(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == '\t' || c == '\n' }), "")
}
