package threat

// picture.go lays out the picture of a server: who reaches it, what it offers, what that
// reaches in turn, and where a finding lets something through. It says what is drawn and
// in which order; svg.go and mermaid.go draw it.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/mcp"
)

// Picture is what is drawn of a server. All text in it is plain, and may be that of the
// audited code: whoever draws it escapes it.
type Picture struct {
	Title, Subtitle string
	Warning         string // what is dangerous in its combination, empty for nothing
	Actors          []*Box // who reaches the server
	Entries         []*Box // what it offers, the worst first; where there is much, several in one box
	Inside          []*Box // what the server reaches with its own rights
	Outside         []*Box // what it reaches elsewhere
	Arrows          []*Arrow
	Folded          string // what stands in boxes together, empty for nothing
}

// Box is one thing in the picture.
type Box struct {
	ID    string // unique in the picture: letters and digits
	Kind  string // a short word above the name: tool, 12 tools, files
	Name  string
	Notes []string
	Worst aivss.Score // of its open findings; Worst.Scored is false without one
	Count int         // of its open findings
}

// Arrow leads from one box to another, or with To nil to the server as a whole.
type Arrow struct {
	From, To *Box
	Label    string
	Worst    aivss.Score // of the findings along it; Worst.Scored is false without one
}

// maxBoxes is how many entries have a box of their own; maxAlone is the number of entries
// up to which those without a scored finding have one too.
const maxBoxes, maxAlone = 14, 10

// place is what the server reaches by a capability.
type place struct {
	id, name string
	outside  bool
	words    map[Capability]string // what is done there
}

var places = []place{
	{"shell", "Shell and programs", false, map[Capability]string{RunsCommands: "run"}},
	{"code", "Code made at run time", false, map[Capability]string{RunsCode: "run"}},
	{"files", "Files", false, map[Capability]string{ReadsFiles: "read", WritesFiles: "written", DeletesFiles: "deleted"}},
	{"database", "Database", false, map[Capability]string{Database: "queried"}},
	{"memory", "Memory", false, map[Capability]string{Remembers: "kept for later"}},
	{"secrets", "Secrets", false, map[Capability]string{Secrets: "used"}},
	{"network", "Network", true, map[Capability]string{Network: "requested"}},
	{"browser", "Browser", true, map[Capability]string{OpensBrowser: "steered"}},
	{"services", "Services and accounts", true, map[Capability]string{Destroys: "resources destroyed", Sends: "messages or money sent"}},
	{"servers", "Other MCP servers", true, map[Capability]string{CallsTools: "called"}},
	{"models", "Language models", true, map[Capability]string{CallsModels: "called"}},
}

// placeOf gives the place that a capability reaches, nil for none.
func placeOf(c Capability) *place {
	for i := range places {
		if _, ok := places[i].words[c]; ok {
			return &places[i]
		}
	}
	return nil
}

// Draw gives the picture of a server.
func (m *Model) Draw() *Picture {
	p := &Picture{Title: m.Name, Subtitle: m.Headline()}
	if m.Triple.Count() == 3 {
		p.Warning = "It reads private data, takes in what strangers write, and has a way out: one text can chain them."
	}
	reached := m.reach(p)
	m.actors(p)
	single, rest := m.alone()
	for _, e := range single {
		b := &Box{ID: fmt.Sprintf("e%d", len(p.Entries)), Kind: e.Kind, Name: cmp.Or(e.Name, "without a name"), Notes: []string{e.Can()}, Count: len(e.Findings)}
		b.Worst, _ = e.Worst()
		p.Entries = append(p.Entries, b)
		p.connect(b, []*Entry{e}, reached)
	}
	p.fold(rest, reached)
	if len(rest) > 0 {
		p.Folded = fmt.Sprintf("%s a box of their own, the worst first; %d others stand together by the most that they can do.", have(len(single)), len(rest))
	}
	m.itself(p)
	return p
}

func have(n int) string {
	if n == 1 {
		return "1 entry has"
	}
	return fmt.Sprintf("%d entries have", n)
}

// alone parts the entries into those that have a box of their own and the rest.
func (m *Model) alone() (single, rest []*Entry) {
	if len(m.Entries) <= maxAlone {
		return m.Entries, nil
	}
	flawed := 0
	for flawed < min(maxBoxes, len(m.Entries)) && score(m.Entries[flawed]) > 0 {
		flawed++
	}
	return m.Entries[:flawed], m.Entries[flawed:]
}

// Can says in a few words what an entry can do.
func (e *Entry) Can() string {
	var list []string
	for _, a := range e.Abilities {
		if a.Capability != ReturnsUntrusted {
			list = append(list, a.Capability.String())
		}
	}
	switch {
	case len(list) > 0:
		return strings.Join(list, ", ")
	case !e.Followed:
		return "could not be followed"
	}
	return "reaches nothing that was seen"
}

// Headline says in one line what the server is and how bad it is.
func (m *Model) Headline() string {
	kinds := map[string]int{}
	for _, e := range m.Entries {
		kinds[e.Kind]++
	}
	var parts []string
	for _, k := range []mcp.EntryKind{mcp.Tool, mcp.Resource, mcp.Prompt, mcp.Completion} {
		if n := kinds[k.String()]; n > 0 {
			parts = append(parts, count(n, k.String()))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "no tool that was seen")
	}
	if len(m.Findings) == 0 {
		return strings.Join(append(parts, "no findings"), " · ")
	}
	parts = append(parts, count(len(m.Findings), "finding"))
	if s, ok := m.Worst(); ok {
		parts = append(parts, fmt.Sprintf("worst %s %s", s.AIVSS, s.Band))
		if s.Deployment != "" {
			parts = append(parts, deploymentWords[s.Deployment])
		}
	}
	return strings.Join(parts, " · ")
}

// deploymentWords say where a server runs.
var deploymentWords = map[aivss.Deployment]string{
	aivss.Local: "local, one user", aivss.Remote: "remote, many users", aivss.Enterprise: "enterprise network",
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// reach makes the boxes of what the server reaches.
func (m *Model) reach(p *Picture) map[string]*Box {
	boxes := map[string]*Box{}
	for i := range places {
		at := &places[i]
		var done, calls []string
		for _, a := range m.Abilities {
			word, ok := at.words[a.Capability]
			if !ok {
				continue
			}
			done = append(done, word)
			for _, u := range a.Uses {
				if !slices.Contains(calls, u.Callee) {
					calls = append(calls, u.Callee)
				}
			}
		}
		if len(done) == 0 {
			continue
		}
		b := &Box{ID: at.id, Name: at.name, Notes: []string{strings.Join(done, ", "), some(calls, 2)}}
		if at.outside && (at.id == "network" || at.id == "browser" || at.id == "servers") {
			b.Notes = append(b.Notes, "strangers wrote what it answers")
		}
		boxes[at.id] = b
		if at.outside {
			p.Outside = append(p.Outside, b)
		} else {
			p.Inside = append(p.Inside, b)
		}
	}
	return boxes
}

// some lists the first n of a list and says how many more there are.
func some(list []string, n int) string {
	if len(list) <= n+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}

// actors makes the boxes of who reaches the server, with how.
func (m *Model) actors(p *Picture) {
	model := &Box{ID: "client", Name: "AI client", Notes: []string{"its model picks tools and", "arguments by what it reads"}}
	p.Actors = append(p.Actors, model)
	var ways []string
	var http *Transport
	for i := range m.Transports {
		t := &m.Transports[i]
		if way := string(t.Kind); !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
		if t.Kind != mcp.Stdio && (http == nil || t.Beyond() && !http.Beyond()) {
			http = t
		}
	}
	p.Arrows = append(p.Arrows, &Arrow{From: model, Label: strings.Join(ways, ", ")})
	if http == nil {
		return
	}
	who := "programs on this machine"
	if http.Beyond() || http.Host == "" {
		who = "whoever reaches the port"
	}
	peer := &Box{ID: "peer", Name: "Others", Notes: []string{who}}
	label := "no credentials asked"
	if m.Checked {
		label = "credentials asked"
	}
	arrow := &Arrow{From: peer, Label: label}
	for _, f := range m.Own() {
		if f.Score.Scored && slices.Contains(reaching, f.Class) && (!arrow.Worst.Scored || f.Score.AIVSS > arrow.Worst.AIVSS) {
			arrow.Worst = f.Score
		}
	}
	p.Actors = append(p.Actors, peer)
	p.Arrows = append(p.Arrows, arrow)
}

// reaching are the classes of findings that let others reach the server.
var reaching = []string{"transport", "auth", "oauth", "sessions"}

// connect draws an arrow from a box of entries to each place that they reach, with the
// worst of the findings that end there.
func (p *Picture) connect(b *Box, entries []*Entry, reached map[string]*Box) {
	arrows := map[string]*Arrow{}
	for _, e := range entries {
		for _, a := range e.Abilities {
			at := placeOf(a.Capability)
			if at == nil || reached[at.id] == nil {
				continue
			}
			arrow := arrows[at.id]
			if arrow == nil {
				arrow = &Arrow{From: b, To: reached[at.id]}
				arrows[at.id] = arrow
				p.Arrows = append(p.Arrows, arrow)
			}
			for _, f := range e.Findings {
				if f.Score.Scored && slices.ContainsFunc(a.Uses, func(u audit.Use) bool { return ends(f, u) }) {
					arrow.worse(f.Score)
				}
			}
		}
	}
}

// ends reports whether the path of a finding ends at a call.
func ends(f *audit.Finding, u audit.Use) bool {
	return f.Sink != "" && f.Sink == u.Callee && (len(f.Steps) > 0 || f.Path == u.Path)
}

// worse keeps the worst score along the arrow as its label.
func (a *Arrow) worse(s aivss.Score) {
	if !a.Worst.Scored || s.AIVSS > a.Worst.AIVSS {
		a.Worst, a.Label = s, s.AIVSS.String()
	}
}

// fold puts entries into boxes by the most powerful thing that they can do.
func (p *Picture) fold(rest []*Entry, reached map[string]*Box) {
	type group struct {
		what    string
		entries []*Entry
	}
	var groups []*group
	for _, e := range rest {
		what := e.Can()
		if i := slices.IndexFunc(e.Abilities, func(a Ability) bool { return a.Capability != ReturnsUntrusted }); i >= 0 {
			what = e.Abilities[i].Capability.String()
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.what == what })
		if i < 0 {
			i, groups = len(groups), append(groups, &group{what: what})
		}
		groups[i].entries = append(groups[i].entries, e)
	}
	for _, g := range groups {
		names := make([]string, len(g.entries))
		b := &Box{ID: fmt.Sprintf("g%d", len(p.Entries)), Kind: kindOf(g.entries), Name: g.what}
		for i, e := range g.entries {
			names[i] = cmp.Or(e.Name, "without a name")
			b.Count += len(e.Findings)
			if s, ok := e.Worst(); ok && (!b.Worst.Scored || s.AIVSS > b.Worst.AIVSS) {
				b.Worst = s
			}
		}
		b.Notes = []string{some(names, 2)}
		if len(g.entries) == 1 {
			b.Name, b.Notes = names[0], []string{g.entries[0].Can()}
		}
		p.Entries = append(p.Entries, b)
		p.connect(b, g.entries, reached)
	}
}

// kindOf says how many entries of which kind there are.
func kindOf(entries []*Entry) string {
	for _, e := range entries {
		if e.Kind != entries[0].Kind {
			return fmt.Sprintf("%d entries", len(entries))
		}
	}
	if len(entries) == 1 {
		return entries[0].Kind
	}
	return count(len(entries), entries[0].Kind)
}

// Own gives the open findings that are of no entry, the worst first.
func (m *Model) Own() []*audit.Finding {
	of := map[*audit.Finding]bool{}
	for _, e := range m.Entries {
		for _, f := range e.Findings {
			of[f] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(m.Findings), func(f *audit.Finding) bool { return of[f] })
}

// itself makes a box for the findings that are of no entry: of transports, sign-in, or
// what the file does by itself.
func (m *Model) itself(p *Picture) {
	b := &Box{ID: "itself", Name: "The server itself"}
	var titles []string
	for _, f := range m.Own() {
		b.Count++
		if f.Score.Scored && (!b.Worst.Scored || f.Score.AIVSS > b.Worst.AIVSS) {
			b.Worst = f.Score
		}
		if !slices.Contains(titles, f.Title) {
			titles = append(titles, f.Title)
		}
	}
	if b.Count == 0 {
		return
	}
	b.Notes = []string{some(titles, 1)}
	p.Entries = append(p.Entries, b)
}
