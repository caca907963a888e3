package tools

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// asking is in a parameter by which the caller says that it is meant.
	asking = regexp.MustCompile(`(?i)confirm|dry_?run|force|approv|really|preview|simulat|acknowledg|consent|sure\b|what_?if`)
	// asked is in code that asks, keeps a way back, or is switched on by the operator.
	asked = regexp.MustCompile(`(?i)elicit|confirm|dry_?run|approv|consent|back_?up|snapshot|undo|trash|read_?only|(allow|enable|permit|disable)_?\w*(delet|destruct|writ|danger|unsafe|admin|mutat|modif)|acknowledg|permission`)
	// addressee is a parameter by which the caller says who gets a mail.
	addressee = regexp.MustCompile(`(?i)^(to|recipients?|to_?(address|email|addr)|email|receiver|recipient_?\w*|addresse?e?s?)$`)
)

// frank are words by which a tool's name says what it does to the one thing that the caller names: the
// dialog of the client is question enough there.
var frank = strings.Fields(`delete remove rm rmdir rmtree drop destroy terminate purge wipe erase uninstall unlink trash send email mail pay charge refund transfer
	payout deletes removes clear clean cleanup empty flush prune`)

// destructiveWithoutConfirmation reports tools that do at once what nobody can take
// back, and of which neither the client nor the user is told before.
func destructiveWithoutConfirmation(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		if u := unasked(p, e); u != nil {
			p.Report(rule.Finding{
				Span: e.NameSpan, Tool: e.Name, Sink: u.Callee,
				Related: []rule.Step{{Path: u.File.Path, Span: u.Span, Text: "nobody can take this back"}},
			})
		}
	}
}

// unasked gives the call of a tool that cannot be taken back and before which nobody
// is asked, nil for none. A tool with annotations, or one whose name hides what it
// does, is told of by other checks.
func unasked(p *rule.Pass, e *mcp.Entry) *flow.Use {
	if !silent(e) || rule.LooksOnly(e) || p.TestFile() {
		return nil
	}
	i := slices.IndexFunc(p.Uses(e), func(u *flow.Use) bool {
		return p.Sweeps(u) && (u.Kind != flow.Send || slices.ContainsFunc(e.Params, func(x mcp.Param) bool { return addressee.MatchString(x.Name) }))
	})
	if i < 0 {
		return nil
	}
	u := p.Uses(e)[i]
	if u.Kind != flow.Query && slices.ContainsFunc(rule.Words(e.Name), func(w string) bool { return slices.Contains(frank, w) }) {
		return nil
	}
	if Confirmed(p, e, u) {
		return nil
	}
	return u
}

// Confirmed reports whether a tool may be held to ask before one of its calls, or to
// keep a way back: by a parameter, by what it says of itself, or in its code.
func Confirmed(p *rule.Pass, e *mcp.Entry, u *flow.Use) bool {
	return slices.ContainsFunc(e.Params, func(x mcp.Param) bool { return asking.MatchString(x.Name) }) || asked.MatchString(e.Description.Value) ||
		asked.MatchString(code(u.File, u.Func)) || asked.MatchString(p.File.Tree.Text.Slice(e.Span)) || e.Handler >= 0 && !e.Elsewhere && asked.MatchString(code(p.File, e.Handler))
}

// silent reports whether a client learns nothing of what a tool does by its
// annotations. mcp-go says of each tool that it is destructive.
func silent(e *mcp.Entry) bool {
	return e.Kind == mcp.Tool && e.SDK != mcp.GoMark3Labs && e.Annotations.ReadOnly == mcp.Unset && e.Annotations.Destructive == mcp.Unset && e.Annotations.Span.Len() == 0
}

// code gives the text of a function, "" for the top of a file.
func code(f *program.File, i int) string {
	if i <= 0 {
		return ""
	}
	fn := &f.Funcs[i]
	return f.Tree.Text.Slice(source.Span{Start: fn.Start, End: fn.Start + fn.Len})
}
