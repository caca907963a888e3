package flow

// analyse.go puts what the functions say together: what the entries of a file
// lead to, and what they are able to do.

import (
	"slices"
	"sort"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Analyse follows the flows of one file that stands alone. With the previous
// version's result, what has not changed is not analysed again.
func Analyse(facts *mcp.Facts, prev *Result) *Result {
	w := NewWorld()
	if prev != nil && prev.world != nil {
		w = prev.world
	}
	return w.Analyse([]*mcp.Facts{facts}, nil)[0]
}

// run analyses what has to be: the handlers with what they lead to, and every
// function that mentions something a model speaks of.
func (u *unit) run() {
	for _, i := range u.roots() {
		if u.state[i] == stateNew && u.budget >= 0 {
			u.summary(i)
		}
	}
	// What others asked for in the last version they can ask for again, and what
	// they see of this one has to be known before they are followed.
	for i := range u.file.Funcs {
		if u.state[i] == stateNew && u.budget >= 0 && u.prev[u.ids[i]] != nil {
			u.summary(i)
		}
	}
}

// roots gives the functions that are followed whoever asks for them.
// Of a file that nothing enters, that is none but where secrets may leave: the rest
// is followed where another file asks for it.
func (u *unit) roots() []int {
	if u.rooted == nil {
		u.rooted = u.findRoots()
	}
	return u.rooted
}

func (u *unit) findRoots() []int {
	if !u.facts.Entered() && !u.anySecret() {
		return []int{}
	}
	list := make([]int, 0, 16)
	add := func(i int) {
		if i >= 0 && i < len(u.state) {
			list = append(list, i)
		}
	}
	add(0)
	for _, e := range u.facts.Entries {
		add(e.Handler)
	}
	for _, in := range u.facts.Inputs() {
		add(in.Func)
	}
	for i := range u.file.Funcs {
		if !u.dull(i) {
			add(i)
		}
	}
	return list
}

// want marks the functions that the roots of all files lead to. What was asked for
// in an earlier version and is not any more says nothing now.
func (w *World) want(order [][]*member) {
	var work []site
	mark := func(u *unit, i int) {
		if !u.wanted[i] {
			u.wanted[i] = true
			work = append(work, site{u, i})
		}
	}
	for _, group := range order {
		for _, m := range group {
			if m.unit == nil {
				continue
			}
			clear(m.unit.wanted)
			for _, i := range m.unit.roots() {
				mark(m.unit, i)
			}
			for _, s := range m.served {
				mark(m.unit, s.fn)
			}
		}
	}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if at.u.state[at.i] == stateNew && at.u.budget >= 0 {
			at.u.summary(at.i) // it is handed on to code that is not known
		}
		if s := at.u.sums[at.i]; s != nil {
			for _, list := range [][]uint64{s.reach, s.mayReach} {
				for _, id := range list {
					if o, k, ok := at.u.at(id); ok {
						mark(o, k)
					}
				}
			}
		}
		if at.i == 0 {
			continue
		}
		for _, n := range at.placed().Nested {
			if k, ok := at.u.index[n.Func]; ok {
				mark(at.u, k)
			}
		}
	}
	for _, group := range order {
		for _, m := range group {
			if m.unit == nil {
				continue
			}
			d := newDigester()
			for i, yes := range m.unit.wanted {
				if yes {
					d.num(m.unit.ids[i])
				}
			}
			if m.wantedSum != uint64(d) {
				m.wantedSum, m.fresh = uint64(d), true
			}
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

// assembly puts together what begins in a file.
type assembly struct {
	u    *unit
	m    *member
	seen map[flowKey]*Flow
	// reach tells for each function which entries lead to it.
	reach map[site][]*mcp.Entry
}

type flowKey struct {
	entry  *mcp.Entry
	param  string
	secret string
	src    source.Span
	sink   SinkKind
	call   source.Span
	arg    source.Span
	path   string
	built  source.Span
}

func (b *assembly) assemble() {
	b.reach = b.reachable()
	roots := map[int]bool{}
	inputs := map[int][]mcp.InputParam{}
	for _, in := range b.entering() {
		if in.Func >= 0 && in.Func < len(b.u.sums) {
			inputs[in.Func] = append(inputs[in.Func], in)
			roots[in.Func] = true
		}
	}
	for _, e := range b.entries() {
		if e.Handler >= 0 && e.Handler < len(b.u.sums) {
			roots[e.Handler] = true
		}
	}
	for i := range b.u.file.Funcs {
		s := b.u.sums[i]
		if s == nil || !b.u.wanted[i] {
			continue
		}
		b.uses(site{b.u, i}, s)
		b.sources(i, s)
		for _, text := range s.notes {
			p := &b.u.file.Funcs[i]
			b.m.notes = append(b.m.notes, Note{p.NameSpan.Shift(p.Start), text})
		}
		if !roots[i] {
			continue
		}
		hits := b.u.entryHits(i, s)
		for k := range hits {
			b.inputs(i, &hits[k], inputs[i])
		}
		b.results(i, s)
	}
	for at := range b.reach {
		if at.u != b.u && at.u.sums[at.i] != nil {
			b.uses(at, at.u.sums[at.i])
		}
	}
	sort.SliceStable(b.m.uses, func(i, k int) bool {
		x, y := b.m.uses[i], b.m.uses[k]
		if x.File != y.File {
			return x.File == b.u.file || y.File != b.u.file && x.File.Path < y.File.Path
		}
		return x.Span.Start < y.Span.Start
	})
}

// entries gives the entries whose handlers stand in the file, whichever file
// registers them.
func (b *assembly) entries() []*mcp.Entry {
	if len(b.m.served) == 0 {
		return b.u.facts.Entries
	}
	out := slices.Clone(b.u.facts.Entries)
	for i := range b.m.served {
		out = append(out, b.m.served[i].entries...)
	}
	return out
}

// entering gives what the outside controls of the file's functions.
func (b *assembly) entering() []mcp.InputParam {
	var out []mcp.InputParam
	for i := range b.m.served {
		out = append(out, b.m.served[i].inputs...)
	}
	return append(out, b.u.facts.Inputs()...)
}

// handled is a part of a handler with the entries that it serves.
type handled struct {
	entries []*mcp.Entry
	// others are what the handler calls by name for other entries and not for these.
	others map[string]bool
}

// calls reports whether the part may call a function.
func (h *handled) calls(at site) bool {
	name := at.placed().Name
	return name == "" || !h.others[name]
}

// parts divides a handler by its branches: what it calls by name in one of them, it does
// not do for the entries of another.
func (b *assembly) parts(at site, entries []*mcp.Entry) []handled {
	branched := slices.ContainsFunc(entries, func(e *mcp.Entry) bool { return e.Branch.Len() > 0 && !e.Elsewhere })
	s := at.u.sums[at.i]
	if len(entries) < 2 || !branched || s == nil || at.u != b.u {
		return []handled{{entries: entries}}
	}
	var names []string
	for _, id := range s.reach {
		if o, k, ok := at.u.at(id); ok {
			if name := (site{o, k}).placed().Name; name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	text := at.u.file.Tree.Text
	named := make([]map[string]bool, len(entries))
	inBranch := map[string]bool{}
	for i, e := range entries {
		named[i] = map[string]bool{}
		branch := text.Slice(e.Branch)
		for _, name := range names {
			if holdsWord(branch, name) {
				named[i][name], inBranch[name] = true, true
			}
		}
	}
	parts := make([]handled, len(entries))
	for i, e := range entries {
		parts[i] = handled{entries: []*mcp.Entry{e}, others: map[string]bool{}}
		for name := range inBranch {
			if e.Branch.Len() > 0 && !named[i][name] {
				parts[i].others[name] = true
			}
		}
	}
	return parts
}

// holdsWord reports whether code holds a name that is no part of a longer one.
func holdsWord(code, name string) bool {
	for from := 0; ; {
		i := strings.Index(code[from:], name)
		if i < 0 {
			return false
		}
		start := from + i
		end := start + len(name)
		if (start == 0 || !inName(code[start-1])) && (end == len(code) || !inName(code[end])) {
			return true
		}
		from = end
	}
}

func inName(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// reachable gives the entries of this file that lead to each function.
func (b *assembly) reachable() map[site][]*mcp.Entry {
	out := map[site][]*mcp.Entry{}
	byHandler := map[site][]*mcp.Entry{}
	for _, e := range b.entries() {
		if e.Handler >= 0 && e.Handler < len(b.u.sums) {
			at := site{b.u, e.Handler}
			byHandler[at] = append(byHandler[at], e)
		}
	}
	for i := range b.m.links {
		l := &b.m.links[i]
		if l.reg.Entry.Name != "" {
			byHandler[l.at] = append(byHandler[l.at], l.reg.Entry)
		}
	}
	for from, entries := range byHandler {
		for _, part := range b.parts(from, entries) {
			seen := map[site]bool{}
			work := []site{from}
			for len(work) > 0 {
				at := work[len(work)-1]
				work = work[:len(work)-1]
				if seen[at] {
					continue
				}
				seen[at] = true
				out[at] = append(out[at], part.entries...)
				if s := at.u.sums[at.i]; s != nil {
					for _, id := range s.reach {
						if o, k, ok := at.u.at(id); ok && (at != from || part.calls(site{o, k})) {
							work = append(work, site{o, k})
						}
					}
				}
				// A closure within a handler runs when somebody calls it.
				for _, n := range at.placed().Nested {
					if k, ok := at.u.index[n.Func]; ok && n.Func.Kind == program.KindClosure {
						work = append(work, site{at.u, k})
					}
				}
			}
		}
	}
	for at := range out {
		list := out[at]
		sort.SliceStable(list, func(a, c int) bool { return list[a].Span.Start < list[c].Span.Start })
	}
	return out
}

// uses adds what a function is able to do.
func (b *assembly) uses(at site, s *summary) {
	p := at.placed()
	for _, x := range s.uses {
		n := &Use{Kind: x.kind, Callee: x.callee, File: at.u.file, Func: at.i, Span: x.call.Shift(p.Start), Mutates: x.mutates}
		if x.arg.End > 0 {
			n.Arg = x.arg.Shift(p.Start)
		}
		for _, e := range b.reach[at] {
			if e.Elsewhere {
				continue // the file that registers it has this use
			}
			if at.u == b.u && e.Handler == at.i && e.Branch.Len() > 0 && !e.Branch.Contains(n.Span) && b.inOtherBranch(at.i, n.Span) {
				continue
			}
			n.Entries = append(n.Entries, e)
		}
		b.touch(at.u)
		b.m.uses = append(b.m.uses, n)
	}
}

// inOtherBranch reports whether a place belongs to the branch of some entry.
func (b *assembly) inOtherBranch(i int, span source.Span) bool {
	for _, e := range b.entries() {
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
			if h.sink == Log || h.sink == Stdout || h.sink == Body || h.sink == Prompt || h.sink == Message || h.sink == Header && h.path == credential.Kind {
				b.add(&Flow{Secret: h.path, Entry: b.entryOf(i, h)}, h)
			}
		case fromUntrusted, fromRemote:
			if h.sink != Log && h.sink != Stdout && h.sink != Body && h.sink != Header && h.sink != Message {
				b.add(&Flow{Kind: fetched(h.kind), What: h.path, Entry: b.entryOf(i, h)}, h)
			}
		case fromRequest:
			if !dangerous(h.sink) {
				continue
			}
			e := b.entryOf(i, h)
			name := b.memberParam(e, h.path)
			if e != nil && b.satisfied(e, name, &h.atom, h.sink) {
				continue
			}
			b.add(&Flow{Kind: mcp.Input, Entry: e, Param: name}, h)
		}
	}
}

// fetched tells which of the second-class sources an origin is.
func fetched(k originKind) mcp.SourceKind {
	if k == fromRemote {
		return mcp.Remote
	}
	return mcp.Untrusted
}

// dangerous reports whether what a caller chose does harm at a sink. That it is
// logged, sent on or returned is what it was given for, unless it is a secret.
func dangerous(k SinkKind) bool {
	switch k {
	case Log, Stdout, ResultSink, Body, Message, Memory, Describe, pending:
		return false
	}
	return true
}

// entryOf gives the entry that leads to a hit in function i.
func (b *assembly) entryOf(i int, h *hit) *mcp.Entry {
	place := h.site.Shift(b.u.file.Funcs[i].Start)
	for _, e := range b.reach[site{b.u, i}] {
		if e.Handler == i && e.Branch.Len() > 0 && e.Branch.Contains(place) {
			return e
		}
	}
	for _, e := range b.reach[site{b.u, i}] {
		if e.Handler == i && e.Branch.Len() > 0 && b.inOtherBranch(i, place) {
			continue
		}
		return e
	}
	return nil
}

// inputs makes the flows of what a caller chose.
func (b *assembly) inputs(i int, h *hit, inputs []mcp.InputParam) {
	if h.kind != fromParam || h.sink == pending || h.node.fn != b.u.ids[i] {
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
		if f.Entry != nil && b.satisfied(f.Entry, f.Param, &h.atom, h.sink) {
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
	first := ""
	for member := range strings.SplitSeq(strings.TrimPrefix(rest, pathSep), pathSep) {
		if atoi(member) < 0 { // the number of an element is no name
			first = member
			break
		}
	}
	p := b.u.file.Funcs[i].Params
	own := ""
	if in.Param >= 0 && in.Param < len(p) {
		own = p[in.Param].Name
	}
	if e != nil {
		for k := range e.Params {
			// A parameter of the tool may be the handler's, or a member of one.
			q := &e.Params[k]
			if (q.Var == "" || q.Var == own) && q.Member == first && q.Var+q.Member != "" || q.Var != "" && q.Var == own && q.Member == "" {
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
func (b *assembly) satisfied(e *mcp.Entry, param string, a *atom, kind SinkKind) bool {
	if p := b.m.schemas[e][param]; p != 0 && (a.cut == 0 || p == proveAll) {
		c := *a
		c.proven |= p
		return c.enough(kind)
	}
	p := e.Param(param)
	if p == nil || a.cut != 0 && a.proven&proveDoubt == 0 && p.Constraint.Pattern != "" {
		return false
	}
	c := *a
	c.proven |= constraintProofs(&p.Constraint)
	return c.enough(kind)
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
	if len(b.reach[site{b.u, i}]) == 0 || s.ret == nil {
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
			if !a.enough(ResultSink) {
				b.add(&Flow{Secret: a.path, Entry: b.entryOf(i, h)}, h)
			}
		case fromUntrusted, fromRemote:
			b.add(&Flow{Kind: fetched(a.kind), What: a.path, Entry: b.entryOf(i, h)}, h)
		}
	}
}

// add completes a flow and adds it, unless an equal one is there already.
func (b *assembly) add(f *Flow, h *hit) {
	u, k, ok := b.u.at(h.fn)
	if !ok {
		return
	}
	start := u.file.Funcs[k].Start
	f.Sink, f.Callee, f.Path = h.sink, h.callee, u.file.Path
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
	switch {
	case f.Sink != Query:
	case handsOut(f, h):
		f.Sink, f.Built = WholeQuery, nil
	case h.lang == langTracker || h.lang == langSelector:
		f.Sink = SearchQuery
	}
	key := flowKey{f.Entry, f.Param, f.Secret, src, f.Sink, f.Call, f.Arg, f.Path, source.Span{}}
	if f.Built != nil {
		key.built = f.Built.Span
	}
	old := b.seen[key]
	if old != nil && len(old.Steps) <= len(f.Steps) {
		return // the shorter way is told
	}
	b.touch(u)
	for _, x := range h.failed {
		if o, i, ok := b.u.at(x.fn); ok {
			b.touch(o)
			f.Failed = append(f.Failed, FailedGuard{o.file.Path, x.span.Shift(o.file.Funcs[i].Start), x.reason, failing[x.reason]})
		}
	}
	if old != nil {
		*old = *f
		return
	}
	b.seen[key] = f
	if g, ok := schemaFails(f, h); ok && len(f.Failed) == 0 {
		g.Path = b.u.file.Path
		f.Failed = append(f.Failed, g)
	}
	b.m.flows = append(b.m.flows, f)
}

// touch remembers that what is put together has places in a file.
func (b *assembly) touch(u *unit) {
	if u != b.u {
		b.m.touches[u.file.Path] = true
	}
}

// steps writes the path out, from the source to the sink.
func (b *assembly) steps(f *Flow, h *hit) {
	var list []*step
	for s := h.steps; s != nil; s = s.prev {
		list = append(list, s)
	}
	add := func(u *unit, span source.Span, text string) {
		b.touch(u)
		s := Step{u.file.Path, span, text}
		if n := len(f.Steps); n == 0 || f.Steps[n-1] != s {
			f.Steps = append(f.Steps, s)
		}
	}
	if h.kind == fromParam {
		span, text := b.origin(f, h)
		add(b.u, span, text)
	}
	for i := len(list) - 1; i >= 0; i-- {
		s := list[i]
		if u, k, ok := b.u.at(s.fn); ok {
			add(u, s.span.Shift(u.file.Funcs[k].Start), s.text)
			if s.lang != noLanguage && s.fn != h.fn && f.Built == nil && f.Sink == Query {
				f.Built = &f.Steps[len(f.Steps)-1]
			}
		}
	}
	text := sinkText[h.sink]
	if h.callee != "" && h.sink != ResultSink {
		text += " by " + h.callee
	}
	f.Steps = append(f.Steps, Step{f.Path, f.Arg, text})
}

// origin gives the place of the parameter that a flow begins at.
func (b *assembly) origin(f *Flow, h *hit) (source.Span, string) {
	text := "the caller chooses this value"
	if f.Param != "" {
		text = "the caller chooses " + f.Param
	}
	switch f.Kind {
	case mcp.Untrusted:
		text = "comes from outside"
	case mcp.Remote:
		text = "another server chooses " + f.Param
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
	Shell: "is interpreted by a shell", Argv: "becomes an argument of a program", Operand: "becomes an argument of a program", Program: "names the program that is started",
	PathRead: "names a file that is read", PathWrite: "names a file that is written", PathDelete: "names a file that is deleted",
	Request: "decides where a request goes", Navigate: "decides which page a browser opens", Body: "is sent along with a request", Header: "is a header of a request",
	Query: "becomes text of a query", WholeQuery: "is the whole query", SearchQuery: "becomes text of a search", Eval: "is run as code", Deserialize: "is turned into objects", Log: "is written to a log",
	Stdout: "is written to standard output", ResultSink: "returns to the model", Redirect: "decides where a browser is sent",
	Sandbox: "is run as code", Template: "is compiled as a template", Environment: "names variables of the environment of a program",
	Unpack: "is unpacked to where its members say", Markup: "becomes part of a page", Pattern: "becomes a regular expression", SlowMatch: "is matched with an expression that may take forever",
	Open: "is opened on the desktop", Connect: "decides which MCP server is started or connected to",
	Describe: "is the name or the description of a tool",
	Prompt:   "becomes an instruction to a language model", Message: "is told to a language model", Memory: "is kept in a store that is read later",
}
