package audit

// document.go holds one version of one file and audits it once.

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// document is one version of one file. Text, tree and program are there from
// the start, because those of the next version are made from them; the audit is
// made when somebody asks for it.
type document struct {
	path, rel string
	ruling    *ruling // that it is judged by
	version   int32
	open      bool // in an editor, where somebody waits for what is found
	text      *source.Text
	tree      *source.Tree
	program   *program.File

	// known is the analysis of an earlier version, to be taken over from, until
	// this version's own takes its place; so no chain of versions builds up. It
	// is read without mu, so an edit never waits for an audit.
	known atomic.Pointer[analysis]

	mu     sync.Mutex
	prep   *prepared
	result *FileResult
	names  []string // the modules that the text imports, once they were asked for
}

// analysis is what a later version can take over.
type analysis struct {
	facts *mcp.Facts
	flow  *flow.Result // of the file by itself, nil if it was never followed so
}

func newDocument(path, rel string, r *ruling, version int32, text *source.Text, lang source.Language, keep bool) *document {
	tree := source.Parse(lang, text, keep)
	d := &document{path: path, rel: rel, ruling: r, version: version, open: keep, text: text, tree: tree, program: program.Lower(path, tree, nil)}
	d.known.Store(&analysis{})
	return d
}

// next gives the version that edits lead to. It consumes d's parser tree.
func (d *document) next(version int32, edits []source.Edit, text *source.Text) *document {
	tree := d.tree.Reparse(edits, text)
	n := &document{path: d.path, rel: d.rel, ruling: d.ruling, version: version, open: d.open, text: text, tree: tree}
	n.program = program.Lower(d.path, tree, d.program)
	n.known.Store(d.known.Load())
	return n
}

// imports gives the modules that the text names in its imports.
func (d *document) imports() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names == nil {
		d.names = append([]string{}, program.Imported(d.tree.Language, d.text.String())...)
	}
	return d.names
}

// ready gives what is recognised in this version, once. A cancelled context ends it
// and leaves nothing behind.
func (d *document) ready(ctx context.Context) (*prepared, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.readyLocked(ctx)
}

func (d *document) readyLocked(ctx context.Context) (*prepared, error) {
	if d.prep == nil {
		p, err := d.prepare(ctx, d.tree, d.program)
		if err != nil {
			return nil, err
		}
		d.prep = p
	}
	return d.prep, nil
}

// replaced reports whether a fresh parse has taken the place of what is given.
func (d *document) replaced(p *prepared) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.prep != nil && d.prep.tree != p.tree
}

// auditAlone gives the result of this version by itself, made once. A cancelled
// context ends it between two steps and leaves no result behind.
func (d *document) auditAlone(ctx context.Context) (*FileResult, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, err := d.readyLocked(ctx)
	if err != nil {
		return nil, err
	}
	if d.result != nil && d.result.Settled == p.tree.Settled() {
		return d.result, nil
	}
	known := d.known.Load()
	var seen *flow.Result
	p.step("data flow", func() { seen = flow.Analyse(p.facts, known.flow) })
	d.known.Store(&analysis{p.facts, seen})
	return d.judge(ctx, p, seen, nil)
}

// auditWith gives the result of this version with the flow of values that is known
// of it among its fellows, made once.
func (d *document) auditWith(ctx context.Context, p *prepared, seen *flow.Result, around *surroundings) (*FileResult, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.result.holds(seen, around) && d.result.Settled == p.tree.Settled() {
		return d.result, nil
	}
	return d.judge(ctx, p, seen, around)
}

// settle parses this version afresh where an incremental parse may have placed
// syntax errors otherwise.
func (d *document) settle(ctx context.Context) error {
	if d.tree.Settled() {
		return nil
	}
	fresh := d.tree.Settle()
	if fresh == d.tree {
		return nil
	}
	defer fresh.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.prep != nil && d.prep.tree.Settled() {
		return nil
	}
	p, err := d.prepare(ctx, fresh, program.Lower(d.path, fresh, d.program))
	if err == nil {
		d.prep = p
	}
	return err
}

// prepared is a version of a file of which all is known but the flow of values,
// which may lead through other files.
type prepared struct {
	tree     *source.Tree
	file     *program.File
	facts    *mcp.Facts
	revision string
	lost     []string // steps that failed

	// settled is the same with the SDK and version that servers of other files say.
	mu      sync.Mutex
	settled *prepared
	sdk     mcp.SDK
	version string
}

// step runs one step of the audit. A panic costs that step's result and is
// named; it costs nothing else.
func (p *prepared) step(name string, do func()) {
	defer func() {
		if r := recover(); r != nil {
			p.lost = append(p.lost, fmt.Sprintf("the %s failed on this file: %v", name, r))
		}
	}()
	do()
}

// prepare recognises what a tree of this version shows.
func (d *document) prepare(ctx context.Context, tree *source.Tree, file *program.File) (*prepared, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &prepared{tree: tree, file: file}
	known := d.known.Load()
	p.step("recognition of MCP servers", func() { p.facts = mcp.Recognise(file, known.facts) })
	if p.facts == nil {
		p.facts = &mcp.Facts{File: file}
	}
	d.known.Store(&analysis{p.facts, known.flow})
	p.facts, p.revision = d.ruling.manifests.identify(d.path, p.facts)
	if r := d.ruling.Config.Revision; r != "" {
		p.revision = r
	}
	return p, ctx.Err()
}

// judge completes the audit of a prepared version. seen is nil where the flow of
// values is not known, around where the file stands alone. The caller holds d.mu.
func (d *document) judge(ctx context.Context, p *prepared, seen *flow.Result, around *surroundings) (*FileResult, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	known := seen != nil
	if !known {
		seen = &flow.Result{}
	}
	r := d.ruling
	res := &FileResult{Path: d.path, Rel: d.rel, Version: d.version, Text: d.text, Settled: p.tree.Settled(), Facts: p.facts}
	if p.tree.Abandoned() {
		res.Notes = append(res.Notes, "not audited: it takes far longer to parse than code does")
	}
	res.Notes = append(res.Notes, p.lost...)
	pass := &rule.Pass{File: p.file, Facts: p.facts, Flow: seen, Revision: p.revision, Urgent: d.open}
	var asked sync.Mutex
	pass.Manifests = func() []*mcp.Manifest { return r.manifests.serving(d.path) }
	if around != nil {
		pass.Program = func() *mcp.Gates {
			asked.Lock()
			defer asked.Unlock()
			res.gates = around.gates
			return around.gates
		}
		pass.Whole = func() *rule.Server {
			asked.Lock()
			defer asked.Unlock()
			res.server = around.view()
			return res.server
		}
	}
	found, lost := r.catalogue.Run(pass)
	res.Notes = append(res.Notes, lost...)
	for _, t := range p.file.Truncated {
		res.note(t.Span, t.Reason)
	}
	for _, n := range seen.Notes {
		res.note(n.Span, n.Text)
	}
	r.judge(res, p.tree, found)
	res.Entries = entryInfos(res, seen, known)
	res.seen = seen
	var gates *mcp.Gates
	if around != nil {
		gates = around.gates
	}
	res.surface = sync.OnceValue(func() *Surface { return surfaceOf(res, seen, gates) })
	d.result = res
	return res, nil
}

func (res *FileResult) note(s source.Span, text string) {
	res.Notes = append(res.Notes, fmt.Sprintf("line %d: %s", res.Text.LineAt(s.Start)+1, text))
}

// ruling is what findings are judged by: the catalogue and the settings of one
// folder. It is immutable.
type ruling struct {
	settings
	catalogue *checks.Catalogue
	untrusted bool
	manifests *manifests
	knowledge *Knowledge // nil for none
}

// judge scores what the checks found and puts it into res, sorted by place.
func (r *ruling) judge(res *FileResult, tree *source.Tree, found []rule.Finding) {
	scoring := newScoring(&r.Config, res.Facts)
	scoring.knowledge = r.knowledge
	var all []*Finding
	for _, f := range found {
		if judged, ok := r.judgeOne(res, &scoring, f); ok {
			all = append(all, judged)
		}
	}
	if r.untrusted {
		res.Ignored = len(suppressions(tree))
	} else {
		known := func(id string) bool { return r.catalogue.ByID(id) != nil }
		for _, f := range suppress(tree, res.Path, all, known) {
			if judged, ok := r.judgeOne(res, &scoring, f); ok {
				all = append(all, judged)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *Finding) int {
		if a.Span.Start != b.Span.Start {
			return int(a.Span.Start) - int(b.Span.Start)
		}
		return int(a.Span.End) - int(b.Span.End)
	})
	fingerprint(res.Rel, res.Text, all)
	res.Findings = all
	r.knowledge.accept(res)
}

func (r *ruling) judgeOne(res *FileResult, s *scoring, f rule.Finding) (*Finding, bool) {
	j := &Finding{Finding: f, Title: f.Check}
	var vector aivss.Vector
	severity := ""
	if c := r.catalogue.ByID(f.Check); c != nil {
		j.Title, j.Class, j.CWE, vector, severity = c.Title, c.Class, c.CWE, c.Vector, c.Severity
	}
	if c := r.catalogue.ByID(f.Protects); c != nil {
		// The harm is that of what the failing check should have kept away.
		j.CWE, vector = append(slices.Clone(c.CWE), j.CWE...), c.Vector
	}
	score, err := s.score(vector, &f, res)
	if err != nil {
		res.Notes = append(res.Notes, fmt.Sprintf("%s could not be scored: %v", f.Check, err))
	}
	j.Score, j.Band = score, foreignBands[severity]
	if score.Scored {
		j.Band = score.Band
	}
	level, on := s.level(j)
	j.Level = level
	return j, on
}
