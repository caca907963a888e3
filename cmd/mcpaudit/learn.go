package main

// learn.go leads through a reader's own server in the terminal, step by step.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/threat"
	"mcpaudit/internal/tutor"
)

type learnFlags struct {
	answer, server            string
	next, skip, status, reset bool
}

func newLearn(s streams) *cobra.Command {
	f := &learnFlags{}
	c := &cobra.Command{
		Use:   "learn [PATH]",
		Short: "Learn security on your own server, step by step",
		Long: `learn leads through the server in a folder in four phases: awareness, guided
analysis, risk evaluation, remediation. Each step is a concept, a finding of your own
to study, a question of the threat model, or a check of what you understood, made of
your own code. Any step can be skipped, and what you have done is kept in your own
configuration folder. Nothing is sent anywhere.

Answers to the threat model go into .mcpaudit/threat-model.yaml, as in the editor.

In a terminal it waits for you. Elsewhere it prints the next step, and --answer,
--next and --skip go on.`,
		Example: `  mcpaudit learn
  mcpaudit learn server/ --status
  mcpaudit learn --answer 2
  mcpaudit learn --reset`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("learn wants one path, a folder or a file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), s, append(args, ".")[0])
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.answer, "answer", "", "answer the step with the number of a choice, and go on")
	flags.BoolVar(&f.next, "next", false, "go on from a step that asks nothing")
	flags.BoolVar(&f.skip, "skip", false, "skip the step")
	flags.BoolVar(&f.status, "status", false, "show how far you are")
	flags.BoolVar(&f.reset, "reset", false, "begin anew; answers to the threat model stay")
	flags.StringVar(&f.server, "server", "", "take the server of this `NAME` or folder, where there are several")
	return c
}

// learning is a path with what was done of it.
type learning struct {
	s         streams
	p         *project
	catalogue *checks.Catalogue
	model     *threat.Model
	home      string // the folder that keeps the threat model
	path      []*tutor.Lesson
	progress  *tutor.Progress
	again     func() (*learning, error) // makes it anew
}

func (f *learnFlags) run(ctx context.Context, s streams, path string) error {
	l, err := f.load(ctx, s, path)
	if err != nil {
		return err
	}
	switch {
	case f.reset:
		delete(l.progress.Servers, l.model.Folder)
		if err := l.progress.Save(); err != nil {
			return err
		}
		l.status()
		return nil
	case f.status:
		l.status()
		return nil
	case f.answer != "" || f.next || f.skip:
		step := l.next()
		if step == nil {
			l.done()
			return nil
		}
		if l, err = l.take(step, f.answer, f.skip); err != nil {
			return err
		}
	case isTerminal(s.in):
		return l.converse(bufio.NewReader(s.in))
	}
	if step := l.next(); step != nil {
		return l.show(step, true)
	}
	l.done()
	return nil
}

// load audits the server and makes its path.
func (f *learnFlags) load(ctx context.Context, s streams, path string) (*learning, error) {
	scan := &scanFlags{}
	projects, _, err := scan.projects([]string{path})
	if err != nil {
		return nil, err
	}
	catalogues, err := scan.catalogues(projects)
	if err != nil {
		return nil, err
	}
	p, c := projects[0], catalogues[0]
	rep, err := scan.scan(ctx, s, p, c)
	if err != nil {
		return nil, err
	}
	models, err := p.models(ctx, s, c, rep)
	if err != nil {
		return nil, err
	}
	choose := &modelFlags{server: f.server}
	if models, err = choose.chosen(models, path); err != nil {
		return nil, err
	}
	// The server with the worst finding teaches most.
	slices.SortStableFunc(models, func(a, b *threat.Model) int {
		x, _ := a.Worst()
		y, _ := b.Worst()
		return int(y.AIVSS) - int(x.AIVSS)
	})
	l := &learning{s: s, p: p, catalogue: c, model: models[0], home: p.home(rep), again: func() (*learning, error) { return f.load(ctx, s, path) }}
	if l.progress, err = tutor.LoadProgress(); err != nil {
		return nil, err
	}
	depth, err := tutor.ParseDepth(p.config.Depth)
	if err != nil {
		return nil, err
	}
	at := &located{report: rep}
	l.path = tutor.Course(l.model, c.ByID, at.sources(), depth)
	return l, nil
}

func (l *learning) next() *tutor.Lesson { return l.progress.Next(l.model.Folder, l.path) }

// status shows how far the reader is, by phase.
func (l *learning) status() {
	fmt.Fprintf(l.s.out, "%s\n", markup.Plain(l.model.Name+": "+l.model.Headline()))
	for _, p := range tutor.Phases {
		done, all := l.progress.Count(l.model.Folder, l.path, p)
		fmt.Fprintf(l.s.out, "  %-16s %s %d of %d\n", p, bar(done, all), done, all)
	}
}

// barWidth is the width of a bar in columns.
const barWidth = 20

func bar(done, all int) string {
	full := 0
	if all > 0 {
		full = done * barWidth / all
	}
	return strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
}

// done says that the path is at its end.
func (l *learning) done() {
	l.status()
	right, wrong := 0, 0
	for _, step := range l.path {
		switch l.progress.Done(l.model.Folder, step) {
		case tutor.Knew:
			right++
		case tutor.Missed:
			wrong++
		}
	}
	fmt.Fprintf(l.s.out, "You are through. Of %d checks of understanding %d were right. When the code changes, new steps come; --reset begins anew.\n", right+wrong, right)
}

// show shows a step. howTo tells how to go on without a terminal.
func (l *learning) show(step *tutor.Lesson, howTo bool) error {
	var b strings.Builder
	place := 0
	for i, o := range l.path {
		if o == step {
			place = i + 1
		}
	}
	fmt.Fprintf(&b, "*%s, step %d of %d*\n\n## %s\n\n", step.Phase, place, len(l.path), step.Title)
	// A step's own headings stand below its title.
	if text := strings.TrimSpace(lower(step.Text)); text != "" {
		b.WriteString(text + "\n")
	}
	if step.Text != "" && len(step.Choices) > 0 {
		b.WriteString("\n")
	}
	for i, c := range step.Choices {
		fmt.Fprintf(&b, "%d. %s\n", i+1, c.Label)
	}
	if err := show(l.s, visible(b.String())); err != nil {
		return err
	}
	if howTo {
		how := "Go on with --next, or --skip."
		if len(step.Choices) > 0 {
			how = fmt.Sprintf("Answer with --answer and a number from 1 to %d, or --skip.", len(step.Choices))
		}
		fmt.Fprintln(l.s.out, "\n"+how)
	}
	return nil
}

// lower moves headings a level down, outside of code.
func lower(text string) string {
	var b strings.Builder
	fence := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			fence = !fence
		}
		if !fence && strings.HasPrefix(line, "#") {
			line = "#" + line
		}
		b.WriteString(line)
	}
	return b.String()
}

// take takes an answer to a step, keeps what came of it, and says what there is to say.
// What follows from an answer to the threat model may change scores, and so the path.
func (l *learning) take(step *tutor.Lesson, answer string, skip bool) (*learning, error) {
	outcome, says := tutor.Skipped, ""
	if !skip {
		var err error
		if outcome, says, err = step.Take(answer); err != nil {
			return l, err
		}
	}
	if outcome == tutor.Answered {
		if err := l.record(step, step.Choice(answer)); err != nil {
			return l, err
		}
	}
	l.progress.Set(l.model.Folder, step, outcome)
	if err := l.progress.Save(); err != nil {
		return l, err
	}
	if says != "" {
		if err := show(l.s, visible(says+"\n\n")); err != nil {
			return l, err
		}
	}
	if outcome != tutor.Answered {
		return l, nil
	}
	next, err := l.again()
	if err != nil {
		return l, err
	}
	return next, nil
}

// record keeps an answer to the threat model where the editor keeps it too.
func (l *learning) record(step *tutor.Lesson, answer string) error {
	said, err := step.Asked.Say(answer, "", l.p.config.Signature(), time.Now())
	if err != nil {
		return err
	}
	return threat.Record(l.home, said)
}

// converse goes from step to step until the reader leaves.
func (l *learning) converse(in *bufio.Reader) error {
	l.status()
	for {
		step := l.next()
		if step == nil {
			l.done()
			return nil
		}
		fmt.Fprintln(l.s.out)
		if err := l.show(step, false); err != nil {
			return err
		}
		for {
			prompt := "Enter goes on"
			if len(step.Choices) > 0 {
				prompt = fmt.Sprintf("1 to %d", len(step.Choices))
			}
			fmt.Fprintf(l.s.out, "\n[%s, s skips, q leaves] ", prompt)
			line, err := in.ReadString('\n')
			word := strings.ToLower(strings.TrimSpace(line))
			if word == "q" || err != nil { // there is no more to read
				fmt.Fprintln(l.s.out)
				l.status()
				return nil
			}
			if l, err = l.take(step, word, word == "s"); err == nil {
				break
			}
			fmt.Fprintln(l.s.out, markup.Plain(err.Error()))
		}
	}
}
