package operations

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// processWithoutTimeout reports programs that a tool starts and waits for, however
// long they take. What is started to run beside the server is left alone.
func processWithoutTimeout(p *rule.Pass) {
	if !shipped(p) {
		return
	}
	h := habit{pass: p}
	switch {
	case p.File.Lang == source.Python:
		pythonProcesses(&h)
	case p.File.Lang == source.Go:
		goProcesses(&h)
	default:
		nodeProcesses(&h)
	}
	h.report("this program may run for ever as well", "End the program when time is up", false)
}

func pythonProcesses(h *habit) {
	toolCalls(h.pass, "subprocess", func(c rule.Call, function, tool string) {
		switch function {
		case "run", "check_output", "check_call", "call":
			if !c.Spreads() && c.Keyword("timeout") == nil {
				h.addOf(tool, c, c.With("timeout=60"))
			}
		}
	})
}

// goProcesses takes commands without a context. A function that starts one and goes on
// is left alone.
func goProcesses(h *habit) {
	p := h.pass
	starts := map[int]bool{} // the functions that start something and go on
	for _, c := range p.Calls("Start") {
		starts[c.Func] = true
	}
	toolCalls(p, "os/exec", func(c rule.Call, function, tool string) {
		if function != "Command" || c.Arg(0) == nil || starts[c.Func] {
			return
		}
		var edits []rule.Edit
		if ctx := contextOf(p.File, c.Func); ctx != "" {
			at := c.At(c.Arg(0)).Start
			name := c.At(c.Value.X)
			edits = []rule.Edit{
				c.Replace(source.Span{Start: name.End, End: name.End}, "Context"),
				c.Replace(source.Span{Start: at, End: at}, ctx+", "),
			}
		}
		h.addOf(tool, c, edits...)
	})
}

// contextOf gives the name of the context that a function, or one around it, is given.
func contextOf(f *program.File, fn int) string {
	for i := fn; i > 0; i = f.Funcs[i].Parent {
		for _, param := range f.Funcs[i].Params {
			if param.Name != "" && param.Name != "_" && f.Canonical(i, param.Type) == "context.Context" {
				if b := f.Lookup(fn, param.Name); b.Kind == program.BoundParam && b.Func == i {
					return param.Name
				}
				return ""
			}
		}
	}
	return ""
}

func nodeProcesses(h *habit) {
	toolCalls(h.pass, "child_process", func(c rule.Call, function, tool string) {
		switch function {
		case "exec", "execSync", "execFile", "execFileSync", "spawnSync":
			if edits, judged := limited(c, function, "timeout: 60_000"); judged && !c.Spreads() && len(c.Value.Args) > 0 {
				h.addOf(tool, c, edits...)
			}
		}
	})
}

// limited gives the edit that limits a program of Node's. judged is false where a limit
// is given, or may be.
func limited(c rule.Call, method, limit string) (edits []rule.Edit, judged bool) {
	at := 1 // of the options
	if (method == "execFile" || method == "execFileSync" || method == "spawnSync") && isList(c.Arg(1)) {
		at = 2
	}
	options := c.Arg(at)
	switch {
	case isObject(options):
		if rule.Pair(options, "timeout") != nil || rule.Pair(options, "signal") != nil {
			return nil, false
		}
		return []rule.Edit{c.WithPair(options, limit)}, true
	case options == nil && len(c.Value.Args) == at:
		return []rule.Edit{c.With("{ " + limit + " }")}, true
	case options != nil && options.Op == program.OpFunc && len(c.Value.Args) == at+1:
		start := c.At(options).Start
		return []rule.Edit{c.Replace(source.Span{Start: start, End: start}, "{ "+limit+" }, ")}, true
	}
	return nil, false
}
