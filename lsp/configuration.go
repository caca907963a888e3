package lsp

// configuration.go keeps the settings: those the program started with, under
// those of the editor, under those of the workspace's file. Each layer is read
// again when it changes.

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	fastjson "github.com/segmentio/encoding/json"

	"mcpaudit/internal/config"
)

const settingsFile = config.FileName

// maxSettings is the size in bytes above which a settings file is not read.
const maxSettings = 1 << 20

// settings are the layers as they came.
type settings struct {
	initial json.RawMessage // initializationOptions without what is no setting
	editor  json.RawMessage // workspace/configuration or didChangeConfiguration
	now     config.Config
	rules   []string // the paths of the rules that are loaded
}

// startSettings takes the settings that come with initialize.
func (s *server) startSettings(options json.RawMessage) {
	s.settings.initial = section(options)
	s.settings.now = s.options.Config
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
	stripped, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return stripped
}

// loadSettings puts the layers together and reports whether anything changed.
// What is wrong in one of them is said, and the rest of it holds.
func (s *server) loadSettings() bool {
	c := s.options.Config
	take := func(next config.Config, problems []*config.Problem) {
		for _, p := range problems {
			s.log.once("settings: %v", p)
		}
		c = next
	}
	for _, layer := range []json.RawMessage{s.settings.initial, s.settings.editor} {
		if !absent(layer) {
			take(c.WithJSON(layer))
		}
	}
	if name, data := s.findSettingsFile(); data != nil {
		take(c.WithFile(name, data))
	}
	changed := false
	if !reflect.DeepEqual(c, s.settings.now) {
		s.settings.now = c
		s.engine.SetConfig(c)
		changed = true
	}
	if paths := s.rulePaths(c); !slices.Equal(paths, s.settings.rules) {
		s.settings.rules = paths
		changed = s.loadRules() || changed
	}
	return changed
}

// checksFolder is where a workspace keeps checks of its own.
var checksFolder = filepath.Join(".mcpaudit", "checks")

// rulePaths lists the files and folders whose rules join the catalogue: those of
// the settings, and the checks of each folder that is trusted.
func (s *server) rulePaths(c config.Config) []string {
	var paths []string
	for _, path := range c.RulePaths {
		if !filepath.IsAbs(path) && len(s.folders) > 0 {
			path = filepath.Join(s.folders[0], path)
		}
		paths = append(paths, path)
	}
	for _, folder := range s.folders {
		if info, err := os.Lstat(filepath.Join(folder, checksFolder)); err == nil && info.IsDir() {
			if s.untrusted {
				s.log.once("settings: the checks in %s are ignored, because the workspace is not trusted", folder)
				continue
			}
			paths = append(paths, filepath.Join(folder, checksFolder))
		}
	}
	return paths
}

// loadRules loads the catalogue anew and reports whether that went well. Where
// it did not, the checks stay as they are.
func (s *server) loadRules() bool {
	if s.options.Rules == nil {
		return false
	}
	catalogue, err := s.options.Rules(s.settings.rules)
	if err != nil {
		s.log.warn("rules: %v", err)
		return false
	}
	s.engine.SetCatalogue(catalogue)
	return true
}

// isRule reports whether a file is among the loaded rules.
func (s *server) isRule(path string) bool { return within(path, s.settings.rules) }

// findSettingsFile reads the settings file of the first folder that has one. In a
// workspace that is not trusted there is none.
func (s *server) findSettingsFile() (string, []byte) {
	var found string
	var data []byte
	for _, folder := range s.folders {
		name := filepath.Join(folder, settingsFile)
		text, err := readRegular(name, maxSettings)
		switch {
		case os.IsNotExist(err):
		case err != nil:
			s.log.once("settings: %v", err)
		case s.untrusted:
			s.log.once("settings: %s is ignored, because the workspace is not trusted", name)
		case data != nil:
			s.log.once("settings: %s is ignored, because %s holds", name, found)
		default:
			found, data = name, text
		}
	}
	return found, data
}

// readRegular reads a file that is neither a link nor a device nor larger than limit.
func readRegular(name string, limit int64) ([]byte, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s is not a regular file of at most %d bytes", name, limit)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// pullSettings asks the client for our section.
func (s *server) pullSettings() {
	s.background("workspace/configuration", func() {
		params := map[string]any{"items": []map[string]string{{"section": sourceName}}}
		var answer []fastjson.RawMessage
		if _, err := s.conn.Call(s.peer, "workspace/configuration", params, &answer); err != nil || len(answer) == 0 {
			if err != nil && s.peer.Err() == nil {
				s.log.warn("workspace/configuration: %v", err)
			}
			return
		}
		// The decoder lends its memory.
		raw := slices.Clone(json.RawMessage(answer[0]))
		s.post(func() { s.editorSettings(raw) })
	})
}

func (s *server) editorSettings(raw json.RawMessage) {
	s.settings.editor = section(raw)
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
	s.editorSettings(p.Settings)
	return nil
}

// savedSettings reads settings and rules again when their file is saved in the
// editor, for clients that watch no files.
func (s *server) savedSettings(path string) {
	if filepath.Base(path) == settingsFile && s.loadSettings() || s.isRule(path) && s.loadRules() {
		s.renew()
	}
}
