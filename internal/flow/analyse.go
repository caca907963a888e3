package flow

// analyse.go puts what the functions say together: what the entries of a file
// lead to, and what they are able to do.

import (
	"sort"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Analyse follows the flows of one file. With the previous version's result,
// what has not changed is not analysed again.
func Analyse(facts *mcp.Facts, prev *Result) *Result { return AnalyseLinked(facts, prev, alone{}) }

// AnalyseLinked is Analyse for a file whose imports may be part of the program.
func AnalyseLinked(facts *mcp.Facts, prev *Result, l Linker) *Result {
	if facts == nil || facts.File == nil || len(facts.File.Funcs) == 0 {
		return &Result{}
	}
	h := &home{patterns: map[string]regexFact{}, interests: map[*program.Function]interest{}}
	var before map[uint64]*summary
	if prev != nil && prev.unit != nil && prev.unit.file.Path == facts.File.Path && prev.unit.file.Lang == facts.File.Lang {
		h, before = prev.unit.home, prev.summaries
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	u := newUnit(facts, h, before, l)
	u.run()
	r := &Result{unit: u, summaries: make(map[uint64]*summary, len(u.sums))}
	for i, s := range u.sums {
		if s == nil {
			// Nobody asked for it, perhaps as all that call it were taken over.
			if s = before[u.ids[i]]; s == nil || s.fn != facts.File.Funcs[i].Function {
				continue
			}
		}
		r.summaries[u.ids[i]] = s
	}
	b := &assembly{u: u, r: r, seen: map[flowKey]*Flow{}}
	b.assemble()
	if u.budget < 0 {
		r.Notes = append(r.Notes, Note{source.Span{}, "the file is too large to follow all of its values"})
	}
	h.interests = u.interests
	u.prev, u.valid, u.cache, u.interests = nil, nil, nil, nil
	return r
}

// run analyses what has to be: the handlers with what they lead to, and every
// function that mentions something a model speaks of.
func (u *unit) run() {
	if !u.facts.Part {
		if !u.anySecret() {
			return
		}
	}
	u.summary(0)
	for _, e := range u.facts.Entries {
		if e.Handler >= 0 && e.Handler < len(u.state) && u.state[e.Handler] == stateNew {
			u.summary(e.Handler)
		}
	}
	for _, in := range u.facts.Inputs() {
		if in.Func >= 0 && in.Func < len(u.state) && u.state[in.Func] == stateNew {
			u.summary(in.Func)
		}
	}
	for i := range u.file.Funcs {
		if u.state[i] == stateNew && u.budget >= 0 && !u.dull(i) {
			u.summary(i)
		}
	}
}

// anySecret reports whether a file that has no part in a server reads secrets
// and writes something out: the one flow that needs no entry.
func (u *unit) anySecret() bool {
	text := u.file.Tree.Text.String()
	for _, w := range []string{"environ", "getenv", "process.env", "Getenv"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// interest is what a function's text shows before it is followed.
type interest uint8

const (
	interestNone  interest = iota // it calls nothing
	interestCalls                 // it calls something
	interestWords                 // it mentions something that a model speaks of
)

// interest looks a function over, once for each text.
func (u *unit) interest(i int) interest {
	fn := u.file.Funcs[i].Function
	if n, ok := u.interests[fn]; ok {
		return n
	}
	n, ok := u.home.interests[fn]
	if !ok {
		fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v == nil || n == interestWords {
				return n != interestWords
			}
			switch v.Op {
			case program.OpCall, program.OpNew:
				n = max(n, interestCalls)
			case program.OpTemplate:
				if v.X != nil {
					n = max(n, interestCalls)
				}
			case program.OpField, program.OpIdent:
				if u.ms.words[v.Name] {
					n = interestWords
				}
			}
			return n != interestWords
		})
	}
	u.interests[fn] = n
	return n
}

// worthwhile reports whether a closure can do anything with what it holds.
func (u *unit) worthwhile(i int) bool { return u.interest(i) != interestNone }

// dull reports whether a function that no entry leads to shows nothing.
func (u *unit) dull(i int) bool { return u.interest(i) != interestWords }

// assembly makes the result of a file.
type assembly struct {
	u    *unit
	r    *Result
	seen map[flowKey]*Flow
	// reach tells for each function which entries lead to it.
	reach map[int][]*mcp.Entry
}

type flowKey struct {
	entry  *mcp.Entry
	param  string
	secret string
	src    source.Span
	sink   SinkKind
	call   source.Span
	arg    source.Span
}

func (b *assembly) assemble() {
	b.reach = b.reachable()
	roots := map[int]bool{}
	inputs := map[int][]mcp.InputParam{}
	for _, in := range b.u.facts.Inputs() {
		if in.Func >= 0 && in.Func < len(b.u.sums) {
			inputs[in.Func] = append(inputs[in.Func], in)
			roots[in.Func] = true
		}
	}
	for _, e := range b.u.facts.Entries {
		if e.Handler >= 0 && e.Handler < len(b.u.sums) {
			roots[e.Handler] = true
		}
	}
	for i := range b.u.file.Funcs {
		s := b.u.sums[i]
		if s == nil {
			continue
		}
		b.uses(i, s)
		b.sources(i, s)
		for _, text := range s.notes {
			p := &b.u.file.Funcs[i]
			b.r.Notes = append(b.r.Notes, Note{p.NameSpan.Shift(p.Start), text})
		}
		if !roots[i] {
			continue
		}
		for k := range s.hits {
			b.inputs(i, &s.hits[k], inputs[i])
		}
		b.results(i, s)
	}
	sort.SliceStable(b.r.Flows, func(i, k int) bool {
		x, y := b.r.Flows[i], b.r.Flows[k]
		if x.Call.Start != y.Call.Start {
			return x.Call.Start < y.Call.Start
		}
		if x.Arg.Start != y.Arg.Start {
			return x.Arg.Start < y.Arg.Start
		}
		if x.Sink != y.Sink {
			return x.Sink < y.Sink
		}
		return x.Param < y.Param
	})
	sort.SliceStable(b.r.Uses, func(i, k int) bool { return b.r.Uses[i].Span.Start < b.r.Uses[k].Span.Start })
}

// reachable gives the entries that lead to each function.
func (b *assembly) reachable() map[int][]*mcp.Entry {
	out := map[int][]*mcp.Entry{}
	byHandler := map[int][]*mcp.Entry{}
	for _, e := range b.u.facts.Entries {
		if e.Handler >= 0 && e.Handler < len(b.u.sums) {
			byHandler[e.Handler] = append(byHandler[e.Handler], e)
		}
	}
	for h, entries := range byHandler {
		seen := map[int]bool{}
		work := []int{h}
		for len(work) > 0 {
			i := work[len(work)-1]
			work = work[:len(work)-1]
			if seen[i] {
				continue
			}
			seen[i] = true
			out[i] = append(out[i], entries...)
			if s := b.u.sums[i]; s != nil {
				for _, id := range s.reach {
					if k, ok := b.u.byID[id]; ok {
						work = append(work, k)
					}
				}
			}
			// A closure within a handler runs when somebody calls it.
			for _, n := range b.u.file.Funcs[i].Nested {
				if k, ok := b.u.index[n.Func]; ok && n.Func.Kind == program.KindClosure {
					work = append(work, k)
				}
			}
		}
	}
	for i := range out {
		list := out[i]
		sort.SliceStable(list, func(a, c int) bool { return list[a].Span.Start < list[c].Span.Start })
	}
	return out
}

func (b *assembly) uses(i int, s *summary) {
	start := b.u.file.Funcs[i].Start
	for _, x := range s.uses {
		n := &Use{Kind: x.kind, Callee: x.callee, Func: i, Span: x.call.Shift(start), Mutates: x.mutates}
		if x.arg.End > 0 {
			n.Arg = x.arg.Shift(start)
		}
		for _, e := range b.reach[i] {
			if e.Handler == i && e.Branch.Len() > 0 && !e.Branch.Contains(n.Span) && b.inOtherBranch(i, n.Span) {
				continue
			}
			n.Entries = append(n.Entries, e)
		}
		b.r.Uses = append(b.r.Uses, n)
	}
}

// inOtherBranch reports whether a place belongs to the branch of some entry.
func (b *assembly) inOtherBranch(i int, span source.Span) bool {
	for _, e := range b.u.facts.Entries {
		if e.Handler == i && e.Branch.Len() > 0 && e.Branch.Contains(span) {
			return true
		}
	}
	return false
}

// sources makes the flows of what the program itself reads: secrets, and what
// it fetched.
func (b *assembly) sources(i int, s *summary) {
	for k := range s.hits {
		h := &s.hits[k]
		switch h.kind {
		case fromSecret:
			if h.sink == Log || h.sink == Stdout || h.sink == Body {
				b.add(&Flow{Secret: h.path, Entry: b.entryOf(i, h)}, h)
			}
		case fromUntrusted:
			if h.sink != Log && h.sink != Stdout && h.sink != Body && h.sink != Header {
				b.add(&Flow{Kind: mcp.Untrusted, Entry: b.entryOf(i, h)}, h)
			}
		case fromRequest:
			if !dangerous(h.sink) {
				continue
			}
			e := b.entryOf(i, h)
			name := b.memberParam(e, h.path)
			if e != nil && satisfied(e, name, &h.atom, h.sink) {
				continue
			}
			b.add(&Flow{Kind: mcp.Input, Entry: e, Param: name}, h)
		}
	}
}

// dangerous reports whether what a caller chose does harm at a sink. That it is
// logged, sent on or returned is what it was given for, unless it is a secret.
func dangerous(k SinkKind) bool {
	switch k {
	case Log, Stdout, ResultSink, Body:
		return false
	}
	return true
}

// entryOf gives the entry that leads to a hit in function i.
func (b *assembly) entryOf(i int, h *hit) *mcp.Entry {
	site := h.site.Shift(b.u.file.Funcs[i].Start)
	for _, e := range b.reach[i] {
		if e.Handler == i && e.Branch.Len() > 0 && e.Branch.Contains(site) {
			return e
		}
	}
	for _, e := range b.reach[i] {
		if e.Handler == i && e.Branch.Len() > 0 && b.inOtherBranch(i, site) {
			continue
		}
		return e
	}
	return nil
}

// inputs makes the flows of what a caller chose.
func (b *assembly) inputs(i int, h *hit, inputs []mcp.InputParam) {
	if h.kind != fromParam || h.node.fn != b.u.ids[i] {
		return
	}
	for k := range inputs {
		in := &inputs[k]
		if in.Param != int(h.param) {
			continue
		}
		rest, ok, exact := below(h.path, in.Path)
		if !ok {
			continue
		}
		f := &Flow{Kind: in.Kind, Entry: in.Entry}
		if f.Kind == mcp.NoSource {
			f.Kind = mcp.Input
		}
		if !exact {
			f.Options = map[string]string{"assumed": "member"}
		}
		if f.Entry == nil {
			f.Entry = b.entryOf(i, h)
		}
		f.Param = b.paramName(i, in, f.Entry, rest)
		if !dangerous(h.sink) && h.sink != ResultSink && !(h.sink != Body && secretName(f.Param)) {
			return
		}
		if f.Entry != nil && satisfied(f.Entry, f.Param, &h.atom, h.sink) {
			continue
		}
		b.add(f, h)
		return
	}
}

// below gives the members behind path, if a value at have is part of what stands
// at path, or the other way round.
func below(have string, path []string) (rest string, ok, exact bool) {
	for i, p := range path {
		if have == "" {
			return "", true, i == len(path)
		}
		have = have[1:]
		name := have
		if k := strings.Index(have, pathSep); k >= 0 {
			name, have = have[:k], have[k:]
		} else {
			have = ""
		}
		if name != p {
			return "", false, false
		}
	}
	return have, true, true
}

// memberParam gives the name of the parameter that a member of a request is.
func (b *assembly) memberParam(e *mcp.Entry, path string) string {
	name := strings.TrimPrefix(path, pathSep)
	if c := strings.Index(name, pathSep); c >= 0 {
		name = name[:c]
	}
	if e != nil {
		for k := range e.Params {
			if e.Params[k].Member == name {
				return e.Params[k].Name
			}
		}
	}
	return name
}

// paramName gives the name of the tool's parameter.
func (b *assembly) paramName(i int, in *mcp.InputParam, e *mcp.Entry, rest string) string {
	first := strings.TrimPrefix(rest, pathSep)
	if k := strings.Index(first, pathSep); k >= 0 {
		first = first[:k]
	}
	p := b.u.file.Funcs[i].Params
	own := ""
	if in.Param >= 0 && in.Param < len(p) {
		own = p[in.Param].Name
	}
	if e != nil {
		for k := range e.Params {
			q := &e.Params[k]
			if q.Var != "" && q.Var == own || q.Member != "" && q.Member == first {
				return q.Name
			}
		}
		if e.Param(own) != nil {
			return own
		}
		if first != "" && e.Param(first) != nil {
			return first
		}
	}
	if first != "" && (len(in.Path) > 0 || in.Named) {
		return first
	}
	if in.Named {
		return ""
	}
	return own
}

// satisfied reports whether the schema already proves what the sink asks for.
func satisfied(e *mcp.Entry, param string, a *atom, kind SinkKind) bool {
	p := e.Param(param)
	if p == nil || a.cut != 0 && a.proven&proveDoubt == 0 && p.Constraint.Pattern != "" {
		return false
	}
	proven := a.proven | constraintProofs(&p.Constraint)
	if a.prefix != "" || a.flags&flagOpaque != 0 {
		return proven.enough(kind)
	}
	return proven.enough(kind)
}

// constraintProofs gives what a schema proves of a parameter.
func constraintProofs(c *mcp.Constraint) proofs {
	if len(c.Enum) > 0 {
		return proveAll
	}
	switch c.Type {
	case "integer", "number", "boolean":
		return proveAll
	}
	switch c.Format {
	case "uuid", "date", "date-time", "time", "ipv4", "ipv6", "cuid", "cuid2", "ulid", "nanoid":
		return proveAll
	}
	if c.Pattern == "" {
		return 0
	}
	return lookInto(c.Pattern, matchSearch).yes
}

// results makes the flows of what a handler returns to the model.
func (b *assembly) results(i int, s *summary) {
	if len(b.reach[i]) == 0 || s.ret == nil {
		return
	}
	for _, a := range all(s.ret) {
		h := &hit{atom: a, sink: ResultSink, callee: "return", fn: b.u.ids[i]}
		if a.steps != nil && a.steps.fn == h.fn {
			h.call, h.arg, h.site = a.steps.span, a.steps.span, a.steps.span
		} else {
			h.call = b.u.file.Funcs[i].NameSpan
			h.arg = h.call
		}
		switch a.kind {
		case fromSecret:
			b.add(&Flow{Secret: a.path, Entry: b.entryOf(i, h)}, h)
		case fromUntrusted:
			b.add(&Flow{Kind: mcp.Untrusted, Entry: b.entryOf(i, h)}, h)
		}
	}
}

// add completes a flow and adds it, unless an equal one is there already.
func (b *assembly) add(f *Flow, h *hit) {
	k, ok := b.u.byID[h.fn]
	if !ok {
		return
	}
	start := b.u.file.Funcs[k].Start
	f.Sink, f.Callee, f.Path = h.sink, h.callee, b.u.file.Path
	f.Call, f.Arg = h.call.Shift(start), h.arg.Shift(start)
	f.Whole = h.flags&flagPartial == 0
	f.Prefix = h.prefix
	f.Sure = h.flags&flagUnsure == 0 && h.proven&proveDoubt == 0 && f.Options == nil
	if len(h.options) > 0 {
		f.Options = h.options
	} else {
		f.Options = nil
	}
	b.steps(f, h)
	var src source.Span
	if len(f.Steps) > 0 && f.Param == "" {
		src = f.Steps[0].Span
	}
	key := flowKey{f.Entry, f.Param, f.Secret, src, f.Sink, f.Call, f.Arg}
	if b.seen[key] != nil {
		return
	}
	b.seen[key] = f
	for _, x := range h.failed {
		if i, ok := b.u.byID[x.fn]; ok {
			f.Failed = append(f.Failed, FailedGuard{x.span.Shift(b.u.file.Funcs[i].Start), x.reason, x.text})
		}
	}
	b.r.Flows = append(b.r.Flows, f)
}

// steps writes the path out, from the source to the sink.
func (b *assembly) steps(f *Flow, h *hit) {
	var list []*step
	for s := h.steps; s != nil; s = s.prev {
		list = append(list, s)
	}
	add := func(span source.Span, text string) {
		if n := len(f.Steps); n > 0 && f.Steps[n-1].Span == span && f.Steps[n-1].Text == text {
			return
		}
		f.Steps = append(f.Steps, Step{b.u.file.Path, span, text})
	}
	if h.kind == fromParam {
		span, text := b.origin(f, h)
		add(span, text)
	}
	for i := len(list) - 1; i >= 0; i-- {
		s := list[i]
		if k, ok := b.u.byID[s.fn]; ok {
			add(s.span.Shift(b.u.file.Funcs[k].Start), s.text)
		}
	}
	text := sinkText[h.sink]
	if h.callee != "" && h.sink != ResultSink {
		text += " by " + h.callee
	}
	f.Steps = append(f.Steps, Step{b.u.file.Path, f.Arg, text})
}

// origin gives the place of the parameter that a flow begins at.
func (b *assembly) origin(f *Flow, h *hit) (source.Span, string) {
	text := "the caller chooses this value"
	if f.Param != "" {
		text = "the caller chooses " + f.Param
	}
	if f.Kind == mcp.Untrusted {
		text = "comes from outside"
	}
	i, ok := b.u.byID[h.node.fn]
	if !ok {
		return source.Span{}, text
	}
	p := &b.u.file.Funcs[i]
	if f.Entry != nil && f.Param != "" {
		if q := f.Entry.Param(f.Param); q != nil && q.Span.Len() > 0 {
			return q.Span, text
		}
	}
	if k := int(h.param); k >= 0 && k < len(p.Params) {
		return p.Params[k].Span.Shift(p.Start), text
	}
	return p.NameSpan.Shift(p.Start), text
}

var sinkText = map[SinkKind]string{
	Shell: "is interpreted by a shell", Argv: "becomes an argument of a program", Program: "names the program that is started",
	PathRead: "names a file that is read", PathWrite: "names a file that is written", PathDelete: "names a file that is deleted",
	Request: "decides where a request goes", Body: "is sent along with a request", Header: "is a header of a request",
	Query: "becomes text of a query", Eval: "is run as code", Deserialize: "is turned into objects", Log: "is written to a log",
	Stdout: "is written to standard output", ResultSink: "returns to the model", Redirect: "decides where a browser is sent",
	Open: "is opened on the desktop",
}
