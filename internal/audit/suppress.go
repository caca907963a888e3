package audit

// suppress.go reads the comments that silence findings and says which of them
// are of no use. The command line and the editor both come through here.

import (
	"fmt"
	"strings"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// The checks of this file. Their lessons stand in the catalogue like any other.
const (
	checkUnusedSuppression = "unused-suppression"
	checkSuppressionReason = "suppression-without-reason"
)

const (
	ignoreLine = "mcpaudit: ignore["
	ignoreFile = "mcpaudit: ignore-file["
)

// suppressions gives the suppression comments of a file, in the order of its
// text. Text that merely looks like one, in a string for instance, is none.
func suppressions(tree *source.Tree) []*Suppression {
	text := tree.Text.String()
	var found []*Suppression
	for at := 0; ; {
		i := strings.Index(text[at:], "mcpaudit: ignore")
		if i < 0 {
			return found
		}
		at += i
		rest := text[at:]
		s := &Suppression{}
		marker := ignoreLine
		if strings.HasPrefix(rest, ignoreFile) {
			marker, s.File = ignoreFile, true
		}
		span := source.Span{Start: uint32(at), End: uint32(at + len("mcpaudit: ignore"))}
		at += len("mcpaudit: ignore")
		node := tree.At(span)
		if !strings.HasPrefix(rest, marker) || !strings.Contains(tree.Kind(node), "comment") {
			continue
		}
		s.Span = tree.Span(node)
		line, _, _ := strings.Cut(text[int(span.Start)+len(marker):max(s.Span.End, span.Start+uint32(len(marker)))], "\n")
		list, reason, ok := strings.Cut(line, "]")
		if !ok {
			continue
		}
		for id := range strings.SplitSeq(list, ",") {
			if id = strings.TrimSpace(id); id != "" {
				s.Checks = append(s.Checks, id)
			}
		}
		reason = strings.TrimSpace(reason)
		reason = strings.TrimSpace(strings.TrimSuffix(reason, "*/"))
		s.Reason = strings.TrimSpace(strings.TrimLeft(reason, ":-–— "))
		found = append(found, s)
	}
}

// suppress marks the findings that a comment silences: one on the same line, on
// the line above, or for the whole file. It gives the findings about the
// comments themselves: one without a reason silences nothing.
func suppress(tree *source.Tree, path string, findings []*Finding, known func(id string) bool) []rule.Finding {
	var about []rule.Finding
	for _, s := range suppressions(tree) {
		report := func(check, message string) {
			about = append(about, rule.Finding{Check: check, Message: message, Path: path, Span: s.Span, Confidence: rule.High})
		}
		if s.Reason == "" {
			report(checkSuppressionReason, fmt.Sprintf("This comment gives no reason, so it silences nothing: write why after ignore[%s]", strings.Join(s.Checks, ", ")))
			continue
		}
		for _, id := range s.Checks {
			if !s.silence(tree.Text, id, findings) {
				message := fmt.Sprintf("No finding of %s here: this suppression has no effect and can go", id)
				if !known(id) {
					message = fmt.Sprintf("There is no check %q: this suppression has no effect", id)
				}
				report(checkUnusedSuppression, message)
			}
		}
	}
	return about
}

// silence marks the findings of one check that s speaks of.
func (s *Suppression) silence(text *source.Text, id string, findings []*Finding) bool {
	first, last := text.LineAt(s.Span.Start), text.LineAt(s.Span.End)
	alone := strings.TrimSpace(text.Slice(source.Span{Start: text.LineStart(first), End: s.Span.Start})) == ""
	used := false
	for _, f := range findings {
		line := text.LineAt(f.Span.Start)
		here := s.File || line == first || line == last || alone && line == last+1
		if f.Check == id && here {
			f.Suppressed, used = s, true
		}
	}
	return used
}
