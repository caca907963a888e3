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
			failed = append(failed, fmt.Errorf("rules: %w", err))
			continue
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				failed = append(failed, err)
				continue
			}
			got, err := rule.ParseFile(file, data)
			if err != nil {
				failed = append(failed, err)
			}
			rules = append(rules, got...)
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			if with, err := c.Load(path); err != nil {
				failed = append(failed, err)
			} else {
				c = with
			}
		}
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return c.WithRules(rules)
}

// ruleFiles gives the rule files that a path names, sorted. Test files of
// Semgrep's, x.test.yaml, are none.
func ruleFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		ext := filepath.Ext(name)
		if d.Type().IsRegular() && (ext == ".yaml" || ext == ".yml") && !strings.Contains(filepath.Base(name), ".test.") {
			files = append(files, name)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}
