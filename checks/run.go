package checks

// run.go runs the checks over one file and turns what they see into findings.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mcpaudit/checks/auth"
	"mcpaudit/checks/crypto"
	"mcpaudit/checks/dialogue"
	"mcpaudit/checks/files"
	"mcpaudit/checks/honesty"
	"mcpaudit/checks/injection"
	"mcpaudit/checks/malice"
	"mcpaudit/checks/manifest"
	"mcpaudit/checks/oauth"
	"mcpaudit/checks/operations"
	"mcpaudit/checks/poisoning"
	"mcpaudit/checks/protocol"
	"mcpaudit/checks/schema"
	"mcpaudit/checks/secrets"
	"mcpaudit/checks/sessions"
	"mcpaudit/checks/tools"
	"mcpaudit/checks/transport"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// matchers are the matchers written in Go, by the name that documents give.
var matchers = merge(
	auth.Matchers,
	crypto.Matchers,
	dialogue.Matchers,
	files.Matchers,
	honesty.Matchers,
	injection.Matchers,
	manifest.Matchers,
	malice.Matchers,
	oauth.Matchers,
	operations.Matchers,
	poisoning.Matchers,
	protocol.Matchers,
	schema.Matchers,
	secrets.Matchers,
	sessions.Matchers,
	tools.Matchers,
	transport.Matchers,
)

// fixer gives the rewrites that remove a finding; none where no rewrite is safe.
type fixer = func(p *rule.Pass, f *rule.Finding) []rule.Fix

// fixers are the fixers by the name that documents give.
var fixers = merge(crypto.Fixers, files.Fixers, injection.Fixers, poisoning.Fixers, transport.Fixers)

func merge[V any](all ...map[string]V) map[string]V {
	m := map[string]V{}
	for _, part := range all {
		for name, v := range part {
			m[name] = v
		}
	}
	return m
}

// flowRule is a taint rule that names only what flows where.
type flowRule struct {
	languages []source.Language
	sources   []mcp.SourceKind
	sinks     []flow.SinkKind
}

// from reports whether a rule speaks of a source. What another server said is
// untrusted as well.
func (r *flowRule) from(k mcp.SourceKind) bool {
	return slices.Contains(r.sources, k) || k == mcp.Remote && slices.Contains(r.sources, mcp.Untrusted)
}

// sourceKinds are the `mcp:` sources of flows.
var sourceKinds = map[string]mcp.SourceKind{"input": mcp.Input, "untrusted": mcp.Untrusted, "remote": mcp.Remote}

// sinkKinds are the `sink:` kinds.
var sinkKinds = []flow.SinkKind{
	flow.Shell, flow.Argv, flow.Operand, flow.Program, flow.PathRead, flow.PathWrite, flow.PathDelete, flow.Request, flow.Navigate, flow.Body, flow.Header,
	flow.Query, flow.WholeQuery, flow.SearchQuery, flow.Eval, flow.Deserialize, flow.Log, flow.Stdout, flow.ResultSink, flow.Redirect, flow.Open, flow.Connect,
	flow.Sandbox, flow.Template, flow.Environment, flow.Unpack, flow.Markup, flow.Pattern, flow.SlowMatch,
}

// Run runs every check over a file. A check that panics loses its own findings
// of this file and is named in lost, with what to report.
func (c *Catalogue) Run(p *rule.Pass) (found []rule.Finding, lost []string) {
	lang := p.File.Lang
	if lang.ECMAScript() {
		lang = source.TypeScript
	}
	patterns, err := c.runPatterns(p)
	if err != nil {
		lost = append(lost, err.Error())
	}
	var due []*Check
	for _, check := range c.all {
		if slices.Contains(check.Languages, lang) && !check.byAudit && check.holds(p.Revision) {
			due = append(due, check)
		}
	}
	results := make([]result, len(due))
	every := func(p *rule.Pass, first, step int) {
		for i := first; i < len(due); i += step {
			results[i].found, results[i].err = c.runOne(due[i], p, lang, patterns[due[i].ID])
		}
	}
	if p.Urgent {
		var other sync.WaitGroup
		twin := p.Twin()
		other.Go(func() { every(twin, 1, 2) })
		every(p, 0, 2)
		other.Wait()
	} else {
		every(p, 0, 1)
	}
	for i := range results {
		found = append(found, results[i].found...)
		if results[i].err != nil {
			lost = append(lost, results[i].err.Error())
		}
	}
	found = oneForEachGuard(found)
	if err := c.show(p, found); err != nil {
		lost = append(lost, err.Error())
	}
	mine, notes := c.runForeign(p)
	return append(found, mine...), append(lost, notes...)
}

// result is what one check gives: its findings, or the error of a panic.
type result struct {
	found []rule.Finding
	err   error
}

// holds reports whether a check speaks of a revision of the specification. One
// that is not known counts as any.
func (c *Check) holds(revision string) bool {
	return revision == "" || len(c.Revisions) == 0 || slices.Contains(c.Revisions, revision)
}

// runPatterns gives what the patterns of all checks match, by check. An error
// is a panic, which loses them all: they run in one sweep.
func (c *Catalogue) runPatterns(p *rule.Pass) (found map[string][]rule.Finding, err error) {
	defer func() {
		if r := recover(); r != nil {
			found, err = nil, fmt.Errorf("the patterns of all checks failed on this file and their findings are missing (%v): please report it", r)
		}
	}()
	found = map[string][]rule.Finding{}
	in := input(p)
	for _, f := range c.patterns.Run(&in) {
		found[f.Check] = append(found[f.Check], f)
	}
	return found, nil
}

// runOne runs one check, given what its patterns matched. An error is a panic of
// the check.
func (all *Catalogue) runOne(c *Check, p *rule.Pass, lang source.Language, matched []rule.Finding) (found []rule.Finding, err error) {
	defer func() {
		if r := recover(); r != nil {
			found, err = nil, fmt.Errorf("the check %s failed on this file and its findings are missing (%v): please report it", c.ID, r)
		}
	}()
	for _, f := range matched {
		found = append(found, c.fromPattern(f))
	}
	for i := range c.flows {
		if slices.Contains(c.flows[i].languages, lang) {
			found = append(found, all.fromFlows(c, p, &c.flows[i])...)
		}
	}
	if c.matcher != nil {
		p.Report = func(f rule.Finding) { found = append(found, f) }
		c.matcher(p)
	}
	for i := range found {
		c.complete(p, &found[i])
	}
	return found, nil
}

// fromPattern gives the finding of a match, with what the check says of it.
func (c *Check) fromPattern(f rule.Finding) rule.Finding {
	f.Confidence, f.Message = c.Confidence, Fill(f.Message, &f)
	for i := range f.Fixes {
		if c.fixTitle != "" {
			f.Fixes[i].Title, f.Fixes[i].Preferred = c.fixTitle, true
		}
	}
	return f
}

// complete fills in what the matcher or rule left to the check.
func (c *Check) complete(p *rule.Pass, f *rule.Finding) {
	if f.Check == "" {
		f.Check = c.ID
	}
	if f.Path == "" {
		f.Path = p.File.Path
	}
	if f.Confidence == 0 {
		f.Confidence = c.Confidence
	}
	if f.Message == "" {
		f.Message = Fill(c.Message, f)
	}
	if len(f.Fixes) == 0 && c.fixer != nil && f.Check == c.ID {
		f.Fixes = c.fixer(p, f)
	}
	if len(f.Fixes) > 0 && p.File.Tree.Text.LineEnd() == "\r\n" {
		withCarriageReturns(f.Fixes)
	}
}

// withCarriageReturns gives new lines the ends that all others of the file have.
func withCarriageReturns(fixes []rule.Fix) {
	for _, fix := range fixes {
		for i := range fix.Edits {
			lines := strings.ReplaceAll(fix.Edits[i].New, "\r\n", "\n")
			fix.Edits[i].New = strings.ReplaceAll(lines, "\n", "\r\n")
		}
	}
}

// Fill puts a finding's tool, parameter and sink into a text of its check. The
// outcome is plain text that may hold names from the audited code.
func Fill(text string, f *rule.Finding) string {
	return strings.NewReplacer(
		"{tool}", cmp.Or(f.Tool, "this server"),
		"{parameter}", cmp.Or(f.Parameter, "a value from outside"),
		"{sink}", cmp.Or(f.Sink, "this call"),
	).Replace(text)
}

// cause is what flows that make one finding have in common: the place that they
// are told of, and the reason for which a check there fails to stop them.
type cause struct {
	span   source.Span
	reason string
}

// fromFlows gives one finding for each cause: a call that flows of the rule end
// in, or a check that fails to stop them. The finding follows the first flow and
// says how many other tools there are. Where the cause is a value that nobody
// checks, all calls that it reaches are one.
func (all *Catalogue) fromFlows(c *Check, p *rule.Pass, r *flowRule) []rule.Finding {
	var flows []*flow.Flow
	one := causes{}
	of := map[value]cause{} // the cause that a value was first seen in
	for _, f := range p.Flow.Flows {
		if f.Secret != "" || !r.from(f.Kind) || !slices.Contains(r.sinks, f.Sink) {
			continue
		}
		flows = append(flows, f)
		if c.ofValue && len(f.Failed) == 0 && len(f.Steps) > 0 {
			v := value{f.Entry, f.Param, f.Sink, f.Steps[0].Path, f.Steps[0].Span}
			if first, seen := of[v]; seen {
				one.join(first, causeOf(f))
			} else {
				of[v] = causeOf(f)
			}
		}
	}
	var order []cause
	groups := map[cause][]*flow.Flow{}
	for _, f := range flows {
		why := one.first(causeOf(f))
		if len(groups[why]) == 0 {
			order = append(order, why)
		}
		groups[why] = append(groups[why], f)
	}
	var found []rule.Finding
	for _, why := range order {
		told := c
		if guard := all.guards[why.reason]; guard != nil {
			told = guard
		}
		found = append(found, c.fromFlow(p, told, groups[why]))
	}
	return found
}

func causeOf(f *flow.Flow) cause {
	why := cause{span: f.Place().Span}
	if len(f.Failed) > 0 {
		why.reason = f.Failed[0].Reason
	}
	return why
}

// value is what the outside chooses, a parameter or the place where a request is read,
// for one kind of use: who accepts that a file is read has not accepted that it is
// deleted.
type value struct {
	entry *mcp.Entry
	param string
	sink  flow.SinkKind
	path  string
	span  source.Span
}

// causes joins causes that are one; each leads to an earlier one.
type causes map[cause]cause

func (c causes) first(why cause) cause {
	for {
		earlier, ok := c[why]
		if !ok {
			return why
		}
		why = earlier
	}
}

func (c causes) join(a, b cause) {
	if a, b = c.first(a), c.first(b); a != b {
		c[b] = a
	}
}

// fromFlow gives the finding of flows with one cause. It is told of by the check
// for the harm that they do, or by that for the mistake in what should stop them.
func (c *Check) fromFlow(p *rule.Pass, told *Check, group []*flow.Flow) rule.Finding {
	first := speaker(group)
	at := first.Place()
	f := rule.Finding{
		Check: told.ID, Path: at.Path, Span: at.Span, Parameter: first.Param, Sink: first.Callee,
		Confidence: c.Confidence, Factors: ofFlow(p, first),
	}
	if !first.Sure {
		// Code that is not seen may be the guard.
		f.Confidence = rule.Low
	}
	if f.Parameter == "" {
		f.Parameter = first.What
	}
	if first.Entry != nil {
		f.Tool = first.Entry.Name
	}
	f.Steps = stepsOf(first)
	guard := ""
	for i, g := range first.Failed {
		if i == 0 {
			guard = g.Text
		}
		f.Related = append(f.Related, rule.Step{Path: g.Path, Span: g.Span, Text: g.Text})
	}
	if told != c {
		f.Protects = c.ID
		f.Related = f.Related[1:]
		for _, g := range group {
			f.Related = withPlace(f.Related, rule.Step{Path: g.Path, Span: g.Call, Text: "the value reaches " + cmp.Or(g.Callee, "a sink") + " here"})
		}
	}
	named := f
	if others := otherCalls(group, first); len(others) > 0 && told == c {
		for i, g := range others {
			f.Related = withPlace(f.Related, rule.Step{Path: g.Path, Span: g.Call, Text: "the value reaches " + cmp.Or(g.Callee, "a sink") + " here too"})
			if i < rule.MaxRelated {
				f.Others = append(f.Others, stepsOf(g))
			}
		}
		named.Sink = fmt.Sprintf("%s (and %d more)", f.Sink, len(others))
	}
	if others := otherTools(group, first); others > 0 {
		named.Tool = fmt.Sprintf("%s (and %d more)", f.Tool, others)
	}
	f.Message = strings.ReplaceAll(Fill(told.Message, &named), "{guard}", guard)
	return f
}

func withPlace(list []rule.Step, s rule.Step) []rule.Step {
	if len(list) >= rule.MaxRelated || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// oneForEachGuard makes one finding of those that tell of the same failing check
// for different kinds of harm; the first stays and names the sinks of all.
func oneForEachGuard(found []rule.Finding) []rule.Finding {
	type place struct {
		check, path string
		span        source.Span
	}
	first := map[place]int{}
	var out []rule.Finding
	for _, f := range found {
		at := place{f.Check, f.Path, f.Span}
		if f.Protects != "" {
			if i, ok := first[at]; ok {
				for _, s := range f.Related {
					out[i].Related = withPlace(out[i].Related, s)
				}
				continue
			}
			first[at] = len(out)
		}
		out = append(out, f)
	}
	return out
}

// speaker gives the flow that a finding follows: one that is sure rather than one
// that is not, and then the one with the shortest path.
func speaker(group []*flow.Flow) *flow.Flow {
	first := group[0]
	for _, f := range group[1:] {
		if f.Sure != first.Sure {
			if f.Sure {
				first = f
			}
		} else if len(f.Steps) < len(first.Steps) {
			first = f
		}
	}
	return first
}

func stepsOf(f *flow.Flow) []rule.Step {
	steps := make([]rule.Step, len(f.Steps))
	for i, s := range f.Steps {
		steps[i] = rule.Step(s)
	}
	return steps
}

// otherCalls gives a flow for each call that a group ends in besides that of first.
func otherCalls(group []*flow.Flow, first *flow.Flow) []*flow.Flow {
	type call struct {
		path string
		span source.Span
	}
	seen := map[call]bool{{first.Path, first.Call}: true}
	var others []*flow.Flow
	for _, f := range group {
		if at := (call{f.Path, f.Call}); !seen[at] {
			seen[at] = true
			others = append(others, f)
		}
	}
	return others
}

// otherTools counts the tools of a group besides that of first.
func otherTools(group []*flow.Flow, first *flow.Flow) int {
	seen := map[*mcp.Entry]bool{first.Entry: true}
	for _, f := range group {
		seen[f.Entry] = true
	}
	return len(seen) - 1
}
