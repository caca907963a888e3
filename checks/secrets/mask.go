package secrets

// mask.go takes secrets out of text that leaves the machine. Unlike the checks it would
// rather take too much: a false alarm costs nothing here.

import (
	"regexp"
	"strings"
)

// Masked stands in the place of a secret.
const Masked = "[secret masked]"

var (
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`)
	bearer     = regexp.MustCompile(`(?i)(\b(?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{8,})`)
	inURL      = regexp.MustCompile(`(\b[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@'"]*:)([^\s@/'"]+)(@)`)
	// assigned is a text that is given to a name of a secret: in code, as a member, as a
	// variable of the environment.
	assigned = regexp.MustCompile("(?i)([A-Za-z0-9_.-]*(?:passw|pwd|secret|token|api_?-?key|access_?-?key|private_?-?key|credential|authorization|cookie)[A-Za-z0-9_.-]*[\"'`]?\\]?\\s*(?::=|=>|=|:)\\s*)(\"[^\"\\n]{4,}\"|'[^'\\n]{4,}'|`[^`\\n]{4,}`|[A-Za-z0-9+/_.~-]{8,})")
	longRun  = regexp.MustCompile(`[A-Za-z0-9+/_-]{24,}={0,2}`)
	hexOnly  = regexp.MustCompile(`^[0-9a-fA-F]{32,}$`)
	// environment is how a variable is set in a shell and in a file of variables.
	environment = regexp.MustCompile(`^[A-Z0-9_]+=\S`)
	called      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
)

// Mask replaces what is or may be a secret, and says how many it found.
func Mask(text string) (masked string, found int) {
	take := func(re *regexp.Regexp, group int) {
		text = re.ReplaceAllStringFunc(text, func(m string) string {
			at := re.FindStringSubmatchIndex(m)
			from, to := at[2*group], at[2*group+1]
			if from < 0 || strings.Contains(m[from:to], Masked) {
				return m
			}
			found++
			return m[:from] + Masked + m[to:]
		})
	}
	take(privateKey, 0)
	for i := range forms {
		if containsOne(text, forms[i].Contains) {
			take(forms[i].re, max(forms[i].re.SubexpIndex("secret"), 0))
		}
	}
	take(inURL, 2)
	take(bearer, 2)
	text = assigned.ReplaceAllStringFunc(text, func(m string) string {
		at := assigned.FindStringSubmatchIndex(m)
		value := m[at[4]:at[5]]
		if strings.Contains(value, Masked) {
			return m
		}
		quoted := strings.ContainsAny(value[:1], "\"'`")
		if !quoted && called.MatchString(value) && !randomRun(value) && !environment.MatchString(m) {
			return m // a name or a call, not the secret itself
		}
		found++
		if quoted {
			return m[:at[4]] + value[:1] + Masked + value[:1]
		}
		return m[:at[4]] + Masked
	})
	text = longRun.ReplaceAllStringFunc(text, func(m string) string {
		if !randomRun(m) {
			return m
		}
		found++
		return Masked
	})
	return text, found
}

// randomRun reports whether a run of letters and digits looks as if nobody chose it.
func randomRun(s string) bool {
	if len(s) < 20 {
		return false
	}
	if hexOnly.MatchString(s) {
		return true
	}
	digits := strings.ContainsAny(s, "0123456789")
	mixed := strings.ToLower(s) != s && strings.ToUpper(s) != s
	return digits && mixed && entropy(s) > 3.7
}
