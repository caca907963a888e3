package rule

// behaviour.go says of the calls that a tool reaches which of them are beyond doubt
// a change, a removal, or one that cannot be taken back.

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

var (
	// ownTraces are places where a server keeps what means nothing to others.
	ownTraces = regexp.MustCompile(`(?i)cache|te?mp|\blogs?\b|log_?(file|dir|path)`)
	// ownPlaces say of a function that the file it writes is such a place.
	ownPlaces = regexp.MustCompile(`(?i)cache|tmpdir|temp_?(dir|file)|tmp_?(dir|file)|mk(d|dir)?temp|mkstemp|createtemp|named_?temporary`)
	// sessions is in the name of a function that ends what the server opened, or in the
	// address of it.
	sessions = regexp.MustCompile(`(?i)session|log_?out|clean_?up|tear_?down|dispose`)
	folders  = regexp.MustCompile(`(?i)(mkdir|makedirs|mkdirall|ensuredir|mkdirp|mkdirsync|mkdirtemp|createtemp|mkdtemp(sync)?)$`)
	writing  = regexp.MustCompile("(?is)^[a-z]{0,2}[\"'`]{1,3}\\s*(INSERT|UPDATE|DELETE|REPLACE|MERGE|DROP|CREATE|ALTER|TRUNCATE|GRANT)\\b")
	removing = regexp.MustCompile("(?is)^[a-z]{0,2}[\"'`]{1,3}\\s*(DELETE|DROP|TRUNCATE)\\b")
	sending  = regexp.MustCompile(`(?i)\.(put|patch|delete)$|method["']?\s*[:=]\s*["'](PUT|PATCH|DELETE)["']|Method(Put|Patch|Delete)\b`)
	deleting = regexp.MustCompile(`(?i)\.delete$|method["']?\s*[:=]\s*["']DELETE["']|MethodDelete\b`)
	// commands are programs that remove, as they are written out in a vector or a line.
	commands = regexp.MustCompile("(?:[(\\[]|[cC](?:on)?te?xt,|-c[\"'`],)\\s*[a-z]{0,2}[\"'`](?:sudo\\s+)?(?:rm|rmdir|shred|dropdb)(?:[\"'`]\\s*,|\\s)|\\b(?:kubectl|oc|helm|docker|podman|terraform|tofu)[\"'`]?[\\s,\\[{]+(?:[\\w.\\[\\]]+\\{)?[\"'`]?(?:delete|uninstall|destroy|rm|rmi)\\b")
	dryRun   = regexp.MustCompile(`(?i)dry-?run`)
	// sweeping are those of them that leave nothing.
	sweeping = regexp.MustCompile("\\brm[\"'`]?[\\s,]+[\"'`]?-(?:rf|fr|r)\\b|\\b(?:terraform|tofu)\\W+destroy\\b|\\bdropdb\\b")
	// undoing is in the name of a function that takes back what failed or is over.
	undoing = regexp.MustCompile(`(?i)roll_?back|discard|evict|expire|prune|\bgc\b|on_?error`)
	// wholeTree says of a deletion of files that all below goes too.
	wholeTree = regexp.MustCompile(`(?i)(rmtree|RemoveAll|rimraf(Sync)?|fs-extra\.(remove|emptyDir)(Sync)?|del\.delete(A?sync))$`)
	recursive = regexp.MustCompile(`(?i)recursive["']?\s*:\s*true`)
	// everything is a statement that leaves nothing of a table.
	everything = regexp.MustCompile(`(?is)^\s*(DROP\s+(TABLE|DATABASE|SCHEMA)|TRUNCATE|DELETE\s+FROM\s+[\w."` + "`" + `]+\s*;?\s*$)`)
	// afterFailure stands before a closure that runs where something failed or is over.
	afterFailure = regexp.MustCompile(`(?:catch|finally)\(\s*(?:async\s*)?$|\b(?:on|once)\(\s*["'](?:error|exit|close|SIG\w+)["'],\s*(?:async\s*)?$`)
	failing      = regexp.MustCompile(`(?i)^!?\(?\s*e(rr|rror)?\b`)
)

// deed is what a call does for sure.
type deed uint8

const (
	deedKnown deed = 1 << iota
	deedChanges
	deedRemoves
	deedSweeps
)

// deed judges a call once, though many tools may reach it.
func (p *Pass) deed(u *flow.Use) deed {
	if d := p.deeds[u]; d != 0 {
		return d
	}
	d := deedKnown
	if kept(u) {
		d |= deedChanges
		if removes(u) {
			d |= deedRemoves
		}
		if sweeps(u, d&deedRemoves != 0) {
			d |= deedSweeps
		}
	}
	if p.deeds == nil {
		p.deeds = map[*flow.Use]deed{}
	}
	p.deeds[u] = d
	return d
}

// Changes reports whether a mutating use is beyond doubt a change of something
// that others see.
func (p *Pass) Changes(u *flow.Use) bool { return p.deed(u)&deedChanges != 0 }

// Removes reports whether a use is beyond doubt a removal of something that others
// see, not the server tidying up after itself.
func (p *Pass) Removes(u *flow.Use) bool { return p.deed(u)&deedRemoves != 0 }

// Sweeps reports whether a use removes or sends beyond doubt what nobody can bring
// back: a folder with all in it, all rows of a table, a machine, a mail.
func (p *Pass) Sweeps(u *flow.Use) bool { return p.deed(u)&deedSweeps != 0 }

// judged are the uses of a function that have been judged, by what the judgement
// follows from besides the function's text.
var judged = program.Keep(func(*program.Function) *sync.Map { return &sync.Map{} })

type useKey struct {
	kind      flow.SinkKind
	callee    string
	span, arg source.Span // relative
	class     string
	handles   bool
}

// kept is changes, found once for each version of the function that a use stands in.
func kept(u *flow.Use) bool {
	f := &u.File.Funcs[u.Func]
	if u.Func == 0 || u.Span.Start < f.Start {
		return changes(u)
	}
	key := useKey{kind: u.Kind, callee: u.Callee, span: relative(u.Span, f.Start), handles: handles(u)}
	if u.Arg.Len() > 0 {
		key.arg = relative(u.Arg, f.Start)
	}
	if f.Class != nil {
		key.class = f.Class.Name
	}
	memo := judged.Of(f.Function)
	if v, ok := memo.Load(key); ok {
		return v.(bool)
	}
	v := changes(u)
	memo.Store(key, v)
	return v
}

func relative(s source.Span, start uint32) source.Span {
	return source.Span{Start: s.Start - start, End: s.End - start}
}

// handles reports whether a use stands in the handler of a tool that reaches it.
func handles(u *flow.Use) bool {
	return slices.ContainsFunc(u.Entries, func(e *mcp.Entry) bool { return e.Handler == u.Func && !e.Elsewhere })
}

func changes(u *flow.Use) bool {
	text := u.File.Tree.Text
	switch u.Kind {
	case flow.PathDelete, flow.PathWrite:
		return !folders.MatchString(u.Callee) && !ownTraces.MatchString(text.Slice(u.Span)) && !ownPlaces.MatchString(around(u))
	case flow.Query:
		return writing.MatchString(text.Slice(u.Arg))
	case flow.Request, flow.Body:
		return (sending.MatchString(u.Callee) || sending.MatchString(text.Slice(u.Span))) && !sessions.MatchString(u.File.Funcs[u.Func].Name) &&
			!sessions.MatchString(text.Slice(u.Arg)) // a part of a session that the server opened
	case flow.Shell, flow.Program:
		call := text.Slice(u.Span)
		return commands.MatchString(call) && !ownTraces.MatchString(call) && !dryRun.MatchString(call)
	case flow.Destroy, flow.Send:
		return true
	}
	return false
}

// removes judges a change.
func removes(u *flow.Use) bool {
	if u.Kind == flow.PathWrite || u.Kind == flow.Send || tidies(u) {
		return false
	}
	text := u.File.Tree.Text
	switch u.Kind {
	case flow.PathDelete:
		return !strings.HasSuffix(u.Callee, ".rmdir") || recursive.MatchString(text.Slice(u.Span))
	case flow.Query:
		arg := text.Slice(u.Arg)
		return removing.MatchString(arg) && !ownTraces.MatchString(arg)
	case flow.Request:
		return (deleting.MatchString(u.Callee) || deleting.MatchString(text.Slice(u.Span))) && !ownTraces.MatchString(text.Slice(u.Span))
	}
	return u.Kind == flow.Destroy || u.Kind == flow.Shell || u.Kind == flow.Program
}

// sweeps judges a change, given whether it removes.
func sweeps(u *flow.Use, removes bool) bool {
	if u.Kind == flow.Send {
		return !tidies(u)
	}
	if !removes {
		return false
	}
	switch u.Kind {
	case flow.PathDelete:
		return wholeTree.MatchString(u.Callee) || recursive.MatchString(u.File.Tree.Text.Slice(u.Span))
	case flow.Query:
		statement, ok := literal(u.File.Tree.Text.Slice(u.Arg))
		return ok && everything.MatchString(statement)
	case flow.Shell, flow.Program:
		return sweeping.MatchString(u.File.Tree.Text.Slice(u.Span))
	}
	return u.Kind == flow.Destroy
}

// literal gives what stands between the quotation marks of one text without parts
// that are put in.
func literal(code string) (string, bool) {
	code = strings.TrimSpace(code)
	quote := strings.TrimLeft(code, "\"'`")
	mark := code[:len(code)-len(quote)]
	inner, ok := strings.CutSuffix(quote, mark)
	return inner, ok && mark != "" && !strings.Contains(inner, "${") && (mark == "`" || !strings.Contains(inner, mark[:1]))
}

// Uses gives the calls that an entry reaches.
func (p *Pass) Uses(e *mcp.Entry) []*flow.Use {
	if p.uses == nil {
		p.uses = map[*mcp.Entry][]*flow.Use{}
		for _, u := range p.Flow.Uses {
			for _, x := range u.Entries {
				p.uses[x] = append(p.uses[x], u)
			}
		}
	}
	return p.uses[e]
}

// around gives the helper that a use stands in and the name of its class, but nothing
// of one that goes on for pages, of a file's top level, or of the handler of a tool.
func around(u *flow.Use) string {
	f := u.File.Funcs[u.Func]
	if u.Func == 0 || f.Len > 4096 || handles(u) {
		return ""
	}
	out := u.File.Tree.Text.Slice(source.Span{Start: f.Start, End: f.Start + f.Len})
	if f.Class != nil {
		out = f.Class.Name + " " + out
	}
	return out
}

// tidies reports whether a use stands where something failed or is over, in a
// function that is there to tidy up, or takes away what the function itself made.
func tidies(u *flow.Use) bool {
	f := &u.File.Funcs[u.Func]
	if sessions.MatchString(f.Name) || undoing.MatchString(f.Name) {
		return true
	}
	text := u.File.Tree.Text
	if f.Kind == program.KindClosure {
		before := text.Slice(source.Span{Start: f.Start - min(f.Start, 40), End: f.Start})
		if afterFailure.MatchString(before) || len(f.Params) > 0 && failing.MatchString(f.Params[0].Name) {
			return true
		}
	}
	if u.Kind == flow.PathDelete && madeHere(u) {
		return true
	}
	return aftermath(u.File, f, f.Body, source.Span{Start: u.Span.Start - f.Start, End: u.Span.End - f.Start})
}

// madeHere reports whether the path that is removed is one that the function made or
// wrote to before under the same name.
func madeHere(u *flow.Use) bool {
	text := u.File.Tree.Text
	name := text.Slice(u.Arg)
	if name == "" || strings.ContainsAny(name, "\"'`/") {
		return false
	}
	f := &u.File.Funcs[u.Func]
	before := text.Slice(source.Span{Start: f.Start, End: u.Span.Start})
	for _, maker := range []string{"open(" + name, "rite(" + name, "riteFile(" + name, "riteFileSync(" + name, "mkdir(" + name, "mkdirSync(" + name,
		"MkdirAll(" + name, "Create(" + name, name + ".write", name + ".mkdir", name + ".touch", "copy(" + name, "makedirs(" + name} {
		if strings.Contains(before, maker) {
			return true
		}
	}
	for line := range strings.Lines(before) {
		if at := strings.Index(line, name); at >= 0 && strings.Contains(line[at:], "=") && ownPlaces.MatchString(line[at:]) {
			return true
		}
	}
	return false
}

// aftermath reports whether a place is within a handler of errors, what runs in any
// case at the end, or a branch for errors.
func aftermath(file *program.File, f *program.Placed, list []*program.Stmt, at source.Span) bool {
	for _, s := range list {
		if s == nil || !s.Span.Contains(at) {
			continue
		}
		switch s.Op {
		case program.StmtTry:
			if within(s.Finally, at) {
				return true
			}
			for i := range s.Cases {
				if within(s.Cases[i].Body, at) {
					return true
				}
			}
		case program.StmtGo:
			if s.Name == "defer" {
				return true
			}
		case program.StmtIf:
			if s.Value != nil && within(s.Body, at) && failing.MatchString(file.Tree.Text.Slice(s.Value.Span.Shift(f.Start))) {
				return true
			}
		}
		for _, part := range [][]*program.Stmt{s.Body, s.Else, s.Finally, s.Post} {
			if aftermath(file, f, part, at) {
				return true
			}
		}
		for i := range s.Cases {
			if aftermath(file, f, s.Cases[i].Body, at) {
				return true
			}
		}
	}
	return false
}

func within(list []*program.Stmt, at source.Span) bool {
	return slices.ContainsFunc(list, func(s *program.Stmt) bool { return s != nil && s.Span.Contains(at) })
}

// Flip gives the fix that turns a hint around where it is written out. Clients ask
// more after it, never less, so it is safe without a look.
func (p *Pass) Flip(hint source.Span, from, to, title string) []Fix {
	text := p.File.Tree.Text.Slice(hint)
	if strings.Count(strings.ToLower(text), from) != 1 {
		return nil
	}
	at := strings.Index(strings.ToLower(text), from)
	if text[at] != from[0] {
		to = strings.ToUpper(to[:1]) + to[1:]
	}
	start := hint.Start + uint32(at)
	return []Fix{{
		Title:     title,
		Edits:     []Edit{{Path: p.File.Path, Span: source.Span{Start: start, End: start + uint32(len(from))}, New: to}},
		Preferred: true,
	}}
}

// Hint gives the place of an annotation, or of all of them where it is not known.
func Hint(e *mcp.Entry, name string) source.Span {
	if s, ok := e.Annotations.Spans[name]; ok {
		return s
	}
	if e.Annotations.Span.Len() > 0 {
		return e.Annotations.Span
	}
	return e.NameSpan
}
