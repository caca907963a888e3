package main

// knowledge.go applies what the people of a project have said of its code.

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mcpaudit/checks"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/threat"
)

// maxTold bounds the problems of one file of the threat model that are told.
const maxTold = 5

// apply scores an audit of a project under what was answered about its servers, silences
// what is accepted, and tells what of both does not hold.
func (p *project) apply(ctx context.Context, s streams, c *checks.Catalogue, rep *audit.Report) error {
	if p.book == "" && p.accepted == 0 {
		return nil
	}
	// Both speak of whole servers, so all of them are looked at.
	whole, err := p.whole(ctx, c, rep)
	if err != nil {
		return err
	}
	k := &audit.Knowledge{}
	var told []threat.Problem
	if p.book != "" {
		book, problems, err := threat.LoadBook(p.folder)
		if err != nil {
			return err
		}
		models := threat.Models(whole.Files, p.folder, book)
		told = append(problems, threat.Unused(book, models)...)
		k.Answers = threat.Answers(models)
	}
	x := p.exceptions(c)
	k.Exceptions = x.Rules()
	whole.Apply(k)
	if whole != rep {
		rep.Apply(k)
	}
	uses, problems := x.Uses(whole.Findings)
	rep.Exceptions = uses
	tell(s, append(told, problems...))
	return nil
}

// exceptions reads the accepted risks of the project.
func (p *project) exceptions(c *checks.Catalogue) *threat.Exceptions {
	if p.accepted == 0 {
		return &threat.Exceptions{}
	}
	var ids []string
	for _, check := range c.All() {
		ids = append(ids, check.ID)
	}
	return threat.LoadExceptions(p.folder, threat.ExceptionContext{Checks: ids, Today: time.Now()}, nil)
}

// whole gives the audit of the whole folder of the project: rep, if it is that.
func (p *project) whole(ctx context.Context, c *checks.Catalogue, rep *audit.Report) (*audit.Report, error) {
	if slices.ContainsFunc(rep.Roots, func(root string) bool {
		rel, err := filepath.Rel(root, p.folder)
		return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
	}) {
		return rep, nil
	}
	return audit.Scan(ctx, []string{p.folder}, audit.ScanOptions{Config: p.config, Catalogue: c})
}

// tell says what is wrong with the files of a threat model, errors and warnings first.
func tell(s streams, problems []threat.Problem) {
	problems = slices.DeleteFunc(slices.Clone(problems), func(p threat.Problem) bool { return p.Severity > threat.Warning })
	slices.SortStableFunc(problems, func(a, b threat.Problem) int { return int(a.Severity) - int(b.Severity) })
	for i, p := range problems {
		if i == maxTold {
			fmt.Fprintf(s.err, "mcpaudit: and %d more in the files of the threat model\n", len(problems)-i)
			return
		}
		fmt.Fprintf(s.err, "mcpaudit: %s:%d: %s\n", markup.Plain(shown(p.Path)), p.Line, markup.Plain(p.Text))
	}
}
