package threat

// book.go reads and writes what people have answered: .mcpaudit/threat-model.yaml. It
// is made for review and version control, so what somebody wrote into it by hand
// stays, and nothing is written over what cannot be read.

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/safefile"
)

// NotSure is the answer of somebody who does not know yet. Every question has it.
const NotSure = "not-sure"

// maxBook is the size in bytes above which a file of the threat model is not read.
const maxBook = 1 << 20

// maxAnswers bounds the answers of a book.
const maxAnswers = 10_000

// Said is one answer as it was given.
type Said struct {
	Question string `yaml:"question"`
	// Server is the folder of the server, with slashes, relative to that of the book;
	// empty for that folder itself.
	Server string `yaml:"server,omitempty"`
	// Tool and File are the entry that it speaks of and the file that registers it;
	// empty for the whole server.
	Tool   string `yaml:"tool,omitempty"`
	File   string `yaml:"file,omitempty"`
	Answer string `yaml:"answer"`
	Note   string `yaml:"note,omitempty"`
	By     string `yaml:"by,omitempty"`
	At     string `yaml:"at,omitempty"` // a day: 2026-11-23
	// Evidence is the code that it speaks of, in words, and Code its digest: the
	// answer is stale when the code has another.
	Evidence string `yaml:"evidence,omitempty"`
	Code     string `yaml:"code,omitempty"`

	Line int `yaml:"-"` // where it stands, from 1
}

// keys are what an answer may say, with what it means.
var keys = map[string]string{
	"question": "The id of the question that is answered.",
	"server":   "The folder of the server, relative to this one; left out for this folder itself.",
	"tool":     "The tool, resource or prompt that the answer speaks of; left out for the whole server.",
	"file":     "The file that registers the tool.",
	"answer":   "The id of one of the question's answers, or not-sure.",
	"note":     "What a reviewer should know besides, in your words.",
	"by":       "Who answered.",
	"at":       "The day of the answer.",
	"evidence": "The code that the answer speaks of.",
	"code":     "A digest of that code. When the code changes, the answer is stale and asked again.",
}

// KeyDoc gives what a key of an answer means, empty for none.
func KeyDoc(key string) string { return keys[key] }

// same reports whether two answers are to the same question about the same thing.
func (s *Said) same(o *Said) bool {
	return s.Question == o.Question && s.Server == o.Server && s.Tool == o.Tool && s.File == o.File
}

// Book is what was answered in a folder.
type Book struct {
	Path    string
	Answers []Said

	text []byte
	sure bool // it was read without an error, so it may be written
}

// ReadBook reads a book. What is wrong with it is told, and the answers that can be
// read hold all the same.
func ReadBook(path string, text []byte) (*Book, []Problem) {
	b := &Book{Path: path, text: text}
	report := problems{path: path}
	if len(text) > maxBook {
		report.add(1, 0, 0, Error, "too-large", fmt.Sprintf("This file is larger than %d bytes and is not read.", maxBook))
		return b, report.list
	}
	if first, last, ok := conflict(text); ok {
		report.add(first, 0, 0, Error, "merge-conflict",
			fmt.Sprintf("A merge conflict stands in lines %d to %d: keep the answers that hold and remove the lines with <<<<<<<, ======= and >>>>>>>. Until then nothing is read or written here.", first, last))
		return b, report.list
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		report.yamlError(err)
		return b, report.list
	}
	b.sure = true
	if len(doc.Content) == 0 {
		return b, nil
	}
	b.read(doc.Content[0], &report)
	b.sure = !slices.ContainsFunc(report.list, func(p Problem) bool { return p.Severity == Error })
	return b, report.list
}

// read reads the top of the document.
func (b *Book) read(top *yaml.Node, report *problems) {
	if top.Kind != yaml.MappingNode {
		report.at(top, Error, "not-a-mapping", "This is no threat model: begin with `answers:` and a list below it.")
		return
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		switch key.Value {
		case "version":
			if value.Value != "1" {
				report.at(value, Error, "unknown-version", "This version of the file is not known: want 1.")
			}
		case "answers":
			if value.Kind != yaml.SequenceNode {
				if value.Tag != "!!null" {
					report.at(value, Error, "not-a-list", "Want a list of answers, each beginning with `- question:`.")
				}
				continue
			}
			b.readAnswers(value, report)
		default:
			report.unknownKey(key, []string{"version", "answers"})
		}
	}
}

func (b *Book) readAnswers(list *yaml.Node, report *problems) {
	for i, n := range list.Content {
		if i == maxAnswers {
			report.at(n, Error, "too-many", fmt.Sprintf("More than %d answers: the rest is not read.", maxAnswers))
			return
		}
		s, ok := readSaid(n, report)
		if !ok {
			continue
		}
		if k := slices.IndexFunc(b.Answers, func(o Said) bool { return s.same(&o) }); k >= 0 {
			report.at(n, Warning, "answered-twice", fmt.Sprintf("This question is answered in line %d already. The later answer, this one, holds: remove one of them.", b.Answers[k].Line))
			b.Answers[k] = s
			continue
		}
		b.Answers = append(b.Answers, s)
	}
}

// readSaid reads one answer.
func readSaid(n *yaml.Node, report *problems) (Said, bool) {
	s := Said{Line: n.Line}
	if n.Kind != yaml.MappingNode {
		report.at(n, Error, "not-an-answer", "Want an answer: `question:` and `answer:`, with what else there is below.")
		return s, false
	}
	into := map[string]*string{
		"question": &s.Question, "server": &s.Server, "tool": &s.Tool, "file": &s.File, "answer": &s.Answer, "note": &s.Note,
		"by": &s.By, "at": &s.At, "evidence": &s.Evidence, "code": &s.Code,
	}
	fine := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		to := into[key.Value]
		switch {
		case to == nil:
			report.unknownKey(key, sortedKeys(into))
		case value.Kind != yaml.ScalarNode:
			report.at(value, Error, "not-a-text", fmt.Sprintf("%s wants a text.", key.Value))
			fine = false
		default:
			*to = value.Value
		}
	}
	for _, want := range []string{"question", "answer"} {
		if *into[want] == "" && fine {
			report.at(n, Error, "missing-"+want, fmt.Sprintf("This answer says no %s.", want))
			fine = false
		}
	}
	return s, fine
}

func sortedKeys(m map[string]*string) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// With gives the text of the book with an answer in it: in the place of an earlier one
// to the same question, or at the end. All else stays. A book that cannot be read whole
// is not written, so that nothing is lost.
func (b *Book) With(s Said) ([]byte, error) {
	if !b.sure {
		return nil, fmt.Errorf("%s has errors; mend them first, so that nothing in it is lost", b.Path)
	}
	if len(bytes.TrimSpace(b.text)) == 0 {
		b = &Book{Path: b.Path, text: []byte(newBook), sure: true}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b.text, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", b.Path, err)
	}
	if len(doc.Content) == 0 { // comments alone
		if err := yaml.Unmarshal(append(slices.Clone(b.text), "\nversion: 1\nanswers: []\n"...), &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", b.Path, err)
		}
	}
	list := answersNode(doc.Content[0])
	var made yaml.Node
	if err := made.Encode(s); err != nil {
		return nil, err
	}
	for i := len(list.Content) - 1; i >= 0; i-- {
		had, ok := readSaid(list.Content[i], &problems{})
		if !ok || !had.same(&s) {
			continue
		}
		made.HeadComment, made.LineComment, made.FootComment = list.Content[i].HeadComment, list.Content[i].LineComment, list.Content[i].FootComment
		list.Content[i] = &made
		return encode(&doc)
	}
	list.Content = append(list.Content, &made)
	return encode(&doc)
}

const newBook = `# The threat model of this folder: what its people have answered about their server.
# mcpaudit keeps it and asks again when the code changes. Review it like code.
version: 1
answers: []
`

// answersNode gives the list of answers of a document, made if there is none.
func answersNode(top *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == "answers" {
			if value := top.Content[i+1]; value.Kind == yaml.SequenceNode {
				value.Style = 0
				return value
			}
			top.Content[i+1] = &yaml.Node{Kind: yaml.SequenceNode}
			return top.Content[i+1]
		}
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	top.Content = append(top.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "answers"}, list)
	return list
}

func encode(doc *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// LoadBook reads the book of a folder; an empty one where there is none. Links and what
// is no regular file are an error.
func LoadBook(folder string) (*Book, []Problem, error) {
	path := filepath.Join(folder, filepath.FromSlash(BookFile))
	text, err := safefile.Read(path, maxBook)
	if errors.Is(err, fs.ErrNotExist) {
		return &Book{Path: path, sure: true}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	b, found := ReadBook(path, text)
	return b, found, nil
}

// Record writes an answer into the book of a folder, atomically and never through a
// link.
func Record(folder string, s Said) error {
	b, _, err := LoadBook(folder)
	if err != nil {
		return err
	}
	text, err := b.With(s)
	if err != nil {
		return err
	}
	if _, err := safefile.Folder(folder, filepath.Dir(filepath.FromSlash(BookFile))); err != nil {
		return err
	}
	return safefile.Write(b.Path, text)
}

// conflict finds the marks that a merge leaves, by their lines.
func conflict(text []byte) (first, last int, found bool) {
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") || strings.HasPrefix(line, "||||||| ") || strings.TrimRight(line, "\r") == "=======" {
			if !found {
				first, found = i+1, true
			}
			last = i + 1
		}
	}
	return first, last, found
}
