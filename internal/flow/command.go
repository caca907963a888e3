package flow

// command.go says what the start of a process does with the words it is given:
// which is the program, which may become an option of it, which are read by a
// shell or an interpreter. What is known of programs is data:
// models/programs.yaml.

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// programModel is what is known of a program that servers start.
type programModel struct {
	For []string `yaml:"for"`
	// Harm is set where an option of it writes, loads or sends files, starts
	// programs, or leads elsewhere.
	Harm bool `yaml:"harm"`
	// Flags are its options that take no value, so that the word behind one is a
	// word of its own. Behind any other option stands the value of that option.
	Flags []string `yaml:"flags"`
	// Runs are its options by what the word behind them is.
	Runs map[string]SinkKind `yaml:"runs"`
	// Rest is set where all words behind such an option are one text.
	Rest bool `yaml:"rest"`
	// Fold is set where the case of its options does not matter.
	Fold bool `yaml:"fold"`
	// Opens is set where it hands its words to the desktop, which opens each with
	// the program for it.
	Opens bool `yaml:"opens"`
	// Starts is set where a command follows among its arguments.
	Starts bool `yaml:"starts"`
	// Script is set where the first word is a script, to which the rest belongs;
	// Module is the option behind which it may stand as well.
	Script bool   `yaml:"script"`
	Module string `yaml:"module"`
	// Names is the place, among the words that are no options, of one that names
	// a program of its own.
	Names *int `yaml:"names"`
	// Joins is the number of words, besides options, behind which the rest is
	// put together for a shell elsewhere; 0 is never.
	Joins int `yaml:"joins"`
	// JoinsAfter is the word behind which that is so.
	JoinsAfter string `yaml:"joins-after"`
}

// programs are the known programs by name.
var programs = sync.OnceValue(func() map[string]*programModel {
	data, err := modelFiles.ReadFile("models/programs.yaml")
	if err == nil {
		var out map[string]*programModel
		if out, err = readPrograms(data); err == nil {
			return out
		}
	}
	panic("flow: " + err.Error())
})

func readPrograms(data []byte) (map[string]*programModel, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var list []*programModel
	if err := dec.Decode(&list); err != nil {
		return nil, err
	}
	out := map[string]*programModel{}
	for _, m := range list {
		for option, kind := range m.Runs {
			if !slices.Contains(sinkKinds, kind) {
				return nil, fmt.Errorf("%v: unknown sink %q behind %s", m.For, kind, option)
			}
		}
		for _, name := range m.For {
			if out[name] != nil {
				return nil, fmt.Errorf("%s is given twice", name)
			}
			out[name] = m
		}
	}
	return out, nil
}

// noProgram is a program of which nothing is known.
var noProgram = &programModel{}

// programOf gives what is known of the program behind a name or path.
func programOf(name string) (*programModel, string) {
	name = strings.ToLower(name[strings.LastIndexAny(name, `/\`)+1:])
	for _, end := range []string{".exe", ".cmd", ".bat"} {
		name = strings.TrimSuffix(name, end)
	}
	if m := programs()[name]; m != nil {
		return m, name
	}
	if m := programs()[strings.TrimRight(name, "0123456789.")]; m != nil {
		return m, name
	}
	return noProgram, name
}

// process is the start of a process, as far as a function knows it.
type process struct {
	style commandStyle
	prog  *value // the program; of a text or of one list, the whole command
	args  []element
	opts  []*value // objects that may ask for a shell
	shell *value   // the option that asks for one, nil where there is none
	name  string
	fn    uint64 // the function that the call stands in
	call  source.Span
	pspan source.Span // of prog
	lspan source.Span // of the arguments
	spans []source.Span
}

// maxProcesses bounds the processes that are kept for the callers of a function.
const maxProcesses = 24

// command records the start of a process.
func (f *frame) command(m *model, name string, args *arguments, v *program.Value) {
	if m.Program != "" || m.Command == cmdTemplate {
		f.wordsFor(m, name, args, v)
		return
	}
	x, span, ok := args.at(m.At, cmp.Or(m.Key, "args"))
	if !ok {
		if x, ok = f.option(args, "cmd"); !ok {
			f.use(Program, name, v.Span, source.Span{}, true)
			return
		}
		span = v.Span
	}
	p := &process{style: m.Command, prog: x, name: name, fn: f.id, call: v.Span, pspan: span, lspan: span}
	switch m.Command {
	case cmdShell:
		f.use(Shell, name, v.Span, span, true)
		f.hit(Shell, x, name, v.Span, span, nil)
		return
	case cmdSpawn, cmdList:
		list, lspan, _ := args.at(m.At+1, "")
		if list != nil && list.form == formObject {
			list, _ = list.field("args")
		}
		if list != nil {
			p.args, p.lspan = asElements(list), lspan
		}
	case cmdVector:
		f.vectorOf(m, args, p)
	}
	if m.Command == cmdSpawn || m.Command == cmdSubprocess {
		p.shell, _ = f.option(args, "shell")
		p.opts = f.optionsBehind(m, args)
	}
	if p.inShell() {
		f.use(Shell, name, v.Span, span, true)
	} else {
		f.use(Program, name, v.Span, span, true)
	}
	f.start(p, v.Span)
}

// wordsFor records a process of which the arguments of a call, or the parts of a
// template, are the words.
func (f *frame) wordsFor(m *model, name string, args *arguments, v *program.Value) {
	p := &process{style: cmdVector, name: name, fn: f.id, call: v.Span, lspan: v.Span, pspan: v.Span}
	f.use(Program, name, v.Span, source.Span{}, true)
	if m.Command == cmdTemplate {
		p.args, p.spans = f.templateWords(v)
		if len(p.args) == 0 {
			return
		}
		p.prog, p.args, p.spans = p.args[0].v, p.args[1:], p.spans[1:]
		f.start(p, v.Span)
		return
	}
	p.prog = textValue(m.Program)
	if m.Program == "*" {
		p.prog = textValue(name[strings.LastIndexByte(name, '.')+1:])
	}
	add := func(x *value, span source.Span) {
		if x == nil || x.form != formList {
			p.args, p.spans = append(p.args, element{v: x}), append(p.spans, span)
			return
		}
		for _, e := range asElements(x) {
			p.args, p.spans = append(p.args, e), append(p.spans, span)
		}
	}
	for i := m.At; i < len(args.pos); i++ {
		add(args.pos[i], args.spans[i])
	}
	if args.spread != nil {
		for _, e := range asElements(args.spread) {
			p.args, p.spans = append(p.args, e), append(p.spans, args.span)
		}
	}
	f.start(p, v.Span)
}

// templateWords gives the words of a template with a tag that quotes each value,
// so that a value is one word or part of one. Behind | and && the words are
// those of another program.
func (f *frame) templateWords(v *program.Value) (out []element, spans []source.Span) {
	glued := ""
	for _, part := range v.Args {
		if part == nil {
			continue
		}
		if part.Op != program.OpConst {
			x := f.eval(part)
			switch {
			case glued != "":
				x = f.concatValues([]*value{textValue(glued), x}, part.Span)
				glued = ""
				out, spans = append(out, element{v: x}), append(spans, part.Span)
			case x != nil && x.form == formList:
				for _, e := range x.elems {
					out, spans = append(out, e), append(spans, part.Span)
				}
			default:
				out, spans = append(out, element{v: x}), append(spans, part.Span)
			}
			continue
		}
		text := part.Str
		if i := strings.LastIndexAny(text, "|&;\n"); i >= 0 {
			out, spans, text = nil, nil, text[i+1:]
		}
		for _, w := range strings.Fields(text) {
			out, spans = append(out, element{v: textValue(w)}), append(spans, part.Span)
		}
		if n := len(out); n > 0 && strings.TrimRight(text, " \t\n") == text && text != "" {
			glued = out[n-1].v.known()
			out, spans = out[:n-1], spans[:n-1]
		}
	}
	if glued != "" {
		out, spans = append(out, element{v: textValue(glued)}), append(spans, v.Span)
	}
	return out, spans
}

// optionsBehind gives the arguments behind the command that callers may fill
// with options.
func (f *frame) optionsBehind(m *model, args *arguments) []*value {
	var out []*value
	for i := m.At + 1; i < len(args.pos); i++ {
		if x := args.pos[i]; x.hasAtoms() && x.form != formList {
			out = append(out, x)
		}
	}
	if args.spread.hasAtoms() {
		out = append(out, args.spread)
	}
	return out
}

func (f *frame) vectorOf(m *model, args *arguments, p *process) {
	for i := m.At + 1; i < len(args.pos); i++ {
		p.args = append(p.args, element{v: args.pos[i]})
		p.spans = append(p.spans, args.spans[i])
	}
	if args.spread == nil {
		return
	}
	for _, e := range asElements(args.spread) {
		p.args = append(p.args, e)
		p.spans = append(p.spans, args.span)
	}
	if m.At >= len(args.pos) && len(p.args) > 0 {
		// The program itself was spread: f(*argv).
		p.style, p.prog = cmdSubprocess, &value{form: formList, elems: p.args}
		p.args, p.spans = nil, nil
	}
}

// inShell reports whether the process is started by a shell.
func (p *process) inShell() bool {
	asks := func(v *value) bool {
		if v == nil || v.form == formUnknown && !v.hasAtoms() {
			return false
		}
		is, known := v.truth()
		return known && is || !known && v.form != formUnknown
	}
	if p.shell != nil {
		return asks(p.shell)
	}
	for _, o := range p.opts {
		if s, ok := o.field("shell"); ok && asks(s) {
			return true
		}
	}
	return false
}

// open reports whether a caller may know more of the process than its function.
func (p *process) open() bool {
	has := func(v *value) bool {
		return slices.ContainsFunc(all(v), func(a atom) bool { return a.kind == fromParam })
	}
	if has(p.prog) || has(p.shell) || slices.ContainsFunc(p.opts, has) {
		return true
	}
	return slices.ContainsFunc(p.args, func(e element) bool { return has(e.v) })
}

// start records what a process does with the values it is given. Where they come
// from parameters, every caller is asked again: it may know the program, and which
// word stands where in a list.
func (f *frame) start(p *process, site source.Span) {
	w := &starting{f: f, p: p, site: site}
	if f.sum != nil && p.open() && len(f.sum.starts) < maxProcesses && !f.sum.knows(p) {
		w.again = true
		f.sum.starts = append(f.sum.starts, f.baked(p))
	}
	switch {
	case p.inShell():
		w.hit(Shell, p.prog, p.pspan)
		for i, e := range p.args {
			w.hit(Shell, e.v, w.span(i))
		}
	case p.style == cmdText:
		w.text()
	case p.style == cmdSubprocess:
		w.whole()
	case p.prog != nil && p.prog.form == formList:
		w.whole()
	default:
		w.vector(p.prog, p.args)
	}
}

// knows reports whether a process is kept already: one of a function that calls
// itself comes back again and again.
func (s *summary) knows(p *process) bool {
	n := 0
	for _, q := range s.starts {
		if q.fn == p.fn && q.call == p.call {
			n++
		}
	}
	return n >= 6
}

// baked gives a process with what is proven of its values here.
func (f *frame) baked(p *process) *process {
	n := *p
	n.prog, n.shell = f.bake(p.prog), f.bake(p.shell)
	n.args = make([]element, len(p.args))
	for i, e := range p.args {
		n.args[i] = element{f.bake(e.v), e.many}
	}
	n.opts = make([]*value, len(p.opts))
	for i, o := range p.opts {
		n.opts[i] = f.bake(o)
	}
	return &n
}

// applyStarts starts the processes of a callee with what is known here.
func (f *frame) applyStarts(s *summary, sub *substitution, site source.Span) {
	for _, p := range s.starts {
		n := *p
		n.prog, n.shell = sub.list(p.prog), sub.value(p.shell)
		if words, ok := n.prog.words(); ok && !n.prog.split.rest {
			n.prog = words[0].v
		}
		n.args, n.spans = nil, nil
		for i, e := range p.args {
			for _, x := range sub.element(e) {
				n.args = append(n.args, x)
				if i < len(p.spans) {
					n.spans = append(n.spans, p.spans[i])
				}
			}
		}
		n.args = boundElems(n.args)
		n.opts = make([]*value, len(p.opts))
		for i, o := range p.opts {
			n.opts[i] = sub.value(o)
		}
		f.start(&n, site)
	}
}

// element gives the elements that stand for one of the callee's.
func (s *substitution) element(e element) []element {
	v := s.list(e.v)
	if words, ok := v.words(); ok && e.many == v.split.rest {
		return words
	}
	if !e.many || v == nil || v.form != formList {
		return []element{{v, e.many}}
	}
	return asElements(v)
}

// list gives a value of the callee; what is proven of a list there is proven of
// what is in it.
func (s *substitution) list(v *value) *value {
	if v == nil || v.form != formUnknown || len(v.atoms) != 1 {
		if v != nil && v.form == formList {
			n := &value{form: formList}
			for _, e := range v.elems {
				n.elems = append(n.elems, s.element(e)...)
			}
			n.elems = boundElems(n.elems)
			return n
		}
		return s.value(v)
	}
	n := s.value(v)
	if p := v.atoms[0].proven; p != 0 && n != nil && n.form == formList {
		c := *n
		c.digest = 0
		c.elems = make([]element, len(n.elems))
		for i, e := range n.elems {
			c.elems[i] = element{e.v.withProofs(p), e.many}
		}
		return &c
	}
	return n
}

// withProofs gives the value with more proven of its origins.
func (v *value) withProofs(p proofs) *value {
	if !v.hasAtoms() {
		return v
	}
	n := *v
	n.digest = 0
	n.atoms = slices.Clone(v.atoms)
	for i := range n.atoms {
		n.atoms[i].proven |= p
	}
	return &n
}

// starting is a process while its words are looked at.
type starting struct {
	f     *frame
	p     *process
	site  source.Span
	again bool // callers are asked again
	// options are what a check may ask for.
	options map[string]string
}

func (w *starting) span(i int) source.Span {
	if i < len(w.p.spans) {
		return w.p.spans[i]
	}
	return w.p.lspan
}

func (w *starting) hit(kind SinkKind, v *value, arg source.Span) {
	f, p := w.f, w.p
	for _, a := range all(v) {
		a.proven |= f.proven(a.node)
		if a.proven.enough(kind) || harmless(kind, &a) {
			continue
		}
		f.addHit(hit{atom: a, sink: kind, callee: p.name, fn: p.fn, call: p.call, arg: arg, site: w.site, options: w.options, again: w.again})
	}
}

// text takes a command that is split into words without a shell.
func (w *starting) text() {
	if v := w.p.prog; v != nil && v.form == formList {
		w.whole()
		return
	}
	words := splitWords(w.p.prog)
	if len(words) > 0 {
		w.vector(words[0].v, words[1:])
		if words[0].many {
			w.vector(nil, words)
		}
	}
}

// splitWords gives the words of a text, as far as it is known how it begins. A
// value in a text may hold blanks, so it may be any number of words.
func splitWords(v *value) []element {
	known := v.known()
	var out []element
	for _, word := range strings.Fields(known) {
		out = append(out, element{v: textValue(word)})
	}
	atoms := all(v)
	if len(atoms) == 0 {
		return out
	}
	if n := len(out); n > 0 && !strings.HasSuffix(known, " ") {
		out = out[:n-1] // a value stands within this word
	}
	free := slices.Clone(atoms)
	for i := range free {
		free[i].prefix, free[i].flags = "", free[i].flags&^(flagPartial|flagOpaque)
	}
	return append(out, element{&value{atoms: free}, true})
}

// wordsOf gives the list of the words of a text.
func (f *frame) wordsOf(v *value, span source.Span) *value {
	out := &value{form: formList, elems: splitWords(v)}
	for i, e := range out.elems {
		if e.v.hasAtoms() {
			out.elems[i].v = &value{atoms: f.cut(e.v.atoms, span)}
		}
	}
	return out
}

// isParameter reports whether a value is a parameter as it was handed in.
func (v *value) isParameter() bool {
	return v != nil && v.form == formUnknown && len(v.atoms) == 1 && v.split == nil &&
		v.atoms[0].kind == fromParam && v.atoms[0].cut == 0 && v.atoms[0].flags == 0
}

// openWords gives the list of the words of a parameter, of which the callers may
// know more.
func (f *frame) openWords(v *value, span source.Span) *value {
	atoms := f.cut(v.atoms, span)
	return &value{form: formList, elems: []element{
		{&value{atoms: atoms, split: &split{of: v}}, false},
		{&value{atoms: atoms, split: &split{of: v, rest: true}}, true},
	}}
}

// words gives the words that the value stands for, once it is known how the text
// begins; ok is false before.
func (v *value) words() (words []element, ok bool) {
	if v == nil || v.split == nil || v.split.of.known() == "" {
		return nil, false
	}
	text := *v.split.of
	text.atoms, text.digest = v.atoms, 0
	words = splitWords(&text)
	switch {
	case len(words) == 0 || words[0].many:
		return nil, false
	case v.split.rest:
		return words[1:], true
	}
	return words[:1], true
}

// splitsAtBlanks reports whether a text is split into its words.
func splitsAtBlanks(by []*value) bool {
	if len(by) == 0 {
		return true
	}
	sep := by[0]
	return sep.isText() && sep.text == " " || sep != nil && isRegexType(sep.typ) && (sep.text == `\s+` || sep.text == " +")
}

// whole takes a command that is one list, or the name of a program.
func (w *starting) whole() {
	v := w.p.prog
	if v == nil {
		return
	}
	if v.form != formList {
		w.hit(Program, v, w.p.pspan)
		return
	}
	words := asElements(v)
	if len(words) == 0 {
		return
	}
	w.vector(words[0].v, words[1:])
	if words[0].many {
		w.vector(nil, words[:1])
	}
}

// vector takes a program and its arguments: a value among them may become an
// option, unless -- stands before it or it is the value of an option; behind
// some options it is code.
func (w *starting) vector(prog *value, args []element) {
	w.hit(Program, prog, w.p.pspan)
	m, name := programOf(prog.known())
	if name != "" {
		w.options = map[string]string{"program": name}
	}
	s := words{starting: w, program: m}
	for i, e := range args {
		if e.v.isNone() || e.v != nil && e.v.form == formObject {
			continue
		}
		if e.v.known() != "" && !e.v.hasAtoms() {
			s.fixed(e)
		} else {
			s.free(e, w.span(i))
		}
	}
}

// words reads the arguments of a program from left to right.
type words struct {
	*starting
	program *programModel
	ended   bool     // -- has been read
	handed  bool     // the rest is handed to the text that an interpreter runs
	joined  bool     // the rest is for a shell elsewhere
	option  bool     // the word before is an option that takes a value
	maybe   bool     // and need not be there
	next    SinkKind // what the next word is
	plain   int      // words that were no options
}

// fixed takes a word of which the beginning is known.
func (s *words) fixed(e element) {
	text := e.v.text
	if s.joined {
		return
	}
	if s.next != "" && s.program.Script && e.v.isText() && !e.many {
		// What follows the text is handed to it, not to the interpreter. A text that
		// runs what it is handed is no end.
		s.handed = !strings.Contains(text, "$@") && !strings.Contains(text, "$*")
		s.ended = s.ended || s.handed
	}
	s.next = ""
	if s.program.Starts && e.v.isText() && !s.handed {
		if m, _ := programOf(text); len(m.Runs) > 0 || m.Starts || m.Joins > 0 {
			*s = words{starting: s.starting, program: m}
			return
		}
	}
	if e.v.isText() && (text == "--" || text == "--end-of-options") {
		s.ended, s.option = s.ended || !e.many, false
		return
	}
	if s.program.JoinsAfter != "" && text == s.program.JoinsAfter {
		s.joined = true
	}
	if kind := s.runs(text); kind != "" && !s.ended {
		s.next, s.option = kind, false
		s.joined = s.program.Rest
		return
	}
	if s.program.Module != "" && text == s.program.Module {
		s.plain++
	}
	if !s.ended && len(text) > 1 && text[0] == '-' {
		s.option = !strings.Contains(text, "=") && !slices.Contains(s.program.Flags, text)
		s.maybe = e.many || !e.v.isText()
		return
	}
	s.option = false
	s.word()
}

// word counts a word that is no option.
func (s *words) word() {
	s.plain++
	s.joined = s.joined || s.program.Joins > 0 && s.plain >= s.program.Joins
}

func (s *words) runs(text string) SinkKind {
	if s.program.Fold {
		text = strings.ToLower(text)
	}
	return s.program.Runs[text]
}

// free takes a word that is not known.
func (s *words) free(e element, span source.Span) {
	if kind := s.next; kind != "" {
		s.f.use(kind, s.p.name, s.p.call, span, true)
		s.hit(kind, e.v, span)
		if s.next = ""; !e.many {
			return
		}
	}
	if s.joined {
		s.hit(Shell, e.v, span)
		return
	}
	if s.option && (s.maybe || !e.many) {
		s.option = false
		return
	}
	s.option = false
	if !s.ended {
		kind := Operand
		switch {
		case s.program.Opens:
			kind = Open
		case s.program.Names != nil && s.plain == *s.program.Names:
			kind = Program
		case s.program.Harm && !(s.program.Script && s.plain > 0):
			kind = Argv
		}
		s.hit(kind, e.v, span)
	}
	if dashes := e.v.known(); !s.ended && len(dashes) > 0 && dashes[0] == '-' {
		// The caller names the option; what follows is its value.
		s.option, s.maybe = !strings.Contains(dashes, "="), e.many
		return
	}
	s.word()
}
