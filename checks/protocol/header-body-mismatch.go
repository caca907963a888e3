package protocol

// header-body-mismatch.go reports doors that are opened or shut by what a header says of
// a message, without a look at the message.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// What stands in files that are looked at closer.
var (
	mirroredHeaders = rule.NewMarkers("Mcp-Method", "mcp-method", "Mcp-Name", "mcp-name", "Mcp-Param-", "mcp-param-", "MCP-Method", "MCP-Name")
)

var (
	// messageHeader are headers that repeat what the body says.
	messageHeader = regexp.MustCompile(`(?i)^mcp-(method|name|param-.+)$`)
	// readsBody says of a function that it looks at the message as well, or makes sure that
	// both agree.
	readsBody = regexp.MustCompile(`(?i)body|ReadAll|NewDecoder|req(uest)?\.json\(|payload|parsed|mismatch|32020`)
	refuses   = regexp.MustCompile(`(?i)\b40[13]\b|\b429\b|forbid|unauthori|denied|not.?allowed|too.?many|PermissionError|http\.Status(Forbidden|Unauthorized|TooManyRequests)`)
)

func headerBodyMismatch(p *rule.Pass) {
	if p.TestFile() || !mirroredHeaders.Held(p) {
		return
	}
	for i := 1; i < len(p.File.Funcs); i++ {
		fn := &p.File.Funcs[i]
		header, name := readHeader(fn.Function)
		if header == nil {
			continue
		}
		text := p.File.Tree.Text.Slice(source.Span{Start: fn.Start, End: fn.Start + fn.Len})
		if readsBody.MatchString(text) || !refuses.MatchString(text) || !decides(p, i, header) {
			continue
		}
		p.Report(rule.Finding{Span: header.Span.Shift(fn.Start), Parameter: name})
	}
}

// readHeader gives the first value of a function that is what such a header says.
func readHeader(fn *program.Function) (header *program.Value, name string) {
	fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v == nil || header != nil {
			return header == nil
		}
		switch {
		case v.Op == program.OpCall && v.X != nil && (v.X.Name == "get" || v.X.Name == "Get" || v.X.Name == "header" || v.X.Name == "GetHeader") &&
			len(v.Args) > 0 && v.Args[0] != nil && v.Args[0].Op == program.OpConst && messageHeader.MatchString(v.Args[0].Str):
			header, name = v, v.Args[0].Str
		case v.Op == program.OpIndex && messageHeader.MatchString(v.Name):
			header, name = v, v.Name
		}
		return header == nil
	})
	return header, name
}

// decides reports whether a condition of a function compares the header with something,
// or asks whether a list holds it.
func decides(p *rule.Pass, fn int, header *program.Value) bool {
	is := func(v *program.Value) bool {
		for range 4 {
			switch {
			case v == nil:
				return false
			case v == header:
				return true
			case v.Op == program.OpCast || v.Op == program.OpAwait:
				v = v.X
			case v.Op == program.OpLogical && len(v.Args) == 2:
				v = v.Args[0]
			default:
				return p.Written(rule.Part{Func: fn, Value: v}).Value == header
			}
		}
		return false
	}
	found := false
	p.File.Funcs[fn].Walk(func(_ *program.Stmt, v *program.Value) bool {
		switch {
		case v == nil || found:
		case v.Op == program.OpCompare && len(v.Args) == 2 && (strings.HasSuffix(v.Name, "=") || strings.HasSuffix(v.Name, "in")):
			for i, a := range v.Args {
				other := v.Args[1-i]
				found = found || is(a) && other != nil && !(other.Op == program.OpConst && (other.Const == program.ConstNone || other.Str == ""))
			}
		case v.Op == program.OpIndex && len(v.Args) == 1:
			found = is(v.Args[0])
		case v.Op == program.OpCall && v.X != nil && v != header:
			switch v.X.Name {
			case "has", "includes", "Contains", "startsWith", "startswith", "HasPrefix", "match", "test", "fullmatch":
				for _, a := range v.Args {
					found = found || is(a)
				}
				found = found || is(v.X.X)
			}
		}
		return !found
	})
	return found
}
