package main

// checks.go lists the catalogue.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/report"
)

func newChecks(s streams) *cobra.Command {
	var class, language string
	var rules []string
	c := &cobra.Command{
		Use:   "checks [WORD...]",
		Short: "List the checks",
		Long: `checks lists the catalogue, with the checks of the project you are in. Words
narrow it down: a check is listed if each of them stands in its id, title, class
or in an identifier that it maps to, such as CWE-78 or MCP05.

Exit codes: 0 some are listed, 1 none fits, 2 wrong usage.`,
		Example: `  mcpaudit checks
  mcpaudit checks CWE-22
  mcpaudit checks --class injection --language go`,
		RunE: func(_ *cobra.Command, words []string) error {
			if err := someRules(rules); err != nil {
				return err
			}
			all, err := projectCatalogue(rules)
			if err != nil {
				return err
			}
			return listChecks(s, all, class, language, words)
		},
	}
	c.Flags().StringVar(&class, "class", "", "list this `CLASS` alone")
	c.Flags().StringVar(&language, "language", "", "list checks for this `LANGUAGE` alone: python, typescript, javascript, go")
	c.Flags().StringArrayVar(&rules, "rules", nil, "list the rules and checks of a `FILE` or folder too; may be repeated")
	return c
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
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, report.Plain(c.Class), score, strings.Join(languages(c), ","), report.Plain(c.Title))
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
