package secrets

import (
	"fmt"
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// defaultSecret reports keys and passwords of the server itself that are a text of the
// source where the environment has none. What looks random is left to
// hard-coded-credential, and what opens the services of others is not judged: a default
// for those opens nothing.
func defaultSecret(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	d := defaults{Pass: p}
	switch {
	case p.File.Lang == source.Python:
		d.python()
	case p.File.Lang == source.Go:
		d.golang()
	default:
		d.ecma()
	}
}

type defaults struct {
	*rule.Pass
	production int // 1 where the file treats production apart, -1 where it does not
}

// ownSecret is what a variable is called that holds a secret of the server itself: a key by
// which it signs or encrypts, or what callers and administrators have to know.
var ownSecret = regexp.MustCompile(`(?i)(^|_)((jwt|session|cookie|signing|hmac|csrf|encryption)_?(secret_?key|secret|key)|(webhook|nextauth|better_auth|auth|flask|django|app|state|token|jwt_signing)_?secret(_?key)?|admin_?(password|token|secret|api_?key)|mcp_?(auth_?token|server_?token|access_?token|bearer_?token|secret))$|^secret(_?key)?$`)

// nothing is a default that stands for no secret at all.
var nothing = regexp.MustCompile(`(?i)^(none|null|unset|not[-_ ]?set|n/?a|missing|undefined|no[-_]?(key|token|auth|secret)|optional|disabled|anonymous)$`)

// production is in a file that may refuse its default where it counts.
var production = regexp.MustCompile(`(?i)production|\bis_?prod\b|node_env`)

// judge reports a default. whole is the look-up with its default.
func (d *defaults) judge(fn int, variable string, whole, text *program.Value, fixes ...rule.Fix) {
	if !ownSecret.MatchString(variable) || nothing.MatchString(text.Str) {
		return
	}
	if longEnough(text) && hasForm(text.Str) || random(text.Str, strings.Contains(strings.ToLower(variable), "pass")) {
		return // hard-coded-credential
	}
	if d.production == 0 {
		d.production = -1
		if production.MatchString(d.File.Tree.Text.String()) {
			d.production = 1
		}
	}
	if d.production > 0 {
		return
	}
	d.Report(rule.Finding{Span: whole.Span.Shift(d.File.Funcs[fn].Start), Parameter: variable, Fixes: fixes})
}

func (d *defaults) python() {
	for _, c := range d.Calls("getenv", "get") {
		if len(c.Value.Args) != 2 || !isText(c.Arg(1)) {
			continue
		}
		if name := c.Name(); name != "os.getenv" && name != "os.environ.get" {
			continue
		}
		if variable, ok := d.File.ConstString(c.Func, c.Arg(0)); ok {
			edits := append([]rule.Edit{c.Replace(c.Span(), "os.environ["+c.Text(c.Arg(0))+"]")}, rule.ImportModule(d.File, "os")...)
			d.judge(c.Func, variable, c.Value, c.Arg(1), rule.Fix{Title: "Do not start without " + variable, Edits: edits})
		}
	}
}

func (d *defaults) ecma() {
	for i := range d.File.Funcs {
		for _, v := range candidates.Of(d.File.Funcs[i].Function).fallbacks {
			variable := v.Args[0].Name
			if v.Name == "and" || v.Args[0].X == nil || d.File.Canonical(i, v.Args[0].X) != "process.env" {
				continue
			}
			c := rule.Call{Pass: d.Pass, Func: i, Value: v}
			edit := c.Replace(c.At(v.Args[1]), fmt.Sprintf("(() => { throw new Error(%q); })()", variable+" is not set"))
			d.judge(i, variable, v, v.Args[1], rule.Fix{Title: "Do not start without " + variable, Edits: []rule.Edit{edit}})
		}
	}
}

// envHelper is what functions are called that read the environment with a default.
var envHelper = regexp.MustCompile(`(?i)^(get|read|lookup|load|must)?_?env(ironment)?_?(var|variable|string|str)?_?(or|with|default|fallback|ordefault|withdefault|orelse)*$`)

func (d *defaults) golang() {
	for _, c := range d.Calls("Or") {
		if c.Name() != "cmp.Or" || len(c.Value.Args) != 2 || !isText(c.Arg(1)) || c.Arg(0) == nil || c.Arg(0).Op != program.OpCall {
			continue
		}
		lookup := rule.Call{Pass: d.Pass, Func: c.Func, Value: c.Arg(0)}
		if lookup.Name() == "os.Getenv" && isText(lookup.Arg(0)) {
			d.judge(c.Func, lookup.Arg(0).Str, c.Value, c.Arg(1))
		}
	}
	if len(d.Calls("Getenv", "LookupEnv")) == 0 {
		return
	}
	for i := range d.File.Funcs {
		name := d.File.Funcs[i].Name
		if !envHelper.MatchString(name) {
			continue
		}
		for _, c := range d.Calls(name) {
			if len(c.Value.Args) == 2 && isText(c.Arg(0)) && isText(c.Arg(1)) {
				d.judge(c.Func, c.Arg(0).Str, c.Value, c.Arg(1))
			}
		}
	}
}
