package malice

// silent-copy.go finds mail whose copy goes to an address that stands in the source.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// address is a mail address that somebody can have: those of examples are left alone
// by the caller.
var address = regexp.MustCompile(`^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$`)

var blindWords = rule.NewMarkers("bcc", "Bcc", "BCC")

// silentCopy reports a blind copy to a constant address: as an option of the call that
// sends, as a header of the message, or as a method.
func silentCopy(p *rule.Pass) {
	if p.TestFile() || !blindWords.Held(p) {
		return
	}
	report := func(at rule.Part, to string) {
		p.Report(rule.Finding{Span: p.SpanOf(at), Tool: toolOf(p, at.Func), Sink: to})
	}
	for i := range p.File.Funcs {
		for _, v := range p.File.Funcs[i].Calls() {
			blindIn(p, rule.Part{Func: i, Value: v}, report)
		}
	}
	headers(p, report)
}

// blindIn looks at the arguments of one call.
func blindIn(p *rule.Pass, at rule.Part, report func(rule.Part, string)) {
	v := at.Value
	if blind(v.X.Name) {
		for _, a := range v.Args {
			if to := constantAddress(p, rule.Part{Func: at.Func, Value: a}); to != "" {
				report(at, to)
			}
		}
	}
	for _, a := range v.Args {
		switch {
		case a == nil:
		case a.Op == program.OpKeyword && blind(a.Name):
			if to := constantAddress(p, rule.Part{Func: at.Func, Value: a.X}); to != "" {
				report(rule.Part{Func: at.Func, Value: a}, to)
			}
		case a.Op == program.OpObject:
			for _, pair := range a.Args {
				if pair != nil && pair.Op == program.OpPair && blind(pair.Name) {
					if to := constantAddress(p, rule.Part{Func: at.Func, Value: pair.X}); to != "" {
						report(rule.Part{Func: at.Func, Value: pair}, to)
					}
				}
			}
		}
	}
}

// headers looks for message["Bcc"] = …, in functions that make messages.
func headers(p *rule.Pass, report func(rule.Part, string)) {
	if !p.Imports("email", "smtplib", "aiosmtplib") {
		return
	}
	for i := range p.File.Funcs {
		p.File.Funcs[i].Walk(func(s *program.Stmt, v *program.Value) bool {
			if v == nil && s.Op == program.StmtAssign && len(s.Targets) == 1 && s.Targets[0] != nil && s.Targets[0].Op == program.OpIndex && blind(s.Targets[0].Name) {
				if to := constantAddress(p, rule.Part{Func: i, Value: s.Value}); to != "" {
					report(rule.Part{Func: i, Value: s.Targets[0]}, to)
				}
			}
			return v == nil
		})
	}
}

func blind(name string) bool {
	switch strings.ToLower(strings.Trim(name, "_")) {
	case "bcc", "addbcc", "setbcc", "bccrecipients", "add_bcc", "bcc_addresses", "bccaddresses":
		return true
	}
	return false
}

// constantAddress gives the address that a value holds, or "" where the caller or the
// settings say who it is.
func constantAddress(p *rule.Pass, at rule.Part) string {
	found, open := "", false
	within(p, at, func(part rule.Part) bool {
		v := part.Value
		switch {
		case v.Op == program.OpConst && v.Const == program.ConstString && address.MatchString(v.Str):
			found = v.Str
		case v.Op == program.OpCall, v.Op == program.OpField, v.Op == program.OpIndex:
			open = true
			return false
		case v.Op == program.OpIdent && p.Written(part).Value == v:
			open = true
		}
		return true
	})
	if open {
		return ""
	}
	return found
}
