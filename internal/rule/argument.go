package rule

// argument.go makes the edits that give a call one thing more.

import (
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// With gives the edit that adds an argument after the last one. Where the arguments
// stand on lines of their own, so does the new one.
func (c Call) With(arg string) Edit {
	if n := len(c.Value.Args); n > 0 && c.Value.Args[n-1] != nil {
		return c.after(c.Value.Span.Start, c.Value.Args[n-1], arg)
	}
	end := c.Span().End - 1 // before the closing parenthesis
	return c.Replace(source.Span{Start: end, End: end}, arg)
}

// WithPair gives the edit that adds a pair to an object that is written out, such as
// the options of a call.
func (c Call) WithPair(object *program.Value, pair string) Edit {
	if n := len(object.Args); n > 0 && object.Args[n-1] != nil {
		return c.after(object.Span.Start, object.Args[n-1], pair)
	}
	end := c.At(object).End - 1
	if c.Pass.File.Lang.ECMAScript() {
		pair = " " + pair + " "
	}
	return c.Replace(source.Span{Start: end, End: end}, pair)
}

// after adds a part to a list that begins at start, after its last part.
func (c Call) after(start uint32, last *program.Value, part string) Edit {
	text := c.Pass.File.Tree.Text
	at := c.At(last)
	separator := ", "
	line := text.LineAt(at.Start)
	if own := text.Slice(source.Span{Start: text.LineStart(line), End: at.Start}); strings.TrimSpace(own) == "" &&
		text.LineAt(start+c.Pass.File.Funcs[c.Func].Start) != line {
		separator = ",\n" + own
	}
	return c.Replace(source.Span{Start: at.End, End: at.End}, separator+part)
}

// Pair gives the pair of a name in an object that is written out, or nil.
func Pair(object *program.Value, name string) *program.Value {
	if object == nil || object.Op != program.OpObject {
		return nil
	}
	for _, pair := range object.Args {
		if pair != nil && pair.Op == program.OpPair && pair.Name == name {
			return pair
		}
	}
	return nil
}

// Open reports whether a part of an object comes from a value that is not written out.
func Open(object *program.Value) bool {
	for _, part := range object.Args {
		if part == nil || part.Op != program.OpPair {
			return true
		}
	}
	return false
}

// Imports reports whether the file imports one of some modules, or a module within
// one.
func (p *Pass) Imports(modules ...string) bool {
	for i := range p.File.Imports {
		have := p.File.Imports[i].Module
		for _, m := range modules {
			if rest, ok := strings.CutPrefix(have, m); ok && (rest == "" || rest[0] == '.' || rest[0] == '/') {
				return true
			}
		}
	}
	return false
}
