package report

// github.go writes an audit as workflow commands, which annotate the lines of a
// change on GitHub.

import (
	"bufio"
	"fmt"
	"io"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
)

func (v *view) github(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, f := range v.open() {
		name := map[audit.Level]string{audit.Error: "error", audit.Warning: "warning"}[f.Level]
		if name == "" {
			name = "notice"
		}
		title := f.Title
		if f.Score.Scored {
			title = fmt.Sprintf("%s %s: %s", f.Score.Band, f.Score.AIVSS, f.Title)
		}
		start, end := v.place(f.Path, f.Span)
		fmt.Fprintf(b, "::%s file=%s,line=%d,endLine=%d,col=%d,endColumn=%d,title=%s::%s\n", name,
			property(markup.Plain(v.path(f.Path))), start.Line, end.Line, start.Column, end.Column, property(markup.Plain(title)),
			command(fmt.Sprintf("%s [%s]", markup.Plain(f.Message), f.Check)))
	}
	for _, e := range v.Exceptions {
		if e.Problem != "" {
			fmt.Fprintf(b, "::warning file=%s,line=%d,title=accepted risk::%s\n", property(markup.Plain(v.path(e.Path))), e.Line, command(markup.Plain(e.ID+": "+e.Problem)))
		}
	}
	for _, s := range v.Skipped {
		fmt.Fprintf(b, "::notice file=%s,title=not audited::%s\n", property(markup.Plain(v.path(s.Path))), command(markup.Plain(s.Reason)))
	}
	for _, n := range v.Notes {
		fmt.Fprintf(b, "::notice file=%s,title=audited in part::%s\n", property(markup.Plain(v.path(n.Path))), command(markup.Plain(n.Text)))
	}
	return b.Flush()
}
