package audit

// links.go keeps what an area's files import of each other, and has the files that
// belong to an open one followed together with it, again after every edit.

import (
	"context"
	"maps"
	"slices"
	"sync"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// links is what is known of how the files of an area belong together. It is shared
// by the snapshots of one time, like disk, and made anew when a file changes on disk.
type links struct {
	world *flow.World // the files that belong to open ones
	views *rule.Views // what those files show together

	mu      sync.Mutex
	imports map[string][]string  // of files on disk, by path
	files   map[string]*prepared // files on disk that belong to open ones; nil for one that is skipped
	listed  *listing             // that layout is of, with extra
	extra   []string             // open files that are not listed, sorted
	layout  *program.Layout
	last    *grouping // nil before the first
}

// grouping is which files belong together, and what that was found from. It is
// immutable.
type grouping struct {
	layout *program.Layout
	open   map[string][]string // imports of the open files
	groups [][]string
	at     map[string]int // the group of each file
}

// of gives the files that a file belongs together with, itself included; nil for one
// that is not known.
func (g *grouping) of(path string) []string {
	if k, ok := g.at[path]; ok {
		return g.groups[k]
	}
	return nil
}

func newLinks() *links {
	return &links{world: flow.NewWorld(), views: rule.NewViews(), imports: map[string][]string{}, files: map[string]*prepared{}}
}

// without gives links that know nothing of one file on disk.
func (l *links) without(path string) *links {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := &links{world: l.world, views: l.views, imports: maps.Clone(l.imports), files: maps.Clone(l.files), listed: l.listed, extra: l.extra, layout: l.layout}
	delete(n.imports, path)
	delete(n.files, path)
	return n
}

// together is the flow of values in the files of one area that belong to open ones.
type together struct {
	mu    sync.Mutex
	facts map[string]*mcp.Facts // that the results are of
	files map[string]*prepared
	flows map[string]*flow.Result
	// around is what stands around each file: the program that it belongs to.
	around map[string]*surroundings
}

// group gives the files of an area by what belongs together. Imports of files on disk
// are read from their text, once.
func (s *Snapshot) group(ctx context.Context, a *area) (*grouping, error) {
	listed, err := a.list(ctx)
	if err != nil {
		return nil, err
	}
	var extra []string
	open := map[string][]string{}
	for path, d := range s.open {
		if s.areas.of(path) != a {
			continue
		}
		open[path] = d.imports()
		if !listed.has(path) {
			extra = append(extra, path)
		}
	}
	slices.Sort(extra)
	l := a.links
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.layout == nil || l.listed != listed || !slices.Equal(l.extra, extra) {
		l.layout, l.listed, l.extra = nil, listed, extra
	}
	if l.layout != nil && l.last != nil && l.last.layout == l.layout && maps.EqualFunc(l.last.open, open, slices.Equal) {
		return l.last, nil
	}
	paths := slices.Clone(extra)
	for _, f := range listed.Files {
		paths = append(paths, f.Path)
	}
	if l.layout == nil {
		l.layout = layoutOf(a.root, paths, listed.Manifests)
	}
	if err := l.read(ctx, paths, open, a.ruling, s.jobs); err != nil {
		return nil, err
	}
	imported := make([][]string, len(paths))
	for i, p := range paths {
		if names, ok := open[p]; ok {
			imported[i] = names
		} else {
			imported[i] = l.imports[p]
		}
	}
	found := &grouping{layout: l.layout, open: open, at: make(map[string]int, len(paths))}
	for _, g := range groups(l.layout, paths, imported) {
		list := make([]string, len(g))
		for i, k := range g {
			list[i] = paths[k]
			found.at[paths[k]] = len(found.groups)
		}
		found.groups = append(found.groups, list)
	}
	l.last = found
	return found, nil
}

// read finds the imports of the files on disk that are not known yet. The caller
// holds the lock.
func (l *links) read(ctx context.Context, paths []string, open map[string][]string, r *ruling, jobs int) error {
	var missing []string
	for _, p := range paths {
		if _, known := l.imports[p]; !known && open[p] == nil {
			missing = append(missing, p)
		}
	}
	found := make([][]string, len(missing))
	err := each(ctx, jobs, len(missing), nil, func(i int) error {
		found[i] = load(Source{Path: missing[i], Lang: source.LanguageOf(missing[i])}, r).imported
		return nil
	})
	if err != nil {
		return err
	}
	for i, p := range missing {
		l.imports[p] = found[i]
	}
	return nil
}

// known reports whether a follow of the area would find all it needs at hand.
func (s *Snapshot) known(a *area) bool {
	a.links.mu.Lock()
	defer a.links.mu.Unlock()
	return a.links.last != nil
}

// follow gives the flow of values in all files of an area that belong to open ones.
func (s *Snapshot) follow(ctx context.Context, a *area) (*together, error) {
	s.mu.Lock()
	if s.flows == nil {
		s.flows = map[*area]*together{}
	}
	t := s.flows[a]
	if t == nil {
		t = &together{}
		s.flows[a] = t
	}
	s.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.flows != nil && !s.resettled(t) {
		return t, nil
	}
	grouped, err := s.group(ctx, a)
	if err != nil {
		return nil, err
	}
	var wanted []string
	for _, g := range grouped.groups {
		if slices.ContainsFunc(g, func(p string) bool { return s.open[p] != nil }) {
			wanted = append(wanted, g...)
		}
	}
	slices.Sort(wanted)
	list := make([]*prepared, len(wanted))
	err = each(ctx, s.jobs, len(wanted), nil, func(i int) error {
		var err error
		if d := s.open[wanted[i]]; d != nil {
			list[i], err = d.ready(ctx)
		} else {
			list[i], err = a.links.file(ctx, wanted[i], a)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	facts, prep, flows := map[string]*mcp.Facts{}, map[string]*prepared{}, map[string]*flow.Result{}
	results, gates := followTogether(a.links.world, list, grouped.layout)
	for i, p := range list {
		if p != nil {
			facts[wanted[i]], prep[wanted[i]], flows[wanted[i]] = p.facts, p, results[i]
		}
	}
	a.links.views.Keep(results)
	around := map[string]*surroundings{}
	for path := range flows {
		if around[path] != nil {
			continue
		}
		one := &surroundings{gates: gates, views: a.links.views}
		fellows := grouped.of(path)
		if fellows == nil {
			fellows = []string{path}
		}
		for _, fellow := range fellows {
			one.files, one.seen = append(one.files, prep[fellow]), append(one.seen, flows[fellow])
			around[fellow] = one
		}
	}
	t.facts, t.files, t.flows, t.around = facts, prep, flows, around
	return t, nil
}

// resettled reports whether an open file has been parsed afresh since.
func (s *Snapshot) resettled(t *together) bool {
	for path := range t.facts {
		if d := s.open[path]; d != nil && d.replaced(t.files[path]) {
			return true
		}
	}
	return false
}

// file prepares a file on disk, once, and lets its tree go.
func (l *links) file(ctx context.Context, path string, a *area) (*prepared, error) {
	l.mu.Lock()
	p, known := l.files[path]
	l.mu.Unlock()
	if known {
		return p, nil
	}
	f := load(Source{Path: path, Lang: source.LanguageOf(path)}, a.ruling)
	if f.skip == nil {
		d := newDocument(path, a.rel(path), a.ruling, 0, f.text, f.Lang, false)
		defer d.tree.Release()
		if !d.tree.Abandoned() {
			var err error
			if p, err = d.prepare(ctx, d.tree, d.program); err != nil {
				return nil, err
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files[path] = p
	return p, nil
}

// fellows gives the files that a file belongs together with, as far as it is known.
func (l *links) fellows(path string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		return nil
	}
	return l.last.of(path)
}
