package sessions

import (
	"regexp"
	"strings"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

var (
	seals = regexp.MustCompile(`(?i)hmac|jwt\.(encode|sign|New)|SignJWT|encrypt|seal|fernet|serializer|secretbox`)
	// codec is what an SDK brings along to seal states: it sets their end by itself.
	codec = regexp.MustCompile(`(?i)state_?codec`)
	// endings are in code that says until when a state holds.
	endings = regexp.MustCompile(`(?i)exp\b|expir|ttl|max_?age|\biat\b|issued|timestamp|deadline|until|time\.|now\(|duration|single_?use|nonce`)
	// bindings are in code that says for whom it holds.
	bindings = regexp.MustCompile(`(?i)\bsub\b|subject|principal|user|client_?id|auth_?info|access_?token|owner|tenant|account|caller`)
)

// requestStateWithoutBinding reports state that is sealed and handed to the client, and
// says nothing of the user for whom, or of the time until which, it holds.
func requestStateWithoutBinding(p *rule.Pass) {
	if p.TestFile() || !p.Facts.Part {
		return
	}
	for _, i := range requestState.Funcs(p) {
		if i == 0 {
			continue
		}
		var given *program.Value
		p.File.Funcs[i].Walk(func(_ *program.Stmt, v *program.Value) bool {
			if v != nil && (v.Op == program.OpPair || v.Op == program.OpKeyword) && rule.Plain(v.Name) == "requeststate" && computed(v.X) {
				given = v
			}
			return given == nil
		})
		if given == nil {
			continue
		}
		code := p.FuncText(i) + called(p, i)
		var lacks []string
		if !bindings.MatchString(code) {
			lacks = append(lacks, "for whom")
		}
		if !endings.MatchString(code) {
			lacks = append(lacks, "until when")
		}
		if len(lacks) > 0 && seals.MatchString(code) && !codec.MatchString(p.File.Tree.Text.String()) {
			p.Report(rule.Finding{Span: given.Span.Shift(p.File.Funcs[i].Start), Parameter: given.Name, Sink: strings.Join(lacks, " and ")})
			return
		}
	}
}

// computed reports whether a value is made by a call, or kept in a variable.
func computed(v *program.Value) bool {
	if v != nil && v.Op == program.OpAwait {
		v = v.X
	}
	return v != nil && (v.Op == program.OpCall || v.Op == program.OpIdent)
}

// called gives the source of the functions of the file that a function calls by name.
func called(p *rule.Pass, fn int) string {
	var b strings.Builder
	seen := map[int]bool{fn: true}
	for _, v := range p.File.Funcs[fn].Calls() {
		if v.X.Op != program.OpIdent {
			continue
		}
		if t := p.File.Lookup(fn, v.X.Name); t.Kind == program.BoundFunc && !seen[t.Target] && b.Len() < 1<<14 {
			seen[t.Target] = true
			b.WriteString(p.FuncText(t.Target))
		}
	}
	return b.String()
}
