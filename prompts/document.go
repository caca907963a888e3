package prompts

// document.go reads what all documents of this package have in common: facts in YAML
// between two lines of ---, then Markdown in sections. Errors say the line.

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxDocument is the size in bytes above which a document is not read.
const maxDocument = 64 << 10

// Error says what is wrong with a document, and where.
type Error struct {
	File string // empty for a text that is no file
	Line int    // from 1
	Text string // what is wrong and what to do
}

func (e *Error) Error() string {
	if e.File == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

func wrong(line int, format string, arguments ...any) error {
	return &Error{Line: line, Text: fmt.Sprintf(format, arguments...)}
}

// document is a document that was cut into its parts.
type document struct {
	head     *yaml.Node // a mapping
	text     string     // before the first section
	textLine int
	sections []section
}

type section struct {
	heading, text string
	line          int
}

// readDocument cuts a document into its parts.
func readDocument(text string) (*document, error) {
	if len(text) > maxDocument {
		return nil, wrong(1, "it is larger than %d bytes: make it shorter", maxDocument)
	}
	if !utf8.ValidString(text) {
		return nil, wrong(1, "it is not UTF-8: save it as UTF-8")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, body, ok := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n")
	if !ok || !strings.HasPrefix(text, "---\n") {
		return nil, wrong(1, "it begins with no facts: want a line ---, the facts as YAML, and another ---")
	}
	d := &document{}
	var top yaml.Node
	if err := yaml.Unmarshal([]byte(head), &top); err != nil {
		return nil, yamlError(err)
	}
	if len(top.Content) != 1 || top.Content[0].Kind != yaml.MappingNode {
		return nil, wrong(2, "between the two lines --- want facts, one a line, such as id: my-question")
	}
	d.head = top.Content[0]
	if n := alias(d.head); n != nil {
		return nil, wrong(n.Line+1, "this refers to another place of the facts by *%s: write out what stands there", n.Value)
	}
	d.cut(body, strings.Count(head, "\n")+4)
	return d, nil
}

// alias finds what stands for another place of the same YAML, nil if nothing does.
func alias(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n
	}
	for _, c := range n.Content {
		if found := alias(c); found != nil {
			return found
		}
	}
	return nil
}

// cut finds the sections of the Markdown that begins at a line. Headings in fences of
// code are none.
func (d *document) cut(body string, line int) {
	d.textLine = line
	var part strings.Builder
	end := func() {
		text := strings.TrimSpace(part.String())
		part.Reset()
		if n := len(d.sections); n > 0 {
			d.sections[n-1].text = text
		} else {
			d.text = text
		}
	}
	fenced := false
	for l := range strings.Lines(body) {
		heading, is := strings.CutPrefix(l, "## ")
		switch {
		case strings.HasPrefix(l, "```"):
			fenced = !fenced
		case is && !fenced:
			end()
			d.sections = append(d.sections, section{heading: strings.TrimSpace(heading), line: line})
			line++
			continue
		}
		part.WriteString(l)
		line++
	}
	end()
}

// fill puts the sections into their fields: each is there once and says something, and
// there are no others.
func (d *document) fill(fields map[string]*string) error {
	want := strings.Join(sortedKeys(fields), ", ")
	for _, s := range d.sections {
		field := fields[s.heading]
		switch {
		case field == nil:
			return wrong(s.line, "there is no section %q here: want %s", s.heading, want)
		case *field != "":
			return wrong(s.line, "the section %q stands here a second time: make one of both", s.heading)
		case s.text == "":
			return wrong(s.line, "the section %q is empty: write it", s.heading)
		}
		*field = s.text
	}
	for _, name := range sortedKeys(fields) {
		if *fields[name] == "" {
			return wrong(d.textLine, "the section %q is missing: add a line ## %s and write below it", name, name)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// decode puts the facts into a struct.
func (d *document) decode(into any) error {
	if err := d.head.Decode(into); err != nil {
		return yamlError(err)
	}
	return nil
}

// allow reports a key of a mapping that means nothing.
func allow(n *yaml.Node, keys ...string) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n.Line+1, "want %s here, each with a colon and what it is", strings.Join(keys, ", "))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if k := n.Content[i]; !slices.Contains(keys, k.Value) {
			return wrong(k.Line+1, "there is no key %q here: want %s", k.Value, strings.Join(keys, ", "))
		}
	}
	return nil
}

// at gives the line of a fact in its file, or that of the first if it is not there.
func (d *document) at(key string) int {
	if v := d.value(key); v != nil {
		return v.Line + 1
	}
	return 2
}

// value gives what a fact says, nil if it is not there.
func (d *document) value(key string) *yaml.Node {
	for i := 0; i+1 < len(d.head.Content); i += 2 {
		if d.head.Content[i].Value == key {
			return d.head.Content[i+1]
		}
	}
	return nil
}

// items gives the members of a fact that is a list.
func (d *document) items(key string) []*yaml.Node {
	if v := d.value(key); v != nil && v.Kind == yaml.SequenceNode {
		return v.Content
	}
	return nil
}

var yamlLine = regexp.MustCompile(`(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): `)

// yamlError says what YAML says, with the line of the file.
func yamlError(err error) error {
	text, line := err.Error(), 1
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		text = strings.Replace(text, m[0], "", 1)
	}
	return wrong(line+1, "this is not the YAML that is wanted: %s", strings.TrimPrefix(text, "yaml: "))
}

// identifier is what ids look like.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// oneLine reports whether a text has one line of at most most characters, all of which
// can be seen.
func oneLine(text string, most int) bool {
	return text != "" && text == strings.TrimSpace(text) && utf8.RuneCountInString(text) <= most && !strings.ContainsFunc(text, unicode.IsControl)
}

// blank is a place in a text that a name is put into.
var blank = regexp.MustCompile(`\{[a-z][a-z-]*\}`)

// blanks reports a place in a text for which there is no name.
func blanks(text string, known ...string) error {
	for _, b := range blank.FindAllString(text, -1) {
		if name := strings.Trim(b, "{}"); !slices.Contains(known, name) {
			if len(known) == 0 {
				return fmt.Errorf("there is nothing to put in for %s here: take it out", b)
			}
			return fmt.Errorf("there is nothing to put in for %s here: want {%s}", b, strings.Join(known, "}, {"))
		}
	}
	return nil
}
