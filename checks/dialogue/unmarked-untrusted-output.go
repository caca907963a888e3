package dialogue

import (
	"regexp"
	"slices"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	// pageName is what a parameter or variable with the address of any page is called.
	pageName = regexp.MustCompile(`(?i)^(?:[\w\[\]"']+\.)*(?:target|page|site|web|website|source|article|full)?_?(?:url|uri|href|link|website|webpage)s?$`)
	// strangers is in the address of what anybody may write.
	strangers = regexp.MustCompile(`(?i)/(?:issues|comments|pulls|discussions|reviews|merge_requests|reactions|tweets|inbox)\b`)
	// marked is in a handler that says what the text is, or bounds or cleans it.
	marked = regexp.MustCompile(`(?i)untrusted[ _](?:text|content|data|input|source)|</?untrusted|external[ _]content|do not follow|not instructions|boundary|delimit|<(?:page|content|document|web|external|data)[\w-]*>|fence|wrap|saniti|bleach|truncat|max_?(?:len|char|size|byte|token)|\[\s*:|\[\w*:\w+\]|\.slice\(|substring\(|substr\(|LimitReader|structuredContent|outputSchema|StructuredContent|BaseModel|escape`)
)

// unmarkedUntrustedOutput reports tools that give back, as it is, what strangers may
// write: a page of the caller's choice, issues, comments. One finding stands for all
// tools of a file.
func unmarkedUntrustedOutput(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() {
		return
	}
	var first *rule.Finding
	told := map[*mcp.Entry]bool{}
	for _, f := range p.Flow.Flows {
		if f.Sink != flow.ResultSink || f.Kind != mcp.Remote && f.Kind != mcp.Untrusted || !f.Whole || !f.Sure || f.Entry == nil || f.Entry.Kind != mcp.Tool || told[f.Entry] {
			continue
		}
		if f.Path != p.File.Path || !writtenByStrangers(p, f.Entry) || marks(p, f.Entry) {
			continue
		}
		told[f.Entry] = true
		if first == nil {
			first = &rule.Finding{Span: f.Call, Tool: f.Entry.Name, Parameter: f.What}
			for _, s := range f.Steps {
				first.Steps = append(first.Steps, rule.Step(s))
			}
			continue
		}
		if len(first.Related) < 12 {
			first.Related = append(first.Related, rule.Step{Path: f.Path, Span: f.Call, Text: f.Entry.Name + " gives back what it fetched as well"})
		}
	}
	if first != nil {
		p.Report(*first)
	}
}

// writtenByStrangers reports whether a tool fetches from where anybody may write.
func writtenByStrangers(p *rule.Pass, e *mcp.Entry) bool {
	chosen := slices.ContainsFunc(e.Params, func(x mcp.Param) bool { return pageName.MatchString(x.Name) })
	for _, u := range p.Uses(e) {
		if u.Kind != flow.Request && u.Kind != flow.Navigate || u.Mutates || u.Arg.Len() == 0 {
			continue
		}
		at := u.File.Tree.Text.Slice(u.Arg)
		if chosen && pageName.MatchString(at) || strangers.MatchString(at) {
			return true
		}
	}
	return false
}

// marks reports whether the handler of a tool does something about what it gives back.
func marks(p *rule.Pass, e *mcp.Entry) bool {
	if e.Handler <= 0 || e.Handler >= len(p.File.Funcs) || e.Elsewhere {
		return true
	}
	fn := p.File.Funcs[e.Handler]
	return marked.MatchString(p.File.Tree.Text.Slice(source.Span{Start: fn.Start, End: fn.Start + fn.Len})) || marked.MatchString(p.File.Tree.Text.Slice(e.Span))
}
