package threat

// model.go puts the threat models of a tree together, one for each server.

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/mcp"
)

// Model is the threat model of one server: of the files below the manifest that is
// nearest to them. It holds plain text of the audited code; whoever shows it escapes it.
type Model struct {
	Name   string // as the server gives it, or else the folder's
	Folder string // clean and absolute
	Rel    string // of the folder in the folder that keeps the threat model, with slashes; "." for itself
	SDKs   []string
	Files  []*audit.FileResult
	// Entries are tools, resources, prompts and completions, those with the worst
	// findings first, then those that can do most.
	Entries    []*Entry
	Transports []Transport
	// Abilities are those of all entries and of what runs at the start.
	Abilities []Ability
	Triple    Triple
	// Findings are open, the worst first; Accepted are silenced by a comment or an
	// exception.
	Findings, Accepted []*audit.Finding
	// Factors are the ten AIVSS factors: of each the highest that the code or a finding
	// shows, or what was answered or set, or the default.
	Factors aivss.Profile
	// Asked are the questions that apply, in the order that teaches, with their state.
	Asked []*Asked
	// Checked is set where requests over HTTP are asked for credentials.
	Checked bool

	code   string
	traits map[string]bool
}

// Entry is what a client can call, read or fetch.
type Entry struct {
	*audit.Exposed
	Rel       string // of Path, with slashes, relative to the folder that keeps the threat model
	Abilities []Ability
	Findings  []*audit.Finding // open ones about it, the worst first

	traits map[string]bool
}

// Worst gives the worst score of the open findings about the entry; false without one.
func (e *Entry) Worst() (aivss.Score, bool) { return worst(e.Findings) }

// Worst gives the worst score of the open findings of the server; false without one.
func (m *Model) Worst() (aivss.Score, bool) { return worst(m.Findings) }

func worst(sorted []*audit.Finding) (aivss.Score, bool) {
	if len(sorted) == 0 || !sorted[0].Score.Scored {
		return aivss.Score{}, false
	}
	return sorted[0].Score, true
}

// Transport is how clients reach the server.
type Transport struct {
	mcp.Transport
	Path string
	Line int // from 1
}

// Beyond reports whether it listens beyond the loopback address.
func (t *Transport) Beyond() bool {
	switch t.Host {
	case "", "localhost", "127.0.0.1", "::1":
		return false
	}
	return t.Kind != mcp.Stdio
}

// manifests are what marks the folder of a server.
var manifests = []string{"package.json", "pyproject.toml", "go.mod", "setup.py", "setup.cfg"}

// serverFolder gives the folder that a file's server lives in: the nearest with a
// manifest, not above root.
func serverFolder(path, root string, known map[string]string) string {
	dir := filepath.Dir(path)
	if f, ok := known[dir]; ok {
		return f
	}
	folder := root
	for at := dir; len(at) >= len(root); at = filepath.Dir(at) {
		if slices.ContainsFunc(manifests, func(name string) bool {
			info, err := os.Lstat(filepath.Join(at, name))
			return err == nil && info.Mode().IsRegular()
		}) {
			folder = at
			break
		}
		if filepath.Dir(at) == at {
			break
		}
	}
	known[dir] = folder
	return folder
}

// FolderOf gives the folder of the server that a file belongs to: the nearest with a
// manifest, not above root.
func FolderOf(path, root string) string { return serverFolder(path, root, map[string]string{}) }

// Models gives the threat models of what lies below a folder, by name of their folders.
// book holds what was answered there, nil for nothing.
func Models(results []*audit.FileResult, root string, book *Book) []*Model {
	folders, known := map[string]*Model{}, map[string]string{}
	for _, res := range results {
		folder := serverFolder(res.Path, root, known)
		m := folders[folder]
		if m == nil {
			m = &Model{Folder: folder, Rel: relative(root, folder)}
			folders[folder] = m
		}
		m.Files = append(m.Files, res)
	}
	var models []*Model
	for _, m := range folders {
		slices.SortFunc(m.Files, func(a, b *audit.FileResult) int { return strings.Compare(a.Path, b.Path) })
		if m.gather(root) {
			models = append(models, m)
		}
	}
	slices.SortFunc(models, func(a, b *Model) int { return strings.Compare(a.Folder, b.Folder) })
	for _, m := range models {
		m.ask(book)
		m.factors()
	}
	return models
}

// ModelOf gives the threat model of the server that a file belongs to, nil for none.
func ModelOf(results []*audit.FileResult, root, path string, book *Book) *Model {
	known := map[string]string{}
	folder := serverFolder(path, root, known)
	m := &Model{Folder: folder, Rel: relative(root, folder)}
	for _, res := range results {
		if serverFolder(res.Path, root, known) == folder {
			m.Files = append(m.Files, res)
		}
	}
	if !m.gather(root) {
		return nil
	}
	m.ask(book)
	m.factors()
	return m
}

func relative(root, path string) string {
	if rel, err := filepath.Rel(root, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}

// gather fills in what the files show; false where they show no server.
func (m *Model) gather(root string) bool {
	var startup []audit.Use
	for _, res := range m.Files {
		s := res.Surface()
		for i := range s.Servers {
			if m.Name == "" {
				m.Name = s.Servers[i].Name
			}
			if sdk := string(s.Servers[i].SDK); sdk != "" && !slices.Contains(m.SDKs, sdk) {
				m.SDKs = append(m.SDKs, sdk)
			}
		}
		for _, t := range s.Transports {
			m.Transports = append(m.Transports, Transport{Transport: t, Path: res.Path, Line: res.Text.LineAt(t.Span.Start) + 1})
		}
		m.Checked = m.Checked || s.Checked
		startup = append(startup, s.Uses...)
		for _, x := range s.Entries {
			m.Entries = append(m.Entries, &Entry{Exposed: x, Rel: relative(root, x.Path)})
		}
		for _, f := range res.Findings {
			if f.Suppressed != nil {
				m.Accepted = append(m.Accepted, f)
			} else {
				m.Findings = append(m.Findings, f)
			}
		}
	}
	if len(m.Entries)+len(m.Transports)+len(m.SDKs) == 0 {
		return false
	}
	if m.Name == "" {
		m.Name = filepath.Base(m.Folder)
	}
	sortFindings(m.Findings)
	sortFindings(m.Accepted)
	m.assign()
	m.abilities(startup)
	m.describe()
	return true
}

// sortFindings puts the worst first, then goes by place.
func sortFindings(list []*audit.Finding) {
	slices.SortStableFunc(list, func(a, b *audit.Finding) int {
		return cmp.Or(int(b.Score.AIVSS)-int(a.Score.AIVSS), strings.Compare(a.Path, b.Path), int(a.Span.Start)-int(b.Span.Start))
	})
}

// assign gives each entry its findings: those that carry its name, and where names
// recur in a server, those of its own file.
func (m *Model) assign() {
	named := map[string][]*Entry{}
	for _, e := range m.Entries {
		named[e.Name] = append(named[e.Name], e)
	}
	for _, f := range m.Findings {
		if f.Tool == "" {
			continue
		}
		list := named[f.Tool]
		for _, e := range list {
			about := f.Path == e.Path || f.Path == e.Handler || len(f.Steps) > 0 && (f.Steps[0].Path == e.Path || f.Steps[0].Path == e.Handler)
			if len(list) == 1 || about {
				e.Findings = append(e.Findings, f)
			}
		}
	}
}

// abilities says what the entries and the server can do.
func (m *Model) abilities(startup []audit.Use) {
	all := slices.Clone(startup)
	var untrusted []audit.Use
	for _, e := range m.Entries {
		e.Abilities = abilities(e.Uses)
		all = append(all, e.Uses...)
		if len(e.Returns) > 0 {
			var uses []audit.Use
			for _, r := range e.Returns {
				uses = append(uses, audit.Use{Callee: r.What, Path: r.Path, Line: r.Line})
			}
			e.Abilities = with(e.Abilities, Ability{ReturnsUntrusted, uses})
			untrusted = append(untrusted, uses...)
		}
	}
	m.Abilities = abilities(all)
	if len(untrusted) > 0 {
		m.Abilities = with(m.Abilities, Ability{ReturnsUntrusted, untrusted})
	}
	var secrets []audit.Use
	for _, res := range m.Files {
		secrets = append(secrets, res.Surface().Secrets...)
	}
	if len(secrets) > 0 {
		m.Abilities = with(m.Abilities, Ability{Secrets, secrets})
	}
	slices.SortStableFunc(m.Entries, func(a, b *Entry) int {
		return cmp.Or(score(b)-score(a), len(b.Findings)-len(a.Findings), reach(a)-reach(b), strings.Compare(a.Path, b.Path), int(a.NameSpan.Start)-int(b.NameSpan.Start))
	})
	for _, e := range m.Entries {
		m.Triple.add(e)
	}
}

func score(e *Entry) int {
	s, _ := e.Worst()
	return int(s.AIVSS)
}

// reach is the place of the most powerful capability of an entry.
func reach(e *Entry) int {
	if len(e.Abilities) == 0 {
		return len(Capabilities)
	}
	return slices.Index(Capabilities, e.Abilities[0].Capability)
}

// describe finds what questions are chosen by, and the digest of what answers about
// the whole server speak of: which entries there are, and how they are reached.
func (m *Model) describe() {
	m.traits = m.serverTraits()
	var lines []string
	for _, e := range m.Entries {
		e.traits = m.entryTraits(e)
		lines = append(lines, e.Kind+" "+e.Name)
		for _, a := range e.Abilities {
			lines = append(lines, string(a.Capability))
		}
	}
	for i := range m.Transports {
		lines = append(lines, string(m.Transports[i].Kind)+" "+m.Transports[i].Host)
	}
	slices.Sort(lines)
	h := fnv.New64a()
	for _, l := range lines {
		fmt.Fprintln(h, l) // a hash takes everything
	}
	m.code = fmt.Sprintf("%016x", h.Sum64())
}

// factors takes of each factor the strongest word: a setting, an answer about the whole
// server, else the highest that the code or a finding shows.
func (m *Model) factors() {
	m.Factors = aivss.DefaultProfile()
	for _, res := range m.Files {
		for _, factor := range res.Surface().Factors {
			m.raise(factor)
		}
	}
	for _, f := range m.Findings {
		if f.Score.Scored {
			for _, factor := range f.Score.Factors {
				m.raise(factor)
			}
		}
	}
	for _, a := range Answers([]*Model{m}) {
		if a.Tool == "" {
			for k := range m.Factors {
				if m.Factors[k].Name == a.Factor.Name && m.Factors[k].Source != aivss.FromUser {
					m.Factors[k] = a.Factor
				}
			}
		}
	}
}

// raise takes a factor over where it is higher than what is known or stronger: a default
// says nothing, and a setting has the last word.
func (m *Model) raise(factor aivss.Factor) {
	for k := range m.Factors {
		has := &m.Factors[k]
		if has.Name != factor.Name || factor.Source == aivss.FromDefault || has.Source == aivss.FromUser {
			continue
		}
		if factor.Source == aivss.FromUser || has.Source == aivss.FromDefault || factor.Half > has.Half {
			*has = factor
		}
	}
}
