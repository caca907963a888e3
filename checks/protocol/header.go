package protocol

// header.go finds the parameters of tools that clients are to repeat in a header of
// the request, and reports those that must not be or cannot.

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// What stands in files that are looked at closer.
var (
	headerMarks = rule.NewMarkers(headerMark)
)

const headerMark = "x-mcp-header"

// mark is one parameter that is marked to be repeated in a header.
type mark struct {
	fn    int
	at    source.Span // of the mark, absolute
	value *string     // the header's name, nil where it is not written out
	holds string      // the parameter that is marked
	kind  string      // the type that its schema says, empty where it does not
	// path leads to the parameter through the schema, by the names of its pairs.
	path  []string
	group any         // the schema that it belongs to
	take  source.Span // what to remove to take the mark away, empty where that is not known
}

// marks gives the marks of a file.
func marks(p *rule.Pass) []mark {
	if !p.Facts.Part || p.TestFile() || !headerMarks.Held(p) {
		return nil
	}
	s := &markSearch{p: p}
	for i := range p.File.Funcs {
		fn := &p.File.Funcs[i]
		s.fn = i
		for k := range fn.Params {
			q := &fn.Params[k]
			s.visit(q.Type, trail{holds: q.Name, kind: typeName(q.Type), group: fn.Function})
			s.visit(q.Default, trail{holds: q.Name, kind: typeName(q.Type), group: fn.Function})
		}
		fn.Walk(func(st *program.Stmt, v *program.Value) bool {
			if v == nil {
				if st != nil && st.Class != nil {
					s.class(st.Class)
				}
				return true
			}
			s.visit(v, trail{})
			return false
		})
	}
	return s.found
}

// markSearch gathers marks.
type markSearch struct {
	p     *rule.Pass
	fn    int
	found []mark
}

// trail is the way to a value.
type trail struct {
	holds  string
	kind   string
	path   []string
	group  any
	within []*program.Value // objects and calls around it, outermost first
}

const maxTrail = 60

// wrappers are names that stand between a parameter and its mark and are no part of
// the schema.
var wrappers = map[string]bool{"json_schema_extra": true, "Extra": true, "jsonSchemaExtra": true}

// inputSchemas are the names under which a tool has its schema.
var inputSchemas = map[string]bool{"inputSchema": true, "InputSchema": true, "input_schema": true}

func (s *markSearch) class(c *program.Class) {
	for i := range c.Fields {
		f := &c.Fields[i]
		at := trail{holds: f.Name, kind: typeName(f.Type), group: c}
		s.visit(f.Type, at)
		s.visit(f.Value, at)
	}
}

func (s *markSearch) visit(v *program.Value, at trail) {
	if v == nil || len(at.within) > maxTrail {
		return
	}
	inner := at
	inner.within = append(slices.Clip(at.within), v)
	switch v.Op {
	case program.OpConst:
		if s.p.File.Lang == source.Go && strings.Contains(v.Str, headerMark) {
			s.raw(v)
		}
		return
	case program.OpPair:
		if v.Name == headerMark {
			s.add(v, at)
			return
		}
		if v.Name != "" && !wrappers[v.Name] {
			inner.holds, inner.kind = v.Name, kindOf(s.p, rule.Part{Func: s.fn, Value: v.X})
			inner.path = append(slices.Clip(at.path), v.Name)
			if inner.group == nil && strings.EqualFold(v.Name, "properties") {
				inner.group = v
			}
		}
		if inputSchemas[v.Name] {
			inner.group, inner.path = v, nil
		}
	case program.OpKeyword:
		if inputSchemas[v.Name] {
			inner.group, inner.path = v, nil
		}
	case program.OpObject:
		if at.group == nil && len(at.path) == 0 {
			inner.group = v
		}
	}
	if v.Op == program.OpCall && v.X != nil {
		// z.string().meta({…}): the mark is in the last call, the type in the first.
		s.visit(v.X.X, inner)
	} else {
		s.visit(v.X, inner)
	}
	for _, a := range v.Args {
		s.visit(a, inner)
	}
}

// add notes a mark that is written as a pair.
func (s *markSearch) add(pair *program.Value, at trail) {
	if at.holds == "" || pair.X == nil {
		return
	}
	start := s.p.File.Funcs[s.fn].Start
	m := mark{fn: s.fn, at: pair.Span.Shift(start), holds: at.holds, kind: at.kind, path: at.path, group: at.group}
	if v := s.p.Written(rule.Part{Func: s.fn, Value: pair.X}).Value; v != nil && v.Op == program.OpConst {
		m.value = &v.Str
	}
	m.take = s.removal(pair, at.within)
	s.found = append(s.found, m)
}

// removal gives what has to go for the mark to go: the pair, or what holds nothing else.
func (s *markSearch) removal(pair *program.Value, within []*program.Value) source.Span {
	start := s.p.File.Funcs[s.fn].Start
	n := len(within)
	if n == 0 || within[n-1].Op != program.OpObject {
		return source.Span{}
	}
	object := within[n-1]
	if len(object.Args) > 1 {
		return s.listed(object.Args, pair)
	}
	if n < 2 {
		return source.Span{}
	}
	switch holder := within[n-2]; {
	case holder.Op == program.OpKeyword && wrappers[holder.Name] && n > 2:
		if call := within[n-3]; call.Op == program.OpCall && len(call.Args) > 1 {
			return s.listed(call.Args, holder)
		}
	case holder.Op == program.OpPair && wrappers[holder.Name] && n > 2:
		if around := within[n-3]; around.Op == program.OpObject && len(around.Args) > 1 {
			return s.listed(around.Args, holder)
		}
	case holder.Op == program.OpCall && holder.X != nil && holder.X.Op == program.OpField && holder.X.Name == "meta" && holder.X.X != nil && len(holder.Args) == 1:
		return source.Span{Start: start + holder.X.X.Span.End, End: start + holder.Span.End}
	}
	return source.Span{}
}

// listed gives the place of an element of a list and of the comma that goes with it.
func (s *markSearch) listed(list []*program.Value, one *program.Value) source.Span {
	start := s.p.File.Funcs[s.fn].Start
	i := slices.Index(list, one)
	switch {
	case i > 0 && list[i-1] != nil:
		return source.Span{Start: start + list[i-1].Span.End, End: start + one.Span.End}
	case i == 0 && list[1] != nil:
		return source.Span{Start: start + one.Span.Start, End: start + list[1].Span.Start}
	}
	return source.Span{}
}

// raw reads a schema that is written as a text of JSON, as Go's servers do.
func (s *markSearch) raw(v *program.Value) {
	at := v.Span.Shift(s.p.File.Funcs[s.fn].Start)
	text := s.p.File.Tree.Text.Slice(at)
	if len(text) < 2 || text[0] != '`' {
		return
	}
	var schema struct {
		Properties map[string]map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal([]byte(text[1:len(text)-1]), &schema) != nil {
		return
	}
	names := make([]string, 0, len(schema.Properties))
	for name := range schema.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		property := schema.Properties[name]
		if property[headerMark] == nil {
			continue
		}
		m := mark{fn: s.fn, at: at, holds: name, path: []string{"properties", name}, group: v}
		var value, kind string
		if json.Unmarshal(property[headerMark], &value) == nil {
			m.value = &value
		}
		if json.Unmarshal(property["type"], &kind) == nil {
			m.kind = kind
		}
		// The place is known where the pair is written as such, once.
		pair := regexp.MustCompile(`"` + headerMark + `"\s*:\s*` + regexp.QuoteMeta(string(property[headerMark])))
		own := regexp.MustCompile(`"`+regexp.QuoteMeta(name)+`"\s*:\s*\{[^{}]*\}`).FindAllStringIndex(text, -1)
		if len(own) != 1 {
			s.found = append(s.found, m)
			continue
		}
		if in := pair.FindStringIndex(text[own[0][0]:own[0][1]]); in != nil {
			from, to := at.Start+uint32(own[0][0]+in[0]), at.Start+uint32(own[0][0]+in[1])
			m.at = source.Span{Start: from, End: to}
			before := strings.TrimRight(text[:from-at.Start], " \t\n")
			if strings.HasSuffix(before, ",") {
				m.take = source.Span{Start: at.Start + uint32(len(before)) - 1, End: to}
			}
		}
		s.found = append(s.found, m)
	}
}

// kindOf gives the type that a schema says, in the words of JSON Schema.
func kindOf(p *rule.Pass, schema rule.Part) string {
	v := schema.Value
	if v == nil {
		return ""
	}
	if v.Op == program.OpUnary && len(v.Args) == 1 {
		v = v.Args[0]
	}
	if v != nil && v.Op == program.OpObject {
		for _, name := range []string{"type", "Type"} {
			if t := p.Member(rule.Part{Func: schema.Func, Value: v}, name).Value; t != nil && t.Op == program.OpConst {
				return t.Str
			}
		}
		return ""
	}
	if !p.File.Lang.ECMAScript() {
		return ""
	}
	kind, whole := "", false
	for range maxTrail {
		if v == nil || v.Op != program.OpCall || v.X == nil || v.X.Op != program.OpField {
			break
		}
		whole = whole || v.X.Name == "int"
		kind, v = v.X.Name, v.X.X
	}
	if v == nil || v.Op != program.OpIdent || v.Name != "z" {
		return ""
	}
	switch kind {
	case "number":
		if whole {
			return "integer"
		}
		return "number"
	case "object", "array":
		return kind
	}
	return ""
}

// typeName gives the type that an annotation of Python says, in the words of JSON Schema.
func typeName(v *program.Value) string {
	if v == nil {
		return ""
	}
	if v.Op == program.OpIndex && len(v.Args) == 1 && v.X != nil {
		if v.X.Name == "Annotated" {
			if list := v.Args[0]; list != nil && list.Op == program.OpList && len(list.Args) > 0 {
				return typeName(list.Args[0])
			}
			return ""
		}
		v = v.X
	}
	if v.Op != program.OpIdent {
		return ""
	}
	return map[string]string{"float": "number", "list": "array", "dict": "object", "List": "array", "Dict": "object", "set": "array", "tuple": "array"}[v.Name]
}

// secretName are names of parameters that nobody on the way is to read.
var secretName = regexp.MustCompile(`(?i)^(.*[_-])?(passw(or)?d|passphrase|secret|token|api[_-]?key|apikey|private[_-]?key|credentials?|ssn|social[_-]?security([_-]?number)?|card[_-]?number|cvv|pin[_-]?code|otp|bearer|cookie)$` +
	`|^.*(Password|Passphrase|Secret|Token|ApiKey|APIKey|PrivateKey|Credentials?|CardNumber)$`)

// harmless are tokens that are no secrets.
var harmless = regexp.MustCompile(`(?i)(page|next|cursor|continuation|sync|max|min|num|count|total|stop|start|end)[_-]?token$`)

// sensitiveHeaderParameter reports secrets that clients are told to put into a header.
func sensitiveHeaderParameter(p *rule.Pass) {
	for _, m := range marks(p) {
		if !secretName.MatchString(m.holds) || harmless.MatchString(m.holds) {
			continue
		}
		f := rule.Finding{Span: m.at, Tool: toolAt(p, m), Parameter: m.holds, Sink: "Mcp-Param-" + m.name()}
		if m.take.End > m.take.Start {
			f.Fixes = []rule.Fix{{Title: "Leave it out of the headers", Edits: []rule.Edit{{Path: p.File.Path, Span: m.take, New: ""}}, Preferred: true}}
		}
		p.Report(f)
	}
}

// name gives the last part of the header's name.
func (m *mark) name() string {
	if m.value == nil || *m.value == "" {
		return "…"
	}
	return *m.value
}

// toolAt gives the tool whose schema a mark stands in, empty if it is not known.
func toolAt(p *rule.Pass, m mark) string {
	for _, e := range p.Facts.Entries {
		if e.Span.Contains(m.at) {
			return e.Name
		}
	}
	return toolOf(p, m.fn)
}

var (
	// headerToken is what RFC 9110 allows as the name of a field.
	headerToken = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	primitive   = map[string]bool{"": true, "string": true, "integer": true, "boolean": true}
	// branching are keywords behind which a property is not always there.
	branching = map[string]bool{
		"items": true, "prefixItems": true, "oneOf": true, "anyOf": true, "allOf": true, "not": true, "if": true, "then": true, "else": true,
		"$defs": true, "definitions": true, "patternProperties": true, "additionalProperties": true, "contains": true, "dependentSchemas": true,
		"Items": true, "OneOf": true, "AnyOf": true, "AllOf": true, "Defs": true, "AdditionalProperties": true,
	}
)

// malformedHeaderParameter reports marks for which clients leave the tool out.
func malformedHeaderParameter(p *rule.Pass) {
	type taken struct {
		group any
		name  string
	}
	first := map[taken]mark{}
	for _, m := range marks(p) {
		f := rule.Finding{Span: m.at, Tool: toolAt(p, m), Parameter: m.holds}
		switch {
		case m.value != nil && *m.value == "":
			f.Sink = "the name of the header is empty"
		case m.value != nil && !headerToken.MatchString(*m.value):
			f.Sink = "a header cannot be called " + strings.Join(strings.Fields(*m.value), " ")
			if better := tidy(*m.value); better != "" {
				f.Fixes = rewrite(p, m.at, *m.value, better, "Write a name that a header may have", true)
			}
		case !primitive[m.kind]:
			f.Sink = "a value of the type " + m.kind + " has no place in a header"
		case m.branches():
			f.Sink = "the property is not always there"
		default:
			if m.value == nil {
				continue
			}
			key := taken{m.group, strings.ToLower(*m.value)}
			other, twice := first[key]
			if !twice {
				first[key] = m
				continue
			}
			f.Sink = "another parameter uses the same header"
			f.Related = []rule.Step{{Path: p.File.Path, Span: other.at, Text: "the other one"}}
		}
		p.Report(f)
	}
}

// branches reports whether a way through a schema leads past a keyword that makes the
// property depend on something.
func (m *mark) branches() bool {
	for i, name := range m.path {
		if branching[name] && (i == 0 || !strings.EqualFold(m.path[i-1], "properties")) && i > 0 {
			return true
		}
	}
	return false
}

// tidy gives a name that a header may have, made of the words of another; "" if none is left.
func tidy(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !headerToken.MatchString(string(r)) })
	return strings.Join(words, "-")
}
