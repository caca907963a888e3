// Package site writes the catalogue as static pages: an index by class, one by
// standard, and the lesson of every check, to be read without a server or a network.
package site

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"mcpaudit/checks"
	"mcpaudit/internal/source"
)

//go:embed assets
var assets embed.FS

// Options say how a site is written.
type Options struct {
	// Version is that of the program, for the foot of the pages.
	Version string
}

// mark is what the index of a site of ours begins with, so that a folder can be told
// that may be written again.
const mark = "<!doctype html>\n<!-- mcpaudit checks --site -->\n"

// Write puts the pages of a catalogue into a folder, which is made where there is
// none. A folder that holds something else than such a site is left alone, and
// nothing is written through a link that leads out of it. Errors name the file.
func Write(dir string, catalogue *checks.Catalogue, o Options) error {
	pages, err := Pages(catalogue, o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := vacant(root); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	for _, name := range sortedNames(pages) {
		if folder := path.Dir(name); folder != "." {
			if err := root.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		if err := replace(root, name, pages[name]); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file whole or not at all.
func replace(root *os.Root, name string, data []byte) error {
	// The name is ours alone within the folder: a rest of an earlier run is written over.
	temporary := name + ".new"
	if err := root.WriteFile(temporary, data, 0o644); err != nil {
		return err
	}
	return root.Rename(temporary, name)
}

// vacant gives an error where a folder holds something that is no site of ours.
func vacant(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil || len(entries) == 0 {
		return err
	}
	index, err := fs.ReadFile(root.FS(), "index.html")
	if err == nil && bytes.HasPrefix(index, []byte(mark)) {
		return nil
	}
	return errors.New("the folder holds other files: name an empty one, or one that 'mcpaudit checks --site' has written")
}

func sortedNames(pages map[string][]byte) []string {
	names := make([]string, 0, len(pages))
	for name := range pages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Pages gives the files of a site by their names, with slashes.
func Pages(catalogue *checks.Catalogue, o Options) (map[string][]byte, error) {
	s, err := newSite(catalogue, o)
	if err != nil {
		return nil, err
	}
	pages := map[string][]byte{}
	for _, name := range []string{"style.css", "site.js"} {
		if pages[name], err = assets.ReadFile("assets/" + name); err != nil {
			return nil, err
		}
	}
	if pages["checks.js"], err = s.index(); err != nil {
		return nil, err
	}
	put := func(name, template string, page any) error {
		var b bytes.Buffer
		b.WriteString(mark)
		if err := templates.ExecuteTemplate(&b, template, page); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		pages[name] = b.Bytes()
		return nil
	}
	if err := put("index.html", "index", s.page("", "Checks", "checks")); err != nil {
		return nil, err
	}
	if err := put("standards.html", "standards", s.page("", "By standard", "standards")); err != nil {
		return nil, err
	}
	for _, c := range s.Checks {
		page := s.page("../", c.Title, "")
		page.Check = c
		if err := put("checks/"+c.file, "lesson", page); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// site is what all pages draw on.
type site struct {
	Options
	Checks    []*check
	Classes   []class
	Standards []standard
	byID      map[string]*check
}

// class is a class of checks, with a name for people.
type class struct {
	Name   string
	Checks []*check
}

// standard is a list that checks are mapped to.
type standard struct {
	Key, Name string
	Entries   []entry
}

// entry is one line of a standard.
type entry struct {
	ID, Text string
	Checks   []*check
}

// page is what one template is given. Base leads from the page to the top folder.
type page struct {
	*site
	Base, Title, Here string
	Check             *check
}

func (s *site) page(base, title, here string) *page {
	return &page{site: s, Base: base, Title: title, Here: here}
}

// check is one check as pages show it.
type check struct {
	*checks.Check
	Summary   string
	Score     string // the CVSS base score, empty for hygiene
	Band      string
	Languages []string
	Fixes     bool
	CWE       []string
	Maps      []mapped
	Lesson    template.HTML

	file string
}

// mapped are the ids of a check in one standard.
type mapped struct {
	Name string
	IDs  []string
}

// Href gives the address of a check's page from the top folder.
func (c *check) Href() string { return "checks/" + c.file }

func newSite(catalogue *checks.Catalogue, o Options) (*site, error) {
	s := &site{Options: o, byID: map[string]*check{}}
	for _, c := range catalogue.All() {
		view := viewOf(c)
		s.Checks = append(s.Checks, view)
		s.byID[c.ID] = view
		if n := len(s.Classes); n == 0 || s.Classes[n-1].Name != c.Class {
			s.Classes = append(s.Classes, class{Name: c.Class})
		}
		last := &s.Classes[len(s.Classes)-1]
		last.Checks = append(last.Checks, view)
	}
	for _, c := range s.Checks {
		html, err := s.lesson(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Path, err)
		}
		c.Lesson = html
	}
	return s, s.addStandards()
}

func viewOf(c *checks.Check) *check {
	v := &check{Check: c, Summary: c.Summary(), Fixes: len(c.Document.Fixed) > 0, file: FileName(c.ID)}
	if b := c.Vector.BaseScore(); b > 0 {
		v.Score, v.Band = b.String(), strings.ToLower(b.Band().String())
	}
	for _, l := range c.Languages {
		v.Languages = append(v.Languages, shownLanguage(l))
	}
	for _, n := range c.CWE {
		v.CWE = append(v.CWE, fmt.Sprintf("CWE-%d", n))
	}
	for _, st := range standardNames {
		if ids := c.Maps[st.key]; len(ids) > 0 {
			v.Maps = append(v.Maps, mapped{st.name, ids})
		}
	}
	return v
}

// shownLanguage names a language as people do.
func shownLanguage(l source.Language) string {
	switch l {
	case source.Python:
		return "Python"
	case source.TypeScript:
		return "TypeScript and JavaScript"
	case source.Go:
		return "Go"
	}
	return l.String()
}

// FileName gives the name of the page of a check, whose id may come from a stranger's rule file.
func FileName(id string) string {
	var b strings.Builder
	for _, r := range id {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "~%x", r)
		}
	}
	return b.String() + ".html"
}

// standardNames are the lists that have an index of their own, in its order.
var standardNames = []struct{ key, name string }{
	{"threat", "Classes of threat"},
	{"spec", "The MCP specification"},
	{"owasp-mcp", "OWASP MCP Top 10"},
	{"owasp-asi", "OWASP Agentic Top 10"},
	{"owasp-llm", "OWASP Top 10 for LLM applications"},
	{"ttp", "CSA model context protocol TTPs"},
	{"atlas", "MITRE ATLAS"},
	{"attack", "MITRE ATT&CK"},
}

func (s *site) addStandards() error {
	texts := map[string]map[string]string{"threat": {}, "spec": {}}
	order := map[string][]string{}
	threats, err := checks.Threats()
	if err != nil {
		return err
	}
	for _, t := range threats {
		texts["threat"][t.ID] = t.Title
		order["threat"] = append(order["threat"], t.ID)
	}
	statements, err := checks.Specification()
	if err != nil {
		return err
	}
	for _, st := range statements {
		texts["spec"][st.ID] = st.Level + ": " + st.Statement
		order["spec"] = append(order["spec"], st.ID)
	}
	for _, name := range standardNames {
		s.addStandard(name.key, name.name, order[name.key], texts[name.key])
	}
	cwe := standard{Key: "cwe", Name: "CWE"}
	numbers := map[int][]*check{}
	for _, c := range s.Checks {
		for _, n := range c.Check.CWE {
			numbers[n] = append(numbers[n], c)
		}
	}
	for n, list := range numbers {
		cwe.Entries = append(cwe.Entries, entry{ID: fmt.Sprintf("CWE-%d", n), Checks: list})
	}
	slices.SortFunc(cwe.Entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	})
	s.Standards = append(s.Standards, cwe)
	return nil
}

// addStandard lists what checks map to, in a given order or else by id.
func (s *site) addStandard(key, name string, order []string, texts map[string]string) {
	found := map[string][]*check{}
	for _, c := range s.Checks {
		for _, id := range c.Check.Maps[key] {
			found[id] = append(found[id], c)
		}
	}
	if order == nil {
		for id := range found {
			order = append(order, id)
		}
		slices.Sort(order)
	}
	st := standard{Key: key, Name: name}
	for _, id := range order {
		if len(found[id]) > 0 {
			st.Entries = append(st.Entries, entry{ID: id, Text: texts[id], Checks: found[id]})
		}
	}
	if len(st.Entries) > 0 {
		s.Standards = append(s.Standards, st)
	}
}

// index gives what the search of the pages looks through, as a script: pages that
// are opened from a disk may not fetch.
func (s *site) index() ([]byte, error) {
	type item struct {
		ID, Title, Class, Href, Text string
	}
	var all []item
	for _, c := range s.Checks {
		words := append([]string{c.Summary, c.Message}, c.CWE...)
		for _, m := range c.Maps {
			words = append(words, m.IDs...)
		}
		all = append(all, item{c.ID, c.Title, c.Class, c.Href(), strings.Join(append(words, c.Languages...), " ")})
	}
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte("// What the search looks through.\nconst CHECKS = "), data, []byte(";\n")), nil
}
