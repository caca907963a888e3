package audit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// Each line that holds «check» has a finding of that check; what is expected
// stands below, one line for each finding in the order of the text.
func TestSuppressions(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             []string
	}{
		{
			"a comment on the line silences its check", "a.py",
			"run(x)  # «shell» mcpaudit: ignore[shell] the input is a constant\n",
			[]string{"1 shell silenced: the input is a constant"},
		},
		{
			"a comment on a line of its own speaks of the next line", "a.ts",
			"// mcpaudit: ignore[shell] checked by the proxy\nrun(x) // «shell»\nrun(y) // «shell»\n",
			[]string{"2 shell silenced: checked by the proxy", "3 shell"},
		},
		{
			"a comment behind code does not speak of the next line", "a.go",
			"package p\n\nvar a = 1 // mcpaudit: ignore[shell] why\nvar b = 2 // «shell»\n",
			[]string{"3 unused-suppression", "4 shell"},
		},
		{
			"several checks, a block comment, a dash before the reason", "a.js",
			"run(x) /* mcpaudit: ignore[shell, path] — vetted in review */ // «shell» «path»\n",
			[]string{"1 shell silenced: vetted in review", "1 path silenced: vetted in review"},
		},
		{
			"without a reason it silences nothing", "a.py",
			"run(x)  # «shell» mcpaudit: ignore[shell]\n",
			[]string{"1 shell", "1 suppression-without-reason"},
		},
		{
			"for the whole file", "a.py",
			"# mcpaudit: ignore-file[shell] a test fixture\nrun(x)  # «shell»\n\n\nrun(y)  # «shell» «path»\n",
			[]string{"2 shell silenced: a test fixture", "5 shell silenced: a test fixture", "5 path"},
		},
		{
			"one that names no finding, or no check, is reported", "a.py",
			"x = 1  # mcpaudit: ignore[shell, nonsense] just in case\n",
			[]string{"1 unused-suppression", "1 unused-suppression"},
		},
		{
			"text that is no comment is none", "a.py",
			"run('mcpaudit: ignore[shell] not a comment')  # «shell»\n",
			[]string{"1 shell"},
		},
		{
			"a list that does not end is none", "a.py",
			"run(x)  # «shell» mcpaudit: ignore[shell the reason\n",
			[]string{"1 shell"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := source.NewText(c.text)
			tree := source.Parse(source.LanguageOf(c.file), text, false)
			var found []*Finding
			for at := 0; ; {
				i := strings.Index(c.text[at:], "«")
				if i < 0 {
					break
				}
				at += i + len("«")
				id := c.text[at : at+strings.Index(c.text[at:], "»")]
				start := text.LineStart(text.LineAt(uint32(at)))
				found = append(found, &Finding{Finding: rule.Finding{Check: id, Span: source.Span{Start: start, End: start + 1}}})
			}
			for _, f := range suppress(tree, c.file, found, func(id string) bool { return id != "nonsense" }) {
				found = append(found, &Finding{Finding: f})
			}
			var got []string
			for _, f := range found {
				line := fmt.Sprintf("%d %s", text.LineAt(f.Span.Start)+1, f.Check)
				if f.Suppressed != nil {
					line += " silenced: " + f.Suppressed.Reason
				}
				got = append(got, line)
			}
			slices.Sort(got)
			want := append([]string(nil), c.want...)
			slices.Sort(want)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		})
	}
}

func TestFingerprintSurvivesEditsElsewhere(t *testing.T) {
	rel := "server.py"
	of := func(text, at string) string {
		n := source.NewText(text)
		i := uint32(strings.Index(text, at))
		f := &Finding{Finding: rule.Finding{Check: "shell", Tool: "list", Span: source.Span{Start: i, End: i + 1}}}
		fingerprint(rel, n, []*Finding{f})
		return f.Fingerprint
	}
	before := of("run(x)\n", "run")
	if after := of("# a new line\n\n    run(x)\n", "run"); after != before {
		t.Errorf("moved and indented: %s, before %s", after, before)
	}
	rel = "src/server.py"
	if above := of("run(x)\n", "run"); above != before {
		t.Errorf("audited from the folder above: %s, before %s", above, before)
	}
	if other := of("run(y)\n", "run"); other == before {
		t.Error("another line has the same fingerprint")
	}
}

func TestPanicOfAStepCostsThatStepAlone(t *testing.T) {
	p, ran := &prepared{}, false
	p.step("data flow", func() { panic("boom") })
	p.step("rules", func() { ran = true })
	if len(p.lost) != 1 || p.lost[0] != "the data flow failed on this file: boom" || !ran {
		t.Errorf("lost %q, the next step ran: %v", p.lost, ran)
	}
}
