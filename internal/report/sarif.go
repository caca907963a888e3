package report

// sarif.go writes an audit as SARIF 2.1.0, for code scanning services and
// editors.

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// fingerprintKey names the way a fingerprint is made; a new way takes a new name.
const fingerprintKey = "mcpaudit/v1"

// srcRoot is the name of the base that relative paths stand on.
const srcRoot = "%SRCROOT%"

var sarifLevels = map[audit.Level]string{
	audit.Error: "error", audit.Warning: "warning", audit.Information: "note", audit.HintLevel: "note",
}

func (v *view) sarif(w io.Writer) error {
	name, version, columns := "mcpaudit", v.Version, "utf16CodeUnits"
	run := sarif.NewRun()
	run.Tool = sarif.NewTool()
	run.Tool.Driver = sarif.NewToolComponent()
	run.Tool.Driver.Name, run.Tool.Driver.Version = &name, &version
	run.ColumnKind = &columns
	if v.Base != "" {
		base := sarif.NewSimpleArtifactLocation(fileURI(v.Base) + "/")
		run.OriginalUriBaseIds = map[string]sarif.ArtifactLocation{srcRoot: *base}
	}
	index := map[string]int{}
	for _, f := range v.Findings {
		if _, ok := index[f.Check]; !ok {
			index[f.Check] = len(index)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, v.sarifRule(f))
		}
		run.Results = append(run.Results, v.sarifResult(f, index[f.Check]))
	}
	run.Invocations = []*sarif.Invocation{v.sarifInvocation()}
	out := sarif.NewReport()
	out.AddRun(run)
	var b bytes.Buffer
	if err := out.PrettyWrite(&b); err != nil {
		return err
	}
	return writeJSON(w, b.String())
}

func (v *view) sarifRule(f *audit.Finding) *sarif.ReportingDescriptor {
	r := sarif.NewRule(f.Check)
	name, title := f.Check, f.Title
	r.Name = &name
	r.ShortDescription = multiformat(title, "")
	tags := []string{"security", "mcp"}
	cwe := f.CWE
	if c := v.check(f.Check); c != nil && f.Protects != "" {
		cwe = c.CWE // of the check, not of one finding
	}
	bag := sarif.NewPropertyBag()
	bag.Tags = append(tags, cweTags(cwe)...)
	bag.Properties = sarif.Properties{"precision": f.Confidence.String()}
	if c := v.check(f.Check); c != nil {
		bag.Properties["precision"] = c.Confidence.String() // of the check, not of one finding
		if c.Vector.BaseScore() > 0 {
			// code scanning services read this as a CVSS score; AIVSS has fields
			// of its own.
			bag.Properties["security-severity"] = c.Vector.BaseScore().String()
		}
		if c.Lesson != "" {
			r.Help = multiformat(c.Lesson, c.Lesson)
			r.FullDescription = multiformat(c.Summary(), "")
		}
	}
	if len(cwe) > 0 {
		uri := fmt.Sprintf("https://cwe.mitre.org/data/definitions/%d.html", cwe[0])
		r.HelpURI = &uri
	}
	r.Properties = bag
	conf := sarif.NewReportingConfiguration()
	conf.Level = sarifLevels[f.Level]
	r.DefaultConfiguration = conf
	return r
}

func cweTags(cwe []int) []string {
	var tags []string
	for _, n := range cwe {
		tags = append(tags, fmt.Sprintf("external/cwe/cwe-%03d", n))
	}
	return tags
}

func multiformat(text, markdown string) *sarif.MultiformatMessageString {
	m := sarif.NewMultiformatMessageString()
	m.Text = &text
	if markdown != "" {
		m.Markdown = &markdown
	}
	return m
}

func (v *view) sarifResult(f *audit.Finding, index int) *sarif.Result {
	r := sarif.NewRuleResult(f.Check)
	r.RuleIndex = index
	r.Level = sarifLevels[f.Level]
	r.Message = sarif.NewTextMessage(markup.Plain(f.Message))
	r.Locations = []*sarif.Location{v.sarifLocation(f.Path, f.Span, "")}
	r.PartialFingerprints = map[string]string{fingerprintKey: f.Fingerprint}
	for _, s := range f.Related {
		r.RelatedLocations = append(r.RelatedLocations, v.sarifLocation(s.Path, s.Span, s.Text))
	}
	for _, steps := range slices.Concat([][]rule.Step{f.Steps}, f.Others) {
		if len(steps) == 0 {
			continue
		}
		thread := sarif.NewThreadFlow()
		for i, s := range steps {
			at := sarif.NewThreadFlowLocation()
			at.Location = v.sarifLocation(s.Path, s.Span, s.Text)
			at.ExecutionOrder = i + 1
			at.Importance = "important"
			thread.Locations = append(thread.Locations, at)
		}
		flow := sarif.NewCodeFlow()
		flow.ThreadFlows = []*sarif.ThreadFlow{thread}
		r.CodeFlows = append(r.CodeFlows, flow)
	}
	for _, fix := range f.Fixes {
		r.Fixes = append(r.Fixes, v.sarifFix(fix))
	}
	if f.Suppressed != nil {
		s := sarif.NewSuppression()
		kind, status, reason := "inSource", "accepted", markup.Plain(f.Suppressed.Reason)
		if f.Suppressed.Exception != "" {
			kind, reason = "external", markup.Plain(f.Suppressed.Exception)+": "+reason
		}
		s.Kind, s.Status, s.Justification = &kind, &status, &reason
		r.Suppressions = []*sarif.Suppression{s}
	}
	bag := sarif.NewPropertyBag()
	bag.Properties = sarif.Properties{"confidence": f.Confidence.String()}
	for key, value := range map[string]string{"tool": f.Tool, "parameter": f.Parameter, "sink": f.Sink} {
		if value != "" {
			bag.Properties[key] = markup.Plain(value)
		}
	}
	if f.Score.Scored {
		bag.Properties["aivss"] = v.scoreJSON(f)
	}
	if f.Protects != "" {
		// The harm is that of another rule, whose kind the result takes over.
		bag.Properties["protects"] = f.Protects
		bag.Tags = cweTags(f.CWE)
	}
	r.Properties = bag
	return r
}

func (v *view) sarifLocation(path string, s source.Span, message string) *sarif.Location {
	at := sarif.NewPhysicalLocation()
	at.ArtifactLocation = v.sarifArtifact(path)
	if start, end := v.place(path, s); start.Line > 0 {
		at.Region = region(start, end)
	}
	l := sarif.NewLocationWithPhysicalLocation(at)
	if message != "" {
		l.Message = sarif.NewTextMessage(markup.Plain(message))
	}
	return l
}

func region(start, end source.Position) *sarif.Region {
	r := sarif.NewSimpleRegion(int(start.Line), int(end.Line))
	from, to := int(start.Column), int(end.Column)
	r.StartColumn, r.EndColumn = &from, &to
	return r
}

// sarifArtifact names a file relative to the base where the base itself, or the
// file by name, was audited; such paths are what code scanning expects. Any
// other file has an absolute URI, which cannot be misread.
func (v *view) sarifArtifact(path string) *sarif.ArtifactLocation {
	rel, err := filepath.Rel(v.Base, path)
	below := v.Base != "" && err == nil && filepath.IsLocal(rel)
	if !below || !slices.Contains(v.Roots, v.Base) && !slices.Contains(v.Roots, path) {
		return sarif.NewSimpleArtifactLocation(fileURI(path))
	}
	// A colon in the first name of a relative URI would end a scheme.
	uri := strings.ReplaceAll((&url.URL{Path: filepath.ToSlash(rel)}).EscapedPath(), ":", "%3A")
	l := sarif.NewSimpleArtifactLocation(uri)
	base := srcRoot
	l.URIBaseID = &base
	return l
}

func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func (v *view) sarifFix(fix rule.Fix) *sarif.Fix {
	changes := map[string]*sarif.ArtifactChange{}
	out := sarif.NewFix()
	out.Description = sarif.NewTextMessage(markup.Plain(fix.Title))
	for _, e := range fix.Edits {
		c := changes[e.Path]
		if c == nil {
			c = sarif.NewArtifactChange()
			c.ArtifactLocation = v.sarifArtifact(e.Path)
			changes[e.Path] = c
			out.ArtifactChanges = append(out.ArtifactChanges, c)
		}
		start, end := v.place(e.Path, e.Span)
		text := e.New
		content := sarif.NewArtifactContent()
		content.Text = &text
		replace := sarif.NewReplacement()
		replace.DeletedRegion, replace.InsertedContent = region(start, end), content
		c.Replacements = append(c.Replacements, replace)
	}
	return out
}

// sarifInvocation names what was left out, so that silence is not taken for
// safety.
func (v *view) sarifInvocation() *sarif.Invocation {
	i := sarif.NewInvocation()
	ok := true
	i.ExecutionSuccessful = &ok
	note := func(text string) {
		n := sarif.NewNotification()
		n.Level = "note"
		n.Message = sarif.NewTextMessage(markup.Plain(text))
		i.ToolExecutionNotifications = append(i.ToolExecutionNotifications, n)
	}
	for _, s := range v.Skipped {
		note(fmt.Sprintf("%s was not audited: %s", v.path(s.Path), s.Reason))
	}
	for _, n := range v.Notes {
		note(fmt.Sprintf("%s: %s", v.path(n.Path), n.Text))
	}
	for k := range v.Tools {
		if t := &v.Tools[k]; !t.Followed {
			for _, g := range t.Gaps {
				note(fmt.Sprintf("%s, %s:%d: not followed: %s", toolName(t), v.path(g.Path), g.Line, g.Text))
			}
		}
	}
	if v.Coverage {
		tools := []jsonTool{}
		for k := range v.Tools {
			tools = append(tools, v.jsonTool(&v.Tools[k]))
		}
		i.Properties = sarif.NewPropertyBag()
		i.Properties.Properties = sarif.Properties{"coverage": tools}
	}
	return i
}
