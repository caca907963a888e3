package injection

import (
	"strings"
	"testing"

	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// fixed gives the line of a call after its fix, or "" where there is none.
func fixed(t *testing.T, call string, fixer func(*rule.Pass, *rule.Finding) []rule.Fix) string {
	t.Helper()
	text := "import sqlite3, subprocess, yaml\ndb = sqlite3.connect('x')\n" + call + "\n"
	prog := program.Lower("/a.py", source.Parse(source.Python, source.NewText(text), false), nil)
	start := uint32(strings.Index(text, call))
	fixes := fixer(&rule.Pass{File: prog}, &rule.Finding{Span: source.Span{Start: start, End: start + uint32(len(call))}})
	if len(fixes) == 0 {
		return ""
	}
	after := rule.Apply(text, fixes[0].Edits)
	tree := source.Parse(source.Python, source.NewText(after), false)
	if tree.Node(0).HasError() {
		t.Errorf("the fix breaks the file:\n%s", after)
	}
	return strings.TrimSuffix(after[start:], "\n")
}

// TestFixers holds calls with what becomes of them; an empty text is no fix,
// because the meaning could change.
func TestFixers(t *testing.T) {
	for _, test := range []struct {
		fixer      string
		call, want string
	}{
		{"shell-to-list", `subprocess.run(f"ping -c 1 {host}", shell=True)`, `subprocess.run(["ping", "-c", "1", "--", host])`},
		{"shell-to-list", `subprocess.run(f"tool --name={name} {path}", shell=True, check=True)`, `subprocess.run(["tool", f"--name={name}", path], check=True)`},
		{"shell-to-list", `subprocess.check_output(f"grep '{word}' notes.txt", shell=True)`, `subprocess.check_output(["grep", "--", word, "notes.txt"])`},
		{"shell-to-list", `subprocess.run(f'cat "two words" {a}', shell=True)`, `subprocess.run(["cat", "two words", "--", a])`},
		{"shell-to-list", `subprocess.run(f"ls -- {a}", shell=True)`, `subprocess.run(["ls", "--", a])`},
		{"shell-to-list", `subprocess.run(f"tail {a} -n 3", shell=True)`, `subprocess.run(["tail", a, "-n", "3"])`},
		{"shell-to-list", `subprocess.run(f"ls {a} | wc -l", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"ls {a} > out", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"ls *.{a}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"echo $HOME {a}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"A=1; ls {a}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"{program} {a}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"ls {a!r}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"ls {a:>10}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"ls x{d['k']}y {e[\"k\"]}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"ls 'open {a}", shell=True)`, ""},
		{"shell-to-list", `subprocess.run(f"ls {a}", shell=flag)`, ""},
		{"shell-to-list", `subprocess.run(command, shell=True)`, ""},
		{"shell-to-list", `other.run(f"ls {a}", shell=True)`, ""},

		{"bind-parameters", `db.execute(f"SELECT a FROM t WHERE b = '{x}'")`, `db.execute("SELECT a FROM t WHERE b = ?", (x,))`},
		{"bind-parameters", `db.execute(f'SELECT a FROM t WHERE b = {x} AND c > {y}')`, `db.execute('SELECT a FROM t WHERE b = ? AND c > ?', (x, y))`},
		{"bind-parameters", `db.execute(f"""INSERT INTO t VALUES ('{x}', {y})""")`, `db.execute("""INSERT INTO t VALUES (?, ?)""", (x, y))`},
		{"bind-parameters", `db.execute(f"SELECT a FROM {table}")`, ""},
		{"bind-parameters", `db.execute(f"SELECT a FROM t WHERE b LIKE '%{x}%'")`, ""},
		{"bind-parameters", `db.execute(f"SELECT a FROM t ORDER BY {x}")`, ""},
		{"bind-parameters", `db.execute(f"SELECT a FROM t WHERE b = {x:d}")`, ""},
		{"bind-parameters", `db.execute(f"SELECT a FROM t WHERE b = {x}", (y,))`, ""},
		{"bind-parameters", `db.execute("SELECT a FROM t WHERE b = " + x)`, ""},

		{"safe-loader", `yaml.load(text, Loader=yaml.Loader)`, `yaml.safe_load(text)`},
		{"safe-loader", `yaml.unsafe_load(text)`, `yaml.safe_load(text)`},
		{"safe-loader", `yaml.load(text)`, `yaml.safe_load(text)`},
		{"safe-loader", `yaml.load(text, yaml.Loader)`, ""},
		{"safe-loader", `json.load(text)`, ""},
	} {
		if got := fixed(t, test.call, Fixers[test.fixer]); got != test.want {
			t.Errorf("%s of %s\ngives %s\nwant  %s", test.fixer, test.call, got, test.want)
		}
	}
}
