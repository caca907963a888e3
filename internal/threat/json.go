package threat

// json.go gives the threat model as data. model.schema.json says what it may hold.

import (
	"encoding/json"
	"strings"

	_ "embed"

	"mcpaudit/internal/aivss"
	"mcpaudit/internal/audit"
)

// Schema is the JSON Schema of what JSON writes.
//
//go:embed model.schema.json
var Schema []byte

type jsonModels struct {
	Version string      `json:"version"` // of mcpaudit
	Servers []jsonModel `json:"servers"`
}

type jsonModel struct {
	Name         string          `json:"name"`
	Folder       string          `json:"folder"` // with slashes, relative to the folder that keeps the threat model
	SDKs         []string        `json:"sdks"`
	Transports   []jsonTransport `json:"transports"`
	Credentials  bool            `json:"credentialsAsked"`
	Entries      []jsonEntry     `json:"entries"`
	Capabilities []jsonAbility   `json:"capabilities"`
	Dangerous    jsonTriple      `json:"dangerousTogether"`
	Findings     []jsonFinding   `json:"findings"`
	Accepted     []jsonFinding   `json:"accepted"`
	Factors      []jsonFactor    `json:"factors"`
	Questions    []jsonQuestion  `json:"questions"`
	Residual     []jsonResidual  `json:"residual"`
}

type jsonTransport struct {
	Kind string `json:"kind"`
	Host string `json:"host,omitempty"`
	File string `json:"file"`
	Line int    `json:"line"`
}

type jsonEntry struct {
	Kind         string          `json:"kind"`
	Name         string          `json:"name"`
	File         string          `json:"file"`
	Line         int             `json:"line"`
	Followed     bool            `json:"followed"`
	Parameters   []jsonParameter `json:"parameters"`
	Capabilities []jsonAbility   `json:"capabilities"`
	Worst        *jsonScore      `json:"worst"`
}

type jsonParameter struct {
	Name  string `json:"name"`
	Holds string `json:"holds"` // in words
}

type jsonAbility struct {
	Capability Capability `json:"capability"`
	Calls      []jsonCall `json:"calls"`
}

type jsonCall struct {
	Name string `json:"name"`
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

type jsonTriple struct {
	Private   []string `json:"private"`
	Untrusted []string `json:"untrusted"`
	Out       []string `json:"out"`
}

type jsonScore struct {
	AIVSS      aivss.Tenths `json:"aivss"`
	Band       aivss.Band   `json:"band"`
	Deployment string       `json:"deployment"`
	CVSS       string       `json:"cvss"` // the vector
}

type jsonFinding struct {
	Check       string     `json:"check"`
	Message     string     `json:"message"`
	File        string     `json:"file"`
	Line        int        `json:"line"`
	Entry       string     `json:"entry,omitempty"`
	Fingerprint string     `json:"fingerprint"`
	Score       *jsonScore `json:"score"`
	// Deployments are the scores by deployment; absent for a finding without one.
	Deployments map[string]jsonDeployment `json:"deployments,omitempty"`
	Reason      string                    `json:"reason,omitempty"`
	Exception   string                    `json:"exception,omitempty"`
}

type jsonDeployment struct {
	AIVSS aivss.Tenths `json:"aivss"`
	Band  aivss.Band   `json:"band"`
}

type jsonFactor struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Source   string `json:"source"`
	Evidence string `json:"evidence"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
}

type jsonQuestion struct {
	ID     string `json:"id"`
	Stage  string `json:"stage"`
	Title  string `json:"title"`
	Entry  string `json:"entry,omitempty"`
	State  string `json:"state"`
	Answer string `json:"answer,omitempty"`
	By     string `json:"by,omitempty"`
	At     string `json:"at,omitempty"`
}

type jsonResidual struct {
	Deployment string       `json:"deployment"`
	Assumed    bool         `json:"assumed"`
	Worst      aivss.Tenths `json:"worst"`
	Critical   int          `json:"critical"`
	High       int          `json:"high"`
	Medium     int          `json:"medium"`
	Low        int          `json:"low"`
}

// JSON gives the models as data, indented. version is that of mcpaudit.
func JSON(models []*Model, version string) ([]byte, error) {
	all := jsonModels{Version: version, Servers: []jsonModel{}}
	for _, m := range models {
		all.Servers = append(all.Servers, m.json())
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

func (m *Model) json() jsonModel {
	j := jsonModel{
		Name: m.Name, Folder: m.Rel, SDKs: append([]string{}, m.SDKs...), Credentials: m.Checked,
		Transports: []jsonTransport{}, Entries: []jsonEntry{}, Capabilities: m.jsonAbilities(m.Abilities),
		Dangerous: jsonTriple{entryNames(m.Triple.Private), entryNames(m.Triple.Untrusted), entryNames(m.Triple.Out)},
		Findings:  m.jsonFindings(m.Findings), Accepted: m.jsonFindings(m.Accepted),
		Factors: []jsonFactor{}, Questions: []jsonQuestion{}, Residual: []jsonResidual{},
	}
	for i := range m.Transports {
		t := &m.Transports[i]
		j.Transports = append(j.Transports, jsonTransport{string(t.Kind), t.Host, relative(m.Folder, t.Path), t.Line})
	}
	for _, e := range m.Entries {
		x := jsonEntry{Kind: e.Kind, Name: e.Name, File: relative(m.Folder, e.Path), Line: e.Line, Followed: e.Followed, Parameters: []jsonParameter{}, Capabilities: m.jsonAbilities(e.Abilities)}
		for k := range e.Params {
			x.Parameters = append(x.Parameters, jsonParameter{e.Params[k].Name, Holds(&e.Params[k], e.Enforced)})
		}
		if s, ok := e.Worst(); ok {
			x.Worst = scoreJSON(s)
		}
		j.Entries = append(j.Entries, x)
	}
	for _, f := range m.Factors {
		j.Factors = append(j.Factors, jsonFactor{f.Name, f.Value(), f.Source.String(), f.Evidence, f.File, f.Line})
	}
	for _, a := range m.Asked {
		q := jsonQuestion{ID: a.Question.ID, Stage: string(a.Question.Stage), Title: a.Title(), State: strings.ReplaceAll(a.State.String(), " ", "-")}
		if a.Entry != nil {
			q.Entry = a.Entry.Name
		}
		if a.Said != nil {
			q.Answer, q.By, q.At = a.Said.Answer, a.Said.By, a.Said.At
		}
		j.Questions = append(j.Questions, q)
	}
	for _, r := range m.Residuals() {
		j.Residual = append(j.Residual, jsonResidual{string(r.Deployment), r.Here, r.Worst, r.Bands[aivss.Critical], r.Bands[aivss.High], r.Bands[aivss.Medium], r.Bands[aivss.Low]})
	}
	return j
}

func entryNames(list []*Entry) []string {
	all := []string{}
	for _, e := range list {
		all = append(all, e.Name)
	}
	return all
}

func (m *Model) jsonAbilities(list []Ability) []jsonAbility {
	all := []jsonAbility{}
	for _, a := range list {
		x := jsonAbility{Capability: a.Capability, Calls: []jsonCall{}}
		for _, u := range a.Uses {
			c := jsonCall{Name: u.Callee, Line: u.Line}
			if u.Path != "" {
				c.File = relative(m.Folder, u.Path)
			}
			x.Calls = append(x.Calls, c)
		}
		all = append(all, x)
	}
	return all
}

func (m *Model) jsonFindings(list []*audit.Finding) []jsonFinding {
	all := []jsonFinding{}
	for _, f := range list {
		x := jsonFinding{Check: f.Check, Message: f.Message, File: relative(m.Folder, f.Path), Line: m.line(f), Entry: f.Tool, Fingerprint: f.Fingerprint}
		if f.Score.Scored {
			x.Score = scoreJSON(f.Score)
			x.Deployments = map[string]jsonDeployment{}
			for _, d := range f.Score.Deployments {
				x.Deployments[string(d.Deployment)] = jsonDeployment{d.AIVSS, d.Band}
			}
		}
		if f.Suppressed != nil {
			x.Reason, x.Exception = f.Suppressed.Reason, f.Suppressed.Exception
		}
		all = append(all, x)
	}
	return all
}

// line gives the line of a finding, from 1; 0 where its file is not at hand.
func (m *Model) line(f *audit.Finding) int {
	for _, res := range m.Files {
		if res.Path == f.Path {
			return res.Text.LineAt(f.Span.Start) + 1
		}
	}
	return 0
}

func scoreJSON(s aivss.Score) *jsonScore {
	return &jsonScore{s.AIVSS, s.Band, string(s.Deployment), s.Vector.String()}
}
