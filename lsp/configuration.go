package lsp

// configuration.go keeps the settings: those the program started with, under
// those of the editor, under those of the file of each workspace folder. Each
// layer is read again when it changes.

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	fastjson "github.com/segmentio/encoding/json"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/safefile"
	"mcpaudit/internal/source"
)

const settingsFile = config.FileName

// maxSettings is the size in bytes above which a settings file is not read.
const maxSettings = 1 << 20

// settings are the layers as they came, and what they come to in each folder.
type settings struct {
	initial json.RawMessage // initializationOptions without what is no setting
	// editor is what workspace/configuration or didChangeConfiguration brought, by the
	// folder that was asked about; "" has what holds for every other.
	editor map[string]json.RawMessage
	now    map[string]held // by folder, "" for files in none
}

// held is what holds in one folder.
type held struct {
	config   config.Config
	rules    []string // the paths of the rules that join the catalogue
	problems []string // what was wrong with the settings, in words
}

// startSettings takes the settings that come with initialize.
func (s *server) startSettings(options json.RawMessage) {
	s.settings.initial = section(options)
	s.settings.now = map[string]held{"": {config: s.options.Config}}
	s.loadSettings()
}

// section gives the settings in what a client sends: with or without the name of
// our section around them, and without the options that are for the server alone.
func section(raw json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if absent(raw) || json.Unmarshal(raw, &members) != nil {
		return raw
	}
	if inner, ok := members[sourceName]; ok {
		return section(inner)
	}
	delete(members, "untrusted")
	delete(members, "commandLinks")
	stripped, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return stripped
}

// loadSettings puts the layers together for each folder and reports whether
// anything changed. What is wrong in one of them is said, and the rest of it
// holds. Folders for which nothing changed are left as they are.
func (s *server) loadSettings() bool {
	before := s.settings.now
	s.settings.now = map[string]held{"": s.userSettings()}
	for _, folder := range s.folders {
		s.settings.now[folder] = s.folderSettings(folder)
	}
	changed := len(s.settings.now) != len(before)
	var ruled []string
	for _, folder := range s.governed() {
		now := s.settings.now[folder]
		was, known := before[folder]
		if !known {
			was.rules = before[""].rules // with which a new folder begins
		}
		if !known || !reflect.DeepEqual(now.config, was.config) {
			s.engine.SetConfig(folder, now.config)
			changed = true
		}
		if !slices.Equal(now.rules, was.rules) {
			ruled = append(ruled, folder)
		}
		for _, problem := range now.problems {
			if !slices.Contains(was.problems, problem) && (folder == "" || !slices.Contains(s.settings.now[""].problems, problem)) {
				s.log.warn("settings: %s", problem)
			}
		}
	}
	changed = s.loadRules(ruled) || changed
	s.loadBooks() // which name checks of these rules
	return changed
}

// governed lists the folders that settings are held for, "" first.
func (s *server) governed() []string { return slices.Sorted(maps.Keys(s.settings.now)) }

// userSettings gives the settings of the user, which hold for files in no folder.
// Rules that they name by a relative path lie in the first folder.
func (s *server) userSettings() held {
	h := held{config: s.options.Config}
	h.takeEditor(s.settings.initial, s.settings.editor[""])
	first := ""
	if len(s.folders) > 0 {
		first = s.folders[0]
	}
	h.rules = rulePaths(h.config, first)
	h.config.RulePaths = h.rules
	return h
}

// folderSettings gives what holds in a folder: what the editor has set for it under
// the folder's file, with the rules and checks that these name. What a
// folder that is not trusted says is named and ignored.
func (s *server) folderSettings(folder string) held {
	h := held{config: s.settings.now[""].config}
	if own := s.settings.editor[folder]; !absent(own) {
		h.config = s.options.Config
		h.takeEditor(s.settings.initial, own)
	}
	name := filepath.Join(folder, settingsFile)
	text, err := safefile.Read(name, maxSettings)
	switch {
	case os.IsNotExist(err):
	case err != nil:
		h.problems = append(h.problems, err.Error())
	case s.untrusted:
		h.problems = append(h.problems, name+" is ignored, because the workspace is not trusted")
	default:
		h.take(h.config.WithFile(name, text))
	}
	h.rules = rulePaths(h.config, folder)
	own := filepath.Join(folder, checksFolder)
	if info, err := os.Lstat(own); err == nil && info.IsDir() {
		if s.untrusted {
			h.problems = append(h.problems, fmt.Sprintf("the checks in %s are ignored, because the workspace is not trusted", folder))
		} else {
			h.rules = append(h.rules, own)
		}
	}
	return h
}

// maxProblems bounds how much is said of one layer of settings.
const maxProblems = 50

// take takes over settings with what is wrong with them.
func (h *held) take(c config.Config, problems []*config.Problem) {
	h.config = c
	for i, p := range problems {
		if i == maxProblems {
			h.problems = append(h.problems, fmt.Sprintf("%s: and %d problems more", orPath(p.File, "the editor"), len(problems)-i))
			return
		}
		h.problems = append(h.problems, p.Error())
	}
}

// takeEditor takes over what the editor sent, of one layer after the other.
func (h *held) takeEditor(layers ...json.RawMessage) {
	for _, layer := range layers {
		if !absent(layer) {
			h.take(h.config.WithJSON(layer))
		}
	}
}

// checksFolder is where a folder keeps checks of its own.
var checksFolder = filepath.Join(".mcpaudit", "checks")

// rulePaths lists the rules that settings name, relative ones in that folder.
func rulePaths(c config.Config, folder string) []string {
	var paths []string
	for _, path := range c.RulePaths {
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		paths = append(paths, path)
	}
	return paths
}

// loadRules loads the catalogues of folders anew and reports whether one of them
// was. Where that fails, the checks stay as they are. Folders with the same rules
// share a catalogue.
func (s *server) loadRules(folders []string) bool {
	if s.options.Rules == nil {
		return false
	}
	type outcome struct {
		catalogue *checks.Catalogue
		err       error
	}
	tried := map[string]outcome{}
	changed := false
	for _, folder := range folders {
		rules := s.settings.now[folder].rules
		key := strings.Join(rules, "\x00")
		o, done := tried[key]
		if !done {
			if o.catalogue, o.err = s.options.Rules(rules); o.err != nil {
				s.log.warn("rules: %v", o.err)
			}
			tried[key] = o
		}
		if o.err == nil {
			s.engine.SetCatalogue(folder, o.catalogue)
			changed = true
		}
	}
	return changed
}

// ruledBy lists the folders among whose rules a file is.
func (s *server) ruledBy(path string) []string {
	var folders []string
	for _, folder := range s.governed() {
		if within(path, s.settings.now[folder].rules) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// pullSettings asks the client for our section, as it is for all and in each folder.
func (s *server) pullSettings() {
	folders := slices.Clone(s.folders)
	items := []map[string]string{{"section": sourceName}}
	for _, folder := range folders {
		items = append(items, map[string]string{"section": sourceName, "scopeUri": source.URIOf(folder)})
	}
	s.background("workspace/configuration", func() {
		params := map[string]any{"items": items}
		var answer []fastjson.RawMessage
		if _, err := s.conn.Call(s.peer, "workspace/configuration", params, &answer); err != nil || len(answer) == 0 {
			if err != nil && s.peer.Err() == nil {
				s.log.warn("workspace/configuration: %v", err)
			}
			return
		}
		editor := map[string]json.RawMessage{}
		for i, folder := range append([]string{""}, folders...) {
			if i < len(answer) {
				editor[folder] = section(slices.Clone(json.RawMessage(answer[i]))) // the decoder lends its memory
			}
		}
		s.post(func() { s.editorSettings(editor) })
	})
}

func (s *server) editorSettings(editor map[string]json.RawMessage) {
	s.settings.editor = editor
	if s.loadSettings() {
		s.renew()
	}
}

type didChangeConfigurationParams struct {
	Settings json.RawMessage `json:"settings"`
}

func didChangeConfiguration(s *server, p didChangeConfigurationParams) error {
	if s.client.Workspace.Configuration {
		s.pullSettings()
		return nil
	}
	s.editorSettings(map[string]json.RawMessage{"": section(p.Settings)})
	return nil
}

// savedSettings reads settings and rules again when their file is saved in the
// editor, for clients that watch no files.
func (s *server) savedSettings(path string) {
	ruled := s.ruledBy(path)
	changed := saysHow(path) && s.loadSettings()
	if s.loadRules(ruled) || changed {
		s.renew()
	} else if isBook(path) {
		s.booksChanged()
	}
}

// saysHow reports whether a file may be settings, a check or the book of a folder.
func saysHow(path string) bool {
	return filepath.Base(path) == settingsFile || strings.Contains(path, checksFolder) || isBook(path)
}
