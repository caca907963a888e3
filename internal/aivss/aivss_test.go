// AIVSS against the published and derived vectors, the hashes of its whole
// domain, and the defaults this package promises.

package aivss

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
)

// vector is an entry of aivss-vectors.json. Numbers stay text, so the test is
// as exact as the code.
type vector struct {
	Version    string                 `json:"version"`
	Title      string                 `json:"title"`
	CVSSVector string                 `json:"cvss_vector"`
	CVSSBase   json.Number            `json:"cvss_base"`
	Factors    map[string]json.Number `json:"factors"`
	FactorSum  json.Number            `json:"factor_sum"`
	Threat     json.Number            `json:"thm"`
	Mitigation json.Number            `json:"mitigation_factor"`
	AARS       json.Number            `json:"expected_aars"`
	Raw        json.Number            `json:"expected_raw"`
	Score      json.Number            `json:"expected_score"`
	Severity   string                 `json:"expected_severity"`
}

// versionNames maps the versions of the file to ours; the others in it are not
// releases and are not built.
var versionNames = map[string]Version{"0.8": V08, "0.5": V05, "0.8-mf-uplift-only": V08Floor}

// decimal reads a decimal number in units of 10 to the power of -places.
func decimal(t *testing.T, text string, places int) int {
	t.Helper()
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > places {
		t.Fatalf("%s has more than %d decimals", text, places)
	}
	n, err := strconv.Atoi(whole + fraction + strings.Repeat("0", places-len(fraction)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func exact(t *testing.T, n json.Number) Exact { return Exact(decimal(t, string(n), 7)) }

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// vectors reads the entries of the versions that are built, and checks that all
// of them are there.
func vectors(t *testing.T) []vector {
	t.Helper()
	var entries []json.RawMessage
	readJSON(t, "aivss-vectors.json", &entries)
	var list []vector
	count := map[string]int{}
	for _, entry := range entries {
		var head struct{ Version string }
		if err := json.Unmarshal(entry, &head); err != nil {
			t.Fatal(err)
		}
		count[head.Version]++
		if _, built := versionNames[head.Version]; !built {
			continue
		}
		var v vector
		if err := json.Unmarshal(entry, &v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	want := map[string]int{"0.8": 25, "0.5": 12, "0.8-mf-uplift-only": 10, "2.0-candidate": 10, "general-2024": 1}
	if !maps.Equal(count, want) {
		t.Fatalf("read %v vectors, want %v", count, want)
	}
	return list
}

func TestPublishedVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Version+"/"+v.Title, func(t *testing.T) { testPublished(t, versionNames[v.Version], v) })
	}
}

func testPublished(t *testing.T, version Version, v vector) {
	raw := exact(t, v.Raw)
	if v.CVSSBase != "" {
		cvss := Tenths(decimal(t, string(v.CVSSBase), 1))
		threat, mitigation := decimal(t, string(v.Threat), 2), 100
		var halves int
		if version == V05 {
			// Seven of the ten published sums are not the sum of the published
			// factors; the formula is tested with AARS as published.
			halves = decimal(t, string(v.AARS), 1) / 5
		} else {
			mitigation = decimal(t, string(v.Mitigation), 2)
			for _, value := range v.Factors {
				halves += decimal(t, string(value), 1) / 5
			}
			if sum := Tenths(5 * halves).String(); sum != string(v.FactorSum) {
				t.Errorf("factors sum up to %s, want %s", sum, v.FactorSum)
			}
		}
		aars, got := version.formula(cvss, halves, threat, mitigation)
		if aars != exact(t, v.AARS) || got != raw {
			t.Errorf("AARS %s, AIVSS %s before rounding, want %s and %s", aars, got, v.AARS, v.Raw)
		}
		if v.CVSSVector != "" {
			if got := mustParse(t, v.CVSSVector).Score(); got != cvss {
				t.Errorf("%s scores %s, want %s", v.CVSSVector, got, cvss)
			}
		}
	}
	score := raw.round()
	if score.String() != string(v.Score) || score.Band().String() != v.Severity {
		t.Errorf("got %s %s, want %s %s", score, score.Band(), v.Score, v.Severity)
	}
}

// The published 0.8 examples through the front door: vector, factors as the
// user sets them, and every figure of the result.
func TestComputePublished(t *testing.T) {
	count := 0
	for _, v := range vectors(t) {
		if v.Version != "0.8" || v.CVSSVector == "" {
			continue
		}
		count++
		overrides := map[string]int{}
		for name, value := range v.Factors {
			overrides[name] = decimal(t, string(value), 1) / 5
		}
		s, err := Compute(mustParse(t, v.CVSSVector), DefaultProfile(), Settings{Overrides: overrides})
		if err != nil {
			t.Fatal(err)
		}
		if s.AIVSS.String() != string(v.Score) || s.Band.String() != v.Severity || !s.Scored ||
			s.CVSS.String() != string(v.CVSSBase) || s.AARS != exact(t, v.AARS) || s.Raw != exact(t, v.Raw) ||
			s.FactorSum != decimal(t, string(v.FactorSum), 1)/5 || s.Result != s.Base {
			t.Errorf("%s: got %+v", v.Title, s)
		}
	}
	if count != 10 {
		t.Errorf("computed %d published examples, want 10", count)
	}
}

// hashes reads the hashes over whole domains.
func hashes(t *testing.T) map[string]struct {
	Count  int
	SHA256 string
} {
	t.Helper()
	var file struct {
		Exhaustive map[string]struct {
			Count  int
			SHA256 string
		}
	}
	readJSON(t, "aivss-exhaustive-hashes.json", &file)
	return file.Exhaustive
}

func TestWholeDomain(t *testing.T) {
	published := hashes(t)
	for name, version := range versionNames {
		sum, count := sha256.New(), 0
		threats, mitigations := []Threat{Unreported, ProofOfConcept, Attacked}, []Mitigation{Strong, Partial, Unmitigated}
		if version == V05 {
			mitigations = []Mitigation{Unmitigated}
		}
		for cvss := range Tenths(101) {
			for halves := range 21 {
				for _, threat := range threats {
					for _, mitigation := range mitigations {
						t, m := threat.percent(version), mitigation.percent()
						_, raw := version.formula(cvss, halves, t, m)
						fmt.Fprintf(sum, "%s %s %s ", cvss, Tenths(5*halves), hundredths(t))
						if version != V05 {
							fmt.Fprintf(sum, "%s ", hundredths(m))
						}
						fmt.Fprintf(sum, "%s\n", raw.round())
						count++
					}
				}
			}
		}
		want := published[name]
		if got := hex.EncodeToString(sum.Sum(nil)); got != want.SHA256 || count != want.Count {
			t.Errorf("%s: %d lines hash to %s, want %d and %s", name, count, got, want.Count, want.SHA256)
		}
	}
}

func TestRoundingTraps(t *testing.T) {
	f, err := os.Open("testdata/aivss-v08-rounding-traps.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	count := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		count++
		n := strings.Fields(lines.Text())
		_, raw := V08.formula(Tenths(decimal(t, n[0], 1)), decimal(t, n[1], 1)/5, decimal(t, n[2], 2), decimal(t, n[3], 2))
		if got := raw.round().String(); got != n[4] {
			t.Errorf("%s: got %s", lines.Text(), got)
		}
	}
	if count != 24 {
		t.Errorf("read %d traps, want 24", count)
	}
}

const (
	commandInjection = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
	pathRead         = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"
	noImpact         = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"
)

// autonomous is an agent that does as it pleases.
var autonomous = map[string]int{
	Autonomy: 2, Tools: 2, Language: 2, Context: 2, NonDeterminism: 2,
	Opacity: 2, Persistence: 2, Identity: 1, MultiAgent: 1, SelfMod: 0,
}

func TestFormula(t *testing.T) {
	for _, c := range []struct {
		name     string
		vector   string
		settings Settings
		want     string
	}{
		{"default", commandInjection, Settings{}, "9.3 + (10−9.3)×2.0/10×0.97 = 9.4 Critical"},
		{"local", commandInjection, Settings{Deployment: Local}, "8.4 + (10−8.4)×2.0/10×0.97 = 8.7 High"},
		{"remote", commandInjection, Settings{Deployment: Remote}, "9.3 + (10−9.3)×2.0/10×0.97 = 9.4 Critical"},
		{"enterprise", commandInjection, Settings{Deployment: Enterprise}, "8.7 + (10−8.7)×2.0/10×0.97 = 9.0 Critical"},
		{"read, local", pathRead, Settings{Deployment: Local}, "6.7 + (10−6.7)×2.0/10×0.97 = 7.3 High"},
		{"read, by an autonomous agent", pathRead, Settings{Overrides: autonomous}, "8.7 + (10−8.7)×8.0/10×0.97 = 9.7 Critical"},
		{"mitigated", pathRead, Settings{Mitigation: Partial}, "(8.7 + (10−8.7)×2.0/10×0.97)×0.83 = 7.4 High"},
		{"floor", pathRead, Settings{Version: V08Floor, Mitigation: Strong}, "8.7 + (10−8.7)×2.0/10×0.97×0.67 = 8.9 High"},
		{"0.5", pathRead, Settings{Version: V05}, "(8.7 + 2.0)/2×0.97 = 5.2 Medium"},
		{"0.5, unreported", pathRead, Settings{Version: V05, Threat: Unreported}, "(8.7 + 2.0)/2×0.91 = 4.9 Medium"},
		{"0.8, unreported", pathRead, Settings{Threat: Unreported}, "8.7 + (10−8.7)×2.0/10×0.50 = 8.8 High"},
		{"environment set by the user", commandInjection,
			Settings{Deployment: Remote, Environment: map[Deployment]string{Remote: "MAV:P"}},
			"7.0 + (10−7.0)×2.0/10×0.97 = 7.6 High"},
		{"environment emptied by the user", commandInjection,
			Settings{Deployment: Local, Environment: map[Deployment]string{Local: ""}},
			"9.3 + (10−9.3)×2.0/10×0.97 = 9.4 Critical"},
		{"a threat metric does not count twice", pathRead + "/E:U", Settings{Deployment: Local}, "6.7 + (10−6.7)×2.0/10×0.97 = 7.3 High"},
		{"no impact", noImpact, Settings{Overrides: autonomous}, "not scored: no CVSS impact"},
		{"no impact here", pathRead,
			Settings{Deployment: Local, Environment: map[Deployment]string{Local: "MVC:N"}}, "not scored: no CVSS impact"},
	} {
		s, err := Compute(mustParse(t, c.vector), DefaultProfile(), c.settings)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := s.Formula(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestUnscored(t *testing.T) {
	for _, v := range []Vector{{}, mustParse(t, noImpact)} {
		s, err := Compute(v, DefaultProfile(), Settings{Deployment: Remote, Overrides: autonomous})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range append(s.Deployments[:], s.Result, s.Base) {
			if r.Scored || r.AIVSS != 0 || r.AARS != 0 || r.Raw != 0 || r.Band != None || r.CVSS != 0 {
				t.Errorf("%q in %q: got %+v, want nothing scored", v, r.Deployment, r)
			}
		}
		parts := s.Parts()
		if len(parts) != 1 || parts[0] != (Part{"AIVSS 0.8", "not scored", "the finding has no CVSS impact"}) {
			t.Errorf("%q: got parts %q", v, parts)
		}
		if more, err := s.WhatIf(Tools, 2); err != nil || more.Scored {
			t.Errorf("%q with more tools: got %+v, %v, want it unscored still", v, more, err)
		}
	}
}

// The deployments of one score are those one would get by choosing each.
func TestDeployments(t *testing.T) {
	v := mustParse(t, commandInjection)
	all, err := Compute(v, DefaultProfile(), Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range Deployments {
		chosen, err := Compute(v, DefaultProfile(), Settings{Deployment: d})
		if err != nil {
			t.Fatal(err)
		}
		if chosen.Result != all.Deployments[i] || chosen.Deployment != d || chosen.Base != all.Base {
			t.Errorf("%s: chosen %+v, beside others %+v", d, chosen.Result, all.Deployments[i])
		}
		metrics, reason := d.Environment()
		if e, err := parseEnvironment(metrics); err != nil || e.metrics() != metrics || reason == "" || chosen.Reason != reason {
			t.Errorf("%s: environment %s (%v) because %q, want canonical metrics with a reason", d, metrics, err, reason)
		}
		if chosen.CVSS > all.Base.CVSS {
			t.Errorf("%s: CVSS %s is above the base score %s", d, chosen.CVSS, all.Base.CVSS)
		}
	}
}

func TestWhatIf(t *testing.T) {
	settings := Settings{Deployment: Local}
	s, err := Compute(mustParse(t, pathRead), DefaultProfile(), settings)
	if err != nil {
		t.Fatal(err)
	}
	before := s
	got, err := s.WhatIf(Tools, 2)
	if err != nil {
		t.Fatal(err)
	}
	settings.Overrides = map[string]int{Tools: 2}
	want, err := Compute(mustParse(t, pathRead), DefaultProfile(), settings)
	if err != nil {
		t.Fatal(err)
	}
	want.Factors[1].Evidence = "assumed"
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.AIVSS <= s.AIVSS || s != before {
		t.Errorf("with more tools %s after %s, want more, and the original kept", got.AIVSS, s.AIVSS)
	}
	if _, err := s.WhatIf(Planning, 2); err == nil {
		t.Error("AIVSS 0.8 accepted a factor of 0.5")
	}
}

func TestParts(t *testing.T) {
	p, err := DefaultProfile().With(Factor{
		Name: Tools, Half: 2, Source: FromCode, Evidence: "subprocess.run(command, shell=True)", File: "server.py", Line: 12,
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Compute(mustParse(t, pathRead), p, Settings{Deployment: Local, Mitigation: Partial, Overrides: map[string]int{SelfMod: 1}})
	if err != nil {
		t.Fatal(err)
	}
	_, reason := Local.Environment()
	want := []Part{
		{"CVSS-B", "8.7", pathRead},
		{"CVSS-BE (local)", "6.7", pathRead + "/AR:L/MAV:L/MUI:P: " + reason},
		{"autonomy", "0.5", "default: the host asks before risky calls, but people choose to always allow"},
		{"tools", "1.0", "static: server.py:12: subprocess.run(command, shell=True)"},
		{"language", "0.5", "default: a model chooses tools and arguments from natural language"},
		{"context", "0.0", "default: it is not seen to read files, databases or the network"},
		{"non_determinism", "0.5", "default: a model decides which call comes next, within the tools' schemas"},
		{"opacity", "0.5", "default: the host shows calls and results, not what the server does between them"},
		{"persistence", "0.0", "default: nothing is seen to be kept between calls"},
		{"identity", "0.0", "default: the server acts with one fixed identity"},
		{"multi_agent", "0.0", "default: the server is not seen to call other servers or agents"},
		{"self_mod", "0.5", "config: set in the configuration"},
		{"factors", "3.5", "sum of the ten, of 10.0"},
		{"threat", "0.97", "poc"},
		{"mitigation", "0.83", "partial"},
		{"AARS", "1.12035", ""},
		{"AIVSS 0.8", "6.5 Medium", "(6.7 + (10−6.7)×3.5/10×0.97)×0.83 = 6.5 Medium"},
	}
	got := s.Parts()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("part %d: got %q, want %q", i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

// AIVSS 0.5 asks for planning where 0.8 asks for natural language, and has no
// mitigation.
func TestVersion05(t *testing.T) {
	s, err := Compute(mustParse(t, pathRead), DefaultProfile(), Settings{Version: V05, Overrides: map[string]int{Planning: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if f := s.Factors[2]; f.Name != Planning || f.Half != 2 || f.Source != FromUser || s.FactorSum != 5 || s.AARS.String() != "2.5" {
		t.Errorf("got third factor %+v, sum %d, AARS %s, want planning at 1.0 in a sum of 2.5", f, s.FactorSum, s.AARS)
	}
	for _, part := range s.Parts() {
		if part.Name == "mitigation" {
			t.Error("AIVSS 0.5 shows a mitigation factor")
		}
	}
}

func TestComputeErrors(t *testing.T) {
	const names08 = "autonomy, tools, language, context, non_determinism, opacity, persistence, identity, multi_agent, self_mod"
	swapped := DefaultProfile()
	swapped[0], swapped[1] = swapped[1], swapped[0]
	tooHigh := DefaultProfile()
	tooHigh[9].Half = 3
	for _, c := range []struct {
		profile  Profile
		settings Settings
		want     string
	}{
		{DefaultProfile(), Settings{Version: "0.9"}, `unknown AIVSS version "0.9": want 0.8, 0.5, 0.8-floor`},
		{DefaultProfile(), Settings{Threat: "PoC"}, `unknown AIVSS threat "PoC": want attacked, poc, unreported`},
		{DefaultProfile(), Settings{Mitigation: "weak"}, `unknown AIVSS mitigation "weak": want none, partial, strong`},
		{DefaultProfile(), Settings{Version: V05, Mitigation: Strong},
			`AIVSS 0.5 has no mitigation factor: leave mitigation "strong" out or choose version 0.8`},
		{DefaultProfile(), Settings{Deployment: "cloud"}, `unknown deployment "cloud": want local, remote, enterprise`},
		{DefaultProfile(), Settings{Overrides: map[string]int{"self-mod": 1}}, `AIVSS 0.8: unknown AIVSS factor "self-mod": want ` + names08},
		{DefaultProfile(), Settings{Overrides: map[string]int{Planning: 1}}, `AIVSS 0.8: unknown AIVSS factor "planning": want ` + names08},
		{DefaultProfile(), Settings{Version: V05, Overrides: map[string]int{Language: 1}},
			`AIVSS 0.5: unknown AIVSS factor "language": want ` + strings.Replace(names08, "language", "planning", 1)},
		{DefaultProfile(), Settings{Overrides: map[string]int{Tools: -1}},
			`AIVSS 0.8: AIVSS factor "tools" is -1 halves: want 0 (0.0), 1 (0.5) or 2 (1.0)`},
		{DefaultProfile(), Settings{Environment: map[Deployment]string{"": "CR:H"}},
			`environmental metrics for the unknown deployment "": want local, remote, enterprise`},
		{DefaultProfile(), Settings{Environment: map[Deployment]string{Local: "CR:Z"}},
			`deployment local: CVSS metric CR has no value "Z": want H, M, L`},
		{DefaultProfile(), Settings{Environment: map[Deployment]string{Remote: "CR:H/E:U"}},
			`deployment remote: CVSS metric E is not environmental`},
		{Profile{}, Settings{}, `AIVSS profile has "" in place 1: want autonomy`},
		{swapped, Settings{}, `AIVSS profile has "tools" in place 1: want autonomy`},
		{tooHigh, Settings{}, `AIVSS factor "self_mod" is 3 halves: want 0 (0.0), 1 (0.5) or 2 (1.0)`},
	} {
		if s, err := Compute(mustParse(t, pathRead), c.profile, c.settings); err == nil || err.Error() != c.want || s != (Score{}) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	got, err := json.Marshal(map[string]any{
		"score": Tenths(80), "aars": Exact(4_413_500), "zero": Exact(0), "band": Critical, "source": FromCode,
		"vector": mustParse(t, pathRead),
	})
	want := `{"aars":0.44135,"band":"Critical","score":8.0,"source":"static","vector":"` + pathRead + `","zero":0}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	for tenths, want := range map[Tenths]Band{
		0: None, 1: Low, 39: Low, 40: Medium, 69: Medium, 70: High, 89: High, 90: Critical, 100: Critical,
	} {
		if got := tenths.Band(); got != want {
			t.Errorf("%s is %s, want %s", tenths, got, want)
		}
	}
	for _, name := range []string{"critical", "High", "MEDIUM", "low", "none"} {
		if b, err := ParseBand(name); err != nil || !strings.EqualFold(b.String(), name) {
			t.Errorf("%s reads as %s, %v", name, b, err)
		}
	}
	if _, err := ParseBand("severe"); err == nil || err.Error() != `unknown severity "severe": want critical, high, medium, low or none` {
		t.Errorf("severe: got %v", err)
	}
}

func BenchmarkCompute(b *testing.B) {
	v, p, s := mustParse(b, commandInjection), DefaultProfile(), Settings{Deployment: Local}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compute(v, p, s); err != nil {
			b.Fatal(err)
		}
	}
}
