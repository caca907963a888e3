package flow

// apply.go applies the model of a library call: what it does with its
// arguments, what it gives, and what it proves.

import (
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

const pathType = "pathlib.Path"

// applyModel gives the result of a call that has a model.
func (f *frame) applyModel(m *model, name string, callee *program.Value, args *arguments, v *program.Value) *value {
	name = strings.TrimPrefix(name, "*.")
	if len(args.pos) > 0 && args.pos[0] != nil && args.pos[0].form == formModule && overModule(name) {
		args.pos = append([]*value{f.namespace(args.pos[0])}, args.pos[1:]...)
	}
	if m.Command != "" {
		f.command(m, name, args, v)
	}
	for i := range m.Sinks {
		f.sink(m, &m.Sinks[i], name, args, v)
	}
	if m.Sends != nil {
		if x, _, ok := args.at(*m.Sends, ""); ok && f.hooked(args.recv) {
			f.clearRequests(x)
		}
	}
	f.sentAlong(m, name, args, v)
	f.slowMatch(m, name, args, v)
	called := f.callbacks(m, args, v)
	if m.Ensures != 0 {
		f.ensure(m, args, v)
	}
	if m.Leaves {
		f.dead = true
		return nil
	}
	if m.Fails != 0 && len(args.pos) > 0 {
		for _, a := range all(args.pos[0]) {
			if a.flags&flagLooked != 0 {
				f.refused = append(f.refused, proof{a.node, m.Fails})
			}
		}
	}
	out := f.result(m, args, v)
	if called != nil {
		out = called
	}
	out = f.modelTests(m, out, args, v)
	if m.Mutator != "" {
		f.mutate(m, args, v)
	}
	return out
}

// use records that a call can do something.
func (f *frame) use(kind SinkKind, name string, call, arg source.Span, mutates bool) {
	if f.sum == nil {
		return
	}
	for i := range f.sum.uses {
		u := &f.sum.uses[i]
		if u.call == call && u.kind == kind && u.arg == arg {
			return
		}
	}
	f.sum.uses = append(f.sum.uses, use{kind, name, call, arg, mutates})
}

// constantArg gives the text of a keyword, or of a member of any object among
// the arguments: how a call is told its options in either language.
func (f *frame) option(args *arguments, name string) (*value, bool) {
	if i := atoi(name); i >= 0 && i < len(args.pos) {
		return args.pos[i], true
	}
	for _, k := range args.keys {
		if k.name == name {
			return k.v, true
		}
	}
	for _, p := range args.pos {
		if p != nil && p.form == formObject {
			if m, ok := p.field(name); ok {
				return m, true
			}
		}
	}
	if args.spread != nil {
		return args.spread.field(name)
	}
	return nil, false
}

// holdsOption reports whether an option has a constant value. The text * is
// any value but false and none, and ! one that is not given.
func (f *frame) holdsOption(args *arguments, name, want string) bool {
	v, ok := f.option(args, name)
	if want == "!" {
		return !ok
	}
	if !ok {
		return false
	}
	switch want {
	case "*":
		is, known := v.truth()
		return !known || is
	case "true":
		is, known := v.truth()
		return known && is
	case "false":
		is, known := v.truth()
		return known && !is
	}
	return v.isText() && v.text == want || v != nil && v.name != "" && strings.HasSuffix(v.name, want)
}

func (f *frame) applies(s *sinkModel, args *arguments) bool {
	for name, want := range s.When {
		if !f.holdsOption(args, name, want) {
			return false
		}
	}
	for name, want := range s.Unless {
		if f.holdsOption(args, name, want) {
			return false
		}
	}
	return true
}

// sink records what a call does with one argument.
func (f *frame) sink(m *model, s *sinkModel, name string, args *arguments, v *program.Value) {
	if !f.applies(s, args) {
		return
	}
	x, span, ok := args.at(s.Arg, s.Key)
	if s.Arg < thisParam {
		x, span, ok = nil, v.Span, true
	}
	if !ok && !s.Rest {
		if s.Key != "" || s.Text != "" {
			x, ok = f.option(args, s.Key)
			span = v.Span
		}
		if !ok && (s.Text != "" || len(args.pos) > 0) {
			return
		}
	}
	if s.Field != "" {
		if x != nil && x.form == formObject {
			x, _ = x.field(s.Field)
		} else {
			return
		}
	}
	if s.Roles {
		x = ofSystem(x)
	}
	if (s.Kind == Prompt || s.Kind == Message || s.Kind == Memory) && x == nil {
		return // a call that says nothing of the kind
	}
	if s.Field == "" && x != nil && x.form == formObject && (s.Kind == Request || s.Kind == Query) {
		// Options in an object: another sink says which of them matters.
		x = &value{atoms: x.atoms}
	}
	if x != nil && contents[x.typ] && (s.Kind == PathRead || s.Kind == PathWrite) {
		return // what is read, not where it stands
	}
	if s.Kind == Environment && x != nil {
		// A name of ours with a value of the caller's is as it should be.
		x = &value{atoms: x.atoms}
	}
	if (s.Kind == Request || s.Kind == Navigate) && x != nil && urlTypes[x.typ] {
		x = &value{atoms: asURL(x)}
	}
	if (s.Kind == Header || s.Kind == Describe) && x == nil {
		return // a call without headers, a tool without a description
	}
	if s.Text == "sql" && !looksLikeQuery(x) || s.Text == "html" && !looksLikePage(x) {
		return
	}
	kind := s.Kind
	if m.Mode != nil && kind == PathRead && f.writes(m.Mode, args) {
		kind = PathWrite
	}
	if (kind == Log || kind == Stdout) && m.Stream != "" {
		if to, ok := f.option(args, m.Stream); ok && kind == Stdout && !isStdout(to) {
			kind = Log
		}
	}
	f.use(kind, name, v.Span, span, f.mutates(m, kind, args, x))
	if kind == Destroy || kind == Send {
		return
	}
	if s.Rest {
		for i := s.Arg; i < len(args.pos); i++ {
			f.hit(kind, f.shown(kind, args.pos[i]), name, v.Span, args.spans[i], nil)
		}
		for i, k := range args.keys {
			f.hit(kind, k.v, name, v.Span, args.kspans[i], nil)
		}
		if args.spread != nil {
			f.hit(kind, args.spread, name, v.Span, v.Span, nil)
		}
		return
	}
	if kind == Request && f.hooked(args.recv) {
		return
	}
	f.hit(kind, x, name, v.Span, span, nil)
}

// contents are types that hold what is read, and name no file.
var contents = map[string]bool{"io.BytesIO": true, "io.StringIO": true, "Buffer": true}

// ofSystem gives what the messages of a list say that a model takes for instructions.
func ofSystem(list *value) *value {
	if list == nil || list.form != formList {
		return nil
	}
	var atoms []atom
	for i := range list.elems {
		for _, names := range [][2]string{{"role", "content"}, {"Role", "Content"}} {
			role, ok := list.elems[i].v.field(names[0])
			if !ok || !role.isText() || role.text != "system" && role.text != "developer" {
				continue
			}
			if content, ok := list.elems[i].v.field(names[1]); ok {
				atoms = append(atoms, all(content)...)
			}
		}
	}
	if len(atoms) == 0 {
		return nil
	}
	return &value{atoms: atoms}
}

// shown gives what a log shows of a value: what a type of Go says of itself, where
// it has a method for that.
func (f *frame) shown(kind SinkKind, v *value) *value {
	ci := v.classInfo()
	if ci == nil || !f.u.golang || kind != Log && kind != Stdout {
		return v
	}
	for _, name := range []string{"LogValue", "String", "Error"} {
		if s, ok := ci.method(name, 0); ok {
			dead := f.dead
			v = f.invoke(&value{fns: []callable{{home: s.u.home, id: s.id(), recv: v}}}, &arguments{recv: v}, nil)
			f.dead = dead
			return v
		}
	}
	return v
}

// hooked reports whether a client has a hook of the program's own that refuses
// requests. It sees every request, redirects included, before it is sent.
func (f *frame) hooked(client *value) bool {
	if f.dialsPublic(client) {
		return true
	}
	for _, name := range []string{"event_hooks", "hooks"} {
		if h, ok := client.field(name); ok && f.refuses(h, 0) {
			return true
		}
	}
	return false
}

// refuses reports whether a function among values throws.
func (f *frame) refuses(v *value, depth int) bool {
	if v == nil || depth > 4 {
		return false
	}
	for _, c := range v.fns {
		u := c.home.cur
		if i, ok := u.byID[c.id]; ok {
			if s := u.summary(i); s != nil {
				f.calls(site{u, i}, s)
				if s.throws {
					return true
				}
			}
		}
	}
	for _, m := range v.fields {
		if f.refuses(m.v, depth+1) {
			return true
		}
	}
	for _, e := range v.elems {
		if f.refuses(e.v, depth+1) {
			return true
		}
	}
	return false
}

func isStdout(v *value) bool { return v != nil && strings.HasSuffix(v.name, "stdout") }

var writingModes = "wax+"

// writes reports whether a file is opened for writing.
func (f *frame) writes(m *argModel, args *arguments) bool {
	mode, _, ok := args.at(m.Arg, m.Key)
	if !ok {
		return false
	}
	if mode.isText() {
		return strings.ContainsAny(mode.text, writingModes)
	}
	return mode != nil && (strings.Contains(mode.name, "O_WRONLY") || strings.Contains(mode.name, "O_RDWR") || strings.Contains(mode.name, "O_CREATE"))
}

// mutates reports whether a call changes something outside the process.
func (f *frame) mutates(m *model, kind SinkKind, args *arguments, x *value) bool {
	if m.Mutates != nil {
		return *m.Mutates
	}
	switch kind {
	case PathWrite, PathDelete, Shell, Program, Argv, Eval, Sandbox, Connect, Unpack, Destroy, Send:
		return true
	case Request:
		return f.mutatingRequest(m, args)
	case Query:
		return !readsOnly(x.known())
	}
	return false
}

// writtenOut reports whether an argument is an object with all its members in place.
func writtenOut(args *arguments, i int) bool {
	if i < 0 || i >= len(args.exprs) || args.exprs[i] == nil || args.exprs[i].Op != program.OpObject {
		return false
	}
	return !slices.ContainsFunc(args.exprs[i].Args, func(a *program.Value) bool { return a == nil || a.Op != program.OpPair || a.Name == "" })
}

func (f *frame) mutatingRequest(m *model, args *arguments) bool {
	method := "GET"
	if m.Method != nil {
		method = m.Method.Const
		if m.Method.Arg != nil || m.Method.Key != "" {
			at := -2
			if m.Method.Arg != nil {
				at = *m.Method.Arg
			}
			x, _, ok := args.at(at, m.Method.Key)
			if !ok {
				x, ok = f.option(args, m.Method.Key)
			}
			if ok && x != nil && x.form == formObject && writtenOut(args, at) {
				// Options that are written out: without a method they ask for a GET.
				x, ok = x.field(m.Method.Key)
			}
			if ok {
				if !x.isText() {
					return true
				}
				method = x.text
			}
		}
	}
	switch strings.ToUpper(method) {
	case "", "GET", "HEAD", "OPTIONS":
		return false
	}
	return true
}

// readsOnly reports whether a query begins as one that changes nothing.
func readsOnly(text string) bool {
	text = strings.ToUpper(strings.TrimLeft(text, " \t\r\n("))
	for _, w := range []string{"SELECT", "SHOW", "DESCRIBE", "EXPLAIN", "PRAGMA TABLE_INFO", "MATCH"} {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}

var queryWords = []string{"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "DROP ", "ALTER ", "PRAGMA ", "WITH ", "REPLACE ", "MERGE ", "TRUNCATE ", "DESCRIBE ", "SHOW ", "EXPLAIN ", "GRANT ", "EXEC "}

// looksLikeQuery reports whether the fixed text of a value begins like SQL.
func looksLikeQuery(v *value) bool {
	text := v.known()
	if v != nil {
		for i := range v.atoms {
			if v.atoms[i].lang != noLanguage {
				return true
			}
		}
	}
	if text == "" && v != nil {
		for i := range v.atoms {
			if v.atoms[i].prefix != "" {
				text = v.atoms[i].prefix
				break
			}
		}
	}
	text = strings.ToUpper(strings.TrimLeft(limitTo(text, 200), " \t\r\n("))
	text = strings.NewReplacer("\n", " ", "\t", " ", "*", " ").Replace(text)
	for _, w := range queryWords {
		if strings.HasPrefix(text, w) {
			return true
		}
	}
	return false
}

// tag is how a page shows in fixed text.
var tag = regexp.MustCompile(`(?i)<(!doctype|html|head|title|body|div|p|h[1-6]|span|script|b|strong|pre|a|ul|li|td|code|em|br|form|input|meta)[\s>/]`)

// looksLikePage reports whether the fixed text of a value is that of a page.
func looksLikePage(v *value) bool {
	if tag.MatchString(limitTo(v.known(), 2000)) {
		return true
	}
	if v != nil {
		for i := range v.atoms {
			if tag.MatchString(limitTo(v.atoms[i].prefix, 2000)) {
				return true
			}
		}
	}
	return false
}

func limitTo(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// result gives what a call gives.
func (f *frame) result(m *model, args *arguments, v *program.Value) *value {
	out := f.derive(m, args, v)
	if m.Fills != nil {
		if i := *m.Fills; i < len(args.exprs) && args.exprs[i] != nil {
			if m.Result == deriveNone {
				f.fillInto(args.exprs[i], (&value{}).withAtoms(atomsOf(f.given(m, args))))
			} else {
				f.appendText(args.exprs[i], args.pos[i], []*value{out}, v.Span)
				out = nil
			}
		}
	}
	if m.Source.Kind != "" && (!m.Source.Named || secretName(f.firstText(args))) {
		src := f.source(&m.Source, v.Span)
		if m.Source.Into != nil {
			if i := *m.Source.Into; i < len(args.exprs) && args.exprs[i] != nil {
				f.fillInto(args.exprs[i], src)
			}
		} else {
			out = out.withAtoms(src.atoms)
		}
	}
	if m.Lists != "" {
		return &value{form: formList, elems: []element{{&value{atoms: all(out), typ: m.Lists, config: true}, true}}}
	}
	if m.Returns != "" {
		n := &value{}
		if out != nil {
			*n = *out
			n.digest = 0
		}
		n.typ = m.Returns
		if hooks, ok := f.option(args, "event_hooks"); ok {
			n = n.withField("event_hooks", hooks)
		}
		if len(n.atoms) == 0 && n.form == formUnknown {
			n.config = true
		}
		if p, _, ok := args.at(0, "pattern"); ok && isRegexType(m.Returns) && p.isText() {
			n.text, n.form = p.text, formUnknown
		} else if isRegexType(m.Returns) && ok && p != nil && p.typ == regexType {
			n.text = p.text
		}
		out = n
	}
	if m.Quotes {
		out = quoted(out)
	}
	if m.Adds != 0 && out.hasAtoms() {
		n := *out
		n.digest = 0
		n.atoms = append([]atom(nil), out.atoms...)
		for i := range n.atoms {
			n.atoms[i].proven |= m.Adds
		}
		out = &n
	}
	return out
}

// quoted gives a value as a literal: what was no part of a text is escaped.
func quoted(v *value) *value {
	if !v.hasAtoms() {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = append([]atom(nil), v.atoms...)
	for i := range n.atoms {
		if a := &n.atoms[i]; a.flags&flagPartial == 0 && a.lang == noLanguage {
			a.proven |= proveEscaped
		}
	}
	return &n
}

func isRegexType(t string) bool { return t == regexType || t == "re.Pattern" || t == "regexp.Regexp" }

func (f *frame) firstText(args *arguments) string {
	if len(args.pos) > 0 {
		return args.pos[0].known()
	}
	return ""
}

// source gives a value of a source that the program reads.
func (f *frame) source(s *sourceModel, span source.Span) *value {
	n := node{fn: f.id, kind: fromSecret, path: s.Kind}
	what := s.What
	switch s.Kind {
	case "untrusted":
		n.kind, n.path = fromUntrusted, what
	case "remote":
		n.kind, n.path = fromRemote, what
	case "request":
		n.kind, n.path = fromRequest, ""
		return &value{atoms: []atom{{node: n, steps: (*step)(nil).add(f.id, span, "reads "+what)}}}
	}
	d := newDigester()
	d.span(span)
	n.cut = uint32(d)
	if what == "" {
		what = "a secret"
	}
	return &value{atoms: []atom{{node: n, steps: (*step)(nil).add(f.id, span, "reads "+what)}}, config: true}
}

// secretName reports whether a name speaks of a secret.
func secretName(s string) bool {
	s = strings.ToUpper(s)
	for _, w := range []string{"SECRET", "TOKEN", "PASSWORD", "PASSWD", "API_KEY", "APIKEY", "PRIVATE_KEY", "CREDENTIAL", "ACCESS_KEY", "CONNECTION_STRING"} {
		if i := strings.Index(s, w); i >= 0 {
			for _, not := range []string{"MAX_TOKEN", "TOKEN_LIMIT", "TOKENS", "TOKEN_URL", "TOKEN_ENDPOINT", "_FILE", "_PATH", "_NAME", "_TTL", "_EXPIR", "_ARN", "SECRET_ID", "KEY_ID", "TOKENIZER"} {
				if strings.Contains(s, not) {
					return false
				}
			}
			return true
		}
	}
	return strings.HasSuffix(s, "_KEY") && !namingKey.MatchString(s) || s == "DATABASE_URL"
}

// namingKey are names of keys that are no secrets: what something is found by, and
// what is given to everybody.
var namingKey = regexp.MustCompile(`(TAG|LABEL|SORT|PARTITION|PRIMARY|FOREIGN|ROW|CACHE|INDEX|LOOKUP|ROUTING|OBJECT|PROJECT|ISSUE|PUBLIC|PUBLISHABLE|ANON|SITE)_KEY$`)

// secretMember gives a member of the environment: a secret if its name says so
// or is not known.
func (f *frame) secretMember(x *value, name string, span source.Span) *value {
	if x == nil || x.name == "" {
		return nil
	}
	m := f.u.ms.values[x.name]
	if m == nil || m.Source.Kind != "environment" {
		return nil
	}
	if name == "" {
		return configValue
	}
	if !secretName(name) {
		return configValue
	}
	return f.source(&sourceModel{Kind: "secret", What: "the secret " + name}, span)
}

// given gives the arguments that the result derives from.
func (f *frame) given(m *model, args *arguments) []*value {
	if len(m.From) == 0 {
		var out []*value
		if args.recv != nil {
			out = append(out, args.recv)
		}
		out = append(out, args.pos...)
		for _, k := range args.keys {
			out = append(out, k.v)
		}
		if args.spread != nil {
			out = append(out, args.spread)
		}
		return out
	}
	out := make([]*value, 0, len(m.From))
	for _, i := range m.From {
		x, _, _ := args.at(i, "")
		out = append(out, x)
	}
	return out
}

// derive gives what the result is made of.
func (f *frame) derive(m *model, args *arguments, v *program.Value) *value {
	if m.Result == deriveNone {
		if m.Part != partNone {
			return &value{atoms: parted(atomsOf(f.given(m, args)), m.Part)}
		}
		return nil
	}
	given := f.given(m, args)
	if m.Part == partCode {
		return f.codes(given, args)
	}
	switch m.Result {
	case deriveKeep:
		return f.keep(m, given)
	case deriveSelf:
		return args.recv
	case deriveNext:
		if len(given) == 0 {
			return nil
		}
		x := f.elements(given[0])
		if len(given) > 1 {
			x = join(x, given[1])
		}
		return x
	case deriveArg:
		if len(given) > 0 {
			return given[0]
		}
		return nil
	case deriveLength:
		return lengthOf(args)
	case deriveNumber:
		return numberValue
	case deriveRows, deriveNumbered, deriveRecord, deriveNamed, deriveCommon, deriveRest, deriveModule, deriveMatch, deriveMatches, deriveEach, deriveGroup:
		return f.deriveOne(m, args, v)
	case deriveAll:
		out := &value{form: formList}
		for _, p := range args.pos {
			out.elems = append(out.elems, element{v: p})
		}
		if args.spread != nil {
			out.elems = append(out.elems, asElements(args.spread)...)
		}
		out.elems = boundElems(out.elems)
		return out
	case deriveWith:
		if len(args.pos) == 0 {
			return nil
		}
		out := args.pos[0]
		for _, k := range args.keys {
			out = out.withField(k.name, k.v)
		}
		return out
	case deriveTruth:
		return f.truthOf(given)
	case deriveParsed:
		if len(given) == 0 {
			return nil
		}
		return (&value{form: formObject}).withField("data", given[0]).withField("success", numberValue).withField("error", configValue)
	case deriveExtend:
		return f.extend(args, v.Span)
	case deriveReplace:
		return f.replace(m, args)
	case deriveEvery, deriveSome, deriveIs:
		return nil
	case derivePath:
		out := f.joinPath(flatten(given), v.Span, m.Returns)
		if m.Resolved {
			out = resolved(out)
		}
		return out
	case derivePart:
		return f.partOf(m, apart(given, m, args), v.Span)
	case deriveExcerpt:
		from, _, _ := args.at(0, "")
		to, _, _ := args.at(1, "")
		return excerpt(f.partOf(m, apart(given, m, args), v.Span), v.Args, from, to)
	case deriveChange:
		return &value{atoms: f.stepAtoms(f.change(atomsOf(given), v.Span), v.Span, "is decoded")}
	case deriveList:
		if len(args.pos) == 1 && args.pos[0].isText() && args.pos[0].text == "" && !args.pos[0].hasAtoms() && args.recv.hasAtoms() {
			return &value{form: formList, elems: []element{{&value{atoms: args.recv.atoms}, true}}} // its characters
		}
		if args.recv.known() != "" && splitsAtBlanks(args.pos) {
			return f.wordsOf(args.recv, v.Span)
		}
		if args.recv.isParameter() && splitsAtBlanks(args.pos) {
			return f.openWords(args.recv, v.Span)
		}
		return f.pieces(given, v.Span)
	case deriveHalves:
		half := &value{atoms: f.cut(atomsOf(given), v.Span)}
		return &value{form: formList, elems: []element{{half, false}, {half, false}, {numberValue, false}}}
	case deriveWords:
		if len(given) > 0 && given[0].known() != "" {
			return f.wordsOf(given[0], v.Span)
		}
		if len(given) == 1 && given[0].isParameter() {
			return f.openWords(given[0], v.Span)
		}
		return f.pieces(given, v.Span)
	case deriveMember:
		if args.recv == nil {
			return nil
		}
		return &value{atoms: memberAtoms(args.recv.atoms, calleeName(v))}
	case deriveText:
		return f.concatValues(args.pos[min(m.At, len(args.pos)):], v.Span)
	case deriveJoin:
		return f.joinText(args, v.Span)
	case deriveURL:
		if len(given) == 0 {
			return nil
		}
		if len(given) > 1 {
			return f.relativeTo(given[0], given[1])
		}
		return f.relativeTo(given[0], nil)
	case deriveURLParts:
		return f.concatValues(urlParts(given), v.Span)
	case deriveFormat:
		return f.format(m, args, v)
	case deriveElement:
		return f.elementOf(args, v)
	case deriveObject:
		out := &value{form: formObject}
		for _, p := range given {
			if p != nil && p.form == formObject {
				for _, m := range p.fields {
					out = out.withField(m.name, m.v)
				}
			} else {
				out.atoms = unionAtoms(out.atoms, all(p))
			}
		}
		for _, k := range args.keys {
			out = out.withField(k.name, k.v)
		}
		return out
	case derivePartial:
		return f.partial(args)
	}
	return nil
}

// truthOf gives whether a value is true, with what that proves.
func (f *frame) truthOf(given []*value) *value {
	if len(given) == 0 {
		return numberValue
	}
	if t := f.truthTests(given[0]); t != nil {
		return &value{form: formNumber, tests: t}
	}
	if is, known := given[0].truth(); known {
		return boolValue(is)
	}
	return numberValue
}

// lengthOf gives how much there is of a value. That of what is configured shows
// whether anything is.
func lengthOf(args *arguments) *value {
	x := args.recv
	if len(args.pos) > 0 {
		x = args.pos[0]
	}
	if x != nil && len(x.atoms) == 0 && (x.config || x.isEmptyList()) {
		return &value{form: formNumber, tests: &tests{absent: absentIfFalse}}
	}
	return numberValue
}

// apart gives values without the origins that they share with the base they are
// measured against.
func apart(list []*value, m *model, args *arguments) []*value {
	if m.Against == nil {
		return list
	}
	base, _, _ := args.at(*m.Against, "")
	if !base.hasAtoms() {
		return list
	}
	out := make([]*value, len(list))
	for i, v := range list {
		out[i] = v.without(base)
	}
	return out
}

// without gives a value without the origins of another.
func (v *value) without(o *value) *value {
	if v == nil || !sameOrigin(v, o) {
		return v
	}
	n := *v
	n.digest, n.atoms = 0, nil
	for _, a := range v.atoms {
		if !o.from(a.node) {
			n.atoms = append(n.atoms, a)
		}
	}
	return &n
}

func atomsOf(list []*value) []atom {
	var out []atom
	for _, v := range list {
		out = unionAtoms(out, all(v))
	}
	return out
}

// flatten gives the elements of lists among values in place.
func flatten(list []*value) []*value {
	var out []*value
	for _, v := range list {
		if v != nil && v.form == formList {
			for _, e := range v.elems {
				out = append(out, e.v)
			}
			continue
		}
		out = append(out, v)
	}
	return out
}

// keep gives the first value as it is in substance.
func (f *frame) keep(m *model, given []*value) *value {
	if len(given) == 0 {
		return nil
	}
	x := f.asText(given[0])
	if x == nil || x.form == formText && !x.hasAtoms() && !m.Resolved {
		return x
	}
	n := &value{atoms: asURL(x), text: x.text, endsSep: x.endsSep && !m.Resolved, config: x.config, typ: x.typ}
	if x.form == formPrefix || x.form == formText {
		n.form = formPrefix
	}
	if m.Part != partNone {
		n.atoms = parted(n.atoms, m.Part)
		n.form, n.text, n.typ = formUnknown, "", ""
	}
	if m.Resolved {
		return f.rooted(resolved(n))
	}
	return n
}

// rooted marks what stands in an absolute path that was cleaned: filepath.Clean("/"
// + name) has no dots left, so behind a folder it stays below it.
func (f *frame) rooted(v *value) *value {
	if f.u.golang && v != nil {
		for i := range v.atoms { // those of resolved are its own
			if a := &v.atoms[i]; a.flags&(flagPartial|flagOpaque) == flagPartial && strings.HasPrefix(a.prefix, "/") {
				a.flags |= flagRooted
			}
		}
	}
	return v
}

// behind gives an origin that is put behind something else, or at the beginning.
func (a atom) behind(something bool) atom {
	if a.flags&flagRooted != 0 && something {
		a.proven |= proveContained
	}
	a.flags &^= flagRooted
	return a
}

func resolved(v *value) *value {
	if !v.hasAtoms() {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = append([]atom(nil), v.atoms...)
	for i := range n.atoms {
		n.atoms[i].flags |= flagResolved
	}
	return &n
}

// partOf gives a piece of the values. A component that a guard may test stays
// with what it is a component of; anything else is cut off.
func (f *frame) partOf(m *model, given []*value, span source.Span) *value {
	atoms := atomsOf(given)
	if m.Part != partNone {
		n := &value{atoms: parted(atoms, m.Part)}
		if m.Part == partAddr {
			for i := range n.atoms {
				n.atoms[i].flags |= flagLooked
			}
		}
		return n
	}
	return &value{atoms: f.cut(atoms, span)}
}

// maxExcerpt is how many characters of a secret may be shown.
const maxExcerpt = 16

// excerpt gives a piece between two places, as written and as evaluated, the second of
// which may be missing: a few characters where the end is near the beginning, or is
// chosen to mask the rest, or where the beginning is counted from the end.
func excerpt(v *value, places []*program.Value, from, to *value) *value {
	few := false
	switch {
	case to != nil && to.form == formNumber && to.text != "":
		n := atoi(to.text)
		few = n >= 0 && n <= maxExcerpt
	case len(places) > 1 && places[1] != nil:
		few = true
	case from != nil && from.form == formNumber && from.text != "":
		n := atoi(strings.TrimPrefix(from.text, "-"))
		few = n <= maxExcerpt && strings.HasPrefix(from.text, "-")
	case len(places) > 0:
		few = fromEnd(places[0])
	}
	if few {
		for i := range v.atoms { // those of a piece are its own
			v.atoms[i].proven |= proveSlight
		}
	}
	return v
}

// fromEnd reports whether a place in a text is counted from its end.
func fromEnd(v *program.Value) bool {
	switch {
	case v == nil || len(v.Args) == 0:
		return false
	case v.Op == program.OpUnary:
		return v.Name == "-"
	case v.Op == program.OpBinary && v.Name == "-":
		length := v.Args[0]
		return length != nil && (length.Op == program.OpField && length.Name == "length" || length.Op == program.OpCall && calleeName(length.X) == "len")
	}
	return false
}

// pieces gives a list of pieces cut out of the values.
func (f *frame) pieces(given []*value, span source.Span) *value {
	if len(given) > 0 && given[0] != nil && (given[0].form == formList || given[0].form == formObject) && len(given[0].atoms) == 0 {
		return &value{form: formList, elems: []element{{f.elements(given[0]), true}}}
	}
	atoms := atomsOf(given)
	if len(atoms) == 0 {
		return &value{form: formList, elems: []element{{nil, true}}}
	}
	return &value{form: formList, elems: []element{{&value{atoms: f.cut(atoms, span)}, true}}}
}

// joinText gives the text that a separator and the elements of a list make:
// sep.join(list) and list.join(sep).
func (f *frame) joinText(args *arguments, span source.Span) *value {
	list, sep := args.recv, (*value)(nil)
	if len(args.pos) > 0 {
		sep = args.pos[0]
		if sep != nil && (sep.form == formList || list.isText() || list != nil && list.form == formPrefix) {
			list, sep = sep, list
		} else if f.u.golang {
			list, sep = args.pos[0], nil
			if len(args.pos) > 1 {
				sep = args.pos[1]
			}
		} else if f.u.python {
			list, sep = sep, list
		}
	}
	var parts []*value
	for i, e := range asElements(list) {
		if i > 0 {
			parts = append(parts, sep)
		}
		parts = append(parts, e.v)
		if e.many {
			parts = append(parts, nil)
		}
	}
	if len(parts) == 0 {
		return textValue("")
	}
	return f.concatValues(parts, span)
}

// extend gives a list with further elements behind it: Go's append, and concat,
// which also puts texts together.
func (f *frame) extend(args *arguments, span source.Span) *value {
	var parts []*value
	if args.recv != nil {
		parts = append(parts, args.recv)
	}
	parts = append(parts, args.pos...)
	if len(parts) == 0 {
		return nil
	}
	if first := parts[0]; first.isText() || first != nil && first.form == formPrefix {
		return f.concatValues(parts, span)
	}
	out := &value{form: formList}
	for i, p := range parts {
		switch {
		case i == 0 && p == nil, i == 0 && p.isNone():
		case i == 0 || !f.u.golang && p != nil && p.form == formList:
			out.elems = append(out.elems, asElements(p)...)
		default:
			out.elems = append(out.elems, element{v: p})
		}
	}
	if args.spread != nil {
		out.elems = append(out.elems, asElements(args.spread)...)
	}
	out.elems = boundElems(out.elems)
	return out
}

// format fills values into a text: "…".format(…), Sprintf("…", …).
func (f *frame) format(m *model, args *arguments, v *program.Value) *value {
	if f.u.python {
		return f.fill(args.recv, args.pos, args.keys, v.Span, '{')
	}
	pos := args.pos
	if m.At < len(pos) {
		pos = pos[m.At:]
	} else {
		pos = nil
	}
	if len(pos) == 0 {
		return nil
	}
	vals := pos[1:]
	if args.spread != nil {
		vals = append(vals[:len(vals):len(vals)], args.spread)
	}
	return f.fill(pos[0], vals, nil, v.Span, '%')
}

// harmlessClass reports whether a type, or all of several, are of harmless
// values.
func harmlessClass(v *value) bool {
	if v == nil {
		return false
	}
	if v.form == formList {
		for _, e := range v.elems {
			if !harmlessClass(e.v) {
				return false
			}
		}
		return len(v.elems) > 0
	}
	return harmlessTypes[v.name]
}

// replace gives a text in which what matches is replaced: what the expression
// forbids is gone.
func (f *frame) replace(m *model, args *arguments) *value {
	subject, _, _ := args.at(m.Subject, "")
	pattern, _, _ := args.at(m.Pattern, "pattern")
	with, _, _ := args.at(m.Pattern+1, "repl")
	if m.Pattern < 0 {
		with, _, _ = args.at(1, "repl")
	}
	if subject == nil {
		return nil
	}
	n := *subject
	n.digest, n.form, n.text, n.tests = 0, formUnknown, "", nil
	n.atoms = unionAtoms(all(subject), all(with))
	if pattern != nil && (isRegexType(pattern.typ) || m.Match != "") && strings.HasSuffix(pattern.text, "$") {
		n.endsSep = with.isText() && endsInSeparator(pattern.text, with.text)
	}
	if pattern == nil || !n.hasAtoms() {
		return &n
	}
	var p proofs
	switch {
	case isRegexType(pattern.typ) || m.Match != "" && pattern.isText():
		p = f.u.home.regex(pattern.text, matchSearch).no
		if with != nil && with.form == formText && strings.ContainsAny(with.text, shellMeta) {
			if strings.Contains(with.text, `\`) || strings.Contains(with.text, "''") {
				p = proveEscaped
			} else {
				p = 0
			}
		}
		if takesTags(pattern.text) && (with == nil || !with.isText() || !strings.Contains(with.text, "<")) {
			p |= proveMarkup
		}
		if strings.HasPrefix(pattern.text, "^-") && with.isText() && !strings.HasPrefix(with.text, "-") {
			p |= proveNoDash
		}
	case pattern.isText() && pattern.text == "<" && with.isText() && !strings.Contains(with.text, "<"):
		p = proveMarkup
	case pattern.isText() && (pattern.text == "'" || pattern.text == `"` || pattern.text == "`"):
		p = proveEscaped
	}
	if p == 0 {
		return &n
	}
	n.atoms = append([]atom(nil), n.atoms...)
	for i := range n.atoms {
		if n.atoms[i].lang != noLanguage {
			n.atoms[i].proven |= p &^ proveEscaped
		} else {
			n.atoms[i].proven |= p
		}
	}
	return &n
}

// takesTags reports whether an expression finds each sign that begins a tag: < alone,
// or one of a class.
func takesTags(pattern string) bool {
	return pattern == "<" || strings.HasPrefix(pattern, "[") && strings.HasSuffix(pattern, "]") && strings.Contains(pattern, "<") && pattern[1] != '^'
}

// endsInSeparator reports whether a text in which what matches is replaced ends in a path
// separator, whatever the text was: dir.replace(/\/?$/, '/').
func endsInSeparator(pattern, with string) bool {
	if !endsInSep(with) || len(pattern) > 32 {
		return false
	}
	re, err := regexp.Compile(strings.ReplaceAll(pattern, `\/`, "/"))
	return err == nil && endsInSep(re.ReplaceAllLiteralString("x", with))
}

// elementOf gives the member that the first argument names, or a default.
func (f *frame) elementOf(args *arguments, v *program.Value) *value {
	x := args.recv
	if x == nil {
		return nil
	}
	if len(args.pos) == 0 {
		return f.elements(x)
	}
	key := args.pos[0]
	var out *value
	switch {
	case key.isText():
		if s := f.secretMember(x, key.text, v.Span); s != nil {
			return s
		}
		out = f.member(x, key.text, v)
	case key != nil && key.form == formNumber && key.text != "":
		out = f.elemAt(x, atoi(key.text), v.Span)
	default:
		out = f.elements(x)
	}
	if out != nil && out.name != "" && len(out.fns) == 0 && out.recv == nil {
		out = configValue
	}
	if len(args.pos) > 1 && args.pos[1] != nil && len(args.pos[1].fns) == 0 {
		out = join(out, args.pos[1])
	}
	return out
}

// partial gives a function with arguments bound, or the function itself.
func (f *frame) partial(args *arguments) *value {
	if len(args.pos) == 0 || args.pos[0] == nil {
		return nil
	}
	fn := args.pos[0]
	rest := args.pos[1:]
	if len(rest) == 0 && len(args.keys) == 0 || len(fn.fns) == 0 && fn.name == "" {
		return fn
	}
	n := *fn
	n.digest = 0
	if len(fn.fns) == 0 {
		return n.withField(boundField, &value{form: formObject, elems: boundElems(elementsOf(rest)), fields: args.keys})
	}
	n.fns = make([]callable, len(fn.fns))
	for i, c := range fn.fns {
		c.bound = append(append([]*value(nil), c.bound...), rest...)
		c.keys = append(append([]field(nil), c.keys...), args.keys...)
		n.fns[i] = c
	}
	return &n
}

// boundField holds the arguments that are bound to a function of a library.
const boundField = "\x00bound"

func elementsOf(list []*value) []element {
	out := make([]element, len(list))
	for i, v := range list {
		out[i] = element{v: v}
	}
	return out
}

// rebound gives the arguments of a call with those that were bound before.
func (args *arguments) rebound(fn *value) *arguments {
	b, ok := fn.field(boundField)
	if !ok {
		return args
	}
	n := *args
	n.pos, n.spans, n.exprs = nil, nil, nil
	for _, e := range b.elems {
		n.add(e.v, args.span, nil)
	}
	n.pos, n.spans, n.exprs = append(n.pos, args.pos...), append(n.spans, args.spans...), append(n.exprs, args.exprs...)
	n.keys = append(append([]field(nil), args.keys...), b.fields...)
	n.kspans = append([]source.Span(nil), args.kspans...)
	for range b.fields {
		n.kspans = append(n.kspans, args.span)
	}
	return &n
}

func isPath(v *value) bool { return v != nil && v.typ == pathType }

// joinPath gives the path that parts make together.
func (f *frame) joinPath(parts []*value, span source.Span, typ string) *value {
	out := &value{form: formText, typ: typ}
	if typ == "" {
		for _, p := range parts {
			if isPath(p) {
				out.typ = pathType
			}
		}
		if f.u.python && out.typ == "" && typ == pathType {
			out.typ = pathType
		}
	}
	before, opaque := "", false
	for i, p := range parts {
		atoms := all(p)
		for _, a := range atoms {
			if len(parts) > 1 {
				a.flags |= flagPartial
			}
			a = a.behind(i > 0)
			if a.part == partFirst {
				a.part = partNone // an element, not a character
			}
			a.flags &^= flagResolved
			switch {
			case f.u.python:
				a.flags &^= flagBehind
			case i > 0 && !strings.HasPrefix(typ, "resolved"):
				a.flags |= flagBehind
			}
			if opaque {
				a.flags |= flagOpaque
				a.prefix = before
			} else {
				a.prefix = limit(before + a.prefix)
			}
			out.atoms = unionAtoms(out.atoms, []atom{a})
		}
		if p.isText() && len(atoms) == 0 {
			before = limit(before + p.text)
			if i < len(parts)-1 && !strings.HasSuffix(before, "/") {
				before += "/"
			}
			continue
		}
		before, opaque = "/", true
		out.form = formUnknown
	}
	if out.form == formText {
		out.text = before
		out.endsSep = endsInSep(before)
		return out
	}
	if len(out.atoms) > 0 {
		if len(parts) > 1 {
			out.atoms = f.stepAtoms(out.atoms, span, "is joined into a path")
		}
	} else {
		out.config = true
	}
	return out
}

// modelTests gives the result what its truth proves.
func (f *frame) modelTests(m *model, out *value, args *arguments, v *program.Value) *value {
	var t *tests
	subject, _, _ := args.at(m.Subject, "")
	if m.Tests != 0 || m.Refutes != 0 {
		t = &tests{}
		subject = apart([]*value{subject}, m, args)[0]
		t.yes = f.provable(subject, m.Tests, v.Span)
		t.no = f.provable(subject, m.Refutes, v.Span)
	}
	if m.Enforces != "" && len(args.pos) > 0 {
		t = &tests{no: enforced(args.pos[0], m.Enforces)}
	}
	if m.Match != "" && m.Member == nil && m.Result != deriveReplace {
		t = f.matchTests(m, args, v)
	}
	if m.Prefix != nil {
		x, _, _ := args.at(m.Prefix.Of, "")
		y, _, _ := args.at(m.Prefix.In, "")
		if m.Subject == suffixTest {
			t = f.endsWith(x, y, v.Span)
		} else {
			t = f.beginsWith(x, y, v.Span)
		}
	}
	if m.Member != nil {
		x, _, _ := args.at(m.Member.Of, "")
		y, _, _ := args.at(m.Member.In, "")
		if m.Match != "" {
			// Any of the characters of x.
			if x.isText() && x.text != "" {
				t = f.matches(y, "["+strings.ReplaceAll(regexp.QuoteMeta(x.text), "-", `\-`)+"]", matchSearch, v.Span)
			}
		} else {
			t = f.memberOf(x, y, v.Span)
		}
	}
	switch m.Result {
	case deriveEvery, deriveSome:
		if len(args.pos) > 0 {
			if et := f.truthTests(f.elements(args.pos[0])); et != nil {
				t = &tests{yes: et.yes}
				if m.Result == deriveSome {
					t = &tests{no: et.no}
				}
			}
			if s, ok := args.pos[0].field(someField); ok && m.Result == deriveSome {
				if t == nil {
					t = &tests{}
				}
				t.yes = s.tests.yes
			}
		}
	case deriveIs:
		if len(args.pos) > 1 && harmlessClass(args.pos[1]) {
			t = &tests{yes: whole(args.pos[0], proveAll)}
		}
	}
	for _, c := range m.Calls {
		switch c.Result {
		case "every", "some":
			t, _ = f.quantified(c, args, v)
		case "found":
			var passed []proof
			if t, passed = f.quantified(c, args, v); t != nil {
				if out = out.passed(passed); out == nil {
					out = configValue
				}
			}
		}
	}
	if t == nil || len(t.yes)+len(t.no) == 0 {
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

// tagProofs are what the words of a validator's struct tags prove of a field.
var tagProofs = map[string]proofs{
	"oneof": proveAll, "eq": proveAll, "number": proveAll, "boolean": proveAll, "uuid": proveAll, "uuid4": proveAll,
	"alpha": proveIdent, "alphanum": proveIdent,
}

// enforced gives what the tags of a struct prove of its fields.
func enforced(v *value, key string) []proof {
	ci := v.classInfo()
	if ci == nil {
		return nil
	}
	var out []proof
	for i := range ci.class.Fields {
		fd := &ci.class.Fields[i]
		var p proofs
		for word := range strings.SplitSeq(reflect.StructTag(fd.Tag).Get(key), ",") {
			if word == "dive" || strings.Contains(word, "|") {
				break // what follows is of the elements, or one of several rules
			}
			word, _, _ = strings.Cut(word, "=")
			p |= tagProofs[word]
		}
		if p == 0 {
			continue
		}
		for _, a := range v.atoms {
			if a.part == partNone {
				out = append(out, proof{a.node.member(fd.Name), p})
			}
		}
	}
	return out
}

// suffixTest in Subject makes a prefix test one of the end.
const suffixTest = -3

// provable gives the proofs of a subject, which for a containment check has to
// be resolved and for a check of addresses to be looked up.
func (f *frame) provable(v *value, p proofs, span source.Span) []proof {
	if v == nil || p == 0 {
		return nil
	}
	var out []proof
	for i := range v.atoms {
		a := &v.atoms[i]
		switch {
		case p == proveContained:
			out = append(out, f.contained(a, span))
		case p == provePublic:
			out = append(out, f.public(a, span))
		case a.part == partRel && p&proveContained != 0:
			out = append(out, proof{a.node, proveContained})
		case a.part == partNone:
			q := p
			if a.prefix != "" || a.flags&flagOpaque != 0 {
				q &^= proveNoDash
			}
			if p&(proveMember|proveNumber) != 0 {
				q = proveAll
			}
			out = append(out, proof{a.node, q})
		}
	}
	return out
}

func (f *frame) ensure(m *model, args *arguments, v *program.Value) {
	subject, _, _ := args.at(m.Subject, "")
	f.proveList(f.provable(apart([]*value{subject}, m, args)[0], m.Ensures, v.Span))
}

// matchTests gives what a match proves.
func (f *frame) matchTests(m *model, args *arguments, v *program.Value) *tests {
	subject, _, _ := args.at(m.Subject, "")
	pattern, _, _ := args.at(m.Pattern, "pattern")
	if pattern == nil || subject == nil {
		return nil
	}
	text := ""
	switch {
	case isRegexType(pattern.typ):
		text = pattern.text
	case pattern.isText():
		text = pattern.text
	}
	return f.matches(subject, text, m.Match, v.Span)
}

// callbacks calls the functions that a call is handed, and gives what becomes
// of their results.
func (f *frame) callbacks(m *model, args *arguments, v *program.Value) *value {
	var out *value
	for i := range m.Calls {
		c := &m.Calls[i]
		fn, _, ok := args.at(c.Arg, c.Key)
		if !ok || fn == nil {
			continue
		}
		if len(fn.fns) == 0 && fn.name == "" {
			f.askFor(fn)
			f.give(fn, first(f.handed(c, args, v).pos))
			continue
		}
		r := f.callback(c, fn, args, v)
		switch c.Result {
		case "given":
			out = join(out, f.handedOut(fn))
		case "result":
			if r == nil {
				r = configValue
			}
			out = join(out, r)
		case "elements":
			out = &value{form: formList, elems: []element{{r, true}}}
		case "filter":
			out = f.filtered(f.elements(args.recv), r)
		}
	}
	return out
}

// filtered gives a list of the elements of which a test holds.
func (f *frame) filtered(x, test *value) *value {
	if t := f.truthTests(test); t != nil {
		x = x.passed(t.yes)
	}
	return &value{form: formList, elems: []element{{x, true}}}
}

// passed gives a value with what is proven of its own origins.
func (v *value) passed(list []proof) *value {
	if v == nil || len(list) == 0 {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = append([]atom(nil), v.atoms...)
	for i := range n.atoms {
		for _, p := range list {
			if p.node == n.atoms[i].node {
				n.atoms[i].proven |= p.proven
			}
		}
	}
	return &n
}

// handed gives what one of them is called with.
func (f *frame) handed(c *callModel, args *arguments, v *program.Value) *arguments {
	given := &arguments{span: v.Span}
	add := func(x *value) { given.add(x, v.Span, nil) }
	switch c.With {
	case "elements":
		add(f.elements(args.recv))
	case "first":
		if len(args.pos) > 0 {
			add(f.elements(args.pos[0]))
		}
	case "receiver":
		add(args.recv)
	case "rest":
		for i := c.Arg + 1; i < len(args.pos); i++ {
			add(args.pos[i])
		}
		for i, k := range args.keys {
			if k.name != c.Key {
				given.keys = append(given.keys, k)
				given.kspans = append(given.kspans, args.kspans[i])
			}
		}
		if list, ok := f.option(args, "args"); ok {
			for _, e := range asElements(list) {
				add(e.v)
			}
		}
	case "elements-of-rest":
		for i := c.Arg + 1; i < len(args.pos); i++ {
			add(f.elements(args.pos[i]))
		}
	case "untrusted":
		add(nil)
		add(f.source(&sourceModel{Kind: "untrusted", What: "what the call gave"}, v.Span))
	}
	return given
}

// callback calls one of them. Its way out is not the caller's.
func (f *frame) callback(c *callModel, fn *value, args *arguments, v *program.Value) *value {
	given := f.handed(c, args, v)
	dead, unset := f.dead, f.unset
	var out *value
	if len(fn.fns) > 0 {
		out = f.invoke(fn, given, nil)
	} else {
		given.recv = fn.recv
		out, _ = f.library(fn.name, given, &program.Value{Op: program.OpCall, Span: v.Span, X: v.X})
	}
	f.dead, f.unset = dead, unset
	return out
}

// quantified gives what it proves of a collection that a test holds of every
// element, or of none, and what it proves of an element that passes.
func (f *frame) quantified(c callModel, args *arguments, v *program.Value) (t *tests, passed []proof) {
	fn, _, ok := args.at(c.Arg, c.Key)
	if !ok || fn == nil || len(fn.fns) == 0 {
		return nil, nil
	}
	mark, dead := f.mark(), f.dead
	given := &arguments{span: args.span}
	over := args.recv
	if c.With == "first" && len(args.pos) > 0 {
		over = args.pos[0]
	}
	over = f.elements(over)
	given.add(over, args.span, nil)
	out := f.invoke(fn, given, nil)
	f.rollback(mark)
	f.dead = dead
	if t = f.truthTests(out); t == nil {
		return nil, nil
	}
	if t.chars != nil && ofCharacters(v) {
		n := *t
		n.withChars(&charTest{of: t.chars.of, yes: t.chars.yes, no: t.chars.no})
		t = &n
	}
	if c.Result == "every" {
		return &tests{yes: t.yes}, t.yes
	}
	// some, found: the elements of a fixed list may be what is tested against.
	return &tests{yes: t.beside(over), no: t.no}, t.yes
}

// beside gives what is proven of anything but what is run over: of that one element
// passed, and nobody knows which.
func (t *tests) beside(over *value) []proof {
	var out []proof
	for _, p := range t.yes {
		if !over.from(p.node) {
			out = append(out, p)
		}
	}
	return out
}

// itemsField stands for the elements that a function adds to a collection.
const itemsField = "\x00items"

// itemsAdded tells callers what is added to a parameter, or to a variable of a
// function around this one.
func (f *frame) itemsAdded(name string, how mutation, args *arguments) {
	if f.sum == nil {
		return
	}
	i, own := f.paramNamed(name)
	if _, local := f.slots[name]; local && !own {
		return
	}
	added := &value{form: formList}
	for _, p := range args.pos {
		p = f.bake(p)
		if how == mutateExtend {
			added.elems = append(added.elems, asElements(p)...)
		} else {
			added.elems = append(added.elems, element{p, true})
		}
	}
	for k := range added.elems {
		added.elems[k].many = true
	}
	added.elems = boundElems(added.elems)
	if len(all(added)) == 0 && !holdsFns(added) {
		return
	}
	if own {
		f.sum.effect(i, itemsField, added)
	} else {
		f.sum.write(name, added)
	}
}

func holdsFns(v *value) bool {
	for _, e := range v.elems {
		if e.v != nil && len(e.v.fns) > 0 {
			return true
		}
	}
	return false
}

// withItems gives a collection with further elements.
func (v *value) withItems(added *value) *value {
	n := &value{form: formList}
	if v != nil {
		*n = *v
		n.digest, n.tests = 0, nil
	}
	if n.form != formList && n.form != formUnknown {
		return v.withAtoms(all(added))
	}
	n.form = formList
	n.elems = boundElems(append(n.elems[:len(n.elems):len(n.elems)], added.elems...))
	return n
}

// mutate changes the receiver of a call, or the argument that it fills.
func (f *frame) mutate(m *model, args *arguments, v *program.Value) {
	var expr *program.Value
	if v.X != nil && v.X.Op == program.OpField {
		expr = v.X.X
	}
	cur := args.recv
	switch m.Mutator {
	case mutateAppend, mutateExtend:
		if expr == nil {
			return
		}
		if expr.Op == program.OpIdent {
			f.itemsAdded(expr.Name, m.Mutator, args)
		}
		n := &value{form: formList}
		if cur != nil {
			*n = *cur
			n.digest, n.tests = 0, nil
		}
		if cur != nil && cur.form != formList {
			if len(args.everything()) == 0 {
				return
			}
			f.appendText(expr, cur, args.pos, v.Span)
			return
		}
		for _, p := range args.pos {
			p = f.bake(p) // what holds here holds of the element wherever it is read
			if m.Mutator == mutateExtend {
				n.elems = append(n.elems[:len(n.elems):len(n.elems)], asElements(p)...)
			} else {
				n.elems = append(n.elems[:len(n.elems):len(n.elems)], element{v: p})
			}
		}
		if args.spread != nil {
			n.elems = append(n.elems[:len(n.elems):len(n.elems)], asElements(args.spread)...)
		}
		n.elems = boundElems(n.elems)
		f.assign(expr, n, v.Span, false)
	case mutateAssign:
		if len(args.exprs) == 0 || args.exprs[0] == nil {
			return
		}
		n := args.pos[0]
		for _, p := range args.pos[1:] {
			if p == nil {
				continue
			}
			for _, m := range p.fields {
				n = n.withField(m.name, m.v)
			}
			n = n.withAtoms(p.atoms)
		}
		f.assign(args.exprs[0], n, v.Span, false)
	}
}

// appendText puts texts behind what a builder holds.
func (f *frame) appendText(expr *program.Value, cur *value, parts []*value, span source.Span) {
	for expr.Op == program.OpUnary && len(expr.Args) > 0 {
		expr = expr.Args[0]
	}
	if cur != nil && cur.name != "" {
		return // os.Stdout and the like
	}
	f.changed(expr, &value{atoms: atomsOf(parts)})
	if cur == nil || !builderTypes[cur.typ] || len(cur.fields) > 0 {
		f.assign(expr, cur.withAtoms(atomsOf(parts)), span, false)
		return
	}
	held := cur
	if cur.form != formText && cur.form != formPrefix && len(cur.atoms) == 0 {
		held = textValue("")
	}
	n := f.concatValues(append([]*value{held}, parts...), span)
	n.typ = cur.typ
	f.assign(expr, n, span, false)
}

// builderTypes are those that hold the text that was written into them.
var builderTypes = map[string]bool{"strings.Builder": true, "bytes.Buffer": true}

// applyValue gives the value behind a modelled name.
func (f *frame) applyValue(m *model, recv *value, at *program.Value) *value {
	var span source.Span
	if at != nil {
		span = at.Span
	}
	args := &arguments{recv: recv, span: span}
	if m.Source.Kind == "environment" {
		v := f.source(&m.Source, span)
		return v
	}
	v := at
	if v == nil {
		v = &program.Value{}
	}
	out := f.result(m, args, v)
	if m.Resolved && out == nil {
		out = resolved(recv)
	}
	if m.Constant != "" {
		return textValue(m.Constant)
	}
	if m.Separator {
		return &value{config: true, endsSep: true}
	}
	return f.modelTests(m, out, args, v)
}

func sortProofs(list []proof) {
	sort.Slice(list, func(i, k int) bool {
		a, b := list[i].node, list[k].node
		switch {
		case a.fn != b.fn:
			return a.fn < b.fn
		case a.param != b.param:
			return a.param < b.param
		case a.path != b.path:
			return a.path < b.path
		case a.cut != b.cut:
			return a.cut < b.cut
		}
		return a.kind < b.kind
	})
}
