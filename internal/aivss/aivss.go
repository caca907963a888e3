// Package aivss scores findings: CVSS 4.0 for the flaw, and AIVSS (OWASP Agentic
// AI Vulnerability Scoring System) for the flaw in the hands of an agent.
//
// All arithmetic is exact and in integers. Scores of different versions of AIVSS
// are not comparable, so a [Score] names its version, and shows CVSS beside AIVSS.
package aivss

import (
	"fmt"
	"slices"
)

// Version is a version of AIVSS.
type Version string

// The versions.
const (
	V08      Version = "0.8"       // 2026-03-19, the newest published; the default
	V05      Version = "0.5"       // 2025-07-28, for parity with published audits
	V08Floor Version = "0.8-floor" // proposed amendment: mitigation scales the uplift only, never below CVSS
)

var versions = []Version{V08, V05, V08Floor}

// Threat is the maturity of exploits, from which the threat multiplier comes.
type Threat string

// The threat levels.
const (
	Attacked       Threat = "attacked"   // attacks are known
	ProofOfConcept Threat = "poc"        // an exploit is known or easily written; the default of the standard
	Unreported     Threat = "unreported" // theoretical only
)

var threats = []Threat{Attacked, ProofOfConcept, Unreported}

// percent returns the threat multiplier in hundredths.
func (t Threat) percent(v Version) int {
	switch {
	case t == Attacked:
		return 100
	case t == ProofOfConcept:
		return 97
	case v == V05:
		return 91
	}
	return 50
}

// Mitigation is the strength of controls around the agent, from which the
// mitigation factor of AIVSS 0.8 comes. AIVSS 0.5 has none.
type Mitigation string

// The mitigation levels.
const (
	Unmitigated Mitigation = "none"    // none or weak controls; the default
	Partial     Mitigation = "partial" // some controls
	Strong      Mitigation = "strong"  // layered, tested controls
)

var mitigations = []Mitigation{Unmitigated, Partial, Strong}

// percent returns the mitigation factor in hundredths.
func (m Mitigation) percent() int {
	switch m {
	case Partial:
		return 83
	case Strong:
		return 67
	}
	return 100
}

// Settings are the choices a score depends on. The zero Settings are the
// standard's defaults without a deployment.
type Settings struct {
	Version    Version    // "" is V08
	Threat     Threat     // "" is ProofOfConcept
	Mitigation Mitigation // "" is Unmitigated
	Deployment Deployment // "" scores the CVSS base metrics

	// Overrides are factors the user sets, by name, in halves (0, 1 or 2).
	Overrides map[string]int

	// Environment replaces the environmental metrics of a deployment, written
	// as in a vector: "CR:H/MAV:L". "" is none.
	Environment map[Deployment]string
}

// withDefaults fills in what is left empty and refuses what is unknown.
func (s Settings) withDefaults() (Settings, error) {
	if s.Version == "" {
		s.Version = V08
	}
	if s.Threat == "" {
		s.Threat = ProofOfConcept
	}
	if s.Mitigation == "" {
		s.Mitigation = Unmitigated
	}
	if !slices.Contains(versions, s.Version) {
		return s, fmt.Errorf("unknown AIVSS version %s: want %s", quote(string(s.Version)), joinNames(versions))
	}
	if !slices.Contains(threats, s.Threat) {
		return s, fmt.Errorf("unknown AIVSS threat %s: want %s", quote(string(s.Threat)), joinNames(threats))
	}
	if !slices.Contains(mitigations, s.Mitigation) {
		return s, fmt.Errorf("unknown AIVSS mitigation %s: want %s", quote(string(s.Mitigation)), joinNames(mitigations))
	}
	if s.Version == V05 && s.Mitigation != Unmitigated {
		return s, fmt.Errorf("AIVSS 0.5 has no mitigation factor: leave mitigation %q out or choose version 0.8", s.Mitigation)
	}
	if _, err := ParseDeployment(string(s.Deployment)); err != nil {
		return s, err
	}
	for d := range s.Environment {
		if d == "" || !slices.Contains(Deployments[:], d) {
			return s, fmt.Errorf("environmental metrics for the unknown deployment %s: want %s", quote(string(d)), joinNames(Deployments[:]))
		}
	}
	return s, nil
}

// Result is the score of a finding in one deployment.
type Result struct {
	Deployment Deployment // "" is none: the CVSS base metrics
	Reason     string     // why the deployment has its environmental metrics; "" without one
	Vector     Vector     // with the deployment's environmental metrics
	CVSS       Tenths     // score of Vector, to be labelled with its Nomenclature
	AARS       Exact      // agentic risk: uplift over CVSS in 0.8, sum of the factors in 0.5
	Raw        Exact      // AIVSS before rounding
	AIVSS      Tenths
	Band       Band // of AIVSS
	Scored     bool // false without CVSS impact; then AIVSS is 0.0 and Band None
}

// Score is the score of one finding with everything it came from. Its own
// Result is that of the deployment in its settings.
type Score struct {
	Result
	Base        Result                   // without a deployment
	Deployments [len(Deployments)]Result // in the order of [Deployments]

	Version           Version
	Factors           Profile // in AIVSS 0.5, Planning stands for Language
	FactorSum         int     // in halves, 0 to 20
	Threat            Threat
	ThreatPercent     int // threat multiplier in hundredths
	Mitigation        Mitigation
	MitigationPercent int // mitigation factor in hundredths; 100 in AIVSS 0.5
}

// Compute scores a finding: v is the CVSS vector of the flaw, p the factors as
// far as code and defaults tell, s the user's choices. Without impact in v, or
// with the zero Vector, the finding is not scored, whatever the factors: the
// formula of AIVSS 0.8 would call a flaw without effect critical.
//
// The CVSS threat metric E of v is left out, because AIVSS weighs the maturity
// of exploits once, by its own multiplier.
//
// Errors name the setting, factor or metric that is unknown or out of range.
func Compute(v Vector, p Profile, s Settings) (Score, error) {
	s, err := s.withDefaults()
	if err != nil {
		return Score{}, err
	}
	p, err = p.of(s.Version, s.Overrides)
	if err != nil {
		return Score{}, err
	}
	score := Score{
		Version:           s.Version,
		Factors:           p,
		Threat:            s.Threat,
		ThreatPercent:     s.Threat.percent(s.Version),
		Mitigation:        s.Mitigation,
		MitigationPercent: s.Mitigation.percent(),
	}
	v.values[metricE] = 0
	score.Base = Result{Vector: v.base(), CVSS: v.BaseScore()}
	score.Result = score.Base
	for i, d := range Deployments {
		environment, reason, err := s.environment(d)
		if err != nil {
			return Score{}, err
		}
		placed := v
		if v != (Vector{}) {
			placed = v.within(environment)
		}
		score.Deployments[i] = Result{Deployment: d, Reason: reason, Vector: placed, CVSS: placed.Score()}
		if d == s.Deployment {
			score.Result = score.Deployments[i]
		}
	}
	score.weigh()
	return score, nil
}

// WhatIf returns the score as it would be with the named factor at the given
// value in halves (0, 1 or 2).
func (s Score) WhatIf(factor string, half int) (Score, error) {
	p, err := s.Factors.With(Factor{Name: factor, Half: half, Source: FromUser, Evidence: "assumed"})
	if err != nil {
		return s, fmt.Errorf("AIVSS %s: %w", s.Version, err)
	}
	s.Factors = p
	s.weigh()
	return s, nil
}

// weigh computes AIVSS of every result from its CVSS score and the factors.
func (s *Score) weigh() {
	s.FactorSum = s.Factors.Sum()
	s.weighResult(&s.Result)
	s.weighResult(&s.Base)
	for i := range s.Deployments {
		s.weighResult(&s.Deployments[i])
	}
}

func (s *Score) weighResult(r *Result) {
	r.Scored = r.CVSS > 0
	if !r.Scored {
		return
	}
	r.AARS, r.Raw = s.Version.formula(r.CVSS, s.FactorSum, s.ThreatPercent, s.MitigationPercent)
	r.AIVSS = r.Raw.round()
	r.Band = r.AIVSS.Band()
}

// formula computes AARS and AIVSS before rounding from a CVSS score, the sum of
// the factors in halves (in AIVSS 0.5 that is AARS itself), the threat
// multiplier and the mitigation factor in hundredths. Every division is exact.
func (v Version) formula(cvss Tenths, halves, threat, mitigation int) (aars, raw Exact) {
	c, f, t, m := Exact(cvss), Exact(halves), Exact(threat), Exact(mitigation)
	if v == V05 {
		// (CVSS + AARS)/2 × ThM
		return f * 5 * exactPerTenth, (c + 5*f) * t * exactPerTenth / 200
	}
	// (10 − CVSS) × Factor_Sum/10 × ThM
	aars = (100 - c) * f * t * exactPerTenth / 2000
	if v == V08Floor {
		return aars, c*exactPerTenth + aars*m/100
	}
	return aars, (c*exactPerTenth + aars) * m / 100
}
