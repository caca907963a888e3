package honesty

import (
	"slices"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

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

// descriptionContradiction reports tools without annotations whose name and
// description speak of looking alone and that remove something.
func descriptionContradiction(p *rule.Pass) {
	for _, e := range p.Facts.Entries {
		a := &e.Annotations
		if e.Kind != mcp.Tool || a.ReadOnly != mcp.Unset || a.Destructive != mcp.Unset || !e.Description.Constant && e.Description.Value != "" {
			continue
		}
		i := slices.IndexFunc(p.Uses(e), rule.Removes)
		if i < 0 || !looksOnly(e) {
			continue
		}
		u := p.Uses(e)[i]
		p.Report(rule.Finding{
			Span: e.NameSpan, Tool: e.Name, Sink: u.Callee,
			Related: []rule.Step{{Path: u.File.Path, Span: u.Span, Text: "this call changes something"}},
		})
	}
}

// looksOnly reports whether name, description and parameters of a tool speak of
// looking and of nothing else.
func looksOnly(e *mcp.Entry) bool {
	name := words(e.Name)
	if !slices.ContainsFunc(name, isReading) || slices.ContainsFunc(name, isChanging) {
		return false
	}
	if slices.ContainsFunc(words(e.Description.Value), isChanging) {
		return false
	}
	for i := range e.Params {
		if slices.ContainsFunc(words(e.Params[i].Name), isChanging) || slices.ContainsFunc(words(e.Params[i].Description.Value), isChanging) {
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
