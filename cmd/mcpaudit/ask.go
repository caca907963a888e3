package main

// ask.go speaks with the tutor in the terminal.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/tutor"
)

type askFlags struct {
	attack, socratic, show, yes, always, withdraw bool
	review                                        string
}

func newAsk(s streams) *cobra.Command {
	f := &askFlags{}
	c := &cobra.Command{
		Use:   "ask FILE:LINE [QUESTION...]",
		Short: "Ask a language model of your choice about a finding",
		Long: `ask speaks with a language model about the finding at a line: it answers a question,
explains the attack on your own code (--attack), reviews your fix (--review), or asks
you instead of telling (--socratic).

It is off until you name a service in your own settings file: any that speaks OpenAI's
protocol, on this machine or elsewhere. Before the first send you see exactly what
would leave, and agree or not: the functions on the path of the finding, with secrets
masked, and no more. --show prints it and sends nothing.

The model gets no tools, and its answer changes no finding. It may be wrong: the
lesson of 'mcpaudit explain' was written by people.

Exit codes: 0 answered, 1 the model did not answer, 2 wrong usage or no consent.`,
		Example: `  mcpaudit ask server.py:58 can the gateway in front stop this
  mcpaudit ask server.py:58 --attack
  mcpaudit ask server.py:58 --review server.py.orig
  mcpaudit ask server.py:58 --socratic
  mcpaudit ask --withdraw`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), s, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.attack, "attack", false, "explain the attack on this code, step by step")
	flags.StringVar(&f.review, "review", "", "review the change since `FILE`, the code as it was")
	flags.BoolVar(&f.socratic, "socratic", false, "be asked instead of told")
	flags.BoolVar(&f.show, "show", false, "show what would leave, and send nothing")
	flags.BoolVar(&f.yes, "yes", false, "agree to send this, once")
	flags.BoolVar(&f.always, "always", false, "agree to send such code to this service and model from now on")
	flags.BoolVar(&f.withdraw, "withdraw", false, "take back all such agreements")
	return c
}

func (f *askFlags) run(ctx context.Context, s streams, args []string) error {
	if f.withdraw {
		n, err := tutor.Withdraw()
		if err == nil {
			fmt.Fprintf(s.out, "withdrawn: %d\n", n)
		}
		return err
	}
	if len(args) == 0 {
		return errNoPlace
	}
	own, err := userConfig()
	if err != nil {
		return err
	}
	if own.Tutor.Endpoint == "" { // said before a whole tree is audited for nothing
		return errors.New(tutor.Off + " Without one: mcpaudit explain " + args[0])
	}
	act, err := f.act()
	if err != nil {
		return err
	}
	l, err := locate(ctx, s, args[0])
	if err != nil {
		return err
	}
	finding := l.findings[0]
	subject := tutor.About(finding, l.sources(), own.Tutor.WholeFile)
	if f.review != "" {
		before, err := os.ReadFile(f.review)
		if err != nil {
			return fmt.Errorf("--review: %w", err)
		}
		subject.Before = []tutor.Excerpt{{Path: f.review, Line: 1, Text: string(before)}}
	}
	v, err := tutor.New(own, act, subject, strings.Join(args[1:], " "))
	if err != nil {
		return err
	}
	if f.show {
		_, err := fmt.Fprint(s.out, v.Preview())
		return err
	}
	in := bufio.NewReader(s.in)
	consent, err := f.consent(s, in, v)
	if err != nil {
		return err
	}
	if l.near {
		fmt.Fprintf(s.out, "There is nothing in that line; the nearest finding:\n")
	}
	fmt.Fprintf(s.out, "%s  %s  %s\n%s\n\n", markup.Plain(l.place(finding)), scored(&finding.Score), finding.Check, markup.Plain(finding.Message))
	return f.converse(ctx, s, in, v, consent, finding)
}

// act gives what is asked for; two things at once are none.
func (f *askFlags) act() (tutor.Act, error) {
	acts := []tutor.Act{}
	if f.attack {
		acts = append(acts, tutor.Attack)
	}
	if f.review != "" {
		acts = append(acts, tutor.Review)
	}
	if f.socratic {
		acts = append(acts, tutor.Question)
	}
	switch len(acts) {
	case 0:
		return tutor.Ask, nil
	case 1:
		return acts[0], nil
	}
	return "", errors.New("one of --attack, --review and --socratic at a time")
}

// consent gives the agreement to send, asked for in a terminal.
func (f *askFlags) consent(s streams, in *bufio.Reader, v *tutor.Conversation) (*tutor.Consent, error) {
	if f.always {
		return tutor.Always(v)
	}
	if f.yes {
		return tutor.Agree(v), nil
	}
	c, err := tutor.Recorded(v)
	if c != nil || err != nil {
		return c, err
	}
	if !isTerminal(s.in) {
		return nil, errors.New("nothing was sent: look at what would leave with --show, then agree with --yes for once, or with --always")
	}
	fmt.Fprintf(s.err, "%s\nSend this? [y]es once, [a]lways to this service and model, [n]o: ", v.Preview())
	answer, err := in.ReadString('\n')
	if err != nil {
		return nil, errors.New("nothing was sent")
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return tutor.Agree(v), nil
	case "a", "always":
		return tutor.Always(v)
	}
	return nil, errors.New("nothing was sent")
}

// converse sends, shows the answer as it comes, and goes on while the reader answers.
func (f *askFlags) converse(ctx context.Context, s streams, in *bufio.Reader, v *tutor.Conversation, consent *tutor.Consent, finding *audit.Finding) error {
	budget := tutor.NewBudget()
	for {
		a, err := v.Send(ctx, consent, budget, func(line string) { fmt.Fprintln(s.out, line) })
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			return &exitError{exitFindings, err}
		}
		if a.Note != "" {
			fmt.Fprintln(s.out, "\n"+a.Note)
		}
		fmt.Fprintf(s.out, "\nA model wrote this, and it may be wrong. The audit's finding stands: %s, %s. Used: %s.\n", finding.Check, scored(&finding.Score), a.Usage())
		if v.Act != tutor.Question || a.Withheld {
			return nil
		}
		fmt.Fprint(s.out, "\nYour answer (an empty line ends): ")
		reply, err := in.ReadString('\n')
		if strings.TrimSpace(reply) == "" || err != nil && reply == "" {
			fmt.Fprintln(s.out)
			return nil
		}
		if err := v.Reply(reply); err != nil {
			return err
		}
		fmt.Fprintln(s.out)
	}
}
