package main

// serve.go runs the language server.

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"mcpaudit/internal/config"
	"mcpaudit/lsp"
)

func newServe(s streams) *cobra.Command {
	var logFile string
	var jobs int
	var untrusted bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the language server on stdin and stdout",
		Long: `serve speaks the Language Server Protocol on stdin and stdout. Editors start it;
the README and editors/ say how each of them is told to. If nothing happens,
--log writes down why.`,
		Example: `  mcpaudit serve
  mcpaudit serve --log /tmp/mcpaudit.log`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			catalogue, err := loadCatalogue(nil)
			if err != nil {
				return err
			}
			own, problems := config.Default().WithUserFile()
			for _, p := range problems {
				fmt.Fprintln(s.err, "mcpaudit: "+p.Error()) // an editor without its server would be worse
			}
			o := lsp.Options{Version: version(), Catalogue: catalogue, Rules: loadCatalogue, Config: own, Untrusted: untrusted, Jobs: jobs}
			if logFile != "" {
				f, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
				if err != nil {
					return fmt.Errorf("--log: %w", err)
				}
				defer f.Close()
				o.Log = f
			}
			if err := lsp.Serve(cmd.Context(), pipe{s.in, s.out}, o); err != nil {
				if errors.Is(err, lsp.ErrNoShutdown) {
					return &exitError{code: exitFindings}
				}
				return &exitError{exitFindings, err}
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&logFile, "log", "", "append a log of requests and failures to `FILE`")
	f.IntVar(&jobs, "jobs", 0, "audit `N` files at once (default: one per processor)")
	f.BoolVar(&untrusted, "untrusted", false, "ignore settings, suppressions and checks of the workspace")
	// Editors pass this by habit; there is no other way to talk.
	f.Bool("stdio", true, "talk on stdin and stdout")
	return c
}

// pipe is the stream between client and server.
type pipe struct {
	io.Reader
	io.Writer
}

// Close leaves the process's own streams alone: they end with it.
func (pipe) Close() error { return nil }
