package main

// at.go finds the finding that a place names: FILE:LINE, as reports print it.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
	"mcpaudit/internal/tutor"
)

// located is what was found at a place.
type located struct {
	findings  []*audit.Finding // the worst first
	near      bool             // they are the nearest, in another line than was asked for
	project   *project
	catalogue *checks.Catalogue
	report    *audit.Report
}

// isPlace reports whether a word is a place: a file, and a line of it.
func isPlace(word string) bool {
	_, _, err := parsePlace(word)
	return err == nil
}

// parsePlace takes FILE:LINE or FILE:LINE:COLUMN apart.
func parsePlace(word string) (file string, line int, err error) {
	parts := strings.Split(word, ":")
	var numbers []int
	for len(parts) > 1 && len(numbers) < 2 {
		n, err := strconv.Atoi(parts[len(parts)-1])
		if err != nil || n < 1 {
			break
		}
		numbers, parts = append(numbers, n), parts[:len(parts)-1]
	}
	if len(numbers) == 0 {
		return "", 0, fmt.Errorf("%q names no line: want FILE:LINE, as reports print it", word)
	}
	return strings.Join(parts, ":"), numbers[len(numbers)-1], nil
}

// locate audits the server that a file belongs to, and gives the findings at a line of
// it, or else the nearest in the file.
func locate(ctx context.Context, s streams, word string) (*located, error) {
	file, line, err := parsePlace(word)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(abs); err != nil {
		return nil, err
	} else if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: want FILE:LINE", file)
	}
	p, err := findProject(file)
	if err != nil {
		return nil, err
	}
	if err := p.read(); err != nil {
		return nil, err
	}
	folder := p.folder
	if folder == "" {
		folder = threat.FolderOf(abs, repository(abs))
	}
	p.paths = []string{folder, abs}
	f := &scanFlags{}
	catalogues, err := f.catalogues([]*project{p})
	if err != nil {
		return nil, err
	}
	rep, err := f.scan(ctx, s, p, catalogues[0])
	if err != nil {
		return nil, err
	}
	if err := p.apply(ctx, s, catalogues[0], rep); err != nil {
		return nil, err
	}
	l := &located{project: p, catalogue: catalogues[0], report: rep}
	if l.pick(abs, line); len(l.findings) == 0 {
		return nil, fmt.Errorf("nothing was found in %s", file)
	}
	return l, nil
}

// repository gives the root of the repository of a file, or else its folder.
func repository(file string) string {
	for dir := filepath.Dir(file); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			return filepath.Dir(file)
		}
	}
}

// pick keeps the findings at a line, or else at the nearest that has one.
func (l *located) pick(path string, line int) {
	best := -1
	for _, f := range l.report.Findings {
		text := l.text(f.Path)
		if f.Path != path || f.Suppressed != nil || text == nil {
			continue
		}
		first, last := text.LineAt(f.Span.Start)+1, text.LineAt(f.Span.End)+1
		away := max(first-line, line-last, 0)
		if best < 0 || away < best {
			best, l.findings = away, nil
		}
		if away == best {
			l.findings = append(l.findings, f)
		}
	}
	l.near = best > 0
	slices.SortStableFunc(l.findings, func(a, b *audit.Finding) int { return int(b.Score.AIVSS) - int(a.Score.AIVSS) })
}

// text gives the text of an audited file, nil for any other.
func (l *located) text(path string) *source.Text {
	for _, res := range l.report.Files {
		if res.Path == path {
			return res.Text
		}
	}
	return nil
}

// sources give the code that a finding speaks of.
func (l *located) sources() tutor.Sources {
	return tutor.Sources{Text: l.text, Name: func(path string) string { return filepath.ToSlash(shown(path)) }}
}

// place names the place of a finding.
func (l *located) place(f *audit.Finding) string {
	line := 0
	if text := l.text(f.Path); text != nil {
		line = text.LineAt(f.Span.Start) + 1
	}
	return fmt.Sprintf("%s:%d", shown(f.Path), line)
}

// scored says the score of a finding in words.
func scored(s *aivss.Score) string {
	if !s.Scored {
		return "not scored"
	}
	return fmt.Sprintf("AIVSS %s %s", s.AIVSS, s.Band)
}

// errNoPlace is said where a place is missing.
var errNoPlace = errors.New("want FILE:LINE, as reports print it: mcpaudit ask server.py:58 why is this dangerous")
