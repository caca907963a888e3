package mcp

// unset.go tells what an expression is where nobody has set anything: no variable of
// the environment, no flag. A gate that stands only where a setting is given does not
// stand by itself.

import (
	"strconv"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// settingKind says what an expression is where nothing is set.
type settingKind uint8

const (
	settingUnknown settingKind = iota
	settingNone                // undefined, None, nil
	settingBool
	settingText
	settingNumber
	settingList
)

// setting is what an expression gives where nothing is set.
type setting struct {
	kind settingKind
	on   bool     // of a boolean
	text string   // of a text or number
	list []string // of a list of texts
}

// truth tells whether a setting counts as true.
func (s setting) truth(lang source.Language) (on, known bool) {
	switch s.kind {
	case settingNone:
		return false, true
	case settingBool:
		return s.on, true
	case settingText:
		return s.text != "", lang != source.Go
	case settingNumber:
		return s.text != "0", true
	case settingList:
		return lang.ECMAScript() || len(s.list) > 0, lang != source.Go
	}
	return false, false
}

// maxUnset bounds the steps of one question, maxBranches how many branches of a function are kept.
const (
	maxUnset    = 96
	maxBranches = 64
)

// unset asks what expressions of a program are where nothing is set.
type unset struct {
	find func(*program.File, *program.Import) (program.Definition, bool) // nil for one file alone
	// branches are those of a function that are not taken then.
	branches map[functionOf][]source.Span
}

// functionOf is a function of a file.
type functionOf struct {
	f  *program.File
	fn int
}

// truth tells what a condition is where nothing is set.
func (u *unset) truth(f *program.File, fn int, v *program.Value) (on, known bool) {
	q := question{u: u, fuel: maxUnset, several: true}
	return q.truth(f, fn, v)
}

// value tells what an expression is where nothing is set.
func (u *unset) value(f *program.File, fn int, v *program.Value) setting {
	q := question{u: u, fuel: maxUnset, several: true}
	return q.value(f, fn, v)
}

// around gives the innermost branch around a place of a function that is not taken
// where nothing is set; relative to the function, empty if there is none.
func (u *unset) around(f *program.File, fn int, at source.Span) source.Span {
	var found source.Span
	for _, b := range u.untaken(f, fn) {
		if b.Contains(at) && (found.Len() == 0 || found.Contains(b)) {
			found = b
		}
	}
	return found
}

// untaken gives the branches of a function that are not taken. Its conditions are asked
// without asking for the branches in which names get their values, so it ends.
func (u *unset) untaken(f *program.File, fn int) []source.Span {
	at := functionOf{f, fn}
	if list, ok := u.branches[at]; ok {
		return list
	}
	if u.branches == nil {
		u.branches = map[functionOf][]source.Span{}
	}
	var list []source.Span
	add := func(block []*program.Stmt) {
		if len(block) > 0 && block[0] != nil && block[len(block)-1] != nil && len(list) < maxBranches {
			list = append(list, source.Span{Start: block[0].Span.Start, End: block[len(block)-1].Span.End})
		}
	}
	f.Funcs[fn].Walk(func(s *program.Stmt, v *program.Value) bool {
		if v != nil || s == nil || s.Op != program.StmtIf {
			return v == nil
		}
		q := question{u: u, fuel: maxUnset}
		switch on, known := q.truth(f, fn, s.Value); {
		case !known:
		case on && !endsProgram(s.Body):
			add(s.Else)
		case !on && !endsProgram(s.Else):
			add(s.Body)
		}
		return true
	})
	u.branches[at] = list
	return list
}

// exitNames are the calls that end a program.
var exitNames = wordSet(`exit Exit Fatal Fatalf Fatalln abort panic`)

// endsProgram reports whether statements do not go on to what follows them: then that
// runs only where something is set, and what is set there is.
func endsProgram(list []*program.Stmt) bool {
	if len(list) == 0 || list[len(list)-1] == nil {
		return false
	}
	last := list[len(list)-1]
	return last.Op == program.StmtThrow || last.Op == program.StmtReturn ||
		last.Op == program.StmtExpr && last.Value != nil && last.Value.Op == program.OpCall && exitNames[lastName(last.Value.X)]
}

// question is one question with what it may still cost.
type question struct {
	u    *unset
	fuel int
	// several is set where names that are assigned several times are followed.
	several bool
}

func (q *question) truth(f *program.File, fn int, v *program.Value) (on, known bool) {
	if v != nil && v.Op == program.OpLogical && len(v.Args) == 2 && v.Name != "??" {
		if q.fuel--; q.fuel < 0 {
			return false, false
		}
		left, leftKnown := q.truth(f, fn, v.Args[0])
		right, rightKnown := q.truth(f, fn, v.Args[1])
		and := v.Name == "and"
		switch {
		case leftKnown && left != and, rightKnown && right != and:
			return !and, true
		}
		return and, leftKnown && rightKnown
	}
	return q.value(f, fn, v).truth(f.Lang)
}

func (q *question) value(f *program.File, fn int, v *program.Value) setting {
	if q.fuel--; v == nil || q.fuel < 0 {
		return setting{}
	}
	switch v.Op {
	case program.OpConst:
		switch v.Const {
		case program.ConstNone:
			return setting{kind: settingNone}
		case program.ConstBool:
			return setting{kind: settingBool, on: v.Str == "true"}
		case program.ConstNumber:
			return setting{kind: settingNumber, text: v.Str}
		}
		return setting{kind: settingText, text: v.Str}
	case program.OpIdent:
		return q.name(f, fn, v.Name)
	case program.OpCast, program.OpAwait:
		return q.value(f, fn, v.X)
	case program.OpField, program.OpIndex:
		return q.member(f, fn, v)
	case program.OpUnary:
		return q.unary(f, fn, v)
	case program.OpLogical:
		return q.logical(f, fn, v)
	case program.OpCompare:
		return q.compare(f, fn, v)
	case program.OpCond:
		if len(v.Args) == 3 {
			if on, known := q.truth(f, fn, v.Args[0]); known && on {
				return q.value(f, fn, v.Args[1])
			} else if known {
				return q.value(f, fn, v.Args[2])
			}
		}
	case program.OpList:
		return q.list(f, fn, v)
	case program.OpCompr:
		// [h.strip() for h in hosts.split(",") if h.strip()]
		if len(v.Args) == 1 && v.Args[0] != nil && v.Args[0].Op == program.OpCompFor {
			from := q.value(f, fn, v.Args[0].X)
			if from.kind == settingList && (len(v.Args[0].Args) > 1 || len(from.list) == 0) {
				return filtered(from)
			}
		}
	case program.OpCall, program.OpNew:
		return q.call(f, fn, v)
	}
	return setting{}
}

// filtered gives a list whose empty texts are dropped, where it has no others.
func filtered(s setting) setting {
	for _, t := range s.list {
		if t != "" {
			return setting{}
		}
	}
	return setting{kind: settingList}
}

func (q *question) list(f *program.File, fn int, v *program.Value) setting {
	s := setting{kind: settingList}
	for _, a := range v.Args {
		e := q.value(f, fn, a)
		if e.kind != settingText {
			return setting{}
		}
		s.list = append(s.list, e.text)
	}
	return s
}

func (q *question) unary(f *program.File, fn int, v *program.Value) setting {
	if len(v.Args) != 1 {
		return setting{}
	}
	switch v.Name {
	case "not", "!":
		if on, known := q.truth(f, fn, v.Args[0]); known {
			return setting{kind: settingBool, on: !on}
		}
	case "typeof":
		if q.value(f, fn, v.Args[0]).kind == settingNone {
			return setting{kind: settingText, text: "undefined"}
		}
	case "*":
		return q.value(f, fn, v.Args[0]) // a flag of Go, see call
	}
	return setting{}
}

func (q *question) logical(f *program.File, fn int, v *program.Value) setting {
	if len(v.Args) != 2 {
		return setting{}
	}
	if v.Name == "??" {
		switch left := q.value(f, fn, v.Args[0]); left.kind {
		case settingUnknown:
			return left
		case settingNone:
			return q.value(f, fn, v.Args[1])
		default:
			return left
		}
	}
	left := q.value(f, fn, v.Args[0])
	on, known := left.truth(f.Lang)
	switch {
	case !known:
		if on, known := q.truth(f, fn, v); known {
			return setting{kind: settingBool, on: on}
		}
		return setting{}
	case on == (v.Name == "and"):
		return q.value(f, fn, v.Args[1])
	}
	return left
}

func (q *question) compare(f *program.File, fn int, v *program.Value) setting {
	if len(v.Args) != 2 {
		return setting{}
	}
	a, b := q.value(f, fn, v.Args[0]), q.value(f, fn, v.Args[1])
	if a.kind == settingUnknown || b.kind == settingUnknown {
		return setting{}
	}
	same := a.kind == b.kind && a.on == b.on && a.text == b.text
	switch v.Name {
	case "==", "is":
		return setting{kind: settingBool, on: same}
	case "!=", "is not":
		return setting{kind: settingBool, on: !same}
	case "in", "not in":
		if b.kind != settingList {
			return setting{}
		}
		found := false
		for _, t := range b.list {
			found = found || a.kind == settingText && t == a.text
		}
		return setting{kind: settingBool, on: found == (v.Name == "in")}
	case ">":
		if a.kind == settingNumber && b.kind == settingNumber && b.text == "0" {
			return setting{kind: settingBool, on: a.text != "0" && !strings.HasPrefix(a.text, "-")}
		}
	}
	return setting{}
}

// name follows a name to what it is assigned.
func (q *question) name(f *program.File, fn int, name string) setting {
	b := f.Lookup(fn, name)
	switch b.Kind {
	case program.BoundLocal:
		return q.assigned(f, b)
	case program.BoundImport:
		if d, ok := q.declared(f, b.Import); ok {
			return q.name(d.Files[0], 0, d.Name)
		}
	case program.Unbound:
		if name == "undefined" {
			return setting{kind: settingNone}
		}
	}
	return setting{}
}

// declared gives where an import's name is declared, if that is one file.
func (q *question) declared(f *program.File, im *program.Import) (d program.Definition, ok bool) {
	if q.u.find == nil || im == nil {
		return d, false
	}
	d, ok = q.u.find(f, im)
	return d, ok && d.Name != "" && len(d.Files) == 1
}

// maxAssigns bounds how many assignments of a name are told apart.
const maxAssigns = 8

// assigned gives what a name is by the one assignment that is made where nothing is set.
func (q *question) assigned(f *program.File, b program.Binding) setting {
	if len(b.Assigns) > 1 && !q.several || len(b.Assigns) > maxAssigns {
		return setting{}
	}
	var one *program.Assign
	for i := range b.Assigns {
		a := &b.Assigns[i]
		if a.Value == nil && a.Kind == program.AssignValue && len(b.Assigns) > 1 && f.Lang.ECMAScript() {
			continue // let token;
		}
		if len(b.Assigns) > 1 && a.Stmt != nil && q.u.around(f, a.Func, a.Stmt.Span).Len() > 0 {
			continue
		}
		if one != nil {
			return setting{}
		}
		one = a
	}
	switch {
	case one == nil:
		if len(b.Assigns) > 1 {
			return setting{kind: settingNone}
		}
	case one.Kind != program.AssignValue || one.Value == nil:
	case len(one.Path) == 0:
		return q.value(f, one.Func, one.Value)
	case f.Lang == source.Go && len(one.Path) == 1 && one.Value.Op == program.OpCall && f.Canonical(one.Func, one.Value.X) == "os.LookupEnv":
		if one.Path[0] == "[0]" {
			return setting{kind: settingText}
		}
		return setting{kind: settingBool}
	}
	return setting{}
}

// member reads process.env.NAME, the length of a list, members of objects that are
// written out, and fields of pydantic's settings.
func (q *question) member(f *program.File, fn int, v *program.Value) setting {
	if v.X == nil {
		return setting{}
	}
	if f.Lang.ECMAScript() && environment(v.X) {
		if v.Name == "NODE_ENV" {
			return setting{} // set wherever a server is deployed
		}
		return setting{kind: settingNone}
	}
	if v.Name == "" {
		return setting{}
	}
	if v.Op == program.OpField && (v.Name == "length" || v.Name == "size") {
		if s := q.value(f, fn, v.X); s.kind == settingList {
			return count(len(s.list))
		} else if s.kind == settingText {
			return count(len(s.text))
		}
		return setting{}
	}
	if v.X.Op != program.OpIdent {
		return setting{}
	}
	from, b := f, f.Lookup(fn, v.X.Name)
	if b.Kind == program.BoundImport {
		d, ok := q.declared(f, b.Import)
		if !ok {
			return setting{}
		}
		from, b = d.Files[0], d.Files[0].Lookup(0, d.Name)
	}
	if b.Kind != program.BoundLocal || len(b.Assigns) != 1 || b.Assigns[0].Value == nil || len(b.Assigns[0].Path) > 0 {
		return setting{}
	}
	a := b.Assigns[0]
	for a.Value.Op == program.OpCast && a.Value.X != nil {
		a.Value = a.Value.X
	}
	switch {
	case a.Value.Op == program.OpObject:
		for _, p := range a.Value.Args {
			if p == nil || p.Op != program.OpPair {
				return setting{} // what is spread may say otherwise
			}
		}
		for _, p := range a.Value.Args {
			if p.Name == v.Name {
				return q.value(from, a.Func, p.X)
			}
		}
	case a.Value.Op == program.OpCall && a.Value.X != nil && a.Value.X.Op == program.OpIdent && len(a.Value.Args) == 0:
		if c := from.Lookup(a.Func, a.Value.X.Name); c.Kind == program.BoundClass && settingsClass(c.Class) {
			for i := range c.Class.Fields {
				if c.Class.Fields[i].Name == v.Name {
					return q.value(from, c.Func, c.Class.Fields[i].Value)
				}
			}
		}
	}
	return setting{}
}

func count(n int) setting { return setting{kind: settingNumber, text: strconv.Itoa(n)} }

// settingsClass reports whether a class is filled from the environment.
func settingsClass(c *program.Class) bool {
	for _, b := range c.Bases {
		if b != nil && b.Name == "BaseSettings" {
			return true
		}
	}
	return false
}

// environment recognises process.env.
func environment(v *program.Value) bool {
	return v.Op == program.OpField && v.Name == "env" && v.X != nil && v.X.Op == program.OpIdent && v.X.Name == "process"
}

// call reads what asks for a variable or flag, what changes a text, and functions of
// the project that give one value.
func (q *question) call(f *program.File, fn int, v *program.Value) setting {
	if v.X == nil {
		return setting{}
	}
	arg := func(i int) *program.Value {
		if i < len(v.Args) && v.Args[i] != nil && v.Args[i].Op != program.OpSpread && v.Args[i].Op != program.OpKeyword {
			return v.Args[i]
		}
		return nil
	}
	switch f.Canonical(fn, v.X) {
	case "os.getenv", "os.environ.get":
		switch d := keyword(v, "default"); {
		case d != nil:
			return q.value(f, fn, d)
		case len(v.Args) > 1:
			return q.value(f, fn, arg(1))
		}
		return setting{kind: settingNone}
	case "os.Getenv":
		return setting{kind: settingText}
	case "flag.String", "flag.Bool", "github.com/spf13/pflag.String", "github.com/spf13/pflag.Bool":
		return q.value(f, fn, arg(1))
	case "strings.ToLower", "strings.TrimSpace", "strings.ToUpper":
		return q.changed(v.X.Name, q.value(f, fn, arg(0)), false)
	case "strings.Split":
		return q.split(q.value(f, fn, arg(0)), arg(1))
	}
	if v.X.Op == program.OpField {
		return q.method(f, fn, v)
	}
	if v.X.Op != program.OpIdent {
		return setting{}
	}
	switch v.X.Name {
	case "Boolean", "bool":
		if on, known := q.truth(f, fn, arg(0)); known {
			return setting{kind: settingBool, on: on}
		}
		return setting{}
	case "len":
		if s := q.value(f, fn, arg(0)); s.kind == settingList {
			return count(len(s.list))
		} else if s.kind == settingText {
			return count(len(s.text))
		}
		return setting{}
	case "String", "str":
		if s := q.value(f, fn, arg(0)); s.kind == settingText {
			return s
		}
		return setting{}
	case "Set", "set", "list", "frozenset":
		if s := q.value(f, fn, arg(0)); s.kind == settingList {
			return s
		}
		return setting{}
	}
	return q.result(f, fn, v)
}

// method reads a method of a text or list.
func (q *question) method(f *program.File, fn int, v *program.Value) setting {
	name := v.X.Name
	switch name {
	case "toLowerCase", "toUpperCase", "trim", "lower", "upper", "strip", "casefold", "toString":
		return q.changed(name, q.value(f, fn, v.X.X), v.X.Optional || v.Optional)
	case "split":
		if len(v.Args) == 0 {
			return setting{}
		}
		s := q.value(f, fn, v.X.X)
		if s.kind == settingNone && (v.X.Optional || v.Optional) {
			return s
		}
		return q.split(s, v.Args[0])
	case "map", "filter":
		s := q.value(f, fn, v.X.X)
		switch {
		case s.kind == settingNone && (v.X.Optional || v.Optional):
			return s
		case s.kind != settingList:
			return setting{}
		case name == "filter":
			return filtered(s)
		case len(filtered(s).list) == 0 && filtered(s).kind == settingList:
			return s // empty texts stay empty, or what is made of them is not known
		}
	case "get":
		if f.Lang.ECMAScript() && v.X.X != nil && v.X.X.Op == program.OpField && v.X.X.Name == "env" && v.X.X.X != nil && v.X.X.X.Name == "Deno" {
			return setting{kind: settingNone}
		}
	}
	return setting{}
}

func (q *question) changed(by string, s setting, optional bool) setting {
	if s.kind == settingNone && optional {
		return s
	}
	if s.kind != settingText {
		return setting{}
	}
	switch strings.ToLower(by) {
	case "tolowercase", "lower", "tolower", "casefold":
		s.text = strings.ToLower(s.text)
	case "touppercase", "upper", "toupper":
		s.text = strings.ToUpper(s.text)
	case "trim", "strip", "trimspace":
		s.text = strings.TrimSpace(s.text)
	}
	return s
}

func (q *question) split(s setting, by *program.Value) setting {
	if s.kind != settingText || by == nil || by.Op != program.OpConst || by.Str == "" || len(s.text) > 1024 {
		return setting{}
	}
	return setting{kind: settingList, list: strings.Split(s.text, by.Str)}
}

// result follows a call without arguments to what the function returns: isAuthEnabled().
func (q *question) result(f *program.File, fn int, v *program.Value) setting {
	if len(v.Args) > 0 {
		return setting{}
	}
	b := f.Lookup(fn, v.X.Name)
	if b.Kind == program.BoundImport {
		d, ok := q.declared(f, b.Import)
		if !ok {
			return setting{}
		}
		f = d.Files[0]
		b = f.Lookup(0, d.Name)
	}
	if b.Kind != program.BoundFunc {
		return setting{}
	}
	body := f.Funcs[b.Target].Body
	if len(body) != 1 || body[0] == nil || body[0].Op != program.StmtReturn {
		return setting{}
	}
	return q.value(f, b.Target, body[0].Value)
}
