package lsp

// book.go keeps what the people of each workspace folder have answered about their
// servers, and hands to the audit what of it still holds.

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/threat"
)

// books are what the people of the workspace folders have said, and what of it the audit
// was told.
type books struct {
	of   map[string]*kept   // by folder; none for a folder that is not trusted
	told map[string]*spoken // by folder
}

// kept is what stands in the files of one folder.
type kept struct {
	book     *threat.Book
	problems []threat.Problem // of the book
	accepted *threat.Exceptions
}

// spoken is what the audit was told of one folder.
type spoken struct {
	answers  []audit.Answer
	accepted *threat.Exceptions
}

// silent reports whether nothing was said.
func (k *kept) silent() bool { return len(k.book.Answers)+len(k.accepted.List) == 0 }

// bookOf gives the answers of a folder, nil for none.
func (v *view) bookOf(folder string) *threat.Book {
	if k := v.books[folder]; k != nil {
		return k.book
	}
	return nil
}

// loadBooks reads what was said in all folders again. What cannot be read is told once.
func (s *server) loadBooks() {
	next := map[string]*kept{}
	for _, folder := range s.folders {
		if k := s.loadKept(folder); k != nil {
			next[folder] = k
		}
	}
	s.books.of = next
}

// loadKept reads the files of a folder: as the editor has them, or else from disk. In an
// untrusted workspace nobody reads them.
func (s *server) loadKept(folder string) *kept {
	name := filepath.Join(folder, filepath.FromSlash(threat.BookFile))
	if s.untrusted {
		if b, _, err := threat.LoadBook(folder); err == nil && len(b.Answers)+threat.ExceptionFiles(folder) > 0 {
			s.log.once("%s and accepted risks are ignored, because the workspace is not trusted", name)
		}
		return nil
	}
	k := &kept{}
	if d := s.documents[name]; d != nil {
		k.book, k.problems = threat.ReadBook(name, []byte(d.text.String()))
	} else {
		var err error
		if k.book, k.problems, err = threat.LoadBook(folder); err != nil {
			s.log.once("%v", err)
			k.book = &threat.Book{Path: name}
		}
		s.tellProblems(k.problems)
	}
	k.accepted = threat.LoadExceptions(folder, threat.ExceptionContext{Checks: s.engine.snapshot().checkIDs(folder), Today: time.Now()}, func(path string) ([]byte, bool) {
		if d := s.documents[path]; d != nil {
			return []byte(d.text.String()), true
		}
		return nil, false
	})
	s.tellProblems(slices.DeleteFunc(slices.Clone(k.accepted.Problems), func(p threat.Problem) bool { return s.documents[p.Path] != nil }))
	return k
}

// tellProblems says what is wrong with files that are not open: in those that are, it
// stands where it belongs.
func (s *server) tellProblems(problems []threat.Problem) {
	for _, p := range problems {
		if p.Severity == threat.Error {
			s.log.once("%s:%d: %s", p.Path, p.Line, p.Text)
		}
	}
}

// booksChanged weighs the answers of books that were read anew.
func (s *server) booksChanged() {
	s.generation++
	s.auditRest()
	s.refreshClient()
}

// isBook reports whether a file is the book of a folder, or an accepted risk.
func isBook(path string) bool {
	return threat.IsException(path) || filepath.Base(path) == filepath.Base(threat.BookFile) && filepath.Base(filepath.Dir(path)) == filepath.Dir(threat.BookFile)
}

// weigh finds which answers still speak of the code as it is, and has the audit score
// anew where that has changed.
func (s *server) weigh(ctx context.Context, v *view) error {
	for folder, k := range v.books {
		told := v.told[folder]
		if told == nil {
			told = &spoken{}
		}
		if k.silent() && len(told.answers) == 0 && (told.accepted == nil || len(told.accepted.List) == 0) {
			continue
		}
		next := &spoken{accepted: k.accepted}
		if len(k.book.Answers) > 0 {
			results, err := v.below(ctx, folder)
			if err != nil {
				return err
			}
			next.answers = threat.Answers(threat.Models(results, folder, k.book))
		}
		if sameAccepted(next.accepted, told.accepted) && (len(next.answers)+len(told.answers) == 0 || reflect.DeepEqual(next.answers, told.answers)) {
			continue
		}
		done := make(chan struct{})
		s.post(func() {
			defer close(done)
			s.tell(folder, next)
		})
		select {
		case <-done:
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	return nil
}

// sameAccepted reports whether two readings of the accepted risks say the same: they are
// one, or both say nothing.
func sameAccepted(a, b *threat.Exceptions) bool {
	none := func(x *threat.Exceptions) bool { return x == nil || len(x.List) == 0 }
	return a == b || none(a) && none(b)
}

// weighAgain weighs after an edit, and says what kept it from it.
func (s *server) weighAgain(ctx context.Context, v *view) {
	if err := s.weigh(ctx, v); err != nil && ctx.Err() == nil {
		s.log.warn("the answers of the threat model: %v", err)
	}
}

// tell gives the audit what was said in a folder. Only the owner calls it.
func (s *server) tell(folder string, next *spoken) {
	told := make(map[string]*spoken, len(s.books.told)+1)
	for f, a := range s.books.told {
		told[f] = a
	}
	told[folder] = next
	s.books.told = told
	s.engine.SetKnowledge(folder, &audit.Knowledge{Answers: next.answers, Exceptions: next.accepted.Rules()})
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
	return threat.ModelOf(results, folder, res.Path, v.bookOf(folder)), nil
}
