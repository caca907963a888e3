package main

// checks.go lists the catalogue.

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/site"
)

func newChecks(s streams) *cobra.Command {
	var class, language, siteDir string
	var rules []string
	c := &cobra.Command{
		Use:   "checks [WORD...]",
		Short: "List the checks",
		Long: `checks lists the catalogue, with the checks of the project you are in. Words
narrow it down: a check is listed if each of them stands in its id, title, class
or in an identifier that it maps to, such as CWE-78 or MCP05.

--site DIR writes the catalogue as static pages, with an index by class and by
standard, a search, and the lesson of every check. They need no server and no
network: open index.html.

Exit codes: 0 some are listed, 1 none fits, 2 wrong usage.`,
		Example: `  mcpaudit checks
  mcpaudit checks CWE-22
  mcpaudit checks --class injection --language go
  mcpaudit checks --site lessons`,
		RunE: func(_ *cobra.Command, words []string) error {
			if err := someRules(rules); err != nil {
				return err
			}
			all, err := projectCatalogue(rules)
			if err != nil {
				return err
			}
			if siteDir != "" {
				if class != "" || language != "" || len(words) > 0 {
					return errors.New("--site writes the whole catalogue: leave out --class, --language and words")
				}
				return writeSite(s, all, siteDir)
			}
			return listChecks(s, all, class, language, words)
		},
	}
	c.Flags().StringVar(&siteDir, "site", "", "write the catalogue as static pages into `DIR`")
	c.Flags().StringVar(&class, "class", "", "list this `CLASS` alone")
	c.Flags().StringVar(&language, "language", "", "list checks for this `LANGUAGE` alone: python, typescript, javascript, go, json, toml")
	c.Flags().StringArrayVar(&rules, "rules", nil, "list the rules and checks of a `FILE` or folder too; may be repeated")
	return c
}

// writeSite writes the pages and says where to begin.
func writeSite(s streams, all *checks.Catalogue, dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := unlinked(abs); err != nil {
		return err
	}
	if err := site.Write(dir, all, site.Options{Version: version()}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d checks written; open %s\n", len(all.All()), filepath.Join(dir, "index.html"))
	return err
}

func listChecks(s streams, all *checks.Catalogue, class, language string, words []string) error {
	if language == "javascript" {
		language = "typescript" // which stands for ECMAScript in all its forms
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	n := 0
	for _, c := range all.All() {
		if class != "" && c.Class != class || language != "" && !slices.Contains(languages(c), language) || !mentions(c, words) {
			continue
		}
		n++
		score := "-"
		if b := c.Vector.BaseScore(); b > 0 {
			score = b.String()
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, markup.Plain(c.Class), score, strings.Join(languages(c), ","), markup.Plain(c.Title))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if n == 0 {
		return &exitError{exitFindings, errors.New("no check fits; 'mcpaudit checks' lists them all")}
	}
	noun := "checks"
	if n == 1 {
		noun = "check"
	}
	_, err := fmt.Fprintf(s.out, "\n%d %s; the number is the CVSS 4.0 base score. Read one with 'mcpaudit explain ID'.\n", n, noun)
	return err
}

func languages(c *checks.Check) []string {
	var names []string
	for _, l := range c.Languages {
		names = append(names, l.String())
	}
	return names
}

// mentions reports whether each word stands somewhere in what is known of a check.
func mentions(c *checks.Check, words []string) bool {
	text := []string{c.ID, c.Title, c.Class}
	for _, n := range c.CWE {
		text = append(text, fmt.Sprintf("CWE-%d", n))
	}
	for _, ids := range c.Maps {
		text = append(text, ids...)
	}
	for _, w := range words {
		if !slices.ContainsFunc(text, func(t string) bool { return strings.Contains(strings.ToLower(t), strings.ToLower(w)) }) {
			return false
		}
	}
	return true
}
