// CVSS 4.0 vectors: reading, printing and merging. The metrics, their values
// and their order are those of the CVSS v4.0 specification, table 23.

package aivss

import (
	"fmt"
	"slices"
	"strings"
)

// Vector is a CVSS 4.0 vector: a value for each metric, base metrics always
// defined. Vectors compare with ==. The zero Vector means "no vector" and
// scores 0.0.
type Vector struct {
	values [metricCount]uint8 // place in the metric's values, from 1; 0 is not defined (X)
}

// metric is a place in [metrics].
type metric uint8

const (
	metricAV metric = iota
	metricAC
	metricAT
	metricPR
	metricUI
	metricVC
	metricVI
	metricVA
	metricSC
	metricSI
	metricSA
	metricE
	metricCR
	metricIR
	metricAR
	metricMAV
	metricMAC
	metricMAT
	metricMPR
	metricMUI
	metricMVC
	metricMVI
	metricMVA
	metricMSC
	metricMSI
	metricMSA
	metricS
	metricAU
	metricR
	metricV
	metricRE
	metricU
	metricCount
)

const (
	baseCount   = metricE              // metrics before it are base metrics
	modifiedOff = metricMAV - metricAV // from a base metric to its modified form
	modifiedEnd = metricMSA + 1        // metrics from here on are supplemental

	prefix = "CVSS:4.0" // begins every vector
	safety = 4          // place of S among the values of MSI and MSA
)

// metrics lists every metric in canonical order. Values run from the most
// severe down, so their places are severity levels; only S of MSI and MSA
// stands last though it is the most severe.
var metrics = [metricCount]struct {
	name   string
	values []string
}{
	metricAV:  {"AV", []string{"N", "A", "L", "P"}},
	metricAC:  {"AC", []string{"L", "H"}},
	metricAT:  {"AT", []string{"N", "P"}},
	metricPR:  {"PR", []string{"N", "L", "H"}},
	metricUI:  {"UI", []string{"N", "P", "A"}},
	metricVC:  {"VC", []string{"H", "L", "N"}},
	metricVI:  {"VI", []string{"H", "L", "N"}},
	metricVA:  {"VA", []string{"H", "L", "N"}},
	metricSC:  {"SC", []string{"H", "L", "N"}},
	metricSI:  {"SI", []string{"H", "L", "N"}},
	metricSA:  {"SA", []string{"H", "L", "N"}},
	metricE:   {"E", []string{"A", "P", "U"}},
	metricCR:  {"CR", []string{"H", "M", "L"}},
	metricIR:  {"IR", []string{"H", "M", "L"}},
	metricAR:  {"AR", []string{"H", "M", "L"}},
	metricMAV: {"MAV", []string{"N", "A", "L", "P"}},
	metricMAC: {"MAC", []string{"L", "H"}},
	metricMAT: {"MAT", []string{"N", "P"}},
	metricMPR: {"MPR", []string{"N", "L", "H"}},
	metricMUI: {"MUI", []string{"N", "P", "A"}},
	metricMVC: {"MVC", []string{"H", "L", "N"}},
	metricMVI: {"MVI", []string{"H", "L", "N"}},
	metricMVA: {"MVA", []string{"H", "L", "N"}},
	metricMSC: {"MSC", []string{"H", "L", "N"}},
	metricMSI: {"MSI", []string{"H", "L", "N", "S"}},
	metricMSA: {"MSA", []string{"H", "L", "N", "S"}},
	metricS:   {"S", []string{"N", "P"}},
	metricAU:  {"AU", []string{"N", "Y"}},
	metricR:   {"R", []string{"A", "U", "I"}},
	metricV:   {"V", []string{"D", "C"}},
	metricRE:  {"RE", []string{"L", "M", "H"}},
	metricU:   {"U", []string{"Clear", "Green", "Amber", "Red"}},
}

// ParseVector reads a CVSS 4.0 vector string. Metrics may stand in any order;
// one that is unknown, given twice, without a known value, or a base metric
// left out is an error that names it.
func ParseVector(text string) (Vector, error) {
	rest, ok := strings.CutPrefix(text, prefix+"/")
	if !ok {
		return Vector{}, fmt.Errorf("CVSS vector %s does not begin with %s/", quote(text), prefix)
	}
	v, err := parseMetrics(rest)
	if err != nil {
		return Vector{}, err
	}
	for m := range baseCount {
		if v.values[m] == 0 {
			return Vector{}, fmt.Errorf("CVSS vector %s lacks the base metric %s", quote(text), metrics[m].name)
		}
	}
	return v, nil
}

// parseMetrics reads metrics separated by slashes, none of them mandatory.
func parseMetrics(text string) (Vector, error) {
	var v Vector
	var seen [metricCount]bool
	for field := range strings.SplitSeq(text, "/") {
		name, value, ok := strings.Cut(field, ":")
		if !ok {
			return Vector{}, fmt.Errorf("CVSS vector: %s is not of the form METRIC:VALUE", quote(field))
		}
		m := metricNamed(name)
		if m == metricCount {
			return Vector{}, fmt.Errorf("CVSS 4.0 has no metric %s", quote(name))
		}
		if seen[m] {
			return Vector{}, fmt.Errorf("CVSS vector gives metric %s twice", name)
		}
		seen[m] = true
		if value == "X" && m >= baseCount {
			continue
		}
		place := slices.Index(metrics[m].values, value)
		if place < 0 {
			return Vector{}, fmt.Errorf("CVSS metric %s has no value %s: want %s",
				name, quote(value), strings.Join(metrics[m].values, ", "))
		}
		v.values[m] = uint8(place + 1)
	}
	return v, nil
}

// metricNamed finds a metric by its abbreviation; metricCount is none.
func metricNamed(name string) metric {
	for m := range metricCount {
		if metrics[m].name == name {
			return m
		}
	}
	return metricCount
}

// String prints the vector in canonical order without metrics that are not
// defined; "" for the zero Vector.
func (v Vector) String() string {
	if v == (Vector{}) {
		return ""
	}
	return prefix + "/" + v.metrics()
}

// metrics prints the defined metrics in canonical order, without the prefix.
func (v Vector) metrics() string {
	fields := make([]string, 0, metricCount)
	for m, place := range v.values {
		if place > 0 {
			fields = append(fields, metrics[m].name+":"+metrics[m].values[place-1])
		}
	}
	return strings.Join(fields, "/")
}

// MarshalText writes the vector string.
func (v Vector) MarshalText() ([]byte, error) {
	return []byte(v.String()), nil
}

// Nomenclature names the kind of score the vector yields, as CVSS v4.0 §1.3
// demands it be labelled: CVSS-B, CVSS-BT, CVSS-BE or CVSS-BTE.
func (v Vector) Nomenclature() string {
	name := "CVSS-B"
	if v.values[metricE] != 0 {
		name += "T"
	}
	for _, place := range v.values[metricCR:modifiedEnd] {
		if place != 0 {
			return name + "E"
		}
	}
	return name
}

// base returns the vector with its base metrics only.
func (v Vector) base() Vector {
	clear(v.values[baseCount:])
	return v
}

// within places the vector into a deployment, whose environmental metrics are
// given. What the vector says itself stands, for it knows the one finding and
// the deployment only the usual one. A deployment makes an attack harder to
// reach, never easier: a modified exploitability metric that would be more
// severe than the vector's own is left out.
func (v Vector) within(environment Vector) Vector {
	for m := metricCR; m < modifiedEnd; m++ {
		place := environment.values[m]
		if place == 0 || v.values[m] != 0 {
			continue
		}
		if m >= metricMAV && m <= metricMUI && place <= v.values[m-modifiedOff] {
			continue
		}
		v.values[m] = place
	}
	return v
}

// parseEnvironment reads the environmental metrics of a deployment. Metrics of
// other groups are errors.
func parseEnvironment(text string) (Vector, error) {
	v, err := parseMetrics(text)
	if err != nil {
		return Vector{}, err
	}
	for m, place := range v.values {
		if place != 0 && (metric(m) < metricCR || metric(m) >= modifiedEnd) {
			return Vector{}, fmt.Errorf("CVSS metric %s is not environmental", metrics[m].name)
		}
	}
	return v, nil
}
