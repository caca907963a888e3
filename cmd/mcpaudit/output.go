package main

// output.go writes files, and asks the terminal what it can show.

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"mcpaudit/internal/safefile"
)

// writable says why a file of that name cannot be written, as far as can be told
// beforehand. Only a regular file is replaced, and below the working directory,
// which may be a stranger's tree, no folder on the way is a link.
func writable(name string) error {
	abs, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	if err := unlinked(filepath.Dir(abs)); err != nil {
		return err
	}
	return safefile.Writable(name)
}

func isLink(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// writeFile writes a file whole or not at all. One that is there keeps its mode.
func writeFile(name string, data []byte) error {
	if err := writable(name); err != nil {
		return err
	}
	return safefile.Write(name, data)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth gives the width of a terminal in columns, 0 where there is none.
func terminalWidth(w any) int {
	if !isTerminal(w) {
		return 0
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		return 0
	}
	return width
}

// colors reports whether to write colours: on a terminal, unless the user does
// not want them (https://no-color.org).
func colors(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// unlinked gives an error where a link stands on the way from the working directory,
// which may be a stranger's tree, to a folder below it.
func unlinked(folder string) error {
	base, err := os.Getwd()
	if err != nil {
		return nil
	}
	rel, err := filepath.Rel(base, folder)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return nil
	}
	at := base
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		if at = filepath.Join(at, part); isLink(at) {
			return fmt.Errorf("%s is a link, and nothing is written through links", shown(at))
		}
	}
	return nil
}
