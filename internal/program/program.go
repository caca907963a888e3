// Package program holds one small form in which the code of every language is
// analysed: functions, statements, values, imports. A lowering per language
// (lower_python.go, lower_ecma.go, lower_go.go) makes it from the syntax tree.
//
// The form is a structured tree, not a graph: branches stay nested, because
// what decides precision is the guard that leaves early, and nesting shows it.
//
// All positions inside a function are relative to the function's own start, so
// a function that an edit did not touch is the same object in the next version
// of the file, wherever it has moved to. Lowering looks at a function's own
// text alone: names are not resolved here but by Scope.
package program

import "mcpaudit/internal/source"

// File is one lowered file. It is immutable.
type File struct {
	Path    string // as the audit was given it, absolute
	Lang    source.Language
	Tree    *source.Tree
	Top     *Function // the code outside all functions; its Start is 0
	Funcs   []Placed  // every function, closure and method, Top first, in the order of their text
	Imports []Import
	Exports []Export
	// Package is Go's package clause, empty elsewhere.
	Package string
	// Truncated says why a part of the file was left out (nesting too deep,
	// function too large), and is empty for nearly all files.
	Truncated []Truncation

	memo *fileMemo // what Scope has found out, filled on demand
}

// Truncation names a part of a file that is too deep or too large to analyse.
type Truncation struct {
	Span   source.Span // absolute
	Reason string
}

// Placed is a function with the place at which it starts in this version of
// the file.
type Placed struct {
	*Function
	Start  uint32 // byte in the file; add it to a relative position
	Parent int    // index into File.Funcs of the enclosing function; -1 for Top
	Class  *Class // the class whose body holds it directly, nil if none

	node source.NodeID // in File.Tree
}

// Kind tells functions apart.
type Kind uint8

// The kinds of function.
const (
	KindTop Kind = iota
	KindFunction
	KindMethod
	KindClosure // a lambda, an arrow function, a function expression or literal
)

// Function is one function with what stands in its body. Nested functions are
// values (OpFunc) or statements (StmtFunc) that refer to their own Function.
type Function struct {
	Name      string // empty for a closure without a name of its own
	Kind      Kind
	Async     bool
	Generator bool
	Static    bool
	Receiver  *Param // Go's receiver; Python's self and cls stay ordinary parameters
	Params    []Param
	Results   []*Value // declared result types, as type expressions
	Body      []*Stmt
	// Decorators and annotations of the declaration, outermost first. Their
	// positions are relative to this function as well; Span therefore includes them.
	Decorators []*Value
	Doc        string      // Python docstring, or the comment that stands directly before the declaration
	Len        uint32      // bytes, decorators included
	NameSpan   source.Span // relative
	Nested     []NestedFunc
	// Hash identifies the function's own text. Equal hashes mean equal text
	// and so equal lowering.
	Hash uint64

	textHash uint64        // of the text alone, where Hash knows of the comment before it as well
	ownDoc   bool          // Doc stands within the text
	whole    bool          // nothing in it was left out
	height   int           // how deep it nests
	imports  []Import      // made in its scope; spans relative
	getter   bool          // ECMAScript's get: read like a field
	outer    []outerName   // Python's global and nonlocal names
	memo     *functionMemo // what Scope has found out, filled on demand
}

// Getter reports whether the function is a getter of ECMAScript: what it returns is
// read like a field.
func (fn *Function) Getter() bool { return fn.getter }

// outerName is a name that a function declares to be bound outside of it.
type outerName struct {
	name   string
	global bool
}

// NestedFunc is a function directly inside another.
type NestedFunc struct {
	Func   *Function
	Offset uint32 // from the enclosing function's start

	node  source.NodeID // from the enclosing function's node
	class *Class        // whose body holds it directly
}

// ParamKind tells how a parameter takes its arguments.
type ParamKind uint8

// The kinds of parameter.
const (
	ParamPlain ParamKind = iota
	ParamKeyword
	ParamRest   // *args, ...rest, Go's variadic
	ParamKwRest // **kwargs
)

// Param is one parameter.
type Param struct {
	Name    string // empty if destructured
	Pattern *Value // the destructuring pattern: OpObject, OpList; nil for a plain name
	Kind    ParamKind
	Type    *Value // annotation or declared type as an expression, nil if none
	Default *Value
	Span    source.Span
}

// Class is a class, struct or interface with what its body declares.
type Class struct {
	Name       string
	Bases      []*Value
	Fields     []ClassField
	Methods    []*Function
	Decorators []*Value
	Doc        string
	Interface  bool        // a TypeScript interface or type literal, a Go interface
	Span       source.Span // relative to the enclosing function
	// Body holds class-level statements that are neither fields nor methods.
	Body []*Stmt
}

// ClassField is a declared field: a dataclass or pydantic field, a TypeScript
// property, a Go struct field.
type ClassField struct {
	Name    string
	Type    *Value
	Value   *Value // its default or initialiser
	Tag     string // Go's struct tag, unquoted
	Doc     string
	Static  bool
	Span    source.Span
	Private bool
}

// Import binds names of another module. `import a.b as c` is {Module: a.b,
// Local: c}; `from m import x as y` is {m, x, y}; `import d from 'm'` is
// {m, default, d}; `import * as n` and `const n = require('m')` are {m, "", n};
// `from m import *` and Go's dot import have Star.
type Import struct {
	Module string // as written, `node:` removed; Python keeps its leading dots
	Name   string // the imported member, empty for the module itself
	Local  string // the local name; `import a.b` binds a, and says so in Local with Module a
	Full   string // for `import a.b` without alias: a.b; else empty
	Star   bool
	Type   bool // import type
	Span   source.Span
	Func   int // index into File.Funcs of the function whose scope it is bound in

	guessed bool // Local follows from Go's conventions alone
}

// Export makes a local name visible to other files; Python and Go export by
// rule, so only ECMAScript lists them.
type Export struct {
	Name   string // `default` for the default export, `*` for export * from
	Local  string // the local name, empty for a re-export
	Value  *Value // the exported expression where there is no local name, relative to Top
	Module string // re-exported from
	From   string // the name there
	Span   source.Span
}

// Op is the form of a value.
type Op uint8

// The forms of a value. Fields not named are unset.
const (
	OpUnknown  Op = iota // anything else; Args are its parts
	OpIdent              // Name
	OpConst              // Const kind, Str the decoded text
	OpField              // X.Name; Optional for ?.
	OpIndex              // X[Args[0]]; a constant string index keeps Name as well
	OpSlice              // X[Args…]; absent bounds are nil
	OpCall               // X(Args…); Args may hold OpKeyword and OpSpread; Optional
	OpNew                // new X(Args…)
	OpTemplate           // f-string, template literal: Args are OpConst and values in order; X the tag if any
	OpBinary             // Name is + - * / % ** << etc.: Args[0] Name Args[1]
	OpUnary              // Name is - ~ not ! typeof void delete & * <- : Args[0]
	OpLogical            // Name is and, or, ??: Args[0] Name Args[1]
	OpCompare            // Name is == != < <= > >= in, not in, is, is not, instanceof; === is ==
	OpCond               // Args[0] ? Args[1] : Args[2]
	OpList               // list, tuple, array, set, Go slice literal: Args; Name is the type text in Go
	OpObject             // dict, object, Go struct or map literal: Args are OpPair or OpSpread; X the Go type
	OpPair               // Name when the key is constant, else Args[0]; X the value
	OpKeyword            // keyword argument Name=X
	OpSpread             // *X, **X, ...X
	OpFunc               // Func, at Span
	OpClass              // Class
	OpAwait              // X
	OpYield              // X, may be nil; Name is from for yield from, yield*
	OpAssign             // an assignment used as a value: Args[0] = X; Name is the operator of an augmented one
	OpCast               // X as a type: TypeScript `as`, satisfies, !; Go conversion-like assertion x.(T); Args[0] the type
	OpCompr              // comprehension or generator: X the element (a pair for dicts), Args are OpCompFor
	OpCompFor            // for Args[0] in X, if Args[1:]
	OpRegex              // Str the pattern, Name the flags
	OpType               // a type expression that is none of the above: Name its text
)

// Const is the kind of a constant.
type Const uint8

// The kinds of constant.
const (
	ConstString Const = iota
	ConstNumber
	ConstBool
	ConstNone // None, null, undefined, nil
	ConstBytes
)

// Value is an expression. What the comments on Op leave open:
//
//   - ConstBool has the Str true or false in every language; ConstNone and
//     ConstNumber have the text as written;
//   - a string that consists of constants alone is one OpConst, also where it
//     is written as several, or as a template;
//   - Python's tuple is an OpList named tuple, its set one named set; an
//     OpCompr is named list, set, dict or generator; an OpSpread in a call or a
//     dict is named ** if it spreads a mapping;
//   - a < b < c is a < b and b < c; both comparisons hold the same b;
//   - the operator of an augmented assignment is named as written, as in +=;
//   - a generic type is an OpIndex, its arguments an OpList named tuple where
//     there are several.
type Value struct {
	Op       Op
	Const    Const
	Optional bool
	Span     source.Span // relative to the function
	Name     string
	Str      string
	X        *Value
	Args     []*Value
	Func     *Function
	Class    *Class
}

// StmtOp is the form of a statement.
type StmtOp uint8

// The forms of a statement.
const (
	StmtExpr     StmtOp = iota // Value
	StmtAssign                 // Targets = Value; Name is the operator of an augmented one; Decl if it declares
	StmtIf                     // Value; Body, Else. A Go if with an initialiser has it as the statement before
	StmtWhile                  // Value, nil for endless; Body, Else; Post runs after each turn
	StmtFor                    // each Targets of Value: Body, Else. Go range with two targets gives key and value
	StmtSwitch                 // Value, nil for a bare switch; Cases
	StmtReturn                 // Value, nil for none; Go's several results as an OpList
	StmtThrow                  // Value: raise, throw, panic
	StmtTry                    // Body; Cases are the handlers (Targets the bound name, Values the types); Else; Finally
	StmtWith                   // Targets bound from Value; Body. Several items nest
	StmtBreak                  // Name the label
	StmtContinue               //
	StmtFunc                   // Func, bound to Func.Name
	StmtClass                  // Class, bound to Class.Name
	StmtBlock                  // Body
	StmtGo                     // Value: Go's go and defer statements; Name says which
	StmtDelete                 // Targets
	StmtAssert                 // Value
	StmtImport                 // an import; Name the module. The binding is in File.Imports
)

// Stmt is a statement.
type Stmt struct {
	Op      StmtOp
	Decl    bool
	Span    source.Span // relative to the function
	Name    string
	Targets []*Value
	Value   *Value
	Type    *Value // the declared type of an assignment's target, nil if none
	Body    []*Stmt
	Else    []*Stmt
	Finally []*Stmt
	Post    []*Stmt
	Cases   []Case
	Func    *Function
	Class   *Class
}

// Case is one case of a switch or match, or one handler of a try.
type Case struct {
	Values      []*Value // what is compared with, or the exception types; empty for default
	Targets     []*Value // names that the case binds
	Guard       *Value   // Python's case … if
	Body        []*Stmt
	Default     bool
	Fallthrough bool // runs on into the next case
}
