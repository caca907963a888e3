package main

// project.go finds what a tree says about its own audit: settings, checks, and its
// threat model.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mcpaudit/internal/config"
	"mcpaudit/internal/threat"
)

// checksFolder is where a project keeps checks of its own.
var checksFolder = filepath.Join(".mcpaudit", "checks")

// maxSettings is the size in bytes above which a settings file is not read.
const maxSettings = 1 << 20

// project is a folder with settings, checks, a threat model or accepted risks of its
// own, and the paths for which they hold. The zero project has none.
type project struct {
	folder   string // empty for none
	settings string // the settings file, empty for none
	checks   string // the folder of its checks, empty for none
	book     string // what was answered about its servers, empty for none
	accepted int    // how many files speak of accepted risks
	config   config.Config
	paths    []string
}

// findProject gives the project that a path belongs to: the folder of the path,
// or the nearest above it up to the root of its repository, that holds settings,
// checks, a threat model or accepted risks. Links count for none of them.
func findProject(path string) (*project, error) {
	own, err := userConfig()
	if err != nil {
		return nil, err
	}
	p := &project{config: own}
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	for {
		if info, err := os.Lstat(filepath.Join(dir, config.FileName)); err == nil && info.Mode().IsRegular() {
			p.folder, p.settings = dir, filepath.Join(dir, config.FileName)
		}
		if isFolder(filepath.Join(dir, filepath.Dir(checksFolder))) && isFolder(filepath.Join(dir, checksFolder)) {
			p.folder, p.checks = dir, filepath.Join(dir, checksFolder)
		}
		book := filepath.Join(dir, filepath.FromSlash(threat.BookFile))
		if info, err := os.Lstat(book); err == nil && info.Mode().IsRegular() && isFolder(filepath.Dir(book)) {
			p.folder, p.book = dir, book
		}
		if n := threat.ExceptionFiles(dir); n > 0 {
			p.folder, p.accepted = dir, n
		}
		if p.folder != "" || filepath.Dir(dir) == dir {
			return p, nil
		}
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return p, nil
		}
		dir = filepath.Dir(dir)
	}
}

func isFolder(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.IsDir()
}

// userConfig gives the settings of the user's own file. Everything wrong with it is said
// at once.
func userConfig() (config.Config, error) {
	c, problems := config.Default().WithUserFile()
	var all []error
	for _, problem := range problems {
		all = append(all, problem)
	}
	return c, errors.Join(all...)
}

// distrust forgets what the project says and gives how much that is. Its config, not read
// yet, is still the user's own.
func (p *project) distrust() (ignored int) {
	if p.settings != "" {
		ignored++
	}
	if p.checks != "" {
		files, _ := ruleFiles(p.checks) // what cannot be read would not load either
		ignored += len(files)
	}
	if p.book != "" {
		ignored++
	}
	ignored += p.accepted
	*p = project{config: p.config, paths: p.paths}
	return ignored
}

// read reads the settings. Everything wrong with them is said at once.
func (p *project) read() error {
	if p.settings == "" {
		return nil
	}
	info, err := os.Lstat(p.settings)
	if err != nil {
		return err
	}
	if info.Size() > maxSettings {
		return fmt.Errorf("%s: larger than %d bytes", p.settings, maxSettings)
	}
	data, err := os.ReadFile(p.settings)
	if err != nil {
		return err
	}
	var problems []*config.Problem
	p.config, problems = p.config.WithFile(shown(p.settings), data)
	var all []error
	for _, problem := range problems {
		all = append(all, problem)
	}
	return errors.Join(all...)
}

// rules gives the rule files and folders of the project: those of its settings,
// which are relative to its folder, and its own checks.
func (p *project) rules() []string {
	var paths []string
	for _, r := range p.config.RulePaths {
		if !filepath.IsAbs(r) {
			r = filepath.Join(p.folder, r)
		}
		paths = append(paths, shown(r))
	}
	if p.checks != "" {
		paths = append(paths, shown(p.checks))
	}
	return paths
}

// shown gives a path as messages name it: relative where it lies below the
// working directory.
func shown(path string) string {
	if base, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(base, path); err == nil && !strings.HasPrefix(rel, "..") {
			return rel
		}
	}
	return path
}
