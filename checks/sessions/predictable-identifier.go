package sessions

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// guessable are the last names of the calls that give what can be guessed.
var guessable = []string{
	"random", "v1", // ECMAScript, besides Python's random.random
	"randint", "randrange", "choice", "choices", "sample", "getrandbits", "uuid1",
	"Int", "Intn", "IntN", "Int31", "Int31n", "Int63", "Int63n", "Int64", "Int64N", "Uint32", "Uint64", "NewUUID",
	"now", "getTime", "time", "time_ns", "Unix", "UnixNano", "UnixMilli",
}

// predictableIdentifier reports identifiers that stand for their owner (of a session,
// a task, a state handle, a login) and are made of what others can guess.
func predictableIdentifier(p *rule.Pass) {
	if p.TestFile() {
		return
	}
	seen := map[source.Span]bool{}
	for _, c := range p.Calls(guessable...) {
		name, kind := weakness(c)
		if name == "" {
			continue
		}
		m := madeOf(p, c)
		if m == nil || seen[m.span] || !m.counts(p, kind) {
			continue
		}
		seen[m.span] = true
		p.Report(rule.Finding{Span: m.span, Parameter: m.name, Sink: name, Fixes: m.fix(p, c)})
	}
}

// weakKind says what makes a source guessable.
type weakKind uint8

const (
	weakRandom weakKind = iota // numbers of a generator that is not for secrets
	weakClock                  // the time, and what is made of little else
)

// weakness gives the name of a guessable source, empty if the call is none.
func weakness(c rule.Call) (string, weakKind) {
	name := c.Name()
	switch c.Pass.File.Lang {
	case source.Python:
		switch name {
		case "random.random", "random.randint", "random.randrange", "random.choice", "random.choices", "random.sample", "random.getrandbits":
			return name, weakRandom
		case "uuid.uuid1", "time.time", "time.time_ns", "datetime.datetime.now", "datetime.datetime.utcnow":
			return name, weakClock
		}
	case source.Go:
		switch {
		case strings.HasPrefix(name, "math/rand."):
			return "rand." + c.Value.X.Name, weakRandom
		case name == "github.com/google/uuid.NewUUID":
			return "uuid.NewUUID", weakClock
		case strings.HasPrefix(name, "time.Now().Unix"):
			return "time.Now", weakClock
		}
	default:
		switch name {
		case "Math.random":
			return name, weakRandom
		case "uuid.v1":
			return name, weakClock
		case "Date.now", "Date().getTime":
			return "Date.now", weakClock
		}
	}
	return "", 0
}

// made is an identifier with the expression that it is made by.
type made struct {
	name  string
	fn    int // that the expression stands in
	value *program.Value
	span  source.Span // of the expression, absolute
	// generator is set where it is the function of a transport that makes the ids.
	generator bool
}

// madeOf gives the identifier that a guessable value becomes, nil if it becomes
// something else.
func madeOf(p *rule.Pass, c rule.Call) *made {
	s, chain := p.Around(c.Func, c.Value)
	value := c.Value
	for i := len(chain) - 1; i >= 0; i-- {
		x := chain[i]
		switch x.Op {
		case program.OpPair, program.OpKeyword:
			return newMade(x.Name, c.Func, value, p)
		case program.OpAssign:
			if len(x.Args) > 0 && x.X == value {
				return newMade(nameOf(x.Args[0]), c.Func, value, p)
			}
			return nil
		case program.OpCall:
			if !keeps[x.X.Name] {
				return nil
			}
		case program.OpTemplate, program.OpBinary, program.OpLogical, program.OpCond, program.OpCompr, program.OpCompFor, program.OpField, program.OpAwait,
			program.OpCast, program.OpUnary, program.OpList:
		case program.OpSlice, program.OpIndex:
			if x.X != value {
				return nil // a place, not a part of the text
			}
		default:
			return nil
		}
		value = x
	}
	switch {
	case s != nil && s.Op == program.StmtAssign && len(s.Targets) > 0 && (s.Value == value || p.File.Lang == source.Go):
		return newMade(nameOf(s.Targets[0]), c.Func, value, p)
	case s == nil || s.Op == program.StmtReturn:
		return fromFunction(p, c.Func, value)
	}
	return nil
}

// keeps are the calls whose outcome can be guessed where what they are given can.
var keeps = map[string]bool{
	"str": true, "String": true, "toString": true, "slice": true, "substring": true, "substr": true, "padStart": true, "replace": true, "join": true,
	"format": true, "hex": true, "int": true, "floor": true, "round": true, "ceil": true, "abs": true, "concat": true, "map": true, "from": true,
	"Sprintf": true, "Sprint": true, "FormatInt": true, "FormatUint": true, "Itoa": true, "hexdigest": true, "digest": true, "update": true, "encode": true,
	"md5": true, "sha1": true, "sha256": true, "createHash": true, "btoa": true, "toFixed": true, "toUpperCase": true, "NewSource": false,
}

// fromFunction gives the identifier that a function returns.
func fromFunction(p *rule.Pass, fn int, value *program.Value) *made {
	f := &p.File.Funcs[fn]
	if f.Name != "" {
		return newMade(maker.ReplaceAllString(f.Name, ""), fn, value, p)
	}
	outer, s, chain := p.AroundFunc(fn)
	if outer < 0 {
		return nil
	}
	if len(chain) == 0 {
		if s != nil && s.Op == program.StmtAssign && len(s.Targets) > 0 {
			return newMade(maker.ReplaceAllString(nameOf(s.Targets[0]), ""), fn, value, p)
		}
		return nil
	}
	if pair := chain[len(chain)-1]; pair.Op == program.OpPair && (pair.Name == "sessionIdGenerator" || pair.Name == "generateSessionId") {
		m := newMade("sessionId", fn, value, p)
		m.generator = true
		return m
	}
	return nil
}

// maker are the words of a function's name that say that it makes something.
var maker = regexp.MustCompile(`(?i)^_*(generate|gen|create|make|new|build|get|next|random)_?`)

func newMade(name string, fn int, value *program.Value, p *rule.Pass) *made {
	return &made{name: name, fn: fn, value: value, span: value.Span.Shift(p.File.Funcs[fn].Start)}
}

var (
	// secretNames are identifiers whose owner proves with them who it is.
	secretNames = regexp.MustCompile(`^(mcp|http|user|new|my)*(session|csrf|xsrf|access|refresh|auth|bearer|api|reset|verification|login|oauth)(token|secret)$|^(auth|authorization|oauth|pairing|device)code$|^(oauth|auth)state$|^codeverifier$|^requeststate$|^apikey$`)
	// sessionNames are those of what a server of many clients keeps for each.
	sessionNames = regexp.MustCompile(`^(mcp|http|user|new|client|transport|sse|my)*(session|sess)(id|key|identifier)$|^sid$|^(statehandle|handleid|elicitationid)$`)
	// taskNames are those of work that goes on after the answer.
	taskNames = regexp.MustCompile(`^(mcp|new|background|async)?(task|job)id$`)
	// stateNames mean a secret in a login alone.
	stateNames = regexp.MustCompile(`^(state|nonce)$`)
	logins     = regexp.MustCompile(`(?i)response_type|client_id|clientId|AuthCodeURL|authorization_endpoint|redirect_uri`)
	// strong is in an expression that holds something that cannot be guessed besides.
	strong = regexp.MustCompile(`(?i)uuid4|uuidv4|uuid\.v4|randomUUID|randomBytes|getRandomValues|nanoid|urandom|token_hex|token_urlsafe|token_bytes|secrets\.|SystemRandom|NewString\(|uuid\.New\(|\bulid|cuid|hmac`)
	// unreal is in the names of what is made up.
	unreal = regexp.MustCompile(`(?i)mock|fake|dummy|demo|sample|example|placeholder|simulat`)
)

// counts reports whether the identifier is one that has to be a secret.
func (m *made) counts(p *rule.Pass, kind weakKind) bool {
	if strong.MatchString(p.File.Tree.Text.Slice(m.span)) || unreal.MatchString(p.File.Funcs[m.fn].Name) {
		return false
	}
	name := rule.Plain(m.name)
	switch {
	case m.generator:
		return true
	case secretNames.MatchString(name):
		return kind == weakRandom && m.spells(p) && len(p.Server().Entries)+p.Server().Servers > 0
	case stateNames.MatchString(name):
		return kind == weakRandom && m.spells(p) && logins.MatchString(p.FuncText(m.fn))
	case sessionNames.MatchString(name):
		return m.spells(p) && overHTTP(p) && (kind == weakRandom || m.opens(p))
	case taskNames.MatchString(name):
		return kind == weakRandom && m.spells(p) && overHTTP(p)
	}
	return false
}

// opens reports whether the function that makes an identifier keeps something under it or
// sends it to whoever called: made of the time alone it is else a label for people.
func (m *made) opens(p *rule.Pass) bool {
	if strings.Contains(strings.ToLower(p.File.Funcs[m.fn].Name), "sess") {
		return true // a function that makes identifiers of sessions
	}
	code := p.FuncText(m.fn)
	for _, use := range []string{"[" + m.name + "]", ".set(" + m.name, ".Store(" + m.name, "ession-Id", "ession-id", "ookie"} {
		if strings.Contains(code, use) {
			return true
		}
	}
	return false
}

// spells reports whether the expression makes a text of what it draws: a number is
// rarely an identifier, and one of a list is a choice.
func (m *made) spells(p *rule.Pass) bool {
	v := m.value
	switch v.Op {
	case program.OpTemplate:
		return true
	case program.OpBinary:
		return v.Name == "+" && strings.ContainsAny(p.File.Tree.Text.Slice(m.span), "\"'`")
	case program.OpSlice, program.OpIndex:
		return true
	case program.OpLogical, program.OpCond:
		return strings.Contains(p.File.Tree.Text.Slice(m.span), "toString") || strings.ContainsAny(p.File.Tree.Text.Slice(m.span), "`")
	case program.OpCall, program.OpNew:
		return v.X != nil && (spelling[v.X.Name] || v.X.Name == "uuid1" || v.X.Name == "v1" || v.X.Name == "NewUUID")
	}
	return false
}

// spelling are the calls that give a text.
var spelling = map[string]bool{
	"str": true, "String": true, "toString": true, "slice": true, "substring": true, "substr": true, "padStart": true, "replace": true, "join": true,
	"format": true, "hex": true, "concat": true, "Sprintf": true, "Sprint": true, "FormatInt": true, "FormatUint": true, "Itoa": true, "hexdigest": true,
	"digest": true, "btoa": true, "toFixed": true, "toUpperCase": true,
}

// fix gives the rewrite to an identifier that cannot be guessed. A fixed text before
// it stays, since others may look for it.
func (m *made) fix(p *rule.Pass, c rule.Call) []rule.Fix {
	fix := func(title string, edits ...rule.Edit) []rule.Fix {
		return []rule.Fix{{Title: title, Edits: edits, Preferred: true}}
	}
	fnText := func(v *program.Value) string { return c.Text(v) }
	switch p.File.Lang {
	case source.Go:
		if c.Value.X.Name == "NewUUID" && c.Value.X.Op == program.OpField {
			return fix("Take a random UUID", c.Replace(c.At(c.Value.X), fnText(c.Value.X.X)+".NewRandom"))
		}
	case source.Python:
		if c.Value.X.Name == "uuid1" {
			if c.Value.X.Op != program.OpField || len(c.Value.Args) > 0 {
				return nil
			}
			return fix("Take a random UUID", c.Replace(c.At(c.Value.X), fnText(c.Value.X.X)+".uuid4"))
		}
		if !m.spells(p) {
			return nil
		}
		made := "secrets.token_urlsafe(32)"
		if before, ok := m.prefix(fnText); ok && before != "" {
			made = `f"` + before + `{secrets.token_urlsafe(32)}"`
		} else if !ok {
			return nil
		}
		return fix("Take an identifier that cannot be guessed", append(rule.ImportModule(p.File, "secrets"), c.Replace(m.span, made))...)
	default:
		if !m.spells(p) && !m.generator {
			return nil
		}
		before, ok := m.prefix(fnText)
		name, edits, free := rule.ImportNamed(p.File, "crypto", "randomUUID")
		if !ok || !free {
			return nil
		}
		made := name + "()"
		if before != "" {
			made = "`" + before + "${" + made + "}`"
		}
		return fix("Take an identifier that cannot be guessed", append(edits, c.Replace(m.span, made))...)
	}
	return nil
}

// plainText is a text that needs no escape in any kind of string.
var plainText = regexp.MustCompile(`^[\w.:/-]*$`)

// prefix gives the fixed text that the identifier begins with; ok is false where the
// expression holds more than guessable values and fixed text.
func (m *made) prefix(text func(*program.Value) string) (before string, ok bool) {
	v := m.value
	switch v.Op {
	case program.OpTemplate:
		if len(v.Args) > 0 && v.Args[0] != nil && v.Args[0].Op == program.OpConst {
			before = v.Args[0].Str
		}
		for _, a := range v.Args {
			if a != nil && a.Op != program.OpConst && !drawn.MatchString(text(a)) {
				return "", false
			}
		}
	case program.OpBinary:
		left := v
		for left.Op == program.OpBinary && len(left.Args) == 2 {
			if right := left.Args[1]; right != nil && right.Op != program.OpConst && !drawn.MatchString(text(right)) {
				return "", false
			}
			left = left.Args[0]
		}
		if left != nil && left.Op == program.OpConst && left.Const == program.ConstString {
			before = left.Str
		} else if left == nil || !drawn.MatchString(text(left)) {
			return "", false
		}
	case program.OpCall, program.OpSlice:
	default:
		return "", false
	}
	return before, plainText.MatchString(before)
}

// drawn is an expression that gives guessable values and nothing else that anybody
// could look for.
var drawn = regexp.MustCompile(`Math\.random|Date\.now|getTime|\brandom\.|time\.time|datetime|Math\.floor`)
