// Deployments: the same flaw is a different risk on one person's machine, on
// the internet and inside a company. Each is a set of CVSS environmental
// metrics with its reasons.

package aivss

import (
	"fmt"
	"strings"
)

// Deployment is where a server runs and for whom. The empty Deployment is none:
// scores are those of the CVSS base metrics.
type Deployment string

// The deployments.
const (
	Local      Deployment = "local"      // one user, on their own machine, usually over stdio
	Remote     Deployment = "remote"     // many users, over a network anyone may reach
	Enterprise Deployment = "enterprise" // an organisation's users and systems, on its network
)

// Deployments lists the deployments in the order they are shown.
var Deployments = [...]Deployment{Local, Remote, Enterprise}

// Environment returns the default environmental metrics of the deployment
// without the "CVSS:4.0/" prefix, and why they are what they are. Both are
// empty for an unknown deployment.
//
// The base vector of a check is the worst case, a server that anyone on a
// network may call, so deployments lower it: exploitability metrics apply only
// where they make an attack harder than the check's own vector says (the cap
// that [Compute] keeps), and metrics the check's vector sets itself stand. An
// undefined requirement scores as high, so only medium and low ones change a
// score; high ones say that the question was considered.
func (d Deployment) Environment() (metrics, reason string) {
	switch d {
	case Local:
		return "AR:L/MAV:L/MUI:P",
			"the attacker reaches the server only through content that its user lets a model read (local, with passive user interaction); " +
				"a crash costs one person a restart"
	case Remote:
		return "CR:H/IR:H/AR:M",
			"anyone may call the server, and it holds the data and credentials of many users; " +
				"an outage stops them all, but ends with a restart"
	case Enterprise:
		return "CR:H/IR:H/AR:H/MAV:A",
			"the server is reached from the organisation's own network only; " +
				"the data is the organisation's, and work depends on the server"
	}
	return "", ""
}

// environment returns the environmental metrics of a deployment with their
// reason, those of the user before the default.
func (s Settings) environment(d Deployment) (v Vector, reason string, err error) {
	text, reason := d.Environment()
	if set, ok := s.Environment[d]; ok {
		text, reason = set, "set in the configuration"
	}
	if text == "" {
		return Vector{}, reason, nil
	}
	if v, err = parseEnvironment(text); err != nil {
		return Vector{}, "", fmt.Errorf("deployment %s: %w", d, err)
	}
	return v, reason, nil
}

// ParseDeployment reads a deployment's name; "" is none.
func ParseDeployment(name string) (Deployment, error) {
	if name == "" {
		return "", nil
	}
	for _, d := range Deployments {
		if string(d) == name {
			return d, nil
		}
	}
	return "", fmt.Errorf("unknown deployment %s: want %s", quote(name), joinNames(Deployments[:]))
}

// joinNames lists the values of a string type for an error message.
func joinNames[S ~string](names []S) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = string(n)
	}
	return strings.Join(list, ", ")
}
