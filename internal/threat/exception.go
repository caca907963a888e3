package threat

// exception.go reads accepted risks: .mcpaudit/exceptions/*.yaml, one in each file. An
// exception silences what fits all of it, its check, its paths and its code, until the
// day of its review; whatever is wrong with it, it silences nothing.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
	"mcpaudit/internal/safefile"
)

// The states that an exception's status may have.
const (
	Proposed = "proposed" // somebody asks for it: it silences nothing
	Accepted = "accepted"
	Retired  = "retired" // kept for the record: it silences nothing
)

// The bounds of exceptions.
const (
	maxException    = 64 << 10 // bytes of a file
	maxExceptions   = 1000     // files
	maxCodePattern  = 1000     // bytes
	maxSilenced     = 10       // findings above which one is too wide
	reviewNear      = 30 * 24 * time.Hour
	justifyTemplate = "Write here why this is no risk, or why it is worth taking."
)

// Exception is an accepted risk as it is written down.
type Exception struct {
	Path                    string // of its file
	Line                    int    // of its first key, from 1
	ID, Name, Status        string
	Checks                  []string
	Justification, Approved string
	Paths                   []string // patterns as in .gitignore; empty for all
	Code                    *regexp.Regexp
	Review                  time.Time

	broken bool // it cannot be relied on
	lines  map[string]int
}

// exceptionKeys are what an exception may say, with what it means.
var exceptionKeys = map[string]string{
	"id":            "A short name that reports show, such as EX-001. No two exceptions share one.",
	"name":          "What is accepted, in a few words.",
	"status":        "proposed, accepted or retired. Only an accepted exception silences findings.",
	"check":         "The id of the check that is silenced, or a list of ids.",
	"justification": "Why this is no risk, or why it is worth taking. Reports show it beside what is silenced.",
	"scope":         "Where it holds: `paths` and `code`. Both must fit a finding.",
	"review":        "The day until which it holds: 2027-05-01. After it the findings come back.",
	"approved-by":   "Who answers for it.",
}

var scopeKeys = map[string]string{
	"paths": "Files that it holds for: patterns as in .gitignore, relative to the folder that holds .mcpaudit.",
	"code":  "A regular expression that the code of the finding must fit. With it the exception ends when the code changes.",
}

// ExceptionKeyDoc gives what a key of an exception means, empty for none.
func ExceptionKeyDoc(key string) string {
	if doc := exceptionKeys[key]; doc != "" {
		return doc
	}
	return scopeKeys[key]
}

// ExceptionKeys lists the keys of an exception, those of its scope last.
func ExceptionKeys() []string { return append(sorted(exceptionKeys), sorted(scopeKeys)...) }

func sorted(m map[string]string) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// ExceptionContext is what exceptions are judged by.
type ExceptionContext struct {
	// Checks are the ids of all checks there are.
	Checks []string
	Today  time.Time
}

// ReadException reads one exception. What is wrong with it is told; if that touches what
// it silences, it silences nothing.
func ReadException(path string, text []byte, c ExceptionContext) (*Exception, []Problem) {
	e := &Exception{Path: path, Line: 1, lines: map[string]int{}}
	report := problems{path: path}
	e.read(text, c, &report)
	e.broken = slices.ContainsFunc(report.list, func(p Problem) bool { return p.Severity == Error })
	if !e.broken {
		e.weigh(c, &report)
	}
	return e, report.list
}

func (e *Exception) read(text []byte, c ExceptionContext, report *problems) {
	if len(text) > maxException {
		report.add(1, 0, 0, Error, "too-large", fmt.Sprintf("This file is larger than %d bytes and is not read.", maxException))
		return
	}
	if first, last, ok := conflict(text); ok {
		report.add(first, 0, 0, Error, "merge-conflict", fmt.Sprintf("A merge conflict stands in lines %d to %d: keep what holds and remove the lines with <<<<<<<, ======= and >>>>>>>. Until then this exception silences nothing.", first, last))
		return
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		report.add(1, 0, 0, Error, "empty", "This exception says nothing: begin with `id:`.")
		return
	case err != nil:
		report.yamlError(err)
		return
	}
	if d.Decode(&more) == nil {
		report.at(&more, Error, "two-documents", "One exception in each file: move this one into a file of its own.")
		return
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		report.at(top, Error, "not-a-mapping", "This is no exception: begin with `id:`, `check:` and `justification:`.")
		return
	}
	e.Line = top.Line
	for i := 0; i+1 < len(top.Content); i += 2 {
		e.key(top.Content[i], top.Content[i+1], c, report)
	}
	for _, want := range []string{"id", "name", "status", "check", "justification", "review"} {
		if e.lines[want] == 0 {
			report.add(e.Line, 0, 0, Error, "missing-"+want, fmt.Sprintf("This exception has no `%s`: %s", want, exceptionKeys[want]))
		}
	}
}

// key reads one key of the top.
func (e *Exception) key(key, value *yaml.Node, c ExceptionContext, report *problems) {
	if _, ok := exceptionKeys[key.Value]; !ok {
		report.unknownKey(key, sorted(exceptionKeys))
		return
	}
	if e.lines[key.Value] != 0 {
		report.at(key, Error, "twice", fmt.Sprintf("`%s` stands here twice.", key.Value))
		return
	}
	e.lines[key.Value] = key.Line
	switch key.Value {
	case "check":
		e.Checks = texts(value, "check", report)
		for _, id := range e.Checks {
			if !slices.Contains(c.Checks, id) {
				said := fmt.Sprintf("There is no check %q", id)
				if near := config.Nearest(id, c.Checks); near != "" {
					said += fmt.Sprintf(": did you mean %s?", near)
				} else {
					said += "; `mcpaudit checks` lists them."
				}
				report.at(value, Error, "unknown-check", said)
			}
		}
		return
	case "scope":
		e.scope(value, report)
		return
	}
	if value.Kind != yaml.ScalarNode || strings.TrimSpace(value.Value) == "" {
		report.at(value, Error, "not-a-text", fmt.Sprintf("`%s` wants a text.", key.Value))
		return
	}
	text := strings.TrimSpace(value.Value)
	switch key.Value {
	case "id":
		e.ID = text
	case "name":
		e.Name = text
	case "status":
		if e.Status = text; !slices.Contains([]string{Proposed, Accepted, Retired}, text) {
			report.at(value, Error, "unknown-status", fmt.Sprintf("There is no status %q: want proposed, accepted or retired.", text))
		}
	case "justification":
		if e.Justification = text; text == justifyTemplate {
			report.at(value, Error, "no-justification", "Nobody has written why yet: replace this sentence. Until then the exception silences nothing.")
		}
	case "approved-by":
		e.Approved = text
	case "review":
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			report.at(value, Error, "not-a-day", fmt.Sprintf("%q is no day: write it as 2027-05-01.", text))
		}
		e.Review = day
	}
}

// texts reads a text or a list of texts.
func texts(n *yaml.Node, key string, report *problems) []string {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
	}
	var all []string
	for _, one := range list {
		if one.Kind != yaml.ScalarNode || strings.TrimSpace(one.Value) == "" {
			report.at(one, Error, "not-a-text", fmt.Sprintf("`%s` wants a text or a list of texts.", key))
			continue
		}
		all = append(all, strings.TrimSpace(one.Value))
	}
	if len(all) == 0 {
		report.at(n, Error, "not-a-text", fmt.Sprintf("`%s` is empty.", key))
	}
	return all
}

func (e *Exception) scope(n *yaml.Node, report *problems) {
	if n.Kind != yaml.MappingNode {
		report.at(n, Error, "not-a-mapping", "`scope` wants `paths:` or `code:` below it.")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch key.Value {
		case "paths":
			e.lines["paths"] = key.Line
			e.Paths = texts(value, "paths", report)
			for _, p := range e.Paths {
				if strings.ContainsAny(p, "\n\r") || strings.HasPrefix(p, "../") || p == "/" {
					report.at(value, Error, "bad-path", fmt.Sprintf("%q names nothing below this folder.", p))
				}
			}
		case "code":
			e.lines["code"] = key.Line
			if value.Kind != yaml.ScalarNode || value.Value == "" || len(value.Value) > maxCodePattern {
				report.at(value, Error, "not-a-pattern", fmt.Sprintf("`code` wants a regular expression of at most %d bytes.", maxCodePattern))
				continue
			}
			pattern, err := regexp.Compile(value.Value)
			if err != nil {
				report.at(value, Error, "not-a-pattern", fmt.Sprintf("This is no regular expression: %v.", err))
				continue
			}
			e.Code = pattern
		default:
			report.unknownKey(key, sorted(scopeKeys))
		}
	}
}

// weigh tells what its people should know of an exception that can be read.
func (e *Exception) weigh(c ExceptionContext, report *problems) {
	line := func(key string) int { return max(e.lines[key], e.Line) }
	switch {
	case e.Status == Proposed:
		report.add(line("status"), 0, 0, Information, "proposed", "This exception is proposed: it silences nothing until its status is accepted.")
	case e.Status == Retired:
	case e.Expired(c.Today):
		report.add(line("review"), 0, 0, Warning, "expired", fmt.Sprintf("This exception was to be reviewed by %s, so it silences nothing any more: review it and set another day, or retire it.", e.Review.Format(time.DateOnly)))
	case e.Review.Sub(c.Today) < reviewNear:
		report.add(line("review"), 0, 0, Information, "review-near", fmt.Sprintf("This exception holds until %s: review it before that.", e.Review.Format(time.DateOnly)))
	}
	everywhere := len(e.Paths) == 0 || slices.ContainsFunc(e.Paths, func(p string) bool { return strings.Trim(p, "*/.") == "" })
	switch {
	case e.Status == Retired:
	case everywhere && e.Code == nil:
		report.add(line("scope"), 0, 0, Warning, "over-wide", "This exception silences its check everywhere, in code that nobody has written yet as well: narrow it with `scope`, `paths` and `code`.")
	case e.Code != nil && e.Code.MatchString(""):
		report.add(line("code"), 0, 0, Warning, "over-wide", "This pattern fits all code, so it narrows nothing.")
	}
}

// Expired reports whether the day of its review has passed.
func (e *Exception) Expired(today time.Time) bool {
	return !e.Review.IsZero() && today.Format(time.DateOnly) > e.Review.Format(time.DateOnly)
}

// Holds reports whether it silences what fits it.
func (e *Exception) Holds(today time.Time) bool {
	return !e.broken && e.Status == Accepted && !e.Expired(today)
}

// Covers reports whether a finding lies in its scope; folder is the one that holds
// .mcpaudit. What stands outside of it is not covered.
func (e *Exception) Covers(folder string, f *audit.Finding, res *audit.FileResult) bool {
	rel, err := filepath.Rel(folder, f.Path)
	if err != nil || !filepath.IsLocal(rel) {
		return false
	}
	if len(e.Paths) > 0 && !audit.Matches(e.Paths, filepath.ToSlash(rel)) {
		return false
	}
	return e.Code == nil || e.Code.MatchString(linesOf(f, res))
}

// linesOf gives the lines that a finding stands in.
func linesOf(f *audit.Finding, res *audit.FileResult) string {
	first, last := res.Text.LineAt(f.Span.Start), res.Text.LineAt(f.Span.End)
	var lines []string
	for line := first; line <= last && line < first+maxFindingLines; line++ {
		lines = append(lines, strings.TrimRight(res.Text.Line(line), "\r\n"))
	}
	return strings.Join(lines, "\n")
}

// maxFindingLines bounds the code that a pattern is held against.
const maxFindingLines = 200

// Exceptions are the accepted risks of a folder.
type Exceptions struct {
	Folder   string
	List     []*Exception
	Problems []Problem // of all files, by path and line

	context ExceptionContext
}

// LoadExceptions reads the accepted risks of a folder. A file that cannot be read is a
// problem. open gives the text of a file that an editor has open; it may be nil.
func LoadExceptions(folder string, c ExceptionContext, open func(path string) ([]byte, bool)) *Exceptions {
	x := &Exceptions{Folder: folder, context: c}
	for _, name := range exceptionFiles(folder) {
		if open != nil {
			if text, ok := open(name); ok {
				x.Add(name, text)
				continue
			}
		}
		text, err := safefile.Read(name, maxException+1)
		if err != nil {
			x.Problems = append(x.Problems, Problem{Path: name, Line: 1, Severity: Error, Code: "not-read", Text: err.Error() + ", so it is not read."})
			continue
		}
		x.Add(name, text)
	}
	return x
}

// exceptionFiles lists the files of a folder that hold exceptions.
func exceptionFiles(folder string) []string {
	dir := filepath.Join(folder, filepath.FromSlash(ExceptionFolder))
	for _, d := range []string{filepath.Dir(dir), dir} {
		if info, err := os.Lstat(d); err != nil || !info.IsDir() {
			return nil
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var files []string
	for _, e := range entries {
		if IsException(filepath.Join(dir, e.Name())) && len(files) < maxExceptions {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files
}

// ExceptionFiles counts the exceptions of a folder without reading them.
func ExceptionFiles(folder string) int { return len(exceptionFiles(folder)) }

// IsException reports whether a path is that of an exception.
func IsException(path string) bool {
	dir := filepath.ToSlash(filepath.Dir(path))
	end := strings.ToLower(filepath.Ext(path))
	return (dir == ExceptionFolder || strings.HasSuffix(dir, "/"+ExceptionFolder)) && (end == ".yaml" || end == ".yml")
}

// Add reads one more exception. Of two with one id the later silences nothing.
func (x *Exceptions) Add(path string, text []byte) {
	e, found := ReadException(path, text, x.context)
	for _, o := range x.List {
		if e.ID != "" && o.ID == e.ID {
			e.broken = true
			found = append(found, Problem{Path: path, Line: max(e.lines["id"], 1), Severity: Error, Code: "same-id", Text: fmt.Sprintf("%s has the id %s already: give this one another. Until then it silences nothing.", filepath.Base(o.Path), e.ID)})
		}
	}
	x.List = append(x.List, e)
	x.Problems = append(x.Problems, found...)
}

// Rules gives the exceptions that hold, as the audit applies them.
func (x *Exceptions) Rules() []*audit.Exception {
	var rules []*audit.Exception
	for _, e := range x.List {
		if e.Holds(x.context.Today) {
			rules = append(rules, &audit.Exception{ID: e.ID, Name: e.Name, Checks: e.Checks, Justification: e.Justification, Covers: func(f *audit.Finding, res *audit.FileResult) bool { return e.Covers(x.Folder, f, res) }})
		}
	}
	return rules
}

// Uses says what has become of each exception, given the findings of the whole folder,
// and tells those that silence nothing or too much.
func (x *Exceptions) Uses(findings []*audit.Finding) ([]audit.ExceptionUse, []Problem) {
	used := map[string]int{}
	for _, f := range findings {
		if f.Suppressed != nil && f.Suppressed.Exception != "" {
			used[f.Suppressed.Exception]++
		}
	}
	var uses []audit.ExceptionUse
	told := slices.Clone(x.Problems)
	for _, e := range x.List {
		u := audit.ExceptionUse{ID: e.ID, Name: e.Name, Status: e.Status, Checks: e.Checks, Justification: e.Justification, Path: e.Path, Line: e.Line}
		if !e.Review.IsZero() {
			u.Review = e.Review.Format(time.DateOnly)
		}
		switch {
		case e.broken:
			u.State = "broken"
		case e.Status != Accepted:
			u.State = e.Status
		case e.Expired(x.context.Today):
			u.State = "expired"
		case used[e.ID] == 0:
			u.State = "unused"
			told = append(told, Problem{Path: e.Path, Line: e.Line, Severity: Warning, Code: "unused", Text: "This exception silences nothing any more: the finding is gone, or its code or path has changed. Retire it or remove the file."})
		default:
			u.State, u.Used = "used", used[e.ID]
			if u.Used > maxSilenced {
				told = append(told, Problem{Path: e.Path, Line: e.Line, Severity: Warning, Code: "over-wide", Text: fmt.Sprintf("This exception silences %d findings. One decision seldom fits so many: narrow it.", u.Used)})
			}
		}
		uses = append(uses, u)
	}
	for i := range uses {
		for _, p := range told {
			if p.Path == uses[i].Path && p.Severity <= Warning && uses[i].Problem == "" {
				uses[i].Problem, uses[i].Line = p.Text, p.Line
			}
		}
	}
	return uses, told
}

// Draft gives the text of an exception for a finding, proposed and without a reason yet,
// and the path of a file that is not there.
func Draft(folder string, f *audit.Finding, res *audit.FileResult, today time.Time) (path string, text []byte, err error) {
	taken := map[string]bool{}
	for _, name := range exceptionFiles(folder) {
		taken[exceptionNumber(filepath.Base(name))] = true
	}
	n := 1
	for taken[fmt.Sprintf("EX-%03d", n)] {
		n++
	}
	id := fmt.Sprintf("EX-%03d", n)
	path = filepath.Join(folder, filepath.FromSlash(ExceptionFolder), id+"-"+f.Check+".yaml")
	if !filepath.IsLocal(filepath.Base(path)) {
		return "", nil, fmt.Errorf("%q is no name for a file", filepath.Base(path))
	}
	rel, err := filepath.Rel(folder, f.Path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", nil, fmt.Errorf("%s does not lie in %s", f.Path, folder)
	}
	line, _, _ := strings.Cut(linesOf(f, res), "\n")
	code := regexp.QuoteMeta(strings.TrimSpace(line))
	if len(code) > maxCodePattern {
		code = regexp.QuoteMeta(strings.TrimSpace(line)[:100])
	}
	name := "The finding of " + f.Check
	if f.Tool != "" {
		name += " in " + f.Tool
	}
	doc := map[string]any{"paths": []string{ignorePattern(filepath.ToSlash(rel))}, "code": strings.ToValidUTF8(code, ".")}
	top := yaml.Node{Kind: yaml.MappingNode}
	for _, kv := range []struct {
		key   string
		value any
	}{
		{"id", id}, {"name", name}, {"status", Proposed}, {"check", f.Check}, {"justification", justifyTemplate}, {"scope", doc}, {"review", today.AddDate(0, 6, 0).Format(time.DateOnly)},
	} {
		var key, value yaml.Node
		key.SetString(kv.key)
		if err := value.Encode(kv.value); err != nil {
			return "", nil, err
		}
		if kv.key == "review" {
			value.Style, value.Tag = 0, "!!timestamp"
		}
		top.Content = append(top.Content, &key, &value)
	}
	top.Content[0].HeadComment = "# An accepted risk. It silences nothing until somebody has written why and its status is\n# accepted, and ends on the day of its review. Review it like code."
	text, err = encode(&yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{&top}})
	return path, text, err
}

func exceptionNumber(name string) string {
	if m := regexp.MustCompile(`^EX-\d{3,}`).FindString(name); m != "" {
		return m
	}
	return ""
}

// ignorePattern writes a path so that as a pattern it means itself.
func ignorePattern(rel string) string {
	return "/" + regexp.MustCompile(`[\\*?\[\]!# ]`).ReplaceAllString(rel, `\$0`)
}

// WriteDraft writes a draft, atomically, never over a file and never through a link.
func WriteDraft(folder, path string, text []byte) error {
	if _, err := safefile.Folder(folder, filepath.FromSlash(ExceptionFolder)); err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already", path)
	}
	return safefile.Write(path, text)
}
