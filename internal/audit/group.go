package audit

// group.go audits files that import each other together.

import (
	"context"
	"slices"
	"sync"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// loaded is a file as it was read from disk: either text or skip is set.
type loaded struct {
	Source
	text     *source.Text
	skip     *Skip
	imported []string
}

// surroundings is what the files of a program that a file belongs to say of it.
type surroundings struct {
	gates *mcp.Gates
	views *rule.Views
	// files are those of the program, nil for one that is not prepared, and seen what
	// flows in each of them.
	files []*prepared
	seen  []*flow.Result

	once   sync.Once
	server *rule.Server
}

// view gives the server that the files make together.
func (s *surroundings) view() *rule.Server {
	s.once.Do(func() {
		facts := make([]*mcp.Facts, len(s.files))
		for i, p := range s.files {
			if p != nil {
				facts[i] = p.facts
			}
		}
		s.server = s.views.Together(facts, s.seen)
	})
	return s.server
}

// load reads a file and what it imports.
func load(f Source, r *ruling) loaded {
	opt := r.discovery()
	opt.Named = f.Named
	l := loaded{Source: f}
	if l.text, l.skip = Load(f.Path, opt); l.skip != nil {
		return l
	}
	if f.Lang == source.None {
		l.skip = &Skip{Path: f.Path, Reason: "not a language that is audited"}
		return l
	}
	if f.Lang.Data() {
		l.skip = unfitManifest(f.Path, l.text)
		return l
	}
	l.imported = program.Imported(f.Lang, l.text.String())
	return l
}

// auditTogether audits files that no editor holds and that import each other. The
// results stand in their order, nil for one that is skipped. Trees are let go when
// all are judged; jobs is how many files are parsed or judged at once.
func auditTogether(ctx context.Context, files []*loaded, layout *program.Layout, r *ruling, jobs int) ([]*FileResult, error) {
	docs := make([]*document, len(files))
	prepared := make([]*prepared, len(files))
	defer func() {
		for _, d := range docs {
			if d != nil {
				d.tree.Release()
			}
		}
	}()
	err := each(ctx, jobs, len(files), nil, func(i int) error {
		f := files[i]
		d := newDocument(f.Path, f.Rel, r, 0, f.text, f.Lang, false)
		docs[i] = d
		if d.tree.Abandoned() {
			f.skip = &Skip{Path: f.Path, Reason: "it takes far longer to parse than code does"}
			return nil
		}
		var err error
		prepared[i], err = d.prepare(ctx, d.tree, d.program)
		return err
	})
	if err != nil {
		return nil, err
	}
	seen, gates := followTogether(flow.NewWorld(), prepared, layout)
	around := &surroundings{gates: gates, views: rule.NewViews(), files: prepared, seen: seen}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	results := make([]*FileResult, len(files))
	err = each(ctx, jobs, len(files), nil, func(i int) error {
		if prepared[i] == nil {
			return nil
		}
		var err error
		results[i], err = docs[i].judge(ctx, prepared[i], seen[i], around)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, res := range results {
		if res != nil {
			// Nothing of the flow is kept: what belongs to no open file stays as it is.
			res.Surface()
			res.Facts, res.seen, res.gates, res.server = res.Facts.Slim(), nil, nil, nil
		}
	}
	return results, nil
}

// followTogether gives the flows of files that import each other, nil for those that
// are not prepared, and what stands before what they serve.
func followTogether(world *flow.World, all []*prepared, layout *program.Layout) (out []*flow.Result, gates *mcp.Gates) {
	facts := make([]*mcp.Facts, len(all))
	var files []*program.File
	var first *prepared
	for i, p := range all {
		if p != nil {
			facts[i] = p.facts
			files = append(files, p.file)
			if first == nil {
				first = p
			}
		}
	}
	out = make([]*flow.Result, len(all))
	if first == nil {
		return out, nil
	}
	first.step("data flow between the files that belong together", func() {
		modules := program.NewModules(layout, files)
		settleElsewhere(all, modules)
		for i, p := range all {
			if p != nil {
				facts[i] = p.facts
			}
		}
		gates = mcp.NewGates(files, modules)
		out = world.Analyse(facts, modules)
	})
	return out, gates
}

// settleElsewhere gives transports of servers that stand in another file the SDK
// and the version of those servers. The files of the list that have such transports
// are replaced by ones that say so, the same ones as long as nothing changed.
func settleElsewhere(all []*prepared, modules *program.Modules) {
	byFile := map[*program.File]*mcp.Facts{}
	for _, p := range all {
		if p != nil {
			byFile[p.file] = p.facts
		}
	}
	for i, p := range all {
		if p == nil || !slices.ContainsFunc(p.facts.Transports, func(t mcp.Transport) bool { return t.Elsewhere }) {
			continue
		}
		for _, needed := range modules.Needs(p.file) {
			if facts := byFile[needed]; facts != nil && len(facts.Servers) > 0 {
				all[i] = p.withServer(facts.Servers[0].SDK, facts.Servers[0].Version)
				break
			}
		}
	}
}

// withServer gives the file with an SDK and a version for the servers of its
// transports that stand in another file.
func (p *prepared) withServer(sdk mcp.SDK, version string) *prepared {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settled != nil && p.sdk == sdk && p.version == version {
		return p.settled
	}
	facts := *p.facts
	facts.Transports = slices.Clone(p.facts.Transports)
	for i := range facts.Transports {
		if t := &facts.Transports[i]; t.Elsewhere {
			t.SDK, t.Version = sdk, version
		}
	}
	p.sdk, p.version = sdk, version
	p.settled = &prepared{tree: p.tree, file: p.file, facts: &facts, revision: p.revision, lost: p.lost}
	return p.settled
}
