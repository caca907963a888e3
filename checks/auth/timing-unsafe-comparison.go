package auth

import (
	"fmt"
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// secretName is in the text of what a caller has to know.
	secretName = regexp.MustCompile(`(?i)token|secret|api_?key|auth_?key|access_?key|passw(or)?d|signature|hmac|digest\(|bearer`)
	// noSecret is in the text of values of that name that nobody has to keep.
	noSecret = regexp.MustCompile(`(?i)csrf|xsrf|next_?token|page_?token|continuation|token_?type|session_?id|tokeni[sz]|progress`)
	// headerRead is where the header of a request is read.
	headerRead = regexp.MustCompile(`(?i)\bheaders?(\.get|\.Get|\()?[\[(.]|\bquery_params\b|\breq(uest)?\.query\b|URL\.Query\(\)|\.header\(|\bHeader\(`)
	// answers are headers of somebody else.
	answers = regexp.MustCompile(`(?i)\bresp?(onse)?\w*\.headers?`)
	// standIn is in the path of a file that plays another server for tests.
	standIn = regexp.MustCompile(`(?i)test[_-]?helpers?/|mock`)
	// scrambled is in the text of a value that tells nothing of the secret by the time it takes.
	scrambled = regexp.MustCompile(`(?i)createHash|sha(256|512|1)\b|hash\(|hashlib`)
)

// comparison are the comparisons of a function that may be about secrets.
type comparison struct{ values []*program.Value }

var comparisons = program.Keep(func(fn *program.Function) *comparison {
	c := &comparison{}
	fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v != nil && v.Op == program.OpCompare && (v.Name == "==" || v.Name == "!=") && len(v.Args) == 2 && worth(v.Args[0]) && worth(v.Args[1]) {
			c.values = append(c.values, v)
		}
		return true
	})
	return c
})

// worth reports whether a side of a comparison may hold a text that is not written out.
func worth(v *program.Value) bool {
	if v == nil {
		return false
	}
	switch v.Op {
	case program.OpIdent, program.OpField, program.OpIndex, program.OpCall, program.OpTemplate, program.OpBinary, program.OpLogical:
		return true
	}
	return false
}

// requestWords stand where a file reads a request.
var requestWords = rule.NewMarkers("eader", "query_params", ".query", "Query()")

// timingUnsafeComparison reports secrets of requests that are compared letter by letter.
func timingUnsafeComparison(p *rule.Pass) {
	if p.TestFile() || standIn.MatchString(p.File.Path) || len(p.Facts.Transports) == 0 && !p.Facts.Part && !requestWords.Held(p) {
		return
	}
	var first *rule.Finding
	for i := range p.File.Funcs {
		for _, v := range comparisons.Of(p.File.Funcs[i].Function).values {
			c := rule.Call{Pass: p, Func: i, Value: v}
			stated, kept := sides(c)
			if stated == nil {
				continue
			}
			if first == nil {
				first = &rule.Finding{Span: c.Span(), Parameter: c.Text(stated), Sink: c.Text(kept), Fixes: constantTime(c, stated, kept)}
			} else if len(first.Related) < rule.MaxRelated {
				first.Related = append(first.Related, rule.Step{Path: p.File.Path, Span: c.Span(), Text: c.Text(kept) + " is compared so here as well"})
			}
		}
	}
	if first != nil {
		p.Report(*first)
	}
}

// sides gives the side of a comparison that a request states, and the other one, that is a
// secret; nil where it is not about that.
func sides(c rule.Call) (stated, kept *program.Value) {
	for i, a := range c.Value.Args {
		b := c.Value.Args[1-i]
		of, other := meaning(c, a), meaning(c, b)
		if !requested(c, a, of) || answers.MatchString(of) || scrambled.MatchString(of) || noSecret.MatchString(c.Text(a)) {
			continue
		}
		if !secretName.MatchString(c.Text(b)) && !secretName.MatchString(other) || noSecret.MatchString(c.Text(b)) || headerRead.MatchString(other) {
			continue
		}
		return a, b
	}
	return nil, nil
}

// meaning gives the text of a value with that of what its name stands for.
func meaning(c rule.Call, v *program.Value) string {
	text := c.Text(v)
	for v.Op == program.OpIdent {
		b := c.Pass.File.Lookup(c.Func, v.Name)
		if len(b.Assigns) == 0 || b.Assigns[0].Value == nil || b.Assigns[0].Kind != program.AssignValue {
			break
		}
		text += "\n" + c.Pass.TextOf(rule.Part{Func: b.Assigns[0].Func, Value: b.Assigns[0].Value})
		next := b.Assigns[0].Value
		// token = header.removeprefix(…) leads on to header.
		if first := base(next); first != nil && first.Op == program.OpIdent && first.Name != v.Name && len(text) < 2000 {
			v = first
			continue
		}
		break
	}
	return text
}

// base gives the name that a chain of calls and members starts at, or the first argument of
// a function that shortens a text.
func base(v *program.Value) *program.Value {
	for range 8 {
		if v == nil {
			return nil
		}
		switch v.Op {
		case program.OpCall:
			if v.X != nil && strings.HasPrefix(v.X.Name, "Trim") && len(v.Args) > 0 {
				v = v.Args[0]
			} else {
				v = v.X
			}
		case program.OpField, program.OpIndex, program.OpSlice, program.OpCast, program.OpAwait:
			v = v.X
		default:
			return v
		}
	}
	return nil
}

// requested reports whether a value is read from a request.
func requested(c rule.Call, v *program.Value, text string) bool {
	if headerRead.MatchString(text) {
		return true
	}
	if v.Op != program.OpIdent || c.Func == 0 {
		return false
	}
	fn := &c.Pass.File.Funcs[c.Func]
	if !sdkVerifiers[fn.Name] {
		return false
	}
	for i := range fn.Params {
		if fn.Params[i].Name == v.Name && strings.Contains(strings.ToLower(v.Name), "token") {
			return true
		}
	}
	return false
}

// sdkVerifiers are the functions that an SDK hands the token of a request.
var sdkVerifiers = map[string]bool{"verify_token": true, "verifyAccessToken": true, "load_access_token": true}

// constantTime writes the comparison that takes the same time for every wrong value.
func constantTime(c rule.Call, stated, kept *program.Value) []rule.Fix {
	p, equal := c.Pass, c.Value.Name == "=="
	a, b := c.Text(stated), c.Text(kept)
	var with string
	var edits []rule.Edit
	title := "Compare in constant time"
	switch {
	case p.File.Lang == source.Python:
		if !strings.Contains(meaning(c, stated), `"")`) && !strings.Contains(meaning(c, stated), `'')`) && stated.Op != program.OpTemplate && !sdkVerifiers[p.File.Funcs[c.Func].Name] {
			a = "(" + a + ` or "")`
		} else {
			a = bracketed(a, stated)
		}
		with = fmt.Sprintf("hmac.compare_digest(%s.encode(), %s.encode())", a, bracketed(b, kept))
		if !equal {
			with = "not " + with
		}
		edits = rule.ImportModule(p.File, "hmac")
	case p.File.Lang == source.Go:
		sign := "=="
		if !equal {
			sign = "!="
		}
		with = fmt.Sprintf("subtle.ConstantTimeCompare([]byte(%s), []byte(%s)) %s 1", a, b, sign)
		edits = rule.ImportModule(p.File, "crypto/subtle")
	default:
		same, more, ok := rule.ImportNamed(p.File, "crypto", "timingSafeEqual")
		hash, rest, fine := rule.ImportNamed(p.File, "crypto", "createHash")
		if !ok || !fine {
			return nil
		}
		if len(more) > 0 && len(rest) > 0 {
			more[0].New = strings.Replace(more[0].New, "timingSafeEqual", "createHash, timingSafeEqual", 1)
			rest = nil
		}
		with = fmt.Sprintf(`%s(%s("sha256").update(String(%s)).digest(), %s("sha256").update(%s).digest())`, same, hash, a, hash, b)
		if !equal {
			with = "!" + with
		}
		edits = append(more, rest...)
	}
	return []rule.Fix{{Title: title, Edits: append(edits, c.Replace(c.Span(), with))}}
}

// bracketed puts brackets around what binds less than a member does.
func bracketed(text string, v *program.Value) string {
	switch v.Op {
	case program.OpBinary, program.OpLogical:
		return "(" + text + ")"
	}
	return text
}
