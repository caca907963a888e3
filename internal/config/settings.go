package config

// settings.go is the one table of all settings. The reader, the JSON schema and
// the documentation are made from it.

import (
	"strings"
	"time"
)

// kind is the form of a setting's value.
type kind uint8

const (
	text kind = iota
	number
	list    // of texts
	mapping // of texts, by a name
	truth   // true or false
	amount  // a number not below 0, with decimals
)

// setting is one setting.
type setting struct {
	key  string // dotted
	kind kind
	doc  string
	// values are those allowed; none means any. For a mapping they are those of
	// its members, and names are those of its keys.
	values, names []string
	// userOnly settings are not read from a workspace: a stranger's repository
	// must not choose them.
	userOnly bool
	// fileOnly settings come from the user's own settings file alone: editors mix the
	// settings of a workspace into theirs.
	fileOnly bool
	set      func(c *Config, v value)
}

// value is what was read for a setting: the member that fits its kind.
type value struct {
	text   string
	number int64
	truth  bool
	amount float64
	list   []string
	pairs  map[string]string
}

var levels = []string{"error", "warning", "information", "hint"}

var table = []setting{
	{key: "aivss.factors", kind: mapping, doc: "AIVSS factors that you know better than the code shows: 0, 0.5 or 1 each.", values: []string{"0", "0.5", "1"}, names: factorNames,
		set: func(c *Config, v value) { c.AIVSS.Factors = merge(c.AIVSS.Factors, v.pairs) }},
	{key: "aivss.mitigation", doc: "Controls outside the code that soften an attack. AIVSS lets them lower a score below its CVSS base.", values: []string{"none", "partial", "strong"},
		set: func(c *Config, v value) { c.AIVSS.Mitigation = v.text }},
	{key: "aivss.threat", doc: "How mature attacks of this kind are: attacks known, exploit known or easy, unreported.", values: []string{"attacked", "poc", "unreported"},
		set: func(c *Config, v value) { c.AIVSS.Threat = v.text }},
	{key: "aivss.version", doc: "The version of AIVSS to score by.", values: []string{"0.8", "0.5", "0.8-floor"},
		set: func(c *Config, v value) { c.AIVSS.Version = v.text }},
	{key: "author", doc: "The name that answers to the threat model are signed with. Without it that of your account.", fileOnly: true,
		set: func(c *Config, v value) { c.Author = v.text }},
	{key: "checks", kind: mapping, doc: "Turns a check off or sets its level, by the check's id.", values: append([]string{"off"}, levels...),
		set: func(c *Config, v value) { c.Checks = merge(c.Checks, v.pairs) }},
	{key: "deployment", doc: "Where the server runs, which decides the environment that scores assume. auto: what the transport shows.", values: []string{"auto", "local", "remote", "enterprise"},
		set: func(c *Config, v value) { c.Deployment = unlessAuto(v.text) }},
	{key: "depth", doc: "How explanations speak: to somebody new to security, to a developer, to a security engineer.", values: []string{"beginner", "developer", "engineer"}, fileOnly: true,
		set: func(c *Config, v value) { c.Depth = v.text }},
	{key: "exclude", kind: list, doc: "Files that are not audited: patterns as in .gitignore, relative to the folder.",
		set: func(c *Config, v value) { c.Exclude = append(c.Exclude[:len(c.Exclude):len(c.Exclude)], v.list...) }},
	{key: "inlayScores", kind: truth, doc: "Show scores behind the lines of findings, where the editor has inlay hints.", userOnly: true,
		set: func(c *Config, v value) { c.InlayScores = v.truth }},
	{key: "lessonSite", doc: "Base URL of published lessons, which findings then link to. Without it they link to their CWE.", userOnly: true,
		set: func(c *Config, v value) { c.LessonSite = v.text }},
	{key: "maxFileSize", kind: number, doc: "Size in bytes above which a file is not audited.",
		set: func(c *Config, v value) { c.MaxFileSize = v.number }},
	{key: "minConfidence", doc: "Findings of lower confidence are not shown.", values: []string{"low", "medium", "high"},
		set: func(c *Config, v value) { c.MinConfidence = v.text }},
	{key: "revision", doc: "The revision of the MCP specification that the server targets. auto: what its SDK speaks.", values: []string{"auto", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"},
		set: func(c *Config, v value) { c.Revision = unlessAuto(v.text) }},
	{key: "rules", kind: list, doc: "Further rule files or folders, in Semgrep's syntax or as check documents, relative to the folder.",
		set: func(c *Config, v value) {
			c.RulePaths = append(c.RulePaths[:len(c.RulePaths):len(c.RulePaths)], v.list...)
		}},
	{key: "severity", kind: mapping, doc: "The level at which findings of an AIVSS band are shown.", values: levels, names: []string{"critical", "high", "medium", "low", "none"},
		set: func(c *Config, v value) { c.Severity = merge(c.Severity, v.pairs) }},
	{key: "tutor.dailyTokens", kind: number, doc: "How many tokens the tutor may use in a day, questions and answers together.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.DailyTokens = int(v.number) }},
	{key: "tutor.endpoint", doc: "The address of an OpenAI-compatible service, such as http://127.0.0.1:11434/v1. Without it there is no tutor.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.Endpoint = v.text }},
	{key: "tutor.keyVariable", doc: "The name of the environment variable that holds the key of that service. Without it no key is sent.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.KeyVariable = v.text }},
	{key: "tutor.maxAnswerTokens", kind: number, doc: "How long an answer of the tutor may become, in tokens.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.MaxAnswerTokens = int(v.number) }},
	{key: "tutor.model", doc: "The name of the model, as the service has it.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.Model = v.text }},
	{key: "tutor.price", kind: amount, doc: "What a million tokens cost, in a currency of yours, to show what the tutor has used.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.Price = v.amount }},
	{key: "tutor.timeout", kind: number, doc: "How many seconds an answer of the tutor may take.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.Timeout = time.Duration(min(v.number, 3600)) * time.Second }},
	{key: "tutor.wholeFile", kind: truth, doc: "The tutor gets whole files, not only the functions on the path of a finding.", fileOnly: true,
		set: func(c *Config, v value) { c.Tutor.WholeFile = v.truth }},
}

// factorNames are the keys of the AIVSS 0.8 report schema, and planning of 0.5.
var factorNames = []string{"autonomy", "tools", "language", "context", "non_determinism", "opacity", "persistence", "identity", "multi_agent", "self_mod", "planning"}

func unlessAuto(s string) string {
	if s == "auto" {
		return ""
	}
	return s
}

func merge(into, from map[string]string) map[string]string {
	if into == nil {
		into = map[string]string{}
	}
	for k, v := range from {
		into[k] = v
	}
	return into
}

// find gives the setting of a key, and whether the key is the group of some.
func find(key string) (s *setting, group bool) {
	for i := range table {
		if table[i].key == key {
			return &table[i], false
		}
		group = group || strings.HasPrefix(table[i].key, key+".")
	}
	return nil, group
}
