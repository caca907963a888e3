// Package source is the ground everything stands on: the text of a file, its
// positions in the encodings editors speak, its language, and its syntax tree.
//
// It knows the grammars and nothing else: neither what a function is nor what
// MCP is. Values of this package are immutable once made and may be shared
// between goroutines, except where a method says that it consumes its receiver.
package source
