package lsp

// lens.go serves textDocument/codeLens: what was found in each tool, above it.

import (
	"context"

	"go.lsp.dev/protocol"
)

func codeLens(ctx context.Context, s *server, v *view, p documentParams) (any, error) {
	res, err := s.result(ctx, v, p.TextDocument.URI)
	lenses := []protocol.CodeLens{}
	if res == nil {
		return lenses, err
	}
	for _, e := range res.Facts.Entries {
		at := s.rangeOf(res.Text, e.NameSpan)
		at.End = at.Start // a lens spans a single line
		// A command without a name is a title that does nothing.
		command := protocol.Command{Title: "no findings"}
		if n, worst := entryFindings(res, e); n > 0 {
			command = explainCommand(tally(n, worst), p.TextDocument.URI, worst)
		}
		command.Title = e.Kind.String() + ": " + command.Title
		lenses = append(lenses, protocol.CodeLens{Range: at, Command: &command})
	}
	asks, err := s.questionLenses(ctx, v, res)
	return append(lenses, asks...), err
}
