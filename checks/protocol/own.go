package protocol

// own.go reports what servers forget that speak the protocol without an SDK.

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// What stands in files that are looked at closer.
var (
	statelessNames = rule.NewMarkers(stateless)
	discovery      = rule.NewMarkers("server/discover")
	messages       = rule.NewMarkers("notifications/message")
	levelWords     = rule.NewMarkers("logLevel", "log_level")
	ownCodes       = rule.NewMarkers("-320")
	framing        = rule.NewMarkers("Content-Length", "content-length")
)

// own gives the entry of a file that tells the methods of the protocol apart by itself,
// nil where there is none.
func own(p *rule.Pass) *mcp.Entry {
	if !p.Facts.Part || p.TestFile() {
		return nil
	}
	for _, e := range p.Facts.Entries {
		if e.SDK == mcp.NoSDK {
			return e
		}
	}
	return nil
}

// targets reports whether a server is known to speak the stateless revision: the
// settings say so, its SDK does, or it names the revision itself.
func targets(p *rule.Pass) bool {
	return p.Revision >= stateless || p.Revision == "" && statelessNames.Held(p)
}

// missingDiscover reports servers that do not answer the question which revisions they speak.
func missingDiscover(p *rule.Pass) {
	e := own(p)
	if e == nil || !targets(p) || discovery.Held(p) {
		return
	}
	p.Report(rule.Finding{Span: e.NameSpan})
}

// protocolVersionUnchecked reports routes that take messages of whatever revision.
func protocolVersionUnchecked(p *rule.Pass) {
	e := own(p)
	if e == nil || len(p.Facts.Routes) == 0 || strings.Contains(strings.ToLower(p.File.Tree.Text.String()), "protocol-version") {
		return
	}
	for fn := e.Handler; fn > 0; fn = p.File.Funcs[fn].Parent {
		if i := slices.IndexFunc(p.Facts.Routes, func(r mcp.Route) bool { return r.Handler == fn }); i >= 0 {
			p.Report(rule.Finding{Span: e.NameSpan, Related: []rule.Step{{Path: p.File.Path, Span: p.Facts.Routes[i].Span, Text: "requests come in here"}}})
			return
		}
	}
}

// loggingWithoutLevel reports notifications of the log that are sent to clients that
// may not have asked for them.
func loggingWithoutLevel(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() || !targets(p) || !messages.Held(p) || levelWords.Held(p) {
		return
	}
	var found []rule.Finding
	for i := range p.File.Funcs {
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && (v.Op == program.OpPair || v.Op == program.OpKeyword) && strings.EqualFold(v.Name, "method") &&
				v.X != nil && v.X.Op == program.OpConst && v.X.Str == "notifications/message" {
				found = append(found, rule.Finding{Span: v.Span.Shift(p.File.Funcs[i].Start), Tool: toolOf(p, i)})
			}
			return true
		})
	}
	once(p, found, "sent here as well")
}

// reserved are the numbers of errors that only the specification gives out, but for
// those that it has given out.
func reserved(code int) bool {
	return code <= -32020 && code >= -32099 && code != -32020 && code != -32021 && code != -32022
}

// reservedErrorCode reports errors with a number that belongs to the specification.
func reservedErrorCode(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() || !targets(p) || !ownCodes.Held(p) {
		return
	}
	var found []rule.Finding
	report := func(fn int, v *program.Value) {
		at := p.Written(rule.Part{Func: fn, Value: v})
		if at.Value == nil || at.Value.Op != program.OpUnary || at.Value.Name != "-" || len(at.Value.Args) != 1 || at.Value.Args[0] == nil {
			return
		}
		number, err := strconv.Atoi(strings.ReplaceAll(at.Value.Args[0].Str, "_", ""))
		if err == nil && reserved(-number) {
			place := v.Span.Shift(p.File.Funcs[fn].Start)
			found = append(found, rule.Finding{Span: place, Tool: toolOf(p, fn), Parameter: strconv.Itoa(-number)})
		}
	}
	for i := range p.File.Funcs {
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && v.Op == program.OpObject {
				var code *program.Value
				message := false
				for _, pair := range v.Args {
					if pair != nil && pair.Op == program.OpPair {
						if strings.EqualFold(pair.Name, "code") {
							code = pair.X
						}
						message = message || strings.EqualFold(pair.Name, "message")
					}
				}
				if code != nil && message {
					report(i, code)
				}
			}
			return true
		})
	}
	for _, c := range p.Calls("ErrorData", "McpError", "ProtocolError") {
		v := c.Arg(0)
		if k := c.Keyword("code"); k != nil {
			v = k.X
		}
		if v != nil {
			report(c.Func, v)
		}
	}
	once(p, found, "used here as well")
}

// answering are names of variables that hold a message to the client.
var answering = regexp.MustCompile(`(?i)^(response|resp|reply|answer|message|msg|rpc)(_?(message|msg|obj|json))?$`)

// embeddedNewline reports messages that are written over several lines where each line
// is a message of its own.
func embeddedNewline(p *rule.Pass) {
	if own(p) == nil || framing.Held(p) {
		return
	}
	const title = "Write the message on one line"
	switch p.File.Lang {
	case source.Python:
		for _, c := range p.Calls("dumps") {
			indent := c.Keyword("indent")
			if indent == nil || indent.X == nil || indent.X.Op != program.OpConst || indent.X.Const == program.ConstNone || c.Name() != "json.dumps" || !answers(p, c) {
				continue
			}
			if w, ok := writes(p, c, "print", "write"); ok && (w.Value.X.Name == "print" && w.Keyword("file") == nil || w.Name() == "sys.stdout.write") {
				p.Report(rule.Finding{Span: c.Span(), Sink: w.Name(), Fixes: []rule.Fix{{Title: title, Edits: []rule.Edit{c.Without(indent)}, Preferred: true}}})
			}
		}
	case source.Go:
		for _, c := range p.Calls("SetIndent") {
			encoder := p.Written(rule.Part{Func: c.Func, Value: c.Value.X.X}).Value
			if encoder == nil || encoder.Op != program.OpCall || encoder.X == nil || encoder.X.Name != "NewEncoder" || len(encoder.Args) != 1 ||
				encoder.Args[0] == nil || p.File.Canonical(c.Func, encoder.Args[0]) != "os.Stdout" {
				continue
			}
			p.Report(rule.Finding{Span: c.Span(), Sink: "json.Encoder.SetIndent", Fixes: []rule.Fix{{Title: title, Edits: []rule.Edit{line(p, c)}, Preferred: true}}})
		}
	default:
		for _, c := range p.Calls("stringify") {
			if c.Name() != "JSON.stringify" || len(c.Value.Args) != 3 || c.Arg(2) == nil || c.Arg(2).Op != program.OpConst || c.Arg(1) == nil || c.Arg(1).Op != program.OpConst || !answers(p, c) {
				continue
			}
			if w, ok := writes(p, c, "log", "write"); ok && (w.Name() == "console.log" || w.Name() == "process.stdout.write") {
				gone := source.Span{Start: c.At(c.Arg(0)).End, End: c.At(c.Arg(2)).End}
				p.Report(rule.Finding{Span: c.Span(), Sink: w.Name(), Fixes: []rule.Fix{{Title: title, Edits: []rule.Edit{c.Replace(gone, "")}, Preferred: true}}})
			}
		}
	}
}

// line gives the edit that takes away the line of a call, and what is remarked there.
func line(p *rule.Pass, c rule.Call) rule.Edit {
	text := p.File.Tree.Text.String()
	at := c.Span()
	for at.Start > 0 && (text[at.Start-1] == ' ' || text[at.Start-1] == '\t') {
		at.Start--
	}
	rest, _, _ := strings.Cut(text[at.End:], "\n")
	if remark := strings.TrimSpace(rest); remark == "" || strings.HasPrefix(remark, "//") {
		at.End = min(at.End+uint32(len(rest))+1, uint32(len(text)))
	}
	return c.Replace(at, "")
}

// answers reports whether what is turned into JSON is a message to the client.
func answers(p *rule.Pass, c rule.Call) bool {
	v := c.Arg(0)
	if v == nil {
		return false
	}
	object := p.Written(rule.Part{Func: c.Func, Value: v})
	return p.Member(object, "jsonrpc").Value != nil || v.Op == program.OpIdent && answering.MatchString(v.Name)
}

// writes gives the call of one of the names that a text stands in as the first
// argument, alone or with a line feed after it.
func writes(p *rule.Pass, c rule.Call, names ...string) (rule.Call, bool) {
	for _, w := range p.Calls(names...) {
		if w.Func != c.Func || len(w.Value.Args) == 0 {
			continue
		}
		first := w.Value.Args[0]
		for first != nil && first.Op == program.OpBinary && len(first.Args) == 2 {
			first = first.Args[0]
		}
		if first == c.Value {
			return w, true
		}
	}
	return rule.Call{}, false
}
