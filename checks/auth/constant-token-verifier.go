package auth

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// harmless are calls that decide nothing of a token: they measure, note or build.
	harmless = regexp.MustCompile(`(?i)^(AccessToken|TokenInfo|AuthInfo|UserPrincipal|len|int|float|str|strip|trim|trimspace|startswith|hasprefix|print|println|printf|log|debug|info|warn|warning|error|errorf|now|time|floor|add|date|unix|gettime|timedelta)$`)
	// rehearsal is in the name of what stands in for a verifier on purpose.
	rehearsal = regexp.MustCompile(`(?i)mock|fake|stub|dummy|test|dev|debug|demo|example|anonymous|no_?auth|noop|insecure|local`)
)

// constantTokenVerifier reports functions that an SDK asks whether a token is good, and
// that say yes to every one.
func constantTokenVerifier(p *rule.Pass) {
	if p.TestFile() || standIn.MatchString(p.File.Path) {
		return
	}
	for _, c := range p.Calls("DebugTokenVerifier") {
		if strings.HasPrefix(c.Name(), "fastmcp.") && c.Keyword("validate") == nil && c.Arg(0) == nil && !c.Spreads() {
			p.Report(rule.Finding{Span: c.Span(), Sink: "DebugTokenVerifier"})
		}
	}
	verifiers := map[int]bool{}
	for _, c := range p.Calls("RequireBearerToken") {
		if at := p.Written(rule.Part{Func: c.Func, Value: c.Arg(0)}); at.Value != nil && p.File.Lang == source.Go {
			markGo(p, at, verifiers)
		}
	}
	for i := range p.File.Funcs {
		fn := &p.File.Funcs[i]
		if !sdkVerifiers[fn.Name] && !verifiers[i] || rehearsed(p, i) {
			continue
		}
		if yes := yesToAll(fn.Function); yes != nil {
			p.Report(rule.Finding{Span: yes.Span.Shift(fn.Start), Sink: nameOr(fn.Name, "the verifier")})
		}
	}
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}

// rehearsed reports whether the verifier, its class or a function around it is one for tests.
func rehearsed(p *rule.Pass, fn int) bool {
	for ; fn > 0; fn = p.File.Funcs[fn].Parent {
		f := &p.File.Funcs[fn]
		if rehearsal.MatchString(f.Name) || f.Class != nil && rehearsal.MatchString(f.Class.Name) {
			return true
		}
	}
	return false
}

// markGo notes the function that a Go server gives as verifier.
func markGo(p *rule.Pass, at rule.Part, verifiers map[int]bool) {
	span := p.SpanOf(at)
	for i := range p.File.Funcs {
		fn := &p.File.Funcs[i]
		switch {
		case at.Value.Op == program.OpFunc && fn.Start == span.Start:
			verifiers[i] = true
		case at.Value.Op == program.OpIdent && fn.Name == at.Value.Name && fn.Parent == 0:
			verifiers[i] = !rehearsal.MatchString(fn.Name)
		}
	}
}

// yesToAll gives the return of a function that lets a caller in, where nothing in it
// depends on more than that there is a token.
func yesToAll(fn *program.Function) *program.Stmt {
	token := ""
	for i := range fn.Params {
		if strings.Contains(strings.ToLower(fn.Params[i].Name), "token") {
			token = fn.Params[i].Name
		}
	}
	if token == "" {
		return nil
	}
	var yes *program.Stmt
	sure := true
	fn.Walk(func(s *program.Stmt, v *program.Value) bool {
		switch {
		case !sure:
		case v == nil:
			switch s.Op {
			case program.StmtIf:
				sure = isThere(s.Value, token, 4)
			case program.StmtWhile, program.StmtFor, program.StmtSwitch, program.StmtTry, program.StmtWith, program.StmtAssert:
				sure = false
			case program.StmtReturn:
				if letsIn(s.Value) {
					yes = s
				}
			}
		case v.Op == program.OpCall || v.Op == program.OpNew:
			sure = v.X != nil && harmless.MatchString(v.X.Name)
		case v.Op == program.OpCond || v.Op == program.OpIndex || v.Op == program.OpAwait || v.Op == program.OpCompr:
			sure = false
		}
		return sure
	})
	if !sure {
		return nil
	}
	return yes
}

// letsIn reports whether a return names a principal.
func letsIn(v *program.Value) bool {
	if v == nil {
		return false
	}
	switch v.Op {
	case program.OpList:
		return len(v.Args) > 0 && letsIn(v.Args[0])
	case program.OpUnary:
		return v.Name == "&" && len(v.Args) == 1 && letsIn(v.Args[0])
	case program.OpCast:
		return letsIn(v.X)
	case program.OpCall, program.OpNew:
		return v.X != nil && (v.X.Name == "AccessToken" || v.X.Name == "AuthInfo" || v.X.Name == "TokenInfo")
	}
	return v.Op == program.OpObject
}

// isThere reports whether a condition asks no more than whether there is a token.
func isThere(v *program.Value, token string, depth int) bool {
	if v == nil || depth == 0 {
		return false
	}
	switch v.Op {
	case program.OpIdent:
		return v.Name == token
	case program.OpConst:
		return v.Str == "" || v.Const == program.ConstNone || v.Const == program.ConstNumber
	case program.OpField:
		return v.Name == "length" && isThere(v.X, token, depth-1)
	case program.OpCall:
		if v.X == nil || !harmless.MatchString(v.X.Name) {
			return false
		}
		if v.X.Op == program.OpField && len(v.Args) == 0 {
			return isThere(v.X.X, token, depth-1)
		}
		return len(v.Args) == 1 && isThere(v.Args[0], token, depth-1)
	case program.OpUnary, program.OpLogical, program.OpCompare:
		for _, a := range v.Args {
			if !isThere(a, token, depth-1) {
				return false
			}
		}
		return len(v.Args) > 0
	}
	return false
}
