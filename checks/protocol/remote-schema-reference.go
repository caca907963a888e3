package protocol

// remote-schema-reference.go reports schemas of tools that refer to others on the network.

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// What stands in files that are looked at closer.
var (
	referenceWords = rule.NewMarkers("$ref")
)

// remoteReference is such a reference within a text of JSON.
var remoteReference = regexp.MustCompile(`"\$ref"\s*:\s*"(https?://[^"]*)"`)

func remoteSchemaReference(p *rule.Pass) {
	if !p.Facts.Part || p.TestFile() || !referenceWords.Held(p) {
		return
	}
	seen := map[source.Span]bool{}
	report := func(tool string, at source.Span, to string) {
		if seen[at] {
			return
		}
		seen[at] = true
		p.Report(rule.Finding{Span: at, Tool: tool, Sink: to})
	}
	for _, e := range p.Facts.Entries {
		if e.Schema == nil {
			continue
		}
		start := p.File.Funcs[e.SchemaFunc].Start
		references(e.Schema, maxTrail, func(v *program.Value) {
			at := v.Span.Shift(start)
			if v.Op == program.OpConst {
				text := p.File.Tree.Text.Slice(at)
				for _, m := range remoteReference.FindAllStringSubmatchIndex(text, -1) {
					report(e.Name, source.Span{Start: at.Start + uint32(m[0]), End: at.Start + uint32(m[1])}, text[m[2]:m[3]])
				}
				return
			}
			report(e.Name, at, v.X.Str)
		})
	}
}

// references calls yield for each pair "$ref" with an address on the network, and for
// each text that may hold one.
func references(v *program.Value, depth int, yield func(*program.Value)) {
	if v == nil || depth == 0 {
		return
	}
	switch {
	case v.Op == program.OpConst && v.Const == program.ConstString && strings.Contains(v.Str, `"$ref"`):
		yield(v)
	case v.Op == program.OpPair && v.Name == "$ref" && v.X != nil && v.X.Op == program.OpConst &&
		(strings.HasPrefix(v.X.Str, "https://") || strings.HasPrefix(v.X.Str, "http://")):
		yield(v)
	}
	references(v.X, depth-1, yield)
	for _, a := range v.Args {
		references(a, depth-1, yield)
	}
}
