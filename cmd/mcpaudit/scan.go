package main

// scan.go audits trees and files.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/report"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	format, failOn, minConfidence, context oneOf
	checks, rules                          []string
	baseline, output                       string
	updateBaseline, untrusted, coverage    bool
	jobs                                   int
}

func newScan(s streams) *cobra.Command {
	f := &scanFlags{
		format:        oneOf{value: "text"},
		failOn:        oneOf{"never", []string{"critical", "high", "medium", "low", "never"}},
		minConfidence: oneOf{values: []string{"low", "medium", "high"}},
		context:       oneOf{values: []string{"local", "remote", "enterprise"}},
	}
	for _, name := range report.Formats {
		f.format.values = append(f.format.values, string(name))
	}
	c := &cobra.Command{
		Use:   "scan [PATH...]",
		Short: "Audit files and folders",
		Long: `scan audits the MCP servers in files and folders; without a path, in the
working directory. It teaches by default: the exit code is 0 whatever it finds,
unless --fail-on sets a bar.

What .gitignore leaves out, installed packages, generated and minified code are
skipped; a path that you name is audited in any case. Settings come from the
.mcpaudit.yaml in the folder of the path or the nearest above it, up to the root
of the repository, and so do checks of your own from .mcpaudit/checks and what was
answered about the server in .mcpaudit/threat-model.yaml. Flags win over settings.

Somebody else's code may try to switch off its own audit. With --untrusted its
settings, checks, threat model, suppressions and .gitignore count for nothing, and
the summary says how much was ignored.

No finding says little about a tool whose code could not be followed. The summary
counts such tools; --explain-coverage lists all of them with what was not followed
and why.

Exit codes:
  0  no finding at or above the bar of --fail-on
  1  at least one
  2  wrong usage, a missing path, or rules or settings that do not load
Files that cannot be audited are named and change no exit code.`,
		Example: `  mcpaudit scan                                   the working directory
  mcpaudit scan server.py tools/                  a file and a folder
  mcpaudit scan --fail-on high --format github    in a workflow on GitHub
  mcpaudit scan --format sarif -o audit.sarif     for code scanning
  mcpaudit scan --untrusted ~/Downloads/server    before you install it
  mcpaudit scan --context remote                  as if it were served over HTTP
  mcpaudit scan --baseline known.json --update-baseline
  mcpaudit scan --baseline known.json             from then on: only what is new`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), s, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.Var(&f.format, "format", "how to write the audit")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of stdout; whole or not at all")
	flags.Var(&f.failOn, "fail-on", "exit 1 if a finding has this AIVSS band or a worse one")
	flags.Var(&f.minConfidence, "min-confidence", "leave out findings of lower confidence")
	flags.StringArrayVar(&f.checks, "check", nil, "run the check `ID` alone; may be repeated")
	flags.StringArrayVar(&f.rules, "rules", nil, "add Semgrep rules and checks from a `FILE` or folder; may be repeated")
	flags.StringVar(&f.baseline, "baseline", "", "leave out the findings that this `FILE` remembers")
	flags.BoolVar(&f.updateBaseline, "update-baseline", false, "write the file of --baseline anew from what is found")
	flags.BoolVar(&f.untrusted, "untrusted", false, "ignore what the audited tree says about its own audit")
	flags.BoolVar(&f.coverage, "explain-coverage", false, "list each tool with how far it was followed, and what was not")
	flags.Var(&f.context, "context", "where the server runs (default: what its transport shows)")
	flags.IntVar(&f.jobs, "jobs", 0, "audit `N` files at once (default: one per processor)")
	return c
}

func (f *scanFlags) run(ctx context.Context, s streams, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	if err := f.usable(); err != nil {
		return err
	}
	base, err := os.Getwd()
	if err != nil {
		return err
	}
	projects, ignored, err := f.projects(paths)
	if err != nil {
		return err
	}
	catalogues, err := f.catalogues(projects)
	if err != nil {
		return err
	}
	whole := &audit.Report{Ignored: ignored}
	for i, p := range projects {
		c := catalogues[i]
		rep, err := f.scan(ctx, s, p, c)
		if err != nil {
			return err
		}
		if err := p.apply(ctx, s, c, rep); err != nil {
			return err
		}
		whole.Merge(rep)
	}
	if len(f.checks) > 0 {
		whole.Keep(func(x *audit.Finding) bool { return slices.Contains(f.checks, x.Check) })
	}
	if err := f.compare(s, whole); err != nil {
		return err
	}
	options := report.Options{Base: base, Version: version(), Coverage: f.coverage, Check: func(id string) *checks.Check { return lookUp(catalogues, id) }}
	if f.output == "" {
		options.Color, options.Width = colors(s.out), terminalWidth(s.out)
	}
	if err := f.write(s.out, whole, options); err != nil {
		return err
	}
	return f.gate(whole)
}

// usable refuses flags that make no sense, and files that could not be written
// once all the work is done.
func (f *scanFlags) usable() error {
	if f.output == "-" {
		f.output = ""
	}
	switch {
	case f.updateBaseline && f.baseline == "":
		return errors.New("--update-baseline needs --baseline FILE, the file to write")
	case f.jobs < 0:
		return fmt.Errorf("--jobs %d: want a number of files, or 0 for one per processor", f.jobs)
	}
	if f.output != "" {
		if err := writable(f.output); err != nil {
			return fmt.Errorf("--output: %w", err)
		}
	}
	if f.updateBaseline {
		if err := writable(f.baseline); err != nil {
			return fmt.Errorf("--baseline: %w", err)
		}
	}
	return someRules(f.rules)
}

// projects sorts the paths by the project whose settings and checks hold for
// them. Those of an untrusted tree are counted and ignored. Flags win over
// settings.
func (f *scanFlags) projects(paths []string) (all []*project, ignored int, err error) {
	distrusted := map[string]bool{}
	for _, path := range paths {
		p, err := findProject(path)
		if err != nil {
			return nil, 0, err
		}
		if folder := p.folder; f.untrusted && folder != "" {
			if n := p.distrust(); !distrusted[folder] {
				ignored += n
				distrusted[folder] = true
			}
		}
		i := slices.IndexFunc(all, func(q *project) bool { return q.folder == p.folder })
		if i < 0 {
			if err := p.read(); err != nil {
				return nil, 0, err
			}
			f.override(p)
			i, all = len(all), append(all, p)
		}
		all[i].paths = append(all[i].paths, path)
	}
	return all, ignored, nil
}

// override sets what flags say. A check that is asked for by name runs.
func (f *scanFlags) override(p *project) {
	if f.minConfidence.value != "" {
		p.config.MinConfidence = f.minConfidence.value
	}
	if f.context.value != "" {
		p.config.Deployment = f.context.value
	}
	maps.DeleteFunc(p.config.Checks, func(id, level string) bool { return level == "off" && slices.Contains(f.checks, id) })
}

// catalogues loads the checks of each project, and refuses a check that is asked
// for and that none of them has.
func (f *scanFlags) catalogues(projects []*project) ([]*checks.Catalogue, error) {
	var all []*checks.Catalogue
	for _, p := range projects {
		c, err := loadCatalogue(append(slices.Clone(f.rules), p.rules()...))
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	for _, id := range f.checks {
		if lookUp(all, id) == nil {
			return nil, fmt.Errorf("--check: %w", noSuchCheck(id, all...))
		}
	}
	return all, nil
}

// lookUp gives a check of any of the catalogues, or nil.
func lookUp(all []*checks.Catalogue, id string) *checks.Check {
	for _, c := range all {
		if check := c.ByID(id); check != nil {
			return check
		}
	}
	return nil
}

// gate ends the command with exitFindings where findings reach the bar. What has
// just been taken into the baseline is accepted.
func (f *scanFlags) gate(rep *audit.Report) error {
	if f.failOn.value == "never" || f.updateBaseline {
		return nil
	}
	bar, err := aivss.ParseBand(f.failOn.value)
	if err != nil {
		return err
	}
	if n := report.Reaching(rep, bar); n > 0 {
		return &exitError{exitFindings, fmt.Errorf("failing: %d of the findings at or above the bar %q of --fail-on", n, f.failOn.value)}
	}
	return nil
}

func (f *scanFlags) scan(ctx context.Context, s streams, p *project, c *checks.Catalogue) (*audit.Report, error) {
	var progress func(done, total int)
	if isTerminal(s.err) {
		bar := &lateBar{out: s.err, start: time.Now()}
		progress = bar.set
		defer bar.clear()
	}
	return audit.Scan(ctx, p.paths, audit.ScanOptions{Config: p.config, Catalogue: c, Jobs: f.jobs, Untrusted: f.untrusted, Progress: progress})
}

// lateBar is a progress bar that shows up only once the work has taken a while.
type lateBar struct {
	out   io.Writer
	start time.Time
	bar   *progressbar.ProgressBar
}

// patience is how long work may take before it has to show progress.
const patience = 500 * time.Millisecond

func (b *lateBar) set(done, total int) {
	if b.bar == nil {
		if time.Since(b.start) < patience {
			return
		}
		b.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription("auditing"),
			progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(false))
	}
	_ = b.bar.Set(done) // a bar that cannot be drawn costs nothing
}

func (b *lateBar) clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}

// compare takes out what the baseline remembers, or writes it anew.
func (f *scanFlags) compare(s streams, rep *audit.Report) error {
	if f.baseline == "" {
		return nil
	}
	abs, err := filepath.Abs(f.baseline)
	if err != nil {
		return err
	}
	folder := filepath.Dir(abs)
	if f.updateBaseline {
		if err := writeFile(f.baseline, report.Baseline(rep, folder)); err != nil {
			return fmt.Errorf("--baseline: %w", err)
		}
		fmt.Fprintf(s.err, "mcpaudit: wrote %s\n", f.baseline)
		return nil
	}
	data, err := os.ReadFile(f.baseline)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no baseline %s yet: write one with --update-baseline", f.baseline)
	}
	if err != nil {
		return fmt.Errorf("--baseline: %w", err)
	}
	known, err := report.WithoutBaseline(rep, data, folder)
	if err != nil {
		return fmt.Errorf("--baseline: %s: %w", f.baseline, err)
	}
	if known > 0 {
		fmt.Fprintf(s.err, "mcpaudit: left out %d findings that %s remembers\n", known, f.baseline)
	}
	return nil
}

func (f *scanFlags) write(out io.Writer, rep *audit.Report, o report.Options) error {
	if f.output == "" {
		return report.Write(out, report.Format(f.format.value), rep, o)
	}
	var b bytes.Buffer
	if err := report.Write(&b, report.Format(f.format.value), rep, o); err != nil {
		return err
	}
	if err := writeFile(f.output, b.Bytes()); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	return nil
}
