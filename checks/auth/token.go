package auth

// token.go reads the calls that verify the token of a request, for the checks on what
// they leave out.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// fromHeader is where the token of a request is read.
	fromHeader = regexp.MustCompile(`(?i)\bheaders?\b[^\n=]{0,40}["'.\[]authorization\b|\bheaders?\.get\(["']authorization|get_http_headers\(|HTTPAuthorizationCredentials|OAuth2PasswordBearer|HTTPBearer`)
	// verifierNames are functions that are handed the token of a request.
	verifierNames = regexp.MustCompile(`(?i)^(verify|validate|authenticate|authori[sz]e|check)_?((access|auth|bearer|jwt|id)_?)*(token|jwt|bearer|request|auth)$|^load_access_token$|^(authenticate|require_?auth|auth_?middleware|get_?current_?user)$`)
	// otherDuty is in the name of a function that looks at a token for another end than
	// to let somebody in.
	otherDuty = regexp.MustCompile(`(?i)refresh|logout|log_out|revoke|expir|log_?in|callback|exchange|cache|debug|inspect|test|mock`)
	// answered says that another place has verified the token already.
	answered = regexp.MustCompile(`(?i)already\s+(been\s+)?(verified|validated|checked)|(verified|validated|checked|verification\s+(is\s+)?done|validates|verifies)\s+(by|at|upstream|in front)\b`)
)

// place gives the text of the function around a call, with the functions around that,
// and whether the token of a request is judged there.
func place(p *rule.Pass, fn int) (text string, inbound bool) {
	for i := fn; i > 0; i = p.File.Funcs[i].Parent {
		f := &p.File.Funcs[i]
		text = p.File.Tree.Text.Slice(source.Span{Start: f.Start, End: f.Start + f.Len})
		if otherDuty.MatchString(f.Name) {
			return text, false
		}
		inbound = inbound || verifierNames.MatchString(f.Name) || fromHeader.MatchString(text)
	}
	return text, inbound && !answered.MatchString(text)
}

// option gives a setting of a call that verifies a token, written out there or under a
// name: options={"verify_exp": False}, {ignoreExpiration: true}.
func option(p *rule.Pass, c rule.Call, name string) rule.Part {
	for _, a := range c.Value.Args {
		if a == nil {
			continue
		}
		if a.Op == program.OpKeyword {
			if a.Name != "options" {
				continue
			}
			a = a.X
		}
		if found := member(p.Written(rule.Part{Func: c.Func, Value: a}), name); found.Value != nil {
			return found
		}
	}
	return rule.Part{}
}

// member gives the pair of a name in an object that is written out.
func member(object rule.Part, name string) rule.Part {
	if object.Value == nil || object.Value.Op != program.OpObject {
		return rule.Part{}
	}
	for _, pair := range object.Value.Args {
		if pair != nil && pair.Op == program.OpPair && pair.Name == name {
			return rule.Part{Func: object.Func, Value: pair}
		}
	}
	return rule.Part{}
}

// is reports whether a pair holds a constant of a kind.
func is(pair rule.Part, text string) bool {
	v := pair.Value
	return v != nil && v.X != nil && v.X.Op == program.OpConst && v.X.Const == program.ConstBool && v.X.Str == text
}

// pyDecode reports whether a call is that of a Python library that reads a token.
func pyDecode(c rule.Call) bool {
	switch c.Name() {
	case "jwt.decode", "jwt.api_jwt.decode", "jose.jwt.decode", "jwt.decode_complete":
		return true
	}
	return false
}

// of reports whether a call is one of a module: jsonwebtoken.decode, however it is imported.
func of(c rule.Call, module string) bool {
	return strings.HasPrefix(c.Name(), module+".")
}

// imports reports whether a file imports a module with a word in its path.
func imports(f *program.File, word string) bool {
	for i := range f.Imports {
		if strings.Contains(f.Imports[i].Module, word) {
			return true
		}
	}
	return false
}

// anew gives the edit that writes another value into a pair.
func anew(p *rule.Pass, pair rule.Part, with string) rule.Edit {
	return rule.Edit{Path: p.File.Path, Span: p.SpanOf(rule.Part{Func: pair.Func, Value: pair.Value.X}), New: with}
}
