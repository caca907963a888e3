package audit

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/flow"
)

const runner = `import subprocess
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("runner")


@mcp.tool()
def run(command: str) -> str:
    """Run a command."""
    return subprocess.run(command, shell=True, capture_output=True, text=True, timeout=9).stdout


@mcp.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b
`

func workspaceWith(t *testing.T, text string) (w *Workspace, root, path string) {
	t.Helper()
	root, w = project(t, map[string]string{"server.py": text})
	return w, root, filepath.Join(root, "server.py")
}

func auditOf(t *testing.T, w *Workspace, path string) *FileResult {
	t.Helper()
	res, err := w.Snapshot().Audit(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func shellFinding(t *testing.T, res *FileResult) *Finding {
	t.Helper()
	for _, f := range res.Findings {
		if f.Check == "command-injection" {
			return f
		}
	}
	t.Fatal("no finding of command-injection")
	return nil
}

// An answer changes the factor that it speaks of, of the findings that it speaks of,
// in open files and in those on disk, and taking it back restores the score.
func TestAnswersChangeScores(t *testing.T) {
	for _, open := range []bool{false, true} {
		w, root, path := workspaceWith(t, runner)
		if open {
			w.Open(path, 1, runner)
		}
		before := shellFinding(t, auditOf(t, w, path))
		answer := func(folder, tool string) *Knowledge {
			return &Knowledge{Answers: []Answer{{Folder: folder, Tool: tool, Factor: aivss.Factor{Name: aivss.Autonomy, Half: 0, Source: aivss.FromAnswer, Evidence: "said so"}}}}
		}
		for _, c := range []struct {
			what         string
			folder, tool string
			changes      bool
		}{
			{"of this tool", root, "run", true},
			{"of the server", root, "", true},
			{"of another tool", root, "add", false},
			{"of another folder", filepath.Join(root, "other"), "run", false},
		} {
			w.SetKnowledge(root, answer(c.folder, c.tool))
			after := shellFinding(t, auditOf(t, w, path))
			if changed := after.Score.FactorSum != before.Score.FactorSum; changed != c.changes {
				t.Errorf("open %t, an answer %s: factors %d before and %d after", open, c.what, before.Score.FactorSum, after.Score.FactorSum)
			}
			if after.Fingerprint != before.Fingerprint {
				t.Errorf("open %t: the answer changed the fingerprint", open)
			}
		}
		w.SetKnowledge(root, nil)
		if again := shellFinding(t, auditOf(t, w, path)); again.Score.AIVSS != before.Score.AIVSS || again.Score.FactorSum != before.Score.FactorSum {
			t.Errorf("open %t: AIVSS %s before the answer, %s after it was taken back", open, before.Score.AIVSS, again.Score.AIVSS)
		}
	}
}

// An exception silences what it covers and nothing else, with its justification.
func TestExceptionsAccept(t *testing.T) {
	w, root, path := workspaceWith(t, runner)
	w.SetKnowledge(root, &Knowledge{Exceptions: []*Exception{
		{ID: "EX-1", Checks: []string{"sql-injection"}, Justification: "of no use", Covers: func(*Finding, *FileResult) bool { return true }},
		{ID: "EX-2", Checks: []string{"command-injection"}, Justification: "elsewhere", Covers: func(*Finding, *FileResult) bool { return false }},
		{ID: "EX-3", Checks: []string{"command-injection"}, Justification: "a gateway checks it", Covers: func(f *Finding, res *FileResult) bool { return res.Rel == "server.py" }},
	}})
	for _, f := range auditOf(t, w, path).Findings {
		switch f.Check {
		case "command-injection":
			if f.Suppressed == nil || f.Suppressed.Exception != "EX-3" || f.Suppressed.Reason != "a gateway checks it" {
				t.Errorf("command-injection is suppressed by %+v", f.Suppressed)
			}
		default:
			if f.Suppressed != nil {
				t.Errorf("%s is suppressed by %+v", f.Check, f.Suppressed)
			}
		}
	}
}

// An untrusted workspace says nothing of its own audit.
func TestUntrustedKnowsNothing(t *testing.T) {
	w, root, path := workspaceWith(t, runner)
	w.areas[1].ruling.untrusted = true
	w.SetKnowledge(root, &Knowledge{Exceptions: []*Exception{{ID: "EX-1", Checks: []string{"command-injection"}, Covers: func(*Finding, *FileResult) bool { return true }}}})
	if f := shellFinding(t, auditOf(t, w, path)); f.Suppressed != nil {
		t.Errorf("suppressed by %+v", f.Suppressed)
	}
}

// The surface tells what an entry is able to do, and its code changes with the entry's
// own code and no other.
func TestSurface(t *testing.T) {
	codes := func(text string) map[string]string {
		w, _, path := workspaceWith(t, text)
		all := map[string]string{}
		for _, e := range auditOf(t, w, path).Surface().Entries {
			all[e.Name] = e.Code
			for _, u := range e.Uses {
				if u.Kind == flow.Shell && e.Name != "run" {
					t.Errorf("%s reaches %s", e.Name, u.Callee)
				}
			}
			if e.Name == "run" && (len(e.Uses) == 0 || e.Uses[0].Kind != flow.Shell || e.Uses[0].Line != lineOf(text, "subprocess.run")) {
				t.Errorf("run reaches %+v", e.Uses)
			}
		}
		return all
	}
	before := codes(runner)
	moved := codes("# A comment\n\n" + runner)
	edited := codes(strings.Replace(runner, "timeout=9", "timeout=10", 1))
	if len(before) != 2 || before["run"] == before["add"] {
		t.Fatalf("codes %v", before)
	}
	if moved["run"] != before["run"] || moved["add"] != before["add"] {
		t.Errorf("moved: %v, before %v", moved, before)
	}
	if edited["run"] == before["run"] || edited["add"] != before["add"] {
		t.Errorf("edited: %v, before %v", edited, before)
	}
}

// lineOf gives the line, from 1, of the first occurrence of a word.
func lineOf(text, word string) int {
	before, _, _ := strings.Cut(text, word)
	return strings.Count(before, "\n") + 1
}
