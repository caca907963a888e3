package operations

import (
	"regexp"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// limitsSize is in a function that asks how large something is before it takes it.
var limitsSize = regexp.MustCompile(`(?i)content-?length|max_?(bytes|size|length|content|response|body)|limitreader|bytesreader|getreader|iter_(content|bytes|chunked)|iter_lines|\.stream\(|stream=true`)

// unlimitedRead reports answers that are read to their end, however large, where the
// caller chooses who answers; and bodies of requests that a Go server takes whole.
func unlimitedRead(p *rule.Pass) {
	if !shipped(p) {
		return
	}
	h := habit{pass: p}
	chosen := chosenRequests(p)
	if p.File.Lang == source.Go {
		goReads(&h, chosen)
	} else if len(chosen) > 0 {
		reads(&h, chosen)
	}
	h.report("this is read without a limit as well", "Read 10 MB at most", false)
}

// chosenRequests gives the requests of the file whose address a caller chooses.
func chosenRequests(p *rule.Pass) []rule.Call {
	flows := map[source.Span]bool{}
	for _, f := range p.Flow.Flows {
		if f.Sink == flow.Request && f.Kind == mcp.Input && f.Path == p.File.Path && f.Whole {
			flows[f.Call] = true
		}
	}
	var found []rule.Call
	p.Reached(func(u *flow.Use) bool { return u.Kind == flow.Request }, func(u *flow.Use, c rule.Call) {
		v := c.ArgAt(u.Arg)
		if v == nil {
			return
		}
		name := ""
		if v.Op == program.OpIdent || v.Op == program.OpField {
			name = v.Name
		}
		if !flows[u.Span] && (name == "" || u.Entries[0].Param(name) == nil) {
			return
		}
		if !restricted(p, c.Func, flows[u.Span]) {
			found = append(found, c)
		}
	})
	return found
}

// knownHosts is in a function that lets in some hosts and not others.
var knownHosts = regexp.MustCompile(`(?i)(hosts|domains|allow_?\w*|trusted\w*|permitted\w*)\b`)

var (
	asksSize  = program.KeepText(limitsSize.MatchString)
	asksHosts = program.KeepText(knownHosts.MatchString)
)

// restricted reports whether a function asks how much it takes or, where the address is
// not seen to come from the caller, which hosts it asks.
func restricted(p *rule.Pass, fn int, flows bool) bool {
	return asksSize.Of(p.File, fn) || !flows && asksHosts.Of(p.File, fn)
}

// reads takes what Python and Node read of the answers.
func reads(h *habit, chosen []rule.Call) {
	p := h.pass
	for _, c := range chosen {
		name := c.Name()
		switch {
		case p.File.Lang == source.Python:
			if strings.HasPrefix(name, "requests.") || strings.HasPrefix(name, "httpx.") {
				h.add(c, c.Text(c.Value.X))
			}
		case strings.HasPrefix(name, "axios."):
			if config := c.Arg(1); c.Value.X.Name == "get" && isObject(config) && !rule.Open(config) {
				h.add(c, c.Text(c.Value.X), c.WithPair(config, "maxContentLength: 10_000_000"))
			} else if c.Value.X.Name == "get" && config == nil {
				h.add(c, c.Text(c.Value.X), c.With("{ maxContentLength: 10_000_000 }"))
			}
		case c.Value.X.Name == "fetch":
			for _, o := range p.Calls("text", "json", "arrayBuffer", "blob") {
				if o.Func == c.Func && o.Value.X.Op == program.OpField && len(o.Value.Args) == 0 && o.Span().Start > c.Span().Start {
					h.add(o, o.Text(o.Value.X))
					break
				}
			}
		}
	}
}

// goReads takes what is read whole of answers and of requests.
func goReads(h *habit, chosen []rule.Call) {
	p := h.pass
	in := map[int]bool{} // functions that send such a request
	for _, c := range chosen {
		in[c.Func] = true
	}
	for _, c := range p.Calls("ReadAll") {
		if name := c.Name(); name != "io.ReadAll" && name != "io/ioutil.ReadAll" || c.Arg(0) == nil {
			continue
		}
		body := c.Arg(0)
		if body.Op != program.OpField || body.Name != "Body" {
			continue
		}
		whose := p.File.Canonical(c.Func, body.X)
		if !strings.HasPrefix(whose, "net/http.Request") && !in[c.Func] {
			continue
		}
		pkg := "io"
		edits := []rule.Edit{c.Replace(c.At(body), pkg+".LimitReader("+c.Text(body)+", 10<<20)")}
		if c.Name() != "io.ReadAll" {
			edits = append(edits, rule.ImportModule(p.File, "io")...)
		}
		h.add(c, c.Text(c.Value), edits...)
	}
}
