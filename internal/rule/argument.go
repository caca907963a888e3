package rule

// argument.go reads the arguments of calls, and makes the edits that give a call one
// thing more.

import (
	"strings"

	"mcpaudit/internal/flow"
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

// Reached gives the calls of the file that a tool, resource or prompt is seen to reach,
// each once, of those that are wanted.
func (p *Pass) Reached(wanted func(*flow.Use) bool, yield func(*flow.Use, Call)) {
	calls := map[int]map[source.Span]*program.Value{} // by function and place
	for _, u := range p.Flow.Uses {
		if u.File != p.File || len(u.Entries) == 0 || !wanted(u) {
			continue
		}
		in := calls[u.Func]
		if in == nil {
			in = map[source.Span]*program.Value{}
			calls[u.Func] = in
			for _, v := range p.File.Funcs[u.Func].Calls() {
				in[v.Span.Shift(p.File.Funcs[u.Func].Start)] = v
			}
		}
		if v := in[u.Span]; v != nil {
			delete(in, u.Span)
			yield(u, Call{Pass: p, Func: u.Func, Value: v})
		}
	}
}

// ArgAt gives the argument, the value of a keyword or the value of an option that covers
// exactly a span of the file, or nil.
func (c Call) ArgAt(span source.Span) *program.Value {
	for _, a := range c.Value.Args {
		switch {
		case a == nil:
		case c.At(a) == span:
			return a
		case a.Op == program.OpKeyword && a.X != nil && c.At(a.X) == span:
			return a.X
		case a.Op == program.OpObject:
			for _, pair := range a.Args {
				if pair != nil && pair.Op == program.OpPair && pair.X != nil && c.At(pair.X) == span {
					return pair.X
				}
			}
		}
	}
	return nil
}
