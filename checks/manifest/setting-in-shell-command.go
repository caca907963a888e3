package manifest

import (
	"path"
	"strings"

	"mcpaudit/internal/mcp"
	"mcpaudit/internal/rule"
	"mcpaudit/internal/source"
)

// settingInShellCommand reports bundles that put a user's setting into a text that a
// shell interprets.
func settingInShellCommand(p *rule.Pass) {
	for _, l := range launches(root(p, mcp.Bundle)) {
		for _, text := range l.shellTexts() {
			_, rest, ok := strings.Cut(text.Str(), "${user_config.")
			if !ok {
				continue
			}
			name, _, _ := strings.Cut(rest, "}")
			p.Report(rule.Finding{Span: text.Span, Parameter: name, Sink: l.program})
		}
	}
}

// launch is a way in which a bundle starts its server.
type launch struct {
	program string // the last part of the command, without .exe
	command *source.Value
	args    []*source.Value
}

// launches gives the ways in which a bundle starts its server, one for each platform
// that has its own.
func launches(bundle *source.Value) []launch {
	config := bundle.Get("server", "mcp_config")
	if config == nil {
		return nil
	}
	configs := []*source.Value{config}
	for _, m := range members(config.Get("platform_overrides")) {
		configs = append(configs, m.Value)
	}
	var all []launch
	for i, c := range configs {
		l := launch{command: c.Get("command"), args: c.Get("args").List()}
		if l.command == nil {
			l.command = config.Get("command")
		}
		if i > 0 && c.Member("args") == nil {
			continue // those of the command for all platforms
		}
		l.program = programName(l.command.Str())
		all = append(all, l)
	}
	return all
}

func programName(command string) string {
	name := strings.ToLower(path.Base(strings.ReplaceAll(command, `\`, "/")))
	return strings.TrimSuffix(strings.TrimSuffix(name, ".exe"), ".cmd")
}

// shellTexts gives the arguments that a shell interprets, none where none is started.
func (l launch) shellTexts() []*source.Value {
	for i, arg := range l.args {
		flag := strings.ToLower(arg.Str())
		rest := l.args[i+1:]
		switch l.program {
		case "sh", "bash", "zsh", "dash", "ksh", "fish":
			// What follows the text are its parameters, which are not interpreted.
			if strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "--") && strings.Contains(flag, "c") && len(rest) > 0 {
				return rest[:1]
			}
		case "cmd":
			if flag == "/c" || flag == "/k" {
				return rest
			}
		case "powershell", "pwsh":
			if flag == "-command" || flag == "-c" {
				return rest
			}
		}
	}
	return nil
}
