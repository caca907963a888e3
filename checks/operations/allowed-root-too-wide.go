package operations

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

var (
	// borderWords stand in the names of what keeps tools in.
	borderWords = rule.NewMarkers("llowed", "LLOWED", "ermitted", "ERMITTED", "andbox", "ANDBOX", "jail", "Jail", "JAIL")
	// border is the name of the folder, or folders, that tools are kept in.
	border = regexp.MustCompile(`(?i)^_?(default_?)?(allowed|permitted|sandbox|jail)_?\w*(dir|dirs|directory|directories|path|paths|root|roots|folder|folders)$`)
	// setting is the name of an environment variable that says it.
	setting = regexp.MustCompile(`(?i)^(\w*_)?(allowed|permitted|sandbox)_?\w*(dir|dirs|directory|directories|path|paths|root|roots|folder|folders)$`)
	// wide is a value that leaves nothing outside.
	wide = regexp.MustCompile(`^(["']/["']|(pathlib\.)?Path\(["']/["']\)|(pathlib\.)?Path\.home\(\)|str\((pathlib\.)?Path\.home\(\)\)|os\.path\.expanduser\(["']~["']\)|(os\.)?homedir\(\)|\[\]string\{"/"\}|os\.UserHomeDir\(\))$`)
)

// allowedRootTooWide reports borders around tools that are the whole disk or the whole
// home of the user.
func allowedRootTooWide(p *rule.Pass) {
	if p.TestFile() || slices.Contains(strings.Split(path.Dir(strings.ReplaceAll(p.File.Path, `\`, "/")), "/"), "examples") {
		return
	}
	for _, i := range borderWords.Funcs(p) {
		p.File.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool {
			switch {
			case v != nil:
				if fallback := fallbackOf(v); fallback != nil && isWide(p, i, fallback) {
					p.Report(rule.Finding{Span: p.SpanOf(rule.Part{Func: i, Value: v})})
					return false
				}
			case s.Op == program.StmtAssign && s.Value != nil && namesBorder(s) && isWide(p, i, s.Value):
				p.Report(rule.Finding{Span: s.Span.Shift(p.File.Funcs[i].Start)})
			}
			return true
		})
	}
}

// namesBorder reports whether an assignment is to a border.
func namesBorder(s *program.Stmt) bool {
	for _, t := range rule.Targets(s) {
		if t != nil && (t.Op == program.OpIdent || t.Op == program.OpField) && border.MatchString(t.Name) {
			return true
		}
	}
	return false
}

// isWide reports whether a value, or the only one of a list, leaves nothing outside.
func isWide(p *rule.Pass, fn int, v *program.Value) bool {
	if isList(v) && len(v.Args) == 1 && v.Args[0] != nil {
		v = v.Args[0]
	}
	at := p.SpanOf(rule.Part{Func: fn, Value: v})
	return at.Len() < 60 && wide.MatchString(p.File.Tree.Text.Slice(at))
}

// fallbackOf gives what stands in for an environment variable that would say the border,
// nil for any other value.
func fallbackOf(v *program.Value) *program.Value {
	switch {
	case v.Op == program.OpCall && len(v.Args) == 2 && v.X != nil && v.Args[0] != nil && v.Args[0].Op == program.OpConst && setting.MatchString(v.Args[0].Str):
		if v.X.Name == "getenv" || v.X.Name == "get" && v.X.X != nil && v.X.X.Name == "environ" {
			return v.Args[1]
		}
	case v.Op == program.OpLogical && (v.Name == "or" || v.Name == "??") && len(v.Args) == 2 && v.Args[0] != nil && v.Args[0].Op == program.OpField && setting.MatchString(v.Args[0].Name):
		if env := v.Args[0].X; env != nil && env.Name == "env" {
			return v.Args[1]
		}
	}
	return nil
}
