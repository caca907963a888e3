package lsp

// command.go serves workspace/executeCommand.

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/safefile"
	"mcpaudit/internal/source"
	"mcpaudit/internal/tutor"
)

// The commands that a client may execute.
const (
	commandExplain  = "mcpaudit.explain"
	commandDepth    = "mcpaudit.setDepth"
	commandRestart  = "mcpaudit.restartAudit"
	commandCoverage = "mcpaudit.showCoverage"
)

var commands = map[string]func(context.Context, *server, *view, []json.RawMessage) (any, error){
	commandExplain:  explain,
	commandAnswer:   answerCommand,
	commandQuestion: question,
	commandDepth:    setDepth,
	commandDraft:    draftException,
	commandModel:    showThreatModel,
	commandModels:   models,
	commandRestart:  restartAudit,
	commandCoverage: showCoverage,

	commandTutor:      tutorCommand,
	commandTutorReply: tutorReply,
}

func commandNames() []string { return slices.Sorted(maps.Keys(commands)) }

type commandParams struct {
	Command   string            `json:"command"`
	Arguments []json.RawMessage `json:"arguments"`
}

func executeCommand(ctx context.Context, s *server, v *view, p commandParams) (any, error) {
	do := commands[p.Command]
	if do == nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "there is no command %s: want one of %s", quoted(p.Command), strings.Join(commandNames(), ", "))
	}
	return do(ctx, s, v, p.Arguments)
}

// explainCommand explains a finding, or its check as the checks of the document's folder
// have it.
func explainCommand(title, uri string, f *audit.Finding) protocol.Command {
	return protocol.Command{Title: title, Command: commandExplain, Arguments: []any{f.Check, uri, f.Fingerprint}}
}

// explained is the answer to mcpaudit.explain, for clients that show it themselves.
type explained struct {
	Check    string `json:"check"`
	Title    string `json:"title"`
	Markdown string `json:"markdown"`
	URI      string `json:"uri,omitempty"` // where the lesson was opened
	// Depth is whom a finding was explained to; empty for the lesson of a check.
	Depth tutor.Depth `json:"depth,omitempty"`
	// Steps are the path of the finding, for clients that lead along it.
	Steps []pathStep `json:"steps,omitempty"`
	Score string     `json:"score,omitempty"`
}

// pathStep is one step of the path of a finding.
type pathStep struct {
	protocol.Location
	Text string `json:"text"`
	Code string `json:"code"` // the line
}

// explain opens the lesson of a check: on the configured site, or else as a file
// on this machine. A client that cannot open documents shows its beginning. The
// document that the check was met in may follow the check, and behind it the fingerprint
// of a finding, which is then explained with its own names at the depth of the settings.
// With a fourth argument, whatever it is, the client shows the answer itself.
func explain(ctx context.Context, s *server, v *view, arguments []json.RawMessage) (any, error) {
	var check string
	if len(arguments) == 0 || json.Unmarshal(arguments[0], &check) != nil {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, commandExplain+" wants the id of a check")
	}
	path, l := v.findLesson(check, arguments[1:])
	if l.Title == "" {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "there is no check %s", quoted(check))
	}
	answer := explained{Check: check, Title: l.Title, Markdown: markup.Foreign(l.Whole)}
	file, site := check+".md", v.Config(path).LessonSite
	if err := s.fill(ctx, v, path, &answer, arguments); err != nil {
		return nil, err
	}
	if answer.Depth != "" {
		file, site = check+".explained.md", ""
	}
	if len(arguments) > 3 { // the client shows it itself
		return answer, nil
	}
	if s.client.Window.ShowDocument.Support {
		target, external := lessonLink(site, check, nil), true
		if target == "" {
			name, err := writeOwn("lessons", file, answer.Markdown)
			if err != nil {
				s.log.warn("the lesson could not be written: %v", err)
			} else {
				target, external = source.URIOf(name), false
			}
		}
		if target != "" && s.showDocument(ctx, target, external) {
			answer.URI = target
			return answer, nil
		}
	}
	s.log.notify("window/showMessage", protocol.ShowMessageParams{
		Type: protocol.MessageTypeInfo, Message: markup.Short(l.Title + ". " + l.Why),
	})
	return answer, nil
}

// fill explains a finding by its fingerprint, the third argument, with the code's own
// names. It does nothing without one, or where the finding has gone.
func (s *server) fill(ctx context.Context, v *view, path string, answer *explained, arguments []json.RawMessage) error {
	var uri, fingerprint string
	c := v.check(path, answer.Check)
	if c == nil || len(arguments) < 3 || json.Unmarshal(arguments[1], &uri) != nil || json.Unmarshal(arguments[2], &fingerprint) != nil {
		return nil
	}
	res, err := s.result(ctx, v, uri)
	if res == nil {
		return err
	}
	i := slices.IndexFunc(res.Findings, func(f *audit.Finding) bool { return f.Fingerprint == fingerprint })
	if i < 0 {
		return nil
	}
	f := res.Findings[i]
	own, _ := config.Default().WithUserFile() // what is wrong with it was said at the start
	if answer.Depth, err = tutor.ParseDepth(own.Depth); err != nil {
		return err
	}
	answer.Markdown = tutor.Explain(c, f, tutor.Sources{Text: v.text, Name: v.shownPath}, answer.Depth) +
		fmt.Sprintf("\n---\n\nWritten for %s. The command `%s` with `beginner`, `developer` or `engineer` chooses another depth, and your own settings file remembers it.\n", tutor.Readers[answer.Depth], commandDepth)
	if f.Score.Scored {
		answer.Score = fmt.Sprintf("AIVSS %s %s", f.Score.AIVSS, f.Score.Band)
	}
	for _, step := range f.Steps {
		text := v.text(step.Path)
		if text == nil {
			continue
		}
		answer.Steps = append(answer.Steps, pathStep{
			Location: protocol.Location{URI: protocol.DocumentURI(v.uri(step.Path)), Range: s.rangeOf(text, step.Span)},
			Text:     markup.Short(step.Text), Code: markup.Short(strings.TrimSpace(text.Line(text.LineAt(step.Span.Start)))),
		})
	}
	return nil
}

// setDepth chooses whom explanations speak to, and writes it into the user's own
// settings: [depth].
func setDepth(_ context.Context, s *server, _ *view, arguments []json.RawMessage) (any, error) {
	words, err := textArguments(commandDepth, arguments, 1, 1)
	if err != nil {
		return nil, err
	}
	depth, err := tutor.ParseDepth(words[0])
	if err != nil {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "%v", err)
	}
	if err := config.SetUser("depth", string(depth)); err != nil {
		return nil, err
	}
	s.log.notify("window/showMessage", protocol.ShowMessageParams{Type: protocol.MessageTypeInfo, Message: "Explanations are written for " + tutor.Readers[depth] + " from now on."})
	return map[string]string{"depth": string(depth)}, nil
}

// findLesson gives the lesson of a check with a file that it holds for: that of
// the URI, or without one any, those in no folder first.
func (v *view) findLesson(check string, arguments []json.RawMessage) (path string, l lesson) {
	var uri string
	if len(arguments) > 0 && json.Unmarshal(arguments[0], &uri) == nil {
		if path, err := source.PathOf(uri); err == nil {
			return path, v.lesson(path, check)
		}
	}
	for _, path := range append([]string{""}, v.Folders()...) {
		if l := v.lesson(path, check); l.Title != "" {
			return path, l
		}
	}
	return "", lesson{}
}

// showDocument reports whether the client showed the document.
func (s *server) showDocument(ctx context.Context, uri string, external bool) bool {
	params := map[string]any{"uri": uri, "external": external, "takeFocus": true}
	var answer struct {
		Success bool `json:"success"`
	}
	peer, stop := context.WithCancel(s.peer)
	defer stop()
	defer context.AfterFunc(ctx, stop)()
	_, err := s.conn.Call(peer, "window/showDocument", params, &answer)
	return err == nil && answer.Success
}

// writeOwn puts a text where an editor can open it: a file in a folder of the user's own
// cache. A file that is there already is replaced, never written through.
func writeOwn(kind, name, text string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "mcpaudit", kind)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	if !filepath.IsLocal(name) || strings.ContainsAny(name, `/\:`) {
		return "", fmt.Errorf("%s is no name for a file", quoted(name))
	}
	name = filepath.Join(folder, name)
	return name, safefile.Write(name, []byte(text))
}

// restartAudit reads settings and files again and audits all anew.
func restartAudit(_ context.Context, s *server, _ *view, _ []json.RawMessage) (any, error) {
	s.post(func() {
		s.engine.Renew()
		s.loadSettings()
		s.renew()
	})
	return nil, nil
}

// coverage is the answer to mcpaudit.showCoverage: what the audit has seen.
type coverage struct {
	Files    int      `json:"files"`
	Lines    int      `json:"lines"`
	Entries  int      `json:"entries"` // tools, resources, prompts and completions
	Findings int      `json:"findings"`
	Silenced int      `json:"suppressed"`
	Ignored  int      `json:"ignored"` // what an untrusted workspace said about its own audit
	Notes    []string `json:"notes"`   // what was not audited, and why
}

func showCoverage(ctx context.Context, s *server, v *view, _ []json.RawMessage) (any, error) {
	results, err := v.AuditAll(ctx, func(int, int) { s.hot.wait() })
	if err != nil {
		return nil, err
	}
	c := coverage{Files: len(results), Notes: []string{}}
	for _, res := range results {
		c.add(res)
	}
	message := fmt.Sprintf("%d files with %d lines audited: %d tools, resources and prompts, %d findings, %d suppressed", c.Files, c.Lines, c.Entries, c.Findings, c.Silenced)
	if c.Ignored > 0 {
		message += fmt.Sprintf(", %d suppressions ignored because the workspace is not trusted", c.Ignored)
	}
	s.log.notify("window/showMessage", protocol.ShowMessageParams{Type: protocol.MessageTypeInfo, Message: message})
	return c, nil
}

func (c *coverage) add(res *audit.FileResult) {
	c.Lines += res.Text.Lines()
	c.Entries += len(res.Facts.Entries)
	c.Ignored += res.Ignored
	for _, f := range res.Findings {
		if f.Suppressed != nil {
			c.Silenced++
		} else {
			c.Findings++
		}
	}
	for _, n := range res.Notes {
		c.Notes = append(c.Notes, markup.Short(res.Rel+": "+n))
	}
}
