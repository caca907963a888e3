package report

// markdown.go writes an audit as Markdown, for a pull request or a wiki.

import (
	"bufio"
	"fmt"
	"io"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/rule"
)

// markdownWidth is the width in columns at which a line of code is cut.
const markdownWidth = 160

func (v *view) markdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	open := v.open()
	fmt.Fprintf(b, "# MCP server audit\n\n")
	if len(open) == 0 {
		fmt.Fprintf(b, "**No findings**")
	} else {
		fmt.Fprintf(b, "**%s** (%s)", count(len(open), "finding"), v.bands())
	}
	fmt.Fprintf(b, " in %s of code with %s.\n\n", count(v.Audited, "file"), count(len(v.Tools), "entry point"))
	if len(v.Tools) > 0 {
		fmt.Fprintf(b, "| entry point | kind | file | findings | worst |\n|---|---|---|---|---|\n")
		for _, t := range v.Tools {
			worst := ""
			if t.Worst != nil {
				worst = band(t.Worst)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %d | %s |\n", markup.Markdown(t.Name), t.Kind, markup.Markdown(fmt.Sprintf("%s:%d", v.path(t.Path), t.Line)), t.Findings, worst)
		}
		fmt.Fprintln(b)
	}
	if text := v.notFollowed(); text != "" {
		fmt.Fprintf(b, "%s.\n\n", text)
		for i := range v.Tools {
			if t := &v.Tools[i]; !t.Followed {
				for _, g := range t.Gaps {
					fmt.Fprintf(b, "- %s at %s: %s\n", markup.Markdown(toolName(t)), markup.Code(fmt.Sprintf("%s:%d", v.path(g.Path), g.Line)), markup.Markdown(g.Text))
				}
			}
		}
		fmt.Fprintln(b)
	}
	for _, f := range open {
		v.markdownFinding(b, f)
	}
	if len(open) < len(v.Findings) {
		fmt.Fprintf(b, "## Suppressed\n\n")
		for _, f := range v.Findings {
			if f.Suppressed != nil {
				fmt.Fprintf(b, "- %s at %s: %s\n", markup.Code(f.Check), v.markdownPlace(f), markup.Markdown(reason(f)))
			}
		}
		fmt.Fprintln(b)
	}
	if len(v.Skipped)+len(v.Notes) > 0 {
		fmt.Fprintf(b, "## Not audited\n\n")
		for _, s := range v.Skipped {
			fmt.Fprintf(b, "- %s: %s\n", markup.Code(v.path(s.Path)), markup.Markdown(s.Reason))
		}
		for _, n := range v.Notes {
			fmt.Fprintf(b, "- %s: %s\n", markup.Code(v.path(n.Path)), markup.Markdown(n.Text))
		}
	}
	return b.Flush()
}

func (v *view) markdownPlace(f *audit.Finding) string {
	start, _ := v.place(f.Path, f.Span)
	return markup.Code(fmt.Sprintf("%s:%d", v.path(f.Path), start.Line))
}

func (v *view) markdownFinding(b *bufio.Writer, f *audit.Finding) {
	heading := f.Level.String()
	if f.Score.Scored {
		heading = fmt.Sprintf("%s %s", f.Score.Band, f.Score.AIVSS)
	}
	fmt.Fprintf(b, "## %s: %s\n\n%s at %s\n\n", heading, markup.Markdown(f.Title), markup.Markdown(f.Message), v.markdownPlace(f))
	if at := v.frame(rule.Step{Path: f.Path, Span: f.Span}); at != nil {
		line, _ := window(at.text, at.marks[0].at, markdownWidth)
		b.WriteString(markup.Block("", line))
		fmt.Fprintln(b)
	}
	if len(f.Steps) > 1 {
		for i, s := range f.Steps {
			start, _ := v.place(s.Path, s.Span)
			fmt.Fprintf(b, "%d. %s (%s)\n", i+1, markup.Markdown(s.Text), markup.Code(fmt.Sprintf("%s:%d", v.path(s.Path), start.Line)))
		}
		fmt.Fprintln(b)
	}
	fmt.Fprintf(b, "Check %s, confidence %s", markup.Code(f.Check), f.Confidence)
	for _, n := range f.CWE {
		fmt.Fprintf(b, ", [CWE-%d](https://cwe.mitre.org/data/definitions/%d.html)", n, n)
	}
	if f.Score.Scored {
		fmt.Fprintf(b, ". AIVSS %s: %s; CVSS 4.0: %s, %s", f.Score.Version, markup.Markdown(f.Score.Formula()), f.Score.CVSS, markup.Code(f.Score.Vector.String()))
	}
	fmt.Fprintf(b, ".\n\n")
}
