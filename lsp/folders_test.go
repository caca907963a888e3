package lsp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcpaudit/checks"
	"mcpaudit/internal/config"
	"mcpaudit/internal/source"
)

// ownCheck is a check document of a folder, whose title and lesson say which.
func ownCheck(folder string) string {
	return fmt.Sprintf(`---
id: own-check
title: Forbidden in %[1]s
message: '%[1]s forbids this'
class: injection
cwe: [1]
maps: {owasp-mcp: [MCP05]}
confidence: high
rule:
  - languages: [python]
    pattern: forbidden(...)
---
# Forbidden in %[1]s
It is forbidden in %[1]s.
## Vulnerable
`+"```python\nforbidden()  # finding\n```\n## Safe\n```python\nallowed()\n```\n", folder)
}

const (
	flawed    = "import requests\n\nrequests.get('https://example.org', verify=False)\n"
	forbidden = "forbidden()\n"
)

// multi is the program with a workspace of several folders, as a client that
// pulls sees it.
type multi struct {
	*process
	dir string
}

func launchMulti(t *testing.T, files map[string]string, folders []string, flags ...string) *multi {
	t.Helper()
	m := &multi{launch(t, flags...), write(t, files)}
	var paths []string
	for _, f := range folders {
		paths = append(paths, m.path(f))
	}
	m.initialize(capable(`{"textDocument":{"diagnostic":{"codeDescriptionSupport":true,"dataSupport":true},"codeAction":{"codeActionLiteralSupport":{}}}}`), paths...)
	return m
}

func (m *multi) path(name string) string { return filepath.Join(m.dir, filepath.FromSlash(name)) }
func (m *multi) uri(name string) string  { return source.URIOf(m.path(name)) }

// put writes files, or removes those without text, and says so.
func (m *multi) put(files map[string]string) {
	m.t.Helper()
	var changes []any
	for name, text := range files {
		path, kind := m.path(name), 2
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil && text == "" {
			kind, err = fileDeleted, os.Remove(path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			m.t.Fatal(err)
		}
		changes = append(changes, map[string]any{"uri": m.uri(name), "type": kind})
	}
	m.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": changes})
}

// folders adds and removes folders of the workspace.
func (m *multi) folders(added, removed []string) {
	event := map[string][]map[string]string{"added": {}, "removed": {}}
	for kind, names := range map[string][]string{"added": added, "removed": removed} {
		for _, name := range names {
			event[kind] = append(event[kind], map[string]string{"uri": m.uri(name), "name": name})
		}
	}
	m.notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": event})
}

// shows compares what is found in the workspace: "name: check severity message".
func (m *multi) shows(when string, want ...string) {
	m.t.Helper()
	report := call[struct {
		Items []struct {
			URI   string
			Items []diagnostic
		}
	}](m.editor, "workspace/diagnostic", map[string]any{"previousResultIds": []any{}})
	var got []string
	for _, file := range report.Items {
		for _, d := range file.Items {
			line := fmt.Sprintf("%s: %s %d", strings.TrimPrefix(file.URI, m.uri(".")+"/"), d.Code, d.Severity)
			if d.Code == "own-check" {
				line += " " + d.Message
			}
			got = append(got, line)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		m.t.Errorf("%s:\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// warned waits for a message with all of these words.
func (m *multi) warned(words ...string) {
	m.t.Helper()
	m.told("window/logMessage", func(p json.RawMessage) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(string(p), w) })
	})
}

// TestFoldersHaveTheirOwnSettings: each folder's file and checks hold for the
// files below it and nowhere else, from its first to its last day.
func TestFoldersHaveTheirOwnSettings(t *testing.T) {
	m := launchMulti(t, map[string]string{
		"one1/.mcpaudit.yaml": "checks: {tls-verification-disabled: hint}\nexclude: [gen/]\nwat: 1\n",
		"one1/a.py":           flawed, "one1/b.py": forbidden, "one1/gen/a.py": flawed,
		"one1/.mcpaudit/checks/own-check.md": ownCheck("one"),
		"one2/.mcpaudit.yaml":                "checks: {tls-verification-disabled: warning}\nrules: [house]\nwat: 1\n",
		"one2/a.py":                          flawed, "one2/b.py": forbidden, "one2/gen/a.py": flawed,
		"one2/house/own-check.md": ownCheck("two"),
		"plain/a.py":              flawed, "plain/b.py": forbidden,
	}, []string{"one1", "one2", "plain"})
	m.open(m.uri("out.py"), flawed+forbidden)
	one := []string{"one1/a.py: tls-verification-disabled 4", "one1/b.py: own-check 3 one forbids this"}
	two := []string{"one2/a.py: tls-verification-disabled 2", "one2/b.py: own-check 3 two forbids this", "one2/gen/a.py: tls-verification-disabled 2"}
	rest := []string{"out.py: tls-verification-disabled 1", "plain/a.py: tls-verification-disabled 1"}
	m.shows("at first", slices.Concat(one, two, rest)...)
	m.warned("settings: ", m.path("one1/.mcpaudit.yaml"), "wat")
	m.warned("settings: ", m.path("one2/.mcpaudit.yaml"), "wat")

	m.put(map[string]string{"one1/.mcpaudit.yaml": "checks: {tls-verification-disabled: off}\n"})
	one = one[1:]
	m.shows("the settings of one changed", slices.Concat(one, two, rest)...)

	m.put(map[string]string{"one1/.mcpaudit/checks/own-check.md": ownCheck("uno")})
	one[0] = "one1/b.py: own-check 3 uno forbids this"
	m.shows("the check of one changed", slices.Concat(one, two, rest)...)

	m.put(map[string]string{"one2/house/own-check.md": "no check"})
	m.warned("rules: ", m.path("one2/house/own-check.md"))
	m.shows("the check of two is broken", slices.Concat(one, two, rest)...)

	m.put(map[string]string{"one1/.mcpaudit.yaml": "", "one2/.mcpaudit.yaml": ""})
	gone := []string{"one1/a.py: tls-verification-disabled 1", one[0], "one1/gen/a.py: tls-verification-disabled 1",
		"one2/a.py: tls-verification-disabled 1", "one2/gen/a.py: tls-verification-disabled 1"}
	m.shows("without files", slices.Concat(gone, rest)...)

	m.put(map[string]string{"plain/.mcpaudit.yaml": "checks: {tls-verification-disabled: information}\n"})
	rest[1] = "plain/a.py: tls-verification-disabled 3"
	m.shows("a new file", slices.Concat(gone, rest)...)

	m.folders(nil, []string{"one1", "plain"})
	m.shows("folders removed", slices.Concat(gone[3:], rest[:1])...)

	m.folders([]string{"plain", "one1"}, nil)
	m.shows("folders added", slices.Concat(gone, rest)...)
}

// TestLessonsOfFolders: of two checks of a name, each file has that of its folder.
func TestLessonsOfFolders(t *testing.T) {
	m := launchMulti(t, map[string]string{
		"one/.mcpaudit/checks/own-check.md": ownCheck("one"), "one/b.py": forbidden,
		"two/.mcpaudit/checks/own-check.md": ownCheck("two"), "two/b.py": forbidden,
	}, []string{"one", "two"})
	explains := func(want string, arguments ...any) {
		t.Helper()
		got := call[explained](m.editor, "workspace/executeCommand", execute(commandExplain, arguments...))
		if got.Title != "Forbidden in "+want || !strings.Contains(got.Markdown, "It is forbidden in "+want) {
			t.Errorf("%v: explained %+v", arguments, got)
		}
	}
	for _, folder := range []string{"one", "two"} {
		uri := m.uri(folder + "/b.py")
		if got := fmt.Sprint(call[any](m.editor, "textDocument/hover", at(uri, 0, 2))); !strings.Contains(got, "It is forbidden in "+folder+".") {
			t.Errorf("hover: %s", got)
		}
		explained := false
		for _, a := range call[[]action](m.editor, "textDocument/codeAction", inRange(uri, 0, 0, 1)) {
			if a.Command != nil && a.Command.Command == commandExplain {
				explains(folder, a.Command.Arguments...)
				explained = true
			}
		}
		if !explained {
			t.Errorf("%s: no action explains", folder)
		}
	}
	explains("one", "own-check") // a client that names no file
	m.fails("workspace/executeCommand", execute(commandExplain, "own-check", m.uri("out.py")), -32602)
}

// TestUntrustedFolders: what each folder says about its own audit is named and
// ignored.
func TestUntrustedFolders(t *testing.T) {
	files := map[string]string{}
	for _, folder := range []string{"one1", "one2"} {
		files[folder+"/.mcpaudit.yaml"] = "checks: {tls-verification-disabled: off}\nexclude: ['*']\n"
		files[folder+"/.mcpaudit/checks/own-check.md"] = ownCheck(folder)
		files[folder+"/a.py"] = flawed + forbidden
	}
	m := launchMulti(t, files, []string{"one1", "one2"}, "--untrusted")
	m.shows("untrusted", "one1/a.py: tls-verification-disabled 1", "one2/a.py: tls-verification-disabled 1")
	for _, folder := range []string{"one1", "one2"} {
		m.warned(m.path(folder+"/.mcpaudit.yaml"), "is ignored")
		m.warned("the checks in", m.path(folder), "are ignored")
	}
}

// TestAChangeReachesItsFolderAlone: settings and rules are set, and rules are
// loaded, where they change, once for all folders with the same.
func TestAChangeReachesItsFolderAlone(t *testing.T) {
	dir := write(t, map[string]string{
		"a/.mcpaudit.yaml": "minConfidence: high\n", "b/.mcpaudit.yaml": "rules: [own]\n", "shared/x.yaml": "", "b/own/x.yaml": "", "c/a.py": "",
	})
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	shared := filepath.Join(dir, "shared")
	var loaded []string
	o := started()
	o.Rules = func(paths []string) (*checks.Catalogue, error) {
		loaded = append(loaded, strings.ReplaceAll(strings.Join(paths, " "), dir+"/", ""))
		return nil, nil
	}
	f := newFake()
	e := start(t, o, f.engine)
	expect := func(when string, rules, catalogues []string, confidence ...string) {
		t.Helper()
		e.settle()
		for i, folder := range []string{"", a, b, c} {
			if got := f.configs[folder].MinConfidence; got != confidence[i] {
				t.Errorf("%s: in %q confidence %q, want %q", when, folder, got, confidence[i])
			}
		}
		if !slices.Equal(loaded, rules) || !slices.Equal(f.catalogues, catalogues) {
			t.Errorf("%s: loaded %q for %q, want %q for %q", when, loaded, f.catalogues, rules, catalogues)
		}
		loaded, f.catalogues = nil, nil
		f.configs = map[string]config.Config{}
	}
	saved := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		e.notify("textDocument/didSave", ofDocument(source.URIOf(path)))
	}
	options, err := json.Marshal(map[string]any{"rules": []string{shared}})
	if err != nil {
		t.Fatal(err)
	}
	e.initializeWith(capable(pullingClient), json.RawMessage(options), a, b)
	expect("at first", []string{"shared", "shared b/own"}, []string{"", a, b}, "low", "high", "low", "")
	saved("a/.mcpaudit.yaml", "minConfidence: medium\n")
	expect("settings of a", nil, nil, "", "medium", "", "")
	saved("b/own/x.yaml", "")
	expect("a rule of b", []string{"shared b/own"}, []string{b}, "", "", "", "")
	saved("shared/x.yaml", "")
	expect("a rule of the user", []string{"shared", "shared b/own"}, []string{"", a, b}, "", "", "", "")
	e.notify("workspace/didChangeWorkspaceFolders", map[string]any{"event": map[string]any{
		"added": []any{map[string]string{"uri": source.URIOf(c)}}, "removed": []any{map[string]string{"uri": source.URIOf(a)}},
	}})
	expect("a folder for another", nil, nil, "", "", "", "low")
	e.notify("workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{"minConfidence": "medium"}})
	expect("settings of the user", nil, nil, "medium", "", "medium", "medium")
}
