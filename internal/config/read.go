package config

// read.go reads settings and says precisely what is wrong with them. Settings
// that are right hold even where others beside them are wrong.

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Problem is something wrong with settings.
type Problem struct {
	File         string // empty for settings of an editor
	Line, Column int    // from 1; 0 if there is no place
	Key          string // dotted, empty if the file as a whole is wrong
	Text         string
}

// Error says where, which setting, what, and what to do.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:", p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, "%d:", p.Line)
		}
		b.WriteByte(' ')
	}
	if p.Key != "" {
		fmt.Fprintf(&b, "%s: ", p.Key)
	}
	b.WriteString(p.Text)
	return b.String()
}

// maxFile bounds the size in bytes of a settings file.
const maxFile = 1 << 20

// WithFile gives c changed by a settings file of a workspace, and what is wrong
// with the file. Settings that a workspace may not choose are refused.
func (c Config) WithFile(name string, data []byte) (Config, []*Problem) {
	return c.withYAML(name, data, ofWorkspace)
}

func (c Config) withYAML(name string, data []byte, from origin) (Config, []*Problem) {
	r := reader{config: c.clone(), file: name, from: from}
	if len(data) > maxFile {
		r.problem(&yaml.Node{}, "", "the file is larger than %d bytes", maxFile)
		return c, r.problems
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line, text := yamlError(err)
		r.problems = append(r.problems, &Problem{File: name, Line: line, Text: "not valid YAML: " + text})
		return c, r.problems
	}
	if len(doc.Content) == 1 {
		r.mapping("", doc.Content[0])
	}
	return r.config, r.problems
}

// WithJSON gives c changed by settings as an editor sends them, an object with
// the section mcpaudit taken off, and what is wrong with them.
func (c Config) WithJSON(data []byte) (Config, []*Problem) {
	r := reader{config: c.clone(), from: ofEditor}
	var v any
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		r.problem(&yaml.Node{}, "", "not valid JSON: %v", err)
		return c, r.problems
	}
	r.mapping("", node(v, 0))
	return r.config, r.problems
}

// node turns a JSON value into the form that YAML is read in. Editors send null
// for what is not set.
func node(v any, depth int) *yaml.Node {
	switch v := v.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if v[k] != nil && depth < 8 {
				n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: k}, node(v[k], depth+1))
			}
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, e := range v {
			n.Content = append(n.Content, node(e, depth+1))
		}
		return n
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: fmt.Sprint(v)}
	}
}

// origin is who says a setting.
type origin uint8

const (
	ofWorkspace origin = iota // a file that may come with a stranger's repository
	ofEditor                  // an editor, which may mix in what a workspace says
	ofUser                    // the user's own file
)

type reader struct {
	config   Config
	file     string
	from     origin
	problems []*Problem
}

func (r *reader) problem(n *yaml.Node, key, format string, args ...any) {
	r.problems = append(r.problems, &Problem{File: r.file, Line: n.Line, Column: n.Column, Key: key, Text: fmt.Sprintf(format, args...)})
}

// mapping reads a group of settings.
func (r *reader) mapping(prefix string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "") {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, strings.TrimSuffix(prefix, "."), "want settings by name")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, v := n.Content[i], n.Content[i+1]
		key := prefix + name.Value
		s, group := find(key)
		switch {
		case group:
			r.mapping(key+".", v)
		case s == nil:
			r.problem(name, key, "there is no such setting%s", meant(key, keys()))
		case s.fileOnly && r.from != ofUser:
			r.problem(name, key, "this is read from your own settings file alone, which no workspace can change: %s", userFileName())
		case s.userOnly && r.from == ofWorkspace:
			r.problem(name, key, "a workspace cannot choose this: set it in your editor's user settings")
		default:
			r.setting(s, v)
		}
	}
}

func (r *reader) setting(s *setting, n *yaml.Node) {
	var v value
	switch s.kind {
	case text:
		if !r.scalar(n, s.key) || !r.allowed(n, s.key, n.Value, s.values) {
			return
		}
		v.text = n.Value
	case number:
		i, err := strconv.ParseInt(n.Value, 10, 64)
		if n.Kind != yaml.ScalarNode || err != nil || i <= 0 {
			r.problem(n, s.key, "want a whole number above 0")
			return
		}
		v.number = i
	case truth:
		if v.truth = n.Value == "true"; n.Kind != yaml.ScalarNode || !v.truth && n.Value != "false" {
			r.problem(n, s.key, "want true or false")
			return
		}
	case amount:
		f, err := strconv.ParseFloat(n.Value, 64)
		if n.Kind != yaml.ScalarNode || err != nil || !(f >= 0 && f < 1e9) {
			r.problem(n, s.key, "want a number not below 0")
			return
		}
		v.amount = f
	case list:
		if n.Kind != yaml.SequenceNode {
			r.problem(n, s.key, "want a list")
			return
		}
		for _, e := range n.Content {
			if r.scalar(e, s.key) {
				v.list = append(v.list, e.Value)
			}
		}
	case mapping:
		if n.Kind != yaml.MappingNode {
			r.problem(n, s.key, "want values by name")
			return
		}
		v.pairs = map[string]string{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, e := n.Content[i], n.Content[i+1]
			key := s.key + "." + name.Value
			if r.scalar(e, key) && r.allowed(name, s.key, name.Value, s.names) && r.allowed(e, key, e.Value, s.values) {
				v.pairs[name.Value] = e.Value
			}
		}
	}
	s.set(&r.config, v)
}

func (r *reader) scalar(n *yaml.Node, key string) bool {
	if n.Kind != yaml.ScalarNode {
		r.problem(n, key, "want a single value")
		return false
	}
	return true
}

func (r *reader) allowed(n *yaml.Node, key, got string, values []string) bool {
	if len(values) == 0 || slices.Contains(values, got) {
		return true
	}
	r.problem(n, key, "%q is none of %s%s", got, strings.Join(values, ", "), meant(got, values))
	return false
}

func keys() []string {
	var all []string
	for _, s := range table {
		all = append(all, s.key)
	}
	return all
}

// meant names the candidate that was probably meant, if one is near.
func meant(got string, candidates []string) string {
	if near := Nearest(got, candidates); near != "" {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	return ""
}

// Nearest gives the candidate that a misspelt name was probably meant to be, the
// first of equals, or "" if none is near.
func Nearest(got string, candidates []string) string {
	best, at := 3, ""
	for _, c := range candidates {
		if d := distance(strings.ToLower(got), strings.ToLower(c)); d < best && d < len(got) {
			best, at = d, c
		}
	}
	return at
}

// distance is Levenshtein's, of short names; a long one is far from all.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// yamlError takes the line out of an error of the YAML library.
func yamlError(err error) (line int, text string) {
	text = err.Error()
	var te *yaml.TypeError
	if errors.As(err, &te) && len(te.Errors) > 0 {
		text = te.Errors[0]
	}
	text = strings.TrimPrefix(text, "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, after, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				return n, after
			}
		}
	}
	return 0, text
}
