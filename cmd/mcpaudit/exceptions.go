package main

// exceptions.go lists the accepted risks of a project with what has become of them.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mcpaudit/internal/markup"
	"mcpaudit/internal/threat"
)

func newExceptions(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "exceptions [PATH]",
		Short: "List the accepted risks and what has become of them",
		Long: `exceptions lists the accepted risks of the project that a path belongs to, from
.mcpaudit/exceptions: whether each still silences a finding, has expired, waits to
be accepted, or cannot be read, and what to do about it.

An exception silences the findings of its check that lie in its paths and fit its
code, until the day of its review. Every report shows what is silenced and why.

Exit codes: 0 all of them hold, wait or are retired; 1 something is wrong with one;
2 wrong usage.`,
		Example: `  mcpaudit exceptions
  mcpaudit exceptions server/`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("exceptions wants one path, a folder or a file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return listExceptions(cmd.Context(), s, append(args, ".")[0])
		},
	}
}

func listExceptions(ctx context.Context, s streams, path string) error {
	p, err := findProject(path)
	if err != nil {
		return err
	}
	if p.accepted == 0 {
		_, err := fmt.Fprintf(s.out, "no accepted risks: there is no file in %s\n", threat.ExceptionFolder)
		return err
	}
	if err := p.read(); err != nil {
		return err
	}
	p.paths = []string{p.folder}
	f := &scanFlags{}
	catalogues, err := f.catalogues([]*project{p})
	if err != nil {
		return err
	}
	rep, err := f.scan(ctx, s, p, catalogues[0])
	if err != nil {
		return err
	}
	quiet := s
	quiet.err = &strings.Builder{} // the list below says it
	if err := p.apply(ctx, quiet, catalogues[0], rep); err != nil {
		return err
	}
	t := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tSTATE\tSILENCES\tCHECKS\tREVIEW\tNAME")
	wrong := 0
	for _, e := range rep.Exceptions {
		id := e.ID
		if id == "" {
			id = shown(e.Path)
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\n", markup.Plain(id), e.State, e.Used, markup.Plain(strings.Join(e.Checks, ", ")), e.Review, markup.Plain(e.Name))
		if e.Problem != "" {
			wrong++
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if wrong == 0 {
		return nil
	}
	fmt.Fprintln(s.out)
	for _, e := range rep.Exceptions {
		if e.Problem != "" {
			fmt.Fprintf(s.out, "%s:%d: %s\n", markup.Plain(shown(e.Path)), e.Line, markup.Plain(e.Problem))
		}
	}
	return &exitError{exitFindings, fmt.Errorf("something is wrong with %d of %d", wrong, len(rep.Exceptions))}
}
