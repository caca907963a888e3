package oauth

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	challenge = regexp.MustCompile(`(?i)code_?challenge|pkce`)
	asksCode  = regexp.MustCompile(`[?&]response_type=code(&|$|\s)`)
)

// loginParts are parameters of the address of a login.
var loginParts = rule.NewMarkers("response_type", "code_challenge_method")

// missingPKCE reports addresses of a login, built by hand, that bind the code to no
// secret of this login, or to one that is sent along in the open.
func missingPKCE(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	in := loginParts.Funcs(p)
	if len(in) == 0 {
		return
	}
	without := !challenge.MatchString(p.File.Tree.Text.String())
	var first *rule.Finding
	report := func(span source.Span, plainMethod bool) {
		switch {
		case first == nil:
			first = &rule.Finding{Span: span, Sink: "response_type"}
			if plainMethod {
				first.Sink, first.Message = "code_challenge_method", "The method plain sends the verifier along in the address of the login, so the code is bound to nothing secret"
			}
		case len(first.Related) < 12:
			first.Related = append(first.Related, rule.Step{Path: p.File.Path, Span: span, Text: "and here"})
		}
	}
	for _, i := range in {
		begins := strings.Contains(p.FuncText(i), "client_id")
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v == nil {
				return true
			}
			name, value, where := parameterOf(v)
			switch {
			case where == nil:
			case name == "code_challenge_method" && value == "plain":
				report(at(p, i, where), true)
			case without && begins && name == "response_type" && value == "code":
				report(at(p, i, where), false)
			}
			return true
		})
	}
	if first != nil && serves(p) {
		p.Report(*first)
	}
}

// parameterOf gives the parameter of an address that a value sets, with its constant
// value, and the place to tell of.
func parameterOf(v *program.Value) (name, value string, where *program.Value) {
	constant := func(x *program.Value) string {
		if x != nil && (x.Op == program.OpList || x.Op == program.OpObject) && len(x.Args) == 1 {
			x = x.Args[0] // of Go's url.Values
		}
		if x == nil || x.Op != program.OpConst || x.Const != program.ConstString {
			return ""
		}
		return x.Str
	}
	switch v.Op {
	case program.OpObject:
		for _, a := range v.Args {
			if a != nil && a.Op == program.OpSpread {
				return "", "", nil // the challenge may be among what is not seen
			}
		}
		for _, a := range v.Args {
			if a != nil && a.Op == program.OpPair && (a.Name == "response_type" || a.Name == "code_challenge_method") {
				if s := constant(a.X); a.Name == "response_type" || s == "plain" {
					return a.Name, s, a
				}
			}
		}
	case program.OpCall:
		if v.X == nil || len(v.Args) != 2 {
			return "", "", nil
		}
		switch v.X.Name {
		case "set", "append", "Set", "Add", "SetAuthURLParam":
			return constant(v.Args[0]), constant(v.Args[1]), v
		}
	case program.OpConst:
		switch {
		case v.Const != program.ConstString:
		case strings.Contains(v.Str, "code_challenge_method=plain"):
			return "code_challenge_method", "plain", v
		case asksCode.MatchString(v.Str):
			return "response_type", "code", v
		}
	}
	return "", "", nil
}
