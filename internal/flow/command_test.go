package flow

import (
	"strings"
	"testing"
)

// TestProgramNames finds what is known of a program by name, path, version and
// the endings that Windows gives it.
func TestProgramNames(t *testing.T) {
	for name, want := range map[string]string{
		"git": "git", "/usr/bin/git": "git", `C:\Git\git.exe`: "git", "GIT.EXE": "git", "npx.cmd": "npx", "python3": "python", "python3.12": "python",
		"cmd.exe": "cmd", "uname": "", "gitk": "", "": "",
	} {
		m, _ := programOf(name)
		if got := m == programs()[want]; want != "" && !got || want == "" && m != noProgram {
			t.Errorf("%q: %v, want that of %q", name, m.For, want)
		}
	}
}

// TestProgramsAreRead wants faults in the list of programs named.
func TestProgramsAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"- for: [a]\n- for: [a]\n":                 "a is given twice",
		"- for: [a]\n  runs: {-c: magic}\n":        `unknown sink "magic" behind -c`,
		"- for: [a]\n  colour: red\n":              "colour",
		"- for: [a]\n  flags: [-x]\n  harm: maybe": "maybe",
	} {
		if _, err := readPrograms([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestSplitWords splits a text into words: a value in it may be several.
func TestSplitWords(t *testing.T) {
	v := &value{form: formPrefix, text: "git show origin/", atoms: []atom{{flags: flagPartial, prefix: "git show origin/"}}}
	words := splitWords(v)
	if len(words) != 3 || words[0].v.text != "git" || words[1].v.text != "show" || !words[2].many || words[2].v.atoms[0].prefix != "" {
		t.Errorf("%+v", words)
	}
	if words := splitWords(textValue("git  log")); len(words) != 2 {
		t.Errorf("a fixed text: %+v", words)
	}
}
