package report

// json.go writes an audit for other programs. The schema is schema.json.

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

type jsonReport struct {
	Version  string        `json:"version"`
	Findings []jsonFinding `json:"findings"`
	Tools    []jsonTool    `json:"tools"`
	Skipped  []jsonSkip    `json:"skipped"`
	Notes    []jsonNote    `json:"notes"`
	// Exceptions are the accepted risks of the tree.
	Exceptions []jsonException `json:"exceptions"`
	Summary    jsonSummary     `json:"summary"`
}

type jsonFinding struct {
	Check       string          `json:"check"`
	Title       string          `json:"title"`
	Message     string          `json:"message"`
	Class       string          `json:"class"`
	CWE         []int           `json:"cwe"`
	Level       string          `json:"level"`
	Confidence  string          `json:"confidence"`
	Location    jsonPlace       `json:"location"`
	Tool        string          `json:"tool,omitempty"`
	Parameter   string          `json:"parameter,omitempty"`
	Sink        string          `json:"sink,omitempty"`
	Path        []jsonStep      `json:"path"`
	Score       *jsonScore      `json:"score"`
	Fingerprint string          `json:"fingerprint"`
	Suppressed  *jsonSuppressed `json:"suppressed,omitempty"`
	Fixes       []string        `json:"fixes"`
}

// jsonPlace is a place in a file; lines and columns count from 1, columns in
// UTF-16 units.
type jsonPlace struct {
	File      string `json:"file"`
	Line      uint32 `json:"line"`
	Column    uint32 `json:"column"`
	EndLine   uint32 `json:"endLine"`
	EndColumn uint32 `json:"endColumn"`
}

type jsonStep struct {
	jsonPlace
	Text string `json:"text"`
}

type jsonScore struct {
	AIVSS      string                 `json:"aivss"`
	Band       string                 `json:"band"`
	Version    string                 `json:"version"`
	Deployment string                 `json:"deployment,omitempty"`
	Formula    string                 `json:"formula"`
	CVSS       string                 `json:"cvss"`
	Vector     string                 `json:"vector"`
	Base       string                 `json:"cvssBase"`
	BaseVector string                 `json:"cvssBaseVector"`
	Factors    []jsonFactor           `json:"factors"`
	Others     []jsonDeploymentResult `json:"deployments"`
}

type jsonFactor struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Source   string `json:"source"`
	Evidence string `json:"evidence"`
	// File and Line are where the evidence stands, for a factor that code shows or that
	// somebody has answered.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

type jsonDeploymentResult struct {
	Deployment string `json:"deployment"`
	AIVSS      string `json:"aivss"`
	Band       string `json:"band"`
	CVSS       string `json:"cvss"`
	Vector     string `json:"vector"`
}

type jsonSuppressed struct {
	Reason    string `json:"reason"`
	Exception string `json:"exception,omitempty"`
}

type jsonException struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Checks        []string `json:"checks"`
	Justification string   `json:"justification"`
	Review        string   `json:"review"`
	File          string   `json:"file"`
	Line          int      `json:"line"`
	State         string   `json:"state"`
	Used          int      `json:"used"`
	Problem       string   `json:"problem,omitempty"`
}

type jsonTool struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	SDK      string `json:"sdk"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Findings int    `json:"findings"`
	Worst    string `json:"worst,omitempty"`
	Followed bool   `json:"followed"`
	// Handler and Gaps are there with Options.Coverage.
	Handler *jsonHandler `json:"handler,omitempty"`
	Gaps    []jsonGap    `json:"gaps,omitempty"`
}

type jsonHandler struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

type jsonSkip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

type jsonNote struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

type jsonSummary struct {
	Files int `json:"files"`
	Lines int `json:"lines"`
	Tools int `json:"tools"`
	// NotFollowed are those of the tools of which nothing, or not all, was seen.
	NotFollowed int            `json:"notFollowed"`
	Findings    int            `json:"findings"`
	Suppressed  int            `json:"suppressed"`
	Skipped     int            `json:"skipped"`
	Ignored     int            `json:"ignored"`
	Bands       map[string]int `json:"bands"`
}

func (v *view) json(w io.Writer) error {
	out := jsonReport{
		Version: v.Version, Findings: []jsonFinding{}, Tools: []jsonTool{}, Skipped: []jsonSkip{}, Notes: []jsonNote{}, Exceptions: []jsonException{},
		Summary: jsonSummary{Files: v.Audited, Lines: v.Lines, Tools: len(v.Tools), NotFollowed: v.NotFollowed(), Skipped: len(v.Skipped), Ignored: v.Ignored, Bands: map[string]int{}},
	}
	for _, f := range v.Findings {
		out.Findings = append(out.Findings, v.jsonFinding(f))
		if f.Suppressed != nil {
			out.Summary.Suppressed++
			continue
		}
		out.Summary.Findings++
		out.Summary.Bands[band(f)]++
	}
	for i := range v.Tools {
		out.Tools = append(out.Tools, v.jsonTool(&v.Tools[i]))
	}
	for _, s := range v.Skipped {
		out.Skipped = append(out.Skipped, jsonSkip{v.path(s.Path), s.Reason})
	}
	for _, n := range v.Notes {
		out.Notes = append(out.Notes, jsonNote{v.path(n.Path), n.Text})
	}
	for _, e := range v.Exceptions {
		out.Exceptions = append(out.Exceptions, jsonException{e.ID, e.Name, append([]string{}, e.Checks...), e.Justification, e.Review, v.path(e.Path), e.Line, e.State, e.Used, e.Problem})
	}
	data, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	return writeJSON(w, string(data)+"\n")
}

// writeJSON writes JSON so that it is harmless on a terminal too: what cannot be
// seen, which can only stand in strings, is written as JSON's escapes.
func writeJSON(w io.Writer, text string) error {
	b := bufio.NewWriter(w)
	for text != "" {
		i := strings.IndexFunc(text, func(r rune) bool { return r >= 0x7f && markup.Hidden(r) })
		if i < 0 {
			i = len(text)
		}
		b.WriteString(text[:i])
		if text = text[i:]; text != "" {
			r, size := utf8.DecodeRuneInString(text)
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(b, `\u%04x`, unit)
			}
			text = text[size:]
		}
	}
	return b.Flush()
}

func (v *view) jsonFinding(f *audit.Finding) jsonFinding {
	j := jsonFinding{
		Check: f.Check, Title: f.Title, Message: f.Message, Class: f.Class, CWE: append([]int{}, f.CWE...),
		Level: f.Level.String(), Confidence: f.Confidence.String(), Location: v.jsonPlace(f.Path, f.Span),
		Tool: f.Tool, Parameter: f.Parameter, Sink: f.Sink, Path: v.jsonSteps(f.Steps), Fingerprint: f.Fingerprint, Fixes: []string{},
	}
	for _, fix := range f.Fixes {
		j.Fixes = append(j.Fixes, fix.Title)
	}
	if f.Suppressed != nil {
		j.Suppressed = &jsonSuppressed{f.Suppressed.Reason, f.Suppressed.Exception}
	}
	if f.Score.Scored {
		j.Score = v.scoreJSON(f)
	}
	return j
}

func (v *view) scoreJSON(f *audit.Finding) *jsonScore {
	s := &f.Score
	j := &jsonScore{
		AIVSS: s.AIVSS.String(), Band: s.Band.String(), Version: string(s.Version), Deployment: string(s.Deployment), Formula: s.Formula(),
		CVSS: s.CVSS.String(), Vector: s.Vector.String(), Base: s.Base.CVSS.String(), BaseVector: s.Base.Vector.String(),
	}
	for _, x := range s.Factors {
		j.Factors = append(j.Factors, jsonFactor{x.Name, x.Value(), x.Source.String(), x.Evidence, v.fileOf(&x, f.Factors), x.Line})
	}
	for _, d := range s.Deployments {
		j.Others = append(j.Others, jsonDeploymentResult{string(d.Deployment), d.AIVSS.String(), d.Band.String(), d.CVSS.String(), d.Vector.String()})
	}
	return j
}

// fileOf gives the file that shows a factor, as all other files of the report are named.
func (v *view) fileOf(x *aivss.Factor, shown []rule.Factor) string {
	if x.Source == aivss.FromCode {
		for _, f := range shown {
			if f.Name == x.Name && f.Path != "" {
				return v.path(f.Path)
			}
		}
	}
	return x.File
}

func (v *view) jsonPlace(path string, s source.Span) jsonPlace {
	start, end := v.place(path, s)
	return jsonPlace{v.path(path), start.Line, start.Column, end.Line, end.Column}
}

func (v *view) jsonSteps(steps []rule.Step) []jsonStep {
	out := []jsonStep{}
	for _, s := range steps {
		out = append(out, jsonStep{v.jsonPlace(s.Path, s.Span), s.Text})
	}
	return out
}
