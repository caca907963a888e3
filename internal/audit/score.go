package audit

// score.go gives a finding its score and its level.

import (
	"path/filepath"
	"strings"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/config"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
)

// scoring is what the scores of one file's findings depend on.
type scoring struct {
	settings aivss.Settings
	profile  aivss.Profile
	config   *config.Config

	knowledge *Knowledge // nil for none
}

// halves turns a factor's value as settings write it into halves.
var halves = map[string]int{"0": 0, "0.0": 0, "0.5": 1, "1": 2, "1.0": 2}

func newScoring(c *config.Config, facts *mcp.Facts) scoring {
	s := scoring{profile: aivss.DefaultProfile(), config: c}
	s.settings = aivss.Settings{
		Version:    aivss.Version(c.AIVSS.Version),
		Threat:     aivss.Threat(c.AIVSS.Threat),
		Mitigation: aivss.Mitigation(c.AIVSS.Mitigation),
		Deployment: aivss.Deployment(c.Deployment),
		Overrides:  map[string]int{},
	}
	for name, value := range c.AIVSS.Factors {
		if half, ok := halves[value]; ok {
			s.settings.Overrides[name] = half
		}
	}
	if s.settings.Deployment == "" {
		s.settings.Deployment = shownDeployment(facts)
	}
	return s
}

// shownDeployment is the deployment that the transports of a file show: a
// server that listens beyond the loopback address is remote, any other local.
func shownDeployment(facts *mcp.Facts) aivss.Deployment {
	for _, t := range facts.Transports {
		switch {
		case t.Kind == mcp.Stdio:
		case t.Host == "", t.Host == "localhost", t.Host == "127.0.0.1", t.Host == "::1":
		default:
			return aivss.Remote
		}
	}
	return aivss.Local
}

// score scores a finding of a file whose check has the CVSS vector v.
func (s *scoring) score(v aivss.Vector, f *rule.Finding, res *FileResult) (aivss.Score, error) {
	profile := s.profile
	for _, shown := range f.Factors {
		with, err := profile.With(res.factor(shown))
		if err != nil {
			return aivss.Score{}, err
		}
		profile = with
	}
	profile, err := s.knowledge.factors(profile, f)
	if err != nil {
		return aivss.Score{}, err
	}
	return aivss.Compute(v, profile, s.settings)
}

// factor gives a factor that code shows as scores hold it.
func (res *FileResult) factor(x rule.Factor) aivss.Factor {
	return aivss.Factor{Name: x.Name, Half: x.Halves, Source: aivss.FromCode, Evidence: x.Text, File: res.relative(x.Path), Line: x.Line}
}

// relative gives the path of a file as people read it: from where that of the result
// is told from, or its name alone where it lies elsewhere.
func (res *FileResult) relative(path string) string {
	switch path {
	case "":
		return ""
	case res.Path:
		return res.Rel
	}
	if root, ok := strings.CutSuffix(filepath.ToSlash(res.Path), "/"+res.Rel); ok {
		if rel, ok := strings.CutPrefix(filepath.ToSlash(path), root+"/"); ok {
			return rel
		}
	}
	return filepath.Base(path)
}

// defaultLevels is the level of each band. Every one can be set.
var defaultLevels = map[string]Level{
	"critical": Error, "high": Error, "medium": Warning, "low": Information, "none": Information,
}

var levelNames = map[string]Level{"error": Error, "warning": Warning, "information": Information, "hint": HintLevel}

// foreignBands is where a rule of Semgrep's, which has a severity in place of a
// score, stands among the bands.
var foreignBands = map[string]aivss.Band{
	"CRITICAL": aivss.Critical, "ERROR": aivss.High, "HIGH": aivss.High,
	"WARNING": aivss.Medium, "MEDIUM": aivss.Medium, "INFO": aivss.Low, "LOW": aivss.Low,
}

// level gives the level of a finding, and false where the settings turn
// its check off or its confidence is too low. A low confidence costs one step.
func (s *scoring) level(f *Finding) (Level, bool) {
	if f.Protects != "" && s.config.Checks[f.Protects] == "off" {
		return 0, false
	}
	if set, ok := s.config.Checks[f.Check]; ok {
		if set == "off" {
			return 0, false
		}
		if level, ok := levelNames[set]; ok {
			return level, true
		}
	}
	if f.Confidence < minConfidence[s.config.MinConfidence] {
		return 0, false
	}
	band := strings.ToLower(f.Band.String())
	level := defaultLevels[band]
	if set, ok := levelNames[s.config.Severity[band]]; ok {
		level = set
	}
	if f.Confidence == rule.Low && level < HintLevel {
		level++
	}
	return level, true
}

var minConfidence = map[string]rule.Confidence{"": rule.Low, "low": rule.Low, "medium": rule.Medium, "high": rule.High}
