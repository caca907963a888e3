package lsp

// hover.go serves textDocument/hover: the lesson at the line where it matters, and
// behind it the card of what is registered there.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.lsp.dev/protocol"

	"mcpaudit/checks"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// maxSection is the length in bytes above which a section of a lesson is cut in a hover.
const maxSection = 1500

func hover(ctx context.Context, s *server, v *view, p positionParams) (any, error) {
	res, err := s.result(ctx, v, p.TextDocument.URI)
	if res == nil {
		if err == nil {
			return s.ownHover(v, p), nil
		}
		return nil, err
	}
	at := res.Text.Offset(source.Position{Line: p.Position.Line, Column: p.Position.Character}, s.encoding)
	found := findingsIn(res, source.Span{Start: at, End: at})
	w := writer{format: protocol.PlainText}
	if formats := s.client.TextDocument.Hover.ContentFormat; slices.Contains(formats, string(protocol.Markdown)) {
		w.format = protocol.Markdown
	}
	for i, f := range found {
		if i > 0 {
			w.rule()
		}
		w.finding(v, res.Path, f)
	}
	var about source.Span
	if len(found) > 0 {
		about = found[0].Span
	}
	if line := res.Text.LineAt(at); speaksThere(res, line, line) {
		m, err := v.model(ctx, res)
		if err != nil {
			return nil, err
		}
		card := writer{format: w.format}
		if span, ok := card.hoverCard(s, v, res, m, at); ok {
			if len(found) > 0 {
				w.rule()
			} else {
				about = span
			}
			w.WriteString(card.String())
		}
	}
	if w.Len() == 0 {
		return nil, nil
	}
	area := s.rangeOf(res.Text, about)
	return protocol.Hover{Contents: protocol.MarkupContent{Kind: w.format, Value: strings.TrimSpace(w.String())}, Range: &area}, nil
}

// result audits the document that a request speaks of; nil without an error for
// one that is not audited.
func (s *server) result(ctx context.Context, v *view, uri string) (*audit.FileResult, error) {
	path, err := source.PathOf(uri)
	if err != nil {
		return nil, nil
	}
	res, err := v.Audit(ctx, path)
	if err != nil && ctx.Err() == nil {
		if !errors.Is(err, audit.ErrNotAudited) {
			s.log.info("%v", err)
		}
		return nil, nil
	}
	return res, err
}

// findingsIn gives the findings that touch a span and are not suppressed, the
// worst first.
func findingsIn(res *audit.FileResult, span source.Span) []*audit.Finding {
	var found []*audit.Finding
	for _, f := range res.Findings {
		if f.Suppressed == nil && f.Span.Start <= span.End && span.Start <= f.Span.End {
			found = append(found, f)
		}
	}
	slices.SortStableFunc(found, func(a, b *audit.Finding) int { return int(b.Score.AIVSS) - int(a.Score.AIVSS) })
	return found
}

// writer writes Markdown, or the same as plain text. What is audited goes
// through text and code, which escape it; what is ours or a lesson goes
// through the others.
type writer struct {
	strings.Builder
	format protocol.MarkupKind
	here   string // the file that a card speaks of: its lines need no name
}

func (w *writer) text(s string) string {
	if w.format == protocol.Markdown {
		return markup.Inline(s)
	}
	return markup.Short(s)
}

func (w *writer) code(s string) string {
	if w.format == protocol.Markdown {
		return markup.ShortCode(s)
	}
	return markup.Short(s)
}

func (w *writer) bold(s string) string {
	if w.format == protocol.Markdown {
		return "**" + s + "**"
	}
	return s
}

func (w *writer) rule() { w.WriteString("\n---\n\n") }

// section writes a heading and a part of a lesson, with the names of the finding
// put in, and nothing for an empty part.
func (w *writer) section(f *audit.Finding, heading, body string) {
	if body = strings.TrimSpace(body); body == "" {
		return
	}
	if heading != "" {
		fmt.Fprintf(w, "%s\n\n", w.bold(heading))
	}
	if w.format == protocol.Markdown {
		body = markup.Foreign(body)
	} else {
		body = markup.Visible(body, true, len(body))
	}
	named := rule.Finding{Tool: w.text(f.Tool), Parameter: w.text(f.Parameter), Sink: w.text(f.Sink)}
	fmt.Fprintf(w, "%s\n\n", checks.Fill(markup.Clip(body, maxSection), &named))
}

func (w *writer) finding(v *view, path string, f *audit.Finding) {
	l := v.lesson(path, f.Check)
	title := w.bold(w.text(f.Title))
	if f.Score.Scored {
		title += fmt.Sprintf(" · AIVSS %s %s", f.Score.AIVSS, f.Score.Band)
	}
	fmt.Fprintf(w, "%s\n\n%s\n\n", title, w.text(f.Message))
	w.section(f, "", l.Why)
	w.section(f, "Attack", l.Attack)
	w.score(f)
	w.section(f, "Ask yourself", l.Questions)
	w.links(v.Config(path).LessonSite, f)
}

// links writes where to read on.
func (w *writer) links(site string, f *audit.Finding) {
	link := func(label, to string) string {
		if w.format == protocol.Markdown {
			return "[" + label + "](" + to + ")"
		}
		return label + ": " + to
	}
	var links []string
	if site != "" {
		links = append(links, link("The lesson "+f.Check, lessonLink(site, f.Check, nil)))
	}
	for _, cwe := range f.CWE {
		links = append(links, link(fmt.Sprintf("CWE-%d", cwe), lessonLink("", f.Check, []int{cwe})))
	}
	w.WriteString(strings.Join(append(links, w.code(f.Check)), " · "))
	w.WriteString("\n")
}
