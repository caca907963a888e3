package checks

// standards.go knows the two lists that the catalogue is held against: the
// classes of threat, and what the specification of MCP asks of servers.

import (
	"embed"
	"fmt"
	"sync"

	"gopkg.in/yaml.v3"
)

// Threat is a class of threat that documents name in `maps: {threat: …}`.
type Threat struct {
	ID    string
	Title string
	// Seen says where it shows: code, manifest, config, deps or none.
	Seen []string
	// Languages in which it can occur in code, as rules name them.
	Languages []string
	// Outside says why the catalogue has no check of it, empty if it has to have one.
	Outside string
}

// Statement is one sentence of the specification, which documents name in
// `maps: {spec: …}`.
type Statement struct {
	ID        string
	Level     string // MUST, MUST NOT, SHOULD, SHOULD NOT
	Statement string
	Section   string
	Revisions []string // that ask it
	Unseen    string   // why source cannot show it, empty if it can
}

//go:embed threats.yaml specification.yaml
var standards embed.FS

// Threats gives the classes of threat, in their order.
var Threats = sync.OnceValues(func() ([]Threat, error) { return standard[Threat]("threats.yaml") })

// Specification gives what the specification asks, in its order.
var Specification = sync.OnceValues(func() ([]Statement, error) { return standard[Statement]("specification.yaml") })

func standard[T any](name string) (list []T, err error) {
	data, err := standards.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("checks/%s: %w", name, err)
	}
	return list, nil
}
