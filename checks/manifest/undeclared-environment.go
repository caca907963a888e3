package manifest

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"mcpaudit/checks/secrets"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// undeclaredEnvironment reports secrets of the service that a server is for which the
// code reads from its environment, though the manifests beside it do not ask for them.
// Other secrets may belong to a way of running it that the manifests do not speak of.
func undeclaredEnvironment(p *rule.Pass) {
	if p.Manifests == nil || p.TestFile() {
		return
	}
	declared, by := declaredEnvironment(p.Manifests())
	if by == nil || !serving(p) || aside.MatchString(strings.TrimPrefix(slashed(p.File.Path), path.Dir(slashed(by.Path)))) {
		return
	}
	var f *rule.Finding
	seen := map[string]bool{}
	for _, r := range environmentReads(p) {
		if declared[r.name] || seen[r.name] || !ownSecret(r.name, by) {
			continue
		}
		seen[r.name] = true
		if f == nil {
			f = &rule.Finding{Span: r.span, Parameter: r.name, Sink: by.Name()}
		} else if len(f.Related) < rule.MaxRelated {
			f.Related = append(f.Related, rule.Step{Path: p.File.Path, Span: r.span, Text: r.name + " is not declared either"})
		}
	}
	if f != nil {
		p.Report(*f)
	}
}

// aside are the folders of code that is not shipped.
var aside = regexp.MustCompile(`(?i)/(?:examples?|scripts?|evals?|benchmarks?|tools/dev|docs?)/[^/]+$`)

func slashed(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// ownSecret reports whether a variable is named after the server, as ACME_API_KEY is
// after io.github.someone/acme-mcp.
func ownSecret(name string, m *mcp.Manifest) bool {
	first, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(name, "_")), "_")
	if len(first) < 3 || first == "mcp" || first == "server" || first == "api" || first == "auth" {
		return false
	}
	names := []string{m.Root.Get("name").Str(), m.Root.Get("display_name").Str(), m.Root.Get("title").Str()}
	for _, pkg := range m.Root.Get("packages").List() {
		names = append(names, pick(pkg, "identifier", "name").Str())
	}
	for _, n := range names {
		words := strings.FieldsFunc(strings.ToLower(n), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if slices.Contains(words, first) {
			return true
		}
	}
	return false
}

// serving reports whether a file belongs to a program that serves MCP.
func serving(p *rule.Pass) bool {
	if p.Facts.Part {
		return true
	}
	if p.Whole == nil {
		return false
	}
	server := p.Whole()
	return server != nil && len(server.Entries) > 0
}

// declaredEnvironment gives the variables that manifests name, and the first manifest
// of those that say how the server is started.
func declaredEnvironment(manifests []*mcp.Manifest) (declared map[string]bool, by *mcp.Manifest) {
	declared = map[string]bool{}
	for _, m := range manifests {
		starts := false
		switch m.Kind {
		case mcp.RegistryEntry:
			starts = len(m.Root.Get("packages").List()) > 0
			for _, i := range inputs(m.Root) {
				declared[i.name] = true
				value := pick(i.object, "value", "default").Str()
				if before, _, ok := strings.Cut(value, "="); ok {
					declared[before] = true // docker run -e NAME=value
				}
				declared[value] = true
			}
		case mcp.Bundle:
			config := m.Root.Get("server", "mcp_config")
			starts = config != nil
			for _, c := range append([]*source.Value{config}, overrides(config)...) {
				for _, v := range members(c.Get("env")) {
					declared[v.Key] = true
				}
			}
		}
		if starts && by == nil {
			by = m
		}
	}
	return declared, by
}

func overrides(config *source.Value) []*source.Value {
	var all []*source.Value
	for _, m := range members(config.Get("platform_overrides")) {
		all = append(all, m.Value)
	}
	return all
}

// read is a look-up of a secret in the environment.
type read struct {
	name string
	span source.Span
}

// environmentReads gives the look-ups of secrets in a file, in the order of its
// functions.
func environmentReads(p *rule.Pass) []read {
	var all []read
	for i := range p.File.Funcs {
		fn := &p.File.Funcs[i]
		for _, v := range lookups.Of(fn.Function) {
			name, of := v.Name, ""
			switch v.Op {
			case program.OpCall:
				if len(v.Args) == 0 || v.Args[0] == nil {
					continue
				}
				name, _ = p.File.ConstString(i, v.Args[0])
				of = p.File.Canonical(i, v.X)
			case program.OpField, program.OpIndex:
				of = p.File.Canonical(i, v.X)
			}
			switch of {
			case "process.env", "os.environ", "os.environ.get", "os.getenv", "os.Getenv", "os.LookupEnv":
			default:
				continue
			}
			if environmentName.MatchString(name) && secretName(name) && !platformSecret[name] {
				all = append(all, read{name, v.Span.Shift(fn.Start)})
			}
		}
	}
	return all
}

// platformSecret are variables that platforms and their tools set by themselves.
var platformSecret = map[string]bool{
	"GITHUB_TOKEN": true, "GH_TOKEN": true, "CI_JOB_TOKEN": true, "NPM_TOKEN": true, "NODE_AUTH_TOKEN": true, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": true,
	"ACTIONS_RUNTIME_TOKEN": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true, "VERCEL_OIDC_TOKEN": true, "SENTRY_AUTH_TOKEN": true,
}

// lookups are the values of a function that may be look-ups of secrets in the
// environment, as far as it tells by itself.
var lookups = program.Keep(func(fn *program.Function) []*program.Value {
	var all []*program.Value
	fn.Walk(func(_ *program.Stmt, v *program.Value) bool {
		if v == nil || v.X == nil {
			return true
		}
		switch v.Op {
		case program.OpField, program.OpIndex:
			if (v.X.Name == "env" || v.X.Name == "environ") && secrets.IsSecretName(v.Name) {
				all = append(all, v)
			}
		case program.OpCall:
			switch v.X.Name {
			case "getenv", "get", "Getenv", "LookupEnv":
				if len(v.Args) > 0 && v.Args[0] != nil && v.Args[0].Op == program.OpConst && secrets.IsSecretName(v.Args[0].Str) {
					all = append(all, v)
				}
			}
		}
		return true
	})
	return all
})
