package audit

// workspace.go owns the files of a workspace and hands out snapshots of them.

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/flow"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// Options are what a workspace starts with.
type Options struct {
	Config    config.Config
	Catalogue *checks.Catalogue
	// Untrusted ignores what the audited tree says about its own audit:
	// settings, suppressions, checks.
	Untrusted bool
	// Jobs is how many files are audited at once; 0 is one per processor.
	Jobs int
}

// Workspace is the mutable state behind the snapshots. One goroutine owns it
// and calls its methods; snapshots go to any number of others.
type Workspace struct {
	areas areas
	jobs  int
	open  map[string]*document
}

// New makes a workspace without folders.
func New(o Options) *Workspace {
	jobs := o.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	outside := &area{
		ruling: &ruling{settings: settings{o.Config}, catalogue: o.Catalogue, untrusted: o.Untrusted, manifests: newManifests()},
		disk:   &disk{results: map[string]*FileResult{}},
		links:  newLinks(),
	}
	return &Workspace{areas: areas{outside}, jobs: jobs, open: map[string]*document{}}
}

// settings are the configuration under which a file is judged.
type settings struct{ Config config.Config }

// SetFolders replaces the folders of the workspace: clean, absolute paths, each
// once. One that stays keeps its settings, its checks and what was found in it; a
// new one has those of the files in no folder until it is given its own. A file
// in several folders belongs to the nearest.
func (w *Workspace) SetFolders(folders []string) {
	next := areas{w.areas[0]}
	for _, root := range folders {
		a := &area{root: root, ruling: w.areas[0].ruling}
		if i := w.areas.at(root); i > 0 {
			a = w.areas[i]
		}
		next = append(next, a)
	}
	for i, a := range next {
		// A file that a folder takes from another leaves nothing behind there.
		if nested := next.below(a.root); a.disk == nil || !slices.Equal(nested, a.nested) {
			l := newLinks()
			if a.links != nil {
				l = a.links.without("") // what files import holds; which there are does not
			}
			next[i] = &area{root: a.root, ruling: a.ruling, nested: nested, disk: &disk{results: map[string]*FileResult{}}, links: l}
		}
	}
	w.setAreas(next)
}

// SetConfig replaces the settings of a folder, or with "" of the files in none.
// Its files are judged anew. A folder that the workspace does not have is ignored.
func (w *Workspace) SetConfig(folder string, c config.Config) {
	if i := w.areas.at(folder); i >= 0 {
		r := *w.areas[i].ruling
		keep := slices.Equal(r.Config.Exclude, c.Exclude)
		r.Config = c
		w.judgeAnew(i, &r, keep)
	}
}

// SetCatalogue replaces the checks of a folder, or with "" of the files in none.
// Its files are judged anew. A folder that the workspace does not have is ignored.
func (w *Workspace) SetCatalogue(folder string, c *checks.Catalogue) {
	if i := w.areas.at(folder); i >= 0 {
		r := *w.areas[i].ruling
		r.catalogue = c
		w.judgeAnew(i, &r, true)
	}
}

// SetKnowledge replaces what people have said of the code of a folder, or with "" of
// the files in none. What was found there is kept and scored anew. A folder that the
// workspace does not have is ignored, and an untrusted workspace knows nothing.
func (w *Workspace) SetKnowledge(folder string, k *Knowledge) {
	i := w.areas.at(folder)
	if i < 0 || w.areas[i].untrusted {
		return
	}
	a := w.areas[i]
	r := *a.ruling
	r.knowledge = k
	next := slices.Clone(w.areas)
	next[i] = &area{root: a.root, ruling: &r, nested: a.nested, disk: a.disk.again(&r), links: a.links}
	for path, d := range w.open {
		if d.ruling == a.ruling {
			w.open[path] = d.under(&r)
		}
	}
	w.areas = next
}

// Renew forgets what was found: all files are listed, read and judged anew.
func (w *Workspace) Renew() {
	for i, a := range w.areas {
		r := *a.ruling
		r.manifests = newManifests()
		w.judgeAnew(i, &r, false)
	}
}

// judgeAnew gives an area another ruling and forgets what the last one led to.
func (w *Workspace) judgeAnew(i int, r *ruling, keepListing bool) {
	next, a := slices.Clone(w.areas), w.areas[i]
	next[i] = &area{root: a.root, ruling: r, nested: a.nested, disk: a.disk.emptied(keepListing), links: newLinks()}
	w.setAreas(next)
}

// setAreas replaces the areas. An open file that is judged otherwise under them
// loses its result.
func (w *Workspace) setAreas(next areas) {
	w.areas = next
	for path, d := range w.open {
		a := next.of(path)
		if rel := a.rel(path); d.ruling != a.ruling || d.rel != rel {
			w.open[path] = d.again(rel, a.ruling)
		}
	}
}

// again gives the same version of a file without its result, under the rules of r.
func (d *document) again(rel string, r *ruling) *document {
	n := &document{path: d.path, rel: rel, ruling: r, version: d.version, open: d.open, text: d.text, tree: d.tree, program: d.program}
	n.known.Store(&analysis{})
	return n
}

// under gives the same version of a file with what was found in it, scored under a
// ruling that knows more or less. It does not wait for an audit that runs.
func (d *document) under(r *ruling) *document {
	n := &document{path: d.path, rel: d.rel, ruling: r, version: d.version, open: d.open, text: d.text, tree: d.tree, program: d.program}
	n.known.Store(d.known.Load())
	if d.mu.TryLock() {
		defer d.mu.Unlock()
		n.prep, n.names = d.prep, d.names
		if d.result != nil {
			n.result = r.again(d.result)
		}
	}
	return n
}

// Open takes over a file from disk: from now on it is what the editor says. It
// reports whether the file is one that is audited.
func (w *Workspace) Open(path string, version int32, text string) bool {
	lang := source.LanguageOf(path)
	if lang == source.None {
		return false
	}
	w.Close(path)
	t := source.NewText(text)
	a := w.areas.of(path)
	if size := int64(len(text)); size > a.discovery().maxSize() || lang.Data() && size > maxManifest {
		return false
	}
	w.open[path] = newDocument(path, a.rel(path), a.ruling, version, t, lang, true)
	return true
}

// ContentChange is one change of an open file: Text stands for Range, or for
// all of the file where Range is nil.
type ContentChange struct {
	Range *source.Range
	Text  string
}

// ErrNotOpen says that a change speaks of a file that is not open.
var ErrNotOpen = errors.New("the file is not open")

// Change applies changes, each to the text that the one before left, and makes
// the result the given version.
func (w *Workspace) Change(path string, version int32, changes []ContentChange, enc source.Encoding) error {
	d := w.open[path]
	if d == nil {
		return fmt.Errorf("change of %s: %w", path, ErrNotOpen)
	}
	text := d.text
	var edits []source.Edit
	whole := false
	for _, c := range changes {
		if c.Range == nil {
			text, edits, whole = source.NewText(c.Text), nil, true
			continue
		}
		next, edit := text.Replace(text.Span(*c.Range, enc), c.Text)
		text, edits = next, append(edits, edit)
	}
	if whole {
		d.tree.Close()
		w.open[path] = newDocument(path, d.rel, d.ruling, version, text, d.tree.Language, true)
		return nil
	}
	w.open[path] = d.next(version, edits, text)
	return nil
}

// Close gives a file back to the disk.
func (w *Workspace) Close(path string) {
	if d := w.open[path]; d != nil {
		d.tree.Close()
		delete(w.open, path)
		w.forget(path)
	}
}

// FileChanged says that a file was written, made or removed on disk.
func (w *Workspace) FileChanged(path string) {
	name, dir := filepath.Base(path), filepath.Dir(path)
	if slices.Contains(manifestNames, name) {
		for i, a := range w.areas {
			if w.areas.depends(a, dir) {
				r := *a.ruling
				r.manifests = newManifests()
				w.judgeAnew(i, &r, true)
			}
		}
		if source.LanguageOf(path) == source.None {
			return
		}
	}
	w.forget(path)
}

// forget drops what is known of a file on disk, and of what belongs to it.
func (w *Workspace) forget(path string) {
	name, dir := filepath.Base(path), filepath.Dir(path)
	next, home := slices.Clone(w.areas), w.areas.of(path)
	for i, a := range w.areas {
		ignores := name == ".gitignore" && w.areas.depends(a, dir)
		if a == home || ignores {
			changed := *a
			changed.disk = a.disk.without(path, a.links.fellows(path), ignores)
			changed.links = a.links.without(path)
			next[i] = &changed
		}
	}
	w.areas = next
}

// Snapshot gives the workspace as it stands now.
func (w *Workspace) Snapshot() *Snapshot {
	return &Snapshot{areas: w.areas, jobs: w.jobs, open: maps.Clone(w.open)}
}

// Snapshot is the workspace at one time. It is safe for use by any number of
// goroutines, and what one of them has had audited is there for all.
type Snapshot struct {
	areas areas
	jobs  int
	open  map[string]*document

	mu    sync.Mutex
	flows map[*area]*together
}

// Config gives the settings that hold for a file, or with "" for files in no folder.
func (s *Snapshot) Config(path string) config.Config { return s.areas.of(path).Config }

// Catalogue gives the checks that hold for a file, or with "" for files in no folder.
func (s *Snapshot) Catalogue(path string) *checks.Catalogue { return s.areas.of(path).catalogue }

// Folders gives the folders of the workspace.
func (s *Snapshot) Folders() []string {
	var roots []string
	for _, a := range s.areas[1:] {
		roots = append(roots, a.root)
	}
	return roots
}

// IsOpen reports whether the editor holds the file.
func (s *Snapshot) IsOpen(path string) bool { return s.open[path] != nil }

// ErrNotAudited says that a file is none that is audited; the reason follows.
var ErrNotAudited = errors.New("not audited")

// Audit gives the audit of one file, as the editor has it or else as it stands
// on disk, with what flows into it from the files that it belongs together with. A
// file that is not audited gives ErrNotAudited with the reason.
func (s *Snapshot) Audit(ctx context.Context, path string) (*FileResult, error) {
	a, d := s.areas.of(path), s.open[path]
	if d != nil && a.root == "" {
		return d.auditAlone(ctx)
	}
	if a.root == "" {
		if res := a.disk.result(path); res != nil {
			return res, nil
		}
		return s.auditOnDisk(ctx, a, nil, []string{path}, path)
	}
	t, err := s.follow(ctx, a)
	if err != nil {
		return nil, err
	}
	if p := t.files[path]; d != nil && p != nil {
		return d.auditWith(ctx, p, t.flows[path], t.around[path])
	} else if p != nil {
		return s.auditFellow(ctx, a, p, t.flows[path], t.around[path])
	}
	grouped, err := s.group(ctx, a)
	if err != nil {
		return nil, err
	}
	group := grouped.of(path)
	if group == nil {
		group = []string{path}
	}
	// A file that was among them may have been opened meanwhile and import others.
	if res := a.disk.result(path); res != nil && res.seen == nil && slices.Equal(res.among, group) {
		return res, nil
	}
	return s.auditOnDisk(ctx, a, grouped.layout, group, path)
}

// Glance gives the audit of an open file at once: by itself where the files that it
// belongs together with have not been read yet. whole says that it is what Audit
// gives.
func (s *Snapshot) Glance(ctx context.Context, path string) (res *FileResult, whole bool, err error) {
	a, d := s.areas.of(path), s.open[path]
	if d == nil || a.root == "" || s.known(a) {
		res, err = s.Audit(ctx, path)
		return res, true, err
	}
	res, err = d.auditAlone(ctx)
	return res, false, err
}

// Settle gives the audit of an open file as a fresh audit of the same text finds
// it, at the cost of a whole parse where the result of Audit is not settled: for
// when the typing pauses.
func (s *Snapshot) Settle(ctx context.Context, path string) (*FileResult, error) {
	if d := s.open[path]; d != nil {
		if err := d.settle(ctx); err != nil {
			return nil, err
		}
	}
	return s.Audit(ctx, path)
}

func (d *disk) result(path string) *FileResult {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.results[path]
}

// auditFellow audits a file on disk that belongs to an open one. Its tree was let
// go, and is made again of the same text.
func (s *Snapshot) auditFellow(ctx context.Context, a *area, p *prepared, seen *flow.Result, around *surroundings) (*FileResult, error) {
	path := p.file.Path
	if res := a.disk.result(path); res.holds(seen, around) {
		return res, nil
	}
	text := p.file.Tree.Text
	tree := source.Parse(p.file.Lang, text, false)
	defer tree.Release()
	file, facts := *p.file, *p.facts
	file.Tree, facts.File = tree, &file
	again := &prepared{tree: tree, file: &file, facts: &facts, revision: p.revision, lost: p.lost}
	d := &document{path: path, rel: a.rel(path), ruling: a.ruling, text: text, tree: tree, program: &file}
	res, err := d.judge(ctx, again, seen, around)
	if err != nil {
		return nil, err
	}
	res.Surface()
	res.Facts = res.Facts.Slim()
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	a.disk.results[path] = res
	return res, nil
}

// auditOnDisk audits a file that no editor holds, with those of its group, none of
// which is open. Trees, programs and flows are let go: a workspace of half a million
// lines is to stay small.
func (s *Snapshot) auditOnDisk(ctx context.Context, a *area, layout *program.Layout, group []string, path string) (*FileResult, error) {
	files := make([]loaded, len(group))
	var list []*loaded
	for i, p := range group {
		if files[i] = load(Source{Path: p, Rel: a.rel(p), Lang: source.LanguageOf(p)}, a.ruling); files[i].skip == nil {
			list = append(list, &files[i])
		}
	}
	if layout == nil {
		layout = program.NewLayout(filepath.Dir(path), group, program.Manifests{})
	}
	results, err := auditTogether(ctx, list, layout, a.ruling, 1)
	if err != nil {
		return nil, err
	}
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	for _, res := range results {
		if res != nil {
			res.among = group
			a.disk.results[res.Path] = res
		}
	}
	if res := a.disk.results[path]; res != nil {
		return res, nil
	}
	for i := range files {
		if f := &files[i]; f.Path == path && f.skip != nil {
			return nil, fmt.Errorf("%s: %w: %s", path, ErrNotAudited, f.skip.Reason)
		}
	}
	return nil, fmt.Errorf("%s: %w", path, ErrNotAudited)
}

// Text gives the text of a file, as the editor has it or else as it stands on disk
// or stood there when it was last read; nil if it cannot be read.
func (s *Snapshot) Text(path string) *source.Text {
	if d := s.open[path]; d != nil {
		return d.text
	}
	a := s.areas.of(path)
	a.links.mu.Lock()
	p := a.links.files[path]
	a.links.mu.Unlock()
	if p != nil {
		return p.file.Tree.Text
	}
	if res := a.disk.result(path); res != nil {
		return res.Text
	}
	text, _ := Load(path, a.discovery())
	return text
}

// Files lists the files of the workspace that are audited, sorted, open ones
// outside the folders included.
func (s *Snapshot) Files(ctx context.Context) ([]string, error) {
	var files []string
	for _, a := range s.areas {
		listed, err := a.list(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range listed.Files {
			files = append(files, f.Path)
		}
		for path := range s.open {
			if s.areas.of(path) == a && !listed.has(path) {
				files = append(files, path)
			}
		}
	}
	slices.Sort(files)
	return files, nil
}

// AuditAll audits every file of the workspace. Progress is told how many of how
// many are done, from any goroutine, and may be nil. Files that are not audited
// are left out.
func (s *Snapshot) AuditAll(ctx context.Context, progress func(done, total int)) ([]*FileResult, error) {
	files, err := s.Files(ctx)
	if err != nil {
		return nil, err
	}
	// Files that belong together are audited when the first of them is asked for, so
	// groups are dealt out and not files.
	dealt, at := s.deal(ctx, files), make(map[string]int, len(files))
	for i, p := range files {
		at[p] = i
	}
	results := make([]*FileResult, len(files))
	var done atomic.Int64
	err = each(ctx, s.jobs, len(dealt), nil, func(i int) error {
		for _, p := range dealt[i] {
			res, err := s.Audit(ctx, p)
			if err != nil && !errors.Is(err, ErrNotAudited) {
				return err
			}
			results[at[p]] = res
		}
		if n := done.Add(int64(len(dealt[i]))); progress != nil {
			progress(int(n), len(files))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(results, func(r *FileResult) bool { return r == nil }), nil
}

// deal divides files so that those of a group are together. What cannot be grouped
// stands by itself.
func (s *Snapshot) deal(ctx context.Context, files []string) [][]string {
	wanted := make(map[string]bool, len(files))
	for _, p := range files {
		wanted[p] = true
	}
	var dealt [][]string
	for _, a := range s.areas {
		if a.root == "" {
			continue
		}
		grouped, err := s.group(ctx, a)
		if err != nil {
			continue // whoever audits the files finds out why
		}
		for _, g := range grouped.groups {
			var list []string
			for _, p := range g {
				if wanted[p] {
					list = append(list, p)
					delete(wanted, p)
				}
			}
			if len(list) > 0 {
				dealt = append(dealt, list)
			}
		}
	}
	for _, p := range files {
		if wanted[p] {
			dealt = append(dealt, []string{p})
		}
	}
	return dealt
}

// each runs do for 0…n-1 on a number of goroutines until one fails.
func each(ctx context.Context, jobs, n int, progress func(done, total int), do func(i int) error) error {
	var (
		mu    sync.Mutex
		next  int
		done  int
		first error
		wg    sync.WaitGroup
	)
	for range min(jobs, n) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := first != nil || ctx.Err() != nil
				mu.Unlock()
				if i >= n || stop {
					return
				}
				err := do(i)
				mu.Lock()
				if err != nil && first == nil {
					first = err
				}
				done++
				if progress != nil {
					progress(done, n)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if first != nil {
		return first
	}
	return ctx.Err()
}
