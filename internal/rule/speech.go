package rule

// speech.go reads what names and descriptions say of a tool.

import (
	"slices"
	"strings"

	"mcpaudit/internal/mcp"
)

// Words gives the words of a name or a text, in lower case: runs of letters, apart where
// a small letter stands before a capital.
func Words(text string) []string {
	lower := strings.ToLower(text)
	if len(lower) != len(text) {
		text = lower // a letter that is longer in lower case: its humps are lost
	}
	var words []string
	start := -1
	for i := 0; i <= len(text); i++ {
		letter := i < len(text) && (text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z')
		hump := letter && start >= 0 && text[i] < 'a' && text[i-1] >= 'a'
		if start >= 0 && (!letter || hump) {
			words = append(words, lower[start:i])
			start = -1
		}
		if letter && start < 0 {
			start = i
		}
	}
	return words
}

// reading are the verbs of a tool that only looks.
var reading = []string{
	"get", "gets", "list", "lists", "read", "reads", "search", "searches", "find", "finds", "show", "shows", "view", "views", "fetch", "fetches",
	"count", "counts", "describe", "describes", "lookup", "inspect", "check", "checks", "retrieve", "retrieves", "return", "returns", "preview",
	"display", "displays",
}

// changing are words that announce a change, in a name, a description or a parameter.
var changing = []string{
	"delete", "remove", "clear", "purge", "drop", "truncate", "wipe", "erase", "destroy", "terminate", "clean", "cleanup", "reset", "revoke",
	"write", "save", "store", "update", "create", "set", "put", "add", "insert", "modify", "edit", "change", "replace", "overwrite", "patch",
	"move", "rename", "archive", "mark", "consume", "pop", "take", "next", "dequeue", "ack", "acknowledge", "release", "unlock", "cancel", "close",
	"end", "stop", "kill", "uninstall", "install", "sync", "run", "execute", "exec", "action", "operation", "method", "mode", "command", "apply",
	"manage", "expire", "rotate", "refresh", "rebuild", "generate", "export", "download", "upload", "import", "send", "post", "publish",
	"discard", "dismiss", "unsubscribe", "leave", "trash", "empty", "flush", "prune", "evict", "invalidate", "force", "confirm", "destructive",
	"one-time", "once", "afterwards", "record", "track", "log", "toggle", "switch", "disable", "enable", "undo", "restore", "revert", "rollback",
	"merge", "deploy", "extract", "convert", "process", "resolve", "fix", "migrate", "query", "sql", "statement",
}

// LooksOnly reports whether name, description and parameters of a tool speak of
// looking and of nothing else.
func LooksOnly(e *mcp.Entry) bool {
	name := Words(e.Name)
	if !slices.ContainsFunc(name, isReading) || slices.ContainsFunc(name, isChanging) {
		return false
	}
	if slices.ContainsFunc(Words(e.Description.Value), isChanging) {
		return false
	}
	for i := range e.Params {
		if slices.ContainsFunc(Words(e.Params[i].Name), isChanging) || slices.ContainsFunc(Words(e.Params[i].Description.Value), isChanging) {
			return false
		}
	}
	return true
}

func isReading(word string) bool { return slices.Contains(reading, word) }

// isChanging knows the forms of a verb too: deletes, deleted, deleting.
func isChanging(word string) bool {
	for _, w := range changing {
		if word == w || len(w) > 3 && len(word) > len(w) && len(word) <= len(w)+4 && word[:len(w)-1] == w[:len(w)-1] {
			return true
		}
	}
	return false
}
