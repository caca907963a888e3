// Package flow follows values from where the outside controls them to where
// they do harm, and knows what stands in between: guards, conversions, schemas.
// What library calls mean is data: models/<language>/<library>.yaml.
package flow

import (
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// SinkKind is what a call does with one of its arguments. The names are used
// in models, in rules (`sink: shell`), in capabilities and in the picture.
type SinkKind string

// The kinds of sink.
const (
	Shell       SinkKind = "shell"       // a shell interprets the text: CWE-78
	Argv        SinkKind = "argv"        // a word that may become an option of a program with harmful options: CWE-88
	Operand     SinkKind = "operand"     // a word that may become an option of another program
	Program     SinkKind = "program"     // the program that is started
	PathRead    SinkKind = "path-read"   // a file or directory is read
	PathWrite   SinkKind = "path-write"  // a file is created or written
	PathDelete  SinkKind = "path-delete" // a file or directory is removed
	Request     SinkKind = "request"     // the URL, or host, of an outbound request
	Navigate    SinkKind = "navigate"    // the URL that a browser of the server opens
	Body        SinkKind = "body"        // what is sent along with a request
	Header      SinkKind = "header"      // a header of an outbound request
	Query       SinkKind = "query"       // the text of a query that a part is put into
	WholeQuery  SinkKind = "whole-query" // the whole text of a query
	SearchQuery SinkKind = "search"      // the text of a query in a language that can only search
	Eval        SinkKind = "eval"        // text run as code
	Sandbox     SinkKind = "sandbox"     // text run as code within the process, where the language was meant to hold it back
	Template    SinkKind = "template"    // the text of a template in a language that can call functions
	Deserialize SinkKind = "deserialize" // bytes turned into objects that may run code
	Log         SinkKind = "log"         // a log
	Stdout      SinkKind = "stdout"      // standard output
	ResultSink  SinkKind = "result"      // what returns to the model
	Redirect    SinkKind = "redirect"    // where a browser is sent
	Open        SinkKind = "open"        // handed to the desktop's opener
	Connect     SinkKind = "connect"     // the program or the address of an MCP server that is connected to
	Environment SinkKind = "environment" // the names of variables in the environment of a program that is started
	Unpack      SinkKind = "unpack"      // an archive that is unpacked to where its members say
	Markup      SinkKind = "markup"      // a part of a page that a browser shows
	Pattern     SinkKind = "pattern"     // the text of a regular expression
	SlowMatch   SinkKind = "slow-match"  // a text that an expression of ours may take forever to match
	Describe    SinkKind = "describe"    // the name or the description of a tool
	Prompt      SinkKind = "prompt"      // an instruction to a language model
	Message     SinkKind = "message"     // whatever else a language model is told
	Memory      SinkKind = "memory"      // kept for later, in a memory or a vector store, with no word on where it comes from
	// What cannot be taken back at a service. Nothing flows there: only who reaches
	// the call is told.
	Destroy SinkKind = "destroy" // machines, databases, buckets, clusters are removed
	Send    SinkKind = "send"    // a mail, a message or money goes out
)

// Use is a call that can do something, whether or not the outside reaches it:
// what capabilities and annotations are judged by.
type Use struct {
	Kind   SinkKind
	Callee string        // its canonical name, such as subprocess.run
	File   *program.File // that it stands in
	Func   int           // index into File.Funcs of the function it stands in
	Span   source.Span   // the call, absolute
	Arg    source.Span   // the argument, absolute; empty if there is none
	// Mutates is set where the call changes something outside the process: a
	// write, a deletion, a command, a request that is not a GET or HEAD, a
	// query that is not constant text beginning with SELECT.
	Mutates bool
	// Entries of the file that the result is of reach this call, directly or
	// through functions of the program.
	Entries []*mcp.Entry
}

// Step is one step of a path, with a short sentence.
type Step struct {
	Path string
	Span source.Span // absolute
	Text string
}

// Flow is a path from a source to a sink with no guard that protects that sink.
type Flow struct {
	Kind mcp.SourceKind
	// Secret is set, in place of Kind, where the source is a secret, an
	// environment or a stack trace; it says which: "secret", "environment", "error", "credential" (of the caller).
	Secret string
	// What says, for what the server fetched, where it comes from.
	What   string
	Entry  *mcp.Entry // nil for a route
	Param  string     // the tool's parameter
	Sink   SinkKind
	Callee string
	Call   source.Span // absolute
	Arg    source.Span // absolute
	Path   string      // of the file with the sink
	Steps  []Step      // source first, sink last
	// Whole is set where the outside chooses the whole value, not a part within
	// a fixed text; Prefix is the fixed text before it.
	Whole  bool
	Prefix string
	// Built is where the text of a query is built, if that is not in the
	// function with the sink; nil otherwise.
	Built *Step
	// Failed are guards on the way that do not prove what this sink needs.
	Failed []FailedGuard
	// Sure is false where a step had to be assumed: a call into unknown code.
	Sure bool
	// Options are facts of the call that a check may ask for, such as the
	// interpreter that an argument vector starts.
	Options map[string]string
	// Reached are the calls that the entry reaches, in whichever file.
	Reached []*Use
}

// Place gives where a flow is told of: at the check that fails to stop it; where
// the text of a query is built, if that is handed to a function that all queries
// go through; else at its sink.
func (f *Flow) Place() Step {
	if len(f.Failed) > 0 {
		return Step{Path: f.Failed[0].Path, Span: f.Failed[0].Span}
	}
	if f.Built != nil {
		return *f.Built
	}
	return Step{Path: f.Path, Span: f.Call}
}

// FailedGuard is a check that looks like protection and is none.
type FailedGuard struct {
	Path   string      // of the file that it stands in
	Span   source.Span // absolute
	Reason string      // which mistake, one of Reasons
	Text   string      // one sentence
}

// Note says that something could not be followed.
type Note struct {
	Span source.Span
	Text string
}

// Result is what one file shows.
type Result struct {
	Flows []*Flow
	Uses  []*Use
	Notes []Note
	// Coverage says of each entry that the file registers how far it was followed.
	Coverage []Coverage

	world *World // for the next version of a file that stands alone
}
