// The numbers of a score. All are integers in a fixed unit, because the
// published formulas round half up and floating point lands on the wrong side
// of the tie for 24 of the 19,089 inputs of AIVSS 0.8.

package aivss

import (
	"fmt"
	"strconv"
	"strings"
)

// Tenths is a score from 0.0 to 10.0 in units of 0.1, the resolution of CVSS
// and AIVSS.
type Tenths int

// String prints the score with one decimal: "8.2".
func (t Tenths) String() string {
	return fmt.Sprintf("%d.%d", t/10, t%10)
}

// MarshalJSON writes the score as a JSON number with one decimal.
func (t Tenths) MarshalJSON() ([]byte, error) {
	return []byte(t.String()), nil
}

// Band returns the severity rating of the score. CVSS 4.0 and AIVSS 0.5 and
// 0.8 draw the same lines; AIVSS 0.8 names no band for 0.0 and CVSS's None is
// used.
func (t Tenths) Band() Band {
	switch {
	case t >= 90:
		return Critical
	case t >= 70:
		return High
	case t >= 40:
		return Medium
	case t > 0:
		return Low
	}
	return None
}

// Exact is a value before rounding, in units of 10⁻⁷: fine enough that no
// intermediate result of any version is inexact.
type Exact int64

const exactPerTenth = 1_000_000

// String prints the value without trailing zeros: "0.44135".
func (e Exact) String() string {
	const perUnit = 10 * exactPerTenth
	digits := strings.TrimRight(fmt.Sprintf("%d.%07d", e/perUnit, e%perUnit), "0")
	return strings.TrimSuffix(digits, ".")
}

// MarshalJSON writes the value as a JSON number, unrounded.
func (e Exact) MarshalJSON() ([]byte, error) {
	return []byte(e.String()), nil
}

// round rounds half up to tenths, as AIVSS 0.8 §3.5.1 prescribes.
func (e Exact) round() Tenths {
	return Tenths((e + exactPerTenth/2) / exactPerTenth)
}

// Band is a severity rating. Bands are ordered: a worse one compares greater.
type Band int

// The bands of CVSS 4.0 and AIVSS.
const (
	None     Band = iota // 0.0, and everything unscored
	Low                  // 0.1 to 3.9
	Medium               // 4.0 to 6.9
	High                 // 7.0 to 8.9
	Critical             // 9.0 to 10.0
)

var bandNames = [...]string{None: "None", Low: "Low", Medium: "Medium", High: "High", Critical: "Critical"}

// String returns the band's name as the standards write it: "High".
func (b Band) String() string {
	if b < None || b > Critical {
		return "Band(" + strconv.Itoa(int(b)) + ")"
	}
	return bandNames[b]
}

// MarshalText writes the band's name.
func (b Band) MarshalText() ([]byte, error) {
	return []byte(b.String()), nil
}

// ParseBand reads a band's name in any case.
func ParseBand(name string) (Band, error) {
	for b, known := range bandNames {
		if strings.EqualFold(name, known) {
			return Band(b), nil
		}
	}
	return None, fmt.Errorf("unknown severity %s: want critical, high, medium, low or none", quote(name))
}

// quote quotes text of unknown origin for an error message, shortened.
func quote(text string) string {
	const limit = 40
	if len(text) > limit {
		return strconv.QuoteToASCII(strings.ToValidUTF8(text[:limit], "")) + "…"
	}
	return strconv.QuoteToASCII(text)
}
