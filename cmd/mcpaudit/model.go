package main

// model.go writes the threat model of the servers in a folder: as a document, as a
// picture, and as data.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mcpaudit/checks"
	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/threat"
)

// modelFlags are the flags of model.
type modelFlags struct {
	format, theme, context oneOf
	server, output         string
	untrusted              bool
}

func newModel(s streams) *cobra.Command {
	f := &modelFlags{
		format:  oneOf{"document", []string{"document", "mermaid", "svg", "json"}},
		theme:   oneOf{value: string(threat.Auto)},
		context: oneOf{},
	}
	for _, t := range threat.Themes {
		f.theme.values = append(f.theme.values, string(t))
	}
	for _, d := range aivss.Deployments {
		f.context.values = append(f.context.values, string(d))
	}
	c := &cobra.Command{
		Use:   "model [PATH]",
		Short: "Draw and write the threat model of a server",
		Long: `model shows a server as an attacker sees it: who reaches it, what its tools take and
can do, what they reach in turn, where a finding lets something through, what its
people have answered, and what remains. Without a path it takes the working
directory.

Formats:
  document  Markdown for review, with the picture in it
  mermaid   the picture, as GitHub, GitLab and many editors draw it in Markdown
  svg       the picture as a file of its own, for a browser or a slide
  json      all of it as data

--output takes a file, or a folder for all of them: model.md, model.svg and
model.json, of several servers each with its name.

The answers come from .mcpaudit/threat-model.yaml of the project, as with scan;
--untrusted leaves them out, with all else that a tree says about its own audit.`,
		Example: `  mcpaudit model | less
  mcpaudit model server/ --output docs/
  mcpaudit model --format svg --theme dark --output model.svg
  mcpaudit model --untrusted ~/Downloads/server`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return errors.New("model wants one path, a folder or a file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), s, append(args, ".")[0])
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.Var(&f.format, "format", "what to write")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE`, or all formats into a folder")
	flags.Var(&f.theme, "theme", "the colours of an SVG; auto follows the reader's")
	flags.StringVar(&f.server, "server", "", "take the server of this `NAME` or folder, where there are several")
	flags.Var(&f.context, "context", "where the server runs (default: what its transport shows)")
	flags.BoolVar(&f.untrusted, "untrusted", false, "ignore what the audited tree says about its own audit")
	return c
}

func (f *modelFlags) run(ctx context.Context, s streams, path string) error {
	if f.output != "" && !f.intoFolder() {
		if err := writable(f.output); err != nil {
			return fmt.Errorf("--output: %w", err)
		}
	}
	models, err := f.models(ctx, s, path)
	if err != nil {
		return err
	}
	if models, err = f.chosen(models, path); err != nil {
		return err
	}
	if f.intoFolder() {
		return f.all(s, models)
	}
	text, err := f.text(models)
	if err != nil {
		return err
	}
	if f.output == "" {
		_, err := s.out.Write(text)
		return err
	}
	if err := writeFile(f.output, text); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	return nil
}

// intoFolder reports whether --output names a folder.
func (f *modelFlags) intoFolder() bool {
	return f.output != "" && (isFolder(f.output) || strings.HasSuffix(f.output, "/"))
}

// models gives the threat models below a path.
func (f *modelFlags) models(ctx context.Context, s streams, path string) ([]*threat.Model, error) {
	scan := &scanFlags{untrusted: f.untrusted, context: f.context}
	projects, _, err := scan.projects([]string{path})
	if err != nil {
		return nil, err
	}
	catalogues, err := scan.catalogues(projects)
	if err != nil {
		return nil, err
	}
	p := projects[0]
	rep, err := scan.scan(ctx, s, p, catalogues[0])
	if err != nil {
		return nil, err
	}
	return p.models(ctx, s, catalogues[0], rep)
}

// chosen gives the servers that are asked for.
func (f *modelFlags) chosen(models []*threat.Model, path string) ([]*threat.Model, error) {
	if len(models) == 0 {
		return nil, fmt.Errorf("there is no MCP server in %s: nothing there registers a tool, resource or prompt with an SDK that mcpaudit knows", path)
	}
	var names []string
	for _, m := range models {
		if f.server != "" && (f.server == m.Name || filepath.ToSlash(filepath.Clean(f.server)) == m.Rel) {
			return []*threat.Model{m}, nil
		}
		names = append(names, fmt.Sprintf("%s (in %s)", markup.Plain(m.Name), markup.Plain(m.Rel)))
	}
	if f.server != "" {
		return nil, fmt.Errorf("--server: there is no server %q: there are %s", f.server, strings.Join(names, ", "))
	}
	if f.format.value == "svg" && len(models) > 1 && !f.intoFolder() {
		return nil, fmt.Errorf("there are %d servers, and an SVG shows one: choose with --server, or write all with --output FOLDER/; there are %s", len(models), strings.Join(names, ", "))
	}
	return models, nil
}

// text writes models in the format that is asked for.
func (f *modelFlags) text(models []*threat.Model) ([]byte, error) {
	if f.format.value == "json" {
		return threat.JSON(models, version())
	}
	var b strings.Builder
	for i, m := range models {
		if i > 0 {
			b.WriteString("\n")
		}
		switch f.format.value {
		case "mermaid":
			fmt.Fprintf(&b, "```mermaid\n%s```\n", m.Draw().Mermaid())
		case "svg":
			b.WriteString(m.Draw().SVG(threat.Theme(f.theme.value)))
		default:
			b.WriteString(m.Document(threat.DocumentOptions{Version: version()}))
		}
	}
	return []byte(b.String()), nil
}

// all writes document, picture and data of each model into a folder.
func (f *modelFlags) all(s streams, models []*threat.Model) error {
	if err := os.MkdirAll(f.output, 0o777); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	used := map[string]bool{}
	for _, m := range models {
		name := "model"
		if len(models) > 1 {
			name = "model-" + slug(m.Name)
			for n := 2; used[name]; n++ {
				name = fmt.Sprintf("model-%s-%d", slug(m.Name), n)
			}
			used[name] = true
		}
		data, err := threat.JSON([]*threat.Model{m}, version())
		if err != nil {
			return err
		}
		for _, file := range []struct {
			end  string
			text []byte
		}{
			{".svg", []byte(m.Draw().SVG(threat.Theme(f.theme.value)))},
			{".json", data},
			{".md", []byte(m.Document(threat.DocumentOptions{Image: name + ".svg", Version: version()}))},
		} {
			to := filepath.Join(f.output, name+file.end)
			if err := writeFile(to, file.text); err != nil {
				return fmt.Errorf("--output: %w", err)
			}
			fmt.Fprintf(s.err, "mcpaudit: wrote %s\n", to)
		}
	}
	return nil
}

// slug gives a name for a file: small letters, digits and hyphens.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case b.Len() >= 40:
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "server"
}

// models gives the threat models of what was audited, scored under the answers of the
// project.
func (p *project) models(ctx context.Context, s streams, c *checks.Catalogue, rep *audit.Report) ([]*threat.Model, error) {
	if err := p.apply(ctx, s, c, rep); err != nil {
		return nil, err
	}
	var book *threat.Book
	if p.book != "" {
		var err error
		if book, _, err = threat.LoadBook(p.folder); err != nil {
			return nil, err
		}
	}
	return threat.Models(rep.Files, p.home(rep), book), nil
}

// home gives the folder that keeps the threat model: that of the project, or the audited
// one.
func (p *project) home(rep *audit.Report) string {
	if p.folder != "" {
		return p.folder
	}
	root := rep.Roots[0]
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		root = filepath.Dir(root)
	}
	return root
}
