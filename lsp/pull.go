package lsp

// pull.go serves textDocument/diagnostic and workspace/diagnostic. The id of a
// result is a digest of its content, so it holds across restarts.

import (
	"context"
	"encoding/json"
	"errors"

	fastjson "github.com/segmentio/encoding/json"
	"go.lsp.dev/jsonrpc2"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/source"
)

func documentDiagnostic(ctx context.Context, s *server, v *view, p documentDiagnosticParams) (any, error) {
	path, err := source.PathOf(p.TextDocument.URI)
	if err != nil {
		return documentReport{Kind: reportFull, Items: noItems}, nil
	}
	s.hot.begin()
	defer s.hot.end()
	work := ctx
	if d := v.documents[path]; d != nil {
		var cancel context.CancelFunc
		work, cancel = context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(d.ctx, cancel)()
	}
	rep, err := s.pulled(work, v, path)
	if work.Err() != nil && ctx.Err() == nil {
		return nil, serverCancelled()
	}
	if err != nil {
		return nil, err
	}
	return rep.since(p.PreviousResultID), nil
}

// serverCancelled is the answer to a pull of a version that an edit has replaced.
func serverCancelled() error {
	data, _ := fastjson.Marshal(cancellationData{RetriggerRequest: true}) // plain data: it always encodes
	raw := fastjson.RawMessage(data)
	return &jsonrpc2.Error{Code: codeServerCancelled, Message: "the document has changed since", Data: &raw}
}

// pulled gives the report of one file; one that is not audited has an empty one.
func (s *server) pulled(ctx context.Context, v *view, path string) (report, error) {
	res, _, err := v.Glance(ctx, path)
	if err != nil {
		if ctx.Err() != nil {
			return report{}, ctx.Err()
		}
		if !errors.Is(err, audit.ErrNotAudited) {
			s.log.info("%v", err)
		}
		rep, own, err := s.ownReport(ctx, v, path)
		if own && err == nil {
			s.answered.set(path, rep.id)
			return rep, nil
		}
		return report{id: emptyID, items: noItems}, err
	}
	s.note(res)
	rep, err := s.report(ctx, v, res)
	if err == nil && v.documents[path] != nil {
		s.answered.set(path, rep.id)
	}
	return rep, err
}

// since gives the report in short where the client knows its content.
func (r report) since(known string) documentReport {
	if known == r.id {
		return documentReport{Kind: reportUnchanged, ResultID: r.id}
	}
	return documentReport{Kind: reportFull, ResultID: r.id, Items: r.items}
}

// batchSize is how many reports go into one partial result.
const batchSize = 64

func workspaceDiagnostic(ctx context.Context, s *server, v *view, p workspaceDiagnosticParams) (any, error) {
	known := map[string]string{}
	knownURI := map[string]string{}
	for _, prev := range p.PreviousResultIDs {
		if path, err := source.PathOf(prev.URI); err == nil {
			known[path], knownURI[path] = prev.Value, prev.URI
		}
	}
	progress := s.joinProgress(p.WorkDoneToken, "Auditing MCP servers")
	defer progress.end("")
	results, err := v.AuditAll(ctx, func(done, total int) {
		s.hot.wait() // an edit comes first
		progress.report(done, total)
	})
	if err != nil {
		return nil, err
	}
	items := []workspaceDocumentReport{}
	flush := func() {
		if !absent(p.PartialResultToken) && len(items) > 0 {
			s.log.notify("$/progress", progressParams{Token: p.PartialResultToken, Value: workspaceReport{items}})
			items = []workspaceDocumentReport{}
		}
	}
	for _, res := range results {
		s.note(res)
		rep, err := s.report(ctx, v, res)
		if err != nil {
			return nil, err
		}
		_, was := known[res.Path]
		if was || rep.count > 0 || v.documents[res.Path] != nil {
			items = append(items, workspaceDocumentReport{v.uri(res.Path), v.version(res.Path), rep.since(known[res.Path])})
		}
		delete(known, res.Path)
		if len(items) >= batchSize {
			flush()
		}
	}
	// What the client knows of and the audit does not is gone, or not audited any more.
	for path, id := range known {
		if id != emptyID {
			items = append(items, workspaceDocumentReport{knownURI[path], v.version(path), report{id: emptyID, items: noItems}.since(id)})
		}
	}
	flush()
	return workspaceReport{items}, nil
}

// joinProgress reports on the progress that the client has set up for a request.
func (s *server) joinProgress(token json.RawMessage, title string) *progress {
	p := &progress{server: s}
	if !absent(token) {
		p.token = token
		p.begin(title, false)
	}
	return p
}
