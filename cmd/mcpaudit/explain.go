package main

// explain.go shows the lesson of a check in the terminal.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/browser"
	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/site"
	"mcpaudit/internal/tutor"
)

// maxWidth is the width in columns beyond which prose is hard to read.
const maxWidth = 100

func newExplain(s streams) *cobra.Command {
	var web bool
	depth := oneOf{}
	for _, d := range tutor.Depths {
		depth.values = append(depth.values, string(d))
	}
	command := &cobra.Command{
		Use:   "explain CHECK|FILE:LINE",
		Short: "Read the lesson of a check, or have a finding explained",
		Long: `explain shows what a check is about: the threat, the attack, vulnerable and safe
code, the questions to ask, and when it is not a problem. In a pipe the lesson
comes as Markdown. --web opens it in a browser, among the pages of the catalogue,
which are kept in the user's cache folder and need no network.

With a place it explains the finding there, filled with your own tool, parameter,
path and score: for somebody new to security, for a developer, or for a security
engineer, as --depth or depth in your own settings file says. No model is asked.`,
		Example: `  mcpaudit explain path-traversal
  mcpaudit explain server.py:58
  mcpaudit explain server.py:58 --depth beginner
  mcpaudit explain sql-injection | less
  mcpaudit explain sql-injection --web`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("explain wants one check, such as path-traversal, or FILE:LINE; 'mcpaudit checks' lists them all")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			if all, err := projectCatalogue(nil); err == nil {
				for _, c := range all.All() {
					ids = append(ids, c.ID+"\t"+c.Title)
				}
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if isPlace(args[0]) {
				return explainPlace(cmd.Context(), s, args[0], depth.value)
			}
			if depth.value != "" {
				return errors.New("--depth is for a finding: explain FILE:LINE")
			}
			c, all, err := findCheck(args[0])
			if err != nil {
				return err
			}
			if web {
				return explainInBrowser(s, all, c)
			}
			return explain(s, c)
		},
	}
	command.Flags().Var(&depth, "depth", "whom to explain a finding to (default: depth in your own settings file)")
	command.Flags().BoolVar(&web, "web", false, "open the lesson in a browser")
	return command
}

// explainInBrowser writes the pages into the user's cache folder and opens the one of
// a check.
func explainInBrowser(s streams, all *checks.Catalogue, c *checks.Check) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("there is no folder for the pages: %w; 'mcpaudit checks --site DIR' writes them where you say", err)
	}
	dir := filepath.Join(cache, "mcpaudit", "lessons")
	if err := site.Write(dir, all, site.Options{Version: version()}); err != nil {
		return err
	}
	page := filepath.Join(dir, "checks", site.FileName(c.ID))
	browser.Stdout, browser.Stderr = s.err, s.err
	if err := browser.OpenFile(page); err != nil {
		return fmt.Errorf("no browser could be opened (%w); the lesson stands in %s", err, page)
	}
	_, err = fmt.Fprintln(s.out, "opened "+page)
	return err
}

// explainPlace explains what was found at a place.
func explainPlace(ctx context.Context, s streams, word, depth string) error {
	l, err := locate(ctx, s, word)
	if err != nil {
		return err
	}
	if depth == "" {
		depth = l.project.config.Depth
	}
	d, err := tutor.ParseDepth(depth)
	if err != nil {
		return err
	}
	var b strings.Builder
	if l.near {
		fmt.Fprintf(&b, "There is nothing in that line; this is the nearest, at %s.\n\n", markup.Code(l.place(l.findings[0])))
	}
	for i, f := range l.findings {
		if i > 0 {
			b.WriteString("\n---\n\n")
		}
		if c := l.catalogue.ByID(f.Check); c != nil {
			b.WriteString(tutor.Explain(c, f, l.sources(), d))
		}
	}
	var others []string
	for _, o := range tutor.Depths {
		if o != d {
			others = append(others, fmt.Sprintf("for %s: `--depth %s`", tutor.Readers[o], o))
		}
	}
	fmt.Fprintf(&b, "\n---\n\nWritten for %s; %s. The whole lesson: %s.\n", tutor.Readers[d], strings.Join(others, ", "), markup.Code("mcpaudit explain "+l.findings[0].Check))
	return show(s, visible(b.String()))
}

func explain(s streams, c *checks.Check) error {
	return show(s, visible(c.Lesson)+"\n"+facts(c))
}

// show shows Markdown: drawn on a terminal, as it is in a pipe.
func show(s streams, text string) error {
	width := terminalWidth(s.out)
	if width == 0 {
		_, err := fmt.Fprint(s.out, text)
		return err
	}
	_, err := fmt.Fprint(s.out, renderMarkdown(text, min(width, maxWidth), colors(s.out)))
	return err
}

// visible writes out what steers a terminal: a lesson may be a stranger's.
func visible(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		for i, cell := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(markup.Plain(cell))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// facts gives what stands in the head of the document, as the lesson's last
// section.
func facts(c *checks.Check) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## This check\n- id: `%s`, class: %s, confidence: %s\n", c.ID, c.Class, c.Confidence)
	if base := c.Vector.BaseScore(); base > 0 {
		fmt.Fprintf(&b, "- CVSS 4.0 base score %s: `%s`\n", base, c.Vector)
	} else {
		b.WriteString("- hygiene: it has no score of its own\n")
	}
	var ids []string
	for _, n := range c.CWE {
		ids = append(ids, fmt.Sprintf("CWE-%d", n))
	}
	var names []string
	for name := range c.Maps {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		ids = append(ids, c.Maps[name]...)
	}
	if len(ids) > 0 {
		fmt.Fprintf(&b, "- maps to: %s\n", strings.Join(ids, ", "))
	}
	fmt.Fprintf(&b, "- suppress one finding with a comment and a reason: `mcpaudit: ignore[%s] why`\n", c.ID)
	return b.String()
}
