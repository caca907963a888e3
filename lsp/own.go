package lsp

// own.go looks after the files of the threat model while somebody edits them: what was
// answered, and which risks are accepted. It drafts the latter.

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"time"

	fastjson "github.com/segmentio/encoding/json"
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
)

const commandDraft = "mcpaudit.draftException"

// ownFolder gives the workspace folder whose threat model a file belongs to; empty where
// it belongs to none.
func (v *view) ownFolder(path string) string {
	for _, folder := range v.Folders() {
		if path == filepath.Join(folder, filepath.FromSlash(threat.BookFile)) ||
			threat.IsException(path) && filepath.Dir(path) == filepath.Join(folder, filepath.FromSlash(threat.ExceptionFolder)) {
			return folder
		}
	}
	return ""
}

// ownReport gives the diagnostics of an open file of the threat model; false for any
// other file.
func (s *server) ownReport(ctx context.Context, v *view, path string) (report, bool, error) {
	d, folder := v.documents[path], v.ownFolder(path)
	if d == nil || folder == "" {
		return report{}, false, nil
	}
	problems, err := s.ownProblems(ctx, v, folder, path)
	if err != nil {
		return report{}, true, err
	}
	items := make([]protocol.Diagnostic, 0, len(problems))
	for _, p := range problems {
		items = append(items, protocol.Diagnostic{
			Range: s.rangeOf(d.text, spanOf(d.text, p)), Severity: protocol.DiagnosticSeverity(p.Severity), Code: p.Code, Source: sourceName, Message: markup.Short(p.Text),
		})
	}
	encoded, err := fastjson.Marshal(items)
	if err != nil {
		return report{}, true, err
	}
	return report{id: resultID(encoded), items: encoded, count: len(items)}, true, nil
}

// ownProblems gives what its people should know of a file of the threat model.
func (s *server) ownProblems(ctx context.Context, v *view, folder, path string) ([]threat.Problem, error) {
	if s.untrusted {
		return []threat.Problem{{Path: path, Line: 1, Severity: threat.Information, Code: "not-trusted", Text: "This file is not read, because the workspace is not trusted."}}, nil
	}
	k := v.books[folder]
	if k == nil {
		return nil, nil
	}
	results, err := v.below(ctx, folder)
	if err != nil {
		return nil, err
	}
	if !threat.IsException(path) {
		return slices.Concat(k.problems, threat.Unused(k.book, threat.Models(results, folder, k.book))), nil
	}
	// The audit may not have been told of the newest text yet: what that silences is
	// looked up here.
	rules := k.accepted.Rules()
	var findings []*audit.Finding
	for _, res := range results {
		for _, f := range res.Findings {
			if f.Suppressed != nil && f.Suppressed.Exception == "" {
				continue // a comment does it
			}
			judged := *f
			judged.Suppressed = nil
			for _, r := range rules {
				if judged.Suppressed == nil && slices.Contains(r.Checks, f.Check) && r.Covers(f, res) {
					judged.Suppressed = &audit.Suppression{Exception: r.ID}
				}
			}
			findings = append(findings, &judged)
		}
	}
	_, told := k.accepted.Uses(findings)
	return slices.DeleteFunc(told, func(p threat.Problem) bool { return p.Path != path }), nil
}

// spanOf gives the place of a problem in a text, which may have fewer lines by now.
func spanOf(text *source.Text, p threat.Problem) source.Span {
	line := min(max(p.Line-1, 0), text.Lines()-1)
	start := text.LineStart(line)
	end := start + uint32(len(text.Line(line)))
	for end > start && (text.String()[end-1] == '\n' || text.String()[end-1] == '\r') {
		end--
	}
	if p.Column > 0 {
		from := min(start+uint32(p.Column-1), end)
		if p.EndColumn > p.Column {
			end = min(start+uint32(p.EndColumn-1), end)
		}
		start = from
	}
	return source.Span{Start: start, End: max(start, end)}
}

// drafted is the answer to mcpaudit.draftException.
type drafted struct {
	Path    string `json:"path"`
	URI     string `json:"uri"`
	Message string `json:"message"`
}

// draftException drafts an accepted risk for a finding: [uri, fingerprint]. It stays
// without effect until somebody has written why.
func draftException(ctx context.Context, s *server, v *view, arguments []json.RawMessage) (any, error) {
	words, err := textArguments(commandDraft, arguments, 2, 2)
	if err != nil {
		return nil, err
	}
	res, err := s.result(ctx, v, words[0])
	if err != nil {
		return nil, err
	}
	var f *audit.Finding
	if res != nil {
		if i := slices.IndexFunc(res.Findings, func(f *audit.Finding) bool { return f.Fingerprint == words[1] }); i >= 0 {
			f = res.Findings[i]
		}
	}
	if f == nil {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidParams, "there is no such finding: the code has changed since")
	}
	if !s.asks(v, res.Path) {
		return nil, jsonrpc2.NewError(jsonrpc2.InvalidRequest, "accepted risks are kept in a trusted workspace folder, and this file lies in none")
	}
	folder := v.home(res.Path)
	path, text, err := threat.Draft(folder, f, res, time.Now())
	if err != nil {
		return nil, err
	}
	if err := threat.WriteDraft(folder, path, text); err != nil {
		return nil, err
	}
	answer := drafted{Path: path, URI: source.URIOf(path), Message: "Drafted " + filepath.Base(path) + ": write why, and set its status to accepted."}
	if !s.client.Window.ShowDocument.Support || !s.showDocument(ctx, answer.URI, false) {
		s.log.notify("window/showMessage", protocol.ShowMessageParams{Type: protocol.MessageTypeInfo, Message: markup.Short(answer.Message)})
	}
	return answer, nil
}
