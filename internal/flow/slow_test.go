package flow

import "testing"

func TestSlowPattern(t *testing.T) {
	for pattern, want := range map[string]bool{
		`^(a+)+$`:                      true,
		`^(a*)*$`:                      true,
		`(a|aa)+$`:                     true,
		`^([a-zA-Z0-9]+\s?)+$`:         true,
		`^(([a-z])+.)+[A-Z]([a-z])+$`:  true,
		`^(\w+\.?)+@example\.com$`:     true,
		`^(x(a?|b?))*$`:                true,
		`^(a{2,3})+$`:                  true,
		`(a+)+`:                        false, // stops wherever it likes
		`(a+)+.*`:                      false,
		`^([a-z]+-)*[a-z]+$`:           false,
		`^[a-z]+(-[a-z]+)*$`:           false,
		`^(\d{1,3}\.){3}\d{1,3}$`:      false,
		`\s+$`:                         false, // polynomial at most
		`^(a{2})+$`:                    false,
		`"(?:[^"\\]|\\.)*"`:            false,
		`"(?:[^"\\]+|\\.)*"`:           true,
		`^(?:[\s\S]+)+$`:               false, // every text passes
		`^(?=a)(a+)+$`:                 false, // not said
		`^(?:\ba+)+$`:                  false,
		`^([A-Za-z0-9_]+(\.[\w]+)*)*$`: true,
	} {
		if got := slowPattern(pattern, matchSearch); got != want {
			t.Errorf("%s: slow %v, want %v", pattern, got, want)
		}
	}
	if !slowPattern(`(a+)+`, matchFull) {
		t.Error("(a+)+ over the whole text is not slow")
	}
}
