package rule

import (
	"fmt"
	"regexp"
	"testing"
)

func TestPrefilterNeeds(t *testing.T) {
	for expr, want := range map[string]string{
		`(?i)\bignore\b.*\brules\b`:         `[[ignore] [rules]]`,
		`(?i)without (?:telling|informing)`: `[[without ] [telling informing]]`,
		`a|longer`:                          `[]`,
		`(?:ab)*cd+`:                        `[]`,
		`(?:ab){2,}`:                        `[[ab]]`,
		`[xyz]+`:                            `[]`,
	} {
		if got := fmt.Sprint(Prefilter(expr).needs); got != want {
			t.Errorf("%s needs %s, want %s", expr, got, want)
		}
	}
}

// FuzzPrefilter asks that nothing that matches is held to be impossible.
func FuzzPrefilter(f *testing.F) {
	f.Add(`(?i)(?:do not|never) tell|don'?t\s+say`, "Do NOT tell; ſay")
	f.Add(`(?i)sk`, "ſK")
	f.Add(`(?i)k(?:ab|cd){1,2}`, "\u212aAB")
	f.Fuzz(func(t *testing.T, expr, text string) {
		if _, err := regexp.Compile(expr); err != nil || len(expr) > 200 {
			t.Skip()
		}
		if p := Prefilter(expr); p.MatchString(text) && !p.Possible(Folded(text)) {
			t.Errorf("%q matches %q, which is held to be impossible: %v", expr, text, p.needs)
		}
	})
}
