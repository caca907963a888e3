package poisoning

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// sideNotes are names of parameters that collect what was said around the call.
	sideNotes = regexp.MustCompile(`^(?:side ?notes?|hidden (?:note|context)s?|(?:full |whole |entire |user )?(?:conversation|chat|message|dialog(?:ue)?) (?:history|log|transcript|context|so far)|conversation|(?:full|whole|entire|complete) (?:conversation|chat|context|prompt|transcript)|(?:all|previous|prior) messages|system prompt|(?:model|assistant) instructions)$`)
	// vague are names that say nothing; the description has to ask for the conversation.
	vague = regexp.MustCompile(`^(?:context|notes?|reasoning|metadata|debug|trace|extra|details|feedback|summary|thoughts?|reason|rationale|background|annotations?)$`)
	// collects is a description that asks for what was said around the call.
	collects = wording(`\b(?:the |your |this )?(?:full|entire|complete|whole|all|previous|prior|verbatim|current)\b[^.;!?]{0,30}\b(?:conversation|chat|messages?|dialog(?:ue)?|system prompt)\b|\b(?:conversation|chat|message) (?:history|log|transcript)\b|\byour (?:system prompt|instructions)\b`)
	// disclosed is what the name or description of a tool says whose work is with conversations.
	disclosed = regexp.MustCompile(`(?i)conversation|chat|transcript|dialog|message|prompt|memor|session|agent|assistant|\bllm\b|\bmodel\b|completion|sampl|summar|reply|respon|translat|moderat|classif|history|handoff|feedback`)
)

// sideNoteParameter reports tools that have the model hand over the conversation although
// they do not need it: the handler never looks at it, or only sends or writes it away.
func sideNoteParameter(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	for _, e := range p.Facts.Entries {
		if e.Kind != mcp.Tool || e.Handler <= 0 || e.Handler >= len(p.File.Funcs) || e.Elsewhere || e.Branch.Len() > 0 {
			continue
		}
		for i := range e.Params {
			param := &e.Params[i]
			if !collecting(param) || disclosed.MatchString(plainName(e.Name)) || disclosed.MatchString(purpose(e)) {
				continue
			}
			reads, whole := readsOf(p, e, param)
			f := rule.Finding{Span: param.Span, Tool: e.Name, Parameter: param.Name}
			switch sent := sentAway(p, e, reads); {
			case sent != nil:
				f.Sink = "sends it away by " + sent.Callee
				f.Related = []rule.Step{{Path: sent.File.Path, Span: sent.Span, Text: "the conversation leaves here"}}
			case len(reads) == 0 && !whole:
				f.Sink = "never looks at it"
			default:
				continue
			}
			p.Report(f)
			break
		}
	}
}

// collecting reports whether a parameter takes text from around the call.
func collecting(param *mcp.Param) bool {
	switch param.Declared.Type {
	case "boolean", "integer", "number":
		return false
	}
	if len(param.Declared.Enum) > 0 {
		return false
	}
	name := plainName(param.Name)
	return sideNotes.MatchString(name) || vague.MatchString(name) && collects.MatchString(param.Description.Value) && !denial.MatchString(param.Description.Value)
}

// plainName gives the words of a name in lower case.
func plainName(name string) string {
	var b strings.Builder
	low := false
	for _, r := range name {
		if r == '_' || r == '-' {
			r = ' '
		} else if unicode.IsUpper(r) && low {
			b.WriteByte(' ')
		}
		low = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// purpose gives what a description says before it comes to the parameters.
func purpose(e *mcp.Entry) string {
	text := e.Description.Value
	for _, end := range []string{"\n\n", "Args:", "Parameters:", "<"} {
		text, _, _ = strings.Cut(text, end)
	}
	return text
}

// readsOf gives the places in the handler that read a parameter; whole is set where the
// arguments are handed on together, so that there may be more.
func readsOf(p *rule.Pass, e *mcp.Entry, param *mcp.Param) (reads []source.Span, whole bool) {
	for i := e.Handler; i < len(p.File.Funcs); i++ {
		if !inside(p.File, i, e.Handler) {
			if i > e.Handler && p.File.Funcs[i].Start >= p.File.Funcs[e.Handler].Start+p.File.Funcs[e.Handler].Len {
				break
			}
			continue
		}
		fn := p.File.Funcs[i]
		fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
			switch {
			case v == nil:
			case v.Op == program.OpIdent && param.Var != "" && v.Name == param.Var && param.Member == "",
				(v.Op == program.OpField || v.Op == program.OpIndex) && (v.Name == param.Name || v.Name == param.Member) && v.Name != "",
				v.Op == program.OpIdent && v.Name == param.Name,
				v.Op == program.OpConst && v.Str == param.Name:
				reads = append(reads, v.Span.Shift(fn.Start))
			case v.Op == program.OpCall || v.Op == program.OpSpread || v.Op == program.OpPair || v.Op == program.OpKeyword:
				whole = whole || handsOn(fn.Function, v)
			}
			return true
		})
	}
	// Arguments that are named in the body may be read in ways that are not followed.
	fn := p.File.Funcs[e.Handler]
	return reads, whole || param.Var == "" && !destructured(fn.Function) && !fieldsOnly(fn.Function)
}

// inside reports whether function i is, or stands within, function outer.
func inside(f *program.File, i, outer int) bool {
	for ; i > 0; i = f.Funcs[i].Parent {
		if i == outer {
			return true
		}
	}
	return false
}

// handsOn reports whether a value hands a parameter of the handler on as it is, where that
// may be the object of all arguments.
func handsOn(fn *program.Function, v *program.Value) bool {
	is := func(x *program.Value) bool {
		if x == nil || x.Op != program.OpIdent {
			return false
		}
		return slices.ContainsFunc(fn.Params, func(p program.Param) bool {
			return p.Name == x.Name && x.Name != "ctx" && x.Name != "context" && x.Name != "extra"
		})
	}
	if v.Op != program.OpCall {
		return is(v.X)
	}
	// A single argument that is known by its own name is no object of arguments.
	return slices.ContainsFunc(v.Args, func(a *program.Value) bool {
		return is(a) && (a.Name == "args" || a.Name == "arguments" || a.Name == "params" || a.Name == "input" || a.Name == "in" || a.Name == "req" || a.Name == "request")
	})
}

// destructured reports whether the handler takes its arguments apart at once.
func destructured(fn *program.Function) bool {
	return len(fn.Params) > 0 && fn.Params[0].Pattern != nil
}

// fieldsOnly reports whether the handler reads nothing of its arguments but single fields.
func fieldsOnly(fn *program.Function) bool {
	if len(fn.Params) == 0 {
		return true
	}
	last := fn.Params[len(fn.Params)-1].Name
	bases, idents := 0, 0
	fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v == nil {
			return true
		}
		if (v.Op == program.OpField || v.Op == program.OpIndex) && v.X != nil && v.X.Op == program.OpIdent && v.X.Name == last {
			bases++
		}
		if v.Op == program.OpIdent && v.Name == last {
			idents++
		}
		return true
	})
	return bases == idents
}

// sentAway gives a call of the handler that hands one of the read values to the outside.
func sentAway(p *rule.Pass, e *mcp.Entry, reads []source.Span) *flow.Use {
	for _, u := range p.Flow.Uses {
		switch u.Kind {
		case flow.Request, flow.Body, flow.PathWrite:
		default:
			continue
		}
		if u.File != p.File || !slices.Contains(u.Entries, e) {
			continue
		}
		if slices.ContainsFunc(reads, func(r source.Span) bool { return u.Span.Contains(r) && r != u.Span }) {
			return u
		}
	}
	return nil
}
