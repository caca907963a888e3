package oauth

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// redirectURINotExact reports checks that let an address pass to which a login's code
// is sent, because it begins like a registered one, or holds one.
func redirectURINotExact(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls("startsWith", "startswith", "includes", "endsWith", "endswith", "HasPrefix", "HasSuffix", "Contains", "match", "search", "fullmatch", "fnmatch", "fnmatchcase", "minimatch") {
		subject, with := compared(c)
		if subject == nil || !redirectName.MatchString(rule.Plain(endName(subject))) || strict(p, c, with) {
			continue
		}
		s, chain := p.Around(c.Func, c.Value)
		if !decides(p, c.Func, s, chain, 3) || exactly.MatchString(p.FuncText(c.Func)) {
			continue
		}
		p.Report(rule.Finding{Span: c.Span(), Parameter: c.Text(subject), Sink: c.Value.X.Name, Fixes: exact(c, subject, with, chain)})
	}
	for _, c := range p.Calls("OAuthProxy", "OIDCProxy", "GitHubProvider", "GoogleProvider", "AzureProvider", "Auth0Provider", "WorkOSProvider") {
		if !strings.HasPrefix(c.Name(), "fastmcp.") {
			continue
		}
		allowed := c.Keyword("allowed_client_redirect_uris")
		if allowed == nil || allowed.X == nil || allowed.X.Op != program.OpList {
			continue
		}
		for _, a := range allowed.X.Args {
			if a != nil && a.Op == program.OpConst && anywhere.MatchString(a.Str) {
				p.Report(rule.Finding{Span: c.At(a), Parameter: "the client's redirect_uri", Sink: c.Value.X.Name + ", with a pattern that fits any host,"})
				break
			}
		}
	}
}

var (
	redirectName = regexp.MustCompile(`(redirect|callback)(uri|url)$`)
	// anywhere is a pattern of FastMCP that any host fits.
	anywhere = regexp.MustCompile(`^(\*|https?://\*(:\*)?(/.*)?|\*://.*)$`)
	// exactly says that a function compares the whole address as well.
	exactly = regexp.MustCompile(`(?i)redirect_?ur[il]s?\w*\s*(\.|\?\.|!\.)\s*(includes|has|some\(\s*\(?\w+\)?\s*=>\s*\w+\s*===?)|redirect_?ur[il]\)?\s+(not\s+)?in\s|slices\.Contains\(|redirect_?ur[il]\s*(===?|!==?)\s*[\w.\[\]]*[a-z(]|allowed\w*\.(includes|has)\(`)
	// opening is the beginning of an address up to the host: what kind it is.
	opening = regexp.MustCompile(`(?i)^([a-z][a-z0-9+.-]*:(//)?|/+|)$`)
	// loopback is a prefix that only addresses of this machine have.
	loopback = regexp.MustCompile(`(?i)^http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/`)
	web      = regexp.MustCompile(`(?i)^https?://`)
)

// endName gives the name that a value ends in, looked for through conversions.
func endName(v *program.Value) string {
	for range 3 {
		if v != nil && v.Op == program.OpCall && len(v.Args) == 1 && v.X != nil && (v.X.Name == "str" || v.X.Name == "String") {
			v = v.Args[0]
			continue
		}
		if v != nil && v.Op == program.OpCall && len(v.Args) == 0 && v.X != nil && v.X.Op == program.OpField && (v.X.Name == "String" || v.X.Name == "toString" || v.X.Name == "lower" || v.X.Name == "toLowerCase") {
			v = v.X.X
		}
	}
	if v == nil {
		return ""
	}
	return v.Name
}

// compared gives the text that a call looks into and what it looks for.
func compared(c rule.Call) (subject, with *program.Value) {
	x := c.Value.X
	name := c.Name()
	switch {
	case c.Pass.File.Lang == source.Go:
		if strings.HasPrefix(name, "strings.") && x.Name != "Replace" {
			return c.Arg(0), c.Arg(1)
		}
	case strings.HasPrefix(name, "re."):
		return c.Arg(1), c.Arg(0)
	case strings.HasPrefix(name, "fnmatch.") || x.Name == "minimatch":
		return c.Arg(0), c.Arg(1)
	case x.Op == program.OpField && x.Name != "search" && x.Name != "fullmatch":
		return x.X, c.Arg(0)
	}
	return nil, nil
}

// strict reports whether what is looked for says no more than which kind of address it
// is, or leaves no other address.
func strict(p *rule.Pass, c rule.Call, with *program.Value) bool {
	if with == nil {
		return true
	}
	if with.Op == program.OpRegex {
		return strings.HasPrefix(with.Str, "^") && strings.HasSuffix(with.Str, "$")
	}
	s, ok := p.File.ConstString(c.Func, with)
	if !ok {
		return with.Op != program.OpIdent && with.Op != program.OpField
	}
	if strings.HasPrefix(c.Name(), "re.") {
		return c.Value.X.Name == "fullmatch" || strings.HasSuffix(s, "$") || strings.HasSuffix(s, `\Z`)
	}
	switch c.Value.X.Name {
	case "startsWith", "startswith", "HasPrefix":
		return !web.MatchString(s) || opening.MatchString(s) || loopback.MatchString(s)
	case "includes", "Contains":
		return len(s) < 3 || !strings.ContainsAny(s, ".") && s != "localhost"
	case "endsWith", "endswith", "HasSuffix":
		return !strings.Contains(s, ".") && !strings.Contains(s, "/")
	}
	return true
}

// checker is the name of a function, or of an outcome, that says whether an address is
// one that may be used.
var checker = regexp.MustCompile(`(?i)valid|allow|permit|trust|verif|match|accept|ok$|known|registered`)

// decides reports whether the outcome of a comparison lets an address pass.
func decides(p *rule.Pass, fn int, s *program.Stmt, chain []*program.Value, depth int) bool {
	if s == nil || depth == 0 || fn <= 0 && s.Op == program.StmtReturn {
		return false
	}
	negated := false
	for _, v := range chain {
		negated = negated || v.Op == program.OpUnary && (v.Name == "!" || v.Name == "not")
		if v.Op == program.OpCond {
			return false
		}
	}
	switch s.Op {
	case program.StmtIf:
		if s.Value == nil || len(s.Body) == 0 {
			return false
		}
		last := s.Body[len(s.Body)-1]
		if negated {
			return last.Op == program.StmtThrow || last.Op == program.StmtReturn
		}
		return last.Op == program.StmtReturn && rule.IsTrue(last.Value)
	case program.StmtAssign:
		return len(s.Targets) == 1 && s.Targets[0] != nil && checker.MatchString(s.Targets[0].Name)
	case program.StmtReturn:
		if p.File.Funcs[fn].Name != "" {
			return checker.MatchString(p.File.Funcs[fn].Name)
		}
		return around(p, fn, depth)
	case program.StmtExpr:
		return false
	}
	return false
}

// around is decides for what a function without a name gives to the call it is handed
// to, as in list.some(x => uri.startsWith(x)).
func around(p *rule.Pass, fn, depth int) bool {
	outer, s, chain := p.AroundFunc(fn)
	if outer < 0 || s == nil {
		return false
	}
	if len(chain) == 0 {
		return s.Op == program.StmtAssign && len(s.Targets) == 1 && s.Targets[0] != nil && checker.MatchString(s.Targets[0].Name)
	}
	if last := chain[len(chain)-1]; last.Op != program.OpCall || last.X == nil || last.X.Name != "some" {
		return false
	}
	return decides(p, outer, s, chain, depth-1)
}

// exact gives the comparison with the whole address, where the other one is a name.
func exact(c rule.Call, subject, with *program.Value, chain []*program.Value) []rule.Fix {
	if with.Op != program.OpIdent && with.Op != program.OpField {
		return nil
	}
	switch c.Value.X.Name {
	case "startsWith", "startswith", "HasPrefix":
	default:
		return nil
	}
	if _, constant := c.Pass.File.ConstString(c.Func, with); constant {
		return nil
	}
	equal := " == "
	if c.Pass.File.Lang.ECMAScript() {
		equal = " === "
	}
	made := c.Text(subject) + equal + c.Text(with)
	if len(chain) > 0 && chain[len(chain)-1].Op == program.OpUnary {
		made = "(" + made + ")"
	}
	return []rule.Fix{{Title: "Compare the whole address", Edits: []rule.Edit{c.Replace(c.Span(), made)}}}
}
