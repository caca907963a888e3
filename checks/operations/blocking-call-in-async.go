package operations

import (
	"slices"
	"strings"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// blockingCallInAsync reports calls that hold up the one thread on which all requests
// are served: in an asynchronous function of Python, and, for servers that several
// clients reach, programs that Node waits for in a tool.
func blockingCallInAsync(p *rule.Pass) {
	if !shipped(p) {
		return
	}
	h := habit{pass: p}
	if p.File.Lang == source.Python {
		sleeps := blocksPython(&h)
		h.report("this call blocks as well", "Let other requests run meanwhile", sleeps, rule.ImportModule(p.File, "asyncio")...)
		return
	}
	blocksNode(&h)
	h.report("this call blocks as well", "", false)
}

// blocking are the calls of Python that wait, by last name. Those of a session of
// requests wait as those of the module do.
var blocking = func() map[string][]string {
	m := map[string][]string{
		"sleep":        {"time.sleep"},
		"run":          {"subprocess.run"},
		"call":         {"subprocess.call"},
		"check_call":   {"subprocess.check_call"},
		"check_output": {"subprocess.check_output"},
		"system":       {"os.system"},
		"urlopen":      {"urllib.request.urlopen"},
	}
	for _, verb := range verbs {
		m[verb] = []string{"requests." + verb, "requests.Session()." + verb, "requests.session()." + verb, "httpx." + verb, "httpx.Client()." + verb}
	}
	return m
}()

// blocksPython reports whether all that it takes is sleep.
func blocksPython(h *habit) (sleeps bool) {
	p := h.pass
	sleeps = true
	if !p.Imports("time", "subprocess", "os", "urllib", "requests", "httpx") {
		return sleeps
	}
	for last, names := range blocking {
		for _, c := range p.Calls(last) {
			if !p.File.Funcs[c.Func].Async {
				continue
			}
			name := c.Name()
			if !slices.Contains(names, name) {
				continue
			}
			sink := c.Text(c.Value.X)
			if name == "time.sleep" {
				h.add(c, sink, c.Replace(c.At(c.Value.X), "await asyncio.sleep"))
				continue
			}
			sleeps = false
			h.add(c, sink, inThread(c, sink)...)
		}
	}
	return sleeps
}

// inThread gives the edits that hand a call to a thread and wait for it.
func inThread(c rule.Call, callee string) []rule.Edit {
	text := c.Pass.File.Tree.Text.String()
	span, name := c.Span(), c.At(c.Value.X)
	open := source.Span{Start: name.Start, End: name.End + 1}
	if text[name.End] != '(' {
		return nil
	}
	before, after := "await asyncio.to_thread("+callee, ""
	if len(c.Value.Args) > 0 {
		before += ", "
		if text[open.End] == '\n' {
			before = strings.TrimSuffix(before, " ")
		}
	}
	if rest := strings.TrimLeft(text[span.End:], " "); rest != "" && strings.ContainsRune(".[(", rune(rest[0])) {
		before, after = "("+before, ")"
	}
	edits := []rule.Edit{c.Replace(open, before)}
	if after != "" {
		edits = append(edits, c.Replace(source.Span{Start: span.End, End: span.End}, after))
	}
	return edits
}

func blocksNode(h *habit) {
	toolCalls(h.pass, "child_process", func(c rule.Call, function, tool string) {
		switch function {
		case "execSync", "execFileSync", "spawnSync":
			if overHTTP(h.pass.Server()) {
				h.addOf(tool, c)
			}
		}
	})
}
