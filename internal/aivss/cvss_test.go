// CVSS 4.0 against the reference calculator of FIRST: its vectors, the whole
// domain of base vectors, and the vectors on the edge of rounding.

package aivss

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

func mustParse(t testing.TB, text string) Vector {
	t.Helper()
	v, err := ParseVector(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestScoreOfReferenceVectors(t *testing.T) {
	for file, want := range map[string]int{
		"cvss4-vectors.txt":           883,
		"cvss4-rounding-boundary.txt": 450,
	} {
		f, err := os.Open("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		count := 0
		for lines := bufio.NewScanner(f); lines.Scan(); count++ {
			text, score, _ := strings.Cut(lines.Text(), " ")
			if got := mustParse(t, text).Score().String(); got != score {
				t.Errorf("%s: %s scores %s, want %s", file, text, got, score)
			}
		}
		if count != want {
			t.Errorf("%s: read %d vectors, want %d", file, count, want)
		}
	}
}

func TestScoreOfEveryBaseVector(t *testing.T) {
	// The file that holds the hash runs AV from N to P, impacts from H to N.
	sum := sha256.New()
	var v Vector
	var walk func(m metric)
	walk = func(m metric) {
		if m == baseCount {
			fmt.Fprintf(sum, "%s %s\n", v, v.Score())
			return
		}
		for place := range metrics[m].values {
			v.values[m] = uint8(place + 1)
			walk(m + 1)
		}
	}
	walk(metricAV)
	if got, want := hex.EncodeToString(sum.Sum(nil)), hashes(t)["cvss4_base"].SHA256; got != want {
		t.Errorf("hash of all base vectors with their scores is %s, want %s", got, want)
	}
}

func TestScoreGroups(t *testing.T) {
	const text = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
	for _, c := range []struct {
		more, nomenclature, score string
	}{
		{"", "CVSS-B", "9.3"},
		{"/E:U", "CVSS-BT", "8.1"},
		{"/MAV:L", "CVSS-BE", "8.6"},
		{"/E:P/AR:L/MAV:L", "CVSS-BTE", "7.2"},
		{"/MVC:N/MVI:N/MVA:N", "CVSS-BE", "0.0"},
		{"/MSI:S", "CVSS-BE", "10.0"},
		{"/S:P/AU:Y/R:I/V:C/RE:H/U:Red", "CVSS-B", "9.3"}, // supplemental metrics never score
	} {
		v := mustParse(t, text+c.more)
		if got := v.Score().String(); got != c.score {
			t.Errorf("%s scores %s, want %s", v, got, c.score)
		}
		if got := v.Nomenclature(); got != c.nomenclature {
			t.Errorf("%s is labelled %s, want %s", v, got, c.nomenclature)
		}
		if got := v.BaseScore().String(); got != "9.3" {
			t.Errorf("%s has base score %s, want 9.3", v, got)
		}
	}
	if zero := (Vector{}); zero.Score() != 0 || zero.BaseScore() != 0 || zero.String() != "" {
		t.Errorf("no vector: got %q with score %s, want nothing and 0.0", zero, zero.Score())
	}
}

func TestParseVectorPrintsCanonically(t *testing.T) {
	const canonical = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N"
	for text, want := range map[string]string{
		canonical: canonical,
		"CVSS:4.0/SA:N/SI:N/SC:N/VA:N/VI:L/VC:H/UI:N/PR:N/AT:N/AC:L/AV:N": canonical,
		canonical + "/E:X/MAV:X/U:X":                                      canonical,
		canonical + "/U:Clear/MSA:S/E:P":                                  canonical + "/E:P/MSA:S/U:Clear",
	} {
		if got := mustParse(t, text).String(); got != want {
			t.Errorf("%s prints as %s, want %s", text, got, want)
		}
	}
}

func TestParseVectorErrors(t *testing.T) {
	const base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N"
	for text, want := range map[string]string{
		"":                            `CVSS vector "" does not begin with CVSS:4.0/`,
		"AV:N":                        `CVSS vector "AV:N" does not begin with CVSS:4.0/`,
		"CVSS:3.1/AV:N":               `CVSS vector "CVSS:3.1/AV:N" does not begin with CVSS:4.0/`,
		"cvss:4.0/AV:N":               `CVSS vector "cvss:4.0/AV:N" does not begin with CVSS:4.0/`,
		"CVSS:4.0/":                   `CVSS vector: "" is not of the form METRIC:VALUE`,
		base + "/":                    `CVSS vector: "" is not of the form METRIC:VALUE`,
		base + "/E":                   `CVSS vector: "E" is not of the form METRIC:VALUE`,
		base + "/E:Z":                 `CVSS metric E has no value "Z": want A, P, U`,
		base + "/U:clear":             `CVSS metric U has no value "clear": want Clear, Green, Amber, Red`,
		base + "/av:N":                `CVSS 4.0 has no metric "av"`,
		base + "/RL:O":                `CVSS 4.0 has no metric "RL"`,
		base + "/AV:N":                `CVSS vector gives metric AV twice`,
		base + "/E:X/E:X":             `CVSS vector gives metric E twice`,
		"CVSS:4.0/AV:X":               `CVSS metric AV has no value "X": want N, A, L, P`,
		"CVSS:4.0/AV:N/AC:L":          `CVSS vector "CVSS:4.0/AV:N/AC:L" lacks the base metric AT`,
		"CVSS:4.0/SI:S":               `CVSS metric SI has no value "S": want H, L, N`,
		base + "/\x1b[31mé" + ":A":    `CVSS 4.0 has no metric "\x1b[31m\u00e9"`,
		strings.Repeat("a/", 1<<20):   `CVSS vector "` + strings.Repeat("a/", 20) + `"… does not begin with CVSS:4.0/`,
		base + strings.Repeat("/", 9): `CVSS vector: "" is not of the form METRIC:VALUE`,
	} {
		if v, err := ParseVector(text); err == nil || err.Error() != want || v != (Vector{}) {
			t.Errorf("%.80q: got %v, %v, want the error %s", text, v, err, want)
		}
	}
}

func TestWithin(t *testing.T) {
	const rest = "/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N"
	for _, c := range []struct {
		name, vector, environment, want string
	}{
		{"an attack becomes harder to reach", "AV:N/AC:L/AT:N/PR:N/UI:N", "AR:L/MAV:L/MUI:P", "/AR:L/MAV:L/MUI:P"},
		{"and never easier", "AV:P/AC:H/AT:P/PR:H/UI:A", "MAV:N/MAC:L/MAT:N/MPR:L/MUI:P", ""},
		{"nor is the same said twice", "AV:L/AC:L/AT:N/PR:N/UI:P", "MAV:L/MUI:P", ""},
		{"impacts follow the deployment both ways", "AV:N/AC:L/AT:N/PR:N/UI:N", "MVC:L/MSI:S", "/MVC:L/MSI:S"},
	} {
		environment, err := parseEnvironment(c.environment)
		if err != nil {
			t.Fatal(err)
		}
		text := "CVSS:4.0/" + c.vector + rest
		if got := mustParse(t, text).within(environment).String(); got != text+c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, text+c.want)
		}
	}

	own := "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N" + rest + "/CR:L/MAV:A"
	environment, err := parseEnvironment("CR:H/IR:M/MAV:L")
	if err != nil {
		t.Fatal(err)
	}
	want := "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N" + rest + "/CR:L/IR:M/MAV:A"
	if got := mustParse(t, own).within(environment).String(); got != want {
		t.Errorf("what the vector says stands: got %s, want %s", got, want)
	}
}

func FuzzParseVector(f *testing.F) {
	const base = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
	f.Add(base)
	f.Add(base + "/E:U/CR:L/IR:M/AR:H/MAV:P/MSI:S/U:Amber")
	f.Add("CVSS:4.0/SA:N")
	f.Add(base + "/MSA:X//")
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseVector(text)
		if err != nil {
			if v != (Vector{}) || len(err.Error()) > 400 {
				t.Fatalf("%q: error %q with vector %v", text, err, v)
			}
			return
		}
		again, err := ParseVector(v.String())
		if err != nil || again != v {
			t.Fatalf("%q prints as %s, which reads as %s, %v", text, v, again, err)
		}
		if score := v.Score(); score < 0 || score > 100 {
			t.Fatalf("%s scores %s", v, score)
		}
		// The threat metric only ever lowers a score.
		attacked := v
		attacked.values[metricE] = 0
		if attacked.Score() < v.Score() {
			t.Fatalf("%s scores %s, without its threat metric %s", v, v.Score(), attacked.Score())
		}
	})
}

func BenchmarkScore(b *testing.B) {
	v := mustParse(b, "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:L/VA:N/SC:L/SI:L/SA:N/E:P/CR:M/MAV:L")
	for b.Loop() {
		v.Score()
	}
}
