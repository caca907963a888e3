package prompts

// terms.go lists by what questions are chosen. What makes each of them true of a server
// is decided by package threat.

import (
	"fmt"
	"slices"
	"strings"
)

// Term is something that may be true of a server or an entry.
type Term struct {
	Name  string
	Means string // "it …"
	// Entries is set where it is known of each tool, resource and prompt, and not of
	// the server alone.
	Entries bool
}

// Terms are what the lists when and unless of a question are made of. Beside them there
// are check:ID and class:NAME: a finding of that check or class.
var Terms = []Term{
	{"runs-commands", "starts programs", true},
	{"runs-code", "runs code, a template or what it unpacks into objects", true},
	{"deletes-files", "deletes files", true},
	{"writes-files", "writes files", true},
	{"reads-files", "reads files", true},
	{"destroys", "destroys things at a service: machines, databases, buckets", true},
	{"sends", "sends a mail, a message or money", true},
	{"database", "queries a database", true},
	{"changes-database", "sends a database statements that are not seen to read only", true},
	{"network", "makes requests over the network", true},
	{"changes-elsewhere", "makes requests that may change something at the other end, such as a POST", true},
	{"opens-browser", "opens a browser or a page in one", true},
	{"calls-tools", "calls other MCP servers", true},
	{"calls-models", "asks a language model", true},
	{"remembers", "keeps things in a memory for later calls", true},
	{"returns-untrusted", "gives the model what it got from elsewhere", true},
	{"tool", "is or has a tool", true},
	{"resource", "is or has a resource", true},
	{"prompt", "is or has a prompt", true},
	{"completion", "completes arguments", true},
	{"parameters", "takes something from the caller", true},
	{"free-text", "takes a text that no list, pattern or format holds", true},
	{"stdio", "is started by its client and speaks over standard input", true},
	{"http", "is reached over the network, at least from its own machine", true},
	{"remote", "listens beyond its own machine", true},
	{"sessions", "keeps sessions over HTTP", true},
	{"authenticated", "asks requests over HTTP for credentials", true},
	{"unauthenticated", "is reached over HTTP and was not seen to ask for credentials", true},
	{"oauth", "takes part in OAuth logins", true},
	{"many-tools", "has more than ten tools", true},
	{"triple", "reads what is private, takes in what strangers write, and can send something out", true},
	{"secrets", "takes keys or passwords from its environment", false},
	{"samples", "asks the client's model (sampling)", false},
	{"elicits", "asks the user for something (elicitation)", false},
	{"dynamic-tools", "changes its list of tools while it runs", false},
}

// Factors are the AIVSS factors that an answer may state, by the keys of the AIVSS 0.8
// report schema.
var Factors = []string{"autonomy", "tools", "language", "context", "non_determinism", "opacity", "persistence", "identity", "multi_agent", "self_mod"}

// strides are the letters of STRIDE, in words.
var strides = []string{"spoofing", "tampering", "repudiation", "information-disclosure", "denial-of-service", "elevation-of-privilege"}

// checkTerm reports a member of when or unless that is never true of what is asked
// about. In when, several may be joined by +.
func checkTerm(member string, scope Scope) error {
	for part := range strings.SplitSeq(member, "+") {
		kind, name, given := strings.Cut(strings.TrimSpace(part), ":")
		if given && (kind == "check" || kind == "class") && identifier.MatchString(name) {
			continue
		}
		i := slices.IndexFunc(Terms, func(t Term) bool { return t.Name == strings.TrimSpace(part) })
		switch {
		case i < 0:
			return fmt.Errorf("there is no term %q: prompts/README.md lists them", part)
		case scope == OfEntry && !Terms[i].Entries:
			return fmt.Errorf("%q is known of a server only: ask with scope: server", part)
		}
	}
	return nil
}
