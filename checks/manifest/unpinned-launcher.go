package manifest

import (
	"regexp"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// unpinnedLauncher reports bundles that start, and installations that run, whatever
// release of a package is the newest on that day.
func unpinnedLauncher(p *rule.Pass) {
	for _, l := range launches(root(p, mcp.Bundle)) {
		words := []string{l.program}
		for _, a := range l.args {
			words = append(words, a.Str())
		}
		if l.program == "cmd" && len(words) > 2 && strings.EqualFold(words[1], "/c") {
			words = words[2:]
		}
		if name := launched(words, nil); name != "" {
			p.Report(rule.Finding{Span: l.at(name), Parameter: name, Sink: words[0]})
		}
	}
	pkg := root(p, mcp.NodePackage)
	scripts := pkg.Get("scripts")
	if scripts == nil {
		return
	}
	for _, hook := range hooks {
		script := scripts.Get(hook)
		if len(script.Str()) > maxCommand {
			continue
		}
		for part := range strings.FieldsFuncSeq(script.Str(), func(r rune) bool { return strings.ContainsRune("&|;()", r) }) {
			words := strings.Fields(part)
			if len(words) == 0 {
				continue
			}
			words[0] = programName(words[0])
			if name := launched(words, func(name string) bool { return dependsOn(pkg, name) }); name != "" {
				p.Report(rule.Finding{Span: script.Span, Parameter: name, Sink: words[0]})
				break
			}
		}
	}
}

// at gives the place of the argument that names a package, or of the command.
func (l launch) at(name string) source.Span {
	for _, a := range l.args {
		if a.Str() == name {
			return a.Span
		}
	}
	return l.command.Span
}

func dependsOn(pkg *source.Value, name string) bool {
	for _, key := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		if pkg.Get(key).Member(name) != nil {
			return true
		}
	}
	return false
}

// launchersWithValue are the flags of launchers that take a value.
var launchersWithValue = map[string]bool{"--from": true, "--with": true, "--python": true, "-p": true, "--package": true, "-c": true, "--call": true, "--index-url": true, "--index": true, "--registry": true}

// launched gives the package without a version that a command fetches and runs, or
// "". A package that is installed is not fetched.
func launched(words []string, installed func(string) bool) string {
	rest := words[1:]
	python := false
	switch words[0] {
	case "npx", "bunx":
	case "uvx":
		python = true
	case "pipx":
		if len(rest) == 0 || rest[0] != "run" {
			return ""
		}
		rest, python = rest[1:], true
	case "docker", "podman":
		return launchedImage(rest)
	default:
		return ""
	}
	name := ""
	for i := 0; i < len(rest); i++ {
		w := rest[i]
		switch {
		case w == "--no-install" || w == "--no" || w == "--offline":
			return ""
		case w == "--from" || w == "--package" || w == "-p" && !python:
			if i+1 < len(rest) && name == "" {
				name = rest[i+1]
			}
			i++
		case strings.HasPrefix(w, "--package=") || strings.HasPrefix(w, "--from="):
			if _, value, _ := strings.Cut(w, "="); name == "" {
				name = value
			}
		case launchersWithValue[w]:
			i++
		case strings.HasPrefix(w, "-"):
		default:
			if name == "" {
				name = w
			}
			i = len(rest)
		}
	}
	name = strings.Trim(name, `"'`)
	if python && movingRequirement(name) != "" && !strings.Contains(name, "${") {
		return name
	}
	if name == "" || strings.ContainsAny(name, `${}%\:`) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") {
		return ""
	}
	if pinned(name, python) || installed != nil && installed(name) {
		return ""
	}
	return name
}

func pinned(name string, python bool) bool {
	if python && strings.ContainsAny(name, "=<>~") {
		return strings.Contains(name, "==") || strings.Contains(name, "~=")
	}
	at := strings.LastIndexByte(name, '@')
	return at > 0 && !loose(name[at+1:])
}

// imageName is what an image is called.
var imageName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(?::\d+)?(?:/[a-z0-9._-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$`)

// dockerFlags are the flags of docker run that take no value.
var dockerFlags = map[string]bool{"-i": true, "-t": true, "-it": true, "-ti": true, "-d": true, "--rm": true, "--init": true, "--interactive": true, "--tty": true, "--privileged": true, "--read-only": true, "--detach": true}

// launchedImage gives the image that docker run starts, if it has no version.
func launchedImage(words []string) string {
	if len(words) == 0 || words[0] != "run" {
		return ""
	}
	for i := 1; i < len(words); i++ {
		w := words[i]
		switch {
		case dockerFlags[w] || strings.HasPrefix(w, "--") && strings.Contains(w, "="):
		case strings.HasPrefix(w, "-"):
			i++
		default:
			if tag := imageTag(w); imageName.MatchString(w) && (tag == "latest" || tag == "" && strings.Contains(w, "/")) {
				return w
			}
			return ""
		}
	}
	return ""
}
