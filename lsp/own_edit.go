package lsp

// own_edit.go helps to write the files of the threat model: completion and hover in
// .mcpaudit/threat-model.yaml and in accepted risks. It reads lines and not documents,
// because what is being written seldom parses.

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.lsp.dev/protocol"

	"mcpaudit/internal/markup"
	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
	"mcpaudit/prompts"
)

// ownFiles are the files that completion is registered for, and no others.
const ownFiles = "**/.mcpaudit/{threat-model.yaml,exceptions/*.yaml,exceptions/*.yml}"

// ownLine is a line of such a file: a key, what stands before it, and its value.
var ownLine = regexp.MustCompile(`^(\s*(?:- +)?)([A-Za-z-]*)(\s*:\s*)?(.*)$`)

// writingAt is where somebody writes in a file of the threat model.
type writingAt struct {
	folder, path string
	exception    bool
	text         *source.Text
	line         int
	indent       int
	key          string
	inValue      bool // behind the colon
	value        string
}

// writingIn finds where a position lies; false in any other file.
func (s *server) writingIn(v *view, p positionParams) (writingAt, bool) {
	path, err := source.PathOf(p.TextDocument.URI)
	if err != nil {
		return writingAt{}, false
	}
	d, folder := v.documents[path], v.ownFolder(path)
	if d == nil || folder == "" || s.untrusted {
		return writingAt{}, false
	}
	at := d.text.Offset(source.Position{Line: p.Position.Line, Column: p.Position.Character}, s.encoding)
	w := writingAt{folder: folder, path: path, exception: threat.IsException(path), text: d.text, line: d.text.LineAt(at)}
	m := ownLine.FindStringSubmatch(strings.TrimRight(d.text.Line(w.line), "\r\n"))
	if m == nil {
		return writingAt{}, false
	}
	w.indent, w.key, w.value = len(m[1]), m[2], strings.Trim(m[4], `"' `)
	if w.exception && strings.Contains(m[1], "-") {
		// An entry of a list of checks or paths: what is written is a value of that key.
		w.inValue, w.value, w.key = true, strings.Trim(m[2]+m[3]+m[4], `"' `), w.above()
		return w, true
	}
	w.inValue = m[3] != "" && int(at-d.text.LineStart(w.line)) > len(m[1])+len(m[2])
	return w, true
}

// above gives the key that a list belongs to.
func (w *writingAt) above() string {
	for n := w.line - 1; n >= 0; n-- {
		if m := ownLine.FindStringSubmatch(strings.TrimRight(w.text.Line(n), "\r\n")); m != nil && !strings.Contains(m[1], "-") && m[3] != "" {
			return m[2]
		}
	}
	return ""
}

// item gives the keys and values of the entry of a list, or of the whole document, that
// the line belongs to.
func (w *writingAt) item() map[string]string {
	first, last := w.line, w.line
	begins := func(n int) bool { return strings.HasPrefix(strings.TrimLeft(w.text.Line(n), " "), "- ") }
	if !w.exception {
		for first > 0 && !begins(first) {
			first--
		}
		for last+1 < w.text.Lines() && !begins(last+1) {
			last++
		}
	} else {
		first, last = 0, w.text.Lines()-1
	}
	keys := map[string]string{}
	for n := first; n <= last; n++ {
		if m := ownLine.FindStringSubmatch(strings.TrimRight(w.text.Line(n), "\r\n")); m != nil && m[3] != "" {
			keys[m[2]] = strings.Trim(m[4], `"' `)
		}
	}
	return keys
}

// offer is one thing that can be written.
type offer struct {
	text, detail, doc string
	key               bool
}

// completion offers what can be written in a file of the threat model.
func completion(ctx context.Context, s *server, v *view, p positionParams) (any, error) {
	items := []protocol.CompletionItem{}
	w, ok := s.writingIn(v, p)
	if !ok {
		return items, nil
	}
	offers, err := w.offers(ctx, s, v)
	if err != nil {
		return nil, err
	}
	for i, o := range offers {
		item := protocol.CompletionItem{Label: o.text, Detail: markup.Short(o.detail), SortText: fmt.Sprintf("%04d", i), Kind: protocol.CompletionItemKindValue}
		if o.key {
			item.Kind, item.InsertText = protocol.CompletionItemKindProperty, o.text+": "
		}
		if o.doc != "" {
			item.Documentation = &protocol.MarkupContent{Kind: protocol.PlainText, Value: markup.Short(o.doc)}
		}
		items = append(items, item)
	}
	return items, nil
}

// offers gives what fits where somebody writes.
func (w *writingAt) offers(ctx context.Context, s *server, v *view) ([]offer, error) {
	has := w.item()
	if !w.inValue {
		return w.keys(has), nil
	}
	var list []offer
	switch {
	case w.exception && w.key == "check":
		for _, id := range v.checkIDs(w.folder) {
			list = append(list, offer{text: id, detail: v.lesson(w.folder, id).Title})
		}
	case w.exception && w.key == "status":
		list = []offer{{text: threat.Accepted, detail: "it silences findings"}, {text: threat.Proposed, detail: "somebody asks for it"}, {text: threat.Retired, detail: "kept for the record"}}
	case w.exception && w.key == "review":
		list = []offer{{text: time.Now().AddDate(0, 6, 0).Format(time.DateOnly), detail: "in six months"}}
	case w.exception:
	case w.key == "question":
		for _, q := range prompts.Questions() {
			list = append(list, offer{text: q.ID, detail: plainQuestion(q), doc: q.Text})
		}
	case w.key == "answer":
		if q := prompts.ByID(has["question"]); q != nil {
			for i := range q.Answers {
				list = append(list, offer{text: q.Answers[i].ID, detail: plainNames(q.Answers[i].Says)})
			}
			list = append(list, offer{text: threat.NotSure, detail: "I do not know yet"})
		}
	case w.key == "tool", w.key == "file", w.key == "server":
		return w.names(ctx, v)
	}
	return list, nil
}

// keys offers the keys that are not there yet.
func (w *writingAt) keys(has map[string]string) (list []offer) {
	add := func(keys []string, doc func(string) string) {
		for _, k := range keys {
			if _, there := has[k]; !there || k == w.key {
				list = append(list, offer{text: k, detail: doc(k), key: true})
			}
		}
	}
	switch {
	case w.exception && w.indent > 0:
		add([]string{"paths", "code"}, threat.ExceptionKeyDoc)
	case w.exception:
		add([]string{"id", "name", "status", "check", "justification", "scope", "review", "approved-by"}, threat.ExceptionKeyDoc)
	case w.indent == 0:
		add([]string{"version", "answers"}, func(k string) string {
			return map[string]string{"version": "Of this file's form: 1.", "answers": "What was answered, one entry for each question."}[k]
		})
	default:
		add([]string{"question", "server", "tool", "file", "answer", "note", "by", "at", "evidence", "code"}, threat.KeyDoc)
	}
	return list
}

// names offers the tools, files or servers of the folder.
func (w *writingAt) names(ctx context.Context, v *view) ([]offer, error) {
	results, err := v.below(ctx, w.folder)
	if err != nil {
		return nil, err
	}
	var list []offer
	add := func(text, detail string) {
		if text != "" && !slices.ContainsFunc(list, func(o offer) bool { return o.text == text }) {
			list = append(list, offer{text: quotedYAML(text), detail: detail})
		}
	}
	for _, m := range threat.Models(results, w.folder, v.bookOf(w.folder)) {
		if w.key == "server" {
			add(m.Rel, m.Name)
			continue
		}
		for _, e := range m.Entries {
			if w.key == "tool" {
				add(e.Name, e.Kind+": "+e.Can())
			} else {
				add(e.Rel, "registers "+e.Name)
			}
		}
	}
	return list, nil
}

// plainScalar is a text that YAML takes as it is.
var plainScalar = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// quotedYAML writes a name, which may be anything, as a scalar of YAML.
func quotedYAML(s string) string {
	if plainScalar.MatchString(s) {
		return s
	}
	return fmt.Sprintf("%q", markup.Short(s))
}

// plainNames takes the braces from the names in a question.
func plainNames(s string) string {
	return strings.NewReplacer("{tool}", "the tool", "{server}", "this server", "{parameters}", "its parameters").Replace(s)
}

func plainQuestion(q *prompts.Question) string { return plainNames(q.Title) }

// ownHover explains a key, a question, an answer or a check in a file of the threat model;
// nil for nothing to say.
func (s *server) ownHover(v *view, p positionParams) any {
	w, ok := s.writingIn(v, p)
	if !ok || w.key == "" {
		return nil
	}
	doc := threat.KeyDoc(w.key)
	if w.exception {
		doc = threat.ExceptionKeyDoc(w.key)
	}
	var b strings.Builder
	if doc != "" {
		fmt.Fprintf(&b, "`%s`: %s\n", w.key, doc)
	}
	has := w.item()
	switch {
	case !w.inValue:
	case w.exception && w.key == "check":
		if l := v.lesson(w.folder, w.value); l.Title != "" {
			first, _, _ := strings.Cut(l.Why, "\n\n")
			fmt.Fprintf(&b, "\n**%s**\n\n%s\n", markup.Inline(l.Title), markup.Foreign(first))
		}
	case !w.exception && (w.key == "question" || w.key == "answer"):
		if q := prompts.ByID(has["question"]); q != nil {
			fmt.Fprintf(&b, "\n**%s**\n\n%s\n\n", plainQuestion(q), plainNames(q.Text))
			for i := range q.Answers {
				fmt.Fprintf(&b, "- `%s`: %s\n", q.Answers[i].ID, plainNames(q.Answers[i].Says))
			}
			fmt.Fprintf(&b, "- `%s`: I do not know yet\n", threat.NotSure)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	kind := protocol.PlainText
	if slices.Contains(s.client.TextDocument.Hover.ContentFormat, string(protocol.Markdown)) {
		kind = protocol.Markdown
	}
	area := s.rangeOf(w.text, spanOf(w.text, threat.Problem{Line: w.line + 1}))
	return protocol.Hover{Contents: protocol.MarkupContent{Kind: kind, Value: strings.TrimSpace(b.String())}, Range: &area}
}
