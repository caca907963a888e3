package flow

// chars.go knows conditions on single characters, by which a loop over a text, or a
// callback for each character of it, says which ones the text may hold.

import (
	"regexp/syntax"
	"slices"
	"strconv"

	"mcpaudit/internal/program"
)

// charSet is a set of characters; what is beyond ASCII counts as one of them.
type charSet struct {
	lo, hi uint64
	beyond bool
}

var everyChar = charSet{^uint64(0), ^uint64(0), true}

func (s charSet) and(o charSet) charSet {
	return charSet{s.lo & o.lo, s.hi & o.hi, s.beyond && o.beyond}
}

func (s charSet) or(o charSet) charSet {
	return charSet{s.lo | o.lo, s.hi | o.hi, s.beyond || o.beyond}
}

func (s charSet) not() charSet { return charSet{^s.lo, ^s.hi, !s.beyond} }

func (s charSet) has(r rune) bool {
	if r < 64 {
		return s.lo>>uint(r)&1 != 0
	}
	return s.hi>>uint(r-64)&1 != 0
}

// upTo gives the characters before r, and r itself if it is to be included.
func upTo(r rune, included bool) charSet {
	var s charSet
	for c := rune(0); c < 128 && (c < r || c == r && included); c++ {
		s = s.or(oneChar(c))
	}
	s.beyond = r >= 128
	return s
}

func oneChar(r rune) charSet {
	switch {
	case r < 64:
		return charSet{lo: 1 << uint(r)}
	case r < 128:
		return charSet{hi: 1 << uint(r-64)}
	}
	return charSet{beyond: true}
}

// proofs gives what a text of such characters lacks.
func (s charSet) proofs() proofs {
	if s == everyChar {
		return 0
	}
	var a alphabet
	for r := rune(0); r < 128; r++ {
		a.ascii[r] = s.has(r)
	}
	return a.proofs()
}

// charTest says which characters a condition leaves possible: those of yes where it
// holds, those of no where it does not.
type charTest struct {
	of      []node // what they are characters of
	yes, no charSet
	// alone is set where that holds of a text of one character only.
	alone bool
	// exact is set where what is compared can only be a character.
	exact bool
}

func (c *charTest) flip() *charTest {
	if c == nil {
		return nil
	}
	return &charTest{of: c.of, yes: c.no, no: c.yes, alone: c.alone, exact: c.exact}
}

// ofCharacters reports whether a method is called of the characters of a text:
// [...text], text.split(""), Array.from(text).
func ofCharacters(call *program.Value) bool {
	if call == nil || call.X == nil || call.X.Op != program.OpField || call.X.X == nil {
		return false
	}
	x := call.X.X
	switch x.Op {
	case program.OpList:
		return len(x.Args) == 1 && x.Args[0] != nil && x.Args[0].Op == program.OpSpread
	case program.OpCall:
		name := calleeName(x.X)
		return name == "from" || name == "split" && len(x.Args) == 1 && x.Args[0].Op == program.OpConst && x.Args[0].Str == ""
	}
	return false
}

// loneClass gives the characters of an expression that is one class of them, which
// bounds a text of one character.
func loneClass(re *syntax.Regexp) *charSet {
	if re.Op != syntax.OpCharClass {
		return nil
	}
	var a alphabet
	a.collect(re, 0)
	s := charSet{beyond: a.other}
	for r := range rune(128) {
		if a.ascii[r] {
			s = s.or(oneChar(r))
		}
	}
	return &s
}

// bothChars gives the test that two conditions joined by and, or by or, make.
func bothChars(a, b *charTest, and bool) *charTest {
	switch {
	case a == nil && b == nil || a != nil && b != nil && !slices.Equal(a.of, b.of):
		return nil
	case a == nil:
		a = &charTest{of: b.of, yes: everyChar, no: everyChar}
	case b == nil:
		b = &charTest{of: a.of, yes: everyChar, no: everyChar}
	}
	alone := a.alone || b.alone
	if and {
		return &charTest{of: a.of, yes: a.yes.and(b.yes), no: a.no.or(b.no), alone: alone}
	}
	return &charTest{of: a.of, yes: a.yes.or(b.yes), no: a.no.and(b.no), alone: alone}
}

// withChars adds to tests what a test of characters proves.
func (t *tests) withChars(c *charTest) {
	t.chars = c
	if c == nil || c.alone {
		return
	}
	for _, n := range c.of {
		if p := c.yes.proofs(); p != 0 {
			t.yes = addProofs(t.yes, []proof{{n, p}})
		}
		if p := c.no.proofs(); p != 0 {
			t.no = addProofs(t.no, []proof{{n, p}})
		}
	}
}

// charOf gives the character that a constant is, beside a value of which code says
// that it is the number of one.
func (f *frame) charOf(v *value, code bool) (rune, bool) {
	if v == nil || len(v.atoms) > 0 {
		return 0, false
	}
	switch {
	case v.form == formText && !code && !f.u.golang && len(v.text) == 1:
		return rune(v.text[0]), true
	case v.form == formNumber && v.text != "" && (code || f.u.golang):
		if s, ok := runeText(v); ok {
			return []rune(s)[0], true
		}
		n, err := strconv.ParseInt(v.text, 0, 32)
		return rune(n), err == nil && n >= 0
	}
	return 0, false
}

// charTests reads the comparison of a character with a fixed one, nil if it is none.
func (f *frame) charTests(a, b *value, op string) *charTest {
	if !a.hasAtoms() {
		a, b = b, a
		switch op {
		case "<":
			op = ">"
		case "<=":
			op = ">="
		case ">":
			op = "<"
		case ">=":
			op = "<="
		}
	}
	if !a.hasAtoms() || b.hasAtoms() {
		return nil
	}
	code := a.atoms[0].part == partCode
	r, ok := f.charOf(b, code)
	if !ok {
		return nil
	}
	_, literal := runeText(b)
	t := &charTest{exact: code || literal}
	for i := range a.atoms {
		x := &a.atoms[i]
		if x.part != a.atoms[0].part || x.part != partNone && !code || x.prefix != "" || x.flags&(flagOpaque|flagUnsure) != 0 {
			return nil
		}
		t.of = append(t.of, x.node)
	}
	switch op {
	case "<", "<=":
		t.yes = upTo(r, op == "<=")
		t.no = t.yes.not()
	case ">", ">=":
		t.no = upTo(r, op == ">")
		t.yes = t.no.not()
	case "==", "is":
		t.yes, t.no = oneChar(r), everyChar
		if code || f.u.golang {
			t.no = t.yes.not()
		}
	case "!=", "is not":
		return f.charTests(a, b, "==").flip()
	default:
		return nil
	}
	return t
}

// codes gives the numbers of characters: of each where an index runs through the
// text, of the one that a value is where it is handed in or stands for each of them.
func (f *frame) codes(given []*value, args *arguments) *value {
	index := len(args.pos) > 0 && args.pos[0] != nil && args.pos[0].form == formNumber && args.pos[0].text != ""
	out := &value{form: formNumber}
	for _, a := range atomsOf(given) {
		each := slices.ContainsFunc(f.loops, func(l *loopState) bool { return slices.Contains(l.over, a.node) })
		if a.part == partNone && (each || f.u.python || index && a.path == "" && a.fn == f.id) {
			a.part = partCode
			a.proven |= proveNumber
			out.atoms = append(out.atoms, a)
		}
	}
	return out
}

// isChar reports whether a type of Go is that of characters.
func isChar(t *program.Value) bool {
	return t != nil && t.Op == program.OpIdent && (t.Name == "rune" || t.Name == "byte")
}

// indexed gives the text or list through which the index of a loop runs, nil if
// it does not run through all of one.
func indexed(s *program.Stmt) *program.Value {
	c := s.Value
	if c == nil {
		return nil
	}
	if s.Op == program.StmtFor {
		if c.Op == program.OpCall && calleeName(c.X) == "range" && len(c.Args) == 1 {
			c = c.Args[0]
		}
		return lengthArg(c)
	}
	if c.Op != program.OpCompare || len(c.Args) != 2 || c.Args[0].Op != program.OpIdent || c.Name != "<" && c.Name != "!=" {
		return nil
	}
	return lengthArg(c.Args[1])
}

// lengthArg gives what an expression is the length of, nil if it is none.
func lengthArg(v *program.Value) *program.Value {
	switch {
	case v.Op == program.OpCall && v.X != nil && v.X.Op == program.OpIdent && v.X.Name == "len" && len(v.Args) == 1:
		return v.Args[0]
	case v.Op == program.OpField && v.Name == "length":
		return v.X
	}
	return nil
}
