package threat

// traits.go says what is true of a server and of an entry, in the terms by which
// questions are chosen.

import (
	"maps"
	"slices"
	"strings"

	"mcpaudit/internal/audit"
	"mcpaudit/internal/mcp"
)

// manyTools is the number of tools above which a server has many.
const manyTools = 10

// serverTraits gives what is true of the server as a whole.
func (m *Model) serverTraits() map[string]bool {
	t := map[string]bool{}
	tools := 0
	addAbilities(t, m.Abilities)
	for _, e := range m.Entries {
		t[e.Kind] = true
		if e.Kind == mcp.Tool.String() {
			tools++
		}
		for _, p := range e.Params {
			t["parameters"] = true
			t["free-text"] = t["free-text"] || free(&p)
		}
	}
	t["many-tools"] = tools > manyTools
	t["triple"] = m.Triple.Count() == 3
	for i := range m.Transports {
		tr := &m.Transports[i]
		t["stdio"] = t["stdio"] || tr.Kind == mcp.Stdio
		t["http"] = t["http"] || tr.Kind != mcp.Stdio
		t["sessions"] = t["sessions"] || tr.Kind != mcp.Stdio && !stateless(tr)
		t["remote"] = t["remote"] || tr.Beyond()
	}
	t["authenticated"], t["unauthenticated"] = t["http"] && m.Checked, t["http"] && !m.Checked
	for _, res := range m.Files {
		s := res.Surface()
		for _, word := range s.Speaks {
			t[word] = true
		}
	}
	addFindings(t, m.Findings)
	return t
}

// stateless reports whether a transport is said to keep no sessions.
func stateless(t *Transport) bool {
	for name, value := range t.Options {
		if strings.HasPrefix(strings.ToLower(strings.ReplaceAll(name, "_", "")), "stateless") && strings.EqualFold(value, "true") {
			return true
		}
	}
	return false
}

// entryTraits gives what is true of an entry: what it can do itself, and of the server
// what does not speak of abilities.
func (m *Model) entryTraits(e *Entry) map[string]bool {
	t := map[string]bool{e.Kind: true}
	for _, about := range []string{"stdio", "http", "remote", "authenticated", "unauthenticated", "oauth", "sessions", "many-tools", "triple"} {
		t[about] = m.traits[about]
	}
	addAbilities(t, e.Abilities)
	for i := range e.Params {
		t["parameters"] = true
		t["free-text"] = t["free-text"] || free(&e.Params[i])
	}
	addFindings(t, e.Findings)
	return t
}

// addAbilities says what something can do, and whether its queries and requests may
// change something.
func addAbilities(t map[string]bool, list []Ability) {
	for _, a := range list {
		t[string(a.Capability)] = true
		mutates := slices.ContainsFunc(a.Uses, func(u audit.Use) bool { return u.Mutates })
		switch a.Capability {
		case Database:
			t["changes-database"] = mutates
		case Network:
			t["changes-elsewhere"] = mutates
		}
	}
}

func addFindings(t map[string]bool, list []*audit.Finding) {
	for _, f := range list {
		t["check:"+f.Check], t["class:"+f.Class] = true, true
	}
}

// free reports whether a parameter may be any text.
func free(p *mcp.Param) bool {
	c := &p.Declared
	return (c.Type == "" || c.Type == "string") && len(c.Enum) == 0 && c.Pattern == "" && c.Format == ""
}

// applies reports whether what holds is what a question asks about: one of when, each
// of which may be several joined by +, and none of unless.
func applies(traits map[string]bool, when, unless []string) bool {
	all := func(term string) bool {
		for part := range strings.SplitSeq(term, "+") {
			if !traits[strings.TrimSpace(part)] {
				return false
			}
		}
		return true
	}
	return (len(when) == 0 || slices.ContainsFunc(when, all)) && !slices.ContainsFunc(unless, all)
}

// Traits lists what is true of the server, sorted.
func (m *Model) Traits() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m.traits)) {
		if m.traits[name] {
			list = append(list, name)
		}
	}
	return list
}
