package rule

// compare.go evaluates the small Python expressions of metavariable-comparison
// and of taint labels: numbers, strings, arithmetic, comparisons, and, or, not,
// in, int(), float(), str(), len(), re.match().

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// expr is a parsed expression. Evaluating it gives float64, string, bool or
// []any, and nil where it has no value.
type expr func(lookup func(name string) any) any

// maxExprDepth bounds the nesting of an expression.
const maxExprDepth = 50

type exprParser struct {
	tokens []string
	depth  int
	err    error
}

// parseExpr parses an expression.
func parseExpr(s string) (expr, error) {
	tokens, err := exprTokens(s)
	if err != nil {
		return nil, err
	}
	p := &exprParser{tokens: tokens}
	e := p.or()
	if p.err == nil && len(p.tokens) > 0 {
		p.err = fmt.Errorf("unexpected %q", p.tokens[0])
	}
	return e, p.err
}

func exprTokens(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		j := i + 1
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '"' || c == '\'':
			for j < len(s) && s[j] != c {
				if s[j] == '\\' {
					j++
				}
				j++
			}
			if j >= len(s) {
				return nil, fmt.Errorf("string without an end")
			}
			j++
		case isWordByte(c) || c == '$':
			for j < len(s) && (isWordByte(s[j]) || s[j] == '.' && c >= '0' && c <= '9') {
				j++
			}
		case strings.ContainsRune("=!<>*/", rune(c)) && j < len(s) && (s[j] == '=' || s[j] == c && (c == '*' || c == '/')):
			j++
		}
		out = append(out, s[i:j])
		i = j
	}
	return out, nil
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *exprParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *exprParser) take(tokens ...string) string {
	for _, t := range tokens {
		if p.peek() == t {
			p.tokens = p.tokens[1:]
			return t
		}
	}
	return ""
}

func (p *exprParser) fail(format string, args ...any) expr {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
	p.tokens = nil
	return func(func(string) any) any { return nil }
}

func (p *exprParser) or() expr {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxExprDepth {
		return p.fail("nested more than %d deep", maxExprDepth)
	}
	e := p.and()
	for p.take("or") != "" {
		l, r := e, p.and()
		e = func(f func(string) any) any { return truth(l(f)) || truth(r(f)) }
	}
	return e
}

func (p *exprParser) and() expr {
	e := p.not()
	for p.take("and") != "" {
		l, r := e, p.not()
		e = func(f func(string) any) any { return truth(l(f)) && truth(r(f)) }
	}
	return e
}

func (p *exprParser) not() expr {
	odd := false
	for p.take("not") != "" {
		odd = !odd
	}
	e := p.comparison()
	if odd {
		return func(f func(string) any) any { return !truth(e(f)) }
	}
	return e
}

func (p *exprParser) comparison() expr {
	e := p.sum()
	for {
		o := p.take("==", "!=", "<=", ">=", "<", ">", "in", "not")
		if o == "" {
			return e
		}
		if o == "not" {
			if p.take("in") == "" {
				return p.fail("in is expected after not")
			}
			o = "not in"
		}
		l, r := e, p.sum()
		e = func(f func(string) any) any { return compareValues(o, l(f), r(f)) }
	}
}

func (p *exprParser) sum() expr {
	e := p.product()
	for {
		o := p.take("+", "-", "&", "|")
		if o == "" {
			return e
		}
		l, r := e, p.product()
		e = func(f func(string) any) any { return arithmetic(o, l(f), r(f)) }
	}
}

func (p *exprParser) product() expr {
	e := p.unary()
	for {
		o := p.take("*", "/", "%", "**", "//")
		if o == "" {
			return e
		}
		l, r := e, p.unary()
		e = func(f func(string) any) any { return arithmetic(o, l(f), r(f)) }
	}
}

func (p *exprParser) unary() expr {
	negative := false
	for p.take("-") != "" {
		negative = !negative
	}
	e := p.atom()
	if negative {
		return func(f func(string) any) any { return arithmetic("-", 0.0, e(f)) }
	}
	return e
}

func (p *exprParser) list(end string) []expr {
	var out []expr
	for p.err == nil && p.take(end) == "" {
		out = append(out, p.or())
		if p.take(",") == "" && p.peek() != end {
			p.fail("%q is expected", end)
		}
	}
	return out
}

func (p *exprParser) atom() expr {
	if len(p.tokens) == 0 {
		return p.fail("the expression ends too early")
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	switch {
	case t == "(":
		e := p.or()
		if p.take(")") == "" {
			return p.fail(`")" is expected`)
		}
		return e
	case t == "[":
		items := p.list("]")
		return func(f func(string) any) any {
			out := make([]any, len(items))
			for i, e := range items {
				out[i] = e(f)
			}
			return out
		}
	case t[0] == '"' || t[0] == '\'':
		s := unescape(t[1 : len(t)-1])
		return func(func(string) any) any { return s }
	case t[0] >= '0' && t[0] <= '9':
		v, ok := number(t, 0)
		if !ok {
			return p.fail("%q is no number", t)
		}
		return func(func(string) any) any { return v }
	case t == "True" || t == "true":
		return func(func(string) any) any { return true }
	case t == "False" || t == "false":
		return func(func(string) any) any { return false }
	case t == "None":
		return func(func(string) any) any { return nil }
	case !isWordByte(t[0]) && t[0] != '$':
		return p.fail("unexpected %q", t)
	}
	for p.take(".") != "" {
		t += "." + p.peek()
		p.take(p.peek())
	}
	if p.take("(") == "" {
		return func(f func(string) any) any { return f(t) }
	}
	return p.call(t, p.list(")"))
}

func (p *exprParser) call(name string, args []expr) expr {
	one := func(fn func(v any) any) expr {
		if len(args) != 1 {
			return p.fail("%s takes one argument", name)
		}
		return func(f func(string) any) any { return fn(args[0](f)) }
	}
	switch name {
	case "int":
		return one(func(v any) any {
			if n, ok := toNumber(v); ok {
				return math.Trunc(n)
			}
			return nil
		})
	case "float":
		return one(func(v any) any {
			if n, ok := toNumber(v); ok {
				return n
			}
			return nil
		})
	case "str":
		return one(func(v any) any { return fmt.Sprint(v) })
	case "len":
		return one(func(v any) any {
			switch v := v.(type) {
			case string:
				return float64(len([]rune(v)))
			case []any:
				return float64(len(v))
			}
			return nil
		})
	case "re.match":
		if len(args) != 2 {
			return p.fail("re.match takes two arguments")
		}
		var cache sync.Map // a set is shared between goroutines
		return func(f func(string) any) any {
			pattern, _ := args[0](f).(string)
			s, ok := args[1](f).(string)
			if !ok {
				return false
			}
			re, seen := cache.Load(pattern)
			if !seen {
				re, _ = compileRegex(`\A(?:` + pattern + `)`)
				cache.Store(pattern, re)
			}
			compiled, _ := re.(regex)
			if compiled == nil {
				return false
			}
			ok, err := compiled.match(s)
			return ok && err == nil
		}
	}
	return p.fail("unsupported function %s", name)
}

func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	}
	return false
}

func toNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		return number(strings.TrimSpace(v), 0)
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// number reads a number as the languages write it; base 0 takes the prefix.
func number(s string, base int) (float64, bool) {
	s = strings.ReplaceAll(s, "_", "")
	if len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '7' && base == 0 {
		base = 8
	}
	if n, err := strconv.ParseInt(s, base, 64); err == nil {
		return float64(n), true
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && base == 0 {
		return n, true
	}
	return 0, false
}

func compareValues(o string, l, r any) any {
	switch o {
	case "in", "not in":
		found := false
		switch r := r.(type) {
		case string:
			s, ok := l.(string)
			found = ok && strings.Contains(r, s)
		case []any:
			for _, v := range r {
				found = found || compareValues("==", l, v) == true
			}
		default:
			return nil
		}
		return found == (o == "in")
	case "==", "!=":
		_, listL := l.([]any)
		_, listR := r.([]any)
		equal := l != nil && !listL && !listR && l == r
		return equal == (o == "==")
	}
	if a, ok := l.(string); ok {
		b, ok := r.(string)
		return ok && ordered(o, strings.Compare(a, b))
	}
	a, ok1 := l.(float64)
	b, ok2 := r.(float64)
	if !ok1 || !ok2 {
		return nil
	}
	c := 0
	if a < b {
		c = -1
	} else if a > b {
		c = 1
	}
	return ordered(o, c)
}

func ordered(o string, c int) bool {
	switch o {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

func arithmetic(o string, l, r any) any {
	if a, ok := l.(string); ok && o == "+" {
		if b, ok := r.(string); ok && len(a)+len(b) < 1<<20 {
			return a + b
		}
		return nil
	}
	a, ok1 := l.(float64)
	b, ok2 := r.(float64)
	if !ok1 || !ok2 {
		return nil
	}
	switch o {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "**":
		return math.Pow(a, b)
	case "&":
		return float64(int64(a) & int64(b))
	case "|":
		return float64(int64(a) | int64(b))
	}
	if b == 0 {
		return nil
	}
	switch o {
	case "/":
		return a / b
	case "//":
		return math.Floor(a / b)
	}
	return math.Mod(a, b)
}
