package main

// catalogue.go loads the checks that a command works with.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/rule"
)

// loadCatalogue gives the checks of this program with those of further files
// and folders added: rules in Semgrep's syntax (.yaml, .yml) and check documents
// (.md). Everything that does not load is said at once.
func loadCatalogue(paths []string) (*checks.Catalogue, error) {
	c, err := checks.Default()
	if err != nil {
		return nil, err
	}
	var rules []*rule.Rule
	var failed []error
	for _, path := range paths {
		files, err := ruleFiles(path)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, file := range files {
			if strings.HasSuffix(file, ".md") {
				with, err := c.Load(file)
				if err != nil {
					failed = append(failed, err)
					continue
				}
				c = with
				continue
			}
			got, err := readRules(file)
			if err != nil {
				failed = append(failed, err)
			}
			rules = append(rules, got...)
		}
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return c.WithRules(rules)
}

func readRules(file string) ([]*rule.Rule, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return rule.ParseFile(file, data)
}

// ruleFiles gives the rule files and check documents that a path names, sorted.
// In a folder test files of Semgrep's, x.test.yaml, and hidden ones are none.
func ruleFiles(path string) ([]string, error) {
	// The user may name a folder by a link; within it none is followed.
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("rules: there is no file or folder %s", path)
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if !info.IsDir() {
		if isLink(path) {
			path = real
		}
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(real, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("rules: %w", err)
		}
		if strings.HasPrefix(d.Name(), ".") && name != real {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.Type().IsRegular() && isRules(d.Name()) {
			files = append(files, filepath.Join(path, strings.TrimPrefix(name, real)))
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

// someRules refuses folders without rules, which are probably the wrong ones.
func someRules(paths []string) error {
	for _, path := range paths {
		if files, err := ruleFiles(path); err == nil && len(files) == 0 {
			return fmt.Errorf("--rules: the folder %s holds no rule file (.yaml, .yml) and no check document (.md)", path)
		}
	}
	return nil
}

// isRules reports whether a file of that name holds rules or a check.
func isRules(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml":
		return !strings.Contains(name, ".test.") && !strings.Contains(name, ".fixed.")
	case ".md":
		return !strings.EqualFold(name, "README.md")
	}
	return false
}

// findCheck gives a check of this program or, where it has none of that id, of
// the project that the working directory belongs to. An error says which are
// near.
func findCheck(id string) (*checks.Check, *checks.Catalogue, error) {
	all, err := checks.Default()
	if err != nil {
		return nil, nil, err
	}
	if c := all.ByID(id); c != nil {
		return c, all, nil
	}
	if all, err = projectCatalogue(nil); err != nil {
		return nil, nil, err
	}
	if c := all.ByID(id); c != nil {
		return c, all, nil
	}
	return nil, nil, noSuchCheck(id, all)
}

// projectCatalogue gives the checks of this program, of the project that the
// working directory belongs to, and of further files and folders.
func projectCatalogue(rules []string) (*checks.Catalogue, error) {
	p, err := findProject(".")
	if err != nil {
		return nil, err
	}
	if err := p.read(); err != nil {
		return nil, err
	}
	return loadCatalogue(append(slices.Clone(rules), p.rules()...))
}

// noSuchCheck says that there is no such check and which are near: by spelling,
// by a part of the name, or by its initials, as in ssrf.
func noSuchCheck(id string, catalogues ...*checks.Catalogue) error {
	var all, near []string
	lower := strings.ToLower(id)
	for _, catalogue := range catalogues {
		for _, c := range catalogue.All() {
			all = append(all, c.ID)
			if lower != "" && (strings.Contains(c.ID, lower) || initials(c.ID) == lower) && !slices.Contains(near, c.ID) {
				near = append(near, c.ID)
			}
		}
	}
	if like := config.Nearest(id, all); like != "" {
		near = []string{like}
	}
	text := fmt.Sprintf("there is no check %q", id)
	if 0 < len(near) && len(near) < 6 {
		return fmt.Errorf("%s: did you mean %s?", text, strings.Join(near, " or "))
	}
	return errors.New(text + "; 'mcpaudit checks' lists them all")
}

func initials(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		if word != "" {
			b.WriteByte(word[0])
		}
	}
	return b.String()
}
