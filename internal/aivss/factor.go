// The ten agentic factors of AIVSS, their evidence, and the host profile that
// answers for those that code cannot show.

package aivss

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The names of the factors: the keys of the AIVSS 0.8 report schema.
const (
	Autonomy       = "autonomy"        // commits without a human's consent: never, where it matters little, in production
	Tools          = "tools"           // none or read-only, scoped read and write, broad authority such as a shell or SQL
	Language       = "language"        // natural language: none, for retrieval, drives execution
	Context        = "context"         // surroundings it reads and trusts: none, narrow, broad
	NonDeterminism = "non_determinism" // fixed, bounded, high
	Opacity        = "opacity"         // fully traced, partly, not at all
	Persistence    = "persistence"     // stateless, within a session, across sessions
	Identity       = "identity"        // fixed, limited changes, dynamic or across tenants
	MultiAgent     = "multi_agent"     // isolated, one or two known peers, a swarm
	SelfMod        = "self_mod"        // changes nothing of itself, its prompts or configuration, its tools or code

	// Planning, pursuing goals in steps of its own, is a factor of AIVSS 0.5
	// only and stands where 0.8 has Language.
	Planning = "planning"
)

// Source says where a factor's value comes from.
type Source int

// The sources of a factor's value, weakest first.
const (
	FromDefault Source = iota // the host profile of this package
	FromCode                  // seen in the audited code
	FromAnswer                // said by somebody in answer to a question of the threat model
	FromUser                  // set by the user
)

// String returns "default", "static", "answer" or "config".
func (s Source) String() string {
	switch s {
	case FromCode:
		return "static"
	case FromAnswer:
		return "answer"
	case FromUser:
		return "config"
	}
	return "default"
}

// MarshalText writes the source as String does.
func (s Source) MarshalText() ([]byte, error) {
	return []byte(s.String()), nil
}

// Factor is one agentic factor with its evidence.
type Factor struct {
	Name     string // one of the names above
	Half     int    // value in halves: 0 is 0.0, 1 is 0.5, 2 is 1.0
	Source   Source
	Evidence string // why it has this value; text of the audited code if from code, so escape it for where it is shown
	File     string // where the evidence stands, if in code
	Line     int    // of File, from 1
}

// Value prints the factor's value: "0.0", "0.5" or "1.0".
func (f Factor) Value() string {
	return Tenths(5 * f.Half).String()
}

// check reports a value out of range.
func (f Factor) check() error {
	if f.Half < 0 || f.Half > 2 {
		return fmt.Errorf("AIVSS factor %s is %d halves: want 0 (0.0), 1 (0.5) or 2 (1.0)", quote(f.Name), f.Half)
	}
	return nil
}

// Profile holds the ten factors in the order of AIVSS 0.8.
type Profile [10]Factor

// DefaultProfile returns the factors of a server about which the code has shown
// nothing yet, used by the host most people use: an assistant or editor in
// which a person watches, that asks before calls it holds to be risky, runs one
// server per connection with one identity and keeps no memory for it. What only
// the server decides (its tools, what it reads, what it keeps) is 0.0 until code
// shows it, so a read-only server over stdio does not score like an autonomous
// agent. The sum is 2.0.
func DefaultProfile() Profile {
	return Profile{
		{Name: Autonomy, Half: 1, Evidence: "the host asks before risky calls, but people choose to always allow"},
		{Name: Tools, Half: 0, Evidence: "it is not seen to write or execute anything"},
		{Name: Language, Half: 1, Evidence: "a model chooses tools and arguments from natural language"},
		{Name: Context, Half: 0, Evidence: "it is not seen to read files, databases or the network"},
		{Name: NonDeterminism, Half: 1, Evidence: "a model decides which call comes next, within the tools' schemas"},
		{Name: Opacity, Half: 1, Evidence: "the host shows calls and results, not what the server does between them"},
		{Name: Persistence, Half: 0, Evidence: "nothing is seen to be kept between calls"},
		{Name: Identity, Half: 0, Evidence: "the server acts with one fixed identity"},
		{Name: MultiAgent, Half: 0, Evidence: "the server is not seen to call other servers or agents"},
		{Name: SelfMod, Half: 0, Evidence: "tools and code are fixed when the server starts"},
	}
}

// defaultPlanning takes the place of Language in AIVSS 0.5.
var defaultPlanning = Factor{Name: Planning, Half: 1, Evidence: "the host's model plans a few calls ahead towards what the user asked"}

// With returns the profile with one factor replaced by f. A name that is not in
// the profile or a value out of range is an error.
func (p Profile) With(f Factor) (Profile, error) {
	if err := f.check(); err != nil {
		return p, err
	}
	for i := range p {
		if p[i].Name == f.Name {
			p[i] = f
			return p, nil
		}
	}
	return p, fmt.Errorf("unknown AIVSS factor %s: want %s", quote(f.Name), strings.Join(p.names(), ", "))
}

// Sum returns the sum of the factors in halves, 0 to 20.
func (p Profile) Sum() int {
	sum := 0
	for _, f := range p {
		sum += f.Half
	}
	return sum
}

func (p Profile) names() []string {
	names := make([]string, len(p))
	for i, f := range p {
		names[i] = f.Name
	}
	return names
}

// of returns the profile as a version has it and the user overrides it.
func (p Profile) of(version Version, overrides map[string]int) (Profile, error) {
	known := DefaultProfile()
	for i, f := range p {
		if f.Name != known[i].Name {
			return p, fmt.Errorf("AIVSS profile has %s in place %d: want %s", quote(f.Name), i+1, known[i].Name)
		}
		if err := f.check(); err != nil {
			return p, err
		}
	}
	if version == V05 {
		p[slices.Index(known.names(), Language)] = defaultPlanning
	}
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		var err error
		if p, err = p.With(Factor{Name: name, Half: overrides[name], Source: FromUser, Evidence: "set in the configuration"}); err != nil {
			return p, fmt.Errorf("AIVSS %s: %w", version, err)
		}
	}
	return p, nil
}

// FactorNames lists the ten factors in the order of AIVSS 0.8.
func FactorNames() []string { return DefaultProfile().names() }
