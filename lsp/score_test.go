package lsp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hoverAt gives the hover of the place where some words begin.
func (f *file) hoverAt(words string) string {
	f.e.t.Helper()
	line := f.line(words)
	column := strings.Index(strings.Split(f.text, "\n")[line], words)
	return call[hovered](f.e, "textDocument/hover", at(f.uri, line, column)).Contents.Value
}

// scorePart gives the part of a hover that is about the score, without empty lines.
func scorePart(t *testing.T, hover string) (lines []string) {
	t.Helper()
	_, part, ok := strings.Cut(hover, "Score")
	part, _, ended := strings.Cut(part, "Ask yourself")
	if !ok || !ended {
		t.Fatalf("no score in\n%s", hover)
	}
	for line := range strings.Lines(part) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// The hover of a finding takes its score apart: the sum, each factor with what shows it
// and what the score would be with another value, and the three deployments.
func TestHoverTakesTheScoreApart(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, nil)
	f := e.openFile(filepath.Join(folder, "server.py"))
	text := f.hoverAt(`db.execute(f"SELECT`)
	holds(t, text,
		"**Score**: `8.4 + (10−8.4)×4.5/10×0.97 = 9.1 Critical`; confidence high",
		"| autonomy | 0.5 | default: the host asks before risky calls, but people choose to always allow | 0.0: 9.0, 1.0: 9.2 |",
		"| tools | 1.0 | static: sqlite3.Connection.execute takes a value from outside (server.py:50) | 0.0: 8.9, 0.5: 9.0 |",
		"| language | 1.0 | static: the free text tag reaches sqlite3.Connection.execute (server.py:50) | 0.0: 8.9, 0.5: 9.0 |",
		"| sum | 4.5 | of 10.0 |  |",
		"0.0 by default: persistence, identity, multi_agent, self_mod. The setting `aivss.factors`",
		"| local (here) | 8.4 | AR:L/MAV:L/MUI:P | 9.1 Critical |",
		"| remote | 9.3 | CR:H/IR:H/AR:M | 9.6 Critical |",
		"| enterprise | 8.7 | CR:H/IR:H/AR:H/MAV:A | 9.3 Critical |",
	)
	if lines := scorePart(t, text); len(lines) > 20 {
		t.Errorf("the score takes %d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
}

// A client without Markdown gets the same in columns.
func TestHoverTakesTheScoreApartInPlainText(t *testing.T) {
	e, folder := demo(t, "python-notes", `{"textDocument":{"hover":{"contentFormat":["plaintext"]}}}`, nil)
	f := e.openFile(filepath.Join(folder, "server.py"))
	lines := scorePart(t, f.hoverAt(`db.execute(f"SELECT`))
	column := -1
	for _, line := range lines {
		if strings.Contains(line, "|") {
			t.Errorf("a table in %q", line)
		}
		for _, cell := range []string{"value  from", "0.5    default: the host asks", "1.0    static: sqlite3", "4.5    of 10.0"} {
			if at := strings.Index(line, cell); at >= 0 {
				if column >= 0 && at != column {
					t.Errorf("%q begins in column %d, not in %d", cell, at, column)
				}
				column = at
			}
		}
	}
	if column < 0 {
		t.Errorf("no factors in %q", lines)
	}
}

// What the audited code calls its parameters stays text in the table of factors.
func TestHoverEscapesWhatShowsAFactor(t *testing.T) {
	e, folder := demo(t, "python-notes", markdownClient, nil)
	path := filepath.Join(folder, "hostile.ts")
	code := `import { execSync } from "node:child_process";
import { z } from "zod";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";

const server = new McpServer({ name: "notes", version: "1.0.0" });

server.registerTool("run", { inputSchema: { "a | b](command:evil) <img>": z.string() } }, async (args) => {
  execSync(args["a | b](command:evil) <img>"], { timeout: 9000 });
  return { content: [] };
});
`
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	text := e.openFile(path).hoverAt("execSync(args")
	if strings.Contains(strings.ReplaceAll(text, `\]`, ""), "](command:") || strings.Contains(text, "<img>") {
		t.Errorf("code gets into\n%s", text)
	}
	rows := 0
	for line := range strings.Lines(text) {
		if strings.Contains(line, "evil") && strings.Contains(line, "language") {
			rows++
			if cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); cells != 5 {
				t.Errorf("%d bars in %q", cells, line)
			}
		}
	}
	if rows != 1 {
		t.Errorf("%d rows with the hostile name in\n%s", rows, text)
	}
}
