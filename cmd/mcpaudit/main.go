// Command mcpaudit audits the source of MCP servers: on the command line, in
// CI, and live in an editor as a language server.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"mcpaudit/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	// A language client may leave stdin open, on which a reader still waits.
	os.Exit(code)
}

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// The exit codes. A file that cannot be audited changes none of them.
const (
	exitOK       = 0
	exitFindings = 1 // something at or above the bar of --fail-on, or a test that does not pass
	exitUsage    = 2 // wrong usage, a missing path, rules or settings that do not load

	exitInterrupted = 130 // by the user, as shells have it
)

// exitError ends the command with a code. Its message may be empty.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// run runs the command and gives its exit code.
func run(ctx context.Context, args []string, s streams) int {
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var exit *exitError
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		exit = &exitError{exitInterrupted, errors.New("interrupted")}
	case !errors.As(err, &exit):
		exit = &exitError{exitUsage, err}
	}
	if text := exit.Error(); text != "" {
		fmt.Fprintln(s.err, "mcpaudit: "+text)
	}
	return exit.code
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "mcpaudit",
		Short: "Audit the source of MCP servers, and learn why it matters",
		Long: `mcpaudit reads the source of a Model Context Protocol server (Python,
TypeScript, JavaScript or Go) and says where it is dangerous, how dangerous by
AIVSS, why, and what the safe code looks like. It works without a network.`,
		Example: `  mcpaudit scan                        audit the working directory
  mcpaudit scan server.py              audit one file
  mcpaudit model                       draw and write its threat model
  mcpaudit explain command-injection   read the lesson
  mcpaudit learn                       learn security on your own server
  mcpaudit serve                       the language server, for an editor`,
		Version:       version(),
		Args:          rootArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w; see '%s --help'", err, c.CommandPath())
	})
	root.AddCommand(newScan(s), newModel(s), newExceptions(s), newAsk(s), newLearn(s), newServe(s), newChecks(s), newExplain(s), newPrompts(s), newTest(s), newVersion(s))
	return root
}

// rootArgs refuses what is no command, and says what was probably meant.
func rootArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if near := config.Nearest(args[0], names); near != "" {
		return fmt.Errorf("%s: did you mean %s?", text, near)
	}
	if _, err := os.Stat(args[0]); err == nil {
		return fmt.Errorf("%s; to audit it: mcpaudit scan %s", text, args[0])
	}
	return fmt.Errorf("%s: there are %s", text, strings.Join(names, ", "))
}

// oneOf is the value of a flag that takes one of a few words.
type oneOf struct {
	value  string
	values []string
}

func (o *oneOf) String() string { return o.value }

// Type names the value in the help.
func (o *oneOf) Type() string { return strings.Join(o.values, "|") }

// Set takes a word, or says which there are.
func (o *oneOf) Set(s string) error {
	for _, v := range o.values {
		if s == v {
			o.value = v
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.Join(o.values, ", "))
}
