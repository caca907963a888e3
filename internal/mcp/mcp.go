// Package mcp finds the MCP servers in a program: which tools, resources,
// prompts and completions there are, which values the outside controls, what
// returns to the model, and which transports are opened. There is a recogniser
// per SDK (python.go, ecma.go, golang.go).
package mcp

import (
	"mcpaudit/internal/program"
	"mcpaudit/internal/source"
)

// SDK names a way to write a server.
type SDK string

// The SDKs that are recognised.
const (
	PythonV1      SDK = "python-mcp-1"
	PythonV2      SDK = "python-mcp-2"
	PythonFastMCP SDK = "python-fastmcp"
	TypeScriptV1  SDK = "typescript-sdk-1"
	TypeScriptV2  SDK = "typescript-sdk-2"
	TSFastMCP     SDK = "typescript-fastmcp"
	TSFramework   SDK = "typescript-mcp-framework"
	GoOfficial    SDK = "go-sdk"
	GoMark3Labs   SDK = "mcp-go"
	GoMetoro      SDK = "mcp-golang"
	TSHandler     SDK = "typescript-mcp-handler"
	NoSDK         SDK = "none" // a server that speaks the protocol by itself
)

// Package gives the name by which a manifest lists the SDK, the key to look
// up in what ManifestVersions gives.
func (s SDK) Package() string {
	switch s {
	case PythonV1, PythonV2:
		return "mcp"
	case PythonFastMCP, TSFastMCP:
		return "fastmcp"
	case TypeScriptV1:
		return "@modelcontextprotocol/sdk"
	case TypeScriptV2:
		return "@modelcontextprotocol/server"
	case TSFramework:
		return "mcp-framework"
	case TSHandler:
		return "mcp-handler"
	case GoOfficial:
		return "github.com/modelcontextprotocol/go-sdk"
	case GoMark3Labs:
		return "github.com/mark3labs/mcp-go"
	case GoMetoro:
		return "github.com/metoro-io/mcp-golang"
	}
	return ""
}

// Facts is what one file shows. It is immutable.
type Facts struct {
	File *program.File
	// Manifest is set where the file is a manifest of a server; then all else is empty.
	Manifest *Manifest
	// Part is set where the file belongs to an MCP server: it imports an SDK or
	// registers something with one. All else but Routes is empty where it is not set.
	Part       bool
	Servers    []Server
	Entries    []*Entry // tools, resources, prompts, completions, in the order of their text
	Transports []Transport
	// Routes are HTTP handlers of the server's own, whose request the outside controls.
	Routes []Route
	// Unfollowed are registrations whose handler could not be found in this
	// file: by name, so that another file may supply it.
	Unfollowed []*Entry
	// Registrations are those, and more that another file gives a name, with what
	// it takes to find their handlers.
	Registrations []*Registration

	handlers []handlerFact
	byFunc   map[int][]int // into handlers, by function
	// messages are calls that give a message of the protocol, see own.go.
	messages map[*program.Value]InputCall
	// messagesIn are the functions that they stand in.
	messagesIn []int
	// For the next version: the calls worth a look, by function, and the
	// functions' places.
	sites [][]site
	index map[*program.Function]int
}

// Server is a server object.
type Server struct {
	SDK     SDK
	Name    string // as given to the constructor, empty if not constant
	Var     string // the variable that holds it
	Span    source.Span
	Version string // of the SDK, where the manifest says it
}

// EntryKind says what an entry is to the client.
type EntryKind uint8

// The kinds of entry.
const (
	Tool EntryKind = iota
	Resource
	Prompt
	Completion
)

// String gives tool, resource, prompt or completion.
func (k EntryKind) String() string {
	return [...]string{"tool", "resource", "prompt", "completion"}[k]
}

// Entry is one thing a client can call, read or fetch.
type Entry struct {
	Kind EntryKind
	SDK  SDK
	// Name is the name that clients use; where it is not constant in this file,
	// the identifier that holds it.
	Name        string
	NameSpan    source.Span // the name, or else the registration; absolute
	Span        source.Span // the whole registration; absolute
	Description Text
	URI         string // a resource's URI or template
	Params      []Param
	Annotations Annotations
	// Handler is the index into File.Funcs of the function that runs, -1 where
	// it was not found. For low-level dispatch several entries share one handler
	// and Branch limits each to its own part.
	Handler int
	// HandlerName is the name by which the handler is given, for a handler in
	// another file.
	HandlerName string
	// Branch is the part of the handler that serves this entry (a switch case,
	// an if), absolute; empty for all of it.
	Branch source.Span
	// Schema is the input schema as written (zod, JSON Schema, pydantic model),
	// nil if there is none. Its positions are relative to File.Funcs[SchemaFunc].
	Schema     *program.Value
	SchemaFunc int

	// Elsewhere is set for an entry that another file than the handler's registers.
	Elsewhere bool

	checked checking
}

// checking says how far the SDK holds the arguments against the schema before
// the handler runs.
type checking uint8

const (
	checkedFully checking = iota
	checkedTypes          // decoded into typed fields alone
	checkedNot
)

// Enforced reports whether the SDK holds the arguments against the whole schema before
// the handler runs.
func (e *Entry) Enforced() bool { return e.checked == checkedFully }

// Text is a text meant for the model, with the place it is written at.
type Text struct {
	Value string
	Span  source.Span // absolute; empty if there is none
	// Constant is false where a part is computed.
	Constant bool
}

// Param is one parameter that the outside fills.
type Param struct {
	Name        string
	Description Text
	Span        source.Span // absolute
	// Constraint is what holds when the handler runs, Declared what the schema
	// says: many low-level servers show a schema to clients and never hold the
	// arguments against it.
	Constraint, Declared Constraint
	// Var is the handler's own parameter that carries it; empty where it is a
	// member of an arguments object without a name of its own.
	Var string
	// Member is the name under which the handler finds it in that object: the
	// field of a Go struct, a model's attribute, a key. Empty where Var is the
	// value itself.
	Member string
}

// Constraint is what a schema says of a parameter.
type Constraint struct {
	Type    string // string, integer, number, boolean, array, object, or empty if open
	Enum    []string
	Pattern string // a regular expression, as written
	Format  string // JSON Schema format, zod's url, uuid, email, …
	MaxLen  int    // 0 is none
	// Min and Max are bounds of a number as written, empty if none.
	Min, Max string
	Items    *Constraint // of an array's elements, nil if open
}

// Param gives the parameter that the handler knows by a name: its own
// parameter, a member of its arguments, or the schema's name; nil if none.
func (e *Entry) Param(name string) *Param {
	for i := range e.Params {
		p := &e.Params[i]
		if p.Member == name || p.Member == "" && p.Var == name || p.Name == name {
			return &e.Params[i]
		}
	}
	return nil
}

// Hint is an annotation's value, or that it is not given.
type Hint uint8

// The values of a hint.
const (
	Unset Hint = iota
	False
	True
)

// Annotations are a tool's hints to the client.
type Annotations struct {
	Title                                        string
	ReadOnly, Destructive, Idempotent, OpenWorld Hint
	Span                                         source.Span // absolute, the annotations as written
	// Spans of the single hints by their protocol name, absolute, covering name and value.
	Spans map[string]source.Span
}

// TransportKind is how clients reach a server.
type TransportKind string

// The transports.
const (
	Stdio          TransportKind = "stdio"
	SSE            TransportKind = "sse"
	StreamableHTTP TransportKind = "streamable-http"
)

// Transport is one opened transport.
type Transport struct {
	Kind TransportKind
	SDK  SDK
	// Version of the SDK, where the manifest says it.
	Version string
	Name    string // what opens it, such as StreamableHTTPServerTransport
	Var     string // the variable that holds it, empty if none
	Host    string // the literal address, empty if not given
	Span    source.Span
	// Options are the constant options by name, as in the SDK, and the switches that
	// the environment decides, as they are where it sets nothing.
	Options map[string]string
	// Elsewhere is set where the server stands in another file, so that SDK is
	// no more than what this file suggests.
	Elsewhere bool
	// Given are the names of all options that are given. Open is set where
	// there may be more, from a value that is not known.
	Given map[string]bool
	Open  bool
}

// Route is an HTTP handler of the server's own.
type Route struct {
	Method, Path string
	Handler      int // index into File.Funcs
	Span         source.Span
}

// SourceKind says what the outside has to do with a value.
type SourceKind uint8

// The kinds of source. Input is first class: the caller chooses it. Untrusted
// is second class: the server fetched it from somewhere.
const (
	NoSource SourceKind = iota
	Input
	Untrusted
	// Remote is what another server said: an answer to a request, the metadata of an
	// authorization server. It is second class too, but whoever has that server
	// chooses it.
	Remote
)

// InputParam is a parameter of a handler function that carries what the caller chose.
type InputParam struct {
	Func  int // index into File.Funcs
	Param int // index into its Params
	// Path is the way from the parameter to what the outside controls: empty for
	// all of it, [params arguments] for a low-level request.
	Path []string
	// Entry whose argument it is; nil for a handler that serves several, where
	// the branch decides.
	Entry *Entry
	Kind  SourceKind
	// Named is set where members are single parameters of the entry, so the
	// member's name is the parameter's.
	Named bool
}

// InputCall is a call on a request whose outcome the outside controls.
type InputCall struct {
	Kind SourceKind
	// Param is the parameter it reads, empty if it reads several or is computed.
	Param string
	// Into is the index of the argument that the call fills through a pointer,
	// -1 where its result carries the value.
	Into int
	// Entry whose argument it is, nil where the function serves several.
	Entry *Entry
}
