package audit

// area.go divides the files of a workspace by its folders: each has settings and
// checks of its own, and what was found on disk under them.

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// area is a folder of the workspace, or all that lies in none. It does not
// change; a change of the workspace makes a new one in its place.
type area struct {
	*ruling
	root string // empty for what lies in no folder
	// nested are the folders of the workspace below root, sorted. They are areas
	// of their own.
	nested []string
	disk   *disk
	links  *links
}

// disk holds the results of an area's files as they stand on disk, shared by the
// snapshots of one time and started anew when a file changes.
type disk struct {
	mu      sync.Mutex
	listed  *listing
	results map[string]*FileResult
}

// emptied gives a disk without results, and with the listing if it still holds.
func (d *disk) emptied(keepListing bool) *disk {
	n := &disk{results: map[string]*FileResult{}}
	if keepListing {
		d.mu.Lock()
		defer d.mu.Unlock()
		n.listed = d.listed
	}
	return n
}

// again gives a disk with the same results under another ruling.
func (d *disk) again(r *ruling) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := &disk{listed: d.listed, results: make(map[string]*FileResult, len(d.results))}
	for path, res := range d.results {
		n.results[path] = r.again(res)
	}
	return n
}

// without gives a disk without what is known of one file and of those that it may
// belong to. The listing goes where the file is new to it, or where it is said not
// to hold.
func (d *disk) without(path string, group []string, relist bool) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := &disk{listed: d.listed, results: maps.Clone(d.results)}
	delete(n.results, path)
	for _, p := range group {
		delete(n.results, p)
	}
	if relist || d.listed != nil && !d.listed.has(path) {
		n.listed = nil
	}
	return n
}

// areas are the areas of a workspace. The first is what lies in no folder.
type areas []*area

// of gives the area that a path belongs to: the nearest folder that encloses it.
func (all areas) of(path string) *area {
	best := all[0]
	for _, a := range all[1:] {
		if len(a.root) > len(best.root) && encloses(a.root, path) {
			best = a
		}
	}
	return best
}

// at gives the index of the area of a folder, "" for what lies in none, or -1.
func (all areas) at(root string) int {
	return slices.IndexFunc(all, func(a *area) bool { return a.root == root })
}

// below lists the folders below root, sorted; "" stands for all.
func (all areas) below(root string) []string {
	var roots []string
	for _, a := range all[1:] {
		if a.root != root && (root == "" || encloses(root, a.root)) {
			roots = append(roots, a.root)
		}
	}
	slices.Sort(roots)
	return roots
}

// encloses reports whether path is root or lies below it. Both are clean.
func encloses(root, path string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == filepath.Separator || root[len(root)-1] == filepath.Separator)
}

// rel gives the path of a file as people read it: relative to the folder.
func (a *area) rel(path string) string {
	if rel, err := filepath.Rel(a.root, path); a.root != "" && err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// depends reports whether a file in dir can speak of files of the area: of those
// of the area that it lies in, and of all areas below. Files in no folder may lie
// anywhere.
func (all areas) depends(a *area, dir string) bool {
	return a.root == "" || encloses(dir, a.root) || all.of(dir) == a
}

// list finds the files of the area, once.
func (a *area) list(ctx context.Context) (*listing, error) {
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	if a.disk.listed == nil {
		var roots []string
		if a.root != "" {
			roots = []string{a.root}
		}
		found, err := a.discover(ctx, roots, a.nested)
		if ctx.Err() == nil && err != nil {
			// A folder that cannot be read, perhaps because it is gone, holds no
			// files; the others are audited all the same.
			found, err = Discovery{Skipped: []Skip{{Path: a.root, Reason: err.Error()}}}, nil
		}
		if err != nil {
			return nil, err
		}
		a.disk.listed = newListing(found)
	}
	return a.disk.listed, nil
}

// listing is what was found in a folder, with a way to ask for a file.
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

// discover finds the files under the roots that the settings do not exclude,
// leaving out the folders without. A file that is itself a root is never excluded.
func (r *ruling) discover(ctx context.Context, roots, without []string) (Discovery, error) {
	opt := r.discovery()
	opt.Without = without
	found, err := Discover(ctx, roots, opt)
	if err != nil || len(r.Config.Exclude) == 0 {
		return found, err
	}
	rules := &ignoreLevel{rules: parseIgnore(strings.Join(r.Config.Exclude, "\n"))}
	found.Files = slices.DeleteFunc(found.Files, func(f Source) bool { return !f.Named && rules.excludes(f.Rel) })
	return found, nil
}
