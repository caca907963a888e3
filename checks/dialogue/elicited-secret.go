package dialogue

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// elicitedSecret reports forms that ask the user for a secret: by a field of that
// name, or by the message above a field that takes any text.
func elicitedSecret(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, a := range asks(p, form) {
		list, known := fields(p, a.schema, maxDepth)
		var f rule.Finding
		for _, field := range list {
			if !field.open || !secretField(field.name) || aboutMoney.MatchString(field.text) {
				continue
			}
			if f.Parameter == "" {
				f = rule.Finding{Span: field.span, Parameter: field.name}
				continue
			}
			if len(f.Related) < 12 {
				f.Related = append(f.Related, rule.Step{Path: p.File.Path, Span: field.span, Text: "this field asks for a secret too"})
			}
		}
		takesText := !known || slices.ContainsFunc(list, func(f field) bool { return f.open })
		if f.Parameter == "" && takesText && a.schema.Value != nil && !closedValue(p, a.schema) {
			if what := secretAsked(spelled(p, a.message, maxDepth)); what != "" {
				f = rule.Finding{Span: p.SpanOf(a.message), Parameter: what}
			}
		}
		if f.Parameter == "" || seen[f.Span] {
			continue
		}
		seen[f.Span] = true
		f.Tool, f.Sink = tool(p, a.call.Func), a.call.Value.X.Name
		p.Report(f)
	}
}

// field is one field of a form.
type field struct {
	name string
	text string // what the user reads of it
	span source.Span
	open bool // it takes any text or number, not one of a few answers
	// words is the place of text, empty where it is not one literal.
	words rule.Part
}

// fields gives the fields of a schema that is written out; known is false where
// there may be others.
func fields(p *rule.Pass, at rule.Part, depth int) (list []field, known bool) {
	at = p.Written(at)
	if at.Value == nil || depth == 0 {
		return nil, false
	}
	switch v := at.Value; v.Op {
	case program.OpIdent:
		if b := p.File.Lookup(at.Func, v.Name); b.Kind == program.BoundClass && p.File.Lang == source.Python {
			return classFields(p, b, depth), true
		}
	case program.OpObject:
		for _, name := range []string{"properties", "Properties"} {
			if properties := p.Member(at, name); properties.Value != nil {
				return propertyFields(p, properties), properties.Value.Op == program.OpObject
			}
		}
	case program.OpCall:
		if v.X == nil {
			return nil, false
		}
		switch v.X.Name {
		case "model_json_schema", "schema":
			if v.X.X != nil && len(v.Args) == 0 {
				return fields(p, rule.Part{Func: at.Func, Value: v.X.X}, depth-1)
			}
		case "object", "strictObject", "looseObject":
			if len(v.Args) > 0 {
				properties := p.Written(rule.Part{Func: at.Func, Value: v.Args[0]})
				return propertyFields(p, properties), properties.Value != nil && properties.Value.Op == program.OpObject
			}
		case "toJSONSchema", "zodToJsonSchema":
			if len(v.Args) > 0 {
				return fields(p, rule.Part{Func: at.Func, Value: v.Args[0]}, depth-1)
			}
		}
	}
	return nil, false
}

// classFields gives the fields of a model and of the models that it extends.
func classFields(p *rule.Pass, b program.Binding, depth int) []field {
	var all []field
	for _, base := range b.Class.Bases {
		if base != nil && base.Op == program.OpIdent && depth > 1 {
			if over := p.File.Lookup(b.Func, base.Name); over.Kind == program.BoundClass && over.Class != b.Class {
				all = append(all, classFields(p, over, depth-1)...)
			}
		}
	}
	start := p.File.Funcs[b.Func].Start
	for i := range b.Class.Fields {
		f := &b.Class.Fields[i]
		if f.Type == nil {
			continue
		}
		kind := p.File.Tree.Text.Slice(f.Type.Span.Shift(start))
		one := field{name: f.Name, span: f.Span.Shift(start), open: !strings.Contains(kind, "bool") && !strings.Contains(kind, "Literal") && !strings.Contains(kind, "Enum")}
		if f.Value != nil && f.Value.Op == program.OpCall {
			for _, a := range f.Value.Args {
				if a != nil && a.Op == program.OpKeyword && (a.Name == "description" || a.Name == "title") {
					one.words = p.Written(rule.Part{Func: b.Func, Value: a.X})
					one.text += spelled(p, one.words, maxDepth) + " "
				}
			}
		}
		all = append(all, one)
	}
	return all
}

// propertyFields gives the fields of the properties of a JSON schema or of a shape of zod.
func propertyFields(p *rule.Pass, at rule.Part) []field {
	if at.Value == nil || at.Value.Op != program.OpObject {
		return nil
	}
	var all []field
	for _, pair := range at.Value.Args {
		if pair == nil || pair.Op != program.OpPair || pair.Name == "" || pair.X == nil {
			continue
		}
		value := p.Written(rule.Part{Func: at.Func, Value: pair.X})
		one := field{name: pair.Name, span: p.SpanOf(rule.Part{Func: at.Func, Value: pair}), open: value.Value == nil || !closedValue(p, value)}
		for _, name := range []string{"title", "description", "Title", "Description"} {
			if words := p.Member(value, name); words.Value != nil {
				one.words = words
				one.text += spelled(p, words, maxDepth) + " "
			}
		}
		for v := value.Value; v != nil && v.Op == program.OpCall && v.X != nil; v = v.X.X {
			if v.X.Name == "describe" && len(v.Args) > 0 {
				one.words = p.Written(rule.Part{Func: value.Func, Value: v.Args[0]})
				one.text += spelled(p, one.words, maxDepth) + " "
			}
		}
		all = append(all, one)
	}
	return all
}

// closedValue reports whether a schema of one value leaves but a few answers: yes or
// no, or one of a list.
func closedValue(p *rule.Pass, at rule.Part) bool {
	v := at.Value
	switch v.Op {
	case program.OpObject:
		for _, name := range []string{"enum", "Enum", "oneOf", "OneOf", "const"} {
			if p.Member(at, name).Value != nil {
				return true
			}
		}
		for _, name := range []string{"type", "Type"} {
			if kind := p.Member(at, name); kind.Value != nil && kind.Value.Str == "boolean" {
				return true
			}
		}
	case program.OpCall:
		for ; v != nil && v.Op == program.OpCall && v.X != nil; v = v.X.X {
			if slices.Contains([]string{"boolean", "enum", "nativeEnum", "literal"}, v.X.Name) {
				return true
			}
		}
	case program.OpIdent:
		return v.Name == "bool"
	case program.OpList, program.OpConst:
		return true // a choice of texts, or nothing
	}
	return false
}

var (
	// secretWords is how the name of a field ends that asks for a secret.
	secretWords = regexp.MustCompile(`(?:^| )(?:password|passwd|passphrase|passcode|pwd|api ?key|secret|(?:secret|private|ssh|access|signing|encryption) key|token|seed phrase|recovery (?:code|phrase)|pin code|otp(?: code)?|totp|(?:mfa|2fa) code|one time (?:code|password)|cvv2?|cvc|card number|credit card|debit card|ssn|social security(?: number)?|credentials?)$`)
	// otherTokens are tokens that give no access.
	otherTokens = regexp.MustCompile(`(?:^| )(?:page|next|max|min|continuation|cursor|sync|cancel|cancellation|stop|progress|crypto|sell|buy|from|to|in|out|input|output|base|quote|erc20|nft) token$`)
	// aboutMoney tells tokens that are traded from those that give access.
	aboutMoney = regexp.MustCompile(`(?i)\b(?:symbol|ticker|contract|swap|coin|erc-?20|mint address|placeholder|public key)\b`)
	// asking is a message that asks for a secret, with the words between in the middle.
	asking  = regexp.MustCompile(`(?i)\b(?:enter|provide|type in|type|paste|supply|input|give us|give me|share|submit|tell me|tell us|what is|what's)((?:\s+[\w.'’{}-]+){0,4}?)\s+((?:api|access|secret|private|ssh) key|password|passphrase|api[ -]token|(?:personal )?access token|(?:bearer|auth|authentication|refresh) token|client secret|(?:credit |debit )?card number|cvv|cvc|ssn|social security number|one-time (?:code|password)|otp|seed phrase)s?\b(\s+\w+)?`)
	denying = regexp.MustCompile(`(?i)\b(?:not|never|n't|don['’]?t|cannot|no need|without|instead of)\b`)
	// relating words between mean that the secret is spoken of, not asked for.
	relating = regexp.MustCompile(`(?i)\b(?:for|of|to|about|whether|which|if|name|reason|path|file|id|where|when|in|on|from|with|that|and|or)\b|[.!?](?:\s|$)`)
	// aspects of a secret are none.
	aspects = regexp.MustCompile(`(?i)^\s*(?:name|names|id|ids|hint|policy|length|manager|expiry|expiration|path|file|type|label|alias|scope|scopes|reference|variable)$`)
)

// secretField reports whether the name of a field asks for a secret.
func secretField(name string) bool {
	words := inWords(name)
	return secretWords.MatchString(words) && !otherTokens.MatchString(words)
}

// inWords gives the words of a name in lower case: apiKey and api_key are api key.
func inWords(name string) string {
	var b strings.Builder
	low := false
	for _, r := range name {
		switch {
		case r == '_' || r == '-' || r == '.':
			r = ' '
		case unicode.IsUpper(r) && low:
			b.WriteByte(' ')
		}
		low = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// secretAsked gives the secret that a message asks for, empty if none.
func secretAsked(message string) string {
	for _, m := range asking.FindAllStringSubmatchIndex(message, 8) {
		between, after := message[m[2]:m[3]], ""
		if m[6] >= 0 {
			after = message[m[6]:m[7]]
		}
		start := max(strings.LastIndexAny(message[:m[0]], ".!?\n"), 0)
		if relating.MatchString(between) || aspects.MatchString(after) || denying.MatchString(message[start:m[0]]) {
			continue
		}
		return cmp.Or(message[m[4]:m[5]], "a secret")
	}
	return ""
}
