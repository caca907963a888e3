package audit

// scan.go is the audit of whole trees, as the command line runs it.

import (
	"context"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
)

// ScanOptions are what a scan depends on.
type ScanOptions struct {
	Config    config.Config
	Catalogue *checks.Catalogue
	Jobs      int
	Untrusted bool
	Progress  func(done, total int)
}

// Report is the audit of whole trees.
type Report struct {
	Roots    []string
	Files    []*FileResult // those with findings, tools, notes or a surface, or on the path of a finding
	Findings []*Finding    // by file and place, suppressed ones included
	Tools    []ToolInfo
	Skipped  []Skip
	Notes    []Note
	Audited  int // files
	Lines    int // of the audited files
	// Ignored counts what an untrusted tree said about its own audit.
	Ignored int
	// Exceptions are the accepted risks of the tree, whether they silence anything or
	// not.
	Exceptions []ExceptionUse

	ruling *ruling // that its findings were judged by
}

// Note says what the audit of a file lost.
type Note struct{ Path, Text string }

// ToolInfo is one thing that a client can call, read or fetch, with what was found
// about it.
type ToolInfo struct {
	EntryInfo
	Findings int
	Worst    *Finding // nil if there is none
}

// scanGC is the garbage collector's target in percent during a scan. What a file
// takes is garbage when its turn is over, so collecting seldom costs little memory
// and saves a tenth of the time.
const scanGC = 400

// Scan audits all that the paths name. A path that does not exist is an error;
// a file that cannot be audited is among the skipped and no error.
func Scan(ctx context.Context, paths []string, o ScanOptions) (*Report, error) {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(scanGC))
	}
	roots := make([]string, len(paths))
	for i, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		roots[i] = abs
	}
	w := New(Options{Config: o.Config, Catalogue: o.Catalogue, Untrusted: o.Untrusted, Jobs: o.Jobs})
	r := w.areas[0].ruling
	found, err := r.discover(ctx, roots, nil)
	if err != nil {
		return nil, err
	}
	files, results, err := auditAll(ctx, found, r, w.jobs, o.Progress)
	if err != nil {
		return nil, err
	}
	rep := &Report{Roots: roots, Skipped: found.Skipped, ruling: r}
	onPath := map[string]bool{}
	for _, res := range results {
		if res != nil {
			for _, f := range res.Findings {
				for _, s := range slices.Concat(append(slices.Clone(f.Others), f.Steps, f.Related)...) {
					onPath[s.Path] = true
				}
			}
		}
	}
	for i, res := range results {
		if s := files[i].skip; s != nil && (s.Reason != notServers || files[i].Named) {
			rep.Skipped = append(rep.Skipped, *files[i].skip)
		}
		if res != nil {
			rep.add(res, onPath[res.Path])
		}
	}
	rep.recount()
	slices.SortStableFunc(rep.Skipped, func(a, b Skip) int { return strings.Compare(a.Path, b.Path) })
	return rep, nil
}

// auditAll audits what was found, the files that import each other together. The
// results stand in the order of the files, nil for one that is skipped.
func auditAll(ctx context.Context, found Discovery, r *ruling, jobs int, progress func(done, total int)) ([]loaded, []*FileResult, error) {
	files := make([]loaded, len(found.Files))
	err := each(ctx, jobs, len(files), nil, func(i int) error {
		files[i] = load(found.Files[i], r)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	paths, imported := make([]string, len(files)), make([][]string, len(files))
	for i := range files {
		paths[i], imported[i] = files[i].Path, files[i].imported
	}
	layout := layoutOf(commonFolder(withManifests(paths, found.Manifests)), paths, found.Manifests)
	together := groups(layout, paths, imported)
	results := make([]*FileResult, len(files))
	var done atomic.Int64
	// A large group shares its work among the workers; small ones are taken side by
	// side.
	inner := 1
	if len(together) < 2*jobs {
		inner = jobs
	}
	err = each(ctx, jobs, len(together), nil, func(i int) error {
		var group []*loaded
		var at []int
		for _, k := range together[i] {
			if files[k].skip == nil {
				group, at = append(group, &files[k]), append(at, k)
			}
		}
		got, err := auditTogether(ctx, group, layout, r, inner)
		for k, res := range got {
			results[at[k]] = res
		}
		for _, k := range together[i] {
			files[k].text = nil
		}
		if n := done.Add(int64(len(together[i]))); progress != nil {
			progress(int(n), len(files))
		}
		return err
	})
	return files, results, err
}

// add counts a file, and keeps it if it has something to show or a finding's path
// leads through it.
func (rep *Report) add(res *FileResult, onPath bool) {
	rep.Audited++
	rep.Lines += res.Text.Lines()
	rep.Ignored += res.Ignored
	if !onPath && len(res.Findings)+len(res.Entries)+len(res.Notes) == 0 && res.Surface().empty() {
		return
	}
	rep.Files = append(rep.Files, res)
	rep.Findings = append(rep.Findings, res.Findings...)
	for _, e := range res.Entries {
		rep.Tools = append(rep.Tools, ToolInfo{EntryInfo: e})
	}
	for _, n := range res.Notes {
		rep.Notes = append(rep.Notes, Note{res.Path, n})
	}
}

// recount counts the open findings about each tool: such a finding carries the tool's
// name, and stands in a file of its own or begins there.
func (rep *Report) recount() {
	byTool := map[string][]*Finding{}
	for _, f := range rep.Findings {
		if f.Suppressed == nil && f.Tool != "" {
			byTool[f.Tool] = append(byTool[f.Tool], f)
		}
	}
	for i := range rep.Tools {
		t := &rep.Tools[i]
		t.Findings, t.Worst = 0, nil
		for _, f := range byTool[t.Name] {
			about := f.Path == t.Path || f.Path == t.Handler || len(f.Steps) > 0 && (f.Steps[0].Path == t.Path || f.Steps[0].Path == t.Handler)
			if !about {
				continue
			}
			t.Findings++
			if t.Worst == nil || f.Score.AIVSS > t.Worst.Score.AIVSS {
				t.Worst = f
			}
		}
	}
}

// NotFollowed counts the tools that could not be followed.
func (rep *Report) NotFollowed() int {
	n := 0
	for i := range rep.Tools {
		if !rep.Tools[i].Followed {
			n++
		}
	}
	return n
}

// Keep drops the findings that are not wanted, and counts those of each tool anew.
func (rep *Report) Keep(wanted func(*Finding) bool) {
	var kept []*Finding
	for _, f := range rep.Findings {
		if wanted(f) {
			kept = append(kept, f)
		}
	}
	rep.Findings = kept
	rep.recount()
}

// Merge adds another audit to rep. A file that is in both counts as rep has it.
func (rep *Report) Merge(o *Report) {
	known := map[string]bool{}
	for _, f := range rep.Files {
		known[f.Path] = true
	}
	skipped := map[Skip]bool{}
	for _, s := range rep.Skipped {
		skipped[s] = true
	}
	rep.Roots = append(rep.Roots, o.Roots...)
	rep.Files = append(rep.Files, slices.DeleteFunc(o.Files, func(f *FileResult) bool { return known[f.Path] })...)
	rep.Findings = append(rep.Findings, slices.DeleteFunc(o.Findings, func(f *Finding) bool { return known[f.Path] })...)
	rep.Tools = append(rep.Tools, slices.DeleteFunc(o.Tools, func(t ToolInfo) bool { return known[t.Path] })...)
	rep.Skipped = append(rep.Skipped, slices.DeleteFunc(o.Skipped, func(s Skip) bool { return skipped[s] })...)
	rep.Notes = append(rep.Notes, slices.DeleteFunc(o.Notes, func(n Note) bool { return known[n.Path] })...)
	rep.Audited += o.Audited
	rep.Lines += o.Lines
	rep.Ignored += o.Ignored
	rep.Exceptions = append(rep.Exceptions, o.Exceptions...)
}
