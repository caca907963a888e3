package report

// coverage.go says how far each tool was followed: no finding about a tool means
// something only where its code was seen.

import (
	"bufio"
	"fmt"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
)

// toolName gives a tool's kind and name.
func toolName(t *audit.ToolInfo) string {
	if t.Name == "" {
		return t.Kind + " of a name that the code does not tell"
	}
	return t.Kind + " " + t.Name
}

// extent says how far a tool was followed.
func extent(t *audit.ToolInfo) string {
	switch {
	case !t.Followed:
		return "not followed"
	case len(t.Gaps) > 0:
		return "followed, but not into all that it calls"
	}
	return "followed"
}

// notFollowed is the line of a summary about the tools that could not be followed,
// empty if there is none.
func (v *view) notFollowed() string {
	n := v.NotFollowed()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s could not be followed, so silence about them says nothing", n, count(len(v.Tools), "entry point"))
}

// textCoverage lists the tools, and where they could not be followed.
func (v *view) textCoverage(b *bufio.Writer) {
	if !v.Coverage {
		return
	}
	partly := 0
	for i := range v.Tools {
		if t := &v.Tools[i]; t.Followed && len(t.Gaps) > 0 {
			partly++
		}
	}
	n := v.NotFollowed()
	fmt.Fprintf(b, "%s: %d followed, %d of them not into all that they call; %d not followed\n", v.paint(bold, "coverage of "+count(len(v.Tools), "entry point")), len(v.Tools)-n, partly, n)
	for i := range v.Tools {
		t := &v.Tools[i]
		style := dim
		if !t.Followed {
			style = yellow
		}
		handler := ""
		if t.Handler != "" {
			handler = fmt.Sprintf(", handler at %s:%d", markup.Plain(v.path(t.Handler)), t.HandlerLine)
		}
		fmt.Fprintf(b, "  %s  %s:%d%s: %s\n", markup.Plain(toolName(t)), markup.Plain(v.path(t.Path)), t.Line, handler, v.paint(style, extent(t)))
		for _, g := range t.Gaps {
			v.textWrapped(b, "    ", fmt.Sprintf("%s:%d: %s", markup.Plain(v.path(g.Path)), g.Line, markup.Plain(g.Text)))
		}
	}
	fmt.Fprintln(b)
}

// jsonGap is something that was not followed.
type jsonGap struct {
	Kind string `json:"kind"`
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

// jsonTool gives a tool for JSON, and for SARIF's properties.
func (v *view) jsonTool(t *audit.ToolInfo) jsonTool {
	j := jsonTool{Kind: t.Kind, Name: t.Name, SDK: t.SDK, File: v.path(t.Path), Line: t.Line, Findings: t.Findings, Followed: t.Followed}
	if t.Worst != nil {
		j.Worst = band(t.Worst)
	}
	if !v.Coverage {
		return j
	}
	if t.Handler != "" {
		j.Handler = &jsonHandler{v.path(t.Handler), t.HandlerLine}
	}
	j.Gaps = []jsonGap{}
	for _, g := range t.Gaps {
		j.Gaps = append(j.Gaps, jsonGap{string(g.Kind), v.path(g.Path), g.Line, g.Text})
	}
	return j
}
