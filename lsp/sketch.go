package lsp

// sketch.go puts the sketch of a guard above a finding that no rewrite removes: as
// comments, so that nothing runs that the author has not written.

import (
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// sketchTitle is what the action is called.
const sketchTitle = "Sketch the missing guard above this line, as comments"

// maxSketchClimb is how many lines above a finding are tried where a comment cannot
// stand right above it, as within a template.
const maxSketchClimb = 20

// sketchHere gives the edit that puts a sketch above a finding, indented like the
// line that follows it; nothing where no comment can stand.
func sketchHere(res *audit.FileResult, f *audit.Finding, sketch string) []rule.Edit {
	if sketch == "" {
		return nil
	}
	first := res.Text.LineAt(f.Span.Start)
	if sketched(res, f, first) {
		return nil
	}
	for line := first; line >= 0 && line > first-maxSketchClimb; line-- {
		if line > 0 && strings.HasSuffix(res.Text.Line(line-1), `\`) {
			continue
		}
		start, content := res.Text.LineStart(line), res.Text.Line(line)
		indent := content[:len(content)-len(strings.TrimLeft(content, " \t"))]
		edit := rule.Edit{Path: res.Path, Span: source.Span{Start: start, End: start}, New: commented(res, f, sketch, indent)}
		if isComment(res, edit) {
			return []rule.Edit{edit}
		}
	}
	return nil
}

// sketched reports whether the comments right above a line are such a sketch.
func sketched(res *audit.FileResult, f *audit.Finding, line int) bool {
	for line--; line >= 0; line-- {
		text := strings.TrimSpace(res.Text.Line(line))
		if !strings.HasPrefix(text, commentLead(res.Path)) {
			return false
		}
		if strings.Contains(text, sketchMark+f.Check+".") {
			return true
		}
	}
	return false
}

const sketchMark = " mcpaudit: an unfinished guard against "

// lineBreaks are all that ends a line in one of the languages, so that no name from
// the audited code gets out of a comment.
var lineBreaks = strings.NewReplacer("\r", " ", "\v", " ", "\f", " ", "\u0085", " ", "\u2028", " ", "\u2029", " ")

// commented gives a sketch as comments that say that it is unfinished.
func commented(res *audit.FileResult, f *audit.Finding, sketch, indent string) string {
	lead := commentLead(res.Path)
	sketch = lineBreaks.Replace(checks.Fill(strings.Trim(sketch, "\n"), &f.Finding))
	var b strings.Builder
	b.WriteString(indent + lead + sketchMark + f.Check + ". Adapt it to this code, then remove these marks.")
	b.WriteString(res.Text.LineEnd())
	for line := range strings.SplitSeq(sketch, "\n") {
		b.WriteString(strings.TrimRight(indent+lead+" "+line, " \t"))
		b.WriteString(res.Text.LineEnd())
	}
	return b.String()
}
