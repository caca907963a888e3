// A score taken apart for a reader.

package aivss

import "fmt"

// Part is one line of how a score came about.
type Part struct {
	Name   string // "CVSS-B", "tools", "AIVSS 0.8"
	Value  string // "7.3", "0.5", "8.2 High"
	Detail string // the vector, the evidence, the formula; may hold text of the audited code, so escape it for where it is shown
}

// Parts returns how the score came about, in the order a reader follows: CVSS of
// the base metrics, CVSS in the deployment, the ten factors and their sum, threat,
// mitigation, AARS, and AIVSS with its formula. A finding that is not scored has
// one part that says so.
func (s Score) Parts() []Part {
	if !s.Scored {
		return []Part{{"AIVSS " + string(s.Version), "not scored", "the finding has no CVSS impact"}}
	}
	parts := []Part{{s.Base.Vector.Nomenclature(), s.Base.CVSS.String(), s.Base.Vector.String()}}
	if s.Deployment != "" {
		parts = append(parts, Part{
			fmt.Sprintf("%s (%s)", s.Vector.Nomenclature(), s.Deployment), s.CVSS.String(), s.Vector.String() + ": " + s.Reason,
		})
	}
	for _, f := range s.Factors {
		detail := f.Source.String() + ": " + f.Evidence
		if f.File != "" {
			detail = fmt.Sprintf("%s: %s:%d: %s", f.Source, f.File, f.Line, f.Evidence)
		}
		parts = append(parts, Part{f.Name, f.Value(), detail})
	}
	parts = append(parts,
		Part{"factors", Tenths(5 * s.FactorSum).String(), "sum of the ten, of 10.0"},
		Part{"threat", hundredths(s.ThreatPercent), string(s.Threat)})
	if s.Version != V05 {
		parts = append(parts, Part{"mitigation", hundredths(s.MitigationPercent), string(s.Mitigation)})
	}
	return append(parts,
		Part{"AARS", s.AARS.String(), ""},
		Part{"AIVSS " + string(s.Version), s.AIVSS.String() + " " + s.Band.String(), s.Formula()})
}

// Formula returns the calculation with its numbers in place, on one line:
// "7.3 + (10−7.3)×3.5/10×0.97 = 8.2 High". A mitigation factor of 1 is left out.
// For a finding that is not scored it says so.
func (s Score) Formula() string {
	if !s.Scored {
		return "not scored: no CVSS impact"
	}
	sum := Tenths(5 * s.FactorSum)
	threat, mitigation := hundredths(s.ThreatPercent), hundredths(s.MitigationPercent)
	var formula string
	switch uplifted := fmt.Sprintf("%s + (10−%s)×%s/10×%s", s.CVSS, s.CVSS, sum, threat); {
	case s.Version == V05:
		formula = fmt.Sprintf("(%s + %s)/2×%s", s.CVSS, sum, threat)
	case s.MitigationPercent == 100:
		formula = uplifted
	case s.Version == V08Floor:
		formula = uplifted + "×" + mitigation
	default:
		formula = "(" + uplifted + ")×" + mitigation
	}
	return fmt.Sprintf("%s = %s %s", formula, s.AIVSS, s.Band)
}

// hundredths prints a number of hundredths: "0.97".
func hundredths(n int) string {
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}
