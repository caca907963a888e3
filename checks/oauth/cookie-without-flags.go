package oauth

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// cookieWithoutFlags reports cookies by which a login, a consent or a session is known
// again, where the browser is not told to keep them from scripts, from plain
// connections and from other sites.
func cookieWithoutFlags(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	for _, c := range p.Calls("cookie", "setCookie", "set_cookie", "SetCookie") {
		k := readCookie(p, c)
		if k == nil || k.ends || !loginCookie(k.name) {
			continue
		}
		missing := k.missing()
		if len(missing) == 0 {
			continue
		}
		f := rule.Finding{Span: c.Span(), Parameter: "the cookie " + k.name, Sink: list(missing), Fixes: k.fix(missing), Confidence: rule.High}
		if len(missing) == 1 && missing[0] == "SameSite" {
			f.Confidence = rule.Medium
		}
		p.Report(f)
	}
}

// flags are the attributes that a cookie of a login has.
var flags = []string{"HttpOnly", "Secure", "SameSite"}

// list joins words for a sentence.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

var (
	loginWords = regexp.MustCompile(`(?i)sess|(^|[_.-])sid$|auth|jwt|token|consent|approv|oauth|login|nonce|pkce|verifier|credential`)
	stateWord  = regexp.MustCompile(`(?i)(^|mcp|[_-])state([_-]?(cookie|name|key))*$`)
	otherWords = regexp.MustCompile(`(?i)sidebar|theme|locale|banner|author|tokeni[sz]|cookie_?consent|gdpr`)
	forScripts = regexp.MustCompile(`(?i)csrf|xsrf`)
)

func loginCookie(name string) bool {
	return (loginWords.MatchString(name) || stateWord.MatchString(name)) && !otherWords.MatchString(name) && !forScripts.MatchString(name)
}

// cookie is a cookie that a call sets.
type cookie struct {
	call rule.Call
	name string
	// given are the attributes by flag; nil stands for one that is not read.
	given map[string]*program.Value
	set   map[string]bool // flags that hold
	ends  bool            // it is removed, or may have attributes that are not seen
	// pairs are the written attributes, in their order; holder is the object that
	// they stand in, nil where they are arguments or are not there at all.
	pairs  []*program.Value
	holder *program.Value
	names  map[string]string // how the attributes are written
	insert bool              // whether there is a place to write them to
}

// missing gives the flags that the cookie lacks.
func (k *cookie) missing() []string {
	var out []string
	for _, flag := range flags {
		if !k.set[flag] {
			out = append(out, flag)
		}
	}
	return out
}

// take enters an attribute.
func (k *cookie) take(pair *program.Value, value *program.Value) {
	k.pairs = append(k.pairs, pair)
	for flag, name := range k.names {
		if name == pair.Name {
			k.given[flag] = value
			k.set[flag] = !rule.IsFalse(value) && !(value != nil && value.Op == program.OpConst && value.Const == program.ConstNone)
		}
	}
	switch rule.Plain(pair.Name) {
	case "maxage":
		if value != nil && (value.Op == program.OpConst && value.Str == "0" || value.Op == program.OpUnary) {
			k.ends = true
		}
	case "expires":
		k.ends = k.ends || strings.Contains(k.call.Text(pair), "(0") || strings.Contains(k.call.Text(pair), "1970")
	}
}

// readCookie gives the cookie that a call sets, nil if it sets none that is known.
func readCookie(p *rule.Pass, c rule.Call) *cookie {
	k := &cookie{call: c, given: map[string]*program.Value{}, set: map[string]bool{}, insert: true}
	switch p.File.Lang {
	case source.Python:
		return k.python(p)
	case source.Go:
		return k.golang(p)
	}
	return k.ecma(p)
}

// named gives the name of a cookie: its text, or the name of the constant that holds it.
func (k *cookie) named(p *rule.Pass, v *program.Value) bool {
	if v == nil {
		return false
	}
	name, ok := p.File.ConstString(k.call.Func, v)
	if !ok && (v.Op == program.OpIdent || v.Op == program.OpField) {
		name, ok = v.Name, v.Name != "name" && v.Name != "key"
	}
	k.name = name
	return ok && name != ""
}

func empty(v *program.Value) bool {
	return v != nil && v.Op == program.OpConst && (v.Const == program.ConstString && v.Str == "" || v.Const == program.ConstNone)
}

// pythonDefaults are the modules whose set_cookie sends SameSite=Lax unasked.
var pythonDefaults = []string{"starlette", "fastapi", "mcp", "fastmcp"}

func (k *cookie) python(p *rule.Pass) *cookie {
	if k.call.Value.X.Name != "set_cookie" || k.call.Spreads() || k.call.Value.X.Op != program.OpField || len(k.call.Value.Args) < 2 {
		return nil
	}
	k.names = map[string]string{"HttpOnly": "httponly", "Secure": "secure", "SameSite": "samesite"}
	key, value := k.call.Arg(0), k.call.Arg(1)
	for _, a := range k.call.Value.Args {
		if a == nil || a.Op != program.OpKeyword {
			if len(k.pairs) == 0 && a != k.call.Arg(0) && a != k.call.Arg(1) {
				return nil // flags by position
			}
			continue
		}
		switch a.Name {
		case "key", "name":
			key = a.X
		case "value":
			value = a.X
		}
		k.take(a, a.X)
	}
	k.ends = k.ends || empty(value)
	if _, given := k.given["SameSite"]; !given {
		for i := range p.File.Imports {
			root, _, _ := strings.Cut(p.File.Imports[i].Module, ".")
			k.set["SameSite"] = k.set["SameSite"] || slices.Contains(pythonDefaults, root)
		}
	}
	if !k.named(p, key) {
		return nil
	}
	return k
}

func (k *cookie) ecma(p *rule.Pass) *cookie {
	k.names = map[string]string{"HttpOnly": "httpOnly", "Secure": "secure", "SameSite": "sameSite"}
	at, x := 0, k.call.Value.X
	switch {
	case x.Op == program.OpIdent && x.Name == "setCookie" && strings.HasPrefix(k.call.Name(), "hono/cookie."):
		at = 1
	case x.Op == program.OpField && responses[rule.Plain(lastName(x.X))]:
	default:
		return nil
	}
	if len(k.call.Value.Args) < at+2 || k.call.Arg(at+1) == nil || !k.named(p, k.call.Arg(at)) {
		return nil
	}
	k.ends = empty(k.call.Arg(at + 1))
	if len(k.call.Value.Args) == at+2 {
		return k
	}
	fn, options := meant(p.File, k.call.Func, k.call.Arg(at+2))
	if options == nil || options.Op != program.OpObject {
		return nil
	}
	k.insert = fn == k.call.Func && options == k.call.Arg(at+2)
	return k.object(options)
}

// responses are what handlers call the answer that they send.
var responses = map[string]bool{"res": true, "response": true, "reply": true}

func lastName(v *program.Value) string {
	for v != nil && v.Op == program.OpCall {
		v = v.X
		if v != nil && v.Op == program.OpField {
			v = v.X // res.status(200).cookie(…)
		}
	}
	if v == nil {
		return ""
	}
	return v.Name
}

// object reads the attributes of an object; nil where some may be unseen.
func (k *cookie) object(o *program.Value) *cookie {
	k.holder = o
	for _, pair := range o.Args {
		if pair == nil || pair.Op != program.OpPair || len(pair.Args) > 0 {
			return nil
		}
		k.take(pair, pair.X)
	}
	return k
}

func (k *cookie) golang(p *rule.Pass) *cookie {
	k.names = map[string]string{"HttpOnly": "HttpOnly", "Secure": "Secure", "SameSite": "SameSite"}
	if k.call.Name() != "net/http.SetCookie" || len(k.call.Value.Args) != 2 {
		return nil
	}
	arg := k.call.Arg(1)
	fn, v := meant(p.File, k.call.Func, arg)
	if v != nil && v.Op == program.OpUnary && v.Name == "&" && len(v.Args) == 1 {
		v = v.Args[0]
	}
	if v == nil || v.Op != program.OpObject || fn != k.call.Func {
		return nil
	}
	if arg.Op == program.OpIdent {
		// Attributes may be set one by one.
		body := p.FuncText(k.call.Func)
		for _, flag := range flags {
			k.set[flag] = strings.Contains(body, arg.Name+"."+flag)
		}
		k.ends = strings.Contains(body, arg.Name+".MaxAge") || strings.Contains(body, arg.Name+".Expires")
	}
	if k.object(v) == nil {
		return nil
	}
	for _, pair := range k.pairs {
		switch pair.Name {
		case "Name":
			if !k.named(p, pair.X) {
				return nil
			}
		case "Value":
			k.ends = k.ends || empty(pair.X)
		}
	}
	return k
}

// fix writes what is missing behind the attributes that are there.
func (k *cookie) fix(missing []string) []rule.Fix {
	if !k.insert {
		return nil
	}
	c := k.call
	lang := c.Pass.File.Lang
	var edits []rule.Edit
	var added []string // name and value
	for _, flag := range missing {
		if old := k.given[flag]; old != nil {
			edits = append(edits, c.Replace(c.At(old), k.value(flag)))
			continue
		}
		added = append(added, k.names[flag], k.value(flag))
	}
	if len(added) > 0 {
		sep := ": "
		if lang == source.Python {
			sep = "="
		}
		last := c.Value.Args[len(c.Value.Args)-1]
		if k.holder != nil && len(k.pairs) > 0 {
			last = k.pairs[len(k.pairs)-1]
		} else if k.holder != nil {
			return nil
		}
		if lang == source.Go {
			return k.fixGo(edits, added)
		}
		glue := ", "
		text := c.Pass.File.Tree.Text
		if line := text.LineAt(c.At(last).Start); line != text.LineAt(c.Span().Start) && strings.TrimSpace(text.String()[text.LineStart(line):c.At(last).Start]) == "" {
			glue = ",\n" + text.String()[text.LineStart(line):c.At(last).Start]
		}
		var b strings.Builder
		open := lang != source.Python && k.holder == nil
		if open {
			b.WriteString(", { ")
		}
		for i := 0; i < len(added); i += 2 {
			if i > 0 || !open {
				b.WriteString(glue)
			}
			b.WriteString(added[i] + sep + added[i+1])
		}
		if open {
			b.WriteString(" }")
		}
		edits = append(edits, c.Replace(source.Span{Start: c.At(last).End, End: c.At(last).End}, b.String()))
	}
	return []rule.Fix{{Title: "Tell the browser to keep the cookie to itself", Edits: edits}}
}

// fixGo adds fields to a literal, and keeps the values in their column where each
// stands on a line of its own.
func (k *cookie) fixGo(edits []rule.Edit, added []string) []rule.Fix {
	c := k.call
	text := c.Pass.File.Tree.Text
	last := k.pairs[len(k.pairs)-1]
	end := c.At(last).End
	lines := text.LineAt(c.At(last).Start) != text.LineAt(c.At(k.holder).Start)
	width := 0
	for i := 0; i < len(added); i += 2 {
		width = max(width, len(added[i]))
	}
	for _, pair := range k.pairs {
		width = max(width, len(pair.Name))
	}
	var b strings.Builder
	for i := 0; i < len(added); i += 2 {
		if !lines {
			b.WriteString(", " + added[i] + ": " + added[i+1])
			continue
		}
		start := text.LineStart(text.LineAt(c.At(last).Start))
		b.WriteString(",\n" + text.String()[start:c.At(last).Start] + added[i] + ":" + strings.Repeat(" ", width-len(added[i])+1) + added[i+1])
	}
	if lines {
		for _, pair := range k.pairs {
			gap := source.Span{Start: c.At(pair).Start + uint32(len(pair.Name)) + 1, End: c.At(pair.X).Start}
			if gap.Start > gap.End || strings.TrimSpace(text.Slice(gap)) != "" {
				return nil
			}
			if pad := strings.Repeat(" ", width-len(pair.Name)+1); text.Slice(gap) != pad {
				edits = append(edits, c.Replace(gap, pad))
			}
		}
	}
	edits = append(edits, c.Replace(source.Span{Start: end, End: end}, b.String()))
	return []rule.Fix{{Title: "Tell the browser to keep the cookie to itself", Edits: edits}}
}

// value gives what a flag is set to.
func (k *cookie) value(flag string) string {
	switch lang := k.call.Pass.File.Lang; {
	case lang == source.Python && flag == "SameSite":
		return `"lax"`
	case lang == source.Python:
		return "True"
	case lang == source.Go && flag == "SameSite":
		return "http.SameSiteLaxMode"
	case flag == "SameSite" && strings.Contains(k.call.Text(k.call.Value), "'"):
		return "'lax'"
	case flag == "SameSite":
		return `"lax"`
	}
	return "true"
}
