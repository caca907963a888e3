package checks

// document.go reads one check document: front matter, sections, examples.

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// The titles of the sections of a document, in the order in which they stand.
const (
	SectionAttack     = "Attack"
	sectionVulnerable = "Vulnerable"
	sectionSafe       = "Safe"
	SectionAsk        = "Ask yourself"
	sectionFixed      = "Fixed"
	sectionSkeleton   = "Skeleton"
	SectionNoProblem  = "When it is not a problem"
	SectionLimits     = "Limits"
	SectionBeginners  = "For beginners"
	SectionExperts    = "For experts"
	sectionLearnMore  = "Learn more"
)

var sectionTitles = []string{
	SectionAttack, sectionVulnerable, sectionSafe, SectionAsk, sectionFixed, sectionSkeleton,
	SectionNoProblem, SectionLimits, SectionBeginners, SectionExperts, sectionLearnMore,
}

// Document is what stands in a document below its front matter.
type Document struct {
	// Introduction is what stands between the title and the first section.
	Introduction string
	// Sections are the texts by title, without their headings.
	Sections map[string]string
	// Questions are those of "Ask yourself", one sentence or two each.
	Questions []string

	Vulnerable, Safe, Fixed []Example
	// Skeletons sketch, by language, the guard that a reader has to write where no
	// rewrite is safe. They are code that is put in as comments.
	Skeletons []Example
}

// Skeleton gives the sketch of the guard for a language, "" where there is none.
func (d *Document) Skeleton(lang source.Language) string {
	if lang.ECMAScript() {
		lang = source.TypeScript
	}
	for _, e := range d.Skeletons {
		if e.Language == lang {
			return e.Files[0].Text
		}
	}
	return ""
}

// Example is one program, of one or several files of one language, perhaps with
// manifests beside them.
type Example struct {
	Language source.Language
	Files    []ExampleFile
	// Revision of the specification that the example's server speaks, as revision=
	// says on its first file; empty if it is left open.
	Revision string
}

// ExampleFile is one fenced block.
type ExampleFile struct {
	Name string // as file= says, or one for its language
	Text string
	Line int // of its first line in the document, from 1
}

// maxDocument is the size in bytes above which a document is refused; a
// stranger may have written it.
const maxDocument = 1 << 20

var idPattern = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// parser reads one document. Its first error ends the reading.
type parser struct {
	name  string // of the file, for errors
	check *Check
}

// parseDocument reads the document of one check. Errors name the file and the line.
func parseDocument(name string, data []byte) (*Check, error) {
	p := &parser{name: name, check: &Check{Path: name, Confidence: rule.Medium}}
	if len(data) > maxDocument {
		return nil, p.errorf(1, "the document has %d bytes: at most %d are read", len(data), maxDocument)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return nil, p.errorf(1, "a check document begins with a line --- and its front matter")
	}
	front, body, ok := strings.Cut(rest, "\n---\n")
	if !ok {
		return nil, p.errorf(1, "the front matter is not closed by a line ---")
	}
	// The line before the front matter keeps the line numbers of the file.
	if err := p.frontMatter([]byte("\n" + front + "\n")); err != nil {
		return nil, err
	}
	if err := p.body(body, strings.Count(front, "\n")+4); err != nil {
		return nil, err
	}
	return p.check, p.complete()
}

func (p *parser) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", p.name, line, fmt.Sprintf(format, args...))
}

// frontKeys are the keys of the front matter and what reads them.
var frontKeys = map[string]func(p *parser, n *yaml.Node) error{
	"id":         (*parser).id,
	"title":      func(p *parser, n *yaml.Node) error { return p.text(n, &p.check.Title) },
	"message":    func(p *parser, n *yaml.Node) error { return p.text(n, &p.check.Message) },
	"class":      func(p *parser, n *yaml.Node) error { return p.text(n, &p.check.Class) },
	"cwe":        (*parser).cwe,
	"maps":       (*parser).maps,
	"cvss":       (*parser).cvss,
	"confidence": (*parser).confidence,
	"languages":  func(p *parser, n *yaml.Node) error { return p.languages(n, &p.check.Languages) },
	"revisions":  func(p *parser, n *yaml.Node) error { return p.list(n, &p.check.Revisions) },
	"rule":       (*parser).rules,
	"matcher":    (*parser).matcher,
	"fixer":      (*parser).fixer,
	"fix-title":  func(p *parser, n *yaml.Node) error { return p.text(n, &p.check.fixTitle) },
	"by":         (*parser).by,
	"cause":      (*parser).cause,
	"guard":      (*parser).guard,
}

func (p *parser) frontMatter(data []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return p.errorf(2, "the front matter is a list of keys and values")
	}
	seen := map[string]bool{}
	pairs := doc.Content[0].Content
	for i := 0; i+1 < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		read, ok := frontKeys[key.Value]
		switch {
		case !ok:
			return p.errorf(key.Line, "unknown key %q: known are %s", key.Value, strings.Join(sortedKeys(frontKeys), ", "))
		case seen[key.Value]:
			return p.errorf(key.Line, "the key %q stands twice", key.Value)
		}
		seen[key.Value] = true
		if err := read(p, value); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) text(n *yaml.Node, into *string) error {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		return p.errorf(n.Line, "a text is wanted here")
	}
	*into = n.Value
	return nil
}

func (p *parser) list(n *yaml.Node, into *[]string) error {
	if n.Kind != yaml.SequenceNode {
		return p.errorf(n.Line, "a list is wanted here")
	}
	for _, item := range n.Content {
		var s string
		if err := p.text(item, &s); err != nil {
			return err
		}
		*into = append(*into, s)
	}
	return nil
}

func (p *parser) id(n *yaml.Node) error {
	if err := p.text(n, &p.check.ID); err != nil {
		return err
	}
	if !idPattern.MatchString(p.check.ID) {
		return p.errorf(n.Line, "the id %q is not made of lower-case words joined by hyphens", p.check.ID)
	}
	if stem := strings.TrimSuffix(path.Base(p.name), ".md"); stem != p.check.ID {
		return p.errorf(n.Line, "the id %q is not the name of its file, %q", p.check.ID, stem)
	}
	return nil
}

func (p *parser) cwe(n *yaml.Node) error {
	var all []string
	if err := p.list(n, &all); err != nil {
		return err
	}
	for _, s := range all {
		id, err := strconv.Atoi(s)
		if err != nil || id <= 0 {
			return p.errorf(n.Line, "%q is no CWE number: write 78 for CWE-78", s)
		}
		p.check.CWE = append(p.check.CWE, id)
	}
	return nil
}

// catalogues are the other catalogues a check may be mapped to, and the form
// of their ids.
var catalogues = map[string]*regexp.Regexp{
	"threat":    regexp.MustCompile(`^[A-Z]+(-[A-Z]+)*$`),
	"owasp-mcp": regexp.MustCompile(`^MCP(0[1-9]|10)$`),
	"owasp-asi": regexp.MustCompile(`^ASI(0[1-9]|10)$`),
	"owasp-llm": regexp.MustCompile(`^LLM(0[1-9]|10)$`),
	"ttp":       regexp.MustCompile(`^[a-z0-9-]+/[a-z0-9-]+$`),
	"spec":      regexp.MustCompile(`^[A-Z][0-9]{2}$`),
	"attack":    regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`),
	"atlas":     regexp.MustCompile(`^AML\.T[0-9]{4}(\.[0-9]{3})?$`),
}

func (p *parser) maps(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return p.errorf(n.Line, "maps holds catalogues and lists of their ids")
	}
	p.check.Maps = map[string][]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		form, ok := catalogues[key.Value]
		if !ok {
			return p.errorf(key.Line, "unknown catalogue %q: known are %s", key.Value, strings.Join(sortedKeys(catalogues), ", "))
		}
		var ids []string
		if err := p.list(n.Content[i+1], &ids); err != nil {
			return err
		}
		for _, id := range ids {
			if !form.MatchString(id) {
				return p.errorf(key.Line, "%q is no id of %s", id, key.Value)
			}
		}
		p.check.Maps[key.Value] = ids
	}
	return nil
}

func (p *parser) cvss(n *yaml.Node) error {
	v, err := aivss.ParseVector(n.Value)
	if err != nil {
		return p.errorf(n.Line, "%v", err)
	}
	p.check.Vector = v
	return nil
}

func (p *parser) confidence(n *yaml.Node) error {
	for c := rule.Low; c <= rule.High; c++ {
		if n.Value == c.String() {
			p.check.Confidence = c
			return nil
		}
	}
	return p.errorf(n.Line, "the confidence %q is not low, medium or high", n.Value)
}

// languageNames are the languages as rules name them. In a document of ours
// typescript and javascript both stand for ECMAScript in all its forms.
var languageNames = map[string]source.Language{
	"python": source.Python, "typescript": source.TypeScript, "javascript": source.TypeScript, "go": source.Go,
	"json": source.JSON, "toml": source.TOML,
}

func (p *parser) languages(n *yaml.Node, into *[]source.Language) error {
	var names []string
	if err := p.list(n, &names); err != nil {
		return err
	}
	for _, name := range names {
		l, ok := languageNames[name]
		if !ok {
			return p.errorf(n.Line, "unknown language %q: known are %s", name, strings.Join(sortedKeys(languageNames), ", "))
		}
		if !slices.Contains(*into, l) {
			*into = append(*into, l)
		}
	}
	return nil
}

func (p *parser) matcher(n *yaml.Node) error {
	m, ok := matchers[n.Value]
	if !ok {
		return p.errorf(n.Line, "there is no matcher %q: known are %s", n.Value, strings.Join(sortedKeys(matchers), ", "))
	}
	p.check.matcher = m
	return nil
}

func (p *parser) fixer(n *yaml.Node) error {
	f, ok := fixers[n.Value]
	if !ok {
		return p.errorf(n.Line, "there is no fixer %q: known are %s", n.Value, strings.Join(sortedKeys(fixers), ", "))
	}
	p.check.fixer = f
	return nil
}

// by says that the audit itself reports, not a rule.
func (p *parser) by(n *yaml.Node) error {
	if n.Value != "audit" {
		return p.errorf(n.Line, "by can only say audit")
	}
	p.check.byAudit = true
	return nil
}

// cause says what one finding is made for: a value that nobody checks, or else, as
// where nothing is said, each call that a value reaches.
func (p *parser) cause(n *yaml.Node) error {
	if n.Value != "value" {
		return p.errorf(n.Line, "cause can only say value")
	}
	p.check.ofValue = true
	return nil
}

// guard says for which reasons a check of the audited program fails. A flow that
// passed such a check is a finding of this document in place of the one that
// speaks of the harm.
func (p *parser) guard(n *yaml.Node) error {
	if err := p.list(n, &p.check.guards); err != nil {
		return err
	}
	for _, reason := range p.check.guards {
		if !slices.Contains(flow.Reasons(), reason) {
			return p.errorf(n.Line, "%q is no reason for which a check fails: known are %s", reason, strings.Join(flow.Reasons(), ", "))
		}
	}
	return nil
}

// rules sorts the rules of a document: those that only name what flows where
// are answered from the flows of the file; all others are patterns.
func (p *parser) rules(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return p.errorf(n.Line, "rule is a list of rules")
	}
	for _, item := range n.Content {
		if item.Kind != yaml.MappingNode {
			return p.errorf(item.Line, "a rule is a list of keys and values")
		}
		langs := member(item, "languages")
		if langs == nil {
			return p.errorf(item.Line, "the rule names no languages")
		}
		var claimed []source.Language
		if err := p.languages(langs, &claimed); err != nil {
			return err
		}
		for _, l := range claimed {
			if !slices.Contains(p.check.Languages, l) {
				p.check.Languages = append(p.check.Languages, l)
			}
		}
		f, isFlow, err := p.flowRule(item, claimed)
		if err != nil {
			return err
		}
		if isFlow {
			p.check.flows = append(p.check.flows, f)
			continue
		}
		r, err := rule.ParseNode(p.name, 0, item)
		if err != nil {
			return err
		}
		p.check.patterns = append(p.check.patterns, r)
	}
	return nil
}

func member(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// flowRule reads a taint rule whose sources are all `mcp:` and whose sinks are
// all `sink:`.
func (p *parser) flowRule(n *yaml.Node, langs []source.Language) (flowRule, bool, error) {
	f := flowRule{languages: langs}
	sources, okSources := operands(member(n, "pattern-sources"), "mcp")
	sinks, okSinks := operands(member(n, "pattern-sinks"), "sink")
	mode := member(n, "mode")
	if !okSources || !okSinks || mode == nil || mode.Value != "taint" || len(n.Content) != 8 {
		return f, false, nil
	}
	for _, s := range sources {
		kind, ok := sourceKinds[s.Value]
		if !ok {
			return f, false, p.errorf(s.Line, "%q is no source of flows: known are %s", s.Value, strings.Join(sortedKeys(sourceKinds), ", "))
		}
		f.sources = append(f.sources, kind)
	}
	for _, s := range sinks {
		if !slices.Contains(sinkKinds, flow.SinkKind(s.Value)) {
			return f, false, p.errorf(s.Line, "unknown kind of sink %q", s.Value)
		}
		f.sinks = append(f.sinks, flow.SinkKind(s.Value))
	}
	return f, true, nil
}

// operands gives the values of a list of single-key mappings that all have the
// given key.
func operands(n *yaml.Node, key string) ([]*yaml.Node, bool) {
	if n == nil || n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil, false
	}
	var values []*yaml.Node
	for _, item := range n.Content {
		if item.Kind != yaml.MappingNode || len(item.Content) != 2 || item.Content[0].Value != key {
			return nil, false
		}
		values = append(values, item.Content[1])
	}
	return values, true
}

// complete asks for what every check needs.
func (p *parser) complete() error {
	c := p.check
	for key, given := range map[string]bool{
		"id": c.ID != "", "title": c.Title != "", "message": c.Message != "", "class": c.Class != "",
		"rule, matcher, guard or by": len(c.flows)+len(c.patterns)+len(c.guards) > 0 || c.matcher != nil || c.byAudit,
		"languages":                  len(c.Languages) > 0,
	} {
		if !given {
			return p.errorf(1, "the front matter lacks %s", key)
		}
	}
	slices.Sort(c.Languages)
	for _, r := range c.patterns {
		r.ID, r.Message = c.ID, c.Message
	}
	return nil
}

// body reads the sections; first is the line of the file at which text begins.
func (p *parser) body(text string, first int) error {
	p.check.Lesson = strings.TrimSpace(text) + "\n"
	doc := &p.check.Document
	doc.Sections = map[string]string{}
	section, next := "", 0
	var content strings.Builder
	finish := func() {
		done := strings.TrimSpace(content.String())
		content.Reset()
		if section == "" {
			doc.Introduction = done
		} else {
			doc.Sections[section] = done
		}
	}
	fenced := fence{p: p}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		at := first + i
		inside, err := fenced.line(line, at, section)
		if err != nil {
			return err
		}
		heading, isHeading := strings.CutPrefix(line, "## ")
		switch {
		case inside || !isHeading:
			if !inside && section == "" && strings.HasPrefix(line, "# ") {
				continue
			}
			content.WriteString(line + "\n")
		default:
			finish()
			section = strings.TrimSpace(heading)
			place := slices.Index(sectionTitles, section)
			if place < 0 {
				return p.errorf(at, "unknown section %q: known are %s", section, strings.Join(sectionTitles, ", "))
			}
			if place < next {
				return p.errorf(at, "the section %q stands twice or in the wrong place: the order is %s", section, strings.Join(sectionTitles, ", "))
			}
			next = place + 1
		}
	}
	finish()
	if fenced.open != "" {
		return p.errorf(first+len(lines), "the last fenced block is not closed")
	}
	doc.Questions = numbered(doc.Sections[SectionAsk])
	return nil
}

// fence collects the fenced blocks of the sections that hold examples.
type fence struct {
	p       *parser
	open    string // the fence that closes the block, empty outside
	lang    source.Language
	name    string
	spoken  string // the revision that the block's server speaks
	text    strings.Builder
	line0   int
	section string
}

var revisionPattern = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// line takes one line and says whether it belongs to a fenced block.
func (f *fence) line(line string, at int, section string) (inside bool, err error) {
	if f.open != "" {
		if strings.TrimSpace(line) == f.open {
			f.open = ""
			return true, f.add()
		}
		f.text.WriteString(line + "\n")
		return true, nil
	}
	marks := len(line) - len(strings.TrimLeft(line, "`"))
	if marks < 3 {
		return false, nil
	}
	f.open, f.section, f.line0 = line[:marks], section, at+1
	f.text.Reset()
	words := strings.Fields(line[marks:])
	f.lang, f.name, f.spoken = source.None, "", ""
	if len(words) > 0 {
		f.lang = languageNames[words[0]]
		for _, w := range words[1:] {
			key, value, _ := strings.Cut(w, "=")
			switch {
			case key == "file" && value != "" && value == path.Base(value):
				f.name = value
			case key == "revision" && revisionPattern.MatchString(value):
				f.spoken = value
			default:
				return true, f.p.errorf(at, "%q is not understood after the language: only file=NAME and revision=YYYY-MM-DD are", w)
			}
		}
	}
	if f.example() != nil && f.lang == source.None {
		return true, f.p.errorf(at, "an example says its language: %s", strings.Join(sortedKeys(languageNames), ", "))
	}
	return true, nil
}

// example gives the list that blocks of the current section go to, or nil.
func (f *fence) example() *[]Example {
	switch f.section {
	case sectionVulnerable:
		return &f.p.check.Document.Vulnerable
	case sectionSafe:
		return &f.p.check.Document.Safe
	case sectionFixed:
		return &f.p.check.Document.Fixed
	case sectionSkeleton:
		return &f.p.check.Document.Skeletons
	}
	return nil
}

var defaultNames = map[source.Language]string{source.Python: "server.py", source.TypeScript: "server.ts", source.Go: "server.go",
	source.JSON: "server.json", source.TOML: "pyproject.toml"}

// add puts the block into its section. Blocks with file= that follow each
// other without text between them are files of one example.
func (f *fence) add() error {
	list := f.example()
	if list == nil {
		return nil
	}
	file := ExampleFile{Name: f.name, Text: f.text.String(), Line: f.line0}
	if f.name == "" {
		file.Name = defaultNames[f.lang]
		*list = append(*list, Example{Language: f.lang, Files: []ExampleFile{file}, Revision: f.spoken})
		return nil
	}
	if n := len(*list); n > 0 && ((*list)[n-1].Language == f.lang || (*list)[n-1].Language.Data() != f.lang.Data()) {
		prev := &(*list)[n-1]
		if lastFile := prev.Files[len(prev.Files)-1]; f.follows(lastFile) && !slices.ContainsFunc(prev.Files, func(o ExampleFile) bool { return o.Name == f.name }) {
			prev.Files = append(prev.Files, file)
			if prev.Language.Data() {
				prev.Language = f.lang // manifests belong to the code beside them
			}
			return nil
		}
	}
	*list = append(*list, Example{Language: f.lang, Files: []ExampleFile{file}, Revision: f.spoken})
	return nil
}

// follows reports whether only blank lines and fences stand between a file and
// the current block.
func (f *fence) follows(last ExampleFile) bool {
	end := last.Line + strings.Count(last.Text, "\n") + 1 // after its closing fence
	return f.line0-1-end <= 1
}

var numberedItem = regexp.MustCompile(`^\d+\.\s+`)

// numbered gives the items of a numbered list.
func numbered(text string) []string {
	var items []string
	for line := range strings.SplitSeq(text, "\n") {
		switch loc := numberedItem.FindString(line); {
		case loc != "":
			items = append(items, strings.TrimSpace(line[len(loc):]))
		case len(items) > 0 && strings.TrimSpace(line) != "":
			items[len(items)-1] += " " + strings.TrimSpace(line)
		}
	}
	return items
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
