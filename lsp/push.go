package lsp

// push.go publishes diagnostics to clients that do not pull them: the edited
// file at once, then the files that may depend on it, and the whole workspace
// when it is opened or changes on disk.

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	fastjson "github.com/segmentio/encoding/json"

	"mcpaudit/internal/audit"
)

// restDelay is how long after the last edit the other files are looked at.
const restDelay = 100 * time.Millisecond

// rest is the second phase after an edit.
type rest struct {
	timer  *time.Timer
	cancel context.CancelFunc
}

// published is what the client has been told of each file.
type published struct {
	mu    sync.Mutex
	files map[string]*sent
}

// sent is what the client has been told of one file.
type sent struct {
	generation int64 // of the view behind it: nothing older replaces it
	result     *audit.FileResult
	uri        string
	id         string
	count      int
	// fresh is set when the file is opened, whose first version is always
	// answered for, even by an empty list.
	fresh bool
}

func (p *published) reopen(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.get(path).fresh = true
}

// get gives what was sent of a file. The caller holds the lock.
func (p *published) get(path string) *sent {
	if p.files == nil {
		p.files = map[string]*sent{}
	}
	f := p.files[path]
	if f == nil {
		f = &sent{id: emptyID}
		p.files[path] = f
	}
	return f
}

// under lists the files with diagnostics whose paths begin with prefix.
func (p *published) under(prefix string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var paths []string
	for path, f := range p.files {
		if f.count > 0 && strings.HasPrefix(path, prefix) {
			paths = append(paths, path)
		}
	}
	return paths
}

// edited starts the audit of a file that the editor has just changed, and later that
// of the files that may depend on it. Clients that pull ask for the first themselves.
func (s *server) edited(path string) {
	if isBook(path) {
		s.loadBooks()
	}
	if !s.pulls {
		v, d := s.view(), s.documents[path]
		s.hot.begin()
		s.background("the audit of an edited file", func() {
			defer s.hot.end()
			res, _, err := v.Glance(d.ctx, path)
			s.publishAudit(d.ctx, v, path, res, err)
		})
	}
	if s.rest.timer != nil {
		s.rest.timer.Stop()
	}
	if s.rest.cancel != nil {
		s.rest.cancel()
		s.rest.cancel = nil
	}
	s.rest.timer = time.AfterFunc(restDelay, func() { s.post(s.auditRest) })
}

// auditRest looks at the files that the client sees, because an edit elsewhere
// may have changed what is found in them. Unchanged files cost a look-up.
func (s *server) auditRest() {
	ctx, cancel := context.WithCancel(s.ctx)
	s.rest.cancel = cancel
	v := s.view()
	if s.pulls {
		s.background("the audit of dependent files", func() {
			defer cancel()
			s.hot.wait()
			s.weighAgain(ctx, v)
			if s.stale(ctx, v) {
				s.post(s.refreshClient)
			}
		})
		return
	}
	paths := s.published.under("")
	paths = slices.AppendSeq(paths, maps.Keys(v.documents))
	slices.Sort(paths)
	s.background("the audit of dependent files", func() {
		defer cancel()
		for _, path := range slices.Compact(paths) {
			s.auditAndPublish(ctx, v, path)
		}
		s.weighAgain(ctx, v)
	})
}

// closed returns a file to what stands on disk, and forgets it where it is no
// part of the workspace.
func (s *server) closed(path string) {
	s.answered.set(path, "")
	if s.pulls {
		s.refreshClient()
		return
	}
	v, folders := s.view(), s.folders
	s.background("the audit of a closed file", func() {
		files, err := v.Files(s.ctx)
		if _, listed := slices.BinarySearch(files, path); err == nil && listed && within(path, folders) {
			s.auditAndPublish(s.ctx, v, path)
			return
		}
		s.publish(v, path, nil)
	})
}

// stale reports whether a client that pulls knows other diagnostics of an open file
// than there are now.
func (s *server) stale(ctx context.Context, v *view) bool {
	for path := range v.documents {
		known := s.answered.of(path)
		if known == "" {
			continue // it has not asked
		}
		res, err := v.Audit(ctx, path)
		if err != nil {
			if rep, ok, err := s.ownReport(ctx, v, path); ok && err == nil && rep.id != known {
				return true
			}
			continue
		}
		if rep, err := s.report(ctx, v, res); err == nil && rep.id != known {
			return true
		}
	}
	return false
}

// answered is the id of the last report that a client pulled of each open file.
type answered struct {
	mu  sync.Mutex
	ids map[string]string
}

func (a *answered) of(path string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ids[path]
}

// set remembers a report's id; an empty one forgets the file.
func (a *answered) set(path, id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids == nil {
		a.ids = map[string]string{}
	}
	if id == "" {
		delete(a.ids, path)
		return
	}
	a.ids[path] = id
}

func (s *server) auditAndPublish(ctx context.Context, v *view, path string) {
	res, err := v.Audit(ctx, path)
	s.publishAudit(ctx, v, path, res, err)
}

func (s *server) publishAudit(ctx context.Context, v *view, path string, res *audit.FileResult, err error) {
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.log.once("%v", err)
		}
		res = nil
	}
	s.publish(v, path, res)
}

// publish tells the client of a file's diagnostics if they are not what it
// knows; nil is a file without any. What an older view found is dropped.
func (s *server) publish(v *view, path string, res *audit.FileResult) {
	d := v.documents[path]
	if d != nil && d.ctx.Err() != nil {
		return
	}
	s.published.mu.Lock()
	f := s.published.get(path)
	known := !f.fresh && f.generation <= v.generation && res != nil && f.result == res && f.uri == v.uri(path)
	if known {
		f.generation = v.generation
	}
	s.published.mu.Unlock()
	if known {
		return
	}

	rep := report{id: emptyID, items: noItems}
	if res == nil && d != nil {
		if own, ok, err := s.ownReport(s.ctx, v, path); err != nil {
			s.log.warn("diagnostics of %s: %v", path, err)
			return
		} else if ok {
			rep = own
		}
	}
	if res != nil {
		var err error
		if rep, err = s.report(s.ctx, v, res); err != nil {
			s.log.warn("diagnostics of %s: %v", path, err)
			return
		}
		s.note(res)
	}

	s.published.mu.Lock()
	defer s.published.mu.Unlock()
	f = s.published.get(path)
	if f.generation > v.generation || d != nil && d.ctx.Err() != nil {
		return
	}
	changed := f.fresh || f.id != rep.id
	*f = sent{generation: v.generation, result: res, uri: v.uri(path), id: rep.id, count: rep.count}
	if changed {
		version := v.version(path)
		if !s.client.TextDocument.PublishDiagnostics.Version {
			version = nil
		}
		s.stream.notify("textDocument/publishDiagnostics", publishParams(f.uri, version, rep.items))
	}
	if rep.count == 0 && d == nil {
		delete(s.published.files, path)
	}
}

// publishParams encodes PublishDiagnosticsParams around encoded items.
func publishParams(uri string, version *int32, items []byte) []byte {
	head, _ := fastjson.Marshal(struct { // plain data: it always encodes
		URI     string `json:"uri"`
		Version *int32 `json:"version,omitempty"`
	}{uri, version})
	params := make([]byte, 0, len(head)+len(items)+24)
	params = append(params, head[:len(head)-1]...)
	params = append(params, `,"diagnostics":`...)
	params = append(params, items...)
	return append(params, '}')
}

// note tells the client once of what an audit lost.
func (s *server) note(res *audit.FileResult) {
	for _, n := range res.Notes {
		s.log.once("%s: %s", res.Rel, n)
	}
}

// scanWorkspace audits all files and publishes what is found in them, and
// withdraws what was found in files that are gone. A newer scan replaces it.
func (s *server) scanWorkspace() {
	if s.pulls {
		return
	}
	if s.scan != nil {
		s.scan()
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.scan = cancel
	v := s.view()
	s.background("the audit of the workspace", func() {
		defer cancel()
		progress := s.startProgress(ctx, cancel, "Auditing MCP servers")
		results, err := v.AuditAll(ctx, func(done, total int) {
			s.hot.wait() // an edit comes first
			progress.report(done, total)
		})
		if err != nil {
			progress.end("stopped")
			if ctx.Err() == nil {
				s.log.warn("the workspace could not be audited: %v", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, res := range results {
			seen[res.Path] = true
			s.publish(v, res.Path, res)
		}
		for _, path := range s.published.under("") {
			if !seen[path] && v.documents[path] == nil {
				s.publish(v, path, nil)
			}
		}
		progress.end("")
		s.weighAgain(ctx, v)
	})
}

// refreshClient asks a client that pulls to pull again, and any to fetch its
// lenses and hints again, because something other than an edit has changed them.
func (s *server) refreshClient() {
	if s.pulls && s.client.Workspace.Diagnostics.RefreshSupport {
		s.ask("workspace/diagnostic/refresh", nil)
	}
	if s.client.Workspace.CodeLens.RefreshSupport {
		s.ask("workspace/codeLens/refresh", nil)
	}
	if s.client.Workspace.InlayHint.RefreshSupport {
		s.ask("workspace/inlayHint/refresh", nil)
	}
}

// renew audits all anew, as every change but an edit asks for.
func (s *server) renew() {
	s.generation++
	s.scanWorkspace()
	if s.pulls {
		s.auditRest() // which for the others the scan brings
	}
	s.refreshClient()
}
