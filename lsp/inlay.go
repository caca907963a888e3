package lsp

// inlay.go serves textDocument/inlayHint: the scores of findings behind their lines, for
// those who ask for them by the setting inlayScores.

import (
	"context"
	"fmt"

	"mcpaudit/internal/markup"
	"mcpaudit/internal/source"
)

// inlayHint gives one hint for each line on which a finding with a score begins: the worst
// score, and how many findings there are beside it.
func inlayHint(ctx context.Context, s *server, v *view, p inlayHintParams) (any, error) {
	hints := []inlayScore{}
	path, err := source.PathOf(p.TextDocument.URI)
	if err != nil || !v.Config(path).InlayScores {
		return hints, nil
	}
	res, err := s.result(ctx, v, p.TextDocument.URI)
	if res == nil {
		return hints, err
	}
	span := res.Text.Span(sourceRange(p.Range), s.encoding)
	hintOf, beside := map[int]int{}, map[int]int{} // by line: its hint, and findings not the worst
	for _, f := range findingsIn(res, span) {
		if !f.Score.Scored || f.Span.Start < span.Start {
			continue
		}
		line := res.Text.LineAt(f.Span.Start)
		if _, seen := hintOf[line]; seen {
			beside[line]++
			continue
		}
		hintOf[line] = len(hints)
		end := res.Text.LineStart(line) + uint32(len(res.Text.Line(line)))
		hints = append(hints, inlayScore{
			Position:    s.rangeOf(res.Text, source.Span{Start: end, End: end}).Start,
			Label:       fmt.Sprintf("%s %s", f.Score.AIVSS, f.Score.Band),
			Tooltip:     markup.Short(f.Message),
			PaddingLeft: true,
		})
	}
	for line, more := range beside {
		hints[hintOf[line]].Label += fmt.Sprintf(" +%d", more)
	}
	return hints, nil
}
