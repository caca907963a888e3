package lsp

// question.go asks the questions of the threat model where the code is read, and keeps
// the answers: by command links in hovers, code actions, lenses and messages, so that
// no client has to know any of them.

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
)

// The commands of threat modelling.
const (
	commandAnswer   = "mcpaudit.answer"
	commandQuestion = "mcpaudit.question"
)

// kindThreatModel is the kind of the actions that answer a question.
const kindThreatModel = "mcpaudit.threatModel"

// asks reports whether answers can be kept for a file.
func (s *server) asks(v *view, path string) bool { return !s.untrusted && v.home(path) != "" }

// answerActions gives an action for each answer to the next question about what is
// registered in the lines, and one that shows the threat model.
func (s *server) answerActions(ctx context.Context, v *view, res *audit.FileResult, first, last int) ([]protocol.CodeAction, error) {
	if !speaksThere(res, first, last) {
		return nil, nil
	}
	m, err := v.model(ctx, res)
	if m == nil {
		return nil, err
	}
	var actions []protocol.CodeAction
	add := func(title, command string, arguments []any) {
		c := protocol.Command{Title: title, Command: command, Arguments: arguments}
		actions = append(actions, protocol.CodeAction{Title: title, Kind: kindThreatModel, Command: &c})
	}
	if s.asks(v, res.Path) {
		if a := nextIn(m, res, first, last); a != nil {
			for _, c := range choices(a) {
				add(markup.Short(a.Title())+" → "+c.label, commandAnswer, answerArguments(v, a, c.id))
			}
		}
	}
	add("Show the threat model of "+markup.Short(m.Name), commandModel, []any{v.uri(res.Path)})
	return actions, nil
}

// nextIn gives the next question about what is registered in the lines, nil for none.
func nextIn(m *threat.Model, res *audit.FileResult, first, last int) *threat.Asked {
	for line := first; line <= last; line++ {
		var a *threat.Asked
		if e := registrationAt(m, res, line); e != nil {
			a = m.Next(e)
		} else if serverAt(res, line) {
			a = m.Next(nil)
		}
		if a != nil {
			return a
		}
	}
	return nil
}

// speaksThere reports whether something may be registered in the lines, so that the
// model is only made where it is of use.
func speaksThere(res *audit.FileResult, first, last int) bool {
	s := res.Surface()
	for _, e := range s.Entries {
		if res.Text.LineAt(min(e.Span.Start, e.NameSpan.Start)) <= last && first <= res.Text.LineAt(e.NameSpan.End) {
			return true
		}
	}
	for i := range s.Servers {
		if line := res.Text.LineAt(s.Servers[i].Span.Start); first <= line && line <= last {
			return true
		}
	}
	return false
}

// questionLenses gives a lens for the next question about each entry of a file.
func (s *server) questionLenses(ctx context.Context, v *view, res *audit.FileResult) ([]protocol.CodeLens, error) {
	if !s.asks(v, res.Path) || len(res.Surface().Entries) == 0 {
		return nil, nil
	}
	m, err := v.model(ctx, res)
	if m == nil {
		return nil, err
	}
	var lenses []protocol.CodeLens
	for _, e := range m.Entries {
		if e.Path != res.Path {
			continue
		}
		a := m.Next(e)
		if a == nil {
			continue
		}
		at := s.rangeOf(res.Text, e.NameSpan)
		at.End = at.Start
		title := "asks: "
		if a.State == threat.Stale {
			title = "asks again, the code has changed: "
		}
		command := protocol.Command{Title: title + markup.Short(a.Title()), Command: commandQuestion, Arguments: []any{v.uri(res.Path), e.Name}}
		lenses = append(lenses, protocol.CodeLens{Range: at, Command: &command})
	}
	return lenses, nil
}

// recorded is the answer to mcpaudit.answer and mcpaudit.question.
type recorded struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
	// Path is the file that keeps the answer.
	Path string `json:"path,omitempty"`
	// Message says what has changed, Markdown how to find out, for not sure.
	Message  string `json:"message"`
	Markdown string `json:"markdown,omitempty"`
	// Scores are those of the worst finding before and after, by deployment.
	Scores []scoreMove `json:"scores,omitempty"`
}

type scoreMove struct {
	Deployment string `json:"deployment"`
	Before     string `json:"before"`
	After      string `json:"after"`
}

// answerCommand keeps an answer: [uri, tool, question, answer, note].
func answerCommand(ctx context.Context, s *server, v *view, arguments []json.RawMessage) (any, error) {
	words, err := textArguments(commandAnswer, arguments, 4, 5)
	if err != nil {
		return nil, err
	}
	m, path, err := s.modelFor(ctx, v, words[0])
	if err != nil {
		return nil, err
	}
	a := findAsked(m, path, words[1], words[2])
	if a == nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "there is no question %s about %s", quoted(words[2]), quoted(orPath(words[1], "this server")))
	}
	note := ""
	if len(words) == 5 {
		note = words[4]
	}
	return s.record(ctx, v, m, a, path, words[3], note)
}

// question asks the next question by a message with the answers as buttons:
// [uri, tool]; without a tool the next of the server.
func question(ctx context.Context, s *server, v *view, arguments []json.RawMessage) (any, error) {
	words, err := textArguments(commandQuestion, arguments, 1, 2)
	if err != nil {
		return nil, err
	}
	m, path, err := s.modelFor(ctx, v, words[0])
	if err != nil {
		return nil, err
	}
	var e *threat.Entry
	if len(words) == 2 && words[1] != "" {
		for _, x := range m.Entries {
			if x.Name == words[1] && (e == nil || x.Path == path) {
				e = x
			}
		}
		if e == nil {
			return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "there is no tool, resource or prompt %s", quoted(words[1]))
		}
	}
	a := m.Next(e)
	if a == nil {
		return recorded{Message: "All questions about this are answered, for the code as it is."}, nil
	}
	var labels []map[string]string
	for _, c := range choices(a) {
		labels = append(labels, map[string]string{"title": c.label})
	}
	var chosen struct {
		Title string `json:"title"`
	}
	params := map[string]any{"type": protocol.MessageTypeInfo, "message": markup.Short(a.Title()), "actions": labels}
	peer, stop := context.WithCancel(s.peer)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	if _, err := s.conn.Call(peer, "window/showMessageRequest", params, &chosen); err != nil {
		return nil, err
	}
	for _, c := range choices(a) {
		if c.label == chosen.Title {
			return s.record(ctx, v, m, a, path, c.id, "")
		}
	}
	return recorded{Question: a.Question.ID, Message: "nothing was answered"}, nil
}

// textArguments decodes the arguments of a command, all of which are texts.
func textArguments(command string, raw []json.RawMessage, least, most int) ([]string, error) {
	words := make([]string, 0, len(raw))
	for _, r := range raw {
		var w string
		if json.Unmarshal(r, &w) != nil {
			return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s wants texts", command)
		}
		words = append(words, w)
	}
	if len(words) < least || len(words) > most {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%s wants %d to %d arguments, got %d", command, least, most, len(words))
	}
	return words, nil
}

// modelFor gives the model of the server that a file or folder belongs to, where answers
// can be kept.
func (s *server) modelFor(ctx context.Context, v *view, uri string) (*threat.Model, string, error) {
	path, err := source.PathOf(uri)
	if err != nil {
		return nil, "", jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%v", err)
	}
	switch {
	case s.untrusted:
		return nil, "", jsonrpc2.NewError(jsonrpc2.InvalidRequest, "answers are not read or kept, because the workspace is not trusted")
	case v.home(path) == "":
		return nil, "", jsonrpc2.NewError(jsonrpc2.InvalidRequest, "answers are kept in a workspace folder, and this file lies in none")
	}
	folder := v.home(path)
	server := threat.FolderOf(path, folder)
	results, err := v.below(ctx, server)
	if err != nil {
		return nil, "", err
	}
	m := threat.ModelOf(results, folder, path, v.bookOf(folder))
	if m == nil {
		return nil, "", jsonrpc2.Errorf(jsonrpc2.InvalidParams, "no MCP server is seen in %s", quoted(server))
	}
	return m, path, nil
}

// findAsked gives the question of an id about a tool of a file.
func findAsked(m *threat.Model, path, tool, id string) *threat.Asked {
	var found *threat.Asked
	for _, a := range m.Asked {
		if a.Question.ID != id || (a.Entry == nil) != (tool == "") || a.Entry != nil && a.Entry.Name != tool {
			continue
		}
		if found == nil || a.Entry != nil && a.Entry.Path == path {
			found = a
		}
	}
	return found
}

// record keeps an answer and says what it changed.
func (s *server) record(ctx context.Context, v *view, m *threat.Model, a *threat.Asked, path, answer, note string) (any, error) {
	said, err := a.Say(answer, note, s.options.Config.Signature(), time.Now())
	if err != nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%v", err)
	}
	folder := v.home(path)
	if err := s.keep(ctx, v, folder, said); err != nil {
		return nil, fmt.Errorf("the answer could not be kept: %w", err)
	}
	after, err := s.afterwards(ctx)
	if err != nil {
		return nil, err
	}
	r := recorded{Question: a.Question.ID, Answer: answer, Path: filepath.Join(folder, filepath.FromSlash(threat.BookFile))}
	r.Message = "Kept in " + threat.BookFile + "."
	if answer == threat.NotSure {
		r.Markdown = a.FillWith(markup.Foreign(a.Question.NotSure), markup.Inline)
		r.Message = "To find out: " + strings.Join(strings.Fields(markup.Short(a.Fill(a.Question.NotSure))), " ")
	}
	if now, _, err := s.modelFor(ctx, after, v.uri(path)); err == nil {
		r.Scores = moves(subject(m, a), subject(now, a))
		r.Message += factorMoves(subject(m, a), subject(now, a))
		for _, x := range r.Scores {
			r.Message += fmt.Sprintf(" %s: %s → %s.", x.Deployment, x.Before, x.After)
		}
	}
	s.log.notify("window/showMessage", protocol.ShowMessageParams{Type: protocol.MessageTypeInfo, Message: r.Message})
	return r, nil
}

// subject gives the score that an answer is seen in: the worst of what it speaks of.
func subject(m *threat.Model, a *threat.Asked) *aivss.Score {
	list := m.Findings
	if a.Entry != nil {
		list = nil
		for _, e := range m.Entries {
			if e.Name == a.Entry.Name && e.Path == a.Entry.Path {
				list = e.Findings
			}
		}
	}
	if len(list) == 0 || !list[0].Score.Scored {
		return nil
	}
	return &list[0].Score
}

// moves gives the scores in the three deployments before and after.
func moves(before, after *aivss.Score) []scoreMove {
	if before == nil || after == nil {
		return nil
	}
	var list []scoreMove
	for i := range before.Deployments {
		list = append(list, scoreMove{string(before.Deployments[i].Deployment), before.Deployments[i].AIVSS.String(), after.Deployments[i].AIVSS.String()})
	}
	return list
}

// factorMoves says which factors have changed.
func factorMoves(before, after *aivss.Score) string {
	if before == nil || after == nil {
		return ""
	}
	text := ""
	for i := range before.Factors {
		if b, a := before.Factors[i], after.Factors[i]; b.Half != a.Half {
			text += fmt.Sprintf(" %s: %s → %s.", a.Name, b.Value(), a.Value())
		}
	}
	return text
}

// keep writes an answer into the book of a folder: by an edit where the editor has it
// open, so that nothing which is not saved is lost, and otherwise on disk.
func (s *server) keep(ctx context.Context, v *view, folder string, said threat.Said) error {
	name := filepath.Join(folder, filepath.FromSlash(threat.BookFile))
	d := v.documents[name]
	if d == nil {
		return threat.Record(folder, said)
	}
	b, _ := threat.ReadBook(name, []byte(d.text.String()))
	text, err := b.With(said)
	if err != nil {
		return err
	}
	whole := source.Span{End: uint32(d.text.Len())}
	edit := protocol.WorkspaceEdit{Changes: map[protocol.DocumentURI][]protocol.TextEdit{
		protocol.DocumentURI(d.uri): {{Range: s.rangeOf(d.text, whole), NewText: string(text)}},
	}}
	var answer struct {
		Applied bool `json:"applied"`
	}
	peer, stop := context.WithCancel(s.peer)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	if _, err := s.conn.Call(peer, "workspace/applyEdit", map[string]any{"label": "Answer a question of the threat model", "edit": edit}, &answer); err != nil {
		return err
	}
	if !answer.Applied {
		return fmt.Errorf("the editor did not change %s", name)
	}
	return nil
}

// afterwards reads the books again, has the audit score under them, and gives the
// workspace as it is then.
func (s *server) afterwards(ctx context.Context) (*view, error) {
	take := func(do func()) (*view, error) {
		taken := make(chan *view, 1)
		s.post(func() {
			do()
			taken <- s.view()
		})
		select {
		case v := <-taken:
			return v, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		}
	}
	v, err := take(func() {
		s.loadBooks()
		s.generation++
		s.refreshClient()
	})
	if err != nil {
		return nil, err
	}
	if err := s.weigh(ctx, v); err != nil {
		return nil, err
	}
	return take(func() {})
}
