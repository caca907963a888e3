package auth

import (
	"regexp"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// clientWords stand where a server reads what the client says of itself.
var clientWords = rule.NewMarkers("clientInfo", "client_info", "ClientInfo", "getClientVersion", "client_params")

var (
	// clientName is the name that a client gives itself, as code reads it.
	clientName = regexp.MustCompile(`(?i)(client_?info|getClientVersion\(\)|client_params[\w.]*)\)?(\?|!)?\.name\b`)
	// clientSelf is all that a client says of itself.
	clientSelf = regexp.MustCompile(`(?i)(client_?info|getClientVersion\(\))$`)
	// refusal is in a branch that turns callers away or lets them in.
	refusal = regexp.MustCompile(`(?i)forbidden|unauthori[sz]ed|not allowed|permission|denied|PermissionError|is_?admin|trusted|privileged|\b40[13]\b`)
)

// clientNameTrusted reports branches that let callers in, or turn them away, by the name
// that the client gives itself.
func clientNameTrusted(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, i := range clientWords.Funcs(p) {
		fn := &p.File.Funcs[i]
		named := map[string]bool{} // variables that hold the name, or have it as .name
		fn.Walk(func(s *program.Stmt, v *program.Value) bool {
			if v != nil {
				return false
			}
			switch s.Op {
			case program.StmtAssign:
				if s.Value == nil || len(s.Targets) != 1 || s.Targets[0] == nil || s.Targets[0].Op != program.OpIdent {
					return true
				}
				switch text := p.TextOf(rule.Part{Func: i, Value: s.Value}); {
				case clientName.MatchString(text):
					named[s.Targets[0].Name] = true
				case clientSelf.MatchString(text):
					named[s.Targets[0].Name+".name"] = true
				}
			case program.StmtIf:
				at := rule.Part{Func: i, Value: s.Value}
				if s.Value == nil || !comparesName(p, at, named) || !refusal.MatchString(p.File.Tree.Text.Slice(s.Span.Shift(fn.Start))) {
					return true
				}
				f := rule.Finding{Span: p.SpanOf(at), Sink: p.TextOf(at)}
				if e := p.Serves(i); e != nil {
					f.Tool = e.Name
				}
				p.Report(f)
			}
			return true
		})
	}
}

// comparesName reports whether a condition compares the client's name with something.
func comparesName(p *rule.Pass, at rule.Part, named map[string]bool) bool {
	v := at.Value
	switch {
	case v == nil:
		return false
	case v.Op == program.OpCompare && len(v.Args) == 2:
		for _, a := range v.Args {
			if a != nil && (a.Op == program.OpIdent && named[a.Name] || a.Op == program.OpField && a.Name == "name" && a.X != nil && named[a.X.Name+".name"] || clientName.MatchString(p.TextOf(rule.Part{Func: at.Func, Value: a}))) {
				return true
			}
		}
	case v.Op == program.OpLogical, v.Op == program.OpUnary:
		for _, a := range v.Args {
			if comparesName(p, rule.Part{Func: at.Func, Value: a}, named) {
				return true
			}
		}
	}
	return false
}
