package dialogue

import (
	"regexp"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

var (
	address = regexp.MustCompile(`\bhttps?://([\w.-]*)[^\s"'<>)]*`)
	// sample is what stands before an address that only shows what one looks like.
	samplePlace = regexp.MustCompile(`(?i)(?:e\.g\.?,?|example:?|such as|like|format:?|starts? with|begins? with|must be|looks? like|default:?|i\.e\.?,?)[\s("'` + "`" + `]*$`)
	sampleHost  = regexp.MustCompile(`(?i)(?:^|\.)(?:example(?:\.\w+)?|localhost|test|invalid)$|^(?:my|your|foo|acme|some)[\w-]*\.|^127\.|^$`)
)

// linkInForm reports forms whose texts hold addresses to click on. It names one
// place of each form.
func linkInForm(p *rule.Pass) {
	seen := map[source.Span]bool{}
	for _, a := range asks(p, form) {
		texts := []rule.Part{a.message}
		list, _ := fields(p, a.schema, maxDepth)
		for _, f := range list {
			texts = append(texts, f.words)
		}
		for _, words := range texts {
			if words.Value == nil || seen[p.SpanOf(words)] || !linked(spelled(p, words, maxDepth)) {
				continue
			}
			seen[p.SpanOf(words)] = true
			p.Report(rule.Finding{Span: p.SpanOf(words), Tool: tool(p, a.call.Func), Sink: a.call.Value.X.Name})
			break
		}
	}
}

// linked reports whether a text holds an address that is meant to be opened.
func linked(text string) bool {
	for _, m := range address.FindAllStringSubmatchIndex(text, 8) {
		if !samplePlace.MatchString(text[:m[0]]) && !sampleHost.MatchString(text[m[2]:m[3]]) {
			return true
		}
	}
	return false
}
