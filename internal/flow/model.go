package flow

// model.go loads what library calls mean: models/<language>/<library>.yaml.
// A model is looked up by canonical name, such as subprocess.run or, for a
// method, the type's name and the method's: sqlite3.Connection.execute. Names
// that begin with *. are methods of a receiver whose type is not known, and
// those that end in .* are all other functions of a module or type.

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"mcpaudit/internal/source"
)

//go:embed models
var modelFiles embed.FS

// model says what one call, or the value behind one name, means.
type model struct {
	For []string `yaml:"for"`
	// Value is set where the name itself is meant, not a call of it: os.environ.
	Value bool `yaml:"value"`

	Sinks []sinkModel `yaml:"sinks"`
	// Command says that a process is started, and how it is given; At is the
	// first argument of the command, or of what a format or a join is made of.
	Command commandStyle `yaml:"command"`
	At      int          `yaml:"at"`
	// Key is the keyword of the command; args if it is not given.
	Key string `yaml:"key"`
	// Program is the program that a vector is for, where no argument says it: a
	// name, or * for the last name of what is called.
	Program string `yaml:"program"`
	// Method is the HTTP method of a request; empty is given by an argument.
	Method *methodModel `yaml:"method"`
	// Sends is the argument with a request that was built before.
	Sends *int `yaml:"sends"`
	// Mode is the argument that says whether a file is opened for writing.
	Mode *argModel `yaml:"mode"`
	// Mutates overrules what the kind of the sink says.
	Mutates *bool `yaml:"mutates"`

	// Result says how the result derives from the arguments; empty is not at all.
	Result derivation `yaml:"result"`
	// From are the arguments that it derives from, -1 the receiver; none given
	// are all of them.
	From []int `yaml:"from"`
	// Fills is the argument through which the call writes what the result is
	// said to derive from: json.Unmarshal(data, &v).
	Fills *int `yaml:"fills"`
	// Against is the argument with the base of a path: it says nothing of what the
	// base itself is made of.
	Against *int `yaml:"against"`
	// Part is the component of a URL or path that the result is.
	Part component `yaml:"part"`
	// Returns is the type of the result.
	Returns string `yaml:"returns"`
	// Lists is the type of the elements, where the result is a collection.
	Lists string `yaml:"lists"`
	// Source says that the result comes from outside or is a secret.
	Source sourceModel `yaml:"source"`
	// Adds is what the result is proven to be, whatever went in.
	Adds proofs `yaml:"adds"`
	// Quotes is set where the result is one literal: a value that was no part of
	// a text before is escaped in it.
	Quotes bool `yaml:"quotes"`
	// Resolved is set where the result is a path with links or dots resolved.
	Resolved bool `yaml:"resolved"`

	// Tests is what a true result proves of the argument Subject; Ensures what
	// a return without an error proves.
	Tests   proofs `yaml:"tests"`
	Refutes proofs `yaml:"refutes"` // what a false result proves
	Ensures proofs `yaml:"ensures"`
	Subject int    `yaml:"subject"` // -1 is the receiver
	// Fails is what an error proves of the first argument where that is an address
	// that was looked up: it is none.
	Fails proofs `yaml:"fails"`
	// Enforces is the key of the struct tags that a call without an error shows its
	// first argument to keep to.
	Enforces string `yaml:"enforces"`
	// Match says that the call matches a regular expression, and how.
	Match matchStyle `yaml:"match"`
	// Pattern is the argument with the expression, -1 the receiver.
	Pattern int `yaml:"pattern"`
	// Prefix and Member are tests of the receiver or the subject against another
	// argument: starts with, is one of.
	Prefix *testModel `yaml:"prefix"`
	Member *testModel `yaml:"member"`

	// Calls are arguments that are called back.
	Calls []callModel `yaml:"calls"`
	// Mutator says how the receiver changes: append adds the arguments, extend
	// the elements of the arguments.
	Mutator mutation `yaml:"mutator"`
	// Constant is the text that the value is as good as.
	Constant string `yaml:"constant"`
	// Separator is set where the value is the path separator.
	Separator bool `yaml:"separator"`
	// Leaves is set where the call does not return.
	Leaves bool `yaml:"leaves"`
	// Stream is the name of the output stream of a sink of kind log that may
	// go to standard output: the keyword that redirects it.
	Stream string `yaml:"stream"`
}

// sinkModel is one argument that does something.
type sinkModel struct {
	Kind SinkKind `yaml:"kind"`
	Arg  int      `yaml:"arg"`
	// Rest is set where all arguments from Arg on are meant.
	Rest bool   `yaml:"rest"`
	Key  string `yaml:"key"`
	// Field is the member of the argument that is meant.
	Field string `yaml:"field"`
	// Roles is set where the argument is a list of messages, of which those of the
	// system are meant.
	Roles bool `yaml:"roles"`
	// When are keywords, options or, by number, arguments that must have the
	// given constant text.
	When map[string]string `yaml:"when"`
	// Unless are those that make the call harmless.
	Unless map[string]string `yaml:"unless"`
	// Text asks that constant parts of the argument look like this: sql, html.
	Text string `yaml:"text"`
}

type argModel struct {
	Arg int    `yaml:"arg"`
	Key string `yaml:"key"`
}

type methodModel struct {
	Const string `yaml:"const"`
	Arg   *int   `yaml:"arg"`
	Key   string `yaml:"key"`
}

type testModel struct {
	Of int `yaml:"of"` // the argument that is tested
	In int `yaml:"in"` // the argument with the prefix or collection
}

type callModel struct {
	Arg int    `yaml:"arg"`
	Key string `yaml:"key"`
	// With says what the callback is given: elements (of the receiver), first
	// (those of the first argument), receiver, rest (the arguments after it), elements-of-rest, untrusted, none.
	With string `yaml:"with"`
	// Result says what becomes of its result: result, elements, filter, every, some,
	// found (as some, of a call that gives the element), given (what it hands to the
	// first function that it is given), none.
	Result string `yaml:"result"`
}

// sourceModel names a source: what the caller's request holds, untrusted, or a kind of secret.
type sourceModel struct {
	Kind string `yaml:"kind"` // request, untrusted, remote, credential, secret, environment, error, arguments
	What string `yaml:"what"` // a few words for the path
	// Secret asks that a constant argument or member names a secret.
	Named bool `yaml:"named"`
	Into  *int `yaml:"into"` // the argument that is filled
}

type commandStyle string

const (
	cmdSubprocess commandStyle = "subprocess" // text or list, shell= decides
	cmdSpawn      commandStyle = "spawn"      // program, list, {shell}
	cmdVector     commandStyle = "vector"     // program, arguments…
	cmdList       commandStyle = "list"       // program, list
	cmdShell      commandStyle = "shell"      // text for a shell
	cmdText       commandStyle = "text"       // text split into words, no shell
	cmdTemplate   commandStyle = "template"   // a template of which each value is quoted
)

type derivation string

const (
	deriveNone     derivation = ""
	deriveKeep     derivation = "keep"        // the same text in substance
	deriveJoin     derivation = "join"        // one text of the elements of a list
	deriveText     derivation = "text"        // one text of the arguments
	deriveMember   derivation = "member"      // the member itself, where its type is to be known
	derivePath     derivation = "path"        // one path of several
	deriveURL      derivation = "url"         // a URL of a reference and a base, in this order
	deriveURLParts derivation = "url-parts"   // a URL of the list of its parts
	derivePart     derivation = "part"        // a piece cut out
	deriveExcerpt  derivation = "excerpt"     // a piece between two places
	deriveChange   derivation = "change"      // decoded or otherwise made new
	deriveElement  derivation = "element"     // the member that the first argument names
	deriveFormat   derivation = "format"      // filled into the text of the receiver or first argument
	deriveExtend   derivation = "extend"      // a list, or text, with more behind it
	deriveReplace  derivation = "replace"     // with what matches replaced
	deriveEvery    derivation = "every"       // whether all elements of a list hold
	deriveSome     derivation = "some"        // whether any element holds
	deriveIs       derivation = "is"          // whether it is of a type
	deriveParsed   derivation = "parsed"      // an outcome with the argument as its data
	deriveRows     derivation = "rows"        // a list of rows, one element of each argument in each
	deriveNumbered derivation = "numbered"    // a list of numbers and elements of the argument
	deriveRecord   derivation = "record"      // a class whose fields the second argument names
	deriveNamed    derivation = "named"       // the member of the first argument that the second names
	deriveCommon   derivation = "common"      // what two collections share
	deriveRest     derivation = "rest"        // what one collection has beyond another
	deriveModule   derivation = "module"      // the module that the first argument names
	deriveMatch    derivation = "match"       // the match of an expression
	deriveMatches  derivation = "matches"     // a list of texts that match
	deriveEach     derivation = "all-matches" // a list of matches
	deriveGroup    derivation = "group"       // what a part of the expression matched
	deriveAll      derivation = "together"    // a list of the arguments
	deriveWith     derivation = "replaced"    // the first argument with the named members set
	deriveTruth    derivation = "truth"       // whether the first argument is true
	deriveLength   derivation = "length"      // how much there is of it
	deriveNumber   derivation = "number"      // a number, a boolean: harmless
	deriveObject   derivation = "object"      // an object that holds the arguments
	deriveList     derivation = "list"        // a list of the receiver's or argument's pieces
	deriveHalves   derivation = "halves"      // what stands before, what stands behind, and whether it was cut
	deriveWords    derivation = "words"       // a list of the words of a text
	deriveSelf     derivation = "self"        // the receiver itself
	deriveNext     derivation = "next"        // an element of the first argument, or the second
	deriveArg      derivation = "arg"         // the first argument itself, awaited or wrapped
	derivePartial  derivation = "partial"     // a function with arguments bound
)

type component string

const (
	partNone    component = ""
	partHost    component = "host"
	partScheme  component = "scheme"
	partOrigin  component = "origin"
	partRel     component = "relative"
	partCommon  component = "common-path"
	partAddr    component = "address"
	partType    component = "type"
	partFirst   component = "first"
	partParents component = "parents"
	partCode    component = "code" // the number of a character
)

type matchStyle string

const (
	matchStart  matchStyle = "start"  // anchored at the start
	matchFull   matchStyle = "full"   // anchored at both ends
	matchSearch matchStyle = "search" // anywhere
)

type mutation string

const (
	mutateAppend mutation = "append"
	mutateExtend mutation = "extend"
	mutateAssign mutation = "assign"
)

var (
	sinkKinds    = []SinkKind{Shell, Argv, Operand, Program, PathRead, PathWrite, PathDelete, Request, Navigate, Body, Header, Query, Eval, Deserialize, Log, Stdout, ResultSink, Redirect, Open, Connect, Sandbox, Template, Environment, Unpack, Markup, Pattern, Describe, Prompt, Message, Memory, Destroy, Send}
	commands     = []commandStyle{"", cmdSubprocess, cmdSpawn, cmdVector, cmdList, cmdShell, cmdText, cmdTemplate}
	derivations  = []derivation{deriveNone, deriveKeep, deriveJoin, deriveText, deriveMember, derivePath, deriveURL, deriveURLParts, derivePart, deriveExcerpt, deriveChange, deriveElement, deriveFormat, deriveExtend, deriveReplace, deriveEvery, deriveSome, deriveIs, deriveParsed, deriveLength, deriveNumber, deriveTruth, deriveAll, deriveWith, deriveCommon, deriveRest, deriveModule, deriveMatch, deriveMatches, deriveEach, deriveGroup, deriveRows, deriveNumbered, deriveRecord, deriveNamed, deriveObject, deriveList, deriveHalves, deriveWords, deriveSelf, deriveNext, deriveArg, derivePartial}
	components   = []component{partNone, partHost, partScheme, partOrigin, partRel, partCommon, partAddr, partType, partFirst, partParents, partCode}
	matchStyles  = []matchStyle{"", matchStart, matchFull, matchSearch}
	mutations    = []mutation{"", mutateAppend, mutateExtend, mutateAssign}
	sourceKinds  = []string{"", "request", "untrusted", "remote", "credential", "secret", "environment", "error"}
	callWith     = []string{"", "elements", "first", "receiver", "rest", "elements-of-rest", "untrusted"}
	callResult   = []string{"", "result", "elements", "filter", "every", "some", "found", "given"}
	textFormats  = []string{"", "sql", "html"}
	proofsByName = map[string]proofs{
		"member": proveMember, "contained": proveContained, "local": proveNoSep | proveNoDots, "no-separator": proveNoSep, "no-dots": proveNoDots,
		"no-dash": proveNoDash, "relative": proveRelative, "quoted": proveQuoted, "identifier": proveWord, "escaped": proveEscaped, "host": proveHost, "public": provePublic,
		"number": proveNumber, "plain-pattern": provePlain, "plain-markup": proveMarkup, "slight": proveSlight, "web": proveWeb, "template-safe": proveEscaped,
	}
)

// UnmarshalYAML reads a list of names of what is proven.
func (p *proofs) UnmarshalYAML(n *yaml.Node) error {
	var names []string
	if err := n.Decode(&names); err != nil {
		return err
	}
	for _, name := range names {
		bit, ok := proofsByName[name]
		if !ok {
			return fmt.Errorf("line %d: %q proves nothing that is known", n.Line, name)
		}
		*p |= bit
	}
	return nil
}

// check tells what is wrong with a model beyond its form.
func (m *model) check() error {
	switch {
	case len(m.For) == 0:
		return errors.New("a model needs the names it is for")
	case !slices.Contains(commands, m.Command):
		return fmt.Errorf("unknown command %q", m.Command)
	case !slices.Contains(derivations, m.Result):
		return fmt.Errorf("unknown result %q", m.Result)
	case !slices.Contains(components, m.Part):
		return fmt.Errorf("unknown part %q", m.Part)
	case !slices.Contains(matchStyles, m.Match):
		return fmt.Errorf("unknown match %q", m.Match)
	case !slices.Contains(mutations, m.Mutator):
		return fmt.Errorf("unknown mutator %q", m.Mutator)
	case !slices.Contains(sourceKinds, m.Source.Kind):
		return fmt.Errorf("unknown source %q", m.Source.Kind)
	}
	for _, s := range m.Sinks {
		if !slices.Contains(sinkKinds, s.Kind) {
			return fmt.Errorf("unknown sink %q", s.Kind)
		}
		if !slices.Contains(textFormats, s.Text) {
			return fmt.Errorf("unknown text %q", s.Text)
		}
	}
	for _, c := range m.Calls {
		if !slices.Contains(callWith, c.With) || !slices.Contains(callResult, c.Result) {
			return fmt.Errorf("unknown with %q or result %q of a callback", c.With, c.Result)
		}
	}
	return nil
}

// call gives the model of a call by its canonical name, nil for none.
func (ms *models) call(name string) *model {
	if m := ms.calls[name]; m != nil {
		return m
	}
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return nil
	}
	if m := ms.calls[name[:dot]+".*"]; m != nil {
		return m
	}
	if like := sameAs[name[:dot]]; like != "" {
		return ms.calls[like+name[dot:]]
	}
	return nil
}

// sameAs are modules that offer the functions of another beside their own.
var sameAs = map[string]string{
	"fs-extra": "fs", "graceful-fs": "fs", "original-fs": "fs", "mz/fs": "fs/promises", "fs-extra/esm": "fs-extra", "execa.default": "execa",
}

// models are those of one language.
type models struct {
	calls  map[string]*model
	values map[string]*model
	// words are the last components of all names with a sink or a source: what a
	// function must mention to be worth a look.
	words map[string]bool
	// types are the types of which methods or members are modelled.
	types map[string]bool
}

// readModels reads a folder of models. An unknown key, an unknown word and a
// name that is given twice are errors.
func readModels(fsys fs.FS, dir string) (*models, error) {
	ms := &models{calls: map[string]*model{}, values: map[string]*model{}, words: map[string]bool{}, types: map[string]bool{}}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		if err := ms.read(data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return ms, nil
}

func (ms *models) read(data []byte) error {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var list []*model
	if err := dec.Decode(&list); err != nil && err != io.EOF {
		return err
	}
	for _, m := range list {
		if err := m.check(); err != nil {
			return fmt.Errorf("%v: %w", m.For, err)
		}
		into := ms.calls
		if m.Value {
			into = ms.values
		}
		for _, name := range m.For {
			if into[name] != nil {
				return fmt.Errorf("%s is given twice", name)
			}
			into[name] = m
			dot := strings.LastIndexByte(name, '.')
			if dot > 0 {
				ms.types[name[:dot]] = true
			}
			if len(m.Sinks) > 0 || m.Command != "" || m.Source.Kind != "" {
				ms.words[name[dot+1:]] = true
			}
		}
	}
	return nil
}

var loadModels = map[string]func() *models{
	"python":     sync.OnceValue(func() *models { return mustRead("python") }),
	"ecmascript": sync.OnceValue(func() *models { return mustRead("ecmascript") }),
	"go":         sync.OnceValue(func() *models { return mustRead("go") }),
}

// mustRead reads the models that are built in; a test reads them all, so a
// fault in them never leaves the house.
func mustRead(language string) *models {
	ms, err := readModels(modelFiles, "models/"+language)
	if err != nil {
		panic("flow: " + err.Error())
	}
	return ms
}

// modelsOf gives the models of a language.
func modelsOf(l source.Language) *models {
	switch {
	case l == source.Python:
		return loadModels["python"]()
	case l == source.Go:
		return loadModels["go"]()
	default:
		return loadModels["ecmascript"]()
	}
}
