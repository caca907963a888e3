package lsp

// diagnostics.go turns findings into diagnostics, the same for pushed and pulled
// ones.

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"

	fastjson "github.com/segmentio/encoding/json"
	"go.lsp.dev/protocol"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/source"
)

// sourceName is the source of our diagnostics and the section of our settings.
const sourceName = "mcpaudit"

// checkUnusedSuppression is the check whose finding is code without effect.
const checkUnusedSuppression = "unused-suppression"

// diagnosticData is the data of a diagnostic, for clients and for tools behind
// them that want more than the message.
type diagnosticData struct {
	Fingerprint string     `json:"fingerprint"`
	Tool        string     `json:"tool,omitempty"`
	Parameter   string     `json:"parameter,omitempty"`
	Confidence  string     `json:"confidence"`
	Score       *scoreData `json:"score,omitempty"` // absent for a finding without CVSS impact
	Fixes       []fixData  `json:"fixes,omitempty"`
}

// scoreData is the score with the vector behind it.
type scoreData struct {
	AIVSS   aivss.Tenths `json:"aivss"`
	Version string       `json:"version"`
	Band    string       `json:"band"`
	CVSS    aivss.Tenths `json:"cvss"`
	Vectors []string     `json:"vectors"` // the check's own, then that of the deployment if it differs
}

// fixData is a quick fix as plain edits.
type fixData struct {
	Title     string                         `json:"title"`
	Preferred bool                           `json:"preferred,omitempty"`
	Changes   map[string][]protocol.TextEdit `json:"changes"`
}

// report is a file's diagnostics, encoded once, and the id of their content.
type report struct {
	id    string
	items fastjson.RawMessage // a JSON array, never null
	count int
}

var noItems = fastjson.RawMessage("[]")

// emptyID is the result id of a file without diagnostics.
var emptyID = resultID(noItems)

func resultID(items []byte) string {
	sum := sha256.Sum256(items)
	return hex.EncodeToString(sum[:12])
}

// report gives the diagnostics of a file's audit, by line, and in a line the worst first:
// some editors show them in this order.
func (s *server) report(ctx context.Context, v *view, res *audit.FileResult) (report, error) {
	items := make([]protocol.Diagnostic, 0, len(res.Findings))
	scores := make([]aivss.Tenths, 0, len(res.Findings))
	for _, f := range res.Findings {
		if f.Suppressed == nil {
			items = append(items, s.diagnostic(ctx, v, res, f))
			scores = append(scores, f.Score.AIVSS)
		}
	}
	sort.Stable(byLine{items, scores})
	encoded, err := fastjson.Marshal(items)
	if err != nil {
		return report{}, err
	}
	return report{id: resultID(encoded), items: encoded, count: len(items)}, nil
}

// byLine orders diagnostics, each with its score, by line, and in a line the worst first.
type byLine struct {
	items  []protocol.Diagnostic
	scores []aivss.Tenths
}

func (b byLine) Len() int { return len(b.items) }

func (b byLine) Less(i, j int) bool {
	x, y := &b.items[i], &b.items[j]
	return cmp.Or(cmp.Compare(x.Range.Start.Line, y.Range.Start.Line), cmp.Compare(x.Severity, y.Severity), cmp.Compare(b.scores[j], b.scores[i])) < 0
}

func (b byLine) Swap(i, j int) {
	b.items[i], b.items[j] = b.items[j], b.items[i]
	b.scores[i], b.scores[j] = b.scores[j], b.scores[i]
}

func (s *server) diagnostic(ctx context.Context, v *view, res *audit.FileResult, f *audit.Finding) protocol.Diagnostic {
	d := protocol.Diagnostic{
		Range:    s.rangeOf(res.Text, f.Span),
		Severity: protocol.DiagnosticSeverity(f.Level),
		Code:     f.Check,
		Source:   sourceName,
		Message:  markup.Short(f.Message),
	}
	support := s.diagnosticSupport()
	if support.Data {
		d.Data = s.diagnosticData(ctx, v, res, f)
	}
	if f.Score.Scored {
		d.Message += fmt.Sprintf(" (AIVSS %s %s)", f.Score.AIVSS, f.Score.Band)
	}
	if link := lessonLink(v.Config(res.Path).LessonSite, f.Check, f.CWE); link != "" && support.CodeDescription {
		d.CodeDescription = &protocol.CodeDescription{Href: protocol.URI(link)}
	}
	if f.Check == checkUnusedSuppression && slices.Contains(support.TagSupport.ValueSet, int(protocol.DiagnosticTagUnnecessary)) {
		d.Tags = []protocol.DiagnosticTag{protocol.DiagnosticTagUnnecessary}
	}
	if support.RelatedInformation {
		for _, step := range slices.Concat(f.Steps, f.Related) {
			text := res.Text
			if step.Path != "" && step.Path != res.Path {
				text = v.text(step.Path)
			}
			if text == nil {
				continue
			}
			at := protocol.Location{URI: protocol.DocumentURI(v.uri(orPath(step.Path, res.Path))), Range: s.rangeOf(text, step.Span)}
			d.RelatedInformation = append(d.RelatedInformation, protocol.DiagnosticRelatedInformation{Location: at, Message: markup.Short(step.Text)})
		}
	}
	return d
}

// diagnosticSupport is what the client can show of a diagnostic. Since 3.18 a
// client that pulls says so for pulled ones; before, one declaration held for both.
func (s *server) diagnosticSupport() diagnosticSupport {
	support := s.client.TextDocument.PublishDiagnostics
	if pulled := s.client.TextDocument.Diagnostic; pulled != nil {
		support.RelatedInformation = support.RelatedInformation || pulled.RelatedInformation
		support.CodeDescription = support.CodeDescription || pulled.CodeDescription
		support.Data = support.Data || pulled.Data
		support.TagSupport.ValueSet = slices.Concat(support.TagSupport.ValueSet, pulled.TagSupport.ValueSet)
	}
	return support
}

func orPath(path, otherwise string) string {
	if path == "" {
		return otherwise
	}
	return path
}

func (s *server) diagnosticData(ctx context.Context, v *view, res *audit.FileResult, f *audit.Finding) diagnosticData {
	data := diagnosticData{Fingerprint: f.Fingerprint, Tool: f.Tool, Parameter: f.Parameter, Confidence: f.Confidence.String()}
	if f.Score.Scored {
		data.Score = &scoreData{
			AIVSS: f.Score.AIVSS, Version: string(f.Score.Version), Band: f.Score.Band.String(),
			CVSS: f.Score.CVSS, Vectors: []string{f.Score.Base.Vector.String()},
		}
		if here := f.Score.Vector.String(); here != data.Score.Vectors[0] {
			data.Score.Vectors = append(data.Score.Vectors, here)
		}
	}
	for _, fix := range f.Fixes {
		if changes, ok := s.changes(ctx, v, res, fix.Edits); ok {
			data.Fixes = append(data.Fixes, fixData{Title: markup.Short(fix.Title), Preferred: fix.Preferred, Changes: changes})
		}
	}
	return data
}

// lessonLink gives the page about a check: the lesson where a site is
// configured, else the page of its first CWE, else none.
func lessonLink(site, check string, cwe []int) string {
	switch {
	case site != "":
		return strings.TrimSuffix(site, "/") + "/" + check
	case len(cwe) > 0:
		return fmt.Sprintf("https://cwe.mitre.org/data/definitions/%d.html", cwe[0])
	}
	return ""
}

func (s *server) rangeOf(text *source.Text, span source.Span) protocol.Range {
	r := text.Range(span, s.encoding)
	return protocol.Range{
		Start: protocol.Position{Line: r.Start.Line, Character: r.Start.Column},
		End:   protocol.Position{Line: r.End.Line, Character: r.End.Column},
	}
}

func sourceRange(r protocol.Range) source.Range {
	return source.Range{
		Start: source.Position{Line: r.Start.Line, Column: r.Start.Character},
		End:   source.Position{Line: r.End.Line, Column: r.End.Character},
	}
}
