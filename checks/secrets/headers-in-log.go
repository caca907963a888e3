package secrets

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// logMethods are the calls that write to a log, by last name.
var logMethods = []string{
	"debug", "info", "warning", "warn", "error", "exception", "critical", "trace", "log", "print",
	"Print", "Printf", "Println", "Debug", "Debugf", "Info", "Infof", "Warn", "Warnf", "Error", "Errorf", "InfoContext", "DebugContext",
}

var (
	// loggers is what a log is called.
	loggers = regexp.MustCompile(`(?i)(^|[._])(console|log|logger|logging|slog)$`)
	// cleans is in a file that takes secrets out of what it logs.
	cleans = regexp.MustCompile(`(?i)redact|saniti[sz]|scrub|mask`)
	// requests is what the request is called whose headers are a caller's.
	requests = regexp.MustCompile(`^(req|request|ctx\.req|c\.req|ctx\.request|c\.request|c\.req\.raw|self\.request)$`)
)

var headerWords = rule.NewMarkers("eader")

// headersInLog reports logs that are given all headers of a request, and so its
// credentials. A single header is judged by secret-exposure.
func headersInLog(p *rule.Pass) {
	if p.TestFile() || !headerWords.Held(p) {
		return
	}
	var found *rule.Finding
	for _, c := range p.Calls(logMethods...) {
		all := wholeHeaders(c, c.Value.Args, 0)
		switch {
		case all == nil || !isLog(c):
			continue
		case found == nil:
			if cleans.MatchString(p.File.Tree.Text.String()) || !p.Facts.Part && p.Server().Servers == 0 {
				return
			}
			found = &rule.Finding{
				Span: c.Span(), Sink: c.Text(c.Value.X), Parameter: c.Text(all),
				Fixes: []rule.Fix{{Title: "Log the names of the headers only", Preferred: true}},
			}
		case len(found.Related) < rule.MaxRelated:
			found.Related = append(found.Related, rule.Step{Path: p.File.Path, Span: c.Span(), Text: "this log is given all headers as well"})
		}
		found.Fixes[0].Edits = append(found.Fixes[0].Edits, namesOnly(c, all))
	}
	if found == nil {
		return
	}
	if p.File.Lang == source.Go {
		found.Fixes[0].Edits = append(append(found.Fixes[0].Edits, rule.ImportModule(p.File, "maps")...), rule.ImportModule(p.File, "slices")...)
	}
	p.Report(*found)
}

func isLog(c rule.Call) bool {
	x := c.Value.X
	if x.Op == program.OpIdent {
		return x.Name == "print" && c.Name() == "print"
	}
	return x.Op == program.OpField && x.X != nil && (x.X.Op == program.OpIdent || x.X.Op == program.OpField) && loggers.MatchString(c.Text(x.X))
}

// showsAll are the calls whose outcome shows all of what they are given.
var showsAll = map[string]bool{
	"dict": true, "str": true, "repr": true, "dumps": true, "pformat": true, "stringify": true, "inspect": true, "Sprint": true, "Sprintf": true,
	"fromEntries": true, "entries": true, "String": true,
}

// maxShown bounds how deep arguments are searched.
const maxShown = 8

// wholeHeaders gives the value among some that is all headers of a request.
func wholeHeaders(c rule.Call, list []*program.Value, depth int) *program.Value {
	if depth > maxShown {
		return nil
	}
	for _, v := range list {
		if v == nil {
			continue
		}
		var found *program.Value
		switch v.Op {
		case program.OpField:
			if isHeaders(c, v) {
				return v
			}
		case program.OpCall:
			if v.X == nil || !showsAll[v.X.Name] {
				continue
			}
			found = wholeHeaders(c, v.Args, depth+1)
			if found != nil && (v.X.Name == "dict" || v.X.Name == "fromEntries" || v.X.Name == "entries") {
				found = v // what stands in its place is no mapping
			}
		case program.OpTemplate, program.OpBinary, program.OpObject, program.OpList:
			found = wholeHeaders(c, v.Args, depth+1)
		case program.OpPair, program.OpKeyword, program.OpSpread:
			found = wholeHeaders(c, []*program.Value{v.X}, depth+1)
		}
		if found != nil {
			return found
		}
	}
	return nil
}

func isHeaders(c rule.Call, v *program.Value) bool {
	if v.X == nil {
		return false
	}
	if c.Pass.File.Lang == source.Go {
		return v.Name == "Header" && strings.HasPrefix(c.Pass.File.Canonical(c.Func, v.X), "net/http.Request")
	}
	return v.Name == "headers" && requests.MatchString(c.Text(v.X))
}

// namesOnly gives the edit that logs what headers there are in place of what they say.
func namesOnly(c rule.Call, all *program.Value) rule.Edit {
	headers := all
	for headers.Op == program.OpCall && len(headers.Args) > 0 {
		headers = headers.Args[0]
	}
	text := c.Text(headers)
	switch {
	case c.Pass.File.Lang == source.Python:
		text = "list(" + text + ".keys())"
	case c.Pass.File.Lang == source.Go:
		text = "slices.Sorted(maps.Keys(" + text + "))"
	default:
		text = "Object.keys(" + text + ")"
	}
	return c.Replace(c.At(all), text)
}
