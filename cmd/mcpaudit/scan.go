package main

// scan.go audits trees and files.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/config"
	"mcpaudit/internal/report"
)

// scanFlags are the flags of scan.
type scanFlags struct {
	format, failOn, minConfidence, context oneOf
	checks, rules                          []string
	baseline, output                       string
	updateBaseline, untrusted              bool
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
		Long: `scan audits the MCP servers in files and folders; without a path, in the working
directory. It teaches by default: the exit code is 0 whatever it finds, unless
--fail-on sets a bar.

Files that .gitignore leaves out, installed packages and generated code are
skipped; a path that you name is audited in any case. Settings come from the
nearest .mcpaudit.yaml, then from flags.

Exit codes: 0 nothing at or above the bar of --fail-on, 1 something, 2 wrong
usage, a missing path, or rules or settings that do not load.`,
		Example: `  mcpaudit scan
  mcpaudit scan src --fail-on high --format github
  mcpaudit scan --format sarif --output audit.sarif
  mcpaudit scan ~/Downloads/some-server --untrusted --context remote
  mcpaudit scan --baseline .mcpaudit/baseline.json --update-baseline`,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), s, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.Var(&f.format, "format", "how to write the audit")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of stdout")
	flags.Var(&f.failOn, "fail-on", "exit 1 if a finding has this AIVSS band or a worse one")
	flags.Var(&f.minConfidence, "min-confidence", "leave out findings of lower confidence")
	flags.StringArrayVar(&f.checks, "check", nil, "run this check alone, by `ID`; may be repeated")
	flags.StringArrayVar(&f.rules, "rules", nil, "add rules in Semgrep's syntax, or check documents, from a `FILE` or folder; may be repeated")
	flags.StringVar(&f.baseline, "baseline", "", "show only what is not in this `FILE`")
	flags.BoolVar(&f.updateBaseline, "update-baseline", false, "write the baseline anew from what is found")
	flags.BoolVar(&f.untrusted, "untrusted", false, "ignore settings, suppressions and checks of the audited tree")
	flags.Var(&f.context, "context", "where the server runs (default: what its transport shows)")
	flags.IntVar(&f.jobs, "jobs", 0, "audit `N` files at once (default: one per processor)")
	return c
}

func (f *scanFlags) run(ctx context.Context, s streams, paths []string) error {
	if f.updateBaseline && f.baseline == "" {
		return errors.New("--update-baseline needs --baseline FILE, the file to write")
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	base, err := os.Getwd()
	if err != nil {
		return err
	}
	groups, ignored, err := f.settings(paths)
	if err != nil {
		return err
	}
	whole := &audit.Report{Ignored: ignored}
	var catalogue *checks.Catalogue
	for _, g := range groups {
		catalogue, err = loadCatalogue(append(slices.Clone(f.rules), g.rules()...))
		if err != nil {
			return err
		}
		if err := f.known(catalogue); err != nil {
			return err
		}
		rep, err := f.scan(ctx, s, g, catalogue)
		if err != nil {
			return err
		}
		whole.Merge(rep)
	}
	if len(f.checks) > 0 {
		whole.Findings = slices.DeleteFunc(whole.Findings, func(x *audit.Finding) bool { return !slices.Contains(f.checks, x.Check) })
	}
	if err := f.compare(s, whole, base); err != nil {
		return err
	}
	options := report.Options{Base: base, Version: version(), Catalogue: catalogue, Color: f.output == "" && colors(s.out)}
	if err := f.write(s.out, whole, options); err != nil {
		return err
	}
	if f.failOn.value != "never" {
		bar, err := aivss.ParseBand(f.failOn.value)
		if err != nil {
			return err
		}
		if report.Reaches(whole, bar) {
			return &exitError{code: exitFindings}
		}
	}
	return nil
}

// group are paths that share their settings.
type group struct {
	file   string // the settings file, empty for none
	config config.Config
	paths  []string
}

// rules gives the rule paths of the settings, which are relative to their file.
func (g *group) rules() []string {
	var paths []string
	for _, r := range g.config.RulePaths {
		paths = append(paths, filepath.Join(filepath.Dir(g.file), r))
	}
	return paths
}

// settings sorts the paths by the settings that hold for them. Settings of an
// untrusted tree are counted and ignored.
func (f *scanFlags) settings(paths []string) (groups []*group, ignored int, err error) {
	for _, path := range paths {
		file, err := nearestSettings(path)
		if err != nil {
			return nil, 0, err
		}
		if file != "" && f.untrusted {
			file = ""
			ignored++
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.file == file })
		if i < 0 {
			g := &group{file: file, config: config.Default()}
			if err := g.read(); err != nil {
				return nil, 0, err
			}
			if f.minConfidence.value != "" {
				g.config.MinConfidence = f.minConfidence.value
			}
			if f.context.value != "" {
				g.config.Deployment = f.context.value
			}
			i, groups = len(groups), append(groups, g)
		}
		groups[i].paths = append(groups[i].paths, path)
	}
	return groups, ignored, nil
}

// read reads the settings file. Everything wrong with it is said at once.
func (g *group) read() error {
	if g.file == "" {
		return nil
	}
	data, err := os.ReadFile(g.file)
	if err != nil {
		return err
	}
	var problems []*config.Problem
	g.config, problems = g.config.WithFile(g.file, data)
	if len(problems) == 0 {
		return nil
	}
	var all []error
	for _, p := range problems {
		all = append(all, p)
	}
	return errors.Join(all...)
}

// nearestSettings gives the settings file in the folder of a path or the
// nearest folder above it, up to the root of its repository. A link is no
// settings file.
func nearestSettings(path string) (string, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	for {
		file := filepath.Join(dir, config.FileName)
		if info, err := os.Lstat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil || filepath.Dir(dir) == dir {
			return "", nil
		}
		dir = filepath.Dir(dir)
	}
}

// known refuses checks that do not exist.
func (f *scanFlags) known(c *checks.Catalogue) error {
	for _, id := range f.checks {
		if c.ByID(id) == nil {
			return noSuchCheck(c, id)
		}
	}
	return nil
}

func (f *scanFlags) scan(ctx context.Context, s streams, g *group, c *checks.Catalogue) (*audit.Report, error) {
	var progress func(done, total int)
	if isTerminal(s.err) {
		bar := progressbar.NewOptions(-1, progressbar.OptionSetWriter(s.err), progressbar.OptionSetDescription("auditing"),
			progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(), progressbar.OptionThrottle(100e6))
		progress = func(done, total int) {
			bar.ChangeMax(total)
			_ = bar.Set(done)
		}
		defer func() { _ = bar.Finish() }()
	}
	return audit.Scan(ctx, g.paths, audit.ScanOptions{Config: g.config, Catalogue: c, Jobs: f.jobs, Untrusted: f.untrusted, Progress: progress})
}

// compare takes out what the baseline remembers, or writes it anew.
func (f *scanFlags) compare(s streams, rep *audit.Report, base string) error {
	if f.baseline == "" {
		return nil
	}
	if f.updateBaseline {
		if err := writeFile(f.baseline, report.Baseline(rep, base)); err != nil {
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
		return err
	}
	if _, err := report.WithoutBaseline(rep, data); err != nil {
		return fmt.Errorf("%s: %w", f.baseline, err)
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

// writeFile writes a file whole or not at all. A link of that name is replaced,
// not followed.
func writeFile(name string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once it is renamed
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colors reports whether to write colours: on a terminal, unless the user does
// not want them (https://no-color.org).
func colors(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// noSuchCheck says that there is no such check and which are near.
func noSuchCheck(c *checks.Catalogue, id string) error {
	var near []string
	for _, check := range c.All() {
		if strings.Contains(check.ID, id) || strings.Contains(id, check.ID) {
			near = append(near, check.ID)
		}
	}
	text := fmt.Sprintf("there is no check %q", id)
	if len(near) > 0 {
		text += ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return errors.New(text + "; 'mcpaudit checks' lists them all")
}
