package threat

// document.go writes the threat model of a server as a document for review: what there
// is to protect, from whom, where they come in, what was found, what is in place, what
// nobody knows yet, and what remains.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
	"mcpaudit/internal/markup"
	"mcpaudit/internal/mcp"
	"mcpaudit/prompts"
)

// DocumentOptions are what a document depends on.
type DocumentOptions struct {
	// Image is the name of a file with the picture, relative to the document; empty
	// puts the picture into the document itself, in Mermaid.
	Image   string
	Version string // of mcpaudit
}

// The bounds of lists in a document.
const (
	maxNames   = 6
	maxRows    = 100
	maxRowText = 160
)

// writing is a document in the making. What it writes of the audited code is escaped.
type writing struct {
	strings.Builder
	m *Model
}

// Document writes the threat model in Markdown.
func (m *Model) Document(o DocumentOptions) string {
	w := &writing{m: m}
	p := m.Draw()
	fmt.Fprintf(w, "# Threat model: %s\n\n%s.\n", text(m.Name), m.Headline())
	if p.Warning != "" {
		fmt.Fprintf(w, "\n**%s** %s\n", p.Warning, w.chain())
	}
	if o.Image != "" {
		fmt.Fprintf(w, "\n![The threat model as a picture](%s)\n", o.Image)
	} else {
		fmt.Fprintf(w, "\n```mermaid\n%s```\n", p.Mermaid())
	}
	w.assets()
	w.actors()
	w.entryPoints()
	w.findings()
	w.controls()
	w.questions()
	w.accepted()
	w.residual()
	w.made(o)
	return w.String()
}

// text shows text of the audited code, bounded.
func text(s string) string {
	if r := []rune(s); len(r) > maxRowText {
		s = string(r[:maxRowText]) + "…"
	}
	return markup.Inline(s)
}

// names lists the first of some entries.
func names(list []*Entry) string {
	var all []string
	for _, e := range list {
		all = append(all, markup.Code(cmp.Or(e.Name, "?")))
	}
	return some(all, maxNames)
}

func (w *writing) section(title, introduction string) {
	fmt.Fprintf(w, "\n## %s\n\n", title)
	if introduction != "" {
		fmt.Fprintf(w, "%s\n\n", introduction)
	}
}

// cellText keeps what would end a cell or a row from doing so, in code too.
var cellText = strings.NewReplacer("\n", " ", `\|`, `\|`, "|", `\|`)

func (w *writing) row(cells ...string) {
	for _, c := range cells {
		w.WriteString("| " + cellText.Replace(c) + " ")
	}
	w.WriteString("|\n")
}

func (w *writing) head(cells ...string) {
	w.row(cells...)
	w.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

// chain says which entries give the three capabilities.
func (w *writing) chain() string {
	t := &w.m.Triple
	return fmt.Sprintf("Private: %s. Strangers: %s. Out: %s.", names(t.Private), names(t.Untrusted), names(t.Out))
}

// able gives the entries that can do one of some things.
func (w *writing) able(any ...Capability) []*Entry {
	var list []*Entry
	for _, e := range w.m.Entries {
		if slices.ContainsFunc(any, func(c Capability) bool { return Can(e.Abilities, c) }) {
			list = append(list, e)
		}
	}
	return list
}

// assets says what there is to protect, with who touches it.
func (w *writing) assets() {
	w.section("Assets", "What is worth protecting, and what touches it.")
	var rows [][2]string
	add := func(what string, capabilities ...Capability) {
		if !slices.ContainsFunc(capabilities, func(c Capability) bool { return Can(w.m.Abilities, c) }) {
			return
		}
		by := names(w.able(capabilities...))
		rows = append(rows, [2]string{what, cmp.Or(by, "the server itself, not a tool")})
	}
	add("The machine: programs run with the account of the server", RunsCommands, RunsCode)
	add("Files that this account can write or delete", WritesFiles, DeletesFiles)
	add("Files that this account can read", ReadsFiles)
	add("The database, with all that its role may do", Database)
	add("What is remembered between calls", Remembers)
	add("Accounts and resources at services", Destroys, Sends)
	add("The budget and the data that go to a language model", CallsModels)
	add("Other MCP servers and what they can do", CallsTools)
	add("The user's browser with its sessions", OpensBrowser)
	add("What can be reached from the server's place in the network", Network)
	if a := w.m.ability(Secrets); a != nil {
		var all []string
		for _, u := range a.Uses {
			all = append(all, markup.Code(u.Callee))
		}
		rows = append(rows, [2]string{"Secrets: " + some(all, maxNames), "the server itself"})
	}
	if list := w.able(ReturnsUntrusted); len(list) > 0 {
		rows = append(rows, [2]string{"The conversation: the model may follow what stands in a result", names(list)})
	}
	if len(rows) == 0 {
		w.WriteString("Nothing was seen that the server reaches: what it protects is its own answers.\n")
		return
	}
	w.head("Asset", "Touched by")
	for _, r := range rows {
		w.row(r[0], r[1])
	}
}

// ability gives an ability of the server, nil for none.
func (m *Model) ability(c Capability) *Ability {
	for i := range m.Abilities {
		if m.Abilities[i].Capability == c {
			return &m.Abilities[i]
		}
	}
	return nil
}

// actors says who has to do with the server.
func (w *writing) actors() {
	w.section("Actors", "")
	m := w.m
	w.WriteString("- **The model** in the client chooses tools and their arguments, by all that it has read. What it sends is a stranger's text.\n")
	if list := w.able(Network, OpensBrowser, CallsTools, Database, ReturnsUntrusted); len(list) > 0 {
		fmt.Fprintf(w, "- **Strangers** write what %s bring in, and so speak to the model.\n", names(list))
	}
	for i := range m.Transports {
		t := &m.Transports[i]
		switch {
		case t.Kind == mcp.Stdio:
			continue
		case t.Beyond() || t.Host == "":
			fmt.Fprintf(w, "- **Whoever reaches the port** (%s, %s) can call the server: %s.\n", text(string(t.Kind)), w.place(t.Path, t.Line), w.credentials())
		default:
			fmt.Fprintf(w, "- **Programs and web pages on the same machine** can reach %s (%s): %s.\n", markup.Code(t.Host), w.place(t.Path, t.Line), w.credentials())
		}
	}
	if slices.ContainsFunc(m.Transports, func(t Transport) bool { return t.Kind == mcp.Stdio }) {
		w.WriteString("- **The user** starts the server as a program of their own: it has all their rights.\n")
	}
	if m.ability(Secrets) != nil {
		w.WriteString("- **The operator** gives it its secrets, and answers for what is done with them.\n")
	}
	if list := w.able(CallsTools); len(list) > 0 {
		fmt.Fprintf(w, "- **Other MCP servers** answer what %s ask them.\n", names(list))
	}
}

func (w *writing) credentials() string {
	if w.m.Checked {
		return "credentials are asked for"
	}
	return "no check of credentials was seen"
}

// place names a line of a file.
func (w *writing) place(path string, line int) string {
	return markup.Code(fmt.Sprintf("%s:%d", relative(w.m.Folder, path), line))
}

// entryPoints lists what a client can call, read or fetch.
func (w *writing) entryPoints() {
	w.section("Entry points", "")
	if len(w.m.Entries) == 0 {
		w.WriteString("No tool, resource or prompt was seen.\n")
		return
	}
	w.head("Entry", "Can", "Takes from the caller", "Worst finding")
	for i, e := range w.m.Entries {
		if i == maxRows {
			fmt.Fprintf(w, "\nand %d more, none of them worse.\n", len(w.m.Entries)-i)
			return
		}
		var takes []string
		for k := range e.Params {
			takes = append(takes, markup.Code(e.Params[k].Name)+" ("+text(Holds(&e.Params[k], e.Enforced))+")")
		}
		found := "none"
		if s, ok := e.Worst(); ok {
			found = fmt.Sprintf("%s %s", s.AIVSS, s.Band)
		} else if len(e.Findings) > 0 {
			found = "not scored"
		}
		w.row(fmt.Sprintf("%s %s, %s", e.Kind, markup.Code(cmp.Or(e.Name, "?")), w.place(e.Path, e.Line)),
			e.Can(), cmp.Or(some(takes, maxNames), "nothing"), found)
	}
}

// Holds says in plain words what a schema says of a parameter, and whether the SDK holds
// arguments to it.
func Holds(p *mcp.Param, enforced bool) string {
	c := &p.Declared
	var says []string
	switch {
	case len(c.Enum) > 0:
		says = append(says, "one of "+some(c.Enum, 3))
	case c.Pattern != "":
		says = append(says, "text that fits "+c.Pattern)
	case c.Format != "":
		says = append(says, c.Format)
	case c.Type == "":
		says = append(says, "anything")
	case c.Type == "string":
		says = append(says, "any text")
	default:
		says = append(says, c.Type)
	}
	if c.MaxLen > 0 {
		says = append(says, fmt.Sprintf("at most %d characters", c.MaxLen))
	}
	switch {
	case c.Min != "" && c.Max != "":
		says = append(says, fmt.Sprintf("from %s to %s", c.Min, c.Max))
	case c.Min != "":
		says = append(says, "from "+c.Min)
	case c.Max != "":
		says = append(says, "up to "+c.Max)
	}
	if !enforced && (len(c.Enum) > 0 || c.Pattern != "" || c.Format != "" || c.MaxLen > 0) {
		says = append(says, "which clients are told and nobody checks")
	}
	return strings.Join(says, ", ")
}

// findings lists what is open, the worst first.
func (w *writing) findings() {
	w.section("Findings by priority", "")
	if len(w.m.Findings) == 0 {
		w.WriteString("None. What could not be followed is said below.\n")
		return
	}
	w.head("AIVSS", "Finding", "Where", "Quick fix")
	for i, f := range w.m.Findings {
		if i == maxRows {
			fmt.Fprintf(w, "\nand %d more, none of them worse: `mcpaudit scan` lists all.\n", len(w.m.Findings)-i)
			return
		}
		score, fix := "not scored", ""
		if f.Score.Scored {
			score = fmt.Sprintf("**%s** %s", f.Score.AIVSS, f.Score.Band)
		}
		if len(f.Fixes) > 0 {
			fix = "yes"
		}
		w.row(score, text(f.Message)+" "+markup.Code(f.Check), w.at(f), fix)
	}
}

// at names the place of a finding.
func (w *writing) at(f *audit.Finding) string { return w.place(f.Path, w.m.line(f)) }

// controls lists what is in place: what people have answered, and what the code shows.
func (w *writing) controls() {
	w.section("Controls in place", "")
	lines := w.said(prompts.Controlled)
	enforced, parameters := 0, 0
	for _, e := range w.m.Entries {
		if len(e.Params) > 0 {
			parameters++
			if e.Enforced {
				enforced++
			}
		}
	}
	if enforced > 0 {
		lines = append(lines, fmt.Sprintf("The SDK holds the arguments of %d of %d entries to their schemas (code).", enforced, parameters))
	}
	if w.m.Checked {
		lines = append(lines, "Requests over HTTP are asked for credentials (code).")
	}
	if len(lines) == 0 {
		w.WriteString("None that is known: answer the questions below, and those in place will stand here.\n")
		return
	}
	for _, l := range lines {
		fmt.Fprintf(w, "- %s\n", l)
	}
}

// said gives the answers that mean one thing, in words, each with who said it.
func (w *writing) said(means prompts.Meaning) []string {
	var lines []string
	for _, a := range w.m.Asked {
		if a.State != Answered || a.Answer.Means != means {
			continue
		}
		words := a.Answer.Control
		if means == prompts.Exposed {
			words = a.Answer.Risk
		}
		about := ""
		if a.Entry != nil {
			about = markup.Code(a.Entry.Name) + ": "
		}
		by := cmp.Or(a.Said.By, "somebody")
		line := fmt.Sprintf("%s%s (%s, %s)", about, text(a.FillWith(cmp.Or(words, a.Answer.Says), func(s string) string { return s })), text(by), text(cmp.Or(a.Said.At, "no date")))
		if a.Said.Note != "" {
			line += ": " + text(a.Said.Note)
		}
		lines = append(lines, line)
	}
	return lines
}

// questions lists what nobody has answered, each question once.
func (w *writing) questions() {
	answered, all := w.m.Count(nil)
	w.section("Open questions", fmt.Sprintf("%d of %d are answered, in `%s`; the editor asks them where the code stands.", answered, all, BookFile))
	type open struct {
		question *prompts.Question
		about    []string
		stale    int
	}
	var list []*open
	for _, a := range w.m.Asked {
		if !a.Again() {
			continue
		}
		i := slices.IndexFunc(list, func(o *open) bool { return o.question == a.Question })
		if i < 0 {
			i, list = len(list), append(list, &open{question: a.Question})
		}
		o := list[i]
		if a.State == Stale {
			o.stale++
		}
		if a.Entry != nil {
			o.about = append(o.about, markup.Code(cmp.Or(a.Entry.Name, "?")))
		}
	}
	for _, o := range list {
		title := strings.NewReplacer("{tool}", "the tool", "{server}", "the server", "{parameters}", "its parameters").Replace(o.question.Title)
		fmt.Fprintf(w, "- %s: %s", strings.ToUpper(string(o.question.Stage)[:1])+string(o.question.Stage)[1:], title)
		if len(o.about) > 0 {
			fmt.Fprintf(w, " Asked of %s.", some(o.about, maxNames))
		}
		if o.stale > 0 {
			fmt.Fprintf(w, " %d answered before the code changed.", o.stale)
		}
		w.WriteByte('\n')
	}
}

// accepted lists what is silenced, with why.
func (w *writing) accepted() {
	if len(w.m.Accepted) == 0 {
		return
	}
	w.section("Accepted risks", "Found, and accepted with a reason.")
	w.head("AIVSS", "Finding", "Where", "Reason")
	for i, f := range w.m.Accepted {
		if i == maxRows {
			fmt.Fprintf(w, "\nand %d more.\n", len(w.m.Accepted)-i)
			break
		}
		score := "not scored"
		if f.Score.Scored {
			score = f.Score.AIVSS.String()
		}
		reason := text(cmp.Or(f.Suppressed.Reason, "none given"))
		if f.Suppressed.Exception != "" {
			reason = text(f.Suppressed.Exception) + ": " + reason
		}
		w.row(score, text(f.Message)+" "+markup.Code(f.Check), w.at(f), reason)
	}
}

// Residual is what remains in one deployment.
type Residual struct {
	Deployment aivss.Deployment
	Here       bool // the one that scores follow
	Worst      aivss.Tenths
	Band       aivss.Band
	Bands      map[aivss.Band]int // how many open findings have which
}

// Residuals gives what the open findings come to in each deployment.
func (m *Model) Residuals() []Residual {
	var list []Residual
	for i, d := range aivss.Deployments {
		r := Residual{Deployment: d, Bands: map[aivss.Band]int{}}
		for _, f := range m.Findings {
			if !f.Score.Scored {
				continue
			}
			s := &f.Score.Deployments[i]
			r.Here = r.Here || f.Score.Deployment == d
			r.Bands[s.Band]++
			if s.AIVSS > r.Worst {
				r.Worst, r.Band = s.AIVSS, s.Band
			}
		}
		list = append(list, r)
	}
	return list
}

// residual says what remains, by deployment, and what people know to be exposed.
func (w *writing) residual() {
	w.section("Residual risk by deployment", "What the open findings come to, depending on where the server runs.")
	w.head("Deployment", "Worst AIVSS", "Critical", "High", "Medium", "Low")
	for _, r := range w.m.Residuals() {
		name, worst := deploymentWords[r.Deployment], "none"
		if r.Here {
			name += " (assumed here)"
		}
		if r.Band != aivss.None {
			worst = fmt.Sprintf("%s %s", r.Worst, r.Band)
		}
		cell := func(b aivss.Band) string { return fmt.Sprint(r.Bands[b]) }
		w.row(name, worst, cell(aivss.Critical), cell(aivss.High), cell(aivss.Medium), cell(aivss.Low))
	}
	w.WriteString("\nThe AIVSS factors behind these scores, of each the worst that the server shows:\n\n")
	w.head("Factor", "Value", "From")
	for _, f := range w.m.Factors {
		from := f.Source.String() + ": " + text(f.Evidence)
		if f.File != "" && f.Line > 0 {
			from += " (" + markup.Code(fmt.Sprintf("%s:%d", f.File, f.Line)) + ")"
		}
		w.row(f.Name, f.Value(), from)
	}
	if exposed := w.said(prompts.Exposed); len(exposed) > 0 {
		w.WriteString("\nKnown to stand, by the answers:\n\n")
		for _, line := range exposed {
			fmt.Fprintf(w, "- %s\n", line)
		}
	}
}

// made says how the document came about and what it cannot know.
func (w *writing) made(o DocumentOptions) {
	w.section("How this was made", "")
	var lost []*Entry
	for _, e := range w.m.Entries {
		if !e.Followed {
			lost = append(lost, e)
		}
	}
	fmt.Fprintf(w, "By mcpaudit %s from the source of %s, which was read and not run.", text(o.Version), count(len(w.m.Files), "file"))
	if len(lost) > 0 {
		fmt.Fprintf(w, " %d of %d entries could not be followed to the end, so more may be true of them: %s. `mcpaudit scan --explain-coverage` says why.", len(lost), len(w.m.Entries), names(lost))
	}
	w.WriteString(" What people do around the server, it knows by their answers alone.\n")
}
