package lsp

// sync.go serves textDocument/didOpen, didChange, didClose and didSave. The
// server keeps the text of open files itself as well, so that a file that the
// audit declines, or loses to a panic, can be taken up again.

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/source"
)

func didOpen(s *server, p didOpenParams) error {
	path, err := source.PathOf(p.TextDocument.URI)
	if err != nil {
		return err
	}
	s.replace(path, p.TextDocument.URI, p.TextDocument.Version, source.NewText(p.TextDocument.Text))
	s.published.reopen(path)
	s.reopen(path)
	s.edited(path)
	return nil
}

// replace makes text the newest version of an open file.
func (s *server) replace(path, uri string, version int32, text *source.Text) {
	if old := s.documents[path]; old != nil {
		old.cancel()
	}
	d := &document{path: path, uri: uri, version: version, text: text}
	d.ctx, d.cancel = context.WithCancel(s.ctx)
	s.documents[path] = d
	s.generation++
}

// reopen hands the whole text of an open file to the audit.
func (s *server) reopen(path string) {
	d := s.documents[path]
	if !s.engine.Open(path, d.version, d.text.String()) {
		s.log.info("%s is open and not audited", path)
	}
}

func didChange(s *server, p didChangeParams) error {
	path, err := source.PathOf(p.TextDocument.URI)
	if err != nil {
		return err
	}
	d := s.documents[path]
	if d == nil {
		return fmt.Errorf("%s changed, but is not open", quoted(p.TextDocument.URI))
	}
	text := d.text
	var changes []audit.ContentChange
	for _, c := range p.ContentChanges {
		change := audit.ContentChange{Text: c.Text}
		if c.Range == nil {
			change = minimal(text, c.Text, s.encoding)
		} else {
			r := sourceRange(*c.Range)
			change.Range = &r
		}
		text, _ = text.Replace(text.Span(*change.Range, s.encoding), change.Text)
		changes = append(changes, change)
	}
	s.replace(path, d.uri, p.TextDocument.Version, text)
	s.change(path, changes)
	s.edited(path)
	return nil
}

// change hands changes to the audit. Where it cannot apply them it gets the
// whole text instead.
func (s *server) change(path string, changes []audit.ContentChange) {
	applied := false
	defer func() {
		if !applied {
			s.reopen(path)
		}
	}()
	err := s.engine.Change(path, s.documents[path].version, changes, s.encoding)
	if err != nil && !errors.Is(err, audit.ErrNotOpen) {
		s.log.warn("%v", err)
	}
	applied = err == nil
}

// minimal turns a new whole text into the change of the part that differs, so
// that clients that always send the whole file are served as fast as others.
func minimal(old *source.Text, with string, enc source.Encoding) audit.ContentChange {
	was := old.String()
	n := min(len(was), len(with))
	prefix := 0
	for prefix < n && was[prefix] == with[prefix] {
		prefix++
	}
	// A position cannot lie within a character or within \r\n.
	inside := func(text string, at int) bool {
		return at > 0 && at < len(text) && (!utf8.RuneStart(text[at]) || text[at-1] == '\r' && text[at] == '\n')
	}
	for inside(was, prefix) || inside(with, prefix) {
		prefix--
	}
	suffix := 0
	for suffix < n-prefix && was[len(was)-1-suffix] == with[len(with)-1-suffix] {
		suffix++
	}
	for inside(was, len(was)-suffix) || inside(with, len(with)-suffix) {
		suffix--
	}
	r := old.Range(source.Span{Start: uint32(prefix), End: uint32(len(was) - suffix)}, enc)
	return audit.ContentChange{Range: &r, Text: with[prefix : len(with)-suffix]}
}

func didClose(s *server, p documentParams) error {
	path, err := source.PathOf(p.TextDocument.URI)
	if err != nil {
		return err
	}
	d := s.documents[path]
	if d == nil {
		return fmt.Errorf("%s closed, but is not open", quoted(p.TextDocument.URI))
	}
	d.cancel()
	delete(s.documents, path)
	s.generation++
	s.engine.Close(path)
	s.closed(path)
	return nil
}

func didSave(s *server, p documentParams) error {
	path, err := source.PathOf(p.TextDocument.URI)
	if err != nil {
		return err
	}
	s.savedSettings(path)
	return nil
}
