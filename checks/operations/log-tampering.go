package operations

import (
	"regexp"
	"slices"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

var (
	// logFile is the path of a file, or of a folder, that is kept to look things up later.
	logFile = regexp.MustCompile(`(?i)\.log$|(^|/)(var/)?logs?/|(^|[/_.-])audit[\w.-]*\.(jsonl?|txt|csv)$`)
	// saysLog is in a tool that says what it is there for.
	saysLog = regexp.MustCompile(`(?i)\blogs?\b|_logs?\b|\blog_|rotat|clean_?up`)
	// emptying are calls that leave a file without what stood in it.
	emptying = regexp.MustCompile(`(?i)truncate(Sync)?$`)
)

// logTampering reports tools that remove or empty a log, or turn logging off, without
// saying so.
func logTampering(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	report := func(c rule.Call, e *mcp.Entry, what string) {
		p.Report(rule.Finding{Span: c.Span(), Tool: e.Name, Parameter: what, Sink: c.Name()})
	}
	silent := func(e *mcp.Entry) bool {
		return e.Kind == mcp.Tool && !saysLog.MatchString(e.Name) && !saysLog.MatchString(e.Description.Value)
	}
	removes := func(u *flow.Use) bool {
		return u.Kind == flow.PathDelete || u.Kind == flow.PathWrite && emptying.MatchString(u.Callee)
	}
	p.Reached(removes, func(u *flow.Use, c rule.Call) {
		i := slices.IndexFunc(u.Entries, silent)
		if at := c.ArgAt(u.Arg); i >= 0 && at != nil && isLogFile(p, rule.Part{Func: c.Func, Value: at}) {
			report(c, u.Entries[i], "a log")
		}
	})
	for _, c := range p.Calls("disable") {
		if e := p.Serves(c.Func); e != nil && c.Name() == "logging.disable" && silent(e) {
			report(c, e, "the log from here on")
		}
	}
}

// isLogFile reports whether a path is, or ends in, constant text that names a log.
func isLogFile(p *rule.Pass, at rule.Part) bool {
	at = p.Written(at)
	v := at.Value
	if v != nil && v.Op == program.OpCall && v.X != nil && len(v.Args) > 0 {
		at = p.Written(rule.Part{Func: at.Func, Value: v.Args[len(v.Args)-1]}) // Path(…), join(…)
		v = at.Value
	}
	if v != nil && v.Op == program.OpBinary && len(v.Args) == 2 {
		v = p.Written(rule.Part{Func: at.Func, Value: v.Args[1]}).Value
	}
	return v != nil && v.Op == program.OpConst && v.Const == program.ConstString && logFile.MatchString(v.Str)
}
