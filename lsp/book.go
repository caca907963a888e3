package lsp

// book.go keeps what the people of each workspace folder have answered about their
// servers, and hands to the audit what of it still holds.

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/threat"
)

// books are the answers of the workspace folders, and what the audit was told of them.
type books struct {
	of   map[string]*threat.Book   // by folder; none for a folder that is not trusted
	told map[string][]audit.Answer // by folder
}

// loadBooks reads the books of all folders again. What cannot be read is told once.
func (s *server) loadBooks() {
	next := map[string]*threat.Book{}
	for _, folder := range s.folders {
		if b := s.loadBook(folder); b != nil {
			next[folder] = b
		}
	}
	s.books.of = next
}

// loadBook reads the book of a folder: as the editor has it, or else from disk. In an
// untrusted workspace nobody reads it.
func (s *server) loadBook(folder string) *threat.Book {
	name := filepath.Join(folder, filepath.FromSlash(threat.BookFile))
	if d := s.documents[name]; d != nil && !s.untrusted {
		b, _ := threat.ReadBook(name, []byte(d.text.String()))
		return b
	}
	b, problems, err := threat.LoadBook(folder)
	switch {
	case err != nil:
		s.log.once("%v", err)
		return nil
	case s.untrusted:
		if len(b.Answers) > 0 {
			s.log.once("%s is ignored, because the workspace is not trusted", name)
		}
		return nil
	}
	for _, p := range problems {
		if p.Severity == threat.Error {
			s.log.once("%s:%d: %s", name, p.Line, p.Text)
		}
	}
	return b
}

// booksChanged weighs the answers of books that were read anew.
func (s *server) booksChanged() {
	s.generation++
	s.auditRest()
	s.refreshClient()
}

// isBook reports whether a file is the book of a folder.
func isBook(path string) bool {
	return filepath.Base(path) == filepath.Base(threat.BookFile) && filepath.Base(filepath.Dir(path)) == filepath.Dir(threat.BookFile)
}

// weigh finds which answers still speak of the code as it is, and has the audit score
// anew where that has changed.
func (s *server) weigh(ctx context.Context, v *view) error {
	for folder, book := range v.books {
		if len(book.Answers) == 0 && len(v.told[folder]) == 0 {
			continue
		}
		results, err := v.below(ctx, folder)
		if err != nil {
			return err
		}
		answers := threat.Answers(threat.Models(results, folder, book))
		if reflect.DeepEqual(answers, v.told[folder]) || len(answers)+len(v.told[folder]) == 0 {
			continue
		}
		done := make(chan struct{})
		s.post(func() {
			defer close(done)
			s.tell(folder, answers)
		})
		select {
		case <-done:
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	return nil
}

// weighAgain weighs after an edit, and says what kept it from it.
func (s *server) weighAgain(ctx context.Context, v *view) {
	if err := s.weigh(ctx, v); err != nil && ctx.Err() == nil {
		s.log.warn("the answers of the threat model: %v", err)
	}
}

// tell gives the audit the answers of a folder. Only the owner calls it.
func (s *server) tell(folder string, answers []audit.Answer) {
	told := make(map[string][]audit.Answer, len(s.books.told)+1)
	for f, a := range s.books.told {
		told[f] = a
	}
	told[folder] = answers
	s.books.told = told
	s.engine.SetKnowledge(folder, &audit.Knowledge{Answers: answers})
	s.generation++
	s.auditRest()
	s.refreshClient()
}

// below audits what lies below a folder.
func (v *view) below(ctx context.Context, folder string) ([]*audit.FileResult, error) {
	files, err := v.Files(ctx)
	if err != nil {
		return nil, err
	}
	var results []*audit.FileResult
	for _, path := range files {
		if !within(path, []string{folder}) {
			continue
		}
		if res, err := v.Audit(ctx, path); err == nil {
			results = append(results, res)
		} else if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return results, nil
}

// home gives the workspace folder that a file belongs to, the nearest; empty for none.
func (v *view) home(path string) string {
	best := ""
	for _, f := range v.Folders() {
		if len(f) > len(best) && within(path, []string{f}) {
			best = f
		}
	}
	return best
}

// model gives the threat model of the server that a file belongs to, nil for none. A
// file in no folder is a server by itself.
func (v *view) model(ctx context.Context, res *audit.FileResult) (*threat.Model, error) {
	folder := v.home(res.Path)
	if folder == "" {
		return threat.ModelOf([]*audit.FileResult{res}, filepath.Dir(res.Path), res.Path, nil), nil
	}
	results, err := v.below(ctx, threat.FolderOf(res.Path, folder))
	if err != nil {
		return nil, err
	}
	if !slices.Contains(results, res) {
		results = append(slices.DeleteFunc(results, func(r *audit.FileResult) bool { return r.Path == res.Path }), res)
	}
	return threat.ModelOf(results, folder, res.Path, v.books[folder]), nil
}
