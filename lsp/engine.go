package lsp

// engine.go is the seam to the audit: what the server needs of a workspace and
// of its snapshots, and the view that one request works on.

import (
	"context"
	"maps"

	"mcpaudit/checks"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// engine is an audit.Workspace. Only the owner calls it.
type engine interface {
	SetFolders(folders []string)
	SetConfig(folder string, c config.Config)
	SetCatalogue(folder string, c *checks.Catalogue)
	SetKnowledge(folder string, k *audit.Knowledge)
	Renew()
	Open(path string, version int32, text string) bool
	Change(path string, version int32, changes []audit.ContentChange, enc source.Encoding) error
	Close(path string)
	FileChanged(path string)
	snapshot() snapshot
}

// snapshot is an audit.Snapshot: immutable, for any number of goroutines.
type snapshot interface {
	Audit(ctx context.Context, path string) (*audit.FileResult, error)
	AuditAll(ctx context.Context, progress func(done, total int)) ([]*audit.FileResult, error)
	// Glance is Audit for an answer at once, and says whether it is what Audit gives.
	Glance(ctx context.Context, path string) (res *audit.FileResult, whole bool, err error)
	Text(path string) *source.Text
	Files(ctx context.Context) ([]string, error)
	Folders() []string
	Config(path string) config.Config
	// lesson gives what the document of a check says, among the checks that hold
	// for a file, or with "" for files in no folder; without a title if there is
	// no such check.
	lesson(path, check string) lesson
	// check gives the check itself, nil if there is no such check.
	check(path, id string) *checks.Check
	// checkIDs gives the ids of the checks that hold for a file or folder.
	checkIDs(path string) []string
}

// workspace is the engine that audits.
type workspace struct{ *audit.Workspace }

func newEngine(o Options, untrusted bool) engine {
	return workspace{audit.New(audit.Options{Config: o.Config, Catalogue: o.Catalogue, Untrusted: untrusted, Jobs: o.Jobs})}
}

func (w workspace) snapshot() snapshot { return auditSnapshot{w.Snapshot()} }

type auditSnapshot struct{ *audit.Snapshot }

func (s auditSnapshot) check(path, id string) *checks.Check { return s.Catalogue(path).ByID(id) }

func (s auditSnapshot) checkIDs(path string) []string {
	var ids []string
	for _, c := range s.Catalogue(path).All() {
		ids = append(ids, c.ID)
	}
	return ids
}

func (s auditSnapshot) lesson(path, check string) lesson {
	c := s.Catalogue(path).ByID(check)
	if c == nil {
		return lesson{}
	}
	l := lesson{
		Title: c.Title, Why: c.Document.Introduction, Whole: c.Lesson,
		Attack: c.Document.Sections[checks.SectionAttack], Questions: c.Document.Sections[checks.SectionAsk],
		Sketch: c.Document.Skeleton(source.LanguageOf(path)),
	}
	if l.Why == "" {
		l.Why = c.Lesson // a rule from elsewhere says all it has to say in its message
	}
	return l
}

// document is one version of an open file, as the client names it.
type document struct {
	path, uri string
	version   int32
	text      *source.Text
	// ctx ends when the document changes or closes: work on it is of no use then.
	ctx    context.Context
	cancel context.CancelFunc
}

// owned is what the owner alone touches.
type owned struct {
	start      func(untrusted bool) engine
	engine     engine
	documents  map[string]*document // by path
	generation int64                // counts the changes of the workspace
	folders    []string
	settings   settings
	scan       context.CancelFunc // ends the scan that runs, nil if none
	rest       rest
	books      books
}

// view is the workspace as one request sees it.
type view struct {
	snapshot
	generation int64
	documents  map[string]*document
	books      map[string]*kept   // by folder
	told       map[string]*spoken // by folder, what the snapshot scores with
}

// view takes a snapshot. Only the owner calls it.
func (s *server) view() *view {
	return &view{snapshot: s.engine.snapshot(), generation: s.generation, documents: maps.Clone(s.documents), books: s.books.of, told: s.books.told}
}

// uri names a file as the client does.
func (v *view) uri(path string) string {
	if d := v.documents[path]; d != nil {
		return d.uri
	}
	return source.URIOf(path)
}

// version gives the version of an open file, nil for one on disk.
func (v *view) version(path string) *int32 {
	if d := v.documents[path]; d != nil {
		return &d.version
	}
	return nil
}

// text gives the text of any file that a finding speaks of, nil if it is gone.
func (v *view) text(path string) *source.Text {
	if d := v.documents[path]; d != nil {
		return d.text
	}
	return v.Text(path)
}
