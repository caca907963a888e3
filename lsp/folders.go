package lsp

// folders.go serves workspace/didChangeWorkspaceFolders and
// workspace/didChangeWatchedFiles: what changes on disk.

import (
	"path/filepath"
	"slices"
	"strings"

	"mcpaudit/internal/source"
	"mcpaudit/internal/threat"
)

// watched are the files whose change on disk matters: what is audited, and what
// says how.
var watched = "**/{*" + strings.Join(source.Extensions(), ",*") + ",package.json,server.json,manifest.json,pyproject.toml,requirements.txt,go.mod,.gitignore,.mcpaudit.yaml}"

func watchers() []map[string]any {
	return []map[string]any{{"globPattern": watched}, {"globPattern": "**/.mcpaudit/checks/**"}, {"globPattern": "**/" + threat.BookFile}, {"globPattern": "**/" + threat.ExceptionFolder + "/*"}}
}

type foldersParams struct {
	Event struct {
		Added   []workspaceFolder `json:"added"`
		Removed []workspaceFolder `json:"removed"`
	} `json:"event"`
}

func didChangeWorkspaceFolders(s *server, p foldersParams) error {
	folders := slices.Clone(s.folders)
	for _, f := range p.Event.Removed {
		if path, err := source.PathOf(f.URI); err == nil {
			folders = slices.DeleteFunc(folders, func(have string) bool { return have == path })
		}
	}
	var declined error
	for _, f := range p.Event.Added {
		path, err := source.PathOf(f.URI)
		if err != nil {
			declined = err
		} else if !slices.Contains(folders, path) {
			folders = append(folders, path)
		}
	}
	s.folders = folders
	s.engine.SetFolders(folders)
	s.loadSettings()
	s.renew()
	if s.client.Workspace.Configuration {
		s.pullSettings() // which may be others in a folder that came
	}
	return declined
}

// fileDeleted is the type of a change that removes a file or a whole folder.
const fileDeleted = 3

type watchedFilesParams struct {
	Changes []struct {
		URI  string `json:"uri"`
		Type int    `json:"type"`
	} `json:"changes"`
}

func didChangeWatchedFiles(s *server, p watchedFilesParams) error {
	var declined error
	changed, settings := 0, false
	var ruled []string
	for _, c := range p.Changes {
		path, err := source.PathOf(c.URI)
		if err != nil {
			declined = err
			continue
		}
		changed++
		settings = settings || saysHow(path)
		ruled = append(ruled, s.ruledBy(path)...)
		s.engine.FileChanged(path)
		if c.Type == fileDeleted {
			// Some clients name a removed folder and none of its files.
			for _, under := range s.published.under(path + string(filepath.Separator)) {
				s.engine.FileChanged(under)
			}
		}
	}
	if changed == 0 {
		return declined
	}
	if settings {
		s.loadSettings()
	}
	slices.Sort(ruled)
	if s.loadRules(slices.Compact(ruled)) {
		s.loadBooks() // which name checks of these rules
	}
	s.renew()
	return declined
}

// within reports whether a path lies in one of the folders.
func within(path string, folders []string) bool {
	for _, f := range folders {
		if path == f || strings.HasPrefix(path, strings.TrimSuffix(f, string(filepath.Separator))+string(filepath.Separator)) {
			return true
		}
	}
	return false
}
