package flow

// guard.go says what a condition proves: comparison, membership, prefixes,
// regular expressions, and their combination by and, or and not.

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// whole gives the proofs that p makes of the origins of v as they stand. A
// proof about how a text begins says nothing of an origin further on.
func whole(v *value, p proofs) []proof {
	if v == nil {
		return nil
	}
	var out []proof
	for i := range v.atoms {
		a := &v.atoms[i]
		q := p
		if a.prefix != "" || a.flags&flagOpaque != 0 {
			q &^= proveNoDash
		}
		if a.flags&flagUnsure != 0 && q != proveAll {
			q |= proveDoubt
		}
		if q != 0 {
			out = append(out, proof{a.node, q})
		}
	}
	return out
}

// equalTo gives what a comparison with something fixed proves of a value.
func (f *frame) equalTo(v *value) []proof {
	var out []proof
	for i := range v.atoms {
		a := &v.atoms[i]
		switch a.part {
		case partNone:
			out = append(out, proof{a.node, proveAll})
		case partHost, partOrigin:
			out = append(out, proof{a.node, proveHost})
		case partScheme:
			out = append(out, proof{a.node, proveWeb})
		}
	}
	return out
}

// failsOf records a check of v that does not prove what it seems to.
func (f *frame) failsOf(v *value, span source.Span, reason string, p proofs) []proof {
	var out []proof
	for i := range v.atoms {
		out = append(out, f.fails(v.atoms[i].node, span, reason, p))
	}
	return out
}

// compare evaluates a comparison.
func (f *frame) compare(v *program.Value) *value {
	if len(v.Args) < 2 {
		return nil
	}
	a, b := f.eval(v.Args[0]), f.eval(v.Args[1])
	t := lengthTests(a, b, v.Name)
	if t != nil {
		return &value{form: formNumber, tests: t}
	}
	chars := f.charTests(a, b, v.Name)
	if chars != nil && chars.exact {
		t = &tests{}
		t.withChars(chars)
		return &value{form: formNumber, tests: t}
	}
	switch v.Name {
	case "==", "is":
		t = f.equal(a, b, v.Span)
	case "!=", "is not":
		t = f.equal(a, b, v.Span).flip()
	case "in":
		t = f.memberOf(a, b, v.Span)
	case "not in":
		t = f.memberOf(a, b, v.Span).flip()
	case "<", "<=", ">", ">=":
		if t = indexTests(a, b, v.Name); t == nil && f.u.python {
			t = f.subset(a, b, v)
		}
	}
	if chars != nil {
		if t == nil {
			t = &tests{}
		}
		t.withChars(chars)
	}
	if t == nil {
		return numberValue
	}
	return &value{form: formNumber, tests: t}
}

// subset reads a comparison of sets: all of one are in the other, a fixed one.
func (f *frame) subset(a, b *value, v *program.Value) *tests {
	switch {
	case (v.Name == "<=" || v.Name == "<") && a.hasAtoms() && isFixedSet(b, v.Args):
		return f.memberOf(a, b, v.Span)
	case (v.Name == ">=" || v.Name == ">") && b.hasAtoms() && isFixedSet(a, v.Args):
		return f.memberOf(b, a, v.Span)
	}
	return nil
}

// isFixedSet reports whether a value is a collection that nobody outside chooses, or
// a text whose characters are one where sets are compared.
func isFixedSet(v *value, compared []*program.Value) bool {
	if v == nil || len(all(v)) > 0 {
		return false
	}
	return v.form == formList || v.form == formText && slices.ContainsFunc(compared, func(x *program.Value) bool {
		name := ""
		if x.Op == program.OpCall {
			name = calleeName(x.X)
		}
		return name == "set" || name == "frozenset"
	})
}

func (t *tests) flip() *tests {
	if t == nil {
		return nil
	}
	return &tests{yes: t.no, no: t.yes, absent: t.absent.flipped(), chars: t.chars.flip()}
}

// lengthTests reads a comparison of how much there is of what is configured.
func lengthTests(a, b *value, op string) *tests {
	if a == nil || a.form != formNumber || a.tests == nil || a.tests.absent == absentNever || b == nil || b.form != formNumber {
		return nil
	}
	switch {
	case b.text == "0" && (op == ">" || op == "!="), b.text == "1" && op == ">=":
		return a.tests
	case b.text == "0" && (op == "==" || op == "<="), b.text == "1" && op == "<":
		return a.tests.flip()
	}
	return nil
}

const indexType = "#index"

// indexTests reads a search for a position, where -1 is none.
func indexTests(a, b *value, op string) *tests {
	if a == nil || a.typ != indexType || a.tests == nil || b == nil || b.form != formNumber {
		return nil
	}
	switch {
	case op == ">=" && b.text == "0", op == ">" && b.text == "-1":
		return a.tests
	case op == "<" && b.text == "0", op == "<=" && b.text == "-1":
		return a.tests.flip()
	}
	return nil
}

// equal gives what the equality of two values proves.
func (f *frame) equal(a, b *value, span source.Span) *tests {
	if a != nil && b != nil && (a.isNone() || a.form == formText || a.form == formNumber) && b.form != formText && b.form != formNumber && !b.isNone() {
		a, b = b, a
	}
	if a != nil && a.typ == indexType && a.tests != nil {
		switch {
		case b != nil && b.form == formNumber && b.text == "-1":
			return a.tests.flip()
		case b != nil && b.form == formNumber && b.text == "0":
			return &tests{yes: a.tests.yes}
		}
		return nil
	}
	if b.isNone() || b.isText() && b.text == "" && !b.hasAtoms() {
		return f.truthTests(a).flip()
	}
	if b != nil && b.form == formNumber && (b.text == "true" || b.text == "false") && a != nil && a.tests != nil {
		if b.text == "true" {
			return a.tests
		}
		return a.tests.flip()
	}
	if isRoot(a) && b.configured() || isRoot(b) && a.configured() {
		return &tests{absent: absentIfTrue} // below the root of everything is everything
	}
	t := &tests{}
	if a.hasAtoms() {
		f.equalOne(t, a, b, span)
	}
	if b.hasAtoms() {
		f.equalOne(t, b, a, span)
	}
	if len(t.yes)+len(t.no) == 0 {
		return nil
	}
	return t
}

// isRoot reports whether a value is the separator, the folder that holds all others.
func isRoot(v *value) bool {
	return v != nil && v.endsSep && !v.hasAtoms() && (v.text == "/" || v.text == "" && v.form == formUnknown)
}

// configured reports whether a value is of unknown content that the caller did not
// choose: the operator's, or the machine's.
func (v *value) configured() bool {
	return v == nil || (v.form == formUnknown || v.form == formPrefix) && !v.hasAtoms()
}

// equalOne adds what the equality of a with b proves of a.
func (f *frame) equalOne(t *tests, a, b *value, span source.Span) {
	if b.hasAtoms() {
		// A value compared with itself shows nothing.
		n := *a
		n.digest, n.atoms = 0, nil
		for _, x := range a.atoms {
			if !slices.ContainsFunc(b.atoms, func(y atom) bool { return x.node == y.node && x.part == y.part }) {
				n.atoms = append(n.atoms, x)
			}
		}
		a = &n
	}
	t.yes = append(t.yes, f.equalTo(a)...)
	for i := range a.atoms {
		x := &a.atoms[i]
		switch x.part {
		case partCommon:
			t.yes = append(t.yes, f.contained(x, span))
		case partType:
			if b.isText() && (b.text == "number" || b.text == "boolean" || b.text == "bigint") {
				t.yes = append(t.yes, proof{x.node, proveAll})
			}
		case partFirst:
			if b.isText() {
				t.no = append(t.no, startTests(x, b.text)...)
			} else if c, ok := runeText(b); ok {
				t.no = append(t.no, startTests(x, c)...)
			}
		}
	}
}

// runeText gives the character that a rune literal of Go is, as a text.
func runeText(v *value) (string, bool) {
	if v == nil || v.form != formNumber || len(v.text) < 3 || v.text[0] != '\'' {
		return "", false
	}
	r, err := strconv.Unquote(v.text)
	return r, err == nil
}

// contained gives what a containment check proves: it holds of a path that was
// resolved before; of one that was not, only where the caller resolved it.
func (f *frame) contained(a *atom, span source.Span) proof {
	if a.flags&flagResolved != 0 {
		return proof{a.node, proveContained}
	}
	return f.fails(a.node, span, UnresolvedPath, proveBelow)
}

// startTests gives what it proves that a text does not begin with prefix.
func startTests(a *atom, prefix string) []proof {
	if prefix != "-" {
		return nil
	}
	n := a.node
	if a.part == partFirst && n.cut == 0 {
		if i := strings.LastIndex(n.path, pathSep); i >= 0 {
			n.path = n.path[:i]
		}
	}
	if a.prefix != "" || a.flags&flagOpaque != 0 {
		return nil
	}
	return []proof{{n, proveNoDash}}
}

// memberOf gives what the membership of a in b proves.
func (f *frame) memberOf(a, b *value, span source.Span) *tests {
	t := &tests{}
	if b.hasAtoms() {
		for i := range b.atoms {
			if b.atoms[i].part == partParents && !a.from(b.atoms[i].node) {
				t.yes = append(t.yes, f.contained(&b.atoms[i], span))
			}
		}
		if len(t.yes) > 0 {
			return t
		}
		if a.isText() && !a.hasAtoms() {
			t.no = f.lacks(b, a.text, span)
			return t
		}
		if !a.hasAtoms() || sameOrigin(a, b) {
			return nil
		}
	}
	if a.hasAtoms() && b.isText() && !b.hasAtoms() {
		return f.withinText(a, b.text, span)
	}
	if !a.hasAtoms() {
		return nil
	}
	if b.isEmptyList() {
		return &tests{yes: f.failsOf(a, span, EmptyList, proveUnlisted)}
	}
	for i := range a.atoms {
		if x := &a.atoms[i]; x.part == partAddr || addressTypes[a.typ] {
			t.no = append(t.no, f.public(x, span))
		}
	}
	t.yes = f.equalTo(a)
	return t
}

// addressTypes are Go's types of addresses: what is asked for in networks.
var addressTypes = map[string]bool{"net.IP": true, "net/netip.Addr": true}

// withinText gives what it proves that a value, or each of its characters, is a
// part of a fixed text: it consists of the characters of that text.
func (f *frame) withinText(a *value, text string, span source.Span) *tests {
	if text == "" || len(text) > 512 {
		return nil
	}
	t := f.matches(a, "^["+strings.ReplaceAll(regexp.QuoteMeta(text), "-", `\-`)+"]*$", matchFull, span)
	if t == nil {
		return nil
	}
	return &tests{yes: t.yes}
}

// from reports whether a value has an origin.
func (v *value) from(n node) bool {
	return v != nil && slices.ContainsFunc(v.atoms, func(a atom) bool { return a.node == n })
}

func sameOrigin(a, b *value) bool {
	if a == nil || b == nil {
		return false
	}
	for i := range a.atoms {
		for k := range b.atoms {
			if a.atoms[i].node == b.atoms[k].node {
				return true
			}
		}
	}
	return false
}

// public gives what a check for private addresses proves: it holds of an
// address that a name was resolved to, not of the name as written.
func (f *frame) public(a *atom, span source.Span) proof {
	if a.flags&flagLooked != 0 {
		return proof{a.node, provePublic}
	}
	return f.fails(a.node, span, LiteralAddress, proveLiteral)
}

// shellMeta are the characters that a shell gives a meaning to.
const shellMeta = ";&|`$()<>\n\"'\\"

// lacks gives what it proves that v does not hold text.
func (f *frame) lacks(v *value, text string, span source.Span) []proof {
	var p proofs
	switch {
	case text == "..":
		p = proveNoDots
	case text == "/" || text == `\`:
		p = proveNoSep
	case text == "'" || text == `"`:
		p = proveNoQuote
	case len(text) <= 2 && text != "" && strings.ContainsAny(text, shellMeta):
		return f.failsOf(v, span, DenyList, proveDenied)
	case privatePrefix(text):
		return f.notPrivate(v, span)
	}
	if p == 0 {
		return nil
	}
	var out []proof
	for i := range v.atoms {
		if v.atoms[i].part == partNone {
			out = append(out, proof{v.atoms[i].node, p})
		}
	}
	return out
}

func (f *frame) notPrivate(v *value, span source.Span) []proof {
	var out []proof
	for i := range v.atoms {
		if a := &v.atoms[i]; maybeAddress(a) {
			out = append(out, f.public(a, span))
		}
	}
	return out
}

var privateStart = regexp.MustCompile(`^(10\.|127\b|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])?|0\.|::1?$|f[cd]:?$|fe80|localhost$)`)

// privatePrefix reports whether private addresses begin like this.
func privatePrefix(s string) bool { return len(s) < 24 && privateStart.MatchString(s) }

// maybeAddress reports whether a value may be an address: one that was looked
// up, the host of a URL, or a parameter of which nothing is known here.
func maybeAddress(a *atom) bool {
	return a.flags&flagLooked != 0 || a.part == partHost || a.part == partAddr || a.kind == fromParam && a.part == partNone
}

// beginsWith gives what it proves that subject begins with prefix.
func (f *frame) beginsWith(subject, prefix *value, span source.Span) *tests {
	if !subject.hasAtoms() || prefix == nil && subject == nil {
		return nil
	}
	if prefix != nil && prefix.form == formList {
		var t *tests
		for i, e := range prefix.elems {
			x := f.beginsWith(subject, e.v, span)
			if x == nil {
				x = &tests{}
			}
			if i == 0 {
				t = x
			} else {
				t = &tests{yes: meet(t.yes, x.yes), no: addProofs(t.no, x.no)}
			}
		}
		return t
	}
	t := &tests{}
	text := prefix.known()
	constant := prefix.isText() && !prefix.hasAtoms()
	for i := range subject.atoms {
		a := &subject.atoms[i]
		switch {
		case a.part == partRel:
			if (constant || prefix != nil && prefix.endsSep) && strings.HasPrefix(text, "..") {
				t.no = append(t.no, proof{a.node, proveContained})
			}
		case constant && (text == "-" || text == "--"):
			t.no = append(t.no, startTests(a, text)...)
		case constant && privatePrefix(text) && maybeAddress(a):
			t.no = append(t.no, f.public(a, span))
		case a.part != partNone:
		case strings.Contains(text, "://"):
			f.urlPrefix(t, a, text, prefix, span)
		case constant && text == "/":
			if a.prefix == "" && a.flags&flagOpaque == 0 {
				t.no = append(t.no, proof{a.node, proveRelative})
			}
		case constant && (text == "" || strings.HasPrefix(text, ".") || text == "~" || text == `\`):
		case prefix.from(a.node):
		case prefix != nil && prefix.endsSep:
			t.yes = append(t.yes, f.contained(a, span))
		case constant && !strings.ContainsAny(text, `/\`):
			// A fixed word, not a place in the file system.
			if text[0] != '-' {
				t.yes = append(t.yes, proof{a.node, proveNoDash})
			}
		default:
			f.prefixWithoutSeparator(t, a, constant, span)
		}
	}
	return t
}

func (f *frame) prefixWithoutSeparator(t *tests, a *atom, constant bool, span source.Span) {
	if !constant {
		// The prefix is configuration. If it is the beginning of a URL, it is
		// the operator's word that fixes the host.
		t.yes = append(t.yes, proof{a.node, proveHost})
	}
	t.yes = append(t.yes, f.fails(a.node, span, BarePrefix, proveBadPrefix))
}

// urlPrefix adds what it proves that a URL begins with text.
func (f *frame) urlPrefix(t *tests, a *atom, text string, prefix *value, span source.Span) {
	rest := text[strings.Index(text, "://")+3:]
	if strings.HasPrefix(text, "http://") || strings.HasPrefix(text, "https://") {
		t.yes = append(t.yes, proof{a.node, proveWeb})
	}
	switch {
	case rest == "" && prefix.isText():
	case strings.ContainsAny(rest, "/?#") || !prefix.isText():
		t.yes = append(t.yes, proof{a.node, proveHost | proveNoDash})
	default:
		t.yes = append(t.yes, proof{a.node, proveNoDash}, f.fails(a.node, span, BareHost, proveBadPrefix))
	}
}

// endsWith gives what it proves that subject ends in suffix.
func (f *frame) endsWith(subject, suffix *value, span source.Span) *tests {
	if !subject.hasAtoms() {
		return nil
	}
	t := &tests{}
	for i := range subject.atoms {
		a := &subject.atoms[i]
		if a.part != partHost {
			continue
		}
		if text := suffix.known(); suffix.isText() && !strings.HasPrefix(text, ".") {
			t.yes = append(t.yes, f.fails(a.node, span, BareSuffix, proveBadSuffix))
			continue
		}
		t.yes = append(t.yes, proof{a.node, proveHost})
	}
	return t
}

// matches gives what it proves that subject matches an expression.
func (f *frame) matches(subject *value, pattern string, style matchStyle, span source.Span) *tests {
	if !subject.hasAtoms() || pattern == "" {
		return nil
	}
	r := f.u.home.regex(pattern, style)
	t := &tests{}
	if r.lone != nil && style != matchFull {
		t.chars = &charTest{yes: *r.lone, no: r.lone.not(), alone: true}
		for i := range subject.atoms {
			t.chars.of = append(t.chars.of, subject.atoms[i].node)
		}
	}
	for i := range subject.atoms {
		a := &subject.atoms[i]
		yes, no := r.yes, r.no
		switch a.part {
		case partNone:
		case partHost, partOrigin:
			if r.anchored {
				yes = proveHost
			} else {
				yes = 0
			}
		default:
			continue
		}
		if a.prefix != "" || a.flags&flagOpaque != 0 {
			yes &^= proveNoDash
		}
		if yes != 0 {
			t.yes = append(t.yes, proof{a.node, yes})
		}
		if no != 0 {
			t.no = append(t.no, proof{a.node, no})
		}
		switch {
		case r.reason == DenyList:
			t.no = append(t.no, f.fails(a.node, span, r.reason, proveDenied))
		case r.reason == LoosePattern:
			t.yes = append(t.yes, f.fails(a.node, span, r.reason, proveLoosePattern))
		case r.anchored && a.part == partNone:
			t.yes = append(t.yes, f.fails(a.node, span, WidePattern, proveWidePattern))
		}
	}
	return t
}

// logical evaluates and, or and ??. The right side is evaluated with what the
// left side proves.
func (f *frame) logical(v *program.Value) *value {
	if len(v.Args) < 2 {
		return nil
	}
	and := v.Name == "and" || v.Name == "&&"
	a := f.eval(v.Args[0])
	mark, unset := f.mark(), f.unset
	if v.Name != "??" {
		f.assume(a, and)
	}
	never := f.dead
	f.dead = false
	var b *value
	if !never {
		b = f.bake(f.eval(v.Args[1]))
	}
	f.rollback(mark)
	f.unset = unset
	if never {
		return a
	}
	if v.Name == "??" {
		return join(a, b)
	}
	at, bt := f.truthTests(a), f.truthTests(b)
	if at == nil {
		at = &tests{}
	}
	if bt == nil {
		bt = &tests{}
	}
	t := &tests{}
	if and {
		t.yes = addProofs(at.yes, bt.yes)
		t.no = meet(at.no, bt.no)
		if at.absent == absentIfFalse {
			// Where nothing is configured there is nothing to check against.
			t.no = bt.no
		}
	} else {
		t.no = addProofs(at.no, bt.no)
		t.yes = meet(at.yes, bt.yes)
		if at.absent == absentIfTrue {
			t.yes = bt.yes
		}
		if is, known := b.truth(); known && !is && b.tests == nil {
			t.yes = at.yes
		}
	}
	t.withChars(bothChars(at.chars, bt.chars, and))
	var out *value
	switch {
	case and:
		out = b
	case b.isNone() || b.isText() && b.text == "":
		out = a
	default:
		out = join(a, b)
	}
	if and && len(v.Args) == 2 && out != nil && (out.form == formList || out.form == formObject) {
		return out
	}
	if len(t.yes)+len(t.no) == 0 && out != nil && !out.hasAtoms() && out.tests == nil {
		return out
	}
	n := &value{form: formNumber}
	if out != nil {
		*n = *out
		n.digest = 0
	}
	n.tests = t
	return n
}
