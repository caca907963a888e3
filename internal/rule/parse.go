package rule

// parse.go reads rule files. Every key is known and acted upon, or an error
// that names file, line and key: a rule that silently means less than its
// author wrote would be worse than none.

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/source"
)

// Rule is one rule as its author wrote it.
type Rule struct {
	ID       string
	Message  string
	Severity string // as written: ERROR, WARNING, INFO, CRITICAL, …
	// Languages are ours among those the rule names; Text is set for rules that
	// run on any text (languages generic and regex), TextRegex where even their
	// plain patterns are regular expressions.
	Languages []source.Language
	Text      bool
	TextRegex bool
	Metadata  map[string]any
	File      string
	Line      int // counted from 1

	Fix      string    // a template for the text that replaces a match
	FixRegex *FixRegex // a replacement within a match
	Include  []string  // globs of paths
	Exclude  []string

	Match *Formula // search mode
	Taint *Taint   // taint mode

	options options
}

// FixRegex rewrites what a regular expression finds in a match.
type FixRegex struct {
	Replacement string
	Count       int // 0 replaces all
	re          regex
}

// Taint is what a rule in taint mode says.
type Taint struct {
	Sources, Sinks, Sanitizers []*TaintPattern
	Propagators                []*TaintPattern
}

// TaintPattern is a source, sink, sanitizer or propagator.
type TaintPattern struct {
	Formula
	Exact        bool
	BySideEffect bool
	NotConflict  bool
	Label        string
	Requires     string
	requires     expr
	From, To     string // metavariables of a propagator
}

// Op is the form of a formula.
type Op uint8

// The forms of a formula.
const (
	OpPattern   Op = iota // Text is code
	OpRegex               // Text is a regular expression
	OpAnd                 // Kids, then Conditions, then Focus
	OpOr                  // Kids
	OpNot                 // Kids[0] does not match here
	OpInside              // the match lies inside Kids[0]
	OpNotInside           // the match lies inside no Kids[0]
	OpMCP                 // Text says what the outside has to do with a value: input, untrusted, tool, …
	OpSinkKind            // Text is a kind of sink
)

// Formula is a pattern or a combination of patterns.
type Formula struct {
	Op         Op
	Text       string
	Line       int
	Kids       []*Formula
	Conditions []*Condition
	Focus      [][]string // each a union; all have to hold
	re         regex
}

// ConditionKind is what a condition asks of a metavariable.
type ConditionKind uint8

// The kinds of condition.
const (
	MetavariableRegex ConditionKind = iota
	MetavariablePattern
	MetavariableComparison
	MetavariableType
	MetavariableAnalysis
)

// Condition restricts what a metavariable stands for.
type Condition struct {
	Kind     ConditionKind
	Line     int
	Variable string
	// Constant lets metavariable-regex look at the value of a constant.
	Constant bool
	Formula  *Formula // of metavariable-pattern
	Language string   // of metavariable-pattern: generic, regex, python, …
	Types    []string
	Analyzer string
	Strip    bool // of a comparison: the quotes of a string
	Base     int  // of a comparison: of a number in a string

	re   regex
	expr expr
}

type options struct {
	symbolic          bool
	constants         bool
	unifyMetavars     bool
	safeFunctions     bool
	safeIndexes       bool
	safeComparisons   bool
	safeBooleans      bool
	safeNumbers       bool
	assignPropagation bool
}

// mcpNames are the values that the operator mcp takes.
var mcpNames = []string{"input", "untrusted", "remote", "tool", "resource", "prompt", "transport", "result", "description"}

// ParseFile reads a rule file. The error joins everything found wrong, each
// with file and line; the rules without fault are returned beside it.
func ParseFile(name string, data []byte) ([]*Rule, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &parser{file: name}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:1: a rule file is a mapping with the key rules", name)
	}
	var rules []*Rule
	p.each(doc.Content[0], func(key string, k, v *yaml.Node) {
		if key != "rules" {
			p.unknown(k, "in a rule file")
			return
		}
		if v.Kind != yaml.SequenceNode {
			p.fail(v, "rules is a list")
			return
		}
		for _, n := range v.Content {
			if r := p.rule(n); r != nil {
				rules = append(rules, r)
			}
		}
	})
	return rules, errors.Join(p.errs...)
}

// ParseNode reads one rule out of a larger document, such as a check's front
// matter, whose rule has neither id nor message of its own. Line numbers of
// errors are those of the node, plus shift.
func ParseNode(name string, shift int, n *yaml.Node) (*Rule, error) {
	p := &parser{file: name, shift: shift, embedded: true}
	r := p.rule(n)
	return r, errors.Join(p.errs...)
}

type parser struct {
	file     string
	shift    int
	embedded bool
	errs     []error
	depth    int
	nodes    int // nodes read, aliases as often as they are used
}

// maxRuleNodes bounds what a rule file unfolds to: an alias of aliases of
// aliases is short on disk only.
const maxRuleNodes = 200_000

func (p *parser) fail(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d: %s", p.file, n.Line+p.shift, fmt.Sprintf(format, args...)))
}

func (p *parser) unknown(k *yaml.Node, where string) {
	p.fail(k, "unsupported key %q %s", k.Value, where)
}

// each calls fn for the entries of a mapping, aliases followed.
func (p *parser) each(n *yaml.Node, fn func(key string, k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		p.fail(n, "a mapping is expected here")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := n.Content[i+1]
		if p.nodes++; p.nodes > maxRuleNodes {
			if p.nodes == maxRuleNodes+1 {
				p.fail(n, "the rules unfold to more than %d entries", maxRuleNodes)
			}
			return
		}
		if v.Kind == yaml.AliasNode {
			v = v.Alias
		}
		fn(n.Content[i].Value, n.Content[i], v)
	}
}

func (p *parser) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		p.fail(n, "a text is expected here")
	}
	return n.Value
}

func (p *parser) texts(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var out []string
	for _, c := range n.Content {
		out = append(out, p.text(c))
	}
	return out
}

func (p *parser) flag(n *yaml.Node) bool {
	b, err := strconv.ParseBool(n.Value)
	if err != nil {
		p.fail(n, "true or false is expected, not %q", n.Value)
	}
	return b
}

func (p *parser) rule(n *yaml.Node) *Rule {
	before := len(p.errs)
	r := &Rule{File: p.file, Line: n.Line + p.shift, Severity: "WARNING"}
	r.options.constants, r.options.assignPropagation = true, true
	mode := "search"
	top := &Formula{Op: OpAnd, Line: r.Line}
	t := &Taint{}
	var foreign []string
	p.each(n, func(key string, k, v *yaml.Node) {
		switch key {
		case "id":
			r.ID = p.text(v)
		case "message":
			r.Message = strings.TrimSpace(p.text(v))
		case "severity":
			r.Severity = p.text(v)
		case "languages":
			foreign = p.languages(r, v)
		case "metadata":
			if err := v.Decode(&r.Metadata); err != nil {
				p.fail(v, "metadata: %v", err)
			}
		case "mode":
			if mode = p.text(v); mode != "search" && mode != "taint" {
				p.fail(v, "unsupported mode %q; search and taint are known", mode)
			}
		case "options":
			p.options(r, v)
		case "paths":
			p.paths(r, v)
		case "fix":
			r.Fix = p.text(v)
		case "fix-regex":
			r.FixRegex = p.fixRegex(v)
		case "min-version", "max-version":
			p.version(key, v)
		case "pattern-sources":
			t.Sources = p.taints(key, v)
		case "pattern-sinks":
			t.Sinks = p.taints(key, v)
		case "pattern-sanitizers":
			t.Sanitizers = p.taints(key, v)
		case "pattern-propagators":
			t.Propagators = p.taints(key, v)
		default:
			if !p.part(top, key, k, v) {
				p.unknown(k, "in a rule")
			}
		}
	})
	p.complete(n, r, mode, top, t, foreign)
	if len(p.errs) > before {
		return nil
	}
	return r
}

// complete checks that a rule has what its mode needs.
func (p *parser) complete(n *yaml.Node, r *Rule, mode string, top *Formula, t *Taint, foreign []string) {
	if r.ID == "" && !p.embedded {
		p.fail(n, "the rule has no id")
	}
	if len(r.Languages) == 0 && !r.Text {
		if foreign != nil {
			p.fail(n, "rule %s: none of its languages (%s) is read by mcpaudit", r.ID, strings.Join(foreign, ", "))
		} else {
			p.fail(n, "rule %s: languages are missing", r.ID)
		}
	}
	if mode == "taint" {
		r.Taint = t
		if len(t.Sources) == 0 || len(t.Sinks) == 0 {
			p.fail(n, "rule %s: mode taint needs pattern-sources and pattern-sinks", r.ID)
		}
		if len(top.Kids) > 0 {
			p.fail(n, "rule %s: patterns of search mode in mode taint", r.ID)
		}
		return
	}
	if t.Sources != nil || t.Sinks != nil || t.Sanitizers != nil || t.Propagators != nil {
		p.fail(n, "rule %s: pattern-sources, -sinks, -sanitizers and -propagators need mode: taint", r.ID)
	}
	if len(top.Kids) == 0 {
		p.fail(n, "rule %s: no pattern", r.ID)
		return
	}
	r.Match = simplify(top)
}

// simplify takes a formula out of a conjunction that holds nothing else.
func simplify(f *Formula) *Formula {
	if f.Op == OpAnd && len(f.Kids) == 1 && len(f.Conditions) == 0 && len(f.Focus) == 0 && f.Kids[0].Op != OpNot && f.Kids[0].Op != OpInside && f.Kids[0].Op != OpNotInside {
		return f.Kids[0]
	}
	return f
}

func (p *parser) languages(r *Rule, v *yaml.Node) (foreign []string) {
	foreign = []string{}
	add := func(ls ...source.Language) {
		for _, l := range ls {
			if !slices.Contains(r.Languages, l) {
				r.Languages = append(r.Languages, l)
			}
		}
	}
	for _, l := range p.texts(v) {
		switch l {
		case "python", "py", "python3", "python2":
			add(source.Python)
		case "javascript", "js":
			add(source.JavaScript)
		case "typescript", "ts":
			add(source.TypeScript, source.TSX)
		case "tsx":
			add(source.TSX)
		case "go", "golang":
			add(source.Go)
		case "generic", "regex", "none":
			r.Text = true
			r.TextRegex = l == "regex"
		default:
			foreign = append(foreign, l)
		}
	}
	return foreign
}

func (p *parser) options(r *Rule, v *yaml.Node) {
	p.each(v, func(key string, k, v *yaml.Node) {
		switch key {
		case "symbolic_propagation":
			r.options.symbolic = p.flag(v)
		case "constant_propagation":
			r.options.constants = p.flag(v)
		case "taint_unify_mvars":
			r.options.unifyMetavars = p.flag(v)
		case "taint_assume_safe_functions":
			r.options.safeFunctions = p.flag(v)
		case "taint_assume_safe_indexes":
			r.options.safeIndexes = p.flag(v)
		case "taint_assume_safe_comparisons":
			r.options.safeComparisons = p.flag(v)
		case "taint_assume_safe_booleans":
			r.options.safeBooleans = p.flag(v)
		case "taint_assume_safe_numbers":
			r.options.safeNumbers = p.flag(v)
		case "taint_only_propagate_through_assignments":
			r.options.assignPropagation = !p.flag(v)
		case "interfile", "taint_intrafile":
			// A permission to look further, which Semgrep's open engine does not
			// take either: the rule's meaning within a function is the same.
			p.flag(v)
		default:
			p.unknown(k, "in options")
		}
	})
}

func (p *parser) paths(r *Rule, v *yaml.Node) {
	p.each(v, func(key string, k, v *yaml.Node) {
		switch key {
		case "include":
			r.Include = p.texts(v)
		case "exclude":
			r.Exclude = p.texts(v)
		default:
			p.unknown(k, "in paths")
		}
	})
}

func (p *parser) fixRegex(v *yaml.Node) *FixRegex {
	fr := &FixRegex{}
	p.each(v, func(key string, k, v *yaml.Node) {
		switch key {
		case "regex":
			fr.re = p.regex(v, "")
		case "replacement":
			fr.Replacement = p.text(v)
		case "count":
			n, err := strconv.Atoi(v.Value)
			if err != nil {
				p.fail(v, "count is a number")
			}
			fr.Count = n
		default:
			p.unknown(k, "in fix-regex")
		}
	})
	if fr.re == nil {
		p.fail(v, "fix-regex needs regex")
	}
	return fr
}

// semgrepVersion is the version of Semgrep whose rule syntax is read here.
var semgrepVersion = []int{1, 140, 0}

func (p *parser) version(key string, v *yaml.Node) {
	var want []int
	for _, part := range strings.Split(p.text(v), ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			p.fail(v, "%s is a version such as 1.50.0, not %q", key, v.Value)
			return
		}
		want = append(want, n)
	}
	c := slices.Compare(semgrepVersion, want)
	if key == "min-version" && c < 0 || key == "max-version" && c > 0 {
		p.fail(v, "%s %s: the syntax read here is that of Semgrep %d.%d", key, v.Value, semgrepVersion[0], semgrepVersion[1])
	}
}

func (p *parser) regex(v *yaml.Node, prefix string) regex {
	re, err := compileRegex(prefix + p.text(v))
	if err != nil {
		p.fail(v, "%v", err)
	}
	return re
}

// maxFormulaDepth bounds the nesting of a rule.
const maxFormulaDepth = 60

// part adds what one key says to a conjunction; it reports whether it knows
// the key.
func (p *parser) part(and *Formula, key string, k, v *yaml.Node) bool {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxFormulaDepth {
		if p.depth == maxFormulaDepth+1 {
			p.fail(k, "patterns are nested more than %d deep", maxFormulaDepth)
		}
		return true
	}
	line := k.Line + p.shift
	leaf := func(o Op) *Formula { return &Formula{Op: o, Text: p.text(v), Line: line} }
	wrap := func(o Op, f *Formula) *Formula { return &Formula{Op: o, Line: line, Kids: []*Formula{f}} }
	add := func(f *Formula) { and.Kids = append(and.Kids, f) }
	switch key {
	case "pattern":
		add(leaf(OpPattern))
	case "pattern-regex", "pattern-not-regex":
		f := leaf(OpRegex)
		f.re = p.regex(v, "(?m)")
		if key == "pattern-not-regex" {
			f = wrap(OpNot, f)
		}
		add(f)
	case "patterns":
		add(p.formulas(OpAnd, k, v))
	case "pattern-either":
		add(p.formulas(OpOr, k, v))
	case "pattern-not":
		add(wrap(OpNot, p.formula(k, v)))
	case "pattern-inside":
		add(wrap(OpInside, p.formula(k, v)))
	case "pattern-not-inside":
		add(wrap(OpNotInside, p.formula(k, v)))
	case "mcp":
		f := leaf(OpMCP)
		if !slices.Contains(mcpNames, f.Text) {
			p.fail(v, "mcp: %q is none of %s", f.Text, strings.Join(mcpNames, ", "))
		}
		add(f)
	case "sink":
		add(leaf(OpSinkKind))
	case "focus-metavariable":
		and.Focus = append(and.Focus, p.texts(v))
	case "metavariable-regex", "metavariable-pattern", "metavariable-comparison", "metavariable-type", "metavariable-analysis":
		if c := p.condition(key, k, v); c != nil {
			and.Conditions = append(and.Conditions, c)
		}
	default:
		return false
	}
	return true
}

// formula reads the value of pattern-not and its like: code, or a combination.
func (p *parser) formula(k, v *yaml.Node) *Formula {
	if v.Kind == yaml.ScalarNode {
		return &Formula{Op: OpPattern, Text: v.Value, Line: v.Line + p.shift}
	}
	and := &Formula{Op: OpAnd, Line: k.Line + p.shift}
	p.each(v, func(key string, k, v *yaml.Node) {
		if !p.part(and, key, k, v) {
			p.unknown(k, "in a pattern")
		}
	})
	return simplify(and)
}

// formulas reads a list of patterns. The items of a conjunction join it, those
// of a disjunction stand each for itself.
func (p *parser) formulas(o Op, k, v *yaml.Node) *Formula {
	f := &Formula{Op: o, Line: k.Line + p.shift}
	if v.Kind != yaml.SequenceNode {
		p.fail(v, "%s is a list", k.Value)
		return f
	}
	for _, item := range v.Content {
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		into := f
		if o == OpOr {
			into = &Formula{Op: OpAnd, Line: item.Line + p.shift}
		}
		p.each(item, func(key string, k, v *yaml.Node) {
			if !p.part(into, key, k, v) {
				p.unknown(k, "in patterns")
			}
		})
		if o == OpOr {
			f.Kids = append(f.Kids, simplify(into))
		}
	}
	return f
}

func (p *parser) condition(key string, k, v *yaml.Node) *Condition {
	c := &Condition{Line: k.Line + p.shift}
	inner := &Formula{Op: OpAnd, Line: c.Line}
	c.Kind = map[string]ConditionKind{"metavariable-regex": MetavariableRegex, "metavariable-pattern": MetavariablePattern,
		"metavariable-comparison": MetavariableComparison, "metavariable-type": MetavariableType, "metavariable-analysis": MetavariableAnalysis}[key]
	p.each(v, func(field string, fk, fv *yaml.Node) {
		switch {
		case field == "metavariable":
			c.Variable = p.text(fv)
		case field == "regex" && c.Kind == MetavariableRegex:
			c.re = p.regex(&yaml.Node{Kind: yaml.ScalarNode, Value: `\A(?:` + p.text(fv) + `)`, Line: fv.Line}, "")
		case field == "constant-propagation" && c.Kind == MetavariableRegex:
			c.Constant = p.flag(fv)
		case field == "comparison" && c.Kind == MetavariableComparison:
			e, err := parseExpr(p.text(fv))
			if err != nil {
				p.fail(fv, "comparison %q: %v", fv.Value, err)
			}
			c.expr = e
		case field == "strip" && c.Kind == MetavariableComparison:
			c.Strip = p.flag(fv)
		case field == "base" && c.Kind == MetavariableComparison:
			n, err := strconv.Atoi(fv.Value)
			if err != nil || n < 2 || n > 36 {
				p.fail(fv, "base is a number from 2 to 36")
			}
			c.Base = n
		case field == "type" && c.Kind == MetavariableType, field == "types" && c.Kind == MetavariableType:
			for _, s := range p.texts(fv) {
				c.Types = append(c.Types, normalType(s))
			}
		case field == "analyzer" && c.Kind == MetavariableAnalysis:
			if c.Analyzer = p.text(fv); c.Analyzer != "entropy" && c.Analyzer != "redos" {
				p.fail(fv, "unsupported analyzer %q; entropy and redos are known", c.Analyzer)
			}
		case field == "language" && c.Kind == MetavariablePattern:
			c.Language = p.text(fv)
		case c.Kind == MetavariablePattern && p.part(inner, field, fk, fv):
		default:
			p.unknown(fk, "in "+key)
		}
	})
	if c.Kind == MetavariablePattern {
		c.Formula = inner
		if len(inner.Kids) == 0 {
			p.fail(k, "metavariable-pattern has no pattern")
		}
	}
	if c.Variable == "" && c.Kind != MetavariableComparison || c.Kind == MetavariableRegex && c.re == nil || c.Kind == MetavariableComparison && c.expr == nil {
		p.fail(k, "%s is incomplete", key)
		return nil
	}
	return c
}

func (p *parser) taints(section string, v *yaml.Node) []*TaintPattern {
	if v.Kind != yaml.SequenceNode {
		p.fail(v, "%s is a list", section)
		return nil
	}
	var out []*TaintPattern
	for _, item := range v.Content {
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		t := &TaintPattern{}
		and := &Formula{Op: OpAnd, Line: item.Line + p.shift}
		p.each(item, func(key string, k, v *yaml.Node) {
			switch {
			case key == "exact":
				t.Exact = p.flag(v)
			case key == "by-side-effect":
				t.BySideEffect = v.Value == "only" || p.flag(v)
			case key == "control" && !p.flag(v):
			case key == "not_conflicting" && section == "pattern-sanitizers":
				t.NotConflict = p.flag(v)
			case key == "label":
				t.Label = p.text(v)
			case key == "requires":
				t.Requires = p.text(v)
				e, err := parseExpr(t.Requires)
				if err != nil {
					p.fail(v, "requires %q: %v", t.Requires, err)
				}
				t.requires = e
			case key == "from" && section == "pattern-propagators":
				t.From = p.text(v)
			case key == "to" && section == "pattern-propagators":
				t.To = p.text(v)
			case p.part(and, key, k, v):
			default:
				p.unknown(k, "in "+section)
			}
		})
		if len(and.Kids) == 0 {
			p.fail(item, "%s: no pattern", section)
			continue
		}
		if section == "pattern-propagators" && (t.From == "" || t.To == "") {
			p.fail(item, "a propagator needs from and to")
		}
		t.Formula = *simplify(and)
		out = append(out, t)
	}
	return out
}
