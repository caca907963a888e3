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
	"strings"
	"sync"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
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
	ruling  *ruling
	jobs    int
	folders []string
	open    map[string]*document
	disk    *disk
}

// disk holds the results of files as they stand on disk, shared by the
// snapshots of one time and started anew when a file changes.
type disk struct {
	mu      sync.Mutex
	listed  *listing
	results map[string]*FileResult
}

// New makes a workspace without folders.
func New(o Options) *Workspace {
	jobs := o.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	return &Workspace{
		ruling: &ruling{settings: settings{o.Config}, catalogue: o.Catalogue, untrusted: o.Untrusted, manifests: newManifests()},
		jobs:   jobs,
		open:   map[string]*document{},
		disk:   &disk{results: map[string]*FileResult{}},
	}
}

// settings are the configuration under which a file is judged.
type settings struct{ Config config.Config }

// SetFolders replaces the folders of the workspace.
func (w *Workspace) SetFolders(folders []string) {
	w.folders = slices.Clone(folders)
	w.disk = &disk{results: map[string]*FileResult{}}
	for path, d := range w.open {
		w.open[path] = d.again(w.rel(path))
	}
}

// SetConfig replaces the settings. Everything is judged anew.
func (w *Workspace) SetConfig(c config.Config) {
	r := *w.ruling
	r.Config = c
	w.renew(&r)
}

// SetCatalogue replaces the checks. Everything is judged anew.
func (w *Workspace) SetCatalogue(c *checks.Catalogue) {
	r := *w.ruling
	r.catalogue = c
	w.renew(&r)
}

func (w *Workspace) renew(r *ruling) {
	w.ruling = r
	w.disk = &disk{listed: w.disk.listed, results: map[string]*FileResult{}}
	for path, d := range w.open {
		w.open[path] = d.again(d.rel)
	}
}

// again gives the same version of a file without its result.
func (d *document) again(rel string) *document {
	n := &document{path: d.path, rel: rel, version: d.version, text: d.text, tree: d.tree, program: d.program}
	n.known.Store(d.known.Load())
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
	if int64(len(text)) > w.ruling.discovery().maxSize() {
		return false
	}
	w.open[path] = newDocument(path, w.rel(path), version, t, lang, true)
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
		w.open[path] = newDocument(path, d.rel, version, text, d.tree.Language, true)
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
		w.FileChanged(path)
	}
}

// FileChanged says that a file was written, made or removed on disk.
func (w *Workspace) FileChanged(path string) {
	if slices.Contains(manifestNames, filepath.Base(path)) {
		r := *w.ruling
		r.manifests = newManifests()
		w.renew(&r)
		return
	}
	old := w.disk
	old.mu.Lock()
	defer old.mu.Unlock()
	n := &disk{listed: old.listed, results: maps.Clone(old.results)}
	delete(n.results, path)
	if old.listed != nil && !old.listed.has(path) || filepath.Base(path) == ".gitignore" {
		n.listed = nil
	}
	w.disk = n
}

// Snapshot gives the workspace as it stands now.
func (w *Workspace) Snapshot() *Snapshot {
	return &Snapshot{ruling: w.ruling, jobs: w.jobs, folders: w.folders, open: maps.Clone(w.open), disk: w.disk}
}

// rel gives the path as people read it: relative to the folder that holds it.
func (w *Workspace) rel(path string) string { return relative(path, w.folders) }

func relative(path string, folders []string) string {
	best := ""
	for _, folder := range folders {
		if r, err := filepath.Rel(folder, path); err == nil && filepath.IsLocal(r) && (best == "" || len(r) < len(best)) {
			best = r
		}
	}
	if best == "" {
		best = path
	}
	return filepath.ToSlash(best)
}

// Snapshot is the workspace at one time. It is safe for use by any number of
// goroutines, and what one of them has had audited is there for all.
type Snapshot struct {
	ruling  *ruling
	jobs    int
	folders []string
	open    map[string]*document
	disk    *disk
}

// Config gives the settings of the snapshot.
func (s *Snapshot) Config() config.Config { return s.ruling.Config }

// Catalogue gives the checks of the snapshot.
func (s *Snapshot) Catalogue() *checks.Catalogue { return s.ruling.catalogue }

// Folders gives the folders of the workspace.
func (s *Snapshot) Folders() []string { return s.folders }

// IsOpen reports whether the editor holds the file.
func (s *Snapshot) IsOpen(path string) bool { return s.open[path] != nil }

// ErrNotAudited says that a file is none that is audited; the reason follows.
var ErrNotAudited = errors.New("not audited")

// Audit gives the audit of one file, as the editor has it or else as it stands
// on disk. A file that is not audited gives ErrNotAudited with the reason.
func (s *Snapshot) Audit(ctx context.Context, path string) (*FileResult, error) {
	if d := s.open[path]; d != nil {
		return d.audit(ctx, s.ruling)
	}
	s.disk.mu.Lock()
	res := s.disk.results[path]
	s.disk.mu.Unlock()
	if res != nil {
		return res, nil
	}
	res, skip, err := auditOnDisk(ctx, path, relative(path, s.folders), false, s.ruling)
	if err != nil {
		return nil, err
	}
	if skip != nil {
		return nil, fmt.Errorf("%s: %w: %s", path, ErrNotAudited, skip.Reason)
	}
	s.disk.mu.Lock()
	s.disk.results[path] = res
	s.disk.mu.Unlock()
	return res, nil
}

// Settle gives the audit of an open file as a fresh audit of the same text finds
// it, at the cost of a whole parse where the result of Audit is not settled: for
// when the typing pauses.
func (s *Snapshot) Settle(ctx context.Context, path string) (*FileResult, error) {
	if d := s.open[path]; d != nil {
		return d.settle(ctx, s.ruling)
	}
	return s.Audit(ctx, path)
}

// auditOnDisk audits a file that no editor holds. Tree, program and flow are let
// go: a workspace of half a million lines is to stay small.
func auditOnDisk(ctx context.Context, path, rel string, named bool, r *ruling) (*FileResult, *Skip, error) {
	opt := r.discovery()
	opt.Named = named
	text, skip := Load(path, opt)
	if skip != nil {
		return nil, skip, nil
	}
	lang := source.LanguageOf(path)
	if lang == source.None {
		return nil, &Skip{Path: path, Reason: "not a language that is audited"}, nil
	}
	d := newDocument(path, rel, 0, text, lang, false)
	defer d.tree.Release()
	if d.tree.Abandoned() {
		return nil, &Skip{Path: path, Reason: "it takes far longer to parse than code does"}, nil
	}
	res, err := d.audit(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	res.Facts = res.Facts.Slim()
	return res, nil, nil
}

// Files lists the files of the workspace that are audited, sorted, open ones
// outside the folders included.
func (s *Snapshot) Files(ctx context.Context) ([]string, error) {
	listed, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, f := range listed.Files {
		files = append(files, f.Path)
	}
	for path := range s.open {
		if !listed.has(path) {
			files = append(files, path)
		}
	}
	slices.Sort(files)
	return files, nil
}

func (s *Snapshot) list(ctx context.Context) (*listing, error) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.listed == nil {
		found, err := s.ruling.discover(ctx, s.folders)
		if err != nil {
			return nil, err
		}
		s.disk.listed = newListing(found)
	}
	return s.disk.listed, nil
}

// listing is what was found in the folders, with a way to ask for a file.
type listing struct {
	Discovery
	paths map[string]bool
}

func newListing(d Discovery) *listing {
	l := &listing{Discovery: d, paths: make(map[string]bool, len(d.Files))}
	for _, f := range d.Files {
		l.paths[f.Path] = true
	}
	return l
}

func (l *listing) has(path string) bool { return l.paths[path] }

// discovery gives the options under which files are found and read.
func (r *ruling) discovery() DiscoverOptions {
	return DiscoverOptions{MaxSize: r.Config.MaxFileSize, Untrusted: r.untrusted}
}

// discover finds the files under the roots that the settings do not exclude. A
// file that is itself a root is never excluded.
func (r *ruling) discover(ctx context.Context, roots []string) (Discovery, error) {
	found, err := Discover(ctx, roots, r.discovery())
	if err != nil || len(r.Config.Exclude) == 0 {
		return found, err
	}
	rules := &ignoreLevel{rules: parseIgnore(strings.Join(r.Config.Exclude, "\n"))}
	found.Files = slices.DeleteFunc(found.Files, func(f Source) bool { return !f.Named && rules.excludes(f.Rel) })
	return found, nil
}

// AuditAll audits every file of the workspace. Progress is told how many of how
// many are done, from any goroutine, and may be nil. Files that are not audited
// are left out.
func (s *Snapshot) AuditAll(ctx context.Context, progress func(done, total int)) ([]*FileResult, error) {
	files, err := s.Files(ctx)
	if err != nil {
		return nil, err
	}
	results := make([]*FileResult, len(files))
	err = each(ctx, s.jobs, len(files), progress, func(i int) error {
		res, err := s.Audit(ctx, files[i])
		if errors.Is(err, ErrNotAudited) {
			return nil
		}
		results[i] = res
		return err
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(results, func(r *FileResult) bool { return r == nil }), nil
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
