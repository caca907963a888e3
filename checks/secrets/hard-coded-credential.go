package secrets

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

//go:embed credentials.yaml
var credentialData []byte

// form is one known form of credential.
type form struct {
	Name     string
	Contains []string
	Pattern  string
	re       *regexp.Regexp
}

var forms = func() []form {
	var all []form
	if err := yaml.Unmarshal(credentialData, &all); err != nil {
		panic(fmt.Sprintf("secrets: credentials.yaml: %v", err))
	}
	for i := range all {
		all[i].re = regexp.MustCompile(all[i].Pattern)
	}
	return all
}()

// hardCodedCredential reports constants in the form of a known credential, and
// random-looking constants that are given to a name such as password or apiKey.
func hardCodedCredential(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for i := range p.File.Funcs {
		c := candidates.Of(p.File.Funcs[i].Function)
		s := searcher{Pass: p, fn: i}
		for _, g := range c.given {
			s.named(g.name, g.value)
		}
		for _, call := range c.calls {
			if variable, fallback := s.environmentDefault(call); fallback != nil {
				s.named(variable, fallback)
			}
		}
		for _, v := range c.constants {
			s.known("", v)
		}
	}
}

// candidate is what a function holds that may be a credential.
type candidate struct {
	given     []given          // constants that are given to a name
	calls     []*program.Value // that may have a constant as their default
	constants []*program.Value // in what may be a known form
	fallbacks []*program.Value // a || "text", where a may be read from the environment
}

type given struct {
	name  string
	value *program.Value
}

var candidates = program.Keep(func(fn *program.Function) *candidate {
	c := &candidate{}
	for j := range fn.Params {
		c.give(fn.Params[j].Name, fn.Params[j].Default)
	}
	fn.Walk(c.visit)
	return c
})

type searcher struct {
	*rule.Pass
	fn       int
	reported map[*program.Value]bool
}

// visit gathers every constant that may be in a known form, and everything that
// gives a name to a constant.
func (c *candidate) visit(stmt *program.Stmt, v *program.Value) bool {
	if v == nil {
		if stmt.Op == program.StmtAssign && len(stmt.Targets) == 1 {
			c.give(nameOf(stmt.Targets[0]), stmt.Value)
		}
		if stmt.Class != nil {
			for i := range stmt.Class.Fields {
				c.give(stmt.Class.Fields[i].Name, stmt.Class.Fields[i].Value)
			}
		}
		return true
	}
	switch v.Op {
	case program.OpKeyword, program.OpPair:
		c.give(v.Name, v.X)
	case program.OpAssign:
		if len(v.Args) == 1 {
			c.give(nameOf(v.Args[0]), v.X)
		}
	case program.OpCall:
		if mayLookUp(v) {
			c.calls = append(c.calls, v)
		}
	case program.OpLogical:
		if len(v.Args) == 2 && isText(v.Args[1]) && v.Args[0] != nil && (v.Args[0].Op == program.OpField || v.Args[0].Op == program.OpIndex) {
			c.fallbacks = append(c.fallbacks, v)
		}
	case program.OpConst:
		if longEnough(v) && hasForm(v.Str) {
			c.constants = append(c.constants, v)
		}
	}
	return true
}

// mayLookUp reports whether a call may be a look-up in the environment with a
// constant for its default, as far as it tells by itself.
func mayLookUp(v *program.Value) bool {
	if len(v.Args) != 2 || v.X == nil || v.Args[0] == nil || v.Args[1] == nil || v.Args[1].Op != program.OpConst {
		return false
	}
	return v.X.Op == program.OpIdent || v.X.Op == program.OpField && (v.X.Name == "get" || v.X.Name == "getenv")
}

// give takes a note of a value that is given to a name: the constant itself, or
// the constant that stands in when the environment has none.
func (c *candidate) give(name string, v *program.Value) {
	if v != nil && v.Op == program.OpLogical && len(v.Args) == 2 {
		v = v.Args[1]
	}
	if name == "" || v == nil || v.Op != program.OpConst || v.Const != program.ConstString || len(v.Str) < 8 {
		return
	}
	if longEnough(v) && hasForm(v.Str) || IsSecretName(name) && !exampleName.MatchString(name) {
		c.given = append(c.given, given{name, v})
	}
}

func longEnough(v *program.Value) bool {
	return (v.Const == program.ConstString || v.Const == program.ConstBytes) && len(v.Str) >= 16
}

// hasForm reports whether a text holds what some known form begins with.
func hasForm(s string) bool {
	for i := range forms {
		if containsOne(s, forms[i].Contains) {
			return true
		}
	}
	return false
}

func nameOf(v *program.Value) string {
	if v != nil && (v.Op == program.OpIdent || v.Op == program.OpField || v.Op == program.OpIndex) {
		return v.Name
	}
	return ""
}

// environmentDefault gives the variable and the default of a look-up in the
// environment that has one.
func (s *searcher) environmentDefault(v *program.Value) (string, *program.Value) {
	switch s.File.Canonical(s.fn, v.X) {
	case "os.getenv", "os.environ.get":
		name, _ := s.File.ConstString(s.fn, v.Args[0])
		return name, v.Args[1]
	}
	return "", nil
}

// named judges a value that is given to a name: the constant itself, or the
// constant that stands in when the environment has none.
func (s *searcher) named(name string, v *program.Value) {
	if v != nil && v.Op == program.OpLogical && len(v.Args) == 2 {
		v = v.Args[1]
	}
	if name == "" || v == nil || v.Op != program.OpConst || v.Const != program.ConstString {
		return
	}
	if s.known(name, v) || !IsSecretName(name) || exampleName.MatchString(name) {
		return
	}
	if random(v.Str, isPassword(name)) {
		s.report("A value for "+name, name, v, rule.Medium)
	}
}

// known reports a constant that is in a known form.
func (s *searcher) known(name string, v *program.Value) bool {
	if !longEnough(v) || s.reported[v] {
		return s.reported[v]
	}
	if f := knownForm(v.Str); f != nil {
		s.report(f.Name, name, v, rule.High)
		return true
	}
	return false
}

// isPassword reports whether a name is that of a password, which people choose.
func isPassword(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "pass") || strings.HasSuffix(name, "pwd")
}

// knownForm gives the form of the credential that a text holds, nil for none.
func knownForm(text string) *form {
	for i := range forms {
		f := &forms[i]
		if !containsOne(text, f.Contains) {
			continue
		}
		if m := f.re.FindStringSubmatch(text); m != nil && !f.harmless(m) {
			return f
		}
	}
	return nil
}

func containsOne(s string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

var (
	// placeholder is what examples and templates hold where the secret will stand.
	placeholder = regexp.MustCompile(`(?i)example|placeholder|your|change[_-]?me|change[_-]?it|dummy|fake|sample|demo|test|todo|insert|replace|redacted|x{4,}|\*{3,}|\.{3}|0{6,}|1{6,}|12345|abcde|secret|passw|user|pass$|token|api_?key|credential|none|null|undefined|default|<|>|\{|\}|\$`)
	// exampleName is what a value is called that is an example by its name.
	exampleName = regexp.MustCompile(`(?i)example|placeholder|dummy|fake|sample|demo|test|mock`)
	// obvious is what even a value in a known form holds if it is none.
	obvious   = regexp.MustCompile(`(?i)example|placeholder|your|x{6,}|\*{3,}|\.{3}|0{8,}|12345678|abcdefgh|redacted|dummy|fake`)
	localHost = regexp.MustCompile(`(?i)^(localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|host|hostname|db|database|postgres|mysql|mongo|redis|rabbitmq|server|.*\bexample\.(com|org|net)|.*\.local(host)?|host\.docker\.internal)$`)
)

// harmless reports whether a match is a documented example or opens nothing.
func (f *form) harmless(m []string) bool {
	if i := f.re.SubexpIndex("secret"); i > 0 {
		return placeholder.MatchString(m[i]) || localHost.MatchString(m[f.re.SubexpIndex("host")])
	}
	return obvious.MatchString(m[0]) || entropy(m[0]) < 3
}

// random reports whether a value looks like a secret by itself. People choose
// passwords shorter and plainer than keys.
func random(s string, password bool) bool {
	least, bits := 16, 3.5
	if password {
		least, bits = 8, 2.75
	}
	if len(s) < least || len(s) > 200 || placeholder.MatchString(s) || entropy(s) < bits {
		return false
	}
	letter, digit := false, false
	for _, r := range s {
		switch {
		case r > unicode.MaxASCII || unicode.IsSpace(r):
			return false
		case unicode.IsDigit(r):
			digit = true
		case unicode.IsLetter(r):
			letter = true
		case strings.ContainsRune("/:,;()[]\\", r) && !isBase64(s):
			return false // a path, an address, a list
		}
	}
	return letter && digit && !hash.MatchString(s) && !uuid.MatchString(s) && !public.MatchString(s)
}

var (
	hash = regexp.MustCompile(`^(sha\d+-|[0-9a-f]{64}$|[0-9a-f]{128}$)`)
	// public are keys that their providers mean to be shipped: they tell whose data is
	// sent, and open nothing (PostHog projects, Stripe and Supabase publishable keys,
	// public Mapbox tokens).
	public = regexp.MustCompile(`^(phc_|pk_(live|test)_|sb_publishable_|pk\.eyJ)`)
	uuid   = regexp.MustCompile(`(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

// entropy gives the bits of information per byte of s.
func entropy(s string) float64 {
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			share := float64(n) / float64(len(s))
			bits -= share * math.Log2(share)
		}
	}
	return bits
}

// report names the kind of credential and never the credential.
func (s *searcher) report(what, name string, v *program.Value, c rule.Confidence) {
	if s.reported == nil {
		s.reported = map[*program.Value]bool{}
	}
	s.reported[v] = true
	span := v.Span.Shift(s.File.Funcs[s.fn].Start)
	s.Report(rule.Finding{Span: span, Parameter: what, Confidence: c, Fixes: s.fromEnvironment(name, span)})
}

var nameStart = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// fromEnvironment reads the value from the environment instead. It is not
// preferred: the variable has to be set first.
func (s *searcher) fromEnvironment(name string, literal source.Span) []rule.Fix {
	variable := strings.ToUpper(nameStart.ReplaceAllString(name, "${1}_$2"))
	if !environmentName.MatchString(variable) {
		return nil
	}
	edits := []rule.Edit{{Path: s.File.Path, Span: literal}}
	switch {
	case s.File.Lang == source.Python:
		edits[0].New = fmt.Sprintf("os.environ[%q]", variable)
		edits = append(edits, rule.ImportModule(s.File, "os")...)
	case s.File.Lang.ECMAScript():
		edits[0].New = "process.env." + variable
	default:
		// Go: most such values are constants, which a call cannot be.
		return nil
	}
	return []rule.Fix{{Title: "Read it from the environment variable " + variable, Edits: edits}}
}

var environmentName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
