package lsp

// tutor.go serves the conversation with a language model: mcpaudit.tutor begins one about
// a finding, mcpaudit.tutorReply goes on. Both are there only where the user has set a
// model up in their own settings file, and send nothing before the user has agreed.

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/source"
	"mcpaudit/internal/tutor"
)

const (
	commandTutor      = "mcpaudit.tutor"
	commandTutorReply = "mcpaudit.tutorReply"
)

// conversations are those that may go on, the oldest first.
type conversations struct {
	mu  sync.Mutex
	all []*conversation
}

type conversation struct {
	id      string
	mu      sync.Mutex // one turn at a time
	talk    *tutor.Conversation
	finding *audit.Finding
}

// maxConversations bounds those that are kept.
const maxConversations = 8

func (c *conversations) add(v *conversation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all = append(c.all, v); len(c.all) > maxConversations {
		c.all = c.all[1:]
	}
}

func (c *conversations) get(id string) *conversation {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.all, func(v *conversation) bool { return v.id == id }); i >= 0 {
		return c.all[i]
	}
	return nil
}

// taught is the answer to mcpaudit.tutor and mcpaudit.tutorReply.
type taught struct {
	// Conversation is named to go on: in the act question, where the reader answers.
	Conversation string `json:"conversation,omitempty"`
	// Message says in a line why there is no answer; Markdown is the answer, harmless,
	// with the finding that it does not change.
	Message  string `json:"message,omitempty"`
	Markdown string `json:"markdown,omitempty"`
	Complete bool   `json:"complete"`
	URI      string `json:"uri,omitempty"` // where it was opened
}

// tutorCommand begins a conversation: [uri, fingerprint, act, text]. The act is ask,
// attack, question or review; the latter compares the open file with the one on disk.
func tutorCommand(ctx context.Context, s *server, v *view, arguments []json.RawMessage) (any, error) {
	words, err := textArguments(commandTutor, arguments, 3, 4)
	if err != nil {
		return nil, err
	}
	own, problems := config.Default().WithUserFile()
	if len(problems) > 0 {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "your own settings: %v", problems[0])
	}
	if own.Tutor.Endpoint == "" {
		return s.untaught(tutor.Off), nil
	}
	f, err := s.findingOf(ctx, v, words[0], words[1])
	if err != nil {
		return nil, err
	}
	subject := tutor.About(f, tutor.Sources{Text: v.text, Name: v.shownPath}, own.Tutor.WholeFile)
	act := tutor.Act(words[2])
	if act == tutor.Review {
		if subject.Before, err = v.saved(f.Path); err != nil {
			return nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "%v", err)
		}
	}
	text := ""
	if len(words) == 4 {
		text = words[3]
	}
	talk, err := tutor.New(own, act, subject, text)
	if err != nil {
		return s.untaught(err.Error()), nil
	}
	c := &conversation{id: rand.Text(), talk: talk, finding: f}
	return s.teach(ctx, c)
}

// tutorReply goes on with a conversation: [conversation, text].
func tutorReply(ctx context.Context, s *server, _ *view, arguments []json.RawMessage) (any, error) {
	words, err := textArguments(commandTutorReply, arguments, 2, 2)
	if err != nil {
		return nil, err
	}
	c := s.conversations.get(words[0])
	if c == nil {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "this conversation has ended: begin another")
	}
	c.mu.Lock()
	err = c.talk.Reply(words[1])
	c.mu.Unlock()
	if err != nil {
		return s.untaught(err.Error()), nil
	}
	return s.teach(ctx, c)
}

// untaught says why there is no answer.
func (s *server) untaught(why string) taught {
	s.log.notify("window/showMessage", protocol.ShowMessageParams{Type: protocol.MessageTypeWarning, Message: markup.Short(why)})
	return taught{Message: markup.Short(why)}
}

// findingOf gives a finding of a file by its fingerprint.
func (s *server) findingOf(ctx context.Context, v *view, uri, fingerprint string) (*audit.Finding, error) {
	res, err := s.result(ctx, v, uri)
	if err != nil {
		return nil, err
	}
	if res != nil {
		for _, f := range res.Findings {
			if f.Fingerprint == fingerprint {
				return f, nil
			}
		}
	}
	return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "there is no such finding: the code has changed since")
}

// shownPath gives a path as it may leave: relative to its workspace folder.
func (v *view) shownPath(path string) string {
	if rel, err := filepath.Rel(v.home(path), path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// saved gives the code of an open file as it stands on disk.
func (v *view) saved(path string) ([]tutor.Excerpt, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if d := v.documents[path]; d == nil || d.text.String() == string(text) {
		return nil, errors.New("the file has no unsaved change to review; mcpaudit ask FILE:LINE --review OLD compares with any other file")
	}
	return []tutor.Excerpt{{Path: v.shownPath(path), Line: 1, Text: string(text)}}, nil
}

// teach sends, if the user agrees, and shows the answer.
func (s *server) teach(ctx context.Context, c *conversation) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	consent, err := s.agreement(ctx, c.talk)
	if err != nil {
		return s.untaught(err.Error()), nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	progress := s.startProgress(ctx, cancel, "Asking the tutor")
	a, err := c.talk.Send(ctx, consent, s.budget, progress.say)
	if err != nil {
		progress.end("no answer")
		var told *tutor.Error
		switch {
		case errors.As(err, &told):
			return s.untaught(told.Error()), nil
		case errors.Is(err, context.Canceled):
			return taught{Message: "stopped"}, nil
		}
		return nil, err
	}
	progress.end("")
	return s.showAnswer(ctx, c, a), nil
}

// agreement gives the agreement to send a conversation: the one that is kept, or the one
// that the user gives after having seen what would leave.
func (s *server) agreement(ctx context.Context, talk *tutor.Conversation) (*tutor.Consent, error) {
	kept, err := tutor.Recorded(talk)
	if kept != nil || err != nil {
		return kept, err
	}
	if !s.client.Window.ShowDocument.Support {
		return nil, errors.New("nothing was sent: this editor cannot show what would leave. See it with mcpaudit ask FILE:LINE --show, and agree with --always")
	}
	name, err := writeOwn("tutor", "what-would-leave.txt", talk.Preview())
	if err != nil {
		return nil, fmt.Errorf("nothing was sent: what would leave cannot be shown: %w", err)
	}
	if !s.showDocument(ctx, source.URIOf(name), false) {
		return nil, errors.New("nothing was sent: what would leave was not shown")
	}
	const once, always, no = "Send this once", "Always send such code there", "Do not send"
	params := map[string]any{
		"type": protocol.MessageTypeWarning, "message": markup.Short("The document that was opened is what would leave: " + strings.SplitN(talk.Preview(), "\n", 2)[0] + ". Send it?"),
		"actions": []map[string]string{{"title": once}, {"title": always}, {"title": no}},
	}
	var chosen struct {
		Title string `json:"title"`
	}
	peer, stop := context.WithCancel(s.peer)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	if _, err := s.conn.Call(peer, "window/showMessageRequest", params, &chosen); err != nil {
		return nil, fmt.Errorf("nothing was sent: %w", err)
	}
	switch chosen.Title {
	case once:
		return tutor.Agree(talk), nil
	case always:
		return tutor.Always(talk)
	}
	return nil, errors.New("nothing was sent")
}

// showAnswer shows an answer with the finding that it does not change.
func (s *server) showAnswer(ctx context.Context, c *conversation, a *tutor.Answer) taught {
	f := c.finding
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n", markup.Inline(f.Title), markup.Inline(f.Message))
	b.WriteString(a.Markdown())
	if a.Note != "" {
		fmt.Fprintf(&b, "\n\n*%s*", markup.Inline(a.Note))
	}
	score := "not scored"
	if f.Score.Scored {
		score = fmt.Sprintf("AIVSS %s %s", f.Score.AIVSS, f.Score.Band)
	}
	fmt.Fprintf(&b, "\n\n---\n\nA model wrote this, and it may be wrong. The audit's finding stands: %s, %s. Used: %s.\n", markup.ShortCode(f.Check), score, a.Usage())
	answer := taught{Markdown: b.String(), Complete: a.Complete}
	if c.talk.Act == tutor.Question && !a.Withheld {
		answer.Conversation = c.id
		if s.conversations.get(c.id) == nil {
			s.conversations.add(c)
		}
	}
	if !s.client.Window.ShowDocument.Support {
		return answer
	}
	name, err := writeOwn("tutor", "answer.md", answer.Markdown)
	if err != nil {
		s.log.warn("the answer could not be written: %v", err)
		return answer
	}
	if uri := source.URIOf(name); s.showDocument(ctx, uri, false) {
		answer.URI = uri
	}
	return answer
}

// tutorActions offers the tutor where one is set up.
func (s *server) tutorActions(uri string, f *audit.Finding, d []protocol.Diagnostic) []protocol.CodeAction {
	if s.options.Config.Tutor.Endpoint == "" {
		return nil
	}
	var actions []protocol.CodeAction
	for _, act := range []struct{ title, act string }{{"Tutor: explain this attack on my code", "attack"}, {"Tutor: question me about this", "question"}} {
		command := protocol.Command{Title: act.title, Command: commandTutor, Arguments: []any{uri, f.Fingerprint, act.act}}
		actions = append(actions, protocol.CodeAction{Title: act.title, Kind: kindQuickFix, Diagnostics: d, Command: &command})
	}
	return actions
}
