package lsp

// codeaction.go serves textDocument/codeAction and codeAction/resolve. Actions
// are computed from the range and from our own findings: some clients send no
// diagnostics along.

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// The kinds of action.
const (
	kindQuickFix = "quickfix"
	kindFixAll   = "source.fixAll.mcpaudit"
)

// maxAskedLines bounds the lines of a selection that a question is looked for in.
const maxAskedLines = 100

type codeActionParams struct {
	documentParams
	Range   protocol.Range `json:"range"`
	Context struct {
		Only        []string `json:"only"`
		Diagnostics []struct {
			Range  protocol.Range `json:"range"`
			Source string         `json:"source"`
		} `json:"diagnostics"`
	} `json:"context"`
}

// narrow sets the range to that of our diagnostics where it is the whole document: Kate
// asks so about one of them.
func (p *codeActionParams) narrow(text *source.Text, encoding source.Encoding) {
	if whole := text.Span(sourceRange(p.Range), encoding); whole.Start > 0 || int(whole.End) < text.Len() {
		return
	}
	first := true
	for _, d := range p.Context.Diagnostics {
		if d.Source != sourceName {
			continue
		}
		if first || before(d.Range.Start, p.Range.Start) {
			p.Range.Start = d.Range.Start
		}
		if first || before(p.Range.End, d.Range.End) {
			p.Range.End = d.Range.End
		}
		first = false
	}
}

func before(a, b protocol.Position) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Character < b.Character
}

// The deeds that an action's data names for codeAction/resolve.
const (
	deedFix          = "fix"
	deedFixAll       = "fixAll"
	deedSketch       = "sketch"
	deedSuppress     = "suppress"
	deedSuppressFile = "suppressFile"
)

// actionData says what to compute when an action is resolved.
type actionData struct {
	URI         string `json:"uri"`
	Deed        string `json:"deed"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Fix         int    `json:"fix,omitempty"`
	Reason      string `json:"reason,omitempty"`
}

func codeAction(ctx context.Context, s *server, v *view, p codeActionParams) (any, error) {
	actions := []any{}
	res, err := s.result(ctx, v, p.TextDocument.URI)
	if res == nil {
		return actions, err
	}
	p.narrow(res.Text, s.encoding)
	found := findingsIn(res, res.Text.Span(sourceRange(p.Range), s.encoding))
	if s.client.TextDocument.CodeAction.LiteralSupport == nil {
		// A client of old takes commands only.
		for _, f := range found {
			actions = append(actions, explainCommand("Explain "+f.Check, p.TextDocument.URI, f))
		}
		return actions, nil
	}
	offer := func(a protocol.CodeAction, data actionData) error {
		data.URI = p.TextDocument.URI
		a.IsPreferred = a.IsPreferred && s.client.TextDocument.CodeAction.IsPreferred
		if s.resolvesActions() {
			a.Data = data
			actions = append(actions, a)
			return nil
		}
		edit, err := s.deed(ctx, v, res, data)
		if edit != nil {
			a.Edit = edit
			actions = append(actions, a)
		}
		return err
	}
	if wants(p.Context.Only, kindQuickFix) {
		for _, f := range found {
			d := []protocol.Diagnostic{s.diagnostic(ctx, v, res, f)}
			if err := offerFor(res.Path, f, d, v.lesson(orPath(f.Path, res.Path), f.Check).Sketch, offer); err != nil {
				return nil, err
			}
			command := explainCommand("Explain this threat: "+markup.Short(f.Title), p.TextDocument.URI, f)
			actions = append(actions, protocol.CodeAction{Title: command.Title, Kind: kindQuickFix, Diagnostics: d, Command: &command})
			actions = appendActions(actions, s.tutorActions(p.TextDocument.URI, f, d))
			if s.asks(v, res.Path) && f.Path == res.Path {
				draft := protocol.Command{Title: "Accept this risk: draft an exception for " + f.Check, Command: commandDraft, Arguments: []any{p.TextDocument.URI, f.Fingerprint}}
				actions = append(actions, protocol.CodeAction{Title: draft.Title, Kind: kindQuickFix, Diagnostics: d, Command: &draft})
			}
		}
	}
	if wants(p.Context.Only, kindThreatModel) {
		first, last := int(p.Range.Start.Line), int(p.Range.End.Line)
		answers, err := s.answerActions(ctx, v, res, first, min(last, first+maxAskedLines))
		if err != nil {
			return nil, err
		}
		actions = appendActions(actions, answers)
	}
	if fixes := preferredFixes(res); len(fixes) > 0 && wants(p.Context.Only, kindFixAll) {
		a := protocol.CodeAction{Title: "Fix all that mcpaudit can fix safely", Kind: kindFixAll}
		if err := offer(a, actionData{Deed: deedFixAll}); err != nil {
			return nil, err
		}
	}
	return actions, nil
}

func appendActions(actions []any, more []protocol.CodeAction) []any {
	for _, a := range more {
		actions = append(actions, a)
	}
	return actions
}

// suppressionReasons are offered for a suppression, which has to have a reason.
// The user can write a better one in their place.
var suppressionReasons = []string{"false alarm", "accepted risk"}

// offerFor offers what can be done about one finding. sketch is that of the guard,
// empty where there is none.
func offerFor(path string, f *audit.Finding, d []protocol.Diagnostic, sketch string, offer func(protocol.CodeAction, actionData) error) error {
	for i, fix := range f.Fixes {
		a := protocol.CodeAction{Title: markup.Short(fix.Title), Kind: kindQuickFix, Diagnostics: d, IsPreferred: fix.Preferred}
		if err := offer(a, actionData{Deed: deedFix, Fingerprint: f.Fingerprint, Fix: i}); err != nil {
			return err
		}
	}
	if source.LanguageOf(path) == source.JSON {
		return nil // it has no comments, which all that follows is made of
	}
	if len(f.Fixes) == 0 && sketch != "" {
		a := protocol.CodeAction{Title: sketchTitle, Kind: kindQuickFix, Diagnostics: d}
		if err := offer(a, actionData{Deed: deedSketch, Fingerprint: f.Fingerprint}); err != nil {
			return err
		}
	}
	for _, reason := range suppressionReasons {
		a := protocol.CodeAction{Title: fmt.Sprintf("Ignore %s here: %s", f.Check, reason), Kind: kindQuickFix, Diagnostics: d}
		if err := offer(a, actionData{Deed: deedSuppress, Fingerprint: f.Fingerprint, Reason: reason}); err != nil {
			return err
		}
	}
	a := protocol.CodeAction{Title: fmt.Sprintf("Ignore %s in this file: accepted risk", f.Check), Kind: kindQuickFix, Diagnostics: d}
	return offer(a, actionData{Deed: deedSuppressFile, Fingerprint: f.Fingerprint, Reason: "accepted risk"})
}

// wants reports whether a request for the given kinds, none for all, includes kind.
func wants(only []string, kind string) bool {
	return len(only) == 0 || slices.ContainsFunc(only, func(o string) bool {
		return o == "" || o == kind || strings.HasPrefix(kind, o+".")
	})
}

func resolveCodeAction(ctx context.Context, s *server, v *view, p resolveParams) (any, error) {
	var data actionData
	if absent(p.Data) || json.Unmarshal(p.Data, &data) != nil {
		return p.action, nil // nothing of ours is left open in it
	}
	res, err := s.result(ctx, v, data.URI)
	if err != nil {
		return nil, err
	}
	if res == nil {
		return nil, jsonrpc2.Errorf(protocol.CodeContentModified, "%s is not audited any more", quoted(data.URI))
	}
	edit, err := s.deed(ctx, v, res, data)
	if err != nil {
		return nil, err
	}
	if edit == nil {
		return nil, jsonrpc2.NewError(protocol.CodeContentModified, "the finding is gone, or this cannot be done where it stands")
	}
	p.action["edit"] = edit
	return p.action, nil
}

// resolveParams is a code action with all members that the client gave it.
type resolveParams struct {
	Data   json.RawMessage
	action map[string]any
}

// UnmarshalJSON keeps the action whole beside its data.
func (p *resolveParams) UnmarshalJSON(raw []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return err
	}
	p.Data, p.action = members["data"], map[string]any{}
	for name, value := range members {
		p.action[name] = value
	}
	return nil
}

// deed computes the edit of an action on the document as it stands now, nil if
// there is nothing to do any more.
func (s *server) deed(ctx context.Context, v *view, res *audit.FileResult, data actionData) (*protocol.WorkspaceEdit, error) {
	if data.Deed == deedFixAll {
		return s.workspaceEdit(ctx, v, res, preferredFixes(res)), nil
	}
	i := slices.IndexFunc(res.Findings, func(f *audit.Finding) bool {
		return f.Fingerprint == data.Fingerprint && f.Suppressed == nil
	})
	if i < 0 {
		return nil, ctx.Err()
	}
	f := res.Findings[i]
	var edits []rule.Edit
	switch data.Deed {
	case deedFix:
		if data.Fix >= 0 && data.Fix < len(f.Fixes) {
			edits = f.Fixes[data.Fix].Edits
		}
	case deedSketch:
		edits = sketchHere(res, f, v.lesson(orPath(f.Path, res.Path), f.Check).Sketch)
	case deedSuppress:
		edits = suppressHere(res, f, data.Reason)
	case deedSuppressFile:
		edits = suppressInFile(res, f, data.Reason)
	}
	return s.workspaceEdit(ctx, v, res, edits), ctx.Err()
}

// preferredFixes gives the edits of all fixes of a file that are safe to apply
// without a look and do not touch each other; those left out come up again when
// the others are applied. An edit that several fixes share is made once.
func preferredFixes(res *audit.FileResult) []rule.Edit {
	var fixes []rule.Fix
	for _, f := range res.Findings {
		i := slices.IndexFunc(f.Fixes, func(fix rule.Fix) bool { return fix.Preferred })
		if i >= 0 && f.Suppressed == nil {
			fixes = append(fixes, f.Fixes[i])
		}
	}
	return rule.Compatible(res.Path, fixes)
}

// workspaceEdit gives edits in the form that the client understands, nil for none.
func (s *server) workspaceEdit(ctx context.Context, v *view, res *audit.FileResult, edits []rule.Edit) *protocol.WorkspaceEdit {
	changes, ok := s.changes(ctx, v, res, edits)
	if !ok || len(changes) == 0 {
		return nil
	}
	if !s.client.Workspace.WorkspaceEdit.DocumentChanges {
		plainChanges := map[protocol.DocumentURI][]protocol.TextEdit{}
		for uri, list := range changes {
			plainChanges[protocol.DocumentURI(uri)] = list
		}
		return &protocol.WorkspaceEdit{Changes: plainChanges}
	}
	edit := &protocol.WorkspaceEdit{}
	for uri, list := range changes {
		id := protocol.OptionalVersionedTextDocumentIdentifier{TextDocumentIdentifier: protocol.TextDocumentIdentifier{URI: protocol.DocumentURI(uri)}}
		if path, err := source.PathOf(uri); err == nil {
			id.Version = v.version(path)
		}
		edit.DocumentChanges = append(edit.DocumentChanges, protocol.TextDocumentEdit{TextDocument: id, Edits: list})
	}
	slices.SortFunc(edit.DocumentChanges, func(a, b protocol.TextDocumentEdit) int {
		return strings.Compare(string(a.TextDocument.URI), string(b.TextDocument.URI))
	})
	return edit
}

// changes gives edits by document, in the order of the text. It reports false
// where a document is gone.
func (s *server) changes(ctx context.Context, v *view, res *audit.FileResult, edits []rule.Edit) (map[string][]protocol.TextEdit, bool) {
	changes := map[string][]protocol.TextEdit{}
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b rule.Edit) int { return int(a.Span.Start) - int(b.Span.Start) })
	for _, e := range sorted {
		path, text := orPath(e.Path, res.Path), res.Text
		if path != res.Path {
			text = v.text(path)
		}
		if text == nil {
			return nil, false
		}
		uri := v.uri(path)
		changes[uri] = append(changes[uri], protocol.TextEdit{Range: s.rangeOf(text, e.Span), NewText: e.New})
	}
	return changes, true
}

// comment gives the suppression comment for a file's language.
func comment(res *audit.FileResult, marker, check, reason string) string {
	return fmt.Sprintf("%s mcpaudit: %s[%s] %s", commentLead(res.Path), marker, check, reason)
}

// commentLead gives what begins a comment in a file's language.
func commentLead(path string) string {
	switch source.LanguageOf(path) {
	case source.Python, source.TOML:
		return "#"
	}
	return "//"
}

// suppressHere gives the edit that silences a finding where it stands: a comment
// on the line above, indented like it, or behind it where a line above would not
// be a comment, as within a string or a continued line. Nothing where neither is.
func suppressHere(res *audit.FileResult, f *audit.Finding, reason string) []rule.Edit {
	line := res.Text.LineAt(f.Span.Start)
	start, content := res.Text.LineStart(line), res.Text.Line(line)
	indent := content[:len(content)-len(strings.TrimLeft(content, " \t"))]
	words := comment(res, "ignore", f.Check, reason)
	end := start + uint32(len(content))
	candidates := []rule.Edit{
		{Path: res.Path, Span: source.Span{Start: start, End: start}, New: indent + words + res.Text.LineEnd()},
		{Path: res.Path, Span: source.Span{Start: end, End: end}, New: "  " + words},
		{Path: res.Path, Span: source.Span{Start: start, End: start}, New: indent + strings.Replace(words, "//", "{/*", 1) + " */}" + res.Text.LineEnd()},
	}
	if line > 0 && strings.HasSuffix(res.Text.Line(line-1), `\`) {
		// The line above goes on in this one. A comment between them ends it, though
		// the grammar does not mind.
		candidates = candidates[1:2]
	}
	for _, edit := range candidates {
		if isComment(res, edit) {
			return []rule.Edit{edit}
		}
	}
	return nil
}

// isComment reports whether the text that an edit puts in is read as a comment
// and breaks nothing that could be read before.
func isComment(res *audit.FileResult, edit rule.Edit) bool {
	lang := source.LanguageOf(res.Path)
	if lang == source.None {
		return false
	}
	text, _ := res.Text.Replace(edit.Span, edit.New)
	tree := source.Parse(lang, text, false)
	defer tree.Close()
	if tree.Node(0).HasError() {
		before := source.Parse(lang, res.Text, false)
		defer before.Close()
		if !before.Node(0).HasError() {
			return false
		}
	}
	marker := edit.Span.Start + uint32(strings.Index(edit.New, "mcpaudit:"))
	at := tree.At(source.Span{Start: marker, End: marker + uint32(len("mcpaudit:"))})
	return strings.Contains(tree.Kind(at), "comment")
}

// suppressInFile gives the edit that silences a check in a whole file: a comment
// at its top, behind what has to stand first.
func suppressInFile(res *audit.FileResult, f *audit.Finding, reason string) []rule.Edit {
	line := 0
	if strings.HasPrefix(res.Text.Line(0), "#!") {
		line++
	}
	python := source.LanguageOf(res.Path) == source.Python
	if python && line < res.Text.Lines() && strings.HasPrefix(res.Text.Line(line), "#") && strings.Contains(res.Text.Line(line), "coding") {
		line++
	}
	words := comment(res, "ignore-file", f.Check, reason) + res.Text.LineEnd()
	at := uint32(res.Text.Len())
	if line < res.Text.Lines() {
		at = res.Text.LineStart(line)
	}
	if !python && line < res.Text.Lines() && res.Text.Line(line) != "" {
		// A blank line keeps it apart from the comment or clause that documents the file.
		words += res.Text.LineEnd()
	}
	return []rule.Edit{{Path: res.Path, Span: source.Span{Start: at, End: at}, New: words}}
}
