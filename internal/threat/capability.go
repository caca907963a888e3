package threat

// capability.go says what entries can do, from the calls that they reach.

import (
	"slices"
	"strings"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/flow"
)

// Capability is something that an entry or a server can do. The names are used in the
// questions of package prompts as well.
type Capability string

// The capabilities, the most powerful first.
const (
	RunsCommands     Capability = "runs-commands"
	RunsCode         Capability = "runs-code"
	DeletesFiles     Capability = "deletes-files"
	WritesFiles      Capability = "writes-files"
	Destroys         Capability = "destroys" // machines, databases, buckets at a service
	Sends            Capability = "sends"    // a mail, a message, money
	Database         Capability = "database"
	ReadsFiles       Capability = "reads-files"
	Network          Capability = "network"
	OpensBrowser     Capability = "opens-browser"
	CallsTools       Capability = "calls-tools" // of other MCP servers
	CallsModels      Capability = "calls-models"
	Remembers        Capability = "remembers" // keeps things for later calls
	Secrets          Capability = "secrets"
	ReturnsUntrusted Capability = "returns-untrusted" // gives the model what the server got from elsewhere
)

// Capabilities lists them in the order in which they are shown.
var Capabilities = []Capability{RunsCommands, RunsCode, DeletesFiles, WritesFiles, Destroys, Sends, Database, ReadsFiles, Network, OpensBrowser, CallsTools, CallsModels, Remembers, Secrets, ReturnsUntrusted}

// words are what a capability is called in a list of what an entry can do.
var words = map[Capability]string{
	RunsCommands: "runs commands", RunsCode: "runs code", DeletesFiles: "deletes files", WritesFiles: "writes files",
	Destroys: "destroys resources at a service", Sends: "sends messages or money", Database: "queries a database", ReadsFiles: "reads files",
	Network: "makes network requests", OpensBrowser: "opens a browser", CallsTools: "calls other MCP servers", CallsModels: "calls a language model",
	Remembers: "keeps things in a memory", Secrets: "uses secrets", ReturnsUntrusted: "returns what others wrote",
}

// String says the capability in words: "runs commands".
func (c Capability) String() string { return words[c] }

// shown is the capability that a call shows.
var shown = map[flow.SinkKind]Capability{
	flow.Shell: RunsCommands, flow.Program: RunsCommands, flow.Argv: RunsCommands, flow.Operand: RunsCommands,
	flow.Eval: RunsCode, flow.Sandbox: RunsCode, flow.Template: RunsCode, flow.Deserialize: RunsCode,
	flow.PathDelete: DeletesFiles, flow.PathWrite: WritesFiles, flow.Unpack: WritesFiles, flow.PathRead: ReadsFiles,
	flow.Destroy: Destroys, flow.Send: Sends,
	flow.Query: Database, flow.WholeQuery: Database, flow.SearchQuery: Database,
	flow.Request: Network, flow.Body: Network, flow.Header: Network, flow.Navigate: OpensBrowser, flow.Open: OpensBrowser,
	flow.Connect: CallsTools, flow.Prompt: CallsModels, flow.Message: CallsModels, flow.Memory: Remembers,
}

// Ability is a capability with the calls that show it.
type Ability struct {
	Capability Capability
	Uses       []audit.Use
}

// opensDatabase reports whether a call opens a database that is a file: sqlite3.connect,
// better-sqlite3, bun:sqlite.Database.
func opensDatabase(callee string) bool {
	last := callee[strings.LastIndexByte(callee, '.')+1:]
	return slices.Contains([]string{"connect", "Database", "DatabaseSync", "better-sqlite3", "libsql"}, last)
}

// abilities gives what calls show, in the order of Capabilities.
func abilities(uses []audit.Use) []Ability {
	by := map[Capability][]audit.Use{}
	for _, u := range uses {
		c, ok := shown[u.Kind]
		if c == ReadsFiles && opensDatabase(u.Callee) {
			c = Database // the file that it opens is the database
		}
		if ok {
			by[c] = append(by[c], u)
		}
	}
	var list []Ability
	for _, c := range Capabilities {
		if len(by[c]) > 0 {
			list = append(list, Ability{c, by[c]})
		}
	}
	return list
}

// with adds a capability that no call shows.
func with(list []Ability, a Ability) []Ability {
	list = append(list, a)
	slices.SortStableFunc(list, func(a, b Ability) int {
		return slices.Index(Capabilities, a.Capability) - slices.Index(Capabilities, b.Capability)
	})
	return list
}

// Can reports whether one of the abilities is of a capability.
func Can(list []Ability, c Capability) bool {
	return slices.ContainsFunc(list, func(a Ability) bool { return a.Capability == c })
}

// Triple are the three capabilities that together let a stranger's text take private
// data out: each may be harmless alone.
type Triple struct {
	Private   []*Entry // that read what is not public
	Untrusted []*Entry // that bring in what others wrote
	Out       []*Entry // that can send something out
}

// Count says how many of the three the server has.
func (t *Triple) Count() int {
	n := 0
	for _, list := range [][]*Entry{t.Private, t.Untrusted, t.Out} {
		if len(list) > 0 {
			n++
		}
	}
	return n
}

// add sorts one entry in.
func (t *Triple) add(e *Entry) {
	if Can(e.Abilities, ReadsFiles) || Can(e.Abilities, Database) || Can(e.Abilities, Remembers) {
		t.Private = append(t.Private, e)
	}
	if Can(e.Abilities, Network) || Can(e.Abilities, OpensBrowser) || Can(e.Abilities, CallsTools) {
		t.Untrusted = append(t.Untrusted, e)
	}
	sends := slices.ContainsFunc(e.Uses, func(u audit.Use) bool {
		return u.Mutates && (shown[u.Kind] == Network || u.Kind == flow.Send)
	})
	if sends || Can(e.Abilities, Sends) || Can(e.Abilities, RunsCommands) || slices.ContainsFunc(e.Findings, takesOut) {
		t.Out = append(t.Out, e)
	}
}

// takesOut reports whether a finding says that the caller chooses where a request goes.
func takesOut(f *audit.Finding) bool {
	return f.Check == "server-side-request-forgery" || strings.HasPrefix(f.Check, "code-injection")
}
