package main

// explain.go shows the lesson of a check in the terminal.

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/glamour"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mcpaudit/checks"
)

// maxWidth is the width in columns beyond which prose is hard to read.
const maxWidth = 100

func newExplain(s streams) *cobra.Command {
	return &cobra.Command{
		Use:     "explain CHECK",
		Short:   "Read the lesson of a check",
		Long:    "explain shows what a check is about: the threat, the attack, vulnerable and safe\ncode, the questions to ask, and when it is not a problem.",
		Example: "  mcpaudit explain path-traversal",
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			if all, err := checks.Default(); err == nil {
				for _, c := range all.All() {
					ids = append(ids, c.ID)
				}
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := checks.Default()
			if err != nil {
				return err
			}
			c := all.ByID(args[0])
			if c == nil {
				return noSuchCheck(all, args[0])
			}
			return explain(s, c)
		},
	}
}

func explain(s streams, c *checks.Check) error {
	text := c.Lesson + "\n" + facts(c)
	if !isTerminal(s.out) {
		_, err := fmt.Fprint(s.out, text)
		return err
	}
	width := maxWidth
	if w, _, err := term.GetSize(int(s.out.(*os.File).Fd())); err == nil {
		width = min(w, maxWidth)
	}
	style := glamour.WithAutoStyle()
	if !colors(s.out) {
		style = glamour.WithStandardStyle("notty")
	}
	r, err := glamour.NewTermRenderer(style, glamour.WithWordWrap(width))
	if err != nil {
		return err
	}
	shown, err := r.Render(text)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.out, shown)
	return err
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
