package main

// explain.go shows the lesson of a check in the terminal.

import (
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
)

// maxWidth is the width in columns beyond which prose is hard to read.
const maxWidth = 100

func newExplain(s streams) *cobra.Command {
	var web bool
	command := &cobra.Command{
		Use:   "explain CHECK",
		Short: "Read the lesson of a check",
		Long: `explain shows what a check is about: the threat, the attack, vulnerable and safe
code, the questions to ask, and when it is not a problem. In a pipe the lesson
comes as Markdown. --web opens it in a browser, among the pages of the catalogue,
which are kept in the user's cache folder and need no network.`,
		Example: `  mcpaudit explain path-traversal
  mcpaudit explain sql-injection | less
  mcpaudit explain sql-injection --web`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("explain wants one check, such as path-traversal; 'mcpaudit checks' lists them all")
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
		RunE: func(_ *cobra.Command, args []string) error {
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

func explain(s streams, c *checks.Check) error {
	text := visible(c.Lesson) + "\n" + facts(c)
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
