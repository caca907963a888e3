package files

// place.go reads the path of a file that is written, as far as the code says it,
// and finds tools that write at places of a kind.

import (
	"regexp"
	"slices"
	"strings"

	"mcpaudit/internal/flow"
	"mcpaudit/internal/mcp"
	"mcpaudit/internal/program"
	"mcpaudit/internal/rule"
)

// maxHops bounds how far a path is followed through names.
const maxHops = 10

// unknownPart stands in a path for what the code does not say.
const unknownPart = "*"

// written is a write whose path is known in part.
type written struct {
	rule.Call
	use  *flow.Use
	path string
}

// writes gives the files that code of this file writes, without folders.
func writes(p *rule.Pass) []written {
	var out []written
	if !p.Facts.Part || p.TestFile() {
		return nil
	}
	for _, u := range p.Flow.Uses {
		if u.Kind != flow.PathWrite || u.File != p.File || folder.MatchString(u.Callee) {
			continue
		}
		c, ok := p.CallAt(u.Span)
		if !ok {
			continue
		}
		if v := destination(c, u); v != nil {
			out = append(out, written{c, u, pathText(c, v, 0)})
		}
	}
	return out
}

// destination gives the argument of a write that says where, or the receiver.
func destination(c rule.Call, u *flow.Use) *program.Value {
	for _, v := range c.Value.Args {
		if v != nil && v.Op == program.OpKeyword {
			v = v.X
		}
		if v != nil && c.At(v) == u.Arg {
			return v
		}
	}
	if c.Value.X.Op == program.OpField && strings.HasPrefix(u.Callee, "pathlib.") {
		return c.Value.X.X
	}
	return nil
}

var folder = regexp.MustCompile(`(?i)(mkdir\w*|makedirs|ensuredir\w*|mkdirp\w*|chmod\w*|chown\w*|utimes?\w*|truncate\w*|mkdtemp\w*|createtemp)$`)

// homes are names of the home folder.
var homes = []string{"HOME", "USERPROFILE"}

// pathText gives the path that a value stands for.
func pathText(c rule.Call, v *program.Value, hops int) string {
	if v == nil || hops > maxHops {
		return unknownPart
	}
	if s, ok := c.Pass.File.ConstString(c.Func, v); ok {
		return s
	}
	part := func(x *program.Value) string { return pathText(c, x, hops+1) }
	switch v.Op {
	case program.OpIdent:
		b := c.Pass.File.Lookup(c.Func, v.Name)
		if b.Kind != program.BoundLocal || len(b.Assigns) != 1 || b.Assigns[0].Value == nil {
			return unknownPart
		}
		a := b.Assigns[0]
		if len(a.Path) > 0 && !slices.Equal(a.Path, []string{"[0]"}) {
			return unknownPart
		}
		return pathText(rule.Call{Pass: c.Pass, Func: a.Func, Value: c.Value}, a.Value, hops+1)
	case program.OpTemplate:
		var b strings.Builder
		for _, x := range v.Args {
			b.WriteString(part(x))
		}
		return b.String()
	case program.OpBinary:
		if len(v.Args) == 2 && v.Name == "/" {
			return part(v.Args[0]) + "/" + part(v.Args[1])
		}
		if len(v.Args) == 2 && v.Name == "+" {
			return part(v.Args[0]) + part(v.Args[1])
		}
	case program.OpField, program.OpIndex:
		if slices.Contains(homes, v.Name) {
			return "~"
		}
	case program.OpCast, program.OpAwait:
		return part(v.X)
	case program.OpCall, program.OpNew:
		return calledPath(c, v, part)
	}
	return unknownPart
}

// calledPath gives the path that a call makes of its arguments.
func calledPath(c rule.Call, v *program.Value, part func(*program.Value) string) string {
	if v.X == nil {
		return unknownPart
	}
	switch v.X.Name {
	case "homedir", "home", "UserHomeDir":
		return "~"
	case "tmpdir", "gettempdir", "TempDir":
		return "/tmp"
	case "cwd", "getcwd", "Getwd":
		return "."
	case "getenv", "Getenv":
		if len(v.Args) > 0 && v.Args[0] != nil && slices.Contains(homes, v.Args[0].Str) {
			return "~"
		}
	case "join", "resolve", "normalize", "Join", "Clean", "Path", "joinpath", "expanduser", "abspath", "Abs", "absolute":
		var parts []string
		if receiver := v.X.X; v.X.Op == program.OpField && slices.Contains([]string{"joinpath", "expanduser", "resolve", "absolute"}, v.X.Name) {
			if name := c.Pass.File.Canonical(c.Func, receiver); name != "path" && name != "os.path" {
				parts = append(parts, part(receiver))
			}
		}
		for _, a := range v.Args {
			parts = append(parts, part(a))
		}
		return strings.Join(parts, "/")
	}
	return unknownPart
}

// writesAt reports, for each call that a tool reaches and that writes at a place
// of a kind, that it does.
func writesAt(p *rule.Pass, places *regexp.Regexp) {
	for _, w := range writes(p) {
		i := slices.IndexFunc(w.use.Entries, func(e *mcp.Entry) bool { return e.Kind == mcp.Tool })
		if i < 0 || !places.MatchString(strings.ReplaceAll(w.path, `\`, "/")) {
			continue
		}
		p.Report(rule.Finding{Span: w.use.Span, Tool: w.use.Entries[i].Name, Parameter: w.path, Sink: w.use.Callee})
	}
}

// startup are files that a system or a program runs, or that open a door to it.
var startup = regexp.MustCompile(`(^|/)(\.bashrc|\.bash_(profile|login|logout)|\.profile|\.zshrc|\.zshenv|\.zprofile|\.zlogin|\.config/fish/config\.fish|` +
	`etc/(crontab|cron\.[a-z]+/.+|profile|profile\.d/.+|rc\.local|ld\.so\.preload|sudoers(\.d/.+)?|systemd/system/.+)|var/spool/cron/.+|` +
	`\.git/hooks/.+|\.husky/.+|Library/Launch(Agents|Daemons)/.+|\.config/(systemd/user|autostart)/.+|Programs/Startup/.+|` +
	`\.ssh/(authorized_keys|rc|config)|sitecustomize\.py|usercustomize\.py)$`)

// agentFiles are files that tell AI clients which servers to start, what they may do,
// or what to think.
var agentFiles = regexp.MustCompile(`(^|/)(claude_desktop_config\.json|\.mcp\.json|mcp_config\.json|cline_mcp_settings\.json|\.cursor/mcp\.json|\.cursor/rules(/.+)?|` +
	`\.cursorrules|\.windsurfrules|\.clinerules(/.+)?|CLAUDE(\.local)?\.md|AGENTS\.md|GEMINI\.md|\.github/copilot-instructions\.md|` +
	`\.vscode/(settings|mcp|tasks)\.json|\.claude\.json|\.claude/(settings(\.local)?\.json|(commands|agents|hooks|skills)/.+)|` +
	`\.codex/config\.toml|\.gemini/settings\.json)$`)

func startupFileWrite(p *rule.Pass) { writesAt(p, startup) }

func agentConfigurationWrite(p *rule.Pass) { writesAt(p, agentFiles) }
