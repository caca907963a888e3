package tools

import (
	"fmt"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// Words of a tool's name that say what it has to do with data: what is private, what
// strangers write, what goes out.
var (
	privateThings  = strings.Fields("file files note notes document documents mail mails email emails inbox contacts customers customer invoices calendar diary database table rows sql")
	strangersPlace = strings.Fields("web url page website site browse crawl scrape feed rss internet")
	goingOut       = strings.Fields("send post publish upload share notify submit forward reply tweet webhook")
)

// toxicCombination reports a server that offers three tools which together take private
// data out: one reads it, one brings in what strangers wrote, one sends.
func toxicCombination(p *rule.Pass) {
	if len(p.Facts.Servers) != 1 || p.TestFile() {
		return
	}
	whole := p.Server()
	if whole.Servers != 1 {
		return
	}
	var reads, brings, sends []*rule.ServerEntry
	for i := range whole.Entries {
		e := &whole.Entries[i]
		if e.Kind != mcp.Tool {
			continue
		}
		says := rule.Words(e.Name)
		named := func(list []string) bool {
			return slices.ContainsFunc(says, func(w string) bool { return slices.Contains(list, w) })
		}
		switch out := e.Reaches(flow.Send) || slices.ContainsFunc(e.Does, func(d rule.Doing) bool { return d.Kind == flow.Request && d.Mutates }); {
		case out && named(goingOut):
			sends = append(sends, e)
		case e.Reaches(flow.Request, flow.Navigate) && named(strangersPlace):
			brings = append(brings, e)
		case e.Reaches(flow.PathRead, flow.Query) && !e.Reaches(flow.Request, flow.PathDelete) && named(privateThings):
			reads = append(reads, e)
		}
	}
	if len(reads) == 0 || len(brings) == 0 || len(sends) == 0 {
		return
	}
	s := &p.Facts.Servers[0]
	p.Report(rule.Finding{
		Span: s.Span, Tool: s.Name, Parameter: brings[0].Name, Sink: sends[0].Name,
		Message: fmt.Sprintf("This server reads private data (%s), brings in what strangers write (%s) and sends things out (%s): one page can make a model chain the three",
			reads[0].Name, brings[0].Name, sends[0].Name),
	})
}
