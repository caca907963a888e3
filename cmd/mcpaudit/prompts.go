package main

// prompts.go shows the prompts for AI clients and the questions of the threat model.

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mcpaudit/internal/config"
	"mcpaudit/prompts"
)

func newPrompts(s streams) *cobra.Command {
	var values []string
	var questions bool
	c := &cobra.Command{
		Use:   "prompts [ID...]",
		Short: "Print a prompt for an AI client, or the questions of the threat model",
		Long: `prompts lists what to give an AI client that can run mcpaudit, so that it audits a
server together with you: which parts it plays, in which steps, what it hands over
and what it must not do. With an ID it prints that prompt, as Markdown; --arg fills
in its arguments. Nothing is sent anywhere.

--questions lists the questions of the threat model instead, in the order in which
they are asked; with IDs it prints these, each with its answers.`,
		Example: `  mcpaudit prompts
  mcpaudit prompts comprehensive-audit --arg path=server/
  mcpaudit prompts single-check --arg check=path-traversal | less
  mcpaudit prompts --questions
  mcpaudit prompts --questions file-roots who-confirms`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			if questions {
				for _, q := range prompts.Questions() {
					ids = append(ids, q.ID+"\t"+q.Title)
				}
			} else {
				for _, c := range prompts.Clients() {
					ids = append(ids, c.ID+"\t"+c.Title)
				}
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, ids []string) error {
			switch {
			case questions && len(values) > 0:
				return errors.New("questions have no arguments: leave out --arg")
			case questions && len(ids) > 0:
				return showQuestions(s, ids)
			case questions:
				return listQuestions(s)
			case len(ids) > 1:
				return errors.New("prompts wants one prompt; 'mcpaudit prompts' lists them all")
			case len(ids) == 1:
				return showPrompt(s, ids[0], values)
			case len(values) > 0:
				return errors.New("--arg wants a prompt, such as comprehensive-audit; 'mcpaudit prompts' lists them all")
			}
			return listPrompts(s)
		},
	}
	c.Flags().StringArrayVar(&values, "arg", nil, "fill in an argument of the prompt: `NAME=VALUE`; may be repeated")
	c.Flags().BoolVar(&questions, "questions", false, "list the questions of the threat model, or print those named")
	return c
}

// listPrompts lists the prompts with their arguments.
func listPrompts(s streams) error {
	for _, c := range prompts.Clients() {
		fmt.Fprintf(s.out, "%s\n  %s\n", c.ID, c.Description)
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		for _, a := range c.Arguments {
			about := "default: " + a.Default
			if a.Required {
				about = "required"
			}
			fmt.Fprintf(w, "    --arg %s=…\t%s (%s)\n", a.Name, a.Description, about)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(s.out, "\nPrint one with 'mcpaudit prompts ID', and give it to an AI client that can run mcpaudit.")
	return err
}

// showPrompt prints a prompt with its arguments filled in.
func showPrompt(s streams, id string, values []string) error {
	c := prompts.ClientByID(id)
	if c == nil {
		var ids []string
		for _, c := range prompts.Clients() {
			ids = append(ids, c.ID)
		}
		return unknownID("prompt", id, ids, "'mcpaudit prompts' lists them all")
	}
	given := map[string]string{}
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if _, twice := given[name]; !ok || twice {
			return fmt.Errorf("--arg %q: want NAME=VALUE, each name once", v)
		}
		given[name] = value
	}
	text, err := c.Fill(given)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.out, text)
	return err
}

// unknownID says that there is no document of an id, and which was probably meant.
func unknownID(what, id string, ids []string, otherwise string) error {
	text := fmt.Sprintf("there is no %s %q", what, id)
	if near := config.Nearest(id, ids); near != "" {
		return fmt.Errorf("%s: did you mean %s?", text, near)
	}
	return errors.New(text + "; " + otherwise)
}

// listQuestions lists the questions by stage.
func listQuestions(s streams) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	var stage prompts.Stage
	all := prompts.Questions()
	for _, q := range all {
		if q.Stage != stage {
			stage = q.Stage
			fmt.Fprintf(w, "%s\n", stage)
		}
		of := "once"
		if q.Scope == prompts.OfEntry {
			of = "each"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", q.ID, of, q.Title)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "\n%d questions, asked once of a server, or of each tool, resource and prompt ({tool} is its name). Which ones\nare asked depends on what the code does. Read one with 'mcpaudit prompts --questions ID'.\n", len(all))
	return err
}

// showQuestions prints questions whole, as Markdown.
func showQuestions(s streams, ids []string) error {
	for i, id := range ids {
		q := prompts.ByID(id)
		if q == nil {
			var known []string
			for _, q := range prompts.Questions() {
				known = append(known, q.ID)
			}
			return unknownID("question", id, known, "'mcpaudit prompts --questions' lists them all")
		}
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		if _, err := fmt.Fprint(s.out, questionText(q)); err != nil {
			return err
		}
	}
	return nil
}

// questionText gives a question whole: when it is asked, its answers with what each
// means, how to find out, and where to read on.
func questionText(q *prompts.Question) string {
	var b strings.Builder
	asked := "once of a server"
	if q.Scope == prompts.OfEntry {
		asked = "of each tool, resource and prompt"
	}
	if len(q.When) > 0 {
		asked += " of which one of these is true: " + strings.Join(q.When, ", ")
	}
	if len(q.Unless) > 0 {
		asked += "; not where one of these is: " + strings.Join(q.Unless, ", ")
	}
	fmt.Fprintf(&b, "# %s\n\n- id: `%s`, stage: %s\n- asked %s\n- speaks of: %s\n", q.Title, q.ID, q.Stage, asked,
		strings.Join(append(append(append([]string{}, q.STRIDE...), q.ASI...), q.MCP...), ", "))
	if len(q.Checks) > 0 {
		fmt.Fprintf(&b, "- read on: `mcpaudit explain %s`\n", strings.Join(q.Checks, "`, `mcpaudit explain "))
	}
	fmt.Fprintf(&b, "\n%s\n\n## Answers\n\n", q.Text)
	for i := range q.Answers {
		a := &q.Answers[i]
		fmt.Fprintf(&b, "- `%s` (%s", a.ID, a.Means)
		for _, name := range prompts.Factors {
			if v, ok := a.States[name]; ok {
				fmt.Fprintf(&b, "; %s %.1f", name, v)
			}
		}
		fmt.Fprintf(&b, "): %s\n", a.Says)
	}
	fmt.Fprintf(&b, "- `not-sure`: read on here\n\n## Not sure\n\n%s\n\n## What follows\n\n%s\n", q.NotSure, q.Follows)
	return b.String()
}
